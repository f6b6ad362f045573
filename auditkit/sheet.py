"""Sheets of one table: columns, widths and heights that fit, filters, a frozen header, print titles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from openpyxl.utils import get_column_letter, range_boundaries

from auditkit.book import Book, unique
from auditkit.cell import (
    ACCENT,
    AMOUNT,
    DATE,
    ENTRY,
    ENTRY_HEAD,
    GENERAL,
    INK,
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

T_co = TypeVar("T_co", covariant=True)
ROW_LIMIT = 20_000
LAST_ROW = 1_048_576
PAPERS = {"A3": 8, "A4": 9}
LEAST, TOP_FROM = 17.0, 95.0  # points; taller rows are read from the top
TALLEST = 400.0  # points; Excel allows 409
ACROSS = 420.0  # widths that one A3 page takes before its letters are too small to read
WIDEST = 110.0  # to which a column grows when its text would need a taller row
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
ENTRY_HEADER = replace(HEADER, colour=INK, fill=ENTRY_HEAD, under=ACCENT, thick=True)
ENTRY_MARK = Style(size=9, bold=True, colour=ACCENT, wrap=False, indent=1)
MARK = "▼ fill in"  # above each column for people: on a black-and-white print the colour is not seen
BODY = Style(under=LINE, indent=1)
FIGURE = Style(under=LINE, align="right", number=WHOLE, wrap=False)


class Heading(str):
    """A note above a table that stands out as the heading of the notes below it."""

    __slots__ = ()


class Rows(Protocol[T_co]):
    """The rows of a table, gone through more than once: a list, or a query that is run again."""

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def __iter__(self) -> Iterator[T_co]:
        """Go through the rows from the first one."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of a table: `kind` is text, wrap, code, link, int, number, amount, percent, date or moment.

    The width fits the content between `least` and `most`, in Excel's unit of digits; longer text is wrapped.
    `number` replaces the kind's own number format. Into an `entry` column people write.
    """

    title: str
    kind: str = "text"
    least: float = 9
    most: float = 40
    number: str = ""
    entry: bool = False

    @property
    def right(self) -> bool:
        """Whether its values are numbers, which stand on the right."""
        return self.kind in ("int", "number", "amount", "percent")

    @property
    def style(self) -> Style:
        """How the column's cells look."""
        if self.entry:
            return replace(replace(self, entry=False).style, fill=ENTRY, side=LINE, locked=False)
        if self.right:
            return replace(FIGURE, number=self.number or NUMBERS[self.kind])
        if self.kind == "link":
            return replace(BODY, colour=ACCENT, bold=True, number=TEXT, wrap=False)
        number, mono = NUMBERS.get(self.kind, TEXT), self.kind == "code"
        return replace(BODY, number=number, wrap=self.kind in ("text", "wrap", "code"), mono=mono)


