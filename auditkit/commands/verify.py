"""`auditkit verify`: the files of a run, or of a pack, compared with the sums that stand in its manifest."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit import passphrase as passphrases
from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.verification import Verification

SHOWN = 20  # files in the table; --format json has all


@click.command("verify")
@click.argument("what", metavar="QUARTER|PACK.zip")
@click.option("--run", "run_id", metavar="ID", help="The run; default: the latest whole run of the quarter.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--ask-passphrase", is_flag=True, help="Ask for the passphrase, to look at the restricted part, too.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(what: str, run_id: str | None, format_: str, ask_passphrase: bool, where: Path) -> None:
    """
    Compare every file of a run's evidence with its manifest, or read a pack in place and do the same.

    Looked at are results, definitions kept, workbooks, the extracts that are still there, the journal's chain and the
    manifests of earlier quarters. A changed, missing or added file is named. Working papers that people filled in and
    controls that were changed since the run are told apart and are no fault of the evidence.

    \b
    Examples:
      auditkit verify 2026-Q3
      auditkit verify evidence_2026-Q3_E.zip --format json

    Exit codes: 0 all holds; 1 something differs; 2 there is nothing to verify.
    """
    from auditkit import manifest, pack, verification
    from auditkit.evidence_source import FolderSource

    if what.lower().endswith(".zip"):
        if run_id is not None:
            raise click.UsageError("a pack holds one run; leave out --run")
        found = pack.verify(Path(what))
    else:
        project = projects.load(projects.find(where.resolve()))
        folder = manifest.find(project.output, project.period(what).label, run_id)
        given = passphrases.given(project, ask_passphrase)
        found = verification.verify(FolderSource(project, folder), folder.parent.name, folder.name, given)
    _show(found, format_)
    raise click.exceptions.Exit(0 if found.holds else 1)


def summary(found: Verification) -> dict[str, Any]:
    """Return what was found, for machines: counts by part and state, and every file that does not just hold."""
    return {
        "quarter": found.quarter,
        "run": found.run_id,
        "seal": found.seal,
        "holds": found.holds,
        "parts": {part: dict(states) for part, states in found.parts.items()},
        "files": [asdict(row) for row in found.notable],
    }


def _show(found: Verification, format_: str) -> None:
    if format_ == "json":
        click.echo(json.dumps(summary(found), indent=2, ensure_ascii=False))
        return
    from auditkit.console import out, plain_table
    from auditkit.verification import HOLDS

    console = out()
    if found.run_id:
        console.print(f"Run {found.run_id} of {found.quarter}", markup=False)
    if found.seal:
        console.print(f"Seal {found.seal}", markup=False)
    rows = []
    for part, states in found.parts.items():
        others = ", ".join(f"{count:,} {state}" for state, count in states.items() if state != HOLDS)
        rows.append((part, f"{states.total():,}", f"{states[HOLDS]:,}", others))
    console.print()
    console.print(plain_table(("Part", "Files", "Hold", "Otherwise"), rows))
    if found.notable:
        named = [(row.state, row.name, row.detail) for row in found.notable]
        console.print()
        console.print(plain_table(("State", "File", "What"), named[:SHOWN]))
        if len(named) > SHOWN:
            console.print(f"and {len(named) - SHOWN} more; --format json lists all of them")
    console.print("\nAll holds." if found.holds else "\nThe evidence does not hold.")
