"""The estimators against closed forms, published figures and the library's own full regression."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pytest

from auditkit import estimator
from auditkit.errors import ControlError

Rows = list[dict[str, Any]]
SPECIFICATION: Mapping[str, Any] = {
    "outcome": "outcome",
    "group": "member",
    "models": {"raw": [], "cell": ["C(cell)"]},
    "errors": "HC3",
    "min_rows": 30,
    "min_per_group": 10,
    "min_rows_per_parameter": 10,
}


@pytest.fixture
def connection() -> Iterable[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect(config={"threads": 1})
    yield opened
    opened.close()


def fill(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[float | None, bool | None, str, float]]) -> None:
    connection.execute("CREATE TABLE given (outcome DOUBLE, member BOOLEAN, cell VARCHAR, number DOUBLE)")
    for row in rows:
        connection.execute("INSERT INTO given VALUES (?, ?, ?, ?)", row)


def stirred(rows: Sequence[tuple[float, bool, str, float]]) -> list[tuple[float, bool, str, float]]:
    """Give the rows a little spread that no group mean sees."""
    return [(outcome + 0.01 * (-1) ** n, *rest) for n, (outcome, *rest) in enumerate(rows)]


def run(connection: duckdb.DuckDBPyConnection, **changed: Any) -> dict[str, dict[str, Any]]:
    connection.execute("DROP TABLE IF EXISTS statistic")
    estimator.run(connection, "statistic", "ordinary_least_squares", "given", {**SPECIFICATION, **changed})
    cursor = connection.execute("SELECT * FROM statistic ORDER BY place")
    names = [column[0] for column in cursor.description or ()]
    return {row[1]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def cells(*counted: tuple[int, bool, str, float]) -> list[tuple[float, bool, str, float]]:
    return [(math.log(amount), member, cell, 0.0) for n, member, cell, amount in counted for _ in range(n)]


def test_the_output_table_has_the_declared_columns(connection: duckdb.DuckDBPyConnection) -> None:
    fill(connection, cells((20, True, "A", 50), (20, False, "A", 60)))
    run(connection)
    described = [tuple(row[:2]) for row in connection.execute("DESCRIBE statistic").fetchall()]
    assert described == list(estimator.OUTPUT_COLUMNS)


def test_a_gap_that_lies_between_cells_vanishes_within_them(connection: duckdb.DuckDBPyConnection) -> None:
    # Simpson's paradox: means 60 and 90, hence a gap of 33.3 % in means, and none in either cell
    rows = cells((40, True, "1", 50), (10, False, "1", 50), (10, True, "2", 100), (40, False, "2", 100))
    fill(connection, stirred(rows))
    found = run(connection)
    assert float(found["raw"]["relative_gap"]) == pytest.approx(1 - math.exp(-0.6 * math.log(2)), abs=1e-8)
    assert abs(found["cell"]["relative_gap"]) < Decimal("0.00000001")
    assert found["raw"]["p_value"] < Decimal("0.001") < Decimal("0.9") < found["cell"]["p_value"]


def test_a_gap_within_cells_shows_though_the_means_agree(connection: duckdb.DuckDBPyConnection) -> None:
    # means 62.5 and 61.875: 1 % apart, and 10 % in each cell
    rows = cells((30, False, "1", 50), (10, False, "2", 100), (10, True, "1", 45), (6, True, "2", 90))
    fill(connection, stirred(rows))
    found = run(connection)
    assert found["cell"]["relative_gap"] == Decimal("0.10000000")
    assert found["cell"]["p_value"] < Decimal("0.000001")
    assert abs(found["raw"]["relative_gap"]) < Decimal("0.02")


def test_two_groups_give_the_closed_form_of_hc3(connection: duckdb.DuckDBPyConnection) -> None:
    stream = np.random.default_rng(1)
    group, other = stream.normal(4.0, 0.1, 17), stream.normal(4.2, 0.3, 25)
    rows = [(float(x), True, "A", 0.0) for x in group] + [(float(x), False, "A", 0.0) for x in other]
    fill(connection, rows)
    found = run(connection, models={"raw": []})["raw"]
    error = math.sqrt(sum(((x - x.mean()) ** 2).sum() / (len(x) - 1) ** 2 for x in (group, other)))
    assert float(found["estimate"]) == pytest.approx(group.mean() - other.mean(), abs=1e-8)
    assert float(found["standard_error"]) == pytest.approx(error, abs=1e-8)
    wide = 2.0210753903062737 * error  # Student's t, 0.975, 40 degrees of freedom (tables: 2.021)
    assert float(found["ci_high"] - found["ci_low"]) == pytest.approx(2 * wide, abs=1e-7)
    assert float(found["relative_gap"]) == pytest.approx(1 - math.exp(group.mean() - other.mean()), abs=1e-8)
    assert (found["n"], found["n_group"], found["n_other"], found["parameters"]) == (42, 17, 25, 2)


def test_absorbed_categories_give_what_the_full_regression_gives(connection: duckdb.DuckDBPyConnection) -> None:
    from statsmodels.api import OLS

    stream = np.random.default_rng(2)
    n = 400
    member, cell, place = stream.integers(0, 2, n), stream.integers(0, 9, n), stream.integers(0, 4, n)
    number = stream.normal(10, 4, n)
    outcome = 3 - 0.03 * member + 0.1 * cell - 0.05 * place + 0.002 * number + stream.normal(0, 0.02 + 0.01 * cell, n)
    connection.execute(
        "CREATE TABLE given (outcome DOUBLE, member BOOLEAN, cell VARCHAR, place VARCHAR, number DOUBLE)"
    )
    given = zip(outcome, member, cell, place, number, strict=True)
    rows = [(float(a), bool(b), f"c{c}", f"p{d}", float(e)) for a, b, c, d, e in given]
    connection.executemany("INSERT INTO given VALUES (?, ?, ?, ?, ?)", rows)
    found = run(connection, models={"full": ["C(cell)", "C(place)", "number"]})["full"]
    design = [np.ones(n), member, number, *(cell == k for k in range(1, 9)), *(place == k for k in range(1, 4))]
    full = OLS(outcome, np.column_stack(design).astype(float)).fit(cov_type="HC3", use_t=True)
    assert float(found["estimate"]) == pytest.approx(full.params[1], abs=1e-8)
    assert float(found["standard_error"]) == pytest.approx(full.bse[1], abs=1e-8)
    assert float(found["p_value"]) == pytest.approx(full.pvalues[1], abs=1e-8)
    assert found["parameters"] == 14


def test_published_figures_of_a_textbook_data_set(connection: duckdb.DuckDBPyConnection) -> None:
    # Greene, Econometric Analysis: expenditure on age, income, income squared and home ownership, 72 card holders
    from statsmodels.datasets import ccard

    data = ccard.load_pandas().data
    columns = ["AVGEXP", "AGE", "INCOME", "INCOMESQ", "OWNRENT"]
    connection.execute("CREATE TABLE given (outcome DOUBLE, age DOUBLE, income DOUBLE, square DOUBLE, member BOOLEAN)")
    rows = [(*map(float, row[:4]), bool(row[4])) for row in data[columns].to_numpy()]
    connection.executemany("INSERT INTO given VALUES (?, ?, ?, ?, ?)", rows)
    rows = connection.execute("SELECT outcome, member, age, income, square FROM given").fetchall()
    outcome, member, *rest = np.array(rows, dtype=float).T
    fit = estimator.fit_group(outcome, member, rest, [])
    assert isinstance(fit, estimator.Fit)
    assert fit.estimate == pytest.approx(27.941, abs=5e-4)
    assert fit.rank == 5


def test_published_figures_of_the_longley_data_set() -> None:
    """
    Coefficients certified by NIST (Statistical Reference Datasets, Longley), HC3 errors as Stata gives them.

    The library's own tests hold the same figures. The data are known for their collinearity: condition number 4.8e9.
    """
    from statsmodels.datasets import longley

    data = longley.load_pandas().data
    outcome = data["TOTEMP"].to_numpy(float)
    columns = {name: data[name].to_numpy(float) for name in ("GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR")}
    published = {
        "GNPDEFL": (15.0618722713733, 91.11939),
        "GNP": (-0.0358191792925910, 0.05562),
        "UNEMP": (-2.02022980381683, 0.82213),
        "ARMED": (-1.03322686717359, 0.29879),
        "POP": (-0.0511041056535807, 0.32491),
        "YEAR": (1829.15146461355, 922.80784),
    }
    for name, (estimate, error) in published.items():
        others = [column for other, column in columns.items() if other != name]
        fit = estimator.fit_group(outcome, columns[name], others, [])
        assert isinstance(fit, estimator.Fit)
        assert fit.estimate == pytest.approx(estimate, rel=1e-6)
        assert fit.standard_error == pytest.approx(error, rel=1e-4)
        assert fit.rank == 7


def test_rows_alone_in_their_category_are_left_out_and_counted(connection: duckdb.DuckDBPyConnection) -> None:
    stream = np.random.default_rng(3)
    rows = [(float(x), bool(n % 2), "AB"[n % 3 == 0], 0.0) for n, x in enumerate(stream.normal(4, 0.1, 60))]
    fill(connection, [*rows, (9.0, True, "alone", 0.0), (None, True, "A", 0.0), (4.0, None, "A", 0.0)])
    found = run(connection)
    assert (found["cell"]["n"], found["cell"]["n_left_out"], found["cell"]["parameters"]) == (60, 3, 3)
    assert (found["raw"]["n"], found["raw"]["n_left_out"]) == (61, 2)


def test_a_constant_or_repeated_term_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    stream = np.random.default_rng(4)
    rows = [(float(x), bool(n % 2), "A" if n < 30 else "B", 7.0) for n, x in enumerate(stream.normal(4, 0.1, 60))]
    fill(connection, rows)
    found = run(connection, models={"cell": ["C(cell)"], "more": ["C(cell)", "number", "C(cell)"]})
    assert found["more"]["estimate"] == found["cell"]["estimate"]
    assert found["more"]["standard_error"] == found["cell"]["standard_error"]
    assert found["more"]["parameters"] == found["cell"]["parameters"] == 3


@pytest.mark.parametrize(
    ("group", "other", "reason"),
    [(0, 0, "no_rows"), (10, 19, "too_few_rows"), (10, 20, None), (9, 40, "too_few_in_one_group")],
)
def test_minimum_sizes(connection: duckdb.DuckDBPyConnection, group: int, other: int, reason: str | None) -> None:
    rows = [(4 + 0.1 * (n % 3), n < group, "A", 0.0) for n in range(group + other)]
    fill(connection, rows)
    found = run(connection)["raw"]
    assert found["reason"] == reason
    assert found["status"] == ("estimated" if reason is None else "not_estimated")
    assert (found["n_group"], found["n_other"]) == (group, other)
    assert (found["p_value"] is None) == (reason is not None)


def test_as_many_rows_per_parameter_as_asked(connection: duckdb.DuckDBPyConnection) -> None:
    fill(connection, [(4 + 0.1 * (n % 3), n % 2 == 0, f"c{n // 10}", 0.0) for n in range(40)])  # 4 cells: 5 parameters
    assert run(connection, min_rows_per_parameter=8)["cell"]["status"] == "estimated"
    assert run(connection, min_rows_per_parameter=9)["cell"]["reason"] == "too_few_rows_per_parameter"


def test_a_group_that_is_a_category_cannot_be_told_from_it(connection: duckdb.DuckDBPyConnection) -> None:
    fill(connection, [(4 + 0.1 * (n % 3), n % 2 == 0, f"c{n % 4}", 0.0) for n in range(40)])
    found = run(connection)
    assert (found["raw"]["status"], found["cell"]["reason"]) == ("estimated", "group_not_separable")


def test_no_spread_at_all_is_not_estimated(connection: duckdb.DuckDBPyConnection) -> None:
    fill(connection, cells((20, True, "A", 50), (20, False, "A", 60)))
    assert {row["reason"] for row in run(connection).values()} == {"no_variation"}


def test_the_order_of_the_rows_does_not_matter(connection: duckdb.DuckDBPyConnection) -> None:
    stream = np.random.default_rng(5)
    rows = [(float(x), bool(n % 2), "ABC"[n % 3], 0.0) for n, x in enumerate(stream.normal(4, 0.1, 90))]
    fill(connection, rows)
    first = run(connection)
    connection.execute("CREATE OR REPLACE TABLE given AS SELECT * FROM given ORDER BY rowid DESC")
    assert run(connection) == first


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"outcome": "amount"}, "names 'amount', no column of given"),
        ({"models": {"raw": ["C(nothing)"]}}, "names 'nothing'"),
        ({"models": {"raw": ["number + exp(number)"]}}, "no column of given"),
        ({"models": []}, "models must be names"),
        ({"errors": "HC9"}, "'HC9' are not known"),
        ({"min_rows": "30"}, "min_rows must be a whole number"),
        ({"formula": "y ~ x"}, "unknown keys formula"),
    ],
)
def test_a_wrong_specification_is_named(
    connection: duckdb.DuckDBPyConnection, changed: dict[str, Any], said: str
) -> None:
    fill(connection, [])
    with pytest.raises(ControlError, match=said.replace("(", r"\(")):
        run(connection, **changed)


def test_an_unknown_estimator_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ControlError, match="no estimator 'magic'"):
        estimator.run(connection, "statistic", "magic", "given", SPECIFICATION)
