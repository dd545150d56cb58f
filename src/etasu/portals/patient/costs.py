"""Help with costs for whoever has a link: three questions, what they get, and their claims."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.cost_words import COSTS, REASONS, Words, dollars
from etasu.portals.components.dates import day
from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, GIVEN, Holder, by_link
from etasu.registry.patient_support.actions import (
    NotAllowed,
    claim_copay,
    enroll_in_copay,
    leave_copay,
)
from etasu.registry.patient_support.facts import (
    NotOffered,
    benefits_of,
    claims_of,
    coverage_of,
    enrollment_of,
    is_allowed,
    offered,
)
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.contacts import STATES
from etasu.safe_use.copay import CENTS, Claim, CopayPlan, Cost, Coverage, Reason, reasons_against

SAID, ANSWERS = "said", "costs"
YES, NO, NOT_SURE = "yes", "no", "not-sure"
_KNOWN = {YES: True, NO: False}
_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,7})(?:\.(\d{2}))?")
_CHOOSE = {"required": gettext_lazy("Choose one of these"),
           "invalid_choice": gettext_lazy("Choose one of these")}  # fmt: skip
_YES_OR_NO = ((YES, gettext_lazy("Yes")), (NO, gettext_lazy("No")),
              (NOT_SURE, gettext_lazy("I am not sure")))  # fmt: skip


class YesOrNo(forms.ChoiceField):
    """A question that is answered with yes or no."""

    def __init__(self, **kwargs: Any) -> None:
        asked: dict[str, Any] = {
            "choices": _YES_OR_NO,
            "widget": forms.RadioSelect,
            "error_messages": _CHOOSE,
        }
        super().__init__(**asked, **kwargs)


class InsuranceForm(PortalForm):
    """The first question."""

    answer = YesOrNo(
        label=gettext_lazy("Do you have commercial insurance?"),
        help_text=gettext_lazy("From an employer, or one that you buy yourself."),
    )


class GovernmentForm(PortalForm):
    """The second."""

    answer = YesOrNo(
        label=gettext_lazy("Does the government pay for any of your care or drugs?"),
        help_text=gettext_lazy("Medicare, Medicaid, TRICARE, VA, or another program of a state."),
    )


class HomeForm(PortalForm):
    """The third."""

    answer = forms.ChoiceField(
        label=gettext_lazy("In which state do you live?"),
        choices=[("", gettext_lazy("Choose a state")), *STATES.items()],
        error_messages=_CHOOSE,
    )


QUESTIONS: dict[str, type[PortalForm]] = {
    "insurance": InsuranceForm,
    "government": GovernmentForm,
    "home": HomeForm,
}


class ClaimForm(PortalForm):
    """What was paid, for one cost of one infusion day."""

    infusion_on = forms.ChoiceField(
        label=gettext_lazy("Which infusion day?"), widget=forms.RadioSelect, error_messages=_CHOOSE
    )
    cost = forms.ChoiceField(
        label=gettext_lazy("What did you pay for?"),
        choices=[(each.value, words) for each, words in COSTS.items()],
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )
    amount = forms.CharField(
        label=gettext_lazy("How much, in dollars?"),
        help_text=gettext_lazy("What you paid yourself, such as 85.50"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input--short"}),
        max_length=20,
        error_messages={"required": gettext_lazy("Enter what you paid, such as 85.50")},
    )

    def __init__(self, *args: Any, days: Sequence[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["infusion_on"]
        field.choices = [(each.isoformat(), day(each)) for each in days]

    def clean_amount(self) -> int:
        """The amount in cents."""
        found = _AMOUNT.fullmatch(self.cleaned_data["amount"].strip())
        cents = found and int(found[1].replace(",", "")) * CENTS + int(found[2] or 0)
        if not cents:
            raise forms.ValidationError(_("Enter what you paid, such as 85.50"))
        return int(cents)

    def claim(self) -> Claim:
        """What is claimed."""
        said = self.cleaned_data
        day = date.fromisoformat(said["infusion_on"])
        return Claim(Cost(said["cost"]), day, said["amount"])


class Part(NamedTuple):
    """One cost: what it is called, the most there is for a day, and what speaks against it."""

    name: Words
    most: str
    reasons: Sequence[Words]
    granted: str


@by_link(CHOOSE)
@require_safe
def home(request: HttpRequest, held: Holder) -> HttpResponse:
    """What somebody gets, what they claimed, and what became of it."""
    plan = _plan(held)
    patient = held.patient
    enrollment = enrollment_of(patient)
    coverage = coverage_of(enrollment) if enrollment else None
    context = {
        "consent": plan.consent,
        "is_allowed": is_allowed(patient, plan, held.at),
        "enrollment": enrollment,
        "parts": _parts(plan, held, coverage) if coverage else [],
        "claims": [_line(each) for each in claims_of(patient)],
        "days": _days(held),
        "said": here.told_once(request, SAID),
        "given": here.told_once(request, GIVEN),
    }
    return here.shown(request, "patient/costs.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, held: Holder, question: str) -> HttpResponse:
    """One question; the last one's answer takes part."""
    plan = _plan(held)
    if question not in QUESTIONS:
        raise Http404
    if not is_allowed(held.patient, plan, held.at):
        return here.see_other("patient:costs")
    form = QUESTIONS[question](sent_form(request), initial=_initial(request, held, question))
    if form.is_valid():
        answers = _answers(request) | {question: form.cleaned_data["answer"]}
        here.remember(request, ANSWERS, answers)
        return _next(request, held, answers)
    number = list(QUESTIONS).index(question) + 1
    context = {"form": form, "number": number, "of": len(QUESTIONS)}
    return here.shown(request, "patient/costs_ask.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, held: Holder) -> HttpResponse:
    """Say what was paid; the answer is on the next page at once."""
    _plan(held)
    days = _days(held)
    if not days or enrollment_of(held.patient) is None:
        return here.see_other("patient:costs")
    form = ClaimForm(sent_form(request), days=days)
    if form.is_valid():
        made = claim_copay(held.patient, form.claim(), by=held.actor, at=held.at)
        here.remember(request, SAID, "granted" if made.granted_cents else "not-granted")
        return here.see_other("patient:costs")
    return here.shown(request, "patient/costs_claim.html", {"form": form}, held)


@by_link(CHOOSE)
@require_POST
def leave(request: HttpRequest, held: Holder) -> HttpResponse:
    """Take part no longer."""
    _plan(held)
    leave_copay(held.patient, by=held.actor, at=held.at)
    here.remember(request, SAID, "left")
    return here.see_other("patient:costs")


def _plan(held: Holder) -> CopayPlan:
    try:
        return offered(held.patient, held.on)[1]
    except NotOffered as none:
        raise Http404 from none


def _next(request: HttpRequest, held: Holder, answers: dict[str, str]) -> HttpResponse:
    left = next((each for each in QUESTIONS if each not in answers), None)
    if left is not None:
        return here.see_other("patient:costs-ask", left)
    coverage = Coverage(
        _KNOWN.get(answers["insurance"]), _KNOWN.get(answers["government"]), answers["home"]
    )
    here.remember(request, ANSWERS, {})
    try:
        enroll_in_copay(held.patient, coverage, by=held.actor, at=held.at)
    except NotAllowed:
        return here.see_other("patient:costs")
    here.remember(request, SAID, "enrolled")
    return here.see_other("patient:costs")


def _answers(request: HttpRequest) -> dict[str, str]:
    found = here.remembered(request, ANSWERS)
    return found if isinstance(found, dict) else {}


def _initial(request: HttpRequest, held: Holder, question: str) -> dict[str, str]:
    """What was said a moment ago; for the state, what is on record."""
    known = held.patient.state if question == "home" else ""
    return {"answer": _answers(request).get(question, known)}


def _days(held: Holder) -> list[date]:
    return sorted((each.given_on for each in infusions_of(held.patient)), reverse=True)


def _parts(plan: CopayPlan, held: Holder, coverage: Coverage) -> list[Part]:
    granted = {each.cost: each for each in benefits_of(held.patient)}
    parts = []
    for each in plan.helps:
        most = "" if each.most_dollars is None else dollars(each.most_dollars * CENTS)
        reasons = reasons_against(plan, each.cost, coverage, held.on)
        so_far = dollars(granted[each.cost].cents)
        parts.append(Part(COSTS[each.cost], most, [REASONS[why] for why in reasons], so_far))
    return parts


class _Line(NamedTuple):
    """One claim: the day, the cost, what was asked and granted, and why not all of it."""

    on: date
    name: Words
    asked: str
    granted: str
    reasons: Sequence[Words]
    is_taken_back: bool


def _line(row: Any) -> _Line:
    return _Line(
        row.infusion_on,
        COSTS[Cost(row.cost)],
        dollars(row.asked_cents),
        dollars(row.granted_cents),
        [REASONS[Reason(each)] for each in row.reasons],
        row.taken_back_at is not None,
    )
