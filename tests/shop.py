"""A small shop as a project of its own: one table, one control, quarters of sales, for tests that run it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from small import write_controls

from auditkit import key
from auditkit import project as projects
from auditkit.journal import FILE, Entry, Journal
from auditkit.progress import Progress
from auditkit.run import Options, Outcome, run
from auditkit.sign_off import bind
from auditkit.sign_off import key as sign_off_key
from auditkit.signature import Ground

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
    (folder / "auditkit.key").write_text("a5" * 32 + "\n", encoding="ascii")
    (folder / "auditkit.key").chmod(0o600)
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


def decide(shop: Path, outcome: Outcome, sale: str, disposition: str, expires_on: str = "") -> None:
    """Record a disposition of a sale as the review of a run brings it; keys of extracts are read in capitals."""
    project = projects.load(shop / "auditkit.toml")
    id_ = key.load(project).exception_id("SAL", "SAL-01", f"sale_id={sale.upper()}")
    content = {"control": "SAL", "disposition": disposition, "expires_on": expires_on}
    entry = Entry("disposition", id_, outcome.run.id, {name: text for name, text in content.items() if text})
    Journal.read(shop / "register" / FILE).append([entry], DECLARED[outcome.run.period.label] + dt.timedelta(days=3))


SIGNATURES = {
    "preparer": "N. Haddad",
    "prepared_on": "2026-10-19",
    "reviewer": "E. Okonkwo",
    "reviewed_on": "2026-10-20",
    "notes_open": "0",
    "approved_by": "R. Thirunal",
    "approved_on": "2026-10-21",
}


def sign(shop: Path, outcome: Outcome, **changes: str | None) -> None:
    """Record the signatures on SAL as the review of a run brings them, `changes` made to them (None: left out)."""
    journal = Journal.read(shop / "register" / FILE)
    ground = Ground.read(outcome.run.manifest["signed"]["SAL"])
    assert ground is not None
    content = {name: text for name, text in (SIGNATURES | changes).items() if text is not None}
    quarter, run_id = outcome.run.period.label, outcome.run.id
    bound = bind(content, None, set(content), run_id, ground.decided(journal, "SAL"))
    entry = Entry("sign_off", sign_off_key("SAL", quarter), run_id, bound)
    journal.append([entry], DECLARED[quarter] + dt.timedelta(days=12))
