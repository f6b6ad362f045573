from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from run_builder import KEY, Looked, build, control, counts, gift_control, items, population_result

from auditkit.draft import Draft, cause_codes, condition, drafts, due_by, sentence
from auditkit.journal import FIRST, Record
from auditkit.label import Labels
from auditkit.result import ControlResult, Run
from auditkit.wording import ENGLISH


def named(number: int) -> str:
    return f"gift_id=G-{number:06d}"


def decided(**dispositions: str) -> dict[str, Record]:
    """Dispositions of the exceptions of GFT-02 by number: `_3="confirmed deviation"`."""
    found = {}
    for name, disposition in dispositions.items():
        number = int(name.removeprefix("_"))
        content = {
            "disposition": disposition,
            "reason_code": "record wrong or incomplete at source",
            "expires_on": "2026-12-31",
            "severity": "high",
            "last_day": "2026-09-30",
            "finding": "2026-Q3/GFT-02" if disposition == "confirmed deviation" else None,
        }
        key = KEY.exception_id("GFT", "GFT-02", named(number))
        found[key] = Record("disposition", key, "run", content, 1, "2026-10-12T09:00:00Z", FIRST, FIRST)
    return found


def made(
    tmp_path: Path, records: Mapping[str, Record] | None = None, **changes: Any
) -> tuple[Run, duckdb.DuckDBPyConnection, dict[str, Draft]]:
    run, connection = build(tmp_path, decided=records, **changes)
    return run, connection, {draft.result.attribute.id: draft for draft in drafts(connection, run, {})}


def test_every_attribute_with_exceptions_has_a_draft_with_a_reference_of_the_quarter(tmp_path: Path) -> None:
    _, _, found = made(tmp_path)

    assert {name: draft.reference for name, draft in found.items()} == {
        "GFT-02": "2026-Q3/GFT-02",
        "REC-01": "2026-Q3/REC-01",
    }


def test_a_draft_belongs_to_the_finding_that_is_still_open(tmp_path: Path) -> None:
    run, connection, _ = made(tmp_path)
    found = drafts(connection, run, {"GFT-02": "2026-Q1/GFT-02"})

    assert [draft.reference for draft in found] == ["2026-Q1/GFT-02", "2026-Q3/REC-01"]


def test_restricted_exceptions_have_drafts_of_their_own_only(tmp_path: Path) -> None:
    run, connection, found = made(tmp_path)
    restricted = drafts(connection, run, {}, restricted=True)

    assert [draft.reference for draft in restricted] == ["2026-Q3/WBP-01"]
    assert "WBP-01" not in found


def test_the_numbers_tie_to_the_register(tmp_path: Path) -> None:
    records = decided(
        _0="confirmed deviation",
        _1="confirmed deviation",
        _2="false positive (data)",
        _3="justified (approved exemption)",
        _4="duplicate",
        _5="referred to investigation",
        _6="in review",
    )
    run, connection, found = made(tmp_path, records)
    standings = dict(
        connection.execute(
            "SELECT standing, COUNT(*) FROM register_item WHERE attribute_id = 'GFT-02' AND result = 'EXCEPTION' "
            "GROUP BY 1"
        ).fetchall()
    )
    (sums,) = connection.execute(
        "SELECT SUM(amount), COUNT(DISTINCT org_unit_id), COUNT(DISTINCT person_id) FROM outstanding_item "
        "WHERE attribute_id = 'GFT-02' AND item IN (?, ?)",
        [named(0), named(1)],
    ).fetchall()

    each = found["GFT-02"].found
    assert each.exceptions == sum(standings.values()) == 12
    assert each.confirmed == standings["confirmed"] == 2
    assert each.referred == standings["referred"] == 1
    assert each.set_aside == standings["false positive"] + standings["justified"] + standings["duplicate"] == 3
    assert each.waiting == standings["open"] + standings["in review"] == 6
    assert each.exceptions == each.confirmed + each.waiting + each.referred + each.set_aside
    assert (each.amounts["SAR"], each.units, each.people) == sums
    words = condition(found["GFT-02"], run)
    assert "12 of 176 items tested (6.82 %) are exceptions in 2026-Q3, 1 July 2026 to 30 September 2026" in words
    assert "2 confirmed, 6 awaiting review, 1 referred and 3 set aside." in words
    assert "Amounts of the confirmed deviations: 901.00 SAR." in words
    assert "The confirmed deviations concern 1 unit and 2 persons." in words


def test_before_review_the_numbers_are_of_what_is_not_set_aside(tmp_path: Path) -> None:
    run, _, found = made(tmp_path, decided(_0="duplicate"))

    each = found["GFT-02"].found
    assert (each.reviewed, each.deviations, each.set_aside) == (False, 11, 1)
    assert each.amounts == {"SAR": sum((Decimal(450 + n) for n in range(1, 12)), Decimal(0))}
    assert "Amounts of the exceptions not set aside: 5,016.00 SAR." in condition(found["GFT-02"], run)
    suggestion = found["GFT-02"].suggestion
    assert suggestion is not None
    assert suggestion.steps[0].startswith("Provisional")


