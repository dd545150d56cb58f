"""What a prescriber can do besides authorizing: see own patients, hold, ask, take back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.patients.models import Hold
from etasu.registry.reactions import infusion_given
from tests.portals.conftest import Moment
from tests.portals.world import Cast, actor, ask_gate, authorize_course, ready_patient

SignIn = Callable[[str], Client]


def test_home_lists_own_patients_and_nobody_elses(cast: Cast, signed_in: SignIn) -> None:
    page = signed_in("amara").get("/prescriber/").content.decode()
    assert "Mara Lindqvist" in page and "Noor Haddad" in page
    assert "Otto" not in page and cast.otto.number not in page
    assert page.count("Authorize course 1") == 2


def test_a_search_is_not_written_into_the_address(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    sent = client.post("/prescriber/", {"words": "noor"})
    assert sent.url == "/prescriber/"
    page = client.get("/prescriber/").content.decode()
    assert "Noor Haddad" in page and "Mara Lindqvist" not in page
    client.post("/prescriber/", {"words": cast.mara.number.lower()})
    assert "Mara Lindqvist" in client.get("/prescriber/").content.decode()
    client.post("/prescriber/", {"words": "otto"})
    assert "Otto Brandt" not in client.get("/prescriber/").content.decode()
    client.post("/prescriber/", {"clear": "yes", "words": "otto"})
    assert "Noor Haddad" in client.get("/prescriber/").content.decode()


def test_the_list_says_what_is_next(cast: Cast, signed_in: SignIn, moment: Moment) -> None:
    client = signed_in("amara")
    authorize_course(cast)
    assert "First infusion by" in client.get("/prescriber/?show=authorized").content.decode()
    assert ask_gate(cast, "ben", "infuse", cast.mara).said["outcome"] == "authorized"
    infusion_given(
        cast.mara,
        course=1,
        given_on=cast.today,
        facility=cast.riverside,
        by=actor("ben"),
        at=moment.now,
    )
    page = client.get("/prescriber/?show=running").content.decode()
    assert "Course 1: day 1 of 5 given" in page and "Infusion day 2" in page
    assert "Noor" not in page


def test_the_patient_page_has_everything_on_record(cast: Cast, signed_in: SignIn) -> None:
    given = authorize_course(cast)
    page = signed_in("amara").get(f"/prescriber/patients/{cast.mara.number}/").content.decode()
    assert "Mara Lindqvist" in page and given.decision.number in page
    for said in ("Complete blood count with differential", "Dr. Amara", "Authorize a course"):
        assert said in page


def test_treatment_is_held_back_and_let_go_on(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    there = f"/prescriber/patients/{cast.mara.number}/holds/"
    page = client.post(there, {"code": "infection", "reason": ""})
    assert "Say why" in page.content.decode()
    for _ in range(2):
        client.post(there, {"code": "infection", "reason": "Fever since Monday."})
    hold = Hold.objects.get()
    assert 'tag--stop">On hold' in client.get("/prescriber/?show=held").content.decode()
    assert ask_gate(cast, "amara", "authorize", cast.mara).said["outcome"] == "not_authorized"
    page = client.post(f"{there}{hold.pk}/", {"reason": "Recovered."}, follow=True)
    assert "The hold is ended." in page.content.decode()
    hold.refresh_from_db()
    assert hold.closed_reason == "Recovered."
    client.post(f"{there}{hold.pk}/", {"reason": "Again."})
    hold.refresh_from_db()
    assert hold.closed_reason == "Recovered."


def test_a_question_that_authorizes_nothing_takes_one_page(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    there = f"/prescriber/patients/{cast.mara.number}/ask/prescribe/"
    assert "May this patient be prescribed the drug?" in client.get(there).content.decode()
    sent = {"planned_on": cast.today.isoformat(), "form_token": "one"}
    page = client.post(there, sent, follow=True)
    assert "Authorized" in page.content.decode()
    assert client.post(there, sent, follow=True).redirect_chain == page.redirect_chain
    assert Decision.objects.count() == 1
    assert not Authorization.objects.exists()


def test_an_authorization_is_taken_back_with_a_reason(cast: Cast, signed_in: SignIn) -> None:
    given = authorize_course(cast)
    client = signed_in("amara")
    there = f"/prescriber/authorizations/{given.decision.number}/take-back/"
    answer = f"/prescriber/decisions/{given.decision.number}/"
    assert there in client.get(answer).content.decode()
    assert client.post(there, {"reason": ""}).status_code == 200
    page = client.post(there, {"reason": "Planned later."}, follow=True).content.decode()
    assert "Taken back" in page and "Planned later." in page
    assert there not in page
    assert client.get(there).status_code == 404


@pytest.mark.parametrize("who", ["beck", "ben", "cora", "ada", "quinn"])
def test_nobody_else_opens_or_changes_an_own_patient(
    cast: Cast, signed_in: SignIn, who: str
) -> None:
    given = authorize_course(cast)
    client = signed_in(who)
    number = cast.mara.number
    places = [
        f"/prescriber/patients/{number}/",
        f"/prescriber/patients/{number}/holds/",
        f"/prescriber/patients/{number}/ask/prescribe/",
        f"/prescriber/authorizations/{given.decision.number}/take-back/",
    ]
    for there in places:
        assert client.get(there).status_code == 404
        sent = client.post(there, {"code": "infection", "reason": "x"})
        assert sent.status_code in (404, 405)
        assert b"Mara" not in client.get(there).content
    assert Authorization.objects.get().state == "live"
    assert not Hold.objects.exists()


def test_a_longer_list_takes_no_more_queries(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/prescriber/").status_code == 200
        return len(asked)

    queries()
    before = queries()
    for n in range(10):
        ready_patient(cast.mara.program, f"Patient {n}", cast.amara, cast.at)
    assert queries() == before
