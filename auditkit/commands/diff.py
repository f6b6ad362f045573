"""`auditkit diff`: what changed from one quarter to another, and what brought it about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.change import Change
    from auditkit.difference import Difference


@click.command("diff")
@click.argument("before", metavar="EARLIER")
@click.argument("after", metavar="LATER")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(before: str, after: str, format_: str, where: Path) -> None:
    """
    Split the change in exceptions between two quarters into what brought it about.

    Per attribute and in total: the exceptions of the earlier quarter that are not set aside; by how many the new data,
    the changed rules, the changed parameter values and the changed dispositions, in this order, changed them; those of
    the later quarter. The parts sum to the whole: the later extracts are tested again by the earlier rules and values,
    as the evidence of the earlier quarter keeps them, and only where something changed. New, gone and repeat exceptions
    are known by their ids.

    \b
    Examples:
      auditkit diff 2026-Q2 2026-Q3
      auditkit diff 2026-Q2 2026-Q3 --format json
    """
    from auditkit.console import Bars
    from auditkit.interruption import stopping

    project = projects.load(projects.find(where.resolve()))
    bars = Bars()
    with stopping(lambda: _clean(bars), 2):
        from auditkit import key
        from auditkit.difference import compare
        from auditkit.journal import FILE, Journal

        journal = Journal.read(project.register / FILE)
        with bars:
            found = compare(project, (before, after), key.load(project), journal, bars)
    if format_ == "json":
        click.echo(json.dumps(content(found), indent=2, ensure_ascii=False))
    else:
        _show(found)


def _clean(bars: Any) -> None:
    from auditkit import private

    private.remove_all()
    bars.__exit__()
    click.echo("Stopped.", err=True)


def content(found: Difference) -> dict[str, Any]:
    """Return the comparison for machines."""
    from auditkit.change import total
    from auditkit.wording import RESTRICTED_LINE

    return {
        "before": {"quarter": found.before.quarter, "run": found.before.run},
        "after": {"quarter": found.after.quarter, "run": found.after.run},
        "attributes": [_entry(change) for change in found.changes],
        "total": _entry(total(found.changes)),
        "definitions": dict(found.definitions),
        "parameters": [
            {"name": p.name, "before": p.before, "after": p.after, "approved_by": p.approved_by, "reason": p.reason}
            for p in found.parameters
        ],
        "restricted": [{"control": control, "line": RESTRICTED_LINE} for control in found.restricted],
    }


def _entry(change: Change) -> dict[str, Any]:
    from auditkit.change import PARTS

    return {
        "attribute": change.attribute,
        "before": change.before,
        **dict(zip(PARTS, change.parts, strict=True)),
        "not_split": change.not_split,
        "after": change.after,
        "new": change.new,
        "gone": change.gone,
        "repeat": change.repeat,
        "notes": list(change.notes),
    }


def _show(found: Difference) -> None:
    from auditkit.change import total
    from auditkit.console import out, plain_table
    from auditkit.wording import RESTRICTED_LINE

    console = out()
    before, after = found.before, found.after
    console.print(f"{before.quarter} run {before.run}  ->  {after.quarter} run {after.run}\n", markup=False)
    whole = total(found.changes)
    unsplit = whole.not_split or any(change.not_split for change in found.changes)
    titles = ["Attribute", before.quarter, "data", "rule", "parameter", "disposition"]
    titles += [*(["not split"] if unsplit else []), after.quarter, "new", "gone", "repeat", "Limits"]
    shown = [*(change for change in found.changes if not change.empty), whole]
    console.print(plain_table(titles, [_row(change, unsplit=bool(unsplit)) for change in shown]))
    console.print(
        "\nExceptions that are not set aside. An item that several attributes find counts once for each. "
        "Replayed in this order: data, rule, parameter, disposition."
    )
    for control in found.restricted:
        console.print(f"{control}  {RESTRICTED_LINE}", markup=False)
    console.print("\nChanged definitions", style="bold")
    rows = [(name, what) for name, what in found.definitions.items()]
    console.print(plain_table(("File", "What"), rows) if rows else "None.")
    console.print("\nChanged parameters", style="bold")
    values = [
        (p.name, p.before or "-", p.after or "-", p.approved_by or "-", p.reason or "-") for p in found.parameters
    ]
    names = ("Parameter", before.quarter, after.quarter, "Approved by", "Why")
    console.print(plain_table(names, values) if values else "None.")


def _row(change: Change, *, unsplit: bool) -> tuple[str, ...]:
    parts = [*change.parts, *([change.not_split] if unsplit else [])]
    return (
        change.attribute,
        f"{change.before:,}",
        *(f"{part:+,}" if part else "0" for part in parts),
        *(f"{count:,}" for count in (change.after, change.new, change.gone, change.repeat)),
        "; ".join(change.notes),
    )
