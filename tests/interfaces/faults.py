"""What senders, programs and lines do to what was right: to bytes, and to JSON by its structure.

Everything takes its chances from the generator it is given, so that a number leads to the same
input again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

MARKS = (
    *(b"|", b"^", b"~", b"&", b"\\", b'""', b"\\X00\\", b"\r", b"\n", b"\x0b", b"\x1c"),
    *(b"\x00", b"\x07", b"\x1b[31m", b"\xe9", b"\xff\xfe", "≤".encode(), "\u202e".encode()),
    *(b",", b";", b"\t", b'"', b"'", b"{", b"}", b"[", b"]", b":", b"null", b"=1+1"),
)


def byte_changed(raw: bytes, chance: random.Random) -> bytes:
    """One byte is another, or there is one more."""
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + bytes([chance.randrange(256)]) + raw[at + chance.randint(0, 1) :]


def part_lost(raw: bytes, chance: random.Random) -> bytes:
    """A few bytes did not come."""
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + raw[at + chance.randrange(40) :]


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    """The rest did not come."""
    return raw[: chance.randrange(len(raw) + 1)]


def marks_put_in(raw: bytes, chance: random.Random) -> bytes:
    """Something that means something to somebody, once or often."""
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.choice(MARKS) * chance.choice((1, 1, 2, 50)) + raw[at:]


def in_another_encoding(raw: bytes, chance: random.Random) -> bytes:
    """Written by a program that knows no UTF-8."""
    text = raw.decode("utf-8", "replace")
    name = chance.choice(("utf-16", "utf-16-be", "latin-1", "utf-8-sig", "cp037", "utf-7"))
    return text.encode(name, "replace")


def made_huge(raw: bytes, chance: random.Random) -> bytes:
    """One thing is far longer than it should be."""
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.choice((b"x", b"9", b" ", b"\xc3\xa9")) * 60_000 + raw[at:]


def nested(raw: bytes, chance: random.Random) -> bytes:
    """Something begins far more often than it ends."""
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.choice((b"[", b'{"a":', b"^", b"&", b'"')) * 5_000 + raw[at:]


ByteFault = Callable[[bytes, random.Random], bytes]
COMMON: tuple[ByteFault, ...] = (byte_changed, part_lost, cut_off, marks_put_in)
# These make an input large, so that they are done to few.
RARE: tuple[ByteFault, ...] = (in_another_encoding, made_huge, nested)


def spoiled(raw: bytes, chance: random.Random, most: int = 3) -> bytes:
    """Some faults, one after the other."""
    for _ in range(chance.randint(1, most)):
        raw = chance.choice(RARE if chance.random() < 0.02 else COMMON)(raw, chance)
    return raw


# Values of every kind, and what some systems take for one.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 5, 2**31, 2**70, 1.5, -0.0, 1e308, 10.0**-300),
    *("", " ", "x", "final", "corrected", "\x00", "a\x00b", "é", "\u202e", "null", "NaN", "1,250"),
    *("2025-02-30", "2025-06", "2025-06-01T25:00:00Z", "11/20/2026", "9999-12-31T23:59:59-14:00"),
    *("#p", "urn:uuid:p", "Patient/1", "http://loinc.org", "<5", ">=60", "3-10", "\ud83d\ude00"),
    *([], {}, [None], [[]], [{}], {"": ""}, {"reference": "#p"}, {"value": "5"}, {"coding": [{}]}),
)
Place = tuple[Any, Any]


def json_spoiled(tree: Any, chance: random.Random) -> None:
    """One fault to a tree of JSON, in place: something lost, doubled, swapped, of another kind."""
    places = list(_places(tree))
    if places:
        chance.choice(JSON_FAULTS)(places, chance)


def _places(tree: Any) -> list[Place]:
    found: list[Place] = []
    left = [tree]
    while left:
        node = left.pop()
        members = list(node) if isinstance(node, dict) else range(len(node))
        for key in members:
            found.append((node, key))
            if isinstance(node[key], dict | list):
                left.append(node[key])
    return found


def _lost(places: list[Place], chance: random.Random) -> None:
    node, key = chance.choice(places)
    del node[key]


def _of_another_kind(places: list[Place], chance: random.Random) -> None:
    node, key = chance.choice(places)
    node[key] = deepcopy(chance.choice(ODD))


def _doubled(places: list[Place], chance: random.Random) -> None:
    lists = [node[key] for node, key in places if isinstance(node[key], list) and node[key]]
    if lists:
        chosen = chance.choice(lists)
        one = chance.choice(chosen)
        chosen += [deepcopy(one) for _ in range(chance.choice((1, 1, 30)))]


def _swapped(places: list[Place], chance: random.Random) -> None:
    (one, here), (other, there) = chance.choice(places), chance.choice(places)
    if not _is_inside(one[here], other) and not _is_inside(other[there], one):
        one[here], other[there] = other[there], one[here]


def _is_inside(tree: Any, node: Any) -> bool:
    """Whether a swap would make something a part of itself."""
    if tree is node:
        return True
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return any(_is_inside(each, node) for each in parts)


def _renamed(places: list[Place], chance: random.Random) -> None:
    named = [(node, key) for node, key in places if isinstance(node, dict)]
    if named:
        node, key = chance.choice(named)
        other = chance.choice((key.upper(), f"_{key}", f"{key}X", "", "extension", "value"))
        node[other] = node.pop(key)


def _wrapped(places: list[Place], chance: random.Random) -> None:
    node, key = chance.choice(places)
    for _ in range(chance.choice((1, 1, 3, 40))):
        node[key] = [node[key]] if chance.random() < 0.5 else {"value": node[key]}


def _lengthened(places: list[Place], chance: random.Random) -> None:
    texts = [(node, key) for node, key in places if isinstance(node[key], str)]
    if texts:
        node, key = chance.choice(texts)
        node[key] = node[key] * chance.choice((2, 100)) + "x" * chance.choice((0, 3_000))


JSON_FAULTS = (
    *(_lost, _lost, _of_another_kind, _of_another_kind, _of_another_kind),
    *(_doubled, _swapped, _renamed, _wrapped, _lengthened),
)
