"""What an edition shows of small counts, attacked with everything that it and the earlier ones show."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.disclosure import LARGEST, Cell, Disclosed, Identity, Seen, disclose, possible
from auditkit.masking import FEW, WITHHELD

MOST = 14  # beyond the largest number of the exhaustive attacks


def shown(disclosed: Disclosed) -> dict[str, int | str]:
    return {key: seen.shown for key, seen in disclosed.cells.items()}


def attack(disclosed: Disclosed, most: int = MOST) -> dict[str, set[int]]:
    """
    Return the numbers each hidden count can have, by trying all of them: no code of auditkit is asked.

    The attacker knows what is shown, what the words mean, and every sum.
    """
    hidden = [key for key, seen in disclosed.cells.items() if isinstance(seen.shown, str)]
    known = {key: seen.shown for key, seen in disclosed.cells.items() if isinstance(seen.shown, int)}
    ranges = [range(disclosed.cells[key].low, min(disclosed.cells[key].high, most) + 1) for key in hidden]
    found: dict[str, set[int]] = {key: set() for key in hidden}
    for numbers in itertools.product(*ranges):
        guess = dict(zip(hidden, numbers, strict=True))
        everything = {**known, **guess}
        if all(sum(factor * everything[key] for key, factor in each.items()) == 0 for each in disclosed.identities):
            for key, number in guess.items():
                found[key].add(number)
    return found


def assert_safe(disclosed: Disclosed, truth: Mapping[str, int], guesses: Mapping[str, set[int]]) -> None:
    for key, numbers in guesses.items():
        assert truth[key] in numbers or truth[key] > MOST
        if 0 < truth[key] < 5:
            assert {1, 2, 3, 4} <= numbers, (key, numbers, shown(disclosed))


def parts(numbers: Sequence[int], total: str = "total") -> tuple[list[Cell], list[Identity], dict[str, int]]:
    """Return a breakdown with its total: zeros are hidden where a part is small, as in a measure."""
    small = any(0 < number < 5 for number in numbers)
    truth = {f"part {n}": number for n, number in enumerate(numbers)}
    cells = [Cell(key, number, zero_hidden=small) for key, number in truth.items()]
    cells.append(Cell(total, sum(numbers), order=2))
    return cells, [{**dict.fromkeys(truth, 1), total: -1}], {**truth, total: sum(numbers)}


@pytest.mark.parametrize("count", [2, 3])
def test_no_part_of_a_total_can_be_narrowed(count: int) -> None:
    """Every way to divide up to 13 among two or three parts."""
    for numbers in itertools.product(range(8), repeat=count):
        cells, sums, truth = parts(numbers)
        disclosed = disclose(cells, sums)
        assert_safe(disclosed, truth, attack(disclosed))


@pytest.mark.slow
def test_who_knows_how_it_is_masked_finds_no_small_part_either() -> None:
    """Group all ways to divide up to fourteen in two, or nine in three, by what is shown: none stands alone."""
    for count, most in ((2, 14), (3, 9)):
        ways: dict[tuple[tuple[str, int | str], ...], list[dict[str, int]]] = {}
        for numbers in itertools.product(range(most + 1), repeat=count):
            cells, sums, truth = parts(numbers)
            ways.setdefault(tuple(sorted(shown(disclose(cells, sums)).items())), []).append(truth)
        solved = [
            (seen, key)
            for seen, truths in ways.items()
            if min(truth["total"] for truth in truths) <= most  # larger ones have ways that were not tried
            for key, value in seen
            if isinstance(value, str)
            for numbers_of in [{truth[key] for truth in truths}]
            if len(numbers_of) == 1 and 0 < min(numbers_of) < 5
        ]
        assert solved == []


def test_the_attack_works_where_only_small_counts_are_hidden() -> None:
    """A mask without complements gives the count away: the attacker of these tests finds it."""
    naive = Disclosed(
        {"a": Seen(FEW, 1, 4), "b": Seen(9, 9, 9), "total": Seen(12, 12, 12)}, ({"a": 1, "b": 1, "total": -1},)
    )

    assert attack(naive)["a"] == {3}
    assert possible(naive.cells, naive.identities, "a") == (3, 3)
    with pytest.raises(AssertionError):
        assert_safe(naive, {"a": 3, "b": 9, "total": 12}, attack(naive))


def test_both_parts_of_a_share_are_guarded_the_one_that_is_not_shown_too() -> None:
    for part, whole in itertools.product(range(13), repeat=2):
        if part > whole:
            continue
        cells = [Cell("part", part), Cell("whole", whole, order=2), Cell("rest", whole - part, implicit=True)]
        disclosed = disclose(cells, [{"part": 1, "rest": 1, "whole": -1}])
        found = attack(disclosed)
        if isinstance(disclosed.cells["part"].shown, int) and isinstance(disclosed.cells["whole"].shown, int):
            assert not 0 < whole - part < 5
        assert_safe(disclosed, {"part": part, "whole": whole, "rest": whole - part}, found)


def quarter(number: int, opening: int, opened: int, closed: int) -> tuple[list[Cell], list[Identity], dict[str, int]]:
    """Return a roll-forward whose opening is the closing of the quarter before."""
    truth = {
        f"end {number - 1}": opening,
        f"opened {number}": opened,
        f"closed {number}": closed,
        f"end {number}": opening + opened - closed,
    }
    names = list(truth)
    return (
        [Cell(key, value, order=1) for key, value in truth.items()],
        [dict(zip(names, (1, 1, -1, -1), strict=True))],
        truth,
    )


def editions(moves: Iterable[tuple[int, int]], opening: int) -> list[tuple[Disclosed, dict[str, int]]]:
    """Return what was disclosed after every quarter, with the truth so far."""
    found: list[tuple[Disclosed, dict[str, int]]] = []
    disclosed, truth = Disclosed(), dict[str, int]()
    for number, (opened, closed) in enumerate(moves, 1):
        cells, sums, new = quarter(number, opening, opened, closed)
        disclosed, truth = disclose(cells, sums, disclosed), truth | new
        opening = opening + opened - closed
        found.append((disclosed, dict(truth)))
    return found


def possible_moves(opening: int, most: int) -> list[tuple[int, int]]:
    return [(opened, closed) for opened in range(most) for closed in range(opening + opened + 1)]


@pytest.mark.slow
def test_no_roll_forward_of_two_quarters_gives_a_small_count_away() -> None:
    """Up to seven opened a quarter, from up to six open at the start, every fifth and seventh way; both editions."""
    tried = 0
    for opening in (0, 1, 3, 5, 6):
        for first in possible_moves(opening, 8)[::5]:
            middle = opening + first[0] - first[1]
            for second in possible_moves(middle, 8)[::7]:
                for disclosed, truth in editions([first, second], opening):
                    assert_safe_by_bounds(disclosed, truth)
                    tried += 1
    assert tried > 400


def assert_safe_by_bounds(disclosed: Disclosed, truth: Mapping[str, int]) -> None:
    """
    Narrow the bounds of every hidden count by every sum until nothing moves; then try what is left of each.

    A sum of few terms and bounds without gaps make this exact for chains of roll-forwards.
    """
    low = {key: seen.low for key, seen in disclosed.cells.items()}
    high = {key: seen.high for key, seen in disclosed.cells.items()}
    moved = True
    while moved:
        moved = False
        for each in disclosed.identities:
            for key, factor in each.items():
                rest = [(-other * factor, name) for name, other in each.items() if name != key]
                least = sum(sign * (low if sign > 0 else high)[name] for sign, name in rest)
                most = sum(sign * (high if sign > 0 else low)[name] for sign, name in rest)
                if max(low[key], least) > low[key] or min(high[key], most) < high[key]:
                    low[key], high[key], moved = max(low[key], least), min(high[key], most), True
    for key, seen in disclosed.cells.items():
        if isinstance(seen.shown, str) and 0 < truth[key] < 5:
            assert low[key] <= 1, (key, low[key], high[key], shown(disclosed), truth)
            assert high[key] >= 4, (key, low[key], high[key], shown(disclosed), truth)
        assert low[key] <= truth[key] <= high[key]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=4),
)
def test_no_roll_forward_of_up_to_four_quarters_gives_a_small_count_away(
    opening: int, moves: list[tuple[int, int]]
) -> None:
    kept, held = [], opening
    for opened, closed in moves:
        closed = min(closed, held + opened)
        kept.append((opened, closed))
        held += opened - closed
    for disclosed, truth in editions(kept, opening):
        assert_safe_by_bounds(disclosed, truth)


def test_what_an_edition_hid_stays_hidden_and_what_it_showed_stays_shown() -> None:
    first, second = editions([(9, 3), (8, 7)], 20)
    again = shown(second[0])

    for key, value in shown(first[0]).items():
        assert again[key] == value


def test_a_closing_that_was_hidden_is_not_solved_by_the_next_quarter() -> None:
    """Three are open at the end of the first quarter; the second one would say so: 3 + 10 - 6 = 7."""
    (one, _), (two, truth) = editions([(5, 10), (10, 6)], 8)

    assert shown(one)["end 1"] == FEW
    assert shown(two)["end 1"] == FEW
    assert WITHHELD in (shown(two)["opened 2"], shown(two)["closed 2"], shown(two)["end 2"])
    assert_safe_by_bounds(two, truth)


def test_sums_that_hold_of_nothing_hide_nothing_more() -> None:
    cells = [Cell("a", 2), Cell("b", 9)]

    assert shown(disclose(cells, [])) == {"a": FEW, "b": 9}
    assert shown(disclose([], [])) == {}


@pytest.mark.parametrize(("number", "said"), [(0, 0), (1, FEW), (4, FEW), (5, 5)])
def test_the_bounds_of_what_is_small(number: int, said: int | str) -> None:
    assert shown(disclose([Cell("a", number)], [])) == {"a": said}


def test_public_counts_are_never_hidden() -> None:
    cells = [Cell("few", 3, public=True), Cell("a", 3), Cell("both", 6)]
    out = shown(disclose(cells, [{"few": 1, "a": 1, "both": -1}]))

    assert out == {"few": 3, "a": WITHHELD, "both": WITHHELD}  # "< 5" beside 3 and at least 5 would be 2 to 4


def test_a_count_may_be_hidden_whatever_it_is() -> None:
    assert disclose([Cell("a", 900, hide=True)], []).cells["a"] == Seen(WITHHELD, 0, LARGEST)
