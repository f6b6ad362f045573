"""What a disposition must hold before it counts, judged by the run's period and never by today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import clerk
import pytest
from clerk import FOUR, ONE, THREE, TWO

from auditkit.disposition import LONGEST, complete, problems
from auditkit.journal import Journal
from auditkit.review import Context, Problem, Seen

CONFIRMED = {name: str(value) for name, value in clerk.CONFIRMED.items()}
JUSTIFIED = {name: str(value) for name, value in clerk.JUSTIFIED.items()}
REGISTER = {name: Seen("SAL", severity, f"facts of {name}", True) for name, severity in clerk.SEVERITIES.items()}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """The first exception, of high severity, seen in the third quarter by a run of 9 October."""
    project = clerk.project(tmp_path)
    return Context(
        project=project,
        period=project.period("2026-Q3"),
        declared_on=dt.date(2026, 10, 9),
        run=clerk.RUN,
        key=ONE,
        cells={},
        before={},
        standing={"disposition": {}, "finding": {"2026-Q3/SAL-01": {}}},
        register=REGISTER,
        journal=Journal(tmp_path / "journal.jsonl"),
        changed=frozenset(JUSTIFIED),
        filed={},
    )


def wrong(context: Context, content: Mapping[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """The fields with which something is wrong, and what; a change to None leaves the field out."""
    given = {name: str(value) for name, value in {**content, **changes}.items() if value is not None}
    return [(problem.field, problem.found) for problem in problems(given, context)]


def fields(context: Context, content: Mapping[str, Any], **changes: Any) -> list[str]:
    return [name for name, _ in wrong(context, content, **changes)]


def test_what_is_complete_is_in_order(context: Context) -> None:
    assert wrong(context, CONFIRMED) == []
    assert wrong(context, JUSTIFIED) == []
    assert wrong(context, CONFIRMED, disposition="in review", reason_code=None) == []
    assert wrong(context, CONFIRMED, reviewer="Ben", reviewed_on="2026-10-12") == []


@pytest.mark.parametrize("name", ["disposition", "reason_code", "preparer", "prepared_on"])
def test_every_disposition_needs_a_reason_a_preparer_and_a_day(context: Context, name: str) -> None:
    assert fields(context, CONFIRMED, **{name: None}) == [name]


@pytest.mark.parametrize("name", ["evidence_ref", "reviewer", "reviewed_on", "expires_on"])
@pytest.mark.parametrize(
    "disposition", ["justified (approved exemption)", "false positive (data)", "false positive (logic)"]
)
def test_what_sets_aside_needs_evidence_a_reviewer_and_an_end(context: Context, disposition: str, name: str) -> None:
    assert fields(context, JUSTIFIED, disposition=disposition, **{name: None}) == [name]
    assert wrong(context, JUSTIFIED, disposition="confirmed deviation", reviewer=None, reviewed_on=None) == []


def test_a_review_is_a_name_and_a_day(context: Context) -> None:
    assert fields(context, CONFIRMED, reviewer="Ben") == ["reviewed_on"]
    assert fields(context, CONFIRMED, reviewed_on="2026-10-13") == ["reviewer"]


def test_the_reason_other_is_explained(context: Context) -> None:
    assert fields(context, CONFIRMED, reason_code="other, see explanation") == ["explanation"]
    assert wrong(context, CONFIRMED, reason_code="other, see explanation", explanation="x") == []


@pytest.mark.parametrize("name", ["Ana Silva", " ana  SILVA", "Silva, Ana", "Aná Silva"])
def test_nobody_reviews_their_own_work(context: Context, name: str) -> None:
    assert fields(context, JUSTIFIED, reviewer=name) == ["reviewer"]


def test_a_review_does_not_come_before_the_work(context: Context) -> None:
    assert wrong(context, JUSTIFIED, reviewed_on="2026-10-12") == []
    assert wrong(context, JUSTIFIED, reviewed_on="2026-10-11") == [
        ("reviewed_on", "2026-10-11, before it was prepared on 2026-10-12")
    ]


def test_days_of_work_lie_between_the_quarter_and_a_year_after_the_run(context: Context) -> None:
    assert wrong(context, CONFIRMED, prepared_on="2026-07-01") == []
    assert wrong(context, CONFIRMED, prepared_on="2026-06-30") == [("prepared_on", "2026-06-30, before the quarter")]
    assert wrong(context, CONFIRMED, prepared_on="2027-10-10") == []
    assert wrong(context, CONFIRMED, prepared_on="2027-10-11") == [("prepared_on", "2027-10-11, long after the run")]
    carried = replace(context, changed=frozenset({"finding"}))
    assert wrong(carried, CONFIRMED, prepared_on="2026-01-10", finding="2026-Q3/SAL-01") == []


@pytest.mark.parametrize("key", [ONE, TWO, THREE, FOUR])
def test_nothing_is_set_aside_for_longer_than_its_severity_allows(context: Context, key: str) -> None:
    about = replace(context, key=key)
    last_day = dt.date(2026, 9, 30)
    longest = last_day + dt.timedelta(days=LONGEST[clerk.SEVERITIES[key]])

    assert wrong(about, JUSTIFIED, expires_on=longest) == []
    (found,) = problems({**JUSTIFIED, "expires_on": str(longest + dt.timedelta(days=1))}, about)
    assert found.field == "expires_on"
    assert str(longest) in found.hint
    assert wrong(about, JUSTIFIED, expires_on=last_day) == []
    assert fields(about, JUSTIFIED, expires_on=last_day - dt.timedelta(days=1)) == ["expires_on"]


def test_a_project_may_allow_less(context: Context) -> None:
    days = {**context.project.longest_days, "high": 10}
    stricter = replace(context, project=replace(context.project, longest_days=days))

    assert wrong(stricter, JUSTIFIED, expires_on="2026-10-10") == []
    assert fields(stricter, JUSTIFIED, expires_on="2026-10-11") == ["expires_on"]


def test_a_duplicate_names_another_exception_that_stays(context: Context) -> None:
    duplicate = {**CONFIRMED, "disposition": "duplicate", "reason_code": "same matter as another exception"}

    assert fields(context, duplicate) == ["explanation"]
    assert fields(context, duplicate, explanation=f"same as {ONE}") == ["explanation"]
    assert fields(context, duplicate, explanation="same as ZZZZZZZZZZZ2") == ["explanation"]
    assert wrong(context, duplicate, explanation=f"same as {TWO}.") == []
    assert wrong(context, duplicate, explanation=f"see {TWO.lower()}") == []
    assert wrong(context, duplicate, finding=TWO) == []
    earlier = replace(context, standing={"disposition": {"ZZZZZZZZZZZ2": {"disposition": "in review"}}})
    assert wrong(earlier, duplicate, explanation="same as ZZZZZZZZZZZ2") == []
    circle = replace(context, standing={"disposition": {TWO: {"disposition": "duplicate"}}})
    assert wrong(circle, duplicate, explanation=f"same as {TWO}") == [
        ("explanation", f"a reference to {TWO}, a duplicate itself")
    ]


def test_a_finding_is_one_that_there_is(context: Context) -> None:
    assert wrong(context, CONFIRMED, finding="2026-Q3/SAL-01") == []
    (found,) = problems({**CONFIRMED, "finding": "2026-Q3/SAL-1"}, context)
    assert found == Problem(
        "finding", "'2026-Q3/SAL-1', which is no finding there is", "did you mean '2026-Q3/SAL-01'?"
    )
    assert fields(context, CONFIRMED, finding=TWO) == ["finding"]


def test_a_review_does_not_cover_what_is_written_after_it(context: Context) -> None:
    about = replace(context, before=JUSTIFIED)

    assert wrong(about, JUSTIFIED, evidence_ref="Memo 8", finding="2026-Q3/SAL-01") == []
    for name, value in (
        ("disposition", "false positive (data)"),
        ("reason_code", "authorised delegation"),
        ("explanation", "another"),
        ("expires_on", "2027-01-15"),
    ):
        assert fields(about, JUSTIFIED, **{name: value}) == ["reviewed_on"]
        assert wrong(about, JUSTIFIED, **{name: value, "reviewed_on": "2026-10-20"}) == []
        assert wrong(about, JUSTIFIED, **{name: value, "reviewer": "Cid"}) == []
    assert wrong(about, JUSTIFIED, disposition="in review") == []


def test_an_id_that_the_run_does_not_know_is_refused(context: Context) -> None:
    assert fields(replace(context, key="ZZZZZZZZZZZ2"), CONFIRMED) == [""]


def test_what_was_seen_is_recorded_with_what_was_decided(context: Context) -> None:
    seen = {"control": "SAL", "facts": f"facts of {ONE}", "severity": "high", "last_day": "2026-09-30"}
    assert complete(CONFIRMED, context) == {**CONFIRMED, **seen}

    earlier = {**CONFIRMED, "control": "SAL", "facts": "old", "severity": "low", "last_day": "2026-06-30"}
    linked = replace(context, changed=frozenset({"finding", "evidence_ref"}))
    assert complete(earlier, linked) == earlier
    for name in ("disposition", "reason_code", "explanation", "expires_on", "prepared_on", "reviewed_on"):
        assert complete(earlier, replace(context, changed=frozenset({name}))) == {**CONFIRMED, **seen}
