"""
A workbook from outside, read cell by cell: whatever is in the file, memory stays bounded and nothing of it is run.

The sheets are read as a stream, so that one stray cell in the last row or column costs nothing; formulas are told from
what people typed. Both are why the library that reads extracts is not used here: it lays a sheet out as one block of
memory from its first to its last cell, and gives formulas as their values. What the file says it links to is not
looked at, nor is any part of it but sheets, texts and number formats.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from auditkit.errors import RegisterError

MEGA = 1024 * 1024
LARGEST_TEXTS = 256 * MEGA  # of the table of texts, which is held in memory, unpacked
LARGEST_PART = 1024 * MEGA  # of a sheet, which is not
LARGEST_OTHER = 32 * MEGA
MOST_SHEETS = 200
LONGEST = 4 * MEGA  # of one cell or mark-up; a cell holds 32,767 characters
CHUNK = 256 * 1024
DAY = 86_400_000  # milliseconds
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
HINT = "open it in the spreadsheet program and save it as .xlsx"
OTHER_KINDS = (
    ("xl/vbaProject.bin", "the workbook holds macros"),
    ("xl/workbook.bin", "the workbook is of the kind .xlsb"),
    ("content.xml", "the workbook is of the kind .ods"),
)
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(50, 59)))
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Cell(NamedTuple):
    """What stands in a cell: number, text, moment, True or False; `kind` is "", formula or error."""

    value: Any
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a workbook by name in their order, each with the part of the file that holds it."""

    name: str
    sheets: Mapping[str, str]
    archive: zipfile.ZipFile
    texts: tuple[str, ...]
    dates: frozenset[int]  # cell formats that show a number as a date
    from_1904: bool

    @classmethod
    def open(cls, file: Path | IO[bytes], name: str) -> Workbook:
        """Open a file, shown as `name` in messages; raises RegisterError if it is no .xlsx that can be read."""
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise RegisterError("not a workbook that can be read", path=name, hint=HINT) from None
        names = set(archive.namelist())
        for other, found in OTHER_KINDS:
            if other in names:
                hint = "save it as .xlsx, the kind without macros"
                raise RegisterError(found, path=name, hint=hint)
        if "xl/workbook.xml" not in names:
            raise RegisterError("not a workbook that can be read", path=name, hint=HINT)
        part = Part(archive, name)
        sheets, from_1904 = _sheets(part)
        texts = tuple(_texts(part)) if "xl/sharedStrings.xml" in names else ()
        dates = _dates(part) if "xl/styles.xml" in names else frozenset[int]()
        return cls(name, sheets, archive, texts, dates, from_1904)

    def rows(self, sheet: str) -> Iterator[tuple[int, dict[int, Cell]]]:
        """Yield the number of every row with something in it, and its cells by column (from 1)."""
        reader = _Rows(self)
        part = Part(self.archive, self.name)
        for _ in part.read(self.sheets[sheet], reader.start, reader.end, reader.text, LARGEST_PART):
            yield from reader.taken()


