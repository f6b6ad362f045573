"""The sample organisation: exactly what was planted is found, in every quarter, no more and no fewer."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from conftest import ROOT, SampleRun, run_sample

from auditkit.catalogue import load_catalogue
from auditkit.control import Attribute

QUARTERS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
OUTSTANDING = ("EXCEPTION", "REVIEW", "NOT_TESTED")
ATTRIBUTES = {one.id: one for control in load_catalogue(ROOT / "controls").controls for one in control.attributes}
ONE_ITEM_A_QUARTER = "PAY-06"  # the whole organisation: its kinds spread over the quarters
Results = dict[tuple[str, str], str]


def answer_key() -> list[dict[str, str]]:
    with (ROOT / "sample_data" / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def planted_in(quarter: str) -> Results:
    return {(row["attribute"], row["item"]): row["result"] for row in answer_key() if row["quarter"] == quarter}


def outstanding(results: Results) -> set[tuple[str, str, str]]:
    return {(*item, result) for item, result in results.items() if result.partition(":")[0] in OUTSTANDING}


def assert_exactly(planted: Results, found: Results) -> None:
    assert sorted(outstanding(planted) - outstanding(found)) == []
    assert sorted(outstanding(found) - outstanding(planted)) == []
    assert {item: (result, found.get(item)) for item, result in planted.items() if found.get(item) != result} == {}


@pytest.mark.slow
@pytest.mark.parametrize("quarter", QUARTERS[:-1])
def test_exactly_what_was_planted_is_found(quarter: str, tmp_path: Path) -> None:
    assert_exactly(planted_in(quarter), run_sample(quarter, tmp_path).results)


def test_exactly_what_was_planted_in_the_last_quarter_is_found(sample_run: SampleRun) -> None:
    assert_exactly(planted_in(QUARTERS[-1]), sample_run.results)


@pytest.mark.parametrize("attribute", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_every_attribute_has_its_exception_near_miss_and_look_alike(attribute: Attribute) -> None:
    quarters = QUARTERS if attribute.id == ONE_ITEM_A_QUARTER else QUARTERS[-1:]
    kinds = {row["kind"] for row in answer_key() if row["attribute"] == attribute.id and row["quarter"] in quarters}
    wanted = {"exception", "near_miss", "look_alike"}
    if attribute.id != ONE_ITEM_A_QUARTER:
        wanted |= {name.lower() for name in ("REVIEW", "NOT_TESTED") if f"'{name}" in attribute.statement.text}
    assert wanted - kinds == set()


def test_every_quarter_has_exceptions_of_every_control() -> None:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in answer_key():
        if row["kind"] == "exception":
            found[ATTRIBUTES[row["attribute"]].control_id][row["quarter"]] += 1
    assert {control for control, quarters in found.items() if set(quarters) != set(QUARTERS)} == set()
    assert len(found) == len({one.control_id for one in ATTRIBUTES.values()})


def test_almost_every_attribute_had_an_exception_before_the_last_quarter() -> None:
    earlier = {
        row["attribute"] for row in answer_key() if row["kind"] == "exception" and row["quarter"] != QUARTERS[-1]
    }
    assert set(ATTRIBUTES) - earlier == {ONE_ITEM_A_QUARTER}


def test_an_item_is_answered_once_and_with_a_story() -> None:
    rows = answer_key()
    assert len({(row["quarter"], row["attribute"], row["item"]) for row in rows}) == len(rows)
    assert [row for row in rows if len(row["story"]) < 10] == []
