"""
The re-performance of a run: from the same extracts, with the definitions the evidence kept, to the same results.

It needs no key, and no passphrase but for the restricted controls. What the project says now is not used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditkit import definition, evidence, item_comparison, journal, manifest
from auditkit.definition import FOLDER, Definitions
from auditkit.earlier_register import read_sealed, sealed_name
from auditkit.errors import RunError
from auditkit.journal import Journal
from auditkit.key import Key
from auditkit.progress import Progress
from auditkit.project import Project
from auditkit.result import Run
from auditkit.run import Options, Tested, tested

# What is said of every extract and of every attribute, in the words of the report.
FACTS_OF_EXTRACT = {"sha256": "content", "delivery_note": "delivery note", "mapping": "mapping", "rows": "rows"}
NONE, AGREE, DIFFER = "none", "agree", "differ"
NOT_PERFORMED, NOT_SEALED = "not performed again: that needs the passphrase", "the run left no sealed digests of them"
COUNTS = ("population", "tested", "exceptions", "review", "not_tested", "not_applicable")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was: of which kind, what it is, what was found."""

    kind: str
    name: str
    found: str


@dataclass(frozen=True, slots=True)
class Reperformance:
    """
    What came of it: `differences` that speak against the run, and `versions` that changed and need not.

    `compared` counts what was looked at, by kind. `restricted` is one of the fixed words below about the restricted
    controls; what differs in them is said nowhere.
    """

    run_id: str
    quarter: str
    differences: tuple[Difference, ...]
    versions: tuple[Difference, ...]
    compared: Mapping[str, int]
    restricted: str = NONE

    @property
    def agrees(self) -> bool:
        """Whether every input, parameter, count and result is the same."""
        return not self.differences and self.restricted != DIFFER


def reperform(project: Project, folder: Path, passphrase: str | None, progress: Progress) -> Reperformance:
    """
    Perform the run in `folder` again and compare; nothing is written.

    Raises RunError where it cannot be: an extract is gone, the manifest does not hold.
    """
    with again(project, folder, passphrase, progress) as (_, found):
        return found


@contextmanager
def again(
    project: Project, folder: Path, passphrase: str | None, progress: Progress, key: Key | None = None
) -> Iterator[tuple[Tested, Reperformance]]:
    """
    Perform the run in `folder` again, as `reperform`, and keep its database open while inside.

    With the project's `key` the register is made again, too, with what people decided since. The run has the id and
    the declared time it had. Its definitions and settings are those kept in the evidence.
    """
    before = manifest.read(folder)
    _refuse_missing(project, before)
    kept_project = definition.kept(project, folder / manifest.EVIDENCE)
    options = Options(
        quarter=before["period"]["quarter"],
        select=tuple(before["run"]["selection"].split()),
        passphrase=passphrase,
        declared_at=dt.datetime.fromisoformat(before["run"]["declared_at"].removesuffix("Z")),
        run_id=before["run"]["id"],
        key=key,
        missing_before={name: Decimal(share) for name, share in before["missing_before"].items()},
        previous=evidence.named_runs(project.output, before["previous"]),
    )
    with tested(kept_project, options, progress) as found:
        compared = _compared(before, found, folder / manifest.EVIDENCE)
        yield found, replace(compared, restricted=_restricted(found.run, folder, passphrase))


def _refuse_missing(project: Project, before: Mapping[str, Any]) -> None:
    quarter = before["period"]["quarter"]
    gone = [entry["file"] for entry in before["extracts"] if not (project.extracts / quarter / entry["file"]).is_file()]
    if not gone:
        return
    deleted = journal.purged(Journal.read(project.register / journal.FILE), quarter)
    days = sorted({deleted[name] for name in gone if name in deleted})
    shown = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
    said = f", deleted by purge on {' and '.join(days)}" if days else ""
    hint = f"put them back into the folder of extracts of {quarter}, from who delivered them; their hashes are kept"
    raise RunError(f"the run cannot be performed again: {len(gone)} of its extracts are gone{said}: {shown}", hint=hint)


def _compared(before: Mapping[str, Any], found: Tested, folder: Path) -> Reperformance:
    now = found.run.manifest
    differences = [
        *_extracts(before, now),
        *_definitions(before, found.definitions),
        *_values("parameter", before["parameters"], now["parameters"]),
        *_values("seed", before["seeds"], now["seeds"]),
        *_attributes(before, found, folder),
        *_populations(before["summary"], now["summary"]),
    ]
    compared = {
        "extracts": len(before["extracts"]),
        "definitions": len(before["definitions"]),
        "parameters": len(before["parameters"]),
        "attributes": len(before["results"]),
        "items": sum(entry["population"] for entry in before["results"].values()),
    }
    versions = tuple(_values("version", before["versions"], manifest.versions()))
    run = before["run"]["id"]
    return Reperformance(run, before["period"]["quarter"], tuple(differences), versions, compared)


