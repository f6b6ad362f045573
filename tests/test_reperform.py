"""A run performed again from its evidence: without key and passphrase, whatever the project says now, to the same results."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import command
import desk
import duckdb
import pytest
from desk import PASSPHRASE, edit

from auditkit import manifest, reperformance, seal
from auditkit import project as projects
from auditkit.errors import RunError
from auditkit.progress import Progress
from auditkit.reperformance import Difference, Reperformance

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

SALES = "extracts/2026-Q3/sale.csv"
QUERY, LIMIT = "controls/sales/sal_01_limit.sql", "controls/sales/control.yml"
KEY = "5a" * 32
DECLARED = ("--declared-at", "2026-10-09T08:00:00")
Bend = Callable[[Path], None]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one finished run, restricted controls included, and neither passphrase nor key left in it."""
    root = desk.make(tmp_path_factory.mktemp("reperform") / "project")
    done = command.auditkit(root, "run", *DECLARED, AUDITKIT_PASSPHRASE=PASSPHRASE)
    assert done.returncode == 0, done.stderr
    (root / "secret.txt").unlink()
    (root / "auditkit.key").unlink(missing_ok=True)
    edit(root, "auditkit.toml", 'passphrase_file = "secret.txt"\n', "")
    return root


@pytest.fixture
def project(usual: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(usual, tmp_path / "project"))


def evidence(root: Path) -> Path:
    (folder,) = (root / "output" / "2026-Q3").glob("*/evidence")
    return folder


def again(root: Path) -> Reperformance:
    project = projects.load(root / "auditkit.toml")
    return reperformance.reperform(project, manifest.find(project.output, "2026-Q3"), None, Progress())


def kinds(found: Reperformance) -> set[tuple[str, str]]:
    return {(difference.kind, difference.name) for difference in found.differences}


def reseal(root: Path, **changes: object) -> None:
    path = evidence(root) / "manifest.json"
    content = seal.opened(path.read_bytes(), "manifest.json")
    del content["seal"]
    path.write_bytes(seal.sealed(content | changes))


def test_without_key_and_passphrase_the_same_results_come_out_and_nothing_is_written(usual: Path) -> None:
    before = sorted(path for path in usual.rglob("*"))
    found = again(usual)

    assert found.agrees
    assert found.versions == ()
    assert found.compared == {"extracts": 1, "definitions": 11, "parameters": 1, "attributes": 1, "items": 2}
    assert sorted(path for path in usual.rglob("*")) == before


def change_query(root: Path) -> None:
    edit(root, QUERY, "> $sale_limit", ">= $sale_limit")


def change_limit(root: Path) -> None:
    edit(root, LIMIT, 'default: "50"', 'default: "10"')


def change_settings(root: Path) -> None:
    with (root / "auditkit.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[parameters]]\ncontrol = "SAL"\nname = "sale_limit"\nvalue = "1"\napproved_by = "Head"\nreason = "New"\n'
        )


def add_mapping(root: Path) -> None:
    (root / "mappings/sale.yml").write_text(
        "file: sale.csv\nentities:\n  sale:\n    columns:\n      sale_id: {from: sale_id}\n", encoding="utf-8"
    )


def delete_controls(root: Path) -> None:
    shutil.rmtree(root / "controls")


@pytest.mark.parametrize("bend", [change_query, change_limit, change_settings, add_mapping, delete_controls])
def test_what_the_project_says_now_does_not_matter(bend: Bend, project: Path) -> None:
    bend(project)

    assert again(project).agrees


def test_a_changed_extract_is_named_with_the_items_that_come_out_otherwise(project: Path) -> None:
    edit(project, SALES, "50.01", "50.00")
    found = again(project)

    assert not found.agrees
    assert found.differences[0].kind == "extract"
    assert found.differences[0].found.startswith("content: was ")
    assert Difference("attribute", "SAL-01", "exceptions: was 1, is 0") in found.differences
    assert Difference("attribute", "SAL-01", "amount differs in 1 items") in found.differences
    said = [d.found for d in found.differences if "sale_id=S-0002 was EXCEPTION, is PASS" in d.found]
    assert said == ["1 item differs: sale_id=S-0002 was EXCEPTION, is PASS"]
    assert ("population", "SAL items") in kinds(found)


