"""Where a run stands in the quarter's rhythm: working days by the project's weekend and holidays, both sides of each."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import run_builder

from auditkit import rhythm
from auditkit.period import Quarters

PERIOD = Quarters().period("2026-Q3")
FRIDAY_SATURDAY = ("friday", "saturday")


def said(day: str, *, weekend: tuple[str, ...] = FRIDAY_SATURDAY, holidays: tuple[dt.date, ...] = ()) -> str:
    project = run_builder.project(Path(), weekend=weekend, holidays=holidays)
    return rhythm.standing(project, PERIOD, dt.date.fromisoformat(day)).said


def test_before_the_end_there_is_no_working_day() -> None:
    assert said("2026-09-30") == "The quarter has not ended."


def test_the_first_working_day_is_the_first_one_worked_after_the_quarter() -> None:
    """1 October 2026 is a Thursday."""
    assert said("2026-10-01").startswith("Working day 1 after the quarter's end. Next: data request")
    assert said("2026-10-02").startswith("Working day 1 after the quarter's end. Next: extracts received")


def test_a_day_is_counted_by_the_projects_own_weekend_and_holidays() -> None:
    assert said("2026-10-08").startswith("Working day 6 after the quarter's end. Next: run, due 2026-10-08")
    assert said("2026-10-08", weekend=("saturday", "sunday")).startswith("Working day 6 ")
    assert said("2026-10-08", holidays=(dt.date(2026, 10, 5),)).startswith(
        "Working day 5 after the quarter's end. Next: extracts received and checked for reliability, due 2026-10-08"
    )


def test_on_the_day_a_step_is_due_it_is_next_and_the_day_after_it_is_due() -> None:
    project = run_builder.project(Path(), weekend=FRIDAY_SATURDAY, holidays=())
    last = rhythm.steps(project, PERIOD)[-1]

    on_the_day = rhythm.standing(project, PERIOD, last.due)
    after = rhythm.standing(project, PERIOD, last.due + dt.timedelta(days=1))

    assert (last.number, on_the_day.number, on_the_day.next) == (17, 17, last)
    assert after.next is None
    assert after.said.endswith("every step of the quarter is due.")


def test_a_calendar_without_a_working_day_has_no_steps_to_wait_for() -> None:
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

    assert said("2026-10-20", weekend=week).startswith("Working day 0 after the quarter's end.")
