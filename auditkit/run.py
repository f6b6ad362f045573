"""One run: project, controls, extracts, reliability, lock, test, conclude, evidence, editions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditkit import (
    accounting,
    board_edition,
    calendar,
    engine,
    evidence,
    private,
    query,
    reliability,
    restricted_edition,
    working_edition,
)
from auditkit.catalogue import load_catalogue, parameters_of
from auditkit.conclusion import conclude
from auditkit.control import Attribute, BoardBlock, Catalogue, Control, Population, Statistic
from auditkit.errors import RunError
from auditkit.extract import Extracts, load_extracts
from auditkit.mapping import load_mappings
from auditkit.parameter import ParameterValue
from auditkit.period import Period
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.result import AttributeResult, ControlResult, PopulationResult, PreviousFigures, Run, TableResult
from auditkit.selection import Selection
from auditkit.signature import ground
from auditkit.worker import Limits, StepFailed, Worker, WorkerLost


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked to do beyond what the project says."""

    quarter: str | None = None
    select: tuple[str, ...] = ()
    passphrase: str | None = None
    declared_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run, the folder it left and the files in it, in the order an auditor opens them."""

    run: Run
    folder: Path
    files: tuple[Path, ...]


def run(project: Project, options: Options, progress: Progress) -> Outcome:
    """
    Run the quarter and leave a folder of its own; raises AuditkitError when nothing could be run.

    The database of the run lies in a private temporary folder (mode 0700) and is deleted in any case; what the run
    leaves is for its owner only.
    """
    period = project.period(options.quarter)
    catalogue = load_catalogue(project.controls)
    selection = Selection.of(catalogue, options.select)
    parameters = parameters_of(catalogue, project)
    previous = evidence.previous_runs(project.output, project.quarters.before(period.label, 4))
    try:
        with private.temporary() as folder:
            return _Running(
                project, options, progress, period, catalogue, selection, parameters, folder, previous
            ).finish()
    except OSError as error:
        raise _stopped(_of_system(error, project.root)) from None
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise _stopped(str(error).split("\n", 1)[0]) from None
    except duckdb.Error as error:
        raise _stopped(f"the database gave up ({type(error).__name__})") from None  # its words may quote a value


def _of_system(error: OSError, root: Path) -> str:
    """Return what the system said, and of which file of the project."""
    place = Path(str(error.filename)) if error.filename else root
    inside = f": {place.relative_to(root)}" if place.is_relative_to(root) and place != root else ""
    return (error.strerror or type(error).__name__) + inside


def _stopped(why: str) -> RunError:
    hint = "nothing was kept of this run; mend it (space, permissions, memory) and run again"
    return RunError(f"the run could not be completed: {why}", hint=hint)


@dataclass(slots=True)
class _Running:
    """The state of one run between its steps."""

    project: Project
    options: Options
    progress: Progress
    period: Period
    catalogue: Catalogue
    selection: Selection
    parameters: dict[str, dict[str, ParameterValue]]
    private: Path
    previous: tuple[PreviousFigures, ...]

    @property
    def database(self) -> Path:
        return self.private / "run.duckdb"

    @property
    def with_restricted(self) -> bool:
        return self.options.passphrase is not None and any(control.restricted for control in self.selection.controls)

    def finish(self) -> Outcome:
        extracts, reliable = self._load()
        tested = self._test(extracts, reliable)
        return self._write(extracts, reliable, tested)

    def _load(self) -> tuple[Extracts, reliability.Reliability]:
        folder = self.project.extracts / self.period.label
        if not folder.is_dir():
            shown = folder.relative_to(self.project.root) if folder.is_relative_to(self.project.root) else folder
            hint = (
                "put the quarter's extracts there, or name another quarter; auditkit data-request lists what to ask for"
            )
            raise RunError(f"there is no folder of extracts for {self.period.label}: {shown}", hint=hint)
        mappings = load_mappings(self.project.mappings, self.catalogue.model)
        with (
            private.closed_to_others(),
            duckdb.connect(str(self.database), config={**query.OPEN_SETTINGS, "threads": 2}) as connection,
        ):
            connection.execute(f"SET temp_directory='{self.private}'")
            self.progress.start("extracts", sum(1 for path in folder.iterdir() if not path.name.endswith(".yml")))
            extracts = load_extracts(
                connection,
                self.catalogue.model,
                folder,
                mappings,
                include_restricted=self.with_restricted,
                on_file=lambda name: self.progress.step("extracts", name),
                time_zone=self.project.time_zone,
            )
            calendar.fill(connection, self.project.weekend, self.project.holidays)
            self.progress.end("extracts")
            self.progress.start("reliability")
            reads = {attribute.id: _columns_by_entity(attribute, self.catalogue) for attribute in self._attributes()}
            reliable = reliability.assess(
                connection,
                self.catalogue.model,
                extracts,
                self.period,
                reads=reads,
                policy=self._policy(),
                restricted=frozenset(a.id for a in self._attributes() if self._is_restricted(a)),
                previous=self._missing_last_quarter(),
            )
            self.progress.end("reliability")
            accounting.create_outstanding(connection)
            connection.execute("CHECKPOINT")
        return extracts, reliable

    def _missing_last_quarter(self) -> Mapping[str, Decimal]:
        (label,) = self.project.quarters.before(self.period.label, 1)
        return next((before.missing_shares for before in self.previous if before.quarter == label), {})

    def _policy(self) -> reliability.Policy:
        return reliability.Policy.of(self.project.reliability_limits, self.project.reliability_overrides)

    def _attributes(self) -> tuple[Attribute, ...]:
        return tuple(a for a in self.selection.attributes if self.with_restricted or not self._is_restricted(a))

    def _is_restricted(self, attribute: Attribute) -> bool:
        return self.catalogue.control(attribute.control_id).restricted

    def _test(self, extracts: Extracts, reliable: reliability.Reliability) -> list[ControlResult]:
        """Test the open controls first, in a worker of their own: nothing of the restricted ones can touch them."""
        self.progress.start("test", len(self._attributes()))
        made: dict[str, str] = {}
        tested = self._test_some(extracts, reliable, made, restricted=False)
        if self.with_restricted:
            tested += self._test_some(extracts, reliable, made, restricted=True)
        self.progress.end("test")
        return sorted(tested, key=lambda result: result.control.id)

    def _test_some(
        self, extracts: Extracts, reliable: reliability.Reliability, made: dict[str, str], *, restricted: bool
    ) -> list[ControlResult]:
        controls = [control for control in self.selection.controls if control.restricted == restricted]
        attributes = [a for a in self.selection.attributes if self._is_restricted(a) == restricted]
        if not controls:
            return []
        limits = Limits(self.project.memory, self.project.deadline, self.private)
        with Worker(self.database, limits) as worker:
            stage = engine.Stage(worker, self.catalogue, self._values(), self._inputs(extracts, reliable), made)
            also = [block.query for control in controls for block in control.board]
            also += [statistic.input for control in controls for statistic in control.statistics]
            stage.make_views(attributes, also, lambda _: None)
            results: dict[str, AttributeResult] = {}
            for attribute in attributes:
                self.progress.step("test", attribute.id)
                results[attribute.id] = stage.test(attribute)
            return [_control_result(stage, control, results) for control in controls]

    def _values(self) -> dict[str, dict[str, object]]:
        own: dict[str, object] = dict(self.period.parameters(self.project.currency))
        values = {
            control: own | {name: value.value for name, value in parameters.items()}
            for control, parameters in self.parameters.items()
        }
        return values | {"": own}

    def _inputs(self, extracts: Extracts, reliable: reliability.Reliability) -> engine.Inputs:
        delivered: dict[str, set[str]] = {}
        rejected: dict[str, int] = {}
        for extract in extracts.loaded:
            for part in extract.entities:
                delivered.setdefault(part.entity, set()).update(part.columns)
                rejected[part.entity] = rejected.get(part.entity, 0) + part.rejected
        frozen = {entity: frozenset(columns) for entity, columns in delivered.items()}
        return engine.Inputs(frozen, rejected, reliable.blocked, Decimal(self.project.not_tested_limit))

    def _write(self, extracts: Extracts, reliable: reliability.Reliability, tested: Sequence[ControlResult]) -> Outcome:
        declared = self.options.declared_at or dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)
        parent = self.project.output / self.period.label
        parent.mkdir(parents=True, exist_ok=True)
        name = _free_name(parent, declared.strftime("%Y%m%dT%H%M%SZ"))
        record = self._record(name, declared, extracts, reliable, tested)
        with private.unfinished(parent / f".{name}.part") as part, private.closed_to_others():
            with self._finished() as connection:
                files = self._evidence(part, connection, record) + self._editions(part, connection, record)
            part.rename(parent / name)
        folder = parent / name
        ordered = sorted(files, key=lambda path: (len(path.parts), path.name))
        return Outcome(record, folder, tuple(folder / path.relative_to(part) for path in ordered))

    def _finished(self) -> duckdb.DuckDBPyConnection:
        """Open the database of the tested run, within the memory that the test stage had."""
        limits = {"memory_limit": self.project.memory, "temp_directory": str(self.private)}
        config: dict[str, Any] = {**query.OPEN_SETTINGS, "threads": 2, **limits}
        return duckdb.connect(str(self.database), read_only=True, config=config)

    def _evidence(self, part: Path, connection: duckdb.DuckDBPyConnection, record: Run) -> list[Path]:
        self.progress.start("evidence", 1)
        results = [a for control in record.controls for p in control.populations for a in p.attributes]
        files = evidence.write(part / "evidence", connection, results, record.manifest)
        self.progress.end("evidence")
        return files[:1]

    def _editions(self, part: Path, connection: duckdb.DuckDBPyConnection, record: Run) -> list[Path]:
        label = self.period.label
        paths = [part / f"findings_{label}_B_draft.xlsx", part / f"findings_{label}_W.xlsx"]
        self.progress.start("editions", 3)
        self.progress.step("editions", "board")
        board_edition.write(record, connection, paths[0])
        self.progress.step("editions", "working papers")
        working_edition.write(record, connection, paths[1])
        self.progress.step("editions", "restricted")
        if self.options.passphrase is not None and record.restricted_state == "tested":
            paths.append(part / f"restricted_{label}_R.xlsx")
            restricted_edition.write(record, connection, paths[2], self.options.passphrase)
        self.progress.end("editions")
        return paths

    def _record(
        self,
        name: str,
        declared: dt.datetime,
        extracts: Extracts,
        reliable: reliability.Reliability,
        tested: Sequence[ControlResult],
    ) -> Run:
        controls = tuple(result for result in tested if not result.control.restricted)
        restricted = tuple(control for control in self.selection.controls if control.restricted)
        state = "none" if not restricted else "tested" if self.with_restricted else "no_passphrase"
        open_ids = {result.control.id for result in controls}
        values = [value for p in self.parameters.values() for value in p.values()]
        results = [a for result in controls for p in result.populations for a in p.attributes]
        about = {"id": name, "declared_at": declared.isoformat() + "Z", "selection": self.selection.text}
        content = evidence.manifest(
            self.project,
            self.period,
            self.catalogue,
            [value for value in values if value.control_id in open_ids],
            extracts,
            results,
            about,
        )
        content["summary"] = evidence.summary_rows(controls)
        content["signed"] = {
            result.control.id: str(ground(self.catalogue, result, values, extracts, self.project.mappings))
            for result in controls
        }
        content["missing_shares"] = {name: str(share) for name, share in reliable.missing_shares.items()}
        return Run(
            id=name,
            project=self.project,
            period=self.period,
            declared_at=declared,
            selection=self.selection.text,
            controls=controls,
            restricted=tuple(result for result in tested if result.control.restricted),
            restricted_controls=restricted,
            restricted_state=state,
            parameters=tuple(values),
            extracts=extracts,
            reliability=reliable,
            previous=self.previous,
            manifest=content,
            view_sql={name: view.statement.text for name, view in self.catalogue.views.items()},
        )


def _columns_by_entity(attribute: Attribute, catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    reads: dict[str, set[str]] = {}
    for table, column in attribute.reads:
        if table in catalogue.model.entities:
            reads.setdefault(table, set())
            if column:
                reads[table].add(column)
    return {table: frozenset(columns) for table, columns in reads.items()}


def _control_result(stage: engine.Stage, control: Control, results: Mapping[str, AttributeResult]) -> ControlResult:
    populations = []
    for population in control.populations.values():
        own = tuple(
            results[attribute.id]
            for attribute in control.attributes
            if attribute.population == population.name and attribute.id in results
        )
        if own:
            populations.append(_population_result(stage, population, own))
    return ControlResult(
        control,
        tuple(populations),
        tuple((statistic, _statistic(stage, statistic)) for statistic in control.statistics),
        tuple((block, _block(stage, block)) for block in control.board),
    )


def _population_result(
    stage: engine.Stage, population: Population, own: tuple[AttributeResult, ...]
) -> PopulationResult:
    counted = [accounting.Task.of(result.attribute, population) for result in own if result.digest]
    if not counted:
        counts = own[0].counts
        return PopulationResult(population, counts, own, conclude(counts, own))
    rejected = stage.inputs.rejected.get(population.source or "", 0)
    try:
        counts, severities, amounts = stage.worker.call(accounting.population_counts, counted, rejected)
    except (StepFailed, WorkerLost) as error:
        why = f"control error: the population could not be counted: {error.message}"
        own = tuple(replace(result, not_concluded=(*result.not_concluded, why)) for result in own)
        return PopulationResult(population, own[0].counts, own, conclude(own[0].counts, own))
    return PopulationResult(population, counts, own, conclude(counts, own), severities, amounts)


def _statistic(stage: engine.Stage, statistic: Statistic) -> TableResult:
    return _table(stage, statistic.name, ())


def _block(stage: engine.Stage, block: BoardBlock) -> TableResult:
    return _table(stage, block.query, tuple(column.name for column in block.columns))


def _table(stage: engine.Stage, name: str, columns: tuple[str, ...]) -> TableResult:
    known = columns or tuple(stage.catalogue.view_columns[name])
    if name in stage.failed:
        return TableResult(known, (), stage.failed[name])
    try:
        rows: list[tuple[Any, ...]] = stage.worker.call(accounting.fetch, name, known)
    except (StepFailed, WorkerLost) as error:
        return TableResult(known, (), error.message)
    return TableResult(known, tuple(rows))


def _free_name(parent: Path, name: str) -> str:
    """Return `name`, or `name-2` and so on where a run of that name exists: nothing is ever overwritten."""
    candidate, number = name, 1
    while (parent / candidate).exists() or (parent / f".{candidate}.part").exists():
        number += 1
        candidate = f"{name}-{number}"
    return candidate
