"""
Drafts of findings: what the register says of an attribute with deviations, for people to make a finding of it or not.

A draft holds numbers that tie to the register, the criteria of the control, codes of causes to think of, and a
suggested rating. It never says why something happened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from auditkit import rating, tally
from auditkit.control import SEVERITIES
from auditkit.masking import WITHHELD, is_about_people, parts
from auditkit.wording import ENGLISH, joined, money, number, plural, share, span

if TYPE_CHECKING:
    import duckdb

    from auditkit.control import Control
    from auditkit.label import Labels
    from auditkit.rating import Suggestion
    from auditkit.result import AttributeResult, ControlResult, PopulationResult, Run

# Of this run's items: a row of the register counts as one of these.
KINDS: Mapping[str, str] = {
    "exceptions": "r.result = 'EXCEPTION'",
    "confirmed": "r.result = 'EXCEPTION' AND r.standing = 'confirmed'",
    "referred": "r.result = 'EXCEPTION' AND r.standing = 'referred'",
    "set_aside": "r.result = 'EXCEPTION' AND r.standing IN ('false positive', 'justified', 'duplicate')",
    "confirmed_reviews": "r.result = 'REVIEW' AND r.standing = 'confirmed'",
    "late": "r.result = 'EXCEPTION' AND r.late_arriving",
}
CONFIRMED = "r.standing = 'confirmed'"
LEFT = f"({CONFIRMED} OR r.result = 'EXCEPTION' AND NOT ({KINDS['set_aside']}))"
ACTIVE = "r.state IN ('new', 'repeat', 'reopened')"
SOURCE = (
    "FROM register_item AS r LEFT JOIN outstanding_item AS o "
    "ON o.attribute_id = r.attribute_id AND o.item = r.item AND o.result = r.result "
    f"WHERE r.restricted = $restricted AND {ACTIVE}"
)


@dataclass(frozen=True, slots=True)
class Found:
    """
    What the register says of one attribute in this run.

    `exceptions` = confirmed + waiting + referred + set aside; `confirmed_reviews` are items for review that a person
    confirmed. What follows is of the deviations: the confirmed ones or, while there is none, what is not set aside.
    `amounts` are their sums by currency, `units` and `people` how many different ones they concern; `first_quarter` is
    that of the oldest, `quarters_seen` the greatest number of quarters, `days_open` the greatest age.
    """

    exceptions: int = 0
    confirmed: int = 0
    referred: int = 0
    set_aside: int = 0
    confirmed_reviews: int = 0
    late: int = 0
    severity: str = "info"
    first_quarter: str = ""
    quarters_seen: int = 1
    days_open: int = 0
    units: int = 0
    people: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    @property
    def waiting(self) -> int:
        """Exceptions on which nobody has decided."""
        return self.exceptions - self.confirmed - self.referred - self.set_aside

    @property
    def reviewed(self) -> bool:
        """Whether any deviation is confirmed."""
        return bool(self.confirmed or self.confirmed_reviews)

    @property
    def deviations(self) -> int:
        """The confirmed deviations or, while there is none, the exceptions not set aside."""
        return self.confirmed + self.confirmed_reviews or self.exceptions - self.set_aside


@dataclass(frozen=True, slots=True)
class Draft:
    """A potential finding about one attribute; `reference` is that of the finding it belongs to."""

    reference: str
    control: Control
    population: PopulationResult
    result: AttributeResult
    found: Found
    suggestion: Suggestion | None

    @property
    def criteria(self) -> str:
        """What should be so, with source, article and version, one criterion a line."""
        return criteria(self.control, self.result.attribute.criteria)


def criteria(control: Control, names: Sequence[str]) -> str:
    """Return criteria of a control as text, one a line; all of them where none is named."""
    named = [control.criterion(name) for name in names] or list(control.criteria)
    return "\n".join(f"{' '.join(each.text.split())} ({each.place})" for each in named)


def drafts(
    connection: duckdb.DuckDBPyConnection, run: Run, references: Mapping[str, str], *, restricted: bool = False
) -> tuple[Draft, ...]:
    """
    Return a draft for every attribute with deviations, in the order of their ids.

    `references` maps an attribute to the reference of the finding about it that is still open; without one the draft
    gets a new reference of the run's quarter.
    """
    found = _found(connection, restricted=restricted)
    made = []
    for control, population, result in _attributes(run.restricted if restricted else run.controls):
        name = result.attribute.id
        own = found.get(name)
        if own is None or not own.deviations:
            continue
        suggestion = rating.suggest(_facts(run, control, result, own), run.project.rating)
        reference = references.get(name, f"{run.period.label}/{name}")
        made.append(Draft(reference, control.control, population, result, own, suggestion))
    return tuple(sorted(made, key=lambda draft: draft.result.attribute.id))


def _attributes(
    controls: Sequence[ControlResult],
) -> Iterator[tuple[ControlResult, PopulationResult, AttributeResult]]:
    for control in controls:
        for population in control.populations:
            for result in population.attributes:
                yield control, population, result


def _facts(run: Run, control: ControlResult, result: AttributeResult, found: Found) -> rating.Facts:
    currency = run.project.currency
    return rating.Facts(
        severity=found.severity,
        deviations=found.deviations,
        tested=result.counts.tested,
        tolerable=rating.tolerable(result.attribute.tolerable_rate, result.attribute.severity),
        confirmed=found.reviewed,
        amount=found.amounts.get(currency),
        elsewhere=any(amount for name, amount in found.amounts.items() if name != currency),
        currency=currency,
        quarters_seen=found.quarters_seen,
        key_control=control.control.key_control,
        days_open=found.days_open,
    )


def _found(connection: duckdb.DuckDBPyConnection, *, restricted: bool) -> dict[str, Found]:
    """Return what the register says, by attribute."""
    values = {"restricted": restricted}
    counts = ", ".join(f"COUNT(*) FILTER (WHERE {condition}) AS {name}" for name, condition in KINDS.items())
    rank = f"LIST_POSITION({list(SEVERITIES)}, r.severity)"
    about = ", ".join(
        f"{what} FILTER (WHERE {which})"
        for which in (CONFIRMED, LEFT)
        for what in (
            f"MIN({rank})",
            "MIN(r.first_quarter)",
            "MAX(r.quarters_seen)",
            "MAX(r.age_days)",
            "COUNT(DISTINCT o.org_unit_id)",
            "COUNT(DISTINCT o.person_id)",
            "LIST(DISTINCT r.reason_code)",
        )
    )
    rows = connection.execute(f"SELECT r.attribute_id, {counts}, {about} {SOURCE} GROUP BY 1 ORDER BY 1", values)
    found: dict[str, Found] = {}
    for name, *numbers in rows.fetchall():
        each = Found(**dict(zip(KINDS, numbers, strict=False)))
        half = (len(numbers) - len(KINDS)) // 2
        start = len(KINDS) if each.reviewed else len(KINDS) + half
        level, first, seen, age, units, people, reasons = numbers[start : start + half]
        found[name] = replace(
            each,
            severity=SEVERITIES[(level or len(SEVERITIES)) - 1],
            first_quarter=first or "",
            quarters_seen=seen or 1,
            days_open=age or 0,
            units=units,
            people=people,
            reasons=tuple(sorted(reason for reason in reasons or () if reason)),
        )
    return _with_amounts(connection, found, values)


def _with_amounts(
    connection: duckdb.DuckDBPyConnection, found: Mapping[str, Found], values: Mapping[str, Any]
) -> dict[str, Found]:
    """Return the same with the sums of the deviations' amounts; what is below zero does not count."""
    rows = connection.execute(
        f"SELECT r.attribute_id, o.currency, SUM(o.amount) FILTER (WHERE {CONFIRMED}), "
        f"SUM(o.amount) FILTER (WHERE {LEFT}) {SOURCE} AND o.amount > 0 AND o.currency IS NOT NULL "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        dict(values),
    ).fetchall()
    sums: dict[str, dict[str, Decimal]] = {}
    for name, currency, confirmed, left in rows:
        amount = confirmed if found[name].reviewed else left
        if amount:
            sums.setdefault(name, {})[currency] = amount
    return {name: replace(each, amounts=sums.get(name, {})) for name, each in found.items()}


