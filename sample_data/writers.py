"""The extracts as the source systems deliver them: SAP exports, a workbook, Parquet, plain CSV, each with its note."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
from plant import Quarter, Row
from tables import BOOLEAN, COLUMNS, DATE, INTEGER, MONEY, RATE, SHARE, TIMESTAMP

FIXED_TIME = (2020, 1, 1, 0, 0, 0)
OPEN_END = "31.12.9999"

SEX_CODE = {"M": "1", "F": "2", "X": "3", "U": "9"}
EMPLOYEE_GROUP = {
    "permanent": "1", "fixed": "2", "temporary": "3", "secondee": "4", "intern": "5", "contractor": "9", "board": "8",
}  # fmt: skip
PAY_REASON = {
    "entry": "Entrée en fonction", "general_increase": "Augmentation générale",
    "promotion": "Promotion à un grade supérieur",
    "review": "Révision individuelle",
}  # fmt: skip
STATUS_CODE = {"active": "3", "leave_paid": "2", "leave_unpaid": "1", "suspended": "0"}
GIFT_HEADINGS = {
    "gift_id": "Entry number", "recipient_person_id": "Recipient", "recipient_employee_id": "Employee number",
    "beneficiary": "Benefit goes to", "beneficiary_person_id": "Beneficiary number", "giver_name": "Giver",
    "giver_party_id": "Giver's vendor number", "direction": "Direction", "category": "Kind",
    "description": "What it was",
    "value": "Value", "currency": "Currency", "value_basis": "Value known from", "offered_at": "Offered on",
    "received_at": "Received on", "registered_at": "Registered on",
    "accepted_at": "Accepted on", "shared_with_n": "Shared by how many", "disposition": "What was done with it",
    "disposition_evidence": "Evidence", "disposition_at": "Done on", "approval_required": "Approval needed",
    "approved_by": "Approved by", "approved_at": "Approved on", "exemption_code": "Exemption",
    "context_ref": "Occasion",
}  # fmt: skip


def text(value: Any) -> str:
    """A value in canonical spelling: ISO dates, decimal point, true and false; None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def sap_date(day: dt.date | None) -> str:
    return "" if day is None else day.strftime("%d.%m.%Y")


def sap_end(day: dt.date | None) -> str:
    """A half-open end as SAP has it: the last day included, 31.12.9999 while open."""
    return OPEN_END if day is None else sap_date(day - dt.timedelta(days=1))


def sap_number(value: Decimal | None, grouped: bool = True) -> str:
    """A number with decimal comma and, if grouped, points between thousands."""
    if value is None:
        return ""
    return (f"{value:,f}" if grouped else f"{value:f}").translate(str.maketrans({",": ".", ".": ","}))


def rows_text(header: list[str], rows: list[list[str]], delimiter: str, line_end: str = "\n") -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def canonical(path: Path, entity: str, rows: list[Row]) -> None:
    """CSV with the contract's column names, UTF-8, comma."""
    columns = list(COLUMNS[entity])
    content = rows_text(columns, [[text(row[column]) for column in columns] for row in rows], ",")
    path.write_bytes(content.encode("utf-8"))


def hr_master(path: Path, people: dict[str, Row], employees: list[Row]) -> int:
    """The personnel master report: one line per employment, for `person` (main employment) and `employee`."""
    header = [
        "PERSONID_EXT", "CPMAIN", "PERNR", "NAME_NATIVE", "NAME_LATIN", "GESCH", "GBDAT", "PERID_HASH", "ADRS_HASH",
        "TEL_HASH", "EMAIL_DOMAIN", "NATIO", "PERSG", "EINTR", "AUSTR", "AUSTR_GRUND", "PERNR_ALT", "BUKRS",
    ]  # fmt: skip
    main = {row["person_id"]: row["employee_id"] for row in sorted(employees, key=lambda row: row["hire_date"])}
    lines = []
    for row in employees:
        person = people[row["person_id"]]
        lines.append([
            person["person_id"],
            "X" if main[row["person_id"]] == row["employee_id"] else "",
            row["employee_id"],
            person["full_name"] or "",
            person["full_name_latin"] or "",
            SEX_CODE.get(person["sex"], ""),
            sap_date(person["birth_date"]),
            person["national_id_hash"] or "",
            person["address_hash"] or "",
            person["phone_hash"] or "",
            person["email_domain"] or "",
            person["nationality"] or "",
            EMPLOYEE_GROUP[row["employment_type"]],
            sap_date(row["hire_date"]),
            sap_date(row["exit_date"]),
            row["exit_reason"] or "",
            row["rehire_of"] or "",
            row["legal_entity"] or "",
        ])  # fmt: skip
    path.write_bytes(rows_text(header, lines, ";", "\r\n").encode("utf-8-sig"))
    return len(lines)


def pa0001(path: Path, rows: list[Row]) -> int:
    """Organisational assignment, UTF-16 with byte order mark, semicolons, inclusive ends, capacity in per cent."""
    header = [
        "PERNR", "BEGDA", "ENDDA", "PLANS", "ORGEH", "MGR_PERNR", "TRFGR", "JOBFAM", "EVGRP", "BTRTL_TXT", "EMPCT",
        "WOSTD", "TEILK", "STAT2", "ACTING",
    ]  # fmt: skip
    lines = [
        [
            row["employee_id"],
            sap_date(row["valid_from"]),
            sap_end(row["valid_to"]),
            row["position_id"] or "",
            row["org_unit_id"] or "",
            row["manager_employee_id"] or "",
            row["grade_id"] or "",
            row["job_family"] or "",
            row["job_value_group"] or "",
            row["location"] or "",
            "" if row["fte"] is None else sap_number((row["fte"] * 100).quantize(Decimal("0.0001"))),
            "" if row["weekly_hours"] is None else sap_number(row["weekly_hours"].quantize(Decimal("0.01"))),
            {"full_time": "", "part_time": "X"}.get(row["contract_type"], row["contract_type"] or ""),
            STATUS_CODE.get(row["status"], ""),
            "X" if row["acting"] else "",
        ]
        for row in rows
    ]
    path.write_bytes(b"\xff\xfe" + rows_text(header, lines, ";", "\r\n").encode("utf-16-le"))
    return len(lines)


