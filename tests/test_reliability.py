"""Reliability of the extracts: each check with a failure planted, both sides of its limit, and what it stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from auditkit import reliability
from auditkit.delivery import ControlTotal, DeliveryNote
from auditkit.entity import Column, DataModel, Entity, Rule
from auditkit.errors import ExtractError, ProjectError
from auditkit.expectation import Expectation, Outcome
from auditkit.extract import Extracts, FailedExtract, LoadedExtract, load_extracts
from auditkit.period import Quarters
from auditkit.project import ReliabilityOverride
from auditkit.reliability import Check, Policy, Reliability, assess
from auditkit.table_load import LoadedEntity

PERIOD = Quarters(1, 7).period("2026-Q3")


def column(name: str, kind: str = "VARCHAR", **more: Any) -> Column:
    return Column(name, kind, more.pop("required", False), more.pop("classification", "C1"), f"The {name}.", **more)


def entity(name: str, columns: Sequence[Column], key: Sequence[str], **more: Any) -> Entity:
    return Entity(name, name.title(), f"Each {name}.", "shop", "Shop", tuple(columns), tuple(key), **more)


SELLER = entity("seller", [column("seller_id", required=True), column("name", classification="C2")], ["seller_id"])
RULES = (
    Rule("sale.amount_range", "between", ("amount",), {"minimum": "0", "maximum": "1000.00"}, "An amount is not much."),
    Rule(
        "sale.currency_spelling", "pattern", ("currency",), {"pattern": "^[A-Z]{3}$"}, "A currency has three letters."
    ),
    Rule("sale.order", "compare", ("sold_on", "paid_on"), {"operator": "<="}, "Paid on the day or later."),
    Rule("sale.receipt_once", "unique", ("receipt",), {}, "A receipt is used once."),
)
SALE = entity(
    "sale",
    [
        column("sale_id", required=True),
        column("seller_id", references=("seller", "seller_id")),
        column("kind", required=True, enum=("cash", "card")),
        column("amount", "DECIMAL(18,2)"),
        column("currency"),
        column("sold_on", "DATE"),
        column("paid_on", "DATE"),
        column("receipt"),
        column("complaint", required=True, classification="C4"),
    ],
    ["sale_id"],
    quality=RULES,
    control_totals=("amount",),
    period_column="sold_on",
)
PRICE = entity(
    "price",
    [
        column("item", required=True),
        column("valid_from", "DATE", required=True),
        column("valid_to", "DATE"),
        column("value", "DECIMAL(18,2)"),
    ],
    ["item", "valid_from"],
    history=True,
)
SECRET = entity(
    "secret",
    [column("secret_id", required=True, classification="C4"), column("sale_id", classification="C4", references=("sale", "sale_id"))],
    ["secret_id"],
    restricted=True,
)  # fmt: skip
MODEL = DataModel({one.name: one for one in (SELLER, SALE, PRICE, SECRET)})
NOTE = DeliveryNote(
    path="note",
    system="Till",
    environment="production",
    report="sales",
    filters="none",
    user="clerk",
    extracted_at=dt.datetime(2026, 10, 8, 6),
    period=(dt.date(2026, 7, 1), dt.date(2026, 9, 30)),
)
READS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "SAL-01": {"sale": frozenset({"sale_id", "amount"})},
    "SAL-02": {"sale": frozenset({"sale_id", "seller_id", "kind"}), "seller": frozenset({"seller_id"})},
    "PRI-01": {"price": frozenset({"item", "value"})},
    "SEC-01": {"secret": frozenset({"secret_id"}), "sale": frozenset({"sale_id", "complaint"})},
}


@dataclass
class World:
    """Loaded tables and what was said of them, with one file per table unless another is given."""

    connection: duckdb.DuckDBPyConnection
    files: list[LoadedExtract] = field(default_factory=list)
    failed: list[FailedExtract] = field(default_factory=list)

    def deliver(self, name: str, rows: Sequence[Mapping[str, Any]], **more: Any) -> LoadedExtract:
        """Load `rows` into the table of `name`; what is not given is missing. Return the file it came from."""
        one, path = MODEL.entities[name], more.pop("path", f"{name}.csv")
        columns = more.pop("columns", tuple(item.name for item in one.columns))
        for number, row in enumerate(rows, 2):
            given = {**row, "_source_file": path, "_source_row": number}
            names, marks = ", ".join(given), ", ".join("?" * len(given))
            self.connection.execute(f"INSERT INTO {name} ({names}) VALUES ({marks})", list(given.values()))
        filtered, rejected = more.pop("filtered", 0), more.pop("rejected", 0)
        delivered = len(rows) + filtered + rejected
        unread, sentinels = more.pop("unread", 0), more.pop("sentinels", 0)
        part = LoadedEntity(name, delivered, filtered, len(rows), rejected, unread, sentinels, columns)
        note = more.pop("note", replace(NOTE, rows=delivered, sha256="ab" * 32))
        file = LoadedExtract(path, "ab" * 32, 100, "utf-8", "csv", delivered, note, None, (part,), one.restricted)
        self.files.append(replace(file, **more))
        return self.files[-1]

    def sales(self, *changes: Mapping[str, Any], count: int = 100, **more: Any) -> LoadedExtract:
        """Load `count` sound sales over the quarter, the first of them with `changes`."""
        self.deliver("seller", [{"seller_id": "P1", "name": "Someone"}])
        rows = [
            {
                "sale_id": f"S{number:04}",
                "seller_id": "P1",
                "kind": "cash",
                "amount": Decimal("1.10"),
                "currency": "SAR",
                "sold_on": dt.date(2026, 7 + number % 3, 15),
                "paid_on": dt.date(2026, 9, 15),
                "receipt": f"R{number}",
                "complaint": "none",
            }
            for number in range(count)
        ]
        for number, change in enumerate(changes):
            rows[number] |= change
        return self.deliver("sale", rows, **more)

    def assess(self, policy: Policy | None = None, **more: Any) -> Reliability:
        extracts = Extracts(tuple(self.files), (), tuple(self.failed))
        given: dict[str, Any] = {"reads": READS, "policy": policy or Policy(), "restricted": frozenset({"SEC-01"})}
        return assess(self.connection, MODEL, extracts, PERIOD, **(given | more))

    def check(self, identifier: str, subject: str, title: str = "", policy: Policy | None = None, **more: Any) -> Check:
        """Return the one check of that id and subject whose title begins with `title`."""
        checks = self.assess(policy, **more).checks
        (found,) = [c for c in checks if (c.id, c.subject) == (identifier, subject) and c.title.startswith(title)]
        return found


@pytest.fixture
def world() -> Iterator[World]:
    with duckdb.connect() as connection:
        for one in MODEL.entities.values():
            connection.execute(one.create_sql())
        connection.execute(
            "CREATE TABLE unread_cell (source_file VARCHAR, source_row BIGINT, entity VARCHAR, column_name VARCHAR, "
            "found VARCHAR, reason VARCHAR, restricted BOOLEAN)"
        )
        yield World(connection)


@pytest.fixture
def quick(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose contract rules are taken as met, for tests of what is not Great Expectations' business."""

    class Met:
        def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
            self.connection = connection

        def __enter__(self) -> Met:
            return self

        def __exit__(self, *raised: object) -> None:
            """Nothing was opened."""

        def validate(self, table: str, expectations: Sequence[Expectation]) -> tuple[Outcome, ...]:
            return (Outcome(1, 0),) * len(expectations)

    monkeypatch.setattr(reliability, "Session", Met)
    return world


