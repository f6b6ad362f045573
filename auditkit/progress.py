"""What a run tells while it works, stage by stage."""

from __future__ import annotations


class Progress:
    """What a run tells while it works; the console shows a bar per stage, others may ignore it."""

    def start(self, stage: str, total: int | None = None) -> None:
        """A stage begins; `total` steps are expected, None if not known."""

    def step(self, stage: str, what: str) -> None:
        """One step of the stage begins."""

    def end(self, stage: str) -> None:
        """The stage is done."""
