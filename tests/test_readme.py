"""
The README is true: every console block is executed, in order, in a project like the checkout's.

A line `$ command` is run; what stands below it must be what it prints, where `...` stands for any text within a line
and, alone on a line, for any lines. Runs of blanks count as one. `UPDATE_README=1 pytest tests/test_readme.py` writes
the lines that changed into the README.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import command
from command import Done
from conftest import ROOT, CommandRun

README = ROOT / "README.md"
NOT_CONCLUDED = 3  # a run of some extracts only is complete, and says what it could not conclude


@dataclass(frozen=True)
class Step:
    """One command of a console block, the lines shown below it, the line of the README it stands on, its indent."""

    words: str
    shown: tuple[str, ...]
    line: int
    indent: str


def steps(text: str) -> list[Step]:
    """Return every command of every console block."""
    found: list[Step] = []
    within = False
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("```"):
            within = stripped == "```console"
        elif within and stripped.startswith("$ "):
            found.append(Step(stripped[2:], (), number, line[: line.index("$")]))
        elif within:
            found[-1] = replace(found[-1], shown=(*found[-1].shown, line.removeprefix(found[-1].indent)))
    return found


def same(shown: tuple[str, ...], printed: str) -> bool:
    """Whether the lines shown are what was printed."""
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "..." else f"{_line(line)}\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{' '.join(line.split())}\n" for line in printed.splitlines())) is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in " ".join(line.split()).split("..."))


def updated(step: Step, printed: str) -> tuple[str, ...]:
    """Return the lines to show: those that still hold stay, others are what was printed."""
    actual = [line.rstrip() for line in printed.splitlines()]
    kept = tuple(
        old if same((old,), new) or old.strip() == "..." else new for old, new in zip(step.shown, actual, strict=False)
    )
    return kept if len(actual) <= len(step.shown) else (*kept[:-1], "...")


class Shell:
    """A folder to type commands in, as a person would: `auditkit` runs here, `cd` is remembered, all else is sh."""

    def __init__(self, sample: CommandRun) -> None:
        self.sample = sample
        self.folder = sample.folder

    def run(self, words: str) -> Done:
        first, *others = shlex.split(words)
        if words == "auditkit run" and self.folder == self.sample.folder:
            return self.sample.done  # this very command, run once for all tests
        if first == "auditkit":
            return command.auditkit(self.folder, *others)
        if first == "cd":
            self.folder = (self.folder / others[0]).resolve(strict=True)
            return Done(0, "", "")
        done = subprocess.run(["sh", "-c", words], cwd=self.folder, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout, done.stderr)


def test_every_console_block_is_what_happens(sample_run: CommandRun) -> None:
    text = README.read_text(encoding="utf-8")
    lines = text.splitlines()
    shell = Shell(sample_run)
    wrong: list[str] = []
    moved = 0
    for step in steps(text):
        done = shell.run(step.words)
        allowed = (0, NOT_CONCLUDED) if step.words.startswith("auditkit run") else (0,)
        if done.returncode not in allowed:
            wrong.append(f"README.md:{step.line}: $ {step.words}\nexit code {done.returncode}\n{done.stderr}")
        elif not same(step.shown, done.stdout):
            wrong.append(f"README.md:{step.line}: $ {step.words}\nprints\n{done.stdout}")
            start, new = step.line + moved, [step.indent + line for line in updated(step, done.stdout)]
            lines[start : start + len(step.shown)] = new
            moved += len(new) - len(step.shown)
    if wrong and os.environ.get("UPDATE_README"):
        README.write_text("\n".join(lines) + "\n", encoding="utf-8")

    assert "\n\n".join(wrong) == ""


def test_the_control_of_the_guide_can_be_written_as_it_stands_there(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "controls" / "contracts", tmp_path / "controls" / "contracts")
    shutil.copy(ROOT / "auditkit.toml", tmp_path)
    toml = (tmp_path / "auditkit.toml").read_text(encoding="utf-8").replace('"zatca_zero"', '""')
    (tmp_path / "auditkit.toml").write_text(toml, encoding="utf-8")
    text = (ROOT / "docs" / "writing-controls.md").read_text(encoding="utf-8")
    files = re.findall(r"^`(controls/[^`]+)`\n\n```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for name, content in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")

    assert len(files) == 5
    done = command.auditkit(tmp_path, "test", "COD-01")
    assert done.stdout.splitlines()[0] == "1 passed, 0 failed", done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
    assert "acknowledged_on" in command.auditkit(tmp_path, "data-request", "--select", "COD").stdout


def test_files_the_readme_points_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf-8"))

    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_elided_lines_and_texts_match_and_nothing_else_does() -> None:
    printed = "run 2026\n\nGFT     12\nREC      3\n"

    assert same(("run ...", "", "GFT 12", "..."), printed)
    assert same(("...", "REC 3"), printed)
    assert not same(("run ...", "", "GFT 13", "..."), printed)
    assert not same(("run ...", "", "GFT 12"), printed)
    assert not same((), printed)


def test_the_readme_names_a_run_and_a_test_command_of_one_line() -> None:
    text = README.read_text(encoding="utf-8")
    for name, ending in (("run", ".venv/bin/auditkit run"), ("test", ".venv/bin/pytest")):
        (line,) = re.findall(rf"<!-- {name} command -->\n```sh\n(.*)\n```", text)
        assert line.startswith("python3 -m venv .venv && ")
        assert line.endswith(f"&& {ending}")


def test_the_layout_of_a_run_is_the_one_the_readme_shows(sample_run: CommandRun) -> None:
    section = README.read_text(encoding="utf-8").partition("## What a run leaves")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))
    left = {path.name + ("/" if path.is_dir() else "") for path in Path(sample_run.outcome.folder).iterdir()}

    assert named == left
