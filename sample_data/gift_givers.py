"""Gifts by who gave what: prohibited sources, exemptions, totals, cash."""

from __future__ import annotations

import datetime as dt

from gift_register import LIMITS, OUTSIDE, Register
from plant import at, known


def plant(register: Register) -> None:
    """Plant gifts whose giver, value or kind decides."""
    _prohibited_sources(register)
    _groups_and_bidders(register)
    _exemptions(register)
    _totals(register)
    _cash(register)


def _prohibited_sources(register: Register) -> None:
    stories = (
        ("2026-Q3", register.vendor, 450, dt.date(2026, 7, 14), "A hamper from a vendor, approved as if that helped"),
        ("2026-Q3", register.agent, 120, dt.date(2026, 8, 5), "A clearing agent's watch, kept"),
        ("2026-Q2", register.trader, 260, dt.date(2026, 5, 12), "An importer's perfume, kept"),
        ("2026-Q1", register.vendor, 75, dt.date(2026, 2, 9), "A vendor's calendar set, worth 75"),
        ("2025-Q4", register.agent, 310, dt.date(2025, 11, 4), "A clearing agent's briefcase, kept"),
    )
    for quarter, giver, value, day, story in stories:
        register.answer(quarter, register.gift(None, giver, value, day), story, found=LIMITS)
    large = register.gift(
        None, register.ministry, 5000, dt.date(2026, 7, 21), category="travel", disposition="accepted_used"
    )
    story = "A large benefit of a foreign ministry, which is no customer, supplier or partner; approved"
    register.answer("2026-Q3", large, story, alike={1: "PASS", **OUTSIDE})
    declined = register.gift(None, register.vendor, 5000, dt.date(2026, 8, 4), disposition="declined")
    register.answer(
        "2026-Q3", declined, "5,000 from a vendor, declined", alike=dict.fromkeys((1, 2, 3, 6), "NOT_APPLICABLE")
    )
    late = register.organisation.new_party("Newcomer Rigging SA", "vendor", created_at=at(dt.date(2026, 8, 20), 8, 15))
    gift = register.gift(None, late, 90, dt.date(2026, 8, 3))
    found = {1: "REVIEW:role_undated", 2: "REVIEW:total_open", 3: "REVIEW:total_open"}
    register.answer("2026-Q3", gift, "From a company entered as vendor only seventeen days later", found=found)


def _groups_and_bidders(register: Register) -> None:
    organisation = register.organisation
    organisation.new_party("Fathom Holding Dredgers", "vendor", group_id="GRP-FATHOM")
    sister = organisation.new_party("Fathom Consult", "", group_id="GRP-FATHOM", group_from=dt.date(2026, 8, 2))
    joined = register.gift(None, sister, 180, dt.date(2026, 8, 2))
    register.answer("2026-Q3", joined, "From a company that joined a vendor's group that very day", found=LIMITS)
    before = register.gift(None, sister, 180, dt.date(2026, 7, 30))
    story = "From the same company three days before it joined the vendor's group"
    register.answer("2026-Q3", before, story, near={1: "PASS", **OUTSIDE})
    loser = organisation.new_party("Quayside Software Ltd", "")
    organisation.new_tender(
        awarded_on=dt.date(2026, 1, 15),
        winner=register.vendor,
        losers=[loser],
        committee=organisation.buyers[:3],
        approver=organisation.buyers[3],
        title="Berth planning software",
    )
    day_179 = register.gift(None, loser, 55, dt.date(2026, 7, 13))
    register.answer("2026-Q3", day_179, "From a losing bidder, 179 days after the award", found=LIMITS)
    day_180 = register.gift(None, loser, 55, dt.date(2026, 7, 14))
    register.answer("2026-Q3", day_180, "From the same bidder, 180 days after the award", near={1: "PASS", **OUTSIDE})


