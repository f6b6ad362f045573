"""The registers of the ethics office, personnel measures, reports and cases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from purchasing import Purchasing
from rows import CURRENCY, LAST, Row, add_working_days, at, digest, key_of


class Registers(Purchasing):
    """Constructors of gifts, declarations, recusals, personnel measures, reports and cases."""

    def new_gift(
        self,
        recipient: str | Row,
        giver: str | Row | None,
        value: Any,
        received_at: dt.date | None,
        *,
        disposition: str = "accepted_kept",
        registered_at: dt.datetime | str | None = "next working day",
        approver: str | Row | None = "ethics officer",
        approved_at: dt.datetime | str | None = "day before",
        **columns: Any,
    ) -> Row:
        """
        A gift of the register; without further words registered on the next working day.

        An accepted one is approved by the ethics officer on the day before; any other one is handed over with evidence
        on the next working day. Accepted gifts are innocent only from givers that are no prohibited source.
        """
        self.touch(recipient)
        day = received_at or columns.get("offered_at") or LAST.start
        next_day = add_working_days(day, 1)
        accepted = disposition.startswith("accepted")
        if registered_at == "next working day":
            registered_at = at(next_day, 10, 5)
        if approver == "ethics officer":
            approver = self.ethics_officer if accepted else None
        if approved_at == "day before":
            approved_at = at(add_working_days(day, -1), 11, 20) if approver is not None else None
        party = None if giver is None else self.get("party", key_of(giver, "party_id"))
        values: Row = {
            "gift_id": None,
            "recipient_person_id": self.person_id(recipient),
            "recipient_employee_id": self.employee_id(recipient, day),
            "beneficiary": "self",
            "giver_name": None if party is None else party["legal_name"],
            "giver_party_id": None if party is None else party["party_id"],
            "direction": "received" if accepted else "offered",
            "category": "goods",
            "description": "Presentation set",
            "value": None if value is None else Decimal(str(value)),
            "currency": CURRENCY,
            "value_basis": "invoice",
            "offered_at": received_at,
            "received_at": received_at,
            "registered_at": registered_at,
            "disposition": disposition,
            "disposition_evidence": None if accepted else "hand-over note " + digest("note", day, value)[:6],
            "disposition_at": None if accepted else next_day,
            "approval_required": accepted,
            "approved_by": None if approver is None else self.identity("gift", "approved_by", approver, day),
            "approved_at": approved_at,
        } | columns
        values["gift_id"] = values["gift_id"] or self.next_id(f"G-{day.year}-")
        return self.add("gift", **values)

    def new_exemption(
        self,
        exemption_code: str,
        *,
        who: str | Row | None = None,
        party: str | Row | None = None,
        valid_from: dt.date,
        valid_to: dt.date | None = None,
        approver: str | Row | None = "ethics officer",
        approved_at: dt.datetime | None = None,
        reason: str = "State protocol",
    ) -> Row:
        """An approved exemption from the gift rule."""
        if approver == "ethics officer":
            approver = self.ethics_officer
        return self.add(
            "gift_exemption",
            exemption_id=self.next_id("EX", 4),
            exemption_code=exemption_code,
            person_id=None if who is None else self.person_id(who),
            party_id=None if party is None else key_of(party, "party_id"),
            approved_by=None if approver is None else self.identity("gift_exemption", "approved_by", approver),
            approved_at=approved_at or at(add_working_days(valid_from, -3)),
            valid_from=valid_from,
            valid_to=valid_to,
            reason=reason,
        )

    def new_declaration(
        self,
        who: str | Row,
        declared_at: dt.datetime | None,
        *,
        kind: str = "event",
        counterparty: str | Row | None = None,
        nature: str | None = None,
        related: str | Row | None = None,
        context: str | Row | None = None,
        context_type: str | None = None,
        **columns: Any,
    ) -> Row:
        """A declaration of interest; with `context` (a tender) a tender-specific statement."""
        self.touch(who)
        party = None if counterparty is None else self.get("party", key_of(counterparty, "party_id"))
        if context is not None:
            context_type, kind = (
                context_type or "tender",
                "tender" if kind == "event" and context_type in (None, "tender") else kind,
            )
        values: Row = {
            "declaration_id": None,
            "person_id": self.person_id(who),
            "kind": kind,
            "context_type": context_type,
            "context_id": None if context is None else key_of(context, f"{context_type}_id"),
            "counterparty_name": None if party is None else party["legal_name"],
            "counterparty_party_id": None if party is None else party["party_id"],
            "nature": nature,
            "related_person_id": None if related is None else self.person_id(related),
            "declared_at": declared_at,
            "channel": "e_form",
            "version": 1,
        } | columns
        values["declaration_id"] = values["declaration_id"] or self.next_id("D", 5)
        return self.add("coi_declaration", **values)

    def new_recusal(
        self,
        who: str | Row,
        context: str | Row,
        recused_at: dt.datetime | None,
        *,
        context_type: str = "tender",
        lot_id: str | None = None,
        ended_at: dt.datetime | None = None,
        recorded_in: str = "system",
        requested_at: dt.datetime | None = None,
        visible_from: dt.date | None = None,
    ) -> Row:
        """A recusal from a tender (or one lot), a contract or a purchase order."""
        self.touch(who)
        return self.add(
            "recusal",
            recusal_id=self.next_id("RC", 4),
            person_id=self.person_id(who),
            context_type=context_type,
            context_id=key_of(context, {"po": "po_id"}.get(context_type, f"{context_type}_id")),
            lot_id=lot_id,
            requested_at=requested_at or recused_at,
            recused_at=recused_at,
            ended_at=ended_at,
            recorded_in=recorded_in,
            visible_from=visible_from,
        )

    def new_hr_action(
        self,
        who: str | Row,
        action_type: str,
        adverse_tier: str,
        decision_date: dt.date | None,
        *,
        effective_date: dt.date | None = None,
        initiated_date: dt.date | None = None,
        initiated_by: str | Row | None = None,
        recommended_by: str | Row | None = None,
        decided_by: str | Row | None = None,
        **columns: Any,
    ) -> Row:
        """An HR action; by default initiated a week before by the manager, decided by the manager's manager."""
        self.touch(who)
        day = decision_date or effective_date or LAST.start
        initiator = initiated_by or self.manager(who, day)
        decider = decided_by or self.manager(who, day, 2) or initiator
        return self.add(
            "hr_action",
            **{
                "action_id": self.next_id("HA", 5),
                "employee_id": self.employee_id(who, day),
                "action_type": action_type,
                "adverse_tier": adverse_tier,
                "effective_date": effective_date or day + dt.timedelta(days=7),
                "decision_date": decision_date,
                "initiated_date": initiated_date or day - dt.timedelta(days=7),
                "initiated_by": self.identity("hr_action", "initiated_by", initiator, day),
                "recommended_by": self.identity("hr_action", "recommended_by", recommended_by or initiator, day),
                "decided_by": self.identity("hr_action", "decided_by", decider, day),
                "processed_by": self.identity("hr_action", "processed_by", self.hr_processor, day),
                "reason_code": "GENERAL",
                "consented": False,
                **columns,
            },
        )

    def new_report(
        self,
        reporter: str | Row | None,
        received_at: dt.datetime,
        *,
        reporter_kind: str = "named",
        channel: str = "report_platform",
        category: str = "bribery",
        case: str | Row | None = None,
        logged_at: dt.datetime | None = None,
        **columns: Any,
    ) -> Row:
        """A report; the reporter is marked as taken."""
        if reporter is not None:
            self.touch(reporter)
        return self.add(
            "wb_report",
            **{
                "report_id": self.next_id("WR", 4),
                "channel": channel,
                "channel_ref": "ref-" + digest("report", received_at, channel)[:8],
                "received_at": received_at,
                "received_by": self.identity("wb_report", "received_by", self.case_officer, received_at.date()),
                "logged_at": logged_at or received_at + dt.timedelta(hours=2),
                "reporter_kind": reporter_kind,
                "reporter_person_id": None if reporter is None else self.person_id(reporter),
                "identity_consent": False,
                "category": category,
                "acknowledged_at": received_at + dt.timedelta(days=3),
                "case_id": None if case is None else key_of(case, "case_id"),
                "screening": "in_scope",
                **columns,
            },
        )

    def new_case(
        self, opened_at: dt.datetime, *, category: str = "bribery", closed_at: dt.datetime | None = None, **columns: Any
    ) -> Row:
        """A case, open until `closed_at`."""
        row = self.add(
            "case_file",
            **{
                "case_id": self.next_id("CASE-", 4),
                "opened_at": opened_at,
                "severity": "medium",
                "category": category,
                "lead_investigator": self.identity(
                    "case_file", "lead_investigator", self.investigator, opened_at.date()
                ),
                "status": "open",
                "target_close": opened_at.date() + dt.timedelta(days=90),
                "recommendations_n": 0,
                "reportable": False,
                **columns,
            },
        )
        if closed_at is not None:
            self.change(
                row, closed_at, closed_at=closed_at, status="closed", outcome="unsubstantiated",
                approved_by=self.identity("case_file", "approved_by", self.ethics_officer, closed_at.date()),
            )  # fmt: skip
        return row

    def new_case_person(
        self,
        case: str | Row,
        who: str | Row,
        role: str,
        valid_from: dt.datetime,
        *,
        valid_to: dt.datetime | None = None,
        known_to_line_at: dt.datetime | None = None,
    ) -> Row:
        """Somebody's part in a case."""
        self.touch(who)
        return self.add(
            "case_person",
            case_id=key_of(case, "case_id"),
            person_id=self.person_id(who),
            role=role,
            valid_from=valid_from,
            valid_to=valid_to,
            known_to_line_at=known_to_line_at,
        )

    def new_protection(self, case: str | Row, who: str | Row, decided_at: dt.datetime, **columns: Any) -> Row:
        """Protection of a person in a case."""
        return self.add(
            "protection",
            **{
                "case_id": key_of(case, "case_id"),
                "person_id": self.person_id(who),
                "risk_assessed_at": decided_at - dt.timedelta(hours=4),
                "risk_level": "medium",
                "measure": "contact person named",
                "decided_at": decided_at,
                "checkin_due": decided_at.date() + dt.timedelta(days=30),
                "detriment_reported": False,
                **columns,
            },
        )
