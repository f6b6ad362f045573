"""The key: ids that nobody can enumerate, the same in every quarter; a file that only its owner reads."""

from __future__ import annotations

import base64
import hmac
import json
import os
import stat
import string
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from command import auditkit
from run_builder import project

from auditkit import key as keys
from auditkit.errors import ProjectError
from auditkit.key import Key

ONE, OTHER = Key(bytes(32)), Key(bytes([1] * 32))


def test_an_id_follows_from_control_attribute_item_and_key_alone() -> None:
    name = ONE.exception_id("SAL", "SAL-01", "sale_id=S-1")

    # printf '["exception", "SAL", "SAL-01", "sale_id=S-1"]' | openssl dgst -sha256 -mac HMAC ... -binary | base32
    assert name == "NNXW2NDJYDPJ"
    assert name == Key(bytes(32)).exception_id("SAL", "SAL-01", "sale_id=S-1")
    assert len(name) == 12
    assert set(name) <= set(string.ascii_uppercase + "234567")


@pytest.mark.parametrize("item", ["", "sale_id=S-1", "name=سلمى", *(f"sale_id={number}" for number in range(40))])
def test_an_id_is_the_beginning_of_the_keyed_digest_in_base32(item: str) -> None:
    message = json.dumps(["exception", "SAL", "SAL-01", item], ensure_ascii=False).encode()
    whole = base64.b32encode(hmac.new(bytes([1] * 32), message, "sha256").digest()).decode()

    assert OTHER.exception_id("SAL", "SAL-01", item) == whole[:12]


def test_whatever_differs_makes_another_id() -> None:
    parts = [
        ("SAL", "SAL-01", "sale_id=S-1"),
        ("SAL", "SAL-01", "sale_id=S-2"),
        ("SAL", "SAL-02", "sale_id=S-1"),
        ("SALS", "AL-01", "sale_id=S-1"),
        ("SAL", "SAL-01s", "ale_id=S-1"),
        ("SAL", "SAL-01", ""),
    ]
    ids = {key.exception_id(*part) for key in (ONE, OTHER) for part in parts}

    assert len(ids) == 2 * len(parts)


def test_text_of_any_language_has_an_id() -> None:
    assert ONE.exception_id("SAL", "SAL-01", "name=سلمى") != ONE.exception_id("SAL", "SAL-01", "name=\ud800")


def test_two_editions_cannot_be_joined_by_their_pseudonyms() -> None:
    first, second = ONE.pseudonym("M run-1", "P0001"), ONE.pseudonym("M run-2", "P0001")

    assert first.startswith("P-")
    assert first == ONE.pseudonym("M run-1", "P0001")
    assert len({first, second, OTHER.pseudonym("M run-1", "P0001"), ONE.pseudonym("M run-1", "P0002")}) == 4


def test_a_fingerprint_tells_keys_apart_and_neither_shows_the_key() -> None:
    assert ONE.fingerprint != OTHER.fingerprint
    assert "0000" not in ONE.fingerprint
    assert "x00" not in repr(ONE)
    assert repr(ONE) == repr(OTHER)


def test_a_key_is_made_for_its_owner_and_never_overwritten(tmp_path: Path) -> None:
    about = project(tmp_path)
    made = keys.make(about.key_file)

    assert stat.S_IMODE(about.key_file.stat().st_mode) == 0o600
    assert keys.load(about) == made
    assert not keys.readable_by_others(about)
    with pytest.raises(ProjectError, match="nothing was written"):
        keys.make(about.key_file)
    assert keys.load(about) == made
    about.key_file.chmod(0o644)
    assert keys.readable_by_others(about)


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = project(tmp_path)
    keys.make(about.key_file)
    monkeypatch.setenv("AUDITKIT_KEY", "01" * 32)

    assert keys.load(about) == OTHER
    assert not keys.readable_by_others(about)


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 33, "zz" * 32, "ab" * 31 + "a\n"])
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    about = project(tmp_path)
    about.key_file.write_text(text, encoding="ascii")

    with pytest.raises(ProjectError, match="64 hexadecimal digits") as raised:
        keys.load(about)
    assert text.strip() == "" or text.strip() not in str(raised.value)
    assert raised.value.path == "auditkit.key"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    about = project(tmp_path)
    about.key_file.write_bytes(b"\xff\xfe")

    with pytest.raises(ProjectError, match="cannot be read"):
        keys.load(about)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    about = replace(project(tmp_path), key_file=Path("/nowhere/else.key"))

    with pytest.raises(ProjectError, match=r"else\.key") as raised:
        keys.load(about)
    assert "auditkit init --key" in str(raised.value)


def test_a_process_started_inside_does_not_inherit_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDITKIT_KEY", "01" * 32)
    ask = [sys.executable, "-c", "import os; print(os.environ.get('AUDITKIT_KEY'))"]
    with keys.hidden():
        inside = subprocess.run(ask, capture_output=True, text=True, check=True).stdout

    assert inside.strip() == "None"
    assert os.environ["AUDITKIT_KEY"] == "01" * 32
    monkeypatch.delenv("AUDITKIT_KEY")
    with keys.hidden():
        pass
    assert "AUDITKIT_KEY" not in os.environ


def test_a_new_project_has_a_key_of_its_own_that_version_control_ignores(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert auditkit(tmp_path, "init", name).returncode == 0
    one, two = (tmp_path / name / "auditkit.key" for name in ("one", "two"))

    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert one.read_text(encoding="ascii") != two.read_text(encoding="ascii")
    assert "*.key" in (tmp_path / "one" / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_a_project_without_a_key_is_told_and_gets_one(tmp_path: Path) -> None:
    auditkit(tmp_path, "init", "one")
    folder = tmp_path / "one"
    (folder / "auditkit.key").unlink()
    (folder / ".gitignore").write_text("output/\n", encoding="utf-8")

    refused = auditkit(folder, "run")
    made = auditkit(folder / "controls", "init", "--key")
    again = auditkit(folder, "init", "--key")

    assert refused.returncode == 2
    assert "auditkit init --key" in refused.stderr
    assert made.returncode == 0, made.stderr
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "output/\nauditkit.key\n"
    assert again.returncode == 2
    assert "there is a key already" in again.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [(["init", "--key", "--sample"], "leave out --sample"), (["init"], "name the FOLDER")],
)
def test_what_init_cannot_do_at_once_is_said(tmp_path: Path, words: list[str], says: str) -> None:
    done = auditkit(tmp_path, *words)

    assert done.returncode == 2
    assert says in done.stderr
