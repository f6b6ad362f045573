"""
Measure in one run what auditkit adds to the queries it runs: DuckDB alone, and auditkit's test stage, side by side.

    python benchmarks/measure.py FOLDER [--pairs 3] [--whole] [--start-up] [--json FILE]

FOLDER is a project made by generate.py. benchmarks/README.md says what each figure means.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import duckdb  # noqa: E402 - after the checkout's own folder is found

from auditkit import accounting, calendar, engine, evidence, query, register, reliability, worker  # noqa: E402
from auditkit import project as projects  # noqa: E402
from auditkit.catalogue import load_catalogue, parameters_of  # noqa: E402
from auditkit.control import Catalogue  # noqa: E402
from auditkit.definition import Definitions  # noqa: E402
from auditkit.extract import load_extracts  # noqa: E402
from auditkit.mapping import load_mappings  # noqa: E402
from auditkit.review_row import ReviewRows  # noqa: E402
from auditkit.worker import Limits, Worker  # noqa: E402

MIB = 1024.0
QUIET = "SET enable_progress_bar=false"
QUERIES = ("make_view", "make_attribute", "estimate")
FETCHED = "DuckDB alone, results fetched"
TABLES = "DuckDB alone, results kept as tables"
STAGE = "auditkit, test stage with evidence"


@dataclass
class Measured:
    """Seconds by the clock and of the processors, peak memory in MiB by process, seconds of every step."""

    wall: float
    cpu: float
    peak: dict[str, float]
    steps: dict[str, float] = field(default_factory=dict)


class TimedWorker(Worker):
    """The run's worker, which also keeps the time of every step."""

    def __init__(self, database: Path, limits: Limits) -> None:
        super().__init__(database, limits)
        self.steps: dict[str, float] = {}

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        began = time.perf_counter()
        try:
            return super().call(function, *arguments)
        finally:
            first = arguments[0] if arguments else ""
            name = first if isinstance(first, str) else getattr(first, "id", getattr(first, "name", ""))
            key = f"{function.__name__} {name}".strip()
            self.steps[key] = self.steps.get(key, 0.0) + time.perf_counter() - began


@dataclass(frozen=True)
class Bench:
    """A project whose extracts are loaded once; every measurement works on a copy of that database."""

    folder: Path
    database: Path
    inputs: engine.Inputs

    def stage(self, database: Path) -> tuple[engine.Stage, TimedWorker, Catalogue]:
        project = projects.load(self.folder / projects.FILE)
        catalogue = load_catalogue(project.controls)
        limits = Limits(project.memory, project.deadline, database.parent)
        own = dict(project.period(None).parameters(project.currency))
        values: dict[str, Mapping[str, object]] = {
            control: own | {name: value.value for name, value in parameters.items()}
            for control, parameters in parameters_of(catalogue, project).items()
        }
        values[""] = own
        timed = TimedWorker(database, limits)
        return engine.Stage(timed, catalogue, values, self.inputs, {}), timed, catalogue


def prepare(folder: Path, database: Path) -> tuple[Bench, Measured]:
    """Load and check the extracts as a run does."""
    project = projects.load(folder / projects.FILE)
    catalogue = load_catalogue(project.controls)
    period = project.period(None)
    began, cpu = time.perf_counter(), _cpu()
    with duckdb.connect(str(database), config={**query.OPEN_SETTINGS, "threads": 2}) as connection:
        connection.execute(f"SET temp_directory='{database.parent}'")
        connection.execute(QUIET)
        mappings = load_mappings(project.mappings, catalogue.model)
        extracts = load_extracts(
            connection, catalogue.model, project.extracts / period.label, mappings, include_restricted=True
        )
        calendar.fill(connection, project.weekend, project.holidays)
        read = time.perf_counter()
        policy = reliability.Policy.of(project.reliability_limits, project.reliability_overrides)
        reliability.assess(
            connection, catalogue.model, extracts, period, reads={}, policy=policy, restricted=frozenset()
        )
        checked = time.perf_counter()
        accounting.create_outstanding(connection)
        register.create(connection)
        connection.execute(query.IN_FORCE)
        connection.execute("CHECKPOINT")
    delivered = {part.entity: frozenset(part.columns) for extract in extracts.loaded for part in extract.entities}
    rejected = {part.entity: part.rejected for extract in extracts.loaded for part in extract.entities}
    inputs = engine.Inputs(delivered, rejected, {}, Decimal(project.not_tested_limit))
    steps = {"extracts": read - began, "reliability": checked - read}
    return Bench(folder, database, inputs), Measured(checked - began, _cpu() - cpu, {"process": peak()}, steps)


