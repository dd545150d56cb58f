"""What is done about appointments for laboratory tests, and orders for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.models import Participant
from etasu.registry.patient_support.lab_facts import (
    all_ahead,
    is_lab_allowed,
    lab_program_of,
    visited,
)
from etasu.registry.patient_support.models import DrawSite, LabAppointment, LabOrder
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, ids_behind
from etasu.registry.patients.today import day_of, has_left
from etasu.safe_use.lab_program import LabProgram, PartOfDay, WayKind


class NotAllowed(ValueError):
    """The consent that the lab program needs is not given, or was taken back."""


class NotPossible(ValueError):
    """What is asked for does not fit how the appointment stands, or what the way needs."""


class OneAhead(NotPossible):
    """There is an appointment ahead already."""


class Where(NamedTuple):
    """Where somebody is visited; all empty for a site or the practice."""

    street: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""


class Wished(NamedTuple):
    """What somebody asks for: the way, the tests, when, and where."""

    way: str
    tests: tuple[str, ...]
    on: date
    part: PartOfDay
    telephone: str
    site: DrawSite | None = None
    where: Where = Where()


class Time(NamedTuple):
    """When an appointment is, by the clock where the patient lives."""

    day: date
    begins: time
    ends: time


def request_appointment(
    patient: Patient, wished: Wished, *, by: Actor, at: datetime
) -> LabAppointment:
    """Ask for an appointment. One whose day is over stays as it is, and stands in nobody's way.

    Raises NotAllowed without the consent, NotOffered where the program has no lab program, OneAhead
    while another one is to come, and NotPossible for what the way does not fit.
    """
    today = day_of(patient, at)
    version, plan = lab_program_of(patient, today)
    _check_wish(wished, plan, today)
    with transaction.atomic():
        held = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        if not is_lab_allowed(held, plan, at):
            raise NotAllowed(plan.consent)
        if has_left(held, wished.on):
            raise NotPossible("on")
        if (before := all_ahead(patient, today).first()) is not None:
            raise OneAhead(before.number)
        made = LabAppointment.objects.create(
            patient=patient,
            program_version=version.label,
            way=wished.way,
            site=wished.site,
            **wished.where._asdict(),
            telephone=wished.telephone,
            tests=list(wished.tests),
            wished_on=wished.on,
            wished_part=wished.part,
            requested_at=at,
            requested_by=by.number,
        )
        _note("lab_appointment.requested", made, by, at, {"way": made.way})
    return made


def confirm_appointment(
    appointment: LabAppointment, when: Time, *, by: Actor, at: datetime
) -> LabAppointment:
    """Say when it is, for the first time or anew; the same said again changes nothing.

    Once its day is over it is no longer moved: another one is asked for.
    """
    with transaction.atomic():
        found = _held(appointment)
        today = day_of(found.patient, at)
        if _has_ended(found) or when.ends <= when.begins or when.day < today:
            raise NotPossible(found.number)
        if found.day is not None and found.day < today:
            raise NotPossible(found.number)
        if has_left(answered_for(found.patient), when.day):
            raise NotPossible(found.number)
        if (found.day, found.begins, found.ends) == when:
            return found
        if found.day is not None:
            found.changes += 1
        found.day, found.begins, found.ends = when
        found.confirmed_at, found.confirmed_by = at, by.number
        detail = {"on": when.day.isoformat(), "changes": found.changes}
        _save(found, "lab_appointment.confirmed", by, at, detail)
    return found


def note_kept(appointment: LabAppointment, on: date, *, by: Actor, at: datetime) -> LabAppointment:
    """Note that specimens were taken on a day, whatever day was agreed on.

    Raises NotPossible for a day to come, and for one before it was asked for: whatever was taken
    then was another visit, whose results would stand for this one's.
    """
    with transaction.atomic():
        found = _held(appointment)
        if found.done_on == on:
            return found
        first = day_of(found.patient, found.requested_at)
        if _has_ended(found) or not first <= on <= day_of(found.patient, at):
            raise NotPossible(found.number)
        _kept(found, on, by, at)
    return found


def note_missed(appointment: LabAppointment, *, by: Actor, at: datetime) -> LabAppointment:
    """Note that it was not kept. Somebody finds another day with the patient."""
    with transaction.atomic():
        found = _held(appointment)
        if found.missed_at is not None:
            return found
        if _has_ended(found) or found.day is None or found.day > day_of(found.patient, at):
            raise NotPossible(found.number)
        found.missed_at, found.missed_by = at, by.number
        _save(found, "lab_appointment.missed", by, at)
    return found


def cancel_appointment(
    appointment: LabAppointment, reason: str, *, by: Actor, at: datetime
) -> LabAppointment:
    """Call it off, on its day at the latest. One that is canceled already stays as it is."""
    with transaction.atomic():
        found = _held(appointment)
        if found.canceled_at is not None:
            return found
        if _has_ended(found) or (found.day or date.max) < day_of(found.patient, at):
            raise NotPossible(found.number)
        found.canceled_at, found.canceled_by, found.canceled_because = at, by.number, reason
        found.changes += 1
        _save(found, "lab_appointment.canceled", by, at)
    return found


def cancel_what_is_ahead(
    patient: Patient, reason: str, *, since: date | None = None, by: Actor, at: datetime
) -> None:
    """Call off what is to come from a day on, as when the consent was taken back today.

    A request nobody set a time for yet is to come on the day it was wished for, or later.
    """
    for each in all_ahead(patient, day_of(patient, at)):
        today = day_of(each.patient, at)
        day = each.day or max(each.wished_on, today)
        if day >= max(since or today, today):
            cancel_appointment(each, reason, by=by, at=at)


def settle_appointment(
    appointment: LabAppointment, note: str, *, by: Actor, at: datetime
) -> LabAppointment:
    """Note what was done about one that is over: missed, called off, or its results looked after.

    Raises NotPossible while its day is to come.
    """
    with transaction.atomic():
        found = _held(appointment)
        if found.settled_at is None:
            since = visited(found).since or date.max
            if found.canceled_at is None and since > day_of(found.patient, at):
                raise NotPossible(found.number)
            found.settled_at, found.settled_by, found.settled_note = at, by.number, note
            _save(found, "lab_appointment.settled", by, at)
    return found


def order_tests(
    patient: Patient,
    prescriber: Participant,
    tests: Sequence[str],
    *,
    is_standing: bool,
    by: Actor,
    at: datetime,
) -> LabOrder:
    """Order tests in a prescriber's name; the order before is ended.

    Raises NotOffered, and NotPossible for tests that the lab program does not take.
    """
    today = day_of(patient, at)
    version, plan = lab_program_of(patient, today)
    if not tests or not set(tests) <= set(plan.tests):
        raise NotPossible("tests")
    lasts = plan.standing_order if is_standing else plan.order
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        end_order(patient, by=by, at=at)
        made = LabOrder.objects.create(
            patient=patient,
            prescriber=prescriber,
            program_version=version.label,
            tests=[each for each in plan.tests if each in tests],
            is_standing=is_standing,
            through=lasts.after(today),
            ordered_at=at,
            ordered_by=by.number,
        )
        detail = {"patient": patient.number, "standing": is_standing}
        audit.record("lab_order.made", subject=("lab order", made.number), by=by, at=at,
                     detail=detail)  # fmt: skip
    return made


def end_order(patient: Patient, *, by: Actor, at: datetime) -> None:
    """End the order that counts, where there is one."""
    with transaction.atomic():
        held = LabOrder.objects.select_for_update(no_key=True)
        for each in held.filter(patient__in=ids_behind(patient), ended_at__isnull=True):
            each.ended_at, each.ended_by = at, by.number
            each.save(update_fields=["ended_at", "ended_by"])
            subject = ("lab order", each.number)
            audit.record("lab_order.ended", subject=subject, by=by, at=at)


def note_look(appointment: LabAppointment, *, by: Actor, at: datetime) -> None:
    """Note that somebody has looked at an appointment, which says who and where somebody is."""
    subject = ("patient", appointment.patient.number)
    detail = {"appointment": appointment.number}
    audit.record("lab_appointment.looked_at", subject=subject, by=by, at=at, detail=detail)


def note_order_printed(
    patient: Patient, order: LabOrder | None, *, by: Actor, at: datetime
) -> None:
    """Note that somebody printed an order, or a sheet to be signed where there is none."""
    detail = {"order": order.number if order is not None else ""}
    subject = ("patient", patient.number)
    audit.record("lab_order.printed", subject=subject, by=by, at=at, detail=detail)


def _held(appointment: LabAppointment) -> LabAppointment:
    held = LabAppointment.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("patient").get(pk=appointment.pk)


def _has_ended(found: LabAppointment) -> bool:
    said = visited(found)
    is_closed = found.done_at is not None or found.settled_at is not None
    return is_closed or said.is_missed or said.is_canceled


def _check_wish(wished: Wished, plan: LabProgram, today: date) -> None:
    way = plan.way(wished.way)
    if way is None or not wished.tests or wished.on < today:
        raise NotPossible(wished.way)
    if (wished.site is not None) != (way.kind is WayKind.SITE):
        raise NotPossible("site")
    if all(wished.where) != (way.kind is WayKind.VISIT) or not set(wished.tests) <= set(plan.tests):
        raise NotPossible("where")


def _kept(found: LabAppointment, on: date, by: Actor, at: datetime) -> None:
    found.done_on, found.done_at, found.done_by = on, at, by.number
    _save(found, "lab_appointment.kept", by, at, {"on": on.isoformat()})


def _save(
    found: LabAppointment,
    verb: str,
    by: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    found.save()
    _note(verb, found, by, at, detail or {})


def _note(
    verb: str, found: LabAppointment, by: Actor, at: datetime, detail: Mapping[str, Any]
) -> None:
    said = {"patient": found.patient.number, **detail}
    subject = ("lab appointment", found.number)
    audit.record(verb, subject=subject, by=by, at=at, detail=said)
