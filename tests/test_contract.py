from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from auditkit.contract import load_contracts
from auditkit.document import load
from auditkit.entity import Entity
from auditkit.errors import AuditkitError, ContractError, Problems

CONTRACTS = Path(__file__).parent.parent / "controls" / "contracts"
STOCK = """\
apiVersion: v3.2.0
kind: DataContract
id: stock
name: Warehouse system
version: 1.0.0
status: active
schema:
  - name: shelf
    businessName: Shelves
    description: A place for goods.
    customProperties:
      - {property: label, value: title}
      - {property: controlTotals, value: [worth]}
    properties:
      - name: shelf_id
        description: Number of the shelf.
        logicalType: string
        physicalType: VARCHAR
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        classification: C1
        synonyms:
          - {synonym: LGPLA, source: SAP ERP}
      - name: title
        description: Name of the shelf.
        logicalType: string
        physicalType: VARCHAR
        classification: C2
      - name: worth
        description: Worth of what lies there.
        logicalType: number
        physicalType: DECIMAL(18,2)
        classification: C1
      - name: kind
        description: Kind of shelf.
        logicalType: string
        physicalType: VARCHAR
        classification: C1
        enum:
          - value: open
          - value: locked
        customProperties:
          - {property: caseDefault, value: open}
      - name: next_to
        description: The shelf beside it.
        logicalType: string
        physicalType: VARCHAR
        classification: C1
        relationships:
          - to: shelf.shelf_id
"""


def write(tmp_path: Path, *texts: str) -> Path:
    folder = tmp_path / "controls" / "contracts"
    folder.mkdir(parents=True)
    for text, name in zip(texts, ("stock", "other"), strict=False):
        (folder / f"{name}.odcs.yaml").write_text(text, encoding="utf-8")
    return folder


def with_rule(rule: str) -> str:
    """The contract with one quality rule of its column `worth`."""
    indented = rule.strip().replace("\n", "\n            ")
    worth = "        physicalType: DECIMAL(18,2)\n"
    return STOCK.replace(worth, f"{worth}        quality:\n          - {indented}\n")


@pytest.fixture(scope="module")
def entities() -> dict[str, Entity]:
    return load_contracts(CONTRACTS).entities


def test_the_shipped_contracts_are_valid_as_whole_files_too() -> None:
    from jsonschema import Draft201909Validator

    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    validator = Draft201909Validator(schema)

    breaches = {path.name: list(validator.iter_errors(load(path, ContractError).data)) for path in CONTRACTS.iterdir()}

    assert len(breaches) == 6
    assert not any(breaches.values())


def test_every_table_can_be_made_and_read_without_quoting_a_name(entities: dict[str, Entity]) -> None:
    connection = duckdb.connect()

    for entity in entities.values():
        connection.execute(entity.create_sql())
        names = [column.name for column in entity.columns]
        found = connection.execute(f"SELECT {', '.join(names)}, _source_file, _source_row FROM {entity.name}")
        assert [item[0] for item in found.description] == [*names, "_source_file", "_source_row"]


def test_everything_about_a_case_is_restricted_and_elsewhere_only_marked_columns(entities: dict[str, Entity]) -> None:
    restricted = {entity.name for entity in entities.values() if entity.restricted}
    columns = {
        f"{entity.name}.{column.name}"
        for entity in entities.values()
        for column in entity.columns
        if column.restricted and not entity.restricted
    }

    assert restricted == {"wb_report", "case_file", "case_person", "protection"}
    assert columns == {"hr_action.description", "hr_action.non_retaliation_clearance_date"}


def test_a_case_never_gets_what_an_attribute_tests_for(entities: dict[str, Entity]) -> None:
    tested = [("gift", "registered_at"), ("gift", "value"), ("gift", "approved_by"), ("coi_declaration", "declared_at")]

    assert [entities[entity].column(column).case_default for entity, column in tested] == [None] * 4
    assert entities["gift"].column("currency").case_default == "SAR"


