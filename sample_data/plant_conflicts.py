"""
What is to be found in tenders, orders and declarations of interest, and what only looks like it.

Every story is a tender (or an order) that is innocent but for one expert on its committee. It is answered under each of
the seven attributes which it touches; what is not named is clean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from plant import QUARTERS, Organisation, Row, add_working_days, at, working_day

EXCEPTION = "EXCEPTION"
SAME_DAY = "REVIEW:same_day"
TIME_MISSING = "NOT_TESTED:time_missing"
ACTED_TIED = {"REC-01": EXCEPTION}
HIDDEN_TIE = {"REC-01": EXCEPTION, "COI-03": EXCEPTION}
HIDDEN_TIE_TO_LOSER = {"REC-02": EXCEPTION, "COI-03": EXCEPTION}
MINUTE = dt.timedelta(minutes=1)
DEPARTMENTS = ("00001100", "00001200", "00001400", "00001500", "00001600", "00001900")
Results = Mapping[str, str]


def plant(organisation: Organisation) -> None:
    """Plant into tenders, orders, recusals and declarations, with the people and parties the stories need."""
    dossiers = Dossiers(organisation)
    _relatives(dossiers)
    _holdings(dossiers)
    _other_ties(dossiers)
    _marriages(dossiers)
    _losing_bidders(dossiers)
    _lots(dossiers)
    _recused_in_time(dossiers)
    _acting_after_recusal(dossiers)
    _late_recusals(dossiers)
    _unclear_recusals(dossiers)
    _statements(dossiers)
    _late_declarations(dossiers)
    _unclear_declarations(dossiers)
    _orders(dossiers)
    _late_award(dossiers)


class Dossiers:
    """Makes innocent tenders, seats an expert in them, and records the answers."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.stream = organisation.random_for("plant_conflicts")
        self._taken = 0
        self.need_owner, self.author = self.expert(), self.expert()
        self.rivals = [self.supplier(f"Northern Quay {trade}", owned=True) for trade in ("Works", "Supply", "Services")]

    def expert(self) -> Row:
        """Somebody of another department who plays no part in anything else."""
        self._taken += 1
        return self.organisation.take_employee(department=DEPARTMENTS[self._taken % len(DEPARTMENTS)])

    def relative(self, born: int) -> Row:
        """Somebody from outside."""
        return self.organisation.new_person(birth_date=dt.date(born, 5, 1 + self.stream.randrange(28)))

    def supplier(self, name: str, *, owned: bool = False, **columns: object) -> Row:
        """A new supplier; `owned` by somebody nobody knows."""
        party = self.organisation.new_party(name, "vendor|bidder", **columns)  # type: ignore[arg-type]
        if owned:
            self.organisation.new_owner(party, self.relative(1960), share_pct="100")
        return party

    def tender(
        self,
        day: dt.date,
        winner: Row | None = None,
        losers: tuple[Row, ...] = (),
        title: str = "Special equipment",
        **columns: object,
    ) -> Row:
        """A tender decided on this day (or the next working day); without a winner a rival wins."""
        organisation = self.organisation
        chief = organisation.select("org_unit", org_unit_id="00001310")[0]["head_employee_id"]
        return organisation.new_tender(
            awarded_on=working_day(day),
            winner=winner or self.rivals[0],
            losers=[*losers, self.rivals[1]],
            committee=self.stream.sample(organisation.buyers, 4),
            need_owner=self.need_owner,
            spec_author=self.author,
            approver=chief,
            title=title,
            **columns,  # type: ignore[arg-type]
        )

    def seat(
        self, tender: Row, who: Row, *, acts: bool = True, statement: bool = True, lot_id: str | None = None
    ) -> list[Row]:
        """Seat the expert as an evaluator, who states no interest and scores and votes 25 minutes after the chair."""
        organisation = self.organisation
        chair = organisation.select("committee_member", tender_id=tender["tender_id"])[0]
        appointed = chair["appointed_at"] + 30 * MINUTE
        organisation.new_member(tender, who, "evaluator", appointed, lot_id=lot_id)
        if statement:
            organisation.new_declaration(who, appointed + dt.timedelta(days=1, minutes=10), context=tender)
        if not acts:
            return []
        moments = [self.first_score(tender), self.first_score(tender) + dt.timedelta(days=10, hours=1)]
        return [
            organisation.new_action(tender, who, action, at(working_day(moment.date()), moment.hour, 25), lot_id=lot_id)
            for action, moment in zip(("score", "vote"), moments, strict=True)
        ]

    def first_score(self, tender: Row) -> dt.datetime:
        """When the expert scores."""
        start: dt.datetime = tender["evaluation_start"]
        return at(add_working_days(start.date(), 5), 10, 25)

    def declare(self, who: Row, party: Row, nature: str, related: Row | None = None, **columns: object) -> Row:
        """The yearly declaration of an interest, long before."""
        day = dt.datetime(2025, 2, 3, 9, 15)
        values: dict[str, object] = {"kind": "annual", "decision": "managed", "mitigation": "recusal"} | columns
        declared_at = values.pop("declared_at", day)
        return self.organisation.new_declaration(
            who, declared_at, counterparty=party, nature=nature, related=related, **values
        )  # type: ignore[arg-type]

    def answer(
        self,
        where: Row,
        who: Row,
        party: Row | None,
        story: str,
        results: Results,
        *,
        lot_id: str = "-",
        kind: str | None = None,
        quarter: str | None = None,
    ) -> None:
        """Record the results of one person in one tender or order."""
        for attribute, result in results.items():
            if attribute == "REC-05":
                item = {"tender_id": where["tender_id"], "person_id": who["person_id"]}
                label = quarter_of(where["opened_at"])
            else:
                is_order = "po_id" in where
                item = {
                    "context_type": "po" if is_order else "tender",
                    "context_id": where["po_id"] if is_order else where["tender_id"],
                }
                if attribute.startswith("REC"):
                    item |= {"lot_id": lot_id, "person_id": who["person_id"]}
                elif party is not None:
                    item |= {"person_id": who["person_id"], "party_id": party["party_id"]}
                label = quarter or quarter_of(where["created_at"] if is_order else decided_at(where))
            clean = not result.startswith((EXCEPTION, "REVIEW", "NOT_TESTED"))
            self.organisation.answer(attribute, label, item, result, story, kind if clean else None)


