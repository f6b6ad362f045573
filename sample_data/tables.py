"""The tables of the sample: entity, column and kind, keys and foreign keys; written here, not read from auditkit."""

# ruff: noqa: E501

from __future__ import annotations

ID, TEXT, DATE, TIMESTAMP, MONEY, RATE, SHARE, INTEGER, BOOLEAN = (
    "id", "text", "date", "timestamp", "money", "rate", "share", "integer", "boolean",
)  # fmt: skip


def _columns(text: str) -> dict[str, str]:
    """Read 'name:kind name:kind' (no kind = id)."""
    kinds = {
        "": ID,
        "t": TEXT,
        "d": DATE,
        "ts": TIMESTAMP,
        "m": MONEY,
        "r": RATE,
        "s": SHARE,
        "n": INTEGER,
        "b": BOOLEAN,
    }
    pairs = (part.partition(":") for part in text.split())
    return {name: kinds[kind] for name, _, kind in pairs}


COLUMNS: dict[str, dict[str, str]] = {
    entity: _columns(text)
    for entity, text in {
        # hr
        "person": "person_id full_name:t full_name_latin:t sex:t birth_date:d national_id_hash address_hash phone_hash email_domain:t nationality:t",
        "employee": "employee_id person_id employment_type:t hire_date:d exit_date:d exit_reason:t rehire_of legal_entity:t",
        "assignment_hist": "employee_id valid_from:d valid_to:d position_id org_unit_id manager_employee_id grade_id job_family:t job_value_group:t location:t fte:s weekly_hours:s contract_type:t status:t acting:b",
        "position": "position_id title:t org_unit_id grade_id is_sensitive:b sensitive_category:t listed_post:b clearance_level_required:t max_tenure_months:n",
        "org_unit": "org_unit_id name:t parent_id head_employee_id type:t site:t valid_from:d valid_to:d",
        "grade": "grade_id name:t rank_no:n band:t pay_min:m pay_mid:m pay_max:m currency:t equal_value_points:n valid_from:d valid_to:d",
        "relationship": "relationship_id person_id_a person_id_b relative_name:t base_relation:t declared_degree:n source:t confidence:s valid_from:d valid_to:d",
        "leave": "employee_id leave_type:t started_on:d ended_on:d paid:b",
        "hr_action": "action_id employee_id action_type:t adverse_tier:t effective_date:d decision_date:d initiated_date:d initiated_by recommended_by decided_by processed_by reason_code:t mass_action_id consented:b non_retaliation_clearance_date:d description:t",
        "performance_rating": "employee_id cycle:t rating:s rating_scale_id rated_by rating_date:d calibrated:b",
        "secondary_employment": "request_id person_id employer_name:t employer_id activity:t hours_week:s income_year:m requested_at:ts decision:t decided_by decided_at:ts valid_from:d valid_to:d conditions:t",
        # payroll
        "pay_contract_hist": "employee_id valid_from:d valid_to:d base_annual:m currency:t pay_basis:t allowances_fixed_annual:m step:n protected_pay:b reason:t",
        "payroll_line": "payroll_run_id employee_id line_no:n pay_date:d earn_from:d earn_to:d element_code:t element_class:t amount:m currency:t hours:s off_cycle:b entered_by approved_by bank_account_hash",
        # procurement
        "party": "party_id role_flags:t legal_name:t name_norm:t tax_id registration_no:t country:t group_id created_at:ts created_by status:t address_hash phone_hash email_domain:t is_listed:b",
        "party_ownership": "ownership_id party_id owner_person_id owner_party_id owner_name:t owner_national_id_hash share_pct:s role:t source:t valid_from:d valid_to:d",
        "party_group_hist": "party_id group_id valid_from:d valid_to:d",
        "vendor_bank": "party_id bank_account_hash iban_last4:t valid_from:d valid_to:d changed_by changed_at:ts",
        "tender": "tender_id buyer_unit title:t category:t method:t status:t estimate:m currency:t published_at:ts bid_deadline:ts opened_at:ts evaluation_start:ts evaluation_end:ts award_criterion:t need_owner spec_author",
        "lot": "lot_id tender_id title:t",
        "bid": "bid_id tender_id lot_id party_id consortium_id submitted_at:ts amount:m currency:t status:t disqualified_reason:t rank_no:n",
        "committee_member": "member_id tender_id lot_id person_id role:t appointed_at:ts ended_at:ts",
        "process_action": "action_log_id context_type:t context_id lot_id person_id action:t acted_at:ts substantive:b on_behalf_of",
        "award": "award_id tender_id lot_id party_id amount:m currency:t decided_at:ts registered_at:ts decided_by",
        "contract": "contract_id award_id party_id signed_at:ts started_on:d ended_on:d amount:m currency:t manager_person_id",
        "amendment": "amendment_id contract_id amount_delta:m reason:t approved_by approved_at:ts",
        "purchase_order": "po_id party_id contract_id po_type:t created_at:ts created_by requester cost_centre:t amount:m currency:t status:t deleted:b",
        "approval": "doc_type:t doc_id level_no:n approver_id decision:t approved_at:ts limit_amount:m delegated_from",
        "goods_receipt": "gr_id po_id line_no:n posted_at:ts posted_by qty:m accepted:b",
        "invoice": "invoice_id party_id po_id invoice_no:t invoice_no_norm:t invoice_date:d posted_at:ts posted_by amount:m currency:t status:t reversed_by",
        # ethics
        "gift": "gift_id recipient_person_id recipient_employee_id beneficiary:t beneficiary_person_id giver_name:t giver_party_id direction:t category:t description:t value:m currency:t value_basis:t offered_at:d received_at:d registered_at:ts accepted_at:ts shared_with_n:n disposition:t disposition_evidence:t disposition_at:d approval_required:b approved_by approved_at:ts exemption_code:t context_ref:t",
        "gift_exemption": "exemption_id exemption_code:t person_id party_id approved_by approved_at:ts valid_from:d valid_to:d reason:t",
        "coi_declaration": "declaration_id person_id kind:t context_type:t context_id counterparty_name:t counterparty_party_id nature:t related_person_id circumstance_date:d declared_at:ts channel:t decision:t decided_by decided_at:ts mitigation:t mitigation_from:ts mitigation_to:ts mitigation_evidence:t withdrawn_at:ts version:n",
        "recusal": "recusal_id person_id context_type:t context_id lot_id requested_at:ts recused_at:ts ended_at:ts recorded_in:t",
        # cases
        "wb_report": "report_id channel:t channel_ref:t received_at:ts received_by logged_at:ts reporter_kind:t reporter_person_id identity_consent:b category:t acknowledged_at:ts feedback_at:ts case_id screening:t",
        "case_file": "case_id opened_at:ts severity:t category:t lead_investigator unit status:t target_close:d closed_at:ts outcome:t outcome_rationale_ref:t approved_by recommendations_n:n external_referral_to:t external_referral_at:ts reportable:b",
        "case_person": "case_id person_id role:t valid_from:ts valid_to:ts known_to_line_at:ts",
        "protection": "case_id person_id risk_assessed_at:ts risk_level:t measure:t decided_at:ts checkin_due:d checkin_done:d detriment_reported:b",
        # reference
        "fx_rate": "currency:t rate_date:d rate:r",
        "delegation": "delegation_id delegator_id delegate_id scope:t valid_from:d valid_to:d",
    }.items()
}  # fmt: skip

