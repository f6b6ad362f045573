from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from auditkit import data_request, delivery
from auditkit.contract import load_contracts
from auditkit.data_request import DataRequest, TableRequest
from auditkit.entity import Column, DataModel, Entity, Synonym
from auditkit.period import Period, Quarters

CONTRACTS = Path(__file__).parent.parent / "controls" / "contracts"
PERIOD = Quarters().period("2026-Q3")


@pytest.fixture(scope="module")
def model() -> DataModel:
    return load_contracts(CONTRACTS)


@pytest.fixture(scope="module")
def everything(model: DataModel) -> DataRequest:
    return data_request.build(model, PERIOD)


def table(request: DataRequest, name: str) -> TableRequest:
    return next(one for system in request.systems for one in system.tables if one.entity.name == name)


def names(request: DataRequest, name: str) -> list[str]:
    return [field.column.name for field in table(request, name).fields]


def small_model(**changes: object) -> DataModel:
    """One table whose texts and names can be set."""
    facts = {
        "name": "shelf",
        "title": "Shelves",
        "description": "A place for goods.",
        "contract": "stock",
        "system": "Warehouse system",
        "columns": (
            Column("shelf_id", "VARCHAR", True, "C1", "Number.", synonyms=(Synonym("SAP ERP", "LGPLA"),)),
            Column("worth", "DECIMAL(18,2)", False, "C3", "Worth."),
            Column("currency", "VARCHAR", False, "C1", "Currency."),
            Column("keeper", "VARCHAR", False, "C2", "Who keeps it."),
        ),
        "key": ("shelf_id",),
        "control_totals": ("worth",),
    }
    entity = Entity(**(facts | changes))  # type: ignore[arg-type]
    return DataModel({entity.name: entity})


def test_without_needs_every_column_of_every_delivered_table_is_asked_for(
    model: DataModel, everything: DataRequest
) -> None:
    asked = {one.entity.name: len(one.fields) for system in everything.systems for one in system.tables}

    assert asked == {
        entity.name: len(entity.columns) for entity in model.entities.values() if entity.name != "calendar"
    }
    assert [system.contract for system in everything.systems if system.restricted] == ["cases"]


def test_only_what_controls_read_is_asked_for_and_what_makes_it_readable(model: DataModel) -> None:
    request = data_request.build(
        model, PERIOD, {"payroll_line": {"element_class"}, "grade": {"pay_min"}, "calendar": {"day"}, "lot": set()}
    )

    assert names(request, "payroll_line") == ["payroll_run_id", "employee_id", "line_no", "pay_date", "element_class"]
    assert names(request, "grade") == ["grade_id", "valid_from", "valid_to", "pay_min", "currency"]
    assert names(request, "lot") == ["lot_id"]
    assert [system.contract for system in request.systems] == ["hr", "payroll", "procurement"]


def test_a_total_is_asked_for_only_where_its_column_is(model: DataModel) -> None:
    without = data_request.build(model, PERIOD, {"payroll_line": {"element_class"}})
    with_it = data_request.build(model, PERIOD, {"payroll_line": {"amount"}})

    assert table(without, "payroll_line").totals == ("number of rows",)
    assert table(with_it, "payroll_line").totals == ("number of rows", "sum of amount")
    assert "column: amount" in table(with_it, "payroll_line").note
    assert "column: hours" not in table(with_it, "payroll_line").note


def test_a_field_is_described_in_words_a_clerk_understands(everything: DataRequest) -> None:
    fields = {field.column.name: field for field in table(everything, "assignment_hist").fields}

    assert fields["employee_id"].named == (
        "SAP ERP HCM: PERNR; SuccessFactors EC: userId; Oracle Fusion HCM: ASSIGNMENT_NUMBER"
    )
    assert [fields[name].type for name in ("employee_id", "valid_from", "fte", "acting")] == [
        "text",
        "date",
        "number, up to 6 decimals",
        "true or false",
    ]
    assert [fields[name].need for name in ("employee_id", "org_unit_id", "location")] == [
        "key, in every row",
        "in every row",
        "where known",
    ]


def test_the_rows_asked_for_reach_back_a_year_before_the_quarter(everything: DataRequest) -> None:
    assert table(everything, "payroll_line").span == (
        "Every row whose pay_date is 2025-07-01 or later, up to the day of the extract. Extract on 2026-10-08 or later."
    )
    assert table(everything, "org_unit").span.startswith("Every row that holds on any day from 2025-07-01 on")
    assert table(everything, "position").span == (
        "Every row there is, ended and closed ones too. Extract on 2026-10-08 or later."
    )


