"""Who works where, for whom and for how much, on which day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from rows import Row, Rows
from tables import REFERENCES


class Workforce(Rows):
    """Looks people up."""

    # People of the organisation that several constructors name; organisation.py fills them (employee_id).
    ethics_officer: str = ""
    hr_processor: str = ""
    case_officer: str = ""
    investigator: str = ""
    storekeeper: str = ""
    accountant: str = ""
    buyer_unit: str = ""
    buyers: tuple[str, ...] = ()  # procurement staff who sit on committees and raise orders; without any tie to a party

    def touch(self, *people: str | Row) -> None:
        """Mark people as playing a part, so that nobody else takes them."""
        self.touched.update(self.person_id(who) for who in people)

    def person_id(self, who: str | Row) -> str:
        """The person behind a person or employee, given as a row or as an identifier."""
        if isinstance(who, str):
            return self.get("employee", who)["person_id"] if self.has("employee", who) else who
        return who["person_id"]

    def employee_id(self, who: str | Row, on: dt.date | None = None) -> str | None:
        """The employment of a person on a day (default: the last one begun)."""
        if isinstance(who, str) and self.has("employee", who):
            return who
        if not isinstance(who, str) and "hire_date" in who:
            return who["employee_id"]
        rows = self._employments.get(self.person_id(who), [])
        if on is not None:
            rows = [row for row in rows if row["hire_date"] <= on and (self.exit_of(row) or dt.date.max) > on] or rows
        return rows[-1]["employee_id"] if rows else None

    def identity(self, entity: str, column: str, who: str | Row | None, on: dt.date | None = None) -> str | None:
        """What this column holds for that person: the employee_id where it refers to employee, else the person_id."""
        if who is None:
            return None
        if REFERENCES.get((entity, column)) == "employee":
            return self.employee_id(who, on)
        return self.person_id(who)

    def _number(self, who: str | Row, on: dt.date | None = None) -> str:
        number = self.employee_id(who, on)
        if number is None:
            raise LookupError(f"{self.person_id(who)} has no employment")
        return number

    def exit_of(self, employee: Row) -> dt.date | None:
        """The exit date, also if it is known only later."""
        for _, columns in employee.get("_changes", []):
            if "exit_date" in columns:
                return columns["exit_date"]
        return employee["exit_date"]

    def assignment(self, who: str | Row, on: dt.date = dt.date(2026, 9, 30)) -> Row | None:
        """The assignment of a person or employment on a day."""
        rows = self._assignments.get(self.employee_id(who, on) or "", [])
        return next((row for row in rows if row["valid_from"] <= on < (row["valid_to"] or dt.date.max)), None)

    def manager(self, who: str | Row, on: dt.date = dt.date(2026, 9, 30), levels: int = 1) -> str | None:
        """The employee_id of the manager, `levels` steps up, on a day."""
        current: str | None = self.employee_id(who, on)
        for _ in range(levels):
            row = self.assignment(current, on) if current else None
            current = row["manager_employee_id"] if row else None
        return current

    def subordinates(self, who: str | Row, on: dt.date = dt.date(2026, 9, 30)) -> list[str]:
        """The employee_ids of those who report to this person on a day."""
        boss = self.employee_id(who, on)
        rows = (row for rows in self._assignments.values() for row in rows if row["manager_employee_id"] == boss)
        return [row["employee_id"] for row in rows if row["valid_from"] <= on < (row["valid_to"] or dt.date.max)]

    def base_annual(self, who: str | Row, on: dt.date) -> Decimal | None:
        """The base pay in force on a day."""
        rows = self._pay.get(self.employee_id(who, on) or "", [])
        return next(
            (row["base_annual"] for row in rows if row["valid_from"] <= on < (row["valid_to"] or dt.date.max)), None
        )

    def members(self, category: str, on: dt.date, sex: str | None = None) -> list[str]:
        """The employee_ids in an equal-value group on a day, in order."""
        rows = [
            row
            for row in self.tables["assignment_hist"]
            if row["job_value_group"] == category and row["valid_from"] <= on < (row["valid_to"] or dt.date.max)
        ]
        ids = sorted(row["employee_id"] for row in rows)
        return [one for one in ids if sex in (None, self.get("person", self.person_id(one))["sex"])]

    def take_employee(
        self,
        *,
        unit: str | None = None,
        department: str | None = None,
        category: str | None = None,
        sex: str | None = None,
        since: dt.date = dt.date(2024, 7, 1),
    ) -> Row:
        """
        An employee (row of `employee`) who plays no part in anything yet, and is marked as taken.

        Permanent, one assignment from before `since` until today, neither head of a unit nor on leave. `unit` is an
        org_unit_id, `department` the org_unit_id of a department (all units below it), `category` an equal-value group.
        """
        if self._take_order is None:
            self._take_order = [
                row
                for row in self.tables["employee"]
                if row["employment_type"] == "permanent" and self.exit_of(row) is None and row["rehire_of"] is None
            ]
            self.random_for("take").shuffle(self._take_order)
        heads = {row["head_employee_id"] for row in self.tables["org_unit"]}
        for row in self._take_order:
            if row["person_id"] in self.touched or row["employee_id"] in heads or row["hire_date"] > since:
                continue
            assignments = self._assignments[row["employee_id"]]
            now = assignments[-1]
            if len(assignments) > 1 or now["valid_from"] > since or now["status"] != "active":
                continue
            if (
                (unit and now["org_unit_id"] != unit)
                or (department and department not in self.unit_line(now["org_unit_id"]))
                or (category and now["job_value_group"] != category)
                or (sex and self.get("person", row["person_id"])["sex"] != sex)
            ):
                continue
            self.touched.add(row["person_id"])
            return row
        raise LookupError(f"nobody is left: unit {unit}, department {department}, category {category}, sex {sex}")

    def unit_line(self, unit: str | None) -> list[str]:
        """A unit and all units above it."""
        line: list[str] = []
        while unit is not None and unit not in line:
            line.append(unit)
            unit = self._parents[unit]
        return line
