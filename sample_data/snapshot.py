"""What the extracts of one quarter show: what was registered before its cut-off, in the state of that day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from plant import Organisation
from rows import CURRENCY, ENDS_KNOWN_AT_END, VISIBLE_BY, Quarter, Row, day_of, digest, money
from tables import COLUMNS, KEYS, REFERENCES

# entity -> (column that dates the row, months before the quarter's end from which rows are delivered)
LOOK_BACK = {"gift": ("registered_at", 18), "fx_rate": ("rate_date", 18), "hr_action": ("effective_date", 24)}


def months_before(day: dt.date, months: int) -> dt.date:
    """The first of the month `months` before the month of `day`."""
    count = day.year * 12 + day.month - 1 - months
    return dt.date(count // 12, count % 12 + 1, 1)


def take(organisation: Organisation, quarter: Quarter) -> dict[str, list[Row]]:
    """Return entity -> rows (canonical columns only), sorted by key, as known at the cut-off of the quarter."""
    chosen = {
        entity: [row for row in rows if _is_visible(entity, row, quarter)]
        for entity, rows in organisation.tables.items()
    }
    _add_parents(organisation, chosen)
    return {
        entity: sorted(
            (_state(entity, row, quarter.cut_off) for row in rows), key=lambda row, e=entity: _sort_key(e, row)
        )
        for entity, rows in chosen.items()
    }


def _is_visible(entity: str, row: Row, quarter: Quarter) -> bool:
    since = row.get("_visible_from") or next(
        (day_of(row[column]) for column in VISIBLE_BY.get(entity, ()) if row[column] is not None), None
    )
    if since is not None and since >= quarter.cut_off:
        return False
    if entity in LOOK_BACK:
        column, months = LOOK_BACK[entity]
        return row[column] is None or day_of(row[column]) >= months_before(quarter.end, months)
    return True


def _add_parents(organisation: Organisation, chosen: dict[str, list[Row]]) -> None:
    """Show with every row the rows it refers to; raises KeyError for a reference to nothing."""
    by_key: dict[str, dict[str, list[Row]]] = {}
    for target in set(REFERENCES.values()):
        column = KEYS[target][0]
        by_key[target] = {}
        for row in organisation.tables[target]:
            by_key[target].setdefault(row[column], []).append(row)
    shown = {entity: {row[KEYS[entity][0]] for row in rows} for entity, rows in chosen.items()}
    waiting = [(entity, row) for entity, rows in chosen.items() for row in rows]
    while waiting:
        entity, row = waiting.pop()
        for column in COLUMNS[entity]:
            target = REFERENCES.get((entity, column))
            if target is None or row[column] is None or row[column] in shown[target]:
                continue
            if row[column] not in by_key[target]:
                raise KeyError(f"{entity}.{column} = {row[column]}: there is no such {target}")
            shown[target].add(row[column])
            parents = by_key[target][row[column]][:1]
            chosen[target].extend(parents)
            waiting.extend((target, parent) for parent in parents)


def _state(entity: str, row: Row, cut_off: dt.date) -> Row:
    values = {column: row[column] for column in COLUMNS[entity]}
    for on, changed in row.get("_changes", []):
        if on < cut_off:
            values |= changed
    if entity in ENDS_KNOWN_AT_END and values["valid_to"] is not None and values["valid_to"] >= cut_off:
        values["valid_to"] = None
    return values


def _sort_key(entity: str, row: Row) -> tuple[str, ...]:
    return tuple(f"{row[column]:06d}" if isinstance(row[column], int) else str(row[column]) for column in KEYS[entity])


def payroll(organisation: Organisation, quarter: Quarter) -> list[Row]:
    """
    The payroll lines of the twelve months up to the quarter's end, derived from the pay rows.

    Base pay every month, by calendar days where a month is not whole; a transport allowance of six per cent at the end
    of each quarter. Planted lines (table payroll_line) are the caller's to add.
    """
    lines: list[Row] = []
    first = months_before(quarter.end, 12)
    pay: dict[str, list[Row]] = {}
    for row in organisation.tables["pay_contract_hist"]:
        pay.setdefault(row["employee_id"], []).append(row)
    bank = {row["employee_id"]: digest("salary account", row["person_id"]) for row in organisation.tables["employee"]}
    months = [months_before(first, -number) for number in range(12)]
    for number, rows in sorted(pay.items()):
        quarter_base = Decimal(0)
        for month in months:
            following = months_before(month, -1)
            amount = sum((_earned(row, month, following) for row in rows), Decimal(0))
            quarter_base += amount
            for line_no, (code, kind, value) in enumerate(
                (("1000", "base", amount), ("2010", "fixed_allowance", money(quarter_base * Decimal("0.06")))), 1
            ):
                if value == 0 or (line_no == 2 and month.month % 3):
                    continue
                lines.append(_line(month, following, number, line_no, code, kind, value, bank[number]))
            if month.month % 3 == 0:
                quarter_base = Decimal(0)
    return lines


def _earned(row: Row, month: dt.date, following: dt.date) -> Decimal:
    begin, end = max(row["valid_from"], month), min(row["valid_to"] or dt.date.max, following)
    if end <= begin or row["base_annual"] is None:
        return Decimal(0)
    return money(row["base_annual"] / 12 * (end - begin).days / (following - month).days)


def _line(
    month: dt.date, following: dt.date, number: str, line_no: int, code: str, kind: str, amount: Decimal, bank: str
) -> Row:
    return dict.fromkeys(COLUMNS["payroll_line"]) | {
        "payroll_run_id": f"{month:%Y-%m}",
        "employee_id": number,
        "line_no": line_no,
        "pay_date": month.replace(day=27),
        "earn_from": month,
        "earn_to": following - dt.timedelta(days=1),
        "element_code": code,
        "element_class": kind,
        "amount": amount,
        "currency": CURRENCY,
        "off_cycle": False,
        "bank_account_hash": bank,
    }
