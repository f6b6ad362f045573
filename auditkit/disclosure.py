"""
Which counts an edition may show beside what earlier editions showed: small ones stay hidden against subtraction.

Counts of 1 to 4 read "< 5". Then an attacker is played who knows every number shown in this edition and the earlier
ones, what the words mean ("withheld" is none of 1 to 4), and every sum the numbers obey: for each hidden count the
least and the largest number still possible is found by integer linear programming (SciPy's `milp`, HiGHS). Where not
all of 1 to 4 are left, a complementary count is withheld too, and so on until nothing gives. What an earlier edition
hid stays hidden. After Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), chapter 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Identity = Mapping[str, int]  # key -> coefficient; the counts times these add up to nought
SMALL = 5
FEW = "< 5"
WITHHELD = "withheld"
LARGEST = 10_000_000  # no count of people or of what they say is larger


def is_small(count: int) -> bool:
    """Whether a count of people could point at one of them; nobody is pointed at by none."""
    return 0 < count < SMALL


@dataclass(frozen=True, slots=True)
class Cell:
    """
    A count of this edition. `order` says what is withheld first where something must be: the lowest.

    An `implicit` cell is shown nowhere and follows from others. `zero_hidden` cells of nought read "< 5" like small
    ones. `public` counts are known to everybody and always shown. `hide` withholds a count whatever it is.
    """

    key: str
    value: int
    order: int = 0
    implicit: bool = False
    zero_hidden: bool = False
    public: bool = False
    hide: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What an edition showed of one count: the number or a word, and between which numbers it was then known to lie."""

    shown: int | str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What editions showed so far: counts by key, and the sums they obey."""

    cells: Mapping[str, Seen] = field(default_factory=dict)
    identities: tuple[Identity, ...] = ()


NOTHING_YET = Disclosed()


def disclose(cells: Sequence[Cell], identities: Sequence[Identity], earlier: Disclosed | None = None) -> Disclosed:
    """
    Return everything shown up to and with this edition.

    `identities` are those of this edition, between its cells and cells of earlier ones. A count that an earlier
    edition hid is hidden again; one that it showed keeps its number.
    """
    earlier = earlier or Disclosed()
    sums = (*earlier.identities, *identities)
    seen = dict(earlier.cells)
    for cell in cells:
        if cell.key not in seen:
            seen[cell.key] = _first(cell)
    open_ones = {cell.key: cell for cell in cells if cell.key not in earlier.cells and not cell.public}
    guarded = _guarded(cells, seen, earlier)
    while failing := _failing(seen, sums, guarded):
        key = _complement(failing, seen, sums, open_ones)
        if key is None:
            break
        if seen[key].shown == FEW:  # then "withheld" of this edition may be small, and nobody can tell which
            seen |= {name: Seen(WITHHELD, 0, LARGEST) for name in open_ones if seen[name].shown == WITHHELD}
        # Else a small count reads "< 5", and who knows that takes a withheld one for at least that much.
        vague = any(is_small(cell.value) and seen[name].shown == WITHHELD for name, cell in open_ones.items())
        low = SMALL if open_ones[key].value >= SMALL and not vague else 0
        seen[key] = Seen(WITHHELD, low, LARGEST)
    return Disclosed(seen, sums)


def _first(cell: Cell) -> Seen:
    """Return what would be shown of a cell that stood alone."""
    if cell.implicit or cell.hide:
        return Seen(WITHHELD, 0, LARGEST)
    if not cell.public and (is_small(cell.value) or (cell.zero_hidden and not cell.value)):
        return Seen(FEW, 0 if cell.zero_hidden else 1, SMALL - 1)
    return Seen(cell.value, cell.value, cell.value)


def _guarded(cells: Sequence[Cell], seen: Mapping[str, Seen], earlier: Disclosed) -> frozenset[str]:
    """
    Return the cells that must go on to be possible with each of 1 to 4.

    Which of the withheld counts of earlier editions are small is not known any more, so all count that could be.
    """
    guarded = {cell.key for cell in cells if is_small(cell.value) and isinstance(seen[cell.key].shown, str)}
    guarded |= {key for key, each in seen.items() if each.shown == FEW}
    hidden = [key for key, each in earlier.cells.items() if each.shown == WITHHELD and each.low <= 1]
    return frozenset(guarded | {key for key in hidden if _is_open(possible(earlier.cells, earlier.identities, key))})


def _is_open(ends: tuple[int, int]) -> bool:
    """Whether each of 1 to 4 is possible between the ends."""
    return ends[0] <= 1 and ends[1] >= SMALL - 1


def _failing(seen: Mapping[str, Seen], sums: Sequence[Identity], guarded: frozenset[str]) -> str | None:
    """Return the first guarded cell that the attacker can narrow too far."""
    return next((key for key in sorted(guarded) if not _is_open(possible(seen, sums, key))), None)


def _complement(
    failing: str, seen: Mapping[str, Seen], sums: Sequence[Identity], open_ones: Mapping[str, Cell]
) -> str | None:
    """
    Return the count to withhold next: the nearest one shown, by its order, small ones first, nought last.

    Where no number is left, the nearest count that reads "< 5", itself before others: withheld it says less.
    """
    few = [open_ones[failing]] if failing in open_ones and seen[failing].shown == FEW else []
    reached, front = {failing}, {failing}
    while front:
        touched = {key for each in sums if front & set(each) for key in each} - reached
        near = [open_ones[key] for key in touched if key in open_ones]
        shown = [cell for cell in near if isinstance(seen[cell.key].shown, int)]
        if shown:
            return min(shown, key=lambda cell: (not cell.value, cell.order, cell.value, cell.key)).key
        few += sorted((cell for cell in near if seen[cell.key].shown == FEW), key=lambda cell: (cell.order, cell.key))
        reached, front = reached | touched, touched
    return few[0].key if few else None


def possible(seen: Mapping[str, Seen], sums: Sequence[Identity], key: str) -> tuple[int, int]:
    """Return the least and the largest whole number that the cell `key` can be, given all that is shown."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    near = _connected(key, sums, seen)
    place = {name: number for number, name in enumerate(near)}
    if len(near) == 1:
        return seen[key].low, seen[key].high
    rows = []
    for each in sums:
        if set(each) <= set(near):
            row = np.zeros(len(near))
            for name, coefficient in each.items():
                row[place[name]] = coefficient
            rows.append(row)
    constraint = LinearConstraint(np.array(rows), 0, 0)
    bounds = Bounds([seen[name].low for name in near], [seen[name].high for name in near])
    ends = []
    for sign in (1, -1):
        goal = np.zeros(len(near))
        goal[place[key]] = sign
        solved = milp(goal, constraints=constraint, bounds=bounds, integrality=np.ones(len(near)))
        if solved.x is None:  # the sums do not hold between these numbers, so nothing follows from them
            return seen[key].low, seen[key].high
        ends.append(round(solved.x[place[key]]))
    return ends[0], ends[1]


def _connected(key: str, sums: Sequence[Identity], seen: Mapping[str, Seen]) -> list[str]:
    """Return the cells that have to do with `key` by way of sums; a number that is shown leads no further."""
    reached, front = {key}, {key}
    while front:
        touched = {name for each in sums if front & set(each) for name in each} - reached
        reached |= touched
        front = {name for name in touched if isinstance(seen[name].shown, str)}
    return sorted(reached)
