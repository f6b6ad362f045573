"""What the board edition says about its own limits: what was not concluded, not tested, not delivered or changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from auditkit.board_scorecard import masthead, reason_in_words
from auditkit.book import Book
from auditkit.masking import WITHHELD, is_about_people, reasons_shown, untested_by_reason
from auditkit.page import SMALL, TEXT, Page, Piece, aligned
from auditkit.result import AttributeResult, ControlResult, PopulationResult, Run
from auditkit.sheet import BODY, FIGURE, HEADER
from auditkit.tally import shown
from auditkit.wording import (
    CHECK_KINDS,
    CHECK_STATUS,
    check_counts,
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
Span = tuple[str, int, int, str]  # title, first column, last column, left or right


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
    _checks(page, run)
    _data(page, run)
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


def _block(page: Page, spans: Sequence[Span], rows: Sequence[Sequence[Any]], none: str) -> None:
    """Write a table whose columns span several columns of the sheet, or a sentence where there is nothing."""
    if not rows:
        page.text(none, TEXT)
        page.gap()
        return
    look = {align: replace(FIGURE if align == "right" else BODY, valign="center") for align in ("left", "right")}
    page.rows(
        [Piece(a, b, title, replace(HEADER, align=align)) for title, a, b, align in spans],
        [
            [
                Piece(a, b, value, aligned(look[align], value))
                for (_, a, b, align), value in zip(spans, row, strict=True)
            ]
            for row in rows
        ],
    )
    page.gap()


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
    _block(page, spans, rows, "Every attribute that was run could be concluded.")


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
    _block(page, spans, rows, "Every item was tested or not applicable.")


def _number(count: int | str) -> str:
    return number(count) if isinstance(count, int) else count


def _data(page: Page, run: Run) -> None:
    page.keep(170)
    page.heading("Data received")
    totals: dict[str, list[int]] = {}
    for extract in run.extracts.loaded:
        if not extract.restricted:
            for part in extract.entities:
                sums = totals.setdefault(part.entity, [0, 0, 0, 0, 0])
                added = (part.rows, part.filtered, part.loaded, part.rejected, part.unread)
                totals[part.entity] = [old + new for old, new in zip(sums, added, strict=True)]
    whole = [sum(sums[place] for sums in totals.values()) for place in range(5)]
    page.text(
        f"{plural(len(totals), 'table')} received with {plural(whole[0], 'record')}: {number(whole[2])} loaded, "
        f"{number(whole[1])} left out by the mapping, {number(whole[3])} rejected for want of a key; "
        f"values not readable, which count as missing: {number(whole[4])}. Tables with a loss:",
        TEXT,
    )
    page.gap(4)
    rows = [[name.replace("_", " "), *sums] for name, sums in sorted(totals.items()) if sums[1] or sums[3] or sums[4]]
    spans: tuple[Span, ...] = (
        ("Data", 1, 1, "left"),
        ("Records delivered", 2, 2, "right"),
        ("Left out by the mapping", 3, 3, "right"),
        ("Loaded", 4, 4, "right"),
        ("Rejected, without a key", 5, 5, "right"),
        ("Values not readable", 6, 6, "right"),
    )
    _block(page, spans, rows, "None.")
    missing = sorted(
        {
            name.strip()
            for control in run.controls
            for population in control.populations
            for result in population.attributes
            for words in result.not_concluded
            if words.startswith("not delivered:")
            for name in words.partition(":")[2].split(",")
        }
    )
    if missing:
        page.text(f"Needed and not delivered: {', '.join(missing)}.", TEXT)
        page.gap()


def _checks(page: Page, run: Run) -> None:
    page.keep(170)
    page.heading("Reliability of the extracts")
    checks = [check for check in run.reliability.checks if not check.restricted]
    page.text(
        f"{check_counts([check.status for check in checks])} Where a failed check stops nothing, its records are not "
        "tested or for review one by one, or the check was overridden.",
        TEXT,
    )
    page.gap(4)
    rows = [
        [
            f"{check.id} {check.title.rstrip('.')}",
            check.subject,
            CHECK_STATUS[check.status],
            ", ".join(check.blocks) or "nothing",
            check.population,
            check.failures,
        ]
        for check in sorted(checks, key=lambda c: (c.status == "passed", c.status != "failed", c.id, c.subject))
        if check.status in ("failed", "limitation")
    ]
    spans: tuple[Span, ...] = (
        ("Check", 1, 1, "left"),
        ("Of", 2, 2, "left"),
        ("Result", 3, 3, "left"),
        ("Stops", 4, 4, "left"),
        ("Looked at", 5, 5, "right"),
        ("Failures", 6, 6, "right"),
    )
    _block(page, spans, rows, "No check failed and none has a limitation.")
    absent: dict[str, int] = {}
    for check in checks:
        if check.status == "not_performed":
            absent[check.id] = absent.get(check.id, 0) + 1
    if absent:
        rows = [[name, CHECK_KINDS.get(name, "contract rule"), times] for name, times in sorted(absent.items())]
        spans = (
            ("Not performed", 1, 1, "left"),
            ("What it would have checked", 2, 5, "left"),
            ("Times", 6, 6, "right"),
        )
        _block(page, spans, rows, "")


def _overrides(page: Page, run: Run) -> None:
    page.heading("Reliability checks overridden")
    rows = [[item.check, item.subject, item.reason] for item in run.project.reliability_overrides]
    spans = (
        ("Check", 1, 1, "left"),
        ("Of", 2, 3, "left"),
        ("Reason; the working edition says who approved", 4, 6, "left"),
    )
    _block(page, spans, rows, "None.")


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
    _block(page, spans, rows, "None: every parameter has its default.")


def _independence(page: Page, run: Run) -> None:
    page.heading("Independence")
    # A threat is part of a control's definition, the same whatever was found, so restricted controls disclose theirs.
    controls = [*(result.control for result in run.controls), *run.restricted_controls]
    rows = [[control.title, control.self_review_threat] for control in controls if control.self_review_threat]
    spans = (("Control", 1, 2, "left"), ("Self-review threat and safeguard", 3, 6, "left"))
    _block(page, spans, rows, "No control declares a self-review threat.")
    page.text("No item of this edition has been signed off by a reviewer.", SMALL)
    page.gap()
