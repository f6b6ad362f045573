"""Working-paper sheets of items on which nobody decides, and what the sheets of all items share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from auditkit.accounting import NOT_RUN
from auditkit.book import Book
from auditkit.control import SEVERITIES
from auditkit.journal import FILE, Journal
from auditkit.quoting import literals
from auditkit.result import ControlResult, Run
from auditkit.sheet import ROW_LIMIT, Column, table_sheet
from auditkit.wording import FULL_LIST, number, plural, reason, severity, severity_rank

if TYPE_CHECKING:
    from auditkit.conclusion import Conclusion
    from auditkit.entity import DataModel, Entity
    from auditkit.register import Standing

EVIDENCE_LINES = 5
NO_JOURNAL = Journal(Path(FILE))
LABELLED = ("person_id", "org_unit_id", "party_id")
DETAIL_COLUMNS = (
    Column("Severity", least=11),
    Column("Attribute", least=10),
    Column("What should be so", "wrap", most=28),
    Column("Why", "wrap", least=30, most=52),
    Column("Evidence", "wrap", least=14, most=44),
    Column("Person", "text", most=14),
    Column("Name", "wrap", most=20),
    Column("Unit", "text", most=12),
    Column("Unit name", "wrap", most=20),
    Column("Counterparty", "text", most=15),
    Column("Counterparty name", "wrap", most=22),
    Column("Event date", "date", least=12),
    Column("Amount", "amount", least=12),
    Column("Currency", least=10),
    Column("Late arrival", least=8),
    Column("Item", "wrap", most=26),
    Column("Source file", "wrap", most=20),
    Column("Source row", "int", least=9),
)
SOURCE_NOTE = (
    "Source file and row are given where an item is one row of one extract; an item that was put together from several "
    "rows has its evidence instead."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What one edition may show: the open controls, or the restricted ones, never both.

    `limit` is the greatest number of rows of a list, `pointer` where the whole list stands ("" if nowhere else);
    `journal` holds what people decided about these controls.
    """

    run: Run
    connection: duckdb.DuckDBPyConnection
    model: DataModel
    results: tuple[ControlResult, ...]
    restricted: bool
    limit: int = ROW_LIMIT
    pointer: str = FULL_LIST
    journal: Journal = NO_JOURNAL

    @property
    def ids(self) -> list[str]:
        """The controls' ids."""
        return [result.control.id for result in self.results]

    @property
    def register(self) -> Mapping[str, Standing]:
        """How exceptions stand, by attribute id and by `CONTROL/population`."""
        return self.run.restricted_register if self.restricted else self.run.register

    @property
    def conclusions(self) -> Mapping[str, Conclusion]:
        """The conclusions after review, by attribute id, `CONTROL/population` and control id."""
        return self.run.restricted_conclusions if self.restricted else self.run.conclusions

    @property
    def titles(self) -> dict[str, str]:
        """Titles of the attributes by id."""
        return {attribute.id: attribute.title for result in self.results for attribute in result.control.attributes}

    def count(self, what: str, values: Sequence[Any] = ()) -> int:
        """Return how many rows there are of `what`, SQL from behind FROM."""
        found = self.connection.execute(f"SELECT COUNT(*) FROM {what}", list(values)).fetchone()
        return int(found[0]) if found else 0


@lru_cache(maxsize=1)
def data_model(folder: Path) -> DataModel:
    """Return the contracts of a controls folder, which say what names a person, a unit or a party."""
    from auditkit.contract import load_contracts

    return load_contracts(folder / "contracts")


def not_tested(book: Book, scope: Scope) -> None:
    """Add the items that lack the data for a verdict, with the reason."""
    columns = (*DETAIL_COLUMNS[:3], Column("Reason", "wrap", most=30), *DETAIL_COLUMNS[3:])
    note = (
        "These items lack the data for a verdict and are never counted as passed. Rows of an extract that were "
        "rejected for want of their key count as not tested too; they are on the sheet Rejected rows."
    )
    whole = _not_run(scope)
    if whole:
        note += " An attribute that could not be run at all has one line for all its items."
    where, values = _where(scope, whole)
    count = len(whole) + scope.count(f"outstanding_item AS o WHERE {where}", values)
    found = scope.connection.execute(item_sql(scope, where), values).fetchall()
    rows = sorted([*found, *map(tuple, whole.values())], key=lambda row: (severity_rank(row[0] or ""), row[1]))
    titles = scope.titles
    table_sheet(
        book,
        "Not tested",
        columns,
        [_row(row, titles, scope.pointer) for row in rows],
        notes=[note, SOURCE_NOTE] if rows else [note],
        warning=limit_warning(count, len(rows), scope.pointer),
        empty="Every item of the populations could be tested.",
        pointer=scope.pointer,
        freeze=2,
        paper="A3",
    )


