"""What only the restricted edition may hold is nowhere else, whatever comes of the restricted controls."""

from __future__ import annotations

import html
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from conftest import ROOT
from desk import PASSPHRASE, PLANTED, Said, edit, make, run

from auditkit import board_edition, cli
from auditkit.catalogue import load_catalogue
from auditkit.contract import load_contracts
from auditkit.errors import AuditkitError
from auditkit.extract import load_extracts
from auditkit.label import Labels, languages
from auditkit.mapping import load_mappings
from auditkit.masking import WITHHELD, figures, reasons_shown, suppress
from auditkit.result import Counts
from auditkit.wording import NOT_RUN, RESTRICTED_LINE

if TYPE_CHECKING:
    from auditkit.run import Outcome

QUARTER = "extracts/2026-Q3"
REPORT, PERSON, QUERY = f"{QUARTER}/report.csv", f"{QUARTER}/person_file.csv", "controls/reports/rpt_01_limit.sql"
HANG = (
    "(WITH RECURSIVE b AS (SELECT 1 AS n UNION ALL SELECT n + 1 AS n FROM b WHERE n < 2000000000) SELECT MAX(n) FROM b)"
)
BOMB = "(WITH RECURSIVE b AS (SELECT r.story AS s UNION ALL SELECT s || s AS s FROM b) SELECT MAX(LENGTH(s)) FROM b)"
Bend = Callable[[Path], None]


def nothing(root: Path) -> None:
    """Leave the project as it is: two exceptions."""


def clean(root: Path) -> None:
    edit(root, QUERY, "r.weight > $report_limit", "r.weight > $report_limit + 1000")


def undecided(root: Path) -> None:
    edit(root, QUERY, "ELSE 'PASS'", "WHEN r.weight > 91 THEN 'REVIEW' ELSE 'NOT_TESTED:story_missing'")
    edit(root, QUERY, "r.weight > $report_limit THEN", "r.weight > $report_limit + 1000 THEN")


def fails_half_way(root: Path) -> None:
    edit(root, QUERY, "r.weight AS amount", "CAST(r.story AS DECIMAL(18, 2)) AS amount")


def cannot_be_counted(root: Path) -> None:
    """The results are made, and listing them fails: an amount that the list of exceptions cannot hold."""
    edit(root, QUERY, "r.weight AS amount", "CAST(r.weight AS DOUBLE) * 1e300 AS amount")


def wrong_accounting(root: Path) -> None:
    edit(
        root,
        QUERY,
        "LEFT JOIN person_file AS p ON r.reporter = p.reporter",
        "JOIN person_file AS p ON p.reporter LIKE '%-2'",
    )


def hangs(root: Path) -> None:
    edit(root, QUERY, "r.weight AS amount", f"r.weight + {HANG} AS amount")
    edit(root, "auditkit.toml", "deadline = 60", "deadline = 3")


def bursts(root: Path) -> None:
    edit(root, QUERY, "r.weight AS amount", f"r.weight + {BOMB} AS amount")


def missing(root: Path) -> None:
    (root / REPORT).unlink()
    (root / PERSON).unlink()


def badly_read(root: Path) -> None:
    """Cells of the wrong type, a row without its key, a key twice, a row cut off; a delivery note that disagrees."""
    edit(root, REPORT, "2026-07-02", "QzyxwNoDate")
    edit(root, REPORT, "91.75", "QzyxwNoWeight")
    with (root / REPORT).open("a", encoding="utf-8") as file:
        file.write(
            ",QzyxwReporter-3,2026-08-03,QzyxwStory three,1\nQzyxwReport-2,QzyxwReporter-9,2026-08-03,QzyxwOrphan,2\nQzyxwReport-5,Qzyxw\n"
        )

    note = (
        "system: QzyxwSystem\nreport: QzyxwNoted\nuser: QzyxwClerk\nextracted_at: 2026-05-01T08:00:00\n"
        "period: {start: 2026-01-01, end: 2026-03-31}\nrows: 9\nsha256: " + "ab" * 32 + "\n"
        "control_totals:\n"
        "  - {measure: sum, column: weight, value: '1.00', source: QzyxwLedger, source_query: independent}\n"
    )
    (root / f"{REPORT}.delivery.yml").write_text(note, encoding="utf-8")


