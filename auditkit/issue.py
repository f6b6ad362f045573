"""
Issue: the editions of a quarter written without a draft's marks, once every gate is met.

The run is performed again from the same extracts and definitions, under its own id and declared time, and must give the
same results; what people decided since stands in the issued editions. An issue is never changed: a correction is the
next version, in a folder of its own, and says what it corrects.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditkit import follow_up_stage, gate, journal, manifest, private, reperformance, seal, verification
from auditkit.definition import FOLDER, Definitions
from auditkit.difference import changed_files
from auditkit.earlier_register import read_sealed, sealed_name
from auditkit.errors import RegisterError, RunError
from auditkit.evidence_source import FolderSource
from auditkit.gate import Gate
from auditkit.identity import Identities
from auditkit.journal import Entry, Journal
from auditkit.key import Key
from auditkit.paper import data_model
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.result import EXECUTIVE, ISSUE, Status
from auditkit.run import Options, Tested, editions
from auditkit.sign_off import APPROVED
from auditkit.verification import WRONG

FILE = "issue.json"


@dataclass(frozen=True, slots=True)
class Order:
    """
    What is to be issued: a quarter, a run of it (None: its last whole one), on which day, approved in which role.

    `erratum` says what a re-issue corrects, `disclosure` in what the work does not conform with the standards.
    """

    quarter: str
    issued_on: dt.date
    run_id: str | None = None
    approved_by: str = EXECUTIVE
    erratum: str = ""
    disclosure: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """What came of it: the gates and, if all were met and it was no dry run, the folder with the files."""

    run_id: str
    version: int
    gates: tuple[Gate, ...]
    folder: Path | None = None
    files: tuple[Path, ...] = ()

    @property
    def open(self) -> bool:
        """Whether every gate is met."""
        return all(each.met for each in self.gates)


def issued(log: Journal, quarter: str) -> list[Mapping[str, Any]]:
    """Return what the journal says of the issues of a quarter, the first one first."""
    return [record.content for record in log.history(ISSUE, quarter)]


def issue(
    project: Project, order: Order, key: Key, passphrase: str | None, progress: Progress, *, dry_run: bool = False
) -> Issue:
    """
    Look at every gate and, if all are met, write the issued editions and record the issue.

    Raises RunError where the quarter has no run, where its extracts are gone, so that nobody can say that they give the
    same results, and where an issue that was interrupted lies in the way.
    """
    log = Journal.read(project.register / journal.FILE)
    version = len(issued(log, order.quarter)) + 1
    folder = manifest.find(project.output, order.quarter, order.run_id)
    target = project.output / order.quarter / f"issued-{version}"
    if target.exists():
        hint = "an issue was stopped before it was recorded; move the folder away and issue again"
        raise RunError(f"{target.name} is there, though nothing says that it was issued", hint=hint)
    with reperformance.again(project, folder, passphrase, progress, key) as (found, compared):
        status = Status(version, order.issued_on, order.approved_by, order.erratum, order.disclosure)
        found = replace(found, run=replace(found.run, status=status))
        gates = tuple(_gates(project, folder, found, compared, key, passphrase))
        result = Issue(found.run.id, version, gates)
        if dry_run or not result.open:
            return result
        files = _write(target, found, Options(passphrase=passphrase, key=key), progress)
    content = _content(found, folder, files)
    log.append([Entry(ISSUE, order.quarter, found.run.id, content)], dt.datetime.now(dt.UTC))
    return replace(result, folder=target, files=files)


def _gates(
    project: Project,
    folder: Path,
    found: Tested,
    compared: reperformance.Reperformance,
    key: Key,
    passphrase: str | None,
) -> Iterator[Gate]:
    run, quarter = found.run, found.run.period.label
    yield gate.whole(run, manifest.find(project.output, quarter).name)
    checked = verification.verify(FolderSource(project, folder), quarter, folder.name)
    # The restricted workbook is there to be filled in, as the working papers are; nothing is said of it here.
    wrong = (row for row in checked.notable if row.state in WRONG and not row.name.endswith("_R.xlsx"))
    yield gate.evidence(f"{row.part} {row.name}: {row.state} {row.detail}".rstrip() for row in wrong)
    redefined = changed_files(manifest.read(folder)["definitions"], Definitions.of(project).sums)
    differences = [f"{FOLDER}/{name} was {what} since the run" for name, what in redefined.items()]
    differences += [f"{each.kind} {each.name}: {each.found}" for each in compared.differences]
    yield gate.unchanged(differences)
    yield gate.reliable(run)
    yield gate.decided(gate.undecided(found.connection, restricted=False))
    yield gate.judged(follow_up_stage.undecided(run.follow_up))
    yield gate.complete(_told(follow_up_stage.gaps(run.follow_up, run)))
    yield gate.anonymous(_identities(found, key, restricted=passphrase is not None))
    yield gate.notes(run.sign_offs)
    yield gate.signed(run.sign_offs)
    if run.restricted_controls:
        yield gate.restricted(ready=_restricted_ready(folder, found, passphrase))
    yield gate.dated(run)
    yield gate.corrected(run.status)


def _told(places: Iterable[follow_up_stage.Place]) -> Iterator[str]:
    for kind, key, problem in places:
        yield f"{kind} {key}, {problem.field or 'the row'}: {problem.found}"


def _identities(found: Tested, key: Key, *, restricted: bool) -> Iterator[str]:
    """Yield every text for the board that holds an identity of the extracts."""
    run = found.run
    known = Identities.of(found.connection, data_model(run.project.controls), key.secret, restricted=restricted)
    yield from _told(follow_up_stage.identities_shown(run.follow_up, known, run))
    given = (("--erratum", run.status.erratum), ("--nonconformance", run.status.disclosure))
    for option, text in (*given, ("--approved-by", run.status.approved_by)):
        start = known.place(text)
        if start is not None:
            yield f"{option}: a name, an identifier or a text of the extracts, from word {start} on"


def _restricted_ready(folder: Path, found: Tested, passphrase: str | None) -> bool:
    """Whether the restricted part was run, and is approved on what stands there with every grave item decided."""
    run = found.run
    if passphrase is None or run.restricted_state != "tested":
        return False
    try:
        then = read_sealed(folder / sealed_name(run.period.label), passphrase)["results"]
    except (OSError, LookupError, RegisterError):
        return False
    now = {a.attribute.id: a.digest for c in run.restricted for p in c.populations for a in p.attributes}
    return (
        bool(run.restricted_sign_offs)
        and then == now
        and all(each.state == APPROVED and not each.notes_open for each in run.restricted_sign_offs)
        and not gate.undecided(found.connection, restricted=True)
    )


def _write(target: Path, found: Tested, options: Options, progress: Progress) -> tuple[Path, ...]:
    """Write the editions into a folder that gets its name when everything is in it."""
    with private.unfinished(target.with_name(f".{target.name}.part")) as part, private.closed_to_others():
        paths = sorted(editions(part, found.connection, found.run, options, progress), key=lambda path: path.name)
        private.write_file(part / FILE, seal.sealed(_about(found, _sums(paths))))
        part.rename(target)
    return tuple(target / path.relative_to(part) for path in [*paths, part / FILE])


def _about(found: Tested, files: Mapping[str, str | None]) -> dict[str, Any]:
    run, status = found.run, found.run.status
    return {
        "quarter": run.period.label,
        "version": status.version,
        "run": run.id,
        "issued_on": status.issued_on.isoformat() if status.issued_on else "",
        "approved_by": status.approved_by,
        "erratum": status.erratum,
        "disclosure": status.disclosure,
        "signed": {each.control: str(each.present) for each in run.sign_offs},
        "files": dict(files),
    }


def _content(found: Tested, folder: Path, files: tuple[Path, ...]) -> dict[str, Any]:
    """Return what the journal keeps of the issue: also the run's evidence that it rests on."""
    return {**_about(found, _sums(files)), "manifest": manifest.sum_of(folder / manifest.EVIDENCE / manifest.FILE)}


def _sums(paths: Iterator[Path] | list[Path] | tuple[Path, ...]) -> dict[str, str | None]:
    return {path.name: manifest.sum_of(path) for path in paths}
