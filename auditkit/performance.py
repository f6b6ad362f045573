"""
One performance of the controls: extracts loaded, reliability assessed, attributes tested, in a private database.

A run performs them to report; a re-performance does it again, from what the evidence kept, to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditkit import accounting, calendar, engine, private, programme, query, register, reliability
from auditkit.conclusion import conclude
from auditkit.control import Attribute, BoardBlock, Catalogue, Control, Population, Statistic
from auditkit.errors import RunError
from auditkit.extract import Extracts, load_extracts
from auditkit.lineage import by_entity
from auditkit.mapping import load_mappings
from auditkit.parameter import ParameterValue
from auditkit.period import Period
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.reason import Reason
from auditkit.result import AttributeResult, ControlResult, PopulationResult, TableResult
from auditkit.selection import Selection
from auditkit.worker import Limits, StepFailed, Worker, WorkerLost


@dataclass(frozen=True, slots=True)
class Performed:
    """What was loaded, what was assessed and what was found, control by control; `measured` by the control's id."""

    extracts: Extracts
    reliability: reliability.Reliability
    controls: tuple[ControlResult, ...]
    measured: Mapping[str, programme.Measured]


@dataclass(frozen=True, slots=True)
class Performance:
    """
    What is performed, and the private folder of the database in which it is.

    `missing_before` holds the shares of missing values of the quarter before, against which this one's are judged.
    """

    project: Project
    period: Period
    catalogue: Catalogue
    selection: Selection
    parameters: Mapping[str, Mapping[str, ParameterValue]]
    with_restricted: bool
    missing_before: Mapping[str, Decimal]
    private: Path
    progress: Progress

    @property
    def database(self) -> Path:
        """The database of the run."""
        return self.private / "run.duckdb"

    def perform(self) -> Performed:
        """Load, assess and test; raises AuditkitError when nothing could be tested."""
        return next(self.perform_each([self.parameters]))

    def perform_each(self, variants: Iterable[Mapping[str, Mapping[str, ParameterValue]]]) -> Iterator[Performed]:
        """Load and assess once, then test with each set of parameters in turn; the database holds the latest."""
        extracts, reliable = self.load()
        for parameters in variants:
            again, measured = replace(self, parameters=parameters), dict[str, programme.Measured]()
            yield Performed(extracts, reliable, tuple(again._test(extracts, reliable, measured)), measured)

    def finished(self, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
        """Open the database of the tested run, within the memory that the test stage had."""
        limits = {"memory_limit": self.project.memory, "temp_directory": str(self.private)}
        config: dict[str, Any] = {**query.OPEN_SETTINGS, "threads": 2, **limits}
        return duckdb.connect(str(self.database), read_only=read_only, config=config)

    def load(self) -> tuple[Extracts, reliability.Reliability]:
        """Load the extracts and assess them; the tables stand in the database then, and nothing is tested."""
        folder = self.project.extracts / self.period.label
        if not folder.is_dir():
            shown = f"{folder.parent.name}/{folder.name}"
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
            entities = self.catalogue.model.entities
            reads = {attribute.id: by_entity(attribute.reads, entities) for attribute in self._attributes()}
            kpis = [control for control in self.selection.controls if self.with_restricted or not control.restricted]
            reads |= programme.reads(self.catalogue, kpis)
            reliable = reliability.assess(
                connection,
                self.catalogue.model,
                extracts,
                self.period,
                reads=reads,
                policy=self._policy(),
                restricted=frozenset(a.id for a in self._attributes() if self._is_restricted(a))
                | {figure.id for control in kpis if control.restricted for figure in control.figures},
                previous=self.missing_before,
            )
            self.progress.end("reliability")
            accounting.create_outstanding(connection)
            connection.execute(query.IN_FORCE)
            register.create(connection)
            connection.execute("CHECKPOINT")
        return extracts, reliable

    def _policy(self) -> reliability.Policy:
        return reliability.Policy.of(self.project.reliability_limits, self.project.reliability_overrides)

    def _attributes(self) -> tuple[Attribute, ...]:
        return tuple(a for a in self.selection.attributes if self.with_restricted or not self._is_restricted(a))

    def _is_restricted(self, attribute: Attribute) -> bool:
        return self.catalogue.control(attribute.control_id).restricted

    def _test(
        self, extracts: Extracts, reliable: reliability.Reliability, measured: dict[str, programme.Measured]
    ) -> list[ControlResult]:
        """Test the open controls first, in a worker of their own: nothing of the restricted ones can touch them."""
        self.progress.start("test", len(self._attributes()))
        inputs, made = self._inputs(extracts, reliable), dict[str, str]()
        tested = self._test_some(inputs, made, measured, restricted=False)
        if self.with_restricted:
            tested += self._test_some(inputs, made, measured, restricted=True)
        self.progress.end("test")
        return sorted(tested, key=lambda result: result.control.id)

    def _test_some(
        self, inputs: engine.Inputs, made: dict[str, str], measured: dict[str, programme.Measured], *, restricted: bool
    ) -> list[ControlResult]:
        controls = [control for control in self.selection.controls if control.restricted == restricted]
        attributes = [a for a in self.selection.attributes if self._is_restricted(a) == restricted]
        if not controls:
            return []
        limits = Limits(self.project.memory, self.project.deadline, self.private)
        with Worker(self.database, limits) as worker:
            stage = engine.Stage(worker, self.catalogue, self._values(), inputs, made)
            also = [block.query for control in controls for block in control.board]
            also += [statistic.input for control in controls for statistic in control.statistics]
            also += programme.queries(controls)
            stage.make_views(attributes, also, lambda _: None)
            results: dict[str, AttributeResult] = {}
            for attribute in attributes:
                self.progress.step("test", attribute.id)
                results[attribute.id] = stage.test(attribute)
            measured.update({c.id: stage.measure(c) for c in controls if c.kind == programme.KPI})
            return [_control_result(stage, c, results) for c in controls if programme.is_tested(c)]

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


@contextmanager
def told(root: Path) -> Iterator[None]:
    """Turn what goes wrong with files and database inside into a RunError in words; `root` is the project's folder."""
    try:
        yield
    except OSError as error:
        raise _stopped(_of_system(error, root)) from None
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
        why = Reason.control_error(f"the population could not be counted: {error.message}")
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
