"""Great Expectations on DuckDB's own tables: its counts are those of plain SQL, and nothing but counts leaves them."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
import sqlalchemy

from auditkit import duckdb_dialect
from auditkit.errors import ReliabilityError
from auditkit.expectation import Expectation, Outcome, Session, suspects

ROWS = """
    ('K1', 1, DATE '2026-01-01', DATE '2026-01-02', 0.00, 'SAR'),
    ('K1', 1, DATE '2026-01-03', DATE '2026-01-02', -0.01, 'sar'),
    ('K1', 2, DATE '2026-01-02', DATE '2026-01-02', 100.00, 'SARS'),
    (NULL, 2, NULL, DATE '2026-01-02', NULL, NULL),
    (NULL, 2, DATE '2026-01-01', NULL, 100.01, 'EUR'),
    ('K9', 3, DATE '2026-01-01', DATE '2026-12-31', 99.99, 'USD')
"""
# Each with the rows looked at and the failures, as conditions of plain SQL.
RULES = {
    "not_null": (Expectation("not_null", ("code",)), "TRUE", "code IS NULL"),
    "unique": (
        Expectation("unique", ("code",)),
        "code IS NOT NULL",
        "code IN (SELECT code FROM item GROUP BY 1 HAVING COUNT(*) > 1)",
    ),
    "unique together": (
        Expectation("unique", ("code", "line")),
        "code IS NOT NULL",
        "(code, line) IN (SELECT (code, line) FROM item GROUP BY 1 HAVING COUNT(*) > 1)",
    ),
    "in_set": (
        Expectation("in_set", ("currency",), {"values": ("SAR", "EUR")}),
        "currency IS NOT NULL",
        "currency NOT IN ('SAR', 'EUR')",
    ),
    "between": (
        Expectation("between", ("amount",), {"minimum": "0", "maximum": "100.00"}),
        "amount IS NOT NULL",
        "amount < 0 OR amount > 100.00",
    ),
    "from": (
        Expectation("between", ("amount",), {"minimum": "0.01", "maximum": None}),
        "amount IS NOT NULL",
        "amount < 0.01",
    ),
    "pattern": (
        Expectation("pattern", ("currency",), {"pattern": "^[A-Z]{3}$"}),
        "currency IS NOT NULL",
        "NOT regexp_full_match(currency, '[A-Z]{3}')",
    ),
    "pattern found inside": (
        Expectation("pattern", ("currency",), {"pattern": "A"}),
        "currency IS NOT NULL",
        "currency NOT LIKE '%A%'",
    ),
    "not after": (
        Expectation("compare", ("begins", "ends"), {"operator": "<="}),
        "begins IS NOT NULL AND ends IS NOT NULL",
        "begins > ends",
    ),
    "before": (
        Expectation("compare", ("begins", "ends"), {"operator": "<"}),
        "begins IS NOT NULL AND ends IS NOT NULL",
        "begins >= ends",
    ),
    "reference": (
        Expectation("reference", ("code",), {"table": "parent", "column": "code"}),
        "code IS NOT NULL",
        "code NOT IN ('K1', 'K2')",
    ),
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            f"""CREATE TABLE item AS SELECT code, line, begins, ends, CAST(amount AS DECIMAL(18, 2)) AS amount, currency
            FROM (VALUES {ROWS}) AS rows (code, line, begins, ends, amount, currency)"""
        )
        opened.execute("CREATE TABLE parent AS SELECT code FROM (VALUES ('K1'), ('K2'), (NULL)) AS rows (code)")
        yield opened


def one(connection: duckdb.DuckDBPyConnection, expectation: Expectation, table: str = "item") -> Outcome:
    with Session(connection) as session:
        (outcome,) = session.validate(table, (expectation,))
    return outcome


def counted(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    row = connection.execute(f"SELECT COUNT(*) FROM item WHERE {condition}").fetchone()
    return int(row[0]) if row else -1


@pytest.mark.parametrize("name", RULES)
def test_counts_are_those_of_plain_sql(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    expectation, looked_at, fails = RULES[name]
    plain = Outcome(counted(connection, looked_at), counted(connection, f"({looked_at}) AND ({fails})"))

    assert one(connection, expectation) == plain
    assert 0 < plain.failures < plain.population


def test_a_suite_gives_each_expectation_its_own_outcome_in_the_order_given(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    expectations = [expectation for expectation, _, _ in RULES.values()]
    alone = [one(connection, expectation) for expectation in expectations]

    with Session(connection) as session:
        assert list(session.validate("item", expectations)) == alone
        assert list(session.validate("item", expectations[::-1])) == alone[::-1]


@pytest.mark.parametrize(
    ("kind", "limit", "failures"),
    [
        ("DECIMAL(18,2)", "9999999999999999.98", 1),  # as floats both are 1e16
        ("DECIMAL(18,2)", "9999999999999999.99", 0),
        ("DECIMAL(38,2)", "9999999999999999.98", 1),
        ("BIGINT", "9999999999999999.5", 1),
    ],
)
def test_limits_are_compared_without_floats(kind: str, limit: str, failures: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE item (amount {kind})")
        value = "10000000000000000" if kind == "BIGINT" else "9999999999999999.99"
        connection.execute(f"INSERT INTO item VALUES (CAST('{value}' AS {kind}))")

        outcome = one(connection, Expectation("between", ("amount",), {"minimum": None, "maximum": limit}))

    assert outcome == Outcome(1, failures)


def test_what_cannot_be_evaluated_is_an_error_and_leaves_the_others_their_counts(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    with Session(connection) as session:
        broken, sound, unlimited = session.validate(
            "item",
            [
                Expectation("pattern", ("begins",), {"pattern": "x"}),
                Expectation("not_null", ("code",)),
                Expectation("between", ("amount",), {"minimum": "much", "maximum": None}),
            ],
        )

    assert (broken.population, broken.failures) == (5, 0)
    assert "regexp_matches" in broken.error
    assert "much" in unlimited.error
    assert sound == Outcome(6, 2)


def test_a_reference_to_a_table_that_is_not_there_is_an_error(connection: duckdb.DuckDBPyConnection) -> None:
    outcome = one(connection, Expectation("reference", ("code",), {"table": "nowhere", "column": "code"}))

    assert outcome.failures == 0
    assert "nowhere" in outcome.error


def test_a_table_that_cannot_be_read_is_the_databases_own_error(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.CatalogException, match="nowhere"):
        one(connection, Expectation("not_null", ("code",)), "nowhere")


def test_an_unknown_kind_of_rule_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ReliabilityError, match="'sorted' cannot be run"):
        one(connection, Expectation("sorted", ("code",)))


def test_names_with_braces_and_quotes_are_names() -> None:
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE item ("a{b}" INTEGER, "c""d" INTEGER)')
        connection.execute("INSERT INTO item VALUES (1, 1), (1, 1), (2, 3)")

        assert one(connection, Expectation("unique", ("a{b}", 'c"d'))) == Outcome(3, 2)


def test_no_value_leaves_the_database(connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[Any] = []

    class Watched(duckdb_dialect.Cursor):
        def fetchall(self) -> list[Any]:
            rows = super().fetchall()
            fetched.extend(rows)
            return rows

        def fetchmany(self, size: int | None = None) -> list[Any]:
            rows = super().fetchmany(size)
            fetched.extend(rows)
            return rows

        def fetchone(self) -> tuple[Any, ...] | None:
            row = super().fetchone()
            fetched.append(row)
            return row

    monkeypatch.setattr(duckdb_dialect, "Cursor", Watched)
    with Session(connection) as session:
        session.validate("item", [expectation for expectation, _, _ in RULES.values()])

    values = {value for row in fetched if row for value in row}
    assert values
    assert all(isinstance(value, int) or value == int(value) for value in values)


@pytest.mark.parametrize("name", ["unique", "unique together", "between", "reference"])
def test_suspects_are_the_rows_that_were_counted(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    expectation, looked_at, fails = RULES[name]
    columns = ", ".join(expectation.columns)
    plain = connection.execute(f"SELECT {columns} FROM item WHERE ({looked_at}) AND ({fails}) ORDER BY ALL").fetchall()

    found = connection.execute(f"SELECT * FROM ({suspects(expectation, 'item')}) ORDER BY ALL").fetchall()

    assert found == plain


def test_the_terminal_stays_silent_and_the_logger_as_it_was(
    connection: duckdb.DuckDBPyConnection, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("great_expectations")
    before = (logger.level, logger.propagate, list(logger.handlers))

    one(connection, Expectation("pattern", ("begins",), {"pattern": "x"}))

    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert (logger.level, logger.propagate, logger.handlers) == before


def test_the_connection_is_lent_and_given_back(connection: duckdb.DuckDBPyConnection) -> None:
    with duckdb_dialect.url(connection) as url:
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as lent:
            held = lent.execute(sqlalchemy.text("SELECT COUNT(*) FROM item"))
        assert held.scalar() == 6  # the result outlives the loan

    with pytest.raises(sqlalchemy.exc.OperationalError, match="given back"):
        engine.connect()
    assert connection.execute("SELECT COUNT(*) FROM item").fetchone() == (6,)


def test_the_dialect_knows_the_tables_and_the_exact_types(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE VIEW shown AS SELECT code FROM item")
    with duckdb_dialect.url(connection) as url:
        inspector = sqlalchemy.inspect(sqlalchemy.create_engine(url))

        types = {column["name"]: str(column["type"]) for column in inspector.get_columns("item")}
        assert types["amount"] == "NUMERIC(18, 2)"
        assert types["begins"] == "DATE"
        assert inspector.get_table_names() == ["item", "parent"]
        assert inspector.get_view_names() == ["shown"]
        assert inspector.has_table("shown")
        assert not inspector.has_table("hidden")
        assert inspector.get_pk_constraint("item")["constrained_columns"] == []
        assert inspector.get_foreign_keys("item") == []
        assert inspector.get_indexes("item") == []


def test_a_missing_library_is_said_in_one_sentence(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)

    with pytest.raises(ReliabilityError, match="Great Expectations cannot be imported"):
        one(connection, Expectation("not_null", ("code",)))


def test_it_is_imported_only_when_there_is_a_rule_to_run() -> None:
    script = (
        "import sys, duckdb, auditkit.reliability\n"
        "from auditkit.expectation import Session\n"
        "with Session(duckdb.connect()) as session:\n"
        "    assert session.validate('item', ()) == ()\n"
        "loaded = {'great_expectations', 'sqlalchemy', 'pandas'} & set(sys.modules)\n"
        "print('loaded:', sorted(loaded))\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "loaded: []"
