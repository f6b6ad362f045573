"""What is needed to build the organisation and to plant something in it."""

from __future__ import annotations

from registers import Registers
from rows import (
    CURRENCY,
    QUARTERS,
    Category,
    Quarter,
    Row,
    add_working_days,
    at,
    day_of,
    digest,
    known,
    money,
    working_day,
)

__all__ = [
    "CURRENCY",
    "QUARTERS",
    "Category",
    "Organisation",
    "Quarter",
    "Row",
    "add_working_days",
    "at",
    "day_of",
    "digest",
    "known",
    "money",
    "working_day",
]


class Organisation(Registers):
    """The tables, the answer key, and constructors whose defaults are innocent."""
