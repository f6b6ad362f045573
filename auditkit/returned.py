"""
A returned workbook: the run it belongs to and the rows of its forms, wherever people have put them.

Sheets are known by the headings of a form, columns by their heading, rows by their key; nothing else of the layout
counts.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from auditkit.errors import RegisterError
from auditkit.form import FORMS, Form
from auditkit.guide import ISSUED
from auditkit.review import text_of
from auditkit.workbook import HINT, Cell, Workbook

HEAD_ROWS = 300  # of a sheet, in which its headings are looked for
RUN = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
RUN_LABEL, FRONT = "run", ("readme", "cover")  # the label of the run, and the sheets on which it stands
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")  # how an encrypted workbook begins, and one of the kind .xls
PACKAGE = "EncryptedPackage".encode("utf-16-le")  # what the former holds
NOTHING = Cell(None)


class FormSheet(NamedTuple):
    """A sheet that holds a form: the row of its headings, and the columns by heading as `folded` gives it."""

    title: str
    form: Form
    head: int
    columns: Mapping[str, int]


class FormRow(NamedTuple):
    """One row of a form: its key and its cells by column."""

    sheet: FormSheet
    number: int
    key: str
    cells: Mapping[int, Cell]

    def cell(self, heading: str) -> Cell:
        """Return the cell below a heading, an empty one if there is none."""
        return self.cells.get(self.sheet.columns.get(folded(heading), 0), NOTHING)

    def place(self, heading: str = "") -> str:
        """Return the address of the cell below a heading, or of the key: Exceptions!K17."""
        column = self.sheet.columns.get(folded(heading or self.sheet.form.key), 1)
        return f"{self.sheet.title}!{get_column_letter(column)}{self.number}"


@dataclass(frozen=True, slots=True)
class Returned:
    """A workbook that came back: `run` it names (None if it names none), its form sheets, the others."""

    name: str
    workbook: Workbook
    run: str | None
    sheets: tuple[FormSheet, ...]
    others: tuple[str, ...]
    problems: tuple[RegisterError, ...]

    def rows(self, sheet: FormSheet) -> Iterator[FormRow]:
        """Yield every row below the headings that has a key or something in a cell for people."""
        form = sheet.form
        key = sheet.columns[folded(form.key)]
        people = [sheet.columns[folded(field.title)] for field in form.fields]
        for number, cells in self.workbook.rows(sheet.title):
            if number > sheet.head:
                name = text_of(cells.get(key, NOTHING).value).strip()
                if name or any(not is_blank(cells[place]) for place in people if place in cells):
                    yield FormRow(sheet, number, name, cells)


def folded(heading: str) -> str:
    """Return a heading without what a person may have changed of it unawares: case and blanks."""
    return " ".join(heading.casefold().split())


def is_blank(cell: Cell) -> bool:
    """Whether nothing can be seen in a cell."""
    return cell.kind == "" and (cell.value is None or (isinstance(cell.value, str) and not cell.value.strip()))


def is_encrypted(path: Path) -> bool:
    """Whether the file is an encrypted workbook; raises RegisterError for one of an old kind, and if there is none."""
    try:
        with path.open("rb") as file:
            if file.read(len(COMPOUND)) != COMPOUND:
                return False
            if PACKAGE not in file.read():
                raise RegisterError("the workbook is of the kind .xls", path=str(path), hint=HINT)
            return True
    except OSError as error:
        raise RegisterError(f"the file cannot be read: {error.strerror}", path=str(path)) from None


def read(path: Path, passphrase: str | None = None) -> Returned:
    """
    Read a returned workbook up to its headings; an encrypted one is opened in memory with the passphrase.

    Raises RegisterError for what is no workbook that can be read.
    """
    name = str(path)
    if path.suffix.lower() == ".xlsm":
        hint = "save it as .xlsx, the kind without macros"
        raise RegisterError("the workbook holds macros", path=name, hint=hint)
    if is_encrypted(path):
        return look(Workbook.open(io.BytesIO(_decrypted(path, passphrase)), name), name)
    return look(Workbook.open(path, name), name)


def _decrypted(path: Path, passphrase: str | None) -> bytes:
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    out = io.BytesIO()
    hint = "a working edition comes back without a password; the restricted one with the passphrase it was written with"
    if not passphrase:
        raise RegisterError("the workbook is protected by a password, and none was given", path=str(path), hint=hint)
    try:
        with path.open("rb") as file:
            office = OfficeFile(file)
            office.load_key(password=passphrase)
            office.decrypt(out)
    except (DecryptionError, FileFormatError, InvalidKeyError, ParseError, ValueError, KeyError, OSError, TypeError):
        raise RegisterError("the passphrase does not open the workbook", path=str(path), hint=hint) from None
    return out.getvalue()


def look(workbook: Workbook, name: str) -> Returned:
    """Find the run and the forms of a workbook; raises RegisterError for one of several runs, or issued."""
    sheets: list[FormSheet] = []
    others: list[str] = []
    problems: list[RegisterError] = []
    front: set[str] = set()
    elsewhere: set[str] = set()
    for title in workbook.sheets:
        found = _heading(workbook, title, front if folded(title) in FRONT else elsewhere)
        if found is None and folded(title) in FRONT and _is_issued(workbook, title):
            hint = "run the quarter again, fill in that run's workbook, and issue it as a new version"
            raise RegisterError("an issued edition; what is written into it is not taken back", path=name, hint=hint)
        if found is None:
            others.append(title)
            continue
        form, number, cells = found
        if wrong := _wrong(form, title, number, cells, name):
            problems += wrong
        else:
            sheets.append(FormSheet(title, form, number, _columns(cells)))
    runs = front or elsewhere  # other sheets may speak of earlier runs, too
    if len(runs) > 1:
        hint = "bring back the sheets of one run at a time, each in the workbook it came from"
        raise RegisterError(f"the file names several runs: {', '.join(sorted(runs))}", path=name, hint=hint)
    run = min(runs, default=None)
    return Returned(name, workbook, run, tuple(sheets), tuple(others), tuple(problems))


def _heading(workbook: Workbook, title: str, runs: set[str]) -> tuple[Form, int, Mapping[int, Cell]] | None:
    """Return the form that a sheet holds and the row of its headings; put the run it names into `runs`."""
    ours = next((form for form in FORMS if folded(title) in map(folded, form.sheets)), None)
    half: tuple[Form, int, Mapping[int, Cell]] | None = None
    for number, cells in workbook.rows(title):
        if number > HEAD_ROWS:
            break
        texts = {folded(text_of(cell.value)) for cell in cells.values()}
        for form in FORMS:
            if folded(form.key) in texts and all(folded(field.title) in texts for field in form.fields):
                return form, number, cells
        if half is None and ours is not None and folded(ours.key) in texts and len(texts) > 1:
            half = ours, number, cells
        runs.update(_named_run(cells))
    return half


def _is_issued(workbook: Workbook, title: str) -> bool:
    """Whether the sheet in front says that the edition is issued."""
    rows = itertools.islice(workbook.rows(title), HEAD_ROWS)
    return any(text_of(cell.value) == ISSUED for _, cells in rows for cell in cells.values())


def _named_run(cells: Mapping[int, Cell]) -> Iterator[str]:
    """Yield what stands right of the label of the run."""
    filled = [text_of(cells[column].value).strip() for column in sorted(cells) if not is_blank(cells[column])]
    for label, value in itertools.pairwise(filled):
        if folded(label).rstrip(":") == RUN_LABEL and RUN.fullmatch(value):
            yield value


def _columns(cells: Mapping[int, Cell]) -> dict[str, int]:
    return {folded(text_of(cells[column].value)): column for column in sorted(cells, reverse=True)}


def _wrong(form: Form, title: str, number: int, cells: Mapping[int, Cell], name: str) -> list[RegisterError]:
    """Say which headings of a form are missing, or stand there twice."""
    texts = [folded(text_of(cell.value)) for cell in cells.values()]
    problems = []
    for heading in (form.key, *(field.title for field in form.fields)):
        count = texts.count(folded(heading))
        if count == 1:
            continue
        found = f"{count} columns are headed" if count else "no column is headed"
        hint = "rename the one that was added" if count else "put the column back; hide it if it is in the way"
        problems.append(RegisterError(f"{title}, row {number}: {found} {heading!r}", path=name, hint=hint))
    return problems
