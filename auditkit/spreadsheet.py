"""Rows of a spreadsheet as text: integers as integers, numbers without float noise, dates as ISO."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditkit.errors import ExtractError

DIGITS = 15  # what a spreadsheet keeps of a number


def rows(path: Path, sheet: str | int | None, decimal: str = ".") -> Iterator[tuple[int, list[str]]]:
    """
    Yield (row number as the spreadsheet shows it, texts of the cells) of every row that is not blank.

    A formula that failed reads as its error (#N/A), so that it is not taken for an empty cell. `sheet` is a name, a
    number from 1, or None for the first sheet; numbers get `decimal` as their decimal sign. Raises ExtractError if the
    file is not a spreadsheet, is protected or damaged, or lacks the sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        index = _sheet(path, sheet, names)
        found = workbook.get_sheet_by_index(index)
    except PasswordError:
        hint = "ask for it without a password, by a safe channel"
        raise ExtractError("the spreadsheet is protected by a password", path=path.name, hint=hint) from None
    except CalamineError as error:
        message = f"not a spreadsheet that can be read: {error}"
        hint = "the file may be truncated or damaged; ask for it again"
        raise ExtractError(message, path=path.name, hint=hint) from None
    errors = _errors(path, index)
    first_column = found.start[1] if found.start else 0
    for number, cells in enumerate(found.iter_rows(), start=1):
        for column, shown in errors.get(number, ()):
            cells[column - first_column] = shown
        if any(cell != "" for cell in cells):
            yield number, [text(cell, decimal) for cell in cells]


def _sheet(path: Path, wanted: str | int | None, names: list[str]) -> int:
    if wanted is None:
        wanted = 1
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return wanted - 1
    if isinstance(wanted, str) and wanted in names:
        return names.index(wanted)
    hint = f"it has: {', '.join(names)}; name one as sheet: in the mapping"
    raise ExtractError(f"the spreadsheet has no sheet {wanted!r}", path=path.name, hint=hint)


def _errors(path: Path, index: int) -> dict[int, list[tuple[int, str]]]:
    """Return the failed formulas of a sheet, which the reader gives as empty cells: row -> (column from 0, error)."""
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return {}
    with zipfile.ZipFile(path) as archive:
        try:
            workbook = archive.read("xl/workbook.xml").decode()
            relations = archive.read("xl/_rels/workbook.xml.rels").decode()
            identifier = re.findall(r"<(?:\w+:)?sheet\b[^>]*?\br:id=\"([^\"]+)\"", workbook)[index]
            (relation,) = re.findall(rf"<Relationship\b[^>]*?\bId=\"{re.escape(identifier)}\"[^>]*>", relations)
            target = re.search(r"\bTarget=\"/?(?:xl/)?([^\"]+)\"", relation)
            content = archive.read(f"xl/{target[1]}") if target else b""
        except (KeyError, IndexError, ValueError):
            return {}
    errors: dict[int, list[tuple[int, str]]] = {}
    for letters, row, inner in re.findall(rb"<c r=\"([A-Z]+)(\d+)\"[^>]*\bt=\"e\"[^>]*>(.*?)</c>", content, re.DOTALL):
        shown = re.search(rb"<v>(.*?)</v>", inner)
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        errors.setdefault(int(row), []).append((column - 1, shown[1].decode() if shown else "#ERROR!"))
    return errors


def text(cell: Any, decimal: str = ".") -> str:
    """Return the text of one cell as a person would write it out in full."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return _number(cell).replace(".", decimal)
    if isinstance(cell, dt.datetime):
        return _moment(cell)
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return "" if cell is None else str(cell)


def _number(value: float) -> str:
    if value == int(value):
        return str(int(value))
    plain = f"{value:.{DIGITS}g}"
    if "e" in plain:
        plain = f"{value:.20f}".rstrip("0")
    return plain


def _moment(value: dt.datetime) -> str:
    # A spreadsheet keeps a time as a fraction of a day: 14:30:00 comes back as 14:29:59.9999.
    whole = (value + dt.timedelta(microseconds=500)).replace(microsecond=0)
    exact = value if abs(value - whole) > dt.timedelta(milliseconds=1) else whole
    if exact.time() == dt.time(0):
        return exact.date().isoformat()
    return exact.isoformat(sep=" ")
