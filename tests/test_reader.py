"""One file to raw rows: every encoding and format, the row number a person sees, and rows that are not readable."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditkit import reader, spreadsheet
from auditkit.errors import ExtractError
from auditkit.mapping import Source
from auditkit.notation import Notation
from auditkit.scan import probable_encoding

CONNECTION = duckdb.connect(config={"threads": 1})


def read(path: Path, source: Source | None = None) -> tuple[list[tuple[Any, ...]], list[tuple[int, str]], reader.Found]:
    """Return the rows (row number, cells) in file order, the unreadable rows, and what was found."""
    connection = CONNECTION
    temporary = path.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    found = reader.look(path, source or Source(), temporary)
    raw = reader.load(connection, found, range(len(found.headers)), temporary)
    cells = ", ".join(raw.cells[index].sql for index in range(len(found.headers)))
    rows = connection.execute(f"SELECT {raw.row}, {cells} FROM {raw.table} ORDER BY 1").fetchall()
    assert raw.rows == len(rows) + len(raw.unreadable)
    return rows, [(record.row, record.reason) for record in raw.unreadable], found


def file(folder: Path, content: bytes | str, name: str = "pay.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


TEXT = "id;name;amount\n001;Zoë Müller;1,5\n002;Ægir;2,5\n"
ROWS = [(2, "001", "Zoë Müller", "1,5"), (3, "002", "Ægir", "2,5")]
SEMICOLON = Source(delimiter=";")


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", TEXT.encode()),
        ("utf-8", codecs.BOM_UTF8 + TEXT.encode()),
        ("utf-8-sig", codecs.BOM_UTF8 + TEXT.encode()),
        ("utf-16", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le")),
        ("utf-16", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        ("utf-16-le", TEXT.encode("utf-16-le")),
        ("utf-16-be", TEXT.encode("utf-16-be")),
        ("windows-1252", TEXT.encode("windows-1252")),
        ("iso-8859-1", TEXT.encode("iso-8859-1")),
    ],
)
def test_every_encoding_gives_the_same_rows(tmp_path: Path, encoding: str, content: bytes) -> None:
    rows, unreadable, found = read(file(tmp_path, content), replace(SEMICOLON, encoding=encoding))

    assert rows == ROWS
    assert unreadable == []
    assert found.headers == ("id", "name", "amount")
    assert found.scan.sha256 == hashlib.sha256(content).hexdigest()
    assert found.scan.size == len(content)


def test_arabic_windows_text(tmp_path: Path) -> None:
    path = file(tmp_path, "id;name\n1;محمد العلي\n".encode("windows-1256"))

    rows, _, _ = read(path, replace(SEMICOLON, encoding="windows-1256"))

    assert rows == [(2, "1", "محمد العلي")]


@pytest.mark.parametrize(
    ("content", "declared", "said"),
    [
        (TEXT.encode("windows-1252"), "utf-8", "byte EB at position 21"),
        (TEXT.encode("windows-1252"), "utf-8", "declare encoding: windows-1252"),
        ("id;name\n1;محمد\n".encode("windows-1256"), "utf-8", "declare encoding: windows-1256"),
        (TEXT.encode() + b"003;caf\xe9;1\n", "utf-8", "byte E9 at position 57"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-8", "begins with the mark of utf-16"),
        (TEXT.encode("utf-16-le"), "windows-1252", "looks like utf-16-le"),
        (TEXT.encode(), "windows-1252", "its text is UTF-8 throughout"),
        (codecs.BOM_UTF8 + TEXT.encode(), "windows-1252", "begins with the mark of utf-8"),
        (TEXT.encode("utf-16-le"), "utf-16", "byte-order mark is missing"),
        ("id;ü".encode()[:-1], "utf-8", "breaks off inside a character"),
        (b"", "utf-8", "empty (0 bytes)"),
        (b"\n\n", "utf-8", "no header in row 1"),
    ],
)
def test_text_that_is_not_what_it_is_declared_to_be(tmp_path: Path, content: bytes, declared: str, said: str) -> None:
    with pytest.raises(ExtractError) as error:
        read(file(tmp_path, content), replace(SEMICOLON, encoding=declared))

    assert said in str(error.value)
    assert str(error.value).startswith("pay.csv")


def test_an_undecodable_byte_far_into_the_file_is_named_exactly(tmp_path: Path) -> None:
    content = b"id;name\n" + "1;é\n".encode() * 1_200_000 + b"2;\xff\n"

    with pytest.raises(ExtractError, match=f"position {content.index(0xFF):,}"):
        read(file(tmp_path, content), SEMICOLON)


def test_probable_encoding_of_plain_text_is_utf_8(tmp_path: Path) -> None:
    assert probable_encoding(file(tmp_path, "id\n1\n")) == "utf-8"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(tmp_path: Path, end: str) -> None:
    rows, unreadable, _ = read(file(tmp_path, TEXT.replace("\n", end)), SEMICOLON)

    assert rows == ROWS
    assert unreadable == []


def test_mixed_line_ends(tmp_path: Path) -> None:
    rows, unreadable, _ = read(file(tmp_path, "id;name\r\n1;a\n2;b\r\n3;c"), SEMICOLON)

    assert rows == [(2, "1", "a"), (3, "2", "b"), (4, "3", "c")]
    assert unreadable == []


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_inside_quotes_count_as_one_row(tmp_path: Path, end: str) -> None:
    text = f'id;name{end}1;"two\nlines"{end}2;"say ""hi"""{end}3;"a;b"{end}'

    rows, _, _ = read(file(tmp_path, text), SEMICOLON)

    assert rows == [(2, "1", "two\nlines"), (3, "2", 'say "hi"'), (4, "3", "a;b")]


