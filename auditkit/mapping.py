"""Mapping files: how the columns of a client's own extract become the columns of the contracts."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Collection, Iterable
from collections.abc import Mapping as Keys
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from auditkit.document import Document, fields, load
from auditkit.entity import Column, DataModel, Entity
from auditkit.errors import AuditkitError, MappingError, Problems
from auditkit.notation import NOTATION_KEYS, Notation, cell_text, cell_texts, read_notation

FORMATS = ("csv", "xlsx", "parquet", "jsonl")
SOURCE_KEYS = (
    *NOTATION_KEYS,
    *("system", "client", "table"),  # told to the reader
    "format",
    *("delimiter", "quote"),
    "encoding",
    "header_row",
    "sheet",
    "skip_footer_rows",
    "time_zone",
)
ORIGIN_KEYS = ("from", "constant", "row_number", "hash_of", "join_of")
COLUMN_KEYS = (
    *ORIGIN_KEYS,
    *NOTATION_KEYS,
    "prefix",
    "separator",
    "values",
    "otherwise",
    "pattern",
    "pad",
    "multiply",
    "round",
    "inclusive_end",
    "open_values",
)


@dataclass(frozen=True, slots=True)
class Source:
    """
    The form of the file. `header_row` counts from 1; `sheet` is a name or a number from 1, None is the first sheet.

    `format` None means: by the ending of the file name.
    """

    system: str = ""
    format: str | None = None
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header_row: int = 1
    sheet: str | int | None = None
    skip_footer_rows: int = 0
    notation: Notation = field(default_factory=Notation)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """
    Where one contract column comes from: exactly one of `source`, `constant`, `row_number`, `hash_of`, `join_of`.

    `values` maps the texts of the file; one that is not listed is unreadable, NULL (`otherwise: null`) or kept. A
    `pattern` keeps what its one group matches.
    """

    column: str
    notation: Notation
    source: str | None = None
    constant: str | None = None
    row_number: bool = False
    prefix: str = ""
    hash_of: tuple[str, ...] = ()
    join_of: tuple[str, ...] = ()
    separator: str = " "
    values: tuple[tuple[str, str | None], ...] = ()
    otherwise: Literal["unreadable", "null", "keep"] = "unreadable"
    pattern: str | None = None
    pad: int | None = None
    multiply: Decimal | None = None
    round: bool = False
    inclusive_end: bool = False
    open_values: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the file that it reads."""
        return (self.source,) if self.source is not None else self.hash_of or self.join_of


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the rows whose text in `column` is in `keep` (if given) and not in `drop`; "" stands for an empty cell."""

    column: str
    keep: tuple[str, ...] | None
    drop: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntityMap:
    """
    How rows of one form fill an entity; with `distinct`, rows equal in every mapped column are loaded once.

    `place` is where it stands in the mapping file, for messages.
    """

    entity: str
    columns: tuple[ColumnMap, ...]
    filters: tuple[Filter, ...] = ()
    distinct: bool = False
    place: tuple[str | int, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the file that it reads, each once."""
        named = [name for column in self.columns for name in column.sources]
        return tuple(dict.fromkeys([*named, *(item.column for item in self.filters)]))


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file; `path` is how messages name it, `file` the pattern of the file names it is for."""

    path: str
    file: str
    source: Source
    entities: tuple[EntityMap, ...]
    location: Path | None = None

    def line(self, *keys: str | int) -> int | None:
        """Return the line of `keys` in the mapping file, for messages; None for a canonical file."""
        return None if self.location is None else load(self.location, MappingError).line(*keys)

    def fits(self, name: str) -> bool:
        """Whether it is for a file of this name (upper and lower case alike)."""
        return fnmatchcase(name.lower(), self.file.lower())


def canonical(entity: Entity, columns: Iterable[str]) -> Mapping:
    """Return the mapping of a file that has the contract's own column names, comma, UTF-8 and ISO dates."""
    notation = Notation()
    known = {column.name for column in entity.columns}
    maps = tuple(ColumnMap(name, notation, source=name) for name in columns if name in known)
    return Mapping("", "", Source(), (EntityMap(entity.name, maps),))


