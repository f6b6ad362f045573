"""
The accounting inside the worker: results compared with their population both ways, counted, digested, listed.

Every function here takes the run's connection first and is called through `worker.Worker.call`.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

import duckdb

from auditkit.control import RESULTS, SEVERITIES, Attribute, Population
from auditkit.errors import RunError
from auditkit.result import OUTSTANDING_COLUMNS, Counts

MOST_ROWS = 20_000  # of a table that is read whole, in a workbook for people
# What can be wrong between a population and its results, in the order in which `compare` counts it.
FAULTS = (
    "items of the population without a result",
    "results for items outside the population",
    "items twice in the population",
    "items with two results",
    "results that are NULL",
    "results that are no result word",
    "not tested without a reason",
    "severities that are no severity word",
)

NOT_RUN = ("not_delivered", "control_error")  # reasons of an attribute that could not be run as a whole


@dataclass(frozen=True, slots=True)
class Task:
    """What the worker needs to know of one attribute and its population: names and texts, no parsed SQL."""

    id: str
    control_id: str
    severity: str
    message: str
    sql: str
    table: str
    columns: Mapping[str, str]
    population: str
    view: str
    grain: tuple[str, ...]

    @classmethod
    def of(cls, attribute: Attribute, population: Population) -> Self:
        """Return the task of testing `attribute` on `population`."""
        return cls(
            attribute.id,
            attribute.control_id,
            attribute.severity,
            attribute.message,
            attribute.statement.text.rstrip().rstrip(";"),
            attribute.table,
            dict(attribute.columns),
            population.name,
            population.view,
            population.grain,
        )


def rejected_reason(rejected: int) -> dict[tuple[str, str], int]:
    """Return the reason under which rejected rows are not tested."""
    return {("NOT_TESTED", "rejected_without_key"): rejected} if rejected else {}


def make_view(connection: duckdb.DuckDBPyConnection, name: str, text: str, bound: dict[str, object]) -> None:
    """Materialise a view."""
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS\n{text}', bound)


def make_attribute(connection: duckdb.DuckDBPyConnection, task: Task, bound: dict[str, object]) -> None:
    """Make the table of the attribute's results, `result` and `reason` apart."""
    connection.execute(
        f"""CREATE OR REPLACE TABLE "{task.table}" AS
SELECT * REPLACE (SPLIT_PART(result, ':', 1) AS result), NULLIF(SPLIT_PART(result, ':', 2), '') AS reason
FROM (
{task.sql}
) AS attribute""",
        bound,
    )


def compare(connection: duckdb.DuckDBPyConnection, task: Task) -> tuple[str, str | None]:
    """
    Compare results and population both ways; return what was compared, and what is wrong or None.

    One grouping of both together by the grain, in which a missing value is one of its own, answers every question.
    """
    grain = ", ".join(f'"{name}"' for name in task.grain)
    words = ", ".join(f"'{result}'" for result in RESULTS)
    grades = ", ".join(f"'{severity}'" for severity in SEVERITIES)
    graded = f"CAST(severity NOT IN ({grades}) AS INTEGER)" if "severity" in task.columns else "0"
    found = connection.execute(
        f"""SELECT
    SUM(item), SUM(result),
    SUM(item) FILTER (WHERE result = 0), SUM(result) FILTER (WHERE item = 0),
    SUM(item - 1) FILTER (WHERE item > 1), SUM(result - 1) FILTER (WHERE result > 1),
    SUM(without_result), SUM(without_word), SUM(without_reason), SUM(without_grade)
FROM (
    SELECT SUM(item) AS item, SUM(result) AS result, SUM(without_result) AS without_result,
        SUM(without_word) AS without_word, SUM(without_reason) AS without_reason, SUM(without_grade) AS without_grade
    FROM (
        SELECT {grain}, 1 AS item, 0 AS result, 0 AS without_result, 0 AS without_word, 0 AS without_reason,
            0 AS without_grade
        FROM "{task.view}"
        UNION ALL
        SELECT {grain}, 0, 1, CAST(result IS NULL AS INTEGER), CAST(result NOT IN ({words}) AS INTEGER),
            CAST(result = 'NOT_TESTED' AND reason IS NULL AS INTEGER), {graded}
        FROM "{task.table}"
    ) AS laid
    GROUP BY {grain}
) AS grouped"""
    ).fetchone()
    counts = [int(count or 0) for count in found or ()]
    wrong = [f"{count} {name}" for name, count in zip(FAULTS, counts[2:], strict=True) if count]
    said = f"{counts[0]} items, {counts[1]} results; " + (", ".join(wrong) if wrong else "each item once, both ways")
    return said, "; ".join(wrong) or None


