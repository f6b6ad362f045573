"""
The examples: published files as they stand, through mappings, into the packaged controls.

What is expected is counted here from the files themselves, with Python's csv module and nothing of auditkit. The
excerpts stand in the project; the whole files do not, and their tests are skipped where they are absent.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from conftest import DECLARED, ROOT

from auditkit import project as projects
from auditkit.progress import Progress
from auditkit.run import Options, Outcome, run

Row = dict[str, str]
EXAMPLES = ROOT / "examples"
REAL = Path(os.environ.get("AUDITKIT_REAL_DATA", ROOT.parent / "shared" / "real"))
SOURCES = ("excerpt", "published")


def folder_of(example: str, source: str, real: str) -> Path:
    """Where the files stand; skips the test if the published ones are absent."""
    folder = EXAMPLES / example / "excerpt" if source == "excerpt" else REAL / real
    if not folder.is_dir():
        pytest.skip("the published files are absent")
    return folder


def run_example(example: str, source: str, files: Path, quarter: str, control: str, place: Path) -> Outcome:
    """Put an example in place as its page says, with other folders, and run one control."""
    home = EXAMPLES / example
    extracts = place / "extracts" / quarter
    extracts.mkdir(parents=True)
    for folder in (home / "published", files, home / source):
        for path in folder.iterdir():
            if path.suffix in (".csv", ".yml"):
                shutil.copyfile(path, extracts / path.name)
    text = (home / "auditkit.toml").read_text(encoding="utf-8")
    text = text.replace('"../../controls"', f'"{ROOT / "controls"}"').replace('"mappings"', f'"{home / "mappings"}"')
    text = text.replace('"../../sample_data', f'"{ROOT}/sample_data')
    (place / "auditkit.toml").write_text(text, encoding="utf-8")
    project = projects.load(place / "auditkit.toml")
    return run(project, Options(quarter, (control,), declared_at=DECLARED), Progress())


def rows_of(path: Path) -> list[tuple[int, Row]]:
    """The rows of a published file with the number under which auditkit knows them (the header is row 1)."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(enumerate(csv.DictReader(file), 2))


def results(outcome: Outcome, attribute: str, key: str) -> dict[str, str]:
    """Every item of an attribute with its result and reason, from the evidence."""
    return dict(evidence(outcome, attribute, f"{key}, concat_ws(':', result, reason)"))


def evidence(outcome: Outcome, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of a table of the evidence folder."""
    path = outcome.folder / "evidence" / "results" / f"{name}.parquet"
    return duckdb.connect().execute(f"SELECT {columns} FROM read_parquet(?)", [str(path)]).fetchall()


# UK register of ministers' gifts and hospitality


NIL = "nil return"
UK = [(source, quarter) for source in SOURCES for quarter in ("2024-Q4", "2025-Q2")]


class Entry:
    """One published row that is neither a nil return nor a footnote, understood by this test alone."""

    def __init__(self, file: str, number: int, row: Row) -> None:
        self.file, self.number = file, number
        self.key = f"{file} row {number}".upper()
        self.row = row
        self.day = day_of(row["date"])
        self.value = amount_of(row["value"])
        self.given = row.get("given_or_received") == "Given"
        outcome = row.get("outcome", "").lower()
        self.accepted = file == "hospitality" or outcome.startswith("purchased")
        self.unknown = outcome.startswith("return")

    def is_of(self, start: dt.date, end: dt.date) -> bool:
        return self.day is None or start <= self.day < end


def day_of(text: str) -> dt.date | None:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def amount_of(text: str) -> Decimal | None:
    plain = text.lstrip("£$").replace(",", "")
    return Decimal(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) else None


def unshifted(row: Row) -> Row:
    """A row whose cells stand one column too far to the left: the minister's name where the date belongs."""
    if day_of(row["date"]) or row["date"].lower() == NIL or "provider" not in row:
        return row
    names = list(row)
    moved = dict(zip(names[2:7], [row[name] for name in names[3:8]], strict=True))
    return {**row, **moved, "value": ""}


@cache
def entries(folder: Path) -> tuple[Entry, ...]:
    found = []
    for file in ("gifts", "hospitality"):
        for number, published in rows_of(folder / f"{file}.csv"):
            row = unshifted(published) if published["date"] else published
            if row["date"] and row["date"].lower() != NIL:
                found.append(Entry(file, number, row))
    return tuple(found)


@pytest.fixture(scope="module", params=UK, ids=[" ".join(case) for case in UK])
def uk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, list[Entry]]:
    source, quarter = request.param
    files = folder_of("uk_ministers_gifts", source, "uk_ministers_gifts")
    outcome = run_example("uk_ministers_gifts", source, files, quarter, "GFT", tmp_path_factory.mktemp("uk"))
    period = outcome.run.period
    return outcome, [entry for entry in entries(files) if entry.is_of(period.start, period.end)]


