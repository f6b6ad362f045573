"""Which columns of the extracts a query reads, through views: what must be delivered before it can be believed."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from auditkit.statement import Statement

Read = tuple[str, str]  # table, column; the column is "" where only the existence of rows is read
LEFT = "LEFT"


@dataclass(slots=True)
class Reads:
    """What one query reads: `always` decides which rows there are, `columns` what each output column shows."""

    always: set[Read] = field(default_factory=set)
    columns: dict[str, set[Read]] = field(default_factory=dict)

    @property
    def everything(self) -> set[Read]:
        """All reads together."""
        return self.always.union(*self.columns.values())


def by_entity(reads: Iterable[Read], entities: Container[str]) -> dict[str, frozenset[str]]:
    """Return the columns read of every entity among `entities`; none where only the existence of rows is read."""
    found: dict[str, set[str]] = {}
    for table, column in reads:
        if table in entities:
            found.setdefault(table, set()).update([column] if column else [])
    return {table: frozenset(columns) for table, columns in found.items()}


def schema_of(tables: Mapping[str, Mapping[str, str]]) -> MappingSchema:
    """Return the tables (table -> column -> type) in the form `reads_of` takes; made once for many statements."""
    return MappingSchema({table: dict(columns) for table, columns in tables.items()}, dialect="duckdb")


def reads_of(statement: Statement, schema: MappingSchema) -> Reads:
    """
    Return what `statement` reads of the tables in `schema` (see `schema_of`).

    A LEFT JOIN counts only for the columns that use it: without its table they are NULL, and no row is lost.
    Raises ControlError naming an unknown or ambiguous column.
    """
    try:
        tree = qualify(
            statement.tree.copy(),
            schema=schema,
            dialect="duckdb",
            validate_qualify_columns=True,
            quote_identifiers=False,
            identify=False,
        )
    except OptimizeError as error:
        raise statement.error(str(error).splitlines()[0], hint="check the names of tables and columns") from None
    row = tree.find(exp.TableColumn)
    if row is not None:
        raise statement.error(f"{row.name} stands for whole rows of a table", row, "name the columns")
    done: dict[int, Reads] = {}
    reads = Reads()
    for scope in traverse_scope(tree):
        reads = _of_scope(scope, done)
        done[id(scope)] = reads
    return reads


def through_views(reads: Reads, views: Mapping[str, Reads]) -> Reads:
    """Return `reads` with every read of a view replaced by what that view reads (views are already resolved)."""
    return Reads(
        _expand(reads.always, views), {name: _expand(columns, views) for name, columns in reads.columns.items()}
    )


def _expand(reads: set[Read], views: Mapping[str, Reads]) -> set[Read]:
    expanded: set[Read] = set()
    for table, column in reads:
        if table in views:
            expanded |= views[table].always | views[table].columns.get(column, set())
        else:
            expanded.add((table, column))
    return expanded


def _of_scope(scope: Scope, done: Mapping[int, Reads]) -> Reads:
    node = scope.expression
    if isinstance(node, exp.SetOperation):
        return _of_union(scope, done)
    if not isinstance(node, exp.Select):
        return Reads()
    lefts = {join.alias_or_name: join for join in node.args.get("joins") or () if join.side == LEFT}
    reader = _Reader(scope, done, lefts)
    reads = Reads()
    for name, source in scope.selected_sources.items():
        if name not in lefts:
            reads.always |= reader.rows_of(source[1])
    for part in _row_deciding(node, lefts):
        reads.always |= reader.of(part)
    windows = list(node.args.get("windows") or ())
    for projection in node.selects:
        named = windows if projection.find(exp.Window) else []
        reads.columns[projection.alias_or_name.lower()] = set().union(*map(reader.of, (projection, *named)))
    return reads


def _of_union(scope: Scope, done: Mapping[int, Reads]) -> Reads:
    reads = Reads()
    branches = [done.get(id(branch), Reads()) for branch in scope.set_operation_scopes]
    node = scope.expression
    names = [projection.alias_or_name.lower() for projection in node.selects] if isinstance(node, exp.Query) else []
    for branch in branches:
        reads.always |= branch.always
        for name, columns in zip(names, branch.columns.values(), strict=False):
            reads.columns.setdefault(name, set()).update(columns)
    return reads


def _row_deciding(node: exp.Select, lefts: Mapping[str, exp.Join]) -> list[exp.Expr]:
    parts = [node.args[key] for key in ("where", "group", "having", "qualify", "distinct") if node.args.get(key)]
    if node.args.get("limit") and node.args.get("order"):
        parts.append(node.args["order"])
    kept = set(map(id, lefts.values()))
    return parts + [join for join in node.args.get("joins") or () if id(join) not in kept]


class _Reader:
    """Collects the reads of expressions of one scope."""

    def __init__(self, scope: Scope, done: Mapping[int, Reads], lefts: Mapping[str, exp.Join]) -> None:
        self.scope, self.done, self.lefts = scope, done, lefts
        self._following: set[str] = set()

    def of(self, expression: exp.Expr) -> set[Read]:
        reads: set[Read] = set()
        for subquery in self.scope.subquery_scopes:
            if subquery.expression.find_ancestor(type(expression)) is expression or _holds(expression, subquery):
                reads |= self.done.get(id(subquery), Reads()).everything
        for column in expression.find_all(exp.Column):
            reads |= self._column(column)
        return reads

    def _column(self, column: exp.Column) -> set[Read]:
        alias, name = column.table, column.name.lower()
        source = self.scope.sources.get(alias)
        if source is None:
            return set()  # a column of a subquery's own table, counted with the subquery
        reads = {(source.name.lower(), name)} if isinstance(source, exp.Table) else set(self._child(source, name))
        join = self.lefts.get(alias)
        if join is not None and alias not in self._following:
            self._following.add(alias)
            reads |= self.rows_of(source)
            on = join.args.get("on")
            reads |= self.of(on) if on is not None else set()
            self._following.discard(alias)
        return reads

    def _child(self, scope: Scope, name: str) -> set[Read]:
        reads = self.done.get(id(scope))
        return set() if reads is None else reads.columns.get(name, set())

    def rows_of(self, source: exp.Table | Scope) -> set[Read]:
        if isinstance(source, exp.Table):
            return {(source.name.lower(), "")}
        reads = self.done.get(id(source))
        return set() if reads is None else set(reads.always)


def _holds(expression: exp.Expr, scope: Scope) -> bool:
    node: exp.Expr | None = scope.expression
    while node is not None:
        if node is expression:
            return True
        node = node.parent
    return False