def test_sound_extracts_pass_and_every_check_has_its_denominator(world: World) -> None:
    world.sales(note=replace(NOTE, rows=100, sha256="ab" * 32, control_totals=(total("110.00"),)))
    world.deliver("price", [{"item": "A", "valid_from": dt.date(2026, 1, 1)}])

    found = world.assess()

    assert {c.status for c in found.checks} == {"passed", "not_performed"}
    assert {c.subject for c in found.checks if c.status == "not_performed"} == {"seller", "price"}  # no control total
    assert all(c.population > 0 for c in found.checks)
    assert found.blocked == {}


def test_a_table_that_is_not_delivered_gets_no_check(world: World) -> None:
    world.deliver("seller", [{"seller_id": "P1"}])

    assert {c.subject.split(".")[0] for c in world.assess().checks} == {"seller"}


# IPE-01: origin


def test_a_note_that_is_silent_on_the_origin_fails_without_stopping_anything(quick: World) -> None:
    quick.sales(note=replace(NOTE, user="", extracted_at=None, rows=100, sha256="ab" * 32))

    check = quick.check("IPE-01", "sale.csv")

    assert (check.status, check.found) == ("failed", "missing: user, extracted at")
    assert check.blocks == ()


def test_a_note_that_states_a_limitation_is_one_and_no_block(quick: World) -> None:
    quick.sales(note=DeliveryNote("note", limitation="published, no totals"))

    found = quick.assess()

    check = next(c for c in found.checks if (c.id, c.subject) == ("IPE-01", "sale.csv"))
    assert check.status == "limitation"
    assert "published, no totals" in check.detail
    assert found.blocked == {}


def test_without_a_note_nothing_of_it_is_performed(quick: World) -> None:
    quick.sales(note=None)

    about = [c for c in quick.assess().checks if c.subject in ("sale.csv", "sale.amount") and c.id[:3] == "IPE"]
    about = [c for c in about if c.id < "IPE-05"]

    assert {c.id for c in about} == {"IPE-01", "IPE-02", "IPE-03", "IPE-04"}
    assert {c.status for c in about} == {"not_performed"}
    assert all("no delivery note" in c.detail for c in about)


# IPE-02: the file and its note


