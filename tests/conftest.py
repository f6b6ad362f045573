"""What the tests share: the project's folder, and one run of the sample organisation for all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import command
import duckdb
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
    """A finished run of the sample organisation, and what every attribute said of every item: (attribute, item)."""

    outcome: Outcome
    results: dict[tuple[str, str], str]


@dataclass(frozen=True)
class CommandRun(SampleRun):
    """The same, with what `auditkit run` printed and the folder it ran in."""

    done: Done
    folder: Path


@contextmanager
def results_read(*, editions: bool = True) -> Iterator[dict[tuple[str, str], str]]:
    """Read every attribute's results out of the runs that are made inside; without editions nothing is written."""
    from auditkit import board_edition, evidence, restricted_edition, working_edition
    from auditkit.book import Book
    from auditkit.catalogue import load_catalogue
    from auditkit.review_row import ReviewRows

    results: dict[tuple[str, str], str] = {}
    controls = load_catalogue(ROOT / "controls").controls

    def read(part: Path, connection: duckdb.DuckDBPyConnection, *content: Any) -> dict[str, Any]:
        for control in controls:
            for attribute in control.attributes:
                grain = control.populations[attribute.population].grain
                item = ", ', ', ".join(f"'{name}=', \"{name}\"" for name in grain)
                sql = f"SELECT CONCAT({item}), CONCAT_WS(':', result, reason) FROM \"{attribute.table}\""
                results.update({(attribute.id, row[0]): row[1] for row in connection.execute(sql).fetchall()})
        return write(part, connection, *content) if editions else dict(content[1])

    write = evidence.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "write", read)
        for module in () if editions else (board_edition, working_edition, restricted_edition):
            patch.setattr(module, "write", lambda *_: ReviewRows())
        if not editions:
            patch.setattr(working_edition, "begun", lambda *_: Book("", DECLARED))
        yield results


def run_sample(quarter: str, folder: Path) -> SampleRun:
    """Run a quarter of the sample organisation, restricted controls included, without writing anything."""
    from auditkit.progress import Progress
    from auditkit.run import Options, run

    options = Options(quarter, passphrase=PASSPHRASE, declared_at=DECLARED)
    with results_read(editions=False) as results:
        return SampleRun(run(sample_project(folder / "output"), options, Progress()), results)


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> CommandRun:
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

    with results_read() as results, pytest.MonkeyPatch.context() as patch:
        patch.setattr(auditkit.run, "run", remembered)
        done = command.auditkit(folder, "run", AUDITKIT_PASSPHRASE=PASSPHRASE)
    assert outcomes, done.stderr
    return CommandRun(outcomes[0], results, done, folder)


@pytest.fixture(scope="session")
def sample_outcome(sample_run: CommandRun) -> Outcome:
    """The finished run of the sample organisation's third quarter."""
    return sample_run.outcome
