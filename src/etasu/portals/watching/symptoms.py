"""What patients told of in self-checks, and what is said about it by whoever treats them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.dates import moment
from etasu.portals.components.forms import sent_form
from etasu.portals.components.self_checks import URGENCIES, ToldLine, Words, told_lines
from etasu.portals.components.sending import actor
from etasu.portals.requests import PortalRequest
from etasu.portals.watching.forms import DoneForm, not_kept, was_kept
from etasu.portals.watching.here import Here, about, here
from etasu.portals.watching.listing import Told
from etasu.registry.monitoring.worklist import Rank
from etasu.registry.patient_support.self_check_facts import (
    check_seen,
    open_in,
    plan_of,
    told_in,
)
from etasu.registry.patient_support.self_checks import acknowledge_symptoms
from etasu.registry.patients.records import answered_for
from etasu.safe_use.monitoring_plan import Urgency


class SymptomNote(NamedTuple):
    """What one patient told in one self-check and nobody has looked after."""

    patient: Any
    urgency: Words
    is_pressing: bool
    is_late: bool
    told_at: str
    until: str
    lines: Sequence[tuple[ToldLine, bool]]
    url: str


def symptom_notes(symptoms: Iterable[Any], where: Here) -> list[SymptomNote]:
    """The symptoms by self-check, the most pressing first, as they come."""
    by_check: dict[int, list[Any]] = {}
    for each in symptoms:
        by_check.setdefault(each.check_of_id, []).append(each)
    return [_note(found, where) for found in by_check.values()]


def by_rank(symptoms: Iterable[Any]) -> Mapping[Rank, Collection[int]]:
    """The patients who told of them, by id, with the place that gives them in the worklist."""
    found: dict[Rank, set[int]] = {Rank.EMERGENCY_SYMPTOM: set(), Rank.SYMPTOM: set()}
    for each in symptoms:
        is_emergency = each.urgency == Urgency.EMERGENCY
        rank = Rank.EMERGENCY_SYMPTOM if is_emergency else Rank.SYMPTOM
        found[rank].add(answered_for(each.patient).pk)
    return found


def in_words(symptoms: Iterable[Any]) -> Told:
    """What each of the patients told of, by id."""
    found: dict[int, list[str]] = {}
    for each in symptoms:
        (line,) = told_lines(plan_of(each.check_of), [each])
        found.setdefault(answered_for(each.patient).pk, []).append(line.words.text)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledge(request: PortalRequest, number: str) -> HttpResponse:
    """Say what was done about everything told in one self-check."""
    where = here(request)
    check = check_seen(where.asker, number)
    if check is None:
        raise Http404
    patient = answered_for(check.patient)
    told = open_in(check)
    shown = " ".join(str(each.number) for each in told)
    form = DoneForm(sent_form(request), initial={"shown": shown})
    if request.method == "POST" and form.is_valid():
        # What was told after the page was opened is not answered by it.
        answered = told_in(check, form.cleaned_data["shown"].split())
        done, by = form.cleaned_data["done"], actor(request)
        if was_kept(acknowledge_symptoms(answered, done, by=by, at=request.at), done, by):
            messages.success(request, _("What you did is on record."))
            return redirect("watching:patient", patient.number)
        form = not_kept(done, shown)
    elif not told:
        return redirect("watching:patient", patient.number)
    context = about(patient, where.today, form) | {"symptoms": symptom_notes(told, where)}
    return render(request, "watching/acknowledge_symptoms.html", context)


def _note(found: Sequence[Any], where: Here) -> SymptomNote:
    most, zone = found[0], where.asker.time_zone
    told = told_lines(plan_of(most.check_of), found)
    is_back = [each.taken_back_at is not None for each in found]
    url = reverse("watching:acknowledge-symptoms", args=[most.check_of.number])
    return SymptomNote(
        answered_for(most.patient),
        URGENCIES[most.urgency],
        most.urgency in ("emergency", "urgent"),
        any(each.escalated_at is not None for each in found),
        moment(most.told_at, zone),
        moment(most.answer_until, zone) if most.answer_until else "",
        list(zip(told, is_back, strict=True)),
        url if where.may("acknowledge-symptoms") else "",
    )
