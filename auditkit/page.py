"""A sheet laid out to be read: headings, paragraphs, tiles, tables and native charts, one row after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.chart.title import title_maker
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break, RowBreak

from auditkit.book import Book, unique
from auditkit.cell import ACCENT, INK, LINE, MUTED, TINT, WHITE, Style, text_width
from auditkit.cell import TEXT as WORDS
from auditkit.label import Labels
from auditkit.masking import FEW, WITHHELD
from auditkit.sheet import BODY, FIGURE, HEADER, PAPERS, Column, freeze_at, height

KICKER = Style(size=9, bold=True, colour=MUTED, wrap=False)
TITLE = Style(size=20, bold=True, colour=ACCENT, valign="center", wrap=False)
SUBTITLE = Style(size=10.5, colour=MUTED, valign="center")
BANNER = Style(size=10.5, bold=True, colour=WHITE, fill=ACCENT, valign="center", indent=1)
HEADING = Style(size=12.5, bold=True, colour=ACCENT, valign="bottom", under=ACCENT, wrap=False)
LEAD = Style(size=12, bold=True)
TEXT = Style(size=10.5)
SMALL = Style(size=9.5, colour=MUTED)
TILE_NUMBER = Style(size=22, bold=True, colour=ACCENT, fill=TINT, valign="center", indent=1, wrap=False)
TILE_LABEL = Style(size=10.5, bold=True, fill=TINT, indent=1)
TILE_NOTE = Style(size=9, colour=MUTED, fill=TINT, indent=1)
ROOM = {"A4": (842.0, 595.0), "A3": (1191.0, 842.0)}  # points of the paper, lying
# From light to strong, the current quarter last, so that it is the one seen.
SHADES = ("D3DCE0", "B3C4CB", "8FA9B3", "6A8E9B", ACCENT)
# How much wider than Calibri the font of sheets from right to left is.
WIDER_LETTERS = 1.12
# What a printed page takes of the height that the columns' widths lead to expect, as measured: its scale is cut to
# whole percents, and a header must not stand alone at the end of a page.
FEWER_LINES = 0.95

Span = tuple[str, int, int, str]  # a column of a block: title, first and last column of the sheet, left or right


@dataclass(frozen=True, slots=True)
class Piece:
    """Something in a row: a value over the columns `first` to `last` (counted from 1)."""

    first: int
    last: int
    value: Any
    style: Style = TEXT


class Page:
    """One sheet of a book, filled from the top; `widths` are the columns' widths in Excel's unit."""

    def __init__(
        self, book: Book, title: str, widths: Sequence[float], *, landscape: bool = True, paper: str = "A4"
    ) -> None:
        """Add the sheet to the book; `paper` is A4, or A3 where many columns would be unreadable on less."""
        self.book, self.say = book, book.labels
        self.sheet = book.sheet(title, landscape=landscape)
        self.sheet.sheet_view.showGridLines = False
        self.sheet.print_options.horizontalCentered = True
        self.widths = [width * WIDER_LETTERS if book.mirrored else width for width in widths]
        for index, width in enumerate(self.widths, 1):
            self.sheet.column_dimensions[get_column_letter(index)].width = width
        self.row = 1
        self.used, self.pages = 0.0, 1  # points on the current printed page, and which page it is
        self.sheet.page_setup.paperSize = PAPERS[paper]
        across, along = ROOM[paper] if landscape else ROOM[paper][::-1]
        self.room_on_paper = across - 72, along - 101  # without the margins

    @property
    def capacity(self) -> float:
        """How many points of height one printed page takes, at the scale at which the columns fit its width."""
        across, along = self.room_on_paper
        return FEWER_LINES * along / min(1.0, across / (self.width(1, self.last) * 5.25 + 10))

    @property
    def last(self) -> int:
        """The last column."""
        return len(self.widths)

    def width(self, first: int, last: int) -> float:
        """Return the width of the columns together."""
        return sum(self.widths[first - 1 : last])

    def line(self, pieces: Sequence[Piece], *, least: float = 15.0) -> int:
        """Write one row as high as its longest text needs, go to the next, and return the row's number."""
        row = self.row
        pieces = [replace(piece, value=self.shown(piece.value)) for piece in pieces]
        self._tall(self._height(pieces, least))
        for piece in pieces:
            for column in range(piece.first, piece.last + 1):  # every merged cell, or its rule and fill would be cut
                value = piece.value if column == piece.first else None
                self.book.fill(self.sheet.cell(row, column), value, piece.style)
            if piece.last > piece.first:
                self.sheet.merge_cells(start_row=row, end_row=row, start_column=piece.first, end_column=piece.last)
        self.row += 1
        return row

    def shown(self, value: Any) -> Any:
        """Return a value as the language shows it: what stands for a masked count is a word of the language."""
        if value == FEW:
            return self.say("mask.few")
        return self.say("mask.withheld") if value == WITHHELD else value

    def _height(self, pieces: Sequence[Piece], least: float) -> float:
        narrower = WIDER_LETTERS if self.book.mirrored else 1.0
        texts = [(p.value, self.width(p.first, p.last) / narrower, p.style) for p in pieces if p.style.wrap]
        return height(texts, least)

    def rows(self, head: Sequence[Piece], rows: Sequence[Sequence[Piece]]) -> None:
        """
        Write a head and rows below it, with the head again at the top of every printed page that they reach.

        A short list stays on one page, and the last row of a long one is never alone on the next.
        """
        tall = [self._height(row, 17) for row in rows]
        self.keep(30 + (sum(tall) if sum(tall) < self.capacity / 3 else sum(tall[:2])))
        self.line(head, least=20)
        for place, row in enumerate(rows):
            if self.keep(sum(tall[place : place + 2]) if place == len(rows) - 2 else tall[place]):
                self.line(head, least=20)
            self.line(row, least=17)

    def block(self, spans: Sequence[Span], rows: Sequence[Sequence[Any]], none: str) -> None:
        """Write a table whose columns span several columns of the sheet, or a sentence where there is nothing."""
        if not rows:
            self.text(none, TEXT)
            self.gap()
            return
        look = {align: replace(style, valign="center") for align, style in (("left", BODY), ("right", FIGURE))}
        self.rows(
            [Piece(first, last, title, replace(HEADER, align=align)) for title, first, last, align in spans],
            [
                [
                    Piece(first, last, self.shown(value), aligned(look[align], value))
                    for (_, first, last, align), value in zip(spans, row, strict=True)
                ]
                for row in rows
            ],
        )
        self.gap()

    def text(self, value: str, style: Style = TEXT, *, least: float = 15.0) -> int:
        """Write a paragraph over the whole width."""
        return self.line([Piece(1, self.last, value, style)], least=least)

    def gap(self, points: float = 8.0) -> None:
        """Leave room."""
        self._tall(points)
        self.row += 1

    def _tall(self, points: float) -> None:
        self.keep(points)  # a break of its own, so that the pages are those that are counted here
        self.sheet.row_dimensions[self.row].height = points
        self.used += points

    def keep(self, points: float) -> bool:
        """Begin a new printed page unless `points` of height are left on this one; return whether one began."""
        if self.used + points <= self.capacity or self.row == 1:
            return False
        self.sheet.row_breaks.append(Break(id=self.row - 1))
        self.used, self.pages = 0.0, self.pages + 1
        return True

    def masthead(self, kicker: str, title: str, subtitle: str, banner: str) -> None:
        """Write the head that all sheets of an edition share."""
        self.text(kicker.upper(), KICKER)
        self.text(title, TITLE, least=30)
        self.text(subtitle, SUBTITLE, least=17)
        self.gap(5)
        self.text(banner, BANNER, least=20)
        self.gap(8)

    def heading(self, text: str) -> None:
        """Write a heading with a rule under it, never as the last line of a page."""
        self.keep(95)
        self.text(text, HEADING, least=22)
        self.gap(4)

    def tiles(self, tiles: Sequence[tuple[str, str, str]], spans: Sequence[tuple[int, int]]) -> None:
        """Write a row of tiles (number, label, note), each over its span of columns."""
        for index, (style, least) in enumerate(((TILE_NUMBER, 36.0), (TILE_LABEL, 16.0), (TILE_NOTE, 26.0))):
            pieces = [Piece(*span, tile[index], style) for tile, span in zip(tiles, spans, strict=True)]
            self.line(pieces, least=least)

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, real: bool = True, bold: int = 0
    ) -> tuple[int, int]:
        """
        Write a table over the first columns, each row as high as it needs; return header row and last row.

        `real` makes it an Excel table with filters; there must be rows then. `bold` columns from the left stand out.
        """
        titles = unique(column.title for column in columns)
        self._widen(titles)
        first = self.line(
            [Piece(n, n, text, replace(HEADER, align=columns[n - 1].style.align)) for n, text in enumerate(titles, 1)],
            least=30,
        )
        styles = [replace(column.style, valign="center", bold=index < bold) for index, column in enumerate(columns)]
        for row in rows:
            pieces = [Piece(n, n, value, aligned(styles[n - 1], value)) for n, value in enumerate(row, 1)]
            self.line(pieces, least=18)
        if real and rows:
            self.book.add_table(self.sheet, first, self.row - 1, titles)
        return first, self.row - 1

    def _widen(self, titles: Sequence[str]) -> None:
        """Make columns so wide that no word of their titles is broken, which differs from language to language."""
        for column, title in enumerate(titles, 1):
            longest = max((text_width(word, HEADER.size, HEADER.bold) for word in title.split()), default=0.0)
            needed = longest * (WIDER_LETTERS**2 if self.book.mirrored else 1.0) / 7 + 1.4 * HEADER.indent + 0.6
            if needed > self.widths[column - 1]:
                self.widths[column - 1] = round(needed, 1)
                self.sheet.column_dimensions[get_column_letter(column)].width = self.widths[column - 1]

    def link(self, row: int, column: int, title: str, target: int) -> None:
        """Make a cell lead to row `target` of another sheet of this file."""
        cell = self.sheet.cell(row, column)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quote_sheetname(title)}!A{target}")

    def freeze(self, row: int, column: int = 1) -> None:
        """Keep what is above `row` and left of `column` in view, and repeat the row before on every printed page."""
        freeze_at(self.sheet, f"{get_column_letter(column)}{row}")
        self.sheet.print_title_rows = f"{row - 1}:{row - 1}"

    def without_titles(self) -> None:
        """Repeat no header row: the table stands on one page, and what follows it is no part of it."""
        self.sheet._print_rows = None  # print_title_rows takes no None

    def finish(self, *, one_page: bool = False) -> None:
        """Set the print area to what was written."""
        self.sheet.print_area = f"A1:{get_column_letter(self.last)}{max(self.row - 1, 1)}"
        if one_page:
            self.sheet.page_setup.fitToHeight = 1
            self.sheet.row_breaks = RowBreak()

    def chart(self, chart: Any, points: float) -> None:
        """Place a chart over the whole width at the current row and leave `points` of height for it."""
        self.place(chart, self.room(points), points)

    def room(self, points: float) -> int:
        """Leave `points` of height on one page for a chart and return the row where it begins."""
        self.keep(points)
        first, rows = self.row, max(1, round(points / 15))
        for _ in range(rows):
            self.gap(points / rows)
        return first

    def reach(self, first: int, points: float) -> None:
        """Leave room until the rows from `first` on are `points` high, so that what follows stands below a chart."""
        tall = sum(self.sheet.row_dimensions[row].height or 15.0 for row in range(first, self.row))
        if tall < points:
            self.gap(points - tall)

    def place(self, chart: Any, row: int, points: float, *, column: int = 1) -> None:
        """Place a chart at `row`, from `column` to the right edge."""
        chart.width, chart.height = self.width(column, self.last) * 7.35 / 96 * 2.54, points / 72 * 2.54
        self.sheet.add_chart(chart, f"{get_column_letter(column)}{row}")


