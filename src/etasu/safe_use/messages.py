"""What a reminder says, how long it is as a text message, and what it may never say.

Source: 3GPP TS 23.038 (the alphabets of text messages); the FCC's rules for health care messages
(160 characters, the sender named, a way to stop in each message).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.entries import Entry
from etasu.safe_use.program import Program

# The one thing a text leaves open: where to sign in.
LINK = "{link}"
# The word that stops messages wherever it is sent, in every language.
STOP = "STOP"
# What a text message has left for the sender's name before it and for the link in it.
LONGEST_SENDER, LONGEST_LINK = 20, 40
LANGUAGES = ("en", "es")

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_IN_GSM_7, _IN_UCS_2 = 160, 70
_OPEN = re.compile(r"[{}<>$%]|https?:|www\.", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# Short words, and words of every program, tell nothing.
_SHORTEST_WORD = 4
_SAID_ANYWHERE = frozenset({"rems", "program", "company", "infusion", "reactions", "conditions"})


class Keyword(StrEnum):
    """What somebody who answers a text message wants."""

    STOP = "stop"
    START = "start"
    HELP = "help"


_KEYWORDS = {
    "en": {
        Keyword.STOP: "stop stopall unsubscribe cancel end quit revoke optout",
        Keyword.START: "start unstop",
        Keyword.HELP: "help info",
    },
    "es": {
        Keyword.STOP: "alto parar cancelar basta",
        Keyword.START: "iniciar comenzar empezar",
        Keyword.HELP: "ayuda",
    },
}


def keyword_in(text: str) -> tuple[Keyword, str] | None:
    """What an answer asks for, and in which language; None when it asks for nothing known.

    An answer that begins with a word for stopping stops: better once too often than not at all.
    """
    words = _words(text)
    for language, keywords in _KEYWORDS.items():
        for keyword, known in keywords.items():
            if words[:1] and words[0] in known.split():
                return keyword, language
    return None


class Stage(StrEnum):
    """When a reminder comes: before the day something is due, on it, or after it."""

    BEFORE = "before"
    DUE = "due"
    LATE = "late"


def stage_of(offset_days: int) -> Stage:
    """The stage of a reminder that comes so many days after the due day."""
    if offset_days == 0:
        return Stage.DUE
    return Stage.BEFORE if offset_days < 0 else Stage.LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageText:
    """The words of one stage in one language: an e-mail's subject and text, and a text message."""

    language: str
    stage: Stage
    subject: str
    text: str
    sms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Entry):
    """What a notice to patients says; its code is the notice's."""

    texts: tuple[MessageText, ...]

    @property
    def stages(self) -> frozenset[Stage]:
        """The stages it has words for."""
        return frozenset(each.stage for each in self.texts)

    def said(self, language: str, stage: Stage) -> MessageText:
        """The words for a stage, in English where there are none in the language."""
        found = {each.language: each for each in self.texts if each.stage is stage}
        return found.get(language, found[LANGUAGES[0]])


class SmsLength(NamedTuple):
    """How long a text message is, in units of its alphabet, and how long one may be."""

    units: int
    most: int

    @property
    def fits(self) -> bool:
        """Whether it goes as one message."""
        return self.units <= self.most


def sms_length(text: str) -> SmsLength:
    """The length of a text message: 160 of the usual alphabet, else 70 of Unicode.

    á, í, ó and ú are not in the usual alphabet; é, ñ, ü, ¿ and ¡ are.
    """
    if all(each in _BASIC or each in _EXTENDED for each in text):
        return SmsLength(len(text) + sum(each in _EXTENDED for each in text), _IN_GSM_7)
    return SmsLength(len(text.encode("utf-16-be")) // 2, _IN_UCS_2)


def sms_of(text: MessageText, *, sender: str, link: str) -> str:
    """The text message as it is sent: it names its sender first."""
    return f"{sender}: {text.sms.replace(LINK, link)}"


def longest_sms(text: MessageText) -> SmsLength:
    """How long the text message is with the longest sender and link a site may have."""
    return sms_length(sms_of(text, sender="S" * LONGEST_SENDER, link="l" * LONGEST_LINK))


def telling_words(program: Program) -> frozenset[str]:
    """The words that would tell a stranger what somebody is treated with, or for."""
    said = [program.product, program.name, program.sponsor, *program.risks]
    words = {word for each in said for word in _words(each) if len(word) >= _SHORTEST_WORD}
    own = {" ".join(_words(each)) for each in program.never_in_messages}
    return frozenset(words - _SAID_ANYWHERE | own)


def faults(text: MessageText, telling: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the words: the field, and what was expected of it."""
    for field in ("subject", "text", "sms"):
        words = str(getattr(text, field))
        spoken = f" {' '.join(_words(words))} "
        told = next((each for each in sorted(telling) if f" {each} " in spoken), None)
        if told is not None:
            yield field, f"no word of what somebody is treated with, or for, such as {told!r}"
        if _OPEN.search(words.replace(LINK, "")):
            yield field, f"nothing to be filled in, and no address, but {LINK}"
        if words.count(LINK) != (field != "subject"):
            yield field, f"{LINK} once" if field != "subject" else f"no {LINK}"
    if STOP not in _WORD.findall(text.sms):
        yield "sms", f"how to stop them, with the word {STOP}"
    length = longest_sms(text)
    if not length.fits:
        said = f"at most {length.most} characters with sender and link, not {length.units}"
        yield "sms", said


def _words(text: str) -> list[str]:
    return [each.casefold() for each in _WORD.findall(text)]
