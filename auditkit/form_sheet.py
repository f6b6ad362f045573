"""
Sheets that people fill in: machine columns locked, people's cells open, marked and checked as they are typed.

The protection has no password: it is there against accidents. What was written is noted in the book's review rows, so
that nothing of the machine's can come back changed unseen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation

from auditkit.book import Book, unique
from auditkit.cell import LONGEST, plain
from auditkit.form import Field, Form
from auditkit.review import text_of
from auditkit.review_row import ReviewRow
from auditkit.sheet import Column, Rows, table_sheet

LISTS = "Lists"
LISTS_FROM = 5  # the first row of every list: title, note, a gap and the header stand above
LISTS_NOTE = "What may be chosen in the marked cells of the other sheets. Nobody needs to change anything here."
FIRST, LAST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
KINDS = {"text": "wrap", "choice": "wrap", "date": "date", "number": "int"}
MOST = 44.0  # to which a column for people grows when what is already known is long

FormRow = tuple[str, Sequence[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Shown:
    """The rows of a form as they stand on the sheet."""

    form: Form
    rows: Rows[FormRow]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Sequence[Any]]:
        """Return the rows as they stand on the sheet."""
        for key, machine, fields in self.rows:
            yield [key, *machine, *(_typed(field, fields.get(field.name)) for field in self.form.fields)]


def form_sheet(
    book: Book,
    form: Form,
    title: str,
    machine_columns: Sequence[Column],
    rows: Rows[FormRow],
    *,
    notes: Sequence[str] = (),
    warning: str = "",
    empty: str = "Nothing to list.",
    pointer: str = "",
    freeze: int = 1,
    spare: int = 0,
) -> None:
    """
    Add a sheet on which people fill in a form, and note its rows in `book.review_rows`.

    Each of `rows` is (key, machine values, field values by name); they are gone through three times. A field's value is
    a text, a date as such or in ISO form, or a whole number. The first column holds the key, under the form's heading
    for it; in the `spare` rows at the end it is open too, for rows that people add. Raises ValueError when two columns
    bear the same heading, for what comes back is found by its heading.
    """
    columns = [
        Column(form.key, "code", least=15, most=24),
        *machine_columns,
        *(
            Column(field.title, KINDS[field.kind], field.width, max(field.width, MOST), entry=True)
            for field in form.fields
        ),
    ]
    titles = [column.title for column in columns]
    if titles != unique(titles):
        raise ValueError(f"{title}: two columns bear the same heading")
    shown = _Shown(form, rows)
    table_sheet(
        *(book, title, columns, shown),
        notes=notes,
        warning=warning,
        empty=empty,
        pointer=pointer,
        freeze=freeze,
        paper="A3",
        spare=spare,
    )
    sheet = book.book[title]
    _protect(sheet)
    if not len(rows) + spare:
        return
    _, header, _, last = range_boundaries(next(iter(sheet.tables.values())).ref)
    for place, field in enumerate(form.fields, len(machine_columns) + 2):
        letter = get_column_letter(place)
        check = _validation(book, form, field)
        if check is not None:
            check.add(f"{letter}{header + 1}:{letter}{last}")
            sheet.add_data_validation(check)
    for key, machine, fields in rows:
        book.review_rows.add(_review_row(title, form, key, machine_columns, machine, fields, pointer))


def _review_row(
    title: str,
    form: Form,
    key: str,
    columns: Sequence[Column],
    machine: Sequence[Any],
    fields: Mapping[str, Any],
    pointer: str,
) -> ReviewRow:
    values = [key, *machine]
    titles = [form.key, *(column.title for column in columns)]
    cells = {heading: text_of(_cut(value, pointer)) for heading, value in zip(titles, values, strict=True)}
    return ReviewRow(title, key, cells, {field.name: _said(field, fields.get(field.name)) for field in form.fields})


def _cut(value: Any, pointer: str) -> Any:
    """Return what a sheet holds of a text that is too long for a cell, any other value as it is."""
    return plain(value, pointer) if isinstance(value, str) and len(value) * 2 > LONGEST else value


def _said(field: Field, value: Any) -> str:
    """Return the text of a field as its cell says it: dates in ISO form, "" for an empty one."""
    value = _typed(field, value)
    return value if isinstance(value, str) else text_of(value)


def _typed(field: Field, value: Any) -> Any:
    """Return a field's value as its cell holds it; what is no date or number where one should stand stays text."""
    if isinstance(value, str):
        try:
            if field.kind == "date":
                return dt.date.fromisoformat(value)
            if field.kind == "number":
                return int(value)
        except ValueError:
            return value
    return value


def _protect(sheet: Any) -> None:
    """Lock the sheet without a password, and leave people what disturbs nothing."""
    protection = sheet.protection
    protection.sheet = True
    # In the file these say what is locked: False is what people may do.
    protection.autoFilter = protection.sort = False
    protection.formatCells = protection.formatColumns = protection.formatRows = False


def _validation(book: Book, form: Form, field: Field) -> DataValidation | None:
    """Return what Excel checks when the field is typed; text is free."""
    common = {"allow_blank": True, "showErrorMessage": True, "errorTitle": field.title[:32], "errorStyle": "stop"}
    if field.kind == "choice":
        where = _list_range(book, form, field)
        return DataValidation("list", formula1=where, error=f"Choose one from the list (sheet {LISTS}).", **common)
    if field.kind == "date":
        error = f"A date, for example {FIRST.replace(year=2026)}, from {FIRST} to {LAST}."
        return DataValidation(
            "date", operator="between", formula1=_serial(FIRST), formula2=_serial(LAST), error=error, **common
        )
    if field.kind == "number":
        return DataValidation(
            "whole", operator="greaterThanOrEqual", formula1="0", error="A whole number, 0 or more.", **common
        )
    return None


def _serial(day: dt.date) -> str:
    return str((day - dt.date(1899, 12, 30)).days)


def _list_range(book: Book, form: Form, field: Field) -> str:
    """Return where the choices stand; a list of its own for each set of them, in the order of first use."""
    book.lists.setdefault(field.choices, f"{form.sheets[0]}: {field.title}")
    letter = get_column_letter(list(book.lists).index(field.choices) + 1)
    return f"{LISTS}!${letter}${LISTS_FROM}:${letter}${LISTS_FROM + len(field.choices) - 1}"


def lists_sheet(book: Book) -> None:
    """Add the sheet with the choices of all forms of the book, if there are any; call it when they are written."""
    if not book.lists:
        return
    lists = list(book.lists)
    rows = [[each[number] if number < len(each) else None for each in lists] for number in range(max(map(len, lists)))]
    columns = [Column(title, least=14, most=36) for title in book.lists.values()]
    table_sheet(book, LISTS, columns, rows, notes=[LISTS_NOTE])
    _protect(book.book[LISTS])
