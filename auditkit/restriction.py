"""
What controls that are not restricted may not read: found by planning their queries on tables that lack it.

Tracing columns through a query says best what is wrong, and is never complete: SQL has many ways to mention a column.
A query that the database can plan without the restricted tables and columns cannot read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import duckdb

from auditkit import query
from auditkit.entity import DataModel
from auditkit.errors import ControlError
from auditkit.statement import Statement

Describe = Callable[[duckdb.DuckDBPyConnection, Statement, str | None], Mapping[str, str]]
Owned = tuple[Statement, str | None]  # a statement and the control whose parameters it binds
HINT = "set confidentiality: restricted in control.yml, or do not read it"


def without_restricted(model: DataModel) -> DataModel:
    """Return the model without its restricted tables and columns."""
    return DataModel(
        {
            name: replace(entity, columns=tuple(column for column in entity.columns if not column.restricted))
            for name, entity in model.entities.items()
            if not entity.restricted
        }
    )


def refused(
    model: DataModel,
    views: Sequence[tuple[str, Owned | Mapping[str, str]]],
    open_statements: Iterable[Owned],
    describe: Describe,
) -> Iterator[ControlError]:
    """
    Yield an error for every statement of `open_statements` that reads something restricted, directly or through a view.

    `views` come in dependency order, each with its statement, or with its columns where it is no query.
    """
    failed: dict[str, ControlError] = {}
    with query.locked_memory_database(without_restricted(model)) as connection:
        for name, view in views:
            if isinstance(view, Mapping):
                _create(connection, name, view)
                continue
            error = _planned(connection, view, failed, describe)
            if isinstance(error, ControlError):
                failed[name] = error
            else:
                _create(connection, name, error)
        for owned in open_statements:
            found = _planned(connection, owned, failed, describe)
            if isinstance(found, ControlError):
                yield found


def _planned(
    connection: duckdb.DuckDBPyConnection, owned: Owned, failed: Mapping[str, ControlError], describe: Describe
) -> Mapping[str, str] | ControlError:
    statement, control_id = owned
    through = next((table for table in sorted(statement.tables) if table in failed), None)
    if through is not None:
        return _error(statement, f"through {through}: {failed[through].message.rpartition(': ')[2]}")
    try:
        return describe(connection, statement, control_id)
    except ControlError as error:
        return _error(statement, error.message)


def _error(statement: Statement, why: str) -> ControlError:
    message = f"a control that is not restricted reads what is of class C4: {why}"
    return ControlError(message, path=statement.shown, hint=HINT)


def _create(connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str]) -> None:
    typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f'CREATE TABLE "{name}" ({typed})')
