"""One run: project, controls, extracts, reliability, lock, test, conclude, evidence, editions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditkit import (
    board_edition,
    evidence,
    follow_up_stage,
    identity,
    journal,
    management_edition,
    manifest,
    private,
    programme,
    release,
    restricted_edition,
    seal,
    vault,
    working_edition,
)
from auditkit.book import Book
from auditkit.catalogue import load_catalogue, parameters_of
from auditkit.control import Catalogue
from auditkit.definition import Definitions
from auditkit.earlier_register import sealed_name
from auditkit.errors import RegisterError
from auditkit.identity import Identities
from auditkit.journal import Journal
from auditkit.key import Key
from auditkit.key import load as load_key
from auditkit.label import Labels
from auditkit.paper import data_model
from auditkit.parameter import ParameterValue
from auditkit.performance import Performance, Performed, told
from auditkit.period import Period
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.registration import RESTRICTED_JOURNAL, Registers, Registration, write_sealed
from auditkit.result import PreviousFigures, Run
from auditkit.selection import Selection
from auditkit.sign_off import SignOff, sign_offs
from auditkit.signature import Ground, ground

TIMES, EDITIONS = "times.json", "editions.json"


@dataclass(frozen=True, slots=True)
class Options:
    """
    What a run is asked to do beyond what the project says.

    `key` makes the ids of the register; without one, as for who performs a run again, the register stays empty.
    Who performs a run again says which (`run_id`), what earlier quarters had left (`previous`), and against which
    shares of missing values of the quarter before it was judged (`missing_before`); else these follow from the
    declared time and from the last whole runs of the earlier quarters.
    """

    quarter: str | None = None
    select: tuple[str, ...] = ()
    passphrase: str | None = None
    declared_at: dt.datetime | None = None
    run_id: str | None = None
    missing_before: Mapping[str, Decimal] | None = None
    previous: tuple[PreviousFigures, ...] | None = None
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run, the folder it left and the files in it, in the order an auditor opens them."""

    run: Run
    folder: Path
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Tested:
    """A run whose results stand in its database, open to be read; nothing of it is written yet."""

    run: Run
    definitions: Definitions
    connection: duckdb.DuckDBPyConnection


def run(project: Project, options: Options, progress: Progress) -> Outcome:
    """
    Run the quarter and leave a folder of its own; raises AuditkitError when nothing could be run.

    The database of the run lies in a private temporary folder (mode 0700) and is deleted in any case; what the run
    leaves is for its owner only.
    """
    began = _now()
    options = replace(options, key=options.key or load_key(project))
    with tested(project, options, progress) as found:
        return _write(found, options, progress, began)


