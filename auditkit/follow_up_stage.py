"""The stage of a run in which the journal and the register meet: findings, actions and decisions as they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from auditkit import action, decision, finding, life, vault
from auditkit import journal as journals
from auditkit.calendar import working_days
from auditkit.draft import ACTIVE, KINDS, Draft, condition, criteria, drafts
from auditkit.errors import RegisterError
from auditkit.finding import CLOSED, DROPPED, Finding
from auditkit.follow_up import FollowUp
from auditkit.follow_up_check import Recurrence, checks
from auditkit.form import ACTION, DECISION, FINDING
from auditkit.journal import Journal
from auditkit.registration import RESTRICTED_JOURNAL
from auditkit.review import Problem

if TYPE_CHECKING:
    import duckdb

    from auditkit.identity import Identities
    from auditkit.result import ControlResult, Run

# The fields of each form whose text reaches readers beyond the working edition.
SHOWN: Mapping[str, tuple[str, ...]] = {
    FINDING.kind: finding.SHOWN,
    ACTION.kind: action.SHOWN,
    DECISION.kind: decision.SHOWN,
}
Place = tuple[str, str, Problem]  # kind and key of a record, and what is wrong with it


def follow_up(
    connection: duckdb.DuckDBPyConnection, run: Run, journal: Journal, *, restricted: bool = False
) -> FollowUp:
    """
    Return the state of what people decided, as of the last day of the run's period.

    `connection` is the run's database after the register was made; `journal` that of the open controls or, if
    `restricted`, that of the restricted ones.
    """
    period, quarters = run.period, run.project.quarters
    found = [finding.as_of(each, period) for each in life.lives(journal, FINDING.kind, quarters)]
    findings = tuple(each for each in found if each is not None)
    open_ones = {
        each.attribute: each.key for each in findings if each.status not in (CLOSED, DROPPED) and each.attribute
    }
    acts = [action.as_of(each, period) for each in life.lives(journal, ACTION.kind, quarters)]
    asked = [decision.as_of(each, period) for each in life.lives(journal, DECISION.kind, quarters)]
    actions = tuple(each for each in acts if each is not None)
    worked = partial(working_days, weekend=run.project.weekend, holidays=frozenset(run.project.holidays))
    again = partial(_recurred, connection, run, restricted, {each.key: each for each in findings})
    return FollowUp(
        findings=findings,
        drafts=drafts(connection, run, open_ones, restricted=restricted),
        actions=actions,
        decisions=tuple(each for each in asked if each is not None),
        checks=checks(actions, period, run.project.follow_up, worked, again),
        contents={(record.kind, record.key): record.content for record in journal.records if record.kind in SHOWN},
        linked=_linked(connection, restricted=restricted),
    )


def followed_up(connection: duckdb.DuckDBPyConnection, run: Run, passphrase: str | None) -> Run:
    """
    Return the run with its follow-up, of restricted controls too where they were tested.

    Raises RegisterError where the open journal does not hold. A restricted one that the passphrase does not open stops
    nothing: the register has said so where it may be said.
    """
    folder = run.project.register
    run = replace(run, follow_up=follow_up(connection, run, Journal.read(folder / journals.FILE)))
    if passphrase is None or run.restricted_state != "tested":
        return run
    path = folder / RESTRICTED_JOURNAL
    try:
        journal = Journal.read(path, vault.codec(passphrase, path.name))
    except RegisterError:
        return run
    return replace(run, restricted_follow_up=follow_up(connection, run, journal, restricted=True))


def _linked(connection: duckdb.DuckDBPyConnection, *, restricted: bool) -> dict[str, int]:
    """Return how many exceptions of the register name a finding, by its reference."""
    rows = connection.execute(
        "SELECT finding, COUNT(*) FROM register_item WHERE restricted = $restricted AND finding IS NOT NULL GROUP BY 1",
        {"restricted": restricted},
    )
    return dict(rows.fetchall())


def _recurred(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    restricted: bool,
    findings: Mapping[str, Finding],
    reference: str,
    after: dt.date,
) -> Recurrence | str:
    """Return this run's exceptions of a finding's attribute after a day; one without a date is of the last day."""
    attribute = findings[reference].attribute if reference in findings else ""
    if not attribute:
        return "NOT_APPLICABLE:no_attribute"
    controls = run.restricted if restricted else run.controls
    results = [result for control in controls for p in control.populations for result in p.attributes]
    result = next((each for each in results if each.attribute.id == attribute), None)
    if result is None or not result.concluded or not result.counts.tested:
        return "NOT_TESTED:attribute_not_concluded"
    row = connection.execute(
        f"""SELECT COUNT(*) FILTER (WHERE r.standing = 'confirmed'),
    COUNT(*) FILTER (WHERE r.standing <> 'confirmed' AND NOT ({KINDS["set_aside"]}))
FROM register_item AS r
LEFT JOIN outstanding_item AS o ON o.attribute_id = r.attribute_id AND o.item = r.item AND o.result = r.result
WHERE r.restricted = $restricted AND r.attribute_id = $attribute AND {ACTIVE} AND r.result = 'EXCEPTION'
    AND COALESCE(o.event_date, $last_day) > $after""",
        {"restricted": restricted, "attribute": attribute, "last_day": run.period.last_day, "after": after},
    ).fetchone()
    return Recurrence(*row) if row else Recurrence()


def gaps(state: FollowUp, run: Run) -> Iterator[Place]:
    """Yield what the reported findings lack, against this run's drafts where they have one."""
    for each in state.findings:
        if each.lives_in(run.period):
            said = facts(state, run, each)
            for problem in finding.gaps(each.content, said, run.project.rating):
                yield FINDING.kind, each.key, problem


def facts(state: FollowUp, run: Run, found: Finding) -> dict[str, str]:
    """Return what the machine says of a finding: this run's draft, else what was kept with it."""
    draft = state.draft(found.key)
    if draft is None:
        return {name: found.machine(name) for name in finding.KEPT}
    suggested = draft.suggestion.rating if draft.suggestion else ""
    return {"criteria": draft.criteria, "condition": condition(draft, run), "suggested": suggested}


def machine_criteria(found: Finding, draft: Draft | None, controls: Sequence[ControlResult]) -> str:
    """Return what should be so: this run's criteria of the attribute, else those kept with the finding."""
    if draft is not None:
        return draft.criteria
    for result in controls:
        for attribute in result.control.attributes:
            if attribute.id == found.attribute:
                return criteria(result.control, attribute.criteria)
    return found.machine("criteria")


def undecided(state: FollowUp) -> tuple[str, ...]:
    """Return the references of drafts with confirmed deviations of which nobody has made or dropped a finding."""
    known = state.by_key
    return tuple(
        draft.reference
        for draft in state.drafts
        if draft.found.reviewed and (draft.reference not in known or known[draft.reference].status == finding.POTENTIAL)
    )


def identities_shown(state: FollowUp, identities: Identities, run: Run) -> Iterator[Place]:
    """Yield every text that readers beyond the working edition would see and that holds an identity."""
    texts: list[tuple[str, str, Mapping[str, object]]] = [
        (FINDING.kind, each.key, each.content) for each in state.findings if each.lives_in(run.period)
    ]
    texts += [(ACTION.kind, each.key, {n: getattr(each, n) for n in action.SHOWN}) for each in state.actions]
    texts += [(DECISION.kind, each.key, {n: getattr(each, n) for n in decision.SHOWN}) for each in state.decisions]
    for kind, key, content in texts:
        for problem in identities.problems({name: value or "" for name, value in content.items()}, SHOWN[kind]):
            yield kind, key, problem
