"""
Two quarters compared: the change of every attribute's exceptions, and what changed of definitions and parameters.

What did not change is not replayed: where rules and values are the same, the later run itself says what the later
data shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from auditkit import disposition, private, replay, signature
from auditkit.catalogue import load_catalogue, parameters_of
from auditkit.change import Change
from auditkit.control import Catalogue, Control
from auditkit.errors import AuditkitError, ProjectError
from auditkit.journal import Journal, Record
from auditkit.key import Key
from auditkit.parameter import ParameterValue
from auditkit.period import Period
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.replay import Found, Kept

QUARTER = re.compile(r"\d{4}-Q[1-4]")


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A parameter that has another value, is new (`before` None) or gone (`after` None), who approved it and why."""

    name: str
    before: str | None
    after: str | None
    approved_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """The change of every attribute; of definitions by file (added, removed, changed); of parameter values."""

    before: Kept
    after: Kept
    changes: tuple[Change, ...]
    definitions: Mapping[str, str]
    parameters: tuple[ParameterChange, ...]
    restricted: tuple[str, ...]


def compare(project: Project, quarters: tuple[str, str], key: Key, journal: Journal, progress: Progress) -> Difference:
    """
    Compare the last whole runs of two quarters, the earlier one first.

    Raises ProjectError for quarters in another order, RunError where one of them has no whole run.
    """
    if quarters[0] >= quarters[1]:
        message = "the earlier quarter comes first, the later one second"
        raise ProjectError(message, hint="for example: auditkit diff 2026-Q2 2026-Q3")
    before, after = (Kept.of(project, quarter) for quarter in quarters)
    then, now = before.project(project), after.project(project)
    old, new = load_catalogue(then.controls), load_catalogue(now.controls)
    restricted = {control.id for catalogue in (old, new) for control in catalogue.controls if control.restricted}
    decided = tuple(_decided(project, kept, journal, key) for kept in (before, after))
    with private.temporary() as folder:
        sides = _Sides(project, before, after, old, new, parameters_of(new, now), frozenset(restricted), folder)
        changes = tuple(sides.changes(decided, progress))
    return Difference(
        before,
        after,
        changes,
        changed_files(before.content["definitions"], after.content["definitions"]),
        tuple(sides.parameters()),
        tuple(sorted(restricted)),
    )


@dataclass(frozen=True, slots=True)
class _Decided:
    """What was decided about exceptions by the end of one quarter's audit."""

    records: Mapping[str, Record]
    period: Period
    key: Key
    longest: Mapping[str, int]

    def counted(self, control: str, attribute: str, items: Mapping[str, str]) -> frozenset[str]:
        """Return the ids of the exceptions among `items` that are not set aside."""
        ids = {self.key.exception_id(control, attribute, item): severity for item, severity in items.items()}
        return frozenset(
            id_ for id_, severity in ids.items() if self._standing(id_, severity) not in disposition.SET_ASIDE
        )

    def _standing(self, id_: str, severity: str) -> str:
        return disposition.standing(self.records.get(id_), severity, self.period, self.longest)


def _decided(project: Project, kept: Kept, journal: Journal, key: Key) -> _Decided:
    records = as_of(journal, project.output, kept.quarter).latest("disposition")
    return _Decided(records, project.period(kept.quarter), key, project.longest_days)


def as_of(journal: Journal, output: Path, quarter: str) -> Journal:
    """
    Return the journal without what was decided later than in the audit of `quarter`.

    That is what was decided after the quarter was issued for the last time, and in the review of later quarters.
    """
    later = {
        run.name
        for folder in output.glob("*-Q*")
        if QUARTER.fullmatch(folder.name) and folder.name > quarter
        for run in folder.iterdir()
    }
    issued = [record.number for record in journal.records if record.kind == "issue" and _quarter(record) == quarter]
    last = max(issued, default=len(journal.records))
    kept = (record for record in journal.records if record.number <= last and record.run not in later)
    return replace(journal, records=tuple(kept))


