"""
What may be said of a control, by declared rule: before anybody has reviewed its exceptions, and after.

Before review there are three sentences. After review a rate of confirmed deviations is compared with the tolerable one.
A whole population was tested, so there is no sampling risk and no bound to compute: the rate itself is compared, in
exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from auditkit.control import Attribute
from auditkit.register import NONE, Standing
from auditkit.result import AttributeResult, ControlResult, Counts, PopulationResult
from auditkit.wording import ENGLISH, number, plural, share

CLEAN = ENGLISH("conclusion.clean")
EFFECTIVE, WITH_EXCEPTIONS, NOT_EFFECTIVE = "effective", "effective with exceptions", "not effective"
DESIGN_GAP, NOT_CONCLUDED = "design gap", "not concluded"
# In this order one of several decides for the whole: a failure that is known is not hidden by what is not known yet.
CONCLUSIONS = (DESIGN_GAP, NOT_EFFECTIVE, NOT_CONCLUDED, WITH_EXCEPTIONS, EFFECTIVE)

REVIEW, DATA, REFERRED = "review", "data", "referred"
COUNTED = ("tested", "confirmed", "suppressed", "undecided", "listed", "referred")


@dataclass(frozen=True, slots=True)
class Conclusion:
    """
    The conclusion after review on an attribute, a population or a control: one of `CONCLUSIONS`, and why.

    `why` nothing is concluded: review, data, referred, or "". `confirmed` of `tested` items are confirmed deviations,
    `suppressed` were set aside, `undecided` of `listed` await a decision, `referred` an investigation; those of a
    control are the sums over its populations.
    """

    word: str
    reason: str
    why: str = ""
    tested: int = 0
    confirmed: int = 0
    suppressed: int = 0
    undecided: int = 0
    listed: int = 0
    referred: int = 0

    @property
    def text(self) -> str:
        """The conclusion as a workbook shows it; what was set aside stays counted."""
        aside = f"; suppressed: {number(self.suppressed)}" if self.suppressed else ""
        return self.word + (f" ({self.reason})" if self.reason else "") + aside


def conclude(counts: Counts, attributes: Sequence[AttributeResult]) -> str:
    """
    Return the conclusion on one population of a control.

    Exceptions and review items await review; an attribute that could not be concluded is named with its reason; only
    when neither exists is the population without exceptions. Nothing is clean because nothing was looked at.
    """
    parts = []
    if counts.exceptions:
        parts.append(ENGLISH("conclusion.exceptions", count=counts.exceptions))
    if counts.review:
        parts.append(ENGLISH("conclusion.review", count=counts.review))
    parts += not_concluded(attributes)
    return "; ".join(parts) or CLEAN


def not_concluded(attributes: Sequence[AttributeResult]) -> list[str]:
    """Return `not concluded (reason): attributes` for every distinct reason, in order of the attributes."""
    by_reason: dict[str, list[str]] = {}
    for result in attributes:
        if not result.concluded:
            by_reason.setdefault("; ".join(result.not_concluded), []).append(result.attribute.id)
    everyone = len(attributes)
    return [
        f"not concluded ({reason})" + ("" if len(ids) == everyone else f": {', '.join(ids)}")
        for reason, ids in by_reason.items()
    ]


def after_review(
    controls: Iterable[ControlResult], register: Mapping[str, Standing], design_gaps: Iterable[str] = ()
) -> dict[str, Conclusion]:
    """
    Return the conclusions after review by attribute id, by `CONTROL/population` and by control id.

    `design_gaps` are the controls of which a reviewer found that they are missing or cannot meet their objective.
    """
    gaps, found = frozenset(design_gaps), dict[str, Conclusion]()
    for control in controls:
        whole = []
        for population in control.populations:
            own = {}
            for result in population.attributes:
                name = result.attribute.id
                own[name] = _after(result, register.get(name, NONE))
            name = f"{control.control.id}/{population.population.name}"
            found |= own
            found[name] = _of_population(population, own, register.get(name, NONE))
            whole.append(found[name])
        found[control.control.id] = _of_control(control, whole, gap=control.control.id in gaps)
    return found


def _after(result: AttributeResult, standing: Standing) -> Conclusion:
    """Return the conclusion on one attribute."""
    return _made(*_judged(result, standing), result.counts.tested, standing)


def _judged(result: AttributeResult, standing: Standing) -> tuple[str, str, str]:
    tested, confirmed, critical = result.counts.tested, standing.confirmed, standing.confirmed_critical
    if not result.concluded:
        return NOT_CONCLUDED, DATA, "; ".join(result.not_concluded)
    if not tested:
        return NOT_CONCLUDED, DATA, "nothing was tested"
    missing = result.counts.exceptions + result.counts.review - standing.listed
    if missing > 0:
        # Two items of one name have one id; nothing is effective because an exception is not where it can be decided.
        return NOT_CONCLUDED, DATA, f"{plural(missing, 'exception')} cannot be told apart in the register"
    if standing.undecided:
        return NOT_CONCLUDED, REVIEW, _incomplete(standing.undecided, standing.listed)
    waiting = f"{plural(standing.referred, 'item')} referred to investigation" if standing.referred else ""
    # What was referred may yet be confirmed.
    worst = verdict(result.attribute, tested, confirmed + standing.referred, critical)
    if worst == NOT_EFFECTIVE != verdict(result.attribute, tested, confirmed, critical):
        return NOT_CONCLUDED, REFERRED, waiting
    rate = f"{number(confirmed)} of {number(tested)} confirmed, {share(confirmed, tested)}"
    reason = f"{rate}; tolerable {tolerable_in_words(result.attribute)}" if confirmed else ""
    return worst, "", "; ".join(part for part in (reason, waiting) if part)


def verdict(attribute: Attribute, tested: int, confirmed: int, critical: int = 0) -> str:
    """
    Return what `confirmed` deviations among `tested` items say of an attribute; `critical` of them are critical.

    The rate itself may be reached: at the tolerable rate an attribute is effective with exceptions, above it it is not
    effective. A critical deviation is never tolerable, unless the attribute declares a rate of its own.
    """
    above = Fraction(confirmed) > Fraction(attribute.tolerable) * tested
    if above or (critical and attribute.tolerable_rate is None):
        return NOT_EFFECTIVE
    return WITH_EXCEPTIONS if confirmed else EFFECTIVE


def tolerable_in_words(attribute: Attribute) -> str:
    """Return the tolerable rate as `5 %`."""
    return attribute.tolerable_rate or f"{(attribute.tolerable * 100).normalize():f} %"


def _of_population(population: PopulationResult, own: Mapping[str, Conclusion], standing: Standing) -> Conclusion:
    word, why, reason = _joined(own, standing.undecided, standing.listed)
    return _made(word, why, reason, population.counts.tested, standing)


def _of_control(control: ControlResult, populations: Sequence[Conclusion], *, gap: bool) -> Conclusion:
    sums = [sum(getattr(each, name) for each in populations) for name in COUNTED]
    figures = dict(zip(COUNTED, sums, strict=True))
    names = [population.population.title for population in control.populations]
    parts = dict(zip(names, populations, strict=True))
    word, why, reason = _joined(parts, figures["undecided"], figures["listed"])
    if gap:
        word, why, reason = DESIGN_GAP, "", "the control is missing or cannot meet its objective"
    return Conclusion(word, reason, why, **figures)


def _joined(parts: Mapping[str, Conclusion], undecided: int, listed: int) -> tuple[str, str, str]:
    """Return the word that decides for the whole, its `why`, and whose it is for what reason."""
    word = next((word for word in CONCLUSIONS if any(each.word == word for each in parts.values())), NOT_CONCLUDED)
    deciding = {name: each for name, each in parts.items() if each.word == word}
    said: dict[str, list[str]] = {}
    for name, each in deciding.items():
        if each.why == REVIEW:
            said.setdefault(_incomplete(undecided, listed), [])
        elif each.reason:
            said.setdefault(each.reason, []).append(name)
    alone = len(parts) == 1 or (len(said) == 1 and len(deciding) == len(parts))
    reasons = [f"{', '.join(names)}: {reason}" if names and not alone else reason for reason, names in said.items()]
    if word == NOT_EFFECTIVE:
        reasons += [f"{name}: {NOT_CONCLUDED}" for name, each in parts.items() if each.word == NOT_CONCLUDED]
    causes = [each.why for each in deciding.values()] or [DATA]
    why = REVIEW if REVIEW in causes else causes[0]
    return word, why, "; ".join(reasons)


def _incomplete(undecided: int, listed: int) -> str:
    return f"review incomplete: {number(undecided)} of {number(listed)} open"


def _made(word: str, why: str, reason: str, tested: int, standing: Standing) -> Conclusion:
    return Conclusion(
        word,
        reason,
        why,
        tested=tested,
        confirmed=standing.confirmed,
        suppressed=standing.suppressed,
        undecided=standing.undecided,
        listed=standing.listed,
        referred=standing.referred,
    )
