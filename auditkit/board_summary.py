"""The first sheet of the board edition: one printed page on what was found, how far it goes, what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auditkit.book import Book
from auditkit.cell import ACCENT, LINE, MUTED, Style
from auditkit.control import Control
from auditkit.masking import is_about_people
from auditkit.page import LEAD, SMALL, TEXT, Page, Piece
from auditkit.result import Run
from auditkit.tally import Matter, Tally, change, change_in_conclusions, masked_note, shown
from auditkit.wording import (
    DRAFT,
    DRAFT_SENTENCE,
    NO_CONCLUSION,
    joined,
    money,
    number,
    plural,
    restricted_line,
    severities,
    severity,
    span,
)

TITLE = "Summary"
MOST_MATTERS = 5
MOST_CLEAN = 3
# Four tiles of three columns with a narrow gap between them.
WIDTHS = (8.5, 8.5, 8.5, 1.5, 8.5, 8.5, 8.5, 1.5, 8.5, 8.5, 8.5, 1.5, 8.5, 8.5, 8.5)
SPANS = ((1, 3), (5, 7), (9, 11), (13, 15))
SEVERITY = Style(size=10, bold=True, colour=ACCENT, wrap=False)
POINTER = Style(size=9.5, colour=ACCENT, align="right", wrap=False)
NAME = Style(size=10.5, bold=True)
RULE = Style(size=4, under=LINE)


def add(book: Book, run: Run, total: Tally, matters: list[Matter], above: int, findings: str, chart: Any) -> None:
    """
    Add the sheet.

    The matters stand on the sheet `findings` below its row `above`, in the same order; `chart` is a chart of the
    exceptions over the quarters, or None.
    """
    page = Page(book, TITLE, WIDTHS, landscape=False)
    page.masthead(
        f"Board edition  ·  {DRAFT}",
        f"Integrity controls in {run.period.label}",
        subtitle(run),
        f"{DRAFT}.  {DRAFT_SENTENCE}",
    )
    page.text(overall(total, len(not_run(run))), LEAD)
    page.gap(8)
    page.tiles(_tiles(run, total), SPANS)
    if total.masked:
        page.text(masked_note(total), SMALL)
    page.gap(4)
    _attention(page, matters, above, findings)
    _clean(page, run)
    if chart is not None:
        page.heading("Exceptions by population, this quarter and before (unreviewed)")
        page.chart(chart, 118)
        page.gap(4)
    _scope(page, run, total)
    _sign_off(page)
    page.finish(one_page=True)


def not_run(run: Run) -> tuple[Control, ...]:
    """Return the restricted controls that were not run for want of a passphrase."""
    return run.restricted_controls if run.restricted_state == "no_passphrase" else ()


def subtitle(run: Run) -> str:
    """Return organisation, days and run in one line."""
    partial = "" if not run.partial else f"  ·  PARTIAL RUN ({run.selection})"
    return f"{run.project.organisation}  ·  {span(run.period)}  ·  run {run.id}{partial}"


def overall(total: Tally, not_run: int = 0) -> str:
    """Return the sentence on top: no conclusion before review, then what was found, with its denominators."""
    is_one = total.exceptions == 1
    found = (
        f"Of {plural(total.tested, 'item')} tested in {plural(total.tested_controls, 'control')}, "
        f"{number(total.exceptions)} {'is an exception' if is_one else 'are exceptions'} awaiting review "
        f"and {number(total.review)} {'needs' if total.review == 1 else 'need'} a person's judgement"
    )
    open_ones = total.controls - total.concluded_controls + not_run
    honest = f"; {plural(open_ones, 'control')} could not be concluded" if open_ones else ""
    if not total.controls:
        return f"{NO_CONCLUSION} No control was tested."
    return f"{NO_CONCLUSION} {found}{honest}."


def _tiles(run: Run, total: Tally) -> list[tuple[str, str, str]]:
    untested = total.controls - total.tested_controls
    without = f"; {plural(untested, 'control')} without a tested item" if untested else ""
    left, restricted = len(not_run(run)), len(run.restricted_controls)
    apart = f"\n{restricted} restricted, {'not run' if left else 'reported apart'}" if restricted else ""
    # The quarter before says nothing of restricted controls, so with them the number has nothing to be compared with.
    changed = f"{left} restricted: no passphrase was given" if left else change_in_conclusions(run)
    return [
        (
            f"{number(total.tested_controls)} of {number(total.controls)}",
            "controls tested",
            f"{plural(total.tested, 'item')}{without}{apart}",
        ),
        (number(total.controls - total.concluded_controls + left), "controls not concluded", changed),
        (
            number(total.exceptions),
            "exceptions, unreviewed",
            "\n".join(filter(None, (severities(total.severities), change(run, "exceptions")))),
        ),
        (number(total.review), "items for review", change(run, "review")),
    ]


def _attention(page: Page, matters: list[Matter], above: int, findings: str) -> None:
    page.heading("What needs your attention")
    for place, matter in enumerate(matters[:MOST_MATTERS], 1):
        attribute = matter.result.attribute
        line = page.line(
            [
                Piece(1, 2, severity(attribute.severity), SEVERITY),
                Piece(3, 13, f"Expected: {attribute.title}", NAME),
                Piece(14, 15, f"{findings}, matter {place}", POINTER),
            ]
        )
        page.link(line, 14, findings, above + place)
        page.line([Piece(3, 15, _sentence(matter), TEXT)])
        criterion = matter.criterion
        if criterion:
            page.line([Piece(3, 15, f"Criterion: {criterion.place}", SMALL)])
        page.line([Piece(1, 15, None, RULE)], least=5)
        page.gap(3)
    if not matters:
        page.text("No exception and no item for review in what could be tested. See the scope below.", TEXT)
    elif len(matters) > MOST_MATTERS:
        more = plural(len(matters) - MOST_MATTERS, "further matter")
        page.text(f"{more} on the sheet {findings}.", SMALL)
    page.gap(4)


def _sentence(matter: Matter) -> str:
    at_stake = matter.figures.amounts
    worth = f" Value at stake: {money(at_stake)}." if at_stake and money(at_stake) != "-" else ""
    partly = "" if matter.result.concluded else " The attribute is not concluded."
    return f"{matter.found}.{worth}{partly}"


def _clean(page: Page, run: Run) -> None:
    page.heading("Tested without exceptions")
    clean = [
        (control.control.title, population)
        for control in run.controls
        for population in control.populations
        if population.concluded
        and population.counts.tested
        and not population.counts.exceptions
        and not population.counts.review
        and not (is_about_people(population.population) and population.counts.tested < 5)
    ]
    for title, population in sorted(clean, key=lambda pair: (-pair[1].counts.tested, pair[0]))[:MOST_CLEAN]:
        count = shown(population).tested
        tested = plural(count, "item") if isinstance(count, int) else "items"
        attributes = plural(len(population.attributes), "attribute")
        page.text(f"○  {title} - {population.population.title}: {tested} tested on {attributes}.", TEXT)
    if not clean:
        page.text("No population was concluded without exceptions or items for review.", TEXT)
    elif len(clean) > MOST_CLEAN:
        page.text(f"{len(clean) - MOST_CLEAN} more on the sheet Scorecard.", SMALL)
    page.gap(4)


def _scope(page: Page, run: Run, total: Tally) -> None:
    page.heading("Scope and limits")
    page.text(f"Scope limitation: {limitation(run, total)} See the sheet Coverage and limitations.", TEXT)
    if run.restricted_controls:
        page.text(restricted_line(run.restricted_state), TEXT)
    page.gap(4)


def limitation(run: Run, total: Tally) -> str:
    """Return what was left out, in one sentence."""
    open_ids = [control.control.title for control in run.controls if not control.concluded]
    open_ids += [f"{control.title} (not run: no passphrase was given)" for control in not_run(run)]
    parts = []
    if run.partial:
        parts.append(f"this is a partial run ({run.selection}) and can never be issued")
    if open_ids:
        names = open_ids if len(open_ids) <= 3 else [*open_ids[:3], f"{len(open_ids) - 3} more"]
        parts.append(f"not concluded: {joined(names)}")
    if total.not_tested:
        parts.append(f"{plural(total.not_tested, 'item')} could not be tested for want of data")
    controls = [*(result.control for result in run.controls), *run.restricted_controls]
    threats = sum(bool(control.self_review_threat) for control in controls)
    if threats:
        parts.append(f"a self-review threat is declared for {plural(threats, 'control')}")
    if not parts:
        return "none beyond the cut-off of the extracts."
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _sign_off(page: Page) -> None:
    page.heading("Sign-off")
    muted = replace(TEXT, colour=MUTED, under=LINE)
    page.line(
        [
            Piece(1, 7, "Chief audit executive: not signed", muted),
            Piece(9, 11, "Date: not signed", muted),
            Piece(13, 15, "Status: draft", muted),
        ],
        least=20,
    )
