"""People, employments, pay, absence and kinship."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from rows import CURRENCY, OPEN_PAY, Row, digest, money
from tables import COLUMNS
from workforce import Workforce


class Employment(Workforce):
    """Constructors of people and of their employments; whoever they name plays a part from then on."""

    def new_person(
        self,
        name: str | None = None,
        *,
        sex: str | None = None,
        latin: str | None = None,
        birth_date: dt.date | None = None,
        person_id: str | None = None,
        **columns: Any,
    ) -> Row:
        """A human being; without an employment it is an outsider (relative, owner), delivered in person.csv."""
        from people import invent_name

        person_id = person_id or self.next_id("P", 6)
        stream = self.random_for(f"person/{person_id}")
        sex = sex or stream.choice("FM")
        if name is None:
            name, latin = invent_name(stream, sex)
        return self.add(
            "person",
            person_id=person_id,
            full_name=name,
            full_name_latin=latin or name,
            sex=sex,
            birth_date=birth_date
            or dt.date(1962 + stream.randrange(38), 1 + stream.randrange(12), 1 + stream.randrange(28)),
            **{
                "national_id_hash": digest("national", person_id),
                "address_hash": digest("address", person_id),
                "phone_hash": digest("phone", person_id),
                "email_domain": "meridia-post.example",
                "nationality": "MRD",
                **columns,
            },
        )

    def new_employee(
        self,
        person: str | Row | None = None,
        *,
        category: str,
        unit: str,
        manager: str | Row | None = None,
        hire_date: dt.date = dt.date(2019, 3, 3),
        sex: str | None = None,
        spread: Any = 0,
        monthly: Decimal | None = None,
        fte: Any = 1,
        location: str | None = None,
        title: str | None = None,
        employment_type: str = "permanent",
        employee_id: str | None = None,
        rehire_of: str | None = None,
        name: str | None = None,
        latin: str | None = None,
    ) -> Row:
        """
        An employment with person, position, assignment and pay; marked as taken. Returns the row of `employee`.

        Pay is the middle of the grade times (1 + spread) times fte, with the general increase of 2026-01-01, unless
        `monthly` is given. The manager defaults to the head of the unit.
        """
        if person is None:
            age = 21 + self.random_for(f"age/{self._numbers.get('P', 0)}").randrange(16)
            born = dt.date(max(hire_date.year - age, 1961), 1 + hire_date.day % 12, 1 + hire_date.month)
            person = self.new_person(name, sex=sex, latin=latin, birth_date=born)
        group = self.categories[category]
        employee = self.add(
            "employee",
            employee_id=employee_id or self.next_id("000", 5),
            person_id=self.person_id(person),
            employment_type=employment_type,
            hire_date=hire_date,
            rehire_of=rehire_of,
            legal_entity="CAM",
        )
        number, start = employee["employee_id"], hire_date
        unit_row = next(row for row in self.tables["org_unit"] if row["org_unit_id"] == unit)
        position = self.add(
            "position",
            position_id=self.next_id("5", 7),
            title=title or group.title,
            org_unit_id=unit,
            grade_id=group.grade_id,
            is_sensitive=group.job_family in ("procurement", "inspection", "valuation", "finance"),
            sensitive_category=group.job_family
            if group.job_family in ("procurement", "inspection", "valuation", "finance")
            else None,
            listed_post=False,
            max_tenure_months=None,
            visible_from=start,
        )
        self.add(
            "assignment_hist",
            employee_id=number,
            valid_from=start,
            position_id=position["position_id"],
            org_unit_id=unit,
            manager_employee_id=self.employee_id(manager) if manager else unit_row["head_employee_id"],
            grade_id=group.grade_id,
            job_family=group.job_family,
            job_value_group=category,
            location=location or unit_row["site"],
            fte=Decimal(str(fte)),
            weekly_hours=Decimal(40) * Decimal(str(fte)),
            contract_type="full_time" if Decimal(str(fte)) == 1 else "part_time",
            status="active",
            acting=False,
        )
        for begin, end in pay_years(max(start, OPEN_PAY)):
            middle = self.grade_on(group.grade_id, begin)["pay_mid"]
            amount = monthly or money(middle * (1 + Decimal(str(spread))) * Decimal(str(fte)) / 12)
            self._add_pay(number, begin, end, amount, "general_increase" if begin == dt.date(2026, 1, 1) else "entry")
        self.touched.add(employee["person_id"])
        return employee

    def _add_pay(self, employee_id: str, begin: dt.date, end: dt.date | None, monthly: Decimal, reason: str) -> Row:
        return self.add(
            "pay_contract_hist",
            employee_id=employee_id,
            valid_from=begin,
            valid_to=end,
            base_annual=monthly * 12,
            currency=CURRENCY,
            pay_basis="monthly",
            step=1,
            protected_pay=False,
            reason=reason,
        )

    def grade_on(self, grade_id: str, day: dt.date) -> Row:
        """The row of a grade on a day (before the first one: the first one)."""
        rows = [row for row in self.tables["grade"] if row["grade_id"] == grade_id]
        return next((row for row in reversed(rows) if row["valid_from"] <= day), rows[0])

    def set_pay(self, who: str | Row, valid_from: dt.date, monthly: Any, reason: str = "review", **columns: Any) -> Row:
        """From this day the employment is paid this much a month (cents at most); later rows are replaced."""
        number = self._number(who, valid_from)
        rows = self._pay[number]
        for row in [row for row in rows if row["valid_from"] >= valid_from]:
            rows.remove(row)
            self.tables["pay_contract_hist"].remove(row)
        for row in rows:
            if row["valid_to"] is None or row["valid_to"] > valid_from:
                row["valid_to"] = valid_from
        row = self._add_pay(number, valid_from, None, Decimal(str(monthly)), reason)
        row.update(columns)
        return row

    def move(self, who: str | Row, valid_from: dt.date, **columns: Any) -> Row:
        """From this day the employment has another assignment: the last one, with these columns changed."""
        number = self._number(who, valid_from)
        last = self._assignments[number][-1]
        last["valid_to"] = valid_from
        values = {name: last[name] for name in COLUMNS["assignment_hist"]} | {
            "valid_from": valid_from,
            "valid_to": None,
        }
        return self.add("assignment_hist", **(values | columns))

    def leave_organisation(self, who: str | Row, on: dt.date, reason: str = "resign") -> None:
        """The employment ends: `on` is the first day without it."""
        number = self._number(who)
        self.change(self.get("employee", number), on, exit_date=on, exit_reason=reason)
        for entity, rows in (
            ("assignment_hist", self._assignments[number]),
            ("pay_contract_hist", self._pay.get(number, [])),
        ):
            for row in [row for row in rows if row["valid_from"] >= on]:
                rows.remove(row)
                self.tables[entity].remove(row)
            for row in rows:
                if row["valid_to"] is None or row["valid_to"] > on:
                    row["valid_to"] = on

    def new_leave(
        self,
        who: str | Row,
        started_on: dt.date,
        ended_on: dt.date | None,
        leave_type: str = "annual",
        paid: bool = True,
    ) -> Row:
        """Absence; `ended_on` is the last day away, None while it lasts."""
        return self.add(
            "leave",
            employee_id=self.employee_id(who, started_on),
            leave_type=leave_type,
            started_on=started_on,
            ended_on=ended_on,
            paid=paid,
        )

    def new_relationship(
        self,
        a: str | Row,
        b: str | Row | None,
        base_relation: str,
        *,
        source: str = "declaration",
        valid_from: dt.date = dt.date(2015, 1, 1),
        valid_to: dt.date | None = None,
        relative_name: str | None = None,
        visible_from: dt.date | None = None,
        **columns: Any,
    ) -> Row:
        """
        A declared base relation, read 'b is the <base_relation> of a': new_relationship(ann, bob, 'parent') says that
        bob is ann's parent. Both persons are marked as taken; `b` may be None with a relative_name only.
        """
        self.touch(a)
        if b is not None:
            self.touch(b)
            relative_name = relative_name or self.get("person", self.person_id(b))["full_name_latin"]
        return self.add(
            "relationship",
            relationship_id=self.next_id("R", 5),
            person_id_a=self.person_id(a),
            person_id_b=None if b is None else self.person_id(b),
            relative_name=relative_name,
            base_relation=base_relation,
            source=source,
            confidence=Decimal(1),
            valid_from=valid_from,
            valid_to=valid_to,
            visible_from=visible_from,
            **columns,
        )


def pay_years(start: dt.date) -> list[tuple[dt.date, dt.date | None]]:
    """The pay rows of an employment that begins on this day: before and from the general increase on."""
    increase = dt.date(2026, 1, 1)
    if start >= increase:
        return [(start, None)]
    return [(start, increase), (increase, None)]
