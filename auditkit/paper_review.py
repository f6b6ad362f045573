"""
Working-paper sheets on which people decide: exceptions, indicators, review items, and what was open before.

Each row carries what is known of it from earlier quarters; the cells for people hold what was decided already, so that
nobody explains the same thing twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.action import VALIDATED, as_of
from auditkit.book import Book
from auditkit.disposition import SET_ASIDE, UNDECIDED
from auditkit.fetched import Fetched
from auditkit.form import ACTION, DISPOSITION
from auditkit.form_sheet import FormRow, form_sheet
from auditkit.journal import Record
from auditkit.life import REFERENCE, lives
from auditkit.paper import SOURCE_NOTE, Scope, item_sql, limit_warning, marks, shorten
from auditkit.quoting import literals
from auditkit.register import ACTIVE, CARRIED
from auditkit.sheet import Column
from auditkit.wording import DRAFT, number, plural, reason, severity

FORM_LIMIT = 100_000  # rows of a form that a spreadsheet program still opens and filters at a fair pace
HISTORY = (
    Column("Late arrival", least=8),
    Column("State", "wrap", least=11, most=14),
    Column("First seen", least=10),
    Column("Quarters seen", "int", least=9),
    Column("Age in days", "int", least=8),
    Column("Repeat after closure", "wrap", least=10, most=14),
    Column("Earlier disposition", "wrap", least=14, most=34),
    Column("Standing", "wrap", least=13, most=18),
    Column("Latest expiry allowed", "date", least=12),
)
WHO = (
    Column("Person", "text", most=14),
    Column("Name", "wrap", most=20),
    Column("Unit", "text", most=12),
    Column("Unit name", "wrap", most=20),
    Column("Counterparty", "text", most=15),
    Column("Counterparty name", "wrap", most=22),
    Column("Event date", "date", least=12),
    Column("Amount", "amount", least=12),
    Column("Currency", least=10),
)
WHAT = (
    Column("Control", least=9),
    Column("Attribute", least=10),
    Column("Severity", least=11),
    Column("What should be so", "wrap", most=28),
    Column("Item", "wrap", most=26),
)
WHY = (Column("Why", "wrap", least=30, most=52), Column("Evidence", "wrap", least=14, most=44))
SOURCE = (Column("Source file", "wrap", most=20), Column("Source row", "int", least=9))
REGISTER = (
    *WHAT,
    Column("State", "wrap", least=12, most=18),
    Column("Now", "wrap", least=12, most=20),
    Column("Why, when last seen", "wrap", least=30, most=52),
    Column("First seen", least=10),
    Column("Last seen", least=10),
    *HISTORY[3:5],
    *HISTORY[6:],
)
NOW = {"PASS": "passes", "NOT_TESTED": "not tested", "NOT_APPLICABLE": "not applicable", None: "outside the period"}
REGISTER_NOTE = (
    "What was open before and is no exception in this run. Cleared: tested again and passed. Out of period: the event "
    "lies outside this quarter. Not tested again: nothing is known anew. What nobody has decided on stays here until "
    "somebody decides."
)
UNDECIDED_WHY = Column("Why undecided", "wrap", most=24)
FILL_NOTE = (
    "Write into the light cells under the mark and nowhere else. What stands in them already was decided before and "
    "holds until the day under Expires on; it need not be explained again. Standing says what counts in this run."
)


def exceptions(book: Book, scope: Scope) -> None:
    """Add the exceptions, the most severe first, one sentence each."""
    note = f"{reviewed(scope).said('exception')} An exception is what the data shows against the criterion."
    _items(book, scope, "Exceptions", "EXCEPTION", note, "No exception in the items tested.")


def indicators(book: Book, scope: Scope) -> None:
    """Add the exceptions of restricted controls, which are reasons to look and nothing else."""
    note = "Indicators for independent review: reasons to look. None of them says what happened or why."
    _items(book, scope, "Indicators", "EXCEPTION", note, "No indicator in the items tested.")


def review_items(book: Book, scope: Scope) -> None:
    """Add the items on which the data cannot decide."""
    note = "The data cannot decide on these items; a person must look. They count as tested, shown apart."
    _items(book, scope, "Review items", "REVIEW", note, "No item for review.")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many of the exceptions and items for review of this run people decided on, and a second person reviewed."""

    listed: int
    decided: int
    reviewed: int
    set_aside: int

    @property
    def mark(self) -> str:
        """What every printed page says of it."""
        return f"REVIEWED {number(self.reviewed)} OF {number(self.listed)}" if self.reviewed else "UNREVIEWED"

    def said(self, one: str) -> str:
        """Return it in a sentence."""
        if not self.decided:
            return f"Unreviewed: nobody has decided on any {one} yet."
        aside = f"; set aside and still counted: {number(self.set_aside)}" if self.set_aside else ""
        what = plural(self.listed, f"{one} or item for review", f"{one}s and items for review")
        return f"Decided: {number(self.decided)} of {what}, {number(self.reviewed)} of them reviewed{aside}."