def duckdb_alone(bench: Bench, database: Path, fetch: bool) -> Measured:
    """Run the same views and attribute queries with the same parameters and settings; nothing in between."""
    stage, _, catalogue = bench.stage(database)
    attributes = [attribute for control in catalogue.controls for attribute in control.attributes]
    steps: dict[str, float] = {}
    began, cpu = time.perf_counter(), _cpu()
    connection = worker.open_locked(database, stage.worker.limits)
    for name in stage.order(attributes, _also(catalogue)):
        started = time.perf_counter()
        if name in catalogue.statistics:
            query.estimate(connection, catalogue.statistics[name])
        else:
            view = catalogue.views[name]
            query.materialise(connection, name, view.statement, stage.values[view.control_id or ""])
        steps[name] = time.perf_counter() - started
    for attribute in attributes:
        started = time.perf_counter()
        bound = query.bound(attribute.statement, stage.values[attribute.control_id])
        if fetch:
            connection.execute(attribute.statement.text, bound).fetchall()
        else:
            text = attribute.statement.text
            connection.execute(f'CREATE OR REPLACE TABLE "{attribute.table}" AS\n{text}', bound)
        steps[attribute.id] = time.perf_counter() - started
    connection.close()
    return Measured(time.perf_counter() - began, _cpu() - cpu, {"process": peak()}, steps)


def test_stage(bench: Bench, database: Path) -> Measured:
    """Run auditkit's test stage as a run does, from the start of the worker to the evidence folder."""
    stage, timed, catalogue = bench.stage(database)
    attributes = [attribute for control in catalogue.controls for attribute in control.attributes]
    began, cpu = time.perf_counter(), _cpu()
    with timed:
        timed.call(started)
        stage.make_views(attributes, _also(catalogue), lambda _: None)
        results = {attribute.id: stage.test(attribute) for attribute in attributes}
        for control in catalogue.controls:
            for population in control.populations.values():
                own = [results[a.id] for a in control.attributes if a.population == population.name]
                tasks = [accounting.Task.of(result.attribute, population) for result in own if result.digest]
                if tasks:
                    timed.call(accounting.population_counts, tasks, 0)
        most = {"worker": timed.call(peak_of_worker)}
    tested = time.perf_counter()
    open_ones = [results[a.id] for c in catalogue.controls if not c.restricted for a in c.attributes]
    with duckdb.connect(str(database), read_only=True, config=dict(query.OPEN_SETTINGS)) as connection:
        connection.execute(QUIET)
        definitions = Definitions.of(projects.load(bench.folder / projects.FILE))
        evidence.write(database.parent / "evidence", connection, open_ones, {}, definitions, ReviewRows())
    ended = time.perf_counter()
    steps = {**timed.steps, "evidence": ended - tested}
    if stage.failed:
        raise SystemExit(f"views failed: {stage.failed}")
    return Measured(ended - began, _cpu() - cpu, {**most, "main process": peak()}, steps)


def started(connection: duckdb.DuckDBPyConnection) -> None:
    """Do nothing: the call's time is that of the worker's start."""


def peak_of_worker(connection: duckdb.DuckDBPyConnection) -> float:
    """Return the worker's own peak."""
    return peak()


