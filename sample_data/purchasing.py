"""Parties, their owners, tenders and orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from employment import Employment
from rows import CURRENCY, Row, add_working_days, at, day_of, digest, key_of, money


class Purchasing(Employment):
    """Constructors of parties and of what is bought from them."""

    def new_party(
        self,
        legal_name: str,
        role_flags: str = "vendor",
        *,
        group_id: str | None = None,
        group_from: dt.date = dt.date(2020, 1, 1),
        is_listed: bool = False,
        created_at: dt.datetime = dt.datetime(2020, 1, 5, 8, 15),
        country: str = "MR",
        owners_unknown: bool = False,
        **columns: Any,
    ) -> Row:
        """
        A party with its own bank account. role_flags: see README (vendor, bidder, licensee, trader, public_body).

        One that does business and for which nobody records an owner is given a nameless one at the end, unless
        `owners_unknown` says that the register is to be silent.
        """
        party_id = columns.pop("party_id", None) or self.next_id("00001", 5)
        row = self.add(
            "party",
            party_id=party_id,
            role_flags=role_flags,
            legal_name=legal_name,
            group_id=group_id,
            created_at=created_at,
            **{
                "name_norm": " ".join(legal_name.upper().split()),
                "tax_id": f"3{int(digest('tax', party_id)[:11], 16) % 10**14:014d}",
                "registration_no": f"CR-{int(digest('registration', party_id)[:8], 16) % 10**7:07d}",
                "country": country,
                "status": "active",
                "address_hash": digest("party address", party_id),
                "phone_hash": digest("party phone", party_id),
                "email_domain": f"v{party_id[-4:]}.example",
                "is_listed": is_listed,
                **columns,
            },
        )
        if owners_unknown:
            self.without_owner.add(party_id)
        if group_id is not None:
            self.add("party_group_hist", party_id=party_id, group_id=group_id, valid_from=group_from)
        self.add(
            "vendor_bank",
            party_id=party_id,
            bank_account_hash=digest("vendor bank", party_id),
            iban_last4=digest("iban", party_id)[-4:],
            valid_from=day_of(created_at),
            changed_at=created_at,
        )
        return row

    def new_owner(
        self,
        party: str | Row,
        person: str | Row | None = None,
        *,
        owner_party: str | Row | None = None,
        owner_name: str | None = None,
        share_pct: Any = None,
        role: str = "owner",
        valid_from: dt.date = dt.date(2020, 1, 1),
        valid_to: dt.date | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """An owner, director, manager or bid representative of a party: a person, another party, or a bare name."""
        if person is not None:
            self.touch(person)
            owner_name = owner_name or self.get("person", self.person_id(person))["full_name_latin"]
        if owner_party is not None:
            owner_name = owner_name or self.get("party", key_of(owner_party, "party_id"))["legal_name"]
        return self.add(
            "party_ownership",
            ownership_id=self.next_id("OW", 5),
            party_id=key_of(party, "party_id"),
            owner_person_id=None if person is None else self.person_id(person),
            owner_party_id=None if owner_party is None else key_of(owner_party, "party_id"),
            owner_name=owner_name,
            owner_national_id_hash=None
            if person is None
            else self.get("person", self.person_id(person))["national_id_hash"],
            share_pct=None if share_pct is None else Decimal(str(share_pct)),
            role=role,
            source="commercial_register",
            valid_from=valid_from,
            valid_to=valid_to,
            visible_from=visible_from,
        )

    def complete_owners(self) -> None:
        """Give every party in business that nobody owns a nameless owner (generate.py calls it at the end)."""
        owned = {row["party_id"] for row in self.tables["party_ownership"]} | self.without_owner
        for party in self.tables["party"]:
            if party["role_flags"] != "public_body" and party["party_id"] not in owned:
                self.new_owner(party, owner_name=f"Holding {party['party_id'][-4:]} of Meridia", share_pct="100")

    def new_tender(
        self,
        *,
        awarded_on: dt.date | None,
        winner: str | Row | None,
        losers: Iterable[str | Row] = (),
        committee: Iterable[str | Row] = (),
        need_owner: str | Row | None = None,
        spec_author: str | Row | None = None,
        approver: str | Row | None = None,
        title: str = "Supply of office materials",
        category: str = "goods",
        method: str = "open",
        amount: Any = "480000",
        cancelled: bool = False,
        lots: int = 0,
        statements: bool = True,
        actions: bool = True,
        contract: bool = True,
        days: int = 60,
        tender_id: str | None = None,
    ) -> Row:
        """
        A tender that is innocent by construction, with everything that belongs to it.

        `days` before `awarded_on` (decision or cancellation): specification; publication 5 days later; opening 32 days
        before, evaluation from 28 to 10 days before, approval and award on the day. `committee` = chair, secretary,
        evaluators...; whoever is not given is left out. `statements`: every member, need owner, author and approver
        gives a tender-specific statement (no interest) before the first action. `actions`: draft_spec, scores, votes,
        approval, signature are logged. With `lots` > 0 each lot has its own bids and award, all to the winner, and the
        actions stay on the tender. Returns the row of `tender`; for the rest: select('bid', tender_id=...) and so on.
        """
        import tender

        name = self.person_id
        return tender.build(
            self,
            decided_on=awarded_on or dt.date(2026, 12, 1),
            awarded=awarded_on is not None and not cancelled,
            cancelled=cancelled,
            winner=None if winner is None else key_of(winner, "party_id"),
            losers=[key_of(party, "party_id") for party in losers],
            committee=[name(who) for who in committee],
            need_owner=None if need_owner is None else name(need_owner),
            spec_author=None if spec_author is None else name(spec_author),
            approver=None if approver is None else name(approver),
            title=title,
            category=category,
            method=method,
            amount=money(amount),
            lots=lots,
            statements=statements,
            actions=actions,
            contract=contract,
            days=days,
            tender_id=tender_id,
        )

    def new_member(
        self,
        tender: str | Row,
        who: str | Row,
        role: str,
        appointed_at: dt.datetime,
        *,
        lot_id: str | None = None,
        ended_at: dt.datetime | None = None,
    ) -> Row:
        """A committee member."""
        self.touch(who)
        return self.add(
            "committee_member",
            member_id=self.next_id("CM", 5),
            tender_id=key_of(tender, "tender_id"),
            lot_id=lot_id,
            person_id=self.person_id(who),
            role=role,
            appointed_at=appointed_at,
            ended_at=ended_at,
        )

    def new_action(
        self,
        context: str | Row,
        who: str | Row,
        action: str,
        acted_at: dt.datetime | None,
        *,
        context_type: str = "tender",
        lot_id: str | None = None,
        substantive: bool | None = None,
        on_behalf_of: str | Row | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """A logged action; `substantive` defaults to everything but view and assign."""
        self.touch(who)
        return self.add(
            "process_action",
            action_log_id=self.next_id("A", 6),
            context_type=context_type,
            context_id=key_of(context, f"{context_type}_id" if context_type != "tender" else "tender_id"),
            lot_id=lot_id,
            person_id=self.person_id(who),
            action=action,
            acted_at=acted_at,
            substantive=action not in ("view", "assign") if substantive is None else substantive,
            on_behalf_of=None
            if on_behalf_of is None
            else self.identity("process_action", "on_behalf_of", on_behalf_of),
            visible_from=visible_from,
        )

    def new_bid(
        self,
        tender: str | Row,
        party: str | Row,
        submitted_at: dt.datetime,
        amount: Any,
        *,
        lot_id: str | None = None,
        status: str = "valid",
        rank_no: int | None = None,
        consortium_id: str | None = None,
        **columns: Any,
    ) -> Row:
        """A bid."""
        return self.add(
            "bid",
            bid_id=self.next_id("B", 5),
            tender_id=key_of(tender, "tender_id"),
            lot_id=lot_id,
            party_id=key_of(party, "party_id"),
            submitted_at=submitted_at,
            amount=money(amount),
            currency=CURRENCY,
            status=status,
            rank_no=rank_no,
            consortium_id=consortium_id,
            **columns,
        )

    def new_award(
        self,
        tender: str | Row,
        party: str | Row,
        amount: Any,
        decided_at: dt.datetime | None,
        decided_by: str | Row | None,
        *,
        lot_id: str | None = None,
        registered_at: dt.datetime | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """An award, entered in the system when it is decided unless `registered_at` says later."""
        return self.add(
            "award",
            award_id=self.next_id("AW", 4),
            tender_id=key_of(tender, "tender_id"),
            lot_id=lot_id,
            party_id=key_of(party, "party_id"),
            amount=money(amount),
            currency=CURRENCY,
            decided_at=decided_at,
            decided_by=self.identity(
                "award", "decided_by", decided_by, None if decided_at is None else decided_at.date()
            ),
            visible_from=visible_from,
        )

    def new_purchase_order(
        self,
        party: str | Row,
        requester: str | Row | None,
        created_by: str | Row | None,
        created_at: dt.datetime,
        amount: Any,
        *,
        approver: str | Row | None = None,
        contract_id: str | None = None,
        po_type: str | None = None,
        po_id: str | None = None,
        delivered: bool = True,
        **columns: Any,
    ) -> Row:
        """
        A purchase order; without contract_id a direct one.

        With an approver it is approved the same day; delivered, it has a receipt and an invoice.
        """
        po_id = po_id or self.next_id("45000", 5)
        row = self.add(
            "purchase_order",
            po_id=po_id,
            party_id=key_of(party, "party_id"),
            contract_id=contract_id,
            po_type=po_type or ("direct" if contract_id is None else "call_off"),
            created_at=created_at,
            created_by=self.identity("purchase_order", "created_by", created_by, created_at.date()),
            requester=self.identity("purchase_order", "requester", requester, created_at.date()),
            amount=money(amount),
            currency=CURRENCY,
            **{"cost_centre": "CC1300", "status": "released", "deleted": False, **columns},
        )
        for who in (requester, created_by, approver):
            if who is not None:
                self.touch(who)
        if approver is not None:
            self.add(
                "approval",
                doc_type="po",
                doc_id=po_id,
                level_no=1,
                approver_id=self.identity("approval", "approver_id", approver, created_at.date()),
                decision="approved",
                approved_at=created_at + dt.timedelta(minutes=95),
                limit_amount=money(1000000),
            )
        if delivered:
            _deliver(self, row)
        return row


def _deliver(organisation: Purchasing, order: Row) -> None:
    created: dt.datetime = order["created_at"]
    received = at(add_working_days(created.date(), 6), 13, 10)
    organisation.add(
        "goods_receipt",
        gr_id=organisation.next_id("50000", 5),
        po_id=order["po_id"],
        line_no=1,
        posted_at=received,
        posted_by=organisation.identity("goods_receipt", "posted_by", organisation.storekeeper, received.date()),
        qty=Decimal(1),
        accepted=True,
    )
    invoiced = at(add_working_days(created.date(), 9), 9, 45)
    number = organisation.next_id("51056", 5)
    organisation.add(
        "invoice",
        invoice_id=number,
        party_id=order["party_id"],
        po_id=order["po_id"],
        invoice_no=f"INV/{number[-4:]}",
        invoice_no_norm=f"INV{number[-4:]}",
        invoice_date=invoiced.date() - dt.timedelta(days=2),
        posted_at=invoiced,
        posted_by=organisation.identity("invoice", "posted_by", organisation.accountant, invoiced.date()),
        amount=order["amount"],
        currency=order["currency"],
        status="paid",
    )
