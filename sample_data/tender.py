"""One tender from specification to contract, innocent by construction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plant import Organisation, Row

ROLES = ("chair", "secretary", "evaluator", "evaluator", "evaluator", "evaluator", "evaluator")


def build(  # noqa: C901 - one tender is one list of steps
    organisation: Organisation,
    *,
    decided_on: dt.date,
    awarded: bool,
    cancelled: bool,
    winner: str | None,
    losers: Iterable[str],
    committee: list[str],
    need_owner: str | None,
    spec_author: str | None,
    approver: str | None,
    title: str,
    category: str,
    method: str,
    amount: Decimal,
    lots: int,
    statements: bool,
    actions: bool,
    contract: bool,
    days: int,
    tender_id: str | None,
) -> Row:
    """Add the tender with everything that belongs to it; see Organisation.new_tender."""
    from plant import CURRENCY, add_working_days, at, working_day

    def moment(before: int, hour: int, minute: int = 0) -> dt.datetime:
        return at(working_day(decided_on - dt.timedelta(days=before)), hour, minute)

    published = moment(days - 5, 8, 30)
    opened = moment(32, 10)
    known = moment(days + 6, 8)
    organisation.touch(*(who for who in (need_owner, spec_author, *committee, approver) if who is not None))
    tender = organisation.add(
        "tender",
        tender_id=tender_id or organisation.next_id(f"T-{published.year}-"),
        buyer_unit=organisation.buyer_unit,
        title=title,
        category=category,
        method=method,
        status="active",
        estimate=amount,
        currency=CURRENCY,
        published_at=published,
        bid_deadline=moment(35, 14),
        opened_at=opened,
        evaluation_start=moment(28, 9),
        evaluation_end=moment(10, 15),
        award_criterion="quality_price",
        need_owner=None if need_owner is None else organisation.identity("tender", "need_owner", need_owner),
        spec_author=None if spec_author is None else organisation.identity("tender", "spec_author", spec_author),
        visible_from=known.date(),
    )
    if awarded or cancelled:
        organisation.change(tender, decided_on, status="cancelled" if cancelled else "complete")
    lot_ids: list[str | None] = [None]
    if lots:
        lot_ids = _lots(organisation, tender, lots, known.date())
    share = amount / len(lot_ids)
    _bids(organisation, tender, lot_ids, [party for party in (winner, *losers) if party is not None], share, moment)
    if awarded:
        for bid in organisation.select("bid", tender_id=tender["tender_id"]):
            organisation.change(bid, decided_on, rank_no=bid["rank_no"])
            bid["rank_no"] = None
    for number, who in enumerate(committee):
        organisation.new_member(tender, who, ROLES[min(number, len(ROLES) - 1)], moment(days + 2, 9, number))
    if statements:
        _statements(organisation, tender, [need_owner, spec_author, *committee, approver], moment, days)
    if actions:
        _prepare(organisation, tender, spec_author, need_owner, moment, days)
        if not cancelled:
            _evaluate(organisation, tender, committee, approver, moment, at(decided_on, 11, 40))
    if awarded and winner is not None:
        for lot_id in lot_ids:
            award = organisation.new_award(
                tender, winner, share * 95 / 100, at(decided_on, 12, 15), approver, lot_id=lot_id
            )
            if contract:
                _sign(organisation, award, approver, at(add_working_days(decided_on, 5), 10))
    return tender


def _lots(organisation: Organisation, tender: Row, count: int, known: dt.date) -> list[str | None]:
    lot_ids: list[str | None] = [f"{tender['tender_id']}-L{number}" for number in range(1, count + 1)]
    for number, lot_id in enumerate(lot_ids, 1):
        organisation.add(
            "lot",
            lot_id=lot_id,
            tender_id=tender["tender_id"],
            title=f"{tender['title']}, lot {number}",
            visible_from=known,
        )
    return lot_ids


def _statements(
    organisation: Organisation, tender: Row, people: list[str | None], moment: Callable[..., dt.datetime], days: int
) -> None:
    for number, who in enumerate(dict.fromkeys(who for who in people if who is not None)):
        organisation.new_declaration(who, moment(days + 1, 10, 5 + number), kind="tender", context=tender)


def _bids(
    organisation: Organisation,
    tender: Row,
    lot_ids: list[str | None],
    parties: list[str],
    share: Decimal,
    moment: Callable[..., dt.datetime],
) -> None:
    for lot_id in lot_ids:
        for rank, party in enumerate(parties, 1):
            price = share * (Decimal(92) + 3 * rank) / 100
            submitted = moment(38, 9 + rank % 5, 7 * rank)
            organisation.new_bid(tender, party, submitted, price, lot_id=lot_id, rank_no=rank)


def _prepare(
    organisation: Organisation,
    tender: Row,
    spec_author: str | None,
    need_owner: str | None,
    moment: Callable[..., dt.datetime],
    days: int,
) -> None:
    if spec_author is not None:
        organisation.new_action(tender, spec_author, "draft_spec", moment(days - 3, 11))
    if need_owner is not None:
        organisation.new_action(tender, need_owner, "opinion", moment(days - 4, 10, 20))


def _evaluate(
    organisation: Organisation,
    tender: Row,
    committee: list[str],
    approver: str | None,
    moment: Callable[..., dt.datetime],
    approved_at: dt.datetime,
) -> None:
    for number, who in enumerate(committee):
        if number == 1:  # the secretary keeps the minutes
            organisation.new_action(tender, who, "assign", moment(27, 9, 15))
            continue
        organisation.new_action(tender, who, "score", moment(20, 10, 4 * number))
        organisation.new_action(tender, who, "vote", moment(10, 11, 3 * number))
    if approver is not None:
        organisation.new_action(tender, approver, "approve", approved_at)


def _sign(organisation: Organisation, award: Row, manager: str | None, signed_at: dt.datetime) -> None:
    organisation.add(
        "contract",
        contract_id=organisation.next_id("46000", 5),
        award_id=award["award_id"],
        party_id=award["party_id"],
        signed_at=signed_at,
        started_on=signed_at.date() + dt.timedelta(days=10),
        ended_on=signed_at.date() + dt.timedelta(days=375),
        amount=award["amount"],
        currency=award["currency"],
        manager_person_id=None if manager is None else organisation.identity("contract", "manager_person_id", manager),
    )
