from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from ledger import Q2, Q3, Q4, context, fields, life

from auditkit.finding import FIRST_SEEN, KEPT, Finding, alike, as_of, complete, gaps, order, problems
from auditkit.journal import Codec
from auditkit.period import Period
from auditkit.rating import Policy

WHOLE = {
    "title": "Sales above the limit go unnoticed",
    "status": "reported",
    "criteria_apply": "yes",
    "condition": "The head of the desk confirmed the sales.",
    "cause_code": "supervision",
    "cause": "Nobody reads the weekly list since the office moved.",
    "consequence": "Up to 90,000 EUR may have been sold at a loss.",
    "impact": "3",
    "likelihood": "3",
    "rating": "medium",
    "recommendation": "Name a reader of the list and a stand-in.",
    "owner": "Head of desk",
    "due_on": "2026-12-31",
}
DRAFT = {
    "Criteria": "No sale above the limit. (House rules, 4)",
    "Condition for the board": "12 of 240 items tested are exceptions in 2026-Q3; 7 confirmed.",
    "Suggested rating": "medium",
    FIRST_SEEN: "2026-Q1",
}


def refused(
    changes: dict[str, Any],
    before: dict[str, Any] | None = None,
    *,
    cells: dict[str, str] | None = None,
    **standing: Any,
) -> list[str]:
    given = context(before, cells=DRAFT if cells is None else cells, **standing)
    return fields(problems({**WHOLE, **changes}, given))


def test_a_whole_finding_is_in_order() -> None:
    assert refused({}) == []


@pytest.mark.parametrize("status", ["potential", "dropped", ""])
def test_what_is_not_reported_may_be_incomplete(status: str) -> None:
    assert fields(problems({"status": status, "title": "Nora Haddad"}, context(cells=DRAFT))) == []


@pytest.mark.parametrize(
    "name",
    [
        *("title", "criteria_apply", "cause_code", "cause", "consequence", "recommendation", "impact", "likelihood"),
        *("rating", "owner", "due_on"),
    ],
)
def test_a_reported_finding_lacks_nothing(name: str) -> None:
    assert refused({name: " "}) == [name]


def test_the_draft_stands_for_criteria_and_condition_and_a_finding_without_one_needs_its_own() -> None:
    assert refused({"condition": ""}) == []
    own = {"First seen": "2026-Q3"}  # a row of people's own that the next workbook shows again
    assert refused({"condition": ""}, cells=own) == ["criteria", "condition"]
    assert refused({"criteria": "The desk's own rules, 2025"}, cells=own) == []


def test_criteria_that_do_not_apply_are_no_criteria() -> None:
    assert refused({"criteria_apply": "no"}) == ["criteria_apply"]


@pytest.mark.parametrize(
    ("cause", "wrong"),
    [
        ("The head of the desk confirmed the sales.", True),
        ("the head of the desk CONFIRMED the sales!", True),
        ("12 of 240 items tested are exceptions in 2026-Q3; 7 confirmed", True),
        ("Because the head of the desk is new, nobody confirmed the limits of sales.", False),
    ],
)
def test_a_cause_is_not_the_condition_again(cause: str, wrong: bool) -> None:
    assert refused({"cause": cause}) == (["cause"] if wrong else [])


@pytest.mark.parametrize(
    ("consequence", "wrong"),
    [
        ("Sales may go wrong.", True),
        ("Every 4th sale is affected.", False),
        ("Not quantified: the ledger of losses is kept elsewhere.", False),
        ("Non chiffré : le registre manque.", False),
        ("No cuantificado: falta el registro.", False),
        ("غير مقدر: لا سجل", False),
    ],
)
def test_a_consequence_has_a_figure_or_says_why_not(consequence: str, wrong: bool) -> None:
    assert refused({"consequence": consequence}) == (["consequence"] if wrong else [])


@pytest.mark.parametrize(
    ("rating", "suggested", "reason", "wrong"),
    [
        ("medium", "medium", "", False),
        ("high", "medium", "", True),
        ("high", "medium", "The board asked about it twice.", False),
        ("medium", "", "", False),  # 3 x 3 is medium by the policy
        ("high", "", "", True),
        ("high", "", "The board asked about it twice.", False),
    ],
)
def test_another_rating_than_the_suggested_one_needs_its_reason(
    rating: str, suggested: str, reason: str, wrong: bool
) -> None:
    cells = {**DRAFT, "Suggested rating": suggested}

    assert refused({"rating": rating, "override_reason": reason}, cells=cells) == (["override_reason"] if wrong else [])


