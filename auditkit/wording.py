"""The words all editions share: fixed lines, the four scales, terms, and how numbers read in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from auditkit.control import SEVERITIES
from auditkit.period import Period

RESTRICTED_LINE = "Restricted control: results, whatever they are, stand only in the restricted edition."
DRAFT = "DRAFT - UNREVIEWED"
DRAFT_SENTENCE = "No exception in this edition has been examined by a person yet. It is not for decisions or quotation."
NO_CONCLUSION = "Unreviewed: no overall conclusion is drawn before review."
NOT_RUN = "Restricted control: not run, for no passphrase was given; not concluded."
REPORTING_CURRENCY = "reporting currency"  # the unit of a parameter that is an amount in it
FULL_LIST = "results/outstanding_items.parquet in the evidence folder"

# One mark per severity, so that a black-and-white print says the same as the screen.
SEVERITY_MARKS = {"critical": "◆◆", "high": "◆", "medium": "▲", "low": "●", "info": "○"}

CHECK_STATUS = {
    "failed": "✕ failed",
    "not_performed": "□ not performed",
    "limitation": "! limitation",
    "passed": "○ passed",
}

# What the reliability checks look at, by id.
CHECK_KINDS = {
    "IPE-01": "origin of the extract is stated completely",
    "IPE-02": "the file is the one its delivery note describes",
    "IPE-03": "totals agree with an independent source",
    "IPE-04": "the whole quarter is covered",
    "IPE-05": "every cell can be read",
    "IPE-06": "no key occurs twice",
    "IPE-07": "what is referred to exists in the table it belongs to",
    "IPE-08": "required values are there",
    "IPE-12": "histories have neither overlap nor gap",
    "DQ-01": "values are among those allowed",
    "DQ-02": "values obey the contract's rules",
}

# What a reason code of NOT_TESTED and REVIEW says in words; other codes are shown with spaces for underscores.
REASON_WORDS = {
    "not_delivered": "needed data was not delivered",
    "blocked": "the extract failed a reliability check",
    "control_error": "the test could not be run",
    "rejected_without_key": "the row was rejected for want of its key",
    "nil_population": "there was no item to test",
    "fx_missing": "no exchange rate for the day",
    "same_day": "two events on the same day without a time",
}

SCALES = (
    (
        "Severity of an exception",
        "critical, high, medium, low, info",
        "The order in which exceptions are to be looked at. It is set by the control, before anyone has reviewed.",
    ),
    (
        "Rating of a finding",
        "critical, high, medium, low, advisory",
        "Impact times likelihood as judged by people. There is none in an unreviewed edition.",
    ),
    (
        "Conclusion on a control",
        "no exceptions in the items tested; exceptions awaiting review; not concluded",
        "The only three conclusions that exist before review. Not concluded is never the same as clean.",
    ),
    (
        "Overall conclusion",
        "drawn by the chief audit executive after review",
        "An unreviewed edition has none.",
    ),
)

TERMS = (
    ("Control", "What the organisation does so that a risk does not come true."),
    ("Attribute", "One yes-or-no characteristic that a test looks at on every item of a population."),
    ("Population", "Every item a control must look at in the quarter. It is counted apart from the tests."),
    ("Item", "One unit of a population, for example one entry of a register or one person in one decision."),
    ("Tested", "Items on which the data allowed a verdict: passed, exception or review."),
    ("Exception", "An item that does not meet the criterion according to the data. Nobody has reviewed it yet."),
    ("For review", "An item on which the data cannot decide; a person must look."),
    ("Not tested", "An item that lacks the data for a verdict. It always has a reason and is never counted as passed."),
    ("Not applicable", "An item to which the criterion does not apply."),
    ("Exception rate", "Exceptions divided by items tested, before review."),
    ("Tolerable rate", "The rate of confirmed deviations up to which a control counts as effective, where one is set."),
    ("RAD factor", "The factor of the WCO's Revised Arusha Declaration on integrity that the control serves."),
    ("Deviation", "An exception that a reviewer has confirmed. There is none before review."),
    ("Finding", "A reviewer's judgement: criteria, condition, cause, consequence, corrective action."),
    (
        "Value at stake",
        "The amounts of the exceptions, each item counted once, by currency. It is not a loss. Amounts below "
        "zero do not count.",
    ),
    ("Not concluded", "Nothing may be said: no item, data missing or unreliable, or too many items not tested."),
    ("Late arrival", "An event of an earlier quarter that was registered only in this one; it is tested here."),
    ("Reliability check", "A test of the extract itself: complete, unaltered, of the right quarter, tied to a total."),
)

IDENTITIES = (
    "Population = tested + not tested + not applicable.",
    "Tested = passed + exceptions + for review.",
    "Exception rate, unreviewed = exceptions / tested.",
    "A control counts an item once, whatever number of attributes it fails.",
)

CONFIDENTIALITY = (
    "This edition is written by its own query from the results. It holds no name, no identifier, no text from an "
    "extract and no date of a report.",
    "Items that are acts or things (an entry of a register, a part in a decision, a pay category) are counted as "
    "they are, at the level of the whole organisation. No figure is broken down by unit.",
    "Where each item is a person or an employment, counts from 1 to 4 of exceptions, items for review and items not "
    'tested read "< 5". Their rate and amount are withheld, and they are left out of every total. "withheld" '
    "marks a figure that is hidden only because another could be worked out from it.",
    "In the controls' own tables a row with fewer people than the stated minimum shows no figures; where only one row "
    "would be hidden, the next smallest is hidden with it.",
    RESTRICTED_LINE,
)


def restricted_line(state: str) -> str:
    """Return what every open place says of a restricted control: the fixed line, or that it was not run."""
    return NOT_RUN if state == "no_passphrase" else RESTRICTED_LINE


def number(value: int) -> str:
    """Return a whole number with thousands separated by commas."""
    return f"{value:,}"


def in_unit(text: str, unit: str, currency: str) -> str:
    """Return a parameter's value with its unit, thousands apart; the reporting currency by its code."""
    shown = f"{int(text):,}" if text.isdecimal() and unit else text
    return f"{shown} {currency if unit == REPORTING_CURRENCY else unit}".strip()


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return `1 item`, `2 items`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """Return part / whole in percent with two digits or more, rounded half up; a dash without a whole."""
    if not whole:
        return "-"
    percent = Decimal(part) * 100 / Decimal(whole)
    return f"{percent.quantize(Decimal(1).scaleb(-digits(percent)), ROUND_HALF_UP)} %"


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
    shown = [f"{amount:,.2f} {currency}" for currency, amount in sorted(amounts.items()) if amount]
    return "; ".join(shown) or "-"