@pytest.mark.parametrize(
    ("rows", "digest", "status"),
    [
        (100, "ab" * 32, "passed"),
        (99, "ab" * 32, "failed"),
        (101, "ab" * 32, "failed"),
        (100, "cd" * 32, "failed"),
        (None, "cd" * 32, "failed"),
        (None, "ab" * 32, "limitation"),
        (100, "", "limitation"),
        (None, "", "not_performed"),
    ],
)
def test_rows_and_hash_are_those_of_the_note(quick: World, rows: int | None, digest: str, status: str) -> None:
    quick.sales(note=replace(NOTE, rows=rows, sha256=digest))

    check = quick.check("IPE-02", "sale.csv")

    assert check.status == status
    assert check.blocks == (("SAL-01", "SAL-02") if status == "failed" else ())


def test_a_file_that_could_not_be_used_stops_who_reads_what_it_feeds(quick: World) -> None:
    quick.sales()
    quick.failed.append(FailedExtract("sale_2.csv", ExtractError("the file is cut off"), ("sale",), False))

    found = quick.assess()

    check = next(c for c in found.checks if c.subject == "sale_2.csv")
    assert (check.id, check.status, check.detail) == ("IPE-02", "failed", "the file is cut off")
    assert found.blocked["SAL-01"] == ("data: IPE-02 sale_2.csv",)


# IPE-03: control totals


def total(
    value: str, measure: Any = "sum", column: str | None = "amount", query: Any = "independent", **more: Any
) -> ControlTotal:
    return ControlTotal(
        more.get("entity", "sale"), measure, column, Decimal(value), more.get("source", "ledger"), query
    )


@pytest.mark.parametrize(
    ("stated", "status"),
    [
        (total("110.00"), "passed"),
        (total("110"), "passed"),
        (total("110.01"), "failed"),
        (total("109.99"), "failed"),
        (total("100", "rows", None), "passed"),
        (total("101", "rows", None), "failed"),
        (total("100", "distinct", "sale_id"), "passed"),
        (total("99", "distinct", "sale_id"), "failed"),
        (total("110.00", query="same"), "not_performed"),
        (total("1.00", query="same"), "not_performed"),
        (total("110.00", query=None), "not_performed"),
        (total("110.00", source=""), "not_performed"),
        (total("110.00", column="amuont"), "not_performed"),
        (total("110.00", column="currency"), "not_performed"),
    ],
)
def test_only_an_independent_total_decides_and_to_the_cent(quick: World, stated: ControlTotal, status: str) -> None:
    quick.sales(note=replace(NOTE, rows=100, sha256="ab" * 32, control_totals=(stated,)))

    checks = [c for c in quick.assess().checks if c.id == "IPE-03" and c.subject.startswith("sale")]

    assert checks[0].population == 100
    assert status in {c.status for c in checks}
    assert {c.status for c in checks} <= {status, "not_performed"}  # the contract wants amount, whatever else is given
    assert [c.blocks for c in checks if c.status == "failed"] == ([("SAL-01", "SAL-02")] if status == "failed" else [])


def test_a_total_may_differ_by_the_tolerance_and_not_by_more(quick: World) -> None:
    quick.sales(note=replace(NOTE, control_totals=(total("110.05"),)))

    assert quick.check("IPE-03", "sale.amount", policy=Policy(total_tolerance=Decimal("0.05"))).status == "passed"
    assert quick.check("IPE-03", "sale.amount", policy=Policy(total_tolerance=Decimal("0.04"))).status == "failed"


def test_totals_are_added_without_floats(quick: World) -> None:
    large = {"amount": Decimal("9007199254740993.01")}
    quick.sales(large, note=replace(NOTE, control_totals=(total("9007199254741101.91"),)))

    assert quick.check("IPE-03", "sale.amount").status == "passed"


def test_a_total_is_that_of_its_own_file(quick: World) -> None:
    quick.sales(note=replace(NOTE, control_totals=(total("110.00"),)))
    more = [{"sale_id": "T1", "amount": Decimal("5.00"), "sold_on": dt.date(2026, 7, 1)}]
    quick.deliver("sale", more, path="sale_2.csv", note=replace(NOTE, control_totals=(total("5.01"),)))

    totals = [c for c in quick.assess().checks if (c.id, c.subject) == ("IPE-03", "sale.amount")]

    assert sorted(c.status for c in totals) == ["failed", "passed"]


def test_a_difference_is_explained_by_what_was_not_loaded(quick: World) -> None:
    note = replace(NOTE, control_totals=(total("120.00"),))
    quick.sales(note=note, rejected=2, filtered=3, unread=1)

    check = quick.check("IPE-03", "sale.amount")

    assert check.detail == (
        "difference -10.00; 2 rows without their key; 3 rows left out by the mapping; 1 cells that could not be read"
    )


def test_a_row_rejected_for_want_of_its_key_was_delivered_all_the_same(quick: World) -> None:
    quick.sales(note=replace(NOTE, control_totals=(total("102", "rows", None),)), rejected=2)

    assert quick.check("IPE-03", "sale").status == "passed"


