"""Parameters of controls: declared once, read from text by their declared type, changed by packs and overrides."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from auditkit.document import Document, fields
from auditkit.errors import ControlError

Single = Decimal | int | dt.date | str | tuple[str, ...]
PROJECT_FILE = "auditkit.toml"
TYPES = ("decimal", "integer", "date", "text", "list")
LIMIT_KINDS = ("max_allowed", "trigger_at")
ALWAYS = dt.date.min  # since when the first value holds
STEP = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*:\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Steps:
    """The values that one limit has had: (first day, value), the days ascending, the first one `ALWAYS`."""

    steps: tuple[tuple[dt.date, Single], ...]

    def __str__(self) -> str:
        first, *later = self.steps
        return ", ".join([str(first[1]), *(f"from {since} {value}" for since, value in later)])


Value = Single | Steps


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One value that an auditor may set.

    `limit_kind` says when a limit is crossed: `max_allowed` above it, `trigger_at` on it and above. `step` is the
    smallest change that must change a verdict, used to judge the cases. `source_of_default` says who set the default.
    A parameter `by_date` may change on a day; SQL reads the value of an event's day: IN_FORCE($name, event_date).
    """

    name: str
    title: str
    type: str
    default: str
    step: str | None = None
    unit: str = ""
    minimum: str | None = None
    maximum: str | None = None
    limit_kind: str | None = None
    source_of_default: str = ""
    by_date: bool = False

    def read(self, text: str) -> Value:
        """
        Return the typed value of `text`; never by way of a float. Raises ValueError with a plain sentence.

        The text of a value by date is `50; 2026-08-01: 20`: 50 until the day before, 20 from that day on.
        """
        if not self.by_date:
            return self._single(text)
        first, *later = text.split(";")
        steps = [(ALWAYS, self._single(first))]
        for part in later:
            match = STEP.fullmatch(part)
            since = _read("date", match[1]) if match else None
            if match is None or not isinstance(since, dt.date):
                raise ValueError(f"{part.strip()!r} is no day with its value; write 50; 2026-08-01: 20")
            if since <= steps[-1][0]:
                raise ValueError(f"{since} does not come after the change before it")
            steps.append((since, self._single(match[2])))
        return Steps(tuple(steps))

    def _single(self, text: str) -> Single:
        value = _read(self.type, text.strip())
        for bound, beyond in ((self.minimum, "below the least"), (self.maximum, "above the greatest")):
            if bound is not None and not isinstance(value, tuple):
                limit = _read(self.type, bound)
                if (value < limit) if bound is self.minimum else (value > limit):  # type: ignore[operator]
                    raise ValueError(f"{text} is {beyond} allowed value {bound}")
        return value

    def moved(self, value: Value, steps: int) -> Value | None:
        """Return `value` moved by whole steps, or None where the type has no order."""
        if isinstance(value, Steps):
            moved = [(since, self._moved(single, steps)) for since, single in value.steps]
            known = tuple((since, single) for since, single in moved if single is not None)
            return Steps(known) if len(known) == len(moved) else None
        return self._moved(value, steps)

    def _moved(self, value: Single, steps: int) -> Single | None:
        if isinstance(value, Decimal):
            return value + steps * Decimal(self.step or "1")
        if isinstance(value, int):
            return value + steps * int(self.step or "1")
        if isinstance(value, dt.date):
            return value + dt.timedelta(days=steps * int(self.step or "1"))
        return None

    @property
    def sql_type(self) -> str:
        """The DuckDB type under which the value is bound; decimals keep the finer of 4 digits and their step's."""
        if self.type == "decimal":
            digits = max(4, -_exponent(Decimal(self.step or "0.01")), -_exponent(Decimal(self.default or "0")))
            return f"DECIMAL(18,{digits})"
        return {"integer": "BIGINT", "date": "DATE", "text": "VARCHAR", "list": "VARCHAR[]"}[self.type]


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """The value one parameter has in a run, and why: `origin` is default, pack or override."""

    control_id: str
    parameter: Parameter
    text: str
    origin: str
    reason: str = ""
    approved_by: str = ""

    @property
    def value(self) -> Value:
        """The typed value."""
        return self.parameter.read(self.text)

    @property
    def changed(self) -> bool:
        """Whether the run's value differs from the control's default."""
        return self.value != self.parameter.read(self.parameter.default)


