"""What people filled in comes back whole, whatever they did to the workbook; and nothing comes back unseen."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import clerk
import command
import openpyxl
import pytest
from clerk import CONFIRMED, FOUR, JUSTIFIED, ONE, PASSPHRASE, RUN, THREE, TWO, fill, recorded
from command import Done
from openpyxl.worksheet.worksheet import Worksheet

from auditkit.errors import RegisterError
from auditkit.guide import ISSUED
from auditkit.journal import Journal
from auditkit.project import Project

SOFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not there")
FILLED = {ONE: JUSTIFIED, TWO: CONFIRMED}
TEXTS = {
    "control": "SAL",
    "disposition": "confirmed deviation",
    "facts": "facts of B",
    "last_day": "2026-09-30",
    "prepared_on": "2026-10-12",
    "preparer": "Ana Silva",
    "reason_code": "criterion not met, no exemption",
    "severity": "medium",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return clerk.project(tmp_path)


@pytest.fixture
def working(project: Project) -> Path:
    return clerk.leave(project)


def take(project: Project, *words: str | Path, **environment: str) -> Done:
    return command.auditkit(project.root, "import-review", *map(str, words), **environment)


def refused(done: Done) -> list[str]:
    """The problems of a refusal, one line each with its hint."""
    assert done.returncode == 2, done.stdout
    lines = done.stderr.replace("\n  ", " -> ").splitlines()
    return lines[1:]


def edited(path: Path, to: Path, edit: Callable[[Any], None]) -> Path:
    """Another form of a workbook, made with openpyxl."""
    opened = openpyxl.load_workbook(path)
    edit(opened)
    opened.save(to)
    return to


def test_what_was_filled_in_is_in_the_journal_and_a_second_time_nothing_is_new(project: Project, working: Path) -> None:
    path = fill(working, project.root / "ana.xlsx", FILLED)

    done = take(project, path)

    assert done.returncode == 0, done.stderr
    assert f"Run {RUN}: 2 rows taken, 4 unchanged, 0 in conflict" in done.stdout
    assert "Exceptions that await a decision: 1 critical, 1 info" in done.stdout
    assert recorded(project)[TWO].content == TEXTS
    assert recorded(project)[TWO].run == RUN
    assert recorded(project)[ONE].content["expires_on"] == "2026-12-31"
    before = (project.register / "journal.jsonl").read_bytes()
    assert "0 rows taken, 6 unchanged" in take(project, path).stdout
    assert (project.register / "journal.jsonl").read_bytes() == before


def test_a_dry_run_says_what_would_be_taken_and_writes_nothing(project: Project, working: Path) -> None:
    path = fill(working, project.root / "ana.xlsx", FILLED)

    done = take(project, "--dry-run", path)

    assert done.returncode == 0
    assert [line.split() for line in done.stdout.splitlines() if line.startswith(TWO)] == [
        [TWO, "Disposition", "confirmed", "deviation"]
    ]
    assert "2 rows would be taken, 4 unchanged" in done.stdout
    assert not project.register.exists()


def test_machines_are_told_the_same(project: Project, working: Path) -> None:
    path = fill(working, project.root / "ana.xlsx", {TWO: CONFIRMED})

    told = json.loads(take(project, "--dry-run", "--format", "json", path).stdout)

    assert told["dry_run"] is True
    assert told["taken"] == [
        {
            "kind": "disposition",
            "key": TWO,
            "changed": {
                "Disposition": {"was": "", "is": "confirmed deviation"},
                "Reason": {"was": "", "is": "criterion not met, no exemption"},
                "Prepared by": {"was": "", "is": "Ana Silva"},
                "Prepared on": {"was": "", "is": "2026-10-12"},
            },
        }
    ]
    assert told["open"] == {"critical": 1, "high": 1, "medium": 0, "low": 0, "info": 1}
    assert told["conflicts"] == []


def test_an_untouched_workbook_says_nothing(project: Project, working: Path) -> None:
    done = take(project, working)

    assert done.returncode == 0
    assert "0 rows taken, 6 unchanged" in done.stdout
    assert not project.register.exists()


# What people do to a workbook.


def _shuffled(book: Any) -> None:
    sheet = book["Exceptions"]
    head, _ = clerk.place(sheet)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=head + 1, max_row=head + 3)]
    for number, row in enumerate([rows[2], rows[0], rows[1]], head + 1):
        for place, value in enumerate(row, 1):
            sheet.cell(number, place).value = value


def _filtered(book: Any) -> None:
    sheet = book["Exceptions"]
    sheet.auto_filter.ref = "A5:P8"
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.column_dimensions["C"].width = 3


def _reformatted(book: Any) -> None:
    sheet = book["Exceptions"]
    head, heads = clerk.place(sheet)
    for number in range(head + 1, head + 4):
        sheet.cell(number, heads["Event date"]).number_format = "General"
        sheet.cell(number, heads["Amount"]).number_format = "0"
        sheet.cell(number, heads["Prepared on"]).number_format = "General"
        sheet.cell(number, heads["Expires on"]).number_format = "dd/mm/yy"
    sheet.conditional_formatting = type(sheet.conditional_formatting)()


def _columns_moved(book: Any) -> None:
    sheet = book["Exceptions"]
    head, heads = clerk.place(sheet)
    sheet.insert_cols(1, 2)
    sheet.insert_cols(6)
    sheet.cell(head, 1).value = "My notes"
    sheet.cell(head + 1, 1).value = "call Ana"
    table = sheet.tables.pop(next(iter(sheet.tables)))
    assert table.ref
    assert heads["Severity"] == 2


def _rows_added(book: Any) -> None:
    sheet = book["Exceptions"]
    head, _ = clerk.place(sheet)
    sheet.tables.clear()
    sheet.insert_rows(1, 3)
    sheet.insert_rows(head + 5, 2)
    sheet.cell(head + 12, 2).value = "Total"
    sheet.cell(head + 12, 5).value = "=SUM(E7:E9)"


def _sheets_moved(book: Any) -> None:
    book.move_sheet("Findings", -3)
    book["Exceptions"].title = "My exceptions"
    added = book.create_sheet("Pivot", 0)
    added.append(["Exception id", "Disposition"])
    added.append([ONE, "nonsense"])
    del book["Review items"]


def _headings_touched(book: Any) -> None:
    sheet = book["Exceptions"]
    head, heads = clerk.place(sheet)
    sheet.tables.clear()
    sheet.cell(head, heads["Prepared by"]).value = " PREPARED\nby "


@pytest.mark.parametrize(
    "edit",
    [_shuffled, _filtered, _reformatted, _columns_moved, _rows_added, _sheets_moved, _headings_touched],
    ids=lambda edit: edit.__name__,
)
def test_rows_are_known_by_their_key_whatever_was_done_to_the_sheet(
    project: Project, working: Path, edit: Callable[[Any], None]
) -> None:
    filled = fill(working, project.root / "filled.xlsx", FILLED)

    done = take(project, edited(filled, project.root / "Kopie von W (2).xlsx", edit))

    assert done.returncode == 0, done.stderr
    assert recorded(project)[TWO].content == TEXTS
    assert set(recorded(project)) == {ONE, TWO}


def test_a_row_that_is_not_there_withdraws_nothing(project: Project, working: Path) -> None:
    path = fill(working, project.root / "ana.xlsx", FILLED)
    assert take(project, path).returncode == 0

    def delete(book: Any) -> None:
        sheet = book["Exceptions"]
        sheet.tables.clear()
        sheet.delete_rows(clerk.row_of(sheet, ONE))

    done = take(project, edited(path, project.root / "less.xlsx", delete))

    assert done.returncode == 0
    assert set(recorded(project)) == {ONE, TWO}


def test_an_emptied_cell_says_nothing_and_a_dash_takes_away(project: Project) -> None:
    known = {ONE: JUSTIFIED, TWO: CONFIRMED | {"evidence_ref": "Memo 1"}}
    first = fill(clerk.leave(project), project.root / "first.xlsx", known)
    assert take(project, first).returncode == 0
    later = clerk.leave(project, "20261012T080000Z", known=known)

    path = fill(later, project.root / "later.xlsx", {ONE: dict.fromkeys(JUSTIFIED), TWO: {"evidence_ref": " -"}})
    done = take(project, path)

    assert done.returncode == 0, done.stderr
    assert "emptied cells say nothing (Exceptions!G" in done.stdout
    assert recorded(project)[ONE].number == 1
    assert recorded(project)[TWO].content == TEXTS


def test_a_disposition_is_withdrawn_in_so_many_words(project: Project, working: Path) -> None:
    path = fill(working, project.root / "ana.xlsx", FILLED)
    assert take(project, path).returncode == 0

    problems = refused(take(project, fill(path, project.root / "gone.xlsx", {TWO: {"disposition": "-"}})))
    assert len(problems) == 1
    assert "Disposition is empty, and the row is filled in -> choose one; 'in review' withdraws" in problems[0]
    done = take(project, fill(path, project.root / "back.xlsx", {TWO: {"disposition": "In Review"}}))

    assert done.returncode == 0, done.stderr
    assert recorded(project)[TWO].content["disposition"] == "in review"


# Other programs.


@SOFFICE
def test_a_workbook_that_libreoffice_saved_says_the_same(project: Project, working: Path) -> None:
    texts = {"explanation": "line one\nline two, né à l'étranger", "evidence_ref": "00012"}
    path = fill(working, project.root / "ana.xlsx", {ONE: JUSTIFIED, TWO: CONFIRMED | texts})

    done = take(project, clerk.through_libreoffice(path, project.root))

    assert done.returncode == 0, done.stderr
    assert recorded(project)[TWO].content == TEXTS | texts
    assert recorded(project)[ONE].content["expires_on"] == "2026-12-31"


@SOFFICE
def test_an_untouched_workbook_says_nothing_after_libreoffice_saved_it(project: Project, working: Path) -> None:
    done = take(project, clerk.through_libreoffice(working, project.root))

    assert done.returncode == 0, done.stderr
    assert "0 rows taken, 6 unchanged" in done.stdout


# What is refused.


def _cell(sheet: Worksheet, key: str, heading: str, value: Any) -> None:
    sheet.cell(clerk.row_of(sheet, key), clerk.place(sheet)[1][heading]).value = value


def _copied(book: Any) -> None:
    sheet = book["Exceptions"]
    number = clerk.row_of(sheet, TWO)
    for cell in list(sheet[number]):
        sheet.cell(20, cell.column).value = cell.value
    _cell(sheet, TWO, "Disposition", "duplicate")


def _heading_gone(book: Any) -> None:
    sheet = book["Exceptions"]
    sheet.tables.clear()
    sheet.delete_cols(clerk.place(sheet)[1]["Reviewed by"])


def _heading_twice(book: Any) -> None:
    sheet = book["Exceptions"]
    sheet.tables.clear()
    sheet.cell(clerk.place(sheet)[0], 30).value = "reason"


def _machine_column_gone(book: Any) -> None:
    sheet = book["Exceptions"]
    sheet.tables.clear()
    sheet.delete_cols(clerk.place(sheet)[1]["Why"])


def _two_columns_sorted_apart(book: Any) -> None:
    sheet = book["Exceptions"]
    head, heads = clerk.place(sheet)
    for column in (1, heads["Severity"]):
        top, below = (sheet.cell(head + n, column) for n in (1, 2))
        top.value, below.value = below.value, top.value


def _key_gone(book: Any) -> None:
    _cell(book["Exceptions"], TWO, "Exception id", None)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda b: _cell(b["Exceptions"], TWO, "Exception id", "ZZZZZZZZZZZ2"), "'ZZZZZZZZZZZ2' is none of the rows"),
        (lambda b: _cell(b["Exceptions"], TWO, "Exception id", f'="{TWO}"'), "Exception id is a formula"),
        (_key_gone, "Exceptions!A7: Exception id is empty, and something was filled in"),
        (lambda b: _cell(b["Exceptions"], TWO, "Amount", 1), "Exceptions!E7: BBBBBBBBBBB3: Amount was '300.3', is '1'"),
        (lambda b: _cell(b["Exceptions"], TWO, "Why", None), "Why was 'One sentence of number 3.', is ''"),
        (lambda b: _cell(b["Exceptions"], TWO, "Item", 3), "Item was 'sale_id=003', is '3'"),
        (lambda b: _cell(b["Exceptions"], TWO, "Disposition", "false positive"), "none of the choices -> did you mean"),
        (
            lambda b: _cell(b["Exceptions"], TWO, "Explanation", "=1+1"),
            "Exceptions!I7: BBBBBBBBBBB3: Explanation is a formula",
        ),
        (lambda b: _cell(b["Exceptions"], TWO, "Prepared on", "11/12/2026"), "2026-11-12 or 2026-12-11"),
        (
            lambda b: _cell(b["Exceptions"], TWO, "Prepared by", None),
            "Exceptions!K7: BBBBBBBBBBB3: Prepared by is empty",
        ),
        (lambda b: _cell(b["Findings"], "2026-Q3/SAL-01", "Impact (1 to 5)", 6), "Findings!"),
        (_copied, "stands in Exceptions!A7 too, and they do not say the same"),
        (_heading_gone, "Exceptions, row 5: no column is headed 'Reviewed by'"),
        (_heading_twice, "Exceptions, row 5: 2 columns are headed 'Reason'"),
        (_machine_column_gone, "Exceptions, row 5: no column is headed 'Why'"),
        (_two_columns_sorted_apart, "Why was"),
    ],
)
def test_what_does_not_hold_is_refused_with_its_place_and_nothing_is_taken(
    project: Project, working: Path, edit: Callable[[Any], None], says: str
) -> None:
    filled = fill(working, project.root / "filled.xlsx", FILLED)

    problems = refused(take(project, edited(filled, project.root / "sent.xlsx", edit)))

    assert any(says in line for line in problems), problems
    assert all("sent.xlsx: " in line and " -> " in line for line in problems), problems
    assert not project.register.exists()


def test_everything_that_is_wrong_is_told_at_once(project: Project, working: Path) -> None:
    path = fill(
        working,
        project.root / "ana.xlsx",
        {
            ONE: JUSTIFIED | {"reviewer": "silva,  ANA", "expires_on": "soon"},
            TWO: CONFIRMED | {"disposition": "duplicat", "Severity": "low"},
            THREE: CONFIRMED | {"reason_code": None},
        },
    )

    problems = refused(take(project, path))

    assert [line.partition(" -> ")[0].partition(": ")[2] for line in problems] == [
        f"Exceptions!P6: {ONE}: Expires on is 'soon', which is not a date",
        f"Exceptions!B7: {TWO}: Severity was 'medium', is 'low'",
        f"Exceptions!G7: {TWO}: Disposition is 'duplicat', which is none of the choices",
        f"Exceptions!M6: {ONE}: Reviewed by is 'silva, ANA', who prepared it",
        f"Exceptions!H8: {THREE}: Reason is empty, and 'confirmed deviation' needs it",
    ]


def test_a_sea_of_problems_is_counted(project: Project, working: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["Exceptions"]
        for number in range(20, 320):
            sheet.cell(number, 1).value = f"X{number}"

    problems = refused(take(project, edited(working, project.root / "sent.xlsx", edit)))

    assert len(problems) == 201
    assert problems[-1] == "and 100 more"


# Of which run.


def test_a_file_of_another_run_is_refused_until_the_run_is_named(project: Project) -> None:
    first = fill(clerk.leave(project), project.root / "old.xlsx", {TWO: CONFIRMED})
    clerk.leave(project, "20261020T080000Z")

    done = take(project, first)
    assert done.returncode == 2
    assert f"of the run {RUN}; the last whole run of 2026-Q3 is 20261020T080000Z" in done.stderr
    assert f"--run {RUN}" in done.stderr
    done = take(project, first, "--run", "20261020T080000Z")
    assert done.returncode == 2
    assert "workbooks of different runs" in done.stderr
    assert take(project, first, "--run", RUN).returncode == 0
    assert recorded(project)[TWO].run == RUN


def test_a_run_of_a_selection_does_not_count_as_the_last_one(project: Project) -> None:
    path = fill(clerk.leave(project), project.root / "ana.xlsx", {TWO: CONFIRMED})
    clerk.leave(project, "20261020T080000Z", selection="SAL")

    assert take(project, path).returncode == 0


def test_the_readme_says_of_which_run_a_file_is_whatever_other_sheets_speak_of(project: Project, working: Path) -> None:
    def edit(book: Any) -> None:
        book["Findings"].insert_rows(1)
        book["Findings"]["A1"], book["Findings"]["B1"] = "Run", "20250101T000000Z"

    path = edited(fill(working, project.root / "a.xlsx", {TWO: CONFIRMED}), project.root / "b.xlsx", edit)
    assert take(project, path).returncode == 0

    def two(book: Any) -> None:
        book["Readme"].append(["Run:", "20250101T000000Z"])

    done = take(project, edited(path, project.root / "c.xlsx", two))
    assert done.returncode == 2
    assert f"the file names several runs: 20250101T000000Z, {RUN}" in done.stderr


def test_a_file_without_its_run_needs_to_be_told(project: Project, working: Path) -> None:
    def edit(book: Any) -> None:
        del book["Readme"]

    path = edited(fill(working, project.root / "a.xlsx", {TWO: CONFIRMED}), project.root / "b.xlsx", edit)

    done = take(project, path)
    assert done.returncode == 2
    assert "does not say of which run it is" in done.stderr
    assert take(project, path, "--run", RUN).returncode == 0


def test_an_issued_edition_is_not_taken_back(project: Project, working: Path) -> None:
    def edit(book: Any) -> None:
        book["Readme"].append([ISSUED])

    path = edited(fill(working, project.root / "a.xlsx", {TWO: CONFIRMED}), project.root / "b.xlsx", edit)

    done = take(project, path)
    assert done.returncode == 2
    assert "b.xlsx: an issued edition; what is written into it is not taken back" in done.stderr
    assert "issue it as a new version" in done.stderr


def test_a_run_whose_folder_is_not_there_is_refused(project: Project, working: Path) -> None:
    shutil.rmtree(project.output)

    done = take(project, working)

    assert done.returncode == 2
    assert f"there is no run {RUN}" in done.stderr
    assert "restore it from a copy" in done.stderr
    assert take(project, working, "--run", "../../x").returncode == 2


@pytest.mark.parametrize("name", ["review_row.parquet", "register_item.parquet"])
def test_a_run_that_is_not_whole_is_refused(project: Project, working: Path, name: str) -> None:
    path = project.output / "2026-Q3" / RUN / "evidence" / "results" / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    done = take(project, working)
    assert done.returncode == 2
    assert f"evidence/results/{name} of run {RUN} was changed after the run" in done.stderr
    path.unlink()
    assert f"lacks evidence/results/{name}" in take(project, working).stderr


# Two reviewers.


def test_two_reviewers_files_merge_cell_by_cell(project: Project, working: Path) -> None:
    ana = fill(working, project.root / "ana.xlsx", {ONE: JUSTIFIED | {"reviewer": None, "reviewed_on": None}})
    ben = fill(working, project.root / "ben.xlsx", {ONE: {n: JUSTIFIED[n] for n in ("reviewer", "reviewed_on")}})
    cid = fill(working, project.root / "cid.xlsx", {TWO: CONFIRMED, ONE: {"evidence_ref": "Memo 7"}})

    assert refused(take(project, ana))
    done = take(project, ana, ben, cid)

    assert done.returncode == 0, done.stderr
    assert "2 rows taken, 4 unchanged, 0 in conflict" in done.stdout
    assert recorded(project)[ONE].content["reviewer"] == "Ben Okoro"


def test_two_words_about_one_cell_are_a_conflict_and_nothing_of_that_row_is_taken(
    project: Project, working: Path
) -> None:
    ana = fill(working, project.root / "ana.xlsx", FILLED)
    ben = fill(working, project.root / "ben.xlsx", {ONE: JUSTIFIED | {"evidence_ref": "Memo 8", "explanation": "x"}})

    done = take(project, ana, ben)

    assert done.returncode == 1
    assert "1 row taken, 4 unchanged, 1 in conflict" in done.stdout
    said = [line.split() for line in done.stdout.splitlines()]
    assert [ONE, "Evidence", "reference", str(ana), "Memo", "7"] in said
    assert [str(ben), "Memo", "8"] in said
    assert set(recorded(project)) == {TWO}

    done = take(project, ana, ben, "--prefer", ben)
    assert done.returncode == 0, done.stderr
    assert recorded(project)[ONE].content["evidence_ref"] == "Memo 8"
    assert recorded(project)[ONE].content["explanation"] == "x"


def test_one_after_the_other_they_are_in_conflict_all_the_same(project: Project, working: Path) -> None:
    ana = fill(working, project.root / "ana.xlsx", {ONE: JUSTIFIED, TWO: CONFIRMED})
    other = CONFIRMED | {"preparer": "Cid Moreau", "reason_code": "compensating control"}
    cid = fill(working, project.root / "cid.xlsx", {TWO: other, THREE: CONFIRMED})
    assert take(project, ana).returncode == 0

    done = take(project, "--format", "json", cid)

    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [(each["key"], each["field"], each["says"]) for each in told["conflicts"]] == [
        (TWO, "Reason", {"the journal": "criterion not met, no exemption", str(cid): "compensating control"}),
        (TWO, "Prepared by", {"the journal": "Ana Silva", str(cid): "Cid Moreau"}),
    ]
    assert recorded(project)[TWO].content == TEXTS
    assert THREE in recorded(project)
    assert take(project, cid, "--prefer", cid).returncode == 0
    assert recorded(project)[TWO].content["preparer"] == "Cid Moreau"


def test_people_go_on_in_their_own_file_and_reviewers_correct_the_preparer(project: Project, working: Path) -> None:
    ana = fill(working, project.root / "ana.xlsx", {TWO: CONFIRMED | {"disposition": "in review"}})
    assert take(project, ana).returncode == 0
    later = fill(ana, project.root / "ana.xlsx", {TWO: CONFIRMED})
    assert take(project, later).returncode == 0
    reviewed = {"reviewer": "Ben Okoro", "reviewed_on": dt.date(2026, 10, 14), "reason_code": "compensating control"}

    done = take(project, fill(later, project.root / "ben.xlsx", {TWO: reviewed}))

    assert done.returncode == 0, done.stderr
    assert recorded(project)[TWO].content["reason_code"] == "compensating control"
    assert [record.number for record in recorded(project).values()] == [3]


def test_who_went_on_meanwhile_is_not_overruled_by_an_old_copy_of_their_file(project: Project, working: Path) -> None:
    ana = fill(working, project.root / "ana.xlsx", {TWO: CONFIRMED | {"disposition": "in review"}})
    copy = shutil.copy(ana, project.root / "copy.xlsx")
    later = CONFIRMED | {"prepared_on": dt.date(2026, 10, 14)}
    for cells in ({}, {TWO: later}):
        assert take(project, fill(ana, ana, cells)).returncode == 0
    reviewed = {"disposition": "duplicate", "explanation": ONE, "reviewer": "Ben", "reviewed_on": dt.date(2026, 10, 15)}

    done = take(project, fill(Path(copy), Path(copy), {TWO: reviewed}))

    assert done.returncode == 1
    assert "1 in conflict" in done.stdout
    assert recorded(project)[TWO].content["disposition"] == "confirmed deviation"


def test_what_replaces_the_journal_s_word_is_told(project: Project, working: Path) -> None:
    ana = fill(working, project.root / "ana.xlsx", {TWO: CONFIRMED | {"disposition": "in review"}})
    assert "Replaced" not in take(project, ana).stdout

    done = take(project, fill(ana, ana, {TWO: CONFIRMED}))

    assert "Replaced" in done.stdout
    assert [TWO, "Disposition", "in", "review", "confirmed", "deviation"] in [
        line.split() for line in done.stdout.splitlines()
    ]


@pytest.mark.parametrize(("title", "code"), [("Sales stand above the limit", 0), ("Sales", 1)])
def test_a_finding_is_gone_on_with_in_the_file_that_holds_its_text(
    project: Project, working: Path, title: str, code: int
) -> None:
    key = "2026-Q3/SAL-01"
    ana = fill(working, project.root / "ana.xlsx", {key: {"title": title, "cause": "training"}}, "Findings")
    assert take(project, ana).returncode == 0

    done = take(project, fill(ana, ana, {key: {"cause": "supervision"}}, "Findings"))

    assert done.returncode == code, done.stderr
    assert recorded(project, "finding")[key].content["cause"] == ("training" if code else "supervision")
    other = fill(working, project.root / "ben.xlsx", {key: {"cause": "resources"}}, "Findings")
    assert take(project, other).returncode == 1


def test_an_older_copy_that_is_not_changed_undoes_nothing(project: Project, working: Path) -> None:
    ana = fill(working, project.root / "ana.xlsx", {TWO: CONFIRMED})
    copy = shutil.copy(working, project.root / "copy.xlsx")
    assert take(project, ana).returncode == 0

    assert take(project, copy).returncode == 0
    assert recorded(project)[TWO].content == TEXTS


def test_files_of_two_runs_are_not_merged(project: Project, working: Path) -> None:
    other = clerk.leave(project, "20261020T080000Z")

    done = take(project, working, other)

    assert done.returncode == 2
    assert "workbooks of different runs" in done.stderr
    assert take(project, other, "--prefer", "nobody.xlsx").returncode == 2


# Findings and sign-off.


def test_findings_that_people_add_can_be_named_in_the_same_file(project: Project, working: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["Findings"]
        head, heads = clerk.place(sheet)
        sheet.cell(head + 2, heads["Finding"]).value = "F-07"
        sheet.cell(head + 2, heads["Title"]).value = "Sales above the limit"

    draft = fill(working, project.root / "draft.xlsx", {TWO: CONFIRMED | {"finding": "2026-Q3/SAL-01"}})
    assert take(project, draft, "--dry-run").returncode == 0
    linked = fill(working, project.root / "a.xlsx", {TWO: CONFIRMED | {"finding": "F-07"}})
    problems = refused(take(project, linked))
    assert "Finding is 'F-07', which is no finding there is" in problems[0]

    done = take(project, edited(linked, project.root / "b.xlsx", edit), "--dry-run")
    assert "Finding is 'F-07'" not in done.stderr


def test_a_row_that_people_add_needs_a_name_with_a_number(project: Project, working: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book["Findings"]
        head, heads = clerk.place(sheet)
        sheet.cell(head + 2, heads["Finding"]).value = "new one"
        sheet.cell(head + 3, heads["Title"]).value = "Sales above the limit"

    problems = refused(take(project, edited(working, project.root / "b.xlsx", edit)))

    assert any("'new one' cannot name a row of your own -> use letters" in line for line in problems)
    assert any("Finding is empty, and something was filled in" in line for line in problems)


# The restricted edition.


@pytest.fixture
def sealed(project: Project, working: Path) -> Path:
    assert working.exists()
    return clerk.leave_sealed(project)


def journal_of(project: Project) -> Mapping[str, Any]:
    from auditkit import vault
    from auditkit.journal import Journal

    path = project.register / "restricted.journal"
    return Journal.read(path, vault.codec(PASSPHRASE, path.name)).latest("disposition")


def test_the_restricted_edition_goes_to_the_sealed_journal_and_one_line_says_so(project: Project, sealed: Path) -> None:
    path = clerk.fill_sealed(sealed, project.root / "r.xlsx", {ONE: JUSTIFIED})

    dry, done = take(project, "--dry-run", path), take(project, path)

    assert dry.stdout == "Restricted edition: it can be imported. What was in it is not told here.\n"
    assert done.stdout == "Restricted edition: imported. What was in it is not told here.\n"
    assert (done.returncode, done.stderr) == (0, "")
    assert take(project, path).stdout == done.stdout
    assert set(journal_of(project)) == {ONE}
    assert b"Ana" not in (project.register / "restricted.journal").read_bytes()
    assert not (project.register / "journal.jsonl").exists()
    assert json.loads(take(project, path, "--format", "json").stdout) == {"restricted": done.stdout.strip()}


@pytest.mark.parametrize(
    "cells",
    [
        {ONE: JUSTIFIED | {"reviewer": "Ana Silva"}},
        {ONE: {"disposition": "SECRETWORD"}},
        {ONE: CONFIRMED | {"Why": "SECRETWORD"}},
    ],
)
def test_what_is_wrong_with_it_stands_nowhere_but_on_the_terminal_of_who_asks(
    project: Project, sealed: Path, cells: Mapping[str, Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clerk.fill_sealed(sealed, project.root / "r.xlsx", cells)

    done = take(project, path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "auditkit: restricted edition: refused\n  nothing was taken; --show-restricted says why, on a terminal only\n"
    )
    shown = take(project, path, "--show-restricted")
    assert "shows on a terminal only" in shown.stderr
    assert "Exceptions!" not in shown.stderr + shown.stdout
    monkeypatch.setattr("auditkit.commands.import_review.is_terminal", lambda: True)
    assert "Indicators!" in take(project, path, "--show-restricted").stderr


def test_a_conflict_in_it_takes_nothing(project: Project, sealed: Path) -> None:
    ana = clerk.fill_sealed(sealed, project.root / "ana.xlsx", {ONE: JUSTIFIED, TWO: CONFIRMED})
    cid = clerk.fill_sealed(sealed, project.root / "cid.xlsx", {TWO: CONFIRMED | {"preparer": "Cid"}})

    done = take(project, ana, cid)

    assert (done.returncode, done.stdout) == (2, "")
    assert not project.register.exists()
    assert take(project, ana, cid, "--prefer", ana).returncode == 0


def test_it_comes_alone_encrypted_and_with_its_passphrase(project: Project, sealed: Path, working: Path) -> None:
    done = take(project, sealed, working)
    assert "import the restricted edition by itself" in done.stderr
    done = take(project, sealed, AUDITKIT_PASSPHRASE="another one entirely")
    assert "the passphrase does not open the workbook" in done.stderr
    (project.root / "secret.txt").unlink()
    (project.root / "auditkit.toml").write_text(clerk.TOML.partition("[restricted]")[0], encoding="utf-8")
    done = take(project, sealed)
    assert (done.returncode, done.stdout) == (2, "")
    assert "protected by a password, and none was given" in done.stderr


def test_a_restricted_edition_without_encryption_is_refused_unread(project: Project, sealed: Path) -> None:
    made = clerk.book(sheet="Indicators")
    path = project.root / "plain.xlsx"
    path.write_bytes(made.data())

    done = take(project, fill(path, path, {ONE: {"disposition": "SECRETWORD"}}, "Indicators"))

    assert done.returncode == 2
    assert "a restricted edition without its encryption" in done.stderr
    assert "SECRETWORD" not in done.stderr


def test_a_working_edition_with_a_password_is_refused(project: Project, working: Path) -> None:
    from auditkit.restricted_edition import encrypted

    path = project.root / "locked.xlsx"
    path.write_bytes(encrypted(working.read_bytes(), PASSPHRASE))
    done = take(project, path)
    assert done.returncode == 2
    assert not project.register.exists()
    path.write_bytes(encrypted(working.read_bytes(), "a word of its own"))
    assert "the passphrase does not open the workbook" in take(project, path).stderr


# Killed.

# A process that imports two workbooks in turn, without end: each brings something else than the journal says.
LOOP = """
import datetime as dt, itertools, sys
from pathlib import Path
from auditkit import project
from auditkit.review_import import Options, import_review
here = project.load(Path("auditkit.toml").resolve())
for name in itertools.cycle(["one.xlsx", "two.xlsx"]):
    import_review(here, [Path(name)], Options(), dt.datetime.now(dt.UTC))
    print("taken", flush=True)
