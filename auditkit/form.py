"""
Forms: which cells of a workbook people fill in, sheet by sheet; the writer and `import-review` both follow them.

A row of a form has a key (its machine cells are locked and must come back unchanged) and fields for people. What
people wrote becomes one record of the journal: the form's kind, the row's key, the fields by name.
"""

from __future__ import annotations

from dataclasses import dataclass

DISPOSITIONS = (
    "in review",
    "confirmed deviation",
    "false positive (data)",
    "false positive (logic)",
    "justified (approved exemption)",
    "duplicate",
    "referred to investigation",
)
REASON_CODES = (
    "criterion not met, no exemption",
    "approved exemption",
    "compensating control",
    "authorised delegation",
    "policy does not cover it",
    "record wrong or incomplete at source",
    "extract or mapping wrong",
    "test logic too strict",
    "recorded late, event in order",
    "same matter as another exception",
    "under investigation",
    "other, see explanation",
)
CAUSE_CODES = (
    "policy absent or unclear",
    "training",
    "supervision",
    "system control missing or bypassed",
    "resources",
    "incentive or pressure",
    "culture or tone",
    "data quality",
    "third party",
    "override",
)
RATINGS = ("critical", "high", "medium", "low", "advisory")
FINDING_STATUS = ("potential", "reported", "dropped", "closed")
ACTION_STATUS = ("open", "implemented", "validated", "risk accepted", "superseded")
SCALE = ("1", "2", "3", "4", "5")
YES_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Field:
    """One cell for people: its name in the journal, its heading, what may stand in it (text, date, choice, number)."""

    name: str
    title: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    width: float = 18


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one kind of row; `sheets` are the sheets that hold such rows, `key` the heading of the key."""

    kind: str
    sheets: tuple[str, ...]
    key: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Return the field of that name."""
        return next(field for field in self.fields if field.name == name)


DISPOSITION = Form(
    "disposition",
    ("Exceptions", "Indicators", "Review items", "Register"),
    "Exception id",
    (
        Field("disposition", "Disposition", "choice", DISPOSITIONS, 24),
        Field("reason_code", "Reason", "choice", REASON_CODES, 26),
        Field("explanation", "Explanation", width=40),
        Field("evidence_ref", "Evidence reference", width=22),
        Field("preparer", "Prepared by"),
        Field("prepared_on", "Prepared on", "date", width=13),
        Field("reviewer", "Reviewed by"),
        Field("reviewed_on", "Reviewed on", "date", width=13),
        Field("finding", "Finding", width=20),
        Field("expires_on", "Expires on", "date", width=13),
    ),
)
FINDING = Form(
    "finding",
    ("Findings",),
    "Finding",
    (
        Field("title", "Title", width=30),
        Field("status", "Status", "choice", FINDING_STATUS, 12),
        Field("criteria_apply", "Criteria apply", "choice", YES_NO, 10),
        Field("criteria", "Criteria: what else applies", width=28),
        Field("condition", "Condition: what else was found", width=34),
        Field("cause_code", "Cause code", "choice", CAUSE_CODES, 22),
        Field("cause", "Cause", width=34),
        Field("consequence", "Consequence", width=34),
        Field("impact", "Impact (1 to 5)", "choice", SCALE, 10),
        Field("likelihood", "Likelihood (1 to 5)", "choice", SCALE, 11),
        Field("rating", "Final rating", "choice", RATINGS, 12),
        Field("override_reason", "Why the rating differs", width=26),
        Field("recommendation", "Recommendation", width=34),
        Field("management_response", "Management response", width=30),
        Field("agreed", "Agreed", "choice", YES_NO, 9),
        Field("owner", "Owner (role)", width=22),
        Field("due_on", "Due on", "date", width=13),
    ),
)
ACTION = Form(
    "action",
    ("Actions",),
    "Action id",
    (
        Field("title", "What is to be done", width=36),
        Field("finding", "Finding", width=20),
        Field("owner", "Owner (role)", width=22),
        Field("due_on", "Due on", "date", width=13),
        Field("extension_reason", "Why the due date moved", width=26),
        Field("responded_on", "Management answered on", "date", width=14),
        Field("status", "Status", "choice", ACTION_STATUS, 14),
        Field("implemented_by", "Implemented by"),
        Field("implemented_on", "Implemented on", "date", width=14),
        Field("evidence_ref", "Evidence reference", width=22),
        Field("validated_by", "Validated by"),
        Field("validated_on", "Validated on", "date", width=13),
        Field("risk_accepted_by", "Risk accepted by", width=22),
        Field("risk_authority", "Entitled by", width=24),
    ),
)
DECISION = Form(
    "decision",
    ("Decisions",),
    "Decision",
    (
        Field("requested", "Decision asked of the board", width=40),
        Field("options", "Options", width=34),
        Field("recommendation", "Recommendation", width=34),
        Field("asked_on", "Asked on", "date", width=13),
        Field("decision", "Decision taken", width=34),
        Field("decided_on", "Decided on", "date", width=13),
        Field("follow_up", "Follow-up", width=30),
    ),
)
ATTESTATION = Form(
    "attestation",
    ("Attestations",),
    "Control",
    (
        Field("attested_by", "Attested by (role)", width=22),
        Field("attested_on", "Attested on", "date", width=13),
        Field("evidence_ref", "Evidence reference", width=30),
        Field("expires_on", "Expires on", "date", width=13),
        Field("remark", "Remark", width=34),
    ),
)
SIGN_OFF = Form(
    "sign_off",
    ("Sign-off",),
    "Control",
    (
        Field("preparer", "Prepared by", width=22),
        Field("prepared_on", "Prepared on", "date", width=13),
        Field("reviewer", "Reviewed by", width=22),
        Field("reviewed_on", "Reviewed on", "date", width=13),
        Field("review_notes", "Review notes", width=40),
        Field("notes_open", "Review notes open", "number", width=12),
        Field("design_gap", "Design gap", "choice", YES_NO, 10),
        Field("approved_by", "Approved by (chief audit executive)", width=24),
        Field("approved_on", "Approved on", "date", width=13),
    ),
)
FORMS = (DISPOSITION, FINDING, ACTION, DECISION, ATTESTATION, SIGN_OFF)