def table_sheet(
    book: Book,
    title: str,
    columns: Sequence[Column],
    rows: Rows[Sequence[Any]],
    *,
    facts: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
    warning: str = "",
    empty: str = "Nothing to list.",
    pointer: str = "",
    freeze: int = 1,
    paper: str = "A4",
    landscape: bool = True,
    spare: int = 0,
    after: Sequence[str] = (),
) -> None:
    """
    Add a sheet: title, facts, notes, then one Excel table with a frozen header, filters and a print title.

    `facts` are labels with a value beside them, `warning` stands out above the table, `empty` in its place when there
    are no rows; `freeze` columns stay in view. `paper` is A4, or A3 where many columns would be unreadable on less.
    `spare` empty rows follow, in which people write into the first column too; the notes `after` stand below the table.
    Rows past Excel's last are refused by ValueError: the caller has limits of its own and says so on the sheet.
    """
    count = len(rows) + spare
    if count + len(facts) + len(notes) + 10 > LAST_ROW:
        raise ValueError(f"{title}: {count} rows do not fit a sheet")
    sheet = book.sheet(title, landscape=landscape)
    sheet.page_setup.paperSize = PAPERS[paper]
    widths, taller = _widths(columns, rows)
    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    header = _heads(book, sheet, title, facts, [*notes], warning, widths, taller)
    last_column = get_column_letter(len(columns))
    if not count:
        book.append(sheet, [empty], [replace(NOTE, wrap=False)], LEAST)
        sheet.print_area = f"A1:{last_column}{header}"
        return
    if entry := any(column.entry for column in columns):
        book.append(sheet, [MARK if c.entry else None for c in columns], [ENTRY_MARK] * len(columns), LEAST)
    top_row = _across(book, sheet, title, warning, widths, freeze, header) if paper == "A3" else 1
    first, header = header, header + entry
    freeze_at(sheet, f"{get_column_letter(freeze + 1)}{header + 1}")
    sheet.print_title_rows = f"{first}:{header}"
    titles = unique(column.title for column in columns)
    top = [replace(ENTRY_HEADER if c.entry else HEADER, align=c.style.align) for c in columns]
    head = [(text, width - 2.5, HEADER) for text, width in zip(titles, widths, strict=True)]
    book.append(sheet, titles, top, height(head, least=20))
    _body(book, sheet, columns, rows, widths, pointer)
    _spare(book, sheet, columns, spare)
    last = header + count
    below = _notes(book, sheet, last + 1, [*([""] if after else []), *after], widths)
    sheet.calculate_dimension = f"A1:{last_column}{below - 1}".__str__  # openpyxl sees no cells here
    book.add_table(sheet, header, last, titles)
    sheet.print_area = f"A{top_row}:{last_column}{below - 1}"


def _across(book: Book, sheet: Any, title: str, warning: str, widths: Sequence[float], freeze: int, first: int) -> int:
    """
    Let a sheet that is too wide for one page take several, and return the first row that is printed.

    The columns that stay in view stand on every page. What is above the table would be cut off there: title and warning
    stand in the page's header instead.
    """
    across = math.ceil(sum(widths) / ACROSS)
    if across < 2:
        return 1
    sheet.page_setup.fitToWidth = across
    sheet.print_title_cols = f"A:{get_column_letter(freeze)}"
    sheet.oddHeader.left.text = book.printed(" - ".join(filter(None, (title, warning))))
    sheet.oddHeader.left.size = 9
    return first


def _heads(
    book: Book,
    sheet: Any,
    title: str,
    facts: Sequence[tuple[str, str]],
    notes: list[str],
    warning: str,
    widths: Sequence[float],
    taller: int,
) -> int:
    """Write what stands above the table and return the number of the row that comes next."""
    sheet.sheet_view.showGridLines = False
    many = f"{taller} {'cell holds' if taller == 1 else 'cells hold'}"
    below = f"{many} more text than a row can be high: open such a cell to read it whole." if taller else ""
    notes = [*notes, *(Heading(text) for text in (warning, below) if text)]
    book.append(sheet, [title], [TITLE], 24.0)
    for fact in facts:
        book.append(sheet, fact, [replace(WARNING, wrap=False), replace(BODY, under="", wrap=False)], LEAST)
    next_row = _notes(book, sheet, 2 + len(facts), notes, widths)
    book.append(sheet, [""], [NOTE], 8.0)
    return next_row + 1


def _notes(book: Book, sheet: Any, first: int, notes: Sequence[str], widths: Sequence[float]) -> int:
    """Write notes across all columns from row `first` on and return the number of the row that comes next."""
    for number, text in enumerate(notes, first):
        style = WARNING if isinstance(text, Heading) else NOTE
        if len(widths) > 1 and text:
            sheet.merged_cells.add(f"A{number}:{get_column_letter(len(widths))}{number}")
        book.append(sheet, [text], [style], height([(text, sum(widths), style)]))
    return first + len(notes)


