"""
A SQLAlchemy dialect over an open DuckDB connection, for libraries that only speak SQLAlchemy.

It calls itself PostgreSQL, whose SQL DuckDB understands, because Great Expectations chooses its SQL by that name and
knows no DuckDB. Every cursor is a DuckDB cursor of its own on the same database, so that a result outlives the
SQLAlchemy connection that asked for it, and nothing is copied.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
from sqlalchemy import URL, pool, types
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import DOUBLE_PRECISION, PGCompiler, PGDialect

DRIVER = "auditkit"
SERVER_VERSION = (16, 0)  # of the PostgreSQL whose SQL is spoken
TYPES: dict[str, type[types.TypeEngine[Any]]] = {
    "BIGINT": types.BigInteger,
    "BOOLEAN": types.Boolean,
    "DATE": types.Date,
    "DOUBLE": DOUBLE_PRECISION,
    "HUGEINT": types.Numeric,
    "INTEGER": types.Integer,
    "TIMESTAMP": types.DateTime,
}
DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")

_open: dict[str, duckdb.DuckDBPyConnection] = {}
_numbers = itertools.count(1)


@contextmanager
def url(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Give the URL by which SQLAlchemy reaches `connection` inside the block; what is not committed is not seen."""
    handle = f"connection{next(_numbers)}"
    _open[handle] = connection
    try:
        yield URL.create(f"postgresql+{DRIVER}", database=handle).render_as_string()
    finally:
        del _open[handle]


class Cursor:
    """The DBAPI cursor that SQLAlchemy expects; each statement gets a DuckDB cursor of its own."""

    arraysize = 1
    rowcount = -1
    lastrowid = None

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._result: duckdb.DuckDBPyConnection | None = None
        self.description: Any = None

    def execute(self, sql: str, parameters: Sequence[Any] | None = None) -> None:
        """Run one statement; raises duckdb.Error."""
        self.close()
        self._result = self._connection.cursor()
        self._result.execute(sql, list(parameters) if parameters else None)
        self.description = self._result.description

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row."""
        return self._open.fetchone()

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Return the next rows."""
        return self._open.fetchmany(size or self.arraysize)

    def fetchall(self) -> list[Any]:
        """Return all rows left."""
        return self._open.fetchall()

    def close(self) -> None:
        """Let go of the result."""
        if self._result is not None:
            self._result.close()
            self._result = None

    @property
    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._result is None:
            raise duckdb.InvalidInputException("nothing was executed")
        return self._result


class Connection:
    """The DBAPI connection: a loan, so that closing and committing it leave the DuckDB connection alone."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.duckdb = connection

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        return Cursor(self.duckdb)

    def commit(self) -> None:
        """Do nothing."""

    def rollback(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class _Module:
    """The DBAPI module: duckdb's exceptions and types, with the paramstyle SQLAlchemy is to use."""

    paramstyle = "qmark"
    apilevel = "2.0"
    threadsafety = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(duckdb, name)


class _Compiler(PGCompiler):
    def visit_custom_op_binary(self, element: Any, operator: Any, **keywords: Any) -> str:
        """Write PostgreSQL's `~` as a function: DuckDB's operator of that name has meant two things."""
        if operator.opstring not in ("~", "!~"):
            return str(super().visit_custom_op_binary(element, operator, **keywords))  # type: ignore[no-untyped-call]
        sides = (self.process(side, **keywords) for side in (element.left, element.right))
        matches = f"regexp_matches({', '.join(sides)})"
        return matches if operator.opstring == "~" else f"NOT {matches}"


class Dialect(PGDialect):
    """PostgreSQL's SQL, DuckDB's cursors and DuckDB's catalogue."""

    name = "postgresql"
    driver = DRIVER
    statement_compiler = _Compiler
    default_paramstyle = "qmark"
    supports_statement_cache = True
    supports_sane_rowcount = False
    supports_native_decimal = True
    colspecs: dict[Any, Any] = {}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return what stands for the DBAPI module."""
        return _Module()

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        """Return the pool that keeps nothing open."""
        return pool.NullPool

    def create_connect_args(self, url: URL) -> tuple[list[str], dict[str, Any]]:
        """Return the handle that `url` carries."""
        return [url.database or ""], {}

    def connect(self, handle: str) -> Connection:  # type: ignore[override]  # the URL holds one handle, no more
        """Return the connection behind `handle`; raises duckdb.Error when its block has ended."""
        if handle not in _open:
            raise duckdb.ConnectionException(f"the connection {handle!r} was given back")
        return Connection(_open[handle])

    def initialize(self, connection: Any) -> None:
        """Set what PostgreSQL would be asked for."""
        self.server_version_info = SERVER_VERSION
        self.default_schema_name = "main"

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Say that the connection lives."""
        return True

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **options: Any) -> bool:
        """Return whether there is a table or view of that name."""
        sql = "SELECT 1 FROM information_schema.tables WHERE table_name = ? AND table_schema = ?"
        return bool(_rows(connection, sql, table_name, schema or "main"))

    def get_schema_names(self, connection: Any, **options: Any) -> list[str]:
        """Return the one schema there is."""
        return ["main"]

    def get_table_names(self, connection: Any, schema: str | None = None, **options: Any) -> list[str]:
        """Return the names of the tables."""
        sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = ? ORDER BY 1"
        return [name for (name,) in _rows(connection, sql, schema or "main")]

    def get_view_names(self, connection: Any, schema: str | None = None, **options: Any) -> list[str]:
        """Return the names of the views."""
        sql = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = ? ORDER BY 1"
        return [name for (name,) in _rows(connection, sql, schema or "main")]

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **options: Any) -> Any:
        """Return the columns of a table with their types."""
        sql = (
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE table_name = ? AND schema_name = ? ORDER BY column_index"
        )
        more = {"default": None, "autoincrement": False, "comment": None}
        found = _rows(connection, sql, table_name, schema or "main")
        return [{"name": name, "type": _type(kind), "nullable": nullable, **more} for name, kind, nullable in found]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **options: Any) -> Any:
        """Return none: extracts are loaded without constraints."""
        return {"constrained_columns": [], "name": None}

    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **options: Any) -> Any:
        """Return none: extracts are loaded without constraints."""
        return []

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **options: Any) -> Any:
        """Return none: extracts are loaded without indexes."""
        return []

    def get_unique_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **options: Any
    ) -> Any:
        """Return none: extracts are loaded without constraints."""
        return []


def _rows(connection: Any, sql: str, *parameters: str) -> list[Any]:
    lent: Connection = connection.connection.dbapi_connection
    return lent.duckdb.cursor().execute(sql, list(parameters)).fetchall()


def _type(kind: str) -> types.TypeEngine[Any]:
    if match := DECIMAL.fullmatch(kind):
        return types.Numeric(int(match[1]), int(match[2]))
    return TYPES.get(kind, types.String)()


registry.register(f"postgresql.{DRIVER}", __name__, Dialect.__name__)
