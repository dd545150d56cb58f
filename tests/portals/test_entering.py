"""Typing what a report says, by those who treat; and what patients send of their reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.authorizations.signed import ReportedTest, SignedRequest
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.models import PaperReport, Result, SignalRow, Watch
from etasu.registry.monitoring.watches import look_again
from etasu.registry.notices.models import Notice
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.reactions import signed_request
from tests.factories.mail_server import MailServer, text_of
from tests.factories.pictures import pdf, picture
from tests.portals.patient_world import BORN, Patient, where, words
from tests.portals.test_watching import text, treat
from tests.portals.world import Cast, add_person, asker

SignIn = Callable[[str], Client]
MARA = "mara@example.org"
COUNT = {"platelets": "80", "leukocytes": "6.1", "hemoglobin": "139", "neutrophils": "3.8"}


def results_page(cast: Cast, *panels: str) -> str:
    """Where results of these panels are typed."""
    return f"/watching/patients/{cast.mara.number}/results/?" + "&".join(
        f"panel={each}" for each in panels
    )


def a_count(cast: Cast, **more: Any) -> dict[str, Any]:
    """A blood count as its report says it: hemoglobin in another unit than results are kept in."""
    values = {f"value_{code}": value for code, value in COUNT.items()}
    units = {f"unit_{code}": "10*3/uL" for code in COUNT}
    said = {
        **values,
        **units,
        "unit_hemoglobin": "g/L",
        "value_lymphocytes": "1.6",
        "unit_lymphocytes": "10*9/L",
        "collected_on": cast.today.isoformat(),
        "laboratory": "Riverbend Laboratory",
    }
    return said | more


def current(cast: Cast) -> dict[str, str | None]:
    """The values typed of today that stand, in the unit they are kept in."""
    found = Result.objects.filter(
        patient=cast.mara, replaced_at__isnull=True, collected_on=cast.today
    )
    return dict(found.exclude(channel="derived").values_list("test", "value"))


def test_a_report_is_chosen_typed_checked_and_kept_once(cast: Cast, signed_in: SignIn) -> None:
    add_person("lemtrada", "dana", "delegate", cast.amara, cast.at)
    treat(cast, cast.mara, 40)
    client, page = signed_in("dana"), results_page(cast, "cbc-with-differential")
    chosen = text(client, f"/watching/patients/{cast.mara.number}/results/")
    assert "Complete blood count with differential" in chosen and "Basophils" in chosen
    empty = f"/watching/patients/{cast.mara.number}/results/?other="
    assert "Choose what is on the report" in text(client, empty)
    fields = text(client, page)
    assert "10*3/uL (K/uL" in fields and "g/L" in fields and "Creatinine" not in fields
    check = client.post(page, a_count(cast)).content.decode()
    assert "Is this what the report says?" in check and "13.9 g/dL" in check
    assert not Result.objects.filter(collected_on=cast.today).exists()
    back = client.post(page, a_count(cast, step="change")).content.decode()
    assert 'value="139"' in back and "Is this what the report says?" not in back
    said = a_count(cast, step="keep", form_token="one")
    for _ in range(2):
        sent = client.post(page, said, format="multipart")
        assert sent.url == f"/watching/patients/{cast.mara.number}/"
    assert current(cast)["hemoglobin"] == "13.9" and current(cast)["lymphocytes"] == "1.6"
    assert LabMessageRow.objects.count() == PaperReport.objects.count() == 1
    signal = SignalRow.objects.get()
    assert signal.limit_code == "platelets-below-100" and signal.urgency == "urgent"
    assert Notice.objects.filter(event="limit_crossed").exists()
    shown = text(client, sent.url)
    assert "5 results are on record." in shown and "Urgent" in shown
    while any(look_again(cast.today)):
        pass
    assert Watch.objects.get(patient=cast.mara, code="monthly-cbc").status != "overdue"


def test_the_same_report_typed_again_is_not_kept_twice(cast: Cast, signed_in: SignIn) -> None:
    client, page = signed_in("amara"), results_page(cast, "cbc-with-differential")
    client.post(page, a_count(cast, step="keep", form_token="one"))
    again = client.post(page, a_count(cast)).content.decode()
    assert again.count("it is not kept twice") == 5
    sent = client.post(page, a_count(cast, step="keep", form_token="two"))
    assert "All of it is on record already." in text(client, sent.url)
    assert Result.objects.filter(test="platelets", collected_on=cast.today).count() == 1
    assert PaperReport.objects.filter(message__isnull=True).count() == 1


def test_what_cannot_be_kept_is_told_at_its_field_and_what_is_odd_is_asked_about(
    cast: Cast, signed_in: SignIn
) -> None:
    client, page = signed_in("amara"), results_page(cast, "alt-ast", "creatinine", "tsh")
    nothing = client.post(page, {"collected_on": cast.today.isoformat(), "laboratory": "R"})
    assert "Enter at least one value" in nothing.content.decode()
    wrong = {
        "value_tsh": "see paper",
        "unit_tsh": "m[IU]/L",
        "collected_on": (cast.today + timedelta(days=1)).isoformat(),
    }
    said = client.post(page, wrong).content.decode()
    assert "yet to come" in said and "Enter the laboratory" in said
    said = client.post(page, wrong | {"collected_on": "1980-01-01"}).content.decode()
    assert "before the patient was born" in said
    said = client.post(page, wrong | {"collected_on": cast.today.isoformat()}).content.decode()
    assert "neither a number nor a word" in said and 'value="see paper"' in said
    odd = {
        "value_creatinine": "88",
        "unit_creatinine": "mg/dL",
        "value_alt": "200",
        "unit_alt": "U/L",
        "high_alt": "40",
        "collected_on": cast.today.isoformat(),
        "laboratory": "R",
    }
    said = client.post(page, odd).content.decode()
    assert "far from what is plausible" in said
    client.post(page, odd | {"step": "keep", "form_token": "t"})
    assert current(cast) == {"creatinine": "88", "alt": "200"}
    # With the laboratory's own range a multiple of it can be told.
    assert "alt" in {row.result.test for row in SignalRow.objects.all()}
    assert client.post(f"/watching/patients/{cast.mara.number}/results/", odd).status_code == 404


def test_a_picture_is_kept_beside_and_a_lost_session_asks_for_it_again(
    cast: Cast, signed_in: SignIn
) -> None:
    client, page = signed_in("amara"), results_page(cast, "creatinine")
    said = {
        "value_creatinine": "0.8",
        "unit_creatinine": "mg/dL",
        "collected_on": cast.today.isoformat(),
        "laboratory": "R",
        "step": "keep",
        "form_token": "t",
    }
    bad = SimpleUploadedFile("report.pdf", b"GIF89a")
    refused = client.post(page, {**said, "picture": bad}).content.decode()
    assert "not a PDF" in refused and not PaperReport.objects.exists()
    # What was kept for somebody whose session ended comes without its file.
    kept = client.post(
        page,
        "&".join(f"{name}={value}" for name, value in said.items()),
        content_type="application/x-www-form-urlencoded",
    )
    assert "choose it again" in kept.content.decode() and not PaperReport.objects.exists()
    client.post(page, {**said, "picture": SimpleUploadedFile("report.pdf", pdf())})
    report = PaperReport.objects.get()
    assert report.media_type == "application/pdf" and report.message is not None
    shown = text(client, f"/watching/reports/{report.number}/")
    assert "What it says was typed" in shown and f"/watching/reports/{report.number}/file" in shown
    file = client.get(f"/watching/reports/{report.number}/file")
    assert file["Content-Type"] == "application/pdf" and "default-src 'none'" in str(file.headers)
    assert client.get(f"/watching/reports/{report.number}/1.png").status_code == 404
    assert signed_in("beck").get(f"/watching/reports/{report.number}/file").status_code == 404


def test_a_value_said_on_a_form_to_a_gate_raises_what_any_other_does(cast: Cast) -> None:
    before = Result.objects.filter(channel="form").count()
    tests = (
        ReportedTest("platelets", cast.today, "50", "10*3/uL"),
        ReportedTest("skin-exam", cast.today),
    )
    request = AuthorizationRequest(
        "lemtrada", "authorize", cast.mara.number, cast.today, facility=cast.riverside.number
    )
    signed_request(SignedRequest(request, None, tests), by=asker("amara"), at=cast.at)
    assert SignalRow.objects.get().result.test == "platelets"
    assert Result.objects.filter(channel="form").count() == before + 2


@pytest.fixture
def lucia(cast: Cast) -> Enrolled:
    """Mara, who can be reached by e-mail."""
    # What was collected before this course does not keep her month up.
    cast.mara.results.update(replaced_at=cast.at, replaced_by=PLATFORM.number)
    Enrolled.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN)
    cast.mara.refresh_from_db()
    treat(cast, cast.mara, 40)
    return cast.mara


def at_home(mail: MailServer, language: str = "en") -> Patient:
    """The patient at the page where reports are sent."""
    phone = Patient(language)
    phone.browser.post("/p/choices/", {"email": MARA})
    phone.arrive(mail, MARA)
    return phone


def send(phone: Patient, on: date, content: bytes, **more: Any) -> Any:
    """Send a report."""
    said = {"collected_on": on.isoformat(), "laboratory": "Clínica Sol"}
    file = SimpleUploadedFile("photo.jpg", content)
    return phone.browser.post("/p/reports/", {**said, "picture": file, **more}, follow=True)


def test_what_a_patient_sends_reaches_the_office_once_and_meets_nothing(
    cast: Cast, lucia: Enrolled, signed_in: SignIn, mail: MailServer
) -> None:
    phone = at_home(mail)
    assert "Send a test report" in words(phone.open("/p/home/"))
    refused = send(phone, cast.today + timedelta(days=1), b"GIF89a")
    assert "yet to come" in words(refused)
    assert "not a PDF, PNG, JPEG" in words(send(phone, cast.today, b"GIF89a"))
    photo = picture("JPEG")
    for _ in range(2):
        sent = send(phone, cast.today, photo)
        assert where(sent) == "/p/reports/" and "has it now" in words(sent)
    assert "It waits for your prescriber" in words(phone.open("/p/reports/"))
    report = PaperReport.objects.get()
    told = Notice.objects.filter(event="patient_sent_report")
    assert {each.recipient.email for each in told} == {"amara@example.org"}
    amara = signed_in("amara")
    assert "1 report that a patient sent waits" in text(amara, "/watching/")
    assert report.number in text(amara, "/watching/reports/")
    assert "waits to be typed" in text(amara, f"/watching/patients/{lucia.number}/")
    assert signed_in("beck").get(f"/watching/reports/{report.number}/").status_code == 404
    while any(look_again(cast.today)):
        pass
    assert not Result.objects.filter(collected_on=cast.today).exists()
    assert Watch.objects.get(patient=lucia, code="monthly-cbc").open_due_on < cast.today


def test_what_a_patient_sent_counts_once_somebody_typed_it(
    cast: Cast, lucia: Enrolled, signed_in: SignIn, mail: MailServer
) -> None:
    phone, amara = at_home(mail), signed_in("amara")
    send(phone, cast.today, picture("JPEG"))
    report = PaperReport.objects.get()
    page = f"/watching/reports/{report.number}/?panel=cbc-with-differential"
    shown = text(amara, page)
    assert f"/watching/reports/{report.number}/1.png" in shown and "Clínica Sol" in shown
    assert amara.get(f"/watching/reports/{report.number}/1.png")["Content-Type"] == "image/png"
    said = a_count(cast, step="keep", form_token="t")
    for _ in range(2):
        kept = amara.post(page, said)
        assert kept.url == f"/watching/patients/{lucia.number}/"
    kept_as = Result.objects.filter(collected_on=cast.today).values_list("channel", flat=True)
    assert set(kept_as) == {"patient", "derived"}
    assert SignalRow.objects.count() == 1
    while any(look_again(cast.today)):
        pass
    due = Watch.objects.get(patient=lucia, code="monthly-cbc").open_due_on
    assert due is not None and due > cast.today
    assert "It is on record." in words(phone.open("/p/reports/"))
    assert "What it says was typed" in text(amara, page)
    assert "Nothing that a patient sent waits." in text(amara, "/watching/reports/")


def test_what_cannot_be_read_goes_back_with_a_reason_and_comes_again(
    cast: Cast, lucia: Enrolled, signed_in: SignIn, mail: MailServer
) -> None:
    phone = at_home(mail)
    send(phone, cast.today, picture("PNG", "blurred"))
    report = PaperReport.objects.get()
    Enrolled.objects.filter(pk=lucia.pk).update(language="es")
    amara, address = signed_in("amara"), f"/watching/reports/{report.number}/send-back/"
    assert "Say why" in amara.post(address, {"reason": ""}).content.decode()
    for _ in range(2):
        gone = amara.post(address, {"reason": "The photo is blurred.", "form_token": "t"})
        assert gone.url == f"/watching/patients/{lucia.number}/"
    message = mail.newest_to(MARA)
    assert message["Subject"] == "Etasu: Sobre lo que envió"
    assert "/p/choices/" in text_of(message)
    for word in ("blurred", "mara ", "lindqvist", "lemtrada", lucia.number.lower()):
        assert word not in text_of(message).lower()
    assert "The photo is blurred." in words(phone.open("/p/reports/"))
    assert "Sent back:" in text(amara, f"/watching/reports/{report.number}/")
    late = amara.post(f"/watching/reports/{report.number}/?panel=tsh", {"step": "keep"})
    assert "Sent back:" in late.content.decode()
    send(phone, cast.today, picture("PNG", "blurred"))
    assert PaperReport.objects.filter(sent_back_at__isnull=True).count() == 1
    verbs = AuditEntry.objects.filter(verb__startswith="paper_report").values_list(
        "verb", flat=True
    )
    assert sorted(verbs) == ["paper_report.sent"] * 2 + ["paper_report.sent_back"]


def test_only_so_many_may_wait(cast: Cast, lucia: Enrolled, mail: MailServer) -> None:
    PaperReport.objects.bulk_create(
        PaperReport(
            patient=lucia, is_from_patient=True, laboratory="L", collected_on=cast.today,
            content=b"x", media_type="image/png", digest=f"{n}", received_at=cast.at,
            received_by=PLATFORM.number,
        )
        for n in range(20)
    )  # fmt: skip
    phone = at_home(mail)
    assert "Call your prescriber" in words(send(phone, cast.today, picture("PNG")))
    assert PaperReport.objects.count() == 20