@pytest.mark.parametrize(
    ("due", "before", "wrong"),
    [
        ("2026-10-01", None, False),
        ("2026-09-30", None, True),
        ("2026-09-30", "2026-09-30", False),  # was given in an earlier quarter
        ("2026-09-29", "2026-09-30", True),
    ],
)
def test_a_new_due_date_lies_after_the_period(due: str, before: str | None, wrong: bool) -> None:
    found = refused({"due_on": due}, {**WHOLE, "due_on": before} if before else None)

    assert found == (["due_on"] if wrong else [])


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("F-1", False), ("2026-Q3/F-12", False), ("SAL-01", True), ("2026-Q3/SAL-01", True), ("2026-Q3/WBX-1", True)],
)
def test_a_finding_of_peoples_own_bears_no_reference_of_an_attribute(key: str, wrong: bool) -> None:
    own = {**WHOLE, "criteria": "House rules, 9"}
    new = replace(context(cells={}), key=key)

    assert fields(problems(own, new)) == ([""] if wrong else [])
    assert fields(problems(own, replace(new, before=own))) == []
    assert fields(problems(WHOLE, replace(new, cells=DRAFT))) == []


@pytest.mark.parametrize(
    ("before", "wrong"), [(None, False), ("potential", False), ("reported", True), ("closed", True)]
)
def test_what_was_reported_is_not_taken_back_in_silence(before: str | None, wrong: bool) -> None:
    found = refused({"status": "potential"}, {**WHOLE, "status": before} if before else None)

    assert found == (["status"] if wrong else [])
    assert refused({"status": "dropped"}, WHOLE) == []


@pytest.mark.parametrize(("last_day", "wrong"), [("2026-06-30", True), ("2026-09-30", False), ("", False)])
def test_a_finding_closed_in_an_earlier_quarter_is_not_opened_again(last_day: str, wrong: bool) -> None:
    assert refused({}, {**WHOLE, "status": "closed", "last_day": last_day}) == (["status"] if wrong else [])


def test_who_does_not_agree_says_why() -> None:
    assert refused({"agreed": "no"}) == ["management_response"]
    assert refused({"agreed": "no", "management_response": "The limit is too low."}) == []
    assert refused({"agreed": "yes"}) == []


def test_a_finding_is_closed_after_it_was_reported_and_its_actions_are_closed() -> None:
    closing = {"status": "closed"}
    mine, another = {"finding": "2026-Q3/SAL-01"}, {"finding": "2026-Q2/SAL-02", "status": "open"}

    assert refused(closing) == ["status"]
    assert refused(closing, WHOLE) == []
    assert refused(closing, WHOLE, action={"A-1": mine, "A-2": another}) == ["status"]
    assert refused(closing, WHOLE, action={"A-1": {**mine, "status": "implemented"}}) == ["status"]
    assert refused(closing, WHOLE, action={"A-1": {**mine, "status": "validated"}, "A-2": another}) == []


@pytest.mark.parametrize(
    "name",
    [
        *("title", "criteria", "condition", "cause", "consequence", "recommendation"),
        *("management_response", "owner"),
    ],
)
def test_no_identity_of_the_extracts_stands_in_a_reported_finding(name: str) -> None:
    assert refused({name: f"{WHOLE.get(name, '')} It was Nora Haddad, 1 time."}) == [name]


def test_what_is_sealed_may_name_people() -> None:
    given = context(cells=DRAFT)
    sealed = replace(given, journal=replace(given.journal, codec=Codec(bytes.swapcase, bytes.swapcase)))
    named = {**WHOLE, "cause": "Nora Haddad has no stand-in."}

    assert fields(problems(named, given)) == ["cause"]
    assert fields(problems(named, sealed)) == []


def test_what_only_auditors_read_may_name_people() -> None:
    assert refused({"override_reason": "Agreed with Nora Haddad"}) == []


def test_what_the_draft_said_is_kept_with_what_people_wrote() -> None:
    found = complete(WHOLE, context(cells=DRAFT))

    assert found["machine"] == {name: DRAFT[heading] for name, heading in KEPT.items()}
    assert (found["last_day"], found["title"]) == ("2026-09-30", WHOLE["title"])


