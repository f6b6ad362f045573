"""The evidence of a run: the same inputs give the same bytes, and what it holds is what was run."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import command
import desk
import duckdb
import msoffcrypto
import pytest
from conftest import ROOT
from desk import PASSPHRASE, edit

from auditkit import definition, revision, seal, vault
from auditkit import project as projects
from auditkit.definition import Definitions
from auditkit.errors import RunError

DECLARED = ("run", "--declared-at", "2026-10-09T08:00:00")
SAMPLE_PASSPHRASE = (ROOT / "sample_data/restricted_passphrase.txt").read_text(encoding="utf-8").strip()
# When the run was made stands in one file; salts are others each time, and so are the sums of what they salt.
OF_THE_MOMENT = ("times.json",)
SALTED = re.compile(r'  "restricted_[^"]*": "[0-9a-f]{64}",?\n|  "seal": "[0-9a-f]{64}",\n')


def files(root: Path, passphrase: str) -> dict[str, bytes]:
    """Everything that the one run of a project left, with what is encrypted in its plain form."""
    (folder,) = (root / "output" / "2026-Q3").iterdir()
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        if name.endswith("_R.xlsx"):
            plain = io.BytesIO()
            office = msoffcrypto.OfficeFile(io.BytesIO(data))
            office.load_key(password=passphrase)
            office.decrypt(plain)
            data = plain.getvalue()
        elif name.endswith(".sealed"):
            data = vault.unseal(data, passphrase)
        elif name == "editions.json":
            data = SALTED.sub("", data.decode()).encode()
        if name not in OF_THE_MOMENT:
            found[name] = data
    return found


def run(root: Path, passphrase: str = PASSPHRASE) -> None:
    done = command.auditkit(root, *DECLARED, AUDITKIT_PASSPHRASE=passphrase)
    assert done.returncode in (0, 3), done.stderr


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one finished run."""
    root = desk.make(tmp_path_factory.mktemp("evidence") / "project")
    run(root)
    return root


@pytest.fixture
def manifest(usual: Path) -> dict[str, Any]:
    (path,) = usual.glob("output/2026-Q3/*/evidence/manifest.json")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


# The same inputs, the same bytes


