"""Reading signed forms over HTTP: who may, what is said, and one changed byte."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from etasu.interfaces.api import forms
from etasu.programs import library
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants.models import Membership
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import FormToSign, keep_signed_form
from etasu.registry.submissions.facts import is_as_signed
from etasu.registry.submissions.models import Signature, SignedForm
from etasu.safe_use.identifiers import with_check_character
from tests.factories.teaching import AT, ON
from tests.interfaces.form_world import PEOPLE, PROGRAM, FormWorld, ask, build_forms
from tests.interfaces.test_log import lines
from tests.interfaces.test_openapi import validator
from tests.portals.paper_reading import squeezed, words_of
from tests.registry.drafting import every_program, tampering

pytestmark = pytest.mark.django_db
NOBODY = with_check_character("0000000000")


@pytest.fixture(autouse=True)
def all_programs(teaching_program: None) -> None:
    """All programs that come with the platform."""
    library.use(every_program())


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[FormWorld]:
    """Signed forms of two prescribers and two sites, made once and taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        library.use(every_program())
        yield build_forms()
        transaction.set_rollback(True)


@pytest.fixture
def world(made: FormWorld, db: None) -> FormWorld:
    """Those forms; what a test changes is taken back after it."""
    return made


def one(form: SignedForm) -> str:
    """The address of a form."""
    return f"/api/v1/forms/{form.number}"


def about(subject: Any) -> str:
    """The address of the forms about a patient or a participant."""
    kind = "patients" if isinstance(subject, Patient) else "participants"
    return f"/api/v1/{kind}/{subject.number}/forms"


def numbers(key: str, path: str) -> set[str]:
    """The numbers of the forms of a list."""
    got = ask(key, path)
    assert got.status == 200, got.body
    return {each["number"] for each in got.said["forms"]}


def test_a_form_is_said_with_its_answers_and_signatures(world: FormWorld) -> None:
    got = ask("amara", one(world.enrollment))
    said = got.said
    assert (got.status, got.headers["Content-Type"]) == (200, "application/json")
    assert got.headers["Cache-Control"] == "no-store"
    assert validator("FormInFull").is_valid(said), list(validator("FormInFull").iter_errors(said))
    form = world.enrollment
    kept = {
        **{"number": form.number, "form": "patient-enrollment", "name": said["name"]},
        **{"program": PROGRAM, "program_version": "2024-03-04", "course": None},
        **{"about": {"kind": "patient", "number": world.cast.mara.number}},
        **{"state": "current", "channel": "web", "signed_on": str(ON)},
        **{"signed_at": "2025-05-01T15:00:00Z", "signer": "Sam Example", "meaning": form.meaning},
        **{"valid": True, "doubts": [], "file": f"{one(form)}/pdf"},
    }
    assert {name: said[name] for name in kept} == kept
    assert {each["question"]: each["text"] for each in said["answers"] if not each["row"]} == {
        key: text
        for key, text in form.answers.items()
        if "." not in key and not key.startswith("consent.")
    }
    consents = {each["code"]: each["given"] for each in said["consents"]}
    assert consents["hipaa-authorization"] is True
    parent, prescriber = said["signatures"]
    assert [each["role"] for each in (parent, prescriber)] == ["patient", "prescriber"]
    assert (parent["printed_name"], parent["relationship"]) == ("Pia Lindqvist", "parent")
    assert (parent["method"], prescriber["method"]) == ("in_person", "password")
    assert prescriber["relationship"] is None and prescriber["meaning"] == form.meaning
    for each in (parent, prescriber):
        assert each["signed_at"] == "2025-05-01T15:00:00Z"
        assert each["signed_local"] == "2025-05-01T11:00:00-04:00"
        assert (each["time_zone"], each["language"]) == ("America/New_York", "en")
        assert hashlib.sha256(each["text"].encode()).hexdigest() == each["text_hash"]
        assert each["valid"] is True and each["doubt"] is None


