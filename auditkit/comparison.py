"""
Comparison: what people said in a returned workbook, against what the run wrote into it.

A row that is not there says nothing, nor does an empty cell; so nothing is withdrawn by deleting. Whatever stands in a
machine's cell must be what the run wrote there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from auditkit.errors import AuditkitError, Problems, RegisterError
from auditkit.form import Field, Form
from auditkit.handout import HandedRow, Handout
from auditkit.returned import FormRow, Returned, folded, is_blank
from auditkit.review import REMOVED, Problem, agrees, said, short, text_of, tidy
from auditkit.review_rules import RULES
from auditkit.workbook import Cell

MOST = 200  # problems that are listed; the rest is counted
UNKNOWN = "delete the row; if it was copied from another workbook, fill it in there"


class Change(NamedTuple):
    """
    A row in which people said something else than what the run had written.

    `written` holds the fields as the run wrote them, `said` those that differ now ("" for one taken away), `cells` the
    machine cells as written.
    """

    file: str
    row: FormRow
    cells: Mapping[str, str]
    written: Mapping[str, str]
    said: Mapping[str, str]

    @property
    def form(self) -> Form:
        """The form of the row."""
        return self.row.sheet.form

    @property
    def identity(self) -> tuple[str, str]:
        """Kind and key."""
        return self.form.kind, self.row.key

    def error(self, problem: Problem) -> RegisterError:
        """Return the error for a problem of the row, with the place of the field it concerns."""
        item = next((each for each in self.form.fields if each.name == problem.field), None)
        place, what = (self.row.place(item.title), f"{item.title} is ") if item else (self.row.place(), "")
        return RegisterError(
            f"{place}: {self.row.key}: {what}{problem.found}", path=self.file, hint=problem.hint or None
        )


@dataclass(slots=True)
class Findings:
    """
    The problems found, listed up to a number that a person can read.

    `unread` are the fields (kind, key, name) that could not be read: what the rules say of them is no news.
    """

    errors: list[AuditkitError] = field(default_factory=list)
    more: int = 0
    unread: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, error: AuditkitError) -> None:
        """Put a problem at the end."""
        if len(self.errors) < MOST:
            self.errors.append(error)
        else:
            self.more += 1

    def check(self) -> None:
        """Raise Problems if there are any."""
        if self.errors:
            count = len(self.errors) + self.more
            first = RegisterError(f"nothing was taken: {count} {'problem' if count == 1 else 'problems'}")
            rest = [RegisterError(f"and {self.more} more")] if self.more else []
            raise Problems([first, *self.errors, *rest])


@dataclass(slots=True)
class Comparison:
    """
    What came of one workbook: the changed rows, what people's cells say in every row that was looked at (`filed`, by
    kind and key), and the places of cells that were emptied.
    """

    changes: list[Change] = field(default_factory=list)
    filed: dict[str, dict[str, Mapping[str, str]]] = field(default_factory=dict)
    emptied: list[str] = field(default_factory=list)


def compare(returned: Returned, handout: Handout, found: Findings) -> Comparison:
    """Compare a returned workbook with what its run handed out; problems go into `found`."""
    result = Comparison()
    first: dict[tuple[str, str], tuple[FormRow, Mapping[str, str]]] = {}
    missing: set[tuple[str, str]] = set()
    for sheet in returned.sheets:
        for row in returned.rows(sheet):
            handed = _handed(returned.name, row, handout, found)
            if handed is None:
                continue
            cells, written = handed.cells, handed.fields
            _machine(returned.name, row, cells, found, missing)
            shown = _people(returned.name, row, written, found, result.emptied)
            spoken = _changed(shown, written)
            identity = (sheet.form.kind, row.key)
            if identity in first:
                _twice(returned.name, row, spoken, first[identity], found)
                continue
            first[identity] = (row, spoken)
            result.filed.setdefault(sheet.form.kind, {})[row.key] = shown
            if spoken:
                result.changes.append(Change(returned.name, row, cells, written, spoken))
    return result


def _handed(name: str, row: FormRow, handout: Handout, found: Findings) -> HandedRow | None:
    """Return the row as the run wrote it, an empty one for a row that people added."""
    form = row.sheet.form
    if row.cell(form.key).kind or not row.key:
        what = "a formula" if row.cell(form.key).kind == "formula" else row.key or "empty"
        message = f"{row.place()}: {form.key} is {what}, and something was filled in"
        found.add(RegisterError(message, path=name, hint=f"write the {form.key.lower()} into it"))
        return None
    handed = handout.rows.get((form.kind, row.key))
    if handed is not None:
        return handed
    own = RULES[form.kind].added
    if own is None:
        message = f"{row.place()}: {short(row.key)} is none of the rows that run {handout.run} wrote"
        found.add(RegisterError(message, path=name, hint=UNKNOWN))
    elif own.fullmatch(row.key):
        return HandedRow(row.sheet.title, "{}", "{}")
    else:
        message = f"{row.place()}: {short(row.key)} cannot name a row of your own"
        hint = "use letters, digits, points and dashes, with at least one digit: F-07"
        found.add(RegisterError(message, path=name, hint=hint))
    return None


def _machine(name: str, row: FormRow, cells: Mapping[str, str], found: Findings, missing: set[tuple[str, str]]) -> None:
    """Say which machine cells are not what the run wrote."""
    sheet = row.sheet
    for heading, text in cells.items():
        if heading == sheet.form.key:
            continue
        if folded(heading) not in sheet.columns:
            if (sheet.title, heading) not in missing:
                missing.add((sheet.title, heading))
                hint = "put the column back; hide it if it is in the way"
                message = f"{sheet.title}, row {sheet.head}: no column is headed {heading!r}"
                found.add(RegisterError(message, path=name, hint=hint))
            continue
        value = row.cell(heading).value
        if value != text and not agrees(text, value):
            message = f"{row.place(heading)}: {row.key}: {heading} was {short(text)}, is {short(text_of(value))}"
            hint = "write back what it was; what is wrong there is said in the explanation, never in the cell"
            found.add(RegisterError(message, path=name, hint=hint))


def _people(name: str, row: FormRow, written: Mapping[str, str], found: Findings, emptied: list[str]) -> dict[str, str]:
    """Return what people's cells say; an empty one says nothing."""
    shown = {}
    for item in row.sheet.form.fields:
        cell, before = row.cell(item.title), written.get(item.name, "")
        if is_blank(cell):
            if before:
                emptied.append(row.place(item.title))
            continue
        text, problem = _said(item, cell, before)
        if problem is not None:
            place = f"{row.place(item.title)}: {row.key}: {item.title} is {problem.found}"
            found.add(RegisterError(place, path=name, hint=problem.hint))
            found.unread.add((row.sheet.form.kind, row.key, item.name))
        elif text:
            shown[item.name] = text
    return shown


