"""
The test stage: views, populations and attributes in dependency order, with the accounting that keeps them honest.

Every function whose first argument is a connection runs inside the worker process (see `worker`).
"""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from auditkit import query
from auditkit.control import RESULTS, SEVERITIES, Attribute, Catalogue, Population
from auditkit.result import OUTSTANDING_COLUMNS, AttributeResult, Counts
from auditkit.worker import StepFailed, Worker, WorkerLost

Values = Mapping[str, Mapping[str, object]]  # control id -> parameter -> value, engine parameters included


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the test stage needs to know about the extracts: what was delivered, what was rejected, what is blocked."""

    delivered: Mapping[str, frozenset[str]]  # entity -> columns delivered
    rejected: Mapping[str, int]  # entity -> rows rejected for want of their key
    blocked: Mapping[str, tuple[str, ...]]  # attribute id -> failed reliability checks
    not_tested_limit: Decimal


@dataclass(slots=True)
class Stage:
    """One test stage: the worker, the catalogue, the values of the parameters, and what failed so far."""

    worker: Worker
    catalogue: Catalogue
    values: Values
    inputs: Inputs
    failed: dict[str, str]  # view or statistic -> why it could not be made

    def make_views(self, attributes: Sequence[Attribute], also: Sequence[str], on_step: Callable[[str], None]) -> None:
        """Materialise every view and statistic that the attributes, their populations and `also` need."""
        for name in self._order(attributes, also):
            on_step(name)
            upstream = self._upstream_failure(name)
            if upstream is not None:
                self.failed[name] = upstream
                continue
            try:
                if name in self.catalogue.statistics:
                    self.worker.call(query.estimate, self.catalogue.statistics[name])
                else:
                    view = self.catalogue.views[name]
                    values = self.values[view.control_id or ""]
                    bound = query.bound(view.statement, values)
                    self.worker.call(_make_view, name, view.statement.text, bound)
            except (StepFailed, WorkerLost) as error:
                self.failed[name] = f"{name}: {error.message}"

    def _order(self, attributes: Sequence[Attribute], also: Sequence[str]) -> list[str]:
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
        accounting = ""
        if population.view in self.failed:
            return self._without_population(attribute, population, f"control error: {self.failed[population.view]}")
        absent = self.not_delivered(attribute)
        if self._population_undelivered(population):
            missing = ", ".join(self._population_undelivered(population))
            return self._without_population(attribute, population, f"not delivered: {missing}")
        if absent:
            reasons.append("not delivered: " + ", ".join(absent))
            self.worker.call(_all_not_tested, attribute, population, "not_delivered")
        else:
            accounting, error = self._run(attribute, population)
            if error:
                reasons.append(error)
        counts, digest, amounts = self.worker.call(
            _account,
            attribute,
            population,
            self.inputs.rejected.get(population.source or "", 0),
            {name: query.as_text(value) or "" for name, value in self.values[attribute.control_id].items()},
        )
        reasons += self._from_counts(counts)
        return AttributeResult(
            attribute, counts, tuple(reasons), accounting, time.perf_counter() - began, digest, amounts
        )

    def _run(self, attribute: Attribute, population: Population) -> tuple[str, str | None]:
        """Run the attribute's query and compare it with its population; return what was compared and what is wrong."""
        values = self.values[attribute.control_id]
        upstream = [self.failed[name] for name in sorted(attribute.statement.tables) if name in self.failed]
        try:
            if upstream:
                raise StepFailed(upstream[0])
            self.worker.call(_make_attribute, attribute, query.bound(attribute.statement, values))
            accounting, wrong = self.worker.call(_compare, attribute, population)
        except (StepFailed, WorkerLost) as error:
            accounting, wrong = "the query did not finish", error.message
        if not wrong:
            return accounting, None
        self.worker.call(_all_not_tested, attribute, population, "control_error")
        return accounting, f"control error: {wrong}"

    def _without_population(self, attribute: Attribute, population: Population, reason: str) -> AttributeResult:
        rejected = self.inputs.rejected.get(population.source or "", 0)
        counts = Counts(rejected, not_tested=rejected, reasons=_rejected_reason(rejected))
        return AttributeResult(attribute, counts, (reason,), "there is no population to compare with", 0.0, "", {})

    def _population_undelivered(self, population: Population) -> list[str]:
        """Return the entities without which the population itself cannot be known."""
        if population.source is None or population.source in self.inputs.delivered:
            return []
        return [population.source]

    def not_delivered(self, attribute: Attribute) -> list[str]:
        """Return the entities and columns the attribute needs that were not delivered, optional ones left out."""
        absent: set[str] = set()
        for entity, column in attribute.reads:
            known = self.catalogue.model.entities.get(entity)
            if known is None or known.computed or column.startswith("_") or entity in attribute.optional:
                continue
            if entity not in self.inputs.delivered:
                absent.add(entity)
            elif column and column not in self.inputs.delivered[entity]:
                absent.add(f"{entity}.{column}")
        return sorted(
            name for name in absent if name not in attribute.optional and name.split(".")[0] not in (absent - {name})
        )

    def _from_counts(self, counts: Counts) -> Iterator[str]:
        if counts.population == 0:
            yield "nil population"
        elif counts.not_tested > self.inputs.not_tested_limit * counts.population:
            share = Decimal(counts.not_tested * 100) / counts.population
            yield f"data: {counts.not_tested} of {counts.population} items ({share:.1f} %) not tested"


