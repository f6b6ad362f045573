"""
A workbook on openpyxl: made in memory only, the same bytes for the same content.

openpyxl by itself writes every sheet to a temporary file first; an edition must not leave its text there. The rows of
long tables are written here as XML text, several times as fast as cell objects; until the end they are held compressed.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.writer.excel import ExcelWriter

from auditkit.cell import Style, has_right_to_left, is_hostile, plain
from auditkit.label import Labels
from auditkit.review_row import ReviewRows
from auditkit.spool import Spool

FONT, MONO = "Calibri", "Consolas"
FONT_FROM_RIGHT = "Arial"  # Calibri has no Arabic letters
TITLE_LENGTH = 31
PLAIN = Style()
FROM_LEFT, FROM_RIGHT = 1, 2  # Excel's reading orders of a cell
SIDES = {"left": "right", "end": "left"}  # where text stands on a sheet from right to left; figures stay right
LETTERS = [get_column_letter(place) for place in range(1, 257)]


@dataclass(frozen=True, slots=True)
class Looks:
    """The styles of a row's cells and their numbers in the workbook's table of cell formats."""

    styles: tuple[Style, ...]
    numbers: tuple[int, ...]


@dataclass(slots=True)
class _Rows:
    """The rows of a sheet that is written row by row."""

    xml: Spool = field(default_factory=Spool)
    count: int = 0


class Book:
    """
    A workbook in the making. `stamp` is the only time in the file; `header` stands on every printed page.

    `labels` are the words of its language, English if none are given, and decide the direction of its sheets. A sheet
    is either filled cell by cell (`fill`), in any order, or row by row from the top (`append`).
    """

    def __init__(
        self, title: str, stamp: dt.datetime, *, header: str = "", footer: str = "", labels: Labels | None = None
    ) -> None:
        """Make an empty workbook; a stamp with a zone is written in UTC."""
        self.labels = labels or Labels.of("en")
        self.mirrored = self.labels.right_to_left
        self.font = FONT_FROM_RIGHT if self.mirrored else FONT
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.stamp = stamp.astimezone(dt.UTC).replace(tzinfo=None) if stamp.tzinfo else stamp
        self.header, self.footer = header, footer
        properties = self.book.properties
        properties.creator, properties.lastModifiedBy, properties.title = None, None, title
        properties.created = properties.modified = self.stamp
        self._styles: dict[Style, Any] = {}
        self._rows: dict[str, _Rows] = {}
        self._links: dict[str, list[Hyperlink]] = {}
        self._tables = itertools.count(1)
        self.spare: dict[str, int] = {}  # empty rows at the end of a sheet's table
        self.review_rows = ReviewRows()  # what the forms of this book hand to people
        self.lists: dict[tuple[str, ...], str] = {}  # the choices they offer, with a heading

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
        sheet.sheet_view.rightToLeft = True if self.mirrored else None
        head, foot = sheet.oddHeader, sheet.oddFooter
        # Excel mirrors the columns of such a sheet, but not what stands above and below them.
        near, far = (foot.right, foot.left) if self.mirrored else (foot.left, foot.right)
        if self.header:
            above = head.left if self.mirrored else head.right
            above.text, above.size, above.font = self.printed(self.header), 9, f"{self.font},Bold"
        near.text = self.printed(self.footer)
        far.text = self.labels("book.footer", sheet="&A", page="&P", pages="&N")
        near.size = far.size = 8
        return sheet

    def printed(self, text: str) -> str:
        """Return text for a page header; `&` starts a code there and 255 characters are the most."""
        return str(plain(self.labels.upright(text))).replace("&", "&&").replace("\n", " ")[:200]

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

    def remove(self, title: str) -> None:
        """Take a sheet out again."""
        self.book.remove(self.book[title])
        self._rows.pop(title, None)

    def put_first(self, sheet: Any) -> None:
        """Make a sheet the first one, and the one with which the file opens."""
        self.book.move_sheet(sheet, -self.book.index(sheet))
        self.book.active = 0
        for each in self.book:
            each.sheet_view.tabSelected = each is sheet

    def lead(self, sheet: Any, cell: str, title: str) -> None:
        """Make a cell lead to the top of another sheet."""
        self._links.setdefault(sheet.title, []).append(Hyperlink(ref=cell, location=f"'{title}'!A1"))

    def looks(self, sheet: Any, styles: Sequence[Style]) -> Looks:
        """Return the styles of a row, numbered once for all rows that look like it."""
        return Looks(tuple(styles), tuple(self._number(sheet, style) for style in styles))

    def append(
        self,
        sheet: Any,
        values: Sequence[Any],
        styles: Sequence[Style] | Looks,
        tall: float,
        pointer: str = "",
        *,
        fixed: bool = True,
    ) -> None:
        """
        Write the next row of a sheet, `tall` points high; values are made safe, text is text whatever it says.

        A row that is not `fixed` grows when somebody writes more into it.
        """
        looks = styles if isinstance(styles, Looks) else self.looks(sheet, styles)
        rows = self._rows.setdefault(sheet.title, _Rows())
        rows.count += 1
        cells = []
        for letter, value, number, style in zip(LETTERS, values, looks.numbers, looks.styles, strict=False):
            if is_hostile(value):
                number = self._number(sheet, replace(style, quote=True))
            cells.append(_cell_xml(f"{letter}{rows.count}", plain(value, pointer), number))
        if len(cells) != len(values) or len(cells) != len(looks.styles):
            raise ValueError(f"{sheet.title}: {len(values)} values for {len(looks.styles)} columns")
        own = ' customHeight="1"' if fixed else ""
        rows.xml.add(f'<row r="{rows.count}" ht="{tall:g}"{own}>{"".join(cells)}</row>')

    def _number(self, sheet: Any, style: Style) -> int:
        return int(self.book._cell_styles.add(self._style(sheet, style)))

    def fill(self, cell: Any, value: Any, style: Style = PLAIN, pointer: str = "") -> None:
        """Write `value`, made safe, with `style` into `cell`."""
        value = plain(self.labels.upright(value) if isinstance(value, str) else value, pointer)
        if is_hostile(value):
            style = replace(style, quote=True)
        if self.mirrored:
            style = replace(style, align=SIDES.get(style.align, style.align), order=_order(value))
        # Set past openpyxl's own reading of values, which takes "=..." for a formula and "#N/A" for an error.
        cell._value = value
        cell.data_type = "s" if isinstance(value, str) else "d" if isinstance(value, dt.date) else "n"
        cell._style = copy(self._style(cell.parent, style))

    def _style(self, sheet: Any, style: Style) -> Any:
        if style not in self._styles:
            proof = WriteOnlyCell(sheet)
            proof.font = Font(
                name=MONO if style.mono else self.font,
                sz=style.size,
                b=style.bold,
                i=style.italic,
                color="FF" + style.colour,
            )
            if style.fill:
                proof.fill = PatternFill("solid", fgColor="FF" + style.fill)
            proof.alignment = Alignment(
                horizontal="right" if style.align == "end" else style.align,
                vertical=style.valign,
                wrap_text=style.wrap,
                indent=style.indent,
                readingOrder=style.order,
            )
            weight = "medium" if style.thick else "thin"
            proof.border = Border(
                top=Side(weight, "FF" + style.over) if style.over else None,
                bottom=Side(weight, "FF" + style.under) if style.under else None,
                left=Side("thin", "FF" + style.side) if style.side else None,
                right=Side("thin", "FF" + style.side) if style.side else None,
            )
            proof.number_format = style.number
            proof.quotePrefix = style.quote
            if not style.locked:
                proof.protection = Protection(locked=False)
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
            column.name = self.labels.upright(title)
        sheet.add_table(table)

    def data(self) -> bytes:
        """Return the finished file; the workbook cannot be changed afterwards."""
        if not self.book.sheetnames:
            self.sheet("Empty")
        out = io.BytesIO()
        with _Archive(out, self.stamp) as archive:
            _Writer(self.book, archive, self._rows, self._links).write_data()
        return out.getvalue()


class _Archive(zipfile.ZipFile):
    """A zip file whose members carry the run's time and nothing of the machine."""

    def __init__(self, out: io.BytesIO, stamp: dt.datetime) -> None:
        super().__init__(out, "w", zipfile.ZIP_DEFLATED)
        self._stamp = (max(stamp.year, 1980), stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)

    def writestr(
        self, zinfo_or_arcname: Any, data: Any, compress_type: int | None = None, compresslevel: int | None = None
    ) -> None:
        super().writestr(self._member(zinfo_or_arcname), data, compress_type, compresslevel)

    def write_pieces(self, name: str, pieces: Iterable[bytes], most: int) -> None:
        """Write a member that never stands in memory as a whole; it has no more than `most` bytes."""
        info = self._member(name)
        info.file_size = most  # decides whether the archive needs the form for very large members
        with self.open(info, "w") as member:
            for piece in pieces:
                member.write(piece)

    def _member(self, name: Any) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(str(name), self._stamp)
        info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
        return info