def test_a_total_that_names_no_table_of_the_file_is_not_performed(quick: World) -> None:
    quick.sales(note=replace(NOTE, control_totals=(total("1", entity="refund"),)))

    check = quick.check("IPE-03", "sale.csv")

    assert check.status == "not_performed"
    assert "names the table 'refund'; the file feeds sale" in check.detail


# IPE-04: the quarter


@pytest.mark.parametrize(
    ("start", "end", "drawn", "status"),
    [
        ("2026-07-01", "2026-09-30", "2026-10-08", "passed"),
        ("2026-07-01", "2026-10-01", "2026-10-08", "passed"),
        ("2025-01-01", "2026-12-31", "2026-10-08", "passed"),
        ("2026-07-02", "2026-09-30", "2026-10-08", "failed"),
        ("2026-07-01", "2026-09-29", "2026-10-08", "failed"),
        ("2026-04-01", "2026-06-30", "2026-10-08", "failed"),
        ("2026-07-01", "2026-09-30", "2026-10-07", "limitation"),
        ("2026-07-01", "2026-09-30", "2026-10-01", "limitation"),
        ("2026-07-01", "2026-09-30", "2026-09-30", "failed"),
        ("", "", "2026-10-08", "limitation"),
        ("2026-07-01", "2026-09-30", "", "limitation"),
        ("", "", "", "not_performed"),
    ],
)
def test_the_note_says_that_the_extract_is_of_the_quarter(
    quick: World, start: str, end: str, drawn: str, status: str
) -> None:
    period = (dt.date.fromisoformat(start), dt.date.fromisoformat(end)) if start else None
    moment = dt.datetime.fromisoformat(drawn) if drawn else None
    quick.sales(note=replace(NOTE, period=period, extracted_at=moment))

    check = quick.check("IPE-04", "sale.csv")

    assert check.status == status
    assert check.blocks == (("SAL-01", "SAL-02") if status == "failed" else ())


def test_every_month_of_the_quarter_must_hold_a_date(quick: World) -> None:
    july = {"sold_on": dt.date(2026, 7, 31)}
    quick.sales(july, {}, {"sold_on": dt.date(2026, 9, 1)}, count=3)  # one date in each month
    assert quick.check("IPE-04", "sale.sold_on").status == "passed"

    quick.connection.execute("UPDATE sale SET sold_on = DATE '2026-07-31' WHERE sold_on < DATE '2026-09-01'")
    check = quick.check("IPE-04", "sale.sold_on")

    assert (check.status, check.failures) == ("failed", 1)
    assert check.found == "2026-07: 2, 2026-08: 0, 2026-09: 1"
    assert check.blocks == ("SAL-01", "SAL-02")


def test_another_quarters_extract_with_a_few_dates_of_this_one_fails(quick: World) -> None:
    earlier = [{"sold_on": dt.date(2026, 4 + number % 3, 10)} for number in range(90)]
    quick.sales(*earlier, count=93)  # 30 a month until June, then one a month
    policy = Policy(sparse_share=Decimal("0.1"))
    assert quick.check("IPE-04", "sale.sold_on", policy=policy).status == "failed"

    for number in range(6):  # 9 of the 90 that the months before lead to expect: exactly a tenth
        row = {"sale_id": f"T{number}", "sold_on": dt.date(2026, 7, 5)}
        quick.connection.execute("INSERT INTO sale (sale_id, sold_on) VALUES (?, ?)", list(row.values()))
    assert quick.check("IPE-04", "sale.sold_on", policy=policy).status == "passed"


def test_dates_that_are_all_missing_fail(quick: World) -> None:
    quick.sales(count=3)
    quick.connection.execute("UPDATE sale SET sold_on = NULL")

    check = quick.check("IPE-04", "sale.sold_on")

    assert (check.status, check.found) == ("failed", "no date at all")


def test_coverage_by_a_column_that_was_not_delivered_is_not_performed(quick: World) -> None:
    delivered = tuple(c.name for c in SALE.columns if c.name != "sold_on")
    quick.deliver("sale", [{"sale_id": "S1"}], columns=delivered)

    assert quick.check("IPE-04", "sale.sold_on").status == "not_performed"


def test_an_empty_extract_fails_and_no_rule_passes_on_it(quick: World) -> None:
    quick.deliver("seller", [{"seller_id": "P1"}])
    quick.deliver("sale", [])

    found = quick.assess()

    holds = next(c for c in found.checks if (c.id, c.subject) == ("IPE-04", "sale"))
    assert (holds.status, holds.blocks) == ("failed", ("SAL-01", "SAL-02"))
    assert found.blocked["SEC-01"] == ("data: IPE-04 sale",)
    of_rows = [c for c in found.checks if c.subject.startswith("sale.") and not c.subject.endswith(".csv")]
    assert {c.status for c in of_rows} == {"not_performed"}


def test_one_empty_file_of_two_fails(quick: World) -> None:
    quick.sales()
    quick.deliver("sale", [], path="sale_2.csv")

    check = quick.check("IPE-04", "sale_2.csv", "The extract holds rows")

    assert (check.status, check.blocks) == ("failed", ("SAL-01", "SAL-02"))


