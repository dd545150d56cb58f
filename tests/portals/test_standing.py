"""One's own standing: since when, until when, the paper, and renewing it in a few clicks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants.actions import record_step
from etasu.registry.participants.certificates import certificate_of
from etasu.registry.participants.models import Certification, Participant
from etasu.registry.reactions import participant_decertified, participant_suspended
from etasu.registry.submissions.models import Draft
from tests.portals.conftest import Moment
from tests.portals.paper_reading import squeezed, words_of
from tests.portals.renewals import Site, site_that_ends
from tests.portals.world import PASSWORD, Cast, add_person, certified, version

SignIn = Callable[[str], Client]
UNKNOWN = "7QK2M-X0B4T-N"


@pytest.fixture
def lakeside(cast: Cast) -> Site:
    """A hospital whose certification ends in 20 days."""
    return site_that_ends(cast.today + timedelta(days=20), cast.at)


def said(client: Client, address: str) -> str:
    """The page at the address, followed wherever it leads, as one line."""
    response = client.get(address, follow=True)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def code_of(participant: Participant) -> str:
    """The number on the newest certificate."""
    paper = certificate_of(participant)
    assert paper is not None
    return paper.number


def renew(client: Client, site: Site, **sent: str) -> str:
    """Answer the page that asks whether anything changed; where it leads."""
    there = f"/standing/{site.facility.number}/renew/"
    found = re.search(r'name="form_token" value="([\w-]+)"', client.get(there).content.decode())
    assert found is not None
    return str(client.post(there, {"form_token": found[1], **sent}).headers["Location"])


def sign(client: Client, there: str) -> str:
    """Sign the form at that address as it is shown; the page one arrives at."""
    page = client.get(there).content.decode()
    shown = re.search(r'name="shown" value="(\w+)"', page)
    assert shown is not None, page
    sent = {"shown": shown[1], "full_name": "Ruth Example", "password": PASSWORD}
    return client.post(there, sent, follow=True).content.decode()


class TestPage:
    """What somebody reads about their own participant."""

    def test_a_prescriber_has_a_certification_without_end_and_its_paper(
        self, cast: Cast, signed_in: SignIn, settings: Any
    ) -> None:
        settings.ETASU_SITE_URL = "https://rems.example.org"
        client = signed_in("amara")
        page = said(client, "/standing/")
        assert "Dr. Amara" in page and "It does not end" in page
        assert "6 of 6 complete" in page
        # The page stands in the prescriber's own portal.
        assert 'aria-label="Prescriber"' in page and "/prescriber/delegates/" in page
        code = code_of(cast.amara)
        file = client.get(f"/standing/{cast.amara.number}/certificates/{code}/")
        assert file.headers["Content-Type"] == "application/pdf"
        assert file.headers["Content-Disposition"].endswith(f'"certificate-{code}.pdf"')
        assert file.headers["Cache-Control"] == "no-store, private"
        words = words_of(file.content)
        assert "Dr. Amara" in words and code in words
        assert squeezed(f"https://rems.example.org/verify/{code}/") in squeezed(words)

    def test_who_works_at_a_site_sees_it_and_that_the_representative_renews(
        self, cast: Cast, signed_in: SignIn, lakeside: Site
    ) -> None:
        add_person("lemtrada", "nils", "infusion_nurse", lakeside.facility, cast.at)
        nurse = signed_in("nils")
        page = said(nurse, "/standing/")
        assert "The certification ends on Thursday, May 21, 2026." in page
        assert "Renew now" not in page and "Facility representative" in page
        assert nurse.get(f"/standing/{lakeside.facility.number}/renew/").status_code == 404

    def test_nobody_sees_the_standing_or_the_paper_of_another(
        self, cast: Cast, signed_in: SignIn
    ) -> None:
        beck, amara, code = signed_in("beck"), cast.amara, code_of(cast.amara)
        for address in (
            f"/standing/{amara.number}/",
            f"/standing/{amara.number}/certificates/{code}/",
            f"/standing/{amara.number}/renew/",
            # Another's paper under one's own number.
            f"/standing/{cast.beck.number}/certificates/{code}/",
            f"/standing/{UNKNOWN}/",
        ):
            assert beck.get(address).status_code == 404, address

    def test_who_represents_several_chooses_one(
        self, cast: Cast, signed_in: SignIn, lakeside: Site
    ) -> None:
        other = certified(
            "lemtrada", "facility", "Seaside", cast.today - timedelta(days=9), cast.at
        )
        add_person("lemtrada", "ruth", "facility_representative", other, cast.at)
        client = Client()
        client.force_login(lakeside.representative)
        held = lakeside.representative.memberships.order_by("id").first()
        assert held is not None
        client.post("/role/", {"membership": held.pk})
        page = said(client, "/standing/")
        assert "Lakeside" in page and "Seaside" in page
        assert "Renewal due" in page and f"/standing/{other.number}/" in page

    def test_a_suspension_is_said_with_its_reason_and_the_paper_is_not_printed(
        self, cast: Cast, signed_in: SignIn
    ) -> None:
        code, until = code_of(cast.amara), cast.today + timedelta(days=9)
        participant_suspended(
            cast.amara, since=cast.today, until=until, reason="Records <b>missing</b>.",
            by=PLATFORM, at=cast.at,
        )  # fmt: skip
        client = signed_in("amara")
        page = said(client, "/standing/")
        assert "suspended this certification through Sunday, May 10, 2026." in page
        assert "Records &lt;b&gt;missing&lt;/b&gt;." in page
        assert f"{code}, no longer valid" in page and "Download the certificate" not in page
        there = f"/standing/{cast.amara.number}/certificates/{code}/"
        assert "This certificate is no longer valid." in said(client, there)
        participant_decertified(
            cast.amara, on=cast.today, reason="Closed.", by=PLATFORM, at=cast.at
        )
        page = said(client, "/standing/")
        assert "taken this certification away" in page and "Closed." in page

    def test_it_is_spoken_in_spanish(self, cast: Cast, lakeside: Site, signed_in: SignIn) -> None:
        client = signed_in("ruth")
        client.post("/language/", {"language": "es", "next": "/standing/"})
        page = said(client, "/standing/")
        assert "La certificación termina el jueves 21 de mayo de 2026." in page
        assert "Renovar ahora" in page


class TestRenewing:
    """Nothing changed? Tick, and sign."""

    def test_unchanged_takes_one_tick_and_one_signature(
        self, cast: Cast, signed_in: SignIn, lakeside: Site
    ) -> None:
        client = signed_in("ruth")
        page = said(client, f"/standing/{lakeside.facility.number}/renew/")
        assert "1 Pebble Lane" in page and "617-555-0142" in page
        # What was ticked two years ago is stated again, and said so.
        assert "We will keep records and accept audits." in page
        assert "Tick this" in client.post(
            f"/standing/{lakeside.facility.number}/renew/", {}
        ).content.decode()  # fmt: skip
        there = renew(client, lakeside, holds="on")
        assert there.endswith("/sign/")
        assert "The form is signed" in sign(client, there)
        now = Participant.objects.get(pk=lakeside.facility.pk)
        assert (now.certified_from, now.certified_until) == (
            lakeside.facility.certified_from, cast.today.replace(year=2028) - timedelta(days=1),
        )  # fmt: skip
        assert now.certified_until is not None and now.certified_until > lakeside.ends
        page = said(client, "/standing/")
        assert "Renew now" not in page and "Download the certificate" in page
        # A renewal that is not open leads back.
        assert "You can renew from" in said(client, f"/standing/{now.number}/renew/")

    def test_sent_twice_it_is_one_draft_and_one_certification(
        self, cast: Cast, signed_in: SignIn, lakeside: Site
    ) -> None:
        client, there = signed_in("ruth"), f"/standing/{lakeside.facility.number}/renew/"
        sent = {"form_token": "one", "holds": "on"}
        (first, second) = (client.post(there, sent).headers["Location"] for _ in range(2))
        assert first == second
        assert Draft.objects.filter(subject_id=lakeside.facility.pk).count() == 2
        sign(client, first)
        sign_page = client.get(first, follow=True).content.decode()
        assert "The form is signed" in sign_page
        assert Certification.objects.filter(participant=lakeside.facility).count() == 2

    def test_what_somebody_changed_already_is_what_the_page_shows_and_what_is_signed(
        self, cast: Cast, signed_in: SignIn, lakeside: Site
    ) -> None:
        client = signed_in("ruth")
        there = renew(client, lakeside, change="yes")
        assert "/sign/" not in there
        draft = Draft.objects.latest("id")
        changed = {"address": "9 Changed Street"}
        from etasu.registry.audit.actors import Actor
        from etasu.registry.submissions.actions import save_answers

        by = Actor(lakeside.representative.number, "facility_representative")
        save_answers(draft, changed, seen_revision=draft.revision, by=by, at=cast.at)
        page = said(client, f"/standing/{lakeside.facility.number}/renew/")
        assert "9 Changed Street" in page and "1 Pebble Lane" not in page
        text = client.get(renew(client, lakeside, holds="on")).content.decode()
        assert "9 Changed Street" in text

    def test_who_lapsed_comes_back_without_starting_over(
        self, cast: Cast, signed_in: SignIn, moment: Moment, lakeside: Site
    ) -> None:
        moment.now = cast.at + timedelta(days=60)
        client = signed_in("ruth")
        page = said(client, "/standing/")
        assert "The certification ended on Thursday, May 21, 2026." in page
        assert "0 of 1 complete" in page and "Only the steps below" in page
        sign(client, renew(client, lakeside, holds="on"))
        now = Participant.objects.get(pk=lakeside.facility.pk)
        assert now.certified_from == moment.now.date()
        # What a person did once is not done again; what the form states is stated again.
        assert now.steps.filter(step="reviewed-education-program").count() == 1
        assert now.steps.filter(step="staff-trained").count() == 2
        assert "Download the certificate" in said(client, "/standing/")

    def test_a_step_on_record_alone_asks_for_what_is_missing(
        self, cast: Cast, signed_in: SignIn
    ) -> None:
        """A site brought in without its form: nothing is on record to confirm."""
        begins = (cast.today + timedelta(days=11)).replace(year=cast.today.year - 2)
        site = certified("lemtrada", "facility", "Paper Site", begins, cast.at)
        add_person("lemtrada", "paul", "facility_representative", site, cast.at)
        client = signed_in("paul")
        page = said(client, f"/standing/{site.number}/renew/")
        assert "You are asked for those alone." in page and 'name="holds"' not in page
        there = client.post(f"/standing/{site.number}/renew/", {"change": "yes"}, follow=True)
        assert there.status_code == 200 and "/forms/" in there.redirect_chain[-1][0]

    def test_other_steps_that_are_left_are_pointed_to(
        self, cast: Cast, signed_in: SignIn, lakeside: Site
    ) -> None:
        from etasu.registry.participants.actions import record_representative_left

        record_representative_left(
            lakeside.facility, version("lemtrada", cast.today), on=cast.today - timedelta(days=3),
            by=PLATFORM, at=cast.at,
        )  # fmt: skip
        client = signed_in("ruth")
        page = said(client, "/standing/")
        assert "The representative on record has left." in page
        assert "Other steps are left besides this form." in said(
            client, f"/standing/{lakeside.facility.number}/renew/"
        )
        for step in ("representative-designated", "representative-registered"):
            record_step(
                lakeside.facility, version("lemtrada", cast.today), step, on=cast.today,
                by=PLATFORM, at=cast.at,
            )  # fmt: skip
        assert "2 of 4 complete" in said(client, "/standing/")