def peak(process: int | str = "self") -> float:
    """Return the most memory a process has held, in MiB; 0 if it has gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / MIB for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def _also(catalogue: Catalogue) -> list[str]:
    blocks = [block.query for control in catalogue.controls for block in control.board]
    return blocks + [statistic.input for control in catalogue.controls for statistic in control.statistics]


def _cpu() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in both)


def on_copy(function: Callable[..., Measured], bench: Bench, *arguments: Any) -> Measured:
    """Measure on a copy of the database, in a process of its own."""
    with tempfile.TemporaryDirectory(dir=bench.database.parent) as folder:
        measured: Measured = in_process(function, bench, Path(shutil.copy(bench.database, folder)), *arguments)
    return measured


def in_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what the function returns in a process of its own, so that peaks and caches are its own."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, function, *arguments))
    process.start()
    theirs.close()
    answer = mine.recv()
    process.join()
    return answer


def _send(pipe: Any, function: Callable[..., Any], *arguments: Any) -> None:
    pipe.send(function(*arguments))


def whole_run(folder: Path) -> tuple[Measured, int]:
    """Measure `auditkit run` from the command line, stage by stage; return its exit code too."""
    began = last = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    command = [sys.executable, "-u", "-m", "auditkit", "run", "--format", "json"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    peaks: dict[str, float] = {}
    watch = threading.Thread(target=_watch, args=(process, peaks))
    watch.start()
    steps, stage = {}, "Start, load controls"
    assert process.stderr is not None
    for line in process.stderr:
        now = time.perf_counter()
        steps[stage], stage, last = now - last, line.strip(), now
    before = _cpu()
    process.wait()
    steps[stage] = time.perf_counter() - last
    wall = time.perf_counter() - began
    watch.join()
    return Measured(wall, _cpu() - before, peaks, steps), process.returncode


def _watch(process: subprocess.Popen[str], peaks: dict[str, float]) -> None:
    """Note the peaks of the main process and of its children until it ends."""
    while process.poll() is None:
        peaks["main process"] = max(peaks.get("main process", 0.0), peak(process.pid))
        try:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        except OSError:
            return
        peaks["worker"] = max([peaks.get("worker", 0.0), *map(peak, children)])
        time.sleep(0.1)


def start_up(runs: int) -> dict[str, list[float]]:
    """Measure `auditkit --help` and `python -c "import click"` in turn."""
    command = Path(sys.executable).with_name("auditkit")
    both = {"import click": [sys.executable, "-c", "import click"], "auditkit --help": [str(command), "--help"]}
    seconds: dict[str, list[float]] = {name: [] for name in both}
    for _ in range(runs):
        for name, words in both.items():
            began = time.perf_counter()
            subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
            seconds[name].append(time.perf_counter() - began)
    return seconds


def spread(numbers: Sequence[float]) -> str:
    """Return median, least and most."""
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f} to {max(numbers):.2f})"


def report(pairs: Sequence[Mapping[str, Measured]]) -> None:
    """Print the figures of the paired runs."""
    print(f"\n{'median (least to most)':<48}{'wall seconds':<26}{'processor seconds':<26}peak memory, MiB")
    for name in pairs[0]:
        runs = [pair[name] for pair in pairs]
        peaks = ", ".join(f"{who} {max(run.peak[who] for run in runs):,.0f}" for who in runs[0].peak)
        print(f"{name:<48}{spread([r.wall for r in runs]):<26}{spread([r.cpu for r in runs]):<26}{peaks}")
    for name in (FETCHED, TABLES):
        wall = [pair[STAGE].wall / pair[name].wall for pair in pairs]
        cpu = [pair[STAGE].cpu / pair[name].cpu for pair in pairs]
        print(f"{'ratio to ' + name:<48}{spread(wall):<26}{spread(cpu):<26}")
    own = [
        pair[STAGE].wall / sum(t for n, t in pair[STAGE].steps.items() if n.split(" ")[0] in QUERIES) for pair in pairs
    ]
    print(f"{'ratio to the queries inside the stage':<48}{spread(own)}")
    heaviest = {
        name: statistics.median(pair[FETCHED].steps[name] for pair in pairs) for name in pairs[0][FETCHED].steps
    }
    _print_most("Ten heaviest queries, DuckDB alone, wall seconds (median)", heaviest, 10)
    kinds: dict[str, list[float]] = {}
    for pair in pairs:
        sums: dict[str, float] = {}
        for step, seconds in pair[STAGE].steps.items():
            sums[step.split(" ")[0]] = sums.get(step.split(" ")[0], 0.0) + seconds
        for kind, seconds in sums.items():
            kinds.setdefault(kind, []).append(seconds)
    shares = {kind: statistics.median(numbers) for kind, numbers in kinds.items()}
    _print_most("auditkit's test stage by kind of step, wall seconds (median)", shares, len(shares))


def _print_most(title: str, seconds: Mapping[str, float], count: int) -> None:
    print(f"\n{title}")
    for name, number in sorted(seconds.items(), key=lambda item: -item[1])[:count]:
        print(f"  {name:<32}{number:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=3, help="how often both sides are measured, in turn")
    parser.add_argument("--whole", action="store_true", help="also the whole of auditkit run, by stage")
    parser.add_argument("--start-up", action="store_true", help="also the start of the command")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    given = parser.parse_args()
    kept: dict[str, Any] = {}
    if given.pairs:
        with tempfile.TemporaryDirectory(prefix="auditkit-benchmark-") as temporary:
            bench, loading = in_process(prepare, given.folder.resolve(), Path(temporary) / "run.duckdb")
            stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in loading.steps.items())
            print(f"Loading: {stages}; processor {loading.cpu:.1f} s, peak {loading.peak['process']:,.0f} MiB")
            kept["loading"] = vars(loading)
            pairs = []
            for _ in range(given.pairs):
                pairs.append(
                    {
                        FETCHED: on_copy(duckdb_alone, bench, True),
                        TABLES: on_copy(duckdb_alone, bench, False),
                        STAGE: on_copy(test_stage, bench),
                    }
                )
            report(pairs)
            kept["pairs"] = [{name: vars(measured) for name, measured in pair.items()} for pair in pairs]
    if given.whole:
        measured, code = whole_run(given.folder.resolve())
        most = ", ".join(f"{who} {size:,.0f} MiB" for who, size in measured.peak.items())
        print(f"\nauditkit run: {measured.wall:.1f} s, processor {measured.cpu:.1f} s, exit code {code}; peak: {most}")
        for stage, seconds in measured.steps.items():
            print(f"  {stage:<32}{seconds:6.1f}")
        kept["whole"] = vars(measured)
    if given.start_up:
        seconds = start_up(21)
        for name, numbers in seconds.items():
            print(f"{name:<34}{spread([number * 1000 for number in numbers])} ms")
        medians = [statistics.median(numbers) for numbers in seconds.values()]
        print(f"{'auditkit --help / import click':<34}{medians[1] / medians[0]:.2f}")
        kept["start_up"] = seconds
    if given.json:
        given.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
