"""
Statistics by a well-kept library: a control names an estimator, an input view and a specification, and gets a table.

A statistic is context, not a verdict: what it needs and does not find (rows, members of a group) is written into its
table as a reason, never an error and never a missing row. Everything is rounded to eight decimals, so that the same
input gives the same table on every machine.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from auditkit.errors import ControlError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# One row per model, in the order of the specification. Shares are fractions (0.05 = 5 %).
OUTPUT_COLUMNS: tuple[tuple[str, str], ...] = (
    ("place", "INTEGER"),  # 1, 2, ...: the order of the models
    ("model", "VARCHAR"),
    ("terms", "VARCHAR"),
    ("n", "BIGINT"),  # rows the model was fitted on
    ("n_group", "BIGINT"),
    ("n_other", "BIGINT"),
    ("n_left_out", "BIGINT"),  # rows with an empty cell, or the only one of their kind
    ("parameters", "BIGINT"),
    ("estimate", "DECIMAL(18,8)"),  # coefficient of the group
    ("standard_error", "DECIMAL(18,8)"),
    ("ci_low", "DECIMAL(18,8)"),
    ("ci_high", "DECIMAL(18,8)"),
    ("p_value", "DECIMAL(18,8)"),  # two-sided
    ("relative_gap", "DECIMAL(18,8)"),  # 1 - exp(estimate): positive where the group has less
    ("relative_low", "DECIMAL(18,8)"),
    ("relative_high", "DECIMAL(18,8)"),
    ("error_type", "VARCHAR"),
    ("seed", "BIGINT"),  # NULL: nothing is drawn at random
    ("status", "VARCHAR"),  # estimated or not_estimated
    ("reason", "VARCHAR"),  # code of why not
)
SPECIFICATION = ("outcome", "group", "models", "errors", "min_rows", "min_per_group", "min_rows_per_parameter")
CATEGORICAL = re.compile(r"C\((\w+)\)")
CONFIDENCE = 0.95
PLACES = Decimal("0.00000001")
# A row whose leverage is 1 is fitted exactly: it says nothing of the others, and its HC3 residual is 0 / 0.
FULL_LEVERAGE = 1 - 1e-9
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Model:
    """One row of the output; the fields are OUTPUT_COLUMNS in their order."""

    place: int
    model: str
    terms: str
    n: int = 0
    n_group: int = 0
    n_other: int = 0
    n_left_out: int = 0
    parameters: int | None = None
    estimate: Decimal | None = None
    standard_error: Decimal | None = None
    ci_low: Decimal | None = None
    ci_high: Decimal | None = None
    p_value: Decimal | None = None
    relative_gap: Decimal | None = None
    relative_low: Decimal | None = None
    relative_high: Decimal | None = None
    error_type: str = "HC3"
    seed: int | None = None
    status: str = "not_estimated"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """The group's coefficient with its robust error, and what it rests on; `kept` marks the rows used."""

    estimate: float
    standard_error: float
    rank: int
    kept: NDArray[Any]


@dataclass(frozen=True, slots=True)
class _Specification:
    outcome: str
    group: str
    models: Mapping[str, Sequence[str]]
    min_rows: int
    min_per_group: int
    min_rows_per_parameter: int


def run(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    estimator: str,
    input_table: str,
    specification: Mapping[str, Any],
) -> None:
    """
    Create the table `name` (OUTPUT_COLUMNS) from `input_table` by the named estimator.

    The table always has one row per model, with status not_estimated and a reason where the data do not suffice.
    Raises ControlError for an unknown estimator, a specification that is not valid, or a column that is not there.
    """
    if estimator not in ESTIMATORS:
        raise ControlError(f"there is no estimator {estimator!r}", hint=f"known: {', '.join(sorted(ESTIMATORS))}")
    models = ESTIMATORS[estimator](connection, input_table, specification)
    columns = ", ".join(f"{column} {kind}" for column, kind in OUTPUT_COLUMNS)
    connection.execute(f'CREATE TABLE "{name}" ({columns})')
    marks = ", ".join("?" for _ in OUTPUT_COLUMNS)
    connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', [astuple(model) for model in models])


def ordinary_least_squares(
    connection: duckdb.DuckDBPyConnection, input_table: str, specification: Mapping[str, Any]
) -> list[Model]:
    """
    Regress `outcome` (a natural logarithm) on membership of `group` (a BOOLEAN column), in one or several models.

    `models` names lists of terms that enter beside the group: columns as numbers, `C(column)` as categories. Errors are
    HC3 (MacKinnon and White 1985; Long and Ervin 2000), intervals and p-values from Student's t with n - rank degrees
    of freedom. Rows with an empty cell in a used column are left out and counted.
    """
    known = {row[0] for row in connection.execute(f'DESCRIBE "{input_table}"').fetchall()}
    checked = _check(specification, known, input_table)
    return [
        _model(connection, input_table, checked, place, name, terms)
        for place, (name, terms) in enumerate(checked.models.items(), 1)
    ]


