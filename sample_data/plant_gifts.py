"""
What is to be found in the gift register, and what only looks like it.

Every planted gift is answered under all eight attributes: `found` names the results that must be reported, `near` the
boundary cases that must not, `alike` the innocent look-alikes. What is not named is clean.
"""

from __future__ import annotations

import datetime as dt

import gift_givers
import gift_handling
import gift_proceedings
from gift_register import UNKNOWN_GIVER, Register
from plant import Organisation, at


def plant(organisation: Organisation) -> None:
    """Plant into the gift register, with the parties and tenders the stories need."""
    register = Register(organisation)
    gift_givers.plant(register)
    gift_handling.plant(register)
    gift_proceedings.plant(register)
    _values(register)
    _missing_data(register)


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
