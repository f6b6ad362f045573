"""Working-paper sheets of what the results rest on: reliability, extracts, parameters, definitions, manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditkit.book import Book
from auditkit.control import Control
from auditkit.paper import Scope
from auditkit.paper_result import criterion_line
from auditkit.sheet import Column, table_sheet
from auditkit.wording import CHECK_MARKS, check_counts, check_status, in_unit, severity

LIMITS = {"max_allowed": "crossed above it", "trigger_at": "crossed on it and above"}


def reliability(book: Book, scope: Scope) -> None:
    """Add every reliability check with its denominator, the failed ones first."""
    columns = [
        Column("Check", least=9),
        Column("What is checked", "wrap", most=34),
        Column("Of", "wrap", most=42),
        Column("Result", least=16),
        Column("Looked at", "int", least=10),
        Column("Failures", "int", least=10),
        Column("Expected", "wrap", most=30),
        Column("Found", "wrap", most=30),
        Column("Detail", "wrap", most=50),
        Column("Blocks", "wrap", most=20),
        Column("Override", "wrap", most=30),
    ]
    overrides = {(item.check, item.subject): item for item in scope.run.project.reliability_overrides}
    checks = [check for check in scope.run.reliability.checks if check.restricted == scope.restricted]
    order = list(CHECK_MARKS)
    rows = []
    for check in sorted(checks, key=lambda c: (order.index(c.status), c.id, c.subject, c.title)):
        override = overrides.get((check.id, check.subject))
        said = f"{override.reason} (approved by {override.approved_by})" if override else None
        rows.append(
            [
                check.id,
                check.title,
                check.subject,
                check_status(check.status),
                check.population,
                check.failures,
                check.expected,
                check.found,
                check.detail,
                ", ".join(check.blocks),
                said,
            ]
        )
    note = check_counts([check.status for check in checks])
    table_sheet(book, "Reliability", columns, rows, notes=[note], empty="No check was made.", paper="A3", freeze=2)


def extracts(book: Book, scope: Scope) -> None:
    """Add the files with the arithmetic of their rows: delivered = left out by the mapping + loaded + rejected."""
    columns = [
        Column("File", "wrap", most=42),
        Column("State", least=10),
        Column("Table", most=26),
        *(Column(name, "int", least=10) for name in ("Rows", "Left out by the mapping", "Loaded", "Rejected")),
        *(Column(name, "int", least=10) for name in ("Cells not readable", "Open-end values")),
        Column("Ties", least=8),
        Column("Mapping", "wrap", most=28),
        Column("The mapping keeps rows where", "wrap", least=20, most=44),
        Column("Format", "wrap", least=12),
        Column("Delivery note, or why not loaded", "wrap", least=20, most=46),
        Column("Columns not used", "wrap", most=30),
        Column("Bytes", "int", least=12),
        Column("SHA-256", "wrap", least=34, most=34),
    ]
    rows: list[list[Any]] = []
    for extract in scope.run.extracts.loaded:
        if extract.restricted != scope.restricted:
            continue
        about = [extract.mapping or "canonical names", f"{extract.format}, {extract.encoding}"]
        for part in extract.entities:
            ties = part.rows == part.filtered + part.loaded + part.rejected
            counts = [part.rows, part.filtered, part.loaded, part.rejected, part.unread, part.sentinels]
            tied = "yes" if ties else "NO"
            end = [_note(extract.delivery), ", ".join(extract.unused), extract.size, extract.sha256]
            kept = part.kept_where or "all"
            rows.append([extract.path, "loaded", part.entity, *counts, tied, about[0], kept, about[1], *end])
    blank = [None] * 7
    rows += [
        [item.path, "ignored", None, *blank, *[None] * 3, item.reason]
        for item in scope.run.extracts.ignored
        if item.restricted == scope.restricted
    ]
    for item in scope.run.extracts.failed:
        if item.restricted == scope.restricted:
            rows.append([item.path, "FAILED", ", ".join(item.entities), *blank, *[None] * 3, str(item.error)])
    rows = [row + [None] * (len(columns) - len(row)) for row in rows]
    note = "Rows = left out by the mapping + loaded + rejected, for every table. Nothing is lost silently."
    table_sheet(book, "Extracts", columns, rows, notes=[note], empty="No extract was read.", paper="A3")


def _note(delivery: Any) -> str:
    if delivery is None:
        return "none"
    parts = [
        delivery.system,
        delivery.report,
        f"by {delivery.user}" if delivery.user else "",
        f"at {delivery.extracted_at}" if delivery.extracted_at else "",
        f"limitation: {delivery.limitation}" if delivery.limitation else "",
    ]
    return "; ".join(str(part) for part in parts if part)


def parameters(book: Book, scope: Scope) -> None:
    """Add every parameter of the controls run: its value, its default, who set it and why."""
    columns = [
        Column("Control", least=10),
        Column("Name", most=28),
        Column("What it is", "wrap", most=40),
        Column("Value in this run", "wrap", most=28),
        Column("Default", "wrap", most=28),
        Column("Differs", least=9),
        Column("Unit", most=16),
        Column("A limit is", "wrap", most=22),
        Column("Set by", "wrap", most=22),
        Column("Reason", "wrap", most=40),
        Column("Approved by", "wrap", most=24),
        Column("Source of the default", "wrap", most=34),
    ]
    rows = [
        [
            value.control_id,
            value.parameter.name,
            value.parameter.title,
            value.text,
            value.parameter.default,
            "● yes" if value.changed else "no",
            in_unit("", value.parameter.unit, scope.run.project.currency),
            LIMITS.get(value.parameter.limit_kind or "", ""),
            value.origin,
            value.reason,
            value.approved_by,
            value.parameter.source_of_default,
        ]
        for value in sorted(scope.run.parameters, key=lambda v: (v.control_id, v.parameter.name))
        if value.control_id in scope.ids
    ]
    engine = scope.run.period.parameters(scope.run.project.currency)
    note = "Always bound: " + ", ".join(f"{name} = {value}" for name, value in engine.items()) + "."
    table_sheet(book, "Parameters", columns, rows, notes=[note], empty="No parameter.", paper="A3", freeze=2)


def definitions(book: Book, scope: Scope) -> None:
    """Add what each attribute tests, against which criteria, and when an exception is no problem."""
    columns = [
        Column("Attribute", least=10),
        Column("What should be so", "wrap", most=36),
        Column("Severity", least=11),
        Column("Criteria", "wrap", most=60),
        Column("Sentence", "wrap", most=44),
        Column("Not a problem when", "wrap", most=36),
        Column("Data that may be absent, and the effect", "wrap", most=60),
        Column("File", "wrap", most=30),
    ]
    rows = [
        [
            attribute.id,
            attribute.title,
            severity(attribute.severity),
            "\n".join(criterion_line(control.criterion(name)) for name in attribute.criteria),
            attribute.message,
            attribute.not_a_problem_when,
            "\n".join(f"{name}: {effect}" for name, effect in attribute.optional.items()),
            attribute.shown,
        ]
        for control, attribute in _attributes(scope)
    ]
    table_sheet(book, "Definitions", columns, rows, empty="No attribute was run.", paper="A3")


def _attributes(scope: Scope) -> Iterator[tuple[Control, Any]]:
    for result in scope.results:
        for population in result.populations:
            for tested in population.attributes:
                yield result.control, tested.attribute


def sql(book: Book, scope: Scope) -> None:
    """Add the SQL as run, one row per line, so that nothing is cut and a definition can be filtered."""
    columns = [
        Column("Query", least=10, most=28),
        Column("Line", "int", least=7),
        Column("SQL", "code", least=60, most=110),
    ]
    texts = {attribute.id: attribute.statement.text for _, attribute in _attributes(scope)}
    views = _views_read(scope, texts)
    rows = [
        [name, number, line]
        for group in (texts, {f"view {name}": scope.run.view_sql[name] for name in views})
        for name, text in group.items()
        for number, line in enumerate(text.rstrip().split("\n"), 1)
    ]
    note = "Attributes first, then the views they read. $names are parameters; the sheet Parameters has their values."
    table_sheet(book, "SQL", columns, rows, notes=[note], empty="No query was run.", landscape=False)


def _views_read(scope: Scope, texts: Mapping[str, str]) -> list[str]:
    """Return the views that the queries of this scope read, directly or through views, in the order of their names."""
    starts = [population.view for result in scope.results for population in result.control.populations.values()]
    starts += [block.query for result in scope.results for block in result.control.board]
    starts += [statistic.input for result in scope.results for statistic in result.control.statistics]
    words = {word for text in texts.values() for word in re.findall(r"\w+", text)} | set(starts)
    found: set[str] = set()
    while new := {name for name in scope.run.view_sql if name in words} - found:
        found |= new
        words = {word for name in new for word in re.findall(r"\w+", scope.run.view_sql[name])}
    return sorted(found)


def manifest(book: Book, scope: Scope) -> None:
    """Add the run's manifest, one row per entry."""
    columns = [Column("Entry", "wrap", least=40, most=56), Column("Value", "wrap", least=40, most=80)]
    rows = list(flattened(scope.run.manifest))
    note = "What another auditor needs to re-perform the run; the same as manifest.json in the evidence folder."
    table_sheet(book, "Manifest", columns, rows, notes=[note], empty="The manifest is empty.", landscape=False)


def flattened(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of everything in nested mappings and lists."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flattened(inner, f"{name} / {key}" if name else str(key))
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value, 1):
            yield from flattened(inner, f"{name} / {number}")
    else:
        yield name, value
