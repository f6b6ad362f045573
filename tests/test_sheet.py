from __future__ import annotations

import datetime as dt
import io
import re
import stat
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.book import Book, unique
from auditkit.cell import LONGEST, is_hostile, lines, plain, safe_text, units
from auditkit.private import write_file
from auditkit.sheet import TALLEST, WIDEST, Column, height, table_sheet
from auditkit.wording import fraction, percent_format, share, sole_currency

STAMP = dt.datetime(2026, 10, 12, 9, 30)
COLUMNS = (Column("Item"), Column("Why", "wrap"), Column("Amount", "amount"), Column("Day", "date"))
ROWS = [["G-1", "one sentence", Decimal("450.00"), dt.date(2026, 7, 1)]]


def book() -> Book:
    return Book("Test", STAMP, header="DRAFT", footer="A & B")


def one_table(rows: list[list[Any]], **changes: Any) -> bytes:
    made = book()
    table_sheet(made, "Exceptions", COLUMNS, rows, **changes)
    return made.data()


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "#N/A", "#REF!", "TRUE"]
)
def test_text_stays_text_whatever_it_begins_with(text: str) -> None:
    data = one_table([[text, text, None, None]])

    sheet = parts(data)["xl/worksheets/sheet1.xml"]
    cell = opened(data)["Exceptions"]["A4"]
    assert "<f>" not in sheet
    assert 't="e"' not in sheet
    assert cell.data_type == "s"
    assert cell.value == text


def test_text_that_could_be_a_formula_is_marked_as_quoted() -> None:
    cell = opened(one_table([["=1+1", "plain", None, None]]))["Exceptions"]["A4"]

    assert cell.quotePrefix
    assert not is_hostile("plain")


def test_control_characters_are_made_visible_and_surrogates_replaced() -> None:
    assert safe_text("a\x00b\x1bc") == "a␀b␛c"
    assert safe_text("a\ud800b\ufffe") == "a\ufffdb\ufffd"
    assert safe_text("one\r\ntwo\rthree\ttab") == "one\ntwo\nthree\ttab"


def test_a_right_to_left_override_cannot_turn_a_text_round() -> None:
    assert "\u202e" not in safe_text("invoice\u202efdp.exe")


def test_text_that_excel_would_decode_is_escaped() -> None:
    assert safe_text("_x0041_") == "_x005F_x0041_"


@pytest.mark.parametrize("letter", ["x", "𝒳"])
def test_a_text_longer_than_a_cell_says_that_it_was_cut(letter: str) -> None:
    cut = safe_text(letter * 40_000, "results/x.parquet")

    assert units(cut) <= LONGEST
    assert cut.endswith("[cut here: 40,000 characters in all; the whole text: results/x.parquet]")
    assert safe_text("x" * LONGEST) == "x" * LONGEST


@settings(max_examples=30)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_can_be_written_and_read_again(text: str) -> None:
    cell = opened(one_table([["A", text, None, None]]))["Exceptions"]["B4"]

    assert (cell.value or "").replace("_x005F_", "_") == safe_text(text).replace("_x005F_", "_")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (10**15, "1000000000000000"),
        (10**15 - 1, 999_999_999_999_999),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
        (Decimal("NaN"), "not a number"),
        (float("nan"), "not a number"),
        (float("inf"), "infinite"),
        (True, "yes"),
        (False, "no"),
        (dt.date(1899, 12, 31), "1899-12-31"),
        (("b", "a"), "b, a"),
        (None, None),
        (dt.datetime(2026, 7, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=3))), dt.datetime(2026, 7, 1, 9)),
    ],
)
def test_values_that_excel_would_spoil_are_written_as_text(value: Any, shown: Any) -> None:
    assert plain(value) == shown


def test_amounts_and_dates_are_real_numbers_with_a_format() -> None:
    sheet = opened(one_table(ROWS))["Exceptions"]

    assert sheet["C4"].value == 450
    assert sheet["C4"].number_format.startswith("#,##0.00")
    assert sheet["D4"].value == dt.datetime(2026, 7, 1)
    assert sheet["D4"].number_format == "yyyy-mm-dd"


def test_leading_zeros_stay() -> None:
    assert opened(one_table([["00012345", "", None, None]]))["Exceptions"]["A4"].value == "00012345"


def test_a_table_has_filters_a_frozen_header_a_print_title_and_fits_the_page() -> None:
    sheet = opened(one_table(ROWS * 3))["Exceptions"]

    (table,) = sheet.tables.values()
    assert table.ref == "A3:D6"
    assert table.autoFilter is not None
    assert [column.name for column in table.tableColumns] == [cell.value for cell in sheet[3]]
    assert sheet.freeze_panes == "B4"
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.fitToWidth == 1
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area.endswith("$A$1:$D$6")


def test_without_rows_there_is_a_sentence_and_no_table() -> None:
    sheet = opened(one_table([], empty="No exception in the items tested."))["Exceptions"]

    assert not sheet.tables
    assert "No exception in the items tested." in [row[0].value for row in sheet.iter_rows()]


def test_tables_of_one_book_have_different_names_and_columns() -> None:
    made = book()
    table_sheet(made, "A b", COLUMNS, ROWS)
    table_sheet(made, "A-b", (Column("Same"), Column("same"), Column("Same"), Column("x")), ROWS)

    names = re.findall(r'displayName="(\w+)"', "".join(parts(made.data()).values()))
    assert len(set(names)) == 2
    assert unique(["Same", "same", "Same"]) == ["Same", "same 2", "Same 3"]


