"""
Measure in one run what registering and matching many exceptions costs beside writing the workbook that shows them.

    python benchmarks/register.py [--rows 100000] [--quarters 8] [--decided 50] [--json FILE]

A shop whose every sale is an exception: ROWS of them this quarter, as many in each of QUARTERS earlier ones (nine of
ten the same as the quarter before), and a decision about DECIDED per cent of the last quarter's. The run is a real
one; the steps are timed inside it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import duckdb  # noqa: E402 - after the checkout's own folder is found

from auditkit import (  # noqa: E402
    board_edition,
    earlier_register,
    evidence,
    journal,
    key,
    register,
    registration,
    run,
    seal,
    working_edition,
)
from auditkit import project as projects  # noqa: E402
from auditkit.journal import Entry, Journal  # noqa: E402
from auditkit.key import Key  # noqa: E402
from auditkit.progress import Progress  # noqa: E402

LABEL = "2026-Q3"
AT = dt.datetime(2026, 10, 9, 8)
KEPT = 0.9  # the share of a quarter's exceptions that come again in the next
FILES = {
    "auditkit.toml": f"""\
[organisation]
name = "A large shop"
currency = "EUR"
[run]
quarter = "{LABEL}"
""",
    "controls/contracts/shop.odcs.yaml": """\
apiVersion: v3.2.0
kind: DataContract
id: shop
name: Shop
version: 1.0.0
status: active
description: {purpose: A table to measure with.}
schema:
  - name: sale
    businessName: Sales
    description: One sale.
    properties:
      - {name: sale_id, logicalType: string, physicalType: VARCHAR, primaryKey: true, primaryKeyPosition: 1,
         required: true, classification: C1, description: Number.}
      - {name: seller_id, logicalType: string, physicalType: VARCHAR, classification: C2, description: Who sold.}
      - {name: value, logicalType: number, physicalType: "DECIMAL(18,2)", classification: C1, description: Value.}
""",
    "controls/sales/control.yml": """\
id: SAL
title: Sales
version: 1.0.0
kind: test
objective: Sales stay within their limit.
risk: Loss.
criteria:
  - {id: rule, text: No sale above the limit., source: House rules, article: "4"}
owner: Head of sales
populations:
  sales: {title: Sales, view: sale_in_period, grain: [sale_id], source: sale}
parameters:
  limit: {title: Limit, type: decimal, default: "50", step: "0.01", source_of_default: House rules}
""",
    "controls/sales/sale_in_period.sql": "SELECT sale_id, seller_id, value FROM sale\n",
    "controls/sales/sal_01_limit.sql": """\
SELECT
    sale.sale_id,
    sale.seller_id AS person_id,
    sale.value AS amount,
    CASE WHEN sale.value > $limit THEN 'EXCEPTION' ELSE 'PASS' END AS result
FROM sale_in_period AS sale
""",
    "controls/sales/sal_01_limit.yml": """\
id: SAL-01
title: A sale stays within the limit
population: sales
severity: medium
criteria: [rule]
message: "{person_id} sold for {amount} against the limit {limit}"
not_a_problem_when: The limit was raised for this seller.
cases:
  - name: none
    given:
      sale: |
        sale_id
    expect: none
""",
}
# Step of the table -> the functions that belong to it.
STEPS: tuple[tuple[str, tuple[tuple[Any, str], ...]], ...] = (
    ("read the decisions", ((Journal, "read"),)),
    ("read the history", ((earlier_register, "opened"), (earlier_register, "add_open"))),
    ("make the ids", ((register, "_list"),)),
    (
        "match",
        (
            *((register, name) for name in ("_past", "_carry", "_decide", "_insert", "standings")),
            (registration, "after_review"),
        ),
    ),
    ("write the evidence", ((evidence, "write"),)),
    ("write the board edition", ((board_edition, "write"),)),
    (
        "write the working edition",
        tuple((working_edition, name) for name in ("begun", "write") if hasattr(working_edition, name)),
    ),
)
SUMMED = ("read the history", "make the ids", "match")
OURS, WHOLE = "history, ids and matching", "the whole run"
WORKBOOK = "write the working edition"


@contextmanager
def timed() -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Keep wall and processor seconds of every step of the runs made inside; one inside another counts for itself."""
    wall = {name: 0.0 for name, _ in STEPS}
    processor = dict(wall)
    inside: list[str] = []
    originals: list[tuple[Any, str, Any]] = []

    def wrap(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*given: Any, **named: Any) -> Any:
            began = time.perf_counter(), time.process_time()
            inside.append(step)
            try:
                return function(*given, **named)
            finally:
                inside.pop()
                ended = time.perf_counter(), time.process_time()
                for clock, start, end in zip((wall, processor), began, ended, strict=True):
                    clock[step] += end - start
                    if inside:
                        clock[inside[-1]] -= end - start

        return measured

    for step, functions in STEPS:
        for owner, name in functions:
            original = owner.__dict__[name]
            originals.append((owner, name, original))
            bound = getattr(owner, name)
            made = wrap(step, bound)
            setattr(owner, name, staticmethod(made) if isinstance(owner, type) else made)
    try:
        yield wall, processor
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def items(rows: int, quarter: int) -> range:
    """The numbers of the sales that are exceptions in a quarter, counted from the oldest."""
    start = round(quarter * rows * (1 - KEPT))
    return range(start, start + rows)


