"""`auditkit issue`: the editions of a quarter that may be relied on, once every gate is met."""

from __future__ import annotations

import datetime as dt
import json
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit import passphrase as passphrases
from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.console import Bars
    from auditkit.issue import Issue
    from auditkit.project import Project


@click.command("issue")
@click.argument("quarter", metavar="QUARTER")
@click.option("--run", "run_id", metavar="ID", help="The run; default: the last whole run of the quarter.")
@click.option("--erratum", default="", metavar="TEXT", help="What a re-issue corrects; it stands on its first page.")
@click.option("--issued-on", metavar="DATE", help="The day of issue (2026-10-27); default: today.")
@click.option("--approved-by", metavar="ROLE", help="The role of who approves; default: Chief audit executive.")
@click.option(
    "--nonconformance", default="", metavar="TEXT", help="In what the work does not conform with the standards."
)
@click.option("--dry-run", is_flag=True, help="Look at the gates and write nothing.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--ask-passphrase", is_flag=True, help="Ask for the passphrase of the restricted edition.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(
    quarter: str,
    run_id: str | None,
    erratum: str,
    issued_on: str | None,
    approved_by: str | None,
    nonconformance: str,
    dry_run: bool,
    format_: str,
    ask_passphrase: bool,
    where: Path,
) -> None:
    """
    Write the issued editions of a quarter, or say what is missing.

    The run is performed again from the same extracts and must give the same results. Only when every gate is met are
    the editions written, without a draft's marks, to output/QUARTER/issued-1/; all that is missing is said at once,
    each with what to do. A re-issue needs --erratum and becomes the next version; earlier ones are never touched.

    Who issues states that the work conforms with the Global Internal Audit Standards, or says with --nonconformance in
    what it does not. Names of people do not belong into the texts given here: the board reads them.

    Where the quarter has restricted controls, their part must be signed in the restricted edition; give its passphrase.
    Nothing more is said of them, whatever is missing there.

    \b
    Examples:
      auditkit issue 2026-Q3 --dry-run
      auditkit issue 2026-Q3 --approved-by "Chief audit executive" --issued-on 2026-10-27
      auditkit issue 2026-Q3 --erratum "The population of sales was 412, not 421."

    Exit codes: 0 issued, or with --dry-run every gate is met; 1 a gate is not met; 2 could not be looked at.
    """
    from auditkit.console import Bars
    from auditkit.interruption import stopping

    project = projects.load(projects.find(where.resolve()))
    label = project.period(quarter).label
    given, day = passphrases.given(project, ask_passphrase), _day(issued_on)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    bars = Bars()
    with stopping(lambda: _clean(bars), 2):
        from auditkit import key
        from auditkit.issue import Order, issue
        from auditkit.result import EXECUTIVE

        order = Order(label, day, run_id, approved_by or EXECUTIVE, erratum.strip(), nonconformance.strip())
        with bars:
            found = issue(project, order, key.load(project), given, bars, dry_run=dry_run)
    _show(project, label, found, format_, dry_run=dry_run)
    raise click.exceptions.Exit(0 if found.open else 1)


def _clean(bars: Bars) -> None:
    """Leave nothing behind: the process is about to be stopped."""
    from auditkit import private

    private.remove_all()
    bars.__exit__()
    click.echo("Stopped; nothing was issued.", err=True)


def _day(text: str | None) -> dt.date:
    if text is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day; write 2026-10-27", param_hint="--issued-on") from None


def _show(project: Project, quarter: str, found: Issue, format_: str, *, dry_run: bool) -> None:
    files = [
        path.relative_to(project.root).as_posix() if path.is_relative_to(project.root) else path.as_posix()
        for path in found.files
    ]
    if format_ == "json":
        click.echo(json.dumps(_content(quarter, found, files), indent=2, ensure_ascii=False))
        return
    click.echo(f"{quarter}, run {found.run_id}, version {found.version}\n")
    for gate in found.gates:
        click.echo(f"{'met ' if gate.met else 'SHUT'}  {gate.title}")
        for text in gate.shut:
            click.echo(f"      - {text}")
    shut = sum(not gate.met for gate in found.gates)
    if shut:
        click.echo(f"\nNot issued: {shut} of {len(found.gates)} gates are shut.")
    elif dry_run:
        click.echo("\nEvery gate is met; nothing was written.")
    else:
        click.echo("\nIssued. Files:")
        for name in files:
            click.echo(f"  {name}")


def _content(quarter: str, found: Issue, files: list[str]) -> dict[str, Any]:
    return {
        "quarter": quarter,
        "run": found.run_id,
        "version": found.version,
        "issued": found.folder is not None,
        "gates": [{"title": gate.title, "met": gate.met, "shut": list(gate.shut)} for gate in found.gates],
        "files": files,
    }
