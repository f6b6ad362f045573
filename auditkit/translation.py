"""
The texts of a control in other languages: `translations/LANGUAGE.yml` beside its control.yml.

The keys are those of the control's own files. What a translation leaves out stands in the control's own words, and
the edition says how many texts these are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditkit.attestation import Attestation
from auditkit.control import Attribute, BoardBlock, Control, Criterion, Population, Translation
from auditkit.document import Document, fields, load
from auditkit.errors import ControlError
from auditkit.label import SOURCE, Labels, languages
from auditkit.measure import Measure
from auditkit.parameter import Parameter
from auditkit.programme import Figure, ShownControl, ShownFigure
from auditkit.reason import Reason
from auditkit.result import AttributeResult, ControlResult, PopulationResult, Run, TableResult

FOLDER = "translations"
TEXTS = ("title", "objective", "self_review_threat", "owner")
LISTS = ("populations", "criteria", "attributes", "headings", "codes", "attestation")  # name: text
KEYS = (*TEXTS, *LISTS, "parameters", "figures", "board")
# What the board sees of controls that are not tested in the open; a missing text that nobody sees is not told.
OF_RESTRICTED: tuple[str, ...] = ("title", "self_review_threat")
OF_MEASURED: tuple[str, ...] = ("title", "objective", "self_review_threat", "figures", "headings")
OF_ATTESTED: tuple[str, ...] = ("title", "owner", "attestation")
PARAMETER_KEYS = ("title", "unit")
BLOCK_KEYS = ("title", "note", "columns", "values")


def read(control: Control) -> dict[str, Translation]:
    """Return the translations of a control by language; raises ControlError with file and line."""
    root = control.path.parents[len(Path(control.shown).parts) - 1]
    found = {}
    for path in sorted((control.path.parent / FOLDER).glob("*.yml")):
        document = load(path, ControlError, root=root)
        if path.stem not in languages():
            hint = f"languages that have labels: {', '.join(languages())}"
            raise document.error(f"there are no labels in the language {path.stem!r}", hint=hint)
        found[path.stem] = _translation(document, control)
    return found


def _translation(document: Document, control: Control) -> Translation:
    data = fields(document, document.data, known=KEYS)
    names: dict[str, Any] = {
        "populations": control.populations,
        "criteria": [criterion.id for criterion in control.criteria],
        "attributes": [attribute.id for attribute in control.attributes],
        "headings": {figure.block for figure in control.figures},
        "attestation": ("statement", "evidence") if control.attestation else (),
    }
    texts = {key: _text(document, data[key], key) for key in TEXTS if key in data}
    lists = {key: _texts(document, data.get(key), names.get(key), key) for key in LISTS}
    parameters = fields(document, data.get("parameters") or {}, "parameters", known=control.parameters)
    own = {figure.id: _of_figure(figure) for figure in control.figures}
    figures = fields(document, data.get("figures") or {}, "figures", known=own)
    blocks = {block.id: block for block in control.board}
    board = fields(document, data.get("board") or {}, "board", known=blocks)
    return Translation(
        texts=texts,
        parameters={name: _item(document, parameters[name], PARAMETER_KEYS, "parameters", name) for name in parameters},
        figures={name: _item(document, figures[name], tuple(own[name]), "figures", name) for name in figures},
        board={
            name: _item(document, board[name], BLOCK_KEYS[:2], "board", name, also=BLOCK_KEYS[2:]) for name in board
        },
        columns={
            name: _texts(
                document, board[name].get("columns"), [c.name for c in blocks[name].columns], "board", name, "columns"
            )
            for name in board
        },
        values={name: _texts(document, board[name].get("values"), None, "board", name, "values") for name in board},
        **lists,
    )


def _of_figure(figure: Figure) -> dict[str, str]:
    """Return the texts of a figure by the keys of its translation; a movement's key is its column."""
    texts = {"title": figure.title, "definition": figure.definition}
    if isinstance(figure, Measure):
        return texts | {"numerator": figure.numerator, "denominator": figure.denominator}
    return texts | {"opening": figure.opening, "closing": figure.closing, **figure.plus, **figure.minus}