def unreadable(root: Path) -> None:
    (root / REPORT).write_bytes(b"report_id,reporter,told_on,story,weight\nQzyxwReport-1,\xff\xfeQzyxw\x00,1\n")
    (root / f"{PERSON}.delivery.yml").write_text("system: [QzyxwSystem\n", encoding="utf-8")


def emptied(root: Path) -> None:
    (root / REPORT).write_bytes(b"")
    (root / PERSON).write_text("QzyxwReporter,QzyxwFullName\nQzyxwReporter-1,QzyxwName\n", encoding="utf-8")


def another_format(root: Path) -> None:
    (root / REPORT).rename(root / QUARTER / "report.xlsx")
    (root / PERSON).rename(root / QUARTER / "person_file.doc")


OUTCOMES: list[Bend] = [
    clean,
    undecided,
    fails_half_way,
    cannot_be_counted,
    wrong_accounting,
    hangs,
    bursts,
    missing,
    badly_read,
    unreadable,
    emptied,
    another_format,
]
# Where an outcome bends a restricted control's own file or the deadline, the file as it was run and its hash are among
# the definitions, and no result; the seal of the manifest is the sum of all of it.
BENT = ("definitions/controls/reports/rpt_01_limit.sql", "definitions/auditkit.toml")
OF_BENT = (b"reports/rpt_01_limit.sql", b"auditkit.toml", b"seal")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is, to be copied for every outcome."""
    return make(tmp_path_factory.mktemp("desk") / "usual")


@pytest.fixture
def project(usual: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(usual, tmp_path / "project"))


def without_definition(said: Said) -> dict[str, bytes]:
    """Return the public places without what names the restricted control's file and its hash."""
    kept = {}
    for place, data in said.public.items():
        if place.endswith(("_W.xlsx", *BENT)):  # the parts of the workbook are compared one by one
            continue
        lines = data.replace(b"<row", b"\n<row").split(b"\n")
        kept[place] = b"\n".join(line for line in lines if not any(word in line for word in OF_BENT))
    return kept


