"""Reports, cases and personnel measures of the base organisation: nobody protected met an adverse action."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from plant import Organisation, Row, at, working_day

KINDS = ("named", "confidential", "anonymous", "named", "external", "confidential", "named", "anonymous")
CHANNELS = ("report_platform", "hotline", "report_platform", "manager", "public", "email", "audit", "letter")
CATEGORIES = ("bribery", "misuse of assets", "conflict of interest", "harassment", "false records")
MEASURES = (
    ("WRITTEN_WARNING", "T1", "DISCIPLINE"), ("TRANSFER_ORDERED", "T2", "STAFFING"), ("SHIFT_CHANGE", "T3", "ROSTER"),
    ("BONUS_REDUCED", "T2", "PERFORMANCE"), ("ACCESS_REMOVED", "T3", "ROLE_REVIEW"), ("SUSPENSION", "T1", "DISCIPLINE"),
)  # fmt: skip


def build(organisation: Organisation) -> None:
    """Fill the tables of cases, and the personnel measures that have nothing to do with them."""
    protected = _reports(organisation)
    _measures(organisation)
    _shift_reform(organisation, protected)
    _before_the_report(organisation)
    _ratings(organisation)
    _second_jobs(organisation)


def _reports(organisation: Organisation) -> list[tuple[dt.date, Row]]:
    """One report every eleven days or so; returns the protected people with the first day of their protection."""
    protected = []
    for number in range(56):
        received = at(working_day(dt.date(2025, 1, 19) + dt.timedelta(days=11 * number)), 9 + number % 6, 3 + number)
        opened = received + dt.timedelta(days=2)
        case = organisation.new_case(
            opened,
            category=CATEGORIES[number % 5],
            closed_at=opened + dt.timedelta(days=60) if number % 3 else None,
            severity=("low", "medium", "high")[number % 3],
        )
        subject = organisation.take_employee(department="00001100")
        organisation.new_case_person(case, subject, "subject", opened)
        kind = KINDS[number % len(KINDS)]
        reporter = None
        if kind in ("named", "confidential"):
            reporter = organisation.take_employee(department=("00001200", "00001400", "00001500")[number % 3])
            organisation.new_case_person(case, reporter, "reporter", opened)
            organisation.new_protection(case, reporter, opened + dt.timedelta(days=1))
            protected.append((received.date(), reporter))
        if number % 4 == 1:
            witness = organisation.take_employee(department="00001200")
            organisation.new_case_person(case, witness, "witness", opened + dt.timedelta(days=9))
            protected.append(((opened + dt.timedelta(days=9)).date(), witness))
        organisation.new_case_person(case, organisation.investigator, "investigator", opened)
        organisation.new_report(
            reporter,
            received,
            reporter_kind=kind,
            channel=CHANNELS[number % len(CHANNELS)],
            category=CATEGORIES[number % 5],
            case=case,
            identity_consent=kind == "named",
        )
    return protected


def _measures(organisation: Organisation) -> None:
    """Adverse actions on people who never reported anything: they happen in every organisation."""
    day = dt.date(2025, 1, 12)
    number = 0
    while day < dt.date(2026, 10, 4):
        action, tier, reason = MEASURES[number % len(MEASURES)]
        decided = working_day(day)
        who = organisation.take_employee(
            department=("00001100", "00001100", "00001200", "00001500", "00001600")[number % 5]
        )
        organisation.new_hr_action(
            who, action, tier, decided, reason_code=reason, effective_date=decided + dt.timedelta(days=3)
        )
        day += dt.timedelta(days=6)
        number += 1


def _shift_reform(organisation: Organisation, protected: list[tuple[dt.date, Row]]) -> None:
    """An organisation-wide programme that also reached two people protected for months."""
    decided = dt.date(2026, 8, 16)
    early = [(start, row) for start, row in protected if dt.date(2025, 10, 15) < start < dt.date(2026, 4, 15)][:2]
    for start, row in early:
        story = "A programme that reached sixty people alike, begun and decided for reasons of its own."
        _answer(organisation, "2026-Q3", row, start, story, "look_alike")
    hit = [row for _, row in early] + [organisation.take_employee(department="00001100") for _ in range(58)]
    director = organisation.select("org_unit", org_unit_id="00001510")[0]["head_employee_id"]
    for row in hit:
        organisation.new_hr_action(
            row,
            "SHIFT_CHANGE",
            "T3",
            decided,
            effective_date=dt.date(2026, 9, 1),
            initiated_date=dt.date(2026, 6, 1),
            initiated_by=director,
            reason_code="SHIFT_REFORM_2026",
            mass_action_id="PROGRAMME-2026-03",
        )


def _before_the_report(organisation: Organisation) -> None:
    """Actions that were decided and took effect before the person reported anything."""
    for number, decided in enumerate((dt.date(2025, 9, 7), dt.date(2026, 3, 8), dt.date(2026, 6, 7))):
        who = organisation.take_employee(department="00001200")
        action, tier, reason = MEASURES[(number + 1) % len(MEASURES)]
        organisation.new_hr_action(
            who, action, tier, decided, effective_date=decided + dt.timedelta(days=7), reason_code=reason
        )
        received = at(working_day(decided + dt.timedelta(days=45)), 11, 25)
        case = organisation.new_case(received + dt.timedelta(days=1), category="bribery")
        subject = organisation.take_employee(department="00001100")
        organisation.new_case_person(case, subject, "subject", received + dt.timedelta(days=1))
        organisation.new_case_person(case, who, "reporter", received + dt.timedelta(days=1))
        organisation.new_protection(case, who, received + dt.timedelta(days=2))
        organisation.new_report(who, received, case=case)
        story = "The measure was decided and took effect six weeks before the report."
        _answer(organisation, ("2025-Q4", "2026-Q2", "2026-Q3")[number], who, received.date(), story, "near_miss")


def _answer(organisation: Organisation, quarter: str, who: Row, start: dt.date, story: str, kind: str) -> None:
    item = {"protected_id": who["person_id"], "episode_start": start}
    organisation.answer("WBP-01", quarter, item, "PASS", story, kind)


def _ratings(organisation: Organisation) -> None:
    stream = organisation.random_for("ratings")
    for cycle, day in (("2024", dt.date(2025, 1, 20)), ("2025", dt.date(2026, 1, 20))):
        for row in organisation.tables["employee"]:
            assignment = organisation.assignment(row, day)
            if row["hire_date"].year >= int(cycle) or assignment is None:
                continue
            organisation.add(
                "performance_rating",
                employee_id=row["employee_id"],
                cycle=cycle,
                rating=Decimal(stream.choice((2, 3, 3, 3, 4, 4, 5))),
                rating_scale_id="S5",
                rated_by=assignment["manager_employee_id"],
                rating_date=day,
                calibrated=True,
            )


def _second_jobs(organisation: Organisation) -> None:
    for number in range(16):
        who = organisation.take_employee(department="00001600" if number % 2 else "00001200")
        asked = dt.datetime(2025, 1 + number % 12, 9, 10, 30)
        organisation.add(
            "secondary_employment",
            request_id=organisation.next_id("SJ", 4),
            person_id=who["person_id"],
            employer_name=f"Evening School no. {number + 1}",
            activity="teaching",
            hours_week=Decimal(4),
            income_year=Decimal("9600.00"),
            requested_at=asked,
            decision="granted",
            decided_by=organisation.identity("secondary_employment", "decided_by", organisation.ethics_officer),
            decided_at=asked + dt.timedelta(days=9),
            valid_from=asked.date() + dt.timedelta(days=20),
        )