@dataclass(frozen=True, slots=True)
class Part:
    """The parts of a file, read as a stream of elements (local names) and texts."""

    archive: zipfile.ZipFile
    name: str

    def read(
        self,
        part: str,
        start: Callable[[str, Mapping[str, str]], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
        most: int,
    ) -> Iterator[None]:
        """Read a part to its end, giving way after every chunk; raises RegisterError if it is broken or too large."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, given: start(tag if ":" not in tag else tag.rpartition(":")[2], given)
        parser.EndElementHandler = lambda tag: end(tag if ":" not in tag else tag.rpartition(":")[2])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _no_entities
        try:
            if self.archive.getinfo(part).file_size > most:
                raise RegisterError(
                    f"the part {part} is {self.archive.getinfo(part).file_size // MEGA} MB, more than can be meant",
                    path=self.name,
                    hint="delete what was pasted into it, or copy the filled rows into a fresh copy of the workbook",
                )
            with self.archive.open(part) as file:
                read = 0
                while chunk := file.read(CHUNK):
                    parser.Parse(chunk, False)
                    read += len(chunk)
                    if read - parser.CurrentByteIndex > LONGEST:
                        raise ValueError("one mark-up of many megabytes")
                    yield
            parser.Parse(b"", True)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError):
            raise RegisterError(f"the workbook is damaged in {part}", path=self.name, hint=HINT) from None
        except (ValueError, IndexError, OverflowError, RuntimeError, NotImplementedError):
            raise RegisterError(f"the workbook cannot be read in {part}", path=self.name, hint=HINT) from None
        yield

    def elements(self, part: str, most: int = LARGEST_OTHER) -> Iterator[tuple[str, Mapping[str, str], str]]:
        """Yield (name of the element around it, attributes, name of the element around that) for every element."""
        found: list[tuple[str, Mapping[str, str], str]] = []
        path: list[str] = []

        def start(tag: str, given: Mapping[str, str]) -> None:
            found.append((tag, given, path[-1] if path else ""))
            path.append(tag)

        def end(_: str) -> None:
            path.pop()

        for _ in self.read(part, start, end, _nothing, most):
            yield from found
            found.clear()


def _nothing(_: str) -> None:
    """Take no notice of a text."""


def _no_entities(*_: object) -> None:
    raise ValueError("a workbook declares no document type")


def _sheets(part: Part) -> tuple[dict[str, str], bool]:
    targets: dict[str | None, str] = {}
    for tag, given, _ in part.elements("xl/_rels/workbook.xml.rels"):
        if tag == "Relationship" and given.get("Type", "").endswith("/worksheet"):
            target = given.get("Target", "")
            targets[given.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets, from_1904 = {}, False
    for tag, given, _ in part.elements("xl/workbook.xml"):
        if tag == "workbookPr":
            from_1904 = given.get("date1904") in ("1", "true")
        elif tag == "sheet":
            identifier = next((value for key, value in given.items() if key.endswith(":id")), "")
            if identifier in targets:
                sheets[given.get("name", "")] = targets[identifier]
    if len(sheets) > MOST_SHEETS:
        raise RegisterError(f"the workbook has {len(sheets)} sheets", path=part.name, hint=HINT)
    return sheets, from_1904


def _texts(part: Part) -> Iterator[str]:
    """Yield the texts that cells refer to by number."""
    found: list[str] = []
    pieces: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(tag: str, _: Mapping[str, str]) -> None:
        if tag in inside:
            inside[tag] = True
        elif tag == "si":
            pieces.clear()

    def end(tag: str) -> None:
        if tag in inside:
            inside[tag] = False
        elif tag == "si":
            found.append(_unescaped("".join(pieces)))

    def text(piece: str) -> None:
        if inside["t"] and not inside["rPh"]:  # how a text is pronounced is no part of it
            pieces.append(piece)
            if len(pieces) * CHUNK > LONGEST and sum(map(len, pieces)) > LONGEST:
                raise ValueError("a text of many megabytes")

    for _ in part.read("xl/sharedStrings.xml", start, end, text, LARGEST_TEXTS):
        yield from found
        found.clear()


def _dates(part: Part) -> frozenset[int]:
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format

    codes, formats = {}, []
    for tag, given, around in part.elements("xl/styles.xml"):
        if tag == "numFmt":
            codes[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif tag == "xf" and around == "cellXfs":
            formats.append(given.get("numFmtId", "0"))
    found = set()
    for number, kind in enumerate(formats):
        code = codes.get(kind, "")
        named = is_date_format(code) and not is_timedelta_format(code) if code else False
        if named or (not code and kind.isdecimal() and int(kind) in BUILT_IN_DATES):
            found.add(number)
    return frozenset(found)


class _Rows:
    """Puts the elements of a sheet together to rows."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.done: list[tuple[int, dict[int, Cell]]] = []
        self.cells: dict[int, Cell] = {}
        self.row = self.column = self.length = 0
        self.kind = self.style = self.open = ""
        self.formula = self.spoken = False
        self.pieces: list[str] = []

    def taken(self) -> list[tuple[int, dict[int, Cell]]]:
        """Return the rows finished since the last call."""
        done, self.done = self.done, []
        return done

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "c":
            place = given.get("r")
            self.column = _column(place) if place else self.column + 1
            self.kind, self.style = given.get("t", "n"), given.get("s", "")
            self.formula = False
            self.pieces, self.length = [], 0
        elif tag in ("v", "t"):
            self.open = tag
        elif tag == "f":
            self.formula = True
        elif tag == "rPh":
            self.spoken = True
        elif tag == "row":
            self.row = int(given["r"]) if "r" in given else self.row + 1
            if not 0 < self.row <= LAST_ROW:
                raise ValueError("a row that no sheet has")
            self.column, self.cells = 0, {}

    def end(self, tag: str) -> None:
        if tag == "c":
            if self.pieces or self.formula:
                self.cells[self.column] = self._cell("".join(self.pieces))
        elif tag in ("v", "t"):
            self.open = ""
        elif tag == "rPh":
            self.spoken = False
        elif tag == "row" and self.cells:
            self.done.append((self.row, self.cells))
            self.cells = {}

    def text(self, piece: str) -> None:
        if self.open and not self.spoken:
            self.pieces.append(piece)
            self.length += len(piece)
            if self.length > LONGEST:
                raise ValueError("a cell of many megabytes")

    def _cell(self, text: str) -> Cell:
        kind = "formula" if self.formula else ""
        if self.kind == "e":
            return Cell(text, kind or "error")
        if self.kind == "s":
            return Cell(self.workbook.texts[int(text)], kind)
        if self.kind in ("inlineStr", "str"):
            return Cell(_unescaped(text), kind)
        if self.kind == "b":
            return Cell(text == "1", kind)
        if self.kind == "d":
            return Cell(dt.datetime.fromisoformat(text).replace(tzinfo=None), kind)
        if not text:
            return Cell(None, kind)
        number = float(text)
        return Cell(self._moment(number) or number, kind)

    def _moment(self, number: float) -> dt.datetime | None:
        if not self.style or int(self.style) not in self.workbook.dates:
            return None
        # The usual count has a 29 February 1900 that never was.
        zero = dt.datetime(1904, 1, 1) if self.workbook.from_1904 else dt.datetime(1899, 12, 30 + (number < 60))
        try:
            return zero + dt.timedelta(milliseconds=round(number * DAY))  # a fraction of a day is not exact
        except OverflowError:
            return None


def _column(place: str) -> int:
    column = 0
    for sign in place:
        if not "A" <= sign <= "Z":
            break
        column = column * 26 + ord(sign) - 64
    if not 0 < column <= LAST_COLUMN:
        raise ValueError("a column that no sheet has")
    return column


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
