"""
Errors an auditor can act on.

AuditkitError
├── ProjectError        auditkit.toml, the period or the project's folders are wrong
├── ContractError       a data contract is wrong
├── ControlError        a control, attribute, view, parameter or case is wrong
├── MappingError        a mapping file is wrong
├── ExtractError        an extract or its delivery note cannot be used
├── ReliabilityError    the reliability checks could not be performed
├── RunError            the run could not be completed
├── RegisterError       the register, the journal or a returned workbook does not hold
├── LabelError          a catalogue of labels is wrong or lacks what is asked of it
└── Problems            several of the above, reported together
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class AuditkitError(Exception):
    """Root of all errors shown to the auditor: place, what was found, what to do."""

    def __init__(
        self, message: str, *, path: Path | str | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        """Keep the parts; `path` is shown as given, so pass it relative to the project where possible."""
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        place = "" if self.path is None else f"{self.path}: " if self.line is None else f"{self.path}:{self.line}: "
        return f"{place}{self.message}" + (f"\n  {self.hint}" if self.hint else "")


class ProjectError(AuditkitError):
    """Raised when auditkit.toml, the period or a folder of the project is wrong."""


class ContractError(AuditkitError):
    """Raised when a data contract is not valid."""


class ControlError(AuditkitError):
    """Raised when a control, attribute, view, parameter, policy pack or case is not valid."""


class MappingError(AuditkitError):
    """Raised when a mapping file is not valid or does not fit the extract it names."""


class ExtractError(AuditkitError):
    """Raised when an extract or its delivery note cannot be used."""


class ReliabilityError(AuditkitError):
    """Raised when the reliability checks could not be performed."""


class RunError(AuditkitError):
    """Raised when a run could not be completed."""


class RegisterError(AuditkitError):
    """Raised when the register, the journal of decisions or a returned workbook does not hold."""


class LabelError(AuditkitError):
    """Raised when a language has no labels, a catalogue is not complete or a label is used wrongly."""


class Problems(AuditkitError):
    """Raised with every problem found, so that one correction round is enough."""

    def __init__(self, problems: Sequence[AuditkitError]) -> None:
        """Keep the single problems in `problems`."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))
