"""Reading control.yml, attribute and policy-pack files: their keys and what each must hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from auditkit import attestation, translation
from auditkit.attestation import Duty, read_duty
from auditkit.case import read_cases
from auditkit.control import (
    SEVERITIES,
    Attribute,
    BoardBlock,
    BoardColumn,
    Chart,
    Control,
    Criterion,
    Population,
    Statistic,
    Suppression,
)
from auditkit.document import Document, fields
from auditkit.entity import DataModel
from auditkit.measure import Measure
from auditkit.measure_file import MEASURES, ROLL_FORWARDS, read_measures, read_roll_forwards
from auditkit.parameter import Pack, Parameter, read_parameters
from auditkit.roll_forward import RollForward
from auditkit.statement import Statement

CONTROL_KEYS = (
    "id",
    "title",
    "version",
    "kind",
    "objective",
    "risk",
    "criteria",
    "owner",
    "control_type",
    "control_nature",
    "key_control",
    "frequency",
    "rad_factor",
    "framework_refs",
    "confidentiality",
    "self_review_threat",
    "remediation_hint",
    "populations",
    "parameters",
    "statistics",
    "board",
    MEASURES,
    ROLL_FORWARDS,
    attestation.KIND,
    "changelog",
)
REQUIRED = ("id", "title", "version", "kind", "objective", "risk", "criteria", "owner")
# What a control of each kind needs beside that, and what it may not have.
NEEDED: Mapping[str, tuple[str, ...]] = {"test": ("populations",), "kpi": (MEASURES,), "attestation": ("attestation",)}
STRANGE: Mapping[str, tuple[str, ...]] = {
    "test": (MEASURES, ROLL_FORWARDS, attestation.KIND),
    "kpi": ("populations", "statistics", "board", attestation.KIND),
    "attestation": ("populations", "statistics", "board", "parameters", MEASURES, ROLL_FORWARDS),
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": ("test", "kpi", "attestation"),
    "control_type": ("preventive", "detective", "corrective"),
    "control_nature": ("manual", "automated", "it_dependent"),
    "confidentiality": ("normal", "restricted"),
}
ATTRIBUTE_KEYS = (
    "id",
    "title",
    "population",
    "severity",
    "criteria",
    "message",
    "not_a_problem_when",
    "tolerable_rate",
    "optional",
    "cases",
)
COLUMN_KINDS = ("text", "count", "amount", "percent", "number", "p_value", "flag")


@dataclass(frozen=True, slots=True)
class ControlFile:
    """A control.yml that has been read; its attributes come from the files beside it."""

    document: Document
    id: str
    restricted: bool
    populations: Mapping[str, Population]
    parameters: Mapping[str, Parameter]
    statistics: tuple[Statistic, ...]
    board: tuple[BoardBlock, ...]
    criteria: tuple[Criterion, ...]
    kind: str = "test"
    measures: tuple[Measure, ...] = ()
    roll_forwards: tuple[RollForward, ...] = ()
    attestation: Duty | None = None

    @property
    def figures(self) -> tuple[Measure | RollForward, ...]:
        """Measures and roll-forwards."""
        return (*self.measures, *self.roll_forwards)

    def control(self, attributes: tuple[Attribute, ...]) -> Control:
        """Return the control with its attributes and translations; raises ControlError for a wrong translation."""
        data = self.document.data
        control = Control(
            id=self.id,
            title=data["title"],
            version=str(data["version"]),
            kind=data["kind"],
            objective=_prose(data["objective"]),
            risk=_prose(data["risk"]),
            criteria=self.criteria,
            owner=data["owner"],
            control_type=data.get("control_type", "detective"),
            control_nature=data.get("control_nature", "manual"),
            key_control=bool(data.get("key_control", False)),
            frequency=str(data.get("frequency", "")),
            rad_factor=data.get("rad_factor"),
            framework_refs=tuple(str(ref) for ref in data.get("framework_refs") or ()),
            restricted=self.restricted,
            self_review_threat=_prose(data.get("self_review_threat") or ""),
            remediation_hint=_prose(data.get("remediation_hint") or ""),
            populations=self.populations,
            parameters=self.parameters,
            statistics=self.statistics,
            board=self.board,
            attributes=attributes,
            path=self.document.path,
            shown=self.document.shown,
            measures=self.measures,
            roll_forwards=self.roll_forwards,
            attestation=self.attestation,
        )
        return replace(control, translations=translation.read(control))


def read_control(document: Document, model: DataModel) -> ControlFile:
    """Read a control.yml; raises ControlError with file and line."""
    data = fields(document, document.data, known=CONTROL_KEYS, required=REQUIRED)
    for key, choices in CHOICES.items():
        if key in data and data[key] not in choices:
            raise document.error(f"{key} {data[key]!r} is not known", key, hint=f"use {' or '.join(choices)}")
    _check_kind(document, data["kind"])
    return ControlFile(
        document=document,
        id=str(data["id"]),
        restricted=data.get("confidentiality") == "restricted",
        populations={name: _population(document, name) for name in data.get("populations") or {}},
        parameters=read_parameters(document, "parameters"),
        statistics=tuple(_statistic(document, name, str(data["id"])) for name in data.get("statistics") or {}),
        board=tuple(_block(document, number, entry) for number, entry in enumerate(data.get("board") or ())),
        criteria=tuple(_criterion(document, number, entry) for number, entry in enumerate(data["criteria"])),
        kind=data["kind"],
        measures=read_measures(document, model),
        roll_forwards=read_roll_forwards(document),
        attestation=read_duty(document) if data["kind"] == attestation.KIND else None,
    )


def _check_kind(document: Document, kind: str) -> None:
    """Check that the control has what its kind needs, and nothing of another kind."""
    fields(document, document.data, known=CONTROL_KEYS, required=NEEDED[kind])
    for key in STRANGE[kind]:
        if key in document.data:
            hint = f"delete it, or change the kind; a control of kind {kind} has {' and '.join(NEEDED[kind])}"
            raise document.error(f"a control of kind {kind} has no {key!r}", key, hint=hint)
    if kind == attestation.KIND and document.data.get("confidentiality") == "restricted":
        hint = "an attestation reads no data; delete the line"
        raise document.error("a control of kind attestation is not restricted", "confidentiality", hint=hint)


def _population(document: Document, name: str) -> Population:
    where = ("populations", name)
    known = ("title", "view", "grain", "source", "period_basis", "late_arrivals_by")
    entry = document.data["populations"][name]
    item = fields(document, entry, *where, known=known, required=("title", "view", "grain"))
    if not isinstance(item["grain"], list):
        raise document.error("grain must be a list of columns", *where, "grain")
    return Population(
        name,
        str(item["title"]),
        str(item["view"]),
        tuple(str(column) for column in item["grain"]),
        item.get("source"),
        str(item.get("period_basis", "")),
        str(item.get("late_arrivals_by", "")),
    )


def _criterion(document: Document, number: int, entry: object) -> Criterion:
    known = ("id", "text", "source", "article", "version", "effective_from")
    item = fields(document, entry, "criteria", number, known=known, required=("id", "text", "source"))
    return Criterion(**{key: _prose(value) for key, value in item.items()})


def _statistic(document: Document, name: str, control_id: str) -> Statistic:
    where = ("statistics", name)
    keys = ("title", "estimator", "input", "specification")
    item = fields(document, document.data["statistics"][name], *where, known=keys, required=keys)
    return Statistic(name, item["title"], item["estimator"], item["input"], item["specification"], control_id)


def _block(document: Document, number: int, entry: object) -> BoardBlock:
    where = ("board", number)
    known = ("id", "title", "query", "note", "columns", "chart", "suppress")
    item = fields(document, entry, *where, known=known, required=("id", "title", "query", "columns"))
    columns = tuple(_column(document, (*where, "columns", n), column) for n, column in enumerate(item["columns"]))
    names = {column.name for column in columns}
    return BoardBlock(
        str(item["id"]),
        str(item["title"]),
        str(item["query"]),
        _prose(item.get("note") or ""),
        columns,
        _chart(document, where, item.get("chart"), names),
        _suppression(document, where, item.get("suppress"), names),
    )


def _column(document: Document, where: tuple[str | int, ...], entry: object) -> BoardColumn:
    item = fields(document, entry, *where, known=("name", "title", "kind", "scale"), required=("name", "title"))
    if item.get("kind", "text") not in COLUMN_KINDS:
        raise document.error(f"kind {item['kind']!r} is not known", *where, hint=f"use {', '.join(COLUMN_KINDS)}")
    return BoardColumn(item["name"], item["title"], item.get("kind", "text"), int(item.get("scale", 0)))


def _chart(document: Document, where: tuple[str | int, ...], entry: object, names: set[str]) -> Chart | None:
    if entry is None:
        return None
    keys = ("kind", "category", "values")
    item = fields(document, entry, *where, "chart", known=keys, required=keys)
    _check_block_names(document, (*where, "chart"), [item["category"], *item["values"]], names)
    return Chart(item["kind"], item["category"], tuple(item["values"]))


def _suppression(
    document: Document, where: tuple[str | int, ...], entry: object, names: set[str]
) -> Suppression | None:
    if entry is None:
        return None
    keys = ("counts", "minimum", "hide")
    item = fields(document, entry, *where, "suppress", known=keys, required=keys)
    _check_block_names(document, (*where, "suppress"), [*item["counts"], *item["hide"]], names)
    return Suppression(tuple(item["counts"]), int(item["minimum"]), tuple(item["hide"]))


def _check_block_names(document: Document, where: tuple[str | int, ...], used: list[Any], names: set[str]) -> None:
    for name in used:
        if name not in names:
            raise document.error(f"{name!r} is not a column of the block", *where, hint=f"columns: {sorted(names)}")


def read_attribute(document: Document, item: ControlFile, statement: Statement) -> Attribute:
    """Read an attribute's .yml beside its .sql; raises ControlError with file and line."""
    required = ("id", "title", "population", "severity", "criteria", "message", "not_a_problem_when", "cases")
    data = fields(document, document.data, known=ATTRIBUTE_KEYS, required=required)
    stem = str(data["id"]).lower().replace("-", "_")
    if not document.path.stem.startswith(stem + "_"):
        raise document.error(f"the file of {data['id']} must begin with {stem}_", "id", hint="rename file or id")
    if data["population"] not in item.populations:
        known = ", ".join(item.populations)
        raise document.error(f"there is no population {data['population']!r}", "population", hint=f"known: {known}")
    if data["severity"] not in SEVERITIES:
        raise document.error(f"severity {data['severity']!r} is not known", "severity", hint=", ".join(SEVERITIES))
    known_criteria = {criterion.id for criterion in item.criteria}
    for name in data["criteria"]:
        if name not in known_criteria:
            hint = f"known: {', '.join(sorted(known_criteria))}"
            raise document.error(f"there is no criterion {name!r}", "criteria", hint=hint)
    return Attribute(
        id=str(data["id"]),
        title=str(data["title"]),
        control_id=item.id,
        population=data["population"],
        severity=data["severity"],
        criteria=tuple(data["criteria"]),
        message=_prose(data["message"]),
        not_a_problem_when=_prose(data["not_a_problem_when"]),
        statement=statement,
        cases=read_cases(document),
        path=document.path,
        shown=document.shown,
        optional={str(key): _prose(value) for key, value in (data.get("optional") or {}).items()},
        tolerable_rate=_tolerable(document, data.get("tolerable_rate")),
    )


