"""`auditkit import-review`: what people wrote into returned workbooks, into the journal."""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit import passphrase as passphrases
from auditkit import project as projects
from auditkit.errors import RegisterError

if TYPE_CHECKING:
    from auditkit.review_import import Outcome

RESTRICTED_LINE = "Restricted edition: {}. What was in it is not told here."


@click.command("import-review")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be taken, row by row, and write nothing.")
@click.option(
    "--run", "run", metavar="ID", help="Take workbooks of this run, also if it is not the quarter's last one."
)
@click.option("--prefer", metavar="FILE", help="Where there is a conflict, take the word of this one of the files.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--ask-passphrase", is_flag=True, help="Ask for the passphrase of the restricted edition.")
@click.option("--show-restricted", is_flag=True, help="Show what comes of a restricted edition; on a terminal only.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(
    files: tuple[Path, ...],
    dry_run: bool,
    run: str | None,
    prefer: str | None,
    format_: str,
    ask_passphrase: bool,
    show_restricted: bool,
    where: Path,
) -> None:
    """
    Take what people filled in: dispositions, findings, actions, decisions, attestations, sign-off.

    Rows are known by their key, whatever was done to order, filters, columns and formats. An empty cell and a row that
    is not there say nothing; - takes a value away, and the disposition "in review" withdraws one. Nothing is taken
    while anything is wrong, and all that is wrong is listed at once: file, cell, what was found, what to do.

    \b
    Examples:
      auditkit import-review --dry-run findings_2026-Q3_W.xlsx
      auditkit import-review anna.xlsx ben.xlsx
      auditkit import-review anna.xlsx ben.xlsx --prefer ben.xlsx

    Files of several reviewers are merged cell by cell. Where two say different things about the same cell, or one says
    something else than an earlier import, it is a conflict: it is listed, and nothing of that row is taken.

    The restricted edition is imported by itself, with its passphrase; one fixed line says that it was taken or refused.

    Exit codes: 0 done; 1 there are conflicts, the other rows were taken; 2 refused, nothing was taken.
    """
    from auditkit.review_import import Options, Withheld, import_review

    if show_restricted and not is_terminal():
        hint = "what a restricted edition holds must not land in a file or a log"
        raise RegisterError("--show-restricted shows on a terminal only", hint=hint)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    project = projects.load(projects.find(where.resolve()))
    options = Options(_passphrase(project, files, ask_passphrase), run, prefer, dry_run)
    now = dt.datetime.now(dt.UTC)
    try:
        outcome = import_review(project, files, options, now)
    except Withheld as withheld:
        raise (withheld.error if show_restricted else withheld) from None
    if outcome.restricted and not show_restricted:
        _fixed(outcome, format_)
    elif format_ == "json":
        click.echo(json.dumps(content(outcome), indent=2, ensure_ascii=False))
    else:
        _show(outcome)
    raise click.exceptions.Exit(1 if outcome.conflicts else 0)


def is_terminal() -> bool:
    """Whether what is printed is seen by a person, and nobody else."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def _passphrase(project: projects.Project, files: tuple[Path, ...], ask: bool) -> str | None:
    """Return the passphrase where a file needs it."""
    from auditkit.returned import is_encrypted

    return passphrases.given(project, ask) if any(is_encrypted(path) for path in files) else None


def _fixed(outcome: Outcome, format_: str) -> None:
    line = RESTRICTED_LINE.format("it can be imported" if outcome.dry_run else "imported")
    click.echo(json.dumps({"restricted": line}, indent=2) if format_ == "json" else line)


def content(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome for machines."""
    return {
        "run": outcome.run,
        "dry_run": outcome.dry_run,
        "taken": [
            {
                "kind": row.form.kind,
                "key": row.key,
                "changed": {title: {"was": was, "is": now} for title, was, now in row.changed},
            }
            for row in outcome.taken
        ],
        "unchanged": outcome.unchanged,
        "conflicts": [
            {"kind": each.form.kind, "key": each.key, "field": each.field, "says": dict(each.sides)}
            for each in outcome.conflicts
        ],
        "open": dict(outcome.open),
        "notes": list(outcome.notes),
    }


def _show(outcome: Outcome) -> None:
    from auditkit.console import out, plain_table
    from auditkit.wording import plural

    console = out()
    told = [(row.key, row.changed if outcome.dry_run else row.replaced) for row in outcome.taken]
    rows = [(key if not number else "", *each) for key, fields in told for number, each in enumerate(fields)]
    if rows:
        console.print(plain_table(("Key" if outcome.dry_run else "Replaced", "Field", "Was", "Becomes"), rows))
        console.print()
    if outcome.conflicts:
        sides = [
            (each.key if not number else "", each.field if not number else "", who, text or "(empty)")
            for each in outcome.conflicts
            for number, (who, text) in enumerate(each.sides)
        ]
        console.print(plain_table(("Conflict", "Field", "Who", "Says"), sides))
        console.print()
    for note in outcome.notes:
        console.print(f"Note: {note}", markup=False)
    rows_in_conflict = len({(each.form.kind, each.key) for each in outcome.conflicts})
    taken = f"{plural(len(outcome.taken), 'row')} {'would be taken' if outcome.dry_run else 'taken'}"
    console.print(f"Run {outcome.run}: {taken}, {outcome.unchanged} unchanged, {rows_in_conflict} in conflict")
    still = ", ".join(f"{count} {severity}" for severity, count in outcome.open.items() if count) or "none"
    console.print(f"Exceptions that await a decision: {still}")
