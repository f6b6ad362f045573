"""Conclusions as the board reads them: before and after review, with counts of people masked as they must be."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from auditkit.conclusion import (
    DESIGN_GAP,
    EFFECTIVE,
    NOT_CONCLUDED,
    NOT_EFFECTIVE,
    REVIEW,
    WITH_EXCEPTIONS,
    Conclusion,
)
from auditkit.label import Labels
from auditkit.masking import FEW, WITHHELD, Figures, is_about_people, is_small
from auditkit.register import NONE
from auditkit.result import AttributeResult, ControlResult, PopulationResult, Run
from auditkit.sheet import Column
from auditkit.tally import count_in_words, shown
from auditkit.wording import ENGLISH, fraction, percent_format

# Mark and label per conclusion after review; a black-and-white print says the same as the screen.
MARKS = {
    EFFECTIVE: ("○", "effective"),
    WITH_EXCEPTIONS: ("◐", "with_exceptions"),
    NOT_EFFECTIVE: ("●", "not_effective"),
    DESIGN_GAP: ("◆", "design_gap"),
    NOT_CONCLUDED: ("□", "data"),
}


Confirmed = tuple[int | str, Decimal | str]  # deviations that reviewers confirmed, and their rate


def confirmed_columns(found: Sequence[Confirmed], say: Labels) -> list[Column]:
    """Return the two columns of what was confirmed."""
    rates = percent_format(rate for _, rate in found)
    return [Column(say("column.confirmed"), "int"), Column(say("column.confirmed_rate"), "percent", number=rates)]


def confirmed(run: Run, control: ControlResult, population: PopulationResult, figures: Figures) -> Confirmed:
    """
    Return the deviations that reviewers confirmed and their rate, masked where they count people.

    With them and the exceptions a small number of people about whom it was decided otherwise could be worked out.
    """
    exceptions, review, tested = figures.exceptions, figures.review, figures.tested
    if not isinstance(exceptions, int) or not isinstance(review, int) or not isinstance(tested, int):
        return WITHHELD, WITHHELD
    count = run.register.get(f"{control.control.id}/{population.population.name}", NONE).confirmed
    if is_about_people(population.population):
        if is_small(count):
            return FEW, WITHHELD
        if is_small(exceptions + review - count):
            return WITHHELD, WITHHELD
    return count, fraction(count, tested) or Decimal(0)


def both(run: Run, control: ControlResult, population: PopulationResult, say: Labels) -> str:
    """Return the conclusion after review, and below it the one before."""
    before = (line[2:] for line in conclusion(population, say).split("\n"))
    return "\n".join([after_review(run, control, population, say), say("conclusion.before", said=say.joined(before))])


def after_review(run: Run, control: ControlResult, population: PopulationResult, say: Labels = ENGLISH) -> str:
    """Return the conclusion after review, in a word with its mark, and why nothing is concluded."""
    found = run.conclusions[f"{control.control.id}/{population.population.name}"]
    mark, name = MARKS[found.word]
    if _tells(population, found):
        return f"□ {say('conclusion.after.withheld')}"
    said = f"{mark} {say(f'conclusion.after.{found.why or name}')}"
    if found.word != NOT_CONCLUDED or found.why == REVIEW:
        return said
    open_ones = [result for result in population.attributes if not result.concluded]
    return "\n".join([said, *dict.fromkeys(_in_short(population, result, say) for result in open_ones)])


def _tells(population: PopulationResult, found: Conclusion) -> bool:
    """
    Whether the word would part the one to four people of a masked count into fewer and more.

    It does where the tolerable number, the tolerable rate of the items tested, lies among them.
    """
    if not is_about_people(population.population) or not is_small(found.confirmed):
        return False
    return any(is_small(int(each.attribute.tolerable * each.counts.tested)) for each in population.attributes)


def tolerable(population: PopulationResult, say: Labels) -> str:
    """Return the tolerable rates of the attributes, each once."""
    rates = {result.attribute.tolerable * 100 for result in population.attributes}
    return say.comma([say.percent(rate, max(0, -int(rate.normalize().as_tuple().exponent))) for rate in sorted(rates)])


def conclusion(population: PopulationResult, say: Labels = ENGLISH) -> str:
    """Return one of the three conclusions that exist before review, with counts masked as they must be."""
    figures, parts = shown(population), []
    if population.counts.exceptions:
        parts.append(f"● {say('conclusion.exceptions', count=count_in_words(figures.exceptions, say))}")
    if population.counts.review:
        parts.append(f"● {say('conclusion.review', count=count_in_words(figures.review, say))}")
    open_ones = [result for result in population.attributes if not result.concluded]
    by_reason: dict[str, list[str]] = {}
    for result in open_ones:
        by_reason.setdefault(_in_short(population, result, say), []).append(result.attribute.id)
    for why, ids in by_reason.items():
        if len(ids) == len(population.attributes):
            parts.append(f"□ {say('conclusion.open', why=why)}")
        else:
            parts.append(f"□ {say('conclusion.open_some', why=why, attributes=say.joined(ids))}")
    return "\n".join(parts) or f"○ {say('conclusion.clean')}"


def _in_short(population: PopulationResult, result: AttributeResult, say: Labels) -> str:
    """Return why an attribute is not concluded; which data was not delivered stands under the limitations."""
    if any(reason.code == "not_delivered" for reason in result.not_concluded):
        return say("why.data_missing")
    return reason_in_words(population, result, say)


def reason_in_words(population: PopulationResult, result: AttributeResult, say: Labels = ENGLISH) -> str:
    """
    Return why an attribute is not concluded, without anything that could come out of an extract.

    The engine's own words may quote a value that a query choked on, or count people.
    """
    words = []
    without_data = any(reason.code == "not_delivered" for reason in result.not_concluded)
    for reason in result.not_concluded:
        values = reason.values
        if reason.code == "not_delivered":
            words.append(say("why.not_delivered", names=say.comma(values["names"])))
        elif reason.code in ("nil_population", "none_applies"):
            words.append(say(f"why.{reason.code}"))
        elif reason.code == "untested":
            if not without_data:  # else no item could be tested, which need not be said twice
                words.append(_untested(values["count"], values["population"], population, say))
        elif reason.code == "unreliable" and values["check"]:
            words.append(say("why.unreliable", check=f"{values['check']} {values['subject']}"))
        else:
            words.append(say("why.control_error"))
    return say.joined(dict.fromkeys(words))


def _untested(count: int, of: int, population: PopulationResult, say: Labels) -> str:
    if is_about_people(population.population):
        return say("why.untested")
    return say("why.untested_of", count=count, population=of, share=say.percent(Decimal(count * 100) / of, 1))