def test_two_runs_on_the_same_inputs_leave_the_same_bytes(usual: Path, tmp_path: Path) -> None:
    other = desk.make(tmp_path / "a place with another and longer name" / "project")
    run(other)
    ours, theirs = files(usual, PASSPHRASE), files(other, PASSPHRASE)

    assert set(ours) == set(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert {name for name in ours if name.startswith("restricted_")} == {
        "restricted_2026-Q3_R.xlsx",
        "restricted_2026-Q3_R.sealed",
    }
    assert len(ours) > 20


def test_the_order_in_which_files_were_delivered_and_their_times_do_not_matter(usual: Path, tmp_path: Path) -> None:
    other = tmp_path / "project"
    for name in reversed(desk.FILES):
        path = other / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(usual / name, path)
        path.chmod(0o600)
    run(other)

    ours, theirs = files(usual, PASSPHRASE), files(other, PASSPHRASE)
    assert [name for name in ours if ours[name] != theirs.get(name)] == []


@pytest.mark.slow
def test_two_runs_of_the_sample_organisation_leave_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("one", "another"):
        root = tmp_path / name
        root.mkdir()
        for part in ("controls", "sample_data"):
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        shutil.copyfile(ROOT / "auditkit.toml", root / "auditkit.toml")
        run(root, SAMPLE_PASSPHRASE)
        found.append(files(root, SAMPLE_PASSPHRASE))

    assert set(found[0]) == set(found[1])
    assert [name for name in found[0] if found[0][name] != found[1][name]] == []
    assert len(found[0]) > 100


def test_the_start_and_the_end_stand_in_one_file_and_the_declared_time_everywhere_else(usual: Path) -> None:
    (path,) = usual.glob("output/2026-Q3/*/times.json")
    times = seal.opened(path.read_bytes(), path.name)

    assert times["run"] == "20261009T080000Z"
    assert times["started"] <= times["ended"]
    assert times["started"] != "2026-10-09T08:00:00Z"
    day = times["started"][:10].encode()
    assert [name for name, data in files(usual, PASSPHRASE).items() if day in data] == []


# What it holds


def test_every_item_of_every_attribute_is_in_the_evidence(usual: Path, manifest: dict[str, Any]) -> None:
    (folder,) = usual.glob("output/2026-Q3/*/evidence/results")
    with duckdb.connect() as connection:
        for name, entry in manifest["results"].items():
            path = str(folder / f"{name}.parquet")
            counted = connection.execute("SELECT COUNT(*) FROM read_parquet($path)", {"path": path}).fetchone()
            assert counted == (entry["population"],)
    assert set(manifest["results"]) == {"SAL-01"}


def test_the_definitions_are_kept_as_they_were_run(usual: Path, manifest: dict[str, Any]) -> None:
    (folder,) = usual.glob("output/2026-Q3/*/evidence/definitions")
    kept = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert kept == Definitions.of(projects.load(usual / "auditkit.toml")).files
    assert kept["auditkit.toml"] == (usual / "auditkit.toml").read_bytes()
    assert set(kept) == set(manifest["definitions"])
    assert {f"definitions/{name}" for name in kept} <= set(manifest["files"])


def test_the_manifest_names_inputs_versions_and_digests(manifest: dict[str, Any]) -> None:
    assert {"auditkit", "python", "duckdb", "sqlglot", "openpyxl", "statsmodels"} <= set(manifest["versions"])
    assert manifest["extracts"][0]["file"] == "sale.csv"
    assert manifest["parameters"] == {"SAL.sale_limit": "50"}
    assert manifest["controls_revision"] is None or set(manifest["controls_revision"]) == {"commit", "clean"}
    assert manifest["register"]["key"]
    assert manifest["journal"] == {"records": 0, "head": "0" * 64}
    assert manifest["previous"] == []


def test_the_working_papers_show_the_seal_of_the_manifest(usual: Path, manifest: dict[str, Any]) -> None:
    (path,) = usual.glob("output/2026-Q3/*/findings_2026-Q3_W.xlsx")

    assert any(manifest["seal"].encode() in data for data in desk.contents(path).values())


def test_the_next_quarter_names_the_manifest_it_took_figures_from(usual: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(usual, tmp_path / "project"))
    shutil.copytree(root / "extracts/2026-Q3", root / "extracts/2026-Q4")
    done = command.auditkit(
        root, "run", "--quarter", "2026-Q4", "--declared-at", "2027-01-09T08:00:00", AUDITKIT_PASSPHRASE=PASSPHRASE
    )
    assert done.returncode == 0, done.stderr
    (path,) = root.glob("output/2026-Q4/*/evidence/manifest.json")
    (before,) = root.glob("output/2026-Q3/*/evidence/manifest.json")
    (entry,) = json.loads(path.read_text(encoding="utf-8"))["previous"]

    assert (entry["quarter"], entry["run"]) == ("2026-Q3", "20261009T080000Z")
    assert entry["manifest"] == hashlib.sha256(before.read_bytes()).hexdigest()


# Definitions


def test_a_definition_that_changes_while_the_run_goes_on_stops_it(
    usual: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(usual, tmp_path / "project"))
    shutil.rmtree(root / "output")
    from auditkit import board_edition

    whole = board_edition.write

    def meanwhile(*given: Any) -> None:
        edit(root, "controls/sales/sal_01_limit.sql", "> $sale_limit", ">= $sale_limit")
        whole(*given)

    monkeypatch.setattr(board_edition, "write", meanwhile)
    done = command.auditkit(root, *DECLARED, AUDITKIT_PASSPHRASE=PASSPHRASE)

    assert done.returncode == 2
    assert "controls/sales/sal_01_limit.sql: the definition was changed while the run went on" in done.stderr
    assert not list((root / "output/2026-Q3").iterdir())


def test_a_control_in_a_linked_folder_is_among_the_definitions(usual: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(usual, tmp_path / "project"))
    shutil.move(root / "controls/sales", tmp_path / "sales")
    (root / "controls/sales").symlink_to(tmp_path / "sales")
    (tmp_path / "sales/round").symlink_to(tmp_path / "sales")
    names = Definitions.of(projects.load(root / "auditkit.toml")).files

    assert "controls/sales/sal_01_limit.sql" in names
    assert sum("sal_01_limit.sql" in name for name in names) == 1


def test_the_kept_project_reads_its_extracts_where_they_are_now(usual: Path) -> None:
    project = projects.load(usual / "auditkit.toml")
    (evidence,) = usual.glob("output/2026-Q3/*/evidence")
    kept = definition.kept(project, evidence)

    assert kept.controls == evidence / "definitions/controls"
    assert (kept.extracts, kept.output, kept.register) == (project.extracts, project.output, project.register)
    assert kept.passphrase_file == project.passphrase_file


# The seal


@pytest.mark.parametrize("content", [{}, {"a": "é\n", "b": [1, {"c": None}]}, {"other": "0" * 64}])
def test_what_was_sealed_is_opened(content: dict[str, Any]) -> None:
    opened = seal.opened(seal.sealed(content), "x")

    assert {name: value for name, value in opened.items() if name != "seal"} == content
    assert re.fullmatch("[0-9a-f]{64}", opened["seal"])


def test_a_seal_does_not_hold_over_another_byte() -> None:
    data = seal.sealed({"a": "b"})
    changed = [data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] for place in range(len(data))]
    for other in (*changed, b"", data[:-1], data + b"\n", b"{}"):
        with pytest.raises(RunError) as told:
            seal.opened(other, "x.json")
        assert str(told.value).startswith("x.json: the file was changed after it was written: its seal does not hold")


# The revision of the controls


def git(folder: Path, *words: str) -> None:
    own = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def controls(tmp_path: Path) -> Path:
    """A folder of controls under version control, all of it committed."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    folder = tmp_path / "controls"
    folder.mkdir()
    (folder / "a.sql").write_text("SELECT 1\n", encoding="utf-8")
    (tmp_path / "other.txt").write_text("x\n", encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Add")
    return folder


def test_the_commit_of_the_controls_and_whether_they_are_as_committed(controls: Path) -> None:
    first = revision.of(controls)
    assert first is not None
    assert re.fullmatch("[0-9a-f]{40}", str(first["commit"]))
    assert first["clean"] is True

    (controls.parent / "other.txt").write_text("y\n", encoding="utf-8")
    assert revision.of(controls) == first
    (controls / "b.sql").write_text("SELECT 2\n", encoding="utf-8")
    assert revision.of(controls) == first | {"clean": False}


def test_where_git_does_not_know_the_folder_there_is_no_revision(
    controls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (controls.parent / "unknown").mkdir()
    assert revision.of(controls.parent / "unknown") is None
    assert revision.of(tmp_path / "absent") is None

    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision.of(controls) is None


def test_asking_for_the_revision_writes_nothing_and_starts_nothing(controls: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {told}\n", encoding="utf-8")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    git(controls, "config", "core.fsmonitor", str(hook))
    before = (controls.parent / ".git/index").stat().st_mtime_ns
    revision.of(controls)

    assert not told.exists()
    assert (controls.parent / ".git/index").stat().st_mtime_ns == before
