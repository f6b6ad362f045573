"""A quarter's extracts in the contracts' tables: what is loaded, and that nothing is lost without being counted."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake import MODEL, Intake, mapping, take_in

from auditkit.errors import ExtractError
from auditkit.extract import load_extracts

SAP = 'source: {delimiter: ";", decimal: ",", thousands: ".", date_format: "%d.%m.%Y"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "2026-Q3"
    path.mkdir()
    return path


def put(folder: Path, name: str, content: str | bytes) -> None:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def payments(folder: Path, columns: str, *rows: str) -> Intake:
    """Load payment.csv with a payment_id counted from P1, the columns and rows given."""
    lines = [f"payment_id,{columns}", *(f"P{number},{row}" for number, row in enumerate(rows, 1))]
    put(folder, "payment.csv", "\n".join(lines) + "\n")
    return take_in(folder)


def mapped(folder: Path, columns: str, text: str, source: str = SAP, more: str = "") -> Intake:
    """Load PAY.csv through a mapping of its column ID and the columns given."""
    put(folder, "PAY.csv", text)
    entities = f"entities:\n  payment:\n    columns:\n      payment_id: ID\n      {columns}\n{more}"
    return take_in(folder, mapping(folder, f"file: PAY.csv\n{source}{entities}"))


def unread(intake: Intake) -> list[tuple[Any, ...]]:
    return intake.rows("SELECT source_row, column_name, found, reason FROM unread_cell ORDER BY ALL")


def rejected(intake: Intake) -> list[tuple[Any, ...]]:
    return intake.rows("SELECT source_row, reason FROM rejected_row ORDER BY ALL")


class TestWhatIsLoaded:
    def test_a_file_named_like_an_entity_is_read_with_the_contracts_own_headers(self, folder: Path) -> None:
        intake = payments(
            folder,
            "person_id,paid_on,entered_at,amount,rate,line_no,urgent,kind,note",
            "0012,2026-07-01,2026-07-01 09:30:15,1234.50,0.333333,7,true,goods,Zoë",
        )

        assert intake.rows("FROM payment") == [
            (
                "P1",
                "0012",
                dt.date(2026, 7, 1),
                dt.datetime(2026, 7, 1, 9, 30, 15),
                Decimal("1234.50"),
                Decimal("0.333333"),
                7,
                True,
                "goods",
                "Zoë",
                None,
                "payment.csv",
                2,
            )
        ]

    def test_every_table_of_the_model_exists_empty_if_nothing_was_delivered(self, folder: Path) -> None:
        intake = take_in(folder)

        assert [intake.values(f"SELECT count(*) FROM {name}") for name in MODEL.entities] == [[0]] * len(MODEL.entities)
        assert (intake.extracts.loaded, intake.extracts.ignored, intake.extracts.failed) == ((), (), ())

    def test_identical_rows_stay_apart(self, folder: Path) -> None:
        put(folder, "payment.csv", "payment_id,amount\nP1,5\nP1,5\n")

        assert take_in(folder).values("SELECT _source_row FROM payment ORDER BY 1") == [2, 3]

    def test_leading_zeros_survive_in_every_format(self, folder: Path) -> None:
        put(folder, "payment.csv", "payment_id,person_id\n0001,00000042\n")
        put(folder, "person.jsonl", '{"person_id": "00000042"}\n')
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in (["person_id", "valid_from"], ["00000042", dt.date(2026, 1, 1)]):
            book.active.append(row)
        book.save(folder / "station.xlsx")

        intake = take_in(folder)

        assert intake.rows("SELECT payment_id, person_id FROM payment") == [("0001", "00000042")]
        assert intake.values("SELECT person_id FROM person UNION ALL SELECT person_id FROM station") == ["00000042"] * 2

    def test_identifiers_are_trimmed_and_upper_case_in_one_unicode_form(self, folder: Path) -> None:
        intake = payments(folder, "person_id,note", " ab1 , ab1 ", "\u00a0ａｂ１,ａｂ１", "éa,é")

        assert intake.rows("SELECT person_id, note FROM payment ORDER BY payment_id") == [
            ("AB1", "ab1"),
            ("AB1", "ａｂ１"),
            ("ÉA", "é"),
        ]

    def test_two_files_may_feed_one_entity(self, folder: Path) -> None:
        put(folder, "payment.csv", "payment_id,amount\nP1,5\n")
        (folder / "more").mkdir()
        put(folder, "more/payment.csv", "payment_id,amount\nP2,6\n")

        intake = take_in(folder)

        assert intake.rows("SELECT payment_id, _source_file FROM payment ORDER BY 1") == [
            ("P1", "payment.csv"),
            ("P2", "more/payment.csv"),
        ]

    def test_one_file_may_feed_two_entities(self, folder: Path) -> None:
        put(folder, "HR.csv", "PERNR;NAME;BEGDA;PLANS\n1;Ann;01.01.2026;A\n1;Ann;01.07.2026;B\n;Bob;01.07.2026;C\n")
        text = f"""\
