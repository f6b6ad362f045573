"""
Sign-off: who prepared, who reviewed and who approved the work on a control in a quarter, each bound to what they saw.

Name and day are a person's, what a signature is bound to is the machine's and cannot be typed. The state of a control
follows from both: *broken* as soon as anything that one of the signatures was bound to has changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auditkit.form import DISPOSITION, SIGN_OFF
from auditkit.journal import Journal, Record
from auditkit.review import REMOVED, same_person
from auditkit.signature import Ground, dispositions

if TYPE_CHECKING:
    from auditkit.review import Context

NOT_SIGNED, PREPARED, REVIEWED, APPROVED, BROKEN = "not signed", "prepared", "reviewed", "approved", "broken"
STATES = (NOT_SIGNED, PREPARED, REVIEWED, APPROVED, BROKEN)
BOUND = "bound_to"  # in a record: role -> the ground it was signed on; never a person's to write
# role, the field with who it is, the field with the day
ROLES = (
    (PREPARED, "preparer", "prepared_on"),
    (REVIEWED, "reviewer", "reviewed_on"),
    (APPROVED, "approved_by", "approved_on"),
)
CONTROL, SIGNED = "Control id", "What is signed"  # headings of machine cells that `complete` reads


@dataclass(frozen=True, slots=True)
class SignOff:
    """The sign-off of one control: `content` as recorded, `state`, and what was `changed` since a broken signature."""

    control: str
    present: Ground
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> tuple[str, ...]:
        """What is no longer as it was when somebody signed: data, control, parameters, dispositions."""
        grounds = [ground for role, _, _ in ROLES if (ground := self._ground(role)) is not None]
        found = {name for ground in grounds for name in self.present.changed_since(ground)}
        return tuple(name for name in ("data", "control", "parameters", "dispositions") if name in found)

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.changed:
            return BROKEN
        signed = [role for role, _, _ in ROLES if self._ground(role) is not None]
        return signed[-1] if signed else NOT_SIGNED

    @property
    def notes_open(self) -> int:
        """Review notes that nobody has cleared."""
        return whole(self.content.get("notes_open")) or 0

    @property
    def design_gap(self) -> bool:
        """Whether the reviewer found that the control is missing or cannot meet its objective."""
        return self.content.get("design_gap") == "yes"

    def holds(self, role: str) -> bool:
        """Whether somebody signed in that role, and on what stands now."""
        return self._ground(role) == self.present

    def _ground(self, role: str) -> Ground | None:
        return Ground.read(str(dict(self.content.get(BOUND) or {}).get(role, "")))

    @property
    def said(self) -> str:
        """The state in words, with what broke it and whose signatures no longer hold."""
        if self.state != BROKEN:
            return self.state
        who = [
            f"{role} by {self.content.get(name)} on {self.content.get(day)}"
            for role, name, day in ROLES
            if self._ground(role) is not None and not self.holds(role)
        ]
        return f"broken: {', '.join(self.changed)} changed after it was {'; '.join(who)}"

    @property
    def fields(self) -> dict[str, Any]:
        """
        What the people's cells of a new workbook show: a signature that no longer holds is left blank.

        So that whoever signs again signs what this workbook shows, and does so by writing it anew.
        """
        shown = {item.name: self.content.get(item.name) for item in SIGN_OFF.fields}
        for role, name, day in ROLES:
            if not self.holds(role):
                shown[name] = shown[day] = None
        return shown


def key(control: str, quarter: str) -> str:
    """Return the key of a control's row: every quarter is signed for itself."""
    return f"{control} {quarter}"


def sign_offs(grounds: Mapping[str, Ground], journal: Journal, quarter: str) -> tuple[SignOff, ...]:
    """Return the sign-off of every control of `grounds` in a quarter, by the decisions and signatures in `journal`."""
    recorded = journal.latest(SIGN_OFF.kind)
    found = []
    for control in sorted(grounds):
        record = recorded.get(key(control, quarter))
        present = grounds[control].decided(journal, control)
        found.append(SignOff(control, present, record.content if record else {}))
    return tuple(found)


def problems(content: Mapping[str, Any], context: Context) -> list[str]:
    """Return what is wrong with the row as it would stand: its own cells, and what its signer cannot have seen."""
    signs = context.changed & {name for _, name, _ in ROLES}
    return [*wrong(content), *(_unseen(context) if signs else ())]


