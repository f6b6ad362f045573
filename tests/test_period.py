"""Quarters are half-open, a fiscal year may start in any month, and exactly one quarter owns an item."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.errors import ProjectError
from auditkit.period import Quarters


def test_a_calendar_quarter_is_half_open() -> None:
    period = Quarters().period("2026-Q3")

    assert (period.start, period.end) == (dt.date(2026, 7, 1), dt.date(2026, 10, 1))
    assert period.last_day == dt.date(2026, 9, 30)


def test_the_cut_off_of_one_quarter_is_the_previous_cut_off_of_the_next() -> None:
    quarters = Quarters(cut_offs={"2026-Q2": dt.date(2026, 7, 20)})

    assert quarters.period("2026-Q2").cut_off == quarters.period("2026-Q3").previous_cut_off == dt.date(2026, 7, 20)
    assert quarters.period("2026-Q3").cut_off == dt.date(2026, 10, 8)


@pytest.mark.parametrize(
    ("month", "label", "start", "end"),
    [
        (4, "2026-Q1", dt.date(2026, 4, 1), dt.date(2026, 7, 1)),
        (4, "2026-Q4", dt.date(2027, 1, 1), dt.date(2027, 4, 1)),
        (12, "2026-Q1", dt.date(2026, 12, 1), dt.date(2027, 3, 1)),
        (2, "2027-Q4", dt.date(2027, 11, 1), dt.date(2028, 2, 1)),
    ],
)
def test_a_fiscal_year_may_start_in_any_month(month: int, label: str, start: dt.date, end: dt.date) -> None:
    period = Quarters(first_month=month).period(label)

    assert (period.start, period.end) == (start, end)


@pytest.mark.parametrize(
    ("month", "label", "start"),
    [
        (10, "2026-Q1", dt.date(2025, 10, 1)),  # the fiscal year of the United States
        (10, "2026-Q4", dt.date(2026, 7, 1)),
        (4, "2027-Q1", dt.date(2026, 4, 1)),
        (1, "2026-Q1", dt.date(2026, 1, 1)),
    ],
)
def test_a_fiscal_year_named_after_its_end_begins_a_year_earlier(month: int, label: str, start: dt.date) -> None:
    assert Quarters(month, named_after_end=True).period(label).start == start


@given(st.integers(1, 12), st.integers(2001, 2100), st.integers(1, 4), st.booleans())
def test_quarters_follow_each_other_without_gap(month: int, year: int, quarter: int, end: bool) -> None:
    quarters = Quarters(first_month=month, named_after_end=end)
    label = f"{year}-Q{quarter}"
    earlier = quarters.before(label, 1)[0]

    assert quarters.period(earlier).end == quarters.period(label).start


def test_the_quarters_before_are_named_nearest_first() -> None:
    assert Quarters().before("2026-Q2", 4) == ("2026-Q1", "2025-Q4", "2025-Q3", "2025-Q2")


@pytest.mark.parametrize("label", ["2026Q3", "2026-Q5", "Q3-2026", "", "2026-Q3 "])
def test_another_spelling_is_refused_with_the_right_one(label: str) -> None:
    with pytest.raises(ProjectError, match="2026-Q3"):
        Quarters().period(label)
