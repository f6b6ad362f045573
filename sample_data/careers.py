"""Transfers, promotions, joiners, leavers, and people who came back."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from plant import Organisation, Row, money, working_day

WIDE = (
    "EVG-05-INS",
    "EVG-06-EXA",
    "EVG-03-SUP",
    "EVG-06-CLR",
    "EVG-03-ADM",
    "EVG-04-DOC",
)  # groups that people join and leave


def build(organisation: Organisation) -> None:
    """Let people move, rise, come, go and return."""
    stream = organisation.random_for("careers")
    heads = {row["head_employee_id"] for row in organisation.tables["org_unit"]}
    staff = [row for row in organisation.tables["employee"] if row["employee_id"] not in heads]
    wide = [
        row for row in staff if organisation.assignment(row)["job_value_group"] in WIDE and row["hire_date"].year < 2023
    ]
    stream.shuffle(wide)
    days = [dt.date(2025, 7, 1) + dt.timedelta(days=number) for number in range(455)]
    for _ in range(120):
        _transfer(organisation, wide.pop(), working_day(stream.choice(days)), stream)
    for source, target in (("EVG-05-INS", "EVG-06-EXA"), ("EVG-06-EXA", "EVG-07-SIN"), ("EVG-03-ADM", "EVG-04-DOC")):
        for number in range(8):
            one = next(
                row
                for row in wide
                if organisation.assignment(row)["job_value_group"] == source
                and organisation.get("person", row["person_id"])["sex"] == "FM"[number % 2]
            )
            wide.remove(one)
            _promote(
                organisation, one, target, stream.choice(days).replace(day=1), (number // 2 - Decimal("1.5")) / 100
            )
    for number in range(88):
        _leave(organisation, wide.pop(), working_day(stream.choice(days)), number)
    for number in range(96):
        category = WIDE[number % len(WIDE)]
        unit = organisation.assignment(_member(organisation, category, number))["org_unit_id"]
        organisation.new_employee(
            category=category,
            unit=unit,
            sex="FM"[number // len(WIDE) % 2],
            spread=Decimal(number % 5 - 2) / 100,
            hire_date=working_day(stream.choice(days).replace(day=1)),
            employment_type="permanent" if number % 4 else "fixed",
        )
    for number in range(10):
        _return(organisation, number)


def _member(organisation: Organisation, category: str, number: int) -> str:
    members = organisation.members(category, dt.date(2026, 9, 30))
    return members[number % len(members)]


def _transfer(organisation: Organisation, employee: Row, day: dt.date, stream: random.Random) -> None:
    now = organisation.assignment(employee)
    units = {row["org_unit_id"]: row for row in organisation.tables["org_unit"]}
    department = organisation.unit_line(now["org_unit_id"])[-2]
    choices = sorted(
        unit
        for unit, row in units.items()
        if row["type"] == "section" and department in organisation.unit_line(unit) and unit != now["org_unit_id"]
    )
    unit = units[stream.choice(choices)]
    head = unit["head_employee_id"]
    organisation.move(employee, day, org_unit_id=unit["org_unit_id"], manager_employee_id=head, location=unit["site"])
    _record(organisation, employee, "TRANSFER_REQUESTED", day)


def _promote(organisation: Organisation, employee: Row, category: str, day: dt.date, spread: Decimal) -> None:
    group = organisation.categories[category]
    organisation.move(employee, day, grade_id=group.grade_id, job_value_group=category, job_family=group.job_family)
    fte = organisation.assignment(employee)["fte"]
    middle = organisation.grade_on(group.grade_id, day)["pay_mid"]
    organisation.set_pay(employee, day, money(middle * (1 + spread) * fte / 12), reason="promotion")
    if day < dt.date(2026, 1, 1):
        middle = organisation.grade_on(group.grade_id, dt.date(2026, 1, 1))["pay_mid"]
        organisation.set_pay(employee, dt.date(2026, 1, 1), money(middle * (1 + spread) * fte / 12), "general_increase")
    _record(organisation, employee, "PROMOTION", day)


def _record(organisation: Organisation, employee: Row, action_type: str, day: dt.date) -> None:
    organisation.new_hr_action(
        employee,
        action_type,
        "none",
        day - dt.timedelta(days=20),
        effective_date=day,
        initiated_date=day - dt.timedelta(days=45),
        consented=True,
        reason_code="CAREER",
    )


def _leave(organisation: Organisation, employee: Row, day: dt.date, number: int) -> None:
    reason = ("resign", "retire", "end_of_contract", "resign", "transfer")[number % 5]
    organisation.leave_organisation(employee, day, reason)


def _return(organisation: Organisation, number: int) -> None:
    """Somebody who left in 2023 and came back in 2025 under a new personnel number."""
    category = WIDE[number % len(WIDE)]
    unit = organisation.assignment(_member(organisation, category, number))["org_unit_id"]
    begin = dt.date(2016, 2, 1 + number)
    first = organisation.new_employee(category=category, unit=unit, sex="FM"[number % 2], hire_date=begin)
    left = dt.date(2023, 5, 1 + number)
    for row in organisation._pay.pop(first["employee_id"]):
        organisation.tables["pay_contract_hist"].remove(row)
    organisation.leave_organisation(first, left)
    organisation.new_employee(
        first["person_id"],
        category=category,
        unit=unit,
        hire_date=dt.date(2025, 2, 2 + number),
        rehire_of=first["employee_id"],
    )
