"""Rows of the forms Findings, Actions and Decisions: what the machine says beside the cells that people fill in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from auditkit import draft as drafts
from auditkit import finding
from auditkit.follow_up_check import EXCEPTION, REVIEW, TITLES
from auditkit.follow_up_stage import machine_criteria
from auditkit.form import ACTION, DECISION, FINDING
from auditkit.form_sheet import FormRow
from auditkit.sheet import Column
from auditkit.wording import plural

if TYPE_CHECKING:
    from auditkit.draft import Draft
    from auditkit.finding import Finding
    from auditkit.follow_up import FollowUp
    from auditkit.result import ControlResult, Run

SPARE = 10  # rows for what people add
FINDING_COLUMNS = (
    Column("State", "wrap", least=14, most=20),
    Column("About", "wrap", least=18, most=28),
    Column(finding.FIRST_SEEN, least=12),
    Column(finding.CRITERIA, "wrap", least=28, most=44),
    Column("Condition", "wrap", least=30, most=48),
    Column(finding.CONDITION, "wrap", least=26, most=40),
    Column("Exceptions linked to it", "int", least=11),
    Column("Causes to think of", "wrap", least=16, most=24),
    Column("Suggested impact", "int", least=10),
    Column("Suggested likelihood", "int", least=10),
    Column(finding.SUGGESTED, least=12),
    Column("How the suggested rating came about", "wrap", least=34, most=50),
    Column("Mend by", "date", least=12),
    Column("Corrective action to think of", "wrap", least=26, most=40),
)
FINDING_NOTES = (
    "A draft says what the register shows against the criteria. It is a finding only when a person reports it: with "
    "the criteria confirmed, a cause that is not the condition again, a consequence with a figure or the reason why "
    "there is none, a recommendation, an owner (a role, not a name) and a due date. Drop what is no finding.",
    "A rating that differs from the suggested one needs its reason. Names and identifiers of the extracts do not "
    "belong into these cells: what is reported is read by the board and by the owners of the actions.",
    "For a finding of your own write the quarter and a number into an empty row at the end, for example 2026-Q3/F-1.",
)
ACTION_COLUMNS = (
    Column("State on the last day", "wrap", least=16, most=24),
    Column("Rating", least=10),
    Column("First due", "date", least=12),
    Column("Times moved", "int", least=9),
    Column("Follow-up checks", "wrap", least=24, most=40),
)
ACTION_NOTES = (
    "An action belongs to a finding and has an owner (a role) and a due date. It is closed only when audit has "
    "validated it on evidence; what management reports as done is implemented. A moved due date needs a reason each "
    "time.",
    "For a new action write the quarter and a number into an empty row at the end, for example 2026-Q3/A-1.",
)
DECISION_COLUMNS = (Column("State on the last day", "wrap", least=16, most=24),)
DECISION_NOTES = (
    "What the board is asked to decide, with options and a recommendation; once it has decided, its words and the day.",
    "For a new decision write the quarter and a number into an empty row at the end, for example 2026-Q3/D-1.",
)


def finding_rows(state: FollowUp, run: Run, controls: Sequence[ControlResult]) -> list[FormRow]:
    """Return the findings that live, by rating, then the drafts that nobody has decided on, the gravest first."""
    label = run.period.label
    known = [each for each in state.findings if each.closed is None or each.closed >= label]
    known = [each for each in known if each.status != finding.DROPPED or each.raised == label]
    known.sort(key=lambda each: (each.status != finding.REPORTED, finding.order(each, run.period.last_day)))
    rows = [_finding_row(state.draft(each.key), each, state, run, controls) for each in known]
    taken = {each.key for each in known}
    left = [draft for draft in state.drafts if draft.reference not in taken]
    left.sort(key=_gravest)
    return rows + [_finding_row(draft, None, state, run, controls) for draft in left]


def _gravest(draft: Draft) -> tuple[int, str]:
    product = draft.suggestion.impact * draft.suggestion.likelihood if draft.suggestion else 0
    return -product, draft.reference


def _finding_row(
    draft: Draft | None, found: Finding | None, state: FollowUp, run: Run, controls: Sequence[ControlResult]
) -> FormRow:
    key = found.key if found else draft.reference if draft else ""
    content = state.contents.get((FINDING.kind, key), {})
    about = f"{draft.result.attribute.id} {draft.result.attribute.title}" if draft else found.attribute if found else ""
    suggestion = draft.suggestion if draft else None
    first = min(draft.found.first_quarter, found.first_quarter if found else run.period.label) if draft else None
    criteria = machine_criteria(found, draft, controls) if found else draft.criteria if draft else ""
    machine = [
        _state(found, run),
        about,
        first or (found.first_quarter if found else None),
        criteria,
        drafts.condition(draft, run) if draft else None,
        drafts.sentence(draft, run) if draft else found.machine("condition") if found else None,
        state.linked.get(key, 0),
        "; ".join(drafts.cause_codes(draft)) if draft else None,
        suggestion.impact if suggestion else None,
        suggestion.likelihood if suggestion else None,
        suggestion.rating if suggestion else None,
        suggestion.words if suggestion else None,
        drafts.due_by(draft, run) if draft else None,
        " ".join(draft.control.remediation_hint.split()) if draft else None,
    ]
    return key, machine, {field.name: content.get(field.name) for field in FINDING.fields}


def _state(found: Finding | None, run: Run) -> str:
    if found is None:
        return "draft of this quarter"
    days = found.days_overdue(run.period.last_day)
    late = f", {plural(days, 'day')} overdue" if days else ""
    since = "" if found.raised == run.period.label else f" since {found.raised}"
    later = f"; recorded since: {found.later}" if found.later else ""
    return f"{found.status}{since}{late}{later}"


def action_rows(state: FollowUp, run: Run) -> list[FormRow]:
    """Return the actions that were open in the quarter, the longest overdue first, with what the checks say of each."""
    known = [each for each in state.actions if each.closed is None or each.closed >= run.period.label]
    known.sort(key=lambda each: (each.closed is not None, -each.days_overdue, each.due or run.period.end, each.key))
    rows: list[FormRow] = []
    for each in known:
        days = f", {plural(each.days_overdue, 'day')} overdue ({each.bucket})" if each.days_overdue else ""
        later = f"; recorded since: {each.later}" if each.later else ""
        machine: list[Any] = [
            f"{each.status}{days}{later}",
            state.rating(each) or None,
            each.original_due,
            each.extensions,
            "\n".join(_said(state, each.key)),
        ]
        rows.append((each.key, machine, state.contents.get((ACTION.kind, each.key), {})))
    return rows


def _said(state: FollowUp, key: str) -> list[str]:
    words = {EXCEPTION: "exception", REVIEW: "for review"}
    return [
        f"{check.id} {words[result]}: {TITLES[check.id]}"
        for check in state.checks
        if (result := check.results.get(key, "")) in words
    ]


def decision_rows(state: FollowUp, run: Run) -> list[FormRow]:
    """Return the decisions that are pending or were taken in the quarter, the oldest first."""
    known = [each for each in state.decisions if each.closed is None or each.closed >= run.period.label]
    known.sort(key=lambda each: (each.closed is not None, each.raised, each.key))
    rows: list[FormRow] = []
    for each in known:
        said = "decided" if each.closed else f"pending since {each.raised}"
        later = f"; decided since, on {each.later}" if each.later else ""
        rows.append((each.key, [f"{said}{later}"], state.contents.get((DECISION.kind, each.key), {})))
    return rows
