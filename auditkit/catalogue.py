"""The loader of the controls folder: everything is checked here, and every message about a control comes from here."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
from sqlglot.schema import MappingSchema

from auditkit import query, restriction
from auditkit.case import read_cases
from auditkit.contract import load_contracts
from auditkit.control import Attribute, Catalogue, Control, Statistic, View
from auditkit.control_file import ControlFile, read_attribute, read_control, read_pack
from auditkit.document import Document, fields, load
from auditkit.entity import DataModel
from auditkit.errors import AuditkitError, ControlError, Problems, ProjectError
from auditkit.lineage import Read, Reads, reads_of, schema_of, through_views
from auditkit.measure_file import check_figures, check_queries
from auditkit.parameter import Pack, Parameter, ParameterValue, resolve
from auditkit.period import ENGINE_PARAMETERS, Quarters
from auditkit.project import Project
from auditkit.statement import Statement, check_by_date, check_tables, read_statement

Schema = dict[str, dict[str, str]]
VIEW_KEYS = frozenset({"title", "cases"})
# What the list of all exceptions can hold in the columns it knows.
REGISTER_TYPES = {
    "amount": ("DECIMAL", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE"),
    "event_date": ("DATE", "TIMESTAMP"),
    "severity": ("VARCHAR",),
}


@dataclass(slots=True)
class _Loading:
    """What has been read so far, and every problem met on the way."""

    folder: Path
    model: DataModel
    problems: list[AuditkitError] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    statistics: dict[str, Statistic] = field(default_factory=dict)
    files: list[ControlFile] = field(default_factory=list)
    attributes: dict[str, list[Attribute]] = field(default_factory=dict)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep a problem met inside and go on, so that all of them are told at once."""
        try:
            yield
        except AuditkitError as error:
            self.problems.append(error)


def load_catalogue(folder: Path) -> Catalogue:
    """
    Read contracts, views, controls and policy packs under `folder`.

    Raises Problems with every message at once: file, line, what was found, what to do.
    """
    if not folder.is_dir():
        raise ControlError(f"the controls folder {folder.name!r} does not exist", hint="see [folders] in auditkit.toml")
    loading = _Loading(folder, load_contracts(folder / "contracts"))
    _read_views(loading, sorted((folder / "views").glob("*.sql")), None, _documents(loading, folder / "views"))
    for path in sorted(folder.glob("*/control.yml")):
        with loading.collecting():
            _read_folder(loading, path)
    packs = _read_packs(loading)
    _stop_at_problems(loading)
    _check_names(loading)
    _stop_at_problems(loading)
    schema, order = _types(loading)
    lineage = schema_of(schema)
    view_reads = _view_reads(loading, schema, lineage, order)
    controls = tuple(_finish(loading, item, lineage, view_reads) for item in loading.files)
    _stop_at_problems(loading)
    _refuse_restricted_plans(loading, schema, order)
    _stop_at_problems(loading)
    return Catalogue(
        folder=folder,
        model=loading.model,
        views={name: loading.views[name] for name in order if name in loading.views},
        statistics=loading.statistics,
        view_columns={name: schema[name] for name in order},
        view_reads={name: frozenset(view_reads[name].everything) for name in order},
        controls=tuple(sorted(controls, key=lambda control: control.id)),
        packs=packs,
    )


def _stop_at_problems(loading: _Loading) -> None:
    if loading.problems:
        raise Problems(loading.problems)


def _document(loading: _Loading, path: Path) -> Document:
    return load(path, ControlError, root=loading.folder.parent)


def _documents(loading: _Loading, folder: Path) -> dict[str, Document]:
    """Return the documents beside the SQL files of a folder, by the name they share with them."""
    documents = {}
    for path in sorted({*folder.glob("*.yml")} - {folder / "control.yml"}):
        with loading.collecting():
            document = _document(loading, path)
            if not path.with_suffix(".sql").exists():
                raise document.error(f"there is no {path.stem}.sql beside it", hint="both have one name")
            documents[path.stem] = document
    return documents


def _read_views(loading: _Loading, paths: Iterable[Path], control_id: str | None, beside: dict[str, Document]) -> None:
    for path in paths:
        with loading.collecting():
            statement = read_statement(path, root=loading.folder.parent)
            document = beside.get(path.stem)
            data = fields(document, document.data, known=VIEW_KEYS) if document else {}
            cases = read_cases(document) if document else ()
            if path.stem in loading.views:
                other = loading.views[path.stem].statement.shown
                raise statement.error(f"there is already a view {path.stem!r} in {other}", hint="rename one of them")
            loading.views[path.stem] = View(path.stem, statement, control_id, str(data.get("title", "")), cases)


