"""
The sample organisation as tables of rows, and what is needed to plant something in it.

Everything is a row: a dict with canonical column names. A row may also carry `_visible_from` (the day from which an
extract shows it; default: its registration, see VISIBLE_BY) and `_changes` (what later extracts show instead); both
stay out of the extracts. Money is Decimal, dates are date, timestamps are datetime; a timestamp at 00:00:00 means
that only the day is known.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tables import COLUMNS, KEYS, REFERENCES

Row = dict[str, Any]
SEED = 20261008
CURRENCY = "SAR"
START = dt.date(2024, 7, 1)  # the first day of what the registers hold
OPEN_PAY = dt.date(2025, 1, 1)  # pay tables and pay rows start here; the general increase is of 2026-01-01


@dataclass(frozen=True)
class Quarter:
    """Half-open `[start, end)`; what was registered before `cut_off` is in the quarter's extracts."""

    label: str
    start: dt.date
    end: dt.date
    previous_cut_off: dt.date
    cut_off: dt.date


def _quarter(label: str, start: dt.date, end: dt.date) -> Quarter:
    week = dt.timedelta(days=7)
    return Quarter(label, start, end, start + week, end + week)


QUARTERS: dict[str, Quarter] = {
    quarter.label: quarter
    for quarter in (
        _quarter("2025-Q4", dt.date(2025, 10, 1), dt.date(2026, 1, 1)),
        _quarter("2026-Q1", dt.date(2026, 1, 1), dt.date(2026, 4, 1)),
        _quarter("2026-Q2", dt.date(2026, 4, 1), dt.date(2026, 7, 1)),
        _quarter("2026-Q3", dt.date(2026, 7, 1), dt.date(2026, 10, 1)),
    )
}
LAST = QUARTERS["2026-Q3"]

# The columns whose first filled one says since when an extract shows a row. Entities that are not named here are
# shown from the beginning; a row that another visible row refers to is shown with it.
VISIBLE_BY: dict[str, tuple[str, ...]] = {
    "employee": ("hire_date",),
    "assignment_hist": ("valid_from",),
    "relationship": ("valid_from",),
    "leave": ("started_on",),
    "hr_action": ("decision_date", "effective_date", "initiated_date"),
    "performance_rating": ("rating_date",),
    "secondary_employment": ("requested_at",),
    "pay_contract_hist": ("valid_from",),
    "grade": ("valid_from",),
    "org_unit": ("valid_from",),
    "payroll_line": ("pay_date",),
    "party": ("created_at",),
    "party_ownership": ("valid_from",),
    "party_group_hist": ("valid_from",),
    "vendor_bank": ("changed_at", "valid_from"),
    "tender": ("published_at", "opened_at"),
    "bid": ("submitted_at",),
    "committee_member": ("appointed_at",),
    "process_action": ("acted_at",),
    "award": ("registered_at", "decided_at"),
    "contract": ("signed_at", "started_on"),
    "amendment": ("approved_at",),
    "purchase_order": ("created_at",),
    "approval": ("approved_at",),
    "goods_receipt": ("posted_at",),
    "invoice": ("posted_at",),
    "gift": ("registered_at", "received_at", "offered_at"),
    "gift_exemption": ("approved_at", "valid_from"),
    "coi_declaration": ("declared_at",),
    "recusal": ("recused_at", "requested_at"),
    "wb_report": ("logged_at", "received_at"),
    "case_file": ("opened_at",),
    "case_person": ("valid_from",),
    "protection": ("decided_at", "risk_assessed_at"),
    "fx_rate": ("rate_date",),
    "delegation": ("valid_from",),
}

# Histories whose rows describe a present state: a row that ended before the extract is still delivered, and the end of
# an open row is known only from the day on which the next one begins.
ENDS_KNOWN_AT_END = ("assignment_hist", "pay_contract_hist", "grade", "org_unit", "party_group_hist", "relationship")

KINDS = ("exception", "review", "not_tested", "near_miss", "look_alike")


@dataclass(frozen=True)
class Answer:
    quarter: str
    attribute: str
    item: str
    result: str
    kind: str
    story: str


