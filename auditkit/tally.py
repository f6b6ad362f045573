"""Totals and matters for review of a run, as an edition for many eyes may show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from auditkit.control import Control, Criterion
from auditkit.label import Labels
from auditkit.masking import FEW, TIGHT, WITHHELD, Figures, figures, is_about_people, is_small
from auditkit.result import AttributeResult, ControlResult, Counts, PopulationResult, PreviousFigures, Run
from auditkit.wording import ENGLISH, severity_rank, share


@dataclass(frozen=True, slots=True)
class Matter:
    """One attribute with exceptions or items for review: what the board may want to ask about."""

    control: Control
    population: PopulationResult
    result: AttributeResult
    figures: Figures

    @property
    def criterion(self) -> Criterion | None:
        """The first criterion the attribute tests."""
        ids = self.result.attribute.criteria
        return self.control.criterion(ids[0]) if ids else None

    def found(self, say: Labels = ENGLISH) -> str:
        """Return `12 of 240 items tested are exceptions (5.00 %)`, as far as it may be shown."""
        exceptions, review = self.figures.exceptions, self.figures.review
        tested = count_in_words(self.figures.tested, say)
        if exceptions == 0:
            return say("matter.review", review=count_in_words(review, say), tested=tested)
        if isinstance(exceptions, str):
            return say("matter.masked", exceptions=count_in_words(exceptions, say), tested=tested)
        rate = rate_in_words(self.figures, say)
        found = say("matter.found", n=exceptions, tested=tested, rate=rate)
        return say("matter.also", found=found, review=count_in_words(review, say)) if review else found


def count_in_words(value: int | str, say: Labels) -> str:
    """Return a count inside a sentence, masked ones in words: `12`, `fewer than 5`, `withheld`."""
    if isinstance(value, int):
        return say.number(value)
    return say("mask.few_in_words") if value == FEW else in_words(value, say)


def in_words(value: int | str, say: Labels) -> str:
    """Return a count as it stands in a list: `12`, `< 5`, `withheld`."""
    if isinstance(value, int):
        return say.number(value)
    return {FEW: say("mask.few"), WITHHELD: say("mask.withheld")}.get(value, value)


def rate_in_words(shown: Figures, say: Labels) -> str:
    """Return the exception rate in the language's way, or the word that stands for it."""
    if isinstance(shown.exceptions, int) and isinstance(shown.tested, int) and shown.rate != WITHHELD:
        return share(shown.exceptions, shown.tested, say)
    return in_words(shown.rate, say)


def matters(run: Run) -> list[Matter]:
    """Return the matters for review, the most severe first, then the most exceptions, then by id."""
    found = [
        Matter(control.control, population, result, shown(population, result))
        for control in run.controls
        for population in control.populations
        for result in population.attributes
        if result.counts.exceptions or result.counts.review
    ]
    return sorted(found, key=_order)


def _order(matter: Matter) -> tuple[bool, int, int, int, str]:
    counts, people = matter.result.counts, is_about_people(matter.population.population)
    hidden = people and is_small(counts.exceptions)  # the order must not tell what the mask hides
    return (
        counts.exceptions == 0,
        severity_rank(matter.result.attribute.severity),
        -1 if hidden else -counts.exceptions,
        0 if people and is_small(counts.review) else -counts.review,
        matter.result.attribute.id,
    )


def shown(population: PopulationResult, result: AttributeResult | None = None) -> Figures:
    """Return the counts of a population, or of one of its attributes, as they may be shown."""
    source, counts = result or population, (result or population).counts
    if result is None and len(population.attributes) == 1:  # then its reasons are those of the population
        counts = replace(counts, reasons=population.attributes[0].counts.reasons)
    return figures(counts, source.amounts, people=is_about_people(population.population))


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over all populations but the masked ones, of which `masked` says how many were left out."""

    controls: int
    tested_controls: int
    concluded_controls: int
    populations: int
    tested: int
    exceptions: int
    review: int
    not_tested: int
    severities: Mapping[str, int]
    amounts: Mapping[str, Decimal]
    masked: int


def tally(run: Run) -> Tally:
    """Return the run's totals."""
    populations = [population for control in run.controls for population in control.populations]
    open_ones = [(population, shown(population)) for population in populations if not _left_out(population)]
    severities: dict[str, int] = {}
    amounts: dict[str, Decimal] = {}
    for population, _ in open_ones:
        for name, count in population.severities.items():
            severities[name] = severities.get(name, 0) + count
        for currency, amount in population.amounts.items():
            amounts[currency] = amounts.get(currency, Decimal(0)) + amount
    return Tally(
        controls=len(run.controls),
        tested_controls=sum(any(p.counts.tested for p in control.populations) for control in run.controls),
        concluded_controls=sum(control.concluded for control in run.controls),
        populations=len(populations),
        tested=sum(population.counts.tested for population, _ in open_ones),
        exceptions=sum(population.counts.exceptions for population, _ in open_ones),
        review=sum(population.counts.review for population, _ in open_ones),
        not_tested=sum(population.counts.not_tested for population, _ in open_ones),
        severities=severities,
        amounts=amounts,
        masked=len(populations) - len(open_ones),
    )