def _changed(shown: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
    """Return what people say where it is not what the run had written, "" where they take it away."""
    return {
        name: "" if text == REMOVED else text
        for name, text in shown.items()
        if text == REMOVED or text != tidy(written.get(name, ""))
    }


def _said(item: Field, cell: Cell, before: str) -> tuple[str, Problem | None]:
    if cell.kind == "formula":
        return "", Problem(item.name, "a formula", "type what it should say")
    if cell.kind == "error":
        return "", Problem(item.name, f"the error {cell.value}", "type what it should say")
    if before and agrees(before, cell.value):
        return tidy(before), None
    return said(item, cell.value)


def _twice(
    name: str, row: FormRow, spoken: Mapping[str, str], first: tuple[FormRow, Mapping[str, str]], found: Findings
) -> None:
    other, before = first
    if spoken != before:
        message = f"{row.place()}: {row.key} stands in {other.place()} too, and they do not say the same"
        found.add(RegisterError(message, path=name, hint="delete the row that does not count"))


def notes(returned: Returned, handout: Handout, result: Comparison) -> Sequence[str]:
    """Return what a person should know of a workbook besides its changes: what in it said nothing."""
    found = []
    if result.emptied:
        shown = ", ".join(result.emptied[:5]) + (f" and {len(result.emptied) - 5} more" if result.emptied[5:] else "")
        found.append(f"{returned.name}: emptied cells say nothing ({shown}); {REMOVED} takes a value away")
    there = {sheet.form.kind for sheet in returned.sheets}
    lost = sorted({row.sheet for (kind, _), row in handout.rows.items() if kind not in there})
    if lost:
        found.append(f"{returned.name}: not in the file: {', '.join(lost)}")
    return found
