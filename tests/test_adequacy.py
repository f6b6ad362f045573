"""Whether cases are adequate: a limit or boundary that no case would miss is named, in attributes and in views."""

from pathlib import Path

import pytest
from small import ATTRIBUTE, CONTROL, QUERY, write_controls

from auditkit.suite import Suite

BIG = CONTROL + '  big: {title: Big, type: decimal, default: "10", step: "0.01", source_of_default: House rules}\n'
BIG_SALES = "SELECT sale_id, seller_id, value FROM sale WHERE value IS NULL OR value >= $big"
AT_THE_LIMIT = ATTRIBUTE.replace(
    "        none,\n", "        none,\n        big,     10.00\n        small,   9.99\n", 1
).replace("      none,    NOT_TESTED:value_missing\n", "      none,    NOT_TESTED:value_missing\n      big,     PASS\n")
UNNOTICED = [
    "sale_in_period: no case notices that $big is moved one step up",
    "sale_in_period: no case notices that $big is moved one step down",
    "sale_in_period: no case notices that value >= $big becomes value > $big",
]
CASE_OF_THE_VIEW = """\
title: The big sales
cases:
  - name: the limit itself is big, a cent less is not
    given:
      sale: |
        sale_id, value
        big,     10.00
        small,   9.99
    expect: |
      sale_id
      big
"""


def gaps_of(controls: Path, *words: str) -> list[str]:
    with Suite.of(controls, words) as suite:
        assert [result.id for result in suite.results() if not result.passed] == []
        return [str(gap) for gap in suite.gaps()]


def test_a_limit_of_a_view_that_no_case_notices_is_named(tmp_path: Path) -> None:
    assert gaps_of(write_controls(tmp_path, control=BIG, population=BIG_SALES)) == UNNOTICED


def test_a_case_of_an_attribute_that_reads_the_view_may_notice_its_boundary(tmp_path: Path) -> None:
    controls = write_controls(tmp_path, control=BIG, population=BIG_SALES, attribute=AT_THE_LIMIT)

    assert gaps_of(controls) == []


def test_a_case_of_the_view_itself_may_notice_its_boundary(tmp_path: Path) -> None:
    more = {"sales/sale_in_period.yml": CASE_OF_THE_VIEW}

    assert gaps_of(write_controls(tmp_path, control=BIG, population=BIG_SALES, more=more)) == []


@pytest.mark.parametrize(("column", "unnoticed"), [("", 1), (", is_big", 0)])
def test_a_case_notices_only_what_changes_in_the_columns_it_expects(
    tmp_path: Path, column: str, unnoticed: int
) -> None:
    marking = "SELECT sale_id, seller_id, value, value >= $period_end - DATE '2026-09-21' AS is_big FROM sale"
    expected = f"sale_id{column}\n      ten{', true' if column else ''}\n      eleven{', true' if column else ''}"
    beside = f"""\
title: The sales, and which are big
cases:
  - name: ten is big
    given:
      sale: |
        sale_id, value
        ten,     10
        eleven,  11
    expect: |
      {expected}
"""
    controls = write_controls(tmp_path, population=marking, more={"sales/sale_in_period.yml": beside})

    assert len(gaps_of(controls)) == unnoticed


def test_a_view_is_judged_only_where_all_its_readers_are_chosen(tmp_path: Path) -> None:
    """The case that notices may be that of the attribute left out."""
    other = {
        "sales/sal_02_limit.sql": QUERY,
        "sales/sal_02_limit.yml": AT_THE_LIMIT.replace("SAL-01", "SAL-02"),
    }
    alone = write_controls(tmp_path / "alone", control=BIG, population=BIG_SALES)
    both = write_controls(tmp_path / "both", control=BIG, population=BIG_SALES, more=other)

    assert gaps_of(alone, "SAL-01") == UNNOTICED
    assert gaps_of(both, "SAL-01") == []
    assert gaps_of(both) == []


def test_a_comparison_of_a_view_with_neither_parameter_nor_period_is_not_judged(tmp_path: Path) -> None:
    plain = "SELECT sale_id, seller_id, value FROM sale WHERE value IS NULL OR value >= 10"

    assert gaps_of(write_controls(tmp_path, population=plain)) == []
