"""
The checks of the follow-up of actions, FUP-01 to FUP-07, each with its population and what could not be tested.

All are as of the last day of the run's period, never of today. The population is every action raised by that day; one
that was closed in an earlier quarter is not applicable, except for what recurs after closure.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from auditkit.action import ACCEPTED, IMPLEMENTED, OPEN, VALIDATED, Action
from auditkit.period import Period
from auditkit.result import Counts
from auditkit.review import same_person
from auditkit.settings import Settings

PASS, EXCEPTION, REVIEW = "PASS", "EXCEPTION", "REVIEW"
TITLES: Mapping[str, str] = {
    "FUP-01": "Actions are implemented by their due date",
    "FUP-02": "The due date is not moved again and again",
    "FUP-03": "An action is closed on evidence that audit has validated",
    "FUP-04": "Nobody validates an implementation of their own",
    "FUP-05": "What was closed does not come back",
    "FUP-06": "Who accepts a risk has the authority to do so",
    "FUP-07": "Management answers within the time allowed",
}
KEYS: Mapping[str, type] = {
    "extensions": int,
    "response_days": int,
    "risk_authorities": list,
    "identified": list,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What the project allows: `extensions` moves of a due date are too many, an answer is due in `response_days`.

    Days are working days of the organisation's calendar. `risk_authorities` are the roles that may accept a risk;
    where none is named, a stated authority is taken as it stands. `identified` are the attributes whose items the
    owners of actions see by their identifiers, because nobody could mend them otherwise.
    """

    extensions: int = 2
    response_days: int = 15
    risk_authorities: tuple[str, ...] = ()
    identified: tuple[str, ...] = ()


def limits(settings: Settings) -> Limits:
    """Return what [follow_up] of auditkit.toml sets; raises ProjectError with the line."""
    return Limits(
        extensions=settings.whole("follow_up", "extensions", 2, 1, 100),
        response_days=settings.whole("follow_up", "response_days", 15, 1, 250),
        risk_authorities=_texts(settings, "risk_authorities", '["Director General"]'),
        identified=_texts(settings, "identified", '["SAL-01"]'),
    )


def _texts(settings: Settings, name: str, example: str) -> tuple[str, ...]:
    found = settings.get("follow_up", name, [])
    for text in found:
        if not isinstance(text, str) or not text.strip():
            raise settings.error(f"{name} holds {text!r}", "follow_up", name, hint=f"write texts in quotes: {example}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Exceptions of an attribute after a day: those confirmed, and those on which nobody has decided yet."""

    confirmed: int = 0
    waiting: int = 0


# What this run shows after a day of what a finding (by its reference) is about, or the result where it shows nothing.
Recurred = Callable[[str, dt.date], Recurrence | str]
WorkingDays = Callable[[dt.date, dt.date], int]  # after the first day, up to and including the second


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it says of every action (by key), as results with their reason behind a colon."""

    id: str
    results: Mapping[str, str]

    @property
    def title(self) -> str:
        """What should be so."""
        return TITLES[self.id]

    @property
    def counts(self) -> Counts:
        """The actions by result; they add up to the population."""
        count = Counter(result.partition(":")[0] for result in self.results.values())
        reasons = Counter(tuple(result.split(":", 1)) for result in self.results.values() if ":" in result)
        return Counts(
            len(self.results),
            count[PASS],
            count[EXCEPTION],
            count[REVIEW],
            count["NOT_TESTED"],
            count["NOT_APPLICABLE"],
            {(kind, reason): number for (kind, reason), number in sorted(reasons.items())},
        )

    @property
    def exceptions(self) -> tuple[str, ...]:
        """The actions that are exceptions."""
        return tuple(key for key, result in self.results.items() if result == EXCEPTION)


def checks(
    actions: Sequence[Action], period: Period, limits: Limits, working_days: WorkingDays, recurred: Recurred
) -> tuple[Check, ...]:
    """Return all checks over the actions as they stand on the last day of the period."""
    rules: dict[str, Callable[[Action], str]] = {
        "FUP-01": _overdue,
        "FUP-02": partial(_moved, limits),
        "FUP-03": _without_evidence,
        "FUP-04": _by_the_implementer,
        "FUP-05": partial(_back, recurred),
        "FUP-06": partial(_without_authority, limits),
        "FUP-07": partial(_unanswered, limits, period, working_days),
    }
    return tuple(
        Check(
            name,
            {
                action.key: "NOT_APPLICABLE:closed_before"
                if name != "FUP-05" and action.closed is not None and action.closed < period.label
                else rule(action)
                for action in actions
            },
        )
        for name, rule in rules.items()
    )


def _overdue(action: Action) -> str:
    if action.closed:
        return "NOT_APPLICABLE:closed"
    if action.status == IMPLEMENTED:
        return PASS
    if action.due is None:
        return "NOT_TESTED:due_date_missing"
    return EXCEPTION if action.due < action.on else "NOT_APPLICABLE:not_yet_due"


def _moved(limits: Limits, action: Action) -> str:
    if action.due is None:
        return "NOT_TESTED:due_date_missing"
    return EXCEPTION if action.extensions >= limits.extensions else PASS


def _without_evidence(action: Action) -> str:
    if action.status != VALIDATED:
        return "NOT_APPLICABLE:not_validated"
    whole = action.evidence_ref and action.validated_by and action.validated_on
    return PASS if whole else EXCEPTION


def _by_the_implementer(action: Action) -> str:
    if action.status != VALIDATED:
        return "NOT_APPLICABLE:not_validated"
    if not action.validated_by:
        return "NOT_TESTED:validator_missing"
    if not action.implemented_by:
        return "NOT_TESTED:implementer_missing"
    return EXCEPTION if same_person(action.validated_by, action.implemented_by) else PASS


def _back(recurred: Recurred, action: Action) -> str:
    if action.status != VALIDATED:
        return "NOT_APPLICABLE:not_validated"
    if action.validated_on is None:
        return "NOT_TESTED:validation_date_missing"
    after = recurred(action.finding, action.validated_on)
    if isinstance(after, str):
        return after
    return EXCEPTION if after.confirmed else REVIEW if after.waiting else PASS


def _without_authority(limits: Limits, action: Action) -> str:
    if action.status != ACCEPTED:
        return "NOT_APPLICABLE:no_risk_accepted"
    if not limits.risk_authorities:
        return PASS if action.risk_accepted_by and action.risk_authority else EXCEPTION
    if any(same_person(action.risk_accepted_by, role) for role in limits.risk_authorities):
        return PASS
    # Somebody else, who names an authority: whether it entitles them is for a person to say.
    return REVIEW if action.risk_accepted_by and action.risk_authority else EXCEPTION


def _unanswered(limits: Limits, period: Period, working_days: WorkingDays, action: Action) -> str:
    if action.asked_on is None:
        return "NOT_TESTED:day_of_request_missing"
    answers = [when for when in (action.responded_on, action.implemented_on) if when and when <= action.on]
    if answers:
        answered = min(answers)
        if answered < period.start:
            return "NOT_APPLICABLE:answered_before"
        return PASS if working_days(action.asked_on, answered) <= limits.response_days else EXCEPTION
    if action.status != OPEN:
        return "NOT_APPLICABLE:closed"
    late = working_days(action.asked_on, action.on) > limits.response_days
    return EXCEPTION if late else "NOT_APPLICABLE:not_yet_due"


@dataclass(frozen=True, slots=True)
class Movement:
    """How many were open before the quarter, came, were closed and are open at its end; each counted by itself."""

    start: int
    new: int
    closed: int
    end: int

    @property
    def ties(self) -> bool:
        """Whether open at the start + new - closed = open at the end."""
        return self.start + self.new - self.closed == self.end


def movement(lives: Sequence[tuple[str, str | None]], label: str) -> Movement:
    """Return how things came and went in a quarter, over (quarter raised, quarter closed or None) of everything."""
    return Movement(
        start=sum(raised < label and (closed is None or closed >= label) for raised, closed in lives),
        new=sum(raised == label for raised, _ in lives),
        closed=sum(closed == label and raised <= label for raised, closed in lives),
        end=sum(raised <= label and (closed is None or closed > label) for raised, closed in lives),
    )
