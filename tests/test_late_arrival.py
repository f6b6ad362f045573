"""What is registered after its quarter: exactly one quarter tests it, and the register says that it came late."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import duckdb
import pytest
from small import CONTRACT, CONTROL, write_controls

from auditkit import project as projects
from auditkit.period import Quarters
from auditkit.progress import Progress
from auditkit.run import Options, Outcome, run

TOML = """\
[organisation]
name = "A small shop"
currency = "EUR"
[run]
quarter = "2026-Q1"
cut_off_days = 7
[run.cut_offs]
"2026-Q2" = "2026-07-20"
[worker]
memory = "300MB"
"""
DATED = CONTRACT.replace(
    "      - {name: secret,",
    "      - {name: sold_on, logicalType: date, physicalType: DATE, classification: C1, description: Day of the sale.}\n"
    "      - {name: entered_at, logicalType: timestamp, physicalType: TIMESTAMP, classification: C1, description: Entry.}\n"
    "      - {name: secret,",
)
IN_PERIOD = """\
SELECT sale_id, seller_id, value, COALESCE(sold_on < $period_start, FALSE) AS late_arriving
FROM sale
WHERE
    (entered_at IS NULL OR entered_at < $cut_off)
    AND sold_on < $period_end
    AND (sold_on >= $period_start OR entered_at >= $previous_cut_off)
"""
LABELS = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1")
QUARTERS = Quarters(1, 7, {"2026-Q2": dt.date(2026, 7, 20)})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    write_controls(root, contract=DATED, population=IN_PERIOD, control=CONTROL)
    (root / "auditkit.toml").write_text(TOML, encoding="utf-8")
    return root


def sales() -> dict[str, tuple[dt.date, dt.datetime]]:
    """Sales of three quarters, each entered later: at random, and on both sides of every boundary."""
    choice = random.Random(7)
    found: dict[str, tuple[dt.date, dt.datetime]] = {}
    for label in LABELS[:3]:
        period = QUARTERS.period(label)
        days = [
            period.start,
            period.last_day,
            *(period.start + dt.timedelta(days=choice.randrange(90)) for _ in range(8)),
        ]
        moments = [dt.datetime.combine(day, dt.time(9)) + dt.timedelta(hours=choice.randrange(4800)) for day in days]
        for cut in (QUARTERS.period(each).cut_off for each in LABELS):
            edge = dt.datetime.combine(cut, dt.time())
            days += [period.last_day] * 2
            moments += [edge, edge - dt.timedelta(seconds=1)]
        for day, moment in zip(days, moments, strict=True):
            if moment.date() >= day:
                found[f"S{len(found):03d}"] = (day, moment)
    return found


def owner(day: dt.date, moment: dt.datetime) -> str | None:
    """The quarter of the event if it was known by its cut-off, else the one in whose time it became known, if any."""
    for label in LABELS:
        period = QUARTERS.period(label)
        if day < period.end and moment.date() < period.cut_off:
            return label
    return None


def outcomes(shop: Path) -> dict[str, Outcome]:
    """Run every quarter on all that is known by now, which is more than was known when the quarter ended."""
    project = projects.load(shop / "auditkit.toml")
    rows = [f"{name},P1,60,{day},{moment}" for name, (day, moment) in sales().items()]
    found = {}
    for label in LABELS:
        path = shop / "extracts" / label / "sale.csv"
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(["sale_id,seller_id,value,sold_on,entered_at", *rows]) + "\n", encoding="utf-8")
        declared = dt.datetime.combine(project.period(label).last_day, dt.time(8)) + dt.timedelta(days=30)
        found[label] = run(project, Options(label, declared_at=declared), Progress())
    return found


@pytest.mark.slow
def test_exactly_one_quarter_tests_what_arrives_late_and_the_register_says_so(shop: Path) -> None:
    owned = {name: (owner(day, moment), day) for name, (day, moment) in sales().items()}
    expected = {name: label for name, (label, _) in owned.items() if label is not None}
    late = {name for name, label in expected.items() if owned[name][1] < QUARTERS.period(label).start}
    tested: dict[str, list[str]] = {}
    arrived = set()
    with duckdb.connect() as connection:
        for label, outcome in outcomes(shop).items():
            folder = outcome.folder / "evidence" / "results"
            for (name,) in connection.execute(
                "SELECT sale_id FROM read_parquet(?)", [str(folder / "SAL-01.parquet")]
            ).fetchall():
                tested.setdefault(name, []).append(label)
            rows = connection.execute(
                "SELECT item, state, late_arriving, first_quarter FROM read_parquet(?)",
                [str(folder / "register_item.parquet")],
            ).fetchall()
            for item, state, came_late, first in rows:
                name = item.removeprefix("sale_id=")
                assert first == expected[name]
                assert state == ("new" if label == first else "out of period")
                arrived |= {name} if came_late else set()

    assert tested == {name: [label] for name, label in expected.items()}
    assert arrived == late
    assert len(late) > 10
    assert set(owned) - set(expected)  # what became known at the last cut-off is nobody's yet
    assert {expected[name] for name in late} == set(LABELS[1:])
