"""A project with an open control and a restricted one, and a look at every place in which a run may say something."""

from __future__ import annotations

import html
import io
import json
import os
import re
import shutil
import sys
import threading
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import msoffcrypto
import openpyxl
import pytest

from auditkit import cli, vault

PASSPHRASE = "horse battery staple desk"
TOML = """\
[organisation]
name = "A small desk"
currency = "EUR"
[run]
quarter = "2026-Q3"
[worker]
memory = "300MB"
deadline = 60
[restricted]
passphrase_file = "secret.txt"
"""
HEAD = "apiVersion: v3.2.0\nkind: DataContract\nversion: 1.0.0\nstatus: active\ndescription: {purpose: To test with.}\n"


def _column(name: str, kind: str, level: str, *, key: int = 0, more: str = "") -> str:
    logical = {"VARCHAR": "string", "DATE": "date", "TIMESTAMP": "timestamp"}.get(kind, "number")
    keyed = f", primaryKey: true, primaryKeyPosition: {key}, required: true" if key else ""
    return (
        f"      - {{name: {name}, logicalType: {logical}, physicalType: '{kind}', classification: {level}, "
        f"description: A column{keyed}{more}}}\n"
    )


SHOP = (
    HEAD
    + "id: shop\nname: Shop\nschema:\n  - name: sale\n    businessName: Sales\n    description: One sale.\n    properties:\n"
    + _column("sale_id", "VARCHAR", "C1", key=1)
    + _column("seller_id", "VARCHAR", "C2")
    + _column("value", "DECIMAL(18,2)", "C1")
    + _column("complaint_on", "DATE", "C4")
    + _column("complaint", "VARCHAR", "C4")
)
DESK = (
    HEAD
    + "id: desk\nname: Desk\ncustomProperties:\n  - {property: restricted, value: true}\nschema:\n"
    + "  - name: report\n    businessName: Reports\n    description: One report.\n    properties:\n"
    + _column("report_id", "VARCHAR", "C4", key=1)
    + _column("reporter", "VARCHAR", "C4", more=", relationships: [{to: person_file.reporter}]")
    + _column("told_on", "DATE", "C4")
    + _column("story", "VARCHAR", "C4")
    + _column("weight", "DECIMAL(18,2)", "C4")
    + "  - name: person_file\n    businessName: Persons\n    description: One person.\n    properties:\n"
    + _column("reporter", "VARCHAR", "C4", key=1)
    + _column("full_name", "VARCHAR", "C4")
)
CONTROL = """\
id: {id}
title: {title}
version: 1.0.0
kind: test
objective: {title} are in order.
risk: Loss.
criteria:
  - {{id: rule, text: In order., source: House rules, article: "4"}}
owner: Head
{more}populations:
  items: {{title: {title}, view: {view}, grain: [{grain}], source: {source}}}
parameters:
  {limit}: {{title: Limit, type: decimal, default: "50", step: "0.01", source_of_default: House rules}}
"""
ATTRIBUTE = """\
id: {id}
title: {title}
population: items
severity: {severity}
criteria: [rule]
message: "{message}"
not_a_problem_when: Never.
cases:
  - name: one
    given:
      {source}: |
        {source}_id
    expect: none
"""
SALES = """\
SELECT
    sale_id,
    seller_id AS person_id,
    value AS amount,
    CASE WHEN value > $sale_limit THEN 'EXCEPTION' ELSE 'PASS' END AS result
FROM sale_in_period
"""
REPORTS = """\
SELECT
    r.report_id,
    r.reporter AS person_id,
    r.told_on AS event_date,
    r.weight AS amount,
    r.story AS evidence,
    p.full_name,
    CASE WHEN r.weight > $report_limit THEN 'EXCEPTION' ELSE 'PASS' END AS result
FROM report_in_period AS r
LEFT JOIN person_file AS p ON r.reporter = p.reporter
"""
FILES = {
    "controls/contracts/shop.odcs.yaml": SHOP,
    "controls/contracts/desk.odcs.yaml": DESK,
    "controls/sales/control.yml": CONTROL.format(
        id="SAL", title="Sales", more="", view="sale_in_period", grain="sale_id", source="sale", limit="sale_limit"
    ),
    "controls/sales/sale_in_period.sql": "SELECT sale_id, seller_id, value FROM sale",
    "controls/sales/sal_01_limit.sql": SALES,
    "controls/sales/sal_01_limit.yml": ATTRIBUTE.format(
        id="SAL-01",
        source="sale",
        title="A sale stays small",
        severity="medium",
        message="{person_id} sold for {amount}",
    ),
    "controls/reports/control.yml": CONTROL.format(
        id="RPT",
        title="Reports",
        more="confidentiality: restricted\n",
        view="report_in_period",
        grain="report_id",
        source="report",
        limit="report_limit",
    ),
    "controls/reports/report_in_period.sql": "SELECT report_id, reporter, told_on, story, weight FROM report",
    "controls/reports/rpt_01_limit.sql": REPORTS,
    "controls/reports/rpt_01_limit.yml": ATTRIBUTE.format(
        id="RPT-01",
        source="report",
        title="A report is light",
        severity="critical",
        message="{full_name} told {evidence}",
    ),
    "auditkit.toml": TOML,
    "secret.txt": PASSPHRASE + "\n",
    "auditkit.key": "a5" * 32 + "\n",
    "mappings/.keep": "",
    "extracts/2026-Q3/sale.csv": (
        "sale_id,seller_id,value,complaint_on,complaint\n"
        "S-0001,Openheimer,50.00,QzyxwNoDay,QzyxwComplaintOne\n"
        "S-0002,Sellerova,50.01,,QzyxwComplaintTwo\n"
    ),
    "extracts/2026-Q3/report.csv": (
        "report_id,reporter,told_on,story,weight\n"
        'QzyxwReport-1,QzyxwReporter-1,2026-07-02,QzyxwStory <of> & "one",90.25\n'
        "QzyxwReport-2,QzyxwReporter-2,2026-08-03,QzyxwStory of two,91.75\n"
    ).replace('QzyxwStory <of> & "one"', '"QzyxwStory <of> & ""one"""'),
    "extracts/2026-Q3/person_file.csv": (
        "reporter,full_name\nQzyxwReporter-1,QzyxwName & Sons\nQzyxwReporter-2,QzyxwName von Ødegård\n"
    ),
}
# What is planted in every text column of every restricted table begins with this; no other text of the project does.
PLANTED = "Qzyxw"
CODES = ("utf-8", "utf-16-le", "latin-1")
# When a run began and ended, and the sum of the encrypted edition, whose salts are others each time.
OF_THE_MOMENT = re.compile(rb"[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:]{8}Z")


