"""The overall conclusion: both sides of every rule."""

from __future__ import annotations

import pytest

from auditkit.opinion import Opinion, opinion


def of(words: str, *ratings: str) -> Opinion:
    """Words: E effective, X effective with exceptions, N not effective, D design gap, - not concluded."""
    known = {"E": "effective", "X": "effective with exceptions", "N": "not effective", "D": "design gap"}
    conclusions = {f"Control {n}": known.get(letter, "not concluded") for n, letter in enumerate(words)}
    return opinion(conclusions, ratings)


@pytest.mark.parametrize(
    ("words", "ratings", "expected"),
    [
        ("EEXX", (), "satisfactory"),
        ("EEEE", ("medium", "medium", "low", "advisory"), "satisfactory"),
        ("EEEE", ("high",), "needs improvement"),
        ("EEEE", ("critical",), "needs improvement"),
        ("EEEE", ("critical", "critical"), "unsatisfactory"),
        ("EEEN", (), "needs improvement"),
        ("EEED", (), "needs improvement"),
        ("EEND", (), "unsatisfactory"),
        ("EEEND", (), "needs improvement"),
        ("EEE-", (), "satisfactory"),
        ("EE-", (), "needs improvement"),
        ("EE--", (), "needs improvement"),
        ("E--", (), "not concluded"),
        ("N--", ("critical", "critical"), "not concluded"),
        ("EN--", (), "unsatisfactory"),
        ("--", (), "not concluded"),
        ("", (), "not concluded"),
    ],
)
def test_the_rules_on_both_sides(words: str, ratings: tuple[str, ...], expected: str) -> None:
    assert of(words, *ratings).word == expected


def test_it_says_what_decided_it_and_what_works() -> None:
    found = of("EXN-", "critical", "high", "high", "low")

    assert (found.critical, found.high, found.failed, found.left) == (1, 2, 1, 1)
    assert found.working == ("Control 0", "Control 1")
    assert of("E").working == ("Control 0",)
