"""The controls' own cases, with the ids that `auditkit test` shows, and whether they would notice a wrong query."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from auditkit.adequacy import gaps, readers_of, view_gaps
from auditkit.case import PERIOD, WEEKEND
from auditkit.control import Case
from auditkit.suite import Suite

CONTROLS = Path(__file__).parent.parent / "controls"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if not {"case_id", "attribute_id", "view_name"} & set(metafunc.fixturenames):
        return
    with Suite.of(CONTROLS) as loaded:
        if "case_id" in metafunc.fixturenames:
            ids = [f"{getattr(owner, 'id', None) or owner.name}::{case.name}" for owner, case in loaded.pairs()]  # type: ignore[union-attr]
            metafunc.parametrize("case_id", ids, ids=ids)
        elif "attribute_id" in metafunc.fixturenames:
            metafunc.parametrize("attribute_id", [attribute.id for attribute in loaded.attributes])
        else:
            read = [view.name for view in loaded.catalogue.views.values() if readers_of(loaded.catalogue, view)]
            metafunc.parametrize("view_name", read)


def test_case(case_id: str, suite: Suite) -> None:
    owner_id, _, name = case_id.partition("::")
    owner, case = next(
        (owner, case)
        for owner, case in suite.pairs()
        if case.name == name and owner_id in (getattr(owner, "id", None), getattr(owner, "name", None))
    )
    result = suite.run(owner, case)

    assert result.failed is None
    assert result.actual == result.expected


def test_cases_would_notice_a_wrong_query(attribute_id: str, suite: Suite) -> None:
    attribute = next(item for item in suite.attributes if item.id == attribute_id)
    found = gaps(suite.bench, attribute, suite.catalogue.control(attribute.control_id))

    assert [str(gap) for gap in found] == []


def test_cases_would_notice_a_wrong_boundary_in_a_view(view_name: str, suite: Suite) -> None:
    view = suite.catalogue.views[view_name]
    found = view_gaps(suite.bench, (view,), readers_of(suite.catalogue, view))

    assert [str(gap) for gap in found] == []


def test_every_attribute_says_when_it_is_no_problem(suite: Suite) -> None:
    assert all(len(attribute.not_a_problem_when) > 20 for attribute in suite.attributes)


def test_every_parameter_names_the_source_of_its_default(suite: Suite) -> None:
    silent = [
        f"{control.id}.{parameter.name}"
        for control in suite.catalogue.controls
        for parameter in control.parameters.values()
        if not parameter.source_of_default
    ]

    assert silent == []


def test_the_same_control_shows_other_limits_under_another_pack(suite: Suite) -> None:
    packs = suite.catalogue.packs

    assert packs["zatca_zero"].parameters["GFT.occasion_limit"] == "0"
    assert packs["us_federal_example"].parameters["GFT.occasion_limit"] == "20"


GIFTS = {
    "party": """
        party_id, role_flags
        V1,       vendor
        V2,       public body""",
    "contract": """
        contract_id, party_id
        C1,          V1""",
    "gift": """
        gift_id,  recipient_person_id, giver_party_id, category, value, received_at
        lunch,    P1,                  V1,             meal,     20.00, 2026-07-02
        bag,      P2,                  V1,             goods,    20.01, 2026-07-02
        first,    P3,                  V1,             goods,    20.00, 2026-07-02
        second,   P3,                  V1,             goods,    20.00, 2026-07-03
        third,    P3,                  V1,             goods,    10.01, 2026-07-04
        voucher,  P4,                  V1,             cash_equiv, 5.00, 2026-07-02
        ministry, P5,                  V2,             goods,    90.00, 2026-07-02""",
}
EVERY = {"lunch", "bag", "first", "second", "third", "voucher"}


@pytest.mark.parametrize(
    ("pack", "of_attribute", "exceptions"),
    [
        ("zatca_zero", "GFT-01", EVERY),
        ("us_federal_example", "GFT-01", {"bag", "voucher"}),
        ("zatca_zero", "GFT-02", EVERY),
        ("us_federal_example", "GFT-02", {"bag"}),
        ("zatca_zero", "GFT-03", EVERY),
        ("us_federal_example", "GFT-03", {"third"}),
        ("zatca_zero", "GFT-04", {"voucher"}),
        ("us_federal_example", "GFT-04", {"voucher"}),
        ("zatca_zero", "GFT-06", {*EVERY, "ministry"}),
        ("us_federal_example", "GFT-06", {"bag", "ministry"}),
    ],
)
def test_the_same_gifts_fare_differently_under_another_pack(
    suite: Suite, pack: str, of_attribute: str, exceptions: set[str]
) -> None:
    attribute = next(item for item in suite.attributes if item.id == of_attribute)
    parameters = {
        name.removeprefix("GFT."): text
        for name, text in suite.catalogue.packs[pack].parameters.items()
        if name.startswith("GFT.")
    }
    case = Case(pack, GIFTS, "", parameters, PERIOD, WEEKEND, ())
    rows = suite.bench.attribute_rows(attribute, case)

    assert len(rows) == 7
    assert {row["gift_id"] for row in rows if row["result"] == "EXCEPTION"} == exceptions
    assert not [row for row in rows if row["result"].startswith(("REVIEW", "NOT_TESTED"))]


def test_every_pack_sets_every_limit_of_gifts_itself(suite: Suite) -> None:
    """A pack that leaves a limit to the default would change with the default of another country's rule."""
    limits = {
        f"GFT.{name}"
        for name, parameter in suite.catalogue.control("GFT").parameters.items()
        if parameter.unit == "reporting currency"
    }

    assert limits
    assert all(limits <= set(pack.parameters) for pack in suite.catalogue.packs.values())


