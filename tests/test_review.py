"""What stands in a cell: the same text whoever saved the workbook, and what a person may have meant."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from auditkit.cell import plain
from auditkit.form import DISPOSITION, FINDING, SIGN_OFF, Field
from auditkit.review import agrees, said, same_person, text_of

DISPOSED = DISPOSITION.field("disposition")
REASON = DISPOSITION.field("reason_code")
DAY = DISPOSITION.field("prepared_on")
EXPLANATION = DISPOSITION.field("explanation")


@pytest.mark.parametrize(
    ("written", "read", "text"),
    [
        (None, None, ""),
        ("  two  words\r\nand a line ", "two  words\nand a line", "two words and a line"),
        ("a\xa0b", "a b", "a b"),
        ("cafe\u0301", "café", "café"),
        ("_x0041_", "_x0041_", "_x0041_"),
        (Decimal("1250.5000"), 1250.5, "1250.5"),
        (Decimal("0.1") + Decimal("0.2"), 0.30000000000000004, "0.3"),
        (Decimal("-0.00"), 0, "0"),
        (1200, 1200.0, "1200"),
        (10**16, "10000000000000000", "10000000000000000"),
        (True, "yes", "yes"),
        (dt.date(2026, 7, 1), dt.datetime(2026, 7, 1), "2026-07-01"),
        (dt.datetime(2026, 7, 1, 14, 30), dt.datetime(2026, 7, 1, 14, 29, 59, 999_990), "2026-07-01 14:30:00"),
        (dt.date(1850, 1, 1), "1850-01-01", "1850-01-01"),
        (["b", "a"], "b, a", "b, a"),
    ],
)
def test_a_value_has_one_text_as_written_and_as_read(written: Any, read: Any, text: str) -> None:
    assert text_of(written) == text
    assert text_of(plain(written)) == text
    assert text_of(read) == text
    assert agrees(text, read)


def test_another_number_format_changes_nothing_and_another_value_does() -> None:
    assert agrees("2026-10-06", 46_301.0)
    assert agrees("46301", dt.date(2026, 10, 6))
    assert agrees("1.5", dt.datetime(1899, 12, 31, 12))
    assert not agrees("2026-10-06", 46_302)
    assert not agrees("46301", dt.date(2026, 10, 7))
    assert not agrees("0012", 12)
    assert not agrees("yes", "no")
    assert not agrees("", "x")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (dt.date(2026, 10, 12), "2026-10-12"),
        (dt.datetime(2026, 10, 12, 9, 30), "2026-10-12"),
        (46_307, "2026-10-12"),
        ("2026-10-12", "2026-10-12"),
        (" 2026/10/12\xa0", "2026-10-12"),
        ("2026-10-12 00:00:00", "2026-10-12"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("10.10.2026", "2026-10-10"),
        ("5 March 2026", "2026-03-05"),
        ("12-Oct-2026", "2026-10-12"),
        (None, ""),
        ("   ", ""),
    ],
)
def test_a_date_is_read_as_people_and_spreadsheets_write_it(value: Any, text: str) -> None:
    assert said(DAY, value) == (text, None)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("11/12/2026", "two days"),
        ("31/31/2026", "not a date"),
        ("2026-02-30", "not a date"),
        ("soon", "not a date"),
        ("12 Foo 2026", "not a date"),
        (12, "not a date"),
        (36_525, "not a date"),
        (73_415, "not a date"),
        (True, "not a date"),
    ],
)
def test_a_date_that_can_be_two_days_or_none_is_refused(value: Any, says: str) -> None:
    text, problem = said(DAY, value)

    assert text == ""
    assert problem is not None
    assert problem.field == "prepared_on"
    assert says in problem.found


def test_a_date_of_two_readings_is_told_with_both() -> None:
    _, problem = said(DAY, "11/12/2026")

    assert problem is not None
    assert "2026-11-12 or 2026-12-11" in problem.hint


def test_a_choice_is_forgiven_its_case_and_blanks_and_nothing_else() -> None:
    assert said(DISPOSED, "  Confirmed\xa0 DEVIATION ") == ("confirmed deviation", None)
    assert said(FINDING.field("impact"), 3.0) == ("3", None)
    assert said(REASON, "Other, see explanation\n") == ("other, see explanation", None)

    text, problem = said(DISPOSED, "false positiv (logic)")
    assert text == ""
    assert problem is not None
    assert problem.hint.startswith("did you mean 'false positive (logic)'?")
    _, problem = said(DISPOSED, "x" * 90)
    assert problem is not None
    assert problem.hint.startswith("choose one of: in review,")
    assert len(problem.found) < 100
    assert said(FINDING.field("impact"), 6)[1] is not None


def test_a_text_keeps_its_lines_and_loses_what_nobody_sees() -> None:
    assert said(EXPLANATION, " one \r\n\ttwo\u200b \n\n") == ("one\ntwo", None)
    assert said(EXPLANATION, "=1+1") == ("=1+1", None)
    assert said(EXPLANATION, 12.0) == ("12", None)
    assert said(EXPLANATION, "\x00") == ("", None)


def test_what_a_spreadsheet_made_of_a_text_is_refused() -> None:
    for value, says in ((dt.datetime(2026, 2, 1), "a date, 2026-02-01"), (1.2345678901234568e18, "digits may be lost")):
        text, problem = said(EXPLANATION, value)
        assert text == ""
        assert problem is not None
        assert says in problem.found
        assert "format the cell as text" in problem.hint


def test_a_number_is_whole_and_not_negative() -> None:
    field = SIGN_OFF.field("notes_open")

    assert said(field, 0) == ("0", None)
    assert said(field, "007") == ("7", None)
    assert said(field, 2.0) == ("2", None)
    for value in (-1, 1.5, "two", True):
        assert said(field, value)[1] is not None


def test_a_dash_takes_a_value_away() -> None:
    assert said(DAY, " - ") == ("-", None)
    assert said(Field("x", "X"), "-") == ("-", None)
    assert said(Field("x", "X"), "--") == ("--", None)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana Silva", "ANA  SILVA ", True),
        ("Silva, Ana", "Ana Silva", True),
        ("José Peña", "Jose Pena", True),
        ("A. Silva", "A Silva", True),
        ("Ａｎａ", "Ana", True),
        ("An\u200ba", "Ana", True),
        ("STRASSE", "straße", True),
        ("مـحـمـد", "محمد", True),
        ("Ana Silva", "Ana Silvo", False),
        ("", "", False),
        ("-", " ", False),
    ],
)
def test_a_person_is_known_again_however_the_name_is_written(one: str, other: str, same: bool) -> None:
    assert same_person(one, other) is same
