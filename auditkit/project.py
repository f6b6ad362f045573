"""The audit project: what `auditkit.toml` says about the organisation, its calendar, its folders and its policy."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.errors import ProjectError
from auditkit.parameter import Override
from auditkit.period import Period, Quarters

FILE = "auditkit.toml"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SECTIONS: Mapping[str, Mapping[str, type]] = {
    "organisation": {
        "name": str,
        "currency": str,
        "time_zone": str,
        "fiscal_year_starts": int,
        "weekend": list,
        "holidays": list,
    },
    "run": {"quarter": str, "policy_pack": str, "cut_off_days": int, "cut_offs": dict, "not_tested_limit": str},
    "folders": {"controls": str, "extracts": str, "mappings": str, "output": str},
    "restricted": {"passphrase_file": str},
    "worker": {"memory": str, "deadline": int},
    "reliability": {
        "overrides": list,
        "unread_share": str,
        "orphan_share": str,
        "null_share": str,
        "null_rise": str,
        "gap_share": str,
        "sparse_share": str,
    },
    "parameters": {},
}


@dataclass(frozen=True, slots=True)
class ReliabilityOverride:
    """A failed reliability check that the auditor lets pass, with who approved it and why."""

    check: str
    subject: str
    reason: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Project:
    """
    One audit project; `root` is the folder of auditkit.toml, the other folders are absolute.

    `not_tested_limit` is the share of a population (text of a decimal, 0.05 = 5 %) above which nothing is concluded.
    `memory` bounds the test stage in DuckDB's notation, `deadline` each query in seconds.
    """

    root: Path
    organisation: str
    currency: str
    time_zone: str
    quarters: Quarters
    weekend: tuple[str, ...]
    holidays: tuple[dt.date, ...]
    quarter: str
    policy_pack: str
    controls: Path
    extracts: Path
    mappings: Path
    output: Path
    passphrase_file: Path | None
    overrides: tuple[Override, ...]
    reliability_overrides: tuple[ReliabilityOverride, ...]
    reliability_limits: Mapping[str, str]
    not_tested_limit: str
    memory: str
    deadline: int

    def period(self, quarter: str | None = None) -> Period:
        """Return the period of `quarter`, or of the quarter the project names."""
        return self.quarters.period(quarter or self.quarter)


def find(start: Path) -> Path:
    """Return the auditkit.toml at `start` or in a folder above it; raises ProjectError if there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    hint = "make a project with: auditkit init FOLDER"
    raise ProjectError(f"there is no {FILE} here or in a folder above", hint=hint)


