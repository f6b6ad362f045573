"""Conclusions on the board edition: both of them, and no small number of people behind a word or a difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from run_builder import KEY, Looked, build, control, counts, gift_control, population_result

from auditkit import board_conclusion, board_edition, board_issue
from auditkit.conclusion import after_review
from auditkit.journal import Record
from auditkit.masking import FEW, WITHHELD
from auditkit.register import Standing
from auditkit.result import ControlResult, Run
from auditkit.tally import shown
from auditkit.wording import ENGLISH


def people(exceptions: int, tested: int = 2000) -> ControlResult:
    looked = [Looked(7, "Pay lies within the range", "medium", counts(tested, exceptions))]
    found = population_result("PAY", "employments", "Employments", ("employee_id",), looked)
    return control("PAY", "Equal pay", "The same pay for the same work.", [found])


def run_of(tmp_path: Path, result: ControlResult, standing: Standing) -> Run:
    (population,) = result.populations
    name = f"{result.control.id}/{population.population.name}"
    register = {name: standing} | {each.attribute.id: standing for each in population.attributes}
    run, _ = build(tmp_path, controls=(result,), state="none", rows=[])
    return replace(run, register=register, conclusions=after_review([result], register))


def confirmed(tmp_path: Path, result: ControlResult, standing: Standing) -> tuple[Any, Any]:
    (population,) = result.populations
    return board_conclusion.confirmed(run_of(tmp_path, result, standing), result, population, shown(population))


@pytest.mark.parametrize(
    ("exceptions", "standing", "seen"),
    [
        (9, Standing(new=9, confirmed=0, justified=9), (0, 0)),
        (9, Standing(new=9, confirmed=1, justified=8), (FEW, WITHHELD)),
        (9, Standing(new=9, confirmed=4, justified=5), (FEW, WITHHELD)),
        (10, Standing(new=10, confirmed=5, justified=5), (5, 0.0025)),
        (9, Standing(new=9, confirmed=5, justified=4), (WITHHELD, WITHHELD)),  # or four would be known
        (9, Standing(new=9, confirmed=9), (9, 0.0045)),
        (4, Standing(new=4, confirmed=4), (WITHHELD, WITHHELD)),  # the exceptions are masked themselves
    ],
)
def test_few_people_are_behind_no_confirmed_number(
    tmp_path: Path, exceptions: int, standing: Standing, seen: tuple[Any, Any]
) -> None:
    count, rate = confirmed(tmp_path, people(exceptions), standing)

    assert count == seen[0]
    assert rate == seen[1] if isinstance(seen[1], str) else float(rate) == seen[1]


def test_items_that_are_no_people_are_counted_as_they_are(tmp_path: Path) -> None:
    assert confirmed(tmp_path, gift_control(), Standing(new=17, confirmed=1, justified=16))[0] == 1


@pytest.mark.parametrize(
    ("tested", "tolerable", "said"),
    [
        (19, 0, "● not effective"),  # nobody is tolerable: it says no more than that there was one
        (20, 1, "□ in the working edition: few people"),  # 1 of 20 or more than one
        (99, 4, "□ in the working edition: few people"),
        (100, 5, "◐ effective with exceptions"),  # each of one to four is within five
    ],
)
def test_no_word_parts_a_few_people_into_fewer_and_more(tmp_path: Path, tested: int, tolerable: int, said: str) -> None:
    result = people(6, tested)
    (population,) = result.populations
    assert int(population.attributes[0].attribute.tolerable * tested) == tolerable
    for count in (1, 2, 3, 4):
        run = run_of(tmp_path, result, Standing(new=6, confirmed=count, justified=6 - count))
        assert board_conclusion.after_review(run, result, population) == said


def test_a_word_about_none_or_many_people_is_said(tmp_path: Path) -> None:
    result = people(9, 40)
    (population,) = result.populations
    said = [
        board_conclusion.after_review(run_of(tmp_path, result, standing), result, population)
        for standing in (Standing(new=9, justified=9), Standing(new=9, confirmed=9), Standing(new=9, open=9))
    ]

    assert said == ["○ effective", "● not effective", "□ not concluded: the review is not complete"]


def decided() -> dict[str, Record]:
    item = KEY.exception_id("GFT", "GFT-02", "gift_id=G-000001")
    content = {"disposition": "confirmed deviation"}
    return {item: Record("disposition", item, "run", content, 1, "2026-10-12T09:00:00Z", "", "")}


def headings(book: Any) -> list[Any]:
    return [cell.value for row in book["Scorecard"].iter_rows() for cell in row if cell.value]


def test_a_draft_shows_both_conclusions_once_somebody_has_decided(tmp_path: Path) -> None:
    before = board_edition.make(build(tmp_path)[0]).book
    after = board_edition.make(build(tmp_path, decided=decided())[0]).book

    assert "Conclusion before review" in headings(before)
    assert "Confirmed deviations" not in headings(before)
    assert {"Confirmed deviations", "Confirmed rate", "Conclusion after review, and before"} <= set(headings(after))
    assert any("before review: exceptions awaiting review" in str(value) for value in headings(after))


def everything(tmp_path: Path) -> dict[str, Record]:
    _, connection = build(tmp_path)
    ids = [
        row[0] for row in connection.execute("SELECT exception_id FROM register_item WHERE NOT restricted").fetchall()
    ]
    content = {"disposition": "confirmed deviation"}
    return {item: Record("disposition", item, "run", content, 1, "2026-10-12T09:00:00Z", "", "") for item in ids}


def test_every_page_of_a_draft_says_how_far_the_review_is(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    part, _ = build(tmp_path, decided=decided())
    whole, _ = build(tmp_path, decided=everything(tmp_path))
    # The hand-made counts exceed its rows; what is not among them is open. Here all of it is decided.
    whole = replace(whole, register={name: replace(found, open=0) for name, found in whole.register.items()})
    nothing = replace(run, register={})

    marks = [board_issue.mark(each, ENGLISH) for each in (run, part, whole, nothing)]

    assert marks == ["DRAFT - UNREVIEWED", "DRAFT - REVIEW INCOMPLETE", "DRAFT - REVIEWED", "DRAFT - UNREVIEWED"]
    assert "still being reviewed" in board_issue.sentence(part, ENGLISH)
    assert "not been issued" in board_issue.sentence(whole, ENGLISH)
    header = board_edition.make(part).book["Scorecard"].oddHeader.right.text
    assert "REVIEW INCOMPLETE" in header