def _rejected_reason(rejected: int) -> dict[tuple[str, str], int]:
    return {("NOT_TESTED", "rejected_without_key"): rejected} if rejected else {}


def _make_view(connection: duckdb.DuckDBPyConnection, name: str, text: str, bound: dict[str, object]) -> None:
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS\n{text}', bound)


def _make_attribute(connection: duckdb.DuckDBPyConnection, attribute: Attribute, bound: dict[str, object]) -> None:
    text = attribute.statement.text.rstrip().rstrip(";")
    connection.execute(
        f"""CREATE OR REPLACE TABLE "{attribute.table}" AS
SELECT * REPLACE (SPLIT_PART(result, ':', 1) AS result), NULLIF(SPLIT_PART(result, ':', 2), '') AS reason
FROM (
{text}
) AS attribute""",
        bound,
    )


def _compare(
    connection: duckdb.DuckDBPyConnection, attribute: Attribute, population: Population
) -> tuple[str, str | None]:
    """Compare results and population both ways; return what was compared, and what is wrong or None."""
    grain = ", ".join(f'"{name}"' for name in population.grain)
    same = " AND ".join(f'p."{name}" IS NOT DISTINCT FROM r."{name}"' for name in population.grain)
    results = ", ".join(f"'{result}'" for result in RESULTS)
    view, table = f'"{population.view}"', f'"{attribute.table}"'
    checks: Sequence[tuple[str, str]] = (
        ("items", f"SELECT COUNT(*) FROM {view}"),
        ("results", f"SELECT COUNT(*) FROM {table}"),
        ("items of the population without a result", f"SELECT COUNT(*) FROM {view} AS p ANTI JOIN {table} AS r ON {same}"),
        ("results for items outside the population", f"SELECT COUNT(*) FROM {table} AS r ANTI JOIN {view} AS p ON {same}"),
        ("items twice in the population", f"SELECT COUNT(*) - COUNT(DISTINCT ({grain})) FROM {view}"),
        ("items with two results", f"SELECT COUNT(*) - COUNT(DISTINCT ({grain})) FROM {table}"),
        ("results that are NULL", f"SELECT COUNT(*) FROM {table} WHERE result IS NULL"),
        ("results that are no result word", f"SELECT COUNT(*) FROM {table} WHERE result NOT IN ({results})"),
        ("not tested without a reason", f"SELECT COUNT(*) FROM {table} WHERE result = 'NOT_TESTED' AND reason IS NULL"),
    )
    found = [(name, connection.execute(sql).fetchone()[0]) for name, sql in checks]  # type: ignore[index]
    wrong = [f"{count} {name}" for name, count in found[2:] if count]
    said = f"{found[0][1]} items, {found[1][1]} results; " + (", ".join(wrong) if wrong else "each item once, both ways")
    return said, "; ".join(wrong) or None


def _all_not_tested(
    connection: duckdb.DuckDBPyConnection, attribute: Attribute, population: Population, reason: str
) -> None:
    """Give every item of the population the result NOT_TESTED with `reason`."""
    grain = ", ".join(f'"{name}"' for name in population.grain)
    connection.execute(
        f"""CREATE OR REPLACE TABLE "{attribute.table}" AS
SELECT DISTINCT {grain}, 'NOT_TESTED' AS result, '{reason}' AS reason FROM "{population.view}" """
    )


