"""What there is to do about appointments for tests, and one appointment with all there is of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from etasu.portals.appointments.deeds import offered
from etasu.portals.appointments.here import Here, appointment_here, here
from etasu.portals.components import lab_appointment_words as words
from etasu.portals.components.dates import brief_moment, moment, short_day
from etasu.portals.components.forms import NumberField, PortalForm
from etasu.portals.components.records import Cell, SummaryRow, WorklistTable
from etasu.portals.components.reminder_words import by_channel, outcome_of
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.registry.notices.reminder_facts import said_on
from etasu.registry.patient_support.lab_actions import note_look
from etasu.registry.patient_support.lab_facts import day_of_visit, order_of
from etasu.registry.patients.records import numbers_behind
from etasu.registry.reactions.lab_appointment_facts import Appointment, lab_worklist
from etasu.safe_use.lab_program import AppointmentStage

A_PAGE = 50
TO_DO, AHEAD = "page", "ahead"
_WAITING = (AppointmentStage.CONFIRMED, AppointmentStage.AWAITING_RESULTS)


class PatientForm(PortalForm):
    """Whose appointments are looked for."""

    patient = NumberField(
        label=gettext_lazy("Patient number"),
        help_text=gettext_lazy("Leave it empty to see all."),
        required=False,
    )


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Requests first, then what was missed or has no results; last what only takes its time."""
    where = here(request)
    form = PatientForm(request.GET if "patient" in request.GET else None)
    number = form.cleaned_data["patient"] if form.is_valid() else ""
    found = lab_worklist(where.program, where.today)
    if number:
        found = [each for each in found if number in (each.patient.number, each.row.patient.number)]
    to_do = [each for each in found if each.stage not in _WAITING or each.is_at_closed_site]
    waiting = sorted((each for each in found if each not in to_do), key=_day_of)
    ahead = _("Set or waiting for results")
    context = {
        "form": form,
        "asked": urlencode({"patient": number}) if number else "",
        "tables": [
            _table(request, _("To do"), to_do, where, _("Nothing is left to do."), TO_DO),
            _table(request, ahead, waiting, where, _("Nothing is ahead."), AHEAD),
        ],
    }
    return render(request, "appointments/home.html", context)


@require_safe
def appointment(request: PortalRequest, number: str) -> HttpResponse:
    """One appointment: for whom, where, when, how it stands, and what can be done."""
    where = here(request)
    found = appointment_here(request, where, number)
    note_look(found.row, by=actor(request), at=request.at)
    deeds = offered(found) if where.may_change else ()
    context = {
        "found": found,
        "rows": list(_rows(found, where)),
        "tests": words.tests_of(found.row.tests, where.program, found.row.program_version),
        "missing": words.tests_of(found.missing, where.program, found.row.program_version),
        "shows_missing": found.stage is AppointmentStage.NO_RESULTS,
        "deeds": [(reverse("appointments:do", args=[number, each.code]), each) for each in deeds],
    }
    return render(request, "appointments/appointment.html", context)


def _day_of(found: Appointment) -> date:
    return day_of_visit(found.row)


def _table(
    request: PortalRequest,
    caption: str,
    found: Sequence[Appointment],
    where: Here,
    empty: str,
    page_name: str,
) -> WorklistTable:
    page = Paginator(found, A_PAGE).get_page(request.GET.get(page_name))
    return WorklistTable(
        caption=caption,
        columns=(_("Appointment"), _("State"), _("How"), _("When"), _("Asked for")),
        rows=[_row(each, where, request.asker.time_zone) for each in page],
        empty=empty,
    ).on(page, page_name)


def _row(each: Appointment, where: Here, zone: str) -> Sequence[Cell]:
    row = each.row
    # The day and the part of it, without words that a narrow column has no room for.
    when = short_day(row.day or row.wished_on)
    state = _("The place closed") if each.is_at_closed_site else words.STAGES[each.stage]
    return (
        Cell(row.number, reverse("appointments:appointment", args=[row.number]), is_number=True),
        Cell(state),
        Cell(words.way_words(where.plan, row.way).name),
        Cell(when),
        Cell(brief_moment(row.requested_at, zone)),
    )


def _rows(found: Appointment, where: Here) -> Iterator[SummaryRow]:
    row, patient = found.row, found.patient
    zone = patient.time_zone
    yield SummaryRow(_("State"), words.STAGES[found.stage])
    yield SummaryRow(_("Patient"), f"{patient.full_name}, {patient.number}")
    if patient.birth_date:
        yield SummaryRow(_("Born"), short_day(patient.birth_date))
    yield SummaryRow(_("Language"), _("Spanish") if patient.language == "es" else _("English"))
    yield SummaryRow(_("Telephone"), row.telephone)
    way = words.way_words(words.plan_of(where.program, row.program_version), row.way)
    yield SummaryRow(_("How"), way.name)
    if place := words.place_line(row, found.site):
        yield SummaryRow(_("Where"), place)
    yield SummaryRow(_("Wished for"), words.wished_line(row))
    if when := words.when_line(row):
        yield SummaryRow(_("Set for"), when)
    yield SummaryRow(_("Order"), _order(found))
    for label, at in _moments(row):
        yield SummaryRow(label, moment(at, zone))
    if told := said_on(f"{row.number} ", numbers_behind(patient)):
        yield SummaryRow(_("Message to the patient"), _outcome(told, zone))
    if row.settled_note:
        yield SummaryRow(_("What was done"), row.settled_note)


def _order(found: Appointment) -> str:
    day = found.row.day or found.row.wished_on
    order = order_of(found.patient, day)
    if order is None:
        return _("None is on record. Ask the prescriber’s office for it.")
    said = {"number": order.number, "prescriber": order.prescriber.name}
    return _("%(number)s, by %(prescriber)s") % said


def _outcome(told: Any, zone: str) -> str:
    """What became of the newest message, and why when it did not go."""
    outcome = outcome_of(told)
    said = [by_channel(told), outcome.state, outcome.reason, moment(outcome.at, zone)]
    return ". ".join(str(each) for each in said if each)


def _moments(row: Any) -> Iterator[tuple[str, Any]]:
    """What happened to it, in the order it can."""
    told = (
        (_("Asked for"), row.requested_at),
        (_("Time set"), row.confirmed_at),
        (_("Noted as kept"), row.done_at),
        (_("Noted as missed"), row.missed_at),
        (_("Called off"), row.canceled_at),
        (_("Settled"), row.settled_at),
    )
    yield from ((label, at) for label, at in told if at is not None)
