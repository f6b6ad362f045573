"""Reading one contract file: the Open Data Contract Standard, and what auditkit needs beyond it."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from auditkit import quality_rule
from auditkit.contract_standard import Standard
from auditkit.document import Document, load
from auditkit.entity import CLASSES, RESTRICTED_CLASS, SUFFIX, Column, Entity, Rule, Synonym
from auditkit.errors import AuditkitError, ContractError, Problems

STANDARD = "v3.2.0"
LOGICAL_TYPES = {
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "integer",
}
DECIMAL = re.compile(r"DECIMAL\((\d{1,2}),(\d{1,2})\)")
NAME = re.compile(r"[a-z][a-z0-9_]*")
REFERENCE = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")
CONTRACT_PROPERTIES = ("restricted",)
ENTITY_PROPERTIES = (
    "history",
    "label",
    "computed",
    "periodColumn",
    "controlTotals",
    "sourceTables",
    "independentSource",
)
COLUMN_PROPERTIES = ("caseDefault", "openValues")
# Words that every SQL dialect keeps for itself: as names they would have to be quoted in every control.
RESERVED = re.compile(
    "all|and|any|array|as|asc|between|both|case|cast|check|column|constraint|create|cross|current_date|"
    "default|desc|distinct|do|else|end|except|exists|false|fetch|for|foreign|from|full|grant|group|having|in|"
    "initially|inner|intersect|into|is|join|lateral|leading|left|like|limit|natural|not|null|offset|on|only|"
    "or|order|outer|primary|references|returning|right|select|some|table|then|to|trailing|true|union|unique|"
    "user|using|when|where|window|with"
)
Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ContractFile:
    """One contract file read: its entities and, for messages, where each of them stands."""

    document: Document
    entities: tuple[Entity, ...]


@dataclass(slots=True)
class _Reading:
    """The problems found so far in one file, so that one correction round is enough."""

    document: Document
    problems: list[AuditkitError] = field(default_factory=list)

    def refuse(self, message: str, *where: str | int, hint: str | None = None) -> None:
        self.problems.append(self.document.error(message, *where, hint=hint))


def read_contract(path: Path, standard: Standard, *, root: Path) -> ContractFile:
    """Read one contract file; raises ContractError, or Problems with all of them, naming file and line."""
    document = load(path, ContractError, root=root)
    reading = _Reading(document)
    _check_head(reading, path)
    entities = [_entity(reading, item, number) for number, item in enumerate(_mappings(document.data.get("schema")))]
    # The standard's own findings come last: where auditkit already explained a place, they would only repeat it.
    explained = {problem.line for problem in reading.problems}
    breaches = [error for error in standard.breaches(document) if error.line not in explained]
    problems = reading.problems + breaches
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(sorted(problems, key=lambda one: one.line or 0))
    return ContractFile(document, tuple(entity for entity in entities if entity is not None))


def check_together(files: Sequence[ContractFile]) -> list[AuditkitError]:
    """Return what is wrong between files: an entity that stands twice, a reference that leads nowhere."""
    problems: list[AuditkitError] = []
    known: dict[str, Entity] = {}
    for file in files:
        for number, entity in enumerate(file.entities):
            if entity.name in known:
                hint = f"it already stands in {known[entity.name].contract}{SUFFIX}; rename or remove one of them"
                message = f"entity {entity.name!r} stands twice"
                problems.append(file.document.error(message, "schema", number, hint=hint))
            known[entity.name] = entity
    for file in files:
        for number, entity in enumerate(file.entities):
            for position, column in enumerate(entity.columns):
                fault = _reference_fault(column, known)
                if fault:
                    where = ("schema", number, "properties", position, "relationships", 0, "to")
                    problems.append(file.document.error(fault[0], *where, hint=fault[1]))
    return problems


def _reference_fault(column: Column, known: Mapping[str, Entity]) -> tuple[str, str] | None:
    if column.references is None:
        return None
    entity, name = column.references
    if entity not in known:
        return f"{column.name} refers to {entity!r}, which no contract describes", _near(entity, known)
    target = known[entity]
    if name not in target.key:
        hint = f"the key of {entity} is {', '.join(target.key)}"
        return f"{column.name} refers to {entity}.{name}, which is not part of its key", hint
    if target.column(name).type != column.type:
        hint = f"give both the type {target.column(name).type}"
        return f"{column.name} is {column.type}, but {entity}.{name} is {target.column(name).type}", hint
    return None


def _check_head(reading: _Reading, path: Path) -> None:
    data = reading.document.data
    if not path.name.endswith(SUFFIX):
        reading.refuse(f"a data contract must be called <system>{SUFFIX}", hint="rename the file or move it elsewhere")
    elif data.get("id") != path.name.removesuffix(SUFFIX):
        hint = f"it must be the name of the file: {path.name.removesuffix(SUFFIX)}"
        reading.refuse(f"id is {data.get('id')!r}", "id", hint=hint)
    if data.get("apiVersion") != STANDARD:
        reading.refuse(f"apiVersion is {data.get('apiVersion')!r}", "apiVersion", hint=f"write apiVersion: {STANDARD}")
    if not data.get("name"):
        reading.refuse("the contract lacks 'name'", hint="add name: and the kind of source system")
    if not _mappings(data.get("schema")):
        reading.refuse("the contract describes no table", "schema", hint="list its tables under schema:")


def _entity(reading: _Reading, item: Mapping[str, Any], number: int) -> Entity | None:
    where: Where = ("schema", number)
    before = len(reading.problems)
    data = reading.document.data
    general = _custom(reading, data, (), CONTRACT_PROPERTIES)
    custom = _custom(reading, item, where, ENTITY_PROPERTIES)
    name = _name(reading, item, where, "table")
    for key in ("businessName", "description"):
        if not item.get(key):
            reading.refuse(f"table {name} lacks {key!r}", *where, hint=f"add {key}: in plain words")
    read = [
        _column(reading, part, (*where, "properties", position))
        for position, part in enumerate(_mappings(item.get("properties")))
    ]
    columns = tuple(column for column in read if column is not None)
    if len(reading.problems) > before or len(columns) < len(read):
        return None
    entity = Entity(
        name=name,
        title=str(item["businessName"]),
        description=str(item["description"]),
        contract=str(data.get("id")),
        system=str(data.get("name")),
        columns=columns,
        key=_key(item),
        restricted=general.get("restricted") is True,
        history=custom.get("history") is True,
        label=custom.get("label"),
        computed=custom.get("computed") is True,
        quality=_rules(reading, item, where, name),
        control_totals=tuple(custom.get("controlTotals") or ()),
        period_column=custom.get("periodColumn"),
        source_tables={str(k): str(v) for k, v in (custom.get("sourceTables") or {}).items()},
        independent_source=str(custom.get("independentSource") or ""),
        path=reading.document.path,
    )
    _check_entity(reading, entity, where)
    return entity


def _key(item: Mapping[str, Any]) -> tuple[str, ...]:
    keys = [part for part in _mappings(item.get("properties")) if part.get("primaryKey") is True]
    return tuple(str(part["name"]) for part in sorted(keys, key=lambda part: part.get("primaryKeyPosition", 0)))


def _check_entity(reading: _Reading, entity: Entity, where: Where) -> None:
    names = [column.name for column in entity.columns]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        reading.refuse(f"column {twice!r} stands twice in {entity.name}", *where, "properties", names.index(twice))
    if not entity.key:
        reading.refuse(f"{entity.name} has no key", *where, hint="mark what identifies a row: primaryKey: true")
    for position, column in enumerate(entity.columns):
        if column.name in entity.key and not column.required:
            hint = "add required: true"
            reading.refuse(f"key column {column.name} is not required", *where, "properties", position, hint=hint)
        if column.restricted and not entity.restricted and column.name in (*entity.key, entity.period_column):
            hint = f"classify it lower than {RESTRICTED_CLASS}, or move the table to a restricted contract"
            message = (
                f"{column.name} is of class {RESTRICTED_CLASS}, and every reader of the open {entity.name} needs it"
            )
            reading.refuse(message, *where, "properties", position, "classification", hint=hint)
        if entity.restricted and not column.restricted:
            hint = f"write classification: {RESTRICTED_CLASS}, or take restricted off the contract"
            place = (*where, "properties", position, "classification")
            reading.refuse(f"{column.name} of a restricted contract is {column.classification}", *place, hint=hint)
    if entity.history and not {"valid_from", "valid_to"} <= set(names):
        reading.refuse(f"{entity.name} is a history table without valid_from and valid_to", *where, "customProperties")
    _check_named(reading, entity, where)


def _check_named(reading: _Reading, entity: Entity, where: Where) -> None:
    """Every column that a property or a rule of the table names must exist and be of a fitting type."""
    types = {column.name: column.type for column in entity.columns}
    dates, numbers = ("DATE", "TIMESTAMP"), ("DECIMAL", "INTEGER", "BIGINT")
    named = [(entity.label, "label", ("VARCHAR",)), (entity.period_column, "periodColumn", dates)]
    named += [(total, "controlTotals", numbers) for total in entity.control_totals]
    named += [(column, rule.id, ()) for rule in entity.quality for column in rule.columns]
    for name, user, wanted in named:
        if name is not None and name not in types:
            message = f"{user} of {entity.name} names the unknown column {name!r}"
            reading.refuse(message, *where, hint=_near(name, types))
        elif name is not None and wanted and not types[name].startswith(wanted):
            hint = f"name a column of type {' or '.join(wanted)}"
            reading.refuse(f"{user} of {entity.name} cannot be {name}, which is {types[name]}", *where, hint=hint)


def _column(reading: _Reading, item: Mapping[str, Any], where: Where) -> Column | None:
    before = len(reading.problems)
    name = _name(reading, item, where, "column")
    custom = _custom(reading, item, where, COLUMN_PROPERTIES)
    for key in ("description", "physicalType", "logicalType", "classification"):
        if not item.get(key):
            reading.refuse(f"column {name} lacks {key!r}", *where, hint=f"add the key {key!r}")
    if len(reading.problems) > before:
        return None
    kind = _type(reading, item, where)
    if item["classification"] not in CLASSES:
        hint = "write C0 public, C1 internal, C2 personal, C3 sensitive or C4 restricted"
        message = f"column {name} has the classification {item['classification']!r}"
        reading.refuse(message, *where, "classification", hint=hint)
    column = Column(
        name=name,
        type=kind,
        required=item.get("required") is True,
        classification=str(item["classification"]),
        description=str(item["description"]),
        enum=_enum(reading, item, where, name),
        references=_reference(reading, item, where, name),
        synonyms=tuple(
            Synonym(str(part.get("source", "")), str(part.get("synonym"))) for part in _mappings(item.get("synonyms"))
        ),
        case_default=custom.get("caseDefault"),
        open_values=tuple(map(str, custom.get("openValues") or ())),
    )
    fault = _default_fault(column)
    if fault:
        hint = "write it as quoted text that a cell of this column may hold"
        reading.refuse(f"caseDefault of {name}: {fault}", *where, "customProperties", hint=hint)
    return column


def _type(reading: _Reading, item: Mapping[str, Any], where: Where) -> str:
    kind = str(item["physicalType"])
    match = DECIMAL.fullmatch(kind)
    allowed = kind in LOGICAL_TYPES or (match and 0 <= int(match[2]) <= int(match[1]) <= 38)
    if not allowed:
        hint = f"allowed: {', '.join(LOGICAL_TYPES)} and DECIMAL(digits,decimals) with at most 38 digits"
        reading.refuse(f"column {item['name']} has the type {kind!r}", *where, "physicalType", hint=hint)
    elif item["logicalType"] != LOGICAL_TYPES.get(kind, "number"):
        hint = f"write logicalType: {LOGICAL_TYPES.get(kind, 'number')}"
        message = f"column {item['name']} is {kind}, but its logicalType is {item['logicalType']!r}"
        reading.refuse(message, *where, "logicalType", hint=hint)
    return kind


def _enum(reading: _Reading, item: Mapping[str, Any], where: Where, name: str) -> tuple[str, ...]:
    values = tuple(part.get("value") for part in _mappings(item.get("enum")))
    for position, value in enumerate(values):
        if not isinstance(value, str) or value in values[:position]:
            fault = "stands twice" if isinstance(value, str) else "is not text; quote it"
            reading.refuse(f"the value {value!r} of {name} {fault}", *where, "enum", position)
    return tuple(map(str, values))


def _reference(reading: _Reading, item: Mapping[str, Any], where: Where, name: str) -> tuple[str, str] | None:
    relations = _mappings(item.get("relationships"))
    if not relations:
        return None
    match = REFERENCE.fullmatch(str(relations[0].get("to")))
    if match is None or len(relations) > 1:
        message = f"column {name} must refer to one column, found {[part.get('to') for part in relations]}"
        reading.refuse(message, *where, "relationships", 0, "to", hint="write one relationship, to: entity.column")
        return None
    return match[1], match[2]


def _rules(reading: _Reading, item: Mapping[str, Any], where: Where, entity: str) -> tuple[Rule, ...]:
    places: list[tuple[Where, str | None, Mapping[str, Any]]] = [(where, None, item)]
    for position, part in enumerate(_mappings(item.get("properties"))):
        places.append(((*where, "properties", position), str(part.get("name")), part))
    rules: list[Rule] = []
    for place, column, holder in places:
        for number, stated in enumerate(_mappings(holder.get("quality"))):
            try:
                rule = quality_rule.read_rule(stated, entity, column)
            except ValueError as error:
                reading.refuse(str(error), *place, "quality", number, hint=quality_rule.SUPPORTED)
                continue
            if rule is not None:
                rules.append(rule)
    return tuple(rules)


def _custom(reading: _Reading, holder: Mapping[str, Any], where: Where, known: Collection[str]) -> dict[str, Any]:
    """Return auditkit's own properties; those of another `vendor` are left alone."""
    custom: dict[str, Any] = {}
    for number, part in enumerate(_mappings(holder.get("customProperties"))):
        name = str(part.get("property"))
        if name in known:
            custom[name] = part.get("value")
        elif not part.get("vendor"):
            place = (*where, "customProperties", number)
            reading.refuse(f"unknown custom property {name!r}", *place, hint=_near(name, known))
    return custom


