"""Gifts near a tender, a contract or a licence in which the recipient has a part."""

from __future__ import annotations

import datetime as dt

from gift_register import LIMITS, OUTSIDE, UNKNOWN_GIVER, Register
from plant import at


def plant(register: Register) -> None:
    """Plant gifts near proceedings."""
    _proceedings(register)
    _proceedings_before(register)
    _proceedings_of_other_quarters(register)


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
