"""Ties to winners and losing bidders: kin, holdings, groups, marriages, former employers, lots."""

from __future__ import annotations

import datetime as dt

from dossier import (
    ACTED_TIED,
    EXCEPTION,
    HIDDEN_TIE,
    HIDDEN_TIE_TO_LOSER,
    MINUTE,
    Dossiers,
    decided_at,
)
from plant import at


def plant(dossiers: Dossiers) -> None:
    """Plant ties of every kind and degree."""
    _relatives(dossiers)
    _holdings(dossiers)
    _other_ties(dossiers)
    _marriages(dossiers)
    _losing_bidders(dossiers)
    _lots(dossiers)


def _relatives(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    # the wife's brother owns the winner; declared, and yet never recused
    for day, name in ((dt.date(2026, 8, 9), "Harbour Lights"), (dt.date(2026, 2, 8), "Copper Mast")):
        who, wife, brother = dossiers.expert(), dossiers.relative(1982), dossiers.relative(1979)
        party = dossiers.supplier(f"{name} Engineering SA")
        organisation.new_owner(party, brother, share_pct="60")
        organisation.new_relationship(who, wife, "spouse", valid_from=dt.date(2012, 6, 1))
        organisation.new_relationship(wife, brother, "sibling", source="registry")
        dossiers.declare(who, party, "affinity", brother)
        tender = dossiers.tender(day, party, title="Quay lighting")
        dossiers.seat(tender, who)
        story = "The wife's brother owns 60 per cent of the winner; declared in 2025, but no recusal."
        dossiers.answer(tender, who, party, story, ACTED_TIED | {"COI-02": "PASS", "COI-03": "PASS", "REC-05": "PASS"})
    # a niece is of the third degree, a cousin of the fourth
    who, sister, niece = dossiers.expert(), dossiers.relative(1975), dossiers.relative(2001)
    party = dossiers.supplier("Third Degree Catering LLC")
    organisation.new_owner(party, niece, share_pct="100")
    organisation.new_relationship(who, sister, "sibling")
    organisation.new_relationship(sister, niece, "child", source="registry")
    tender = dossiers.tender(dt.date(2026, 7, 19), party, title="Canteen")
    dossiers.seat(tender, who)
    story = "A niece, third degree, owns the winner; two degrees count."
    dossiers.answer(tender, who, party, story, {"REC-01": "PASS", "COI-03": "NOT_APPLICABLE:beyond_degree"})
    who, mother, aunt, cousin = dossiers.expert(), *(dossiers.relative(year) for year in (1950, 1953, 1984))
    party = dossiers.supplier("Aunt and Sons Haulage")
    organisation.new_owner(party, cousin, role="director")
    organisation.new_relationship(who, mother, "parent", source="registry")
    organisation.new_relationship(mother, aunt, "sibling", source="registry")
    organisation.new_relationship(aunt, cousin, "child", source="registry")
    tender = dossiers.tender(dt.date(2026, 5, 10), dossiers.rivals[2], (party,), title="Haulage")
    dossiers.seat(tender, who)
    story = "A first cousin, fourth degree, directs a losing bidder."
    dossiers.answer(tender, who, party, story, {"REC-02": "PASS", "COI-03": "NOT_APPLICABLE:beyond_degree"})


def _holdings(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    cases = (
        ("4.99", dt.date(2026, 7, 12), {"REC-01": "PASS"}, "4.99 per cent of the winner, declared; 5 count."),
        ("5.00", dt.date(2026, 7, 22), ACTED_TIED, "Exactly 5 per cent of the winner, declared, no recusal."),
    )
    for share, day, results, story in cases:
        who, party = dossiers.expert(), dossiers.supplier(f"Limit {share.replace('.', ' ')} Instruments")
        organisation.new_owner(party, who, share_pct=share)
        dossiers.declare(who, party, "ownership")
        tender = dossiers.tender(day, party, title="Measuring instruments")
        dossiers.seat(tender, who)
        dossiers.answer(tender, who, party, story, {**results, "COI-02": "PASS", "COI-03": "PASS"})
    # through a holding company: 60 % of 20 % is 12 %, 24 % of 20 % is 4.8 %
    holding = dossiers.supplier("Blue Anchor Holding")
    party = dossiers.supplier("Blue Anchor Dredging")
    organisation.new_owner(party, owner_party=holding, share_pct="20")
    tender = dossiers.tender(dt.date(2026, 8, 16), party, title="Dredging of the basin")
    for share, results, story in (
        ("60", HIDDEN_TIE, "60 per cent of a holding with 20 per cent of the winner: 12 per cent, not declared."),
        ("24", {"REC-01": "PASS", "COI-03": EXCEPTION}, "24 per cent of 20 per cent is 4.8 per cent; not declared."),
    ):
        who = dossiers.expert()
        organisation.new_owner(holding, who, share_pct=share)
        dossiers.seat(tender, who)
        dossiers.answer(tender, who, party, story, results)
    # listed companies
    listed = dossiers.supplier("Meridian Telecom PLC", is_listed=True)
    tender = dossiers.tender(dt.date(2026, 9, 6), listed, title="Data lines")
    for listed_share, results, story in (
        (
            "0.99",
            {"REC-01": "PASS", "COI-03": "NOT_APPLICABLE:small_listed_holding"},
            "0.99 per cent of a listed firm.",
        ),
        ("1.00", {"REC-01": "PASS", "COI-03": EXCEPTION}, "1.00 per cent of a listed company, not declared."),
        (None, {"REC-01": "REVIEW:share_unknown", "COI-03": "REVIEW:share_unknown"}, "A share of unknown size."),
    ):
        who = dossiers.expert()
        organisation.new_owner(listed, who, share_pct=listed_share)
        dossiers.seat(tender, who)
        dossiers.answer(tender, who, listed, story, results)


def _other_ties(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    # known by the identity number of the owner only
    who, party = dossiers.expert(), dossiers.supplier("Quiet Owner Trading")
    owner = organisation.new_owner(party, owner_name="Q. Owner", share_pct="80")
    owner["owner_national_id_hash"] = organisation.get("person", who["person_id"])["national_id_hash"]
    tender = dossiers.tender(dt.date(2025, 11, 9), party, title="Trading goods")
    dossiers.seat(tender, who)
    dossiers.answer(tender, who, party, "The owner has the expert's identity number; not declared.", HIDDEN_TIE)
    # through the group, and a friend
    fellow = dossiers.supplier("Sister Ship Brokers", group_id="GRP-71")
    party = dossiers.supplier("Sister Ship Yards", owned=True, group_id="GRP-71")
    who = dossiers.expert()
    organisation.new_owner(fellow, who, role="manager")
    tender = dossiers.tender(dt.date(2026, 3, 8), party, title="Slipway")
    dossiers.seat(tender, who)
    dossiers.answer(tender, who, party, "Manages a company of the winner's group; not declared.", HIDDEN_TIE)
    who, friend = dossiers.expert(), dossiers.relative(1980)
    party = dossiers.supplier("Old Friends Printing")
    organisation.new_owner(party, friend, role="director")
    organisation.new_relationship(who, friend, "friend", valid_from=dt.date(2019, 3, 1))
    tender = dossiers.tender(dt.date(2026, 9, 13), party, title="Forms and stamps")
    dossiers.seat(tender, who)
    dossiers.answer(tender, who, party, "A declared friend directs the winner; the interest was not.", HIDDEN_TIE)
    # soft: the same address
    party = dossiers.supplier("Shared Staircase Services", owned=True)
    who = dossiers.expert()
    party["address_hash"] = organisation.get("person", who["person_id"])["address_hash"]
    tender = dossiers.tender(dt.date(2026, 8, 2), party, title="Window cleaning")
    dossiers.seat(tender, who)
    dossiers.answer(tender, who, party, "Lives at the address of the winner.", {"REC-01": "REVIEW:soft_link"})
    # known to the personnel file, but the expert only reads the file
    who, brother = dossiers.expert(), dossiers.relative(1977)
    party = dossiers.supplier("Reading Room Furniture")
    organisation.new_owner(party, brother, share_pct="100")
    organisation.new_relationship(who, brother, "sibling")
    tender = dossiers.tender(dt.date(2026, 8, 19), party, title="Shelves")
    organisation.new_action(tender, who, "view", dossiers.first_score(tender))
    nothing = "NOT_APPLICABLE:no_substantive_action"
    story = "The brother owns the winner; the expert only looked at the file."
    dossiers.answer(tender, who, party, story, {"REC-01": nothing, "COI-03": nothing}, kind="look_alike")


def _marriages(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    stories = (
        (1, None, {"REC-01": "PASS"}, "Marries the owner of the winner on the day after the award."),
        (None, -30, {"REC-01": "PASS"}, "Was divorced from the owner of the winner before the first score."),
        (-5, None, {"REC-01": "REVIEW:tie_began_before_decision", "COI-02": "PASS", "COI-03": "PASS"},
         "Marries the owner between the vote and the award, and declares it."),
    )  # fmt: skip
    for number, (begins, ends, results, story) in enumerate(stories):
        who, owner = dossiers.expert(), dossiers.relative(1986)
        party = dossiers.supplier(f"Wedding Bells {number + 1} Events")
        organisation.new_owner(party, owner, share_pct="100")
        tender = dossiers.tender(dt.date(2026, 7, 26) + dt.timedelta(days=14 * number), party, title="Ceremonies")
        day = decided_at(tender).date()
        organisation.new_relationship(
            who,
            owner,
            "spouse",
            valid_from=dt.date(2015, 1, 1) if begins is None else day + dt.timedelta(days=begins),
            valid_to=None if ends is None else day + dt.timedelta(days=ends),
        )
        dossiers.seat(tender, who)
        if begins == -5:
            married = day - dt.timedelta(days=5)
            dossiers.declare(
                who, party, "affinity", owner, kind="event", circumstance_date=married,
                declared_at=at(married + dt.timedelta(days=1), 9, 5),
            )  # fmt: skip
        dossiers.answer(tender, who, party, story, results, kind="look_alike" if begins == 1 else None)


def _losing_bidders(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    for day, name in ((dt.date(2026, 7, 15), "Palm Grove"), (dt.date(2025, 12, 7), "Cedar Hill")):
        who, sister = dossiers.expert(), dossiers.relative(1983)
        party = dossiers.supplier(f"{name} Consulting")
        organisation.new_owner(party, sister, role="director")
        organisation.new_relationship(who, sister, "sibling")
        tender = dossiers.tender(day, losers=(party,), title="Advice on tariffs")
        dossiers.seat(tender, who)
        dossiers.answer(tender, who, party, "The sister directs a losing bidder; not declared.", HIDDEN_TIE_TO_LOSER)
    # a business partner, whose bid was disqualified
    who, partner = dossiers.expert(), dossiers.relative(1970)
    common, party = dossiers.supplier("Joint Orchard Farms"), dossiers.supplier("Orchard Cold Rooms")
    for owner in (who, partner):
        organisation.new_owner(common, owner, share_pct="50")
    organisation.new_owner(party, partner, share_pct="100")
    tender = dossiers.tender(dt.date(2026, 8, 26), losers=(party,), title="Cold rooms")
    for bid in organisation.select("bid", tender_id=tender["tender_id"], party_id=party["party_id"]):
        bid |= {"status": "disqualified", "disqualified_reason": "bank guarantee missing"}
    dossiers.seat(tender, who)
    story = "Owns half of a farm with the owner of a bidder that was disqualified; not declared."
    dossiers.answer(tender, who, party, story, HIDDEN_TIE_TO_LOSER)
    # former employers, 24 months to the day
    tender = dossiers.tender(dt.date(2026, 9, 16), losers=(dossiers.rivals[2],), title="Weighbridges")
    first = dossiers.first_score(tender).date()
    for days, results, story in (
        (0, {"REC-02": "PASS"}, "Left a losing bidder 24 months before the first score, to the day."),
        (1, {"REC-02": EXCEPTION}, "Left a losing bidder one day less than 24 months before the first score."),
    ):
        who = dossiers.expert()
        left = first.replace(year=first.year - 2) + dt.timedelta(days=days)
        dossiers.declare(who, dossiers.rivals[2], "previous_employer", circumstance_date=left)
        dossiers.seat(tender, who)
        dossiers.answer(tender, who, dossiers.rivals[2], story, {**results, "COI-02": "PASS"})
    # a cancelled tender is tested as well
    who, son = dossiers.expert(), dossiers.relative(2000)
    party = dossiers.supplier("Called Off Canteens")
    organisation.new_owner(party, son, share_pct="100")
    organisation.new_relationship(who, son, "child")
    dossiers.declare(who, party, "kinship", son)
    tender = dossiers.tender(dt.date(2026, 9, 2), losers=(party,), title="Canteen furniture", cancelled=True)
    dossiers.seat(tender, who)
    story = "The son owns a bidder in a tender that was cancelled after the scores; declared, no recusal."
    none = "NOT_APPLICABLE:no_award"
    dossiers.answer(tender, who, party, story, {"REC-02": EXCEPTION, "REC-01": none, "COI-02": "PASS"})
    # a contact person is a soft link
    who, contact = dossiers.expert(), dossiers.relative(1990)
    party = dossiers.supplier("Front Desk Solutions", owned=True)
    organisation.new_owner(party, contact, role="contact")
    organisation.new_relationship(who, contact, "sibling")
    tender = dossiers.tender(dt.date(2026, 9, 9), losers=(party,), title="Reception desks")
    dossiers.seat(tender, who)
    dossiers.answer(tender, who, party, "A brother answers a bidder's telephone.", {"REC-02": "REVIEW:soft_link"})


def _lots(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    one, two, aunt = dossiers.expert(), dossiers.expert(), dossiers.relative(1968)
    party = dossiers.supplier("Second Lot Signage")
    organisation.new_owner(party, aunt, share_pct="100")
    for who in (one, two):
        organisation.new_relationship(who, aunt, "sibling")
    tender = dossiers.tender(dt.date(2026, 8, 5), lots=2, contract=False, title="Road signs")
    first, second = (row["lot_id"] for row in organisation.select("lot", tender_id=tender["tender_id"]))
    submitted = organisation.select("bid", tender_id=tender["tender_id"])[0]["submitted_at"]
    organisation.new_bid(tender, party, submitted + 5 * MINUTE, "180000", lot_id=second, rank_no=1)
    organisation.select("award", tender_id=tender["tender_id"], lot_id=second)[0]["party_id"] = party["party_id"]
    dossiers.seat(tender, one, lot_id=second)
    dossiers.seat(tender, two, lot_id=first)
    story = "The sister won lot 2, in which the expert scored; not declared."
    dossiers.answer(tender, one, party, story, HIDDEN_TIE, lot_id=second)
    story = "The sister won lot 2; the expert scored lot 1 only, where she did not bid."
    dossiers.answer(tender, two, party, story, {"REC-01": "PASS", "REC-02": "PASS"}, lot_id=first, kind="look_alike")
