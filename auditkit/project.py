"""The audit project: what `auditkit.toml` says about the organisation, its calendar, its folders and its policy."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from auditkit import follow_up_check, rating, retention
from auditkit.disposition import LONGEST
from auditkit.errors import ProjectError
from auditkit.key import FILE as KEY_FILE
from auditkit.label import SOURCE, languages
from auditkit.parameter import Override
from auditkit.period import Period, Quarters
from auditkit.settings import Settings

FILE = "auditkit.toml"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SECTIONS: Mapping[str, Mapping[str, type]] = {
    "organisation": {
        "name": str,
        "names": dict,
        "languages": list,
        "currency": str,
        "time_zone": str,
        "fiscal_year_starts": int,
        "fiscal_year_named_after": str,
        "weekend": list,
        "holidays": list,
    },
    "run": {"quarter": str, "policy_pack": str, "cut_off_days": int, "cut_offs": dict, "not_tested_limit": str},
    "folders": {"controls": str, "extracts": str, "mappings": str, "output": str, "register": str},
    "restricted": {"passphrase_file": str},
    "register": {
        "key_file": str,
        "begins": str,
        **dict.fromkeys((f"{severity}_days" for severity in LONGEST), int),
    },
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
    "rating": rating.KEYS,
    "follow_up": follow_up_check.KEYS,
    "retention": retention.KEYS,
    "parameters": {},
}


# Fields of a project that say where something lies or what opens it: they decide no result.
PLACES = ("extracts", "output", "register", "passphrase_file", "key_file")


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

    `names` is the organisation's name by language, where it has another; `languages` those of the board edition.
    `time_zone` is where the organisation's clocks stand, None if the file does not say.
    `not_tested_limit` is the share of a population (text of a decimal, 0.05 = 5 %) above which nothing is concluded.
    `register_begins` is the quarter before which no history is read, `longest_days` how long, from the last day of a
    period, an exception of a severity may be set aside.
    `memory` bounds the test stage in DuckDB's notation, `deadline` each query in seconds.
    """

    root: Path
    organisation: str
    names: Mapping[str, str]
    languages: tuple[str, ...]
    currency: str
    time_zone: str | None
    quarters: Quarters
    weekend: tuple[str, ...]
    holidays: tuple[dt.date, ...]
    quarter: str
    policy_pack: str
    controls: Path
    extracts: Path
    mappings: Path
    output: Path
    register: Path
    key_file: Path
    register_begins: str | None
    longest_days: Mapping[str, int]
    passphrase_file: Path | None
    overrides: tuple[Override, ...]
    reliability_overrides: tuple[ReliabilityOverride, ...]
    reliability_limits: Mapping[str, str]
    not_tested_limit: str
    memory: str
    deadline: int
    rating: rating.Policy = field(default_factory=rating.Policy)
    follow_up: follow_up_check.Limits = field(default_factory=follow_up_check.Limits)
    retention: retention.Retention = field(default_factory=retention.Retention)

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """The files that hold a secret: never copied, whatever folder they lie in."""
        return (self.key_file,) if self.passphrase_file is None else (self.passphrase_file, self.key_file)

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
    """Read an auditkit.toml; raises ProjectError naming the line, what was found and what to write."""
    settings, root = Settings.read(path, SECTIONS), path.parent.resolve()
    quarters = _quarters(settings)
    passphrase = settings.get("restricted", "passphrase_file")
    folders = {name: root / settings.get("folders", name, name) for name in SECTIONS["folders"]}
    reliability = settings.entries("reliability", "overrides", ("check", "subject", "reason", "approved_by"))
    return Project(
        root=root,
        organisation=settings.required("organisation", "name"),
        names=_names(settings),
        languages=_languages(settings),
        currency=_currency(settings),
        time_zone=_time_zone(settings),
        quarters=quarters,
        weekend=_weekend(settings),
        holidays=_holidays(settings),
        quarter=_quarter(settings, quarters),
        policy_pack=settings.get("run", "policy_pack", ""),
        **folders,
        key_file=root / settings.get("register", "key_file", KEY_FILE),
        register_begins=_register_begins(settings, quarters),
        longest_days={
            severity: settings.whole("register", f"{severity}_days", most, 1, most)
            for severity, most in LONGEST.items()
        },
        passphrase_file=root / passphrase if passphrase else None,
        overrides=_overrides(settings),
        reliability_overrides=tuple(ReliabilityOverride(**entry) for entry in reliability),
        reliability_limits={
            key: settings.share("reliability", key, value)
            for key, value in settings.data.get("reliability", {}).items()
            if key != "overrides"
        },
        not_tested_limit=settings.share("run", "not_tested_limit", "0.05"),
        memory=_memory(settings),
        deadline=settings.whole("worker", "deadline", 600, 1, 86400),
        rating=rating.policy(settings),
        follow_up=follow_up_check.limits(settings),
        retention=retention.retention(settings),
    )


