"""
The gate every SQL file of the controls passes: one SELECT, known tables and functions, nothing that depends on today.

Control SQL is not trusted. Settings of the database stop it from reading files; this gate stops what settings cannot:
other statements than SELECT, table functions, functions without bound, parameters that would be NULL when unset, and
spellings that give other results on another engine or on another day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from auditkit.errors import ControlError

# Deterministic, bounded in their output, and of equal meaning on other engines. By sqlglot's name of the expression.
FUNCTIONS = frozenset(
    """
    And Or Xor Case If Coalesce Nullif Cast TryCast Exists Any All Count CountIf Sum Min Max Avg Median ArgMax
    ArgMin LogicalAnd LogicalOr GroupConcat Stddev StddevSamp StddevPop Variance AnyValue Abs Round Floor Ceil
    Sign Ln Exp Sqrt Greatest Least Mod Upper Lower Trim Length Substring Concat ConcatWs DPipe StartsWith
    EndsWith Contains StrPosition Replace Left Right RegexpLike RegexpExtract RegexpReplace RegexpFullMatch
    Normalize Split SplitPart RowNumber Rank DenseRank Lag Lead FirstValue LastValue Ntile PercentRank DateTrunc
    TimestampTrunc DateDiff DateAdd DateSub LastDay Extract Year Month Quarter Day DateFromParts TsOrDsToDate
    Date TimeToStr AddMonths Unnest Explode ArrayContains Array
    """.split()  # noqa: SIM905 - a page of quoted names reads worse
)
# The same, for functions that sqlglot leaves without a class of their own.
NAMED_FUNCTIONS = frozenset(
    {
        "regexp_full_match",
        "nfc_normalize",
        "strip_accents",
        "list_contains",
        "make_date",
        "replace",
        "ends_with",
        "in_force",
    }
)
TODAY = (exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentUser, exp.Rand)
COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE)
DAY_UNITS = ("DAY", "DAYS")


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One SELECT of a control file: its text as written, its tree, the parameters it binds, the tables and views it reads.

    `tables` are lower case and hold no common table expression of the statement's own.
    """

    path: Path
    shown: str
    text: str
    tree: exp.Query
    parameters: frozenset[str]
    tables: frozenset[str]

    @property
    def name(self) -> str:
        """The file's name without its ending; the name of a view."""
        return self.path.stem

    def error(self, message: str, node: exp.Expr | None = None, hint: str | None = None) -> ControlError:
        """Return a ControlError that names the file and, where the tree knows it, the line of `node`."""
        return ControlError(message, path=self.shown, line=_line(node, self.text), hint=hint)


def read_statement(path: Path, *, root: Path | None = None) -> Statement:
    """Read one SQL file and check everything that needs no other file; raises ControlError with file and line."""
    shown = path.relative_to(root).as_posix() if root and path.is_relative_to(root) else path.as_posix()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ControlError(f"the file is not UTF-8 text ({error.reason})", path=shown) from None
    return parse(text, path, shown)


def parse(text: str, path: Path, shown: str) -> Statement:
    """Check `text` as the content of `path`; raises ControlError for anything but one harmless SELECT."""
    parameters = _parameters_of_single_select(text, shown)
    try:
        trees = [tree for tree in sqlglot.parse(text, read="duckdb") if tree is not None]
    except (ParseError, TokenError) as error:
        place = error.errors[0].get("line") if isinstance(error, ParseError) and error.errors else None
        raise ControlError(f"the SQL cannot be parsed: {str(error).splitlines()[0]}", path=shown, line=place) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise ControlError("the file must hold exactly one SELECT", path=shown, line=1)
    statement = Statement(path, shown, text, trees[0], parameters, _tables(trees[0]))
    _refuse_unknown_functions(statement)
    _refuse_tables_that_are_functions(statement)
    _refuse_today_and_stars(statement)
    _refuse_unnamed_columns(statement)
    _refuse_unportable(statement)
    _refuse_ratio_thresholds(statement)
    return statement


