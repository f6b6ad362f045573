"""The sample organisation: exactly what was planted is found, in every quarter, no more and no fewer."""

import csv
from pathlib import Path

import duckdb
import pytest
from conftest import DECLARED, PASSPHRASE, ROOT, sample_project

from auditkit import evidence
from auditkit.progress import Progress
from auditkit.run import Options, run

QUARTERS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
Found = set[tuple[str, str, str]]


def answer_key(quarter: str) -> tuple[Found, Found]:
    """Return the planted items (attribute, item, result) to be found, and those to be left alone."""
    with (ROOT / "sample_data" / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["quarter"] == quarter]
    shown = {
        (row["attribute"], row["item"], row["result"])
        for row in rows
        if row["kind"] in ("exception", "review", "not_tested")
    }
    innocent = {(row["attribute"], row["item"], row["result"]) for row in rows} - shown
    return shown, innocent


def results_of(quarter: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Found, Found]:
    """Run the quarter and return all outstanding items, and all other items with their results."""
    outstanding: Found = set()
    others: Found = set()

    def read(part: Path, connection: duckdb.DuckDBPyConnection, results: object, content: object) -> list[Path]:
        rows = connection.execute("SELECT attribute_id, item, CONCAT_WS(':', result, reason) FROM outstanding_item")
        outstanding.update(rows.fetchall())
        for control in catalogue_controls:
            for attribute in control.attributes:
                grain = control.populations[attribute.population].grain
                item = ", ', ', ".join(f"'{name}=', \"{name}\"" for name in grain)
                sql = f"SELECT '{attribute.id}', CONCAT({item}), CONCAT_WS(':', result, reason) FROM \"{attribute.table}\""
                others.update(row for row in connection.execute(sql).fetchall() if row not in outstanding)
        return real(part, connection, results, content)  # type: ignore[arg-type]

    from auditkit.catalogue import load_catalogue

    catalogue_controls = load_catalogue(ROOT / "controls").controls
    real = evidence.write
    monkeypatch.setattr(evidence, "write", read)
    project = sample_project(folder / "output")
    run(project, Options(quarter, passphrase=PASSPHRASE, declared_at=DECLARED), Progress())
    return outstanding, others


@pytest.mark.parametrize("quarter", QUARTERS)
def test_exactly_what_was_planted_is_found(quarter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted, innocent = answer_key(quarter)
    outstanding, others = results_of(quarter, tmp_path, monkeypatch)

    assert sorted(planted - outstanding) == []
    assert sorted(outstanding - planted) == []
    assert sorted(item for item in innocent if item not in others) == []
