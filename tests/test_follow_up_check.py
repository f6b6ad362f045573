from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger import Q3, Q4, QUARTERS

from auditkit.action import Action
from auditkit.calendar import working_days
from auditkit.errors import ProjectError
from auditkit.follow_up_check import (
    KEYS,
    TITLES,
    Check,
    Limits,
    Recurrence,
    checks,
    limits,
    movement,
)
from auditkit.settings import Settings

WEEKEND = ("friday", "saturday")
HOLIDAYS = (dt.date(2026, 9, 23),)
WORKED = partial(working_days, weekend=WEEKEND, holidays=HOLIDAYS)
OPEN = Action(
    "2026-Q2/A-1",
    "Train the desk",
    "2026-Q2/SAL-01",
    "Head of desk",
    "2026-Q2",
    on=Q3.last_day,
    status="open",
    original_due=dt.date(2026, 12, 31),
    due=dt.date(2026, 12, 31),
    asked_on=dt.date(2026, 7, 12),
    responded_on=dt.date(2026, 7, 20),
)
CLOSED = replace(
    OPEN,
    status="validated",
    closed="2026-Q3",
    implemented_by="I. Done",
    implemented_on=dt.date(2026, 8, 1),
    evidence_ref="EV-1",
    validated_by="V. Ito",
    validated_on=dt.date(2026, 8, 5),
)


def nothing(finding: str, day: dt.date) -> Recurrence:
    return Recurrence()


def result(check: str, action: Action, allowed: Limits | None = None, recurred: Any = nothing) -> str:
    found = checks([action], Q3, allowed or Limits(), WORKED, recurred)
    return next(each.results[action.key] for each in found if each.id == check)


def test_there_are_seven_checks_each_with_a_title() -> None:
    found = checks([OPEN], Q3, Limits(), WORKED, nothing)

    assert [check.id for check in found] == [f"FUP-0{n}" for n in range(1, 8)] == list(TITLES)
    assert all(check.title for check in found)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (dt.date(2026, 9, 29), "EXCEPTION"),
        (dt.date(2026, 9, 30), "NOT_APPLICABLE:not_yet_due"),
        (dt.date(2026, 10, 1), "NOT_APPLICABLE:not_yet_due"),
        (None, "NOT_TESTED:due_date_missing"),
    ],
)
def test_overdue_begins_on_the_day_after_the_due_date(due: dt.date | None, expected: str) -> None:
    assert result("FUP-01", replace(OPEN, due=due)) == expected


def test_implemented_is_not_overdue_and_closed_is_not_looked_at() -> None:
    past = dt.date(2026, 8, 1)

    assert result("FUP-01", replace(OPEN, due=past, status="implemented")) == "PASS"
    assert result("FUP-01", replace(CLOSED, due=past)) == "NOT_APPLICABLE:closed"


@pytest.mark.parametrize(("moves", "expected"), [(0, "PASS"), (1, "PASS"), (2, "EXCEPTION"), (3, "EXCEPTION")])
def test_two_moves_of_the_due_date_are_too_many(moves: int, expected: str) -> None:
    assert result("FUP-02", replace(OPEN, extensions=moves)) == expected


def test_the_number_of_moves_is_the_projects() -> None:
    assert result("FUP-02", replace(OPEN, extensions=2), Limits(extensions=3)) == "PASS"
    assert result("FUP-02", replace(OPEN, due=None)) == "NOT_TESTED:due_date_missing"


@pytest.mark.parametrize("lacking", ["evidence_ref", "validated_by", "validated_on"])
def test_closed_without_evidence_validator_or_day_is_an_exception(lacking: str) -> None:
    empty: dict[str, Any] = {lacking: None if lacking == "validated_on" else ""}

    assert result("FUP-03", CLOSED) == "PASS"
    assert result("FUP-03", replace(CLOSED, **empty)) == "EXCEPTION"
    assert result("FUP-03", replace(OPEN, status="implemented")) == "NOT_APPLICABLE:not_validated"


