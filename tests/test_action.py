from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ledger import Q2, Q3, Q4, context, fields, life

from auditkit.action import Action, age_bucket, as_of, problems
from auditkit.life import complete
from auditkit.period import Period

NEW = {
    "title": "Train the desk",
    "finding": "2026-Q2/SAL-01",
    "owner": "Head of desk",
    "due_on": "2026-08-31",
    "status": "open",
}


def action(period: Period, *states: tuple[str, dict[str, Any]], key: str = "2026-Q2/A-1") -> Action:
    found = as_of(life("action", key, *states), period)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (1, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "> 180"),
        (2000, "> 180"),
    ],
)
def test_the_buckets_of_age_meet_without_overlap(days: int, bucket: str) -> None:
    assert age_bucket(days) == bucket


@pytest.mark.parametrize(
    ("due", "days", "bucket"),
    [("2026-10-01", 0, ""), ("2026-09-30", 0, ""), ("2026-09-29", 1, "0-30"), ("2026-08-31", 30, "0-30")],
)
def test_days_past_due_are_counted_to_the_last_day_of_the_quarter(due: str, days: int, bucket: str) -> None:
    found = action(Q3, ("2026-07-10", {**NEW, "due_on": due}))

    assert (found.days_overdue, found.bucket) == (days, bucket)


def test_an_action_without_a_due_date_has_no_age() -> None:
    found = action(Q3, ("2026-07-10", {**NEW, "due_on": None}))

    assert (found.due, found.original_due, found.days_overdue, found.bucket) == (None, None, 0, "")


def test_the_history_of_the_due_date_counts_its_moves() -> None:
    found = action(
        Q3,
        ("2026-07-10", NEW),
        ("2026-07-11", {**NEW, "title": "Train the whole desk"}),
        ("2026-07-20", {**NEW, "due_on": "2026-09-15"}),
        ("2026-10-20", {**NEW, "due_on": "2026-12-31"}),
    )

    assert (found.original_due, found.due, found.extensions) == (dt.date(2026, 8, 31), dt.date(2026, 12, 31), 2)


def test_what_the_review_of_the_next_quarter_records_does_not_change_the_one_before() -> None:
    states = (("2026-07-10", NEW), ("2027-01-12", {**NEW, "due_on": "2027-03-31"}))

    assert (action(Q3, *states).due, action(Q3, *states).extensions) == (dt.date(2026, 8, 31), 0)
    assert (action(Q4, *states).due, action(Q4, *states).extensions) == (dt.date(2027, 3, 31), 1)


@pytest.mark.parametrize(
    ("recorded", "status", "closed", "later"),
    [
        ({"status": "implemented", "implemented_on": "2026-09-30"}, "implemented", None, ""),
        ({"status": "implemented", "implemented_on": "2026-10-01"}, "open", None, "implemented"),
        ({"status": "implemented"}, "implemented", None, ""),
        (
            {"status": "validated", "implemented_on": "2026-09-01", "validated_on": "2026-09-30"},
            "validated",
            "2026-Q3",
            "",
        ),
        (
            {"status": "validated", "implemented_on": "2026-09-01", "validated_on": "2026-10-01"},
            "implemented",
            None,
            "validated",
        ),
        (
            {"status": "validated", "implemented_on": "2026-10-01", "validated_on": "2026-10-02"},
            "open",
            None,
            "validated",
        ),
        ({"status": "validated", "validated_on": "2026-06-30"}, "validated", "2026-Q2", ""),
        ({"status": "risk accepted"}, "risk accepted", "2026-Q3", ""),
        ({"status": "superseded"}, "superseded", "2026-Q3", ""),
        ({"status": None}, "open", None, ""),
    ],
)
def test_the_status_is_that_of_the_last_day(
    recorded: dict[str, Any], status: str, closed: str | None, later: str
) -> None:
    found = action(Q3, ("2026-07-10", NEW), ("2026-10-20", {**NEW, **recorded}))

    assert (found.status, found.closed, found.later) == (status, closed, later)


