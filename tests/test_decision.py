from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ledger import Q2, Q3, Q4, context, fields, life

from auditkit.decision import as_of, problems

ASKED = {
    "requested": "Decide who keeps the desk",
    "options": "A: keep. B: part.",
    "recommendation": "B",
    "asked_on": "2026-10-20",
}
TAKEN = {**ASKED, "decision": "B", "decided_on": "2026-11-12", "follow_up": "In the next quarter"}


def test_a_decision_is_pending_until_the_quarter_of_its_day() -> None:
    made = life("decision", "2026-Q3/D-1", ("2026-10-20", ASKED), ("2026-11-20", TAKEN))
    then, now = as_of(made, Q3), as_of(made, Q4)

    assert as_of(made, Q2) is None
    assert then is not None
    assert (then.decision, then.decided_on, then.closed, then.follow_up) == ("", None, None, "")
    assert then.later == dt.date(2026, 11, 12)
    assert now is not None
    assert (now.decision, now.decided_on, now.closed, now.later) == ("B", dt.date(2026, 11, 12), "2026-Q4", None)


def refused(content: dict[str, Any], before: dict[str, Any] | None = None) -> list[str]:
    return fields(problems(content, context(before)))


def test_what_is_whole_is_in_order() -> None:
    assert refused(ASKED) == []
    assert refused(TAKEN, ASKED) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"requested": ""}, "requested"),
        ({"asked_on": None}, "asked_on"),
        ({"options": None}, "options"),
        ({"recommendation": None}, "recommendation"),
        ({"decided_on": "2026-11-12"}, "decision"),
        ({"decision": "B"}, "decided_on"),
        ({"decision": "B", "decided_on": "2026-10-19"}, "decided_on"),
    ],
)
def test_what_is_missing_or_contradicts_itself_is_refused(changes: dict[str, Any], field: str) -> None:
    assert refused({**ASKED, **changes}) == [field]


@pytest.mark.parametrize(("last_day", "wrong"), [("2026-06-30", True), ("2026-09-30", False)])
def test_another_question_does_not_take_the_place_of_a_decided_one(last_day: str, wrong: bool) -> None:
    before = {**TAKEN, "last_day": last_day}

    assert refused({**TAKEN, "requested": "Decide on something else"}, before) == (["requested"] if wrong else [])
    assert refused({**TAKEN, "follow_up": "Done"}, before) == []


def test_decided_on_the_day_it_was_asked_is_in_order() -> None:
    assert refused({**ASKED, "decision": "B", "decided_on": "2026-10-20"}) == []


def test_a_decision_asked_for_is_not_emptied() -> None:
    assert refused({}, ASKED) == [""]