def aligned(style: Style, value: Any) -> Style:
    """Words in a column of numbers ("< 5", "withheld") stand right like the numbers, but quieter."""
    if style.align == "right" and isinstance(value, str):
        colour = style.colour if any(character.isdigit() for character in value.removeprefix(FEW)) else MUTED
        return replace(style, colour=colour, number=WORDS, wrap=True, indent=1)
    return style


def bar_chart(
    say: Labels,
    title: str,
    source: Any,
    header: int,
    last: int,
    category: int,
    values: Sequence[int],
    *,
    number: str = "#,##0",
    horizontal: bool = False,
) -> Any:
    """
    Return a native bar chart over rows `header` to `last` of the sheet `source`: one series per column of `values`.

    The series are named by their header cells; the last one carries the accent colour and its values as labels. In a
    language from right to left the chart runs in that direction too, which no spreadsheet does by itself.
    """
    chart = BarChart()
    chart.type, chart.grouping = ("bar" if horizontal else "col"), "clustered"
    chart.title = _title(title, say) if title else None
    chart.gapWidth, chart.overlap = 60, 0
    for index, column in enumerate(values):
        chart.add_data(Reference(source, min_col=column, min_row=header, max_row=last), titles_from_data=True)
        series = chart.series[-1]
        series.graphicalProperties = GraphicalProperties(solidFill=SHADES[index - len(values)])
        series.graphicalProperties.line.noFill = True
        series.invertIfNegative = False
    labels = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False)
    labels.numFmt, labels.txPr = number, _letters(800)
    chart.spoken = say("chart.spoken", title=title or source.title, sheet=source.title)
    for series in chart.series if len(values) <= 2 else chart.series[-1:]:
        series.dLbls = labels
    chart.set_categories(Reference(source, min_col=category, min_row=header + 1, max_row=last))
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete, axis.majorGridlines, axis.txPr = False, None, _letters(800)
        axis.graphicalProperties = GraphicalProperties()
        axis.graphicalProperties.line.solidFill = LINE
    chart.y_axis.delete = True  # the labels carry the values
    chart.x_axis.tickLblPos, chart.y_axis.number_format = "low", number
    if horizontal or say.right_to_left:
        chart.x_axis.scaling.orientation = "maxMin"
    if horizontal and say.right_to_left:
        chart.y_axis.scaling.orientation = "maxMin"
    shown = [source.cell(row, column).value for row in range(header + 1, last + 1) for column in values]
    if least := min((value for value in shown if isinstance(value, (int, float, Decimal)) and value < 0), default=0):
        # Room for the labels of bars below zero, which would stand on the names of the categories.
        chart.y_axis.scaling.min = float(least) * 1.35
    chart.legend.position = "b"
    chart.legend.txPr = _letters(800)
    if len(values) == 1:
        chart.legend = None
    chart.graphical_properties = GraphicalProperties(noFill=True)
    chart.graphical_properties.line.noFill = True
    chart.roundedCorners = False
    return chart


def _letters(size: int, *, bold: bool = False, colour: str = INK) -> Any:
    properties = CharacterProperties(sz=size, b=bold, solidFill=colour, latin=Font(typeface="Calibri"))
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=properties), endParaRPr=properties)])


def _title(text: str, say: Labels) -> Any:
    title = title_maker(say.upright(text))
    properties = CharacterProperties(sz=1050, b=True, solidFill=INK, latin=Font(typeface="Calibri"))
    for paragraph in title.tx.rich.paragraphs:
        paragraph.pPr = ParagraphProperties(defRPr=properties)
        for run in paragraph.r:
            run.rPr = properties
    title.overlay = False
    if not say.right_to_left:  # there a title cannot be put to the right without knowing how long it is
        title.layout = Layout(ManualLayout(xMode="edge", yMode="edge", x=0.01, y=0.01))
    return title
