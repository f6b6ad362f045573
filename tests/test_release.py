"""What a restricted control lets out: masked counts of the whole organisation in fixed words, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from desk import PLANTED, Said, edit, make, run

from auditkit import measure
from auditkit.measure import Measure, MeasureResult, MeasureRow
from auditkit.wording import NOT_RUN, RESTRICTED_LINE

pytestmark = pytest.mark.slow  # whole runs by the dozen: make check and CI run them

QUARTER = "extracts/2026-Q3"
REPORT, QUERY, TOLD = f"{QUARTER}/report.csv", "controls/desk/told_by_weight.sql", "controls/desk/told.sql"
TESTED = "controls/reports/rpt_01_limit.sql"
DESK = """\
id: DSK
title: Reports told to the desk
version: 1.0.0
kind: kpi
objective: The board knows how much is told.
risk: Nobody looks.
criteria:
  - {id: rule, text: In order., source: House rules, article: "4"}
owner: Head
confidentiality: restricted
measures:
  - id: DSK-01
    title: Reports told
    definition: Reports told, of all sales.
    query: told
    unit: per_100
    direction: neutral
    numerator: Reports told
    denominator: Sales made
    release: masked_counts
  - id: DSK-02
    title: Reports by weight
    definition: Reports told, by weight.
    query: told_by_weight
    unit: percent
    direction: neutral
    numerator: Reports by weight
    denominator: Reports told
    breakdown: {title: Weight, values: [light, heavy]}
    release: masked_counts
  - id: DSK-03
    title: Reports kept back
    definition: A figure that is not released.
    query: kept
    unit: percent
    direction: neutral
    numerator: Qzyxwless reports
    denominator: Reports told
