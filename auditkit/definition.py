"""
The definitions of a run: controls, mappings and auditkit.toml as they were, kept in the evidence to run from again.

They are read before the controls are loaded and looked at again before the evidence is written, so that what is kept
is what was run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from auditkit import project as projects
from auditkit.errors import ProjectError, RunError
from auditkit.project import Project

FOLDER = "definitions"
CONTROLS, MAPPINGS = "controls", "mappings"
ENDINGS = (".sql", ".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Definitions:
    """Every file that decides a result, by its name in the evidence: `controls/...`, `mappings/...`, auditkit.toml."""

    files: Mapping[str, bytes]

    @classmethod
    def of(cls, project: Project) -> Self:
        """Read the definitions of `project` as they are now."""
        paths = {projects.FILE: project.root / projects.FILE}
        for name, folder in ((CONTROLS, project.controls), (MAPPINGS, project.mappings)):
            paths |= {f"{name}/{path.relative_to(folder).as_posix()}": path for path in _files(folder)}
        secret = {file.resolve() for file in project.secret_files}
        return cls({name: path.read_bytes() for name, path in sorted(paths.items()) if path.resolve() not in secret})

    @property
    def sums(self) -> dict[str, str]:
        """The SHA-256 of every file."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    def refuse_secret(self, secret: str | None) -> None:
        """Raise ProjectError naming the file in which `secret`, a passphrase or key, was written down."""
        for name, data in self.files.items() if secret else ():
            if (secret or "").encode("utf-8") in data:
                hint = "delete it there and choose another one: this file is kept with the evidence of every run"
                raise ProjectError("the passphrase or the key stands in this file", path=name, hint=hint)

    def refuse_change(self, project: Project) -> None:
        """Raise RunError naming a file that is not as it was when it was read."""
        now = Definitions.of(project).files
        changed = sorted(name for name in {*now, *self.files} if now.get(name) != self.files.get(name))
        if changed:
            hint = "nothing was kept of this run; run again and change nothing meanwhile"
            raise RunError("the definition was changed while the run went on", path=changed[0], hint=hint)

    def write(self, folder: Path) -> list[Path]:
        """Write copies under `folder`/definitions and return their paths."""
        written = []
        for name, data in self.files.items():
            path = folder / FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written.append(path)
        return written


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files that may be definitions, also in folders that are links, as the loader reads them."""
    seen = set()
    for top, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(top)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        for name in names:
            if name.endswith(ENDINGS) and (Path(top) / name).is_file():
                yield Path(top) / name


def kept(project: Project, evidence: Path) -> Project:
    """
    Return the project as a run's evidence keeps it, over the extracts and the output folder that `project` has now.

    Its root is the folder of the kept definitions. Raises ProjectError if its settings cannot be read.
    """
    folder = evidence / FOLDER
    found = projects.load(folder / projects.FILE)
    places = {name: getattr(project, name) for name in projects.PLACES}
    return replace(found, **places, controls=folder / CONTROLS, mappings=folder / MAPPINGS)
