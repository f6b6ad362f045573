"""The test stage: views, populations and attributes in dependency order; whatever fails is named, the rest goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditkit import accounting, measure, query, roll_forward
from auditkit.accounting import Task
from auditkit.control import Attribute, Catalogue, Control, Population
from auditkit.lineage import Read
from auditkit.measure import Measure, MeasureResult
from auditkit.programme import Figure, FigureResult, Measured
from auditkit.reason import Reason
from auditkit.result import AttributeResult, Counts
from auditkit.roll_forward import RollForwardResult
from auditkit.worker import StepFailed, Worker, WorkerLost

Values = Mapping[str, Mapping[str, object]]  # control id -> parameter -> value, engine parameters included


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the test stage needs to know about the extracts: what was delivered, what was rejected, what is blocked."""

    delivered: Mapping[str, frozenset[str]]  # entity -> columns delivered
    rejected: Mapping[str, int]  # entity -> rows rejected for want of their key
    blocked: Mapping[str, tuple[Reason, ...]]  # attribute id -> failed reliability checks
    not_tested_limit: Decimal


@dataclass(slots=True)
class Stage:
    """
    One test stage: the worker, the catalogue, the values of the parameters, and what was made so far.

    `made` holds every view and statistic with "", or with why it could not be made; stages of one run share it.
    """

    worker: Worker
    catalogue: Catalogue
    values: Values
    inputs: Inputs
    made: dict[str, str]

    @property
    def failed(self) -> dict[str, str]:
        """Views and statistics that could not be made, with the reason."""
        return {name: why for name, why in self.made.items() if why}

    def make_views(self, attributes: Sequence[Attribute], also: Sequence[str], on_step: Callable[[str], None]) -> None:
        """Materialise every view and statistic that the attributes, their populations and `also` need."""
        for name in self.order(attributes, also):
            if name in self.made:
                continue
            on_step(name)
            self.made[name] = self._upstream_failure(name) or ""
            if self.made[name]:
                continue
            try:
                if name in self.catalogue.statistics:
                    self.worker.call(query.estimate, self.catalogue.statistics[name])
                else:
                    view = self.catalogue.views[name]
                    values = self.values[view.control_id or ""]
                    bound = query.bound(view.statement, values)
                    self.worker.call(accounting.make_view, name, view.statement.text, bound)
            except (StepFailed, WorkerLost) as error:
                self.made[name] = f"{name}: {error.message}"

    def order(self, attributes: Sequence[Attribute], also: Sequence[str]) -> list[str]:
        """Return the views and statistics that the attributes and `also` need, in the order to make them."""
        wanted: dict[str, None] = {}
        for attribute in attributes:
            control = self.catalogue.control(attribute.control_id)
            population = self.catalogue.views[control.populations[attribute.population].view]
            for name in (*query.needed(self.catalogue, population.statement), population.name):
                wanted[name] = None
            for name in query.needed(self.catalogue, attribute.statement):
                wanted[name] = None
        for name in also:
            for upstream in (*query.needed(self.catalogue, self.catalogue.views[name].statement), name):
                wanted[upstream] = None
        return list(wanted)

    def _upstream_failure(self, name: str) -> str | None:
        statistic = self.catalogue.statistics.get(name)
        tables = {statistic.input} if statistic else self.catalogue.views[name].statement.tables
        return next((self.failed[table] for table in sorted(tables) if table in self.failed), None)

    def test(self, attribute: Attribute) -> AttributeResult:
        """Test one attribute on its population; whatever happens, every item of the population has a result."""
        began = time.perf_counter()
        population = self.catalogue.control(attribute.control_id).populations[attribute.population]
        reasons = list(self.inputs.blocked.get(attribute.id, ()))
        compared = ""
        task = Task.of(attribute, population)
        if population.view in self.failed:
            return self._without_population(attribute, population, Reason.control_error(self.failed[population.view]))
        absent = self.not_delivered(attribute)
        if self._population_undelivered(population):
            missing = Reason.not_delivered(self._population_undelivered(population))
            return self._without_population(attribute, population, missing)
        try:
            if absent:
                reasons.append(Reason.not_delivered(absent))
                self.worker.call(accounting.all_not_tested, task, "not_delivered")
            else:
                compared, error = self._run(attribute, task)
                if error:
                    reasons.append(error)
            counts, digest, amounts = self._account(attribute, population, task, reasons)
        except (StepFailed, WorkerLost) as error:
            return self._without_population(attribute, population, Reason.control_error(error.message))
        reasons += self._from_counts(counts)
        seconds = time.perf_counter() - began
        return AttributeResult(attribute, counts, tuple(reasons), compared, seconds, digest, amounts, population.grain)

    def _account(
        self, attribute: Attribute, population: Population, task: Task, reasons: list[Reason]
    ) -> tuple[Counts, str, dict[str, Decimal]]:
        """Count the results; where they cannot be listed as they are, no item is tested and `reasons` says why."""
        rejected = self.inputs.rejected.get(population.source or "", 0)
        texts = {name: query.as_text(value) or "" for name, value in self.values[attribute.control_id].items()}
        counted: tuple[Counts, str, dict[str, Decimal]]
        try:
            counted = self.worker.call(accounting.account, task, rejected, texts)
        except (StepFailed, WorkerLost) as error:
            reasons.append(Reason.control_error(error.message))
            self.worker.call(accounting.all_not_tested, task, "control_error")
            counted = self.worker.call(accounting.account, task, rejected, texts)
        return counted

    def _run(self, attribute: Attribute, task: Task) -> tuple[str, Reason | None]:
        """Run the attribute's query and compare it with its population; return what was compared and what is wrong."""
        values = self.values[attribute.control_id]
        upstream = [self.failed[name] for name in sorted(attribute.statement.tables) if name in self.failed]
        try:
            if upstream:
                raise StepFailed(upstream[0])
            self.worker.call(accounting.make_attribute, task, query.bound(attribute.statement, values))
            compared, wrong = self.worker.call(accounting.compare, task)
        except (StepFailed, WorkerLost) as error:
            compared, wrong = "the query did not finish", error.message
        if not wrong:
            return compared, None
        self.worker.call(accounting.all_not_tested, task, "control_error")
        return compared, Reason.control_error(wrong)

    def _without_population(self, attribute: Attribute, population: Population, reason: Reason) -> AttributeResult:
        rejected = self.inputs.rejected.get(population.source or "", 0)
        counts = Counts(rejected, not_tested=rejected, reasons=accounting.rejected_reason(rejected))
        return AttributeResult(attribute, counts, (reason,), "there is no population to compare with", 0.0, "", {})

    def _population_undelivered(self, population: Population) -> list[str]:
        """Return the entities without which the population itself cannot be known."""
        if population.source is None or population.source in self.inputs.delivered:
            return []
        return [population.source]

    def not_delivered(self, attribute: Attribute) -> list[str]:
        """Return the entities and columns the attribute needs that were not delivered, optional ones left out."""
        return self.absent(attribute.reads, attribute.optional)

    def absent(self, reads: Iterable[Read], optional: Collection[str]) -> list[str]:
        """Return what of `reads` was not delivered, entities and columns in `optional` left out."""
        absent: set[str] = set()
        for entity, column in reads:
            known = self.catalogue.model.entities.get(entity)
            if known is None or known.computed or column.startswith("_") or entity in optional:
                continue
            if entity not in self.inputs.delivered:
                absent.add(entity)
            elif column and column not in self.inputs.delivered[entity]:
                absent.add(f"{entity}.{column}")
        return sorted(name for name in absent if name not in optional and name.split(".")[0] not in (absent - {name}))

    def _from_counts(self, counts: Counts) -> Iterator[Reason]:
        if counts.population == 0:
            yield Reason.nil_population()
        elif counts.not_applicable == counts.population:
            yield Reason.none_applies(counts.population)
        elif counts.not_tested > self.inputs.not_tested_limit * counts.population:
            yield Reason.untested(counts.not_tested, counts.population)

    def measure(self, control: Control) -> Measured:
        """Measure the figures of a control of kind `kpi`; its views have been made."""
        return Measured(control, tuple(self._figure(figure) for figure in control.figures))

    def _figure(self, figure: Figure) -> FigureResult:
        why = next(iter(self.inputs.blocked.get(figure.id, ())), None)
        if absent := self._absent_of(figure):
            why = Reason.not_delivered(absent)
        elif why is None and figure.query in self.failed:
            why = Reason.control_error(self.failed[figure.query])
        rows: list[tuple[Any, ...]] = []
        if why is None:
            try:
                rows = self.worker.call(accounting.fetch, figure.query, figure.columns)
            except (StepFailed, WorkerLost) as error:
                why = Reason.control_error(error.message)
        if isinstance(figure, Measure):
            return MeasureResult(figure, (), why) if why else measure.result(figure, figure.columns, rows)
        return RollForwardResult(figure, {}, why) if why else roll_forward.result(figure, figure.columns, rows)

    def _absent_of(self, figure: Figure) -> list[str]:
        return self.absent(self.catalogue.view_reads[figure.query], ())
