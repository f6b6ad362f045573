"""
The life of one finding, action or decision: its records in the journal, and the quarter for which each counts.

A record counts for the quarter whose workbook it was written in (`last_day` in its content), else for the last quarter
that had ended when it was written. A date that people give in a field of its own counts for the quarter it lies in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.journal import Journal, Record
from auditkit.period import Period, Quarters
from auditkit.review import Context, Problem

REFERENCE = re.compile(r"(\d{4}-Q[1-4])/(\S+)")


@dataclass(frozen=True, slots=True)
class Life:
    """The records about `key`, the oldest first, never none; `quarters` is the organisation's way of counting."""

    key: str
    records: tuple[Record, ...]
    quarters: Quarters

    @property
    def content(self) -> Mapping[str, Any]:
        """What was recorded last."""
        return self.records[-1].content

    @property
    def first_day(self) -> dt.date:
        """The day (UTC) on which it was first recorded."""
        return written_on(self.records[0])

    @property
    def raised(self) -> str:
        """The quarter in which it was raised: that of its reference, else the one its first record counts for."""
        found = REFERENCE.fullmatch(self.key)
        return found[1] if found else self.quarter(self.records[0])

    def quarter(self, record: Record) -> str:
        """Return the label of the quarter for which a record counts."""
        last_day = day(record.content, "last_day")
        if last_day is None:
            last_day = self.quarters.containing(written_on(record)).start - dt.timedelta(days=1)
        return self.quarters.containing(last_day).label

    def since(self, name: str, value: str) -> str:
        """Return the quarter since which a field has had a value without a break; the value stands in the last."""
        start = self.records[-1]
        for record in reversed(self.records):
            if text(record.content, name) != value:
                break
            start = record
        return self.quarter(start)

    def known(self, period: Period) -> tuple[Record, ...]:
        """Return the records that count for the period or an earlier one."""
        return tuple(record for record in self.records if self.quarter(record) <= period.label)


def lives(journal: Journal, kind: str, quarters: Quarters) -> tuple[Life, ...]:
    """Return the life of everything of a kind, in the order of the keys."""
    found: dict[str, list[Record]] = {}
    for record in journal.records:
        if record.kind == kind:
            found.setdefault(record.key, []).append(record)
    return tuple(Life(key, tuple(found[key]), quarters) for key in sorted(found))


def written_on(record: Record) -> dt.date:
    """Return the day (UTC) on which a record was written."""
    return dt.date.fromisoformat(record.at[:10])


def text(content: Mapping[str, Any], name: str) -> str:
    """Return a field as text without outer blanks; "" where it is empty."""
    value = content.get(name)
    return "" if value is None else str(value).strip()


def day(content: Mapping[str, Any], name: str) -> dt.date | None:
    """Return a field as a date; None where it is empty or no date."""
    value = content.get(name)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def missing(content: Mapping[str, Any], *names: str) -> Iterator[Problem]:
    """Yield a problem for every one of the fields that is empty."""
    return (Problem(name, "nothing", "fill it in") for name in names if not text(content, name))


def same_quarter(context: Context) -> bool:
    """Whether what is recorded so far was written in a workbook of the same quarter, or nothing is recorded."""
    return text(context.before, "last_day") in ("", context.period.last_day.isoformat())


def complete(content: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Return what is to be recorded: what people wrote, and the last day of the period in whose workbook they did."""
    return {**content, "last_day": context.period.last_day.isoformat()}