QUARTERS = ("2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1")
# around the ends of quarters and the days up to which registrations are known (the eighth of the next month)
DAYS = [f"{month}-{day:02}" for month in ("2026-06", "2026-09") for day in (29, 30)]
DAYS += [f"{month}-{day:02}" for month in ("2026-07", "2026-10") for day in (1, 7, 8, 9)]


def rows_by_quarter(suite: Suite, attribute_id: str, given: dict[str, str]) -> list[list[dict[str, Any]]]:
    attribute = next(item for item in suite.attributes if item.id == attribute_id)
    cases = [Case(quarter, given, "", {}, quarter, WEEKEND, ()) for quarter in QUARTERS]
    return [suite.bench.attribute_rows(attribute, case) for case in cases]


def test_every_gift_is_tested_in_one_quarter(suite: Suite) -> None:
    gifts = [(received, registered) for received in DAYS for registered in DAYS if received <= registered]
    rows = [f"{a}_{b}, {a}, {b} 23:59" for a, b in gifts]
    given = {"gift": "\n".join(["gift_id, received_at, registered_at", *rows])}
    tested = Counter(row["gift_id"] for quarter in rows_by_quarter(suite, "GFT-05", given) for row in quarter)

    assert tested == {f"{a}_{b}": 1 for a, b in gifts}


def test_every_participation_in_a_tender_is_tested_in_one_quarter(suite: Suite) -> None:
    awards = [(decided, entered) for decided in DAYS for entered in DAYS if decided <= entered]
    given = {
        "tender": "\n".join(["tender_id, status", *(f"{a}_{b}, complete" for a, b in awards)]),
        "award": "\n".join(
            [
                "award_id, tender_id, party_id, decided_at, registered_at",
                *(f"A{a}{b}, {a}_{b}, V1, {a} 10:00, {b} 23:59" for a, b in awards),
            ]
        ),
        "committee_member": "\n".join(
            ["member_id, tender_id, person_id, role", *(f"M{a}{b}, {a}_{b}, P1, chair" for a, b in awards)]
        ),
    }
    tested = Counter(row["context_id"] for quarter in rows_by_quarter(suite, "REC-01", given) for row in quarter)

    assert tested == {f"{a}_{b}": 1 for a, b in awards}


