"""The quarter under audit: half-open `[start, end)`, with the cut-off up to which registrations are known."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from auditkit.errors import ProjectError


@dataclass(frozen=True, slots=True)
class Quarters:
    """
    How the organisation counts its quarters.

    `first_month` starts the fiscal year (1 to 12). A fiscal year carries the number of the calendar year in which it
    starts, or of the one in which it ends if `named_after_end`. What was registered within `cut_off_days` days after
    the quarter's last day is known to it, unless `cut_offs` names another date for that quarter.
    """

    first_month: int = 1
    cut_off_days: int = 7
    cut_offs: Mapping[str, dt.date] | None = None
    named_after_end: bool = False

    def period(self, label: str) -> Period:
        """Return the quarter written `2026-Q3`; raises ProjectError for another spelling."""
        year, quarter = self._parse(label)
        start = self._start(year, quarter)
        end = self._start(*self._next(year, quarter))
        earlier = self._label(*self._previous(year, quarter))
        return Period(label, start, end, self._cut_off(earlier, start), self._cut_off(label, end))

    def before(self, label: str, count: int) -> tuple[str, ...]:
        """Return the labels of the `count` quarters before `label`, the nearest first."""
        year, quarter = self._parse(label)
        labels = []
        for _ in range(count):
            year, quarter = self._previous(year, quarter)
            labels.append(self._label(year, quarter))
        return tuple(labels)

    def containing(self, day: dt.date) -> Period:
        """Return the quarter in which a day lies."""
        year = day.year - (day.month < self.first_month) + (self.named_after_end and self.first_month > 1)
        return self.period(self._label(year, (day.month - self.first_month) % 12 // 3 + 1))

    def _parse(self, label: str) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{4})-Q([1-4])", label)
        if match is None:
            raise ProjectError(f"{label!r} is not a quarter", hint="write it as year-Qn, for example 2026-Q3")
        return int(match[1]), int(match[2])

    @staticmethod
    def _label(year: int, quarter: int) -> str:
        return f"{year}-Q{quarter}"

    @staticmethod
    def _next(year: int, quarter: int) -> tuple[int, int]:
        return (year, quarter + 1) if quarter < 4 else (year + 1, 1)

    @staticmethod
    def _previous(year: int, quarter: int) -> tuple[int, int]:
        return (year, quarter - 1) if quarter > 1 else (year - 1, 4)

    def _start(self, year: int, quarter: int) -> dt.date:
        if self.named_after_end and self.first_month > 1:
            year -= 1
        months = self.first_month - 1 + 3 * (quarter - 1)
        return dt.date(year + months // 12, months % 12 + 1, 1)

    def _cut_off(self, label: str, end: dt.date) -> dt.date:
        return (self.cut_offs or {}).get(label, end + dt.timedelta(days=self.cut_off_days))


@dataclass(frozen=True, slots=True)
class Period:
    """
    One quarter: events on or after `start` and before `end`.

    What was registered before `cut_off` (a date, exclusive) is known to this quarter; an earlier event registered on
    or after `previous_cut_off` arrives late and is tested here, so that exactly one quarter tests every item.
    """

    label: str
    start: dt.date
    end: dt.date
    previous_cut_off: dt.date
    cut_off: dt.date

    @property
    def last_day(self) -> dt.date:
        """The last day of the quarter."""
        return self.end - dt.timedelta(days=1)

    def parameters(self, currency: str) -> dict[str, object]:
        """Return the values that every query may bind without declaring them (see `ENGINE_PARAMETERS`)."""
        return {
            "period_start": self.start,
            "period_end": self.end,
            "previous_cut_off": self.previous_cut_off,
            "cut_off": self.cut_off,
            "reporting_currency": currency,
        }


ENGINE_PARAMETERS = ("period_start", "period_end", "previous_cut_off", "cut_off", "reporting_currency")