# IPE-05: what could not be read


@pytest.mark.parametrize(("unread", "status"), [(1, "limitation"), (2, "failed")])
def test_unread_cells_are_a_limitation_up_to_the_limit(quick: World, unread: int, status: str) -> None:
    quick.sales(*[{"amount": None}] * unread, unread=unread)
    for number in range(unread):
        cell = ["sale.csv", number + 2, "sale", "amount", f"ten {number}", "not a number", False]
        quick.connection.execute("INSERT INTO unread_cell VALUES (?, ?, ?, ?, ?, ?, ?)", cell)

    check = quick.check("IPE-05", "sale.amount", policy=Policy(unread_share=Decimal("0.01")))

    assert (check.status, check.population, check.failures) == (status, 100, unread)
    assert "ten 0" in check.detail
    assert check.blocks == ()


@pytest.mark.parametrize(("rejected", "status"), [(0, "passed"), (1, "limitation"), (2, "failed")])
def test_rejected_rows_are_a_limitation_up_to_the_limit(quick: World, rejected: int, status: str) -> None:
    quick.sales(count=100 - rejected, rejected=rejected, filtered=50)

    check = quick.check("IPE-05", "sale.csv", "Every row", policy=Policy(unread_share=Decimal("0.01")))

    assert (check.status, check.population, check.failures) == (status, 100, rejected)


def test_a_file_without_unread_cells_passes(quick: World) -> None:
    quick.sales()

    assert quick.check("IPE-05", "sale.csv", "Every cell").status == "passed"


# IPE-06 and IPE-07: keys and references


def test_a_key_that_stands_twice_fails_with_the_rows_that_share_it(world: World) -> None:
    world.sales({"sale_id": "S0099"}, {"sale_id": "S0098"})

    check = world.check("IPE-06", "sale.sale_id")

    plain = world.connection.execute(
        "SELECT SUM(n) FROM (SELECT COUNT(*) AS n FROM sale GROUP BY sale_id HAVING COUNT(*) > 1)"
    ).fetchone()
    assert (check.status, check.population, (check.failures,)) == ("failed", 100, plain)
    assert check.detail == "for example sale_id S0098; sale_id S0099"
    assert check.blocks == ("SAL-01", "SAL-02")


@pytest.mark.parametrize(("orphans", "status"), [(0, "passed"), (1, "limitation"), (2, "failed")])
def test_references_without_a_target_are_a_limitation_up_to_the_limit(world: World, orphans: int, status: str) -> None:
    world.sales(*[{"seller_id": "P9"}] * orphans)

    check = world.check("IPE-07", "sale.seller_id", policy=Policy(orphan_share=Decimal("0.01")))

    plain = world.connection.execute(
        "SELECT COUNT(*) FROM sale WHERE seller_id NOT IN (SELECT seller_id FROM seller)"
    ).fetchone()
    assert (check.status, check.population, (check.failures,)) == (status, 100, plain)
    assert check.detail == ("for example seller_id P9" if orphans else "")
    assert check.blocks == (("SAL-02",) if orphans == 2 else ())  # SAL-01 reads no seller


def test_a_missing_reference_is_no_orphan(world: World) -> None:
    world.sales({"seller_id": None})

    check = world.check("IPE-07", "sale.seller_id")

    assert (check.status, check.population) == ("passed", 99)


def test_a_reference_to_a_table_that_was_not_delivered_is_not_performed(world: World) -> None:
    world.sales()
    world.files = [file for file in world.files if file.path != "seller.csv"]

    check = world.check("IPE-07", "sale.seller_id")

    assert (check.status, check.detail) == ("not_performed", "seller was not delivered")


# IPE-08: required values


@pytest.mark.parametrize(("missing", "status"), [(0, "passed"), (1, "limitation"), (2, "failed")])
def test_required_values_may_be_missing_up_to_the_limit(world: World, missing: int, status: str) -> None:
    world.sales(*[{"kind": None}] * missing)

    check = world.check("IPE-08", "sale.kind", policy=Policy(null_share=Decimal("0.01")))

    assert (check.status, check.population, check.failures) == (status, 100, missing)


def test_more_missing_values_than_last_quarter_fail(world: World) -> None:
    world.sales(*[{"kind": None}] * 7)
    policy = Policy(null_share=Decimal("0.5"), null_rise=Decimal("0.05"))

    assert world.check("IPE-08", "sale.kind", policy=policy).status == "limitation"
    before = {"sale.kind": Decimal("0.02")}
    assert world.check("IPE-08", "sale.kind", policy=policy, previous=before).status == "limitation"  # 5 points
    before = {"sale.kind": Decimal("0.0199")}
    risen = world.check("IPE-08", "sale.kind", policy=policy, previous=before)
    assert risen.status == "failed"
    assert "last quarter 1.99% were missing" in risen.detail


