"""The passphrase of the restricted edition: asked for, or found in the environment or the file the project names."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import click

from auditkit import project as projects
from auditkit.errors import ProjectError

if TYPE_CHECKING:
    from auditkit.project import Project

VARIABLE = "AUDITKIT_PASSPHRASE"


def given(project: Project, ask: bool) -> str | None:
    """
    Return the passphrase, None if the project names none; `ask` asks the person at the terminal.

    Raises ProjectError for a file that cannot be read or is empty.
    """
    if ask:
        return str(click.prompt("Passphrase of the restricted edition", hide_input=True, err=True))
    found = os.environ.pop(VARIABLE, "")  # no process started from here needs it
    if found:
        return found
    file = project.passphrase_file
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError:
        raise ProjectError(
            f"the passphrase file {file.name} cannot be read",
            path=projects.FILE,
            hint="make it, or delete passphrase_file under [restricted] to run without the restricted controls",
        ) from None
    if not text:
        raise ProjectError(f"the passphrase file {file.name} is empty", hint="write one line of at least 12 characters")
    if file.stat().st_mode & stat.S_IROTH and file.parent.name != "sample_data":
        click.echo(f"auditkit: {file.name} is readable by every user; chmod 600 {file.name}", err=True)
    return text
