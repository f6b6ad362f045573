"""
A finished run as its evidence keeps it, and its extracts tested again under other rules or other parameter values.

Contracts, mappings, calendar and limits of the project describe the data and go with it; controls, shared queries and
policy packs are the rules.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditkit import definition, manifest
from auditkit.control import Catalogue
from auditkit.errors import RunError
from auditkit.parameter import Override
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.quoting import literal
from auditkit.run import Options, tested

OUTSTANDING = "results/outstanding_items.parquet"
CONTRACTS = "contracts"
Found = Mapping[str, Mapping[str, str]]  # attribute -> item that is an exception -> its severity


@dataclass(frozen=True, slots=True)
class Kept:
    """The last whole run of a quarter, as its evidence keeps it."""

    quarter: str
    evidence: Path
    content: Mapping[str, Any]

    @classmethod
    def of(cls, project: Project, quarter: str) -> Kept:
        """Find it; raises RunError when the quarter has no whole run or its evidence cannot be read."""
        project.period(quarter)
        folder = manifest.find(project.output, quarter)
        content = manifest.read(folder)
        if content["run"]["selection"]:
            hint = f"run the whole quarter: auditkit run --quarter {quarter}"
            raise RunError(f"{quarter} was run in part only, which compares with nothing", hint=hint)
        return cls(quarter, folder / manifest.EVIDENCE, content)

    @property
    def run(self) -> str:
        """The id of the run."""
        return str(self.content["run"]["id"])

    def project(self, now: Project) -> Project:
        """Return the project as it was, over the extracts, output and register that there are now."""
        return definition.kept(now, self.evidence)

    def exceptions(self) -> Found:
        """Return what the run found, but for restricted controls."""
        with duckdb.connect(config={"threads": 1}) as connection:
            return _found(connection, f"read_parquet({literal(str(self.evidence / OUTSTANDING))})")

    @property
    def values(self) -> dict[tuple[str, str], str]:
        """The parameter values of the run by control and name, those of restricted controls left out."""
        named = (key.partition(".") for key in self.content["parameters"])
        return {(control, name): self.content["parameters"][f"{control}.{name}"] for control, _, name in named}

    @property
    def concluded(self) -> dict[str, bool]:
        """Whether each attribute was concluded; those of restricted controls are not among them."""
        return {
            attribute: bool(counts["concluded"])
            for row in self.content["summary"]
            for attribute, counts in row["attributes"].items()
        }


def older_rules(earlier: Path, later: Path, folder: Path) -> Path:
    """Return a controls folder, made in `folder`, with the rules of `earlier` over the contracts of `later`."""
    made = folder / "controls"
    shutil.copytree(earlier, made, ignore=shutil.ignore_patterns(CONTRACTS))
    shutil.copytree(later / CONTRACTS, made / CONTRACTS)
    return made


def overrides(catalogue: Catalogue, values: Mapping[tuple[str, str], str]) -> tuple[Override, ...]:
    """Return overrides that give every parameter its value among `values`, and its default where it has none there."""
    return tuple(
        Override(control.id, name, values.get((control.id, name), parameter.default), "", "")
        for control in catalogue.controls
        for name, parameter in control.parameters.items()
    )


def replay(
    kept: Kept, now: Project, controls: Path, values: tuple[Override, ...], select: Collection[str], progress: Progress
) -> tuple[Found, frozenset[str]]:
    """
    Test the extracts of a run again, by the rules in `controls` and with these parameter values.

    Returns the exceptions, and the attributes whose query did not run. Raises AuditkitError where nothing could be
    tested, RunError also where the extracts are no longer those of the run.
    """
    project = replace(kept.project(now), controls=controls, policy_pack="", overrides=values)
    missing = {name: Decimal(share) for name, share in kept.content["missing_before"].items()}
    options = Options(kept.quarter, tuple(sorted(select)), run_id=kept.run, missing_before=missing)
    with tested(project, options, progress) as again:
        then = {entry["file"]: entry["sha256"] for entry in kept.content["extracts"]}
        if then != {entry["file"]: entry["sha256"] for entry in again.run.manifest["extracts"]}:
            hint = "put back the files that were run"
            raise RunError(f"the extracts of {kept.quarter} are no longer those of its run", hint=hint)
        results = (a for control in again.run.controls for part in control.populations for a in part.attributes)
        failed = (a.attribute.id for a in results if any(why.startswith("control error") for why in a.not_concluded))
        return _found(again.connection, "outstanding_item"), frozenset(failed)


def _found(connection: duckdb.DuckDBPyConnection, source: str) -> Found:
    found: dict[str, dict[str, str]] = {}
    sql = f"SELECT attribute_id, item, severity FROM {source} WHERE result = 'EXCEPTION' ORDER BY ALL"
    for attribute, item, severity in connection.execute(sql).fetchall():
        found.setdefault(attribute, {})[item] = severity
    return found
