"""Rows of a spreadsheet as text: integers as integers, numbers without float noise, dates as ISO."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditkit.errors import ExtractError

DIGITS = 15  # what a spreadsheet keeps of a number


def rows(path: Path, sheet: str | int | None, decimal: str = ".") -> Iterator[tuple[int, list[str]]]:
    """
    Yield (row number as the spreadsheet shows it, texts of the cells) of every row that is not blank.

    `sheet` is a name, a number from 1, or None for the first sheet; numbers get `decimal` as their decimal sign. Raises
    ExtractError if the file is not a spreadsheet, is protected or damaged, or lacks the sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        found = workbook.get_sheet_by_name(_sheet(path, sheet, names))
    except PasswordError:
        hint = "ask for it without a password, by a safe channel"
        raise ExtractError("the spreadsheet is protected by a password", path=path.name, hint=hint) from None
    except CalamineError as error:
        message = f"not a spreadsheet that can be read: {error}"
        hint = "the file may be truncated or damaged; ask for it again"
        raise ExtractError(message, path=path.name, hint=hint) from None
    for number, cells in enumerate(found.iter_rows(), start=1):
        if any(cell != "" for cell in cells):
            yield number, [text(cell, decimal) for cell in cells]


def _sheet(path: Path, wanted: str | int | None, names: list[str]) -> str:
    if wanted is None:
        wanted = 1
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return names[wanted - 1]
    if isinstance(wanted, str) and wanted in names:
        return wanted
    hint = f"it has: {', '.join(names)}; name one as sheet: in the mapping"
    raise ExtractError(f"the spreadsheet has no sheet {wanted!r}", path=path.name, hint=hint)


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
