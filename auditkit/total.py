"""Control totals: what was loaded against figures that come from somewhere else than the extract's own query."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal

from auditkit.check import TOTAL, Answer, Question, Tables
from auditkit.delivery import ControlTotal
from auditkit.entity import Entity
from auditkit.extract import Extracts, LoadedExtract
from auditkit.quoting import literal, name
from auditkit.table_load import LoadedEntity

TITLE = "The total agrees with an independent source"
EXACT = Context(prec=100)  # more digits than any sum of DECIMALs has
NUMBERS = ("DECIMAL", "INTEGER", "BIGINT")


def answers(tables: Tables, extracts: Extracts) -> Iterator[Answer]:
    """Make one check per total that a note states, and one for each that the contract wants and no note states."""
    stated: set[tuple[str, str | None]] = set()
    for extract in extracts.loaded:
        for total in extract.delivery.control_totals if extract.delivery else ():
            part = _part(extract, total)
            if part is None:
                yield _unplaced(extract, total)
                continue
            entity = tables.model.entities[part.entity]
            stated |= {(entity.name, None), (entity.name, total.column)}
            yield _answer(tables, extract, part, total)
    for entity in tables.entities:
        wanted = [column for column in entity.control_totals if column in tables.columns[entity.name]]
        chosen_columns: list[str | None] = [*wanted] or [None]
        for column in chosen_columns:
            if (entity.name, column) not in stated:
                chosen = (column,) if column else ()
                question = tables.question(TOTAL, TITLE, entity, chosen, expected="a total to agree with", whole=True)
                hint = f"; {entity.independent_source}" if entity.independent_source else ""
                reason = f"no delivery note states an independent total{hint}"
                yield question.not_performed(reason, population=tables.rows[entity.name])


def _part(extract: LoadedExtract, total: ControlTotal) -> LoadedEntity | None:
    """Return what the total is about, None if that cannot be told."""
    if total.entity is None:
        return extract.entities[0] if len(extract.entities) == 1 else None
    return next((part for part in extract.entities if part.entity == total.entity), None)


def _unplaced(extract: LoadedExtract, total: ControlTotal) -> Answer:
    places = tuple((part.entity, None) for part in extract.entities)
    question = Question(TOTAL, TITLE, extract.path, _figure(total.value), places, extract.restricted)
    fed = ", ".join(part.entity for part in extract.entities)
    about = f"names the table {total.entity!r}" if total.entity else "names no table"
    return question.not_performed(f"the total {about}; the file feeds {fed}", population=extract.rows)


def _answer(tables: Tables, extract: LoadedExtract, part: LoadedEntity, total: ControlTotal) -> Answer:
    entity = tables.model.entities[part.entity]
    known = {column.name for column in entity.columns}
    columns = (total.column,) if total.column in known and total.column else ()
    expected = f"{_measured(total)} {_figure(total.value)}" + (f" ({total.source})" if total.source else "")
    question = tables.question(TOTAL, TITLE, entity, columns, expected=expected, whole=True)
    obstacle = _obstacle(entity, part, total)
    if obstacle:
        return question.not_performed(obstacle, population=part.loaded)
    return question.attempted(lambda: _compared(tables, question, extract, part, total))


def _obstacle(entity: Entity, part: LoadedEntity, total: ControlTotal) -> str:
    """Return why the total says nothing, or an empty text."""
    if total.source_query != "independent":
        return "the figure comes from the extract's own query" if total.source_query else "source_query is not stated"
    if not total.source:
        return "the note does not say where the independent figure comes from"
    if total.measure == "rows":
        return ""
    if total.column not in part.columns:
        return f"the column {total.column!r} was not delivered"
    if total.measure == "sum" and not entity.column(total.column or "").type.startswith(NUMBERS):
        return f"the column {total.column!r} holds no numbers"
    return ""


def _compared(
    tables: Tables, question: Question, extract: LoadedExtract, part: LoadedEntity, total: ControlTotal
) -> Answer:
    if total.measure == "rows":
        # A row rejected for want of its key was delivered all the same; it is counted as not tested elsewhere.
        found = Decimal(part.loaded + part.rejected)
    else:
        what = "COALESCE(SUM({}), 0)" if total.measure == "sum" else "COUNT(DISTINCT {})"
        of_file = f"FROM {name(part.entity)} WHERE _source_file = {literal(extract.path)}"
        ((value,),) = tables.fetch(f"SELECT {what.format(name(total.column or ''))} {of_file}")
        found = Decimal(str(value))
    difference = EXACT.subtract(found, total.value)
    agrees = abs(difference) <= tables.policy.total_tolerance
    said = [] if agrees else [f"difference {_figure(difference)}"]
    for count, words in (
        (part.rejected, "rows without their key"),
        (part.filtered, "rows left out by the mapping"),
        (part.unread, "cells that could not be read"),
    ):
        if count and not agrees:
            said.append(f"{count:,} {words}")
    return question.answer(
        "passed" if agrees else "failed",
        f"{_measured(total)} {_figure(found)}",
        population=part.loaded,
        failures=0 if agrees else part.loaded,
        detail="; ".join(said),
    )


def _measured(total: ControlTotal) -> str:
    return {"sum": "sum", "rows": "rows", "distinct": "different values"}[total.measure]


def _figure(value: Decimal) -> str:
    return f"{value:,f}"
