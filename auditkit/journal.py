"""
The journal: what people decided, append-only, each record chained to the one before by its hash.

One JSON object per line. A change is written to a new file that replaces the old one when it is complete on disk, so
that a process killed at any moment leaves the old state or the new one, never a part.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditkit import private
from auditkit.errors import RegisterError

FILE = "journal.jsonl"
PURGE = "purge"  # the kind of the records about extracts that were deleted
FIRST = "0" * 64  # what the first record is chained to
PARTS = frozenset({"number", "kind", "key", "at", "run", "content", "before", "hash"})


@dataclass(frozen=True, slots=True)
class Codec:
    """How the bytes of a journal lie on disk; the restricted one is sealed."""

    to_disk: Callable[[bytes], bytes] = bytes
    from_disk: Callable[[bytes], bytes] = bytes


PLAIN = Codec()


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded: `content` of one `kind` about `key`, found while looking at `run`."""

    kind: str
    key: str
    run: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record(Entry):
    """An entry in the journal: its number (from 1), when it was written (UTC), and its place in the chain."""

    number: int
    at: str
    before: str
    hash: str


@dataclass(frozen=True, slots=True)
class Journal:
    """The records of a journal in their order, and where it lies."""

    path: Path
    records: tuple[Record, ...] = ()
    codec: Codec = PLAIN

    @classmethod
    def read(cls, path: Path, codec: Codec | None = None) -> Journal:
        """Read the journal, an absent one as empty; raises RegisterError naming the line at which it does not hold."""
        try:
            return cls.of(path, path.read_bytes(), codec)
        except FileNotFoundError:
            return cls(path, (), codec or PLAIN)

    @classmethod
    def of(cls, path: Path, data: bytes, codec: Codec | None = None) -> Journal:
        """Read a journal out of the bytes that lie, or lay, at `path`; raises RegisterError as `read`."""
        codec = codec or PLAIN
        try:
            text = codec.from_disk(data).decode("utf-8")
        except UnicodeDecodeError:
            raise _broken(path, None, "it is not UTF-8") from None
        records = _known(path, text) if codec == PLAIN else tuple(_checked(path, text))
        return cls(path, records, codec)

    @property
    def head(self) -> str:
        """The hash of the last record; with it the whole journal is fixed."""
        return self.records[-1].hash if self.records else FIRST

    def latest(self, kind: str) -> dict[str, Record]:
        """Return the last record of a kind about every key, in the order of the keys."""
        found = {record.key: record for record in self.records if record.kind == kind}
        return {key: found[key] for key in sorted(found)}

    def history(self, kind: str, key: str) -> tuple[Record, ...]:
        """Return all records of a kind about one key, the oldest first."""
        return tuple(record for record in self.records if record.kind == kind and record.key == key)

    def append(self, entries: Sequence[Entry], at: dt.datetime) -> Journal:
        """
        Write all of `entries` or none, and return the journal with them.

        Raises RegisterError when somebody else has written since this journal was read.
        """
        if not entries:
            return self
        joined = self.joined(entries, at)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(self.path):
            if Journal.read(self.path, self.codec).head != self.head:
                hint = "nothing was taken; run the command again"
                raise RegisterError("somebody else has just written to it", path=self.path.name, hint=hint)
            data = "".join(map(_line, joined.records)).encode("utf-8")
            private.write_file(self.path, self.codec.to_disk(data))
        return joined

    def joined(self, entries: Sequence[Entry], at: dt.datetime) -> Journal:
        """Return the journal as it would be with `entries`; nothing is written."""
        records = list(self.records)
        for entry in entries:
            records.append(_chained(entry, len(records) + 1, at, records[-1].hash if records else FIRST))
        return Journal(self.path, tuple(records), self.codec)


def purged(log: Journal, quarter: str) -> dict[str, str]:
    """Return the extracts of a quarter that were deleted, by name, with the day."""
    return {name: record.at[:10] for record in log.history(PURGE, quarter) for name in record.content["deleted"]}


def _chained(entry: Entry, number: int, at: dt.datetime, before: str) -> Record:
    moment = at.astimezone(dt.UTC).replace(tzinfo=None) if at.tzinfo else at
    body: dict[str, Any] = {
        "number": number,
        "kind": entry.kind,
        "key": entry.key,
        "at": moment.replace(microsecond=0).isoformat() + "Z",
        "run": entry.run,
        "content": json.loads(_canonical(entry.content)),  # as it reads when it comes back
        "before": before,
    }
    return Record(entry.kind, entry.key, entry.run, body["content"], number, body["at"], before, _hash(body))


def _hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body).encode("utf-8")).hexdigest()


def _canonical(body: Mapping[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _body(record: Record) -> dict[str, Any]:
    names = ("number", "kind", "key", "at", "run", "content", "before")
    return {name: getattr(record, name) for name in names}


def _line(record: Record) -> str:
    return _canonical({**_body(record), "hash": record.hash}) + "\n"


@lru_cache(maxsize=1)
def _known(path: Path, text: str) -> tuple[Record, ...]:
    """Return the records of a text, checked once: several steps of a run read the same journal. Never a sealed one."""
    return tuple(_checked(path, text))


def _checked(path: Path, text: str) -> Iterator[Record]:
    before = FIRST
    if text and not text.endswith("\n"):
        raise _broken(path, text.count("\n") + 1, "the last line is cut off")
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            found = json.loads(line)
        except ValueError:
            raise _broken(path, number, "the line is no JSON") from None
        if not isinstance(found, dict) or set(found) != PARTS or not isinstance(found["content"], dict):
            raise _broken(path, number, "the line is no record")
        record = Record(**found)
        if record.number != number or record.before != before or record.hash != _hash(_body(record)):
            raise _broken(path, number, "the record was changed, moved or taken out after it was written")
        if _line(record) != line + "\n":
            raise _broken(path, number, "the record is not written as it was")
        before = record.hash
        yield record


def _broken(path: Path, line: int | None, why: str) -> RegisterError:
    hint = "restore the file from the last copy of the project; auditkit never changes what stands in it"
    return RegisterError(f"the journal does not hold: {why}", path=path.name, line=line, hint=hint)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let nobody else write; the system takes the lock from a process that dies."""
    handle = os.open(path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
