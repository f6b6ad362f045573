"""
Whether the cases would notice a wrong query: derived from the SQL, never declared.

Every parameter that is compared is moved one step up and one step down, every ordering comparison of an attribute is
exchanged (> with >=, < with <=), and every result the SQL can return must be expected somewhere. Of a view, the limits
and boundaries are judged: parameters that it compares, and comparisons with a parameter or a bound of the period; its
own cases may notice the change, or those of any attribute that reads it. A case notices what changes in the columns
that it expects. A change that no case notices is a gap: it is named, and what it stands in is refused. This is
mutation testing (DeMillo, Lipton, Sayward 1978) restricted to the faults that matter in audit rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from sqlglot import exp

from auditkit import case as cases
from auditkit import query
from auditkit.control import Attribute, Case, Catalogue, Control, View
from auditkit.parameter import Value
from auditkit.statement import COMPARISONS, Statement, comparisons

EXCHANGED: Mapping[type[exp.Binary], type[exp.Binary]] = {
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
}
RESULT = re.compile(r"(PASS|EXCEPTION|REVIEW|NOT_TESTED|NOT_APPLICABLE)(:[a-z0-9_]+)?")


@dataclass(frozen=True, slots=True)
class Gap:
    """
    A change of the SQL or of a parameter that no case notices, or a result that no case expects.

    `owner` is the attribute or the view.
    """

    owner: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.owner}: {self.sentence}"


@dataclass(frozen=True, slots=True, eq=False)
class _Mutant:
    change: str
    statement: Statement
    parameter: str | None = None
    steps: int = 0


def gaps(bench: cases.Bench, attribute: Attribute, control: Control) -> tuple[Gap, ...]:
    """Return what the cases of the attribute would not notice; empty if they are adequate."""
    found = [f"no case expects {result}" for result in _unexpected_results(attribute)]
    alive = list(_mutants(attribute, control))
    for case in attribute.cases:
        if not alive:
            break
        alive = _survivors(bench, attribute, case, alive)
    found += [_unnoticed(mutant) for mutant in alive]
    return tuple(Gap(attribute.id, sentence) for sentence in found)


def view_gaps(bench: cases.Bench, views: Sequence[View], attributes: Sequence[Attribute]) -> tuple[Gap, ...]:
    """
    Return what neither the cases of the views nor those of the attributes would notice in the views.

    Every case is set up once for all views: setting up is what takes the time.
    """
    alive = {view.name: list(_view_mutants(bench.catalogue, view)) for view in views}
    for view in views:
        for case in view.cases:
            names = query.needed(bench.catalogue, view.statement)
            if alive[view.name] and _stands(bench, view.control_id, case, names):
                shown = cases.expected_columns(case)
                changed = _changed(bench, view, alive[view.name], view.control_id, case, shown)
                alive[view.name] = [mutant for mutant in alive[view.name] if mutant not in changed]
    for reader in attributes:
        names = query.needed(bench.catalogue, reader.statement)
        for case in reader.cases:
            read = [bench.catalogue.views[name] for name in names if alive.get(name)]
            if read and _stands(bench, reader.control_id, case, names):
                for view in read:
                    noticed = _noticed(bench, view, alive[view.name], reader, case)
                    alive[view.name] = [mutant for mutant in alive[view.name] if mutant not in noticed]
    return tuple(Gap(name, _unnoticed(mutant)) for name, mutants in alive.items() for mutant in mutants)


def readers_of(catalogue: Catalogue, view: View) -> tuple[Attribute, ...]:
    """Return the attributes that read the view, directly or through other views."""
    return tuple(item for item in catalogue.attributes if view.name in query.needed(catalogue, item.statement))


def _stands(bench: cases.Bench, control_id: str | None, case: Case, names: Sequence[str]) -> bool:
    """Set the case up and return whether that worked; one that fails is told as such, and notices nothing."""
    try:
        bench.set_up(control_id, case, names)
    except duckdb.Error:
        return False
    return True


def _noticed(
    bench: cases.Bench, view: View, mutants: Sequence[_Mutant], reader: Attribute, case: Case
) -> list[_Mutant]:
    """Return the mutants of the view that change the reader's rows on this case, which has been set up."""
    changed = _changed(bench, view, mutants, reader.control_id, case)
    if not changed:
        return []
    shown = cases.expected_columns(case)
    names = query.needed(bench.catalogue, reader.statement)
    below, owner = names[names.index(view.name) + 1 :], view.control_id or reader.control_id
    baseline = _key(bench.rows(reader.control_id, reader.statement, case), shown)
    noticed = []
    for mutant in changed:
        values = bench.values(owner, case, _moved(bench.catalogue, view, case, mutant))
        try:
            bench.materialise(view.name, mutant.statement, values)
            bench.make(reader.control_id, case, below)
            if _key(bench.rows(reader.control_id, reader.statement, case), shown) != baseline:
                noticed.append(mutant)
        except duckdb.Error:
            continue  # a mutant that does not run proves nothing about the cases
    bench.make(reader.control_id, case, (view.name, *below))
    return noticed


