"""Whom a text message is handed to when a provider refuses or says nothing: never to two at once.

Here both providers write down whatever they are asked, and each message is one that may be taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from etasu.clock.texting import SECONDS_OF_REST, NotTaken, Texting, TextMessage

SILENCE = NotTaken("TimeoutError", unsure=True)
REFUSAL = NotTaken("HTTP 503")


@dataclass
class Fake:
    """A provider that writes down what it is asked, and answers as told."""

    name: str
    trouble: NotTaken | None = None
    asked: list[str] = field(default_factory=list)

    def hand_over(self, message: TextMessage) -> str:
        self.asked.append(message.number)
        if self.trouble is not None:
            raise NotTaken(self.trouble.code, unsure=self.trouble.unsure)
        return f"{self.name} {message.number}"


class Site:
    """Two providers, a clock that tests move, and who is noted for each message."""

    def __init__(self) -> None:
        self.first, self.second = Fake("first"), Fake("second")
        self.seconds = 0.0
        self.noted: dict[str, str] = {}
        self.texting = Texting([self.first, self.second], now=lambda: self.seconds)

    def send(self, number: str) -> str:
        """The number it is taken under; else why not, and who is noted is what the record has."""

        def begin(name: str) -> bool:
            self.noted[number] = name
            return True

        message = TextMessage(number, "+12125550100", "words")
        try:
            before = self.noted.get(number, "")
            return self.texting.hand_over(message, asked_before=before, begin=begin)
        except NotTaken as trouble:
            self.noted[number] = trouble.may_have_it
            return trouble.code


@pytest.fixture
def site() -> Site:
    return Site()


def test_whoever_said_nothing_is_asked_again_before_anybody_else(site: Site) -> None:
    site.first.trouble = SILENCE
    assert site.send("A") == "TimeoutError"
    assert site.noted["A"] == "first"
    # While the silent one rests, it may still have A; B was never there.
    assert site.send("A") == "no-provider-answers"
    assert site.noted["A"] == "first"
    assert site.send("B") == "second B"
    site.first.trouble = None
    site.seconds = SECONDS_OF_REST
    assert site.send("A") == "first A"
    assert (site.first.asked, site.second.asked) == (["A", "A"], ["B"])


def test_whoever_says_nothing_for_a_minute_is_taken_to_be_down(site: Site) -> None:
    site.first.trouble = SILENCE
    site.send("A")
    site.seconds = SECONDS_OF_REST
    assert site.send("A") == "second A"
    assert (site.first.asked, site.second.asked) == (["A", "A"], ["A"])


def test_a_message_waits_for_its_own_second_silence_however_long_the_others_waited(
    site: Site,
) -> None:
    site.first.trouble = SILENCE
    site.send("A")
    site.seconds = SECONDS_OF_REST
    assert site.send("B") == "TimeoutError"
    # The first one was just found to be down still: A need not wait for yet another minute.
    assert site.send("A") == "second A"
    assert site.second.asked == ["A"]


def test_an_answer_ends_the_silence(site: Site) -> None:
    site.first.trouble = SILENCE
    site.send("A")
    site.seconds, site.first.trouble = SECONDS_OF_REST, None
    assert site.send("B") == "first B"
    site.first.trouble = SILENCE
    assert site.send("A") == "TimeoutError", "silent for a moment only, this time"
    assert site.second.asked == []


def test_a_sure_refusal_is_for_the_other_one_at_once(site: Site) -> None:
    site.first.trouble = REFUSAL
    assert site.send("A") == "second A"
    site.second.trouble = SILENCE
    assert site.send("B") == "TimeoutError"
    assert site.noted["B"] == "second"
    assert (site.first.asked, site.second.asked) == (["A"], ["A", "B"])
