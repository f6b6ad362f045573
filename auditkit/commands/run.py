"""`auditkit run`: from a quarter's extracts to the findings workbooks."""

from __future__ import annotations

import datetime as dt
import json
import resource
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit import key as keys
from auditkit import passphrase as passphrases
from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.console import Bars
    from auditkit.project import Project
    from auditkit.result import Run
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
    from auditkit import programme_row, rhythm
    from auditkit.wording import restricted_line

    record = outcome.run
    return {
        "run": record.id,
        "organisation": record.project.organisation,
        "quarter": record.period.label,
        "selection": record.selection,
        "concluded": record.concluded,
        "controls": [row | _reviewed(record, row) for row in record.manifest["summary"]],
        "restricted": [
            {"control": control.id, "state": record.restricted_state, "line": restricted_line(record.restricted_state)}
            for control in record.restricted_controls
        ],
        "measured": programme_row.measured(record.programme),
        "attested": programme_row.attested(record.programme),
        "sign_off": [{"control": s.control, "state": s.state, "changed": list(s.changed)} for s in record.sign_offs],
        "calendar": rhythm.standing(record.project, record.period, record.declared_at.date()).said,
        "files": [
            path.relative_to(record.project.root).as_posix()
            if path.is_relative_to(record.project.root)
            else path.as_posix()
            for path in outcome.files
        ],
    }


def _reviewed(record: Run, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the exceptions of a row of the summary stand in the register, and the conclusion after review."""
    from auditkit.register import NONE

    name = f"{row['control']}/{row['population']}"
    standing, found = record.register.get(name, NONE), record.conclusions.get(name)
    return {
        "register": {
            "new": standing.new,
            "repeat": standing.repeat,
            "reopened": standing.reopened,
            "open": standing.undecided,
            "confirmed": standing.confirmed,
            "suppressed": standing.suppressed,
            "referred": standing.referred,
            "cleared": standing.cleared,
            "out_of_period": standing.out_of_period,
            "not_tested_again": standing.not_tested_again,
        },
        "conclusion_after_review": found.text if found else "",
    }


def _state(record: Run) -> str:
    """Return in a sentence how far the review is."""
    found = [found for name, found in record.conclusions.items() if "/" in name]
    listed, open_ones = sum(each.listed for each in found), sum(each.undecided for each in found)
    if not listed:
        return "No exception and no item for review."
    if open_ones == listed:
        return "Unreviewed: exceptions are not findings."
    if open_ones:
        return f"Review incomplete: {open_ones:,} of {listed:,} exceptions and items for review are open."
    return "Every exception and item for review has been decided about; a finding is a person's judgement."


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
    states = Counter(row["state"] for row in content["sign_off"])
    signed = f" Sign-off: {', '.join(f'{count} {state}' for state, count in states.items())}." if states else ""
    console.print(f"\n{content['calendar']}{signed}", markup=False, soft_wrap=True)
    console.print(f"{_state(outcome.run)} Files:")
    for name in content["files"]:
        console.print(f"  {name}", markup=False, soft_wrap=True)
    for unread in outcome.run.restricted_unread:
        click.echo(f"auditkit: restricted, of {unread}: this passphrase does not open it; see that edition", err=True)
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
