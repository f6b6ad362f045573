"""
The register of earlier quarters: what the last whole run of each left, in the evidence or sealed beside it.

A quarter that was run again counts as it was run last; one that was not run is a gap, and a run of a selection is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from auditkit import evidence, vault
from auditkit.errors import RegisterError
from auditkit.key import Key
from auditkit.project import Project

# What a later quarter needs to know of a row of the register.
COLUMNS = (
    ("exception_id", "VARCHAR"),
    ("control_id", "VARCHAR"),
    ("attribute_id", "VARCHAR"),
    ("population", "VARCHAR"),
    ("item", "VARCHAR"),
    ("severity", "VARCHAR"),
    ("result", "VARCHAR"),
    ("why", "VARCHAR"),
    ("state", "VARCHAR"),
    ("late_arriving", "BOOLEAN"),
    ("facts", "VARCHAR"),
)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What one earlier quarter left: its label, its run, and the file that holds its register."""

    quarter: str
    run: str
    path: Path


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table `register_history`: rows of the register with their quarter."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE register_history ({columns}, quarter VARCHAR)")


def opened(project: Project, before: str, key: Key) -> tuple[Earlier, ...]:
    """
    Return the registers in the evidence of the quarters before `before`, the oldest first.

    Raises RegisterError for one that was made with another key, in which no id would be known again, and for one that
    is lost; RunError for a manifest that cannot be read.
    """
    found = []
    for quarter in _quarters(project, before):
        for path, manifest in evidence.whole_runs(project.output, quarter):
            file = path.parent / "results" / evidence.REGISTER
            about = manifest.get("register")
            if about is None:  # of a version that kept none
                break
            if about["key"] != key.fingerprint:
                hint = (
                    "bring back the key the project had; if it is lost for good, write begins = "
                    f'"{before}" under [register]: the register starts anew there'
                )
                message = f"{quarter} was run with another key; every exception would look new"
                raise RegisterError(message, path=_shown(path, project), hint=hint)
            if not file.is_file():
                hint = "restore it, or move that run's folder away and run that quarter again"
                message = f"the register of {quarter} is not there"
                raise RegisterError(message, path=_shown(file, project), hint=hint)
            found.append(Earlier(quarter, manifest["run"]["id"], file))
            break
    return tuple(found)


def sealed(project: Project, before: str) -> tuple[Earlier, ...]:
    """Return the sealed registers of the quarters before `before`, the oldest first."""
    found = []
    for quarter in _quarters(project, before):
        for path, manifest in evidence.whole_runs(project.output, quarter):
            file = path.parent.parent / sealed_name(quarter)
            if file.is_file():
                found.append(Earlier(quarter, manifest["run"]["id"], file))
                break
    return tuple(found)


def sealed_name(quarter: str) -> str:
    """Return the name of the sealed file beside the restricted edition."""
    return f"restricted_{quarter}_R.sealed"


def _quarters(project: Project, before: str) -> list[str]:
    """Return the quarters that were run before `before`, from where the register begins; labels sort as time does."""
    if not project.output.is_dir():
        return []
    labels = (path.name for path in project.output.iterdir() if re.fullmatch(r"\d{4}-Q[1-4]", path.name))
    return sorted(label for label in labels if (project.register_begins or "") <= label < before)


def _shown(path: Path, project: Project) -> Path:
    return path.relative_to(project.root) if path.is_relative_to(project.root) else path


def add_open(
    connection: duckdb.DuckDBPyConnection, earlier: Sequence[Earlier], only: Sequence[str] | None = None
) -> None:
    """
    Add the rows of registers in the evidence, of the attributes `only` if given.

    Raises RegisterError for a file that is no register.
    """
    where = "" if only is None else "WHERE LIST_CONTAINS(CAST($only AS VARCHAR[]), attribute_id)"
    names = ", ".join(name for name, _ in COLUMNS)
    for each in earlier:
        sql = f"INSERT INTO register_history SELECT {names}, $quarter FROM read_parquet($path) {where}"
        values: dict[str, object] = {"quarter": each.quarter, "path": str(each.path)}
        try:
            connection.execute(sql, values if only is None else values | {"only": list(only)})
        except duckdb.Error:
            hint = "restore it, or move that run's folder away and run that quarter again"
            message = f"the register of {each.quarter} cannot be read"
            raise RegisterError(message, path=each.path.name, hint=hint) from None


def add_sealed(connection: duckdb.DuckDBPyConnection, earlier: Sequence[Earlier], passphrase: str) -> tuple[str, ...]:
    """Add the rows of sealed registers; return the quarters whose file this passphrase does not open."""
    unread = []
    for each in earlier:
        try:
            rows = read_sealed(each.path, passphrase)["register"]
        except RegisterError:
            unread.append(each.quarter)
            continue
        columns = [[row.get(name) for row in rows] for name, _ in COLUMNS]
        parts = ", ".join(f"UNNEST(CAST(? AS {kind}[]))" for _, kind in COLUMNS)
        connection.execute(f"INSERT INTO register_history SELECT {parts}, '{each.quarter}'", columns)
    return tuple(unread)


def read_sealed(path: Path, passphrase: str) -> Mapping[str, Any]:
    """Return what a run left sealed of its restricted controls; raises RegisterError as `vault.unseal` does."""
    content: Mapping[str, Any] = json.loads(vault.unseal(path.read_bytes(), passphrase, path.name))
    return content


def last_days(project: Project, labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the last day of each quarter as `2026-09-30`."""
    for label in labels:
        yield label, project.quarters.period(label).last_day.isoformat()
