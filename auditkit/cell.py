"""One cell: text that can never become a formula, values Excel can hold exactly, and the look of it."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from unicodedata import bidirectional, category, combining, normalize

INK = "1F2933"
MUTED = "616E7C"
ACCENT = "17495B"
TINT = "E8F0F2"
BAND = "F5F7F8"
LINE = "CBD2D9"
WHITE = "FFFFFF"
ENTRY = "FFF9E3"  # cells that people fill in
ENTRY_HEAD = "F3DD9B"

LONGEST = 32_767  # characters of a cell, counted by Excel in UTF-16 units
DIGITS = 15  # significant digits Excel keeps
FIRST_DAY = dt.date(1900, 3, 1)  # earlier dates are wrong by a day in Excel's calendar or cannot be written
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
# Right-to-left overrides can make a text read as another one.
UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff\u202d\u202e]")
CONTROLS = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D)}
ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# What a text must hold to be changed at all; most do not.
PECULIAR = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff\u202d\u202e]|_x")

# `_m` leaves the room of an m to the right, the same in Excel and LibreOffice; an indent is not, for numbers.
WHOLE = "#,##0_m"
AMOUNT = "#,##0.00_m"
PERCENT = "0.00 %_m"
GENERAL = "General"
DATE = "yyyy-mm-dd"
MOMENT = "yyyy-mm-dd hh:mm"
TEXT = "@"


@dataclass(frozen=True, slots=True)
class Style:
    """
    How a cell looks; colours as RRGGBB, sizes in points.

    `under`, `over` and `side` (left and right) are the colours of its rules. `align` left is where text begins, end
    where it ends, right the place of figures in every language; `order` is Excel's reading order, 0 for the text's own.
    """

    size: float = 10
    bold: bool = False
    italic: bool = False
    colour: str = INK
    fill: str = ""
    align: str = "left"
    valign: str = "top"
    wrap: bool = True
    number: str = "General"
    under: str = ""
    over: str = ""
    side: str = ""
    thick: bool = False
    indent: int = 0
    quote: bool = False
    mono: bool = False
    locked: bool = True  # on a protected sheet, people write only into cells that are not
    order: int = 0


def safe_text(text: str, pointer: str = "") -> str:
    """
    Return `text` as Excel can hold it: control characters made visible, never longer than a cell.

    A text that had to be cut says so at its end, with `pointer` to where the whole stands.
    """
    if PECULIAR.search(text):
        text = text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)
        text = ESCAPE.sub("_x005F_", UNWRITABLE.sub("\ufffd", text))
    if len(text) * 2 <= LONGEST or units(text) <= LONGEST:
        return text
    note = f" [cut here: {len(text):,} characters in all" + (f"; the whole text: {pointer}]" if pointer else "]")
    kept = text[: LONGEST - len(note)]
    while units(kept) > LONGEST - len(note):
        kept = kept[: -max(1, (units(kept) - (LONGEST - len(note))) // 2)]
    return kept + note


def units(text: str) -> int:
    """Return the length of `text` as Excel counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def plain(value: Any, pointer: str = "") -> Any:
    """Return `value` as something a cell can hold without loss: number, date or text; None for an empty cell."""
    if value is None or isinstance(value, str):
        return value if value is None else safe_text(value, pointer)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return value if abs(value) < 10**DIGITS else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else "not a number" if math.isnan(value) else "infinite"
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, dt.datetime):
        moment = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
        return moment if moment.date() >= FIRST_DAY else moment.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value if value >= FIRST_DAY else value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = sorted(map(str, value)) if isinstance(value, (set, frozenset)) else map(str, value)
        return safe_text(", ".join(parts), pointer)
    return safe_text(str(value), pointer)


def _decimal(value: Decimal) -> Any:
    if not value.is_finite():
        return "not a number"
    digits = value.normalize().as_tuple()
    return value if len(digits.digits) <= DIGITS else f"{value:f}"


def is_hostile(value: Any) -> bool:
    """Whether a spreadsheet could take the text for a formula."""
    return isinstance(value, str) and value.startswith(FORMULA_STARTS)


# Widths of Calibri's characters in thousandths of its size; what is not listed counts as 540.
_WIDTHS = {
    character: width
    for width, characters in {
        240: " 'il,j",
        265: ".:;I·",
        315: "()-[]`f!J{}",
        345: "rt",
        390: '/\\"sz',
        425: "Lcx",
        470: "?FSZkvy|EeTYag",
        507: "#$*+0123456789<=>^_~◆",
        530: "KPXbdhnopquBCR",
        580: "VA",
        640: "DHGNU●○",
        690: "O&Q%w▲▼",
        880: "mMW@—",
    }.items()
    for character in characters
}


ARABIC = 400  # what a letter of Arabic takes in the middle of text, joined to its neighbours


@lru_cache(maxsize=1024)
def _letter_width(character: str) -> int:
    """Return a character's width; a letter with an accent is as wide as the letter, the accent itself has none."""
    if combining(character) or category(character) == "Cf":
        return 0
    if bidirectional(character) == "AL":
        return ARABIC
    return _WIDTHS.get(normalize("NFD", character)[0], 540)


def has_right_to_left(text: str) -> bool:
    """Whether a text holds a letter that is written from right to left."""
    return any(bidirectional(character) in ("R", "AL") for character in text)


@lru_cache(maxsize=65536)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of one line of text in pixels at 96 dots per inch, estimated for Calibri."""
    em = size * 96 / 72 / 1000
    return sum(map(_letter_width, text)) * em * (1.05 if bold else 1.02)


@lru_cache(maxsize=8192)
def lines(text: str, width: float, size: float, bold: bool = False, mono: bool = False) -> int:
    """Return how many lines `text` takes in a column of `width` (Excel's unit), broken between words."""
    room = max(width * 7 - 4, 7)
    if len(text) * size * 1.11 < room and "\n" not in text:
        return 1
    if mono:  # every character as wide as the widest of the fonts that stand in for a missing Consolas
        columns = max(1, int(room / (size * 96 / 72 * 0.602)))
        return sum(max(1, -(-len(paragraph) // columns)) for paragraph in text.split("\n"))
    count = 0
    for paragraph in text.split("\n"):
        used, count = 0.0, count + 1
        for word in paragraph.split(" "):
            long = text_width(word + " ", size, bold)
            if used and used + long - size * 0.32 > room:
                count, used = count + 1, 0.0
            extra = int(long // room) if long > room else 0
            count, used = count + extra, used + long - extra * room
    return count