def _tolerable(document: Document, value: object) -> str | None:
    """Return the tolerable rate as it is written, `2.5 %`; None where none is declared."""
    if value is None:
        return None
    if not re.fullmatch(r"(100|\d{1,2}(\.\d{1,4})?) ?%", str(value)):
        hint = "write a share of the items tested, from 0 % to 100 %: 2.5 %; without one it is 0 % or 5 % by severity"
        raise document.error(f"tolerable_rate {value!r} is no share", "tolerable_rate", hint=hint)
    return str(value)


def read_pack(document: Document) -> Pack:
    """Read a policy pack; raises ControlError with file and line."""
    known = ("id", "title", "description", "source", "parameters")
    data = fields(document, document.data, known=known, required=("id", "title", "source", "parameters"))
    if not isinstance(data["parameters"], dict):
        raise document.error("parameters must be CONTROL.name: value", "parameters")
    if data["id"] != document.path.stem:
        raise document.error(f"the pack {data['id']!r} stands in {document.path.name}", "id", hint="make them the same")
    texts = {
        str(key): ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
        for key, value in data["parameters"].items()
    }
    return Pack(data["id"], _prose(data["title"]), _prose(data.get("description") or ""), _prose(data["source"]), texts)


def _prose(value: object) -> str:
    return " ".join(str(value).split())
