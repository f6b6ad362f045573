"""
The pack: the evidence of a run as one archive, laid out as a project that runs once it is unzipped.

It holds what another auditor needs, never the key, a passphrase or an extract with restricted columns. The archive is
sealed over its own bytes, in its comment, and holds the sums of all its files: a changed byte anywhere is found.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from auditkit import definition, delivery, identity, journal, manifest, seal, verification
from auditkit import project as projects
from auditkit.errors import RunError
from auditkit.evidence_source import DAMAGED, FolderSource, PackSource, member, member_sum
from auditkit.evidence_source import PACK as CONTENTS
from auditkit.journal import Journal
from auditkit.project import Project
from auditkit.result import ISSUE
from auditkit.run import EDITIONS, TIMES
from auditkit.settings import toml
from auditkit.verification import ADDED, DIFFERS, HOLDS, MISSING, WRONG, Row, Verification

COMMENT = b"auditkit pack, sealed "
BLANK = b"0" * 64
MOMENT = (1980, 1, 1, 0, 0, 0)  # no time of day gets into the file
# Of a pack in which one of these did not hold nobody could say whether it was so from the start.
MUST_HOLD = ("manifest", "evidence", "editions", "journal", "issued")
LOCAL_HEADER = b"PK\x03\x04"  # with which an archive begins
BLOCK = 1 << 20
# Said in every pack, whether there are such extracts or not.
RESTRICTED = ("extracts of restricted tables", "never packed: who may see them gets them from the organisation")
FOLDERS = {"controls": "controls", "extracts": "extracts", "mappings": "mappings", "output": "output"}


@dataclass(frozen=True, slots=True)
class Packed:
    """The pack that was written: its files, and what was left out of it, each with the reason."""

    path: Path
    files: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Contents:
    """What goes into a pack: names with a file or bytes, and what does not."""

    files: dict[str, Path | bytes] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def write(project: Project, folder: Path, path: Path, *, with_extracts: bool) -> Packed:
    """
    Write the pack of the run in `folder` to `path`, for its owner only; the same run gives the same bytes.

    Raises RunError where the run's evidence does not hold, for a pack would only spread what is wrong, and where a
    file of that name exists.
    """
    content = manifest.read(folder)
    checked = verification.verify(FolderSource(project, folder), content["period"]["quarter"], folder.name)
    wrong = [row for row in checked.rows if row.state in WRONG and row.part in MUST_HOLD]
    if wrong:
        hint = f"auditkit verify {content['period']['quarter']} lists all of it; nothing was packed"
        raise RunError(f"the evidence does not hold: {wrong[0].state}", path=wrong[0].name, hint=hint)
    if path.exists():
        hint = "move it away, or name another with -o; a pack is never overwritten"
        raise RunError("there is a file of this name already", path=path.name, hint=hint)
    found = _contents(project, folder, content, with_extracts=with_extracts)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)  # of a process that was killed
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            _archive(file, found, content)
            _seal(file)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return Packed(path, (*sorted(found.files), CONTENTS), tuple(found.left_out))


def _contents(project: Project, folder: Path, content: Mapping[str, Any], *, with_extracts: bool) -> _Contents:
    quarter = content["period"]["quarter"]
    top = f"output/{quarter}/{folder.name}"
    found = _Contents()
    kept = folder / manifest.EVIDENCE
    for name in (manifest.FILE, *content["files"]):
        found.files[f"{top}/{manifest.EVIDENCE}/{name}"] = kept / name
    for name in content["definitions"]:
        found.files[name] = kept / definition.FOLDER / name
    found.files[projects.FILE] = _settings((kept / definition.FOLDER / projects.FILE).read_text(encoding="utf-8-sig"))
    for name in (TIMES, EDITIONS):
        found.files[f"{top}/{name}"] = folder / name
    _add_editions(found, folder, top)
    _add_issued(found, project, quarter, folder.name)
    for entry in content["previous"]:
        name = f"{entry['quarter']}/{entry['run']}/{manifest.EVIDENCE}/{manifest.FILE}"
        if manifest.sum_of(project.output / name) == entry["manifest"]:
            found.files[f"output/{name}"] = project.output / name
    if (project.register / journal.FILE).is_file():
        found.files[f"register/{journal.FILE}"] = project.register / journal.FILE
    found.left_out.append(RESTRICTED)
    _add_extracts(found, project.extracts / quarter, quarter, content, with_extracts=with_extracts)
    return found


def _settings(text: str) -> bytes:
    """Return the auditkit.toml of the pack: the run's own, but the folders are the pack's and no secret is named."""
    kept = {name: dict(part) if isinstance(part, dict) else part for name, part in tomllib.loads(text).items()}
    for section, key in verification.PLACES:
        if key is None:
            kept.pop(section, None)
        elif section in kept:
            kept[section].pop(key, None)
    kept["folders"] = FOLDERS
    return toml({name: part for name, part in kept.items() if part}).encode("utf-8")


def _add_editions(found: _Contents, folder: Path, top: str) -> None:
    """
    Add the workbooks of the run and those written later; of all but the working papers only as they were written.

    A restricted edition that somebody saved again may have lost its encryption; what a person put into the folder
    may be anything.
    """
    listed = seal.opened((folder / EDITIONS).read_bytes(), EDITIONS)["files"]
    for path in sorted(folder.iterdir()):
        if path.name in (TIMES, EDITIONS) or path.is_dir():
            continue
        if path.name == identity.FILE:
            found.left_out.append((path.name, "says nothing to who lacks the project's key"))
        elif path.name in listed and not path.is_symlink():
            found.files[f"{top}/{path.name}"] = path
        else:
            found.left_out.append((path.name, "put into the run's folder after the run"))


def _add_issued(found: _Contents, project: Project, quarter: str, run_id: str) -> None:
    """Add the editions that were issued of the run, as the journal recorded them."""
    for record in Journal.read(project.register / journal.FILE).history(ISSUE, quarter):
        folder = f"{quarter}/issued-{record.content['version']}"
        for name in record.content["files"] if record.run == run_id else ():
            found.files[f"output/{folder}/{name}"] = project.output / folder / name


def _add_extracts(
    found: _Contents, folder: Path, quarter: str, content: Mapping[str, Any], *, with_extracts: bool
) -> None:
    for entry in content["extracts"]:
        name = entry["file"]
        if entry["holds_restricted_columns"]:
            found.left_out.append((name, "holds restricted columns, which may not leave their files in plain text"))
        elif not with_extracts:
            found.left_out.append((name, "extracts are packed only with --with-extracts"))
        elif manifest.sum_of(folder / name) != entry["sha256"]:
            found.left_out.append((name, "is no longer the file of the run"))
        else:
            found.files[f"extracts/{quarter}/{name}"] = folder / name
            note = f"{name}{delivery.SUFFIX}"
            if entry["delivery_note"] is not None and manifest.sum_of(folder / note) == entry["delivery_note"]:
                found.files[f"extracts/{quarter}/{note}"] = folder / note
    found.left_out += [(entry["file"], "the run could not read it") for entry in content["not_read"]]


def _archive(file: BinaryIO, found: _Contents, content: Mapping[str, Any]) -> None:
    sums = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(found.files):
            sums[name] = _add(archive, name, found.files[name])
        about = {
            "quarter": content["period"]["quarter"],
            "run": content["run"]["id"],
            "manifest": content["seal"],
            "files": sums,
            "left_out": [{"what": what, "why": why} for what, why in found.left_out],
        }
        _add(archive, CONTENTS, seal.sealed(about))
        archive.comment = COMMENT + BLANK


def _add(archive: zipfile.ZipFile, name: str, source: Path | bytes) -> str:
    """Add a member and return the SHA-256 of what went in."""
    info = zipfile.ZipInfo(name, MOMENT)
    info.external_attr = 0o600 << 16
    info.create_system = 3  # the mode is that of Unix, wherever the pack is made
    info.compress_type = zipfile.ZIP_DEFLATED
    total = hashlib.sha256()
    if isinstance(source, bytes):
        archive.writestr(info, source)
        total.update(source)
        return total.hexdigest()
    info.file_size = source.stat().st_size
    with source.open("rb") as file, archive.open(info, "w") as member:
        while block := file.read(BLOCK):
            member.write(block)
            total.update(block)
    return total.hexdigest()


def _seal(file: BinaryIO) -> None:
    """Write the sum of the archive, its seal taken for zeros, over the zeros at its end."""
    total = _sum(file)
    file.seek(-len(BLANK), os.SEEK_END)
    file.write(total)


def _sum(file: BinaryIO) -> bytes:
    """Return the sum over all but the last 64 bytes, and 64 zeros."""
    left = file.seek(0, os.SEEK_END) - len(BLANK)
    file.seek(0)
    total = hashlib.sha256()
    while left > 0 and (block := file.read(min(BLOCK, left))):
        total.update(block)
        left -= len(block)
    total.update(BLANK)
    return total.hexdigest().encode()


def verify(path: Path) -> Verification:
    """
    Look at every byte of a pack and at every file in it; nothing is unzipped to disk.

    Raises RunError for a file that is no pack at all.
    """
    rows: list[Row] = []
    with path.open("rb") as file:
        start = file.read(len(LOCAL_HEADER))
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(COMMENT) - len(BLANK)))
        end = file.read()
        sealed = end[: len(COMMENT)] == COMMENT and end[len(COMMENT) :] == _sum(file)
    whole = "" if sealed else "the seal of the archive does not hold: a byte of it was changed"
    rows.append(Row("pack", path.name, HOLDS if sealed else DIFFERS, whole))
    try:
        with zipfile.ZipFile(path) as archive:
            return _verified(archive, rows)
    except DAMAGED:
        if COMMENT not in end and start != LOCAL_HEADER:
            hint = "name a pack that auditkit pack has written, or a quarter"
            raise RunError("the file is no pack of auditkit", path=path.name, hint=hint) from None
        rows.append(Row("pack", path.name, DIFFERS, "the archive cannot be opened"))
        return Verification("", "", "", tuple(rows))


def _verified(archive: zipfile.ZipFile, rows: list[Row]) -> Verification:
    data = member(archive, CONTENTS)
    try:
        about = seal.opened(data or b"", CONTENTS)
    except RunError:
        detail = "without it the files of the pack cannot be compared"
        rows.append(Row("pack", CONTENTS, DIFFERS if CONTENTS in archive.namelist() else MISSING, detail))
        return Verification("", "", "", (*rows, *_damaged(archive)))
    rows.append(Row("pack", CONTENTS, HOLDS))
    counted = Counter(archive.namelist())
    for name, total in about["files"].items():
        now = member_sum(archive, name)
        state = MISSING if name not in counted else HOLDS if now == total else DIFFERS
        rows.append(Row("pack", name, state, "cannot be read" if name in counted and now is None else ""))
    for name, count in counted.items():
        if (name != CONTENTS and name not in about["files"]) or count > 1:
            rows.append(Row("pack", name, ADDED, "it was not packed"))
    inner = verification.verify(PackSource(archive, about["quarter"], about["run"]), about["quarter"], about["run"])
    return Verification(inner.quarter, inner.run_id, inner.seal, (*rows, *inner.rows))


def _damaged(archive: zipfile.ZipFile) -> Iterator[Row]:
    """Name the members that cannot be read by themselves."""
    for name in archive.namelist():
        if name != CONTENTS and member_sum(archive, name) is None:
            yield Row("pack", name, DIFFERS, "cannot be read")
