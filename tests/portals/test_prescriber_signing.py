"""A signed request is kept whole or not at all, whatever goes wrong, however often it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client

from etasu.programs import library
from etasu.registry import reactions
from etasu.registry.authorizations import actions
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.requests import AuthorizationRequest, BadRequest
from etasu.registry.authorizations.signed import FormAsSigned, ReportedTest, SignedRequest
from etasu.registry.monitoring.models import Result
from etasu.registry.submissions.models import SignedForm
from tests.factories.answers import right_answers
from tests.portals.test_prescriber_authorize import fill_in, place, signature
from tests.portals.world import NOW, Cast, add_person, asker, certified, enrolled

SignIn = Callable[[str], Client]


def request_about(cast: Cast, patient: str = "noor") -> AuthorizationRequest:
    """A course at Riverside, today."""
    number = getattr(cast, patient).number
    return AuthorizationRequest(
        cast.noor.program, "authorize", number, cast.today, 1, cast.riverside.number
    )


def form(code: str = "patient-authorization") -> FormAsSigned:
    """A form that says yes."""
    return FormAsSigned(code, {"decision": "yes"}, "Amara Example")


def counts() -> tuple[int, int, int]:
    """Forms, results and decisions on record."""
    return SignedForm.objects.count(), Result.objects.count(), Decision.objects.count()


@pytest.mark.parametrize(
    ("patient", "signed", "test", "days_ago"),
    [
        ("otto", "patient-authorization", "tsh", 1),
        ("noor", "patient-authorization", "no-such-test", 1),
        ("noor", "patient-authorization", "tsh", -1),
        ("noor", "infusion-checklist", "tsh", 1),
        ("noor", "no-such-form", "tsh", 1),
    ],
)
def test_what_cannot_be_signed_leaves_nothing(
    cast: Cast, patient: str, signed: str, test: str, days_ago: int
) -> None:
    before = counts()
    tests = (ReportedTest(test, cast.today - timedelta(days=days_ago)),)
    wanted = SignedRequest(request_about(cast, patient), form(signed), tests)
    with pytest.raises(BadRequest):
        reactions.signed_request(wanted, by=asker("amara"), at=cast.at)
    assert counts() == before


def test_when_the_gate_breaks_neither_form_nor_result_is_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    before = counts()
    monkeypatch.setattr(actions, "answer_request", broken)
    wanted = SignedRequest(request_about(cast), form(), (ReportedTest("tsh", cast.today),))
    with pytest.raises(RuntimeError):
        reactions.signed_request(wanted, by=asker("amara"), at=cast.at)
    assert counts() == before


def test_the_gate_reads_only_answers_the_program_marks(cast: Cast) -> None:
    answers = {"decision": "yes", "reason": "", "patient-number": "X", "course": 1}
    wanted = SignedRequest(
        request_about(cast), FormAsSigned("patient-authorization", answers, "Amara Example")
    )
    reactions.signed_request(wanted, by=asker("amara"), at=cast.at)
    kept = SignedForm.objects.get(subject_id=cast.noor.pk)
    assert kept.gate_answers == {"decision": "yes"}
    assert kept.answers == {"patient-number": "X", "course": "1", "decision": "yes"}


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"decision": ""},
        {"decision": "maybe"},
        {"decision": True},
        {"decision": ["yes"]},
        {"decision": "no"},
        {"decision": "yes", "tsh-collected-on": "soon"},
        {"decision": "yes", "made-up": "yes"},
    ],
)
def test_a_form_with_an_answer_missing_or_wrong_is_not_signed(
    cast: Cast, answers: dict[str, object]
) -> None:
    before = counts()
    wanted = SignedRequest(
        request_about(cast), FormAsSigned("patient-authorization", answers, "Amara Example")
    )
    with pytest.raises(BadRequest):
        reactions.signed_request(wanted, by=asker("amara"), at=cast.at)
    assert counts() == before


def test_a_form_that_others_sign_too_is_not_signed_alone(cast: Cast) -> None:
    definition = (
        library.current().effective(cast.noor.program, cast.today).forms["patient-enrollment"]
    )
    answers = right_answers(definition, cast.today)
    signed = FormAsSigned(definition.code, answers, "Amara Example")
    with pytest.raises(BadRequest, match="does not sign this form alone"):
        reactions.signed_request(
            SignedRequest(request_about(cast), signed), by=asker("amara"), at=cast.at
        )


def test_a_result_with_a_value_is_new_beside_one_without(cast: Cast) -> None:
    for value, unit in ((None, None), ("2.1", "m[IU]/L"), ("2.1", "m[IU]/L"), (None, None)):
        tests = (ReportedTest("tsh", cast.today, value, unit),)
        wanted = SignedRequest(request_about(cast), form(), tests)
        reactions.signed_request(wanted, by=asker("amara"), at=cast.at)
    kept = Result.objects.filter(patient=cast.noor).order_by("id")
    assert [result.value for result in kept] == [None, "2.1"]


@pytest.mark.django_db(transaction=True)
def test_four_windows_signing_at_once_make_one_decision(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("amara")
    fill_in(client, cast)
    sent = signature(client, cast)
    session = client.cookies["sessionid"].value
    led_to: list[str] = []

    def send() -> None:
        window = Client()
        window.cookies["sessionid"] = session
        led_to.append(window.post(place(cast, "sign/"), sent).headers.get("Location", ""))
        connection.close()

    windows = [threading.Thread(target=send) for _ in range(4)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert len(set(led_to)) == 1 and led_to[0].startswith("/prescriber/decisions/")
    assert Decision.objects.filter(patient=cast.noor).count() == 1
    assert SignedForm.objects.filter(subject_id=cast.noor.pk).count() == 1
    assert Authorization.objects.filter(patient=cast.noor).count() == 1


def page_after(client: Client, place: str, said: dict[str, str]) -> str:
    """Answer a page; the name of the next one."""
    response = client.post(place, said)
    assert response.status_code == 302, response.context["form"].errors
    return str(response.url).rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize("program", ["teaching", "natalizumab"])
def test_other_programs_ask_what_their_own_gate_needs(
    db: None, moment: object, signed_in: SignIn, program: str
) -> None:
    amara = certified(program, "prescriber", "Dr. Amara", date(2025, 10, 1), NOW)
    riverside = certified(program, "facility", "Riverside", date(2025, 10, 1), NOW)
    mara = enrolled(program, "Mara Lindqvist", amara, NOW)
    add_person(program, "amara", "prescriber", amara, NOW)
    today = NOW.date()
    client = signed_in("amara")
    there = f"/prescriber/patients/{mara.number}/authorize/authorize/"
    said = {
        "course": {"course": "1"},
        "day": {"planned_on": today.isoformat()},
        "facility": {"facility": riverside.number},
        "tests": {"cbc-on": (today - timedelta(days=3)).isoformat()},
        "form-status": dict.fromkeys(("leukoencephalopathy", "serious-infection"), "no")
        | {"alive": "yes", "in-care": "yes"},
        "form-decision": {"authorize": "yes"},
    }
    page, seen = client.get(there).url.rstrip("/").rpartition("/")[2], []
    while page != "check":
        seen.append(page)
        page = page_after(client, f"{there}{page}/", said[page])
    expected = {
        "teaching": ["course", "day", "facility", "tests"],
        "natalizumab": ["day", "facility", "form-status", "form-decision"],
    }
    assert seen == expected[program]
    assert client.get(f"{there}check/").status_code == 200
    sign = client.get(f"{there}sign/").content.decode()
    fields = {}
    for name in ("shown", "form_token"):
        fields[name] = sign.split(f'name="{name}" value="')[1].split('"')[0]
    fields |= {"password": "correct horse battery"}
    done = client.post(f"{there}sign/", fields, follow=True).content.decode()
    assert Authorization.objects.get().patient_id == mara.pk, done
    home = client.get("/prescriber/").content.decode()
    assert "authorized" in home.lower()
