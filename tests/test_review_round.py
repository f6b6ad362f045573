"""A round of review with a real run: filled in, saved by LibreOffice, taken back, and there in the next workbook."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
from pathlib import Path
from typing import Any

import clerk
import command
import desk
import openpyxl
import pytest
from clerk import CONFIRMED, JUSTIFIED, fill
from msoffcrypto import OfficeFile
from test_import_review import SOFFICE

from auditkit.restricted_edition import encrypted

RUN = "20261009T080000Z"


def run(root: Path, declared: str) -> Path:
    """Run the desk's quarter; return the run's folder."""
    done = command.auditkit(root, "run", "--declared-at", declared)
    assert done.returncode in (0, 3), done.stderr
    return root / "output" / "2026-Q3" / dt.datetime.fromisoformat(declared).strftime("%Y%m%dT%H%M%SZ")


def keys(path: Path, sheet: str = "Exceptions") -> list[str]:
    """The ids on a sheet."""
    opened = openpyxl.load_workbook(path)[sheet]
    head, _ = clerk.place(opened)
    return [str(opened.cell(row, 1).value) for row in range(head + 1, opened.max_row + 1) if opened.cell(row, 1).value]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk's project with one run; each test takes a copy."""
    root = desk.make(tmp_path_factory.mktemp("desk") / "desk")
    run(root, "2026-10-09T08:00:00")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "desk", symlinks=True))


@pytest.fixture
def working(root: Path) -> Path:
    return Path(shutil.copy(root / "output" / "2026-Q3" / RUN / "findings_2026-Q3_W.xlsx", root / "W.xlsx"))


def told(root: Path, *words: str | Path) -> dict[str, Any]:
    done = command.auditkit(root, "import-review", "--format", "json", *map(str, words))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_untouched_workbook_says_nothing(root: Path, working: Path) -> None:
    assert told(root, working)["taken"] == []
    opened = openpyxl.load_workbook(working)
    opened.save(root / "saved.xlsx")
    found = told(root, root / "saved.xlsx")
    assert (found["taken"], found["notes"]) == ([], [])
    assert not (root / "register" / "journal.jsonl").exists()


@SOFFICE
def test_libreoffice_changes_nothing_of_the_machine_s(root: Path, working: Path) -> None:
    (key,) = keys(working)
    path = fill(working, root / "filled.xlsx", {key: JUSTIFIED})

    saved = clerk.through_libreoffice(path, root)

    assert [row["key"] for row in told(root, "--dry-run", saved)["taken"]] == [key]
    assert told(root, "--dry-run", clerk.through_libreoffice(working, root))["taken"] == []


def test_what_was_taken_stands_in_the_next_workbook_and_is_no_news_there(root: Path, working: Path) -> None:
    (key,) = keys(working)
    before = told(root, fill(working, root / "filled.xlsx", {key: JUSTIFIED}))
    assert sum(before["open"].values()) == 0

    later = run(root, "2026-10-20T08:00:00") / "findings_2026-Q3_W.xlsx"

    sheet = openpyxl.load_workbook(later)["Exceptions"]
    _, heads = clerk.place(sheet)
    shown = {title: sheet.cell(clerk.row_of(sheet, key), column).value for title, column in heads.items()}
    assert shown["Disposition"] == "justified (approved exemption)"
    assert shown["Expires on"] == dt.datetime(2026, 12, 31)
    assert told(root, later)["taken"] == []
    old = command.auditkit(root, "import-review", "W.xlsx")
    assert "the last whole run of 2026-Q3 is 20261020T080000Z" in old.stderr


def opened_sealed(path: Path) -> Any:
    """The restricted edition, as its holder sees it."""
    plain = io.BytesIO()
    with path.open("rb") as file:
        office = OfficeFile(file)
        office.load_key(password=desk.PASSPHRASE)
        office.decrypt(plain)
    return openpyxl.load_workbook(plain)


def save_sealed(opened: Any, path: Path) -> None:
    """Save it with its password."""
    out = io.BytesIO()
    opened.save(out)
    path.write_bytes(encrypted(out.getvalue(), desk.PASSPHRASE))


def test_the_restricted_edition_comes_back_and_nothing_of_it_is_seen(root: Path, tmp_path: Path) -> None:
    opened = opened_sealed(root / "output" / "2026-Q3" / RUN / "restricted_2026-Q3_R.xlsx")
    sheet = opened["Indicators"]
    head, _ = clerk.place(sheet)
    for row in (head + 1, head + 2):
        clerk.write(sheet, str(sheet.cell(row, 1).value), CONFIRMED | {"explanation": f"{desk.PLANTED}Explained"})
    save_sealed(opened, root / "R.xlsx")
    before = {each: each.read_bytes() for each in root.rglob("*") if each.is_file()}

    done = command.auditkit(root, "import-review", "R.xlsx")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Restricted edition: imported. What was in it is not told here.\n"
    changed = {
        each.name: each.read_bytes()
        for each in root.rglob("*")
        if each.is_file() and before.get(each) != each.read_bytes()
    }
    assert set(changed) == {"restricted.journal", "restricted.lock"}
    assert not any(desk.PLANTED.encode() in data or b"Ana" in data for data in changed.values())
    assert len(changed["restricted.journal"]) % (64 * 1024) < 200
    assert "R.xlsx" not in done.stdout


