"""The loader of controls: every mistake an author can make has one message with file, line and what to do."""

from pathlib import Path
from typing import Any

import pytest
from small import ATTRIBUTE, CONTROL, POPULATION, QUERY, write_controls

from auditkit.catalogue import load_catalogue
from auditkit.errors import AuditkitError


def test_a_folder_becomes_a_control_without_registration(tmp_path: Path) -> None:
    catalogue = load_catalogue(write_controls(tmp_path))

    assert [attribute.id for attribute in catalogue.attributes] == ["SAL-01"]
    assert catalogue.attributes[0].reads >= {("sale", "value"), ("sale", "seller_id"), ("sale", "sale_id")}
    assert catalogue.attributes[0].columns["amount"] == "DECIMAL(18,2)"


def test_a_query_of_a_control_may_have_cases_of_its_own_as_a_shared_view_has(tmp_path: Path) -> None:
    beside = """\
title: The sales
cases:
  - name: every sale counts
    given: {sale: "sale_id\\nS1"}
    expect: "sale_id\\nS1"
"""
    catalogue = load_catalogue(write_controls(tmp_path, more={"sales/sale_in_period.yml": beside}))

    assert [attribute.id for attribute in catalogue.attributes] == ["SAL-01"]
    assert [case.name for case in catalogue.views["sale_in_period"].cases] == ["every sale counts"]


BENT = [
    ({"attribute": ATTRIBUTE.replace("severity:", "sevrity:")}, "sal_01_limit.yml:4", "did you mean 'severity'"),
    ({"attribute": ATTRIBUTE.replace("severity: medium", "severity: grave")}, "sal_01_limit.yml:4", "medium"),
    ({"attribute": ATTRIBUTE.replace("population: sales", "population: sale")}, "sal_01_limit.yml:3", "known: sales"),
    ({"attribute": ATTRIBUTE.replace("[rule]", "[law]")}, "sal_01_limit.yml:5", "known: rule"),
    ({"attribute": ATTRIBUTE.replace("{amount}", "{amout}")}, "sal_01_limit.yml", "names no column or parameter"),
    ({"attribute": ATTRIBUTE.replace("SAL-01", "SAL-02")}, "sal_01_limit.yml:1", "must begin with sal_02_"),
    ({"attribute": ATTRIBUTE + "owner: late\n"}, "sal_01_limit.yml", "unknown key 'owner'"),
    ({"attribute": "id: SAL-01\nid: SAL-01\n"}, "sal_01_limit.yml", "duplicate key"),
    ({"attribute": ATTRIBUTE.replace("cases:", "cases: [")}, "sal_01_limit.yml", "not valid YAML"),
    ({"control": CONTROL.replace("objective:", "objectve:")}, "control.yml:5", "did you mean 'objective'"),
    ({"control": CONTROL.replace("view: sale_in_period", "view: sales")}, "control.yml", "names no view"),
    ({"control": CONTROL.replace("source: sale}", "source: sell}")}, "control.yml", "not an entity"),
    ({"control": CONTROL.replace('"50"', "50.5")}, "control.yml", "write it in quotes"),
    ({"control": CONTROL.replace('"50"', '"fifty"')}, "control.yml", "not a value of type decimal"),
    ({"control": CONTROL + '  other: {title: O, type: text, default: "x"}\n'}, "control.yml", "no SQL of the control"),
    ({"control": CONTROL.replace('"50"', '"50", by_date: "yes"')}, "control.yml", "write true"),
    ({"control": CONTROL.replace('"50"', '"50", by_date: true')}, "sal_01_limit.sql", "IN_FORCE($limit, event_date)"),
    (
        {"query": QUERY.replace("$limit", "in_force($limit, sale.sold_on)")},
        "sal_01_limit.sql",
        "does not change by date",
    ),
    (
        {"query": QUERY.replace("$limit", "in_force(5, sale.value)")},
        "sal_01_limit.sql",
        "takes a parameter and the day",
    ),
    ({"query": QUERY.replace("$limit", "$limt")}, "sal_01_limit.sql", "$limt is not declared"),
    ({"query": QUERY.replace("sale.value >", "sale.valu >")}, "sal_01_limit.sql", "valu"),
    ({"query": QUERY.replace("AS result", "AS verdict")}, "sal_01_limit.sql", "returns no column 'result'"),
    ({"query": QUERY.replace("    sale.sale_id,\n", "")}, "sal_01_limit.sql", "returns no column 'sale_id'"),
    ({"query": QUERY + ";\nSELECT 1"}, "sal_01_limit.sql", "found 2 statements"),
    ({"query": QUERY.replace("sale_in_period", "sale_in_perod")}, "sal_01_limit.sql:10", "neither in the contracts"),
    ({"population": POPULATION + " WHERE value > $secret_limit"}, "sale_in_period.sql", "is not declared"),
    ({"more": {"views/a.sql": "SELECT x FROM b", "views/b.sql": "SELECT x FROM a"}}, "", "in a circle: a -> b -> a"),
    ({"more": {"views/sale.sql": "SELECT sale_id FROM refund"}}, "", "has the name of an entity"),
    ({"more": {"sales/sal_02_x.sql": "SELECT sale_id FROM sale"}}, "sal_02_x.sql", "nothing reads this query"),
    ({"more": {"sales/sal_02_x.yml": ATTRIBUTE}}, "sal_02_x.yml", "there is no sal_02_x.sql beside it"),
    ({"more": {"sales/sold.yml": "title: Sold\ncases: []\n"}}, "sold.yml", "there is no sold.sql beside it"),
    ({"more": {"views/x.sql": "SELECT sale_id FROM sale", "views/x.yml": "titel: X\n"}}, "x.yml:1", "'title'"),
    ({"more": {"packs/p.yml": "id: p\ntitle: P\nsource: S\nparameters: [1]\n"}}, "packs/p.yml", "CONTROL.name: value"),
]