def reviewed(scope: Scope) -> Reviewed:
    """Return how far the review is, over all exceptions and items for review, whatever the sheets show of them."""
    active = f"register_item WHERE restricted = {str(scope.restricted).lower()} AND state IN ({literals(ACTIVE)})"
    decided = f"{active} AND standing NOT IN ({literals(UNDECIDED)})"
    counts = (active, decided, f"{decided} AND reviewer <> ''", f"{active} AND standing IN ({literals(SET_ASIDE)})")
    return Reviewed(*map(scope.count, counts))


def register(book: Book, scope: Scope) -> None:
    """Add what was open before and is no exception now; no sheet where there is nothing of the kind."""
    where = f"""register_item AS r WHERE r.restricted = {str(scope.restricted).lower()}
AND r.state IN ({literals(CARRIED)}) AND r.control_id IN ({marks(scope.ids)})"""
    count = scope.count(where, scope.ids)
    if not count:
        return
    states = " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(CARRIED))
    sql = f"SELECT r FROM {where} ORDER BY CASE r.state {states} END, r.attribute_id, r.item, r.exception_id"
    known, shown = _Known.of(scope), min(count, scope.limit)
    form_sheet(
        book,
        DISPOSITION,
        "Register",
        REGISTER,
        Fetched(scope.connection, f"{sql} LIMIT {shown}", scope.ids, shown, known.carried),
        notes=[REGISTER_NOTE, FILL_NOTE],
        warning=limit_warning(count, shown, "").replace(", the most severe first", ""),
        freeze=4,
    )


def status(scope: Scope) -> str:
    """Return whether the edition is issued and how far the review is, in sentences."""
    issue, review = scope.run.status, reviewed(scope)
    said = review.said("indicator" if scope.restricted else "exception")
    if issue.issued:
        return f"Status: issued, version {issue.version}. {said}"
    return f"Status: draft. {said}" if review.decided else f"Status: {DRAFT}."


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of exceptions beyond the run's own tables."""

    scope: Scope
    titles: Mapping[str, str]
    earlier: Mapping[str, Record]
    closed: Mapping[str, Sequence[dt.date]]

    @classmethod
    def of(cls, scope: Scope) -> _Known:
        return cls(scope, scope.titles, _earlier(scope), _closed(scope))

    def carried(self, row: Sequence[Any]) -> FormRow:
        """Return an item of the register that is no exception now as a row of the form."""
        (entry,) = row
        level = entry["severity"] or ""
        return (
            entry["exception_id"],
            [
                *(entry["control_id"], entry["attribute_id"], severity(level), self.titles.get(entry["attribute_id"])),
                *(entry["item"], entry["state"], NOW.get(entry["result"], entry["result"]), entry["why"]),
                *(entry["first_quarter"], entry["last_quarter"], entry["quarters_seen"], entry["age_days"]),
                *(self._before(entry), self._standing(entry), self._latest(level)),
            ],
            entry,
        )

    def row(self, row: Sequence[Any], *, undecided: bool) -> FormRow:
        """Return an item as a row of the form."""
        level, attribute, code, why, evidence, *who, late, item, file, place, control, entry = row
        return (
            entry["exception_id"],
            [
                *(control, attribute, severity(level or ""), self.titles.get(attribute), item, *who),
                *([reason(code or "")] if undecided else []),
                *(why, shorten(evidence, self.scope.pointer), file, place),
                *self.history(entry, level or "", late=bool(late), event=who[6]),
            ],
            entry,
        )

    def history(self, entry: Mapping[str, Any], level: str, *, late: bool, event: dt.date | None) -> list[Any]:
        """Return the values of `HISTORY`."""
        state, seen = entry["state"], entry["quarters_seen"]
        return [
            "yes" if late else None,
            f"{state}, {plural(seen, 'quarter')}" if state == "repeat" else state,
            *(entry["first_quarter"], seen, entry["age_days"]),
            self._back(entry, event),
            *(self._before(entry), self._standing(entry), self._latest(level)),
        ]

    def _back(self, entry: Mapping[str, Any], event: dt.date | None) -> str | None:
        """Return the closure after which this happened again, if there is one."""
        day = event or self.scope.run.period.start
        closures = [closed for closed in self.closed.get(entry["attribute_id"], ()) if closed < day]
        return f"yes: closed {max(closures)}" if closures else None

    def _before(self, entry: Mapping[str, Any]) -> str | None:
        record = self.earlier.get(entry["exception_id"])
        return _said(record.content) if record else None

    def _standing(self, entry: Mapping[str, Any]) -> str:
        changed = "; what it says has changed since it was decided" if entry["facts_changed"] else ""
        return f"{entry['standing']}{changed}"

    def _latest(self, level: str) -> dt.date | None:
        days = self.scope.run.project.longest_days.get(level)
        return None if days is None else self.scope.run.period.last_day + dt.timedelta(days=days)


