"""The evidence pack: one archive, the same bytes each time, that runs once unzipped and gives no secret away."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
import stat
import tomllib
import zipfile
from pathlib import Path

import command
import desk
import duckdb
import pytest
from conftest import CommandRun
from desk import PASSPHRASE, PLANTED, contents, edit

from auditkit import manifest, pack, seal
from auditkit import project as projects
from auditkit.contract import load_contracts
from auditkit.errors import RunError
from auditkit.extract import load_extracts
from auditkit.journal import Entry, Journal
from auditkit.mapping import load_mappings
from auditkit.project import Project
from auditkit.settings import toml
from auditkit.verification import CHANGED, DIFFERS, HOLDS, MISSING, NOT_HERE, Row, Verification

SALES = "extracts/2026-Q3/sale.csv"
RUN = "output/2026-Q3/20261009T080000Z"
PACK = "output/2026-Q3/evidence_2026-Q3_E.zip"
COMMENT = "a comment that is no secret"


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a finished run over extracts whose open table has no restricted column, and a decision."""
    root = desk.make(tmp_path_factory.mktemp("pack") / "project")
    (root / SALES).write_text("sale_id,seller_id,value\nS-1,Openheimer,50.00\nS-2,Sellerova,50.01\n", encoding="utf-8")
    (root / f"{SALES}.delivery.yml").write_text("system: Shop\nrows: 2\n", encoding="utf-8")
    edit(root, "auditkit.toml", "[run]", f'holidays = ["2026-09-23"]  # {COMMENT}\n[run]')
    with (root / "auditkit.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[parameters]]\ncontrol = "SAL"\nname = "sale_limit"\nvalue = "20"\napproved_by = "Head \\"of\\" audit"\n'
            'reason = "Policé\\tof 1 January"\n'
        )
    journal = Journal.read(root / "register/journal.jsonl")
    journal.append([Entry("disposition", "one", "x", {"disposition": "in review"})], dt.datetime(2026, 10, 1))
    done = command.auditkit(root, "run", "--declared-at", "2026-10-09T08:00:00", AUDITKIT_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def project(usual: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(usual, tmp_path / "project"))


def packed(root: Path, *words: str) -> Path:
    done = command.auditkit(root, "pack", "2026-Q3", *words)
    assert done.returncode == 0, done.stderr
    return root / PACK


def unzipped(path: Path, target: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(target)
    return target


def notable(found: Verification) -> list[Row]:
    """What there is to say, but that the keyed digests of names were left out of the pack, as always."""
    assert ("identity.bin", NOT_HERE) in {(row.name, row.state) for row in found.notable}
    return [row for row in found.notable if row.name != "identity.bin"]


def test_the_pack_holds_the_run_and_runs_after_unzipping(project: Path, tmp_path: Path) -> None:
    path = packed(project, "--with-extracts")
    found = pack.verify(path)

    assert found.holds
    assert notable(found) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    there = unzipped(path, tmp_path / "there")
    wanted = {f"{RUN}/{name}" for name in ("times.json", "editions.json", "evidence/manifest.json")}
    wanted |= {f"{RUN}/findings_2026-Q3_{edition}.xlsx" for edition in ("B_draft", "W")}
    wanted |= {f"{RUN}/restricted_2026-Q3_R.xlsx", SALES, f"{SALES}.delivery.yml", "register/journal.jsonl"}
    wanted |= {"auditkit.toml", "controls/sales/sal_01_limit.sql", "pack.json"}
    assert wanted <= {file.relative_to(there).as_posix() for file in there.rglob("*")}
    again = command.auditkit(there, "reperform", "2026-Q3")
    verified = command.auditkit(there, "verify", "2026-Q3")
    assert (again.returncode, verified.returncode) == (0, 0), again.stdout + verified.stdout
    assert "The same inputs gave the same results." in again.stdout
    listed = command.auditkit(there, "show", "SAL")
    assert listed.returncode == 0
    assert "Policé\tof 1 January" in (there / "auditkit.toml").read_text(encoding="utf-8").replace("\\t", "\t")


def test_the_same_run_gives_the_same_bytes(project: Path) -> None:
    first = packed(project).read_bytes()
    (project / PACK).unlink()
    for path in project.rglob("*"):
        path.touch()

    assert packed(project).read_bytes() == first


def test_the_examples_of_the_help_texts_work_as_written(project: Path) -> None:
    for name in ("pack", "verify", "reperform"):
        for words in command.examples(name):
            if words[1].endswith(".zip"):
                shutil.copy(project / PACK, project)
            done = command.auditkit(project, *words)
            assert done.returncode == 0, (words, done.stdout, done.stderr)


def test_a_pack_is_never_overwritten(project: Path) -> None:
    path = packed(project)
    before = path.read_bytes()
    done = command.auditkit(project, "pack", "2026-Q3")

    assert done.returncode == 2
    assert "there is a file of this name already" in done.stderr
    assert path.read_bytes() == before


def test_neither_passphrase_nor_key_nor_a_restricted_value_is_in_the_pack(project: Path, tmp_path: Path) -> None:
    (project / "auditkit.key").write_text("ab" * 32, encoding="utf-8")
    there = unzipped(packed(project, "--with-extracts"), tmp_path / "there")
    names = {path.name for path in there.rglob("*")}

    assert not {"secret.txt", "auditkit.key", "report.csv", "person_file.csv"} & names
    assert "passphrase_file" not in tomllib.loads((there / "auditkit.toml").read_text(encoding="utf-8")).get(
        "restricted", {}
    )
    searched = 0
    for path in (path for path in there.rglob("*") if path.is_file()):
        encrypted = path.name.startswith("restricted_")
        for part, data in ({"": path.read_bytes()} if encrypted else contents(path)).items():
            searched += len(data)
            for text in (PASSPHRASE, PLANTED, "ab" * 32):
                assert text.lower().encode() not in data.lower(), (path, part)
    assert searched > 50_000
    assert any(b"SELLEROVA" in data for path in there.rglob("*_W.xlsx") for data in contents(path).values())


def test_extracts_with_restricted_columns_are_left_out_and_named(project: Path) -> None:
    text = "sale_id,seller_id,value,complaint\nS-1,Openheimer,50.00,QzyxwOne\n"
    (project / SALES).write_text(text, encoding="utf-8")
    command.auditkit(project, "run", "--declared-at", "2026-10-10T08:00:00")
    done = command.auditkit(project, "pack", "2026-Q3", "--with-extracts", "-o", "p.zip")

    assert done.returncode == 0
    assert "holds restricted columns" in done.stdout
    with zipfile.ZipFile(project / "p.zip") as archive:
        assert [name for name in archive.namelist() if name.startswith("extracts")] == []
    found = pack.verify(project / "p.zip")
    assert [(row.name, row.state) for row in notable(found)] == [
        ("sale.csv", NOT_HERE),
        ("sale.csv.delivery.yml", NOT_HERE),
    ]
    assert found.holds


def test_without_extracts_the_pack_verifies_and_says_what_it_lacks(project: Path, tmp_path: Path) -> None:
    path = packed(project)
    found = pack.verify(path)

    assert found.holds
    assert {row.name for row in notable(found) if row.state == NOT_HERE} == {"sale.csv", "sale.csv.delivery.yml"}
    there = unzipped(path, tmp_path / "there")
    assert command.auditkit(there, "verify", "2026-Q3").returncode == 0
    again = command.auditkit(there, "reperform", "2026-Q3")
    assert again.returncode == 2
    assert "1 of its extracts are gone: sale.csv" in again.stderr


def test_what_was_put_into_the_folder_is_left_out(project: Path) -> None:
    (project / RUN / "opened_copy_of_R.xlsx").write_bytes(b"QzyxwName")
    done = command.auditkit(project, "pack", "2026-Q3")

    assert "put into the run's folder after the run" in done.stdout
    with zipfile.ZipFile(project / PACK) as archive:
        assert not any("opened_copy" in name for name in archive.namelist())


@pytest.mark.parametrize(
    "name", ["evidence/results/SAL-01.parquet", "restricted_2026-Q3_R.xlsx", "findings_2026-Q3_B_draft.xlsx"]
)
def test_evidence_that_does_not_hold_is_not_packed(name: str, project: Path) -> None:
    path = project / RUN / name
    path.write_bytes(path.read_bytes() + b"x")
    done = command.auditkit(project, "pack", "2026-Q3")

    assert done.returncode == 2
    assert f"{name}: the evidence does not hold: differs" in done.stderr
    assert not (project / PACK).exists()


def test_working_papers_are_packed_as_people_filled_them_in(project: Path) -> None:
    path = project / RUN / "findings_2026-Q3_W.xlsx"
    path.write_bytes(path.read_bytes() + b"x")
    found = pack.verify(packed(project, "--with-extracts"))

    assert found.holds
    assert [(row.part, row.name, row.state) for row in notable(found)] == [("editions", path.name, CHANGED)]


# Bytes


def flipped(data: bytes, place: int, bit: int = 0) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def test_a_flipped_byte_anywhere_in_the_archive_is_found(project: Path) -> None:
    path = packed(project, "--with-extracts")
    data = path.read_bytes()
    chance = random.Random(5)
    places = {0, 3, len(data) - 1, len(data) - 70, len(data) - 100, *(chance.randrange(len(data)) for _ in range(60))}
    for place in sorted(places):
        path.write_bytes(flipped(data, place, chance.randrange(8)))
        found = pack.verify(path)
        assert not found.holds, place
        assert (path.name, DIFFERS) in {(row.name, row.state) for row in found.notable}, place


def test_a_flipped_byte_within_a_member_names_the_member(project: Path) -> None:
    path = packed(project, "--with-extracts")
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    chance = random.Random(6)
    assert len(members) > 30
    for info in members:
        start = info.header_offset + 30 + len(info.filename.encode())
        path.write_bytes(flipped(data, start + chance.randrange(info.compress_size), chance.randrange(8)))
        found = pack.verify(path)
        assert (info.filename, DIFFERS) in {(row.name, row.state) for row in found.notable}, info.filename


def test_a_changed_member_is_named_though_the_archive_was_made_anew(project: Path, tmp_path: Path) -> None:
    """Whoever unzips, changes a file and zips again has neither the seal nor the sums; with both, the manifest tells."""
    path = packed(project, "--with-extracts")
    there = unzipped(path, tmp_path / "there")
    name = f"{RUN}/evidence/results/SAL-01.parquet"
    (there / name).write_bytes(b"PAR1")
    about = seal.opened((there / "pack.json").read_bytes(), "pack.json")
    about["files"][name] = manifest.sum_of(there / name)
    del about["seal"]
    (there / "pack.json").write_bytes(seal.sealed(about))
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(forged, "w") as archive:
        for file in sorted(there.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(there).as_posix())
    found = pack.verify(forged)

    assert not found.holds
    assert ("evidence/results/SAL-01.parquet", DIFFERS) in {(row.name, row.state) for row in found.notable}
    assert ("forged.zip", DIFFERS) in {(row.name, row.state) for row in found.notable}


def test_a_pack_cut_short_and_a_member_taken_out_or_added_are_found(project: Path, tmp_path: Path) -> None:
    path = packed(project, "--with-extracts")
    data = path.read_bytes()
    path.write_bytes(data[:-200])
    assert not pack.verify(path).holds

    path.write_bytes(data)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(other, "w") as made:
        for name in archive.namelist():
            if name != SALES:
                made.writestr(name, archive.read(name))
        made.writestr("more.txt", "more")
    found = {(row.part, row.name, row.state) for row in pack.verify(other).notable}
    assert {("pack", SALES, MISSING), ("pack", "more.txt", "added")} <= found


def test_another_file_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no archive at all")
    with pytest.raises(RunError, match="no pack of auditkit"):
        pack.verify(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        archive.writestr("a", "b")
    assert not pack.verify(tmp_path / "y.zip").holds
    (tmp_path / "z.zip").write_bytes(b"")
    with pytest.raises(RunError, match="no pack of auditkit"):
        pack.verify(tmp_path / "z.zip")


def test_the_command_reads_a_pack_in_place(project: Path, tmp_path: Path) -> None:
    path = packed(project, "--with-extracts")
    good = command.auditkit(tmp_path, "verify", str(path), "--format", "json")
    path.write_bytes(flipped(path.read_bytes(), 5000))
    bad = command.auditkit(tmp_path, "verify", str(path))
    wrong = command.auditkit(tmp_path, "verify", str(path), "--run", "x")

    assert (good.returncode, bad.returncode, wrong.returncode) == (0, 1, 2)
    assert json.loads(good.stdout)["parts"]["pack"] == {HOLDS: len(zipfile.ZipFile(path).namelist()) + 1}
    assert "The evidence does not hold." in bad.stdout


def test_a_secret_written_down_in_a_definition_stops_the_run(project: Path) -> None:
    edit(project, "controls/sales/control.yml", "Head", f"Head # {PASSPHRASE}")
    done = command.auditkit(project, "run", AUDITKIT_PASSPHRASE=PASSPHRASE)

    assert done.returncode == 2
    assert done.stderr.count("controls/sales/control.yml: the passphrase or the key stands in this file") == 1
    assert PASSPHRASE not in done.stderr


def test_a_secret_file_among_the_definitions_is_not_kept(project: Path) -> None:
    (project / "secret.txt").rename(project / "mappings/secret.yaml")
    edit(project, "auditkit.toml", '"secret.txt"', '"mappings/secret.yaml"')
    done = command.auditkit(project, "run", "--declared-at", "2026-10-11T08:00:00")
    kept = project / "output/2026-Q3/20261011T080000Z/evidence/definitions"

    assert done.returncode == 0, done.stderr
    assert (kept / "auditkit.toml").is_file()
    assert list(kept.rglob("secret*")) == []


@pytest.mark.parametrize(
    "text",
    [
        'a = "x"\nb = [1, 2]\n[c]\nd = "\\u007f\\n\\"\\\\"\n[c.e]\n"2026-Q2" = 2026-07-20\n',
        'a = true\n[[p]]\nx = "1"\n[[p]]\nx = "é😀"\n[r]\nz = []\n[[r.o]]\ny = 1.5\n[[r.o]]\ny = {k = "v"}\n',
        "",
    ],
)
def test_settings_written_anew_say_the_same(text: str) -> None:
    assert tomllib.loads(toml(tomllib.loads(text))) == tomllib.loads(text)


def test_the_project_of_the_pack_has_the_settings_of_the_run(project: Path, tmp_path: Path) -> None:
    there = projects.load(unzipped(packed(project), tmp_path / "there") / "auditkit.toml")
    here = projects.load(project / "auditkit.toml")

    assert (there.organisation, there.holidays, there.overrides) == (here.organisation, here.holidays, here.overrides)
    assert there.passphrase_file is None
    assert there.controls == there.root / "controls"


# The sample organisation


@pytest.mark.slow
def test_no_value_of_the_samples_restricted_tables_is_in_its_pack(sample_run: CommandRun, tmp_path: Path) -> None:
    """Every byte, also of what is unzipped and of every row: names, numbers and texts of class C4, words aside."""
    project = sample_run.outcome.run.project
    pack.write(project, sample_run.outcome.folder, tmp_path / "pack.zip", with_extracts=True)
    there = unzipped(tmp_path / "pack.zip", tmp_path / "there")
    searched = b"\n".join(
        data.lower()
        for path in there.rglob("*")
        if path.is_file()
        for data in (contents(path) if not path.name.startswith("restricted_") else {"": path.read_bytes()}).values()
    )
    values = restricted_values(project)

    assert len(values) > 300
    assert len(searched) > 5_000_000
    assert [value for value in sorted(values) if value.lower().encode() in searched] == []


def restricted_values(project: Project) -> set[str]:
    """Return what stands in restricted columns alone: no open column has it, no definition says it, it is no day."""
    model = load_contracts(project.controls / "contracts")
    closed: set[str] = set()
    known: set[str] = set()
    with duckdb.connect() as connection:
        mappings = load_mappings(project.mappings, model)
        load_extracts(connection, model, project.extracts / "2026-Q3", mappings, include_restricted=True)
        for entity in (entity for entity in model.entities.values() if not entity.computed):
            for column in entity.columns:
                text = f'CAST("{column.name}" AS VARCHAR)'
                rows = connection.execute(f'SELECT DISTINCT {text} FROM "{entity.name}" WHERE {text} IS NOT NULL')
                (closed if entity.restricted or column.restricted else known).update(row[0] for row in rows.fetchall())
    texts = [path.read_text(encoding="utf-8") for path in project.controls.rglob("*.*") if path.is_file()]
    words = "\n".join(texts).lower().replace("_", " ")
    return {
        value
        for value in closed - known
        if len(value) >= 8 and value.lower().replace("_", " ") not in words and not re.fullmatch(r"[\d-]{10}", value)
    }
