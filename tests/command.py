"""The command line as a person uses it, within the test's own process: what costs a second each time is imported once."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditkit.cli import COMMANDS, main


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and both its streams."""

    returncode: int
    stdout: str
    stderr: str


def auditkit(folder: Path, *words: str, **environment: str) -> Done:
    """Run the command in `folder`, without a passphrase unless `environment` gives one."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _environment(environment),
    ):
        try:
            main(list(words))
        except SystemExit as stop:
            return Done(int(stop.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command ends with an exit code")


@contextlib.contextmanager
def _environment(given: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.pop("AUDITKIT_PASSPHRASE", None)
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def examples(name: str) -> list[list[str]]:
    """Return the words of every example in a command's help, without the `auditkit` they begin with."""
    text = importlib.import_module(COMMANDS[name][0]).command.help
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith(f"auditkit {name}")]
    assert lines, name
    return [shlex.split(line)[1:] for line in lines]