@pytest.fixture(scope="module")
def first(usual: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    """The usual run's words, for all outcomes to be compared with; filled by the first test that needs it."""
    return {}


def usual_run(
    first: dict[str, Said], usual: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Said:
    if not first:
        copy = Path(shutil.copytree(usual, usual.parent / "project"))
        first["usual"] = run(copy, monkeypatch, capfd)
    return first["usual"]


def test_the_restricted_edition_holds_what_is_planted_and_no_other_place_does(
    first: dict[str, Said], usual: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = usual_run(first, usual, monkeypatch, capfd)

    assert said.code == 0
    for text in (
        "QzyxwName & Sons",
        "QzyxwName von Ødegård",
        'QzyxwStory <of> & "one"',
        "QzyxwReport-1",
        "QzyxwReporter-2",
        "90.25",
    ):
        assert text.lower() in said.restricted
        assert said.places(text) == []
    assert said.places(PLANTED) == []
    assert said.places("report.csv") == []
    assert said.places(PASSPHRASE) == []


def test_the_search_finds_what_is_planted_where_it_may_stand(
    first: dict[str, Said], usual: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = usual_run(first, usual, monkeypatch, capfd)

    places = said.places("Sellerova")
    assert any("_W.xlsx!xl/worksheets" in place for place in places)
    assert any("SAL-01.parquet!rows" in place for place in places)
    assert any("outstanding_items.parquet!rows" in place for place in places)
    assert not any("_B_draft.xlsx" in place for place in places)
    assert "stdout" in said.places("A small desk")
    assert any("docProps/core.xml" in place for place in said.places("board edition"))


@pytest.mark.parametrize("bend", OUTCOMES, ids=lambda bend: bend.__name__)
def test_every_public_byte_is_the_same_whatever_comes_of_the_restricted_control(
    bend: Bend,
    first: dict[str, Said],
    usual: Path,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    expected = usual_run(first, usual, monkeypatch, capfd)
    bend(project)
    said = run(project, monkeypatch, capfd)

    assert said.places(PLANTED) == []
    assert said.code == expected.code
    assert set(said.public) == set(expected.public)
    ours, theirs = without_definition(said), without_definition(expected)
    assert [place for place in ours if ours[place] != theirs[place] and "zip" not in place] == []


def test_json_and_the_exit_code_are_the_same_when_restricted_exceptions_are_critical(
    usual: Path, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    found = run(project, monkeypatch, capfd, "--fail-on", "high", form="json")
    other = Path(shutil.copytree(usual, tmp_path / "other" / "project"))
    fails_half_way(other)
    failed = run(other, monkeypatch, capfd, "--fail-on", "high", form="json")

    assert found.code == failed.code == 0
    assert found.public["stdout"] == failed.public["stdout"]
    assert found.places(PLANTED) == failed.places(PLANTED) == []


def test_during_the_run_its_folder_is_closed_and_after_it_there_is_none(
    first: dict[str, Said], usual: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = usual_run(first, usual, monkeypatch, capfd)

    assert "run.duckdb" in said.watch.seen  # it was looked at in time
    assert said.watch.open_to_others == set()
    assert list(said.watch.folder.iterdir()) == []


def test_no_process_is_told_the_passphrase_or_an_identity(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "secret.txt").unlink()
    edit(project, "auditkit.toml", '[restricted]\npassphrase_file = "secret.txt"\n', "")
    monkeypatch.setenv("AUDITKIT_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("AUDITKIT_KEY", "0f" * 32)
    said = run(project, monkeypatch, capfd)

    assert "qzyxwreport-1" in said.restricted
    assert any(b"multiprocessing" in text for text in said.watch.processes)
    secrets = (PASSPHRASE.encode(), PLANTED.encode(), b"0f" * 32)
    assert not any(secret in text for text in said.watch.processes for secret in secrets)
    assert said.places("0f" * 32) == []


def test_what_a_run_leaves_is_for_its_owner_only(
    first: dict[str, Said], usual: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    modes = usual_run(first, usual, monkeypatch, capfd).modes

    assert {"restricted_2026-Q3_R.xlsx", "findings_2026-Q3_W.xlsx", "SAL-01.parquet", "manifest.json"} <= set(modes)
    assert {name for name, mode in modes.items() if mode & 0o077} == set()


def test_without_a_passphrase_restricted_extracts_are_not_opened(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    edit(project, "auditkit.toml", '[restricted]\npassphrase_file = "secret.txt"\n', "")
    monkeypatch.delenv("AUDITKIT_PASSPHRASE", raising=False)
    absent = run(project, monkeypatch, capfd)
    badly_read(project)
    bad = run(project, monkeypatch, capfd)

    assert absent.restricted == ""
    assert absent.public == bad.public
    assert absent.code == bad.code == 3  # not run is not concluded, and no secret
    assert "stdout" in absent.places(NOT_RUN)
    assert "stdout" not in absent.places(RESTRICTED_LINE)
    for edition in ("_B_draft.xlsx", "_W.xlsx"):
        assert [place for place in absent.places(NOT_RUN) if edition in place]
    assert absent.places(PLANTED) == absent.places("report.csv") == []


def test_without_a_passphrase_json_says_that_restricted_controls_were_not_run(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with_one = json.loads(run(project, monkeypatch, capfd, form="json").public["stdout"])
    edit(project, "auditkit.toml", '[restricted]\npassphrase_file = "secret.txt"\n', "")
    monkeypatch.delenv("AUDITKIT_PASSPHRASE", raising=False)
    said = run(project, monkeypatch, capfd, form="json")
    without = json.loads(said.public["stdout"])
    selected = run(project, monkeypatch, capfd, "--select", "SAL")

    assert (with_one["concluded"], without["concluded"], said.code) == (True, False, 3)
    assert with_one["restricted"] == [{"control": "RPT", "state": "tested", "line": RESTRICTED_LINE}]
    assert without["restricted"] == [{"control": "RPT", "state": "no_passphrase", "line": NOT_RUN}]
    assert selected.code == 0  # nothing restricted was asked for


def test_a_quarter_without_extracts_says_nothing_of_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = run(project, monkeypatch, capfd, "--quarter", "2026-Q2")

    assert (said.code, set(said.public)) == (2, {"stdout", "stderr"})
    assert said.places(PLANTED) == said.places("report.csv") == []


@pytest.mark.parametrize("edition", ["board_edition", "restricted_edition"])
def test_a_full_disk_ends_with_one_message_and_without_a_trace(
    edition: str, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, data: bytes) -> None:
        path.with_suffix(".part").write_bytes(data[:100])
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(f"auditkit.{edition}.write_file", full)
    said = run(project, monkeypatch, capfd)

    assert said.code == 2
    assert set(said.public) == {"stdout", "stderr"}
    assert said.public["stdout"] == b""
    assert b"No space left on device" in said.public["stderr"]
    assert b"Traceback" not in said.public["stderr"]
    assert said.places(PLANTED) == []
    assert list(said.watch.folder.iterdir()) == []


def test_an_error_nobody_foresaw_is_told_without_its_words(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def defect(*_: object) -> None:
        raise KeyError("QzyxwName")

    monkeypatch.setattr("auditkit.restricted_edition.write", defect)
    said = run(project, monkeypatch, capfd)

    assert said.code == 2
    assert b"KeyError in test_leak.py" in said.public["stderr"]
    assert set(said.public) == {"stdout", "stderr"}
    assert said.places(PLANTED) == []


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["show", "RPT"],
        ["show", "RPT-01"],
        ["data-request"],
        ["map", REPORT],
        ["map", PERSON],
        ["test", "--cases-only"],
    ],
    ids=" ".join,
)
def test_other_commands_show_definitions_and_headers_and_no_cell(
    words: list[str], project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr("sys.argv", ["auditkit", *words])
    with pytest.raises(SystemExit):
        cli.main()
    out, err = capfd.readouterr()

    assert out
    assert PLANTED not in out + err


def test_a_file_without_header_is_not_taken_for_its_header_when_mapped(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = (project / REPORT).read_text(encoding="utf-8").split("\n", 1)[1]
    (project / REPORT).write_text(rows, encoding="utf-8")
    monkeypatch.chdir(project)
    monkeypatch.setattr("sys.argv", ["auditkit", "map", REPORT])
    with pytest.raises(SystemExit):
        cli.main()
    out, err = capfd.readouterr()

    assert PLANTED not in out + err
    assert "no header is known" in out


# The board edition


def test_no_small_count_of_people_can_be_worked_out_from_what_is_shown() -> None:
    """Try every way to make the shown figures: each masked one must be possible with more than one number."""
    ways: dict[tuple[object, ...], set[tuple[int, ...]]] = {}
    for passed, exceptions, review, untested, idle in itertools.product((0, 1, 2, 3, 4, 5, 6, 7), repeat=5):
        counts = Counts(passed + exceptions + review + untested + idle, passed, exceptions, review, untested, idle)
        seen = figures(counts, {}, people=True)
        shown = (
            seen.population,
            seen.tested,
            seen.not_tested,
            seen.not_applicable,
            seen.exceptions,
            seen.review,
            seen.rate,
        )
        truth = (counts.population, counts.tested, untested, idle, exceptions, review)
        ways.setdefault(shown, set()).add(truth)

    # Beyond the numbers tried there are further ways, so only small populations have all of theirs here.
    solved = [
        (shown, place)
        for shown, truths in ways.items()
        for place in range(6)
        if isinstance(shown[place], str) and max(truth[0] for truth in truths) <= 7
        for numbers in [{truth[place] for truth in truths}]
        if len(numbers) == 1 and 0 < min(numbers) < 5
    ]
    assert solved == []


def divisions(whole: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to divide a number into that many parts, none of them below zero."""
    if parts == 1:
        yield (whole,)
        return
    for first in range(whole + 1):
        for rest in divisions(whole - first, parts - 1):
            yield (first, *rest)


@pytest.mark.slow
def test_no_small_count_behind_a_reason_can_be_worked_out_from_the_totals_shown_with_it() -> None:
    """Divide every population of up to 17 people: each count shown as "< 5" must be possible with several numbers."""
    ways: dict[tuple[object, ...], set[tuple[int, ...]]] = {}
    for whole in range(1, 18):
        for passed, exceptions, idle, *untested in divisions(whole, 6):
            reasons = {("NOT_TESTED", f"reason_{n}"): count for n, count in enumerate(untested) if count}
            counts = Counts(whole, passed, exceptions, 0, sum(untested), idle, reasons)
            seen = figures(counts, {}, people=True)
            by_reason = reasons_shown(counts, people=True)
            totals = (seen.population, seen.tested, seen.not_tested, seen.not_applicable, seen.exceptions, seen.rate)
            shown = (*totals, *(by_reason.get(f"reason_{n}", 0 if by_reason else WITHHELD) for n in range(3)))
            truth = (whole, counts.tested, sum(untested), idle, exceptions, 0, *untested)
            ways.setdefault(shown, set()).add(truth)

    solved = [
        (shown, place)
        for shown, truths in ways.items()
        for place in range(9)
        if isinstance(shown[place], str) and place != 5
        for numbers in [{truth[place] for truth in truths}]
        if len(numbers) == 1 and 0 < min(numbers) < 5
    ]
    assert solved == []


def test_the_sample_has_its_board_edition_in_english_and_in_arabic(sample_outcome: Outcome) -> None:
    names = [path.name for path in sample_outcome.files if "_B_draft" in path.name]

    assert names == ["findings_2026-Q3_B_draft.xlsx", "findings_2026-Q3_B_draft_ar.xlsx"]


@pytest.mark.parametrize("language", languages())
def test_no_string_of_the_extracts_of_class_c2_or_above_is_in_the_board_edition(
    sample_outcome: Outcome, personal: set[str], language: str
) -> None:
    end = "" if language == "en" else f"_{language}"
    kept = [path for path in sample_outcome.files if path.name.endswith(f"_B_draft{end}.xlsx")]
    data = kept[0].read_bytes() if kept else board_edition.make(sample_outcome.run, Labels.of(language)).data()

    assert len(personal) > 20_000
    assert standing_in({value for value in personal if len(value) >= 5}, board_text(data)) == set()


@pytest.mark.parametrize("end", ["_B_draft.xlsx", "_B_draft_ar.xlsx"])
def test_an_identity_planted_into_any_part_of_the_board_edition_is_found(sample_outcome: Outcome, end: str) -> None:
    path = next(path for path in sample_outcome.files if path.name.endswith(end))
    planted = {"Nøra & Sons <Ltd>", "00012345", "P-0042", "7KQ2-ab", "نورة الحداد"}
    for part in ("xl/worksheets/sheet1.xml", "docProps/core.xml", "xl/charts/chart1.xml", "xl/styles.xml"):
        text = board_text(
            path.read_bytes(), {part: html.escape(" ".join(map(Labels.of("ar").upright, sorted(planted))))}
        )
        assert standing_in(planted | {"Unplanted Person"}, text) == planted


def test_no_text_of_a_board_block_is_a_value_of_class_c2_or_above_however_short(
    sample_outcome: Outcome, personal: set[str]
) -> None:
    shown = {
        str(value)
        for control in sample_outcome.run.controls
        for block, table in control.board
        for row in suppress(block, table).rows
        for value in row
        if isinstance(value, str)
    }

    assert len(shown) > 5
    assert shown & personal == set()


@pytest.fixture(scope="module")
def personal(sample_outcome: Outcome) -> set[str]:
    """The values of the sample's columns of class C2 and above that are no word of the definitions or of the run."""
    run = sample_outcome.run
    own = {str(day) for day in (run.declared_at.date(), run.period.start, run.period.last_day, run.period.cut_off)}
    return personal_values(sample_outcome) - own


def personal_values(outcome: Outcome) -> set[str]:
    """Return what stands in columns of class C2 and above, but for the words of the definitions."""
    project = outcome.run.project
    model = load_contracts(project.controls / "contracts")
    with duckdb.connect() as connection:
        mappings = load_mappings(project.mappings, model)
        load_extracts(connection, model, project.extracts / "2026-Q3", mappings, include_restricted=True)
        found: set[str] = set()
        for entity in (entity for entity in model.entities.values() if not entity.computed):
            for column in (c for c in entity.columns if c.classification in ("C2", "C3", "C4")):
                text = f'CAST("{column.name}" AS VARCHAR)'
                rows = connection.execute(f'SELECT DISTINCT {text} FROM "{entity.name}" WHERE {text} IS NOT NULL')
                found |= {str(row[0]) for row in rows.fetchall()}
    written = [
        *(ROOT / "controls").rglob("*.*"),
        *(ROOT / "auditkit").glob("*.py"),
        *(ROOT / "auditkit" / "labels").glob("*.yml"),
    ]
    words = "\n".join(path.read_text(encoding="utf-8") for path in written if path.is_file()).lower().replace("_", " ")
    pieces = beginnings(words)
    return {value for value in found if value and not within(value.lower().replace("_", " "), words, pieces)}


def beginnings(text: str) -> set[str]:
    """Return every five characters of the text: what begins with none of them is not in it, which is quickly seen."""
    return {text[start : start + 5] for start in range(len(text) - 4)}


def within(value: str, text: str, pieces: set[str]) -> bool:
    """Tell whether `value` stands in `text`, whose beginnings are given."""
    return (len(value) < 5 or (value[:5] in pieces and value[-5:] in pieces)) and value in text


def board_text(data: bytes, added: dict[str, str] | None = None) -> str:
    """Return every part of the unzipped workbook as text, as it is and with XML's escapes undone, in lower case."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    assert set(added or {}) <= set(parts)
    text = "\n".join([*parts, *(text + (added or {}).get(name, "") for name, text in parts.items())])
    # The marks that keep codes in order between Arabic words must not hide a string.
    return re.sub("[\u200e\u200f]", "", text + html.unescape(text)).lower()


def standing_in(values: set[str], text: str) -> set[str]:
    """Return those of `values` that stand in `text`; a number only as a whole, not as the end of a longer one."""
    pieces = beginnings(text)
    return {
        value
        for value in values
        for low in [value.lower()]
        if within(low, text, pieces)
        if re.search(rf"(?<![\d.,]){re.escape(low)}(?![\d])", text) or not re.fullmatch(r"[\d.,]+", low)
    }


# What control SQL of an open control could try

READS = {
    "row": "SELECT sale_id, CAST(s AS VARCHAR) AS person_id, 'PASS' AS result FROM sale AS s",
    "alias": "SELECT s.a AS sale_id, s.e AS person_id, 'PASS' AS result FROM sale AS s (a, b, c, d, e)",
    "place": "SELECT sale_id, #2 AS person_id, 'PASS' AS result FROM (SELECT sale_id, complaint FROM sale) AS s",
    "lateral": (
        "SELECT p.sale_id, l.x AS person_id, 'PASS' AS result FROM sale_in_period AS p, "
        "LATERAL (SELECT s.complaint AS x FROM sale AS s WHERE s.sale_id = p.sale_id) AS l"
    ),
    "order": (
        "SELECT p.sale_id, (SELECT s.seller_id FROM sale AS s ORDER BY s.complaint LIMIT 1) AS person_id, "
        "'PASS' AS result FROM sale_in_period AS p"
    ),
    "join": (
        "SELECT p.sale_id, 'PASS' AS result FROM sale_in_period AS p LEFT JOIN sale AS s ON s.complaint = p.sale_id"
    ),
    "number": "SELECT p.sale_id, (SELECT COUNT(*) FROM report) AS n, 'PASS' AS result FROM sale_in_period AS p",
    "exists": (
        "SELECT p.sale_id, CASE WHEN EXISTS (SELECT 1 AS one FROM report AS r WHERE r.weight > 1) THEN 'EXCEPTION' "
        "ELSE 'PASS' END AS result FROM sale_in_period AS p"
    ),
    "window": (
        "SELECT s.sale_id, CAST(ROW_NUMBER() OVER (ORDER BY s.complaint) AS VARCHAR) AS person_id, 'PASS' AS result "
        "FROM sale AS s"
    ),
    "union": (
        "SELECT u.sale_id, u.x AS person_id, 'PASS' AS result "
        "FROM (SELECT sale_id, seller_id AS x FROM sale UNION ALL SELECT report_id, story FROM report) AS u"
    ),
    "through": "SELECT v.report_id AS sale_id, 'PASS' AS result FROM report_in_period AS v",
}


@pytest.mark.parametrize("way", READS)
def test_an_open_attribute_can_read_nothing_restricted(way: str, project: Path) -> None:
    text = f"{READS[way]}\n-- $sale_limit\n"
    path = project / "controls/sales/sal_01_limit.sql"
    path.write_text(text, encoding="utf-8")
    message = project / "controls/sales/sal_01_limit.yml"
    message.write_text(
        message.read_text(encoding="utf-8").replace("{person_id} sold for {amount}", "x"), encoding="utf-8"
    )
    edit(project, "controls/sales/control.yml", "parameters:\n", "")
    kept = project / "controls/sales/control.yml"
    kept.write_text(kept.read_text(encoding="utf-8").split("  sale_limit:")[0], encoding="utf-8")
    with pytest.raises(AuditkitError) as caught:
        load_catalogue(project / "controls")

    assert "controls/sales/sal_01_limit.sql" in str(caught.value)
    assert any(word in str(caught.value) for word in ("C4", "whole rows", "renames", "by its place", "LATERAL"))


@pytest.mark.parametrize("column", ["complaint", "seller_id"])
def test_a_board_block_of_an_open_control_can_read_nothing_restricted(column: str, project: Path) -> None:
    block = "board:\n  - {id: b, title: B, query: by_seller, columns: [{name: x, title: X}]}\n"
    with (project / "controls/sales/control.yml").open("a", encoding="utf-8") as file:
        file.write(block)
    (project / "controls/sales/by_seller.sql").write_text(f"SELECT {column} AS x FROM sale", encoding="utf-8")
    if column == "seller_id":
        assert load_catalogue(project / "controls").controls
        return
    with pytest.raises(AuditkitError, match=r"by_seller\.sql.*class C4"):
        load_catalogue(project / "controls")


# A run that is stopped or killed


def started(project: Path, temporary: Path) -> subprocess.Popen[str]:
    """Start a run whose restricted query hangs, and wait until it does."""
    hangs(project)
    edit(project, "auditkit.toml", "deadline = 3", "deadline = 300")
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "auditkit", "run"]
    with (project / "errors").open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=project,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    end = time.monotonic() + 120
    while "Test attributes" not in (project / "errors").read_text() and time.monotonic() < end:
        time.sleep(0.1)
    assert process.poll() is None
    return process


def test_a_stopped_run_leaves_nothing_and_what_a_killed_one_left_goes_at_the_next_start(
    project: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    killed = started(project, temporary)
    killed.kill()
    killed.communicate()
    left = [path.name for path in temporary.iterdir()]
    edit(project, "auditkit.toml", "deadline = 300", "deadline = 60")
    edit(project, QUERY, f"r.weight + {HANG} AS amount", "r.weight AS amount")
    stranger = temporary / "auditkit-run-of-somebody"
    stranger.mkdir(mode=0o755)
    stopped = started(project, temporary)
    now = [path.name for path in temporary.iterdir() if path != stranger]
    stopped.terminate()
    out, _ = stopped.communicate(timeout=60)

    assert len(left) == len(now) == 1
    assert left != now
    assert list(temporary.iterdir()) == [stranger]
    assert (stopped.returncode, out) == (2, "")
    said = (project / "errors").read_text(encoding="utf-8")
    assert said.endswith("Stopped; nothing was written.\n")
    assert PLANTED not in said
    assert not (project / "output").exists()
