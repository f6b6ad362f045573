"""Cases: examples beside an attribute or a view, as aligned CSV text, run against the SQL exactly as a run does."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from auditkit import calendar, query
from auditkit.control import Attribute, Case, Catalogue, Population, View
from auditkit.document import Document, fields
from auditkit.entity import DataModel, Entity
from auditkit.errors import ControlError, ProjectError
from auditkit.parameter import ParameterValue, Value
from auditkit.period import Quarters
from auditkit.statement import Statement

PERIOD = "2026-Q3"
CURRENCY = "SAR"
WEEKEND = ("friday", "saturday")
CASE_KEYS = ("name", "given", "expect", "parameters", "period", "calendar")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Aligned CSV text read: the header and the cells as text, empty = None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a case expected and what the SQL returned, both as text rows of the expected columns, ordered."""

    owner: str
    case: Case
    columns: tuple[str, ...]
    expected: tuple[Row, ...]
    actual: tuple[Row, ...]
    failed: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the rows are the same."""
        return self.failed is None and self.expected == self.actual

    @property
    def id(self) -> str:
        """The id pytest and `auditkit test` show."""
        return f"{self.owner}::{self.case.name}"


def read_cases(document: Document) -> tuple[Case, ...]:
    """Return the cases of an attribute's or a view's document; raises ControlError with file and line."""
    entries = document.data.get("cases") or []
    if not isinstance(entries, list):
        raise document.error("cases must be a list", "cases")
    if list(document.data)[-1] != "cases" and entries:
        raise document.error("cases must be the last key of the file", "cases")
    lines = _case_lines(document)
    return tuple(
        _case(document, number, entry, lines[number] if number < len(lines) else None)
        for number, entry in enumerate(entries)
    )


def _case_lines(document: Document) -> list[int]:
    """Return the line of every case; the text is searched, since asking the YAML parser for lines takes long."""
    lines = document.path.read_text(encoding="utf-8").splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("cases:")), len(lines))
    return [number + 1 for number, line in enumerate(lines) if number > start and line.lstrip().startswith("- name:")]


def _case(document: Document, number: int, entry: object, line: int | None) -> Case:
    where = ("cases", number)
    item = fields(document, entry, *where, known=CASE_KEYS, required=("name", "given", "expect"))
    days = fields(document, item.get("calendar") or {}, *where, "calendar", known=("weekend", "holidays"))
    given = item["given"]
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise document.error("given must name entities with CSV text", *where, "given")
    parameters = item.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise document.error("parameters must name parameters with values", *where, "parameters")
    case = Case(
        str(item["name"]),
        given,
        str(item["expect"]),
        {name: str(value) for name, value in parameters.items()},
        str(item.get("period", PERIOD)),
        tuple(str(day) for day in days.get("weekend") or WEEKEND),
        tuple(str(day) for day in days.get("holidays") or ()),
        line,
        document.shown,
    )
    _check_calendar(document, case, *where)
    return case


def _check_calendar(document: Document, case: Case, *where: str | int) -> None:
    try:
        Quarters().period(case.period)
        days = [dt.date.fromisoformat(day) for day in case.holidays]
    except (ProjectError, ValueError) as error:
        hint = "write period: 2026-Q3 and holidays: [2026-09-23]"
        raise document.error(f"case {case.name!r}: {error}".splitlines()[0], *where, hint=hint) from None
    unknown = [day for day in case.weekend if day not in calendar.WEEKDAYS]
    if unknown or len(days) != len(set(days)):
        what = f"{unknown[0]!r} is no day of the week" if unknown else "a holiday stands twice"
        raise document.error(f"case {case.name!r}: {what}", *where, hint=f"days: {', '.join(calendar.WEEKDAYS)}")


def read_table(text: str) -> Table:
    """Read aligned CSV text: cells stripped, empty = None. Raises ValueError for a row of another length."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError("the table is empty; it needs at least a header")
    parsed = list(csv.reader(io.StringIO("\n".join(lines)), skipinitialspace=True))
    header = tuple(cell.strip() for cell in parsed[0])
    rows = []
    for number, cells in enumerate(parsed[1:], 2):
        if len(cells) != len(header):
            raise ValueError(f"row {number} has {len(cells)} cells, the header {len(header)}: {lines[number - 1]}")
        rows.append(tuple(cell.strip() or None for cell in cells))
    return Table(header, tuple(rows))


