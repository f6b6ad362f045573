"""
The change in exceptions from one quarter to another, split into what brought it about.

Five counts, each with one thing more of the later quarter: as it was; with the new data; with the new rules, too; with
the new parameter values, too; with the new dispositions, which is as it is. Each part is the step between two of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from auditkit.errors import RunError

PARTS = ("data", "rule", "parameter", "disposition")
NOT_SPLIT = "not split"  # a change over a count that could not be made


@dataclass(frozen=True, slots=True)
class Change:
    """
    The change of one attribute's exceptions that are not set aside.

    `before` and `after` count them, `parts` says by how many each cause changed them. Of all exceptions, those set
    aside too, `new` are in the later quarter alone, `gone` in the earlier alone, `repeat` in both. `notes` says what
    limits the comparison.
    """

    attribute: str
    before: int
    parts: tuple[int, int, int, int]
    not_split: int
    after: int
    new: int
    gone: int
    repeat: int
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Enforce that the parts sum to the whole; raises RunError when they do not, for then none can be shown."""
        if self.before + sum(self.parts) + self.not_split != self.after:
            raise RunError(f"the parts of the change do not sum to the whole: {self}")
        if self.before > self.repeat + self.gone or self.after > self.repeat + self.new:
            raise RunError(f"new, gone and repeat exceptions are fewer than the two quarters have: {self}")

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell: no exception in either quarter, no change on the way, no note."""
        return not (self.new or self.gone or self.repeat or any(self.parts) or self.notes)

    @classmethod
    def of(
        cls,
        attribute: str,
        counts: Sequence[AbstractSet[str] | None],
        seen: tuple[AbstractSet[str], AbstractSet[str]],
        notes: Iterable[str] = (),
    ) -> Change:
        """
        Return the change over five sets of ids of exceptions that are not set aside; `seen` are all of each quarter.

        A set in the middle that could not be made is None; the change across it is not split. The first and the last
        are what the two quarters say, and are always there.
        """
        before, after = counts[0], counts[-1]
        if before is None or after is None or len(counts) != len(PARTS) + 1:
            raise ValueError("a change needs five sets, the first and the last of them known")
        known = [(place, ids) for place, ids in enumerate(counts) if ids is not None]
        parts, not_split = [0] * len(PARTS), 0
        for (first, earlier), (last, later) in itertools.pairwise(known):
            step = len(later) - len(earlier)
            if last - first == 1:
                parts[first] = step
            else:
                not_split += step
        data, rule, parameter, disposition = parts
        return cls(
            attribute,
            len(before),
            (data, rule, parameter, disposition),
            not_split,
            len(after),
            len(seen[1] - seen[0]),
            len(seen[0] - seen[1]),
            len(seen[0] & seen[1]),
            tuple(notes),
        )


def total(changes: Sequence[Change]) -> Change:
    """Return the sum of the changes; an item that several attributes find counts once for each."""
    data, rule, parameter, disposition = (sum(change.parts[n] for change in changes) for n in range(len(PARTS)))
    return Change(
        "Total",
        sum(change.before for change in changes),
        (data, rule, parameter, disposition),
        sum(change.not_split for change in changes),
        sum(change.after for change in changes),
        sum(change.new for change in changes),
        sum(change.gone for change in changes),
        sum(change.repeat for change in changes),
    )
