"""A round of review with a real run: filled in, saved by LibreOffice, taken back, and there in the next workbook."""

from __future__ import annotations

import datetime as dt
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
from test_import_review import SOFFICE

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


def test_the_restricted_edition_comes_back_and_nothing_of_it_is_seen(root: Path, tmp_path: Path) -> None:
    import io

    from msoffcrypto import OfficeFile

    from auditkit.restricted_edition import encrypted

    path = root / "output" / "2026-Q3" / RUN / "restricted_2026-Q3_R.xlsx"
    plain, out = io.BytesIO(), io.BytesIO()
    with path.open("rb") as file:
        office = OfficeFile(file)
        office.load_key(password=desk.PASSPHRASE)
        office.decrypt(plain)
    opened = openpyxl.load_workbook(plain)
    sheet = opened["Indicators"]
    head, _ = clerk.place(sheet)
    for row in (head + 1, head + 2):
        clerk.write(sheet, str(sheet.cell(row, 1).value), CONFIRMED | {"explanation": f"{desk.PLANTED}Explained"})
    opened.save(out)
    (root / "R.xlsx").write_bytes(encrypted(out.getvalue(), desk.PASSPHRASE))
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
