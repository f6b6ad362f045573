"""Quality rules of a contract: the standard's library metrics and Great Expectations' names, read into Rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from auditkit.entity import Rule

BETWEEN = "expect_column_values_to_be_between"
GREATER = "expect_column_pair_values_a_to_be_greater_than_b"
METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues")
ENGINE = "greatExpectations"
SUPPORTED = f"auditkit runs the metrics {', '.join(METRICS)} with mustBe: 0, and {BETWEEN} and {GREATER} of {ENGINE}"


def read_rule(item: Mapping[str, Any], entity: str, column: str | None) -> Rule | None:
    """
    Return the rule that `item` of a `quality` list states for `entity`, or for its `column` where it stands there.

    A rule of type `text` is for people only: None. Raises ValueError with a plain sentence for what cannot be run.
    """
    kind = item.get("type", "library")
    if kind == "text":
        return None
    read = _metric if kind == "library" else _expectation if kind == "custom" and item.get("engine") == ENGINE else None
    if read is None:
        raise ValueError(f"a quality rule of type {kind!r} cannot be run")
    return read(item, entity, column)


def _metric(item: Mapping[str, Any], entity: str, column: str | None) -> Rule:
    metric, arguments = item.get("metric"), item.get("arguments") or {}
    if metric not in METRICS or item.get("mustBe") != 0:
        raise ValueError(f"the metric {metric!r} with these limits cannot be run")
    columns = tuple(map(str, arguments.get("properties") or ((column,) if column else ())))
    if not columns:
        raise ValueError("the rule names no column")
    if metric == "duplicateValues":
        return _rule(item, entity, "unique", columns, {})
    if metric != "invalidValues":
        return _rule(item, entity, "not_null", columns, {})
    if "pattern" in arguments:
        pattern = str(arguments["pattern"])
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression ({error})") from None
        return _rule(item, entity, "pattern", columns, {"pattern": pattern})
    if "validValues" in arguments:
        return _rule(item, entity, "in_set", columns, {"values": tuple(map(str, arguments["validValues"]))})
    raise ValueError("invalidValues needs the argument validValues or pattern")


def _expectation(item: Mapping[str, Any], entity: str, column: str | None) -> Rule:
    stated = item.get("implementation")
    if not isinstance(stated, dict) or not isinstance(stated.get("kwargs"), dict):
        raise ValueError("implementation must hold type and kwargs")
    kwargs, name = stated["kwargs"], stated.get("type")
    if name == BETWEEN:
        limits = {"minimum": _number(kwargs.get("min_value")), "maximum": _number(kwargs.get("max_value"))}
        return _rule(item, entity, "between", (str(kwargs.get("column") or column),), limits)
    if name == GREATER:
        columns = (str(kwargs.get("column_B")), str(kwargs.get("column_A")))
        return _rule(item, entity, "compare", columns, {"operator": "<=" if kwargs.get("or_equal") else "<"})
    raise ValueError(f"the expectation {name!r} cannot be run")


def _number(value: Any) -> str | None:
    # A float has already lost what was written, so fractions are stated as text.
    if isinstance(value, float):
        raise ValueError(f"the limit {value} must be quoted")
    return None if value is None else str(value)


def _rule(
    item: Mapping[str, Any], entity: str, kind: str, columns: tuple[str, ...], arguments: Mapping[str, object]
) -> Rule:
    identity = item.get("id") or "_".join((*columns, kind))
    return Rule(f"{entity}.{identity}", kind, columns, arguments, str(item.get("description", "")))
