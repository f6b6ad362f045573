"""Why nothing may be concluded on an attribute: a code with its values, and the text that auditors read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any


class Reason(str):
    """
    The text of the working edition and the terminal, with its `code` and `values` for an edition of its own words.

    `values` of not_delivered: `names`, entities or entity.column; of none_applies: `count` of items; of untested:
    `count` and `population`; of unreliable: `check` and `subject`, None where only the restricted edition may name
    them; of no_denominator: `counted`, in words; of nil_population, apart and control_error: nothing, since an error
    may quote a value of an extract.
    """

    code: str
    values: dict[str, Any]

    def __new__(cls, text: str, code: str, **values: Any) -> Reason:
        """Return the text with its code and values."""
        made = super().__new__(cls, text)
        made.code, made.values = code, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:  # to be copied and sent like any text
        return (str(self), self.code), self.values

    @classmethod
    def not_delivered(cls, names: Sequence[str]) -> Reason:
        """Return that data is missing."""
        return cls(f"not delivered: {', '.join(names)}", "not_delivered", names=tuple(names))

    @classmethod
    def nil_population(cls) -> Reason:
        """Return that there was no item."""
        return cls("nil population", "nil_population")

    @classmethod
    def none_applies(cls, count: int) -> Reason:
        """Return that the criterion applies to none of `count` items."""
        return cls(f"none of {count} items applies", "none_applies", count=count)

    @classmethod
    def untested(cls, count: int, population: int) -> Reason:
        """Return that too many items could not be tested: `count` of `population`, which is not 0."""
        share = Decimal(count * 100) / population
        text = f"data: {count} of {population} items ({share:.1f} %) not tested"
        return cls(text, "untested", count=count, population=population)

    @classmethod
    def unreliable(cls, check: str, subject: str) -> Reason:
        """Return that a reliability check failed on what the attribute reads."""
        return cls(f"data: {check} {subject}", "unreliable", check=check, subject=subject)

    @classmethod
    def unreliable_apart(cls) -> Reason:
        """Return that a reliability check failed which only the restricted edition may name."""
        text = "data: a check that the restricted edition shows"
        return cls(text, "unreliable", check=None, subject=None)

    @classmethod
    def no_denominator(cls, counted: str) -> Reason:
        """Return that there is nothing of what a figure is a part of; `counted` says in words what."""
        return cls(f"the denominator is 0: {counted}", "no_denominator", counted=counted)

    @classmethod
    def apart(cls) -> Reason:
        """Return that only the restricted edition says why a figure could not be measured."""
        return cls("could not be measured; the restricted edition says why", "apart")

    @classmethod
    def control_error(cls, why: str) -> Reason:
        """Return that the test could not be run; `why` may quote a value and stands in the text only."""
        return cls(f"control error: {why}", "control_error")