file: HR.csv
{SAP}entities:
  person:
    columns: {{person_id: {{from: PERNR, pad: 8}}, full_name: NAME}}
    distinct: true
  station:
    columns: {{person_id: {{from: PERNR, pad: 8}}, valid_from: BEGDA, post: PLANS}}
    filters: [{{column: PLANS, not_in: [A]}}]
"""
        intake = take_in(folder, mapping(folder, text))

        assert [(p.entity, p.rows, p.filtered, p.loaded, p.rejected) for p in intake.only.entities] == [
            ("person", 3, 1, 1, 1),
            ("station", 3, 1, 1, 1),
        ]
        assert [part.kept_where for part in intake.only.entities] == ["equal rows once", 'PLANS is not "A"']
        assert intake.rows("SELECT person_id, full_name, _source_row FROM person") == [("00000001", "Ann", 2)]
        assert intake.rows("SELECT valid_from, post FROM station") == [(dt.date(2026, 7, 1), "B")]

    def test_the_result_says_what_the_file_is(self, folder: Path) -> None:
        put(folder, "payment.csv", "payment_id,amount,comment\nP1,5,x\n")
        put(folder, "payment.csv.delivery.yml", "system: SAP\nrows: 1\n")

        extract = take_in(folder).only

        assert (extract.path, extract.format, extract.encoding, extract.rows) == ("payment.csv", "csv", "utf-8", 1)
        assert extract.delivery is not None and extract.delivery.rows == 1
        assert (extract.mapping, extract.unused, extract.restricted) == (None, ("comment",), False)
        assert extract.entities[0].columns == ("payment_id", "amount")

    def test_parquet_types_are_kept_and_checked(self, folder: Path) -> None:
        columns = (
            "'p1' AS payment_id, 42 AS person_id, DATE '9999-12-31' AS paid_on, 50.004::DOUBLE AS amount, "
            "TIMESTAMP '2026-07-01 10:00' AS entered_at, 12.0::DOUBLE AS line_no, true AS urgent, 1/3 AS rate"
        )
        duckdb.execute(f"COPY (SELECT {columns}) TO '{folder}/payment.parquet'")

        intake = take_in(folder)

        assert intake.rows("SELECT payment_id, person_id, paid_on, entered_at, line_no, urgent, rate FROM payment") == [
            ("P1", "42", None, dt.datetime(2026, 7, 1, 10), 12, True, Decimal("0.333333"))
        ]
        assert [row[:3] for row in unread(intake)] == [(1, "amount", "50.004")]
        assert intake.only.entities[0].sentinels == 1


class TestNumbers:
    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("1.234,50", "1234.50"),
            ("1234,5", "1234.50"),
            ("1.234.567,89", "1234567.89"),
            ("-1.234,50", "-1234.50"),
            ("(3.500,10)", "-3500.10"),
            ("3.500,10-", "-3500.10"),
            ("+7", "7.00"),
            (",50", "0.50"),
            ("1,500000", "1.50"),
            ("٣٤,٥", "34.50"),
            ("\u22125", "-5.00"),
        ],
    )
    def test_amounts_as_declared(self, folder: Path, written: str, value: str) -> None:
        intake = mapped(folder, "amount: A", f"ID;A\n1;{written}\n")

        assert intake.values("SELECT amount FROM payment") == [Decimal(value)]
        assert unread(intake) == []

    @pytest.mark.parametrize(
        "written",
        ["1.23", "1.2345,00", "12,345.00", "1e5", "£150", "Above limit", "175-200", "--5", "(-5)", "1_000", "0x1F"],
    )
    def test_what_is_not_written_as_declared_is_listed(self, folder: Path, written: str) -> None:
        intake = mapped(folder, "amount: A", f"ID;A\n1;{written}\n")

        assert intake.values("SELECT amount FROM payment") == [None]
        assert unread(intake) == [(2, "amount", written, "not a number (decimal sign ,, thousands sign .)")]

    def test_an_amount_is_never_rounded_in_silence(self, folder: Path) -> None:
        intake = payments(folder, "amount", "50.00", "50.004", "50.010", "12345678901234567.00")

        assert intake.values("SELECT amount FROM payment ORDER BY payment_id") == [
            Decimal("50.00"),
            None,
            Decimal("50.01"),
            None,
        ]
        assert [(row[0], row[2]) for row in unread(intake)] == [(3, "50.004"), (5, "12345678901234567.00")]
        assert "round: true" in unread(intake)[0][3]

    def test_rounding_that_is_declared_is_done_half_up(self, folder: Path) -> None:
        intake = mapped(folder, "amount: {from: A, round: true}", "ID;A\n1;50,004\n2;50,005\n3;-50,005\n")

        assert intake.values("SELECT amount FROM payment ORDER BY payment_id") == [
            Decimal("50.00"),
            Decimal("50.01"),
            Decimal("-50.01"),
        ]

    def test_a_rate_is_rounded_to_the_decimals_of_its_contract(self, folder: Path) -> None:
        assert payments(folder, "rate", "0.33333333").values("SELECT rate FROM payment") == [Decimal("0.333333")]

    def test_a_months_pay_times_twelve_is_exact(self, folder: Path) -> None:
        intake = mapped(folder, 'amount: {from: A, multiply: "12"}', "ID;A\n1;33,333\n2;1.000,10\n")

        assert intake.values("SELECT amount FROM payment ORDER BY payment_id") == [
            Decimal("400.00"),
            Decimal("12001.20"),
        ]

    def test_whole_numbers_are_not_rounded_either(self, folder: Path) -> None:
        intake = payments(folder, "line_no", "7", "7.0", "7.5", "99999999999")

        assert intake.values("SELECT line_no FROM payment ORDER BY payment_id") == [7, 7, None, None]
        assert [row[0] for row in unread(intake)] == [4, 5]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.decimals(Decimal("-1e15"), Decimal("1e15"), places=2), min_size=1, max_size=8))
    def test_every_amount_comes_back_to_the_cent(self, folder: Path, amounts: list[Decimal]) -> None:
        rows = [f"{n};" + f"{amount:,.2f}".translate(str.maketrans(",.", ".,")) for n, amount in enumerate(amounts)]

        intake = mapped(folder, "amount: A", "ID;A\n" + "\n".join(rows) + "\n")

        assert intake.values("SELECT amount FROM payment ORDER BY _source_row") == amounts
        assert unread(intake) == []


class TestDates:
    @pytest.mark.parametrize("written", ["01.07.2026", "1.7.2026"])
    def test_dates_in_the_declared_format(self, folder: Path, written: str) -> None:
        intake = mapped(folder, "paid_on: D", f"ID;D\n1;{written}\n")

        assert intake.values("SELECT paid_on FROM payment") == [dt.date(2026, 7, 1)]

    @pytest.mark.parametrize(
        "written", ["2026-07-01", "07/01/2026", "31.02.2026", "01.07.26", "yesterday", "01.07.2026 x"]
    )
    def test_dates_in_any_other_format_are_listed(self, folder: Path, written: str) -> None:
        intake = mapped(folder, "paid_on: D", f"ID;D\n1;{written}\n")

        assert intake.values("SELECT paid_on FROM payment") == [None]
        assert unread(intake) == [(2, "paid_on", written, "not a date written as dd.mm.yyyy")]

    def test_two_notations_may_be_declared(self, folder: Path) -> None:
        source = 'source: {delimiter: ";", date_format: ["%Y-%m-%d", "%d/%m/%Y"]}\n'

        intake = mapped(folder, "paid_on: D", "ID;D\n1;2026-07-01\n2;01/08/2026\n3;08-01-2026\n", source)

        assert intake.values("SELECT paid_on FROM payment ORDER BY payment_id") == [
            dt.date(2026, 7, 1),
            dt.date(2026, 8, 1),
            None,
        ]

    @pytest.mark.parametrize(
        "written", ["2026/07/01", "2026-7-1", "infinity", "epoch", "2026-07-01 10:00:00", "0026-07-01"]
    )
    def test_iso_is_meant_strictly(self, folder: Path, written: str) -> None:
        assert payments(folder, "paid_on", written).values("SELECT paid_on FROM payment") == [None]

    def test_midnight_in_a_date_column_is_the_date(self, folder: Path) -> None:
        assert payments(folder, "paid_on", "2026-07-01 00:00:00").values("SELECT paid_on FROM payment") == [
            dt.date(2026, 7, 1)
        ]

    def test_a_moment_without_a_time_is_midnight(self, folder: Path) -> None:
        intake = payments(folder, "entered_at", "2026-07-01", "2026-07-01T09:30", "2026-07-01 09:30:15.25")

        assert intake.values("SELECT entered_at FROM payment ORDER BY payment_id") == [
            dt.datetime(2026, 7, 1),
            dt.datetime(2026, 7, 1, 9, 30),
            dt.datetime(2026, 7, 1, 9, 30, 15, 250_000),
        ]

    def test_a_moment_follows_the_declared_date_format(self, folder: Path) -> None:
        intake = mapped(folder, "entered_at: D", "ID;D\n1;01.07.2026 09:30\n2;01.07.2026\n3;2026-07-01 09:30\n")

        assert intake.values("SELECT entered_at FROM payment ORDER BY payment_id") == [
            dt.datetime(2026, 7, 1, 9, 30),
            dt.datetime(2026, 7, 1),
            None,
        ]

    def test_a_moment_with_a_zone_needs_the_zone_of_the_organisation(self, folder: Path) -> None:
        intake = payments(folder, "entered_at", "2026-07-01T22:30:00Z")
        assert "declare time_zone" in unread(intake)[0][3]

        (folder / "payment.csv").unlink()
        source = 'source: {delimiter: ";", time_zone: Asia/Riyadh}\n'
        intake = mapped(folder, "entered_at: D", "ID;D\n1;2026-07-01T22:30:00Z\n2;2026-07-01 10:00\n", source)
        assert intake.values("SELECT entered_at FROM payment ORDER BY payment_id") == [
            dt.datetime(2026, 7, 2, 1, 30),
            dt.datetime(2026, 7, 1, 10),
        ]

    def test_the_zone_of_the_project_serves_every_file_that_names_none(self, folder: Path) -> None:
        rows = "1;2026-07-01T22:30:00Z\n2;2026-07-01 10:00\n3;2026-07-01T22:30:00+03:00\n"
        (folder / "payment.csv").write_text("payment_id,entered_at\n" + rows.replace(";", ","), encoding="utf-8")
        own = take_in(folder, time_zone="Asia/Riyadh").values("SELECT entered_at FROM payment ORDER BY payment_id")
        assert own == [dt.datetime(2026, 7, 2, 1, 30), dt.datetime(2026, 7, 1, 10), dt.datetime(2026, 7, 1, 22, 30)]

        (folder / "payment.csv").write_text("ID;D\n" + rows, encoding="utf-8")
        london = 'source: {delimiter: ";", time_zone: Europe/London}\n'
        text = f"file: payment.csv\n{london}entities: {{payment: {{columns: {{payment_id: {{from: ID}}, entered_at: {{from: D}}}}}}}}\n"
        mapped = take_in(folder, mapping(folder, text), time_zone="Asia/Riyadh")
        assert mapped.values("SELECT entered_at FROM payment ORDER BY payment_id") == [
            dt.datetime(2026, 7, 1, 23, 30),
            dt.datetime(2026, 7, 1, 10),
            dt.datetime(2026, 7, 1, 20, 30),
        ]

    @pytest.mark.parametrize("written", ["9999-12-31", "4712-12-31", "1800-01-01", "00000000", "0000-00-00"])
    def test_dates_that_mean_none_are_counted_and_not_unread(self, folder: Path, written: str) -> None:
        intake = payments(folder, "paid_on,entered_at", f"{written},{written}", "2026-07-01,2026-07-01")

        assert intake.values("SELECT paid_on FROM payment ORDER BY payment_id") == [None, dt.date(2026, 7, 1)]
        assert (intake.only.entities[0].sentinels, intake.only.entities[0].unread) == (2, 0)
        assert unread(intake) == []

    def test_an_inclusive_end_becomes_the_day_after_and_an_open_one_null(self, folder: Path) -> None:
        put(
            folder,
            "PA.csv",
            "PERNR;BEGDA;ENDDA;PLANS\n1;01.01.2026;30.06.2026;A\n1;01.07.2026;31.12.9999;B\n2;01.01.2026;31.12.2099;C\n",
        )
        text = f"""\
