"""
The register: every exception of the run by its id, with its history, its state and what people decided about it.

It is made in the parent process after the test stage, as the table `register_item` of the run's database: one row per
item that is an exception or for review, and one per item that was open before and is no longer an exception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from auditkit import accounting, disposition, earlier_register
from auditkit.form import DISPOSITION

if TYPE_CHECKING:
    from auditkit.journal import Record
    from auditkit.key import Key
    from auditkit.period import Period
    from auditkit.project import Project
    from auditkit.result import AttributeResult, ControlResult

COLUMNS = (
    ("exception_id", "VARCHAR"),
    ("control_id", "VARCHAR"),
    ("attribute_id", "VARCHAR"),
    ("population", "VARCHAR"),
    ("item", "VARCHAR"),  # as in outstanding_item
    ("severity", "VARCHAR"),
    ("result", "VARCHAR"),  # EXCEPTION, REVIEW; what a carried item is now, NULL if it is outside the population
    ("why", "VARCHAR"),
    ("state", "VARCHAR"),  # one of STATES
    ("quarters_seen", "INTEGER"),  # quarters in which it was an exception or for review, this one included
    ("first_quarter", "VARCHAR"),
    ("last_quarter", "VARCHAR"),  # the last one in which it was
    ("age_days", "INTEGER"),  # from the last day of the first quarter to the last day of the run's period
    ("late_arriving", "BOOLEAN"),
    ("facts", "VARCHAR"),  # hash of `why`
    ("facts_changed", "BOOLEAN"),  # since the disposition
    ("standing", "VARCHAR"),  # one of STANDINGS
    ("disposition", "VARCHAR"),
    ("reason_code", "VARCHAR"),
    ("explanation", "VARCHAR"),
    ("evidence_ref", "VARCHAR"),
    ("preparer", "VARCHAR"),
    ("prepared_on", "DATE"),
    ("reviewer", "VARCHAR"),
    ("reviewed_on", "DATE"),
    ("finding", "VARCHAR"),
    ("expires_on", "DATE"),
    ("restricted", "BOOLEAN"),
)
ACTIVE = ("new", "repeat", "reopened")
CARRIED = ("not tested again", "out of period", "cleared")
STATES = (*ACTIVE, *CARRIED)
# The order in which one item of a population, which several attributes may have found, counts once.
STANDINGS = (
    *("open", "expired", "in review", "confirmed", "referred"),
    *("false positive", "justified", "duplicate"),
)
STATE_ORDER = ("reopened", "repeat", "new", *CARRIED)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How many exceptions (and items for review) of an attribute, or distinct items of a population, stand how.

    new + repeat + reopened are those of this run, and they are open, expired, in review, confirmed, referred, or set
    aside (false positive, justified, duplicate). cleared, out of period and not tested again were open before;
    `carried_open` of them are undecided still. `confirmed_critical` of the confirmed are critical; `facts_changed` of
    the decided read otherwise than when they were decided.
    """

    new: int = 0
    repeat: int = 0
    reopened: int = 0
    cleared: int = 0
    out_of_period: int = 0
    not_tested_again: int = 0
    open: int = 0
    in_review: int = 0
    confirmed: int = 0
    false_positive: int = 0
    justified: int = 0
    duplicate: int = 0
    referred: int = 0
    expired: int = 0
    carried_open: int = 0
    confirmed_critical: int = 0
    facts_changed: int = 0

    @property
    def listed(self) -> int:
        """The exceptions and items for review of this run."""
        return self.new + self.repeat + self.reopened

    @property
    def suppressed(self) -> int:
        """Those set aside, which stay counted."""
        return self.false_positive + self.justified + self.duplicate

    @property
    def undecided(self) -> int:
        """Those that still await a person's decision."""
        return self.open + self.expired + self.in_review


NONE = Standing()


