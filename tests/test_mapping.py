"""Mapping files: what they may say, and what is refused with file, line and what to do."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT
from intake import MODEL, PAYMENT

from auditkit.contract import load_contracts
from auditkit.errors import MappingError, Problems
from auditkit.mapping import COLUMN_KEYS, SOURCE_KEYS, Mapping, canonical, load_mapping, load_mappings
from auditkit.notation import Notation

HEAD = 'file: "PAY*.csv"\n'
COLUMNS = "entities:\n  payment:\n    columns:\n      payment_id: NO\n"


def loaded(folder: Path, text: str) -> Mapping:
    path = folder / "pay.yml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, MODEL, root=folder)


def test_reads_every_key(tmp_path: Path) -> None:
    mapping = loaded(
        tmp_path,
        """\
file: "PAY*.csv"
source: {system: SAP, format: csv, delimiter: ";", decimal: ",", thousands: ".", date_format: "%d.%m.%Y",
  encoding: windows-1252, header_row: 3, null_values: ["", "#"], skip_footer_rows: 1, time_zone: Asia/Riyadh}
entities:
  payment:
    columns:
      payment_id: {row_number: true, prefix: R-}
      person_id: {from: PERNR, pad: 8, null_values: ["00000000"]}
      paid_on: {from: ENDDA, inclusive_end: true, open_values: ["31.12.9999"]}
      amount: {from: BET01, multiply: "12"}
      urgent: {from: X, values: {"X": true, "": false}}
      kind: {constant: goods}
      rate: {from: R, decimal: ".", thousands: "", round: true}
      note: {join_of: [A, B], separator: ", "}
    filters: [{column: SPRPS, in: [""]}, {column: NO, not_in: ["Nil"]}]
    distinct: true
""",
    )

    (part,) = mapping.entities
    by_name = {spec.column: spec for spec in part.columns}
    assert mapping.source.notation == Notation(",", ".", ("%d.%m.%Y",), (), ("", "#"), "Asia/Riyadh")
    assert (mapping.source.header_row, mapping.source.skip_footer_rows) == (3, 1)
    assert (by_name["payment_id"].row_number, by_name["payment_id"].prefix) == (True, "R-")
    assert by_name["person_id"].notation.null_values == ("00000000",)
    assert by_name["paid_on"].inclusive_end and by_name["paid_on"].open_values == ("31.12.9999",)
    assert by_name["amount"].multiply == Decimal(12)
    assert by_name["urgent"].values == (("X", "true"), ("", "false"))
    assert by_name["rate"].notation.decimal == "."
    assert part.distinct
    assert part.sources == ("PERNR", "ENDDA", "BET01", "X", "R", "A", "B", "SPRPS", "NO")


def test_a_text_instead_of_keys_names_the_column_of_the_file(tmp_path: Path) -> None:
    (part,) = loaded(tmp_path, HEAD + COLUMNS).entities

    assert part.columns[0].source == "NO"


def test_fits_file_names_whatever_their_case(tmp_path: Path) -> None:
    mapping = loaded(tmp_path, HEAD + COLUMNS)

    assert mapping.fits("pay_2026.CSV")
    assert not mapping.fits("repay.csv")


def test_a_canonical_mapping_takes_the_columns_the_contract_knows() -> None:
    (part,) = canonical(PAYMENT, ["payment_id", "amount", "comment"]).entities

    assert [spec.column for spec in part.columns] == ["payment_id", "amount"]


def test_no_folder_means_no_mappings(tmp_path: Path) -> None:
    assert load_mappings(tmp_path / "mappings", MODEL) == ()


def test_every_bad_mapping_of_a_folder_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "a.yml").write_text("file: a.csv\n", encoding="utf-8")
    (folder / "b.yml").write_text("fill: b.csv\n", encoding="utf-8")
    (folder / "c.yml").write_text(HEAD + COLUMNS, encoding="utf-8")

    with pytest.raises(Problems) as problems:
        load_mappings(folder, MODEL)

    assert [str(problem).split(":")[0] for problem in problems.value.problems] == ["mappings/a.yml", "mappings/b.yml"]


def column(text: str) -> str:
    return COLUMNS + f"      {text}\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("file: [a]\n" + COLUMNS, 1, "pattern of file names"),
        (HEAD + "entities:\n  payments: {}\n", 3, "did you mean 'payment'?"),
        (
            HEAD + "entities:\n  payment:\n    columns:\n      payment_id: A\n      ammount: B\n",
            6,
            "did you mean 'amount'?",
        ),
        (HEAD + "entities:\n  payment:\n    columns:\n      amount: B\n", 4, "lacks its key column 'payment_id'"),
        (HEAD + "source: {delimeter: ';'}\n" + COLUMNS, 2, "did you mean 'delimiter'?"),
        (HEAD + "source: {format: excel}\n" + COLUMNS, 2, "format is 'excel'"),
        (HEAD + "source: {encoding: window-1252}\n" + COLUMNS, 2, "did you mean 'windows-1252'?"),
        (HEAD + "source: {delimiter: ';;'}\n" + COLUMNS, 2, "one character"),
        (HEAD + "source: {decimal: x}\n" + COLUMNS, 2, "decimal is 'x'"),
        (HEAD + "source: {decimal: ',', thousands: ','}\n" + COLUMNS, 2, "thousands is ','"),
        (HEAD + "source: {date_format: dd.mm.yyyy}\n" + COLUMNS, 2, 'for example "%d.%m.%Y"'),
        (HEAD + "source: {header_row: 0}\n" + COLUMNS, 2, "from 1 on"),
        (HEAD + "source: {time_zone: Riyadh}\n" + COLUMNS, 2, "time_zone is 'Riyadh'"),
        (HEAD + column("amount: {from: A, constant: B}"), 6, "found from and constant"),
        (HEAD + column("amount: {prefix: A}"), 6, "found none of them"),
        (HEAD + column("amount: {from: A, pad: 8}"), 6, "pad does not fit amount"),
        (HEAD + column("note: {from: A, multiply: '2'}"), 6, "multiply does not fit note"),
        (HEAD + column("note: {from: A, inclusive_end: true}"), 6, "inclusive_end does not fit note"),
        (HEAD + column("amount: {from: A, multiply: '1,5'}"), 6, "multiply is '1,5'"),
        (HEAD + column("note: {from: A, pattern: '('}"), 6, "not a regular expression"),
        (HEAD + column("note: {from: A, pattern: 'a'}"), 6, "0 groups"),
        (HEAD + column("note: {from: A, values: {007: x}}"), 6, "must be in quotes"),
        (HEAD + column("note: {from: A, values: [x]}"), 6, "values must map"),
        (HEAD + column("note: {from: A, values: {x: y}, otherwise: drop}"), 6, "otherwise is 'drop'"),
        (HEAD + COLUMNS + "    filters: [{column: A}]\n", 6, "needs 'in' or 'not_in'"),
        (HEAD + COLUMNS + "    filters: [{colum: A, in: ['']}]\n", 6, "did you mean 'column'?"),
    ],
)
def test_refuses_what_cannot_be_meant_with_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(MappingError) as error:
        loaded(tmp_path, text)

    assert str(error.value).startswith(f"pay.yml:{line}: ")
    assert said in str(error.value)


FORMS = """\
file: "PAY*.csv"
entities:
  payment:
    - columns: {payment_id: NO, amount: A}
      filters: [{column: T, in: ["1"]}]
    - columns: {payment_id: OTHER, amount: {from: B, multiply: "100"}}
      filters: [{column: T, in: ["2"]}]
