"""`auditkit data-request`: what to ask for, so that nobody has to ask twice."""

from __future__ import annotations

from pathlib import Path

import click

from auditkit import project as projects


@click.command("data-request")
@click.option("--quarter", metavar="YYYY-Qn", help="The quarter; default: the one auditkit.toml names.")
@click.option("--select", multiple=True, metavar="WORD", help="Only what these controls or attributes need.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="Write a workbook instead of text.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(quarter: str | None, select: tuple[str, ...], xlsx: Path | None, where: Path) -> None:
    """
    Print, per source system, what to ask of HR and IT: tables, fields, types, period and control totals.

    \b
    Examples:
      auditkit data-request --quarter 2026-Q3
      auditkit data-request --select PAY --xlsx request.xlsx
    """
    from auditkit import data_request
    from auditkit.catalogue import load_catalogue
    from auditkit.selection import Selection

    project = projects.load(projects.find(where.resolve()))
    catalogue = load_catalogue(project.controls)
    needs: dict[str, set[str]] = {}
    for attribute in Selection.of(catalogue, select).attributes:
        for table, column in attribute.reads:
            entity = catalogue.model.entities.get(table)
            if entity is not None and not entity.computed:
                needs.setdefault(table, set()).update({column} if column and not column.startswith("_") else set())
    request = data_request.build(catalogue.model, project.period(quarter), needs)
    if xlsx is None:
        click.echo(data_request.as_text(request))
    else:
        data_request.write_xlsx(request, xlsx)
        click.echo(f"wrote {xlsx}", err=True)
