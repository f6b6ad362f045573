"""Whatever happens to a file of a run's evidence, `auditkit verify` finds it and names it."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
from pathlib import Path

import command
import desk
import pytest
from desk import PASSPHRASE, edit

from auditkit import manifest, verification
from auditkit import project as projects
from auditkit.evidence_source import FolderSource
from auditkit.journal import Entry, Journal
from auditkit.verification import ADDED, CHANGED, DIFFERS, HOLDS, MISSING, Verification

WORKING = "findings_2026-Q3_W.xlsx"
SALES = "extracts/2026-Q3/sale.csv"
AT = dt.datetime(2026, 10, 20, 9, 0, 0)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a run of the second quarter and one of the third, which takes figures from it."""
    root = desk.make(tmp_path_factory.mktemp("verify") / "project")
    shutil.copytree(root / "extracts/2026-Q3", root / "extracts/2026-Q2")
    (root / f"{SALES}.delivery.yml").write_text("system: Shop\nrows: 2\n", encoding="utf-8")
    decide(root, "one")
    for quarter, day in (("2026-Q2", "2026-07-09"), ("2026-Q3", "2026-10-09")):
        words = ("run", "--quarter", quarter, "--declared-at", f"{day}T08:00:00")
        done = command.auditkit(root, *words, AUDITKIT_PASSPHRASE=PASSPHRASE)
        assert done.returncode == 0, done.stderr
    return root


def decide(root: Path, key: str) -> None:
    journal = Journal.read(projects.load(root / "auditkit.toml").register / "journal.jsonl")
    journal.append([Entry("disposition", key, "20261009T080000Z", {"disposition": "in review"})], AT)


@pytest.fixture
def project(usual: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(usual, tmp_path / "project"))


def folder(root: Path) -> Path:
    return root / "output/2026-Q3/20261009T080000Z"


def verify(root: Path) -> Verification:
    project = projects.load(root / "auditkit.toml")
    found = manifest.find(project.output, "2026-Q3")
    return verification.verify(FolderSource(project, found), "2026-Q3", found.name)


def told(found: Verification) -> list[tuple[str, str]]:
    return [(row.name, row.state) for row in found.notable]


def written(root: Path) -> list[str]:
    """All files of the run, by their names in its folder."""
    top = folder(root)
    return sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())


def test_a_run_that_nobody_touched_holds_in_every_part(usual: Path) -> None:
    found = verify(usual)

    assert found.holds
    assert found.notable == ()
    assert set(found.parts) == {
        *("manifest", "journal", "evidence", "extracts", "definitions now", "earlier runs", "editions")
    }
    assert {row.name for row in found.rows if row.part in ("manifest", "evidence", "editions")} == set(written(usual))
    assert found.seal == manifest.read(folder(usual))["seal"]


def test_a_flipped_byte_in_any_file_is_found_and_its_file_named(project: Path) -> None:
    """Every file, its first and its last byte and a few between: a run that nobody touched, but for one bit."""
    chance = random.Random(3)
    names = written(project)
    assert len(names) > 20
    for name in names:
        path = folder(project) / name
        data = path.read_bytes()
        places = {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(3))}
        for place in sorted(places):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :])
            found = verify(project)
            assert (name, CHANGED if name == WORKING else DIFFERS) in told(found), (name, place)
            assert found.holds == (name == WORKING), (name, place)
        path.write_bytes(data)
    assert verify(project).holds


def test_every_byte_of_the_manifest_is_under_its_seal(project: Path) -> None:
    path = folder(project) / "evidence/manifest.json"
    data = path.read_bytes()
    for place in range(400):
        path.write_bytes(data[:place] + bytes([data[place] ^ 32]) + data[place + 1 :])
        assert not verify(project).holds, place


def test_a_file_cut_short_missing_or_renamed_is_found_and_named(project: Path) -> None:
    for name in written(project):
        path = folder(project) / name
        data = path.read_bytes()
        path.write_bytes(data[:-1])
        assert (name, CHANGED if name == WORKING else DIFFERS) in told(verify(project)), name
        path.rename(path.with_name(f"{path.name}2"))
        found = told(verify(project))
        assert (name, MISSING) in found, name
        if name.startswith("evidence/results"):
            assert (f"{name}2", ADDED) in found
        path.with_name(f"{path.name}2").unlink()
        path.write_bytes(data)
    assert verify(project).holds


@pytest.mark.parametrize("name", ["results/more.parquet", "definitions/controls/more.sql", "notes.txt", "a/b/c"])
def test_a_file_added_to_the_evidence_is_found(name: str, project: Path) -> None:
    path = folder(project) / "evidence" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")

    assert told(verify(project)) == [(f"evidence/{name}", ADDED)]


def test_two_results_exchanged_are_found(project: Path) -> None:
    one, other = (folder(project) / "evidence/results" / name for name in ("SAL-01.parquet", "unread_cells.parquet"))
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)

    assert told(verify(project)) == [
        ("evidence/results/SAL-01.parquet", DIFFERS),
        ("evidence/results/unread_cells.parquet", DIFFERS),
    ]


