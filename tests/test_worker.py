"""The worker process: what no database setting stops is killed, and the run's database survives."""

from pathlib import Path

import duckdb
import pytest

from auditkit.worker import Limits, StepFailed, Worker, WorkerLost, bytes_of


def query(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None


def worker(folder: Path, deadline: float = 60, memory: str = "200MB") -> Worker:
    return Worker(folder / "run.duckdb", Limits(memory, deadline, folder, threads=1))


def test_a_step_returns_what_the_function_returns(tmp_path: Path) -> None:
    with worker(tmp_path) as running:
        assert running.call(query, "SELECT 40 + 2") == 42


def test_a_failing_query_is_one_sentence_and_the_worker_goes_on(tmp_path: Path) -> None:
    with worker(tmp_path) as running:
        with pytest.raises(StepFailed) as caught:
            running.call(query, "SELECT CAST('x' AS INTEGER)")

        assert "\n" not in str(caught.value)
        assert running.call(query, "SELECT 1") == 1


BOMBS = [
    "SELECT MAX(LENGTH(REPEAT('x', 4000000000)))",
    "WITH RECURSIVE b AS (SELECT 'xxxxxxxx' AS s UNION ALL SELECT s || s FROM b) SELECT MAX(LENGTH(s)) FROM b",
]


@pytest.mark.parametrize("sql", BOMBS)
def test_a_memory_bomb_ends_as_one_sentence_and_the_next_step_runs(tmp_path: Path, sql: str) -> None:
    with worker(tmp_path, deadline=20) as running:
        with pytest.raises((StepFailed, WorkerLost)):
            running.call(query, sql)

        assert running.call(query, "SELECT 1") == 1


def test_a_step_past_its_deadline_is_killed_and_what_was_written_stays(tmp_path: Path) -> None:
    with worker(tmp_path, deadline=30) as running:
        running.call(query, "CREATE TABLE kept AS SELECT 7 AS a")
    hung = "SELECT LEVENSHTEIN(REPEAT('a', 300000), REPEAT('b', 300000))"
    with worker(tmp_path, deadline=1.5) as running:
        with pytest.raises(WorkerLost, match=r"stopped after 1\.5 seconds"):
            running.call(query, hung)

        assert running.call(query, "SELECT a FROM kept") == 7


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO '/tmp/auditkit-escape.csv'",
        "ATTACH '/tmp/auditkit-escape.db'",
        "INSTALL httpfs",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
    ],
)
def test_even_without_the_gate_nothing_is_read_written_or_unlocked(tmp_path: Path, sql: str) -> None:
    with worker(tmp_path) as running, pytest.raises(StepFailed):
        running.call(query, sql)


def test_a_database_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "run.duckdb").write_bytes(b"this is no database, only text that is long enough to be read" * 100)

    with worker(tmp_path) as running, pytest.raises(WorkerLost):
        running.call(query, "SELECT 1")


def test_sizes_are_read_in_their_units() -> None:
    assert bytes_of("1500MB") == 1_500_000_000
    assert bytes_of("1.5GiB") == 1_610_612_736


def shows_a_bar(connection: duckdb.DuckDBPyConnection) -> object:
    return connection.execute("SELECT current_setting('enable_progress_bar')").fetchall()[0][0]


def test_the_worker_draws_no_bar_of_its_own(tmp_path: Path) -> None:
    with Worker(tmp_path / "run.duckdb", Limits("500MB", 30, tmp_path)) as worker:
        assert worker.call(shows_a_bar) is False
