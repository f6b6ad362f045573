"""The board edition's follow-up: what comes and goes, actions, how long they are overdue, risks accepted, checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditkit.action import ACCEPTED, BUCKET_NAMES, IMPLEMENTED, OPEN, SUPERSEDED, VALIDATED
from auditkit.board_summary import masthead
from auditkit.book import Book
from auditkit.finding import DROPPED, POTENTIAL
from auditkit.follow_up_check import Movement, movement
from auditkit.form import RATINGS
from auditkit.page import SMALL, TEXT, Page, Span
from auditkit.sheet import Column
from auditkit.wording import rating

if TYPE_CHECKING:
    from auditkit.action import Action
    from auditkit.follow_up import FollowUp
    from auditkit.label import Labels
    from auditkit.result import Run

COLUMNS = (
    ("action", 13.0),
    ("title", 34.0),
    ("finding", 17.5),
    ("rating", 11.0),
    ("owner", 19.0),
    ("first_due", 12.0),
    ("due", 12.0),
    ("extensions", 11.0),
    ("status", 22.0),
    ("validated", 14.0),
    ("age", 10.0),
)
KINDS = {"first_due": "date", "due": "date", "extensions": "int"}
WORDS = {
    OPEN: "open",
    IMPLEMENTED: "implemented",
    VALIDATED: "validated",
    ACCEPTED: "accepted",
    SUPERSEDED: "superseded",
}


def add(book: Book, run: Run) -> bool:
    """Add the sheet, in a draft only once something was reported, agreed or asked; return whether it was added."""
    state, say = run.follow_up, book.labels
    reported = any(each.status not in (POTENTIAL, DROPPED) for each in state.findings)
    if not (reported or state.actions or state.decisions or run.status.issued):
        return False
    page = Page(book, say("follow_up.sheet"), [width for _, width in COLUMNS])
    masthead(page, run, say("follow_up.sheet"))
    page.text(say("follow_up.about", day=run.period.last_day), TEXT)
    page.gap(6)
    _movements(page, run, state)
    _actions(page, run, state)
    _ageing(page, state)
    _risks(page, run, state)
    _checks(page, state)
    page.finish()
    return True


def shown(state: FollowUp, run: Run) -> list[Action]:
    """Return the actions the board is told of: open or closed in the quarter, the longest overdue first."""
    found = [each for each in state.actions if each.closed is None or each.closed >= run.period.label]
    return sorted(found, key=lambda each: (each.closed is not None, -each.days_overdue, each.due or each.on, each.key))


def movements(state: FollowUp, run: Run) -> dict[str, Movement]:
    """Return how many recommendations, actions and decisions came, were closed and are open."""
    reported = [each for each in state.findings if each.status not in (POTENTIAL, DROPPED)]
    lives = {
        "recommendations": [(each.raised, each.closed) for each in reported],
        "actions": [(each.raised, each.closed) for each in state.actions],
        "decisions": [(each.raised, each.closed) for each in state.decisions],
    }
    return {name: movement(found, run.period.label) for name, found in lives.items()}


def _movements(page: Page, run: Run, state: FollowUp) -> None:
    say = page.say
    page.heading(say("follow_up.roll_heading"))
    spans: tuple[Span, ...] = (
        (say("follow_up.column.what"), 1, 3, "left"),
        (say("follow_up.column.start", day=run.period.start), 4, 5, "right"),
        (say("follow_up.column.new"), 6, 7, "right"),
        (say("follow_up.column.closed"), 8, 8, "right"),
        (say("follow_up.column.end", day=run.period.last_day), 9, 10, "right"),
    )
    rows = [
        [say(f"follow_up.{name}"), each.start, each.new, each.closed, each.end]
        for name, each in movements(state, run).items()
    ]
    page.block(spans, rows, "")
    page.text(say("follow_up.roll_note"), SMALL)
    page.gap()


def _actions(page: Page, run: Run, state: FollowUp) -> None:
    say, found = page.say, shown(state, run)
    if not found:
        page.text(say("follow_up.none"), TEXT)
        page.gap()
        return
    page.heading(say("follow_up.heading", n=len(found)))
    columns = [Column(say(f"follow_up.column.{name}"), KINDS.get(name, "text")) for name, _ in COLUMNS]
    page.table(columns, [_row(each, state, say) for each in found], bold=1)
    page.gap()


def status(action: Action, say: Labels) -> str:
    """Return the state of an action on the last day of the quarter, and what was recorded for a later one."""
    said = say(f"follow_up.status.{WORDS[action.status]}")
    if not action.later:
        return said
    return say("follow_up.status.later", status=said, later=say(f"follow_up.status.{WORDS[action.later]}"))


def _row(action: Action, state: FollowUp, say: Labels) -> list[Any]:
    validated = action.status == VALIDATED and action.validated_on is not None
    return [
        action.key,
        action.title,
        action.finding,
        rating(state.rating(action), say),
        action.owner,
        action.original_due,
        action.due,
        action.extensions,
        status(action, say),
        say("follow_up.validated_on", day=action.validated_on) if validated else say("follow_up.not_validated"),
        action.bucket or "-",
    ]


def _ageing(page: Page, state: FollowUp) -> None:
    """Write how many overdue actions of each rating are how old."""
    say = page.say
    page.keep(190)
    page.heading(say("follow_up.ageing_heading"))
    overdue = [(state.rating(each), each.bucket) for each in state.actions if each.bucket]
    names = [name for name in (*RATINGS, "") if name in RATINGS or any(found == name for found, _ in overdue)]
    rows: list[list[Any]] = [
        [rating(name, say), *(overdue.count((name, bucket)) for bucket in BUCKET_NAMES)] for name in names
    ]
    rows = [[*row, sum(row[1:])] for row in rows]
    rows.append(
        [say("follow_up.column.total"), *(sum(row[n] for row in rows) for n in range(1, len(BUCKET_NAMES) + 2))]
    )
    places = ((3, 3), (4, 4), (5, 5), (6, 6), (7, 7))
    spans: tuple[Span, ...] = (
        (say("follow_up.column.rating"), 1, 2, "left"),
        *((name, first, last, "right") for name, (first, last) in zip(BUCKET_NAMES, places, strict=True)),
        (say("follow_up.column.total"), 8, 8, "right"),
    )
    page.block(spans, rows if overdue else [], say("follow_up.none_overdue"))
    page.text(say("follow_up.ageing"), SMALL)
    page.gap()


def _risks(page: Page, run: Run, state: FollowUp) -> None:
    say = page.say
    page.keep(190)
    page.heading(say("follow_up.risk_heading"))
    spans: tuple[Span, ...] = (
        (say("follow_up.column.action"), 1, 1, "left"),
        (say("follow_up.column.title"), 2, 2, "left"),
        (say("follow_up.column.finding"), 3, 3, "left"),
        (say("follow_up.column.rating"), 4, 4, "left"),
        (say("follow_up.column.by"), 5, 7, "left"),
        (say("follow_up.column.authority"), 8, 9, "left"),
    )
    rows = [
        [
            *(each.key, each.title, each.finding, rating(state.rating(each), say)),
            each.risk_accepted_by or say("finding.not_said"),
            say("finding.yes") if each.risk_authority else say("finding.no"),
        ]
        for each in shown(state, run)
        if each.status == ACCEPTED
    ]
    page.block(spans, rows, say("follow_up.no_risk"))


def _checks(page: Page, state: FollowUp) -> None:
    say = page.say
    page.keep(200)
    page.heading(say("follow_up.check_heading"))
    numbers = ("population", "tested", "not_tested", "not_applicable", "exceptions", "review")
    places = ((4, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9))
    spans: tuple[Span, ...] = (
        (say("follow_up.column.check"), 1, 1, "left"),
        (say("follow_up.column.should"), 2, 3, "left"),
        *((say(f"follow_up.column.{name}"), *place, "right") for name, place in zip(numbers, places, strict=True)),
    )
    rows = [
        [check.id, say(f"follow_up.check.{check.id}"), *(getattr(check.counts, name) for name in numbers)]
        for check in state.checks
    ]
    page.block(spans, rows, "")
    page.text(say("follow_up.check_note"), SMALL)
