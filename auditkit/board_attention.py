"""What the first sheet of the board edition says needs attention: findings, decisions asked, what awaits review."""

from __future__ import annotations

from auditkit import finding
from auditkit.cell import ACCENT, LINE, Style
from auditkit.finding import Finding
from auditkit.label import Labels
from auditkit.page import SMALL, TEXT, Page, Piece
from auditkit.result import Run
from auditkit.tally import Matter
from auditkit.wording import rating, severity

MOST = 5  # entries, findings first
LONGEST = 260  # characters of what people wrote about why a finding matters
SEVERITY = Style(size=10, bold=True, colour=ACCENT, wrap=False)
POINTER = Style(size=9.5, colour=ACCENT, align="end", wrap=False)
NAME = Style(size=10.5, bold=True)
RULE = Style(size=4, under=LINE)


def add(page: Page, run: Run, matters: list[Matter], above: int, reported: int, sheet: str) -> None:
    """
    Write the section.

    The matters stand on `sheet` below its row `above`, the findings on theirs below its row `reported`, in the orders
    of `matters` and of `finding.living`. A matter that has led to a finding is told as that.
    """
    say = page.say
    page.heading(say("summary.attention_heading"))
    found = [
        (place, each)
        for place, each in enumerate(finding.living(run.follow_up.findings, run.period), 1)
        if not each.closed
    ]
    for place, each in found[:MOST]:
        _finding(page, run, each, reported + place)
    told = {each.attribute for _, each in found}
    left = [(place, each) for place, each in enumerate(matters, 1) if each.result.attribute.id not in told]
    room = max(0, MOST - len(found))
    for place, matter in left[:room]:
        _matter(page, matter, place, above, sheet)
    if not found and not matters:
        page.text(say("summary.no_matter"), TEXT)
    if len(found) > MOST:
        page.text(say("summary.more_findings", n=len(found) - MOST, sheet=say("findings.sheet")), SMALL)
    if len(left) > room:
        page.text(say("summary.more_matters", n=len(left) - room, sheet=sheet), SMALL)
    asked = sum(each.closed is None for each in run.follow_up.decisions)
    if asked:
        page.text(say("summary.decisions_asked", n=asked, sheet=say("decision.sheet")), TEXT)
    page.gap(4)


def _finding(page: Page, run: Run, found: Finding, row: int) -> None:
    say, sheet = page.say, page.say("findings.sheet")
    line = page.line(
        [
            Piece(1, 2, rating(found.rating, say), SEVERITY),
            Piece(3, 11, found["title"], NAME),
            Piece(12, 15, say("summary.finding", sheet=sheet, reference=found.key), POINTER),
        ]
    )
    page.link(line, _linked(say, 12), sheet, row)
    why = found["consequence"]
    why = why if len(why) <= LONGEST else f"{why[:LONGEST].rsplit(' ', 1)[0]} …"
    page.line([Piece(3, 15, why, TEXT)])
    page.line([Piece(3, 15, _due(found, run, say), SMALL)])
    page.line([Piece(1, 15, None, RULE)], least=5)
    page.gap(3)


def _linked(say: Labels, pointer: int) -> int:
    """Return the column that links: LibreOffice tears letters and figures of a linked Arabic text apart."""
    return 1 if say.right_to_left else pointer


def _due(found: Finding, run: Run, say: Labels) -> str:
    days = found.days_overdue(run.period.last_day)
    parts = [say("summary.finding_owner", owner=found["owner"])]
    if found.due:
        parts.append(say("summary.finding_due", day=found.due))
    if days:
        parts.append(say("summary.finding_overdue", n=days))
    return say("list.semicolon").join(parts)


def _matter(page: Page, matter: Matter, place: int, above: int, sheet: str) -> None:
    say, attribute = page.say, matter.result.attribute
    line = page.line(
        [
            Piece(1, 2, severity(attribute.severity, say), SEVERITY),
            Piece(3, 13, say("summary.expected", title=attribute.title), NAME),
            Piece(14, 15, say("summary.matter", sheet=sheet, place=place), POINTER),
        ]
    )
    page.link(line, _linked(say, 14), sheet, above + place)
    page.line([Piece(3, 15, _sentence(matter, say), TEXT)])
    criterion = matter.criterion
    if criterion:
        page.line([Piece(3, 15, say("summary.criterion", place=criterion.place), SMALL)])
    page.line([Piece(1, 15, None, RULE)], least=5)
    page.gap(3)


def _sentence(matter: Matter, say: Labels) -> str:
    sentences = [say("summary.matter_found", found=matter.found(say))]
    at_stake = say.money(matter.figures.amounts or {})
    if at_stake != "-":
        sentences.append(say("summary.matter_worth", amounts=at_stake))
    if not matter.result.concluded:
        sentences.append(say("summary.matter_partly"))
    return " ".join(sentences)
