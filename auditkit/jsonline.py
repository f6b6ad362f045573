"""Rows of a file with one JSON object per line: nested objects flattened with dots, numbers as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = tuple[int, dict[str, str] | None, str]


def rows(path: Path, decimal: str = ".") -> Iterator[Row]:
    """
    Yield (line number, texts by dotted name, "") of every line, or (line number, None, reason) if it is no object.

    Blank lines are no rows. A list stays as its JSON text; null and a missing name are the same, no value.
    """

    def number(text: str) -> str:
        return text.replace(".", decimal)

    decoder = json.JSONDecoder(parse_float=number, parse_int=str, parse_constant=str)
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                value = decoder.decode(text)
            except (json.JSONDecodeError, RecursionError) as error:
                yield line, None, f"not valid JSON: {error}"
                continue
            if isinstance(value, dict):
                yield line, dict(_flat(value, "")), ""
            else:
                yield line, None, "the line is not an object of names and values"


def headers(path: Path) -> tuple[str, ...]:
    """Return every dotted name that occurs, in the order of its first occurrence."""
    names: dict[str, None] = {}
    for _, values, _ in rows(path):
        if values is not None and not names.keys() >= values.keys():
            names.update(dict.fromkeys(values))
    return tuple(names)


def _flat(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _flat(item, f"{prefix}{name}.")
        elif isinstance(item, str):
            yield f"{prefix}{name}", item
        elif isinstance(item, bool):
            yield f"{prefix}{name}", "true" if item else "false"
        elif item is None:
            yield f"{prefix}{name}", ""
        else:
            yield f"{prefix}{name}", json.dumps(item, ensure_ascii=False)
