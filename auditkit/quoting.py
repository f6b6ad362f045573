"""Names and texts as they stand in SQL."""

from __future__ import annotations

from collections.abc import Iterable


def name(text: str) -> str:
    """Return `text` as a quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str | None) -> str:
    """Return `text` as a string literal, None as NULL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Return the texts as a list for IN, without brackets."""
    return ", ".join(literal(text) for text in texts)
