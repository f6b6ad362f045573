"""An issue where there are restricted controls: it says that their part is signed or that it is not, and nothing more."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command import Done, auditkit
from desk import PASSPHRASE, PLANTED, contents, edit, make
from shop import SIGNATURES

from auditkit import project as projects
from auditkit import vault
from auditkit.earlier_register import read_sealed, sealed_name
from auditkit.gate import RESTRICTED, RESTRICTED_SHUT
from auditkit.journal import FILE, Codec, Entry, Journal
from auditkit.progress import Progress
from auditkit.registration import RESTRICTED_JOURNAL
from auditkit.run import Options, Outcome, run
from auditkit.sign_off import SignOff, bind, key

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

AT = dt.datetime(2026, 10, 22, 9)


def run_desk(root: Path) -> Outcome:
    project = projects.load(root / "auditkit.toml")
    options = Options("2026-Q3", passphrase=PASSPHRASE, declared_at=dt.datetime(2026, 10, 9, 8))
    return run(project, options, Progress())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """The desk with its quarter run: one open exception of medium severity, two restricted ones, critical."""
    root = make(tmp_path_factory.mktemp("made") / "project")
    return root, run_desk(root)


@pytest.fixture
def outcome(made: tuple[Path, Outcome]) -> Outcome:
    return made[1]


@pytest.fixture
def desk(made: tuple[Path, Outcome], tmp_path: Path) -> Path:
    """A copy of it in which the open part is signed."""
    root = Path(shutil.copytree(made[0], tmp_path / "project"))
    sign(root, made[1], made[1].run.sign_offs, FILE, None)
    return root


def sign(
    root: Path, outcome: Outcome, sign_offs: Collection[SignOff], file: str, codec: Codec | None, **changes: str | None
) -> None:
    log = Journal.read(root / "register" / file, codec)
    content = {name: text for name, text in (SIGNATURES | changes).items() if text is not None}
    entries = []
    for each in sign_offs:
        now = replace(each.present, dispositions="").decided(log, each.control)
        bound = bind(content, None, set(content), outcome.run.id, now)
        entries.append(Entry("sign_off", key(each.control, "2026-Q3"), outcome.run.id, bound))
    log.append(entries, AT)


def sign_restricted(root: Path, outcome: Outcome, *decided: str, **changes: str | None) -> None:
    """Decide the restricted exceptions at the places `decided` (first, second), then sign."""
    codec = vault.codec(PASSPHRASE, RESTRICTED_JOURNAL)
    folder = root / "output" / "2026-Q3" / outcome.run.id
    rows = read_sealed(folder / sealed_name("2026-Q3"), PASSPHRASE)["register"]
    ids = dict(zip(("first", "second"), (row["exception_id"] for row in rows), strict=True))
    content = {"control": "RPT", "disposition": "duplicate"}
    entries = [Entry("disposition", ids[name], outcome.run.id, content) for name in decided]
    Journal.read(root / "register" / RESTRICTED_JOURNAL, codec).append(entries, AT)
    sign(root, outcome, outcome.run.restricted_sign_offs, RESTRICTED_JOURNAL, codec, **changes)


def issue(root: Path, *words: str, passphrase: str = PASSPHRASE) -> Done:
    return auditkit(root, "issue", "2026-Q3", "--issued-on", "2026-10-27", *words, AUDITKIT_PASSPHRASE=passphrase)


def gates(done: Done) -> dict[str, Any]:
    found = json.loads(done.stdout)
    return {gate["title"]: gate["shut"] for gate in found["gates"]}


def test_whatever_keeps_it_shut_the_same_is_said(desk: Path, outcome: Outcome, tmp_path: Path) -> None:
    """Not signed; signed with an item undecided; signed with none decided; not approved."""
    said = [issue(desk, "--format", "json")]
    ways: tuple[tuple[tuple[str, ...], dict[str, str | None]], ...] = (
        (("first",), {}),
        ((), {}),
        (("first", "second"), {"approved_by": None, "approved_on": None}),
    )
    for number, (decided, changes) in enumerate(ways):
        copy = Path(shutil.copytree(desk, tmp_path / str(number)))
        sign_restricted(copy, outcome, *decided, **changes)
        said.append(issue(copy, "--format", "json"))

    assert {done.returncode for done in said} == {1}
    assert len({done.stdout for done in said}) == 1
    assert gates(said[0])[RESTRICTED] == [RESTRICTED_SHUT]
    assert [title for title, shut in gates(said[0]).items() if shut] == [RESTRICTED]


def test_a_wrong_passphrase_is_told_as_that_and_nothing_is_issued(desk: Path) -> None:
    done = issue(desk, passphrase="another passphrase than the right one")

    assert (done.returncode, done.stdout) == (2, "")
    assert "the passphrase" in done.stderr


def test_signed_with_every_grave_item_decided_it_is_issued_and_nothing_of_it_is_told(
    desk: Path, outcome: Outcome
) -> None:
    sign_restricted(desk, outcome, "first", "second")

    done = issue(desk)

    assert done.returncode == 0, done.stdout + done.stderr
    folder = desk / "output" / "2026-Q3" / "issued-1"
    journal = desk / "register" / FILE
    public = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode(), "journal": journal.read_bytes()}
    for path in folder.iterdir():
        if not path.name.startswith("restricted_"):
            public |= {f"{path.name}{part}": data for part, data in contents(path).items()}
    assert any(name.startswith("findings_2026-Q3_B") for name in public)
    assert any(name.startswith("findings_2026-Q3_W") for name in public)
    told = [name for name, data in public.items() if PLANTED.lower().encode() in data.lower()]
    assert told == []
    board = {name: data for name, data in public.items() if "_B" in name}
    assert [name for name, data in board.items() if b"Openheimer" in data or b"Sellerova" in data] == []
    assert [name for name in board if any(text.encode() in board[name] for text in ("Haddad", "Okonkwo"))] == []


def test_results_other_than_those_that_were_signed_keep_it_shut(desk: Path, outcome: Outcome) -> None:
    """A report is delivered again with another weight: the open part does not notice, the restricted part does."""
    sign_restricted(desk, outcome, "first", "second")
    edit(desk, "extracts/2026-Q3/report.csv", "90.25", "10.25")

    done = issue(desk, "--format", "json")

    assert [title for title, shut in gates(done).items() if shut] == [RESTRICTED]
    assert gates(done)[RESTRICTED] == [RESTRICTED_SHUT]


def test_an_erratum_that_names_somebody_of_the_extracts_is_refused(desk: Path, outcome: Outcome) -> None:
    sign_restricted(desk, outcome, "first", "second")

    found = gates(issue(desk, "--erratum", "The sales of Sellerova were wrong.", "--format", "json"))

    refused = found["No text for the board holds a name or an identifier of the extracts"]
    assert refused[0] == "--erratum: a name, an identifier or a text of the extracts, from word 4 on"
    assert "Sellerova" not in " ".join(refused)