@pytest.mark.parametrize(
    ("implemented", "validated", "expected"),
    [
        ("I. Done", "V. Ito", "PASS"),
        ("V. Ito", "V. Ito", "EXCEPTION"),
        ("v.  ito", "V. Ito ", "EXCEPTION"),
        ("", "V. Ito", "NOT_TESTED:implementer_missing"),
        ("I. Done", "", "NOT_TESTED:validator_missing"),
        ("", "", "NOT_TESTED:validator_missing"),
    ],
)
def test_the_implementer_does_not_validate(implemented: str, validated: str, expected: str) -> None:
    assert result("FUP-04", replace(CLOSED, implemented_by=implemented, validated_by=validated)) == expected


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (Recurrence(), "PASS"),
        (Recurrence(1, 0), "EXCEPTION"),
        (Recurrence(1, 4), "EXCEPTION"),
        (Recurrence(0, 4), "REVIEW"),
        ("NOT_TESTED:attribute_not_concluded", "NOT_TESTED:attribute_not_concluded"),
        ("NOT_APPLICABLE:no_attribute", "NOT_APPLICABLE:no_attribute"),
    ],
)
def test_what_comes_back_after_closure(after: Recurrence | str, expected: str) -> None:
    asked: list[tuple[str, dt.date]] = []

    def recurred(finding: str, day: dt.date) -> Recurrence | str:
        asked.append((finding, day))
        return after

    assert result("FUP-05", CLOSED, recurred=recurred) == expected
    assert asked == [("2026-Q2/SAL-01", dt.date(2026, 8, 5))]


def test_what_was_closed_long_ago_can_still_come_back() -> None:
    old = replace(CLOSED, closed="2026-Q1", validated_on=dt.date(2026, 2, 1))

    assert result("FUP-05", old, recurred=lambda *_: Recurrence(1)) == "EXCEPTION"
    assert {result(name, old) for name in TITLES if name != "FUP-05"} == {"NOT_APPLICABLE:closed_before"}


def test_recurrence_needs_a_validated_closure_and_its_day() -> None:
    assert result("FUP-05", OPEN) == "NOT_APPLICABLE:not_validated"
    assert result("FUP-05", replace(CLOSED, validated_on=None)) == "NOT_TESTED:validation_date_missing"


@pytest.mark.parametrize(
    ("by", "authority", "roles", "expected"),
    [
        ("Director", "statute, article 4", (), "PASS"),
        ("Director", "", (), "EXCEPTION"),
        ("", "statute, article 4", (), "EXCEPTION"),
        ("director ", "", ("Director",), "PASS"),
        ("Head of desk", "", ("Director",), "EXCEPTION"),
        ("Head of desk", "delegation 12", ("Director",), "REVIEW"),
        ("", "delegation 12", ("Director",), "EXCEPTION"),
    ],
)
def test_accepting_a_risk_needs_authority(by: str, authority: str, roles: tuple[str, ...], expected: str) -> None:
    accepted = replace(OPEN, status="risk accepted", closed="2026-Q3", risk_accepted_by=by, risk_authority=authority)

    assert result("FUP-06", accepted, Limits(risk_authorities=roles)) == expected
    assert result("FUP-06", OPEN) == "NOT_APPLICABLE:no_risk_accepted"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # 30 September 2026 is a Wednesday; Fridays, Saturdays and 23 September are not worked.
        (dt.date(2026, 9, 8), "NOT_APPLICABLE:not_yet_due"),  # 15 working days later
        (dt.date(2026, 9, 7), "EXCEPTION"),  # 16
        (dt.date(2026, 10, 20), "NOT_APPLICABLE:not_yet_due"),
        (None, "NOT_TESTED:day_of_request_missing"),
    ],
)
def test_an_answer_is_due_within_fifteen_working_days(asked: dt.date | None, expected: str) -> None:
    assert result("FUP-07", replace(OPEN, asked_on=asked, responded_on=None)) == expected


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (dt.date(2026, 9, 30), "PASS"),
        (dt.date(2026, 9, 29), "PASS"),
        (dt.date(2026, 10, 1), "NOT_APPLICABLE:not_yet_due"),  # after the day: no answer yet
    ],
)
def test_an_answer_counts_from_its_day(answered: dt.date, expected: str) -> None:
    assert result("FUP-07", replace(OPEN, asked_on=dt.date(2026, 9, 8), responded_on=answered)) == expected


def test_a_late_answer_is_an_exception_of_its_quarter_only() -> None:
    late = replace(OPEN, asked_on=dt.date(2026, 4, 1), responded_on=dt.date(2026, 7, 1))

    assert result("FUP-07", late) == "EXCEPTION"
    assert result("FUP-07", replace(late, responded_on=dt.date(2026, 6, 30))) == "NOT_APPLICABLE:answered_before"


