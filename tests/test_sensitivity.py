"""How much a limit decides: exceptions with several values of one parameter, against those of the value in force."""

from __future__ import annotations

import json
from pathlib import Path

import command
import pytest
from desk import PLANTED, edit, make

WORDS = ("sensitivity", "SAL-01", "--parameter", "sale_limit")


def trials(root: Path, values: str, *more: str) -> list[tuple[str, int, int, int, bool]]:
    done = command.auditkit(root, *WORDS, "--values", values, "--format", "json", *more)
    assert done.returncode == 0, done.stderr
    return [
        (trial["text"], trial["counts"]["exceptions"], trial["added"], trial["dropped"], trial["in_force"])
        for trial in json.loads(done.stdout)["trials"]
    ]


def test_each_value_says_what_it_adds_to_and_takes_from_the_value_in_force(tmp_path: Path) -> None:
    root = make(tmp_path)

    assert trials(root, "50.01, 49.99,50") == [
        ("50.01", 0, 0, 1, False),
        ("49.99", 2, 1, 0, False),
        ("50", 1, 0, 0, True),
    ]
    assert trials(root, "49.99") == [("49.99", 2, 1, 0, False), ("50", 1, 0, 0, True)]
    assert not (root / "output").exists()


def test_the_value_in_force_is_the_project_s_own(tmp_path: Path) -> None:
    root = make(tmp_path)
    own = '\n[[parameters]]\ncontrol = "SAL"\nname = "sale_limit"\nvalue = "60"\napproved_by = "H"\nreason = "R"\n'
    (root / "auditkit.toml").write_text((root / "auditkit.toml").read_text() + own)

    assert trials(root, "50") == [("50", 1, 1, 0, False), ("60", 0, 0, 0, True)]


def test_a_limit_by_date_may_be_tried_with_its_change(tmp_path: Path) -> None:
    root = make(tmp_path)
    edit(root, "controls/sales/control.yml", 'default: "50"', 'default: "50", by_date: true')
    edit(root, "controls/sales/sal_01_limit.sql", "$sale_limit", "in_force($sale_limit, $period_start)")

    assert trials(root, "50; 2026-07-01: 49 | 50; 2026-07-02: 49") == [
        ("50; 2026-07-01: 49", 2, 1, 0, False),
        ("50; 2026-07-02: 49", 1, 0, 0, False),
        ("50", 1, 0, 0, True),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("SAL-09", "--parameter", "sale_limit", "--values", "1"), "is no attribute\n  attributes: RPT-01, SAL-01"),
        (("sal-01", "--parameter", "limit", "--values", "1"), "does not decide SAL-01\n  parameters of SAL-01: sale_"),
        (("SAL-01", "--parameter", "sale_limit", "--values", "1,x"), "'x' is not a value of type decimal"),
        (("RPT-01", "--parameter", "report_limit", "--values", "1"), "RPT-01 is restricted"),
        (("SAL-01", "--parameter", "sale_limit", "--values", "1", "--quarter", "2026-Q2"), "no folder of extracts"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_what_to_do(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    done = command.auditkit(make(tmp_path), "sensitivity", *words)

    assert done.returncode == 2
    assert says in done.stderr
    assert PLANTED not in done.stderr + done.stdout


def test_the_table_says_which_value_is_in_force(tmp_path: Path) -> None:
    done = command.auditkit(make(tmp_path), *WORDS, "--values", "49.99")

    lines = [line.split() for line in done.stdout.splitlines() if line]
    assert lines[-2] == ["49.99", "2", "2", "2", "1", "0", "0", "0"]
    assert lines[-1] == ["50", "2", "2", "1", "0", "0", "0", "0", "in", "force"]
