"""The end of a course: somebody says that it goes no further, or that it goes on after all."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import DayInput, PortalForm, ReasonForm, sent_form
from etasu.portals.components.records import patient_banner
from etasu.portals.components.sending import actor, digest_of_form, sent_once
from etasu.portals.facility.courses import A_DAY, found_course, page_methods
from etasu.portals.requests import PortalRequest
from etasu.registry import reactions
from etasu.registry.accounts.receipts import led_to
from etasu.registry.treatment.courses import strike_course_end
from etasu.registry.treatment.day_facts import course_ends

_SAID_MEANWHILE = gettext_lazy(
    "Nothing was changed: whether this course goes on was said meanwhile. This is what stands."
)


class _StandingForm(PortalForm):
    """Sent about an end of the course, or about there being none: what stood on its page.

    Both forms of the page have a reason. By this it is told which of them was sent.
    """

    standing_end = forms.CharField(required=False, widget=forms.HiddenInput)


class TakenUpForm(_StandingForm, ReasonForm):
    """The course goes on after all."""


class EndForm(_StandingForm):
    """The course goes no further."""

    ended_on = forms.DateField(
        label=gettext_lazy("Day on which this was clear"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"required": gettext_lazy("Enter the day"), **A_DAY},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"ended_on": today})
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_ended_on(self) -> date:
        """What is still to come cannot be said to have happened."""
        day: date = self.cleaned_data["ended_on"]
        if day > self.today:
            raise ValidationError(_("This day is still to come. Record it once it has happened."))
        return day


@page_methods
def end(request: PortalRequest, patient: str, course: int) -> HttpResponse:
    """Say that the course goes no further; or, where that was said, that it goes on after all."""
    found, facility, today = found_course(request, patient, course)
    there = reverse("facility:course", args=[found.patient.number, course])
    is_ended, stands = found.end is not None, found.end.number if found.end else ""
    if request.method == "POST" and request.POST.get("standing_end", "") != stands:
        return _overtaken(request, there)
    form = (
        TakenUpForm(sent_form(request), initial={"standing_end": stands})
        if is_ended
        else EndForm(sent_form(request), today=today)
    )
    if request.method == "POST" and form.is_valid():
        given = {key: value for key, value in form.cleaned_data.items() if key != "standing_end"}
        others = []

        def do() -> str:
            by, at = actor(request), request.at
            if found.end is not None:
                # Each record of one person may have its own.
                for each in course_ends(found.patient, course):
                    strike_course_end(each, by=by, at=at, **given)
                return there
            kept = reactions.course_given_up(
                found.patient, course, facility=facility, by=by, at=at, **given
            )
            # Somebody may have said it at the same moment: the first one counts.
            others.extend([] if kept.recorded_at == at else [kept])
            return there

        led = sent_once(request, do)
        if others:
            messages.warning(request, _SAID_MEANWHILE)
        else:
            messages.success(request, _("It is on record."))
        return redirect(led)
    context = {
        "form": form,
        "course": course,
        "is_ended": is_ended,
        "is_begun": bool(found.facts.given),
        "banner": patient_banner(found.patient, in_full=True, on=today),
        "back": there,
    }
    return render(request, "facility/end_course.html", context)


def _overtaken(request: PortalRequest, there: str) -> HttpResponse:
    """Something else stands than on the page that was sent: nothing is done, and it is said so.

    The very same sending once more leads where it led.
    """
    led = led_to(digest_of_form(request), sender=request.asker.user)
    if led:
        messages.success(request, _("It is on record."))
    else:
        messages.warning(request, _SAID_MEANWHILE)
    return redirect(led or there)