def check_tables(statement: Statement, known: Collection[str]) -> None:
    """Raise ControlError if the statement reads a table that is not in `known` (lower case)."""
    for table in statement.tree.find_all(exp.Table):
        if table.args.get("db") or table.args.get("catalog"):
            raise statement.error(f"table {table.sql()!r} names a schema", table, "use the plain name of a table")
    for name in sorted(statement.tables - set(known)):
        raise statement.error(
            f"table {name!r} is neither in the contracts nor a view",
            _table(statement, name),
            f"known: {_near(name, known)}",
        )


def check_by_date(statement: Statement, by_date: Collection[str]) -> None:
    """Raise ControlError unless the parameters by date, and no others, are read through IN_FORCE($name, day)."""
    for node in statement.tree.find_all(exp.Placeholder):
        call = node.parent
        asked = isinstance(call, exp.Anonymous) and call.name.lower() == "in_force" and call.expressions[0] is node
        if asked != (node.name in by_date):
            message = f"${node.name} " + ("does not change by date" if asked else "is read without a day")
            hint = f"write {'$' + node.name if asked else f'IN_FORCE(${node.name}, event_date)'}"
            raise statement.error(message, node, hint)
    for call in statement.tree.find_all(exp.Anonymous):
        if call.name.lower() == "in_force" and (
            len(call.expressions) != 2 or not isinstance(call.expressions[0], exp.Placeholder)
        ):
            hint = "write IN_FORCE($limit, event_date)"
            raise statement.error("in_force() takes a parameter and the day of an event", call, hint)


def _tables(tree: exp.Query) -> frozenset[str]:
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name.lower() for table in tree.find_all(exp.Table) if table.name.lower() not in own)


def _parameters_of_single_select(text: str, shown: str) -> frozenset[str]:
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise ControlError(
            f"the SQL cannot be parsed: {_first_line(error)}", path=shown, line=_line_in(error)
        ) from None
    if len(statements) != 1:
        raise ControlError(f"found {len(statements)} statements", path=shown, hint="keep exactly one SELECT per file")
    if statements[0].type != duckdb.StatementType.SELECT:
        kind = str(statements[0].type).rsplit(".", 1)[-1]
        raise ControlError(f"found a {kind} statement", path=shown, hint="a control may only SELECT")
    return frozenset(statements[0].named_parameters)


def _refuse_unknown_functions(statement: Statement) -> None:
    for node in statement.tree.find_all(exp.Func):
        if isinstance(node, TODAY):
            continue
        if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
            name = node.name.lower()
            if name == "getvariable":
                raise statement.error("getvariable() is NULL when unset", node, "declare a parameter and write $name")
            known = name in NAMED_FUNCTIONS
        else:
            name, known = node.sql_name().lower(), type(node).__name__ in FUNCTIONS
        if not known:
            hint = "use a function of the list in docs/writing-controls.md"
            raise statement.error(f"function {name}() is not on the list of allowed functions", node, hint)


def _refuse_tables_that_are_functions(statement: Statement) -> None:
    for table in statement.tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise statement.error("a table function cannot be read", table, "read a table of the contracts or a view")
        if not table.name.replace("_", "").isalnum():
            raise statement.error(f"{table.name!r} is not the name of a table", table, "files cannot be read from here")
    for node in (*statement.tree.find_all(exp.Pivot), *statement.tree.find_all(exp.Lambda)):
        raise statement.error(f"{type(node).__name__.upper()} is not allowed", node, "write it with CASE and GROUP BY")


def _refuse_today_and_stars(statement: Statement) -> None:
    for node in statement.tree.find_all(*TODAY):
        hint = "bind $period_start, $period_end or $cut_off: the same run next year must say the same"
        raise statement.error(f"{node.sql('duckdb')} depends on the moment of the run", node, hint)
    for column in statement.tree.find_all(exp.Star):
        if not isinstance(column.parent, exp.Count):
            raise statement.error("SELECT * hides which columns are read", column, "name the columns")


