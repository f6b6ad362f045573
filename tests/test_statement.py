"""The gate for control SQL: what gets in, and that everything that could escape or explode does not."""

from pathlib import Path

import pytest

from auditkit.errors import ControlError
from auditkit.statement import check_tables, comparisons, parse


def gate(text: str) -> None:
    check_tables(parse(text, Path("x.sql"), "controls/x.sql"), {"t", "u"})


ESCAPES = [
    "COPY t TO 'out.csv'",
    "COPY (SELECT a FROM t) TO 'out.csv'",
    "EXPORT DATABASE 'folder'",
    "ATTACH 'other.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '1TB'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "DROP TABLE t",
    "DELETE FROM t",
    "UPDATE t SET a = 1",
    "INSERT INTO t VALUES (1)",
    "CREATE TABLE x AS SELECT a FROM t",
    "CREATE MACRO f() AS 1",
    "CHECKPOINT",
    "EXPLAIN ANALYZE SELECT a FROM t",
    "PREPARE p AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "SELECT a FROM t; DROP TABLE t",
    "SELECT a FROM read_csv('extract.csv')",
    "SELECT a FROM read_text('/etc/passwd')",
    "SELECT a FROM read_blob('/etc/passwd')",
    "SELECT a FROM read_json('x.json')",
    "SELECT a FROM read_parquet('x.parquet')",
    "SELECT a FROM parquet_metadata('x.parquet')",
    "SELECT a FROM sniff_csv('x.csv')",
    "SELECT a FROM glob('/*')",
    "SELECT a FROM '/etc/passwd'",
    "SELECT a FROM '../../secret.csv'",
    "SELECT a FROM 'https://example.org/x.csv'",
    "SELECT a FROM query('SELECT 1')",
    "SELECT a FROM query_table('t')",
    "SELECT name FROM duckdb_settings()",
    "SELECT a FROM information_schema.tables",
    "SELECT a FROM pg_catalog.pg_tables",
    "SELECT json_execute_serialized_sql('x')",
    "SELECT getenv('HOME')",
    "SELECT current_setting('memory_limit')",
    "SELECT a FROM pandas_scan(1, 2, 3)",
    "SELECT a FROM my_local_frame",
    "SELECT (SELECT MAX(a) FROM read_csv('x'))",
    "IMPORT DATABASE 'folder'",
    "DETACH other",
    "USE other",
    "VACUUM",
    "EXECUTE p",
    "DESCRIBE t",
    "SUMMARIZE t",
    "SHOW TABLES",
    "FROM t",
    "TABLE t",
    "VALUES (1)",
    "CREATE FUNCTION f() AS 1",
    "CREATE TEMP TABLE x AS SELECT a FROM t",
    "ALTER TABLE t ADD COLUMN b INTEGER",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
    "EXPLAIN SELECT a FROM t",
    "PIVOT t ON a USING SUM(b)",
    "FORCE CHECKPOINT",
    "SELECT a FROM arrow_scan(1, 2, 3)",
    "SELECT a FROM sqlite_scan('x', 't')",
    "SELECT a FROM duckdb_tables()",
    "SELECT a FROM parquet_schema('x.parquet')",
    "SELECT a FROM 's3://bucket/x.parquet'",
    'SELECT a FROM "/etc/passwd"',
    "SELECT a FROM t.csv",
    "SELECT COLUMNS('a.*') FROM t",
    "SELECT a FROM t WHERE a IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT #1 AS x FROM t",
    "SELECT r.x FROM t AS r (x)",
    "SELECT l.x FROM t, LATERAL (SELECT t.a AS x) AS l",
    "SELECT a FROM t USING SAMPLE 1",
    "SELECT a FROM t TABLESAMPLE 10%",
    "SELECT current_database() AS d",
    "SELECT version() AS v",
    "SELECT nextval('s') AS n",
    "SELECT pg_read_file('/etc/passwd') AS f",
    "SELECT write_log('x') AS w",
    "WITH c AS (SELECT a FROM read_csv('x')) SELECT a FROM c",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_escapes_are_refused(text: str) -> None:
    with pytest.raises(ControlError) as caught:
        gate(text)

    assert "controls/x.sql" in str(caught.value)


BOMBS = [
    "SELECT repeat('x', 4000000000) AS a FROM t",
    "SELECT lpad('x', 2000000000, 'y') AS a FROM t",
    "SELECT rpad('x', 2000000000, 'y') AS a FROM t",
    "SELECT levenshtein(a, a) AS d FROM t",
    "SELECT damerau_levenshtein(a, a) AS d FROM t",
    "SELECT a FROM range(100000000000) AS r (a)",
    "SELECT a FROM generate_series(1, 100000000000) AS r (a)",
    "SELECT UNNEST(range(100000000000)) AS a",
    "SELECT list_resize([1], 1000000000) AS a",
    "SELECT bitstring('0', 2000000000) AS a",
    "SELECT list_transform([1], lambda x: x) AS a",
    "SELECT jaro_winkler_similarity(a, a) AS d FROM t",
    "SELECT format('{:2000000000}', a) AS s FROM t",
    "SELECT printf('%2000000000d', a) AS s FROM t",
    "SELECT array_cross_product(a, a) AS s FROM t",
    "SELECT md5(a) AS s FROM t",
    "SELECT sleep_ms(100000) AS s FROM t",
]


@pytest.mark.parametrize("text", BOMBS)
def test_functions_without_bound_are_refused(text: str) -> None:
    with pytest.raises(ControlError, match="function"):
        gate(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT CURRENT_DATE AS d FROM t", "moment of the run"),
        ("SELECT now() AS d FROM t", "not on the list"),
        ("SELECT today() AS d FROM t", "moment of the run|not on the list"),
        ("SELECT random() AS d FROM t", "moment of the run|not on the list"),
        ("SELECT getvariable('limit') AS d FROM t", "NULL when unset"),
        ("SELECT * FROM t", "hides which columns"),
        ("SELECT t.* FROM t", "hides which columns"),
        ("SELECT a ~ 'x' AS b FROM t", "other engines"),
        ("SELECT a % b AS c FROM t", "divisor may be zero"),
        ("SELECT a // b AS c FROM t", "divisor may be zero"),
        ("SELECT DATE_DIFF('month', a, b) AS m FROM t", "not portable"),
        ("SELECT a FROM t ASOF JOIN u ON t.a >= u.a", "not portable"),
        ("SELECT a FROM t WHERE (a - b) / a >= $trigger", "multiply across"),
        ("SELECT a FROM t GROUP BY a HAVING AVG(b) >= $trigger", "multiply across"),
        ("WITH c AS (SELECT AVG(b) AS mean FROM t) SELECT mean FROM c WHERE mean >= $trigger", "multiply across"),
        ("", "found 0 statements"),
        ("SELECT 'x", "cannot be parsed"),
        ("SELECT a FROM nowhere", "neither in the contracts nor a view"),
    ],
)
def test_what_would_not_say_the_same_next_year_is_refused(text: str, says: str) -> None:
    with pytest.raises(ControlError, match=says):
        gate(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a, COUNT(*) AS n FROM t GROUP BY a",
        "SELECT a FROM t WHERE a > $limit ORDER BY a",
        "WITH RECURSIVE c AS (SELECT a FROM t UNION ALL SELECT a + 1 AS a FROM c WHERE a < 4) SELECT a FROM c",
        "SELECT a, SUM(b) OVER (PARTITION BY a ORDER BY d RANGE BETWEEN INTERVAL 364 DAYS PRECEDING AND CURRENT ROW) AS s FROM t",
        "SELECT a, STRING_AGG(b, ', ' ORDER BY b) AS s FROM t GROUP BY a",
        "SELECT DATE_DIFF('day', a, b) AS d, a % NULLIF(b, 0) AS r FROM t",
        "SELECT (SUM(a) * 100) >= $trigger * SUM(b) AS fires FROM t",
        "SELECT a FROM t ANTI JOIN u ON t.a = u.a",
        "SELECT a FROM t WHERE LIST_CONTAINS($codes, a)",
    ],
)
def test_ordinary_audit_sql_passes(text: str) -> None:
    assert parse(text, Path("x.sql"), "x.sql").tree is not None


def test_parameters_and_tables_are_known_without_the_own_expressions() -> None:
    statement = parse("WITH c AS (SELECT a FROM T) SELECT a FROM c JOIN u USING (a) WHERE a > $x", Path("x.sql"), "x")

    assert statement.parameters == {"x"}
    assert statement.tables == {"t", "u"}


def test_the_line_of_the_fault_is_named() -> None:
    with pytest.raises(ControlError, match=r"x\.sql:3: function repeat"):
        parse("SELECT\n    a,\n    repeat(b, 3) AS c\nFROM t", Path("x.sql"), "x.sql")


def test_ordering_comparisons_are_found_in_order() -> None:
    statement = parse("SELECT a FROM t WHERE a > 1 AND b <= 2 AND c = 3", Path("x.sql"), "x.sql")

    assert [node.sql() for node in comparisons(statement.tree)] == ["a > 1", "b <= 2"]
