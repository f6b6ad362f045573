"""Reading the measures and roll-forwards of a control.yml of kind `kpi`: their keys and what each must hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from auditkit.document import Document, fields
from auditkit.entity import DataModel
from auditkit.errors import AuditkitError
from auditkit.measure import DAYS, DIRECTIONS, MASKED_COUNTS, UNITS, Breakdown, Measure
from auditkit.roll_forward import CLOSING, OPENING, RollForward

MEASURES, ROLL_FORWARDS = "measures", "roll_forwards"
MEASURE_KEYS = (
    "id",
    "title",
    "definition",
    "query",
    "unit",
    "direction",
    "numerator",
    "denominator",
    "breakdown",
    "release",
    "block",
    "counts_people",
    "at_least",
)
ROLL_KEYS = ("id", "title", "definition", "query", OPENING, "plus", "minus", CLOSING, "release", "block")
FEWEST = 5
WHOLE = ("BIGINT", "INTEGER", "HUGEINT")
TYPES = {"category": ("VARCHAR",), "value": ("DECIMAL", "DOUBLE", *WHOLE)}


def read_measures(document: Document, model: DataModel) -> tuple[Measure, ...]:
    """Read the key `measures`; raises ControlError with file and line."""
    entries = _entries(document, MEASURES)
    return tuple(_measure(document, model, number, entry) for number, entry in enumerate(entries))


def read_roll_forwards(document: Document) -> tuple[RollForward, ...]:
    """Read the key `roll_forwards`; raises ControlError with file and line."""
    entries = _entries(document, ROLL_FORWARDS)
    return tuple(_roll_forward(document, number, entry) for number, entry in enumerate(entries))


def _entries(document: Document, key: str) -> list[Any]:
    entries = document.data.get(key) or []
    if not isinstance(entries, list):
        raise document.error(f"{key} must be a list", key, hint="begin every entry with: - id:")
    return entries


def _measure(document: Document, model: DataModel, number: int, entry: object) -> Measure:
    where = (MEASURES, number)
    item = fields(document, entry, *where, known=MEASURE_KEYS, required=MEASURE_KEYS[:6])
    _one_of(document, item, where, "unit", UNITS)
    _one_of(document, item, where, "direction", DIRECTIONS)
    needed = ("denominator",) if item["unit"] == DAYS else ("numerator", "denominator")
    fields(document, entry, *where, known=MEASURE_KEYS, required=needed)
    if item["unit"] == DAYS and "breakdown" in item:
        raise document.error("a measure in days has no breakdown", *where, "breakdown", hint="write a measure for each")
    at_least = item.get("at_least", 10)
    if not isinstance(at_least, int) or isinstance(at_least, bool) or at_least < FEWEST:
        hint = f"write a whole number from {FEWEST}: a median of fewer is the figure of somebody"
        raise document.error(f"at_least {at_least!r} is too few", *where, "at_least", hint=hint)
    if not isinstance(item.get("counts_people", True), bool):
        raise document.error("counts_people must be true or false", *where, "counts_people")
    return Measure(
        _id(document, item, where),
        _prose(item["title"]),
        _prose(item["definition"]),
        str(item["query"]),
        item["unit"],
        item["direction"],
        _prose(item.get("numerator") or ""),
        _prose(item["denominator"]),
        _breakdown(document, model, where, item.get("breakdown")),
        _release(document, item, where),
        _prose(item.get("block") or ""),
        item.get("counts_people", True),
        at_least,
    )


def _breakdown(document: Document, model: DataModel, where: tuple[str | int, ...], entry: object) -> Breakdown | None:
    """Return the breakdown; its rows are words of the contracts or of the control, never of the data."""
    if entry is None:
        return None
    where = (*where, "breakdown")
    item = fields(document, entry, *where, known=("title", "values"), required=("title", "values"))
    values = item["values"]
    if isinstance(values, list):
        return Breakdown(_prose(item["title"]), tuple(str(value) for value in values))
    entity, _, column = str(values).partition(".")
    known = model.entities.get(entity)
    found = next((each for each in known.columns if each.name == column), None) if known else None
    if found is None or not found.enum:
        hint = "name a column whose values the contract lists (wb.channel), or list the values here"
        raise document.error(f"{values!r} has no list of values", *where, "values", hint=hint)
    return Breakdown(_prose(item["title"]), found.enum)


def _roll_forward(document: Document, number: int, entry: object) -> RollForward:
    where = (ROLL_FORWARDS, number)
    item = fields(
        document, entry, *where, known=ROLL_KEYS, required=(*ROLL_KEYS[:4], OPENING, "plus", "minus", CLOSING)
    )
    sides = []
    for side in ("plus", "minus"):
        if not isinstance(item[side], dict):
            raise document.error(f"{side} must be column: words", *where, side)
        sides.append({str(column): _prose(words) for column, words in item[side].items()})
    plus, minus = sides
    twice = sorted(set(plus) & set(minus) | {OPENING, CLOSING} & (set(plus) | set(minus)))
    if twice:
        raise document.error(f"the column {twice[0]!r} stands twice", *where, hint="name every column once")
    return RollForward(
        _id(document, item, where),
        _prose(item["title"]),
        _prose(item["definition"]),
        str(item["query"]),
        _prose(item[OPENING]),
        plus,
        minus,
        _prose(item[CLOSING]),
        _release(document, item, where),
        _prose(item.get("block") or ""),
    )


def check_queries(
    document: Document, measures: Sequence[Measure], roll_forwards: Sequence[RollForward], views: Collection[str]
) -> list[AuditkitError]:
    """Return an error for every measure and roll-forward whose query is not among `views`."""
    return [
        document.error(f"{figure.id} names no view: {figure.query!r}", *where, "query")
        for where, figure in _placed(measures, roll_forwards)
        if figure.query not in views
    ]


def check_figures(
    document: Document,
    measures: Sequence[Measure],
    roll_forwards: Sequence[RollForward],
    schema: Mapping[str, Mapping[str, str]],
) -> list[AuditkitError]:
    """Return what is wrong with ids used twice and with the columns that the views return (`schema`)."""
    found: list[AuditkitError] = []
    ids: set[str] = set()
    for where, figure in _placed(measures, roll_forwards):
        if figure.id in ids:
            found.append(document.error(f"the id {figure.id!r} is taken", *where, "id", hint="rename one of them"))
        ids.add(figure.id)
        for name in figure.columns:
            kind = schema[figure.query].get(name)
            if kind is None or not kind.startswith(TYPES.get(name, WHOLE)):
                what = "returns no column" if kind is None else f"returns {kind} as"
                hint = f"return {', '.join(figure.columns)}; counts are whole numbers, a category is text"
                found.append(document.error(f"{figure.query} {what} {name!r}", *where, "query", hint=hint))
    return found


def _placed(
    measures: Sequence[Measure], roll_forwards: Sequence[RollForward]
) -> list[tuple[tuple[str, int], Measure | RollForward]]:
    """Return every figure with its place in the file."""
    placed: list[tuple[tuple[str, int], Measure | RollForward]] = []
    placed += [((MEASURES, number), figure) for number, figure in enumerate(measures)]
    placed += [((ROLL_FORWARDS, number), figure) for number, figure in enumerate(roll_forwards)]
    return placed


def _id(document: Document, item: Mapping[str, Any], where: tuple[str | int, ...]) -> str:
    begin = f"{document.data['id']}-"
    if not str(item["id"]).startswith(begin):
        raise document.error(f"the id {item['id']!r} must begin with {begin}", *where, "id", hint="rename it")
    return str(item["id"])


def _one_of(
    document: Document, item: Mapping[str, Any], where: tuple[str | int, ...], key: str, known: tuple[str, ...]
) -> None:
    if item[key] not in known:
        raise document.error(f"{key} {item[key]!r} is not known", *where, key, hint=f"use {', '.join(known)}")


def _release(document: Document, item: Mapping[str, Any], where: tuple[str | int, ...]) -> str:
    if "release" not in item:
        return ""
    _one_of(document, item, where, "release", (MASKED_COUNTS,))
    if document.data.get("confidentiality") != "restricted":
        hint = "the figures of a control that is not restricted are shown anyway, small counts masked"
        raise document.error("only a restricted control releases figures", *where, "release", hint=hint)
    return str(item["release"])


def _prose(value: object) -> str:
    return " ".join(str(value).split())
