"""Every message that leaves the house: by which way, and what whoever glances at it can learn.

A subject, a text message and the beginning of an e-mail are read on screens that others see.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from etasu.clock import community, events, nurse_line
from etasu.interfaces.sms.web import _SAID
from etasu.portals.account.mails import MAILS
from etasu.programs import library
from etasu.safe_use.messages import (
    LANGUAGES,
    LONGEST_LINK,
    LONGEST_SENDER,
    faults,
    longest_sms,
    sms_length,
    telling_words,
)
from tests.portals.test_spanish import catalog
from tests.repository.places import SOURCE

# What makes an e-mail or a text message, and the modules that do. Who adds one says so here, and is
# found by the tests below.
MAKERS = {"send_at_once", "EmailMessage", "EmailMultiAlternatives", "Letter", "TextMessage"}
WRITTEN_HERE = {
    "portals/account/sending.py",
    "portals/components/asking_to_help.py",
    "portals/components/inviting.py",
    "portals/patient/mails.py",
    "portals/public/passing_on.py",
    "portals/watching/reports.py",
}
MADE_ELSEWHERE = {
    "clock/events.py",
    "clock/patient_letters.py",
    "clock/reminders.py",
    "clock/sender.py",
    "portals/components/mailing.py",
    "site/sms.py",
    "site/worker_watch.py",
}
# So much of the text is shown beside a subject; and what may be filled into it. `what` is a change
# of one's own account, in words of the site.
PREVIEW = 140
HOLE = re.compile(r"%\((\w+)\)s|{(\w+)}")
HARMLESS = {"site", "until", "when", "what", "there", "link"}


class Glance(NamedTuple):
    """What is seen of a message at a glance: its subject, and the lines its text begins with."""

    where: str
    subject: str
    lines: list[str]

    def seen(self) -> Iterator[str]:
        """Its subject and what a preview shows of it, in both languages."""
        for said in (self.lines, [in_spanish(each) for each in self.lines]):
            yield " ".join(said)[:PREVIEW]
        yield from (self.subject, in_spanish(self.subject))


def calls_in(path: Path) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    """Every call that makes a message, with the function it is in."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in MAKERS:
                    yield function, node


def said_by(node: ast.expr, function: ast.FunctionDef) -> list[str]:
    """The literal texts of an expression, its holes left open; names are looked up."""
    if isinstance(node, ast.Name):
        values = [
            each.value
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == node.id
        ]
        return [text for each in values for text in said_by(each, function)]
    found = [
        each.value
        for each in ast.walk(node.left if isinstance(node, ast.BinOp) else node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    if isinstance(node, ast.List):
        return [text for each in node.elts for text in said_by(each, function)]
    return found


def written_here() -> Iterator[Glance]:
    """The messages whose words are in the source of the portals."""
    for name in sorted(WRITTEN_HERE - {"portals/account/sending.py"}):
        for function, call in calls_in(SOURCE / name):
            _mail, subject, lines = call.args[:3]
            (said,) = set(said_by(subject, function))
            yield Glance(f"{name} {function.name}", said, said_by(lines, function))
    for code, mail in MAILS.items():
        yield Glance(f"account {code}", str(mail.subject), [str(each) for each in mail.lines])


def of_the_clock() -> Iterator[Glance]:
    """The messages that the clock makes of its own words, in each language."""
    for module in (nurse_line, community):
        for language, (subject, text) in module._WORDS.items():
            yield Glance(f"{module.__name__} {language}", subject, [text])
    for language, texts in events._WORDS.items():
        for kind, said in texts.items():
            if kind is not None:
                yield Glance(f"events {language} {kind}", said[0], [said[1]])


def in_spanish(text: str) -> str:
    return catalog().get(text, text)


@pytest.fixture(scope="module")
def telling() -> set[str]:
    """The words that tell of a drug or a disease, of every program."""
    programs = library.current().programs.values()
    return {word for each in programs for word in telling_words(each.program)}


def told_by(text: str, telling: set[str]) -> list[str]:
    """The telling words of a text. Everybody has a date of birth."""
    spoken = " ".join(re.findall(r"[^\W_]+", text.casefold())).replace("date of birth", "")
    return [each for each in telling if f" {each} " in f" {spoken} "]


def test_messages_leave_by_ways_that_are_looked_at() -> None:
    makers = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if any(True for _found in calls_in(path))
    }
    assert makers == WRITTEN_HERE | MADE_ELSEWHERE


def test_no_glance_at_an_email_tells_of_a_drug_a_disease_or_a_person(telling: set[str]) -> None:
    found = [*written_here(), *of_the_clock()]
    assert len(found) >= 35 and len(telling) >= 20
    for each in found:
        assert each.subject and each.lines and not HOLE.search(each.subject), each.where
        for text in each.seen():
            filled = {name for pair in HOLE.findall(text) for name in pair if name}
            assert filled <= HARMLESS, (each.where, filled)
            assert told_by(text, telling) == [], each.where
    assert told_by("About your LEMTRADA", telling), "a planted word is found"


def test_no_message_of_a_program_tells_and_each_text_message_is_one(telling: set[str]) -> None:
    texts = [
        text
        for loaded in library.current().programs.values()
        for version in loaded.versions
        for message in version.messages.values()
        for text in message.texts
    ]
    assert {each.language for each in texts} == set(LANGUAGES)
    for each in texts:
        assert list(faults(each, telling)) == []
        length = longest_sms(each)
        assert length.fits and length.most == 160, each.sms


def test_the_answers_to_keywords_are_one_text_message_each(telling: set[str]) -> None:
    # A link that opens the page of whoever has only a telephone is longer than the one in others.
    link = f"{'l' * LONGEST_LINK}{'t' * 43}/?r"
    for (_keyword, language), said in _SAID.items():
        words = said.format(site="S" * LONGEST_SENDER, link=link)
        length = sms_length(words)
        assert length.fits and length.most == 160, (language, length)
        assert told_by(words, telling) == []
