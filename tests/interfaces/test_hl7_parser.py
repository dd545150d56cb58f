"""The parser: never anything but its own refusal, and the same fields another library finds."""

from __future__ import annotations

import random
import time

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from etasu.interfaces.hl7v2.escapes import USUAL, Separators, escape, unescape
from etasu.interfaces.hl7v2.header import Header, header_in
from etasu.interfaces.hl7v2.parser import (
    LARGEST_MESSAGE,
    MOST_MESSAGES,
    Message,
    Unreadable,
    messages_in,
    parse,
    wrapper_of,
)
from etasu.interfaces.hl7v2.translate import translate
from tests.interfaces.hl7_messages import LABORATORIES, OBR, WBC, items_of, mutated, obx, oru

HEAD = rb"MSH|^~\&|LIS|N|R|P|20261121||ORU^R01|1|P|2.5.1"
# What a field may hold without being taken for anything else by either parser.
_words = some.text(
    some.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters='"'),
    max_size=12,
)


def test_fields_stand_at_their_numbers() -> None:
    message = parse(HEAD + b"\rOBX|1|NM|a&b^c~d^e||5\r")
    header, found = message.segments
    assert [header[number] for number in (1, 2, 3, 9, 12)] == [
        "|",
        r"^~\&",
        "LIS",
        "ORU^R01",
        "2.5.1",
    ]
    assert message.text(found, 3) == "a"
    assert message.part(found[3], 2) == "c"
    assert message.part(found[3], 3) == ""
    assert message.repetitions(found[3]) == ["a&b^c", "d^e"]
    assert message.parts("d^e") == ["d", "e"]
    assert message.text(found, 99) == ""
    assert message.part('""', 1) == ""


