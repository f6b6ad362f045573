"""
Dispositions: what a person decided about an exception, and for how long it holds.

`Record.content` of kind `disposition` holds the fields of `form.DISPOSITION` by name, dates as `2026-12-31`, and what
was seen when it was decided: `facts` (of the exception's sentence), `severity`, `last_day` (of that run's period).
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from auditkit.journal import Entry
from auditkit.period import Period
from auditkit.review import Problem, same_person, short

if TYPE_CHECKING:
    from auditkit.review import Context

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
IN_REVIEW = "in review"
UNDECIDED = (OPEN, EXPIRED, IN_REVIEW)
OTHER_REASON = "other, see explanation"
DECISION = ("disposition", "reason_code", "explanation", "expires_on")  # what a reviewer puts their name to
LATEST_REVIEW = 366  # days after the run declares itself made; a later date is a slip of the pen
ID = r"\b[A-Z2-7]{12}\b"
_HINTS = {
    "preparer": "write who prepared it",
    "prepared_on": "write when it was prepared: 2026-12-31",
    "reason_code": "choose the reason",
    "explanation": "say why",
    "evidence_ref": "name what proves it",
    "reviewer": "another person than the preparer reviews it",
    "reviewed_on": "write when it was reviewed: 2026-12-31",
    "expires_on": "name the day up to which it holds",
}


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


def problems(content: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    """
    Yield what is wrong with a disposition.

    Dates are judged by the run's period and the day it declares, never by today's.
    """
    chosen = STANDINGS.get(_text(content, "disposition"))
    if chosen is None:
        hint = f"choose one; {IN_REVIEW!r} withdraws what was said before"
        yield Problem("disposition", "empty, and the row is filled in", hint)
        return
    if context.key not in context.register:
        yield Problem("", f"it is not in the register of run {context.run}")
        return
    yield from _incomplete(content, chosen)
    yield from _signed(content, context)
    if chosen in SET_ASIDE:
        yield from _expiry(content, context)
    yield from _references(content, context, chosen)


def _incomplete(content: Mapping[str, Any], chosen: str) -> Iterator[Problem]:
    needed = ["preparer", "prepared_on"]
    if chosen != IN_REVIEW:
        needed.append("reason_code")
    if _text(content, "reason_code") == OTHER_REASON:
        needed.append("explanation")
    if chosen in MUST_EXPIRE:
        needed += ["evidence_ref", "reviewer", "reviewed_on", "expires_on"]
    elif _text(content, "reviewer") or _text(content, "reviewed_on"):
        needed += ["reviewer", "reviewed_on"]
    for name in needed:
        if not _text(content, name):
            yield Problem(name, f"empty, and {_text(content, 'disposition')!r} needs it", _HINTS.get(name, ""))


def _signed(content: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    reviewer, preparer = _text(content, "reviewer"), _text(content, "preparer")
    if same_person(reviewer, preparer):
        yield Problem("reviewer", f"{short(reviewer)}, who prepared it", "another person reviews")
    prepared, reviewed = day(content, "prepared_on"), day(content, "reviewed_on")
    if prepared and reviewed and reviewed < prepared:
        yield Problem("reviewed_on", f"{reviewed}, before it was prepared on {prepared}", "correct the date")
    latest = context.declared_on + dt.timedelta(days=LATEST_REVIEW)
    for name, when in (("prepared_on", prepared), ("reviewed_on", reviewed)):
        if when and name in context.changed and not context.period.start <= when <= latest:
            hint = f"correct the date; {context.period.label} begins on {context.period.start}"
            found = f"{when}, before the quarter" if when < context.period.start else f"{when}, long after the run"
            yield Problem(name, found, hint)
    said = [name for name in DECISION if _text(content, name) != _text(context.before, name)]
    same = all(_text(content, name) == _text(context.before, name) for name in ("reviewer", "reviewed_on"))
    if reviewed and same and said and _text(content, "disposition") != IN_REVIEW:
        hint = f"whoever reviews what it says now writes name and day; until then choose {IN_REVIEW!r}"
        yield Problem("reviewed_on", f"{reviewed}, of what the row said before", hint)


def _expiry(content: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    until, seen = day(content, "expires_on"), context.register[context.key]
    if until is None:
        return
    days = context.project.longest_days[seen.severity]
    first, last = context.period.last_day, context.period.last_day + dt.timedelta(days=days)
    if until < first:
        hint = f"name a day from {first} to {last}, or choose {IN_REVIEW!r}"
        yield Problem("expires_on", f"{until}, before the last day of {context.period.label}", hint)
    elif until > last:
        found = f"{until}, more than {days} days after {first}"
        yield Problem("expires_on", found, f"severity {seen.severity} allows {last} at the latest")


def _references(content: Mapping[str, Any], context: Context, chosen: str) -> Iterator[Problem]:
    finding = _text(content, "finding")
    others = context.standing.get("disposition", {})
    named = set(re.findall(ID, f"{finding} {_text(content, 'explanation')}".upper())) - {context.key}
    known = sorted(name for name in named if name in context.register or name in others)
    if chosen == "duplicate":
        if not known:
            found = "without the id of the exception it repeats"
            yield Problem("explanation", found, "write the other exception's id into it")
        for name in known:
            if STANDINGS.get(_text(others.get(name, {}), "disposition")) == "duplicate":
                yield Problem("explanation", f"a reference to {name}, a duplicate itself", "name the one that stays")
    if finding and finding not in context.findings and not (chosen == "duplicate" and finding.upper() in known):
        near = difflib.get_close_matches(finding, sorted(context.findings), 1)
        hint = f"did you mean {near[0]!r}?" if near else "add it on the sheet Findings, in this file or before"
        yield Problem("finding", f"{short(finding)}, which is no finding there is", hint)


def complete(content: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return what is to be recorded: the fields, the control, and what was seen when it was decided."""
    seen = context.register[context.key]
    decided = bool(context.changed & {*DECISION, "prepared_on", "reviewed_on"}) or "facts" not in content
    now = {"facts": seen.facts, "severity": seen.severity, "last_day": context.period.last_day.isoformat()}
    return {**content, "control": seen.control} | (now if decided else {})


def _text(content: Mapping[str, Any], name: str) -> str:
    return str(content.get(name) or "")
