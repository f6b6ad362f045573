"""The words all editions share: fixed lines, the four scales, terms, and how numbers read in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from auditkit.control import SEVERITIES
from auditkit.label import Labels
from auditkit.period import Period

ENGLISH = Labels.of("en")  # of everything but the board edition, which names its own language

RESTRICTED_LINE = ENGLISH("restricted.line")
DRAFT = ENGLISH("draft.mark")
NO_CONCLUSION = ENGLISH("draft.no_conclusion")
NOT_RUN = ENGLISH("restricted.not_run")
REPORTING_CURRENCY = "reporting currency"  # the unit of a parameter that is an amount in it
FULL_LIST = "results/outstanding_items.parquet in the evidence folder"

# One mark per severity, so that a black-and-white print says the same as the screen.
RATING_MARKS = {"critical": "◆◆", "high": "◆", "medium": "▲", "low": "●", "advisory": "○"}
SEVERITY_MARKS = {"critical": "◆◆", "high": "◆", "medium": "▲", "low": "●", "info": "○"}
# Likewise per status of a reliability check, what needs attention first.
CHECK_MARKS = {"failed": "✕", "not_performed": "□", "limitation": "!", "passed": "○"}


def restricted_line(state: str, say: Labels = ENGLISH) -> str:
    """Return what every open place says of a restricted control: the fixed line, or that it was not run."""
    return say("restricted.not_run") if state == "no_passphrase" else say("restricted.line")


def sums(say: Labels = ENGLISH) -> list[str]:
    """Return the sentences on how the counts add up."""
    return [say(f"glossary.identity.{name}") for name in say.section("glossary.identity")]


def check_status(status: str, say: Labels = ENGLISH) -> str:
    """Return how a reliability check came out, with its mark: `✕ failed`."""
    return f"{CHECK_MARKS[status]} {say(f'check.status.{status}')}"


def number(value: int) -> str:
    """Return a whole number with thousands separated by commas."""
    return ENGLISH.number(value)


def in_unit(text: str, unit: str, currency: str, say: Labels = ENGLISH) -> str:
    """Return a parameter's value with its unit, thousands apart; the reporting currency by its code."""
    shown = say.number(int(text)) if text.isdecimal() and unit else text
    return f"{shown} {currency if unit == REPORTING_CURRENCY else unit}".strip()


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return `1 item`, `2 items`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def share(part: int, whole: int, say: Labels = ENGLISH) -> str:
    """Return part / whole in percent with two digits or more, rounded half up; a dash without a whole."""
    if not whole:
        return "-"
    percent = Decimal(part) * 100 / Decimal(whole)
    return say.percent(percent, digits(percent))


def digits(percent: Decimal, least: int = 2, most: int = 6) -> int:
    """Return how many decimals to show, so that 4.996 does not read 5.00, nor 0.004 read 0.00."""
    for count in range(least, most):
        shown = percent.quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP)
        if shown == percent or shown != shown.to_integral_value():
            return count
    return most


def fraction(part: int, whole: int) -> Decimal | None:
    """Return part / whole for a cell that is shown in percent; None without a whole."""
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("1e-10"), ROUND_HALF_UP) if whole else None


def percent_format(fractions: Iterable[Any]) -> str:
    """Return the number format of a column of fractions: the digits of the one that needs most."""
    needed = [digits(value * 100) for value in fractions if isinstance(value, Decimal)]
    return f"0.{'0' * max(needed, default=2)} %_m"


def money(amounts: Mapping[str, Decimal]) -> str:
    """Return `1,200.00 EUR; 90.00 SAR`, in the order of the currencies; a dash if there is none."""
    return ENGLISH.money(amounts)


def check_counts(statuses: Sequence[str], say: Labels = ENGLISH) -> str:
    """Return how many reliability checks came out how, in a sentence."""
    return say("check.counts", n=len(statuses), **{status: statuses.count(status) for status in CHECK_MARKS})


def sole_currency(amounts: Iterable[Mapping[str, Decimal] | None]) -> str:
    """Return the currency in which all the amounts are, so that they can stand as numbers; "" if there are several."""
    found = {currency for each in amounts for currency, amount in (each or {}).items() if amount}
    return found.pop() if len(found) == 1 else ""


def joined(parts: Iterable[str]) -> str:
    """Return `a, b and c`."""
    return ENGLISH.joined(parts)


def span(period: Period) -> str:
    """Return the first and last day of the quarter in words."""
    return ENGLISH.span(period)


def reason(code: str, say: Labels = ENGLISH) -> str:
    """Return a reason code in plain words."""
    if code and not say.has(f"reason.{code}"):
        return code.replace("_", " ")
    return say(f"reason.{code}") if code else say("reason.none")


def severity(name: str, say: Labels = ENGLISH) -> str:
    """Return a severity with its mark: `◆ high`."""
    return f"{SEVERITY_MARKS.get(name, '')} {severity_word(name, say)}".strip()


def severity_word(name: str, say: Labels = ENGLISH) -> str:
    """Return a severity in words."""
    return say(f"severity.{name}") if name in SEVERITIES else name


def rating(name: str, say: Labels = ENGLISH) -> str:
    """Return a finding's rating with its mark: `◆ high`; in words that there is none."""
    return f"{RATING_MARKS[name]} {say(f'rating.{name}')}" if name in RATING_MARKS else say("rating.none")


def severity_rank(name: str) -> int:
    """Return the place of a severity, the most severe first; unknown words come last."""
    return SEVERITIES.index(name) if name in SEVERITIES else len(SEVERITIES)


def severities(counts: Mapping[str, int], say: Labels = ENGLISH) -> str:
    """Return `1 critical, 4 high`, the most severe first."""
    found = sorted((severity_rank(name), name) for name, count in counts.items() if count)
    return say.comma([f"{say.number(counts[name])} {severity_word(name, say)}" for _, name in found])
