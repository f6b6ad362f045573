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
from gift_register import LIMITS, UNKNOWN_GIVER, Register
from plant import Organisation, add_working_days, at


def plant(organisation: Organisation) -> None:
    """Plant into the gift register, with the parties and tenders the stories need."""
    register = Register(organisation)
    gift_givers.plant(register)
    gift_handling.plant(register)
    gift_proceedings.plant(register)
    _values(register)
    _missing_data(register)
    _earlier_quarters(register)


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
    unnamed = register.gift(None, register.vendor, 95, dt.date(2026, 8, 18))
    unnamed["recipient_person_id"] = unnamed["recipient_employee_id"] = None
    found = {1: "EXCEPTION"} | dict.fromkeys((2, 3, 6, 7), "NOT_TESTED:recipient_missing")
    register.answer("2026-Q3", unnamed, "A vendor's gift, kept by whom is not recorded", found=found)
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


def _earlier_quarters(register: Register) -> None:
    """Ordinary lapses of the three quarters before: kept, entered late, approved late."""
    kept = (
        (register.vendor, 140, "A vendor's hamper, kept"),
        (register.agent, 85, "A clearing agent's desk clock, kept"),
        (register.trader, 60, "An importer's sweets, kept"),
        (register.vendor, 35, "A vendor's umbrella, kept"),
        (register.trader, 220, "An importer's coffee set, kept"),
    )
    for number, (quarter, first) in enumerate(
        (
            ("2025-Q4", dt.date(2025, 10, 14)),
            ("2026-Q1", dt.date(2026, 1, 13)),
            ("2026-Q2", dt.date(2026, 4, 14)),
        )
    ):
        for place, (giver, value, story) in enumerate(kept):
            day = first + dt.timedelta(days=14 * place + number)
            register.answer(quarter, register.gift(None, giver, value + 5 * number, day), story, found=LIMITS)
        for count in (7, 8, 12):
            day = add_working_days(first, 3 * count)
            gift = register.gift(
                None, register.ministry, 75, day, registered_at=at(add_working_days(day, count), 15, 20)
            )
            register.answer(quarter, gift, f"Entered on the {count}th working day", found={5: "EXCEPTION"})
        day = add_working_days(first, 20)
        gift = register.gift(None, register.ministry, 160, day, registered_at=at(add_working_days(day, 5), 15, 20))
        register.answer(quarter, gift, "Entered on the fifth working day", near={5: "PASS"})
        day = add_working_days(first, 25)
        gift = register.gift(None, register.ministry, 160, day, approved_at=at(add_working_days(day, 1), 8, 40))
        register.answer(quarter, gift, "Approved on the day after it was accepted", found={6: "EXCEPTION"})
