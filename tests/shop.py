"""A small shop as a project of its own: one table, one control, quarters of sales, for tests that run it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from small import write_controls

from auditkit import project as projects
from auditkit.progress import Progress
from auditkit.run import Options, Outcome, run

TOML = """\
[organisation]
name = "A small shop"
currency = "EUR"
[run]
quarter = "2026-Q3"
[worker]
memory = "300MB"
"""
LIMIT = """\
[[parameters]]
control = "SAL"
name = "limit"
value = "{value}"
approved_by = "Head of audit"
reason = "{reason}"
"""
DECLARED = {"2026-Q2": dt.datetime(2026, 7, 9, 8), "2026-Q3": dt.datetime(2026, 10, 9, 8)}


def open_shop(folder: Path) -> Path:
    """Write the project without extracts and return its folder."""
    write_controls(folder)
    (folder / "auditkit.toml").write_text(TOML, encoding="utf-8")
    return folder


def set_limit(shop: Path, value: str, reason: str = "House rules of the year") -> None:
    """Set the limit of a sale in the project's settings, with who approved it and why."""
    (shop / "auditkit.toml").write_text(TOML + LIMIT.format(value=value, reason=reason), encoding="utf-8")


def deliver(shop: Path, quarter: str, sales: Mapping[str, str]) -> None:
    """Write a quarter's sales: number to value."""
    path = shop / "extracts" / quarter / "sale.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{number},P1,{value}" for number, value in sales.items()]
    path.write_text("\n".join(["sale_id,seller_id,value", *rows]) + "\n", encoding="utf-8")


def run_shop(shop: Path, quarter: str = "2026-Q3", *select: str) -> Outcome:
    """Run a quarter at its declared time."""
    options = Options(quarter, select, declared_at=DECLARED[quarter])
    return run(projects.load(shop / "auditkit.toml"), options, Progress())
