"""
The words of an edition in one language, from its catalogue `auditkit/labels/LANGUAGE.yml`.

A label is a text with `{name}` for what is filled in, or a mapping of the plural forms of its language (zero, one, two,
few, many, other, as CLDR names them), chosen by the value `n`. Nested sections make dotted keys. Numbers, dates and
plural rules come from Babel; digits are Latin in every language, as in the cells beside the text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from auditkit import document
from auditkit.cell import has_right_to_left
from auditkit.errors import LabelError
from auditkit.period import Period

FOLDER = Path(__file__).with_name("labels")
SOURCE = "en"  # every other catalogue has its keys
FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})
COUNTED = range(201)  # counts by which the plural forms that a language needs are found
PLACE = re.compile(r"\{(\w*)\}")
# A code such as 2026-Q3: in a text from right to left its parts would change places but for a mark before it.
CODE = re.compile(r"(?<![\w\u200e./:-])(?=\d)(?=[\w./:-]*[A-Za-z])")
FROM_LEFT, FROM_RIGHT = MARKS = "\u200e\u200f"

Text = str | Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Labels:
    """One language: `labels("summary.title", n=3)` returns its text; `shown` is how messages name the catalogue."""

    language: str
    locale: Locale
    texts: Mapping[str, Text]
    shown: str

    @classmethod
    def of(cls, language: str) -> Labels:
        """Return the labels of a language; raises LabelError if it has none, or not every label of the others."""
        return _complete(language)

    @property
    def right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.locale.text_direction == "rtl"

    def __call__(self, key: str, /, **values: Any) -> str:
        """
        Return the text of `key` with `values` filled in; whole numbers and dates are written as the language does.

        Raises LabelError for a key that does not exist, a place without a value and a value without a place.
        """
        text = self._form(key, values)
        places = set(PLACE.findall(text))
        if missing := sorted(places - set(values)):
            raise self._error(key, f"lacks a value for {', '.join(missing)}", "give it where the label is used")
        whole = self.texts[key]
        known = _places(whole) | {"n"}
        if unknown := sorted(set(values) - known):
            raise self._error(key, f"has no place for {', '.join(unknown)}", "mend the label or the call")
        return PLACE.sub(lambda found: self.shows(values[found[1]]), text)

    def _form(self, key: str, values: Mapping[str, Any]) -> str:
        text = self.texts.get(key)
        if text is None:
            raise LabelError(f"there is no label {key!r}", path=self.shown, hint="add it to the catalogue")
        if isinstance(text, str):
            return text
        if not isinstance(values.get("n"), int):
            raise self._error(key, "is chosen by a count", "give it as n=")
        return text.get(self.locale.plural_form(values["n"])) or text["other"]

    def _error(self, key: str, message: str, hint: str) -> LabelError:
        return LabelError(f"the label {key!r} {message}", path=self.shown, hint=hint)

    def with_section(self, section: str) -> Labels:
        """Return the labels in which those of a section stand in for the labels of the same key outside it."""
        start = f"{section}."
        own = {key.removeprefix(start): text for key, text in self.texts.items() if key.startswith(start)}
        return replace(self, texts={**self.texts, **own})

    def has(self, key: str) -> bool:
        """Whether there is a label of that key."""
        return key in self.texts

    def section(self, key: str) -> tuple[str, ...]:
        """Return the names below a section, in the order of the catalogue."""
        start = f"{key}."
        found = (name.removeprefix(start).partition(".")[0] for name in self.texts if name.startswith(start))
        return tuple(dict.fromkeys(found))

    def shows(self, value: Any) -> str:
        """Return a value as it reads inside a text."""
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(value)
        return self.day(value) if isinstance(value, dt.date) else str(value)

    def number(self, value: int | Decimal, digits: int = 0) -> str:
        """Return a number with its thousands apart and `digits` decimals."""
        pattern = "#,##0" + (f".{'0' * digits}" if digits else "")
        with localcontext(prec=60):  # an amount may have more digits than Decimal keeps by itself
            exact = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
            return str(format_decimal(exact, pattern, self.locale, numbering_system="latn"))

    def percent(self, value: Decimal, digits: int = 2) -> str:
        """Return 5 as `5.00 %`."""
        return self("number.percent", number=self.number(value, digits))

    def money(self, amounts: Mapping[str, Decimal]) -> str:
        """Return `1,200.00 EUR; 90.00 SAR`, in the order of the currencies; a dash if there is none."""
        shown = [f"{self.number(amount, 2)} {code}" for code, amount in sorted(amounts.items()) if amount]
        return self("list.semicolon").join(shown) or "-"

    def day(self, value: dt.date) -> str:
        """Return `1 July 2026`."""
        month = self.locale.months["format"]["wide"][value.month]
        return self("date.whole", day=self("date.day", n=value.day), month=month, year=str(value.year))

    def span(self, period: Period) -> str:
        """Return the first and the last day of the quarter."""
        return self("date.span", first=period.start, last=period.last_day)

    def joined(self, parts: Iterable[str]) -> str:
        """Return `a, b and c`."""
        listed = list(parts)
        if len(listed) < 2:
            return "".join(listed)
        return self("list.and", before=self.comma(listed[:-1]), last=listed[-1])

    def comma(self, parts: Sequence[str]) -> str:
        """Return `a, b, c`."""
        return self("list.comma").join(parts)

    def upright(self, text: str) -> str:
        """
        Return a text that reads in its order whatever a program takes for its direction.

        In a language from right to left, codes such as 2026-Q3 keep the order of their parts, and signs at the ends of
        a text belong to it.
        """
        if not self.right_to_left:
            return text
        text = CODE.sub(FROM_LEFT, text)
        if not has_right_to_left(text):
            return text
        before = FROM_RIGHT if not text[0].isalnum() and text[0] not in MARKS else ""
        after = FROM_RIGHT if not text[-1].isalnum() and text[-1] not in MARKS else ""
        return before + text + after


def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue, the one the others are made from first."""
    return tuple(sorted((path.stem for path in FOLDER.glob("*.yml")), key=lambda name: (name != SOURCE, name)))


