"""`auditkit map`: a mapping file to start from, and what would become runnable with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditkit import project as projects

if TYPE_CHECKING:
    from auditkit.control import Catalogue


@click.command("map")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--entity", multiple=True, metavar="TABLE", help="A table that the file feeds; may be repeated.")
@click.option("--write", type=click.Path(dir_okay=False, path_type=Path), help="Write the mapping file here.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(file: Path, entity: tuple[str, ...], write: Path | None, where: Path) -> None:
    """
    Propose a mapping file from the headers of an extract, and say which attributes become runnable.

    Headers are matched with the contracts' column names and their SAP, SuccessFactors and Oracle synonyms. Nothing is
    guessed in silence: what could be more than one thing is listed, and so are cells of the first rows that need more
    than a name: values, date formats, amounts with words. Headers that nobody knows need --entity.

    \b
    Examples:
      auditkit map PA0008_2026Q3.csv --write mappings/pay.yml
      auditkit map staff_list.csv --entity person --entity employee
    """
    from auditkit.catalogue import load_catalogue
    from auditkit.errors import MappingError
    from auditkit.proposal import propose

    project = projects.load(projects.find(where.resolve()))
    catalogue = load_catalogue(project.controls)
    proposal = propose(file, catalogue.model, entity)
    if write is None:
        click.echo(proposal.text)
    elif write.exists():
        raise MappingError("the file exists; nothing was written", path=write.name, hint="name a new file")
    else:
        write.parent.mkdir(parents=True, exist_ok=True)
        write.write_text(proposal.text, encoding="utf-8")
        click.echo(f"wrote {write}", err=True)
    for line in _runnable(catalogue, proposal.columns_by_entity):
        click.echo(f"# {line}")


def _runnable(catalogue: Catalogue, columns: Mapping[str, frozenset[str]]) -> list[str]:
    """Return one line per attribute that reads something of the file: runnable with it alone, or what else it needs."""
    lines = []
    for attribute in catalogue.attributes:
        if not any(table in columns for table, _ in attribute.reads):
            continue
        missing = sorted(
            {
                table if table not in columns else f"{table}.{column}"
                for table, column in attribute.reads
                if _needed(catalogue, table, column)
                and table not in attribute.optional
                and f"{table}.{column}" not in attribute.optional
                and (table not in columns or (column and column not in columns[table]))
            }
        )
        state = "runnable with this file alone" if not missing else f"also needs {', '.join(missing)}"
        lines.append(f"{attribute.id}: {state}")
    return lines


def _needed(catalogue: Catalogue, table: str, column: str) -> bool:
    entity = catalogue.model.entities.get(table)
    return entity is not None and not entity.computed and not column.startswith("_")
