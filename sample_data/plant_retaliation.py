"""
Measures against people whom a report or a case protects, and what only looks like retaliation.

Every story is one protected person with one measure, answered under the four attributes: `found` names the results
that must be reported, `near` the boundary cases that must not, `alike` the innocent look-alikes. What is not named is
clean. Reporters work in Clearance, the accused in Border Operations unless a story needs it otherwise: only the
Director General stands above both, four levels up.
"""

from __future__ import annotations

import datetime as dt

from episode import DAY, Cases, Protected
from plant import Organisation, Row, at

EXCEPTION = "EXCEPTION"
NO_ACTION = "NOT_APPLICABLE:no_adverse_action"
NO_FIRST_TIER = "NOT_APPLICABLE:no_first_tier_action"
CLEAN = {1: "PASS", 2: NO_ACTION, 6: "PASS"}
Q4, Q1, Q2, Q3 = "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"


def plant(organisation: Organisation) -> None:
    """Plant into reports, cases and personnel measures."""
    cases = Cases(organisation)
    _first_days(cases)
    _end_of_protection(cases)
    _day_of_the_report(cases)
    _wanted_or_for_many(cases)
    _accused_and_line(cases)
    _relatives_of_the_accused(cases)
    _clearance(cases)
    _threats_and_attempts(cases)
    _identities(cases)
    _parts_and_reports(cases)
    _missing_data(cases)
    _other_quarters(cases)


def _first_days(cases: Cases) -> None:
    reporter = cases.employee()
    manager = cases.superior(reporter)
    one = cases.reporter(dt.date(2026, 6, 2), reporter, subject=manager)
    cases.measure(one, "ACCESS_REMOVED", "T3", dt.date(2026, 8, 31))
    story = "Reported the manager, who then had the reporter's access removed; decided on the ninetieth day"
    cases.say(Q3, one, story, found={1: EXCEPTION, 2: EXCEPTION, 6: EXCEPTION}, alike={3: NO_FIRST_TIER})

    reporter = cases.employee(unit="00001113")
    one = cases.reporter(dt.date(2026, 6, 2), reporter, subject=cases.neighbour(reporter))
    cases.measure(
        one, "TRANSFER_ORDERED", "T2", dt.date(2026, 9, 1),
        initiated_by=cases.superior(reporter, 3), decided_by=cases.superior(reporter, 4),
    )  # fmt: skip
    story = "Moved on the ninety-first day by the head of the department, three levels above the accused"
    cases.say(Q3, one, story, found={1: EXCEPTION}, near={2: "PASS", 6: "PASS"})


def _end_of_protection(cases: Cases) -> None:
    closed = dt.date(2025, 10, 20)
    last = cases.reporter(dt.date(2025, 8, 17), closed_on=closed)
    cases.measure(
        last, "WRITTEN_WARNING", "T1", dt.date(2026, 8, 17), non_retaliation_clearance_date=dt.date(2026, 8, 16)
    )
    story = "A warning on the last of 365 days, cleared by the ethics office the day before"
    cases.say(Q3, last, story, found={1: EXCEPTION}, near={3: "PASS"})
    after = cases.reporter(dt.date(2025, 8, 16), closed_on=closed)
    cases.measure(after, "BONUS_REDUCED", "T2", dt.date(2026, 8, 17))
    cases.say(Q3, after, "A smaller bonus on the 366th day after the report", near=CLEAN)

    closed = dt.date(2026, 3, 3)  # 180 days later it is 30 August
    last = cases.reporter(dt.date(2025, 6, 8), closed_on=closed)
    cases.measure(
        last, "WRITTEN_WARNING", "T1", dt.date(2026, 8, 30), non_retaliation_clearance_date=dt.date(2026, 8, 30)
    )
    story = "A warning on the 180th day after the case was closed, cleared on that very day"
    cases.say(Q3, last, story, found={1: EXCEPTION, 3: "REVIEW:cleared_same_day"})
    after = cases.reporter(dt.date(2025, 6, 8), closed_on=closed)
    cases.measure(after, "SHIFT_CHANGE", "T3", dt.date(2026, 8, 31))
    cases.say(Q3, after, "Another shift on the 181st day after the case was closed", near=CLEAN)


