"""The revision of the controls folder: its commit, where the folder is under version control."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SECONDS = 20
# Nothing of the user's settings may start another program, nothing is written, and no secret is handed on.
WORDS = ("-c", "core.fsmonitor=false", "-c", "core.pager=cat")


def of(folder: Path) -> dict[str, str | bool] | None:
    """
    Return the commit of `folder` and whether nothing in it differs from that commit.

    None where git does not know the folder, and where there is no git.
    """
    git = shutil.which("git")
    if git is None or not folder.is_dir():
        return None
    commit = _said(git, folder, "rev-parse", "--verify", "HEAD")
    known = _said(git, folder, "ls-files", "--", ".")
    changed = _said(git, folder, "status", "--porcelain", "--untracked-files=all", "--", ".")
    if commit is None or not known or changed is None:
        return None
    return {"commit": commit.strip(), "clean": not changed.strip()}


def _said(git: str, folder: Path, *words: str) -> str | None:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", ""), "LC_ALL": "C"}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        done = subprocess.run(  # noqa: S603 - git itself, found on the path, with fixed words
            [git, *WORDS, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
