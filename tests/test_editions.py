"""The editions of one run, read back as a reader gets them: the same figures everywhere, laid out to be read."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msoffcrypto
import openpyxl
import pytest
from conftest import PASSPHRASE, ROOT, CommandRun
from openpyxl.utils.cell import range_boundaries

from auditkit.control import Control
from auditkit.form import FORMS
from auditkit.paper_source import flattened
from auditkit.sheet import MARK

NUMBERS = ("items", "tested", "exceptions", "review", "not_tested")
TITLES = ("Items", "Tested", "Exceptions", "For review", "Not tested")
TALLEST_FROZEN = 330  # points: more would leave a small screen no room to scroll
FORM_SHEETS = {sheet for form in FORMS for sheet in form.sheets}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def books(sample_run: CommandRun) -> dict[str, Any]:
    """The three editions by their letter, opened."""
    opened = {}
    for path in folder(sample_run).glob("*.xlsx"):
        letter = re.fullmatch(r".*_([BRW])(?:_draft)?", path.stem)
        if letter is None:  # a translation, or what one owner of actions gets
            continue
        data = io.BytesIO(path.read_bytes())
        if path.name.startswith("restricted"):
            office, plain = msoffcrypto.OfficeFile(data), io.BytesIO()
            office.load_key(password=PASSPHRASE)
            office.decrypt(plain)
            data = plain
        opened[letter[1]] = openpyxl.load_workbook(data)
    assert sorted(opened) == ["B", "R", "W"]
    return opened


def folder(sample_run: CommandRun) -> Path:
    (found,) = (sample_run.folder / "output" / "2026-Q3").iterdir()
    return found


@pytest.fixture(scope="module")
def summary(sample_run: CommandRun) -> Rows:
    """The manifest's summary: one row per control and population."""
    content = json.loads((folder(sample_run) / "evidence" / "manifest.json").read_text(encoding="utf-8"))
    rows: Rows = content["summary"]
    assert len(rows) > 5
    return rows


def table(sheet: Any) -> Rows:
    """The sheet's Excel table as rows by heading."""
    (found,) = sheet.tables.values()
    head, *rows = [[cell.value for cell in row] for row in sheet[found.ref]]
    return [dict(zip(head, row, strict=True)) for row in rows]


def sheets_of(books: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(letter, sheet) for letter, made in books.items() for sheet in made]


def counted(sample_run: CommandRun, result: str) -> Counter[str]:
    return Counter(attribute for (attribute, _), said in sample_run.results.items() if said.split(":")[0] == result)


def controls(sample_run: CommandRun, *, restricted: bool) -> list[Control]:
    run = sample_run.outcome.run
    return [result.control for result in (run.restricted if restricted else run.controls)]


# The same figure is the same everywhere


def test_the_terminal_shows_the_figures_of_the_manifest(sample_run: CommandRun, summary: Rows) -> None:
    found = re.findall(r"^([A-Z]{3})  .*?((?:  +[\d,]+){5})  ", sample_run.done.stdout, re.MULTILINE)

    shown = [(control, [int(number.replace(",", "")) for number in numbers.split()]) for control, numbers in found]
    assert shown == [(row["control"], [row[name] for name in NUMBERS]) for row in summary]


def test_the_working_summary_shows_the_figures_and_conclusions_of_the_manifest(
    books: dict[str, Any], summary: Rows
) -> None:
    rows = table(books["W"]["Summary"])

    assert [[row[title] for title in TITLES] for row in rows] == [[row[name] for name in NUMBERS] for row in summary]
    assert [row["Conclusion before review"] for row in rows] == [row["conclusion"] for row in summary]
    for row in rows:
        assert row["Items"] == row["Tested"] + row["Not tested"] + row["Not applicable"]
        assert row["Tested"] == row["Passed"] + row["Exceptions"] + row["For review"]


def test_the_scorecard_shows_the_same_figures_unless_they_are_masked(books: dict[str, Any], summary: Rows) -> None:
    rows = table(books["B"]["Scorecard"])

    assert [row["Population"] for row in rows] == [row["title"] for row in summary]
    plain = 0
    for shown, known in zip(rows, summary, strict=True):
        for title, name in zip(TITLES, NUMBERS, strict=True):
            assert shown[title] == known[name] or shown[title] in ("< 5", "withheld")
            plain += shown[title] == known[name]
    assert plain > 30


def test_the_tiles_of_the_summary_are_the_sums_of_the_scorecard(books: dict[str, Any]) -> None:
    rows = [
        row for row in table(books["B"]["Scorecard"]) if not any(row[title] in ("< 5", "withheld") for title in TITLES)
    ]
    words = [str(cell.value) for row in books["B"]["Summary"].iter_rows() for cell in row if cell.value is not None]

    place = words.index("exceptions, unreviewed")
    tiles = words[place - 6 : place - 2]
    assert tiles[2:] == [f"{sum(row[title] for row in rows):,}" for title in ("Exceptions", "For review")]


