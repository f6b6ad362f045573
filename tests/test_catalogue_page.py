"""The catalogue as a page: every attribute with its limits, and the page in docs is what the controls say."""

from __future__ import annotations

from pathlib import Path

import command
import pytest
from conftest import ROOT

from auditkit import project as projects
from auditkit.catalogue import load_catalogue, parameters_of
from auditkit.catalogue_page import page


def text_of(root: Path) -> str:
    project = projects.load(root / projects.FILE)
    catalogue = load_catalogue(project.controls)
    return page(catalogue, parameters_of(catalogue, project), project.currency)


def test_the_page_in_docs_is_what_the_controls_say() -> None:
    known = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")

    assert known == text_of(ROOT), "write it: auditkit catalogue --write docs/catalogue.md"


def test_every_attribute_stands_with_its_limits_in_bold_its_example_and_what_does_not_count() -> None:
    text, catalogue = text_of(ROOT), load_catalogue(ROOT / "controls")

    for attribute in catalogue.attributes:
        _, _, part = text.partition(f"### {attribute.id} ")
        part = part.partition("\n### ")[0]
        assert "**Methodology.** Every item of" in part
        assert "**Not a problem when.**" in part
        assert "**Example.**" in part or not any("EXCEPTION" in case.expect for case in attribute.cases)
    limits = text.partition("### GFT-05 ")[2].partition("### ")[0]
    assert "**5 working days**, crossed above it (`registration_working_days`)" in limits
    assert "(`aggregate_limit`)" not in limits  # GFT-05 does not depend on it


def test_a_limit_that_the_project_set_stands_beside_its_default(tmp_path: Path) -> None:
    (tmp_path / "controls").symlink_to(ROOT / "controls")
    text = (ROOT / "auditkit.toml").read_text(encoding="utf-8")
    own = "\n[[parameters]]\ncontrol = 'GFT'\nname = 'registration_working_days'\nvalue = '3'\n"
    (tmp_path / "auditkit.toml").write_text(text + own + "approved_by = 'A'\nreason = 'B'\n", encoding="utf-8")

    assert "**3 working days**, crossed above it; default 5 working days" in text_of(tmp_path)


@pytest.mark.slow
def test_the_check_says_when_a_page_is_not_true_any_more(tmp_path: Path) -> None:
    for name in ("controls", "auditkit.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    page_file = tmp_path / "page.md"
    missing = command.auditkit(tmp_path, "catalogue", "--check", str(page_file))
    command.auditkit(tmp_path, "catalogue", "--write", str(page_file))
    true = command.auditkit(tmp_path, "catalogue", "--check", str(page_file))
    page_file.write_text(page_file.read_text(encoding="utf-8").replace("**5 working days**", "**6 working days**"))
    false = command.auditkit(tmp_path, "catalogue", "--check", str(page_file))

    assert (missing.returncode, true.returncode, false.returncode) == (1, 0, 1)
    assert "auditkit catalogue --write" in false.stderr