def test_history_tables_say_how_source_systems_write_no_end(entities: dict[str, Entity]) -> None:
    history = [entity for entity in entities.values() if entity.history]

    assert {entity.name for entity in history} >= {"assignment_hist", "pay_contract_hist", "party_group_hist"}
    assert all("9999-12-31" in entity.column("valid_to").open_values for entity in history)


def test_every_table_and_column_is_explained(entities: dict[str, Entity]) -> None:
    unexplained = [
        f"{entity.name}.{column.name}"
        for entity in entities.values()
        for column in entity.columns
        if not column.description.endswith(".") or not entity.description.endswith(".")
    ]

    assert unexplained == []


def test_a_contract_becomes_a_typed_table(tmp_path: Path) -> None:
    shelf = load_contracts(write(tmp_path, STOCK)).entities["shelf"]

    assert (shelf.title, shelf.contract, shelf.system) == ("Shelves", "stock", "Warehouse system")
    assert (shelf.key, shelf.label, shelf.control_totals) == (("shelf_id",), "title", ("worth",))
    assert shelf.column("kind").enum == ("open", "locked")
    assert shelf.column("next_to").references == ("shelf", "shelf_id")
    assert [(one.system, one.name) for one in shelf.column("shelf_id").synonyms] == [("SAP ERP", "LGPLA")]
    assert shelf.create_sql() == (
        'CREATE TABLE "shelf" ("shelf_id" VARCHAR, "title" VARCHAR, "worth" DECIMAL(18,2), "kind" VARCHAR, '
        '"next_to" VARCHAR, "_source_file" VARCHAR, "_source_row" BIGINT)'
    )
    with pytest.raises(KeyError):
        shelf.column("colour")


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "hint"),
    [
        ("synonyms:", "synonims:", 23, "unknown key 'synonims'", "did you mean 'synonyms'?"),
        ("    description: A place for goods.\n", "", 8, "lacks 'description'", "add description:"),
        ("        description: Name of the shelf.\n", "", 25, "column title lacks 'description'", "add the key"),
        ("status: active", "status: 3", 6, "status must be of type string, found 3", "quote it"),
        ("kind: DataContract", "kind: DataContrct", 2, "kind cannot be 'DataContrct'", "did you mean 'DataContract'?"),
        ("version: 1.0.0\n", "", None, "the file lacks 'version'", "add the key 'version'"),
        ("v3.2.0", "v3.1.0", 1, "apiVersion is 'v3.1.0'", "write apiVersion: v3.2.0"),
        ("id: stock", "id: store", 3, "id is 'store'", "it must be the name of the file: stock"),
        (
            "to: shelf.shelf_id",
            "to: shelv.shelf_id",
            51,
            "refers to 'shelv', which no contract",
            "did you mean 'shelf'?",
        ),
        ("to: shelf.shelf_id", "to: shelf.title", 51, "not part of its key", "the key of shelf is shelf_id"),
        ("to: shelf.shelf_id", "to: shelf", 51, "must refer to one column, found ['shelf']", "to: entity.column"),
        ("DECIMAL(18,2)", "DECIMAL(18,20)", 33, "has the type 'DECIMAL(18,20)'", "allowed: VARCHAR, DATE"),
        ("DECIMAL(18,2)", "DOUBLE", 33, "has the type 'DOUBLE'", "allowed: VARCHAR, DATE"),
        ("DECIMAL(18,2)", "DATE", 32, "worth is DATE, but its logicalType is 'number'", "write logicalType: date"),
        ("classification: C2", "classification: secret", 29, "the classification 'secret'", "C2 personal"),
        ("value: open}", "value: opne}", 43, "'opne' is none of open, locked", "cell of this column may hold"),
        ("value: open}", "value: 1}", 43, "1 is not text", "quoted text"),
        ("- value: locked", "- value: open", 42, "the value 'open' of kind stands twice", ""),
        ("- value: locked", "- value: 7", 42, "the value 7 of kind is not text; quote it", ""),
        ("caseDefault", "caseDefualt", 44, "unknown custom property 'caseDefualt'", "did you mean 'caseDefault'?"),
        ("value: title", "value: tilte", 8, "label of shelf names the unknown column 'tilte'", "did you mean 'title'?"),
        ("value: title", "value: worth", 8, "label of shelf cannot be worth", "type VARCHAR"),
        ("[worth]", "[kind]", 8, "controlTotals of shelf cannot be kind", "DECIMAL or INTEGER"),
        ("label, value: title", "history, value: true", 11, "without valid_from and valid_to", ""),
        ("        primaryKey: true\n        primaryKeyPosition: 1\n", "", 8, "shelf has no key", "primaryKey: true"),
        ("        required: true\n", "", 15, "key column shelf_id is not required", "required: true"),
        ("- name: kind", "- name: end", 35, "'end' is a word of SQL", "call it end_id or the like"),
        ("- name: kind", "- name: Kind", 35, "'Kind' cannot be the name of a column", "small letters"),
        ("- name: kind", "- name: title", 25, "column 'title' stands twice in shelf", ""),
        ("status: active", "status: active\nstatus: draft", 7, 'found duplicate key "status"', ""),
        ("status: active", "status: [active", 7, "not valid YAML", ""),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(
    tmp_path: Path, old: str, new: str, line: int | None, message: str, hint: str
) -> None:
    folder = write(tmp_path, STOCK.replace(old, new, 1))

    with pytest.raises(ContractError) as caught:
        load_contracts(folder)

    error = caught.value
    assert (error.path, error.line) == ("controls/contracts/stock.odcs.yaml", line)
    assert message in error.message
    assert hint in (error.hint or "")


def test_all_mistakes_of_all_files_are_reported_together_in_the_order_of_the_lines(tmp_path: Path) -> None:
    wrong = STOCK.replace("classification: C2", "classification: C9").replace("DECIMAL(18,2)", "MONEY")
    other = STOCK.replace("id: stock", "id: other").replace("synonyms:", "synonims:")

    with pytest.raises(Problems) as caught:
        load_contracts(write(tmp_path, wrong, other))

    places = [(str(problem.path).rsplit("/", 1)[1], problem.line) for problem in caught.value.problems]
    assert places[-2:] == [("stock.odcs.yaml", 29), ("stock.odcs.yaml", 33)]
    assert places[0] == ("other.odcs.yaml", 23)


def test_the_same_mistake_is_reported_at_each_place_although_a_shape_is_judged_once(tmp_path: Path) -> None:
    wrong = STOCK.replace("        classification: C1\n", "        classification: C1\n        clasification: C1\n")

    with pytest.raises(Problems) as caught:
        load_contracts(write(tmp_path, wrong))

    assert [problem.message for problem in caught.value.problems] == ["unknown key 'clasification'"] * 4


def test_a_table_may_stand_in_one_contract_only(tmp_path: Path) -> None:
    folder = write(tmp_path, STOCK, STOCK.replace("id: stock", "id: other"))

    with pytest.raises(AuditkitError, match="entity 'shelf' stands twice") as caught:
        load_contracts(folder)

    assert "it already stands in other.odcs.yaml" in str(caught.value)


def test_a_reference_may_lead_to_another_contract(tmp_path: Path) -> None:
    other = STOCK.replace("id: stock", "id: other").replace("- name: shelf\n", "- name: crate\n")

    model = load_contracts(write(tmp_path, STOCK, other))

    assert model.entities["crate"].column("next_to").references == ("shelf", "shelf_id")


def test_a_reference_must_be_of_the_type_it_points_to(tmp_path: Path) -> None:
    head, tail = STOCK.split("      - name: next_to")
    tail = tail.replace("logicalType: string", "logicalType: integer").replace("VARCHAR", "INTEGER")

    with pytest.raises(ContractError, match=r"next_to is INTEGER, but shelf\.shelf_id is VARCHAR"):
        load_contracts(write(tmp_path, f"{head}      - name: next_to{tail}"))


def test_a_restricted_contract_holds_nothing_less_than_restricted(tmp_path: Path) -> None:
    text = STOCK.replace("schema:", "customProperties:\n  - {property: restricted, value: true}\nschema:")

    with pytest.raises(Problems, match="shelf_id of a restricted contract is C1"):
        load_contracts(write(tmp_path, text))

    (tmp_path / "controls" / "contracts" / "stock.odcs.yaml").write_text(
        text.replace(": C1", ": C4").replace(": C2", ": C4"), encoding="utf-8"
    )
    shelf = load_contracts(tmp_path / "controls" / "contracts").entities["shelf"]
    assert shelf.restricted
    assert all(column.restricted for column in shelf.columns)


def test_properties_of_other_tools_are_left_alone(tmp_path: Path) -> None:
    text = STOCK.replace("caseDefault, value: open}", "colour, value: red, vendor: another tool}")

    assert load_contracts(write(tmp_path, text)).entities["shelf"].column("kind").case_default is None


def test_a_missing_or_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="does not exist") as missing:
        load_contracts(tmp_path / "contracts")
    with pytest.raises(ContractError, match="holds no data contract") as empty:
        load_contracts(tmp_path)

    assert missing.value.hint == empty.value.hint == "put one <system>.odcs.yaml per source system there"