def check_counts(statuses: Sequence[str]) -> str:
    """Return how many reliability checks came out how, in a sentence."""
    count = {status: statuses.count(status) for status in CHECK_STATUS}
    return (
        f"{plural(len(statuses), 'check')}: {number(count['passed'])} passed, {number(count['failed'])} failed, "
        f"{number(count['not_performed'])} not performed, {number(count['limitation'])} with a limitation. "
        "A check that was not performed is not a passed one."
    )


def sole_currency(amounts: Iterable[Mapping[str, Decimal] | None]) -> str:
    """Return the currency in which all the amounts are, so that they can stand as numbers; "" if there are several."""
    found = {currency for each in amounts for currency, amount in (each or {}).items() if amount}
    return found.pop() if len(found) == 1 else ""


def joined(parts: Iterable[str]) -> str:
    """Return `a, b and c`."""
    listed = list(parts)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}" if listed else ""


def day(value: dt.date) -> str:
    """Return `1 July 2026`."""
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    return f"{value.day} {months[value.month - 1]} {value.year}"


def span(period: Period) -> str:
    """Return the first and last day of the quarter in words."""
    return f"{day(period.start)} to {day(period.last_day)}"


def reason(code: str) -> str:
    """Return a reason code in plain words."""
    return REASON_WORDS.get(code, code.replace("_", " ")) if code else "no reason given"


def severity(name: str) -> str:
    """Return a severity with its mark: `◆ high`."""
    return f"{SEVERITY_MARKS.get(name, '')} {name}".strip()


def severity_rank(name: str) -> int:
    """Return the place of a severity, the most severe first; unknown words come last."""
    return SEVERITIES.index(name) if name in SEVERITIES else len(SEVERITIES)


def severities(counts: Mapping[str, int]) -> str:
    """Return `1 critical, 4 high`, the most severe first."""
    found = sorted((severity_rank(name), name) for name, count in counts.items() if count)
    return ", ".join(f"{number(counts[name])} {name}" for _, name in found)
