"""What the board edition says about its own limits: what was not concluded, not tested, not delivered or changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit import board_source
from auditkit.board_scorecard import masthead, reason_in_words
from auditkit.book import Book
from auditkit.masking import WITHHELD, is_about_people, reasons_shown, untested_by_reason
from auditkit.page import SMALL, TEXT, Page, Span
from auditkit.result import AttributeResult, ControlResult, PopulationResult, Run
from auditkit.tally import shown
from auditkit.wording import (
    day,
    in_unit,
    joined,
    number,
    plural,
    reason,
    restricted_line,
    span,
)

TITLE = "Coverage and limitations"
WIDTHS = (32, 40, 36, 22, 20, 14)


def add(book: Book, run: Run) -> None:
    """Add the sheet."""
    page = Page(book, TITLE, WIDTHS)
    masthead(page, run, TITLE)
    _scope(page, run)
    tested = [(c, p, result) for c in run.controls for p in c.populations for result in p.attributes]
    _not_concluded(page, run, tested)
    _independence(page, run)
    _parameters(page, run)
    _overrides(page, run)
    board_source.checks(page, run)
    board_source.data(page, run)
    _not_tested(page, sorted(tested, key=lambda each: each[2].attribute.id))
    page.finish()


def _scope(page: Page, run: Run) -> None:
    page.heading("Scope of this run")
    project, period = run.project, run.period
    page.text(
        f"{project.organisation}, {span(period)}. Records registered before {day(period.cut_off)} are included; "
        f"events of earlier quarters registered on or after {day(period.previous_cut_off)} are tested here as late "
        "arrivals.",
        TEXT,
    )
    page.text(_policy(run), TEXT)
    if run.partial:
        page.text(f"PARTIAL RUN: only {run.selection} was run. A partial run can never be issued.", TEXT)
    if run.restricted_controls:
        titles = joined(control.title for control in run.restricted_controls)
        page.text(f"{titles}. {restricted_line(run.restricted_state)}", TEXT)
    page.gap()


def _policy(run: Run) -> str:
    """Return which policy pack applies and how many parameters the organisation set itself."""
    own = sum(value.origin == "override" for value in run.parameters if value.control_id in _ids(run))
    pack = run.project.policy_pack
    if not own:
        return f"Policy pack: {pack}." if pack else "Policy pack: none; the controls' own defaults apply."
    rest = ("the pack's values and " if pack else "") + "the controls' own defaults apply to the others"
    return f"Policy pack: {pack or 'none'}. The organisation itself set {plural(own, 'parameter')}; {rest}."


def _ids(run: Run) -> frozenset[str]:
    return frozenset(result.control.id for result in run.controls)


def _number(count: int | str) -> str:
    return number(count) if isinstance(count, int) else count


def _not_concluded(
    page: Page, run: Run, tested: Sequence[tuple[ControlResult, PopulationResult, AttributeResult]]
) -> None:
    page.heading("Not concluded, and why")
    rows = [
        [
            control.control.title,
            f"{result.attribute.id}  {result.attribute.title}",
            reason_in_words(population, result),
        ]
        for control, population, result in tested
        if not result.concluded
    ]
    if run.restricted_state == "no_passphrase":
        rows += [
            [each.title, "every attribute", "not run: no passphrase was given"] for each in run.restricted_controls
        ]
    spans = (("Control", 1, 1, "left"), ("Attribute", 2, 4, "left"), ("Why nothing may be concluded", 5, 6, "left"))
    page.block(spans, rows, "Every attribute that was run could be concluded.")


def _not_tested(page: Page, tested: Sequence[tuple[ControlResult, PopulationResult, AttributeResult]]) -> None:
    page.heading("Items not tested, by reason")
    rows: list[list[Any]] = []
    for control, population, result in tested:
        if not untested_by_reason(result.counts):
            continue
        people = is_about_people(population.population)
        seen = reasons_shown(result.counts, people=people)
        said = "; ".join(f"{reason(code)}: {_number(count)}" for code, count in seen.items()) or WITHHELD
        total = shown(population, result).not_tested
        rows.append([control.control.title, f"{result.attribute.id}  {result.attribute.title}", said, total])
    spans = (
        ("Control", 1, 1, "left"),
        ("Attribute", 2, 3, "left"),
        ("Reasons, with the number of items", 4, 5, "left"),
        ("Items", 6, 6, "right"),
    )
    page.block(spans, rows, "Every item was tested or not applicable.")


def _overrides(page: Page, run: Run) -> None:
    page.heading("Reliability checks overridden")
    rows = [[item.check, item.subject, item.reason] for item in run.project.reliability_overrides]
    spans = (
        ("Check", 1, 1, "left"),
        ("Of", 2, 3, "left"),
        ("Reason; the working edition says who approved", 4, 6, "left"),
    )
    page.block(spans, rows, "None.")


def _parameters(page: Page, run: Run) -> None:
    page.heading("Parameters that differ from the controls' defaults")
    titles = {control.control.id: control.control.title for control in run.controls}
    rows = [
        [
            titles[value.control_id],
            value.parameter.title,
            *(
                in_unit(text, value.parameter.unit, run.project.currency)
                for text in (value.text, value.parameter.default)
            ),
            ": ".join(part for part in (value.origin, value.reason) if part),
        ]
        for value in run.parameters
        if value.changed and value.control_id in titles
    ]
    spans: tuple[Span, ...] = (
        *((title, n, n, "left") for n, title in enumerate(("Control", "Parameter", "This run", "Default"), 1)),
        ("Set by, and why", 5, 6, "left"),
    )
    page.block(spans, rows, "None: every parameter has its default.")


def _independence(page: Page, run: Run) -> None:
    page.heading("Independence")
    # A threat is part of a control's definition, the same whatever was found, so restricted controls disclose theirs.
    controls = [*(result.control for result in run.controls), *run.restricted_controls]
    rows = [[control.title, control.self_review_threat] for control in controls if control.self_review_threat]
    spans = (("Control", 1, 2, "left"), ("Self-review threat and safeguard", 3, 6, "left"))
    page.block(spans, rows, "No control declares a self-review threat.")
    page.text("No item of this edition has been signed off by a reviewer.", SMALL)
    page.gap()