def load_mappings(folder: Path, model: DataModel) -> tuple[Mapping, ...]:
    """Read every mapping file of `folder`; raises MappingError, or Problems with all that is wrong."""
    mappings, problems = [], list[AuditkitError]()
    for path in sorted(folder.glob("*.yml")) if folder.is_dir() else []:
        try:
            mappings.append(load_mapping(path, model, root=folder.parent))
        except MappingError as error:
            problems.append(error)
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    return tuple(mappings)


def load_mapping(path: Path, model: DataModel, *, root: Path | None = None) -> Mapping:
    """Read one mapping file and check it against the contracts; raises MappingError with file and line."""
    document = load(path, MappingError, root=root)
    data = fields(document, document.data, known=("file", "source", "entities"), required=("file", "entities"))
    file = data["file"]
    if not isinstance(file, str) or "/" in file:
        raise document.error("file must be a pattern of file names", "file", hint='for example file: "PA0008*.csv"')
    source = _source(document, data.get("source") or {})
    parts = fields(document, data["entities"], "entities", known=model.entities)
    forms = (_forms(document, model.entities[name], part, source) for name, part in parts.items())
    return Mapping(document.shown, file, source, tuple(form for listed in forms for form in listed), path)


def _source(document: Document, data: Any) -> Source:
    part = fields(document, data, "source", known=SOURCE_KEYS)
    where = ("source",)
    if part.get("format") not in (None, *FORMATS):
        raise _not_known(document, part["format"], FORMATS, *where, "format")
    encoding = str(part.get("encoding", "utf-8")).lower()
    try:
        codecs.lookup(encoding)
    except LookupError:
        known = ("utf-8", "utf-16", "windows-1252", "windows-1256")
        raise _not_known(document, encoding, known, *where, "encoding") from None
    for key in ("delimiter", "quote"):
        if key in part and len(str(part[key])) != 1:
            raise document.error(f"{key} must be one character, found {part[key]!r}", *where, key)
    sheet = part.get("sheet")
    return Source(
        system=str(part.get("system", "")),
        format=part.get("format"),
        delimiter=str(part.get("delimiter", ",")),
        quote=str(part.get("quote", '"')),
        encoding=encoding,
        header_row=_number(document, part, "header_row", 1, 1, *where),
        sheet=sheet if isinstance(sheet, int) or sheet is None else str(sheet),
        skip_footer_rows=_number(document, part, "skip_footer_rows", 0, 0, *where),
        notation=read_notation(document, part, Notation(), *where),
    )


def _forms(document: Document, entity: Entity, data: Any, source: Source) -> Iterable[EntityMap]:
    """Return the forms that the rows of an entity have: one, or a list of several that their filters tell apart."""
    where = ("entities", entity.name)
    if not isinstance(data, list):
        return (_entity(document, entity, data, source, *where),)
    forms = [_entity(document, entity, part, source, *where, number) for number, part in enumerate(data)]
    if not forms or not all(form.filters for form in forms):
        hint = "each form says by filters: which rows have it and no other"
        raise document.error(f"a form of {entity.name} would take every row", *where, hint=hint)
    return forms


def _entity(document: Document, entity: Entity, data: Any, source: Source, *where: str | int) -> EntityMap:
    part = fields(document, data, *where, known=("columns", "filters", "distinct"), required=("columns",))
    known = {column.name: column for column in entity.columns}
    columns = fields(document, part["columns"], *where, "columns", known=known)
    for key in entity.key:
        if key not in columns:
            hint = f"every row of {entity.name} needs its key: {', '.join(entity.key)}"
            raise document.error(f"{entity.name} lacks its key column {key!r}", *where, "columns", hint=hint)
    maps = tuple(
        _column(document, known[name], value, source, *where, "columns", name) for name, value in columns.items()
    )
    filters = tuple(
        _filter(document, entry, *where, "filters", number) for number, entry in enumerate(part.get("filters") or [])
    )
    return EntityMap(entity.name, maps, filters, part.get("distinct") is True, where)


