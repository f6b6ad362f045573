"""
The SQL that turns the text of a cell into the value of a contract column, and says why where it cannot.

Every column goes through three stages, each an expression over the one before: the text found (trimmed, "empty" as
NULL), the text understood (value map, pattern, notation of numbers), the typed value. A cell is unreadable when text
was found and there is no value, unless it is a sentinel date or the mapping itself says NULL.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditkit.entity import Column, Entity
from auditkit.mapping import ColumnMap
from auditkit.notation import ISO_DATE, Notation
from auditkit.quoting import literal, literals
from auditkit.reader import Cell

NFKC = "auditkit_nfkc"
BLANKS = " \t\r\n\u00a0\u202f\u2007\ufeff"
SENTINELS = (dt.date(9999, 12, 31), dt.date(4712, 12, 31), dt.date(1800, 1, 1))
SENTINEL_TEXTS = ("00000000", "0000-00-00", "00.00.0000", "00/00/0000", "99991231", "47121231", "18000101")
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
OTHER_DIGITS = "".join(map(chr, [*range(0x660, 0x66A), *range(0x6F0, 0x6FA)]))  # Arabic and Persian
MINUS = "\u2212"
ISO_MOMENT = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?)?"
ZONED_MOMENT = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)? ?([Zz]|[+-]\d{2}(:?\d{2})?)"
TIMES = (" %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M")
RATE_SCALE = 6  # a rate has at least this many decimals and is rounded to them; an amount must fit exactly
EARLIEST = "1000-01-01"  # "26" read as a year is not one


@dataclass(frozen=True, slots=True)
class Conversion:
    """
    The SQL of one contract column; `found` is over the raw table, the rest over the names `found_n` and `known_n`.

    `sentinel` and `void` are conditions under which there is no value by convention or by the mapping's word, and
    `reason` a text; `certain` is True when every text found gives a value, `fills` when
    an empty cell may give one.
    """

    column: Column
    found: str
    known: str
    value: str
    reason: str
    sentinel: str = "FALSE"
    void: str = "FALSE"
    certain: bool = False
    fills: bool = False

    def unreadable(self, number: int) -> str:
        """Return the condition that a cell holds something which gives no value; over the name `value_n` too."""
        expected = f"{self.sentinel} OR COALESCE({self.void}, FALSE)"
        return f"found_{number} IS NOT NULL AND value_{number} IS NULL AND NOT ({expected})"


def is_identifier(entity: Entity, column: Column) -> bool:
    """Whether the column identifies something, so that its spelling must not depend on who typed it."""
    named = column.name in entity.key or column.references is not None or column.name.endswith("_id")
    return column.type == "VARCHAR" and named and not column.enum


def convert(
    entity: Entity, column: Column, spec: ColumnMap, number: int, cell: Callable[[str], Cell], row: str
) -> Conversion:
    """Return the conversion of one column; `cell` gives the raw column of a header name, `row` the row number's SQL."""
    found, notation, kind, untidy = _found(spec, cell, row)
    names = (f"found_{number}", f"known_{number}")
    if kind != "VARCHAR" and (direct := _direct(entity, column, spec, kind, found, names)):
        return direct
    if kind != "VARCHAR":
        found = _as_text(found, kind, notation)
        found = f"{literal(spec.prefix)} || {found}" if spec.prefix else found
    if notation.null_values:
        empty = literals(value for value in notation.null_values if value)
        found = f"CASE WHEN {found} IN ({empty}) THEN NULL ELSE {found} END" if empty else found
    text = names[0]
    known, mapped, void = _mapped(spec, text)
    known, value, reason = _typed(entity, column, spec, notation, known, names[1], untidy)
    if mapped != text:
        why = "not among the values of the mapping" if spec.values else "not what the pattern of the mapping describes"
        reason = f"CASE WHEN ({mapped}) IS NULL THEN {literal(why)} ELSE {reason} END"
    if untidy.nul:
        known = f"CASE WHEN contains({text}, chr(0)) THEN NULL ELSE {known} END"
        reason = f"CASE WHEN contains({text}, chr(0)) THEN 'holds a NUL byte' ELSE {reason} END"
    sentinel = _sentinel(entity, column, spec, text, names[1])
    if sentinel != "FALSE":
        value = f"CASE WHEN {sentinel} THEN NULL ELSE {value} END"
    plain = column.type == "VARCHAR" and not column.enum and mapped == text and not untidy.nul and sentinel == "FALSE"
    return Conversion(
        column, found, known, value, reason, sentinel, void, plain, any(not old for old, _ in spec.values)
    )


