"""Tenders and orders to plant in: innocent but for one expert on the committee, whose results are recorded."""

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


def tied_expert(dossiers: Dossiers, name: str) -> tuple[Row, Row]:
    """An expert whose brother owns a new party, all of it declared in 2025; returns expert and party."""
    organisation = dossiers.organisation
    who, brother = dossiers.expert(), dossiers.relative(1978)
    party = dossiers.supplier(name)
    organisation.new_owner(party, brother, share_pct="75")
    organisation.new_relationship(who, brother, "sibling")
    dossiers.declare(who, party, "kinship", brother)
    return who, party
