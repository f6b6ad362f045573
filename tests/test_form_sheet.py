from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import range_boundaries

from auditkit.book import Book
from auditkit.cell import ENTRY
from auditkit.form import ACTION, DISPOSITION, FINDING, FORMS, REASON_CODES, SIGN_OFF, Form
from auditkit.form_sheet import form_sheet, lists_sheet
from auditkit.review import text_of
from auditkit.review_row import ReviewRow, ReviewRows
from auditkit.sheet import MARK, Column, entries

STAMP = dt.datetime(2026, 10, 12, 9, 30)
MACHINE = (
    Column("Severity"),
    Column("Why", "wrap"),
    Column("Event date", "date"),
    Column("Amount", "amount"),
    Column("Item"),
)
KNOWN = {
    "disposition": "justified (approved exemption)",
    "reason_code": "approved exemption",
    "explanation": "=The minister allowed it.",
    "prepared_on": "2026-07-20",
    "expires_on": dt.date(2026, 12, 31),
}
ROWS: list[tuple[str, list[Any], dict[str, Any]]] = [
    ("AB2CD3EF4GH5", ["◆ high", "one\r\nsentence", dt.date(2026, 7, 1), Decimal("450.10"), "sale_id=_x0041_"], KNOWN),
    ("ZZ2CD3EF4GH5", ["▲ medium", "=1+1", None, None, "0012"], {}),
]


def made(rows: Sequence[tuple[str, Sequence[Any], Mapping[str, Any]]] = ROWS, form: Form = DISPOSITION) -> Book:
    book = Book("Test", STAMP, header="DRAFT")
    form_sheet(book, form, form.sheets[0], MACHINE, rows, notes=["A note."])
    lists_sheet(book)
    return book


def opened(book: Book) -> Any:
    return openpyxl.load_workbook(io.BytesIO(book.data()))


def place(sheet: Any) -> tuple[int, int, dict[str, int]]:
    """First and last row of the table, and the columns by heading."""
    left, top, right, bottom = range_boundaries(next(iter(sheet.tables.values())).ref)
    heads = {sheet.cell(top, column).value: column for column in range(left, right + 1)}
    return top + 1, bottom, heads


def test_headings_are_those_of_the_form_and_the_key_comes_first() -> None:
    _, _, heads = place(opened(made())["Exceptions"])

    assert list(heads) == [
        "Exception id",
        *(column.title for column in MACHINE),
        *(field.title for field in DISPOSITION.fields),
    ]


def test_people_s_cells_are_open_coloured_and_marked_and_nothing_else_is() -> None:
    sheet = opened(made())["Exceptions"]

    first, last, heads = place(sheet)
    people = {heads[field.title] for field in DISPOSITION.fields}
    for row in range(1, last + 1):
        for column in range(1, len(heads) + 1):
            cell = sheet.cell(row, column)
            is_open = row >= first and column in people
            assert cell.protection.locked is not is_open, cell.coordinate
            assert (cell.fill.fgColor.rgb == f"FF{ENTRY}") is is_open
    marks = {column for column in range(1, len(heads) + 1) if sheet.cell(first - 2, column).value == MARK}
    assert marks == people
    machine, entry = sheet.cell(first - 1, 1), sheet.cell(first - 1, heads["Disposition"])
    assert machine.fill.fgColor.rgb != entry.fill.fgColor.rgb
    assert machine.font.color.rgb != entry.font.color.rgb  # dark on light against light on dark, in any print


def test_the_sheet_is_protected_without_a_password_and_still_filters_sorts_and_formats() -> None:
    for name in ("Exceptions", "Lists"):
        protection = opened(made())[name].protection

        assert protection.sheet
        assert protection.password is None
        assert protection.algorithmName is None
        free = ("autoFilter", "sort", "formatCells", "formatColumns", "formatRows", "selectLockedCells")
        assert not any(getattr(protection, name) for name in free)
        assert protection.insertRows
        assert protection.deleteRows


