"""The controls' own cases, with the ids that `auditkit test` shows, and whether they would notice a wrong query."""

from pathlib import Path

import pytest

from auditkit.case import PERIOD, WEEKEND
from auditkit.control import Case
from auditkit.suite import Suite

CONTROLS = Path(__file__).parent.parent / "controls"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if not {"case_id", "attribute_id"} & set(metafunc.fixturenames):
        return
    with Suite.of(CONTROLS) as loaded:
        if "case_id" in metafunc.fixturenames:
            ids = [f"{getattr(owner, 'id', None) or owner.name}::{case.name}" for owner, case in loaded.pairs()]  # type: ignore[union-attr]
            metafunc.parametrize("case_id", ids, ids=ids)
        else:
            metafunc.parametrize("attribute_id", [attribute.id for attribute in loaded.attributes])


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
    one = Suite(suite.catalogue, (attribute,), (), suite.bench)

    assert [str(gap) for gap in one.gaps()] == []


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
