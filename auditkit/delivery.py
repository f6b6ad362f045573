"""The delivery note: what the system's owner says about an extract, written in a YAML file beside it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from auditkit.document import Document, fields
from auditkit.document import load as load_document
from auditkit.errors import ExtractError

SUFFIX = ".delivery.yml"
TEXTS = ("system", "environment", "report", "filters", "user", "limitation")
KEYS = (*TEXTS, "extracted_at", "period", "rows", "sha256", "control_totals")
TOTAL_KEYS = ("entity", "measure", "column", "rows", "distinct", "value", "source", "source_query")
EXACT_DIGITS = 15  # a number written without quotes is read as a float, which keeps this many digits


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """
    One figure that the extract must reproduce.

    `measure` is `sum` (of `column`), `rows` or `distinct` (values of `column`); `entity` may be None when the file
    feeds one entity. Only a total whose `source_query` is `independent` says anything about completeness.
    """

    entity: str | None
    measure: Literal["sum", "rows", "distinct"]
    column: str | None
    value: Decimal
    source: str
    source_query: Literal["same", "independent"] | None


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """What the note says; None or an empty text where it is silent. `period` is (start, end) as written."""

    path: str
    system: str = ""
    environment: str = ""
    report: str = ""
    filters: str = ""
    user: str = ""
    extracted_at: dt.datetime | None = None
    period: tuple[dt.date, dt.date] | None = None
    rows: int | None = None
    sha256: str = ""
    control_totals: tuple[ControlTotal, ...] = ()
    limitation: str = ""


def note_path(extract: Path) -> Path:
    """Return where the delivery note of `extract` is expected."""
    return extract.with_name(extract.name + SUFFIX)


def load(path: Path, *, root: Path | None = None) -> DeliveryNote | None:
    """Read a delivery note; None if there is none. Raises ExtractError with file and line if it cannot be read."""
    if not path.is_file():
        return None
    document = load_document(path, ExtractError, root=root)
    data = fields(document, document.data, known=KEYS)
    return DeliveryNote(
        path=document.shown,
        **{key: _text(document, data, key) for key in TEXTS},
        extracted_at=_moment(document, data),
        period=_period(document, data),
        rows=_count(document, data),
        sha256=_digest(document, data),
        control_totals=_totals(document, data),
    )


def _text(document: Document, data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise document.error(f"{key} must be a text", key)
    return str(value).strip()


def _moment(document: Document, data: Mapping[str, Any]) -> dt.datetime | None:
    value = data.get("extracted_at")
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value.strip())
        except ValueError:
            value = False
    if value is None or isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    raise document.error(
        f"extracted_at is not a date and time: {data['extracted_at']!r}", "extracted_at", hint="write 2026-10-08 06:00"
    )


def _period(document: Document, data: Mapping[str, Any]) -> tuple[dt.date, dt.date] | None:
    if data.get("period") is None:
        return None
    part = fields(document, data["period"], "period", known=("start", "end"), required=("start", "end"))
    start, end = (_date(document, part[key], "period", key) for key in ("start", "end"))
    if end < start:
        raise document.error(f"the period ends ({end}) before it starts ({start})", "period", "end")
    return start, end


def _date(document: Document, value: Any, *where: str | int) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        place = ".".join(map(str, where))
        raise document.error(f"{place} is not a date: {value!r}", *where, hint="write 2026-07-01") from None


def _count(document: Document, data: Mapping[str, Any]) -> int | None:
    value = data.get("rows")
    if isinstance(value, str) and re.fullmatch(r"\d+", value.strip()):
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise document.error(f"rows is not a count: {value!r}", "rows", hint="write the number of rows, without the header")


def _digest(document: Document, data: Mapping[str, Any]) -> str:
    value = _text(document, data, "sha256").lower()
    if value and not re.fullmatch(r"[0-9a-f]{64}", value):
        raise document.error(
            f"sha256 is not 64 hexadecimal digits: {value!r}", "sha256", hint="compute it with: sha256sum FILE"
        )
    return value


def _totals(document: Document, data: Mapping[str, Any]) -> tuple[ControlTotal, ...]:
    entries = data.get("control_totals") or []
    if not isinstance(entries, list):
        raise document.error("control_totals must be a list", "control_totals")
    return tuple(_total(document, entry, number) for number, entry in enumerate(entries))


def _total(document: Document, entry: Any, number: int) -> ControlTotal:
    where = ("control_totals", number)
    part = fields(document, entry, *where, known=TOTAL_KEYS)
    if part.get("value") is None:
        raise document.error("the control total lacks 'value'", *where, hint='write value: "1234.50"')
    measure, column = _measure(document, part, where)
    query = part.get("source_query")
    if query not in (None, "same", "independent"):
        hint = "independent: the figure comes from another query or system; same: from the extract's own query"
        raise document.error(f"source_query is {query!r}", *where, "source_query", hint=hint)
    entity = part.get("entity")
    source = str(part.get("source") or "").strip()
    value = _decimal(document, part["value"], *where, "value")
    return ControlTotal(None if entity is None else str(entity), measure, column, value, source, query)


def _measure(
    document: Document, part: Mapping[str, Any], where: tuple[str | int, ...]
) -> tuple[Literal["sum", "rows", "distinct"], str | None]:
    column = part.get("column")
    named = part.get("measure")
    if named not in (None, "sum", "rows", "distinct"):
        raise document.error(f"measure is {named!r}", *where, "measure", hint="one of: sum, rows, distinct")
    if named == "rows" or part.get("rows"):
        return "rows", None
    if part.get("distinct"):
        return "distinct", column if part["distinct"] is True else str(part["distinct"])
    if column is None:
        hint = "write column: (its sum), distinct: (a column) or rows: true"
        raise document.error("the control total does not say what is counted", *where, hint=hint)
    return "distinct" if named == "distinct" else "sum", str(column)


def _decimal(document: Document, value: Any, *where: str | int) -> Decimal:
    hint = 'write the figure in quotes, with a decimal point and no thousands separator: "1234567.89"'
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise document.error(f"value is not a number: {value!r}", *where, hint=hint)
    if isinstance(value, float) and len(Decimal(repr(value)).as_tuple().digits) > EXACT_DIGITS:
        raise document.error(f"value {value!r} has more digits than YAML keeps without quotes", *where, hint=hint)
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
    except InvalidOperation:
        raise document.error(f"value is not a number: {value!r}", *where, hint=hint) from None
    if not number.is_finite():
        raise document.error(f"value is not a number: {value!r}", *where, hint=hint)
    return number