def _extracts(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    ours, theirs = ({entry["file"]: entry for entry in content["extracts"]} for content in (before, now))
    for name, entry in ours.items():
        if name not in theirs:
            yield Difference("extract", name, "it could not be loaded this time")
            continue
        for fact, word in FACTS_OF_EXTRACT.items():
            if entry[fact] != theirs[name][fact]:
                yield Difference("extract", name, f"{word}: was {_short(entry[fact])}, is {_short(theirs[name][fact])}")
    pairs = (("was", before), ("is", now))
    others = {when: {entry["file"] for entry in content["not_read"]} for when, content in pairs}
    for name in sorted({*theirs, *others["is"]} - {*ours, *others["was"]}):
        yield Difference("extract", name, "there was no such file")
    for name in sorted(others["was"] - {*theirs, *others["is"]}):
        yield Difference("extract", name, "the run could not use it, and now it is gone")
    for name in sorted(others["was"] & {*theirs}):
        yield Difference("extract", name, "the run could not use it, and now it is loaded")


def _definitions(before: Mapping[str, Any], kept: Definitions) -> Iterator[Difference]:
    for difference in _values("definition", before["definitions"], kept.sums):
        yield replace(difference, name=f"{FOLDER}/{difference.name}")


def _values(kind: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield Difference(kind, name, f"was {_short(before.get(name))}, is {_short(now.get(name))}")


def _attributes(before: Mapping[str, Any], found: Tested, folder: Path) -> Iterator[Difference]:
    results = {a.attribute.id: a for control in found.run.controls for p in control.populations for a in p.attributes}
    for name in sorted({*before["results"], *results}):
        was, result = before["results"].get(name), results.get(name)
        if was is None or result is None:
            yield Difference("attribute", name, "it was not tested" if was is None else "it is not tested this time")
            continue
        now = manifest.result_entry(result)
        counts = [
            f"{key.replace('_', ' ')}: was {was[key]:,}, is {now[key]:,}" for key in COUNTS if was[key] != now[key]
        ]
        if counts:
            yield Difference("attribute", name, "; ".join(counts))
        if not result.digest or not was["digest"]:
            if result.digest != was["digest"]:
                yield Difference(
                    "attribute", name, "results: there were none" if result.digest else "results: none now"
                )
            continue
        kept = folder / "results" / f"{name}.parquet"
        items = item_comparison.compare(found.connection, kept, result)
        yield from (Difference("attribute", name, text) for text in items)
        if not items and was["digest"] != now["digest"]:
            text = (
                f"digest: was {_short(was['digest'])}, is {_short(now['digest'])}; the kept results are not the run's"
            )
            yield Difference("attribute", name, text)


def _restricted(run: Run, folder: Path, passphrase: str | None) -> str:
    """Compare the restricted controls with what the run sealed of them; raises RegisterError where that cannot open."""
    if not run.restricted_controls:
        return NONE
    path = folder / sealed_name(run.period.label)
    if passphrase is None:
        return NOT_PERFORMED
    if not path.is_file():
        return NOT_SEALED
    was = read_sealed(path, passphrase)
    results = [a for control in run.restricted for p in control.populations for a in p.attributes]
    now = {
        "results": {result.attribute.id: result.digest for result in results},
        "counts": {result.attribute.id: manifest.counts_entry(result.counts) for result in results},
        "extracts": manifest.restricted_extracts(run.extracts),
    }
    return AGREE if all(was[name] == found for name, found in now.items()) else DIFFER


def _populations(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Compare the items counted once and what was concluded."""
    ours, theirs = ({f"{row['control']} {row['population']}": row for row in rows} for rows in (before, now))
    for name in sorted({*ours, *theirs}):
        was, is_ = ours.get(name, {}), theirs.get(name, {})
        keys = [key for key in {**was, **is_} if key not in ("title", "attributes") and was.get(key) != is_.get(key)]
        for key in keys:
            text = f"{key.replace('_', ' ')}: was {was.get(key)}, is {is_.get(key)}"
            yield Difference("population", name, text)


def _short(value: Any) -> str:
    """Return a value as a report shows it, of a long sum only its beginning."""
    text = "absent" if value is None else str(value)
    return f"{text[:12]}..." if len(text) == 64 else text