@dataclass(frozen=True, slots=True)
class Making:
    """
    What a register is made from: the open controls, or the restricted ones.

    `known` holds the ids of all attributes of the project, restricted or not; `blocked` those that a failed reliability
    check blocks. `whole` is False for a run of a selection.
    """

    project: Project
    period: Period
    key: Key
    results: Sequence[ControlResult]
    known: frozenset[str]
    blocked: frozenset[str]
    decided: Mapping[str, Record]
    whole: bool
    restricted: bool

    @property
    def attributes(self) -> list[AttributeResult]:
        """The attributes that were tested."""
        return [result for control in self.results for p in control.populations for result in p.attributes]


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table of the register."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
    connection.execute(f"CREATE OR REPLACE TABLE register_item ({columns})")


def fill(connection: duckdb.DuckDBPyConnection, making: Making) -> None:
    """Add the rows of `making`; `register_history` must hold what earlier quarters left."""
    _list(connection, making)
    _past(connection, making)
    _carry(connection, making)
    _decide(connection, making)
    _insert(connection, making)


def _list(connection: duckdb.DuckDBPyConnection, making: Making) -> None:
    """Make `register_listed`: what is an exception or for review now, each item once, with its id."""
    names = [result.attribute.id for result in making.attributes]
    rows = connection.execute(
        f"""SELECT control_id, attribute_id, item FROM outstanding_item
WHERE result IN ('EXCEPTION', 'REVIEW') AND {_among("ours")} GROUP BY ALL""",
        {"ours": names},
    ).fetchall()
    ids = [making.key.exception_id(*row) for row in rows]
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE register_listed AS
WITH named AS (
    SELECT UNNEST(CAST(? AS VARCHAR[])) AS attribute_id, UNNEST(CAST(? AS VARCHAR[])) AS item,
        UNNEST(CAST(? AS VARCHAR[])) AS exception_id
)
SELECT named.exception_id, MIN(o.control_id) AS control_id, o.attribute_id, MIN(o.population) AS population, o.item,
    MIN_BY(o.severity, o.result) AS severity, MIN(o.result) AS result, MIN_BY(o.why, o.result) AS why,
    BOOL_OR(o.late_arriving) AS late_arriving
FROM outstanding_item AS o
INNER JOIN named ON named.attribute_id = o.attribute_id AND named.item = o.item
WHERE o.result IN ('EXCEPTION', 'REVIEW')
GROUP BY named.exception_id, o.attribute_id, o.item""",
        [[row[1] for row in rows], [row[2] for row in rows], ids],
    )


def _among(name: str, table: str = "") -> str:
    """Return SQL: whether the attribute is among the ids bound as `name`, which may be none."""
    return f"LIST_CONTAINS(CAST(${name} AS VARCHAR[]), {table}attribute_id)"


def _past(connection: duckdb.DuckDBPyConnection, making: Making) -> None:
    """Make `register_past`: every id of earlier quarters once, when it was seen, and its last row."""
    ours = {result.attribute.id for result in making.attributes}
    foreign = sorted(making.known - ours)  # not of this run, or not of this register
    gone = "" if making.whole else f" AND {_among('ours')}"
    listed = "result IN ('EXCEPTION', 'REVIEW')"
    row = f"STRUCT_PACK({', '.join(name for name, _ in earlier_register.COLUMNS if name != 'exception_id')})"
    values = {"foreign": foreign} | ({} if making.whole else {"ours": sorted(ours)})
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE register_past AS
WITH seen AS (
    SELECT exception_id, MIN(quarter) FILTER (WHERE {listed}) AS first_quarter,
        MAX(quarter) FILTER (WHERE {listed}) AS last_quarter, COUNT(DISTINCT quarter) FILTER (WHERE {listed}) AS seen,
        MAX_BY({row}, quarter) AS last_row
    FROM register_history WHERE NOT {_among("foreign")}{gone} GROUP BY exception_id
)
SELECT exception_id, UNNEST(last_row), first_quarter, last_quarter, seen FROM seen WHERE seen > 0""",
        values,
    )


