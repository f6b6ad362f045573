"""Measured figures and attestations as rows: the same for terminal, JSON, workbooks and later quarters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditkit.measure import Measure
from auditkit.programme import Programme, ShownControl, ShownFigure
from auditkit.roll_forward import RollForward

UNITS = {"percent": "%", "per_100": "per 100", "days": "days"}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """
    One row of a figure as it may be shown: `name` is what is counted, a category or a line of a roll-forward.

    `number` and `whole` are counts or the words that stand for them, `value` the figure itself; `why` says why there
    is none.
    """

    control: str
    id: str
    title: str
    name: str
    number: int | str | None
    whole: int | str | None
    value: Decimal | str | None
    unit: str = ""
    why: str = ""

    @property
    def said(self) -> str:
        """The value with its unit, or the words that stand for it."""
        if self.why:
            return f"not measured: {self.why}"
        if isinstance(self.value, Decimal):
            number = f"{self.value:,.0f}" if self.unit == "days" else f"{self.value:,.2f}"
            return f"{number} {UNITS.get(self.unit, '')}".strip()
        return self.value or ""


def rows_of(control: ShownControl, shown: ShownFigure) -> Iterator[FigureRow]:
    """Yield the rows of one figure, one that is not measured included."""
    figure = shown.figure
    unit = figure.unit if isinstance(figure, Measure) else ""
    if shown.not_measured:
        words = figure.numerator if isinstance(figure, Measure) else ""
        yield FigureRow(
            control.control.id, figure.id, figure.title, words, None, None, None, unit, why=str(shown.not_measured)
        )
        return
    if isinstance(figure, RollForward):
        for column, number in shown.numbers.items():
            yield FigureRow(control.control.id, figure.id, figure.title, figure.words(column), number, None, None)
        return
    for row in shown.rows:
        name = row.category.replace("_", " ") or figure.numerator
        yield FigureRow(
            *(control.control.id, figure.id, figure.title, name, row.numerator, row.denominator, row.value, unit)
        )


def measured(programme: Programme) -> list[dict[str, Any]]:
    """Return what was measured for machines: one entry per figure, with its rows as they may be shown."""
    found = []
    for control in programme.shown:
        if control.line:
            found.append({"control": control.control.id, "title": control.control.title, "line": control.line})
        for shown in control.figures:
            figure = shown.figure
            entry: dict[str, Any] = {"control": control.control.id, "figure": figure.id, "title": figure.title}
            if shown.not_measured:
                entry["not_measured"] = str(shown.not_measured)
            elif isinstance(figure, RollForward):
                entry |= {"numbers": dict(shown.numbers), "ties": shown.ties}
            else:
                entry["unit"] = figure.unit
                entry["rows"] = [
                    {
                        "category": row.category,
                        "numerator": row.numerator,
                        "denominator": row.denominator,
                        "value": str(row.value),
                    }
                    for row in shown.rows
                ]
            found.append(entry)
    return found


def attested(programme: Programme) -> list[dict[str, Any]]:
    """Return the attested controls with their state, for machines and for the sheet that people fill in."""
    return [
        {
            "control": each.control.id,
            "title": each.control.title,
            "owner": each.control.owner,
            "statement": each.duty.statement,
            "evidence": each.duty.evidence,
            "valid_days": each.duty.valid_days,
            "state": each.state,
            "attested_by": each.attested_by,
            "attested_on": each.attested_on.isoformat() if each.attested_on else None,
            "evidence_ref": each.evidence_ref,
            "expires_on": each.expires_on.isoformat() if each.expires_on else None,
            "remark": each.remark,
        }
        for each in programme.attested
    ]


def terminal(programme: Programme) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the rows of the terminal's tables of measured figures (id, figure, number, of, value) and attestations."""
    figures: list[tuple[str, ...]] = []
    for control in programme.shown:
        if control.line:
            figures.append((control.control.id, control.control.title, "-", "-", control.line))
        for shown in control.figures:
            if isinstance(shown.figure, Measure) and shown.figure.breakdown and not shown.not_measured:
                continue
            for row in rows_of(control, shown):
                title = row.name if isinstance(shown.figure, RollForward) and row.name else row.title
                figures.append((row.id, title, _count(row.number), _count(row.whole), row.said or "-"))
    vouched: list[tuple[str, ...]] = [
        (each.control.id, each.control.title, each.state, str(each.expires_on or "-"), each.control.owner)
        for each in programme.attested
    ]
    return figures, vouched


def _count(value: int | str | None) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else value