def _day_of_the_report(cases: Cases) -> None:
    before = cases.reporter(dt.date(2026, 8, 10))
    cases.measure(before, "SHIFT_CHANGE", "T3", dt.date(2026, 8, 9), initiated_date=dt.date(2026, 8, 3))
    cases.say(Q3, before, "Another shift, decided the day before the report", near=CLEAN)

    reporter = cases.employee()
    same = cases.reporter(dt.date(2026, 8, 10), reporter, subject=cases.superior(reporter))
    cases.measure(same, "SUSPENSION", "T1", dt.date(2026, 8, 10), initiated_date=dt.date(2026, 8, 10))
    story = "Suspended by the accused manager on the day of the report; which came first is not recorded"
    cases.say(Q3, same, story, found=dict.fromkeys((1, 2, 3, 6), "REVIEW:same_day"))

    asked = cases.reporter(dt.date(2026, 7, 12))
    cases.measure(asked, "TRANSFER_ORDERED", "T2", dt.date(2026, 8, 20), initiated_date=dt.date(2026, 7, 9))
    cases.say(Q3, asked, "Asked for in writing three days before the report, decided after it", alike=CLEAN)

    asked = cases.reporter(dt.date(2026, 7, 12))
    cases.measure(asked, "DEMOTION", "T1", dt.date(2026, 8, 20), initiated_date=dt.date(2026, 7, 9))
    story = "Asked for before the report and decided after it, which the ethics office was never asked to confirm"
    cases.say(Q3, asked, story, found={3: EXCEPTION}, alike={1: "PASS", 6: "PASS"})


def _wanted_or_for_many(cases: Cases) -> None:
    organisation = cases.organisation
    wish = cases.reporter(dt.date(2026, 6, 14))
    cases.measure(wish, "TRANSFER_AGREED", "T2", dt.date(2026, 7, 19), consented=True)
    cases.say(Q3, wish, "Moved to another unit at the reporter's own wish, to be safe", alike=CLEAN)
    step_back = cases.reporter(dt.date(2026, 6, 21))
    cases.measure(step_back, "STEP_BACK_AGREED", "T1", dt.date(2026, 8, 2), consented=True)
    story = "Stepped back to a lower grade at the reporter's own request"
    cases.say(Q3, step_back, story, alike={**CLEAN, 3: NO_FIRST_TIER})

    decided = dt.date(2026, 8, 23)
    reform = {
        "reason_code": "GRADE_REFORM",
        "mass_action_id": "PROGRAMME-2026-04",
        "effective_date": decided + 40 * DAY,
    }
    for _ in range(10):
        organisation.new_hr_action(cases.employee("00001100"), "REGRADED", "T1", decided, **reform)
    cleared = cases.reporter(dt.date(2026, 7, 7))
    cases.measure(cleared, "REGRADED", "T1", decided, non_retaliation_clearance_date=decided - 4 * DAY, **reform)
    story = "One of twelve who were regraded on one day for one reason; cleared before"
    cases.say(Q3, cleared, story, alike={**CLEAN, 3: "PASS"})
    forgotten = cases.reporter(dt.date(2026, 7, 7))
    cases.measure(forgotten, "REGRADED", "T1", decided, **reform)
    story = "One of twelve who were regraded alike, but nobody asked whether the report had a part in it"
    cases.say(Q3, forgotten, story, found={3: EXCEPTION}, alike=CLEAN)


def _accused_and_line(cases: Cases) -> None:
    one = cases.reporter(dt.date(2026, 2, 10), subject=cases.organisation.hr_processor)
    cases.measure(one, "TRANSFER_ORDERED", "T2", dt.date(2026, 8, 16))
    story = "The accused clerk of Human Resources only entered what another line had asked for and decided"
    cases.say(Q3, one, story, found={1: EXCEPTION}, alike={2: "PASS"})

    border = cases.organisation.select("org_unit", org_unit_id="00001100")[0]["head_employee_id"]
    returned = next(
        row
        for row in cases.organisation.tables["employee"]
        if row["rehire_of"] is not None
        and row["person_id"] not in cases.organisation.touched
        and cases.superior(row, 3) == border
    )
    one = cases.reporter(dt.date(2026, 2, 22), returned, subject=cases.neighbour(returned))
    cases.measure(
        one, "TRANSFER_ORDERED", "T2", dt.date(2026, 7, 26),
        initiated_by=cases.superior(returned, 2), decided_by=cases.superior(returned, 3),
    )  # fmt: skip
    story = "Came back under a new number, and was moved by the director, two levels above the accused"
    cases.say(Q3, one, story, found={1: EXCEPTION, 2: EXCEPTION})


