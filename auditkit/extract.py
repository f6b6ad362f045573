"""The quarter's extracts: each file read, mapped and typed into the contracts' tables, every row accounted for."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from auditkit import conversion, delivery, mapping, reader
from auditkit.conversion import Conversion
from auditkit.delivery import DeliveryNote
from auditkit.entity import DataModel, Entity
from auditkit.errors import AuditkitError, ExtractError, MappingError
from auditkit.mapping import ColumnMap, EntityMap, Mapping, Source
from auditkit.notation import ISO_DATE
from auditkit.reader import Cell, Found
from auditkit.table_load import LoadedEntity, load_entity

ALMOST = 0.8  # likeness of a file's name to that of a restricted table at which the name itself is kept back
LISTS = (
    "CREATE TABLE rejected_row "
    "(source_file VARCHAR, source_row BIGINT, entity VARCHAR, reason VARCHAR, restricted BOOLEAN)",
    "CREATE TABLE unread_cell (source_file VARCHAR, source_row BIGINT, entity VARCHAR, column_name VARCHAR, "
    "found VARCHAR, reason VARCHAR, restricted BOOLEAN)",
)


@dataclass(frozen=True, slots=True)
class LoadedExtract:
    """
    One file that was loaded; `path` is relative to the quarter's folder.

    `rows` are its source rows (without header, blank lines and declared footer), `mapping` the mapping file or None
    for a file with the contract's own headers, `unused` the columns of the file that nothing reads. A file of open
    tables `holds_restricted` if some of its columns are restricted.
    """

    path: str
    sha256: str
    size: int
    encoding: str
    format: str
    rows: int
    delivery: DeliveryNote | None
    mapping: str | None
    entities: tuple[LoadedEntity, ...]
    restricted: bool
    unused: tuple[str, ...] = ()
    holds_restricted: bool = False


@dataclass(frozen=True, slots=True)
class IgnoredExtract:
    """A file that nothing reads, and why; `restricted` if its name is that of a restricted table, or nearly so."""

    path: str
    reason: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class FailedExtract:
    """A file that could not be used; nothing of it was loaded, so that what it feeds is incomplete."""

    path: str
    error: AuditkitError
    entities: tuple[str, ...]
    restricted: bool


@dataclass(frozen=True, slots=True)
class Extracts:
    """Every file of the quarter's folder, but for delivery notes and, without a passphrase, restricted files."""

    loaded: tuple[LoadedExtract, ...]
    ignored: tuple[IgnoredExtract, ...]
    failed: tuple[FailedExtract, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which mapping reads a file (None: its own headers), the entities it feeds, and the organisation's time zone."""

    path: Path
    shown: str
    mapping: Mapping | None
    entities: tuple[str, ...]
    restricted: bool
    time_zone: str | None = None


def load_extracts(
    connection: duckdb.DuckDBPyConnection,
    model: DataModel,
    folder: Path,
    mappings: Sequence[Mapping],
    *,
    include_restricted: bool,
    on_file: Callable[[str], None] | None = None,
    time_zone: str | None = None,
) -> Extracts:
    """
    Create the tables of the model in `connection` and load every file of `folder` into them.

    Also made: `rejected_row` and `unread_cell`. A file that cannot be used is listed and the others still load. With
    `include_restricted` False restricted files are not opened and restricted columns stay NULL and undelivered.
    A time that carries a zone is taken to `time_zone`, unless its mapping names another. Raises ExtractError if the
    folder does not exist.
    """
    if not folder.is_dir():
        raise ExtractError("there is no such folder of extracts", path=folder, hint="put the quarter's extracts there")
    for statement in (*(entity.create_sql() for entity in model.entities.values()), *LISTS):
        connection.execute(statement)
    loaded, ignored, failed = list[LoadedExtract](), list[IgnoredExtract](), list[FailedExtract]()
    for path in _files(folder):
        plan = _plan(path, path.relative_to(folder).as_posix(), mappings, model)
        if isinstance(plan, IgnoredExtract):
            if include_restricted or not plan.restricted:
                ignored.append(plan)
        elif include_restricted or not plan.restricted:
            if on_file is not None:
                on_file("restricted" if plan.restricted else plan.shown)
            try:
                located = replace(plan, time_zone=time_zone)
                loaded.append(_load(connection, model, folder, located, include_restricted))
            except AuditkitError as error:
                failed.append(FailedExtract(plan.shown, _placed(error, plan), plan.entities, plan.restricted))
    return Extracts(tuple(loaded), tuple(ignored), tuple(failed))


def _files(folder: Path) -> Iterator[Path]:
    """Yield what was delivered, links that lead nowhere, and the files that only a delivery note speaks of."""
    paths = {
        path
        for path in folder.rglob("*")
        if (path.is_file() or path.is_symlink()) and not path.is_dir() and not path.name.startswith((".", "~$"))
    }
    notes = {path for path in paths if path.name.endswith(delivery.SUFFIX)}
    noted = {note.with_name(note.name.removesuffix(delivery.SUFFIX)) for note in notes}
    yield from sorted((paths - notes) | noted)


def _plan(path: Path, shown: str, mappings: Sequence[Mapping], model: DataModel) -> _Plan | IgnoredExtract:
    fitting = [item for item in mappings if item.fits(path.name)]
    stem = path.stem.lower()
    closed = [name for name, entity in model.entities.items() if entity.restricted]
    if not fitting and stem not in model.entities:
        open_names = [name for name in model.entities if name not in closed]
        near = difflib.get_close_matches(stem, open_names, 1)
        hint = f"; did you mean {near[0]}{path.suffix}?" if near else ""
        why = f"no mapping is for this file and its name is no entity of the contracts{hint}"
        return IgnoredExtract(shown, why, bool(difflib.get_close_matches(stem, closed, 1, ALMOST)))
    if not fitting and reader.format_of(path) is None:
        return IgnoredExtract(shown, f"the ending {path.suffix!r} says nothing of the format", stem in closed)
    names = tuple(dict.fromkeys(part.entity for item in fitting for part in item.entities)) or (stem,)
    restricted = any(model.entities[name].restricted for name in names)
    chosen = fitting[0] if len(fitting) == 1 else None
    if len(fitting) > 1:
        # Kept as a plan that fails when it is loaded, so that a restricted file stays unmentioned without passphrase.
        chosen = replace(fitting[0], file=", ".join(item.path for item in fitting), entities=())
    return _Plan(path, shown, chosen, names, restricted)


def _placed(error: AuditkitError, plan: _Plan) -> AuditkitError:
    """Name the file as the quarter's folder knows it, unless the error is about another file."""
    if error.path is None or str(error.path) == plan.path.name:
        error.path = plan.shown
    return error


def _load(
    connection: duckdb.DuckDBPyConnection, model: DataModel, folder: Path, plan: _Plan, include_restricted: bool
) -> LoadedExtract:
    if plan.mapping is not None and not plan.mapping.entities:
        hint = "make the patterns of file: narrower, so that one mapping is for it"
        raise ExtractError(f"several mappings are for this file: {plan.mapping.file}", path=plan.shown, hint=hint)
    if plan.path.is_symlink() and not plan.path.exists():
        hint = "put the file itself there"
        raise ExtractError("the extract is a link that leads nowhere", path=plan.shown, hint=hint)
    if not plan.path.is_file():
        hint = "ask for it, or remove the delivery note"
        raise ExtractError("there is a delivery note, but the extract is missing", path=plan.shown, hint=hint)
    note = delivery.load(delivery.note_path(plan.path), root=folder)
    ((parent,),) = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    with tempfile.TemporaryDirectory(prefix="extract-", dir=_existing(parent)) as temporary:
        try:
            return _load_file(connection, model, plan, note, include_restricted, Path(temporary))
        except (duckdb.Error, OSError) as error:
            first = str(error).split("\n", 1)[0]
            raise ExtractError(f"the file could not be loaded: {first}", path=plan.shown) from None
        finally:
            reader.drop(connection)


def _existing(folder: str | None) -> str | None:
    # A folder of the run's own where there is one: the copies made may hold what other users must not read.
    return folder if folder and Path(folder).is_dir() else None


def _load_file(
    connection: duckdb.DuckDBPyConnection,
    model: DataModel,
    plan: _Plan,
    note: DeliveryNote | None,
    include_restricted: bool,
    temporary: Path,
) -> LoadedExtract:
    source = plan.mapping.source if plan.mapping else Source()
    found = reader.look(plan.path, source, temporary)
    mapped = _located(plan.mapping or _canonical(model.entities[plan.entities[0]], found), plan.time_zone)
    parts = [_allowed(part, model.entities[part.entity], include_restricted) for part in mapped.entities]
    places = {name: _place(found, name, mapped, part) for part in parts for name in part.sources}
    raw = reader.load(connection, found, places.values(), temporary)

    def cell(name: str) -> Cell:
        return raw.cells[places[name]]

    plans: dict[str, list[tuple[EntityMap, list[Conversion]]]] = {}
    for part in parts:
        entity = model.entities[part.entity]
        specs = [_with_iso(spec, found.format) for spec in part.columns]
        conversions = [
            conversion.convert(entity, entity.column(spec.column), spec, number, cell, raw.row)
            for number, spec in enumerate(specs)
        ]
        plans.setdefault(entity.name, []).append((part, conversions))
    uses_normal_form = any(
        conversion.NFKC in item.value for forms in plans.values() for _, items in forms for item in items
    )
    if uses_normal_form:
        connection.create_function(conversion.NFKC, conversion.normal_form, ["VARCHAR"], "VARCHAR")
    connection.execute("BEGIN")
    try:
        entities = tuple(
            load_entity(connection, raw, model.entities[entity], forms, cell, plan.shown)
            for entity, forms in plans.items()
        )
        connection.execute("COMMIT")
    except (AuditkitError, duckdb.Error):
        connection.execute("ROLLBACK")
        raise
    finally:
        if uses_normal_form:
            connection.remove_function(conversion.NFKC)
    return LoadedExtract(
        path=plan.shown,
        sha256=found.scan.sha256,
        size=found.scan.size,
        encoding=found.encoding,
        format=found.format,
        rows=raw.rows,
        delivery=note,
        mapping=plan.mapping.path if plan.mapping else None,
        entities=entities,
        restricted=plan.restricted,
        unused=_unused(mapped, found),
        holds_restricted=_holds_restricted(mapped, model, found),
    )


def _unused(mapped: Mapping, found: Found) -> tuple[str, ...]:
    # A restricted column that may not be read is no unused one.
    used = {_place(found, name, mapped, part) for part in mapped.entities for name in part.sources}
    return tuple(name for index, name in enumerate(found.headers) if name and index not in used)


def _holds_restricted(mapped: Mapping, model: DataModel, found: Found) -> bool:
    """Tell whether a restricted column is mapped, or stands in the file under a name by which it is known."""
    headers = {header.lower() for header in found.headers}
    for part in mapped.entities:
        closed = [column for column in model.entities[part.entity].columns if column.restricted]
        names = {name.lower() for column in closed for name in (column.name, *(s.name for s in column.synonyms))}
        if names & headers or any(spec.column in {column.name for column in closed} for spec in part.columns):
            return True
    return False


def _allowed(part: EntityMap, entity: Entity, include_restricted: bool) -> EntityMap:
    if include_restricted:
        return part
    return replace(part, columns=tuple(spec for spec in part.columns if not entity.column(spec.column).restricted))


def _with_iso(spec: ColumnMap, kind: str) -> ColumnMap:
    """A cell that the file itself has typed as a date reads as ISO, whatever the notation of its texts."""
    formats = spec.notation.date_formats
    if kind not in ("xlsx", "parquet") or ISO_DATE in formats:
        return spec
    return replace(spec, notation=replace(spec.notation, date_formats=(*formats, ISO_DATE)))


def _located(mapped: Mapping, time_zone: str | None) -> Mapping:
    """Return the mapping with the organisation's time zone wherever it names none."""

    def column(spec: ColumnMap) -> ColumnMap:
        return replace(spec, notation=replace(spec.notation, time_zone=spec.notation.time_zone or time_zone))

    parts = (replace(part, columns=tuple(column(spec) for spec in part.columns)) for part in mapped.entities)
    return replace(mapped, entities=tuple(parts))


def _canonical(entity: Entity, found: Found) -> Mapping:
    """Return the mapping of a file with the contract's own headers; raises ExtractError for what cannot be meant."""
    known = [column.name for column in entity.columns]
    headers = {header.lower(): header for header in reversed(found.headers)}
    absent = [name for name in known if name not in headers]
    for header in found.headers:
        near = difflib.get_close_matches(header.lower(), absent, 1, 0.8) if header.lower() not in known else []
        if near:
            hint = f"did you mean {near[0]!r}? Rename the column, or write a mapping (auditkit map {found.path.name})"
            raise ExtractError(f"{header!r} is no column of {entity.name}", path=found.path.name, hint=hint)
    missing = [name for name in entity.key if name in absent]
    if missing:
        message = f"the header lacks {', '.join(missing)}, the key of {entity.name}{_about(found)}"
        hint = f"write a mapping: auditkit map {found.path.name}"
        raise ExtractError(message, path=found.path.name, hint=hint)
    plain = mapping.canonical(entity, [name for name in known if name not in absent])
    (part,) = plain.entities
    columns = tuple(replace(spec, source=headers[spec.column]) for spec in part.columns)
    return replace(plain, entities=(replace(part, columns=columns),))


def _place(found: Found, wanted: str, mapped: Mapping, part: EntityMap) -> int:
    """Return the index of the column that a mapping names; raises MappingError or ExtractError if it is not one."""
    exact = [index for index, header in enumerate(found.headers) if header == wanted]
    alike = exact or [index for index, header in enumerate(found.headers) if header.lower() == wanted.lower().strip()]
    if len(alike) == 1:
        return alike[0]
    line = next((mapped.line(*part.place, "columns", s.column) for s in part.columns if wanted in s.sources), None)
    path = mapped.path or found.path.name
    if alike:
        hint = "the header is not one row of names, or a name is repeated: see header_row:, or rename the columns"
        message = f"{found.path.name} has {len(alike)} columns called {wanted!r}"
        raise MappingError(message, path=path, line=line, hint=hint)
    near = difflib.get_close_matches(wanted, found.headers, 1)
    shown = ", ".join(header for header in found.headers[:40] if header) + (", ..." if len(found.headers) > 40 else "")
    hint = f"did you mean {near[0]!r}?" if near else f"the header has: {shown}"
    raise MappingError(f"{found.path.name} has no column {wanted!r}{_about(found)}", path=path, line=line, hint=hint)


def _about(found: Found) -> str:
    """Say what is odd about a header, for a message that misses a column."""
    blank = sum(1 for header in found.headers if not header)
    if len(found.headers) == 1:
        sign = next((sign for sign in (";", "\t", "|", ",") if sign in found.headers[0]), None)
        return f" (the header is one cell; the delimiter may be {sign!r})" if sign else " (the header is one cell)"
    if blank:
        return f" ({blank} of {len(found.headers)} header cells are blank: merged cells, or another header_row?)"
    repeated = sorted({header for header in found.headers if found.headers.count(header) > 1})
    return f" (repeated in the header: {', '.join(repeated)})" if repeated else ""
