"""A finding's round: drafted by a run, written in Excel, taken in, told to the board and to its owner by the next run."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import command
import openpyxl
import pytest
from desk import PASSPHRASE, contents, make

from auditkit.journal import FILE, Journal

FINDING = {
    "Title": "Large sales go unnoticed",
    "Status": "reported",
    "Criteria apply": "yes",
    "Cause code": "supervision",
    "Cause": "Nobody reads the weekly list.",
    "Consequence": "1 sale is affected.",
    "Impact (1 to 5)": "3",
    "Likelihood (1 to 5)": "5",
    "Final rating": "medium",
    "Recommendation": "Name a reader of the list.",
    "Owner (role)": "Head of shop",
    "Due on": "2026-12-31",
}
ACTION = {
    "What is to be done": "Name a reader",
    "Finding": "2026-Q3/SAL-01",
    "Owner (role)": "Head of shop",
    "Due on": "2026-11-30",
}
DECISION = {
    "Decision asked of the board": "Close the shop?",
    "Options": "A: close. B: keep.",
    "Recommendation": "B",
    "Asked on": "2026-10-08",
}


def run(root: Path, minute: int) -> Path:
    """Run the project and return the folder of the run."""
    moment = f"2026-10-09T08:{minute:02}:00"
    done = command.auditkit(root, "run", "--declared-at", moment, AUDITKIT_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 0, done.stderr
    return max((root / "output/2026-Q3").iterdir(), key=lambda path: path.name)


def head(sheet: Any) -> tuple[int, dict[str, int]]:
    """Return the row of the headings and the column of each."""
    (table,) = sheet.tables.values()
    row = int("".join(sign for sign in table.ref.split(":")[0] if sign.isdigit()))
    return row, {str(cell.value): cell.column for cell in sheet[row] if cell.value is not None}


def fill(folder: Path, to: Path, **rows: tuple[str, Mapping[str, str]]) -> Path:
    """Fill in the row of each sheet that has the key given, else the first empty one."""
    book = openpyxl.load_workbook(folder / "findings_2026-Q3_W.xlsx")
    for title, (key, given) in rows.items():
        sheet = book[title]
        first, columns = head(sheet)
        keys = {n: sheet.cell(n, 1).value for n in range(first + 1, sheet.max_row + 1)}
        line = next((n for n, found in keys.items() if found == key), None)
        line = line or next(n for n, found in keys.items() if found is None)
        sheet.cell(line, 1).value = key
        for heading, value in given.items():
            sheet.cell(line, columns[heading]).value = value
    book.save(to)
    return to


def rows(folder: Path, title: str) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(io.BytesIO((folder / "findings_2026-Q3_W.xlsx").read_bytes()))
    first, columns = head(book[title])
    found = [
        {name: book[title].cell(n, place).value for name, place in columns.items()}
        for n in range(first + 1, book[title].max_row + 1)
    ]
    return [row for row in found if next(iter(row.values()))]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The project and the folder of its first run."""
    root = make(tmp_path_factory.mktemp("round") / "project")
    return root, run(root, 0)


def test_a_run_drafts_the_finding(first: tuple[Path, Path]) -> None:
    (row,) = rows(first[1], "Findings")

    assert row["Finding"] == "2026-Q3/SAL-01"
    assert row["Criteria"] == "In order. (House rules, 4)"
    assert str(row["Condition"]).startswith("1 of 2 items tested (50.00 %) is an exception in 2026-Q3")
    assert (row["Suggested impact"], row["Suggested likelihood"], row["Suggested rating"]) == (2, 5, "medium")
    assert str(row["How the suggested rating came about"]).startswith("Provisional")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Cause": "Sellerova naps."}, "Cause is not free of the extracts' names, identifiers and texts: see word 1"),
        ({"Owner (role)": ""}, "Owner (role) is nothing"),
        ({"Final rating": "low"}, "Why the rating differs is nothing, and it is low instead of medium"),
        ({"Due on": "2026-09-30"}, "Due on is 2026-09-30, not after the period"),
        ({"Consequence": "It is bad."}, "Consequence is without a figure"),
    ],
)
def test_what_is_not_whole_or_names_somebody_is_refused(
    first: tuple[Path, Path], tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    root, folder = first
    path = fill(folder, tmp_path / "back.xlsx", Findings=("2026-Q3/SAL-01", {**FINDING, **changes}))
    done = command.auditkit(root, "import-review", str(path))

    assert done.returncode == 2
    assert words in done.stderr
    assert "2026-Q3/SAL-01" in done.stderr
    assert not (root / "register" / FILE).exists()


def test_board_and_owner_read_what_was_taken_in(first: tuple[Path, Path], tmp_path: Path) -> None:
    root, folder = first
    given = {"Findings": ("2026-Q3/SAL-01", FINDING), "Actions": ("A-1", ACTION), "Decisions": ("D-1", DECISION)}
    path = fill(folder, tmp_path / "back.xlsx", **given)
    done = command.auditkit(root, "import-review", str(path))
    assert done.returncode == 0, done.stderr
    kept = Journal.read(root / "register" / FILE).latest("finding")["2026-Q3/SAL-01"].content
    again = run(root, 1)

    assert kept["machine"]["criteria"] == "In order. (House rules, 4)"
    assert kept["last_day"] == "2026-09-30"
    assert sorted(path.name for path in again.glob("*_M_*")) == ["management_2026-Q3_M_Head_of_shop.xlsx"]
    for name in ("findings_2026-Q3_B_draft.xlsx", "management_2026-Q3_M_Head_of_shop.xlsx"):
        parts = b"\n".join(contents(again / name).values())
        assert b"Nobody reads the weekly list." in parts
        assert b"Name a reader" in parts
        assert b"Sellerova" not in parts
    (action,) = rows(again, "Actions")
    assert (next(iter(action.values())), action["State on the last day"], action["Rating"]) == ("A-1", "open", "medium")
    (decision,) = rows(again, "Decisions")
    assert decision["State on the last day"] == "pending since 2026-Q3"