def _relatives_of_the_accused(cases: Cases) -> None:
    organisation = cases.organisation
    subject = cases.accused()
    one = cases.helper("witness", dt.date(2026, 3, 8), subject)
    organisation.new_relationship(cases.superior(one.employee), subject, "sibling")
    cases.measure(one, "BONUS_REDUCED", "T2", dt.date(2026, 7, 28))
    story = "The bonus of a witness, cut by a manager who is the accused's sibling"
    cases.say(Q3, one, story, found={1: EXCEPTION, 2: EXCEPTION})

    subject, parent = cases.accused(), organisation.new_person()
    reporter = cases.employee()
    one = cases.reporter(dt.date(2026, 1, 11), reporter, subject=subject)
    second = cases.case(at(dt.date(2026, 8, 2)), cases.accused())
    organisation.new_report(reporter, at(dt.date(2026, 8, 2)), case=second)
    organisation.new_relationship(cases.superior(reporter), parent, "parent")
    organisation.new_relationship(parent, subject, "sibling")
    cases.measure(one, "ROSTER_CHANGE", "T3", dt.date(2026, 8, 25))
    story = "Twenty-three days after a second report, 226 after the first; asked for by the accused's niece or nephew"
    cases.say(Q3, one, story, found={1: EXCEPTION}, near={2: "PASS", 6: "PASS"})


def _clearance(cases: Cases) -> None:
    late = cases.reporter(dt.date(2025, 3, 3))
    cases.measure(late, "DEMOTION", "T1", dt.date(2026, 9, 6), non_retaliation_clearance_date=dt.date(2026, 9, 7))
    story = "Demoted eighteen months after the report, the case still open, and cleared a day too late"
    cases.say(Q3, late, story, found={1: EXCEPTION, 3: EXCEPTION})

    dismissed = cases.reporter(dt.date(2026, 6, 28))
    cases.case(at(dt.date(2026, 7, 16)), dismissed.employee)
    cases.measure(dismissed, "DISMISSAL", "T1", dt.date(2026, 8, 30), effective_date=dt.date(2026, 10, 4))
    cases.organisation.leave_organisation(dismissed.employee, dt.date(2026, 10, 4), "dismissal")
    story = "Dismissed sixty-three days after the report, accused in turn, without clearance: still protected"
    cases.say(Q3, dismissed, story, found={1: EXCEPTION, 3: EXCEPTION, 6: EXCEPTION})


def _threats_and_attempts(cases: Cases) -> None:
    one = cases.reporter(dt.date(2026, 7, 5))
    cases.measure(one, "THREAT_REPORTED", "T0", dt.date(2026, 7, 22), initiated_date=dt.date(2026, 7, 22))
    story = "A threat seventeen days after the report, which is no personnel measure of the tiers one to three"
    cases.say(Q3, one, story, found={6: EXCEPTION}, alike={1: "PASS", 2: NO_ACTION})
    one = cases.reporter(dt.date(2026, 4, 12))
    cases.measure(one, "THREAT_REPORTED", "T0", dt.date(2026, 7, 12), initiated_date=dt.date(2026, 7, 12))
    cases.say(Q3, one, "A threat ninety-one days after the report", near=CLEAN)

    attempt = cases.reporter(dt.date(2026, 7, 26))
    row = cases.measure(attempt, "FITNESS_REFERRAL", "T3", None, initiated_date=dt.date(2026, 8, 12))
    row["effective_date"] = None
    story = "A medical examination was asked for and never ordered: the attempt counts"
    cases.say(Q3, attempt, story, found={1: EXCEPTION, 6: EXCEPTION})


