"""Recusals in time, late, in minutes only, without time, and what was done after them."""

from __future__ import annotations

import datetime as dt

from dossier import (
    EXCEPTION,
    MINUTE,
    SAME_DAY,
    TIME_MISSING,
    Dossiers,
    Results,
    tied_expert,
)
from plant import at


def plant(dossiers: Dossiers) -> None:
    """Plant recusals."""
    _recused_in_time(dossiers)
    _acting_after_recusal(dossiers)
    _late_recusals(dossiers)
    _unclear_recusals(dossiers)


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
        who, party = tied_expert(dossiers, f"{name} Marine")
        tender = dossiers.tender(day, party, title="Marine supplies")
        score = dossiers.first_score(tender)
        organisation.new_recusal(who, tender, score - dt.timedelta(days=30))
        dossiers.seat(tender, who)
        dossiers.answer(
            tender, who, party, "Recused a month before, but scored and voted all the same.",
            {"REC-03": EXCEPTION, "REC-01": "PASS", "REC-04": "PASS", "COI-02": "PASS"},
        )  # fmt: skip
    # the recusal lasts for the orders under the contract
    who, party = tied_expert(dossiers, "Long Contract Cleaning")
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
    who, party = tied_expert(dossiers, "Handed Over Hardware")
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
        who, party = tied_expert(dossiers, f"Low Water {number + 1} Pumps")
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
    who, party = tied_expert(dossiers, "Flood Mark Barriers")
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
    who, party = tied_expert(dossiers, "Minuted Materials")
    tender = dossiers.tender(dt.date(2026, 7, 5), party, title="Building materials")
    score = dossiers.first_score(tender)
    organisation.new_recusal(who, tender, score - dt.timedelta(days=3), recorded_in="minutes")
    dossiers.seat(tender, who)
    story = "Recused in the minutes only, and acted."
    results = {"REC-01": "REVIEW:recusal_in_minutes_only", "REC-03": EXCEPTION, "REC-04": "PASS"}
    dossiers.answer(tender, who, party, story, results)
    # on the day of the score, without a time
    who, party = tied_expert(dossiers, "Midnight Signals")
    tender = dossiers.tender(dt.date(2026, 8, 18), party, title="Signals")
    score = dossiers.first_score(tender)
    organisation.new_recusal(who, tender, at(score.date(), 0, 0))
    dossiers.seat(tender, who, acts=False)
    organisation.new_action(tender, who, "score", score)
    story = "Recused on the day of the score, the time is not recorded."
    dossiers.answer(tender, who, party, story, {"REC-01": SAME_DAY, "REC-03": SAME_DAY, "REC-04": SAME_DAY})
    # the date of the recusal is missing
    who, party = tied_expert(dossiers, "Undated Uniforms")
    tender = dossiers.tender(dt.date(2026, 9, 15), party, title="Uniforms")
    score = dossiers.first_score(tender)
    organisation.new_recusal(who, tender, None, requested_at=score - dt.timedelta(days=3))
    dossiers.seat(tender, who)
    story = "The register of recusals has no date."
    results = {"REC-01": TIME_MISSING, "REC-03": TIME_MISSING, "REC-04": TIME_MISSING}
    dossiers.answer(tender, who, party, story, results)
    # the time of the act is missing
    who, party = tied_expert(dossiers, "Lost Log Archives")
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
