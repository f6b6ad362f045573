"""
Folders for what must not outlive a run or be seen during it: for their owner only, and removed however the run ends.

Each is locked while its process lives. A killed process cannot remove its folder, but the system takes the lock from
it; so the next run knows a folder nobody works in from one in use, and removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "auditkit-run-"
ATTEMPTS = 5  # another thread may still write into a folder that is being removed
_held: dict[Path, int] = {}


@contextmanager
def temporary() -> Iterator[Path]:
    """Make a folder under the system's temporary one; what killed runs of the same user left there goes first."""
    remove_left(Path(tempfile.gettempdir()), f"{PREFIX}*")
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    while not _lock(path) and not path.exists():  # another run that is starting took it for one left behind
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        yield path
    finally:
        _remove(path)


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Make the folder `path`; at the end it is removed, unless it was renamed by then."""
    remove_left(path.parent, ".*.part")
    path.mkdir(mode=0o700)
    _lock(path)
    try:
        yield path
    finally:
        _remove(path)


@contextmanager
def closed_to_others() -> Iterator[None]:
    """Whatever file is made inside is for its owner only."""
    mask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(mask)


def remove_all() -> None:
    """Remove every folder of this process: it is about to be stopped."""
    for path in list(_held):
        _remove(path)


def remove_left(parent: Path, pattern: str) -> None:
    """Remove the folders of killed runs: this user's own, closed to others, and locked by nobody."""
    for path in parent.glob(pattern):
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        mine = found.st_uid == os.getuid() and stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
        if mine and path not in _held and _lock(path):
            _remove(path)


def _lock(path: Path) -> bool:
    """Lock the folder for as long as this process lives; False if another has it or it is gone."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(handle).st_ino:
            raise FileNotFoundError(path)
    except OSError:
        os.close(handle)
        return False
    _held[path] = handle
    return True


def _remove(path: Path) -> None:
    for _ in range(ATTEMPTS):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            break
    handle = _held.pop(path, None)
    if handle is not None:
        os.close(handle)


def write_file(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, for its owner only, then rename: the file is the old one or the whole new one."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)  # of a process that was killed
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
