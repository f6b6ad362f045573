"""The gift register as a place to plant in: every gift with its answers under all eight attributes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from plant import Organisation, Row

Results = Mapping[int, str]
LIMITS = {1: "EXCEPTION", 2: "EXCEPTION", 3: "EXCEPTION"}  # what any accepted gift from a prohibited source is
UNKNOWN_GIVER = {1: "REVIEW:giver_unmapped", 2: "REVIEW:total_open", 3: "REVIEW:total_open"}
OUTSIDE = {2: "NOT_APPLICABLE:outside_limits", 3: "NOT_APPLICABLE:outside_limits"}
DEPARTMENTS = ("00001100", "00001200", "00001500", "00001700", "00001900")


class Register:
    """Adds gifts together with their answers."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._taken = 0
        self.vendor = organisation.new_party("Gulf of Meridia Cranes LLC", "vendor|bidder")
        self.agent = organisation.new_party("Swift Anchor Clearing Agents", "licensee")
        self.trader = organisation.new_party("Pearl Coast Imports", "trader")
        self.ministry = organisation.new_party("Ministry of Ports of Northland", "public_body")

    def recipient(self) -> Row:
        """Somebody who plays no part in anything else."""
        self._taken += 1
        return self.organisation.take_employee(department=DEPARTMENTS[self._taken % len(DEPARTMENTS)])

    def gift(
        self, who: Row | str | None, giver: Row | None, value: object, day: dt.date | None, **columns: object
    ) -> Row:
        """One entry; see Organisation.new_gift. Without `who` the recipient is somebody new."""
        return self.organisation.new_gift(who or self.recipient(), giver, value, day, **columns)  # type: ignore[arg-type]

    def answer(
        self,
        quarters: str | tuple[str, ...],
        gift: Row,
        story: str,
        *,
        found: Results | None = None,
        near: Results | None = None,
        alike: Results | None = None,
    ) -> Row:
        """Record what the attributes say of the gift, by attribute number."""
        item = {"gift_id": gift["gift_id"]}
        for results, kind in ((found, None), (near, "near_miss"), (alike, "look_alike")):
            for number, result in (results or {}).items():
                self.organisation.answer(f"GFT-{number:02d}", quarters, item, result, story, kind)
        return gift