def _read_folder(loading: _Loading, path: Path) -> None:
    item = read_control(_document(loading, path), loading.model)
    if any(other.id == item.id for other in loading.files):
        raise item.document.error(f"control id {item.id!r} is taken", "id", hint="give every control its own id")
    loading.files.append(item)
    loading.statistics.update({statistic.name: statistic for statistic in item.statistics})
    documents = _documents(loading, path.parent)
    # a document that says more than what a view has makes its query an attribute
    of_attributes = {name: document for name, document in documents.items() if not set(document.data) <= VIEW_KEYS}
    queries = (query for query in sorted(path.parent.glob("*.sql")) if query.stem not in of_attributes)
    _read_views(loading, queries, item.id, documents)
    attributes = loading.attributes.setdefault(item.id, [])
    for document in of_attributes.values():
        with loading.collecting():
            statement = read_statement(document.path.with_suffix(".sql"), root=loading.folder.parent)
            attributes.append(read_attribute(document, item, statement))


def _read_packs(loading: _Loading) -> dict[str, Pack]:
    packs: dict[str, Pack] = {}
    for path in sorted((loading.folder / "packs").glob("*.yml")):
        with loading.collecting():
            pack = read_pack(_document(loading, path))
            packs[pack.id] = pack
    return packs


def _check_names(loading: _Loading) -> None:
    """Check that every table, parameter and reference of every statement is known, and every declared one is used."""
    entities = loading.model.entities
    for name in (*loading.views, *loading.statistics):
        if name in entities:
            loading.problems.append(ControlError(f"the view or statistic {name!r} has the name of an entity"))
    known = {*entities, *loading.views, *loading.statistics}
    for view in loading.views.values():
        with loading.collecting():
            check_tables(view.statement, known)
        if view.control_id is None:
            _check_parameters(loading, view.statement, {})
    for item in loading.files:
        _check_control_names(loading, item, known)


def _check_unused(loading: _Loading, item: ControlFile) -> None:
    """A view that nothing reads is an attribute whose .yml is missing, or left over: neither may pass in silence."""
    read = {population.view for population in item.populations.values()} | {figure.query for figure in item.figures}
    read |= {statistic.input for statistic in item.statistics} | {block.query for block in item.board}
    read = read.union(*(view.statement.tables for view in loading.views.values()))
    read = read.union(*(attribute.statement.tables for own in loading.attributes.values() for attribute in own))
    for view in loading.views.values():
        if view.control_id == item.id and view.name not in read:
            hint = f"an attribute needs a file {view.name}.yml beside it; a view that is not used is to be deleted"
            loading.problems.append(view.statement.error("nothing reads this query", hint=hint))


def _check_control_names(loading: _Loading, item: ControlFile, known: set[str]) -> None:
    _check_unused(loading, item)
    own = [view.statement for view in loading.views.values() if view.control_id == item.id]
    attributes = loading.attributes[item.id]
    for attribute in attributes:
        with loading.collecting():
            check_tables(attribute.statement, known)
    used: set[str] = set()
    for statement in (*own, *(attribute.statement for attribute in attributes)):
        _check_parameters(loading, statement, item.parameters)
        used |= statement.parameters
    for name in sorted(set(item.parameters) - used):
        message = f"parameter {name!r} is declared but no SQL of the control uses it"
        loading.problems.append(item.document.error(message, "parameters", name, hint="use it or delete it"))
    for population in item.populations.values():
        if population.view not in loading.views:
            message = f"population {population.name!r} names no view: {population.view!r}"
            loading.problems.append(item.document.error(message, "populations", population.name, "view"))
        if population.source is not None and population.source not in loading.model.entities:
            message = f"{population.source!r} is not an entity of the contracts"
            loading.problems.append(item.document.error(message, "populations", population.name, "source"))
    for statistic in (each for each in item.statistics if each.input not in loading.views):
        message = f"statistic {statistic.name!r} names no view: {statistic.input!r}"
        loading.problems.append(item.document.error(message, "statistics", statistic.name, "input"))
    for block in (each for each in item.board if each.query not in loading.views):
        message = f"board block {block.id!r} names no view: {block.query!r}"
        loading.problems.append(item.document.error(message, "board"))
    loading.problems += check_queries(item.document, item.measures, item.roll_forwards, loading.views)


