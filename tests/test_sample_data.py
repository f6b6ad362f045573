"""The sample organisation: reproducible, consistent with the contracts, innocent before anything is planted."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import hashlib
import importlib
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from auditkit.contract import load_contracts
from auditkit.entity import DataModel

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data"
SNAPSHOT_DAYS = {"2025-Q4": dt.date(2025, 12, 31), "2026-Q3": dt.date(2026, 9, 30)}


def module(name: str) -> ModuleType:
    if str(SAMPLE) not in sys.path:
        sys.path.insert(0, str(SAMPLE))
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def model() -> DataModel:
    return load_contracts(ROOT / "controls" / "contracts")


@pytest.fixture(scope="module")
def innocent() -> Any:
    return module("generate").build(plants=False)


@pytest.fixture(scope="module")
def planted() -> Any:
    return module("generate").build()


def active(organisation: Any, day: dt.date) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = organisation.tables["assignment_hist"]
    return [row for row in rows if row["valid_from"] <= day < (row["valid_to"] or dt.date.max)]


def test_the_generator_never_imports_auditkit() -> None:
    names = [
        name
        for path in SAMPLE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    ]
    assert "plant" in names
    assert not [name for name in names if name.partition(".")[0] == "auditkit"]


def test_the_tables_are_those_of_the_contracts(model: DataModel) -> None:
    tables = module("tables")
    declared = {name: [column.name for column in entity.columns] for name, entity in model.entities.items()}
    assert {name: sorted(columns) for name, columns in tables.COLUMNS.items()} == {
        name: sorted(columns) for name, columns in declared.items() if not model.entities[name].computed
    }
    assert {name: set(key) for name, key in tables.KEYS.items()} == {
        name: set(entity.key) for name, entity in model.entities.items() if not entity.computed
    }
    references = {
        (name, column.name): column.references[0]
        for name, entity in model.entities.items()
        for column in entity.columns
        if column.references is not None
    }
    assert references == tables.REFERENCES


def test_values_fit_the_enumerations_of_the_contracts(model: DataModel, planted: Any) -> None:
    wrong = {
        (name, column.name, row[column.name])
        for name, entity in model.entities.items()
        for column in entity.columns
        if column.enum
        for row in planted.tables.get(name, [])
        if row[column.name] is not None and row[column.name] not in column.enum
    }
    assert wrong == set()


def test_what_is_committed_is_what_the_generator_writes(tmp_path: Path, planted: Any) -> None:
    generate = module("generate")
    generate.write(tmp_path, planted)
    assert generate.differences(tmp_path, SAMPLE) == []


def test_a_second_run_makes_the_same_organisation(planted: Any) -> None:
    again = module("generate").build()
    assert again.tables == planted.tables
    assert again.answers == planted.answers


def test_the_same_rows_are_written_as_the_same_bytes(tmp_path: Path, planted: Any) -> None:
    writers, quarter = module("writers"), module("plant").QUARTERS["2026-Q3"]
    written = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        writers.gift_register(folder / "register.xlsx", planted.tables["gift"][:40], quarter)
        writers.parquet(folder / "rates.parquet", "fx_rate", planted.tables["fx_rate"])
        written.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())])
    assert written[0] == written[1]
    assert len(written[0]) == 2


def test_delivery_notes_describe_their_files() -> None:
    notes = sorted((SAMPLE / "extracts").rglob("*.delivery.yml"))
    assert len(notes) > 100
    for path in notes:
        note = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        extract = path.with_name(path.name.removesuffix(".delivery.yml"))
        assert hashlib.sha256(extract.read_bytes()).hexdigest() == note["sha256"], path.name
        if extract.suffix == ".csv" and extract.name[:2] not in ("PA", "ZH"):
            with extract.open(encoding="utf-8", newline="") as file:
                assert sum(1 for _ in csv.reader(file)) - 1 == note["rows"], path.name


def test_every_file_of_the_quarter_has_a_note() -> None:
    for folder in (SAMPLE / "extracts").iterdir():
        files = {path.name for path in folder.iterdir()}
        extracts = {name for name in files if not name.endswith(".delivery.yml")}
        assert files == extracts | {f"{name}.delivery.yml" for name in extracts}


def test_the_committed_sample_stays_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 25_000_000


@pytest.mark.parametrize("day", SNAPSHOT_DAYS.values(), ids=SNAPSHOT_DAYS)
def test_about_two_thousand_people_are_employed(innocent: Any, day: dt.date) -> None:
    assert 1900 <= len(active(innocent, day)) <= 2150


@pytest.mark.parametrize("day", SNAPSHOT_DAYS.values(), ids=SNAPSHOT_DAYS)
def test_innocent_pay_lies_in_its_range_and_is_even_between_women_and_men(innocent: Any, day: dt.date) -> None:
    pay: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for row in active(innocent, day):
        amount = innocent.base_annual(row["employee_id"], day) / row["fte"]
        grade = innocent.grade_on(row["grade_id"], day)
        assert grade["pay_min"] < amount < grade["pay_max"]
        person = innocent.get("person", innocent.person_id(row["employee_id"]))
        pay[row["job_value_group"]][person["sex"]].append(amount)
    for category, sexes in pay.items():
        assert set(sexes) <= {"F", "M"}
        if len(sexes) == 2:
            assert min(len(values) for values in sexes.values()) >= 5, category
            mean_m, mean_f = (sum(sexes[sex], Decimal(0)) / len(sexes[sex]) for sex in "MF")
            assert abs(mean_m - mean_f) * 100 < 2 * mean_m, category
            assert abs(median(sexes["M"]) - median(sexes["F"])) * 100 < 3 * mean_m, category


def test_innocent_gifts_are_refused_or_come_from_public_bodies_with_approval(innocent: Any) -> None:
    exempt = {row["exemption_code"] for row in innocent.tables["gift_exemption"]}
    accepted = [row for row in innocent.tables["gift"] if row["disposition"].startswith("accepted")]
    assert len(accepted) > 100
    for row in accepted:
        public = innocent.get("party", row["giver_party_id"])["role_flags"] == "public_body"
        assert public or row["exemption_code"] in exempt
        assert row["approved_at"].date() < row["received_at"]
        assert row["approved_by"] != row["recipient_person_id"]


def test_no_recipient_of_a_gift_takes_part_in_procurement(innocent: Any) -> None:
    acting = {row["person_id"] for row in innocent.tables["process_action"] + innocent.tables["committee_member"]}
    acting |= {row[name] for row in innocent.tables["purchase_order"] for name in ("requester", "created_by")}
    assert acting.isdisjoint({row["recipient_person_id"] for row in innocent.tables["gift"]})


def test_no_nameless_owner_has_the_name_of_a_person(innocent: Any) -> None:
    names = {row["full_name_latin"] for row in innocent.tables["person"]}
    names |= {row["relative_name"] for row in innocent.tables["relationship"] if row["person_id_b"] is None}
    owners = {row["owner_name"] for row in innocent.tables["party_ownership"] if row["owner_person_id"] is None}
    assert owners
    assert owners.isdisjoint(names)


def test_nobody_protected_meets_an_adverse_action_but_a_programme_for_many(innocent: Any) -> None:
    opened = {row["case_id"]: row["opened_at"].date() for row in innocent.tables["case_file"]}
    since = {
        row["person_id"]: opened[row["case_id"]]
        for row in innocent.tables["case_person"]
        if row["role"] in ("reporter", "witness")
    }
    actions = [row for row in innocent.tables["hr_action"] if row["adverse_tier"] != "none"]
    hit = [
        row
        for row in actions
        if (person := innocent.person_id(row["employee_id"])) in since and row["decision_date"] > since[person]
    ]
    assert {row["mass_action_id"] for row in hit} == {"PROGRAMME-2026-03"}
    assert len(hit) == 2
    assert sum(row["mass_action_id"] == "PROGRAMME-2026-03" for row in actions) == 60


def test_an_extract_shows_what_was_registered_before_its_cut_off() -> None:
    plant, snapshot = module("plant"), module("snapshot")
    organisation = plant.Organisation()
    person = organisation.new_person("Ann Example", sex="F")
    quarter = plant.QUARTERS["2026-Q2"]
    seen = []
    for day in (quarter.cut_off - dt.timedelta(days=1), quarter.cut_off):
        gift = organisation.add(
            "gift",
            gift_id=organisation.next_id("G-"),
            recipient_person_id=person["person_id"],
            registered_at=plant.at(day),
        )
        seen.append(gift["gift_id"])
    shown = [row["gift_id"] for row in snapshot.take(organisation, quarter)["gift"]]
    later = [row["gift_id"] for row in snapshot.take(organisation, plant.QUARTERS["2026-Q3"])["gift"]]
    assert (shown, later) == (seen[:1], seen)


def test_a_change_is_shown_from_its_day_and_the_end_of_a_row_with_its_successor() -> None:
    plant, snapshot = module("plant"), module("snapshot")
    organisation = plant.Organisation()
    cut_off = plant.QUARTERS["2026-Q2"].cut_off
    case = organisation.add("case_file", case_id="C1", opened_at=plant.at(dt.date(2026, 5, 3)), status="open")
    organisation.change(case, cut_off, status="closed")
    organisation.add("grade", grade_id="G1", valid_from=dt.date(2026, 1, 1), valid_to=cut_off)
    states = {
        quarter: (tables["case_file"][0]["status"], tables["grade"][0]["valid_to"])
        for quarter in ("2026-Q2", "2026-Q3")
        if (tables := snapshot.take(organisation, plant.QUARTERS[quarter]))
    }
    assert states == {"2026-Q2": ("open", None), "2026-Q3": ("closed", cut_off)}


def test_a_row_is_shown_with_the_rows_it_refers_to_and_never_without() -> None:
    plant, snapshot = module("plant"), module("snapshot")
    organisation = plant.Organisation()
    organisation.add("party", party_id="V1", legal_name="Late Ltd", created_at=dt.datetime(2026, 11, 1, 9))
    organisation.add("bid", bid_id="B1", tender_id="T1", party_id="V1", submitted_at=dt.datetime(2026, 7, 1, 9))
    organisation.add("tender", tender_id="T1", published_at=dt.datetime(2026, 12, 1, 9))
    tables = snapshot.take(organisation, plant.QUARTERS["2026-Q3"])
    assert [row["party_id"] for row in tables["party"]] == ["V1"]
    organisation.add("bid", bid_id="B2", tender_id="T0", party_id="V1", submitted_at=dt.datetime(2026, 7, 1, 9))
    with pytest.raises(KeyError, match=r"bid\.tender_id = T0: there is no such tender"):
        snapshot.take(organisation, plant.QUARTERS["2026-Q3"])


@pytest.mark.parametrize("entity", ["assignment_hist", "pay_contract_hist", "grade", "org_unit", "party_group_hist"])
def test_histories_have_neither_gap_nor_overlap(planted: Any, entity: str) -> None:
    histories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in planted.tables[entity]:
        histories[row[module("tables").KEYS[entity][0]]].append(row)
    assert histories
    for owner, rows in histories.items():
        rows.sort(key=lambda row: row["valid_from"])
        assert all(row["valid_to"] is None or row["valid_to"] > row["valid_from"] for row in rows), owner
        assert [row["valid_to"] for row in rows[:-1]] == [row["valid_from"] for row in rows[1:]], owner


def test_nobody_is_taken_twice(planted: Any) -> None:
    first, second = planted.take_employee(), planted.take_employee()
    assert first["person_id"] != second["person_id"]
    assert {first["person_id"], second["person_id"]} <= planted.touched


def test_an_answer_names_a_known_quarter_and_kind() -> None:
    organisation = module("plant").Organisation()
    organisation.answer(
        "GFT-01", ["2026-Q2", "2026-Q3"], {"gift_id": "G1", "lot_id": None}, "REVIEW:same_day", "One  story"
    )
    answers = [(one.quarter, one.item, one.kind, one.story) for one in organisation.answers]
    assert answers == [
        ("2026-Q2", "gift_id=G1, lot_id=", "review", "One story"),
        ("2026-Q3", "gift_id=G1, lot_id=", "review", "One story"),
    ]
    with pytest.raises(ValueError, match="2027-Q1"):
        organisation.answer("GFT-01", "2027-Q1", {"gift_id": "G1"}, "PASS", "")
    with pytest.raises(ValueError, match="harmless"):
        organisation.answer("GFT-01", "2026-Q3", {"gift_id": "G1"}, "PASS", "", kind="harmless")
