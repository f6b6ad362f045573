"""
Reliability of the extracts (IPE, after PCAOB AS 1105.10): may the tests believe what was delivered?

Origin and hash, control totals against independent sources, period coverage, legibility, keys, references, presence
and validity; the contracts' own rules run in Great Expectations. A failed check stops the attributes that read what it
speaks of from being concluded, unless an override says who vouches for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb

from auditkit import coverage, legibility, provenance, total, validity
from auditkit.check import (
    COVERAGE,
    DELIVERY,
    ENUMERATION,
    KEY,
    PRESENCE,
    PROVENANCE,
    REFERENCE,
    RULE,
    TOTAL,
    Answer,
    Check,
    Policy,
    Question,
    Tables,
    first_line,
    percent,
)
from auditkit.entity import Column, DataModel, Entity
from auditkit.expectation import Expectation, Outcome, Session, suspects
from auditkit.extract import Extracts
from auditkit.period import Period
from auditkit.quoting import name
from auditkit.reason import Reason

NO_ROW = "there is no row to look at"
OF_FILES = (PROVENANCE, DELIVERY, COVERAGE, TOTAL)  # a file may feed restricted tables and open ones
Reads = Mapping[str, Mapping[str, frozenset[str]]]  # attribute id -> entity -> columns


@dataclass(frozen=True, slots=True)
class Reliability:
    """All checks, and for every attribute that may not be concluded the failed checks that stop it, in words."""

    checks: tuple[Check, ...]
    blocked: Mapping[str, tuple[Reason, ...]]

    @property
    def missing_shares(self) -> dict[str, Decimal]:
        """Return the share of missing values per required column (`entity.column`), for next quarter's `previous`."""
        return {
            check.subject: Decimal(check.failures) / check.population
            for check in self.checks
            if check.id == PRESENCE and check.population and check.status != "not_performed" and not check.restricted
        }


@dataclass(frozen=True, slots=True)
class _Rule:
    """A question with the expectation that answers it and the share of failures that is tolerated."""

    question: Question
    expectation: Expectation
    limit: Decimal


def assess(
    connection: duckdb.DuckDBPyConnection,
    model: DataModel,
    extracts: Extracts,
    period: Period,
    *,
    reads: Reads,
    policy: Policy,
    restricted: frozenset[str] = frozenset(),
    previous: Mapping[str, Decimal] | None = None,
) -> Reliability:
    """
    Make every check of what was delivered.

    `restricted` are the attributes no open check may name, `previous` the `missing_shares` of last quarter. A check
    that could not be made is `not_performed` with the reason, never passed. Raises ReliabilityError if Great
    Expectations cannot be started.
    """
    tables = _tables(connection, model, extracts, period, policy)
    answers = [
        *provenance.answers(extracts, period),
        *total.answers(tables, extracts),
        *coverage.answers(tables, extracts),
        *legibility.answers(tables, extracts),
        *_rules(tables, previous or {}),
        *validity.answers(tables, extracts),
    ]
    checks, blocked = [], dict[str, list[Reason]]()
    for answer in sorted(answers, key=lambda answer: (answer.check.id, answer.check.subject, answer.check.title)):
        check = answer.check
        override = policy.override(check.id, check.subject)
        stopped = _stopped(answer, reads, policy) if override is None else ()
        if check.restricted and check.id not in OF_FILES:
            # What is in restricted columns, or missing from restricted tables, says nothing about open ones.
            stopped = tuple(attribute for attribute in stopped if attribute in restricted)
        for attribute in stopped:
            apart = check.restricted and attribute not in restricted
            why = Reason.unreliable_apart() if apart else Reason.unreliable(check.id, check.subject)
            blocked.setdefault(attribute, []).append(why)
        if override is not None and check.status == "failed":
            vouched = f"overridden by {override.approved_by}: {override.reason}"
            check = replace(check, detail="; ".join(part for part in (check.detail, vouched) if part))
        shown = tuple(attribute for attribute in stopped if check.restricted or attribute not in restricted)
        checks.append(replace(check, blocks=shown))
    return Reliability(tuple(checks), {attribute: tuple(dict.fromkeys(said)) for attribute, said in blocked.items()})


def _tables(
    connection: duckdb.DuckDBPyConnection, model: DataModel, extracts: Extracts, period: Period, policy: Policy
) -> Tables:
    columns: dict[str, set[str]] = {}
    rows: dict[str, int] = {}
    for extract in extracts.loaded:
        for part in extract.entities:
            columns.setdefault(part.entity, set()).update(part.columns)
            rows[part.entity] = rows.get(part.entity, 0) + part.loaded
    frozen = {entity: frozenset(found) for entity, found in columns.items()}
    return Tables(connection, model, frozen, rows, period, policy)


