"""The organisation's calendar as a table: which days are worked, and how many worked days lie between two dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import duckdb

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2049, 12, 31)


def working_days(after: dt.date, until: dt.date, weekend: Collection[str], holidays: Collection[dt.date] = ()) -> int:
    """Return the number of working days after the first day, up to and including the second; 0 if it is no later."""
    days = (after + dt.timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(WEEKDAYS[day.weekday()] not in weekend and day not in holidays for day in days)


def fill(connection: duckdb.DuckDBPyConnection, weekend: Sequence[str], holidays: Sequence[dt.date]) -> None:
    """
    Fill the table `calendar` (day, is_working_day, working_day_number) for every day from 2000 to 2049.

    `working_day_number` counts the working days up to and including the day, so that the difference of two numbers is
    the number of working days after the first day, up to and including the second. Contracts that declare no calendar
    have none to fill.
    """
    if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'calendar'").fetchone():
        return
    connection.execute("DELETE FROM calendar")
    weekend_numbers = [WEEKDAYS.index(day) + 1 for day in weekend]
    connection.execute(
        """
        INSERT INTO calendar (day, is_working_day, working_day_number, _source_file, _source_row)
        SELECT
            day,
            is_working_day,
            CAST(SUM(CAST(is_working_day AS INTEGER)) OVER (ORDER BY day) AS INTEGER),
            'calendar',
            ROW_NUMBER() OVER (ORDER BY day)
        FROM (
            SELECT
                CAST(day AS DATE) AS day,
                NOT list_contains($weekend, isodow(day)) AND NOT list_contains($holidays, CAST(day AS DATE))
                    AS is_working_day
            FROM generate_series(CAST($first AS TIMESTAMP), CAST($last AS TIMESTAMP), INTERVAL 1 DAY) AS days (day)
        )
        """,
        {
            "weekend": weekend_numbers or [0],
            "holidays": list(holidays) or [dt.date(1900, 1, 1)],
            "first": FIRST_DAY,
            "last": LAST_DAY,
        },
    )