def _body(
    book: Book, sheet: Any, columns: Sequence[Column], rows: Rows[Sequence[Any]], widths: Sequence[float], pointer: str
) -> None:
    """Write the rows; a low one in the middle of its height, one that people may write more into free to grow."""
    styles = [column.style for column in columns]
    fixed = not any(column.entry for column in columns)
    high, low = book.looks(sheet, styles), book.looks(sheet, [replace(style, valign="center") for style in styles])
    wrapped = [(index, widths[index], style) for index, style in enumerate(styles) if style.wrap]
    for row in rows:
        tall = height([(row[index], width, style) for index, width, style in wrapped], LEAST)
        book.append(sheet, row, low if tall < TOP_FROM else high, tall, pointer, fixed=fixed)


def freeze_at(sheet: Any, cell: str) -> None:
    """Keep what is above and left of `cell` in view, and let the sheet open with the cursor there."""
    sheet.freeze_panes = cell
    selection = sheet.sheet_view.selection[-1]
    selection.activeCell = selection.sqref = cell


def _spare(book: Book, sheet: Any, columns: Sequence[Column], count: int) -> None:
    """Write empty rows that people fill from the first column on."""
    looks = book.looks(sheet, [replace(columns[0], entry=True).style, *(column.style for column in columns[1:])])
    for _ in range(count):
        book.append(sheet, [None] * len(columns), looks, LEAST, fixed=False)
    book.spare[sheet.title] = count


def _widths(columns: Sequence[Column], rows: Rows[Sequence[Any]]) -> tuple[list[float], int]:
    """
    Return the columns' widths and how many cells stay too long for the tallest row.

    A column grows until its longest text fits, for a row cannot be higher than Excel allows.
    """
    longest = [0] * len(columns)
    tall: list[list[str]] = [[] for _ in columns]
    kinds = [(index, column.kind, column.style.wrap) for index, column in enumerate(columns)]
    for row in rows:
        for index, kind, wrap in kinds:
            value = row[index]
            if value is None:
                continue
            longest[index] = max(longest[index], _length(value, kind))
            if wrap and isinstance(value, str) and _may_be_tall(value):
                tall[index].append(value)
    widths = [_width(column, long) for column, long in zip(columns, longest, strict=True)]
    taller = 0
    for index, column in enumerate(columns):
        texts = tall[index]
        while texts := [text for text in texts if _need(text, widths[index], column.style) > TALLEST]:
            if widths[index] >= WIDEST:
                taller += len(texts)
                break
            widths[index] += 6
    if not len(rows):  # room for the notes
        widths[0] += max(0.0, 100 - sum(widths))
    return widths, taller


def _may_be_tall(text: str) -> bool:
    return len(text) > 200 or text.count("\n") > 20


def _width(column: Column, longest: int) -> float:
    """Return the width at which the longest line fits, between the column's limits."""
    if column.kind in ("date", "moment"):
        return max(column.least, 12 if column.kind == "date" else 17, min(len(column.title) + 4, column.most))
    words = max((len(word) for word in column.title.split()), default=0) + 4  # room for the filter button
    return float(min(max(column.least, longest + 3.5, words), max(column.most, words)))


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
            tall = max(tall, _need(text, width, style))
    return min(tall, TALLEST)


def _need(text: str, width: float, style: Style) -> float:
    """Return the height that all lines of the text take."""
    return lines(text, width - 1.4 * style.indent, style.size, style.bold, style.mono) * style.size * 1.28 + 4.5


def entries(book: Book, title: str) -> int:
    """Return how many rows the sheet's table has, spare ones not counted; 0 without a table."""
    tables = book.book[title].tables.values()
    rows = (range_boundaries(table.ref) for table in tables)
    return sum(int(last) - int(first) for _, first, _, last in rows) - book.spare.get(title, 0)


def drop_empty(book: Book, titles: Sequence[str]) -> list[str]:
    """Remove those of the sheets that have nothing to list, so that nobody prints them; return their titles."""
    empty = [title for title in titles if title in book.book.sheetnames and not book.book[title].tables]
    for title in empty:
        book.remove(title)
    return empty
