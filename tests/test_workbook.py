"""A workbook from outside: read as it was meant, whoever wrote it, and harmless whatever is in it."""

from __future__ import annotations

import datetime as dt
import io
import random
import resource
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import clerk
import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from auditkit.errors import RegisterError
from auditkit.returned import look
from auditkit.workbook import LONGEST, MEGA, Cell, Workbook

NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "xl/workbook.xml": f'<workbook {NAMES} xmlns:r="{OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships {RELATIONS}><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/a.xml"/></Relationships>',
}


def packed(sheet: str, **parts: str) -> bytes:
    """A workbook of one sheet A with these elements as its data; `parts` are further parts of xl/."""
    out = io.BytesIO()
    whole = f"<worksheet {NAMES}><sheetData>{sheet}</sheetData></worksheet>"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            PARTS | {"xl/worksheets/a.xml": whole} | {f"xl/{n}.xml": t for n, t in parts.items()}
        ).items():
            archive.writestr(name, text)
    return out.getvalue()


def read(data: bytes, sheet: str = "A") -> dict[tuple[int, int], Cell]:
    """The cells of a sheet by row and column."""
    workbook = Workbook.open(io.BytesIO(data), "sent.xlsx")
    return {(row, column): cell for row, cells in workbook.rows(sheet) for column, cell in cells.items()}


def values(data: bytes) -> list[Any]:
    return [cell.value for cell in read(data).values()]


def saved(fill: Any) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "A"
    fill(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_cells_are_what_openpyxl_wrote() -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        sheet["A1"], sheet["C1"], sheet["D1"] = "é\n=x", 12.5, True
        sheet["B3"], sheet["C3"] = dt.date(2026, 10, 6), dt.datetime(2026, 10, 6, 14, 30)
        sheet["D3"], sheet["E3"], sheet["F3"] = "=1+1", "_x0041_", "#N/A"
        sheet["G3"] = CellRichText("one ", TextBlock(InlineFont(b=True), "two"))
        sheet["H3"] = 46_301
        sheet["H3"].number_format = "[h]:mm"
        sheet["I3"] = 46_301
        sheet["I3"].number_format = '0 "days"'

    assert read(saved(fill)) == {
        (1, 1): Cell("é\n=x"),
        (1, 3): Cell(12.5),
        (1, 4): Cell(True),
        (3, 2): Cell(dt.datetime(2026, 10, 6)),
        (3, 3): Cell(dt.datetime(2026, 10, 6, 14, 30)),
        (3, 4): Cell(None, "formula"),
        (3, 5): Cell("A"),
        (3, 6): Cell("#N/A", "error"),
        (3, 7): Cell("one two"),
        (3, 8): Cell(46_301.0),
        (3, 9): Cell(46_301.0),
    }


def test_dates_count_from_where_the_workbook_says() -> None:
    def fill(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        book.active["A1"] = dt.date(2026, 10, 6)

    assert values(saved(fill)) == [dt.datetime(2026, 10, 6)]


def test_the_first_days_of_1900_are_not_a_day_late() -> None:
    styles = f'<styleSheet {NAMES}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    data = packed(
        '<row><c s="1"><v>59</v></c><c s="1"><v>60</v></c><c s="1"><v>9999999999</v></c></row>', styles=styles
    )

    assert values(data) == [dt.datetime(1900, 2, 28), dt.datetime(1900, 2, 28), 9_999_999_999.0]


def test_what_other_programs_write_is_read() -> None:
    row = (
        '<row r="2"><c r="B2" t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r><rPh><t>no</t></rPh></is></c>'
        '<c t="str"><f>B2</f><v>a b</v></c><c r="E2" t="d"><v>2026-10-06T00:00:00Z</v></c>'
        '<c t="b"><v>1</v></c><c t="s"><v>0</v></c><c/><c><v></v></c></row><row><c><v>3</v></c></row>'
    )
    texts = f"<sst {NAMES}><si><t>x</t><rPh><t>y</t></rPh></si></sst>"

    assert read(packed(row, sharedStrings=texts)) == {
        (2, 2): Cell("a b"),
        (2, 3): Cell("a b", "formula"),
        (2, 5): Cell(dt.datetime(2026, 10, 6)),
        (2, 6): Cell(True),
        (2, 7): Cell("x"),
        (3, 1): Cell(3.0),
    }


def test_elements_may_bear_a_prefix() -> None:
    data = packed("<x:row xmlns:x='u'><x:c><x:v>3</x:v></x:c></x:row>")

    assert values(data) == [3.0]


def test_a_stray_cell_in_the_last_place_costs_nothing() -> None:
    data = packed('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')

    assert read(data) == {(1, 1): Cell(1.0), (1_048_576, 16_384): Cell(2.0)}


@pytest.mark.parametrize(
    "sheet",
    [
        "<row><c><v>1</v>",
        '<row r="0"><c><v>1</v></c></row>',
        '<row r="1048577"><c><v>1</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row><c r="XFE1"><v>1</v></c></row>',
        '<row><c r="1"><v>1</v></c></row>',
        '<row><c t="s"><v>7</v></c></row>',
        "<row><c><v>one</v></c></row>",
        '<row><c t="d"><v>one</v></c></row>',
        "<row><c><v>&entity;</v></c></row>",
    ],
)
def test_a_broken_sheet_is_refused_with_what_to_do(sheet: str) -> None:
    with pytest.raises(
        RegisterError, match=r"sent.xlsx: the workbook (is damaged|cannot be read) in xl/worksheets/a.xml"
    ):
        read(packed(sheet))


def test_entities_are_never_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">]>' + PARTS["xl/workbook.xml"]

    with pytest.raises(RegisterError, match=r"cannot be read in xl/workbook.xml"):
        read(packed("", workbook=bomb))


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("xl/vbaProject.bin", "the workbook holds macros"),
        ("xl/workbook.bin", "of the kind .xlsb"),
        ("content.xml", "of the kind .ods"),
    ],
)
def test_other_kinds_are_named(part: str, says: str) -> None:
    out = io.BytesIO(packed(""))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(part, "x")

    with pytest.raises(RegisterError, match=says) as caught:
        read(out.getvalue())
    assert caught.value.hint == "save it as .xlsx, the kind without macros"