KEYS: dict[str, tuple[str, ...]] = {
    "person": ("person_id",),
    "employee": ("employee_id",),
    "assignment_hist": ("employee_id", "valid_from"),
    "position": ("position_id",),
    "org_unit": ("org_unit_id", "valid_from"),
    "grade": ("grade_id", "valid_from"),
    "relationship": ("relationship_id",),
    "leave": ("employee_id", "started_on"),
    "hr_action": ("action_id",),
    "performance_rating": ("employee_id", "cycle"),
    "secondary_employment": ("request_id",),
    "pay_contract_hist": ("employee_id", "valid_from"),
    "payroll_line": ("payroll_run_id", "employee_id", "line_no"),
    "party": ("party_id",),
    "party_ownership": ("ownership_id",),
    "party_group_hist": ("party_id", "valid_from"),
    "vendor_bank": ("party_id", "bank_account_hash", "valid_from"),
    "tender": ("tender_id",),
    "lot": ("lot_id",),
    "bid": ("bid_id",),
    "committee_member": ("member_id",),
    "process_action": ("action_log_id",),
    "award": ("award_id",),
    "contract": ("contract_id",),
    "amendment": ("amendment_id",),
    "purchase_order": ("po_id",),
    "approval": ("doc_type", "doc_id", "level_no"),
    "goods_receipt": ("gr_id",),
    "invoice": ("invoice_id",),
    "gift": ("gift_id",),
    "gift_exemption": ("exemption_id",),
    "coi_declaration": ("declaration_id",),
    "recusal": ("recusal_id",),
    "wb_report": ("report_id",),
    "case_file": ("case_id",),
    "case_person": ("case_id", "person_id", "role"),
    "protection": ("case_id", "person_id"),
    "fx_rate": ("currency", "rate_date"),
    "delegation": ("delegation_id",),
}

