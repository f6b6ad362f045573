"""`auditkit list`: the controls and attributes there are."""

from __future__ import annotations

from pathlib import Path

import click

from auditkit import project as projects


@click.command("list")
@click.option("--select", multiple=True, metavar="WORD", help="A control, attribute or severity; may be repeated.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(select: tuple[str, ...], where: Path) -> None:
    """
    List controls and attributes: severity, population and what is tested.

    \b
    Example:
      auditkit list --select high
    """
    from auditkit.catalogue import load_catalogue
    from auditkit.console import out, plain_table
    from auditkit.selection import Selection

    catalogue = load_catalogue(projects.load(projects.find(where.resolve())).controls)
    selection = Selection.of(catalogue, select)
    rows = [
        (a.id, a.severity, a.population, str(len(a.cases)), a.title + (" (restricted)" if restricted else ""))
        for control in selection.controls
        for restricted in (control.restricted,)
        for a in control.attributes
        if a in selection.attributes
    ]
    for control in selection.controls:
        mark = " (restricted)" if control.restricted else ""
        for figure in control.figures:
            cases = str(len(catalogue.views[figure.query].cases))
            rows.append((figure.id, "measured", "-", cases, figure.title + mark))
        if control.attestation is not None:
            rows.append((control.id, "attested", "-", "-", control.title))
    out().print(plain_table(("Attribute", "Severity", "Population", "Cases", "What is tested"), rows))
