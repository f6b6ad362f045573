"""One pass over the bytes of an extract: its hash, whether its text is what it claims to be, and what is odd in it."""

from __future__ import annotations

import codecs
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auditkit.errors import ExtractError

CHUNK = 1 << 22
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True)
class Scan:
    """
    What was found in the bytes.

    `text` is the file that holds the text as UTF-8: the extract itself, or the copy made. `plain` is True when every
    line ends alike, none is blank between others and no NUL occurs; `tidy` when there is nothing but ASCII without
    blanks.
    """

    sha256: str
    size: int
    text: Path
    encoding: str = ""
    newline: str = "\n"
    plain: bool = True
    nul: bool = False
    tidy: bool = False


@dataclass(slots=True)
class _Lines:
    """Running counts over UTF-8 bytes; `tail` carries the end of the last chunk over its border."""

    feeds: int = 0
    returns: int = 0
    pairs: int = 0
    blank: bool = False
    nul: bool = False
    tidy: bool = True
    tail: bytes = b""

    def see(self, chunk: bytes) -> None:
        self.feeds += chunk.count(b"\n")
        self.nul = self.nul or b"\0" in chunk
        self.tidy = self.tidy and chunk.isascii() and b" " not in chunk and b"\t" not in chunk
        joined = self.tail + chunk
        if b"\r" in joined:
            self.returns += chunk.count(b"\r")
            self.pairs += joined.count(b"\r\n") - self.tail.count(b"\r\n")
        self.blank = self.blank or _has_blank_line(joined)
        # A run of line ends at the border may be the end of the file: keep it whole until something follows it.
        ends = len(joined) - len(joined.rstrip(b"\r\n"))
        self.tail = joined[-ends:][-4:] if ends else b""


def _has_blank_line(text: bytes) -> bool:
    body = text.rstrip(b"\r\n")
    return b"\n\n" in body or (b"\r" in body and (b"\n\r\n" in body or b"\r\r" in body))


def digest(path: Path) -> Scan:
    """Return hash and size of a file that is not text; raises ExtractError if it cannot be read or is empty."""
    sha, size = hashlib.sha256(), 0
    for chunk in _chunks(path):
        sha.update(chunk)
        size += len(chunk)
    return Scan(sha.hexdigest(), size, path)


def scan(path: Path, encoding: str, copy: Path) -> Scan:
    """
    Read a text file once; `encoding` is the declared one, `copy` where a UTF-8 copy goes if it is another.

    Raises ExtractError when the bytes are not text in the declared encoding, naming the byte and the likely encoding.
    """
    marked, mark = _mark(path)
    declared = _plain_name(encoding)
    _check_mark(path, declared, marked)
    single = declared not in ("utf-8", "utf-16", "utf-32", "utf-16-le", "utf-16-be")
    decoder = codecs.getincrementaldecoder(_decoder(path, declared, mark))()
    also_utf_8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")() if single else None
    sha, size, lines, wide = hashlib.sha256(), 0, _Lines(), False
    with copy.open("wb") if declared != UTF_8 else _Nowhere() as target:
        for chunk in _chunks(path):
            sha.update(chunk)
            body = chunk[len(mark) :] if size == 0 else chunk
            start, size = size + len(chunk) - len(body), size + len(chunk)
            if declared == UTF_8 and body.isascii() and not decoder.getstate()[0]:
                lines.see(body)
                continue
            text = _decode(decoder, body, start, path, declared)
            if also_utf_8 is not None and not body.isascii():
                also_utf_8, wide = _still_utf_8(also_utf_8, body), True
            written = body if declared == UTF_8 else text.encode("utf-8")
            target.write(written)
            lines.see(written)
        target.write(_decode(decoder, b"", size, path, declared, final=True).encode("utf-8"))
    if also_utf_8 is not None and wide and not also_utf_8.getstate()[0]:
        hint = "declare encoding: utf-8 in the mapping"
        raise ExtractError(f"declared as {encoding}, but its text is UTF-8 throughout", path=path.name, hint=hint)
    if lines.nul and (probable := probable_encoding(path)).startswith("utf-16") and not declared.startswith("utf-16"):
        hint = f"declare encoding: {probable} in the mapping"
        raise ExtractError(f"declared as {encoding}, but it looks like {probable}", path=path.name, hint=hint)
    uniform = lines.returns == 0 or lines.returns == lines.pairs == lines.feeds
    return Scan(
        sha256=sha.hexdigest(),
        size=size,
        encoding=encoding,
        text=path if declared == UTF_8 else copy,
        newline="\r\n" if lines.pairs and uniform else "\n",
        plain=uniform and not lines.blank and not lines.nul,
        nul=lines.nul,
        tidy=lines.tidy,
    )


