from __future__ import annotations

import io
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import msoffcrypto
import openpyxl
import pytest
from msoffcrypto.exceptions import InvalidKeyError
from run_builder import build

from auditkit import restricted_edition
from auditkit.errors import RunError

PASSPHRASE = "a long passphrase of words"


def written(tmp_path: Path, **changes: Any) -> Path:
    run, connection = build(tmp_path, **changes)
    path = tmp_path / "restricted.xlsx"
    restricted_edition.write(run, connection, path, PASSPHRASE)
    return path


def opened(path: Path, passphrase: str = PASSPHRASE) -> Any:
    plain = io.BytesIO()
    with path.open("rb") as file:
        office = msoffcrypto.OfficeFile(file)
        office.load_key(password=passphrase, verify_password=True)
        office.decrypt(plain, verify_integrity=True)
    return openpyxl.load_workbook(plain)


def words(book: Any) -> str:
    return "\n".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None
    )


def test_the_file_opens_with_the_passphrase_and_holds_the_restricted_results(tmp_path: Path) -> None:
    book = opened(written(tmp_path))

    found = words(book)
    assert book.sheetnames[:4] == ["Cover", "Readme", "Summary", "Attributes"]
    assert "Retained secret sentence about Ravi." in found
    assert "case_id=CASE-SECRET-3" in found
    assert "SECRET reject" in found
    assert "SECRET cell" in found
    assert "SECRET failure" in found
    assert "NEED TO KNOW" in found
    assert "Serial 20261012T093000Z" in found


def test_it_holds_nothing_of_the_open_controls(tmp_path: Path) -> None:
    found = words(opened(written(tmp_path)))

    assert "GFT-02" not in found
    assert "gifts.xlsx" not in found


def test_indicators_are_never_called_findings_or_verdicts(tmp_path: Path) -> None:
    book = opened(written(tmp_path))

    found = words(book).lower()
    assert "Indicators" in book.sheetnames
    assert "retaliation found" not in found
    assert "reasons to look" in found


def test_another_passphrase_does_not_open_it(tmp_path: Path) -> None:
    path = written(tmp_path)

    with pytest.raises(InvalidKeyError):
        opened(path, "another passphrase")


def test_the_file_on_disk_is_encrypted_and_for_its_owner_only(tmp_path: Path) -> None:
    path = written(tmp_path)

    data = path.read_bytes()
    assert data.startswith(bytes.fromhex("d0cf11e0a1b11ae1"))
    assert b"PK\x03\x04" not in data
    assert b"xl/worksheets" not in data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_plain_form_ever_reaches_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a temporary file was opened")

    for name in ("NamedTemporaryFile", "TemporaryFile", "mkstemp", "SpooledTemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    monkeypatch.setattr("openpyxl.worksheet._writer.NamedTemporaryFile", refuse)

    written(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["restricted.xlsx"]


@pytest.mark.parametrize("state", ["no_passphrase", "none"])
def test_nothing_is_written_unless_the_restricted_controls_were_tested(tmp_path: Path, state: str) -> None:
    assert not written(tmp_path, state=state).exists()


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    run, connection = build(tmp_path)

    with pytest.raises(RunError, match="passphrase"):
        restricted_edition.write(run, connection, tmp_path / "restricted.xlsx", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_does_not_open_it_without_the_passphrase(tmp_path: Path) -> None:
    path = written(tmp_path)

    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, capture_output=True, timeout=120, check=False)

    assert not path.with_suffix(".pdf").exists()
