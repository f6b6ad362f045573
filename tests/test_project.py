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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[organisation]\n", "lacks 'name'"),
        (MINIMUM.replace("quarter", "quater"), "did you mean 'quarter'"),
        (MINIMUM + "[folder]\n", "did you mean 'folders'"),
        (MINIMUM.replace('"EUR"', "5"), "must be a str"),
        (MINIMUM.replace('"A"', '"A'), "not valid TOML"),
        (MINIMUM.replace('currency = "EUR"', 'currency = "EUR"\nweekend = ["caturday"]'), "did you mean 'saturday'"),
        (MINIMUM.replace('currency = "EUR"', 'currency = "EUR"\nholidays = ["23/9"]'), "is not a date"),
        (MINIMUM.replace('currency = "EUR"', 'currency = "EUR"\nfiscal_year_starts = 13'), "1 to 12"),
        (MINIMUM + '[[parameters]]\ncontrol = "GFT"\nname = "x"\nvalue = "1"\nreason = "r"\n', "approved_by"),
    ],
)
def test_a_wrong_file_says_what_and_what_to_do(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ProjectError) as caught:
        load(project(tmp_path, text))

    assert "auditkit.toml" in str(caught.value)
    assert says in str(caught.value)


def test_the_file_is_found_from_a_folder_below(tmp_path: Path) -> None:
    path = project(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert find(tmp_path / "a" / "b") == path


def test_a_folder_without_a_project_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="auditkit init"):
        find(tmp_path)
