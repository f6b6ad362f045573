"""Which controls and attributes a run or a test looks at: all of them, or those named by `--select`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Self

from auditkit.control import SEVERITIES, Attribute, Catalogue, Control
from auditkit.errors import ControlError


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen controls and attributes; `text` is empty when everything is chosen."""

    controls: tuple[Control, ...]
    attributes: tuple[Attribute, ...]
    text: str

    @classmethod
    def of(cls, catalogue: Catalogue, words: tuple[str, ...]) -> Self:
        """
        Return what any of `words` names: a control (GFT), an attribute (GFT-02), a measure or a severity (high).

        Raises ControlError for a word that names nothing.
        """
        if not words:
            return cls(catalogue.controls, catalogue.attributes, "")
        chosen: list[Attribute] = []
        ids: set[str] = set()
        for word in words:
            wanted = word.upper()
            found = [a for a in catalogue.attributes if wanted in (a.id, a.control_id, a.severity.upper())]
            # a control without attributes is measured or attested, always as a whole
            whole = {
                c.id for c in catalogue.controls if wanted in (c.id, *(f.id for f in c.figures)) if not c.attributes
            }
            if not found and not whole:
                raise _unknown(catalogue, word)
            chosen += found
            ids |= whole
        attributes = tuple(attribute for attribute in catalogue.attributes if attribute in chosen)
        ids |= {attribute.control_id for attribute in attributes}
        controls = tuple(control for control in catalogue.controls if control.id in ids)
        return cls(controls, attributes, " ".join(words))


def _unknown(catalogue: Catalogue, word: str) -> ControlError:
    known = [*(c.id for c in catalogue.controls), *(a.id for a in catalogue.attributes), *SEVERITIES]
    near = difflib.get_close_matches(word.upper(), known, 1)
    hint = f"did you mean {near[0]}?" if near else f"controls: {', '.join(c.id for c in catalogue.controls)}"
    return ControlError(f"{word!r} is no control, attribute or severity", hint=hint)
