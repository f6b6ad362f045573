"""A mapping file to start from: the headers of an extract matched with the contracts' columns and their synonyms."""

from __future__ import annotations

import csv
import difflib
import itertools
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditkit import reader, specimen, spreadsheet
from auditkit.entity import Column, DataModel, Entity
from auditkit.errors import ExtractError
from auditkit.mapping import Source
from auditkit.scan import probable_encoding

DELIMITERS = (",", ";", "\t", "|")
HEADER_ROWS = 10  # how far down a header may stand
INCLUSIVE_ENDS = ("SAP", "Oracle")  # systems whose validity ends on its last day
NAMED = 5  # what a name of the entity or of its source table in the file name counts, in matched columns
QUARTER = re.compile(r"(19|20)\d{2}([-_]?(Q[1-4]|[01]\d([-_]?[0-3]\d)?))?", re.IGNORECASE)  # what changes in a name
KEYED = 3  # what a complete key counts
NONE_FITS = "no table of the contracts has two of these headers; name the tables it feeds with --entity"


@dataclass(frozen=True, slots=True)
class Match:
    """One column of the file taken for one contract column; `system` is whose name it is, "" for the contract's own."""

    column: str
    header: str
    system: str


@dataclass(frozen=True, slots=True)
class ProposedEntity:
    """An entity the file seems to feed; `missing` are its required columns that no header was taken for."""

    entity: str
    matches: tuple[Match, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    What the headers suggest; nothing in it is certain before a person has read it.

    `ambiguous` says in sentences what could be more than one thing, `unmatched` lists headers nothing is known of,
    `text` is the mapping file.
    """

    file: str
    source: Source
    entities: tuple[ProposedEntity, ...]
    ambiguous: tuple[str, ...]
    unmatched: tuple[str, ...]
    text: str

    @property
    def columns_by_entity(self) -> Mapping[str, frozenset[str]]:
        """The contract columns that the file would deliver, by entity."""
        return {part.entity: frozenset(match.column for match in part.matches) for part in self.entities}


@dataclass(frozen=True, slots=True)
class _Head:
    """The form of a file, its headers, and of a text file or spreadsheet the first rows below them."""

    source: Source
    headers: tuple[str, ...]
    rows: Sequence[Sequence[str]] = ()

    def texts(self, header: str) -> list[str]:
        """Return the texts of a column that stands in the header once."""
        place = self.headers.index(header)
        return [row[place] for row in self.rows if place < len(row)]


def propose(file: Path, model: DataModel, named: Sequence[str] = ()) -> Proposal:
    """
    Read the header of `file`, in any format, and propose a mapping; raises ExtractError if there is none.

    With `named` the file feeds these entities and no other, whatever its headers are called.
    """
    names = _Names(model)
    head = _header(file, names)
    headers = head.headers
    ambiguous: list[str] = []
    if named:
        chosen = [_matched(_entity(model, name), names, headers, ambiguous) for name in dict.fromkeys(named)]
    else:
        chosen = _fitting(file, names, headers, ambiguous)
    used = {match.header for part in chosen for match in part.matches}
    unmatched = tuple(header for header in headers if header and header not in used)
    if not named and not used and not any(names.knows(header) for header in unmatched):
        # They may be no headers but people's names; the file shows them to who may open it.
        row = head.source.header_row
        ambiguous.append(f"no header is known of the {len(unmatched)} cells in row {row}; they are not shown")
        unmatched = ()
    parts = tuple(chosen)
    text = _text(file.name, head, names, parts, ambiguous, unmatched)
    return Proposal(file.name, head.source, parts, tuple(ambiguous), unmatched, text)


def _entity(model: DataModel, name: str) -> Entity:
    if name in model.entities and not model.entities[name].computed:
        return model.entities[name]
    near = difflib.get_close_matches(name, model.entities, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"the contracts have: {', '.join(model.entities)}"
    raise ExtractError(f"the contracts have no table {name!r}", hint=hint)


def _fitting(file: Path, names: _Names, headers: Sequence[str], ambiguous: list[str]) -> list[ProposedEntity]:
    """Return the entities that the headers suggest."""
    model = names.model
    scores = {
        name: _score(entity, file, names, headers) for name, entity in model.entities.items() if not entity.computed
    }
    ranked = sorted((name for name in scores if scores[name] > 0), key=lambda name: (-scores[name], name))
    chosen: list[ProposedEntity] = []
    if ranked:
        best = [name for name in ranked if scores[name] == scores[ranked[0]]]
        chosen.append(_matched(model.entities[best[0]], names, headers, ambiguous))
        chosen += _further(model, [name for name in ranked if name != best[0]], names, headers, chosen[0])
        left = [name for name in best if name not in {part.entity for part in chosen}]
        if left:
            ambiguous.append(f"the headers fit {' and '.join([best[0], *left])} equally well; {best[0]} was taken")
    return chosen


class _Names:
    """Which contract columns a header may mean: by the contract's own name and by the names of source systems."""

    def __init__(self, model: DataModel) -> None:
        self.model = model
        self.columns: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for entity in model.entities.values():
            for column in entity.columns:
                if not entity.computed:
                    self._add(column.name, entity.name, column.name, "")
                    for synonym in column.synonyms:
                        self._add(synonym.name, entity.name, column.name, synonym.system)

    def _add(self, name: str, entity: str, column: str, system: str) -> None:
        found = self.columns.setdefault(plain(name), {}).setdefault(entity, [])
        if column not in (known for known, _ in found):
            found.append((column, system))

    def of(self, header: str, entity: str) -> list[tuple[str, str]]:
        """Return the (column, system) pairs of `entity` that `header` may mean; the contract's own name wins."""
        found = self._named(header).get(entity, [])
        own = [pair for pair in found if not pair[1]]
        return own or found

    def knows(self, header: str) -> bool:
        return bool(self._named(header))

    def _named(self, header: str) -> Mapping[str, list[tuple[str, str]]]:
        """Look the header up as a whole, then without a table's name before it (PA0008-PERNR, EmpJob.userId)."""
        field = re.split(r"[.-]", header)[-1]
        return self.columns.get(plain(header)) or self.columns.get(plain(field), {})

    def elsewhere(self, header: str) -> str:
        """Say which columns of any entity the header may mean."""
        found = self._named(header)
        places = [f"{entity}.{column}" for entity in sorted(found) for column, _ in found[entity]]
        return f" (may be {', '.join(places[:4])}{', ...' if len(places) > 4 else ''})" if places else ""


def plain(name: str) -> str:
    """Return a name without what spelling adds: case, blanks, underscores, signs."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _score(entity: Entity, file: Path, names: _Names, headers: Sequence[str]) -> int:
    columns = {column for header in headers for column, _ in names.of(header, entity.name)}
    if len(columns) < 2 or not columns - set(entity.key):
        return 0
    stem = plain(file.stem)
    tables = [table for listed in (entity.source_tables or {}).values() for table in re.findall(r"\w{4,}", listed)]
    named = plain(entity.name) in stem or any(plain(table) in stem for table in tables)
    return len(columns) + NAMED * named + KEYED * (set(entity.key) <= columns)


def _matched(entity: Entity, names: _Names, headers: Sequence[str], ambiguous: list[str]) -> ProposedEntity:
    found: dict[str, list[tuple[str, str]]] = {}
    for header in dict.fromkeys(headers):
        pairs = names.of(header, entity.name) if header else []
        if len(pairs) > 1:
            columns = " or ".join(column for column, _ in pairs)
            ambiguous.append(f"{header} may be {entity.name}.{columns}; it was left out")
        elif headers.count(header) > 1 and pairs:
            ambiguous.append(f"{header} stands in the header {headers.count(header)} times; it was left out")
        elif pairs:
            found.setdefault(pairs[0][0], []).append((header, pairs[0][1]))
    matches = []
    for column in entity.columns:
        choices = found.get(column.name, [])
        own = [choice for choice in choices if not choice[1]] or choices
        if len(own) > 1:
            several = " and ".join(header for header, _ in own)
            ambiguous.append(f"{several} may each be {entity.name}.{column.name}; both were left out")
        elif own:
            matches.append(Match(column.name, *own[0]))
    taken = {match.column for match in matches}
    missing = tuple(c.name for c in entity.columns if (c.required or c.name in entity.key) and c.name not in taken)
    return ProposedEntity(entity.name, tuple(matches), missing)


def _further(
    model: DataModel, others: Sequence[str], names: _Names, headers: Sequence[str], first: ProposedEntity
) -> list[ProposedEntity]:
    """Return the entities whose key is in the file and which make use of two or more headers that are still free."""
    used = {match.header for match in first.matches}
    further = []
    for name in others:
        part = _matched(model.entities[name], names, headers, [])
        columns, key = {match.column for match in part.matches}, set(model.entities[name].key)
        free = {match.header for match in part.matches} - used
        if len(free) >= 2 and key < columns:
            further.append(part)
            used |= free
    return further


def _header(file: Path, names: _Names) -> _Head:
    kind = reader.format_of(file)
    with tempfile.TemporaryDirectory() as temporary:
        if kind == "csv":
            return _delimited_header(file, names)
        if kind == "xlsx":
            rows = list(itertools.islice(spreadsheet.rows(file, None), specimen.ROWS))
            return _head(Source(format=kind), rows, [row for row in rows if row[0] <= HEADER_ROWS], names, file)
        found = reader.look(file, Source(), Path(temporary))
        return _Head(Source(format=found.format), found.headers)


def _head(
    source: Source,
    rows: Sequence[tuple[int, list[str]]],
    first: Sequence[tuple[int, list[str]]],
    names: _Names,
    file: Path,
) -> _Head:
    number, cells = _header_row(first, names, file)
    headers = tuple(cell.strip() for cell in cells)
    return _Head(replace(source, header_row=number), headers, [row for place, row in rows if place > number])


def _delimited_header(file: Path, names: _Names) -> _Head:
    encoding = probable_encoding(file)
    with file.open("rb") as binary:
        head = binary.read(1 << 16)
    text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise ExtractError("the file is empty, without even a header", path=file.name, hint="ask for it again")
    marked = lines[0].lower().startswith("sep=") and len(lines[0]) == 5
    delimiter = lines[0][4] if marked else _delimiter(lines[: HEADER_ROWS * 2])
    rows = [
        (n, cells)
        for n, cells in enumerate(csv.reader((f"{line}\n" for line in lines[marked:]), delimiter=delimiter), 1)
        if any(cells)
    ]
    source = Source(format="csv", delimiter=delimiter, encoding=encoding)
    return _head(source, rows[: specimen.ROWS], rows[:HEADER_ROWS], names, file)


def _delimiter(lines: Sequence[str]) -> str:
    """Return the sign that most lines hold equally often; a comma when there is none."""

    def regularity(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in lines if line.strip())
        times, how_many = max(((times, count) for count, times in counts.items() if count), default=(0, 0))
        return times, how_many

    return max(DELIMITERS, key=regularity)


def _header_row(rows: Sequence[tuple[int, list[str]]], names: _Names, file: Path) -> tuple[int, list[str]]:
    """Return the row with the most known names; the first row when none is known."""
    if not rows:
        raise ExtractError("the file holds no row", path=file.name, hint="ask for it again")
    return max(rows, key=lambda row: (sum(names.knows(cell) for cell in row[1] if cell), -row[0]))


def _text(
    file: str,
    head: _Head,
    names: _Names,
    parts: Sequence[ProposedEntity],
    ambiguous: Sequence[str],
    unmatched: Sequence[str],
) -> str:
    stem = QUARTER.sub("*", Path(file).stem)
    name = f"{stem if '*' in stem else stem + '*'}{Path(file).suffix}"
    lines = [
        f"# Proposed from the headers of {file}. Read and correct each line, then put the file in the mappings folder.",
        *(f"# Unclear: {sentence}." for sentence in ambiguous),
        f"file: {_quoted(name)}",
        "source:",
        *(f"  {line}" for line in _source_lines(head.source, parts)),
        "entities:" if parts else f"entities: {{}}  # {NONE_FITS}",
    ]
    for part in parts:
        lines += _entity_lines(names.model.entities[part.entity], part, head)
    if unmatched:
        lines += ["# Not used:", *(f"#   {header}{names.elsewhere(header)}" for header in unmatched)]
    return "\n".join(lines) + "\n"


def _source_lines(source: Source, parts: Sequence[ProposedEntity]) -> list[str]:
    systems = Counter(match.system for part in parts for match in part.matches if match.system)
    # One name may be any system's.
    system, times = max(systems.items(), key=lambda item: item[1], default=("", 0))
    lines = [f"system: {system if times > 1 else ''}".rstrip() + "  # who delivers it"]
    lines += [f"format: {source.format}"]
    if source.format == "csv":
        lines += [f"delimiter: {_quoted(source.delimiter)}", f"encoding: {source.encoding}"]
    if source.header_row > 1:
        lines += [f"header_row: {source.header_row}"]
    if source.format in ("csv", "xlsx"):
        lines += [
            '# decimal: ","                 # if amounts are written 1.234,50',
            '# thousands: "."',
            '# date_format: "%d.%m.%Y"      # unless dates are written 2026-07-01',
        ]
    return lines


def _entity_lines(entity: Entity, part: ProposedEntity, head: _Head) -> list[str]:
    lines = [f"  {entity.name}:", "    columns:"]
    for match in part.matches:
        # Of a restricted table not one cell is shown, whatever the class of its column.
        texts = [] if entity.restricted else head.texts(match.header)
        lines.append(f"      {match.column}: {_column_text(entity.column(match.column), match, texts)}")
    for name in part.missing:
        why = "part of the key" if name in entity.key else "required"
        lines.append(f"      # {name}: {{from: }}  # {why}: {entity.column(name).description}")
        if entity.key == (name,) and entity.column(name).type == "VARCHAR":
            numbered = f'{{row_number: true, prefix: "{entity.name} row "}}'
            lines.append(f"      # {name}: {numbered}  # if the file identifies its rows by nothing")
    said = {*part.missing, *(match.column for match in part.matches)}
    others = [column.name for column in entity.columns if column.name not in said]
    return [*lines, f"      # if the file has them: {', '.join(others)}"] if others else lines


def _column_text(column: Column, match: Match, texts: Sequence[str]) -> str:
    options, notes = [f"from: {_quoted(match.header)}"], []
    if column.name.endswith("_hash") and "hash" not in match.header.lower():
        options, notes = [f"hash_of: [{_quoted(match.header)}]"], ["the plain value is not kept"]
    if column.name.endswith("_domain") and "domain" not in match.header.lower():
        options.append('pattern: "@(.+)$"')
    if column.name == "valid_to" and match.system.startswith(INCLUSIVE_ENDS):
        options.append("inclusive_end: true")
        notes.append("the system's validity includes its last day")
    if match.system and column.enum:
        notes.append(f"values: {{...}} must give one of {', '.join(column.enum)}")
    if match.system and column.type == "BOOLEAN":
        notes.append('often values: {"X": "true", "": "false"}')
    if match.system:
        notes.append(f"{match.system} {match.header}")
    notes += filter(None, [specimen.remark(column, texts)])
    return f"{{{', '.join(options)}}}" + (f"  # {'; '.join(notes)}" if notes else "")


def _quoted(text: str) -> str:
    if re.fullmatch(r"[A-Za-z_][\w ./-]*", text) and text.lower() not in (
        "yes",
        "no",
        "true",
        "false",
        "null",
        "on",
        "off",
    ):
        return text.strip()
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