def test_blank_lines_are_no_rows_but_keep_their_number(tmp_path: Path) -> None:
    rows, unreadable, _ = read(file(tmp_path, "id;name\n1;a\n\n2;b\n   \n3;c\n\n\n"), SEMICOLON)

    assert rows == [(2, "1", "a"), (4, "2", "b"), (6, "3", "c")]
    assert unreadable == []


def test_a_separator_line_is_obeyed_and_not_counted(tmp_path: Path) -> None:
    rows, unreadable, _ = read(file(tmp_path, "sep=;\nid;name\n1;a\n2\n3;c\n"), Source(delimiter=","))

    assert rows == [(2, "1", "a"), (4, "3", "c")]
    assert [row for row, _ in unreadable] == [3]


def test_the_header_may_stand_below_a_title(tmp_path: Path) -> None:
    rows, _, found = read(file(tmp_path, "Payments;;\nid;name\n1;a\n"), replace(SEMICOLON, header_row=2))

    assert found.headers == ("id", "name")
    assert rows == [(3, "1", "a")]


def test_a_declared_footer_is_left_out(tmp_path: Path) -> None:
    rows, unreadable, _ = read(file(tmp_path, "id;name\n1;a\n2;b\nTotal\n"), replace(SEMICOLON, skip_footer_rows=1))

    assert [row[0] for row in rows] == [2, 3]
    assert unreadable == []


def test_rows_that_are_not_readable_are_listed_with_their_numbers(tmp_path: Path) -> None:
    text = 'id;name\n1;a\n2;b;c\n3\n4;d\n5;"x" y\n6;f\n'

    rows, unreadable, _ = read(file(tmp_path, text), SEMICOLON)

    assert rows == [(2, "1", "a"), (5, "4", "d"), (7, "6", "f")]
    assert [row for row, _ in unreadable] == [3, 4, 6]
    assert "3 cells where the header has 2" in unreadable[0][1]
    assert "the line may be cut off" in unreadable[1][1]


def test_the_fast_reader_numbers_rows_around_unreadable_ones(tmp_path: Path) -> None:
    lines = [f"{number};name" if number % 1000 else f"{number};too;many" for number in range(1, 5001)]

    rows, unreadable, _ = read(file(tmp_path, "id;name\n" + "\n".join(lines) + "\n"), SEMICOLON)

    assert [row for row, _ in unreadable] == [1001, 2001, 3001, 4001, 5001]
    assert all(row == int(identifier) + 1 for row, identifier, _ in rows)
    assert "more cells than the header has" in unreadable[0][1]