def expected_columns(case: Case) -> tuple[str, ...]:
    """Return the columns that a case compares; none where it expects no row at all."""
    return () if case.expect.strip() == "none" else read_table(case.expect).columns


class Bench:
    """
    A database with the contracts' tables, in which cases are set up one after another.

    Setting up is what takes the time, and neighbouring cases differ little: a table that already holds what the case
    gives it stands, and so does a view made by the same statement, with the same values, from tables that stand. The
    rows of a statement are kept in the same way.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        """Create the tables of every entity once; cases empty and fill them."""
        self.catalogue = catalogue
        self.connection = query.locked_memory_database(catalogue.model)
        self._filled: dict[str, list[dict[str, str | None]]] = {}
        self._standing: dict[str, int] = {}
        self._contents: dict[Any, int] = {}
        self._rows: dict[Any, list[dict[str, Any]]] = {}
        self._days: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    def attribute_rows(
        self,
        attribute: Attribute,
        case: Case,
        statement: Statement | None = None,
        moved: Mapping[str, Value] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the attribute's rows for `case`, with another statement or moved parameters where given."""
        self.set_up(attribute.control_id, case, query.needed(self.catalogue, attribute.statement), moved)
        return self.rows(attribute.control_id, statement or attribute.statement, case, moved)

    def set_up(
        self, control_id: str | None, case: Case, needed: Sequence[str], moved: Mapping[str, Value] | None = None
    ) -> None:
        """Fill the tables with the case's rows and make the views and statistics named in `needed`, in order."""
        self._check_parameters(control_id, case, needed)
        self.fill(case)
        self.make(control_id, case, needed, moved)

    def fill(self, case: Case) -> None:
        """Empty the tables and fill them with the case's rows and its calendar."""
        given = {name: rows for name, rows in _complete(self.catalogue.model, case).items() if rows}
        for name in sorted({*self._filled, *given}):
            rows = given.get(name, [])
            if rows != self._filled.get(name):
                self._filled.pop(name, None)
                self._standing.pop(name, None)
                self.connection.execute(f'DELETE FROM "{name}"')
                _insert(self.connection, self.catalogue.model.entities[name], rows, case)
                self._stands(name, tuple(tuple(row.items()) for row in rows))
        self._filled = given
        if self._days != (case.weekend, case.holidays):
            calendar.fill(self.connection, case.weekend, tuple(dt.date.fromisoformat(day) for day in case.holidays))
            self._days = (case.weekend, case.holidays)
            self._stands("calendar", self._days)

    def make(
        self, control_id: str | None, case: Case, needed: Sequence[str], moved: Mapping[str, Value] | None = None
    ) -> None:
        """Make the views and statistics named in `needed`, in that order, from the tables as they stand."""
        for name in needed:
            if name in self.catalogue.statistics:
                statistic = self.catalogue.statistics[name]
                content = ("statistic", name, self._standing[statistic.input])
                if self._contents.get(content, -1) != self._standing.get(name):
                    self._standing.pop(name, None)
                    query.estimate(self.connection, statistic)
                    self._stands(name, content)
            else:
                view = self.catalogue.views[name]
                self.materialise(name, view.statement, self.values(view.control_id or control_id, case, moved))

    def materialise(self, name: str, statement: Statement, values: Mapping[str, object]) -> None:
        """Make the table of a view from `statement`, unless it stands."""
        content = self._content(statement, values)
        if self._contents.get(content, -1) != self._standing.get(name):
            self._standing.pop(name, None)
            query.materialise(self.connection, name, statement, values)
            self._stands(name, content)

    def _content(self, statement: Statement, values: Mapping[str, object]) -> Any:
        """Return what decides the rows of a statement: its text, the values it binds and what it reads."""
        bound = tuple((key, values[key]) for key in sorted(statement.parameters))
        return statement.text, bound, tuple((table, self._standing.get(table)) for table in sorted(statement.tables))

    def _stands(self, name: str, content: object) -> None:
        """Note what the table holds: equal contents have one number."""
        self._standing[name] = self._contents.setdefault(content, len(self._contents))

    def _check_parameters(self, control_id: str | None, case: Case, needed: Sequence[str]) -> None:
        owners = {
            control_id,
            *(self.catalogue.views[name].control_id for name in needed if name in self.catalogue.views),
        }
        known = {name for owner in owners if owner for name in self.catalogue.control(owner).parameters}
        for name in case.parameters:
            if name not in known:
                raise _wrong(case, f"there is no parameter {name!r}", hint=_near(name, known))

    def rows(
        self, control_id: str | None, statement: Statement, case: Case, moved: Mapping[str, Value] | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of `statement` over the tables as they stand."""
        values = self.values(control_id, case, moved)
        content = self._content(statement, values)
        if content not in self._rows:
            cursor = self.connection.execute(statement.text, query.bound(statement, values))
            names = [column[0] for column in cursor.description or ()]
            self._rows[content] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return self._rows[content]

    def values(self, control_id: str | None, case: Case, moved: Mapping[str, Value] | None = None) -> dict[str, object]:
        """Return the parameter values of a case: defaults, the case's own, then the moved ones."""
        values: dict[str, object] = dict(Quarters().period(case.period).parameters(CURRENCY))
        declared = self.catalogue.control(control_id).parameters if control_id else {}
        for name, parameter in declared.items():
            text = case.parameters.get(name, parameter.default)
            try:
                values[name] = ParameterValue(control_id or "", parameter, text, "case").value
            except ValueError as error:
                raise _wrong(case, f"${name}: {error}") from None
        return values | dict(moved or {})


def run_attribute_case(bench: Bench, attribute: Attribute, population: Population, case: Case) -> CaseResult:
    """Run one case of an attribute and compare all population items with what it expects."""
    if case.expect.strip() == "none":
        expected = Table((*population.grain, "result"), ())
    else:
        expected = _expected(case, (*population.grain, "result"))
    return _compare(attribute.id, case, expected, lambda: bench.attribute_rows(attribute, case))


def run_view_case(bench: Bench, view: View, case: Case) -> CaseResult:
    """Run one case of a view and compare the listed columns of its rows."""
    expected = Table((), ()) if case.expect.strip() == "none" else _expected(case, ())

    def rows() -> list[dict[str, Any]]:
        bench.set_up(view.control_id, case, query.needed(bench.catalogue, view.statement))
        return bench.rows(view.control_id, view.statement, case)

    return _compare(view.name, case, expected, rows)


def _wrong(case: Case, message: str, hint: str | None = None) -> ControlError:
    return ControlError(f"case {case.name!r}: {message}", path=case.shown, line=case.line, hint=hint)


def _near(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"


def _expected(case: Case, required: Sequence[str]) -> Table:
    try:
        table = read_table(case.expect)
    except ValueError as error:
        raise _wrong(case, str(error)) from None
    for name in required:
        if name not in table.columns:
            raise _wrong(case, f"expect has no column {name!r}", hint=f"it needs {', '.join(required)}")
    return table


def _compare(owner: str, case: Case, expected: Table, rows: Any) -> CaseResult:
    try:
        found = rows()
    except duckdb.Error as error:
        return CaseResult(owner, case, expected.columns, expected.rows, (), f"the query fails: {error}")
    columns = expected.columns or tuple(found[0] if found else ())
    missing = [name for name in columns if found and name not in found[0]]
    if missing:
        return CaseResult(owner, case, columns, expected.rows, (), f"no column {', '.join(missing)} in the result")
    actual = [tuple(query.as_text(row[name]) for name in columns) for row in found]
    wanted = [tuple(_normal(cell) for cell in row) for row in expected.rows]
    actual = [tuple(_normal(cell) for cell in row) for row in actual]
    key = lambda row: tuple("" if cell is None else cell for cell in row)  # noqa: E731
    return CaseResult(owner, case, columns, tuple(sorted(wanted, key=key)), tuple(sorted(actual, key=key)))


def _normal(cell: str | None) -> str | None:
    """Make '50' and '50.00' the same text, and leave identifiers such as 00123 alone."""
    if cell is None or not query.DECIMAL_TEXT.fullmatch(cell):
        return cell
    whole = cell.rstrip("0").rstrip(".") if "." in cell else cell
    return "0" if whole in ("-0", "") else whole


def _complete(model: DataModel, case: Case) -> dict[str, list[dict[str, str | None]]]:
    """Return the rows of every entity the case needs: given, with case defaults, and the parents of foreign keys."""
    tables: dict[str, list[dict[str, str | None]]] = {}
    for name, text in case.given.items():
        if name not in model.entities:
            raise _wrong(case, f"{name!r} is not an entity of the contracts", hint=_near(name, model.entities))
        try:
            table = read_table(text)
        except ValueError as error:
            raise _wrong(case, f"{name}: {error}") from None
        entity = model.entities[name]
        known = {column.name for column in entity.columns}
        for column in table.columns:
            if column not in known:
                raise _wrong(case, f"{name} has no column {column!r}", hint=_near(column, known))
        defaults = {c.name: c.case_default for c in entity.columns if c.name not in table.columns}
        tables[name] = [defaults | dict(zip(table.columns, row, strict=True)) for row in table.rows]
    _add_parents(model, tables)
    return tables


def _add_parents(model: DataModel, tables: dict[str, list[dict[str, str | None]]]) -> None:
    waiting = list(tables)
    while waiting:
        entity = model.entities[waiting.pop()]
        for column in entity.columns:
            if column.references is None:
                continue
            parent, key = column.references
            rows = tables.setdefault(parent, [])
            present = {row[key] for row in rows}
            wanted = {row[column.name] for row in tables[entity.name]} - present - {None}
            defaults = {c.name: c.case_default for c in model.entities[parent].columns}
            rows.extend(defaults | {key: value} for value in sorted(str(value) for value in wanted))
            if wanted:
                waiting.append(parent)


def _insert(
    connection: duckdb.DuckDBPyConnection, entity: Entity, rows: Sequence[Mapping[str, str | None]], case: Case
) -> None:
    if not rows:
        return
    given = [column for column in entity.columns if any(row.get(column.name) is not None for row in rows)]
    names = [column.name for column in given]
    casts = "".join(f"CAST(? AS {column.type}), " for column in given)
    columns = "".join(f'"{name}", ' for name in names)
    values = ", ".join(f"({casts}'case', {number})" for number, _ in enumerate(rows, 1))
    cells = [row.get(name) for row in rows for name in names]
    try:
        connection.execute(f'INSERT INTO "{entity.name}" ({columns}_source_file, _source_row) VALUES {values}', cells)
    except duckdb.ConversionException:
        unread = ((column, row.get(column.name)) for row in rows for column in given)
        wrong = next((column, cell) for column, cell in unread if not _readable(connection, column.type, cell))
        message = f"{entity.name}.{wrong[0].name} is {wrong[1]!r}"
        raise _wrong(case, message, hint=f"write a value of type {wrong[0].type}") from None


def _readable(connection: duckdb.DuckDBPyConnection, kind: str, cell: str | None) -> bool:
    found = connection.execute(f"SELECT TRY_CAST($1 AS {kind}) IS NOT NULL", [cell]).fetchone()
    return cell is None or found == (True,)
