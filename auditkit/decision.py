"""Decisions: what the board is asked to decide, with options and a recommendation, and what it decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.form import DECISION
from auditkit.history import History, day, missing, text
from auditkit.period import Period


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


def as_of(history: History, period: Period) -> Decision | None:
    """Return the decision as it stands on the last day of the period; None if it was asked for later."""
    if history.raised > period.label:
        return None
    content = history.content
    decided = day(content, "decided_on")
    quarter = history.quarters.containing(decided).label if decided else None
    taken = quarter is not None and quarter <= period.label
    return Decision(
        key=history.key,
        requested=text(content, "requested"),
        options=text(content, "options"),
        recommendation=text(content, "recommendation"),
        raised=history.raised,
        asked_on=day(content, "asked_on"),
        decision=text(content, "decision") if taken else "",
        decided_on=decided if taken else None,
        follow_up=text(content, "follow_up") if taken else "",
        closed=quarter if taken else None,
        later=None if taken else decided,
    )


def problems(content: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the people's cells of a decision; an empty row is in order."""
    if not any(text(content, item.name) for item in DECISION.fields):
        return ["a decision asked for was emptied; write what came of it instead"] if before else []
    needed = {"requested": "what is to be decided", "asked_on": "the day on which it was asked"}
    found = list(missing(content, needed))
    asked, decided = day(content, "asked_on"), day(content, "decided_on")
    if bool(text(content, "decision")) != bool(decided):
        found.append("a decision taken needs its words and its day")
    if not decided:
        found += missing(content, {"options": "a choice of options", "recommendation": "the recommendation"})
    if asked and decided and decided < asked:
        found.append(f"decided on {decided}, before it was asked on {asked}")
    return found
