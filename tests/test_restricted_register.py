"""The register of restricted controls: the same as the open one, and nothing of it outside what is sealed."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import desk
import duckdb
import pytest
from desk import PASSPHRASE, PLANTED, edit, make

from auditkit import private, vault
from auditkit import project as projects
from auditkit.earlier_register import read_sealed, sealed_name
from auditkit.form import DISPOSITION, SIGN_OFF
from auditkit.journal import Entry, Journal
from auditkit.key import Key
from auditkit.progress import Progress
from auditkit.register import Standing
from auditkit.registration import RESTRICTED_JOURNAL
from auditkit.run import Options, Outcome, run

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

KEY = Key(bytes.fromhex("a5" * 32))
ONE, TWO = (KEY.exception_id("RPT", "RPT-01", f"report_id=QZYXWREPORT-{number}") for number in (1, 2))
AT = dt.datetime(2026, 7, 12)
LATER = {"2026-Q2": dt.datetime(2026, 7, 9, 8), "2026-Q3": dt.datetime(2026, 10, 9, 8)}


def quarter(root: Path, label: str, passphrase: str | None = PASSPHRASE) -> Outcome:
    return run(projects.load(root / "auditkit.toml"), Options(label, (), passphrase, LATER[label]), Progress())


def states(outcome: Outcome, label: str, passphrase: str = PASSPHRASE) -> dict[str, str]:
    content = read_sealed(outcome.folder / sealed_name(label), passphrase)
    return {row["exception_id"]: row["state"] for row in content["register"]}


def record(root: Path, entry: Entry, passphrase: str = PASSPHRASE) -> None:
    path = root / "register" / RESTRICTED_JOURNAL
    Journal.read(path, vault.codec(passphrase, path.name)).append([entry], AT)


def decided(name: str, disposition: str, **more: str) -> Entry:
    return Entry(DISPOSITION.kind, name, "20260709T080000Z", {"disposition": disposition, **more})


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with two delivered quarters, the first of them run."""
    root = make(tmp_path_factory.mktemp("desk") / "usual")
    shutil.copytree(root / "extracts" / "2026-Q3", root / "extracts" / "2026-Q2")
    quarter(root, "2026-Q2")
    return root


@pytest.fixture
def project(usual: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(usual, tmp_path / "project"))


def test_restricted_exceptions_have_their_history_in_sealed_files(project: Path) -> None:
    edit(project, "extracts/2026-Q3/report.csv", ",90.25", ",10.00")
    outcome = quarter(project, "2026-Q3")

    assert states(outcome, "2026-Q3") == {ONE: "cleared", TWO: "repeat"}
    assert outcome.run.restricted_register["RPT-01"] == Standing(repeat=1, cleared=1, open=1)
    assert set(outcome.run.register) == {"SAL-01", "SAL/items"}
    assert outcome.run.restricted_conclusions["RPT"].why == "review"
    assert set(outcome.run.conclusions) == {"SAL-01", "SAL/items", "SAL"}


def test_the_evidence_and_the_manifest_hold_no_row_of_them(project: Path) -> None:
    outcome = quarter(project, "2026-Q3")
    folder = outcome.folder / "evidence"

    with duckdb.connect() as connection:
        path = str(folder / "results" / "register_item.parquet")
        found = connection.execute("SELECT DISTINCT control_id, restricted FROM read_parquet(?)", [path]).fetchall()
    assert found == [("SAL", False)]
    public = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not any(name.encode() in data for name in (ONE, TWO) for data in public)


def test_decisions_about_them_are_read_from_the_sealed_journal(project: Path) -> None:
    record(project, decided(ONE, "confirmed deviation", explanation=f"{PLANTED} decided"))
    record(project, decided(TWO, "justified (approved exemption)", expires_on="2026-09-29"))
    outcome = quarter(project, "2026-Q3")

    assert outcome.run.restricted_register["RPT-01"] == Standing(repeat=2, confirmed=1, expired=1, confirmed_critical=1)
    rows = {
        row["exception_id"]: row for row in read_sealed(outcome.folder / sealed_name("2026-Q3"), PASSPHRASE)["register"]
    }
    assert rows[ONE]["explanation"] == f"{PLANTED} decided"
    assert rows[TWO]["expires_on"] == "2026-09-29"


