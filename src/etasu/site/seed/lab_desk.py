"""The lab program of a seeded site: where laboratories draw, somebody who asks, and an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from etasu.registry.accounts import access
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.csv_rows import plain
from etasu.registry.patient_support.draw_sites import COLUMNS, receive_draw_sites
from etasu.registry.patient_support.event_actions import Planned, add_event
from etasu.registry.patient_support.event_facts import EventWords
from etasu.registry.patient_support.lab_actions import Where, Wished, request_appointment
from etasu.registry.patients.models import Patient
from etasu.registry.reactions.lab_appointment_facts import lab_tests_due
from etasu.registry.submissions.actions import Given, give_consent
from etasu.safe_use.lab_program import LabProgram, PartOfDay, WayKind
from etasu.site.seed.desk import ZONE, Desk

DAY = timedelta(days=1)
PLACES = (
    ("Dayton", "OH", "45402"),
    ("Columbus", "OH", "43215"),
    ("New York", "NY", "10001"),
    ("Chicago", "IL", "60601"),
    ("Houston", "TX", "77002"),
    ("Los Angeles", "CA", "90012"),
    ("Miami", "FL", "33101"),
    ("Seattle", "WA", "98101"),
)
LEAD = Actor("demo", access.LAB_ANALYST)
NOOR = Actor("demo", access.PATIENT)


def let_tests_be_taken(desk: Desk, patients: Mapping[str, str]) -> None:
    """Draw sites of both laboratories, an appointment that waits, and an evening to come."""
    plan = desk.version_on(desk.today).lab_program
    if plan is None:
        return
    for way in plan.ways:
        if way.kind is WayKind.SITE:
            content = _listed(way.code).encode()
            receive_draw_sites(desk.code, way.code, content, is_whole=True, by=LEAD, at=desk.at)
    if "noor" in patients:
        _ask(desk, plan, Patient.objects.get(number=patients["noor"]))
    _offer(desk)


def _listed(way: str) -> str:
    """A laboratory's list, as it would send it."""
    rows = [
        f"{plain(way)[:3].upper()}-{number},{city} {number},{number} Main Street,{city},{state},"
        f'{zip_code},555-555-01{number:02},"Monday to Friday, 7 AM to 3 PM"'
        for number, (city, state, zip_code) in enumerate(PLACES, 1)
    ]
    return "\n".join((",".join(COLUMNS), *rows))


def _ask(desk: Desk, plan: LabProgram, noor: Patient) -> None:
    way = next((each for each in plan.ways if each.kind is WayKind.VISIT), None)
    tests = lab_tests_due(noor, desk.today)
    if way is None or not tests:
        return
    given = Given(desk.code, plan.consent, "patient", noor.pk, noor.number, noor.full_name, "link")
    give_consent(given, on=desk.today, by=NOOR, at=desk.at)
    where = Where("5 Oak Street", *PLACES[0])
    wished = Wished(
        way.code, tuple(tests), desk.today + 3 * DAY, PartOfDay.MORNING, "555-555-0142", None, where
    )
    request_appointment(noor, wished, by=NOOR, at=desk.at)


def _offer(desk: Desk) -> None:
    words = {
        "en": EventWords(
            "Ask an expert", "An hour with people who know, and time for questions.", "Online"
        ),
        "es": EventWords(
            "Pregunte a un experto",
            "Una hora con quienes saben, y tiempo para preguntas.",
            "En línea",
        ),
    }
    begins = datetime.combine(desk.today + 21 * DAY, time(18), ZoneInfo(ZONE))
    planned = Planned(words, begins, begins + timedelta(hours=1), ZONE, 40)
    add_event(desk.code, planned, by=LEAD, at=desk.at)
