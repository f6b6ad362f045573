"""The board edition's findings: what the auditors judged, in the five Cs, with rating, owner, due date and state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditkit import draft as drafts
from auditkit import finding
from auditkit.board_summary import masthead
from auditkit.book import Book
from auditkit.follow_up_stage import machine_criteria
from auditkit.page import SMALL, TEXT, Page
from auditkit.sheet import Column
from auditkit.wording import rating

if TYPE_CHECKING:
    from auditkit.finding import Finding
    from auditkit.follow_up import FollowUp
    from auditkit.label import Labels
    from auditkit.result import Run

COLUMNS = (
    ("reference", 17.0),
    ("title", 23.0),
    ("rating", 11.0),
    ("repeat", 14.0),
    ("criteria", 33.0),
    ("condition", 33.0),
    ("cause", 28.0),
    ("consequence", 28.0),
    ("recommendation", 30.0),
    ("response", 25.0),
    ("agreed", 11.0),
    ("owner", 17.0),
    ("due", 12.0),
    ("status", 12.0),
    ("overdue", 9.5),
)
KINDS = {"due": "date", "overdue": "int"}


def add(book: Book, run: Run) -> int:
    """Add the sheet, unless there is no finding to tell of; return the row above the first, 0 if there is none."""
    state, say = run.follow_up, book.labels
    found = finding.living(state.findings, run.period)
    if not found:
        return 0
    page = Page(book, say("findings.sheet"), [width for _, width in COLUMNS], paper="A3")
    masthead(page, run, say("findings.sheet"))
    page.heading(say("finding.heading", n=len(found)))
    page.text(say("finding.about", day=run.period.last_day), TEXT)
    page.gap(6)
    columns = [Column(say(f"finding.column.{name}"), KINDS.get(name, "text")) for name, _ in COLUMNS]
    first, _ = page.table(columns, [_row(each, run, state, say) for each in found], bold=2)
    page.freeze(first + 1, 3)
    page.gap(4)
    page.text(say("follow_up.about", day=run.period.last_day), SMALL)
    page.finish()
    return first


def condition(found: Finding, state: FollowUp, run: Run, say: Labels) -> str:
    """Return what was found: this quarter's numbers, else those that were reported, and what people added."""
    draft = state.draft(found.key)
    said = drafts.sentence(draft, run, say) if draft else found.machine("condition")
    return "\n".join(filter(None, (said, found["condition"])))


def criteria(found: Finding, state: FollowUp, run: Run) -> str:
    """Return what should be so: the control's criteria and those that people added."""
    said = machine_criteria(found, state.draft(found.key), run.controls)
    return "\n".join(filter(None, (said, found["criteria"])))


def _row(found: Finding, run: Run, state: FollowUp, say: Labels) -> list[Any]:
    draft = state.draft(found.key)
    first = min(found.first_quarter, draft.found.first_quarter if draft else found.first_quarter)
    status = "closed" if found.closed else "closed_since" if found.later else "open"
    return [
        found.key,
        found["title"],
        rating(found.rating, say),
        say(f"finding.{'repeat' if first < run.period.label else 'first'}", quarter=first),
        criteria(found, state, run),
        condition(found, state, run, say),
        found["cause"],
        found["consequence"],
        found["recommendation"],
        found["management_response"] or "-",
        say(f"finding.{found['agreed']}") if found["agreed"] in ("yes", "no") else say("finding.not_said"),
        found["owner"],
        found.due,
        say(f"finding.{status}"),
        found.days_overdue(run.period.last_day),
    ]
