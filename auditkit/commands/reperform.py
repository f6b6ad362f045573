"""`auditkit reperform`: a run again, from the same extracts with the definitions its evidence kept."""

from __future__ import annotations

import json
import resource
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit import passphrase as passphrases
from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.console import Bars
    from auditkit.reperformance import Reperformance

SHOWN = 20  # differences in the table; --format json has all


@click.command("reperform")
@click.argument("quarter", metavar="QUARTER")
@click.option("--run", "run_id", metavar="ID", help="The run; default: the latest whole run of the quarter.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--ask-passphrase", is_flag=True, help="Ask for the passphrase, to perform restricted controls again.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(quarter: str, run_id: str | None, format_: str, ask_passphrase: bool, where: Path) -> None:
    """
    Perform a run again and say exactly what differs; nothing is written.

    The extracts are those of the quarter's folder; controls, mappings and settings are the ones kept in the run's
    evidence, whatever the project says now. No key is needed, and no passphrase unless the restricted controls are to
    be performed again, too. Libraries whose version changed are named, and are no difference by themselves.

    \b
    Examples:
      auditkit reperform 2026-Q3
      auditkit reperform 2026-Q3 --run 20261009T080000Z --format json

    Exit codes: 0 every input, count and result is the same; 1 something differs; 2 could not be performed again.
    """
    from auditkit.console import Bars
    from auditkit.interruption import stopping

    project = projects.load(projects.find(where.resolve()))
    given = passphrases.given(project, ask_passphrase)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    bars = Bars()
    with stopping(lambda: _clean(bars), 2):
        from auditkit import manifest, reperformance

        folder = manifest.find(project.output, project.period(quarter).label, run_id)
        with bars:
            found = reperformance.reperform(project, folder, given, bars)
    _show(found, format_)
    raise click.exceptions.Exit(0 if found.agrees else 1)


def _clean(bars: Bars) -> None:
    """Leave nothing behind: the process is about to be stopped."""
    from auditkit import private

    private.remove_all()
    bars.__exit__()
    click.echo("Stopped; nothing was written.", err=True)


def summary(found: Reperformance) -> dict[str, Any]:
    """Return all that was found, for machines."""
    return {
        "run": found.run_id,
        "quarter": found.quarter,
        "agrees": found.agrees,
        "compared": dict(found.compared),
        "restricted": found.restricted,
        "differences": [asdict(difference) for difference in found.differences],
        "versions": [asdict(difference) for difference in found.versions],
    }


def _show(found: Reperformance, format_: str) -> None:
    if format_ == "json":
        click.echo(json.dumps(summary(found), indent=2, ensure_ascii=False))
        return
    from auditkit.console import out, plain_table

    console = out()
    console.print(f"Run {found.run_id} of {found.quarter} performed again\n", markup=False)
    console.print(plain_table(("Compared", "Number"), [(name, f"{count:,}") for name, count in found.compared.items()]))
    console.print(f"\nRestricted controls: {found.restricted}.\n", markup=False)
    for title, rows in (("Differs", found.differences), ("Version", found.versions)):
        if rows:
            shown = [(f"{row.kind} {row.name}" if title == "Differs" else row.name, row.found) for row in rows[:SHOWN]]
            console.print(plain_table((title, "How"), shown))
            if len(rows) > SHOWN:
                console.print(f"and {len(rows) - SHOWN} more; --format json lists all of them")
            console.print()
    console.print("The same inputs gave the same results." if found.agrees else "The run could not be confirmed.")
