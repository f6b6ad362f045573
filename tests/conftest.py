"""What the tests share: the project's folder, and one run of the sample organisation for all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import command
import pytest
from command import Done

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


@dataclass(frozen=True)
class SampleRun:
    """What `auditkit run` printed in the checkout's project, the finished run, and the folder it ran in."""

    done: Done
    outcome: Outcome
    folder: Path


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """One `auditkit run` of the sample organisation's third quarter, restricted controls included."""
    import auditkit.run

    folder = tmp_path_factory.mktemp("checkout")
    for name in ("controls", "sample_data", "auditkit.toml"):
        (folder / name).symlink_to(ROOT / name)
    outcomes: list[Outcome] = []
    whole_run = auditkit.run.run

    def remembered(*given: Any) -> Outcome:
        outcomes.append(whole_run(*given))
        return outcomes[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auditkit.run, "run", remembered)
        done = command.auditkit(folder, "run", AUDITKIT_PASSPHRASE=PASSPHRASE)
    assert outcomes, done.stderr
    return SampleRun(done, outcomes[0], folder)


@pytest.fixture(scope="session")
def sample_outcome(sample_run: SampleRun) -> Outcome:
    """The finished run of the sample organisation's third quarter."""
    return sample_run.outcome
