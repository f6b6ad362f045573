"""
The rating of a finding: impact (1 to 5) times likelihood (1 to 5), mapped by the policy to a rating with a time limit.

What is computed here is a suggestion, every step of it in words. People set impact, likelihood and the final rating.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from auditkit.control import SEVERITIES
from auditkit.form import RATINGS
from auditkit.settings import Settings
from auditkit.wording import number, plural, share

DEFAULT_FROM = {"critical": 20, "high": 12, "medium": 6, "low": 3, "advisory": 1}
DEFAULT_DAYS = {"critical": 0, "high": 30, "medium": 90, "low": 180}
DEFAULT_AMOUNTS = (Decimal(10_000), Decimal(100_000), Decimal(1_000_000), Decimal(10_000_000))
DEFAULT_TOLERABLE = Decimal("0.05")
ZERO_TOLERANCE = (Decimal("0.05"), Decimal("0.10"))  # rates from which likelihood is 4 and 5 where nothing is tolerable
LEAST, MOST = 1, 5
NOT_KNOWN = (
    "Not considered: the rank of the persons involved, intent, and what other controls catch. The data do not say it; "
    "the reviewer does."
)


@dataclass(frozen=True, slots=True)
class Policy:
    """
    How ratings are made; `version` is shown beside every suggestion.

    `least` maps each rating to the smallest product that has it, `days` to the days until it must be mended (advisory
    has none). `amounts` are the values, in the reporting currency, from which impact is at least 2, 3, 4 and 5;
    `days_open` those after which an open exception makes a further one likelier.
    """

    version: str = "1"
    least: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_FROM))
    days: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_DAYS))
    amounts: tuple[Decimal, ...] = DEFAULT_AMOUNTS
    days_open: int = 90

    def rating(self, product: int) -> str:
        """Return the rating of impact times likelihood."""
        return next((name for name in RATINGS if product >= self.least[name]), RATINGS[-1])


KEYS: Mapping[str, type] = {
    "version": str,
    **{f"{name}_from": int for name in RATINGS[:-1]},
    **{f"{name}_days": int for name in DEFAULT_DAYS},
    "amounts": list,
    "days_open": int,
}


def policy(settings: Settings) -> Policy:
    """Return the policy that [rating] of auditkit.toml sets; raises ProjectError where its steps do not descend."""
    least = {name: settings.whole("rating", f"{name}_from", DEFAULT_FROM[name], 1, 25) for name in RATINGS[:-1]}
    days = {name: settings.whole("rating", f"{name}_days", DEFAULT_DAYS[name], 0, 3660) for name in DEFAULT_DAYS}
    for higher, lower in itertools.pairwise(RATINGS[:-1]):
        if least[higher] <= least[lower]:
            hint = f"write a smaller number for {lower}_from than for {higher}_from"
            message = f"{lower}_from is {least[lower]}, {higher}_from {least[higher]}"
            raise settings.error(message, "rating", f"{lower}_from", hint=hint)
        if days[higher] > days[lower]:
            hint = f"give {higher} no more days than {lower}"
            message = f"{higher}_days is {days[higher]}, {lower}_days {days[lower]}"
            raise settings.error(message, "rating", f"{higher}_days", hint=hint)
    return Policy(
        version=str(settings.get("rating", "version", "1")),
        least={**least, "advisory": 1},
        days=days,
        amounts=_amounts(settings),
        days_open=settings.whole("rating", "days_open", 90, 1, 3660),
    )


def _amounts(settings: Settings) -> tuple[Decimal, ...]:
    given = settings.get("rating", "amounts", None)
    if given is None:
        return DEFAULT_AMOUNTS
    texts = [value for value in given if isinstance(value, str) and value.isascii() and value.isdecimal()]
    steps = [Decimal(value) for value in texts]
    if len(steps) != len(given) or len(steps) != len(DEFAULT_AMOUNTS) or steps != sorted(set(steps)):
        hint = 'write four rising whole numbers in quotes: ["10000", "100000", "1000000", "10000000"]'
        raise settings.error(f"amounts is {given!r}", "rating", "amounts", hint=hint)
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What is known about the deviations behind a finding.

    `deviations` counts the confirmed ones or, while none is confirmed (`confirmed` False), those not set aside;
    `tested` the items tested; `tolerable` is a fraction (0.05 = 5 %). `amount` is in the reporting currency, None if
    there is none; `elsewhere` whether there are amounts in other currencies too. `quarters_seen` counts the quarters
    of the longest repeat, 1 for a first occurrence; `days_open` the age of the oldest.
    """

    severity: str
    deviations: int
    tested: int
    tolerable: Decimal
    confirmed: bool = True
    amount: Decimal | None = None
    elsewhere: bool = False
    currency: str = ""
    quarters_seen: int = 1
    key_control: bool = True
    days_open: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested rating, and in `steps` how it came about, one sentence each."""

    impact: int
    likelihood: int
    rating: str
    steps: tuple[str, ...]

    @property
    def words(self) -> str:
        """All steps as one text."""
        return " ".join(self.steps)


def suggest(facts: Facts, policy: Policy) -> Suggestion | None:
    """Return the suggested rating; None where nothing is left that could be rated."""
    if not facts.deviations:
        return None
    steps: list[str] = []
    if not facts.confirmed:
        steps.append("Provisional: no deviation is confirmed yet; computed from the exceptions not set aside.")
    impact = _impact(facts, policy, steps)
    likelihood = _likelihood(facts, policy, steps)
    product = impact * likelihood
    name = policy.rating(product)
    steps.append(f"Impact {impact} x likelihood {likelihood} = {product}: {name} (policy {policy.version}).")
    if facts.quarters_seen > 1:
        raised = raised_by_one(name)
        change = f"{name} becomes {raised}" if raised != name else f"{name} stays, being the highest"
        steps.append(f"Repeat, seen in {facts.quarters_seen} quarters: one level up, {change}.")
        name = raised
    return Suggestion(impact, likelihood, name, (*steps, NOT_KNOWN))


def raised_by_one(rating: str) -> str:
    """Return the next higher rating; the highest stays."""
    return RATINGS[max(0, RATINGS.index(rating) - 1)]


def _impact(facts: Facts, policy: Policy, steps: list[str]) -> int:
    impact = MOST - SEVERITIES.index(facts.severity)
    what = "confirmed deviation" if facts.confirmed else "exception"
    steps.append(f"Impact {impact}: the highest severity of {plural(facts.deviations, what)} is {facts.severity}.")
    if not facts.key_control:
        impact = max(LEAST, impact - 1)
        steps.append(f"Not a key control, so that others stand behind it: impact {impact}.")
    if facts.amount is None:
        steps.append("No amount in the reporting currency.")
    else:
        least = 1 + sum(facts.amount >= step for step in policy.amounts)
        raised = max(impact, least)
        said = f"at least {least}" if raised > impact else "no more"
        steps.append(f"Amount {facts.amount:,.2f} {facts.currency}".rstrip() + f": impact {said}.")
        impact = raised
    if facts.elsewhere:
        steps.append("Amounts in other currencies are not weighed.")
    return impact


def _likelihood(facts: Facts, policy: Policy, steps: list[str]) -> int:
    done, whole, tolerable = facts.deviations, facts.tested, facts.tolerable
    if tolerable:  # cross-multiplied: a quotient would be rounded
        likelihood = 2 + sum(done > times * tolerable * whole for times in (1, 2, 4))
    else:
        likelihood = 3 + sum(done >= limit * whole for limit in ZERO_TOLERANCE)
    rate = share(done, whole)
    shown = f"{(tolerable * 100).normalize():f} %"
    against = f"a tolerable rate of {shown}" if tolerable else "no tolerance"
    steps.append(f"Likelihood {likelihood}: {number(done)} of {number(whole)} tested, {rate}, against {against}.")
    if facts.days_open > policy.days_open:
        likelihood = min(MOST, likelihood + 1)
        steps.append(f"The oldest has been open for {facts.days_open} days, over {policy.days_open}: {likelihood}.")
    return likelihood


def tolerable(rate: str | None, severity: str) -> Decimal:
    """
    Return the tolerable rate as a fraction: what the attribute says ("5 %" or "0.05"), else the default.

    By default nothing is tolerated of critical severity, and 5 % of any other. What is no number says nothing of one.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", rate or "")
    if found is None:
        return Decimal(0) if severity == "critical" else DEFAULT_TOLERABLE
    return Decimal(found[1]) / 100 if found[2] else Decimal(found[1])
