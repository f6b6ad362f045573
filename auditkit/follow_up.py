"""What lives on from quarter to quarter: findings and their drafts, actions, decisions, and the checks of all that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditkit.action import Action
    from auditkit.decision import Decision
    from auditkit.draft import Draft
    from auditkit.finding import Finding
    from auditkit.follow_up_check import Check


@dataclass(frozen=True, slots=True)
class FollowUp:
    """
    The state on the last day of the run's period, of the open controls or of the restricted ones, never of both.

    `findings` are all that the journal knows, `drafts` what this run's register offers for findings. `contents` maps
    kind and key to what was recorded last, `linked` a finding to the number of exceptions that name it.
    """

    findings: tuple[Finding, ...] = ()
    drafts: tuple[Draft, ...] = ()
    actions: tuple[Action, ...] = ()
    decisions: tuple[Decision, ...] = ()
    checks: tuple[Check, ...] = ()
    contents: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    linked: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_key(self) -> Mapping[str, Finding]:
        """The findings by their reference."""
        return {finding.key: finding for finding in self.findings}

    def draft(self, key: str) -> Draft | None:
        """Return this run's draft for a finding."""
        return next((draft for draft in self.drafts if draft.reference == key), None)

    def rating(self, action: Action) -> str:
        """Return the final rating of the finding that an action belongs to; "" while it has none."""
        finding = self.by_key.get(action.finding)
        return finding.rating if finding else ""
