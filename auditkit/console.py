"""What a person sees in the terminal: tables on stdout, progress on stderr; plain when piped or with NO_COLOR."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from auditkit.progress import Progress as Listener

PLAIN_WIDTH = 240
NARROW = 160
TITLES = {
    "cases": "Run cases",
    "adequacy": "Check adequacy",
    "extracts": "Read extracts",
    "reliability": "Check reliability",
    "test": "Test attributes",
    "register": "Match register",
    "evidence": "Write evidence",
    "editions": "Write workbooks",
}


def out() -> Console:
    """Return the console for results; a fixed wide layout when stdout is no terminal."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=PLAIN_WIDTH, no_color=True, force_terminal=False)


class Bars(Listener):
    """A progress bar per stage on stderr; one plain line per stage when stderr is no terminal."""

    def __init__(self) -> None:
        """Start with no bar; `with` begins and ends the display."""
        self._console = Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[what]:<32.32}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def start(self, stage: str, total: int | None = None) -> None:
        """Show a new bar, or print the stage's title."""
        if self._console.is_terminal:
            self._tasks[stage] = self._bars.add_task(TITLES[stage], total=total, what="")
        else:
            self._console.print(TITLES[stage])

    def step(self, stage: str, what: str) -> None:
        """Move the stage's bar by one step."""
        if self._console.is_terminal:
            self._bars.update(self._tasks[stage], advance=1, what=what)

    def end(self, stage: str) -> None:
        """Fill the stage's bar."""
        if self._console.is_terminal:
            task = self._tasks[stage]
            total = self._bars.tasks[task].total or 1
            self._bars.update(task, total=total, completed=total, what="done")


def summary_table(rows: Sequence[Mapping[str, Any]], restricted: Sequence[tuple[str, str]], width: int) -> Table:
    """
    Return the run's table, one row per control and population; restricted controls have one fixed line.

    Where `width` leaves no room for the columns of the review, they stand in lines below the population.
    """
    narrow = width < NARROW
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("Control", no_wrap=True)
    table.add_column("Population and conclusion" if narrow else "Population", overflow="fold", ratio=3)
    titles = ("Items", "Tested", "Excep-\ntions", "Review", "Not\ntested")
    for title in titles if narrow else (*titles, "New", "Repeat", "Open"):
        table.add_column(
            title if narrow else title.replace("-\n", "").replace("\n", " "), justify="right", no_wrap=True
        )
    if not narrow:
        fixed = max((len(line) for _, line in restricted), default=0)  # a fixed line is never broken
        table.add_column("Conclusion before review", overflow="fold", ratio=4, min_width=fixed)
        table.add_column("After review", overflow="fold", ratio=4)
    for row in rows:
        numbers = (row["items"], row["tested"], row["exceptions"], row["review"], row["not_tested"])
        clean = row["concluded"] and not row["exceptions"] and not row["review"]
        before, after = Text(row["conclusion"], "" if clean else "bold"), Text(row["conclusion_after_review"])
        counts = _register_counts(row["register"])
        if narrow:
            lines = [
                Text(row["title"]),
                _below(Text("before review: ").append_text(before)),
                _below(Text("after review: ").append_text(after)),
            ]
            if any(counts.values()):
                lines.insert(2, _below(Text(_in_line(counts))))
            table.add_row(row["control"], Text("\n").join(lines), *_formatted(numbers))
        else:
            every = _formatted((*numbers, *counts.values()))
            table.add_row(row["control"], Text(row["title"]), *every, before, after)
    for control, line in restricted:
        if narrow:
            table.add_row(control, Text("\n").join([Text("restricted"), _below(Text(line))]), *["-"] * 5)
        else:
            table.add_row(control, Text("restricted"), *["-"] * 8, Text(line), Text("-"))
    return table


def _register_counts(register: Mapping[str, int]) -> dict[str, int]:
    """Return what is new, what was seen before, and what awaits a decision."""
    return {"new": register["new"], "repeat": register["repeat"] + register["reopened"], "open": register["open"]}


def _in_line(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name == "open")


def _formatted(numbers: Sequence[int]) -> list[str]:
    return [f"{number:,}" for number in numbers]


def _below(text: Text) -> Text:
    return Text("> ").append_text(text)


def key_values(pairs: Sequence[tuple[str, str]]) -> Table:
    """Return a two-column table of names and texts."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in pairs:
        table.add_row(name, Text(text))
    return table


def plain_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table without lines; texts are shown as they are, never read as markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
