"""Findings, actions and decisions of a whole run: who may read them, and that nothing restricted comes with them."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from desk import PASSPHRASE, PLANTED, Said, make, run

from auditkit import vault
from auditkit.journal import FILE, Codec, Entry, Journal
from auditkit.registration import RESTRICTED_JOURNAL

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

AT = dt.datetime(2026, 10, 8, 9, 0, tzinfo=dt.UTC)
FINDING = {
    "title": "Large sales go unnoticed",
    "status": "reported",
    "criteria_apply": "yes",
    "cause_code": "supervision",
    "cause": "Nobody reads the weekly list.",
    "consequence": "1 sale is affected.",
    "impact": "3",
    "likelihood": "3",
    "rating": "medium",
    "recommendation": "Name a reader of the list.",
    "owner": "Head of shop",
    "due_on": "2026-12-31",
    "last_day": "2026-09-30",
    "machine": {"criteria": "In order. (House rules, 4)", "suggested": "medium", "first_quarter": "2026-Q3"},
}
ACTION = {"title": "Name a reader", "finding": "2026-Q3/SAL-01", "owner": "Head of shop", "due_on": "2026-11-30"}
DECISION = {"requested": "Close the shop?", "options": "A or B", "recommendation": "B", "asked_on": "2026-10-08"}


def record(path: Path, codec: Codec | None = None, **content: dict[str, Any]) -> None:
    names = {"finding": "2026-Q3/SAL-01", "action": "2026-Q3/A-1", "decision": "2026-Q3/D-1"}
    entries = [Entry(kind, names[kind], "run", each) for kind, each in content.items()]
    Journal.read(path, codec).append(entries, AT)


def project(root: Path) -> Path:
    made = make(root / "project")
    record(made / "register" / FILE, finding=FINDING, action=ACTION, decision=DECISION)
    return made


@pytest.fixture(scope="module")
def first() -> dict[str, Said]:
    return {}


@pytest.fixture
def said(
    first: dict[str, Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Said:
    """What the run of a project with a finding, an action and a decision says, made once."""
    if not first:
        first["said"] = run(project(tmp_path), monkeypatch, capfd)
    return first["said"]


BOARD, MANAGEMENT = "findings_2026-Q3_B_draft", "management_2026-Q3_M_Head_of_shop.xlsx"


def test_board_and_owner_read_the_finding(said: Said) -> None:
    places = said.places("Nobody reads the weekly list.")

    assert said.code == 0
    assert any(BOARD in place for place in places)
    assert any(MANAGEMENT in place for place in places)
    assert any(BOARD in place for place in said.places("Close the shop?"))
    assert not any(MANAGEMENT in place for place in said.places("Close the shop?"))
    assert any(BOARD in place for place in said.places("Name a reader of the list."))
    assert any(MANAGEMENT in place for place in said.places("P-"))


@pytest.mark.parametrize("text", ["Sellerova", "Openheimer"])
def test_no_identity_reaches_board_owner_or_the_list_of_identities(said: Said, text: str) -> None:
    places = said.places(text)

    assert places  # the search can fail
    assert not [place for place in places if BOARD in place or MANAGEMENT in place or "identity.bin" in place]


def test_nothing_restricted_reaches_any_public_place(said: Said) -> None:
    assert said.places(PLANTED) == []
    assert not [place for place in said.places("RPT-01") if MANAGEMENT in place]
    assert said.modes[MANAGEMENT] == said.modes["identity.bin"] == 0o600


def test_a_restricted_finding_changes_no_public_byte(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = project(tmp_path)
    path = made / "register" / RESTRICTED_JOURNAL
    secret = {**FINDING, "title": f"{PLANTED}Finding", "owner": f"{PLANTED}Owner", "rating": "critical"}
    record(path, vault.codec(PASSPHRASE, path.name), finding=secret, action={**ACTION, "owner": f"{PLANTED}Owner"})
    found = run(made, monkeypatch, capfd)

    assert found.places(PLANTED) == []
    assert set(found.public) == set(said.public)
    assert [place for place in found.public if found.public[place] != said.public[place]] == []


def test_a_restricted_journal_that_the_passphrase_does_not_open_stops_nothing_and_is_told_as_such(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = project(tmp_path)
    path = made / "register" / RESTRICTED_JOURNAL
    record(path, vault.codec("another passphrase of old", path.name), finding={**FINDING, "title": f"{PLANTED}Finding"})
    found = run(made, monkeypatch, capfd)

    assert found.code == said.code
    assert found.places(PLANTED) == []
    assert [place for place in found.public if found.public[place] != said.public.get(place)] == ["stderr"]
    assert b"restricted.journal: this passphrase does not open it" in found.public["stderr"]


def test_without_restricted_controls_the_same_is_told(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = project(tmp_path)
    shutil.rmtree(made / "controls" / "reports")
    found = run(made, monkeypatch, capfd)

    ours, theirs = (
        {place: data for place, data in each.public.items() if MANAGEMENT in place} for each in (found, said)
    )
    assert ours == theirs


def test_a_broken_journal_stops_the_run_and_names_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made = project(tmp_path)
    path = made / "register" / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("Nobody reads", "Somebody reads"), encoding="utf-8")
    found = run(made, monkeypatch, capfd)

    assert found.code == 2
    assert b"journal.jsonl:1" in found.public["stderr"]
    assert not [place for place in found.public if ".xlsx" in place]
