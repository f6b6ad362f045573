"""The working edition: every open control's results and what they rest on, for preparer, reviewer and audit head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from auditkit import (
    attestation_row,
    change_log,
    guide,
    paper,
    paper_form,
    paper_programme,
    paper_result,
    paper_review,
    paper_source,
    paper_standing,
)
from auditkit.book import Book
from auditkit.form_sheet import lists_sheet
from auditkit.journal import FILE as JOURNAL
from auditkit.journal import Journal
from auditkit.paper import Scope
from auditkit.private import write_file
from auditkit.result import Run
from auditkit.sheet import Column, Heading, drop_empty, entries, table_sheet
from auditkit.wording import NO_CONCLUSION, restricted_line, span

SHEETS = (
    ("Summary", "one row per control and population, each item counted once"),
    ("Findings", "findings, and drafts of what the register offers for one; to fill in"),
    ("Actions", "what management does about findings, with the follow-up checks; to fill in"),
    ("Decisions", "what the board is asked to decide, and what it decided; to fill in"),
    ("Controls", "objective, risk, criteria, owner and self-review threat of every control"),
    ("Attributes", "counts of every attribute that add up, and what was compared with the population"),
    ("Standings", "new, seen before, open, confirmed, set aside; what follows after review"),
    (
        "Exceptions",
        "every exception with one sentence of actual values, its history, and what people decide; to fill in",
    ),
    ("Review items", "items on which the data cannot decide; to fill in"),
    ("Register", "what was open before and is no exception now; to fill in where nobody has decided"),
    ("Not tested", "items that lack the data for a verdict, with the reason"),
    ("Reasons", "reason codes of every attribute with their counts"),
    ("Statistics", "estimates with their intervals: context, not verdicts"),
    (paper_programme.SHEET, paper_programme.WHAT),
    ("Attestations", f"{attestation_row.WHAT}; to fill in"),
    ("Reliability", "checks of the extracts with their denominators"),
    ("Extracts", "files, fingerprints, and rows that add up"),
    ("Rejected rows", "rows that could not be loaded for want of their key"),
    ("Unread cells", "cells that could not be read in the contract's type and count as missing"),
    ("Parameters", "value, default, who set it and why"),
    ("Definitions", "criteria, sentence and limits of every attribute"),
    ("SQL", "the queries as run"),
    ("Sign-off", "who prepared, reviewed and approved the work on every control; to fill in"),
    ("Change log", "what was recorded since the quarter before: when, about what, by whom"),
    ("Lists", "what may be chosen in the cells to fill in"),
    ("Manifest", "inputs, versions, fingerprints of the run"),
)

MAY_BE_EMPTY = ("Reasons", "Statistics", "Measures", "Rejected rows", "Unread cells", "Parameters")


def write(run: Run, connection: duckdb.DuckDBPyConnection, path: Path, book: Book | None = None) -> None:
    """
    Write the working edition of `run` to `path`; `connection` is the run's database, read only.

    `book` is what `begun` returned, where the evidence was written in between.
    """
    write_file(path, finished(book or begun(run, connection), run, connection).data())


def make(run: Run, connection: duckdb.DuckDBPyConnection) -> Book:
    """Return the workbook."""
    return finished(begun(run, connection), run, connection)


def begun(run: Run, connection: duckdb.DuckDBPyConnection) -> Book:
    """
    Return the workbook up to what depends on the run's evidence.

    That holds `review_rows` of the workbook, so that it can only be sealed when the forms are written.
    """
    scope = _scope(run, connection)
    review = paper_review.reviewed(scope)
    book = Book(
        f"Integrity controls {run.period.label}, working edition",
        run.declared_at,
        header=f"WORKING PAPERS - CONFIDENTIAL - {review.mark} {run.period.label}",
        footer=f"{run.project.organisation}, run {run.id}",
    )
    paper_result.summary(book, scope, [NO_CONCLUSION, *restricted_lines(run)])
    paper_form.findings(book, scope)
    paper_result.controls(book, scope)
    paper_result.attributes(book, scope)
    paper_standing.standings(book, scope)
    forms = replace(scope, limit=paper_review.FORM_LIMIT)
    paper_review.exceptions(book, forms)
    paper_review.review_items(book, forms)
    paper_review.register(book, forms)
    paper.not_tested(book, scope)
    paper_result.not_tested_reasons(book, scope)
    paper_result.statistics(book, scope)
    paper_programme.measures(book, run.programme.measured)
    paper_form.attestations(book, scope)
    paper_source.reliability(book, scope)
    paper_source.extracts(book, scope)
    paper.rejected_rows(book, scope)
    paper.unread_cells(book, scope)
    paper_source.parameters(book, scope)
    paper_source.definitions(book, scope)
    paper_source.sql(book, scope)
    paper_form.sign_off(book, scope)
    change_log.change_log(book, scope)
    lists_sheet(book)
    return book


def finished(book: Book, run: Run, connection: duckdb.DuckDBPyConnection) -> Book:
    """Add the manifest of `run`, as it is sealed by now, and the readme."""
    scope = _scope(run, connection)
    paper_source.manifest(book, scope)
    _readme(book, scope, drop_empty(book, MAY_BE_EMPTY))
    return book


def _scope(run: Run, connection: duckdb.DuckDBPyConnection) -> Scope:
    model = paper.data_model(run.project.controls)
    journal = Journal.read(run.project.register / JOURNAL)
    return Scope(run, connection, model, run.controls, restricted=False, journal=journal)


def restricted_lines(run: Run) -> list[str]:
    """Return the fixed line about restricted controls, whatever their results, or that they were not run."""
    return [restricted_line(run.restricted_state)] if run.restricted_controls else []


def _readme(book: Book, scope: Scope, empty: Sequence[str]) -> None:
    """Add how to fill in the book and what leads to its sheets, with the entries of each, and put it in front."""
    run = scope.run
    notes = [
        f"{run.project.organisation}, {run.period.label}: {span(run.period)}. {paper_review.status(scope)}",
        "Working edition: names and identifiers in clear. For preparer, reviewer and chief audit executive only.",
        "An exception is what the data shows against a criterion; only a reviewer turns it into a confirmed deviation, "
        "and only people write findings.",
        *restricted_lines(run),
    ]
    if run.partial:
        notes.insert(1, f"PARTIAL RUN: only {run.selection} was run. A partial run can never be issued.")
    if empty:
        notes.append(f"Nothing to list, and so no sheet: {', '.join(empty)}.")
    columns = [
        Column("Sheet", "link", least=20),
        Column("What it holds", "wrap", least=90, most=100),
        Column("Entries", "int", least=10),
    ]
    there = [(name, what) for name, what in SHEETS if name in book.book.sheetnames]
    rows = [[name, what, entries(book, name)] for name, what in there]
    facts = [("Run", run.id), ("Edition", "W, working papers"), ("Quarter", run.period.label)]
    file, longest = f"findings_{run.period.label}_W.xlsx", run.project.longest_days
    steps = guide.steps([name for name, _ in there], file, longest, restricted=False, issued=run.status.issued)
    if steps:
        notes.append(f"{guide.HEADING}: see below the list of sheets.")
        steps = [Heading(guide.HEADING), *steps]
    table_sheet(book, "Readme", columns, rows, facts=facts, notes=notes, after=steps)
    sheet = book.book["Readme"]
    first = len(facts) + len(notes) + 4  # title, facts, notes, a gap, the header
    for place, (name, _) in enumerate(there):
        book.lead(sheet, f"A{first + place}", name)
    book.put_first(sheet)