@given(
    some.lists(
        some.lists(some.lists(_words, min_size=1, max_size=4), min_size=1, max_size=6),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=80, deadline=None)
def test_another_library_finds_the_same(segments: list[list[list[str]]]) -> None:
    """Words escaped by us come out of python-hl7 and out of us as they were."""
    lines = [
        "|".join(("ZZZ", *("^".join(map(escape, parts)) for parts in fields), "."))
        for fields in segments
    ]
    text = "\r".join((HEAD.decode(), *lines))
    ours, theirs = parse(text.encode()), hl7.parse(text)
    for ours_said, theirs_said, said in zip(ours.segments[1:], theirs[1:], segments, strict=True):
        for number, parts in enumerate(said, 1):
            field = ours_said[number]
            # python-hl7 keeps the escapes of a field it splits; it takes them out when asked to.
            assert field == str(theirs_said[number])
            assert [unescape(part, USUAL) for part in field.split("^")] == parts
            assert [theirs.unescape(part) for part in str(theirs_said[number]).split("^")] == parts


@given(some.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_what_is_escaped_comes_back(text: str) -> None:
    even = text.replace("\r\n", "\n").replace("\r", "\n")
    assert unescape(escape(text), USUAL) == even
    assert not set(escape(text)) & set("|^~&\r\n")


def test_escapes() -> None:
    marks = Separators("#", "*", "!", "\\", "$", "?")
    said = {
        r"\F\\S\\R\\E\\T\\P\ ": "#*!\\$? ",
        r"\X48c3a9\ \Xe9\ \X0d0A\ \X00\ ": "Hé é \n \ufffd ",
        r"a\.br\b\.sp2\c\.in4\d\H\e\N\f": "a\nb\ncdef",
        r"\Zown\ \C2842\ \Q\ C:\Users": r"\Zown\ \C2842\ \Q\ C:\Users",
        "alone \\ and at the end \\": "alone \\ and at the end \\",
        r"\X4\ \Xgg\ ": r"\X4\ \Xgg\ ",
    }
    for sent, meant in said.items():
        assert unescape(sent, marks) == meant
    assert unescape(r"\F\ ", Separators()) == r"\F\ "


@pytest.mark.parametrize(
    ("raw", "field", "code"),
    [
        (b"", "MSH", 100),
        (b"\x0b\x1c\r", "MSH", 100),
        (b"OBX|1|NM\r" + HEAD, "MSH", 100),
        (b"<ORU_R01/>", "MSH", 100),
        ("MSH|^~".encode("utf-16"), "MSH-18", 102),
        (b"MSH", "MSH-2", 102),
        (b"MSH|", "MSH-2", 102),
        (b"MSH|^", "MSH-2", 102),
        (rb"MSH|^^\&|a", "MSH-2", 102),
        (rb"MSH|^~\&#!|a", "MSH-2", 102),
        (rb"MSHA^~\&Aa", "MSH-2", 102),
        (b"MSH|ab|a", "MSH-2", 102),
        (HEAD + b"\rOBX" + b"|" * 1000, "OBX", 104),
        (HEAD + b"\rOBX|1" * 20_000, "MSH", 104),
        (HEAD + b"x" * LARGEST_MESSAGE, "MSH", 104),
    ],
)
def test_what_cannot_be_read_says_what_to_do(raw: bytes, field: str, code: int) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(raw)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.remedy


def test_bytes_become_letters() -> None:
    stated = HEAD + b"||||||%s\rPID|1||1||N%s"
    for charset, name, meant in (
        (b"UNICODE UTF-8", "Núñez".encode(), "Núñez"),
        (b"", "Núñez".encode(), "Núñez"),
        (b"", "Núñez".encode("latin-1"), "Núñez"),
        (b"8859/1", "Núñez".encode("latin-1"), "Núñez"),
        # Stated as Latin-1, it is not taken for UTF-8 though it could be.
        (b"8859/1", "é".encode(), "Ã©"),
        (b"ASCII", b"a\0b", "a\ufffdb"),
    ):
        message = parse(stated % (charset, name))
        assert message.segments[1][5] == "N" + meant


def test_a_torn_line_is_put_together_and_no_word_becomes_a_segment() -> None:
    body = b"\nOBX|1|TX|1^N^L||one\n\n  two|three\nNEG\nPOS|\nOBX\r\n\tOBX|3|NM||||\nobx|x"
    message = parse(HEAD + body)
    names = [segment[0] for segment in message.segments]
    assert names == ["MSH", "OBX", "POS", "OBX", "OBX", "OBX"]
    assert message.segments[1][5:] == ["one\ntwo", "three\nNEG"]
    # What follows a bare name tears no name apart: such a result would be lost without a word.
    assert parse(HEAD + b"\nOBX\nsome words\nOBX|2").segments[1] == ["OBX", "some words"]


def test_batches() -> None:
    one, two = HEAD + b"\rOBX|1\r", HEAD.replace(b"|1|P", b"|2|P") + b"\rOBX|2\r"
    batch = b"FHS|^~\\&|\rBHS|^~\\&|\r" + one + two + b"BTS|2\rFTS|1\r"
    numbers = [parse(each).segments[1][1] for each in messages_in(batch)]
    assert (numbers, wrapper_of(batch)[:3]) == (["1", "2"], b"FHS")
    assert messages_in(one) == [one]
    assert wrapper_of(one) == b""
    assert len(messages_in(one + two)) == 2
    assert len(messages_in(batch.replace(b"\r", b"\r\n"))) == 2
    assert [
        parse(each).segments[0][10] for each in messages_in(b"BHS|^~\\&\r" + two + b"BTS|1")
    ] == ["2"]
    # Nothing is dropped: neither an empty batch nor what stands before or after a message.
    assert messages_in(b"BHS|^~\\&\rBTS|0") == [b"BHS|^~\\&\rBTS|0"]
    stray = messages_in(b"OBX|9\r" + one + two)
    assert [each[:3] for each in stray] == [b"OBX", b"MSH"]
    trailing = messages_in(batch + b"\rOBX|9|NM")
    assert [each[:3] for each in trailing] == [b"MSH", b"MSH", b"FTS"]
    with pytest.raises(Unreadable):
        messages_in((HEAD + b"\r") * (MOST_MESSAGES + 1))


def test_a_header_is_read_as_far_as_it_goes() -> None:
    assert header_in(b"junk\r" + HEAD + b"||||AL|NE\r").control_id == "1"
    assert header_in(b"\x0b" + HEAD).sent_as == "LIS|N|R|P"
    assert header_in(b"MSH|??") == Header(sending_application="")
    assert header_in(b"") == Header()


def orders_taken_back(message: Message) -> int:
    """How many orders are taken back without any result."""
    found = {}
    order = 0
    for number, segment in enumerate(message.segments):
        if segment[0] == "OBR":
            order = number
            found[order] = message.text(segment, 25).upper() in ("X", "Y", "Z")
        elif segment[0] == "OBX":
            found[order] = False
        elif segment[0] in ("PID", "ORC"):
            order = 0
    return sum(found.values())


def test_no_bytes_break_it() -> None:
    """Mutated messages and plain noise: an answer or a refusal, and every OBX an item."""
    chance = random.Random(20261121)
    read = 0
    for turn in range(2_500):
        raw = mutated(chance) if turn % 5 else chance.randbytes(chance.randrange(300))
        try:
            chunks = messages_in(raw)
            for chunk in chunks:
                header_in(chunk)
                message = parse(chunk)
                items = items_of(translate(message))
                obxs = sum(each[0] == "OBX" for each in message.segments)
                assert len(items) == obxs + orders_taken_back(message)
                assert len({item.place for item in items}) == len(items)
                assert all("\0" not in (item.value or "") + item.note for item in items)
                read += 1
        except Unreadable as refused:
            assert refused.field and refused.remedy
    assert read > 1_000


def test_no_message_takes_long() -> None:
    """What makes a careless pattern or a growing text slow is read in the time its size takes."""
    big = 400_000
    hostile = [
        oru(
            OBR, obx(1, "ST", WBC, "1" * 31_000 + "x"), obx(2, "NM", WBC, "<" + " " * 30_000 + "x")
        ),
        oru(OBR, obx(1, "NM", WBC, "5", "||" + "1" * big + "x||||F")),
        oru(OBR, obx(1, "NM", WBC, "5"), "NTE|1||reference range" + " " * big),
        oru(OBR, "OBX|1|TX|1^N^L||a" + "\nb" * big),
        oru(OBR, obx(1, "TX", WBC, "\\A" * (big // 20)), "PID|1||" + "1~" * big),
        oru("OBX|" + "^&~" * big),
        oru(*[f"{obx(n, 'NM', WBC, '5')}" for n in range(1, 15_000)]),
        " " * big + oru(OBR),
    ]
    for text in hostile:
        began = time.process_time()
        try:
            items_of(translate(parse(text.encode())))
        except Unreadable as refused:
            assert refused.remedy
        assert time.process_time() - began < 1.5, text[:300]


def test_the_separators_of_the_message_are_used() -> None:
    for each in LABORATORIES:
        message = parse(each.raw)
        assert message.separators.field == each.raw[3:4].decode()
