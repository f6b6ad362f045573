"""The first sheet of the board edition: one printed page on what was found, how far it goes, what is missing."""

from __future__ import annotations

from typing import Any

from auditkit import board_attention, board_issue, finding
from auditkit.attestation import ATTESTED
from auditkit.book import Book
from auditkit.conclusion import NOT_CONCLUDED
from auditkit.control import Control
from auditkit.form import RATINGS
from auditkit.label import Labels
from auditkit.masking import is_about_people
from auditkit.page import LEAD, SMALL, TEXT, Page
from auditkit.result import Run
from auditkit.tally import Matter, Tally, change, change_in_conclusions, masked_note, shown
from auditkit.wording import ENGLISH, restricted_line, severities

MOST_CLEAN = 3
# Four tiles of three columns with a narrow gap between them.
WIDTHS = (8.5, 8.5, 8.5, 1.5, 8.5, 8.5, 8.5, 1.5, 8.5, 8.5, 8.5, 1.5, 8.5, 8.5, 8.5)
SPANS = ((1, 3), (5, 7), (9, 11), (13, 15))


def add(book: Book, run: Run, total: Tally, matters: list[Matter], above: int, reported: int, chart: Any) -> None:
    """
    Add the sheet.

    The matters stand on their sheet below its row `above`, the findings on theirs below its row `reported`, in the same
    order; `chart` is a chart of the exceptions over the quarters, or None.
    """
    say = book.labels
    page = Page(book, say("summary.sheet"), WIDTHS, landscape=False)
    masthead(page, run, say("summary.title", quarter=run.period.label))
    if run.status.issued:
        page.text(board_issue.overall(run, say), LEAD)
        page.gap(4)
    page.text(overall(total, len(not_run(run)), say, issued=run.status.issued), LEAD)
    page.gap(8)
    page.tiles(_tiles(run, total, say), SPANS)
    if total.masked:
        page.text(masked_note(total, say), SMALL)
    page.gap(4)
    board_attention.add(page, run, matters, above, reported, matters_sheet(run, say))
    _clean(page, run)
    if chart is not None:
        page.heading(say("scorecard.trend"))
        page.chart(chart, 118)
        page.gap(4)
    _scope(page, run, total)
    board_issue.sign_off(page, run)
    page.finish(one_page=True)


def not_run(run: Run) -> tuple[Control, ...]:
    """Return the restricted controls that were not run for want of a passphrase."""
    return run.restricted_controls if run.restricted_state == "no_passphrase" else ()


def masthead(page: Page, run: Run, title: str) -> None:
    """Write the head of a board sheet."""
    say = page.say
    status = board_issue.mark(run, say)
    page.masthead(
        say("book.kicker", status=status),
        title,
        subtitle(run, say),
        say("book.banner", status=status, sentence=board_issue.sentence(run, say)),
    )


def any_finding(run: Run) -> bool:
    """Whether a reported finding lives in the quarter."""
    return any(each.lives_in(run.period) for each in run.follow_up.findings)


def matters_sheet(run: Run, say: Labels) -> str:
    """Return the title of the sheet of matters for review, which is that of the findings while there is none."""
    return say("findings.matters_sheet") if any_finding(run) else say("findings.sheet")


def subtitle(run: Run, say: Labels) -> str:
    """Return organisation, days and run in one line."""
    line = say("book.subtitle", organisation=run.project.organisation, span=say.span(run.period), run=run.id)
    return f"{line}  ·  {say('book.partial', selection=run.selection)}" if run.partial else line


def overall(total: Tally, not_run: int = 0, say: Labels = ENGLISH, *, issued: bool = False) -> str:
    """Return the sentence on top: no conclusion before review, then what was found, with its denominators."""
    unreviewed = "" if issued else say("draft.no_conclusion")
    if not total.controls:
        return say("summary.no_control", unreviewed=unreviewed).strip()
    found = say(
        "summary.found",
        items=say("count.item", n=total.tested),
        controls=say("count.control", n=total.tested_controls),
        exceptions=say("summary.exceptions", n=total.exceptions),
        review=say("summary.review", n=total.review),
    )
    open_ones = total.controls - total.concluded_controls + not_run
    if open_ones:
        found += say("list.semicolon") + say("summary.open", n=open_ones)
    return say("summary.overall", unreviewed=unreviewed, found=found).strip()


