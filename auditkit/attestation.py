"""
Attestations: controls that people vouch for, because no data shows whether they work.

The control says what is attested, on which evidence and for how many days; the journal holds who attested it and when
(form ATTESTATION, key = the control's id). Whether it holds is judged against the run's quarter, never today's clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auditkit.document import Document, fields

if TYPE_CHECKING:
    from auditkit.control import Control
    from auditkit.journal import Journal
    from auditkit.period import Period
    from auditkit.review import Context

KIND = "attestation"
ATTESTED, EXPIRED, NEVER = "attested", "expired", "never attested"
KEYS = ("statement", "evidence", "valid_days")
# People attest while they review the quarter, which is over when the next one ends.
REVIEW_DAYS = 92
VALID = "Valid at the most, days"  # the heading under which a sheet says so


@dataclass(frozen=True, slots=True)
class Duty:
    """What is attested, which evidence shows it, and for how many days an attestation holds at the most."""

    statement: str
    evidence: str
    valid_days: int


@dataclass(frozen=True, slots=True)
class Attestation:
    """
    The state of one attested control at the end of a quarter; without a record everything but it is empty.

    `content` is what people wrote, by field of the form; `expires_on` follows from it where they left it out.
    """

    control: Control
    duty: Duty
    state: str
    attested_by: str = ""
    attested_on: dt.date | None = None
    evidence_ref: str = ""
    expires_on: dt.date | None = None
    remark: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)


def read_duty(document: Document) -> Duty:
    """Read the key `attestation` of a control.yml; raises ControlError with file and line."""
    item = fields(document, document.data.get(KIND), KIND, known=KEYS, required=KEYS)
    days = item["valid_days"]
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        hint = "write a whole number of days, 366 for once a year"
        raise document.error(f"valid_days {days!r} is no number of days", KIND, "valid_days", hint=hint)
    return Duty(" ".join(str(item["statement"]).split()), " ".join(str(item["evidence"]).split()), days)


def attestations(controls: Sequence[Control], journal: Journal, period: Period) -> tuple[Attestation, ...]:
    """
    Return the state of every control of kind `attestation`, in the order given.

    The newest attestation counts that was made by the end of the quarter's review (`REVIEW_DAYS` after its last day).
    """
    return tuple(
        _state(control, duty, journal, period)
        for control in controls
        for duty in (control.attestation,)
        if duty is not None
    )


def _state(control: Control, duty: Duty, journal: Journal, period: Period) -> Attestation:
    latest = period.last_day + dt.timedelta(days=REVIEW_DAYS)
    made = [
        (day, record.number, record.content)
        for record in journal.history(KIND, control.id)
        if (day := _date(record.content.get("attested_on"))) is not None and day <= latest
    ]
    if not made:
        return Attestation(control, duty, NEVER)
    day, _, content = max(made, key=lambda each: each[:2])
    expires = _date(content.get("expires_on")) or day + dt.timedelta(days=duty.valid_days)
    state = ATTESTED if expires >= period.last_day else EXPIRED
    texts = [str(content.get(name) or "") for name in ("attested_by", "evidence_ref", "remark")]
    return Attestation(control, duty, state, texts[0], day, texts[1], expires, texts[2], content)


def problems(content: Mapping[str, Any], duty: Duty, period: Period) -> list[str]:
    """
    Return what is wrong with an attestation that people filled in (keys of the form), in words; empty if nothing is.

    Dates are dates or ISO text. `expires_on` may be empty: then it is `valid_days` after `attested_on`.
    """
    found = [
        f"{title} is empty"
        for name, title in (("attested_by", "Attested by"), ("evidence_ref", "Evidence reference"))
        if not str(content.get(name) or "").strip()
    ]
    dates = {}
    for name, title in (("attested_on", "Attested on"), ("expires_on", "Expires on")):
        given = content.get(name)
        dates[name] = _date(given)
        if given not in (None, "") and dates[name] is None:
            found.append(f"{title} is no date: {given}")
    day, expires = dates["attested_on"], dates["expires_on"]
    if day is None:
        return found + (["Attested on is empty"] if content.get("attested_on") in (None, "") else [])
    latest = period.last_day + dt.timedelta(days=REVIEW_DAYS)
    if day > latest:
        found.append(f"Attested on {day} is after the review of {period.label}, which ends on {latest}")
    if expires is not None and expires < day:
        found.append(f"Expires on {expires} is before it was attested on {day}")
    limit = day + dt.timedelta(days=duty.valid_days)
    if expires is not None and expires > limit:
        found.append(f"Expires on {expires} is more than {duty.valid_days} days after {day}; at the latest {limit}")
    return found


def check(content: Mapping[str, Any], context: Context) -> list[str]:
    """Return what is wrong with a row that came back filled in; an empty one takes the attestation away."""
    if not any(str(value or "").strip() for value in content.values()):
        return []
    return problems(content, Duty("", "", int(context.cells[VALID])), context.period)


def _date(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value or "")[:10])
    except ValueError:
        return None
