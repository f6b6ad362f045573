"""`auditkit init`: a new audit project from the packaged controls, with the sample organisation on request."""

from __future__ import annotations

import json
import shutil
import tempfile
from importlib import resources
from pathlib import Path

import click
from click.core import ParameterSource

from auditkit import key as keys
from auditkit import project as projects
from auditkit.errors import ProjectError
from auditkit.period import Quarters
from auditkit.project import Project

IGNORED = "output/\nextracts/\n*passphrase*\n*.key\n"

TOML = """# An audit project. An unknown key or a wrong value stops the run with file and line.
[organisation]
name = {name}
languages = ["en"]                 # of the board edition, one file each: en, fr, es, ar
currency = {currency}              # ISO 4217; limits are stated and values compared in it
# time_zone = "Europe/Vienna"      # where times of the extracts that carry a zone are taken to
fiscal_year_starts = 1             # month of the first quarter
fiscal_year_named_after = "start"  # "end": 2026-Q1 of a year from October begins in October 2025
weekend = ["saturday", "sunday"]
holidays = []                      # ["2026-12-25"]

[run]
quarter = {quarter}
policy_pack = {pack}               # a file of controls/packs, or empty
cut_off_days = 7                   # registered later: tested by the next quarter, as late

[folders]
controls = "controls"
extracts = "extracts"              # one folder per quarter in it
mappings = "mappings"
output = "output"

# Dispositions, findings and sign-offs are kept in register/. The key that auditkit init made knows an exception again:
# keep a copy of auditkit.key apart from the project, never in version control or beside the evidence.
[register]
key_file = "auditkit.key"

# Restricted controls run only with a passphrase: one line in a file of mode 0600, never under version control.
# [restricted]
# passphrase_file = "restricted_passphrase.txt"

# A limit of your own needs an approver and a reason; both stand in the workbook. auditkit show GFT lists the names.
# [[parameters]]
# control = "GFT"
# name = "occasion_limit"
# value = "20"
# approved_by = "Head of Internal Audit"
# reason = "Policy of 1 January"
"""


@click.command("init")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default="Our organisation", show_default=True, help="The organisation's name.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code of the reporting currency.")
@click.option("--quarter", default="2026-Q3", show_default=True, help="The first quarter to test.")
@click.option("--pack", default="", help="The policy pack to start from.")
@click.option("--sample", is_flag=True, help="Copy the sample organisation, ready to run.")
@click.option("--key", "only_key", is_flag=True, help="Only make the key of a project that has none.")
def command(
    folder: Path | None, name: str, currency: str, quarter: str, pack: str, sample: bool, only_key: bool
) -> None:
    """
    Make a new audit project: auditkit.toml, its key, the packaged controls, empty folders for extracts and mappings.

    \b
    Examples:
      auditkit init audit-2026 --name "Customs Authority" --pack zatca_zero
      auditkit init demo --sample

    A project that has no key yet gets one by --key alone, in its folder.
    """
    if only_key:
        if given := _given("name", "currency", "quarter", "pack", "sample"):
            raise click.UsageError(f"--key makes only the key; leave out --{given[0]}")
        _add_key((folder or Path()).resolve())
        return
    if folder is None:
        raise click.UsageError("name the FOLDER of the new project, or --key to add a key to this one")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"the folder {folder} is not empty; nothing was written", hint="name a new folder")
    if sample and (given := _given("name", "currency", "quarter", "pack")):
        raise click.UsageError(f"--sample brings its own settings; leave out --{given[0]}")
    Quarters().period(quarter)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        shutil.copytree(source() / "controls", part / "controls")
        if sample:
            _copy_sample(part)
        else:
            text = TOML.format(name=_toml(name), currency=_toml(currency), quarter=_toml(quarter), pack=_toml(pack))
            _write_empty(part, quarter, text)
        (part / ".gitignore").write_text(IGNORED, encoding="utf-8")
        project = _check(part)
        if not sample:
            keys.make(project.key_file)
        part.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    click.echo(f"Made {folder}. Next: cd {folder} && auditkit {'run' if sample else 'data-request'}", err=True)


def _given(*names: str) -> list[str]:
    """Return the options that were written on the command line."""
    context = click.get_current_context()
    return [name for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]


def _copy_sample(part: Path) -> None:
    ignore = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(source() / "sample_data", part / "sample_data", ignore=ignore)
    shutil.copyfile(source() / projects.FILE, part / projects.FILE)


def _write_empty(part: Path, quarter: str, text: str) -> None:
    (part / "extracts" / quarter).mkdir(parents=True)
    (part / "mappings").mkdir()
    (part / projects.FILE).write_text(text, encoding="utf-8")


def _add_key(start: Path) -> None:
    """Make the key that a project lacks, and keep it out of version control."""
    project = projects.load(projects.find(start))
    keys.make(project.key_file)
    ignore = project.root / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    name = project.key_file.name
    if name not in lines and "*.key" not in lines:
        ignore.write_text("\n".join([*lines, name]) + "\n", encoding="utf-8")
    click.echo(f"Made {name}, for its owner only. Keep a copy of it apart from the project.", err=True)


def _check(part: Path) -> Project:
    """Refuse what the options say wrongly before the project stands there."""
    project = projects.load(part / projects.FILE)
    packs = sorted(path.stem for path in (part / "controls" / "packs").glob("*.yml"))
    if project.policy_pack and project.policy_pack not in packs:
        raise ProjectError(f"there is no policy pack {project.policy_pack!r}", hint=f"packs: {', '.join(packs)}")
    return project


def _toml(text: str) -> str:
    """Return text as a TOML string; JSON's escapes are TOML's too."""
    return json.dumps(text, ensure_ascii=False)


def source() -> Path:
    """Return the folder that holds controls, sample_data and auditkit.toml: the package's, or the checkout's."""
    packaged = Path(str(resources.files("auditkit"))) / "packaged"
    return packaged if packaged.is_dir() else packaged.parent.parent