class TestUkMinistersGifts:
    def test_every_published_row_is_loaded_or_left_out_and_none_rejected(self, uk: tuple[Outcome, list[Entry]]) -> None:
        outcome, _ = uk
        folder = outcome.run.project.extracts / outcome.run.period.label
        for extract in outcome.run.extracts.loaded:
            (part,) = extract.entities
            assert part.rows == part.filtered + part.loaded + part.rejected == len(rows_of(folder / extract.path))
            if part.entity == "gift":
                kept = [entry for entry in entries(folder) if f"{entry.file}.csv" == extract.path]
                assert (part.loaded, part.rejected) == (len(kept), 0)
        assert not outcome.run.extracts.failed

    def test_the_population_is_what_was_received_in_the_quarter_or_has_no_readable_date(
        self, uk: tuple[Outcome, list[Entry]]
    ) -> None:
        outcome, expected = uk

        assert set(results(outcome, "GFT-08", "gift_id")) == {entry.key for entry in expected}

    def test_a_benefit_without_an_amount_is_an_exception_of_valuation(self, uk: tuple[Outcome, list[Entry]]) -> None:
        """ "Above limit", "Value Unknown", a range, "<10" and an empty cell are no amount."""
        outcome, expected = uk

        assert results(outcome, "GFT-08", "gift_id") == {
            entry.key: "NOT_APPLICABLE" if entry.given else "PASS" if entry.value else "EXCEPTION" for entry in expected
        }

    @pytest.mark.parametrize("attribute", ["GFT-02", "GFT-03"])
    def test_no_limit_is_tested_on_what_was_handed_over_bought_or_is_hospitality(
        self, uk: tuple[Outcome, list[Entry]], attribute: str
    ) -> None:
        outcome, expected = uk

        def verdict(entry: Entry) -> str:
            if entry.unknown:
                return "NOT_TESTED:disposition_missing"
            return "NOT_APPLICABLE:outside_limits" if entry.accepted else "NOT_APPLICABLE"

        assert results(outcome, attribute, "gift_id") == {entry.key: verdict(entry) for entry in expected}

    def test_cash_is_tested_only_where_the_register_says_what_kind_of_benefit_it_was(
        self, uk: tuple[Outcome, list[Entry]]
    ) -> None:
        outcome, expected = uk

        def verdict(entry: Entry) -> str:
            if entry.unknown:
                return "NOT_TESTED:disposition_missing"
            if not entry.accepted:
                return "NOT_APPLICABLE"
            return "PASS" if entry.file == "hospitality" else "NOT_TESTED:category_missing"

        assert results(outcome, "GFT-04", "gift_id") == {entry.key: verdict(entry) for entry in expected}

    @pytest.mark.parametrize("attribute", ["GFT-01", "GFT-05", "GFT-06"])
    def test_who_gave_when_it_was_entered_and_who_approved_cannot_be_tested(
        self, uk: tuple[Outcome, list[Entry]], attribute: str
    ) -> None:
        outcome, expected = uk

        assert results(outcome, attribute, "gift_id") == {entry.key: "NOT_TESTED:not_delivered" for entry in expected}

    def test_attributes_that_could_not_be_run_make_no_item_untested(self, uk: tuple[Outcome, list[Entry]]) -> None:
        """Else every item tested would be an exception: the rate of the control would read 100 %."""
        outcome, expected = uk
        (control,) = outcome.run.controls
        counts = next(p.counts for p in control.populations if p.population.name == "gifts")
        without_value = [entry for entry in expected if not entry.value and not entry.given]
        untested = [
            entry
            for entry in expected
            if entry not in without_value and (entry.unknown or (entry.accepted and entry.file == "gifts"))
        ]
        passed = [entry for entry in expected if entry.value and not entry.given and entry not in untested]

        assert (counts.population, counts.exceptions) == (len(expected), len(without_value))
        assert (counts.passed, counts.review) == (len(passed), 0)
        assert counts.tested == len(passed) + len(without_value)
        assert counts.not_tested == len(expected) - counts.tested  # those given away: no attribute that was run applies

    def test_every_cell_that_is_no_amount_and_no_date_is_listed(self, uk: tuple[Outcome, list[Entry]]) -> None:
        outcome, _ = uk
        folder = outcome.run.project.extracts / outcome.run.period.label
        expected = set()
        for entry in entries(folder):
            if entry.day is None:
                expected.add((f"{entry.file}.csv", entry.number, "received_at", entry.row["date"]))
            if entry.value is None and entry.row["value"]:
                expected.add((f"{entry.file}.csv", entry.number, "value", entry.row["value"]))

        assert {
            (file, row, column, found) for file, row, _, column, found, *_ in evidence(outcome, "unread_cells")
        } == expected

    def test_published_without_totals_is_a_limitation_and_no_block(self, uk: tuple[Outcome, list[Entry]]) -> None:
        outcome, _ = uk
        checks = outcome.run.reliability.checks

        assert {check.status for check in checks if check.id == "IPE-01"} == {"limitation"}
        assert {check.status for check in checks if check.id == "IPE-02"} == {"passed", "limitation"}
        assert {check.status for check in checks if check.id == "IPE-03"} == {"not_performed"}
        assert [check for check in checks if check.blocks] == []

    def test_counts_add_up(self, uk: tuple[Outcome, list[Entry]]) -> None:
        assert_counts_add_up(uk[0])

    def test_the_page_states_the_figures_of_the_run(self, uk: tuple[Outcome, list[Entry]]) -> None:
        outcome, expected = uk
        if outcome.run.period.label != "2024-Q4" or len(expected) < 100:
            pytest.skip("the page speaks of the published files, fourth quarter of 2024")

        assert_page_is_right(EXAMPLES / "uk_ministers_gifts" / "README.md", outcome)

    def test_the_board_edition_names_nobody(self, uk: tuple[Outcome, list[Entry]]) -> None:
        outcome, expected = uk
        names = {entry.row["minister"].lower() for entry in expected}
        names |= {entry.row.get("donor_recipient", entry.row.get("provider", "")).lower() for entry in expected}
        shown = "\n".join(texts_of(next(path for path in outcome.files if "_B_draft" in path.name))).lower()

        assert [name for name in names if len(name) > 8 and name in shown] == []