def condition(draft: Draft, run: Run) -> str:
    """Return what is, in sentences whose numbers are those of the register; for working papers only."""
    found, counts = draft.found, draft.result.counts
    parts = [
        f"{number(found.confirmed)} confirmed",
        f"{number(found.waiting)} awaiting review",
        f"{number(found.set_aside)} set aside",
    ]
    if found.referred:
        parts.insert(2, f"{number(found.referred)} referred")
    rate = share(found.exceptions, counts.tested)
    verb = "is an exception" if found.exceptions == 1 else "are exceptions"
    sentences = [
        f"{number(found.exceptions)} of {plural(counts.tested, 'item')} tested ({rate}) {verb} in {run.period.label}, "
        f"{span(run.period)}: {joined(parts)}."
    ]
    if found.confirmed_reviews:
        sentences.append(f"{plural(found.confirmed_reviews, 'item')} for review confirmed as well.")
    if found.late:
        sentences.append(f"{plural(found.late, 'exception')} of an earlier quarter, registered late.")
    which = "confirmed deviations" if found.reviewed else "exceptions not set aside"
    if money(found.amounts) != "-":
        sentences.append(f"Amounts of the {which}: {money(found.amounts)}.")
    concerns = [plural(found.units, "unit")] if found.units else []
    concerns += [plural(found.people, "person", "persons")] if found.people else []
    if concerns:
        sentences.append(f"The {which} concern {joined(concerns)}.")
    if found.quarters_seen > 1:
        sentences.append(f"First seen in {found.first_quarter}; the longest in {found.quarters_seen} quarters.")
    return " ".join(sentences)


