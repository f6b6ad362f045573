"""The board edition's scorecard and the matters for review: denominators, criteria, places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from auditkit import board_conclusion, board_programme
from auditkit.board_summary import any_finding, masthead, matters_sheet
from auditkit.book import Book
from auditkit.control import Criterion
from auditkit.label import Labels
from auditkit.masking import FEW, WITHHELD, Figures
from auditkit.page import SMALL, TEXT, Page, Piece, aligned, bar_chart
from auditkit.result import ControlResult, PopulationResult, Run
from auditkit.sheet import BODY, FIGURE, HEADER, Column
from auditkit.tally import Matter, exceptions_before, rate_in_words, shown
from auditkit.wording import fraction, percent_format, restricted_line, severity, sole_currency

QUARTERS_BACK = 4
COUNTS = ("items", "tested", "not_tested", "not_applicable", "exceptions", "review")
MOST_BARS = 6
TREND_HEIGHT = 180.0


def add_scorecard(book: Book, run: Run) -> Trend:
    """Add one row per control and population, and the exceptions over the quarters as a chart."""
    say = book.labels
    quarters = list(reversed(run.project.quarters.before(run.period.label, QUARTERS_BACK)))
    before = [label for label in quarters if any(figures.quarter == label for figures in run.previous)]
    backs = [len(quarters) - quarters.index(label) for label in before]
    table = [(control, p, shown(p)) for control in run.controls for p in control.populations]
    rates = [_rate(figures, say) for _, _, figures in table]
    reviewed = run.status.issued or any(each.listed > each.open for each in run.register.values())
    both = reviewed and not run.status.issued
    confirmed = [board_conclusion.confirmed(run, *row) for row in table]
    columns = [
        Column(say("column.control")),
        Column(say("column.objective")),
        Column(say("column.kind")),
        Column(say("column.population")),
        *(Column(say(f"column.{name}"), "int") for name in COUNTS),
        Column(say("column.rate"), "percent", number=percent_format(rates)),
        *(board_conclusion.confirmed_columns(confirmed, say) if reviewed else []),
        Column(say("column.tolerable")),
        Column(say("column.conclusion_both") if both else say("column.conclusion")),
        *(Column(label) for label in before),
        Column(say("column.rad_factor"), "int"),
    ]
    more = [11.5, 11.5] if reviewed else []
    widths = [18, 40, 9.5, 26, 8.5, 8.5, 8.5, 11.5, 11.5, 8.5, 12.5, *more, 11.5, 31, *([11.5] * len(before)), 8]
    page = Page(book, say("scorecard.sheet"), widths)
    masthead(page, run, say("scorecard.sheet"))
    rows = [
        [
            control.control.title,
            control.control.objective if population is control.populations[0] else None,  # once for each control
            _kind(control, say),
            population.population.title,
            *_numbers(figures, say),
            *(found if reviewed else ()),
            board_conclusion.tolerable(population, say),
            board_conclusion.both(run, control, population, say)
            if reviewed
            else board_conclusion.conclusion(population, say),
            *(exceptions_before(run, control, population, back, say)[0] for back in backs),
            control.control.rad_factor,
        ]
        for (control, population, figures), found in zip(table, confirmed, strict=True)
    ]
    page.heading(say("programme.tested_heading"))
    first, _ = page.table(columns, rows, bold=1)
    page.freeze(first + 1, 2)
    on_one_page = page.pages == 1
    page.gap(6)
    _below_the_scorecard(page, run, [label for label in quarters if label not in before])
    trend = _trend(page, run, before, backs)
    if on_one_page:
        page.without_titles()
    board_programme.add_sections(page, run)
    page.finish()
    return trend


def _below_the_scorecard(page: Page, run: Run, not_run: Sequence[str]) -> None:
    """Say what is not in the table, and how to read it."""
    say = page.say
    if run.restricted_controls:
        titles = say.joined(control.title for control in run.restricted_controls)
        page.text(say("scorecard.apart", titles=titles, line=restricted_line(run.restricted_state, say)), TEXT)
    unknown = [say("scorecard.not_run_quarters", quarters=say.joined(not_run))] if not_run else []
    page.text(" ".join([say("scorecard.legend"), *unknown, say("scorecard.reading")]), SMALL)
    page.gap(12)


def _concluded(run: Run, control: ControlResult, population: PopulationResult, say: Labels, *, reviewed: bool) -> str:
    if reviewed:
        return board_conclusion.both(run, control, population, say)
    return board_conclusion.conclusion(population, say)


def _kind(control: ControlResult, say: Labels) -> str:
    kind = say("scorecard.tested")
    return say("scorecard.key", kind=kind) if control.control.key_control else kind


def _numbers(figures: Figures, say: Labels) -> list[Any]:
    return [
        figures.population,
        figures.tested,
        figures.not_tested,
        figures.not_applicable,
        figures.exceptions,
        figures.review,
        _rate(figures, say),
    ]


def _rate(figures: Figures, say: Labels) -> Decimal | str:
    """Return the exception rate as a fraction, or the words that stand for it."""
    if isinstance(figures.exceptions, int) and isinstance(figures.tested, int):
        rate = Decimal(0) if figures.tested else rate_in_words(figures, say)
        return fraction(figures.exceptions, figures.tested) or rate
    return rate_in_words(figures, say)


@dataclass(frozen=True, slots=True)
class Trend:
    """Where the exceptions by control and quarter stand: names in column `category`, quarters in `values`."""

    say: Labels
    sheet: Any
    header: int
    last: int
    category: int
    values: tuple[int, ...]

    def chart(self) -> Any:
        """Return a new chart of it, or None where no bar would be seen."""
        if self.last == self.header:
            return None
        return bar_chart(self.say, "", self.sheet, self.header, self.last, self.category, self.values)


def _loudest(row: Sequence[Any]) -> tuple[bool, int, str]:
    """Order: what has figures to show first, the most exceptions of this quarter first."""
    now = row[-1] if isinstance(row[-1], int) else 0
    return not any(isinstance(value, int) and value for value in row[1:]), -now, str(row[0])


def _trend(page: Page, run: Run, quarters: Sequence[str], backs: Sequence[int]) -> Trend:
    """Write exceptions by population and quarter as a small table with its chart beside it."""
    say = page.say
    populations = sum(len(control.populations) for control in run.controls)
    page.keep(30 + max(TREND_HEIGHT + 8.0, 40 + 17.5 * populations))
    page.heading(say("scorecard.trend"))
    rows: list[list[Any]] = []
    for control in run.controls:
        for population in control.populations:
            old = [exceptions_before(run, control, population, back, say)[1] for back in backs]
            name = population.population.title if len(control.populations) > 1 else control.control.title
            rows.append([name, *old, shown(population).exceptions])
    rows.sort(key=_loudest)
    bars = sum(any(isinstance(value, int) and value for value in row[1:]) for row in rows)
    top = page.row
    _narrow_table(page, [*quarters, run.period.label], rows)
    values = tuple(range(5, 5 + len(quarters) + 1))
    trend = Trend(say, page.sheet, top, top + min(bars, MOST_BARS), 2, values)
    if bars:
        chart = trend.chart()
        page.place(chart, top, TREND_HEIGHT, column=11)
        page.reach(top, TREND_HEIGHT + 6)
    if bars > MOST_BARS:
        page.text(say("scorecard.first_rows", n=MOST_BARS, rows=bars), SMALL)
    if any(FEW in row for row in rows):
        page.text(say("scorecard.masked_bar", few=say("mask.few")), SMALL)
    return trend


def _narrow_table(page: Page, quarters: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write the trend's table with its names over three columns and its numbers in the narrow ones."""
    right = replace(FIGURE, valign="center")
    top = replace(HEADER, align="right")
    titles = [Piece(n, n, label, top) for n, label in enumerate(quarters, 5)]
    page.line([Piece(2, 4, page.say("scorecard.name"), HEADER), *titles], least=20)
    for row in rows:
        numbers = [Piece(n, n, value, aligned(right, value)) for n, value in enumerate(row[1:], 5)]
        page.line([Piece(2, 4, row[0], replace(BODY, valign="center")), *numbers], least=17)


