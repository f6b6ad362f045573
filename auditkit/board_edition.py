"""
The board edition, an unreviewed draft: aggregates with denominators, written by its own query from the results.

It holds no name, no identifier and no text from an extract: everything it says comes from counts, from the control
files and from the project's own settings. Board blocks show what their control's query returns, after suppression.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from auditkit import board_block, board_coverage, board_scorecard, board_summary
from auditkit.book import Book
from auditkit.page import SMALL, TEXT, Page, Piece
from auditkit.private import write_file
from auditkit.result import Run
from auditkit.sheet import BODY, HEADER
from auditkit.tally import matters, tally
from auditkit.wording import CONFIDENTIALITY, DRAFT, IDENTITIES, RESTRICTED_LINE, SCALES, TERMS

__all__ = ["RESTRICTED_LINE", "write"]

GLOSSARY = "Method and glossary"


def write(run: Run, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """
    Write the board edition of `run` to `path`.

    `connection` is not read: every figure is a count of the run, so that no row of an extract can get here.
    """
    del connection
    write_file(path, make(run).data())


def make(run: Run) -> Book:
    """Return the workbook; the order of its sheets is the order in which a board reads."""
    book = Book(
        f"Integrity controls {run.period.label}, board edition",
        run.declared_at,
        header=f"{DRAFT} - board edition {run.period.label}",
        footer=f"{run.project.organisation}, run {run.id}",
    )
    total, found = tally(run), matters(run)
    # The summary leads to the rows of the findings, so the findings are written first and shown later.
    above = board_scorecard.add_findings(book, run, found)
    trend = board_scorecard.add_scorecard(book, run)
    board_summary.add(book, run, total, found, above, board_scorecard.FINDINGS, trend.chart())
    for control in run.controls:
        for block, table in control.board:
            board_block.add(book, run, control, block, table)
    board_coverage.add(book, run)
    _glossary(book, run)
    sheets = book.book._sheets
    findings, scorecard, summary = sheets[:3]
    sheets[:3] = [summary, scorecard, findings]
    book.book.active = 0
    for sheet in sheets:
        sheet.sheet_view.tabSelected = sheet is sheets[0]
    return book


def _glossary(book: Book, run: Run) -> None:
    page = Page(book, GLOSSARY, (30, 40, 74), landscape=True)
    board_scorecard.masthead(page, run, GLOSSARY)
    page.heading("Method")
    page.text(
        "Every control is tested on its full population of the quarter, not on a sample. Extracts are checked for "
        "reliability first; a failed check stops the controls that depend on it. Each attribute gives every item one "
        "result: passed, exception, for review, not tested or not applicable.",
        TEXT,
    )
    page.gap(4)
    for sentence in IDENTITIES:
        page.text(f"·  {sentence}", TEXT)
    page.gap()
    page.heading("Scales: four, never one colour for all")
    page.line([Piece(n, n, text, HEADER) for n, text in enumerate(("Scale", "Steps", "Meaning"), 1)], least=20)
    for scale in SCALES:
        page.line([Piece(n, n, text, BODY) for n, text in enumerate(scale, 1)])
    page.gap()
    page.heading("Terms")
    for term, meaning in TERMS:
        page.line([Piece(1, 1, term, BODY), Piece(2, 3, meaning, BODY)])
    page.gap()
    page.heading("Confidentiality of this edition")
    for sentence in CONFIDENTIALITY:
        page.text(sentence, TEXT)
    page.gap(4)
    page.text("Numbers and articles of standards are cited; their texts are not reproduced.", SMALL)
    page.finish()
