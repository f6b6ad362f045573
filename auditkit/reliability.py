"""
Reliability of the extracts (IPE, after PCAOB AS 1105.10): may the tests believe what was delivered?

Origin and hash, control totals against independent sources, period coverage, legibility, keys, references, presence
and validity; the contracts' own rules run in Great Expectations. A failed check stops the attributes that read what it
speaks of from being concluded, unless an override says who vouches for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb

from auditkit import coverage, legibility, provenance, total, validity
from auditkit.check import KEY, PRESENCE, REFERENCE, RULE, Answer, Check, Policy, Question, Tables, percent
from auditkit.contract import DataModel, Entity
from auditkit.expectation import Expectation, suspects, validate
from auditkit.extract import Extracts
from auditkit.period import Period
from auditkit.quoting import name

Reads = Mapping[str, Mapping[str, frozenset[str]]]  # attribute id -> entity -> columns


@dataclass(frozen=True, slots=True)
class Reliability:
    """All checks, and for every attribute that may not be concluded the failed checks that stop it, in words."""

    checks: tuple[Check, ...]
    blocked: Mapping[str, tuple[str, ...]]


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
) -> Reliability:
    """
    Make every check of what was delivered; `restricted` are the attributes no open check may name.

    A check that could not be made is `not_performed` with the reason, never passed. Raises ReliabilityError if Great
    Expectations cannot be started.
    """
    tables = _tables(connection, model, extracts, period, policy)
    answers = [
        *provenance.answers(extracts, period),
        *total.answers(tables, extracts),
        *coverage.answers(tables, extracts),
        *legibility.answers(tables, extracts),
        *_rules(tables),
        *validity.answers(tables, extracts),
    ]
    checks, blocked = [], dict[str, list[str]]()
    for answer in sorted(answers, key=lambda answer: (answer.check.id, answer.check.subject, answer.check.title)):
        check = answer.check
        override = policy.override(check.id, check.subject)
        stopped = _stopped(answer, reads, policy) if override is None else ()
        for attribute in stopped:
            blocked.setdefault(attribute, []).append(f"data: {check.id} {check.subject}")
        if override is not None:
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


def _rules(tables: Tables) -> Iterator[Answer]:
    """Run the contract's rules of every delivered table that holds rows, one suite per table."""
    for entity in tables.entities:
        if not tables.rows[entity.name]:
            continue
        rules = list(_of_entity(tables, entity))
        outcomes = validate(tables.connection, entity.name, [rule.expectation for rule in rules])
        for rule, outcome in zip(rules, outcomes, strict=True):
            if outcome.error:
                yield rule.question.not_performed(outcome.error, population=outcome.population)
                continue
            yield rule.question.judged(
                outcome.failures,
                outcome.population,
                rule.limit,
                detail=lambda rule=rule, entity=entity: _examples(tables, entity, rule.expectation),  # type: ignore[misc]
            )


def _of_entity(tables: Tables, entity: Entity) -> Iterator[_Rule]:
    delivered = tables.columns[entity.name]
    policy = tables.policy
    if set(entity.key) <= delivered:
        question = tables.question(KEY, "No key stands twice", entity, entity.key, expected="none", whole=True)
        yield _Rule(question, Expectation("unique", entity.key), Decimal(0))
    for column in entity.columns:
        if column.name not in delivered:
            continue
        if column.required and column.name not in entity.key:
            expected = _tolerance(policy.null_share)
            question = tables.question(PRESENCE, "A required value is there", entity, (column.name,), expected=expected)
            yield _Rule(question, Expectation("not_null", (column.name,)), policy.null_share)
        if column.references is not None and column.references[0] in tables.rows:
            parent, key = column.references
            expected = f"found in {parent}; {_tolerance(policy.orphan_share)}"
            question = tables.question(REFERENCE, f"It is found in {parent}", entity, (column.name,), expected=expected)
            reference = Expectation("reference", (column.name,), {"table": parent, "column": key})
            yield _Rule(question, reference, policy.orphan_share)
    for rule in entity.quality:
        if set(rule.columns) <= delivered:
            question = tables.question(RULE, rule.description, entity, rule.columns, expected="none")
            yield _Rule(question, Expectation(rule.kind, rule.columns, rule.arguments), Decimal(0))


def _tolerance(share: Decimal) -> str:
    return f"more than {percent(share)} missing fails" if share else "none missing"


def _examples(tables: Tables, entity: Entity, expectation: Expectation) -> str:
    """Return examples by our own query, where one is known; Great Expectations gives the count alone."""
    if expectation.kind not in ("unique", "between", "reference"):
        return ""
    return tables.examples(suspects(expectation, name(entity.name)), expectation.columns)


__all__ = ["Check", "Policy", "Reliability", "assess"]
