"""All cases of a controls folder, for `auditkit test` and for pytest: the same cases, the same ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rich.table import Table
from rich.text import Text

from auditkit.adequacy import Gap, gaps, readers_of, view_gaps
from auditkit.case import Bench, CaseResult, Row, run_attribute_case, run_view_case
from auditkit.catalogue import load_catalogue
from auditkit.control import Attribute, Case, Catalogue, View
from auditkit.errors import ControlError
from auditkit.selection import Selection


@dataclass(frozen=True, slots=True)
class Suite:
    """The chosen attributes and views with one bench to run their cases on."""

    catalogue: Catalogue
    attributes: tuple[Attribute, ...]
    views: tuple[View, ...]
    bench: Bench

    @classmethod
    def of(cls, folder: Path, words: tuple[str, ...] = ()) -> Self:
        """Return the suite of the controls folder, narrowed to controls, attributes, severities or views."""
        catalogue = load_catalogue(folder)
        views = tuple(view for view in catalogue.views.values() if view.cases)
        if not words:
            return cls(catalogue, catalogue.attributes, views, Bench(catalogue))
        named = tuple(view for view in catalogue.views.values() if view.name in words)
        others = tuple(word for word in words if word not in {view.name for view in named})
        selection = Selection.of(catalogue, others) if others else None
        attributes = selection.attributes if selection else ()
        measured = {control.id for control in selection.controls if control.figures} if selection else set()
        named += tuple(view for view in views if view.control_id in measured)
        if not attributes and not any(view.cases for view in named):
            raise ControlError(f"no cases for {', '.join(words)}")
        return cls(catalogue, attributes, named, Bench(catalogue))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.bench.close()

    @property
    def owners(self) -> tuple[Attribute | View, ...]:
        """Attributes, then views."""
        return self.attributes + self.views

    @property
    def count(self) -> int:
        """The number of cases."""
        return sum(len(owner.cases) for owner in self.owners)

    def pairs(self) -> Iterator[tuple[Attribute | View, Case]]:
        """Yield every owner with each of its cases."""
        for owner in self.owners:
            for case in owner.cases:
                yield owner, case

    def run(self, owner: Attribute | View, case: Case) -> CaseResult:
        """Run one case."""
        if isinstance(owner, View):
            return run_view_case(self.bench, owner, case)
        return run_attribute_case(self.bench, owner, self.catalogue.population(owner), case)

    def results(self) -> Iterator[CaseResult]:
        """Run every case."""
        for owner, case in self.pairs():
            yield self.run(owner, case)

    def gaps(self) -> Iterator[Gap]:
        """
        Yield what the cases would not notice in the attributes, and in the views.

        A view is judged where everything that reads it is chosen, since any of those cases may be the one that notices.
        The views of measures are read by no attribute: their own cases must notice.
        """
        for attribute in self.attributes:
            yield from gaps(self.bench, attribute, self.catalogue.control(attribute.control_id))
        readers = {view.name: readers_of(self.catalogue, view) for view in self.catalogue.views.values()}
        measured = {control.id for control in self.catalogue.controls if control.figures}
        judged = [
            view
            for view in self.catalogue.views.values()
            if _among(self.attributes, readers[view.name])
            or (view.control_id in measured and not readers[view.name] and (view in self.views or not view.cases))
        ]
        yield from view_gaps(self.bench, judged, self.attributes)

    @staticmethod
    def difference(result: CaseResult) -> Table | Text:
        """Return expected and actual rows side by side, rows that differ marked."""
        if result.failed is not None:
            return Text("  " + result.failed)
        table = Table(box=None, pad_edge=True, header_style="bold")
        for title in ("", "expected", "actual"):
            table.add_column(title, overflow="fold")
        table.add_row("", ", ".join(result.columns), ", ".join(result.columns))
        common = set(result.expected) & set(result.actual)
        rows = [row for row in result.expected if row in common]
        for row in rows:
            table.add_row("", Text(_line(row)), Text(_line(row)))
        for left, right in _paired(result, common):
            table.add_row("!", Text(_line(left)), Text(_line(right)))
        return table


def _paired(result: CaseResult, common: set[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Yield the rows that differ, expected beside actual where both begin with the same item; None where one lacks."""
    others = [row for row in result.actual if row not in common]
    for left in (row for row in result.expected if row not in common):
        right = next((row for row in others if row[:1] == left[:1]), None)
        if right is not None:
            others.remove(right)
        yield left, right
    for right in others:
        yield None, right


def _among(chosen: tuple[Attribute, ...], readers: tuple[Attribute, ...]) -> bool:
    return bool(readers) and {attribute.id for attribute in readers} <= {attribute.id for attribute in chosen}


def _line(row: tuple[str | None, ...] | None) -> str:
    return "-" if row is None else ", ".join("" if cell is None else str(cell) for cell in row)
