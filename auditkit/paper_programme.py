"""The sheet of measured figures in the working and the restricted edition: true numbers, with their definitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from auditkit.book import Book
from auditkit.measure import MeasureResult
from auditkit.programme import Measured
from auditkit.programme_row import UNITS
from auditkit.sheet import Column, table_sheet

SHEET = "Measures"
WHAT = "figures with numerator, denominator and definition; a roll-forward says whether it ties"


def measures(book: Book, measured: Sequence[Measured]) -> None:
    """Add the sheet with all figures of the controls, those that could not be measured with the reason."""
    columns = [
        Column("Control", least=14),
        Column("Figure", least=14),
        Column("Title", "wrap", least=30),
        Column("What is counted", "wrap", least=30),
        Column("Number", "int"),
        Column("Of", "int"),
        Column("Value", "number", number="#,##0.00"),
        Column("Unit"),
        Column("Remark", "wrap", least=30, most=50),
        Column("Definition", "wrap", least=50, most=70),
    ]
    rows = [row for control in measured for result in control.results for row in _rows(control, result)]
    notes = ["True numbers, for this edition's holders only: editions for more eyes mask small counts of people."]
    table_sheet(book, SHEET, columns, rows, notes=notes)


def _rows(control: Measured, result: Any) -> Iterator[list[Any]]:
    if isinstance(result, MeasureResult):
        figure = result.measure
        head = [control.control.id, figure.id, figure.title]
        if result.not_measured:
            why = f"not measured: {result.not_measured}"
            yield [
                *head,
                figure.numerator or figure.title,
                None,
                None,
                None,
                UNITS[figure.unit],
                why,
                figure.definition,
            ]
        for row in result.rows:
            name = row.category.replace("_", " ") or figure.numerator or figure.title
            numbers = (row.numerator, row.denominator, row.value, UNITS[figure.unit])
            yield [*head, name, *numbers, f"of: {figure.denominator}", figure.definition]
        return
    figure = result.roll_forward
    head = [control.control.id, figure.id, figure.title]
    if result.not_measured:
        yield [*head, None, None, None, None, None, f"not measured: {result.not_measured}", figure.definition]
    for column, number in result.numbers.items():
        ties = "" if column != "closing" else "ties" if result.ties else "does not tie"
        yield [*head, figure.words(column), number, None, None, None, ties, figure.definition]