file: PA.csv
{SAP}entities:
  station:
    columns:
      person_id: PERNR
      valid_from: BEGDA
      valid_to: {{from: ENDDA, inclusive_end: true, open_values: ["31.12.2099"]}}
"""
        intake = take_in(folder, mapping(folder, text))

        assert intake.values("SELECT valid_to FROM station ORDER BY _source_row") == [dt.date(2026, 7, 1), None, None]
        assert intake.only.entities[0].sentinels == 2

    def test_the_first_day_of_all_time_is_kept_where_it_is_the_key(self, folder: Path) -> None:
        put(folder, "station.csv", "person_id,valid_from,valid_to\n1,1800-01-01,9999-12-31\n")

        assert take_in(folder).rows("SELECT valid_from, valid_to FROM station") == [(dt.date(1800, 1, 1), None)]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.dates(dt.date(1801, 1, 1), dt.date(2200, 1, 1)), min_size=1, max_size=8))
    def test_every_date_comes_back(self, folder: Path, days: list[dt.date]) -> None:
        rows = [f"{n};{day:%d.%m}.{day.year:04}" for n, day in enumerate(days)]

        intake = mapped(folder, "paid_on: D", "ID;D\n" + "\n".join(rows) + "\n")

        assert intake.values("SELECT paid_on FROM payment ORDER BY _source_row") == days


class TestOtherCells:
    def test_enums_whatever_their_case_and_nothing_else(self, folder: Path) -> None:
        intake = payments(folder, "kind", "goods", "SERVICE", "gifts")

        assert intake.values("SELECT kind FROM payment ORDER BY payment_id") == ["goods", "Service", None]
        assert unread(intake) == [(4, "kind", "gifts", "not one of: goods, Service, other")]

    def test_yes_and_no(self, folder: Path) -> None:
        intake = payments(folder, "urgent", "TRUE", "no", "1", "0", "X", "")

        assert intake.values("SELECT urgent FROM payment ORDER BY payment_id") == [True, False, True, False, None, None]
        assert unread(intake) == [(6, "urgent", "X", "not yes or no")]

    def test_a_value_map_lists_what_it_does_not_know(self, folder: Path) -> None:
        columns = 'urgent: {from: A, values: {"X": "true", "": "false"}}'

        intake = mapped(folder, columns, "ID;A\n1;X\n2;\n3;Y\n")

        assert intake.values("SELECT urgent FROM payment ORDER BY payment_id") == [True, False, None]
        assert unread(intake) == [(4, "urgent", "Y", "not among the values of the mapping")]

    @pytest.mark.parametrize(("otherwise", "value", "listed"), [("null", None, 0), ("keep", "Y", 0)])
    def test_a_value_map_may_say_what_becomes_of_the_rest(
        self, folder: Path, otherwise: str, value: str | None, listed: int
    ) -> None:
        columns = f'note: {{from: A, values: {{"X": "x"}}, otherwise: {otherwise}}}'

        intake = mapped(folder, columns, "ID;A\n1;X\n2;Y\n")

        assert intake.values("SELECT note FROM payment ORDER BY payment_id") == ["x", value]
        assert len(unread(intake)) == listed

    def test_a_pattern_takes_the_part_that_matters(self, folder: Path) -> None:
        intake = mapped(folder, "amount: {from: A, pattern: '^£?([0-9.,]+)$'}", "ID;A\n1;£150\n2;7,5\n3;Above limit\n")

        assert intake.values("SELECT amount FROM payment ORDER BY payment_id") == [Decimal(150), Decimal("7.5"), None]
        assert unread(intake) == [(4, "amount", "Above limit", "not what the pattern of the mapping describes")]

    def test_null_values_are_empty_and_not_unread(self, folder: Path) -> None:
        source = 'source: {delimiter: ";", null_values: ["", "#", "n/a"]}\n'

        intake = mapped(folder, "amount: A", "ID;A\n1;#\n2;n/a\n3;5\n", source)

        assert intake.values("SELECT amount FROM payment ORDER BY payment_id") == [None, None, Decimal(5)]
        assert unread(intake) == []

    def test_padding_reaches_digits_only(self, folder: Path) -> None:
        intake = mapped(folder, "person_id: {from: A, pad: 8}", "ID;A\n1;123\n2;EXT1\n3;123456789\n")

        assert intake.values("SELECT person_id FROM payment ORDER BY payment_id") == ["00000123", "EXT1", "123456789"]

    def test_constants_row_numbers_joins_and_hashes(self, folder: Path) -> None:
        put(folder, "N.csv", "first;last\nAnn;Lee\n ann ;LEE\nBob;\n;\n")
        text = """\
