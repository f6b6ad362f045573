"""Checks of the files against their delivery notes: origin, whether they are unchanged, when they were drawn."""

from __future__ import annotations

from collections.abc import Iterator

from auditkit.check import COVERAGE, DELIVERY, PROVENANCE, Answer, Question, Status
from auditkit.delivery import DeliveryNote
from auditkit.extract import Extracts, FailedExtract, LoadedExtract
from auditkit.period import Period

# What a reader must know to draw the extract again (domain 3.6, IPE-01).
REQUIRED = ("system", "environment", "report", "filters", "user", "extracted_at")
NO_NOTE = "there is no delivery note beside the extract"
DIGITS = 12  # of a fingerprint, as shown


def answers(extracts: Extracts, period: Period) -> Iterator[Answer]:
    """Make the checks of every file."""
    for extract in extracts.loaded:
        yield _origin(extract)
        yield _agreement(extract)
        yield _quarter(extract, period)
    for failed in extracts.failed:
        yield _failed(failed)


def _question(check: str, title: str, extract: LoadedExtract | FailedExtract, expected: str) -> Question:
    entities = (part if isinstance(part, str) else part.entity for part in extract.entities)
    return Question(check, title, extract.path, expected, tuple((name, None) for name in entities), extract.restricted)


def _origin(extract: LoadedExtract) -> Answer:
    question = _question(
        PROVENANCE, "The origin of the extract is documented", extract, ", ".join(map(_word, REQUIRED))
    )
    note = extract.delivery
    if note is None:
        return question.not_performed(NO_NOTE, population=extract.rows)
    missing = [_word(name) for name in REQUIRED if not getattr(note, name)]
    found = f"missing: {', '.join(missing)}" if missing else "complete"
    status: Status = "limitation" if note.limitation else "failed" if missing else "passed"
    detail = f"the delivery note states a limitation: {note.limitation}" if note.limitation else ""
    return question.answer(
        status, found, population=extract.rows, failures=extract.rows if status == "failed" else 0, detail=detail
    )


def _agreement(extract: LoadedExtract) -> Answer:
    note = extract.delivery or DeliveryNote("")
    stated = _stated(f"{note.rows:,} rows" if note.rows is not None else "", note.sha256)
    question = _question(DELIVERY, "The file is the one its delivery note describes", extract, stated or "not stated")
    if not stated:
        reason = NO_NOTE if extract.delivery is None else "the note states neither a number of rows nor a SHA-256"
        return question.not_performed(reason, population=extract.rows)
    found = _stated(f"{extract.rows:,} rows" if note.rows is not None else "", extract.sha256 if note.sha256 else "")
    other_rows = note.rows is not None and note.rows != extract.rows
    other_bytes = bool(note.sha256) and note.sha256 != extract.sha256
    if other_rows or other_bytes:
        detail = "the content differs from the one the note was written for" if other_bytes else ""
        return question.answer("failed", found, population=extract.rows, failures=extract.rows, detail=detail)
    if note.rows is None or not note.sha256:
        detail = f"the note states no {'number of rows' if note.rows is None else 'SHA-256'}"
        return question.answer("limitation", found, population=extract.rows, detail=detail)
    return question.answer("passed", found, population=extract.rows)


def _stated(rows: str, digest: str) -> str:
    return ", ".join(part for part in (rows, f"SHA-256 {digest[:DIGITS]}..." if digest else "") if part)


def _quarter(extract: LoadedExtract, period: Period) -> Answer:
    expected = f"covers {period.start} to {period.last_day}, drawn from {period.cut_off}"
    question = _question(COVERAGE, "The extract was drawn for the quarter", extract, expected)
    note = extract.delivery
    if note is None or (note.period is None and note.extracted_at is None):
        reason = NO_NOTE if note is None else "the note states neither the period nor when the extract was drawn"
        return question.not_performed(reason, population=extract.rows)
    drawn = note.extracted_at.date() if note.extracted_at else None
    covers = f"covers {note.period[0]} to {note.period[1]}" if note.period else "states no period"
    found = f"{covers}, {f'drawn {drawn}' if drawn else 'states no moment'}"
    wrong = []
    # Whether the stated end belongs to the period is not known; both ways of writing it cover the quarter.
    if note.period and not (note.period[0] <= period.start and note.period[1] >= period.last_day):
        wrong.append("the note's period does not cover the quarter")
    if drawn and drawn < period.end:
        wrong.append("the extract was drawn before the quarter ended")
    if wrong:
        text = "; ".join(wrong)
        return question.answer("failed", found, population=extract.rows, failures=extract.rows, detail=text)
    if note.period is None or drawn is None:
        return question.answer("limitation", found, population=extract.rows, detail="the note is incomplete")
    if drawn < period.cut_off:
        detail = f"what was registered from {drawn} to the cut-off {period.cut_off} may be missing"
        return question.answer("limitation", found, population=extract.rows, detail=detail)
    return question.answer("passed", found, population=extract.rows)


def _failed(extract: FailedExtract) -> Answer:
    question = _question(DELIVERY, "The file can be used", extract, "loaded")
    return question.answer("failed", "nothing of it was loaded", detail=str(extract.error))


def _word(name: str) -> str:
    return name.replace("_", " ")