def test_the_extract_is_asked_for_after_the_cut_off_of_its_own_quarter(model: DataModel) -> None:
    period: Period = Quarters(cut_offs={"2026-Q3": dt.date(2026, 10, 20)}).period("2026-Q3")

    assert "Extract on 2026-10-20 or later" in table(data_request.build(model, period), "gift").span


def test_every_delivery_note_is_read_as_it_stands_once_its_figures_are_filled_in(
    everything: DataRequest, tmp_path: Path
) -> None:
    tables = [one for system in everything.systems for one in system.tables]
    for one in tables:
        path = tmp_path / f"{one.entity.name}.csv{delivery.SUFFIX}"
        path.write_text(re.sub(r"value: .*", 'value: "12.50"', one.note), encoding="utf-8")

        note = delivery.load(path)

        assert note is not None
        assert note.period == (PERIOD.start, PERIOD.end)
        assert len(note.control_totals) == len(one.totals)
        assert note.control_totals[0].measure == "rows"
        assert {total.value for total in note.control_totals} == {Decimal("12.50")}


def test_a_note_left_as_it_is_claims_no_independent_figure(everything: DataRequest, tmp_path: Path) -> None:
    path = tmp_path / f"gift.csv{delivery.SUFFIX}"
    path.write_text(re.sub(r"value: .*", 'value: "1"', table(everything, "gift").note), encoding="utf-8")

    note = delivery.load(path)

    assert note is not None
    assert [total.source_query for total in note.control_totals] == [None, None]


def test_the_text_names_system_table_field_and_totals(everything: DataRequest) -> None:
    text = data_request.as_text(everything)

    assert text.startswith("DATA REQUEST 2026-Q3\nQuarter 2026-07-01 to 2026-09-30\n")
    assert "\nPAYROLL SYSTEM\n" in text
    assert "\nCASE MANAGEMENT SYSTEM - RESTRICTED, deliver apart and encrypted\n" in text
    assert "Control totals: number of rows, sum of amount, sum of hours; from the general ledger" in " ".join(
        text.split()
    )
    assert re.search(r"\n  employee_id +text +key, in every row  C2 personal\n      SAP ERP HCM: PERNR;", text)
    assert "\n      one of F, M, X, U\n      SAP ERP HCM: GESCH" in text
    assert max(map(len, text.splitlines())) <= 125


def test_the_workbook_has_a_sheet_per_source_system_set_up_to_print(everything: DataRequest, tmp_path: Path) -> None:
    data_request.write_xlsx(everything, tmp_path / "request.xlsx")

    book = openpyxl.load_workbook(tmp_path / "request.xlsx")
    assert book.sheetnames == [
        "Instructions",
        "Tables",
        "Case management system",
        "Ethics registers",
        "Human resources system",
        "Payroll system",
        "Procurement system",
        "Reference tables",
        "Delivery notes",
    ]
    for sheet in book:
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert len(sheet.tables) == 1
    payroll = [[cell.value for cell in row] for row in book["Payroll system"].iter_rows()]
    header = next(row for row in payroll if row[0] == "Table")
    assert header[-3:] == ["SAP ERP HCM", "SuccessFactors EC", "Oracle Fusion HCM"]
    assert any(row[:2] == ["payroll_line", "amount"] and row[-3] == "BETRG" for row in payroll)


def test_no_text_of_the_request_becomes_a_formula(tmp_path: Path) -> None:
    hostile = '=HYPERLINK("http://example.org")'
    columns = (Column("shelf_id", "VARCHAR", True, "C1", hostile, synonyms=(Synonym("SAP ERP", "+1+1"),)),)
    model = small_model(description=hostile, columns=columns, control_totals=())
    data_request.write_xlsx(data_request.build(model, PERIOD), tmp_path / "request.xlsx")

    book = openpyxl.load_workbook(tmp_path / "request.xlsx")

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert hostile in [cell.value for cell in cells]


def test_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first.xlsx", "second.xlsx"):
        data_request.write_xlsx(data_request.build(small_model(), PERIOD), tmp_path / name)

    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "second.xlsx").read_bytes()


def test_a_column_that_no_contract_knows_is_not_asked_for() -> None:
    request = data_request.build(small_model(), PERIOD, {"shelf": {"worth", "colour"}})

    assert names(request, "shelf") == ["shelf_id", "worth", "currency"]
    assert data_request.build(small_model(), PERIOD, {}).systems == ()
