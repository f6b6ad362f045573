"""Running checked statements: the same few calls serve the run's worker process, the cases and the loader."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from auditkit.entity import DataModel
from auditkit.parameter import Steps
from auditkit.statement import Statement

if TYPE_CHECKING:
    from auditkit.control import Catalogue, Statistic

DECIMAL_TEXT = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
# Nothing is loaded, fetched or read once the extracts stand; the statement gate stops what these settings cannot.
OPEN_SETTINGS: Mapping[str, str | bool | int | float | list[str]] = {
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
CASE_DEADLINE_MS = 30_000
# The value of a limit on the day of an event; where the day is missing, the value that holds last.
IN_FORCE = """CREATE OR REPLACE MACRO in_force(steps, day) AS LIST_EXTRACT(
    LIST_FILTER(steps, LAMBDA step: step.since <= COALESCE(CAST(day AS DATE), DATE '9999-12-31')), -1
).single"""
LOCK = ("SET enable_external_access=false", "SET lock_configuration=true")


def locked_memory_database(model: DataModel) -> duckdb.DuckDBPyConnection:
    """Return an in-memory database with the contracts' empty tables, locked as in a run."""
    connection = duckdb.connect(config={**OPEN_SETTINGS, "threads": 1, "memory_limit": "1GB"})
    for entity in model.entities.values():
        connection.execute(entity.create_sql())
    connection.execute(IN_FORCE)
    connection.execute(f"SET max_execution_time={CASE_DEADLINE_MS}")
    for setting in LOCK:
        connection.execute(setting)
    return connection


def bound(statement: Statement, values: Mapping[str, object]) -> dict[str, object]:
    """Return the values of the statement's own parameters as DuckDB takes them."""
    return {name: _bindable(values[name]) for name in statement.parameters}


def _bindable(value: object) -> object:
    if isinstance(value, Steps):
        return [{"since": since, "single": _bindable(single)} for since, single in value.steps]
    return list(value) if isinstance(value, tuple) else value


def materialise(
    connection: duckdb.DuckDBPyConnection, name: str, statement: Statement, values: Mapping[str, object]
) -> None:
    """Make (or make anew) the table `name` from a checked SELECT."""
    connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS\n{statement.text}', bound(statement, values))


def estimate(connection: duckdb.DuckDBPyConnection, statistic: Statistic) -> None:
    """Make the table of a statistic from its input view."""
    from auditkit import estimator

    connection.execute(f'DROP TABLE IF EXISTS "{statistic.name}"')
    estimator.run(connection, statistic.name, statistic.estimator, statistic.input, statistic.specification)


def needed(catalogue: Catalogue, statement: Statement) -> list[str]:
    """Return the views and statistics the statement needs, through views, in the order to make them."""
    order: list[str] = []

    def visit(tables: frozenset[str]) -> None:
        for name in sorted(tables):
            if name in order:
                continue
            if name in catalogue.views:
                visit(catalogue.views[name].statement.tables)
                order.append(name)
            elif name in catalogue.statistics:
                visit(frozenset({catalogue.statistics[name].input}))
                order.append(name)

    visit(statement.tables)
    return order


def parameters_used(catalogue: Catalogue, statement: Statement) -> frozenset[str]:
    """Return the parameters that decide the statement's result, in its own SQL or in the views it reads."""
    views = [catalogue.views[name] for name in needed(catalogue, statement) if name in catalogue.views]
    return statement.parameters.union(*(view.statement.parameters for view in views))


def as_text(value: Any) -> str | None:
    """Return a value of a result as the text a case or a digest holds."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value)