@pytest.mark.parametrize(("bent", "place", "says"), BENT)
def test_a_mistake_is_one_message_with_its_place(tmp_path: Path, bent: dict[str, str], place: str, says: str) -> None:
    with pytest.raises(AuditkitError) as caught:
        load_catalogue(write_controls(tmp_path, **bent))  # type: ignore[arg-type]

    assert place in str(caught.value)
    assert says in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    bent = write_controls(
        tmp_path,
        control=CONTROL.replace('"50"', '"fifty"'),
        more={"views/x.sql": "DROP TABLE sale", "views/y.sql": "SELECT now()"},
    )
    with pytest.raises(AuditkitError) as caught:
        load_catalogue(bent)

    assert all(part in str(caught.value) for part in ("control.yml", "x.sql", "y.sql"))


def test_a_control_that_is_not_restricted_may_not_read_a_restricted_column(tmp_path: Path) -> None:
    peeping: dict[str, Any] = {
        "population": POPULATION.replace("value FROM", "value, secret FROM"),
        "query": QUERY.replace("sale.seller_id", "sale.secret"),
    }
    with pytest.raises(AuditkitError, match="class C4"):
        load_catalogue(write_controls(tmp_path, **peeping))

    restricted = CONTROL.replace("kind: test", "kind: test\nconfidentiality: restricted")
    assert load_catalogue(write_controls(tmp_path, control=restricted, **peeping)).controls[0].restricted


def test_a_left_join_counts_only_for_the_columns_that_use_it(tmp_path: Path) -> None:
    joined = POPULATION.replace(
        "SELECT sale_id, seller_id, value FROM sale",
        "SELECT sale.sale_id, sale.seller_id, sale.value, refund.refund_id "
        "FROM sale LEFT JOIN refund ON refund.sale_id = sale.sale_id",
    )
    plain = load_catalogue(write_controls(tmp_path / "a", population=joined)).attributes[0]
    using = QUERY.replace("WHEN sale.value > $limit", "WHEN sale.refund_id IS NULL AND sale.value > $limit")
    reading = load_catalogue(write_controls(tmp_path / "b", population=joined, query=using)).attributes[0]

    assert not any(table == "refund" for table, _ in plain.reads)
    assert {("refund", "refund_id"), ("refund", "sale_id")} <= reading.reads
