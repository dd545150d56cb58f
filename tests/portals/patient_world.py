"""A form a patient is to sign, the message that brings the link, and the patient at a phone."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.test import Client

from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.actions import Beginning, begin_draft, save_answers
from etasu.registry.submissions.facts import definition_of
from etasu.registry.submissions.models import Draft
from etasu.safe_use.forms import CONSENT
from tests.factories.mail_server import MailServer, link_in
from tests.portals.world import PROGRAM, Cast
from tests.registry.drafting import right_answers

FORM = "patient-enrollment"
BORN = date(1984, 3, 7)
ADDRESS = "lucia@example.org"
NEEDED = "hipaa-authorization"
OPTIONAL = ("nurse-support", "copay-support", "events", "community")
BIRTH_DATE = {"month": "3", "day": "7", "year": "1984"}


def a_form(cast: Cast, **more: str) -> Draft:
    """Lucía's enrollment form as the practice filled it in: all but what she allows."""
    beginning = Beginning(PROGRAM, FORM, "patient", None, owner_id=cast.amara.pk)
    by = Actor("delegate", "delegate")
    draft = begin_draft(beginning, by=by, at=cast.at, on=cast.today)
    answers = right_answers(definition_of(draft)[1], cast.today)
    answers = {key: said for key, said in answers.items() if not key.startswith(CONSENT)}
    answers |= {"first-name": "Lucía", "last-name": "Ortega", "birth-date": BORN.isoformat()}
    answers |= {"email": ADDRESS, "language": "Spanish", **more}
    save_answers(draft, answers, seen_revision=draft.revision, by=by, at=cast.at)
    draft.refresh_from_db()
    return draft


def send(client: Client, draft: Draft, **more: str) -> Any:
    """Somebody of the practice sends the link."""
    return client.post(f"/patient/forms/{draft.number}/link/send/", more, follow=True)


class Patient:
    """Somebody at a phone, with a browser of their own."""

    def __init__(self, language: str = "") -> None:
        headers = {"accept-language": language} if language else {}
        self.browser = Client(headers=headers)

    def open(self, address: str) -> Any:
        """Open an address, and go where it leads."""
        return self.browser.get(address, follow=True)

    def prove(self, **more: str) -> Any:
        """Give the birth date."""
        return self.browser.post("/p/start/", BIRTH_DATE | more, follow=True)

    def arrive(self, mail: MailServer, to: str = ADDRESS) -> Any:
        """Open the newest message's link and give the birth date."""
        self.open(link_in(mail.newest_to(to)))
        return self.prove()

    def allow(self, code: str, said: str = "yes") -> Any:
        """Answer one thing."""
        return self.browser.post(f"/p/form/allow/{code}/", {"allow": said}, follow=True)

    def allow_all(self, **said: str) -> Any:
        """Answer everything; no to what is optional, unless said."""
        answer = self.allow(NEEDED)
        for code in OPTIONAL:
            answer = self.allow(code, said.get(code.replace("-", "_"), "no"))
        return self.agree() if where(answer) == "/p/form/agree/" else answer

    def agree(self, *unticked: str) -> Any:
        """Tick every statement, or all but some."""
        page = self.browser.get("/p/form/agree/").content.decode()
        boxes = re.findall(r'<input type="checkbox" name="([^"]+)"', page)
        ticked = {each: "on" for each in boxes if each not in unticked}
        return self.browser.post("/p/form/agree/", ticked, follow=True)

    def sign(self, name: str = "Lucía Ortega", relationship: str = "self") -> Any:
        """Sign."""
        sent = {"full_name": name, "relationship": relationship}
        return self.browser.post("/p/form/sign/", sent, follow=True)

    def sign_it_all(self, mail: MailServer, **said: str) -> Any:
        """From the message to the signature."""
        self.arrive(mail)
        self.allow_all(**said)
        self.open("/p/form/read/")
        return self.sign()


def words(response: Any) -> str:
    """The text of a page, without its tags."""
    found = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(found.split())


def where(response: Any) -> str:
    """The address a chain of redirects ended at."""
    return str(response.request["PATH_INFO"])
