"""One entity filled from the raw table of an extract, in SQL over all rows at once, with every row and cell counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import duckdb

from auditkit.conversion import Conversion, tidy
from auditkit.entity import Entity
from auditkit.errors import ExtractError
from auditkit.mapping import EntityMap, Filter
from auditkit.quoting import literal, literals, name
from auditkit.reader import Cell, Raw


@dataclass(frozen=True, slots=True)
class LoadedEntity:
    """
    What one file gave to one entity: rows = filtered + loaded + rejected.

    `filtered` rows were left out by the mapping's own word. `unread` cells and `sentinels` (dates that mean "none")
    were loaded as NULL; those of restricted columns are not in these two counts unless the whole entity is
    restricted, but in `restricted_unread` and `restricted_sentinels`. `columns` are the delivered ones; `kept_where`
    says in words which rows the mapping keeps ("" for all).
    """

    entity: str
    rows: int
    filtered: int
    loaded: int
    rejected: int
    unread: int
    sentinels: int
    columns: tuple[str, ...]
    restricted_unread: int = 0
    restricted_sentinels: int = 0
    kept_where: str = ""


def load_entity(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    entity: Entity,
    forms: Sequence[tuple[EntityMap, Sequence[Conversion]]],
    cell: Callable[[str], Cell],
    file: str,
) -> LoadedEntity:
    """
    Insert the rows of `raw` into the entity's table, and what could not be read into rejected_row and unread_cell.

    Each form of the mapping takes the rows that its filters keep. Raises ExtractError if one row has two forms or the
    counts do not add up.
    """
    loads = [_Load(connection, raw, entity, part, conversions, cell, file) for part, conversions in forms]
    _refuse_two_forms(loads)
    loads[0].list_unreadable_rows()
    parts = [_fill(load, again=load is not loads[0]) for load in loads]
    if len(parts) == 1:
        return parts[0]
    # Every part counts all rows of the file, what the other forms took among the filtered.
    unreadable, others = len(raw.unreadable), len(parts) - 1
    return replace(
        parts[0],
        filtered=sum(part.filtered for part in parts) - others * (raw.rows - unreadable),
        loaded=sum(part.loaded for part in parts),
        rejected=sum(part.rejected for part in parts) - others * unreadable,
        unread=sum(part.unread for part in parts),
        sentinels=sum(part.sentinels for part in parts),
        columns=tuple(dict.fromkeys(column for part in parts for column in part.columns)),
        restricted_unread=sum(part.restricted_unread for part in parts),
        restricted_sentinels=sum(part.restricted_sentinels for part in parts),
        kept_where="; or: ".join(part.kept_where for part in parts),
    )


def _refuse_two_forms(loads: Sequence[_Load]) -> None:
    if len(loads) == 1:
        return
    load = loads[0]
    times = " + ".join(f"CAST({other.kept} AS INTEGER)" for other in loads)
    found = f"SELECT count(*), min({load.raw.row}) FROM {load.raw.table} WHERE {times} > 1"
    ((rows, first),) = load.connection.execute(found).fetchall()
    if rows:
        raise ExtractError(
            f"{rows} rows fit more than one form of {load.entity.name} in the mapping; the first is row {first}",
            path=load.file,
            hint="change the filters so that each row has one form",
        )


def _fill(load: _Load, *, again: bool) -> LoadedEntity:
    """Load one form; `again` means that the table already holds rows of another form of this file."""
    raw, entity, conversions = load.raw, load.entity, load.conversions
    readable = raw.rows - len(raw.unreadable)
    kept, found = load.count()
    loaded = load.insert()
    repeated = load.repeated() if load.part.distinct else 0
    rejected = len(raw.unreadable)
    if loaded + repeated < kept:
        rejected += load.list_rows_without_key()
    filtered = readable - kept + repeated
    if raw.rows != filtered + loaded + rejected:
        message = f"the rows of {entity.name} do not add up: {raw.rows} is not {filtered} + {loaded} + {rejected}"
        raise ExtractError(message, path=load.file, hint="this is a defect of auditkit; please report it")
    doubtful = load.doubtful(found, complete=loaded == kept and not again)
    sentinels = load.count_sentinels(doubtful)
    unread = load.list_unread_cells(doubtful)
    own = [number for number, item in enumerate(conversions) if entity.restricted or not item.column.restricted]
    return LoadedEntity(
        entity=entity.name,
        rows=raw.rows,
        filtered=filtered,
        loaded=loaded,
        rejected=rejected,
        unread=sum(unread[number] for number in own),
        sentinels=sum(sentinels[number] for number in own),
        columns=tuple(item.column.name for item in conversions),
        restricted_unread=sum(unread) - sum(unread[number] for number in own),
        restricted_sentinels=sum(sentinels) - sum(sentinels[number] for number in own),
        kept_where=_kept_where(load.part),
    )


def _kept_where(part: EntityMap) -> str:
    """Return the filters of a form in words."""
    words = []
    for item in part.filters:
        for verb, texts in (("is", item.keep), ("is not", item.drop)):
            if texts:
                listed = " or ".join(f'"{text}"' if text else "empty" for text in texts)
                words.append(f"{item.column} {verb} {listed}")
    return " and ".join(words) + ("" if not part.distinct else (", " if words else "") + "equal rows once")


@dataclass(frozen=True, slots=True)
class _Load:
    """The statements of one load; `found`, `known` and `value` are the stages of auditkit.conversion."""

    connection: duckdb.DuckDBPyConnection
    raw: Raw
    entity: Entity
    part: EntityMap
    conversions: Sequence[Conversion]
    cell: Callable[[str], Cell]
    file: str

    @property
    def found(self) -> str:
        columns = "".join(f", {item.found} AS found_{n}" for n, item in enumerate(self.conversions))
        return f"SELECT {self.raw.row} AS row_{columns} FROM {self.raw.table} WHERE {self.kept}"

    @property
    def kept(self) -> str:
        """The condition that the filters keep a row."""
        return " AND ".join(self._condition(item) for item in self.part.filters) or "TRUE"

    @property
    def values(self) -> str:
        known = "".join(f", {item.known} AS known_{n}" for n, item in enumerate(self.conversions))
        value = "".join(f", {item.value} AS value_{n}" for n, item in enumerate(self.conversions))
        return f"SELECT *{value} FROM (SELECT *{known} FROM ({self.found}))"

    @property
    def has_key(self) -> str:
        return " AND ".join(f"value_{n} IS NOT NULL" for n in self._keys()) or "TRUE"

    def _keys(self) -> list[int]:
        places = {item.column.name: n for n, item in enumerate(self.conversions)}
        return [places[key] for key in self.entity.key]

    def _condition(self, item: Filter) -> str:
        raw = self.cell(item.column)
        text = f"COALESCE({tidy(raw) if raw.type == 'VARCHAR' else f'CAST({raw.sql} AS VARCHAR)'}, '')"
        keep = "TRUE" if item.keep is None else f"{text} IN ({literals(item.keep)})"
        return f"({keep} AND {text} NOT IN ({literals(item.drop)}))" if item.drop else keep

    def _run(self, sql: str) -> tuple[int, ...]:
        # fetchall: a result that is not read to its end keeps the connection busy.
        return tuple(self.connection.execute(sql).fetchall()[0])

    def count(self) -> tuple[int, list[int]]:
        """Return the rows kept by the filters and, per column, the cells that hold something (0 if all are sure)."""
        cells = ", ".join("0" if item.certain else f"count(found_{n})" for n, item in enumerate(self.conversions))
        kept, *found = self._run(f"SELECT count(*), {cells} FROM ({self.found})")
        return kept, found

    def insert(self) -> int:
        """Insert every row that has its key, and return their number."""
        names = [*(name(item.column.name) for item in self.conversions), "_source_file", "_source_row"]
        values = [f"value_{n}" for n in range(len(self.conversions))]
        once = f" QUALIFY row_number() OVER (PARTITION BY {', '.join(values)} ORDER BY row_) = 1"
        select = f"SELECT {', '.join(values)}, {literal(self.file)}, row_ FROM ({self.values}) WHERE {self.has_key}"
        into = f"INSERT INTO {name(self.entity.name)} ({', '.join(names)}) "
        return self._run(into + select + (once if self.part.distinct else ""))[0]

    def repeated(self) -> int:
        """Return how many rows with a key say nothing that another row of the file does not say."""
        values = ", ".join(f"value_{n}" for n in range(len(self.conversions)))
        inner = f"SELECT count(*) AS times FROM ({self.values}) WHERE {self.has_key} GROUP BY {values}"
        return int(self._run(f"SELECT COALESCE(sum(times - 1), 0) FROM ({inner})")[0])

    def list_unreadable_rows(self) -> None:
        if not self.raw.unreadable:
            return
        self.connection.execute(
            "INSERT INTO rejected_row SELECT $file, unnest($rows), $entity, unnest($reasons), $restricted",
            {
                "file": self.file,
                "rows": [record.row for record in self.raw.unreadable],
                "entity": self.entity.name,
                "reasons": [record.reason for record in self.raw.unreadable],
                "restricted": self.entity.restricted,
            },
        )

    def list_rows_without_key(self) -> int:
        """List the rows that want their key, and return their number."""
        reasons = []
        for n in self._keys():
            item = self.conversions[n]
            label = f"the key column {item.column.name}"
            cannot = f"{literal(label + ' cannot be read: ')} || CAST(found_{n} AS VARCHAR) || ': ' || {item.reason}"
            empty = literal(f"{label} is empty")
            reasons.append(
                f"CASE WHEN value_{n} IS NULL THEN CASE WHEN found_{n} IS NULL THEN {empty} ELSE {cannot} END END"
            )
        read = [n for n, spec in enumerate(self.part.columns) if spec.sources]
        nothing = " AND ".join(f"found_{n} IS NULL" for n in read) or "FALSE"
        reason = f"CASE WHEN {nothing} THEN 'the row is empty' ELSE concat_ws('; ', {', '.join(reasons)}) END"
        about = f"{literal(self.file)}, row_, {literal(self.entity.name)}, {reason}, {self.entity.restricted}"
        return self._run(f"INSERT INTO rejected_row SELECT {about} FROM ({self.values}) WHERE NOT ({self.has_key})")[0]

    def doubtful(self, found: Sequence[int], *, complete: bool) -> list[int]:
        """
        Return the columns where a cell that holds something may have given no value.

        When every kept row was loaded, counting is enough to clear the others.
        """
        doubtful = [n for n, item in enumerate(self.conversions) if not item.certain]
        if complete and doubtful:
            counted = ", ".join(f"count({name(self.conversions[n].column.name)})" for n in doubtful)
            of_file = f"FROM {name(self.entity.name)} WHERE _source_file = {literal(self.file)}"
            values = dict(zip(doubtful, self._run(f"SELECT {counted} {of_file}"), strict=True))
            doubtful = [n for n in doubtful if self.conversions[n].fills or found[n] != values[n]]
        return doubtful

    def count_sentinels(self, doubtful: Sequence[int]) -> list[int]:
        """Return the number of sentinels per column."""
        sentinels = [0] * len(self.conversions)
        for n in doubtful:
            if self.conversions[n].sentinel != "FALSE":
                condition = f"found_{n} IS NOT NULL AND ({self.conversions[n].sentinel})"
                sentinels[n] = self._run(f"SELECT count(*) FILTER ({condition}) FROM ({self.values})")[0]
        return sentinels

    def list_unread_cells(self, doubtful: Sequence[int]) -> list[int]:
        """List the cells that hold something unreadable, and return their number per column."""
        unread = [0] * len(self.conversions)
        for n in doubtful:
            item = self.conversions[n]
            restricted = self.entity.restricted or item.column.restricted
            about = f"{literal(self.file)}, row_, {literal(self.entity.name)}, {literal(item.column.name)}"
            unread[n] = self._run(
                f"INSERT INTO unread_cell SELECT {about}, CAST(found_{n} AS VARCHAR), {item.reason}, {restricted} "
                f"FROM ({self.values}) WHERE {item.unreadable(n)}"
            )[0]
        return unread
