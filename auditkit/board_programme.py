"""The board edition on what is measured and what people attest: parts of the scorecard, and a sheet per control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from auditkit.attestation import ATTESTED, NEVER, Attestation
from auditkit.board_summary import masthead
from auditkit.book import Book
from auditkit.label import Labels
from auditkit.measure import DAYS, OTHER, Measure
from auditkit.page import SMALL, TEXT, Page, Piece, Span, aligned
from auditkit.programme import ShownControl, ShownFigure
from auditkit.reason import Reason
from auditkit.release import TOO_FEW
from auditkit.result import PreviousFigures, Run
from auditkit.roll_forward import RollForward
from auditkit.sheet import BODY, FIGURE, HEADER
from auditkit.tally import in_words
from auditkit.wording import restricted_line

COUNTED, NUMBERS, QUARTER, DIRECTION = 44.0, (12.0, 12.0, 17.0), 14.0, 18.0  # widths on a control's own sheet
BEFORE = 5  # the column of the first quarter before
FIGURE_NAME = replace(TEXT, bold=True, valign="bottom")


def add_sections(page: Page, run: Run) -> None:
    """Add to the scorecard what is measured and what is attested, apart from what is tested by data."""
    _measured(page, run)
    _attested(page, run)


def _measured(page: Page, run: Run) -> None:
    say = page.say
    if not run.programme.shown:
        return
    page.gap(12)
    page.heading(say("programme.measured_heading"))
    page.text(say("programme.measured"), SMALL)
    rows: list[list[Any]] = []
    for control in run.programme.shown:
        title: str | None = control.control.title
        if control.line:
            line = restricted_line(run.restricted_state, say)
            rows.append([title, line, say("programme.kind_measured"), "-", "-", "-", "-", "-"])
        for shown in control.figures:
            rows.append([title, f"{shown.figure.id}  {shown.figure.title}", *_in_short(run, control, shown, say)])
            title = None
    columns = ("figure", "kind", "number", "of", "value", "better", "before")
    places = ((2, 2), (3, 3), (4, 4), (5, 6), (7, 9), (10, 12), (13, page.last))
    spans: list[Span] = [(say("column.control"), 1, 1, "left")]
    spans += [
        (say(f"programme.column.{name}"), *place, "right" if name in ("number", "of", "value") else "left")
        for name, place in zip(columns, places, strict=True)
    ]
    page.block(spans, rows, say("programme.none"))


def _in_short(run: Run, control: ShownControl, shown: ShownFigure, say: Labels) -> list[Any]:
    """Return kind, number, denominator, value, direction and earlier quarters of a figure in one row."""
    figure, kind = shown.figure, say("programme.kind_measured")
    if shown.not_measured:
        return [kind, "-", "-", why(shown.not_measured, say), "-", "-"]
    if isinstance(figure, RollForward) or figure.breakdown:
        return [kind, "-", "-", say("programme.see", sheet=_sheet(control)), "-", "-"]
    row = shown.rows[0]
    number = "-" if row.numerator is None else row.numerator
    earlier = [
        f"{before.quarter}: {_earlier(before, figure, '', say)}"
        for before in reversed(run.previous)
        if figure.id in before.programme.get("figures", {})
    ]
    better = say(f"programme.better.{figure.direction}")
    return [kind, number, row.denominator, said(figure, row.value, say), better, "\n".join(earlier) or "-"]


def _attested(page: Page, run: Run) -> None:
    say = page.say
    if not run.programme.attested:
        return
    page.gap(6)
    page.heading(say("programme.attested_heading"))
    page.text(say("programme.attested"), SMALL)
    rows = [
        [
            each.control.title,
            each.duty.statement,
            say("programme.kind_attested"),
            each.control.owner,
            state(each, say),
            say("programme.days", n=each.duty.valid_days),
            each.duty.evidence,
        ]
        for each in run.programme.attested
    ]
    columns = ("statement", "kind", "owner", "state", "valid", "evidence")
    places = ((2, 2), (3, 3), (4, 4), (5, 9), (10, 12), (13, page.last))
    spans: list[Span] = [(say("column.control"), 1, 1, "left")]
    spans += [(say(f"programme.column.{name}"), *place, "left") for name, place in zip(columns, places, strict=True)]
    page.block(spans, rows, say("programme.none"))


def state(attestation: Attestation, say: Labels) -> str:
    """Return whether somebody attested a control, and until when; who it was stands in the working edition."""
    if attestation.state == NEVER or attestation.expires_on is None:
        return f"□ {say('programme.state.never')}"
    if attestation.state == ATTESTED:
        return f"○ {say('programme.state.attested', day=attestation.expires_on)}"
    return f"● {say('programme.state.expired', day=attestation.expires_on)}"


def why(reason: Reason, say: Labels) -> str:
    """Return why a figure was not measured, in words that quote no extract."""
    if reason.code == "not_delivered":
        return say("programme.not_measured", why=say("why.not_delivered", names=say.joined(reason.values["names"])))
    if reason.code == "unreliable":
        check = " ".join(str(part) for part in (reason.values["check"], reason.values["subject"]) if part)
        return say("programme.not_measured", why=say("why.unreliable", check=check))
    if reason.code == "no_denominator":
        words = say("programme.why.no_denominator", counted=reason.values["counted"])
        return say("programme.not_measured", why=words)
    if reason.code == "apart":
        return say("programme.not_measured", why=say("programme.why.apart"))
    return say("programme.not_measured", why=say("why.control_error"))


def said(measure: Measure, value: Decimal | str, say: Labels) -> str:
    """Return a value with its unit, or the words that stand for it."""
    if isinstance(value, str):
        return say("programme.too_few") if value == TOO_FEW else in_words(value, say)
    if measure.unit == DAYS:
        return say("programme.days", n=int(value))
    if measure.unit == "per_100":
        return say("programme.per_100", value=say.number(value, 2))
    return say.percent(value)


def _earlier(before: PreviousFigures, figure: Measure | RollForward, name: str, say: Labels) -> str:
    """Return what an earlier edition showed of a figure, of its category or of its column `name`: no more than that."""
    kept = before.programme.get("figures", {}).get(figure.id, {})
    if isinstance(figure, RollForward):
        number = kept.get("numbers", {}).get(name)
        return "-" if number is None else in_words(number, say)
    row = next((row for row in kept.get("rows", ()) if row["category"] == name), None)
    if row is None:
        return "-"
    if figure.breakdown:
        return in_words(row["numerator"], say)
    value = row["value"]
    return said(figure, Decimal(value) if value[:1].isdigit() else value, say)


def add(book: Book, run: Run) -> None:
    """Add a sheet for every measured control with a figure in several rows: all of its figures, block by block."""
    for control in run.programme.shown:
        if any(isinstance(each.figure, RollForward) or each.figure.breakdown for each in control.figures):
            _add_sheet(book, run, control)


def _sheet(control: ShownControl) -> str:
    return control.control.title[:31]


def _add_sheet(book: Book, run: Run, control: ShownControl) -> None:
    say = book.labels
    quarters = [before for before in reversed(run.previous) if before.programme.get("figures")][-4:]
    page = Page(book, _sheet(control), (COUNTED, *NUMBERS, *[QUARTER] * len(quarters), DIRECTION))
    masthead(page, run, control.control.title)
    page.text(say("block.about", control=control.control.title, objective=control.control.objective), TEXT)
    page.text(say("programme.masks"), SMALL)
    if control.line:
        page.text(restricted_line(run.restricted_state, say), TEXT)
    blocks = dict.fromkeys(shown.figure.block for shown in control.figures)
    ordered = sorted(blocks) if all(blocks) else list(blocks)
    for block in ordered:
        page.gap(6)
        page.keep(170)  # heading, head and the first figure stay together
        page.heading(block or control.control.title)
        page.line(_head(quarters, say), least=20)
        for shown in (each for each in control.figures if each.figure.block == block):
            _figure(page, shown, control.control.codes, quarters)
    page.finish()


def _head(quarters: Sequence[PreviousFigures], say: Labels) -> list[Piece]:
    titles = [say(f"programme.column.{name}") for name in ("counted", "number", "of", "value")]
    right = replace(HEADER, align="right")
    pieces = [Piece(1, 1, titles[0], HEADER), *(Piece(n, n, text, right) for n, text in enumerate(titles[1:], 2))]
    pieces += [Piece(n, n, before.quarter, right) for n, before in enumerate(quarters, BEFORE)]
    last = BEFORE + len(quarters)
    return [*pieces, Piece(last, last, say("programme.column.better"), HEADER)]


def _figure(page: Page, shown: ShownFigure, codes: Mapping[str, str], quarters: Sequence[PreviousFigures]) -> None:
    """Write a figure: its title and definition, then its rows, all on one printed page."""
    say, figure = page.say, shown.figure
    rows = _rows(shown, codes, say)
    page.keep(46 + 17.0 * (len(rows) + 1))
    page.text(f"{figure.id}  {figure.title}", FIGURE_NAME, least=26)
    page.text(figure.definition, SMALL)
    if shown.not_measured:
        page.text(f"□ {why(shown.not_measured, say)}", BODY, least=17)
        return
    left, right = replace(BODY, valign="center"), replace(FIGURE, valign="center")
    for name, words, number, whole, value in rows:
        cells = (number, whole, value)
        pieces = [Piece(1, 1, words, left)]
        pieces += [Piece(n, n, cell, aligned(right, cell)) for n, cell in enumerate(cells, 2)]
        for n, before in enumerate(quarters, BEFORE):
            earlier = _earlier(before, figure, name, say)
            pieces.append(Piece(n, n, earlier, aligned(right, earlier)))
        better = say(f"programme.better.{figure.direction}") if isinstance(figure, Measure) else None
        page.line([*pieces, Piece(page.last, page.last, better, left)], least=17)
    if shown.ties:
        sentences = [say(f"programme.ties.{shown.ties}"), say(f"programme.carried.{shown.carried}")]
        page.text(" ".join(sentences), SMALL)


def _rows(shown: ShownFigure, codes: Mapping[str, str], say: Labels) -> list[tuple[str, str, Any, Any, Any]]:
    """Return (category or column, words, number, denominator, value) of every row."""
    figure = shown.figure
    if isinstance(figure, RollForward):
        return [(name, figure.words(name), _cell(n, say), None, None) for name, n in shown.numbers.items()]
    return [
        (
            row.category,
            _category(row.category, codes, say) or figure.numerator or figure.title,
            _cell(row.numerator, say),
            _cell(row.denominator, say),
            said(figure, row.value, say),
        )
        for row in shown.rows
    ]


def _category(category: str, codes: Mapping[str, str], say: Labels) -> str:
    if category == OTHER:
        return say("programme.other")
    return codes.get(category) or category.replace("_", " ")


def _cell(value: int | str | None, say: Labels) -> int | str | None:
    return in_words(value, say) if isinstance(value, str) else value
