"""
Registration: the run's exceptions entered into the register, the open ones and, with a passphrase, the restricted ones.

Open and restricted controls are registered one after the other, from their own history and their own journal; nothing
of the restricted ones is read, counted or written where the open ones are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from auditkit import earlier_register, journal, manifest, private, register, sign_off, vault
from auditkit.conclusion import Conclusion, after_review
from auditkit.errors import RegisterError
from auditkit.form import DISPOSITION, SIGN_OFF
from auditkit.journal import Journal
from auditkit.register import NONE, Making, Standing

if TYPE_CHECKING:
    from auditkit.control import Catalogue
    from auditkit.key import Key
    from auditkit.period import Period
    from auditkit.project import Project
    from auditkit.result import ControlResult, Run
    from auditkit.review_row import ReviewRows

RESTRICTED_JOURNAL = "restricted.journal"


@dataclass(frozen=True, slots=True)
class Registers:
    """
    What came of it: standings and conclusions by attribute id and by `CONTROL/population`, conclusions by control id
    too, and the quarters of the history.

    `unread` names what of earlier quarters the passphrase does not open; only the restricted edition says so.
    """

    open: Mapping[str, Standing]
    restricted: Mapping[str, Standing]
    conclusions: Mapping[str, Conclusion]
    restricted_conclusions: Mapping[str, Conclusion]
    quarters: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """What is registered: the tested controls of a run; `passphrase` is None when no restricted one was run."""

    project: Project
    period: Period
    catalogue: Catalogue
    key: Key
    tested: Sequence[ControlResult]
    blocked: frozenset[str]
    passphrase: str | None
    whole: bool

    def enter(self, connection: duckdb.DuckDBPyConnection) -> Registers:
        """
        Make and fill `register_item` in the run's database.

        Raises RegisterError where the open history or the open journal does not hold. A restricted one that the
        passphrase does not open stops nothing: what it would have said is missing, and `unread` names it.
        """
        register.create(connection)
        earlier = earlier_register.opened(self.project, self.period.label, self.key)
        earlier_register.create(connection)
        earlier_register.add_open(connection, earlier)
        decided = Journal.read(self.project.register / journal.FILE)
        register.fill(connection, self._making(decided, restricted=False))
        found = self._found(connection, decided, restricted=False)
        quarters = tuple(each.quarter for each in earlier)
        if self.passphrase is None:
            return Registers(found[0], {}, found[1], {}, quarters)
        decided, unread = self._enter_restricted(connection, earlier, self.passphrase)
        hidden = self._found(connection, decided, restricted=True)
        return Registers(found[0], hidden[0], found[1], hidden[1], quarters, unread)

    def _enter_restricted(
        self, connection: duckdb.DuckDBPyConnection, earlier: Sequence[earlier_register.Earlier], passphrase: str
    ) -> tuple[Journal, tuple[str, ...]]:
        results = self._results(restricted=True)
        earlier_register.create(connection)
        # A control that has become restricted has its history where it stood before.
        earlier_register.add_open(connection, earlier, [a.id for result in results for a in result.control.attributes])
        sealed = earlier_register.sealed(self.project, self.period.label)
        unread = earlier_register.add_sealed(connection, sealed, passphrase)
        path = self.project.register / RESTRICTED_JOURNAL
        try:
            decided = Journal.read(path, vault.codec(passphrase, path.name))
        except RegisterError:
            decided, unread = Journal(path), (*unread, path.name)
        register.fill(connection, self._making(decided, restricted=True))
        return decided, unread

    def _found(
        self, connection: duckdb.DuckDBPyConnection, decided: Journal, *, restricted: bool
    ) -> tuple[dict[str, Standing], dict[str, Conclusion]]:
        results = self._results(restricted=restricted)
        standings = _every(register.standings(connection, restricted=restricted), results)
        signed = decided.latest(SIGN_OFF.kind)
        names = {result.control.id: sign_off.key(result.control.id, self.period.label) for result in results}
        gaps = [name for name, key in names.items() if key in signed and signed[key].content.get("design_gap") == "yes"]
        return standings, after_review(results, standings, gaps)

    def _making(self, decided: Journal, *, restricted: bool) -> Making:
        return Making(
            self.project,
            self.period,
            self.key,
            self._results(restricted=restricted),
            frozenset(attribute.id for attribute in self.catalogue.attributes),
            self.blocked,
            decided.latest(DISPOSITION.kind),
            self.whole,
            restricted,
        )

    def _results(self, *, restricted: bool) -> tuple[ControlResult, ...]:
        return tuple(result for result in self.tested if result.control.restricted == restricted)


def _every(found: Mapping[str, Standing], results: Sequence[ControlResult]) -> dict[str, Standing]:
    """Return the standings with one for every attribute and population that has nothing in the register."""
    names = [f"{result.control.id}/{p.population.name}" for result in results for p in result.populations]
    names += [a.attribute.id for result in results for p in result.populations for a in p.attributes]
    return {name: found.get(name, NONE) for name in sorted({*names, *found})}


def write_sealed(
    run: Run, connection: duckdb.DuckDBPyConnection, review: ReviewRows, path: Path, passphrase: str
) -> None:
    """
    Write the restricted controls' register, digests, counts and extracts, sealed.

    It is the history of later quarters, and what a re-performance compares with. `review` is what the forms of the
    restricted edition hold, with which it is compared when it comes back.
    """
    results = [a for control in run.restricted for population in control.populations for a in population.attributes]
    rows = connection.execute("SELECT * FROM register_item WHERE restricted ORDER BY attribute_id, item, exception_id")
    names = [column[0] for column in rows.description or ()]
    content = {
        "run": run.id,
        "quarter": run.period.label,
        "results": {result.attribute.id: result.digest for result in results},
        "counts": {result.attribute.id: manifest.counts_entry(result.counts) for result in results},
        "extracts": manifest.restricted_extracts(run.extracts),
        "register": [dict(zip(names, row, strict=True)) for row in rows.fetchall()],
        "review_row": review.data().decode("utf-8"),
    }
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8")
    private.write_file(path, vault.seal(data, passphrase))
