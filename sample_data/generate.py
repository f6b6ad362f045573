"""Write the sample organisation, the same bytes every time: `python sample_data/generate.py [--out DIR] [--check]`."""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import cases  # noqa: E402
import ethics  # noqa: E402
import organisation as people_and_pay  # noqa: E402
import procurement  # noqa: E402
import snapshot  # noqa: E402
import writers  # noqa: E402
from plant import QUARTERS, Organisation, Quarter, Row  # noqa: E402

PLANTS = ("plant_conflicts", "plant_gifts", "plant_pay", "plant_retaliation")
INDEPENDENT = {
    "purchase_order": ("amount", "MM order value report by month, run by the controller"),
    "invoice": ("amount", "accounts payable sub-ledger, postings by vendor"),
    "contract": ("amount", "contract registry of the legal department"),
}
SYSTEMS = {
    "hr": ("SAP ERP HCM", ("person", "position", "org_unit", "grade", "relationship", "leave", "hr_action")),
    "talent": ("SuccessFactors", ("performance_rating",)),
    "ethics": (
        "Ethics office register",
        ("secondary_employment", "gift_exemption", "coi_declaration", "recusal", "delegation"),
    ),
    "tendering": (
        "E-tendering portal",
        ("tender", "lot", "bid", "committee_member", "process_action", "award", "contract", "amendment"),
    ),
    "procurement": (
        "SAP ERP",
        (
            "party",
            "party_ownership",
            "party_group_hist",
            "vendor_bank",
            "purchase_order",
            "approval",
            "goods_receipt",
            "invoice",
        ),
    ),
    "cases": ("Case management", ("wb_report", "case_file", "case_person", "protection")),
    "treasury": ("Treasury rates", ("fx_rate",)),
}


def build(plants: bool = True) -> Organisation:
    """The whole organisation, with what the plant modules put into it (or, without them, innocent)."""
    organisation = Organisation()
    people_and_pay.build(organisation)
    procurement.build(organisation)
    ethics.build(organisation)
    cases.build(organisation)
    for name in PLANTS if plants else ():
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name).plant(organisation)
    organisation.complete_owners()
    return organisation


def write(folder: Path, organisation: Organisation) -> None:
    """Write extracts/<quarter>/ and answer_key.csv into a folder."""
    for quarter in QUARTERS.values():
        target = folder / "extracts" / quarter.label
        target.mkdir(parents=True, exist_ok=True)
        for old in target.iterdir():
            old.unlink()
        _write_quarter(target, quarter, organisation)
    (folder / "answer_key.csv").write_bytes(_answer_key(organisation).encode("utf-8"))


def _write_quarter(target: Path, quarter: Quarter, organisation: Organisation) -> None:
    tables = snapshot.take(organisation, quarter)
    _write_people(target, quarter, tables)
    _write_pay(target, quarter, tables, snapshot.payroll(organisation, quarter))
    register = target / "gift_register.xlsx"
    gifts = tables["gift"]
    writers.gift_register(register, gifts, quarter)
    totals = [
        independent("gift", {"measure": "rows"}, len(gifts), "numbered entry slips of the ethics office, counted")
    ]
    writers.note(
        register, quarter, system="Ethics office register", report="register of gifts and hospitality",
        rows=len(gifts), totals=totals, filters="registered in the 18 months up to the extraction",
    )  # fmt: skip
    for system, entities in SYSTEMS.values():
        for entity in entities:
            rows = tables[entity]
            if entity == "person":
                employed = {row["person_id"] for row in tables["employee"]}
                rows = [row for row in rows if row["person_id"] not in employed]
            _write_canonical(target, quarter, system, entity, rows)


def independent(entity: str, measure: Row, value: object, source: str) -> Row:
    """A control total whose source is not the extract's own query."""
    return {"entity": entity, **measure, "value": value, "source": source, "source_query": "independent"}


def _write_canonical(target: Path, quarter: Quarter, system: str, entity: str, rows: list[Row]) -> None:
    path = target / f"{entity}.csv"
    writers.canonical(path, entity, rows)
    source = "row count of the extraction job"
    totals: list[Row] = [
        {"entity": entity, "measure": "rows", "value": len(rows), "source": source, "source_query": "same"}
    ]
    if entity == "person":
        totals = []  # the personnel master feeds person too
    if entity in INDEPENDENT:
        column, source = INDEPENDENT[entity]
        total = sum((row[column] for row in rows if row[column] is not None), Decimal(0))
        totals.append(independent(entity, {"column": column}, total, source))
    writers.note(path, quarter, system=system, report=f"standard report {entity}", rows=len(rows), totals=totals)