def _quarter(record: Record) -> str:
    return str(record.content.get("quarter", ""))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both quarters' definitions, and the later one's values."""

    project: Project
    before: Kept
    after: Kept
    old: Catalogue
    new: Catalogue
    values: Mapping[str, Mapping[str, ParameterValue]]
    restricted: frozenset[str]
    folder: Path

    def changes(self, decided: tuple[_Decided, ...], progress: Progress) -> Iterator[Change]:
        old, new = self._controls(self.old), self._controls(self.new)
        then, now = self.before.exceptions(), self.after.exceptions()
        ruled = frozenset(id_ for id_ in old if id_ not in new or self._ruled(old[id_], new[id_]))
        valued = frozenset(id_ for id_ in new if self._valued(new[id_], known=id_ in old))
        with_values = self._replayed(self.new, self.after.project(self.project).controls, valued, progress)
        with_rules = self._replayed(self.old, None, ruled, progress)
        for control in sorted({*old, *new}):
            attributes = {a.id for side in (old, new) if control in side for a in side[control].attributes}
            for attribute in sorted(attributes):
                last = now.get(attribute, {})
                second = with_values.of(attribute) if control in valued else last
                first = with_rules.of(attribute) if control in ruled else second
                # what a control that does not exist finds, is nothing
                first = {} if control not in old else first
                second = {} if control not in new else second
                found = (then.get(attribute, {}), first, second, last)
                sets = [None if each is None else decided[0].counted(control, attribute, each) for each in found]
                sets.append(decided[1].counted(control, attribute, last))
                seen = frozenset(then.get(attribute, {})), frozenset(last)
                notes = [*self._notes(attribute), *with_rules.said(attribute, first)]
                notes += with_values.said(attribute, second)
                yield Change.of(attribute, sets, seen, dict.fromkeys(notes))

    def _controls(self, catalogue: Catalogue) -> dict[str, Control]:
        return {control.id: control for control in catalogue.controls if control.id not in self.restricted}

    def _ruled(self, old: Control, new: Control) -> bool:
        return signature.rules(self.old, old) != signature.rules(self.new, new)

    def _valued(self, control: Control, *, known: bool) -> bool:
        """Whether a value differs from the earlier run's, or, of a parameter that is new, from its default."""
        then = self.before.values if known else {}
        for name, value in self.values[control.id].items():
            try:
                earlier = value.parameter.read(then.get((control.id, name), value.parameter.default))
            except ValueError:
                return True
            if earlier != value.value:
                return True
        return False

    def _replayed(
        self, catalogue: Catalogue, controls: Path | None, select: frozenset[str], progress: Progress
    ) -> _Replayed:
        if not select:
            return _Replayed({}, frozenset())
        try:
            if controls is None:
                later = self.after.project(self.project).controls
                controls = replay.older_rules(self.before.project(self.project).controls, later, self.folder)
            values = replay.overrides(catalogue, self.before.values)
            return _Replayed(*replay.replay(self.after, self.project, controls, values, select, progress))
        except AuditkitError as error:
            return _Replayed({}, frozenset(), error.message.split("\n", 1)[0])

    def _notes(self, attribute: str) -> Iterator[str]:
        for kept in (self.before, self.after):
            if attribute not in kept.concluded:
                yield f"not in {kept.quarter}"
            elif not kept.concluded[attribute]:
                yield f"not concluded in {kept.quarter}"

    def parameters(self) -> Iterator[ParameterChange]:
        """Yield the parameters of open controls that differ, by name."""
        now = {(control, name): value for control, values in self.values.items() for name, value in values.items()}
        for control, name in sorted({*self.before.values, *self.after.values}):
            before = self.before.values.get((control, name))
            after = self.after.values.get((control, name))
            if control in self.restricted or before == after:
                continue
            value = now.get((control, name))
            who, why = (value.approved_by, value.reason or value.origin) if value else ("", "")
            yield ParameterChange(f"{control}.{name}", before, after, who, why)


@dataclass(frozen=True, slots=True)
class _Replayed:
    """What a replay found, the attributes whose query did not run, and why there was no replay at all."""

    found: Found
    failed: AbstractSet[str]
    stopped: str = ""

    def of(self, attribute: str) -> Mapping[str, str] | None:
        return None if self.stopped or attribute in self.failed else self.found.get(attribute, {})

    def said(self, attribute: str, items: Mapping[str, str] | None) -> Iterator[str]:
        if items is None:
            why = self.stopped or ("its query did not run" if attribute in self.failed else "")
            if why:
                yield f"could not be replayed: {why}"


def changed_files(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return what became of each definition that is not as it was: added, removed or changed."""
    return {
        name: "added" if name not in before else "removed" if name not in after else "changed"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }
