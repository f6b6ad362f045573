"""`auditkit diff`: the change in exceptions is split into data, rule, parameter and disposition, and the parts sum."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from command import auditkit
from hypothesis import given
from hypothesis import strategies as st
from shop import decide, deliver, open_shop, run_shop, set_limit
from small import ATTRIBUTE, CONTROL, QUERY

from auditkit.change import Change, total
from auditkit.errors import RunError

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

IDS = st.frozensets(st.sampled_from("ABCDEFGH"))


def ids(letters: str) -> frozenset[str]:
    return frozenset(letters)


def change_of(sets: Sequence[frozenset[str] | None]) -> Change:
    assert sets[0] is not None
    assert sets[-1] is not None
    return Change.of("SAL-01", sets, (sets[0], sets[-1]))


def test_each_step_from_one_count_to_the_next_is_one_part() -> None:
    change = change_of([ids("AB"), ids("BCDE"), ids("BCD"), ids("BCDFGH"), ids("BCDF")])

    assert (change.before, change.parts, change.not_split, change.after) == (2, (2, -1, 3, -2), 0, 4)
    assert (change.new, change.gone, change.repeat) == (3, 1, 1)


def test_a_step_over_a_count_that_could_not_be_made_is_not_split() -> None:
    change = change_of([ids("AB"), None, ids("BCD"), ids("BCDFGH"), ids("BCDF")])
    assert (change.parts, change.not_split) == ((0, 0, 3, -2), 1)

    change = change_of([ids("AB"), None, None, None, ids("BCDF")])
    assert (change.parts, change.not_split) == ((0, 0, 0, 0), 2)


@given(IDS, st.lists(st.none() | IDS, min_size=3, max_size=3), IDS)
def test_the_parts_sum_to_the_whole_whatever_was_found(
    before: frozenset[str], between: list[frozenset[str] | None], after: frozenset[str]
) -> None:
    change = change_of([before, *between, after])

    assert change.before + sum(change.parts) + change.not_split == change.after
    assert (change.repeat + change.gone, change.repeat + change.new) == (len(before), len(after))


@given(st.lists(st.tuples(IDS, st.none() | IDS, IDS, IDS, IDS)))
def test_the_total_is_the_sum_of_the_attributes_and_its_parts_sum_too(counts: list[Any]) -> None:
    changes = [change_of(each) for each in counts]
    whole = total(changes)

    assert whole.before + sum(whole.parts) + whole.not_split == whole.after
    assert whole.after == sum(len(each[-1]) for each in counts)


def test_parts_that_do_not_sum_are_never_shown() -> None:
    with pytest.raises(RunError, match="do not sum"):
        Change("SAL-01", 2, (1, 0, 0, 0), 0, 4, new=3, gone=1, repeat=1)
    with pytest.raises(RunError, match="new, gone and repeat"):
        Change("SAL-01", 2, (2, 0, 0, 0), 0, 4, new=2, gone=1, repeat=1)


def test_exceptions_set_aside_count_among_new_gone_and_repeat() -> None:
    change = Change.of("SAL-01", [ids("A")] * 4 + [ids("")], (ids("AB"), ids("AC")))

    assert (change.before, change.parts, change.after) == (1, (0, 0, 0, -1), 0)
    assert (change.new, change.gone, change.repeat) == (1, 1, 1)


# By the rule of 2026-Q2 (a value above 50) its exceptions are a and b.
EARLIER = {"a": "60", "b": "70", "c": "40"}
LATER = EARLIER | {"d": "50", "e": "55", "f": "80"}
AT_THE_LIMIT = QUERY.replace("value > $limit", "value >= $limit")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The shop with its second quarter run and reviewed: b is justified until the end of August."""
    shop = open_shop(tmp_path)
    deliver(shop, "2026-Q2", EARLIER)
    decide(shop, run_shop(shop, "2026-Q2"), "b", "justified (approved exemption)", "2026-08-31")
    return shop


