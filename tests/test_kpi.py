"""Controls of kind kpi: what the loader asks of them, what is measured, and what is no figure."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from small import write_controls

from auditkit import measure, project, roll_forward
from auditkit.catalogue import load_catalogue
from auditkit.errors import AuditkitError
from auditkit.measure import OTHER, Breakdown, Measure
from auditkit.progress import Progress
from auditkit.roll_forward import RollForward
from auditkit.run import Options, Outcome, run

KPI = """\
id: KPI-RET
title: Returns
version: 1.0.0
kind: kpi
objective: The shop knows what comes back.
risk: Loss.
criteria:
  - {id: rule, text: Know it., source: House rules, article: "4"}
owner: Head of sales
measures:
  - id: KPI-RET-01
    title: Refunds
    definition: Refunds of all sales.
    query: refunds
    unit: percent
    direction: lower
    numerator: Refunds
    denominator: Sales
"""
REFUNDS = """\
WITH back AS (SELECT COUNT(*) AS n FROM refund), sold AS (SELECT COUNT(*) AS n FROM sale)
SELECT back.n AS numerator, sold.n AS denominator FROM back CROSS JOIN sold
"""
PARTS = Measure("K-2", "Parts", "d", "q", "percent", "neutral", "Parts", "All", Breakdown("Kind", ("a", "b")))
SHARE = Measure("K-1", "Share", "d", "q", "percent", "higher", "Part", "All")
DAYS = Measure("K-3", "Days", "d", "q", "days", "lower", "", "Cases")
STOCK = RollForward("K-4", "Stock", "d", "q", "Start", {"came": "Came"}, {"went": "Went"}, "End")


def kpi(root: Path, control: str = KPI, view: str = REFUNDS, **more: str) -> Path:
    return write_controls(root, more={"returns/control.yml": control, "returns/refunds.sql": view, **more})


def refused(root: Path, control: str, view: str = REFUNDS) -> str:
    with pytest.raises(AuditkitError) as told:
        load_catalogue(kpi(root, control, view))
    return str(told.value)


def test_a_measure_is_loaded_with_what_it_counts(tmp_path: Path) -> None:
    control = load_catalogue(kpi(tmp_path)).control("KPI-RET")

    (figure,) = control.measures
    assert (control.kind, figure.numerator, figure.denominator) == ("kpi", "Refunds", "Sales")
    assert (figure.counts_people, figure.at_least, figure.release) == (True, 10, "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    denominator: Sales\n", "", "lacks 'denominator'"),
        ("    numerator: Refunds\n", "", "lacks 'numerator'"),
        ("unit: percent", "unit: euros", "unit 'euros' is not known"),
        ("direction: lower", "direction: down", "direction 'down' is not known"),
        ("query: refunds", "query: refund_share", "names no view: 'refund_share'"),
        ("id: KPI-RET-01", "id: RET-01", "must begin with KPI-RET-"),
        ("    denominator: Sales\n", "    denominator: Sales\n    denominater: x\n", "did you mean 'denominator'?"),
        (
            "    denominator: Sales\n",
            "    denominator: Sales\n    release: masked_counts\n",
            "only a restricted control",
        ),
        ("    denominator: Sales\n", "    denominator: Sales\n    at_least: 4\n", "at_least 4 is too few"),
        (
            "    denominator: Sales\n",
            "    denominator: Sales\n    counts_people: maybe\n",
            "counts_people must be true",
        ),
        (
            "    denominator: Sales\n",
            "    denominator: Sales\n    breakdown: {title: T, values: sale.seller_id}\n",
            "'sale.seller_id' has no list of values",
        ),
        ("measures:", "populations: {}\nmeasures:", "a control of kind kpi has no 'populations'"),
        ("measures:", "measured:", "unknown key 'measured'"),
        ("kind: kpi", "kind: test", "lacks 'populations'"),
    ],
)
def test_what_a_measure_lacks_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in KPI
    message = refused(tmp_path, KPI.replace(old, new))

    assert said in message
    assert "controls/returns/control.yml:" in message


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("SELECT COUNT(*) AS numerator FROM refund", "refunds returns no column 'denominator'"),
        ("SELECT 1.5 AS numerator, COUNT(*) AS denominator FROM refund", "as 'numerator'"),
    ],
)
def test_a_view_must_return_whole_numbers_of_both(tmp_path: Path, view: str, said: str) -> None:
    assert said in refused(tmp_path, KPI, view)


def test_an_id_stands_once(tmp_path: Path) -> None:
    again = KPI + KPI.partition("measures:\n")[2]

    assert "the id 'KPI-RET-01' is taken" in refused(tmp_path, again)


def test_a_share_is_rounded_to_two_decimals_and_keeps_its_numbers() -> None:
    (row,) = measure.result(SHARE, SHARE.columns, [(1, 8)]).rows

    assert (row.numerator, row.denominator, row.value) == (1, 8, Decimal("12.50"))
    assert measure.result(SHARE, SHARE.columns, [(32, 277)]).rows[0].value == Decimal("11.55")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(0, 0)], "the denominator is 0: All"),
        ([(1, None)], "no denominator"),
        ([(None, 4)], "no numerator"),
        ([(5, 4)], "5 of 4 is no part of a whole"),
        ([(-1, 4)], "-1 of 4"),
        ([], "0 rows instead of one"),
        ([(1, 2), (1, 3)], "2 rows instead of one"),
    ],
)
def test_without_its_denominator_there_is_no_figure_but_a_reason(rows: list[tuple[int | None, ...]], why: str) -> None:
    found = measure.result(SHARE, SHARE.columns, rows)

    assert found.rows == ()
    assert why in str(found.not_measured)


def test_nought_of_many_is_a_figure() -> None:
    assert measure.result(SHARE, SHARE.columns, [(0, 9)]).rows[0].value == Decimal("0.00")


def test_a_breakdown_has_the_rows_of_its_list_whatever_the_data_says() -> None:
    found = measure.result(PARTS, PARTS.columns, [("b", 3, 10), ("somebody's name", 5, 10), (None, 2, 10)])

    assert [(row.category, row.numerator) for row in found.rows] == [("a", 0), ("b", 3), (OTHER, 7)]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("a", 3, 10), ("b", 6, 10)], "do not add up"),
        ([("a", 5, 10), ("b", 5, 9)], "different denominators"),
        ([], "the denominator is 0: All"),
    ],
)
def test_a_breakdown_must_add_up(rows: list[tuple[str, int, int]], why: str) -> None:
    found = measure.result(PARTS, PARTS.columns, rows)

    assert found.rows == ()
    assert why in str(found.not_measured)


def test_a_median_comes_with_the_number_behind_it() -> None:
    assert measure.result(DAYS, DAYS.columns, [(20.0, 3)]).rows[0].value == Decimal("20.00")
    assert "the denominator is 0" in str(measure.result(DAYS, DAYS.columns, [(None, 0)]).not_measured)
    assert "no value" in str(measure.result(DAYS, DAYS.columns, [(None, 3)]).not_measured)


def test_a_roll_forward_ties_or_says_that_it_does_not() -> None:
    assert STOCK.columns == ("opening", "came", "went", "closing")
    assert roll_forward.result(STOCK, STOCK.columns, [(41, 30, 6, 65)]).ties
    assert not roll_forward.result(STOCK, STOCK.columns, [(41, 30, 6, 64)]).ties
    assert roll_forward.result(STOCK, STOCK.columns, [(0, 0, 0, 0)]).ties


@pytest.mark.parametrize("rows", [[], [(1, 1, 1, 1), (1, 1, 1, 1)], [(1, None, 1, 1)], [(1, -1, 1, -1)]])
def test_a_roll_forward_without_all_its_numbers_is_none(rows: list[tuple[int | None, ...]]) -> None:
    found = roll_forward.result(STOCK, STOCK.columns, rows)

    assert found.numbers == {}
    assert "control error" in str(found.not_measured)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    kpi(tmp_path)
    text = '[organisation]\nname = "Shop"\ncurrency = "EUR"\n[run]\nquarter = "2026-Q3"\n[worker]\nmemory = "300MB"\n'
    (tmp_path / "auditkit.toml").write_text(text, encoding="utf-8")
    return tmp_path


def run_shop(shop: Path, refunds: int, sales: int, quarter: str = "2026-Q3", *select: str) -> Outcome:
    folder = shop / "extracts" / quarter
    folder.mkdir(parents=True, exist_ok=True)
    sold = "\n".join(f"S{n},P1,10.00" for n in range(sales))
    (folder / "sale.csv").write_text(f"sale_id,seller_id,value\n{sold}\n", encoding="utf-8")
    if refunds:
        back = "\n".join(f"R{n},S{n}" for n in range(refunds))
        (folder / "refund.csv").write_text(f"refund_id,sale_id\n{back}\n", encoding="utf-8")
    return run(project.load(shop / "auditkit.toml"), Options(quarter, select), Progress())


def test_a_run_keeps_what_was_shown_and_the_next_quarter_shows_it_again(shop: Path) -> None:
    first = run_shop(shop, 3, 40, "2026-Q2")
    second = run_shop(shop, 8, 40)

    kept = first.run.manifest["programme"]["figures"]["KPI-RET-01"]["rows"][0]
    assert (kept["numerator"], kept["value"]) == ("< 5", "withheld")
    (before,) = second.run.previous
    assert before.programme["figures"]["KPI-RET-01"]["rows"] == [kept]
    (shown,) = second.run.programme.shown
    assert (shown.figures[0].rows[0].numerator, shown.figures[0].rows[0].denominator) == (8, 40)


def test_data_that_was_not_delivered_is_no_figure_and_not_concluded(shop: Path) -> None:
    outcome = run_shop(shop, 0, 40)

    (shown,) = outcome.run.programme.shown
    assert str(shown.figures[0].not_measured) == "not delivered: refund"
    assert not outcome.run.concluded


def test_a_measured_control_can_be_chosen_by_itself_or_by_its_figure(shop: Path) -> None:
    for word in ("KPI-RET", "kpi-ret-01"):
        outcome = run_shop(shop, 8, 40, "2026-Q3", word)
        assert outcome.run.controls == ()
        assert [each.control.id for each in outcome.run.programme.shown] == ["KPI-RET"]