def test_a_changed_extract_or_delivery_note_is_found_and_a_missing_one_said(project: Path) -> None:
    edit(project, SALES, "50.01", "50.02")
    edit(project, f"{SALES}.delivery.yml", "rows: 2", "rows: 3")
    assert told(verify(project)) == [("sale.csv", DIFFERS), ("sale.csv.delivery.yml", DIFFERS)]

    (project / SALES).unlink()
    assert ("sale.csv", MISSING) in told(verify(project))
    assert not verify(project).holds


def test_what_people_have_changed_since_is_told_apart_and_is_no_fault(project: Path) -> None:
    edit(project, "controls/sales/sal_01_limit.sql", "> $sale_limit", ">= $sale_limit")
    edit(project, "auditkit.toml", "A small desk", "A large desk")
    (project / "controls/reports/rpt_01_limit.yml").unlink()
    (project / "mappings/new.yml").write_text("file: x\n", encoding="utf-8")
    found = verify(project)

    assert found.holds
    assert {(row.name, row.detail) for row in found.notable if row.state == CHANGED} == {
        ("auditkit.toml", "was changed"),
        ("controls/sales/sal_01_limit.sql", "was changed"),
        ("controls/reports/rpt_01_limit.yml", "was deleted"),
        ("mappings/new.yml", "is new"),
    }


def test_folders_and_secret_files_of_the_settings_decide_no_result(project: Path) -> None:
    edit(project, "auditkit.toml", 'passphrase_file = "secret.txt"', 'passphrase_file = "other.txt" # moved')
    with (project / "auditkit.toml").open("a", encoding="utf-8") as file:
        file.write('[folders]\nextracts = "extracts"\n')

    assert told(verify(project)) == []


def test_a_changed_manifest_of_an_earlier_run_breaks_the_chain(project: Path) -> None:
    path = project / "output/2026-Q2/20260709T080000Z/evidence/manifest.json"
    name = "2026-Q2/20260709T080000Z/evidence/manifest.json"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert told(verify(project)) == [(name, DIFFERS)]

    path.unlink()
    assert told(verify(project)) == [(name, MISSING)]


def test_the_journal_may_grow_and_not_change(project: Path) -> None:
    decide(project, "two")
    assert verify(project).holds

    journal = projects.load(project / "auditkit.toml").register / "journal.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    journal.write_text(lines[0].replace("in review", "duplicate") + lines[1], encoding="utf-8")
    (row,) = verify(project).notable
    assert (row.name, row.state) == ("register/journal.jsonl", DIFFERS)
    assert row.detail.startswith("line 1: the journal does not hold")


def test_a_journal_that_lost_what_the_run_knew_is_found_though_its_chain_holds(project: Path) -> None:
    journal = projects.load(project / "auditkit.toml").register / "journal.jsonl"
    journal.write_text("", encoding="utf-8")
    assert [(row.name, row.state, row.detail) for row in verify(project).notable] == [
        ("register/journal.jsonl", DIFFERS, "its first 1 records are not those the run knew")
    ]

    journal.unlink()
    assert told(verify(project)) == [("register/journal.jsonl", MISSING)]


def test_without_its_manifest_nothing_is_relied_on(project: Path) -> None:
    (folder(project) / "evidence/manifest.json").unlink()
    found = verify(project)

    assert not found.holds
    assert told(found)[0] == ("evidence/manifest.json", MISSING)
    assert "evidence" not in found.parts


def test_with_the_passphrase_the_restricted_part_is_looked_at_and_not_talked_about(project: Path) -> None:
    (project / "secret.txt").unlink()
    edit(project, "auditkit.toml", 'passphrase_file = "secret.txt"\n', "")

    def verified(passphrase: str = PASSPHRASE) -> command.Done:
        return command.auditkit(project, "verify", "2026-Q3", AUDITKIT_PASSPHRASE=passphrase)

    good, other = verified(), verified("another passphrase altogether")
    edit(project, "extracts/2026-Q3/report.csv", "90.25", "9.25")
    bad, blind = verified(), command.auditkit(project, "verify", "2026-Q3")

    assert [done.returncode for done in (good, other, bad, blind)] == [0, 1, 1, 0]
    assert "restricted" in good.stdout
    assert "has another passphrase" in other.stdout
    assert "an extract of a restricted table is missing or not as it was" in bad.stdout
    assert "report" not in bad.stdout.lower()


def test_the_command_prints_parts_and_files_and_ends_with_one_when_something_differs(project: Path) -> None:
    good = command.auditkit(project, "verify", "2026-Q3")
    earlier = command.auditkit(project, "verify", "2026-Q2", "--run", "20260709T080000Z")
    edit(project, SALES, "50.01", "50.02")
    bad = command.auditkit(project, "verify", "2026-Q3", "--format", "json")
    none = command.auditkit(project, "verify", "2025-Q1")
    told_wrong = command.auditkit(project, "verify", "Q3")

    assert [done.returncode for done in (good, earlier, bad, none, told_wrong)] == [0, 0, 1, 2, 2]
    assert good.stdout.rstrip().endswith("All holds.")
    content = json.loads(bad.stdout)
    assert content["holds"] is False
    assert content["parts"]["extracts"] == {DIFFERS: 1, HOLDS: 1}
    assert [row["name"] for row in content["files"]] == ["sale.csv"]
    assert "there is no run of 2025-Q1" in none.stderr