def set_rule(shop: Path, query: str) -> None:
    (shop / "controls" / "sales" / "sal_01_limit.sql").write_text(query, encoding="utf-8")


def diff(shop: Path) -> dict[str, Any]:
    done = auditkit(shop, "diff", "2026-Q2", "2026-Q3", "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def parts(shop: Path, attribute: str = "SAL-01") -> tuple[int, ...]:
    """Exceptions before; by data, rule, parameter, disposition and not split; after."""
    (change,) = (each for each in diff(shop)["attributes"] if each["attribute"] == attribute)
    names = ("before", "data", "rule", "parameter", "disposition", "not_split", "after")
    return tuple(change[name] for name in names)


def test_data_alone(shop: Path) -> None:
    """e and f are new above 50. That b is justified no longer is a change of dispositions."""
    deliver(shop, "2026-Q3", LATER)
    decide(shop, run_shop(shop), "b", "justified (approved exemption)", "2026-12-31")

    assert parts(shop) == (1, 2, 0, 0, 0, 0, 3)


def test_a_rule_alone(shop: Path) -> None:
    """On the same sales a value of 60 and more becomes an exception at the limit of 60: none more, one more at 40."""
    deliver(shop, "2026-Q2", EARLIER | {"d": "50"})
    decide(shop, run_shop(shop, "2026-Q2"), "b", "duplicate")
    deliver(shop, "2026-Q3", EARLIER | {"d": "50"})
    set_rule(shop, AT_THE_LIMIT)
    run_shop(shop)

    assert parts(shop) == (1, 0, 1, 0, 0, 0, 2)
    assert diff(shop)["definitions"] == {"controls/sales/sal_01_limit.sql": "changed"}


def test_a_parameter_alone(shop: Path) -> None:
    """From 50 to 65 a is no exception any more; b, above it, stays set aside."""
    decide(shop, run_shop(shop, "2026-Q2"), "b", "duplicate")
    deliver(shop, "2026-Q3", EARLIER)
    set_limit(shop, "65", "The board raised it")
    run_shop(shop)

    assert parts(shop) == (1, 0, 0, -1, 0, 0, 0)
    (parameter,) = diff(shop)["parameters"]
    assert parameter == {
        "name": "SAL.limit",
        "before": "50",
        "after": "65",
        "approved_by": "Head of audit",
        "reason": "The board raised it",
    }


def test_a_disposition_alone(shop: Path) -> None:
    """b is open again, its justification has run out; a is found to be an error of the data."""
    deliver(shop, "2026-Q3", EARLIER | {"g": "90"})
    outcome = run_shop(shop)
    assert parts(shop) == (1, 1, 0, 0, 1, 0, 3)

    decide(shop, outcome, "a", "false positive (data)", "2026-12-31")
    decide(shop, outcome, "g", "confirmed deviation")
    assert parts(shop) == (1, 1, 0, 0, 0, 0, 2)


def test_all_together_in_the_stated_order(shop: Path) -> None:
    """
    Before: a (b is justified). Data: a, e, f are above 50. Rule: d, at 50, too. Parameter, 55: d is below it, e at it.

    Dispositions: b is open again; e is a duplicate; f is justified.
    """
    deliver(shop, "2026-Q3", LATER)
    set_rule(shop, AT_THE_LIMIT)
    set_limit(shop, "55")
    outcome = run_shop(shop)
    decide(shop, outcome, "e", "duplicate")
    decide(shop, outcome, "f", "justified (approved exemption)", "2026-12-31")

    assert parts(shop) == (1, 2, 1, -1, -1, 0, 2)
    whole = diff(shop)["total"]
    assert (whole["before"], whole["after"]) == (1, 2)
    assert (whole["new"], whole["gone"], whole["repeat"]) == (2, 0, 2)


def test_what_the_later_review_decided_does_not_change_the_earlier_quarter(shop: Path) -> None:
    deliver(shop, "2026-Q3", EARLIER)
    outcome = run_shop(shop)
    decide(shop, outcome, "a", "duplicate")
    decide(shop, outcome, "b", "confirmed deviation")

    assert parts(shop) == (1, 0, 0, 0, 0, 0, 1)


def test_an_attribute_that_is_new_or_gone_is_a_change_of_rules(shop: Path) -> None:
    added = {
        "sal_02_low.sql": QUERY.replace("value > $limit", "value < $limit"),
        "sal_02_low.yml": ATTRIBUTE.replace("SAL-01", "SAL-02").replace("above,   EXCEPTION", "above,   PASS"),
    }
    for name, text in added.items():
        (shop / "controls" / "sales" / name).write_text(text, encoding="utf-8")
    for name in ("sal_01_limit.sql", "sal_01_limit.yml"):
        (shop / "controls" / "sales" / name).unlink()
    deliver(shop, "2026-Q3", LATER)
    run_shop(shop)

    assert parts(shop, "SAL-01") == (1, 2, -3, 0, 0, 0, 0)
    assert parts(shop, "SAL-02") == (0, 0, 1, 0, 0, 0, 1)
    notes = {each["attribute"]: each["notes"] for each in diff(shop)["attributes"]}
    assert notes == {"SAL-01": ["not in 2026-Q3"], "SAL-02": ["not in 2026-Q2"]}


def test_a_parameter_that_is_new_changes_nothing_by_its_default_and_its_value_is_a_change_of_parameter(
    shop: Path,
) -> None:
    """The rule above 50 becomes one above 50 + margin, whose default is 0; the project sets 10, which takes e out."""
    (shop / "controls" / "sales" / "control.yml").write_text(
        CONTROL + '  margin: {title: Margin, type: decimal, default: "0", step: "1", source_of_default: House rules}\n',
        encoding="utf-8",
    )
    set_rule(shop, QUERY.replace("$limit", "$limit + $margin"))
    set_limit(shop, "50")
    settings = (shop / "auditkit.toml").read_text(encoding="utf-8")
    margin = settings.replace('"limit"', '"margin"').replace('"50"', '"10"').partition("[[parameters]]")[2]
    (shop / "auditkit.toml").write_text(f"{settings}[[parameters]]{margin}", encoding="utf-8")
    deliver(shop, "2026-Q3", LATER)
    run_shop(shop)

    assert parts(shop) == (1, 2, 0, -2, 1, 0, 2)


def test_what_cannot_be_replayed_is_not_split_and_says_why(shop: Path) -> None:
    deliver(shop, "2026-Q3", LATER)
    set_rule(shop, AT_THE_LIMIT)
    run_shop(shop)
    shutil.rmtree(shop / "extracts" / "2026-Q3")

    assert parts(shop) == (1, 0, 0, 0, 1, 3, 5)
    (change,) = diff(shop)["attributes"]
    assert change["notes"] == ["could not be replayed: there is no folder of extracts for 2026-Q3: extracts/2026-Q3"]


def test_extracts_changed_after_the_run_are_not_taken_for_those_of_the_run(shop: Path) -> None:
    deliver(shop, "2026-Q3", LATER)
    set_limit(shop, "55")
    run_shop(shop)
    deliver(shop, "2026-Q3", EARLIER)

    assert parts(shop)[5] != 0
    assert "no longer those of its run" in diff(shop)["attributes"][0]["notes"][0]


def test_the_table_says_the_same_and_the_quarters_have_an_order(shop: Path) -> None:
    deliver(shop, "2026-Q3", LATER)
    run_shop(shop)

    done = auditkit(shop, "diff", "2026-Q2", "2026-Q3")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["SAL-01", "1", "+2", "0", "0", "+1", "4", "2", "0", "2"] in lines
    assert ["Total", "1", "+2", "0", "0", "+1", "4", "2", "0", "2"] in lines

    for words in (("2026-Q3", "2026-Q2"), ("2026-Q2", "2026-Q2"), ("2026-Q1", "2026-Q2"), ("Q2", "2026-Q3")):
        refused = auditkit(shop, "diff", *words)
        assert (refused.returncode, refused.stdout) == (2, "")