def test_the_shares_of_missing_values_are_kept_for_the_next_quarter(world: World) -> None:
    world.sales({"kind": None})

    assert world.assess().missing_shares == {"sale.kind": Decimal("0.01")}  # the restricted column is not among them


def test_a_column_that_was_not_delivered_has_no_rule(world: World) -> None:
    world.deliver("sale", [{"sale_id": "S1", "sold_on": dt.date(2026, 7, 1)}], columns=("sale_id", "sold_on"))

    subjects = {c.subject for c in world.assess().checks if c.id in ("IPE-06", "IPE-07", "IPE-08", "DQ-01", "DQ-02")}

    assert subjects == {"sale.sale_id"}


# IPE-12: validity


def prices(*periods: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {
            "item": item,
            "valid_from": dt.date.fromisoformat(start),
            "valid_to": dt.date.fromisoformat(end) if end else None,
        }
        for item, start, end in periods
    ]


@pytest.mark.parametrize(
    ("rows", "overlaps"),
    [
        (prices(("A", "2026-01-01", "2026-03-01"), ("A", "2026-03-01", "")), 0),
        (prices(("A", "2026-01-01", "2026-03-02"), ("A", "2026-03-01", "")), 1),
        (prices(("A", "2026-01-01", ""), ("A", "2026-03-01", "")), 1),
        (prices(("A", "2026-01-01", ""), ("B", "2026-01-01", "")), 0),
        (prices(("A", "2026-01-01", "2027-01-01"), ("A", "2026-02-01", "2026-03-01"), ("A", "2027-01-01", "")), 1),
    ],
)
def test_two_periods_of_one_owner_do_not_overlap(quick: World, rows: list[dict[str, Any]], overlaps: int) -> None:
    quick.deliver("price", rows)

    check = quick.check("IPE-12", "price")

    assert (check.status, check.failures) == ("failed" if overlaps else "passed", overlaps)
    assert check.blocks == (("PRI-01",) if overlaps else ())


@pytest.mark.parametrize(
    ("rows", "gaps"),
    [
        (prices(("A", "2026-01-01", "2026-03-01"), ("A", "2026-03-01", "")), 0),
        (prices(("A", "2026-01-01", "2026-02-28"), ("A", "2026-03-01", "")), 1),
        (prices(("A", "2026-01-01", "2027-01-01"), ("A", "2026-02-01", "2026-03-01"), ("A", "2027-01-01", "")), 0),
        (prices(("A", "2026-01-01", "2026-02-01"), ("A", "2026-03-01", "2026-04-01"), ("A", "2026-05-01", "")), 1),
    ],
)
def test_periods_of_one_owner_leave_no_gap(quick: World, rows: list[dict[str, Any]], gaps: int) -> None:
    quick.deliver("price", rows)

    check = quick.check("IPE-12", "price.valid_from", policy=Policy(gap_share=Decimal(0)))

    assert (check.status, check.failures, check.population) == ("failed" if gaps else "passed", gaps, 1)


@pytest.mark.parametrize(("gaps", "status"), [(1, "limitation"), (2, "failed")])
def test_owners_with_gaps_are_a_limitation_up_to_the_limit(quick: World, gaps: int, status: str) -> None:
    rows = []
    for number in range(20):
        end = "2026-02-01" if number < gaps else "2026-03-01"
        rows += prices((f"I{number}", "2026-01-01", end), (f"I{number}", "2026-03-01", ""))
    quick.deliver("price", rows)

    assert quick.check("IPE-12", "price.valid_from", policy=Policy(gap_share=Decimal("0.05"))).status == status


@pytest.mark.parametrize(
    ("end", "status"), [("2026-01-02", "passed"), ("2026-01-01", "failed"), ("2025-12-31", "failed")]
)
def test_validity_ends_after_it_begins(quick: World, end: str, status: str) -> None:
    quick.deliver("price", prices(("A", "2026-01-01", end)))

    check = quick.check("IPE-12", "price.valid_to")

    assert check.status == status
    assert check.blocks == (("PRI-01",) if status == "failed" else ())


def test_validity_without_its_end_is_not_performed(quick: World) -> None:
    quick.deliver("price", prices(("A", "2026-01-01", "")), columns=("item", "valid_from", "value"))

    checks = [c for c in quick.assess().checks if c.id == "IPE-12"]

    assert len(checks) == 3
    assert {(c.status, c.detail) for c in checks} == {("not_performed", "not delivered: valid_to")}


def test_sentinel_dates_are_counted(quick: World) -> None:
    quick.deliver("price", prices(("A", "2026-01-01", "")), sentinels=1)

    check = quick.check("IPE-12", "price", "Dates")

    assert (check.status, check.found) == ("passed", "1 dates")


# The contract's own rules


