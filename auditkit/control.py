"""Controls as auditors write them: objective, risk, criteria, populations, attributes with cases, board blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditkit.attestation import Duty
from auditkit.entity import DataModel
from auditkit.lineage import Read
from auditkit.measure import Measure
from auditkit.parameter import Pack, Parameter
from auditkit.roll_forward import RollForward
from auditkit.statement import Statement

SEVERITIES = ("critical", "high", "medium", "low", "info")
RESULTS = ("PASS", "EXCEPTION", "REVIEW", "NOT_TESTED", "NOT_APPLICABLE")
# Evidence columns that every part of auditkit understands; other columns are evidence of their attribute alone.
KNOWN_COLUMNS = ("person_id", "org_unit_id", "party_id", "event_date", "amount", "currency", "evidence", "severity")


@dataclass(frozen=True, slots=True)
class Criterion:
    """What should be: a rule in plain words, where it stands and since when."""

    id: str
    text: str
    source: str
    article: str = ""
    version: str = ""
    effective_from: str = ""

    @property
    def place(self) -> str:
        """Source, article and version in one line."""
        return ", ".join(part for part in (self.source, self.article, self.version) if part)


@dataclass(frozen=True, slots=True)
class Population:
    """
    Every item a control must look at, declared apart from the attributes so that a join cannot shrink it unseen.

    `view` returns one row per item, `grain` names the columns that identify it. `source` is the entity whose rejected
    rows belong to the denominator, since nobody can tell whether they held an item.
    """

    name: str
    title: str
    view: str
    grain: tuple[str, ...]
    source: str | None = None
    period_basis: str = ""
    late_arrivals_by: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """
    One example that the SQL must get right: given rows per entity, expected rows; cells are text.

    `shown` and `line` say where it stands, for messages.
    """

    name: str
    given: Mapping[str, str]
    expect: str
    parameters: Mapping[str, str]
    period: str
    weekend: tuple[str, ...]
    holidays: tuple[str, ...]
    line: int | None = None
    shown: str | None = None

    @property
    def place(self) -> str:
        """The file and line as messages show them."""
        return f"{self.shown}:{self.line}"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One yes/no characteristic tested on every item of a population."""

    id: str
    title: str
    control_id: str
    population: str
    severity: str
    criteria: tuple[str, ...]
    message: str
    not_a_problem_when: str
    statement: Statement
    cases: tuple[Case, ...]
    path: Path
    shown: str
    optional: Mapping[str, str]
    tolerable_rate: str | None = None
    columns: Mapping[str, str] = None  # type: ignore[assignment]  # set by the loader: output column -> type
    reads: frozenset[Read] = frozenset()

    @property
    def table(self) -> str:
        """The name of the table that holds the attribute's results in a run."""
        return "attribute__" + self.id.replace("-", "_")

    @property
    def tolerable(self) -> Decimal:
        """
        The rate of confirmed deviations up to which the attribute counts as effective, as a fraction.

        Declared, else 0 where a deviation is critical, and 5 % elsewhere.
        """
        if self.tolerable_rate is None:
            return Decimal(0) if self.severity == SEVERITIES[0] else Decimal("0.05")
        return Decimal(self.tolerable_rate.rstrip("% ")) / 100


@dataclass(frozen=True, slots=True)
class View:
    """A query shared by attributes, materialised once per run; `control_id` is None for the shared ones."""

    name: str
    statement: Statement
    control_id: str | None
    title: str = ""
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Statistic:
    """An estimate by a well-kept library: its input view, its specification, the table it makes."""

    name: str
    title: str
    estimator: str
    input: str
    specification: Mapping[str, Any]
    control_id: str


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """One column of a board block: how it is titled and written."""

    name: str
    title: str
    kind: str = "text"
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Suppression:
    """Rows in which one of `counts` is below `minimum` show no `hide` columns; one hidden row hides the next too."""

    counts: tuple[str, ...]
    minimum: int
    hide: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart of a board block: one bar per `category`, one series per value column."""

    kind: str
    category: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoardBlock:
    """A control's own sheet in the board edition."""

    id: str
    title: str
    query: str
    note: str
    columns: tuple[BoardColumn, ...]
    chart: Chart | None = None
    suppress: Suppression | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """
    A control's texts in another language, by the keys of its own files; what is absent has none.

    `board` and `columns` are by block, `values` the words of a block's query and what stands for them, `figures` by
    measure or roll-forward, `codes` the reason codes of its attributes and the categories of its measures in words.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    populations: Mapping[str, str] = field(default_factory=dict)
    criteria: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    attestation: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    board: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Control:
    """
    The organisation's measure: what it must achieve, what happens if it fails, how it is tested.

    `kind` is `test` (attributes over populations), `kpi` (measures and roll-forwards) or `attestation` (people vouch).
    """

    id: str
    title: str
    version: str
    kind: str
    objective: str
    risk: str
    criteria: tuple[Criterion, ...]
    owner: str
    control_type: str
    control_nature: str
    key_control: bool
    frequency: str
    rad_factor: int | None
    framework_refs: tuple[str, ...]
    restricted: bool
    self_review_threat: str
    remediation_hint: str
    populations: Mapping[str, Population]
    parameters: Mapping[str, Parameter]
    statistics: tuple[Statistic, ...]
    board: tuple[BoardBlock, ...]
    attributes: tuple[Attribute, ...]
    path: Path
    shown: str
    measures: tuple[Measure, ...] = ()
    roll_forwards: tuple[RollForward, ...] = ()
    attestation: Duty | None = None
    translations: Mapping[str, Translation] = field(default_factory=dict)  # by language
    codes: Mapping[str, str] = field(default_factory=dict)  # reasons and categories in words, where translated

    @property
    def figures(self) -> tuple[Measure | RollForward, ...]:
        """Measures and roll-forwards in the order of their ids."""
        return tuple(sorted((*self.measures, *self.roll_forwards), key=lambda figure: figure.id))

    def criterion(self, identifier: str) -> Criterion:
        """Return the criterion of that id."""
        return next(criterion for criterion in self.criteria if criterion.id == identifier)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything under the controls folder: contracts, views in dependency order, controls, policy packs."""

    folder: Path
    model: DataModel
    views: Mapping[str, View]
    statistics: Mapping[str, Statistic]
    view_columns: Mapping[str, Mapping[str, str]]
    view_reads: Mapping[str, frozenset[Read]]
    controls: tuple[Control, ...]
    packs: Mapping[str, Pack]

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes in the order of their ids."""
        return tuple(attribute for control in self.controls for attribute in control.attributes)

    def control(self, identifier: str) -> Control:
        """Return the control of that id."""
        return next(control for control in self.controls if control.id == identifier)

    def population(self, attribute: Attribute) -> Population:
        """Return the population that an attribute is tested on."""
        return self.control(attribute.control_id).populations[attribute.population]
