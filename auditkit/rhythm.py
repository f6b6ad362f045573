"""The rhythm of a quarter's audit: which step is due on which working day after the quarter's end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from auditkit.calendar import WEEKDAYS
from auditkit.period import Period
from auditkit.project import Project

# The working day after the quarter's last day by which each step is done.
STEPS = (
    (1, "data request with control totals"),
    (5, "extracts received and checked for reliability"),
    (6, "run"),
    (12, "exceptions reviewed, facts confirmed by management"),
    (13, "findings evaluated, closing meeting"),
    (15, "sign-off"),
    (17, "board and management editions issued"),
)

LONGEST = 366  # days to look for working days in: a calendar without any has no steps to wait for


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the rhythm: the working day after the quarter's end, the date, what is done by then."""

    number: int
    due: dt.date
    title: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a day stands in the rhythm: its working day after the quarter's end, the steps due and the next one."""

    ended: bool
    number: int
    due: tuple[Step, ...]
    next: Step | None

    @property
    def said(self) -> str:
        """One sentence."""
        if not self.ended:
            return "The quarter has not ended."
        where = f"Working day {self.number} after the quarter's end"
        if self.next is None:
            return f"{where}: every step of the quarter is due."
        return f"{where}. Next: {self.next.title}, due {self.next.due.isoformat()} (working day {self.next.number})."


def steps(project: Project, period: Period) -> tuple[Step, ...]:
    """Return the steps with their dates by the project's weekend and holidays."""
    return tuple(Step(number, _working_day(project, period, number), title) for number, title in STEPS)


def standing(project: Project, period: Period, day: dt.date) -> Standing:
    """Return where `day` stands; a day that is not worked counts as the working day before it."""
    number = sum(_is_worked(project, each) for each in _days(period.end, day))
    due = tuple(step for step in steps(project, period) if step.due < day)
    rest = [step for step in steps(project, period) if step.due >= day]
    return Standing(day >= period.end, number, due, rest[0] if rest else None)


def _working_day(project: Project, period: Period, number: int) -> dt.date:
    day, left = period.last_day, number
    while left and (day - period.end).days < LONGEST:
        day += dt.timedelta(days=1)
        left -= _is_worked(project, day)
    return day


def _is_worked(project: Project, day: dt.date) -> bool:
    return WEEKDAYS[day.weekday()] not in project.weekend and day not in project.holidays


def _days(first: dt.date, last: dt.date) -> Sequence[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
