"""The controls' own sheets in the board edition: what their query returns, after suppression, with a native chart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from auditkit.board_summary import masthead
from auditkit.book import Book
from auditkit.control import BoardBlock, BoardColumn
from auditkit.label import Labels
from auditkit.masking import ShownTable, few, suppress
from auditkit.page import SMALL, TEXT, Page, bar_chart
from auditkit.result import ControlResult, Run, TableResult
from auditkit.sheet import Column
from auditkit.wording import digits

MOST_BARS = 10
FEW_BARS = 6
ROW = 18.0  # points that a row of the table takes at the least
MOST_ON_ONE_PAGE = 12
PAGE_WIDTH = 144  # digits across A4 landscape in the size of the text
BESIDE = (3.0, 66.0)  # widths of the gap and of the chart beside a long table
KINDS = {"count": "int", "amount": "amount", "percent": "amount", "number": "amount", "p_value": "amount"}


def add(book: Book, run: Run, control: ControlResult, block: BoardBlock, table: TableResult) -> None:
    """Add one block's sheet."""
    say = book.labels
    shown = _largest_first(block, suppress(block, table))
    widths = [_width(column, [row[n] for row in shown.rows]) for n, column in enumerate(block.columns)]
    short = len(shown.rows) <= MOST_ON_ONE_PAGE
    # Beside a long table the chart is seen at once; above it, it would have to be frozen with the header.
    beside = not short and _bars(block, shown) > 0
    spare = 0.0 if beside else max(0.0, PAGE_WIDTH - sum(widths)) / len(widths)
    widths = [width + min(spare, 12) for width in widths] + (list(BESIDE) if beside else [])
    page = Page(book, block.title, widths)
    masthead(page, run, block.title)
    page.text(say("block.about", control=control.control.title, objective=control.control.objective), TEXT)
    if block.note:
        page.text(block.note, SMALL)
    page.gap(6)
    if not shown.rows:
        other = say("coverage.sheet")
        page.text(say("block.not_run", sheet=other) if table.failed else say("block.nothing", sheet=other), TEXT)
        page.finish()
        return
    rows = [_row(block, row, say) for row in shown.rows]
    columns = [
        Column(
            _title(column, run, say), KINDS.get(column.kind, "text"), number=_number(column, [row[n] for row in rows])
        )
        for n, column in enumerate(block.columns)
    ]
    first, _ = page.table(columns, rows, bold=1)
    page.freeze(first + 1, 2)
    if short:
        page.without_titles()
    page.gap(4)
    for note in _notes(block, shown, say):
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


def _row(block: BoardBlock, row: tuple[Any, ...], say: Labels) -> list[Any]:
    least = block.suppress.minimum if block.suppress else 0
    return [_value(column, value, least, say) for column, value in zip(block.columns, row, strict=True)]


def _value(column: BoardColumn, value: Any, least: int, say: Labels) -> Any:
    if value is None or value == "":
        return "-"
    if least and value == few(least):
        return say("block.masked", least=least)
    if column.kind == "flag" and isinstance(value, bool):
        return say("block.yes") if value else say("block.no")
    if isinstance(value, float):
        value = Decimal(repr(value))
    smallest = Decimal(1).scaleb(-_scale(column))
    if column.kind == "p_value" and isinstance(value, Decimal) and value < smallest:
        return say("block.below", least=say.number(smallest, _scale(column)))  # no probability is 0.0000
    return value


def _scale(column: BoardColumn) -> int:
    return column.scale or {"amount": 2, "percent": 2, "p_value": 4}.get(column.kind, 0)


def _title(column: BoardColumn, run: Run, say: Labels) -> str:
    """Return the column's title, with the reporting currency where it holds amounts."""
    if column.kind == "amount":
        return say("block.in_currency", title=column.title, currency=run.project.currency)
    return column.title


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


def _notes(block: BoardBlock, shown: ShownTable, say: Labels) -> list[str]:
    notes = []
    if block.suppress:
        notes.append(say("block.least", least=block.suppress.minimum))
    if shown.hidden and shown.secondary:
        notes.append(say("block.withheld_also", n=shown.hidden, rows=len(shown.rows)))
    elif shown.hidden:
        notes.append(say("block.withheld", n=shown.hidden, rows=len(shown.rows)))
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
    say = page.say
    titles = say.comma([block.columns[number - 1].title for number in values])
    category = block.columns[place[block.chart.category] - 1].title.lower()
    title = say("block.chart", values=titles, category=category)
    if bars < len(shown.rows) - shown.hidden:
        title = say("block.chart_largest", values=titles, category=category, n=bars)
    chart = bar_chart(
        say,
        title,
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
