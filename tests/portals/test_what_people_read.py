"""Whatever patients and their helpers read: whole in Spanish, on every page there is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

from django.test import Client

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.actions import record_result
from etasu.registry.patient_support.sharing import Asked, invite_partner, register_and_accept
from etasu.registry.submissions.consents import Given, give_consent
from etasu.safe_use.sharing import Slice
from tests.factories.mail_server import MailServer
from tests.portals.lab_world import MARA, owes_tests
from tests.portals.patient_texts import AUDIENCES, PORTALS
from tests.portals.patient_world import Patient, where
from tests.portals.world import PASSWORD, PROGRAM, Cast

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