def _left_out(population: PopulationResult) -> bool:
    """Whether the population must stay out of totals: a masked count would follow from the total and the rest."""
    if not is_about_people(population.population):
        return False
    if isinstance(shown(population).not_tested, str):
        return True
    counts = [population.counts.exceptions, population.counts.review, population.counts.not_tested]
    parts = [population.counts.not_applicable, population.counts.tested, *population.severities.values()]
    return any(is_small(count) for count in counts + parts)


def change(run: Run, name: str, say: Labels = ENGLISH) -> str:
    """
    Return how a count (`exceptions`, `review`) changed since the quarter before, in words with an arrow.

    Only populations run in both quarters and masked in neither are compared; without a run before, it says so.
    """
    before = previous(run, 1)
    if before is None:
        return say("summary.change.none_before")
    now = then = compared = 0
    for control in run.controls:
        for population in control.populations:
            row = before.rows.get((control.control.id, population.population.name))
            if row is None or _left_out(population) or _left_out_before(population, row):
                continue
            compared += 1
            now += getattr(population.counts, name)
            then += int(row[name])
    if not compared:
        return say("summary.change.not_comparable", quarter=before.quarter)
    return _compared(now, then, before.quarter, say)


def _compared(now: int, then: int, quarter: str, say: Labels) -> str:
    if now == then:
        return say("summary.change.same", quarter=quarter)
    if now > then:
        return say("summary.change.more", n=now - then, quarter=quarter)
    return say("summary.change.fewer", n=then - now, quarter=quarter)


def _left_out_before(population: PopulationResult, row: Mapping[str, object]) -> bool:
    if not is_about_people(population.population):
        return False
    seen = figures_before(row)
    return any(isinstance(count, str) for count in (seen.tested, seen.not_tested, seen.exceptions, seen.review))


def change_in_conclusions(run: Run, say: Labels = ENGLISH) -> str:
    """Return how the number of controls not concluded changed since the quarter before."""
    before = previous(run, 1)
    if before is None:
        return say("summary.change.none_before")
    ids = {control.control.id for control in run.controls}
    rows = [(control, row) for (control, _), row in before.rows.items() if control in ids]
    then = len({control for control, row in rows if not row.get("concluded", True)})
    now = sum(not control.concluded for control in run.controls if control.control.id in {name for name, _ in rows})
    return _compared(now, then, before.quarter, say)


def previous(run: Run, back: int) -> PreviousFigures | None:
    """Return the figures of the quarter `back` quarters ago, if it was run."""
    label = run.project.quarters.before(run.period.label, back)[-1]
    return next((figures for figures in run.previous if figures.quarter == label), None)


def exceptions_before(
    run: Run, control: ControlResult, population: PopulationResult, back: int, say: Labels = ENGLISH
) -> tuple[str, int | str]:
    """
    Return what an earlier quarter found on a population, as text with a mark and as a number for a chart.

    ● exceptions or items for review, ○ none, □ not concluded or not tested, · not run.
    """
    before = previous(run, back)
    row = before.rows.get((control.control.id, population.population.name)) if before else None
    if row is None:
        return f"· {say('scorecard.before.not_run')}", say("scorecard.before.not_run")
    exceptions, tested, review = int(row["exceptions"]), int(row["tested"]), int(row.get("review") or 0)
    number: int | str = exceptions
    of: int | str = tested
    if is_about_people(population.population):
        seen = figures_before(row)
        number, of = seen.exceptions, seen.tested
        if isinstance(number, str):
            return f"● {in_words(number, say)}", number
    if not tested:
        return f"□ {say('scorecard.before.not_tested')}", say("scorecard.before.not_tested")
    mark = "●" if exceptions or review else "○" if row.get("concluded", True) else "□"
    text = say("scorecard.before.of", exceptions=exceptions, tested=in_words(of, say) if isinstance(of, str) else of)
    return f"{mark} {text}", exceptions


def figures_before(row: Mapping[str, Any]) -> Figures:
    """
    Return what an earlier edition showed of a population of people, by the row of its summary, or less.

    The row holds no reasons of what was not tested, which may have hidden more: where they could, nothing is shown.
    """
    names = ("exceptions", "review", "not_tested", "not_applicable")
    exceptions, review, untested, idle = (int(row.get(name) or 0) for name in names)
    tested = int(row["tested"])
    whole = tested + untested + idle
    seen = figures(Counts(whole, tested - exceptions - review, exceptions, review, untested, idle), {}, people=True)
    if not untested or not isinstance(seen.tested, int) or untested + idle >= TIGHT:
        return seen
    rest = whole - sum(count for count in (seen.exceptions, seen.review) if isinstance(count, int))
    seen = replace(seen, tested=WITHHELD, not_tested=WITHHELD, not_applicable=WITHHELD)
    return replace(seen, exceptions=WITHHELD, review=WITHHELD) if rest < TIGHT else seen


def masked_note(total: Tally, say: Labels = ENGLISH) -> str:
    """Return the sentence about populations of people left out of the totals; empty if there are none."""
    return say("summary.masked", n=total.masked) if total.masked else ""