def test_a_file_of_another_name_is_not_passed_over(tmp_path: Path) -> None:
    folder = write(tmp_path, STOCK)
    (folder / "stock.odcs.yaml").rename(folder / "stock.yaml")

    with pytest.raises(ContractError, match=r"must be called <system>\.odcs\.yaml"):
        load_contracts(folder)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, STOCK)
    (folder / "stock.odcs.yaml").write_bytes(STOCK.replace("Shelves", "Gestelle für Güter").encode("latin-1"))

    with pytest.raises(ContractError, match="not UTF-8 text"):
        load_contracts(folder)


def test_plain_values_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    path = tmp_path / "values.yaml"
    path.write_text(
        "code: NO\nanswer: yes\nday: 2026-07-01\nzeros: 0123\nhex: 0x10\nfraction: 1.5\nempty:\n", encoding="utf-8"
    )

    assert load(path, ContractError).data == {
        "code": "NO",
        "answer": "yes",
        "day": dt.date(2026, 7, 1),
        "zeros": 123,
        "hex": 16,
        "fraction": 1.5,
        "empty": None,
    }


@pytest.mark.parametrize(
    ("stated", "kind", "columns", "arguments"),
    [
        ("{id: r, metric: nullValues, mustBe: 0}", "not_null", ("worth",), {}),
        ("{id: r, metric: duplicateValues, mustBe: 0}", "unique", ("worth",), {}),
        (
            "{id: r, metric: duplicateValues, mustBe: 0, arguments: {properties: [kind, worth]}}",
            "unique",
            ("kind", "worth"),
            {},
        ),
        (
            '{id: r, metric: invalidValues, mustBe: 0, arguments: {validValues: ["1", "2"]}}',
            "in_set",
            ("worth",),
            {"values": ("1", "2")},
        ),
        (
            '{id: r, metric: invalidValues, mustBe: 0, arguments: {pattern: "^[0-9]+$"}}',
            "pattern",
            ("worth",),
            {"pattern": "^[0-9]+$"},
        ),
        (
            "{id: r, type: custom, engine: greatExpectations, implementation: "
            '{type: expect_column_values_to_be_between, kwargs: {min_value: 0, max_value: "9.99"}}}',
            "between",
            ("worth",),
            {"minimum": "0", "maximum": "9.99"},
        ),
        (
            "{id: r, type: custom, engine: greatExpectations, implementation: {type: "
            "expect_column_pair_values_a_to_be_greater_than_b, "
            "kwargs: {column_A: worth, column_B: kind, or_equal: true}}}",
            "compare",
            ("kind", "worth"),
            {"operator": "<="},
        ),
    ],
)
def test_quality_rules_are_read_from_the_standards_forms(
    tmp_path: Path, stated: str, kind: str, columns: tuple[str, ...], arguments: dict[str, object]
) -> None:
    (rule,) = load_contracts(write(tmp_path, with_rule(stated))).entities["shelf"].quality

    assert (rule.id, rule.kind, rule.columns, rule.arguments) == ("shelf.r", kind, columns, arguments)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("{metric: rowCount, mustBeGreaterThan: 0}", "the metric 'rowCount' with these limits cannot be run"),
        ("{metric: nullValues, mustBeLessThan: 5}", "the metric 'nullValues' with these limits cannot be run"),
        ("{metric: invalidValues, mustBe: 0}", "invalidValues needs the argument validValues or pattern"),
        ('{metric: invalidValues, mustBe: 0, arguments: {pattern: "["}}', "is not a regular expression"),
        ("{type: sql, query: SELECT 1, mustBe: 1}", "a quality rule of type 'sql' cannot be run"),
        ("{type: custom, engine: soda, implementation: x}", "a quality rule of type 'custom' cannot be run"),
        ("{type: custom, engine: greatExpectations, implementation: x}", "implementation must hold type and kwargs"),
        (
            "{type: custom, engine: greatExpectations, implementation: {type: expect_magic, kwargs: {}}}",
            "the expectation 'expect_magic' cannot be run",
        ),
        (
            "{type: custom, engine: greatExpectations, implementation: "
            "{type: expect_column_values_to_be_between, kwargs: {min_value: 0.1}}}",
            "the limit 0.1 must be quoted",
        ),
        (
            "{metric: duplicateValues, mustBe: 0, arguments: {properties: [wroth]}}",
            "names the unknown column 'wroth'",
        ),
    ],
)
def test_a_rule_that_could_not_be_run_is_refused_instead_of_ignored(tmp_path: Path, stated: str, message: str) -> None:
    with pytest.raises(ContractError) as caught:
        load_contracts(write(tmp_path, with_rule(stated)))

    assert message in caught.value.message
    assert caught.value.hint


