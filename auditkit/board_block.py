"""The controls' own sheets in the board edition: what their query returns, after suppression, with a native chart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from auditkit.board_scorecard import masthead
from auditkit.book import Book
from auditkit.control import BoardBlock, BoardColumn
from auditkit.masking import ShownTable, suppress
from auditkit.page import SMALL, TEXT, Page, bar_chart
from auditkit.result import ControlResult, Run, TableResult
from auditkit.sheet import Column
from auditkit.wording import plural

MOST_BARS = 10
FEW_BARS = 6
MOST_ON_ONE_PAGE = 12
PAGE_WIDTH = 144  # digits across A4 landscape in the size of the text
KINDS = {"count": "int", "amount": "amount", "percent": "amount", "number": "amount"}


def add(book: Book, run: Run, control: ControlResult, block: BoardBlock, table: TableResult) -> None:
    """Add one block's sheet."""
    shown = _largest_first(block, suppress(block, table))
    widths = [_width(column, [row[n] for row in shown.rows]) for n, column in enumerate(block.columns)]
    spare = max(0.0, PAGE_WIDTH - sum(widths)) / len(widths)
    widths = [width + min(spare, 12) for width in widths]
    short = len(shown.rows) <= MOST_ON_ONE_PAGE
    page = Page(book, block.title, widths)
    masthead(page, run, block.title)
    page.text(f"{control.control.title}: {control.control.objective}", TEXT)
    if block.note:
        page.text(block.note, SMALL)
    page.gap(6)
    if not shown.rows:
        words = "The query behind this sheet could not be run." if table.failed else "There is nothing to show."
        page.text(f"{words} See the sheet Coverage and limitations.", TEXT)
        page.finish()
        return
    reserved = None if short else _reserve(page, block, shown)
    columns = [Column(c.title, KINDS.get(c.kind, "text"), number=_number(c)) for c in block.columns]
    first, _ = page.table(columns, [_row(block, row) for row in shown.rows], bold=1)
    page.freeze(first + 1, 2)
    if short:
        page.sheet.print_title_rows = None
    page.gap(4)
    for note in _notes(block, shown):
        page.text(note, SMALL)
    page.gap(10)
    _chart(page, block, shown, first, reserved)
    page.finish(one_page=short)


def _width(column: BoardColumn, values: list[Any]) -> float:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    if column.kind == "text":
        return float(min(max(14, longest + 3), 42))
    words = max(len(word) for word in column.title.split() or [""])
    return float(min(max(12, words + 3, len(column.title) / 2 + 3), 22))


def _row(block: BoardBlock, row: tuple[Any, ...]) -> list[Any]:
    return [_value(column, value) for column, value in zip(block.columns, row, strict=True)]


def _value(column: BoardColumn, value: Any) -> Any:
    if value is None or value == "":
        return "-"
    if column.kind == "flag":
        return {True: "● yes", False: "○ no"}.get(value, value) if isinstance(value, bool) else value
    if isinstance(value, float):
        return Decimal(repr(value))
    return value


def _number(column: BoardColumn) -> str:
    """Return the number format with the digits the block declares; a percent column holds percent, not a fraction."""
    digits = "0" * (column.scale or (2 if column.kind in ("amount", "percent") else 0))
    number = "#,##0" + (f".{digits}" if digits and column.kind != "count" else "")
    return f'{number}" %"_m' if column.kind == "percent" else f"{number}_m"


def _notes(block: BoardBlock, shown: ShownTable) -> list[str]:
    notes = []
    if block.suppress:
        least = block.suppress.minimum
        notes.append(f"Rows with fewer than {least} in a count show no figures; those rows stand last.")
    if shown.hidden:
        also = ", one of them only so that the other cannot be worked out" if shown.secondary else ""
        notes.append(f"{plural(shown.hidden, 'row')} of {len(shown.rows)} withheld{also}.")
    return notes


def _largest_first(block: BoardBlock, shown: ShownTable) -> ShownTable:
    """Return the rows with figures in the order of the chart's first value, the largest first, whatever its sign."""
    if block.chart is None:
        return shown
    names = [column.name for column in block.columns]
    place = next((names.index(name) for name in block.chart.values if name in names), None)
    if place is None:
        return shown
    count = len(shown.rows) - shown.hidden
    ordered = sorted(shown.rows[:count], key=lambda row: -abs(row[place] or 0))
    return replace(shown, rows=(*ordered, *shown.rows[count:]))


def _bars(block: BoardBlock, shown: ShownTable) -> int:
    return min(len(shown.rows) - shown.hidden, MOST_BARS) if block.chart else 0


def _height(bars: int) -> float:
    return 190.0 if bars <= FEW_BARS else 70.0 + 22 * bars


def _reserve(page: Page, block: BoardBlock, shown: ShownTable) -> int | None:
    """Leave room for the chart above a long table, for who looks first; return its row."""
    bars = _bars(block, shown)
    return page.room(_height(bars) + 14) if bars else None


def _chart(page: Page, block: BoardBlock, shown: ShownTable, header: int, reserved: int | None) -> None:
    """Place the block's chart over the first rows that show figures."""
    bars = _bars(block, shown)
    if block.chart is None or bars < 1:
        return
    place = {column.name: number for number, column in enumerate(block.columns, 1)}
    values = [place[name] for name in block.chart.values if name in place]
    if not values or block.chart.category not in place:
        return
    percent = all(block.columns[number - 1].kind == "percent" for number in values)
    titles = ", ".join(block.columns[number - 1].title for number in values)
    least = f", the {bars} largest" if bars < len(shown.rows) - shown.hidden else ""
    chart = bar_chart(
        f"{titles} by {block.columns[place[block.chart.category] - 1].title.lower()}{least}",
        page.sheet,
        header,
        header + bars,
        place[block.chart.category],
        values,
        number='0.00" %"' if percent else "#,##0.##",
        horizontal=bars > FEW_BARS,
    )
    page.place(chart, reserved or page.room(_height(bars)), _height(bars))
