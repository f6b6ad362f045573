"""What a run takes over from the quarter before: figures, and how many values were missing then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small import CONTRACT, write_controls

from auditkit import project as projects
from auditkit.errors import RunError
from auditkit.progress import Progress
from auditkit.run import Options, Outcome, run

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

TOML = """\
[organisation]
name = "A small shop"
currency = "EUR"
[run]
quarter = "2026-Q3"
[worker]
memory = "300MB"
[reliability]
null_share = "0.5"
null_rise = "0.05"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project in which every sale must name its seller, with two quarters of ten sales each."""
    seller = "{name: seller_id, logicalType: string, physicalType: VARCHAR, "
    write_controls(tmp_path, contract=CONTRACT.replace(seller, seller + "required: true, "))
    (tmp_path / "auditkit.toml").write_text(TOML, encoding="utf-8")
    deliver(tmp_path, "2026-Q2", without_seller=1)
    return tmp_path


def deliver(shop: Path, quarter: str, *, without_seller: int) -> None:
    folder = shop / "extracts" / quarter
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"S{number},{'' if number < without_seller else 'P1'},60.00" for number in range(10)]
    (folder / "sale.csv").write_text("\n".join(["sale_id,seller_id,value", *rows]) + "\n", encoding="utf-8")


def run_quarter(shop: Path, quarter: str, *select: str) -> Outcome:
    return run(projects.load(shop / "auditkit.toml"), Options(quarter, select), Progress())


def presence(outcome: Outcome) -> tuple[str, str]:
    (check,) = (c for c in outcome.run.reliability.checks if (c.id, c.subject) == ("IPE-08", "sale.seller_id"))
    return check.status, check.detail


def test_missing_values_are_judged_against_the_quarter_before(shop: Path) -> None:
    assert presence(run_quarter(shop, "2026-Q2"))[0] == "limitation"

    deliver(shop, "2026-Q3", without_seller=1)
    assert presence(run_quarter(shop, "2026-Q3"))[0] == "limitation"

    deliver(shop, "2026-Q3", without_seller=2)
    status, detail = presence(run_quarter(shop, "2026-Q3"))
    assert status == "failed"
    assert "last quarter 10.00% were missing" in detail


def test_only_whole_runs_of_the_quarter_before_count(shop: Path) -> None:
    run_quarter(shop, "2026-Q2", "SAL-01")
    deliver(shop, "2026-Q3", without_seller=5)
    outcome = run_quarter(shop, "2026-Q3")

    assert outcome.run.previous == ()
    assert presence(outcome)[0] == "limitation"


def test_the_figures_of_the_quarter_before_are_those_it_showed(shop: Path) -> None:
    earlier = run_quarter(shop, "2026-Q2")
    deliver(shop, "2026-Q3", without_seller=0)
    (before,) = run_quarter(shop, "2026-Q3").run.previous

    assert (before.quarter, before.run_id) == ("2026-Q2", earlier.run.id)
    assert before.rows["SAL", "sales"]["exceptions"] == 10


@pytest.mark.parametrize("text", ["{", '{"run": {"selection": ""}}', "[]", "\xff"])
def test_a_damaged_manifest_is_named_before_anything_is_run(shop: Path, text: str) -> None:
    folder = run_quarter(shop, "2026-Q2").folder
    (folder / "evidence" / "manifest.json").write_text(text, encoding="latin-1")
    deliver(shop, "2026-Q3", without_seller=0)

    with pytest.raises(RunError, match="manifest of an earlier quarter cannot be read") as told:
        run_quarter(shop, "2026-Q3")

    assert str(told.value.path).startswith("output/2026-Q2/")
    assert not (shop / "output" / "2026-Q3").exists()


def test_the_shares_of_missing_values_stand_in_the_manifest(shop: Path) -> None:
    folder = run_quarter(shop, "2026-Q2").folder
    content = json.loads((folder / "evidence" / "manifest.json").read_text(encoding="utf-8"))

    assert content["missing_shares"] == {"sale.seller_id": "0.1"}
