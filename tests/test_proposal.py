"""The proposal of a mapping: from headers alone, loadable as written, and nothing guessed in silence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import openpyxl
import pytest
from intake import MODEL, Intake, column, entity, take_in

from auditkit.entity import DataModel, Synonym
from auditkit.errors import ExtractError
from auditkit.mapping import load_mapping
from auditkit.proposal import propose


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def taken_in(folder: Path, text: str) -> Intake:
    """Load the folder through the proposed mapping, as written."""
    path = folder.parent / "proposed.yml"
    path.write_text(text, encoding="utf-8")
    return take_in(folder, load_mapping(path, MODEL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "quarter"
    path.mkdir()
    return path


def test_sap_names_are_known_and_the_proposal_loads_as_written(folder: Path) -> None:
    file = put(
        folder, "PA0001_2026Q3.csv", "PERNR;BEGDA;ENDDA;PLANS;KOSTL\n7;2026-07-01;2026-09-30;A;9\n".encode("utf-16")
    )

    proposal = propose(file, MODEL)

    assert proposal.columns_by_entity == {"station": frozenset({"person_id", "valid_from", "valid_to", "post"})}
    assert (proposal.source.delimiter, proposal.source.encoding) == (";", "utf-16")
    assert proposal.unmatched == ("KOSTL",)
    assert proposal.ambiguous == ()
    assert 'file: "PA0001_*.csv"' in proposal.text
    assert "valid_to: {from: ENDDA, inclusive_end: true}" in proposal.text
    assert taken_in(folder, proposal.text).rows("SELECT person_id, post, CAST(valid_to AS VARCHAR) FROM station") == [
        ("7", "A", "2026-10-01")
    ]


def test_the_contracts_own_names_are_known_whatever_their_spelling(folder: Path) -> None:
    proposal = propose(put(folder, "x.csv", "Payment ID,PAID-ON,Amount\n"), MODEL)

    assert proposal.columns_by_entity == {"payment": frozenset({"payment_id", "paid_on", "amount"})}


def test_a_file_may_feed_several_entities(folder: Path) -> None:
    proposal = propose(put(folder, "HR.csv", "PERNR,BEGDA,PLANS,person_id,ENAME,STRAS\n"), MODEL)

    assert set(proposal.columns_by_entity) == {"station", "person"}


def test_a_plain_value_for_a_hash_column_is_hashed(folder: Path) -> None:
    text = propose(put(folder, "person.csv", "person_id,ENAME,STRAS\n"), MODEL).text

    assert "address_hash: {hash_of: [STRAS]}" in text


def test_required_columns_that_are_missing_are_named(folder: Path) -> None:
    proposal = propose(put(folder, "payment.csv", "paid_on,note\n"), MODEL)

    (part,) = proposal.entities
    assert part.missing == ("payment_id", "amount")
    assert "# payment_id: {from: }  # part of the key: The payment_id." in proposal.text


def test_two_headers_for_one_column_are_listed_and_left_out(folder: Path) -> None:
    proposal = propose(put(folder, "payment.csv", "payment_id,BUDAT,budat,amount\n"), MODEL)

    assert proposal.ambiguous == ("BUDAT and budat may each be payment.paid_on; both were left out",)
    assert "paid_on" not in proposal.columns_by_entity["payment"]
    assert "# Unclear: BUDAT and budat" in proposal.text


def test_one_header_for_two_columns_is_listed_and_left_out(folder: Path) -> None:
    synonym = (Synonym("SAP ERP", "DATUM"),)
    thing = entity(
        "thing",
        column("thing_id"),
        column("made_on", "DATE", synonyms=synonym),
        column("sold_on", "DATE", synonyms=synonym),
        column("price", "DECIMAL(18,2)"),
        key=("thing_id",),
    )

    proposal = propose(put(folder, "thing.csv", "thing_id,DATUM,price\n"), DataModel({"thing": thing}))

    assert proposal.ambiguous == ("DATUM may be thing.made_on or sold_on; it was left out",)
    assert proposal.columns_by_entity == {"thing": frozenset({"thing_id", "price"})}


def test_entities_that_fit_equally_well_are_named(folder: Path) -> None:
    twins = {name: entity(name, column("id"), column("note"), key=("id",)) for name in ("alpha", "omega")}

    proposal = propose(put(folder, "x.csv", "id,note\n"), DataModel(twins))

    assert proposal.ambiguous == ("the headers fit alpha and omega equally well; alpha was taken",)


def test_headers_that_fit_nothing_give_no_entity_but_say_what_they_may_be(folder: Path) -> None:
    proposal = propose(put(folder, "x.csv", "STRAS,colour\n"), MODEL)

    assert proposal.entities == ()
    assert proposal.columns_by_entity == {}
    assert "#   STRAS (may be person.address_hash)" in proposal.text
    assert "#   colour\n" in proposal.text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_and_a_title_above_the_header_are_found(folder: Path, delimiter: str) -> None:
    rows = [["Payments of the quarter"], [], ["payment_id", "paid_on", "amount"], ["1", "2026-07-01", "5"]]
    file = put(folder, "payment.csv", "".join(delimiter.join(row) + "\n" for row in rows))

    proposal = propose(file, MODEL)

    assert (proposal.source.delimiter, proposal.source.header_row) == (delimiter, 3)
    assert taken_in(folder, proposal.text).values("SELECT _source_row FROM payment") == [4]


def test_every_format_has_headers(folder: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Register"], ["payment_id", "amount"], ["1", 5]):
        book.active.append(row)
    book.save(folder / "payment.xlsx")
    duckdb.execute(f"COPY (SELECT '1' AS payment_id, 5 AS amount) TO '{folder}/payment.parquet'")
    put(folder, "payment.jsonl", '{"payment_id": "1", "amount": 5}\n')

    found = {name: propose(folder / f"payment.{name}", MODEL) for name in ("xlsx", "parquet", "jsonl")}

    assert found["xlsx"].source.header_row == 2
    assert all(
        proposal.columns_by_entity == {"payment": frozenset({"payment_id", "amount"})} for proposal in found.values()
    )


@pytest.mark.parametrize(("name", "content"), [("x.csv", ""), ("x.csv", "\n\n"), ("x.xlsx", "no"), ("x.dat", "a")])
def test_a_file_without_a_header_is_refused(folder: Path, name: str, content: str) -> None:
    with pytest.raises(ExtractError, match=name):
        propose(put(folder, name, content), MODEL)


class TestNamedEntities:
    """Headers that nobody knows: the auditor names the tables."""

    def test_every_column_that_is_needed_is_a_line_to_fill_in(self, folder: Path) -> None:
        file = put(folder, "staff.csv", "gehalt,note\n1,x\n")

        proposal = propose(file, MODEL, ("payment",))

        (part,) = proposal.entities
        assert (part.entity, [match.column for match in part.matches]) == ("payment", ["note"])
        assert "# amount: {from: }  # required" in proposal.text
        assert "# if the file has them: person_id, paid_on" in proposal.text
        assert proposal.unmatched == ("gehalt",)

    def test_rows_without_an_identifier_may_be_numbered(self, folder: Path) -> None:
        file = put(folder, "staff.csv", "gehalt,note\n1,x\n1,x\n")

        text = propose(file, MODEL, ("payment", "station")).text

        numbered = '# payment_id: {row_number: true, prefix: "payment row "}'
        assert numbered in text
        assert "# person_id: {row_number" not in text  # half of a key is no number of the row
        loaded = taken_in(folder, text[: text.index("  station:")].replace(numbered, numbered[2:]))
        assert loaded.values("SELECT payment_id FROM payment") == ["PAYMENT ROW 2", "PAYMENT ROW 3"]

    def test_an_unknown_table_is_refused_with_the_nearest(self, folder: Path) -> None:
        with pytest.raises(ExtractError, match="no table 'paymnt'") as caught:
            propose(put(folder, "staff.csv", "a,b\n"), MODEL, ("paymnt",))

        assert caught.value.hint == "did you mean 'payment'?"

    def test_one_name_alone_does_not_say_which_system_it_is(self, folder: Path) -> None:
        text = propose(put(folder, "staff.csv", "PERNR,colour\n"), MODEL, ("payment",)).text

        assert "  system:  # who delivers it" in text


class TestSpecimens:
    """Cells of the first rows that need more than the name of their column."""

    def remark(self, folder: Path, name: str, *cells: str) -> str:
        rows = "".join(f'{number},"{cell}"\n' for number, cell in enumerate(cells))
        text = propose(put(folder, "payment.csv", f"payment_id,{name}\n{rows}"), MODEL).text
        (line,) = (line for line in text.splitlines() if line.startswith(f"      {name}:"))
        return line.partition("}")[2].strip()

    def test_values_that_the_contract_does_not_list_are_shown(self, folder: Path) -> None:
        assert self.remark(folder, "kind", "GOODS", "Gift", "Gift", "", "goods") == '# found: "Gift"'

    def test_values_that_it_lists_need_nothing(self, folder: Path) -> None:
        assert self.remark(folder, "kind", "goods", "service", "") == ""

    def test_amounts_that_are_no_plain_numbers_are_shown(self, folder: Path) -> None:
        found = self.remark(folder, "amount", "1.50", "£150", "Above limit", "-7")

        assert found == '# no plain numbers, a pattern: may take the part that matters: "£150", "Above limit"'

    def test_a_date_format_is_told_by_a_day_that_is_no_month(self, folder: Path) -> None:
        assert self.remark(folder, "paid_on", "01/02/2026", "31/01/2026") == '# date_format: ["%d/%m/%Y"]'
        assert self.remark(folder, "paid_on", "01/02/2026", "01/31/2026") == '# date_format: ["%m/%d/%Y"]'

    def test_day_and_month_that_could_be_either_are_left_to_the_reader(self, folder: Path) -> None:
        found = self.remark(folder, "paid_on", "01/02/2026")

        assert found == (
            '# date_format: ["%d/%m/%Y"] or date_format: ["%m/%d/%Y"], which the cells do not tell apart: "01/02/2026"'
        )

    def test_two_notations_and_words_are_all_named(self, folder: Path) -> None:
        found = self.remark(folder, "paid_on", "2026-07-01", "31/07/2026", "Nil Return")

        assert found == '# date_format: ["%Y-%m-%d", "%d/%m/%Y"]; no dates: "Nil Return"'

    def test_iso_dates_need_nothing(self, folder: Path) -> None:
        assert self.remark(folder, "paid_on", "2026-07-01", "", "2026-07-01 00:00") == ""

    def test_long_and_many_texts_are_cut(self, folder: Path) -> None:
        found = self.remark(folder, "kind", "x" * 60, *(f"v{number}" for number in range(9)))

        assert found.startswith(f'# found: "{"x" * 40}...", "v0"')
        assert found.endswith('"v4" and 4 more')

    def test_a_line_break_in_a_cell_stays_in_the_comment(self, folder: Path) -> None:
        assert self.remark(folder, "kind", "two\nlines") == '# found: "two lines"'

    def test_cells_of_restricted_columns_are_not_shown(self, folder: Path) -> None:
        text = propose(put(folder, "confidence.csv", "confidence_id,told_on\n1,spring\n"), MODEL).text

        assert "spring" not in text

    def test_of_a_restricted_table_no_cell_is_shown_whatever_the_class_of_its_column(self, folder: Path) -> None:
        table = MODEL.entities["confidence"]
        columns = tuple(replace(column, classification="C1") for column in table.columns)
        model = DataModel({**MODEL.entities, "confidence": replace(table, columns=columns)})
        text = propose(put(folder, "confidence.csv", "confidence_id,told_on\n1,spring\n"), model).text

        assert "told_on" in text
        assert "spring" not in text
