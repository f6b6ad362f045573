"""Data contracts: the canonical tables, one Open Data Contract Standard file per source system."""

from __future__ import annotations

from pathlib import Path

from auditkit.contract_file import ContractFile, check_together, read_contract
from auditkit.contract_standard import Standard
from auditkit.entity import (
    SUFFIX,
    DataModel,
)
from auditkit.errors import AuditkitError, ContractError, Problems


def load_contracts(folder: Path) -> DataModel:
    """
    Read every contract in `folder`.

    Each file is checked against the JSON schema of the Open Data Contract Standard v3.2 and against what auditkit
    needs beyond it. Raises ContractError, or Problems with all of them: file, line, what was found, what to do.
    """
    hint = f"put one <system>{SUFFIX} per source system there"
    if not folder.is_dir():
        raise ContractError("the folder of the data contracts does not exist", path=folder.name, hint=hint)
    standard = Standard()
    files: list[ContractFile] = []
    problems: list[AuditkitError] = []
    for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        try:
            files.append(read_contract(path, standard, root=folder.parent.parent))
        except AuditkitError as error:
            problems += error.problems if isinstance(error, Problems) else (error,)
    if not problems:
        problems = check_together(files)
    if problems:
        raise problems[0] if len(problems) == 1 else Problems(problems)
    if not files:
        raise ContractError("the folder holds no data contract", path=folder.name, hint=hint)
    return DataModel({entity.name: entity for file in files for entity in file.entities})