def test_every_matter_has_the_figures_of_its_attribute_in_the_working_edition(books: dict[str, Any]) -> None:
    attributes = {row["Attribute"]: row for row in table(books["W"]["Attributes"])}
    matters = table(books["B"]["Findings"])

    assert len(matters) == sum(bool(row["Exceptions"] or row["For review"]) for row in attributes.values())
    compared = 0
    for matter in matters:
        row = attributes[matter["What should be so"].split("  ")[0]]
        for title, same in (("Exceptions", "Exceptions"), ("Items tested", "Tested"), ("For review", "For review")):
            assert matter[title] == row[same] or matter[title] in ("< 5", "withheld")
        if isinstance(rate := matter["Exception rate, unreviewed"], (int, float)):
            assert rate == pytest.approx(row["Exception rate, unreviewed"], abs=1e-9)
            compared += 1
        stake, same = "Value at stake, SAR, unreviewed", matter["Value at stake, SAR, unreviewed"]
        assert same == row[stake] or (same in ("-", "withheld") and not row[stake]) or same == "withheld"
    assert compared > 10


@pytest.mark.parametrize(
    ("sheet", "column", "result"),
    [
        ("Exceptions", "Exceptions", "EXCEPTION"),
        ("Review items", "For review", "REVIEW"),
        ("Not tested", "Not tested", "NOT_TESTED"),
    ],
)
def test_every_item_counted_is_listed_in_the_working_edition(
    sample_run: CommandRun, books: dict[str, Any], sheet: str, column: str, result: str
) -> None:
    listed = Counter(row["Attribute"] for row in table(books["W"][sheet]))

    open_ones = {attribute.id for control in controls(sample_run, restricted=False) for attribute in control.attributes}
    found = {attribute: count for attribute, count in counted(sample_run, result).items() if attribute in open_ones}
    assert listed == found
    assert listed == {row["Attribute"]: row[column] for row in table(books["W"]["Attributes"]) if row[column]}


def test_the_restricted_edition_lists_its_own_items_and_no_others(
    sample_run: CommandRun, books: dict[str, Any]
) -> None:
    own = {attribute.id for control in controls(sample_run, restricted=True) for attribute in control.attributes}
    found = {attribute: count for attribute, count in counted(sample_run, "EXCEPTION").items() if attribute in own}

    sheet = books["R"]["Indicators"]
    listed = Counter(row["Attribute"] for row in table(sheet)) if sheet.tables else Counter()
    assert listed == found
    assert {row["Attribute"] for row in table(books["R"]["Attributes"])} == own


def test_the_outstanding_items_of_the_evidence_are_those_of_the_sheets(
    sample_run: CommandRun, books: dict[str, Any]
) -> None:
    path = folder(sample_run) / "evidence" / "results" / "outstanding_items.parquet"
    kept = duckdb.connect().execute("SELECT attribute_id, item, why FROM read_parquet(?)", [str(path)]).fetchall()

    sheets = [table(books["W"][name]) for name in ("Exceptions", "Review items", "Not tested")]
    assert sorted(kept) == sorted((row["Attribute"], row["Item"], row["Why"]) for rows in sheets for row in rows)


def test_the_manifest_of_the_workbook_is_that_of_the_evidence(sample_run: CommandRun, books: dict[str, Any]) -> None:
    content = json.loads((folder(sample_run) / "evidence" / "manifest.json").read_text(encoding="utf-8"))
    kept = {name: value for name, value in flattened(content) if isinstance(value, str) and 0 < len(value) < 100}

    shown = {row["Entry"]: row["Value"] for row in table(books["W"]["Manifest"])}
    differing = {name for name, value in shown.items() if name in kept and str(value) != kept[name]}
    assert differing == set()
    assert len(set(shown) & set(kept)) > 100


def test_source_file_and_row_lead_to_the_item(books: dict[str, Any]) -> None:
    extracts = ROOT / "sample_data" / "extracts" / "2026-Q3"
    register = openpyxl.load_workbook(extracts / "gift_register.xlsx").worksheets[0]
    lines = [[str(value) for value in line if value is not None] for line in register.iter_rows(values_only=True)]

    rows = [row for row in table(books["W"]["Exceptions"]) if row["Source file"] == "gift_register.xlsx"]
    assert len(rows) > 10
    for row in rows:
        assert row["Item"].removeprefix("gift_id=") in lines[row["Source row"] - 1]


# Laid out to be read, on the screen and on paper


def test_every_table_has_its_filter_its_headings_and_a_frozen_header(books: dict[str, Any]) -> None:
    seen = 0
    for letter, sheet in sheets_of(books):
        for found in sheet.tables.values():
            left, first, right, last = range_boundaries(found.ref)
            head = [sheet.cell(first, column).value for column in range(left, right + 1)]
            assert found.autoFilter.ref == found.ref
            assert [column.name for column in found.tableColumns] == head
            frozen = int(re.sub(r"\D", "", sheet.freeze_panes)) - 1
            assert frozen == first, (letter, sheet.title)
            tall = sum(sheet.row_dimensions[row].height or 15 for row in range(1, frozen + 1))
            assert tall < TALLEST_FROZEN, (letter, sheet.title, tall)
            assert sheet.sheet_view.selection[-1].activeCell == sheet.freeze_panes
            assert last > first
            seen += 1
    assert seen > 25


