"""
What the board edition may show of measured figures: counts of people masked, in this edition and against earlier ones.

A restricted control shows figures only where they declare `release: masked_counts`, and then nothing but counts of the
whole organisation in categories that the contracts or the control fix. Everything shown is kept with the evidence, so
that later editions know what is out already; what was hidden is kept nowhere but in the restricted edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from auditkit import disclosure
from auditkit.disclosure import Cell, Disclosed, Identity, Seen
from auditkit.masking import WITHHELD
from auditkit.measure import DAYS, Measure, MeasureResult
from auditkit.programme import FigureResult, Programme, ShownControl, ShownFigure, ShownRow
from auditkit.reason import Reason
from auditkit.roll_forward import OPENING, RollForwardResult
from auditkit.wording import NOT_RUN, RESTRICTED_LINE

if TYPE_CHECKING:
    from auditkit.control import Control
    from auditkit.period import Period

TOO_FEW = "too few to say"
TIES, TIES_NOT = "ties", "ties_not"
CARRIED, CARRIED_NOT, NOT_COMPARED = "carried", "carried_not", "not_compared"
PART, MOVEMENT, WHOLE = 0, 1, 2  # what is withheld first


@dataclass(slots=True)
class _Counts:
    """The counts of one control: keys by words, cells, the sums they obey, and what earlier editions showed."""

    control: Control
    quarter: str
    before: str
    earlier: Disclosed
    cells: dict[str, Cell] = field(default_factory=dict)
    identities: list[Identity] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)

    def key(self, words: str) -> str:
        """Return the key of what is counted; equal words are one count."""
        return self.keys.get(words, f"{self.control.id}|{self.quarter}|{words}")

    def end(self, quarter: str, words: str) -> str:
        """Return the key of a stock at the end of a quarter."""
        return f"{self.control.id}|end of {quarter}|{words}"

    def add(self, key: str, value: int, **more: Any) -> str:
        """Note a count and return its key; one that is known must have the same value."""
        known = self.cells.get(key)
        if known is not None and known.value != value:
            self.wrong.add(key)
        if known is None:
            self.cells[key] = Cell(key, value, **more)
        elif more.get("order", 0) > known.order:
            self.cells[key] = replace(known, order=more["order"])
        return key


def release(
    programme: Programme, period: Period, before: str, earlier: Iterable[Mapping[str, Any]], state: str
) -> Programme:
    """
    Return the programme with what may be shown of it.

    `before` is the label of the quarter before, `earlier` what the manifests of earlier quarters hold under
    `programme`, the nearest first, `state` the run's word for its restricted controls.
    """
    disclosed = _earlier(earlier)
    shown: list[ShownControl] = []
    for measured in (*programme.measured, *programme.restricted):
        control = measured.control
        if control.restricted and state != "tested":
            shown.append(ShownControl(control, (), NOT_RUN))
            continue
        results = [each for each in measured.results if not control.restricted or _figure(each).release]
        line = RESTRICTED_LINE if len(results) < len(measured.results) else ""
        counts = _Counts(control, period.label, before, disclosed)
        names = [_named(counts, each) for each in results]
        disclosed = disclosure.disclose(list(counts.cells.values()), counts.identities, disclosed)
        figures = [_shown(counts, each, keys, disclosed) for each, keys in zip(results, names, strict=True)]
        shown.append(ShownControl(control, tuple(figures), line))
    return replace(programme, shown=tuple(shown), disclosed=disclosed)


def _figure(result: FigureResult) -> Any:
    return result.measure if isinstance(result, MeasureResult) else result.roll_forward


def _earlier(manifests: Iterable[Mapping[str, Any]]) -> Disclosed:
    """Return what all earlier editions together showed: a number that one of them showed is out."""
    cells: dict[str, Seen] = {}
    identities: dict[tuple[tuple[str, int], ...], Identity] = {}
    for manifest in manifests:
        for key, (shown, low, high) in manifest.get("counts", {}).items():
            if key not in cells or (isinstance(shown, int) and isinstance(cells[key].shown, str)):
                cells[key] = Seen(shown, low, high)
        for each in manifest.get("sums", ()):
            identities[tuple(sorted(each.items()))] = each
    return Disclosed(cells, tuple(identities.values()))


def _named(counts: _Counts, result: FigureResult) -> dict[str, str]:
    """Add the counts of a figure and return their keys by column or category; none where it was not measured."""
    if result.not_measured:
        return {}
    if isinstance(result, RollForwardResult):
        return _stock(counts, result)
    measure, denominator = result.measure, result.rows[0].denominator
    public = not measure.counts_people
    whole = counts.add(counts.key(measure.denominator), denominator, order=WHOLE, public=public)
    keys = {"": whole}
    if measure.unit == DAYS:
        return keys
    numbers = {row.category: row.numerator or 0 for row in result.rows}
    if measure.breakdown is None:
        keys["numerator"] = counts.add(counts.key(measure.numerator), numbers[""], order=PART, public=public)
        if measure.unit == "percent":
            rest = counts.key(f"{measure.denominator} but not {measure.numerator}")
            counts.add(rest, denominator - numbers[""], implicit=True)
            counts.identities.append({keys["numerator"]: 1, rest: 1, whole: -1})
        return keys
    hidden = any(disclosure.is_small(number) for number in numbers.values())
    for category, number in numbers.items():
        key = counts.key(f"{measure.id}, {category}")
        keys[category] = counts.add(key, number, order=PART, public=public, zero_hidden=hidden)
    counts.identities.append({**{keys[category]: 1 for category in numbers}, whole: -1})
    return keys


def _stock(counts: _Counts, result: RollForwardResult) -> dict[str, str]:
    """Add the counts of a roll-forward; its opening is the closing that the quarter before showed, if equal."""
    figure, keys = result.roll_forward, {}
    opening = counts.end(counts.before, figure.closing)
    known = counts.earlier.cells.get(opening)
    if known is not None and not known.low <= result.numbers[OPENING] <= known.high:
        opening = f"{opening}, as of {counts.quarter}"
    counts.keys |= {figure.opening: opening, figure.closing: counts.end(counts.quarter, figure.closing)}
    hide = known is not None and isinstance(known.shown, str)
    for column, number in result.numbers.items():
        words = figure.words(column)
        keys[column] = counts.add(counts.key(words), number, order=MOVEMENT, hide=hide and column == OPENING)
    if result.ties:
        counts.identities.append({keys[column]: sign for column, sign in figure.signs.items()})
    return keys


def _shown(counts: _Counts, result: FigureResult, keys: Mapping[str, str], disclosed: Disclosed) -> ShownFigure:
    figure = _figure(result)
    if result.not_measured or counts.wrong & set(keys.values()):
        why = result.not_measured or Reason.control_error("equal words stand for two numbers")
        if counts.control.restricted and why.code != "no_denominator":
            why = Reason.apart()
        return ShownFigure(figure, not_measured=why)
    out = {name: disclosed.cells[key].shown for name, key in keys.items()}
    if isinstance(result, RollForwardResult):
        return ShownFigure(
            figure, numbers=out, ties=TIES if result.ties else TIES_NOT, carried=_carried(counts, result)
        )
    rows = [_row(result.measure, row.category, row.value, out) for row in result.rows]
    return ShownFigure(figure, rows=tuple(rows))


def _row(measure: Measure, category: str, value: Decimal, out: Mapping[str, int | str]) -> ShownRow:
    whole = out[""]
    number = None if measure.unit == DAYS else out[category or "numerator"]
    if measure.unit == DAYS and isinstance(whole, int) and whole < measure.at_least:
        return ShownRow(category, None, whole, TOO_FEW)
    hidden = isinstance(whole, str) or isinstance(number, str)
    return ShownRow(category, number, whole, WITHHELD if hidden else value)


def _carried(counts: _Counts, result: RollForwardResult) -> str:
    """Return whether the opening is the closing shown last quarter; nothing is said of one that was hidden."""
    known = counts.earlier.cells.get(counts.end(counts.before, result.roll_forward.closing))
    if known is None or isinstance(known.shown, str):
        return NOT_COMPARED
    return CARRIED if known.shown == result.numbers[OPENING] else CARRIED_NOT


def manifest(programme: Programme) -> dict[str, Any]:
    """Return what the evidence keeps: the figures as shown, the counts behind them as shown, and their sums."""
    figures = {}
    for control in programme.shown:
        for shown in control.figures:
            figures[shown.figure.id] = _kept(shown)
    return {
        "figures": figures,
        "counts": {key: [seen.shown, seen.low, seen.high] for key, seen in sorted(programme.disclosed.cells.items())},
        "sums": sorted((dict(sorted(each.items())) for each in programme.disclosed.identities), key=str),
    }


def _kept(shown: ShownFigure) -> dict[str, Any]:
    if shown.not_measured:
        return {"not_measured": str(shown.not_measured)}
    if shown.numbers:
        return {"numbers": dict(shown.numbers), "ties": shown.ties, "carried": shown.carried}
    rows: Sequence[ShownRow] = shown.rows
    return {
        "rows": [
            {
                "category": row.category,
                "numerator": row.numerator,
                "denominator": row.denominator,
                "value": str(row.value),
            }
            for row in rows
        ]
    }
