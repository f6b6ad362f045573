"""
Whether the cases of an attribute would notice a wrong query: derived from the SQL, never declared.

Every parameter that is compared is moved one step up and one step down, every ordering comparison is exchanged
(> with >=, < with <=), and every result the SQL can return must be expected somewhere. A change that no case notices
is a gap: the attribute is refused, naming it. This is mutation testing (DeMillo, Lipton, Sayward 1978) restricted to
the faults that matter in audit rules: limits and boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from sqlglot import exp

from auditkit import case as cases
from auditkit import query
from auditkit.control import Attribute, Case, Control
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
    """One change of the SQL or of a parameter that no case notices."""

    attribute_id: str
    change: str

    def __str__(self) -> str:
        return f"{self.attribute_id}: no case notices that {self.change}"


@dataclass(frozen=True, slots=True)
class _Mutant:
    change: str
    statement: Statement
    parameter: str | None = None
    steps: int = 0


def gaps(bench: cases.Bench, attribute: Attribute, control: Control) -> tuple[Gap, ...]:
    """Return what the cases of the attribute would not notice; empty if they are adequate."""
    found = [f"{result} is never expected" for result in _unexpected_results(attribute)]
    alive = list(_mutants(attribute, control))
    for case in attribute.cases:
        if not alive:
            break
        alive = _survivors(bench, attribute, control, case, alive)
    return tuple(Gap(attribute.id, change) for change in [*found, *(mutant.change for mutant in alive)])


def _survivors(
    bench: cases.Bench, attribute: Attribute, control: Control, case: Case, alive: list[_Mutant]
) -> list[_Mutant]:
    """Return the mutants that give the same rows as the SQL itself on this case."""
    shown = (*control.populations[attribute.population].grain, "result")
    try:
        baseline = _key(bench.attribute_rows(attribute, case), shown)
    except duckdb.Error:
        return alive  # the case itself fails and is told as such; it notices nothing
    survivors = []
    dirty = False
    for mutant in alive:
        moved = _moved(control, case, mutant)
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


def _moved(control: Control, case: Case, mutant: _Mutant) -> dict[str, Value]:
    if mutant.parameter is None:
        return {}
    parameter = control.parameters[mutant.parameter]
    value = parameter.moved(parameter.read(case.parameters.get(parameter.name, parameter.default)), mutant.steps)
    return {} if value is None else {parameter.name: value}


def _views_use(bench: cases.Bench, attribute: Attribute, parameter: str | None) -> bool:
    names = query.needed(bench.catalogue, attribute.statement)
    views = (bench.catalogue.views[name] for name in names if name in bench.catalogue.views)
    return any(parameter in view.statement.parameters for view in views)


def _key(rows: list[dict[str, Any]], shown: tuple[str, ...]) -> list[tuple[str, ...]]:
    return sorted(tuple(f"{name}={query.as_text(row[name])}" for name in shown) for row in rows)


def _mutants(attribute: Attribute, control: Control) -> Iterator[_Mutant]:
    statement = attribute.statement
    for name in sorted(_compared_parameters(statement) & set(control.parameters)):
        parameter = control.parameters[name]
        if parameter.moved(parameter.read(parameter.default), 1) is None:
            continue
        for steps, way in ((1, "up"), (-1, "down")):
            yield _Mutant(f"${name} is moved one step {way}", statement, name, steps)
    for number, comparison in enumerate(comparisons(statement.tree)):
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
