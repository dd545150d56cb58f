"""Results that somebody signed in enters by hand: the same way in as from any laboratory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring import intake
from etasu.registry.monitoring.connecting import register_connection
from etasu.registry.monitoring.judging import OWN_TESTS
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.received import Outcome, Received
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for
from etasu.safe_use.lab_reports import (
    Coding,
    ItemStatus,
    LabItem,
    LabMessage,
    LabReport,
    PatientAsSent,
    PatientIdentifier,
)
from etasu.safe_use.readings import COMPARED

WIRE = "by hand"
_NAME = "Entered by hand"


class ByHand(NamedTuple):
    """One result as somebody reads it off a paper; `test` is a code of the program."""

    test: str
    value: str
    unit: str
    collected_on: date
    low: str = ""
    high: str = ""
    flags: tuple[str, ...] = ()
    note: str = ""


def enter_results(
    patient: Patient, entered: Sequence[ByHand], *, by: Actor, at: datetime
) -> Outcome:
    """Take in what somebody entered about a patient they had before them; each in its order.

    The outcome says of each, at place `1` on, whether it counts and what is odd about it.
    """
    patient = answered_for(patient)
    connection = _connection(patient.program, by=by, at=at)
    raw = json.dumps([each._asdict() for each in entered], default=str, sort_keys=True)
    said = f"{patient.number} {by.number} {at.isoformat()} {raw}"
    report = LabReport(
        place="by hand",
        number="",
        patient=PatientAsSent(identifiers=(PatientIdentifier(patient.number, OWN_TESTS),)),
        items=tuple(_item(place, each) for place, each in enumerate(entered, 1)),
    )
    message = LabMessage(control_id="", sent_as=WIRE, reports=(report,))
    received = Received(f"connection:{connection.number}", said.encode(), WIRE, message)
    return intake.receive(received, by=by, at=at)


def _item(place: int, each: ByHand) -> LabItem:
    found = COMPARED.fullmatch(each.value.strip())
    comparator, value = (found[1], found[2]) if found else ("", each.value.strip())
    return LabItem(
        place=str(place),
        key=f"{place}",
        codes=(Coding(OWN_TESTS, each.test),),
        value=value or None,
        status=ItemStatus.FINAL,
        collected_on=each.collected_on,
        comparator=comparator,
        unit=each.unit.strip(),
        low=each.low.strip() or None,
        high=each.high.strip() or None,
        abnormal=each.flags,
        note=each.note,
    )


def _connection(program: str, *, by: Actor, at: datetime) -> LabConnection:
    known = LabConnection.objects.filter(
        program=program, name=_NAME, wire=WIRE, closed_at__isnull=True
    )
    found = known.first()
    if found is None:
        with transaction.atomic():
            found = register_connection(program, _NAME, wire=WIRE, by=by, at=at)
    return found
