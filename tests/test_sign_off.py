"""Sign-off: the rules of the form, what a signature is bound to, and what breaks it."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shop import deliver, open_shop, run_shop, set_limit
from small import QUERY

from auditkit.form import SIGN_OFF
from auditkit.journal import Entry, Journal, Record
from auditkit.review import Context
from auditkit.sign_off import SignOff, bind, complete, key, problems, sign_offs, whole, wrong
from auditkit.signature import Ground, decisions

AT = dt.datetime(2026, 10, 20, 9, 0)
FIRST = Ground("d" * 16, "c" * 16, "p" * 16, "0" * 16)
SIGNED = {"preparer": "N. Haddad", "prepared_on": "2026-10-19"}
REVIEWED = SIGNED | {"reviewer": "E. Okonkwo", "reviewed_on": "2026-10-20", "notes_open": "0"}
APPROVED = REVIEWED | {"approved_by": "Chief audit executive", "approved_on": "2026-10-21"}


def moved(part: str) -> Ground:
    return replace(FIRST, **{part: "1" * 16})


def test_an_empty_row_and_every_stage_of_a_complete_one_are_in_order() -> None:
    assert [wrong(row) for row in ({}, SIGNED, REVIEWED, APPROVED)] == [[], [], [], []]
    assert wrong({field.name: None for field in SIGN_OFF.fields}) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reviewer": "n.  HADDAD "}, "reviewer and preparer are the same person"),
        ({"approved_by": "N. Haddad"}, "preparer and approver are the same person"),
        ({"prepared_on": None}, "prepared: the day is missing"),
        ({"reviewer": " "}, "reviewed: the name is missing"),
        ({"reviewer": None, "reviewed_on": None}, "approved, but not reviewed"),
        ({"preparer": None, "prepared_on": None}, "reviewed, but not prepared"),
        ({"reviewed_on": "2026-10-18"}, "reviewed on 2026-10-18, before it was prepared on 2026-10-19"),
        ({"approved_on": "2026-10-19"}, "approved on 2026-10-19, before it was reviewed on 2026-10-20"),
        ({"approved_on": "21 October"}, "approved on '21 October', which is not a date"),
        ({"notes_open": "1"}, "approved with 1 review notes open"),
        ({"notes_open": "1.5"}, "review notes open is '1.5'; write a whole number"),
        ({"notes_open": "-1"}, "review notes open is '-1'; write a whole number"),
        ({"notes_open": None, "review_notes": "see 3"}, "write how many of them are open"),
        ({"design_gap": "perhaps"}, "design gap is 'perhaps'; write yes or no"),
    ],
)
def test_a_row_that_breaks_a_rule_says_which(changes: dict[str, Any], said: str) -> None:
    found = wrong(APPROVED | changes)

    assert any(said in problem for problem in found), found


def test_the_same_day_is_in_order_and_notes_may_be_open_until_the_approval() -> None:
    same_day = APPROVED | {"reviewed_on": "2026-10-19", "approved_on": dt.date(2026, 10, 19)}

    assert wrong(same_day) == []
    assert wrong(REVIEWED | {"notes_open": 2, "review_notes": "two to clear"}) == []


def test_whole_numbers_are_those_from_nought_on() -> None:
    assert [whole(value) for value in (0, "3", "3.0", 2.0, " 4 ")] == [0, 3, 3, 2, 4]
    assert [whole(value) for value in (None, "", "-1", "1.5", "three", "١")] == [None] * 6


def signing(content: dict[str, Any]) -> dict[str, Any]:
    """What is recorded of a row that a person filled in as a whole."""
    return bind(content, None, set(content), "1", FIRST)


def recorded(content: dict[str, Any], run: str) -> Record:
    return Record("sign_off", key("SAL", "2026-Q3"), run, content, 1, "", "", "")


def state(content: dict[str, Any], present: Ground) -> str:
    return SignOff("SAL", present, content).state


def test_the_state_follows_the_signatures() -> None:
    assert state({}, FIRST) == "not signed"
    assert state(signing(SIGNED), FIRST) == "prepared"
    assert state(signing(REVIEWED), FIRST) == "reviewed"
    assert state(signing(APPROVED), FIRST) == "approved"


@pytest.mark.parametrize("part", ["data", "control", "parameters", "dispositions"])
def test_a_change_of_any_part_breaks_the_sign_off_and_is_named(part: str) -> None:
    sign_off = SignOff("SAL", moved(part), signing(REVIEWED))

    assert (sign_off.state, sign_off.changed) == ("broken", (part,))
    assert sign_off.said == (
        f"broken: {part} changed after it was prepared by N. Haddad on 2026-10-19; reviewed by E. Okonkwo on 2026-10-20"
    )


def test_what_a_person_types_into_the_place_of_the_machine_is_not_taken() -> None:
    typed = SIGNED | {"bound_to": {"prepared": str(moved("data"))}}

    assert signing(typed)["bound_to"] == {"prepared": str(FIRST)}
    assert "bound_to" not in signing({"bound_to": {"approved": str(FIRST)}})


def test_a_signature_that_stood_in_the_file_stays_bound_to_what_its_signer_saw() -> None:
    """The reviewer changes a disposition and signs in one file: the preparer has not seen that change."""
    prepared = recorded(signing(SIGNED), run="1")
    later = moved("dispositions")

    reviewed = SignOff("SAL", later, bind(REVIEWED, prepared, {"reviewer", "reviewed_on"}, "2", later))

    assert reviewed.state == "broken"
    assert [reviewed.holds(role) for role in ("prepared", "reviewed")] == [False, True]
    assert reviewed.fields["preparer"] is None
    assert reviewed.fields["reviewer"] == "E. Okonkwo"


def test_who_signs_again_in_a_new_file_signs_what_it_shows_even_on_the_same_day() -> None:
    """A broken signature is blank in the new file: the same name and day there were written anew, or not at all."""
    prepared = recorded(signing(SIGNED), run="1")
    later = moved("data")

    again = bind(SIGNED, prepared, {"preparer", "prepared_on"}, "2", later)
    left_blank = bind(SIGNED, prepared, set(), "2", later)

    assert [state(each, later) for each in (again, left_blank)] == ["prepared", "broken"]


def test_taking_in_the_same_file_again_does_not_renew_its_signatures() -> None:
    """Dispositions changed in between have not been seen by who signed in that file."""
    once = recorded(signing(SIGNED), run="1")

    assert bind(SIGNED, once, {"preparer", "prepared_on"}, "1", moved("dispositions")) == once.content


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def entry(kind: str, key: str, **content: str) -> Entry:
    return Entry(kind, key, "run", content)


def test_decisions_about_the_controls_own_items_alone_change_the_ground(journal: Journal) -> None:
    none = decisions(journal, "SAL")
    others = journal.append([decided("Z", control="BUY"), entry("finding", "F-9", title="x")], AT)
    own = others.append([decided("A", finding="F-1")], AT)
    finding = own.append([entry("finding", "F-1", title="Sales above the limit")], AT)
    action = finding.append([entry("action", "A-1", finding="F-1", title="Lower the limit")], AT)
    attested = action.append([entry("attestation", "SAL", attested_by="Head of sales")], AT)

    found = [decisions(each, "SAL") for each in (others, own, finding, action, attested)]

    assert found[0] == none
    assert len({none, *found[1:]}) == 5


def decided(id_: str, control: str = "SAL", **content: str) -> Entry:
    return entry("disposition", id_, control=control, disposition="confirmed deviation", **content)


def test_the_same_decision_recorded_twice_changes_nothing_nor_does_an_empty_cell(journal: Journal) -> None:
    once = journal.append([decided("A")], AT)
    twice = once.append([decided("A", explanation="")], AT)

    assert decisions(once, "SAL") == decisions(twice, "SAL")


def test_the_latest_record_of_a_control_in_the_quarter_counts(journal: Journal) -> None:
    present = FIRST.decided(journal, "SAL")
    early = Entry("sign_off", key("SAL", "2026-Q3"), "1", bind(SIGNED, None, set(SIGNED), "1", present))
    late = Entry("sign_off", key("SAL", "2026-Q3"), "1", bind(REVIEWED, None, set(REVIEWED), "1", present))
    signed = journal.append([early, late], AT)
    grounds = {"SAL": FIRST, "BUY": FIRST}

    found = sign_offs(grounds, signed, "2026-Q3")

    assert [(each.control, each.state) for each in found] == [("BUY", "not signed"), ("SAL", "reviewed")]
    assert [each.state for each in sign_offs(grounds, signed, "2026-Q4")] == ["not signed"] * 2


def context(journal: Journal, filed: dict[str, dict[str, str]], changed: set[str], **changes: Any) -> Context:
    """What the import of a file of run 1 knows of the row of SAL."""
    values: dict[str, Any] = {
        "project": None,
        "period": None,
        "declared_on": AT.date(),
        "run": "1",
        "key": key("SAL", "2026-Q3"),
        "cells": {"Control id": "SAL", "What is signed": str(FIRST.decided(Journal(Path("none")), "SAL"))},
        "before": {},
        "standing": {},
        "register": {},
        "journal": journal,
        "changed": frozenset(changed),
        "filed": {"disposition": filed},
    }
    return Context(**(values | changes))


def test_who_signs_in_the_file_that_brings_the_dispositions_signs_them_too(journal: Journal) -> None:
    taken = journal.append([decided("A")], AT)
    filed = {"A": {"disposition": "confirmed deviation"}, "B": {"disposition": "-"}}
    about = context(taken, filed, {"preparer", "prepared_on"})

    assert problems(SIGNED, about) == []
    record = complete(SIGNED, about)
    after = taken.append([Entry("sign_off", about.key, "1", record)], AT)
    assert [each.state for each in sign_offs({"SAL": FIRST}, after, "2026-Q3")] == ["prepared"]
    changed = after.append([decided("B")], AT)
    assert [each.changed for each in sign_offs({"SAL": FIRST}, changed, "2026-Q3")] == [("dispositions",)]


def test_nobody_signs_a_disposition_that_does_not_stand_in_their_file(journal: Journal) -> None:
    taken = journal.append([decided("A"), decided("GONE")], AT)
    unseen = context(taken, {"A": {}}, {"preparer"})

    assert problems(SIGNED, unseen) == [
        "1 disposition of SAL came from elsewhere and does not stand in this file; run again and sign there"
    ]
    assert problems(SIGNED, context(taken, {"A": {}}, {"review_notes"})) == []


def test_the_ground_as_a_sheet_shows_it_reads_back() -> None:
    assert Ground.read(str(FIRST)) == FIRST
    assert Ground.read("") is None
    assert Ground.read("not a ground") is None


def test_every_mixture_of_signatures_is_either_refused_or_has_a_state() -> None:
    """No row of names and days, however filled, is taken without the signatures that come before."""
    fields = ("preparer", "prepared_on", "reviewer", "reviewed_on", "approved_by", "approved_on")
    taken = set()
    for kept in itertools.product((True, False), repeat=len(fields)):
        row = {name: APPROVED[name] for name, keep in zip(fields, kept, strict=True) if keep}
        if not wrong(row):
            taken.add(state(signing(row), FIRST))

    assert taken == {"not signed", "prepared", "reviewed", "approved"}


def signed(shop: Path) -> Ground:
    ground = Ground.read(run_shop(shop).run.manifest["signed"]["SAL"])
    assert ground is not None
    return ground


def test_a_run_names_the_ground_of_every_control_and_each_part_changes_with_its_own_cause_alone(tmp_path: Path) -> None:
    shop = open_shop(tmp_path)
    deliver(shop, "2026-Q3", {"a": "50.00", "b": "50.01"})
    before = signed(shop)
    assert signed(shop) == before

    set_limit(shop, "50.00")
    assert signed(shop).changed_since(before) == ("parameters",)  # written otherwise, though of the same value
    (shop / "controls" / "sales" / "sal_01_limit.sql").write_text(QUERY + "-- a remark\n", encoding="utf-8")
    assert signed(shop).changed_since(before) == ("control", "parameters")
    deliver(shop, "2026-Q3", {"a": "50.00", "b": "50.02"})
    assert signed(shop).changed_since(before) == ("data", "control", "parameters")