def _earlier(scope: Scope) -> dict[str, Record]:
    """Return the last disposition of every exception that was decided in the review of an earlier quarter."""
    last_day = scope.run.period.last_day.isoformat()
    return {
        record.key: record
        for record in scope.journal.records
        if record.kind == DISPOSITION.kind and str(record.content.get("last_day", "")) < last_day
    }


def _closed(scope: Scope) -> dict[str, list[dt.date]]:
    """Return for every attribute the days on which audit validated that an action about it was done."""
    found: dict[str, list[dt.date]] = {}
    for life in lives(scope.journal, ACTION.kind, scope.run.project.quarters):
        action = as_of(life, scope.run.period)
        about = REFERENCE.fullmatch(action.finding) if action else None
        if action and about and action.status == VALIDATED and action.validated_on:
            found.setdefault(about[2], []).append(action.validated_on)
    return found


def _said(content: Mapping[str, Any]) -> str:
    """Return a disposition in a few words: what, until when, by whom."""
    until, who = content.get("expires_on"), [content.get("preparer"), content.get("reviewer")]
    day = content.get("reviewed_on") or content.get("prepared_on")
    parts = [str(content.get("disposition") or "withdrawn"), f"until {until}" if until else ""]
    parts += [f"by {' and '.join(str(name) for name in who if name)}" if any(who) else "", str(day or "")]
    return ", ".join(part for part in parts if part)


def _items(book: Book, scope: Scope, title: str, result: str, note: str, empty: str) -> None:
    undecided = result == "REVIEW"
    columns = (*WHAT, *WHO, *([UNDECIDED_WHY] if undecided else []), *WHY, *SOURCE, *HISTORY)
    where = f"o.result = ? AND o.control_id IN ({marks(scope.ids)})"
    values = [result, *scope.ids]
    join = "LEFT JOIN register_item AS r ON r.attribute_id = o.attribute_id AND r.item = o.item"
    first = f"r.standing NOT IN ({literals(UNDECIDED)}),"
    sql = item_sql(scope, where, join=join, also="r", first=first)
    count = scope.count(f"outstanding_item AS o WHERE {where}", values)
    shown, known = min(count, scope.limit), _Known.of(scope)
    form_sheet(
        book,
        DISPOSITION,
        title,
        columns,
        Fetched(scope.connection, sql, values, shown, lambda row: known.row(row, undecided=undecided)),
        notes=[note, FILL_NOTE, SOURCE_NOTE] if count else [note],
        warning=_limited(count, shown, scope.pointer),
        empty=empty,
        pointer=scope.pointer,
        freeze=4,
    )


def _limited(count: int, shown: int, pointer: str) -> str:
    """Return what to say when not all could be handed out."""
    said = limit_warning(count, shown, pointer)
    return f"{said} What is decided already was left out before what awaits a decision." if said else ""