file: N.csv
source: {delimiter: ";"}
entities:
  payment:
    columns:
      payment_id: {row_number: true, prefix: R}
      person_id: {hash_of: [first, last]}
      note: {join_of: [first, last]}
      kind: {constant: goods}
"""
        intake = take_in(folder, mapping(folder, text))

        rows = intake.rows("SELECT payment_id, person_id, note, kind FROM payment ORDER BY _source_row")
        assert [row[0] for row in rows] == ["R2", "R3", "R4", "R5"]
        assert [row[2] for row in rows] == ["Ann Lee", "ann LEE", "Bob", None]
        assert rows[0][1] == rows[1][1] != rows[2][1]
        assert re.fullmatch("[0-9A-F]{16}", rows[0][1])
        assert rows[3] == ("R5", None, None, "goods")

    def test_a_cell_with_a_nul_byte_is_listed(self, folder: Path) -> None:
        put(folder, "payment.csv", b"payment_id,note\nP1,a\x00b\nP2,c\n")

        intake = take_in(folder)

        assert intake.values("SELECT note FROM payment ORDER BY payment_id") == [None, "c"]
        assert [(row[0], row[1], row[3]) for row in unread(intake)] == [(2, "note", "holds a NUL byte")]


class TestAccounting:
    def test_a_row_without_its_key_is_rejected_and_listed(self, folder: Path) -> None:
        put(folder, "station.csv", "person_id,valid_from,post\n1,2026-01-01,A\n,2026-01-01,B\n3,soon,C\n,,\n")

        intake = take_in(folder)

        (part,) = intake.only.entities
        assert (part.rows, part.filtered, part.loaded, part.rejected) == (4, 0, 1, 3)
        assert rejected(intake) == [
            (3, "the key column person_id is empty"),
            (4, "the key column valid_from cannot be read: soon: not a date written as yyyy-mm-dd"),
            (5, "the row is empty"),
        ]
        assert unread(intake) == [(4, "valid_from", "soon", "not a date written as yyyy-mm-dd")]

    def test_a_required_column_that_is_missing_rejects_nothing(self, folder: Path) -> None:
        assert payments(folder, "amount", "", "5").values("SELECT count(*) FROM payment") == [2]

    def test_unreadable_rows_are_rejected_for_every_entity_of_the_file(self, folder: Path) -> None:
        put(folder, "HR.csv", "PERNR;NAME;BEGDA\n1;Ann;01.01.2026\n2;Bob\n")
        text = f"file: HR.csv\n{SAP}entities:\n  person:\n    columns: {{person_id: PERNR}}\n"
        text += "  station:\n    columns: {person_id: PERNR, valid_from: BEGDA}\n"

        intake = take_in(folder, mapping(folder, text))

        assert intake.values("SELECT entity FROM rejected_row ORDER BY 1") == ["person", "station"]
        assert all(part.rows == part.loaded + part.rejected == 2 for part in intake.only.entities)

    def test_filtered_rows_are_counted(self, folder: Path) -> None:
        text = "ID;A;SPRPS\n1;5;\n2;6;X\n3;x;X\n4;y;\n"

        intake = mapped(folder, "amount: A", text, more='    filters: [{column: SPRPS, in: [""]}]\n')

        (part,) = intake.only.entities
        assert (part.rows, part.filtered, part.loaded, part.rejected, part.unread) == (4, 2, 2, 0, 1)
        assert [row[0] for row in unread(intake)] == [5]

    def test_an_empty_match_of_a_pattern_is_a_value_of_the_map(self, folder: Path) -> None:
        """Amounts with and without the sign of their currency: no sign, and no cell, mean the usual one."""
        columns = """note: {from: A, pattern: "^([£$]?)", values: {"£": GBP, "$": USD, "": none}}"""

        intake = mapped(folder, columns, "ID;A\n1;£5\n2;$5\n3;5\n4;\n")

        assert intake.values("SELECT note FROM payment ORDER BY payment_id") == ["GBP", "USD", "none", "none"]
        assert unread(intake) == []

    def test_an_empty_match_may_mean_that_there_is_no_value(self, folder: Path) -> None:
        columns = """note: {from: A, pattern: "^([£$]?)", values: {"£": GBP, "": null}}"""

        intake = mapped(folder, columns, "ID;A\n1;£5\n2;5\n3;\n")

        assert intake.values("SELECT note FROM payment ORDER BY payment_id") == ["GBP", None, None]
        assert unread(intake) == []

    def test_compensating_counts_hide_nothing(self, folder: Path) -> None:
        """One cell filled from an empty one and one unreadable cell leave the totals equal."""
        columns = 'kind: {from: A, values: {"": goods, "S": Service}}'

        intake = mapped(folder, columns, "ID;A\n1;\n2;Z\n3;S\n")

        assert [row[:3] for row in unread(intake)] == [(3, "kind", "Z")]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["", "P1", "P2", " "]),
                st.sampled_from(["", "5", "x", "5.001", "(5)", "n/a"]),
                st.sampled_from(["", "2026-07-01", "9999-12-31", "31.12.2026", "00000000"]),
                st.sampled_from(["", "X"]),
            ),
            max_size=12,
        )
    )
    def test_every_row_and_every_cell_is_accounted_for(self, folder: Path, table: list[tuple[str, ...]]) -> None:
        columns = "amount: {from: A, null_values: [n/a]}\n      paid_on: D"
        text = "ID;A;D;F\n" + "".join(";".join(row) + "\n" for row in table)

        intake = mapped(folder, columns, text, 'source: {delimiter: ";"}\n', '    filters: [{column: F, in: [""]}]\n')

        (part,) = intake.only.entities
        kept = [row for row in table if row[3] == ""]
        keyed = [row for row in kept if row[0].strip()]
        assert (part.rows, part.filtered, part.loaded, part.rejected) == (
            len(table),
            len(table) - len(kept),
            len(keyed),
            len(kept) - len(keyed),
        )
        assert part.unread == sum((row[1] in ("x", "5.001")) + (row[2] == "31.12.2026") for row in kept)
        assert part.sentinels == sum(row[2] in ("9999-12-31", "00000000") for row in kept)
        assert intake.values("SELECT count(*) FROM unread_cell") == [part.unread]
        assert intake.values("SELECT count(*) FROM rejected_row") == [part.rejected]


class TestForms:
    """Rows of several forms in one file: each is read by its own columns, and every row is counted once."""

    TEXT = "T,NO,A,B\n1,P1,5,\n2,,P2,7\n1,P3,x,\n2,,,9\n3,P4,1,1\n"
    COLUMNS = """\