def test_choices_come_from_the_visible_lists_whatever_their_length() -> None:
    book = opened(made())

    sheet, lists = book["Exceptions"], book["Lists"]
    first, last, heads = place(sheet)
    found = {}
    for check in sheet.data_validations.dataValidation:
        (area,) = check.sqref.ranges
        assert (area.min_row, area.max_row) == (first, last)
        assert area.min_col == area.max_col
        assert check.showErrorMessage
        assert check.allow_blank
        assert len(check.error) <= 255
        found[area.min_col] = check
    dates = {heads[field.title] for field in DISPOSITION.fields if field.kind == "date"}
    choices = {heads[field.title] for field in DISPOSITION.fields if field.kind == "choice"}
    assert set(found) == dates | choices
    assert {found[column].type for column in dates} == {"date"}
    reference = found[heads["Reason"]].formula1
    assert reference == "Lists!$B$5:$B$16"
    assert [row[0].value for row in lists[reference.split("!")[1]]] == list(REASON_CODES)
    assert sum(map(len, REASON_CODES)) > 255  # more than a list in the cell itself could hold
    assert lists.sheet_state == "visible"
    assert list(book.defined_names) == []


def test_a_number_may_not_be_negative_and_a_date_not_of_another_century() -> None:
    checks = opened(made(form=SIGN_OFF))["Sign-off"].data_validations.dataValidation

    (number,) = (check for check in checks if check.type == "whole")
    assert (number.operator, number.formula1) == ("greaterThanOrEqual", "0")
    date = next(check for check in checks if check.type == "date")
    assert (date.formula1, date.formula2) == ("36526", "73050")  # 2000-01-01 and 2099-12-31 as Excel counts days


def test_one_set_of_choices_has_one_list() -> None:
    book = Book("Test", STAMP)
    for form in FORMS:
        form_sheet(book, form, form.sheets[0], MACHINE, ROWS[1:])
    lists_sheet(book)

    lists = opened(book)["Lists"]
    assert [lists.cell(4, column).value for column in range(1, lists.max_column + 1)] == [
        "Exceptions: Disposition",
        "Exceptions: Reason",
        "Findings: Status",
        "Findings: Criteria apply",
        "Findings: Cause code",
        "Findings: Impact (1 to 5)",
        "Findings: Final rating",
        "Actions: Status",
    ]
    assert lists["F5"].value == "1"  # text, as a cell of the format Text holds what is typed into it


def test_no_form_has_two_headings_alike() -> None:
    for form in FORMS:
        titles = [form.key, *(field.title for field in form.fields)]
        assert len({title.lower() for title in titles}) == len(titles)


@pytest.mark.parametrize("title", ["Reason", "reason", "Exception id"])
def test_a_machine_column_with_the_heading_of_a_field_is_refused(title: str) -> None:
    with pytest.raises(ValueError, match="same heading"):
        form_sheet(Book("Test", STAMP), DISPOSITION, "Exceptions", (Column(title),), [("A", ["x"], {})])


def test_what_is_known_already_stands_in_the_cells_as_its_kind() -> None:
    sheet = opened(made())["Exceptions"]

    first, _, heads = place(sheet)
    known = {title: sheet.cell(first, column) for title, column in heads.items()}
    assert known["Explanation"].value == "=The minister allowed it."
    assert known["Explanation"].data_type == "s"
    assert known["Explanation"].number_format == "@"
    assert known["Prepared on"].value == dt.datetime(2026, 7, 20)
    assert known["Expires on"].value == dt.datetime(2026, 12, 31)
    assert sheet.cell(first + 1, heads["Expires on"]).value is None
    assert sheet.cell(first + 1, heads["Expires on"]).number_format == "yyyy-mm-dd"


def test_a_date_that_is_none_is_shown_and_not_lost() -> None:
    sheet = opened(made([("A", ROWS[0][1], {"prepared_on": "soon"})]))["Exceptions"]

    first, _, heads = place(sheet)
    assert sheet.cell(first, heads["Prepared on"]).value == "soon"


def test_the_review_rows_hold_what_was_written_as_texts() -> None:
    first, second = made().review_rows

    assert (first.sheet, first.key) == ("Exceptions", "AB2CD3EF4GH5")
    assert first.cells == {
        "Exception id": "AB2CD3EF4GH5",
        "Severity": "◆ high",
        "Why": "one sentence",
        "Event date": "2026-07-01",
        "Amount": "450.1",
        "Item": "sale_id=_x0041_",
    }
    empty = {field.name: "" for field in DISPOSITION.fields}
    assert first.fields == {**empty, **KNOWN, "expires_on": "2026-12-31"}
    assert second.cells["Event date"] == ""
    assert second.fields == empty


