"""
Measures: figures of a control of kind `kpi`, each with its numerator and its denominator; none is a bare number.

A measure's view returns `numerator` and `denominator` (whole numbers), with a `category` in every row where it is
broken down. A median comes as `value` with the number of items behind it as `denominator`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from auditkit.reason import Reason

UNITS = ("percent", "per_100", "days")
DIRECTIONS = ("higher", "lower", "neutral")
MASKED_COUNTS = "masked_counts"
OTHER = "other or not stated"
DAYS = "days"


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The rows of a measure: the values a column of the contracts may have, or those listed in the control."""

    title: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """
    One figure with its definition; `numerator` and `denominator` are what they count, in words.

    Equal words within a control mean the same number. `release` is how a restricted control lets the figure out: not
    at all ("") or as `masked_counts`. `counts_people` asks for masks of small counts; `at_least` is the fewest items
    behind a median.
    """

    id: str
    title: str
    definition: str
    query: str
    unit: str
    direction: str
    numerator: str
    denominator: str
    breakdown: Breakdown | None = None
    release: str = ""
    block: str = ""
    counts_people: bool = True
    at_least: int = 10

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the view must have."""
        if self.unit == DAYS:
            return ("value", "denominator")
        return (*(("category",) if self.breakdown else ()), "numerator", "denominator")


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """The figures of one category, "" where there is no breakdown; `value` in the measure's unit, two decimals."""

    category: str
    numerator: int | None
    denominator: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """What was measured, or why nothing was: then there are no rows."""

    measure: Measure
    rows: tuple[MeasureRow, ...]
    not_measured: Reason | None = None


def result(measure: Measure, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> MeasureResult:
    """Return the measure's figures from the rows of its view, or why they are none."""
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    try:
        if measure.breakdown is None:
            if len(records) != 1:
                raise _broken(f"the view returns {len(records)} rows instead of one")
            return MeasureResult(measure, (_row(measure, "", records[0]),))
        return MeasureResult(measure, _parts(measure, measure.breakdown, records))
    except _NotMeasuredError as why:
        return MeasureResult(measure, (), why.reason)


class _NotMeasuredError(Exception):
    """Raised when there is no figure; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(str(reason))
        self.reason = reason


def _broken(why: str) -> _NotMeasuredError:
    return _NotMeasuredError(Reason.control_error(why))


def _nothing(measure: Measure) -> _NotMeasuredError:
    return _NotMeasuredError(Reason.no_denominator(measure.denominator))


def _row(measure: Measure, category: str, record: Mapping[str, Any]) -> MeasureRow:
    denominator = record["denominator"]
    if denominator is None:
        raise _broken("the view returns no denominator")
    if not denominator:
        raise _nothing(measure)
    if measure.unit == DAYS:
        value = record["value"]
        if value is None:
            raise _broken("the view returns no value")
        return MeasureRow(category, None, int(denominator), _rounded(Decimal(str(value))))
    numerator = record["numerator"]
    if numerator is None:
        raise _broken("the view returns no numerator")
    if numerator < 0 or denominator < 0 or (measure.unit == "percent" and numerator > denominator):
        raise _broken(f"{numerator} of {denominator} is no part of a whole")
    return MeasureRow(
        category, int(numerator), int(denominator), _rounded(Decimal(100 * int(numerator)) / int(denominator))
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _parts(measure: Measure, breakdown: Breakdown, records: Sequence[Mapping[str, Any]]) -> tuple[MeasureRow, ...]:
    """Return one row for every value of the breakdown and one for all others: no other word of the data is shown."""
    if not records:
        raise _nothing(measure)
    if len({record["denominator"] for record in records}) > 1:
        raise _broken("the categories have different denominators")
    totals = dict.fromkeys((*breakdown.values, OTHER), 0)
    for record in records:
        place = record["category"] if record["category"] in breakdown.values else OTHER
        totals[place] += int(record["numerator"] or 0)
    denominator = records[0]["denominator"]
    rows = tuple(
        _row(measure, category, {"numerator": number, "denominator": denominator})
        for category, number in totals.items()
    )
    if sum(totals.values()) != denominator:
        raise _broken("the categories do not add up to the denominator")
    return rows
