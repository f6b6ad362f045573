"""Rows of a delimited text file (CSV): by DuckDB's reader where the file is regular, record by record where not."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

import duckdb

from auditkit.errors import ExtractError
from auditkit.quoting import literal
from auditkit.scan import Scan

FIELD_LIMIT = 1 << 24
RECORD_LINES = 1000  # a quoted cell with more lines than this was never closed
REASONS = {
    "TOO MANY COLUMNS": "more cells than the header has",
    "MISSING COLUMNS": "fewer cells than the header has; the line may be cut off",
}


@dataclass(frozen=True, slots=True)
class Head:
    """
    The header of a delimited file.

    `records` is the record the header stands on and `lines` the physical lines up to it, both with a leading `sep=`
    line, which `marked` tells of; the row numbers a person sees do not count that line.
    """

    names: tuple[str, ...]
    delimiter: str
    quote: str
    records: int
    lines: int
    marked: bool

    @property
    def first_row(self) -> int:
        """The row number of the first record after the header."""
        return self.records + 1 - self.marked


class Record(NamedTuple):
    """One record that is not blank: its row number and its cells, or None and the reason why it cannot be read."""

    row: int
    cells: Sequence[str] | None
    reason: str = ""


def head(path: Path, scan: Scan, delimiter: str, quote: str, header_row: int) -> Head:
    """Read the header; raises ExtractError if the file has no such row or its cells are all blank."""
    with _open(scan) as file:
        first = file.readline().rstrip("\r\n")
        marked = first.lower().startswith("sep=") and len(first) == 5
        delimiter = first[4] if marked else delimiter
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, quotechar=quote)
        wanted = header_row + marked
        try:
            found = list(itertools.islice(reader, wanted))
        except csv.Error as error:
            raise ExtractError(f"the header cannot be read: {error}", path=path.name, line=reader.line_num) from None
        lines = reader.line_num
    names = tuple(name.strip() for name in found[-1]) if len(found) == wanted else ()
    if not any(names):
        hint = "say which row holds the column names: header_row: in the mapping"
        raise ExtractError(f"there is no header in row {header_row}", path=path.name, hint=hint)
    return Head(names, delimiter, quote, wanted, lines, marked)


def load(
    connection: duckdb.DuckDBPyConnection, table: str, source: Path, scan: Scan, head: Head, wanted: Sequence[int]
) -> tuple[Record, ...] | None:
    """
    Create the temporary table `table` with the `wanted` columns c<index>; its rowid + `head.first_row` is the row.

    Returns the unreadable records, or None when the file is not regular enough for DuckDB's reader and nothing was
    kept. When a record is unreadable, the table gets a column `source_row` instead, because rowid no longer counts.
    """
    if not scan.plain or head.lines != head.records or len(head.names) < 2:
        return None
    names = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(head.names)))
    selected = ", ".join(f"c{index}" for index in wanted) or "c0"
    options = (
        f"delim={literal(head.delimiter)}, quote={literal(head.quote)}, escape={literal(head.quote)}, header=false, "
        f"skip={head.lines}, auto_detect=false, new_line='{scan.newline.encode('unicode_escape').decode()}', "
        f"columns={{{names}}}, store_rejects=true, rejects_limit=0, rejects_table='raw_reject', "
        "rejects_scan='raw_reject_scan'"
    )
    try:
        connection.execute(
            f"CREATE TEMP TABLE {table} AS SELECT {selected} FROM read_csv({literal(str(source))}, {options})"
        )
        unreadable = _rejects(connection, head)
    except duckdb.Error:
        unreadable = None
    finally:
        for name in ("raw_reject", "raw_reject_scan"):
            connection.execute(f"DROP TABLE IF EXISTS {name}")
    if unreadable is None:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    elif unreadable:
        _number(connection, table, head.first_row, [record.row for record in unreadable])
    return unreadable


def _rejects(connection: duckdb.DuckDBPyConnection, head: Head) -> tuple[Record, ...] | None:
    found = connection.execute(
        "SELECT line, arg_min(CAST(error_type AS VARCHAR), column_idx), any_value(csv_line) FROM raw_reject "
        "GROUP BY line ORDER BY line"
    ).fetchall()
    records = []
    for line, kind, text in found:
        body = (text or "").strip("\r\n")
        # What the careful reader can still make sense of: a quotation mark that swallows lines, a line of blanks,
        # delimiters too many at the end.
        harmless = not body.strip() or (kind == "TOO MANY COLUMNS" and body.rstrip().endswith(head.delimiter))
        if kind not in REASONS or "\n" in body or harmless:
            return None
        records.append(Record(line - head.marked, None, REASONS[kind]))
    return tuple(records)


def _number(connection: duckdb.DuckDBPyConnection, table: str, first: int, missing: Sequence[int]) -> None:
    """Give the rows of `table` their row numbers, the unreadable rows being gaps in the count."""
    connection.execute("CREATE TEMP TABLE raw_gap (place BIGINT, gaps BIGINT)")
    rows = ", ".join(f"({row - first - count}, {count + 1})" for count, row in enumerate(missing))
    connection.execute(
        f"INSERT INTO raw_gap SELECT place, max(gaps) FROM (VALUES {rows}) AS t (place, gaps) GROUP BY 1"
    )
    connection.execute(
        f"CREATE TEMP TABLE raw_numbered AS SELECT rows.*, place_ + {first} + COALESCE(gaps, 0) AS source_row "
        f"FROM (SELECT *, rowid AS place_ FROM {table}) AS rows ASOF LEFT JOIN raw_gap ON rows.place_ >= raw_gap.place"
    )
    connection.execute(f"DROP TABLE {table}")
    connection.execute("DROP TABLE raw_gap")
    connection.execute(f"ALTER TABLE raw_numbered RENAME TO {table}")


def records(scan: Scan, head: Head) -> Iterator[Record]:
    """
    Yield every record after the header, record by record; a record of no cells or of blanks only is no record.

    When a record of several lines makes no sense, its first line is the bad row and reading goes on at the next line:
    one quotation mark that is never closed costs one row, not the rest of the file.
    """
    limit = csv.field_size_limit(FIELD_LIMIT)
    try:
        with _open(scan) as file:
            lines = _Lines(file)
            reader = csv.reader(lines, delimiter=head.delimiter, quotechar=head.quote, strict=True)
            for number in itertools.count(1):
                del lines.taken[:]
                record = _next(reader, number - head.marked, len(head.names), number > head.records)
                if record is None:
                    return
                if record.cells is None and len(lines.taken) > 1:
                    lines.again()
                    reader = csv.reader(lines, delimiter=head.delimiter, quotechar=head.quote, strict=True)
                if number > head.records and (record.cells or record.reason):
                    yield record
    finally:
        csv.field_size_limit(limit)


class _Lines:
    """The lines of a file, with those `taken` since the last record, which can be read again but for the first."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.taken: list[str] = []
        self.waiting: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) > RECORD_LINES:
            raise StopIteration
        line = self.waiting.pop() if self.waiting else next(self.file)
        self.taken.append(line)
        return line

    def again(self) -> None:
        self.waiting += reversed(self.taken[1:])


def _next(reader: Iterator[list[str]], row: int, wanted: int, is_data: bool) -> Record | None:
    try:
        cells = next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        return Record(row, None, f"not readable as a row: {error}")
    if not is_data or (len(cells) < 2 and not any(cell.strip() for cell in cells)):
        return Record(row, ())
    if len(cells) > wanted and not any(cell.strip() for cell in cells[wanted:]):
        cells = cells[:wanted]
    if len(cells) == wanted:
        return Record(row, cells)
    cut = "; the line may be cut off" if len(cells) < wanted else ""
    return Record(row, None, f"{len(cells)} cells where the header has {wanted}{cut}")


def _open(scan: Scan) -> TextIO:
    return scan.text.open(encoding="utf-8-sig", newline="")
