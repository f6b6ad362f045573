"""The controls' own cases, with the ids that `auditkit test` shows, and whether they would notice a wrong query."""

from pathlib import Path

import pytest

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