def test_a_table_of_several_pages_repeats_its_header(books: dict[str, Any]) -> None:
    for letter, sheet in sheets_of(books):
        for found in sheet.tables.values():
            _, first, right, last = range_boundaries(found.ref)
            if letter != "B" or last - first > 40:
                form = sheet.cell(first - 1, right).value == MARK  # what people fill in is marked above its headings
                assert form is (sheet.title in FORM_SHEETS)
                assert sheet.print_title_rows == f"${first - form}:${first}", (letter, sheet.title)


def test_every_page_is_numbered_marked_and_one_page_wide(books: dict[str, Any]) -> None:
    for letter, sheet in sheets_of(books):
        assert sheet.oddFooter.right.text == "&A, page &P of &N"
        assert "UNREVIEWED" in sheet.oddHeader.right.text
        # Exceptions with their history and the cells for people would be too small to read on one page.
        wide = letter != "B" and sheet.title in ("Findings", "Exceptions", "Indicators", "Review items", "Register")
        assert sheet.page_setup.fitToWidth == (2 if wide else 1)
        assert bool(sheet.print_title_cols) is wide
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_area
        assert sheet.sheet_state == "visible"


def test_no_row_is_higher_than_a_spreadsheet_allows(books: dict[str, Any]) -> None:
    for _, sheet in sheets_of(books):
        assert all((row.height or 0) <= 409 for row in sheet.row_dimensions.values())
        assert all(0 < column.width < 255 for column in sheet.column_dimensions.values())


def test_no_cell_is_a_formula_or_an_error(books: dict[str, Any]) -> None:
    kinds = Counter(cell.data_type for _, sheet in sheets_of(books) for row in sheet.iter_rows() for cell in row)
    assert set(kinds) <= {"s", "n", "d", "inlineStr"}


def test_days_and_amounts_are_dates_and_numbers_and_stand_right(books: dict[str, Any]) -> None:
    sheet = books["W"]["Exceptions"]
    (found,) = sheet.tables.values()
    head, *rows = list(sheet[found.ref])
    place = {cell.value: number for number, cell in enumerate(head)}

    amounts = [row[place["Amount"]] for row in rows if row[place["Amount"]].value is not None]
    days = [row[place["Event date"]] for row in rows if row[place["Event date"]].value is not None]
    assert all(isinstance(cell.value, (int, float)) and cell.alignment.horizontal == "right" for cell in amounts)
    assert all(cell.is_date for cell in days)
    assert {cell.number_format for cell in amounts} == {"#,##0.00_m"}
    assert head[place["Amount"]].alignment.horizontal == "right"


def test_every_chart_can_be_read_aloud(sample_run: CommandRun) -> None:
    (board,) = folder(sample_run).glob("findings_*_B_draft.xlsx")
    with zipfile.ZipFile(board) as archive:
        drawings = [
            archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/drawings/drawing")
        ]

    said = [text for drawing in drawings for text in re.findall(r'<[^>]*cNvPr [^>]*descr="([^"]*)"', drawing)]
    assert len(said) == sum(
        drawing.count("<graphicFrame>") or drawing.count("graphicFrame>") // 2 for drawing in drawings
    )
    assert all(text.startswith("Bar chart: ") for text in said)
    assert len(said) >= 3


def test_the_files_name_no_author_and_say_what_they_are(books: dict[str, Any]) -> None:
    for made in books.values():
        assert made.properties.title.startswith("Integrity controls 2026-Q3, ")
        assert made.properties.lastModifiedBy is None
        assert made.active is made.worksheets[0]


def test_the_readme_counts_the_entries_of_every_sheet_and_leads_there(books: dict[str, Any]) -> None:
    made = books["W"]
    links = {
        cell.value: cell.hyperlink.location for row in made["Readme"].iter_rows() for cell in row if cell.hyperlink
    }

    for row in table(made["Readme"]):
        sheet = made[row["Sheet"]]
        filled = [line for line in table(sheet) if any(value is not None for value in line.values())]  # no spare row
        assert row["Entries"] == len(filled)
        assert links[row["Sheet"]] == f"'{row['Sheet']}'!A1"


def test_rates_are_exact_to_the_digits_they_show(books: dict[str, Any]) -> None:
    for row in table(books["B"]["Findings"]):
        exceptions, tested = row["Exceptions"], row["Items tested"]
        if isinstance(exceptions, int) and isinstance(tested, int):
            exact = Decimal(exceptions) / Decimal(tested)
            assert abs(Decimal(repr(row["Exception rate, unreviewed"])) - exact) < Decimal("1e-9")
