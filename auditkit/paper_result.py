"""Working-paper sheets of results: summary, controls, attributes with their accounting, statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from auditkit.book import Book
from auditkit.control import Criterion
from auditkit.paper import Scope
from auditkit.paper_standing import REGISTER_NOTE
from auditkit.register import NONE
from auditkit.result import AttributeResult, Counts
from auditkit.sheet import Column, table_sheet
from auditkit.wording import (
    fraction,
    money,
    number,
    percent_format,
    plural,
    reason,
    severities,
    severity,
    sole_currency,
    sums,
)

COUNTS = ("Items", "Tested", "Passed", "Exceptions", "For review", "Not tested", "Not applicable")
REVIEWED = ("New", "Seen before", "Cleared", "Open", "Confirmed", "Suppressed")
RESULT_WORDS = {"NOT_TESTED": "not tested", "NOT_APPLICABLE": "not applicable", "REVIEW": "for review"}


def summary(book: Book, scope: Scope, notes: Sequence[str]) -> None:
    """Add one row per control and population, counted once per item."""
    before = scope.run.previous[0] if scope.run.previous and not scope.restricted else None
    code = sole_currency(population.amounts for result in scope.results for population in result.populations)
    columns = [
        Column("Control", "wrap", most=26),
        Column("Population", "wrap", most=26),
        *(Column(name, "int", least=10) for name in COUNTS),
        _rate_column(population.counts for result in scope.results for population in result.populations),
        Column("Exceptions by severity", "wrap", least=16, most=24),
        _value_column(code),
        Column("Conclusion before review", "wrap", least=24, most=44),
        *(Column(name, "int", least=10) for name in REVIEWED),
        Column("Conclusion after review", "wrap", least=24, most=44),
    ]
    if before:
        columns.append(Column(f"Exceptions in {before.quarter}", "int", least=12))
    rows = []
    for result in scope.results:
        for population in result.populations:
            row = [
                f"{result.control.id}  {result.control.title}",
                population.population.title,
                *_counts(population.counts),
                _rate(population.counts),
                severities(population.severities) or "-",
                _value(population.amounts, code),
                population.conclusion,
                *_reviewed(scope, f"{result.control.id}/{population.population.name}"),
            ]
            if before:
                old = before.rows.get((result.control.id, population.population.name))
                row.append(old["exceptions"] if old else "not run")
            rows.append(row)
    notes = [*notes, REGISTER_NOTE]
    table_sheet(book, "Summary", columns, rows, notes=notes, empty="No control was run.", paper="A3", freeze=2)


def _reviewed(scope: Scope, name: str) -> list[Any]:
    """Return how the exceptions of an attribute or population stand in the register, and what follows after review."""
    standing, found = scope.register.get(name, NONE), scope.conclusions.get(name)
    seen = standing.repeat + standing.reopened
    counts = [standing.new, seen, standing.cleared, standing.undecided, standing.confirmed, standing.suppressed]
    return [*counts, found.text if found else None]


def _counts(counts: Counts) -> list[int]:
    return [
        counts.population,
        counts.tested,
        counts.passed,
        counts.exceptions,
        counts.review,
        counts.not_tested,
        counts.not_applicable,
    ]


def _rate(counts: Counts) -> Decimal | None:
    return fraction(counts.exceptions, counts.tested)


def _rate_column(counts: Iterable[Counts]) -> Column:
    number = percent_format(_rate(count) for count in counts)
    return Column("Exception rate, unreviewed", "percent", least=12, number=number)


def _value_column(currency: str) -> Column:
    """Return the column of the values at stake: numbers where all are in one currency, else text."""
    title = f"Value at stake, {currency}, unreviewed" if currency else "Value at stake, unreviewed"
    return Column(title, "amount" if currency else "wrap", least=14, most=24)


def _value(amounts: Mapping[str, Decimal], currency: str) -> Decimal | str | None:
    return amounts.get(currency) if currency else money(amounts).replace("; ", "\n")


def controls(book: Book, scope: Scope) -> None:
    """Add what each control is: objective, risk, criteria, owner."""
    columns = [
        Column("Control", least=10),
        Column("Title", "wrap", most=24),
        Column("Version", least=9),
        Column("Objective", "wrap", most=36),
        Column("Risk", "wrap", most=36),
        Column("Criteria", "wrap", most=56),
        Column("Owner", "wrap", most=18),
        Column("Nature", "wrap", most=18),
        Column("Key control", least=9),
        Column("RAD factor", "int", least=9),
        Column("References", "wrap", most=26),
        Column("Self-review threat", "wrap", most=30),
        Column("If exceptions are confirmed", "wrap", most=34),
        Column("Conclusion after review", "wrap", least=24, most=44),
    ]
    rows = [
        [
            control.id,
            control.title,
            control.version,
            control.objective,
            control.risk,
            "\n".join(criterion_line(criterion) for criterion in control.criteria),
            control.owner,
            f"{control.control_type}, {control.control_nature}".replace("_", " "),
            control.key_control,
            control.rad_factor,
            "\n".join(control.framework_refs),
            control.self_review_threat or "none declared",
            control.remediation_hint,
            scope.conclusions[control.id].text if control.id in scope.conclusions else None,
        ]
        for control in (result.control for result in scope.results)
    ]
    table_sheet(book, "Controls", columns, rows, empty="No control was run.", paper="A3", freeze=2)


def criterion_line(criterion: Criterion) -> str:
    """Return a criterion with its id, its place and since when it holds."""
    since = f", in force since {criterion.effective_from}" if criterion.effective_from else ""
    return f"{criterion.id}: {criterion.text} [{criterion.place}{since}]"


def attributes(book: Book, scope: Scope) -> None:
    """Add one row per attribute: counts that add up, what was compared, what may be concluded."""
    results = [r for control in scope.results for population in control.populations for r in population.attributes]
    code = sole_currency(result.amounts for result in results)
    columns = [
        Column("Attribute", least=10),
        Column("What should be so", "wrap", most=34),
        Column("Severity", least=11),
        Column("Population", "wrap", most=22),
        *(Column(name, "int", least=10) for name in COUNTS),
        _rate_column(result.counts for result in results),
        _value_column(code),
        Column("Concluded", "wrap", least=11, most=34),
        Column("Identities", "wrap", most=44),
        Column("Population against results", "wrap", most=30),
        Column("Digest of results", "wrap", most=46),
    ]
    rows = [
        [
            result.attribute.id,
            result.attribute.title,
            severity(result.attribute.severity),
            population.population.title,
            *_counts(result.counts),
            _rate(result.counts),
            _value(result.amounts, code),
            "yes" if result.concluded else "no: " + "; ".join(result.not_concluded),
            identities(result.counts),
            result.accounting,
            result.digest,
        ]
        for control in scope.results
        for population in control.populations
        for result in population.attributes
    ]
    notes = [" ".join(sums())]
    table_sheet(book, "Attributes", columns, rows, notes=notes, empty="No attribute was run.", paper="A3", freeze=1)


def identities(counts: Counts) -> str:
    """Return the two sums in figures; a run in which they did not hold would have stopped."""
    return (
        f"{number(counts.population)} = {number(counts.tested)} tested + {number(counts.not_tested)} not tested + "
        f"{number(counts.not_applicable)} not applicable\n"
        f"{number(counts.tested)} = {number(counts.passed)} passed + {number(counts.exceptions)} exceptions + "
        f"{number(counts.review)} for review"
    )


def reasons(result: AttributeResult) -> list[tuple[str, str, int]]:
    """Return the attribute's reason codes with their counts."""
    return [(kind, code, count) for (kind, code), count in sorted(result.counts.reasons.items())]


