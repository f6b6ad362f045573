"""What a run handed to people: the rows of its forms as they were written, and its register."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from auditkit import evidence, manifest
from auditkit.errors import RegisterError
from auditkit.form import FORMS
from auditkit.quoting import literal
from auditkit.review import Seen
from auditkit.review_row import COLUMNS, FILE

if TYPE_CHECKING:
    from auditkit.period import Period

KINDS = {sheet: form.kind for form in FORMS for sheet in form.sheets}
REGISTER_COLUMNS = ("exception_id", "control_id", "severity", "facts", "state")
SEALED_ROWS, SEALED_REGISTER = "review_row", "register"  # parts of what a run seals of its restricted controls
ACTIVE = ("new", "repeat", "reopened")  # states of what is an exception or for review in the run itself


class HandedRow(NamedTuple):
    """A row of a form as a run wrote it; the texts of its cells are unpacked when they are asked for."""

    sheet: str
    packed_cells: str
    packed_fields: str

    @property
    def cells(self) -> Mapping[str, str]:
        """Text of the machine cells by heading."""
        found: Mapping[str, str] = json.loads(self.packed_cells)
        return found

    @property
    def fields(self) -> Mapping[str, str]:
        """Text of the people's cells by field name; an empty one is left out."""
        found: Mapping[str, str] = json.loads(self.packed_fields)
        return found


@dataclass(frozen=True, slots=True)
class Handout:
    """`rows` of a run's forms by kind and key, and its exceptions by id."""

    run: str
    period: Period
    declared_on: dt.date
    rows: Mapping[tuple[str, str], HandedRow]
    register: Mapping[str, Seen]


def opened(folder: Path, period: Period) -> Handout:
    """
    Return what the run in `folder` handed out openly.

    Raises RegisterError where it is not whole, or no longer what the run's manifest says.
    """
    sums = manifest.read(folder).get("files", {})
    rows = _fetched(folder, FILE, sums, COLUMNS)
    register = _fetched(folder, evidence.REGISTER, sums, REGISTER_COLUMNS)
    return _handout(folder, period, rows, register)


def sealed(folder: Path, period: Period, content: Mapping[str, Any]) -> Handout:
    """Return what the run handed out in its restricted edition; `content` is what it sealed."""
    try:
        lines = [json.loads(line) for line in content[SEALED_ROWS].split("\n") if line]
        rows = [tuple(line[name] for name in COLUMNS) for line in lines]
        register = [tuple(row[name] for name in REGISTER_COLUMNS) for row in content[SEALED_REGISTER]]
    except (KeyError, ValueError, AttributeError, TypeError):
        raise _incomplete(folder, "what it sealed") from None
    return _handout(folder, period, rows, register)


def _handout(
    folder: Path, period: Period, rows: Iterable[tuple[str, ...]], register: Iterable[tuple[str, ...]]
) -> Handout:
    return Handout(
        folder.name,
        period,
        _declared_on(folder),
        {(KINDS[sheet], key): HandedRow(sheet, cells, fields) for sheet, key, cells, fields in rows if sheet in KINDS},
        {name: Seen(control, severity, facts, state in ACTIVE) for name, control, severity, facts, state in register},
    )


def _declared_on(folder: Path) -> dt.date:
    try:
        return dt.datetime.fromisoformat(manifest.read(folder)["run"]["declared_at"]).date()
    except (ValueError, LookupError, TypeError):
        raise _incomplete(folder, manifest.FILE) from None


def _fetched(folder: Path, name: str, sums: Mapping[str, str], columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    shown = f"results/{name}"
    path = folder / manifest.EVIDENCE / shown
    if not path.is_file():
        raise _incomplete(folder, f"{manifest.EVIDENCE}/{shown}")
    if manifest.sum_of(path) != sums.get(shown):
        hint = "restore it from a copy of the project: what came back is compared with what the run had written"
        message = f"{manifest.EVIDENCE}/{shown} of run {folder.name} was changed after the run"
        raise RegisterError(message, hint=hint)
    with duckdb.connect() as connection:
        try:
            return connection.execute(f"SELECT {', '.join(columns)} FROM read_parquet({literal(str(path))})").fetchall()
        except duckdb.Error:
            raise _incomplete(folder, f"{manifest.EVIDENCE}/{shown}") from None


def _incomplete(folder: Path, what: str) -> RegisterError:
    hint = "restore the run's folder from a copy, or run the quarter again and fill in its workbook"
    return RegisterError(f"the run {folder.name} lacks {what}, or it cannot be read", hint=hint)
