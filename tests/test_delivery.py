"""The delivery note: what is kept of it, and what is refused with file and line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from auditkit import delivery
from auditkit.errors import ExtractError

NOTE = """\
system: SAP ERP HCM
environment: production
report: PA0008 basic pay
filters: none
user: SVC_AUDIT
extracted_at: 2026-10-08 05:30:00
period: {start: 2026-07-01, end: 2026-10-01}
rows: 12
sha256: "AA00000000000000000000000000000000000000000000000000000000000000"
control_totals:
  - {entity: pay, column: amount, value: "558706824.60", source: General ledger, source_query: independent}
  - {rows: true, value: 12, source: own count, source_query: same}
  - {distinct: person_id, value: 7.5}
  - {measure: distinct, column: person_id, value: "8"}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "pay.csv.delivery.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_keeps_everything_the_note_says(tmp_path: Path) -> None:
    note = delivery.load(written(tmp_path, NOTE), root=tmp_path)

    assert note is not None
    assert (note.path, note.system, note.user) == ("pay.csv.delivery.yml", "SAP ERP HCM", "SVC_AUDIT")
    assert note.extracted_at == dt.datetime(2026, 10, 8, 5, 30)
    assert note.period == (dt.date(2026, 7, 1), dt.date(2026, 10, 1))
    assert (note.rows, note.sha256) == (12, "aa" + "0" * 62)
    assert [(t.entity, t.measure, t.column, t.value, t.source_query) for t in note.control_totals] == [
        ("pay", "sum", "amount", Decimal("558706824.60"), "independent"),
        (None, "rows", None, Decimal(12), "same"),
        (None, "distinct", "person_id", Decimal("7.5"), None),
        (None, "distinct", "person_id", Decimal(8), None),
    ]


def test_a_missing_note_is_none_and_no_error(tmp_path: Path) -> None:
    assert delivery.load(tmp_path / "pay.csv.delivery.yml") is None


def test_a_silent_note_is_a_note_without_values(tmp_path: Path) -> None:
    note = delivery.load(written(tmp_path, "limitation: published, no totals\n"))

    assert note is not None
    assert (note.limitation, note.rows, note.period, note.control_totals) == ("published, no totals", None, None, ())


def test_the_note_stands_beside_the_extract() -> None:
    assert delivery.note_path(Path("q/pay.csv")) == Path("q/pay.csv.delivery.yml")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("system: x\nrow: 12\n", 2, "did you mean 'rows'?"),
        ("rows: twelve\n", 1, "rows is not a count"),
        ("rows: -1\n", 1, "rows is not a count"),
        ("sha256: abc\n", 1, "64 hexadecimal digits"),
        ("system: x\nextracted_at: yesterday\n", 2, "not a date and time"),
        ("period: {start: 2026-07-01}\n", 1, "lacks 'end'"),
        ("period:\n  start: 2026-10-01\n  end: 2026-07-01\n", 3, "before it starts"),
        ("period:\n  start: July\n  end: 2026-07-01\n", 2, "not a date"),
        ("control_totals: 12\n", 1, "must be a list"),
        ("control_totals:\n  - {column: a}\n", 2, "lacks 'value'"),
        ("control_totals:\n  - {value: '1'}\n", 2, "does not say what is counted"),
        ("control_totals:\n  - {column: a, value: 1.2.3}\n", 2, "not a number"),
        ("control_totals:\n  - {column: a, value: '1', source_query: own}\n", 2, "source_query is 'own'"),
        ("control_totals:\n  - {column: a, value: 12345678901234.567}\n", 2, "more digits than YAML keeps"),
        ("control_totals:\n  - {column: a, value: .inf}\n", 2, "not a number"),
        ("rows: 1\nrows: 2\n", 2, "duplicate key"),
    ],
)
def test_refuses_what_it_cannot_read_with_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ExtractError) as error:
        delivery.load(written(tmp_path, text), root=tmp_path)

    assert str(error.value).startswith(f"pay.csv.delivery.yml:{line}: ")
    assert said in str(error.value)
