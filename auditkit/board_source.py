"""What the board edition says of the data: reliability, what was received and lost, limitations stated with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditkit.masking import FEW, PERSON_KEYS, WITHHELD, is_small
from auditkit.page import SMALL, TEXT, Page, Span
from auditkit.paper import data_model
from auditkit.result import Run
from auditkit.wording import CHECK_KINDS, CHECK_STATUS, check_counts, joined, number, plural

if TYPE_CHECKING:
    from auditkit.check import Check
    from auditkit.table_load import LoadedEntity


def tables_of_people(run: Run) -> frozenset[str]:
    """Return the tables in which a row is one person or one employment, or a time of one."""
    entities = data_model(run.project.controls).entities.values()
    keys = {entity.name: set(entity.key) - {"valid_from"} for entity in entities}
    return frozenset(name for name, key in keys.items() if key and key <= PERSON_KEYS)


def checks(page: Page, run: Run) -> None:
    """Write how many checks came out how, those that failed or have a limitation, and what was not performed."""
    page.keep(170)
    page.heading("Reliability of the extracts")
    made = [check for check in run.reliability.checks if not check.restricted]
    page.text(
        f"{check_counts([check.status for check in made])} Where a failed check stops nothing, its records are not "
        "tested or for review one by one, or the check was overridden.",
        TEXT,
    )
    page.gap(4)
    files, people = _files(run), tables_of_people(run)
    hidden = {name: table.delivered for name, table in received(run).items() if isinstance(table.delivered, str)}
    rows = [
        [
            f"{check.id} {_title(check, files)}",
            f"the file of {joined(files[check.subject])}" if check.subject in files else check.subject,
            CHECK_STATUS[check.status],
            ", ".join(check.blocks) or "nothing",
            *_counts(check, people, [hidden.get(name) for name in files.get(check.subject, ())]),
        ]
        for check in sorted(made, key=lambda c: (c.status == "passed", c.status != "failed", c.id, c.subject))
        if check.status in ("failed", "limitation")
    ]
    spans: tuple[Span, ...] = (
        ("Check", 1, 1, "left"),
        ("Of", 2, 2, "left"),
        ("Result", 3, 3, "left"),
        ("Stops", 4, 4, "left"),
        ("Looked at", 5, 5, "right"),
        ("Failures", 6, 6, "right"),
    )
    page.block(spans, rows, "No check failed and none has a limitation.")
    absent: dict[str, int] = {}
    for check in made:
        if check.status == "not_performed":
            absent[check.id] = absent.get(check.id, 0) + 1
    if absent:
        rows = [[name, CHECK_KINDS.get(name, "contract rule"), times] for name, times in sorted(absent.items())]
        spans = (
            ("Not performed", 1, 1, "left"),
            ("What it would have checked", 2, 5, "left"),
            ("Times", 6, 6, "right"),
        )
        page.block(spans, rows, "")


def _files(run: Run) -> dict[str, list[str]]:
    """Return what each file feeds: its name is not for the board, since it may name somebody."""
    loaded = {item.path: [part.entity for part in item.entities] for item in run.extracts.loaded}
    return {item.path: list(item.entities) for item in run.extracts.failed if item.entities} | loaded


def _title(check: Check, files: Mapping[str, Sequence[str]]) -> str:
    title = check.title.rstrip(".")
    for file in sorted(files, key=len, reverse=True):
        title = title.replace(f" in {file}", "").replace(file, "the file")
    return title


def _counts(check: Check, people: frozenset[str], hidden: Sequence[str | None]) -> tuple[int | str, int | str]:
    """Return rows looked at and failures; of people, few of either are not told, nor rows withheld elsewhere."""
    if any(hidden):
        return WITHHELD, _few(check.failures)
    if check.subject.partition(".")[0] not in people:
        return check.population, check.failures
    return _few(check.population), _few(check.failures)


def _few(count: int) -> int | str:
    return FEW if is_small(count) else count


@dataclass(frozen=True, slots=True)
class Received:
    """What came of the rows delivered for one table, in all its files."""

    delivered: int | str = 0
    left_out: int | str = 0
    loaded: int | str = 0
    rejected: int | str = 0
    unread: int | str = 0

    @property
    def masked(self) -> bool:
        """Whether a small count of people is hidden, so that it must stay out of the sums."""
        return any(isinstance(count, str) for count in self.counts)

    @property
    def counts(self) -> tuple[int | str, ...]:
        """All counts in the order of the columns."""
        return self.delivered, self.left_out, self.loaded, self.rejected, self.unread

    @property
    def lost(self) -> bool:
        """Whether anything was left out, rejected or not readable."""
        return any(bool(count) for count in (self.left_out, self.rejected, self.unread))


def received(run: Run) -> dict[str, Received]:
    """Return what was received by table; of people, few rows left out, rejected or not readable are not told."""
    sums: dict[str, list[int]] = {}
    for part in _parts(run):
        added = (part.rows, part.filtered, part.loaded, part.rejected, part.unread)
        sums[part.entity] = [old + new for old, new in zip(sums.get(part.entity, [0] * 5), added, strict=True)]
    people = tables_of_people(run)
    found = {name: Received(*counts) for name, counts in sorted(sums.items())}
    return {name: _masked(each) if name in people else each for name, each in found.items()}


def _parts(run: Run) -> Iterator[LoadedEntity]:
    return (part for extract in run.extracts.loaded if not extract.restricted for part in extract.entities)


def _masked(table: Received) -> Received:
    shown = [FEW if isinstance(count, int) and is_small(count) else count for count in table.counts]
    changed = Received(*shown)
    if isinstance(changed.left_out, str) or isinstance(changed.rejected, str):
        # The rows loaded stand among the checks, so that those delivered would give the rest.
        changed = replace(changed, delivered=WITHHELD)
    return changed


def data(page: Page, run: Run) -> None:
    """Write what was received, what was lost of it, what its owners say of it and what was not delivered."""
    page.keep(170)
    page.heading("Data received")
    tables = received(run)
    open_ones = [table.counts for table in tables.values() if not table.masked]
    whole = [sum(count for count in counts if isinstance(count, int)) for counts in zip(*open_ones, strict=True)]
    whole = whole or [0] * 5
    page.text(
        f"{plural(len(tables), 'table')} received with {plural(whole[0], 'record')}: {number(whole[2])} loaded, "
        f"{number(whole[1])} left out by the mapping, {number(whole[3])} rejected for want of a key; "
        f"values not readable, which count as missing: {number(whole[4])}. Tables with a loss:",
        TEXT,
    )
    page.gap(4)
    spans: tuple[Span, ...] = (
        ("Data", 1, 1, "left"),
        ("Records delivered", 2, 2, "right"),
        ("Left out by the mapping", 3, 3, "right"),
        ("Loaded", 4, 4, "right"),
        ("Rejected, without a key", 5, 5, "right"),
        ("Values not readable", 6, 6, "right"),
    )
    rows = [[name.replace("_", " "), *table.counts] for name, table in tables.items() if table.lost]
    page.block(spans, rows, "None.")
    if masked := sum(table.masked for table in tables.values()):
        page.text(f"{plural(masked, 'table')} of people with small counts left out of these sums.", SMALL)
        page.gap()
    _limitations(page, run)
    missing = sorted(
        {
            name.strip()
            for control in run.controls
            for population in control.populations
            for result in population.attributes
            for words in result.not_concluded
            if words.startswith("not delivered:")
            for name in words.partition(":")[2].split(",")
        }
    )
    if missing:
        page.text(f"Needed and not delivered: {', '.join(missing)}.", TEXT)
        page.gap()


def _limitations(page: Page, run: Run) -> None:
    """
    Name the tables whose delivery notes state a limitation.

    The name of a file and the words of a note are people's own and may identify somebody: they stand in the working
    edition only.
    """
    page.heading("Limitations stated with the data")
    tables = {
        part.entity.replace("_", " ")
        for extract in run.extracts.loaded
        if not extract.restricted and extract.delivery is not None and extract.delivery.limitation
        for part in extract.entities
    }
    if tables:
        page.text(f"The delivery notes of these tables state one: {', '.join(sorted(tables))}.", TEXT)
        page.text("Their words stand on the sheet Reliability of the working edition.", SMALL)
    else:
        page.text("No delivery note states one.", TEXT)
