from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from agenda import ACTION, GIFTS, LINES, OWN, confirmed, made
from ledger import Line, fields
from run_builder import items

from auditkit.follow_up import FollowUp
from auditkit.follow_up_row import (
    ACTION_COLUMNS,
    DECISION_COLUMNS,
    FINDING_COLUMNS,
    action_rows,
    decision_rows,
    finding_rows,
)
from auditkit.follow_up_stage import gaps, identities_shown, undecided
from auditkit.form import ACTION as ACTION_FORM
from auditkit.form import DECISION, FINDING
from auditkit.identity import Identities


def test_the_state_holds_what_the_journal_knows_as_of_the_last_day(tmp_path: Path) -> None:
    _, _, state = made(tmp_path)

    assert {each.key: each.status for each in state.findings} == {
        "2026-Q1/SEN-01": "closed",
        "2026-Q2/GFT-02": "reported",
        "2026-Q3/F-1": "reported",
        "2026-Q3/REC-01": "potential",
    }
    assert {each.key: each.status for each in state.actions} == {
        "2026-Q2/A-1": "open",
        "2026-Q2/A-2": "validated",
        "2026-Q3/A-3": "risk accepted",
    }
    assert {each.key: each.closed for each in state.decisions} == {"2026-Q1/D-1": "2026-Q3", "2026-Q2/D-1": None}
    assert state.linked == {"2026-Q2/GFT-02": 3}


def test_a_draft_comes_under_the_reference_of_the_open_finding(tmp_path: Path) -> None:
    _, _, state = made(tmp_path)

    assert [draft.reference for draft in state.drafts] == ["2026-Q2/GFT-02", "2026-Q3/REC-01"]
    assert state.draft("2026-Q2/GFT-02") is state.drafts[0]
    assert state.draft("2026-Q3/F-1") is None


def test_without_a_journal_there_are_drafts_only(tmp_path: Path) -> None:
    _, _, state = made(tmp_path, lines=())

    assert (state.findings, state.actions, state.decisions) == ((), (), ())
    assert [draft.reference for draft in state.drafts] == ["2026-Q3/GFT-02", "2026-Q3/REC-01"]
    assert {check.counts.population for check in state.checks} == {0}
    assert FollowUp().by_key == {}


def closed(validated: str, **changes: Any) -> tuple[Line, ...]:
    done = {**ACTION, "status": "validated", "implemented_on": "2026-06-01", "validated_on": validated, **changes}
    return (("finding", "2026-Q2/GFT-02", "2026-07-15", GIFTS), ("action", "2026-Q2/A-1", "2026-07-15", done))


def again(tmp_path: Path, *lines: Line, **changes: Any) -> str:
    _, _, state = made(tmp_path, lines=lines, **changes)
    return next(check.results["2026-Q2/A-1"] for check in state.checks if check.id == "FUP-05")


def test_exceptions_after_closure_are_a_repeat_when_confirmed_and_for_review_before(tmp_path: Path) -> None:
    lines = closed("2026-06-30")

    assert again(tmp_path, *lines) == "EXCEPTION"
    assert again(tmp_path, *lines, decided={}) == "REVIEW"
    assert again(tmp_path, *lines, rows=[row for row in items() if row["attribute_id"] != "GFT-02"]) == "PASS"


@pytest.mark.parametrize(("validated", "expected"), [("2026-07-02", "EXCEPTION"), ("2026-07-03", "REVIEW")])
def test_only_events_after_the_day_of_closure_come_back(tmp_path: Path, validated: str, expected: str) -> None:
    # The exceptions confirmed are of 1, 2 and 3 July; others of later days wait for review.
    rows = [row for row in items() if row.get("event_date") != dt.date(2026, 7, 4)]

    assert again(tmp_path, *closed(validated), rows=rows) == expected