def _where(scope: Scope, whole: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the condition for items not tested that are listed one by one, with its values."""
    where = f"o.result = 'NOT_TESTED' AND o.control_id IN ({marks(scope.ids)})"
    if not whole:
        return where, scope.ids
    ids, codes = marks(whole), literals(NOT_RUN)
    return f"{where} AND NOT (o.attribute_id IN ({ids}) AND COALESCE(o.reason, '') IN ({codes}))", [*scope.ids, *whole]


def _not_run(scope: Scope) -> dict[str, list[Any]]:
    """
    Return one row for every attribute that could not be run on any item, by its id.

    Its items differ in nothing but their names, which stand elsewhere; where they do not, they are listed one by one.
    """
    if not scope.pointer:
        return {}
    listed = scope.connection.execute(
        f"""SELECT attribute_id, MIN(severity), MIN(reason), COUNT(*) FROM outstanding_item
WHERE result = 'NOT_TESTED' AND reason IN ({marks(NOT_RUN)}) AND control_id IN ({marks(scope.ids)})
GROUP BY 1 HAVING COUNT(*) > 1""",
        [*NOT_RUN, *scope.ids],
    ).fetchall()
    why = {r.attribute.id: r.not_concluded for c in scope.results for p in c.populations for r in p.attributes}
    return {
        name: [
            *(level, name, code, f"{'; '.join(why.get(name, ()))}. Full list: {scope.pointer}"),
            *[None] * 11,
            *(f"all {number(count)} items", None, None),
        ]
        for name, level, code, count in listed
    }


def item_sql(scope: Scope, where: str, *, join: str = "", also: str = "", first: str = "") -> str:
    """
    Return SQL for items of `outstanding_item` (o) with the names of whom they concern and their source.

    `join` adds tables and `also` a column of them at the end; `first` orders what is kept where not all are shown.
    """
    order = " ".join(f"WHEN '{name}' THEN {rank}" for rank, name in enumerate(SEVERITIES))
    labels = [_label(scope, column) for column in LABELLED]
    return f"""WITH shown AS (
    SELECT o.*{f", {also} AS added" if also else ""}, CASE o.severity {order} ELSE {len(SEVERITIES)} END AS rank
    FROM outstanding_item AS o {join} WHERE {where}
    ORDER BY {first} rank, o.attribute_id, o.item, o.why LIMIT {scope.limit}
),
source AS ({_sources(scope)})
SELECT o.severity, o.attribute_id, o.reason, o.why, o.evidence, o.person_id, {labels[0]}, o.org_unit_id, {labels[1]},
       o.party_id, {labels[2]}, o.event_date, o.amount, o.currency, o.late_arriving, o.item, source.file, source.place
       {", o.control_id, o.added" if also else ""}
FROM shown AS o
LEFT JOIN source ON source.control_id = o.control_id AND source.population = o.population AND source.item = o.item
ORDER BY o.rank, o.attribute_id, o.item, o.why"""


def marks(values: Iterable[Any]) -> str:
    """Return a question mark for each value, for IN."""
    return ", ".join("?" for _ in values) or "NULL"


def _row(row: Sequence[Any], titles: Mapping[str, str], pointer: str) -> list[Any]:
    level, attribute, code, why, evidence, *middle, late, item, file, number = row
    first = [severity(level or ""), attribute, titles.get(attribute), reason(code or ""), why]
    return [*first, shorten(evidence, pointer), *middle, "yes" if late else None, item, file, number]


def shorten(evidence: str | None, pointer: str) -> str | None:
    """Return the first lines of the evidence; what is left out is counted, with where the rest stands."""
    rows = (evidence or "").split("\n")
    if len(rows) <= EVIDENCE_LINES or not pointer:  # without another place for them, all lines stand here
        return evidence
    rest = f"and {plural(len(rows) - EVIDENCE_LINES, 'more line')}: {pointer}"
    return "\n".join([*rows[:EVIDENCE_LINES], rest])


def _sources(scope: Scope) -> str:
    """Return SQL for file and row of the items that are one row of one extract: their grain is its table's key."""
    there = "SELECT table_name FROM duckdb_columns() WHERE column_name = '_source_row'"
    tables = {row[0] for row in scope.connection.execute(there).fetchall()}
    selects = [
        "SELECT NULL::VARCHAR AS control_id, NULL::VARCHAR AS population, NULL::VARCHAR AS item, "
        "NULL::VARCHAR AS file, NULL::BIGINT AS place WHERE FALSE"
    ]
    for result in scope.results:
        for name, population in result.control.populations.items():
            for entity in scope.model.entities.values():
                if tuple(entity.key) != tuple(population.grain) or entity.name not in tables:
                    continue
                item = ", ', ', ".join(
                    f"'{key}=', COALESCE(CAST(\"{key}\" AS VARCHAR), '')" for key in population.grain
                )
                selects.append(
                    f"SELECT '{result.control.id}', '{name}', CONCAT({item}), "
                    f'MIN_BY(_source_file, _source_row), MIN(_source_row) FROM "{entity.name}" GROUP BY ALL'
                )
    return "\nUNION ALL\n".join(selects)


def _label(scope: Scope, column: str) -> str:
    """Return SQL for the name of what `column` identifies, as it was on the day of the event."""
    entity = _labelled_entity(scope, column)
    if entity is None or entity.label is None:
        return "NULL"
    if not entity.history:
        return f'(SELECT MIN(n."{entity.label}") FROM "{entity.name}" AS n WHERE n."{column}" = o."{column}")'
    day = f"COALESCE(o.event_date, DATE '{scope.run.period.last_day.isoformat()}')"
    return (
        f'(SELECT MAX_BY(n."{entity.label}", n.valid_from) FROM "{entity.name}" AS n '
        f'WHERE n."{column}" = o."{column}" AND n.valid_from <= {day})'
    )


def _labelled_entity(scope: Scope, column: str) -> Entity | None:
    """Return the entity that `column` identifies and that has a name which this edition may show."""
    tables = {row[0] for row in scope.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for entity in scope.model.entities.values():
        key = tuple(name for name in entity.key if name != "valid_from")
        if key != (column,) or entity.label is None or entity.name not in tables:
            continue
        hidden = entity.restricted or entity.column(entity.label).restricted
        if scope.restricted or not hidden:
            return entity
    return None


def limit_warning(count: int, shown: int, pointer: str) -> str:
    """Return what to say when a list does not hold everything; empty if it does."""
    if count <= shown:
        return ""
    where = f" The full list is in {pointer}." if pointer else ""
    return f"SHEET LIMIT: {number(shown)} of {number(count)} are shown, the most severe first.{where}"


def rejected_rows(book: Book, scope: Scope) -> None:
    """Add the rows of the extracts that could not be loaded."""
    columns = (
        Column("File", "wrap", most=44),
        Column("Row in the file", "int", least=12),
        Column("Table", most=28),
        Column("Reason", "wrap", least=30, most=80),
    )
    note = "Row numbers are those a person sees in the file. Rejected rows stay in the denominators as not tested."
    sql = "SELECT source_file, source_row, entity, reason FROM rejected_row"
    _listed(book, scope, "Rejected rows", columns, sql, note, "No row was rejected.", "rejected_rows")


def unread_cells(book: Book, scope: Scope) -> None:
    """Add the cells that are not empty and could not be read in the contract's type."""
    columns = (
        Column("File", "wrap", most=44),
        Column("Row in the file", "int", least=12),
        Column("Table", most=28),
        Column("Column", most=30),
        Column("Found", "wrap", most=40),
        Column("Reason", "wrap", least=30, most=60),
    )
    note = "Each of these cells counts as missing. Found is what stands in the file."
    sql = "SELECT source_file, source_row, entity, column_name, found, reason FROM unread_cell"
    _listed(book, scope, "Unread cells", columns, sql, note, "Every cell could be read.", "unread_cells")


def _listed(
    book: Book, scope: Scope, title: str, columns: Sequence[Column], sql: str, note: str, empty: str, parquet: str
) -> None:
    where = f"WHERE restricted = {str(scope.restricted).lower()}"
    table = sql.rsplit(" ", 1)[1]
    count = scope.count(f"{table} {where}")
    rows = scope.connection.execute(f"{sql} {where} ORDER BY ALL LIMIT {scope.limit}").fetchall()
    pointer = f"results/{parquet}.parquet in the evidence folder" if scope.pointer else ""
    warning = limit_warning(count, len(rows), pointer).replace(", the most severe first", "")
    table_sheet(book, title, columns, rows, notes=[note], warning=warning, empty=empty, pointer=pointer)
