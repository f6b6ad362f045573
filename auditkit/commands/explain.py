"""`auditkit explain`: what stands behind one exception."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditkit import project as projects

if TYPE_CHECKING:
    from rich.console import Console

    from auditkit.explanation import Explanation

# What the register knows of an exception, in the order in which it is told: column, heading.
REGISTERED = (
    ("severity", "Severity"),
    ("item", "Item"),
    ("result", "Result"),
    ("state", "State"),
    ("first_quarter", "First seen"),
    ("quarters_seen", "Quarters seen"),
    ("age_days", "Age in days"),
    ("standing", "Standing"),
    ("reason_code", "Reason"),
    ("explanation", "Explanation"),
    ("evidence_ref", "Evidence reference"),
    ("preparer", "Prepared by"),
    ("reviewer", "Reviewed by"),
    ("expires_on", "Expires on"),
)


@click.command("explain")
@click.argument("exception_id")
@click.option("--run", "run_id", metavar="ID", help="The run; default: the latest whole run that lists the exception.")
@click.option("--views", is_flag=True, help="Print the SQL of the views, too.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(exception_id: str, run_id: str | None, views: bool, where: Path) -> None:
    """
    Show what stands behind one exception: its sentence, the rows of the extracts that name it, SQL and limits.

    The id stands in the first column of the working edition. Definitions and limits are those of the run. Rows are
    looked up in the run's extracts if they are there as they were: of every table that the attribute reads, the rows
    that name most of what identifies the item. Restricted controls are not explained here.

    \b
    Example:
      auditkit explain K7QAB2CDEF3G
    """
    from auditkit.console import Bars, out
    from auditkit.explanation import explain

    project = projects.load(projects.find(where.resolve()))
    with Bars() as bars:
        found = explain(project, exception_id, run_id, bars)
    console = out()
    _show_exception(console, found)
    _show_sources(console, found)
    _show_rule(console, found, views=views)


def _show_exception(console: Console, found: Explanation) -> None:
    from auditkit.console import key_values

    known = found.registered
    pairs = [
        ("Exception", f"{known['exception_id']}  {found.quarter}, run {found.run_id}"),
        ("Attribute", f"{found.attribute.id}  {found.attribute.title}"),
        ("Sentence", known["why"] or "none"),
        *((title, str(known[name])) for name, title in REGISTERED if known[name] not in (None, "")),
        *((f"Criterion {c}", _criterion(found, c)) for c in found.attribute.criteria),
        ("Not a problem when", found.attribute.not_a_problem_when),
    ]
    console.print(key_values(pairs))
    if not found.row:
        console.print("The item is outside of the population of this run.")
        return
    console.print("\nWhat the query returned", style="bold")
    console.print(key_values([(name, str(value)) for name, value in found.row.items() if value is not None]))


def _criterion(found: Explanation, identifier: str) -> str:
    criterion = found.control.criterion(identifier)
    return f"{criterion.text} [{criterion.place}]"


def _show_sources(console: Console, found: Explanation) -> None:
    from auditkit.console import plain_table

    console.print("\nRows of the extracts that name the item", style="bold")
    if found.sources is None:
        console.print(found.why_no_sources, markup=False)
        return
    rows = []
    for source in found.sources:
        files: dict[str, list[str]] = {}
        for file, number in source.places:
            files.setdefault(file, []).append(str(number))
        shown = "; ".join(f"{file}: row {', '.join(numbers)}" for file, numbers in files.items())
        left = source.count - len(source.places)
        rows.append((source.entity, ", ".join(source.columns), shown + (f" and {left:,} more" if left else "")))
    console.print(plain_table(("Table", "By", "File and row"), rows) if rows else "none")


def _show_rule(console: Console, found: Explanation, *, views: bool) -> None:
    from auditkit.console import key_values

    console.print("\nParameters", style="bold")
    values = [(name, f"{value.text} {value.parameter.unit}".strip()) for name, value in found.parameters.items()]
    console.print(key_values(values) if values else "none")
    texts = {found.attribute.statement.shown: found.attribute.statement.text}
    if views:
        texts |= {f"view {name}": text for name, text in found.views.items()}
    for name, text in texts.items():
        console.print(f"\n{name}", style="bold", markup=False)
        console.print(text.rstrip(), markup=False, soft_wrap=True)
    if found.views and not views:
        console.print(f"\nViews it reads (--views prints them): {', '.join(found.views)}", markup=False)
