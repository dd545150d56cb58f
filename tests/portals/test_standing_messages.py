"""Messages: one's own, those given up, and a certificate anybody can verify."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.clock.sender import Letterhead, send_waiting
from etasu.registry.accounts import delays
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices.actions import Message, queue
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import lift_suspension
from etasu.registry.participants.certificates import certificate_of
from etasu.registry.participants.models import Participant
from etasu.registry.reactions import hold_opened, participant_decertified, participant_suspended
from tests.clock.smtp import MailServer, site_mail
from tests.portals.conftest import Moment
from tests.portals.world import NOW, Cast, add_person, authorize_course, certified

SignIn = Callable[[str], Client]
TODAY = NOW.date()
SITE = Letterhead("Harbor REMS", "https://rems.example.org", "no-reply@example.org")


def said(client: Client, address: str) -> str:
    """The page at the address as one line."""
    response = client.get(address, follow=True)
    return " ".join(response.content.decode().split())


def suspend(cast: Cast) -> Notice:
    """Dr. Amara is suspended; the message about it."""
    participant_suspended(
        cast.amara, since=cast.today, until=None, reason="No records.", by=PLATFORM, at=cast.at
    )
    return Notice.objects.get(event="certification_suspended")


def tell(cast: Cast, name: str, number: int, **more: Any) -> Notice:
    """A message for somebody of the cast."""
    program = more.pop("program", "lemtrada")
    facts = {"participant": cast.amara.number, "until": "2026-05-21"}
    about = Message(
        program, "2024-03-04", "facility-renewal", "certification_ends", "prescriber",
        ("participant", cast.amara.number), str(number), ("portal", "email"), facts,
    )  # fmt: skip
    person = User.objects.get(email=f"{name}@example.org")
    at = cast.at - timedelta(minutes=number)
    queued = queue(about, person, due=at, by=PLATFORM, at=at)
    assert queued is not None
    return queued


class TestInbox:
    """What somebody finds in the portal."""

    def test_a_message_is_counted_until_it_is_opened(self, cast: Cast, signed_in: SignIn) -> None:
        notice = suspend(cast)
        client = signed_in("amara")
        page = said(client, "/prescriber/")
        assert re.search(r"Messages \(1\s*<span", page)
        page = said(client, "/messages/")
        assert "The certification of Dr. Amara is suspended" in page and ">New<" in page
        there = f"/messages/{notice.number}/"
        client.head(there)
        assert Notice.objects.get().read_at is None
        page = said(client, there)
        assert "From Friday, May 1, 2026 nothing is authorized through it." in page
        assert "“No records.”" in page and f"/standing/{cast.amara.number}/" in page
        assert Notice.objects.get().read_at == cast.at
        assert not re.search(r"Messages \(", said(client, "/messages/"))

    def test_nobody_opens_the_message_of_another(self, cast: Cast, signed_in: SignIn) -> None:
        notice = suspend(cast)
        for name in ("beck", "ada"):
            assert signed_in(name).get(f"/messages/{notice.number}/").status_code == 404
            assert "is suspended" not in said(signed_in(name), "/messages/")

    def test_old_messages_are_reached_page_by_page(self, cast: Cast, signed_in: SignIn) -> None:
        for number in range(60):
            tell(cast, "amara", number)
        client = signed_in("amara")
        page, seen = client.get("/messages/").content.decode(), set[str]()
        for count in (50, 10):
            found = set(re.findall(r'href="/messages/([0-9A-Z-]+)/"', page))
            assert len(found) == count and not found & seen
            seen |= found
            older = re.search(r'href="/messages/(\?before=[0-9A-Z-]+)"', page)
            page = client.get(f"/messages/{older[1]}").content.decode() if older else ""
        assert len(seen) == 60 and page == ""

    def test_what_is_said_of_a_patient_leads_the_prescriber_to_the_page(
        self, cast: Cast, signed_in: SignIn
    ) -> None:
        authorize_course(cast)
        add_person("lemtrada", "rita", "facility_representative", cast.riverside, cast.at)
        hold_opened(cast.mara, "low-count", reason="count", on=cast.today, by=PLATFORM, at=cast.at)
        notice = Notice.objects.get(recipient__email="rita@example.org")
        page = said(signed_in("rita"), f"/messages/{notice.number}/")
        assert cast.mara.number in page and "Mara Lindqvist" not in page
        assert "Nothing is authorized until the hold ends." in page

    def test_a_person_without_a_role_keeps_their_messages(
        self, cast: Cast, signed_in: SignIn
    ) -> None:
        suspend(cast)
        client = signed_in("amara")
        User.objects.get(email="amara@example.org").memberships.update(
            ended_at=cast.at, ended_by="a"
        )
        page = said(client, "/messages/")
        assert "is suspended" in page and "/standing/" not in page

    def test_lifting_is_told_once(self, cast: Cast) -> None:
        suspend(cast)
        cast.amara.refresh_from_db()
        lift_suspension(cast.amara, reason="done", by=PLATFORM, at=cast.at)
        assert Notice.objects.filter(event="certification_restored").count() == 1


class TestUndelivered:
    """What the mail server would not take."""

    @pytest.fixture
    def server(self) -> Any:
        """A mail server that refuses everybody at first."""
        with site_mail() as found:
            found.behave = lambda command, begun: "550 no" if command == "RCPT" else ""
            yield found

    def test_a_message_given_up_is_seen_tried_again_once_and_arrives(
        self, cast: Cast, signed_in: SignIn, server: MailServer, moment: Moment
    ) -> None:
        notice = suspend(cast)
        assert send_waiting(cast.at, SITE)["given_up"] == 1
        ada, quinn = signed_in("ada"), signed_in("quinn")
        assert "1 message could not be delivered." in said(ada, "/administrator/")
        there = f"/messages/undelivered/{notice.number}/"
        for client in (ada, quinn):
            page = said(client, "/messages/undelivered/")
            assert "Amara Example" in page and "The address takes no mail" in page
        # An auditor reads; nobody else knows the page is there.
        assert quinn.get(there).status_code == 404
        assert signed_in("amara").get("/messages/undelivered/").status_code == 404
        server.behave = lambda command, begun: ""
        page = said(ada, there)
        assert "after 1 try." in page and "their present address" in page
        for _ in range(2):
            page = ada.post(there, {"form_token": "one"}, follow=True).content.decode()
        assert "Every message has been delivered or is on its way." in page
        assert AuditEntry.objects.filter(verb="notice.tried_again").count() == 1
        assert send_waiting(cast.at, SITE)["sent"] == 1
        (mail,) = server.messages
        assert mail["To"] == "amara@example.org"
        for secret in ("amara example", "lemtrada", "suspen", "certif", "sclerosis"):
            assert secret not in mail.as_string().lower(), secret
        assert "could not be delivered" not in said(ada, "/administrator/")

    def test_another_programs_messages_are_not_to_be_seen(
        self, cast: Cast, signed_in: SignIn, server: MailServer
    ) -> None:
        notice = tell(cast, "amara", 1, program="teaching")
        send_waiting(cast.at, SITE)
        assert Notice.objects.get().state == "failed"
        ada = signed_in("ada")
        assert notice.number not in said(ada, "/messages/undelivered/")
        ada.post(f"/messages/undelivered/{notice.number}/", {"form_token": "two"})
        assert Notice.objects.get().state == "failed"


class TestVerifying:
    """A page for anybody, which says nothing of what it does not know."""

    @pytest.fixture
    def amara(self, db: None, moment: Moment) -> Participant:
        """Dr. Amara, certified."""
        on = TODAY - timedelta(days=200)
        return certified("lemtrada", "prescriber", "Dr. Amara", on, NOW)

    def code(self, amara: Participant) -> str:
        """Dr. Amara's certificate."""
        paper = certificate_of(amara)
        assert paper is not None
        return paper.number

    def verify(self, typed: str) -> tuple[str, str]:
        """What a stranger reads who typed that; and where."""
        page = Client().post("/verify/", {"number": typed}, follow=True)
        where = page.redirect_chain[-1][0] if page.redirect_chain else "/verify/"
        return " ".join(page.content.decode().split()), where

    def test_a_stranger_sees_who_is_certified_as_what_and_until_when(
        self, amara: Participant
    ) -> None:
        code = self.code(amara)
        page, where = self.verify(f" {code.lower().replace('-', ' ')} ")
        assert where == f"/verify/{code}/"
        for each in ("Valid", "Dr. Amara", "Prescriber", "No end", "holds today"):
            assert each in page
        assert "1234567893" not in page and amara.number not in page

    def test_what_is_no_longer_valid_says_so_from_that_moment(self, amara: Participant) -> None:
        participant_decertified(amara, on=TODAY, reason="x", by=PLATFORM, at=NOW)
        page, _where = self.verify(self.code(amara))
        assert "Not valid" in page and "no longer valid" in page

    def test_an_unknown_code_looks_like_a_mistyped_one_and_like_another_number(
        self, amara: Participant
    ) -> None:
        code = self.code(amara)
        mistyped = code[:-1] + ("A" if code[-1] != "A" else "B")
        shapes = set()
        for typed in ("7QK2M-X0B4T-N", mistyped, amara.number, "<b>x</b>", "' OR 1=1 --"):
            page, where = self.verify(typed)
            printed = where.removeprefix("/verify/").rstrip("/")
            assert "No valid certificate has this number." in page, typed
            page = re.sub(r'(csrfmiddlewaretoken"|form_token") value="[\w-]+"', "", page)
            shapes.add(page.replace(printed, "CODE"))
        assert len(shapes) == 1
        assert "Enter the code on the certificate" in self.verify(" - ")[0]

    def test_whoever_tries_many_codes_waits(
        self, amara: Participant, moment: Moment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert delays.PACES["verify"].free <= 60
        quick = delays.PACES["verify"]._replace(free=3)
        monkeypatch.setitem(delays.PACES, "verify", quick)
        client, there = Client(), f"/verify/{self.code(amara)}/"
        answers = [client.get(there).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 200, 429]
        refused = client.get(there)
        assert refused.headers["Retry-After"] == "2"
        page = refused.content.decode()
        assert "Wait 2 seconds" in page and "account is not locked" not in page
        assert "Dr. Amara" not in page
        moment.now += timedelta(seconds=3)
        assert "Dr. Amara" in client.get(there).content.decode()

    def test_every_page_leads_there(self, amara: Participant) -> None:
        assert 'href="/verify/"' in Client().get("/").content.decode()

    def test_a_lapsed_paper_and_a_suspension_that_is_over(
        self, amara: Participant, moment: Moment
    ) -> None:
        on = TODAY - timedelta(days=800)
        gone = certified("lemtrada", "facility", "Gone", on, NOW)
        paper = certificate_of(gone)
        assert paper is not None
        assert "no longer valid" in self.verify(paper.number)[0]
        participant_suspended(amara, since=TODAY, until=TODAY, reason="x", by=PLATFORM, at=NOW)
        assert "Not valid" in self.verify(self.code(amara))[0]
        moment.now += timedelta(days=1)
        assert "holds today" in self.verify(self.code(amara))[0]


class TestStopping:
    """The administrator's pages that take a standing away and give it back."""

    def test_a_suspension_that_is_over_is_not_lifted_and_another_can_begin(
        self, cast: Cast, signed_in: SignIn, moment: Moment
    ) -> None:
        participant_suspended(
            cast.riverside, since=cast.today, until=cast.today, reason="x", by=PLATFORM, at=cast.at
        )
        client, there = signed_in("ada"), f"/administrator/participants/{cast.riverside.number}/"
        assert f"{there}lift/" in said(client, there)
        moment.now += timedelta(days=1)
        client = signed_in("ada")
        page = said(client, there)
        assert f"{there}lift/" not in page and f"{there}suspend/" in page
        assert client.get(f"{there}lift/").status_code == 302
        assert client.get(f"{there}suspend/").status_code == 200

    def test_only_what_falls_into_its_days_is_taken_back(self, cast: Cast) -> None:
        from tests.portals.world import ask_gate

        authorize_course(cast)
        assert ask_gate(cast, "ben", "infuse", cast.mara).said["outcome"] == "authorized"
        later = cast.today + timedelta(days=20)
        participant_suspended(
            cast.riverside, since=later, until=None, reason="x", by=PLATFORM, at=cast.at
        )
        live = cast.mara.authorizations.filter(state="live").values_list("gate", flat=True)
        assert set(live) == {"authorize", "infuse"}
        participant_suspended(
            cast.riverside, since=cast.today, until=None, reason="x", by=PLATFORM, at=cast.at
        )
        live = cast.mara.authorizations.filter(state="live").values_list("gate", flat=True)
        assert set(live) == {"authorize"}
