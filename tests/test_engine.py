"""The test stage: whatever a query does, every item of the population ends with a result or a reason."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from small import ATTRIBUTE, QUERY, write_controls

from auditkit import accounting, engine
from auditkit.catalogue import load_catalogue
from auditkit.conclusion import CLEAN, conclude
from auditkit.errors import RunError
from auditkit.period import Quarters
from auditkit.reason import Reason
from auditkit.result import AttributeResult, Counts
from auditkit.worker import Limits, Worker

SALES = [("a", "P1", "50.00"), ("b", "P2", "50.01"), ("c", "P3", None), ("d", "P4", "10.00")]
DELIVERED = {
    "sale": frozenset({"sale_id", "seller_id", "value", "secret"}),
    "refund": frozenset({"refund_id", "sale_id"}),
}


class Bench:
    """Runs one attribute over a few sales, with what was delivered, rejected and blocked as given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.attribute = ATTRIBUTE

    def test(
        self,
        sql: str = QUERY,
        sales: list[tuple[str, str, str | None]] | None = None,
        delivered: dict[str, frozenset[str]] | None = None,
        rejected: int = 0,
        blocked: dict[str, tuple[Reason, ...]] | None = None,
        limit: str = "0.5",
        deadline: float = 60,
    ) -> AttributeResult:
        catalogue = load_catalogue(write_controls(self.folder, query=sql, attribute=self.attribute))
        path = self.folder / "run.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            for entity in catalogue.model.entities.values():
                connection.execute(entity.create_sql())
            for row in SALES if sales is None else sales:
                connection.execute("INSERT INTO sale (sale_id, seller_id, value) VALUES (?, ?, ?)", row)
            accounting.create_outstanding(connection)
        own: dict[str, object] = dict(Quarters().period("2026-Q3").parameters("EUR"))
        values = {"SAL": own | {"limit": Decimal(50)}, "": own}
        inputs = engine.Inputs(
            DELIVERED if delivered is None else delivered, {"sale": rejected}, blocked or {}, Decimal(limit)
        )
        with Worker(path, Limits("500MB", deadline, self.folder)) as worker:
            stage = engine.Stage(worker, catalogue, values, inputs, {})
            stage.make_views(catalogue.attributes, (), lambda _: None)
            result = stage.test(catalogue.attributes[0])
        self.outstanding = []
        with duckdb.connect(str(path)) as connection:
            self.outstanding = connection.execute(
                "SELECT item, result, reason, why FROM outstanding_item ORDER BY 1"
            ).fetchall()
        return result


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    yield Bench(tmp_path)


def test_a_message_is_one_sentence_also_where_values_are_missing(bench: Bench) -> None:
    bench.attribute = ATTRIBUTE.replace(
        "{amount} against the limit {limit}", "{person_id} sold for {amount} {currency} on {event_date}; limit {limit}"
    )
    bench.test(
        QUERY.replace(
            "    sale.value AS amount,",
            "    sale.value AS amount,\n    'EUR' AS currency,\n    CAST(NULL AS DATE) AS event_date,",
        ),
        sales=[("b", "P2", "1050.01"), ("c", "P3", None)],
    )

    assert [row[3] for row in bench.outstanding] == [
        "P2 sold for 1,050.01 EUR on a day not recorded; limit 50",
        "P3 sold for an amount not recorded on a day not recorded; limit 50",
    ]


def test_every_item_is_counted_once(bench: Bench) -> None:
    result = bench.test()

    assert result.counts == Counts(4, 2, 1, 0, 1, 0, {("NOT_TESTED", "value_missing"): 1})
    assert result.concluded
    assert result.amounts == {"": Decimal("50.01")}
    assert bench.outstanding[0] == ("sale_id=b", "EXCEPTION", None, "50.01 against the limit 50")


def test_an_inner_join_that_drops_an_item_is_caught(bench: Bench) -> None:
    result = bench.test(QUERY.replace("AS sale\n", "AS sale\nINNER JOIN refund ON refund.sale_id = sale.sale_id\n"))

    assert result.not_concluded[0] == "control error: 4 items of the population without a result"
    assert result.counts.not_tested == 4


