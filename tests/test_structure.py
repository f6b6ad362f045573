"""The shape of the package: no circle of imports, modules and functions that fit a reader, an engine without subjects."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "auditkit"
MODULES = sorted(PACKAGE.rglob("*.py"))
SUBJECTS = re.compile(
    r"\b(gifts?|salar(?:y|ies)|wages?|whistleblow\w*|reporters?|tenders?|bidders?|recus\w*)\b", re.IGNORECASE
)
EXAMPLES = ("Example:", "Examples:")


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Return the modules of the package that a module needs when it is used, not those it names for types only."""
    known = {name_of(module) for module in MODULES}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in for_types and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return (found & known) - {"auditkit", name_of(path)}


def test_no_module_needs_itself_by_way_of_others() -> None:
    order = list(TopologicalSorter({name_of(path): imports(path) for path in MODULES}).static_order())

    assert len(order) > 60


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_four_hundred_lines_at_most_and_a_function_sixty(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    functions = [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert len(text.splitlines()) <= 400
    assert [(name, lines) for name, lines in functions if lines > 60] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_engine_names_no_subject_of_a_control(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    shown = [text for text in texts if not any(mark in text for mark in EXAMPLES)]

    assert [text for text in (*names, *shown) if SUBJECTS.search(text)] == []
