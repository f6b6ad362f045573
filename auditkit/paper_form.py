"""Working-paper sheets of what people write beside exceptions: findings, actions, decisions, attestations, sign-off."""

from __future__ import annotations

from auditkit import attestation_row
from auditkit.book import Book
from auditkit.disposition import UNDECIDED
from auditkit.follow_up_row import (
    ACTION_COLUMNS,
    ACTION_NOTES,
    DECISION_COLUMNS,
    DECISION_NOTES,
    FINDING_COLUMNS,
    FINDING_NOTES,
    SPARE,
    action_rows,
    decision_rows,
    finding_rows,
)
from auditkit.form import ACTION, ATTESTATION, DECISION, FINDING, SIGN_OFF
from auditkit.form_sheet import form_sheet
from auditkit.paper import Scope
from auditkit.quoting import literals
from auditkit.register import ACTIVE
from auditkit.sheet import Column
from auditkit.sign_off import CONTROL, SIGNED, key

SIGN_OFF_COLUMNS = (
    Column(CONTROL, least=9),
    Column("Title", "wrap", most=30),
    Column("Exceptions", "int", least=11),
    Column("For review", "int", least=9),
    Column("Awaiting a decision", "int", least=11),
    Column("State of the sign-off", "wrap", least=16, most=34),
    Column(SIGNED, "code", least=22, most=40),
)
SIGN_OFF_NOTE = (
    "Preparer, reviewer and approver each write their name and the day, in this order; reviewer and approver are other "
    "people than the preparer. A signature is bound to what is signed here: when data, control, parameters or "
    "dispositions change afterwards, it no longer holds and is to be given again."
)


def findings(book: Book, scope: Scope) -> None:
    """Add findings and their drafts, actions and decisions, each with empty rows for what people add."""
    state = scope.run.restricted_follow_up if scope.restricted else scope.run.follow_up
    sheets = (
        (FINDING, FINDING_COLUMNS, finding_rows(state, scope.run, scope.results), FINDING_NOTES),
        (ACTION, ACTION_COLUMNS, action_rows(state, scope.run), ACTION_NOTES),
        (DECISION, DECISION_COLUMNS, decision_rows(state, scope.run), DECISION_NOTES),
    )
    for form, columns, rows, notes in sheets:
        form_sheet(book, form, form.sheets[0], columns, rows, notes=notes, pointer=scope.pointer, freeze=2, spare=SPARE)


def attestations(book: Book, scope: Scope) -> None:
    """Add the controls that people vouch for; no sheet where there are none."""
    rows = attestation_row.rows(
        [each for each in scope.run.programme.attested if each.control.restricted == scope.restricted]
    )
    if rows:
        title, columns = ATTESTATION.sheets[0], attestation_row.COLUMNS
        form_sheet(book, ATTESTATION, title, columns, rows, notes=attestation_row.NOTES, freeze=2)


def sign_off(book: Book, scope: Scope) -> None:
    """Add the sign-off of every control that was run; no sheet for a run that has nothing to sign."""
    signed = scope.run.restricted_sign_offs if scope.restricted else scope.run.sign_offs
    if not signed:
        return
    quarter = scope.run.period.label
    titles = {result.control.id: result.control.title for result in scope.results}
    counts = {
        control: (exceptions, review, waiting)
        for control, exceptions, review, waiting in scope.connection.execute(
            f"""SELECT control_id, COUNT(*) FILTER (WHERE result = 'EXCEPTION'),
    COUNT(*) FILTER (WHERE result = 'REVIEW'), COUNT(*) FILTER (WHERE standing IN ({literals(UNDECIDED)}))
FROM register_item WHERE state IN ({literals(ACTIVE)}) AND restricted = {str(scope.restricted).lower()} GROUP BY 1"""
        ).fetchall()
    }
    rows = [
        (
            key(each.control, quarter),
            [
                *(each.control, titles.get(each.control)),
                *(*counts.get(each.control, (0, 0, 0)), each.said, str(each.present)),
            ],
            each.fields,
        )
        for each in signed
    ]
    form_sheet(book, SIGN_OFF, SIGN_OFF.sheets[0], SIGN_OFF_COLUMNS, rows, notes=[SIGN_OFF_NOTE], freeze=2)