def test_where_everything_is_set_aside_there_is_no_draft(tmp_path: Path) -> None:
    records = decided(**{f"_{n}": "false positive (logic)" for n in range(12)})

    assert "GFT-02" not in made(tmp_path, records)[2]


def test_an_item_for_review_that_is_confirmed_is_a_deviation(tmp_path: Path) -> None:
    key = KEY.exception_id("GFT", "GFT-04", "gift_id=R-1")
    content = {"disposition": "confirmed deviation"}
    records = {key: Record("disposition", key, "run", content, 1, "2026-10-12T09:00:00Z", FIRST, FIRST)}
    run, _, found = made(tmp_path, records)

    each = found["GFT-04"].found
    assert (each.exceptions, each.confirmed, each.confirmed_reviews, each.deviations) == (0, 0, 1, 1)
    assert "1 item for review confirmed as well." in condition(found["GFT-04"], run)


def test_criteria_are_those_of_the_control_with_their_place(tmp_path: Path) -> None:
    _, _, found = made(tmp_path)

    assert found["GFT-02"].criteria == (
        "Nobody accepts what could influence a decision. No exception without written approval. "
        "(Code of conduct, article 9, 2025)"
    )


def test_the_time_limit_runs_from_the_cut_off(tmp_path: Path) -> None:
    run, _, found = made(tmp_path, decided(_0="confirmed deviation"))
    draft = found["GFT-02"]

    assert draft.suggestion is not None
    assert draft.suggestion.rating == "medium"  # impact 4, likelihood 2: 1 of 176 is below 5 %
    assert due_by(draft, run) == dt.date(2026, 10, 8) + dt.timedelta(days=90)
    assert due_by(replace(draft, suggestion=None), run) is None
    advisory = replace(draft.suggestion, rating="advisory")
    assert due_by(replace(draft, suggestion=advisory), run) is None


def test_causes_are_suggested_as_codes_only(tmp_path: Path) -> None:
    _, _, found = made(tmp_path, decided(_0="confirmed deviation"))
    draft = found["GFT-02"]
    manual = replace(draft, control=replace(draft.control, control_nature="manual"))

    assert cause_codes(draft) == ("system control missing or bypassed", "training", "data quality")
    assert cause_codes(replace(manual, found=replace(draft.found, late=0, reasons=()))) == ()
    assert cause_codes(replace(manual, found=replace(draft.found, quarters_seen=2, late=0, reasons=()))) == (
        "supervision",
    )


def people_control(exceptions: int) -> ControlResult:
    tested = [Looked(1, "In range", "high", counts(1998, exceptions, 0, 0, 400))]
    population = population_result("PAY", "employments", "Employments", ("employee_id",), tested)
    return control("PAY", "Equal pay", "Paid the same.", [population])


def people_items(exceptions: int) -> list[dict[str, Any]]:
    pattern = {**items(1)[0], "control_id": "PAY", "attribute_id": "PAY-01", "population": "employments"}
    return [{**pattern, "item": f"employee_id=E-{n}"} for n in range(exceptions)]


@pytest.mark.parametrize(
    ("exceptions", "confirmed", "words"),
    [
        (4, 0, "fewer than 5 of 1,598 items tested are exceptions in 2026-Q3; confirmed: withheld."),
        (5, 0, "5 of 1,598 items tested are exceptions (0.31 %) in 2026-Q3; confirmed: 0. Amounts: 2,250.00 SAR."),
        (9, 4, "9 of 1,598 items tested are exceptions (0.56 %) in 2026-Q3; confirmed: fewer than 5."),
        (9, 5, "9 of 1,598 items tested are exceptions (0.56 %) in 2026-Q3; confirmed: withheld."),
        (10, 5, "10 of 1,598 items tested are exceptions (0.63 %) in 2026-Q3; confirmed: 5. Amounts: 2,250.00 SAR."),
    ],
)
def test_the_board_is_told_no_small_count_of_people_nor_what_would_give_it_back(
    tmp_path: Path, exceptions: int, confirmed: int, words: str
) -> None:
    records = {}
    for n in range(confirmed):
        key = KEY.exception_id("PAY", "PAY-01", f"employee_id=E-{n}")
        content = {"disposition": "confirmed deviation"}
        records[key] = Record("disposition", key, "run", content, n + 1, "2026-10-12T09:00:00Z", FIRST, FIRST)
    run, _, found = made(tmp_path, records, controls=(people_control(exceptions),), rows=people_items(exceptions))

    assert sentence(found["PAY-01"], run) == words


def test_the_board_is_told_of_acts_as_they_are_and_of_neither_units_nor_persons(tmp_path: Path) -> None:
    run, _, found = made(tmp_path, decided(_0="confirmed deviation"), controls=(gift_control(),))

    said = sentence(found["GFT-02"], run)
    assert said == "12 of 176 items tested are exceptions (6.82 %) in 2026-Q3; confirmed: 1. Amounts: 450.00 SAR."
    for language in ("fr", "es", "ar"):
        other = sentence(found["GFT-02"], run, Labels.of(language))
        assert "176" in other
        assert other != said
    assert sentence(found["GFT-02"], run, ENGLISH) == said
