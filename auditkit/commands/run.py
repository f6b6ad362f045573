"""`auditkit run`: from a quarter's extracts to the findings workbooks."""

from __future__ import annotations

import datetime as dt
import json
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit import key as keys
from auditkit import passphrase as passphrases
from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.console import Bars
    from auditkit.project import Project
    from auditkit.run import Outcome

SEVERITIES = ("critical", "high", "medium", "low", "info")


@click.command("run")
@click.option("--quarter", metavar="YYYY-Qn", help="The quarter to test; default: the one auditkit.toml names.")
@click.option("--select", multiple=True, metavar="WORD", help="A control, attribute or severity; may be repeated.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit 1 if exceptions of this severity or worse exist.")
@click.option("--ask-passphrase", is_flag=True, help="Ask for the passphrase of the restricted edition.")
@click.option(
    "--declared-at", metavar="TIME", help="The run's declared time in UTC (2026-10-09T08:00:00); default: now."
)
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(
    quarter: str | None,
    select: tuple[str, ...],
    format_: str,
    fail_on: str | None,
    ask_passphrase: bool,
    declared_at: str | None,
    where: Path,
) -> None:
    """
    Test a quarter's extracts and write the workbooks.

    Results stand on stdout, progress on stderr. The run leaves a folder of its own under output/QUARTER/: the board
    edition as a draft, the working edition, the restricted edition (encrypted) and the evidence.

    \b
    Examples:
      auditkit run --quarter 2026-Q3
      auditkit run --select GFT --select REC-01 --format json
      auditkit run --fail-on high

    Restricted controls run only with a passphrase: the file that auditkit.toml names, the variable
    AUDITKIT_PASSPHRASE, or --ask-passphrase. What comes of them never counts for the exit code; that they were not
    run, for want of a passphrase, is not concluded (3).

    Exit codes: 0 run complete; 1 with --fail-on, such exceptions exist; 2 could not run; 3 run complete, but
    something is not concluded.
    """
    from auditkit.console import Bars
    from auditkit.interruption import stopping

    project = projects.load(projects.find(where.resolve()))
    _check_key(project)
    passphrase, moment = passphrases.given(project, ask_passphrase), _time(declared_at)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    bars = Bars()
    with stopping(lambda: _clean(bars), 2):
        from auditkit.run import Options, run

        with bars:
            outcome = run(project, Options(quarter, select, passphrase, moment), bars)
    _show(outcome, format_)
    raise click.exceptions.Exit(_exit_code(outcome, fail_on))


def _clean(bars: Bars) -> None:
    """Leave nothing behind: the process is about to be stopped."""
    from auditkit import private

    private.remove_all()
    bars.__exit__()
    click.echo("Stopped; nothing was written.", err=True)


def _check_key(project: Project) -> None:
    """Stop before anything is read where there is no key; say it when every user may read it."""
    keys.load(project)
    file = project.key_file
    if keys.readable_by_others(project) and file.parent.name != "sample_data":
        click.echo(f"auditkit: {file.name} is readable by every user; chmod 600 {file.name}", err=True)


def _time(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a time; write 2026-10-09T08:00:00", param_hint="--declared-at"
        ) from None
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def summary(outcome: Outcome) -> dict[str, Any]:
    """Return the run's summary for machines: the same rows as the table, the restricted line, the files."""
    from auditkit import programme_row
    from auditkit.wording import restricted_line

    record = outcome.run
    return {
        "run": record.id,
        "organisation": record.project.organisation,
        "quarter": record.period.label,
        "selection": record.selection,
        "concluded": record.concluded,
        "controls": record.manifest["summary"],
        "restricted": [
            {"control": control.id, "state": record.restricted_state, "line": restricted_line(record.restricted_state)}
            for control in record.restricted_controls
        ],
        "measured": programme_row.measured(record.programme),
        "attested": programme_row.attested(record.programme),
        "files": [
            path.relative_to(record.project.root).as_posix()
            if path.is_relative_to(record.project.root)
            else path.as_posix()
            for path in outcome.files
        ],
    }


def _show(outcome: Outcome, format_: str) -> None:
    content = summary(outcome)
    if format_ == "json":
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    from auditkit import programme_row
    from auditkit.console import out, plain_table, summary_table

    console = out()
    partial = f"  partial: {content['selection']}" if content["selection"] else ""
    console.print(f"{content['organisation']}  {content['quarter']}  run {content['run']}{partial}\n", markup=False)
    restricted = [(row["control"], row["line"]) for row in content["restricted"]]
    console.print(summary_table(content["controls"], restricted, console.width))
    figures, vouched = programme_row.terminal(outcome.run.programme)
    titles = ("Measured", "Figure", "Number", "Of", "Value"), ("Attested", "Control", "State", "Until", "Owner")
    for head, rows in zip(titles, (figures, vouched), strict=True):
        if rows:
            console.print()
            console.print(plain_table(head, rows))
    console.print("\nUnreviewed: exceptions are not findings. Files:")
    for name in content["files"]:
        console.print(f"  {name}", markup=False, soft_wrap=True)
    failed = [item for item in outcome.run.extracts.failed if not item.restricted]
    for item in failed:
        click.echo(f"auditkit: not read: {item.error}", err=True)
    for ignored in outcome.run.extracts.ignored:
        if not ignored.restricted:
            click.echo(f"auditkit: not read: {ignored.path}: {ignored.reason}", err=True)


def _exit_code(outcome: Outcome, fail_on: str | None) -> int:
    if fail_on is not None:
        counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        populations = [p for control in outcome.run.controls for p in control.populations]
        if any(population.severities.get(severity) for population in populations for severity in counted):
            return 1
    return 0 if outcome.run.concluded else 3
