"""Results that somebody signed in enters by hand: the same way in as from any laboratory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from etasu.programs.codes import code_tables
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring import intake
from etasu.registry.monitoring.facts import results_of
from etasu.registry.monitoring.judging import OWN_TESTS, judge, setting_of
from etasu.registry.monitoring.own_connections import own_connection
from etasu.registry.monitoring.reasons import Reason, reason_of
from etasu.registry.monitoring.received import BY_HAND, Outcome, Received
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
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.readings import compared
from etasu.safe_use.units import Converted


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


class Preview(NamedTuple):
    """What one result would be kept as: `converted`, or else why it would not count.

    `odd` is why somebody should look at it though it counts.
    """

    entered: ByHand
    converted: Converted | None
    wrong: Reason | None = None
    odd: Reason | None = None
    is_on_file: bool = False


def enter_results(
    patient: Patient,
    entered: Sequence[ByHand],
    *,
    source: str = BY_HAND,
    laboratory: str = "",
    by: Actor,
    at: datetime,
) -> Outcome:
    """Take in what somebody entered about a patient they had before them; each in its order.

    The outcome says of each, at place `1` on, whether it counts and what is odd about it.
    """
    patient = answered_for(patient)
    connection = own_connection(patient.program, source, by=by, at=at)
    raw = json.dumps([each._asdict() for each in entered], default=str, sort_keys=True)
    said = f"{patient.number} {by.number} {at.isoformat()} {laboratory} {raw}"
    report = LabReport(
        place="by hand",
        number="",
        patient=PatientAsSent(identifiers=(PatientIdentifier(patient.number, OWN_TESTS),)),
        items=tuple(_item(place, each) for place, each in enumerate(entered, 1)),
    )
    message = LabMessage(control_id="", sent_as=source, reports=(report,))
    received = Received(f"connection:{connection.number}", said.encode(), source, message)
    return intake.receive(received, by=by, at=at)


def preview(
    patient: Patient, entered: Sequence[ByHand], version: ProgramVersion, latest: date
) -> list[Preview]:
    """What each would be kept as, in its order; `latest` is the last day one can be collected."""
    setting = setting_of(version, {}, {}, code_tables(), latest)
    found = []
    for each in entered:
        judged = judge(_item(1, each), setting, "")
        kept = judged.converted
        if kept is None:
            found.append(Preview(each, None, wrong=reason_of(judged.reason)))
            continue
        odd = reason_of(kept.review) if kept.review else None
        found.append(Preview(each, kept, odd=odd, is_on_file=_is_on_file(patient, each, kept)))
    return found


def _is_on_file(patient: Patient, each: ByHand, kept: Converted) -> bool:
    same = results_of(patient).filter(
        test=each.test,
        collected_on=each.collected_on,
        value=kept.value,
        comparator=kept.comparator,
        unit=kept.unit,
    )
    return same.exists()


def _item(place: int, each: ByHand) -> LabItem:
    said = each.value.strip()
    comparator, value = compared(said) or ("", said)
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
