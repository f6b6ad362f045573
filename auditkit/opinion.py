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
# The rules; `RULES` says them in words.
MANY_CRITICAL = 2
MANY_FAILED = Fraction(1, 2)
MANY_NOT_CONCLUDED = Fraction(1, 4)
MOST_NOT_CONCLUDED = Fraction(1, 2)
RULES = (
    "Not concluded: more than half of the controls could not be concluded, or there was none.",
    "Unsatisfactory: two critical findings or more, or at least half of the concluded controls are not effective or "
    "have a design gap.",
    "Needs improvement: one critical or any high finding, one control that is not effective or has a design gap, or "
    "more than a quarter of the controls not concluded.",
    "Satisfactory: none of these.",
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """The overall conclusion: one of `OPINIONS`, what decided it, and the controls that work, by their titles."""

    word: str
    reasons: tuple[str, ...]
    working: tuple[str, ...]


def opinion(conclusions: Mapping[str, str], ratings: Sequence[str]) -> Opinion:
    """
    Return the overall conclusion.

    `conclusions` maps each open control's title to its conclusion after review, `ratings` are those of the reported
    findings that are not closed.
    """
    working = tuple(title for title, word in conclusions.items() if word in WORKING)
    failed = [title for title, word in conclusions.items() if word in FAILED]
    concluded, total = len(working) + len(failed), len(conclusions)
    left = total - concluded
    critical, high = ratings.count("critical"), ratings.count("high")
    reasons = [
        *([f"{_count(critical, 'finding')} rated critical"] if critical else []),
        *([f"{_count(high, 'finding')} rated high"] if high else []),
        *([f"{_count(len(failed), 'control')} not effective or with a design gap"] if failed else []),
        *([f"{left} of {_count(total, 'control')} not concluded"] if left else []),
    ]
    if not concluded or left > MOST_NOT_CONCLUDED * total:
        word = NOT_CONCLUDED
    elif critical >= MANY_CRITICAL or len(failed) >= MANY_FAILED * concluded:
        word = UNSATISFACTORY
    elif critical or high or failed or left > MANY_NOT_CONCLUDED * total:
        word = NEEDS_IMPROVEMENT
    else:
        word = SATISFACTORY
    return Opinion(word, tuple(reasons), working)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