def _identities(cases: Cases) -> None:
    organisation = cases.organisation
    day = dt.date(2026, 8, 5)

    def report(kind: str, reporter: Row | None, subject: Row | None = None) -> Row:
        case = cases.case(at(day, 14, 5), subject)
        return organisation.new_report(reporter, at(day), reporter_kind=kind, case=case)

    nobody = "NOT_APPLICABLE:no_identity"
    row = report("anonymous", None, cases.accused())
    story = "An anonymous report: nobody tries to find out who wrote it"
    cases.say_of(Q3, f"report {row['report_id']}", day, story, alike=dict.fromkeys((1, 2, 3, 6), nobody))
    outside = dict.fromkeys((1, 2, 3, 6), "NOT_APPLICABLE:not_an_employee")
    row = report("external", organisation.new_person(), cases.accused())
    cases.say_of(Q3, row["reporter_person_id"], day, "A citizen reported: there is no employment", alike=outside)
    former = cases.employee()
    organisation.leave_organisation(former, dt.date(2026, 7, 20))
    report("named", former, cases.accused())
    cases.say_of(Q3, former["person_id"], day, "Had left sixteen days before the report", near=outside)
    row = report("confidential", None, cases.accused())
    found = dict.fromkeys((1, 2, 3, 6), "NOT_TESTED:identity_missing")
    cases.say_of(Q3, f"report {row['report_id']}", day, "A confidential reporter whose name was not delivered", found)

    row = report("anonymous", None)
    named = cases.employee()
    organisation.new_case_person(row["case_id"], named, "reporter", at(dt.date(2026, 9, 8)))
    person = Protected(named, day, organisation.get("case_file", row["case_id"]))
    cases.measure(person, "TRAINING_REFUSED", "T3", dt.date(2026, 8, 19))
    story = "Reported without a name and known only a month later, after training was refused; nobody is accused yet"
    cases.say(Q3, person, story, found={1: EXCEPTION, 2: "NOT_TESTED:subject_missing", 6: EXCEPTION})


def _parts_and_reports(cases: Cases) -> None:
    helper = cases.helper("facilitator", dt.date(2026, 8, 10), cases.accused(), known_on=dt.date(2026, 7, 20))
    row = cases.measure(helper, "DUTIES_REDUCED", "T3", dt.date(2026, 8, 4))
    row["initiated_by"] = None
    story = "Lost duties after the line had heard of the help given; who asked for it is not recorded"
    cases.say(Q3, helper, story, found={1: EXCEPTION, 2: "NOT_TESTED:actor_missing", 6: EXCEPTION})
    friend = cases.helper("associate", dt.date(2026, 8, 18), cases.accused())
    cases.measure(friend, "SHIFT_CHANGE", "T3", dt.date(2026, 8, 17), initiated_date=dt.date(2026, 8, 11))
    cases.say(Q3, friend, "Another shift the day before the friend of a reporter became known as such", near=CLEAN)

    told = cases.reporter(dt.date(2026, 5, 20), logged_at=at(dt.date(2026, 7, 20), 9, 15))
    cases.measure(told, "BONUS_REDUCED", "T2", dt.date(2026, 6, 15))
    story = "Told the manager in May, who passed the report on in July; the bonus was cut in between"
    cases.say(Q3, told, story, found={1: EXCEPTION, 6: EXCEPTION})


def _missing_data(cases: Cases) -> None:
    one = cases.reporter(dt.date(2026, 7, 15))
    cases.measure(one, "SPECIAL_MEASURE", None, dt.date(2026, 8, 26))
    story = "What kind of measure it is nobody recorded"
    cases.say(Q3, one, story, found=dict.fromkeys((1, 3, 6), "REVIEW:tier_missing"))

    one = cases.reporter(dt.date(2026, 7, 15))
    row = cases.measure(one, "REPRIMAND", "T1", None, effective_date=dt.date(2026, 8, 26))
    row["initiated_date"] = None
    story = "A reprimand in force since August; when it was asked for and decided is not recorded"
    cases.say(Q3, one, story, found=dict.fromkeys((1, 3, 6), "REVIEW:decision_date_missing"))

    one = cases.reporter(dt.date(2026, 7, 15))
    row = cases.measure(one, "TRANSFER_ORDERED", "T2", None, visible_from=dt.date(2026, 8, 27))
    row["effective_date"] = row["initiated_date"] = None
    story = "A transfer without any date"
    cases.say(Q3, one, story, found=dict.fromkeys((1, 2, 6), "REVIEW:undated"))


