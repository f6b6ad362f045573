"""What stands behind one exception: its sentence, the rows of the extracts that name it, its SQL and its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from auditkit import accounting, definition, evidence, manifest, private, query
from auditkit.catalogue import load_catalogue, parameters_of
from auditkit.control import Attribute, Catalogue, Control
from auditkit.entity import Entity
from auditkit.errors import RunError
from auditkit.parameter import ParameterValue
from auditkit.performance import Performance, told
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.quoting import literal
from auditkit.selection import Selection

MOST_ROWS = 10  # of one table that are shown; the number of all of them is said


@dataclass(frozen=True, slots=True)
class Source:
    """
    The rows of one table of the extracts that name the item, by `columns`: (file, row) of some, and their count.

    Of all its rows these name the most of what identifies the item.
    """

    entity: str
    columns: tuple[str, ...]
    places: tuple[tuple[str, int], ...]
    count: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    One exception with what it rests on; `registered` is its row of the register, `row` its row of the attribute.

    `sources` is None with `why_no_sources` where the extracts could not be read again.
    """

    run_id: str
    quarter: str
    control: Control
    attribute: Attribute
    registered: Mapping[str, Any]
    row: Mapping[str, Any]
    parameters: Mapping[str, ParameterValue]
    views: Mapping[str, str]
    sources: tuple[Source, ...] | None
    why_no_sources: str = ""


def explain(project: Project, exception_id: str, run_id: str | None, progress: Progress) -> Explanation:
    """
    Return what stands behind an exception of the latest whole run that lists it, or of the run named.

    Everything comes from that run's evidence, and from its extracts where they are as they were. Raises RunError for
    an id that no open register has; restricted controls are not explained, whether or not there is such an id.
    """
    folder, registered = _registered(project, exception_id.strip().upper(), run_id)
    content = manifest.read(folder)
    kept = definition.kept(project, folder / manifest.EVIDENCE)
    catalogue = load_catalogue(kept.controls)
    attribute = next(item for item in catalogue.attributes if item.id == registered["attribute_id"])
    row = _row(folder, attribute, catalogue, registered["item"])
    values = parameters_of(catalogue, kept)
    used = query.parameters_used(catalogue, attribute.statement)
    found = {name: value for name, value in values[attribute.control_id].items() if name in used}
    sources, why_not = _sources(kept, catalogue, attribute, content, row, progress)
    return Explanation(
        run_id=content["run"]["id"],
        quarter=content["period"]["quarter"],
        control=catalogue.control(attribute.control_id),
        attribute=attribute,
        registered=registered,
        row=row,
        parameters=found,
        views={
            name: catalogue.views[name].statement.text
            for name in query.needed(catalogue, attribute.statement)
            if name in catalogue.views
        },
        sources=sources,
        why_no_sources=why_not,
    )


def _registered(project: Project, exception_id: str, run_id: str | None) -> tuple[Path, dict[str, Any]]:
    """Return the run's folder and the row of its register; the latest quarter first, its latest whole run first."""
    quarters = sorted((path.name for path in project.output.glob("[0-9]*") if path.is_dir()), reverse=True)
    for quarter in quarters:
        for folder in manifest.runs(project.output, quarter):
            if run_id not in (None, folder.name):
                continue
            path = folder / manifest.EVIDENCE / "results" / evidence.REGISTER
            if path.is_file() and (row := _first(path, "exception_id = $id", {"id": exception_id})):
                return folder, row
    where = f"in run {run_id}" if run_id else "in any run"
    hint = "ids stand in the first column of the working edition; restricted controls are not explained here"
    raise RunError(f"there is no open exception {exception_id} {where}", hint=hint)


def _first(path: Path, where: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    with duckdb.connect(config={"threads": 1}) as connection:
        cursor = connection.execute(
            f"SELECT * FROM read_parquet({literal(str(path))}) AS r WHERE {where}", dict(values)
        )
        names = [column[0] for column in cursor.description or ()]
        row = cursor.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def _row(folder: Path, attribute: Attribute, catalogue: Catalogue, item: str) -> dict[str, Any]:
    """Return the item's row of the attribute; empty where the item is outside of the population now."""
    path = folder / manifest.EVIDENCE / "results" / f"{attribute.id}.parquet"
    if not path.is_file():
        return {}
    grain = catalogue.population(attribute).grain
    return _first(path, f"{accounting.item_text(grain)} = $item", {"item": item}) or {}


def _sources(
    project: Project,
    catalogue: Catalogue,
    attribute: Attribute,
    content: Mapping[str, Any],
    row: Mapping[str, Any],
    progress: Progress,
) -> tuple[tuple[Source, ...] | None, str]:
    """Load the open extracts of the run again and return the rows that name the item, or why that cannot be done."""
    folder = project.extracts / content["period"]["quarter"]
    changed = [e["file"] for e in content["extracts"] if manifest.sum_of(folder / e["file"]) != e["sha256"]]
    if changed:
        return None, f"the extract is gone or not the one of the run: {', '.join(changed)}"
    if not row:
        return (), ""
    selection, period = Selection.of(catalogue, (attribute.id,)), project.period(content["period"]["quarter"])
    with told(project.root), private.temporary() as place:
        performance = Performance(
            *(project, period, catalogue, selection, parameters_of(catalogue, project), False, {}, place, progress)
        )
        performance.load()
        names = {str(row[name]) for name in catalogue.population(attribute).grain if row[name]}
        tables = {table for table, _ in attribute.reads if table in catalogue.model.entities}
        entities = [catalogue.model.entities[name] for name in sorted(tables)]
        with performance.finished() as connection:
            return tuple(_naming(connection, entities, names)), ""


def _naming(connection: duckdb.DuckDBPyConnection, entities: Sequence[Entity], names: set[str]) -> Iterator[Source]:
    there = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for entity in entities:
        columns = [
            column.name for column in entity.columns if column.type == "VARCHAR" and _identifies(entity, column.name)
        ]
        if entity.restricted or entity.computed or entity.name not in there or not columns:
            continue
        marks = " + ".join(f'CAST(COALESCE(LIST_CONTAINS($names, "{name}"), FALSE) AS INTEGER)' for name in columns)
        best = f'SELECT *, {marks} AS named FROM "{entity.name}"'
        rows = connection.execute(
            f"SELECT {', '.join(columns)}, _source_file, _source_row FROM ({best}) WHERE named > 0 "
            "QUALIFY named = MAX(named) OVER () ORDER BY _source_file, _source_row",
            {"names": sorted(names)},
        ).fetchall()
        if rows:
            by = tuple(name for index, name in enumerate(columns) if any(row[index] in names for row in rows))
            places = tuple((row[-2], row[-1]) for row in rows[:MOST_ROWS])
            yield Source(entity.name, by, places, len(rows))


def _identifies(entity: Entity, column: str) -> bool:
    """Whether the column holds the name of a thing: a key, a reference, or an identifier by its name."""
    return column in entity.key or entity.column(column).references is not None or column.endswith("_id")