def assert_counts_add_up(outcome: Outcome) -> None:
    for control in outcome.run.controls:
        for population in control.populations:
            for result in population.attributes:
                counts = result.counts
                assert counts.population == counts.tested + counts.not_tested + counts.not_applicable
                assert counts.population == population.counts.population


def texts_of(workbook: Path) -> set[str]:
    book = openpyxl.load_workbook(workbook, read_only=True)
    try:
        rows = (row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True))
        return {cell for row in rows for cell in row if isinstance(cell, str)}
    finally:
        book.close()


def table_of(page: Path) -> dict[str, tuple[int, ...]]:
    """The counts that an example's page states, by attribute."""
    lines = [line.strip("| ").split("|") for line in page.read_text(encoding="utf-8").splitlines()]
    rows = [[cell.strip().replace(",", "") for cell in line] for line in lines if re.match(r"[A-Z]{3}-\d", line[0])]
    return {row[0]: tuple(map(int, row[1:])) for row in rows}


def assert_page_is_right(page: Path, outcome: Outcome) -> None:
    counted = {}
    for control in outcome.run.controls:
        for result in (result for population in control.populations for result in population.attributes):
            c = result.counts
            row = (c.population, c.tested, c.passed, c.exceptions, c.review, c.not_tested, c.not_applicable)
            counted[result.attribute.id] = row
    assert table_of(page) == counted


# Salaries of Montgomery County


@pytest.fixture(scope="module", params=SOURCES)
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, list[Row]]:
    files = folder_of("montgomery_pay", request.param, "montgomery_payroll")
    place = tmp_path_factory.mktemp("county")
    outcome = run_example("montgomery_pay", request.param, files, "2016-Q4", "PAY", place)
    return outcome, [row for _, row in rows_of(files / "employee_salaries.csv")]


class Title:
    """The people with one job title: those whose sex and full-time pay are known, and the others."""

    def __init__(self, rows: list[Row]) -> None:
        known = [row for row in rows if row["gender"] and row["assignment_category"] == "Fulltime-Regular"]
        self.pay = {sex: [Decimal(r["current_annual_salary"]) for r in known if r["gender"] == sex] for sex in "FM"}
        self.at_most = {sex: sum(row["gender"] in (sex, "") for row in rows) for sex in "FM"}
        self.unmeasured = len(rows) - len(known)
        self.people = len(rows)

    @property
    def gap(self) -> Decimal:
        """Of the means, in percent of the men's."""
        means = {sex: sum(pay, Decimal()) / len(pay) for sex, pay in self.pay.items()}
        return (means["M"] - means["F"]) / means["M"] * 100

    @property
    def verdict(self) -> str:
        if min(self.at_most.values()) < 5:
            return "NOT_APPLICABLE"
        if min(map(len, self.pay.values())) < 5:
            return "NOT_TESTED"
        if abs(self.gap) >= 5:
            return "EXCEPTION"
        return "NOT_TESTED" if self.unmeasured * 20 > self.people else "PASS"


