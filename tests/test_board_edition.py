from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from run_builder import (
    NAMES,
    PARTIES,
    Looked,
    build,
    control,
    counts,
    gift_control,
    loaded,
    open_controls,
    pay_control,
    population_result,
    project,
)

from auditkit import board_edition
from auditkit.check import Check
from auditkit.control import BoardBlock, BoardColumn
from auditkit.delivery import DeliveryNote
from auditkit.extract import LoadedExtract
from auditkit.parameter import Parameter, ParameterValue
from auditkit.reason import Reason
from auditkit.reliability import Reliability
from auditkit.result import Run, TableResult
from auditkit.tally import matters, tally
from auditkit.wording import DRAFT, NO_CONCLUSION, NOT_RUN, RESTRICTED_LINE


def written(tmp_path: Path, **changes: Any) -> bytes:
    run, connection = build(tmp_path, **changes)
    path = tmp_path / "board.xlsx"
    board_edition.write(run, connection, path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The edition of the usual run, written once for the tests that only read it."""
    return written(tmp_path_factory.mktemp("usual"))


def book(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def everything(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())
    return text + html.unescape(text)


def texts(sheet: Any) -> list[str]:
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def row_of(sheet: Any, first: str | int, column: int = 1) -> list[Any]:
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return next(row for row in rows if row[column - 1] == first)


def test_sheets_stand_in_the_order_in_which_a_board_reads(usual: bytes) -> None:
    names = book(usual).sheetnames

    assert names == ["Summary", "Scorecard", "Findings", "Equal pay", "Coverage and limitations", "Method and glossary"]


def test_every_printed_page_says_draft_unreviewed(usual: bytes) -> None:
    for sheet in book(usual):
        assert DRAFT in sheet.oddHeader.right.text
        assert any(text.startswith(DRAFT) for text in texts(sheet))


def test_the_summary_is_one_printed_page_with_a_chart_and_no_signature(usual: bytes) -> None:
    sheet = book(usual)["Summary"]

    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)
    assert sheet.page_setup.orientation == "portrait"
    assert len(sheet._charts) == 1
    assert any("not signed" in text for text in texts(sheet))
    assert not sheet.sheet_view.showGridLines


def test_no_overall_conclusion_is_drawn_and_what_was_found_has_its_denominators(usual: bytes) -> None:
    found = " ".join(texts(book(usual)["Summary"]))

    assert NO_CONCLUSION in found
    assert "Of 794 items tested in 4 controls, 24 are exceptions awaiting review and 13 need a person's" in found
    assert "2 controls could not be concluded" in found


def test_matters_are_ordered_by_severity_and_at_most_five_are_on_the_summary(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    sheet = board_edition.make(run).book["Summary"]

    ranks = [matter.result.attribute.severity for matter in matters(run)]
    pointers = [text for text in texts(sheet) if text.startswith("Findings, matter")]
    assert ranks == ["critical", "critical", "high", "high", "high", "medium", "medium"]
    assert pointers == [f"Findings, matter {number}" for number in range(1, 6)]
    assert "2 further matters on the sheet Findings." in texts(sheet)


def test_a_pointer_leads_to_the_row_of_its_matter(usual: bytes) -> None:
    made = book(usual)

    links = [cell.hyperlink.location for row in made["Summary"].iter_rows() for cell in row if cell.hyperlink]
    rows = [int(re.sub(r".*!A", "", location)) for location in links]
    assert [made["Findings"].cell(row, 1).value for row in rows] == [1, 2, 3, 4, 5]


def test_findings_are_none_and_each_matter_has_tested_items_value_and_article(usual: bytes) -> None:
    sheet = book(usual)["Findings"]

    row = row_of(sheet, 3)
    assert "Findings: none evaluated yet" in texts(sheet)
    assert row[1] == "◆ high"
    assert row[4:6] == [12, 176]
    assert row[6] == pytest.approx(12 / 176, abs=1e-9)
    assert row[7] == 3
    (cell,) = [cell for cell in sheet["G"] if cell.value == row[6]]
    assert cell.number_format == "0.00 %_m"
    assert row[8] == "1,300.50 EUR\n48,250.00 SAR"
    assert row[10] == "Code of conduct, article 9, 2025"


def test_only_concluded_populations_without_exceptions_are_said_to_be_without(usual: bytes) -> None:
    found = " ".join(texts(book(usual)["Summary"]))

    assert "Sensitive positions: 118 items tested on 1 attribute" in found
    assert "○  Interest disclosure" not in found
    assert "○  Declarations" not in found


def test_populations_of_people_are_masked_and_left_out_of_totals(tmp_path: Path) -> None:
    run, _ = build(tmp_path)
    sheet = board_edition.make(run).book["Scorecard"]

    row = row_of(sheet, "Employments on the last day", column=4)
    assert row[4:11] == [1998, 1587, 11, 400, "< 5", 0, "withheld"]
    assert row[12] == "● exceptions awaiting review (fewer than 5)"
    assert tally(run).exceptions == 24
    assert tally(run).masked == 1


def test_five_people_are_shown_and_counted(tmp_path: Path) -> None:
    run, _ = build(tmp_path, controls=(gift_control(), pay_control(people_exceptions=5)))
    sheet = board_edition.make(run).book["Scorecard"]

    assert row_of(sheet, "Employments on the last day", column=4)[8] == 5
    assert tally(run).masked == 0


def test_not_tested_reasons_of_people_hide_the_next_part_too(usual: bytes) -> None:
    sheet = book(usual)["Coverage and limitations"]

    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (found,) = [row for row in rows if "PAY-07" in str(row[1])]
    assert (found[3], found[5]) == ("fte missing: < 5; grade missing: withheld", 11)


def test_two_small_reasons_of_people_hide_their_total_on_every_sheet(tmp_path: Path) -> None:
    tested = [Looked(7, "In range", "medium", counts(1998, 0, 0, 8, 400, fte_missing=4, grade_missing=4))]
    people = population_result("PAY", "employments", "Employments", ("employee_id",), tested)
    without_reasons = replace(people, counts=replace(people.counts, reasons={}))  # as the engine counts populations
    pay = control("PAY", "Equal pay", "Paid the same.", [without_reasons])
    run, _ = build(tmp_path, controls=(pay,))
    made = board_edition.make(run).book

    assert row_of(made["Scorecard"], "Employments", column=4)[4:8] == [1998, 1590, "withheld", "withheld"]
    assert row_of(made["Coverage and limitations"], "PAY-07  In range", column=2)[3:6] == ["withheld", None, "withheld"]
    assert (tally(run).masked, tally(run).not_tested) == (1, 0)


def limits(tmp_path: Path, extracts: tuple[LoadedExtract, ...], checks: tuple[Check, ...]) -> Any:
    run, _ = build(tmp_path)
    run = replace(run, extracts=replace(run.extracts, loaded=extracts), reliability=Reliability(checks, {}))
    return book(board_edition.make(run).data())["Coverage and limitations"]


@pytest.mark.parametrize(("failures", "shown"), [(4, "< 5"), (5, 5)])
@pytest.mark.parametrize(("table", "people"), [("employee", True), ("assignment_hist", True), ("gift", False)])
def test_few_failures_of_people_in_a_check_are_masked(
    tmp_path: Path, table: str, people: bool, failures: int, shown: Any
) -> None:
    check = Check("IPE-08", "A value is there", f"{table}.x", "failed", "", "", "", 1998, failures, (), False)
    sheet = limits(tmp_path, (), (check,))

    assert row_of(sheet, f"{table}.x", column=2)[4:6] == [1998, shown if people else failures]


def test_few_rows_of_people_lost_are_masked_with_what_would_give_them_back(tmp_path: Path) -> None:
    hr, gifts = loaded("hr_of_nora.csv", "employee", 2104, rejected=3), loaded("gifts.xlsx", "gift", 241, rejected=1)
    whole = Check("IPE-01", "Origin is documented", "hr_of_nora.csv", "limitation", "", "", "", 2104, 0, (), False)
    sheet = limits(tmp_path, (hr, gifts), (whole,))
    found = " ".join(texts(sheet))

    assert row_of(sheet, "employee")[1:6] == ["withheld", 0, 2101, "< 5", 0]
    assert row_of(sheet, "gift")[1:6] == [241, 0, 240, 1, 0]
    assert row_of(sheet, "the file of employee", column=2)[4] == "withheld"
    assert "2 tables received with 241 records: 240 loaded" in found
    assert "1 table of people with small counts left out of these sums." in found
    assert "2104" not in found
    assert "nora" not in found


def test_limitations_of_the_delivery_notes_are_told_by_table_without_file_or_words(tmp_path: Path) -> None:
    hr, secret = loaded("hr_of_nora.csv", "employee", 2104), loaded("s.csv", "case_file", 3, restricted=True)
    notes = [
        replace(item.delivery or DeliveryNote(""), limitation="no totals, says Nora of HR") for item in (hr, secret)
    ]
    given = [replace(item, delivery=note) for item, note in zip((hr, secret), notes, strict=True)]
    found = " ".join(texts(limits(tmp_path, (*given, loaded("gifts.xlsx", "gift", 9)), ())))

    assert "these tables state one: employee." in found
    assert "case file" not in found
    assert "nora" not in found.lower()
    assert "No delivery note states one." in " ".join(texts(limits(tmp_path, (), ())))


def test_rows_left_out_by_a_mapping_are_counted(tmp_path: Path) -> None:
    gifts = loaded("gifts.xlsx", "gift", 241)
    part = replace(gifts.entities[0], filtered=201, loaded=40, kept_where='state is not "void"')
    sheet = limits(tmp_path, (replace(gifts, entities=(part,)),), ())

    assert row_of(sheet, "gift")[1:4] == [241, 201, 40]
    assert "201 left out by the mapping" in " ".join(texts(sheet))


@pytest.mark.parametrize("name", ["mean_gap", "median_gap"])
def test_a_board_block_shows_no_figure_of_a_suppressed_row(usual: bytes, name: str) -> None:
    data = usual

    sheet = book(data)["Equal pay"]
    assert row_of(sheet, "EV-03 Valuation experts")[1:4] == [31, 37, 6.35]
    assert row_of(sheet, "EV-06 Senior management")[1:6] == ["< 5", *["withheld"] * 4]
    assert "11.13" not in everything(data)
    assert "9.97" not in everything(data)
    assert name not in texts(sheet)


def test_the_chart_of_a_block_covers_only_rows_that_show_figures(usual: bytes) -> None:
    sheet = book(usual)["Equal pay"]

    (chart,) = sheet._charts
    first, last = re.findall(
        r"\$(\d+)", chart.series[0].cat.strRef.f if chart.series[0].cat.strRef else chart.series[0].cat.numRef.f
    )
    shown = [sheet.cell(row, 1).value for row in range(int(first), int(last) + 1)]
    assert shown == ["EV-03 Valuation experts", "EV-04 Laboratory", "EV-02 Inspection", "EV-01 Clerical support"]


def block_sheet(tmp_path: Path, rows: list[tuple[Any, ...]]) -> Any:
    pay = pay_control()
    block, given = pay.board[0]
    changed = replace(pay, board=((block, TableResult(given.columns, tuple(rows))),))
    return book(written(tmp_path, controls=(changed,)))["Equal pay"]


@pytest.mark.parametrize(("gap", "shown"), [("4.96", '#,##0.00" %"_m'), ("4.996", '#,##0.000" %"_m')])
def test_a_gap_below_the_trigger_never_reads_as_the_trigger(tmp_path: Path, gap: str, shown: str) -> None:
    row = ("EV-01", 30, 40, Decimal(gap), Decimal("1.20"), False)
    sheet = block_sheet(tmp_path, [row])

    (cell,) = [cell for cell in sheet["D"] if cell.value == float(gap)]
    assert cell.number_format == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("0.0000"), "< 0.0001"),
        (0.00009, "< 0.0001"),
        (Decimal("0.0001"), 0.0001),
        (0.3743, 0.3743),
        (None, "-"),
    ],
)
def test_a_probability_is_never_shown_as_none(tmp_path: Path, value: Any, shown: Any) -> None:
    block = BoardBlock("b", "Chance", "q", "", (BoardColumn("name", "Name"), BoardColumn("p", "p", "p_value", 4)))
    pay = replace(pay_control(), board=((block, TableResult(("name", "p"), (("all", value),))),))
    sheet = book(written(tmp_path, controls=(pay,)))["Chance"]

    assert row_of(sheet, "all")[1] == shown
    assert next(cell for cell in sheet["B"] if cell.value == shown).number_format in ("#,##0.0000_m", "@")


@pytest.mark.parametrize(("count", "beside"), [(12, False), (13, True)])
def test_the_chart_of_a_long_table_stands_beside_it_below_the_frozen_header(
    tmp_path: Path, count: int, beside: bool
) -> None:
    rows = [(f"EV-{n:02}", 30, 40, Decimal(n), Decimal("1.20"), False) for n in range(1, count + 1)]
    sheet = block_sheet(tmp_path, rows)

    (chart,), (table,) = sheet._charts, sheet.tables.values()
    header, last = (int(number) for number in re.findall(r"[A-Z](\d+)", table.ref))
    corner = chart.anchor._from
    assert (corner.col >= len(table.tableColumns)) is beside
    assert (header <= corner.row < last) is beside
    assert sheet.freeze_panes == f"B{header + 1}"


def test_a_block_whose_query_failed_says_so_without_the_databases_words(tmp_path: Path) -> None:
    pay = pay_control()
    failed = replace(pay, board=((pay.board[0][0], TableResult((), (), "Conversion Error: 'Nora Haddad'")),))

    data = written(tmp_path, controls=(failed,))

    assert "could not be run" in " ".join(texts(book(data)["Equal pay"]))
    assert "Nora" not in everything(data)


def test_nothing_of_an_extract_reaches_the_board_edition(usual: bytes) -> None:
    found = everything(usual)

    planted = [
        *NAMES,
        *PARTIES,
        "P0000001",
        "V-00001",
        "G-000003",
        "Harbour",
        "watch, 150",
        "Received 45",
        "Scored the bid",
    ]
    planted += ["P-LEAK-EXAMPLE", "M. Approver", "Conversion Error", "hr.clerk", "gifts.xlsx, 17"]
    assert [text for text in planted if text in found] == []


def test_nothing_of_a_restricted_control_but_the_fixed_line_reaches_the_board_edition(usual: bytes) -> None:
    found = everything(usual)

    assert RESTRICTED_LINE in found
    assert [
        text for text in ("SECRET", "WBP", "Protected people", "Secret", "case_file", "cases_") if text in found
    ] == []
    assert "Nobody suffers because they reported" not in found


def test_a_self_review_threat_is_disclosed_for_restricted_controls_too(tmp_path: Path) -> None:
    tested, left_out = written(tmp_path), written(tmp_path, state="no_passphrase")

    for data in (tested, left_out):
        found = " ".join(texts(book(data)["Coverage and limitations"]))
        assert "Internal audit keeps the line and tests it" in found


@pytest.mark.parametrize("exceptions", [0, 1, 6])
def test_the_board_edition_is_the_same_whatever_the_restricted_controls_found(tmp_path: Path, exceptions: int) -> None:
    assert written(tmp_path, secret_exceptions=exceptions) == written(tmp_path, secret_exceptions=2)


def test_restricted_controls_that_were_not_run_are_a_stated_limitation(tmp_path: Path, usual: bytes) -> None:
    without = everything(written(tmp_path, state="no_passphrase"))

    made = book(written(tmp_path, state="no_passphrase"))
    for name in ("Summary", "Scorecard", "Coverage and limitations"):
        found = " ".join(texts(made[name]))
        assert NOT_RUN in found
        assert RESTRICTED_LINE not in found
    assert row_of(made["Coverage and limitations"], "Non-retaliation")[4] == "not run: no passphrase was given"
    assert "3 controls could not be concluded" in " ".join(texts(made["Summary"]))
    assert NOT_RUN in without
    assert RESTRICTED_LINE in without
    assert NOT_RUN not in everything(usual)
    assert RESTRICTED_LINE not in " ".join(texts(book(written(tmp_path, state="none"))["Summary"]))


def test_a_partial_run_is_labelled_on_every_sheet(tmp_path: Path) -> None:
    made = book(written(tmp_path, selection="GFT"))

    for sheet in made:
        assert any("PARTIAL RUN" in text for text in texts(sheet))


def test_limits_of_the_run_are_listed_with_their_reasons(usual: bytes) -> None:
    found = " ".join(texts(book(usual)["Coverage and limitations"]))

    assert "there was no item to test" in found
    assert "not delivered: coi_declaration" in found
    assert "the test could not be run; see the working edition" in found
    assert "✕ failed" in found
    assert "Approvers who left are archived elsewhere" in found
    assert "Internal audit keeps the register of ties" in found
    assert "pack zatca_zero" in found


OWN = Parameter("most", "Most that is kept", "decimal", "1000", "0.01", "reporting currency")
PACKED = Parameter("days", "Days allowed", "integer", "10", "1", "days")


@pytest.mark.parametrize(
    ("pack", "own", "says"),
    [
        (None, 0, "Policy pack: none; the controls' own defaults apply."),
        (
            None,
            1,
            "Policy pack: none. The organisation itself set 1 parameter; the controls' own defaults apply to the",
        ),
        ("zatca_zero", 0, "Policy pack: zatca_zero."),
        ("zatca_zero", 2, "Policy pack: zatca_zero. The organisation itself set 2 parameters; the pack's values and"),
    ],
)
def test_the_policy_line_counts_what_the_organisation_set_itself(
    tmp_path: Path, pack: str | None, own: int, says: str
) -> None:
    values = tuple(ParameterValue("GFT", replace(OWN, name=f"p{n}"), "1400", "override", "Ours") for n in range(own))
    values += (ParameterValue("GFT", PACKED, "12", "pack zatca_zero"), ParameterValue("WBP", PACKED, "9", "override"))
    made = book(written(tmp_path, parameters=values, project=project(tmp_path, policy_pack=pack)))

    (line,) = [text for text in texts(made["Coverage and limitations"]) if text.startswith("Policy pack")]
    assert line.startswith(says)


def test_a_parameter_in_the_reporting_currency_shows_its_code(tmp_path: Path) -> None:
    values = (ParameterValue("GFT", OWN, "1400", "override", "Ours"), ParameterValue("GFT", PACKED, "12", "pack p"))
    sheet = book(written(tmp_path, parameters=values))["Coverage and limitations"]

    assert row_of(sheet, "Most that is kept", column=2)[2:4] == ["1,400 SAR", "1,000 SAR"]
    assert row_of(sheet, "Days allowed", column=2)[2:4] == ["12 days", "10 days"]


def test_the_scorecard_is_short_about_data_that_the_limitations_name(tmp_path: Path) -> None:
    reasons = (Reason.not_delivered(["bid", "contract"]), Reason.untested(1234, 1234))
    lone = (Reason.untested(1234, 9228),)
    tested = [
        Looked(n, "So", "high", counts(9228, 0, 0, 9228, not_delivered=9228), {}, why)
        for n, why in ((1, reasons), (2, reasons), (3, lone))
    ]
    made = book(written(tmp_path, controls=(control("GFT", "Gifts", "No gifts.", [population_result("GFT", "g", "Gifts", ("gift_id",), tested)]),)))  # fmt: skip

    assert row_of(made["Scorecard"], "Gifts")[12] == (
        "□ not concluded: data not delivered (GFT-01 and GFT-02)\n"
        "□ not concluded: too many items not tested (1,234 of 9,228 items (13.4 %)) (GFT-03)"
    )
    limits = made["Coverage and limitations"]
    assert row_of(limits, "GFT-01  So", column=2)[4] == "not delivered: bid, contract"
    assert "needed data was not delivered: 9,228" in texts(limits)


def test_quarters_before_are_shown_where_they_were_run(usual: bytes) -> None:
    sheet = book(usual)["Scorecard"]

    row = row_of(sheet, "Gift acceptance")
    assert row[13:16] == ["● 14 of 184", "● 15 of 184", "● 16 of 184"]
    assert "Not run: 2025-Q3." in " ".join(texts(sheet))


def test_without_an_earlier_run_no_change_is_invented(tmp_path: Path) -> None:
    found = texts(book(written(tmp_path, previous=0))["Summary"])

    assert any("no run of the quarter before" in text for text in found)
    assert not any("more than in" in text or "fewer than in" in text for text in found)


def test_a_run_in_which_nothing_was_found_is_not_called_clean(tmp_path: Path) -> None:
    empty = control("COI", "Interest disclosure", "Ties are known.", [
        population_result("COI", "ties", "Ties", ("tie_id",), [Looked(2, "Declared", "high", counts(0), {}, (Reason.nil_population(),))])
    ])  # fmt: skip

    found = " ".join(texts(book(written(tmp_path, controls=(empty,)))["Summary"]))

    assert "No population was concluded without exceptions" in found
    assert "1 control could not be concluded" in found
    assert NO_CONCLUSION in found


def test_no_control_at_all_still_makes_a_workbook(tmp_path: Path) -> None:
    found = " ".join(texts(book(written(tmp_path, controls=()))["Summary"]))

    assert "No control was tested." in found


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path) == written(tmp_path)


def test_there_is_nothing_hidden_in_the_file(usual: bytes) -> None:
    data = usual

    made = book(data)
    assert {sheet.sheet_state for sheet in made} == {"visible"}
    assert not any(row.hidden for sheet in made for row in sheet.row_dimensions.values())
    assert not list(made.defined_names)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert not [name for name in names if "comment" in name or "pivot" in name or "external" in name or "media" in name]
    assert "<f>" not in "".join(re.findall(r"<sheetData>.*?</sheetData>", everything(data), re.DOTALL))


def test_severity_is_never_told_by_colour_alone(usual: bytes) -> None:
    sheet = book(usual)["Findings"]

    marks = {cell.value for cell in sheet["B"] if cell.value in ("◆◆ critical", "◆ high", "▲ medium")}
    assert marks == {"◆◆ critical", "◆ high", "▲ medium"}


def test_long_titles_and_many_matters_keep_the_summary_on_one_page(tmp_path: Path) -> None:
    tested = [
        Looked(n, "Everything that somebody accepts is " + "very " * 30 + "small", "high", counts(900, 20 + n), {"SAR": Decimal(10**9)})
        for n in range(1, 9)
    ]  # fmt: skip
    many = control("GFT", "Gifts", "No gifts.", [population_result("GFT", "gifts", "Gifts", ("gift_id",), tested)])

    sheet = book(written(tmp_path, controls=(many, *open_controls()[1:])))["Summary"]

    assert sheet.page_setup.fitToHeight == 1
    assert sum(row.height or 15 for row in sheet.row_dimensions.values()) < 1100


def test_the_run_is_not_changed_by_writing(tmp_path: Path) -> None:
    run, connection = build(tmp_path)
    before: Run = replace(run)

    board_edition.write(run, connection, tmp_path / "b.xlsx")

    assert run == before
