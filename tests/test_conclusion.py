"""Conclusions after review: a rate of confirmed deviations against the tolerable one, exact at the boundary."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from run_builder import Looked, attribute, control, counts, population_result
from small import ATTRIBUTE, write_controls

from auditkit.catalogue import load_catalogue
from auditkit.conclusion import Conclusion, after_review, tolerable_in_words, verdict
from auditkit.control import Attribute
from auditkit.errors import AuditkitError
from auditkit.reason import Reason
from auditkit.register import Standing
from auditkit.result import ControlResult

NIL = Reason("nil population", "nil_population")


def judged(severity: str = "high", tolerable: str | None = None) -> Attribute:
    return replace(attribute("GFT", 1, "A limit is kept", "items", severity), tolerable_rate=tolerable)


def concluded(
    looked: Looked, standing: Standing, tolerable: str | None = None, *, severity: str = "high"
) -> Conclusion:
    """The conclusion on one attribute of one population."""
    result = one_control(replace(looked, severity=severity), tolerable=tolerable)
    return after_review([result], {"GFT-01": standing, "GFT/items": standing})["GFT-01"]


def one_control(*looked: Looked, tolerable: str | None = None) -> ControlResult:
    found = population_result("GFT", "items", "Items", ("gift_id",), looked)
    attributes = tuple(
        replace(each, attribute=replace(each.attribute, tolerable_rate=tolerable)) for each in found.attributes
    )
    return control("GFT", "Gifts", "Limits are kept.", [replace(found, attributes=attributes)])


@pytest.mark.parametrize(
    ("confirmed", "of", "tolerable", "word"),
    [
        (0, 240, None, "effective"),
        (12, 240, None, "effective with exceptions"),  # exactly 5 %
        (13, 240, None, "not effective"),
        (12, 239, None, "not effective"),
        (1, 240, "0 %", "not effective"),
        (0, 240, "0 %", "effective"),
        (3, 1000, "0.3 %", "effective with exceptions"),  # 0.3 % is no binary fraction
        (3, 999, "0.3 %", "not effective"),
        (240, 240, "100 %", "effective with exceptions"),
    ],
)
def test_the_rate_itself_is_compared_without_rounding(
    confirmed: int, of: int, tolerable: str | None, word: str
) -> None:
    assert verdict(judged(tolerable=tolerable), of, confirmed) == word


def test_a_critical_deviation_is_never_tolerable_unless_a_rate_is_declared() -> None:
    assert verdict(judged("critical"), 1000, 1) == "not effective"
    assert verdict(judged("high"), 1000, 1, critical=1) == "not effective"
    assert verdict(judged("critical", "5 %"), 1000, 1, critical=1) == "effective with exceptions"


@pytest.mark.parametrize(
    ("severity", "declared", "rate", "words"),
    [
        ("critical", None, "0", "0 %"),
        ("high", None, "0.05", "5 %"),
        ("info", None, "0.05", "5 %"),
        ("critical", "2.5 %", "0.025", "2.5 %"),
        ("low", "100%", "1", "100%"),
    ],
)
def test_a_tolerable_rate_is_declared_or_follows_from_the_severity(
    severity: str, declared: str | None, rate: str, words: str
) -> None:
    found = judged(severity, declared)

    assert found.tolerable == Decimal(rate)
    assert tolerable_in_words(found) == words


@pytest.mark.parametrize("text", ["5", "0.05", "101 %", "-1 %", "none", "5.00000 %"])
def test_a_tolerable_rate_that_is_no_share_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    wrong = ATTRIBUTE.replace("cases:", f'tolerable_rate: "{text}"\ncases:')
    with pytest.raises(AuditkitError, match=r"sal_01_limit.yml:\d+: tolerable_rate"):
        load_catalogue(write_controls(tmp_path, attribute=wrong))


def test_a_share_is_read_as_it_is_written(tmp_path: Path) -> None:
    right = ATTRIBUTE.replace("cases:", "tolerable_rate: 2.5 %\ncases:")
    (found,) = load_catalogue(write_controls(tmp_path, attribute=right)).attributes

    assert found.tolerable == Decimal("0.025")


LOOKED = Looked(1, "A limit is kept", "high", counts(240, 12))
REVIEWED = [
    (Standing(new=12, open=12), "not concluded (review incomplete: 12 of 12 open)"),
    (
        Standing(new=10, repeat=1, reopened=1, open=1, expired=1, in_review=1, confirmed=9),
        "not concluded (review incomplete: 3 of 12 open)",
    ),
    (Standing(new=12, justified=9, false_positive=2, duplicate=1), "effective; suppressed: 12"),
    (
        Standing(new=12, justified=9, confirmed=3),
        "effective with exceptions (3 of 240 confirmed, 1.25 %; tolerable 5 %); suppressed: 9",
    ),
    (Standing(new=13, confirmed=13), "not effective (13 of 240 confirmed, 5.42 %; tolerable 5 %)"),
    (Standing(new=12, referred=12), "effective with exceptions (12 items referred to investigation)"),
    (Standing(new=13, confirmed=12, referred=1), "not concluded (1 item referred to investigation)"),
    (
        Standing(new=14, confirmed=13, referred=1),
        "not effective (13 of 240 confirmed, 5.42 %; tolerable 5 %; 1 item referred to investigation)",
    ),
]


@pytest.mark.parametrize(("standing", "text"), REVIEWED)
def test_what_is_said_after_review_follows_from_what_people_decided(standing: Standing, text: str) -> None:
    assert concluded(LOOKED, standing).text == text


@pytest.mark.parametrize(
    ("looked", "text"),
    [
        (replace(LOOKED, counts=counts(0), not_concluded=(NIL,)), "not concluded (nil population)"),
        (replace(LOOKED, counts=counts(9, idle=9)), "not concluded (nothing was tested)"),
    ],
)
def test_nothing_is_concluded_from_nothing(looked: Looked, text: str) -> None:
    assert concluded(looked, Standing()).text == text
    assert concluded(looked, Standing()).why == "data"


def test_what_was_listed_before_and_is_no_exception_now_decides_nothing_about_this_quarter() -> None:
    standing = Standing(cleared=4, out_of_period=2, not_tested_again=1, carried_open=7)

    assert concluded(replace(LOOKED, counts=counts(240)), standing).text == "effective"


@pytest.mark.parametrize(("exceptions", "review"), [(12, 0), (11, 1)])
def test_an_exception_that_is_not_in_the_register_is_not_taken_for_none(exceptions: int, review: int) -> None:
    looked = replace(LOOKED, counts=counts(240, exceptions, review))

    assert concluded(looked, Standing()).text == "not concluded (12 exceptions cannot be told apart in the register)"
    assert concluded(looked, Standing(new=11, justified=11)).text == (
        "not concluded (1 exception cannot be told apart in the register); suppressed: 11"
    )


def test_a_known_failure_of_one_attribute_is_not_hidden_by_what_is_open_elsewhere() -> None:
    result = one_control(
        LOOKED, Looked(2, "Another", "critical", counts(240, 1)), Looked(3, "A third", "low", counts(240))
    )
    register = {"GFT-01": Standing(new=12, open=12), "GFT-02": Standing(new=1, confirmed=1)}
    found = after_review([result], register | {"GFT/items": Standing(new=12, open=12, confirmed=1)})

    assert found["GFT/items"].text == (
        "not effective (GFT-02: 1 of 240 confirmed, 0.42 %; tolerable 5 %; GFT-01: not concluded)"
    ).replace("tolerable 5 %", "tolerable 0 %")
    assert found["GFT"].word == "not effective"
    assert found["GFT-03"].text == "effective"


def test_several_open_attributes_are_one_review_that_is_incomplete() -> None:
    result = one_control(
        LOOKED,
        Looked(2, "Another", "high", counts(240, 2)),
        Looked(3, "A third", "low", counts(0), {}, (NIL,)),
    )
    register = {"GFT-01": Standing(new=12, open=12), "GFT-02": Standing(new=2, in_review=2)}
    found = after_review([result], register | {"GFT/items": Standing(new=13, open=12, in_review=1)})

    assert found["GFT/items"].text == "not concluded (review incomplete: 13 of 13 open; GFT-03: nil population)"
    assert found["GFT/items"].why == "review"
    assert (found["GFT"].undecided, found["GFT"].listed, found["GFT"].tested) == (13, 13, 240)


def test_a_control_is_judged_over_its_populations_and_a_design_gap_over_all() -> None:
    one = population_result(
        "GFT", "items", "Items", ("gift_id",), [Looked(1, "A limit is kept", "high", counts(240, 2))]
    )
    two = population_result("GFT", "people", "People", ("person_id",), [Looked(2, "Another", "high", counts(50))])
    result = control("GFT", "Gifts", "Limits are kept.", [one, two])
    standing = Standing(new=2, confirmed=2)
    register = {"GFT-01": standing, "GFT/items": standing}

    found = after_review([result], register)
    gap = after_review([result], register, ["GFT"])

    assert found["GFT/items"].text == "effective with exceptions (2 of 240 confirmed, 0.83 %; tolerable 5 %)"
    assert found["GFT/people"].text == "effective"
    assert found["GFT"].text == "effective with exceptions (Items: 2 of 240 confirmed, 0.83 %; tolerable 5 %)"
    assert (found["GFT"].tested, found["GFT"].confirmed) == (290, 2)
    assert gap["GFT"].text == "design gap (the control is missing or cannot meet its objective)"
    assert gap["GFT/items"] == found["GFT/items"]


def test_a_control_without_a_population_is_not_concluded() -> None:
    assert after_review([control("GFT", "Gifts", "Limits are kept.", [])], {})["GFT"].word == "not concluded"