def _other_quarters(cases: Cases) -> None:
    # 2025-Q4: nine people are one short of a programme; the accused director's own head of section asked for it
    reporter = cases.employee()
    one = cases.reporter(dt.date(2025, 6, 15), reporter, subject=cases.superior(reporter, 2))
    decided = dt.date(2025, 11, 16)
    few = {"reason_code": "ROSTER_2026", "mass_action_id": "PROGRAMME-2025-11"}
    for _ in range(8):
        cases.organisation.new_hr_action(cases.employee("00001100"), "ROSTER_CHANGE", "T3", decided, **few)
    cases.measure(one, "ROSTER_CHANGE", "T3", decided, decided_by=cases.superior(reporter, 3), **few)
    story = "A new roster for nine, one short of a programme, asked for by a head of section under the accused"
    cases.say(Q4, one, story, found={1: EXCEPTION, 2: EXCEPTION})
    one = cases.reporter(dt.date(2025, 10, 5))
    cases.measure(one, "BONUS_REDUCED", "T2", dt.date(2025, 12, 14))
    cases.say(Q4, one, "A smaller bonus seventy days after the report", found={1: EXCEPTION, 6: EXCEPTION})
    one = cases.reporter(dt.date(2025, 4, 13))
    cases.measure(one, "SUSPENSION", "T1", dt.date(2025, 10, 19))
    cases.say(Q4, one, "Suspended without clearance six months after the report", found={1: EXCEPTION, 3: EXCEPTION})

    reporter = cases.employee()
    one = cases.reporter(dt.date(2025, 12, 28), reporter, subject=cases.superior(reporter))
    cases.measure(one, "SUSPENSION", "T1", dt.date(2026, 2, 8))
    story = "Suspended by the accused manager without clearance, forty-two days after the report"
    cases.say(Q1, one, story, found=dict.fromkeys((1, 2, 3, 6), EXCEPTION))
    one = cases.reporter(dt.date(2025, 12, 2))
    cases.measure(one, "SHIFT_CHANGE", "T3", dt.date(2026, 3, 3))
    cases.say(Q1, one, "Another shift on the ninety-first day", found={1: EXCEPTION}, near={6: "PASS"})

    one = cases.reporter(dt.date(2025, 11, 9))
    cases.measure(one, "TRANSFER_ORDERED", "T2", dt.date(2026, 6, 30), effective_date=dt.date(2026, 7, 12))
    cases.say(Q2, one, "Moved on the last day of June", found={1: EXCEPTION})
    cases.say(Q3, one, "Moved on the last day of June, which the quarter before has reported", near=CLEAN)
    _former_subordinate(cases)


def _former_subordinate(cases: Cases) -> None:
    """A team leader of the accused's section until 7 June: what was asked for on that day came from the line."""
    organisation = cases.organisation
    leader = cases.employee(unit="00001121")
    subject = cases.superior(leader)
    moved = dt.date(2026, 6, 8)
    target = organisation.select("org_unit", org_unit_id="00001212")[0]
    organisation.move(leader, moved, org_unit_id="00001212", manager_employee_id=target["head_employee_id"])
    for asked, found in ((moved - DAY, True), (moved, False)):
        one = cases.reporter(dt.date(2026, 5, 31), cases.employee(unit="00001212"), subject=subject)
        cases.measure(one, "WRITTEN_WARNING", "T1", dt.date(2026, 6, 21), initiated_date=asked, initiated_by=leader)
        story = f"Asked for on 2026-06-{asked.day:02d} by a team leader who worked under the accused until 7 June"
        results = {1: EXCEPTION, 3: EXCEPTION, 6: EXCEPTION}
        cases.say(
            Q2, one, story, found=results | ({2: EXCEPTION} if found else {}), near=None if found else {2: "PASS"}
        )