"""
FILES = {
    "controls/desk/control.yml": DESK,
    TOLD: (
        "WITH told AS (SELECT COUNT(*) AS n FROM report), sold AS (SELECT COUNT(*) AS n FROM sale)\n"
        "SELECT told.n AS numerator, sold.n AS denominator FROM told CROSS JOIN sold"
    ),
    QUERY: (
        "SELECT CASE WHEN weight > 91 THEN 'heavy' ELSE 'light' END AS category, COUNT(*) AS numerator, "
        "CAST(SUM(COUNT(*)) OVER () AS BIGINT) AS denominator FROM report GROUP BY ALL"
    ),
    "controls/desk/kept.sql": "SELECT COUNT(*) AS numerator, COUNT(*) AS denominator FROM report",
}
KEPT = "DSK-03"
Bend = Callable[[Path], None]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make(tmp_path_factory.mktemp("desk") / "usual")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def project(usual: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(usual, tmp_path / "project"))


def told(said: Said) -> dict[str, Any]:
    return {entry["figure"]: entry for entry in json.loads(said.public["stdout"])["measured"] if "figure" in entry}


def several(root: Path, light: int, heavy: int) -> None:
    rows = [f"QzyxwReport-{n},QzyxwReporter-1,2026-07-02,QzyxwStory,90.25" for n in range(light)]
    rows += [f"QzyxwReport-H{n},QzyxwReporter-2,2026-07-02,QzyxwStory,95" for n in range(heavy)]
    (root / REPORT).write_text("\n".join(["report_id,reporter,told_on,story,weight", *rows]) + "\n", encoding="utf-8")


def nothing(root: Path) -> None:
    """Leave the project as it is: one light report and one heavy one."""


def category_from_the_data(root: Path) -> None:
    """A query that takes its categories out of free text."""
    edit(root, QUERY, "CASE WHEN weight > 91 THEN 'heavy' ELSE 'light' END AS category", "story AS category")


def fails(root: Path) -> None:
    edit(root, QUERY, "COUNT(*) AS numerator", "CAST(SUM(CAST(story AS INTEGER)) AS BIGINT) AS numerator")


def does_not_add_up(root: Path) -> None:
    edit(root, QUERY, "CAST(SUM(COUNT(*)) OVER () AS BIGINT) AS denominator", "COUNT(*) AS denominator")


def missing(root: Path) -> None:
    (root / REPORT).unlink()


def badly_read(root: Path) -> None:
    edit(root, REPORT, "91.75", "QzyxwNoWeight")
    edit(root, REPORT, "2026-07-02", "QzyxwNoDate")


def none_told(root: Path) -> None:
    edit(root, TOLD, "FROM report", "FROM report WHERE weight > 1000")
    edit(root, QUERY, "FROM report", "FROM report WHERE weight > 1000")


def many(root: Path) -> None:
    several(root, 40, 3)


@pytest.mark.parametrize(
    "bend",
    [nothing, category_from_the_data, fails, does_not_add_up, missing, badly_read, none_told, many],
    ids=lambda bend: bend.__name__,
)
def test_no_text_of_a_restricted_table_leaves_it_whatever_comes_of_the_released_figures(
    bend: Bend, project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bend(project)
    said = run(project, monkeypatch, capfd, form="json")

    assert [place for place in said.places(PLANTED) if "definitions/" not in place] == []
    assert set(told(said)) == {"DSK-01", "DSK-02"}
    assert KEPT not in said.public["stdout"].decode()
    assert said.code == 0


def test_the_search_finds_a_category_that_comes_out_of_the_data(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The test above can fail: with a measure that shows the words of its query, the story is everywhere."""

    def trusting(wanted: Measure, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> MeasureResult:
        if wanted.breakdown is None:
            return taken(wanted, columns, rows)
        return MeasureResult(wanted, tuple(MeasureRow(str(row[0]), row[1], row[2], row[1]) for row in rows))

    taken = measure.result
    monkeypatch.setattr("auditkit.engine.measure.result", trusting)
    category_from_the_data(project)
    said = run(project, monkeypatch, capfd, form="json")

    places = said.places("QzyxwStory of two")
    assert "stdout" in places
    assert any("_B_draft.xlsx!xl/worksheets" in place for place in places)
    assert any("manifest.json" in place for place in places)


def test_small_counts_are_masked_in_every_place(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = run(project, monkeypatch, capfd, form="json")
    figures = told(said)

    assert figures["DSK-01"]["rows"][0]["numerator"] == "< 5"  # two reports were told
    assert figures["DSK-01"]["rows"][0]["value"] == "withheld"
    assert {row["numerator"] for row in figures["DSK-02"]["rows"]} <= {"< 5", "withheld"}
    assert {row["denominator"] for row in figures["DSK-02"]["rows"]} <= {"< 5", "withheld"}
    manifest = next(json.loads(data) for place, data in said.public.items() if place.endswith("manifest.json"))
    assert not any(isinstance(shown, int) and 0 < shown < 5 for shown, *_ in manifest["programme"]["counts"].values())


def test_a_small_part_hides_what_it_needs_and_a_large_one_is_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    many(project)
    rows = {row["category"]: row for row in told(run(project, monkeypatch, capfd, form="json"))["DSK-02"]["rows"]}

    assert rows["heavy"]["numerator"] == "< 5"  # 3 of 43: with 40 and 43 it would be known
    assert "withheld" in (rows["light"]["numerator"], rows["light"]["denominator"])


def test_the_board_sheet_shows_the_figures_and_the_restricted_edition_the_true_ones(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    many(project)
    said = run(project, monkeypatch, capfd)

    assert any("_B_draft.xlsx!xl/worksheets" in place for place in said.places("Reports by weight"))
    assert "reports kept back" in said.restricted
    assert "qzyxwless reports" in said.restricted
    for text in ("Reports kept back", "6.98"):  # 3 of 43
        assert [place for place in said.places(text) if "definitions/" not in place] == []
    assert "6.98" in said.restricted


def test_of_a_figure_that_could_not_be_measured_only_the_restricted_edition_says_why(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    does_not_add_up(project)
    said = run(project, monkeypatch, capfd, form="json")
    other = told(said)["DSK-02"]["not_measured"]

    assert other == "could not be measured; the restricted edition says why"
    assert "do not add up to the denominator" in said.restricted
    assert said.places("do not add up to the denominator") == []


def test_with_nothing_told_the_denominator_is_nought_and_that_may_be_said(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    none_told(project)
    figures = told(run(project, monkeypatch, capfd, form="json"))

    assert figures["DSK-01"]["rows"][0]["numerator"] == 0
    assert figures["DSK-02"]["not_measured"] == "the denominator is 0: Reports told"


def test_without_a_passphrase_there_is_one_line_and_no_figure(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    edit(project, "auditkit.toml", '[restricted]\npassphrase_file = "secret.txt"\n', "")
    monkeypatch.delenv("AUDITKIT_PASSPHRASE", raising=False)
    absent = run(project, monkeypatch, capfd, form="json")
    many(project)
    other = run(project, monkeypatch, capfd, form="json")

    assert json.loads(absent.public["stdout"])["measured"] == [
        {"control": "DSK", "title": "Reports told to the desk", "line": NOT_RUN}
    ]
    assert absent.public == other.public
    assert absent.code == 3


@pytest.mark.slow
@pytest.mark.parametrize("column", ["r.weight > $report_limit + 1000", "r.weight > 0 AND $report_limit > 0"])
def test_the_results_of_restricted_tests_change_no_byte_beside_released_figures(
    column: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    many(project)
    other = Path(shutil.copytree(project, tmp_path / "other" / "project"))
    first = run(project, monkeypatch, capfd)
    edit(other, TESTED, "r.weight > $report_limit", column)
    second = run(other, monkeypatch, capfd)

    assert RESTRICTED_LINE.encode() in first.public["stdout"]
    assert first.public["stdout"] == second.public["stdout"]
    boards = [next(d for p, d in said.public.items() if p.endswith("_B_draft.xlsx")) for said in (first, second)]
    assert boards[0] == boards[1]
