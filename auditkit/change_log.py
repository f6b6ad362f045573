"""The change log: what people decided since the quarter before was run, one line per record of the journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from auditkit.book import Book
from auditkit.form import FORMS, Form
from auditkit.journal import Record
from auditkit.paper import Scope
from auditkit.sheet import Column, table_sheet
from auditkit.wording import number

TITLE = "Change log"
# The fields that say who did something, in the order in which it is done.
PEOPLE = ("preparer", "reviewer", "approved_by", "attested_by", "implemented_by", "validated_by", "risk_accepted_by")
COLUMNS = (
    Column("No.", "int", least=7),
    Column("Recorded at (UTC)", "moment", least=17),
    Column("Of", "wrap", least=12),
    Column("About", "wrap", least=15, most=26),
    Column("What changed", "wrap", least=40, most=90),
    Column("By", "wrap", least=16, most=30),
    Column("Written in the workbook of run", "wrap", least=20, most=24),
)


def change_log(book: Book, scope: Scope) -> None:
    """Add the records since the previous quarter's run, the newest first; no sheet where there are none."""
    since = _previous(scope)
    rows: list[list[Any]] = []
    before: dict[tuple[str, str], Record] = {}
    forms = {form.kind: form for form in FORMS}
    for record in scope.journal.records:
        form, last = forms.get(record.kind), before.get((record.kind, record.key))
        before[record.kind, record.key] = record
        if form is not None and record.at > since:
            rows.append(_row(record, form, last.content if last else {}))
    if not rows:
        return
    shown = rows[: -scope.limit - 1 : -1]
    warning = ""
    if len(shown) < len(rows):
        warning = f"SHEET LIMIT: {number(len(shown))} of {number(len(rows))} are shown, the newest first."
    note = f"What was recorded in the journal after {since}." if since else "All that is recorded in the journal."
    table_sheet(book, TITLE, COLUMNS, shown, notes=[f"{note} The newest stands first."], warning=warning, paper="A3")


def _previous(scope: Scope) -> str:
    """Return the time of the previous quarter's last whole run as a journal writes it, "" if there is none."""
    quarter = scope.run.project.quarters.before(scope.run.period.label, 1)[0]
    for figures in scope.run.previous:
        if figures.quarter == quarter:
            try:
                moment = dt.datetime.strptime(figures.run_id.partition("-")[0], "%Y%m%dT%H%M%SZ")
            except ValueError:
                return ""
            return moment.isoformat() + "Z"
    return ""


def _row(record: Record, form: Form, before: Mapping[str, Any]) -> list[Any]:
    changes = []
    for field in form.fields:
        old, new = (str(content.get(field.name) or "") for content in (before, record.content))
        if old != new:
            changes.append(f"{field.title}: {old} → {new or 'taken away'}" if old else f"{field.title}: {new}")
    names = [str(record.content[name]) for name in PEOPLE if record.content.get(name)]
    moment = dt.datetime.fromisoformat(record.at.removesuffix("Z"))
    kind = record.kind.replace("_", "-")
    what = "\n".join(changes) or "recorded again, unchanged"
    return [record.number, moment, kind, record.key, what, ", ".join(dict.fromkeys(names)) or None, record.run]