def test_answers_have_the_types_of_their_questions(world: FormWorld) -> None:
    said = ask("ben", one(world.checklist)).said["answers"]
    found = {(each["type"], type(each["value"])) for each in said}
    assert {("number", int), ("yes_no", bool), ("date", str)} <= found
    days = [each["value"] for each in said if each["type"] == "date"]
    assert days and all(date.fromisoformat(each) for each in days)
    definition = every_program().version(PROGRAM, "2024-03-04").forms["infusion-checklist"]  # type: ignore[union-attr]
    order = [field.code for part in definition.sections for field in part.fields]
    asked = list(dict.fromkeys(each["question"] for each in said if not each["row"]))
    assert asked == [code for code in order if code in asked]
    whole = ask("amara", about(world.cast.mara) + "?limit=100").said["forms"]
    asked_by_gate = [each for each in whole if each["form"] == "patient-authorization"]
    assert asked_by_gate
    said = ask("amara", f"/api/v1/forms/{asked_by_gate[0]['number']}").said["answers"]
    assert [each["question"] for each in said if each["gate"]] == ["decision"]


def test_what_cannot_be_read_as_its_type_is_said_as_it_stands(world: FormWorld) -> None:
    numbers_asked = [
        each["question"]
        for each in ask("ben", one(world.checklist)).said["answers"]
        if each["type"] == "number"
    ]
    key = numbers_asked[0]
    for text, value in (("37.5", 37.5), ("1e9999999", None), ("about 37", None)):
        with tampering("submissions_signed_form") as cursor:
            cursor.execute(
                "UPDATE submissions_signed_form SET answers = answers || jsonb_build_object"
                "(%s::text, %s::text, 'no-such-question', 7) WHERE id = %s",
                [key, text, world.checklist.pk],
            )
        said = ask("ben", one(world.checklist)).said
        by_question = {each["question"]: each for each in said["answers"]}
        assert (by_question[key]["text"], by_question[key]["value"]) == (text, value)
        stranger = said["answers"][-1]
        assert (stranger["question"], stranger["text"]) == ("no-such-question", "7")
        assert stranger["type"] is stranger["label"] is None
        assert said["valid"] is False


