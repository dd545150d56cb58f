"""What an invariant is given to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from etasu.site.sim.world import Person, World


class Change(NamedTuple):
    """A table that a transaction changed, and how: noted by the database itself."""

    xid: str
    table: str
    how: str


class Look(NamedTuple):
    """The world after an event, whom it concerned, and what it changed.

    `marks` is where an invariant may note how far it has read; it is its own.
    """

    world: World
    people: Sequence[Person]
    is_everybody: bool
    changes: Sequence[Change]
    marks: dict[str, Any]

    @property
    def ids(self) -> list[int]:
        """The record of each of them."""
        return [each.pk for each in self.people]

    def subject(self, pk: int | None) -> str:
        """What the trace calls the patient of a record."""
        found = [each.subject for each in self.world.people if each.pk == pk]
        return found[0] if found else "somebody unknown"


class Invariant(NamedTuple):
    """A promise. It is looked at when a table it `reads` changed; about named people only, if so.

    Without tables it is looked at after every event.
    """

    code: str
    says: str
    reads: frozenset[str]
    check: Callable[[Look], Iterable[str]]
    named_only: bool = False


def rows(query: str, *parameters: Any) -> list[Any]:
    """What the database answers."""
    with connection.cursor() as db:
        db.execute(query, parameters)
        answer: list[Any] = db.fetchall()
    return answer


def found(query: str, *parameters: Any) -> Iterator[dict[str, Any]]:
    """What the database answers, each row by column."""
    with connection.cursor() as db:
        db.execute(query, parameters)
        names = [column.name for column in db.description]
        for row in db.fetchall():
            yield dict(zip(names, row, strict=True))
