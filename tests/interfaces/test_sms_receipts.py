"""What providers tell us of text messages, and what people answer: believed when it is signed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings

from etasu.clock.time import now_utc
from etasu.interfaces.sms.web import signature_of
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.notices import reminders
from etasu.registry.notices.models import Reminder, StoppedAddress
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.models import ConsentLink
from etasu.safe_use.messages import sms_length
from etasu.site.sms import ProviderSettings, SmsSettings
from tests.factories.reminding import AT, DUE_ON, only_this_program, say, treated

pytestmark = pytest.mark.django_db

SECRET = "a secret of ours"
SMS = SmsSettings(
    (
        ProviderSettings("first", "json", "https://sms.example.org", "", "k"),
        ProviderSettings("second", "form", "https://text.example.org", "u", "k"),
    ),
    "+15005550100",
    SECRET,
)
NUMBER = "+12125550100"


@pytest.fixture(autouse=True)
def program() -> Iterator[None]:
    library.use(only_this_program())
    with override_settings(ETASU_SMS=SMS, ETASU_SITE_NAME="Harbor REMS"):
        yield
    library.use(None)


def post(
    body: bytes, *, to: str = "first", secret: str = SECRET, late: timedelta = timedelta(0)
) -> Any:
    moment = str(int((now_utc() - late).timestamp()))
    signed = f"t={moment},v1={signature_of(secret, moment, body)}"
    return Client().post(
        f"/api/v1/sms/{to}", body, content_type="application/json", HTTP_X_SIGNATURE=signed
    )


def in_json(**said: Any) -> bytes:
    return json.dumps(said).encode()


def on_the_way(provider: str = "first", count: int = 1) -> list[Reminder]:
    """Text messages a provider has, under the numbers P0, P1 and so on."""
    treated(count)
    say()
    for place, row in enumerate(reminders.claim(at=AT)):
        to = reminders.Address(f"+1212555{100 + place:04d}", "en", DUE_ON)
        assert reminders.address_to(row, to, at=AT)
        assert reminders.ask_first(row, provider)
        assert reminders.note_handed_over(row, f"P{place}", by=PLATFORM, at=AT)
    return list(Reminder.objects.order_by("id"))


def test_what_became_of_each_is_noted_once() -> None:
    on_the_way(count=3)
    body = in_json(
        events=[
            {"id": "P0", "status": "delivered"},
            {"id": "P1", "status": "failed", "code": "invalid-number"},
            {"id": "P2", "status": "sent"},
            {"id": "somebody else's", "status": "failed"},
        ]
    )
    for _ in range(2):
        assert post(body).json() == {"taken": 3, "replies": []}
    rows = list(Reminder.objects.order_by("id").values_list("channel", "state", "reason"))
    assert rows == [
        ("sms", "delivered", ""),
        ("sms", "failed", "undelivered invalid-number"),
        ("sms", "handed_over", ""),
        # The second one is told by e-mail instead.
        ("email", "waiting", ""),
    ]
    assert StoppedAddress.objects.get().address == "+12125550101"
    assert AuditEntry.objects.filter(verb="reminder.delivered").count() == 1


def test_a_receipt_that_is_here_before_the_number_is_asked_for_again() -> None:
    treated()
    say()
    (row,) = reminders.claim(at=AT)
    assert reminders.address_to(row, reminders.Address(NUMBER, "en", DUE_ON), at=AT)
    body = in_json(events=[{"id": "P0", "status": "delivered"}])
    # Nobody was asked yet, so it is about none of ours.
    assert post(body).status_code == 200
    assert reminders.ask_first(row, "first")
    early = post(body)
    assert (early.status_code, early["Retry-After"]) == (503, "60")
    assert post(b"MessageSid=P0&MessageStatus=delivered", to="second").status_code == 200
    assert reminders.note_handed_over(row, "P0", by=PLATFORM, at=AT)
    assert post(body).status_code == 200
    assert Reminder.objects.get().state == "delivered"


def test_one_early_receipt_keeps_nothing_else_of_the_same_post_from_being_done() -> None:
    treated(2)
    say()
    known, unknown = reminders.claim(at=AT)
    for row in (known, unknown):
        assert reminders.address_to(row, reminders.Address(NUMBER, "en", DUE_ON), at=AT)
        assert reminders.ask_first(row, "first")
    assert reminders.note_handed_over(known, "P0", by=PLATFORM, at=AT)
    body = in_json(
        events=[{"id": "P1", "status": "delivered"}, {"id": "P0", "status": "delivered"}],
        replies=[{"from": NUMBER, "text": "STOP"}],
    )
    assert post(body).status_code == 503
    known.refresh_from_db()
    assert known.state == "delivered"
    assert StoppedAddress.objects.get().address == NUMBER
    assert reminders.note_handed_over(unknown, "P1", by=PLATFORM, at=AT)
    # What is to be sent back comes with the answer that is not a refusal.
    assert [each["to"] for each in post(body).json()["replies"]] == [NUMBER]
    unknown.refresh_from_db()
    assert unknown.state == "delivered"


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("STOP", "You get no more text messages."),
        (" stop. please!", "You get no more text messages."),
        ("Alto", "Ya no recibe mensajes de texto."),
    ],
)
def test_stop_holds_at_once_and_start_brings_them_back(text: str, reply: str) -> None:
    said = post(in_json(replies=[{"from": NUMBER, "text": text}])).json()["replies"]
    assert [each["to"] for each in said] == [NUMBER]
    assert reply in said[0]["text"]
    row = StoppedAddress.objects.get()
    assert (row.address, row.why, row.how, row.ended_at) == (NUMBER, "opted_out", "sms", None)
    assert row.stopped_by == "sms provider first"
    entries = AuditEntry.objects.filter(verb="address.stopped")
    assert NUMBER not in str(list(entries.values()))
    post(in_json(replies=[{"from": NUMBER, "text": "START"}]))
    row.refresh_from_db()
    assert row.ended_at is not None


def test_help_answers_and_other_words_are_kept_nowhere() -> None:
    said = post(in_json(replies=[{"from": NUMBER, "text": "HELP"}])).json()["replies"]
    assert "/p/" in said[0]["text"]
    assert post(in_json(replies=[{"from": NUMBER, "text": "my platelets are low"}])).json() == {
        "taken": 1,
        "replies": [],
    }
    assert not StoppedAddress.objects.exists()
    assert not AuditEntry.objects.filter(detail__icontains="platelets").exists()


def test_help_brings_the_one_patient_of_a_number_a_link_of_their_own() -> None:
    (reminder,) = on_the_way()
    body = in_json(replies=[{"from": NUMBER, "text": "AYUDA"}])
    (reply,) = post(body).json()["replies"]
    found = re.search(r"http\S+(/p/[\w-]{20,}/\?r) ", reply["text"])
    assert found is not None and sms_length(reply["text"]).fits
    phone = Client()
    assert phone.get(found[1])["Location"] == "/p/start/"
    # The birth date is asked for all the same.
    assert phone.get("/p/reminders/")["Location"] == "/p/start/"
    assert ConsentLink.objects.get().subject_number == reminder.person
    stranger = in_json(replies=[{"from": "+12125550199", "text": "HELP"}])
    assert "/p/ " in post(stranger).json()["replies"][0]["text"]


def test_help_tells_nobody_apart_who_shares_a_telephone() -> None:
    on_the_way(count=2)
    Reminder.objects.update(address=NUMBER)
    Patient.objects.update(telephone="(212) 555-0100")
    (reply,) = post(in_json(replies=[{"from": NUMBER, "text": "HELP"}])).json()["replies"]
    assert "/p/ " in reply["text"] and not ConsentLink.objects.exists()


def test_the_other_dialect_says_the_same() -> None:
    on_the_way("second")
    assert post(b"MessageSid=P0&MessageStatus=undelivered&ErrorCode=21610", to="second").json() == {
        "taken": 1,
        "replies": [],
    }
    assert Reminder.objects.get(channel="sms").reason == "undelivered 21610"
    assert StoppedAddress.objects.get().why == "opted_out"
    post(b"From=%2B12125550177&Body=Parar", to="second")
    assert StoppedAddress.objects.filter(address="+12125550177").exists()


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "another"}, {"late": timedelta(minutes=6)}, {"late": -timedelta(minutes=6)}],
)
def test_what_is_not_signed_now_and_by_the_secret_is_not_believed(wrong: dict[str, Any]) -> None:
    body = in_json(replies=[{"from": NUMBER, "text": "STOP"}])
    assert post(body, **wrong).status_code == 401
    assert Client().post("/api/v1/sms/first", body, content_type="text/plain").status_code == 401
    assert not StoppedAddress.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"nonsense\xff", b'{"events": 1}', b'{"events": [1]}', b'{"replies": [{}]}',
        b'{"events": [{"id": 1, "status": "delivered"}]}',
        b'{"replies": [{"from": "12", "text": "STOP"}]}',
        json.dumps({"events": [{"id": "x", "status": "failed"}] * 1001}).encode(),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(body: bytes) -> None:
    answer = post(body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Expected ")


def test_only_providers_of_ours_have_an_address() -> None:
    assert post(b"{}", to="third").status_code == 404
    assert Client().get("/api/v1/sms/first").status_code == 405
