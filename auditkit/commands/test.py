"""`auditkit test`: the cases of the controls, and whether they would notice a wrong query."""

from __future__ import annotations

from pathlib import Path

import click

from auditkit import project as projects


@click.command("test")
@click.argument("words", nargs=-1, metavar="[CONTROL]...")
@click.option("--cases-only", is_flag=True, help="Skip the check that the cases would notice a wrong query.")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(words: tuple[str, ...], cases_only: bool, where: Path) -> None:
    """
    Run the cases of controls, attributes or views, and check that they would notice a wrong query.

    A failing case shows the expected and the actual rows side by side. An attribute whose cases do not notice a moved
    limit or an exchanged comparison is refused.

    \b
    Examples:
      auditkit test
      auditkit test GFT-02
      auditkit test kinship

    Exit codes: 0 every case passes and every attribute's cases are adequate; 1 not so; 2 could not run.
    """
    from auditkit.console import Bars, out
    from auditkit.suite import Suite

    project = projects.load(projects.find(where.resolve()))
    console = out()
    failed, gaps = [], []
    with Suite.of(project.controls, words) as suite, Bars() as bars:
        bars.start("cases", suite.count)
        for result in suite.results():
            bars.step("cases", result.id)
            failed += [] if result.passed else [result]
        bars.end("cases")
        if not cases_only:
            bars.start("adequacy")
            gaps = list(suite.gaps())
            bars.end("adequacy")
        total = suite.count
    for result in failed:
        console.print(f"FAILED {result.id}\n  {result.case.place}", markup=False, soft_wrap=True)
        console.print(suite.difference(result))
    for gap in gaps:
        console.print(f"REFUSED {gap}", markup=False, soft_wrap=True)
    console.print(f"{total - len(failed)} passed, {len(failed)} failed")
    if not cases_only:
        console.print(f"{len(gaps)} refused: changes of the SQL that no case notices, results that no case expects")
    raise click.exceptions.Exit(1 if failed or gaps else 0)
