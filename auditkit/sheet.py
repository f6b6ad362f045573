"""
Workbooks of sheets and tables on openpyxl: streamed, made in memory only, the same bytes for the same content.

openpyxl by itself writes every sheet to a temporary file first; an edition must not leave its text there.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import os
import re
import zipfile
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.writer.excel import ExcelWriter

from auditkit.cell import (
    ACCENT,
    AMOUNT,
    DATE,
    GENERAL,
    LINE,
    MOMENT,
    MUTED,
    PERCENT,
    TEXT,
    WHITE,
    WHOLE,
    Style,
    is_hostile,
    lines,
    plain,
)

FONT, MONO = "Calibri", "Consolas"
ROW_LIMIT = 20_000
LAST_ROW = 1_048_576
TITLE_LENGTH = 31
PAPERS = {"A3": 8, "A4": 9}
LEAST, TOP_FROM = 17.0, 33.0  # points; rows of more than two lines are read from the top
TALLEST = 300.0  # points; Excel allows 409
NUMBERS = {
    "number": GENERAL,
    "int": WHOLE,
    "amount": AMOUNT,
    "percent": PERCENT,
    "date": DATE,
    "moment": MOMENT,
    "text": TEXT,
}

TITLE = Style(size=16, bold=True, colour=ACCENT, wrap=False)
NOTE = Style(colour=MUTED, wrap=True)
WARNING = Style(bold=True, wrap=True)
HEADER = Style(bold=True, colour=WHITE, fill=ACCENT, valign="center", indent=1)
BODY = Style(under=LINE, indent=1)
FIGURE = Style(under=LINE, align="right", number=WHOLE, wrap=False)


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of a table: `kind` is text, wrap, code, int, number, amount, percent, date or moment.

    The width fits the content between `least` and `most`, in Excel's unit of digits; longer text is wrapped.
    `number` replaces the kind's own number format.
    """

    title: str
    kind: str = "text"
    least: float = 9
    most: float = 40
    number: str = ""

    @property
    def right(self) -> bool:
        """Whether its values are numbers, which stand on the right."""
        return self.kind in ("int", "number", "amount", "percent")

    @property
    def style(self) -> Style:
        """How the column's cells look."""
        if self.right:
            return replace(FIGURE, number=self.number or NUMBERS[self.kind])
        number, mono = NUMBERS.get(self.kind, TEXT), self.kind == "code"
        return replace(BODY, number=number, wrap=self.kind in ("text", "wrap", "code"), mono=mono)


