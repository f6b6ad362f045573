"""
Actions: what management does about a finding, from the first due date to closure validated by audit.

The state of an action is that of the last day of a quarter, whatever is recorded later: an implementation or a
validation counts from its own date, other changes of status from the quarter in whose review they were recorded.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditkit import identity
from auditkit.form import ACTION, ACTION_STATUS, FINDING
from auditkit.life import Life, day, missing, text
from auditkit.period import Period
from auditkit.review import Context, Problem

OPEN, IMPLEMENTED, VALIDATED, ACCEPTED, SUPERSEDED = ACTION_STATUS
CLOSED = (VALIDATED, ACCEPTED, SUPERSEDED)
SHOWN = ("title", "owner", "risk_accepted_by")  # fields that reach the board and the owners of actions
# Days past due, both ends included; the last has no end. A due date is not past on its own day.
BUCKETS = ((0, 30), (31, 60), (61, 90), (91, 180), (181, None))
BUCKET_NAMES = ("0-30", "31-60", "61-90", "91-180", "> 180")


@dataclass(frozen=True, slots=True)
class Action:
    """
    One action as it stands on `on`, the last day of a quarter.

    `extensions` counts how often the due date was moved, `original_due` is the first and `due` the last of them.
    `status` is that of the day; `later` the status recorded for a day after it, "" if there is none. `closed` is the
    quarter of its closure, None while it is open; `asked_on` the day it was first recorded.
    """

    key: str
    title: str
    finding: str
    owner: str
    raised: str
    on: dt.date
    status: str
    closed: str | None = None
    later: str = ""
    original_due: dt.date | None = None
    due: dt.date | None = None
    extensions: int = 0
    asked_on: dt.date | None = None
    responded_on: dt.date | None = None
    implemented_by: str = ""
    implemented_on: dt.date | None = None
    evidence_ref: str = ""
    validated_by: str = ""
    validated_on: dt.date | None = None
    risk_accepted_by: str = ""
    risk_authority: str = ""

    @property
    def days_overdue(self) -> int:
        """Days past the due date of an action that is neither implemented nor closed; 0 if it is not overdue."""
        if self.status != OPEN or self.due is None:
            return 0
        return max(0, (self.on - self.due).days)

    @property
    def bucket(self) -> str:
        """How long it is overdue, one of `BUCKET_NAMES`; "" if it is not."""
        return age_bucket(self.days_overdue) if self.days_overdue else ""


def age_bucket(days: int) -> str:
    """Return the name of the bucket for a number of days past due."""
    place = next(n for n, (_, last) in enumerate(BUCKETS) if last is None or days <= last)
    return BUCKET_NAMES[place]


def as_of(life: Life, period: Period) -> Action | None:
    """Return the action as it stands on the last day of the period; None if it was raised later."""
    known = life.known(period) or life.records[:1]
    if life.raised > period.label:
        return None
    content = life.content
    dues = [due for record in known if (due := day(record.content, "due_on")) is not None]
    moved = sum(before != after for before, after in itertools.pairwise(dues))
    recorded = text(content, "status") or OPEN
    status, closed = _status(life, period, recorded)
    names = ("title", "finding", "owner", "implemented_by", "evidence_ref", "validated_by")
    return Action(
        key=life.key,
        raised=life.raised,
        on=period.last_day,
        status=status,
        closed=closed,
        later=recorded if recorded != status else "",
        original_due=dues[0] if dues else None,
        due=dues[-1] if dues else None,
        extensions=moved,
        asked_on=life.first_day,
        responded_on=day(content, "responded_on"),
        implemented_on=day(content, "implemented_on"),
        validated_on=day(content, "validated_on"),
        risk_accepted_by=text(content, "risk_accepted_by"),
        risk_authority=text(content, "risk_authority"),
        **{name: text(content, name) for name in names},
    )


def _status(life: Life, period: Period, recorded: str) -> tuple[str, str | None]:
    """Return the status on the last day of the period, and the quarter of closure if it was closed by then."""
    content, dated = life.content, {IMPLEMENTED: "implemented_on", VALIDATED: "validated_on"}
    if recorded == OPEN:
        return OPEN, None
    on = day(content, dated[recorded]) if recorded in dated else None
    quarter = life.quarters.containing(on).label if on else life.since("status", recorded)
    if quarter <= period.label:
        return recorded, quarter if recorded in CLOSED else None
    done = day(content, "implemented_on")
    return (IMPLEMENTED if done is not None and done <= period.last_day else OPEN), None


def problems(content: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    """
    Yield what is wrong with the people's cells of an action.

    What a follow-up check shows (closure without evidence, validation by the implementer, no authority for an accepted
    risk) is not refused: it is recorded and counted.
    """
    if not any(text(content, item.name) for item in ACTION.fields):
        yield Problem("", "an action without a word", "set its status to superseded instead")
        return
    yield from missing(content, "title", "finding", "owner", "due_on")
    finding = text(content, "finding")
    if finding and finding not in context.standing.get(FINDING.kind, {}):
        yield Problem("finding", f"{finding}, which nobody has written", "write a reference of the sheet Findings")
    yield from _moved(content, context.before)
    yield from _contradictions(content, context.before)
    yield from identity.of_context(context).problems(content, SHOWN)


def _moved(content: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Problem]:
    old, new, reason = day(before, "due_on"), day(content, "due_on"), text(content, "extension_reason")
    if old and new and old != new and (not reason or reason == text(before, "extension_reason")):
        yield Problem(
            "extension_reason", f"nothing new, and the due date moved from {old} to {new}", "say anew why it moves"
        )


def _contradictions(content: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Problem]:
    status, was = text(content, "status") or OPEN, text(before, "status") or OPEN
    if status in (IMPLEMENTED, VALIDATED):
        yield from missing(content, "implemented_on")
    if status == VALIDATED:
        yield from missing(content, "validated_by", "validated_on")
    if status == ACCEPTED:
        yield from missing(content, "risk_accepted_by")
    done, seen = day(content, "implemented_on"), day(content, "validated_on")
    if done and seen and seen < done:
        yield Problem("validated_on", f"{seen}, before it was implemented on {done}", "correct one of the days")
    if status == OPEN and (done or seen):
        yield Problem("status", "open, with a day of implementation or validation", "set the status that it has")
    if was in CLOSED and status not in CLOSED:
        yield Problem("status", f"{status}, and it was {was} already", "raise a new action for what came after")
