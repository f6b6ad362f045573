"""auditkit.toml: what it may say, and what it says when it is wrong."""

import datetime as dt
from pathlib import Path

import pytest

from auditkit.errors import ProjectError
from auditkit.project import find, load

MINIMUM = '[organisation]\nname = "A"\ncurrency = "EUR"\n[run]\nquarter = "2026-Q3"\n'


def project(folder: Path, text: str = MINIMUM) -> Path:
    path = folder / "auditkit.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_serve_a_small_project(tmp_path: Path) -> None:
    loaded = load(project(tmp_path))

    assert loaded.controls == tmp_path.resolve() / "controls"
    assert loaded.weekend == ("saturday", "sunday")
    assert loaded.period().start == dt.date(2026, 7, 1)
    assert loaded.passphrase_file is None


def test_everything_an_override_needs_is_read(tmp_path: Path) -> None:
    entry = '[[parameters]]\ncontrol = "GFT"\nname = "limit"\nvalue = "5"\napproved_by = "Head"\nreason = "Policy"\n'
    override = load(project(tmp_path, MINIMUM + entry)).overrides[0]

    assert (override.control_id, override.name, override.text) == ("GFT", "limit", "5")
    assert (override.approved_by, override.reason) == ("Head", "Policy")


def test_a_limit_may_have_one_entry_for_each_day_on_which_it_changes(tmp_path: Path) -> None:
    later = OVERRIDE.replace('"1"', '"2"') + 'effective_from = "2026-08-01"\n'
    overrides = load(project(tmp_path, MINIMUM + OVERRIDE + later)).overrides

    assert [(item.text, item.effective_from) for item in overrides] == [("1", ""), ("2", "2026-08-01")]


OVERRIDE = '[[parameters]]\ncontrol = "GFT"\nname = "x"\nvalue = "1"\napproved_by = "Head"\nreason = "r"\n'


def test_the_board_edition_is_english_unless_the_project_names_languages(tmp_path: Path) -> None:
    assert load(project(tmp_path)).languages == ("en",)
    chosen = load(project(tmp_path, in_organisation('languages = ["ar", "en"]\nnames = { ar = "جهة" }')))
    assert (chosen.languages, chosen.names) == (("ar", "en"), {"ar": "جهة"})


def in_organisation(line: str) -> str:
    return MINIMUM.replace('currency = "EUR"', f'currency = "EUR"\n{line}')


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[organisation]\n", 1, "lacks 'name'"),
        (MINIMUM.replace('"A"', '" "'), 2, "lacks 'name'"),
        (MINIMUM.replace("quarter", "quater"), 5, "did you mean 'quarter'"),
        (MINIMUM + "[folder]\n", 6, "did you mean 'folders'"),
        ("folders = 5\n" + MINIMUM, 1, "write [folders] and its keys below it"),
        (MINIMUM.replace('"EUR"', "5"), 3, "write text in quotes"),
        (MINIMUM.replace('"EUR"', '"Euro"'), 3, "ISO 4217"),
        (in_organisation('languages = ["en", "de"]'), 4, "unknown language: 'de'"),
        (in_organisation('languages = ["en", 5]'), 4, "unknown language: '5'"),
        (in_organisation('languages = ["ar", "ar"]'), 4, "each language of the board edition once"),
        (in_organisation("languages = []"), 4, "each language of the board edition once"),
        (in_organisation('languages = "ar"'), 4, "list in square brackets"),
        (in_organisation('names = { de = "x" }'), 4, "unknown language: 'de'"),
        (in_organisation('names = { ar = "" }'), 4, "write text in quotes"),
        (MINIMUM.replace('"A"', '"A'), 2, "not valid TOML"),
        (MINIMUM.replace("2026-Q3", "Q3 2026"), 5, "write it as year-Qn"),
        (in_organisation('weekend = ["caturday"]'), 4, "did you mean 'saturday'"),
        (in_organisation('weekend = "saturday"'), 4, "write a list in square brackets"),
        (in_organisation('holidays = ["23/9"]'), 4, "is not a date"),
        (in_organisation("holidays = [2026-09-23T00:00:00]"), 4, "is not a date"),
        (in_organisation("holidays = [5]"), 4, "is not a date"),
        (in_organisation("fiscal_year_starts = 13"), 4, "from 1 to 12"),
        (in_organisation("fiscal_year_starts = 0"), 4, "from 1 to 12"),
        (in_organisation("fiscal_year_starts = true"), 4, "a whole number"),
        (in_organisation('fiscal_year_named_after = "middle"'), 4, 'write "start" or "end"'),
        (in_organisation('time_zone = "Riyadh"'), 4, "Asia/Riyadh"),
        (MINIMUM + "cut_off_days = -1\n", 6, "from 0 to 366"),
        (MINIMUM + 'not_tested_limit = "5"\n', 6, 'from "0" to "1"'),
        (MINIMUM + '[run.cut_offs]\n"2026-Q2" = "2026-06-30"\n', 7, "2026-Q2 ends on 2026-06-30"),
        (MINIMUM + 'cut_offs = {"2026-Q5" = "2026-07-30"}\n', 6, "is not a quarter"),
        (MINIMUM + '[reliability]\nnull_share = "many"\n', 7, "write a share"),
        (MINIMUM + "[worker]\ndeadline = 0\n", 7, "from 1 to 86400"),
        (MINIMUM + '[worker]\nmemory = "much"\n', 7, "1500MB"),
        (MINIMUM + OVERRIDE.replace('approved_by = "Head"\n', ""), 6, "approved_by"),
        (MINIMUM + OVERRIDE.replace('"r"', '""'), 11, "reason is ''"),
        (MINIMUM + OVERRIDE.replace('"1"', "1"), 9, 'write it in quotes: "20"'),
        (MINIMUM + OVERRIDE + OVERRIDE.replace("value", "valeu"), 15, "did you mean 'value'"),
        (MINIMUM + OVERRIDE + OVERRIDE.replace('"1"', '"2"'), 12, "GFT.x is set twice"),
        (MINIMUM + OVERRIDE + 'effective_from = "1 May"\n', 12, "'1 May' is not a date"),
        (MINIMUM + OVERRIDE + 'effective_from = ""\n', 12, "effective_from is ''"),
        ("parameters = 1\n" + MINIMUM, 1, "each entry begins with [[parameters]]"),
    ],
)
def test_a_wrong_file_says_where_what_and_what_to_do(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ProjectError) as caught:
        load(project(tmp_path, text))

    assert str(caught.value).startswith(f"auditkit.toml:{line}: ")
    assert says in str(caught.value)
    assert caught.value.hint


def test_a_cut_off_may_be_the_day_after_the_quarter_and_no_earlier(tmp_path: Path) -> None:
    loaded = load(project(tmp_path, MINIMUM + '[run.cut_offs]\n"2026-Q2" = "2026-07-01"\n'))

    assert loaded.period("2026-Q2").cut_off == dt.date(2026, 7, 1)


def test_a_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert load(project(tmp_path, "\ufeff" + MINIMUM)).organisation == "A"


def test_a_fiscal_year_may_carry_the_number_of_the_year_in_which_it_ends(tmp_path: Path) -> None:
    text = in_organisation('fiscal_year_starts = 10\nfiscal_year_named_after = "end"')

    assert load(project(tmp_path, text)).period("2026-Q1").start == dt.date(2025, 10, 1)


def test_the_file_is_found_from_a_folder_below(tmp_path: Path) -> None:
    path = project(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert find(tmp_path / "a" / "b") == path


def test_a_folder_without_a_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="auditkit init"):
        find(tmp_path)