def prepare(folder: Path, rows: int, quarters: int, decided: int) -> None:
    """Write the project, its extract, the registers of the earlier quarters and the decisions."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "mappings").mkdir()
    made = key.make(folder / key.FILE)
    project = projects.load(folder / projects.FILE)
    labels = list(reversed(project.quarters.before(LABEL, quarters)))
    for number, label in enumerate(labels):
        _write_register(folder, made, label, items(rows, number))
    last = items(rows, quarters - 1) if quarters else range(0)
    entries = [
        Entry("disposition", _id(made, number), "a run", _decision(number))
        for number in last[: len(last) * decided // 100]
    ]
    Journal.read(folder / "register" / journal.FILE).append(entries, AT)
    extract = folder / "extracts" / LABEL / "sale.parquet"
    extract.parent.mkdir(parents=True)
    sales = items(rows, quarters)
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT 'S-' || LPAD(i::VARCHAR, 9, '0') AS sale_id, 'P' || (i % 997) AS seller_id,
CAST(50 + i % 900 + 0.01 AS DECIMAL(18, 2)) AS value FROM RANGE({sales.start}, {sales.stop}) AS numbers(i))
TO '{extract}' (FORMAT parquet)"""
        )


def _id(made: Key, number: int) -> str:
    return made.exception_id("SAL", "SAL-01", f"sale_id=S-{number:09d}")


def _decision(number: int) -> dict[str, str]:
    return {
        "disposition": ("confirmed deviation", "false positive (data)", "justified (approved exemption)")[number % 3],
        "reason_code": "approved exemption",
        "explanation": f"The limit was raised for this seller, see file {number}.",
        "preparer": "P. Preparer",
        "prepared_on": "2026-07-10",
        "reviewer": "R. Reviewer",
        "reviewed_on": "2026-07-12",
        "expires_on": "2026-12-31",
    }


def _write_register(folder: Path, made: Key, label: str, numbers: range) -> None:
    """Write what the run of an earlier quarter left of its register."""
    place = folder / "output" / label / "20200101T080000Z" / "evidence"
    (place / "results").mkdir(parents=True)
    about = {"run": {"id": "20200101T080000Z", "selection": ""}, "summary": [], "missing_shares": {}}
    content = about | {"register": {"key": made.fingerprint, "quarters": []}}
    (place / evidence.MANIFEST).write_bytes(seal.sealed(content))
    known = {
        "control_id": "'SAL'",
        "attribute_id": "'SAL-01'",
        "population": "'sales'",
        "item": "'sale_id=S-' || LPAD(i::VARCHAR, 9, '0')",
        "severity": "'medium'",
        "result": "'EXCEPTION'",
        "why": "'P' || (i % 997) || ' sold for too much'",
        "state": "'repeat'",
        "late_arriving": "FALSE",
        "facts": "SUBSTR(SHA256(i::VARCHAR), 1, 16)",
        "restricted": "FALSE",
        "exception_id": "id",
    }
    columns = ", ".join(f"CAST({known.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in register.COLUMNS)
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT {columns} FROM (SELECT UNNEST($ids) AS id, UNNEST($numbers) AS i))
TO '{place / "results" / evidence.REGISTER}' (FORMAT parquet, COMPRESSION zstd)""",
            {"ids": [_id(made, number) for number in numbers], "numbers": list(numbers)},
        )


def measure(rows: int, quarters: int, decided: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return wall and processor seconds of every step of one run, and of the whole."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, rows, quarters, decided)
        project = projects.load(folder / projects.FILE)
        with timed() as (wall, processor):
            began = time.perf_counter(), time.process_time()
            outcome = run.run(project, run.Options(LABEL, declared_at=AT), Progress())
            wall[WHOLE], processor[WHOLE] = time.perf_counter() - began[0], time.process_time() - began[1]
        standing = outcome.run.register["SAL-01"]
        if standing.listed != rows:
            raise AssertionError(f"{standing.listed} of {rows} exceptions are in the register")
        for clock in (wall, processor):
            clock[OURS] = sum(clock[step] for step in SUMMED)
        return wall, processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--quarters", type=int, default=8)
    parser.add_argument("--decided", type=int, default=50, help="per cent of the last quarter's exceptions")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    wall, processor = measure(given.rows, given.quarters, given.decided)
    print(f"{given.rows:,} exceptions, {given.quarters} quarters of history, {given.decided} % decided")
    print(f"{'step':<28}{'wall s':>9}{'processor s':>13}{'to the working edition':>24}")
    for step, spent in processor.items():
        print(f"{step:<28}{wall[step]:>9.2f}{spent:>13.2f}{spent / processor[WORKBOOK]:>24.2f}")
    if given.json:
        given.json.write_text(
            json.dumps({"rows": given.rows, "wall": wall, "processor": processor}, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
