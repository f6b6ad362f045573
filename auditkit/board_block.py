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
from auditkit.wording import digits, plural

MOST_BARS = 10
FEW_BARS = 6
ROW = 18.0  # points that a row of the table takes at the least
MOST_ON_ONE_PAGE = 12
PAGE_WIDTH = 144  # digits across A4 landscape in the size of the text
BESIDE = (3.0, 66.0)  # widths of the gap and of the chart beside a long table
KINDS = {"count": "int", "amount": "amount", "percent": "amount", "number": "amount", "p_value": "amount"}


def add(book: Book, run: Run, control: ControlResult, block: BoardBlock, table: TableResult) -> None:
    """Add one block's sheet."""
    shown = _largest_first(block, suppress(block, table))
    widths = [_width(column, [row[n] for row in shown.rows]) for n, column in enumerate(block.columns)]
    short = len(shown.rows) <= MOST_ON_ONE_PAGE
    # Beside a long table the chart is seen at once; above it, it would have to be frozen with the header.
    beside = not short and _bars(block, shown) > 0
    spare = 0.0 if beside else max(0.0, PAGE_WIDTH - sum(widths)) / len(widths)
    widths = [width + min(spare, 12) for width in widths] + (list(BESIDE) if beside else [])
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
    rows = [_row(block, row) for row in shown.rows]
    columns = [
        Column(_title(column, run), KINDS.get(column.kind, "text"), number=_number(column, [row[n] for row in rows]))
        for n, column in enumerate(block.columns)
    ]
    first, _ = page.table(columns, rows, bold=1)
    page.freeze(first + 1, 2)
    if short:
        page.without_titles()
    page.gap(4)
    for note in _notes(block, shown):
        page.text(note, SMALL)
    page.gap(10)
    _chart(page, block, shown, first, len(block.columns) + 2 if beside else 1)
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
        value = Decimal(repr(value))
    if (
        column.kind == "p_value"
        and isinstance(value, Decimal)
        and value < (least := Decimal(1).scaleb(-_scale(column)))
    ):
        return f"< {least:f}"  # no probability is 0.0000
    return value


def _scale(column: BoardColumn) -> int:
    return column.scale or {"amount": 2, "percent": 2, "p_value": 4}.get(column.kind, 0)


def _title(column: BoardColumn, run: Run) -> str:
    """Return the column's title, with the reporting currency where it holds amounts."""
    return f"{column.title}, {run.project.currency}" if column.kind == "amount" else column.title


def _number(column: BoardColumn, values: list[Any]) -> str:
    """
    Return the number format with the digits the block declares; a percent column holds percent, not a fraction.

    A percent column has up to two more where one of its values would otherwise read as a whole number that it is not.
    """
    count = _scale(column)
    if column.kind == "percent":
        numbers = [Decimal(value) for value in values if isinstance(value, (int, Decimal))]
        count = max((digits(value, count, count + 2) for value in numbers), default=count)
    number = "#,##0" + (f".{'0' * count}" if count and column.kind != "count" else "")
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


def _chart(page: Page, block: BoardBlock, shown: ShownTable, header: int, column: int) -> None:
    """Place the block's chart over the first rows that show figures: below the table, or from `column` beside it."""
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
    if column > 1:
        page.place(chart, header + 1, min(_height(bars), ROW * len(shown.rows)), column=column)
    else:
        page.place(chart, page.room(_height(bars)), _height(bars))
