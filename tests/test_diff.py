"""`auditkit diff`: the change in exceptions is split into data, rule, parameter and disposition, and the parts sum."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.change import Change, total
from auditkit.errors import RunError

IDS = st.frozensets(st.sampled_from("ABCDEFGH"))


def ids(letters: str) -> frozenset[str]:
    return frozenset(letters)


def test_each_step_from_one_count_to_the_next_is_one_part() -> None:
    change = Change.of("SAL-01", [ids("AB"), ids("BCDE"), ids("BCD"), ids("BCDFGH"), ids("BCDF")])

    assert (change.before, change.parts, change.not_split, change.after) == (2, (2, -1, 3, -2), 0, 4)
    assert (change.new, change.gone, change.repeat) == (3, 1, 1)


def test_a_step_over_a_count_that_could_not_be_made_is_not_split() -> None:
    change = Change.of("SAL-01", [ids("AB"), None, ids("BCD"), ids("BCDFGH"), ids("BCDF")])
    assert (change.parts, change.not_split) == ((0, 0, 3, -2), 1)

    change = Change.of("SAL-01", [ids("AB"), None, None, None, ids("BCDF")])
    assert (change.parts, change.not_split) == ((0, 0, 0, 0), 2)


@given(IDS, st.lists(st.none() | IDS, min_size=3, max_size=3), IDS)
def test_the_parts_sum_to_the_whole_whatever_was_found(
    before: frozenset[str], between: list[frozenset[str] | None], after: frozenset[str]
) -> None:
    change = Change.of("SAL-01", [before, *between, after])

    assert change.before + sum(change.parts) + change.not_split == change.after
    assert (change.repeat + change.gone, change.repeat + change.new) == (len(before), len(after))


@given(st.lists(st.tuples(IDS, st.none() | IDS, IDS, IDS, IDS)))
def test_the_total_is_the_sum_of_the_attributes_and_its_parts_sum_too(counts: list[Any]) -> None:
    changes = [Change.of(f"SAL-{n:02}", each) for n, each in enumerate(counts)]
    whole = total(changes)

    assert whole.before + sum(whole.parts) + whole.not_split == whole.after
    assert whole.after == sum(len(each[-1]) for each in counts)


def test_parts_that_do_not_sum_are_never_shown() -> None:
    with pytest.raises(RunError, match="do not sum"):
        Change("SAL-01", 2, (1, 0, 0, 0), 0, 4, new=3, gone=1, repeat=1)
    with pytest.raises(RunError, match="new, gone and repeat"):
        Change("SAL-01", 2, (2, 0, 0, 0), 0, 4, new=2, gone=1, repeat=1)