def test_what_an_earlier_draft_said_stays_where_there_is_none_any_more() -> None:
    before = dict(complete(WHOLE, context(cells=DRAFT)))
    found = complete(WHOLE, context(before, period=Q4, cells={"Suggested rating": "high"}))

    assert found["machine"]["criteria"] == DRAFT["Criteria"]
    assert found["machine"]["suggested"] == "high"


def test_what_a_finding_lacks_is_told_for_the_issue_too() -> None:
    said = {"criteria": "In order.", "condition": "7 of 9.", "suggested": "high"}

    assert fields(gaps({**WHOLE, "owner": "", "due_on": ""}, said, Policy())) == ["owner", "due_on", "override_reason"]
    assert fields(gaps({**WHOLE, "rating": "high"}, said, Policy())) == []


def finding(period: Period, *states: tuple[str, dict[str, Any]], key: str = "2026-Q2/SAL-01") -> Finding:
    found = as_of(life("finding", key, *states), period)
    assert found is not None
    return found


def test_a_finding_lives_from_its_report_to_the_quarter_of_its_end() -> None:
    states = (
        ("2026-07-15", {**WHOLE, "status": "potential"}),
        ("2026-07-20", WHOLE),
        ("2027-01-12", {**WHOLE, "status": "closed"}),
    )

    assert as_of(life("finding", "2026-Q3/SAL-01", *states), Q2) is None
    first, second, third = (finding(period, *states) for period in (Q2, Q3, Q4))
    assert [each.status for each in (first, second, third)] == ["reported", "reported", "closed"]
    assert [each.closed for each in (first, second, third)] == [None, None, "2026-Q4"]
    assert [each.later for each in (first, second, third)] == ["closed", "closed", ""]
    assert third.lives_in(Q4)
    assert not third.lives_in(Period("2027-Q1", Q4.end, Q4.end, Q4.end, Q4.end))


def test_a_finding_dropped_before_it_was_reported_never_lived() -> None:
    found = finding(
        Q2, ("2026-07-15", {**WHOLE, "status": "potential"}), ("2026-07-16", {**WHOLE, "status": "dropped"})
    )

    assert (found.status, found.closed, found.lives_in(Q2)) == ("dropped", None, False)


def test_a_finding_dropped_after_it_was_reported_is_closed() -> None:
    found = finding(Q3, ("2026-07-20", WHOLE), ("2026-10-16", {**WHOLE, "status": "dropped"}))

    assert (found.status, found.closed) == ("closed", "2026-Q3")


def test_a_finding_is_about_an_attribute_when_a_draft_stood_behind_it() -> None:
    kept = {**WHOLE, "machine": {"criteria": "In order.", "first_quarter": "2026-Q1"}}

    assert finding(Q2, ("2026-07-20", kept)).attribute == "SAL-01"
    assert finding(Q2, ("2026-07-20", kept)).first_quarter == "2026-Q1"
    assert finding(Q2, ("2026-07-20", WHOLE)).attribute == ""
    assert finding(Q2, ("2026-07-20", WHOLE), key="F-1").first_quarter == "2026-Q2"


@pytest.mark.parametrize(("due", "days"), [("2026-09-29", 1), ("2026-09-30", 0), ("2026-12-31", 0), (None, 0)])
def test_a_finding_is_overdue_from_the_day_after_its_due_date(due: str | None, days: int) -> None:
    assert finding(Q3, ("2026-07-20", {**WHOLE, "due_on": due})).days_overdue(Q3.last_day) == days


def test_findings_are_sorted_by_rating_then_by_age() -> None:
    def made(key: str, rating: str, due: str) -> Finding:
        return Finding(key, "2026-Q2", "reported", content={"rating": rating, "due_on": due})

    found = [
        made("a", "low", "2026-01-01"),
        made("b", "critical", "2026-12-31"),
        made("c", "high", "2026-09-01"),
        made("d", "high", "2026-08-01"),
        made("e", "", "2026-01-01"),
    ]
    found.sort(key=lambda each: order(each, dt.date(2026, 9, 30)))
    assert [each.key for each in found] == ["b", "d", "c", "a", "e"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a b c d e f g h i j", "a b c d e f g h i x", True),
        ("a b c d e f g h i j", "a b c d e f g h y x", False),
        ("a b", "a b c d e f", True),
        ("a b c d e f", "a b", False),
        ("", "a", False),
        ("a", "", False),
    ],
)
def test_a_text_is_a_copy_when_nine_of_ten_of_its_words_stand_in_the_other(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
