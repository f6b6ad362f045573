"""The journal: what people decided stays as it was written, whole, whatever happens while it is written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from auditkit.errors import RegisterError
from auditkit.journal import Codec, Entry, Journal

AT = dt.datetime(2026, 10, 12, 9, 0, 0)


def entry(key: str = "E1", **content: object) -> Entry:
    return Entry("disposition", key, "20261009T080000Z", content or {"disposition": "in review"})


def test_an_absent_journal_is_an_empty_one(tmp_path: Path) -> None:
    journal = Journal.read(tmp_path / "register" / "journal.jsonl")

    assert journal.records == ()
    assert journal.append([], AT).records == ()
    assert not journal.path.exists()


def test_the_last_word_about_a_key_counts_and_all_of_them_stay(tmp_path: Path) -> None:
    path = tmp_path / "register" / "journal.jsonl"
    Journal.read(path).append([entry(explanation="né à l'étranger"), entry("E2")], AT).append([entry(x="2")], AT)

    journal = Journal.read(path)

    assert journal.latest("disposition")["E1"].content == {"x": "2"}
    assert [record.number for record in journal.history("disposition", "E1")] == [1, 3]
    assert journal.latest("finding") == {}
    assert journal.records[0].at == "2026-10-12T09:00:00Z"


@pytest.mark.parametrize(
    ("line", "change", "says"),
    [
        (0, lambda text: text.replace("in review", "duplicate"), "was changed"),
        (1, lambda _: "", "was changed, moved or taken out"),
        (2, lambda text: text[:-10], "no JSON"),
        (0, lambda text: text.replace(",", ", ", 1), "not written as it was"),
        (1, lambda text: '{"a":1}', "no record"),
    ],
)
def test_a_record_that_was_changed_afterwards_is_found_with_its_line(
    tmp_path: Path, line: int, change: object, says: str
) -> None:
    path = tmp_path / "journal.jsonl"
    Journal.read(path).append([entry("E1"), entry("E2"), entry("E3")], AT)
    lines = path.read_text().splitlines()
    lines[line] = change(lines[line])  # type: ignore[operator]
    path.write_text("".join(f"{text}\n" for text in lines if text))

    with pytest.raises(RegisterError, match=says) as caught:
        Journal.read(path)

    assert caught.value.line == line + 1


def test_a_last_line_that_was_cut_off_is_no_shorter_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal.read(path).append([entry("E1"), entry("E2")], AT)
    path.write_text(path.read_text()[:-1])

    with pytest.raises(RegisterError, match="cut off"):
        Journal.read(path)


def test_two_writers_do_not_overwrite_each_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first, second = Journal.read(path), Journal.read(path)
    first.append([entry("E1")], AT)

    with pytest.raises(RegisterError, match="somebody else"):
        second.append([entry("E2")], AT)

    assert [record.key for record in Journal.read(path).records] == ["E1"]


def test_a_sealed_journal_lies_on_disk_as_its_codec_writes_it(tmp_path: Path) -> None:
    codec = Codec(lambda data: data[::-1], lambda data: data[::-1])
    path = tmp_path / "restricted.journal"
    Journal.read(path, codec).append([entry("E1")], AT)

    assert b"disposition" not in path.read_bytes()
    assert Journal.read(path, codec).records[0].key == "E1"


def test_a_record_reads_the_same_before_and_after_it_was_on_disk(tmp_path: Path) -> None:
    written = Journal.read(tmp_path / "journal.jsonl").append([entry(b={"z": 1, "a": (2, 3)}, a=None)], AT)
    read = Journal.read(tmp_path / "journal.jsonl")

    assert str(written.records) == str(read.records)  # the order of keys, too: what is signed is made of it