class Book:
    """
    A workbook in the making.

    `streaming` sheets take rows in order and keep memory flat; the others may be filled in any order. `stamp` is the
    only time that gets into the file; `header` stands on every printed page.
    """

    def __init__(self, title: str, stamp: dt.datetime, *, header: str = "", footer: str = "", streaming: bool) -> None:
        """Make an empty workbook; a stamp with a zone is written in UTC."""
        self.book = Workbook(write_only=streaming)
        if not streaming:
            self.book.remove(self.book.active)
        self.stamp = stamp.astimezone(dt.UTC).replace(tzinfo=None) if stamp.tzinfo else stamp
        self.header, self.footer = header, footer
        properties = self.book.properties
        properties.creator, properties.lastModifiedBy, properties.title = None, None, title
        properties.created = properties.modified = self.stamp
        self._styles: dict[Style, Any] = {}
        self._tables = itertools.count(1)

    def sheet(self, title: str, *, landscape: bool = True) -> Any:
        """Return a new sheet, set up to print on A4, one page wide, with header and footer."""
        sheet = self.book.create_sheet(self.free_title(title))
        sheet.page_setup.paperSize = 9
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_margins.left = sheet.page_margins.right = 0.5
        sheet.page_margins.top, sheet.page_margins.bottom = 0.75, 0.65
        sheet.page_margins.header = sheet.page_margins.footer = 0.3
        if self.header:
            sheet.oddHeader.right.text = _printed(self.header)
            sheet.oddHeader.right.size = 9
            sheet.oddHeader.right.font = f"{FONT},Bold"
        sheet.oddFooter.left.text = _printed(self.footer)
        sheet.oddFooter.right.text = "&A, page &P of &N"
        sheet.oddFooter.left.size = sheet.oddFooter.right.size = 8
        return sheet

    def free_title(self, title: str) -> str:
        """Return `title` as a sheet may be called, made different from those there are."""
        clean = re.sub(r"[\[\]:*?/\\]", " ", str(plain(title))).strip(" '")[:TITLE_LENGTH].strip() or "Sheet"
        taken = {name.lower() for name in self.book.sheetnames}
        for count in itertools.count(1):
            end = "" if count == 1 else f" ({count})"
            candidate = clean[: TITLE_LENGTH - len(end)] + end
            if candidate.lower() not in taken:
                return candidate
        raise AssertionError

    def cell(self, sheet: Any, value: Any, style: Style = BODY, pointer: str = "") -> Any:
        """Return a loose cell with `value` made safe; text is text whatever it begins with."""
        cell = WriteOnlyCell(sheet)
        self.fill(cell, value, style, pointer)
        return cell

    def fill(self, cell: Any, value: Any, style: Style = BODY, pointer: str = "") -> None:
        """Write `value`, made safe, with `style` into `cell`."""
        value = plain(value, pointer)
        if is_hostile(value):
            style = replace(style, quote=True)
        # Set past openpyxl's own reading of values, which takes "=..." for a formula and "#N/A" for an error.
        cell._value = value
        cell.data_type = "s" if isinstance(value, str) else "d" if isinstance(value, dt.date) else "n"
        cell._style = copy(self._style(cell.parent, style))

    def _style(self, sheet: Any, style: Style) -> Any:
        if style not in self._styles:
            proof = WriteOnlyCell(sheet)
            proof.font = Font(
                name=MONO if style.mono else FONT,
                sz=style.size,
                b=style.bold,
                i=style.italic,
                color="FF" + style.colour,
            )
            if style.fill:
                proof.fill = PatternFill("solid", fgColor="FF" + style.fill)
            proof.alignment = Alignment(
                horizontal=style.align, vertical=style.valign, wrap_text=style.wrap, indent=style.indent
            )
            weight = "medium" if style.thick else "thin"
            proof.border = Border(
                top=Side(weight, "FF" + style.over) if style.over else None,
                bottom=Side(weight, "FF" + style.under) if style.under else None,
            )
            proof.number_format = style.number
            proof.quotePrefix = style.quote
            self._styles[style] = proof._style
        return self._styles[style]

    def add_table(self, sheet: Any, first: int, last: int, titles: Sequence[str], *, left: int = 1) -> None:
        """Declare rows `first` (the header) to `last` a real Excel table with filters."""
        number = next(self._tables)
        name = re.sub(r"\W", "_", f"{sheet.title}_{number}")
        ref = f"{get_column_letter(left)}{first}:{get_column_letter(left + len(titles) - 1)}{last}"
        table = Table(displayName=f"T_{name}", ref=ref)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
        table._initialise_columns()
        for column, title in zip(table.tableColumns, unique(titles), strict=True):
            column.name = title
        sheet._tables.add(table)  # past add_table, which warns in streamed sheets although the columns are named here

    def data(self) -> bytes:
        """Return the finished file; the workbook cannot be changed afterwards."""
        if not self.book.sheetnames:
            self.sheet("Empty")
        out = io.BytesIO()
        with _Archive(out, self.stamp) as archive:
            _Writer(self.book, archive).write_data()
        return out.getvalue()


class _Archive(zipfile.ZipFile):
    """A zip file whose members carry the run's time and nothing of the machine."""

    def __init__(self, out: io.BytesIO, stamp: dt.datetime) -> None:
        super().__init__(out, "w", zipfile.ZIP_DEFLATED)
        self._stamp = (max(stamp.year, 1980), stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)

    def writestr(
        self, zinfo_or_arcname: Any, data: Any, compress_type: int | None = None, compresslevel: int | None = None
    ) -> None:
        info = zipfile.ZipInfo(str(zinfo_or_arcname), self._stamp)
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
        super().writestr(info, data, compress_type, compresslevel)


class _Writer(ExcelWriter):  # type: ignore[misc]
    """openpyxl's writer without its temporary files."""

    def write_worksheet(self, sheet: Any) -> None:
        sheet._drawing = SpreadsheetDrawing()
        sheet._drawing.charts, sheet._drawing.images = sheet._charts, sheet._images
        if isinstance(sheet, WriteOnlyWorksheet):
            start(sheet)
            sheet.close()
            writer = sheet._writer
        else:
            writer = WorksheetWriter(sheet, out=io.BytesIO())
            writer.write()
        sheet._rels = writer._rels
        self._archive.writestr(sheet.path[1:], writer.out.getvalue())
        self.manifest.append(sheet)


def start(sheet: Any) -> None:
    """Begin the stream of a sheet in memory; widths and print settings must stand before."""
    if sheet._writer is None:
        sheet._writer = WorksheetWriter(sheet, out=io.BytesIO())
        sheet._writer.write_top()


def unique(titles: Iterable[str]) -> list[str]:
    """Return the titles as a table needs them: no two alike, whatever their case."""
    seen: set[str] = set()
    result = []
    for title in titles:
        name, count = title, 1
        while name.lower() in seen:
            count += 1
            name = f"{title} {count}"
        seen.add(name.lower())
        result.append(name)
    return result


