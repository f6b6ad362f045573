"""
Registration: the run's exceptions entered into the register, the open ones and, with a passphrase, the restricted ones.

Open and restricted controls are registered one after the other, from their own history and their own journal; nothing
of the restricted ones is read, counted or written where the open ones are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from auditkit import earlier_register, journal, private, register, vault
from auditkit.errors import RegisterError
from auditkit.journal import Journal, Record
from auditkit.register import NONE, Making, Standing

if TYPE_CHECKING:
    from auditkit.control import Catalogue
    from auditkit.key import Key
    from auditkit.period import Period
    from auditkit.project import Project
    from auditkit.result import ControlResult, Run

RESTRICTED_JOURNAL = "restricted.journal"


@dataclass(frozen=True, slots=True)
class Registers:
    """
    What came of it: standings by attribute id and by `CONTROL/population`, the quarters of the history.

    `unread` names what of earlier quarters the passphrase does not open; only the restricted edition says so.
    """

    open: Mapping[str, Standing]
    restricted: Mapping[str, Standing]
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
        path = self.project.register / journal.FILE
        making = self._making(Journal.read(path).latest("disposition"), restricted=False)
        register.fill(connection, making)
        unread: tuple[str, ...] = ()
        if self.passphrase is not None:
            unread = self._enter_restricted(connection, earlier, self.passphrase)
        return Registers(
            _every(register.standings(connection, restricted=False), making.results),
            _every(register.standings(connection, restricted=True), self._results(restricted=True)),
            tuple(each.quarter for each in earlier),
            unread,
        )

    def _enter_restricted(
        self, connection: duckdb.DuckDBPyConnection, earlier: Sequence[earlier_register.Earlier], passphrase: str
    ) -> tuple[str, ...]:
        making = self._making({}, restricted=True)
        earlier_register.create(connection)
        # A control that has become restricted has its history where it stood before.
        earlier_register.add_open(connection, earlier, [result.attribute.id for result in making.attributes])
        unread = earlier_register.add_sealed(
            connection, earlier_register.sealed(self.project, self.period.label), passphrase
        )
        path = self.project.register / RESTRICTED_JOURNAL
        try:
            decided = Journal.read(path, vault.codec(passphrase, path.name)).latest("disposition")
        except RegisterError:
            decided, unread = {}, (*unread, path.name)
        register.fill(connection, replace(making, decided=decided))
        return unread

    def _making(self, decided: Mapping[str, Record], *, restricted: bool) -> Making:
        return Making(
            self.project,
            self.period,
            self.key,
            self._results(restricted=restricted),
            frozenset(attribute.id for attribute in self.catalogue.attributes),
            self.blocked,
            decided,
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


def write_sealed(run: Run, connection: duckdb.DuckDBPyConnection, path: Path, passphrase: str) -> None:
    """Write the restricted controls' register and digests of results, sealed: the history of later quarters."""
    rows = connection.execute("SELECT * FROM register_item WHERE restricted ORDER BY attribute_id, item, exception_id")
    names = [column[0] for column in rows.description or ()]
    content = {
        "run": run.id,
        "quarter": run.period.label,
        "results": {
            result.attribute.id: result.digest
            for control in run.restricted
            for population in control.populations
            for result in population.attributes
        },
        "register": [dict(zip(names, row, strict=True)) for row in rows.fetchall()],
    }
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode("utf-8")
    private.write_file(path, vault.seal(data, passphrase))
