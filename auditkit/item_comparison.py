"""The comparison of one attribute's results with those kept in the evidence, item by item."""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditkit.result import AttributeResult

MOST = 5  # items that are named
# Sums of floating numbers may come out otherwise in their last digits when their terms are added in another order.
CLOSE = "1e-9"
FLOATING = ("DOUBLE", "FLOAT")


def compare(connection: duckdb.DuckDBPyConnection, kept: Path, result: AttributeResult) -> list[str]:
    """
    Return what differs between the table of `result` and the file of results `kept`, in words; nothing: an empty list.

    Items with another result or reason are counted and the first of them named; other columns are counted.
    """
    try:
        return _compared(connection, kept, result)
    except duckdb.Error:
        return ["the kept results cannot be read; auditkit verify says what became of the file"]


def _compared(connection: duckdb.DuckDBPyConnection, kept: Path, result: AttributeResult) -> list[str]:
    table = f'"{result.attribute.table}"'
    was_columns = _columns(connection, "SELECT * FROM read_parquet($path)", {"path": str(kept)})
    now_columns = _columns(connection, f"SELECT * FROM {table}", {})
    grain = result.grain
    same = " AND ".join(f'w."{name}" IS NOT DISTINCT FROM n."{name}"' for name in grain)
    verdict = "CASE WHEN {0}.here THEN CONCAT_WS(':', {0}.result, {0}.reason) END"
    item = ", ', ', ".join(
        f"'{name}=', COALESCE(CAST(COALESCE(w.\"{name}\", n.\"{name}\") AS VARCHAR), '')" for name in grain
    )
    both = [name for name in now_columns if name in was_columns and name not in (*grain, "result", "reason")]
    others = "".join(f", {_differs(name, now_columns[name])} AS differs_{place}" for place, name in enumerate(both))
    joined = (
        f"SELECT CONCAT({item}) AS item, {verdict.format('w')} AS was, {verdict.format('n')} AS now{others} "
        f"FROM (SELECT *, TRUE AS here FROM read_parquet($path)) AS w "
        f"FULL OUTER JOIN (SELECT *, TRUE AS here FROM {table}) AS n ON {same}"
    )
    path = {"path": str(kept)}
    wrong = connection.execute(
        f"SELECT item, was, now, COUNT(*) OVER () FROM ({joined}) WHERE was IS DISTINCT FROM now "
        f"ORDER BY item LIMIT {MOST}",
        path,
    ).fetchall()
    said = [f"columns: were {', '.join(was_columns)}"] if set(was_columns) != set(now_columns) else []
    if wrong:
        named = "; ".join(f"{item} was {was or 'absent'}, is {now or 'absent'}" for item, was, now, _ in wrong)
        more = f"; and {wrong[0][3] - len(wrong):,} more" if wrong[0][3] > len(wrong) else ""
        said.append(f"{wrong[0][3]:,} {'items differ' if wrong[0][3] > 1 else 'item differs'}: {named}{more}")
    if both:
        sums = ", ".join(f"SUM(CAST(differs_{place} AS INTEGER))" for place in range(len(both)))
        counted = connection.execute(
            f"SELECT {sums} FROM ({joined}) WHERE was IS NOT NULL AND now IS NOT NULL", path
        ).fetchone()
        said += [f"{name} differs in {count:,} items" for name, count in zip(both, counted or (), strict=True) if count]
    return said


def _columns(connection: duckdb.DuckDBPyConnection, select: str, values: dict[str, str]) -> dict[str, str]:
    found = connection.execute(f"DESCRIBE {select}", values).fetchall()
    return {row[0]: row[1] for row in found}


def _differs(name: str, kind: str) -> str:
    was, now = f'w."{name}"', f'n."{name}"'
    if kind in FLOATING:
        close = f"ABS({was} - {now}) <= {CLOSE} * GREATEST(ABS({was}), ABS({now}))"
        return f"({was} IS DISTINCT FROM {now} AND NOT COALESCE({close}, FALSE))"
    return f"({was} IS DISTINCT FROM {now})"