def tidy(cell: Cell) -> str:
    """Return the SQL of a text cell without blanks around it, NULL when nothing is left."""
    return f"NULLIF(trim({cell.sql}, {literal(BLANKS)}), '')" if cell.untrimmed or cell.wide else cell.sql


def normal_form(text: str) -> str:
    """Return an identifier that is not ASCII in the spelling that compares: NFKC, trimmed, upper case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper()).strip()


def _found(spec: ColumnMap, cell: Callable[[str], Cell], row: str) -> tuple[str, Notation, str, Cell]:
    """Return the text found, its notation, its DuckDB type and what its cells need."""
    prefix = f"{literal(spec.prefix)} || " if spec.prefix else ""
    made = Cell("", "VARCHAR")
    if spec.constant is not None:
        return f"CAST({literal(spec.constant)} AS VARCHAR)", Notation(), "VARCHAR", made
    if spec.row_number:
        return f"{prefix}CAST({row} AS VARCHAR)", spec.notation, "VARCHAR", made
    cells = [cell(name) for name in spec.sources]
    if spec.source is not None:
        (one,) = cells
        text = tidy(one) if one.type == "VARCHAR" else one.sql
        return (f"{prefix}{text}" if one.type == "VARCHAR" else text), spec.notation, one.type, one
    texts = [tidy(one) if one.type == "VARCHAR" else f"CAST({one.sql} AS VARCHAR)" for one in cells]
    worst = Cell("", "VARCHAR", wide=any(one.wide for one in cells), nul=any(one.nul for one in cells))
    if spec.join_of:
        joined = f"NULLIF(concat_ws({literal(spec.separator)}, {', '.join(texts)}), '')"
        return f"{prefix}{joined}", spec.notation, "VARCHAR", worst
    upper = ", ".join(f"COALESCE(upper({text}), '')" for text in texts)
    digest = f"upper(substr(sha256(concat_ws(chr(31), {upper})), 1, 16))"
    found = f"CASE WHEN COALESCE({', '.join(texts)}) IS NOT NULL THEN {prefix}{digest} END"
    return found, spec.notation, "VARCHAR", made


def _direct(
    entity: Entity, column: Column, spec: ColumnMap, kind: str, found: str, names: tuple[str, str]
) -> Conversion | None:
    """Return the conversion of a value that the file itself has typed like the contract; None if text is the way."""
    text = names[0]
    plain = not (spec.values or spec.pattern or spec.multiply or spec.inclusive_end or spec.open_values or spec.prefix)
    if not plain or spec.notation.null_values or column.enum:
        return None
    if kind == column.type == "BOOLEAN":
        return Conversion(column, found, text, text, "''", certain=True)
    if kind == column.type and kind in ("DATE", "TIMESTAMP"):
        sentinel = "FALSE" if column.name in entity.key else f"COALESCE({text} IN ({_days(column, kind)}), FALSE)"
        value = f"CASE WHEN {text} >= {kind} '{EARLIEST}' AND NOT ({sentinel}) THEN {text} END"
        return Conversion(column, found, text, value, "'not a day of our time'", sentinel)
    whole = kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
    if (whole or kind.startswith("DECIMAL")) and not column.type.startswith(("VARCHAR", "BOOLEAN", "DATE", "TIME")):
        cast = f"TRY_CAST({text} AS {column.type})"
        exact = whole or _scale(column.type) >= RATE_SCALE or spec.round or _scale(kind) <= _scale(column.type)
        value = cast if exact else f"CASE WHEN {cast} = {text} THEN {cast} END"
        return Conversion(column, found, text, value, literal(_too_fine(column)))
    return None


def _as_text(sql: str, kind: str, notation: Notation) -> str:
    if kind == "BOOLEAN":
        return f"CASE WHEN {sql} THEN 'true' WHEN NOT {sql} THEN 'false' END"
    if kind in ("FLOAT", "DOUBLE"):
        digits = 7 if kind == "FLOAT" else 15
        plain = f"CAST(TRY_CAST(format('{{:.{digits}g}}', {sql}) AS DECIMAL(38, 10)) AS VARCHAR)"
        short = f"rtrim(rtrim({plain}, '0'), '.')"
        point = f"replace({short}, '.', {literal(notation.decimal)})" if notation.decimal != "." else short
        return f"COALESCE({point}, CAST({sql} AS VARCHAR))"
    if kind.startswith("DECIMAL") and notation.decimal != ".":
        return f"replace(CAST({sql} AS VARCHAR), '.', {literal(notation.decimal)})"
    if kind == "TIMESTAMP WITH TIME ZONE" and notation.time_zone:
        return f"CAST({sql} AT TIME ZONE {literal(notation.time_zone)} AS VARCHAR)"
    return f"CAST({sql} AS VARCHAR)"


def _mapped(spec: ColumnMap, text: str) -> tuple[str, str, str]:
    """Return the text after pattern, value map and padding, the text after the first two, and when NULL is meant."""
    known, void = text, "FALSE"
    if spec.pattern is not None:
        pattern = literal(spec.pattern)
        known = f"CASE WHEN regexp_matches({known}, {pattern}) THEN regexp_extract({known}, {pattern}, 1) END"
    if spec.values:
        whens = [f"WHEN {known} = {literal(old)} THEN {literal(new)}" for old, new in spec.values if old]
        # "" is the empty cell, and what a pattern finds that may match nothing
        whens += [f"WHEN {text} IS NULL OR {known} = '' THEN {literal(new)}" for old, new in spec.values if not old]
        known_text = f"CASE {' '.join(whens)} ELSE {known if spec.otherwise == 'keep' else 'NULL'} END"
        nothing = [old for old, new in spec.values if new is None]
        void = f"{known} IN ({literals(nothing)})" if nothing else "FALSE"
        known = known_text
    mapped = known
    if spec.otherwise == "null" and known != text:
        void = f"({known}) IS NULL"
    if spec.pad:
        digits = f"ltrim({known}, '0123456789') = '' AND length({known}) < {spec.pad}"
        known = f"CASE WHEN {digits} THEN lpad({known}, {spec.pad}, '0') ELSE {known} END"
    return known, mapped, void


def _typed(
    entity: Entity, column: Column, spec: ColumnMap, notation: Notation, text: str, name: str, cell: Cell
) -> tuple[str, str, str]:
    """Return the text understood, the value over its name, and the reason of failure."""
    if column.type == "DATE":
        later = f"CAST({name} + INTERVAL 1 DAY AS DATE)" if spec.inclusive_end else name
        reason = literal(f"not a date written as {_written(notation.date_formats)}")
        return _date(text, notation), _of_our_time(name, "DATE", later), reason
    if column.type == "TIMESTAMP":
        later = f"{name} + INTERVAL 1 DAY" if spec.inclusive_end else name
        written = _written(notation.timestamp_formats or notation.date_formats)
        reason = literal(f"not a date and time written as {written}")
        if not notation.time_zone:
            hint = literal(
                "carries a time zone; declare time_zone of the organisation in auditkit.toml or in the mapping"
            )
            reason = f"CASE WHEN regexp_full_match({text}, {literal(ZONED_MOMENT)}) THEN {hint} ELSE {reason} END"
        return _moment(text, notation), _of_our_time(name, "TIMESTAMP", later), reason
    if column.type == "BOOLEAN":
        yes, no = f"lower({name}) IN ({literals(TRUE)})", f"lower({name}) IN ({literals(FALSE)})"
        return text, f"CASE WHEN {yes} THEN TRUE WHEN {no} THEN FALSE END", literal("not yes or no")
    if column.type != "VARCHAR":
        return _number(column, spec, notation, text, name, cell)
    if column.enum:
        return text, _enum(name, column.enum), literal(f"not one of: {', '.join(column.enum)}")
    if is_identifier(entity, column):
        spelled = f"upper({name})"
        if cell.wide:
            spelled = f"CASE WHEN strlen({name}) = length({name}) THEN {spelled} ELSE {NFKC}({name}) END"
        return text, spelled, "''"
    return text, name, "''"


def _enum(name: str, values: Sequence[str]) -> str:
    folded = {value.upper(): value for value in values}
    if len(folded) < len(values):
        return f"CASE WHEN {name} IN ({literals(values)}) THEN {name} END"
    other = " ".join(f"WHEN {literal(upper)} THEN {literal(value)}" for upper, value in folded.items())
    return f"CASE WHEN {name} IN ({literals(values)}) THEN {name} ELSE CASE upper({name}) {other} END END"


def _date(name: str, notation: Notation) -> str:
    tries = []
    for form in notation.date_formats:
        if form == ISO_DATE:
            day = f"CASE WHEN {name} LIKE '____-__-__' THEN TRY_CAST({name} AS DATE) END"
            midnight = f"regexp_full_match({name}, '\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]00:00(:00(\\.0+)?)?')"
            tries.append(f"{day}, CASE WHEN {midnight} THEN TRY_CAST(substr({name}, 1, 10) AS DATE) END")
        else:
            tries.append(f"CAST(try_strptime({name}, {literal(form)}) AS DATE)")
    return f"COALESCE({', '.join(tries)})"


def _moment(name: str, notation: Notation) -> str:
    tries = [f"try_strptime({name}, {literal(form)})" for form in notation.timestamp_formats]
    for form in notation.date_formats:
        if form == ISO_DATE:
            moment = f"TRY_CAST(replace({name}, ',', '.') AS TIMESTAMP)"
            tries.append(f"CASE WHEN regexp_full_match({name}, {literal(ISO_MOMENT)}) THEN {moment} END")
        else:
            tries += [f"try_strptime({name}, {literal(form + time)})" for time in ("", *TIMES)]
    if notation.time_zone:
        local = f"TRY_CAST({name} AS TIMESTAMPTZ) AT TIME ZONE {literal(notation.time_zone)}"
        tries.append(f"CASE WHEN regexp_full_match({name}, {literal(ZONED_MOMENT)}) THEN {local} END")
    return f"COALESCE({', '.join(tries)})"


def _of_our_time(name: str, kind: str, value: str) -> str:
    return f"CASE WHEN {name} >= {kind} '{EARLIEST}' THEN {value} END"


def _written(forms: Sequence[str]) -> str:
    signs = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%y": "yy", "%H": "hh", "%M": "mm", "%S": "ss", "%b": "mon"}
    texts = []
    for form in forms:
        for sign, shown in signs.items():
            form = form.replace(sign, shown)
        texts.append(form)
    return " or ".join(texts)


def _number(
    column: Column, spec: ColumnMap, notation: Notation, text: str, name: str, cell: Cell
) -> tuple[str, str, str]:
    scale = _scale(column.type)
    wide = f"TRY_CAST({name} AS DECIMAL(38, 10))"
    if spec.multiply is not None:
        # 14 digits before the point and 12 after it hold every product without overflow.
        product = f"TRY_CAST({name} AS DECIMAL(20, 6)) * CAST('{spec.multiply}' AS DECIMAL(15, 6))"
        value = f"TRY_CAST({product} AS {column.type})"
    elif scale >= RATE_SCALE or spec.round:
        value = f"TRY_CAST({name} AS {column.type})"
    else:
        # Zeros at the end do not count; looking for them is slow, and so done only where it matters.
        cast, decimals = f"TRY_CAST({name} AS {column.type})", f"strlen({{}}) - strpos({name}, '.') <= {scale}"
        zeros = f"rtrim({name}, '0')"
        short = f"strpos({name}, '.') = 0 OR {decimals.format(name)}"
        value = f"CASE WHEN {short} THEN {cast} WHEN {decimals.format(zeros)} THEN {cast} END"
    signs = f"decimal sign {notation.decimal}" + (
        f", thousands sign {notation.thousands}" if notation.thousands else ""
    )
    not_number = literal(f"not a number ({signs})")
    reason = f"CASE WHEN {wide} IS NULL THEN {not_number} ELSE {literal(_too_fine(column))} END"
    return _cleaned(text, notation, cell), value, reason


def _too_fine(column: Column) -> str:
    if column.type in ("INTEGER", "BIGINT"):
        return "not a whole number, or too large"
    return f"has more decimals than {column.type} holds, or is too large; write round: true in the mapping to round it"


def _cleaned(text: str, notation: Notation, cell: Cell) -> str:
    """Return the number in plain notation (-3500.10), NULL if it is not written as the notation says."""
    point = "\\." if notation.decimal == "." else notation.decimal
    plain = f"[+-]?([0-9]+({point}[0-9]*)?|{point}[0-9]+)"
    sign = {" ": "[ \u00a0\u202f]", ".": "\\.", "'": "['\u2019]"}.get(notation.thousands, notation.thousands)
    grouped = f"[+-]?[0-9]{{1,3}}({sign}[0-9]{{3}})+({point}[0-9]*)?"

    def read(sql: str) -> str:
        whens = f"WHEN regexp_full_match({sql}, {literal(plain)}) THEN {_with_point(sql, notation)}"
        if notation.thousands:
            without = f"regexp_replace({sql}, {literal(sign)}, '', 'g')"
            whens += f" WHEN regexp_full_match({sql}, {literal(grouped)}) THEN {_with_point(without, notation)}"
        return whens

    # Accountants' negatives, (3.500,10) and 3.500,10-, are rare: only what is not read plainly pays for them.
    sql = f"translate({text}, {literal(OTHER_DIGITS + MINUS)}, '01234567890123456789-')" if cell.wide else text
    inside, before = f"trim(substr({sql}, 2, length({sql}) - 2))", f"trim(substr({sql}, 1, length({sql}) - 1))"
    unsigned = f"CASE WHEN prefix({sql}, '(') AND suffix({sql}, ')') THEN {inside} "
    unsigned += f"WHEN suffix({sql}, '-') THEN {before} END"
    signed = f"'-' || CASE WHEN prefix({unsigned}, '-') OR prefix({unsigned}, '+') THEN NULL {read(unsigned)} END"
    return f"CASE {read(sql)} ELSE {signed} END"


def _with_point(sql: str, notation: Notation) -> str:
    return f"replace({sql}, {literal(notation.decimal)}, '.')" if notation.decimal != "." else sql


def _scale(kind: str) -> int:
    return int(kind.rstrip(")").split(",")[1]) if kind.startswith("DECIMAL") else 0


def _sentinel(entity: Entity, column: Column, spec: ColumnMap, text: str, name: str) -> str:
    texts, days = list(spec.open_values), ""
    # In a key the first day of all time is a value like another: without it the row would have no key.
    if column.type in ("DATE", "TIMESTAMP") and column.name not in entity.key:
        known = name if column.type == "DATE" else f"CAST({name} AS DATE)"
        days = f"COALESCE({known} IN ({_days(column)}), FALSE)"
        days += f" OR ({name} IS NULL AND {text} IN ({literals(SENTINEL_TEXTS)}))"
    named = f"COALESCE({text} IN ({literals(texts)}), FALSE)" if texts else ""
    return " OR ".join(part for part in (named, days) if part) or "FALSE"


def _days(column: Column, kind: str = "DATE") -> str:
    own = (day for value in column.open_values if (day := _day(value)))
    return ", ".join(f"{kind} '{day}'" for day in dict.fromkeys([*SENTINELS, *own]))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
