"""Authorizing a course page by page: nothing by halves, one decision, everything prefilled."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.monitoring.models import Result
from etasu.registry.submissions.models import SignedForm
from tests.portals.world import PASSWORD, Cast, make_ready

SignIn = Callable[[str], Client]


def place(cast: Cast, page: str, patient: str = "noor") -> str:
    """The address of one page of the question about a patient."""
    number = getattr(cast, patient).number
    return f"/prescriber/patients/{number}/authorize/authorize/{page}"


def days(cast: Cast, ago: int, skin_ago: int = 20) -> dict[str, str]:
    """The tests' page filled in: every test collected that many days ago."""
    asked = ["cbc-with-differential", "creatinine", "urinalysis-with-cells", "tsh", "alt-ast"]
    asked += ["bilirubin", "urine-protein-creatinine-ratio"]
    day = (cast.today - timedelta(days=ago)).isoformat()
    skin = (cast.today - timedelta(days=skin_ago)).isoformat()
    return {f"{code}-on": day for code in asked} | {"skin-exam-on": skin}


def fill_in(client: Client, cast: Cast, ago: int = 3, decision: str = "yes") -> None:
    """Every page up to checking."""
    answers = {
        "course/": {"course": "1"},
        "day/": {"planned_on": cast.today.isoformat()},
        "facility/": {"facility": cast.riverside.number},
        "tests/": days(cast, ago),
        "form-decision/": {"decision": decision} | ({"reason": "No."} if decision == "no" else {}),
    }
    for page, said in answers.items():
        response = client.post(place(cast, page), said)
        assert response.status_code == 302, (page, response.context["form"].errors)


def signature(client: Client, cast: Cast, **changed: str) -> dict[str, str]:
    """What the signing page sends."""
    page = client.get(place(cast, "sign/")).content.decode()
    found = {
        name: re.search(rf'name="{name}" value="([^"]+)"', page)[1]  # type: ignore[index]
        for name in ("shown", "form_token")
    }
    return found | {"password": PASSWORD} | changed


def counts() -> tuple[int, int, int, int]:
    """How many decisions, authorizations, forms and results there are."""
    return tuple(  # type: ignore[return-value]
        model.objects.count() for model in (Decision, Authorization, SignedForm, Result)
    )


