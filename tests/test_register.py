"""The register: every exception known again in the next quarter, with its history, its state and its disposition."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command import auditkit
from rich.console import Console
from shop import deliver, open_shop, set_limit
from small import ATTRIBUTE

from auditkit import project as projects
from auditkit.console import summary_table
from auditkit.errors import AuditkitError, RegisterError
from auditkit.journal import FILE, Entry, Journal
from auditkit.progress import Progress
from auditkit.register import NONE, STANDINGS, Standing
from auditkit.run import Options, Outcome, run

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

Row = Mapping[str, Any]
AT = dt.datetime(2026, 10, 12)


def run_at(shop: Path, quarter: str, *select: str, declared: dt.datetime | None = None) -> Outcome:
    """Run a quarter on the ninth day after it."""
    project = projects.load(shop / "auditkit.toml")
    moment = declared or dt.datetime.combine(project.period(quarter).last_day, dt.time(8)) + dt.timedelta(days=9)
    return run(project, Options(quarter, select, declared_at=moment), Progress())


def quarter(shop: Path, label: str, *select: str, **sales: str) -> dict[str, Row]:
    """Deliver and run a quarter; return the register by sale."""
    deliver(shop, label, sales)
    return rows(run_at(shop, label, *select))


def rows(outcome: Outcome) -> dict[str, Row]:
    """The register in the evidence, by the sale of each row."""
    path = outcome.folder / "evidence" / "results" / "register_item.parquet"
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description or ()]
        return {
            row["item"].removeprefix("sale_id="): row
            for row in (dict(zip(names, values, strict=True)) for values in found.fetchall())
        }


def states(found: Mapping[str, Row]) -> dict[str, str]:
    return {name: row["state"] for name, row in found.items()}


def decide(shop: Path, row: Row, disposition: str, **fields: str) -> None:
    """Record what a reviewer decided about a row of the register."""
    content = {"disposition": disposition, "preparer": "P", "reviewer": "R", "facts": row["facts"], **fields}
    path = projects.load(shop / "auditkit.toml").register / FILE
    Journal.read(path).append([Entry("disposition", row["exception_id"], "a run", content)], AT)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return open_shop(tmp_path)


def test_the_first_quarter_knows_only_new_exceptions(shop: Path) -> None:
    found = quarter(shop, "2026-Q1", a="50.00", b="50.01", c="")

    assert states(found) == {"B": "new"}
    row = found["B"]
    assert (row["result"], row["severity"], row["standing"]) == ("EXCEPTION", "medium", "open")
    assert (row["first_quarter"], row["last_quarter"], row["quarters_seen"], row["age_days"]) == (
        "2026-Q1",
        "2026-Q1",
        1,
        0,
    )
    assert row["why"] == "50.01 against the limit 50"
    assert row["disposition"] is None
    assert row["restricted"] is False


def test_each_later_state_has_its_cause(shop: Path) -> None:
    quarter(shop, "2026-Q1", stays="60", mended="60", gone="60", unknown="60")
    found = quarter(shop, "2026-Q2", stays="61", mended="50", unknown="", fresh="70")

    assert states(found) == {
        "STAYS": "repeat",
        "MENDED": "cleared",
        "GONE": "out of period",
        "UNKNOWN": "not tested again",
        "FRESH": "new",
    }
    assert {name: row["result"] for name, row in found.items()} == {
        "STAYS": "EXCEPTION",
        "MENDED": "PASS",
        "GONE": None,
        "UNKNOWN": "NOT_TESTED",
        "FRESH": "EXCEPTION",
    }
    assert {name: row["quarters_seen"] for name, row in found.items() if row["first_quarter"] == "2026-Q1"} == {
        "STAYS": 2,
        "MENDED": 1,
        "GONE": 1,
        "UNKNOWN": 1,
    }
    assert {row["age_days"] for name, row in found.items() if name != "FRESH"} == {91}
    assert found["GONE"]["why"] == "60.00 against the limit 50"


def test_an_id_is_the_same_in_every_quarter_whatever_the_sentence_says(shop: Path) -> None:
    one = quarter(shop, "2026-Q1", a="60")["A"]
    set_limit(shop, "55")
    two = quarter(shop, "2026-Q2", a="61")["A"]

    assert one["exception_id"] == two["exception_id"]
    assert one["facts"] != two["facts"]
    assert two["facts_changed"] is False


def test_what_comes_back_after_it_was_cleared_is_reopened(shop: Path) -> None:
    found = [
        quarter(shop, label, a=value, b="60")
        for label, value in (("2026-Q1", "60"), ("2026-Q2", "50"), ("2026-Q3", "50"), ("2026-Q4", "60"))
    ]

    assert [each.get("A", {}).get("state") for each in found] == ["new", "cleared", None, "reopened"]
    assert (found[3]["A"]["quarters_seen"], found[3]["A"]["first_quarter"]) == (2, "2026-Q1")
    assert found[3]["A"]["age_days"] == (dt.date(2026, 12, 31) - dt.date(2026, 3, 31)).days


def test_what_comes_back_without_ever_having_passed_is_a_repeat(shop: Path) -> None:
    found = [quarter(shop, "2026-Q1", a="60"), quarter(shop, "2026-Q2", b="1"), quarter(shop, "2026-Q3", b="1")]
    found.append(quarter(shop, "2026-Q4", a="60"))

    # Nobody decided about it, so it stays listed while it lies outside the period.
    assert [each["A"]["state"] for each in found] == ["new", "out of period", "out of period", "repeat"]
    assert found[3]["A"]["quarters_seen"] == 2


def test_what_was_decided_and_lies_outside_the_period_is_listed_once_more(shop: Path) -> None:
    first = quarter(shop, "2026-Q1", a="60", b="60")
    decide(shop, first["A"], "confirmed deviation")
    found = [quarter(shop, label, c="1") for label in ("2026-Q2", "2026-Q3")]

    assert states(found[0]) == {"A": "out of period", "B": "out of period"}
    assert states(found[1]) == {"B": "out of period"}
    assert found[0]["A"]["standing"] == "confirmed"


def test_a_quarter_that_was_not_run_is_a_gap(shop: Path) -> None:
    quarter(shop, "2025-Q4", a="60", b="60")
    found = quarter(shop, "2026-Q2", a="60", b="1")

    assert states(found) == {"A": "repeat", "B": "cleared"}
    assert found["A"]["quarters_seen"] == 2
    assert found["A"]["age_days"] == (dt.date(2026, 6, 30) - dt.date(2025, 12, 31)).days


@pytest.mark.slow
def test_many_quarters_are_counted(shop: Path) -> None:
    labels = [f"{year}-Q{n}" for year in (2024, 2025, 2026) for n in (1, 2, 3, 4)][:10]
    for number, label in enumerate(labels):
        found = quarter(shop, label, always="60", sometimes="60" if number % 2 else "1")

    assert found["ALWAYS"]["quarters_seen"] == 10
    assert found["SOMETIMES"]["quarters_seen"] == 5
    assert states(found) == {"ALWAYS": "repeat", "SOMETIMES": "reopened"}


def test_the_last_whole_run_of_a_quarter_is_its_history(shop: Path) -> None:
    quarter(shop, "2026-Q1", a="60", b="60")
    deliver(shop, "2026-Q1", {"a": "60", "b": "1"})
    run_at(shop, "2026-Q1", declared=dt.datetime(2026, 4, 20))
    deliver(shop, "2026-Q1", {"a": "1", "b": "1"})
    partial = rows(run_at(shop, "2026-Q1", "SAL-01", declared=dt.datetime(2026, 4, 21)))

    assert partial == {}
    assert states(quarter(shop, "2026-Q2", a="60", b="60")) == {"A": "repeat", "B": "new"}


def test_a_run_of_a_selection_meets_the_history_of_what_it_tests_alone(shop: Path) -> None:
    add_attribute(shop, "SAL-02")
    first = run_at_with(shop, "2026-Q1", a="60")
    second = run_at_with(shop, "2026-Q2", "SAL-02", a="60")

    assert {row["attribute_id"] for row in first} == {"SAL-01", "SAL-02"}
    assert [(row["attribute_id"], row["state"]) for row in second] == [("SAL-02", "repeat")]


def run_at_with(shop: Path, label: str, *select: str, **sales: str) -> list[Row]:
    deliver(shop, label, sales)
    return every_row(run_at(shop, label, *select))


def every_row(outcome: Outcome) -> list[Row]:
    path = outcome.folder / "evidence" / "results" / "register_item.parquet"
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?) ORDER BY attribute_id, item", [str(path)])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def add_attribute(shop: Path, name: str) -> None:
    folder = shop / "controls" / "sales"
    stem = name.lower().replace("-", "_") + "_copy"
    (folder / f"{stem}.sql").write_text((folder / "sal_01_limit.sql").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / f"{stem}.yml").write_text(ATTRIBUTE.replace("SAL-01", name), encoding="utf-8")


def test_an_attribute_that_was_renamed_has_new_ids_and_the_old_ones_end(shop: Path) -> None:
    run_at_with(shop, "2026-Q1", a="60")
    folder = shop / "controls" / "sales"
    add_attribute(shop, "SAL-07")
    (folder / "sal_01_limit.sql").unlink()
    (folder / "sal_01_limit.yml").unlink()
    found = run_at_with(shop, "2026-Q2", a="60")

    assert [(row["attribute_id"], row["state"], row["result"]) for row in found] == [
        ("SAL-01", "not tested again", "NOT_TESTED"),
        ("SAL-07", "new", "EXCEPTION"),
    ]
    decide(shop, found[0], "confirmed deviation")
    assert [row["attribute_id"] for row in run_at_with(shop, "2026-Q3", a="60")] == ["SAL-07"]


def test_standings_count_attributes_and_distinct_items(shop: Path) -> None:
    add_attribute(shop, "SAL-02")
    first = run_at_with(shop, "2026-Q1", a="60", b="60", c="60", d="60")
    by = {(row["attribute_id"], row["item"][-1]): row for row in first}
    decide(shop, by["SAL-01", "A"], "confirmed deviation")
    decide(shop, by["SAL-02", "A"], "confirmed deviation")
    decide(shop, by["SAL-01", "B"], "confirmed deviation")
    deliver(shop, "2026-Q2", {"a": "60", "b": "60", "c": "1", "e": "60"})
    outcome = run_at(shop, "2026-Q2")

    register = outcome.run.register
    assert register["SAL-01"] == Standing(
        new=1, repeat=2, cleared=1, out_of_period=1, open=1, confirmed=2, carried_open=1
    )
    assert register["SAL-02"] == Standing(
        new=1, repeat=2, cleared=1, out_of_period=1, open=2, confirmed=1, carried_open=1
    )
    # B is confirmed under one attribute and open under the other: it counts once, as open.
    assert register["SAL/sales"] == Standing(
        new=1, repeat=2, cleared=1, out_of_period=1, open=2, confirmed=1, carried_open=1
    )
    assert outcome.run.restricted_register == {}


def test_what_has_nothing_in_the_register_stands_there_with_nothing(shop: Path) -> None:
    deliver(shop, "2026-Q1", {"a": "1"})

    assert run_at(shop, "2026-Q1").run.register == {"SAL-01": NONE, "SAL/sales": NONE}


@pytest.mark.parametrize(
    ("disposition", "standing"),
    [
        ("in review", "in review"),
        ("confirmed deviation", "confirmed"),
        ("false positive (data)", "false positive"),
        ("false positive (logic)", "false positive"),
        ("justified (approved exemption)", "justified"),
        ("duplicate", "duplicate"),
        ("referred to investigation", "referred"),
    ],
)
def test_a_disposition_holds_over_later_quarters(shop: Path, disposition: str, standing: str) -> None:
    row = quarter(shop, "2026-Q1", a="60")["A"]
    decide(shop, row, disposition, expires_on="2026-12-31", reason_code="approved exemption", reviewed_on="2026-04-12")
    found = quarter(shop, "2026-Q3", a="60")["A"]

    assert standing in STANDINGS
    assert (found["standing"], found["disposition"], found["reason_code"]) == (
        standing,
        disposition,
        "approved exemption",
    )
    assert (found["reviewed_on"], found["expires_on"]) == (dt.date(2026, 4, 12), dt.date(2026, 12, 31))
    assert found["facts_changed"] is False
    assert found["explanation"] is None


@pytest.mark.parametrize(("until", "standing"), [("2026-06-30", "justified"), ("2026-06-29", "expired")])
def test_a_justification_ends_with_its_last_day(shop: Path, until: str, standing: str) -> None:
    row = quarter(shop, "2026-Q1", a="60")["A"]
    decide(shop, row, "justified (approved exemption)", expires_on=until)
    outcome_rows = quarter(shop, "2026-Q2", a="60")

    assert outcome_rows["A"]["standing"] == standing


def test_changed_facts_are_told_beside_the_decision(shop: Path) -> None:
    row = quarter(shop, "2026-Q1", a="60")["A"]
    decide(shop, row, "false positive (data)", expires_on="2026-12-31")
    deliver(shop, "2026-Q2", {"a": "61"})
    outcome = run_at(shop, "2026-Q2")

    assert rows(outcome)["A"]["facts_changed"] is True
    assert outcome.run.register["SAL-01"] == Standing(repeat=1, false_positive=1, facts_changed=1)


def test_another_key_is_refused_and_a_new_beginning_is_possible(shop: Path) -> None:
    quarter(shop, "2026-Q1", a="60")
    (shop / "auditkit.key").write_text("01" * 32, encoding="ascii")
    with pytest.raises(RegisterError, match="2026-Q1 was run with another key") as raised:
        quarter(shop, "2026-Q2", a="60")
    assert 'begins = "2026-Q2"' in str(raised.value)

    toml = shop / "auditkit.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '[register]\nbegins = "2026-Q2"\n', encoding="utf-8")
    assert states(quarter(shop, "2026-Q2", a="60")) == {"A": "new"}


def test_a_register_that_is_lost_or_no_register_is_named(shop: Path) -> None:
    deliver(shop, "2026-Q1", {"a": "60"})
    path = run_at(shop, "2026-Q1").folder / "evidence" / "results" / "register_item.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(RegisterError, match="the register of 2026-Q1 cannot be read"):
        quarter(shop, "2026-Q2", a="60")
    path.unlink()
    with pytest.raises(RegisterError, match="the register of 2026-Q1 is not there"):
        quarter(shop, "2026-Q2", a="60")


def test_a_journal_that_does_not_hold_stops_the_run(shop: Path) -> None:
    row = quarter(shop, "2026-Q1", a="60")["A"]
    decide(shop, row, "in review")
    path = shop / "register" / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("in review", "duplicate"), encoding="utf-8")

    with pytest.raises(AuditkitError, match="the journal does not hold"):
        quarter(shop, "2026-Q2", a="60")


def test_the_manifest_names_the_key_by_its_fingerprint_and_the_history(shop: Path) -> None:
    deliver(shop, "2026-Q1", {"a": "60"})
    deliver(shop, "2026-Q2", {"a": "60"})
    first, second = run_at(shop, "2026-Q1"), run_at(shop, "2026-Q2")

    assert first.run.manifest["register"]["quarters"] == []
    assert second.run.manifest["register"]["quarters"] == ["2026-Q1"]
    for path in (first.folder / "evidence").rglob("*"):
        assert path.is_dir() or b"5a" * 32 not in path.read_bytes()


def test_the_terminal_and_json_show_both_conclusions(shop: Path) -> None:
    first = quarter(shop, "2026-Q2", a="60", b="60", c="60", d="10")
    decide(shop, first["A"], "false positive (data)", expires_on="2026-12-31")
    decide(shop, first["B"], "confirmed deviation")
    deliver(shop, "2026-Q3", {"a": "60", "b": "60", "e": "60", "d": "10"})

    half = json.loads(auditkit(shop, "run", "--format", "json").stdout)["controls"][0]
    table = auditkit(shop, "run").stdout
    new = rows(run_at(shop, "2026-Q3"))["E"]
    decide(shop, new, "justified (approved exemption)", expires_on="2026-12-31")
    done = json.loads(auditkit(shop, "run", "--format", "json").stdout)["controls"][0]

    assert half["register"] == {
        "new": 1,
        "repeat": 2,
        "reopened": 0,
        "open": 1,
        "confirmed": 1,
        "suppressed": 1,
        "referred": 0,
        "cleared": 0,
        "out_of_period": 1,
        "not_tested_again": 0,
    }
    assert half["conclusion"] == done["conclusion"] == "exceptions awaiting review (3)"
    assert half["conclusion_after_review"] == "not concluded (review incomplete: 1 of 3 open); suppressed: 1"
    assert done["conclusion_after_review"] == (
        "not effective (1 of 4 confirmed, 25.00 %; tolerable 5 %); suppressed: 2"
    )
    assert "Review incomplete: 1 of 3 exceptions and items for review are open. Files:" in table
    assert "not concluded (review incomplete: 1 of 3 open)" in table


def test_a_narrow_terminal_has_the_review_below_the_population() -> None:
    row = {
        "control": "SAL",
        "title": "Sales",
        "items": 4000,
        "tested": 4000,
        "exceptions": 3,
        "review": 0,
        "not_tested": 0,
        "concluded": True,
        "conclusion": "exceptions awaiting review (3)",
        "conclusion_after_review": "effective; suppressed: 3",
        "register": {"new": 1, "repeat": 1, "reopened": 1, "open": 0},
    }
    shown = io.StringIO()
    Console(width=100, file=shown).print(summary_table([row], [("RPT", "A fixed line.")], 100))
    said = [line.rstrip() for line in shown.getvalue().splitlines()]

    assert max(map(len, said)) <= 100
    assert [line.strip() for line in said if "> " in line] == [
        "> before review: exceptions awaiting review (3)",
        "> 1 new, 2 repeat, 0 open",
        "> after review: effective; suppressed: 3",
        "> A fixed line.",
    ]