def _account(
    connection: duckdb.DuckDBPyConnection,
    attribute: Attribute,
    population: Population,
    rejected: int,
    texts: Mapping[str, str],
) -> tuple[Counts, str, dict[str, Decimal]]:
    """Return the counts, the digest of the results and the value at stake by currency; fill `outstanding_item`."""
    table = f'"{attribute.table}"'
    counted = connection.execute(f"SELECT result, reason, COUNT(*) FROM {table} GROUP BY ALL ORDER BY ALL").fetchall()
    number = {result: sum(n for r, _, n in counted if r == result) for result in RESULTS}
    counts = Counts(
        population=sum(number.values()) + rejected,
        passed=number["PASS"],
        exceptions=number["EXCEPTION"],
        review=number["REVIEW"],
        not_tested=number["NOT_TESTED"] + rejected,
        not_applicable=number["NOT_APPLICABLE"],
        reasons={(result, reason): n for result, reason, n in counted if reason} | _rejected_reason(rejected),
    )
    columns = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    _list_outstanding(connection, attribute, population, columns, texts)
    amounts: dict[str, Decimal] = {}
    if "amount" in columns:
        currency = "COALESCE(currency, '')" if "currency" in columns else "''"
        sums = f"SELECT {currency}, SUM(amount) FROM {table} WHERE result = 'EXCEPTION' AND amount IS NOT NULL GROUP BY 1"
        amounts = {code: Decimal(str(total)) for code, total in connection.execute(f"{sums} ORDER BY 1").fetchall()}
    return counts, _digest(connection, attribute, population), amounts


def _digest(connection: duckdb.DuckDBPyConnection, attribute: Attribute, population: Population) -> str:
    """
    Return a digest of (grain, result, reason) over all items that does not depend on their order or on any key.

    It is the number of items and the exclusive or of the MD5 sums of the items, each item once: two runs agree if and,
    but for deliberate collisions, only if they gave every item the same result. It is no protection against forgery.
    """
    parts = ", ".join(f"COALESCE(CAST(\"{name}\" AS VARCHAR), '~')" for name in population.grain)
    row = connection.execute(
        f"""SELECT COUNT(*), COALESCE(bit_xor(md5_number(concat_ws('|', {parts}, result, COALESCE(reason, '')))), 0)
FROM "{attribute.table}" """
    ).fetchone()
    assert row is not None
    return f"{row[0]}-{row[1]:032x}"


def _list_outstanding(
    connection: duckdb.DuckDBPyConnection,
    attribute: Attribute,
    population: Population,
    columns: Mapping[str, str],
    texts: Mapping[str, str],
) -> None:
    item = ", ', ', ".join(f"'{name}=', COALESCE(CAST(r.\"{name}\" AS VARCHAR), '')" for name in population.grain)
    shown = {
        "control_id": f"'{attribute.control_id}'",
        "attribute_id": f"'{attribute.id}'",
        "population": f"'{population.name}'",
        "item": f"CONCAT({item})",
        "severity": f"COALESCE(r.severity, '{attribute.severity}')" if "severity" in columns else f"'{attribute.severity}'",
        "result": "r.result",
        "reason": "r.reason",
        "why": _sentence(attribute, columns, texts),
        "late_arriving": _late(connection, population),
    }
    selected = ", ".join(
        f"CAST({shown.get(name) or (f'r.{name}' if name in columns else 'NULL')} AS {kind}) AS {name}"
        for name, kind in OUTSTANDING_COLUMNS
    )
    same = " AND ".join(f'p."{name}" IS NOT DISTINCT FROM r."{name}"' for name in population.grain)
    join = f'LEFT JOIN "{population.view}" AS p ON {same}' if shown["late_arriving"] != "NULL" else ""
    connection.execute("DELETE FROM outstanding_item WHERE attribute_id = ?", [attribute.id])
    connection.execute(
        f"""INSERT INTO outstanding_item SELECT {selected} FROM "{attribute.table}" AS r {join}
WHERE r.result IN ('EXCEPTION', 'REVIEW', 'NOT_TESTED')"""
    )


