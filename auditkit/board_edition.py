"""
The board edition, an unreviewed draft: aggregates with denominators, written by its own query from the results.

It holds no name, no identifier and no text from an extract: everything it says comes from counts, from the control
files and from the project's own settings. Board blocks show what their control's query returns, after suppression.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditkit import (
    board_block,
    board_coverage,
    board_decision,
    board_finding,
    board_follow_up,
    board_issue,
    board_programme,
    board_scorecard,
    board_summary,
)
from auditkit.book import Book
from auditkit.label import Labels
from auditkit.page import SMALL, TEXT, Page, Piece
from auditkit.private import write_file
from auditkit.result import Run
from auditkit.sheet import BODY, HEADER
from auditkit.tally import matters, tally
from auditkit.translation import translated
from auditkit.wording import ENGLISH, restricted_line, sums


def write(run: Run, connection: duckdb.DuckDBPyConnection, path: Path, labels: Labels = ENGLISH) -> None:
    """
    Write the board edition of `run` to `path` in the language of `labels`.

    `connection` is not read: every figure is a count of the run, so that no row of an extract can get here.
    """
    del connection
    write_file(path, make(run, labels).data())


def make(run: Run, labels: Labels = ENGLISH) -> Book:
    """Return the workbook; the order of its sheets is the order in which a board reads."""
    run, untranslated = translated(run, labels)
    quarter = run.period.label
    labels = labels.with_section("reviewed") if run.status.issued else labels
    book = Book(
        labels("book.title", quarter=quarter),
        run.declared_at,
        header=labels("book.header", status=board_issue.mark(run, labels), quarter=quarter),
        footer=labels("book.footer_of_run", organisation=run.project.organisation, run=run.id),
        labels=labels,
    )
    total, found = tally(run), matters(run)
    reported = board_finding.add(book, run)
    # The summary leads to the rows of the findings, so the findings are written first and shown later.
    above = board_scorecard.add_findings(book, run, found)
    trend = board_scorecard.add_scorecard(book, run)
    board_summary.add(book, run, total, found, above, reported, trend.chart())
    for control in run.controls:
        for block, table in control.board:
            board_block.add(book, run, control, block, table)
    board_programme.add(book, run)
    board_follow_up.add(book, run)
    board_decision.add(book, run)
    board_coverage.add(book, run, untranslated)
    _glossary(book, run)
    sheets = book.book._sheets
    *judged, to_review, scorecard, summary = sheets[: 4 if reported else 3]
    sheets[: 4 if reported else 3] = [summary, scorecard, *judged, to_review]
    book.book.active = 0
    for sheet in sheets:
        sheet.sheet_view.tabSelected = sheet is sheets[0]
    return book


def _glossary(book: Book, run: Run) -> None:
    say = book.labels
    page = Page(book, say("glossary.sheet"), (30, 40, 74), landscape=True)
    board_summary.masthead(page, run, say("glossary.sheet"))
    page.heading(say("glossary.method_heading"))
    page.text(say("glossary.method"), TEXT)
    page.gap(4)
    for sentence in sums(say):
        page.text(f"·  {sentence}", TEXT)
    page.gap()
    page.heading(say("glossary.scales_heading"))
    columns = [say("glossary.scale_name"), say("glossary.scale_steps"), say("glossary.scale_meaning")]
    page.line([Piece(n, n, text, HEADER) for n, text in enumerate(columns, 1)], least=20)
    for name in say.section("glossary.scale"):
        scale = [say(f"glossary.scale.{name}.{part}") for part in ("name", "steps", "meaning")]
        page.line([Piece(n, n, text, BODY) for n, text in enumerate(scale, 1)])
    page.gap()
    board_issue.rules(page)
    page.heading(say("glossary.terms_heading"))
    for name in say.section("glossary.term"):
        term, meaning = say(f"glossary.term.{name}.name"), say(f"glossary.term.{name}.meaning")
        page.line([Piece(1, 1, term, BODY), Piece(2, 3, meaning, BODY)])
    page.gap()
    page.heading(say("glossary.confidentiality_heading"))
    for name in say.section("glossary.confidentiality"):
        page.text(say(f"glossary.confidentiality.{name}"), TEXT)
    page.text(restricted_line("tested", say), TEXT)
    page.gap(4)
    page.text(say("glossary.cited"), SMALL)
    page.finish()
