from __future__ import annotations

from auditkit import guide
from auditkit.disposition import LONGEST

SHEETS = ("Summary", "Findings", "Exceptions", "Sign-off", "Lists")


def lines(*sheets: str, restricted: bool = False, issued: bool = False) -> list[str]:
    return guide.steps(sheets, "findings_2026-Q3_W.xlsx", LONGEST, restricted=restricted, issued=issued)


def test_the_guide_names_the_sheets_to_fill_in_and_the_command_that_takes_them_back() -> None:
    text = "\n".join(lines(*SHEETS))

    assert "on Findings, Exceptions and Sign-off" in text
    assert "Summary" not in text
    assert "On Findings the empty rows at the end" in text
    assert "`auditkit import-review --dry-run findings_2026-Q3_W.xlsx`" in text
    assert "critical 92, high 184, medium 366, low 366, info 731" in text
    assert "exception" in text


def test_the_guide_of_the_restricted_edition_speaks_of_indicators_and_of_its_password() -> None:
    text = "\n".join(lines("Indicators", restricted=True))

    assert "for each indicator" in text
    assert "exception" not in text
    assert "same password" in text
    assert "empty rows" not in text


def test_an_issued_edition_is_not_to_be_filled_in() -> None:
    assert lines(*SHEETS, issued=True) == [guide.ISSUED]


def test_a_workbook_without_forms_needs_no_guide() -> None:
    assert lines("Summary", "Lists") == []