def _name(reading: _Reading, item: Mapping[str, Any], where: Where, kind: str) -> str:
    name = str(item.get("name"))
    if NAME.fullmatch(name) is None:
        hint = "use small letters, digits and _, beginning with a letter"
        reading.refuse(f"{name!r} cannot be the name of a {kind}", *where, hint=hint)
    elif RESERVED.fullmatch(name):
        hint = f"call it {name}_id or the like"
        reading.refuse(f"{name!r} is a word of SQL and cannot name a {kind}", *where, hint=hint)
    return name


def _default_fault(column: Column) -> str | None:
    """Return why the case default cannot stand in a cell of the column, or None."""
    text: object = column.case_default
    if text is None:
        return None
    if not isinstance(text, str):
        return f"{text!r} is not text"
    if column.enum and text not in column.enum:
        return f"{text!r} is none of {', '.join(column.enum)}"
    try:
        if column.type == "DATE":
            dt.date.fromisoformat(text)
        elif column.type == "TIMESTAMP":
            dt.datetime.fromisoformat(text)
        elif column.type == "BOOLEAN" and text not in ("true", "false"):
            return f"{text!r} is neither true nor false"
        elif column.type in ("INTEGER", "BIGINT"):
            int(text)
        elif column.type.startswith("DECIMAL"):
            Decimal(text)
    except (ValueError, InvalidOperation):
        return f"{text!r} is not of type {column.type}"
    return None


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
