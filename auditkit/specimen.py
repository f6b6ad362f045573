"""What the first cells of an extract hold, where a mapping must say how the contract is to read them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from auditkit.entity import Column
from auditkit.notation import ISO_DATE

ROWS = 200  # looked at
SHOWN = 6  # texts in a remark
LENGTH = 40  # of a text in a remark
DATE_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d/%m/%y", "%m/%d/%y")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T].*)?")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def remark(column: Column, texts: Sequence[str]) -> str:
    """Return what a mapping must declare for the texts of a column to be read; empty where nothing seems amiss."""
    found = list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))
    if column.restricted:
        return ""
    if column.enum:
        known = {value.casefold() for value in column.enum}
        odd = [text for text in found if text.casefold() not in known]
        return f"found: {_shown(odd)}" if odd else ""
    if column.type in ("DATE", "TIMESTAMP"):
        return _dates(found)
    if column.type.startswith(("DECIMAL", "INTEGER", "BIGINT")):
        odd = [text for text in found if not NUMBER.fullmatch(text)]
        return f"no plain numbers, a pattern: may take the part that matters: {_shown(odd)}" if odd else ""
    return ""


def _dates(found: Sequence[str]) -> str:
    other = [text for text in found if not ISO.fullmatch(text)]
    read = {form: [text for text in other if _is_date(text, form)] for form in DATE_FORMATS}
    most = max(map(len, read.values()))
    best = [form for form in DATE_FORMATS if most and len(read[form]) == most]
    said = []
    if best:
        iso = f'"{ISO_DATE}", ' if len(other) < len(found) else ""
        said.append(" or ".join(f'date_format: [{iso}"{form}"]' for form in best))
    if len(best) > 1:
        said[0] += f", which the cells do not tell apart: {_shown(read[best[0]])}"
    none = [text for text in other if not any(text in texts for texts in read.values())]
    if none:
        said.append(f"no dates: {_shown(none)}")
    return "; ".join(said)


def _is_date(text: str, form: str) -> bool:
    try:
        dt.datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _shown(texts: Sequence[str]) -> str:
    quoted = [f'"{text if len(text) <= LENGTH else text[:LENGTH] + "..."}"' for text in texts[:SHOWN]]
    return ", ".join(quoted) + (f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else "")