@dataclass(frozen=True, slots=True)
class Override:
    """A project's own value for a parameter, who approved it and why; `effective_from` is its first day, if any."""

    control_id: str
    name: str
    text: str
    approved_by: str
    reason: str
    effective_from: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack: a named set of parameter values, keyed `CONTROL.parameter`."""

    id: str
    title: str
    description: str
    source: str
    parameters: Mapping[str, str]


PARAMETER_KEYS = (
    "title",
    "type",
    "default",
    "step",
    "unit",
    "minimum",
    "maximum",
    "limit_kind",
    "source_of_default",
    "by_date",
)


def read_parameters(document: Document, *where: str) -> dict[str, Parameter]:
    """Return the parameters declared at `where`; raises ControlError with file and line."""
    data = document.data
    for key in where:
        data = data.get(key) or {}
    if not isinstance(data, dict):
        raise document.error("parameters must be names with their declarations", *where)
    return {name: _parameter(document, name, (*where, name), entry) for name, entry in data.items()}


def _parameter(document: Document, name: str, where: tuple[str, ...], entry: object) -> Parameter:
    item = fields(document, entry, *where, known=PARAMETER_KEYS, required=("title", "type"))
    if "default" not in item:
        raise document.error(f"parameter {name!r} has no default", *where, hint="give every parameter a default")
    if item["type"] not in TYPES:
        raise document.error(f"type {item['type']!r} is not known", *where, "type", hint=f"use {', '.join(TYPES)}")
    if item.get("limit_kind") not in (None, *LIMIT_KINDS):
        raise document.error("limit_kind is not known", *where, "limit_kind", hint=f"use {' or '.join(LIMIT_KINDS)}")
    for key, found in item.items():
        if isinstance(found, float):
            hint = f'write it in quotes: {key}: "{found}"'
            raise document.error(f"{key} of {name!r} is not text", *where, key, hint=hint)
    by_date = item.get("by_date", False)
    if not isinstance(by_date, bool):
        raise document.error(
            f"by_date of {name!r} is {by_date!r}", *where, "by_date", hint="write true or leave it out"
        )
    texts = {key: _text(value) for key, value in item.items() if value is not None and key != "by_date"}
    parameter = Parameter(name=name, by_date=by_date, **texts)
    try:
        parameter.read(parameter.default)
    except ValueError as error:
        raise document.error(f"the default of {name!r}: {error}", *where, "default") from None
    return parameter


def _text(value: object) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def resolve(
    declared: Mapping[str, Mapping[str, Parameter]], pack: Pack | None, overrides: Iterable[Override]
) -> dict[str, dict[str, ParameterValue]]:
    """
    Return the value of every declared parameter: default, then policy pack, then the project's overrides.

    Raises ControlError where a pack or an override names an unknown parameter or a value it does not take.
    """
    values = {
        control: {name: ParameterValue(control, p, p.default, "default") for name, p in parameters.items()}
        for control, parameters in declared.items()
    }
    if pack is not None:
        for key, text in pack.parameters.items():
            control, _, name = key.partition(".")
            if control in declared:  # a pack serves every control there is; a folder may hold only some of them
                place = f"packs/{pack.id}.yml"
                parameter = _known(declared, control, name, place)
                _set(values, ParameterValue(control, parameter, text, f"pack {pack.id}", pack.title), place)
    for item in sorted(overrides, key=lambda item: item.effective_from):  # what has always held comes first
        parameter = _known(declared, item.control_id, item.name, PROJECT_FILE)
        _set(values, _overridden(values[item.control_id][item.name], parameter, item), PROJECT_FILE)
    return values


def _overridden(before: ParameterValue, parameter: Parameter, item: Override) -> ParameterValue:
    """Return the value with the project's own, which replaces it or, with a first day, follows it."""
    text, reason, approved_by = item.text, item.reason, item.approved_by
    if item.effective_from:
        if not parameter.by_date:
            message = f"{item.control_id}.{item.name} cannot change on a day ({item.effective_from})"
            hint = "leave effective_from out, or declare the parameter by_date in control.yml"
            raise ControlError(message, path=PROJECT_FILE, hint=hint)
        text = f"{before.text}; {item.effective_from}: {item.text}"
        if before.origin == "override":
            reason = f"{before.reason}; from {item.effective_from}: {item.reason}"
            approved_by = f"{before.approved_by}; from {item.effective_from}: {item.approved_by}"
    return ParameterValue(item.control_id, parameter, text, "override", reason, approved_by)


def _known(declared: Mapping[str, Mapping[str, Parameter]], control: str, name: str, place: str) -> Parameter:
    if name not in declared.get(control, {}):
        known = ", ".join(sorted(declared.get(control, {}))) or "none"
        hint = f"parameters of {control}: {known}" if control in declared else f"controls: {', '.join(declared)}"
        raise ControlError(f"there is no parameter {name!r} in control {control!r}", path=place, hint=hint)
    return declared[control][name]


def _set(values: dict[str, dict[str, ParameterValue]], value: ParameterValue, place: str) -> None:
    try:
        value.parameter.read(value.text)
    except ValueError as error:
        message = f"{value.control_id}.{value.parameter.name} ({value.origin}): {error}"
        raise ControlError(message, path=place, hint="correct the value there") from None
    values[value.control_id][value.parameter.name] = value


def _read(kind: str, text: str) -> Single:
    try:
        if kind == "decimal":
            number = Decimal(text)
            if not number.is_finite():
                raise ValueError(f"{text!r} is not a number")
            return number
        if kind == "integer":
            return int(text)
        if kind == "date":
            return dt.date.fromisoformat(text)
    except (InvalidOperation, ValueError):
        raise ValueError(f"{text!r} is not a value of type {kind}") from None
    if kind == "list":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
