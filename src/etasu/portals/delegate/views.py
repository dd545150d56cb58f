"""The delegate's work: for whom, about which patients, and what waits for a signature."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.course_tasks import courses_given
from etasu.portals.components.draft_states import drafts_of
from etasu.portals.components.patient_forms import drafts_about, forms_to_prepare
from etasu.portals.components.records import patient_banner
from etasu.portals.delegate import presenters
from etasu.portals.delegate.forms import SearchForm
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.monitoring.facts import results_of
from etasu.registry.participants.delegation import serving
from etasu.registry.patients.facts import holds_of, patient_seen, patients_on_hold, patients_seen
from etasu.registry.patients.records import ids_behind
from etasu.registry.submissions.facts import forms_about_any
from etasu.registry.treatment.facts import infusions_of

SEARCH = "delegate_patients"
ONE = "one"
MOST_PATIENTS = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: PortalRequest) -> HttpResponse:
    """What waits and whose patients, for every prescriber one works for.

    A search is sent, not written into the address, for it may hold a name.
    """
    asker = request.asker
    if request.method == "POST":
        form = SearchForm(request.POST)
        is_wanted = form.is_valid() and "clear" not in request.POST
        request.session[SEARCH] = form.cleaned_data["words"] if is_wanted else ""
        return redirect("delegate:home")
    words = request.session.get(SEARCH, "")
    whose = ONE if request.GET.get("whose") == ONE else ""
    found = list(patients_seen(asker, words, MOST_PATIENTS))
    if whose == ONE:
        found = [each for each in found if each.prescriber_id == asker.participant_id]
    on = asked_on(asker, request.at)
    around = _whose(request)
    owners = [each.participant_id for each in around["served"]]
    if whose == ONE:
        owners = [asker.participant_id]
    under_way = [each for owner in owners for each in drafts_of(owner, on)]
    context = around | {
        "form": SearchForm(initial={"words": words}),
        "words": words,
        "table": presenters.worklist(found, patients_on_hold(found), whose, on),
        "drafts": presenters.all_drafts(
            under_way, around["served"], asker.participant_id, asker.time_zone
        ),
    }
    return render(request, "delegate/home.html", context)


@require_safe
def patient(request: PortalRequest, number: str) -> HttpResponse:
    """One patient of a prescriber one works for."""
    asker = request.asker
    found = patient_seen(asker, number)
    on = asked_on(asker, request.at)
    version = library.current().effective(asker.program, on)
    if found is None or version is None:
        raise Http404
    around = _whose(request)
    of_theirs = [each for each in around["served"] if each.participant_id == found.prescriber_id]
    everywhere = ids_behind(found)
    under_way = drafts_of(found.prescriber_id or 0, on)
    context = around | {
        "switch_to": of_theirs[0] if of_theirs else None,
        "patient": found,
        "banner": patient_banner(found, in_full=True, on=on),
        "is_of_another": found.prescriber_id != asker.participant_id,
        "rows": presenters.patient_rows(found, holds_of(found)),
        "forms": forms_to_prepare(version),
        "tables": [
            drafts_about(under_way, everywhere, asker.time_zone),
            courses_given(infusions_of(found)),
            presenters.results_table(results_of(found), version),
            presenters.forms_table(forms_about_any("patient", everywhere), version),
        ],
    }
    return render(request, "delegate/patient.html", context)


def _whose(request: PortalRequest) -> dict[str, Any]:
    """For whom the delegate works now, and for whom else they could."""
    served = list(serving(request.asker))
    return {"served": served, "now": request.acting.membership_id}
