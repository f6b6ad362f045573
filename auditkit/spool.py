"""Text in the making, held compressed in memory: a long list must neither fill the memory nor lie in a file."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

CHUNK = 1 << 20  # characters that are compressed together
LEVEL = 1  # the quickest; the rows of a sheet shrink to a twentieth


class Spool:
    """Texts one after the other, read as UTF-8."""

    def __init__(self) -> None:
        """Make an empty one."""
        self._done: list[bytes] = []
        self._open: list[str] = []
        self._length = self._closed = 0

    @property
    def most(self) -> int:
        """A number of bytes that the whole surely does not exceed."""
        return self._closed + 4 * self._length

    def add(self, text: str) -> None:
        """Put `text` at the end."""
        self._open.append(text)
        self._length += len(text)
        if self._length >= CHUNK:
            self._close()

    def __iter__(self) -> Iterator[bytes]:
        """Return what was added, in order, in pieces that may end anywhere between two texts."""
        for piece in self._done:
            yield zlib.decompress(piece)
        if self._open:
            yield "".join(self._open).encode("utf-8")

    def _close(self) -> None:
        data = "".join(self._open).encode("utf-8")
        self._closed += len(data)
        self._done.append(zlib.compress(data, LEVEL))
        self._open, self._length = [], 0
