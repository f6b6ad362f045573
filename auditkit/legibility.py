"""What could not be read: rows without their key, cells that hold something which is no value of their column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditkit.check import LEGIBILITY, Answer, Question, Tables, percent
from auditkit.entity import Entity
from auditkit.extract import Extracts, LoadedExtract
from auditkit.quoting import literal, name
from auditkit.table_load import LoadedEntity


def answers(tables: Tables, extracts: Extracts) -> Iterator[Answer]:
    """Make, for every file and table, a check of its rows and one of every column with unreadable cells."""
    for extract in extracts.loaded:
        for part in extract.entities:
            entity = tables.model.entities[part.entity]
            yield _rows(tables, extract, part, entity)
            yield from _cells(tables, extract, part, entity)


def _expected(tables: Tables) -> str:
    limit = tables.policy.unread_share
    return f"none; more than {percent(limit)} fails" if limit else "none"


def _rows(tables: Tables, extract: LoadedExtract, part: LoadedEntity, entity: Entity) -> Answer:
    title = f"Every row has its key and can be loaded into {entity.name}"
    # A file that also feeds a restricted table is not named in an open check.
    hidden = extract.restricted or entity.restricted
    question = Question(LEGIBILITY, title, extract.path, _expected(tables), ((entity.name, None),), hidden)
    return question.judged(part.rejected, part.rows - part.filtered, tables.policy.unread_share)


def _cells(tables: Tables, extract: LoadedExtract, part: LoadedEntity, entity: Entity) -> Iterator[Answer]:
    title = "Every cell can be read"
    of_file = f"WHERE source_file = {literal(extract.path)} AND entity = {literal(entity.name)}"
    sql = f"SELECT column_name, COUNT(*) FROM unread_cell {of_file} GROUP BY 1 ORDER BY 1"
    unread = {str(column): int(str(count)) for column, count in tables.fetch(sql)}
    for column, count in unread.items():
        question = tables.question(
            LEGIBILITY, f"{title} in {extract.path}", entity, (column,), expected=_expected(tables)
        )
        question = replace(question, restricted=question.restricted or extract.restricted)
        loaded = f"SELECT COUNT({name(column)}) FROM {name(entity.name)} WHERE _source_file = {literal(extract.path)}"
        held = tables.number(loaded) + count
        examples = f"SELECT found, reason FROM unread_cell {of_file} AND column_name = {literal(column)}"
        yield question.judged(
            count,
            held,
            tables.policy.unread_share,
            of="cells that hold something",
            detail=lambda sql=examples: tables.examples(sql, ("found", "reason")),  # type: ignore[misc]
        )
    open_columns = [column for column in part.columns if entity.restricted or not entity.column(column).restricted]
    if not set(unread) & set(open_columns):
        places = tuple((entity.name, column) for column in open_columns)
        hidden = extract.restricted or entity.restricted
        question = Question(LEGIBILITY, f"{title} in {entity.name}", extract.path, "none", places, hidden)
        yield question.judged(0, part.loaded)
