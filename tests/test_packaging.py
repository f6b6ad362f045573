"""The wheel holds controls and sample data, so that `auditkit init` works from an installed package."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT
from hatchling.builders.wheel import WheelBuilder

PACKAGED = ("controls", "sample_data")
LEFT_OUT = {"__pycache__", ".DS_Store"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in this process from the checkout, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """A folder that holds what the wheel installs, apart from the checkout."""
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def auditkit(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "auditkit", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_every_control_and_every_sample_file_is_in_the_wheel(wheel: Path) -> None:
    expected = {
        f"auditkit/packaged/{path.relative_to(ROOT).as_posix()}"
        for name in PACKAGED
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.parts)
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    assert len(expected) > 200
    assert expected - names == set()
    assert "auditkit/packaged/auditkit.toml" in names
    assert {name for name in names if name.startswith("auditkit/labels/")} == {
        f"auditkit/labels/{language}.yml" for language in ("ar", "en", "es", "fr")
    }
    assert [name for name in names if LEFT_OUT & set(Path(name).parts)] == []


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        roots = {name.partition("/")[0] for name in archive.namelist()}

    assert {root for root in roots if not root.endswith(".dist-info")} == {"auditkit"}


def test_a_project_with_the_sample_is_made_from_the_installed_package(installed: Path, tmp_path: Path) -> None:
    made = auditkit(installed, tmp_path, "init", "demo", "--sample")
    demo = tmp_path / "demo"

    assert (made.returncode, made.stderr) == (0, "Made demo. Next: cd demo && auditkit run\n")
    assert sorted(path.name for path in demo.iterdir()) == [".gitignore", "auditkit.toml", "controls", "sample_data"]
    assert (demo / "sample_data" / "extracts" / "2026-Q3" / "gift_register.xlsx").is_file()

    tested = auditkit(installed, demo, "test", "GFT-04")
    assert "0 failed" in tested.stdout, tested.stderr
