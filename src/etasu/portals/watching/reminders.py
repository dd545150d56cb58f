"""What was said to a patient: when, by which way, and what became of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etasu.portals.components.dates import brief_moment, short_day
from etasu.portals.components.records import Cell, WorklistTable, patient_banner
from etasu.portals.components.reminder_words import about, by_channel, outcome_of
from etasu.portals.requests import PortalRequest
from etasu.portals.watching.here import here, patient_here
from etasu.registry.notices.reminder_facts import said_to
from etasu.registry.patients.records import numbers_behind


@require_safe
def said(request: PortalRequest, number: str) -> HttpResponse:
    """Every reminder of one patient, newest first."""
    where = here(request)
    patient = patient_here(where.asker, number)
    zone = where.asker.time_zone
    rows = []
    for each in said_to(numbers_behind(patient)):
        outcome = outcome_of(each)
        rows.append(
            (
                Cell(brief_moment(each.queued_at, zone)),
                Cell(about(each)),
                Cell(short_day(each.due_on)),
                Cell(by_channel(each)),
                Cell(outcome.state),
                Cell(outcome.reason),
                Cell(brief_moment(outcome.at, zone)),
            )
        )
    table = WorklistTable(
        caption=_("Reminders"),
        columns=(
            *(_("Made"), _("About"), _("Due"), _("By")),
            *(_("What became of it"), _("Why"), _("Known since")),
        ),
        rows=rows,
        empty=_("The patient was reminded of nothing yet."),
    )
    context = {
        "banner": patient_banner(patient, in_full=True, on=where.today),
        "patient": patient,
        "table": table,
    }
    return render(request, "watching/reminders.html", context)
