"""The board edition's decisions: what the board is asked to decide, and what it decided in the quarter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from auditkit.board_summary import masthead
from auditkit.book import Book
from auditkit.page import Page
from auditkit.sheet import Column

if TYPE_CHECKING:
    from auditkit.decision import Decision
    from auditkit.label import Labels
    from auditkit.result import Run

ASKED = ("reference", "requested", "options", "recommendation", "asked_on", "state")
TAKEN = ("reference", "requested", "decision", "follow_up", "decided_on", "asked_on")
WIDTHS = (16.0, 44.0, 38.0, 38.0, 13.0, 20.0)
KINDS = {"asked_on": "date", "decided_on": "date"}


def add(book: Book, run: Run) -> bool:
    """Add the sheet, in a draft only where a decision is pending or was taken; return whether it was added."""
    state, say = run.follow_up, book.labels
    known = [each for each in state.decisions if each.closed is None or each.closed >= run.period.label]
    if not known and not run.status.issued:
        return False
    page = Page(book, say("decision.sheet"), WIDTHS)
    masthead(page, run, say("decision.sheet"))
    pending = [each for each in known if each.closed is None]
    taken = [each for each in known if each.closed is not None]
    for name, columns, found in (("asked", ASKED, pending), ("taken", TAKEN, taken)):
        page.heading(say(f"decision.{name}_heading"))
        if found:
            _table(page, columns, found, say)
        else:
            page.text(say(f"decision.none_{name}"))
        page.gap()
    page.finish()
    return True


def _table(page: Page, names: Sequence[str], found: Sequence[Decision], say: Labels) -> None:
    columns = [Column(say(f"decision.column.{name}"), KINDS.get(name, "text")) for name in names]
    page.table(columns, [[_value(each, name, say) for name in names] for each in found], bold=1)


def _value(decision: Decision, name: str, say: Labels) -> Any:
    if name == "reference":
        return decision.key
    if name == "state":
        return say("decision.decided_since", day=decision.later) if decision.later else say("decision.pending")
    return getattr(decision, name) or "-"
