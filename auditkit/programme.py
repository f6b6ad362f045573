"""The controls that are not tested by data: measured (kind `kpi`) and attested (kind `attestation`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from auditkit.attestation import KIND as ATTESTATION
from auditkit.attestation import Attestation, attestations
from auditkit.disclosure import NOTHING_YET, Disclosed
from auditkit.lineage import by_entity
from auditkit.measure import Measure, MeasureResult
from auditkit.reason import Reason
from auditkit.roll_forward import RollForward, RollForwardResult

if TYPE_CHECKING:
    from auditkit.control import Catalogue, Control
    from auditkit.journal import Journal
    from auditkit.period import Period

KPI = "kpi"
Figure = Measure | RollForward
FigureResult = MeasureResult | RollForwardResult


@dataclass(frozen=True, slots=True)
class Measured:
    """A control of kind `kpi` with its true figures; `results` is empty where a restricted one was not run."""

    control: Control
    results: tuple[FigureResult, ...]

    @property
    def concluded(self) -> bool:
        """Whether every figure could be measured, or there was nothing to count."""
        why = (result.not_measured for result in self.results)
        return all(reason is None or reason.code == "no_denominator" for reason in why)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """The figures of one category as they may be shown: numbers, or the words that stand for them."""

    category: str
    numerator: int | str | None
    denominator: int | str
    value: Decimal | str


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure as it may be shown: rows of a measure, or numbers by column of a roll-forward, or why there are none."""

    figure: Figure
    rows: tuple[ShownRow, ...] = ()
    numbers: Mapping[str, int | str] = field(default_factory=dict)
    ties: str = ""
    carried: str = ""
    not_measured: Reason | None = None


@dataclass(frozen=True, slots=True)
class ShownControl:
    """What may be shown of a measured control; `line` says that there is more, or that it was not run."""

    control: Control
    figures: tuple[ShownFigure, ...]
    line: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """
    What stands beside the tested controls; `measured` holds the open controls, `restricted` the others.

    `shown` is what editions for many eyes may show of both, `disclosed` every count shown so far, by quarter.
    """

    measured: tuple[Measured, ...] = ()
    restricted: tuple[Measured, ...] = ()
    attested: tuple[Attestation, ...] = ()
    shown: tuple[ShownControl, ...] = ()
    disclosed: Disclosed = NOTHING_YET

    @property
    def concluded(self) -> bool:
        """Whether every figure of the open controls could be measured; the others may not be spoken of."""
        return all(each.concluded for each in self.measured)


NONE = Programme()


def is_tested(control: Control) -> bool:
    """Whether the control is tested by data."""
    return control.kind not in (KPI, ATTESTATION)


def queries(controls: Iterable[Control]) -> list[str]:
    """Return the views that the figures of the controls need."""
    return [figure.query for control in controls for figure in control.figures]


def reads(catalogue: Catalogue, controls: Iterable[Control]) -> dict[str, dict[str, frozenset[str]]]:
    """Return what the figures read of the extracts: figure id -> entity -> columns."""
    return {
        figure.id: by_entity(catalogue.view_reads[figure.query], catalogue.model.entities)
        for control in controls
        for figure in control.figures
    }


def programme(
    controls: Sequence[Control], found: Mapping[str, Measured], journal: Journal, period: Period
) -> Programme:
    """Return the programme of the chosen controls; `found` maps control ids to what was measured."""
    kpis = [found.get(control.id, Measured(control, ())) for control in controls if control.kind == KPI]
    return Programme(
        tuple(each for each in kpis if not each.control.restricted),
        tuple(each for each in kpis if each.control.restricted),
        attestations(controls, journal, period),
    )
