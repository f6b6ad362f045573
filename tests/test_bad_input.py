"""Bad input, at the command line: one clear message, no traceback, nothing half-written, every row still counted."""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import openpyxl
import pytest
from desk import contents
from small import QUERY, write_controls

from auditkit import cli

TOML = (
    '[organisation]\nname = "A small shop"\ncurrency = "EUR"\n[run]\nquarter = "2026-Q3"\n[worker]\nmemory = "300MB"\n'
)
SALES = "sale_id,seller_id,value,secret\na,P1,50.00,x\nb,P2,50.01,y\nc,P3,10.00,z\n"
NOTE = "system: Till\nrows: 3\n"
MAPPING = 'file: "refund*.csv"\nentities:\n  refund:\n    columns:\n      refund_id: {from: refund_id}\n      sale_id: {from: sale_id}\n'
SECOND = {
    "control": "id: REF\ntitle: Refunds\nversion: 1.0.0\nkind: test\nobjective: Refunds are in order.\nrisk: Loss.\n"
    "criteria:\n  - {id: rule, text: In order., source: House rules, article: '5'}\nowner: Head\n"
    "populations:\n  refunds: {title: Refunds, view: refund_in_period, grain: [refund_id], source: refund}\n",
    "population": "SELECT refund_id, sale_id FROM refund",
    "query": "SELECT refund_id, CASE WHEN sale_id = 'A' THEN 'EXCEPTION' ELSE 'PASS' END AS result FROM refund_in_period\n",
    "attribute": "id: REF-01\ntitle: A refund is of another sale\npopulation: refunds\nseverity: low\ncriteria: [rule]\n"
    "message: a refund\nnot_a_problem_when: Never.\ncases:\n  - name: one\n    given:\n      refund: |\n        refund_id\n    expect: none\n",
}


