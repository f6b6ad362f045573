"""
The sample organisation as tables of rows, its quarters, and the answer key.

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
from typing import Any, TypeVar

from tables import COLUMNS, KEYS

Row = dict[str, Any]
Thing = TypeVar("Thing")
SEED = 20261008
CURRENCY = "SAR"
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


def known(found: Thing | None) -> Thing:
    """What was looked up, which the story cannot do without."""
    if found is None:
        raise LookupError("the organisation has nobody to play this part")
    return found


def key_of(row: str | Row, column: str) -> str:
    """The key of a row, or the key itself."""
    return row if isinstance(row, str) else row[column]


class Rows:
    """The tables and the answer key."""

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
