from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from auditkit.errors import ProjectError
from auditkit.form import RATINGS
from auditkit.rating import KEYS, NOT_KNOWN, Facts, Policy, policy, raised_by_one, suggest
from auditkit.settings import Settings

FACTS = Facts("high", deviations=12, tested=240, tolerable=Decimal("0.05"), currency="SAR")


def settings(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "auditkit.toml"
    path.write_text(text, encoding="utf-8")
    return Settings.read(path, {"rating": KEYS})


@pytest.mark.parametrize(
    ("product", "rating"),
    [
        (25, "critical"),
        (20, "critical"),
        (19, "high"),
        (12, "high"),
        (11, "medium"),
        (6, "medium"),
        (5, "low"),
        (3, "low"),
        (2, "advisory"),
        (1, "advisory"),
    ],
)
def test_the_product_is_mapped_with_each_step_on_its_own_side(product: int, rating: str) -> None:
    assert Policy().rating(product) == rating


@pytest.mark.parametrize(("severity", "impact"), [("critical", 5), ("high", 4), ("medium", 3), ("low", 2), ("info", 1)])
@pytest.mark.parametrize("key", [True, False])
def test_impact_follows_the_severity_and_is_one_less_where_other_controls_stand_behind(
    severity: str, impact: int, key: bool
) -> None:
    found = suggest(replace(FACTS, severity=severity, key_control=key), Policy())

    assert found is not None
    assert found.impact == (impact if key else max(1, impact - 1))


@pytest.mark.parametrize(
    ("amount", "impact"),
    [("9999.99", 1), ("10000", 2), ("99999.99", 2), ("100000", 3), ("1000000", 4), ("9999999.99", 4), ("10000000", 5)],
)
def test_an_amount_makes_impact_at_least_so_much(amount: str, impact: int) -> None:
    found = suggest(replace(FACTS, severity="info", amount=Decimal(amount)), Policy())

    assert found is not None
    assert found.impact == impact


def test_an_amount_never_lowers_impact_and_its_absence_is_said() -> None:
    small = suggest(replace(FACTS, amount=Decimal(1)), Policy())
    none = suggest(replace(FACTS, elsewhere=True), Policy())

    assert small is not None
    assert none is not None
    assert small.impact == none.impact == 4
    assert "Amount 1.00 SAR: impact no more." in small.words
    assert "No amount in the reporting currency. Amounts in other currencies are not weighed." in none.words


@pytest.mark.parametrize(
    ("tolerable", "deviations", "likelihood"),
    [
        ("0.05", 1, 2),
        ("0.05", 12, 2),  # 12 of 240 is 5 %, what is tolerable
        ("0.05", 13, 3),
        ("0.05", 24, 3),
        ("0.05", 25, 4),
        ("0.05", 48, 4),
        ("0.05", 49, 5),
        ("0", 1, 3),
        ("0", 11, 3),
        ("0", 12, 4),
        ("0", 23, 4),
        ("0", 24, 5),
    ],
)
def test_likelihood_weighs_the_rate_against_the_tolerable_one(tolerable: str, deviations: int, likelihood: int) -> None:
    found = suggest(replace(FACTS, tolerable=Decimal(tolerable), deviations=deviations), Policy())

    assert found is not None
    assert found.likelihood == likelihood


@pytest.mark.parametrize(("days", "likelihood"), [(0, 2), (90, 2), (91, 3)])
def test_what_has_been_open_long_is_likelier(days: int, likelihood: int) -> None:
    found = suggest(replace(FACTS, days_open=days), Policy())

    assert found is not None
    assert found.likelihood == likelihood


def test_likelihood_never_exceeds_five() -> None:
    found = suggest(replace(FACTS, deviations=240, days_open=400), Policy())

    assert found is not None
    assert found.likelihood == 5


@pytest.mark.parametrize(("quarters", "rating"), [(1, "medium"), (2, "high"), (5, "high")])
def test_a_repeat_is_one_level_higher_however_often(quarters: int, rating: str) -> None:
    found = suggest(replace(FACTS, quarters_seen=quarters), Policy())

    assert found is not None
    assert found.rating == rating


@pytest.mark.parametrize(("rating", "raised"), list(zip(RATINGS, ("critical", *RATINGS[:-1]), strict=True)))
def test_the_level_above_each_rating(rating: str, raised: str) -> None:
    assert raised_by_one(rating) == raised


def test_every_step_is_said_in_words() -> None:
    found = suggest(
        replace(FACTS, amount=Decimal("150000"), quarters_seen=3, days_open=120, key_control=False), Policy()
    )

    assert found is not None
    assert found.steps == (
        "Impact 4: the highest severity of 12 confirmed deviations is high.",
        "Not a key control, so that others stand behind it: impact 3.",
        "Amount 150,000.00 SAR: impact no more.",
        "Likelihood 2: 12 of 240 tested, 5.00 %, against a tolerable rate of 5 %.",
        "The oldest has been open for 120 days, over 90: 3.",
        "Impact 3 x likelihood 3 = 9: medium (policy 1).",
        "Repeat, seen in 3 quarters: one level up, medium becomes high.",
        NOT_KNOWN,
    )


def test_before_any_is_confirmed_the_suggestion_is_provisional() -> None:
    found = suggest(replace(FACTS, confirmed=False, deviations=1), Policy())

    assert found is not None
    assert found.steps[0].startswith("Provisional: no deviation is confirmed yet")
    assert "1 exception is high" in found.words


def test_nothing_left_gives_no_suggestion() -> None:
    assert suggest(replace(FACTS, deviations=0), Policy()) is None


def test_the_policy_is_read_from_the_project(tmp_path: Path) -> None:
    text = '[rating]\nversion = "2026-1"\ncritical_from = 25\nhigh_days = 20\namounts = ["1", "2", "3", "4"]\n'
    found = policy(settings(tmp_path, text))

    assert (found.version, found.rating(24), found.days["high"]) == ("2026-1", "high", 20)
    assert found.amounts == tuple(map(Decimal, (1, 2, 3, 4)))
    assert policy(settings(tmp_path, "")) == Policy()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[rating]\nhigh_from = 20\n", "auditkit.toml:2: high_from is 20, critical_from 20"),
        ("[rating]\nversion = '1'\nhigh_days = 91\n", "auditkit.toml:3: high_days is 91, medium_days 90"),
        ("[rating]\nlow_from = 26\n", "auditkit.toml:2: low_from is 26"),
        ('[rating]\namounts = ["1", "2", "3"]\n', "auditkit.toml:2: amounts is ['1', '2', '3']"),
        ('[rating]\namounts = ["1", "2", "2", "3"]\n', "auditkit.toml:2: amounts is ['1', '2', '2', '3']"),
        ('[rating]\namounts = ["1", "2", "3", "4.5"]\n', "auditkit.toml:2: amounts is"),
    ],
)
def test_a_policy_whose_steps_do_not_descend_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        policy(settings(tmp_path, text))

    assert str(caught.value).startswith(words)
