"""
Review: what a person wrote into a cell, whether a machine's cell still says what it said, and the rules of each form.

How the rules of a form plug in: its module has a function `problems(content, ...)`, and where the machine adds to what
people wrote, a function that returns what is to be recorded; `review_rules.RULES` calls both with what they need of
the `Context`. They import nothing but this module, if anything.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from auditkit.cell import DIGITS, plain
from auditkit.form import Field

if TYPE_CHECKING:
    from auditkit.journal import Journal
    from auditkit.period import Period
    from auditkit.project import Project

REMOVED = "-"  # what a person writes to take a value away; an empty cell says nothing
_ESCAPED = re.compile(r"_(?:x005F_)+")
DAY_ZERO = dt.date(1899, 12, 30)  # of a spreadsheet's count of days, from 1900-03-01 on
SERIALS = range(36_526, 73_415)  # the days of 2000 to 2100 in that count


class Problem(NamedTuple):
    """What is wrong with a row: the field it concerns ("" for the row as a whole), what was found, what to do."""

    field: str
    found: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run's register says of an exception: control, severity, hash of its facts, whether it is of this run."""

    control: str
    severity: str
    facts: str
    active: bool


@dataclass(frozen=True, slots=True)
class Context:
    """
    What the rules of a form may look at besides the row's content.

    `key` is the row's, `cells` its machine cells as the run wrote them, `before` what the journal says of it so far
    ({} if nothing). `standing` holds every row that will stand after the import, by kind and key; `register` the run's
    exceptions by id. `journal` is the journal with what the same import has taken of the forms before, in the order of
    `form.FORMS`.

    `changed` are the row's fields in which the file says otherwise than the run wrote, and `filed` what people's cells
    of all rows say in this file, by kind and key: what whoever filled it in had before their eyes. Where several files
    bring a row, its problems are asked for with each of them.
    """

    project: Project
    period: Period
    declared_on: dt.date
    run: str
    key: str
    cells: Mapping[str, str]
    before: Mapping[str, Any]
    standing: Mapping[str, Mapping[str, Mapping[str, Any]]]
    register: Mapping[str, Seen]
    journal: Journal
    changed: frozenset[str]
    filed: Mapping[str, Mapping[str, Mapping[str, Any]]]

    @property
    def findings(self) -> frozenset[str]:
        """The references of the findings there are."""
        return frozenset(self.standing.get("finding", ()))


def nothing_wrong(_content: Mapping[str, Any], _context: Context) -> Iterable[Problem | str]:
    """Find no problem: the form has no rules but those of its fields."""
    return ()


def as_written(content: Mapping[str, Any], _context: Context) -> Mapping[str, Any]:
    """Add nothing to what people wrote."""
    return content


@dataclass(frozen=True, slots=True)
class Rules:
    """
    The rules of one form.

    `problems` says what is wrong with the content of a row as it would stand after the import: field names to texts,
    dates as 2026-12-31, empty fields left out. It is asked about changed rows only. `complete` returns what is to be
    recorded: the content and what the machine adds. `added` is the shape of the keys under which people may add rows
    of their own, None if they may not.
    """

    problems: Callable[[Mapping[str, Any], Context], Iterable[Problem | str]] = nothing_wrong
    complete: Callable[[Mapping[str, Any], Context], Mapping[str, Any]] = as_written
    added: re.Pattern[str] | None = None


def text_of(value: Any) -> str:
    """
    Return the text of a machine cell's value by which it is known again, whoever wrote or saved it.

    Of a text that a sheet cuts, pass what the sheet holds. Blanks and line ends count as one blank each, numbers have
    no trailing zeros, dates are 2026-12-31, moments have whole seconds.
    """
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", _ESCAPED.sub("_", value)).split())
    if isinstance(value, dt.datetime):
        whole = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return whole.date().isoformat() if whole.time() == dt.time(0) else whole.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    exact = Decimal(f"{value:.{DIGITS}g}") if isinstance(value, float) else Decimal(value)
    return f"{exact.normalize() + 0:f}"


def agrees(text: str, value: Any) -> bool:
    """Whether a machine cell that was written as `text` still says so; another number format changes nothing."""
    if text_of(value) == text:
        return True
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        day = _day(value)
        return day is not None and day.isoformat() == text
    if isinstance(value, dt.date):  # a number shown as a date
        moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time(0))
        days = (moment - dt.datetime.combine(DAY_ZERO, dt.time(0))) / dt.timedelta(days=1)
        return text_of(round(days, 6)) == text
    return False


