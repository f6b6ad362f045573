"""Rows of the form Attestations: what is to be attested, beside the cells in which people attest it."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.attestation import VALID, Attestation
from auditkit.form_sheet import FormRow
from auditkit.sheet import Column

WHAT = "controls that people vouch for: what is attested, by whom, on which evidence and until when"
COLUMNS = (
    Column("Title", "wrap", least=22, most=30),
    Column("What is attested", "wrap", least=36, most=50),
    Column("Evidence asked for", "wrap", least=26, most=40),
    Column("Owner", "wrap", least=16, most=24),
    Column(VALID, "int", least=10),
    Column("State on the last day", "wrap", least=16, most=24),
)
NOTES = (
    "No data is tested here: somebody who answers for the control says that it works, and on which evidence. Attested "
    "by is a role. An empty expiry is the longest time allowed.",
    "An attestation holds for the quarter while it has not expired before its last day.",
)


def rows(attested: Sequence[Attestation]) -> list[FormRow]:
    """Return one row for every attested control, with what people wrote so far."""
    return [
        (
            each.control.id,
            [
                each.control.title,
                each.duty.statement,
                each.duty.evidence,
                each.control.owner,
                each.duty.valid_days,
                f"{each.state} until {each.expires_on}" if each.expires_on else each.state,
            ],
            each.content,
        )
        for each in attested
    ]