def test_a_course_is_authorized_page_by_page(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    before = counts()
    start = client.get(place(cast, ""))
    assert start.url == place(cast, "course/")
    fill_in(client, cast)
    assert client.get(place(cast, "")).url == place(cast, "check/")
    assert counts() == before
    done = client.post(place(cast, "sign/"), signature(client, cast), follow=True)
    assert "Authorized" in done.content.decode()
    assert tuple(b - a for a, b in zip(before, counts(), strict=True)) == (1, 1, 1, 8)
    kept = SignedForm.objects.latest("id")
    assert kept.gate_answers == {"decision": "yes"}
    assert kept.answers["planned-facility"] == "Riverside"
    assert kept.answers["course"] == "1"
    assert kept.answers["cbc-collected-on"] == (cast.today - timedelta(days=3)).isoformat()
    assert kept.signer_name == "Amara Example"
    assert {r.channel for r in Result.objects.filter(patient=cast.noor)} == {"form"}


def test_a_test_of_31_days_before_is_refused_then_put_right(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    fill_in(client, cast, ago=31)
    refused = client.post(place(cast, "sign/"), signature(client, cast), follow=True)
    said = refused.content.decode()
    assert "Not authorized" in said and "31 days before" in said
    assert place(cast, "") in said
    again = client.get(place(cast, "tests/")).content.decode()
    assert (cast.today - timedelta(days=31)).isoformat() in again
    sent = client.post(place(cast, "tests/"), days(cast, 30))
    assert sent.url == place(cast, "check/")
    done = client.post(place(cast, "sign/"), signature(client, cast), follow=True)
    assert "Authorized" in done.content.decode()
    assert Authorization.objects.filter(patient=cast.noor, state="live").count() == 1


def test_sending_the_signature_twice_makes_one_decision(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    fill_in(client, cast)
    sent = signature(client, cast)
    one = client.post(place(cast, "sign/"), sent)
    two = client.post(place(cast, "sign/"), sent)
    assert one.status_code == two.status_code == 302
    assert one.url == two.url
    assert Decision.objects.filter(patient=cast.noor).count() == 1
    assert SignedForm.objects.filter(subject_id=cast.noor.pk).count() == 1


def test_sending_a_refused_signature_twice_makes_one_decision(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in("amara")
    fill_in(client, cast, ago=31)
    sent = signature(client, cast)
    assert (
        client.post(place(cast, "sign/"), sent).url == client.post(place(cast, "sign/"), sent).url
    )
    assert Decision.objects.filter(patient=cast.noor).count() == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong horse battery"}, "This is not your password"),
        ({"password": ""}, "Enter your password"),
    ],
)
def test_without_a_good_signature_nothing_is_stored(
    cast: Cast, signed_in: SignIn, changed: dict[str, str], said: str
) -> None:
    client = signed_in("amara")
    fill_in(client, cast)
    before = counts()
    page = client.post(place(cast, "sign/"), signature(client, cast, **changed))
    assert said in page.content.decode()
    assert counts() == before


def test_what_was_not_shown_is_not_signed(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    fill_in(client, cast)
    sent = signature(client, cast)
    client.post(place(cast, "facility/"), {"facility": cast.hillview.number})
    before = counts()
    page = client.post(place(cast, "sign/"), sent)
    assert "Nothing was signed" in page.content.decode()
    assert counts() == before


def test_deciding_no_is_kept_and_authorizes_nothing(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    missing = client.post(place(cast, "form-decision/"), {"decision": "no"})
    assert "Answer this question" in missing.content.decode()
    fill_in(client, cast, decision="no")
    done = client.post(place(cast, "sign/"), signature(client, cast), follow=True)
    assert "Not authorized" in done.content.decode()
    assert SignedForm.objects.latest("id").gate_answers == {"decision": "no"}
    assert not Authorization.objects.exists()


def test_a_test_not_done_is_left_empty_and_the_answer_says_so(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in("amara")
    fill_in(client, cast)
    client.post(place(cast, "tests/"), days(cast, 3) | {"tsh-on": ""})
    assert "Not done" in client.get(place(cast, "check/")).content.decode()
    done = client.post(place(cast, "sign/"), signature(client, cast), follow=True)
    said = done.content.decode()
    assert "Not authorized" in said and "None was collected in the last 30 days." in said
    assert Result.objects.filter(patient=cast.noor, test="tsh").count() == 0


def test_results_on_file_are_prefilled_and_not_recorded_again(
    cast: Cast, signed_in: SignIn
) -> None:
    make_ready(cast.noor, cast.at)
    client = signed_in("amara")
    page = client.get(place(cast, "tests/")).content.decode()
    assert page.count(f'value="{(cast.today - timedelta(days=5)).isoformat()}"') == 8
    before = Result.objects.count()
    fill_in(client, cast, ago=5)
    client.post(place(cast, "tests/"), days(cast, 5, skin_ago=5))
    client.post(place(cast, "sign/"), signature(client, cast))
    assert Result.objects.count() == before
    assert Authorization.objects.filter(patient=cast.noor).count() == 1


def test_a_second_course_does_not_ask_for_what_only_the_first_needs(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in("amara")
    client.post(place(cast, "course/"), {"course": "2"})
    client.post(place(cast, "day/"), {"planned_on": cast.today.isoformat()})
    page = client.get(place(cast, "tests/")).content.decode()
    assert "Skin exam" not in page and "Complete blood count" in page


def test_the_day_cannot_be_past_nor_a_test_collected_tomorrow(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in("amara")
    yesterday = (cast.today - timedelta(days=1)).isoformat()
    page = client.post(place(cast, "day/"), {"planned_on": yesterday})
    assert "This day is past" in page.content.decode()
    page = client.post(place(cast, "tests/"), days(cast, -1))
    assert "This day is yet to come" in page.content.decode()


def test_certified_facilities_come_first(cast: Cast, signed_in: SignIn) -> None:
    cast.hillview.refresh_from_db()
    cast.hillview.suspended_from = cast.today
    cast.hillview.save()
    page = signed_in("amara").get(place(cast, "facility/")).content.decode()
    assert page.index("Riverside") < page.index("Hillview")
    assert "Suspended" in page
    found = signed_in("amara").get(place(cast, "facility/"), {"find": "hill"}).content.decode()
    assert "Hillview" in found and "Riverside" not in found


@pytest.mark.parametrize("page", ["", "course/", "tests/", "check/", "sign/"])
def test_another_doctors_patient_and_no_patient_are_the_same_404(
    cast: Cast, signed_in: SignIn, page: str
) -> None:
    client = signed_in("amara")
    theirs = client.get(place(cast, page, "otto"))
    none = client.get(f"/prescriber/patients/7QK2M-X0B4T-N/authorize/authorize/{page}")
    assert theirs.status_code == none.status_code == 404
    ours = re.sub(r"[0-9a-f]{32}", "", theirs.content.decode())
    assert cast.otto.number not in ours.replace(place(cast, page, "otto"), "")
    assert client.get(place(cast, "prescription/")).status_code == 404
