"""The generator of the benchmarks: what it makes goes through a run without loss."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import duckdb

from auditkit import project as projects
from auditkit.progress import Progress
from auditkit.run import Options, run

ROOT = Path(__file__).parent.parent


def generate(folder: Path, *, seed: int = 1, csv: tuple[str, ...] = ()) -> dict[str, int]:
    generator: dict[str, Any] = runpy.run_path(str(ROOT / "benchmarks" / "generate.py"))
    made: dict[str, int] = generator["make"](folder, generator["Size"](700, 400, 60, seed), csv=csv)
    return made


def lines(folder: Path) -> list[tuple[object, ...]]:
    path = folder / "extracts" / "2026-Q3" / "purchase_order.parquet"
    return duckdb.connect().execute(f"SELECT * FROM '{path}' ORDER BY ALL").fetchall()


def test_a_generated_project_is_run_from_end_to_end(tmp_path: Path) -> None:
    rows = generate(tmp_path, csv=("purchase_order",))
    project = projects.load(tmp_path / projects.FILE)
    outcome = run(project, Options(passphrase="benchmark passphrase"), Progress())

    loaded = {e.entity: e.loaded for extract in outcome.run.extracts.loaded for e in extract.entities}
    assert loaded == rows
    assert outcome.run.extracts.failed == ()
    assert {control.control.id for control in outcome.run.controls} == {"COI", "GFT", "PAY", "REC"}
    found = [population for control in outcome.run.controls for population in control.populations]
    assert all(a.digest for population in found for a in population.attributes)
    assert any(population.counts.exceptions for population in found)
    assert any(path.name.startswith("restricted") for path in outcome.files)


def test_sizes_are_kept_and_the_same_seed_makes_the_same_tables(tmp_path: Path) -> None:
    rows = generate(tmp_path / "one")
    assert generate(tmp_path / "two") == rows
    generate(tmp_path / "three", seed=2)

    assert (rows["payroll_line"], rows["purchase_order"], rows["employee"]) == (700, 400, 60)
    assert lines(tmp_path / "one") == lines(tmp_path / "two")
    assert lines(tmp_path / "one") != lines(tmp_path / "three")
