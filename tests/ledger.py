"""Journals made by hand: what was recorded when, without a file behind it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from run_builder import project

from auditkit import key
from auditkit.identity import FILE, Identities
from auditkit.journal import FIRST, Journal, Record
from auditkit.life import Life, lives
from auditkit.period import Period, Quarters
from auditkit.review import Context, Problem

QUARTERS = Quarters()
Q2, Q3, Q4 = (QUARTERS.period(f"2026-Q{n}") for n in (2, 3, 4))
Line = tuple[str, str, str, Mapping[str, Any]]  # kind, key, day, content


def journal(*lines: Line) -> Journal:
    """A journal of these lines, each written at nine in the morning of its day."""
    records = [
        Record(kind, key, "run", content, number, f"{day}T09:00:00Z", FIRST, FIRST)
        for number, (kind, key, day, content) in enumerate(lines, 1)
    ]
    return Journal(Path("journal.jsonl"), tuple(records))


def life(kind: str, key: str, *states: tuple[str, Mapping[str, Any]]) -> Life:
    """The life of one key: what was recorded on which day."""
    (found,) = lives(journal(*((kind, key, day, content) for day, content in states)), kind, QUARTERS)
    return found


@cache
def home() -> Path:
    """A project with a key and a run that left its identities."""
    root = Path(tempfile.mkdtemp())
    secret = key.make(root / "auditkit.key").secret
    for period in (Q2, Q3, Q4):
        folder = root / "output" / period.label / "run"
        folder.mkdir(parents=True)
        Identities.from_texts(["Nora Haddad"], secret).write(folder / FILE)
    return root


def context(
    before: Mapping[str, Any] | None = None,
    *,
    period: Period = Q3,
    reference: str = "2026-Q3/SAL-01",
    cells: Mapping[str, str] | None = None,
    **standing: Mapping[str, Mapping[str, Any]],
) -> Context:
    """What the rules of a form see besides a row's content; the extracts of their run hold one name, Nora Haddad."""
    about = project(home())
    return Context(
        *(about, period, period.end, "run", reference, cells or {}, before or {}, standing, {}, journal()),
        *(frozenset(), {}),
    )


def fields(problems: Iterable[Problem | str]) -> list[str]:
    """The fields with which something is wrong."""
    return [problem.field if isinstance(problem, Problem) else problem for problem in problems]