def test_implementing_is_an_answer_and_a_closed_action_waits_for_none() -> None:
    silent = replace(OPEN, asked_on=dt.date(2026, 7, 12), responded_on=None)

    assert result("FUP-07", replace(silent, implemented_on=dt.date(2026, 7, 15))) == "PASS"
    assert result("FUP-07", replace(silent, status="superseded", closed="2026-Q3")) == "NOT_APPLICABLE:closed"


def test_the_results_of_a_check_add_up() -> None:
    actions = [
        replace(OPEN, key="A-1", due=dt.date(2026, 9, 1)),
        replace(OPEN, key="A-2", due=None),
        replace(OPEN, key="A-3"),
        replace(CLOSED, key="A-4"),
        replace(OPEN, key="A-5", status="implemented"),
    ]
    (overdue, *_) = checks(actions, Q3, Limits(), WORKED, nothing)

    counts = overdue.counts
    assert (counts.population, counts.tested, counts.not_tested, counts.not_applicable) == (5, 2, 1, 2)
    assert (counts.passed, counts.exceptions, overdue.exceptions) == (1, 1, ("A-1",))
    assert counts.reasons == {
        ("NOT_APPLICABLE", "closed"): 1,
        ("NOT_APPLICABLE", "not_yet_due"): 1,
        ("NOT_TESTED", "due_date_missing"): 1,
    }


def test_without_actions_every_check_has_an_empty_population() -> None:
    assert {check.counts.population for check in checks([], Q3, Limits(), WORKED, nothing)} == {0}
    assert Check("FUP-01", {}).exceptions == ()


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        (dt.date(2026, 9, 30), dt.date(2026, 9, 30), 0),
        (dt.date(2026, 9, 30), dt.date(2026, 9, 29), 0),
        (dt.date(2026, 9, 30), dt.date(2026, 10, 1), 1),
        (dt.date(2026, 10, 1), dt.date(2026, 10, 3), 0),  # Friday and Saturday
        (dt.date(2026, 9, 22), dt.date(2026, 9, 24), 1),  # a holiday between
    ],
)
def test_working_days_lie_after_the_first_day_up_to_the_second(after: dt.date, until: dt.date, days: int) -> None:
    assert working_days(after, until, WEEKEND, HOLIDAYS) == days


LABELS = st.sampled_from(["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"])


@given(st.lists(st.tuples(LABELS, st.none() | LABELS).filter(lambda life: life[1] is None or life[0] <= life[1])))
def test_a_roll_forward_ties_and_begins_where_the_quarter_before_ended(
    lives: list[tuple[str, str | None]],
) -> None:
    before, now = movement(lives, "2026-Q2"), movement(lives, "2026-Q3")

    assert before.ties
    assert now.ties
    assert now.start == before.end


def test_what_was_closed_in_the_quarter_it_came_is_new_and_closed() -> None:
    lives = [("2026-Q3", "2026-Q3"), ("2026-Q2", "2026-Q3"), ("2026-Q2", None), ("2026-Q4", None), ("2026-Q3", None)]
    found = movement(lives, Q3.label)

    assert (found.start, found.new, found.closed, found.end) == (2, 2, 2, 2)
    assert movement(lives, Q4.label).start == 2


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (dt.date(2026, 6, 30), "2026-Q2"),
        (dt.date(2026, 7, 1), "2026-Q3"),
        (dt.date(2026, 12, 31), "2026-Q4"),
        (dt.date(2027, 1, 1), "2027-Q1"),
    ],
)
def test_a_day_lies_in_one_quarter(day: dt.date, label: str) -> None:
    assert QUARTERS.containing(day).label == label


def read(tmp_path: Path, text: str) -> Limits:
    path = tmp_path / "auditkit.toml"
    path.write_text(text, encoding="utf-8")
    return limits(Settings.read(path, {"follow_up": KEYS}))


def test_the_limits_are_the_projects(tmp_path: Path) -> None:
    found = read(tmp_path, '[follow_up]\nextensions = 3\nresponse_days = 10\nrisk_authorities = ["Director"]\n')

    assert found == Limits(3, 10, ("Director",))
    assert read(tmp_path, "") == Limits()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[follow_up]\nextensions = 0\n", "auditkit.toml:2: extensions is 0"),
        ("[follow_up]\nresponse_days = 251\n", "auditkit.toml:2: response_days is 251"),
        ("[follow_up]\nrisk_authorities = [1]\n", "auditkit.toml:2: risk_authorities holds 1"),
        ('[follow_up]\nrisk_authorities = [" "]\n', "auditkit.toml:2: risk_authorities holds ' '"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, text)

    assert str(caught.value).startswith(words)
