"""Whatever patients and their helpers read: plain, and whole in Spanish, on every page there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client

from etasu.portals.standing.event_words import WORDINGS
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.actions import record_result
from etasu.registry.patient_support.sharing import Asked, invite_partner, register_and_accept
from etasu.registry.submissions.consents import Given, give_consent
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.sharing import Slice
from tests.factories.mail_server import MailServer
from tests.portals.lab_world import MARA, owes_tests
from tests.portals.patient_world import Patient, where
from tests.portals.spoken_words import Asked as Text
from tests.portals.spoken_words import in_python, in_template
from tests.portals.test_spanish import catalog
from tests.portals.world import PASSWORD, PROGRAM, Cast
from tests.programs.readability import school_grade, spanish_ease
from tests.repository.places import SOURCE

PORTALS = SOURCE / "portals"
# What of the components is on pages of patients.
SHARED = (
    *("birth_date", "cost_words", "event_words", "lab_appointment_words", "medicines", "near"),
    *("reminder_words", "results_in_words", "self_checks", "sharing_words", "side_effects"),
)
AUDIENCES = ("patient", "partner", "public")
# A text as long as this is a sentence, and not much harder than the rest; the public is told what
# the REMS is called.
SENTENCE = 8
HARDEST = {"public": 12}
# What is no word of a sentence, or the same in every language: names of columns, and our own name.
BARE = frozenset("PDF Etasu name mail role trained on site needed".split())
# Places have their names, and what is handed out in English, or in both languages, is what it is.
NAMES = frozenset({"District of Columbia", "Federated States of Micronesia"})
IN_ENGLISH = ("/en/", "/safety-card/es/")
# English words that are not Spanish ones as well: no sentence does without all of them.
ENGLISH = re.compile(
    r"\b(the|your|you|and|of|with|this|that|for|are|is|it|was|have|from|what|when|who|not|or)\b",
    re.IGNORECASE,
)
_TAGS = re.compile(r"{%.*?%}|{{.*?}}|<[^>]*>|&\w+;", re.DOTALL)
_SAID = re.compile(r"{%\s*blocktranslate\b.*?{%\s*endblocktranslate\s*%}|{#.*?#}", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]{2,}")


def asked_in(audience: str) -> set[Text]:
    """The texts on the pages of an audience, and those its views make."""
    found: set[Text] = set()
    for page in (PORTALS / "templates" / audience).glob("*.html"):
        found |= set(in_template(page.read_text(encoding="utf-8")))
    for module in (PORTALS / audience).glob("*.py"):
        found |= set(in_python(ast.parse(module.read_text(encoding="utf-8"))))
    return found


def in_components() -> set[Text]:
    """The texts that pages of patients share with others."""
    modules = (PORTALS / "components" / f"{each}.py" for each in SHARED)
    return {
        each
        for module in modules
        for each in in_python(ast.parse(module.read_text(encoding="utf-8")))
    }


def in_program(version: ProgramVersion, language: str) -> Iterator[str]:
    """What the program itself says to patients, and what a care partner is told."""
    for message in version.messages.values():
        for said in message.texts:
            if said.language == language:
                yield from (said.subject, said.sms, *filter(None, said.text.splitlines()))
    for consent in version.consents.values():
        spoken = consent.in_language(language)
        yield from (spoken.text, spoken.ends, spoken.revocation)
    assert version.lab_program is not None
    yield from (each.said(language).pays for each in version.lab_program.ways)
    if language == "en":
        told = (WORDINGS[event] for event in ("care_partner_reminded", "sharing_ends"))
        yield from (str(text) for wording in told for text in wording)


@pytest.mark.parametrize("audience", [*AUDIENCES, "components", "program"])
def test_it_is_read_in_the_eighth_grade(audience: str) -> None:
    known = catalog()
    if audience == "program":
        version = library.current().programs[PROGRAM].versions[-1]
        english, spanish = (list(in_program(version, each)) for each in ("en", "es"))
    else:
        asked = in_components() if audience == "components" else asked_in(audience)
        sentences = [each for each in asked if len(each[0].split()) > 3]
        english = [each[0] for each in sentences]
        spanish = [known[(each[0], 0) if len(each) == 2 else each[0]] for each in sentences]
    assert len(english) > 30
    assert school_grade(english) <= 8 and spanish_ease(spanish) >= 70
    long = [each for each in english if len(each.split()) > SENTENCE]
    assert [each for each in long if school_grade([each]) > HARDEST.get(audience, 10)] == []


def bare_words(template: str) -> set[str]:
    """The words of a template that no translation is asked for."""
    return set(_WORD.findall(_TAGS.sub(" ", _SAID.sub(" ", template)))) - BARE


def test_no_template_says_a_word_that_is_not_translated() -> None:
    pages = [each for each in (PORTALS / "templates").rglob("*.html") if each.is_file()]
    found = {page.name: bare_words(page.read_text(encoding="utf-8")) for page in pages}
    assert len(pages) > 250 and {name: words for name, words in found.items() if words} == {}
    assert bare_words('<p title="a">{% translate "No" %} Hello</p>') == {"Hello"}


class _Spoken(HTMLParser):
    """What a page says, but what is marked as English; and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.text: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        is_english = said.get("lang") == "en" or tag in ("script", "style")
        if tag not in ("br", "hr", "img", "input", "link", "meta"):
            self.open.append((tag, is_english or bool(self.open and self.open[-1][1])))
        if tag == "a" and said.get("href"):
            self.links.append(str(said["href"]))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self.open and self.open[-1][1]):
            self.text.append(" ".join(data.split()))


