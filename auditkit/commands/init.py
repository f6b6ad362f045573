"""`auditkit init`: a new audit project from the packaged controls, with the sample organisation on request."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import click

from auditkit import project as projects
from auditkit.errors import ProjectError

TOML = """# An audit project. Every key is explained in docs/project.md of the documentation.
[organisation]
name = "{name}"
currency = "{currency}"
time_zone = "UTC"
fiscal_year_starts = 1
weekend = ["saturday", "sunday"]
holidays = []

[run]
quarter = "{quarter}"
policy_pack = "{pack}"
cut_off_days = 7

[folders]
controls = "controls"
extracts = "extracts"
mappings = "mappings"
output = "output"

# Restricted controls run only with a passphrase; keep the file outside the project's repository, mode 0600.
# [restricted]
# passphrase_file = "restricted_passphrase.txt"

# An override needs an approver and a reason; both stand in the workbook.
# [[parameters]]
# control = "GFT"
# name = "occasion_limit"
# value = "20"
# approved_by = "Head of Internal Audit"
# reason = "Policy of 1 January"
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", default="Our organisation", show_default=True, help="The organisation's name.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code of the reporting currency.")
@click.option("--quarter", default="2026-Q3", show_default=True, help="The first quarter to test.")
@click.option("--pack", default="", help="The policy pack to start from.")
@click.option("--sample", is_flag=True, help="Copy the sample organisation, ready to run.")
def command(folder: Path, name: str, currency: str, quarter: str, pack: str, sample: bool) -> None:
    """
    Make a new audit project: auditkit.toml, the packaged controls, and empty folders for extracts and mappings.

    \b
    Examples:
      auditkit init audit-2026 --name "Customs Authority" --currency SAR --pack zatca_zero
      auditkit init demo --sample
    """
    if folder.exists() and any(folder.iterdir()):
        raise ProjectError(f"the folder {folder} is not empty; nothing was written", hint="name a new folder")
    packaged = source()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(packaged / "controls", folder / "controls")
    if sample:
        ignore = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(packaged / "sample_data", folder / "sample_data", ignore=ignore)
        shutil.copyfile(packaged / projects.FILE, folder / projects.FILE)
    else:
        (folder / "extracts" / quarter).mkdir(parents=True)
        (folder / "mappings").mkdir()
        text = TOML.format(name=name, currency=currency, quarter=quarter, pack=pack)
        (folder / projects.FILE).write_text(text, encoding="utf-8")
    (folder / ".gitignore").write_text("output/\nextracts/\n*passphrase*\n", encoding="utf-8")
    project = projects.load(folder / projects.FILE)
    project.period()
    click.echo(f"Made {folder}. Next: cd {folder} && auditkit {'run' if sample else 'data-request'}", err=True)


def source() -> Path:
    """Return the folder that holds controls, sample_data and auditkit.toml: the package's, or the checkout's."""
    packaged = Path(str(resources.files("auditkit"))) / "packaged"
    return packaged if packaged.is_dir() else packaged.parent.parent
