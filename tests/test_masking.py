from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_builder import GAP_BLOCK, GAP_ROWS

from auditkit.control import BoardColumn, Population, Suppression
from auditkit.masking import FEW, WITHHELD, figures, is_about_people, parts, reasons_shown, suppress
from auditkit.result import Counts, TableResult
from auditkit.tally import figures_before

NAMES = tuple(column.name for column in GAP_BLOCK.columns)
COUNT = st.integers(0, 12)


def masked(rows: Any) -> Any:
    return suppress(GAP_BLOCK, TableResult(NAMES, tuple(rows)))


def counts(passed: int, exceptions: int, review: int, not_tested: int, idle: int) -> Counts:
    return Counts(passed + exceptions + review + not_tested + idle, passed, exceptions, review, not_tested, idle)


@pytest.mark.parametrize(
    ("grain", "people"),
    [
        (("employee_id",), True),
        (("person_id",), True),
        (("person_id", "employee_id"), True),
        (("gift_id",), False),
        (("tender_id", "person_id"), False),
        ((), False),
    ],
)
def test_a_population_is_of_people_when_nothing_but_a_person_identifies_an_item(grain: Any, people: bool) -> None:
    assert is_about_people(Population("p", "P", "v", grain)) is people


def test_counts_of_acts_are_shown_as_they_are() -> None:
    shown = figures(counts(90, 3, 2, 1, 4), {"SAR": Decimal(7)}, people=False)

    assert (shown.exceptions, shown.review, shown.not_tested, shown.not_applicable) == (3, 2, 1, 4)
    assert shown.rate == "3.16 %"
    assert not shown.masked


@pytest.mark.parametrize(("number", "text"), [(0, 0), (1, FEW), (4, FEW), (5, 5)])
def test_one_to_four_people_are_masked_and_nobody_or_five_are_not(number: int, text: Any) -> None:
    assert figures(counts(90, number, 0, 0, 0), {}, people=True).exceptions == text
    assert figures(counts(90, 0, number, 0, 0), {}, people=True).review == text
    assert figures(counts(90, 0, 0, number, 0), {}, people=True).not_tested == text


def test_rate_and_amount_of_few_people_are_withheld_for_they_would_tell_the_number() -> None:
    shown = figures(counts(90, 1, 0, 0, 0), {"SAR": Decimal("7311")}, people=True)

    assert shown.rate == WITHHELD
    assert shown.amounts is None


@given(COUNT, COUNT, COUNT, COUNT, COUNT)
def test_no_small_count_of_people_follows_from_the_figures_shown(
    passed: int, exceptions: int, review: int, not_tested: int, idle: int
) -> None:
    found = counts(passed, exceptions, review, not_tested, idle)
    shown = figures(found, {}, people=True)
    values = (shown.population, shown.tested, shown.not_tested, shown.not_applicable)

    assert not any(isinstance(value, int) and 0 < value < 5 for value in (*values, shown.exceptions, shown.review))
    hidden = [value for value in values if isinstance(value, str)]
    small = [n for n in (found.population, found.tested, not_tested, idle) if 0 < n < 5]
    assert len(hidden) != 1 or shown.population == FEW or not small


@given(st.lists(COUNT, max_size=5))
def test_parts_of_a_total_never_hide_a_single_one_beside_another(numbers: list[int]) -> None:
    shown = parts(numbers)

    hidden = [value for value in shown if isinstance(value, str)]
    others = [number for number in numbers if number >= 5]
    assert len(hidden) != 1 or not others
    assert not any(isinstance(value, int) and 0 < value < 5 for value in shown)


def untested(**reasons: int) -> Counts:
    number = sum(reasons.values())
    found = {("NOT_TESTED", code): count for code, count in reasons.items()}
    return Counts(90 + number, 90, not_tested=number, reasons=found)


