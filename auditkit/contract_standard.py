"""The Open Data Contract Standard: its own JSON schema decides whether a file is a contract at all."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from auditkit.document import Document
from auditkit.errors import AuditkitError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

PACKAGE = "open_data_contract_standard"
FILE, TABLE, COLUMN = "file", "SchemaObject", "SchemaProperty"
# The standard takes any text at these keys, so two columns that differ in nothing else are valid or invalid together.
FREE_TEXT = ("name", "description", "businessName", "synonym", "source", "value", "classification", "physicalType")
PLAIN_REFERENCE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
Where = tuple[str | int, ...]
UNEXPECTED = ("unevaluatedProperties", "additionalProperties")


class Standard:
    """
    The JSON schema of the standard, ready to judge files.

    Tables and columns are judged apart from their file, and each only if none of the same shape was judged before:
    several hundred columns come in a few dozen shapes, and every command waits for this.
    """

    def __init__(self) -> None:
        from jsonschema import Draft201909Validator

        self._schema = json.loads(files(PACKAGE).joinpath("schema.json").read_text(encoding="utf-8"))
        whole = Draft201909Validator(self._schema)
        self._judges = {
            part: whole.evolve(schema={"$ref": f"#/$defs/{part}", "$defs": self._schema["$defs"]})
            for part in (TABLE, COLUMN)
        } | {FILE: whole}
        self._sound: set[str] = set()

    def breaches(self, document: Document) -> list[AuditkitError]:
        """Return what the standard does not allow in `document`: one plain sentence per place, with its line."""
        found: list[AuditkitError] = []
        for part, place, value in _parts(document.data):
            shape = repr((part, _shape(value)))
            if shape in self._sound:
                continue
            errors = _first(self._judges[part].iter_errors(value))
            found += [_sentence(document, error, place, self._schema) for error in errors]
            if not errors:
                self._sound.add(shape)
        return found


def _parts(data: Mapping[str, Any]) -> Iterator[tuple[str, Where, Any]]:
    """Return the file without its tables, each table without its columns, and each column, with their places."""
    tables = data.get("schema")
    yield FILE, (), {**data, "schema": []} if isinstance(tables, list) else data
    for number, table in enumerate(tables if isinstance(tables, list) else ()):
        columns = table.get("properties") if isinstance(table, dict) else None
        if not isinstance(columns, list):
            yield TABLE, ("schema", number), table
            continue
        yield TABLE, ("schema", number), {**table, "properties": []}
        for position, column in enumerate(columns):
            yield COLUMN, ("schema", number, "properties", position), column


def _shape(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return tuple(sorted((str(name), _shape(part, str(name))) for name, part in value.items()))
    if isinstance(value, list):
        return tuple(sorted({repr(_shape(part, key)) for part in value})), len(value) > 0
    if isinstance(value, str) and (key in FREE_TEXT or (key == "to" and PLAIN_REFERENCE.fullmatch(value))):
        return key
    return repr(value)


def _first(errors: Iterator[ValidationError]) -> list[ValidationError]:
    """
    Keep one error per place; an unexpected key only where nothing else is wrong, since other errors cause it too.

    Values that stand twice are left to the reader of the contract, which sees them whatever the shape.
    """
    chosen: dict[Where, ValidationError] = {}
    for error in errors:
        leaf = _leaf(error)
        if leaf.validator == "uniqueItems":
            continue
        place = tuple(leaf.absolute_path)
        if place not in chosen or chosen[place].validator in UNEXPECTED:
            chosen[place] = leaf
    deeper = [place for place, error in chosen.items() if error.validator not in UNEXPECTED]
    return [
        error
        for place, error in chosen.items()
        if error.validator not in UNEXPECTED or not any(other[: len(place)] == place for other in deeper)
    ]


def _leaf(error: ValidationError) -> ValidationError:
    while error.context:
        error = max(error.context, key=lambda part: (len(part.absolute_path), part.validator not in UNEXPECTED))
    return error


def _sentence(document: Document, error: ValidationError, place: Where, schema: Mapping[str, Any]) -> AuditkitError:
    where = (*place, *error.absolute_path)
    value, wanted = error.instance, error.validator_value
    name = str(where[-1]) if where else "the file"
    if error.validator in UNEXPECTED and isinstance(value, dict):
        # The offending keys stand in the message only; every other quoted word there is none of the value's keys.
        keys = [key for key in re.findall(r"'([^']*)'", error.message) if key in value]
        near = difflib.get_close_matches(keys[0], _known_keys(schema), 1) if keys else []
        hint = f"did you mean {near[0]!r}?" if near else "the Open Data Contract Standard v3.2 has no such key here"
        return document.error(f"unknown key {', '.join(map(repr, keys))}", *where, *keys[:1], hint=hint)
    if error.validator == "required":
        missing = next((key for key in wanted if key not in value), "?")
        return document.error(f"{_thing(where)} lacks {missing!r}", *where, hint=f"add the key {missing!r}")
    if error.validator == "type":
        hint = "quote it if it is text"
        return document.error(f"{name} must be of type {wanted}, found {value!r}", *where, hint=hint)
    if error.validator == "enum":
        near = difflib.get_close_matches(str(value), [str(option) for option in wanted], 1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(map(str, wanted))}"
        return document.error(f"{name} cannot be {value!r}", *where, hint=hint)
    if error.validator == "pattern":
        hint = "write a reference as entity.column" if name == "to" else "use letters, digits, - and _ only"
        return document.error(f"{name} is not well formed: {value!r}", *where, hint=hint)
    hint = "see the Open Data Contract Standard v3.2"
    return document.error(f"{_thing(where)} is not as the standard asks: {error.message[:200]}", *where, hint=hint)


def _thing(where: Where) -> str:
    return " ".join(str(part) if isinstance(part, str) else f"no. {part + 1}" for part in where) or "the file"


def _known_keys(schema: Mapping[str, Any]) -> list[str]:
    keys = set(schema["properties"])
    for definition in schema["$defs"].values():
        keys |= set(definition.get("properties", ()))
    return sorted(keys)