CHANGES = {
    "an answer": ("submissions_signed_form", 'answers = answers || \'{"last-name": "Else"}\''),
    "the meaning": ("submissions_signed_form", "meaning = meaning || '.'"),
    "the text shown": ("submissions_signature", "text = text || 'x'"),
    "the name": ("submissions_signature", "printed_name = 'Somebody Else'"),
    "the moment": ("submissions_signature", "signed_at = signed_at + interval '1 second'"),
    "the local moment": ("submissions_signature", "signed_local = 'noon'"),
    "its zone": ("submissions_signature", "signed_local = '2025-05-01T11:00:00'"),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_one_changed_byte_makes_it_invalid(world: FormWorld, changed: str) -> None:
    assert ask("amara", one(world.enrollment)).said["valid"] is True
    table, change = CHANGES[changed]
    with tampering(table) as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")
    said = ask("amara", one(world.enrollment)).said
    assert said["valid"] is False
    assert validator("FormInFull").is_valid(said)
    doubted = [each for each in said["signatures"] if not each["valid"]]
    assert said["doubts"] or doubted
    assert all(each["doubt"] for each in doubted)
    # The verdict is that of the screen and the file, and of nobody else.
    assert is_as_signed(SignedForm.objects.get(pk=world.enrollment.pk)) is False
    printed = words_of(ask("amara", one(world.enrollment) + "/pdf").body)
    assert "NOT VALID" in printed or "not as it was signed" in printed


def test_a_signature_that_is_gone_is_missed(world: FormWorld) -> None:
    gone = Signature.objects.get(draft=world.enrollment.draft, role="patient")
    with tampering("submissions_signature") as cursor:
        cursor.execute("DELETE FROM submissions_signature WHERE id = %s", [gone.pk])
    said = ask("amara", one(world.enrollment)).said
    assert said["valid"] is False
    assert said["doubts"] == [f"signature {gone.number} is gone"]
    assert [each["role"] for each in said["signatures"]] == ["prescriber"]


def test_each_reads_what_is_signed_in_the_name_of_their_own(world: FormWorld) -> None:
    cast = world.cast
    allowed = {
        "enrollment": {"amara", "dana", "ada", "quinn"},
        "checklist": {"ben", "ada", "quinn"},
        "certifying": {"amara", "dana", "ada", "quinn"},
        "others": {"beck", "ada", "quinn"},
        "elsewhere": {"amara", "dana", "ada", "quinn"},
    }
    for name, readers in allowed.items():
        form = getattr(world, name)
        for key in PEOPLE:
            wanted = 200 if key in readers else 404
            assert ask(key, one(form)).status == wanted, (name, key)
            if wanted == 404 or (key == "quinn" and name != "elsewhere"):
                assert ask(key, one(form) + "/pdf").status == wanted, (name, key)
            listed = ask(key, about(cast.otto if name == "others" else cast.mara))
            if name != "certifying":
                is_listed = listed.status == 200 and form.number in numbers_in(listed.said)
                assert is_listed is (key in readers), (name, key)
    assert numbers("amara", about(cast.amara)) == {world.certifying.number}
    assert ask("beck", about(cast.amara)).status == 404
    assert numbers("ben", about(cast.riverside)) == set()


def numbers_in(said: Any) -> set[str]:
    """The numbers of a list."""
    return {each["number"] for each in said["forms"]}


def test_what_is_hidden_and_what_is_not_there_look_alike(world: FormWorld) -> None:
    for path, theirs in (
        ("/api/v1/forms/{}", world.others),
        ("/api/v1/forms/{}/pdf", world.others),
        ("/api/v1/patients/{}/forms", world.cast.otto),
        ("/api/v1/participants/{}/forms", world.cast.beck),
    ):
        answers = [
            ask("amara", path.format(each), **{"X-Request-ID": "a-number-of-mine"})
            for each in (theirs.number, NOBODY, "x", "%00", "7" * 2000)
        ]
        assert {each.status for each in answers} == {404}
        assert len({each.body for each in answers}) == 1
        assert len({str(sorted(each.headers.items())) for each in answers}) == 1
        assert answers[0].headers["Content-Type"] == "application/problem+json"


def test_what_has_ended_is_read_no_more(world: FormWorld) -> None:
    assert ask("amara", one(world.enrollment)).status == 200
    Membership.objects.filter(user__email="amara@example.org").update(ended_at=AT, ended_by="test")
    assert ask("amara", one(world.enrollment)).status == 401
    ApiKey.objects.filter(user__email="ada@example.org").update(revoked_at=AT, revoked_by="test")
    User.objects.filter(email="quinn@example.org").update(is_active=False)
    for key in ("ada", "quinn", "no-such-key", None, "x" * 300):
        got = ask(key, one(world.enrollment))
        assert (got.status, got.said["type"]) == (401, "/api/v1/problems/unknown-api-key")
        assert got.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_patient_of_another_prescriber_now_takes_nothing_along(world: FormWorld) -> None:
    mara = Patient.objects.get(pk=world.cast.mara.pk)
    Patient.objects.filter(pk=mara.pk).update(prescriber=world.cast.beck)
    # What was signed in Dr. Amara's name stays readable for Dr. Amara; what came without an owner
    # follows the patient.
    assert numbers("amara", about(mara)) == {world.enrollment.number}
    assert ask("beck", one(world.enrollment)).status == 404
    assert world.elsewhere.number in numbers("beck", about(mara))
    assert ask("amara", one(world.elsewhere)).status == 404


def test_a_merged_record_is_read_through_the_one_answered_for(world: FormWorld) -> None:
    cast = world.cast
    Patient.objects.filter(pk=cast.mara.pk).update(
        merged_into=cast.noor, merged_at=AT, merged_by="test"
    )
    for subject in (cast.mara, cast.noor):
        assert world.enrollment.number in numbers("amara", about(subject))
    said = ask("amara", one(world.enrollment)).said
    assert said["about"]["number"] == cast.noor.number
    assert said["valid"] is True
    assert ask("amara", one(world.elsewhere)).said["valid"] is True


def test_a_form_signed_again_replaces_the_one_before(world: FormWorld) -> None:
    mara = world.cast.mara
    again = keep_signed_form(
        FormToSign(
            *(PROGRAM, "2024-03-04", "patient-status", "patient", mara.pk, mara.number),
            *({}, {}, "Dr. Amara", "I say so.", ON + timedelta(days=30)),
        ),
        by=PLATFORM,
        at=AT,
    )
    states = {each["number"]: each["state"] for each in ask("amara", about(mara)).said["forms"]}
    assert (states[again.number], states[world.elsewhere.number]) == ("current", "replaced")
    assert ask("amara", one(world.elsewhere)).said["state"] == "replaced"


def test_a_form_carried_over_has_its_signatures_elsewhere(world: FormWorld) -> None:
    said = ask("amara", one(world.elsewhere)).said
    assert (said["channel"], said["signatures"], said["valid"]) == ("carried_over", [], True)
    assert "Former Administrator" in said["meaning"]
    # A copy would have to say how it was signed, which nobody here saw.
    assert said["file"] is None
    assert ask("amara", one(world.elsewhere) + "/pdf").status == 404
    assert {each["text"] for each in said["answers"]} == {"yes", "1"}
    with tampering("submissions_signed_form") as cursor:
        cursor.execute("UPDATE submissions_signed_form SET signer_name = 'Somebody Else'")
    changed = ask("amara", one(world.elsewhere)).said
    assert changed["valid"] is False and changed["doubts"]


def test_a_form_signed_on_one_page_has_one_signature(world: FormWorld) -> None:
    plain = SignedForm.objects.filter(draft=None, channel="web", subject_id=world.cast.mara.pk)
    got = ask("amara", one(plain[0])).said
    (signature,) = got["signatures"]
    assert (signature["number"], signature["method"]) == (None, "password")
    assert signature["role"] == "prescriber" and signature["text"] is None
    assert validator("FormInFull").is_valid(got)
    assert ask("amara", one(plain[0]) + "/pdf").status == 200


def test_a_version_unknown_here_is_shown_and_not_guessed(world: FormWorld) -> None:
    with tampering("submissions_signed_form") as cursor:
        cursor.execute("UPDATE submissions_signed_form SET program_version = '1999-01-01'")
    assert ask("amara", one(world.enrollment)).status == 404
    said = ask("ada", one(world.enrollment)).said
    assert (said["name"], said["file"], said["valid"]) == (None, None, False)
    assert {each["label"] for each in said["answers"]} == {None}
    assert len(said["answers"]) > 3 and validator("FormInFull").is_valid(said)
    assert ask("ada", one(world.enrollment) + "/pdf").status == 404


def test_a_list_is_read_page_by_page(world: FormWorld) -> None:
    path = about(world.cast.mara)
    whole = [each["number"] for each in ask("ada", path).said["forms"]]
    assert len(whole) >= 4
    seen, following = [], f"{path}?limit=2"
    while following:
        got = ask("ada", following)
        assert validator("SignedForms").is_valid(got.said)
        assert len(got.said["forms"]) <= 2
        seen += [each["number"] for each in got.said["forms"]]
        following = got.said["next"]
        assert ("Link" in got.headers) is bool(following)
        if following:
            assert got.headers["Link"] == f'<{following}>; rel="next"'
    assert seen == whole


def test_a_longer_list_takes_no_more_queries(
    world: FormWorld, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = about(world.cast.mara)
    with CaptureQueriesContext(connection) as few:
        assert len(ask("ada", f"{path}?limit=1").said["forms"]) == 1
    with django_assert_num_queries(len(few)):
        assert len(ask("ada", path).said["forms"]) >= 4


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1e2", "limit"),
        ("limit=", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=%D9%A1", "limit"),
        ("after=nothing", "after"),
        (f"after={NOBODY}", "after"),
        ("after=%00", "after"),
        ("page=2", "page"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(world: FormWorld, asked: str, field: str) -> None:
    got = ask("ada", f"{about(world.cast.mara)}?{asked}")
    assert (got.status, got.said["type"]) == (422, "/api/v1/problems/invalid")
    assert [each["field"] for each in got.said["errors"]] == [field]
    assert validator("ProblemDetails").is_valid(got.said)


def test_a_list_is_not_continued_from_a_form_of_somebody_else(world: FormWorld) -> None:
    path = f"{about(world.cast.mara)}?after="
    hidden, unknown = ask("amara", path + world.others.number), ask("amara", path + NOBODY)
    assert hidden.status == unknown.status == 422
    assert hidden.said["errors"] == unknown.said["errors"]


def test_the_file_is_the_form_on_paper(world: FormWorld) -> None:
    got = ask("amara", one(world.enrollment) + "/pdf", Accept="application/pdf")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/pdf")
    assert world.enrollment.number in got.headers["Content-Disposition"]
    words = words_of(got.body)
    assert "Pia Lindqvist" in words and world.cast.mara.number in words
    for each in Signature.objects.filter(draft=world.enrollment.draft):
        assert each.text_hash in squeezed(words)


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("", "text/html", 406),
        ("", "application/pdf", 406),
        ("", "application/*", 200),
        ("/pdf", "application/json", 406),
        ("/pdf", "*/*", 200),
        ("/pdf", "text/html, application/pdf;q=0.5", 200),
    ],
)
def test_only_what_is_accepted_is_sent(
    world: FormWorld, path: str, accept: str, status: int
) -> None:
    assert ask("amara", one(world.enrollment) + path, Accept=accept).status == status


def test_nothing_is_sent_here_and_nothing_is_elsewhere(world: FormWorld) -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("post", "put", "patch", "delete", "options"):
        got = getattr(client, method)(one(world.enrollment))
        assert (got.status_code, got["Allow"]) == (405, "GET, HEAD"), method
        assert got["Content-Type"] == "application/problem+json"
    for path in (one(world.enrollment) + "/", "/api/v1/forms", "/api/v1/nothing/at/all"):
        elsewhere = ask("amara", path)
        assert (elsewhere.status, elsewhere.said["type"]) == (404, "/api/v1/problems/not-found")
    assert ask("amara", one(world.enrollment) + "?deep=1").status == 422
    head = client.head(one(world.enrollment), headers={"Authorization": "Bearer amara"})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("at 10.1.2.3"), 503, "unavailable"),
        (RuntimeError("Mara Lindqvist"), 500, "unexpected"),
    ],
)
def test_every_failure_is_a_problem_that_tells_nothing(
    world: FormWorld,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    def broken(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(forms, "form_seen", broken)
    got = ask("amara", one(world.enrollment))
    assert (got.status, got.said["type"]) == (status, f"/api/v1/problems/{code}")
    assert str(error).encode() not in got.body
    assert got.said["request_id"] == got.headers["X-Request-ID"]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log, with its request lines on."""
    caplog.set_level(logging.INFO, logger="etasu.request")
    yield caplog


def test_the_log_tells_which_call_and_never_about_whom(
    world: FormWorld, log: pytest.LogCaptureFixture
) -> None:
    for path in (one(world.enrollment), one(world.enrollment) + "/pdf", about(world.cast.mara)):
        ask("amara", path)
    told = lines(log)
    assert [each["route"] for each in told] == ["api:form", "form-file", "api:patient-forms"]
    for secret in (world.enrollment.number, world.cast.mara.number, "amara", "Mara"):
        assert secret not in str(told)
