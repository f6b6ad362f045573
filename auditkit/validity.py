"""Effective-dated tables: validity that ends after it begins, without overlap, without gap; dates that mean "none"."""

from __future__ import annotations

from collections.abc import Iterator

from auditkit.check import VALIDITY, Answer, Question, Tables, percent
from auditkit.entity import Entity
from auditkit.extract import Extracts
from auditkit.quoting import name

START, END = "valid_from", "valid_to"


def answers(tables: Tables, extracts: Extracts) -> Iterator[Answer]:
    """Make the checks of every delivered table with validity, and count the sentinel dates of the others."""
    for entity in tables.entities:
        if entity.history and tables.rows[entity.name]:
            yield from _history(tables, entity)
        parts = [part for extract in extracts.loaded for part in extract.entities if part.entity == entity.name]
        sentinels = sum(part.sentinels for part in parts)
        if sentinels:
            title = 'Dates that mean "none" were read as no date'
            question = tables.question(VALIDITY, title, entity, expected="counted")
            yield question.answer("passed", f"{sentinels:,} dates", population=tables.rows[entity.name])


def _history(tables: Tables, entity: Entity) -> Iterator[Answer]:
    order = tables.question(VALIDITY, "Validity ends after it begins", entity, (END,), expected="none", whole=True)
    owner = [column for column in entity.key if column != START]
    questions = [order]
    if START in entity.key:
        one = f"one row per {', '.join(owner)} and day" if owner else "one row per day"
        questions.append(tables.question(VALIDITY, "Periods of validity do not overlap", entity, expected=one))
        limit = tables.policy.gap_share
        expected = f"none; more than {percent(limit)} fails" if limit else "none"
        title = "Periods of validity leave no gap"
        questions.append(tables.question(VALIDITY, title, entity, (START,), expected=expected, whole=True))
    missing = sorted({START, END} - tables.columns[entity.name])
    if missing:
        for question in questions:
            yield question.not_performed(f"not delivered: {', '.join(missing)}", population=tables.rows[entity.name])
        return
    yield order.attempted(lambda: _order(tables, order, entity))
    for question in questions[1:2]:
        yield question.attempted(lambda q=question: _overlap(tables, q, entity, owner))  # type: ignore[misc]
    for question in questions[2:]:
        yield question.attempted(lambda q=question: _gaps(tables, q, entity, owner))  # type: ignore[misc]


def _order(tables: Tables, question: Question, entity: Entity) -> Answer:
    keys = ", ".join(map(name, entity.key))
    bad = f"SELECT {keys} FROM {name(entity.name)} WHERE {END} <= {START}"
    failures = tables.number(f"SELECT COUNT(*) FROM {name(entity.name)} WHERE {END} <= {START}")
    return question.judged(failures, tables.rows[entity.name], detail=lambda: tables.examples(bad, entity.key))


def _ordered(entity: Entity, owner: list[str]) -> str:
    """
    Return the SQL of the periods with the start of their owner's next one and the latest end so far.

    Rows that end before they begin are left out (they fail their own check); infinity stands for an open end.
    """
    keys = ", ".join(map(name, owner))
    window = f"(PARTITION BY {keys} ORDER BY {START}, {END})" if owner else f"(ORDER BY {START}, {END})"
    until = f"(PARTITION BY {keys} ORDER BY {START}, {END} ROWS UNBOUNDED PRECEDING)"
    if not owner:
        until = f"(ORDER BY {START}, {END} ROWS UNBOUNDED PRECEDING)"
    ends = f"COALESCE({END}, CAST('infinity' AS TIMESTAMP))"
    chosen = ", ".join((*map(name, owner), START))
    return (
        f"SELECT {chosen}, {ends} AS end_, LEAD({START}) OVER {window} AS next_, MAX({ends}) OVER {until} AS latest_ "
        f"FROM {name(entity.name)} WHERE {START} IS NOT NULL AND ({END} IS NULL OR {END} > {START})"
    )


def _overlap(tables: Tables, question: Question, entity: Entity, owner: list[str]) -> Answer:
    """Count the rows that are still valid when the next one of the same owner begins."""
    shown = (*owner, START)
    bad = f"SELECT {', '.join(map(name, shown))} FROM ({_ordered(entity, owner)}) AS o WHERE next_ < end_"
    failures = tables.number(f"SELECT COUNT(*) FROM ({bad}) AS f")
    return question.judged(failures, tables.rows[entity.name], detail=lambda: tables.examples(bad, shown))


def _gaps(tables: Tables, question: Question, entity: Entity, owner: list[str]) -> Answer:
    """Count the owners with a time between two periods in which nothing is valid."""
    keys = ", ".join(map(name, owner)) or "1 AS only_"
    bad = f"SELECT {', '.join(map(name, owner)) or '1 AS only_'}, latest_ FROM ({_ordered(entity, owner)}) AS o"
    bad += " WHERE next_ > latest_"
    distinct = f"SELECT DISTINCT {keys} FROM"
    failures = tables.number(f"SELECT COUNT(*) FROM ({distinct} ({bad}) AS f) AS d")
    population = tables.number(f"SELECT COUNT(*) FROM ({distinct} {name(entity.name)}) AS d")
    return question.judged(
        failures,
        population,
        tables.policy.gap_share,
        of=f"different {', '.join(owner)}" if owner else "histories",
        detail=lambda: tables.examples(bad, (*(owner or ("row",)), "nothing valid from")),
    )