def _changed(
    bench: cases.Bench,
    view: View,
    mutants: Sequence[_Mutant],
    control_id: str | None,
    case: Case,
    shown: Sequence[str] = (),
) -> list[_Mutant]:
    """
    Return the mutants that change the rows of the view itself, or the `shown` columns of them.

    Most changes of a view do not show in most cases; the views and attributes behind it need not be made for those.
    """
    owner = view.control_id or control_id
    baseline = _key(bench.rows(owner, view.statement, case), shown)
    changed = []
    for mutant in mutants:
        moved = _moved(bench.catalogue, view, case, mutant)
        try:
            if _key(bench.rows(owner, mutant.statement, case, moved), shown) != baseline:
                changed.append(mutant)
        except duckdb.Error:
            continue  # a mutant that does not run proves nothing about the cases
    return changed


def _unnoticed(mutant: _Mutant) -> str:
    return f"no case notices that {mutant.change}"


def _view_mutants(catalogue: Catalogue, view: View) -> Iterator[_Mutant]:
    if view.control_id is not None:
        yield from _moved_limits(view.statement, catalogue.control(view.control_id))
    yield from _exchanged(view.statement, only=lambda comparison: comparison.find(exp.Placeholder) is not None)


def _survivors(bench: cases.Bench, attribute: Attribute, case: Case, alive: list[_Mutant]) -> list[_Mutant]:
    """Return the mutants that give the same rows as the SQL itself on this case."""
    shown = cases.expected_columns(case)
    try:
        baseline = _key(bench.attribute_rows(attribute, case), shown)
    except duckdb.Error:
        return alive  # the case itself fails and is told as such; it notices nothing
    survivors = []
    dirty = False
    for mutant in alive:
        moved = _moved(bench.catalogue, attribute, case, mutant)
        try:
            if moved and _views_use(bench, attribute, mutant.parameter):
                rows = bench.attribute_rows(attribute, case, mutant.statement, moved)
                dirty = True
            else:
                if dirty:
                    bench.attribute_rows(attribute, case)
                    dirty = False
                rows = bench.rows(attribute.control_id, mutant.statement, case, moved)
        except duckdb.Error:
            survivors.append(mutant)  # a mutant that does not run proves nothing about the cases
            continue
        if _key(rows, shown) == baseline:
            survivors.append(mutant)
    return survivors


def _moved(catalogue: Catalogue, owner: Attribute | View, case: Case, mutant: _Mutant) -> dict[str, Value]:
    if mutant.parameter is None or owner.control_id is None:
        return {}
    parameter = catalogue.control(owner.control_id).parameters[mutant.parameter]
    value = parameter.moved(parameter.read(case.parameters.get(parameter.name, parameter.default)), mutant.steps)
    return {} if value is None else {parameter.name: value}


def _views_use(bench: cases.Bench, attribute: Attribute, parameter: str | None) -> bool:
    names = query.needed(bench.catalogue, attribute.statement)
    views = (bench.catalogue.views[name] for name in names if name in bench.catalogue.views)
    return any(parameter in view.statement.parameters for view in views)


def _key(rows: list[dict[str, Any]], shown: Sequence[str]) -> list[tuple[str, ...]]:
    return sorted(tuple(f"{name}={query.as_text(row.get(name))}" for name in shown or row) for row in rows)


def _mutants(attribute: Attribute, control: Control) -> Iterator[_Mutant]:
    yield from _moved_limits(attribute.statement, control)
    yield from _exchanged(attribute.statement, only=lambda _: True)


def _moved_limits(statement: Statement, control: Control) -> Iterator[_Mutant]:
    for name in sorted(_compared_parameters(statement) & set(control.parameters)):
        parameter = control.parameters[name]
        if parameter.moved(parameter.read(parameter.default), 1) is None:
            continue
        for steps, way in ((1, "up"), (-1, "down")):
            yield _Mutant(f"${name} is moved one step {way}", statement, name, steps)


def _exchanged(statement: Statement, only: Callable[[exp.Binary], bool]) -> Iterator[_Mutant]:
    for number, comparison in enumerate(comparisons(statement.tree)):
        if not only(comparison):
            continue
        tree = statement.tree.copy()
        node = list(comparisons(tree))[number]
        other = EXCHANGED[type(node)](this=node.this.copy(), expression=node.expression.copy())
        node.replace(other)
        change = f"{_short(comparison)} becomes {_short(other)}"
        yield _Mutant(change, replace(statement, tree=tree, text=tree.sql("duckdb")))


def _compared_parameters(statement: Statement) -> set[str]:
    nodes = statement.tree.find_all(*COMPARISONS, exp.Between)
    return {placeholder.name for node in nodes for placeholder in node.find_all(exp.Placeholder)}


def _unexpected_results(attribute: Attribute) -> list[str]:
    possible = {
        literal.name
        for literal in attribute.statement.tree.find_all(exp.Literal)
        if literal.is_string and RESULT.fullmatch(literal.name)
    }
    expected: set[str] = set()
    for case in attribute.cases:
        if case.expect.strip() == "none":
            continue
        table = cases.read_table(case.expect)
        if "result" in table.columns:
            expected |= {row[table.columns.index("result")] or "" for row in table.rows}
    return sorted(possible - expected)


def _short(node: exp.Expr) -> str:
    text = " ".join(node.sql("duckdb", comments=False).split())
    return text if len(text) <= 80 else text[:77] + "..."