@pytest.mark.parametrize(
    ("change", "identifier", "subject", "sql"),
    [
        ({"kind": "cheque"}, "DQ-01", "sale.kind", "kind NOT IN ('cash', 'card')"),
        ({"amount": Decimal("-0.01")}, "DQ-02", "sale.amount", "amount < 0 OR amount > 1000"),
        ({"amount": Decimal("1000.01")}, "DQ-02", "sale.amount", "amount < 0 OR amount > 1000"),
        ({"currency": "SARS"}, "DQ-02", "sale.currency", "currency NOT SIMILAR TO '[A-Z]{3}'"),
        ({"paid_on": dt.date(2026, 7, 14)}, "DQ-02", "sale.sold_on, paid_on", "sold_on > paid_on"),
        ({"receipt": "R99"}, "DQ-02", "sale.receipt", "receipt = 'R99'"),
    ],
)
def test_a_broken_rule_fails_with_the_count_of_plain_sql_and_stops_nothing(
    world: World, change: dict[str, Any], identifier: str, subject: str, sql: str
) -> None:
    world.sales(change)

    found = world.assess()

    check = next(c for c in found.checks if (c.id, c.subject) == (identifier, subject))
    plain = world.connection.execute(f"SELECT COUNT(*) FROM sale WHERE {sql}").fetchone()
    assert (check.status, (check.failures,)) == ("failed", plain)
    assert [c for c in found.checks if c.status == "failed"] == [check]
    assert found.blocked == {}


def test_the_limits_themselves_are_kept(world: World) -> None:
    world.sales({"amount": Decimal("0.00")}, {"amount": Decimal("1000.00")}, {"paid_on": dt.date(2026, 9, 15)})

    assert world.check("DQ-02", "sale.amount").status == "passed"
    assert world.check("DQ-02", "sale.sold_on, paid_on").status == "passed"


def test_a_rule_that_cannot_be_evaluated_is_not_performed(world: World) -> None:
    world.sales({"sale_id": "S0099"})
    world.connection.execute("ALTER TABLE sale ALTER currency TYPE INTEGER USING 1")

    found = world.assess()

    broken = next(c for c in found.checks if (c.id, c.subject) == ("DQ-02", "sale.currency"))
    assert broken.status == "not_performed"
    assert "regexp_matches" in broken.detail
    assert next(c for c in found.checks if c.id == "IPE-06" and c.subject == "sale.sale_id").status == "failed"


def test_a_table_that_is_gone_leaves_its_checks_not_performed(world: World) -> None:
    world.sales()
    world.connection.execute("DROP TABLE sale")

    checks = [c for c in world.assess().checks if c.id in ("IPE-06", "IPE-07", "DQ-02")]

    assert {c.status for c in checks if c.subject.startswith("sale")} == {"not_performed"}
    assert {c.status for c in checks if c.subject.startswith("seller")} == {"passed"}


# What a failure stops, overrides, limits


def test_a_policy_decides_which_checks_stop_anything(world: World) -> None:
    world.sales({"sale_id": "S0099"}, {"amount": Decimal(-1)})

    assert set(world.assess(Policy(blocking=frozenset())).blocked) == set()
    assert world.assess(Policy(blocking=frozenset({"DQ-02"}))).blocked == {"SAL-01": ("data: DQ-02 sale.amount",)}


def test_an_override_turns_the_block_off_and_is_shown(world: World) -> None:
    world.sales({"sale_id": "S0099"})
    waiver = ReliabilityOverride("IPE-06", "sale.sale_id", "two tills share numbers", "M. Approver")
    policy = Policy(overrides=(waiver, replace(waiver, subject="price.item, valid_from")))
    world.deliver("price", prices(("A", "2026-01-01", "2026-02-01"), ("A", "2026-01-01", "2026-02-01")))

    found = world.assess(policy)

    check = next(c for c in found.checks if (c.id, c.subject) == ("IPE-06", "sale.sale_id"))
    assert (check.status, check.blocks) == ("failed", ())
    assert check.detail.endswith("overridden by M. Approver: two tills share numbers")
    assert found.blocked == {"PRI-01": ("data: IPE-12 price",)}  # an override of another check leaves this one


def test_an_override_says_nothing_on_a_check_that_passed(world: World) -> None:
    world.sales()
    policy = Policy(overrides=(ReliabilityOverride("IPE-06", "sale.sale_id", "shared numbers", "M. Approver"),))

    assert world.check("IPE-06", "sale.sale_id", policy=policy).detail == ""


def test_limits_and_overrides_are_read_from_the_project() -> None:
    waiver = ReliabilityOverride("IPE-06", "sale.sale_id", "reason", "approver")

    policy = Policy.of({"orphan_share": "0.02", "gap_share": "0"}, [waiver])

    assert (policy.orphan_share, policy.gap_share, policy.null_share) == (Decimal("0.02"), Decimal(0), Decimal("0.01"))
    assert policy.override("IPE-06", "sale.sale_id") == waiver
    assert policy.override("IPE-06", "sale") is None


