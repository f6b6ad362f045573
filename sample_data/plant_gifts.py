"""
What is to be found in the gift register, and what only looks like it.

Every planted gift is answered under all eight attributes: `found` names the results that must be reported, `near` the
boundary cases that must not, `alike` the innocent look-alikes. What is not named is clean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

from plant import Organisation, Row, add_working_days, at

Thing = TypeVar("Thing")
Results = Mapping[int, str]
LIMITS = {1: "EXCEPTION", 2: "EXCEPTION", 3: "EXCEPTION"}  # what any accepted gift from a prohibited source is
UNKNOWN_GIVER = {1: "REVIEW:giver_unmapped", 2: "REVIEW:total_open", 3: "REVIEW:total_open"}
OUTSIDE = {2: "NOT_APPLICABLE:outside_limits", 3: "NOT_APPLICABLE:outside_limits"}
DEPARTMENTS = ("00001100", "00001200", "00001500", "00001700", "00001900")


def plant(organisation: Organisation) -> None:
    """Plant into the gift register, with the parties and tenders the stories need."""
    register = Register(organisation)
    _prohibited_sources(register)
    _groups_and_bidders(register)
    _exemptions(register)
    _totals(register)
    _cash(register)
    _late_entries(register)
    _late_arrivals(register)
    _approvals(register)
    _independence(register)
    _proceedings(register)
    _proceedings_before(register)
    _proceedings_of_other_quarters(register)
    _values(register)
    _missing_data(register)


def known(found: Thing | None) -> Thing:
    """What was looked up, which the story cannot do without."""
    if found is None:
        raise LookupError("the organisation has nobody to play this part")
    return found


class Register:
    """Adds gifts together with their answers."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._taken = 0
        self.vendor = organisation.new_party("Gulf of Meridia Cranes LLC", "vendor|bidder")
        self.agent = organisation.new_party("Swift Anchor Clearing Agents", "licensee")
        self.trader = organisation.new_party("Pearl Coast Imports", "trader")
        self.ministry = organisation.new_party("Ministry of Ports of Northland", "public_body")

    def recipient(self) -> Row:
        """Somebody who plays no part in anything else."""
        self._taken += 1
        return self.organisation.take_employee(department=DEPARTMENTS[self._taken % len(DEPARTMENTS)])

    def gift(
        self, who: Row | str | None, giver: Row | None, value: object, day: dt.date | None, **columns: object
    ) -> Row:
        """One entry; see Organisation.new_gift. Without `who` the recipient is somebody new."""
        return self.organisation.new_gift(who or self.recipient(), giver, value, day, **columns)  # type: ignore[arg-type]

    def answer(
        self,
        quarters: str | tuple[str, ...],
        gift: Row,
        story: str,
        *,
        found: Results | None = None,
        near: Results | None = None,
        alike: Results | None = None,
    ) -> Row:
        """Record what the attributes say of the gift, by attribute number."""
        item = {"gift_id": gift["gift_id"]}
        for results, kind in ((found, None), (near, "near_miss"), (alike, "look_alike")):
            for number, result in (results or {}).items():
                self.organisation.answer(f"GFT-{number:02d}", quarters, item, result, story, kind)
        return gift


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


