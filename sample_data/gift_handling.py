"""Gifts by how they were handled: entered in time or late, approved by whom and when."""

from __future__ import annotations

import datetime as dt

from gift_register import LIMITS, Register
from plant import add_working_days, at, known


def plant(register: Register) -> None:
    """Plant gifts that were entered or approved well or badly."""
    _late_entries(register)
    _late_arrivals(register)
    _approvals(register)
    _independence(register)


def _late_entries(register: Register) -> None:
    day = dt.date(2026, 7, 15)
    for working_days, found in ((5, None), (6, {5: "EXCEPTION"}), (30, {5: "EXCEPTION"}), (31, {5: "EXCEPTION"})):
        moment = at(add_working_days(day, working_days), 16, 45)
        gift = register.gift(None, register.ministry, 110, day, registered_at=moment)
        story = f"Entered on the {working_days}th working day"
        register.answer("2026-Q3", gift, story, found=found, near=None if found else {5: "PASS"})
    for quarter, received in (
        ("2026-Q2", dt.date(2026, 4, 13)),
        ("2026-Q1", dt.date(2026, 1, 12)),
        ("2025-Q4", dt.date(2025, 10, 13)),
    ):
        moment = at(add_working_days(received, 9), 9)
        gift = register.gift(None, register.ministry, 60, received, registered_at=moment)
        register.answer(quarter, gift, "Entered on the ninth working day", found={5: "EXCEPTION"})
    friday = register.gift(
        None, register.ministry, 60, dt.date(2026, 7, 16), registered_at=at(dt.date(2026, 7, 24), 20)
    )
    register.answer("2026-Q3", friday, "Entered on a Friday after the fifth working day", near={5: "PASS"})
    declined = register.gift(
        None, register.vendor, 5000, dt.date(2026, 8, 2), disposition="declined", registered_at=at(dt.date(2026, 8, 20))
    )
    story = "5,000 from a vendor, rightly declined, but entered on the fourteenth working day"
    register.answer("2026-Q3", declined, story, found={5: "EXCEPTION"}, alike={1: "NOT_APPLICABLE"})
    who = register.recipient()
    register.organisation.new_leave(who, dt.date(2026, 8, 9), dt.date(2026, 8, 20))
    gift = register.gift(who, register.ministry, 60, dt.date(2026, 8, 6), registered_at=at(dt.date(2026, 8, 27), 9))
    register.answer("2026-Q3", gift, "On leave for ten of fifteen working days", alike={5: "PASS"})
    early = register.gift(None, register.ministry, 60, dt.date(2026, 8, 26), registered_at=at(dt.date(2026, 8, 24), 9))
    story = "Goods entered two days before they were received"
    register.answer("2026-Q3", early, story, found={5: "REVIEW:registered_before_receipt"})
    dinner = register.gift(
        None, register.ministry, 60, dt.date(2026, 8, 26), registered_at=at(dt.date(2026, 8, 24), 9),
        category="meal", disposition="accepted_used",
    )  # fmt: skip
    register.answer("2026-Q3", dinner, "A dinner announced two days before", alike={5: "PASS"})
    undated = register.gift(None, register.ministry, 60, dt.date(2026, 8, 30), registered_at=None)
    story = "The day of registration is not recorded"
    register.answer("2026-Q3", undated, story, found={5: "NOT_TESTED:registration_date_missing"})


def _late_arrivals(register: Register) -> None:
    late = register.gift(None, register.vendor, 130, dt.date(2026, 6, 28), registered_at=at(dt.date(2026, 7, 9), 8, 20))
    story = "Received in June, known only after the second quarter's cut-off: the third quarter tests it"
    register.answer("2026-Q3", late, story, found={**LIMITS, 5: "EXCEPTION"})
    crossing = register.gift(None, register.trader, 85, dt.date(2026, 3, 30), registered_at=at(dt.date(2026, 4, 5), 9))
    story = "Received on 30 March, registered on 5 April: the first quarter tests it, and in time"
    register.answer("2026-Q1", crossing, story, found=LIMITS, near={5: "PASS"})


