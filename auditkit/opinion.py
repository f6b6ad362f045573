"""
The overall conclusion on a quarter, by declared rule from the conclusions on the controls and the findings' ratings.

Restricted controls do not count: whatever came of them, the overall conclusion is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

SATISFACTORY, NEEDS_IMPROVEMENT, UNSATISFACTORY = "satisfactory", "needs improvement", "unsatisfactory"
NOT_CONCLUDED = "not concluded"
OPINIONS = (SATISFACTORY, NEEDS_IMPROVEMENT, UNSATISFACTORY, NOT_CONCLUDED)
WORKING = ("effective", "effective with exceptions")
FAILED = ("not effective", "design gap")
# The rules; the labels under `opinion.rule` say them in words.
MANY_CRITICAL = 2
MANY_FAILED = Fraction(1, 2)
MANY_NOT_CONCLUDED = Fraction(1, 4)
MOST_NOT_CONCLUDED = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Opinion:
    """
    The overall conclusion: one of `OPINIONS`, what decided it, and the controls that work, by their titles.

    `critical` and `high` count the open findings of that rating, `failed` the controls that are not effective or have a
    design gap, `left` those on which nothing was concluded.
    """

    word: str
    critical: int
    high: int
    failed: int
    left: int
    working: tuple[str, ...]


def opinion(conclusions: Mapping[str, str], ratings: Sequence[str]) -> Opinion:
    """
    Return the overall conclusion.

    `conclusions` maps each open control's title to its conclusion after review, `ratings` are those of the reported
    findings that are not closed.
    """
    working = tuple(title for title, word in conclusions.items() if word in WORKING)
    failed = sum(word in FAILED for word in conclusions.values())
    concluded, total = len(working) + failed, len(conclusions)
    left = total - concluded
    critical, high = ratings.count("critical"), ratings.count("high")
    if not concluded or left > MOST_NOT_CONCLUDED * total:
        word = NOT_CONCLUDED
    elif critical >= MANY_CRITICAL or failed >= MANY_FAILED * concluded:
        word = UNSATISFACTORY
    elif critical or high or failed or left > MANY_NOT_CONCLUDED * total:
        word = NEEDS_IMPROVEMENT
    else:
        word = SATISFACTORY
    return Opinion(word, critical, high, failed, left, working)
