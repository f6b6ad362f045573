"""What may be said of a control before anybody has reviewed its exceptions: three sentences, by declared rule."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.result import AttributeResult, Counts
from auditkit.wording import ENGLISH

CLEAN = ENGLISH("conclusion.clean")


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
