"""A patient looks at themselves: one region of the body a page, each answer kept at once.

What is told is told from that moment on; whoever stops in the middle has told it all the same.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.self_checks import (
    advice_for,
    check_line,
    emergency_lines,
    spoken,
    told_lines,
)
from etasu.portals.components.side_effects import report_lines
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.registry.patient_support.self_check_facts import (
    NotOffered,
    Said,
    check_of,
    checks_of,
    next_check_on,
    open_check_of,
    said_in,
    self_check_offered,
)
from etasu.registry.patient_support.self_checks import (
    IsFinished,
    SomethingLeft,
    begin_self_check,
    finish_self_check,
)
from etasu.registry.patients.today import day_of
from etasu.registry.reactions import region_answered
from etasu.safe_use.self_check import Noticed, Region, SelfCheckPlan

# No code of a symptom begins like these.
NONE, UNSURE = "-none", "-unsure"
NEWEST = 12


class RegionForm(PortalForm):
    """What is noticed in one region."""

    noticed = forms.MultipleChoiceField(
        label=gettext_lazy("Do you notice any of these? Is it new, or worse than before?"),
        help_text=gettext_lazy("Choose all that fit."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose what you notice, or “None of these”"),
            "invalid_choice": gettext_lazy("Choose what you notice, or “None of these”"),
        },
    )

    def __init__(self, *args: Any, region: Region, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["noticed"]
        field.choices = [
            *((each.code, spoken(each).text) for each in region.symptoms),
            (UNSURE, _("I am not sure")),
            (NONE, _("None of these")),
        ]

    def clean_noticed(self) -> list[str]:
        """Something, or nothing, and never both."""
        found: list[str] = self.cleaned_data["noticed"]
        if NONE in found and len(found) > 1:
            said = _("Choose “None of these” alone, or take its mark away")
            raise forms.ValidationError(said)
        return found

    def said(self) -> Noticed:
        """What is noticed."""
        found = set(self.cleaned_data["noticed"])
        return Noticed(frozenset(found - {NONE, UNSURE}), UNSURE in found)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, held: Holder) -> HttpResponse:
    """What it is for, how the last ones came out, and the way in."""
    plan = _offered(held)
    if request.method == "POST":
        begin_self_check(held.patient, by=held.actor, at=held.at)
        return _on(held)
    lines = [check_line(each) for each in checks_of(held.patient)[:NEWEST]]
    context = {
        "is_open": open_check_of(held.patient, held.on) is not None,
        "count": len(plan.regions),
        "checks": [each for each in lines if each.is_finished],
        "next_on": next_check_on(held.patient, plan, held.on),
    }
    return here.shown(request, "patient/self_check.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def region(request: HttpRequest, held: Holder, slug: str) -> HttpResponse:
    """One region; what is said is kept before the next is asked."""
    said = _open(held)
    if said is None and request.method != "POST":
        return here.see_other("patient:self-check")
    plan = said.plan if said is not None else _offered(held)
    found = plan.region(slug)
    if found is None:
        raise Http404
    form = RegionForm(sent_form(request), region=found, initial=_initial(said, slug))
    if form.is_valid():
        _keep(held, said, slug, form.said())
        return _on(held, after=slug)
    codes = [each.code for each in plan.regions]
    place = codes.index(slug)
    context = {
        "form": form,
        "region": spoken(found),
        "step": place + 1,
        "steps": len(codes),
        "before": codes[place - 1] if place else "",
        **_emergency(said),
    }
    return here.shown(request, "patient/self_check_region.html", context, held)


@by_link(CHOOSE)
@require_safe
def answers(request: HttpRequest, held: Holder) -> HttpResponse:
    """Everything that was said, each with the way back to it."""
    said = _open(held)
    if said is None:
        return here.see_other("patient:self-check")
    if said.outcome.left:
        return _on(held)
    rows = [(spoken(each), each.code, _answered(said, each)) for each in said.plan.regions]
    context = {"rows": rows, **_emergency(said)}
    return here.shown(request, "patient/self_check_answers.html", context, held)


@by_link(CHOOSE)
@require_POST
def finish(request: HttpRequest, held: Holder) -> HttpResponse:
    """Say that this is all."""
    check = open_check_of(held.patient, held.on)
    if check is None:
        return here.see_other("patient:self-check")
    try:
        finish_self_check(check, by=held.actor, at=held.at)
    except SomethingLeft:
        return _on(held)
    return here.see_other("patient:self-check-result", check.number)


@by_link(CHOOSE)
@require_safe
def result(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """What to do now: the emergency first, then whom to call, and who knows already."""
    check = check_of(held.patient, number)
    if check is None:
        raise Http404
    said = said_in(check)
    told_on = day_of(held.patient, check.begun_at)
    context = {
        "advice": advice_for(said, told_on),
        "told": told_lines(said.plan, said.outcome.told),
        "on": told_on,
        "is_today": told_on == held.on,
        "doctor": held.patient.prescriber,
        "next_on": next_check_on(held.patient, said.plan, held.on),
        "report": report_lines(held.program),
    }
    return here.shown(request, "patient/self_check_result.html", context, held)


def _offered(held: Holder) -> SelfCheckPlan:
    try:
        return self_check_offered(held.patient, held.on)[1]
    except NotOffered as none:
        raise Http404 from none


def _open(held: Holder) -> Said | None:
    """The self-check the patient is in."""
    check = open_check_of(held.patient, held.on)
    return said_in(check) if check is not None else None


def _keep(held: Holder, said: Said | None, slug: str, noticed: Noticed) -> None:
    """Keep an answer, whatever became of the check its page belonged to: then in a new one."""
    if said is not None:
        with suppress(IsFinished):
            region_answered(said.check, slug, noticed, by=held.actor, at=held.at)
            return
    check = begin_self_check(held.patient, by=held.actor, at=held.at)
    region_answered(check, slug, noticed, by=held.actor, at=held.at)


def _on(held: Holder, after: str = "") -> HttpResponse:
    """To the next region without an answer; back to the answers once there is none."""
    said = _open(held)
    if said is None:
        return here.see_other("patient:self-check")
    if said.outcome.left:
        codes = [each.code for each in said.plan.regions]
        place = codes.index(after) + 1 if after else 0
        following = [each for each in codes[place:] if each in said.outcome.left]
        return here.see_other("patient:self-check-region", (following or said.outcome.left)[0])
    return here.see_other("patient:self-check-answers")


def _initial(said: Said | None, slug: str) -> dict[str, list[str]]:
    """What was said of the region before."""
    known = said.answers.get(slug) if said is not None else None
    if known is None:
        return {}
    chosen = [*sorted(known.symptoms), *([UNSURE] if known.is_unsure else [])]
    return {"noticed": chosen or [NONE]}


def _answered(said: Said, region: Region) -> list[str]:
    noticed = said.answers[region.code]
    known = [spoken(each).text for each in region.symptoms if each.code in noticed.symptoms]
    return [*known, *([_("I am not sure")] if noticed.is_unsure else [])] or [_("None of these")]


def _emergency(said: Said | None) -> dict[str, Any]:
    """What was told that cannot wait until the end."""
    if said is None:
        return {"emergency": []}
    return {"emergency": emergency_lines(said)}