# (entity, column) -> entity it refers to. Columns that name people hold a person_id or an employee_id as said here.
REFERENCES: dict[tuple[str, str], str] = {
    (entity, column): target
    for target, columns in {
        "person": (
            "employee.person_id relationship.person_id_a relationship.person_id_b secondary_employment.person_id "
            "secondary_employment.decided_by approval.delegated_from "
            "party_ownership.owner_person_id tender.need_owner tender.spec_author committee_member.person_id "
            "process_action.person_id process_action.on_behalf_of award.decided_by contract.manager_person_id "
            "amendment.approved_by purchase_order.created_by purchase_order.requester approval.approver_id "
            "goods_receipt.posted_by invoice.posted_by gift.recipient_person_id gift.beneficiary_person_id "
            "gift.approved_by gift_exemption.person_id gift_exemption.approved_by coi_declaration.person_id "
            "coi_declaration.related_person_id coi_declaration.decided_by recusal.person_id wb_report.received_by "
            "wb_report.reporter_person_id case_file.lead_investigator case_file.approved_by case_person.person_id "
            "protection.person_id delegation.delegator_id delegation.delegate_id"
        ),
        "employee": (
            "employee.rehire_of assignment_hist.employee_id assignment_hist.manager_employee_id org_unit.head_employee_id "
            "leave.employee_id hr_action.employee_id hr_action.initiated_by hr_action.recommended_by hr_action.decided_by "
            "hr_action.processed_by performance_rating.employee_id performance_rating.rated_by "
            "pay_contract_hist.employee_id payroll_line.employee_id gift.recipient_employee_id"
        ),
        "org_unit": "assignment_hist.org_unit_id position.org_unit_id org_unit.parent_id tender.buyer_unit case_file.unit",
        "position": "assignment_hist.position_id",
        "grade": "assignment_hist.grade_id position.grade_id",
        "party": (
            "party_ownership.party_id party_ownership.owner_party_id party_group_hist.party_id vendor_bank.party_id "
            "bid.party_id award.party_id contract.party_id purchase_order.party_id invoice.party_id gift.giver_party_id "
            "gift_exemption.party_id coi_declaration.counterparty_party_id secondary_employment.employer_id"
        ),
        "tender": "lot.tender_id bid.tender_id committee_member.tender_id award.tender_id",
        "lot": "bid.lot_id committee_member.lot_id process_action.lot_id award.lot_id recusal.lot_id",
        "award": "contract.award_id",
        "contract": "amendment.contract_id purchase_order.contract_id",
        "purchase_order": "goods_receipt.po_id invoice.po_id",
        "invoice": "invoice.reversed_by",
        "case_file": "wb_report.case_id case_person.case_id protection.case_id",
    }.items()
    for entity, column in (name.split(".") for name in columns.split())
}
