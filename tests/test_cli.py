"""The command line: results on stdout, one message on stderr, an exit code, and nothing imported in vain."""

from __future__ import annotations

import importlib
import json
import shlex
import subprocess
import sys
from pathlib import Path

import clerk
import pytest
from command import auditkit
from conftest import ROOT
from small import write_controls

from auditkit.cli import COMMANDS
from auditkit.suite import Suite

TOML = """\
[organisation]
name = "A small shop"
currency = "EUR"
[run]
quarter = "2026-Q3"
[worker]
memory = "300MB"
"""
SALES = "sale_id,seller_id,value,secret\na,P1,50.00,x\nb,P2,50.01,y\nc,P3,10.00,z\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of one table and one control, with one extract of three sales."""
    write_controls(tmp_path)
    (tmp_path / "auditkit.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "mappings").mkdir()
    quarter = tmp_path / "extracts" / "2026-Q3"
    quarter.mkdir(parents=True)
    (quarter / "sale.csv").write_text(SALES, encoding="utf-8")
    return tmp_path


def test_a_run_prints_its_table_on_stdout_and_its_progress_on_stderr(shop: Path) -> None:
    done = auditkit(shop, "run")

    assert done.returncode == 0
    assert "exceptions awaiting review (1)" in done.stdout
    assert "findings_2026-Q3_B_draft.xlsx" in done.stdout
    assert "Read extracts" in done.stderr
    assert "Read extracts" not in done.stdout
    assert "\x1b[" not in done.stdout + done.stderr


def test_a_process_of_its_own_ends_with_the_exit_code_of_the_command(shop: Path) -> None:
    command = [sys.executable, "-m", "auditkit", "run", "--fail-on", "medium"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "exceptions awaiting review (1)" in done.stdout
    assert "Write workbooks" in done.stderr
    assert "Write workbooks" not in done.stdout


def test_json_is_the_same_summary_and_nothing_else_on_stdout(shop: Path) -> None:
    content = json.loads(auditkit(shop, "run", "--format", "json").stdout)

    row = content["controls"][0]
    assert (row["items"], row["tested"], row["exceptions"], row["not_tested"]) == (3, 3, 1, 0)
    assert all((shop / name).is_file() for name in content["files"])


def test_nothing_is_overwritten_by_a_second_run(shop: Path) -> None:
    for _ in range(2):
        auditkit(shop, "run", "--declared-at", "2026-10-09T08:00:00")

    runs = sorted(path.name for path in (shop / "output" / "2026-Q3").iterdir())
    assert runs == ["20261009T080000Z", "20261009T080000Z-2"]


@pytest.mark.parametrize(("severity", "code"), [("high", 0), ("medium", 1), ("low", 1)])
def test_fail_on_counts_exceptions_of_that_severity_or_worse(shop: Path, severity: str, code: int) -> None:
    assert auditkit(shop, "run", "--fail-on", severity).returncode == code


def test_what_is_not_concluded_exits_with_three(shop: Path) -> None:
    (shop / "extracts" / "2026-Q3" / "sale.csv").write_text("sale_id,seller_id\na,P1\n", encoding="utf-8")
    done = auditkit(shop, "run")

    assert done.returncode == 3
    assert "not concluded (not delivered: sale.value" in " ".join(done.stdout.split())


def test_a_missing_extract_is_named_and_not_concluded(shop: Path) -> None:
    (shop / "extracts" / "2026-Q3" / "sale.csv").unlink()
    done = auditkit(shop, "run")

    assert done.returncode == 3
    assert "not delivered: sale" in done.stdout


WRONG = [
    (["run", "--quarter", "2026-Q9"], "is not a quarter"),
    (["run", "--quarter", "2026-Q2"], "no folder of extracts for 2026-Q2"),
    (["run", "--select", "SAL-09"], "did you mean SAL-01"),
    (["run", "--declared-at", "yesterday"], "is not a time"),
    (["show", "XXX"], "no control, attribute or severity"),
    (["runn"], "No such command"),
    (["init", "."], "not empty"),
]


@pytest.mark.parametrize(("words", "says"), WRONG)
def test_a_mistake_is_one_message_and_exit_code_two(shop: Path, words: list[str], says: str) -> None:
    done = auditkit(shop, *words)

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_broken_control_stops_the_run_with_its_place_and_leaves_nothing(shop: Path) -> None:
    query = shop / "controls" / "sales" / "sal_01_limit.sql"
    query.write_text(query.read_text(encoding="utf-8").replace("$limit", "$limt"), encoding="utf-8")
    done = auditkit(shop, "run")

    assert done.returncode == 2
    assert "controls/sales/sal_01_limit.sql: parameter $limt is not declared" in done.stderr
    assert not (shop / "output").exists()


def test_an_extract_that_cannot_be_used_is_told_and_the_others_are_tested(shop: Path) -> None:
    (shop / "extracts" / "2026-Q3" / "refund.csv").write_bytes(b"refund_id,sale_id\n\xff\xfe\x00bad\n")
    done = auditkit(shop, "run")

    assert "refund.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert "exceptions awaiting review (1)" in done.stdout


def test_a_selection_is_labelled_partial(shop: Path) -> None:
    assert "partial: SAL-01" in auditkit(shop, "run", "--select", "SAL-01").stdout


@pytest.mark.parametrize("name", ["run", "test", "list", "show", "map", "data-request", "init"])
def test_every_command_has_help_with_an_example(tmp_path: Path, name: str) -> None:
    done = auditkit(tmp_path, name, "--help")

    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"auditkit {name}" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    heavy = ("duckdb", "openpyxl", "sqlglot", "great_expectations", "rich", "ruamel", "scipy", "pandas", "jsonschema")
    program = (
        "import sys; from auditkit.cli import group\n"
        "try: group(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"


def test_a_run_that_needs_no_rule_does_not_import_great_expectations(shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "auditkit", "list"],
        cwd=shop,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "great_expectations" not in done.stderr
    assert "SAL-01" in done.stdout


def test_init_makes_a_project_that_lists_its_controls(tmp_path: Path) -> None:
    made = auditkit(tmp_path, "init", "audit", "--name", 'Customs "East"', "--currency", "SAR", "--pack", "zatca_zero")

    assert made.returncode == 0
    assert made.stdout == ""
    assert "GFT-02" in auditkit(tmp_path / "audit", "list").stdout
    assert (tmp_path / "audit" / "extracts" / "2026-Q3").is_dir()


def test_a_run_without_any_extract_is_complete_and_concludes_nothing(tmp_path: Path) -> None:
    auditkit(tmp_path, "init", "audit", "--name", "Customs", "--pack", "zatca_zero")
    done = auditkit(tmp_path / "audit", "run", "--select", "GFT")

    assert done.returncode == 3
    assert "not concluded (not delivered: gift" in done.stdout


WRONG_PROJECTS = [
    (["--pack", "zatka_zero"], "packs: us_federal_example, zatca_zero"),
    (["--currency", "Riyal"], "ISO 4217"),
    (["--quarter", "Q3"], "is not a quarter"),
    (["--quarter", "../2026-Q3"], "is not a quarter"),
    (["--sample", "--name", "X"], "leave out --name"),
]


@pytest.mark.parametrize(("words", "says"), WRONG_PROJECTS)
def test_init_with_a_wrong_option_leaves_nothing(tmp_path: Path, words: list[str], says: str) -> None:
    done = auditkit(tmp_path, "init", "audit", *words)

    assert done.returncode == 2
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_fills_an_empty_folder_and_spares_another(tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    assert auditkit(tmp_path, "init", "audit").returncode == 0

    before = (tmp_path / "audit" / "auditkit.toml").read_bytes()
    assert auditkit(tmp_path, "init", "audit").returncode == 2
    assert (tmp_path / "audit" / "auditkit.toml").read_bytes() == before


def test_a_file_that_cannot_be_written_is_one_message(shop: Path) -> None:
    (shop / "taken").write_text("", encoding="utf-8")
    done = auditkit(shop, "data-request", "--xlsx", "taken/request.xlsx")

    assert done.returncode == 2
    assert done.stderr.startswith("auditkit: Not a directory")


def test_a_mapping_is_proposed_and_written_once(shop: Path) -> None:
    extract = "extracts/2026-Q3/sale.csv"
    shown = auditkit(shop, "map", extract)
    written = auditkit(shop, "map", extract, "--write", "mappings/new/sale.yml")

    assert "entities:" in shown.stdout
    assert "# SAL-01: runnable with this file alone" in shown.stdout
    assert (shop / "mappings" / "new" / "sale.yml").read_text(encoding="utf-8") in shown.stdout
    assert "# SAL-01: runnable with this file alone" in written.stdout
    assert auditkit(shop, "map", extract, "--write", "mappings/new/sale.yml").returncode == 2


def test_the_cases_of_a_control_run_from_the_command_line(shop: Path) -> None:
    assert "1 passed, 0 failed" in auditkit(shop, "test", "SAL-01").stdout

    cases = shop / "controls" / "sales" / "sal_01_limit.yml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("50.01", "50.00"), encoding="utf-8")
    failing = auditkit(shop, "test", "SAL-01")

    assert failing.returncode == 1
    assert "FAILED SAL-01::the limit itself passes" in failing.stdout
    assert "REFUSED SAL-01: no case notices that $limit is moved one step down" not in failing.stdout
    assert "REFUSED" in failing.stdout


# Their examples speak of a run that there is; the tests of each command give them one.
AFTER_A_RUN = ("verify", "reperform", "pack", "purge", "issue", "diff", "explain")


def examples() -> list[str]:
    """Return every example of every command's help that costs less than a whole run and needs none."""
    found = []
    for name, (module, _) in COMMANDS.items():
        text = importlib.import_module(module).command.help
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith(f"auditkit {name}")]
        assert lines, name
        found += [] if name in AFTER_A_RUN else lines
    return [line for line in found if not line.startswith("auditkit run") and line != "auditkit test"]


@pytest.fixture
def sample_folder(tmp_path: Path, suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample's project with extracts under the names the examples use; its controls are loaded once."""
    for name in ("controls", "sample_data", "auditkit.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    quarter = ROOT / "sample_data" / "extracts" / "2026-Q3"
    (tmp_path / "PA0008_2026Q3.csv").symlink_to(quarter / "PA0008.csv")
    (tmp_path / "staff_list.csv").symlink_to(quarter / "ZHR_MASTER.csv")
    for module in ("auditkit.catalogue", "auditkit.suite"):
        monkeypatch.setattr(f"{module}.load_catalogue", lambda folder: suite.catalogue)
    return tmp_path


@pytest.mark.parametrize("line", examples())
def test_the_example_of_a_help_text_works_as_written(sample_folder: Path, line: str) -> None:
    if line.startswith("auditkit import-review"):
        clerk.return_workbooks(sample_folder, "findings_2026-Q3_W.xlsx", "anna.xlsx", "ben.xlsx")
    done = auditkit(sample_folder, *shlex.split(line)[1:])

    assert done.returncode == 0, done.stderr + done.stdout


def test_an_attribute_is_shown_with_every_parameter_that_decides_it(sample_folder: Path) -> None:
    shown = " ".join(auditkit(sample_folder, "show", "GFT-02").stdout.split())

    assert "Parameter occasion_limit 0" in shown
    assert "set by pack zatca_zero" in shown
    assert "the limit itself passes, one cent above it is an exception" in shown
    assert "AS result" in shown


def test_an_override_is_shown_with_who_approved_it_and_why(shop: Path) -> None:
    entry = '[[parameters]]\ncontrol = "SAL"\nname = "limit"\nvalue = "60"\napproved_by = "Head"\nreason = "Policy"\n'
    (shop / "auditkit.toml").write_text(TOML + entry, encoding="utf-8")
    shown = " ".join(auditkit(shop, "show", "SAL-01").stdout.split())

    assert "60 (default: 50); set by override, approved by Head: Policy" in shown


def test_a_file_that_nothing_reads_is_told_with_what_to_do(shop: Path) -> None:
    (shop / "extracts" / "2026-Q3" / "sales_book.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = auditkit(shop, "run")

    assert "not read: sales_book.csv: no mapping is for this file" in done.stderr
    assert "sales_book" not in done.stdout
