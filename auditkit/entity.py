"""The canonical tables as the contracts describe them: entities, their columns, and the rules their rows keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".odcs.yaml"
CLASSES = ("C0", "C1", "C2", "C3", "C4")
RESTRICTED_CLASS = "C4"
LINEAGE_COLUMNS = (("_source_file", "VARCHAR"), ("_source_row", "BIGINT"))


@dataclass(frozen=True, slots=True)
class Synonym:
    """What a source system calls a column: `Synonym("SAP ERP HCM", "PERNR")`."""

    system: str
    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A quality rule of a contract; a missing value never breaks one, except `not_null`.

    `kind` and its `arguments`: `not_null` and `unique` (none), `in_set` (`values`: tuple of text), `between`
    (`minimum`, `maximum`: text or None, both included), `pattern` (`pattern`: regular expression that must be found),
    `compare` (`operator`: `<=` or `<`, between the first and the second of `columns`).
    """

    id: str
    kind: str
    columns: tuple[str, ...]
    arguments: Mapping[str, object]
    description: str


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of a canonical table.

    `type` is the DuckDB type as text, `classification` C0 (public) to C4 (restricted), `references` the entity and
    column a foreign key points to, `case_default` the text a case gets where it does not give the column, and
    `open_values` the dates by which source systems mean "no end".
    """

    name: str
    type: str
    required: bool
    classification: str
    description: str
    enum: tuple[str, ...] = ()
    references: tuple[str, str] | None = None
    synonyms: tuple[Synonym, ...] = ()
    case_default: str | None = None
    open_values: tuple[str, ...] = ()

    @property
    def restricted(self) -> bool:
        """Whether only restricted controls may read the column."""
        return self.classification == RESTRICTED_CLASS


@dataclass(frozen=True, slots=True)
class Entity:
    """
    One canonical table.

    `contract` is the id of its contract file and `system` the name of the kind of source system. `history` tables
    hold half-open validity (`valid_from` included, `valid_to` excluded, NULL = open). `label` is the column that names
    the thing. `computed` tables are made by auditkit. `control_totals` are the columns whose sum the supplier states,
    `period_column` the one whose dates must cover the period. `source_tables`: product -> its tables or
    reports; `independent_source` says where a figure to check the extract against can come from.
    """

    name: str
    title: str
    description: str
    contract: str
    system: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    restricted: bool = False
    history: bool = False
    label: str | None = None
    computed: bool = False
    quality: tuple[Rule, ...] = ()
    control_totals: tuple[str, ...] = ()
    period_column: str | None = None
    source_tables: Mapping[str, str] | None = None
    independent_source: str = ""
    path: Path | None = None

    def column(self, name: str) -> Column:
        """Return the column called `name`; raises KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def create_sql(self) -> str:
        """Return the CREATE TABLE of the entity, with the lineage columns and without constraints."""
        typed = [*((column.name, column.type) for column in self.columns), *LINEAGE_COLUMNS]
        columns = ", ".join(f'"{name}" {kind}' for name, kind in typed)
        return f'CREATE TABLE "{self.name}" ({columns})'


@dataclass(frozen=True, slots=True)
class DataModel:
    """Every entity of every contract, by name."""

    entities: dict[str, Entity]
