"""
Great Expectations over the tables of the run: the only module that imports it, and only when there is a rule to run.

One suite per table, on the open DuckDB connection, nothing copied. Great Expectations gives the verdict and the count;
no value leaves the database through it. What it could not evaluate comes back as an error, never as a verdict.
"""

from __future__ import annotations

import functools
import itertools
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import duckdb

from auditkit.errors import ReliabilityError
from auditkit.quoting import literal, name

LOGGER = "great_expectations"
EXACT_NUMBER = re.compile(r"-?\d+(\.\d+)?")  # which DuckDB reads as a decimal, not as a float
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
EXPECTED_WARNINGS = (
    (r"module 'sre_\w+' is deprecated", DeprecationWarning),
    ("You are using a generic SQLDatasource", UserWarning),  # a more specific one would ask for a database server
)
PLACE = "place"  # key of the metadata that carries an expectation's place in the suite; results come in another order


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    What is expected of every row of a table; a missing value meets every kind but `not_null`.

    `kind` and `arguments`: `not_null` and `unique` (none), `in_set` (`values`: texts), `between` (`minimum`,
    `maximum`: text of a number or None, both included), `pattern` (`pattern`: regular expression that must be found),
    `compare` (`operator`: `<` or `<=`, from the first of `columns` to the second), `reference` (`table`, `column`
    that must hold the value).
    """

    kind: str
    columns: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The rows looked at and those that do not meet the expectation; with an `error` nothing is known.

    Rows looked at are those with a value in every column of the expectation, for `not_null` all rows. For `unique` the
    failures are all rows that share their values with another.
    """

    population: int
    failures: int
    error: str = ""


class Session:
    """
    Great Expectations on one open DuckDB connection; it starts with the first expectation, if there is any.

    Use it in a `with` block. Only what is committed is seen.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._stack = ExitStack()
        self._source: Any = None
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def validate(self, table: str, expectations: Sequence[Expectation]) -> tuple[Outcome, ...]:
        """
        Return the outcome of every expectation on `table`, in the order given.

        Raises ReliabilityError if Great Expectations cannot be started, and duckdb.Error if the table cannot be read.
        """
        if not expectations:
            return ()
        populations = _populations(self._connection, table, expectations)
        with _quiet():
            counted = self._counted(table, expectations)
        outcomes = []
        for place, population in enumerate(populations):
            failures, error = counted.get(place, (0, "Great Expectations returned no result"))
            outcomes.append(Outcome(population, failures, error))
        return tuple(outcomes)

    def _counted(self, table: str, expectations: Sequence[Expectation]) -> dict[int, tuple[int, str]]:
        """Return the failures, or the error, by place in `expectations`."""
        try:
            import great_expectations as gx
            from great_expectations.datasource.fluent.interfaces import TestConnectionError
            from great_expectations.exceptions import GreatExpectationsError
            from sqlalchemy.exc import SQLAlchemyError
        except ImportError as error:
            hint = "install auditkit-controls with its dependencies"
            raise ReliabilityError(f"Great Expectations cannot be imported: {error}", hint=hint) from None
        suite = gx.ExpectationSuite(name=table, expectations=[_made(item, n) for n, item in enumerate(expectations)])
        try:
            asset = self._tables().add_table_asset(f"{table} {next(self._numbers)}", table_name=table)
            batch = asset.add_batch_definition_whole_table("whole").get_batch()
            results = batch.validate(suite, result_format=COUNTS_ONLY).results
        except (GreatExpectationsError, TestConnectionError, SQLAlchemyError, duckdb.Error) as error:
            return dict.fromkeys(range(len(expectations)), (0, _first_line(str(error))))
        return {result.expectation_config.meta[PLACE]: _read(result) for result in results}

    def _tables(self) -> Any:
        """Return Great Expectations' view of the connection."""
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        from auditkit import duckdb_dialect

        if self._source is None:
            context = gx.get_context(mode="ephemeral")
            context.variables.progress_bars = ProgressBarsConfig(globally=False)
            url = self._stack.enter_context(duckdb_dialect.url(self._connection))
            self._source = context.data_sources.add_sql("run", connection_string=url)
        return self._source


