"""What a run found: counts that add up, per attribute, per population and per control; nothing is green by default."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from auditkit.control import Attribute, BoardBlock, Control, Population, Statistic
from auditkit.errors import RunError
from auditkit.follow_up import FollowUp
from auditkit.parameter import ParameterValue
from auditkit.period import Period
from auditkit.programme import NONE, Programme
from auditkit.reason import Reason

if TYPE_CHECKING:
    from auditkit.conclusion import Conclusion
    from auditkit.extract import Extracts
    from auditkit.project import Project
    from auditkit.register import Standing
    from auditkit.reliability import Reliability
    from auditkit.sign_off import SignOff

ISSUE = "issue"  # the kind of the journal's records of what was issued
EXECUTIVE = "Chief audit executive"  # who approves an issue unless another role is named
# Columns of the table `outstanding_item`: every EXCEPTION, REVIEW and NOT_TESTED item of every attribute.
OUTSTANDING_COLUMNS = (
    ("control_id", "VARCHAR"),
    ("attribute_id", "VARCHAR"),
    ("population", "VARCHAR"),
    ("item", "VARCHAR"),  # "sale_id=S-1" or "sale_id=S-1, person_id=P2", in grain order
    ("severity", "VARCHAR"),
    ("result", "VARCHAR"),  # EXCEPTION, REVIEW or NOT_TESTED
    ("reason", "VARCHAR"),  # reason code behind the colon, or NULL
    ("person_id", "VARCHAR"),
    ("org_unit_id", "VARCHAR"),
    ("party_id", "VARCHAR"),
    ("event_date", "DATE"),
    ("amount", "DECIMAL(38,4)"),
    ("currency", "VARCHAR"),
    ("why", "VARCHAR"),  # one sentence with the actual values
    ("evidence", "VARCHAR"),  # one line per child row
    ("late_arriving", "BOOLEAN"),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Items of one population by result; `reasons` holds the number of items per (result, reason code)."""

    population: int
    passed: int = 0
    exceptions: int = 0
    review: int = 0
    not_tested: int = 0
    not_applicable: int = 0
    reasons: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Enforce the identities; raises RunError when they do not hold, for then no number can be shown."""
        if self.population != self.tested + self.not_tested + self.not_applicable:
            raise RunError(f"population {self.population} is not tested + not tested + not applicable: {self}")

    @property
    def tested(self) -> int:
        """Items with a verdict: passed, exception or review."""
        return self.passed + self.exceptions + self.review


@dataclass(frozen=True, slots=True)
class AttributeResult:
    """
    One attribute over its population.

    `not_concluded` holds the reasons why nothing may be concluded (empty: concluded); `accounting` what was compared
    between population and result, in words; `digest` the SHA-256 over the ordered results, without ids or keys.
    """

    attribute: Attribute
    counts: Counts
    not_concluded: tuple[Reason, ...]
    accounting: str
    seconds: float
    digest: str
    amounts: Mapping[str, Decimal] = field(default_factory=dict)  # value at stake: currency -> sum over exceptions
    grain: tuple[str, ...] = ()  # columns that name an item of the population

    @property
    def concluded(self) -> bool:
        """Whether a conclusion may be drawn."""
        return not self.not_concluded


@dataclass(frozen=True, slots=True)
class PopulationResult:
    """
    One population of a control: items counted once, whatever number of attributes they fail.

    An item counts as exception if any attribute says so, else as review, else as not tested if any attribute that
    was run could not test it, else as passed, else as not tested if any could not be run, else as not applicable.
    """

    population: Population
    counts: Counts
    attributes: tuple[AttributeResult, ...]
    conclusion: str
    severities: Mapping[str, int] = field(default_factory=dict)  # distinct exception items by headline severity
    amounts: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def concluded(self) -> bool:
        """Whether every attribute is concluded."""
        return all(result.concluded for result in self.attributes)


@dataclass(frozen=True, slots=True)
class TableResult:
    """A small result table: the rows of a statistic or of a board block (before suppression)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class ControlResult:
    """One control: its populations, its statistics and its board blocks."""

    control: Control
    populations: tuple[PopulationResult, ...]
    statistics: tuple[tuple[Statistic, TableResult], ...]
    board: tuple[tuple[BoardBlock, TableResult], ...]

    @property
    def concluded(self) -> bool:
        """Whether every population is concluded."""
        return all(result.concluded for result in self.populations)


