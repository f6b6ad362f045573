"""
Import of a review: what people wrote into returned workbooks becomes records of the journal, all of it or nothing.

What the restricted edition brings goes to the sealed journal; whoever calls says no more of it than `RESTRICTED`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import comparison, disposition, earlier_register, handout, manifest, returned, vault
from auditkit import journal as journals
from auditkit.comparison import Findings
from auditkit.control import SEVERITIES
from auditkit.errors import AuditkitError, RegisterError
from auditkit.form import DISPOSITION, FINDING, FORMS
from auditkit.handout import Handout
from auditkit.journal import Entry, Journal
from auditkit.merge import Conflict, Merged, merge
from auditkit.registration import RESTRICTED_JOURNAL
from auditkit.returned import Returned
from auditkit.review import Context, Problem
from auditkit.review_rules import RULES

if TYPE_CHECKING:
    from auditkit.project import Project

RESTRICTED_SHEET = "indicators"
Filed = Mapping[str, Mapping[str, Mapping[str, str]]]


class Withheld(RegisterError):
    """Raised for the restricted edition in place of what is wrong with it, which is kept in `error`."""

    def __init__(self, error: AuditkitError) -> None:
        """Keep the error; the message says nothing of it."""
        self.error = error
        hint = "nothing was taken; --show-restricted says why, on a terminal only"
        super().__init__("restricted edition: refused", hint=hint)


@dataclass(frozen=True, slots=True)
class Options:
    """What an import is asked to do: `run` takes workbooks of that run, `prefer` decides conflicts for one file."""

    passphrase: str | None = None
    run: str | None = None
    prefer: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What an import took. `unchanged` counts the rows that say nothing new, `open` the exceptions of the run that still
    await a decision, by severity; `notes` is what a person should know besides.
    """

    run: str
    restricted: bool
    dry_run: bool
    taken: tuple[Merged, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: int
    open: Mapping[str, int]
    notes: tuple[str, ...]


def import_review(project: Project, files: Sequence[Path], options: Options, at: dt.datetime) -> Outcome:
    """
    Take what people wrote into the workbooks `files`; `at` is when, in UTC.

    Raises RegisterError or Problems, with nothing taken; Withheld where a restricted edition is refused.
    """
    sealed = {returned.is_encrypted(path) for path in files}
    if len(sealed) > 1:
        raise RegisterError("an encrypted workbook beside others", hint="import the restricted edition by itself")
    if options.prefer is not None and options.prefer not in {str(path) for path in files}:
        hint = f"name one of: {', '.join(map(str, files))}"
        raise RegisterError(f"--prefer {options.prefer} is none of the files", hint=hint)
    read = [returned.read(path, options.passphrase) for path in files]
    if sealed == {False}:
        return _import(project, read, options, at, restricted=False)
    try:
        return _import(project, read, options, at, restricted=True)
    except AuditkitError as error:
        raise Withheld(error) from None


def _import(
    project: Project, files: Sequence[Returned], options: Options, at: dt.datetime, *, restricted: bool
) -> Outcome:
    found = Findings()
    for file in files:
        _kind(file, restricted)
        for problem in file.problems:
            found.add(problem)
    handed = _handout(project, files, options, restricted)
    results = [comparison.compare(file, handed, found) for file in files]
    journal = _journal(project, options, restricted)
    latest = {(form.kind, key): r.content for form in FORMS for key, r in journal.latest(form.kind).items()}
    merged, conflicts = merge([change for each in results for change in each.changes], latest, options.prefer)
    if restricted and conflicts:  # a part that was taken would have to be told
        raise RegisterError(f"{len(conflicts)} conflicts", hint="\n  ".join(map(said, conflicts)))
    filed = {file.name: result.filed for file, result in zip(files, results, strict=True)}
    joined = _checked(Checking(project, handed, journal, latest, filed, at), merged, found)
    for conflict in conflicts if found.errors else ():
        found.add(RegisterError(f"conflict: {said(conflict)}"))
    found.check()
    entries = joined.records[len(journal.records) :]
    if entries and not options.dry_run:
        journal.append(entries, at)
    rows = {(kind, key) for each in results for kind, keys in each.filed.items() for key in keys}
    notes = [
        note for file, result in zip(files, results, strict=True) for note in comparison.notes(file, handed, result)
    ]
    return Outcome(
        handed.run,
        restricted,
        options.dry_run,
        tuple(merged),
        tuple(conflicts),
        len(rows - {(row.form.kind, row.key) for row in merged} - {(each.form.kind, each.key) for each in conflicts}),
        _open(project, handed, joined),
        tuple(notes),
    )


def said(conflict: Conflict) -> str:
    """Return a conflict in one line."""
    sides = "; ".join(f"{who} says {text!r}" for who, text in conflict.sides)
    return f"{conflict.key}: {conflict.field}: {sides}"


def _kind(file: Returned, restricted: bool) -> None:
    """Refuse a restricted edition that lost its encryption, and a working edition that got some."""
    titles = {returned.folded(title) for title in file.workbook.sheets}
    if not restricted and RESTRICTED_SHEET in titles:
        hint = "save it with the passphrase again, and destroy this copy"
        raise RegisterError("a restricted edition without its encryption", path=file.name, hint=hint)
    if restricted and "readme" in titles and RESTRICTED_SHEET not in titles:
        hint = "save it without a password"
        raise RegisterError("a working edition that is encrypted", path=file.name, hint=hint)


def _handout(project: Project, files: Sequence[Returned], options: Options, restricted: bool) -> Handout:
    folder = _folder(project, files, options.run)
    period = project.period(folder.parent.name)
    if not restricted:
        return handout.opened(folder, period)
    sealed = folder / earlier_register.sealed_name(period.label)
    if not sealed.is_file():
        raise RegisterError(f"the run {folder.name} sealed nothing", hint="it was run without the passphrase")
    return handout.sealed(folder, period, earlier_register.read_sealed(sealed, options.passphrase or ""))


def _folder(project: Project, files: Sequence[Returned], wanted: str | None) -> Path:
    """Return the folder of the run that the files belong to; raises RegisterError if there is none, or several."""
    named = {file.run for file in files if file.run}
    unnamed = [file.name for file in files if not file.run]
    if wanted is None and unnamed:
        hint = "say of which run it is: --run 20261009T080000Z"
        raise RegisterError("the workbook does not say of which run it is", path=unnamed[0], hint=hint)
    if len(named | ({wanted} if wanted else set())) > 1:
        each = "; ".join(f"{file.name}: {file.run or 'not said'}" for file in files)
        asked = f", --run says {wanted}" if wanted else ""
        raise RegisterError(f"workbooks of different runs: {each}{asked}", hint="import those of one run at a time")
    run = wanted or next(iter(named))
    folders = list(project.output.glob(f"*/{run}")) if returned.RUN.fullmatch(run) else []
    if not folders:
        hint = f"the run's folder must stand in {_shown(project.output, project)}; restore it from a copy"
        raise RegisterError(f"there is no run {run}", path=files[0].name, hint=hint)
    quarter = folders[0].parent.name
    last = manifest.find(project.output, quarter).name
    if wanted is None and run != last:
        hint = f"fill in the workbook of {last}; or take this one all the same: --run {run}"
        found = f"of the run {run}; the last whole run of {quarter} is {last}"
        raise RegisterError(found, path=files[0].name, hint=hint)
    return folders[0]


def _shown(path: Path, project: Project) -> Path:
    return path.relative_to(project.root) if path.is_relative_to(project.root) else path


def _journal(project: Project, options: Options, restricted: bool) -> Journal:
    if not restricted:
        return Journal.read(project.register / journals.FILE)
    codec = vault.codec(options.passphrase or "", RESTRICTED_JOURNAL)
    return Journal.read(project.register / RESTRICTED_JOURNAL, codec)


@dataclass(frozen=True, slots=True)
class Checking:
    """What merged rows are checked against; `filed` is what people's cells say in each file."""

    project: Project
    handed: Handout
    journal: Journal
    latest: Mapping[tuple[str, str], Mapping[str, Any]]
    filed: Mapping[str, Filed]
    at: dt.datetime

    def contexts(self, row: Merged, standing: Mapping[str, Any], journal: Journal) -> list[Context]:
        """Return the context of a row, for each file that brings something of it."""
        files: dict[str, set[str]] = {}
        for name, change in row.by.items():
            files.setdefault(change.file, set()).add(name)
        handed = self.handed
        return [
            Context(
                *(self.project, handed.period, handed.declared_on, handed.run, row.key, row.cells, row.before),
                *(standing, handed.register, journal, frozenset(names), self.filed[file]),
            )
            for file, names in files.items()
        ]


def _checked(checking: Checking, merged: Sequence[Merged], found: Findings) -> Journal:
    """Return the journal with what is to be recorded; where a rule of a form does not hold, `found` says so."""
    standing: dict[str, dict[str, Mapping[str, Any]]] = {form.kind: {} for form in FORMS}
    # Rows that are there, though nobody has said anything about them yet, or nothing that could be read.
    drafts = [identity for identity in checking.handed.rows if identity[0] == FINDING.kind]
    for kind, key in [*drafts, *((kind, key) for kind, key, _ in found.unread)]:
        standing[kind][key] = {}
    for (kind, key), content in checking.latest.items():
        standing[kind][key] = content
    for row in merged:
        standing[row.form.kind][row.key] = row.content
    joined = checking.journal
    for form in FORMS:
        entries = []
        for row in merged:
            if row.form is form:
                contexts = checking.contexts(row, standing, joined)
                if _holds(row, contexts, found):
                    every = replace(contexts[0], changed=frozenset(row.by))
                    content = RULES[form.kind].complete(row.content, every)
                    entries.append(Entry(form.kind, row.key, checking.handed.run, content))
        joined = joined.joined(entries, checking.at)
    return joined


def _holds(row: Merged, contexts: Sequence[Context], found: Findings) -> bool:
    """Whether the rules of the form hold for a row; what does not goes into `found`."""
    said_of = [problem for each in contexts for problem in RULES[row.form.kind].problems(row.content, each)]
    wrong = dict.fromkeys(Problem("", each) if isinstance(each, str) else each for each in said_of)
    for problem in wrong:
        if (row.form.kind, row.key, problem.field) not in found.unread:
            found.add(row.error(problem))
    return not wrong


def _open(project: Project, handed: Handout, journal: Journal) -> Mapping[str, int]:
    """Count the exceptions of the run that await a decision, by severity."""
    decided = journal.latest(DISPOSITION.kind)
    counts = dict.fromkeys(SEVERITIES, 0)
    for name, seen in handed.register.items():
        standing = disposition.standing(decided.get(name), seen.severity, handed.period, project.longest_days)
        if seen.active and standing in disposition.UNDECIDED:
            counts[seen.severity] += 1
    return counts
