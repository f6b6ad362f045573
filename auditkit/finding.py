"""
Findings: a reviewer's judgement with criteria, condition, cause, consequence and corrective action.

`Record.content` of kind `finding` holds the fields of `form.FINDING` and, from the machine, `last_day` of the period in
whose workbook it was written and `machine`: the draft's criteria, condition, suggested rating and first quarter.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditkit import identity, life
from auditkit.action import CLOSED as CLOSED_ACTIONS
from auditkit.action import OPEN as OPEN_ACTION
from auditkit.form import ACTION, FINDING_STATUS, RATINGS
from auditkit.life import REFERENCE, Life, day, missing, text
from auditkit.period import Period
from auditkit.rating import Policy
from auditkit.review import Context, Problem

POTENTIAL, REPORTED, DROPPED, CLOSED = FINDING_STATUS
# Headings of the machine cells that are kept with what people wrote, by the name they are kept under.
CRITERIA, CONDITION, SUGGESTED, FIRST_SEEN = "Criteria", "Condition for the board", "Suggested rating", "First seen"
KEPT = {"criteria": CRITERIA, "condition": CONDITION, "suggested": SUGGESTED, "first_quarter": FIRST_SEEN}
OF_ATTRIBUTE = re.compile(r"(?:^|/)[A-Z]{2,}-\d+$")
# Fields that reach the board and the owners of actions once a finding is reported.
SHOWN = (
    *("title", "criteria", "condition", "cause", "consequence", "recommendation"),
    *("management_response", "owner"),
)
# How a consequence that has no figure says so, in the languages of the board edition.
UNQUANTIFIED = ("not quantified", "non chiffré", "no cuantificad", "غير مقدر")
ALIKE = 0.9  # share of the words of a text from which it is a copy of the one they stand in


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One finding as it stands on the last day of a quarter; `content` is what people and machine recorded last.

    `status` is potential, reported, dropped or closed; `closed` the quarter in which a reported one ended, None while
    it lives. `later` is the status recorded for a later quarter, "" if there is none.
    """

    key: str
    raised: str
    status: str
    closed: str | None = None
    later: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return a field as text."""
        return text(self.content, name)

    @property
    def attribute(self) -> str:
        """The attribute that the finding is about; "" for one that people wrote on their own."""
        found = REFERENCE.fullmatch(self.key)
        return found[2] if found and self.machine("criteria") else ""

    def machine(self, name: str) -> str:
        """Return what the machine's draft said when the finding was recorded last."""
        return text(self.content.get("machine") or {}, name)

    @property
    def rating(self) -> str:
        """The final rating, set by people; "" while there is none."""
        return self["rating"]

    @property
    def due(self) -> dt.date | None:
        """The day by which it is to be mended."""
        return day(self.content, "due_on")

    @property
    def first_quarter(self) -> str:
        """The quarter in which what it is about was first seen."""
        return min(self.machine("first_quarter") or self.raised, self.raised)

    def lives_in(self, period: Period) -> bool:
        """Whether it was reported and not closed before the period."""
        return self.status in (REPORTED, CLOSED) and (self.closed is None or self.closed >= period.label)

    def days_overdue(self, on: dt.date) -> int:
        """Return the days past its due date on a day; 0 for a closed one or one without a due date."""
        return 0 if self.closed or self.due is None else max(0, (on - self.due).days)


def as_of(found: Life, period: Period) -> Finding | None:
    """Return the finding as it stands on the last day of the period; None if it was raised later."""
    if found.raised > period.label:
        return None
    recorded = text(found.content, "status") or POTENTIAL
    known = found.known(period)
    status = (text(known[-1].content, "status") or POTENTIAL) if known else POTENTIAL
    reported = any(text(record.content, "status") in (REPORTED, CLOSED) for record in known)
    ended = found.since("status", recorded) if status in (CLOSED, DROPPED) and reported else None
    if status == DROPPED and ended:
        status = CLOSED  # it had been reported: for the board it is no longer open
    content = known[-1].content if known else found.content
    return Finding(found.key, found.raised, status, ended, recorded if recorded != status else "", content)


def order(finding: Finding, on: dt.date) -> tuple[int, int, str, str]:
    """Sort by rating, the gravest first, then the longest overdue, then the oldest."""
    place = RATINGS.index(finding.rating) if finding.rating in RATINGS else len(RATINGS)
    return place, -finding.days_overdue(on), finding.first_quarter, finding.key


def living(findings: Iterable[Finding], period: Period) -> list[Finding]:
    """Return the findings the board is told of, the gravest first: reported, and not closed before the quarter."""
    return sorted((each for each in findings if each.lives_in(period)), key=lambda each: order(each, period.last_day))


