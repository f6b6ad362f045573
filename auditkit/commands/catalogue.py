"""`auditkit catalogue`: the controls as a page to read."""

from __future__ import annotations

from pathlib import Path

import click

from auditkit import project as projects


@click.command("catalogue")
@click.option("--write", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write the page to a file.")
@click.option("--check", "known", type=click.Path(path_type=Path, dir_okay=False), help="Exit 1 if the file differs.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(target: Path | None, known: Path | None, where: Path) -> None:
    """
    Print the controls as a page of Markdown: objective, method with its limits, example, what does not count.

    With --check a page written earlier is compared with what the controls say now.

    \b
    Example:
      auditkit catalogue --write catalogue.md
    """
    from auditkit.catalogue import load_catalogue, parameters_of
    from auditkit.catalogue_page import page

    project = projects.load(projects.find(where.resolve()))
    catalogue = load_catalogue(project.controls)
    text = page(catalogue, parameters_of(catalogue, project), project.currency)
    if known is not None:
        if not known.is_file() or known.read_text(encoding="utf-8") != text:
            click.echo(f"{known} is not what the controls say; write it: auditkit catalogue --write {known}", err=True)
            raise click.exceptions.Exit(1)
        return
    if target is None:
        click.echo(text, nl=False)
        return
    target.write_text(text, encoding="utf-8")
    click.echo(f"Wrote {target}.", err=True)
