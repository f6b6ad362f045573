"""A run made by hand, the workbook it handed to people, and people who fill it in and save it in other programs."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from auditkit import manifest, seal, vault
from auditkit import project as projects
from auditkit.book import Book
from auditkit.earlier_register import sealed_name
from auditkit.form import DISPOSITION, FINDING, SIGN_OFF
from auditkit.form_sheet import form_sheet, lists_sheet
from auditkit.journal import Journal, Record
from auditkit.project import Project
from auditkit.restricted_edition import encrypted
from auditkit.sheet import Column, table_sheet

RUN, QUARTER = "20261009T080000Z", "2026-Q3"
PASSPHRASE = "a passphrase of the clerk"
DECLARED = dt.datetime(2026, 10, 9, 8)
ONE, TWO, THREE, FOUR = "AAAAAAAAAAA2", "BBBBBBBBBBB3", "CCCCCCCCCCC4", "DDDDDDDDDDD5"
SEVERITIES = {ONE: "high", TWO: "medium", THREE: "critical", FOUR: "info"}
MACHINE = (
    Column("Severity"),
    Column("Why", "wrap"),
    Column("Event date", "date"),
    Column("Amount", "amount"),
    Column("Item"),
)
TOML = """\
[organisation]
name = "Clerk's Office"
currency = "EUR"

[run]
quarter = "2026-Q3"

[restricted]
passphrase_file = "secret.txt"
"""
# What makes a disposition complete; each test says what it leaves out or puts otherwise.
CONFIRMED = {
    "disposition": "confirmed deviation",
    "reason_code": "criterion not met, no exemption",
    "preparer": "Ana Silva",
    "prepared_on": dt.date(2026, 10, 12),
}
JUSTIFIED = CONFIRMED | {
    "disposition": "justified (approved exemption)",
    "reason_code": "approved exemption",
    "evidence_ref": "Memo 7",
    "reviewer": "Ben Okoro",
    "reviewed_on": dt.date(2026, 10, 13),
    "expires_on": dt.date(2026, 12, 31),
}


def project(root: Path) -> Project:
    """A project with nothing but its settings."""
    (root / "auditkit.toml").write_text(TOML, encoding="utf-8")
    (root / "secret.txt").write_text(PASSPHRASE + "\n", encoding="utf-8")
    (root / "secret.txt").chmod(0o600)
    return projects.load(root / "auditkit.toml")


def machine(name: str) -> list[Any]:
    """The machine's cells of an exception."""
    number = int(name[-1])
    date = dt.date(2026, 7, number)
    return [SEVERITIES[name], f"One  sentence of\nnumber {number}.", date, 100.1 * number, f"sale_id=00{number}"]


def book(
    run: str = RUN,
    sheet: str = "Exceptions",
    ids: Sequence[str] = (ONE, TWO, THREE),
    known: Mapping[str, Mapping[str, Any]] | None = None,
) -> Book:
    """The workbook of a run, with what is known already in the people's cells."""
    made = Book("Test", DECLARED, header="DRAFT")
    readme = "Cover" if sheet == "Indicators" else "Readme"
    table_sheet(made, readme, [Column("What"), Column("Value")], [["Organisation", "Clerk's Office"], ["Run", run]])
    rows = [(name, machine(name), (known or {}).get(name, {})) for name in ids]
    form_sheet(made, DISPOSITION, sheet, MACHINE, rows, notes=["Fill in the marked cells."])
    review = [(FOUR, machine(FOUR), (known or {}).get(FOUR, {}))]
    if sheet == "Exceptions":
        form_sheet(made, DISPOSITION, "Review items", MACHINE, review)
        form_sheet(made, FINDING, "Findings", [Column("Repeat")], [("2026-Q3/SAL-01", ["no"], {})], spare=3)
        ground = "data-control-parameters-none"
        signed: list[tuple[str, list[Any], dict[str, Any]]] = [("SAL 2026-Q3", ["SAL", ground], {})]
        form_sheet(made, SIGN_OFF, "Sign-off", [Column("Control id"), Column("What is signed")], signed)
    lists_sheet(made)
    return made


