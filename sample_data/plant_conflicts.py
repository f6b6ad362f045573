"""
What is to be found in tenders, orders and declarations of interest, and what only looks like it.

Every story is a tender (or an order) that is innocent but for one expert on its committee. It is answered under each of
the seven attributes which it touches; what is not named is clean.
"""

from __future__ import annotations

import datetime as dt

import conflict_recusals
import conflict_ties
from dossier import (
    ACTED_TIED,
    EXCEPTION,
    HIDDEN_TIE,
    HIDDEN_TIE_TO_LOSER,
    MINUTE,
    SAME_DAY,
    TIME_MISSING,
    Dossiers,
    tied_expert,
)
from plant import Organisation, Row, at


def plant(organisation: Organisation) -> None:
    """Plant into tenders, orders, recusals and declarations, with the people and parties the stories need."""
    dossiers = Dossiers(organisation)
    conflict_ties.plant(dossiers)
    conflict_recusals.plant(dossiers)
    _statements(dossiers)
    _late_declarations(dossiers)
    _unclear_declarations(dossiers)
    _orders(dossiers)
    _late_award(dossiers)
    _earlier_quarters(dossiers)


def _statements(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    stories = (
        (dt.date(2026, 8, 12), None, EXCEPTION, "Gave no statement for the tender."),
        (dt.date(2026, 9, 1), 1, EXCEPTION, "Gave the statement one minute after the opening."),
        (dt.date(2026, 4, 20), None, EXCEPTION, "Gave no statement for the tender."),
        (dt.date(2026, 8, 25), -1, "PASS", "Gave the statement one minute before the opening."),
    )
    for day, minutes, result, story in stories:
        who = dossiers.expert()
        tender = dossiers.tender(day, title="Laboratory reagents, batch")
        dossiers.seat(tender, who, statement=False)
        if minutes is not None:
            organisation.new_declaration(who, tender["opened_at"] + minutes * MINUTE, context=tender)
        dossiers.answer(tender, who, None, story, {"REC-05": result})
    tender = dossiers.tender(dt.date(2026, 8, 16), title="Laboratory reagents, last batch")
    opened: dt.datetime = tender["opened_at"]
    who = dossiers.expert()
    dossiers.seat(tender, who, statement=False)
    organisation.new_declaration(who, at(opened.date(), 0, 0), context=tender)
    dossiers.answer(tender, who, None, "Stated on the day of the opening, no time.", {"REC-05": SAME_DAY})
    who = dossiers.expert()
    dossiers.seat(tender, who, statement=False)
    organisation.new_declaration(who, None, context=tender, visible_from=opened.date())
    missing = "NOT_TESTED:statement_time_missing"
    dossiers.answer(tender, who, None, "The statement carries no date.", {"REC-05": missing})
    who = dossiers.expert()
    appointed = opened - dt.timedelta(days=20)
    organisation.new_member(tender, who, "evaluator", appointed, ended_at=opened - dt.timedelta(days=3))
    left = "NOT_APPLICABLE:left_before_opening"
    dossiers.answer(tender, who, None, "Replaced before the opening.", {"REC-05": left}, kind="look_alike")


def _late_declarations(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    # a relative beyond the degree of recusal, declared only after scoring
    for day, name in ((dt.date(2026, 7, 28), "Grand Nephew"), (dt.date(2026, 2, 22), "Grand Niece")):
        who, brother, nephew = dossiers.expert(), dossiers.relative(1972), dossiers.relative(1999)
        party = dossiers.supplier(f"{name} Software")
        organisation.new_owner(party, nephew, share_pct="50")
        organisation.new_relationship(who, brother, "sibling")
        organisation.new_relationship(brother, nephew, "child", source="registry")
        tender = dossiers.tender(day, party, title="Software")
        dossiers.seat(tender, who)
        late = dossiers.first_score(tender) + dt.timedelta(days=1)
        dossiers.declare(who, party, "kinship", nephew, kind="event", declared_at=late)
        story = "A brother's child holds half of the winner, third degree; declared one day after scoring."
        dossiers.answer(tender, who, party, story, {"COI-02": EXCEPTION, "COI-03": "PASS", "REC-01": "PASS"})
    # a friend, declared after the vote: no register knows of the tie but the declaration
    who, party = dossiers.expert(), dossiers.supplier("Golf Partner Advisory", owned=True)
    tender = dossiers.tender(dt.date(2026, 9, 10), party, title="Advice")
    dossiers.seat(tender, who)
    after = dossiers.first_score(tender) + dt.timedelta(days=14)
    dossiers.declare(who, party, "friendship", kind="event", declared_at=after)
    story = "Declared a friendship with the winner after the vote."
    dossiers.answer(tender, who, party, story, {"COI-02": EXCEPTION, "REC-01": EXCEPTION})
    # boundary: one minute before the first act
    who, party = dossiers.expert(), dossiers.supplier("Just In Time Tyres")
    organisation.new_owner(party, who, share_pct="2")
    tender = dossiers.tender(dt.date(2026, 8, 6), party, title="Tyres")
    dossiers.seat(tender, who)
    before = dossiers.first_score(tender) - MINUTE
    dossiers.declare(who, party, "ownership", kind="event", declared_at=before)
    story = "Declared 2 per cent of the winner one minute before the first score."
    dossiers.answer(tender, who, party, story, {"COI-02": "PASS", "COI-03": "PASS", "REC-01": "PASS"})


def _unclear_declarations(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    for number, (share, results, story) in enumerate((
        ("day", {"COI-02": SAME_DAY, "COI-03": "PASS"}, "Declared on the day of the score, no time."),
        ("none", {"COI-02": TIME_MISSING, "COI-03": "PASS"}, "The declaration carries no date."),
        ("name", {"COI-02": "REVIEW:matched_by_name", "COI-03": "REVIEW:matched_by_name"},
         "Declared late and with the name of the company only."),
        ("nil", {"COI-03": EXCEPTION}, "Holds 3 per cent of the winner and gave a nil return."),
        ("withdrawn", {"COI-02": "REVIEW:withdrawn_before_acting", "COI-03": EXCEPTION},
         "Holds 3 per cent of the winner, declared them in 2025 and withdrew that in May."),
        ("friend", ACTED_TIED | {"COI-02": "PASS", "COI-03": "REVIEW:lesser_interest_declared"},
         "Holds 3 per cent of the winner, declared no more than a friendship with its manager, and did not step back."),
    )):  # fmt: skip
        who, party = dossiers.expert(), dossiers.supplier(f"Open Question {number + 1} Tools")
        organisation.new_owner(party, who, share_pct="3")
        tender = dossiers.tender(dt.date(2026, 7, 14) + dt.timedelta(days=18 * number % 80), party, title="Tools")
        dossiers.seat(tender, who)
        score = dossiers.first_score(tender)
        if share == "day":
            dossiers.declare(who, party, "ownership", kind="event", declared_at=at(score.date(), 0, 0))
        elif share == "none":
            dossiers.declare(who, party, "ownership", declared_at=None, visible_from=dt.date(2025, 2, 3))
        elif share == "name":
            late = score + dt.timedelta(days=2)
            row = dossiers.declare(who, party, "ownership", kind="event", declared_at=late)
            row["counterparty_party_id"] = None
        elif share == "withdrawn":
            row = dossiers.declare(who, party, "ownership")
            organisation.change(row, dt.date(2026, 5, 11), withdrawn_at=dt.datetime(2026, 5, 11, 14, 20))
        elif share == "friend":
            dossiers.declare(who, party, "friendship", decision="no_conflict", mitigation="none")
        else:
            organisation.new_declaration(who, dt.datetime(2026, 1, 11, 9, 0), kind="nil")
        dossiers.answer(tender, who, party, story, results)


def _orders(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    buyers = organisation.buyers
    # the vendor is paid to the account of whoever asked for the goods
    for moment, name in (
        (dt.datetime(2026, 7, 14, 10, 5), "Same Purse"),
        (dt.datetime(2026, 6, 9, 10, 5), "One Purse"),
    ):
        who = dossiers.expert()
        party = dossiers.supplier(f"{name} Stationery", owned=True)
        account = next(iter(organisation.select("vendor_bank", party_id=party["party_id"])))
        account["bank_account_hash"] = salary_account(who)
        order = organisation.new_purchase_order(party, who, buyers[1], moment, "4200", approver=buyers[2])
        story = "The vendor's bank account is the salary account of whoever asked for the goods."
        dossiers.answer(order, who, party, story, HIDDEN_TIE)
    # approved by the brother of the vendor's owner, who had declared it
    who, party = tied_expert(dossiers, "Direct Line Repairs")
    order = organisation.new_purchase_order(
        party, buyers[3], buyers[4], dt.datetime(2026, 9, 8, 9, 50), "19900", approver=who
    )
    story = "Approved a direct order to the brother's company; declared, no recusal."
    dossiers.answer(order, who, party, story, {**ACTED_TIED, "COI-02": "PASS", "COI-03": "PASS"})
    # nobody knows who owns the vendor
    party = dossiers.supplier("Letterbox Trading FZE", owners_unknown=True)
    people = [organisation.select("employee", employee_id=buyers[number])[0] for number in (5, 6, 7)]
    order = organisation.new_purchase_order(
        party, people[0], people[1], dt.datetime(2026, 9, 17, 11, 0), "15000", approver=people[2]
    )
    for who in people:
        story = "No owner of the vendor is recorded; ties to it cannot be seen."
        dossiers.answer(order, who, party, story, {"REC-01": "NOT_TESTED:owners_unknown"})


def salary_account(who: Row) -> str:
    """The hash of the account the salary is paid to, as in the payroll lines."""
    from plant import digest

    return digest("salary account", who["person_id"])


def _late_award(dossiers: Dossiers) -> None:
    """An award decided in June and entered in July, after the cut-off of its own quarter: tested in the next."""
    organisation = dossiers.organisation
    who, party = tied_expert(dossiers, "Belated Entry Elevators")
    tender = dossiers.tender(dt.date(2026, 6, 24), party, title="Lifts", contract=False)
    entered = dt.datetime(2026, 7, 9, 8, 30)
    tender["_changes"] = [(entered.date(), values) for _, values in tender["_changes"]]
    for award in organisation.select("award", tender_id=tender["tender_id"]):
        award["registered_at"] = entered
    dossiers.seat(tender, who)
    story = "The brother owns the winner; decided in June, entered on 9 July."
    results = {**ACTED_TIED, "COI-02": "PASS", "COI-03": "PASS"}
    dossiers.answer(tender, who, party, story, results, quarter="2026-Q3")


def _earlier_quarters(dossiers: Dossiers) -> None:
    """Ordinary ties of the three quarters before: hidden, declared but not acted upon, and one that may stand."""
    names = iter(("Lantern", "Juniper", "Opal", "Saffron", "Heron", "Granite", "Walnut", "Indigo", "Marlin", "Quartz",
                  "Olive", "Beacon", "Thistle", "Coral", "Falcon"))  # fmt: skip
    for first in (dt.date(2025, 10, 26), dt.date(2026, 1, 25), dt.date(2026, 4, 26)):
        for number in range(5):
            who, relative = dossiers.expert(), dossiers.relative(1974 + 2 * number)
            party = dossiers.supplier(f"{next(names)} Wharf Services")
            loses, declared, share = number == 2, number > 2, "4.9" if number == 4 else "40"
            owner = who if number == 4 else relative
            dossiers.organisation.new_owner(party, owner, share_pct=share)
            dossiers.organisation.new_relationship(who, relative, ("sibling", "spouse")[number % 2])
            if declared:
                dossiers.declare(
                    who, party, "ownership" if number == 4 else "affinity", None if number == 4 else relative
                )
            tender = dossiers.tender(
                first + dt.timedelta(days=9 * number),
                None if loses else party,
                (party,) if loses else (),
                "Wharf services",
            )
            dossiers.seat(tender, who)
            story, results = (
                ("A brother or sister owns the winner; not declared.", HIDDEN_TIE),
                ("The wife or husband owns the winner; not declared.", HIDDEN_TIE),
                ("A brother or sister owns a losing bidder; not declared.", HIDDEN_TIE_TO_LOSER),
                ("The wife or husband owns the winner; declared, but no recusal.",
                 ACTED_TIED | {"COI-02": "PASS", "COI-03": "PASS"}),
                ("4.9 per cent of the winner, declared; 5 count.",
                 {"REC-01": "PASS", "COI-02": "PASS", "COI-03": "PASS"}),
            )[number]  # fmt: skip
            dossiers.answer(tender, who, party, story, results)
