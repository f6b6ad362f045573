"""One extract file as a DuckDB table of its cells, with the row number that a person sees in the file."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import duckdb

from auditkit import delimited, jsonline, spreadsheet
from auditkit.delimited import Head, Record
from auditkit.errors import ExtractError
from auditkit.mapping import Source
from auditkit.quoting import literal, name
from auditkit.scan import Scan, digest, scan

FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xlsb": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
TABLE = "raw_extract"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """
    An extract that was looked at: what it is and which columns its header names (blank and repeated ones included).

    `encoding` is "" for a file that is not text. `head` is there for CSV only.
    """

    path: Path
    format: str
    source: Source
    scan: Scan
    headers: tuple[str, ...]
    head: Head | None = None

    @property
    def encoding(self) -> str:
        """The declared encoding, which the bytes agree with."""
        return self.scan.encoding


class Cell(NamedTuple):
    """One column of the raw table: its SQL, its DuckDB type, and what its text needs (see `profile`)."""

    sql: str
    type: str
    untrimmed: bool = False
    wide: bool = False
    nul: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """
    The temporary table of an extract's cells, as text unless the file itself has types (Parquet).

    `cells` are the loaded columns by their index in the header, `row` the SQL of the row number, `rows` the number of
    source rows, the unreadable ones included.
    """

    table: str
    cells: dict[int, Cell]
    row: str
    rows: int
    unreadable: tuple[Record, ...]


def format_of(path: Path, declared: str | None = None) -> str | None:
    """Return csv, xlsx, parquet or jsonl; None if neither the mapping nor the ending of the name says which."""
    return declared or FORMATS.get(path.suffix.lower())


def look(path: Path, source: Source, temporary: Path) -> Found:
    """
    Hash the file, check that it is what it is declared to be, and read its header.

    A copy in UTF-8 is made in the folder `temporary` if the file is text in another encoding. Raises ExtractError.
    """
    kind = format_of(path, source.format)
    if kind == "csv":
        scanned = scan(path, source.encoding, temporary / "text")
        head = delimited.head(path, scanned, source.delimiter, source.quote, source.header_row)
        return Found(path, kind, source, scanned, head.names, head)
    if kind == "jsonl":
        scanned = scan(path, source.encoding, temporary / "text")
        return Found(path, kind, source, scanned, jsonline.headers(scanned.text))
    if kind == "xlsx":
        return Found(path, kind, source, digest(path), _sheet_head(path, source))
    if kind == "parquet":
        return Found(path, kind, source, digest(path), tuple(column for column, _ in _parquet_columns(path)))
    hint = f"auditkit reads {', '.join(sorted(FORMATS))}; another name needs format: in its mapping"
    raise ExtractError(f"the ending {path.suffix!r} says nothing of the format", path=path.name, hint=hint)


def load(connection: duckdb.DuckDBPyConnection, found: Found, wanted: Iterable[int], temporary: Path) -> Raw:
    """Make the temporary table of the `wanted` columns (indexes in the header); raises ExtractError."""
    indexes = sorted(set(wanted))
    drop(connection)
    if found.format == "parquet":
        return _load_parquet(connection, found, indexes, temporary)
    unreadable: tuple[Record, ...] | None = None
    if found.head is not None and not found.source.skip_footer_rows:
        source = _plain_path(found.scan.text, temporary)
        unreadable = delimited.load(connection, TABLE, source, found.scan, found.head, indexes)
    numbered = unreadable is None or bool(unreadable)
    if unreadable is None:
        unreadable = _load_records(connection, _records(found), indexes, found.source.skip_footer_rows, temporary)
    first = found.head.first_row if found.head else 0
    row = "source_row" if numbered else f"rowid + {first}"
    count = _count(connection, TABLE) + len(unreadable)
    if found.scan.tidy and not found.scan.nul and found.format == "csv":
        cells = {index: Cell(f"c{index}", "VARCHAR") for index in indexes}
    else:
        cells = profile(connection, TABLE, indexes, found.scan.nul)
    return Raw(TABLE, cells, row, count, unreadable)


def drop(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the temporary table."""
    connection.execute(f"DROP VIEW IF EXISTS {TABLE}_view")
    connection.execute(f"DROP TABLE IF EXISTS {TABLE}")