def _item(
    document: Document, entry: object, keys: tuple[str, ...], *where: str, also: tuple[str, ...] = ()
) -> dict[str, str]:
    item = fields(document, entry, *where, known=(*keys, *also))
    return {key: _text(document, item[key], *where, key) for key in keys if key in item}


def _texts(document: Document, entry: object, known: Any, *where: str) -> dict[str, str]:
    """Return texts by name; `known` are the names there may be, None for any."""
    data = entry or {}
    if isinstance(data, dict) and known is None:
        known = data
    item = fields(document, data, *where, known=known or ())
    return {str(key): _text(document, value, *where, key) for key, value in item.items()}


def _text(document: Document, value: object, *where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        hint = "write it as text, in quotes where it could be read as something else"
        raise document.error(f"{'.'.join(map(str, where))} is {value!r}", *where, hint=hint)
    return " ".join(value.split())


@dataclass(slots=True)
class _Into:
    """One control on its way into a language; `missing` are the texts that have no translation."""

    control: Control
    translation: Translation
    missing: set[tuple[str, ...]]

    def text(self, found: Mapping[str, str], key: str, own: str, *where: str) -> str:
        """Return the translated text, or the control's own, which is then counted as missing."""
        if own and key not in found:
            self.missing.add((self.control.id, *where, key))
        return found.get(key, own)

    def translated(self) -> Control:
        control, texts = self.control, self.translation.texts
        return replace(
            control,
            title=self.text(texts, "title", control.title),
            objective=self.text(texts, "objective", control.objective),
            self_review_threat=self.text(texts, "self_review_threat", control.self_review_threat),
            owner=texts.get("owner", control.owner),
            codes=self.translation.codes,
            populations={name: self.population(each) for name, each in control.populations.items()},
            parameters={name: self.parameter(each) for name, each in control.parameters.items()},
            criteria=tuple(self.criterion(each) for each in control.criteria),
            attributes=tuple(self.attribute(each) for each in control.attributes),
            board=tuple(self.block(each) for each in control.board),
        )

    def population(self, own: Population) -> Population:
        return replace(own, title=self.text(self.translation.populations, own.name, own.title, "populations"))

    def criterion(self, own: Criterion) -> Criterion:
        return replace(own, text=self.text(self.translation.criteria, own.id, own.text, "criteria"))

    def attribute(self, own: Attribute) -> Attribute:
        title = self.text(self.translation.attributes, own.id, own.title, "attributes")
        return replace(own, title=title)

    def parameter(self, own: Parameter) -> Parameter:
        found = self.translation.parameters.get(own.name, {})
        title = self.text(found, "title", own.title, "parameters", own.name)
        return replace(own, title=title, unit=found.get("unit", own.unit))

    def block(self, own: BoardBlock) -> BoardBlock:
        found = self.translation.board.get(own.id, {})
        columns = self.translation.columns.get(own.id, {})
        return replace(
            own,
            title=self.text(found, "title", own.title, "board", own.id),
            note=self.text(found, "note", own.note, "board", own.id),
            columns=tuple(
                replace(column, title=self.text(columns, column.name, column.title, "board", own.id, "columns"))
                for column in own.columns
            ),
        )

    def figure(self, own: Figure) -> Figure:
        found = self.translation.figures.get(own.id, {})
        texts = {key: self.text(found, key, text, "figures", own.id) for key, text in _of_figure(own).items()}
        heading = self.text(self.translation.headings, own.block, own.block, "headings")
        if isinstance(own, Measure):
            return replace(
                own,
                block=heading,
                title=texts["title"],
                definition=texts["definition"],
                numerator=texts["numerator"],
                denominator=texts["denominator"],
            )
        return replace(
            own,
            block=heading,
            title=texts["title"],
            definition=texts["definition"],
            opening=texts["opening"],
            closing=texts["closing"],
            plus={name: texts[name] for name in own.plus},
            minus={name: texts[name] for name in own.minus},
        )

    def shown(self, own: ShownControl) -> ShownControl:
        return replace(own, control=self.translated(), figures=tuple(self.shown_figure(each) for each in own.figures))

    def shown_figure(self, own: ShownFigure) -> ShownFigure:
        figure, why = self.figure(own.figure), own.not_measured
        if why is not None and why.code == "no_denominator" and isinstance(figure, Measure):
            why = Reason.no_denominator(figure.denominator)
        return replace(own, figure=figure, not_measured=why)

    def attested(self, own: Attestation) -> Attestation:
        texts, duty = self.translation.attestation, own.duty
        statement = self.text(texts, "statement", duty.statement, "attestation")
        evidence = self.text(texts, "evidence", duty.evidence, "attestation")
        self.text(self.translation.texts, "owner", own.control.owner)
        return replace(own, control=self.translated(), duty=replace(duty, statement=statement, evidence=evidence))

    def result(self, own: ControlResult) -> ControlResult:
        control = self.translated()
        attributes = {attribute.id: attribute for attribute in control.attributes}
        return replace(
            own,
            control=control,
            populations=tuple(_population(each, control, attributes) for each in own.populations),
            board=tuple(
                (self.block(block), _table(table, self.translation.values.get(block.id, {})))
                for block, table in own.board
            ),
        )


def _population(own: PopulationResult, control: Control, attributes: Mapping[str, Attribute]) -> PopulationResult:
    results: tuple[AttributeResult, ...] = tuple(
        replace(result, attribute=attributes.get(result.attribute.id, result.attribute)) for result in own.attributes
    )
    return replace(own, population=control.populations.get(own.population.name, own.population), attributes=results)


def _table(own: TableResult, values: Mapping[str, str]) -> TableResult:
    rows = (tuple(values.get(cell, cell) if isinstance(cell, str) else cell for cell in row) for row in own.rows)
    return replace(own, rows=tuple(rows)) if values else own


def translated(run: Run, labels: Labels) -> tuple[Run, int]:
    """
    Return the run with the texts of its controls in the language, and how many texts have none in it.

    What is found, counted and hidden stays as it is. The controls' own language is English.
    """
    missing: set[tuple[str, ...]] = set()

    def into(control: Control) -> _Into:
        return _Into(control, control.translations.get(labels.language, Translation()), missing)

    controls = tuple(into(result.control).result(result) for result in run.controls)
    programme = replace(
        run.programme,
        shown=tuple(into(each.control).shown(each) for each in run.programme.shown),
        attested=tuple(into(each.control).attested(each) for each in run.programme.attested),
    )
    own = {result.control.id: result.control.parameters for result in controls}
    parameters = (
        replace(value, parameter=own.get(value.control_id, {}).get(value.parameter.name, value.parameter))
        for value in run.parameters
    )
    restricted = tuple(into(control).translated() for control in run.restricted_controls)
    seen = dict.fromkeys((control.id for control in run.restricted_controls), OF_RESTRICTED)
    seen |= dict.fromkeys((each.control.id for each in run.programme.shown), OF_MEASURED)
    seen |= dict.fromkeys((each.control.id for each in run.programme.attested), OF_ATTESTED)
    missing = {place for place in missing if place[0] not in seen or place[1] in seen[place[0]]}
    names = run.project.names
    whole = replace(
        run,
        controls=controls,
        programme=programme,
        restricted_controls=restricted,
        parameters=tuple(parameters),
        project=replace(run.project, organisation=names.get(labels.language, run.project.organisation)),
    )
    return whole, 0 if labels.language == SOURCE else len(missing)
