"""
The gates of an issue: what must hold before an edition may be relied on, what of it does not, and what to do about it.

All gates are looked at, whatever the first of them says. Of restricted controls one gate speaks, in one sentence that
is the same whatever keeps it shut: not signed, signed on something else, an item undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from auditkit.disposition import UNDECIDED
from auditkit.result import Run, Status
from auditkit.sign_off import APPROVED, BROKEN, ROLES, SignOff, date

GRAVE = ("critical", "high")
MOST = 5  # of a kind that are named
RESTRICTED = "The restricted part is signed by the audit head on what stands there now"
RESTRICTED_SHUT = (
    "this command cannot say more here; see the sheet Sign-off of the restricted edition, and give its passphrase"
)


@dataclass(frozen=True, slots=True)
class Gate:
    """What must hold; `shut` says what does not and what to do, one sentence each; empty where the gate is met."""

    title: str
    shut: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        """Whether nothing keeps it shut."""
        return not self.shut


def undecided(connection: duckdb.DuckDBPyConnection, *, restricted: bool) -> list[tuple[str, str, str]]:
    """Return (attribute, exception id, standing) of the critical and high items on which nobody has decided."""
    rows: list[tuple[str, str, str]] = connection.execute(
        """SELECT attribute_id, exception_id, standing FROM register_item
WHERE restricted = $restricted AND result IN ('EXCEPTION', 'REVIEW') AND LIST_CONTAINS($severities, severity)
AND LIST_CONTAINS($standings, standing) ORDER BY ALL""",
        {"restricted": restricted, "severities": list(GRAVE), "standings": list(UNDECIDED)},
    ).fetchall()
    return rows


def whole(run: Run, last: str) -> Gate:
    """Only the last whole run of a quarter is issued; `last` is its id."""
    shut = []
    if run.partial:
        shut.append(f"run {run.id} tested a selection only ({run.selection}); run the whole quarter")
    elif run.id != last:
        shut.append(f"{last} was run later; issue that run, or say why by moving its folder away")
    return Gate("The run is whole and the last one of its quarter", tuple(shut))


def evidence(problems: Iterable[str]) -> Gate:
    """The evidence is as the run left it."""
    return Gate("The evidence verifies", tuple(_few(problems, "differences", "restore the files and run again")))


def unchanged(problems: Iterable[str]) -> Gate:
    """Extracts, definitions and results are those of the run."""
    shut = _few(problems, "differences", "put back what was run, or run the quarter again and sign again")
    return Gate("Extracts and definitions give the results of the run again", tuple(shut))


def decided(items: Sequence[tuple[str, str, str]]) -> Gate:
    """Every critical and high item has a disposition that stands."""
    named: dict[str, list[str]] = {}
    for attribute, id_, standing in items:
        named.setdefault(attribute, []).append(f"{id_} ({standing})")
    shut = [
        f"{attribute}: {len(ids)} undecided: {', '.join(ids[:MOST])}{' ...' if len(ids) > MOST else ''}; decide in the "
        "working edition and take it in with import-review"
        for attribute, ids in named.items()
    ]
    return Gate("Every critical and high exception and item for review is decided", tuple(shut))


def judged(references: Sequence[str]) -> Gate:
    """Every confirmed deviation has led to a finding, or somebody decided that it leads to none."""
    shut = _few(references, "potential findings", "report them or drop them on the sheet Findings")
    return Gate("Every confirmed deviation has a finding, reported or dropped", tuple(shut))


def complete(problems: Iterable[str]) -> Gate:
    """Every reported finding has what a reader needs."""
    shut = _few(problems, "gaps", "complete them on the sheet Findings")
    return Gate("Every reported finding has its five Cs, a rating, an owner and a due date", tuple(shut))


def notes(sign_offs: Sequence[SignOff]) -> Gate:
    """No review note is open."""
    shut = [f"{each.control}: {each.notes_open} open; clear them" for each in sign_offs if each.notes_open]
    return Gate("No review note is open", tuple(shut))


def signed(sign_offs: Sequence[SignOff]) -> Gate:
    """Every control is signed by preparer, reviewer and audit head, on what stands now."""
    shut = [f"{each.control}: {_unsigned(each)}" for each in sign_offs if each.state != APPROVED]
    return Gate("Every control is signed by preparer, reviewer and audit head on what stands now", tuple(shut))


def _unsigned(sign_off: SignOff) -> str:
    if sign_off.state == BROKEN:
        return f"{sign_off.said}; run again and sign on the new sheet"
    wanted = [role for role, _, _ in ROLES if not sign_off.holds(role)]
    return f"{sign_off.state}, not yet {', '.join(wanted)}; sign on the sheet Sign-off of the working edition"


def reliable(run: Run) -> Gate:
    """No failed reliability check stops an attribute without somebody vouching for it."""
    shut = [
        f"{check.id} of {check.subject} stops {', '.join(check.blocks)}; mend the extract, or add an override under "
        "[reliability] with reason and approver"
        for check in run.reliability.checks
        if check.status == "failed" and check.blocks and not check.restricted
    ]
    return Gate("No failed reliability check stops a control", tuple(shut))


def anonymous(problems: Iterable[str]) -> Gate:
    """No text for the board names anybody."""
    shut = _few(problems, "texts", "name people by their role")
    return Gate("No text for the board holds a name or an identifier of the extracts", tuple(shut))


def restricted(*, ready: bool) -> Gate:
    """The restricted part is signed; nothing more is said, whatever keeps it from being so."""
    return Gate(RESTRICTED, () if ready else (RESTRICTED_SHUT,))


def dated(run: Run) -> Gate:
    """Nothing is issued before it was approved."""
    day = run.status.issued_on
    days = [found for each in run.sign_offs if (found := date(each.content.get("approved_on"))) is not None]
    shut = [f"issued on {day}, approved on {max(days)}; name a later day"] if day and days and day < max(days) else []
    return Gate("The day of issue is not before the last approval", tuple(shut))


def corrected(status: Status) -> Gate:
    """A re-issue says what it corrects, a first issue has nothing to correct."""
    shut = []
    if status.version > 1 and not status.erratum:
        shut.append(f"version {status.version - 1} is issued; say what this one corrects: --erratum TEXT")
    if status.version == 1 and status.erratum:
        shut.append("nothing is issued yet that could be corrected; leave --erratum out")
    return Gate("A re-issue says what it corrects", tuple(shut))


def _few(problems: Iterable[str], noun: str, hint: str) -> Iterator[str]:
    """Yield the first of many, how many more there are, and what to do."""
    found = list(problems)
    yield from found[:MOST]
    if len(found) > MOST:
        yield f"{len(found) - MOST} more {noun}"
    if found:
        yield hint