def suspects(expectation: Expectation, rows: str) -> str:
    """
    Return the SQL of the rows in `rows` (a table or a subquery in FROM) that do not meet a `unique`, `between` or
    `reference` expectation, as `SELECT <its columns> FROM ...`.

    Exact: limits are compared as decimals, and rows are compared by a hash only to find what is compared by value.
    """
    columns = ", ".join(map(name, expectation.columns))
    present = " AND ".join(f"{name(column)} IS NOT NULL" for column in expectation.columns)
    chosen = f"SELECT {columns} FROM {rows} WHERE {present}"
    if expectation.kind == "unique":
        codes = f"SELECT hash({columns}) AS code FROM {rows} WHERE {present}"
        repeated = f"SELECT code FROM ({codes}) AS c GROUP BY code HAVING COUNT(*) > 1"
        alike = f"SELECT {columns}, COUNT(*) OVER (PARTITION BY {columns}) AS times_ FROM ({chosen} AND hash({columns})"
        return f"SELECT {columns} FROM ({alike} IN ({repeated})) AS s) AS t WHERE times_ > 1"
    if expectation.kind == "reference":
        target = name(expectation.arguments["column"])
        known = f"SELECT {target} FROM {name(expectation.arguments['table'])} WHERE {target} IS NOT NULL"
        return f"SELECT {columns} FROM ({chosen}) AS r WHERE {columns} NOT IN ({known})"
    limits = []
    for sign, key in (("<", "minimum"), (">", "maximum")):
        limit = expectation.arguments.get(key)
        if limit is not None:
            limits.append(f"{columns} {sign} {limit if EXACT_NUMBER.fullmatch(limit) else literal(limit)}")
    return f"SELECT {columns} FROM ({chosen}) AS r WHERE {' OR '.join(limits) or 'FALSE'}"


def _populations(
    connection: duckdb.DuckDBPyConnection, table: str, expectations: Sequence[Expectation]
) -> tuple[int, ...]:
    counts = []
    for expectation in expectations:
        present = [f"{name(column)} IS NOT NULL" for column in expectation.columns]
        if expectation.kind == "not_null":
            counts.append("COUNT(*)")
        elif len(present) == 1:
            counts.append(f"COUNT({name(expectation.columns[0])})")
        else:
            counts.append(f"COUNT(*) FILTER ({' AND '.join(present)})")
    found: tuple[int, ...] | None = connection.execute(f"SELECT {', '.join(counts)} FROM {name(table)}").fetchone()
    return found or ()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's own words off the terminal; what it finds is returned."""
    logger, silence = logging.getLogger(LOGGER), logging.NullHandler()
    propagates = logger.propagate
    # Some of its loggers set a level of their own, so that only stopping what they pass on keeps them all quiet.
    logger.propagate = False
    logger.addHandler(silence)
    try:
        with warnings.catch_warnings():
            for message, category in EXPECTED_WARNINGS:
                warnings.filterwarnings("ignore", message, category)
            yield
    finally:
        logger.removeHandler(silence)
        logger.propagate = propagates


def _made(expectation: Expectation, place: int) -> Any:
    """Return the expectation in Great Expectations' own classes."""
    import great_expectations.expectations as gxe

    meta, arguments, columns = {PLACE: place}, expectation.arguments, expectation.columns
    if expectation.kind == "not_null":
        return gxe.ExpectColumnValuesToNotBeNull(column=columns[0], meta=meta)
    if expectation.kind == "in_set":
        return gxe.ExpectColumnValuesToBeInSet(column=columns[0], value_set=list(arguments["values"]), meta=meta)
    if expectation.kind == "pattern":
        return gxe.ExpectColumnValuesToMatchRegex(column=columns[0], regex=arguments["pattern"], meta=meta)
    if expectation.kind == "compare":
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=columns[1],
            column_B=columns[0],
            or_equal=arguments["operator"] == "<=",
            ignore_row_if="either_value_is_missing",
            meta=meta,
        )
    if expectation.kind not in ("unique", "between", "reference"):
        raise ReliabilityError(f"a rule of the kind {expectation.kind!r} cannot be run")
    # Its limits on numbers are floats, and its search for repeated rows joins the table with itself.
    query = suspects(expectation, "{batch}").replace("{batch}", "\0").replace("{", "{{").replace("}", "}}")
    return _count_of_rows()(unexpected_rows_query=query.replace("\0", "{batch}"), meta=meta)


@functools.cache
def _count_of_rows() -> Any:
    """Return the class of an expectation that a query finds no row; unlike its parent it fetches none, only counts."""
    from great_expectations.expectations import UnexpectedRowsExpectation

    counted = "unexpected_rows_query.row_count"

    class CountOfUnexpectedRows(UnexpectedRowsExpectation):
        """Expect that the query finds no row."""

        metric_dependencies = (counted,)

        def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
            return {"success": metrics[counted] == 0, "result": {"observed_value": metrics[counted]}}

    return CountOfUnexpectedRows


def _read(result: Any) -> tuple[int, str]:
    """Return the failures of one result, or why there is none."""
    error = _error(result.exception_info or {})
    failures = result.result.get("unexpected_count", result.result.get("observed_value"))
    if error or failures is None:
        return 0, error or "Great Expectations returned no count"
    return int(failures), ""


def _error(information: Mapping[str, Any]) -> str:
    """Return what was raised; the information is one, or one per metric."""
    several = [information, *(item for item in information.values() if isinstance(item, dict))]
    raised = [str(item.get("exception_message") or "unknown error") for item in several if item.get("raised_exception")]
    return _first_line(raised[0]) if raised else ""


def _first_line(message: str) -> str:
    return message.strip().split("\n", 1)[0] or "unknown error"