def test_only_the_first_items_are_named_and_all_are_counted(project: Path) -> None:
    with (project / SALES).open("a", encoding="utf-8") as file:
        file.writelines(f"T-{number:04},Someone,60.00,,\n" for number in range(7))
    said = next(d.found for d in again(project).differences if "items differ" in d.found)

    assert said.startswith("7 items differ: sale_id=T-0000 was absent, is EXCEPTION; ")
    assert said.endswith("; and 2 more")
    assert said.count("was absent") == 5


def test_an_extract_that_changes_no_result_is_still_another_one(project: Path) -> None:
    edit(project, SALES, "Openheimer", "Openheimar")
    found = again(project)

    assert kinds(found) == {("extract", "sale.csv"), ("attribute", "SAL-01")}
    assert Difference("attribute", "SAL-01", "person_id differs in 1 items") in found.differences


def test_a_delivery_note_that_was_added_is_said(project: Path) -> None:
    (project / f"{SALES}.delivery.yml").write_text("system: Shop\n", encoding="utf-8")

    assert next(d.found for d in again(project).differences if d.kind == "extract").startswith(
        "delivery note: was absent"
    )


def test_another_file_in_the_folder_is_said(project: Path) -> None:
    (project / "extracts/2026-Q3/leftover.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    assert again(project).differences == (Difference("extract", "leftover.csv", "there was no such file"),)


def test_a_kept_definition_that_was_changed_is_named(project: Path) -> None:
    edit(evidence(project) / "definitions", QUERY, "> $sale_limit", ">= $sale_limit")
    found = again(project)

    assert found.differences[0].name == f"definitions/{QUERY}"
    assert found.differences[0].kind == "definition"
    assert Difference("attribute", "SAL-01", "exceptions: was 1, is 2") in found.differences


def test_a_kept_definition_that_was_added_is_named(project: Path) -> None:
    (evidence(project) / "definitions/controls/notes.yml").write_text("a: b\n", encoding="utf-8")

    (difference,) = again(project).differences
    assert (difference.kind, difference.name) == ("definition", "definitions/controls/notes.yml")
    assert difference.found.startswith("was absent, is ")


def test_another_version_is_named_and_is_no_difference(project: Path) -> None:
    versions = manifest.read(evidence(project).parent)["versions"]
    reseal(project, versions=versions | {"duckdb": "1.4.0"})
    found = again(project)

    assert found.agrees
    assert [(d.name, d.found.split(",")[0]) for d in found.versions] == [("duckdb", "was 1.4.0")]


def test_a_parameter_or_count_that_the_manifest_does_not_bear_out_is_named(project: Path) -> None:
    content = manifest.read(evidence(project).parent)
    results = {"SAL-01": content["results"]["SAL-01"] | {"review": 3, "digest": "2-00"}}
    reseal(project, parameters={"SAL.sale_limit": "49"}, results=results)
    found = again(project)

    assert Difference("parameter", "SAL.sale_limit", "was 49, is 50") in found.differences
    assert Difference("attribute", "SAL-01", "review: was 3, is 0") in found.differences
    assert any("the kept results are not the run's" in d.found for d in found.differences)


def test_kept_results_that_were_rewritten_are_named_item_by_item(project: Path) -> None:
    path = evidence(project) / "results" / "SAL-01.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * REPLACE ('PASS' AS result) FROM '{path}'")
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")

    assert (
        Difference("attribute", "SAL-01", "1 item differs: sale_id=S-0002 was PASS, is EXCEPTION")
        in again(project).differences
    )
    path.write_bytes(path.read_bytes()[:100])
    assert "cannot be read" in again(project).differences[0].found


def test_a_run_whose_extracts_are_gone_cannot_be_performed_again(project: Path) -> None:
    (project / SALES).unlink()

    with pytest.raises(RunError, match=r"1 of its extracts are gone: sale\.csv"):
        again(project)