def test_an_accepted_risk_counts_from_the_review_in_which_it_was_recorded() -> None:
    states = (("2026-07-10", NEW), ("2027-01-20", {**NEW, "status": "risk accepted"}))

    assert (action(Q3, *states).status, action(Q3, *states).later) == ("open", "risk accepted")
    assert (action(Q4, *states).status, action(Q4, *states).closed) == ("risk accepted", "2026-Q4")


def test_a_record_says_itself_for_which_quarter_it_counts() -> None:
    late = {**NEW, "status": "superseded", "last_day": "2026-09-30"}

    assert action(Q3, ("2026-07-10", NEW), ("2027-01-20", late)).closed == "2026-Q3"


def test_a_later_action_is_not_there_yet() -> None:
    made = life("action", "2026-Q3/A-1", ("2026-10-20", NEW))

    assert as_of(made, Q2) is None
    assert as_of(made, Q3) is not None


def test_without_a_quarter_in_its_reference_the_first_record_says_when_it_was_raised() -> None:
    made = life("action", "A-1", ("2026-10-20", NEW))

    assert (as_of(made, Q2), made.raised) == (None, "2026-Q3")


def refused(content: dict[str, Any], before: dict[str, Any] | None = None) -> list[str]:
    return fields(problems(content, context(before, finding={"2026-Q2/SAL-01": {}})))


def test_a_whole_action_is_in_order() -> None:
    assert refused(NEW) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"finding": None}, "finding"),
        ({"finding": "2026-Q2/SAL-9"}, "finding"),
        ({"owner": " "}, "owner"),
        ({"due_on": None}, "due_on"),
        ({"status": "implemented"}, "implemented_on"),
        ({"status": "validated", "implemented_on": "2026-09-02", "validated_on": "2026-09-02"}, "validated_by"),
        ({"status": "validated", "implemented_on": "2026-09-02", "validated_by": "V. Ito"}, "validated_on"),
        (
            {
                "status": "validated",
                "implemented_on": "2026-09-02",
                "validated_on": "2026-09-01",
                "validated_by": "V. Ito",
            },
            "validated_on",
        ),
        ({"implemented_on": "2026-09-02"}, "status"),
        ({"status": "risk accepted"}, "risk_accepted_by"),
    ],
)
def test_what_is_missing_or_contradicts_itself_is_refused(changes: dict[str, Any], field: str) -> None:
    assert refused({**NEW, **changes}) == [field]


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [(None, None, True), (None, "staff was ill", False), ("staff was ill", "staff was ill", True)],
)
def test_a_moved_due_date_needs_a_reason_of_its_own(old: str | None, new: str | None, wrong: bool) -> None:
    moved = {**NEW, "due_on": "2026-12-31", "extension_reason": new}

    assert refused(moved, {**NEW, "extension_reason": old}) == (["extension_reason"] if wrong else [])


def test_what_a_follow_up_check_shows_is_recorded_and_not_refused() -> None:
    closed = {
        **NEW,
        "status": "validated",
        "implemented_by": "I. Same",
        "implemented_on": "2026-09-01",
        "validated_by": "I. Same",
        "validated_on": "2026-09-01",
    }

    assert refused(closed, NEW) == []
    assert refused({**NEW, "status": "risk accepted", "risk_accepted_by": "Head"}, NEW) == []


@pytest.mark.parametrize("status", ["validated", "risk accepted", "superseded"])
def test_a_closed_action_is_not_opened_again(status: str) -> None:
    assert refused(NEW, {**NEW, "status": status}) == ["status"]


def test_an_action_is_not_emptied() -> None:
    assert refused({}, NEW) == [""]


def test_what_is_recorded_says_for_which_quarter_it_counts() -> None:
    assert complete(NEW, context()) == {**NEW, "last_day": "2026-09-30"}
