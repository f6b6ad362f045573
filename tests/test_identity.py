from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from desk import SHOP

from auditkit.contract import load_contracts
from auditkit.entity import DataModel
from auditkit.errors import RegisterError
from auditkit.identity import DIGEST, Identities, of_run, words

SECRET = bytes(range(32))
PERSON = """\
apiVersion: v3.2.0
kind: DataContract
id: people
name: People
version: 1.0.0
status: active
description: {purpose: To test with.}
schema:
  - name: seller
    businessName: Sellers
    description: One seller.
    customProperties:
      - {property: label, value: full_name}
    properties:
      - {name: seller_id, logicalType: string, physicalType: VARCHAR, primaryKey: true, primaryKeyPosition: 1, required: true, classification: C2, description: Number.}
      - {name: full_name, logicalType: string, physicalType: VARCHAR, classification: C2, description: Name.}
      - {name: remark, logicalType: string, physicalType: VARCHAR, classification: C3, description: Remark.}
      - {name: kind, logicalType: string, physicalType: VARCHAR, classification: C3, description: Kind.}
      - {name: case_id, logicalType: string, physicalType: VARCHAR, classification: C2, description: Repeats the number of a sale.}
      - {name: city, logicalType: string, physicalType: VARCHAR, classification: C1, description: Place.}
"""


@pytest.fixture
def model(tmp_path: Path) -> DataModel:
    (tmp_path / "shop.odcs.yaml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "people.odcs.yaml").write_text(PERSON, encoding="utf-8")
    return load_contracts(tmp_path)


@pytest.fixture
def connection(model: DataModel) -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    for entity in model.entities.values():
        made.execute(entity.create_sql())
    made.execute(
        "INSERT INTO seller BY NAME SELECT 'S-00417' AS seller_id, 'Émile Okonkwo-Brandt' AS full_name, "
        "'was seen with the courier' AS remark, 'part time' AS kind, 'SALE-7' AS case_id, 'Meridia City' AS city"
    )
    made.execute(
        "INSERT INTO seller BY NAME SELECT 'S-2' AS seller_id, 'سلمى العامري' AS full_name, 'R-991' AS case_id"
    )
    made.execute("INSERT INTO sale BY NAME SELECT 'SALE-7' AS sale_id, 'A complaint about Nora' AS complaint")
    return made


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("The desk of Émile Okonkwo-Brandt was left open.", 4),
        ("the desk of EMILE OKONKWO BRANDT, was left open.", 4),
        ("S-00417 again", 1),
        ("entry s 00417", 2),
        ("she was seen with the courier twice", 2),
        ("تحدثت سلمى العامري أمس", 2),
        ("The seller R-991", 3),
        # what may stand there
        ("Émile was away.", None),
        ("S-004170 is another", None),
        ("part time staff", None),  # a kind, no sentence
        ("S-2 is short", None),
        ("SALE-7 anybody may know", None),
        ("Meridia City", None),
        ("A complaint about Nora", None),  # restricted, not searched for here
        ("", None),
        ("·", None),
    ],
)
def test_names_identifiers_and_sentences_are_found_whatever_their_case_and_accents(
    connection: duckdb.DuckDBPyConnection, model: DataModel, text: str, place: int | None
) -> None:
    assert Identities.of(connection, model, SECRET).place(text) == place


def test_restricted_texts_are_searched_for_while_their_rows_are_there(
    connection: duckdb.DuckDBPyConnection, model: DataModel
) -> None:
    found = Identities.of(connection, model, SECRET, restricted=True)

    assert found.place("Read: a complaint about Nora") == 2


def test_tables_that_were_not_delivered_are_passed_over(model: DataModel) -> None:
    assert Identities.of(duckdb.connect(), model, SECRET).digests == frozenset()


@pytest.mark.parametrize(("text", "kept"), [("Abcd", 0), ("Abcde", 1), ("  Abcd  ", 0)])
def test_an_identity_has_five_characters_or_more(text: str, kept: int) -> None:
    assert len(Identities.from_texts([text], SECRET).digests) == kept


def test_of_a_long_text_the_beginning_is_searched_for() -> None:
    found = Identities.from_texts(["one two three four five six seven eight nine ten"], SECRET)

    assert found.lengths == (8,)
    assert found.place("that one two three four five six seven eight was said") == 2
    assert found.place("one two three four five six seven") is None


def test_a_problem_names_the_field_and_the_word_and_not_the_identity() -> None:
    found = Identities.from_texts(["Nora Haddad"], SECRET)
    content = {"cause": "It was Nora Haddad.", "title": "In order", "condition": None}

    (problem,) = found.problems(content, ("title", "cause", "condition", "consequence"))
    assert (problem.field, problem.found) == (
        "cause",
        "not free of the extracts' names, identifiers and texts: see word 3",
    )
    assert "Nora" not in " ".join(problem)


def test_what_is_written_is_read_again_and_holds_no_text(tmp_path: Path) -> None:
    found = Identities.from_texts(["Nora Haddad", "S-00417", "Ravi"], SECRET)
    path = tmp_path / "identity.bin"
    found.write(path)

    data = path.read_bytes()
    assert Identities.read(path, SECRET) == of_run(path, SECRET) == found
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(data.split(b"\n", 2)[2]) == 2 * DIGEST
    assert b"nora" not in data.lower()
    assert Identities.from_texts(["S-00417", "Nora Haddad"], SECRET).digests == found.digests


def test_another_key_finds_nothing_in_it(tmp_path: Path) -> None:
    path = tmp_path / "identity.bin"
    Identities.from_texts(["Nora Haddad"], SECRET).write(path)

    assert Identities.read(path, bytes(32)).place("Nora Haddad") is None


def test_an_empty_list_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "identity.bin"
    Identities.from_texts([], SECRET).write(path)

    assert Identities.read(path, SECRET).place("Nora Haddad") is None


def test_a_list_that_is_missing_or_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identity.bin"
    with pytest.raises(RegisterError, match="is not there"):
        Identities.read(path, SECRET)
    Identities.from_texts(["Nora Haddad"], SECRET).write(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RegisterError, match="does not hold"):
        Identities.read(path, SECRET)


def test_words_have_neither_case_nor_accents_nor_punctuation() -> None:
    assert words("  Al-Noor, É.; naïve_ID ٣") == ["al", "noor", "e", "naive", "id", "٣"]