def _check(specification: Mapping[str, Any], known: set[str], input_table: str) -> _Specification:
    missing = [key for key in SPECIFICATION if key not in specification]
    unknown = [key for key in specification if key not in SPECIFICATION]
    if missing or unknown:
        found = "lacks " + ", ".join(missing) if missing else "has unknown keys " + ", ".join(unknown)
        raise ControlError(f"the specification of a statistic {found}", hint=f"keys: {', '.join(SPECIFICATION)}")
    if specification["errors"] != "HC3":
        raise ControlError(f"errors {specification['errors']!r} are not known", hint="use HC3")
    models = specification["models"]
    if not isinstance(models, Mapping) or not models or not all(isinstance(t, list) for t in models.values()):
        raise ControlError("models must be names with lists of terms", hint="for example models: {raw: []}")
    for key in SPECIFICATION[4:]:
        if not isinstance(specification[key], int) or specification[key] < 1:
            raise ControlError(f"{key} must be a whole number above 0, found {specification[key]!r}")
    used = [specification["outcome"], specification["group"], *(_column(t) for terms in models.values() for t in terms)]
    for column in used:
        if column not in known:
            hint = f"columns: {', '.join(sorted(known))}"
            raise ControlError(f"the specification names {column!r}, no column of {input_table}", hint=hint)
    return _Specification(**{key: specification[key] for key in SPECIFICATION if key != "errors"})


def _column(term: object) -> str:
    text = str(term)
    match = CATEGORICAL.fullmatch(text)
    return match[1] if match else text


def _model(
    connection: duckdb.DuckDBPyConnection,
    input_table: str,
    specification: _Specification,
    place: int,
    name: str,
    terms: Sequence[str],
) -> Model:
    outcome, group, numbers, categories, left_out = _read(connection, input_table, specification, terms)
    shown = ", ".join(map(str, terms)) or "none"
    members = int(group.sum())
    empty = Model(place, name, shown, len(group), members, len(group) - members, left_out)
    small = _too_small(specification, empty)
    if small:
        return _because(empty, small)
    fit = fit_group(outcome, group, numbers, categories)
    if isinstance(fit, str):
        return _because(empty, fit)
    n, members = int(fit.kept.sum()), int(group[fit.kept].sum())
    left_out += len(group) - n
    fitted = Model(place, name, shown, n, members, n - members, left_out, fit.rank)
    small = _too_small(specification, fitted)
    if small:
        return _because(fitted, small)
    if n < specification.min_rows_per_parameter * fit.rank:
        return _because(fitted, "too_few_rows_per_parameter")
    return _estimated(fitted, fit)


def _too_small(specification: _Specification, model: Model) -> str | None:
    if model.n == 0:
        return "no_rows"
    if model.n < specification.min_rows:
        return "too_few_rows"
    if min(model.n_group, model.n_other) < specification.min_per_group:
        return "too_few_in_one_group"
    return None


def _because(model: Model, reason: str) -> Model:
    counts = (model.n, model.n_group, model.n_other, model.n_left_out, model.parameters)
    return Model(model.place, model.model, model.terms, *counts, reason=reason)


def _estimated(model: Model, fit: Fit) -> Model:
    from scipy import stats

    freedom = model.n - fit.rank
    wide = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * fit.standard_error
    p_value = 2 * float(stats.t.sf(abs(fit.estimate) / fit.standard_error, freedom))
    low, high = fit.estimate - wide, fit.estimate + wide
    return Model(
        *(model.place, model.model, model.terms, model.n, model.n_group, model.n_other, model.n_left_out),
        parameters=fit.rank,
        estimate=_rounded(fit.estimate),
        standard_error=_rounded(fit.standard_error),
        ci_low=_rounded(low),
        ci_high=_rounded(high),
        p_value=_rounded(p_value),
        relative_gap=_rounded(-math.expm1(fit.estimate)),
        relative_low=_rounded(-math.expm1(high)),
        relative_high=_rounded(-math.expm1(low)),
        status="estimated",
    )


def _rounded(number: float) -> Decimal:
    return Decimal(number).quantize(PLACES, ROUND_HALF_EVEN) + 0  # + 0 turns -0 into 0


Columns = tuple["NDArray[Any]", "NDArray[Any]", list["NDArray[Any]"], list["NDArray[Any]"], int]


