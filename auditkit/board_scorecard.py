"""The board edition's scorecard and the matters for review: denominators, criteria, places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from auditkit.board_summary import subtitle
from auditkit.book import Book
from auditkit.conclusion import CLEAN
from auditkit.control import Criterion
from auditkit.masking import FEW, Figures, is_about_people
from auditkit.page import SMALL, TEXT, Page, Piece, aligned, bar_chart
from auditkit.result import AttributeResult, ControlResult, PopulationResult, Run
from auditkit.sheet import BODY, FIGURE, HEADER, Column
from auditkit.tally import Matter, exceptions_before, shown
from auditkit.wording import (
    DRAFT,
    DRAFT_SENTENCE,
    fraction,
    joined,
    money,
    percent_format,
    plural,
    restricted_line,
    severity,
    sole_currency,
)

SCORECARD = "Scorecard"
FINDINGS = "Findings"
TREND = "Exceptions by population, this quarter and before (unreviewed)"
QUARTERS_BACK = 4
COUNTS = ("Items", "Tested", "Not tested", "Not applicable", "Exceptions", "For review")
NOT_DELIVERED = "not delivered"  # how the engine's reason begins
MOST_BARS = 6
TREND_HEIGHT = 180.0


def masthead(page: Page, run: Run, title: str) -> None:
    """Write the head of a board sheet."""
    page.masthead(f"Board edition  ·  {DRAFT}", title, subtitle(run), f"{DRAFT}.  {DRAFT_SENTENCE}")


def add_scorecard(book: Book, run: Run) -> Trend:
    """Add one row per control and population, and the exceptions over the quarters as a chart."""
    labels = list(reversed(run.project.quarters.before(run.period.label, QUARTERS_BACK)))
    before = [label for label in labels if any(figures.quarter == label for figures in run.previous)]
    backs = [len(labels) - labels.index(label) for label in before]
    table = [(control, p, shown(p)) for control in run.controls for p in control.populations]
    rates = [_rate(figures) for _, _, figures in table]
    columns = [
        Column("Control"),
        Column("Objective"),
        Column("Kind"),
        Column("Population"),
        *(Column(name, "int") for name in COUNTS),
        Column("Exception rate, unreviewed", "percent", number=percent_format(rates)),
        Column("Tolerable rate"),
        Column("Conclusion before review"),
        *(Column(label) for label in before),
        Column("RAD factor", "int"),
    ]
    widths = [18, 40, 9.5, 26, 8.5, 8.5, 8.5, 11.5, 11.5, 8.5, 12.5, 17, 29, *([11.5] * len(before)), 8]
    page = Page(book, SCORECARD, widths)
    masthead(page, run, SCORECARD)
    rows = [
        [
            control.control.title,
            control.control.objective if population is control.populations[0] else None,  # once for each control
            _kind(control),
            population.population.title,
            *_numbers(figures),
            _tolerable(population),
            conclusion(population),
            *(exceptions_before(run, control, population, back)[0] for back in backs),
            control.control.rad_factor,
        ]
        for control, population, figures in table
    ]
    first, _ = page.table(columns, rows, bold=1)
    page.freeze(first + 1, 2)
    on_one_page = page.pages == 1
    page.gap(6)
    _below_the_scorecard(page, run, [label for label in labels if label not in before])
    trend = _trend(page, run, before, backs)
    if on_one_page:
        page.without_titles()
    page.finish()
    return trend


def _below_the_scorecard(page: Page, run: Run, not_run: Sequence[str]) -> None:
    """Say what is not in the table, and how to read it."""
    if run.restricted_controls:
        titles = joined(control.title for control in run.restricted_controls)
        page.text(f"Not in this table: {titles}. {restricted_line(run.restricted_state)}", TEXT)
    unknown = f" Not run: {joined(not_run)}." if not_run else ""
    page.text(
        "Earlier quarters: ● exceptions of tested, ○ none in the items tested, □ not concluded, · not run."
        f"{unknown} Items = tested + not tested + not applicable. An item is counted once, however many attributes "
        "it fails. RAD factor: the factor of the WCO's Revised Arusha Declaration that the control serves.",
        SMALL,
    )
    page.gap(12)


def _kind(control: ControlResult) -> str:
    key = ", key" if control.control.key_control else ""
    return {"test": "tested"}.get(control.control.kind, control.control.kind) + key


def _numbers(figures: Figures) -> list[Any]:
    return [
        figures.population,
        figures.tested,
        figures.not_tested,
        figures.not_applicable,
        figures.exceptions,
        figures.review,
        _rate(figures),
    ]


def _rate(figures: Figures) -> Decimal | str:
    """Return the exception rate as a fraction, or the words that stand for it."""
    if isinstance(figures.exceptions, int) and isinstance(figures.tested, int):
        return fraction(figures.exceptions, figures.tested) or (Decimal(0) if figures.tested else figures.rate)
    return figures.rate


def _tolerable(population: PopulationResult) -> str:
    rates = {result.attribute.tolerable_rate for result in population.attributes if result.attribute.tolerable_rate}
    return ", ".join(sorted(rates)) or "not set"


def conclusion(population: PopulationResult) -> str:
    """Return one of the three conclusions that exist before review, with counts masked as they must be."""
    figures, parts = shown(population), []
    if population.counts.exceptions:
        parts.append(f"● exceptions awaiting review ({_said(figures.exceptions)})")
    if population.counts.review:
        parts.append(f"● items for review ({_said(figures.review)})")
    open_ones = [result for result in population.attributes if not result.concluded]
    by_reason: dict[str, list[str]] = {}
    for result in open_ones:
        by_reason.setdefault(_in_short(population, result), []).append(result.attribute.id)
    for reason, ids in by_reason.items():
        whole = len(ids) == len(population.attributes)
        parts.append(f"□ not concluded: {reason}" + ("" if whole else f" ({joined(ids)})"))
    return "\n".join(parts) or f"○ {CLEAN}"


def _said(count: int | str) -> str:
    return f"{count:,}" if isinstance(count, int) else "fewer than 5" if count == FEW else count


def _in_short(population: PopulationResult, result: AttributeResult) -> str:
    """Return why an attribute is not concluded; which data was not delivered stands under the limitations."""
    if any(reason.startswith(NOT_DELIVERED) for reason in result.not_concluded):
        return "data not delivered"
    return reason_in_words(population, result)


def reason_in_words(population: PopulationResult, result: AttributeResult) -> str:
    """
    Return why an attribute is not concluded, without anything that could come out of an extract.

    The engine's own words may quote a value that a query choked on, or count people.
    """
    words = []
    without_data = any(reason.startswith(NOT_DELIVERED) for reason in result.not_concluded)
    for reason in result.not_concluded:
        if reason.startswith(NOT_DELIVERED):
            words.append(reason)
        elif reason == "nil population":
            words.append("there was no item to test")
        elif re.fullmatch(r"none of \d+ items applies", reason):
            words.append("it applies to none of the items")
        elif re.match(r"data: \d+ of \d+ items", reason):
            if without_data:  # then no item could be tested, which need not be said twice
                continue
            people = is_about_people(population.population)
            said = re.sub(r"\d{4,}", lambda found: f"{int(found[0]):,}", reason[6:].removesuffix(" not tested"))
            words.append("too many items not tested" + ("" if people else f" ({said})"))
        elif check := re.match(r"data: ((?:IPE|DQ)-\d+ .*)", reason):
            words.append(f"unreliable data ({check[1]})")
        else:
            words.append("the test could not be run; see the working edition")
    return joined(dict.fromkeys(words))


@dataclass(frozen=True, slots=True)
class Trend:
    """Where the exceptions by control and quarter stand: names in column `category`, quarters in `values`."""

    sheet: Any
    header: int
    last: int
    category: int
    values: tuple[int, ...]

    def chart(self) -> Any:
        """Return a new chart of it, or None where no bar would be seen."""
        if self.last == self.header:
            return None
        return bar_chart("", self.sheet, self.header, self.last, self.category, self.values)


def _loudest(row: Sequence[Any]) -> tuple[bool, int, str]:
    """Order: what has figures to show first, the most exceptions of this quarter first."""
    now = row[-1] if isinstance(row[-1], int) else 0
    return not any(isinstance(value, int) and value for value in row[1:]), -now, str(row[0])


def _trend(page: Page, run: Run, quarters: Sequence[str], backs: Sequence[int]) -> Trend:
    """Write exceptions by population and quarter as a small table with its chart beside it."""
    populations = sum(len(control.populations) for control in run.controls)
    page.keep(30 + max(TREND_HEIGHT + 8.0, 40 + 17.5 * populations))
    page.heading(TREND)
    rows: list[list[Any]] = []
    for control in run.controls:
        for population in control.populations:
            old = [exceptions_before(run, control, population, back)[1] for back in backs]
            name = population.population.title if len(control.populations) > 1 else control.control.title
            rows.append([name, *old, shown(population).exceptions])
    rows.sort(key=_loudest)
    bars = sum(any(isinstance(value, int) and value for value in row[1:]) for row in rows)
    top = page.row
    _narrow_table(page, [*quarters, run.period.label], rows)
    values = tuple(range(5, 5 + len(quarters) + 1))
    trend = Trend(page.sheet, top, top + min(bars, MOST_BARS), 2, values)
    if bars:
        chart = trend.chart()
        page.place(chart, top, TREND_HEIGHT, column=11)
        page.reach(top, TREND_HEIGHT + 6)
    if bars > MOST_BARS:
        page.text(f"The chart shows the first {MOST_BARS} of {bars} rows with exceptions.", SMALL)
    if any(FEW in row for row in rows):
        page.text(f'"{FEW}" is a masked count of people and draws no bar.', SMALL)
    return trend


def _narrow_table(page: Page, quarters: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write the trend's table with its names over three columns and its numbers in the narrow ones."""
    right = replace(FIGURE, valign="center")
    top = replace(HEADER, align="right")
    titles = [Piece(n, n, label, top) for n, label in enumerate(quarters, 5)]
    page.line([Piece(2, 4, "Control or population", HEADER), *titles], least=20)
    for row in rows:
        numbers = [Piece(n, n, value, aligned(right, value)) for n, value in enumerate(row[1:], 5)]
        page.line([Piece(2, 4, row[0], replace(BODY, valign="center")), *numbers], least=17)