def _approvals(register: Register) -> None:
    ministry = register.ministry
    for quarter, day in (
        ("2026-Q3", dt.date(2026, 7, 22)),
        ("2026-Q3", dt.date(2026, 9, 14)),
        ("2026-Q2", dt.date(2026, 6, 9)),
    ):
        gift = register.gift(None, ministry, 140, day, approver=None)
        register.answer(quarter, gift, "Kept without any approval on record", found={6: "EXCEPTION"}, alike={1: "PASS"})
    day = dt.date(2026, 8, 19)
    after = register.gift(None, ministry, 90, day, approved_at=at(dt.date(2026, 8, 20), 0, 5))
    register.answer("2026-Q3", after, "Approved five minutes after midnight of the next day", found={6: "EXCEPTION"})
    before = register.gift(None, ministry, 90, day, approved_at=at(dt.date(2026, 8, 18), 23, 55))
    register.answer("2026-Q3", before, "Approved late in the evening before", near={6: "PASS"})
    same = register.gift(None, ministry, 90, day, approved_at=at(day, 9, 15))
    register.answer(
        "2026-Q3", same, "Approved on the day of receipt, hour of receipt unknown", found={6: "REVIEW:same_day"}
    )
    hour = register.gift(None, ministry, 90, day, accepted_at=at(day, 13), approved_at=at(day, 14))
    register.answer("2026-Q3", hour, "Approved one hour after the acceptance", found={6: "EXCEPTION"})
    aside = register.gift(None, ministry, 90, day, accepted_at=at(dt.date(2026, 8, 25), 10), approved_at=at(day, 14))
    register.answer("2026-Q3", aside, "Kept aside until the approval, then accepted", alike={6: "PASS"})
    undated = register.gift(None, ministry, 90, day, approved_at=None)
    register.answer("2026-Q3", undated, "The day of the approval is not recorded", found={6: "REVIEW:approval_undated"})
    unvalued = register.gift(None, ministry, None, dt.date(2026, 8, 23), approver=None, approval_required=False)
    found = {6: "NOT_TESTED:value_missing", 8: "EXCEPTION"}
    register.answer("2026-Q3", unvalued, "No value, so nobody can say whether approval was due", found=found)
    small = register.gift(None, ministry, 0, dt.date(2026, 8, 23), approver=None, approval_required=False)
    near = {6: "NOT_APPLICABLE:below_approval_limit"}
    register.answer("2026-Q3", small, "Worth nothing: at the approval limit", found={8: "EXCEPTION"}, near=near)


def _independence(register: Register) -> None:
    organisation, ministry = register.organisation, register.ministry
    found = {6: "EXCEPTION"}
    own = register.recipient()
    gift = register.gift(own, ministry, 210, dt.date(2026, 7, 28), approver=own)
    register.answer("2026-Q3", gift, "Approved by the recipient", found=found)
    own = register.recipient()
    gift = register.gift(own, ministry, 75, dt.date(2025, 12, 8), approver=own)
    register.answer("2025-Q4", gift, "Approved by the recipient", found=found)

    pair = (register.recipient(), register.recipient())
    gift = register.gift(pair[0], ministry, 160, dt.date(2026, 8, 17), approver=pair[1])
    register.answer("2026-Q3", gift, "Approved by a colleague who got one of the same day's gifts", found=found)
    other = register.gift(pair[1], ministry, 160, dt.date(2026, 8, 17))
    register.answer("2026-Q3", other, "The colleague's own gift, approved by the ethics officer", alike={6: "PASS"})

    clerk = register.recipient()
    head = known(organisation.manager(clerk, dt.date(2026, 3, 1)))
    gift = register.gift(head, ministry, 190, dt.date(2026, 3, 10), approver=clerk)
    register.answer("2026-Q1", gift, "Approved by somebody who reports to the recipient", found=found)
    upwards = register.gift(clerk, ministry, 190, dt.date(2026, 3, 11), approver=head)
    register.answer("2026-Q1", upwards, "Approved by the recipient's manager", alike={6: "PASS"})

    clerk = register.recipient()
    head = known(organisation.manager(clerk, dt.date(2026, 7, 1)))
    boss = known(organisation.manager(clerk, dt.date(2026, 7, 1), levels=2))
    organisation.touch(head, boss)
    # the first, of a year before, excuses nothing here; it only shows that delegations were on record all along
    for begin in (dt.date(2025, 7, 13), dt.date(2026, 7, 12)):
        organisation.add(
            "delegation",
            delegation_id=organisation.next_id("DL", 4),
            delegator_id=organisation.identity("delegation", "delegator_id", boss),
            delegate_id=organisation.identity("delegation", "delegate_id", clerk),
            scope="gift approvals",
            valid_from=begin,
            valid_to=begin + dt.timedelta(days=14),
        )
    gift = register.gift(head, ministry, 65, dt.date(2026, 7, 20), approver=clerk, approved_at=at(dt.date(2026, 7, 19)))
    story = "Approved by somebody who reports to the recipient and acted for the recipient's manager"
    register.answer("2026-Q3", gift, story, found={6: "REVIEW:mandate"})
    gift = register.gift(head, ministry, 65, dt.date(2026, 7, 28), approver=clerk, approved_at=at(dt.date(2026, 7, 26)))
    register.answer("2026-Q3", gift, "The same, on the first day after the delegation", found=found)

    gone = next(
        row
        for row in organisation.tables["employee"]
        if (left := organisation.exit_of(row)) is not None
        and left < dt.date(2026, 6, 1)
        and row["person_id"] not in organisation.touched
        and len(organisation.select("employee", person_id=row["person_id"])) == 1
    )
    organisation.touch(gone)
    gift = register.gift(None, ministry, 85, dt.date(2026, 8, 9), approver=gone)
    register.answer("2026-Q3", gift, "Approved by somebody who had left before", found={6: "REVIEW:approver_unknown"})
