"""`auditkit purge`: the extracts of a quarter deleted when its work is done; hashes and results stay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.purge import Plan


@click.command("purge")
@click.argument("quarter", metavar="QUARTER")
@click.option("--run", "run_id", metavar="ID", help="The run; default: the latest whole run of the quarter.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(quarter: str, run_id: str | None, dry_run: bool, yes: bool, where: Path) -> None:
    """
    Delete the extracts of a run that is issued or signed off; results, hashes, notes and workbooks stay.

    Only files that the run's manifest names, and that are still the same, are deleted, and no link is followed.
    [retention] in auditkit.toml says how many days after the issue they go. The deletion is recorded in the journal;
    auditkit verify says of every file when it was deleted. Files of restricted tables are not named in the manifest
    and are never deleted here.

    \b
    Examples:
      auditkit purge 2026-Q3 --dry-run
      auditkit purge 2026-Q3 --yes

    Exit codes: 0 deleted, or nothing to delete yet; 2 the run is neither issued nor signed off.
    """
    from auditkit import manifest, purge
    from auditkit.console import out

    project = projects.load(projects.find(where.resolve()))
    now = dt.datetime.now(dt.UTC)
    folder = manifest.find(project.output, project.period(quarter).label, run_id)
    what = purge.plan(project, folder)
    _show(what, now.date())
    going = [extract for extract in what.extracts if extract.goes(now.date())]
    console = out()
    if not going:
        console.print("\nNothing is to be deleted today.")
        return
    if dry_run:
        console.print("\nNothing was deleted: this was a dry run.")
        return
    if not yes:
        click.confirm(f"Delete {len(going)} files for good?", abort=True, err=True)
    done = purge.carry_out(project, what, now)
    console.print(f"\nDeleted {len(done)} files; recorded in the journal.")


def _show(what: Plan, today: dt.date) -> None:
    from auditkit.console import out, plain_table

    console = out()
    console.print(f"Run {what.run_id} of {what.quarter}: {what.how} on {what.released}.", markup=False)
    console.print(f"Working papers are kept until {what.papers_until}.\n")
    rows = [
        (
            "delete" if extract.goes(today) else "keep",
            extract.name,
            f"{extract.size:,}",
            extract.kind,
            extract.stays or f"{'since' if extract.due <= today else 'from'} {extract.due}",
        )
        for extract in what.extracts
    ]
    console.print(plain_table(("Now", "Extract", "Bytes", "Class", "May go"), rows))
