"""Findings, follow-up and decisions as the board reads them."""

from __future__ import annotations

import datetime as dt
import html
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from agenda import ACTION, GIFTS, LINES, OWN, made
from ledger import Line

from auditkit import board_edition
from auditkit.board_finding import COLUMNS
from auditkit.board_follow_up import movements
from auditkit.label import Labels, languages
from auditkit.result import Status


def edition(root: Path, lines: tuple[Line, ...] = LINES, language: str = "en", **changes: Any) -> bytes:
    run, _, _ = made(root, lines=lines, **changes)
    return board_edition.make(run, Labels.of(language)).data()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return edition(tmp_path_factory.mktemp("board"))


def book(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def everything(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())
    return text + html.unescape(text)


def rows(sheet: Any, first: str) -> list[list[Any]]:
    """Return the rows of the table whose header begins with a word, without the header."""
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(n for n, line in enumerate(lines) if line[0] == first) + 1
    stop = next((n for n in range(start, len(lines)) if lines[n][0] is None), len(lines))
    return lines[start:stop]


def test_the_sheets_stand_where_a_board_looks_for_them(usual: bytes) -> None:
    assert book(usual).sheetnames[:4] == ["Summary", "Scorecard", "Findings", "For review"]
    assert book(usual).sheetnames[-4:] == [
        "Action follow-up",
        "Decisions",
        "Coverage and limitations",
        "Method and glossary",
    ]


def test_without_records_no_sheet_is_added(tmp_path: Path) -> None:
    names = book(edition(tmp_path, ())).sheetnames

    assert "Findings" in names  # which says that none is evaluated yet
    assert not {"For review", "Action follow-up", "Decisions"} & set(names)


def test_an_issued_edition_says_so_where_there_is_nothing_to_follow(tmp_path: Path) -> None:
    run, _, _ = made(tmp_path, lines=())
    issued = replace(run, status=Status(version=1, issued_on=dt.date(2026, 10, 20)))
    data = board_edition.make(issued).data()

    assert "Findings: none was reported" in said(data, "Findings")
    assert cells(data, "Action follow-up", "Recommendations (one for each reported finding)")[1:] == [0, 0, 0, 0]
    assert "No action is open, and none was closed in the quarter." in said(data, "Action follow-up")
    assert "No decision is pending." in said(data, "Decisions")
    assert "None was taken in the quarter." in said(data, "Decisions")


def test_the_summary_leads_to_findings_first_and_then_to_what_led_to_none(usual: bytes) -> None:
    made_book = book(usual)
    summary = made_book["Summary"]
    links = [cell.hyperlink.location.replace("'", "") for row in summary.iter_rows() for cell in row if cell.hyperlink]
    places = [
        (sheet, made_book[sheet].cell(int(cell[1:]), 1).value) for sheet, cell in (each.split("!") for each in links)
    ]

    assert places[:2] == [("Findings", "2026-Q3/F-1"), ("Findings", "2026-Q2/GFT-02")]
    assert [sheet for sheet, _ in places[2:]] == ["For review"] * 3
    matters = [made_book["For review"].cell(int(each.split("!A")[1]), 4).value for each in links[2:]]
    assert not [text for text in matters if str(text).startswith("GFT-02 ")]


def said(data: bytes, title: str) -> str:
    return " ".join(str(cell.value) for row in book(data)[title].iter_rows() for cell in row if cell.value is not None)


def test_the_summary_says_why_a_finding_matters_who_owns_it_and_what_is_asked(usual: bytes) -> None:
    found = said(usual, "Summary")

    assert "◆ high Benefits above the limit are kept Findings, 2026-Q2/GFT-02" in found
    assert "Up to 48,250 SAR may have influenced decisions." in found
    assert "Owner: Head of Ethics; due 31 August 2026; 30 days overdue" in found
    assert "1 decision is asked of the board: see the sheet Decisions." in found


def test_at_most_five_findings_are_on_the_summary(tmp_path: Path) -> None:
    lines = tuple(("finding", f"2026-Q3/F-{n}", "2026-10-12", {**OWN, "title": f"Finding {n}"}) for n in range(7))
    found = said(edition(tmp_path, lines), "Summary")

    assert [n for n in range(7) if f"Finding {n} " in found] == [0, 1, 2, 3, 4]
    assert "2 further findings on the sheet Findings." in found
    assert "Expected:" not in found


def test_a_long_consequence_is_cut_between_words(tmp_path: Path) -> None:
    long = {**OWN, "consequence": "1 " + "harm " * 100}
    found = said(edition(tmp_path, (("finding", "2026-Q3/F-1", "2026-10-12", long),)), "Summary")

    assert "harm harm …" in found
    assert found.count("harm") < 60


def test_an_issued_summary_counts_findings_and_overdue_actions(tmp_path: Path) -> None:
    run, _, _ = made(tmp_path)
    issued = replace(run, status=Status(version=1, issued_on=dt.date(2026, 10, 20)))
    found, draft = (said(board_edition.make(each).data(), "Summary") for each in (issued, run))

    assert "2 1" in found  # two findings open, one action overdue
    assert "findings open actions overdue" in found
    assert "1 critical, 1 high\n1 repeat finding of 1 open action" in found
    assert "actions overdue" not in draft
    assert "exceptions, unreviewed" in draft


def test_reported_findings_stand_in_the_order_of_rating_with_every_column(usual: bytes) -> None:
    sheet = book(usual)["Findings"]
    first, second = (row[: len(COLUMNS)] for row in rows(sheet, "Reference")[:2])

    assert [first[0], first[2], first[3]] == ["2026-Q3/F-1", "◆◆ critical", "new, 2026-Q3"]
    assert second == [
        "2026-Q2/GFT-02",
        GIFTS["title"],
        "◆ high",
        "repeat, 2026-Q1",
        "Nobody accepts what could influence a decision. No exception without written approval. "
        "(Code of conduct, article 9, 2025)",
        "12 of 176 items tested are exceptions (6.82 %) in 2026-Q3; confirmed: 3. Amounts: 1,353.00 SAR.\n"
        "Management confirmed the entries.",
        GIFTS["cause"],
        GIFTS["consequence"],
        GIFTS["recommendation"],
        GIFTS["management_response"],
        "yes",
        "Head of Ethics",
        dt.datetime(2026, 8, 31),
        "open",
        30,
    ]
    assert first[4] == OWN["criteria"]
    assert (first[9], first[10], first[14]) == (OWN["management_response"], "no", 0)


def test_a_finding_without_exceptions_in_the_quarter_says_what_was_reported(tmp_path: Path) -> None:
    sheet = book(edition(tmp_path, (("finding", "2026-Q2/SEN-01", "2026-07-15", GIFTS),)))["Findings"]

    (row,) = rows(sheet, "Reference")[:1]
    assert row[5].startswith("9 of 170 items tested are exceptions (5.29 %) in 2026-Q2; confirmed: 7.")


def test_what_is_not_reported_or_only_for_auditors_is_nowhere(usual: bytes) -> None:
    found = everything(usual)

    for text in ("POTENTIAL-ONLY", "CLOSED-BEFORE", "NAMED-IMPLEMENTER", "Seen in 4 units", "staff ill", "EXC-"):
        assert text not in found


def test_a_finding_closed_in_the_quarter_is_told_once_more(tmp_path: Path) -> None:
    lines: tuple[Line, ...] = (
        ("finding", "2026-Q2/GFT-02", "2026-07-15", GIFTS),
        ("finding", "2026-Q2/GFT-02", "2026-10-15", {**GIFTS, "status": "closed"}),
    )
    (row,) = rows(book(edition(tmp_path, lines))["Findings"], "Reference")[:1]

    assert (row[13], row[14]) == ("closed", 0)


def test_a_finding_closed_since_is_open_and_says_so(tmp_path: Path) -> None:
    lines: tuple[Line, ...] = (
        ("finding", "2026-Q2/GFT-02", "2026-07-15", GIFTS),
        ("finding", "2026-Q2/GFT-02", "2027-01-15", {**GIFTS, "status": "closed"}),
    )
    (row,) = rows(book(edition(tmp_path, lines))["Findings"], "Reference")[:1]

    assert (row[13], row[14]) == ("open; closed after the quarter", 30)


def test_actions_are_told_with_original_and_current_due_date_and_validation(usual: bytes) -> None:
    found = rows(book(usual)["Action follow-up"], "Action")[:3]

    assert [row[:11] for row in found] == [
        [
            *("2026-Q2/A-1", "Name a reader of the register", "2026-Q2/GFT-02", "◆ high", "Head of Ethics"),
            *(dt.datetime(2026, 8, 31), dt.datetime(2026, 8, 15), 2, "open", "no", "31-60"),
        ],
        [
            *("2026-Q2/A-2", "Report monthly", "2026-Q2/GFT-02", "◆ high", "Head of Ethics"),
            *(dt.datetime(2026, 8, 31), dt.datetime(2026, 8, 31), 0, "validated", "yes, 2 August 2026", "-"),
        ],
        [
            *("2026-Q3/A-3", "Keep minutes", "2026-Q3/F-1", "◆◆ critical", "Director of Procurement"),
            *(dt.datetime(2026, 12, 31), dt.datetime(2026, 12, 31), 0, "risk accepted", "no", "-"),
        ],
    ]


def cells(data: bytes, title: str, first: str) -> list[Any]:
    (row,) = [row for row in book(data)[title].iter_rows(values_only=True) if row[0] == first]
    return [value for value in row if value is not None]


def test_overdue_actions_stand_by_rating_and_age(usual: bytes) -> None:
    assert cells(usual, "Action follow-up", "◆ high") == ["◆ high", 0, 1, 0, 0, 0, 1]
    assert cells(usual, "Action follow-up", "◆◆ critical") == ["◆◆ critical", 0, 0, 0, 0, 0, 0]
    assert cells(usual, "Action follow-up", "All") == ["All", 0, 1, 0, 0, 0, 1]


def test_an_overdue_action_of_no_finding_counts_as_not_rated(tmp_path: Path) -> None:
    data = edition(tmp_path, (("action", "2026-Q2/A-1", "2026-07-15", {**ACTION, "finding": "2026-Q1/OLD-01"}),))

    assert cells(data, "Action follow-up", "not rated") == ["not rated", 1, 0, 0, 0, 0, 1]
    assert cells(data, "Action follow-up", "All") == ["All", 1, 0, 0, 0, 0, 1]


def test_the_checks_have_their_denominators(usual: bytes) -> None:
    assert cells(usual, "Action follow-up", "FUP-01")[2:] == [3, 1, 0, 2, 1, 0]
    assert cells(usual, "Action follow-up", "FUP-02")[2:] == [3, 3, 0, 0, 1, 0]
    assert cells(usual, "Action follow-up", "FUP-04")[2:] == [3, 1, 0, 2, 1, 0]
    assert cells(usual, "Action follow-up", "FUP-06")[2:] == [3, 1, 0, 2, 1, 0]


def test_an_accepted_risk_names_the_role_and_whether_authority_was_stated(usual: bytes) -> None:
    found = [row for row in book(usual)["Action follow-up"].iter_rows(values_only=True) if row[0] == "2026-Q3/A-3"]

    assert [value for value in found[1] if value is not None][4:] == ["Director of Procurement", "no"]


def test_recommendations_actions_and_decisions_roll_forward_and_tie(tmp_path: Path, usual: bytes) -> None:
    run, _, state = made(tmp_path)
    found = movements(state, run)

    assert all(each.ties for each in found.values())
    assert {name: (each.start, each.new, each.closed, each.end) for name, each in found.items()} == {
        "recommendations": (1, 1, 0, 2),
        "actions": (2, 1, 2, 1),
        "decisions": (2, 0, 1, 1),
    }
    assert cells(usual, "Action follow-up", "Actions")[1:] == [2, 1, 2, 1]
    assert cells(usual, "Action follow-up", "Decisions asked of the board")[1:] == [2, 0, 1, 1]


def test_decisions_asked_and_taken_stand_apart(usual: bytes) -> None:
    sheet = book(usual)["Decisions"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]

    (asked,) = [line for line in lines if line[0] == "2026-Q2/D-1"]
    (taken,) = [line for line in lines if line[0] == "2026-Q1/D-1"]
    assert asked == [
        *("2026-Q2/D-1", "Decide whether small benefits are allowed", "A: none. B: up to 50 SAR.", "A, as peers do."),
        *(dt.datetime(2026, 7, 20), "pending"),
    ]
    assert taken == [
        *("2026-Q1/D-1", "Decide who reads the register", "The ethics office.", "-"),
        *(dt.datetime(2026, 7, 2), dt.datetime(2026, 7, 20)),
    ]


def test_a_decision_taken_after_the_quarter_is_pending_and_says_so(tmp_path: Path) -> None:
    later = {"requested": "Decide", "asked_on": "2026-09-01", "decision": "Yes.", "decided_on": "2026-10-20"}
    data = edition(tmp_path, (("decision", "2026-Q3/D-1", "2026-10-20", later),))

    assert cells(data, "Decisions", "2026-Q3/D-1")[-1] == "decided since, on 20 October 2026"
    assert "Yes." not in everything(data)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_sheets(tmp_path: Path, language: str) -> None:
    say = Labels.of(language)
    names = book(edition(tmp_path, language=language)).sheetnames

    for key in ("findings.sheet", "findings.matters_sheet", "follow_up.sheet", "decision.sheet"):
        assert say(key) in names


def test_the_same_journal_gives_the_same_bytes(tmp_path: Path, usual: bytes) -> None:
    assert edition(tmp_path) == usual