def _late(connection: duckdb.DuckDBPyConnection, population: Population) -> str:
    columns = {row[0] for row in connection.execute(f'DESCRIBE "{population.view}"').fetchall()}
    return "p.late_arriving" if "late_arriving" in columns else "NULL"


def _sentence(attribute: Attribute, columns: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return the SQL that writes the attribute's message with the actual values; NULL where the query has no row."""
    if not set(attribute.columns) <= set(columns):
        return "NULL"
    parts = []
    for text, name, _, _ in string.Formatter().parse(attribute.message):
        if text:
            parts.append(f"'{_quoted(text)}'")
        if name is not None:
            parts.append(_shown_value(name, columns[name]) if name in columns else f"'{_quoted(texts[name])}'")
    return f"CONCAT({', '.join(parts)})"


def _shown_value(name: str, kind: str) -> str:
    column = f'r."{name}"'
    if kind.startswith("DECIMAL"):
        scale = int(kind.rstrip(")").rpartition(",")[2])
        text = f"FORMAT('{{:,.{scale}f}}', CAST({column} AS DOUBLE))"
    elif kind in ("BIGINT", "INTEGER", "HUGEINT", "SMALLINT"):
        text = f"FORMAT('{{:,}}', CAST({column} AS BIGINT))"
    elif kind == "TIMESTAMP":
        text = f"RTRIM(REPLACE(STRFTIME({column}, '%Y-%m-%d %H:%M'), ' 00:00', ''))"
    else:
        text = f"CAST({column} AS VARCHAR)"
    return f"COALESCE({text}, 'not recorded')"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def create_outstanding(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table of all items that need a person: exceptions, items for review, items not tested."""
    columns = ", ".join(f"{name} {kind}" for name, kind in OUTSTANDING_COLUMNS)
    connection.execute(f"CREATE OR REPLACE TABLE outstanding_item ({columns})")


def population_counts(
    connection: duckdb.DuckDBPyConnection, population: Population, attributes: Sequence[Attribute], rejected: int
) -> tuple[Counts, dict[str, int], dict[str, Decimal]]:
    """Return the population's items counted once over `attributes`, exceptions by headline severity, value at stake."""
    grain = ", ".join(f'"{name}"' for name in population.grain)
    rank = "LIST_POSITION(['NOT_APPLICABLE', 'PASS', 'NOT_TESTED', 'REVIEW', 'EXCEPTION'], result)"
    union = "\nUNION ALL\n".join(
        f'SELECT {grain}, {rank} AS rank FROM "{attribute.table}"' for attribute in attributes
    )
    ranked = f"SELECT MAX(rank) AS rank FROM ({union}) GROUP BY {grain}"
    found = dict(connection.execute(f"SELECT rank, COUNT(*) FROM ({ranked}) GROUP BY 1").fetchall())
    counts = Counts(
        population=sum(found.values()) + rejected,
        passed=found.get(2, 0),
        exceptions=found.get(5, 0),
        review=found.get(4, 0),
        not_tested=found.get(3, 0) + rejected,
        not_applicable=found.get(1, 0),
    )
    ids = ", ".join(f"'{attribute.id}'" for attribute in attributes)
    worst = f"MIN(LIST_POSITION({list(SEVERITIES)}, severity))"
    where = f"WHERE attribute_id IN ({ids}) AND result = 'EXCEPTION'"
    severities = connection.execute(
        f"SELECT worst, COUNT(*) FROM (SELECT {worst} AS worst FROM outstanding_item {where} GROUP BY item) GROUP BY 1"
    ).fetchall()
    amounts = connection.execute(
        f"""SELECT currency, SUM(amount) FROM (
SELECT item, COALESCE(currency, '') AS currency, MAX(amount) AS amount FROM outstanding_item {where}
AND amount IS NOT NULL GROUP BY ALL) GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    return (
        counts,
        {SEVERITIES[number - 1]: count for number, count in sorted(severities)},
        {code: Decimal(str(total)) for code, total in amounts},
    )


def fetch(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the rows of a small table, ordered."""
    names = ", ".join(f'"{name}"' for name in columns) if columns else "*"
    return connection.execute(f'SELECT {names} FROM "{table}" ORDER BY ALL').fetchall()