@dataclass(frozen=True, slots=True)
class PreviousFigures:
    """
    Figures of an earlier quarter's last whole run.

    `rows` maps (control, population) to the row of its summary, `missing_shares` `entity.column` to the share of rows
    without that required value (0.01 = 1 %). `manifest` is the SHA-256 of that run's manifest file, `programme` what
    it showed of measured controls.
    """

    quarter: str
    run_id: str
    rows: Mapping[tuple[str, str], Mapping[str, Any]]
    missing_shares: Mapping[str, Decimal] = field(default_factory=dict)
    manifest: str = ""
    programme: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """
    Whether editions are a draft or issued; `version` counts the issues of the quarter, 0 for a draft.

    `erratum` says what a re-issue corrects, `disclosure` in what the work does not conform with the standards.
    `approved_by` is the role of who approved the issue.
    """

    version: int = 0
    issued_on: dt.date | None = None
    approved_by: str = ""
    erratum: str = ""
    disclosure: str = ""

    @property
    def issued(self) -> bool:
        """Whether the edition may be relied on."""
        return self.version > 0


@dataclass(frozen=True, slots=True)
class Run:
    """
    One run. `controls` holds the open ones, `restricted` those whose results only the restricted edition may show.

    `restricted_state` is 'tested', 'no_passphrase' or 'none'; apart from that fixed word nothing about the restricted
    controls may leave the restricted edition. `selection` is '' for a whole run, else the words of `--select`.
    `register` holds how the exceptions stand, by attribute id and by `CONTROL/population`; `restricted_register` the
    same of the restricted controls, and `restricted_unread` what of their history the passphrase does not open.
    `follow_up` holds findings, actions and decisions as they stand, `restricted_follow_up` those of the restricted
    controls.
    `conclusions` holds those after review, by attribute id, `CONTROL/population` and control id.
    `sign_offs` and `restricted_sign_offs` say who signed for what of each control.
    """

    id: str
    project: Project
    period: Period
    declared_at: dt.datetime
    selection: str
    controls: tuple[ControlResult, ...]
    restricted: tuple[ControlResult, ...]
    restricted_controls: tuple[Control, ...]
    restricted_state: str
    parameters: tuple[ParameterValue, ...]
    extracts: Extracts
    reliability: Reliability
    previous: tuple[PreviousFigures, ...]
    manifest: Mapping[str, Any]
    view_sql: Mapping[str, str]
    status: Status = Status()
    programme: Programme = NONE
    register: Mapping[str, Standing] = field(default_factory=dict)
    restricted_register: Mapping[str, Standing] = field(default_factory=dict)
    restricted_unread: tuple[str, ...] = ()
    follow_up: FollowUp = field(default_factory=FollowUp)
    restricted_follow_up: FollowUp = field(default_factory=FollowUp)
    conclusions: Mapping[str, Conclusion] = field(default_factory=dict)
    restricted_conclusions: Mapping[str, Conclusion] = field(default_factory=dict)
    sign_offs: tuple[SignOff, ...] = ()
    restricted_sign_offs: tuple[SignOff, ...] = ()

    @property
    def concluded(self) -> bool:
        """
        Whether everything is concluded that may be spoken of.

        A restricted control that was not run for want of a passphrase is not, which is no secret; one that was run
        never counts here, whatever came of it.
        """
        tested = all(result.concluded for result in self.controls)
        return self.restricted_state != "no_passphrase" and tested and self.programme.concluded

    @property
    def partial(self) -> bool:
        """Whether only a selection was run; such a run can never be issued."""
        return bool(self.selection)
