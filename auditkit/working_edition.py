"""The working edition: every open control's results and what they rest on, for preparer, reviewer and audit head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from auditkit import attestation_row, paper, paper_programme, paper_result, paper_source, paper_standing
from auditkit.book import Book
from auditkit.form import ATTESTATION
from auditkit.form_sheet import form_sheet
from auditkit.paper import Scope
from auditkit.private import write_file
from auditkit.result import Run
from auditkit.sheet import Column, drop_empty, entries, table_sheet
from auditkit.wording import DRAFT, NO_CONCLUSION, restricted_line, span

SHEETS = (
    ("Summary", "one row per control and population, each item counted once"),
    ("Controls", "objective, risk, criteria, owner and self-review threat of every control"),
    ("Attributes", "counts of every attribute that add up, and what was compared with the population"),
    ("Standings", "new, seen before, open, confirmed, set aside; what follows after review"),
    ("Exceptions", "every exception with one sentence of actual values; unreviewed"),
    ("Review items", "items on which the data cannot decide"),
    ("Not tested", "items that lack the data for a verdict, with the reason"),
    ("Reasons", "reason codes of every attribute with their counts"),
    ("Statistics", "estimates with their intervals: context, not verdicts"),
    (paper_programme.SHEET, paper_programme.WHAT),
    (ATTESTATION.sheets[0], attestation_row.WHAT),
    ("Reliability", "checks of the extracts with their denominators"),
    ("Extracts", "files, fingerprints, and rows that add up"),
    ("Rejected rows", "rows that could not be loaded for want of their key"),
    ("Unread cells", "cells that could not be read in the contract's type and count as missing"),
    ("Parameters", "value, default, who set it and why"),
    ("Definitions", "criteria, sentence and limits of every attribute"),
    ("SQL", "the queries as run"),
    ("Manifest", "inputs, versions, fingerprints of the run"),
)

MAY_BE_EMPTY = ("Reasons", "Statistics", "Measures", "Rejected rows", "Unread cells", "Parameters")


def write(run: Run, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the working edition of `run` to `path`; `connection` is the run's database, read only."""
    write_file(path, make(run, connection).data())


def make(run: Run, connection: duckdb.DuckDBPyConnection) -> Book:
    """Return the workbook."""
    model = paper.data_model(run.project.controls)
    scope = Scope(run, connection, model, run.controls, restricted=False)
    book = Book(
        f"Integrity controls {run.period.label}, working edition",
        run.declared_at,
        header=f"WORKING PAPERS - CONFIDENTIAL - UNREVIEWED {run.period.label}",
        footer=f"{run.project.organisation}, run {run.id}",
    )
    paper_result.summary(book, scope, [NO_CONCLUSION, *restricted_lines(run)])
    paper_result.controls(book, scope)
    paper_result.attributes(book, scope)
    paper_standing.standings(book, scope)
    paper.exceptions(book, scope)
    paper.review_items(book, scope)
    paper.not_tested(book, scope)
    paper_result.not_tested_reasons(book, scope)
    paper_result.statistics(book, scope)
    paper_programme.measures(book, run.programme.measured)
    if run.programme.attested:
        rows = attestation_row.rows(run.programme.attested)
        form_sheet(book, ATTESTATION, ATTESTATION.sheets[0], attestation_row.COLUMNS, rows, notes=attestation_row.NOTES)
    paper_source.reliability(book, scope)
    paper_source.extracts(book, scope)
    paper.rejected_rows(book, scope)
    paper.unread_cells(book, scope)
    paper_source.parameters(book, scope)
    paper_source.definitions(book, scope)
    paper_source.sql(book, scope)
    paper_source.manifest(book, scope)
    _readme(book, run, drop_empty(book, MAY_BE_EMPTY))
    return book


def restricted_lines(run: Run) -> list[str]:
    """Return the fixed line about restricted controls, whatever their results, or that they were not run."""
    return [restricted_line(run.restricted_state)] if run.restricted_controls else []


def _readme(book: Book, run: Run, empty: Sequence[str]) -> None:
    """Add what leads to all other sheets, with the number of entries of each, and put it in front."""
    notes = [
        f"{run.project.organisation}, {run.period.label}: {span(run.period)}. Run {run.id}. Status: {DRAFT}.",
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
    sheets = book.book
    there = [(name, what) for name, what in SHEETS if name in sheets.sheetnames]
    rows = [[name, what, entries(book, name)] for name, what in there]
    table_sheet(book, "Readme", columns, rows, notes=notes)
    sheet = sheets["Readme"]
    first = len(notes) + 4  # title, notes, a gap, the header
    for number, (name, _) in enumerate(there):
        book.lead(sheet, f"A{first + number}", name)
    book.put_first(sheet)
