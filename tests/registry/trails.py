"""Audit trails to verify, and every way we know to tamper with one.

A trail is written with chosen transaction numbers inside the test's own transaction, and the
triggers are switched off as only the tables' owner can, so that each fault is really planted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

import pytest
from django.db import connection

from etasu.registry.audit import sealing
from etasu.registry.audit.chain import Cursor, Seal
from etasu.registry.audit.problems import Problem
from etasu.registry.audit.trail import seals
from tests.factories.teaching import AT

COLUMNS = ("at", "actor", "role", "verb", "subject_kind", "subject", "detail")
SEALS, BATCH = 6, 7


def sql(text: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run one statement; its rows when it has any."""
    with connection.cursor() as db:
        db.execute(text, parameters)
        return db.fetchall() if db.description else []


def write_entry(xid: int, entry_id: int, said: str = "as written") -> Cursor:
    """One entry with a transaction number of our choice."""
    sql(
        """INSERT INTO audit_entry
            (xid, id, at, actor, role, verb, subject_kind, subject, detail)
        VALUES (%s::text::xid8, %s::bigint, %s, %s, 'nurse', 'gate.answered', 'patient',
            '7QK2M-X0B4T-9', %s::jsonb)""",
        str(xid), entry_id, AT, f"actor-{entry_id}", json.dumps({"said": said, "n": entry_id}),
    )  # fmt: skip
    return Cursor(xid, entry_id)


class Trail(NamedTuple):
    """A sealed trail: its seals, and each entry's place with its seal and position from 1."""

    seals: Sequence[Seal]
    places: dict[Cursor, tuple[int, int]]