def _printed(text: str) -> str:
    """Return text for a page header; `&` starts a code there and 255 characters are the most."""
    return str(plain(text)).replace("&", "&&").replace("\n", " ")[:200]


def table_sheet(
    book: Book,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    *,
    notes: Sequence[str] = (),
    warning: str = "",
    empty: str = "Nothing to list.",
    pointer: str = "",
    freeze: int = 1,
    paper: str = "A4",
) -> None:
    """
    Add a streamed sheet: title, notes, then one Excel table with a frozen header, filters and a print title.

    `warning` stands out above the table, `empty` in its place when there are no rows; `freeze` columns stay in view.
    `paper` is A4, or A3 where many columns would be unreadable on less.
    Rows past Excel's last are refused by ValueError: the caller has limits of its own and says so on the sheet.
    """
    if len(rows) + len(notes) + 10 > LAST_ROW:
        raise ValueError(f"{title}: {len(rows)} rows do not fit a sheet")
    sheet = book.sheet(title)
    sheet.page_setup.paperSize = PAPERS[paper]
    widths = [_width(column, [row[index] for row in rows]) for index, column in enumerate(columns)]
    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    heads: list[tuple[str, Style, float]] = [(title, TITLE, 24.0)]
    total = sum(widths)
    for text, style in [(note, NOTE) for note in notes] + ([(warning, WARNING)] if warning else []):
        heads.append((text, style, height([(text, total, style)])))
    heads.append(("", NOTE, 8.0))
    header = len(heads) + 1
    _prepare(sheet, heads, len(columns), header if rows else 0, freeze)
    start(sheet)
    for text, style, _ in heads:
        sheet.append([book.cell(sheet, text, style)])
    if not rows:
        sheet.append([book.cell(sheet, empty, NOTE)])
        return
    titles = unique(column.title for column in columns)
    top = [replace(HEADER, align=column.style.align) for column in columns]
    sheet.row_dimensions[header].height = height(
        [(text, width - 2.5, HEADER) for text, width in zip(titles, widths, strict=True)], least=20
    )
    sheet.append([book.cell(sheet, text, style) for text, style in zip(titles, top, strict=True)])
    styles = [column.style for column in columns]
    low = [replace(style, valign="center") for style in styles]
    wrapped = [index for index, style in enumerate(styles) if style.wrap]
    for number, row in enumerate(rows, header + 1):
        texts = [(row[index], widths[index], styles[index]) for index in wrapped if isinstance(row[index], str)]
        tall = sheet.row_dimensions[number].height = height(texts, LEAST)
        cells = zip(row, low if tall < TOP_FROM else styles, strict=True)
        sheet.append([book.cell(sheet, value, style, pointer) for value, style in cells])
    last = header + len(rows)
    book.add_table(sheet, header, last, titles)
    sheet.print_area = f"A1:{get_column_letter(len(columns))}{last}"


def _prepare(sheet: Any, heads: list[tuple[str, Style, float]], columns: int, header: int, freeze: int) -> None:
    for number, (text, style, tall) in enumerate(heads, 1):
        sheet.row_dimensions[number].height = tall
        if text and style.wrap and columns > 1:
            sheet.merged_cells.add(f"A{number}:{get_column_letter(columns)}{number}")
    sheet.sheet_view.showGridLines = False
    if header:
        sheet.freeze_panes = f"{get_column_letter(freeze + 1)}{header + 1}" if freeze else f"A{header + 1}"
        sheet.print_title_rows = f"{header}:{header}"


def _width(column: Column, values: Sequence[Any]) -> float:
    """Return the width at which the usual value fits; only the rare longest tenth of wrapped text is broken earlier."""
    if column.kind in ("date", "moment"):
        return max(column.least, 12 if column.kind == "date" else 17, min(len(column.title) + 4, column.most))
    long = sorted(_length(value, column.kind) for value in values if value is not None)
    usual = long[-1] if long else 0
    words = max((len(word) for word in column.title.split()), default=0) + 4  # room for the filter button
    return float(min(max(column.least, usual + 3.5, words), max(column.most, words)))


def _length(value: Any, kind: str) -> int:
    if isinstance(value, str):
        return max((len(line) for line in value.split("\n")), default=0)
    if kind == "amount":
        return len(f"{value:,.2f}")
    return len(f"{value:,}") if isinstance(value, int) else len(str(value))


def height(texts: Iterable[tuple[Any, float, Style]], least: float = 15.0) -> float:
    """Return the height in points of a row that shows all of (text, width, style), up to `TALLEST`."""
    tall = least
    for text, width, style in texts:
        if isinstance(text, str) and text:
            tall = max(tall, lines(text, width - 1.4 * style.indent, style.size, style.bold) * style.size * 1.28 + 4.5)
    return min(tall, TALLEST)


def write_file(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, readable by its owner only, then rename: a half-written file is never seen."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
