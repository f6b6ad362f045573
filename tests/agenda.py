"""A run with findings, actions and decisions: what a second quarter looks like, for tests of the editions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
from ledger import Line, journal
from run_builder import KEY, build

from auditkit.follow_up import FollowUp
from auditkit.follow_up_stage import follow_up
from auditkit.journal import FIRST, Record
from auditkit.result import Run

GIFTS: dict[str, Any] = {
    "title": "Benefits above the limit are kept",
    "status": "reported",
    "criteria_apply": "yes",
    "condition": "Management confirmed the entries.",
    "cause_code": "supervision",
    "cause": "Nobody compares the register with the limits since the desk moved.",
    "consequence": "Up to 48,250 SAR may have influenced decisions.",
    "impact": "4",
    "likelihood": "3",
    "rating": "high",
    "override_reason": "Seen in 4 units.",
    "recommendation": "Name a reader of the register and a stand-in, and report monthly.",
    "management_response": "We name one in October.",
    "agreed": "yes",
    "owner": "Head of Ethics",
    "due_on": "2026-08-31",
    "machine": {
        "criteria": "Nobody accepts what could influence a decision. (Code of conduct, article 9, 2025)",
        "condition": "9 of 170 items tested are exceptions (5.29 %) in 2026-Q2; confirmed: 7.",
        "suggested": "medium",
        "first_quarter": "2026-Q1",
    },
}
OWN: dict[str, Any] = {
    **{name: value for name, value in GIFTS.items() if name != "machine"},
    "title": "Committees keep no minutes of who stepped aside",
    "recommendation": "Write down who steps aside, and when.",
    "criteria": "Rules of procedure, article 3",
    "rating": "critical",
    "owner": "Director of Procurement",
    "due_on": "2026-12-31",
    "agreed": "no",
    "management_response": "The rules ask for it of large awards only.",
}
ACTION = {
    "title": "Name a reader of the register",
    "finding": "2026-Q2/GFT-02",
    "owner": "Head of Ethics",
    "due_on": "2026-08-31",
    "status": "open",
}
DECISION = {
    "requested": "Decide whether small benefits are allowed",
    "options": "A: none. B: up to 50 SAR.",
    "recommendation": "A, as peers do.",
    "asked_on": "2026-07-20",
}
LINES: tuple[Line, ...] = (
    ("finding", "2026-Q2/GFT-02", "2026-07-15", GIFTS),
    ("finding", "2026-Q3/F-1", "2026-10-12", OWN),
    ("finding", "2026-Q3/REC-01", "2026-10-12", {**GIFTS, "status": "potential", "title": "POTENTIAL-ONLY"}),
    ("finding", "2026-Q1/SEN-01", "2026-04-15", {**GIFTS, "title": "Positions held too long", "rating": "low"}),
    ("finding", "2026-Q1/SEN-01", "2026-07-15", {**GIFTS, "title": "CLOSED-BEFORE", "status": "closed"}),
    ("action", "2026-Q2/A-1", "2026-07-15", ACTION),
    ("action", "2026-Q2/A-1", "2026-07-20", {**ACTION, "due_on": "2026-07-31", "extension_reason": "earlier"}),
    ("action", "2026-Q2/A-1", "2026-08-20", {**ACTION, "due_on": "2026-08-15", "extension_reason": "staff ill"}),
    (
        "action",
        "2026-Q2/A-2",
        "2026-07-15",
        {
            **ACTION,
            "title": "Report monthly",
            "status": "validated",
            "implemented_by": "NAMED-IMPLEMENTER",
            "implemented_on": "2026-08-01",
            "validated_by": "NAMED-IMPLEMENTER",
            "validated_on": "2026-08-02",
            "responded_on": "2026-07-20",
        },
    ),
    (
        "action",
        "2026-Q3/A-3",
        "2026-10-12",
        {
            **ACTION,
            "title": "Keep minutes",
            "finding": "2026-Q3/F-1",
            "owner": "Director of Procurement",
            "status": "risk accepted",
            "risk_accepted_by": "Director of Procurement",
            "due_on": "2026-12-31",
        },
    ),
    ("decision", "2026-Q2/D-1", "2026-07-20", DECISION),
    (
        "decision",
        "2026-Q1/D-1",
        "2026-04-20",
        {
            **DECISION,
            "requested": "Decide who reads the register",
            "decision": "The ethics office.",
            "decided_on": "2026-07-02",
        },
    ),
)


def confirmed(*numbers: int, attribute: str = "GFT-02") -> dict[str, Record]:
    """Dispositions that confirm the exceptions of these numbers."""
    found = {}
    for number in numbers:
        key = KEY.exception_id(attribute[:3], attribute, f"gift_id=G-{number:06d}")
        content = {"disposition": "confirmed deviation", "finding": "2026-Q2/GFT-02"}
        found[key] = Record("disposition", key, "run", content, number + 1, "2026-10-12T09:00:00Z", FIRST, FIRST)
    return found


def made(
    root: Path, *, lines: tuple[Line, ...] = LINES, decided: Mapping[str, Record] | None = None, **changes: Any
) -> tuple[Run, duckdb.DuckDBPyConnection, FollowUp]:
    """The run of the builder with a journal, its database, and what follows from both."""
    run, connection = build(root, decided=decided if decided is not None else confirmed(0, 1, 2), **changes)
    state = follow_up(connection, run, journal(*lines))
    return replace(run, follow_up=state), connection, state
