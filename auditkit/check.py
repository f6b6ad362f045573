"""A reliability check of the extracts: what was expected, what was found, of how many, and what it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import duckdb

from auditkit.entity import DataModel, Entity
from auditkit.errors import ProjectError
from auditkit.period import Period
from auditkit.project import ReliabilityOverride

Status = Literal["passed", "failed", "not_performed", "limitation"]
Place = tuple[str, str | None]  # entity and column; None is the whole entity

# Domain 3.6 (after PCAOB AS 1105.10); the quality rules a contract adds are numbered apart.
PROVENANCE, DELIVERY, TOTAL, COVERAGE, LEGIBILITY = "IPE-01", "IPE-02", "IPE-03", "IPE-04", "IPE-05"
KEY, REFERENCE, PRESENCE, VALIDITY = "IPE-06", "IPE-07", "IPE-08", "IPE-12"
ENUMERATION, RULE = "DQ-01", "DQ-02"
CHECKS = (PROVENANCE, DELIVERY, TOTAL, COVERAGE, LEGIBILITY, KEY, REFERENCE, PRESENCE, VALIDITY, ENUMERATION, RULE)
SHARES = ("unread_share", "orphan_share", "null_share", "null_rise", "gap_share", "sparse_share")
BLOCKING = frozenset({DELIVERY, TOTAL, COVERAGE, KEY, REFERENCE, VALIDITY})


@dataclass(frozen=True, slots=True)
class Check:
    """
    One check. `population` is the number of rows looked at and `failures` how many of them failed.

    `blocks` are the attributes that a failure stops; empty where the check does not block or was overridden. A
    `restricted` check is shown in the restricted edition only; attributes of restricted controls are not named in
    `blocks` of an open one. `detail` may hold identifiers, the other texts hold none.
    """

    id: str
    title: str
    subject: str
    status: Status
    expected: str
    found: str
    detail: str
    population: int
    failures: int
    blocks: tuple[str, ...]
    restricted: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """
    How much is tolerated and what a failure stops.

    Shares are exact: 0.01 is one in a hundred, and the share itself is still tolerated. Up to a share the check is a
    limitation, beyond it failed. `null_rise` is by how many points (0.05 = 5) the share of missing values may rise
    against last quarter, `sparse_share` the least a quarter must hold of what the months before it lead to expect.
    """

    unread_share: Decimal = Decimal("0.01")
    orphan_share: Decimal = Decimal("0.01")
    null_share: Decimal = Decimal("0.01")
    null_rise: Decimal = Decimal("0.05")
    gap_share: Decimal = Decimal("0.05")
    sparse_share: Decimal = Decimal("0.1")
    total_tolerance: Decimal = Decimal(0)
    blocking: frozenset[str] = BLOCKING
    overrides: tuple[ReliabilityOverride, ...] = ()

    @classmethod
    def of(cls, limits: Mapping[str, str], overrides: Iterable[ReliabilityOverride]) -> Policy:
        """Return the policy of a project; raises ProjectError for a limit that is no share and an unknown check."""
        chosen = tuple(overrides)
        for override in chosen:
            if override.check not in CHECKS:
                message = f"reliability.overrides names the check {override.check!r}"
                raise ProjectError(message, path="auditkit.toml", hint=f"one of: {', '.join(CHECKS)}")
        policy = cls(overrides=chosen)
        for key, text in limits.items():
            if key not in SHARES:
                message = f"reliability has no limit {key!r}"
                raise ProjectError(message, path="auditkit.toml", hint=f"one of: {', '.join(SHARES)}")
            try:
                share = Decimal(text)
            except InvalidOperation:
                share = Decimal(-1)
            if not share.is_finite() or not 0 <= share <= 1:
                message = f"reliability.{key} is {text!r}"
                raise ProjectError(message, path="auditkit.toml", hint='write a share between 0 and 1: "0.01" is 1 %')
            shares: dict[str, Any] = {key: share}
            policy = replace(policy, **shares)
        return policy

    def override(self, check: str, subject: str) -> ReliabilityOverride | None:
        """Return the override of a check, if there is one."""
        return next((item for item in self.overrides if (item.check, item.subject) == (check, subject)), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A check made, and the places of the data that it speaks of: who reads one of them is stopped by a failure."""

    check: Check
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A check to be made."""

    id: str
    title: str
    subject: str
    expected: str
    places: tuple[Place, ...]
    restricted: bool

    def answer(self, status: Status, found: str, *, population: int = 0, failures: int = 0, detail: str = "") -> Answer:
        """Return the check with what was found."""
        check = Check(
            self.id,
            self.title,
            self.subject,
            status,
            self.expected,
            found,
            detail,
            population,
            failures,
            (),
            self.restricted,
        )
        return Answer(check, self.places)

    def not_performed(self, reason: str, *, population: int = 0) -> Answer:
        """Return the check as one that could not be made."""
        return self.answer("not_performed", "not performed", population=population, detail=reason)

    def judged(
        self,
        failures: int,
        population: int,
        limit: Decimal = Decimal(0),
        *,
        of: str = "rows",
        detail: Callable[[], str] | None = None,
    ) -> Answer:
        """Return the check decided by the share of failures; the `detail` is only asked for if there are any."""
        if not population and not failures:
            return self.not_performed("there is no row to look at")
        status: Status = "passed" if not failures else "limitation" if failures <= limit * population else "failed"
        said = detail() if failures and detail else ""
        found = f"{failures:,} of {population:,} {of}"
        return self.answer(status, found, population=population, failures=failures, detail=said)

    def attempted(self, attempt: Callable[[], Answer]) -> Answer:
        """Return the answer of `attempt`, or that the database could not give it."""
        try:
            return attempt()
        except duckdb.Error as error:
            return self.not_performed(f"the query failed: {first_line(str(error))}")


@dataclass(frozen=True, slots=True)
class Tables:
    """The loaded tables of a run: delivered columns and rows by entity, on the connection they live in."""

    connection: duckdb.DuckDBPyConnection
    model: DataModel
    columns: Mapping[str, frozenset[str]]
    rows: Mapping[str, int]
    period: Period
    policy: Policy

    @property
    def entities(self) -> list[Entity]:
        """Return the delivered entities, by name."""
        return [self.model.entities[entity] for entity in sorted(self.columns)]

    def fetch(self, sql: str) -> list[tuple[object, ...]]:
        """Return all rows of a query."""
        return self.connection.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        """Return the one number a query gives; nothing counts as 0."""
        row = self.connection.execute(sql).fetchone()
        return int(row[0] or 0) if row else 0

    def question(
        self, check: str, title: str, entity: Entity, columns: Iterable[str] = (), *, expected: str, whole: bool = False
    ) -> Question:
        """Ask about an entity or some of its columns; with `whole` a failure concerns all who read the entity."""
        chosen = tuple(columns)
        restricted = entity.restricted or any(entity.column(column).restricted for column in chosen)
        subject = f"{entity.name}.{', '.join(chosen)}" if chosen else entity.name
        places: tuple[Place, ...] = tuple((entity.name, column) for column in chosen) or ((entity.name, None),)
        return Question(check, title, subject, expected, ((entity.name, None),) if whole else places, restricted)

    def examples(self, sql: str, columns: Iterable[str], limit: int = 3) -> str:
        """Return the first distinct rows of `sql` in words; `columns` are what it selects."""
        chosen = list(columns)
        ordered = f"SELECT DISTINCT * FROM ({sql}) AS examples ORDER BY ALL LIMIT {limit}"
        shown = [
            ", ".join(f"{column} {value}" for column, value in zip(chosen, row, strict=True))
            for row in self.fetch(ordered)
        ]
        return f"for example {'; '.join(shown)}" if shown else ""


def percent(share: Decimal) -> str:
    """Return 0.015 as `1.5 %`."""
    return f"{format((share * 100).normalize(), 'f')} %"


def first_line(message: str) -> str:
    """Return the first line of an error's text."""
    return message.strip().split("\n", 1)[0]
