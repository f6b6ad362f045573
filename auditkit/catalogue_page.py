"""The catalogue of controls as a page to read: what is tested, how, with which limits, and what does not count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlglot import exp

from auditkit import query
from auditkit.attestation import Duty
from auditkit.control import Attribute, Case, Catalogue, Control
from auditkit.measure import Measure
from auditkit.parameter import ParameterValue
from auditkit.roll_forward import RollForward
from auditkit.wording import in_unit, plural, reason

HEAD = """# Catalogue of controls

What is tested, attribute by attribute. This page is written by `auditkit catalogue` from the control files, with the
limits of this project in bold; a check keeps it true.
"""
CROSSED = {"max_allowed": "crossed above it", "trigger_at": "crossed on it and above"}
NOT_APPLICABLE = re.compile(r"NOT_APPLICABLE:([a-z0-9_]+)")


def page(catalogue: Catalogue, values: Mapping[str, Mapping[str, ParameterValue]], currency: str) -> str:
    """Return the page as Markdown; `values` holds the parameters by control and name as a run would bind them."""
    parts = [HEAD, _contents(catalogue)]
    for control in catalogue.controls:
        parts.append(_control(control))
        parts += [_figure(figure) for figure in control.figures]
        parts += [_attribute(catalogue, control, item, values[control.id], currency) for item in control.attributes]
    return "\n".join(parts)


def _contents(catalogue: Catalogue) -> str:
    rows = [
        f"| [{control.id}](#{_anchor(control)}) | {_cell(control.title)} | {_what(control)} | {_cell(control.owner)} |"
        for control in catalogue.controls
    ]
    return "\n".join(["| Control | Title | How | Owner |", "|---|---|---|---|", *rows, ""])


def _what(control: Control) -> str:
    """Return how a control is looked at, and at how many places."""
    if control.attestation is not None:
        return "attested"
    if control.figures:
        return f"{plural(len(control.figures), 'figure')} measured"
    return f"{plural(len(control.attributes), 'attribute')} tested"


def _figure(figure: Measure | RollForward) -> str:
    lines = [f"### {figure.id} {figure.title}", "", _prose(figure.definition), ""]
    if isinstance(figure, Measure):
        lines.append(f"- Numerator: {_prose(figure.numerator)}" if figure.numerator else f"- {figure.unit}, a median")
        lines.append(f"- Denominator: {_prose(figure.denominator)}")
        if figure.breakdown:
            lines.append(f"- {_prose(figure.breakdown.title)}: {', '.join(figure.breakdown.values)}")
    else:
        lines += [f"- {_prose(figure.words(column))}" for column in figure.columns]
    if figure.release:
        lines.append("- Shown to the board with small counts masked")
    return _joined(lines)


def _duty(duty: Duty) -> list[str]:
    return [
        "",
        f"**Attested.** {_prose(duty.statement)}",
        "",
        f"**Evidence.** {_prose(duty.evidence)}. Valid for {plural(duty.valid_days, 'day')} at the most.",
    ]


def _anchor(control: Control) -> str:
    words = re.sub(r"[^\w\s-]", "", f"{control.id} {control.title}".lower())
    return re.sub(r"\s", "-", words)


def _control(control: Control) -> str:
    apart = "Restricted: results stand only in the restricted edition." if control.restricted else ""
    lines = [
        f"## {control.id} {control.title}",
        "",
        _prose(control.objective),
        "",
        f"**Why it matters.** {_prose(control.risk)}",
        "",
        f"**Self-review threat.** {_prose(control.self_review_threat)}" if control.self_review_threat else "",
        apart,
        "**Criteria.**",
        "",
        *(f"- `{item.id}`: {_prose(item.text)} ({_prose(item.place)})" for item in control.criteria),
        *(_duty(control.attestation) if control.attestation else ()),
    ]
    return _joined(lines)


def _attribute(
    catalogue: Catalogue, control: Control, attribute: Attribute, values: Mapping[str, ParameterValue], currency: str
) -> str:
    population = control.populations[attribute.population]
    used = query.parameters_used(catalogue, attribute.statement)
    limits = [_limit(value, currency) for name, value in values.items() if name in used]
    example = next((case for case in attribute.cases if "EXCEPTION" in case.expect), None)
    excluded = [f"- {reason(code)}" for code in _exclusions(attribute)]
    lines = [
        f"### {attribute.id} {attribute.title}",
        "",
        f"Severity {attribute.severity}. Criteria: {', '.join(f'`{name}`' for name in attribute.criteria)}.",
        "",
        f"**Methodology.** Every item of: {_prose(population.title)} (one per {', '.join(population.grain)}). "
        f"{_comment(attribute)}",
        "",
        *limits,
        "",
        *(_example(example) if example else ()),
        f"**Not a problem when.** {_prose(attribute.not_a_problem_when)}",
        "",
        "**Does not apply where**" if excluded else "",
        "",
        *excluded,
        "",
        *_absences(attribute),
    ]
    return _joined(lines)


def _absences(attribute: Attribute) -> Iterator[str]:
    """Yield what is seen less where optional data was not delivered, folded away: it is long and seldom asked."""
    if attribute.optional:
        yield from ("<details><summary>Without some of the data</summary>", "")
        yield from (f"- `{name}`: {_prose(effect)}" for name, effect in attribute.optional.items())
        yield from ("", "</details>")


def _limit(value: ParameterValue, currency: str) -> str:
    shown = in_unit(value.text, value.parameter.unit, currency) or "empty"
    kind = CROSSED.get(value.parameter.limit_kind or "", "")
    default = f"; default {in_unit(value.parameter.default, value.parameter.unit, currency)}" if value.changed else ""
    return (
        f"- {_prose(value.parameter.title)}: **{_prose(shown)}**{', ' + kind if kind else ''}{default} "
        f"(`{value.parameter.name}`)"
    )


def _comment(attribute: Attribute) -> str:
    """Return what the comment on top of the SQL says, without the id and title it may begin with."""
    lines = []
    for line in attribute.statement.text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.lstrip("- ").strip())
    text = " ".join(lines)
    for known in (attribute.id, attribute.title):
        text = text.removeprefix(known).lstrip(" .")
    return text


def _exclusions(attribute: Attribute) -> Iterator[str]:
    found = {literal.name for literal in attribute.statement.tree.find_all(exp.Literal) if literal.is_string}
    yield from sorted({match[1] for name in found if (match := NOT_APPLICABLE.fullmatch(name))})


def _example(case: Case) -> Iterator[str]:
    limits = ", ".join(f"{name} = {text}" for name, text in case.parameters.items())
    yield f"**Example.** {_prose(case.name[:1].upper() + case.name[1:])}{f' ({limits})' if limits else ''}."
    yield from ("", "```text")
    for entity, rows in case.given.items():
        yield f"{entity}:"
        yield from (f"  {line}".rstrip() for line in rows.strip().splitlines())
    yield "result:"
    yield from (f"  {line}".rstrip() for line in case.expect.strip().splitlines())
    yield from ("```", "")


def _prose(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _prose(text).replace("|", "\\|")


def _joined(lines: list[str]) -> str:
    """Return the lines with single blank ones between paragraphs, and one at the end."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"
