"""`auditkit sensitivity`: how the exceptions of an attribute change with a limit."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.sensitivity import Sensitivity, Trial


@click.command("sensitivity")
@click.argument("attribute")
@click.option("--parameter", required=True, metavar="NAME", help="The limit to vary; auditkit show lists the names.")
@click.option("--values", required=True, metavar="A,B,...", help="The values to try, separated by commas.")
@click.option("--quarter", metavar="YYYY-Qn", help="The quarter to test; default: the one auditkit.toml names.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(attribute: str, parameter: str, values: str, quarter: str | None, format_: str, where: Path) -> None:
    """
    Show how the exceptions of an attribute change with a limit, over the quarter's extracts. Nothing is written.

    A value that holds commas itself is separated from the next one by a vertical bar: --values "a, b | a".

    \b
    Example:
      auditkit sensitivity GFT-03 --parameter aggregate_limit --values 0,100,500
    """
    from auditkit.console import Bars
    from auditkit.sensitivity import measure

    project = projects.load(projects.find(where.resolve()))
    texts = [text.strip() for text in values.split("|" if "|" in values else ",")]
    with Bars() as bars:
        found = measure(project, attribute, parameter, texts, quarter, bars)
    if format_ == "json":
        click.echo(json.dumps(_content(found), indent=2, ensure_ascii=False))
    else:
        _show(found)


def _content(found: Sensitivity) -> dict[str, object]:
    trials = []
    for trial in found.trials:
        content = dataclasses.asdict(trial)
        content["counts"] = {key: count for key, count in content["counts"].items() if key != "reasons"}
        trials.append(content | {"tested": trial.counts.tested})
    return {
        "attribute": found.attribute.id,
        "parameter": found.value.parameter.name,
        "quarter": found.quarter,
        "trials": trials,
    }


def _show(found: Sensitivity) -> None:
    from auditkit.console import out, plain_table

    parameter, console = found.value.parameter, out()
    console.print(f"{found.attribute.id}  {found.attribute.title}  {found.quarter}", markup=False)
    unit = f" ({parameter.unit})" if parameter.unit else ""
    console.print(f"{parameter.name}: {parameter.title}{unit}\n", markup=False)
    titles = ("Value", "Items", "Tested", "Exceptions", "Added", "Dropped", "Review", "Not tested", "")
    console.print(plain_table(titles, [_row(trial) for trial in found.trials]))


def _row(trial: Trial) -> tuple[str, ...]:
    counts = trial.counts
    numbers = [counts.population, counts.tested, counts.exceptions, trial.added, trial.dropped]
    numbers += [counts.review, counts.not_tested]
    said = ["in force"] if trial.in_force else []
    said += [f"not concluded: {reason}" for reason in trial.not_concluded]
    return (trial.text or "empty", *(f"{number:,}" for number in numbers), "; ".join(said))
