"""
Identities: the names and identifiers of the run's extracts, by which a text for many eyes is searched.

What people write into findings, actions and decisions reaches the board and the owners of actions. A run leaves a
keyed digest of every name, identifier and sentence of class C2 and above, so that a text can be searched later without
the extracts, and nobody without the project's key learns anything from the file. Restricted tables are in none of it;
they are searched only while their rows are in the run's database.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from auditkit import key, private, quoting
from auditkit.entity import CLASSES, Column, DataModel, Entity
from auditkit.errors import RegisterError
from auditkit.journal import Codec
from auditkit.review import Context, Problem

FILE = "identity.bin"
HEAD = b"auditkit identities 1\n"
DIGEST = 8  # bytes
SHORTEST = 5  # characters of an identity; shorter ones stand in ordinary text
SENTENCE = 4  # words from which a text that is neither name nor identifier is searched for
LONGEST = 8  # words; of a longer text its beginning is searched for
WORD = re.compile(r"\w+")
IDENTIFIER = re.compile(r"_(id|by|of|hash|ref|key)$")
FROM_CLASS = CLASSES.index("C2")
HINT = "name people by their role; names and identifiers stay in the working edition"


@dataclass(frozen=True, slots=True)
class Identities:
    """The identities as keyed digests; `lengths` are the numbers of words that they have."""

    digests: frozenset[bytes]
    lengths: tuple[int, ...]
    secret: bytes

    @classmethod
    def of(
        cls, connection: duckdb.DuckDBPyConnection, model: DataModel, secret: bytes, *, restricted: bool = False
    ) -> Identities:
        """Gather the identities in the run's database; those of restricted tables and columns only if asked to."""
        return cls.from_texts(_texts(connection, model, restricted=restricted), secret)

    @classmethod
    def from_texts(cls, texts: Iterable[str], secret: bytes) -> Identities:
        """Return the digests of texts; those shorter than `SHORTEST` are left out."""
        digests, lengths = set(), set()
        for text in texts:
            found = words(text)[:LONGEST]
            if found and len(text.strip()) >= SHORTEST:
                digests.add(_digest(found, secret))
                lengths.add(len(found))
        return cls(frozenset(digests), tuple(sorted(lengths)), secret)

    def place(self, text: str) -> int | None:
        """Return from which word on (counted from 1) the text holds an identity; None if it holds none."""
        found = words(text)
        for start in range(len(found)):
            for length in self.lengths:
                if start + length <= len(found) and _digest(found[start : start + length], self.secret) in self.digests:
                    return start + 1
        return None

    def problems(self, content: Mapping[str, Any], fields: Iterable[str]) -> Iterator[Problem]:
        """Yield a problem for every one of the fields whose text holds an identity; the identity is not repeated."""
        for name in fields:
            start = self.place(str(content.get(name) or ""))
            if start is not None:
                yield Problem(name, f"not free of the extracts' names, identifiers and texts: see word {start}", HINT)

    def write(self, path: Path) -> None:
        """Write the digests for the owner of the run."""
        private.write_file(path, HEAD + bytes(self.lengths) + b"\n" + b"".join(sorted(self.digests)))

    @classmethod
    def read(cls, path: Path, secret: bytes) -> Identities:
        """Read what a run left; raises RegisterError where it is missing or cut off."""
        try:
            data = path.read_bytes()
        except OSError:
            hint = "bring back the folder of the run whose workbook this is"
            raise RegisterError("the run's list of identities is not there", path=path.name, hint=hint) from None
        lengths, mark, rest = data.removeprefix(HEAD).partition(b"\n")
        if not data.startswith(HEAD) or not mark or len(rest) % DIGEST:
            raise RegisterError("the run's list of identities does not hold", path=path.name, hint="run again")
        digests = frozenset(rest[n : n + DIGEST] for n in range(0, len(rest), DIGEST))
        return cls(digests, tuple(lengths), secret)


@lru_cache(maxsize=4)
def of_run(path: Path, secret: bytes) -> Identities:
    """Return the identities that a run left at `path`, read once for all rows of a workbook."""
    return Identities.read(path, secret)


def of_context(context: Context) -> Identities:
    """
    Return the identities of the run whose workbook is read; raises RegisterError where the run left none.

    What is recorded in a sealed journal goes to nobody but the holders of the restricted edition, who may read names.
    """
    if context.journal.codec != Codec():
        return Identities(frozenset(), (), b"")
    path = context.project.output / context.period.label / context.run / FILE
    return of_run(path, key.load(context.project).secret)


def words(text: str) -> list[str]:
    """Return the words of a text without case, accents and punctuation."""
    if text.isascii():  # most identifiers are, and there are many
        return WORD.findall(text.lower().replace("_", " "))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)).replace("_", " "))


def _digest(found: list[str], secret: bytes) -> bytes:
    return hashlib.blake2b(" ".join(found).encode("utf-8", "replace"), digest_size=DIGEST, key=secret[:64]).digest()


def _texts(connection: duckdb.DuckDBPyConnection, model: DataModel, *, restricted: bool) -> Iterator[str]:
    tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    common = set(_open_keys(connection, model, tables))
    for entity, column in _columns(model, restricted=restricted):
        if entity.name not in tables:
            continue
        name = quoting.name(column.name)
        sql = f"SELECT DISTINCT {name} FROM {quoting.name(entity.name)} WHERE {name} IS NOT NULL"
        found = (row[0] for row in connection.execute(sql).fetchall())
        if _is_name(entity, column):
            yield from found
        elif _is_identifier(entity, column):
            yield from (text for text in found if text not in common)
        else:
            yield from (text for text in found if len(words(text)) >= SENTENCE)


def _columns(model: DataModel, *, restricted: bool) -> Iterator[tuple[Entity, Column]]:
    """Yield the text columns of class C2 and above; a reference counts as what it refers to does."""
    for entity in model.entities.values():
        for column in entity.columns:
            hidden = entity.restricted or column.restricted
            if column.enum or column.type != "VARCHAR" or not _is_close(column) or (hidden and not restricted):
                continue
            if column.references and not _is_close(_referred(model, column.references)):
                continue
            yield entity, column


def _referred(model: DataModel, reference: tuple[str, str]) -> Column:
    return model.entities[reference[0]].column(reference[1])


def _is_close(column: Column) -> bool:
    return CLASSES.index(column.classification) >= FROM_CLASS


def _is_name(entity: Entity, column: Column) -> bool:
    return column.name == entity.label or "name" in column.name.split("_")


def _is_identifier(entity: Entity, column: Column) -> bool:
    # Of a key of several columns, a part may be a year or a kind.
    alone = tuple(name for name in entity.key if name != "valid_from") == (column.name,)
    return alone or bool(column.references) or bool(IDENTIFIER.search(column.name))


def _open_keys(connection: duckdb.DuckDBPyConnection, model: DataModel, tables: set[str]) -> Iterator[str]:
    """Yield the keys of what anybody may know, which other tables repeat in columns of a higher class."""
    for entity in model.entities.values():
        for name in entity.key if entity.name in tables else ():
            column = entity.column(name)
            if column.type == "VARCHAR" and not _is_close(column) and not entity.restricted:
                found = connection.execute(
                    f"SELECT DISTINCT {quoting.name(name)} FROM {quoting.name(entity.name)}"
                ).fetchall()
                yield from (row[0] for row in found if row[0] is not None)
