"""
Merge: one word about every field, from the workbooks that came back and from what the journal says already.

A field counts as changed where it differs from what the run had written into the workbook. Where two have changed the
same field to different values, nobody's word is taken in silence: it is a conflict, and nothing of that row is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from auditkit.comparison import Change
from auditkit.errors import RegisterError
from auditkit.form import FORMS, Form
from auditkit.review import Problem, same_person

JOURNAL = "the journal"
# Who put their name to a row, and when. A file that shows what the journal has got since knows it, and what it says
# differently is meant: reviewers correct the preparer, and people go on in their own file.
SIGNED_BY: Mapping[str, tuple[tuple[str, str], ...]] = {
    "disposition": (("preparer", "prepared_on"), ("reviewer", "reviewed_on")),
    "sign_off": (("preparer", "prepared_on"), ("reviewer", "reviewed_on"), ("approved_by", "approved_on")),
    "attestation": (("attested_by", "attested_on"),),
}
TELLING = 20  # characters of a text that nobody writes a second time by chance


class Conflict(NamedTuple):
    """Two values of one field of a row: who says what."""

    form: Form
    key: str
    field: str
    sides: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """A row as it will stand: `before` is what the journal says of it so far, `by` the file's row behind each field."""

    form: Form
    key: str
    cells: Mapping[str, str]
    before: Mapping[str, Any]
    content: Mapping[str, Any]
    by: Mapping[str, Change]

    @property
    def replaced(self) -> Sequence[tuple[str, str, str]]:
        """Of what is changed, that where the journal said something else so far."""
        return [each for each in self.changed if each[1]]

    @property
    def changed(self) -> Sequence[tuple[str, str, str]]:
        """Heading of every field that becomes another, what it was and what it will be."""
        return [
            (field.title, str(self.before.get(field.name, "")), str(self.content.get(field.name, "")))
            for field in self.form.fields
            if field.name in self.by
        ]

    def error(self, problem: Problem) -> RegisterError:
        """Return the error for a problem of the row, in the file that brought the field in question."""
        change = self.by.get(problem.field) or next(iter(self.by.values()))
        return change.error(problem)


def merge(
    changes: Sequence[Change], latest: Mapping[tuple[str, str], Mapping[str, Any]], prefer: str | None = None
) -> tuple[list[Merged], list[Conflict]]:
    """
    Return the rows to record, in the order of forms and keys, and the conflicts.

    `latest` is the content of the journal's last record by kind and key; `prefer` names the file whose word counts
    where there would be a conflict.
    """
    rows: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        rows.setdefault(change.identity, []).append(change)
    order = {form.kind: place for place, form in enumerate(FORMS)}
    merged, conflicts = [], []
    for identity in sorted(rows, key=lambda each: (order[each[0]], each[1])):
        row, against = _row(rows[identity], latest.get(identity, {}), prefer)
        if against:
            conflicts += against
        elif row.by:
            merged.append(row)
    return merged, conflicts


def _row(changes: Sequence[Change], now: Mapping[str, Any], prefer: str | None) -> tuple[Merged, list[Conflict]]:
    form, key = changes[0].form, changes[0].row.key
    content, by = dict(now), {}
    conflicts = []
    for field in form.fields:
        sides = [change for change in changes if field.name in change.said]
        preferred = [change for change in sides if change.file == prefer]
        if not sides:
            continue
        standing, chosen = str(now.get(field.name, "")), (preferred or sides)[0]
        value = chosen.said[field.name]
        against = [change for change in sides if change.said[field.name] != value]
        moved = standing not in (value, chosen.written.get(field.name, "")) and not _knows(chosen, now)
        if not preferred and (against or moved):
            said = [(change.file, change.said[field.name]) for change in (chosen, *against)]
            conflicts.append(Conflict(form, key, field.title, (*([(JOURNAL, standing)] if moved else []), *said)))
        elif value != standing:
            by[field.name] = chosen
            content[field.name] = value
    content = {name: value for name, value in content.items() if value != ""}
    return Merged(form, key, changes[0].cells, now, content, by), conflicts


def _knows(change: Change, now: Mapping[str, Any]) -> bool:
    """
    Whether a file shows what the journal has got for the row since the file was written.

    Names, with the day or a later one; for rows that nobody signs, a longer text word for word.
    """
    shown = {**change.written, **change.said}
    since = {name: str(text) for name, text in now.items() if str(text) != change.written.get(name, "")}
    signed = SIGNED_BY.get(change.form.kind)
    if signed is None:
        texts = [field.name for field in change.form.fields if field.kind == "text"]
        return any(len(since.get(name, "")) >= TELLING and shown.get(name) == since[name] for name in texts)
    moved = [(who, day) for who, day in signed if who in since or day in since]
    return bool(moved) and all(
        same_person(str(now.get(who, "")), shown.get(who, "")) and shown.get(day, "") >= str(now.get(day, ""))
        for who, day in moved
    )
