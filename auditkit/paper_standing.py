"""Working-paper sheet of standings: how every attribute's exceptions stand in the register, and what follows."""

from __future__ import annotations

from typing import Any

from auditkit.book import Book
from auditkit.conclusion import tolerable_in_words
from auditkit.paper import Scope
from auditkit.register import NONE, Standing
from auditkit.sheet import Column, table_sheet
from auditkit.wording import fraction, percent_format

REGISTER_NOTE = (
    "New and seen before are the exceptions and items for review of this run. Each of them is open, confirmed, set "
    "aside (suppressed, and still counted) or referred to an investigation. Cleared: it was open before, and was "
    "tested again and passed."
)
NOTES = (
    REGISTER_NOTE,
    "Out of period: it was open before and is not in the population now. Not tested again: its data was missing or the "
    "criterion did not apply. Earlier ones undecided: of these two, those about which nobody has decided.",
    "Facts changed: decided, but the sentence reads otherwise than when it was decided; look again.",
    "A whole population was tested, so there is no sampling risk: the confirmed rate itself is compared with the "
    "tolerable rate, which is 0 % where a deviation is critical and 5 % elsewhere unless the attribute declares one.",
)
FIGURES = (
    ("New", "new"),
    ("Repeat", "repeat"),
    ("Reopened", "reopened"),
    ("Open", "open"),
    ("Expired", "expired"),
    ("In review", "in_review"),
    ("Confirmed", "confirmed"),
    ("Referred", "referred"),
    ("False positive", "false_positive"),
    ("Justified", "justified"),
    ("Duplicate", "duplicate"),
    ("Facts changed", "facts_changed"),
    ("Cleared", "cleared"),
    ("Out of period", "out_of_period"),
    ("Not tested again", "not_tested_again"),
    ("Earlier ones undecided", "carried_open"),
)


def standings(book: Book, scope: Scope) -> None:
    """Add one row per attribute; the history that could not be read is named."""
    results = [r for control in scope.results for population in control.populations for r in population.attributes]
    found = [(result, scope.register.get(result.attribute.id, NONE)) for result in results]
    rates = [fraction(standing.confirmed, result.counts.tested) for result, standing in found]
    columns = [
        Column("Attribute", least=10),
        Column("What should be so", "wrap", most=34),
        Column("Tested", "int", least=9),
        *(Column(title, "int", least=9) for title, _ in FIGURES),
        Column("Confirmed rate", "percent", least=11, number=percent_format(rates)),
        Column("Tolerable rate", least=10),
        Column("Conclusion after review", "wrap", least=24, most=44),
    ]
    rows: list[list[Any]] = [
        [
            result.attribute.id,
            result.attribute.title,
            result.counts.tested,
            *_figures(standing),
            rate,
            tolerable_in_words(result.attribute),
            scope.conclusions[result.attribute.id].text if result.attribute.id in scope.conclusions else None,
        ]
        for (result, standing), rate in zip(found, rates, strict=True)
    ]
    table_sheet(
        book,
        "Standings",
        columns,
        rows,
        notes=[*NOTES, *_unread(scope)],
        empty="No attribute was run.",
        paper="A3",
        freeze=1,
    )


def _figures(standing: Standing) -> list[int]:
    return [getattr(standing, name) for _, name in FIGURES]


def _unread(scope: Scope) -> list[str]:
    """Return what is missing because the passphrase does not open it; only the restricted edition may say so."""
    if not scope.restricted or not scope.run.restricted_unread:
        return []
    return [
        f"NOT READ, for this passphrase does not open it: {', '.join(scope.run.restricted_unread)}. What was an "
        "exception or was decided there is missing here: an exception may look new or open that is not."
    ]
