"""Decisions: what the board is asked to decide, with options and a recommendation, and what it decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditkit import identity
from auditkit.form import DECISION
from auditkit.life import Life, day, missing, same_quarter, text
from auditkit.period import Period
from auditkit.review import Context, Problem

SHOWN = ("requested", "options", "recommendation", "decision", "follow_up")  # fields that reach the board


@dataclass(frozen=True, slots=True)
class Decision:
    """
    One decision as it stands on the last day of a quarter.

    It is pending until `decided_on`; `closed` is the quarter of that day, None while it is pending. `later` is the day
    of a decision taken after the quarter.
    """

    key: str
    requested: str
    options: str
    recommendation: str
    raised: str
    asked_on: dt.date | None = None
    decision: str = ""
    decided_on: dt.date | None = None
    follow_up: str = ""
    closed: str | None = None
    later: dt.date | None = None


def as_of(life: Life, period: Period) -> Decision | None:
    """Return the decision as it stands on the last day of the period; None if it was asked for later."""
    if life.raised > period.label:
        return None
    content = life.content
    decided = day(content, "decided_on")
    quarter = life.quarters.containing(decided).label if decided else None
    taken = quarter is not None and quarter <= period.label
    return Decision(
        key=life.key,
        requested=text(content, "requested"),
        options=text(content, "options"),
        recommendation=text(content, "recommendation"),
        raised=life.raised,
        asked_on=day(content, "asked_on"),
        decision=text(content, "decision") if taken else "",
        decided_on=decided if taken else None,
        follow_up=text(content, "follow_up") if taken else "",
        closed=quarter if taken else None,
        later=None if taken else decided,
    )


def problems(content: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    """Yield what is wrong with the people's cells of a decision."""
    if not any(text(content, item.name) for item in DECISION.fields):
        yield Problem("", "a decision without a word", "write what came of it instead")
        return
    yield from missing(content, "requested", "asked_on")
    asked, decided = day(content, "asked_on"), day(content, "decided_on")
    if decided or text(content, "decision"):
        yield from missing(content, "decision", "decided_on")
    else:
        yield from missing(content, "options", "recommendation")
    same = text(content, "requested") == text(context.before, "requested")
    if text(context.before, "decided_on") and not same and not same_quarter(context):
        yield Problem("requested", "another question, and this one was decided in an earlier quarter", "add a new row")
    if asked and decided and decided < asked:
        yield Problem("decided_on", f"{decided}, before it was asked on {asked}", "correct one of the days")
    yield from identity.of_context(context).problems(content, SHOWN)