file: PAY.csv
entities:
  payment:
    - columns: {payment_id: NO, amount: A}
      filters: [{column: T, in: ["1"]}]
    - columns: {payment_id: A, amount: B, note: {constant: other form}}
      filters: [{column: T, in: ["2"]}]
"""

    def test_each_row_is_read_by_its_form(self, folder: Path) -> None:
        put(folder, "PAY.csv", self.TEXT)

        intake = take_in(folder, mapping(folder, self.COLUMNS))

        rows = intake.rows("SELECT payment_id, amount, note, _source_row FROM payment ORDER BY _source_row")
        assert rows == [("P1", 5, None, 2), ("P2", 7, "other form", 3), ("P3", None, None, 4)]

    def test_every_row_is_filtered_loaded_or_rejected_once(self, folder: Path) -> None:
        put(folder, "PAY.csv", self.TEXT)

        intake = take_in(folder, mapping(folder, self.COLUMNS))

        (part,) = intake.only.entities
        assert (part.rows, part.filtered, part.loaded, part.rejected, part.unread) == (5, 1, 3, 1, 1)
        assert part.columns == ("payment_id", "amount", "note")
        assert rejected(intake) == [(5, "the key column payment_id is empty")]
        assert unread(intake) == [(4, "amount", "x", "not a number (decimal sign .)")]

    def test_a_row_that_cannot_be_read_at_all_is_rejected_once(self, folder: Path) -> None:
        put(folder, "PAY.csv", self.TEXT + "1,P5,5,,too many\n")

        intake = take_in(folder, mapping(folder, self.COLUMNS))

        (part,) = intake.only.entities
        assert (part.rows, part.filtered, part.loaded, part.rejected) == (6, 1, 3, 2)
        assert len(rejected(intake)) == 2

    def test_a_row_of_two_forms_is_refused(self, folder: Path) -> None:
        put(folder, "PAY.csv", self.TEXT)

        intake = take_in(folder, mapping(folder, self.COLUMNS.replace('["2"]', '["1", "2"]')))

        assert "2 rows fit more than one form of payment in the mapping; the first is row 2" in intake.error
        assert "change the filters" in intake.error
        assert intake.values("SELECT count(*) FROM payment") == [0]

    def test_a_column_that_the_file_lacks_is_named_with_the_line_of_its_form(self, folder: Path) -> None:
        put(folder, "PAY.csv", self.TEXT)

        intake = take_in(folder, mapping(folder, self.COLUMNS.replace("amount: B", "amount: C")))

        assert "map.yml:6" in intake.error
        assert "has no column 'C'" in intake.error


class TestBadInput:
    def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(ExtractError, match="put the quarter's extracts there"):
            take_in(tmp_path / "2026-Q9")

    def test_an_extract_that_only_its_note_speaks_of(self, folder: Path) -> None:
        put(folder, "payment.csv.delivery.yml", "rows: 1\n")

        intake = take_in(folder)

        assert intake.error.startswith("payment.csv: there is a delivery note, but the extract is missing")
        assert intake.extracts.failed[0].entities == ("payment",)

    def test_a_link_that_leads_nowhere(self, folder: Path) -> None:
        (folder / "payment.csv").symlink_to(folder / "gone.csv")

        intake = take_in(folder)

        assert intake.error.startswith("payment.csv: the extract is a link that leads nowhere")
        assert intake.extracts.failed[0].entities == ("payment",)

    def test_a_broken_delivery_note(self, folder: Path) -> None:
        put(folder, "payment.csv", "payment_id\nP1\n")
        put(folder, "payment.csv.delivery.yml", "row: 1\n")

        assert take_in(folder).error.startswith("payment.csv.delivery.yml:1: unknown key 'row'")

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("payment.csv", "", "empty (0 bytes)"),
            ("payment.csv", "payment_id,ammount\nP1,5\n", "did you mean 'amount'?"),
            ("payment.csv", "number,amount\n1,5\n", "lacks payment_id, the key of payment"),
            ("payment.csv", "payment_id;amount\nP1;5\n", "the delimiter may be ';'"),
            ("payment.csv", "payment_id,payment_id\nP1,P2\n", "has 2 columns called 'payment_id'"),
            ("payment.csv", b"payment_id,note\nP1,caf\xe9\n", "declare encoding: windows-1252"),
            ("payment.xlsx", b"PK\x03\x04 cut", "truncated or damaged"),
            ("payment.parquet", b"PAR1", "truncated or damaged"),
            ("payment.jsonl", "", "empty (0 bytes)"),
        ],
    )
    def test_a_file_that_cannot_be_used_stops_no_other(
        self, folder: Path, name: str, content: str | bytes, said: str
    ) -> None:
        put(folder, name, content)
        put(folder, "person.csv", "person_id\n1\n")

        intake = take_in(folder)

        assert said in intake.error
        assert intake.error.startswith(f"{name}: ")
        assert intake.extracts.failed[0].entities == ("payment",)
        assert [extract.path for extract in intake.extracts.loaded] == ["person.csv"]
        assert intake.values("SELECT count(*) FROM payment") == [0]

    def test_a_spreadsheet_with_merged_header_rows(self, folder: Path) -> None:
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        for row in (["Payment", None, "Money"], ["ID", "Day", "A"], ["1", "01.07.2026", 5]):
            page.append(row)
        page.merge_cells("A1:B1")
        book.save(folder / "PAY.xlsx")
        entities = "entities:\n  payment:\n    columns: {payment_id: ID, amount: A}\n"

        failing = take_in(folder, mapping(folder, f"file: PAY.xlsx\n{entities}"))
        working = take_in(folder, mapping(folder, f"file: PAY.xlsx\nsource: {{header_row: 2}}\n{entities}"))

        assert "1 of 3 header cells are blank: merged cells, or another header_row?" in failing.error
        assert working.rows("SELECT payment_id, amount, _source_row FROM payment") == [("1", Decimal(5), 3)]

    def test_a_mapping_that_names_a_column_the_file_lacks(self, folder: Path) -> None:
        intake = mapped(folder, "amount: BETRAG", "ID;BETRG\n1;5\n")

        assert intake.error.startswith("2026-Q3-mappings/map.yml:7: PAY.csv has no column 'BETRAG'")
        assert "did you mean 'BETRG'?" in intake.error

    def test_two_mappings_for_one_file(self, folder: Path) -> None:
        put(folder, "PAY.csv", "ID\n1\n")
        entities = "entities:\n  payment:\n    columns: {payment_id: ID}\n"
        both = [mapping(folder, f"file: {file}\n{entities}", f"{n}.yml") for n, file in enumerate(("PAY.csv", '"P*"'))]

        assert (
            "several mappings are for this file: 2026-Q3-mappings/0.yml, 2026-Q3-mappings/1.yml"
            in take_in(folder, *both).error
        )

    def test_a_file_nothing_is_known_of_is_listed_and_not_lost(self, folder: Path) -> None:
        put(folder, "paymnt.csv", "payment_id\nP1\n")
        put(folder, "notes.docx", "x")
        put(folder, ".hidden", "x")

        ignored = take_in(folder).extracts.ignored

        assert [item.path for item in ignored] == ["notes.docx", "paymnt.csv"]
        assert "did you mean payment.csv?" in ignored[1].reason

    def test_a_failure_half_way_leaves_nothing_of_the_file(self, folder: Path) -> None:
        """RE2 refuses a look-behind that Python's re accepts: the first entity is loaded by then."""
        put(folder, "HR.csv", "PERNR;NAME;BEGDA;PLANS\n1;Ann;01.01.2026;A\n")
        text = f"file: HR.csv\n{SAP}entities:\n  person:\n    columns: {{person_id: PERNR}}\n"
        text += "  station:\n    columns: {person_id: PERNR, valid_from: BEGDA, post: {from: PLANS, pattern: '(?<=x)(A)'}}\n"

        intake = take_in(folder, mapping(folder, text))

        assert "could not be loaded" in intake.error
        assert intake.values("SELECT count(*) FROM person") == [0]
        assert intake.values("SELECT count(*) FROM duckdb_tables() WHERE temporary") == [0]


