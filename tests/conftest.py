"""What the tests share: the project's folder, and one run of the sample organisation for all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from auditkit import project as projects
from auditkit.project import Project

if TYPE_CHECKING:
    from auditkit.run import Outcome
    from auditkit.suite import Suite

ROOT = Path(__file__).parent.parent
DECLARED = dt.datetime(2026, 10, 9, 8, 0, 0)
PASSPHRASE = "a passphrase for the tests"


@pytest.fixture(scope="session")
def suite() -> Iterator[Suite]:
    """All cases of the controls that come with auditkit."""
    from auditkit.suite import Suite

    with Suite.of(ROOT / "controls") as loaded:
        yield loaded


def sample_project(output: Path) -> Project:
    """The project of the sample organisation, writing to another folder."""
    text = (ROOT / "auditkit.toml").read_text(encoding="utf-8")
    folder = output.parent / "project"
    folder.mkdir(exist_ok=True)
    for name in ("controls", "sample_data"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    (folder / "auditkit.toml").write_text(text.replace('output = "output"', f'output = "{output}"'), encoding="utf-8")
    return projects.load(folder / "auditkit.toml")


@pytest.fixture(scope="session")
def sample_outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One whole run of the sample organisation's third quarter, restricted controls included."""
    from auditkit.progress import Progress
    from auditkit.run import Options, run

    project = sample_project(tmp_path_factory.mktemp("sample") / "output")
    return run(project, Options("2026-Q3", passphrase=PASSPHRASE, declared_at=DECLARED), Progress())