def pa0008(path: Path, rows: list[Row], locked: list[Row]) -> int:
    """Basic pay, Windows-1252, decimal comma, monthly amounts; locked records (SPRPS = X) stand among the others."""
    header = [
        "PERNR", "SUBTY", "SPRPS", "BEGDA", "ENDDA", "TRFST", "LGA01", "BET01", "LGA02", "BET02", "WAERS", "BESITZ",
        "PREAS_TXT",
    ]  # fmt: skip
    lines = []
    for lock, row in sorted(
        [("", row) for row in rows] + [("X", row) for row in locked],
        key=lambda pair: (pair[1]["employee_id"], pair[1]["valid_from"], pair[0]),
    ):
        lines.append([
            row["employee_id"],
            "0",
            lock,
            sap_date(row["valid_from"]),
            sap_end(row["valid_to"]),
            text(row["step"]),
            "1000",
            sap_number(_monthly(row["base_annual"], row)),
            "" if row["allowances_fixed_annual"] is None else "2000",
            sap_number(_monthly(row["allowances_fixed_annual"], row)),
            row["currency"],
            {True: "X", False: ""}.get(row["protected_pay"], "?"),  # a question mark that a clerk left
            PAY_REASON.get(row["reason"], row["reason"] or ""),
        ])  # fmt: skip
    path.write_bytes(rows_text(header, lines, ";", "\r\n").encode("windows-1252"))
    return len(lines)


def _monthly(annual: Decimal | None, row: Row) -> Decimal | None:
    if annual is None:
        return None
    monthly = (annual / 12).quantize(Decimal("0.01"))
    if monthly * 12 != annual:
        raise ValueError(f"{row['employee_id']}: {annual} a year is no whole amount of cents a month")
    return monthly


def gift_register(path: Path, rows: list[Row], quarter: Quarter) -> int:
    """The ethics office's workbook: a title row above the headings, dates as dates, numbers as numbers."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Register"
    sheet.append([f"Register of gifts and hospitality, Customs Authority of Meridia, extract for {quarter.label}"])
    sheet.append(list(GIFT_HEADINGS.values()))
    for row in rows:
        sheet.append([_cell(row[column]) for column in GIFT_HEADINGS])
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a name that begins with = is text, no formula
    buffer = io.BytesIO()
    workbook.save(buffer)
    path.write_bytes(fixed_zip(buffer.getvalue()))
    return len(rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def fixed_zip(content: bytes) -> bytes:
    """The same archive with fixed times, stored, so that the same workbook is the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2020-01-01T00:00:00Z", data)
            information = zipfile.ZipInfo(name, FIXED_TIME)
            information.external_attr = 0o644 << 16
            archive.writestr(information, data)
    return target.getvalue()


PARQUET_TYPE = {
    DATE: "DATE",
    TIMESTAMP: "TIMESTAMP",
    MONEY: "DECIMAL(18,2)",
    SHARE: "DECIMAL(9,6)",
    RATE: "DECIMAL(18,8)",
    INTEGER: "INTEGER",
    BOOLEAN: "BOOLEAN",
}


def parquet(path: Path, entity: str, rows: list[Row]) -> int:
    """Parquet, compressed with zstd, in the order given."""
    columns = COLUMNS[entity]
    staged = path.with_suffix(".staged")
    staged.write_bytes(rows_text(list(columns), [[text(row[name]) for name in columns] for row in rows], ",").encode())
    types = {name: PARQUET_TYPE.get(kind, "VARCHAR") for name, kind in columns.items()}
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{staged.as_posix()}', header = true, nullstr = '', columns = {types})) "
            f"TO '{path.as_posix()}' (FORMAT parquet, COMPRESSION zstd)"
        )
    staged.unlink()
    return len(rows)


def parquet_rows(path: Path) -> list[tuple[Any, ...]]:
    """The rows of a Parquet file."""
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT * FROM '{path.as_posix()}'").fetchall()


def note(
    path: Path, quarter: Quarter, *, system: str, report: str, rows: int, totals: list[Row], filters: str = "none"
) -> None:
    """The delivery note beside a file."""
    content = path.read_bytes()
    taken = dt.datetime.combine(quarter.cut_off, dt.time(5, 30))
    lines = [
        f"# Delivery note of {path.name}, as the owner of the system filled it in.",
        f"system: {system}",
        "environment: production",
        f"report: {quoted(report)}",
        f"filters: {quoted(filters)}",
        "user: SVC_AUDIT_EXTRACT",
        f"extracted_at: {taken:%Y-%m-%d %H:%M:%S}",
        f"period: {{start: {quarter.start}, end: {quarter.end}}}",
        f"rows: {rows}",
        f"sha256: {hashlib.sha256(content).hexdigest()}",
        "control_totals:",
    ]
    for total in totals:
        pairs = (f"{key}: {quoted(value) if key in ('value', 'source') else value}" for key, value in total.items())
        lines.append("  - {" + ", ".join(pairs) + "}")
    path.with_name(path.name + ".delivery.yml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def quoted(value: Any) -> str:
    """A YAML text in double quotes."""
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
