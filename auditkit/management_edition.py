"""
The management editions: one file per owner of findings or actions, with nothing of anybody else's.

Each is written by its own query. Where a record of an extract must be named, a pseudonym stands, keyed per file and
run, so that two files cannot be joined. Only for the attributes that the project lists, because nobody could mend them
otherwise, the identifiers themselves stand; names never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import board_finding, board_follow_up, finding
from auditkit.action import VALIDATED
from auditkit.book import Book
from auditkit.draft import ACTIVE, LEFT
from auditkit.private import write_file
from auditkit.sheet import Column, table_sheet
from auditkit.wording import DRAFT, ENGLISH, plural, rating, span

if TYPE_CHECKING:
    import duckdb

    from auditkit.action import Action
    from auditkit.finding import Finding
    from auditkit.key import Key
    from auditkit.result import Run

LONGEST_NAME = 60
MOST_ITEMS = 20_000
FINDINGS = (
    Column("Finding", least=15),
    Column("Title", "wrap", most=28),
    Column("Rating", least=11),
    Column("Criteria", "wrap", most=40),
    Column("Condition", "wrap", most=40),
    Column("Cause", "wrap", most=34),
    Column("Consequence", "wrap", most=34),
    Column("Recommendation", "wrap", most=38),
    Column("Your response", "wrap", most=30),
    Column("Due", "date", least=12),
    Column("Days overdue", "int", least=10),
)
ACTIONS = (
    Column("Action", least=13),
    Column("What is to be done", "wrap", most=44),
    Column("Finding", least=15),
    Column("Original due", "date", least=12),
    Column("Current due", "date", least=12),
    Column("Extensions", "int", least=10),
    Column("State", "wrap", most=30),
    Column("Validated by audit", least=12),
    Column("Days overdue", "int", least=10),
)
ITEMS = (
    Column("Finding", least=15),
    Column("Item", "wrap", least=14, most=34),
    Column("What should be so", "wrap", most=40),
    Column("Person", least=14),
    Column("Event date", "date", least=12),
    Column("Amount", "amount", least=12),
    Column("Currency", least=10),
    Column("Review", least=14),
    Column("Quarters seen", "int", least=10),
)


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner (a role): the name as most records write it, the findings and the actions."""

    name: str
    findings: tuple[Finding, ...]
    actions: tuple[Action, ...]


def owners(run: Run) -> tuple[Owner, ...]:
    """Return the owners of living findings and of actions open or closed in the quarter, by name."""
    state = run.follow_up
    found: dict[str, tuple[list[str], list[Finding], list[Action]]] = {}
    for each in finding.living(state.findings, run.period):
        names, mine, _ = found.setdefault(_folded(each["owner"]), ([], [], []))
        names.append(each["owner"])
        mine.append(each)
    for action in board_follow_up.shown(state, run):
        names, _, own = found.setdefault(_folded(action.owner), ([], [], []))
        names.append(action.owner)
        own.append(action)
    return tuple(
        Owner(min(names, key=lambda name: (-names.count(name), name)), tuple(mine), tuple(own))
        for key, (names, mine, own) in sorted(found.items())
        if key
    )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def file_names(label: str, found: Sequence[Owner]) -> list[str]:
    """Return a file name for each owner that any file system takes, no two alike."""
    taken: set[str] = set()
    names = []
    for owner in found:
        safe = re.sub(r"\W+", "_", owner.name).strip("_")[:LONGEST_NAME].strip("_") or "owner"
        name, number = safe, 1
        while name.casefold() in taken:
            number += 1
            name = f"{safe}_{number}"
        taken.add(name.casefold())
        names.append(f"management_{label}_M_{name}.xlsx")
    return names


def write(run: Run, connection: duckdb.DuckDBPyConnection, key: Key, folder: Path) -> tuple[Path, ...]:
    """Write a file for every owner into `folder` and return them; restricted controls are in none of them."""
    found = owners(run)
    paths = [folder / name for name in file_names(run.period.label, found)]
    for path, owner in zip(paths, found, strict=True):
        write_file(path, make(run, connection, key, owner).data())
    return tuple(paths)


