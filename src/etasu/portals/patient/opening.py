"""Opening a link: the token leaves the address at once, the birth date shows whose it is."""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.components.held_link import is_proved
from etasu.portals.patient import here
from etasu.portals.patient.here import ASKED, SIGN, TO_REMINDERS, Holder
from etasu.registry.patients.enrollment import LANGUAGES, known_answers
from etasu.registry.patients.proving import prove_birth_date
from etasu.registry.reactions import new_link_asked
from etasu.registry.submissions.facts import definition_of

OLDEST = 130


class BirthDateForm(PortalForm):
    """A birth date in three parts, which nobody has to search a calendar for."""

    month = forms.TypedChoiceField(
        label=gettext_lazy("Month"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose the month you were born in")},
    )
    day = forms.IntegerField(
        label=gettext_lazy("Day"),
        min_value=1,
        max_value=31,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 2}),
        error_messages={
            "required": gettext_lazy("Enter the day you were born on, such as 7"),
            "invalid": gettext_lazy("Enter the day as a number from 1 to 31"),
            "min_value": gettext_lazy("Enter the day as a number from 1 to 31"),
            "max_value": gettext_lazy("Enter the day as a number from 1 to 31"),
        },
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4}),
        error_messages={
            "required": gettext_lazy("Enter the year you were born in, such as 1980"),
            "invalid": gettext_lazy("Enter the year with four digits, such as 1980"),
        },
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [(number, str(name).capitalize()) for number, name in MONTHS.items()]
        self.fields["month"].choices = [("", _("Choose")), *months]  # type: ignore[attr-defined]
        self.on = on

    def clean_year(self) -> int:
        """A year somebody alive can be born in."""
        year: int = self.cleaned_data["year"]
        if not self.on.year - OLDEST <= year <= self.on.year:
            raise forms.ValidationError(_("Enter the year with four digits, such as 1980"))
        return year

    def clean(self) -> dict[str, Any] | None:
        """A day that is in the calendar."""
        given = super().clean()
        said = self.cleaned_data
        if {"month", "day", "year"} <= said.keys():
            last = calendar.monthrange(said["year"], said["month"])[1]
            if said["day"] > last:
                self.add_error("day", _("This month does not have so many days"))
        return given

    def said(self) -> date:
        """The birth date."""
        found = self.cleaned_data
        return date(found["year"], found["month"], found["day"])


@require_safe
@here.not_kept
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address. Looking uses nothing up: mail scanners look too."""
    here.hold(request, token)
    if TO_REMINDERS in request.GET:
        here.remember(request, TO_REMINDERS, True)
    response = here.see_other("patient:start")
    held = here.holder(request)
    if held is not None and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        _speak_their_language(request, response, held)
    return response


@sensitive_post_parameters()
@here.not_kept
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask for the birth date; or say why the link opens nothing, and what to do."""
    held = here.holder(request)
    if held is None or held.trouble():
        return _over(request, held)
    if is_proved(request):
        return _on(request, held)
    form = BirthDateForm(sent_form(request), on=held.on)
    if form.is_valid():
        proof = prove_birth_date(
            (held.kind, held.number), held.birth_date, form.said(), by=held.actor, at=held.at
        )
        if proof.is_right:
            here.note_proved(request)
            return _on(request, held)
        form.add_error(None, _not_proved(proof.wait_seconds))
    context = {"form": form, "is_copy": held.kind == SIGN and held.has_signed}
    return here.shown(request, "patient/start.html", context, held)


@here.not_kept
@require_POST
def ask_new(request: HttpRequest) -> HttpResponse:
    """Ask those who sent the link for a new one; asked twice, it is asked once."""
    held = here.holder(request)
    if held is not None and held.can_ask:
        new_link_asked(held.link, by=held.actor, at=held.at)
        here.remember(request, ASKED, held.number)
    return here.see_other("patient:start")


@here.not_kept
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the link on this device, so that whoever takes it next sees nothing."""
    held = here.holder(request)
    is_signed = held is not None and held.kind == SIGN and held.link.used_at is not None
    here.let_go(request)
    context = {"is_signed": is_signed, "is_sign": held is not None and held.kind == SIGN}
    return here.shown(request, "patient/left.html", context, held)


def _on(request: HttpRequest, held: Holder) -> HttpResponse:
    if held.kind != SIGN:
        is_for_reminders = here.remembered(request, TO_REMINDERS)
        return here.see_other("patient:reminders" if is_for_reminders else "patient:choices")
    return here.see_other("patient:done" if held.has_signed else "patient:welcome")


def _over(request: HttpRequest, held: Holder | None) -> HttpResponse:
    """One page for every link that opens nothing: what happened, and the one thing to do."""
    trouble = held.trouble() if held is not None else "unknown"
    context = {
        "trouble": trouble,
        "can_ask": held is not None and held.can_ask,
        "was_asked": held is not None and here.remembered(request, ASKED) == held.number,
    }
    return here.shown(request, "patient/over.html", context, held, status=410)


def _not_proved(wait_seconds: int) -> str:
    if not wait_seconds:
        return _("This is not the birth date on the form. Check it, and try again.")
    minutes = -(-wait_seconds // 60)
    said = ngettext(
        "Too many tries. Wait %(n)d minute, then try again. Your link stays good.",
        "Too many tries. Wait %(n)d minutes, then try again. Your link stays good.",
        minutes,
    )
    return said % {"n": minutes}


def _speak_their_language(request: HttpRequest, response: HttpResponse, held: Holder) -> None:
    """The pages are in the language the patient prefers, until they choose another."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language_of(held),
        max_age=24 * 60 * 60,
        samesite="Lax",
        httponly=True,
        secure=request.is_secure(),
    )


def language_of(held: Holder) -> str:
    """The patient's language, as the record or else the form has it."""
    if held.patient is not None:
        return str(held.patient.language)
    told = known_answers(definition_of(held.draft)[1], held.answers)
    return LANGUAGES.get(told.get("patient_language", ""), "en")
