"""A patient's days and quiet hours are those of where they live."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants.models import Participant
from etasu.registry.participants.zones import zone_of_zip
from etasu.registry.patients.enrollment import enroll_by_form
from etasu.registry.patients.models import Patient, Transfer
from etasu.registry.submissions.actions import save_answers, sign_draft
from tests.factories.teaching import AT
from tests.registry.drafting import actor, every_program, filled, said, shown, sitting
from tests.registry.rows import row

pytestmark = pytest.mark.django_db
PROGRAM, ENROLLMENT = "lemtrada", "patient-enrollment"
EAST, WEST = "America/New_York", "America/Los_Angeles"
MIGRATION = import_module("etasu.registry.patients.migrations.0008_days_of_where_they_live")


def prescriber(zone: str = EAST) -> Participant:
    return row(Participant, program=PROGRAM, kind="prescriber", name="Dr. Amara", time_zone=zone)


def lives_at(zip_code: str, zone: str = EAST, **more: Any) -> Patient:
    return row(Patient, program=PROGRAM, zip_code=zip_code, time_zone=zone, **more)


@pytest.mark.parametrize(
    ("zip_code", "zone"),
    [
        ("90001", WEST),
        ("90001-1234", WEST),
        ("96799", "Pacific/Pago_Pago"),
        ("85001", "America/Phoenix"),
        # Of the Armed Forces, of a list with a town in place of a zone, and never given out.
        ("09001", "America/Chicago"),
        ("99634", "America/Chicago"),
        ("00100", "America/Chicago"),
        ("", "America/Chicago"),
    ],
)
def test_a_zip_code_has_a_zone_or_the_other_one_is_taken(zip_code: str, zone: str) -> None:
    assert zone_of_zip(zip_code, "America/Chicago") == zone


@pytest.mark.parametrize(("zip_code", "zone"), [("90001", WEST), ("00100", EAST)])
def test_who_is_enrolled_by_a_form_has_the_zone_of_their_zip_code(zip_code: str, zone: str) -> None:
    library.use(every_program())
    try:
        amara = prescriber()
        nobody = {"subject_id": None, "subject_number": "", "owner_id": amara.pk}
        draft = filled(PROGRAM, ENROLLMENT, **nobody)
        answers = {**said(draft), "zip": zip_code, "state": "CA"}
        by = actor("delegate")
        save_answers(draft, answers, seen_revision=draft.revision, by=by, at=AT)
        for role in ("patient", "prescriber"):
            here = sitting(method="in_person" if role == "patient" else "password")
            here = here._replace(participant_id=amara.pk)
            sign_draft(shown(draft, role), here, by=actor("prescriber"), at=AT)
        draft.refresh_from_db()
        enrolled = enroll_by_form(draft, by=PLATFORM, at=AT)
    finally:
        library.use(None)
    assert enrolled is not None
    assert enrolled.patient.time_zone == zone


def test_who_had_their_prescribers_zone_gets_that_of_their_zip_code() -> None:
    amara, former = prescriber(), prescriber("America/Denver")
    wrong = lives_at("90001", prescriber=amara)
    right = lives_at("10001", prescriber=amara)
    unknown = lives_at("", prescriber=amara)
    # Nobody knows where this zone came from: it stays.
    chosen = lives_at("90001", "Pacific/Honolulu", prescriber=amara)
    passed_on = lives_at("96799", "America/Denver", prescriber=amara)
    row(Transfer, patient=passed_on, former=former)
    before = {each.pk: each.revision for each in Patient.objects.all()}
    with connection.schema_editor() as editor:
        MIGRATION.live_where_they_live(None, editor)
    zones = dict(Patient.objects.values_list("pk", "time_zone"))
    assert zones == {
        wrong.pk: WEST,
        right.pk: EAST,
        unknown.pk: EAST,
        chosen.pk: "Pacific/Honolulu",
        passed_on.pk: "Pacific/Pago_Pago",
    }
    assert {each.pk: each.revision for each in Patient.objects.all()} == before
    told = AuditEntry.objects.filter(verb="patient.contact_changed")
    assert {each.subject for each in told} == {wrong.number, passed_on.number}
    assert {each.actor for each in told} == {PLATFORM.number}
    assert all("Los_Angeles" not in str(each.detail) for each in told)
