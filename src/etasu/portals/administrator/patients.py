"""One patient: the record and the story of everything that was done."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from etasu.portals.administrator import patient_record as record
from etasu.portals.administrator.decision_list import decisions_of_one
from etasu.portals.administrator.event_list import events_table
from etasu.portals.administrator.here import here
from etasu.portals.administrator.timeline import timeline
from etasu.portals.components.records import patient_banner
from etasu.portals.requests import PortalRequest
from etasu.registry.audit.facts import entries_about
from etasu.registry.authorizations.facts import (
    DecisionFilter,
    authorizations_of,
    decisions_matching,
)
from etasu.registry.compliance.facts import events_of
from etasu.registry.patients.duplicates import reviews_of
from etasu.registry.patients.facts import holds_of, patient_by_number
from etasu.registry.patients.records import numbers_behind, records_behind
from etasu.registry.submissions.facts import forms_about_any
from etasu.registry.submissions.intake_facts import documents_of_drafts
from etasu.registry.treatment.facts import dispenses_of, infusions_of


@require_safe
def patient(request: PortalRequest, number: str) -> HttpResponse:
    """Everything about one patient, and who did what, newest first."""
    where = here(request)
    found = patient_by_number(number, where.asker.program)
    if found is None:
        raise Http404
    events = list(events_of(found))
    everywhere = records_behind(found)
    asked = decisions_matching(where.asker, DecisionFilter()).filter(patient__in=everywhere)
    forms = list(forms_about_any("patient", everywhere).select_related("draft"))
    documents = documents_of_drafts([each.draft_id for each in forms if each.draft_id])
    subjects = [*numbers_behind(found), *(each.number for each in events)]
    context: dict[str, Any] = {
        "banner": patient_banner(found, in_full=True, on=where.today),
        "patient": found,
        "rows": record.enrollment_rows(found),
        "tables": [
            record.holds_table(holds_of(found)),
            decisions_of_one(asked, where.version, where.asker.time_zone),
            record.authorizations_table(authorizations_of(found), where.version),
            record.infusions_table(infusions_of(found)),
            record.dispenses_table(dispenses_of(found)),
            record.forms_table(forms, documents, where.version),
            record.records_table(reviews_of(found)),
            events_table(events),
        ],
        "timeline": timeline(entries_about(subjects), where.version),
    }
    return render(request, "administrator/patient.html", context)
