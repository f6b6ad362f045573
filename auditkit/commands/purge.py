"""`auditkit purge`: the extracts of a quarter deleted when its work is done; hashes and results stay."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditkit import passphrase as passphrases
from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.purge import Plan

# The same whatever there is.
RESTRICTED_WITH = "Extracts of restricted tables are not listed; those that are due go with the listed ones."
RESTRICTED_WITHOUT = "Extracts of restricted tables, if there are any, stay: deleting them needs the passphrase."


@click.command("purge")
@click.argument("quarter", metavar="QUARTER")
@click.option("--run", "run_id", metavar="ID", help="The run; default: the latest whole run of the quarter.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--ask-passphrase", is_flag=True, help="Ask for the passphrase, to delete restricted extracts, too.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(quarter: str, run_id: str | None, dry_run: bool, yes: bool, ask_passphrase: bool, where: Path) -> None:
    """
    Delete the extracts of a run that is issued or signed off; results, hashes, notes and workbooks stay.

    Only files that the run's manifest names, and that are still the same, are deleted, and no link is followed.
    [retention] in auditkit.toml says how many days after the issue they go. The deletion is recorded in the journal;
    auditkit verify says of every file when it was deleted. Files of restricted tables go with the passphrase only; they
    are never listed, and their deletion is recorded in the sealed journal.

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
    given = passphrases.given(project, ask_passphrase)
    what = purge.plan(project, folder, given)
    _show(what, now.date(), given is not None)
    going = [extract for extract in (*what.extracts, *what.hidden) if extract.goes(now.date())]
    console = out()
    if not going:
        console.print("\nNothing is to be deleted today.")
        return
    if dry_run:
        console.print("\nNothing was deleted: this was a dry run.")
        return
    if not yes:
        click.confirm("Delete them for good?", abort=True, err=True)
    done = purge.carry_out(project, what, now, given)
    console.print(f"\nDeleted {len(done)} listed files; recorded in the journal.")


def _show(what: Plan, today: dt.date, opened: bool) -> None:
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
    console.print(f"\n{RESTRICTED_WITH if opened else RESTRICTED_WITHOUT}")
