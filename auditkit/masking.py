"""
What an edition for many eyes may show of small counts: primary and secondary suppression.

The rule, after domain 3.7 and 2.9. Counts of acts and things are shown as they are, for the whole organisation. Where
one item is a person or an employment, 1 to 4 exceptions, reviews or untested items read "< 5", and whatever would give
them back by subtraction is withheld too: rate, amount, the other part of an identity, the share in a total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditkit import disclosure
from auditkit.control import BoardBlock, Population, Suppression
from auditkit.result import Counts, TableResult
from auditkit.wording import share

SMALL, FEW, WITHHELD, is_small = disclosure.SMALL, disclosure.FEW, disclosure.WITHHELD, disclosure.is_small
TIGHT = 3 * SMALL  # what is hidden of so few can be divided in few ways only
PERSON_KEYS = frozenset({"person_id", "employee_id"})


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts as an edition may show them: a number, "< 5" or "withheld"; `masked` if any is not a number."""

    population: int | str
    tested: int | str
    not_tested: int | str
    not_applicable: int | str
    exceptions: int | str
    review: int | str
    rate: str
    amounts: Mapping[str, Decimal] | None

    @property
    def masked(self) -> bool:
        """Whether the exceptions or reviews may not enter a total."""
        return isinstance(self.exceptions, str) or isinstance(self.review, str)


def is_about_people(population: Population) -> bool:
    """Whether each item of the population is one person or one employment."""
    return bool(population.grain) and set(population.grain) <= PERSON_KEYS


def few(minimum: int) -> str:
    """Return what stands for a count below `minimum`; an edition puts its own words in its place."""
    return f"< {minimum}"


def figures(counts: Counts, amounts: Mapping[str, Decimal], *, people: bool) -> Figures:
    """Return the counts as they may be shown, with masks where the items are people."""
    rate = share(counts.exceptions, counts.tested)
    if not people:
        return Figures(
            counts.population,
            counts.tested,
            counts.not_tested,
            counts.not_applicable,
            counts.exceptions,
            counts.review,
            rate,
            amounts,
        )
    if is_small(counts.population):
        return Figures(FEW, WITHHELD, WITHHELD, WITHHELD, WITHHELD, WITHHELD, WITHHELD, None)
    exceptions = _masked(counts.exceptions)
    review = _masked(counts.review)
    untested, idle = _pair(counts.not_tested, counts.not_applicable)
    tested: int | str = counts.tested
    if _tells(untested_by_reason(counts), counts.not_tested):  # with their total the reasons could be worked out
        untested, idle = WITHHELD, WITHHELD
    if is_small(counts.tested):  # then the whole of it is small, and its complement would give it away
        tested, untested, idle = FEW, WITHHELD, WITHHELD
        exceptions, review = WITHHELD, WITHHELD
    elif isinstance(untested, str) and counts.not_tested + counts.not_applicable < TIGHT:
        tested = WITHHELD  # with it, and the population, the two parts could be worked out
        rate = rate if not counts.exceptions else WITHHELD
    for few, other in ((exceptions, review), (review, exceptions)):
        if few == FEW and isinstance(other, int) and counts.tested - other == 1:
            exceptions = review = WITHHELD  # or the one item left would be known
    seen = [count for count in (untested, idle, exceptions, review) if isinstance(count, int)]
    if tested == WITHHELD and counts.population - sum(seen) < TIGHT:
        tested = untested = idle = exceptions = review = rate = WITHHELD
    hidden = isinstance(exceptions, str)
    return Figures(
        counts.population,
        tested,
        untested,
        idle,
        exceptions,
        review,
        WITHHELD if hidden else rate,
        None if hidden else amounts,
    )


def _masked(count: int) -> int | str:
    return FEW if is_small(count) else count


def _pair(one: int, other: int) -> tuple[int | str, int | str]:
    """Return two parts of a known sum: if one is small, the other may not be shown either."""
    if not is_small(one) and not is_small(other):
        return one, other
    return (FEW if is_small(one) else WITHHELD), (FEW if is_small(other) else WITHHELD)


def untested_by_reason(counts: Counts) -> dict[str, int]:
    """Return the number of items not tested by reason code, in the order of the codes."""
    return {code: count for (kind, code), count in sorted(counts.reasons.items()) if kind == "NOT_TESTED"}


