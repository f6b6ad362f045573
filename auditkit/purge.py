"""
The purge: a quarter's extracts deleted once its work is done.

Extracts hold more about people than the work needs afterwards. They go some days after the quarter was issued or signed
off; hashes, results, delivery notes and workbooks stay. What is deleted is recorded first: a record may speak of a file
that is still there, never the other way round.
"""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import journal, manifest, vault
from auditkit.earlier_register import read_sealed, sealed_name
from auditkit.errors import RunError
from auditkit.journal import Entry, Journal
from auditkit.registration import RESTRICTED_JOURNAL
from auditkit.result import ISSUE
from auditkit.retention import EXTRACTS, RESTRICTED
from auditkit.sign_off import APPROVED, sign_offs
from auditkit.signature import Ground

if TYPE_CHECKING:
    from auditkit.project import Project


@dataclass(frozen=True, slots=True)
class Extract:
    """One extract of the run: its class, the day from which it may go, and why it stays although that has come."""

    name: str
    sha256: str
    size: int
    kind: str
    due: dt.date
    stays: str = ""

    def goes(self, today: dt.date) -> bool:
        """Whether it is to be deleted today."""
        return not self.stays and self.due <= today


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What becomes of a quarter's extracts: since when the work is done, every extract of the run, and the papers.

    `hidden` are those of restricted tables, known with the passphrase only; they are never listed.
    """

    quarter: str
    run_id: str
    released: dt.date
    how: str
    extracts: tuple[Extract, ...]
    papers_until: dt.date
    hidden: tuple[Extract, ...] = ()


def plan(project: Project, folder: Path, passphrase: str | None = None) -> Plan:
    """
    Return what may be deleted of the extracts of the run in `folder`, and when.

    Raises RunError while the quarter is neither issued nor signed off, and where the manifest does not hold.
    """
    content = manifest.read(folder)
    quarter = content["period"]["quarter"]
    log = Journal.read(project.register / journal.FILE)
    released, how = _released(log, content, folder)
    return Plan(
        quarter,
        folder.name,
        released,
        how,
        tuple(_extracts(project, content["extracts"], quarter, released)),
        project.retention.papers_until(released),
        tuple(_extracts(project, _hidden(folder, quarter, passphrase), quarter, released)),
    )


def _released(log: Journal, content: Mapping[str, Any], folder: Path) -> tuple[dt.date, str]:
    quarter = content["period"]["quarter"]
    total = manifest.sum_of(folder / manifest.EVIDENCE / manifest.FILE)
    issues = [record.content for record in log.history(ISSUE, quarter) if record.content.get("manifest") == total]
    if issues:
        return dt.date.fromisoformat(issues[-1]["issued_on"]), f"issued, version {issues[-1]['version']}"
    grounds = {control: ground for control, text in content["signed"].items() if (ground := Ground.read(text))}
    signed = sign_offs(grounds, log, quarter)
    if signed and not content["run"]["selection"] and all(each.holds(APPROVED) for each in signed):
        days = [dt.date.fromisoformat(str(each.content["approved_on"])) for each in signed]
        return max(days), "signed off"
    hint = "its extracts stay until the run is issued, or every control is approved on what stands now"
    raise RunError(f"run {folder.name} of {quarter} is neither issued nor signed off", hint=hint)


def _hidden(folder: Path, quarter: str, passphrase: str | None) -> Sequence[Mapping[str, Any]]:
    """Return the extracts of restricted tables; raises RegisterError for a passphrase that does not open them."""
    path = folder / sealed_name(quarter)
    if passphrase is None or not path.is_file():
        return []
    found: Sequence[Mapping[str, Any]] = read_sealed(path, passphrase)["extracts"]
    return found


def _extracts(
    project: Project, entries: Sequence[Mapping[str, Any]], quarter: str, released: dt.date
) -> Iterator[Extract]:
    base = project.extracts / quarter
    for entry in entries:
        kind = RESTRICTED if entry.get("holds_restricted_columns", True) else EXTRACTS
        path = place(base, entry["file"], project.root)
        if path is None:
            stays = "it is a link, or lies behind one or outside of the quarter's folder"
        elif not path.exists():
            stays = "it is not there any more"
        elif manifest.sum_of(path) != entry["sha256"]:
            stays = "it is not the file of the run"
        else:
            stays = ""
        yield Extract(
            entry["file"], entry["sha256"], entry["bytes"], kind, project.retention.due(kind, released), stays
        )


def place(base: Path, name: str, root: Path) -> Path | None:
    """
    Return where the extract `name` lies below `base`; None where deleting it could hit something else.

    No link is followed: not the file itself, not a folder on the way to it from the project's root, or from `base`
    where the settings put it outside of the project.
    """
    path = Path(os.path.normpath(base / name))
    if not path.is_relative_to(base) or path == base:
        return None
    trusted = root if base.is_relative_to(root) else base
    for step in (path, *path.parents):
        if step == trusted:
            break
        if step.is_symlink():
            return None
    if path.exists() and not stat.S_ISREG(path.lstat().st_mode):
        return None
    return path


def carry_out(project: Project, what: Plan, at: dt.datetime, passphrase: str | None = None) -> tuple[Extract, ...]:
    """
    Record the deletion of the extracts that are due at `at` (UTC), then delete them; return the open ones.

    What is deleted of restricted tables is recorded in the sealed journal. Raises RunError for a file that cannot be
    deleted; the command can be given again.
    """
    going = tuple(extract for extract in what.extracts if extract.goes(at.date()))
    _delete(project, what, going, Journal.read(project.register / journal.FILE), at)
    if passphrase is not None:
        path = project.register / RESTRICTED_JOURNAL
        hidden = [extract for extract in what.hidden if extract.goes(at.date())]
        _delete(
            project, what, hidden, Journal.read(path, vault.codec(passphrase, path.name)), at, "a restricted extract"
        )
    return going


def _delete(
    project: Project, what: Plan, going: Sequence[Extract], log: Journal, at: dt.datetime, name: str = ""
) -> None:
    """Record and delete; `name` stands for those that no message may name."""
    if not going:
        return
    deleted = {extract.name: extract.sha256 for extract in going}
    log.append([Entry(journal.PURGE, what.quarter, what.run_id, {"deleted": deleted, "because": what.how})], at)
    base = project.extracts / what.quarter
    for extract in going:
        path = place(base, extract.name, project.root)
        if path is None:
            raise RunError("it has become a link meanwhile; it was not deleted", path=name or extract.name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            hint = "mend the permissions and give the command again"
            raise RunError(
                f"the extract cannot be deleted: {error.strerror}", path=name or extract.name, hint=hint
            ) from None