def test_every_action_on_a_protected_person_counts_in_one_quarter(suite: Suite) -> None:
    known = [(acted, logged) for acted in DAYS for logged in DAYS]
    people = {pair: f"P{number}" for number, pair in enumerate(known)}
    given = {
        "employee": "\n".join(["employee_id, person_id", *(f"E{p}, {p}" for p in people.values())]),
        "wb_report": "\n".join(
            [
                "report_id, reporter_kind, reporter_person_id, received_at, logged_at",
                *(f"R{p}, named, {p}, 2026-06-01 10:00, {logged} 23:59" for (_, logged), p in people.items()),
            ]
        ),
        "hr_action": "\n".join(
            [
                "action_id, employee_id, adverse_tier, decision_date, effective_date, initiated_date",
                *(f"A{p}, E{p}, T2, {acted}, {acted}, {acted}" for (acted, _), p in people.items()),
            ]
        ),
    }
    counted = Counter(
        row["person_id"]
        for quarter in rows_by_quarter(suite, "WBP-01", given)
        for row in quarter
        if row["result"] == "EXCEPTION"
    )

    assert counted == dict.fromkeys(people.values(), 1)


ORPHANS = {
    "GFT-01": ({"gift": "gift_id, giver_party_id, received_at\nG1, V404, 2026-07-02"}, "REVIEW:giver_unmapped"),
    "REC-01": (
        {
            "tender": "tender_id, status\nT1, complete",
            "award": "award_id, tender_id, party_id, decided_at\nA1, T1, V404, 2026-08-20 10:00",
            "committee_member": "member_id, tender_id, person_id, role\nM1, T1, P404, chair",
        },
        "NOT_TESTED:owners_unknown",
    ),
    "PAY-01": (
        {
            "employee": "employee_id, person_id\nE1, P404\nE2, P405",
            "assignment_hist": "employee_id, job_value_group\nE1, A\nE2, A",
            "pay_contract_hist": "employee_id, base_annual\nE1, 100\nE2, 90",
        },
        "NOT_TESTED:sex_missing",
    ),
    "PAY-07": (
        {
            "employee": "employee_id, person_id\nE1, P404",
            "assignment_hist": "employee_id, job_value_group, grade_id\nE1, A, G404",
            "pay_contract_hist": "employee_id, base_annual\nE1, 100",
        },
        "NOT_TESTED:range_missing",
    ),
}


@pytest.mark.parametrize("of_attribute", ORPHANS)
def test_a_key_that_leads_nowhere_never_passes(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, of_attribute: str
) -> None:
    monkeypatch.setattr("auditkit.case._add_parents", lambda model, tables: None)  # cases make parents on their own
    given, expected = ORPHANS[of_attribute]
    attribute = next(item for item in suite.attributes if item.id == of_attribute)
    rows = suite.bench.attribute_rows(attribute, Case("orphans", given, "", {}, PERIOD, WEEKEND, ()))

    assert {row["result"] for row in rows} == {expected}


def test_two_ties_to_one_party_are_one_exception_with_two_lines_of_evidence(suite: Suite) -> None:
    given = {
        "tender": "tender_id, status\nT1, complete",
        "award": "award_id, tender_id, party_id, decided_at\nA1, T1, V1, 2026-08-20 10:00",
        "process_action": "action_log_id, context_id, person_id, acted_at\nL1, T1, P1, 2026-08-03 09:00",
        "relationship": "relationship_id, person_id_a, person_id_b, base_relation\nR1, P1, X1, sibling\nR2, P1, X2, child",
        "party_ownership": "party_id, owner_person_id, share_pct\nV1, X1, 30\nV1, X2, 30",
    }
    attribute = next(item for item in suite.attributes if item.id == "REC-01")
    (row,) = suite.bench.attribute_rows(attribute, Case("two ties", given, "", {}, PERIOD, WEEKEND, ()))

    assert row["result"] == "EXCEPTION"
    assert [line.split(" - owner")[0] for line in row["evidence"].splitlines()[:2]] == [
        "employee - child",
        "employee - sibling",
    ]


def test_every_criterion_says_where_it_stands_and_which_text_was_read(suite: Suite) -> None:
    silent = [
        f"{control.id}.{criterion.id}"
        for control in suite.catalogue.controls
        for criterion in control.criteria
        if not (criterion.source and criterion.article and criterion.version)
    ]

    assert silent == []


def test_no_message_states_as_fact_what_only_a_person_can_find(suite: Suite) -> None:
    words = re.compile(r"fraud|retaliat|discriminat|culprit|violation|guilty", re.IGNORECASE)

    assert [attribute.id for attribute in suite.attributes if words.search(attribute.message)] == []
    assert all(
        attribute.message.startswith("Indicator for independent review")
        for attribute in suite.attributes
        if suite.catalogue.control(attribute.control_id).restricted
    )