@dataclass(frozen=True)
class Category:
    """An equal-value group: grade, job family and what its members are paid before the individual spread."""

    code: str
    title: str
    grade_id: str
    job_family: str


def money(value: Any) -> Decimal:
    """Round to cents, half up."""
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def at(day: dt.date, hour: int = 9, minute: int = 30) -> dt.datetime:
    """The moment `hour:minute` of a day; at(day, 0, 0) says that the time is not known."""
    return dt.datetime(day.year, day.month, day.day, hour, minute)


def day_of(moment: dt.date | dt.datetime) -> dt.date:
    """The day of a date or timestamp."""
    return moment.date() if isinstance(moment, dt.datetime) else moment


def is_working_day(day: dt.date) -> bool:
    """Friday and Saturday are the weekend of Meridia (public holidays are the project's business)."""
    return day.weekday() not in (4, 5)


def working_day(day: dt.date) -> dt.date:
    """The day itself, or the next working day."""
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def add_working_days(day: dt.date, count: int) -> dt.date:
    """The working day `count` working days after (or, negative, before) a day."""
    step = dt.timedelta(days=1 if count >= 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def digest(*parts: Any) -> str:
    """A stable hash of 16 hex digits, as the source systems deliver bank accounts and addresses."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16].upper()


class Organisation:
    """The tables, the answer key, and constructors whose defaults are innocent."""

    def __init__(self, seed: int = SEED) -> None:
        self.seed = seed
        self.tables: dict[str, list[Row]] = {entity: [] for entity in COLUMNS}
        self.answers: list[Answer] = []
        self.categories: dict[str, Category] = {}
        self.touched: set[str] = set()  # persons who already play a part: take_employee() passes them over
        self.without_owner: set[str] = set()  # parties whose owners the register does not know
        self._index: dict[tuple[str, str], Row] = {}
        self._employments: dict[str, list[Row]] = {}
        self._assignments: dict[str, list[Row]] = {}
        self._pay: dict[str, list[Row]] = {}
        self._parents: dict[str, str | None] = {}
        self._numbers: dict[str, int] = {}
        self._take_order: list[Row] | None = None
        self.random = self.random_for("organisation")

    # ---- rows -------------------------------------------------------------------------------------------------------

    def random_for(self, name: str) -> random.Random:
        """A generator of random numbers of one's own: what one module draws does not move the others."""
        return random.Random(f"{self.seed}/{name}")

    def add(self, entity: str, *, visible_from: dt.date | dt.datetime | None = None, **columns: Any) -> Row:
        """Append a row; columns not given are None, unknown columns are refused."""
        unknown = set(columns) - set(COLUMNS[entity])
        if unknown:
            raise KeyError(f"{entity} has no column {', '.join(sorted(unknown))}")
        row: Row = {name: columns.get(name) for name in COLUMNS[entity]}
        if visible_from is not None:
            row["_visible_from"] = day_of(visible_from)
        self.tables[entity].append(row)
        key = KEYS[entity]
        if len(key) == 1:
            if (entity, row[key[0]]) in self._index:
                raise ValueError(f"{entity}: {row[key[0]]} exists already")
            self._index[entity, row[key[0]]] = row
        if entity == "org_unit":
            self._parents[row["org_unit_id"]] = row["parent_id"]
        if entity == "employee":
            self._employments.setdefault(row["person_id"], []).append(row)
        if entity == "assignment_hist":
            self._assignments.setdefault(row["employee_id"], []).append(row)
        if entity == "pay_contract_hist":
            self._pay.setdefault(row["employee_id"], []).append(row)
        return row

    def change(self, row: Row, on: dt.date | dt.datetime, **columns: Any) -> Row:
        """From the day `on`, extracts show these values (a tender that is awarded, a recusal that ends)."""
        row.setdefault("_changes", []).append((day_of(on), columns))
        return row

    def get(self, entity: str, key: str) -> Row:
        """The row with this one-column key."""
        return self._index[entity, key]

    def has(self, entity: str, key: str) -> bool:
        """Whether a row with this one-column key exists."""
        return (entity, key) in self._index

    def select(self, entity: str, **where: Any) -> list[Row]:
        """All rows whose columns have these values, in the order in which they were added."""
        return [row for row in self.tables[entity] if all(row[name] == value for name, value in where.items())]

    def next_id(self, prefix: str, width: int = 4) -> str:
        """A fresh identifier: next_id('G-2026-') is 'G-2026-0001', then 'G-2026-0002', ..."""
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}{self._numbers[prefix]:0{width}d}"

    # ---- answers ----------------------------------------------------------------------------------------------------

    def answer(
        self,
        attribute_id: str,
        quarters: str | Iterable[str],
        item: Mapping[str, Any],
        result: str,
        note: str,
        kind: str | None = None,
    ) -> None:
        """
        Record what must be found (or must not) for one item.

        `item` holds the grain columns in grain order. `result` is EXCEPTION, REVIEW[:reason], NOT_TESTED:reason, PASS
        or NOT_APPLICABLE[:reason]; `kind` follows from it, except that a look-alike must be named ('look_alike').
        """
        if kind is None:
            kind = {"EXCEPTION": "exception", "REVIEW": "review", "NOT_TESTED": "not_tested"}.get(
                result.partition(":")[0], "near_miss"
            )
        if kind not in KINDS:
            raise ValueError(f"{kind} is not one of {', '.join(KINDS)}")
        text = ", ".join(f"{name}={'' if value is None else value}" for name, value in item.items())
        for quarter in [quarters] if isinstance(quarters, str) else quarters:
            if quarter not in QUARTERS:
                raise ValueError(f"{quarter} is not one of {', '.join(QUARTERS)}")
            self.answers.append(Answer(quarter, attribute_id, text, result, kind, " ".join(note.split())))

    # ---- people -----------------------------------------------------------------------------------------------------

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

    # ---- parties and procurement ------------------------------------------------------------------------------------

    def new_party(
        self,
        legal_name: str,
        role_flags: str = "vendor",
        *,
        group_id: str | None = None,
        group_from: dt.date = dt.date(2020, 1, 1),
        is_listed: bool = False,
        created_at: dt.datetime = dt.datetime(2020, 1, 5, 8, 15),
        country: str = "MR",
        owners_unknown: bool = False,
        **columns: Any,
    ) -> Row:
        """
        A party with its own bank account. role_flags: see README (vendor, bidder, licensee, trader, public_body).

        One that does business and for which nobody records an owner is given a nameless one at the end, unless
        `owners_unknown` says that the register is to be silent.
        """
        party_id = columns.pop("party_id", None) or self.next_id("00001", 5)
        row = self.add(
            "party",
            party_id=party_id,
            role_flags=role_flags,
            legal_name=legal_name,
            group_id=group_id,
            created_at=created_at,
            **{
                "name_norm": " ".join(legal_name.upper().split()),
                "tax_id": f"3{int(digest('tax', party_id)[:11], 16) % 10**14:014d}",
                "registration_no": f"CR-{int(digest('registration', party_id)[:8], 16) % 10**7:07d}",
                "country": country,
                "status": "active",
                "address_hash": digest("party address", party_id),
                "phone_hash": digest("party phone", party_id),
                "email_domain": f"v{party_id[-4:]}.example",
                "is_listed": is_listed,
                **columns,
            },
        )
        if owners_unknown:
            self.without_owner.add(party_id)
        if group_id is not None:
            self.add("party_group_hist", party_id=party_id, group_id=group_id, valid_from=group_from)
        self.add(
            "vendor_bank",
            party_id=party_id,
            bank_account_hash=digest("vendor bank", party_id),
            iban_last4=digest("iban", party_id)[-4:],
            valid_from=day_of(created_at),
            changed_at=created_at,
        )
        return row

    def new_owner(
        self,
        party: str | Row,
        person: str | Row | None = None,
        *,
        owner_party: str | Row | None = None,
        owner_name: str | None = None,
        share_pct: Any = None,
        role: str = "owner",
        valid_from: dt.date = dt.date(2020, 1, 1),
        valid_to: dt.date | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """An owner, director, manager or bid representative of a party: a person, another party, or a bare name."""
        if person is not None:
            self.touch(person)
            owner_name = owner_name or self.get("person", self.person_id(person))["full_name_latin"]
        if owner_party is not None:
            owner_name = owner_name or self.get("party", key_of(owner_party, "party_id"))["legal_name"]
        return self.add(
            "party_ownership",
            ownership_id=self.next_id("OW", 5),
            party_id=key_of(party, "party_id"),
            owner_person_id=None if person is None else self.person_id(person),
            owner_party_id=None if owner_party is None else key_of(owner_party, "party_id"),
            owner_name=owner_name,
            owner_national_id_hash=None
            if person is None
            else self.get("person", self.person_id(person))["national_id_hash"],
            share_pct=None if share_pct is None else Decimal(str(share_pct)),
            role=role,
            source="commercial_register",
            valid_from=valid_from,
            valid_to=valid_to,
            visible_from=visible_from,
        )

    def complete_owners(self) -> None:
        """Give every party in business that nobody owns a nameless owner (generate.py calls it at the end)."""
        owned = {row["party_id"] for row in self.tables["party_ownership"]} | self.without_owner
        for party in self.tables["party"]:
            if party["role_flags"] != "public_body" and party["party_id"] not in owned:
                self.new_owner(party, owner_name=f"Holding {party['party_id'][-4:]} of Meridia", share_pct="100")

    def new_tender(
        self,
        *,
        awarded_on: dt.date | None,
        winner: str | Row | None,
        losers: Iterable[str | Row] = (),
        committee: Iterable[str | Row] = (),
        need_owner: str | Row | None = None,
        spec_author: str | Row | None = None,
        approver: str | Row | None = None,
        title: str = "Supply of office materials",
        category: str = "goods",
        method: str = "open",
        amount: Any = "480000",
        cancelled: bool = False,
        lots: int = 0,
        statements: bool = True,
        actions: bool = True,
        contract: bool = True,
        days: int = 60,
        tender_id: str | None = None,
    ) -> Row:
        """
        A tender that is innocent by construction, with everything that belongs to it.

        `days` before `awarded_on` (decision or cancellation): specification; publication 5 days later; opening 32 days
        before, evaluation from 28 to 10 days before, approval and award on the day. `committee` = chair, secretary,
        evaluators...; whoever is not given is left out. `statements`: every member, need owner, author and approver
        gives a tender-specific statement (no interest) before the first action. `actions`: draft_spec, scores, votes,
        approval, signature are logged. With `lots` > 0 each lot has its own bids and award, all to the winner, and the
        actions stay on the tender. Returns the row of `tender`; for the rest: select('bid', tender_id=...) and so on.
        """
        import tender

        name = self.person_id
        return tender.build(
            self,
            decided_on=awarded_on or dt.date(2026, 12, 1),
            awarded=awarded_on is not None and not cancelled,
            cancelled=cancelled,
            winner=None if winner is None else key_of(winner, "party_id"),
            losers=[key_of(party, "party_id") for party in losers],
            committee=[name(who) for who in committee],
            need_owner=None if need_owner is None else name(need_owner),
            spec_author=None if spec_author is None else name(spec_author),
            approver=None if approver is None else name(approver),
            title=title,
            category=category,
            method=method,
            amount=money(amount),
            lots=lots,
            statements=statements,
            actions=actions,
            contract=contract,
            days=days,
            tender_id=tender_id,
        )

    def new_member(
        self,
        tender: str | Row,
        who: str | Row,
        role: str,
        appointed_at: dt.datetime,
        *,
        lot_id: str | None = None,
        ended_at: dt.datetime | None = None,
    ) -> Row:
        """A committee member."""
        self.touch(who)
        return self.add(
            "committee_member",
            member_id=self.next_id("CM", 5),
            tender_id=key_of(tender, "tender_id"),
            lot_id=lot_id,
            person_id=self.person_id(who),
            role=role,
            appointed_at=appointed_at,
            ended_at=ended_at,
        )

    def new_action(
        self,
        context: str | Row,
        who: str | Row,
        action: str,
        acted_at: dt.datetime | None,
        *,
        context_type: str = "tender",
        lot_id: str | None = None,
        substantive: bool | None = None,
        on_behalf_of: str | Row | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """A logged action; `substantive` defaults to everything but view and assign."""
        self.touch(who)
        return self.add(
            "process_action",
            action_log_id=self.next_id("A", 6),
            context_type=context_type,
            context_id=key_of(context, f"{context_type}_id" if context_type != "tender" else "tender_id"),
            lot_id=lot_id,
            person_id=self.person_id(who),
            action=action,
            acted_at=acted_at,
            substantive=action not in ("view", "assign") if substantive is None else substantive,
            on_behalf_of=None
            if on_behalf_of is None
            else self.identity("process_action", "on_behalf_of", on_behalf_of),
            visible_from=visible_from,
        )

    def new_bid(
        self,
        tender: str | Row,
        party: str | Row,
        submitted_at: dt.datetime,
        amount: Any,
        *,
        lot_id: str | None = None,
        status: str = "valid",
        rank_no: int | None = None,
        consortium_id: str | None = None,
        **columns: Any,
    ) -> Row:
        """A bid."""
        return self.add(
            "bid",
            bid_id=self.next_id("B", 5),
            tender_id=key_of(tender, "tender_id"),
            lot_id=lot_id,
            party_id=key_of(party, "party_id"),
            submitted_at=submitted_at,
            amount=money(amount),
            currency=CURRENCY,
            status=status,
            rank_no=rank_no,
            consortium_id=consortium_id,
            **columns,
        )

    def new_award(
        self,
        tender: str | Row,
        party: str | Row,
        amount: Any,
        decided_at: dt.datetime | None,
        decided_by: str | Row | None,
        *,
        lot_id: str | None = None,
        registered_at: dt.datetime | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """An award, entered in the system when it is decided unless `registered_at` says later."""
        return self.add(
            "award",
            award_id=self.next_id("AW", 4),
            tender_id=key_of(tender, "tender_id"),
            lot_id=lot_id,
            party_id=key_of(party, "party_id"),
            amount=money(amount),
            currency=CURRENCY,
            decided_at=decided_at,
            decided_by=self.identity(
                "award", "decided_by", decided_by, None if decided_at is None else decided_at.date()
            ),
            visible_from=visible_from,
        )

    def new_purchase_order(
        self,
        party: str | Row,
        requester: str | Row | None,
        created_by: str | Row | None,
        created_at: dt.datetime,
        amount: Any,
        *,
        approver: str | Row | None = None,
        contract_id: str | None = None,
        po_type: str | None = None,
        po_id: str | None = None,
        delivered: bool = True,
        **columns: Any,
    ) -> Row:
        """
        A purchase order; without contract_id a direct one.

        With an approver it is approved the same day; delivered, it has a receipt and an invoice.
        """
        po_id = po_id or self.next_id("45000", 5)
        row = self.add(
            "purchase_order",
            po_id=po_id,
            party_id=key_of(party, "party_id"),
            contract_id=contract_id,
            po_type=po_type or ("direct" if contract_id is None else "call_off"),
            created_at=created_at,
            created_by=self.identity("purchase_order", "created_by", created_by, created_at.date()),
            requester=self.identity("purchase_order", "requester", requester, created_at.date()),
            amount=money(amount),
            currency=CURRENCY,
            **{"cost_centre": "CC1300", "status": "released", "deleted": False, **columns},
        )
        for who in (requester, created_by, approver):
            if who is not None:
                self.touch(who)
        if approver is not None:
            self.add(
                "approval",
                doc_type="po",
                doc_id=po_id,
                level_no=1,
                approver_id=self.identity("approval", "approver_id", approver, created_at.date()),
                decision="approved",
                approved_at=created_at + dt.timedelta(minutes=95),
                limit_amount=money(1000000),
            )
        if delivered:
            _deliver(self, row)
        return row

    # ---- ethics -----------------------------------------------------------------------------------------------------

    def new_gift(
        self,
        recipient: str | Row,
        giver: str | Row | None,
        value: Any,
        received_at: dt.date | None,
        *,
        disposition: str = "accepted_kept",
        registered_at: dt.datetime | str | None = "next working day",
        approver: str | Row | None = "ethics officer",
        approved_at: dt.datetime | str | None = "day before",
        **columns: Any,
    ) -> Row:
        """
        A gift of the register; without further words registered on the next working day.

        An accepted one is approved by the ethics officer on the day before; any other one is handed over with evidence
        on the next working day. Accepted gifts are innocent only from givers that are no prohibited source.
        """
        self.touch(recipient)
        day = received_at or columns.get("offered_at") or LAST.start
        next_day = add_working_days(day, 1)
        accepted = disposition.startswith("accepted")
        if registered_at == "next working day":
            registered_at = at(next_day, 10, 5)
        if approver == "ethics officer":
            approver = self.ethics_officer if accepted else None
        if approved_at == "day before":
            approved_at = at(add_working_days(day, -1), 11, 20) if approver is not None else None
        party = None if giver is None else self.get("party", key_of(giver, "party_id"))
        values: Row = {
            "gift_id": None,
            "recipient_person_id": self.person_id(recipient),
            "recipient_employee_id": self.employee_id(recipient, day),
            "beneficiary": "self",
            "giver_name": None if party is None else party["legal_name"],
            "giver_party_id": None if party is None else party["party_id"],
            "direction": "received" if accepted else "offered",
            "category": "goods",
            "description": "Presentation set",
            "value": None if value is None else Decimal(str(value)),
            "currency": CURRENCY,
            "value_basis": "invoice",
            "offered_at": received_at,
            "received_at": received_at,
            "registered_at": registered_at,
            "disposition": disposition,
            "disposition_evidence": None if accepted else "hand-over note " + digest("note", day, value)[:6],
            "disposition_at": None if accepted else next_day,
            "approval_required": accepted,
            "approved_by": None if approver is None else self.identity("gift", "approved_by", approver, day),
            "approved_at": approved_at,
        } | columns
        values["gift_id"] = values["gift_id"] or self.next_id(f"G-{day.year}-")
        return self.add("gift", **values)

    def new_exemption(
        self,
        exemption_code: str,
        *,
        who: str | Row | None = None,
        party: str | Row | None = None,
        valid_from: dt.date,
        valid_to: dt.date | None = None,
        approver: str | Row | None = "ethics officer",
        approved_at: dt.datetime | None = None,
        reason: str = "State protocol",
    ) -> Row:
        """An approved exemption from the gift rule."""
        if approver == "ethics officer":
            approver = self.ethics_officer
        return self.add(
            "gift_exemption",
            exemption_id=self.next_id("EX", 4),
            exemption_code=exemption_code,
            person_id=None if who is None else self.person_id(who),
            party_id=None if party is None else key_of(party, "party_id"),
            approved_by=None if approver is None else self.identity("gift_exemption", "approved_by", approver),
            approved_at=approved_at or at(add_working_days(valid_from, -3)),
            valid_from=valid_from,
            valid_to=valid_to,
            reason=reason,
        )

    def new_declaration(
        self,
        who: str | Row,
        declared_at: dt.datetime | None,
        *,
        kind: str = "event",
        counterparty: str | Row | None = None,
        nature: str | None = None,
        related: str | Row | None = None,
        context: str | Row | None = None,
        context_type: str | None = None,
        **columns: Any,
    ) -> Row:
        """A declaration of interest; with `context` (a tender) a tender-specific statement."""
        self.touch(who)
        party = None if counterparty is None else self.get("party", key_of(counterparty, "party_id"))
        if context is not None:
            context_type, kind = (
                context_type or "tender",
                "tender" if kind == "event" and context_type in (None, "tender") else kind,
            )
        values: Row = {
            "declaration_id": None,
            "person_id": self.person_id(who),
            "kind": kind,
            "context_type": context_type,
            "context_id": None if context is None else key_of(context, f"{context_type}_id"),
            "counterparty_name": None if party is None else party["legal_name"],
            "counterparty_party_id": None if party is None else party["party_id"],
            "nature": nature,
            "related_person_id": None if related is None else self.person_id(related),
            "declared_at": declared_at,
            "channel": "e_form",
            "version": 1,
        } | columns
        values["declaration_id"] = values["declaration_id"] or self.next_id("D", 5)
        return self.add("coi_declaration", **values)

    def new_recusal(
        self,
        who: str | Row,
        context: str | Row,
        recused_at: dt.datetime | None,
        *,
        context_type: str = "tender",
        lot_id: str | None = None,
        ended_at: dt.datetime | None = None,
        recorded_in: str = "system",
        requested_at: dt.datetime | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """A recusal from a tender (or one lot), a contract or a purchase order."""
        self.touch(who)
        return self.add(
            "recusal",
            recusal_id=self.next_id("RC", 4),
            person_id=self.person_id(who),
            context_type=context_type,
            context_id=key_of(context, {"po": "po_id"}.get(context_type, f"{context_type}_id")),
            lot_id=lot_id,
            requested_at=requested_at or recused_at,
            recused_at=recused_at,
            ended_at=ended_at,
            recorded_in=recorded_in,
            visible_from=visible_from,
        )

    # ---- people and cases -------------------------------------------------------------------------------------------

    def new_hr_action(
        self,
        who: str | Row,
        action_type: str,
        adverse_tier: str,
        decision_date: dt.date | None,
        *,
        effective_date: dt.date | None = None,
        initiated_date: dt.date | None = None,
        initiated_by: str | Row | None = None,
        recommended_by: str | Row | None = None,
        decided_by: str | Row | None = None,
        **columns: Any,
    ) -> Row:
        """An HR action; by default initiated a week before by the manager, decided by the manager's manager."""
        self.touch(who)
        day = decision_date or effective_date or LAST.start
        initiator = initiated_by or self.manager(who, day)
        decider = decided_by or self.manager(who, day, 2) or initiator
        return self.add(
            "hr_action",
            **{
                "action_id": self.next_id("HA", 5),
                "employee_id": self.employee_id(who, day),
                "action_type": action_type,
                "adverse_tier": adverse_tier,
                "effective_date": effective_date or day + dt.timedelta(days=7),
                "decision_date": decision_date,
                "initiated_date": initiated_date or day - dt.timedelta(days=7),
                "initiated_by": self.identity("hr_action", "initiated_by", initiator, day),
                "recommended_by": self.identity("hr_action", "recommended_by", recommended_by or initiator, day),
                "decided_by": self.identity("hr_action", "decided_by", decider, day),
                "processed_by": self.identity("hr_action", "processed_by", self.hr_processor, day),
                "reason_code": "GENERAL",
                "consented": False,
                **columns,
            },
        )

    def new_report(
        self,
        reporter: str | Row | None,
        received_at: dt.datetime,
        *,
        reporter_kind: str = "named",
        channel: str = "report_platform",
        category: str = "bribery",
        case: str | Row | None = None,
        logged_at: dt.datetime | None = None,
        **columns: Any,
    ) -> Row:
        """A report; the reporter is marked as taken."""
        if reporter is not None:
            self.touch(reporter)
        return self.add(
            "wb_report",
            **{
                "report_id": self.next_id("WR", 4),
                "channel": channel,
                "channel_ref": "ref-" + digest("report", received_at, channel)[:8],
                "received_at": received_at,
                "received_by": self.identity("wb_report", "received_by", self.case_officer, received_at.date()),
                "logged_at": logged_at or received_at + dt.timedelta(hours=2),
                "reporter_kind": reporter_kind,
                "reporter_person_id": None if reporter is None else self.person_id(reporter),
                "identity_consent": False,
                "category": category,
                "acknowledged_at": received_at + dt.timedelta(days=3),
                "case_id": None if case is None else key_of(case, "case_id"),
                "screening": "in_scope",
                **columns,
            },
        )

    def new_case(
        self, opened_at: dt.datetime, *, category: str = "bribery", closed_at: dt.datetime | None = None, **columns: Any
    ) -> Row:
        """A case, open until `closed_at`."""
        row = self.add(
            "case_file",
            **{
                "case_id": self.next_id("CASE-", 4),
                "opened_at": opened_at,
                "severity": "medium",
                "category": category,
                "lead_investigator": self.identity(
                    "case_file", "lead_investigator", self.investigator, opened_at.date()
                ),
                "status": "open",
                "target_close": opened_at.date() + dt.timedelta(days=90),
                "recommendations_n": 0,
                "reportable": False,
                **columns,
            },
        )
        if closed_at is not None:
            self.change(
                row, closed_at, closed_at=closed_at, status="closed", outcome="unsubstantiated",
                approved_by=self.identity("case_file", "approved_by", self.ethics_officer, closed_at.date()),
            )  # fmt: skip
        return row

    def new_case_person(
        self,
        case: str | Row,
        who: str | Row,
        role: str,
        valid_from: dt.datetime,
        *,
        valid_to: dt.datetime | None = None,
        known_to_line_at: dt.datetime | None = None,
    ) -> Row:
        """Somebody's part in a case."""
        self.touch(who)
        return self.add(
            "case_person",
            case_id=key_of(case, "case_id"),
            person_id=self.person_id(who),
            role=role,
            valid_from=valid_from,
            valid_to=valid_to,
            known_to_line_at=known_to_line_at,
        )

    def new_protection(self, case: str | Row, who: str | Row, decided_at: dt.datetime, **columns: Any) -> Row:
        """Protection of a person in a case."""
        return self.add(
            "protection",
            **{
                "case_id": key_of(case, "case_id"),
                "person_id": self.person_id(who),
                "risk_assessed_at": decided_at - dt.timedelta(hours=4),
                "risk_level": "medium",
                "measure": "contact person named",
                "decided_at": decided_at,
                "checkin_due": decided_at.date() + dt.timedelta(days=30),
                "detriment_reported": False,
                **columns,
            },
        )

    # People of the organisation that several constructors name; organisation.py fills them (employee_id).
    ethics_officer: str = ""
    hr_processor: str = ""
    case_officer: str = ""
    investigator: str = ""
    storekeeper: str = ""
    accountant: str = ""
    buyer_unit: str = ""
    buyers: tuple[str, ...] = ()  # procurement staff who sit on committees and raise orders; without any tie to a party


def key_of(row: str | Row, column: str) -> str:
    """The key of a row, or the key itself."""
    return row if isinstance(row, str) else row[column]


def pay_years(start: dt.date) -> list[tuple[dt.date, dt.date | None]]:
    """The pay rows of an employment that begins on this day: before and from the general increase on."""
    increase = dt.date(2026, 1, 1)
    if start >= increase:
        return [(start, None)]
    return [(start, increase), (increase, None)]


def _deliver(organisation: Organisation, order: Row) -> None:
    created: dt.datetime = order["created_at"]
    received = at(add_working_days(created.date(), 6), 13, 10)
    organisation.add(
        "goods_receipt",
        gr_id=organisation.next_id("50000", 5),
        po_id=order["po_id"],
        line_no=1,
        posted_at=received,
        posted_by=organisation.identity("goods_receipt", "posted_by", organisation.storekeeper, received.date()),
        qty=Decimal(1),
        accepted=True,
    )
    invoiced = at(add_working_days(created.date(), 9), 9, 45)
    number = organisation.next_id("51056", 5)
    organisation.add(
        "invoice",
        invoice_id=number,
        party_id=order["party_id"],
        po_id=order["po_id"],
        invoice_no=f"INV/{number[-4:]}",
        invoice_no_norm=f"INV{number[-4:]}",
        invoice_date=invoiced.date() - dt.timedelta(days=2),
        posted_at=invoiced,
        posted_by=organisation.identity("invoice", "posted_by", organisation.accountant, invoiced.date()),
        amount=order["amount"],
        currency=order["currency"],
        status="paid",
    )
