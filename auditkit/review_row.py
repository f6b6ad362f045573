"""
Review rows: what a workbook handed to people as a form, so that what comes back can be compared with it.

They belong to the run: the open ones to its evidence, those of restricted controls to what is sealed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from auditkit.quoting import literal
from auditkit.spool import Spool

FILE = "review_row.parquet"
COLUMNS = ("sheet", "key", "cells", "fields")


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """
    One row of a form as it was written: `cells` what the machine said by heading, `fields` people's by field name.

    `cells` holds texts as `review.text_of` returns them; of a field that is empty the text is empty.
    """

    sheet: str
    key: str
    cells: Mapping[str, str]
    fields: Mapping[str, str]


class ReviewRows:
    """The review rows of one workbook in the order of its sheets, held compressed."""

    def __init__(self) -> None:
        """Make an empty list."""
        self._lines = Spool()
        self._count = 0

    def add(self, row: ReviewRow) -> None:
        """Put a row at the end."""
        self._count += 1
        cells, fields = (_json(each) for each in (row.cells, row.fields))
        self._lines.add(_json(dict(zip(COLUMNS, (row.sheet, row.key, cells, fields), strict=True))) + "\n")

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._count

    def __iter__(self) -> Iterator[ReviewRow]:
        """Return the rows in order."""
        for piece in self._lines:
            yield from self.of(piece)

    def data(self) -> bytes:
        """Return all rows as JSON lines, for a file that is sealed."""
        return b"".join(self._lines)

    @staticmethod
    def of(data: bytes) -> Iterator[ReviewRow]:
        """Return the rows that `data` gave."""
        return (_parsed(line) for line in data.decode("utf-8").split("\n") if line)

    def write(self, path: Path) -> None:
        """Write the rows to a Parquet file; never for restricted controls, whose rows may not lie there open."""
        lines = path.with_suffix(".jsonl")
        try:
            with lines.open("xb") as file:
                file.writelines(self._lines)
            types = ", ".join(f"{name}: 'VARCHAR'" for name in COLUMNS)
            with duckdb.connect(config={"threads": 1}) as connection:
                read = f"read_json({literal(str(lines))}, format = 'newline_delimited', columns = {{{types}}})"
                connection.execute(f"COPY (SELECT * FROM {read}) TO {literal(str(path))} (FORMAT parquet)")
        finally:
            lines.unlink(missing_ok=True)

    @staticmethod
    def read(path: Path) -> Iterator[ReviewRow]:
        """Return the rows of a Parquet file that `write` made."""
        with duckdb.connect() as connection:
            found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM read_parquet({literal(str(path))})")
            while rows := found.fetchmany(2000):
                yield from (_row(*row) for row in rows)


def _parsed(line: str) -> ReviewRow:
    found: dict[str, str] = json.loads(line)
    return _row(*(found[name] for name in COLUMNS))


def _row(sheet: str, key: str, cells: str, fields: str) -> ReviewRow:
    return ReviewRow(sheet, key, json.loads(cells), json.loads(fields))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