def _refuse_unnamed_columns(statement: Statement) -> None:
    """Refuse what reads columns without their names: nobody could say which data a result rests on."""
    for column in statement.tree.find_all(exp.PositionalColumn):
        raise statement.error("a column is read by its place", column, "write its name")
    for table in statement.tree.find_all(exp.Table):
        if table.args.get("alias") is not None and table.args["alias"].columns:
            hint = "name the columns in the SELECT"
            raise statement.error(f"the alias of {table.name} renames its columns", table, hint)
    for lateral in statement.tree.find_all(exp.Lateral):
        raise statement.error("LATERAL is not allowed", lateral, "write it as a join or a correlated subquery")
    for sample in statement.tree.find_all(exp.TableSample):
        raise statement.error("a sample is another one every time", sample, "test every item")


def _refuse_unportable(statement: Statement) -> None:
    for node in statement.tree.find_all(exp.DateDiff):
        unit = node.args.get("unit")
        if unit is not None and unit.name.upper() not in DAY_UNITS:
            hint = "count months as year * 12 + month; engines differ in what they count"
            raise statement.error(f"DATE_DIFF in {unit.name.lower()}s is not portable", node, hint)
    for division in statement.tree.find_all(exp.IntDiv, exp.Mod):
        if not isinstance(division.expression, exp.Nullif | exp.Literal) or division.expression.name == "0":
            raise statement.error("the divisor may be zero", division, "write NULLIF(divisor, 0)")
    for join in statement.tree.find_all(exp.Join):
        if (join.args.get("method") or "").upper() == "ASOF":
            raise statement.error("ASOF JOIN is not portable", join, "use ROW_NUMBER() over a join on dates")
    if "~" in statement.text and any(
        token.text in {"~", "!~"} for token in sqlglot.tokenize(statement.text, read="duckdb")
    ):
        raise statement.error("~ matches differently on other engines", None, "use REGEXP_MATCHES")


def _refuse_ratio_thresholds(statement: Statement) -> None:
    """Refuse comparing a parameter with a double: 14.20 against 13.49 is exactly 5 %, and a double says it is not."""
    doubles = {
        alias.alias.lower()
        for alias in statement.tree.find_all(exp.Alias)
        if alias.this.find(exp.Div, exp.Avg) and not isinstance(alias.this, exp.Cast)
    }
    for comparison in statement.tree.find_all(*COMPARISONS):
        if not comparison.find(exp.Placeholder):
            continue
        named = {column.name.lower() for column in comparison.find_all(exp.Column)}
        if comparison.find(exp.Div, exp.Avg) or named & doubles:
            hint = "multiply across in DECIMAL: (a - b) * 100 >= $trigger * a"
            raise statement.error("a quotient or average is compared with a parameter as a double", comparison, hint)


def comparisons(tree: exp.Expr) -> Iterator[exp.Binary]:
    """Yield the ordering comparisons of a tree in the order of the text."""
    yield from (node for node in tree.walk(bfs=False) if isinstance(node, COMPARISONS))


def _table(statement: Statement, name: str) -> exp.Table | None:
    return next((t for t in statement.tree.find_all(exp.Table) if t.name.lower() == name), None)


def _near(name: str, known: Collection[str]) -> str:
    import difflib

    return ", ".join(difflib.get_close_matches(name, known, 3)) or "none like it"


def _line(node: exp.Expr | None, text: str) -> int | None:
    # the tokenizer miscounts lines behind a $; its offsets are right
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta] if node is not None else []
    return text.count("\n", 0, min(starts)) + 1 if starts else None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _line_in(error: Exception) -> int | None:
    for line in str(error).splitlines():
        if line.startswith("LINE "):
            return int(line[5:].split(":")[0])
    return None
