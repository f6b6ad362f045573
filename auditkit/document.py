"""YAML documents of the project: YAML 1.2, no duplicate keys, and the line of every key for messages."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, SequenceNode

from auditkit.errors import AuditkitError


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: `data` is what it says, `shown` how messages name it, `failure` the error class of its kind."""

    path: Path
    shown: str
    data: Any
    failure: type[AuditkitError]

    def line(self, *keys: str | int) -> int | None:
        """Return the line of the value at `keys` (1-based), or of the deepest part of them that exists."""
        node = YAML(typ="safe").compose(self.path.read_text(encoding="utf-8"))
        line: int | None = None
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            place, node = found
            line = place.start_mark.line + 1
        return line

    def error(self, message: str, *keys: str | int, hint: str | None = None) -> AuditkitError:
        """Return an error of this document's kind that names the file and the line of `keys`."""
        return self.failure(message, path=self.shown, line=self.line(*keys), hint=hint)


def load(path: Path, failure: type[AuditkitError], *, root: Path | None = None) -> Document:
    """Read one YAML mapping; raises `failure` with file and line if it is missing, not UTF-8 or not valid YAML 1.2."""
    shown = path.relative_to(root).as_posix() if root and path.is_relative_to(root) else path.as_posix()
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise failure("the file does not exist", path=shown) from None
    except UnicodeDecodeError as error:
        raise failure(f"the file is not UTF-8 text ({error.reason} at byte {error.start})", path=shown) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"not valid YAML: {error.problem or error.context}"
        raise failure(message, path=shown, line=mark.line + 1 if mark else None) from None
    except YAMLError as error:
        raise failure(f"not valid YAML: {error}", path=shown) from None
    if not isinstance(data, dict):
        raise failure("the file must hold keys and values", path=shown, line=1)
    return Document(path, shown, data, failure)


def fields(
    document: Document,
    data: Any,
    *where: str | int,
    known: Collection[str],
    required: Collection[str] = (),
) -> Mapping[str, Any]:
    """
    Return `data` as a mapping after checking its keys; `where` is its place in the document.

    Raises the document's error for a key that is not known (with the nearest known one) or a required one missing.
    """
    if not isinstance(data, dict):
        raise document.error(f"{_place(where)} must hold keys and values, found {data!r}", *where)
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(str(key), list(known), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}"
            raise document.error(f"unknown key {key!r} in {_place(where)}", *where, key, hint=hint)
    for key in required:
        if data.get(key) in (None, "", [], {}):
            raise document.error(f"{_place(where)} lacks {key!r}", *where, hint=f"add the key {key!r}")
    return data


def _child(node: Any, key: str | int) -> tuple[Any, Any] | None:
    """Return the node at which the child `key` begins, and the child itself; None where there is none."""
    if isinstance(node, MappingNode):
        return next(((name, value) for name, value in node.value if name.value == key), None)
    if isinstance(node, SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    return None


def _place(where: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in where) if where else "the file"
