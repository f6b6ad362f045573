"""How much a limit decides: one attribute tested with several values of one parameter, over the same extracts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditkit import private
from auditkit.catalogue import load_catalogue, parameters_of
from auditkit.control import Attribute, Catalogue
from auditkit.errors import ControlError
from auditkit.parameter import ParameterValue
from auditkit.performance import Performance, Performed, told
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.query import parameters_used
from auditkit.result import Counts
from auditkit.selection import Selection


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What one value comes to: the counts, and how many exceptions it adds to and takes from those of the value in force.

    `not_concluded` holds the reasons why nothing may be concluded with this value (empty: concluded).
    """

    text: str
    in_force: bool
    counts: Counts
    added: int
    dropped: int
    not_concluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The trials of one parameter of one attribute in one quarter, in the order in which they were asked for."""

    attribute: Attribute
    value: ParameterValue
    quarter: str
    trials: tuple[Trial, ...]


def measure(
    project: Project, attribute_id: str, parameter: str, texts: Sequence[str], quarter: str | None, progress: Progress
) -> Sensitivity:
    """
    Test the attribute with each of `texts` as the parameter's value; the value in force is tested with them.

    Raises ControlError for a parameter that does not decide the attribute, a value that it does not take, and a
    restricted attribute: what comes of it may stand in the restricted edition only.
    """
    catalogue = load_catalogue(project.controls)
    attribute = _attribute(catalogue, attribute_id)
    selection = Selection.of(catalogue, (attribute.id,))
    in_force = parameters_of(catalogue, project)
    value = _value(catalogue, attribute, in_force[attribute.control_id], parameter)
    asked = list(dict.fromkeys([*(_with(value, text) for text in texts), value]))
    values = sorted(asked, key=lambda each: each != value)  # the value in force first: the others are held against it
    variants = [
        {**in_force, attribute.control_id: {**in_force[attribute.control_id], parameter: each}} for each in values
    ]
    period = project.period(quarter)
    found: list[tuple[Performed, frozenset[str]]] = []
    with told(project.root), private.temporary() as folder:
        performance = Performance(
            *(project, period, catalogue, selection, in_force, False, {}, folder, progress)  # nothing restricted
        )
        for performed in performance.perform_each(variants):
            with performance.finished() as connection:
                rows = connection.execute("SELECT item FROM outstanding_item WHERE result = 'EXCEPTION'").fetchall()
            found.append((performed, frozenset(row[0] for row in rows)))
    known = found[0][1]
    trials = {
        each: _trial(each.text, each == value, performed, exceptions - known, known - exceptions)
        for each, (performed, exceptions) in zip(values, found, strict=True)
    }
    return Sensitivity(attribute, value, period.label, tuple(trials[each] for each in asked))


def _attribute(catalogue: Catalogue, identifier: str) -> Attribute:
    found = next((item for item in catalogue.attributes if item.id == identifier.upper()), None)
    if found is None:
        known = ", ".join(item.id for item in catalogue.attributes)
        raise ControlError(f"{identifier!r} is no attribute", hint=f"attributes: {known}")
    if catalogue.control(found.control_id).restricted:
        hint = "change the parameter under [[parameters]] in auditkit.toml and read the restricted edition of a run"
        raise ControlError(f"{found.id} is restricted: its results stand in the restricted edition only", hint=hint)
    return found


def _value(
    catalogue: Catalogue, attribute: Attribute, values: dict[str, ParameterValue], parameter: str
) -> ParameterValue:
    used = sorted(parameters_used(catalogue, attribute.statement) & values.keys())
    if parameter not in used:
        hint = f"parameters of {attribute.id}: {', '.join(used)}" if used else f"{attribute.id} has no parameter"
        raise ControlError(f"{parameter!r} does not decide {attribute.id}", hint=hint)
    value = values[parameter]
    return replace(value, text=value.text.strip())


def _with(value: ParameterValue, text: str) -> ParameterValue:
    try:
        same = value.parameter.read(text) == value.value
    except ValueError as error:
        hint = f"{value.parameter.name} is a value of type {value.parameter.type}"
        raise ControlError(f"{value.control_id}.{value.parameter.name}: {error}", hint=hint) from None
    return value if same and text.strip() == value.text else replace(value, text=text.strip(), origin="trial")


def _trial(text: str, in_force: bool, performed: Performed, added: frozenset[str], dropped: frozenset[str]) -> Trial:
    (result,) = (a for control in performed.controls for p in control.populations for a in p.attributes)
    return Trial(text, in_force, result.counts, len(added), len(dropped), result.not_concluded)
