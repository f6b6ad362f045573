"""`auditkit issue`: nothing is issued before every gate is met, and what was issued is never touched again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command import Done, auditkit
from desk import contents
from shop import SIGNATURES, decide, deliver, open_shop, run_shop, set_limit, sign
from small import ATTRIBUTE, CONTROL

from auditkit import seal
from auditkit.journal import FILE, Journal
from auditkit.run import Outcome

DAY = ("--issued-on", "2026-10-27")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """The shop with its third quarter run: one sale above the limit, an exception of high severity."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    folder.mkdir()
    shop = open_shop(folder)
    attribute = shop / "controls" / "sales" / "sal_01_limit.yml"
    attribute.write_text(ATTRIBUTE.replace("severity: medium", "severity: high"), encoding="utf-8")
    deliver(shop, "2026-Q3", {"a": "40", "b": "70", "c": "50"})
    return shop, run_shop(shop)


@pytest.fixture
def outcome(made: tuple[Path, Outcome]) -> Outcome:
    return made[1]


@pytest.fixture
def shop(made: tuple[Path, Outcome], tmp_path: Path) -> Path:
    """A copy of it, nobody having reviewed anything."""
    return Path(shutil.copytree(made[0], tmp_path / "shop"))


@pytest.fixture
def reviewed(shop: Path, outcome: Outcome) -> Path:
    """The same with its exception decided, and signed for."""
    decide(shop, outcome, "b", "justified (approved exemption)", "2026-12-31")
    sign(shop, outcome)
    return shop


def issue(shop: Path, *words: str) -> Done:
    return auditkit(shop, "issue", "2026-Q3", *DAY, *words)


def shut(done: Done) -> dict[str, list[str]]:
    """The gates that are not met, with what is missing; nothing was issued."""
    assert done.returncode == 1, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["issued"], found["files"]) == (False, [])
    return {gate["title"]: gate["shut"] for gate in found["gates"] if not gate["met"]}


def all_files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def texts(path: Path) -> list[str]:
    """Every text of a workbook, the headers of its printed pages included."""
    book = openpyxl.load_workbook(path)
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    return cells + [str(sheet.oddHeader.right.text) for sheet in book]


def test_what_is_missing_is_said_all_at_once_and_nothing_is_written(shop: Path) -> None:
    before = all_files(shop)

    missing = shut(issue(shop, "--format", "json"))

    assert list(missing) == [
        "Every critical and high exception and item for review is decided",
        "Every control is signed by preparer, reviewer and audit head on what stands now",
    ]
    ((decided,), (signed,)) = missing.values()
    assert decided.startswith("SAL-01: 1 undecided: ")
    assert signed.startswith("SAL: not signed, not yet prepared, reviewed, approved; ")
    assert all_files(shop) == before


def test_a_dry_run_says_that_every_gate_is_met_and_writes_nothing(reviewed: Path) -> None:
    before = all_files(reviewed)
    done = issue(reviewed, "--dry-run")

    assert (done.returncode, "SHUT" in done.stdout) == (0, False), done.stdout
    assert done.stdout.endswith("Every gate is met; nothing was written.\n")
    assert all_files(reviewed) == before


def test_the_issued_editions_bear_no_mark_of_a_draft_and_the_journal_knows_them(
    reviewed: Path, outcome: Outcome
) -> None:
    before = all_files(reviewed / "output")

    done = issue(reviewed, "--approved-by", "Head of internal audit")

    assert done.returncode == 0, done.stdout + done.stderr
    folder = reviewed / "output" / "2026-Q3" / "issued-1"
    board = texts(folder / "findings_2026-Q3_B_v1.xlsx")
    assert not [text for text in board if "draft" in text.lower() or "unreviewed" in text.lower()]
    assert "Head of internal audit: approved" in board
    assert "Date: 27 October 2026" in board
    assert "Status: issued, version 1" in board
    assert all_files(reviewed / "output").items() > before.items()
    (record,) = Journal.read(reviewed / "register" / FILE).history("issue", "2026-Q3")
    assert (record.run, record.content["version"], record.content["issued_on"]) == (outcome.run.id, 1, "2026-10-27")
    about = seal.opened((folder / "issue.json").read_bytes(), "issue.json")
    names = sorted(path.name for path in folder.iterdir())
    assert sorted(about["files"]) == [name for name in names if name != "issue.json"]
    assert record.content["files"].items() >= about["files"].items()


def test_no_name_of_who_signed_reaches_the_board(reviewed: Path) -> None:
    issue(reviewed)
    folder = reviewed / "output" / "2026-Q3" / "issued-1"

    for name, data in contents(folder / "findings_2026-Q3_B_v1.xlsx").items():
        for person in (text for field, text in SIGNATURES.items() if not field.endswith("_on") and text != "0"):
            assert person.encode() not in data, name


def test_a_re_issue_needs_an_erratum_is_the_next_version_and_leaves_the_first_alone(reviewed: Path) -> None:
    assert list(shut(issue(reviewed, "--erratum", "too early", "--format", "json"))) == [
        "A re-issue says what it corrects"
    ]
    assert issue(reviewed).returncode == 0
    first = all_files(reviewed / "output" / "2026-Q3" / "issued-1")
    assert list(shut(issue(reviewed, "--format", "json"))) == ["A re-issue says what it corrects"]

    done = issue(reviewed, "--erratum", "The limit was printed wrongly.")

    assert done.returncode == 0, done.stdout
    board = texts(reviewed / "output" / "2026-Q3" / "issued-2" / "findings_2026-Q3_B_v2.xlsx")
    erratum = "Version 2 replaces version 1. It corrects: The limit was printed wrongly."
    assert sum(erratum in text for text in board) >= 2
    assert all_files(reviewed / "output" / "2026-Q3" / "issued-1") == first
    history = Journal.read(reviewed / "register" / FILE).history("issue", "2026-Q3")
    assert [record.content["version"] for record in history] == [1, 2]


