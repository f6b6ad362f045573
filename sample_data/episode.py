"""People whom a report or a case protects, measures against them, and what the attributes say of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from plant import Organisation, Row, at, known

Results = Mapping[int, str]
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Protected:
    """Somebody with an employment, protected from a day on, and the case behind it."""

    employee: Row
    start: dt.date
    case: Row


class Cases:
    """Adds protected people, measures against them, and answers."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation

    def employee(self, department: str | None = "00001200", *, unit: str | None = None) -> Row:
        """Somebody of a department, or of one unit, who plays no part in anything else."""
        return self.organisation.take_employee(department=None if unit else department, unit=unit)

    def superior(self, who: Row, levels: int = 1) -> str:
        """Whoever stands so many levels above somebody."""
        return known(self.organisation.manager(who, dt.date(2026, 9, 30), levels))

    def neighbour(self, who: Row) -> Row:
        """Somebody of another section of the same directorate."""
        units = self.organisation.tables["org_unit"]
        director, head = self.superior(who, 2), self.superior(who)
        directorate = next(row["org_unit_id"] for row in units if row["head_employee_id"] == director)
        others = [row for row in units if row["parent_id"] == directorate and row["head_employee_id"] != head]
        return self.employee(unit=others[0]["org_unit_id"])

    def case(self, opened_at: dt.datetime, subject: Row | str | None, closed_at: dt.datetime | None = None) -> Row:
        """A case against somebody; None: it is not known against whom."""
        row = self.organisation.new_case(opened_at, closed_at=closed_at)
        if subject is not None:
            self.organisation.new_case_person(row, subject, "subject", opened_at)
        return row

    def accused(self) -> Row:
        """Somebody in Border Operations."""
        return self.employee("00001100")

    def reporter(
        self,
        start: dt.date,
        who: Row | None = None,
        *,
        subject: Row | str | None = None,
        closed_on: dt.date | None = None,
        logged_at: dt.datetime | None = None,
    ) -> Protected:
        """Somebody who reported on a day; the case is opened when the report is logged."""
        who = who or self.employee()
        received = at(start, 10, 40)
        opened = logged_at or received
        case = self.case(opened, subject or self.accused(), None if closed_on is None else at(closed_on, 15, 10))
        self.organisation.new_case_person(case, who, "reporter", opened)
        self.organisation.new_protection(case, who, opened + DAY)
        self.organisation.new_report(who, received, case=case, logged_at=logged_at)
        return Protected(who, start, case)

    def helper(self, role: str, since: dt.date, subject: Row | str, known_on: dt.date | None = None) -> Protected:
        """A witness, facilitator or associate of a case that an audit opened; `known_on`: the line knew it earlier."""
        who = self.employee()
        case = self.case(at(since - 40 * DAY), subject)
        line = None if known_on is None else at(known_on, 12, 0)
        self.organisation.new_case_person(case, who, role, at(since), known_to_line_at=line)
        return Protected(who, known_on or since, case)

    def measure(
        self, person: Protected, action_type: str, tier: str | None, decided: dt.date | None, **columns: object
    ) -> Row:
        """A measure; by default asked for by the manager a week before the next higher level decides."""
        return self.organisation.new_hr_action(person.employee, action_type, tier, decided, **columns)  # type: ignore[arg-type]

    def say(
        self,
        quarters: str | tuple[str, ...],
        person: Protected,
        story: str,
        *,
        found: Results | None = None,
        near: Results | None = None,
        alike: Results | None = None,
    ) -> None:
        """Record what the attributes say of a protected person, by attribute number."""
        self.say_of(quarters, person.employee["person_id"], person.start, story, found, near, alike)

    def say_of(
        self,
        quarters: str | tuple[str, ...],
        protected_id: str,
        start: dt.date | None,
        story: str,
        found: Results | None = None,
        near: Results | None = None,
        alike: Results | None = None,
    ) -> None:
        """The same for whoever stands in the population under this name."""
        item = {"protected_id": protected_id, "episode_start": start}
        for results, kind in ((found, None), (near, "near_miss"), (alike, "look_alike")):
            for number, result in (results or {}).items():
                self.organisation.answer(f"WBP-{number:02d}", quarters, item, result, story, kind)
