"""The evidence folder: every result as Parquet, the manifest as JSON; what another auditor needs to re-perform."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

import auditkit
from auditkit.errors import RunError
from auditkit.result import AttributeResult, ControlResult, PreviousFigures

if TYPE_CHECKING:
    from auditkit.control import Catalogue
    from auditkit.extract import Extracts
    from auditkit.parameter import ParameterValue
    from auditkit.period import Period
    from auditkit.project import Project

MANIFEST = "manifest.json"
LIBRARIES = ("duckdb", "great-expectations", "sqlglot", "openpyxl", "statsmodels", "scipy")


def manifest(
    project: Project,
    period: Period,
    catalogue: Catalogue,
    parameters: Sequence[ParameterValue],
    extracts: Extracts,
    results: Sequence[AttributeResult],
    run: Mapping[str, Any],
) -> dict[str, Any]:
    """
    Return what identifies the run: inputs, definitions, parameters, versions and result digests.

    `run` holds id, declared time and selection. Restricted extracts and results are left out by the caller: `extracts`
    and `results` are the open ones only.
    """
    return {
        "run": dict(run),
        "organisation": project.organisation,
        "period": {
            "quarter": period.label,
            "start": period.start.isoformat(),
            "end": period.end.isoformat(),
            "previous_cut_off": period.previous_cut_off.isoformat(),
            "cut_off": period.cut_off.isoformat(),
        },
        "policy_pack": project.policy_pack,
        "parameters": {f"{value.control_id}.{value.parameter.name}": value.text for value in parameters},
        "extracts": [
            {
                "file": extract.path,
                "sha256": extract.sha256,
                "bytes": extract.size,
                "rows": extract.rows,
                "mapping": extract.mapping,
                "entities": {
                    e.entity: {"loaded": e.loaded, "filtered": e.filtered, "rejected": e.rejected}
                    for e in extract.entities
                },
            }
            for extract in extracts.loaded
            if not extract.restricted
        ],
        "definitions": definitions(catalogue),
        "results": {
            result.attribute.id: {
                "digest": result.digest,
                "population": result.counts.population,
                "tested": result.counts.tested,
                "exceptions": result.counts.exceptions,
                "review": result.counts.review,
                "not_tested": result.counts.not_tested,
                "not_applicable": result.counts.not_applicable,
            }
            for result in results
        },
        "versions": {"auditkit": auditkit.__version__, "python": platform.python_version()}
        | {name: version(name) for name in LIBRARIES},
    }


def definitions(catalogue: Catalogue) -> dict[str, str]:
    """Return the SHA-256 of every file of the controls folder that decides a result, by its name."""
    files = (path for kind in ("*.sql", "*.yml", "*.yaml") for path in catalogue.folder.rglob(kind))
    return {
        path.relative_to(catalogue.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
    }


def write(
    folder: Path, connection: duckdb.DuckDBPyConnection, results: Sequence[AttributeResult], content: Mapping[str, Any]
) -> list[Path]:
    """Write results/*.parquet and manifest.json into `folder`; `results` are the open attributes only."""
    made = folder / "results"
    made.mkdir(parents=True)
    paths = []
    for result in results:
        if result.digest:
            # In the order of the items, so that the same results give the same file.
            keys = ", ".join(f'"{name}"' for name in result.grain)
            select = f'SELECT * FROM "{result.attribute.table}" ORDER BY {keys}'
            paths.append(_copy(connection, select, made / f"{result.attribute.id}.parquet"))
    ids = ", ".join(f"'{result.attribute.id}'" for result in results) or "''"
    outstanding = f"SELECT * FROM outstanding_item WHERE attribute_id IN ({ids}) ORDER BY attribute_id, result, item"
    paths.append(_copy(connection, outstanding, made / "outstanding_items.parquet"))
    for table in ("rejected_row", "unread_cell"):
        rows = f"SELECT * EXCLUDE (restricted) FROM {table} WHERE NOT restricted ORDER BY ALL"
        paths.append(_copy(connection, rows, made / f"{table}s.parquet"))
    manifest_path = folder / MANIFEST
    sums = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    text = json.dumps({**content, "files": sums}, indent=2, ensure_ascii=False)
    manifest_path.write_text(text + "\n", encoding="utf-8")
    return [manifest_path, *paths]


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


def _last_whole_run(output: Path, quarter: str) -> PreviousFigures | None:
    for path in sorted((output / quarter).glob(f"[!.]*/evidence/{MANIFEST}"), reverse=True):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["run"]["selection"]:
                continue
            rows = {(row["control"], row["population"]): row for row in content["summary"]}
            shares = {subject: Decimal(share) for subject, share in content["missing_shares"].items()}
            return PreviousFigures(quarter, content["run"]["id"], rows, shares)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
            hint = "restore it, or move that run's folder away and run that quarter again"
            shown = path.relative_to(output.parent)
            raise RunError("the manifest of an earlier quarter cannot be read", path=shown, hint=hint) from None
    return None
