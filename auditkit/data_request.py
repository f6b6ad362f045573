"""The data request: what to ask of the owners of the source systems for a quarter, so that nobody has to ask twice."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditkit.entity import Column, DataModel, Entity

if TYPE_CHECKING:
    from auditkit.book import Book
    from auditkit.period import Period

WIDTH = 78
MONEY = "DECIMAL(18,2)"
HISTORY_COLUMNS = ("valid_from", "valid_to")
SENSITIVITY = {
    "C0": "C0 public",
    "C1": "C1 internal",
    "C2": "C2 personal",
    "C3": "C3 sensitive",
    "C4": "C4 restricted",
}
PLAIN_TYPES = {
    "VARCHAR": "text",
    "DATE": "date",
    "TIMESTAMP": "date and time",
    "BOOLEAN": "true or false",
    "INTEGER": "whole number",
    "BIGINT": "whole number",
}
INSTRUCTIONS = (
    ("Files", "One file per table, called after the table, for example person.csv. CSV, XLSX, Parquet or JSON lines."),
    (
        "Another layout",
        "An export in the layout of your own system will do: a mapping file translates it. Send all rows.",
    ),
    (
        "CSV",
        "UTF-8, the field names in the first row, comma between fields, text in double quotes where it holds a comma.",
    ),
    (
        "Dates",
        "Dates as 2026-07-31, times as 2026-07-31 14:05:00 in local time. Midnight means: only the day is known.",
    ),
    ("Numbers", "Decimal point, no thousands separators, no currency signs. The currency has a field of its own."),
    ("Identifiers", "As text with their leading zeros. Do not open and save the file in a spreadsheet program."),
    ("Empty cells", "Leave a cell empty if nothing is recorded. Do not fill it with 0, n/a or a dummy date."),
    (
        "Hashes",
        "Fields called ..._hash come as keyed hashes (HMAC-SHA-256), with the same key in every file; never the value.",
    ),
    (
        "Completeness",
        "No filters beyond those asked for. Deleted, reversed and locked rows too. Never remove duplicates.",
    ),
    (
        "Delivery note",
        "Beside every file its delivery note, called like the file plus .delivery.yml, with all keys filled in.",
    ),
    ("Control totals", "Take the figures of the note from another report or system than the extract, and name it."),
    (
        "Restricted",
        "Tables and fields marked C4 come apart, encrypted, to the people named for restricted data, nobody else.",
    ),
)


@dataclass(frozen=True, slots=True)
class FieldRequest:
    """One field asked for; `names` gives, per product, what the field is called there."""

    column: Column
    key: bool
    names: Mapping[str, tuple[str, ...]]

    @property
    def type(self) -> str:
        """The type in plain words."""
        decimals = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", self.column.type)
        return f"number, up to {decimals[1]} decimals" if decimals else PLAIN_TYPES[self.column.type]

    @property
    def need(self) -> str:
        """Whether every row must hold it."""
        return "key, in every row" if self.key else "in every row" if self.column.required else "where known"

    @property
    def named(self) -> str:
        """The names in all products, in one line."""
        return "; ".join(f"{system}: {', '.join(names)}" for system, names in self.names.items())


@dataclass(frozen=True, slots=True)
class TableRequest:
    """One table asked for: `span` says which rows, `totals` which figures to state, `note` is the note to fill in."""

    entity: Entity
    fields: tuple[FieldRequest, ...]
    span: str
    totals: tuple[str, ...]
    note: str

    @property
    def sources(self) -> str:
        """Tables or reports per product, in one line."""
        return "; ".join(f"{system}: {tables}" for system, tables in (self.entity.source_tables or {}).items())


@dataclass(frozen=True, slots=True)
class SystemRequest:
    """Everything asked of the owner of one source system."""

    contract: str
    title: str
    restricted: bool
    tables: tuple[TableRequest, ...]

    @property
    def products(self) -> tuple[str, ...]:
        """The products whose field names are known, in the order of their first appearance."""
        return tuple(dict.fromkeys(name for table in self.tables for field in table.fields for name in field.names))


@dataclass(frozen=True, slots=True)
class DataRequest:
    """The data request of one quarter, per source system."""

    period: Period
    systems: tuple[SystemRequest, ...]


def build(model: DataModel, period: Period, needs: Mapping[str, set[str]] | None = None) -> DataRequest:
    """
    Return what to ask for.

    `needs` names, per entity, the columns that the controls read; None asks for everything. Keys, validity, the date
    that places a row and the currency of amounts are added. Nothing else is asked for: personal data that no control
    reads has no reason to leave its system. Entities that auditkit computes itself are left out.
    """
    systems: dict[str, list[TableRequest]] = {}
    for entity in model.entities.values():
        if not entity.computed and (needs is None or entity.name in needs):
            columns = None if needs is None else needs[entity.name]
            systems.setdefault(entity.contract, []).append(_table(entity, period, columns))
    return DataRequest(
        period,
        tuple(
            SystemRequest(contract, tables[0].entity.system, tables[0].entity.restricted, tuple(tables))
            for contract, tables in systems.items()
        ),
    )


def _table(entity: Entity, period: Period, needed: set[str] | None) -> TableRequest:
    every = {column.name for column in entity.columns}
    totals = tuple(total for total in entity.control_totals if needed is None or total in needed)
    wanted = every if needed is None else _basic(entity, needed) & every
    fields = tuple(
        FieldRequest(column, column.name in entity.key, _names(column))
        for column in entity.columns
        if column.name in wanted
    )
    stated = ("number of rows", *(f"sum of {total}" for total in totals))
    return TableRequest(entity, fields, _span(entity, period), stated, _note(entity, totals, period))


def _basic(entity: Entity, needed: set[str]) -> set[str]:
    """Return the needed columns with those without which their rows could not be read, dated or understood."""
    names = needed.union(entity.key, HISTORY_COLUMNS if entity.history else (), (entity.period_column or "",))
    money = any(column.type == MONEY for column in entity.columns if column.name in names)
    return names | {"currency"} if money else names


def _names(column: Column) -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for synonym in column.synonyms:
        names[synonym.system] = (*names.get(synonym.system, ()), synonym.name)
    return names


def _span(entity: Entity, period: Period) -> str:
    # Limits over twelve months and comparisons with the year before need the year before the quarter.
    earliest = period.start.replace(year=period.start.year - 1, day=1)
    run = f"Extract on {period.cut_off} or later."
    if entity.history:
        return (
            f"Every row that holds on any day from {earliest} on, ended rows too, one row per span of time. "
            f"Say whether the last day is included. {run}"
        )
    if entity.period_column:
        return f"Every row whose {entity.period_column} is {earliest} or later, up to the day of the extract. {run}"
    return f"Every row there is, ended and closed ones too. {run}"


def _note(entity: Entity, totals: tuple[str, ...], period: Period) -> str:
    source = f"  # for example: {entity.independent_source}" if entity.independent_source else "  # where it comes from"
    lines = [
        f"# Delivery note of {entity.name}.csv: fill in and save as {entity.name}.csv.delivery.yml beside the file.",
        "system:        # system and client, for example the production client",
        "environment:   # production, or what else",
        "report:        # table, report with its variant, or the text of the query",
        "filters:       # every selection made; write none if there was none",
        "user:          # who ran it",
        f"extracted_at:  # for example {period.cut_off} 06:00",
        f"period: {{start: {period.start}, end: {period.end}}}",
        "rows:          # rows in the file, without the header",
        "sha256:        # checksum of the file, from sha256sum or Get-FileHash",
        "control_totals:",
    ]
    for measure in ("rows: true", *(f"column: {total}" for total in totals)):
        lines += [
            f"  - entity: {entity.name}",
            f"    {measure}",
            '    value:         # in quotes, with a decimal point: "1234.50"',
            f"    source:      {source}",
            "    source_query:  # independent, or same if it comes from the extract's own query",
        ]
    lines.append("limitation:    # what is known to be missing or unsure; leave empty if nothing is")
    return "\n".join(lines) + "\n"


def as_text(request: DataRequest) -> str:
    """Return the request as plain text of a width that mail and terminals show."""
    period = request.period
    out = [f"DATA REQUEST {period.label}", f"Quarter {period.start} to {period.last_day}", ""]
    out += [line for topic, text in INSTRUCTIONS for line in _wrapped(f"{topic}: ", text)]
    for system in request.systems:
        mark = " - RESTRICTED, deliver apart and encrypted" if system.restricted else ""
        title = f"{system.title.upper()}{mark}"
        out += ["", "=" * WIDTH, title, "=" * WIDTH]
        for table in system.tables:
            out += ["", *_table_text(table)]
    return "\n".join(out) + "\n"


def _table_text(table: TableRequest) -> list[str]:
    entity = table.entity
    heading = f"{entity.title} ({entity.name})"
    out = [heading, "-" * len(heading), *_wrapped("What: ", entity.description)]
    if table.sources:
        out += _wrapped("Where: ", table.sources)
    out += _wrapped("Rows: ", table.span)
    source = entity.independent_source or "another source than the extract"
    out += _wrapped("Control totals: ", f"{', '.join(table.totals)}; from {source}")
    width = max(len(field.column.name) for field in table.fields)
    out.append("Fields:")
    for field in table.fields:
        facts = f"{field.type:<24} {field.need:<18} {SENSITIVITY[field.column.classification]}"
        out.append(f"  {field.column.name:<{width}}  {facts}")
        allowed = f"one of {', '.join(field.column.enum)}" if field.column.enum else ""
        for more in (allowed, field.named):
            out += textwrap.wrap(more, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    return [*out, "Delivery note:", *("  " + line for line in table.note.splitlines())]


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(label + text, WIDTH, subsequent_indent=" " * len(label), break_long_words=False)


def write_xlsx(request: DataRequest, path: Path) -> None:
    """Write the request as a workbook: instructions, the tables, one sheet of fields per source system, the notes."""
    from auditkit import book as books
    from auditkit import private, sheet

    period = request.period
    title = f"Data request {period.label}"
    stamp = dt.datetime.combine(period.cut_off, dt.time())
    book = books.Book(title, stamp, header=title, footer="Internal")
    sheet.table_sheet(
        book,
        "Instructions",
        (sheet.Column("Topic", least=16), sheet.Column("What to do", most=100)),
        INSTRUCTIONS,
        notes=(f"Quarter {period.start} to {period.last_day}. Extract on {period.cut_off} or later.",),
    )
    _tables_sheet(book, request)
    for system in request.systems:
        _fields_sheet(book, system)
    sheet.table_sheet(
        book,
        "Delivery notes",
        (sheet.Column("Table", least=16), sheet.Column("Copy, fill in, save beside the file", "code", most=110)),
        [(table.entity.name, table.note) for system in request.systems for table in system.tables],
        landscape=False,
    )
    private.write_file(path, book.data())


def _tables_sheet(book: Book, request: DataRequest) -> None:
    from auditkit import sheet

    titles = (
        ("System", 18),
        ("Table", 22),
        ("What it holds", 36),
        ("Where to find it", 44),
        ("Which rows", 44),
        ("Control totals", 26),
        ("Independent source, for example", 28),
    )
    rows = [
        (
            system.title,
            table.entity.name,
            table.entity.description,
            table.sources.replace("; ", "\n"),
            table.span,
            "\n".join(table.totals),
            table.entity.independent_source,
        )
        for system in request.systems
        for table in system.tables
    ]
    columns = [sheet.Column(title, most=most) for title, most in titles]
    sheet.table_sheet(book, "Tables", columns, rows, freeze=2, paper="A3")


def _fields_sheet(book: Book, system: SystemRequest) -> None:
    from auditkit import sheet

    facts = ("Table", "Field", "What it is", "Type", "Filled", "Sensitivity", "Allowed values")
    columns = [sheet.Column(title, most=44 if title == "What it is" else 30) for title in (*facts, *system.products)]
    rows = [
        (
            table.entity.name,
            field.column.name,
            field.column.description,
            field.type,
            field.need,
            SENSITIVITY[field.column.classification],
            ", ".join(field.column.enum),
            *("\n".join(field.names.get(product, ())) for product in system.products),
        )
        for table in system.tables
        for field in table.fields
    ]
    warning = "Restricted: deliver apart and encrypted." if system.restricted else ""
    sheet.table_sheet(book, system.title, columns, rows, warning=warning, freeze=2, paper="A3")