def titles(rows: list[Row]) -> Mapping[str, Title]:
    by_title: dict[str, list[Row]] = {}
    for row in rows:
        by_title.setdefault(f"{row['employee_position_title'].upper()} x job title (proxy)", []).append(row)
    return {name: Title(members) for name, members in by_title.items()}


class TestMontgomeryPay:
    def test_equal_rows_are_different_people(self, county: tuple[Outcome, list[Row]]) -> None:
        outcome, rows = county
        (extract,) = outcome.run.extracts.loaded

        assert len({tuple(row.values()) for row in rows}) < len(rows)
        assert {part.entity for part in extract.entities} == {
            "person",
            "employee",
            "assignment_hist",
            "pay_contract_hist",
        }
        for part in extract.entities:
            assert (part.rows, part.filtered, part.loaded, part.rejected, part.unread) == (
                len(rows),
                0,
                len(rows),
                0,
                0,
            )
        assert {check.status for check in outcome.run.reliability.checks if check.id == "IPE-06"} == {"passed"}

    def test_every_title_is_compared_where_five_women_and_five_men_can_be(
        self, county: tuple[Outcome, list[Row]]
    ) -> None:
        outcome, rows = county

        found = results(outcome, "PAY-01", "category")

        assert {name: result.partition(":")[0] for name, result in found.items()} == {
            name: title.verdict for name, title in titles(rows).items()
        }

    def test_the_gap_shown_is_that_of_the_published_salaries(self, county: tuple[Outcome, list[Row]]) -> None:
        """Cut to two decimals, so that 4.999 never reads as 5.00."""
        outcome, rows = county
        exceptions = [name for name, result in results(outcome, "PAY-01", "category").items() if result == "EXCEPTION"]
        by_title = titles(rows)

        assert exceptions
        for name, gap, women, men in evidence(outcome, "PAY-01", "category, gap, women_n, men_n"):
            title = by_title[name]
            assert (women, men) == tuple(len(title.pay[sex]) for sex in "FM")
            if name in exceptions:
                assert gap == int(title.gap * 100) / Decimal(100)

    def test_the_absence_of_an_adjusted_gap_is_not_claimed_where_too_many_are_not_measured(
        self, county: tuple[Outcome, list[Row]]
    ) -> None:
        outcome, rows = county
        unmeasured = Title(rows).unmeasured

        assert unmeasured * 20 > len(rows)
        ((result, counted, facts),) = evidence(outcome, "PAY-06", "result, unmeasured_n, allowed_for")
        assert (result, counted) == ("NOT_TESTED", unmeasured)
        assert facts == "category of work and length of service"

    def test_part_time_pay_is_never_taken_for_full_time_pay(self, county: tuple[Outcome, list[Row]]) -> None:
        outcome, rows = county
        part_time = sum(row["assignment_category"] == "Parttime-Regular" for row in rows)
        (check,) = (c for c in outcome.run.reliability.checks if (c.id, c.subject) == ("IPE-08", "assignment_hist.fte"))

        assert (check.failures, check.population) == (part_time, len(rows))

    def test_without_grades_no_range_is_tested(self, county: tuple[Outcome, list[Row]]) -> None:
        outcome, rows = county

        assert Counter(results(outcome, "PAY-07", "employee_id").values()) == {"NOT_TESTED:not_delivered": len(rows)}

    def test_the_workbook_says_that_job_titles_stand_in_for_groups(self, county: tuple[Outcome, list[Row]]) -> None:
        outcome, _ = county
        shown = texts_of(next(path for path in outcome.files if "_B_draft" in path.name))

        assert "grade x job family (proxy)" in shown
        assert "equal-value group" not in shown

    def test_published_without_totals_is_a_limitation_and_no_block(self, county: tuple[Outcome, list[Row]]) -> None:
        checks = county[0].run.reliability.checks

        assert {check.status for check in checks if check.id == "IPE-01"} == {"limitation"}
        assert {check.status for check in checks if check.id == "IPE-02"} == {"passed"}
        assert {check.status for check in checks if check.id == "IPE-03"} == {"not_performed"}
        assert [check for check in checks if check.blocks] == []

    def test_counts_add_up(self, county: tuple[Outcome, list[Row]]) -> None:
        assert_counts_add_up(county[0])

    def test_the_page_states_the_figures_of_the_run(self, county: tuple[Outcome, list[Row]]) -> None:
        outcome, rows = county
        if len(rows) < 9000:
            pytest.skip("the page speaks of the published file")

        assert_page_is_right(EXAMPLES / "montgomery_pay" / "README.md", outcome)