def test_one_quotation_mark_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    text = 'id;name\n1;a\n2;"b\n3;c\n4;d\n'

    rows, unreadable, _ = read(file(tmp_path, text), SEMICOLON)

    assert [row[0] for row in rows] == [2, 4, 5]
    assert [row for row, _ in unreadable] == [3]


def test_a_quotation_mark_inside_a_cell_is_text(tmp_path: Path) -> None:
    rows, _, _ = read(file(tmp_path, 'id;name\n1;pipe 5" long\n'), SEMICOLON)

    assert rows == [(2, "1", 'pipe 5" long')]


def test_delimiters_too_many_at_the_end_of_rows_do_no_harm(tmp_path: Path) -> None:
    rows, unreadable, _ = read(file(tmp_path, "id;name\n1;a;\n2;b;\n"), SEMICOLON)

    assert rows == [(2, "1", "a"), (3, "2", "b")]
    assert unreadable == []


def test_a_truncated_last_line_is_listed(tmp_path: Path) -> None:
    rows, unreadable, _ = read(file(tmp_path, "id;name;amount\n1;a;5\n2;b"), SEMICOLON)

    assert len(rows) == 1
    assert unreadable[0][0] == 3
    assert "cut off" in unreadable[0][1]


def test_a_nul_byte_does_not_stop_the_reading(tmp_path: Path) -> None:
    rows, unreadable, found = read(file(tmp_path, b"id;name\n1;a\x00b\n2;c\n"), SEMICOLON)

    assert found.scan.nul
    assert rows == [(2, "1", "a\x00b"), (3, "2", "c")]
    assert unreadable == []


def test_one_column_with_blank_cells(tmp_path: Path) -> None:
    rows, _, _ = read(file(tmp_path, "id\n1\n\n3\n"))

    assert rows == [(2, "1"), (4, "3")]


def test_a_header_alone_is_an_extract_of_no_rows(tmp_path: Path) -> None:
    for text in ("id;name\n", "id;name"):
        rows, unreadable, found = read(file(tmp_path, text), SEMICOLON)

        assert (rows, unreadable, found.headers) == ([], [], ("id", "name"))


def test_a_file_name_that_looks_like_a_pattern(tmp_path: Path) -> None:
    rows, _, _ = read(file(tmp_path, TEXT, "pay [1]*.csv"), SEMICOLON)

    assert rows == ROWS


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_writes_is_what_is_read(tmp_path: Path, table: list[list[str]], end: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *table])

    rows, unreadable, _ = read(file(tmp_path, buffer.getvalue()), SEMICOLON)

    def shown(cell: str | None) -> str:
        return (cell or "").replace("\r\n", "\n").replace("\r", "\n")

    assert unreadable == []
    assert [[shown(cell) for cell in row[1:]] for row in rows] == [[shown(cell) for cell in row] for row in table]
    assert [row[0] for row in rows] == list(range(2, len(table) + 2))


def sheet(folder: Path, table: Sequence[Sequence[Any]], title: str = "Data") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for row in table:
        page.append(list(row))
    path = folder / "pay.xlsx"
    book.save(path)
    return path


def test_a_spreadsheet_keeps_ids_numbers_and_dates_as_text(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        [
            ["id", "whole", "amount", "day", "moment", "yes"],
            ["00123", 42, 0.1 + 0.2, dt.date(2026, 7, 1), dt.datetime(2026, 7, 1, 14, 30), True],
            [],
            ["12345678901234567890", 1234567, -1234.5, dt.date(1999, 12, 31), dt.datetime(2026, 7, 1), False],
        ],
    )

    rows, _, _ = read(path)

    assert rows == [
        (2, "00123", "42", "0.3", "2026-07-01", "2026-07-01 14:30:00", "true"),
        (4, "12345678901234567890", "1234567", "-1234.5", "1999-12-31", "2026-07-01", "false"),
    ]


def test_numbers_of_a_spreadsheet_get_the_declared_decimal_sign(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["id", "amount"], ["1.234,5", 1234.5]])

    rows, _, _ = read(path, Source(notation=Notation(decimal=",", thousands=".")))

    assert rows == [(2, "1.234,5", "1234,5")]