def test_a_design_gap_that_a_reviewer_signed_is_the_conclusion(project: Path) -> None:
    record(project, Entry(SIGN_OFF.kind, "RPT 2026-Q3", "run", {"design_gap": "yes"}))

    found = quarter(project, "2026-Q3").run

    assert found.restricted_conclusions["RPT"].word == "design gap"
    assert found.conclusions["SAL"].word == "not concluded"


def test_a_run_without_a_passphrase_is_no_break_in_the_history(project: Path) -> None:
    open_one = quarter(project, "2026-Q2", None)
    outcome = quarter(project, "2026-Q3")

    assert not (open_one.folder / sealed_name("2026-Q2")).exists()
    assert open_one.run.restricted_register == {}
    assert states(outcome, "2026-Q3") == {ONE: "repeat", TWO: "repeat"}


def test_another_passphrase_hides_the_past_from_the_restricted_edition_which_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    record(project, decided(ONE, "confirmed deviation"))
    private.write_file(project / "secret.txt", b"another passphrase")
    outcome = quarter(project, "2026-Q3", "another passphrase")

    assert outcome.run.restricted_unread == ("2026-Q2", RESTRICTED_JOURNAL)
    assert states(outcome, "2026-Q3", "another passphrase") == {ONE: "new", TWO: "new"}
    edition = desk.decrypted(outcome.folder / "restricted_2026-Q3_R.xlsx", "another passphrase")
    assert "not read, for this passphrase does not open it: 2026-q2, restricted.journal." in edition
    for path in outcome.folder.glob("findings_*.xlsx"):
        assert not any(b"does not open" in data for data in desk.contents(path).values())
    assert outcome.run.register["SAL-01"] == Standing(repeat=1, open=1)


def test_a_control_that_became_restricted_keeps_the_history_it_had(project: Path) -> None:
    control = project / "controls" / "sales" / "control.yml"
    control.write_text("confidentiality: restricted\n" + control.read_text(encoding="utf-8"), encoding="utf-8")
    outcome = quarter(project, "2026-Q3")

    assert outcome.run.restricted_register["SAL-01"] == Standing(repeat=1, open=1)
    assert outcome.run.register == {}


def nothing_happened(root: Path) -> None:
    """Two exceptions a quarter ago, and no decision."""


def all_was_decided(root: Path) -> None:
    for name in (ONE, TWO):
        record(root, decided(name, "confirmed deviation"))


def sign_off(root: Path) -> None:
    record(root, Entry(SIGN_OFF.kind, "RPT 2026-Q3", "run", {"design_gap": "yes"}))


def was_clean(root: Path) -> None:
    """The sealed register of the quarter before knows nothing."""
    (path,) = (root / "output" / "2026-Q2").glob(f"*/{sealed_name('2026-Q2')}")
    private.write_file(path, vault.seal(b'{"register": []}', PASSPHRASE))


def is_lost(root: Path) -> None:
    (path,) = (root / "output" / "2026-Q2").glob(f"*/{sealed_name('2026-Q2')}")
    path.unlink()


@pytest.fixture(scope="module")
def expected(usual: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, desk.Said]:
    return {}


@pytest.mark.parametrize("past", [all_was_decided, sign_off, was_clean, is_lost])
def test_every_public_byte_is_the_same_whatever_the_restricted_register_knows(
    past: Callable[[Path], None],
    expected: dict[str, desk.Said],
    usual: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if not expected:
        copy = Path(shutil.copytree(usual, usual.parent / "project"))
        expected["usual"] = desk.run(copy, monkeypatch, capfd)
    past(project)
    said = desk.run(project, monkeypatch, capfd)

    assert said.code == expected["usual"].code == 0
    ours, theirs = ({p: d for p, d in each.public.items() if "2026-Q2" not in p} for each in (said, expected["usual"]))
    assert set(ours) == set(theirs)
    assert [place for place in ours if ours[place] != theirs[place]] == []
    assert said.places(PLANTED) == said.places(ONE) == []
    assert ONE.lower() in said.restricted