def _write_people(target: Path, quarter: Quarter, tables: dict[str, list[Row]]) -> None:
    master = target / "ZHR_MASTER.csv"
    people = {row["person_id"]: row for row in tables["person"]}
    count = writers.hr_master(master, people, tables["employee"])
    heads = len({row["employee_id"] for row in tables["employee"]})
    totals = [
        independent("employee", {"measure": "distinct", "column": "employee_id"}, heads, "HR headcount report HC-01")
    ]
    writers.note(
        master, quarter, system="SAP ERP HCM", report="ZHR_MASTER (PA0000, PA0002, PA0709)", rows=count, totals=totals
    )
    assignments = target / "PA0001.csv"
    rows = tables["assignment_hist"]
    count = writers.pa0001(assignments, rows)
    distinct = len({row["employee_id"] for row in rows})
    totals = [
        independent(
            "assignment_hist", {"measure": "distinct", "column": "employee_id"}, distinct, "HR headcount report HC-01"
        )
    ]
    writers.note(
        assignments, quarter, system="SAP ERP HCM", report="PA0001 with PA0007 and HRP1001", rows=count, totals=totals
    )


def _write_pay(target: Path, quarter: Quarter, tables: dict[str, list[Row]], derived: list[Row]) -> None:
    path = target / "PA0008.csv"
    rows = tables["pay_contract_hist"]
    locked = rows[10:200:31]  # records an HR clerk has locked; the mapping leaves them out and counts them
    count = writers.pa0008(path, rows, locked)
    total = sum((row["base_annual"] for row in rows if row["base_annual"] is not None), Decimal(0))
    totals = [
        independent(
            "pay_contract_hist", {"column": "base_annual"}, total, "establishment budget, pay plan by personnel number"
        )
    ]
    writers.note(path, quarter, system="SAP ERP HCM", report="PA0008 basic pay", rows=count, totals=totals)
    path = target / "payroll_line.parquet"
    first = snapshot.months_before(quarter.end, 12)
    planted = [row for row in tables["payroll_line"] if row["pay_date"] >= first]
    lines = sorted([*derived, *planted], key=lambda row: (row["payroll_run_id"], row["employee_id"], row["line_no"]))
    count = writers.parquet(path, "payroll_line", lines)
    total = sum((row["amount"] for row in lines), Decimal(0))
    totals = [independent("payroll_line", {"column": "amount"}, total, "general ledger, accounts 510100 and 510200")]
    writers.note(path, quarter, system="SAP ERP HCM", report="wage type reporter, 12 months", rows=count, totals=totals)


def _answer_key(organisation: Organisation) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["quarter", "attribute", "item", "result", "kind", "story"])
    answers = {(one.quarter, one.attribute, one.item): one for one in organisation.answers}
    if len(answers) != len(organisation.answers):
        seen: set[tuple[str, str, str]] = set()
        twice = [
            key
            for one in organisation.answers
            if (key := (one.quarter, one.attribute, one.item)) in seen or seen.add(key)
        ]
        raise ValueError(f"answered twice: {twice}")
    for key in sorted(answers):
        one = answers[key]
        writer.writerow([one.quarter, one.attribute, one.item, one.result, one.kind, one.story])
    return buffer.getvalue()


def differences(one: Path, other: Path) -> list[str]:
    """
    The files (extracts and answer key) that differ between two folders.

    Parquet files of the same rows count as equal, whatever DuckDB wrote them, and so do their notes but for the
    digest.
    """
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in [folder / "answer_key.csv", *(folder / "extracts").rglob("*")]
        if path.is_file()
    }
    return sorted(name for name in names if not _same(one / name, other / name))


def _same(one: Path, other: Path) -> bool:
    if not one.is_file() or not other.is_file():
        return False
    if one.read_bytes() == other.read_bytes():
        return True
    if one.suffix == ".parquet":
        return writers.parquet_rows(one) == writers.parquet_rows(other)
    if one.name.endswith(".parquet.delivery.yml"):
        texts = (
            [line for line in path.read_text("utf-8").splitlines() if "sha256" not in line] for path in (one, other)
        )
        return next(texts) == next(texts)
    return False


def main() -> int:
    """Write the sample, or compare it with what stands there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: beside this file)")
    parser.add_argument("--check", action="store_true", help="write nothing; say what differs from FOLDER")
    parser.add_argument("--innocent", action="store_true", help="leave out what the plant modules put in")
    arguments = parser.parse_args()
    organisation = build(plants=not arguments.innocent)
    if not arguments.check:
        write(arguments.out, organisation)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), organisation)
        found = differences(Path(folder), arguments.out)
    for name in found:
        print(f"differs: {name}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