def reasons_shown(counts: Counts, *, people: bool) -> dict[str, int | str]:
    """
    Return the items not tested by reason as they may be shown beside `figures`.

    Where the total is hidden, a single reason is the total; of several nothing is shown, not even how many they are.
    """
    reasons = untested_by_reason(counts)
    if not people or not reasons:
        return dict(reasons)
    total = figures(counts, {}, people=True).not_tested
    if isinstance(total, str):
        return dict.fromkeys(reasons, total) if len(reasons) == 1 else {}
    return dict(zip(reasons, parts(list(reasons.values())), strict=True))


def _tells(reasons: Mapping[str, int], total: int) -> bool:
    """
    Whether the total of some reasons, shown beside them, narrows a masked one.

    It does unless the masked ones are one small count and one other, large enough that the small one could be each of
    1 to 4, and the other still the next smallest of those shown.
    """
    values = list(reasons.values())
    known = parts(values)
    hidden = [count for count, seen in zip(values, known, strict=True) if isinstance(seen, str)]
    if len(values) < 2 or not hidden:
        return False
    if known.count(FEW) > 1:
        return True
    rest, least = sum(hidden), min((seen for seen in known if isinstance(seen, int)), default=total + SMALL)
    return rest - (SMALL - 1) < SMALL or rest - 1 >= least


def parts(counts: Sequence[int]) -> list[int | str]:
    """Return the parts of a total of people: small ones as "< 5", a single one together with the next smallest."""
    shown: list[int | str] = [_masked(count) for count in counts]
    if sum(isinstance(value, str) for value in shown) == 1:
        others = [index for index, value in enumerate(shown) if not isinstance(value, str) and value]
        if others:
            shown[min(others, key=lambda index: (counts[index], index))] = WITHHELD
    return shown


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table after suppression, shown rows first; `hidden` counts the rows at the end that show no figures."""

    rows: tuple[tuple[Any, ...], ...]
    hidden: int
    secondary: bool


def suppress(block: BoardBlock, table: TableResult) -> ShownTable:
    """
    Return the rows of a board block as they may be shown.

    A row with one of the suppression's counts below its minimum shows no figures. If that is a single row, the row
    with the next smallest count is hidden with it, so that neither follows from a total.
    """
    place = {name: index for index, name in enumerate(table.columns)}
    rows = [tuple(row[place[column.name]] for column in block.columns) for row in table.rows]
    rule = block.suppress
    if rule is None:
        return ShownTable(tuple(rows), 0, False)
    smallest = [_smallest(row, place, rule) for row in table.rows]
    hidden = {index for index, count in enumerate(smallest) if count < rule.minimum}
    secondary = len(hidden) == 1 and len(rows) > 1
    if secondary:
        rest = [index for index in range(len(rows)) if index not in hidden]
        hidden.add(min(rest, key=lambda index: (smallest[index], index)))
    shown = [row for index, row in enumerate(rows) if index not in hidden]
    masked = [_mask(block, rule, rows[index], table.rows[index], place) for index in sorted(hidden)]
    # Sorted by their words: the order of the query could be that of the figures withheld.
    return ShownTable((*shown, *sorted(masked, key=str)), len(masked), secondary)


def _smallest(row: Sequence[Any], place: Mapping[str, int], rule: Suppression) -> int:
    """Return the row's smallest count; a missing count is as good as none."""
    return min((int(row[place[name]] or 0) for name in rule.counts if name in place), default=0)


def _mask(
    block: BoardBlock, rule: Suppression, row: Sequence[Any], source: Sequence[Any], place: Mapping[str, int]
) -> tuple[Any, ...]:
    """
    Return a hidden row: small counts as "< n", every other figure withheld, words kept unless declared hidden.

    Other counts of the row go too: with them and a total of the row the small one could be worked out.
    """
    masked: list[Any] = []
    for column, value in zip(block.columns, row, strict=True):
        if column.name in rule.counts:
            small = int(source[place[column.name]] or 0) < rule.minimum
            masked.append(few(rule.minimum) if small else WITHHELD)
        elif column.name in rule.hide or column.kind not in ("text", "flag"):
            masked.append(WITHHELD)
        else:
            masked.append(value)
    return tuple(masked)
