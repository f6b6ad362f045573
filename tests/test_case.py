"""A case that cannot be run says where it stands, what was found and what to write; one that fails shows both sides."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import auditkit
from small import ATTRIBUTE, write_controls

from auditkit.errors import AuditkitError
from auditkit.suite import Suite

TOML = '[organisation]\nname = "A small shop"\ncurrency = "EUR"\n[run]\nquarter = "2026-Q3"\n'
CALENDAR = "    period: 2026-Q3\n    given:"


def bent(folder: Path, old: str, new: str) -> Suite:
    assert old in ATTRIBUTE
    return Suite.of(write_controls(folder, attribute=ATTRIBUTE.replace(old, new, 1)))


WRONG = [
    ("      sale: |", "      sales: |", "'sales' is not an entity of the contracts\n  did you mean 'sale'?"),
    ("sale_id, value\n", "sale_id, valu\n", "sale has no column 'valu'\n  did you mean 'value'?"),
    ("at,      50.00", "at,      fifty", "sale.value is 'fifty'\n  write a value of type DECIMAL(18,2)"),
    ("at,      50.00", "at,      50.00, 1", "row 2 has 3 cells, the header 2"),
    ("sale_id, result", "sale_id, verdict", "expect has no column 'result'\n  it needs sale_id, result"),
    ("    given:", "    parameters: {limt: '5'}\n    given:", "no parameter 'limt'\n  did you mean 'limit'?"),
    ("    given:", "    parameters: {limit: five}\n    given:", "$limit: 'five' is not a value of type decimal"),
    ("    given:", "    parameters: five\n    given:", "parameters must name parameters"),
    ("    given:", CALENDAR.replace("Q3", "Q5"), "'2026-Q5' is not a quarter"),
    ("    given:", "    calendar: {holidays: [23/9]}\n    given:", "write period: 2026-Q3 and holidays: [2026-09-23]"),
    ("    given:", "    calendar: {weekend: [caturday]}\n    given:", "'caturday' is no day of the week"),
]


@pytest.mark.parametrize(("old", "new", "says"), WRONG)
def test_a_case_that_cannot_be_run_says_where_and_what(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(AuditkitError) as caught, bent(tmp_path, old, new) as suite:
        list(suite.results())

    assert str(caught.value).startswith("controls/sales/sal_01_limit.yml:")
    assert says in str(caught.value)


def test_a_case_of_a_parameter_runs_with_its_own_value(tmp_path: Path) -> None:
    with bent(tmp_path, "    given:", "    parameters: {limit: '50.01'}\n    given:") as suite:
        (result,) = suite.results()

    assert ("above", "EXCEPTION") in result.expected
    assert ("above", "PASS") in result.actual


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_controls(tmp_path)
    (tmp_path / "auditkit.toml").write_text(TOML, encoding="utf-8")
    return tmp_path


def change(shop: Path, name: str, old: str, new: str) -> None:
    path = shop / "controls" / "sales" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_exchanged_comparison_fails_with_both_rows_side_by_side(shop: Path) -> None:
    change(shop, "sal_01_limit.sql", "sale.value > $limit", "sale.value >= $limit")
    done = auditkit(shop, "test", "SAL-01", "--cases-only")

    assert done.returncode == 1
    assert "FAILED SAL-01::the limit itself passes" in done.stdout
    assert "controls/sales/sal_01_limit.yml:9" in done.stdout
    (differing,) = (line.split() for line in done.stdout.splitlines() if line.strip().startswith("!"))
    assert differing == ["!", "at,", "PASS", "at,", "EXCEPTION"]


def test_a_lost_item_stands_beside_nothing(shop: Path) -> None:
    change(shop, "sal_01_limit.sql", "FROM sale_in_period AS sale", "FROM sale_in_period AS sale WHERE sale.value > 0")
    done = auditkit(shop, "test", "SAL-01", "--cases-only")

    (differing,) = (line.split() for line in done.stdout.splitlines() if line.strip().startswith("!"))
    assert differing == ["!", "none,", "NOT_TESTED:value_missing", "-"]


def test_a_query_that_fails_on_a_case_is_told_and_the_rest_is_judged(shop: Path) -> None:
    change(shop, "sal_01_limit.sql", "sale.value IS NULL", "CAST(sale.sale_id AS INTEGER) IS NULL")
    done = auditkit(shop, "test", "SAL-01")

    assert done.returncode == 1
    assert "the query fails: Conversion Error" in done.stdout
    assert "0 passed, 1 failed" in done.stdout


def test_cases_that_would_not_notice_are_refused_and_named(shop: Path) -> None:
    change(shop, "sal_01_limit.yml", "        above,   50.01\n", "        above,   60.00\n")
    done = auditkit(shop, "test", "SAL-01")

    assert done.returncode == 1
    assert "1 passed, 0 failed" in done.stdout
    assert "REFUSED SAL-01: no case notices that $limit is moved one step up" in done.stdout
    assert auditkit(shop, "test", "SAL-01", "--cases-only").returncode == 0


def test_a_result_that_no_case_expects_is_refused(shop: Path) -> None:
    change(shop, "sal_01_limit.yml", "        none,\n", "")
    change(shop, "sal_01_limit.yml", "      none,    NOT_TESTED:value_missing\n", "")
    done = auditkit(shop, "test", "SAL")

    assert done.returncode == 1
    assert "REFUSED SAL-01: no case expects NOT_TESTED:value_missing" in done.stdout


def test_words_choose_controls_attributes_severities_and_views(tmp_path: Path) -> None:
    view = (
        "title: Sales of every day\ncases:\n  - name: all sales are seen\n    given:\n      sale: |\n        sale_id\n        a\n"
        "    expect: |\n      sale_id\n      a\n"
    )
    every = "SELECT sale_id, seller_id, value FROM sale"
    folder = write_controls(
        tmp_path,
        population="SELECT sale_id, seller_id, value FROM every_sale",
        more={"views/every_sale.sql": every, "views/every_sale.yml": view},
    )

    def ids(*words: str) -> list[str]:
        with Suite.of(folder, words) as suite:
            return [result.id.partition("::")[0] for result in suite.results() if result.passed]

    assert ids() == ["SAL-01", "every_sale"]
    assert ids("SAL") == ids("sal-01") == ids("medium") == ["SAL-01"]
    assert ids("every_sale") == ["every_sale"]
    with pytest.raises(AuditkitError, match="no control, attribute or severity"):
        ids("every_sal")