def build_trail(monkeypatch: pytest.MonkeyPatch, count: int = SEALS * BATCH) -> Trail:
    """Entries of many transactions, some of several entries and out of order, sealed in batches."""
    monkeypatch.setattr(sealing, "SETTLED", "")
    sql("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    sql("ALTER TABLE audit_seal DISABLE TRIGGER USER")
    random = Random(count)
    ids = list(range(10, 10 + 3 * count, 3))
    random.shuffle(ids)
    xids = sorted(random.choices(range(10, 10 + 2 * count), k=count))
    cursors = sorted(write_entry(xid, number) for xid, number in zip(xids, ids, strict=True))
    while sealing.seal_batch(at=AT, batch=BATCH) is not None:
        pass
    return read_trail(cursors)


def read_trail(cursors: Sequence[Cursor]) -> Trail:
    """The seals there are over these entries."""
    found = list(seals())
    owners = [(each.sequence, n + 1) for each in found for n in range(each.entries)]
    return Trail(found, dict(zip(cursors, owners, strict=False)))


class Place(NamedTuple):
    """Where a fault was planted: an entry by its seal and position, or by cursor, or a seal."""

    part: str
    sequence: int | None = None
    position: int | None = None
    cursor: Cursor | None = None


class Planted(NamedTuple):
    """What was planted where, and where else it may show."""

    story: str
    places: frozenset[Place]
    also: frozenset[Place] = frozenset()
    needs_head: bool = False


def is_at(problem: Problem, place: Place) -> bool:
    """Whether a problem names the place."""
    if place.cursor is not None:
        return problem.part == place.part and problem.cursor == place.cursor
    return (problem.part, problem.sequence, problem.position) == place[:3]


def misses(planted: Planted, problems: Sequence[Problem]) -> list[Place]:
    """The places no problem names."""
    return [p for p in planted.places if not any(is_at(each, p) for each in problems)]


def strays(planted: Planted, problems: Sequence[Problem]) -> list[Problem]:
    """Problems at places where nothing was planted."""
    places = planted.places | planted.also
    return [
        each
        for each in problems
        if each.kind != "unconfirmed" and not any(is_at(each, place) for place in places)
    ]


Tampering = Callable[[Trail, Random], Planted]


def entry_at(trail: Trail, cursor: Cursor) -> Place:
    """An entry of the trail as a place."""
    return Place("entry", *trail.places[cursor])


def move(source: Cursor, target: Cursor) -> None:
    """Give an entry another transaction number and id."""
    sql(
        "UPDATE audit_entry SET xid = %s::text::xid8, id = %s"
        " WHERE xid = %s::text::xid8 AND id = %s",
        str(target.xid),
        target.id,
        str(source.xid),
        source.id,
    )


def edit_entry(trail: Trail, random: Random) -> Planted:
    """One column of one entry changes by the least there is."""
    return edit_column(trail, random.choice(list(trail.places)), random.choice(COLUMNS))


def edit_column(trail: Trail, cursor: Cursor, column: str) -> Planted:
    """One column of that entry changes by the least there is."""
    changed = {
        "at": "at + interval '1 microsecond'",
        "detail": "jsonb_set(detail, '{n}', to_jsonb((detail->>'n')::int + 1))",
    }.get(column, f"{column} || ' '")
    sql(
        f"UPDATE audit_entry SET {column} = {changed} WHERE xid = %s::text::xid8 AND id = %s",
        str(cursor.xid), cursor.id,
    )  # fmt: skip
    return Planted(f"edit {column} of {cursor}", frozenset({entry_at(trail, cursor)}))


def move_entry(trail: Trail, random: Random) -> Planted:
    """An entry gets another transaction or another id."""
    cursor = random.choice(list(trail.places))
    other = cursor
    while other in trail.places:
        shift = random.choice((-40, -1, 1, 2, 40))
        if random.random() < 0.5:
            other = Cursor(max(1, cursor.xid + shift), cursor.id)
        else:
            other = Cursor(cursor.xid, cursor.id + shift)
    move(cursor, other)
    also = frozenset({Place("entry", cursor=other)})
    return Planted(f"move {cursor} to {other}", frozenset({entry_at(trail, cursor)}), also)


def delete_entries(trail: Trail, random: Random) -> Planted:
    """One entry goes, or a few neighbors."""
    cursors = list(trail.places)
    at = random.randrange(len(cursors))
    return delete(trail, cursors[at : at + random.choice((1, 1, 1, 2, 9))])


def delete(trail: Trail, cursors: Sequence[Cursor]) -> Planted:
    """These entries go."""
    for cursor in cursors:
        sql(
            "DELETE FROM audit_entry WHERE xid = %s::text::xid8 AND id = %s",
            str(cursor.xid),
            cursor.id,
        )
    places = frozenset(entry_at(trail, cursor) for cursor in cursors)
    return Planted(f"delete {cursors}", places)


def insert_entry(trail: Trail, random: Random) -> Planted:
    """A new entry within the sealed range."""
    known, last = random.choice(list(trail.places)), max(trail.places)
    cursor = known
    while cursor in trail.places or cursor > last:
        cursor = Cursor(max(1, known.xid + random.choice((-1, 0, 0, 1))), random.randrange(1, 200))
    write_entry(*cursor, said="forged")
    return Planted(f"insert {cursor}", frozenset({Place("entry", cursor=cursor)}))


def exchange_ids(trail: Trail, random: Random) -> Planted:
    """Two entries change places."""
    one, other = random.sample(list(trail.places), 2)
    spare = Cursor(one.xid, 999_999)
    for source, target in ((one, spare), (other, one), (spare, other)):
        move(source, target)
    places = frozenset({entry_at(trail, one), entry_at(trail, other)})
    return Planted(f"exchange {one} and {other}", places)


def shift_clock(trail: Trail, random: Random) -> Planted:
    """Every entry from one on is an hour older."""
    cursors = list(trail.places)
    first = random.randrange(len(cursors) - 12, len(cursors))
    sql(
        "UPDATE audit_entry SET at = at - interval '1 hour'"
        " WHERE (xid, id) >= (%s::text::xid8, %s)",
        str(cursors[first].xid),
        cursors[first].id,
    )
    places = frozenset(entry_at(trail, cursor) for cursor in cursors[first:])
    return Planted(f"shift the clock from {cursors[first]}", places)


SEAL_EDITS = {
    "leaves, one bit": "leaves = set_bit(leaves, {bit}, 1 - get_bit(leaves, {bit}))",
    "leaves, one more": "leaves = leaves || substr(leaves, 1, 32)",
    "leaves, one less": "leaves = substr(leaves, 1, length(leaves) - 32)",
    "leaves, a byte less": "leaves = substr(leaves, 1, length(leaves) - 1)",
    "leaves, none": "leaves = ''",
    "root": "root = set_bit(root, {small}, 1 - get_bit(root, {small}))",
    "head": "head = set_bit(head, {small}, 1 - get_bit(head, {small}))",
    "entries": "entries = entries + 1",
    "no entries": "entries = 0",
    "first_xid": "first_xid = first_xid - 1",
    "first_id": "first_id = first_id + 1",
    "last_xid": "last_xid = last_xid + 1",
    "last_id": "last_id = last_id - 1",
    "highest_id": "highest_id = highest_id + 1",
    "sealed_at": "sealed_at = sealed_at - interval '1 microsecond'",
    "sealed_at, forever": "sealed_at = 'infinity'",
}


def edit_seal(trail: Trail, random: Random) -> Planted:
    """One column of one seal changes."""
    story = random.choice(list(SEAL_EDITS))
    return edit_one_seal(random.choice(trail.seals), story, random)


def edit_one_seal(seal: Seal, story: str, random: Random) -> Planted:
    """That column of that seal changes."""
    change = SEAL_EDITS[story].format(
        bit=random.randrange(8 * len(seal.leaves)), small=random.randrange(256)
    )
    sql(f"UPDATE audit_seal SET {change} WHERE sequence = %s", seal.sequence)
    return Planted(f"edit {story} of seal {seal.sequence}", _seal(seal.sequence))


def renumber_seal(trail: Trail, random: Random) -> Planted:
    """A seal gets a number far behind the others."""
    number = random.choice(trail.seals).sequence
    sql("UPDATE audit_seal SET sequence = 1000 + sequence WHERE sequence = %s", number)
    missing = len(trail.seals) + 1 if number != len(trail.seals) else number
    also = _seal(1000 + number) | _seal(missing)
    return Planted(f"renumber seal {number}", _seal(number), also)


def delete_seal(trail: Trail, random: Random) -> Planted:
    """A seal goes; of the last one, only an exported head knows."""
    number = random.choice(trail.seals).sequence
    sql("DELETE FROM audit_seal WHERE sequence = %s", number)
    if number == len(trail.seals):
        return Planted("delete the last seal", _trail(number), needs_head=True)
    return Planted(f"delete seal {number}", _seal(number))


def exchange_seals(trail: Trail, random: Random) -> Planted:
    """Two seals change places."""
    one, other = sorted(each.sequence for each in random.sample(list(trail.seals), 2))
    for source, target in ((one, 0), (other, one), (0, other)):
        sql("UPDATE audit_seal SET sequence = %s WHERE sequence = %s", target, source)
    return Planted(
        f"exchange seals {one} and {other}",
        _seal(one) | _seal(other),
        _trail(other) if other == len(trail.seals) else frozenset(),
    )


def cut_off(trail: Trail, random: Random) -> Planted:
    """The last seals go, with all they sealed."""
    number = random.randrange(1, len(trail.seals) + 1)
    place = trail.seals[number - 1].first
    sql("DELETE FROM audit_seal WHERE sequence >= %s", number)
    sql("DELETE FROM audit_entry WHERE (xid, id) >= (%s::text::xid8, %s)", str(place.xid), place.id)
    return Planted(f"cut off from seal {number}", _trail(number), needs_head=True)


def rewrite(trail: Trail, random: Random) -> Planted:
    """An entry changes, and all seals from its own on are made anew, chained and right."""
    cursor = random.choice(list(trail.places))
    edit_column(trail, cursor, random.choice(COLUMNS))
    sql("DELETE FROM audit_seal WHERE sequence >= %s", trail.places[cursor][0])
    while sealing.seal_batch(at=AT, batch=BATCH) is not None:
        pass
    return Planted(f"rewrite from {cursor}", _trail(len(trail.seals)), needs_head=True)


TAMPERINGS: tuple[Tampering, ...] = (
    edit_entry, move_entry, delete_entries, insert_entry, exchange_ids, shift_clock,
    edit_seal, renumber_seal, delete_seal, exchange_seals, cut_off, rewrite,
)  # fmt: skip


def _seal(number: int) -> frozenset[Place]:
    return frozenset({Place("seal", number)})


def _trail(number: int) -> frozenset[Place]:
    return frozenset({Place("trail", number)})
