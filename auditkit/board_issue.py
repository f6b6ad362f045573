"""What the board edition says of its own standing: a draft or issued, what was corrected, who signed, conformance."""

from __future__ import annotations

from dataclasses import replace

from auditkit.cell import LINE, MUTED
from auditkit.label import Labels
from auditkit.opinion import opinion
from auditkit.page import SMALL, TEXT, Page, Piece
from auditkit.result import EXECUTIVE, Run
from auditkit.sign_off import APPROVED, BROKEN, NOT_SIGNED, PREPARED, REVIEWED

NOBODY, PART, WHOLE = "nobody", "part", "whole"
MOST_WORKING = 4  # controls named on the first page
# How far a control's sign-off has come; the names of the labels.
STATES = {NOT_SIGNED: "not_signed", PREPARED: "prepared", REVIEWED: "reviewed", APPROVED: "approved", BROKEN: "broken"}


def mark(run: Run, say: Labels) -> str:
    """Return what stands on every page: that the edition is a draft and how far its review is, or which issue it is."""
    if not run.status.issued:
        marks = {NOBODY: say("draft.mark"), PART: say("draft.part.mark"), WHOLE: say("draft.whole.mark")}
        return marks[_reviewed(run)]
    return say("issue.mark", version=str(run.status.version))


def sentence(run: Run, say: Labels) -> str:
    """Return what follows from it for the reader."""
    status = run.status
    if not status.issued or status.issued_on is None:
        said = {NOBODY: say("draft.sentence"), PART: say("draft.part.sentence"), WHOLE: say("draft.whole.sentence")}
        return said[_reviewed(run)]
    parts = [say("issue.sentence", day=status.issued_on, role=role(run, say), sheet=say("coverage.sheet"))]
    if status.erratum:
        versions = {"version": str(status.version), "before": str(status.version - 1)}
        parts.append(say("issue.erratum", **versions, text=status.erratum))
    return " ".join(parts)


def _reviewed(run: Run) -> str:
    """Return whether people have decided about none of the exceptions and items for review, a part, or the whole."""
    standings = [standing for name, standing in run.register.items() if "/" in name]
    if all(standing.listed == standing.open for standing in standings):
        return NOBODY
    return PART if any(standing.undecided for standing in standings) else WHOLE


def role(run: Run, say: Labels) -> str:
    """Return the role of who approved the issue; the usual one in the language of the edition."""
    given = run.status.approved_by
    return say("issue.executive") if given in ("", EXECUTIVE) else given


def overall(run: Run, say: Labels) -> str:
    """Return the overall conclusion after review: the word, what decided it, and what works."""
    found = opinion(
        {result.control.title: run.conclusions[result.control.id].word for result in run.controls},
        [each.rating for each in run.follow_up.findings if each.lives_in(run.period) and not each.closed],
    )
    parts = [say(f"opinion.word.{found.word.replace(' ', '_')}")]
    counts = {"critical": found.critical, "high": found.high, "failed": found.failed, "open": found.left}
    reasons = [say(f"opinion.reason.{name}", n=count) for name, count in counts.items() if count]
    if reasons:
        parts.append(say("opinion.because", reasons=say.joined(reasons)))
    named = [*found.working[:MOST_WORKING]]
    if len(found.working) > MOST_WORKING:
        named.append(say("summary.limit.more", n=len(found.working) - MOST_WORKING))
    parts.append(say("opinion.works", controls=say.joined(named)) if named else say("opinion.nothing_works"))
    return " ".join(parts)


def rules(page: Page) -> None:
    """Write how the overall conclusion is drawn."""
    say = page.say
    page.heading(say("opinion.rules_heading"))
    for name in say.section("opinion.rule"):
        page.text(say(f"opinion.rule.{name}"), TEXT)
    page.gap()


def sign_off(page: Page, run: Run) -> None:
    """Write the block in which the audit head signs, and how far the controls are signed for."""
    say, status = page.say, run.status
    page.heading(say("summary.sign_off_heading"))
    line = replace(TEXT, colour=MUTED, under=LINE)
    words = (say("summary.executive"), say("summary.signed_on"), say("summary.status"))
    if status.issued and status.issued_on is not None:
        line = replace(TEXT, under=LINE)
        words = (
            say("issue.approved", role=role(run, say)),
            say("issue.date", day=status.issued_on),
            say("issue.status", version=str(status.version)),
        )
    spans = ((1, 7), (9, 11), (13, 15))
    page.line([Piece(*span, text, line) for span, text in zip(spans, words, strict=True)], least=20)
    if run.sign_offs:
        page.text(progress(run, say), SMALL)


def progress(run: Run, say: Labels) -> str:
    """Return how many of the open controls are signed for, and how far."""
    counts = {state: sum(each.state == state for each in run.sign_offs) for state in STATES}
    parts = [say(f"issue.count.{name}", n=counts[state]) for state, name in STATES.items() if counts[state]]
    return say("issue.progress", n=len(run.sign_offs), parts=say.comma(parts))


def reviewed(run: Run) -> bool:
    """Whether anything of the open controls has been signed off by a reviewer."""
    return any(each.holds(REVIEWED) for each in run.sign_offs)


def standing(page: Page, run: Run) -> None:
    """Write on the sheet of the limitations: conformance, what was checked before the issue, sign-off by control."""
    say, status = page.say, run.status
    page.heading(say("issue.heading"))
    if status.issued:
        versions = {"version": str(status.version), "before": str(status.version - 1)}
        if status.erratum:
            page.text(say("issue.erratum", **versions, text=status.erratum), TEXT)
        page.text(say("issue.gates"), TEXT)
        if status.disclosure:
            page.text(say("issue.disclosed", text=status.disclosure), TEXT)
        else:
            page.text(say("issue.conforms", role=role(run, say)), TEXT)
    else:
        page.text(say("issue.not_issued"), TEXT)
    page.gap(4)
    titles = {result.control.id: result.control.title for result in run.controls}
    rows = [
        [
            titles.get(each.control, each.control),
            say(f"issue.state.{STATES[each.state]}"),
            say.comma([say(f"issue.part.{part}") for part in each.changed]) if each.changed else "-",
        ]
        for each in run.sign_offs
    ]
    spans = (
        (say("column.control"), 1, 2, "left"),
        (say("issue.state_title"), 3, 4, "left"),
        (say("issue.changed_title"), 5, 6, "left"),
    )
    page.block(spans, rows, say("issue.nobody"))