@contextmanager
def tested(project: Project, options: Options, progress: Progress) -> Iterator[Tested]:
    """
    Test the quarter and write nothing: the part of a run that a re-performance makes again.

    Raises AuditkitError when nothing could be tested, also for what goes wrong with files and database inside.
    """
    period = project.period(options.quarter)
    for language in project.languages:
        Labels.of(language)  # one that is not complete stops the run before it begins
    definitions = Definitions.of(project)
    for secret in (options.passphrase, options.key.secret.hex() if options.key else None):
        definitions.refuse_secret(secret)
    catalogue = load_catalogue(project.controls)
    selection = Selection.of(catalogue, options.select)
    parameters = parameters_of(catalogue, project)
    previous = options.previous
    if previous is None:
        previous = evidence.previous_runs(project.output, project.quarters.before(period.label, 4))
    with_restricted = options.passphrase is not None and any(control.restricted for control in selection.controls)
    missing = options.missing_before
    if missing is None:
        (before,) = project.quarters.before(period.label, 1)
        missing = next((figures.missing_shares for figures in previous if figures.quarter == before), {})
    plan = _Plan(project, options, period, catalogue, selection, parameters, previous, definitions, missing)
    with told(project.root), private.temporary() as folder:
        performance = Performance(
            *(project, period, catalogue, selection, parameters, with_restricted, missing, folder, progress)
        )
        performed = performance.perform()
        registers = plan.register(performance, performed)
        with performance.finished() as connection:
            record = plan.record(performed, registers, with_restricted)
            if options.key is not None:
                record = follow_up_stage.followed_up(connection, record, options.passphrase)
            yield Tested(record, definitions, connection)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run is made of before anything is loaded."""

    project: Project
    options: Options
    period: Period
    catalogue: Catalogue
    selection: Selection
    parameters: Mapping[str, Mapping[str, ParameterValue]]
    previous: tuple[PreviousFigures, ...]
    definitions: Definitions
    missing_before: Mapping[str, Decimal]

    def register(self, performance: Performance, performed: Performed) -> Registers:
        """Give every exception its id, its history and its disposition; nothing without a key."""
        if self.options.key is None:
            return Registers({}, {}, {}, {})
        passphrase = self.options.passphrase if performance.with_restricted else None
        registration = Registration(
            self.project,
            self.period,
            self.catalogue,
            self.options.key,
            performed.controls,
            frozenset(performed.reliability.blocked),
            passphrase,
            not self.selection.text,
        )
        performance.progress.start("register", 1)
        with private.closed_to_others(), performance.finished(read_only=False) as connection:
            registers = registration.enter(connection)
        performance.progress.end("register")
        return registers

    def record(self, performed: Performed, registers: Registers, with_restricted: bool) -> Run:
        """Return the run; its id is the declared time, numbered where a run of that name exists."""
        declared = self.options.declared_at or _now()
        parent = self.project.output / self.period.label
        name = self.options.run_id or _free_name(parent, declared.strftime("%Y%m%dT%H%M%SZ"))
        controls = tuple(result for result in performed.controls if not result.control.restricted)
        closed = [control for control in self.selection.controls if control.restricted]
        state = "none" if not closed else "tested" if with_restricted else "no_passphrase"
        beside = self._programme(performed, state)
        values = [value for p in self.parameters.values() for value in p.values()]
        open_ids = {result.control.id for result in controls}
        about = {"id": name, "declared_at": declared.isoformat() + "Z", "selection": self.selection.text}
        content = manifest.content(
            self.project,
            self.period,
            self.definitions,
            [value for value in values if value.control_id in open_ids],
            performed.extracts,
            controls,
            about,
            self.previous,
        )
        content["summary"] = evidence.summary_rows(controls)
        content["programme"] = release.manifest(beside)
        grounds = {
            result.control.id: ground(self.catalogue, result, values, performed.extracts, self.project.mappings)
            for result in performed.controls
        }
        content["signed"] = {name: str(found) for name, found in grounds.items() if name in open_ids}
        content |= self._registered(registers)
        shares = (("missing_shares", performed.reliability.missing_shares), ("missing_before", self.missing_before))
        content |= {name: {column: str(share) for column, share in found.items()} for name, found in shares}
        signed = self._sign_offs(grounds, open_ids)
        return Run(
            id=name,
            project=self.project,
            period=self.period,
            declared_at=declared,
            selection=self.selection.text,
            controls=controls,
            restricted=tuple(result for result in performed.controls if result.control.restricted),
            restricted_controls=tuple(control for control in closed if programme.is_tested(control)),
            restricted_state=state,
            parameters=tuple(values),
            extracts=performed.extracts,
            reliability=performed.reliability,
            previous=self.previous,
            manifest=content,
            programme=beside,
            view_sql={name: view.statement.text for name, view in self.catalogue.views.items()},
            register=registers.open,
            restricted_register=registers.restricted,
            restricted_unread=registers.unread,
            conclusions=registers.conclusions,
            restricted_conclusions=registers.restricted_conclusions,
            sign_offs=signed[0],
            restricted_sign_offs=signed[1],
        )

    def _registered(self, registers: Registers) -> dict[str, Any]:
        """Return what the manifest says of key, history and journal; nothing of a run made again without the key."""
        if self.options.key is None:
            return {}
        decided = Journal.read(self.project.register / journal.FILE)
        return {
            "register": {"key": self.options.key.fingerprint, "quarters": list(registers.quarters)},
            "journal": {"records": len(decided.records), "head": decided.head},
        }

    def _programme(self, performed: Performed, state: str) -> programme.Programme:
        """Return what was measured and attested, with what may be shown of it beside what earlier editions showed."""
        attested = Journal.read(self.project.register / journal.FILE)
        beside = programme.programme(self.selection.controls, performed.measured, attested, self.period)
        (before,) = self.project.quarters.before(self.period.label, 1)
        return release.release(beside, self.period, before, [figures.programme for figures in self.previous], state)

    def _sign_offs(
        self, grounds: Mapping[str, Ground], open_ids: Collection[str]
    ) -> tuple[tuple[SignOff, ...], tuple[SignOff, ...]]:
        """Return the sign-offs of the open controls and, where a passphrase opens them, of the restricted ones."""
        if self.options.key is None:
            return (), ()
        quarter, passphrase = self.period.label, self.options.passphrase
        path = self.project.register / journal.FILE
        open_ones = {name: found for name, found in grounds.items() if name in open_ids}
        signed = sign_offs(open_ones, Journal.read(path), quarter)
        others = {name: found for name, found in grounds.items() if name not in open_ids}
        if passphrase is None or not others:
            return signed, ()
        path = self.project.register / RESTRICTED_JOURNAL
        try:
            sealed = Journal.read(path, vault.codec(passphrase, path.name))
        except RegisterError:
            sealed = Journal(path)  # as if nobody had signed; the restricted edition says what could not be opened
        return signed, sign_offs(others, sealed, quarter)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)


def _write(found: Tested, options: Options, progress: Progress, began: dt.datetime) -> Outcome:
    """Write evidence and editions into a folder that gets its name when everything is in it."""
    record = found.run
    parent = record.project.output / record.period.label
    parent.mkdir(parents=True, exist_ok=True)
    with private.unfinished(parent / f".{record.id}.part") as part, private.closed_to_others():
        working = working_edition.begun(record, found.connection)
        record = _evidence(part, found, working, progress)
        files = editions(part, found.connection, record, options, progress, working)
        if options.key is not None:
            model = data_model(record.project.controls)
            Identities.of(found.connection, model, options.key.secret).write(part / identity.FILE)
        found.definitions.refuse_change(record.project)
        sums = {path.name: manifest.sum_of(path) for path in sorted(part.iterdir()) if path.is_file()}
        private.write_file(part / EDITIONS, seal.sealed({"run": record.id, "files": sums}))
        times = {"run": record.id, "started": f"{began.isoformat()}Z", "ended": f"{_now().isoformat()}Z"}
        private.write_file(part / TIMES, seal.sealed(times))
        part.rename(parent / record.id)
    folder = parent / record.id
    ordered = [*sorted(files, key=lambda path: path.name), part / manifest.EVIDENCE / manifest.FILE]
    return Outcome(record, folder, tuple(folder / path.relative_to(part) for path in ordered))


def _evidence(part: Path, found: Tested, working: Book, progress: Progress) -> Run:
    """Write the evidence, the rows handed to people included; return the run with its manifest as it is sealed."""
    progress.start("evidence", 1)
    record = found.run
    results = [a for control in record.controls for p in control.populations for a in p.attributes]
    folder = part / manifest.EVIDENCE
    sealed = evidence.write(folder, found.connection, results, record.manifest, found.definitions, working.review_rows)
    progress.end("evidence")
    return replace(record, manifest=sealed)


def editions(
    part: Path,
    connection: duckdb.DuckDBPyConnection,
    record: Run,
    options: Options,
    progress: Progress,
    working: Book | None = None,
) -> Sequence[Path]:
    """
    Write every edition of a run, as a draft or as issued, into the folder `part` and return their paths.

    `working` is the working edition as it was begun for the evidence, if it was.
    """
    label, passphrase, languages = record.period.label, options.passphrase, record.project.languages
    version = f"_v{record.status.version}" if record.status.issued else ""
    paths = []
    progress.start("editions", 3 + len(languages))
    for number, language in enumerate(languages):
        progress.step("editions", f"board ({language})")
        paths.append(part / f"findings_{label}_B{version or '_draft'}{f'_{language}' if number else ''}.xlsx")
        board_edition.write(record, connection, paths[-1], Labels.of(language))
    progress.step("editions", "working papers")
    paths.append(part / f"findings_{label}_W{version}.xlsx")
    working_edition.write(record, connection, paths[-1], working)
    progress.step("editions", "restricted")
    if passphrase is not None and record.restricted_state == "tested":
        paths.append(part / f"restricted_{label}_R{version}.xlsx")
        review = restricted_edition.write(record, connection, paths[-1], passphrase)
        if not version:  # what later quarters read lies beside the run
            paths.append(part / sealed_name(label))
            write_sealed(record, connection, review, paths[-1], passphrase)
    if options.key is not None:
        progress.step("editions", "management")
        paths += management_edition.write(record, connection, options.key, part)
    progress.end("editions")
    return paths


def _free_name(parent: Path, name: str) -> str:
    """Return `name`, or `name-2` and so on where a run of that name exists: nothing is ever overwritten."""
    candidate, number = name, 1
    while (parent / candidate).exists() or (parent / f".{candidate}.part").exists():
        number += 1
        candidate = f"{name}-{number}"
    return candidate
