"""The rows of a query, a few at a time: a list that memory should not hold, gone through again at will."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import duckdb

T = TypeVar("T")
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """
    What `make` makes of each of the `count` rows of a query, which is run anew each time they are gone through.

    The query must have a total order, so that they come in the same one.
    """

    connection: duckdb.DuckDBPyConnection
    sql: str
    values: Sequence[Any]
    count: int
    make: Callable[[Sequence[Any]], T]

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.count

    def __iter__(self) -> Iterator[T]:
        """Run the query and go through its rows."""
        with self.connection.cursor() as cursor:
            cursor.execute(self.sql, list(self.values))
            while rows := cursor.fetchmany(BATCH):
                yield from map(self.make, rows)