"""


def _rounds(project: Project, working: Path, rounds: int) -> None:
    """Kill imports at random moments; the journal is always an old state or the next one, and can be gone on with."""
    chance = random.Random(20261009)
    for name in ("one", "two"):
        cells = dict.fromkeys((ONE, TWO, THREE), CONFIRMED | {"explanation": f"as in file {name}"})
        fill(working, project.root / f"{name}.xlsx", cells)
    count = 0
    for _ in range(rounds):
        with subprocess.Popen([sys.executable, "-c", LOOP], cwd=project.root, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"taken\n"
            time.sleep(chance.random() / 2)
            process.kill()
        records = Journal.read(project.register / "journal.jsonl").records  # raises unless it is whole
        assert len(records) >= count
        assert len(records) % 3 == 0
        count = len(records)
    assert count > 0
    cells = dict.fromkeys((ONE, TWO, THREE), CONFIRMED | {"explanation": "after all"})
    done = take(project, fill(working, project.root / "ana.xlsx", cells))
    assert done.returncode == 0, done.stderr
    assert "3 rows taken" in done.stdout


def test_a_killed_import_leaves_the_old_journal_or_the_new_one(project: Project, working: Path) -> None:
    _rounds(project, working, 5)


@pytest.mark.slow
def test_many_killed_imports_leave_the_old_journal_or_the_new_one(project: Project, working: Path) -> None:
    _rounds(project, working, 30)


# A process that kills itself at one step of writing the journal.
AT_STEP = """
import datetime as dt, os, signal, sys
from pathlib import Path
from auditkit import project
from auditkit.review_import import Options, import_review
step = sys.argv[1]
def killing(function, after):
    def wrapped(*given, **named):
        if after:
            function(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    return wrapped
if step.startswith("fsync"):
    os.fsync = killing(os.fsync, "after" in step)
else:
    Path.replace = killing(Path.replace, "after" in step)
here = project.load(Path("auditkit.toml").resolve())
import_review(here, [Path("two.xlsx")], Options(), dt.datetime.now(dt.UTC))
"""


@pytest.mark.parametrize(("step", "count"), [("fsync", 1), ("fsync after", 1), ("replace", 1), ("replace after", 2)])
def test_whatever_step_of_the_writing_is_the_last_the_next_import_works(
    project: Project, working: Path, step: str, count: int
) -> None:
    assert take(project, fill(working, project.root / "one.xlsx", {TWO: CONFIRMED})).returncode == 0
    two = fill(working, project.root / "two.xlsx", {THREE: CONFIRMED})

    killed = subprocess.run([sys.executable, "-c", AT_STEP, step], cwd=project.root, check=False, capture_output=True)

    assert killed.returncode == -9, killed.stderr
    assert len(recorded(project)) == count
    assert take(project, two).returncode == 0
    assert set(recorded(project)) == {TWO, THREE}


def test_an_unknown_file_is_told(project: Project) -> None:
    done = take(project, "nowhere.xlsx")

    assert done.returncode == 2
    assert "nowhere.xlsx: the file cannot be read: No such file or directory" in done.stderr
    assert take(project).returncode == 2


def test_a_journal_that_does_not_hold_takes_nothing(project: Project, working: Path) -> None:
    path = fill(working, project.root / "ana.xlsx", FILLED)
    assert take(project, path).returncode == 0
    journal = project.register / "journal.jsonl"
    journal.write_text(journal.read_text().replace("Ana", "Eva"), encoding="utf-8")
    before = journal.read_bytes()

    done = take(project, path)

    assert done.returncode == 2
    assert "the journal does not hold" in done.stderr
    assert journal.read_bytes() == before


def test_a_withheld_error_says_nothing_of_what_it_keeps() -> None:
    from auditkit.review_import import Withheld

    assert "secret" not in str(Withheld(RegisterError("secret", path="secret", hint="secret")))


def test_what_stays_open_is_by_severity(project: Project, working: Path) -> None:
    path = fill(working, project.root / "a.xlsx", {FOUR: CONFIRMED}, "Review items")

    assert "Exceptions that await a decision: 1 critical, 1 high, 1 medium" in take(project, path).stdout