@dataclass
class Done:
    """What one run of the command gave."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of two tables and two controls, so that one can be seen to stand when the other falls."""
    more = {
        "refunds/control.yml": SECOND["control"],
        "refunds/refund_in_period.sql": SECOND["population"],
        "refunds/ref_01_x.sql": SECOND["query"],
        "refunds/ref_01_x.yml": SECOND["attribute"],
    }
    write_controls(tmp_path, more=more)
    (tmp_path / "auditkit.toml").write_text(TOML, encoding="utf-8")
    for name, text in (
        ("extracts/2026-Q3/sale.csv", SALES),
        ("extracts/2026-Q3/refund.csv", "refund_id,sale_id\nR1,A\nR2,B\n"),
        ("extracts/2026-Q3/sale.csv.delivery.yml", NOTE),
        ("mappings/refund.yml", MAPPING),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def command(shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run the command in the project as a person does; the worker is a process of its own."""
    monkeypatch.chdir(shop)

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["auditkit", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return run


def extract(shop: Path, data: bytes | str, name: str = "sale.csv") -> None:
    """Put another extract of sales into the place of the usual one."""
    folder = shop / "extracts" / "2026-Q3"
    for old in ("sale.csv", "sale.csv.delivery.yml"):
        (folder / old).unlink(missing_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def cut(shop: Path, name: str) -> None:
    """Cut the extract in the middle."""
    path = shop / "extracts" / "2026-Q3" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(shop: Path) -> None:
    extract(shop, b"")


def not_a_spreadsheet(shop: Path) -> None:
    extract(shop, b"", "sale.xlsx")
    with zipfile.ZipFile(shop / "extracts" / "2026-Q3" / "sale.xlsx", "w") as archive:
        archive.writestr("hello.txt", "x")


def cut_spreadsheet(shop: Path) -> None:
    merged_spreadsheet(shop)
    cut(shop, "sale.xlsx")


def merged_spreadsheet(shop: Path) -> None:
    extract(shop, b"", "sale.xlsx")
    book = openpyxl.Workbook()
    book.active.append(["Sales of the quarter", None, None])
    book.active.merge_cells("A1:C1")
    for row in (["sale_id", "seller_id", "value"], ["a", "P1", 1]):
        book.active.append(row)
    book.save(shop / "extracts" / "2026-Q3" / "sale.xlsx")


def cut_parquet(shop: Path) -> None:
    extract(shop, b"", "sale.parquet")
    path = shop / "extracts" / "2026-Q3" / "sale.parquet"
    path.unlink()
    duckdb.execute(f"COPY (SELECT 'a' AS sale_id, 60.0 AS value) TO '{path}'")
    cut(shop, "sale.parquet")


def two_encodings(shop: Path) -> None:
    extract(shop, b"sale_id,seller_id,value\na,P\xc3\xa9,50.00\nb,P\xe9,60\n")


def unknown_column(shop: Path) -> None:
    extract(shop, "sale_id,seler_id,value\na,P1,50.00\n")


def note_without_sense(shop: Path) -> None:
    (shop / "extracts/2026-Q3/sale.csv.delivery.yml").write_text("rows: 3\nrowz: 3\n", encoding="utf-8")


def note_alone(shop: Path) -> None:
    (shop / "extracts/2026-Q3/sale.csv").unlink()


UNUSABLE = [
    (empty, "sale.csv", "0 bytes", "ask for the extract again"),
    (not_a_spreadsheet, "sale.xlsx", "not a spreadsheet", "ask for it again"),
    (cut_spreadsheet, "sale.xlsx", "not a spreadsheet", "ask for it again"),
    (merged_spreadsheet, "sale.xlsx", "merged cells", "auditkit map sale.xlsx"),
    (cut_parquet, "sale.parquet", "not a Parquet file", "ask for it again"),
    (two_encodings, "sale.csv", "byte E9 at position", "windows-1252"),
    (unknown_column, "sale.csv", "'seler_id' is no column", "did you mean 'seller_id'"),
    (note_without_sense, "sale.csv.delivery.yml:2", "unknown key 'rowz'", "did you mean 'rows'"),
    (note_alone, "sale.csv", "the extract is missing", "remove the delivery note"),
]


@pytest.mark.parametrize(("bend", "place", "found", "do"), UNUSABLE, ids=lambda value: getattr(value, "__name__", ""))
def test_an_extract_that_cannot_be_used_is_one_message_and_the_other_control_is_tested(
    bend: Callable[[Path], None], place: str, found: str, do: str, shop: Path, command: Command
) -> None:
    bend(shop)
    done = command("run")

    assert done.code == 3
    assert f"not read: {place}" in done.err
    assert found in done.err
    assert do in done.err
    assert "not delivered: sale" in done.out
    assert "REF" in done.out
    assert "exceptions awaiting review (1)" in done.out
    assert "Traceback" not in done.err


# text of the extract, items, tested, not tested; a key that stands twice is one item.
COUNTED = [
    (SALES + 'd,"P4 and no end', (4, 3, 1)),
    ("sale_id,seller_id,value\na,P1,fifty\nb,P2,1e400\nc,P3,60\n", (3, 1, 2)),
    (SALES + "a,P1,50.00,x\n", (3, 0, 3)),
    ("sale_id,seller_id,value\n", (0, 0, 0)),
    ("sale_id,seller_id,value\na,P1,60\n,P2,61\n,,\n", (3, 1, 2)),
]


@pytest.mark.parametrize(("text", "counts"), COUNTED)
def test_what_could_not_be_read_stays_in_the_denominator(
    text: str, counts: tuple[int, int, int], shop: Path, command: Command
) -> None:
    extract(shop, text)
    done = command("run")

    assert done.code == 3
    assert "Traceback" not in done.err
    (row,) = [line.split() for line in done.out.splitlines() if line.startswith("SAL ")]
    assert tuple(int(row[place]) for place in (2, 3, 6)) == counts
    assert "exceptions awaiting review (1)" in next(line for line in done.out.splitlines() if line.startswith("REF "))


def test_a_query_that_fails_half_way_costs_its_own_attribute_only(shop: Path, command: Command) -> None:
    query = QUERY.replace(
        "sale.seller_id AS person_id", "CAST(CAST(sale.seller_id AS INTEGER) AS VARCHAR) AS person_id"
    )
    (shop / "controls/sales/sal_01_limit.sql").write_text(query, encoding="utf-8")
    done = command("run")

    assert done.code == 3
    assert "control error: Conversion Error" in done.out
    assert "exceptions awaiting review (1)" in done.out
    assert done.err.count("\n") == 6  # the six stages


STOPPED = [
    ("auditkit.toml", TOML.replace("300MB", "lots"), ":7: memory is 'lots'"),
    ("auditkit.toml", TOML + "deadline = 0\n", ":8: deadline is 0"),
    ("auditkit.toml", TOML + "deadlin = 3\n", "did you mean 'deadline'"),
    ("auditkit.toml", TOML + "[[parameters]]\ncontrol = 'SAL'\nname = 'limt'\nvalue = '3'\napproved_by = 'A'\nreason = 'B'\n", "no parameter 'limt'"),
    ("mappings/refund.yml", "file: [1\n", "mappings/refund.yml:2: not valid YAML"),
    ("mappings/refund.yml", MAPPING.replace("columns", "colums"), "colums"),
    ("controls/sales/control.yml", "id: SAL\nobjectve: x\n", "controls/sales/control.yml:2"),
    ("controls/sales/sal_01_limit.sql", QUERY + ";\nDROP TABLE sale", "found 2 statements"),
    ("controls/sales/sal_01_limit.sql", QUERY.replace("$limit", "$limt"), "$limt is not declared"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "says"), STOPPED)
def test_a_mistake_in_the_project_stops_the_run_before_anything_is_written(
    name: str, text: str, says: str, shop: Path, command: Command
) -> None:
    (shop / name).write_text(text, encoding="utf-8")
    done = command("run")

    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert "Traceback" not in done.err
    assert not (shop / "output").exists()


def test_the_cases_of_a_query_that_fails_are_told_as_failed(shop: Path, command: Command) -> None:
    query = QUERY.replace("sale.seller_id AS person_id", "CAST(CAST(sale.sale_id AS INTEGER) AS VARCHAR) AS person_id")
    (shop / "controls/sales/sal_01_limit.sql").write_text(query, encoding="utf-8")
    done = command("test", "SAL-01")

    assert done.code == 1
    assert "the query fails: Conversion Error" in done.out
    assert "Traceback" not in done.err


FILES = ("extracts/2026-Q3/sale.csv", "extracts/2026-Q3/sale.csv.delivery.yml", "mappings/refund.yml", "auditkit.toml",
         "controls/sales/control.yml", "controls/sales/sal_01_limit.yml", "controls/sales/sal_01_limit.sql",
         "controls/contracts/shop.odcs.yaml")  # fmt: skip


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one accident: cut, a piece lost, doubled or exchanged, odd bytes put in."""
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.randrange(1, 30))
    odd = chance.choice(
        [b"\x00", b"\xff", b'"', b"\n\n", b"'", b": [", b"{", b"-", b"\t", "٣".encode(), b"1e999", b"$x", b";"]
    )
    return chance.choice(
        [
            data[:start],
            data[:start] + data[end:],
            data[:end] + data[start:],
            data[:start] + odd + data[start:],
            data[:start] + odd + data[end:],
        ]
    )


@pytest.mark.parametrize("seed", [pytest.param(n, marks=[pytest.mark.slow] if n >= 2 else []) for n in range(20)])
def test_no_accident_to_a_file_ends_in_a_traceback_or_half_a_workbook(
    seed: int, shop: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUDITKIT_TRACEBACK", raising=False)
    chance = random.Random(seed)
    whole = {name: (shop / name).read_bytes() for name in FILES}
    for _ in range(3):
        name = chance.choice(FILES)
        data = spoiled(whole[name], chance)
        (shop / name).write_bytes(data)
        done = command("run")
        (shop / name).write_bytes(whole[name])

        assert done.code in (0, 2, 3), (name, data, done.err)
        assert "Traceback" not in done.err, (name, data, done.err)
        assert "defect of auditkit" not in done.err, (name, data, done.err)
    for path in (shop / "output").rglob("*.xlsx"):
        assert "!xl/workbook.xml" in contents(path)
    assert not list(shop.rglob("*.part"))
