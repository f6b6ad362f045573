"""Retention: for how long what is kept after a quarter was issued or signed off, by class, from `[retention]`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditkit.settings import Settings

KEYS: Mapping[str, type] = {"working_papers_years": int, "extracts_days": int, "restricted_days": int}
EXTRACTS, RESTRICTED = "extracts", "extracts with restricted columns"


@dataclass(frozen=True, slots=True)
class Retention:
    """
    How long what is kept after a quarter was issued or signed off, from `[retention]`.

    `restricted_days` is for extracts that hold restricted columns. Working papers are never deleted here; their years
    are said, so that somebody can.
    """

    working_papers_years: int = 7
    extracts_days: int = 90
    restricted_days: int = 30

    def due(self, kind: str, released: dt.date) -> dt.date:
        """Return the first day on which extracts of that class may be deleted."""
        return released + dt.timedelta(self.restricted_days if kind == RESTRICTED else self.extracts_days)

    def papers_until(self, released: dt.date) -> dt.date:
        """Return the last day for which the working papers are kept."""
        year = released.year + self.working_papers_years
        return (
            released.replace(year=year, day=28)
            if (released.month, released.day) == (2, 29)
            else released.replace(year=year)
        )


def retention(settings: Settings) -> Retention:
    """Read `[retention]`; raises ProjectError for a number that cannot be meant."""
    return Retention(
        settings.whole("retention", "working_papers_years", 7, 1, 100),
        settings.whole("retention", "extracts_days", 90, 0, 3660),
        settings.whole("retention", "restricted_days", 30, 0, 3660),
    )