def profile(connection: duckdb.DuckDBPyConnection, table: str, indexes: Sequence[int], nul: bool) -> dict[int, Cell]:
    """
    Find out what the text of each column needs, so that clean columns cost nothing later.

    `untrimmed`: some cell begins with a blank (or is empty) or ends with one; `wide`: some cell is not ASCII; `nul`:
    some cell holds a NUL character.
    """
    if not indexes:
        return {}
    parts = []
    for index in indexes:
        cell = f"c{index}"
        parts.append(f"COALESCE(bool_or({cell} < '!' OR suffix({cell}, ' ') OR suffix({cell}, chr(9))), FALSE)")
        parts.append(f"COALESCE(bool_or(strlen({cell}) <> length({cell})), FALSE)")
        parts.append(f"COALESCE(bool_or(contains({cell}, chr(0))), FALSE)" if nul else "FALSE")
    (flags,) = connection.execute(f"SELECT {', '.join(parts)} FROM {table}").fetchall()
    return {
        index: Cell(f"c{index}", "VARCHAR", *flags[place * 3 : place * 3 + 3]) for place, index in enumerate(indexes)
    }


def _records(found: Found) -> Iterator[Record]:
    source, decimal = found.source, found.source.notation.decimal
    if found.head is not None:
        yield from delimited.records(found.scan, found.head)
    elif found.format == "jsonl":
        for line, values, reason in jsonline.rows(found.scan.text, decimal):
            cells = None if values is None else [values.get(header, "") for header in found.headers]
            yield Record(line, cells, reason)
    else:
        for row, texts in spreadsheet.rows(found.path, source.sheet, decimal):
            if row > source.header_row:
                yield Record(row, texts)


def _load_records(
    connection: duckdb.DuckDBPyConnection,
    records: Iterator[Record],
    indexes: Sequence[int],
    footer: int,
    temporary: Path,
) -> tuple[Record, ...]:
    """Write the records as regular CSV and load that: by far the fastest way of many rows into DuckDB."""
    unreadable = []
    regular = temporary / "rows"
    with regular.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for record in _but_last(records, footer):
            if record.cells is None:
                unreadable.append(record)
            else:
                cells = record.cells
                writer.writerow([record.row, *(_one_line_end(cells[index]) for index in indexes)])
    columns = ", ".join(["'source_row': 'BIGINT'", *(f"'c{index}': 'VARCHAR'" for index in indexes)])
    options = (
        "delim=',', quote='\"', escape='\"', header=false, auto_detect=false, new_line='\\n', max_line_size=67108864"
    )
    connection.execute(
        f"CREATE TEMP TABLE {TABLE} AS SELECT * "
        f"FROM read_csv({literal(str(regular))}, {options}, columns={{{columns}}})"
    )
    regular.unlink()
    return tuple(unreadable)


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _but_last(items: Iterator[T], count: int) -> Iterator[T]:
    held: deque[T] = deque()
    for item in items:
        held.append(item)
        if len(held) > count:
            yield held.popleft()


def _sheet_head(path: Path, source: Source) -> tuple[str, ...]:
    for row, texts in spreadsheet.rows(path, source.sheet):
        if row == source.header_row:
            return tuple(text.strip() for text in texts)
        if row > source.header_row:
            break
    hint = "say which row holds the column names: header_row: in the mapping"
    raise ExtractError(f"there is no header in row {source.header_row}", path=path.name, hint=hint)


def _parquet_columns(path: Path) -> list[tuple[str, str]]:
    with duckdb.connect() as connection:
        try:
            describe = "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($path))"
            relation = connection.execute(describe, {"path": [str(path)]})
            return [(str(column), str(kind)) for column, kind in relation.fetchall()]
        except duckdb.Error as error:
            hint = "the file may be truncated or damaged; ask for it again"
            message = f"not a Parquet file that can be read: {_first_line(error)}"
            raise ExtractError(message, path=path.name, hint=hint) from None


def _load_parquet(connection: duckdb.DuckDBPyConnection, found: Found, indexes: Sequence[int], temporary: Path) -> Raw:
    columns = _parquet_columns(found.path)
    source = literal(str(_plain_path(found.path, temporary)))
    selected = "".join(f", {name(columns[index][0])} AS c{index}" for index in indexes)
    view = f"{TABLE}_view"
    connection.execute(
        f"CREATE TEMP VIEW {view} AS SELECT file_row_number + 1 AS source_row{selected} "
        f"FROM read_parquet({source}, file_row_number=true)"
    )
    texts = [index for index in indexes if columns[index][1] == "VARCHAR"]
    cells = {index: Cell(f"c{index}", columns[index][1]) for index in indexes}
    return Raw(view, cells | profile(connection, view, texts, True), "source_row", _count(connection, view), ())


def _plain_path(path: Path, temporary: Path) -> Path:
    """Return a path that DuckDB does not take for a pattern."""
    if not any(sign in str(path) for sign in "*?["):
        return path
    link = temporary / f"plain{path.suffix}"
    link.unlink(missing_ok=True)
    link.symlink_to(path.resolve())
    return link


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(count)


def _first_line(error: duckdb.Error) -> str:
    return str(error).split("\n", 1)[0]