def all_not_tested(connection: duckdb.DuckDBPyConnection, task: Task, reason: str) -> None:
    """Give every item of the population the result NOT_TESTED with `reason`."""
    grain = ", ".join(f'"{name}"' for name in task.grain)
    connection.execute(
        f"""CREATE OR REPLACE TABLE "{task.table}" AS
SELECT DISTINCT {grain}, 'NOT_TESTED' AS result, '{reason}' AS reason FROM "{task.view}" """
    )


def account(
    connection: duckdb.DuckDBPyConnection,
    task: Task,
    rejected: int,
    texts: Mapping[str, str],
) -> tuple[Counts, str, dict[str, Decimal]]:
    """Return the counts, the digest of the results and the value at stake by currency; fill `outstanding_item`."""
    table = f'"{task.table}"'
    counted = connection.execute(f"SELECT result, reason, COUNT(*) FROM {table} GROUP BY ALL ORDER BY ALL").fetchall()
    number = {result: sum(n for r, _, n in counted if r == result) for result in RESULTS}
    counts = Counts(
        population=sum(number.values()) + rejected,
        passed=number["PASS"],
        exceptions=number["EXCEPTION"],
        review=number["REVIEW"],
        not_tested=number["NOT_TESTED"] + rejected,
        not_applicable=number["NOT_APPLICABLE"],
        reasons={(result, reason): n for result, reason, n in counted if reason} | rejected_reason(rejected),
    )
    columns = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    _list_outstanding(connection, task, columns, texts)
    amounts: dict[str, Decimal] = {}
    if "amount" in columns:
        currency = "COALESCE(currency, '')" if "currency" in columns else "''"
        sums = f"SELECT {currency}, SUM(amount) FROM {table} WHERE result = 'EXCEPTION' AND amount > 0 GROUP BY 1"
        amounts = {code: Decimal(str(total)) for code, total in connection.execute(f"{sums} ORDER BY 1").fetchall()}
    return counts, _digest(connection, task), amounts


def _digest(connection: duckdb.DuckDBPyConnection, task: Task) -> str:
    """
    Return a digest of (grain, result, reason) over all items that does not depend on their order or on any key.

    It is the number of items and the exclusive or of the MD5 sums of the items, each item once: two runs agree if and,
    but for deliberate collisions, only if they gave every item the same result. It is no protection against forgery.
    """
    parts = ", ".join(f"COALESCE(CAST(\"{name}\" AS VARCHAR), '~')" for name in task.grain)
    row = connection.execute(
        f"""SELECT COUNT(*), COALESCE(bit_xor(md5_number(concat_ws('|', {parts}, result, COALESCE(reason, '')))), 0)
FROM "{task.table}" """
    ).fetchone()
    count, digest = row or (0, 0)
    return f"{count}-{digest:032x}"


def _list_outstanding(
    connection: duckdb.DuckDBPyConnection,
    task: Task,
    columns: Mapping[str, str],
    texts: Mapping[str, str],
) -> None:
    shown = {
        "control_id": f"'{task.control_id}'",
        "attribute_id": f"'{task.id}'",
        "population": f"'{task.population}'",
        "item": item_text(task.grain),
        "severity": f"COALESCE(r.severity, '{task.severity}')" if "severity" in columns else f"'{task.severity}'",
        "result": "r.result",
        "reason": "r.reason",
        "why": _sentence(task, columns, texts),
        "late_arriving": _late(connection, task.view),
    }
    selected = ", ".join(
        f"CAST({shown.get(name) or (f'r.{name}' if name in columns else 'NULL')} AS {kind}) AS {name}"
        for name, kind in OUTSTANDING_COLUMNS
    )
    same = " AND ".join(f'p."{name}" IS NOT DISTINCT FROM r."{name}"' for name in task.grain)
    join = f'LEFT JOIN "{task.view}" AS p ON {same}' if shown["late_arriving"] != "NULL" else ""
    connection.execute("DELETE FROM outstanding_item WHERE attribute_id = ?", [task.id])
    connection.execute(
        f"""INSERT INTO outstanding_item SELECT {selected} FROM "{task.table}" AS r {join}
WHERE r.result IN ('EXCEPTION', 'REVIEW', 'NOT_TESTED')"""
    )


def item_text(grain: Sequence[str]) -> str:
    """Return the SQL that names an item of the table `r` by its grain: `sale_id=S-1, person_id=P2`."""
    parts = ", ', ', ".join(f"'{name}=', COALESCE(CAST(r.\"{name}\" AS VARCHAR), '')" for name in grain)
    return f"CONCAT({parts})"