@pytest.mark.parametrize(
    ("limits", "check", "message"),
    [
        ({"orphan_share": "2 %"}, "IPE-06", "reliability.orphan_share is '2 %'"),
        ({"orphan_share": "1.01"}, "IPE-06", "between 0 and 1"),
        ({"orphan_share": "-0.01"}, "IPE-06", "between 0 and 1"),
        ({"orphan_share": "NaN"}, "IPE-06", "between 0 and 1"),
        ({"orphans": "0.01"}, "IPE-06", "no limit 'orphans'"),
        ({}, "IPE-66", "names the check 'IPE-66'"),
    ],
)
def test_a_wrong_limit_or_an_unknown_check_is_refused(limits: dict[str, str], check: str, message: str) -> None:
    with pytest.raises(ProjectError) as refused:
        Policy.of(limits, [ReliabilityOverride(check, "sale", "reason", "approver")])

    assert message in str(refused.value)
    assert "auditkit.toml" in str(refused.value)


# Restricted tables and columns


def test_checks_of_restricted_tables_and_columns_are_restricted_and_no_others(world: World) -> None:
    world.sales({"complaint": None})
    world.deliver("secret", [{"secret_id": "X1", "sale_id": "S0001"}])

    checks = world.assess().checks

    restricted = {(c.id, c.subject) for c in checks if c.restricted}
    assert ("IPE-08", "sale.complaint") in restricted  # a C4 column of an open table
    assert ("IPE-07", "secret.sale_id") in restricted
    assert ("IPE-01", "secret.csv") in restricted
    assert {subject.partition(".")[0] for _, subject in restricted} == {"sale", "secret"}
    assert {subject for _, subject in restricted if subject.startswith("sale")} == {"sale.complaint"}
    assert not any("secret" in c.subject or "complaint" in c.subject for c in checks if not c.restricted)


def test_unread_cells_of_a_restricted_column_are_told_in_a_restricted_check_only(world: World) -> None:
    world.sales()
    cell = ["sale.csv", 2, "sale", "complaint", "SECRET WORD", "not a text", True]
    world.connection.execute("INSERT INTO unread_cell VALUES (?, ?, ?, ?, ?, ?, ?)", cell)

    checks = [c for c in world.assess().checks if c.id == "IPE-05"]

    told = next(c for c in checks if c.subject == "sale.complaint")
    assert told.restricted
    assert "SECRET WORD" in told.detail
    assert not any("SECRET" in c.detail or c.failures for c in checks if not c.restricted)


def test_an_open_check_names_no_attribute_of_a_restricted_control(world: World) -> None:
    world.sales({"sale_id": "S0099"})

    found = world.assess()

    check = next(c for c in found.checks if c.status == "failed")
    assert check.blocks == ("SAL-01", "SAL-02")
    assert found.blocked["SEC-01"] == ("data: IPE-06 sale.sale_id",)


def test_a_restricted_check_is_not_named_where_it_stops_an_open_attribute(world: World) -> None:
    file = world.sales(note=replace(NOTE, rows=1, sha256="ab" * 32))
    world.files[-1] = replace(file, restricted=True)  # the file feeds a restricted table as well

    found = world.assess()

    assert found.blocked["SAL-01"] == ("data: a check that the restricted edition shows",)
    assert found.blocked["SEC-01"] == ("data: IPE-02 sale.csv",)
    assert not any("sale.csv" in c.subject + c.title + c.detail for c in found.checks if not c.restricted)


# The whole path, from a file


def test_a_quarters_folder_is_assessed_as_it_was_loaded(tmp_path: Path) -> None:
    (tmp_path / "seller.csv").write_text("seller_id,name\nP1,Someone\n", encoding="utf-8")
    (tmp_path / "sale.csv").write_text(
        "sale_id,seller_id,kind,amount,currency,sold_on\n"
        "S1,P1,cash,1.00,SAR,2026-07-01\nS1,P2,card,ten,SAR,2026-08-01\n,P1,cash,1.00,SAR,2026-09-01\n",
        encoding="utf-8",
    )
    with duckdb.connect() as connection:
        extracts = load_extracts(connection, MODEL, tmp_path, (), include_restricted=False)

        found = assess(connection, MODEL, extracts, PERIOD, reads=READS, policy=Policy())

    status = {(c.id, c.subject, c.title.split()[1]): c.status for c in found.checks}
    assert status["IPE-06", "sale.sale_id", "key"] == "failed"
    assert status["IPE-07", "sale.seller_id", "is"] == "failed"
    assert status["IPE-05", "sale.amount", "cell"] == "failed"
    assert status["IPE-05", "sale.csv", "row"] == "failed"
    assert status["IPE-04", "sale.sold_on", "month"] == "failed"  # September's row was rejected
    assert status["IPE-01", "sale.csv", "origin"] == "not_performed"
    assert not any(c.restricted for c in found.checks)
    assert set(found.blocked) == {"SAL-01", "SAL-02", "SEC-01"}


def test_two_assessments_of_the_same_tables_are_equal(world: World) -> None:
    world.sales({"sale_id": "S0099"}, {"seller_id": "P9"}, {"kind": None})

    assert world.assess() == world.assess()