def _carry(connection: duckdb.DuckDBPyConnection, making: Making) -> None:
    """Make `register_carried`: what was open before and is no exception now, with what it is now."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE register_carried AS
SELECT * FROM register_past AS p
WHERE p.state <> 'cleared' AND NOT EXISTS (SELECT 1 FROM register_listed AS l WHERE l.exception_id = p.exception_id)"""
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE register_now (attribute_id VARCHAR, item VARCHAR, result VARCHAR)")
    carried = {row[0] for row in connection.execute("SELECT DISTINCT attribute_id FROM register_carried").fetchall()}
    tested = [result for result in making.attributes if result.digest]
    for result in tested:
        if result.attribute.id not in carried:
            continue
        name = result.attribute.id
        connection.execute(
            f"""INSERT INTO register_now
SELECT '{name}', {accounting.item_text(result.grain)} AS item, MIN(r.result) FROM "{result.attribute.table}" AS r
WHERE {accounting.item_text(result.grain)} IN (SELECT item FROM register_carried WHERE attribute_id = '{name}')
GROUP BY ALL"""
        )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE register_answer AS
SELECT c.*, n.result AS result_now, CASE
    WHEN NOT {_among("tested", "c.")} THEN 'not tested again'
    WHEN n.item IS NULL THEN 'out of period'
    WHEN n.result = 'PASS' AND NOT {_among("blocked", "c.")} THEN 'cleared'
    ELSE 'not tested again'
END AS state_now
FROM register_carried AS c
LEFT JOIN register_now AS n ON n.attribute_id = c.attribute_id AND n.item = c.item""",
        {"tested": [result.attribute.id for result in tested], "blocked": sorted(making.blocked)},
    )


def _decide(connection: duckdb.DuckDBPyConnection, making: Making) -> None:
    """Make `register_decided`: the last disposition about each id of this register."""
    known = connection.execute(
        """SELECT exception_id, severity FROM register_listed
UNION ALL SELECT exception_id, severity FROM register_answer"""
    ).fetchall()
    found = [(name, level, making.decided[name]) for name, level in known if name in making.decided]
    longest = making.project.longest_days
    columns: list[list[object]] = [
        [name for name, _, _ in found],
        [disposition.standing(record, level, making.period, longest) for _, level, record in found],
        [record.content.get("facts") for _, _, record in found],
        *([record.content.get(field.name) or None for _, _, record in found] for field in DISPOSITION.fields),
    ]
    names = ["exception_id", "standing", "facts_then", *(field.name for field in DISPOSITION.fields)]
    kinds = ["VARCHAR"] * 3 + ["DATE" if field.kind == "date" else "VARCHAR" for field in DISPOSITION.fields]
    parts = ", ".join(f"UNNEST(CAST(? AS {kind}[])) AS {name}" for name, kind in zip(names, kinds, strict=True))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE register_decided AS SELECT {parts}", columns)


def _insert(connection: duckdb.DuckDBPyConnection, making: Making) -> None:
    labels = [row[0] for row in connection.execute("SELECT DISTINCT first_quarter FROM register_past").fetchall()]
    days = dict(earlier_register.last_days(making.project, sorted({*labels, making.period.label})))
    given = ", ".join(f"d.{field.name}" for field in DISPOSITION.fields)
    undecided = ", ".join(f"'{word}'" for word in (*disposition.UNDECIDED, "referred"))
    connection.execute(
        f"""INSERT INTO register_item