def test_every_machine_cell_reads_back_as_the_text_that_was_noted() -> None:
    book = made()
    sheet = opened(book)["Exceptions"]

    first, _, heads = place(sheet)
    for number, row in enumerate(book.review_rows):
        read = {title: text_of(sheet.cell(first + number, heads[title]).value) for title in row.cells}
        assert read == row.cells


def test_review_rows_survive_a_file_and_leave_no_other_behind(tmp_path: Path) -> None:
    rows = made().review_rows

    rows.write(tmp_path / "review_row.parquet")

    assert list(ReviewRows.read(tmp_path / "review_row.parquet")) == list(rows)
    assert list(ReviewRows.of(rows.data())) == list(rows)
    assert [path.name for path in tmp_path.iterdir()] == ["review_row.parquet"]


def test_the_same_review_rows_give_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        made().review_rows.write(tmp_path / name)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_no_review_rows_are_a_file_too(tmp_path: Path) -> None:
    ReviewRows().write(tmp_path / "review_row.parquet")

    assert list(ReviewRows.read(tmp_path / "review_row.parquet")) == []
    assert ReviewRows().data() == b""


def test_a_line_separator_in_a_text_does_not_break_a_review_row() -> None:
    rows = ReviewRows()
    row = ReviewRow("Exceptions", "A", {"Why": "a\u2028b\x85c\nd"}, {"explanation": 'e"f'})
    rows.add(row)

    assert list(rows) == [row]
    assert len(rows) == 1


def test_review_rows_of_many_pieces_stay_in_order() -> None:
    rows = ReviewRows()
    for number in range(3000):
        rows.add(ReviewRow("Exceptions", str(number), {"Why": "x" * 500}, {}))

    assert [row.key for row in rows] == [str(number) for number in range(3000)]


def test_without_rows_the_sheet_says_so_and_there_are_no_lists() -> None:
    book = opened(made([]))

    assert book.sheetnames == ["Exceptions"]
    assert not book["Exceptions"].tables
    assert "Nothing to list." in [row[0].value for row in book["Exceptions"].iter_rows()]


def test_spare_rows_are_open_from_the_key_on_checked_and_handed_to_nobody() -> None:
    book = Book("Test", STAMP)
    form_sheet(book, ACTION, "Actions", MACHINE, ROWS[1:], spare=3)
    sheet = opened(book)["Actions"]

    first, last, heads = place(sheet)
    assert last - first + 1 == 4
    for row in range(first, last + 1):
        assert sheet.cell(row, 1).protection.locked is (row == first)
        assert sheet.cell(row, heads["Why"]).protection.locked
        assert not sheet.cell(row, heads["Owner (role)"]).protection.locked
        assert sheet.cell(row, 1).value == ("ZZ2CD3EF4GH5" if row == first else None)
    ranges = [area for check in sheet.data_validations.dataValidation for area in check.sqref.ranges]
    assert {(area.min_row, area.max_row) for area in ranges} == {(first, last)}
    assert len(book.review_rows) == 1
    assert entries(book, "Actions") == 1


def test_a_sheet_of_spare_rows_only_is_a_table_to_fill() -> None:
    book = Book("Test", STAMP)
    form_sheet(book, ACTION, "Actions", MACHINE, [], spare=2)

    first, last, _ = place(opened(book)["Actions"])
    assert last - first + 1 == 2
    assert entries(book, "Actions") == 0


def test_a_row_grows_when_more_is_written_into_it() -> None:
    with zipfile.ZipFile(io.BytesIO(made(form=FINDING).data())) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()

    rows = re.findall(r"<row r=\"(\d+)\"([^>]*)>", xml)
    assert [number for number, more in rows if "customHeight" not in more] == ["6", "7"]


def test_the_mark_is_repeated_with_the_header_on_every_printed_page() -> None:
    sheet = opened(made(form=ACTION))["Actions"]

    first, _, _ = place(sheet)
    assert sheet.print_title_rows == f"${first - 2}:${first - 1}"
    assert sheet.freeze_panes == f"B{first}"


def test_the_same_form_gives_the_same_bytes() -> None:
    assert made().data() == made().data()