def test_an_undelivered_table_is_not_tested_for_the_whole_population(bench: Bench) -> None:
    sql = QUERY.replace(
        "WHEN sale.value > $limit",
        "WHEN EXISTS (SELECT 1 AS x FROM refund AS r WHERE r.sale_id = sale.sale_id) AND sale.value > $limit",
    )
    result = bench.test(sql, delivered={"sale": DELIVERED["sale"]})

    assert result.not_concluded[0] == "not delivered: refund"
    assert result.counts.reasons == {("NOT_TESTED", "not_delivered"): 4}


def test_an_undelivered_column_is_named(bench: Bench) -> None:
    result = bench.test(delivered={"sale": frozenset({"sale_id", "seller_id"})})

    assert result.not_concluded[0] == "not delivered: sale.value"


def test_an_undelivered_population_is_not_concluded(bench: Bench) -> None:
    result = bench.test(delivered={}, sales=[])

    assert result.not_concluded == ("not delivered: sale",)
    assert result.counts.population == 0


def test_a_null_verdict_is_caught(bench: Bench) -> None:
    result = bench.test(QUERY.replace("ELSE 'PASS'\n", "WHEN sale.value < 20 THEN 'PASS'\n"))

    assert "1 results that are NULL" in result.not_concluded[0]


def test_a_duplicate_grain_is_caught(bench: Bench) -> None:
    result = bench.test(sales=[*SALES, ("d", "P5", "1.00")])

    assert "1 items twice in the population" in result.not_concluded[0]
    assert result.counts.passed == 0


def test_a_result_that_is_no_result_word_is_caught(bench: Bench) -> None:
    result = bench.test(QUERY.replace("'PASS'", "'OK'"))

    assert "2 results that are no result word" in result.not_concluded[0]


def test_not_tested_needs_a_reason(bench: Bench) -> None:
    result = bench.test(QUERY.replace("NOT_TESTED:value_missing", "NOT_TESTED"))

    assert "1 not tested without a reason" in result.not_concluded[0]


def test_a_query_that_fails_half_way_is_not_concluded(bench: Bench) -> None:
    result = bench.test(QUERY.replace("WHEN sale.value > $limit", "WHEN CAST(sale.seller_id AS INTEGER) > $limit"))

    assert result.not_concluded[0].startswith("control error: Conversion Error")
    assert result.counts.not_tested == result.counts.population == 4


def test_a_query_past_its_deadline_is_not_concluded(bench: Bench) -> None:
    endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 AS i FROM n WHERE i > 0)\n" + QUERY.replace(
        "WHEN sale.value > $limit", "WHEN sale.value > $limit + (SELECT MAX(i) FROM n)"
    )
    result = bench.test(endless, deadline=2)

    assert result.not_concluded[0] == "control error: stopped after 2 seconds"
    assert result.counts.not_tested == 4


def test_rejected_rows_stay_in_the_denominator(bench: Bench) -> None:
    result = bench.test(rejected=2)

    assert result.counts.population == 6
    assert result.counts.reasons[("NOT_TESTED", "rejected_without_key")] == 2


def test_an_empty_population_is_never_clean(bench: Bench) -> None:
    result = bench.test(sales=[])

    assert result.not_concluded == ("nil population",)


@pytest.mark.parametrize(("limit", "concluded"), [("0.25", True), ("0.24", False)])
def test_the_share_not_tested_decides_at_its_limit(bench: Bench, limit: str, concluded: bool) -> None:
    assert bench.test(limit=limit).concluded is concluded


def test_a_blocked_extract_is_not_concluded_but_still_counted(bench: Bench) -> None:
    result = bench.test(blocked={"SAL-01": (Reason.unreliable("IPE-03", "sale"),)})

    assert result.not_concluded == ("data: IPE-03 sale",)
    assert result.counts.exceptions == 1


def test_the_digest_does_not_depend_on_the_order_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = Bench(tmp_path / "a").test()
    other = Bench(tmp_path / "b").test(sales=list(reversed(SALES)))

    assert one.digest == other.digest != ""


def test_counts_that_do_not_add_up_cannot_exist() -> None:
    with pytest.raises(RunError, match="population 5"):
        Counts(population=5, passed=3, exceptions=1)


def test_the_conclusion_is_clean_only_when_everything_was_looked_at(bench: Bench) -> None:
    clean = bench.test(sales=[("a", "P1", "1.00")])
    waiting = bench.test()

    assert conclude(clean.counts, [clean]) == CLEAN
    assert conclude(waiting.counts, [waiting]) == "exceptions awaiting review (1)"
