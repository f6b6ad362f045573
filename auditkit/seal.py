"""
The seal: a JSON file that holds the SHA-256 of its own bytes, so that one changed byte in it is found.

The sum is taken over the exact bytes of the file, the 64 digits of the seal itself replaced by zeros. It is no
signature: who may write the file may also write another seal. What binds it is that its sum stands elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from auditkit.errors import RunError

BLANK = b"0" * 64
HEAD = b'{\n  "seal": "'
END = len(HEAD) + len(BLANK)


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return `content` as the bytes of a sealed JSON file."""
    text = json.dumps({"seal": BLANK.decode(), **content}, indent=2, ensure_ascii=False) + "\n"
    data = text.encode("utf-8")
    return HEAD + _sum(data) + data[END:]


def opened(data: bytes, name: str) -> dict[str, Any]:
    """Return the content of a sealed file, its seal included; raises RunError naming `name` where it does not hold."""
    if data[: len(HEAD)] != HEAD or data[len(HEAD) : END] != _sum(HEAD + BLANK + data[END:]):
        hint = "restore it from the last copy; auditkit never changes what a run has left"
        raise RunError("the file was changed after it was written: its seal does not hold", path=name, hint=hint)
    content: dict[str, Any] = json.loads(data)
    return content


def _sum(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()