class TestRestricted:
    def test_without_passphrase_a_restricted_file_is_not_even_mentioned(self, folder: Path) -> None:
        put(folder, "confidence.csv", "confidence_id,told_on\nC1,2026-07-01\n")
        put(folder, "confidence.csv.delivery.yml", "nonsense: 1\n")
        seen: list[str] = []
        connection = duckdb.connect()

        extracts = load_extracts(connection, MODEL, folder, (), include_restricted=False, on_file=seen.append)

        assert (extracts.loaded, extracts.ignored, extracts.failed, seen) == ((), (), (), [])
        assert connection.execute("SELECT count(*) FROM confidence").fetchone() == (0,)

    def test_with_passphrase_everything_of_it_is_marked(self, folder: Path) -> None:
        put(folder, "confidence.csv", "confidence_id,told_on\nC1,soon\n,2026-07-01\nx,y,z\n")

        intake = take_in(folder, restricted=True)

        assert intake.only.restricted
        assert intake.values("SELECT restricted FROM unread_cell") == [True]
        assert intake.values("SELECT restricted FROM rejected_row") == [True, True]

    def test_a_restricted_file_that_fails_is_marked(self, folder: Path) -> None:
        put(folder, "confidence.csv", "")

        assert take_in(folder, restricted=True).extracts.failed[0].restricted
        assert take_in(folder, restricted=False).extracts.failed == ()

    def test_a_restricted_column_of_an_open_file_is_not_delivered(self, folder: Path) -> None:
        put(folder, "payment.csv", "payment_id,secret,note\nP1,whisper,x\n")

        without, with_it = take_in(folder), take_in(folder, restricted=True)

        assert without.only.entities[0].columns == ("payment_id", "note")
        assert without.only.unused == ()
        assert without.values("SELECT secret FROM payment") == [None]
        assert with_it.only.entities[0].columns == ("payment_id", "note", "secret")
        assert with_it.values("SELECT secret FROM payment") == ["whisper"]

    def test_unreadable_restricted_cells_do_not_show_in_the_open_count(self, folder: Path) -> None:
        put(folder, "payment.csv", b"payment_id,secret,note\nP1,a\x00b,c\x00d\n")

        (part,) = take_in(folder, restricted=True).only.entities

        assert (part.unread, part.restricted_unread) == (1, 1)


def test_the_callback_hears_of_every_file(folder: Path) -> None:
    put(folder, "payment.csv", "payment_id\nP1\n")
    put(folder, "person.csv", "person_id\n1\n")
    seen: list[str] = []

    load_extracts(duckdb.connect(), MODEL, folder, (), include_restricted=False, on_file=seen.append)

    assert seen == ["payment.csv", "person.csv"]
