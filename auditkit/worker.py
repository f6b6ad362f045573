"""
The worker process in which control SQL runs: a memory limit of the operating system and a deadline that kills.

No setting of the database stops a bomb inside one function call, so the parent process does. What the worker had
written before it was killed is still in the run's database file; the parent starts another one and goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import duckdb

from auditkit import interruption, key, query
from auditkit.errors import AuditkitError

STARTED = "started"
OUT_OF_MEMORY = "Out of Memory Error"  # how the database begins to say so
# Address space beyond the database's own limit: code, threads' stacks, the estimators' libraries.
SPARE_ADDRESS_SPACE = 3 * 1024**3
UNITS = {"KB": 1000, "MB": 1000**2, "GB": 1000**3, "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3}


class WorkerLost(AuditkitError):
    """Raised when the worker was killed or died; the message says why in words for the workbook."""


class StepFailed(AuditkitError):
    """Raised when a step failed inside the worker; the message is the database's first line."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Memory in DuckDB's notation (1500MB), deadline of one step in seconds, folder for spilling."""

    memory: str
    deadline: float
    spill: Path
    threads: int = 2


class Worker:
    """Runs steps `function(connection, *arguments)` on the run's database, one after another, in a child process."""

    def __init__(self, database: Path, limits: Limits) -> None:
        """Prepare; the process starts with the first call."""
        self.database, self.limits = database, limits
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, raised: type[BaseException] | None, *_: object) -> None:
        if raised is None:
            self.stop()
        else:
            self._kill()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """
        Return what `function(connection, *arguments)` returns in the worker; both must be picklable.

        Raises StepFailed when it fails there, WorkerLost when it passes its deadline or the process dies.
        """
        pipe = self._start()
        pipe.send((function, arguments))
        end = time.monotonic() + self.limits.deadline
        while not pipe.poll(min(0.2, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end:
                self._kill()
                raise WorkerLost(f"stopped after {self.limits.deadline:g} seconds")
            if self._process is not None and not self._process.is_alive() and not pipe.poll():
                self._kill()
                raise WorkerLost("stopped: it used more memory than a run may have")
        try:
            ok, value = pipe.recv()
        except EOFError:
            self._kill()
            raise WorkerLost("stopped: it used more memory than a run may have") from None
        if not ok:
            if str(value).startswith(OUT_OF_MEMORY):
                self._kill()  # what is left of it could fail the next step, which is not to blame
            raise StepFailed(str(value))
        return value

    def stop(self) -> None:
        """End the process, letting it close the database."""
        if self._pipe is not None and self._process is not None:
            try:
                self._pipe.send(None)
            except (BrokenPipeError, OSError):
                self._kill()
                return
            self._process.join(30)
            self._kill()

    def _start(self) -> Connection:
        if self._pipe is not None:
            return self._pipe
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.database, self.limits), daemon=True)
        with interruption.starting, key.hidden():
            self._process.start()
        theirs.close()
        try:
            ok, value = self._pipe.recv()
        except EOFError:
            ok, value = False, "the worker process did not start"
        if not ok:
            self._kill()
            raise WorkerLost(str(value))
        return self._pipe

    def _kill(self) -> None:
        if self._process is not None:
            if self._process.is_alive():
                self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _serve(pipe: Connection, database: Path, limits: Limits) -> None:
    """Open the database, lock it, and answer calls until told to stop; the child's main function."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the parent to say when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        connection = _open(database, limits)
    except duckdb.Error as error:
        pipe.send((False, _first_line(error)))
        return
    pipe.send((True, STARTED))
    while (call := pipe.recv()) is not None:
        pipe.send(_answer(connection, *call))
    connection.close()


def _answer(
    connection: duckdb.DuckDBPyConnection, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[bool, Any]:
    try:
        return True, function(connection, *arguments)
    except (duckdb.Error, AuditkitError) as error:
        return False, _first_line(error)
    except MemoryError:
        return False, f"{OUT_OF_MEMORY}: it used more memory than a run may have"
    except Exception as error:  # noqa: BLE001 - a traceback on the terminal could quote what is restricted
        return False, f"{type(error).__name__} in {function.__name__}"


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0] or type(error).__name__


def _end_with_parent() -> None:
    """End the process when the parent is gone, killed perhaps: nobody would stop a query that hangs."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _open(database: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    most = bytes_of(limits.memory) + SPARE_ADDRESS_SPACE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file is a copy of the memory
    os.umask(0o077)
    return open_locked(database, limits)


def open_locked(database: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """Open the run's database as control SQL sees it: within the limits, with nothing left that reads or loads."""
    config: Mapping[str, Any] = {
        **query.OPEN_SETTINGS,
        "threads": limits.threads,
        "memory_limit": limits.memory,
        "temp_directory": str(limits.spill),
        "max_temp_directory_size": "50GB",
        "preserve_insertion_order": False,
    }
    connection = duckdb.connect(str(database), config=dict(config))
    # A spawned process looks interactive to the library, which would then draw its own bar over the run's output.
    connection.execute("SET enable_progress_bar=false")
    for setting in query.LOCK:
        connection.execute(setting)
    return connection


def bytes_of(text: str) -> int:
    """Return the bytes of a size such as `1500MB` or `1.5GiB`; raises ValueError for another spelling."""
    number = text.strip().rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz").strip()
    return int(float(number) * UNITS[text.strip()[len(number) :].strip().upper()])
