"""Controls that people vouch for: until when, judged by the quarter, and what an attestation must say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from small import write_controls

from auditkit.attestation import ATTESTED, EXPIRED, NEVER, Duty, attestations, check, problems
from auditkit.attestation_row import COLUMNS, rows
from auditkit.catalogue import load_catalogue
from auditkit.control import Control
from auditkit.errors import AuditkitError
from auditkit.journal import Entry, Journal
from auditkit.period import Quarters

CONTROL = """\
id: ATT-DAY
title: Open day
version: 1.0.0
kind: attestation
objective: The shop is open to all once a year.
risk: Nobody comes.
criteria:
  - {id: rule, text: Open it., source: House rules, article: "4"}
owner: Head of sales
attestation:
  statement: The open day took place.
  evidence: Programme
  valid_days: 366
"""
PERIOD = Quarters().period("2026-Q3")  # ends on 30 September
DUTY = Duty("The open day took place.", "Programme", 366)
AT = dt.datetime(2026, 10, 9)


def control(root: Path, text: str = CONTROL) -> Control:
    return load_catalogue(write_controls(root, more={"open_day/control.yml": text})).control("ATT-DAY")


def journal(root: Path, *contents: dict[str, Any], key: str = "ATT-DAY") -> Journal:
    read = Journal.read(root / "journal.jsonl")
    return read.append([Entry("attestation", key, "run", content) for content in contents], AT)


def given(attested_on: str, expires_on: str | None = None, **more: str) -> dict[str, Any]:
    content = {"attested_by": "Head", "attested_on": attested_on, "evidence_ref": "F-1", **more}
    return content if expires_on is None else content | {"expires_on": expires_on}


@pytest.mark.parametrize(
    ("contents", "state", "until"),
    [
        ([], NEVER, None),
        ([given("2026-01-10", "2026-09-30")], ATTESTED, "2026-09-30"),  # the last day of the quarter itself
        ([given("2026-01-10", "2026-09-29")], EXPIRED, "2026-09-29"),
        ([given("2025-09-29")], ATTESTED, "2026-09-30"),  # 366 days after
        ([given("2025-09-28")], EXPIRED, "2026-09-29"),
        ([given("2026-12-31", "2027-03-01")], ATTESTED, "2027-03-01"),  # the last day of the review
        ([given("2027-01-01", "2027-03-01")], NEVER, None),
        ([given("2026-01-10", "2026-12-01"), given("2026-02-10", "2026-08-01")], EXPIRED, "2026-08-01"),
        ([given("2026-02-10", "2026-08-01"), given("2026-01-10", "2026-12-01")], EXPIRED, "2026-08-01"),
        ([given("2026-02-10", "2026-08-01"), given("2026-02-10", "2026-12-01")], ATTESTED, "2026-12-01"),
        ([given("")], NEVER, None),
        ([given("no date")], NEVER, None),
    ],
)
def test_the_newest_attestation_is_judged_on_the_last_day_of_the_quarter(
    tmp_path: Path, contents: list[dict[str, Any]], state: str, until: str | None
) -> None:
    (found,) = attestations([control(tmp_path)], journal(tmp_path, *contents), PERIOD)

    assert (found.state, str(found.expires_on) if found.expires_on else None) == (state, until)


def test_an_attestation_of_another_control_counts_for_nothing(tmp_path: Path) -> None:
    (found,) = attestations([control(tmp_path)], journal(tmp_path, given("2026-09-01"), key="ATT-OTHER"), PERIOD)

    assert found.state == NEVER


def test_the_row_for_people_holds_what_is_asked_and_what_they_wrote(tmp_path: Path) -> None:
    content = given("2026-09-01", remark="all sites")
    found = attestations([control(tmp_path)], journal(tmp_path, content), PERIOD)
    ((key, machine, fields),) = rows(found)

    assert key == "ATT-DAY"
    assert len(machine) == len(COLUMNS)
    assert machine[4:] == [366, "attested until 2027-09-02"]
    assert fields == content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (given("2026-09-01"), []),
        (given("2026-09-01", "2027-09-02"), []),
        (given("2026-09-01", "2027-09-03"), ["Expires on 2027-09-03 is more than 366 days after 2026-09-01"]),
        (given("2026-09-01", "2026-08-31"), ["Expires on 2026-08-31 is before it was attested on 2026-09-01"]),
        (given("2026-09-01", "2026-09-01"), []),
        (given("2026-12-31"), []),
        (given("2027-01-01"), ["Attested on 2027-01-01 is after the review of 2026-Q3"]),
        (given("2026-09-01", attested_by=" "), ["Attested by is empty"]),
        (given("2026-09-01", evidence_ref=""), ["Evidence reference is empty"]),
        (given(""), ["Attested on is empty"]),
        (given("soon"), ["Attested on is no date: soon"]),
        (given("2026-09-01", "never"), ["Expires on is no date: never"]),
        ({}, ["Attested by is empty", "Evidence reference is empty", "Attested on is empty"]),
    ],
)
def test_what_an_attestation_must_say(content: dict[str, Any], said: list[str]) -> None:
    found = problems(content, DUTY, PERIOD)

    assert [problem.startswith(text) for problem, text in zip(found, said, strict=True)] == [True] * len(said)


def test_an_emptied_row_takes_the_attestation_away_without_a_problem() -> None:
    context: Any = None

    assert check({}, context) == []
    assert check({"attested_by": "", "remark": None}, context) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("valid_days: 366", "valid_days: 0", "valid_days 0 is no number of days"),
        ("valid_days: 366", "valid_days: a year", "valid_days 'a year' is no number of days"),
        ("valid_days: 366", "valid_days: true", "valid_days True is no number of days"),
        ("  evidence: Programme\n", "", "lacks 'evidence'"),
        ("valid_days: 366", "valid_day: 366", "did you mean 'valid_days'?"),
        ("owner: Head of sales", "confidentiality: restricted\nowner: Head", "kind attestation is not restricted"),
        ("owner: Head of sales", "owner: Head\nmeasures: []", "a control of kind attestation has no 'measures'"),
        ("kind: attestation", "kind: attested", "kind 'attested' is not known"),
    ],
)
def test_what_the_control_lacks_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in CONTROL
    with pytest.raises(AuditkitError) as told:
        control(tmp_path, CONTROL.replace(old, new))

    assert said in str(told.value)
    assert "controls/open_day/control.yml:" in str(told.value)