def test_a_changed_manifest_is_not_relied_on(project: Path) -> None:
    edit(evidence(project), "manifest.json", '"exceptions": 1', '"exceptions": 0')

    with pytest.raises(RunError, match="its seal does not hold"):
        again(project)


def test_the_command_says_what_was_compared_and_what_differs(project: Path) -> None:
    same = command.auditkit(project, "reperform", "2026-Q3")
    edit(project, SALES, "50.01", "50.00")
    other = command.auditkit(project, "reperform", "2026-Q3", "--format", "json")
    unknown = command.auditkit(project, "reperform", "2026-Q3", "--run", "20200101T000000Z")

    assert (same.returncode, other.returncode, unknown.returncode) == (0, 1, 2)
    assert "The same inputs gave the same results." in same.stdout
    content = json.loads(other.stdout)
    assert content["agrees"] is False
    assert {row["kind"] for row in content["differences"]} == {"extract", "attribute", "population"}
    assert "there is no run '20200101T000000Z' of 2026-Q3" in unknown.stderr


# The restricted controls


def with_passphrase(root: Path, passphrase: str = PASSPHRASE) -> command.Done:
    return command.auditkit(root, "reperform", "2026-Q3", AUDITKIT_PASSPHRASE=passphrase)


def test_restricted_controls_are_performed_again_with_the_passphrase_only(project: Path) -> None:
    without, given = command.auditkit(project, "reperform", "2026-Q3"), with_passphrase(project)

    assert (without.returncode, given.returncode) == (0, 0), given.stderr
    assert "Restricted controls: not performed again: that needs the passphrase." in without.stdout
    assert "Restricted controls: agree." in given.stdout


def test_what_differs_in_restricted_controls_is_said_in_one_word(project: Path) -> None:
    edit(project, "extracts/2026-Q3/report.csv", "90.25", "9.25")
    given = with_passphrase(project)

    assert given.returncode == 1
    assert "Restricted controls: differ." in given.stdout
    assert "report" not in (given.stdout + given.stderr).lower()
    assert command.auditkit(project, "reperform", "2026-Q3").returncode == 0


def test_another_passphrase_opens_nothing(project: Path) -> None:
    done = with_passphrase(project, "another passphrase altogether")

    assert done.returncode == 2
    assert "the passphrase does not open it" in done.stderr


def test_a_run_that_sealed_nothing_says_so(project: Path) -> None:
    next(project.glob("output/2026-Q3/*/*.sealed")).unlink()
    done = with_passphrase(project)

    assert done.returncode == 0
    assert "Restricted controls: the run left no sealed digests of them." in done.stdout


def test_a_run_of_a_selection_is_performed_again_as_that_selection(project: Path) -> None:
    done = command.auditkit(
        project, "run", "--select", "sal-01", "--declared-at", "2026-10-10T08:00:00", AUDITKIT_KEY=KEY
    )
    again_by_name = command.auditkit(project, "reperform", "2026-Q3", "--run", "20261010T080000Z", "--format", "json")
    latest_whole = command.auditkit(project, "reperform", "2026-Q3", "--format", "json")

    assert done.returncode == 0, done.stderr
    assert (again_by_name.returncode, latest_whole.returncode) == (0, 0)
    assert json.loads(again_by_name.stdout)["run"] == "20261010T080000Z"
    assert json.loads(latest_whole.stdout)["run"] == "20261009T080000Z"


@pytest.mark.slow
def test_figures_of_the_quarter_before_judge_the_run_as_they_did(tmp_path: Path) -> None:
    """Shares of missing values are judged against the earlier quarter: also where its run is no longer there."""
    root = desk.make(tmp_path / "project")
    shutil.copytree(root / "extracts/2026-Q3", root / "extracts/2026-Q2")
    for quarter, day in (("2026-Q2", "2026-07-09"), ("2026-Q3", "2026-10-09")):
        words = ("run", "--quarter", quarter, "--declared-at", f"{day}T08:00:00")
        assert command.auditkit(root, *words).returncode == 0
    shutil.rmtree(root / "output/2026-Q2")

    assert again(root).agrees
