"""The pages of representatives, delegates and invitations speak Spanish throughout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from django.test import Client

from etasu.registry.accounts import access
from etasu.registry.participants.models import Invitation, RosterFile
from etasu.registry.participants.roster import roster_of
from tests.factories.mail_server import MailServer, link_in
from tests.factories.organizations import roster
from tests.portals.html_checks import html_problems
from tests.portals.test_delegates import membership
from tests.portals.test_organization import NEXT, PLACE, site_of
from tests.portals.test_organization_rosters import BAD, upload
from tests.portals.test_spanish import catalog
from tests.portals.world import PROGRAM, Cast, add_person

SignIn = Callable[[str], Client]


class _Words(HTMLParser):
    """The texts of a page that are not said to be English."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("input", "link", "meta", "br", "img", "hr"):
            self.open.append(
                dict(attrs).get("lang") == "en" or tag in ("script", "style", "option")
            )

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(self.open):
            self.said.append(re.sub(r"\s+", " ", data.strip()))


def english_on(client: Client, address: str) -> Iterator[str]:
    """Texts on a page that have a Spanish wording and are shown in English."""
    shown = client.get(address, follow=True, headers={"accept-language": "es"})
    text = shown.content.decode()
    assert shown.status_code == 200 and html_problems(text) == [], address
    assert '<html lang="es">' in text
    words = _Words()
    words.feed(text)
    known = {key: said for key, said in catalog().items() if isinstance(key, str) and key != said}
    spanish = set(catalog().values())
    for said in words.said:
        if said in known and said not in spanish:
            yield f"{address}: {said}"


def test_every_page_is_in_spanish(cast: Cast, signed_in: SignIn, mail: MailServer) -> None:
    add_person(PROGRAM, "rita", access.FACILITY_REPRESENTATIVE, cast.riverside, cast.at)
    rita = signed_in("rita")
    upload(rita, cast, roster("Ines Lake,ines@example.org,nurse,", *BAD))
    rita.post(site_of(cast.riverside, "representative/"), NEXT | {"replaces": "nobody"})
    rita.post("/organization/new/", {"name": "Riverside Health"})
    rita.post("/organization/sites/add/", PLACE)
    add_person(PROGRAM, "dana", access.DELEGATE, cast.amara, cast.at)
    add_person(PROGRAM, "dana", access.DELEGATE, cast.beck, cast.at)
    dana, amara = signed_in("dana"), signed_in("amara")
    held = membership("Dr. Amara").pk
    dana.post("/role/", {"membership": held})
    [file], [entry] = RosterFile.objects.all(), roster_of(cast.riverside)
    [invited] = Invitation.objects.all()
    mine = rita.get(site_of(cast.riverside)).context["representatives"].rows[0][-1].url
    here = site_of(cast.riverside)
    pages = [
        (rita, "/organization/"), (rita, here), (rita, "/organization/sites/add/"), (rita, mine),
        *((rita, f"{here}{rest}/") for rest in ("representative", "enroll", "roster",
                                                "roster/send", "roster/person")),
        (rita, f"/organization/roster-files/{file.number}/"),
        (rita, f"/organization/roster/{entry.pk}/remove/"),
        (rita, f"/organization/invitations/{invited.number}/"),
        (dana, "/delegate/"), (dana, "/delegate/prescribers/"),
        (dana, f"/delegate/patients/{cast.mara.number}/"),
        (dana, f"/delegate/patients/{cast.otto.number}/"),
        (dana, f"/delegate/prescribers/{held}/leave/"),
        (amara, "/prescriber/delegates/"), (amara, "/prescriber/delegates/invite/"),
        (amara, f"/prescriber/delegates/{held}/end/"),
        (Client(), link_in(mail.newest_to("cleo@example.org"))),
    ]  # fmt: skip
    assert [said for client, address in pages for said in english_on(client, address)] == []
