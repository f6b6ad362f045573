"""
What a signature on a control is bound to: digests of its data, its definition, its parameters and people's decisions.

A person signs what a workbook shows them. Whatever of it changes afterwards changes one of the four digests, and the
signature no longer holds. Neither the run's id nor its time is part of them: the same work need not be signed twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import query
from auditkit.journal import Journal

if TYPE_CHECKING:
    from auditkit.control import Catalogue, Control
    from auditkit.extract import Extracts
    from auditkit.parameter import ParameterValue
    from auditkit.result import AttributeResult, ControlResult

LENGTH = 16  # hexadecimal digits of each part: enough against a second text made to fit, short enough for a cell
SHAPE = "data-control-parameters-dispositions"
# Records about a finding that say what is to be done; a change of them changes what was signed.
PEOPLES_OWN = ("finding", "action")


@dataclass(frozen=True, slots=True)
class Ground:
    """The four digests that a signature on one control is bound to; `str` gives them as a sheet shows them."""

    data: str
    control: str
    parameters: str
    dispositions: str = ""

    def __str__(self) -> str:
        return "-".join(astuple(self))

    @classmethod
    def read(cls, text: str) -> Ground | None:
        """Return the ground that `text` shows, None if it shows none."""
        parts = str(text).split("-")
        return cls(*parts) if len(parts) == len(SHAPE.split("-")) else None

    def changed_since(self, earlier: Ground) -> tuple[str, ...]:
        """Return which of data, control, parameters and dispositions are not what they were."""
        pairs = zip(SHAPE.split("-"), astuple(self), astuple(earlier), strict=True)
        return tuple(name for name, now, before in pairs if now != before)

    def decided(self, journal: Journal, control: str) -> Ground:
        """Return the ground with what people decided, so far, about the control."""
        return replace(self, dispositions=decisions(journal, control))


def ground(
    catalogue: Catalogue,
    result: ControlResult,
    parameters: Iterable[ParameterValue],
    extracts: Extracts,
    mappings: Path,
) -> Ground:
    """
    Return what of one control's results is to be signed, before anybody has decided about an item.

    Data: results and counts, and the files that feed the tables the control reads, with their mappings. Control: its
    files, the shared queries and the contracts of what it reads. Parameters: the values of the run.
    """
    control = result.control
    tables = {table for attribute in control.attributes for table, _ in attribute.reads}
    tables |= {population.source for population in control.populations.values() if population.source}
    return Ground(
        data=_digest({"results": _results(result), "files": _files(tables, extracts, mappings)}),
        control=_digest(rules(catalogue, control) | _contracts(catalogue, tables)),
        parameters=_digest({v.parameter.name: v.text for v in parameters if v.control_id == control.id}),
    )


def decisions(journal: Journal, control: str) -> str:
    """
    Return a digest of what people decided about a control: dispositions of its exceptions, their findings and actions.

    What the control's owner attested belongs to it. Nothing decided has a digest, too.
    """
    decided = dispositions(journal, control)
    shown: dict[str, Any] = {id_: _said(content) for id_, content in decided.items()}
    findings = {str(content["finding"]) for content in decided.values() if content.get("finding")}
    for kind in PEOPLES_OWN:
        for key, record in journal.latest(kind).items():
            if key in findings or str(record.content.get("finding", "")) in findings:
                shown[f"{kind} {key}"] = _said(record.content)
    attested = journal.latest("attestation").get(control)
    if attested is not None:
        shown["attestation"] = _said(attested.content)
    return _digest(shown)


def dispositions(journal: Journal, control: str) -> dict[str, Mapping[str, Any]]:
    """Return the last disposition of every exception of the control, by the exception's id."""
    latest = journal.latest("disposition")
    return {id_: record.content for id_, record in latest.items() if record.content.get("control") == control}


def _said(content: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in content.items() if value not in (None, "")}


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:LENGTH]


def _results(result: ControlResult) -> dict[str, Any]:
    return {a.attribute.id: _result(a) for population in result.populations for a in population.attributes}


def _result(result: AttributeResult) -> list[Any]:
    counts = result.counts
    figures = (counts.population, counts.passed, counts.exceptions, counts.review, counts.not_tested)
    return [result.digest, *figures, counts.not_applicable, list(result.not_concluded)]


def _files(tables: set[str], extracts: Extracts, mappings: Path) -> dict[str, list[str]]:
    return {
        extract.path: [extract.sha256, _of_file(mappings / Path(extract.mapping).name) if extract.mapping else ""]
        for extract in extracts.loaded
        if any(part.entity in tables for part in extract.entities)
    }


def rules(catalogue: Catalogue, control: Control) -> dict[str, str]:
    """
    Return the hash of every file of rules that decides what the control says: its own, and the shared queries.

    Translations decide nothing; who signs reads the English text.
    """
    paths = {path for kind in ("*.sql", "*.yml") for path in control.path.parent.glob(kind)}
    paths.update(catalogue.views[name].statement.path for name in _queries(catalogue, control))
    return _sums(catalogue, paths)


def _contracts(catalogue: Catalogue, tables: set[str]) -> dict[str, str]:
    entities = (catalogue.model.entities[name] for name in tables if name in catalogue.model.entities)
    return _sums(catalogue, {entity.path for entity in entities if entity.path is not None})


def _sums(catalogue: Catalogue, paths: set[Path]) -> dict[str, str]:
    return {path.relative_to(catalogue.folder).as_posix(): _of_file(path) for path in sorted(paths)}


def _queries(catalogue: Catalogue, control: Control) -> set[str]:
    """Return the views that the control's attributes, populations, statistics and blocks need."""
    names = {population.view for population in control.populations.values()}
    names |= {statistic.input for statistic in control.statistics} | {block.query for block in control.board}
    found = set(names)
    for name in names & set(catalogue.views):
        found.update(query.needed(catalogue, catalogue.views[name].statement))
    for attribute in control.attributes:
        found.update(query.needed(catalogue, attribute.statement))
    return found & set(catalogue.views)


def _of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