class _Nowhere:
    """A file that keeps nothing."""

    def __enter__(self) -> _Nowhere:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, _: bytes) -> int:
        return 0


def _chunks(path: Path) -> Iterator[bytes]:
    empty = True
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := _read(file):
                empty = False
                yield chunk
    except OSError as error:
        raise ExtractError(f"the file cannot be read: {error.strerror}", path=path.name) from None
    if empty:
        hint = "ask for the extract again; an extract without records still has its header"
        raise ExtractError("the file is empty (0 bytes), without even a header", path=path.name, hint=hint)


def _read(file: BinaryIO) -> bytes:
    return file.read(CHUNK)


def _mark(path: Path) -> tuple[str | None, bytes]:
    with path.open("rb") as file:
        head = file.read(4)
    return next(((name, mark) for mark, name in MARKS if head.startswith(mark)), (None, b""))


def _plain_name(encoding: str) -> str:
    name = codecs.lookup(encoding).name
    return {"utf-8-sig": UTF_8, "ascii": UTF_8}.get(name, name)


def _check_mark(path: Path, declared: str, marked: str | None) -> None:
    if marked is not None and not declared.startswith(marked):
        message = f"declared as {declared}, but it begins with the mark of {marked}"
        raise ExtractError(message, path=path.name, hint=f"declare encoding: {marked} in the mapping")


def _decoder(path: Path, declared: str, mark: bytes) -> str:
    if mark and declared != UTF_8:
        return f"{declared[:6]}-be" if mark == codecs.BOM_UTF16_BE else f"{declared[:6]}-le"
    if declared in ("utf-16", "utf-32"):
        hint = f"declare encoding: {declared}-le (usual) or {declared}-be in the mapping"
        raise ExtractError(f"declared as {declared}, but the byte-order mark is missing", path=path.name, hint=hint)
    return declared


def _decode(
    decoder: codecs.IncrementalDecoder, body: bytes, start: int, path: Path, declared: str, *, final: bool = False
) -> str:
    pending = decoder.getstate()[0]
    try:
        return decoder.decode(body, final)
    except UnicodeDecodeError as error:
        position = start - len(pending) + error.start
        found = bytes(error.object[error.start : error.start + 1]).hex().upper()
        if final or error.reason == "unexpected end of data":
            message = f"the file breaks off inside a character (byte {position:,}): it may be truncated"
            raise ExtractError(message, path=path.name, hint="ask for the extract again") from None
        probable = probable_encoding(path)
        hint = f"it looks like {probable}: declare encoding: {probable} in the mapping" if probable else None
        message = f"not {declared} text: byte {found} at position {position:,}"
        raise ExtractError(message, path=path.name, hint=hint) from None


def _still_utf_8(decoder: codecs.IncrementalDecoder, body: bytes) -> codecs.IncrementalDecoder | None:
    try:
        decoder.decode(body)
    except UnicodeDecodeError:
        return None
    return decoder


def probable_encoding(path: Path) -> str:
    """
    Return the encoding that the first bytes of a text file suggest; it is a suggestion for a person to confirm.

    A byte-order mark decides; then many NUL bytes (UTF-16), valid UTF-8, and for other bytes whether the letters
    they would be in Windows-1256 stand in words of their own (Arabic) or among Latin letters (Windows-1252).
    """
    marked, _ = _mark(path)
    if marked is not None:
        return marked
    with path.open("rb") as file:
        head = file.read(1 << 20)
    if head.count(b"\0") > len(head) // 5:
        return "utf-16-le" if head[1::2].count(b"\0") >= head[::2].count(b"\0") else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        pairs = sum(1 for first, second in itertools.pairwise(head) if first >= 0xC0 and second >= 0xC0)
        singles = sum(1 for byte in head if byte >= 0x80)
        return "windows-1256" if pairs * 2 > singles else "windows-1252"
    return UTF_8