def test_the_work_conforms_or_says_in_what_it_does_not(reviewed: Path) -> None:
    issue(reviewed)
    issue(reviewed, "--erratum", "Disclosure", "--nonconformance", "8.3: no quality assessment yet.")

    first, second = (
        " ".join(texts(reviewed / "output" / "2026-Q3" / f"issued-{n}" / f"findings_2026-Q3_B_v{n}.xlsx"))
        for n in (1, 2)
    )
    assert "in conformance with the Global Internal Audit Standards" in first
    assert "Not in conformance" not in first
    assert "in this respect: 8.3: no quality assessment yet." in second


@pytest.mark.parametrize(
    ("changes", "gate", "said"),
    [
        ({"approved_by": None, "approved_on": None}, "Every control is signed", "SAL: reviewed, not yet approved"),
        (
            {"approved_by": None, "approved_on": None, "notes_open": "2"},
            "No review note is open",
            "SAL: 2 open; clear them",
        ),
        ({"approved_on": "2026-10-28"}, "The day of issue", "issued on 2026-10-27, approved on 2026-10-28"),
    ],
)
def test_every_signature_is_needed(
    shop: Path, outcome: Outcome, changes: dict[str, str | None], gate: str, said: str
) -> None:
    decide(shop, outcome, "b", "justified (approved exemption)", "2026-12-31")
    sign(shop, outcome, **changes)

    missing = shut(issue(shop, "--format", "json"))

    assert any(title.startswith(gate) and said in " ".join(texts_) for title, texts_ in missing.items()), missing


def test_a_disposition_that_is_changed_after_the_signature_breaks_it(reviewed: Path, outcome: Outcome) -> None:
    decide(reviewed, outcome, "b", "in review")

    missing = shut(issue(reviewed, "--format", "json"))

    assert len(missing) == 2
    assert "broken: dispositions changed after it was prepared by" in " ".join(
        text for texts_ in missing.values() for text in texts_
    )


def test_extracts_and_definitions_must_be_those_of_the_run(reviewed: Path) -> None:
    deliver(reviewed, "2026-Q3", {"a": "40", "b": "70", "c": "51"})
    set_limit(reviewed, "60")

    missing = shut(issue(reviewed, "--format", "json"))

    said = " ".join(missing["Extracts and definitions give the results of the run again"])
    assert "extract sale.csv: content: was" in said
    assert "attribute SAL-01: exceptions: was 1, is 2" in said
    assert "definitions/auditkit.toml was changed since the run" in said
    assert any("broken: data changed" in text for texts_ in missing.values() for text in texts_)


def test_a_run_of_a_selection_and_an_earlier_run_can_never_be_issued(reviewed: Path) -> None:
    later = run_shop(reviewed, "2026-Q3")
    partial = run_shop(reviewed, "2026-Q3", "SAL-01")
    first = next(path.name for path in sorted((reviewed / "output" / "2026-Q3").iterdir()))

    for run_id, said in (
        (first, f"{later.run.id} was run later"),
        (partial.run.id, "tested a selection only (SAL-01)"),
    ):
        missing = shut(issue(reviewed, "--run", run_id, "--format", "json"))
        assert said in missing["The run is whole and the last one of its quarter"][0]


def test_a_quarter_without_its_extracts_cannot_be_issued(reviewed: Path) -> None:
    shutil.rmtree(reviewed / "extracts" / "2026-Q3")

    done = issue(reviewed)

    assert done.returncode == 2
    assert "of its extracts are gone: sale.csv" in done.stderr


def test_what_an_interrupted_issue_left_is_not_overwritten(reviewed: Path) -> None:
    left = reviewed / "output" / "2026-Q3" / "issued-1"
    left.mkdir()

    done = issue(reviewed)

    assert done.returncode == 2
    assert "issued-1 is there, though nothing says that it was issued" in done.stderr
    assert list(left.iterdir()) == []


def test_a_control_that_could_not_be_signed_for_is_none_the_less_named(shop: Path) -> None:
    """A failed reliability check that stops the control is a gate of its own."""
    (shop / "controls" / "sales" / "control.yml").write_text(CONTROL, encoding="utf-8")
    deliver(shop, "2026-Q3", {"a": "40"})
    path = shop / "extracts" / "2026-Q3" / "sale.csv"
    path.write_text(path.read_text(encoding="utf-8") + "a,P2,41\n", encoding="utf-8")
    run_shop(shop)

    missing = shut(issue(shop, "--format", "json"))

    assert "stops SAL-01" in missing["No failed reliability check stops a control"][0]


@pytest.mark.parametrize("day", ["27 October", "2026-13-01"])
def test_a_day_that_is_none_is_refused(shop: Path, day: str) -> None:
    done = auditkit(shop, "issue", "2026-Q3", "--issued-on", day)

    assert (done.returncode, done.stdout) == (2, "")
    assert "is not a day" in done.stderr


def test_evidence_that_was_changed_is_named(reviewed: Path, outcome: Outcome) -> None:
    path = reviewed / outcome.folder.relative_to(outcome.folder.parents[2]) / "evidence" / "results"
    rows = path / "outstanding_items.parquet"
    rows.write_bytes(rows.read_bytes()[:-1] + b"?")

    missing = shut(issue(reviewed, "--format", "json"))

    assert "results/outstanding_items.parquet: differs" in missing["The evidence verifies"][0]