def add_findings(book: Book, run: Run, matters: Sequence[Matter]) -> int:
    """Add the matters for review by attribute; return the row above the first."""
    say = book.labels
    code = sole_currency(matter.figures.amounts for matter in matters)
    columns = [
        Column(say("column.matter"), "int"),
        Column(say("column.severity")),
        Column(say("column.control")),
        Column(say("column.expected")),
        Column(say("column.exceptions"), "int"),
        Column(say("column.items_tested"), "int"),
        Column(say("column.rate"), "percent", number=percent_format(_rate(m.figures, say) for m in matters)),
        Column(say("column.review"), "int"),
        Column(say("column.stake_in", currency=code) if code else say("column.stake"), "amount"),
        Column(say("column.criterion")),
        Column(say("column.place")),
        Column(say("column.limits")),
    ]
    widths = [8.5, 12.5, 16, 33, 11.5, 9, 12.5, 9, 17, 40, 36, 22]
    if not any(_limits(matter, say) for matter in matters):
        columns, widths = columns[:-1], widths[:-1]
    title = matters_sheet(run, say)
    page = Page(book, title, widths)
    masthead(page, run, title)
    if any_finding(run):
        page.text(say("findings.elsewhere", sheet=say("findings.sheet")), TEXT)
    elif run.status.issued:
        page.heading(say("findings.none_reported"))
    else:
        page.heading(say("findings.none_heading"))
        page.text(say("findings.none"), TEXT)
    page.gap(6)
    page.heading(say("findings.matters_heading"))
    rows = [[index, *_matter(matter, code, say)][: len(columns)] for index, matter in enumerate(matters, 1)]
    if not rows:
        page.text(say("findings.no_matter"), TEXT)
        page.finish()
        return page.row
    first, _ = page.table(columns, rows)
    page.freeze(first + 1, 3)
    page.gap(4)
    page.text(say("findings.legend"), SMALL)
    page.finish()
    return first


