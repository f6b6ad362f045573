"""What the board edition says about its own limits: what was not concluded, not tested, not delivered or changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit import board_issue, board_source
from auditkit.board_conclusion import reason_in_words
from auditkit.board_summary import masthead
from auditkit.book import Book
from auditkit.label import Labels
from auditkit.masking import WITHHELD, is_about_people, reasons_shown, untested_by_reason
from auditkit.page import SMALL, TEXT, Page, Span
from auditkit.parameter import ParameterValue
from auditkit.result import AttributeResult, ControlResult, PopulationResult, Run
from auditkit.tally import in_words, shown
from auditkit.wording import ENGLISH, in_unit, reason, restricted_line

WIDTHS = (32, 40, 36, 22, 20, 14)


def add(book: Book, run: Run, untranslated: int = 0) -> None:
    """Add the sheet; `untranslated` texts of the controls stand in the controls' own words."""
    title = book.labels("coverage.sheet")
    page = Page(book, title, WIDTHS)
    masthead(page, run, title)
    _scope(page, run, untranslated)
    tested = [(c, p, result) for c in run.controls for p in c.populations for result in p.attributes]
    _not_concluded(page, run, tested)
    _independence(page, run)
    board_issue.standing(page, run)
    _parameters(page, run)
    _overrides(page, run)
    board_source.checks(page, run)
    board_source.data(page, run)
    _not_tested(page, sorted(tested, key=lambda each: each[2].attribute.id))
    page.finish()


def _scope(page: Page, run: Run, untranslated: int) -> None:
    say, period = page.say, run.period
    page.heading(say("coverage.scope_heading"))
    about = {"organisation": run.project.organisation, "span": say.span(period)}
    days = {"cut_off": period.cut_off, "previous": period.previous_cut_off}
    page.text(say("coverage.scope", **about, **days), TEXT)
    page.text(_policy(run, say), TEXT)
    if run.partial:
        page.text(say("coverage.partial", selection=run.selection), TEXT)
    if run.restricted_controls:
        titles = say.joined(control.title for control in run.restricted_controls)
        page.text(say("coverage.restricted", titles=titles, line=restricted_line(run.restricted_state, say)), TEXT)
    if untranslated:
        page.text(say("coverage.untranslated", n=untranslated), TEXT)
    page.gap()


def _policy(run: Run, say: Labels = ENGLISH) -> str:
    """Return which policy pack applies and how many parameters the organisation set itself."""
    own = sum(value.origin == "override" for value in run.parameters if value.control_id in _ids(run))
    pack = run.project.policy_pack
    if not own:
        return say("coverage.policy.pack", pack=pack) if pack else say("coverage.policy.none")
    parameters = say("count.parameter", n=own)
    if pack:
        return say("coverage.policy.own_pack", pack=pack, parameters=parameters)
    return say("coverage.policy.own_only", parameters=parameters)


def _ids(run: Run) -> frozenset[str]:
    return frozenset(result.control.id for result in run.controls)


def _not_concluded(
    page: Page, run: Run, tested: Sequence[tuple[ControlResult, PopulationResult, AttributeResult]]
) -> None:
    say = page.say
    page.heading(say("coverage.open_heading"))
    rows = [
        [
            control.control.title,
            f"{result.attribute.id}  {result.attribute.title}",
            reason_in_words(population, result, say),
        ]
        for control, population, result in tested
        if not result.concluded
    ]
    if run.restricted_state == "no_passphrase":
        rows += [
            [each.title, say("coverage.every_attribute"), say("coverage.not_run")] for each in run.restricted_controls
        ]
    spans = (
        (say("column.control"), 1, 1, "left"),
        (say("column.attribute"), 2, 4, "left"),
        (say("column.why_open"), 5, 6, "left"),
    )
    page.block(spans, rows, say("coverage.all_concluded"))


def _not_tested(page: Page, tested: Sequence[tuple[ControlResult, PopulationResult, AttributeResult]]) -> None:
    say = page.say
    page.heading(say("coverage.untested_heading"))
    rows: list[list[Any]] = []
    for control, population, result in tested:
        if not untested_by_reason(result.counts):
            continue
        people = is_about_people(population.population)
        seen = reasons_shown(result.counts, people=people)
        own = control.control.codes
        counted = [(own.get(code) or reason(code, say), in_words(count, say)) for code, count in seen.items()]
        parts = [say("coverage.reason_count", reason=why, count=count) for why, count in counted]
        said = say("list.semicolon").join(parts) or WITHHELD
        total = shown(population, result).not_tested
        rows.append([control.control.title, f"{result.attribute.id}  {result.attribute.title}", said, total])
    spans = (
        (say("column.control"), 1, 1, "left"),
        (say("column.attribute"), 2, 3, "left"),
        (say("column.reasons"), 4, 5, "left"),
        (say("column.items"), 6, 6, "right"),
    )
    page.block(spans, rows, say("coverage.all_tested"))


def _overrides(page: Page, run: Run) -> None:
    say = page.say
    page.heading(say("coverage.overrides_heading"))
    rows = [[item.check, item.subject, item.reason] for item in run.project.reliability_overrides]
    spans = (
        (say("column.check"), 1, 1, "left"),
        (say("column.of"), 2, 3, "left"),
        (say("column.override"), 4, 6, "left"),
    )
    page.block(spans, rows, say("coverage.none"))


def _parameters(page: Page, run: Run) -> None:
    say = page.say
    page.heading(say("coverage.parameters_heading"))
    titles = {control.control.id: control.control.title for control in run.controls}
    rows = [
        [
            titles[value.control_id],
            value.parameter.title,
            *(
                in_unit(text, value.parameter.unit, run.project.currency, say)
                for text in (value.text, value.parameter.default)
            ),
            _origin(value, say),
        ]
        for value in run.parameters
        if value.changed and value.control_id in titles
    ]
    spans: tuple[Span, ...] = (
        (say("column.control"), 1, 1, "left"),
        (say("column.parameter"), 2, 2, "left"),
        (say("column.this_run"), 3, 3, "left"),
        (say("column.default"), 4, 4, "left"),
        (say("column.set_by"), 5, 6, "left"),
    )
    page.block(spans, rows, say("coverage.no_parameter"))


def _origin(value: ParameterValue, say: Labels) -> str:
    kind, _, name = value.origin.partition(" ")
    origin = " ".join(filter(None, (say(f"coverage.origin.{kind}"), name)))
    return say("coverage.origin_and_why", origin=origin, why=value.reason) if value.reason else origin


def _independence(page: Page, run: Run) -> None:
    say = page.say
    page.heading(say("coverage.independence_heading"))
    # A threat is part of a control's definition, the same whatever was found, so restricted controls disclose theirs.
    controls = [
        *(result.control for result in run.controls),
        *run.restricted_controls,
        *(each.control for each in run.programme.shown),
    ]
    rows = [[control.title, control.self_review_threat] for control in controls if control.self_review_threat]
    spans = ((say("column.control"), 1, 2, "left"), (say("column.threat"), 3, 6, "left"))
    page.block(spans, rows, say("coverage.no_threat"))
    if not board_issue.reviewed(run):
        page.text(say("coverage.nothing_signed"), SMALL)
    page.gap()