def _check_parameters(loading: _Loading, statement: Statement, declared: Mapping[str, Parameter]) -> None:
    for name in sorted(statement.parameters - set(declared) - set(ENGINE_PARAMETERS)):
        hint = "declare it under parameters in control.yml"
        loading.problems.append(statement.error(f"parameter ${name} is not declared", hint=hint))
    with loading.collecting():
        check_by_date(statement, {name for name, parameter in declared.items() if parameter.by_date})


def _types(loading: _Loading) -> tuple[Schema, list[str]]:
    """Plan every query on empty tables: unknown columns and wrong types are found, and column types learnt."""
    schema: Schema = {
        entity.name: {column.name: column.type for column in entity.columns}
        | {"_source_file": "VARCHAR", "_source_row": "BIGINT"}
        for entity in loading.model.entities.values()
    }
    order = _dependency_order(loading)
    _stop_at_problems(loading)
    if loading.statistics:
        from auditkit import estimator
    with query.locked_memory_database(loading.model) as connection:
        for name in order:
            if name in loading.statistics:
                columns = ", ".join(f'"{column}" {kind}' for column, kind in estimator.OUTPUT_COLUMNS)
                connection.execute(f'CREATE TABLE "{name}" ({columns})')
                schema[name] = dict(estimator.OUTPUT_COLUMNS)
                continue
            view = loading.views[name]
            schema[name] = _described(loading, connection, view.statement, view.control_id)
            columns = ", ".join(f'"{column}" {kind}' for column, kind in schema[name].items())
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
        for item in loading.files:
            loading.problems += check_figures(item.document, item.measures, item.roll_forwards, schema)
            for number, attribute in enumerate(loading.attributes[item.id]):
                with loading.collecting():
                    found = _described(loading, connection, attribute.statement, item.id)
                    _check_columns(attribute, item, found)
                    loading.attributes[item.id][number] = replace(attribute, columns=found)
    _stop_at_problems(loading)
    return schema, order


def _dependency_order(loading: _Loading) -> list[str]:
    order: list[str] = []
    open_: list[str] = []

    def visit(name: str) -> None:
        if name in order or (name not in loading.views and name not in loading.statistics):
            return
        if name in open_:
            circle = " -> ".join([*open_[open_.index(name) :], name])
            raise ControlError(f"the views read each other in a circle: {circle}")
        open_.append(name)
        statistic = loading.statistics.get(name)
        tables = {statistic.input} if statistic else loading.views[name].statement.tables
        for table in sorted(tables):
            visit(table)
        open_.pop()
        order.append(name)

    for name in sorted({*loading.views, *loading.statistics}):
        with loading.collecting():
            visit(name)
    return order


def _described(
    loading: _Loading, connection: duckdb.DuckDBPyConnection, statement: Statement, control_id: str | None
) -> dict[str, str]:
    """Return the statement's columns and their types; it is planned and never executed, for it is not trusted."""
    values: dict[str, object] = dict(Quarters().period("2026-Q3").parameters("EUR"))
    item = next((item for item in loading.files if item.id == control_id), None)
    for key, parameter in (item.parameters if item else {}).items():
        values[key] = parameter.read(parameter.default)
    try:
        rows = connection.execute(f"DESCRIBE\n{statement.text}", query.bound(statement, values)).fetchall()
    except duckdb.Error as error:
        raise _database_error(statement, error) from None
    return {row[0]: row[1] for row in rows}


def _database_error(statement: Statement, error: duckdb.Error) -> ControlError:
    lines = str(error).splitlines()
    line = next((int(text[5:].split(":")[0]) for text in lines if text.startswith("LINE ")), None)
    # the statement follows one line of our own: DESCRIBE
    return ControlError(lines[0], path=statement.shown, line=line - 1 if line else None)