def _proceedings(register: Register) -> None:
    """A tender of July to September, and who accepted what from its bidders around it."""
    organisation = register.organisation
    winner = organisation.new_party("Tidewater Scanners Ltd", "")
    loser = organisation.new_party("Harbour Light Imaging SA", "")
    chair, secretary, third, fourth, approver = (register.recipient() for _ in range(5))
    organisation.new_tender(  # appointed 2026-07-13, published 2026-07-20
        awarded_on=dt.date(2026, 9, 13),
        winner=winner,
        losers=[loser],
        committee=[chair, secretary, third, fourth],
        approver=approver,
        title="Container scanners",
    )
    gift = register.gift(fourth, loser, 330, dt.date(2026, 8, 3))
    register.answer(
        "2026-Q3", gift, "From a bidder while the recipient evaluates the bids", found={**LIMITS, 7: "EXCEPTION"}
    )
    gift = register.gift(third, winner, 75, dt.date(2026, 6, 10))
    story = "Accepted in June from a company whose bid the recipient was to evaluate from July on"
    register.answer("2026-Q3", gift, story, found={7: "EXCEPTION"})
    register.answer("2026-Q2", gift, story, near={7: "PASS", 1: "PASS", **OUTSIDE})
    gift = register.gift(third, loser, 75, dt.date(2026, 4, 14))
    story = "Accepted exactly 90 days before the appointment to the committee"
    register.answer("2026-Q3", gift, story, found={7: "EXCEPTION"})
    register.answer("2026-Q2", gift, story, near={7: "PASS"})
    gift = register.gift(fourth, winner, 75, dt.date(2026, 4, 13))
    story = "Accepted 91 days before the appointment to the committee"
    register.answer("2026-Q3", gift, story, near={7: "NOT_APPLICABLE:tested_before"})
    register.answer("2026-Q2", gift, story, near={7: "PASS"})
    gift = register.gift(third, winner, 400, dt.date(2026, 7, 16), category="conference", disposition="accepted_used")
    story = "A conference of a later bidder, open to the trade, just before the publication"
    register.answer("2026-Q3", gift, story, found={7: "REVIEW:widely_attended"}, near={1: "PASS", **OUTSIDE})
    exemption = organisation.new_exemption("TRADE-FAIR", who=chair, party=winner, valid_from=dt.date(2026, 7, 1))
    gift = register.gift(chair, winner, 150, dt.date(2026, 7, 15), exemption_code=exemption["exemption_code"])
    story = "An exempt gift of a later bidder to the chair of the committee"
    register.answer("2026-Q3", gift, story, found={7: "REVIEW:exempt_near_proceeding"}, alike={1: "PASS", **OUTSIDE})
    gift = register.gift(secretary, None, 95, dt.date(2026, 8, 11), giver_name="Tidewater people")
    story = "From a giver without number, while the recipient keeps the minutes of a tender"
    register.answer("2026-Q3", gift, story, found={**UNKNOWN_GIVER, 7: "REVIEW:giver_unmapped"})
    gift = register.gift(secretary, register.ministry, 95, dt.date(2026, 8, 12))
    register.answer("2026-Q3", gift, "From a ministry, while the recipient keeps the minutes", alike={7: "PASS"})


def _proceedings_before(register: Register) -> None:
    """A tender awarded in May: 90 and 91 days after; and the manager of its contract."""
    organisation = register.organisation
    winner = organisation.new_party("Meridian Uniforms LLC", "")
    loser = organisation.new_party("Standard Tailors Group", "")
    chair, secretary, third, fourth, manager = (register.recipient() for _ in range(5))
    organisation.new_tender(
        awarded_on=dt.date(2026, 5, 4),
        winner=winner,
        losers=[loser],
        committee=[chair, secretary, third, fourth],
        approver=manager,
        title="Uniforms",
    )
    gift = register.gift(third, loser, 60, dt.date(2026, 8, 2))
    register.answer("2026-Q3", gift, "From a losing bidder 90 days after the award", found={**LIMITS, 7: "EXCEPTION"})
    gift = register.gift(fourth, loser, 60, dt.date(2026, 8, 3))
    register.answer("2026-Q3", gift, "From a losing bidder 91 days after the award", found=LIMITS, near={7: "PASS"})
    gift = register.gift(manager, winner, 250, dt.date(2026, 9, 10))
    register.answer(
        "2026-Q3", gift, "From the contractor to the manager of the contract", found={**LIMITS, 7: "EXCEPTION"}
    )


def _proceedings_of_other_quarters(register: Register) -> None:
    organisation = register.organisation
    loser = organisation.new_party("Breakwater Cleaning Ltd", "")
    chair, secretary, third = (register.recipient() for _ in range(3))
    organisation.new_tender(
        awarded_on=dt.date(2026, 2, 10),
        winner=register.vendor,
        losers=[loser],
        committee=[chair, secretary, third],
        approver=organisation.buyers[4],
        title="Cleaning of office buildings",
    )
    gift = register.gift(third, loser, 45, dt.date(2026, 3, 5))
    story = "From a losing bidder 23 days after the award, to a member of the committee"
    register.answer("2026-Q1", gift, story, found={**LIMITS, 7: "EXCEPTION"})
    requester = register.recipient()
    organisation.new_purchase_order(
        register.vendor,
        requester,
        organisation.buyers[5],
        at(dt.date(2025, 11, 10), 10),
        2400,
        approver=organisation.buyers[6],
    )
    gift = register.gift(requester, register.vendor, 150, dt.date(2025, 11, 19))
    story = "From the vendor of a direct order, nine days after the recipient had asked for it"
    register.answer("2025-Q4", gift, story, found={**LIMITS, 7: "EXCEPTION"})


