"""Extracts are deleted only after the work on them is done, only the run's own, and never in silence."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import desk
import pytest
from command import Done, auditkit, examples
from desk import edit
from shop import decide, deliver, open_shop, run_shop, sign

from auditkit import manifest, pack, purge, seal, vault
from auditkit import project as projects
from auditkit.errors import ProjectError, RunError
from auditkit.journal import FILE, Entry, Journal
from auditkit.retention import EXTRACTS, RESTRICTED, Retention
from auditkit.run import Outcome

SALES = "extracts/2026-Q3/sale.csv"
NOTE = f"{SALES}.delivery.yml"
NEVER = "\n[retention]\nextracts_days = {days}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("purge") / "shop"
    folder.mkdir()
    shop = open_shop(folder)
    with (shop / "auditkit.toml").open("a", encoding="utf-8") as file:
        file.write(NEVER.format(days=0))
    deliver(shop, "2026-Q3", {"a": "40", "b": "70"})
    (shop / NOTE).write_text("system: Shop\n", encoding="utf-8")
    return shop, run_shop(shop)


@pytest.fixture
def outcome(made: tuple[Path, Outcome]) -> Outcome:
    return made[1]


@pytest.fixture
def shop(made: tuple[Path, Outcome], tmp_path: Path) -> Path:
    """A run that nobody has signed."""
    return Path(shutil.copytree(made[0], tmp_path / "shop"))


@pytest.fixture
def signed(shop: Path, outcome: Outcome) -> Path:
    """The same, every control approved."""
    decide(shop, outcome, "b", "justified (approved exemption)", "2026-12-31")
    sign(shop, outcome)
    return shop


def run_purge(shop: Path, *words: str) -> Done:
    return auditkit(shop, "purge", "2026-Q3", *words)


def test_before_sign_off_nothing_is_deleted(shop: Path) -> None:
    done = run_purge(shop, "--yes")

    assert done.returncode == 2
    assert "is neither issued nor signed off" in done.stderr
    assert (shop / SALES).is_file()
    assert Journal.read(shop / "register" / FILE).history("purge", "2026-Q3") == ()


def test_a_signature_that_no_longer_holds_is_none(signed: Path, outcome: Outcome) -> None:
    decide(signed, outcome, "b", "confirmed deviation")

    assert run_purge(signed, "--yes").returncode == 2
    assert (signed / SALES).is_file()


def test_a_dry_run_lists_what_goes_and_deletes_nothing(signed: Path) -> None:
    done = run_purge(signed, "--dry-run")

    assert done.returncode == 0
    assert "delete  sale.csv" in done.stdout
    assert "Working papers are kept until 2033-" in done.stdout
    assert (signed / SALES).is_file()
    assert Journal.read(signed / "register" / FILE).history("purge", "2026-Q3") == ()


def test_the_examples_of_the_help_text_work_as_written(signed: Path) -> None:
    assert [(words, auditkit(signed, *words).returncode) for words in examples("purge")] == [
        (["purge", "2026-Q3", "--dry-run"], 0),
        (["purge", "2026-Q3", "--yes"], 0),
    ]


def test_who_is_not_sure_is_asked(signed: Path) -> None:
    assert run_purge(signed).returncode == 2  # nobody answers
    assert (signed / SALES).is_file()


def test_extracts_go_and_hashes_results_and_notes_stay(signed: Path) -> None:
    done = run_purge(signed, "--yes")

    assert done.returncode == 0, done.stderr
    assert not (signed / SALES).exists()
    assert (signed / NOTE).is_file()
    assert (signed / "output/2026-Q3").is_dir()
    (record,) = Journal.read(signed / "register" / FILE).history("purge", "2026-Q3")
    assert list(record.content["deleted"]) == ["sale.csv"]
    day = record.at[:10]
    verified = auditkit(signed, "verify", "2026-Q3")
    again = auditkit(signed, "reperform", "2026-Q3")
    assert (verified.returncode, again.returncode) == (0, 2)
    assert f"deleted by purge  sale.csv  on {day}" in verified.stdout
    assert f"1 of its extracts are gone, deleted by purge on {day}: sale.csv" in again.stderr
    assert "Nothing is to be deleted today." in run_purge(signed, "--yes").stdout


def test_what_is_issued_is_released_from_the_day_of_the_issue(signed: Path) -> None:
    issued = auditkit(signed, "issue", "2026-Q3", "--issued-on", "2026-10-27")
    assert issued.returncode == 0, issued.stdout + issued.stderr
    packed = auditkit(signed, "pack", "2026-Q3", "--with-extracts", "-o", "p.zip")
    done = run_purge(signed, "--yes")

    assert packed.returncode == done.returncode == 0
    assert "issued, version 1 on 2026-10-27." in done.stdout
    found = pack.verify(signed / "p.zip")
    assert found.holds
    assert found.parts["issued"].total() >= 3
    assert auditkit(signed, "verify", "2026-Q3").returncode == 0


def test_an_issued_edition_or_a_manifest_made_anew_does_not_hold(signed: Path) -> None:
    assert auditkit(signed, "issue", "2026-Q3", "--issued-on", "2026-10-27").returncode == 0
    (board,) = (signed / "output/2026-Q3/issued-1").glob("*_B_v1.xlsx")
    data = board.read_bytes()
    board.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert f"differs  2026-Q3/issued-1/{board.name}" in auditkit(signed, "verify", "2026-Q3").stdout

    board.write_bytes(data)
    (path,) = (signed / "output/2026-Q3").glob("*/evidence/manifest.json")
    content = seal.opened(path.read_bytes(), "manifest.json")
    del content["seal"]
    path.write_bytes(seal.sealed(content | {"organisation": "Another"}))
    done = auditkit(signed, "verify", "2026-Q3")
    assert done.returncode == 1
    assert "not the manifest on which issue 1 rests" in done.stdout
    assert run_purge(signed, "--yes").returncode in (0, 2)


def test_only_the_file_of_the_run_is_deleted(signed: Path) -> None:
    other = signed / "extracts/2026-Q3/notes.csv"
    other.write_text("mine\n", encoding="utf-8")
    with (signed / SALES).open("a", encoding="utf-8") as file:
        file.write("c,P1,10\n")
    done = run_purge(signed, "--yes")

    assert "it is not the file of the run" in done.stdout
    assert (signed / SALES).is_file()
    assert other.is_file()


@pytest.mark.parametrize("way", ["file", "folder", "extracts"])
def test_no_link_is_followed(way: str, signed: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    linked = {"file": signed / SALES, "folder": signed / "extracts/2026-Q3", "extracts": signed / "extracts"}[way]
    shutil.move(linked, outside / "kept")
    linked.symlink_to(outside / "kept")
    before = sorted(path for path in outside.rglob("*"))
    done = run_purge(signed, "--yes")

    assert done.returncode == 0
    assert "it is a link, or lies behind one" in done.stdout
    assert sorted(path for path in outside.rglob("*")) == before


@pytest.mark.parametrize("name", ["../../auditkit.toml", "/etc/hostname", ".", "..", "a/../../x", "sub"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    base = tmp_path / "extracts/2026-Q3"
    (base / "sub").mkdir(parents=True)

    assert purge.place(base, name, tmp_path) is None


def test_a_name_within_the_folder_is_found(tmp_path: Path) -> None:
    base = tmp_path / "extracts/2026-Q3"
    (base / "sub").mkdir(parents=True)
    (base / "sub/a.csv").write_text("a", encoding="utf-8")

    assert purge.place(base, "sub/a.csv", tmp_path) == base / "sub/a.csv"
    assert purge.place(base, "sub/absent.csv", tmp_path) == base / "sub/absent.csv"
    assert purge.place(base, "sub/a.csv", tmp_path / "elsewhere") == base / "sub/a.csv"


def test_extracts_stay_until_their_days_are_over(signed: Path, outcome: Outcome) -> None:
    text = (signed / "auditkit.toml").read_text(encoding="utf-8")
    (signed / "auditkit.toml").write_text(text.replace("extracts_days = 0", "extracts_days = 10"), encoding="utf-8")
    project = projects.load(signed / "auditkit.toml")
    what = purge.plan(project, signed / "output/2026-Q3" / outcome.run.id)
    (extract,) = what.extracts
    due = what.released + dt.timedelta(10)
    early, on_the_day = (dt.datetime.combine(day, dt.time(8)) for day in (due - dt.timedelta(1), due))

    assert extract.due == due
    assert purge.carry_out(project, what, early) == ()
    assert (signed / SALES).is_file()
    assert purge.carry_out(project, what, on_the_day) == (extract,)
    assert not (signed / SALES).exists()


def test_a_purge_that_was_stopped_half_way_is_done_by_the_next(
    signed: Path, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    project = projects.load(signed / "auditkit.toml")
    what = purge.plan(project, signed / "output/2026-Q3" / outcome.run.id)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        with pytest.raises((RunError, PermissionError)):
            purge.carry_out(project, what, dt.datetime(2027, 1, 1))
    assert (signed / SALES).is_file()
    assert auditkit(signed, "verify", "2026-Q3").returncode == 0

    assert run_purge(signed, "--yes").returncode == 0
    assert not (signed / SALES).exists()


def test_restricted_extracts_go_with_the_passphrase_and_are_named_nowhere(tmp_path: Path) -> None:
    root = desk.make(tmp_path / "desk")
    edit(root, "auditkit.toml", "[restricted]", "[retention]\nextracts_days = 0\nrestricted_days = 0\n[restricted]")
    ran = auditkit(root, "run", "--declared-at", "2026-10-09T08:00:00")
    assert ran.returncode == 0, ran.stderr
    project = projects.load(root / "auditkit.toml")
    folder = root / "output/2026-Q3/20261009T080000Z"
    log = Journal.read(root / "register" / FILE)
    issued = {"manifest": manifest.sum_of(folder / "evidence/manifest.json"), "issued_on": "2026-10-27", "version": 1}
    log.append([Entry("issue", "2026-Q3", folder.name, issued | {"files": {}})], dt.datetime(2026, 10, 27))
    assert purge.plan(project, folder).hidden == ()
    blind = auditkit_without(root)
    done = run_purge(root, "--yes")
    left = {path.name for path in (root / "extracts/2026-Q3").iterdir()}

    assert "deleting them needs the passphrase" in blind.stdout
    assert done.returncode == 0, done.stderr
    assert left == set()
    assert "report.csv" not in done.stdout + done.stderr + (root / "register" / FILE).read_text(encoding="utf-8")
    path = root / "register/restricted.journal"
    (record,) = Journal.read(path, vault.codec(desk.PASSPHRASE, path.name)).history("purge", "2026-Q3")
    assert sorted(record.content["deleted"]) == ["person_file.csv", "report.csv"]
    verified = auditkit(root, "verify", "2026-Q3")
    assert verified.returncode == 0, verified.stdout


def auditkit_without(root: Path) -> Done:
    """A dry run without a passphrase."""
    text = (root / "auditkit.toml").read_text(encoding="utf-8")
    (root / "auditkit.toml").write_text(text.replace('passphrase_file = "secret.txt"', ""), encoding="utf-8")
    done = run_purge(root, "--dry-run")
    (root / "auditkit.toml").write_text(text, encoding="utf-8")
    return done


def test_the_classes_have_days_of_their_own_and_papers_their_years() -> None:
    kept = Retention(working_papers_years=7, extracts_days=90, restricted_days=30)

    assert kept.due(EXTRACTS, dt.date(2026, 10, 27)) == dt.date(2027, 1, 25)
    assert kept.due(RESTRICTED, dt.date(2026, 10, 27)) == dt.date(2026, 11, 26)
    assert kept.papers_until(dt.date(2026, 10, 27)) == dt.date(2033, 10, 27)
    assert kept.papers_until(dt.date(2028, 2, 29)) == dt.date(2035, 2, 28)


@pytest.mark.parametrize(
    "line", ["extracts_days = -1", 'restricted_days = "30"', "working_papers_years = 0", "days = 3"]
)
def test_what_cannot_be_meant_is_refused(line: str, shop: Path) -> None:
    text = (shop / "auditkit.toml").read_text(encoding="utf-8").replace("extracts_days = 0", line)
    (shop / "auditkit.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ProjectError) as told:
        projects.load(shop / "auditkit.toml")
    assert told.value.line is not None
    assert os.linesep in str(told.value)
