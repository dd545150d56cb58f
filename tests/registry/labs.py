"""A laboratory that sends results about Mara, built value by value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from etasu.programs import library
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.intake import Outcome, Received, receive_all
from etasu.registry.monitoring.lab_models import LabConnection, LabSender
from etasu.registry.monitoring.models import Result
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient, PatientIdentifier
from etasu.registry.submissions.actions import Given, give_consent
from etasu.registry.treatment.models import Infusion
from etasu.safe_use.lab_reports import (
    Coding,
    ItemStatus,
    LabItem,
    LabMessage,
    LabReport,
    PatientAsSent,
)
from etasu.safe_use.lab_reports import PatientIdentifier as SentIdentifier
from tests.factories.own_programs import library_of

PROGRAM = "lemtrada"
LISTENER = Actor("listener", "system")
AT = datetime(2025, 6, 2, 15, 0, tzinfo=UTC)
COLLECTED = date(2025, 6, 1)
BORN = date(1990, 6, 1)
MRN = "MRN-1001"

LOINC = {
    "platelets": "777-3", "leukocytes": "6690-2", "hemoglobin": "718-7", "neutrophils": "751-8",
    "lymphocytes": "731-0", "creatinine": "2160-0", "tsh": "3016-3", "alt": "1742-6",
    "ast": "1920-8", "bilirubin": "1975-2", "urine-erythrocytes": "13945-1",
    "urine-leukocytes": "5821-4", "urine-protein": "20454-5", "hiv": "56888-1",
}  # fmt: skip
UNITS = {
    "platelets": "K/uL", "leukocytes": "K/uL", "hemoglobin": "g/dL", "neutrophils": "K/uL",
    "lymphocytes": "K/uL", "creatinine": "mg/dL", "tsh": "uIU/mL", "alt": "U/L", "ast": "U/L",
    "bilirubin": "mg/dL", "urine-erythrocytes": "/HPF", "urine-leukocytes": "/HPF",
}  # fmt: skip
BLOOD_COUNT = {
    "platelets": "250", "leukocytes": "6.1", "hemoglobin": "13.9", "neutrophils": "3.8",
    "lymphocytes": "1.6",
}  # fmt: skip


@cache
def _library() -> library.ProgramLibrary:
    return library_of(PROGRAM)


def use_lemtrada() -> None:
    """The library holds this program alone."""
    library.use(_library())


def patient(name: str = "Mara Vale", mrn: str = MRN, **named: Any) -> Patient:
    """A patient whom Riverside Laboratory knows by a record number."""
    prescriber = named.pop("prescriber", None) or Participant.objects.create(
        program=PROGRAM, kind="prescriber", name="Dr. Amara", registered_at=AT, registered_by="a"
    )
    given = {"birth_date": BORN, "enrolled_on": date(2025, 1, 1), "program": PROGRAM, **named}
    found = Patient.objects.create(
        full_name=name, prescriber=prescriber, registered_at=AT, registered_by="a", **given
    )
    PatientIdentifier.objects.create(
        patient=found, program=PROGRAM, authority="riverside", value=mrn, added_at=AT, added_by="a"
    )
    return found


def open_to_nurses(one: Patient, at: datetime = AT) -> None:
    """The patient allows that nurses see the record."""
    given = Given(
        one.program, "nurse-support", "patient", one.pk, one.number, one.full_name, "password"
    )
    give_consent(given, on=at.date(), by=LISTENER, at=at)


def treat(one: Patient, *days: date, course: int = 1) -> None:
    """Infusions on these days."""
    for day in days:
        Infusion.objects.create(
            patient=one, course=course, given_on=day, recorded_at=AT, recorded_by="a"
        )


def connect(sender: str = "LAB|RIVERSIDE", **named: Any) -> LabConnection:
    """A connection whose record numbers count."""
    given = {"program": PROGRAM, "name": sender, "authorities": {"RIVER": "riverside"}, **named}
    made = LabConnection.objects.create(registered_at=AT, registered_by="a", **given)
    LabSender.objects.create(connection=made, name=sender, added_at=AT, added_by="a")
    return made


def item(test: str = "platelets", value: str | None = "250", **named: Any) -> LabItem:
    """One thing found."""
    given = {
        "place": "OBX^1", "key": test, "status": ItemStatus.FINAL, "collected_on": COLLECTED,
        "codes": (Coding("LN", LOINC.get(test, test)),), "unit": UNITS.get(test, ""), **named,
    }  # fmt: skip
    return LabItem(value=value, **given)


def items(values: dict[str, str], **named: Any) -> tuple[LabItem, ...]:
    """Several, each at a place of its own."""
    return tuple(
        item(test, value, place=f"OBX^{place}", **named)
        for place, (test, value) in enumerate(values.items(), 1)
    )


def about(mrn: str = MRN, born: date | None = BORN, **named: Any) -> PatientAsSent:
    """Who the report is about, as sent."""
    given = {"last_name": "Vale", "first_name": "Mara", **named}
    sent = (SentIdentifier(mrn, "RIVER", "MR"),) if mrn else ()
    return PatientAsSent(identifiers=sent, birth_date=born, **given)


_counted = iter(range(1, 10_000_000))


def message(*found: LabItem, **named: Any) -> Received:
    """A message of one report, its raw bytes unlike those of any before."""
    number = next(_counted)
    control_id = named.pop("control_id", f"C{number}")
    raw = named.pop("raw", f"raw {number}".encode())
    sent = {
        "sent_as": named.pop("sent_as", "LAB|RIVERSIDE|REMS|LEMTRADA"),
        "sent_at": named.pop("sent_at", None),
        "is_test": named.pop("is_test", False),
    }
    connection = named.pop("connection", None)
    report = LabReport(
        place="OBR^1",
        number=named.pop("number", f"R{number}"),
        patient=named.pop("patient", None) or about(),
        items=found,
        **named,
    )
    whole = LabMessage(control_id=control_id, reports=(report,), **sent)
    return Received(connection, raw, "hl7v2", whole)


def receive(*messages: Received, at: datetime = AT) -> list[Outcome]:
    """What becomes of them."""
    return receive_all(messages, by=LISTENER, at=at)


def current(one: Patient) -> dict[str, Any]:
    """The values that stand, by test."""
    rows = Result.objects.filter(patient=one, replaced_at__isnull=True)
    return dict(rows.order_by("id").values_list("test", "value"))
