"""Period coverage: tables that hold rows, and dates in every month of the quarter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from statistics import median_low

from auditkit.check import COVERAGE, Answer, Question, Tables
from auditkit.entity import Entity
from auditkit.extract import Extracts
from auditkit.quoting import name

ROWS_TITLE = "The extract holds rows"
EARLIER_MONTHS = 12  # looked at for what a month usually holds
LEAST_EARLIER_MONTHS = 3  # below that nothing is usual


def answers(tables: Tables, extracts: Extracts) -> Iterator[Answer]:
    """Make the checks of every delivered table and, where several files feed one, of every file."""
    for entity in tables.entities:
        yield _holds_rows(tables, entity)
        if entity.period_column is not None:
            yield _months(tables, entity, entity.period_column)
    for extract in extracts.loaded:
        for part in extract.entities:
            if not part.loaded and tables.rows[part.entity]:
                place, restricted = (part.entity, None), extract.restricted
                question = Question(COVERAGE, ROWS_TITLE, extract.path, "at least one row", (place,), restricted)
                yield question.answer("failed", f"no row for {part.entity}", population=part.rows, failures=part.rows)


def _holds_rows(tables: Tables, entity: Entity) -> Answer:
    question = tables.question(COVERAGE, ROWS_TITLE, entity, expected="at least one row")
    rows = tables.rows[entity.name]
    if rows:
        return question.answer("passed", f"{rows:,} rows", population=rows)
    detail = "an empty extract cannot be told from one drawn wrongly; an override says who vouches for it"
    return question.answer("failed", "no row", detail=detail)


def _months(tables: Tables, entity: Entity, column: str) -> Answer:
    months = list(_of(tables.period.start, tables.period.end))
    expected = f"dates in {', '.join(f'{month:%Y-%m}' for month in months)}"
    question = tables.question(
        COVERAGE, "Every month of the quarter is covered", entity, (column,), expected=expected, whole=True
    )
    rows = tables.rows[entity.name]
    if column not in tables.columns[entity.name]:
        return question.not_performed("the column was not delivered", population=rows)
    if not rows:
        return question.not_performed("there is no row to look at")
    return question.attempted(lambda: _covered(tables, question, entity.name, column, months))


def _covered(tables: Tables, question: Question, entity: str, column: str, months: list[dt.date]) -> Answer:
    day = f"CAST({name(column)} AS DATE)"
    sql = f"SELECT CAST(date_trunc('month', {day}) AS DATE), COUNT(*), MIN({day}), MAX({day}) FROM {name(entity)} "
    held = tables.connection.execute(f"{sql} WHERE {name(column)} IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall()
    rows, counts = tables.rows[entity], {month: int(number) for month, number, _, _ in held}
    if not held:
        return question.answer("failed", "no date at all", population=rows, failures=rows)
    found = ", ".join(f"{month:%Y-%m}: {counts.get(month, 0):,}" for month in months)
    span = f"first date {held[0][2]}, last date {held[-1][3]}"
    missing = [month for month in months if not counts.get(month)]
    if missing:
        return question.answer("failed", found, population=rows, failures=len(missing), detail=span)
    here = sum(counts[month] for month in months)
    before = [number for month, number in counts.items() if month < months[0]][-EARLIER_MONTHS:]
    if len(before) >= LEAST_EARLIER_MONTHS:
        usual = median_low(before) * len(months)
        if here < tables.policy.sparse_share * usual:
            detail = f"{span}; the months before lead to expect about {usual:,}: is it another quarter's extract?"
            return question.answer("failed", found, population=rows, failures=len(months), detail=detail)
    return question.answer("passed", found, population=rows, detail=span)


def _of(start: dt.date, end: dt.date) -> Iterator[dt.date]:
    """Yield the first day of every month from `start` to before `end`."""
    month = start.replace(day=1)
    while month < end:
        yield month
        month = (month + dt.timedelta(days=31)).replace(day=1)
