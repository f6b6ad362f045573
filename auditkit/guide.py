"""The guide in front of a workbook that people fill in: what to write where, what is refused, how to give it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditkit.control import SEVERITIES
from auditkit.form import FORMS
from auditkit.sheet import MARK
from auditkit.wording import joined

HEADING = "How to fill it in"
# Sheets to which people add rows of their own.
OWN_ROWS = ("Findings", "Actions", "Decisions")


ISSUED = (
    "This edition is issued: what is written into it is not taken back. To decide anew, run the quarter again, fill in "
    "that run's working edition and issue it as a new version."
)


def steps(sheets: Sequence[str], file: str, longest: Mapping[str, int], *, restricted: bool, issued: bool) -> list[str]:
    """
    Return the guide line by line for a workbook with these `sheets`, called `file`; nothing where none is a form.

    `longest` says for how many days from the quarter's last day an exception of a severity may be set aside.
    """
    known = {sheet for form in FORMS for sheet in form.sheets}
    forms = [sheet for sheet in sheets if sheet in known]
    if not forms:
        return []
    if issued:
        return [ISSUED]
    noun = "indicator" if restricted else "exception"
    days = ", ".join(f"{severity} {longest[severity]}" for severity in SEVERITIES if severity in longest)
    own = [sheet for sheet in forms if sheet in OWN_ROWS]
    add = f" On {joined(own)} the empty rows at the end take what you add; give it a number of its own." if own else ""
    lines = [
        f"Write only into the light cells under the mark {MARK}, on {joined(forms)}. All else is locked against "
        f"accidents, without a password. Cells with a list take what stands on the sheet Lists.{add}",
        f"Preparer: choose a disposition and a reason for each {noun}, explain it, name the evidence, and write your "
        "name and the day. Someone else reviews and writes theirs; nobody reviews their own work.",
        "A justified one and a false positive need evidence, reviewer and the day on which they expire, no later than "
        f"the column Latest expiry allowed says (days from the quarter's last day: {days}). A duplicate names the id "
        'of the one that stays. "In review" says that it is not decided yet, and withdraws what was said before.',
        "What stands in the light cells already was decided before. Leave it, and it stands until it expires; write "
        "over it to change it; an empty cell says nothing, and a dash (-) takes away what was said.",
        "Filter, format, hide and resize as you like; with the protection off (Review, Unprotect Sheet) also sort, "
        "move and delete: rows are known by their id. Leave the ids and the headings of the columns as they are.",
        _give_back(file, restricted=restricted),
        "Refused are: an id that this run does not know, a changed cell of the machine, a file of another run, a "
        "reviewer who is the preparer, a missing reason, a day of expiry that is past or too far off. Nothing is taken "
        "from a file with such a row. Where two people say different things, it is listed and not taken.",
    ]
    return [f"{place}. {line}" for place, line in enumerate(lines, 1)]


def _give_back(file: str, *, restricted: bool) -> str:
    if restricted:
        return (
            f"Save it with the same password. Give it back by itself: `auditkit import-review {file}`; with --dry-run "
            "--show-restricted a terminal shows what would be taken and what is wrong. Otherwise one fixed line says "
            "whether it was taken."
        )
    return (
        f"Give it back: `auditkit import-review --dry-run {file}` shows what would be taken and what is wrong; without "
        "--dry-run it is taken. Several people fill in copies of their own; name all the files in one command."
    )
