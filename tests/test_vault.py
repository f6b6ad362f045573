"""Sealed bytes: open with the passphrase, whole, and saying nothing but a rough size."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from auditkit import vault
from auditkit.errors import RegisterError
from auditkit.journal import Entry, Journal

PASSPHRASE = "a passphrase for the tests"


@pytest.mark.parametrize("size", [0, 1, vault.STEP - vault.LENGTH, vault.STEP - vault.LENGTH + 1])
def test_what_is_sealed_comes_back_whole(size: int) -> None:
    data = b"\x00\x01z"[:size] * (size // min(size, 3) if size else 0)
    sealed = vault.seal(data, PASSPHRASE)

    assert vault.unseal(sealed, PASSPHRASE) == data
    assert (len(sealed) - len(vault.seal(b"", PASSPHRASE))) % vault.STEP == 0


def test_a_size_says_no_more_than_the_step_it_lies_in() -> None:
    fits, more = vault.STEP - vault.LENGTH, vault.STEP - vault.LENGTH + 1

    assert len(vault.seal(bytes(fits), PASSPHRASE)) == len(vault.seal(b"", PASSPHRASE))
    assert len(vault.seal(bytes(more), PASSPHRASE)) == len(vault.seal(b"", PASSPHRASE)) + vault.STEP


def test_the_same_content_is_never_the_same_bytes() -> None:
    one, two = vault.seal(b"secret", PASSPHRASE), vault.seal(b"secret", PASSPHRASE)

    assert one[len(vault.MAGIC) :][:28] != two[len(vault.MAGIC) :][:28]
    assert b"secret" not in one


@pytest.mark.parametrize("place", [0, len(vault.MAGIC), len(vault.MAGIC) + 20, 100, -1])
def test_one_changed_byte_opens_nothing(place: int) -> None:
    sealed = bytearray(vault.seal(b"secret", PASSPHRASE))
    sealed[place] ^= 1

    with pytest.raises(RegisterError) as raised:
        vault.unseal(bytes(sealed), PASSPHRASE, "restricted.journal")
    assert str(raised.value).startswith("restricted.journal: ")


@pytest.mark.parametrize("sealed", [b"", b"PK\x03\x04", vault.MAGIC + bytes(40)])
def test_what_is_no_sealed_file_is_said_to_be_none(sealed: bytes) -> None:
    with pytest.raises(RegisterError, match="no sealed file"):
        vault.unseal(sealed, PASSPHRASE)


def test_another_passphrase_opens_nothing_and_none_seals_nothing() -> None:
    with pytest.raises(RegisterError, match="the passphrase does not open it"):
        vault.unseal(vault.seal(b"secret", PASSPHRASE), PASSPHRASE + " ")
    with pytest.raises(RegisterError, match="without a passphrase"):
        vault.seal(b"secret", "")


def test_a_sealed_journal_is_a_journal_to_the_holder_alone(tmp_path: Path) -> None:
    path = tmp_path / "restricted.journal"
    codec = vault.codec(PASSPHRASE, path.name)
    entry = Entry("disposition", "E1", "run", {"explanation": "what was told"})
    Journal.read(path, codec).append([entry], dt.datetime(2026, 10, 12)).append([entry], dt.datetime(2026, 10, 13))

    assert len(Journal.read(path, codec).records) == 2
    assert b"told" not in path.read_bytes()
    for other in (None, vault.codec("another passphrase", path.name)):
        with pytest.raises(RegisterError) as raised:
            Journal.read(path, other)
        assert raised.value.path == "restricted.journal"