def _column(document: Document, column: Column, data: Any, source: Source, *where: str | int) -> ColumnMap:
    part = {"from": data} if isinstance(data, str) else fields(document, data, *where, known=COLUMN_KEYS)
    origins = [key for key in ORIGIN_KEYS if part.get(key) not in (None, False)]
    if len(origins) != 1:
        found = " and ".join(origins) or "none of them"
        raise document.error(f"{column.name} needs one of {', '.join(ORIGIN_KEYS)}; found {found}", *where)
    _check_type(document, column, part, *where)
    pattern = part.get("pattern")
    if pattern is not None:
        _check_pattern(document, str(pattern), *where)
    constant = part.get("constant")
    return ColumnMap(
        column=column.name,
        notation=read_notation(document, part, source.notation, *where),
        source=None if part.get("from") is None else str(part["from"]),
        constant=None if constant is None else cell_text(document, constant, *where, "constant"),
        row_number=part.get("row_number") is True,
        prefix=str(part.get("prefix", "")),
        hash_of=cell_texts(document, part.get("hash_of", []), *where, "hash_of"),
        join_of=cell_texts(document, part.get("join_of", []), *where, "join_of"),
        separator=str(part.get("separator", " ")),
        values=_values(document, part, *where, "values"),
        otherwise=_otherwise(document, part, *where, "otherwise"),
        pattern=None if pattern is None else str(pattern),
        pad=_number(document, part, "pad", 1, 1, *where) if "pad" in part else None,
        multiply=_factor(document, part["multiply"], *where, "multiply") if "multiply" in part else None,
        round=part.get("round") is True,
        inclusive_end=part.get("inclusive_end") is True,
        open_values=cell_texts(document, part.get("open_values", []), *where, "open_values"),
    )


def _values(document: Document, part: Keys[str, Any], *where: str | int) -> tuple[tuple[str, str | None], ...]:
    values = part.get("values") or {}
    if not isinstance(values, dict):
        raise document.error("values must map texts of the file to values of the contract", *where)
    return tuple(
        (cell_text(document, key, *where), None if value is None else cell_text(document, value, *where))
        for key, value in values.items()
    )


def _otherwise(document: Document, part: Keys[str, Any], *where: str | int) -> Literal["unreadable", "null", "keep"]:
    value = part.get("otherwise")
    if value not in (None, "null", "keep"):
        raise _not_known(document, value, ("null", "keep"), *where)
    if value == "keep":
        return "keep"
    return "null" if "otherwise" in part else "unreadable"


def _check_type(document: Document, column: Column, part: Keys[str, Any], *where: str | int) -> None:
    needs = {"inclusive_end": ("DATE", "TIMESTAMP"), "multiply": ("DECIMAL", "INTEGER", "BIGINT"), "pad": ("VARCHAR",)}
    for key, types in needs.items():
        if key in part and not column.type.startswith(types):
            raise document.error(f"{key} does not fit {column.name}, which is {column.type}", *where, key)


def _check_pattern(document: Document, pattern: str, *where: str | int) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise document.error(f"the pattern is not a regular expression: {error}", *where, "pattern") from None
    if groups != 1:
        raise document.error(f"the pattern has {groups} groups; it needs exactly one", *where, "pattern")


def _filter(document: Document, entry: Any, *where: str | int) -> Filter:
    part = fields(document, entry, *where, known=("column", "in", "not_in"), required=("column",))
    if ("in" in part) == ("not_in" in part):
        hint = 'for example {column: SPRPS, in: [""]}: rows with another text are left out and counted'
        raise document.error("a filter needs 'in' or 'not_in'", *where, hint=hint)
    keep = cell_texts(document, part["in"], *where, "in") if "in" in part else None
    return Filter(str(part["column"]), keep, cell_texts(document, part.get("not_in", []), *where, "not_in"))


def _number(document: Document, part: Keys[str, Any], key: str, default: int, least: int, *where: str | int) -> int:
    value = part.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise document.error(f"{key} must be a whole number from {least} on, found {value!r}", *where, key)
    return value


def _factor(document: Document, value: Any, *where: str | int) -> Decimal:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else cell_text(document, value, *where)
    if not re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", text):
        hint = 'write a number in quotes, with at most 9 digits and 6 decimals: "12"'
        raise document.error(f"multiply is {value!r}", *where, hint=hint)
    return Decimal(text)


def _not_known(document: Document, value: Any, known: Collection[str], *where: str | int) -> AuditkitError:
    near = difflib.get_close_matches(str(value), list(known), 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return document.error(f"{where[-1]} is {value!r}", *where, hint=hint)