def _unseen(context: Context) -> Iterable[str]:
    """Say so where the journal holds another decision about an exception of the file than the file that is signed."""
    control = context.cells[CONTROL]
    filed = {id_: _kept(row) for id_, row in context.filed.get(DISPOSITION.kind, {}).items()}
    names = [item.name for item in DISPOSITION.fields]
    others = sum(
        any(_text(content.get(name)) != _text(filed[id_].get(name)) for name in names)
        for id_, content in dispositions(context.journal, control).items()
        if id_ in filed
    )
    if others:
        found = "1 disposition" if others == 1 else f"{others} dispositions"
        yield f"{found} of {control} came from elsewhere and does not stand in this file; run again and sign there"


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value != REMOVED}


def wrong(content: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the people's cells of one row; an empty row is in order."""
    found = [*_incomplete(content), *_out_of_order(content)]
    names = {name: _text(content.get(name)) for _, name, _ in ROLES}
    if same_person(names["reviewer"], names["preparer"]):
        found.append("reviewer and preparer are the same person; another person reviews")
    if same_person(names["approved_by"], names["preparer"]):
        found.append("preparer and approver are the same person; nobody approves their own work")
    raw = content.get("notes_open")
    count = whole(raw)
    if not _blank(raw) and count is None:
        found.append(f"review notes open is {raw!r}; write a whole number, 0 if none is")
    elif not _blank(content.get("review_notes")) and count is None:
        found.append("there are review notes; write how many of them are open, 0 if none is")
    if names["approved_by"] and count:
        found.append(f"approved with {count} review notes open; clear them first")
    gap = content.get("design_gap")
    if not _blank(gap) and gap not in ("yes", "no"):
        found.append(f"design gap is {gap!r}; write yes or no")
    return found


def _incomplete(content: Mapping[str, Any]) -> Iterable[str]:
    before = ""
    for role, name, day in ROLES:
        who, when = not _blank(content.get(name)), not _blank(content.get(day))
        if who != when:
            yield f"{role}: {'the day' if who else 'the name'} is missing; a signature is a name and a day"
        if who and before:
            yield f"{role}, but not {before}; the {before} signature comes first"
        before = before or ("" if who else role)


def _out_of_order(content: Mapping[str, Any]) -> Iterable[str]:
    last: tuple[str, dt.date] | None = None
    for role, _, name in ROLES:
        if _blank(content.get(name)):
            continue
        day = date(content.get(name))
        if day is None:
            yield f"{role} on {content.get(name)!r}, which is not a date"
            continue
        if last is not None and day < last[1]:
            yield f"{role} on {day}, before it was {last[0]} on {last[1]}"
        last = (role, day)


def complete(content: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return what is to be recorded: the people's cells, and what each signature is bound to."""
    shown = Ground.read(context.cells[SIGNED])
    if shown is None:
        return dict(content)
    earlier = context.journal.latest(SIGN_OFF.kind).get(context.key)
    now = shown.decided(context.journal, context.cells[CONTROL])
    return bind(content, earlier, context.changed, context.run, now)


def bind(
    content: Mapping[str, Any], earlier: Record | None, changed: Collection[str], run: str, now: Ground
) -> dict[str, Any]:
    """
    Return `content` with what each signature is bound to.

    `changed` are the fields that a person wrote into this file of `run`: only who signs in it is bound to `now`, what
    the file shows with the decisions it brings. Every other signature stays bound to what its signer saw, and so does
    one that an earlier import of the same file has recorded already.
    """
    before = earlier.content if earlier else {}
    bound = {}
    for role, name, day in ROLES:
        if _blank(content.get(name)):
            continue
        kept = dict(before.get(BOUND) or {}).get(role)
        same = all(_text(content.get(each)) == _text(before.get(each)) for each in (name, day))
        recorded = same and earlier is not None and earlier.run == run
        bound[role] = str(now) if {name, day} & set(changed) and not (recorded and kept) else kept or ""
    return {name: value for name, value in content.items() if name != BOUND} | ({BOUND: bound} if bound else {})


def whole(value: object) -> int | None:
    """Return a whole number from 0 on, None for anything else."""
    text = _text(value)
    text = text.removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() else None


def date(value: object) -> dt.date | None:
    """Return a day, None for what is none."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(_text(value))
    except ValueError:
        return None


def _blank(value: object) -> bool:
    return _text(value) == ""


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
