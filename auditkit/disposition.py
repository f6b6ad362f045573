"""
Dispositions: what a person decided about an exception, and for how long it holds.

`Record.content` of kind `disposition` holds the fields of `form.DISPOSITION` by name, dates as `2026-12-31`, and what
was seen when it was decided: `facts` (of the exception's sentence), `severity`, `last_day` (of that run's period).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from auditkit.journal import Entry
from auditkit.period import Period

# The longest time, in days from the last day of the run's period, for which an exception may be set aside.
LONGEST: Mapping[str, int] = MappingProxyType({"critical": 92, "high": 184, "medium": 366, "low": 366, "info": 731})
OPEN, EXPIRED = "open", "expired"
# What stands against an exception once a person has chosen a disposition.
STANDINGS: Mapping[str, str] = MappingProxyType(
    {
        "in review": "in review",
        "confirmed deviation": "confirmed",
        "false positive (data)": "false positive",
        "false positive (logic)": "false positive",
        "justified (approved exemption)": "justified",
        "duplicate": "duplicate",
        "referred to investigation": "referred",
    }
)
SET_ASIDE = ("justified", "false positive", "duplicate")
MUST_EXPIRE = ("justified", "false positive")
UNDECIDED = (OPEN, EXPIRED, "in review")


def day(content: Mapping[str, object], name: str) -> dt.date | None:
    """Return a date of a disposition; None where there is none."""
    text = content.get(name)
    return dt.date.fromisoformat(str(text)) if text else None


def in_force(record: Entry, severity: str, period: Period, longest: Mapping[str, int] = LONGEST) -> bool:
    """
    Whether what sets an exception aside still does on the last day of the run's period, that day included.

    Where the severity has risen since, it holds no longer than the severity of today would have allowed then.
    """
    standing = STANDINGS.get(str(record.content.get("disposition")))
    if standing not in SET_ASIDE:
        return True
    until, seen = day(record.content, "expires_on"), day(record.content, "last_day")
    if until is None:
        return standing not in MUST_EXPIRE
    if seen is not None:
        until = min(until, seen + dt.timedelta(days=longest[severity]))
    return until >= period.last_day


def standing(record: Entry | None, severity: str, period: Period, longest: Mapping[str, int] = LONGEST) -> str:
    """Return where an exception stands by its last disposition: one of `STANDINGS`, open, or expired."""
    if record is None:
        return OPEN
    found = STANDINGS.get(str(record.content.get("disposition")), OPEN)
    return found if in_force(record, severity, period, longest) else EXPIRED