def said(field: Field, value: Any) -> tuple[str, Problem | None]:
    """Return what a person's cell says, "" if nothing, and what is wrong with it."""
    if isinstance(value, str):
        value = tidy(value)
    if value is None or value == "":
        return "", None
    if value == REMOVED:
        return REMOVED, None
    read = {"choice": _choice, "date": _date, "number": _number}.get(field.kind, _text)
    return read(field, value)


def tidy(text: str) -> str:
    """Return a text without blanks around its lines, invisible marks and line ends of other systems."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cs") or sign in "\n\t")
    text = text.replace("\ufeff", "").replace("\u200b", "").replace("\xa0", " ").replace("\u202f", " ")
    return "\n".join(line.strip() for line in text.strip().split("\n")).strip()


def short(text: str) -> str:
    """Return a text as a message quotes it."""
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else f"{line[:57]}...")


def _text(field: Field, value: Any) -> tuple[str, Problem | None]:
    if isinstance(value, dt.date):
        hint = "the spreadsheet may have made a date of what was typed; format the cell as text and type it again"
        return "", Problem(field.name, f"a date, {text_of(value)}, where text belongs", hint)
    if isinstance(value, float) and abs(value) >= 10**DIGITS:
        hint = "a spreadsheet keeps 15 digits of a number; format the cell as text and type it again"
        return "", Problem(field.name, f"the number {value:.0f}, of which digits may be lost", hint)
    return (value if isinstance(value, str) else text_of(value)), None


def _choice(field: Field, value: Any) -> tuple[str, Problem | None]:
    shown = value if isinstance(value, str) else text_of(value)
    known = {_folded(choice): choice for choice in field.choices}
    word = _folded(shown)
    if word in known:
        return known[word], None
    near = difflib.get_close_matches(word, known, 1, 0.5)
    hint = f"did you mean {known[near[0]]!r}?" if near else ""
    hint = " ".join(filter(None, (hint, f"choose one of: {', '.join(field.choices)}")))
    return "", Problem(field.name, f"{short(shown)}, which is none of the choices", hint)


def _number(field: Field, value: Any) -> tuple[str, Problem | None]:
    shown = value if isinstance(value, str) else text_of(value)
    if re.fullmatch(r"\d{1,9}", shown):
        return str(int(shown)), None
    return "", Problem(field.name, short(shown), "write a whole number, 0 or more")


def _date(field: Field, value: Any) -> tuple[str, Problem | None]:
    if isinstance(value, dt.datetime):
        return value.date().isoformat(), None
    if isinstance(value, dt.date):
        return value.isoformat(), None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        day = _day(value)
        if day is not None:
            return day.isoformat(), None
    shown = value if isinstance(value, str) else text_of(value)
    days = _days(shown)
    if len(days) == 1:
        return days[0].isoformat(), None
    if days:
        hint = f"it can be {' or '.join(day.isoformat() for day in days)}; write it like that"
        return "", Problem(field.name, f"{short(shown)}, which can be read as two days", hint)
    return "", Problem(field.name, f"{short(shown)}, which is not a date", "write it as 2026-12-31")


def _day(serial: float) -> dt.date | None:
    """Return the day that a spreadsheet counts so, None for a number that is hardly meant as one."""
    return DAY_ZERO + dt.timedelta(days=int(serial)) if int(serial) in SERIALS else None


def _days(text: str) -> list[dt.date]:
    """Return the days that a text can mean."""
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?", text):
        return _dates([(int(match[1]), int(match[2]), int(match[3]))])
    if match := re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        return _dates(sorted({(year, second, first), (year, first, second)}))
    if match := re.fullmatch(r"(\d{1,2})[-/. ]([A-Za-z]{3,9})\.?[-/. ,]+(\d{4})", text):
        months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
        name = match[2].lower()[:3]
        return _dates([(int(match[3]), months.index(name) + 1, int(match[1]))]) if name in months else []
    return []


def _dates(parts: Iterable[tuple[int, int, int]]) -> list[dt.date]:
    found = []
    for year, month, day in parts:
        try:
            found.append(dt.date(year, month, day))
        except ValueError:
            continue
    return found


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for case, blanks, order, accents, punctuation and invisible marks."""
    return bool(_person(one)) and _person(one) == _person(other)


def _person(name: str) -> list[str]:
    signs = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    kept = (
        " " if unicodedata.category(sign)[0] in "PZ" else sign
        for sign in signs
        if unicodedata.category(sign) not in ("Mn", "Cf", "Cc", "Lm")
    )
    return sorted("".join(kept).split())


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