def make(root: Path) -> Path:
    """Write the project under `root`."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("secret.txt", "auditkit.key"):
        (root / name).chmod(0o600)
    return root


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Replace `old`, which must be there, in a file of the project."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@dataclass
class Watch:
    """What was seen in the temporary folder and of the worker processes while a run went on."""

    folder: Path
    seen: set[str] = field(default_factory=set)
    open_to_others: set[str] = field(default_factory=set)
    processes: set[bytes] = field(default_factory=set)

    def __enter__(self) -> Watch:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.02):
            for path in self.folder.rglob("*"):
                try:
                    mode = path.lstat().st_mode
                except FileNotFoundError:
                    continue
                self.seen.add(path.name)
                if mode & 0o077:
                    self.open_to_others.add(path.name)
            for task in Path("/proc").glob("[0-9]*"):
                try:
                    if f"PPid:\t{os.getpid()}\n" in (task / "status").read_text():
                        self.processes |= {(task / "cmdline").read_bytes(), (task / "environ").read_bytes()}
                except OSError:
                    continue


@dataclass
class Said:
    """Everything one run said, by place: what anybody may read, and the restricted edition decrypted."""

    code: int
    public: dict[str, bytes]
    restricted: str
    watch: Watch
    modes: dict[str, int]

    def places(self, text: str) -> list[str]:
        """Return the public places that hold `text` in any case, as it is or escaped for XML or JSON."""
        text = text.lower()
        forms = {text, html.escape(text), html.escape(text, quote=False), json.dumps(text)[1:-1]}
        wanted = {form.encode(code) for form in forms for code in CODES if _fits(form, code)}
        return sorted(place for place, data in self.public.items() if any(form in data.lower() for form in wanted))


def _fits(text: str, code: str) -> bool:
    try:
        text.encode(code)
    except UnicodeEncodeError:
        return False
    return True


def run(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *words: str, form: str = "table"
) -> Said:
    """Run the command in the project as a person does, and read all it left."""
    temporary = root.parent / f"{root.name}-tmp"
    temporary.mkdir(exist_ok=True)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.chdir(root)
    line = ["auditkit", "run", "--declared-at", "2026-10-09T08:00:00", "--format", form, *words]
    monkeypatch.setattr(sys, "argv", line)
    capfd.readouterr()
    with Watch(temporary) as watch, pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capfd.readouterr()
    public = {"stdout": out.encode(), "stderr": err.encode()}
    modes = {path.name: path.stat().st_mode & 0o777 for path in (root / "output").glob("*/*/**/*")}
    restricted = ""
    for path in sorted(path for top in (root / "output", temporary) for path in top.rglob("*") if path.is_file()):
        name = path.relative_to(root.parent).as_posix()
        if path.name.startswith("restricted_"):
            # That it is there is known; it is encrypted with other salts each time. A sealed one says its size.
            public[name] = b"" if path.suffix == ".xlsx" else str(path.stat().st_size).encode()
            restricted += decrypted(path) if path.suffix == ".xlsx" else unsealed(path)
        elif path.name in ("times.json", "editions.json"):
            public[name] = OF_THE_MOMENT.sub(b"#", path.read_bytes())
        else:
            public |= {f"{name}{part}": data for part, data in contents(path).items()}
    shutil.rmtree(root / "output", ignore_errors=True)
    public = {place.replace(root.name, "project"): data for place, data in public.items()}
    return Said(int(ended.value.code or 0), public, restricted, watch, modes)


def contents(path: Path) -> dict[str, bytes]:
    """Return a file's bytes, and what they hold once unzipped or decompressed."""
    found = {"": path.read_bytes()}
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            found |= {f"!{name}": archive.read(name) for name in archive.namelist()}
            found["!names"] = "\n".join(archive.namelist()).encode()
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            rows = connection.execute("SELECT * FROM read_parquet($path)", {"path": str(path)})
            names = [column[0] for column in rows.description or ()]
            found["!rows"] = "\n".join(str(cell) for row in [names, *rows.fetchall()] for cell in row).encode()
    return found


def unsealed(path: Path) -> str:
    """Return the restricted register as text, in lower case."""
    return vault.unseal(path.read_bytes(), PASSPHRASE).decode().lower()


def decrypted(path: Path, passphrase: str = PASSPHRASE) -> str:
    """Return all cells of the restricted edition as text, in lower case."""
    plain = io.BytesIO()
    with path.open("rb") as file:
        office = msoffcrypto.OfficeFile(file)
        office.load_key(password=passphrase, verify_password=True)
        office.decrypt(plain, verify_integrity=True)
    book: Any = openpyxl.load_workbook(plain, read_only=True)
    return "\n".join(str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row).lower()