@cache
def read(language: str) -> Labels:
    """Return what a catalogue holds, complete or not; raises LabelError with file and key for one that is not sound."""
    known = languages()
    if language not in known:
        raise LabelError(f"there are no labels in the language {language!r}", hint=f"known: {', '.join(known)}")
    found = document.load(FOLDER / f"{language}.yml", LabelError, root=FOLDER.parent.parent)
    data = dict(found.data)
    name = data.pop("locale", language)
    try:
        locale = Locale.parse(str(name))
    except (UnknownLocaleError, ValueError):
        hint = "write the name of a locale, for example en_GB"
        raise found.error(f"there is no locale {name!r}", "locale", hint=hint) from None
    return Labels(language, locale, dict(_texts(found, data, ())), found.shown)


def _texts(found: document.Document, data: Mapping[str, Any], where: tuple[str, ...]) -> Iterator[tuple[str, Text]]:
    for name, value in data.items():
        place = (*where, str(name))
        if isinstance(value, dict) and "other" in value and set(value) <= FORMS:
            for form, text in value.items():
                _sound(found, text, (*place, form))
            yield ".".join(place), value
        elif isinstance(value, dict) and value:
            yield from _texts(found, value, place)
        else:
            _sound(found, value, place)
            yield ".".join(place), value


def _sound(found: document.Document, text: object, place: tuple[str, ...]) -> None:
    if not isinstance(text, str) or not text.strip(" \u200e\u200f"):
        hint = "write the text in quotes, or forms with at least 'other'"
        raise found.error(f"the label {'.'.join(place)!r} is no text", *place, hint=hint)


def _places(text: Text) -> set[str]:
    forms = [text] if isinstance(text, str) else text.values()
    return {name for form in forms for name in PLACE.findall(form)}


@cache
def _complete(language: str) -> Labels:
    labels = read(language)
    faults = [f"{key!r} {fault}" for key, fault in faults_of(labels, read(SOURCE))]
    if faults:
        more = f", and {len(faults) - 5} more" if len(faults) > 5 else ""
        hint = f"complete it after {SOURCE}.yml; docs/languages.md says how"
        raise LabelError(f"the labels are not complete: {'; '.join(faults[:5])}{more}", path=labels.shown, hint=hint)
    return labels


def faults_of(labels: Labels, source: Labels) -> Iterator[tuple[str, str]]:
    """Return what a catalogue lacks against `source`: keys, places, plural forms; and keys that it alone has."""
    needed = {labels.locale.plural_form(count) for count in COUNTED} | {"other"}
    for key, text in source.texts.items():
        own = labels.texts.get(key)
        if own is None:
            yield key, "is missing"
            continue
        if lost := sorted(_places(text) - _places(own)):
            yield key, f"lacks {', '.join('{' + name + '}' for name in lost)}"
        if strange := sorted(_places(own) - _places(text) - {"n"}):
            yield key, f"has {', '.join('{' + name + '}' for name in strange)}, which has no value"
        if isinstance(own, str):
            continue
        if absent := sorted(needed - set(own)):
            yield key, f"lacks the plural form {', '.join(absent)}"
        for form, one in own.items():
            if lost := sorted(_places(own) - _places(one) - {"n"}):
                yield key, f"lacks {', '.join('{' + name + '}' for name in lost)} in the form {form}"
    for key in labels.texts:
        if key not in source.texts:
            yield key, "is not a label of the others"
