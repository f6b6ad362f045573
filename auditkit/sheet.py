"""Sheets of one table: columns, widths and heights that fit, filters, a frozen header, print titles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openpyxl.utils import get_column_letter

from auditkit.book import Book, unique
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
    lines,
)

ROW_LIMIT = 20_000
LAST_ROW = 1_048_576
PAPERS = {"A3": 8, "A4": 9}
LEAST, TOP_FROM = 17.0, 95.0  # points; taller rows are read from the top
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
    Add a sheet: title, notes, then one Excel table with a frozen header, filters and a print title.

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
    for text, style, tall in heads:
        book.append(sheet, [text], [style], tall)
    if not rows:
        book.append(sheet, [empty], [replace(NOTE, wrap=False)], LEAST)
        return
    titles = unique(column.title for column in columns)
    top = [replace(HEADER, align=column.style.align) for column in columns]
    head = [(text, width - 2.5, HEADER) for text, width in zip(titles, widths, strict=True)]
    book.append(sheet, titles, top, height(head, least=20))
    styles = [column.style for column in columns]
    low = [replace(style, valign="center") for style in styles]
    wrapped = [index for index, style in enumerate(styles) if style.wrap]
    for row in rows:
        tall = height([(row[index], widths[index], styles[index]) for index in wrapped], LEAST)
        book.append(sheet, row, low if tall < TOP_FROM else styles, tall, pointer)
    last = header + len(rows)
    sheet.calculate_dimension = f"A1:{get_column_letter(len(columns))}{last}".__str__  # openpyxl sees no cells here
    book.add_table(sheet, header, last, titles)
    sheet.print_area = f"A1:{get_column_letter(len(columns))}{last}"


def _prepare(sheet: Any, heads: list[tuple[str, Style, float]], columns: int, header: int, freeze: int) -> None:
    for number, (text, style, _) in enumerate(heads, 1):
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
