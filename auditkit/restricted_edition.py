"""
The restricted edition: the restricted controls' results, for named people only, encrypted from the first byte.

The workbook is built and encrypted in memory (ECMA-376 agile encryption: AES-256, SHA-512, salted). Its plain form
never reaches a file, not even a temporary one.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import duckdb

from auditkit import (
    change_log,
    guide,
    paper,
    paper_form,
    paper_programme,
    paper_result,
    paper_review,
    paper_source,
    paper_standing,
    vault,
)
from auditkit.book import Book
from auditkit.errors import RegisterError, RunError
from auditkit.form_sheet import lists_sheet
from auditkit.journal import Journal
from auditkit.paper import Scope
from auditkit.private import write_file
from auditkit.registration import RESTRICTED_JOURNAL
from auditkit.result import Run
from auditkit.review_row import ReviewRows
from auditkit.sheet import Column, drop_empty, table_sheet
from auditkit.wording import plural, span

# There is no other copy of these rows, so the sheet holds what Excel can show and still open.
LIMIT = 500_000
HOLDERS = 6
MAY_BE_EMPTY = ("Reasons", "Statistics", "Measures", "Rejected rows", "Unread cells", "Parameters")


def write(run: Run, connection: duckdb.DuckDBPyConnection, path: Path, passphrase: str) -> ReviewRows:
    """
    Write the restricted edition of `run` to `path`, encrypted with `passphrase`; return what its forms hold.

    Nothing is written unless the restricted controls were tested. Raises RunError for an empty passphrase.
    """
    if run.restricted_state != "tested":
        return ReviewRows()
    if not passphrase:
        raise RunError("the restricted edition needs a passphrase", hint="name a file with one in auditkit.toml")
    book = make(run, connection, passphrase)
    write_file(path, encrypted(book.data(), passphrase))
    return book.review_rows


def encrypted(data: bytes, passphrase: str) -> bytes:
    """Return a workbook encrypted so that Excel and LibreOffice ask for the passphrase."""
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(passphrase, out)
    return out.getvalue()


def make(run: Run, connection: duckdb.DuckDBPyConnection, passphrase: str) -> Book:
    """Return the workbook in memory; the passphrase opens the journal of what was decided about its indicators."""
    scope = Scope(
        *(run, connection, paper.data_model(run.project.controls), run.restricted),
        restricted=True,
        limit=LIMIT,
        pointer="",
        journal=_journal(run, passphrase),
    )
    mark = paper_review.reviewed(scope).mark
    book = Book(
        f"Integrity controls {run.period.label}, restricted edition",
        run.declared_at,
        header=f"RESTRICTED - NEED TO KNOW - {'ISSUED' if run.status.issued else 'DRAFT'} - {mark}",
        footer=f"{run.project.organisation}, serial {run.id}",
    )
    notes = ["Indicators are reasons to look, by an independent reviewer. None of them says what happened or why."]
    notes += [
        f"{result.control.title}: {result.control.self_review_threat}"
        for result in run.restricted
        if result.control.self_review_threat
    ]
    paper_result.summary(book, scope, notes)
    paper_result.attributes(book, scope)
    paper_standing.standings(book, scope)
    paper_review.indicators(book, scope)
    paper_review.review_items(book, scope)
    paper_review.register(book, scope)
    paper_form.findings(book, scope)
    paper.not_tested(book, scope)
    paper_result.not_tested_reasons(book, scope)
    paper_result.statistics(book, scope)
    paper_programme.measures(book, run.programme.restricted)
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
    empty = drop_empty(book, MAY_BE_EMPTY)
    _readme(book, run)
    _cover(book, scope, empty)
    return book


def _journal(run: Run, passphrase: str) -> Journal:
    """Return the journal of the restricted controls; one that the passphrase does not open counts as empty."""
    path = run.project.register / RESTRICTED_JOURNAL
    codec = vault.codec(passphrase, path.name)
    try:
        return Journal.read(path, codec)
    except RegisterError:
        return Journal(path, (), codec)


def _readme(book: Book, run: Run) -> None:
    """Add how to fill in the book; the cover stands before it."""
    file = f"restricted_{run.period.label}_R.xlsx"
    lines = guide.steps(book.book.sheetnames, file, run.project.longest_days, restricted=True, issued=run.status.issued)
    table_sheet(book, "Readme", [Column(guide.HEADING, "wrap", least=100, most=110)], [[line] for line in lines])
    book.put_first(book.book["Readme"])


def _cover(book: Book, scope: Scope, empty: Sequence[str]) -> None:
    """Add what a holder must know, with lines for the people to whom the file is handed, and put it in front."""
    run = scope.run
    notes = [
        f"{run.project.organisation}, {run.period.label}: {span(run.period)}. Serial {run.id}. "
        f"{paper_review.status(scope)}",
        "NEED TO KNOW: the chief audit executive, one named delegate, and the ethics officer. Nobody else may open, "
        "copy, quote or forward this file. Whoever got it by mistake closes it and tells the chief audit executive.",
        "Protect the people in it: the identity of a person who reported, and anything from which it can be deduced, "
        "must not become known to anyone else. Someone independent of everyone named in an indicator examines it.",
    ]
    tested = [f"{result.control.id} {result.control.title}" for result in run.restricted]
    notes.append(f"{plural(len(tested), 'restricted control')} tested: {', '.join(tested)}.")
    if measured := [f"{each.control.id} {each.control.title}" for each in run.programme.restricted]:
        notes.append(f"Measured: {', '.join(measured)}.")
    if empty:
        notes.append(f"Nothing to list, and so no sheet: {', '.join(empty)}.")
    notes.append("Write down to whom this copy is handed, and when it comes back or is destroyed.")
    columns = [
        Column("Holder", "int", least=9),
        Column("Name and function", least=50),
        Column("Handed over on", least=20),
        Column("Returned or destroyed on", least=26),
    ]
    rows = [[number, None, None, None] for number in range(1, HOLDERS + 1)]
    facts = [("Run", run.id), ("Edition", "R, restricted"), ("Quarter", run.period.label)]
    table_sheet(book, "Cover", columns, rows, facts=facts, notes=notes)
    book.put_first(book.book["Cover"])