def _late(connection: duckdb.DuckDBPyConnection, view: str) -> str:
    columns = {row[0] for row in connection.execute(f'DESCRIBE "{view}"').fetchall()}
    return "p.late_arriving" if "late_arriving" in columns else "NULL"


def _sentence(task: Task, columns: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return the SQL that writes the attribute's message with the actual values; NULL where the query has no row."""
    if not set(task.columns) <= set(columns):
        return "NULL"
    parts: list[str] = []
    before = None
    for text, name, _, _ in string.Formatter().parse(task.message):
        if text == " " and name == "currency" and before in columns and name in columns:
            # where the amount is missing its currency says nothing
            parts.append(
                f"CASE WHEN r.\"{before}\" IS NOT NULL THEN CONCAT(' ', {_shown_value(name, columns[name])}) END"
            )
            continue
        if text:
            parts.append(f"'{_quoted(text)}'")
        if name is not None:
            parts.append(_shown_value(name, columns[name]) if name in columns else f"'{_quoted(texts[name])}'")
        before = name
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
    missing = {"DECIMAL": "an amount not recorded", "DATE": "a day not recorded", "TIMESTAMP": "a time not recorded"}
    return f"COALESCE({text}, '{missing.get(kind.partition('(')[0], 'not recorded')}')"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def create_outstanding(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table of all items that need a person: exceptions, items for review, items not tested."""
    columns = ", ".join(f"{name} {kind}" for name, kind in OUTSTANDING_COLUMNS)
    connection.execute(f"CREATE OR REPLACE TABLE outstanding_item ({columns})")


def population_counts(
    connection: duckdb.DuckDBPyConnection, tasks: Sequence[Task], rejected: int
) -> tuple[Counts, dict[str, int], dict[str, Decimal]]:
    """
    Return the items counted once over all attributes, exceptions by headline severity, value at stake.

    An attribute that could not be run says nothing of any item: an item is not tested for its sake only if no other
    attribute tested it either. Else the items tested would be the exceptions alone, all of them exceptions.
    """
    grain = ", ".join(f'"{name}"' for name in tasks[0].grain)
    not_run = f"result = 'NOT_TESTED' AND reason IN ({', '.join(map(repr, NOT_RUN))})"
    rank = "LIST_POSITION(['NOT_APPLICABLE', 'not run', 'PASS', 'NOT_TESTED', 'REVIEW', 'EXCEPTION'], "
    rank += f"CASE WHEN {not_run} THEN 'not run' ELSE result END)"
    union = "\nUNION ALL\n".join(f'SELECT {grain}, {rank} AS rank FROM "{task.table}"' for task in tasks)
    ranked = f"SELECT MAX(rank) AS rank FROM ({union}) GROUP BY {grain}"
    found = dict(connection.execute(f"SELECT rank, COUNT(*) FROM ({ranked}) GROUP BY 1").fetchall())
    counts = Counts(
        population=sum(found.values()) + rejected,
        passed=found.get(3, 0),
        exceptions=found.get(6, 0),
        review=found.get(5, 0),
        not_tested=found.get(2, 0) + found.get(4, 0) + rejected,
        not_applicable=found.get(1, 0),
    )
    ids = ", ".join(f"'{task.id}'" for task in tasks)
    worst = f"MIN(LIST_POSITION({list(SEVERITIES)}, severity))"
    where = f"WHERE attribute_id IN ({ids}) AND result = 'EXCEPTION'"
    severities = connection.execute(
        f"SELECT worst, COUNT(*) FROM (SELECT {worst} AS worst FROM outstanding_item {where} GROUP BY item) GROUP BY 1"
    ).fetchall()
    amounts = connection.execute(
        f"""SELECT currency, SUM(amount) FROM (
SELECT item, COALESCE(currency, '') AS currency, MAX(amount) AS amount FROM outstanding_item {where}
AND amount > 0 GROUP BY ALL) GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    return (
        counts,
        {SEVERITIES[number - 1]: count for number, count in sorted(severities)},
        {code: Decimal(str(total)) for code, total in amounts},
    )


def fetch(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the rows of a small table, ordered; raises RunError for one that nobody could read."""
    names = ", ".join(f'"{name}"' for name in columns) if columns else "*"
    rows = connection.execute(f'SELECT {names} FROM "{table}" ORDER BY ALL LIMIT {MOST_ROWS + 1}').fetchall()
    if len(rows) > MOST_ROWS:
        raise RunError(f"{table} has more than {MOST_ROWS:,} rows; what a person reads is summed up")
    return rows