def _tiles(run: Run, total: Tally, say: Labels) -> list[tuple[str, str, str]]:
    untested = total.controls - total.tested_controls
    left, restricted = len(not_run(run)), len(run.restricted_controls)
    items = say("count.item", n=total.tested)
    if untested:
        items += say("list.semicolon") + say("summary.tile.without", n=untested)
    if left:
        items += "\n" + say("summary.tile.restricted_not_run", n=restricted)
    elif restricted:
        items += "\n" + say("summary.tile.restricted_apart", n=restricted)
    # The quarter before says nothing of restricted controls, so with them the number has nothing to be compared with.
    changed = say("summary.tile.restricted_no_passphrase", n=left) if left else change_in_conclusions(run, say)
    found = [severities(total.severities, say), change(run, "exceptions", say)]
    return [
        (
            say("summary.tile.of", part=total.tested_controls, whole=total.controls),
            say("summary.tile.tested"),
            items,
        ),
        (
            say.number(_open_controls(run, total) + left),
            say("summary.tile.not_concluded"),
            "" if run.status.issued else changed,
        ),
        *(
            _followed_up(run, say)
            if any_finding(run) and run.status.issued
            else [
                (say.number(total.exceptions), say("summary.tile.exceptions"), "\n".join(filter(None, found))),
                (say.number(total.review), say("summary.tile.review"), change(run, "review", say)),
            ]
        ),
    ]


def _open_controls(run: Run, total: Tally) -> int:
    """Return the controls on which nothing may be concluded: by the data alone, once issued after the review too."""
    if not run.status.issued:
        return total.controls - total.concluded_controls
    return sum(run.conclusions[result.control.id].word == NOT_CONCLUDED for result in run.controls)


def _followed_up(run: Run, say: Labels) -> list[tuple[str, str, str]]:
    """Return the tiles of an issued edition: open findings by rating with the repeats, and overdue actions."""
    living = [each for each in finding.living(run.follow_up.findings, run.period) if not each.closed]
    ratings = [each.rating for each in living]
    counts = say.comma(
        [f"{say.number(ratings.count(name))} {say(f'rating.{name}')}" for name in RATINGS if name in ratings]
    )
    again = sum(each.first_quarter < run.period.label for each in living)
    open_ones = [each for each in run.follow_up.actions if each.closed is None]
    return [
        (say.number(len(living)), say("summary.tile.findings"), f"{counts}\n{say('summary.tile.repeat', n=again)}"),
        (
            say.number(sum(bool(each.days_overdue) for each in open_ones)),
            say("summary.tile.overdue"),
            say("summary.tile.open_actions", n=len(open_ones)),
        ),
    ]


def _clean(page: Page, run: Run) -> None:
    say = page.say
    page.heading(say("summary.clean_heading"))
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
        sentence = say(
            "summary.clean",
            control=title,
            population=population.population.title,
            items=say("count.item", n=count) if isinstance(count, int) else say("summary.items_unknown"),
            attributes=say("count.attribute", n=len(population.attributes)),
        )
        page.text(f"○  {sentence}", TEXT)
    if not clean:
        page.text(say("summary.no_clean"), TEXT)
    elif len(clean) > MOST_CLEAN:
        page.text(say("summary.more_clean", n=len(clean) - MOST_CLEAN, sheet=say("scorecard.sheet")), SMALL)
    page.gap(4)


def _scope(page: Page, run: Run, total: Tally) -> None:
    say = page.say
    page.heading(say("summary.scope_heading"))
    left_out = limitation(run, total, say)
    page.text(say("summary.scope", limitation=left_out, sheet=say("coverage.sheet")), TEXT)
    if run.restricted_controls:
        page.text(restricted_line(run.restricted_state, say), TEXT)
    programme = run.programme
    if programme.shown or programme.attested:
        valid = sum(each.state == ATTESTED for each in programme.attested)
        counts = {"measured": len(programme.shown), "attested": len(programme.attested), "valid": valid}
        page.text(say("programme.beside", sheet=say("scorecard.sheet"), **counts), TEXT)
    page.gap(4)


def limitation(run: Run, total: Tally, say: Labels = ENGLISH) -> str:
    """Return what was left out, in one sentence."""
    open_ids = [control.control.title for control in run.controls if not control.concluded]
    open_ids += [say("summary.limit.not_run", control=control.title) for control in not_run(run)]
    parts = []
    if run.partial:
        parts.append(say("summary.limit.partial", selection=run.selection))
    if open_ids:
        names = open_ids if len(open_ids) <= 3 else [*open_ids[:3], say("summary.limit.more", n=len(open_ids) - 3)]
        parts.append(say("summary.limit.not_concluded", names=say.joined(names)))
    if total.not_tested:
        parts.append(say("summary.limit.untested", n=total.not_tested))
    controls = [*(result.control for result in run.controls), *run.restricted_controls]
    controls += [each.control for each in run.programme.shown]
    threats = sum(bool(control.self_review_threat) for control in controls)
    if threats:
        parts.append(say("summary.limit.threat", n=threats))
    if not parts:
        return say("summary.limit.none")
    sentence = say("summary.limit.sentence", parts=say("list.semicolon").join(parts))
    return f"{sentence[0].upper()}{sentence[1:]}"
