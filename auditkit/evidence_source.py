"""Where the files of a run lie: in a project's folders, or in a pack that is read in place."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from auditkit import project as projects
from auditkit.definition import CONTROLS, MAPPINGS, Definitions
from auditkit.project import Project

# The tops under which files are named, whatever the project's folders are called.
RUN, EXTRACTS, OUTPUT, REGISTER = "run", "extracts", "output", "register"
PACK = "pack.json"  # what a pack says of itself
BLOCK = 1 << 20
# What reading a member of a damaged archive may raise.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class Source(Protocol):
    """A place with the files of one run."""

    @property
    def complete(self) -> bool:
        """Whether earlier runs and extracts are expected in it."""

    def names(self, top: str) -> list[str]:
        """Return the names of all files below a top, in their order."""

    def read(self, top: str, name: str) -> bytes | None:
        """Return the bytes of a file; None if it is not there or cannot be read."""

    def sum(self, top: str, name: str) -> str | None:
        """Return the SHA-256 of a file; None if it is not there or cannot be read."""

    def definitions(self) -> Mapping[str, bytes]:
        """Return the definitions as they are outside of the evidence, by their names in it."""


@dataclass(frozen=True, slots=True)
class FolderSource:
    """The run in `folder`, in the folders of `project`."""

    project: Project
    folder: Path

    @property
    def complete(self) -> bool:
        """Whether the project is the run's own, and not a pack that was unzipped."""
        return not (self.project.root / PACK).exists()

    def _top(self, top: str) -> Path:
        tops = {
            RUN: self.folder,
            EXTRACTS: self.project.extracts / self.folder.parent.name,
            OUTPUT: self.project.output,
            REGISTER: self.project.register,
        }
        return tops[top]

    def names(self, top: str) -> list[str]:
        """Return the names of all files below a top, links among them, in their order."""
        folder = self._top(top)
        found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
        return sorted(path.relative_to(folder).as_posix() for path in found)

    def read(self, top: str, name: str) -> bytes | None:
        """Return the bytes of a file; None if it is not there or cannot be read."""
        try:
            return (self._top(top) / name).read_bytes()
        except OSError:
            return None

    def sum(self, top: str, name: str) -> str | None:
        """Return the SHA-256 of a file; None if it is not there or cannot be read."""
        try:
            with (self._top(top) / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None

    def definitions(self) -> Mapping[str, bytes]:
        """Return the project's definitions as they are now."""
        return Definitions.of(self.project).files


@dataclass(frozen=True, slots=True)
class PackSource:
    """The run of an opened pack: the files lie as in a project that has been unzipped."""

    archive: zipfile.ZipFile
    quarter: str
    run_id: str
    complete: bool = False

    def _top(self, top: str) -> str:
        tops = {
            RUN: f"output/{self.quarter}/{self.run_id}",
            EXTRACTS: f"extracts/{self.quarter}",
            OUTPUT: "output",
            REGISTER: "register",
        }
        return tops[top] + "/"

    def names(self, top: str) -> list[str]:
        """Return the names of all files below a top, in their order."""
        start = self._top(top)
        return sorted(name[len(start) :] for name in self.archive.namelist() if name.startswith(start))

    def read(self, top: str, name: str) -> bytes | None:
        """Return the bytes of a file; None if it is not there or cannot be read."""
        return member(self.archive, self._top(top) + name)

    def sum(self, top: str, name: str) -> str | None:
        """Return the SHA-256 of a file; None if it is not there or cannot be read."""
        return member_sum(self.archive, self._top(top) + name)

    def definitions(self) -> Mapping[str, bytes]:
        """Return the definitions as they lie beside the evidence, to be run from after unzipping."""
        return dict(self._definitions())

    def _definitions(self) -> Iterator[tuple[str, bytes]]:
        for name in self.archive.namelist():
            if name == projects.FILE or PurePosixPath(name).parts[0] in (CONTROLS, MAPPINGS):
                data = member(self.archive, name)
                if data is not None:
                    yield name, data


def member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return the bytes of a member; None if it is not there or is damaged."""
    try:
        return archive.read(name)
    except (KeyError, *DAMAGED):
        return None


def member_sum(archive: zipfile.ZipFile, name: str) -> str | None:
    """Return the SHA-256 of a member; None if it is not there or is damaged."""
    try:
        total = hashlib.sha256()
        with archive.open(name) as file:
            while block := file.read(BLOCK):
                total.update(block)
        return total.hexdigest()
    except (KeyError, *DAMAGED):
        return None