class _Drawing(SpreadsheetDrawing):  # type: ignore[misc]
    """openpyxl's drawing, with what a screen reader says of each chart."""

    __elements__ = SpreadsheetDrawing.__elements__  # openpyxl's metaclass would make them empty

    def _chart_frame(self, idx: int) -> Any:
        frame = super()._chart_frame(idx)
        frame.nvGraphicFramePr.cNvPr.descr = getattr(self.charts[idx - 1], "spoken", None)
        return frame


class _Writer(ExcelWriter):  # type: ignore[misc]
    """openpyxl's writer without its temporary files, with the rows that were written as text and their links."""

    def __init__(self, book: Any, archive: Any, rows: dict[str, _Rows], links: dict[str, list[Hyperlink]]) -> None:
        super().__init__(book, archive)
        self._rows, self._links = rows, links

    def write_worksheet(self, sheet: Any) -> None:
        sheet._drawing = _Drawing()
        sheet._drawing.charts, sheet._drawing.images = sheet._charts, sheet._images
        writer = WorksheetWriter(sheet, out=io.BytesIO())
        sheet._hyperlinks.extend(self._links.get(sheet.title, ()))  # the writer has just emptied them
        writer.write()
        sheet._rels = writer._rels
        data = writer.out.getvalue()
        rows = self._rows.get(sheet.title)
        if rows is None:
            self._archive.writestr(sheet.path[1:], data)
        else:
            before, mark, after = data.partition(b"<sheetData></sheetData>")
            if not mark:
                before, mark, after = data.partition(b"<sheetData />")
            if not mark:
                raise ValueError(f"{sheet.title} was filled both by cell and by row")
            pieces = itertools.chain([before, b"<sheetData>"], rows.xml, [b"</sheetData>", after])
            self._archive.write_pieces(sheet.path[1:], pieces, len(data) + rows.xml.most)
        self.manifest.append(sheet)


def _cell_xml(place: str, value: Any, style: int) -> str:
    """Return one cell as a sheet holds it; `value` is what `plain` returns."""
    if value is None or value == "":
        return f'<c r="{place}" s="{style}"/>'
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    number = to_excel(value) if isinstance(value, dt.date) else value
    return f'<c r="{place}" s="{style}"><v>{number}</v></c>'


def _order(value: Any) -> int:
    """Return in which direction a cell of a sheet from right to left is read: its own text's, else the sheet's."""
    foreign = isinstance(value, str) and any(map(str.isalpha, value)) and not has_right_to_left(value)
    return FROM_LEFT if foreign else FROM_RIGHT


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
