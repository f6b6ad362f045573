"""The text of auditkit.toml: its keys checked for spelling and kind, each message with the line it is about."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from auditkit.errors import ProjectError

KINDS: Mapping[type, str] = {
    str: "text in quotes",
    int: "a whole number without quotes",
    list: "a list in square brackets",
    dict: "a section with keys",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file holds, by section and key; every error it makes names the file and, where it can, the line."""

    data: Mapping[str, Any]
    lines: tuple[str, ...]
    name: str

    @classmethod
    def read(cls, path: Path, known: Mapping[str, Mapping[str, type]]) -> Settings:
        """Read the file; raises ProjectError for what is no TOML, an unknown key and a value of the wrong kind."""
        try:
            text = path.read_text(encoding="utf-8-sig")
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            match = re.search(r"\(at line (\d+)", str(error))
            line = int(match[1]) if match else None
            raise ProjectError(f"not valid TOML: {error}", path=path.name, line=line, hint="correct the line") from None
        except UnicodeDecodeError:
            raise ProjectError("the file is not UTF-8", path=path.name, hint="save it as UTF-8") from None
        except OSError as error:
            raise ProjectError(f"the file cannot be read: {error.strerror}", path=path.name) from None
        settings = cls(data, tuple(text.splitlines()), path.name)
        settings._check(known)
        return settings

    def _check(self, known: Mapping[str, Mapping[str, type]]) -> None:
        for section, content in self.data.items():
            if section not in known:
                raise self.unknown(section, known, "section", section)
            if section == "parameters":
                continue
            if not isinstance(content, dict):
                raise self.error(f"{section} is {content!r}", section, hint=f"write [{section}] and its keys below it")
            for key, value in content.items():
                if key not in known[section]:
                    raise self.unknown(key, known[section], f"key in [{section}]", section, key)
                wanted = known[section][key]
                if not isinstance(value, wanted) or isinstance(value, bool):
                    raise self.error(f"{key} is {value!r}", section, key, hint=f"write {KINDS[wanted]}")

    def get(self, section: str, key: str, default: Any = None) -> Any:
        """Return the value of a key, or the default."""
        return self.data.get(section, {}).get(key, default)

    def required(self, section: str, key: str) -> str:
        """Return the text of a key that must be there and not be empty."""
        text = self.get(section, key)
        if not text or not str(text).strip():
            raise self.error(f"[{section}] lacks {key!r}", section, key, hint=f"add {key} = ... under [{section}]")
        return str(text)

    def whole(self, section: str, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number between two limits, both included."""
        number = int(self.get(section, key, default))
        if not least <= number <= most:
            raise self.error(f"{key} is {number}", section, key, hint=f"write a number from {least} to {most}")
        return number

    def share(self, section: str, key: str, default: str) -> str:
        """Return the text of a share between 0 and 1."""
        text = str(self.get(section, key, default))
        try:
            share = Decimal(text)
        except InvalidOperation:
            share = Decimal("NaN")
        if not share.is_finite() or not 0 <= share <= 1:
            raise self.error(f"{key} is {text!r}", section, key, hint='write a share from "0" to "1": "0.05" is 5 %')
        return text

    def date(self, value: Any, section: str, key: str, entry: int = 0) -> dt.date:
        """Return `value`, found under a key (of a list's table number `entry`), as a date."""
        try:
            found = dt.date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
            raise self.error(f"{key}: {value!r} is not a date", section, key, entry, hint='write "2026-09-23"')
        return found

    def entries(
        self, section: str, key: str | None, keys: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> list[dict[str, str]]:
        """
        Return the tables of a list such as [[parameters]], their values as text.

        Every one of `keys` must stand in each, and those of `optional` may.
        """
        found = self.data.get(section, []) if key is None else self.get(section, key, [])
        where = section if key is None else f"{section}.{key}"
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            hint = f"each entry begins with [[{where}]] and holds {', '.join(keys)}"
            raise self.error(f"{where} is no list of tables", section, key, hint=hint)
        for number, entry in enumerate(found):
            for name in entry:
                if name not in keys + optional:
                    raise self.unknown(name, keys + optional, f"key in [[{where}]]", where, name, number)
            for name in (*keys, *(name for name in optional if name in entry)):
                if name not in entry:
                    hint = "an override says what it changes, who approved it and why"
                    raise self.error(f"an entry of [[{where}]] lacks {name!r}", where, None, number, hint=hint)
                if not isinstance(entry[name], str) or not entry[name].strip():
                    hint = 'write it in quotes: "20"' if name == "value" else "write it as text in quotes"
                    raise self.error(f"{name} is {entry[name]!r}", where, name, number, hint=hint)
        return found

    def unknown(
        self, word: str, known: Collection[str], what: str, section: str, key: str | None = None, entry: int = 0
    ) -> ProjectError:
        """Return the error for a word that is not among those known, with the nearest one."""
        near = difflib.get_close_matches(word, list(known), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        return self.error(f"unknown {what}: {word!r}", section, key, entry, hint=hint)

    def error(
        self, message: str, section: str, key: str | None = None, entry: int = 0, *, hint: str | None = None
    ) -> ProjectError:
        """Return an error about a section, or a key in it; `entry` counts the tables of a list."""
        return ProjectError(message, path=self.name, line=self._line(section, key, entry), hint=hint)

    def _line(self, section: str, key: str | None, entry: int) -> int | None:
        """Return the line of a key, else that of its section; TOML's own parser does not tell."""
        best, current, seen = None, "", -1
        for number, line in enumerate(self.lines, 1):
            header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]", line)
            if header:
                current = header[1]
                seen += current == section
                if current == section and seen == entry:
                    best = number
                elif key is not None and current == f"{section}.{key}":
                    return number
            elif (
                key is not None
                and current == section
                and seen == entry
                and re.match(rf"\s*\"?{re.escape(key)}\b", line)
            ):
                return number
            elif not current and re.match(rf"\s*{re.escape(section)}\b", line):
                best = number
        parent, _, last = section.rpartition(".")
        return self._line(parent, last, 0) if best is None and parent else best


def toml(data: Mapping[str, Any]) -> str:
    """Return settings as the text of a TOML file; what cannot be lost is kept, comments are not."""
    return "\n".join(_table_lines("", data)).lstrip("\n") + "\n"


def _table_lines(path: str, table: Mapping[str, Any]) -> Iterator[str]:
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    lists = {key: value for key, value in table.items() if _is_tables(value)}
    for key, value in table.items():
        if key not in tables and key not in lists:
            yield f"{_toml_key(key)} = {_toml_value(value)}"
    for key, value in tables.items():
        name = f"{path}.{_toml_key(key)}" if path else _toml_key(key)
        yield f"\n[{name}]"
        yield from _table_lines(name, value)
    for key, entries in lists.items():
        name = f"{path}.{_toml_key(key)}" if path else _toml_key(key)
        for entry in entries:
            yield f"\n[[{name}]]"
            yield from _table_lines(name, entry)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_value(key)


def _toml_value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON's escapes are TOML's, too
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_key(key)} = {_toml_value(inner)}" for key, inner in value.items()) + "}"
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
