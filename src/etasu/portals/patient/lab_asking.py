"""Asking for an appointment, one question a page: how, where, when, and is this right?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from etasu.portals.components import lab_appointment_words as words
from etasu.portals.components.dates import day
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.near import ZipForm
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.portals.patient.lab_forms import (
    AddressForm,
    SiteForm,
    TelephoneForm,
    WayForm,
    WhenForm,
)
from etasu.portals.patient.lab_tests import SAID, plan_here
from etasu.registry.participants.locator import place_of
from etasu.registry.patient_support.draw_sites import FoundSite, draw_site, draw_sites_near
from etasu.registry.patient_support.lab_actions import (
    NotAllowed,
    NotPossible,
    OneAhead,
    Where,
    Wished,
    request_appointment,
)
from etasu.registry.patient_support.lab_facts import all_ahead, is_lab_allowed
from etasu.registry.reactions.lab_appointment_facts import lab_tests_due
from etasu.safe_use.lab_program import LabProgram, PartOfDay, WayKind

ANSWERS = "lab-answers"
WAY, NEAR, SITE, ADDRESS, WHEN, TELEPHONE, CHECK = (
    *("way", "near", "site", "address", "when", "telephone", "check"),
)
STEPS = {
    WayKind.SITE: (WAY, NEAR, SITE, WHEN, TELEPHONE, CHECK),
    WayKind.VISIT: (WAY, ADDRESS, WHEN, TELEPHONE, CHECK),
    WayKind.OFFICE: (WAY, WHEN, TELEPHONE, CHECK),
}


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, held: Holder, step: str) -> HttpResponse:
    """One question; the last page shows all of it and asks for the appointment."""
    _version, plan = plan_here(held)
    if not is_lab_allowed(held.patient, plan, held.at) or not lab_tests_due(held.patient, held.on):
        return here.see_other("patient:lab-tests")
    if step == WAY and all_ahead(held.patient, held.on).exists():
        here.remember(request, SAID, "one-ahead")
        return here.see_other("patient:lab-tests")
    answers = _answers(request) if step != WAY else {}
    steps = _steps(plan, answers)
    if step not in {each for way in STEPS.values() for each in way}:
        raise Http404
    if step not in steps or (missing := _first_missing(steps, answers, before=step)):
        return here.see_other("patient:lab-ask", WAY if step not in steps else missing)
    if step == CHECK:
        return _check(request, held, plan, answers)
    form = _form(request, held, plan, step, answers)
    if form.is_valid():
        here.remember(request, ANSWERS, answers | {step: _said(form)})
        known = _answers(request)
        return here.see_other("patient:lab-ask", _after(step, _steps(plan, known)))
    number, of = steps.index(step) + 1, len(steps)
    context = {"form": form, "number": number, "of": of if step != WAY else 0, "step": step}
    context["nothing_near"] = step == SITE and not form.fields["site"].choices  # type: ignore[attr-defined]
    return here.shown(request, "patient/lab_ask.html", context, held)


def _check(
    request: HttpRequest, held: Holder, plan: LabProgram, answers: dict[str, Any]
) -> HttpResponse:
    wished = _wished(held, plan, answers)
    if wished is None:
        return here.see_other("patient:lab-ask", WAY)
    if request.method == "POST":
        return _request(request, held, wished)
    version, _plan = plan_here(held)
    said = words.way_words(plan, wished.way)
    context = {
        "way": said,
        "place": words.site_line(wished.site) if wished.site else _address(wished.where),
        "on": day(wished.on),
        "part": words.PARTS[wished.part],
        "telephone": wished.telephone,
        "tests": [version.tests[each] for each in wished.tests],
    }
    return here.shown(request, "patient/lab_check.html", context, held)


def _request(request: HttpRequest, held: Holder, wished: Wished) -> HttpResponse:
    said = "requested"
    try:
        request_appointment(held.patient, wished, by=held.actor, at=held.at)
    except OneAhead:
        # Sent twice, or asked for twice: the one that is there is shown.
        said = "one-ahead"
    except (NotAllowed, NotPossible):
        said = "not-possible"
    here.remember(request, ANSWERS, {})
    here.remember(request, SAID, said)
    return here.see_other("patient:lab-tests")


def _form(
    request: HttpRequest, held: Holder, plan: LabProgram, step: str, answers: dict[str, Any]
) -> PortalForm:
    sent, before = sent_form(request), _answers(request).get(step)
    patient = held.patient
    if step == WAY:
        form = WayForm(sent, initial=before)
        form.offer(plan)
        return form
    if step == NEAR:
        return ZipForm(sent, initial=before or {"zip_code": patient.zip_code})
    if step == SITE:
        choice = SiteForm(sent, initial=before)
        choice.offer(_sites(held, plan, answers))
        return choice
    if step == ADDRESS:
        known = {name: getattr(patient, name) for name in ("city", "state", "zip_code")}
        return AddressForm(sent, initial=before or known)
    if step == TELEPHONE:
        return TelephoneForm(sent, initial=before or {"telephone": patient.telephone})
    return WhenForm(sent, initial=before, today=held.on)


def _sites(held: Holder, plan: LabProgram, answers: dict[str, Any]) -> Sequence[FoundSite]:
    place = place_of(answers[NEAR]["zip_code"])
    if place is None:
        return []
    return draw_sites_near(held.program, answers[WAY]["way"], place)[0]


def _wished(held: Holder, plan: LabProgram, answers: dict[str, Any]) -> Wished | None:
    """What was answered, all of it; None when something of it is there no more."""
    way = plan.way(answers[WAY]["way"])
    site = None
    if way is not None and way.kind is WayKind.SITE:
        site = draw_site(held.program, way.code, answers[SITE]["site"])
    if way is None or (way.kind is WayKind.SITE and site is None):
        return None
    where = Where(**answers[ADDRESS]) if way.kind is WayKind.VISIT else Where()
    when = answers[WHEN]
    return Wished(
        way.code,
        tuple(lab_tests_due(held.patient, held.on)),
        date.fromisoformat(when["on"]),
        PartOfDay(when["part"]),
        answers[TELEPHONE]["telephone"],
        site,
        where,
    )


def _address(where: Where) -> str:
    return f"{where.street}, {where.city}, {where.state} {where.zip_code}" if all(where) else ""


def _steps(plan: LabProgram, answers: dict[str, Any]) -> Sequence[str]:
    way = plan.way(answers[WAY]["way"]) if WAY in answers else None
    return STEPS[way.kind] if way is not None else (WAY,)


def _first_missing(steps: Sequence[str], answers: dict[str, Any], *, before: str) -> str:
    earlier = steps[: steps.index(before)]
    return next((each for each in earlier if each not in answers), "")


def _after(step: str, steps: Sequence[str]) -> str:
    return steps[steps.index(step) + 1]


def _said(form: PortalForm) -> dict[str, str]:
    return {name: str(said) for name, said in form.cleaned_data.items()}


def _answers(request: HttpRequest) -> dict[str, Any]:
    found = here.remembered(request, ANSWERS)
    return found if isinstance(found, dict) else {}
