"""A small model and the loading of files into it, for the tests of extracts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from auditkit.entity import Column, DataModel, Entity, Synonym
from auditkit.extract import Extracts, LoadedExtract, load_extracts
from auditkit.mapping import Mapping, load_mapping


def column(name: str, kind: str = "VARCHAR", **options: Any) -> Column:
    required = options.pop("required", False)
    return Column(name, kind, required, options.pop("classification", "C1"), f"The {name}.", **options)


def entity(name: str, *columns: Column, key: tuple[str, ...], **options: Any) -> Entity:
    return Entity(name, name.title(), f"One {name}.", "shop", "Shop", columns, key, **options)


PAYMENT = entity(
    "payment",
    column("payment_id"),
    column("person_id", references=("person", "person_id"), synonyms=(Synonym("SAP ERP HCM", "PERNR"),)),
    column("paid_on", "DATE", synonyms=(Synonym("SAP ERP HCM", "BUDAT"),)),
    column("entered_at", "TIMESTAMP"),
    column("amount", "DECIMAL(18,2)", required=True, synonyms=(Synonym("SAP ERP HCM", "BETRG"),)),
    column("rate", "DECIMAL(9,6)"),
    column("line_no", "INTEGER"),
    column("urgent", "BOOLEAN"),
    column("kind", enum=("goods", "Service", "other")),
    column("note"),
    column("secret", classification="C4"),
    key=("payment_id",),
)
STATION = entity(
    "station",
    column("person_id", synonyms=(Synonym("SAP ERP HCM", "PERNR"), Synonym("SuccessFactors EC", "userId"))),
    column("valid_from", "DATE", synonyms=(Synonym("SAP ERP HCM", "BEGDA"),)),
    column("valid_to", "DATE", synonyms=(Synonym("SAP ERP HCM", "ENDDA"),)),
    column("post", synonyms=(Synonym("SAP ERP HCM", "PLANS"),), required=True),
    key=("person_id", "valid_from"),
    history=True,
    source_tables={"SAP ERP HCM": "PA0001"},
)
PERSON = entity(
    "person",
    column("person_id"),
    column("full_name", synonyms=(Synonym("SAP ERP HCM", "ENAME"),)),
    column("address_hash", synonyms=(Synonym("SAP ERP HCM", "STRAS"),)),
    key=("person_id",),
)
SECRET = entity(
    "confidence",
    column("confidence_id", classification="C4"),
    column("told_on", "DATE", classification="C4"),
    key=("confidence_id",),
    restricted=True,
)
MODEL = DataModel({item.name: item for item in (PAYMENT, STATION, PERSON, SECRET)})


@dataclass
class Intake:
    """What a folder of files became."""

    connection: duckdb.DuckDBPyConnection
    extracts: Extracts

    @property
    def only(self) -> LoadedExtract:
        assert not self.extracts.failed, [str(item.error) for item in self.extracts.failed]
        (extract,) = self.extracts.loaded
        return extract

    @property
    def error(self) -> str:
        (item,) = self.extracts.failed
        return str(item.error)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def values(self, sql: str) -> list[Any]:
        return [row[0] for row in self.rows(sql)]


def take_in(folder: Path, *mappings: Mapping, restricted: bool = False, time_zone: str | None = None) -> Intake:
    connection = duckdb.connect(config={"threads": 1})
    extracts = load_extracts(connection, MODEL, folder, mappings, include_restricted=restricted, time_zone=time_zone)
    return Intake(connection, extracts)


def mapping(folder: Path, text: str, name: str = "map.yml") -> Mapping:
    path = folder.parent / f"{folder.name}-mappings" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_mapping(path, MODEL, root=path.parent.parent)
