"""
Make a project folder with the extracts of one quarter, as large as wanted, to measure auditkit on.

    python benchmarks/generate.py FOLDER --payroll-lines 10000000 --orders 1000000 --employees 100000

The folder holds auditkit.toml, the controls of this checkout (a link), extracts/2026-Q3/*.parquet with delivery notes,
and a passphrase for the restricted edition. Nobody in it exists. Same numbers and seed, same tables.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import business, organisation  # noqa: E402 - found beside this file, wherever it is started from
from benchmarks.organisation import Size  # noqa: E402

QUARTER = "2026-Q3"
PROJECT = """# A made-up organisation of {employees:,} employees, {orders:,} orders and {lines:,} payroll lines.
[organisation]
name = "Benchmark organisation"
currency = "SAR"
time_zone = "Asia/Riyadh"
weekend = ["friday", "saturday"]

[run]
quarter = "{quarter}"
policy_pack = "zatca_zero"
cut_off_days = 7

[folders]
controls = "controls"
extracts = "extracts"
output = "output"

[restricted]
passphrase_file = "passphrase.txt"
"""
NOTE = """system: benchmark
report: {entity}
filters: none
user: generator
extracted_at: 2026-10-08 05:30:00
period: {{start: 2026-07-01, end: 2026-10-01}}
rows: {rows}
sha256: {sha256}
control_totals:
  - {{entity: {entity}, measure: rows, value: "{rows}", source: "the generator's count", source_query: independent}}
"""


def make(folder: Path, size: Size, *, csv: tuple[str, ...] = ()) -> dict[str, int]:
    """Make the project in `folder` and return entity -> rows; the entities in `csv` come as CSV, others as Parquet."""
    extracts = folder / "extracts" / QUARTER
    extracts.mkdir(parents=True, exist_ok=True)
    project = PROJECT.format(employees=size.employees, orders=size.orders, lines=size.payroll_lines, quarter=QUARTER)
    (folder / "auditkit.toml").write_text(project, encoding="utf-8")
    for name, secret in (("passphrase.txt", "benchmark passphrase"), ("auditkit.key", "be" * 32)):
        (folder / name).write_text(f"{secret}\n", encoding="utf-8")
        (folder / name).chmod(0o600)
    if not (folder / "controls").exists():
        (folder / "controls").symlink_to(HERE.parent / "controls", target_is_directory=True)
    rows = {}
    with duckdb.connect() as connection:
        for macro in organisation.macros(size):
            connection.execute(macro)
        for entity, select in {**organisation.tables(size), **business.tables(size)}.items():
            rows[entity] = _write(connection, extracts, entity, select, csv=entity in csv)
    return rows


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, entity: str, select: str, *, csv: bool) -> int:
    path = folder / (f"{entity}.csv" if csv else f"{entity}.parquet")
    form = "FORMAT csv, HEADER" if csv else "FORMAT parquet, COMPRESSION zstd"
    ((rows,),) = connection.execute(f"COPY ({select}) TO '{path}' ({form})").fetchall()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    note = NOTE.format(entity=entity, rows=rows, sha256=sha256)
    path.with_name(path.name + ".delivery.yml").write_text(note, encoding="utf-8")
    return int(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--payroll-lines", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--employees", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--csv", action="append", default=[], metavar="ENTITY", help="deliver this table as CSV")
    given = parser.parse_args()
    size = Size(given.payroll_lines, given.orders, given.employees, given.seed)
    for entity, rows in make(given.folder, size, csv=tuple(given.csv)).items():
        print(f"{entity:<22}{rows:>12,}")


if __name__ == "__main__":
    main()