def complete(content: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Return what is to be recorded: what people wrote, the last day of the period, and what the draft said."""
    said = {name: context.cells.get(heading, "") for name, heading in KEPT.items()}
    before = context.before.get("machine") or {}
    kept = {name: value or text(before, name) for name, value in said.items()}
    return {**life.complete(content, context), "machine": {name: value for name, value in kept.items() if value}}


def problems(content: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    """Yield what is wrong with the people's cells of a finding; one that is not reported may be incomplete."""
    status, was = text(content, "status") or POTENTIAL, text(context.before, "status") or POTENTIAL
    yield from _reference(context)
    if status == POTENTIAL and was in (REPORTED, CLOSED):
        yield Problem("status", f"potential, and it was {was} already", "close it, or drop it")
    if was == CLOSED and status == REPORTED and not life.same_quarter(context):
        yield Problem("status", f"{status}, and it was closed in an earlier quarter", "write a new finding")
    if status not in (REPORTED, CLOSED):
        return
    draft = {name: context.cells.get(heading, "") for name, heading in KEPT.items()}
    yield from gaps(content, draft, context.project.rating)
    due = day(content, "due_on")
    if due and due != day(context.before, "due_on") and due <= context.period.last_day:
        yield Problem("due_on", f"{due}, not after the period", f"give a day after {context.period.last_day}")
    if status == CLOSED:
        if was not in (REPORTED, CLOSED):
            yield Problem("status", "closed without having been reported", "report it, or drop it")
        yield from _still_open(context)
    yield from identity.of_context(context).problems(content, SHOWN)


def _reference(context: Context) -> Iterator[Problem]:
    """A finding of people's own has no reference of an attribute: the machine alone says what is about which."""
    if not context.cells and not context.before and OF_ATTRIBUTE.search(context.key):
        yield Problem("", f"{context.key}, which reads like a finding about an attribute", "write for example F-1")


def _still_open(context: Context) -> Iterator[Problem]:
    for name, action in sorted(context.standing.get(ACTION.kind, {}).items()):
        status = text(action, "status") or OPEN_ACTION
        if text(action, "finding") == context.key and status not in CLOSED_ACTIONS:
            yield Problem("status", f"closed, while action {name} is {status}", "close the action first")


def gaps(content: Mapping[str, Any], draft: Mapping[str, str], policy: Policy) -> Iterator[Problem]:
    """
    Yield what a reported finding lacks; it cannot be issued before nothing is missing.

    `draft` is what the machine says of it (criteria, condition, suggested rating), empty for a finding of people's own.
    """
    yield from missing(content, "title", "criteria_apply", "cause_code", "cause", "consequence", "recommendation")
    yield from missing(content, "impact", "likelihood", "rating", "owner", "due_on")
    if not text(draft, "criteria"):
        yield from missing(content, "criteria")
    if not text(draft, "condition"):
        yield from missing(content, "condition")
    if text(content, "criteria_apply") == "no":
        yield Problem("criteria_apply", "no", "drop the finding, or say which criteria apply and confirm them")
    for other in (text(content, "condition"), text(draft, "condition"), text(content, "criteria")):
        if alike(text(content, "cause"), other):
            yield Problem("cause", "the condition or the criteria again", "say why it came to that, not what was found")
            break
    yield from _consequence(text(content, "consequence"))
    yield from _rating(content, text(draft, "suggested"), policy)
    if text(content, "agreed") == "no":
        yield from missing(content, "management_response")


def _consequence(said: str) -> Iterator[Problem]:
    if said and not re.search(r"\d", said) and not any(words in said.casefold() for words in UNQUANTIFIED):
        hint = 'give an amount, a number or a share, or write "not quantified:" and why'
        yield Problem("consequence", "without a figure", hint)


def _rating(content: Mapping[str, Any], suggested: str, policy: Policy) -> Iterator[Problem]:
    """A final rating other than the suggested one, or than impact times likelihood where none is, needs a reason."""
    final, reason = text(content, "rating"), text(content, "override_reason")
    impact, likelihood = text(content, "impact"), text(content, "likelihood")
    if not suggested and impact.isdecimal() and likelihood.isdecimal():
        suggested = policy.rating(int(impact) * int(likelihood))
    if final and suggested and final != suggested and not reason:
        yield Problem(
            "override_reason", f"nothing, and it is {final} instead of {suggested}", "say why the rating differs"
        )


def alike(one: str, other: str) -> bool:
    """Whether nearly all words of one text stand in the other."""
    first, second = (set(identity.words(each)) for each in (one, other))
    return bool(first and second) and len(first & second) >= ALIKE * len(first)