def test_nothing_is_said_of_what_was_not_concluded_or_has_no_attribute(tmp_path: Path) -> None:
    coi = {**GIFTS, "machine": {"criteria": "In order."}}
    finding: Line = ("finding", "2026-Q2/COI-02", "2026-07-15", coi)
    action = closed("2026-06-30", finding="2026-Q2/COI-02")[1]
    own: Line = ("finding", "2026-Q2/F-1", "2026-07-15", OWN)

    assert again(tmp_path, finding, action) == "NOT_TESTED:attribute_not_concluded"
    assert again(tmp_path, own, closed("2026-06-30", finding="2026-Q2/F-1")[1]) == "NOT_APPLICABLE:no_attribute"
    assert again(tmp_path, closed("2026-06-30")[1]) == "NOT_APPLICABLE:no_attribute"


def test_what_reported_findings_lack_is_told_against_this_runs_draft(tmp_path: Path) -> None:
    bare = {name: value for name, value in GIFTS.items() if name not in ("override_reason", "owner", "due_on")}
    run, _, state = made(tmp_path, lines=(("finding", "2026-Q2/GFT-02", "2026-07-15", bare),))
    found = list(gaps(state, run))

    assert {(kind, key) for kind, key, _ in found} == {("finding", "2026-Q2/GFT-02")}
    assert fields(problem for _, _, problem in found) == ["owner", "due_on", "override_reason"]
    assert list(gaps(made(tmp_path)[2], run)) == []


def test_confirmed_deviations_of_which_nobody_made_a_finding_are_undecided(tmp_path: Path) -> None:
    assert undecided(made(tmp_path, lines=())[2]) == ("2026-Q3/GFT-02",)
    assert undecided(made(tmp_path, lines=(), decided={})[2]) == ()
    dropped: Line = ("finding", "2026-Q3/GFT-02", "2026-10-12", {"status": "dropped"})
    potential: Line = ("finding", "2026-Q3/GFT-02", "2026-10-12", {"status": "potential"})
    assert undecided(made(tmp_path, lines=(potential,))[2]) == ("2026-Q3/GFT-02",)
    assert undecided(made(tmp_path, lines=LINES)[2]) == ()
    assert [each.status for each in made(tmp_path, lines=(dropped,))[2].findings] == ["dropped"]


def test_every_text_for_other_readers_is_searched_for_identities(tmp_path: Path) -> None:
    run, _, state = made(tmp_path)
    found = Identities.from_texts(["compares the register", "as peers do", "Keep minutes", "POTENTIAL-ONLY"], bytes(32))
    places = {(kind, key, problem.field) for kind, key, problem in identities_shown(state, found, run)}

    assert places == {
        ("finding", "2026-Q2/GFT-02", "cause"),
        ("finding", "2026-Q3/F-1", "cause"),
        ("action", "2026-Q3/A-3", "title"),
        ("decision", "2026-Q1/D-1", "recommendation"),
        ("decision", "2026-Q2/D-1", "recommendation"),
    }
    assert list(identities_shown(state, Identities.from_texts([], bytes(32)), run)) == []


def test_the_rows_of_findings_have_the_machines_cells_and_peoples_fields(tmp_path: Path) -> None:
    run, _, state = made(tmp_path)
    rows = {
        key: (dict(zip([c.title for c in FINDING_COLUMNS], machine, strict=True)), own)
        for key, machine, own in finding_rows(state, run, run.controls)
    }

    assert list(rows) == ["2026-Q3/F-1", "2026-Q2/GFT-02", "2026-Q3/REC-01"]
    machine, own = rows["2026-Q2/GFT-02"]
    assert machine["State"] == "reported since 2026-Q2, 30 days overdue"
    assert machine["About"] == "GFT-02 What one giver hands to one person on one day stays within the occasion limit"
    assert machine["First seen"] == "2026-Q1"
    assert machine["Condition"].startswith("12 of 176 items tested (6.82 %) are exceptions in 2026-Q3")
    assert machine["Condition for the board"].startswith("12 of 176 items tested are exceptions (6.82 %)")
    assert machine["Exceptions linked to it"] == 3
    assert (machine["Suggested impact"], machine["Suggested likelihood"], machine["Suggested rating"]) == (
        4,
        2,
        "medium",
    )
    assert machine["How the suggested rating came about"].startswith("Impact 4: the highest severity of 3 confirmed")
    assert machine["Corrective action to think of"] == "Return it, register it, remind the unit."
    assert (own["title"], own["rating"], own["due_on"]) == (GIFTS["title"], "high", "2026-08-31")
    assert "machine" not in own