def test_sheet_titles_are_made_valid_and_different() -> None:
    made = book()
    titles = [made.sheet("Pay: a/b [2026] of everybody in the whole place").title for _ in range(2)]

    assert titles[0] != titles[1]
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\") for title in titles)


def test_too_many_rows_for_a_sheet_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        table_sheet(book(), "Long", COLUMNS, [ROWS[0]] * 1_048_577)


def test_the_same_content_gives_the_same_bytes_and_names_nobody() -> None:
    first, second = one_table(ROWS), one_table(ROWS)

    assert first == second
    core = parts(first)["docProps/core.xml"]
    assert "openpyxl" not in core
    assert "2026-10-12T09:30:00Z" in core
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 10, 12, 9, 30, 0)}


def test_no_sheet_is_ever_written_to_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a temporary file was opened")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr("openpyxl.worksheet._writer.NamedTemporaryFile", refuse)
    made = book()
    table_sheet(made, "By row", COLUMNS, ROWS)
    made.fill(made.sheet("By cell").cell(1, 1), "text")

    assert opened(made.data()).sheetnames == ["By row", "By cell"]


def test_a_sheet_filled_both_by_cell_and_by_row_is_refused_and_not_half_written() -> None:
    made = book()
    table_sheet(made, "Both", COLUMNS, ROWS)
    made.fill(made.book["Both"].cell(1, 1), "text")

    with pytest.raises(ValueError, match="both by cell and by row"):
        made.data()


def test_an_ampersand_in_the_footer_is_text_and_not_a_code() -> None:
    sheet = parts(one_table(ROWS))["xl/worksheets/sheet1.xml"]

    assert "A &amp;&amp; B" in sheet
    assert "DRAFT" in sheet


def test_a_file_appears_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "findings.xlsx"
    (tmp_path / "findings.xlsx.part").write_bytes(b"left over")

    write_file(path, b"content")

    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["findings.xlsx"]


def test_rows_grow_with_their_text_up_to_a_limit() -> None:
    style = COLUMNS[1].style

    assert height([("short", 40, style)]) < height([("word " * 40, 40, style)]) < height([("word " * 400, 40, style)])
    assert height([("word " * 9000, 40, style)]) == 400
    assert lines("one\ntwo", 40, 10) == 2
    assert lines("Unbroken" * 30, 20, 10) > 5


def test_a_line_of_code_is_as_wide_as_its_widest_stand_in() -> None:
    code = "            THEN CASE $same_day_policy WHEN 'pass' THEN 'before' WHEN 'exception' THEN 'late' ELSE 'x' END"

    assert lines(code, 100, 10) == 1
    assert lines(code, 100, 10, mono=True) == 2
    assert lines("a\n\nb", 100, 10, mono=True) == 3


def test_a_column_grows_where_its_text_would_need_a_row_too_high_for_excel() -> None:
    made = Book("Test", STAMP)
    table_sheet(made, "Long", [Column("Name"), Column("Text", "wrap", most=30)], [["a", "word " * 400]])

    sheet = opened(made.data())["Long"]
    assert 30 < sheet.column_dimensions["B"].width <= WIDEST
    assert (sheet.row_dimensions[4].height or 0) <= TALLEST
    assert not any("open such a cell" in str(row[0].value) for row in sheet.iter_rows())


def test_a_text_that_no_row_can_show_is_said_to_be_there() -> None:
    made = Book("Test", STAMP)
    table_sheet(made, "Long", [Column("Name"), Column("Text", "wrap")], [["a", "line\n" * 90], ["b", "short"]])

    words = [str(row[0].value) for row in opened(made.data())["Long"].iter_rows()]
    assert "1 cell holds more text than a row can be high: open such a cell to read it whole." in words


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (496, 10_000, "4.96 %"),
        (4_996, 100_000, "4.996 %"),
        (49_999, 1_000_000, "4.9999 %"),
        (5, 100, "5.00 %"),
        (1, 3, "33.33 %"),
        (1, 30_000, "0.003 %"),
        (0, 10, "0.00 %"),
        (99_999, 100_000, "99.999 %"),
        (10, 10, "100.00 %"),
        (0, 0, "-"),
    ],
)
def test_a_share_never_reads_as_a_whole_percent_that_it_is_not(part: int, whole: int, shown: str) -> None:
    assert share(part, whole) == shown


def test_a_column_of_shares_has_the_digits_of_the_one_that_needs_most() -> None:
    assert percent_format([fraction(496, 10_000), None, "withheld"]) == "0.00 %_m"
    assert percent_format([fraction(496, 10_000), fraction(4_996, 100_000)]) == "0.000 %_m"
    assert percent_format([]) == "0.00 %_m"


def test_amounts_stand_as_numbers_only_where_all_are_in_one_currency() -> None:
    assert sole_currency([{"SAR": Decimal(5)}, {"SAR": Decimal(7), "EUR": Decimal(0)}, None]) == "SAR"
    assert sole_currency([{"SAR": Decimal(5)}, {"EUR": Decimal(1)}]) == ""
    assert sole_currency([]) == ""