def _exemptions(register: Register) -> None:
    organisation = register.organisation
    who = register.recipient()
    exemption = organisation.new_exemption(
        "STATE-VISIT", who=who, party=register.vendor, valid_from=dt.date(2026, 8, 1), valid_to=dt.date(2026, 8, 13)
    )
    code = exemption["exemption_code"]
    last = register.gift(who, register.vendor, 640, dt.date(2026, 8, 12), exemption_code=code)
    alike = {1: "PASS", 6: "NOT_APPLICABLE:exempt", **OUTSIDE}
    register.answer("2026-Q3", last, "A vendor's gift on the last day of an approved exemption", near=alike)
    expired = register.gift(who, register.vendor, 640, dt.date(2026, 8, 13), exemption_code=code)
    register.answer("2026-Q3", expired, "The day after the exemption had ended", found=LIMITS)
    own = register.recipient()
    exemption = organisation.new_exemption(
        "OWN-LEAVE", who=own, party=register.agent, valid_from=dt.date(2026, 4, 1), approver=own,
        approved_at=at(dt.date(2026, 3, 31)),
    )  # fmt: skip
    gift = register.gift(own, register.agent, 95, dt.date(2026, 4, 20), exemption_code=exemption["exemption_code"])
    register.answer("2026-Q2", gift, "The exemption was approved by the recipient", found=LIMITS)
    late = register.recipient()
    exemption = organisation.new_exemption(
        "SAME-DAY", who=late, party=register.vendor, valid_from=dt.date(2026, 9, 1),
        approved_at=at(dt.date(2026, 9, 2), 15),
    )  # fmt: skip
    gift = register.gift(late, register.vendor, 70, dt.date(2026, 9, 2), exemption_code=exemption["exemption_code"])
    found = {1: "REVIEW:exemption_open", 2: "REVIEW:total_open", 3: "REVIEW:total_open"}
    register.answer("2026-Q3", gift, "The exemption was approved on the day of receipt", found=found)


def _totals(register: Register) -> None:
    cent = register.gift(None, register.vendor, "0.01", dt.date(2026, 7, 19))
    register.answer("2026-Q3", cent, "One cent above the limit of zero", found=LIMITS)
    nothing = register.gift(None, register.vendor, "0.00", dt.date(2026, 7, 19))
    story = "Entered as worth nothing: at the limit, yet from a vendor, and no value"
    register.answer("2026-Q3", nothing, story, found={1: "EXCEPTION", 8: "EXCEPTION"}, near={2: "PASS", 3: "PASS"})

    one, other = "2026-Q3", {1: "EXCEPTION", 8: "EXCEPTION"}
    who = register.recipient()
    register.gift(who, register.vendor, 200, dt.date(2025, 7, 10))
    later = register.gift(who, register.vendor, 0, dt.date(2026, 7, 9))
    story = "Worth nothing itself, 364 days after a gift of 200 of the same vendor"
    register.answer(one, later, story, found={**other, 3: "EXCEPTION"}, near={2: "PASS"})
    who = register.recipient()
    register.gift(who, register.vendor, 200, dt.date(2025, 7, 9))
    later = register.gift(who, register.vendor, 0, dt.date(2026, 7, 9))
    story = "Worth nothing itself, 365 days after a gift of 200 of the same vendor"
    register.answer(one, later, story, found=other, near={2: "PASS", 3: "PASS"})

    who = register.recipient()
    for value in (40, 60):
        gift = register.gift(who, register.trader, value, dt.date(2026, 8, 18))
        register.answer(one, gift, "Two presents of one importer on one day", found=LIMITS)
    dollars = register.gift(None, register.vendor, 100, dt.date(2026, 8, 15), currency="USD")
    register.answer(one, dollars, "Dollars on a Saturday, valued at Friday's rate", found=LIMITS)
    team = register.gift(None, register.agent, 60, dt.date(2026, 9, 7), shared_with_n=6, disposition="accepted_shared")
    register.answer(one, team, "A team gift to six: whole on its day, a sixth in the year", found=LIMITS)
    again = register.gift(register.recipient(), register.trader, 35, dt.date(2026, 2, 17))
    register.answer("2026-Q1", again, "An importer's chocolates, worth 35", found=LIMITS)

    who = register.recipient()
    empty = register.gift(who, register.vendor, 0, dt.date(2026, 9, 13))
    unvalued = register.gift(who, register.vendor, None, dt.date(2026, 9, 13))
    found = {**other, 2: "REVIEW:other_gift_unvalued", 3: "REVIEW:other_gift_unvalued"}
    register.answer(one, empty, "At the limit, beside a gift of the same day without value", found=found)
    found = {**other, 2: "NOT_TESTED:value_missing", 3: "NOT_TESTED:value_missing"}
    register.answer(one, unvalued, "A vendor's gift without value", found=found)
    francs = register.gift(None, register.vendor, 80, dt.date(2026, 9, 6), currency="CHF")
    found = {1: "EXCEPTION", 2: "NOT_TESTED:fx_missing", 3: "NOT_TESTED:fx_missing"}
    register.answer(one, francs, "Francs, for which the treasury publishes no rate", found=found)

    _rehired(register)