def load(path: Path) -> Project:
    """Read an auditkit.toml; raises ProjectError naming the key, what was found and what to write."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+)", str(error))
        line = int(match[1]) if match else None
        raise ProjectError(f"not valid TOML: {error}", path=path.name, line=line) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"the file cannot be read: {error}", path=path.name) from None
    _check_keys(data, path)
    organisation, run = data.get("organisation", {}), data.get("run", {})
    for section, key in (("organisation", "name"), ("organisation", "currency"), ("run", "quarter")):
        if not data.get(section, {}).get(key):
            raise _error(path, f"[{section}] lacks {key!r}", hint=f"add {key} = ... under [{section}]")
    folders, worker, root = data.get("folders", {}), data.get("worker", {}), path.parent.resolve()
    passphrase = data.get("restricted", {}).get("passphrase_file")
    limits = {key: value for key, value in data.get("reliability", {}).items() if key != "overrides"}
    return Project(
        root=root,
        organisation=organisation["name"],
        currency=organisation["currency"],
        time_zone=organisation.get("time_zone", "UTC"),
        quarters=Quarters(
            _month(organisation, path), run.get("cut_off_days", 7), _dates(run.get("cut_offs", {}), path)
        ),
        weekend=_weekend(organisation.get("weekend", ["saturday", "sunday"]), path),
        holidays=tuple(sorted(_date(day, "organisation.holidays", path) for day in organisation.get("holidays", []))),
        quarter=run["quarter"],
        policy_pack=run.get("policy_pack", ""),
        controls=root / folders.get("controls", "controls"),
        extracts=root / folders.get("extracts", "extracts"),
        mappings=root / folders.get("mappings", "mappings"),
        output=root / folders.get("output", "output"),
        passphrase_file=root / passphrase if passphrase else None,
        overrides=tuple(_override(entry, path) for entry in data.get("parameters", [])),
        reliability_overrides=tuple(
            _reliability_override(entry, path) for entry in data.get("reliability", {}).get("overrides", [])
        ),
        reliability_limits=limits,
        not_tested_limit=run.get("not_tested_limit", "0.05"),
        memory=worker.get("memory", "1500MB"),
        deadline=worker.get("deadline", 600),
    )


def _check_keys(data: Mapping[str, Any], path: Path) -> None:
    for section, content in data.items():
        if section not in SECTIONS:
            raise _unknown(path, section, SECTIONS, "")
        if section == "parameters":
            continue
        if not isinstance(content, dict):
            raise _error(path, f"[{section}] must be a section with keys")
        for key, value in content.items():
            if key not in SECTIONS[section]:
                raise _unknown(path, key, SECTIONS[section], f" in [{section}]")
            wanted = SECTIONS[section][key]
            if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
                raise _error(path, f"{section}.{key} must be a {wanted.__name__}, found {value!r}")


def _override(entry: Any, path: Path) -> Override:
    values = _entry(entry, ("control", "name", "value", "approved_by", "reason"), "[[parameters]]", path)
    return Override(values["control"], values["name"], values["value"], values["approved_by"], values["reason"])


def _reliability_override(entry: Any, path: Path) -> ReliabilityOverride:
    values = _entry(entry, ("check", "subject", "reason", "approved_by"), "reliability.overrides", path)
    return ReliabilityOverride(values["check"], values["subject"], values["reason"], values["approved_by"])


def _entry(entry: Any, keys: tuple[str, ...], where: str, path: Path) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise _error(path, f"{where} must hold tables with {', '.join(keys)}")
    for key in entry:
        if key not in keys:
            raise _unknown(path, key, keys, f" in {where}")
    for key in keys:
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise _error(path, f"{where} lacks {key!r} as text", hint="every override says who approved it and why")
    return {key: entry[key] for key in keys}


def _month(organisation: Mapping[str, Any], path: Path) -> int:
    month = organisation.get("fiscal_year_starts", 1)
    if not 1 <= month <= 12:
        raise _error(path, f"organisation.fiscal_year_starts is {month}", hint="write the month as 1 to 12")
    return int(month)


def _weekend(days: list[Any], path: Path) -> tuple[str, ...]:
    for day in days:
        if day not in WEEKDAYS:
            raise _unknown(path, str(day), WEEKDAYS, " in organisation.weekend")
    return tuple(days)


def _dates(entries: Mapping[str, Any], path: Path) -> dict[str, dt.date]:
    return {label: _date(day, f"run.cut_offs.{label}", path) for label, day in entries.items()}


def _date(value: Any, where: str, path: Path) -> dt.date:
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _error(path, f"{where}: {value!r} is not a date", hint="write 2026-09-23") from None


def _unknown(path: Path, key: str, known: Any, where: str) -> ProjectError:
    near = difflib.get_close_matches(key, list(known), 1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return _error(path, f"unknown key {key!r}{where}", hint=hint, key=key)


def _error(path: Path, message: str, *, hint: str | None = None, key: str | None = None) -> ProjectError:
    line = None
    if key is not None:
        lines = path.read_text(encoding="utf-8").splitlines()
        line = next((n for n, text in enumerate(lines, 1) if text.lstrip(" [").startswith(key)), None)
    return ProjectError(message, path=path.name, line=line, hint=hint)