def _check_columns(attribute: Attribute, item: ControlFile, columns: Mapping[str, str]) -> None:
    population = item.populations[attribute.population]
    for name in (*population.grain, "result"):
        if name not in columns:
            hint = f"return the grain of population {population.name!r} and result"
            raise attribute.statement.error(f"the query returns no column {name!r}", hint=hint)
    if columns["result"] != "VARCHAR":
        raise attribute.statement.error("the column result must be text")
    for name, kinds in REGISTER_TYPES.items():
        if name in columns and not columns[name].startswith(kinds):
            message = f"the column {name} is {columns[name]}; it must be {' or '.join(kinds)}"
            raise attribute.statement.error(message, hint="cast it, or give the column another name")
    for _, placeholder, _, _ in string.Formatter().parse(attribute.message):
        if placeholder is not None and placeholder not in columns and placeholder not in item.parameters:
            hint = f"columns: {', '.join(columns)}; parameters: {', '.join(item.parameters)}"
            raise ControlError(
                f"the message names no column or parameter: {{{placeholder}}}", path=attribute.shown, hint=hint
            )


def _view_reads(loading: _Loading, schema: Schema, lineage: MappingSchema, order: list[str]) -> dict[str, Reads]:
    reads: dict[str, Reads] = {}
    for name in order:
        if name in loading.statistics:
            source = reads[loading.statistics[name].input].everything
            reads[name] = Reads(set(source), {column: set(source) for column in schema[name]})
        else:
            reads[name] = through_views(reads_of(loading.views[name].statement, lineage), reads)
    return reads


def _finish(loading: _Loading, item: ControlFile, lineage: MappingSchema, views: Mapping[str, Reads]) -> Control:
    attributes = []
    for attribute in loading.attributes[item.id]:
        population = item.populations[attribute.population]
        reads = through_views(reads_of(attribute.statement, lineage), views)
        everything = frozenset(reads.everything | views[population.view].always)
        attributes.append(replace(attribute, reads=everything))
        _check_optional(loading, attribute)
        if not item.restricted:
            _refuse_restricted(loading, attribute, everything)
    return item.control(tuple(sorted(attributes, key=lambda attribute: attribute.id)))


def _check_optional(loading: _Loading, attribute: Attribute) -> None:
    for name in attribute.optional:
        entity, _, column = name.partition(".")
        known = loading.model.entities.get(entity)
        if known is None or (column and column not in {item.name for item in known.columns}):
            message = f"optional names nothing of the contracts: {name!r}"
            loading.problems.append(ControlError(message, path=attribute.shown))


def _refuse_restricted(loading: _Loading, attribute: Attribute, reads: frozenset[Read]) -> None:
    for table, column in sorted(reads):
        entity = loading.model.entities.get(table)
        if entity is None:
            continue
        secret = entity.restricted or (column and not column.startswith("_") and entity.column(column).restricted)
        if secret:
            message = f"{attribute.id} reads {table}.{column or '*'} of class C4, but its control is not restricted"
            hint = "set confidentiality: restricted in control.yml, or do not read it"
            loading.problems.append(attribute.statement.error(message, hint=hint))
            return


def _refuse_restricted_plans(loading: _Loading, schema: Schema, order: list[str]) -> None:
    """Check everything an open control runs, board blocks and statistics included."""
    views: list[tuple[str, restriction.Owned | Mapping[str, str]]] = [
        (name, schema[name] if name in loading.statistics else _owned(loading, name)) for name in order
    ]
    statements: list[restriction.Owned] = []
    for item in (item for item in loading.files if not item.restricted):
        statements += [(attribute.statement, item.id) for attribute in loading.attributes[item.id]]
        named = [population.view for population in item.populations.values()]
        named += [statistic.input for statistic in item.statistics]
        named += [each.query for each in (*item.board, *item.figures)]
        statements += [_owned(loading, name) for name in named]

    def describe(connection: duckdb.DuckDBPyConnection, statement: Statement, control_id: str | None) -> dict[str, str]:
        return _described(loading, connection, statement, control_id)

    loading.problems += restriction.refused(loading.model, views, statements, describe)


def _owned(loading: _Loading, name: str) -> restriction.Owned:
    return loading.views[name].statement, loading.views[name].control_id


def parameters_of(catalogue: Catalogue, project: Project) -> dict[str, dict[str, ParameterValue]]:
    """Return all parameter values under the project's pack and overrides; raises ProjectError or ControlError."""
    pack = None
    if project.policy_pack:
        pack = catalogue.packs.get(project.policy_pack)
        if pack is None:
            hint = f"packs: {', '.join(sorted(catalogue.packs)) or 'none'}"
            raise ProjectError(f"there is no policy pack {project.policy_pack!r}", path="auditkit.toml", hint=hint)
    declared = {control.id: control.parameters for control in catalogue.controls}
    return resolve(declared, pack, project.overrides)
