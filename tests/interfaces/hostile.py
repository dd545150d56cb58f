"""Bodies nobody should send, each with the fields a problem must name; and how to make more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.factories.teaching import World
from tests.interfaces.conftest import course_question

FIELDS = (
    *("program", "gate", "patient", "planned_on", "course"),
    *("facility", "pharmacy", "days_supply", "acknowledged"),
)
TEXTS = ("program", "gate", "patient", "facility", "pharmacy")
WRONG_TEXTS: dict[str, Any] = {
    "empty": "",
    "a number": 7,
    "a float": 1.5,
    "true": True,
    "a list": ["x"],
    "an object": {"$gt": ""},
    "an operator": {"$where": "1"},
    "deep": json.loads("[" * 60 + "]" * 60),
    "long": "x" * 65,
    "very long": "7" * 10_000,
    "nul": "abc\x00def",
    "sql": "x'; DROP TABLE patients_patient; --",
    "or": "' OR '1'='1",
    "markup": "<script>alert(1)</script>",
    "path": "../../../../etc/passwd",
    "format": "%s%s%n{0.__class__}",
    "log4j": "${jndi:ldap://127.0.0.1/x}",
    "newline": "a\nb",
    "tab": "\t",
    "space": " ",
    "right to left": "\u202e7QK2M",
    "fullwidth": "７QK2M-X0B4T-N",
    "emoji": "💊",
    "combining": "e\u0301" * 10,
}
WRONG_DAYS: tuple[Any, ...] = (
    *("2025-02-30", "2025-13-01", "2025-00-10", "2025-04-31", "2023-02-29", "0000-01-01"),
    *("9999-12-31", "10000-01-01", "-2025-01-01", "2025-5-1", "01/05/2025", "2025-05-01T00:00:00Z"),
    *("2025-W18-4", "2025-121", "today", "", " 2025-05-01", "٢٠٢٥-٠٥-٠١", "2025-04-30"),
    *(20250501, 0, -1, 1e9, None, True, ["2025-05-01"], {"year": 2025}),
)
WRONG_COUNTS: tuple[Any, ...] = (0, -1, 1.5, 1.0, "1", "", True, [], {}, 10**30, -(10**30))
WRONG_STATEMENTS: tuple[Any, ...] = (
    *(None, "guide-given", {}, 1, True, [None], [1], [[]], [{}], [""], ["a b"], ["\x00"]),
    *(["x" * 65], ["a"] * 65, [["guide-given"]], ["a", None]),
)
NOT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b"   ",
    "half": b'{"program":"teaching"',
    "more": b"{} {}",
    "single quotes": b"{'program': 'teaching'}",
    "comment": b'{"program": "teaching" /* no */}',
    "trailing comma": b'{"program": "teaching",}',
    "bare word": b"teaching",
    "form": b"program=teaching&gate=authorize",
    "xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "invalid utf-8": b'{"program":"\xff\xfe"}',
    "overlong utf-8": b'{"program":"\xc0\xaf"}',
    "utf-16": '{"program":"teaching"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"program":"teaching"}',
    "lone surrogate": b'{"program":"\\ud800"}',
    "nul byte": b'{"program":"a\x00b"}',
    "unfinished escape": b'{"program":"\\u12"}',
    "deep arrays": b"[" * 8000,
    "deep objects": b'{"a":' * 2500 + b"1" + b"}" * 2500,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "not a number": b'{"course": NaN}',
    "infinity": b'{"course": Infinity}',
    "hexadecimal": b'{"course": 0x1}',
    "octal": b'{"course": 01}',
}
# Well-formed, but not a question. The field each problem must name; "" is the body itself.
NOT_A_QUESTION: dict[str, tuple[bytes, set[str]]] = {
    "null": (b"null", {""}),
    "true": (b"true", {""}),
    "a number": (b"1", {""}),
    "a huge number": (b"1e400", {""}),
    "a text": (b'"teaching"', {""}),
    "an array": (b"[]", {""}),
    "an array of questions": (b"[{}, {}]", {""}),
    "empty": (b"{}", {"program", "gate", "patient", "planned_on"}),
    "an empty name": (b'{"": 1}', {"", "program", "gate", "patient", "planned_on"}),
    "prototype": (b'{"__proto__": {}}', {"__proto__", "program", "gate", "patient", "planned_on"}),
}


Case = tuple[str, bytes, str]


def one_field_wrong(world: World) -> dict[str, tuple[bytes, str]]:
    """Questions with one field that cannot be, and that field."""
    makers = (_wrong_texts, _wrong_values, _slips, _repeated, _huge_numbers)
    return {name: (sent, field) for maker in makers for name, sent, field in maker(world)}


def _wrong_texts(world: World) -> Iterator[Case]:
    for field in TEXTS:
        for name, value in WRONG_TEXTS.items():
            yield f"{field} {name}", body(world, field, value), field
    for field in ("program", "gate", "patient", "planned_on"):
        yield f"{field} null", body(world, field, None), field
        yield f"{field} missing", body(world, field, ...), field


def _wrong_values(world: World) -> Iterator[Case]:
    values = {
        "planned_on": WRONG_DAYS,
        "course": (*WRONG_COUNTS, 100),
        "days_supply": (*WRONG_COUNTS, 367),
        "acknowledged": WRONG_STATEMENTS,
        "override": (True,),
        "a/b~c": (True,),
    }
    for field, among in values.items():
        for place, value in enumerate(among):
            yield f"{field} {place}", body(world, field, value), field


def _slips(world: World) -> Iterator[Case]:
    right = world.mara.number
    slip = right[:-1] + ("A" if right[-1] != "A" else "B")
    for field in ("patient", "facility", "pharmacy"):
        yield f"{field} slip", body(world, field, slip), field
        yield f"{field} without dashes", body(world, field, right.replace("-", "")), field
        yield f"{field} with a space", body(world, field, f"{right} "), field


def _repeated(world: World) -> Iterator[Case]:
    plain = body(world, "course", 1)
    for field in ("patient", "course", "program"):
        more = json.dumps({field: 1})[1:].encode()
        yield f"{field} twice, once wrong", plain[:-1] + b", " + more, field
    again = json.dumps({"patient": world.mara.number})[1:].encode()
    yield "patient twice", plain[:-1] + b", " + again, "patient"
    escaped = again.replace(b'"patient"', b'"\\u0070atient"')
    yield "patient twice, once escaped", plain[:-1] + b", " + escaped, "patient"


def _huge_numbers(world: World) -> Iterator[Case]:
    plain = body(world, "course", 1)
    for number in (b"1e400", b"-1e400", b"1e-400", b"9" * 5000, b"-0.0"):
        sent = plain.replace(b'"course": 1', b'"course": ' + number)
        yield f"course {number[:6]!r}", sent, "course"


def body(world: World, field: str, value: Any) -> bytes:
    """A good question with one field put otherwise."""
    return json.dumps(course_question(world, **{field: value})).encode()


# Any JSON at all, and questions with some fields replaced by any JSON.
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=20,
)
REPLACED = st.dictionaries(st.sampled_from(FIELDS), ANY_JSON, min_size=1, max_size=4)