def test_a_rule_in_words_is_for_people_only(tmp_path: Path) -> None:
    model = load_contracts(write(tmp_path, with_rule("{type: text, description: Counted twice a year.}")))

    assert model.entities["shelf"].quality == ()


@pytest.mark.parametrize(
    ("types", "default", "fits"),
    [
        ("date, physicalType: DATE", "2026-02-28", True),
        ("date, physicalType: DATE", "2026-02-30", False),
        ("timestamp, physicalType: TIMESTAMP", "2026-02-28 10:00:00", True),
        ("timestamp, physicalType: TIMESTAMP", "noon", False),
        ("boolean, physicalType: BOOLEAN", "true", True),
        ("boolean, physicalType: BOOLEAN", "yes", False),
        ("integer, physicalType: INTEGER", "7", True),
        ("integer, physicalType: BIGINT", "7.5", False),
        ('number, physicalType: "DECIMAL(9,6)"', "0.5", True),
        ('number, physicalType: "DECIMAL(9,6)"', "half", False),
    ],
)
def test_a_case_default_must_be_a_value_of_its_column(tmp_path: Path, types: str, default: str, fits: bool) -> None:
    extra = (
        f"      - {{name: extra, description: One more., classification: C1, logicalType: {types}, "
        f'customProperties: [{{property: caseDefault, value: "{default}"}}]}}\n'
    )
    folder = write(tmp_path, STOCK + extra)

    if fits:
        assert load_contracts(folder).entities["shelf"].column("extra").case_default == default
    else:
        with pytest.raises(ContractError, match="caseDefault of extra"):
            load_contracts(folder)