@pytest.mark.parametrize("data", [b"", b"not a workbook", b"PK\x03\x04", packed("")[:200], b"%PDF-1.7"])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(RegisterError, match="not a workbook that can be read"):
        read(data)


@pytest.mark.parametrize("missing", list(PARTS))
def test_a_workbook_without_one_of_its_parts_is_refused(missing: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed(""))) as whole, zipfile.ZipFile(out, "w") as archive:
        for name in whole.namelist():
            if name != missing:
                archive.writestr(name, whole.read(name))

    with pytest.raises(RegisterError):
        read(out.getvalue())


def _bomb(part: str, size: int) -> bytes:
    """A small file, one part of which unpacks to `size` blanks."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed(""))) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            if name != part:
                archive.writestr(name, whole.read(name))
        with archive.open(part, "w", force_zip64=True) as file:
            for _ in range(size // MEGA):
                file.write(b" " * MEGA)
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "size"), [("xl/sharedStrings.xml", 257), ("xl/styles.xml", 33), ("xl/workbook.xml", 33)]
)
def test_a_part_that_unpacks_to_more_than_can_be_meant_is_not_unpacked(part: str, size: int) -> None:
    with pytest.raises(RegisterError, match=rf"the part {part} is {size} MB, more than can be meant"):
        read(_bomb(part, size * MEGA))


def test_a_part_that_is_larger_than_it_says_is_damaged() -> None:
    data = bytearray(_bomb("xl/styles.xml", 30 * MEGA))
    place = data.rindex(b"PK\x01\x02")  # of the last entry of the directory
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")

    with pytest.raises(RegisterError, match=r"damaged in xl/styles.xml"):
        read(bytes(data))


@pytest.mark.parametrize(
    "sheet",
    [
        f'<row><c t="inlineStr"><is><t>{"x" * (LONGEST + 1)}</t></is></c></row>',
        f'<row><c t="{"x" * (LONGEST + 1_000_000)}"><v>1</v></c></row>',
    ],
    ids=["text", "attribute"],
)
def test_a_cell_of_many_megabytes_is_refused(sheet: str) -> None:
    with pytest.raises(RegisterError, match="cannot be read"):
        read(packed(sheet))


def test_a_text_of_many_megabytes_is_refused() -> None:
    texts = f"<sst {NAMES}><si><t>{'x' * (LONGEST + MEGA)}</t></si></sst>"

    with pytest.raises(RegisterError, match=r"cannot be read in xl/sharedStrings.xml"):
        read(packed("", sharedStrings=texts))


def test_many_sheets_are_refused() -> None:
    sheets = "".join(f'<sheet name="S{number}" r:id="r1"/>' for number in range(201))
    whole = PARTS["xl/workbook.xml"].partition("<sheets>")[0] + f"<sheets>{sheets}</sheets></workbook>"

    with pytest.raises(RegisterError, match="201 sheets"):
        read(packed("", workbook=whole))


COUNT = """
import sys
from pathlib import Path
from auditkit.workbook import Workbook
print(sum(len(cells) for _, cells in Workbook.open(Path(sys.argv[1]), "x").rows("A")))
"""


@pytest.mark.slow
def test_a_sheet_full_to_its_last_row_needs_no_more_memory(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}" s="1"/></row>' for n in range(1, 1_048_577))
    (tmp_path / "full.xlsx").write_bytes(packed(rows))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (400 * MEGA, 400 * MEGA))

    words = [sys.executable, "-c", COUNT, str(tmp_path / "full.xlsx")]
    done = subprocess.run(words, preexec_fn=limit, capture_output=True, text=True, check=False)

    assert done.stdout == "1048576\n", done.stderr


def _names(sheets: Mapping[str, str]) -> list[str]:
    return list(sheets)


def test_charts_are_no_sheets_and_names_are_kept() -> None:
    def fill(book: Any) -> None:
        book.create_chartsheet("Chart")
        book.create_sheet("Ñ & <b>")

    workbook = Workbook.open(io.BytesIO(saved(fill)), "x")

    assert _names(workbook.sheets) == ["A", "Ñ & <b>"]


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """The workbook with some bytes of the file changed, or of one of its parts."""
    if chance.random() < 0.3:
        changed = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        return bytes(changed)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(out, "w") as archive:
        names = whole.namelist()
        victim = chance.choice([name for name in names if name.startswith("xl/")])
        for name in names:
            part = bytearray(whole.read(name))
            for _ in range(chance.randint(1, 5) if name == victim else 0):
                place, length = chance.randrange(len(part)), chance.randint(1, 40)
                other = chance.randrange(len(part))
                part[place : place + chance.choice((0, length))] = part[other : other + chance.choice((0, length))]
            archive.writestr(name, bytes(part))
    return out.getvalue()


@pytest.mark.parametrize("rounds", [200, pytest.param(2500, marks=pytest.mark.slow)])
def test_a_damaged_workbook_is_read_or_refused_and_breaks_nothing(rounds: int) -> None:
    data, chance = clerk.book().data(), random.Random(rounds)
    refused = 0
    for _ in range(rounds):
        try:
            found = look(Workbook.open(io.BytesIO(_damaged(data, chance)), "sent.xlsx"), "sent.xlsx")
            for sheet in found.sheets:
                assert all(row.key or row.cells for row in found.rows(sheet))
        except RegisterError:
            refused += 1

    assert rounds / 4 < refused < rounds