def add_findings(book: Book, run: Run, matters: Sequence[Matter]) -> int:
    """Add the matters for review by attribute; return the row above the first."""
    code = sole_currency(matter.figures.amounts for matter in matters)
    columns = [
        Column("Matter", "int"),
        Column("Severity"),
        Column("Control"),
        Column("What should be so"),
        *(Column(name, "int") for name in ("Exceptions", "Items tested")),
        Column("Exception rate, unreviewed", "percent", number=percent_format(_rate(m.figures) for m in matters)),
        Column("For review", "int"),
        Column(f"Value at stake,{f' {code},' if code else ''} unreviewed", "amount"),
        Column("Criterion"),
        Column("Where it stands"),
        Column("Limits"),
    ]
    widths = [8.5, 12.5, 16, 33, 11.5, 9, 12.5, 9, 17, 40, 36, 22]
    if not any(_limits(matter) for matter in matters):
        columns, widths = columns[:-1], widths[:-1]
    page = Page(book, FINDINGS, widths)
    masthead(page, run, FINDINGS)
    page.heading("Findings: none evaluated yet")
    page.text(
        "A finding is a reviewer's judgement with criteria, condition, cause, consequence and corrective action. "
        "Before review there are only matters for review: what the data shows against the criteria.",
        TEXT,
    )
    page.gap(6)
    page.heading("Matters for review, by attribute")
    rows = [[index, *_matter(matter, code)][: len(columns)] for index, matter in enumerate(matters, 1)]
    if not rows:
        page.text("None: no exception and no item for review in what could be tested.", TEXT)
        page.finish()
        return page.row
    first, _ = page.table(columns, rows)
    page.freeze(first + 1, 3)
    page.gap(4)
    page.text(
        "Marks of severity: ◆◆ critical, ◆ high, ▲ medium, ● low, ○ info. One item may fail several attributes, so "
        "these rows do not add up to the scorecard. Value at stake is the sum of the exceptions' amounts, not a loss. "
        "All criteria of an attribute stand in the working edition.",
        SMALL,
    )
    page.finish()
    return first