def _read(
    connection: duckdb.DuckDBPyConnection, input_table: str, specification: _Specification, terms: Sequence[str]
) -> Columns:
    """Return outcome, membership, numeric terms, categories as codes from 0, and the number of rows left out."""
    import numpy as np

    names = list(dict.fromkeys([specification.outcome, specification.group, *map(_column, terms)]))
    complete = " AND ".join(f'"{name}" IS NOT NULL' for name in names)
    shown = [f'CAST("{specification.outcome}" AS DOUBLE)', f'CAST("{specification.group}" AS DOUBLE)']
    shown += [
        f'CAST(DENSE_RANK() OVER (ORDER BY "{_column(term)}") - 1 AS DOUBLE)'
        if CATEGORICAL.fullmatch(str(term))
        else f'CAST("{term}" AS DOUBLE)'
        for term in terms
    ]
    selected = ", ".join(f"{expression} AS c{number}" for number, expression in enumerate(shown))
    found = connection.execute(f'SELECT {selected} FROM "{input_table}" WHERE {complete} ORDER BY ALL').fetchnumpy()
    total = connection.execute(f'SELECT COUNT(*) FROM "{input_table}"').fetchone()
    columns = [np.asarray(found[f"c{number}"], dtype=float) for number in range(len(shown))]
    numbers, categories = [], []
    for term, column in zip(terms, columns[2:], strict=True):
        if CATEGORICAL.fullmatch(str(term)):
            categories.append(column.astype(int))
        else:
            numbers.append(column)
    left_out = (total[0] if total else 0) - len(columns[0])
    return columns[0], columns[1], numbers, categories, left_out


def fit_group(
    outcome: NDArray[Any], group: NDArray[Any], numbers: Sequence[NDArray[Any]], categories: Sequence[NDArray[Any]]
) -> Fit | str:
    """
    Return the coefficient of `group` (0 or 1) with its HC3 error, or the code of why there is none.

    The category with most levels is not written out as columns: outcome and regressors are taken as differences from
    its means, which leaves the coefficient, the residuals and, with 1/n of the level added, the leverages as they are
    (Frisch and Waugh 1933, Lovell 1963). Rows fitted exactly by a level of their own are dropped until none is left.
    """
    import numpy as np

    kept = np.ones(len(outcome), dtype=bool)
    while True:
        if len(set(group[kept])) < 2:
            return "group_not_separable"
        design = _design([c[kept] for c in (outcome, group, *numbers)], [c[kept] for c in categories])
        if isinstance(design, str):
            return design
        estimate, error, rank, leverage = design
        if not (leverage > FULL_LEVERAGE).any():
            break
        kept[np.flatnonzero(kept)[leverage > FULL_LEVERAGE]] = False
    if int(kept.sum()) <= rank or not error > TOLERANCE:
        return "no_variation"
    return Fit(estimate, error, rank, kept)


def _design(
    columns: Sequence[NDArray[Any]], categories: Sequence[NDArray[Any]]
) -> tuple[float, float, int, NDArray[Any]] | str:
    """Return estimate, HC3 error, rank and leverages of outcome, group, numbers (`columns`) and categories."""
    import numpy as np
    from statsmodels.regression.linear_model import OLS

    coded = sorted((np.unique(codes, return_inverse=True)[1] for codes in categories), key=lambda c: -int(c.max()))
    absorbed = coded[0] if coded else np.zeros(len(columns[0]), dtype=int)
    sizes = np.bincount(absorbed)
    dummies = [(codes == level).astype(float) for codes in coded[1:] for level in range(1, int(codes.max()) + 1)]

    def centred(column: NDArray[Any]) -> NDArray[Any]:
        return column - (np.bincount(absorbed, weights=column) / sizes)[absorbed]

    outcome, group, *rest = (centred(column) for column in (*columns, *dummies))
    varied = [column for column in rest if np.abs(column).max() > TOLERANCE * (1 + np.abs(column).sum())]
    scaled = [column / np.sqrt(column @ column) for column in varied]
    regressors = np.column_stack([group, *scaled])
    # what the other regressors leave of the group's column carries the whole estimate
    own = group - regressors[:, 1:] @ np.linalg.lstsq(regressors[:, 1:], group, rcond=None)[0]
    if own @ own <= TOLERANCE * len(own):
        return "group_not_separable"
    with warnings.catch_warnings():
        # The others may depend on each other: their own coefficients are not used, and the group's is separable.
        warnings.simplefilter("ignore")
        results = OLS(outcome, regressors).fit()
    leverage = 1 / sizes[absorbed] + np.einsum("ij,ji->i", regressors, results.model.pinv_wexog)
    weight = results.model.pinv_wexog[0] * results.resid / np.where(leverage > FULL_LEVERAGE, 1, 1 - leverage)
    return float(results.params[0]), float(np.sqrt(weight @ weight)), int(results.model.rank) + len(sizes), leverage


Estimator = Callable[[duckdb.DuckDBPyConnection, str, Mapping[str, Any]], list[Model]]
ESTIMATORS: Mapping[str, Estimator] = {"ordinary_least_squares": ordinary_least_squares}
