"""What the board edition says of the data: reliability, what was received and lost, limitations stated with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditkit.label import Labels
from auditkit.masking import FEW, PERSON_KEYS, WITHHELD, is_small
from auditkit.page import SMALL, TEXT, Page, Span
from auditkit.paper import data_model
from auditkit.result import Run
from auditkit.wording import ENGLISH, check_counts, check_status

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
    say = page.say
    page.keep(170)
    page.heading(say("data.reliability_heading"))
    made = [check for check in run.reliability.checks if not check.restricted]
    page.text(f"{check_counts([check.status for check in made], say)} {say('data.stops_nothing')}", TEXT)
    page.gap(4)
    files, people = _files(run), tables_of_people(run)
    hidden = {name: table.delivered for name, table in received(run).items() if isinstance(table.delivered, str)}
    rows = [
        [
            f"{check.id} {_title(check, files, say)}",
            say("data.file_of", tables=say.joined(files[check.subject])) if check.subject in files else check.subject,
            check_status(check.status, say),
            say.comma(check.blocks) or say("data.nothing"),
            *_counts(check, people, [hidden.get(name) for name in files.get(check.subject, ())]),
        ]
        for check in sorted(made, key=lambda c: (c.status == "passed", c.status != "failed", c.id, c.subject))
        if check.status in ("failed", "limitation")
    ]
    spans: tuple[Span, ...] = (
        (say("column.check"), 1, 1, "left"),
        (say("column.of"), 2, 2, "left"),
        (say("column.result"), 3, 3, "left"),
        (say("column.stops"), 4, 4, "left"),
        (say("column.looked_at"), 5, 5, "right"),
        (say("column.failures"), 6, 6, "right"),
    )
    page.block(spans, rows, say("data.no_failure"))
    absent: dict[str, int] = {}
    for check in made:
        if check.status == "not_performed":
            absent[check.id] = absent.get(check.id, 0) + 1
    if absent:
        rows = [[name, _kind(name, say), times] for name, times in sorted(absent.items())]
        spans = (
            (say("column.not_performed"), 1, 1, "left"),
            (say("column.would_have"), 2, 5, "left"),
            (say("column.times"), 6, 6, "right"),
        )
        page.block(spans, rows, "")


def _files(run: Run) -> dict[str, list[str]]:
    """Return what each file feeds: its name is not for the board, since it may name somebody."""
    loaded = {item.path: [part.entity for part in item.entities] for item in run.extracts.loaded}
    return {item.path: list(item.entities) for item in run.extracts.failed if item.entities} | loaded


def _kind(check: str, say: Labels) -> str:
    return say(f"check.kind.{check}") if say.has(f"check.kind.{check}") else say("data.contract_rule")


def _title(check: Check, files: Mapping[str, Sequence[str]], say: Labels) -> str:
    """Return what was checked: in the words of the check itself, which are English, or else of its kind."""
    if say.language != ENGLISH.language:
        return _kind(check.id, say)
    title = check.title.rstrip(".")
    for file in sorted(files, key=len, reverse=True):
        title = title.replace(f" in {file}", "").replace(file, say("data.the_file"))
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
    say = page.say
    page.keep(170)
    page.heading(say("data.received_heading"))
    tables = received(run)
    open_ones = [table.counts for table in tables.values() if not table.masked]
    whole = [sum(count for count in counts if isinstance(count, int)) for counts in zip(*open_ones, strict=True)]
    whole = whole or [0] * 5
    page.text(
        say(
            "data.received",
            n=len(tables),
            records=say("data.records", n=whole[0]),
            loaded=whole[2],
            left_out=whole[1],
            rejected=whole[3],
            unread=whole[4],
        ),
        TEXT,
    )
    page.gap(4)
    spans: tuple[Span, ...] = (
        (say("column.data"), 1, 1, "left"),
        (say("column.delivered"), 2, 2, "right"),
        (say("column.left_out"), 3, 3, "right"),
        (say("column.loaded"), 4, 4, "right"),
        (say("column.rejected"), 5, 5, "right"),
        (say("column.unread"), 6, 6, "right"),
    )
    rows = [[name.replace("_", " "), *table.counts] for name, table in tables.items() if table.lost]
    page.block(spans, rows, say("coverage.none"))
    if masked := sum(table.masked for table in tables.values()):
        page.text(say("data.masked", n=masked), SMALL)
        page.gap()
    _limitations(page, run)
    missing = sorted(
        {
            name
            for control in run.controls
            for population in control.populations
            for result in population.attributes
            for reason in result.not_concluded
            if reason.code == "not_delivered"
            for name in reason.values["names"]
        }
    )
    if missing:
        page.text(say("data.missing", names=say.comma(missing)), TEXT)
        page.gap()


def _limitations(page: Page, run: Run) -> None:
    """
    Name the tables whose delivery notes state a limitation.

    The name of a file and the words of a note are people's own and may identify somebody: they stand in the working
    edition only.
    """
    say = page.say
    page.heading(say("data.limits_heading"))
    tables = {
        part.entity.replace("_", " ")
        for extract in run.extracts.loaded
        if not extract.restricted and extract.delivery is not None and extract.delivery.limitation
        for part in extract.entities
    }
    if tables:
        page.text(say("data.limits", tables=say.comma(sorted(tables))), TEXT)
        page.text(say("data.limits_apart"), SMALL)
    else:
        page.text(say("data.no_limit"), TEXT)
