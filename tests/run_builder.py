"""A finished run made by hand: realistic counts, items and tables, so that editions can be tested without extracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from auditkit import earlier_register, register
from auditkit.conclusion import after_review
from auditkit.control import (
    Attribute,
    BoardBlock,
    BoardColumn,
    Chart,
    Control,
    Criterion,
    Population,
    Statistic,
    Suppression,
)
from auditkit.delivery import DeliveryNote
from auditkit.disposition import LONGEST
from auditkit.errors import ExtractError
from auditkit.extract import Extracts, FailedExtract, IgnoredExtract, LoadedExtract
from auditkit.journal import Record
from auditkit.key import Key
from auditkit.parameter import Parameter, ParameterValue
from auditkit.period import Quarters
from auditkit.project import Project, ReliabilityOverride
from auditkit.reason import Reason
from auditkit.register import Making, Standing
from auditkit.reliability import Check, Reliability
from auditkit.result import (
    OUTSTANDING_COLUMNS,
    AttributeResult,
    ControlResult,
    Counts,
    PopulationResult,
    PreviousFigures,
    Run,
    TableResult,
)
from auditkit.statement import parse
from auditkit.table_load import LoadedEntity

ROOT = Path(__file__).resolve().parent.parent
KEY = Key(bytes(32))
STAMP = dt.datetime(2026, 10, 12, 9, 30, 0)
NAMES = ("Nora Haddad", "Émile Okonkwo-Brandt", "سلمى العامري", "Ravi Thirunal", "Ingeborg Maastricht")
PARTIES = (
    '=HYPERLINK("http://x.example","Al Noor")',
    'Brightwater & Sons "Trading"',
    "Qasr Logistics",
    "Delta Instruments",
)


def project(root: Path, **changes: Any) -> Project:
    values: dict[str, Any] = {
        "root": root,
        "organisation": "Customs Authority of Meridia",
        "names": {},
        "languages": ("en",),
        "currency": "SAR",
        "time_zone": "Asia/Riyadh",
        "quarters": Quarters(1, 7),
        "weekend": ("friday", "saturday"),
        "holidays": (),
        "quarter": "2026-Q3",
        "policy_pack": "zatca_zero",
        "controls": ROOT / "controls",
        "extracts": root / "extracts",
        "mappings": root / "mappings",
        "output": root / "output",
        "register": root / "register",
        "key_file": root / "auditkit.key",
        "register_begins": None,
        "longest_days": LONGEST,
        "passphrase_file": None,
        "overrides": (),
        "reliability_overrides": (
            ReliabilityOverride(
                "IPE-07", "approval.approver_id", "Approvers who left are archived elsewhere", "M. Approver"
            ),
        ),
        "reliability_limits": {},
        "not_tested_limit": "0.05",
        "memory": "1GB",
        "deadline": 600,
    }
    return Project(**(values | changes))


def criterion(control: str, text: str, article: str) -> Criterion:
    return Criterion(f"{control}-C1", text, "Code of conduct", article, "2025", "2025-01-01")


def attribute(control: str, number: int, title: str, population: str, severity: str, root: Path = ROOT) -> Attribute:
    name = f"{control}-{number:02d}"
    text = f"-- {name} {title}.\nSELECT gift_id, 'PASS' AS result\nFROM shared_view\nORDER BY gift_id"
    path = root / f"{name.lower()}.sql"
    return Attribute(
        id=name,
        title=title,
        control_id=control,
        population=population,
        severity=severity,
        criteria=(f"{control}-C1",),
        message="{item} was {amount} {currency}",
        not_a_problem_when="An approved exemption covers it.",
        statement=parse(text, path, path.name),
        cases=(),
        path=path,
        shown=f"controls/{path.name}",
        optional={"fx_rate": "foreign currencies are not tested"},
        columns={},
        tolerable_rate="0 %" if severity == "critical" else "5 %",
    )


@dataclass(frozen=True)
class Looked:
    """The counts of one attribute to be built."""

    number: int
    title: str
    severity: str
    counts: Counts
    amounts: dict[str, Decimal] = field(default_factory=dict)
    not_concluded: tuple[Reason, ...] = ()


def population_result(
    control: str, name: str, title: str, grain: tuple[str, ...], tested: Sequence[Looked], counts: Counts | None = None
) -> PopulationResult:
    population = Population(name, title, f"{name}_in_period", grain, "gift", "event date", "registered_at")
    results = tuple(
        AttributeResult(
            attribute(control, t.number, t.title, name, t.severity),
            t.counts,
            t.not_concluded,
            f"{t.counts.population} items, {t.counts.population} results; each item once, both ways",
            0.5,
            f"{t.counts.population}-{t.number:032x}",
            t.amounts,
        )
        for t in tested
    )
    whole = counts or tested[0].counts
    words = (
        f"exceptions awaiting review ({whole.exceptions})" if whole.exceptions else "no exceptions in the items tested"
    )
    severities: dict[str, int] = {}
    for t in tested:
        if t.counts.exceptions:
            severities[t.severity] = severities.get(t.severity, 0) + t.counts.exceptions
    amounts = {"SAR": sum((t.amounts.get("SAR", Decimal(0)) for t in tested), Decimal(0))}
    return PopulationResult(population, whole, results, words, severities, amounts)


def control(
    identifier: str, title: str, objective: str, populations: Sequence[PopulationResult], **changes: Any
) -> ControlResult:
    board: tuple[tuple[BoardBlock, TableResult], ...] = changes.pop("blocks", ())
    statistics: tuple[tuple[Statistic, TableResult], ...] = changes.pop("estimates", ())
    article = changes.pop("article", "article 9")
    criteria = (criterion(identifier, f"{objective} No exception without written approval.", article),)
    values: dict[str, Any] = {
        "id": identifier,
        "title": title,
        "version": "1.0.0",
        "kind": "test",
        "objective": objective,
        "risk": "Decisions are bought, and the organisation pays for it.",
        "criteria": criteria,
        "owner": "Ethics office",
        "control_type": "preventive",
        "control_nature": "it_dependent",
        "key_control": True,
        "frequency": "quarterly",
        "rad_factor": 4,
        "framework_refs": ("ISO 37001:2025",),
        "restricted": False,
        "self_review_threat": "",
        "remediation_hint": "Return it, register it, remind the unit.",
        "populations": {result.population.name: result.population for result in populations},
        "parameters": {},
        "statistics": tuple(statistic for statistic, _ in statistics),
        "board": tuple(block for block, _ in board),
        "attributes": tuple(r.attribute for population in populations for r in population.attributes),
        "path": ROOT / "controls",
        "shown": "controls/control.yml",
    }
    return ControlResult(Control(**(values | changes)), tuple(populations), statistics, board)


def counts(
    population: int, exceptions: int = 0, review: int = 0, not_tested: int = 0, idle: int = 0, **reasons: int
) -> Counts:
    passed = population - exceptions - review - not_tested - idle
    found = {("NOT_TESTED", code): number for code, number in reasons.items()}
    return Counts(population, passed, exceptions, review, not_tested, idle, found)


GAP_BLOCK = BoardBlock(
    "equal_pay",
    "Equal pay",
    "gap_by_category",
    "Mean gap = (men's mean - women's mean) / men's mean, of hourly base pay on the last day of the quarter.",
    (
        BoardColumn("category", "Category"),
        BoardColumn("women", "Women", "count"),
        BoardColumn("men", "Men", "count"),
        BoardColumn("mean_gap", "Mean gap", "percent", 2),
        BoardColumn("median_gap", "Median gap", "percent", 2),
        BoardColumn("trigger", "At least 5 %?", "flag"),
    ),
    Chart("bar", "category", ("mean_gap", "median_gap")),
    Suppression(("women", "men"), 5, ("mean_gap", "median_gap", "trigger")),
)
GAP_ROWS: tuple[tuple[Any, ...], ...] = (
    ("EV-01 Clerical support", 84, 41, Decimal("1.20"), Decimal("0.80"), False),
    ("EV-02 Inspection", 63, 122, Decimal("2.41"), Decimal("2.10"), False),
    ("EV-03 Valuation experts", 31, 37, Decimal("6.35"), Decimal("5.90"), True),
    ("EV-04 Laboratory", 18, 12, Decimal("-5.40"), Decimal("-3.10"), True),
    ("EV-05 Legal counsel", 9, 11, Decimal("0.35"), Decimal("0.00"), False),
    ("EV-06 Senior management", 3, 14, Decimal("11.13"), Decimal("9.97"), True),
)


def gift_control(exceptions: int = 12) -> ControlResult:
    worth = {"SAR": Decimal("48250.00"), "EUR": Decimal("1300.50")}
    tested = [
        Looked(1, "Nothing is accepted from a prohibited source", "critical", counts(240, 2, 0, 0, 60)),
        Looked(
            2,
            "What one giver hands to one person on one day stays within the occasion limit",
            "high",
            counts(240, exceptions, 3, 4, 60, value_missing=3, rejected_without_key=1),
            worth,
        ),
        Looked(4, "Everything accepted is registered within the time allowed", "medium", counts(240, 7, 1, 0, 60)),
    ]
    whole = counts(240, exceptions + 5, 4, 4, 52)
    population = population_result("GFT", "gifts", "Entries of the register", ("gift_id",), tested, whole)
    return control("GFT", "Gift acceptance", "Nobody accepts what could influence a decision.", [population])


def pay_control(people_exceptions: int = 3) -> ControlResult:
    categories = population_result(
        "PAY",
        "categories",
        "Equal-value categories",
        ("job_value_group",),
        [
            Looked(1, "Mean pay of women and men differs by less than the trigger", "high", counts(6, 2, 0, 0, 1)),
        ],
    )
    employments = population_result(
        "PAY",
        "employments",
        "Employments on the last day",
        ("employee_id",),
        [
            Looked(
                7,
                "Everybody is paid within the range of the grade",
                "medium",
                counts(1998, people_exceptions, 0, 11, 400, fte_missing=2, grade_missing=9),
                {"SAR": Decimal("7311.00")},
            ),
        ],
    )
    organisation = population_result(
        "PAY",
        "organisation",
        "The organisation",
        ("organisation",),
        [
            Looked(6, "The adjusted gap is below the limit", "high", counts(1)),
        ],
    )
    columns = ("category", "women", "men", "mean_gap", "median_gap", "trigger")
    statistic = Statistic("adjusted_gap", "Adjusted pay gap", "ordinary_least_squares", "pay_rows", {}, "PAY")
    names = ("model", "n", "estimate", "ci_low", "ci_high", "p_value", "error_type", "status", "reason")
    estimates: tuple[tuple[Any, ...], ...] = (
        (
            "raw",
            1587,
            Decimal("-0.041200"),
            Decimal("-0.063"),
            Decimal("-0.019"),
            Decimal("0.0003"),
            "HC3",
            "estimated",
            None,
        ),
        (
            "category",
            1587,
            Decimal("-0.008100"),
            Decimal("-0.017"),
            Decimal("0.001"),
            Decimal("0.081"),
            "HC3",
            "estimated",
            None,
        ),
    )
    return control(
        "PAY",
        "Equal pay",
        "Women and men are paid the same for work of equal value.",
        [categories, employments, organisation],
        blocks=((GAP_BLOCK, TableResult(columns, GAP_ROWS)),),
        estimates=((statistic, TableResult(names, estimates)),),
        article="article 10",
        rad_factor=2,
    )


def open_controls(people_exceptions: int = 3, gift_exceptions: int = 12) -> tuple[ControlResult, ...]:
    part = ("context_type", "context_id", "lot_id", "person_id")
    recusal = population_result(
        "REC",
        "participations",
        "Parts taken in decisions",
        part,
        [
            Looked(
                1,
                "Who has a tie to a bidder steps aside before the first action",
                "critical",
                counts(5312, 4, 9, 26, 4810, action_time_missing=26),
                {"SAR": Decimal("1840000.00")},
            ),
            Looked(3, "Who stepped aside takes no further part", "high", counts(5312, 1, 0, 0, 5200)),
        ],
        counts(5312, 5, 9, 26, 4800),
    )
    disclosure = population_result(
        "COI",
        "ties",
        "Ties between deciders and counterparties",
        ("person_id", "party_id"),
        [
            Looked(2, "Every tie is declared before the decision", "high", counts(0), {}, (Reason.nil_population(),)),
            Looked(
                3,
                "Every declared tie was assessed",
                "medium",
                counts(31, 0, 0, 31, not_delivered=31),
                {},
                (Reason.not_delivered(["coi_declaration"]), Reason.untested(31, 31)),
            ),
        ],
        counts(31, 0, 0, 31),
    )
    clean = population_result(
        "SEN",
        "rotations",
        "Sensitive positions",
        ("position_id",),
        [
            Looked(1, "Nobody holds a sensitive position longer than allowed", "medium", counts(118)),
        ],
    )
    failing = population_result(
        "DEC",
        "declarations",
        "Declarations due",
        ("declaration_id",),
        [
            Looked(
                1,
                "Every declaration is made in time",
                "low",
                counts(50, 0, 0, 50, control_error=50),
                {},
                (Reason.control_error("Conversion Error: Could not convert string 'Nora Haddad' to INT32"),),
            ),
        ],
    )
    return (
        gift_control(gift_exceptions),
        control(
            "REC", "Procurement recusal", "Who has a tie to a bidder takes no part.", [recusal], article="article 14"
        ),
        control(
            "COI",
            "Interest disclosure",
            "Ties are known before they matter.",
            [disclosure],
            self_review_threat="Internal audit keeps the register of ties. An outsider re-performs it.",
        ),
        pay_control(people_exceptions),
        control(
            "SEN",
            "Sensitive positions",
            "Nobody stays too long where the risk is greatest.",
            [clean],
            key_control=False,
        ),
        control("DEC", "Declarations", "Declarations are complete and in time.", [failing], rad_factor=None),
    )


def restricted_control(exceptions: int = 2) -> ControlResult:
    population = population_result(
        "WBP",
        "episodes",
        "Protected people and episodes",
        ("person_id", "case_id"),
        [
            Looked(
                1, "No adverse action falls into a protected time", "high", counts(9, exceptions, 1, 1, 2, no_date=1)
            ),
            Looked(3, "Every grave action was cleared before", "critical", counts(9, 0, 0, 0, 4)),
        ],
    )
    return control(
        "WBP",
        "Non-retaliation",
        "Nobody suffers because they reported.",
        [population],
        restricted=True,
        self_review_threat="Internal audit keeps the line and tests it; an outsider examines indicators.",
    )


Item = dict[str, Any]


def items(rows: int = 12) -> list[Item]:
    made: list[Item] = []
    for number in range(rows):
        made.append(
            {
                "control_id": "GFT",
                "attribute_id": "GFT-02",
                "population": "gifts",
                "item": f"gift_id=G-{number:06d}",
                "severity": "high",
                "result": "EXCEPTION",
                "person_id": f"P{number % len(NAMES):07d}",
                "org_unit_id": "0012",
                "party_id": f"V-{number % len(PARTIES):05d}",
                "event_date": dt.date(2026, 7, 1) + dt.timedelta(days=number % 90),
                "amount": Decimal("450.00") + number,
                "currency": "SAR",
                "why": f"Received {450 + number}.00 SAR on {number % 28 + 1} July; limit 50.00 SAR.",
                "evidence": "\n".join(f"entry {n}: watch, 150.00 SAR" for n in range(number % 9)) or None,
                "late_arriving": number % 7 == 0,
            }
        )
    made += [
        {
            **made[0],
            "attribute_id": "GFT-04",
            "severity": "medium",
            "result": "REVIEW",
            "reason": "same_day",
            "item": "gift_id=R-1",
        },
        {
            **made[0],
            "result": "NOT_TESTED",
            "reason": "value_missing",
            "item": "gift_id=N-1",
            "amount": None,
            "why": None,
        },
        {
            **made[0],
            "control_id": "REC",
            "attribute_id": "REC-01",
            "severity": "critical",
            "item": "context_type=tender, context_id=T-77, lot_id=2, person_id=P0000001",
            "why": "Scored the bid of a company owned by a sibling on 4 August; stepped aside on 9 August.",
        },
    ]
    secret = {**made[0], "control_id": "WBP", "attribute_id": "WBP-01", "population": "episodes"}
    made += [
        {**secret, "item": "person_id=P0000003, case_id=CASE-SECRET-1", "why": "Retained secret sentence about Ravi."},
        {**secret, "result": "REVIEW", "item": "person_id=P0000004, case_id=CASE-SECRET-2", "why": "Secret review."},
        {
            **secret,
            "result": "NOT_TESTED",
            "reason": "no_date",
            "item": "person_id=P0000002, case_id=CASE-SECRET-3",
            "why": None,
        },
    ]
    return made


def database(rows: Iterable[Item]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    columns = ", ".join(f"{name} {kind}" for name, kind in OUTSTANDING_COLUMNS)
    connection.execute(f"CREATE TABLE outstanding_item ({columns})")
    marks = ", ".join("?" for _ in OUTSTANDING_COLUMNS)
    values = [[row.get(name) for name, _ in OUTSTANDING_COLUMNS] for row in rows]
    if len(values) > 1000:
        _many(connection, values)
    else:
        for row in values:
            connection.execute(f"INSERT INTO outstanding_item VALUES ({marks})", row)
    connection.execute("CREATE TABLE person (person_id VARCHAR, full_name VARCHAR)")
    connection.executemany("INSERT INTO person VALUES (?, ?)", [[f"P{n:07d}", name] for n, name in enumerate(NAMES)])
    connection.execute("CREATE TABLE org_unit (org_unit_id VARCHAR, name VARCHAR, valid_from DATE, valid_to DATE)")
    connection.execute(
        "INSERT INTO org_unit VALUES ('0012', 'Old Harbour Unit', '2020-01-01', '2026-07-05'), "
        "('0012', 'Harbour Inspection', '2026-07-05', NULL)"
    )
    connection.execute("CREATE TABLE party (party_id VARCHAR, legal_name VARCHAR)")
    connection.executemany("INSERT INTO party VALUES (?, ?)", [[f"V-{n:05d}", name] for n, name in enumerate(PARTIES)])
    connection.execute(
        "CREATE TABLE rejected_row (source_file VARCHAR, source_row BIGINT, entity VARCHAR, reason VARCHAR, "
        "restricted BOOLEAN)"
    )
    connection.execute(
        "INSERT INTO rejected_row VALUES ('gifts.xlsx', 17, 'gift', 'gift_id is empty', FALSE), "
        "('cases_secret.csv', 3, 'case_file', 'SECRET reject', TRUE)"
    )
    connection.execute(
        "CREATE TABLE unread_cell (source_file VARCHAR, source_row BIGINT, entity VARCHAR, column_name VARCHAR, "
        "found VARCHAR, reason VARCHAR, restricted BOOLEAN)"
    )
    connection.execute(
        "INSERT INTO unread_cell VALUES ('gifts.xlsx', 21, 'gift', 'value', '=1+1', 'not a number', FALSE), "
        "('cases_secret.csv', 4, 'case_file', 'opened', 'SECRET cell', 'not a date', TRUE)"
    )
    return connection


def _many(connection: duckdb.DuckDBPyConnection, values: list[list[Any]]) -> None:
    """Insert the first row `n` times with other items: executemany is slow."""
    marks = ", ".join("?" for _ in OUTSTANDING_COLUMNS)
    connection.execute(f"INSERT INTO outstanding_item VALUES ({marks})", values[0])
    connection.execute(
        f"INSERT INTO outstanding_item SELECT * REPLACE ('gift_id=L-' || n AS item) "
        f"FROM outstanding_item, UNNEST(RANGE({len(values) - 1})) AS numbers(n)".replace(
            "SELECT *", "SELECT * EXCLUDE (n)"
        )
    )


def loaded(
    path: str, entity: str, rows: int, *, restricted: bool = False, rejected: int = 0, unread: int = 0
) -> LoadedExtract:
    part = LoadedEntity(entity, rows, 0, rows - rejected, rejected, unread, 2, ("gift_id", "value"))
    note = DeliveryNote(f"{path}.delivery.yml", system="SAP ECC", report="ZHR_GIFT", user="hr.clerk", rows=rows)
    return LoadedExtract(path, "ab" * 32, 120_000, "utf-8", "csv", rows, note, None, (part,), restricted)


def checks() -> tuple[Check, ...]:
    def check(identifier: str, title: str, subject: str, status: Any, **more: Any) -> Check:
        values: dict[str, Any] = {
            "expected": "0",
            "found": "0",
            "detail": "",
            "population": 240,
            "failures": 0,
            "blocks": (),
            "restricted": False,
        }
        return Check(identifier, title, subject, status, **(values | more))

    return (
        check("IPE-01", "Provenance is complete", "gifts.xlsx", "passed"),
        check("IPE-02", "File agrees with its delivery note", "gifts.xlsx", "passed"),
        check(
            "IPE-03",
            "Control total from an independent source",
            "gift.value",
            "not_performed",
            detail="the note names no independent source",
        ),
        check(
            "IPE-07",
            "Every reference finds its target",
            "approval.approver_id",
            "failed",
            failures=5,
            found="5",
            detail="for example P-LEAK-EXAMPLE",
            blocks=("REC-04",),
        ),
        check("IPE-01", "Provenance is complete", "holidays.csv", "limitation", detail="published, no totals"),
        check("IPE-06", "Keys are unique", "case_file SECRET", "failed", failures=1, restricted=True),
    )


def previous_rows(factor: int) -> dict[tuple[str, str], dict[str, Any]]:
    rows = {}
    for result in open_controls():
        for population in result.populations:
            found = population.counts
            rows[(result.control.id, population.population.name)] = {
                "tested": found.tested,
                "exceptions": max(0, found.exceptions - factor),
                "review": found.review,
                "not_tested": found.not_tested,
                "not_applicable": found.not_applicable,
                "items": found.population,
                "concluded": True,
            }
    return rows


def build(
    root: Path,
    *,
    state: str = "tested",
    controls: tuple[ControlResult, ...] | None = None,
    rows: Iterable[Item] | None = None,
    previous: int = 3,
    secret_exceptions: int = 2,
    decided: Mapping[str, Record] | None = None,
    **changes: Any,
) -> tuple[Run, duckdb.DuckDBPyConnection]:
    """Return a run and the database behind it; `state` is the state of the restricted controls."""
    about = project(root)
    period = about.period()
    limit = Parameter(
        "occasion_limit",
        "Most that one giver may hand over on one day",
        "decimal",
        "50",
        "0.01",
        "SAR",
        limit_kind="max_allowed",
        source_of_default="common practice",
    )
    secret = Parameter("window_days", "SECRET window", "integer", "365", "1", "days")
    hidden = restricted_control(secret_exceptions)
    values: dict[str, Any] = {
        "id": "20261012T093000Z",
        "project": about,
        "period": period,
        "declared_at": STAMP,
        "selection": "",
        "controls": open_controls() if controls is None else controls,
        "restricted": (hidden,) if state == "tested" else (),
        "restricted_controls": () if state == "none" else (hidden.control,),
        "restricted_state": state,
        "parameters": (
            ParameterValue("GFT", limit, "0", "pack zatca_zero", "Zero tolerance of gifts from prohibited sources"),
            ParameterValue("WBP", secret, "400", "override", "SECRET reason", "SECRET approver"),
        ),
        "extracts": Extracts(
            (
                loaded("gifts.xlsx", "gift", 241, rejected=1, unread=3),
                loaded("HR_PA0001.csv", "employee", 2104),
                loaded("cases_secret.csv", "case_file", 12, restricted=True),
            ),
            (IgnoredExtract("notes.csv", "no mapping and no entity of that name"),),
            (
                FailedExtract("bids.csv", ExtractError("the file is cut off"), ("bid",), False),
                FailedExtract("cases_broken.csv", ExtractError("SECRET failure"), ("case_person",), True),
            ),
        ),
        "reliability": Reliability(checks(), {"REC-04": (Reason.unreliable("IPE-07", "approval.approver_id"),)}),
        "previous": tuple(
            PreviousFigures(label, f"run-{label}", previous_rows(factor))
            for factor, label in enumerate(about.quarters.before(period.label, previous), 1)
        ),
        "manifest": {"run": {"id": "20261012T093000Z"}, "extracts": [{"file": "gifts.xlsx", "sha256": "ab" * 32}]},
        "view_sql": {"shared_view": "SELECT gift_id\nFROM gift", "secret_view": "SELECT case_id FROM case_file"},
    }
    connection = database(items() if rows is None else rows)
    return registered(Run(**(values | changes)), connection, decided or {}), connection


def _whole(found: dict[str, Standing], results: Sequence[ControlResult]) -> dict[str, Standing]:
    """The standings of all that was counted: what is not among the rows is new and open."""
    counted = {f"{result.control.id}/{p.population.name}": p.counts for result in results for p in result.populations}
    counted |= {a.attribute.id: a.counts for result in results for p in result.populations for a in p.attributes}
    for name, counts in counted.items():
        standing = found.get(name, Standing())
        more = max(0, counts.exceptions + counts.review - standing.listed)
        found[name] = replace(standing, new=standing.new + more, open=standing.open + more)
    return found


def registered(run: Run, connection: duckdb.DuckDBPyConnection, decided: Mapping[str, Record]) -> Run:
    """Return the run with its exceptions in the register, in the first quarter there is."""
    register.create(connection)
    earlier_register.create(connection)
    known = frozenset(a.id for result in (*run.controls, *run.restricted) for a in result.control.attributes)
    found = []
    for results, restricted in ((run.controls, False), (run.restricted, True)):
        making = Making(run.project, run.period, KEY, results, known, frozenset(), decided, not run.partial, restricted)
        register.fill(connection, making)
        found.append(_whole(register.standings(connection, restricted=restricted), results))
    concluded = [
        after_review(results, each) for results, each in zip((run.controls, run.restricted), found, strict=True)
    ]
    return replace(
        run,
        register=found[0],
        restricted_register=found[1],
        conclusions=concluded[0],
        restricted_conclusions=concluded[1],
    )
