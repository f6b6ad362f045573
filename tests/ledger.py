"""Journals made by hand: what was recorded when, without a file behind it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditkit.history import History, histories
from auditkit.journal import FIRST, Journal, Record
from auditkit.period import Period, Quarters

QUARTERS = Quarters()
Q2, Q3, Q4 = (QUARTERS.period(f"2026-Q{n}") for n in (2, 3, 4))
Line = tuple[str, str, str, Mapping[str, Any]]  # kind, key, day, content


def journal(*lines: Line) -> Journal:
    """A journal of these lines, each written at nine in the morning of its day."""
    records = [
        Record(kind, key, "run", content, number, f"{day}T09:00:00Z", FIRST, FIRST)
        for number, (kind, key, day, content) in enumerate(lines, 1)
    ]
    return Journal(Path("journal.jsonl"), tuple(records))


def history(kind: str, key: str, *states: tuple[str, Mapping[str, Any]]) -> History:
    """The history of one key: what was recorded on which day."""
    (found,) = histories(journal(*((kind, key, day, content) for day, content in states)), kind, QUARTERS)
    return found


def before(period: Period) -> Period:
    return QUARTERS.period(QUARTERS.before(period.label, 1)[0])