def _places(criteria: Sequence[Criterion]) -> str:
    if not criteria:
        return "-"
    more = len(criteria) - 1
    return criteria[0].place + (f"\nand {plural(more, 'further criterion', 'further criteria')}" if more else "")


def _limits(matter: Matter) -> list[str]:
    limits = [] if matter.result.concluded else [f"not concluded: {reason_in_words(matter.population, matter.result)}"]
    return limits + (["population of people: small counts masked"] if matter.figures.masked else [])


def _stake(figures: Figures, currency: str) -> Decimal | str:
    """Return the value at stake as a number where all matters have theirs in one currency, else in words."""
    if figures.amounts is None:
        return "withheld"
    return figures.amounts.get(currency) or money(figures.amounts).replace("; ", "\n")


def _matter(matter: Matter, currency: str) -> list[Any]:
    attribute, figures = matter.result.attribute, matter.figures
    criteria = [matter.control.criterion(name) for name in attribute.criteria]
    return [
        severity(attribute.severity),
        matter.control.title,
        f"{attribute.id}  {attribute.title}",
        figures.exceptions,
        figures.tested,
        _rate(figures),
        figures.review,
        _stake(figures, currency),
        criteria[0].text if criteria else "-",
        _places(criteria),
        "\n".join(_limits(matter)) or "-",
    ]
