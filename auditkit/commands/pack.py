"""`auditkit pack`: the evidence of a run as one archive."""

from __future__ import annotations

from pathlib import Path

import click

from auditkit import project as projects


@click.command("pack")
@click.argument("quarter", metavar="QUARTER")
@click.option("--run", "run_id", metavar="ID", help="The run; default: the latest whole run of the quarter.")
@click.option("--with-extracts", is_flag=True, help="Pack the extracts, too, but for those with restricted columns.")
@click.option("-o", "--output", "target", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(quarter: str, run_id: str | None, with_extracts: bool, target: Path | None, where: Path) -> None:
    """
    Write the evidence pack of a run: a zip file that is a project of its own once it is unzipped.

    It holds results, definitions, workbooks (the restricted one encrypted as it is) and the journal, and lies beside
    the run's folder as evidence_QUARTER_E.zip unless -o names another place. Key and passphrase are never in it. The
    same run gives the same bytes.

    \b
    Examples:
      auditkit pack 2026-Q3
      auditkit pack 2026-Q3 --with-extracts -o archive/2026-Q3.zip
    """
    from auditkit import manifest, pack
    from auditkit.console import out, plain_table

    project = projects.load(projects.find(where.resolve()))
    label = project.period(quarter).label
    folder = manifest.find(project.output, label, run_id)
    path = target or project.output / label / f"evidence_{label}_E.zip"
    packed = pack.write(project, folder, path, with_extracts=with_extracts)
    console = out()
    console.print(f"Packed {len(packed.files)} files of run {folder.name}", markup=False)
    console.print(plain_table(("Left out", "Why"), packed.left_out))
    shown = path.relative_to(project.root) if path.is_relative_to(project.root) else path
    console.print(f"\n{shown}", markup=False, soft_wrap=True)
