"""What stands behind one exception: everything from the run that lists it, and nothing of restricted controls."""

from __future__ import annotations

from pathlib import Path

import command
import duckdb
import pytest
from desk import PLANTED, edit, make

REGISTER = "evidence/results/register_item.parquet"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The small desk, with the run of its quarter."""
    root = make(tmp_path)
    assert command.auditkit(root, "run").returncode == 0
    return root


def id_of(root: Path, item: str) -> str:
    (path,) = root.glob(f"output/2026-Q3/*/{REGISTER}")
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT exception_id FROM '{path}' WHERE item = ?", [item]).fetchone()
    assert found
    return str(found[0])


def words(text: str) -> str:
    return " ".join(text.split())


def test_sentence_row_limit_sql_and_the_place_in_the_extract_are_told(root: Path) -> None:
    done = command.auditkit(root, "explain", id_of(root, "sale_id=S-0002").lower())

    assert done.returncode == 0
    said = words(done.stdout)
    assert "Sentence SELLEROVA sold for 50.01" in said
    assert "Standing open" in said
    assert "amount 50.01" in said
    assert "sale sale_id sale.csv: row 3" in said
    assert "sale_limit 50" in said
    assert "WHEN value > $sale_limit THEN 'EXCEPTION'" in said
    assert "Views it reads (--views prints them): sale_in_period" in said
    assert PLANTED not in done.stdout + done.stderr


def test_definitions_and_limits_are_those_of_the_run_whatever_the_project_says_now(root: Path) -> None:
    known = id_of(root, "sale_id=S-0002")
    edit(root, "controls/sales/control.yml", 'default: "50"', 'default: "70"')
    edit(root, "controls/sales/sal_01_limit.sql", "value > $sale_limit", "value >= $sale_limit")

    said = words(command.auditkit(root, "explain", known, "--views").stdout)

    assert "sale_limit 50" in said
    assert "WHEN value > $sale_limit" in said
    assert "view sale_in_period SELECT sale_id, seller_id, value FROM sale" in said


def test_rows_of_an_extract_that_changed_are_not_shown_for_those_of_the_run(root: Path) -> None:
    known = id_of(root, "sale_id=S-0002")
    edit(root, "extracts/2026-Q3/sale.csv", "S-0001", "S-0009")

    done = command.auditkit(root, "explain", known)

    assert done.returncode == 0
    assert "the extract is gone or not the one of the run: sale.csv" in done.stdout
    assert "sale.csv: row" not in done.stdout


def test_an_id_that_no_open_register_has_is_told_the_same_whatever_it_is(root: Path) -> None:
    unknown = command.auditkit(root, "explain", "AAAAAAAAAAAA")
    elsewhere = command.auditkit(root, "explain", id_of(root, "sale_id=S-0002"), "--run", "20200101T000000Z")

    assert (unknown.returncode, elsewhere.returncode) == (2, 2)
    assert "there is no open exception AAAAAAAAAAAA in any run" in unknown.stderr
    assert "in run 20200101T000000Z" in elsewhere.stderr
