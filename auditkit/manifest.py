"""The manifest of a run: what identifies it, sealed over its own bytes, and how a run of a quarter is found."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import auditkit
from auditkit import delivery, revision, seal
from auditkit.errors import RunError
from auditkit.result import AttributeResult, ControlResult, Counts, PreviousFigures

if TYPE_CHECKING:
    from auditkit.definition import Definitions
    from auditkit.extract import Extracts
    from auditkit.parameter import ParameterValue
    from auditkit.period import Period
    from auditkit.project import Project

FILE = "manifest.json"
EVIDENCE = "evidence"
LIBRARIES = (
    "cryptography",
    "duckdb",
    "great-expectations",
    "msoffcrypto-tool",
    "numpy",
    "openpyxl",
    "pandas",
    "python-calamine",
    "scipy",
    "sqlglot",
    "statsmodels",
)


def content(
    project: Project,
    period: Period,
    definitions: Definitions,
    parameters: Sequence[ParameterValue],
    extracts: Extracts,
    controls: Sequence[ControlResult],
    run: Mapping[str, Any],
    previous: Sequence[PreviousFigures],
) -> dict[str, Any]:
    """
    Return what identifies the run: inputs, definitions, parameters, versions and result digests.

    `run` holds id, declared time and selection. Restricted results are left out by the caller: `parameters` and
    `controls` are the open ones only; restricted extracts are left out here.
    """
    results = [result for control in controls for part in control.populations for result in part.attributes]
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
        "extracts": list(_loaded(extracts, project.extracts / period.label)),
        "not_read": list(_not_read(extracts, project.extracts / period.label)),
        "definitions": definitions.sums,
        "controls_revision": revision.of(project.controls),
        "results": {result.attribute.id: result_entry(result) for result in results},
        "seeds": {statistic.name: _seeds(table) for control in controls for statistic, table in control.statistics},
        "versions": versions(),
        "previous": [{"quarter": p.quarter, "run": p.run_id, "manifest": p.manifest} for p in previous],
    }


def versions() -> dict[str, str]:
    """Return the versions of auditkit, Python and the libraries on which a result could depend."""
    own = {"auditkit": auditkit.__version__, "python": platform.python_version()}
    return own | {name: version(name) for name in LIBRARIES}


def result_entry(result: AttributeResult) -> dict[str, Any]:
    """Return what the manifest says of one attribute's results."""
    return {"digest": result.digest, **counts_entry(result.counts)}


def counts_entry(counts: Counts) -> dict[str, int]:
    """Return counts under the names they have in the manifest."""
    return {
        "population": counts.population,
        "tested": counts.tested,
        "exceptions": counts.exceptions,
        "review": counts.review,
        "not_tested": counts.not_tested,
        "not_applicable": counts.not_applicable,
    }


def _loaded(extracts: Extracts, folder: Path) -> Iterator[dict[str, Any]]:
    for extract in extracts.loaded:
        if extract.restricted:
            continue
        yield {
            "file": extract.path,
            "sha256": extract.sha256,
            "bytes": extract.size,
            "rows": extract.rows,
            "mapping": extract.mapping,
            "delivery_note": sum_of(delivery.note_path(folder / extract.path)),
            "holds_restricted_columns": extract.holds_restricted,
            "entities": {
                e.entity: {"loaded": e.loaded, "filtered": e.filtered, "rejected": e.rejected} for e in extract.entities
            },
        }


def restricted_extracts(extracts: Extracts) -> list[dict[str, Any]]:
    """Return the files of restricted tables with their sums; only what is sealed may hold them."""
    loaded = [extract for extract in extracts.loaded if extract.restricted]
    return [{"file": e.path, "sha256": e.sha256, "bytes": e.size, "rows": e.rows} for e in loaded]


def _not_read(extracts: Extracts, folder: Path) -> Iterator[dict[str, Any]]:
    open_ones = [item.path for item in extracts.failed if not item.restricted]
    open_ones += [item.path for item in extracts.ignored if not item.restricted]
    for path in open_ones:
        yield {
            "file": path,
            "sha256": sum_of(folder / path),
            "delivery_note": sum_of(delivery.note_path(folder / path)),
        }


def _seeds(table: Any) -> list[int]:
    place = table.columns.index("seed") if "seed" in table.columns else None
    return sorted({row[place] for row in table.rows if row[place] is not None}) if place is not None else []


def sum_of(path: Path) -> str | None:
    """Return the SHA-256 of a file; None if there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(folder: Path, shown: str | None = None) -> dict[str, Any]:
    """
    Read the manifest of the run in `folder`.

    Raises RunError, naming `shown`, where there is none or its seal does not hold.
    """
    path = folder / EVIDENCE / FILE
    name = shown or f"{folder.parent.name}/{folder.name}/{EVIDENCE}/{FILE}"
    try:
        return seal.opened(path.read_bytes(), name)
    except OSError as error:
        hint = "restore it from the last copy of the project"
        raise RunError(f"the manifest cannot be read: {error.strerror}", path=name, hint=hint) from None


def runs(output: Path, quarter: str) -> list[Path]:
    """Return the folders of the finished runs of a quarter, the latest first."""
    found = (output / quarter).glob(f"[!.]*/{EVIDENCE}")
    return sorted((path.parent for path in found if path.is_dir()), reverse=True)


def find(output: Path, quarter: str, run_id: str | None = None) -> Path:
    """
    Return the folder of a run: the one named, else the latest whole run of the quarter, else the latest.

    Raises RunError when there is none.
    """
    folders = runs(output, quarter)
    if run_id is not None:
        chosen = [folder for folder in folders if folder.name == run_id]
        hint = f"runs of {quarter}: {', '.join(folder.name for folder in folders) or 'none'}"
        if not chosen:
            raise RunError(f"there is no run {run_id!r} of {quarter}", hint=hint)
        return chosen[0]
    if not folders:
        raise RunError(f"there is no run of {quarter}", hint=f"make one with: auditkit run --quarter {quarter}")
    return next((folder for folder in folders if _whole(folder)), folders[0])


def _whole(folder: Path) -> bool:
    try:
        return not read(folder)["run"]["selection"]
    except (RunError, LookupError):
        return True  # it is chosen, and then said to be damaged
