"""One file per owner: only theirs, no name, pseudonyms that no two files share."""

from __future__ import annotations

import html
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from agenda import ACTION, GIFTS, LINES, OWN, made
from ledger import Line
from run_builder import KEY, NAMES, PARTIES

from auditkit import management_edition
from auditkit.follow_up_check import Limits
from auditkit.key import Key
from auditkit.management_edition import Owner, file_names, owners
from auditkit.result import Run, Status


def everything(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = "\n".join(archive.read(name).decode("utf-8") for name in archive.namelist())
    return text + html.unescape(text)


def written(
    root: Path, lines: tuple[Line, ...] = LINES, change: Any = None, key: Key = KEY
) -> tuple[Run, duckdb.DuckDBPyConnection, dict[str, bytes]]:
    run, connection, _ = made(root, lines=lines)
    run = change(run) if change else run
    paths = management_edition.write(run, connection, key, root)
    return run, connection, {path.name: path.read_bytes() for path in paths}


ETHICS = "management_2026-Q3_M_Head_of_Ethics.xlsx"
BUYING = "management_2026-Q3_M_Director_of_Procurement.xlsx"


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return written(tmp_path_factory.mktemp("management"))[2]


def table(data: bytes, title: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet's table by heading."""
    sheet = openpyxl.load_workbook(io.BytesIO(data))[title]
    if not sheet.tables:
        return []
    (found,) = sheet.tables.values()
    head, *rows = [[cell.value for cell in row] for row in sheet[found.ref]]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_every_owner_of_findings_or_actions_has_a_file_for_the_owner_of_the_run_only(tmp_path: Path) -> None:
    _, _, files = written(tmp_path)

    assert sorted(files) == [BUYING, ETHICS]
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in files} == {0o600}


def test_without_owners_there_is_no_file(tmp_path: Path) -> None:
    assert written(tmp_path, ())[2] == {}
    nobody: Line = ("finding", "2026-Q2/GFT-02", "2026-07-15", {**GIFTS, "owner": " "})
    potential: Line = ("finding", "2026-Q2/REC-01", "2026-07-15", {**GIFTS, "status": "potential"})
    assert written(tmp_path, (nobody, potential))[2] == {}


def test_a_file_holds_its_owners_findings_and_actions(usual: dict[str, bytes]) -> None:
    assert [row["Finding"] for row in table(usual[ETHICS], "Findings")] == ["2026-Q2/GFT-02"]
    assert [row["Action"] for row in table(usual[ETHICS], "Actions")] == ["2026-Q2/A-1", "2026-Q2/A-2"]
    assert [row["Finding"] for row in table(usual[BUYING], "Findings")] == ["2026-Q3/F-1"]
    assert [row["Action"] for row in table(usual[BUYING], "Actions")] == ["2026-Q3/A-3"]


def test_a_file_holds_nothing_of_another_owner(usual: dict[str, bytes]) -> None:
    ethics, buying = everything(usual[ETHICS]), everything(usual[BUYING])

    assert GIFTS["title"] in ethics
    assert OWN["title"] in buying
    for text in (
        OWN["title"],
        OWN["criteria"],
        OWN["management_response"],
        "Keep minutes",
        OWN["recommendation"],
        OWN["owner"],
        "F-1",
        "A-3",
    ):
        assert str(text) not in ethics
    for text in (GIFTS["title"], "Name a reader of the register", "Report monthly", GIFTS["owner"], "A-1", "GFT-02"):
        assert str(text) not in buying
    assert table(usual[BUYING], "Items") == []


def test_a_file_holds_no_name_no_identifier_and_nothing_restricted(usual: dict[str, bytes]) -> None:
    planted = [
        *NAMES,
        *PARTIES,
        *(f"P{n:07d}" for n in range(len(NAMES))),
        *("V-00000", "G-000003", "Harbour", "watch, 150", "Received 45", "Scored the bid"),
        *("WBP", "SECRET", "Secret", "Non-retaliation", "NAMED-IMPLEMENTER", "Seen in 4 units", "POTENTIAL-ONLY"),
        *(KEY.exception_id("GFT", "GFT-02", f"gift_id=G-{n:06d}") for n in range(12)),
    ]

    for data in usual.values():
        found = everything(data)
        assert [text for text in planted if text in found] == []


def test_the_search_finds_an_identity_that_is_planted(tmp_path: Path) -> None:
    leaking: Line = ("finding", "2026-Q2/GFT-02", "2026-07-15", {**GIFTS, "cause": f"Ask {NAMES[0]}."})

    assert NAMES[0] in everything(written(tmp_path, (leaking,))[2][ETHICS])


def test_the_items_behind_a_finding_bear_pseudonyms(usual: dict[str, bytes]) -> None:
    items = table(usual[ETHICS], "Items")

    assert len(items) == 12
    assert {row["Finding"] for row in items} == {"2026-Q2/GFT-02"}
    assert all(str(row["Item"]).startswith("P-") and str(row["Person"]).startswith("P-") for row in items)
    assert len({row["Item"] for row in items}) == 12
    assert len({row["Person"] for row in items}) == len(NAMES)  # the same person has the same pseudonym
    assert [row["Review"] for row in items].count("confirmed") == 3
    assert sum(row["Amount"] for row in items) == sum(450 + n for n in range(12))


def test_items_set_aside_are_left_out(tmp_path: Path) -> None:
    run, connection, files = written(tmp_path)
    connection.execute("UPDATE register_item SET standing = 'duplicate' WHERE item = 'gift_id=G-000005'")
    (owner,) = [each for each in owners(run) if each.name == "Head of Ethics"]
    made_again = management_edition.make(run, connection, KEY, owner).data()

    assert len(table(files[ETHICS], "Items")) == 12
    assert len(table(made_again, "Items")) == 11


def test_an_item_linked_to_the_finding_of_another_is_not_shown(tmp_path: Path) -> None:
    run, connection, _ = written(tmp_path)
    connection.execute("UPDATE register_item SET finding = '2026-Q3/F-1' WHERE item = 'gift_id=G-000005'")
    files = dict(zip((BUYING, ETHICS), owners(run), strict=True))
    data = {name: management_edition.make(run, connection, KEY, owner).data() for name, owner in files.items()}

    assert len(table(data[ETHICS], "Items")) == 11
    assert [row["Finding"] for row in table(data[BUYING], "Items")] == ["2026-Q3/F-1"]


def pseudonyms(data: bytes) -> set[str]:
    return {str(row[name]) for row in table(data, "Items") for name in ("Item", "Person")}


def test_no_two_files_and_no_two_runs_share_a_pseudonym(tmp_path: Path) -> None:
    lines = (*LINES, ("finding", "2026-Q2/REC-01", "2026-07-15", {**GIFTS, "owner": "Director of Procurement"}))
    _, _, files = written(tmp_path, lines)
    _, _, later = written(tmp_path, lines, lambda run: replace(run, id="20270112T093000Z"))
    other = written(tmp_path, lines, key=Key(bytes([1]) * 32))[2]

    assert pseudonyms(files[BUYING])
    assert not pseudonyms(files[ETHICS]) & pseudonyms(files[BUYING])
    assert not pseudonyms(files[ETHICS]) & pseudonyms(later[ETHICS])
    assert not pseudonyms(files[ETHICS]) & pseudonyms(other[ETHICS])


def test_identifiers_stand_only_for_attributes_that_the_project_lists(tmp_path: Path) -> None:
    def listed(run: Run) -> Run:
        return replace(run, project=replace(run.project, follow_up=Limits(identified=("GFT-02",))))

    items = table(written(tmp_path, change=listed)[2][ETHICS], "Items")
    assert items[0]["Item"] == "gift_id=G-000000"
    assert items[0]["Person"] == "P0000000"
    assert not [name for name in NAMES if name in everything(written(tmp_path, change=listed)[2][ETHICS])]


def test_owners_written_differently_are_the_same(tmp_path: Path) -> None:
    lines = (*LINES, ("action", "2026-Q3/A-9", "2026-10-12", {**ACTION, "owner": "head of  ethics", "title": "Again"}))
    run, _, _ = written(tmp_path, lines)
    (ethics,) = [each for each in owners(run) if each.name == "Head of Ethics"]

    assert sorted(action.key for action in ethics.actions) == ["2026-Q2/A-1", "2026-Q2/A-2", "2026-Q3/A-9"]


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["../../etc/passwd"], ["etc_passwd"]),
        (["Head: IT/OT"], ["Head_IT_OT"]),
        (["Head of IT", "head (of) it"], ["Head_of_IT", "head_of_it_2"]),
        (["رئيس القسم"], ["رئيس_القسم"]),
        (["***"], ["owner"]),
        (["x" * 200], ["x" * 60]),
    ],
)
def test_a_file_name_is_safe_and_no_two_are_alike(names: list[str], files: list[str]) -> None:
    found = file_names("2026-Q3", [Owner(name, (), ()) for name in names])

    assert found == [f"management_2026-Q3_M_{name}.xlsx" for name in files]


def test_a_draft_is_marked_on_every_page_and_an_issued_file_by_its_version(tmp_path: Path) -> None:
    draft = written(tmp_path)[2][ETHICS]
    issued = written(tmp_path, change=lambda run: replace(run, status=Status(version=2)))[2][ETHICS]

    heads = [
        {str(sheet.oddHeader.right.text) for sheet in openpyxl.load_workbook(io.BytesIO(data))}
        for data in (draft, issued)
    ]
    assert heads == [
        {"DRAFT - UNREVIEWED - for Head of Ethics only"},
        {"ISSUED, version 2 - for Head of Ethics only"},
    ]


def test_a_text_is_never_a_formula(tmp_path: Path) -> None:
    hostile: Line = ("finding", "2026-Q2/GFT-02", "2026-07-15", {**GIFTS, "cause": "=1+1"})
    sheet = openpyxl.load_workbook(io.BytesIO(written(tmp_path, (hostile,))[2][ETHICS]))["Findings"]

    (cell,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path, usual: dict[str, bytes]) -> None:
    assert written(tmp_path)[2] == usual
