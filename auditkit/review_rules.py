"""
The rules of every form by its kind.

A kind that has none of its own yet is checked by the kinds of its fields only. To plug in: write `problems(content,
context)`, and `complete` where the machine adds something, in the module of the noun, and name them here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from auditkit import action, attestation, decision, disposition, finding, life, sign_off
from auditkit.review import Rules

# People number their own rows of these kinds: letters, digits, dashes and points, with a digit among them.
OWN_KEY = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9.\-/]{0,31}")

RULES: Mapping[str, Rules] = MappingProxyType(
    {
        "disposition": Rules(disposition.problems, disposition.complete),
        "finding": Rules(finding.problems, finding.complete, OWN_KEY),
        "action": Rules(action.problems, life.complete, OWN_KEY),
        "decision": Rules(decision.problems, life.complete, OWN_KEY),
        "attestation": Rules(attestation.check),
        "sign_off": Rules(sign_off.problems, sign_off.complete),
    }
)
