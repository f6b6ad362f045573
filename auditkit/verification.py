"""
The verification of a run: every file that it left, or rests on, compared with the sums that its manifest holds.

It reads bytes and performs nothing. What the run left must be as it was; what people have done since, in the working
papers or with the controls, is told apart.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit import delivery, identity, journal, manifest, seal, vault
from auditkit import project as projects
from auditkit.definition import FOLDER as DEFINITIONS
from auditkit.earlier_register import sealed_name
from auditkit.errors import RegisterError, RunError
from auditkit.evidence_source import EXTRACTS, OUTPUT, REGISTER, RUN, Source
from auditkit.journal import Journal
from auditkit.registration import RESTRICTED_JOURNAL
from auditkit.result import ISSUE
from auditkit.run import EDITIONS, TIMES

HOLDS, DIFFERS, MISSING, ADDED = "holds", "differs", "missing", "added"
CHANGED, PURGED, NOT_HERE = "changed since", "deleted by purge", "not in the pack"
WRONG = (DIFFERS, MISSING, ADDED)
# What of auditkit.toml says where things lie, and decides no result.
PLACES = (("folders", None), ("restricted", "passphrase_file"), ("register", "key_file"))
WORKING = re.compile(r"_W(_v\d+)?\.xlsx$")  # workbooks that are there to be filled in
MANIFEST = f"{manifest.EVIDENCE}/{manifest.FILE}"


@dataclass(frozen=True, slots=True)
class Row:
    """One file: the part it belongs to, its name, its state, and what more there is to say."""

    part: str
    name: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of every file of a run."""

    quarter: str
    run_id: str
    seal: str
    rows: tuple[Row, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing differs, is missing or was added that may not."""
        return not any(row.state in WRONG for row in self.rows)

    @property
    def notable(self) -> tuple[Row, ...]:
        """The files of which there is more to say than that they hold, what is wrong first."""
        return tuple(sorted((row for row in self.rows if row.state != HOLDS), key=lambda row: row.state not in WRONG))

    @property
    def parts(self) -> dict[str, Counter[str]]:
        """The number of files by part and state, in the order in which they were looked at."""
        found: dict[str, Counter[str]] = {}
        for row in self.rows:
            found.setdefault(row.part, Counter())[row.state] += 1
        return found


def verify(source: Source, quarter: str, run_id: str, passphrase: str | None = None) -> Verification:
    """
    Look at every file of a run; nothing that is found is an error, all of it is a row.

    With the passphrase the restricted part is looked at, too; what is wrong with it is not said in its words.
    """
    data = source.read(RUN, MANIFEST)
    rows: list[Row] = []
    content: dict[str, Any] | None = None
    try:
        content = seal.opened(data, MANIFEST) if data is not None else None
        state, detail = (HOLDS, "") if content else (MISSING, "without it nothing else of the evidence can be verified")
    except RunError:
        state, detail = DIFFERS, "its seal does not hold: what it says of other files cannot be relied on"
    rows.append(Row("manifest", MANIFEST, state, detail))
    purged: dict[str, str] = {}
    found, read = _journal(source, content)
    rows += found
    if read is not None:
        purged = {name: f"on {day}" for name, day in journal.purged(read, quarter).items()}
    if content is not None:
        rows += _evidence(source, content)
        rows += _extracts(source, content, purged)
        rows += _definitions(source, content)
        rows += _chain(source, content)
    rows += _editions(source)
    if read is not None:
        rows += _issued(source, read, quarter, run_id, data)
    if passphrase is not None:
        rows += _restricted(source, quarter, passphrase)
    return Verification(quarter, run_id, content["seal"] if content else "", tuple(rows))


def _row(part: str, name: str, was: str | None, now: str | None, missing: str = MISSING, detail: str = "") -> Row:
    if now is None:
        return Row(part, name, missing, detail)
    return Row(part, name, HOLDS if was == now else DIFFERS)


def _evidence(source: Source, content: Mapping[str, Any]) -> Iterator[Row]:
    """Look at the files of the evidence folder, and for others in it."""
    known = {f"{manifest.EVIDENCE}/{name}": total for name, total in content["files"].items()}
    for name, total in known.items():
        yield _row("evidence", name, total, source.sum(RUN, name))
    for name in source.names(RUN):
        if name.startswith(f"{manifest.EVIDENCE}/") and name not in known and name != MANIFEST:
            yield Row("evidence", name, ADDED, "the run did not write it")


def _extracts(source: Source, content: Mapping[str, Any], purged: Mapping[str, str]) -> Iterator[Row]:
    for entry in (*content["extracts"], *content["not_read"]):
        pairs = [(entry["file"], entry["sha256"])]
        if entry["delivery_note"] is not None:
            pairs.append((entry["file"] + delivery.SUFFIX, entry["delivery_note"]))
        for name, total in pairs:
            if total is None:  # a note without its extract
                continue
            missing = PURGED if name in purged else MISSING if source.complete else NOT_HERE
            yield _row("extracts", name, total, source.sum(EXTRACTS, name), missing, purged.get(name, ""))


def _definitions(source: Source, content: Mapping[str, Any]) -> Iterator[Row]:
    """Compare what would be run now with what was run: a change is no fault of the evidence."""
    now = source.definitions()
    for name in sorted({*content["definitions"], *now}):
        was = content["definitions"].get(name)
        if name == projects.FILE and now.get(name) is not None:
            kept = source.read(RUN, f"{manifest.EVIDENCE}/{DEFINITIONS}/{name}")
            same = kept is not None and decisive(kept) == decisive(now[name])
        else:
            same = name in now and hashlib.sha256(now[name]).hexdigest() == was
        detail = "" if same else "is new" if was is None else "was deleted" if name not in now else "was changed"
        yield Row("definitions now", name, HOLDS if same else CHANGED, detail)


def decisive(data: bytes) -> Any:
    """Return what the text of an auditkit.toml says, without where things lie; of no valid text the text itself."""
    try:
        content = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return data
    for section, key in PLACES:
        if key is None:
            content.pop(section, None)
        elif section in content:
            content[section].pop(key, None)
            if not content[section]:
                del content[section]
    return content


def _chain(source: Source, content: Mapping[str, Any]) -> Iterator[Row]:
    """Compare the manifests of the earlier runs that this one took figures from."""
    for entry in content["previous"]:
        name = f"{entry['quarter']}/{entry['run']}/{MANIFEST}"
        missing = MISSING if source.complete else NOT_HERE
        yield _row("earlier runs", name, entry["manifest"], source.sum(OUTPUT, name), missing)


def _editions(source: Source) -> Iterator[Row]:
    """Look at the workbooks; the working papers are there to be filled in, so a change of theirs is told apart."""
    content: dict[str, Any] = {}
    for name in (TIMES, EDITIONS):
        data = source.read(RUN, name)
        try:
            content = seal.opened(data or b"", name)
            yield Row("editions", name, HOLDS)
        except RunError:
            yield Row("editions", name, MISSING if data is None else DIFFERS)
            content = {}
    listed = content.get("files", {})
    for name, total in listed.items():
        missing = NOT_HERE if name == identity.FILE and not source.complete else MISSING
        yield _workbook("editions", name, total, source.sum(RUN, name), missing)
    known = {*listed, TIMES, EDITIONS}
    for name in source.names(RUN) if listed else ():
        if name not in known and not name.startswith(f"{manifest.EVIDENCE}/"):
            yield Row("editions", name, CHANGED, "written into the run's folder after the run")


def _workbook(part: str, name: str, was: str | None, now: str | None, missing: str = MISSING) -> Row:
    """Compare a workbook; the working papers are there to be filled in, so a change of theirs is told apart."""
    if now is not None and now != was and WORKING.search(name):
        return Row(part, name, CHANGED, "working papers: filled in, or saved by another program")
    return _row(part, name, was, now, missing)


def _issued(source: Source, log: Journal, quarter: str, run_id: str, data: bytes | None) -> Iterator[Row]:
    """Look at what was issued of the run: its manifest and its editions are those that the journal recorded."""
    for record in log.history(ISSUE, quarter):
        if record.run != run_id:
            continue
        version = record.content["version"]
        same = data is not None and hashlib.sha256(data).hexdigest() == record.content["manifest"]
        detail = "" if same else f"not the manifest on which issue {version} rests"
        yield Row("issued", MANIFEST, HOLDS if same else DIFFERS, detail)
        for name, total in record.content["files"].items():
            shown = f"{quarter}/issued-{version}/{name}"
            yield _workbook("issued", shown, total, source.sum(OUTPUT, shown))


def _restricted(source: Source, quarter: str, passphrase: str) -> Iterator[Row]:
    """Open what is sealed, and look at the extracts that it names; which of them is wrong stands in one fixed line."""
    name = sealed_name(quarter)
    data = source.read(RUN, name)
    if data is None:
        return
    try:
        extracts = json.loads(vault.unseal(data, passphrase, name))["extracts"]
        sealed = source.read(REGISTER, RESTRICTED_JOURNAL)
        codec = vault.codec(passphrase, RESTRICTED_JOURNAL)
        log = Journal.of(Path(RESTRICTED_JOURNAL), sealed, codec) if sealed else Journal(Path(RESTRICTED_JOURNAL))
    except RegisterError:
        yield Row("restricted", name, DIFFERS, "it, or the sealed journal, was changed or has another passphrase")
        return
    gone = journal.purged(log, quarter)
    now = {entry["file"]: source.sum(EXTRACTS, entry["file"]) for entry in extracts}
    good = all(
        now[entry["file"]] == entry["sha256"]
        or (now[entry["file"]] is None and (entry["file"] in gone or not source.complete))
        for entry in extracts
    )
    detail = "" if good else "an extract of a restricted table is missing or not as it was"
    yield Row("restricted", name, HOLDS if good else DIFFERS, detail)


def _journal(source: Source, content: Mapping[str, Any] | None) -> tuple[list[Row], Journal | None]:
    """Look at the chain of the journal, and that it still holds what it held when the run was made."""
    name = f"{REGISTER}/{journal.FILE}"
    data = source.read(REGISTER, journal.FILE)
    held = (content or {}).get("journal", {"records": 0, "head": journal.FIRST})
    if data is None:
        return ([Row("journal", name, MISSING)] if held["records"] else []), None
    try:
        found = Journal.of(Path(name), data)
    except RegisterError as error:
        place = f"line {error.line}: " if error.line else ""
        return [Row("journal", name, DIFFERS, place + error.message)], None
    number = held["records"]
    if number and (len(found.records) < number or found.records[number - 1].hash != held["head"]):
        return [Row("journal", name, DIFFERS, f"its first {number} records are not those the run knew")], found
    return [Row("journal", name, HOLDS)], found