"""


class TestForms:
    """A file whose rows have several forms: a list under the entity, told apart by filters."""

    def test_every_form_knows_where_it_stands(self, tmp_path: Path) -> None:
        mapping = loaded(tmp_path, FORMS)

        assert [part.entity for part in mapping.entities] == ["payment", "payment"]
        assert [part.place for part in mapping.entities] == [("entities", "payment", 0), ("entities", "payment", 1)]
        assert mapping.line(*mapping.entities[1].place, "columns", "amount") == 6

    @pytest.mark.parametrize("forms", ["[]", "[{columns: {payment_id: NO}}]"])
    def test_a_form_without_filters_is_refused(self, tmp_path: Path, forms: str) -> None:
        with pytest.raises(MappingError, match="a form of payment would take every row"):
            loaded(tmp_path, f"{HEAD}entities: {{payment: {forms}}}\n")

    def test_a_mistake_in_a_form_is_named_with_its_line(self, tmp_path: Path) -> None:
        with pytest.raises(MappingError) as caught:
            loaded(tmp_path, FORMS.replace("amount: {from: B", "amuont: {from: B"))

        assert caught.value.line == 6


class TestGuide:
    """docs/mapping.md says what the loader knows."""

    TEXT = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")

    @pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
    def test_its_mappings_load(self, tmp_path: Path, example: str) -> None:
        path = tmp_path / "guide.yml"
        path.write_text(example, encoding="utf-8")

        assert load_mapping(path, load_contracts(ROOT / "controls" / "contracts")).entities

    @pytest.mark.parametrize("key", sorted({*SOURCE_KEYS, *COLUMN_KEYS}))
    def test_it_names_every_key(self, key: str) -> None:
        assert f"`{key}`" in self.TEXT
