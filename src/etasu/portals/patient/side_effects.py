"""A patient tells of a side effect or a pregnancy, one question a page, each answer kept at once.

The case is there from the first words on; whoever stops after them has reported all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.side_effects import (
    PastDayField,
    as_text,
    criteria_field,
    kind_field,
    report_lines,
    words_field,
)
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.registry.audit.numbers import new_number
from etasu.registry.safety.actions import (
    Report,
    Source,
    Statement,
    add_information,
    receive_report,
)
from etasu.registry.safety.facts import case_by_number
from etasu.registry.submissions.keeping import digest
from etasu.safe_use.safety_plan import CaseKind, Criterion, Detail

# What the session keeps of a report under way: what it is about, its occasion and its case.
UNDER_WAY = "side_effect"
_PATIENT = "patient"


class KindForm(PortalForm):
    """What it is about."""

    kind = kind_field(gettext_lazy("What do you want to tell us about?"))


class WordsForm(PortalForm):
    """What happened."""

    words = words_field(
        gettext_lazy("What happened?"),
        gettext_lazy("Say it in your own words. A few words are enough."),
    )


class WhenForm(PortalForm):
    """When it began."""

    began_on = PastDayField(
        label=gettext_lazy("When did it begin?"),
        help_text=gettext_lazy("The day, or your best guess. You can leave it empty."),
    )


class LedToForm(PortalForm):
    """What it led to."""

    criteria = criteria_field(gettext_lazy("Did it lead to any of these?"))


class ContactForm(PortalForm):
    """How the patient can be asked more."""

    reporter_contact = forms.CharField(
        label=gettext_lazy("How can we reach you if we need to know more?"),
        help_text=gettext_lazy("A telephone number or an e-mail address. You can leave it empty."),
        max_length=200,
        required=False,
    )


class Step(NamedTuple):
    """One page after the first: its address, its question, and the heading above it."""

    form: type[PortalForm]
    heading: str | Promise


STEPS: Mapping[str, Step] = {
    "what": Step(WordsForm, gettext_lazy("Tell us what happened")),
    "when": Step(WhenForm, gettext_lazy("When it began")),
    "led-to": Step(LedToForm, gettext_lazy("What it led to")),
    "contact": Step(ContactForm, gettext_lazy("How to reach you")),
}
PAGES = len(STEPS) + 1


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, held: Holder) -> HttpResponse:
    """When to call 911 first, whom else to tell, and what it is about."""
    form = KindForm(sent_form(request), initial={"kind": request.GET.get("about", "")})
    if form.is_valid():
        here.remember(
            request, UNDER_WAY, {"kind": form.cleaned_data["kind"], "occasion": new_number()}
        )
        return here.see_other("patient:side-effect-step", next(iter(STEPS)))
    context = {"form": form, "report": report_lines(held.program), "step": 1, "steps": PAGES}
    return here.shown(request, "patient/side_effect.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, held: Holder, slug: str) -> HttpResponse:
    """One question; what was answered is kept before the next is asked."""
    under_way = here.remembered(request, UNDER_WAY)
    if slug not in STEPS:
        raise Http404
    slugs = list(STEPS)
    place = slugs.index(slug)
    if not under_way or (place and "case" not in under_way):
        return here.see_other("patient:side-effect")
    page = STEPS[slug]
    form = page.form(sent_form(request))
    for field in form.fields.values():
        if isinstance(field, PastDayField):
            field.on = held.on
    if form.is_valid():
        _keep(request, held, under_way, slug, form.cleaned_data)
        after = slugs[place + 1 :]
        if after:
            return here.see_other("patient:side-effect-step", after[0])
        return here.see_other("patient:side-effect-done")
    context = {
        "form": form,
        "heading": page.heading,
        "before": slugs[place - 1] if place else "",
        "is_kept": "case" in under_way,
        "step": place + 2,
        "steps": PAGES,
    }
    return here.shown(request, "patient/side_effect_step.html", context, held)


@by_link(CHOOSE)
@require_safe
def done(request: HttpRequest, held: Holder) -> HttpResponse:
    """That it is kept, with its number, and whom to tell besides."""
    under_way = here.remembered(request, UNDER_WAY)
    number = under_way.get("case", "") if under_way else ""
    found = case_by_number(held.program, number, held.at)
    if found is None:
        return here.see_other("patient:side-effect")
    context = {"case": found.case, "report": report_lines(held.program)}
    return here.shown(request, "patient/side_effect_done.html", context, held)


def _keep(
    request: HttpRequest,
    held: Holder,
    under_way: dict[str, str],
    slug: str,
    said: Mapping[str, Any],
) -> None:
    """Keep the answer; the same answer sent twice is kept once, another one beside it."""
    answered = as_text({name: value for name, value in said.items() if name in set(Detail)})
    statement = Statement(
        str(said.get("words", "")),
        _PATIENT,
        answered,
        tuple(Criterion(each) for each in said.get("criteria", ())),
        piece=f"{slug} {digest(slug, as_text(said))[:16]}",
    )
    do = _first if slug == next(iter(STEPS)) else _further
    number = do(held, under_way, statement)
    here.remember(request, UNDER_WAY, {**under_way, "case": number})


def _first(held: Holder, under_way: dict[str, str], said: Statement) -> str:
    report = Report(
        program=held.program,
        source=Source.PATIENT,
        kind=CaseKind(under_way["kind"]),
        said=said,
        patient=held.patient,
        occasion=f"by link {under_way['occasion']}",
    )
    return receive_report(report, by=held.actor, at=held.at).number


def _further(held: Holder, under_way: dict[str, str], said: Statement) -> str:
    found = case_by_number(held.program, under_way["case"], held.at)
    if found is not None and (said.details or said.criteria):
        add_information(found.case, said, by=held.actor, at=held.at)
    return under_way["case"]