REVIEWED = {"reviewer": "Ben Okoro", "reviewed_on": dt.date(2026, 10, 13), "evidence_ref": "Memo 7"}
SIGNED = {
    "preparer": "Ana Silva",
    "prepared_on": dt.date(2026, 10, 13),
    "reviewer": "Ben Okoro",
    "reviewed_on": dt.date(2026, 10, 14),
    "notes_open": 0,
    "approved_by": "Chidi Eze",
    "approved_on": dt.date(2026, 10, 15),
}
FINDING = {
    "title": "Sales pass the limit",
    "status": "reported",
    "criteria_apply": "yes",
    "condition": "Confirmed with the head of sales",
    "cause_code": "supervision",
    "cause": "Nobody looks at single sales between quarters",
    "consequence": "0.01 EUR above the limit; no loss",
    "impact": "2",
    "likelihood": "2",
    "rating": "low",
    "override_reason": "One sale, one cent",
    "recommendation": "Stop such sales at the till",
    "management_response": "The till is changed in November",
    "agreed": "yes",
    "owner": "Head of sales",
    "due_on": dt.date(2026, 12, 31),
}


def test_a_quarter_goes_from_the_filled_workbooks_to_the_issued_editions_and_on_to_the_next(
    root: Path, working: Path
) -> None:
    (key,) = keys(working)
    opened = openpyxl.load_workbook(working)
    clerk.write(opened["Exceptions"], key, CONFIRMED | REVIEWED | {"finding": "2026-Q3/SAL-01"})
    clerk.write(opened["Findings"], "2026-Q3/SAL-01", FINDING)
    clerk.write(opened["Sign-off"], "SAL 2026-Q3", SIGNED)
    opened.save(root / "filled.xlsx")
    restricted = opened_sealed(root / "output" / "2026-Q3" / RUN / "restricted_2026-Q3_R.xlsx")
    sheet = restricted["Indicators"]
    head, _ = clerk.place(sheet)
    for row in (head + 1, head + 2):
        expiry = {"expires_on": dt.date(2026, 12, 31), "reason_code": "record wrong or incomplete at source"}
        values = CONFIRMED | REVIEWED | expiry | {"disposition": "false positive (data)"}
        clerk.write(sheet, str(sheet.cell(row, 1).value), values)
    clerk.write(restricted["Sign-off"], "RPT 2026-Q3", SIGNED)
    save_sealed(restricted, root / "R.xlsx")
    words = ("issue", "2026-Q3", "--issued-on", "2026-10-16")

    early = command.auditkit(root, *words)
    assert {row["key"] for row in told(root, "filled.xlsx")["taken"]} == {key, "2026-Q3/SAL-01", "SAL 2026-Q3"}
    half = command.auditkit(root, *words)
    assert command.auditkit(root, "import-review", "R.xlsx").returncode == 0
    done = command.auditkit(root, *words)

    assert (early.returncode, half.returncode, done.returncode) == (1, 1, 0), done.stdout + done.stderr
    assert "SHUT  The restricted part is signed" in half.stdout
    assert "SHUT  Every control is signed" not in half.stdout
    issued = root / "output" / "2026-Q3" / "issued-1"
    assert sorted(path.name for path in issued.iterdir()) == [
        "findings_2026-Q3_B_v1.xlsx",
        "findings_2026-Q3_W_v1.xlsx",
        "issue.json",
        "management_2026-Q3_M_Head_of_sales.xlsx",
        "restricted_2026-Q3_R_v1.xlsx",
    ]
    board = openpyxl.load_workbook(issued / "findings_2026-Q3_B_v1.xlsx")
    texts = {str(cell.value) for sheet in board for row in sheet.iter_rows() for cell in row if cell.value}
    assert "Sales pass the limit" in texts
    assert not any("DRAFT" in text or "Silva" in text or "Okoro" in text for text in texts)
    assert command.auditkit(root, "verify", "2026-Q3").returncode == 0

    shutil.copytree(root / "extracts" / "2026-Q3", root / "extracts" / "2026-Q4")
    later = command.auditkit(root, "run", "--quarter", "2026-Q4", "--declared-at", "2027-01-09T08:00:00")
    assert later.returncode in (0, 3), later.stderr
    (path,) = (root / "output" / "2026-Q4").glob("*/findings_2026-Q4_W.xlsx")
    assert keys(path) == [key]  # known again, with what was said of it
    sheet = openpyxl.load_workbook(path)["Exceptions"]
    _, heads = clerk.place(sheet)
    shown = {title: sheet.cell(clerk.row_of(sheet, key), column).value for title, column in heads.items()}
    assert (shown["Quarters seen"], shown["Disposition"]) == (2, "confirmed deviation")
    assert str(shown["State"]).startswith("repeat")