def english_on(page: str) -> list[str]:
    """The texts of a Spanish page that are English and do not say so."""
    spoken = _Spoken()
    spoken.feed(page)
    return [each for each in spoken.text if ENGLISH.search(each) and each not in NAMES]


def walked(browser: Client, begin: Iterable[str], within: tuple[str, ...]) -> dict[str, str]:
    """Every page that can be reached from there by links, and what it says."""
    found: dict[str, str] = {}
    waiting = list(begin)
    while waiting:
        address = waiting.pop()
        if address in found or not address.startswith(within) or len(found) >= 150:
            continue
        answer = browser.get(address, follow=True)
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        assert answer.status_code == 200 or address == "/p/stop/x/", address
        found[address] = answer.content.decode()
        spoken = _Spoken()
        spoken.feed(found[address])
        waiting += [each.partition("#")[0] for each in spoken.links if "?" not in each]
    return found


def test_no_page_of_patients_or_helpers_says_a_sentence_in_english(
    cast: Cast, mail: MailServer
) -> None:
    mara = owes_tests(cast, "es")
    by = {"by": PLATFORM, "at": cast.at}
    for code in library.current().programs[PROGRAM].versions[-1].consents:
        given = Given(PROGRAM, code, "patient", mara.pk, mara.number, "Mara", "link", language="es")
        give_consent(given, on=cast.today, **by)
    found_on = cast.today - timedelta(days=1)
    record_result(mara, "creatinine", collected_on=found_on, value="0.9", unit="mg/dL", **by)
    sent = invite_partner(mara, Asked("Eva", "eva@example.org", list(Slice)), **by)
    register_and_accept(sent.token, "Eva", PASSWORD, **by)
    phone, helper = Patient("es"), Client(headers={"accept-language": "es"})
    phone.browser.post("/p/choices/", {"email": MARA})
    assert where(phone.arrive(mail, MARA)) == "/p/home/"
    helper.post("/sign-in/", {"email": "eva@example.org", "password": PASSWORD})
    phone.browser.post("/p/self-check/")
    phone.browser.post("/p/tests/ask/way/", {"way": "technician"})
    plan = library.current().programs[PROGRAM].versions[-1].self_check
    assert plan is not None
    regions = [f"/p/self-check/region/{each.code}/" for each in plan.regions]
    asked = ["/p/home/", "/p/self-check/answers/", "/p/tests/ask/address/", "/p/stop/x/", *regions]
    pages = walked(phone.browser, asked, ("/p/",))
    pages |= walked(helper, ["/partner/"], ("/partner/",))
    program = f"/programs/{PROGRAM}/"
    pages |= walked(Client(headers={"accept-language": "es"}), [program], (program, "/about/"))
    assert sum(each.startswith("/p/") for each in pages) >= 30 and len(pages) >= 90
    said = {
        address: english_on(page)
        for address, page in pages.items()
        if not address.endswith(IN_ENGLISH)
    }
    assert {address: texts for address, texts in said.items() if texts} == {}
    assert english_on("<p>Lea <b>the card</b> y <i lang='en'>the guide</i></p>") == ["the card"]


def test_the_folders_looked_at_are_there() -> None:
    assert all(Path(PORTALS / "templates" / each).is_dir() for each in AUDIENCES)