def _rehired(register: Register) -> None:
    """The total of a person goes on under the new personnel number."""
    organisation = register.organisation
    first, left = next(
        (row, left)
        for row in organisation.tables["employee"]
        if (left := organisation.exit_of(row)) is not None
        and dt.date(2025, 11, 1) <= left <= dt.date(2026, 2, 1)
        and row["employment_type"] == "permanent"
        and row["hire_date"] < dt.date(2025, 1, 1)
        and row["person_id"] not in organisation.touched
    )
    assignment = known(organisation.assignment(first, dt.date(2025, 10, 15)))
    register.answer(
        "2025-Q4",
        register.gift(first, register.trader, 150, dt.date(2025, 10, 14)),
        "An importer's gift, kept, shortly before the recipient left",
        found=LIMITS,
    )
    again = organisation.new_employee(
        first["person_id"],
        category=assignment["job_value_group"],
        unit=assignment["org_unit_id"],
        location=assignment["location"],
        hire_date=dt.date(2026, 4, 1),
        rehire_of=first["employee_id"],
    )
    after = register.gift(again, register.trader, 0, dt.date(2026, 7, 2))
    story = "Worth nothing itself, but the same importer gave 150 under the earlier personnel number within the year"
    register.answer("2026-Q3", after, story, found={1: "EXCEPTION", 3: "EXCEPTION", 8: "EXCEPTION"}, near={2: "PASS"})


def _cash(register: Register) -> None:
    found = {4: "EXCEPTION"}
    stories = (
        ("2026-Q3", "cash", 200, dt.date(2026, 7, 27), "Banknotes in a thank-you letter", "Letter with money"),
        ("2026-Q3", "cash_equiv", 50, dt.date(2026, 9, 9), "A shop's gift card, worth 50", "Card of a shop"),
        ("2026-Q2", "cash_equiv", 120, dt.date(2026, 5, 20), "Credit for a telephone", "Credit"),
        ("2026-Q1", "cash_equiv", 300, dt.date(2026, 1, 20), "Fuel coupons", "Coupons"),
        ("2025-Q4", "cash", 100, dt.date(2025, 12, 8), "A banknote in a festive card", "Festive card"),
    )
    for quarter, category, value, day, story, words in stories:
        gift = register.gift(None, register.ministry, value, day, category=category, description=words)
        register.answer(quarter, gift, story, found=found, alike={1: "PASS"})
    voucher = register.gift(None, register.ministry, 80, dt.date(2026, 8, 10), description="Voucher for two, sea view")
    story = "Entered as goods, described as a voucher"
    register.answer("2026-Q3", voucher, story, found={4: "REVIEW:description_names_cash"})
    scarf = register.gift(None, register.ministry, 80, dt.date(2026, 8, 10), description="Cashmere scarf")
    register.answer("2026-Q3", scarf, "Cashmere is not cash", alike={4: "PASS"})
    back = register.gift(
        None, register.ministry, 70, dt.date(2026, 8, 10), category="cash_equiv", disposition="returned"
    )
    register.answer("2026-Q3", back, "A gift card, sent back the next working day", near={4: "NOT_APPLICABLE"})
    declined = register.gift(None, register.vendor, 1000, dt.date(2026, 8, 11), category="cash", disposition="declined")
    register.answer("2026-Q3", declined, "Cash from a vendor, declined", alike={4: "NOT_APPLICABLE"})
    vague = register.gift(None, register.ministry, 45, dt.date(2026, 8, 11), description="Present")
    vague["category"] = None
    register.answer("2026-Q3", vague, "The kind of benefit is not recorded", found={4: "NOT_TESTED:category_missing"})
