"""Forms of the editions: what is known of an exception from earlier quarters stands beside it, and in the cells."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from run_builder import build, items

from auditkit import paper_review, working_edition
from auditkit.attestation import Attestation, Duty
from auditkit.follow_up_row import SPARE
from auditkit.form import DISPOSITION
from auditkit.journal import FILE, Entry, Journal
from auditkit.paper import Scope, data_model
from auditkit.programme import Programme
from auditkit.result import PreviousFigures, Run
from auditkit.review import text_of
from auditkit.sign_off import sign_offs
from auditkit.signature import Ground

Q2, Q3 = "2026-06-30", "2026-09-30"
JUSTIFIED = {
    "disposition": "justified (approved exemption)",
    "reason_code": "approved exemption",
    "explanation": "Allowed by the letter of 12 January.",
    "evidence_ref": "W-12/4",
    "preparer": "Lena Prep",
    "prepared_on": "2026-07-20",
    "reviewer": "Omar Review",
    "reviewed_on": "2026-07-22",
    "expires_on": "2026-12-31",
}
CONFIRMED = {
    "disposition": "confirmed deviation",
    "reason_code": "criterion not met, no exemption",
    "preparer": "Lena Prep",
    "prepared_on": "2026-10-14",
    "finding": "2026-Q3/GFT-02",
}
Made = tuple[Run, duckdb.DuckDBPyConnection]


def reviewed(
    tmp_path: Path, *records: tuple[str, str, str, Mapping[str, Any]], previous: str = "20260712T093000Z"
) -> Made:
    """A run after what people recorded: kind, item or key, day of the record, content."""
    _, connection = build(tmp_path)
    ids = dict(connection.execute("SELECT item, exception_id FROM register_item").fetchall())
    journal = Journal.read(tmp_path / "register" / FILE)
    for kind, key, day, content in records:
        moment = dt.datetime.fromisoformat(f"{day}T10:00:00")
        journal = journal.append([Entry(kind, ids.get(key, key), "20260712T093000Z", content)], moment)
    run, connection = build(tmp_path, decided=journal.latest("disposition"))
    figures = PreviousFigures("2026-Q2", previous, {})
    return replace(run, previous=(figures,)), connection


def sheet_of(made: Made, title: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(working_edition.make(*made).data()))[title]


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    left, top, right, bottom = range_boundaries(next(iter(sheet.tables.values())).ref)
    head, *rows = sheet.iter_rows(top, bottom, left, right, values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def exceptions(made: Made) -> dict[str, dict[str, Any]]:
    return {row["Item"]: row for row in rows_of(sheet_of(made, "Exceptions"))}


def test_the_columns_stand_in_the_order_in_which_they_are_read(tmp_path: Path) -> None:
    sheet = sheet_of(build(tmp_path), "Exceptions")

    titles = list(rows_of(sheet)[0])
    assert titles[:6] == ["Exception id", "Control", "Attribute", "Severity", "What should be so", "Item"]
    assert titles[15:18] == ["Why", "Evidence", "Source file"]
    assert titles[19:28] == [column.title for column in paper_review.HISTORY]
    assert titles[28:] == [field.title for field in DISPOSITION.fields]
    assert len({row["Exception id"] for row in rows_of(sheet)}) == 13


def test_what_was_decided_in_an_earlier_quarter_stands_in_the_cells_and_is_not_asked_again(tmp_path: Path) -> None:
    made = reviewed(tmp_path, ("disposition", "gift_id=G-000001", "2026-07-23", {**JUSTIFIED, "last_day": Q2}))
    row = exceptions(made)["gift_id=G-000001"]

    assert row["Disposition"] == "justified (approved exemption)"
    assert row["Explanation"] == "Allowed by the letter of 12 January."
    assert row["Reviewed by"] == "Omar Review"
    assert row["Expires on"] == dt.datetime(2026, 12, 31)
    assert row["Standing"] == "justified"
    assert row["Earlier disposition"] == (
        "justified (approved exemption), until 2026-12-31, by Lena Prep and Omar Review, 2026-07-22"
    )


@pytest.mark.parametrize(("until", "standing"), [("2026-09-30", "justified"), ("2026-09-29", "expired")])
def test_a_justification_holds_to_the_last_day_of_the_quarter(tmp_path: Path, until: str, standing: str) -> None:
    content = {**JUSTIFIED, "expires_on": until, "last_day": Q2}
    row = exceptions(reviewed(tmp_path, ("disposition", "gift_id=G-000001", "2026-07-23", content)))["gift_id=G-000001"]

    assert row["Standing"] == standing
    assert row["Explanation"] == "Allowed by the letter of 12 January."  # to be renewed, not written anew


def test_a_decision_of_this_quarter_s_review_is_no_earlier_one(tmp_path: Path) -> None:
    made = reviewed(
        tmp_path,
        ("disposition", "gift_id=G-000001", "2026-07-23", {**JUSTIFIED, "last_day": Q2}),
        ("disposition", "gift_id=G-000001", "2026-10-15", {**CONFIRMED, "last_day": Q3}),
        ("disposition", "gift_id=G-000002", "2026-10-15", {**CONFIRMED, "last_day": Q3}),
    )
    rows = exceptions(made)

    assert rows["gift_id=G-000001"]["Disposition"] == "confirmed deviation"
    assert str(rows["gift_id=G-000001"]["Earlier disposition"]).startswith("justified (approved exemption)")
    assert rows["gift_id=G-000002"]["Earlier disposition"] is None


def test_state_age_and_changed_facts_are_said(tmp_path: Path) -> None:
    run, connection = reviewed(
        tmp_path, ("disposition", "gift_id=G-000001", "2026-07-23", {**JUSTIFIED, "last_day": Q2, "facts": "other"})
    )
    connection.execute(
        "UPDATE register_item SET state = 'repeat', quarters_seen = 3, first_quarter = '2026-Q1', age_days = 183 "
        "WHERE item = 'gift_id=G-000001'"
    )
    rows = exceptions((run, connection))

    row, fresh = rows["gift_id=G-000001"], rows["gift_id=G-000002"]
    assert (row["State"], row["First seen"], row["Quarters seen"]) == ("repeat, 3 quarters", "2026-Q1", 3)
    assert row["Age in days"] == 183
    assert row["Standing"] == "justified; what it says has changed since it was decided"
    assert (fresh["State"], fresh["First seen"], fresh["Quarters seen"]) == ("new", "2026-Q3", 1)
    assert fresh["Standing"] == "open"


def test_the_latest_expiry_that_the_severity_allows_is_shown(tmp_path: Path) -> None:
    rows = exceptions(build(tmp_path))

    assert rows["gift_id=G-000001"]["Latest expiry allowed"] == dt.datetime(2027, 4, 2)  # high: 184 days
    critical = next(row for row in rows.values() if row["Severity"] == "◆◆ critical")
    assert critical["Latest expiry allowed"] == dt.datetime(2026, 12, 31)  # 92 days


@pytest.mark.parametrize(("validated", "back"), [("2026-07-05", "yes: closed 2026-07-05"), ("2026-07-06", None)])
def test_what_happens_again_after_closure_is_marked(tmp_path: Path, validated: str, back: str | None) -> None:
    action = {
        "title": "Teach the limit",
        "finding": "2026-Q1/GFT-02",
        "owner": "Head of training",
        "due_on": "2026-06-30",
        "status": "validated",
        "implemented_on": "2026-06-01",
        "validated_by": "A. Auditor",
        "validated_on": validated,
        "last_day": Q2,
    }
    rows = exceptions(reviewed(tmp_path, ("action", "2026-Q1/A-1", "2026-07-08", action)))

    assert rows["gift_id=G-000005"]["Event date"] == dt.datetime(2026, 7, 6)
    assert rows["gift_id=G-000005"]["Repeat after closure"] == back
    assert rows["gift_id=G-000001"]["Repeat after closure"] is None
    assert rows["context_type=tender, context_id=T-77, lot_id=2, person_id=P0000001"]["Repeat after closure"] is None


def test_how_far_the_review_is_stands_on_every_page_and_in_the_readme(tmp_path: Path) -> None:
    made = reviewed(
        tmp_path,
        ("disposition", "gift_id=G-000001", "2026-10-15", {**JUSTIFIED, "last_day": Q3}),
        ("disposition", "gift_id=G-000002", "2026-10-15", {**CONFIRMED, "last_day": Q3}),
    )
    book = openpyxl.load_workbook(io.BytesIO(working_edition.make(*made).data()))

    for sheet in book:
        assert "REVIEWED 1 OF 14 2026-Q3" in sheet.oddHeader.right.text
        assert "UNREVIEWED" not in sheet.oddHeader.right.text
    words = [str(row[0]) for row in book["Readme"].iter_rows(values_only=True)]
    said = "Decided: 2 of 14 exceptions and items for review, 1 of them reviewed; set aside and still counted: 1"
    assert any(said in line for line in words)


def test_the_register_takes_up_what_was_open_and_is_no_exception_now(tmp_path: Path) -> None:
    run, connection = build(tmp_path)
    for number, (state, result, standing) in enumerate(
        [("cleared", "PASS", "confirmed"), ("out of period", None, "open"), ("not tested again", "NOT_TESTED", "open")]
    ):
        connection.execute(
            "INSERT INTO register_item SELECT * REPLACE (? AS exception_id, ? AS item, ? AS state, ? AS result, "
            "? AS standing, '2026-Q2' AS last_quarter) FROM register_item WHERE item = 'gift_id=G-000002'",
            [f"CARRIED0000{number}", f"gift_id=OLD-{number}", state, result, standing],
        )
    book = working_edition.make(run, connection)
    rows = rows_of(openpyxl.load_workbook(io.BytesIO(book.data()))["Register"])

    assert [(row["Item"], row["State"], row["Now"]) for row in rows] == [
        ("gift_id=OLD-2", "not tested again", "not tested"),
        ("gift_id=OLD-1", "out of period", "outside the period"),
        ("gift_id=OLD-0", "cleared", "passes"),
    ]
    assert {row["Last seen"] for row in rows} == {"2026-Q2"}
    assert rows[0]["Disposition"] is None
    assert [row.key for row in book.review_rows if row.sheet == "Register"] == [row["Exception id"] for row in rows]


def test_restricted_items_stand_in_no_form_of_the_working_edition(tmp_path: Path) -> None:
    run, connection = build(tmp_path)
    connection.execute(
        "INSERT INTO register_item SELECT * REPLACE ('SECRETSECRET' AS exception_id, 'cleared' AS state) "
        "FROM register_item WHERE restricted LIMIT 1"
    )
    book = working_edition.make(run, connection)

    secret = {
        row[0] for row in connection.execute("SELECT exception_id FROM register_item WHERE restricted").fetchall()
    }
    assert len(secret) == 3
    assert "Register" not in book.book.sheetnames
    assert not secret & {row.key for row in book.review_rows}


def test_the_review_rows_are_what_the_sheets_say(tmp_path: Path) -> None:
    made = reviewed(tmp_path, ("disposition", "gift_id=G-000001", "2026-07-23", {**JUSTIFIED, "last_day": Q2}))
    book = working_edition.make(*made)
    opened = openpyxl.load_workbook(io.BytesIO(book.data()))

    noted = {(row.sheet, row.key): row for row in book.review_rows}
    assert len(noted) == 14
    for title in ("Exceptions", "Review items"):
        for row in rows_of(opened[title]):
            found = noted[title, row["Exception id"]]
            assert {heading: text_of(row[heading]) for heading in found.cells} == found.cells
            assert {field.name: text_of(row[field.title]) for field in DISPOSITION.fields} == found.fields


def test_where_not_all_are_shown_what_awaits_a_decision_is(tmp_path: Path) -> None:
    made = reviewed(tmp_path, ("disposition", "gift_id=G-000000", "2026-07-23", {**JUSTIFIED, "last_day": Q2}))
    run, connection = made
    scope = Scope(run, connection, data_model(run.project.controls), run.controls, restricted=False, limit=12)
    book = working_edition.begun(run, connection)
    book.remove("Exceptions")
    paper_review.exceptions(book, scope)
    sheet = openpyxl.load_workbook(io.BytesIO(book.data()))["Exceptions"]

    shown = [row["Item"] for row in rows_of(sheet)]
    assert len(shown) == 12
    assert "gift_id=G-000000" not in shown
    words = [str(row[0]) for row in sheet.iter_rows(max_row=6, values_only=True)]
    assert any(line.startswith("SHEET LIMIT: 12 of 13") and "awaits a decision" in line for line in words)
    assert "SHEET LIMIT" in sheet.oddHeader.left.text


def test_the_change_log_says_who_changed_what_since_the_quarter_before(tmp_path: Path) -> None:
    made = reviewed(
        tmp_path,
        ("disposition", "gift_id=G-000001", "2026-07-11", {**JUSTIFIED, "last_day": Q2}),
        ("disposition", "gift_id=G-000001", "2026-07-23", {**JUSTIFIED, "expires_on": "2026-11-30", "last_day": Q2}),
        ("disposition", "gift_id=G-000002", "2026-10-15", {**CONFIRMED, "last_day": Q3}),
    )
    newest, older = rows_of(sheet_of(made, "Change log"))

    assert (older["No."], older["What changed"]) == (2, "Expires on: 2026-12-31 → 2026-11-30")
    assert older["By"] == "Lena Prep, Omar Review"
    assert older["Recorded at (UTC)"] == dt.datetime(2026, 7, 23, 10)
    assert newest["No."] == 3
    assert "Disposition: confirmed deviation" in newest["What changed"].split("\n")


def test_without_a_run_of_the_quarter_before_the_change_log_holds_everything(tmp_path: Path) -> None:
    record = ("disposition", "gift_id=G-000001", "2020-01-01", {**JUSTIFIED, "last_day": Q2})
    made = reviewed(tmp_path, record, previous="none")

    (row,) = rows_of(sheet_of(made, "Change log"))
    assert row["No."] == 1


def test_an_empty_journal_has_no_change_log(tmp_path: Path) -> None:
    assert "Change log" not in working_edition.make(*build(tmp_path)).book.sheetnames


GROUND = "-".join(("a" * 16, "b" * 16, "c" * 16, "0" * 16))


def test_every_control_is_signed_off_by_its_own_row(tmp_path: Path) -> None:
    ground = Ground.read(GROUND)
    assert ground is not None
    nobody = Journal(tmp_path / FILE)
    restricted = sign_offs({"WBP": ground}, nobody, "2026-Q3")
    signed = sign_offs({"REC": ground, "GFT": ground}, nobody, "2026-Q3")
    made = build(tmp_path, sign_offs=signed, restricted_sign_offs=restricted)

    first, second = rows_of(sheet_of(made, "Sign-off"))
    assert (first["Control"], first["Control id"], first["Title"]) == ("GFT 2026-Q3", "GFT", "Gift acceptance")
    assert (first["Exceptions"], first["For review"], first["Awaiting a decision"]) == (12, 1, 13)
    assert first["State of the sign-off"] == "not signed"
    assert first["What is signed"].startswith(GROUND[:51])
    assert second["Control"] == "REC 2026-Q3"


def test_a_run_with_nothing_to_sign_has_no_sign_off(tmp_path: Path) -> None:
    assert "Sign-off" not in working_edition.make(*build(tmp_path)).book.sheetnames


def test_the_same_review_gives_the_same_bytes(tmp_path: Path) -> None:
    record = ("disposition", "gift_id=G-000001", "2026-07-23", {**JUSTIFIED, "last_day": Q2})

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (working_edition.make(*reviewed(tmp_path / name, record)).data() for name in "ab")
    assert first == second


def test_a_form_longer_than_a_batch_of_rows_is_written_whole_and_in_order(tmp_path: Path) -> None:
    run, connection = build(tmp_path, rows=items(2500))
    book = working_edition.begun(run, connection)

    rows = rows_of(openpyxl.load_workbook(io.BytesIO(book.data()))["Exceptions"])
    there = connection.execute(
        "SELECT COUNT(*) FROM outstanding_item WHERE result = 'EXCEPTION' AND control_id <> 'WBP'"
    )
    assert len(rows) == there.fetchall()[0][0] > 2500
    assert [row["Item"] for row in rows] == sorted(row["Item"] for row in rows)
    assert [row.key for row in book.review_rows] == [row["Exception id"] for row in rows]


def test_findings_actions_and_decisions_have_rows_for_what_people_add(tmp_path: Path) -> None:
    book = working_edition.make(*build(tmp_path))
    opened = openpyxl.load_workbook(io.BytesIO(book.data()))

    for title, key in (("Findings", "Finding"), ("Actions", "Action id"), ("Decisions", "Decision")):
        sheet = opened[title]
        rows = rows_of(sheet)
        assert len(rows) >= SPARE
        assert [row[key] for row in rows[-SPARE:]] == [None] * SPARE
        last = range_boundaries(next(iter(sheet.tables.values())).ref)[3]
        assert not sheet.cell(last, 1).protection.locked
        assert sheet.cell(last, 2).protection.locked
    entries = {row["Sheet"]: row["Entries"] for row in rows_of(opened["Readme"])}
    assert entries["Actions"] == entries["Decisions"] == 0
    assert {"Findings", "Actions", "Decisions"} <= set(opened.sheetnames)


def test_an_attested_control_is_vouched_for_on_its_own_row_and_a_restricted_one_elsewhere(tmp_path: Path) -> None:
    run, connection = build(tmp_path)
    duty = Duty("The code of conduct was read.", "Signed list", 366)
    control = replace(run.controls[0].control, attestation=duty)
    content = {"attested_by": "Head of personnel", "attested_on": "2026-10-01", "evidence_ref": "L-7"}
    attested = Attestation(control, duty, "attested", content=content)
    secret = replace(control, id="SECRET", restricted=True)
    programme = Programme(attested=(attested, replace(attested, control=secret)))

    (row,) = rows_of(sheet_of((replace(run, programme=programme), connection), "Attestations"))
    assert (row["Control"], row["What is attested"]) == (control.id, "The code of conduct was read.")
    assert (row["Attested by (role)"], row["Attested on"]) == ("Head of personnel", dt.datetime(2026, 10, 1))
    assert row["Expires on"] is None