def cause_codes(draft: Draft) -> tuple[str, ...]:
    """Return codes of causes to think of: what the control is and what reviewers noted points to them, no more."""
    codes = []
    if draft.control.control_nature in ("automated", "it_dependent"):
        codes.append("system control missing or bypassed")
    if draft.found.quarters_seen > 1:
        codes.append("supervision")
    if draft.found.late:
        codes.append("training")
    if "record wrong or incomplete at source" in draft.found.reasons:
        codes.append("data quality")
    if "policy does not cover it" in draft.found.reasons:
        codes.append("policy absent or unclear")
    return tuple(codes)


def due_by(draft: Draft, run: Run) -> dt.date | None:
    """Return the day by which the policy wants it mended, counted from the cut-off; None for an advisory."""
    if draft.suggestion is None:
        return None
    days = run.project.rating.days.get(draft.suggestion.rating)
    return None if days is None else run.period.cut_off + dt.timedelta(days=days)


def sentence(draft: Draft, run: Run, say: Labels = ENGLISH) -> str:
    """
    Return the condition as an edition for many eyes may say it, in its language.

    Small counts of people are masked, and what would give them back is withheld: nothing is said of units and persons.
    """
    found, figures = draft.found, tally.shown(draft.population, draft.result)
    confirmed: int | str = found.confirmed
    if isinstance(figures.exceptions, str):
        confirmed = WITHHELD
    elif is_about_people(draft.population.population):
        confirmed = parts([found.confirmed, found.exceptions - found.confirmed])[0]
    counts = {"tested": tally.count_in_words(figures.tested, say), "quarter": run.period.label}
    counts["confirmed"] = tally.count_in_words(confirmed, say)
    if isinstance(figures.exceptions, int):
        said = say("finding.condition", n=figures.exceptions, rate=tally.rate_in_words(figures, say), **counts)
    else:
        said = say("finding.condition_masked", exceptions=tally.count_in_words(figures.exceptions, say), **counts)
    if isinstance(confirmed, str) or not any(found.amounts.values()):
        return said
    return f"{said} {say('finding.amounts', amounts=say.money(found.amounts))}"
