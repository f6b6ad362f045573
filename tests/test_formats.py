"""The same quarter delivered in other formats, encodings and notations gives the same result for every item."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from conftest import PASSPHRASE, ROOT
from ruamel.yaml import YAML

from auditkit import project as projects
from auditkit.contract import load_contracts
from auditkit.entity import DataModel
from auditkit.progress import Progress
from auditkit.run import Options, Outcome, run

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

QUARTER = "2026-Q3"
Rows = list[dict[str, str]]


def _text(encoding: str, delimiter: str = ",") -> Callable[[Path, Rows], dict[str, str]]:
    def write(path: Path, rows: Rows) -> dict[str, str]:
        python = {"utf-8": "utf-8-sig", "windows-1252": "cp1252", "windows-1256": "cp1256"}.get(encoding, encoding)
        with path.with_suffix(".csv").open("w", encoding=python, newline="") as file:
            writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        return {"encoding": encoding, "delimiter": delimiter}

    return write


def _utf_16_big_endian(path: Path, rows: Rows) -> dict[str, str]:
    said = _text("utf-8")(path, rows)
    text = path.with_suffix(".csv").read_text(encoding="utf-8-sig")
    path.with_suffix(".csv").write_bytes(b"\xfe\xff" + text.encode("utf-16-be"))
    return said | {"encoding": "utf-16"}


def _json_lines(path: Path, rows: Rows) -> dict[str, str]:
    lines = (json.dumps({name: value or None for name, value in row.items()}) for row in rows)
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {}


def _spreadsheet(path: Path, rows: Rows) -> dict[str, str]:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([value or None for value in row.values()])
    book.save(path.with_suffix(".xlsx"))
    return {}


def _parquet(path: Path, rows: Rows) -> dict[str, str]:
    source = path.with_suffix(".tmp")
    _text("utf-8")(source, rows)
    options = "header=true, all_varchar=true"
    with duckdb.connect() as connection:
        target = path.with_suffix(".parquet")
        connection.execute(f"COPY (FROM read_csv('{source.with_suffix('.csv')}', {options})) TO '{target}'")
    source.with_suffix(".csv").unlink()
    return {}


def _comma_and_day_first(path: Path, rows: Rows) -> dict[str, str]:
    """Write numbers as 1.234,50 and dates as 31/12/2026, as a European export does."""
    turned = [{name: _european(value) for name, value in row.items()} for row in rows]
    notation = {"decimal": ",", "thousands": ".", "date_format": "%d/%m/%Y", "timestamp_format": "%d/%m/%Y %H:%M:%S"}
    return _text("windows-1252", ";")(path, turned) | notation


def _european(value: str) -> str:
    whole, point, cents = value.partition(".")
    if point and whole.isdigit() and cents.isdigit():
        return f"{int(whole):,}".replace(",", ".") + f",{cents}"
    day, _, time = value.partition(" ")
    parts = day.split("-")
    if [len(part) for part in parts] == [4, 2, 2] and all(part.isdigit() for part in parts):
        return "/".join(reversed(parts)) + (f" {time}" if time else "")
    return value


FORMS: Mapping[str, Callable[[Path, Rows], dict[str, str]]] = {
    "tender": _json_lines,
    "bid": _parquet,
    "committee_member": _spreadsheet,
    "process_action": _utf_16_big_endian,
    "purchase_order": _comma_and_day_first,
    "relationship": _text("windows-1252", "\t"),
    "person": _text("utf-16", ";"),
    "coi_declaration": _comma_and_day_first,
    "award": _text("utf-8", "|"),
    "hr_action": _comma_and_day_first,
    "wb_report": _spreadsheet,
    "party_ownership": _text("windows-1256", "|"),
}


@pytest.fixture(scope="module")
def model() -> DataModel:
    return load_contracts(ROOT / "controls" / "contracts")


@pytest.fixture(scope="module")
def as_other_systems_deliver_it(tmp_path_factory: pytest.TempPathFactory, model: DataModel) -> Outcome:
    """The sample's third quarter with a dozen extracts in another form, and the mappings that read them."""
    root = tmp_path_factory.mktemp("forms")
    shutil.copytree(ROOT / "sample_data" / "extracts" / QUARTER, root / "sample_data" / "extracts" / QUARTER)
    shutil.copytree(ROOT / "sample_data" / "mappings", root / "sample_data" / "mappings")
    (root / "controls").symlink_to(ROOT / "controls")
    shutil.copy(ROOT / "auditkit.toml", root)
    shutil.copy(ROOT / "sample_data" / "register_key.txt", root / "sample_data")
    for entity, write in FORMS.items():
        _deliver_as(root / "sample_data", entity, write, model)
    project = projects.load(root / "auditkit.toml")
    return run(project, Options(QUARTER, passphrase=PASSPHRASE), Progress())


def _deliver_as(sample: Path, entity: str, write: Callable[[Path, Rows], dict[str, str]], model: DataModel) -> None:
    original = sample / "extracts" / QUARTER / f"{entity}.csv"
    with original.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    original.unlink()
    (sample / "extracts" / QUARTER / f"{entity}.csv.delivery.yml").unlink()
    source = write(original.with_name(f"export_{entity}.csv"), rows)
    columns = {
        column: {"from": column} for column in rows[0] if column in {c.name for c in model.entities[entity].columns}
    }
    content: dict[str, Any] = {
        "file": f"export_{entity}.*",
        "source": source,
        "entities": {entity: {"columns": columns}},
    }
    with (sample / "mappings" / f"{entity}.yml").open("w", encoding="utf-8") as file:
        YAML().dump(content, file)


def test_every_file_is_loaded_whole(as_other_systems_deliver_it: Outcome) -> None:
    extracts = as_other_systems_deliver_it.run.extracts

    assert [str(failed.error) for failed in extracts.failed] == []
    loaded = {part.entity: (e, part) for e in extracts.loaded for part in e.entities if e.path.startswith("export_")}
    assert set(loaded) == set(FORMS)
    assert {name: (part.loaded, part.unread) for name, (_, part) in loaded.items()} == {
        name: (extract.rows, 0) for name, (extract, _) in loaded.items()
    }


def test_every_result_is_the_same(as_other_systems_deliver_it: Outcome, sample_outcome: Outcome) -> None:
    def digests(outcome: Outcome) -> dict[str, str]:
        results = (*outcome.run.controls, *outcome.run.restricted)
        return {a.attribute.id: a.digest for result in results for p in result.populations for a in p.attributes}

    assert len(digests(sample_outcome)) == 23
    assert digests(as_other_systems_deliver_it) == digests(sample_outcome)