def statistics(book: Book, scope: Scope) -> None:
    """Add the rows of every statistic; columns that a statistic does not have stay empty."""
    found = [(statistic, table) for result in scope.results for statistic, table in result.statistics]
    names: list[str] = []
    for _, table in found:
        names += [name for name in table.columns if name not in names]
    columns = [
        Column("Statistic", "wrap", most=30),
        Column("Estimator", "wrap", most=22),
        *(Column(_heading(name), _kind(name, found), least=10, most=30) for name in names),
    ]
    rows: list[list[Any]] = []
    for statistic, table in found:
        place = {name: index for index, name in enumerate(table.columns)}
        about = [statistic.title, statistic.estimator.replace("_", " ")]
        if table.failed:
            rows.append([*about, *([f"could not be run: {table.failed}"] + [None] * len(names))[: len(names)]])
        rows += [[*about, *(row[place[name]] if name in place else None for name in names)] for row in table.rows]
    note = (
        "Statistics are context, not verdicts: a full population is not a sample, and with few items they see little. "
        f"{plural(len(found), 'statistic')}."
    )
    table_sheet(book, "Statistics", columns, rows, notes=[note], empty="No control declares a statistic.", paper="A3")


def _kind(name: str, found: Sequence[tuple[Any, Any]]) -> str:
    values = [row[table.columns.index(name)] for _, table in found if name in table.columns for row in table.rows]
    known = [value for value in values if value is not None]
    if not known or any(isinstance(value, str) for value in known):
        return "wrap"
    return "int" if all(isinstance(value, int) for value in known) else "number"


def _heading(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def not_tested_reasons(book: Book, scope: Scope) -> None:
    """Add the reason codes of every attribute with their counts."""
    rows = [
        [
            result.attribute.id,
            result.attribute.title,
            RESULT_WORDS.get(kind, kind),
            reason(code),
            code,
            count,
            fraction(count, result.counts.population),
        ]
        for control in scope.results
        for population in control.populations
        for result in population.attributes
        for kind, code, count in reasons(result)
    ]
    columns = [
        Column("Attribute", least=10),
        Column("What should be so", "wrap", most=50),
        Column("Result", most=18),
        Column("Reason", "wrap", most=34),
        Column("Reason code", most=28),
        Column("Items", "int", least=10),
        Column("Share of the population", "percent", least=14, number=percent_format(row[-1] for row in rows)),
    ]
    table_sheet(book, "Reasons", columns, rows, empty="No result carries a reason.")