def _values(register: Register) -> None:
    ministry, found = register.ministry, {8: "EXCEPTION"}
    missing = register.gift(None, ministry, None, dt.date(2026, 7, 7))
    register.answer("2026-Q3", missing, "Accepted and entered without a value", found=found)
    words = register.gift(None, ministry, 150, dt.date(2026, 7, 8))
    words["value"] = "about 150"
    register.answer("2026-Q3", words, "The value is written in words and cannot be read", found=found)
    handed = register.gift(None, register.vendor, None, dt.date(2026, 8, 16), disposition="surrendered")
    register.answer("2026-Q3", handed, "Surrendered without a value", found=found, alike={1: "NOT_APPLICABLE"})
    negative = register.gift(None, ministry, "-20.00", dt.date(2026, 9, 8))
    register.answer("2026-Q3", negative, "Entered with a value below zero", found=found)
    for quarter, day in (
        ("2026-Q2", dt.date(2026, 5, 18)),
        ("2026-Q1", dt.date(2026, 3, 16)),
        ("2025-Q4", dt.date(2025, 12, 15)),
    ):
        gift = register.gift(None, ministry, 90, day, value_basis="none")
        register.answer(quarter, gift, "A value that rests on nothing", found=found)
    cent = register.gift(None, ministry, "0.01", dt.date(2026, 9, 1), value_basis="market")
    register.answer("2026-Q3", cent, "A badge worth one cent", near={8: "PASS"})
    estimate = register.gift(None, ministry, 700, dt.date(2026, 9, 1), value_basis="estimate")
    register.answer("2026-Q3", estimate, "An estimate is a basis", alike={8: "PASS"})
    declined = register.gift(None, register.vendor, None, dt.date(2026, 9, 3), disposition="declined")
    register.answer("2026-Q3", declined, "Declined, so nobody could value it", alike={8: "NOT_APPLICABLE:declined"})
    silent = register.gift(None, ministry, 90, dt.date(2026, 9, 1), value_basis=None)
    register.answer("2026-Q3", silent, "What the value rests on is not recorded", found={8: "REVIEW:basis_missing"})
    unnamed = register.gift(None, ministry, 90, dt.date(2026, 9, 1), currency=None)
    register.answer("2026-Q3", unnamed, "A value without currency", found={8: "NOT_TESTED:currency_missing"})


def _missing_data(register: Register) -> None:
    stranger = register.gift(None, None, 65, dt.date(2026, 7, 5), giver_name="A grateful family")
    register.answer("2026-Q3", stranger, "From a giver who is not among the parties", found=UNKNOWN_GIVER)
    nobody = register.gift(None, None, 30, dt.date(2026, 5, 3), giver_name=None)
    register.answer("2026-Q2", nobody, "From a giver nobody wrote down", found=UNKNOWN_GIVER)
    undecided = register.gift(
        None, register.vendor, 55, dt.date(2026, 8, 24), disposition="", direction="received", approval_required=True
    )
    undecided["disposition"] = None
    found = dict.fromkeys((1, 2, 3, 4, 6, 7), "NOT_TESTED:disposition_missing")
    register.answer("2026-Q3", undecided, "What became of a vendor's gift is not recorded", found=found)
    undated = register.gift(
        None, register.vendor, 55, None, registered_at=at(dt.date(2026, 9, 15), 9), approved_at=at(dt.date(2026, 9, 10))
    )
    found = dict.fromkeys((1, 2, 3, 5, 6, 7), "NOT_TESTED:receipt_date_missing")
    register.answer("2026-Q3", undated, "The day of receipt of a vendor's gift is not recorded", found=found)