def leave(project: Project, run: str = RUN, selection: str = "", quarter: str = QUARTER, **given: Any) -> Path:
    """Leave a run behind: its folder, its evidence, and the workbook; return the workbook."""
    folder = project.output / quarter / run
    made, results = book(run, **given), folder / "evidence" / "results"
    results.mkdir(parents=True)
    about = {"id": run, "declared_at": DECLARED.isoformat() + "Z", "selection": selection}
    made.review_rows.write(results / "review_row.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE r (exception_id VARCHAR, control_id VARCHAR, severity VARCHAR, facts VARCHAR, state VARCHAR)"
        )
        connection.executemany("INSERT INTO r VALUES (?, ?, ?, ?, ?)", registered())
        connection.execute(f"COPY r TO '{results / 'register_item.parquet'}' (FORMAT parquet)")
    sums = {f"results/{path.name}": manifest.sum_of(path) for path in results.iterdir()}
    (folder / "evidence" / "manifest.json").write_bytes(seal.sealed({"run": about, "files": sums}))
    path = project.root / f"{run}_W.xlsx"
    path.write_bytes(made.data())
    return path


def leave_sealed(project: Project, run: str = RUN) -> Path:
    """Leave the restricted part of a run behind; return the restricted edition."""
    made = book(run, "Indicators")
    names = ("exception_id", "control_id", "severity", "facts", "state")
    register = [dict(zip(names, row, strict=True)) for row in registered()]
    content = {"run": run, "register": register, "review_row": made.review_rows.data().decode()}
    folder = project.output / QUARTER / run
    (folder / sealed_name(QUARTER)).write_bytes(vault.seal(json.dumps(content).encode(), PASSPHRASE))
    path = project.root / f"{run}_R.xlsx"
    path.write_bytes(encrypted(made.data(), PASSPHRASE))
    return path


def return_workbooks(root: Path, *names: str) -> None:
    """Let a run of a project come back under several names, each with another row filled in."""
    given = leave(projects.load(root / "auditkit.toml"))
    for name, key in zip(names, (ONE, TWO, THREE), strict=True):
        fill(given, root / name, {key: CONFIRMED})


def registered() -> list[tuple[str, ...]]:
    """The register's rows."""
    return [(name, "SAL", severity, f"facts of {name[0]}", "new") for name, severity in SEVERITIES.items()]


def place(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """The row of the headings, and the columns by heading."""
    for row in sheet.iter_rows():
        heads = {str(cell.value): cell.column for cell in row if cell.value is not None}
        if {"Exception id", "Finding", "Control", "Action id"} & set(heads) and len(heads) > 5:
            return row[0].row, heads
    raise AssertionError("no headings")


def row_of(sheet: Worksheet, key: str) -> int:
    """The number of the row of a key."""
    head, _ = place(sheet)
    return next(n for n in range(head + 1, sheet.max_row + 1) if str(sheet.cell(n, 1).value) == key)


def fill(path: Path, to: Path, cells: Mapping[str, Mapping[str, Any]], sheet: str = "Exceptions") -> Path:
    """Fill in cells by key and field name with openpyxl, as people do; save as another file."""
    opened = openpyxl.load_workbook(path)
    for key, values in cells.items():
        write(opened[sheet], key, values)
    opened.save(to)
    return to


def write(sheet: Worksheet, key: str, values: Mapping[str, Any]) -> None:
    """Write the fields of a row."""
    _, heads = place(sheet)
    number = row_of(sheet, key)
    titles = {
        item.name: item.title
        for form in (DISPOSITION, FINDING, SIGN_OFF)
        if sheet.title in form.sheets
        for item in form.fields
    }
    for name, value in values.items():
        sheet.cell(number, heads[titles.get(name, name)]).value = value


def fill_sealed(path: Path, to: Path, cells: Mapping[str, Mapping[str, Any]]) -> Path:
    """Fill in the restricted edition and encrypt it again."""
    from msoffcrypto import OfficeFile

    plain = io.BytesIO()
    with path.open("rb") as file:
        office = OfficeFile(file)
        office.load_key(password=PASSPHRASE)
        office.decrypt(plain)
    opened = openpyxl.load_workbook(plain)
    for key, values in cells.items():
        write(opened["Indicators"], key, values)
    out = io.BytesIO()
    opened.save(out)
    to.write_bytes(encrypted(out.getvalue(), PASSPHRASE))
    return to


def through_libreoffice(path: Path, folder: Path) -> Path:
    """Open the workbook in LibreOffice and save it again, under the same name in another folder."""
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    words = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(folder / "saved"),
        str(path),
    ]
    subprocess.run(words, check=True, capture_output=True, timeout=180)
    return folder / "saved" / path.name


def recorded(project: Project, kind: str = "disposition") -> dict[str, Record]:
    """What the open journal says last."""
    return Journal.read(project.register / "journal.jsonl").latest(kind)
