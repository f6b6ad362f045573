"""Roll-forwards: what was open at the start, what came and went, what is open at the end; checked that it ties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.reason import Reason

OPENING, CLOSING = "opening", "closing"


@dataclass(frozen=True, slots=True)
class RollForward:
    """
    A stock over a quarter: its view returns one row with `opening`, `closing` and the columns of `plus` and `minus`.

    Opening, closing and the movements are called in words; the closing of a quarter is the opening of the next.
    """

    id: str
    title: str
    definition: str
    query: str
    opening: str
    plus: Mapping[str, str]
    minus: Mapping[str, str]
    closing: str
    release: str = ""
    block: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the view, in the order in which they are read."""
        return (OPENING, *self.plus, *self.minus, CLOSING)

    @property
    def signs(self) -> dict[str, int]:
        """Column -> 1 or -1: with these signs all columns of a row that ties add up to nought."""
        return {OPENING: 1, **dict.fromkeys(self.plus, 1), **dict.fromkeys(self.minus, -1), CLOSING: -1}

    def words(self, column: str) -> str:
        """Return what the column counts."""
        return {OPENING: self.opening, CLOSING: self.closing, **self.plus, **self.minus}[column]


@dataclass(frozen=True, slots=True)
class RollForwardResult:
    """The numbers by column, or why there are none."""

    roll_forward: RollForward
    numbers: Mapping[str, int]
    not_measured: Reason | None = None

    @property
    def ties(self) -> bool:
        """Whether opening plus what came less what went is the closing."""
        return not sum(sign * self.numbers[name] for name, sign in self.roll_forward.signs.items())


def result(roll_forward: RollForward, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> RollForwardResult:
    """Return the numbers from the one row of the view, or why there are none."""
    if len(rows) != 1:
        why = f"the view returns {len(rows)} rows instead of one"
        return RollForwardResult(roll_forward, {}, Reason.control_error(why))
    numbers = dict(zip(columns, rows[0], strict=True))
    if any(number is None or number < 0 for number in numbers.values()):
        return RollForwardResult(roll_forward, {}, Reason.control_error("a number is missing or below zero"))
    return RollForwardResult(roll_forward, {name: int(numbers[name]) for name in roll_forward.columns})