def quarter_of(moment: dt.datetime) -> str:
    """The label of the quarter of a moment."""
    return next(one.label for one in QUARTERS.values() if one.start <= moment.date() < one.end)


def decided_at(tender: Row) -> dt.datetime:
    """When the tender was awarded or called off."""
    return at(next(day for day, values in tender["_changes"] if "status" in values))


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


def _tied_expert(dossiers: Dossiers, name: str) -> tuple[Row, Row]:
    """An expert whose brother owns a new party, all of it declared in 2025; returns expert and party."""
    organisation = dossiers.organisation
    who, brother = dossiers.expert(), dossiers.relative(1978)
    party = dossiers.supplier(name)
    organisation.new_owner(party, brother, share_pct="75")
    organisation.new_relationship(who, brother, "sibling")
    dossiers.declare(who, party, "kinship", brother)
    return who, party


def _recused_in_time(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    # recused, then divorced and back on record before acting
    who, wife = dossiers.expert(), dossiers.relative(1984)
    party = dossiers.supplier("Parted Ways Couriers")
    organisation.new_owner(party, wife, share_pct="100")
    tender = dossiers.tender(dt.date(2026, 9, 20), party, title="Couriers")
    score = dossiers.first_score(tender)
    organisation.new_relationship(who, wife, "spouse", valid_to=score.date() - dt.timedelta(days=4))
    organisation.new_recusal(who, tender, score - dt.timedelta(days=20), ended_at=score - dt.timedelta(days=2))
    dossiers.seat(tender, who)
    story = "Recused, divorced, back on record, and only then acting."
    dossiers.answer(tender, who, None, story, {"REC-01": "PASS", "REC-03": "PASS", "REC-04": "PASS"}, kind="look_alike")


def _acting_after_recusal(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    for day, name in ((dt.date(2026, 7, 29), "Ebb Tide"), (dt.date(2026, 9, 23), "Spring Tide"),
                      (dt.date(2025, 11, 23), "Neap Tide")):  # fmt: skip
        who, party = _tied_expert(dossiers, f"{name} Marine")
        tender = dossiers.tender(day, party, title="Marine supplies")
        score = dossiers.first_score(tender)
        organisation.new_recusal(who, tender, score - dt.timedelta(days=30))
        dossiers.seat(tender, who)
        dossiers.answer(
            tender, who, party, "Recused a month before, but scored and voted all the same.",
            {"REC-03": EXCEPTION, "REC-01": "PASS", "REC-04": "PASS", "COI-02": "PASS"},
        )  # fmt: skip
    # the recusal lasts for the orders under the contract
    who, party = _tied_expert(dossiers, "Long Contract Cleaning")
    tender = dossiers.tender(dt.date(2026, 4, 12), party, title="Cleaning, two years")
    organisation.new_recusal(who, tender, dossiers.first_score(tender) - dt.timedelta(days=30))
    award = organisation.select("award", tender_id=tender["tender_id"])[0]
    contract = organisation.select("contract", award_id=award["award_id"])[0]
    order = organisation.new_purchase_order(
        party, who, organisation.buyers[0], dt.datetime(2026, 7, 8, 9, 20), "8400",
        contract_id=contract["contract_id"],
    )  # fmt: skip
    story = "Recused from the tender, but asked for an order under its contract."
    dossiers.answer(order, who, party, story, {"REC-03": EXCEPTION, "REC-01": "PASS", "COI-02": "PASS"})
    # handing the file over is allowed
    who, party = _tied_expert(dossiers, "Handed Over Hardware")
    tender = dossiers.tender(dt.date(2026, 8, 12), party, title="Hardware")
    score = dossiers.first_score(tender)
    organisation.new_recusal(who, tender, score - dt.timedelta(days=10))
    organisation.new_action(tender, who, "assign", score - dt.timedelta(days=9))
    story = "Handed the file to a substitute after the recusal."
    dossiers.answer(tender, who, party, story, {"REC-03": "PASS", "REC-04": "PASS"}, kind="look_alike")


def _late_recusals(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    stories = (
        (dt.date(2026, 7, 8), MINUTE, "Recused one minute after the first score."),
        (dt.date(2026, 8, 23), dt.timedelta(days=1), "Recused on the day after the first score."),
        (dt.date(2026, 5, 17), dt.timedelta(days=2), "Recused two days after the first score."),
        (dt.date(2026, 8, 30), -MINUTE, "Recused one minute before the first score, which was deleted."),
    )
    for number, (day, delay, story) in enumerate(stories):
        who, party = _tied_expert(dossiers, f"Low Water {number + 1} Pumps")
        tender = dossiers.tender(day, party, title="Pumps")
        score = dossiers.first_score(tender)
        organisation.new_recusal(who, tender, score + delay)
        dossiers.seat(tender, who, acts=False)
        late = delay > dt.timedelta(0)
        action = organisation.new_action(tender, who, "score" if late else "view", score)
        results: Results = {"REC-04": EXCEPTION, "REC-01": EXCEPTION, "REC-03": "PASS", "COI-02": "PASS"}
        if not late:
            action["substantive"] = False
            results = {"REC-04": "PASS", "REC-01": "NOT_APPLICABLE:no_substantive_action", "REC-03": "PASS"}
            story = "Recused one minute before opening the file of the scores."
        dossiers.answer(tender, who, party, story, results)
    # of a losing bidder
    who, party = _tied_expert(dossiers, "Flood Mark Barriers")
    tender = dossiers.tender(dt.date(2026, 1, 18), losers=(party,), title="Barriers")
    organisation.new_recusal(who, tender, dossiers.first_score(tender) + dt.timedelta(days=3))
    dossiers.seat(tender, who, acts=False)
    organisation.new_action(tender, who, "score", dossiers.first_score(tender))
    story = "The brother's company lost; recused three days after scoring."
    dossiers.answer(tender, who, party, story, {"REC-04": EXCEPTION, "REC-02": EXCEPTION, "COI-02": "PASS"})
    # married after scoring, recused at once: nobody steps back from what does not exist yet
    who, owner = dossiers.expert(), dossiers.relative(1988)
    party = dossiers.supplier("Honeymoon Hotels")
    organisation.new_owner(party, owner, share_pct="100")
    tender = dossiers.tender(dt.date(2026, 9, 27), party, title="Conference rooms")
    score = dossiers.first_score(tender)
    wedding = score.date() + dt.timedelta(days=2)
    organisation.new_relationship(who, owner, "spouse", valid_from=wedding)
    dossiers.declare(who, party, "affinity", owner, kind="event", circumstance_date=wedding,
                     declared_at=at(wedding + dt.timedelta(days=1), 8, 40))  # fmt: skip
    organisation.new_recusal(who, tender, at(wedding + dt.timedelta(days=1), 8, 50))
    dossiers.seat(tender, who, acts=False)
    organisation.new_action(tender, who, "score", score)
    story = "Married the owner after scoring, declared it and stepped back the next day."
    results = {"REC-04": "PASS", "REC-01": "PASS", "COI-02": "PASS", "COI-03": "PASS"}
    dossiers.answer(tender, who, party, story, results, kind="look_alike")


def _unclear_recusals(dossiers: Dossiers) -> None:
    organisation = dossiers.organisation
    # only in the minutes
    who, party = _tied_expert(dossiers, "Minuted Materials")
    tender = dossiers.tender(dt.date(2026, 7, 5), party, title="Building materials")
    score = dossiers.first_score(tender)
    organisation.new_recusal(who, tender, score - dt.timedelta(days=3), recorded_in="minutes")
    dossiers.seat(tender, who)
    story = "Recused in the minutes only, and acted."
    results = {"REC-01": "REVIEW:recusal_in_minutes_only", "REC-03": EXCEPTION, "REC-04": "PASS"}
    dossiers.answer(tender, who, party, story, results)
    # on the day of the score, without a time
    who, party = _tied_expert(dossiers, "Midnight Signals")
    tender = dossiers.tender(dt.date(2026, 8, 18), party, title="Signals")
    score = dossiers.first_score(tender)
    organisation.new_recusal(who, tender, at(score.date(), 0, 0))
    dossiers.seat(tender, who, acts=False)
    organisation.new_action(tender, who, "score", score)
    story = "Recused on the day of the score, the time is not recorded."
    dossiers.answer(tender, who, party, story, {"REC-01": SAME_DAY, "REC-03": SAME_DAY, "REC-04": SAME_DAY})
    # the date of the recusal is missing
    who, party = _tied_expert(dossiers, "Undated Uniforms")
    tender = dossiers.tender(dt.date(2026, 9, 15), party, title="Uniforms")
    score = dossiers.first_score(tender)
    organisation.new_recusal(who, tender, None, requested_at=score - dt.timedelta(days=3))
    dossiers.seat(tender, who)
    story = "The register of recusals has no date."
    results = {"REC-01": TIME_MISSING, "REC-03": TIME_MISSING, "REC-04": TIME_MISSING}
    dossiers.answer(tender, who, party, story, results)
    # the time of the act is missing
    who, party = _tied_expert(dossiers, "Lost Log Archives")
    tender = dossiers.tender(dt.date(2026, 7, 21), party, title="Archives")
    dossiers.seat(tender, who, acts=False)
    organisation.new_action(tender, who, "score", None, visible_from=dossiers.first_score(tender).date())
    story = "The log has no time for the score of an expert whose brother won."
    dossiers.answer(tender, who, party, story, {"REC-01": TIME_MISSING, "COI-02": TIME_MISSING})
    who, brother = dossiers.expert(), dossiers.relative(1981)
    party = dossiers.supplier("Lost Minutes Archives")
    organisation.new_owner(party, brother, share_pct="100")
    organisation.new_relationship(who, brother, "sibling")
    tender = dossiers.tender(dt.date(2026, 8, 11), losers=(party,), title="Archives")
    dossiers.seat(tender, who, acts=False)
    organisation.new_action(tender, who, "score", None, visible_from=dossiers.first_score(tender).date())
    story = "The log has no time for the score of an expert whose brother lost; the interest was not declared."
    dossiers.answer(tender, who, party, story, {"REC-02": TIME_MISSING, "COI-03": EXCEPTION})


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
    )):  # fmt: skip
        who, party = dossiers.expert(), dossiers.supplier(f"Open Question {number + 1} Tools")
        organisation.new_owner(party, who, share_pct="3")
        tender = dossiers.tender(dt.date(2026, 7, 14) + dt.timedelta(days=18 * number), party, title="Tools")
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
    who, party = _tied_expert(dossiers, "Direct Line Repairs")
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
    who, party = _tied_expert(dossiers, "Belated Entry Elevators")
    tender = dossiers.tender(dt.date(2026, 6, 24), party, title="Lifts", contract=False)
    entered = dt.datetime(2026, 7, 9, 8, 30)
    tender["_changes"] = [(entered.date(), values) for _, values in tender["_changes"]]
    for award in organisation.select("award", tender_id=tender["tender_id"]):
        award["registered_at"] = entered
    dossiers.seat(tender, who)
    story = "The brother owns the winner; decided in June, entered on 9 July."
    results = {**ACTED_TIED, "COI-02": "PASS", "COI-03": "PASS"}
    dossiers.answer(tender, who, party, story, results, quarter="2026-Q3")
