from __future__ import annotations

import html
import io
import re
import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from run_builder import ROOT, build, items

from auditkit import paper, paper_review, working_edition
from auditkit.book import Book
from auditkit.contract import load_contracts
from auditkit.paper import Scope
from auditkit.sheet import ROW_LIMIT
from auditkit.wording import NOT_RUN, RESTRICTED_LINE


def written(tmp_path: Path, **changes: Any) -> bytes:
    run, connection = build(tmp_path, **changes)
    path = tmp_path / "working.xlsx"
    working_edition.write(run, connection, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_bytes()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The edition of the usual run, written once for the tests that only read it."""
    return written(tmp_path_factory.mktemp("usual"))


def book(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def table(sheet: Any) -> list[dict[str, Any]]:
    """The sheet's Excel table as rows by heading."""
    (found,) = sheet.tables.values()
    head, *rows = [[cell.value for cell in row] for row in sheet[found.ref]]
    assert head == [column.name for column in found.tableColumns]
    return [dict(zip(head, row, strict=True)) for row in rows]


def everything(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())
    return text + html.unescape(text)


def test_all_sheets_are_there_and_the_readme_names_them(usual: bytes) -> None:
    made = book(usual)

    named = [row["Sheet"] for row in table(made["Readme"])]
    assert made.sheetnames == ["Readme", *named]


def test_every_sheet_has_a_real_table_frozen_filtered_and_fit_to_print(usual: bytes) -> None:
    for sheet in book(usual):
        (found,) = sheet.tables.values()
        assert found.autoFilter is not None
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert sheet.print_area
        long_list = sheet.title in ("SQL", "Manifest")
        assert sheet.page_setup.orientation == ("portrait" if long_list else "landscape")
        # Forms with many columns: on one page their letters would be too small to read.
        wide = sheet.title in ("Findings", "Exceptions", "Review items")
        assert sheet.page_setup.fitToWidth == (2 if wide else 1)
        assert bool(sheet.print_title_cols) is wide
        assert "UNREVIEWED" in sheet.oddHeader.right.text


def test_an_exception_names_person_unit_and_counterparty_as_of_its_day(usual: bytes) -> None:
    rows = {row["Item"]: row for row in table(book(usual)["Exceptions"])}

    first, later = rows["gift_id=G-000000"], rows["gift_id=G-000004"]
    assert (first["Person"], first["Name"], first["Unit"]) == ("P0000000", "Nora Haddad", "0012")
    assert (first["Unit name"], later["Unit name"]) == ("Old Harbour Unit", "Harbour Inspection")
    assert first["Counterparty name"].startswith("=HYPERLINK(")
    assert first["Why"] == "Received 450.00 SAR on 1 July; limit 50.00 SAR."
    assert first["Late arrival"] == "yes"


def test_exceptions_are_in_order_of_severity(usual: bytes) -> None:
    rows = table(book(usual)["Exceptions"])

    assert rows[0]["Attribute"] == "REC-01"
    assert [row["Severity"] for row in rows] == ["◆◆ critical", *["◆ high"] * 12]


def test_review_and_untested_items_stand_on_their_own_sheets_with_the_reason(usual: bytes) -> None:
    made = book(usual)

    (review,), (untested,) = table(made["Review items"]), table(made["Not tested"])
    assert (review["Item"], review["Why undecided"]) == ("gift_id=R-1", "two events on the same day without a time")
    assert (untested["Item"], untested["Reason"], untested["Amount"]) == ("gift_id=N-1", "value missing", None)


def test_an_attribute_that_could_not_be_run_has_one_line_for_all_its_items(tmp_path: Path) -> None:
    lacking = {"control_id": "COI", "attribute_id": "COI-03", "population": "ties", "severity": "medium"}
    lacking |= {"result": "NOT_TESTED", "reason": "not_delivered"}
    failing = {**lacking, "control_id": "DEC", "attribute_id": "DEC-01", "severity": "low", "reason": "control_error"}
    rows = [*items(), *({**lacking, "item": f"tie={n}"} for n in range(31))]
    rows += [{**failing, "item": f"declaration_id={n}"} for n in range(50)]
    made = book(written(tmp_path, rows=rows))

    single, whole, error = table(made["Not tested"])
    assert (single["Attribute"], single["Item"]) == ("GFT-02", "gift_id=N-1")
    assert (whole["Attribute"], whole["Reason"]) == ("COI-03", "needed data was not delivered")
    assert (whole["Item"], error["Item"]) == ("all 31 items", "all 50 items")
    assert "not delivered: coi_declaration" in whole["Why"]
    assert whole["Why"].endswith("Full list: results/outstanding_items.parquet in the evidence folder")
    assert "one line for all its items" in str(made["Not tested"]["A2"].value)


def test_items_that_stand_nowhere_else_are_listed_one_by_one(tmp_path: Path) -> None:
    rows = [
        {"control_id": "COI", "attribute_id": "COI-03", "population": "ties", "severity": "medium", "item": f"tie={n}"}
        | {"result": "NOT_TESTED", "reason": "not_delivered"}
        for n in range(31)
    ]
    run, connection = build(tmp_path, rows=rows)
    made = Book("Test", run.declared_at)
    model = load_contracts(ROOT / "controls" / "contracts")
    paper.not_tested(made, Scope(run, connection, model, run.controls, restricted=False, pointer=""))

    listed = table(book(made.data())["Not tested"])
    assert [row["Item"] for row in listed] == sorted(f"tie={n}" for n in range(31))


def test_long_evidence_is_counted_and_pointed_to(usual: bytes) -> None:
    rows = {row["Item"]: row for row in table(book(usual)["Exceptions"])}

    evidence = rows["gift_id=G-000008"]["Evidence"].split("\n")
    assert len(evidence) == 6
    assert evidence[-1] == "and 3 more lines: results/outstanding_items.parquet in the evidence folder"
    assert len(rows["gift_id=G-000005"]["Evidence"].split("\n")) == 5


def test_nothing_restricted_reaches_the_working_edition(usual: bytes) -> None:
    found = everything(usual)

    assert RESTRICTED_LINE in found
    secrets = ("SECRET", "Secret", "secret", "WBP", "retaliation", "cases_", "CASE-")
    assert [text for text in secrets if text in found] == []


@pytest.mark.parametrize("exceptions", [0, 6])
def test_the_working_edition_is_the_same_whatever_the_restricted_controls_found(
    tmp_path: Path, usual: bytes, exceptions: int
) -> None:
    rows = [row for row in items() if row["control_id"] != "WBP"]

    assert written(tmp_path, secret_exceptions=exceptions, rows=rows) == usual


def test_restricted_controls_not_run_are_said_to_be_so(tmp_path: Path, usual: bytes) -> None:
    made = everything(written(tmp_path, state="no_passphrase"))
    assert NOT_RUN in made
    assert RESTRICTED_LINE not in made
    assert NOT_RUN not in everything(usual)


def test_text_of_an_extract_is_never_a_formula(usual: bytes) -> None:
    data = usual

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any("<f>" in sheet or 't="e"' in sheet for sheet in sheets)


def test_identities_are_printed_with_their_figures(usual: bytes) -> None:
    rows = {row["Attribute"]: row for row in table(book(usual)["Attributes"])}

    assert rows["GFT-02"]["Identities"] == (
        "240 = 176 tested + 4 not tested + 60 not applicable\n176 = 161 passed + 12 exceptions + 3 for review"
    )
    assert rows["COI-03"]["Concluded"].startswith("no: not delivered: coi_declaration")
    for row in rows.values():
        assert row["Items"] == row["Tested"] + row["Not tested"] + row["Not applicable"]
        assert row["Tested"] == row["Passed"] + row["Exceptions"] + row["For review"]


def test_reliability_shows_denominators_blocks_and_overrides(usual: bytes) -> None:
    rows = table(book(usual)["Reliability"])

    assert rows[0]["Result"] == "✕ failed"
    assert (rows[0]["Looked at"], rows[0]["Failures"], rows[0]["Blocks"]) == (240, 5, "REC-04")
    assert rows[0]["Override"] == "Approvers who left are archived elsewhere (approved by M. Approver)"
    assert len(rows) == 5


def test_rows_of_the_extracts_add_up_and_nothing_delivered_is_missing(usual: bytes) -> None:
    rows = table(book(usual)["Extracts"])

    assert [(row["File"], row["State"]) for row in rows] == [
        ("gifts.xlsx", "loaded"),
        ("HR_PA0001.csv", "loaded"),
        ("notes.csv", "ignored"),
        ("bids.csv", "FAILED"),
    ]
    assert rows[0]["Rows"] == rows[0]["Left out by the mapping"] + rows[0]["Loaded"] + rows[0]["Rejected"]
    assert "cut off" in rows[3]["Delivery note, or why not loaded"]


def test_rows_left_out_by_the_mapping_stand_with_their_number_and_the_filter(tmp_path: Path) -> None:
    run, connection = build(tmp_path)
    extract = run.extracts.loaded[0]
    part = replace(extract.entities[0], filtered=40, loaded=200, kept_where='state is not "void"')
    loaded = (replace(extract, entities=(part,)), *run.extracts.loaded[1:])
    run = replace(run, extracts=replace(run.extracts, loaded=loaded))
    rows = table(book(working_edition.make(run, connection).data())["Extracts"])

    assert (rows[0]["Left out by the mapping"], rows[0]["Ties"]) == (40, "yes")
    assert [row["The mapping keeps rows where"] for row in rows] == ['state is not "void"', "all", None, None]
    assert "cut off" in rows[3]["Delivery note, or why not loaded"]


def test_rejected_rows_and_unread_cells_are_listed_by_file_and_row(usual: bytes) -> None:
    made = book(usual)

    assert table(made["Rejected rows"]) == [
        {"File": "gifts.xlsx", "Row in the file": 17, "Table": "gift", "Reason": "gift_id is empty"}
    ]
    assert table(made["Unread cells"])[0]["Found"] == "=1+1"


def test_parameters_say_who_set_them_and_why(usual: bytes) -> None:
    (row,) = table(book(usual)["Parameters"])

    assert (row["Value in this run"], row["Default"], row["Differs"]) == ("0", "50", "● yes")
    assert (row["Set by"], row["A limit is"]) == ("pack zatca_zero", "crossed above it")


def test_sql_stands_line_by_line_and_only_what_was_run(usual: bytes) -> None:
    rows = table(book(usual)["SQL"])

    assert [row["SQL"] for row in rows if row["Query"] == "view shared_view"] == ["SELECT gift_id", "FROM gift"]
    assert {row["Query"] for row in rows if row["Query"].startswith("view")} == {"view shared_view"}


def test_the_manifest_is_flattened(usual: bytes) -> None:
    rows = {row["Entry"]: row["Value"] for row in table(book(usual)["Manifest"])}

    assert rows["run / id"] == "20261012T093000Z"
    assert rows["extracts / 1 / file"] == "gifts.xlsx"


def test_a_list_longer_than_its_limit_says_how_many_and_where_the_rest_is(tmp_path: Path) -> None:
    run, connection = build(tmp_path, rows=items(40))
    scope = Scope(run, connection, load_contracts(ROOT / "controls" / "contracts"), run.controls, False, limit=7)
    made = Book("Test", run.declared_at)
    paper_review.exceptions(made, scope)

    sheet = book(made.data())["Exceptions"]

    notes = [str(row[0].value) for row in sheet.iter_rows(max_row=6)]
    assert len(table(sheet)) == 7
    assert any(note.startswith("SHEET LIMIT: 7 of 41 are shown, the most severe first.") for note in notes)
    assert any("results/outstanding_items.parquet in the evidence folder" in note for note in notes)


@pytest.mark.parametrize(("count", "said"), [(20_000, ""), (20_001, "SHEET LIMIT: 20,000 of 20,001")])
def test_the_limit_itself_needs_no_warning(count: int, said: str) -> None:
    assert ROW_LIMIT == 20_000
    assert paper.limit_warning(count, min(count, ROW_LIMIT), "x").startswith(said)
    assert bool(paper.limit_warning(count, min(count, ROW_LIMIT), "x")) is bool(said)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path) == written(tmp_path)


def test_a_run_without_results_still_makes_a_workbook(tmp_path: Path) -> None:
    made = book(written(tmp_path, controls=(), rows=[], parameters=(), manifest={}))

    assert "No control was run." in [row[0].value for row in made["Summary"].iter_rows()]
    assert re.fullmatch(r"[\w ]+", made.sheetnames[0])