def make(run: Run, connection: duckdb.DuckDBPyConnection, key: Key, owner: Owner) -> Book:
    """Return one owner's workbook."""
    status = f"ISSUED, version {run.status.version}" if run.status.issued else DRAFT
    book = Book(
        f"Integrity controls {run.period.label}, for {owner.name}",
        run.declared_at,
        header=f"{status} - for {owner.name} only",
        footer=f"{run.project.organisation}, run {run.id}",
    )
    notes = [
        f"{run.project.organisation}, {run.period.label}: {span(run.period)}. Run {run.id}. Status: {status}.",
        f"For {owner.name} only: {plural(len(owner.findings), 'finding')}, {plural(len(owner.actions), 'action')}.",
    ]
    last = run.period.last_day
    table_sheet(
        *(book, "Findings", FINDINGS, [_finding(each, run) for each in owner.findings]),
        notes=[*notes, f"State on {ENGLISH.day(last)}. Please answer each recommendation, with a date."],
        empty="No finding is addressed to you.",
        paper="A3",
        freeze=2,
    )
    table_sheet(
        *(book, "Actions", ACTIONS, [_action(each) for each in owner.actions]),
        notes=[f"State on {ENGLISH.day(last)}. An action is closed when audit has validated it on evidence."],
        empty="No action is yours.",
        freeze=2,
    )
    rows = list(_items(run, connection, key, owner))
    warning = f"{plural(len(rows) - MOST_ITEMS, 'further item')} not shown here." if len(rows) > MOST_ITEMS else ""
    table_sheet(
        *(book, "Items", ITEMS, rows[:MOST_ITEMS]),
        notes=[
            "What stands behind your findings in this quarter, without what reviewers set aside. P- marks a pseudonym "
            "that holds in this file only; internal audit tells you on request which record it is."
        ],
        warning=warning,
        empty="No item of this quarter stands behind your findings.",
    )
    return book


def _finding(found: Finding, run: Run) -> list[Any]:
    state = run.follow_up
    return [
        found.key,
        found["title"],
        rating(found.rating, ENGLISH),
        board_finding.criteria(found, state, run),
        board_finding.condition(found, state, run, ENGLISH),
        found["cause"],
        found["consequence"],
        found["recommendation"],
        found["management_response"],
        found.due,
        found.days_overdue(run.period.last_day),
    ]


def _action(action: Action) -> list[Any]:
    return [
        action.key,
        action.title,
        action.finding,
        action.original_due,
        action.due,
        action.extensions,
        board_follow_up.status(action, ENGLISH),
        "yes" if action.status == VALIDATED else "no",
        action.days_overdue,
    ]


def _items(run: Run, connection: duckdb.DuckDBPyConnection, key: Key, owner: Owner) -> Iterator[list[Any]]:
    """Yield the items behind the owner's findings: of their attributes, and those that reviewers linked to them."""
    attributes: Mapping[str, str] = {each.attribute: each.key for each in owner.findings if each.attribute}
    references = {each.key for each in owner.findings}
    titles = {a.id: a.title for control in run.controls for a in control.control.attributes}
    rows = connection.execute(
        f"""SELECT r.finding, r.attribute_id, r.exception_id, r.item, o.person_id, o.event_date, o.amount, o.currency,
    r.standing, r.quarters_seen
FROM register_item AS r
LEFT JOIN outstanding_item AS o ON o.attribute_id = r.attribute_id AND o.item = r.item AND o.result = r.result
WHERE NOT r.restricted AND {ACTIVE} AND {LEFT}
    AND (LIST_CONTAINS(CAST($attributes AS VARCHAR[]), r.attribute_id) AND r.finding IS NULL
        OR LIST_CONTAINS(CAST($findings AS VARCHAR[]), r.finding))
ORDER BY r.attribute_id, o.event_date, r.exception_id""",
        {"attributes": sorted(attributes), "findings": sorted(references)},
    ).fetchall()
    edition = f"M/{_folded(owner.name)}/{run.id}"
    for linked, attribute, exception, item, person, day, amount, currency, standing, seen in rows:
        named = attribute in run.project.follow_up.identified
        yield [
            linked or attributes[attribute],
            item if named else key.pseudonym(edition, exception),
            titles.get(attribute, attribute),
            person if named or person is None else key.pseudonym(edition, person),
            *(day, amount, currency, standing, seen),
        ]
