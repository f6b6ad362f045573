"""How a file writes numbers, dates and empty cells, and how a mapping file says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from auditkit.document import Document

ISO_DATE = "%Y-%m-%d"
NOTATION_KEYS = ("decimal", "thousands", "date_format", "timestamp_format", "null_values")


@dataclass(frozen=True, slots=True)
class Notation:
    """How numbers and dates are written: decimal and thousands sign, strptime formats, texts that mean "empty"."""

    decimal: str = "."
    thousands: str = ""
    date_formats: tuple[str, ...] = (ISO_DATE,)
    timestamp_formats: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ()
    time_zone: str | None = None


def read_notation(document: Document, part: Mapping[str, Any], base: Notation, *where: str | int) -> Notation:
    """Return the notation that `part` of a mapping declares, `base` for what it does not; raises MappingError."""
    decimal = str(part.get("decimal", base.decimal))
    thousands = str(part.get("thousands", base.thousands))
    if decimal not in (".", ",", "\u066b"):
        raise document.error(f"decimal is {decimal!r}", *where, "decimal", hint="write '.' or ','")
    if thousands not in ("", ".", ",", " ", "'", "\u2019", "\u066c") or thousands == decimal:
        hint = "write '', '.', ',', ' ' or \"'\", and not the decimal sign"
        raise document.error(f"thousands is {thousands!r}", *where, "thousands", hint=hint)
    dates = _formats(document, part, "date_format", base.date_formats, *where)
    moments = _formats(document, part, "timestamp_format", base.timestamp_formats, *where)
    nulls = base.null_values
    if "null_values" in part:
        nulls = cell_texts(document, part["null_values"], *where, "null_values")
    return Notation(decimal, thousands, dates, moments, nulls, _zone(document, part, base, *where))


def _zone(document: Document, part: Mapping[str, Any], base: Notation, *where: str | int) -> str | None:
    if part.get("time_zone") is None:
        return base.time_zone
    try:
        return ZoneInfo(str(part["time_zone"])).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "write a name of the IANA list, for example Asia/Riyadh or Europe/London"
        raise document.error(f"time_zone is {part['time_zone']!r}", *where, "time_zone", hint=hint) from None


def _formats(
    document: Document, part: Mapping[str, Any], key: str, base: tuple[str, ...], *where: str | int
) -> tuple[str, ...]:
    if key not in part:
        return base
    formats = cell_texts(document, part[key], *where, key)
    for text in formats:
        # A format that cannot give back the day it wrote has no year, month or day: dd.mm.yyyy instead of %d.%m.%Y.
        try:
            back = dt.datetime.strptime(dt.datetime(2013, 11, 29).strftime(text), text)
        except ValueError:
            back = dt.datetime.min
        if back.date() != dt.date(2013, 11, 29):
            hint = 'write it with %d, %m and %Y, for example "%d.%m.%Y" or "%Y%m%d"'
            raise document.error(f"{key} {text!r} does not hold day, month and year", *where, key, hint=hint)
    return formats


def cell_texts(document: Document, value: Any, *where: str | int) -> tuple[str, ...]:
    """Return one text or a list of texts, each as the text of a cell; raises MappingError."""
    values = value if isinstance(value, list) else [value]
    return tuple(cell_text(document, item, *where) for item in values)


def cell_text(document: Document, value: Any, *where: str | int) -> str:
    """Return a value of a mapping file as the text of a cell; raises MappingError if YAML made something else of it."""
    # YAML reads 007 as 7 and 2026-07-01 as a date: what stands for a cell's text must be text.
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        hint = "write it as text: '007'"
        raise document.error(f"{value!r} must be in quotes, as the text of a cell", *where, hint=hint)
    return value