@pytest.mark.parametrize(
    ("reasons", "total", "shown"),
    [
        ({"a": 5, "b": 5}, 10, {"a": 5, "b": 5}),
        ({"a": 4, "b": 4}, WITHHELD, {}),
        ({"a": 4, "b": 9}, 13, {"a": FEW, "b": WITHHELD}),
        ({"a": 1, "b": 5}, WITHHELD, {}),  # of 6 nothing but 1 and 5 would be left
        ({"a": 4, "b": 50, "c": 50}, WITHHELD, {}),  # the one withheld cannot be larger than the one shown
        ({"a": 4, "b": 50, "c": 53}, WITHHELD, {}),
        ({"a": 4, "b": 50, "c": 54}, 108, {"a": FEW, "b": WITHHELD, "c": 54}),
        ({"a": 4}, FEW, {"a": FEW}),
        ({"a": 7}, 7, {"a": 7}),
        ({}, 0, {}),
    ],
)
def test_a_total_is_shown_beside_its_reasons_only_where_it_does_not_solve_them(
    reasons: dict[str, int], total: Any, shown: dict[str, Any]
) -> None:
    given = untested(**reasons)

    assert figures(given, {}, people=True).not_tested == total
    assert reasons_shown(given, people=True) == shown
    assert reasons_shown(given, people=False) == reasons


def test_a_small_row_takes_the_next_smallest_with_it_and_both_stand_last() -> None:
    shown = masked(GAP_ROWS)

    assert (shown.hidden, shown.secondary) == (2, True)
    assert shown.rows[-2] == ("EV-05 Legal counsel", WITHHELD, WITHHELD, WITHHELD, WITHHELD, WITHHELD)
    assert shown.rows[-1] == ("EV-06 Senior management", FEW, WITHHELD, WITHHELD, WITHHELD, WITHHELD)


@pytest.mark.parametrize(("women", "hidden"), [(4, 2), (5, 0)])
def test_the_minimum_itself_is_shown(women: int, hidden: int) -> None:
    row = ("A", women, 30, Decimal(1), Decimal(1), False)
    other = ("B", 40, 30, Decimal(1), Decimal(1), False)

    assert masked([row, other]).hidden == hidden


@given(st.lists(st.tuples(COUNT, COUNT), min_size=2, max_size=8))
def test_a_hidden_row_cannot_be_worked_out_from_a_total_and_the_rows_shown(sizes: list[tuple[int, int]]) -> None:
    rows = [(f"C{n}", women, men, Decimal(n), Decimal(n), True) for n, (women, men) in enumerate(sizes)]

    shown = masked(rows)

    assert shown.hidden != 1
    for row in shown.rows[len(rows) - shown.hidden :]:
        assert all(isinstance(value, str) for value in row)
    for row in shown.rows[: len(rows) - shown.hidden]:
        assert min(row[1], row[2]) >= 5


def test_other_figures_of_a_hidden_row_are_withheld_even_if_the_block_does_not_name_them() -> None:
    block = replace(GAP_BLOCK, columns=(*GAP_BLOCK.columns, BoardColumn("all", "Women and men", "count")))

    shown = suppress(block, TableResult((*NAMES, "all"), (("A", 3, 30, Decimal(1), Decimal(1), True, 33),)))

    assert shown.rows[0][-1] == WITHHELD


def test_a_block_without_a_rule_and_a_missing_count_are_each_taken_at_their_word() -> None:
    free = replace(GAP_BLOCK, suppress=None)
    strict = replace(GAP_BLOCK, suppress=Suppression(("women",), 5, ("mean_gap",)))
    row = ("A", None, 30, Decimal(1), Decimal(1), True)

    assert suppress(free, TableResult(NAMES, (row,))).hidden == 0
    assert suppress(strict, TableResult(NAMES, (row,))).hidden == 1


def test_a_later_edition_shows_no_more_of_an_earlier_one_than_that_one_did() -> None:
    """Every division of small groups, with its reasons split in every way: what was hidden stays hidden."""
    shown_again = 0
    for passed, exceptions, review, idle in itertools.product((0, 1, 3, 4, 5, 9), repeat=4):
        for one, other in ((0, 0), (1, 0), (4, 0), (1, 5), (4, 4), (4, 9), (5, 5), (1, 30)):
            reasons = {("NOT_TESTED", "a"): one, ("NOT_TESTED", "b"): other}
            reasons = {code: count for code, count in reasons.items() if count}
            counts = Counts(
                passed + exceptions + review + one + other + idle,
                passed,
                exceptions,
                review,
                one + other,
                idle,
                reasons,
            )
            then = figures(counts, {}, people=True)
            later = figures_before(
                {
                    "tested": counts.tested,
                    "exceptions": exceptions,
                    "review": review,
                    "not_tested": one + other,
                    "not_applicable": idle,
                }
            )
            for name in ("tested", "exceptions", "review"):
                if isinstance(getattr(then, name), str):
                    assert isinstance(getattr(later, name), str), (name, counts, then, later)
            shown_again += isinstance(later.exceptions, int)
    assert shown_again > 1000