WITH every AS (
    SELECT l.exception_id, l.control_id, l.attribute_id, l.population, l.item, l.severity, l.result, l.why,
        CASE WHEN p.exception_id IS NULL THEN 'new' WHEN p.state = 'cleared' THEN 'reopened' ELSE 'repeat' END AS state,
        COALESCE(p.seen, 0) + 1 AS seen, COALESCE(p.first_quarter, $label) AS first_quarter, $label AS last_quarter,
        l.late_arriving, '' AS state_before, TRUE AS attribute_known
    FROM register_listed AS l LEFT JOIN register_past AS p USING (exception_id)
    UNION ALL
    SELECT exception_id, control_id, attribute_id, population, item, severity,
        CASE WHEN {_among("tested")} THEN result_now ELSE 'NOT_TESTED' END, why, state_now, seen, first_quarter,
        last_quarter, late_arriving, state, {_among("ours")}
    FROM register_answer
),
day AS (SELECT UNNEST($labels) AS label, CAST(UNNEST($days) AS DATE) AS last_day),
dated AS (
    SELECT every.*, DATE_DIFF('day', day.last_day, $last_day) AS age_days,
        SUBSTR(SHA256(why), 1, 16) AS facts, COALESCE(d.standing, 'open') AS standing, d.* EXCLUDE (standing)
    FROM every
    INNER JOIN day ON day.label = every.first_quarter
    LEFT JOIN register_decided AS d ON d.exception_id = every.exception_id
)
SELECT d.exception_id, control_id, attribute_id, population, item, severity, result, why, state, seen, first_quarter,
    last_quarter, age_days, late_arriving, facts, COALESCE(facts_then <> facts, FALSE), standing, {given}, $restricted
FROM dated AS d
WHERE standing IN ({undecided})
    OR NOT (state_before = 'out of period' AND state = 'out of period')
    AND (attribute_known OR state_before <> 'not tested again')
ORDER BY attribute_id, item, exception_id""",
        {
            "label": making.period.label,
            "last_day": making.period.last_day,
            "labels": list(days),
            "days": list(days.values()),
            "tested": [result.attribute.id for result in making.attributes if result.digest],
            "ours": [result.attribute.id for result in making.attributes],
            "restricted": making.restricted,
        },
    )


def standings(connection: duckdb.DuckDBPyConnection, *, restricted: bool) -> dict[str, Standing]:
    """Return the standing of every attribute by its id, and of every population by `CONTROL/population`."""
    rank = f"LIST_POSITION({list(STANDINGS)}, standing)"
    states = f"LIST_POSITION({list(STATE_ORDER)}, state)"
    active = f"state IN ({', '.join(map(repr, ACTIVE))})"
    decided = f"standing NOT IN ({', '.join(map(repr, disposition.UNDECIDED))})"
    rows = connection.execute(
        f"""WITH chosen AS (
    SELECT attribute_id, control_id, population, item, {states} AS state, {active} AS active, {rank} AS standing,
        standing = 'confirmed' AND severity = 'critical' AS critical, facts_changed AND {decided} AS changed
    FROM register_item WHERE restricted = $restricted
),
counted AS (
    SELECT attribute_id AS name, * EXCLUDE (attribute_id, control_id, population, item) FROM chosen
    UNION ALL
    SELECT CONCAT(control_id, '/', population), MIN(state), BOOL_OR(active),
        COALESCE(MIN(standing) FILTER (WHERE active), MIN(standing)), BOOL_OR(critical AND active), BOOL_OR(changed)
    FROM chosen GROUP BY control_id, population, item
)
SELECT name, state, active, standing, COUNT(*), COUNT(*) FILTER (WHERE critical), COUNT(*) FILTER (WHERE changed)
FROM counted GROUP BY ALL ORDER BY ALL""",
        {"restricted": restricted},
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for name, state, is_active, standing, count, critical, changed in rows:
        add = {STATE_ORDER[state - 1]: count}
        if is_active:
            add |= {STANDINGS[standing - 1]: count, "confirmed_critical": critical, "facts_changed": changed}
        elif STANDINGS[standing - 1] in disposition.UNDECIDED and STATE_ORDER[state - 1] != "cleared":
            add["carried_open"] = count
        own = found.setdefault(name, {})
        for word, more in add.items():
            own[word.replace(" ", "_")] = own.get(word.replace(" ", "_"), 0) + more
    return {name: Standing(**own) for name, own in found.items()}
