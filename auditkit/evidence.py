"""The evidence folder: every result as Parquet, the manifest as JSON; what another auditor needs to re-perform."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from auditkit import manifest, review_row, seal
from auditkit.errors import RunError
from auditkit.result import AttributeResult, ControlResult, PreviousFigures

if TYPE_CHECKING:
    from auditkit.definition import Definitions
    from auditkit.review_row import ReviewRows

MANIFEST = manifest.FILE
REGISTER = "register_item.parquet"


def write(
    folder: Path,
    connection: duckdb.DuckDBPyConnection,
    results: Sequence[AttributeResult],
    content: Mapping[str, Any],
    definitions: Definitions,
    review: ReviewRows,
) -> dict[str, Any]:
    """
    Write results/*.parquet, the definitions and manifest.json into `folder`; return the manifest as it is sealed.

    `results` are the open attributes only, `review` what the forms of the working edition hold.
    """
    made = folder / "results"
    made.mkdir(parents=True)
    paths = []
    for result in results:
        if result.digest:
            # In the order of the items, so that the same results give the same file.
            keys = ", ".join(f'"{name}"' for name in result.grain)
            select = f'SELECT * FROM "{result.attribute.table}" ORDER BY {keys}'
            paths.append(_copy(connection, select, made / f"{result.attribute.id}.parquet"))
    register = "SELECT * FROM register_item WHERE NOT restricted ORDER BY attribute_id, item, exception_id"
    paths.append(_copy(connection, register, made / REGISTER))
    ids = ", ".join(f"'{result.attribute.id}'" for result in results) or "''"
    outstanding = f"SELECT * FROM outstanding_item WHERE attribute_id IN ({ids}) ORDER BY attribute_id, result, item"
    paths.append(_copy(connection, outstanding, made / "outstanding_items.parquet"))
    for table in ("rejected_row", "unread_cell"):
        rows = f"SELECT * EXCLUDE (restricted) FROM {table} WHERE NOT restricted ORDER BY ALL"
        paths.append(_copy(connection, rows, made / f"{table}s.parquet"))
    review.write(made / review_row.FILE)
    paths += [made / review_row.FILE, *definitions.write(folder)]
    sums = {path.relative_to(folder).as_posix(): manifest.sum_of(path) for path in sorted(paths)}
    data = seal.sealed({**content, "files": sums})
    (folder / MANIFEST).write_bytes(data)
    return seal.opened(data, MANIFEST)


def _copy(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> Path:
    # Through a table of its own: how a column is encoded would otherwise follow from rows that are not selected.
    connection.execute(f"CREATE OR REPLACE TEMP TABLE shown AS {select}")
    target = str(path).replace("'", "''")
    connection.execute(f"COPY (SELECT * FROM shown ORDER BY rowid) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    connection.execute("DROP TABLE shown")
    return path


def summary_rows(controls: Sequence[ControlResult]) -> list[dict[str, Any]]:
    """Return the run's summary: one row per control and population, the same for terminal, JSON and later quarters."""
    return [
        {
            "control": result.control.id,
            "population": population.population.name,
            "title": population.population.title,
            "items": population.counts.population,
            "tested": population.counts.tested,
            "exceptions": population.counts.exceptions,
            "review": population.counts.review,
            "not_tested": population.counts.not_tested,
            "not_applicable": population.counts.not_applicable,
            "concluded": population.concluded,
            "conclusion": population.conclusion,
            "attributes": {
                attribute.attribute.id: {
                    "items": attribute.counts.population,
                    "tested": attribute.counts.tested,
                    "exceptions": attribute.counts.exceptions,
                    "review": attribute.counts.review,
                    "not_tested": attribute.counts.not_tested,
                    "concluded": attribute.concluded,
                }
                for attribute in population.attributes
            },
        }
        for result in controls
        for population in result.populations
    ]


def previous_runs(output: Path, quarters: Sequence[str]) -> tuple[PreviousFigures, ...]:
    """
    Return what the last whole run of each of `quarters` that was run left behind, in the order given.

    Raises RunError for a manifest that cannot be read: figures of an earlier quarter are never left out in silence.
    """
    return tuple(figures for quarter in quarters if (figures := _last_whole_run(output, quarter)) is not None)


def named_runs(output: Path, entries: Sequence[Mapping[str, str]]) -> tuple[PreviousFigures, ...]:
    """Return the figures of those earlier runs that a manifest names and that are there, unchanged since."""
    found = []
    for entry in entries:
        path = output / entry["quarter"] / entry["run"] / manifest.EVIDENCE / MANIFEST
        if manifest.sum_of(path) == entry["manifest"]:
            found.append(_figures(path, entry["quarter"], output)[1])
    return tuple(found)


def _last_whole_run(output: Path, quarter: str) -> PreviousFigures | None:
    for path, _ in whole_runs(output, quarter):
        return _figures(path, quarter, output)[1]
    return None


def _figures(path: Path, quarter: str, output: Path) -> tuple[str, PreviousFigures]:
    """Return the selection of an earlier run and its figures."""
    try:
        data = path.read_bytes()
        content = seal.opened(data, MANIFEST)
        if content["run"]["selection"]:
            return content["run"]["selection"], PreviousFigures(quarter, content["run"]["id"], {})
        rows = {(row["control"], row["population"]): row for row in content["summary"]}
        shares = {subject: Decimal(share) for subject, share in content["missing_shares"].items()}
        digest, beside = hashlib.sha256(data).hexdigest(), dict(content.get("programme") or {})
        return "", PreviousFigures(quarter, content["run"]["id"], rows, shares, digest, beside)
    except (RunError, OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        raise _unreadable(path, output) from None


def whole_runs(output: Path, quarter: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """
    Yield the manifest of every whole run of a quarter with its path, the last run first.

    Raises RunError for a manifest that cannot be read.
    """
    for path in sorted((output / quarter).glob(f"[!.]*/evidence/{MANIFEST}"), key=_order, reverse=True):
        try:
            data = path.read_bytes()
            content = seal.opened(data, MANIFEST)
            if content["run"]["selection"]:
                continue
        except (RunError, OSError, ValueError, LookupError, TypeError, AttributeError):
            raise _unreadable(path, output) from None
        yield path, content


def _order(path: Path) -> tuple[str, int]:
    """Return what a run's folder is sorted by: its declared time, then the number of a second run of the same time."""
    moment, _, number = path.parent.parent.name.partition("-")
    return moment, int(number) if number.isdecimal() else 1


def _unreadable(path: Path, output: Path) -> RunError:
    hint = "restore it, or move that run's folder away and run that quarter again"
    return RunError(
        "the manifest of an earlier quarter cannot be read", path=path.relative_to(output.parent), hint=hint
    )