def _overrides(settings: Settings) -> tuple[Override, ...]:
    found: dict[tuple[str, str, str], Override] = {}
    keys = ("control", "name", "value", "approved_by", "reason")
    for number, entry in enumerate(settings.entries("parameters", None, keys, ("effective_from",))):
        control, name, since = entry["control"], entry["name"], entry.get("effective_from", "")
        if (control, name, since) in found:
            message = f"{control}.{name} is set twice" + (f" for {since}" if since else "")
            raise settings.error(message, "parameters", None, number, hint="keep the entry that was approved last")
        if since:
            settings.date(since, "parameters", "effective_from", number)
        value, approved_by, reason = (entry[key] for key in ("value", "approved_by", "reason"))
        found[control, name, since] = Override(control, name, value, approved_by, reason, since)
    return tuple(found.values())


def _quarters(settings: Settings) -> Quarters:
    named = settings.get("organisation", "fiscal_year_named_after", "start")
    if named not in ("start", "end"):
        hint = 'write "start" or "end": the calendar year whose number the fiscal year carries'
        message = f"fiscal_year_named_after is {named!r}"
        raise settings.error(message, "organisation", "fiscal_year_named_after", hint=hint)
    quarters = Quarters(
        settings.whole("organisation", "fiscal_year_starts", 1, 1, 12),
        settings.whole("run", "cut_off_days", 7, 0, 366),
        named_after_end=named == "end",
    )
    cut_offs = {}
    for label, value in settings.get("run", "cut_offs", {}).items():
        day, period = settings.date(value, "run.cut_offs", label), _period(settings, quarters, label, "cut_offs")
        if day < period.end:
            hint = f"{label} ends on {period.last_day}; name a day after it"
            raise settings.error(f"the cut-off {day} lies within {label}", "run.cut_offs", label, hint=hint)
        cut_offs[label] = day
    return replace(quarters, cut_offs=cut_offs)


def _register_begins(settings: Settings, quarters: Quarters) -> str | None:
    label: str | None = settings.get("register", "begins")
    if label is not None:
        try:
            quarters.period(label)
        except ProjectError as error:
            raise settings.error(error.message, "register", "begins", hint=error.hint) from None
    return label


def _quarter(settings: Settings, quarters: Quarters) -> str:
    quarter = settings.required("run", "quarter")
    _period(settings, quarters, quarter, "quarter")
    return quarter


def _period(settings: Settings, quarters: Quarters, label: str, key: str) -> Period:
    try:
        return quarters.period(label)
    except ProjectError as error:
        raise settings.error(error.message, "run", key, hint=error.hint) from None


def _names(settings: Settings) -> dict[str, str]:
    """Return the organisation's name by language."""
    names = settings.get("organisation", "names", {})
    for language, name in names.items():
        if language not in languages():
            raise settings.unknown(language, languages(), "language", "organisation", "names")
        if not isinstance(name, str) or not name.strip():
            raise settings.error(f"names.{language} is {name!r}", "organisation", "names", hint="write text in quotes")
    return dict(names)


def _languages(settings: Settings) -> tuple[str, ...]:
    chosen = settings.get("organisation", "languages", [SOURCE])
    for language in chosen:
        if language not in languages():
            raise settings.unknown(str(language), languages(), "language", "organisation", "languages")
    if not chosen or len(set(chosen)) < len(chosen):
        hint = 'write each language of the board edition once: ["en", "ar"]'
        raise settings.error(f"languages is {chosen!r}", "organisation", "languages", hint=hint)
    return tuple(chosen)


def _currency(settings: Settings) -> str:
    code = settings.required("organisation", "currency")
    if not re.fullmatch(r"[A-Z]{3}", code):
        hint = "write the three capital letters of ISO 4217, for example EUR"
        raise settings.error(f"currency is {code!r}", "organisation", "currency", hint=hint)
    return code


def _time_zone(settings: Settings) -> str | None:
    name: str | None = settings.get("organisation", "time_zone")
    try:
        return None if name is None else ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "write a name of the IANA list, for example Asia/Riyadh or Europe/London"
        raise settings.error(f"time_zone is {name!r}", "organisation", "time_zone", hint=hint) from None


def _weekend(settings: Settings) -> tuple[str, ...]:
    days = settings.get("organisation", "weekend", ["saturday", "sunday"])
    for day in days:
        if day not in WEEKDAYS:
            raise settings.unknown(str(day), WEEKDAYS, "day", "organisation", "weekend")
    return tuple(days)


def _holidays(settings: Settings) -> tuple[dt.date, ...]:
    days = settings.get("organisation", "holidays", [])
    return tuple(sorted(settings.date(day, "organisation", "holidays") for day in days))


def _memory(settings: Settings) -> str:
    text = str(settings.get("worker", "memory", "1500MB"))
    if not re.fullmatch(r"\d+(\.\d+)? ?(MB|GB|MiB|GiB)", text):
        raise settings.error(f"memory is {text!r}", "worker", "memory", hint='write for example "1500MB" or "4GB"')
    return text
