"""`auditkit show`: one control or attribute as the run sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from auditkit import project as projects
from auditkit.measure import Measure

if TYPE_CHECKING:
    from auditkit.attestation import Duty
    from auditkit.control import Attribute, Catalogue, Control
    from auditkit.parameter import ParameterValue
    from auditkit.roll_forward import RollForward


@click.command("show")
@click.argument("identifier", metavar="ID")
@click.option("--project", "where", type=click.Path(path_type=Path, file_okay=False), default=Path(), hidden=True)
def command(identifier: str, where: Path) -> None:
    """
    Show one control or attribute: objective, criteria, parameters as they are set, SQL, what it reads.

    \b
    Examples:
      auditkit show GFT
      auditkit show GFT-02
    """
    from auditkit.catalogue import load_catalogue, parameters_of
    from auditkit.console import key_values, out
    from auditkit.query import parameters_used
    from auditkit.selection import Selection

    project = projects.load(projects.find(where.resolve()))
    catalogue = load_catalogue(project.controls)
    selection = Selection.of(catalogue, (identifier,))
    control = selection.controls[0]
    values = parameters_of(catalogue, project)[control.id]
    console = out()
    if identifier.upper() == control.id:
        _show_control(console, control, values)
    else:
        for figure in (each for each in control.figures if each.id == identifier.upper()):
            console.print(key_values(_figure_rows(catalogue, figure)))
            console.print()
            console.print(catalogue.views[figure.query].statement.text.rstrip(), markup=False, soft_wrap=True)
        for attribute in selection.attributes:
            used = parameters_used(catalogue, attribute.statement)
            own = {name: value for name, value in values.items() if name in used}
            _show_attribute(console, control, attribute, own)


def _show_control(console: Console, control: Control, values: dict[str, ParameterValue]) -> None:
    from auditkit.console import key_values, plain_table

    console.print(
        key_values(
            [
                ("Control", f"{control.id}  {control.title}  (version {control.version})"),
                ("Objective", control.objective),
                ("Risk", control.risk),
                *((f"Criterion {c.id}", f"{c.text} [{c.place}]") for c in control.criteria),
                ("Owner", control.owner),
                *(
                    (f"Population {p.name}", f"{p.title}; one item per {', '.join(p.grain)}")
                    for p in control.populations.values()
                ),
                *((f"Measure {m.id}", f"{m.title}: {m.definition}") for m in control.figures),
                *(_duty(control.attestation) if control.attestation else ()),
                ("Self-review threat", control.self_review_threat or "none declared"),
                ("Confidentiality", "restricted" if control.restricted else "normal"),
            ]
        )
    )
    console.print()
    console.print("Parameters", style="bold")
    console.print(key_values([(name, _said(value)) for name, value in values.items()]))
    console.print()
    if not control.attributes:
        return
    console.print(
        plain_table(
            ("Attribute", "Severity", "What is tested"), [(a.id, a.severity, a.title) for a in control.attributes]
        )
    )


def _duty(duty: Duty) -> list[tuple[str, str]]:
    """Return what an attested control asks of its owner."""
    return [
        ("Attested", duty.statement),
        ("Evidence", duty.evidence),
        ("Valid for", f"{duty.valid_days} days at the most"),
    ]


def _figure_rows(catalogue: Catalogue, figure: Measure | RollForward) -> list[tuple[str, str]]:
    view = catalogue.views[figure.query]
    rows = [("Figure", f"{figure.id}  {figure.title}"), ("Definition", figure.definition)]
    if isinstance(figure, Measure):
        rows += [("Numerator", figure.numerator or "-"), ("Denominator", figure.denominator)]
        rows += [("Unit", figure.unit), ("Better", figure.direction)]
        if figure.breakdown:
            rows.append((figure.breakdown.title, ", ".join(figure.breakdown.values)))
    rows.append(("Release", figure.release or "as the control"))
    rows.append(("Cases", "\n".join(case.name for case in view.cases) or "none"))
    return [*rows, ("File", view.statement.shown)]


def _said(value: ParameterValue) -> str:
    """Return a parameter's value with who set it, and where its default comes from."""
    default = f" (default: {value.parameter.default})" if value.changed else ""
    set_by = "" if value.origin == "default" else f"; set by {value.origin}"
    if value.approved_by:
        set_by += f", approved by {value.approved_by}: {value.reason}"
    unit = f" {value.parameter.unit}" if value.parameter.unit else ""
    return f"{value.text}{unit}{default}{set_by}\nDefault: {value.parameter.source_of_default}"


def _show_attribute(
    console: Console, control: Control, attribute: Attribute, values: dict[str, ParameterValue]
) -> None:
    from auditkit.console import key_values

    reads: dict[str, list[str]] = {}
    for table, column in sorted(attribute.reads):
        reads.setdefault(table, []).extend([column] if column and not column.startswith("_") else [])
    console.print(
        key_values(
            [
                ("Attribute", f"{attribute.id}  {attribute.title}"),
                ("Severity", attribute.severity),
                ("Population", control.populations[attribute.population].title),
                *(
                    (f"Criterion {c}", f"{control.criterion(c).text} [{control.criterion(c).place}]")
                    for c in attribute.criteria
                ),
                ("Message", attribute.message),
                ("Not a problem when", attribute.not_a_problem_when),
                *((f"Parameter {name}", _said(value)) for name, value in values.items()),
                *((f"Reads {table}", ", ".join(columns)) for table, columns in reads.items()),
                *((f"Without {name}", effect) for name, effect in attribute.optional.items()),
                ("Cases", "\n".join(case.name for case in attribute.cases)),
                ("Files", f"{attribute.shown}, {attribute.statement.shown}"),
            ]
        )
    )
    console.print()
    console.print(attribute.statement.text.rstrip(), markup=False, soft_wrap=True)