def _places(criteria: Sequence[Criterion], say: Labels) -> str:
    if not criteria:
        return "-"
    more = len(criteria) - 1
    return criteria[0].place + (f"\n{say('findings.more_criteria', n=more)}" if more else "")


def _limits(matter: Matter, say: Labels) -> list[str]:
    limits = []
    if not matter.result.concluded:
        limits.append(
            say("conclusion.open", why=board_conclusion.reason_in_words(matter.population, matter.result, say))
        )
    if matter.figures.masked:
        limits.append(say("findings.limit_people"))
    return limits


def _stake(figures: Figures, currency: str, say: Labels) -> Decimal | str:
    """Return the value at stake as a number where all matters have theirs in one currency, else in words."""
    if figures.amounts is None:
        return WITHHELD
    alone = figures.amounts.get(currency)
    return alone or "\n".join(say.money({code: figures.amounts[code]}) for code in _listed(figures.amounts)) or "-"


def _listed(amounts: Mapping[str, Decimal]) -> list[str]:
    return [code for code in sorted(amounts) if amounts[code]]


def _matter(matter: Matter, currency: str, say: Labels) -> list[Any]:
    attribute, figures = matter.result.attribute, matter.figures
    criteria = [matter.control.criterion(name) for name in attribute.criteria]
    return [
        severity(attribute.severity, say),
        matter.control.title,
        f"{attribute.id}  {attribute.title}",
        figures.exceptions,
        figures.tested,
        _rate(figures, say),
        figures.review,
        _stake(figures, currency, say),
        criteria[0].text if criteria else "-",
        _places(criteria, say),
        "\n".join(_limits(matter, say)) or "-",
    ]
