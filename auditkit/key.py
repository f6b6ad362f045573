"""
The project's key: it makes the ids of exceptions and the pseudonyms, so that nobody without it can enumerate them.

An id that is a plain hash of a number of a person is undone by hashing all numbers. The key stands in a file of its own
(mode 0600) or in the environment, never in the evidence, and no process that runs a control's SQL gets it.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from auditkit.errors import ProjectError

if TYPE_CHECKING:
    from auditkit.project import Project

FILE = "auditkit.key"
VARIABLE = "AUDITKIT_KEY"
BYTES = 32
ID_LENGTH = 12  # characters of base32: 60 bits, so that among a million ids two alike are a one in two million chance
PSEUDONYM_LENGTH = 8
_as_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Key:
    """The secret of 32 bytes; it is not shown when the object is."""

    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """What tells two keys apart and gives neither away; it stands in the evidence."""
        return self._text("fingerprint")[:16]

    def exception_id(self, control: str, attribute: str, item: str) -> str:
        """Return the id of an item that an attribute looks at: the same in every run, version and quarter."""
        return self._text("exception", control, attribute, item)[:ID_LENGTH]

    def pseudonym(self, edition: str, text: str) -> str:
        """Return `P-7KQ2ABCD` for a text; `edition` names edition and run, so that two editions cannot be joined."""
        return "P-" + self._text("pseudonym", edition, text)[:PSEUDONYM_LENGTH]

    def _text(self, *parts: str) -> str:
        """Return HMAC-SHA256 over the parts as base32; as a JSON list, so that no two lists of parts read the same."""
        message = _as_json(parts).encode("utf-8", "surrogatepass")
        return base64.b32encode(hmac.digest(self.secret, message, "sha256")).decode("ascii")


def load(project: Project) -> Key:
    """Return the project's key, that of the environment first; raises ProjectError saying how to make one."""
    given = os.environ.get(VARIABLE)
    if given:
        return _key(given, VARIABLE)
    try:
        text = project.key_file.read_text(encoding="ascii")
    except FileNotFoundError:
        hint = f"make it with: auditkit init --key, bring the project's own back, or set {VARIABLE}"
        raise ProjectError(
            f"there is no key file {_shown(project)}; it makes the ids of the exceptions",
            path="auditkit.toml",
            hint=hint,
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ProjectError("the key file cannot be read", path=_shown(project), hint="restore it from a copy") from None
    return _key(text, _shown(project))


def readable_by_others(project: Project) -> bool:
    """Whether every user of the machine may read the key file that is in use."""
    if os.environ.get(VARIABLE):
        return False
    return bool(project.key_file.stat().st_mode & stat.S_IROTH)


def _shown(project: Project) -> str:
    path = project.key_file
    return path.relative_to(project.root).as_posix() if path.is_relative_to(project.root) else path.name


def _key(text: str, place: str) -> Key:
    found = text.strip()
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * BYTES}}}", found):
        what = f"{len(found)} characters" if found else "nothing"
        hint = "restore it from a copy; another key would make every exception look new"
        raise ProjectError(f"a key is {2 * BYTES} hexadecimal digits, found {what}", path=place, hint=hint)
    return Key(bytes.fromhex(found))


def make(path: Path) -> Key:
    """Write a new key for its owner only; raises ProjectError where a file stands: a key is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = secrets.token_hex(BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        hint = "keep it: with another key every exception would look new"
        raise ProjectError("there is a key already; nothing was written", path=path.name, hint=hint) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
    return Key(bytes.fromhex(text))


@contextmanager
def hidden() -> Iterator[None]:
    """A process that is started inside does not inherit the key."""
    given = os.environ.pop(VARIABLE, None)
    try:
        yield
    finally:
        if given is not None:
            os.environ[VARIABLE] = given
