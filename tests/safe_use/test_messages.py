"""What a reminder may say: no word that tells a stranger anything, and a way to stop it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from etasu.safe_use.messages import (
    LINK,
    LONGEST_LINK,
    LONGEST_SENDER,
    Message,
    MessageText,
    Stage,
    faults,
    longest_sms,
    sms_of,
    stage_of,
    telling_words,
)
from tests.cases.programs import loaded_programs

GOOD = MessageText(
    language="en",
    stage=Stage.DUE,
    subject="A reminder",
    text=f"Something waits: {LINK}",
    sms=f"A reminder: {LINK} STOP to end",
)
TELLING = {"alemtuzumab", "multiple sclerosis"}


def test_words_that_tell_nothing_have_no_fault() -> None:
    assert list(faults(GOOD, TELLING)) == []


@pytest.mark.parametrize(
    ("field", "words", "expected"),
    [
        ("subject", "Your Alemtuzumab test", "such as 'alemtuzumab'"),
        ("text", f"Multiple   Sclerosis: {LINK}", "such as 'multiple sclerosis'"),
        ("sms", f"ALEMTUZUMAB {LINK} STOP", "such as 'alemtuzumab'"),
        ("text", "Dear {name}, " + LINK, "nothing to be filled in"),
        ("text", f"https://example.org {LINK}", "nothing to be filled in"),
        ("text", "Something waits", f"{LINK} once"),
        ("text", f"{LINK} {LINK}", f"{LINK} once"),
        ("subject", f"A reminder {LINK}", f"no {LINK}"),
        ("sms", f"A reminder: {LINK}", "how to stop them, with the word STOP"),
        ("sms", f"A reminder: {LINK} NONSTOP", "how to stop them, with the word STOP"),
        ("sms", f"{'long ' * 20}{LINK} STOP", "at most 160 characters with sender and link"),
        ("sms", f"Se acerca el día, {'y ' * 10}{LINK} STOP", "at most 70 characters"),
    ],
)
def test_every_fault_is_said_with_its_field(field: str, words: str, expected: str) -> None:
    [(where, said)] = faults(replace(GOOD, **{field: words}), TELLING)
    assert where == field
    assert expected in said


def test_a_text_message_names_its_sender_and_has_room_for_the_longest() -> None:
    said = sms_of(GOOD, sender="Harbor", link="https://example.org/p/1")
    assert said == "Harbor: A reminder: https://example.org/p/1 STOP to end"
    longest = LONGEST_SENDER + LONGEST_LINK + len(": ") + len(GOOD.sms) - len(LINK)
    assert longest_sms(GOOD).units == longest


def test_a_language_without_words_reads_english() -> None:
    spanish = replace(GOOD, language="es", subject="Un recordatorio")
    late = replace(GOOD, stage=Stage.LATE, subject="Still waiting")
    message = Message(code="due", source="test", texts=(GOOD, spanish, late))
    assert message.stages == {Stage.DUE, Stage.LATE}
    assert message.said("es", Stage.DUE) == spanish
    assert message.said("es", Stage.LATE) == late
    assert message.said("fr", Stage.DUE) == GOOD


def test_the_stage_is_told_by_the_days_from_the_due_day() -> None:
    assert [stage_of(days) for days in (-7, 0, 1)] == [Stage.BEFORE, Stage.DUE, Stage.LATE]


def test_no_message_of_any_program_tells_what_somebody_is_treated_with() -> None:
    texts = 0
    for version in (each for loaded in loaded_programs() for each in loaded.versions):
        telling = telling_words(version.program)
        assert set(version.program.product.casefold().split()) & telling
        assert not telling & {"rems", "program"}
        for message in version.messages.values():
            for each in message.texts:
                texts += 1
                assert list(faults(each, telling)) == []
    assert texts
