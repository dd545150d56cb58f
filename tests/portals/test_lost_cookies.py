"""A browser that forgets its cookies, or changes its language, in the middle of a form."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from etasu.portals.components.sections import menu_of
from etasu.registry.submissions.facts import answers_of
from tests.portals.account_people import sign_in, text
from tests.portals.test_form_pages import a_desk
from tests.portals.world import Cast

SignIn = Callable[[str], Client]
HERE = "http://testserver"


def test_what_was_typed_waits_for_its_owner_when_every_cookie_is_gone(
    cast: Cast, signed_in: SignIn
) -> None:
    desk = a_desk("patient-status", cast, signed_in)
    code = next(code for code in ("events", "patient") if desk.keys(code))
    shown = desk.client.get(desk.place(code)).content.decode()
    (owner,) = re.findall(r'name="for_person" value="([^"]+)"', shown)
    sent = desk.sent(code, desk.seen(code)) | {"for_person": owner}
    bare = Client(enforce_csrf_checks=True)
    # Another site's page cannot have anything kept, and neither can a made-up owner.
    assert (
        bare.post(desk.place(code), sent, headers={"origin": "https://a.example"}).status_code
        == 403
    )
    made_up = sent | {"for_person": owner.replace(owner[:2], "xx")}
    assert bare.post(desk.place(code), made_up, headers={"origin": HERE}).status_code == 403
    assert "kept_form" not in bare.session
    answer = bare.post(desk.place(code), sent, headers={"origin": HERE})
    assert (answer.status_code, answer["Location"]) == (303, "/sign-in/")
    # Whoever signs in next in this browser is not shown it unless it is theirs.
    other = Client()
    other.cookies = bare.cookies
    assert sign_in(other, "beck@example.org")["Location"] == "/"
    owners = Client()
    assert owners.post(desk.place(code), sent)["Location"].startswith("/sign-in/")
    assert sign_in(owners, "amara@example.org")["Location"] == "/account/kept/"
    kept = text(owners.get("/account/kept/"))
    assert f'action="{desk.place(code)}"' in kept
    again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', kept))
    assert owners.post(desk.place(code), again).status_code == 302
    known = answers_of(desk.draft)
    assert {key: known[key] for key in desk.keys(code) if key in sent} == {
        key: sent[key] for key in desk.keys(code) if key in sent
    }


def test_a_patient_whose_device_forgot_the_link_is_told_to_open_it_again(cast: Cast) -> None:
    bare = Client(enforce_csrf_checks=True)
    refused = bare.post("/p/form/sign/", {"full_name": "Mara"}, headers={"origin": HERE})
    assert refused.status_code == 403
    assert "Open the link in the message once more" in text(refused)
    assert "Go to the start, open the form" in text(bare.post("/sign-in/", {"email": "x"}))


def test_without_script_the_site_asks_before_what_is_typed_is_lost(cast: Cast) -> None:
    client = Client()
    assert 'name="unsent" value="yes"' in text(client.get("/sign-in/"))
    sent = {"language": "es", "next": "/sign-in/", "unsent": "yes"}
    asked = client.post("/language/", sent)
    assert "Change it now" in text(asked) and "django_language" not in client.cookies
    del sent["unsent"]
    assert client.post("/language/", sent)["Location"] == "/sign-in/"
    assert client.cookies["django_language"].value == "es"


def test_a_role_has_one_menu_on_every_page_and_it_counts_the_forms_under_way(
    cast: Cast, signed_in: SignIn
) -> None:
    amara = a_desk("patient-status", cast, signed_in).client
    pages = ("/prescriber/", "/forms/", "/standing/", "/messages/", "/account/profile/")
    menus = [
        re.findall(r'<nav class="sections".*?</nav>', text(amara.get(each, follow=True)), re.S)[0]
        for each in pages
    ]
    bare = {re.sub(r'aria-current="page"|\s+', " ", each).replace(" >", ">") for each in menus}
    assert len({re.sub(r"\s+", "", each) for each in bare}) == 1
    assert "Forms under way (1)" in menus[0]
    assert "Forms under way (" not in text(signed_in("beck").get("/prescriber/"))
    assert menu_of(None) is None