def test_a_draft_without_a_finding_and_a_finding_without_a_draft_have_rows(tmp_path: Path) -> None:
    run, _, state = made(tmp_path, lines=(("finding", "2026-Q2/SEN-01", "2026-07-15", GIFTS),), decided={})
    rows = {key: (machine, own) for key, machine, own in finding_rows(state, run, run.controls)}

    assert list(rows) == ["2026-Q2/SEN-01", "2026-Q3/REC-01", "2026-Q3/GFT-02"]
    machine, own = rows["2026-Q3/GFT-02"]
    assert machine[0] == "draft of this quarter"
    assert set(own.values()) == {None}
    living = rows["2026-Q2/SEN-01"][0]
    assert (living[1], living[3]) == (
        "SEN-01",
        "Nobody stays too long where the risk is greatest. No exception without written approval. (Code of conduct, article 9, 2025)",
    )
    assert living[5] == GIFTS["machine"]["condition"]
    assert living[8:11] == [None, None, None]


@pytest.mark.parametrize(("reference", "listed"), [("2026-Q3/SEN-01", True), ("2026-Q2/SEN-01", False)])
def test_what_was_dropped_is_listed_in_its_own_quarter_only(tmp_path: Path, reference: str, listed: bool) -> None:
    run, _, state = made(tmp_path, lines=(("finding", reference, "2026-07-15", {**GIFTS, "status": "dropped"}),))

    assert (reference in [key for key, _, _ in finding_rows(state, run, run.controls)]) is listed


def test_the_rows_of_actions_say_the_state_and_the_checks(tmp_path: Path) -> None:
    run, _, state = made(tmp_path)
    rows = {key: (machine, own) for key, machine, own in action_rows(state, run)}

    assert list(rows) == ["2026-Q2/A-1", "2026-Q2/A-2", "2026-Q3/A-3"]
    machine, own = rows["2026-Q2/A-1"]
    assert len(machine) == len(ACTION_COLUMNS)
    assert machine[:4] == ["open, 46 days overdue (31-60)", "high", dt.date(2026, 8, 31), 2]
    assert machine[4].split("\n") == [
        "FUP-01 exception: Actions are implemented by their due date",
        "FUP-02 exception: The due date is not moved again and again",
        "FUP-07 exception: Management answers within the time allowed",
    ]
    assert own["due_on"] == "2026-08-15"
    assert "FUP-04 exception" in rows["2026-Q2/A-2"][0][4]
    assert "FUP-06 exception" in rows["2026-Q3/A-3"][0][4]


def test_the_rows_of_decisions_begin_with_what_is_pending(tmp_path: Path) -> None:
    run, _, state = made(tmp_path)
    rows = decision_rows(state, run)

    assert [(key, *machine) for key, machine, _ in rows] == [
        ("2026-Q2/D-1", "pending since 2026-Q2"),
        ("2026-Q1/D-1", "decided"),
    ]
    assert all(len(machine) == len(DECISION_COLUMNS) for _, machine, _ in rows)


def test_without_records_there_are_no_rows_of_actions_and_decisions(tmp_path: Path) -> None:
    run, _, state = made(tmp_path, lines=())

    assert (action_rows(state, run), decision_rows(state, run)) == ([], [])


@pytest.mark.parametrize(
    ("form", "columns"), [(FINDING, FINDING_COLUMNS), (ACTION_FORM, ACTION_COLUMNS), (DECISION, DECISION_COLUMNS)]
)
def test_no_heading_of_a_form_stands_twice(form: Any, columns: Any) -> None:
    titles = [form.key, *(column.title for column in columns), *(field.title for field in form.fields)]

    assert len({title.lower() for title in titles}) == len(titles)


def test_dispositions_are_of_the_exceptions_they_name() -> None:
    assert len(confirmed(0, 1, 2)) == 3