def _stopped(answer: Answer, reads: Reads, policy: Policy) -> tuple[str, ...]:
    if answer.check.status != "failed" or answer.check.id not in policy.blocking:
        return ()
    return tuple(
        attribute
        for attribute, entities in sorted(reads.items())
        if any(
            entity in entities and (column is None or column in entities[entity]) for entity, column in answer.places
        )
    )


def _rules(tables: Tables, previous: Mapping[str, Decimal]) -> Iterator[Answer]:
    """Run the contract's rules of every delivered table, one suite per table."""
    with Session(tables.connection) as session:
        for entity in tables.entities:
            rows = tables.rows[entity.name]
            runnable = list[_Rule]()
            for rule in _of_entity(tables, entity):
                obstacle = _obstacle(tables, rule) if rows else NO_ROW
                if obstacle:
                    yield rule.question.not_performed(obstacle, population=rows)
                else:
                    runnable.append(rule)
            for rule, outcome in zip(runnable, _outcomes(session, entity, runnable), strict=True):
                if outcome.error:
                    yield rule.question.not_performed(outcome.error, population=outcome.population)
                else:
                    yield _judged(tables, entity, rule, outcome, previous)


def _outcomes(session: Session, entity: Entity, rules: Sequence[_Rule]) -> tuple[Outcome, ...]:
    try:
        return session.validate(entity.name, [rule.expectation for rule in rules])
    except duckdb.Error as error:
        return (Outcome(0, 0, f"the table could not be read: {first_line(str(error))}"),) * len(rules)


def _obstacle(tables: Tables, rule: _Rule) -> str:
    """Return why a rule cannot be run, or an empty text."""
    parent = rule.expectation.arguments.get("table")
    return "" if parent is None or parent in tables.rows else f"{parent} was not delivered"


def _judged(tables: Tables, entity: Entity, rule: _Rule, outcome: Outcome, previous: Mapping[str, Decimal]) -> Answer:
    answer = rule.question.judged(
        outcome.failures,
        outcome.population,
        rule.limit,
        detail=lambda: _examples(tables, entity, rule.expectation),
    )
    before = previous.get(answer.check.subject) if answer.check.id == PRESENCE else None
    if before is None or outcome.failures <= (before + tables.policy.null_rise) * outcome.population:
        return answer
    risen = f"last quarter {before:.2%} were missing, more than {percent(tables.policy.null_rise)} points less"
    return replace(answer, check=replace(answer.check, status="failed", detail=risen))


def _of_entity(tables: Tables, entity: Entity) -> Iterator[_Rule]:
    """Yield the rules of an entity; a column that was not delivered has none, its absence is shown elsewhere."""
    delivered = tables.columns[entity.name]
    if set(entity.key) <= delivered:
        question = tables.question(KEY, "No key stands twice", entity, entity.key, expected="none", whole=True)
        yield _Rule(question, Expectation("unique", entity.key), Decimal(0))
    for column in entity.columns:
        if column.name in delivered:
            yield from _of_column(tables, entity, column)
    for rule in entity.quality:
        if set(rule.columns) <= delivered:
            title = rule.description or f"The rule {rule.id} is met"
            question = tables.question(RULE, title, entity, rule.columns, expected="none")
            yield _Rule(question, Expectation(rule.kind, rule.columns, rule.arguments), Decimal(0))


def _of_column(tables: Tables, entity: Entity, column: Column) -> Iterator[_Rule]:
    policy, one = tables.policy, (column.name,)
    if column.required and column.name not in entity.key:
        expected = _tolerance(policy.null_share)
        question = tables.question(PRESENCE, "A required value is there", entity, one, expected=expected)
        yield _Rule(question, Expectation("not_null", one), policy.null_share)
    if column.enum:
        question = tables.question(ENUMERATION, "The value is one the contract lists", entity, one, expected="none")
        yield _Rule(question, Expectation("in_set", one, {"values": column.enum}), Decimal(0))
    if column.references is not None:
        parent, key = column.references
        expected = f"found in {parent}; {_tolerance(policy.orphan_share)}"
        question = tables.question(REFERENCE, f"It is found in {parent}", entity, one, expected=expected)
        target = tables.model.entities[parent]
        if target.restricted or target.column(key).restricted:
            question = replace(question, restricted=True)
        yield _Rule(question, Expectation("reference", one, {"table": parent, "column": key}), policy.orphan_share)


def _tolerance(share: Decimal) -> str:
    return f"more than {percent(share)} missing fails" if share else "none missing"


def _examples(tables: Tables, entity: Entity, expectation: Expectation) -> str:
    """Return examples by our own query, where one is known; Great Expectations gives the count alone."""
    if expectation.kind not in ("unique", "between", "reference"):
        return ""
    return tables.examples(suspects(expectation, name(entity.name)), expectation.columns)


__all__ = ["Check", "Policy", "Reliability", "assess"]