def test_a_formula_that_failed_is_not_an_empty_cell(tmp_path: Path) -> None:
    path = sheet(tmp_path, [[None, None, None], [None, "id", "amount"], [None, "1", "#N/A"], [None, "#REF!", 5]])

    rows, _, _ = read(path, Source(header_row=2))

    assert rows == [(3, "1", "#N/A"), (4, "#REF!", "5")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(12.0, "12"), (1e15, "1000000000000000"), (0.00001, "0.00001"), (1 / 3, "0.333333333333333"), (-0.5, "-0.5")],
)
def test_numbers_are_written_out_without_noise(value: float, shown: str) -> None:
    assert spreadsheet.text(value) == shown


def test_a_time_that_lost_a_hair_is_the_full_second() -> None:
    assert spreadsheet.text(dt.datetime(2026, 7, 1, 14, 29, 59, 999_900)) == "2026-07-01 14:30:00"


def test_sheets_are_found_by_name_or_number(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["id"], ["1"]], "Payments")

    assert read(path, Source(sheet="Payments"))[0] == read(path, Source(sheet=1))[0] == [(2, "1")]
    for wanted in ("Payment", 2):
        with pytest.raises(ExtractError, match="it has: Payments"):
            read(path, Source(sheet=wanted))


def test_a_spreadsheet_without_a_header_in_the_declared_row(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match="no header in row 5"):
        read(sheet(tmp_path, [["id"], ["1"]]), Source(header_row=5))


def test_a_truncated_spreadsheet_is_said_to_be_damaged(tmp_path: Path) -> None:
    whole = sheet(tmp_path, [["id"], ["1"]]).read_bytes()

    with pytest.raises(ExtractError, match="truncated or damaged"):
        read(file(tmp_path, whole[: len(whole) // 2], "cut.xlsx"))


def test_json_lines_are_flattened_and_numbers_keep_their_digits(tmp_path: Path) -> None:
    lines = [
        '{"id": "001", "party": {"name": "A", "seat": {"city": "X"}}, "n": 12345678901234567890, "tags": [1, 2]}',
        "",
        '{"id": "002", "n": 1.50, "ok": true, "party": null}',
        "[1, 2]",
        '{"id": "003"',
    ]

    rows, unreadable, found = read(file(tmp_path, "\n".join(lines), "pay.jsonl"))

    assert found.headers == ("id", "party.name", "party.seat.city", "n", "tags", "ok", "party")
    assert rows[0] == (1, "001", "A", "X", "12345678901234567890", '["1", "2"]', None, None)
    assert rows[1] == (3, "002", None, None, "1.50", None, "true", None)
    assert [row for row, _ in unreadable] == [4, 5]
    assert "not valid JSON" in unreadable[1][1]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({"a": CELL, "b": CELL}), min_size=1, max_size=6))
def test_json_texts_come_back_whole(tmp_path: Path, table: list[dict[str, str]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in table)

    rows, _, found = read(file(tmp_path, text, "pay.jsonl"))

    expected = [row[name].replace("\r\n", "\n").replace("\r", "\n") for row in table for name in found.headers]
    assert [cell or "" for row in rows for cell in row[1:]] == expected


def test_parquet_keeps_its_types_and_counts_rows_from_one(tmp_path: Path) -> None:
    path = tmp_path / "pay.parquet"
    duckdb.execute(f"COPY (SELECT '007' AS id, 1.5::DECIMAL(9,2) AS amount, DATE '2026-07-01' AS day) TO '{path}'")

    rows, _, found = read(path)

    assert found.headers == ("id", "amount", "day")
    assert rows[0][:2] == (1, "007")
    assert rows[0][3] == dt.date(2026, 7, 1)


def test_a_damaged_parquet_file_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match="truncated or damaged"):
        read(file(tmp_path, b"PAR1 nothing else", "pay.parquet"))


def test_an_unknown_ending_needs_a_declared_format(tmp_path: Path) -> None:
    path = file(tmp_path, TEXT, "pay.dat")

    with pytest.raises(ExtractError, match=r"\.dat"):
        read(path, SEMICOLON)
    assert read(path, replace(SEMICOLON, format="csv"))[0] == ROWS
