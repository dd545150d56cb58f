"""What somebody allows, on a page of their own: each thing with its text, and how to take it back.

The address where the link is asked for can be kept for good; the link itself is good for a day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.allowed import Allowed, allowed_things
from etasu.portals.components.forms import NameField, PortalForm, sent_form
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, GIVEN, Holder, by_link
from etasu.portals.patient.mails import send_choices, send_not_known, send_reminders_link
from etasu.programs import library
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patients.facts import patients_reached_at
from etasu.registry.reactions import consent_withdrawn
from etasu.registry.submissions.actions import Given, create_consent_link, give_consent
from etasu.safe_use.person_names import name_of, same_person_name

HOW = "link"
# Behind the address where something is allowed, for whoever comes from where it is used.
TO_USE_IT = "use"


class AskForm(PortalForm):
    """The address the link is sent to."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("The one we have for you."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an email address, such as name@example.org"),
        },
    )


class GiveForm(PortalForm):
    """The name of who allows something."""

    full_name = NameField(
        label=gettext_lazy("Your full name"),
        help_text=gettext_lazy("Typing your name here is your signature."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write your full name")},
    )

    def takes_name(self, on_record: str) -> bool:
        """Whether the name is the patient's, as on record; otherwise the field says so."""
        is_theirs = same_person_name(self.cleaned_data["full_name"], name_of(on_record))
        if not is_theirs:
            said = _("We have your name as “%(name)s”. Write it like that.")
            self.add_error("full_name", said % {"name": on_record})
        return is_theirs


@here.not_kept
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Send a link to whoever has this address on record; the answer never tells if anybody has."""
    return _asked_for(request, send_choices)


@here.not_kept
@require_http_methods(["GET", "HEAD", "POST"])
def entrance(request: HttpRequest) -> HttpResponse:
    """The short address in reminders: the link sent from here leads to them."""
    return _asked_for(request, send_reminders_link)


def _asked_for(request: HttpRequest, send: Callable[..., bool]) -> HttpResponse:
    form = AskForm(sent_form(request))
    if form.is_valid():
        if _send_to(request, form.cleaned_data["email"], send):
            return here.shown(request, "patient/choices_asked.html", {}, None)
        # Counted for every address, so that nothing is learned from it.
        said = _("A message went to this address just now. Look for it, or try again later.")
        form.add_error("email", said)
    context = {"form": form, "is_for_reminders": send is send_reminders_link}
    return here.shown(request, "patient/choices_ask.html", context, None)


@by_link(CHOOSE)
@require_safe
def choices(request: HttpRequest, held: Holder) -> HttpResponse:
    """Everything that can be allowed, and what is."""
    context = {
        "things": _things(held),
        "said": here.told_once(request, "said"),
        "given": here.told_once(request, GIVEN),
    }
    return here.shown(request, "patient/choices.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, held: Holder, code: str) -> HttpResponse:
    """Take one thing back: its effect first, then the button."""
    thing = _thing(held, code)
    if not thing.is_allowed:
        return here.see_other("patient:choices")
    if request.method == "POST":
        consent_withdrawn(thing.consent, how=HOW, by=held.actor, at=held.at)
        here.remember(request, "said", "withdrawn")
        return here.see_other("patient:choices")
    return here.shown(request, "patient/withdraw.html", {"thing": thing}, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, held: Holder, code: str) -> HttpResponse:
    """Allow one thing, under a name. What enrollment rests on is allowed with the form alone."""
    thing = _thing(held, code)
    if thing.is_allowed or not thing.can_be_given:
        return here.see_other("patient:choices")
    form = GiveForm(sent_form(request))
    if form.is_valid() and form.takes_name(held.patient.full_name):
        given = Given(
            held.program,
            code,
            "patient",
            held.patient.pk,
            held.patient.number,
            form.cleaned_data["full_name"],
            HOW,
            language=get_language() or "",
        )
        give_consent(given, on=held.on, by=held.actor, at=held.at)
        here.remember(request, GIVEN, True)
        return here.see_other(_leads_to(request, code, held))
    return here.shown(request, "patient/give.html", {"thing": thing, "form": form}, held)


def _leads_to(request: HttpRequest, code: str, held: Holder) -> str:
    """Where somebody goes on who allowed it: what they came for, or everything they allow."""
    version = library.current().effective(held.program, held.on)
    if version is None:
        return "patient:choices"
    if version.community is not None and code == version.community.consent:
        return "community:home"
    used = (
        ("patient:nurses", version.nurse_line),
        ("patient:lab-tests", version.lab_program),
        ("patient:costs", version.copay),
    )
    routes = {each.consent: route for route, each in used if each is not None}
    return routes.get(code, "patient:choices") if TO_USE_IT in request.GET else "patient:choices"


def _things(held: Holder) -> list[Allowed]:
    return allowed_things(held.patient, held.on, get_language())


def _thing(held: Holder, code: str) -> Allowed:
    found = next((each for each in _things(held) if each.code == code), None)
    if found is None:
        raise Http404
    return found


def _send_to(request: HttpRequest, address: str, send: Callable[..., bool]) -> bool:
    """At most a few messages to one address, and a few requests from one place."""
    at: Any = request.at  # type: ignore[attr-defined]
    place = f"choices {request.META.get('REMOTE_ADDR', '')}"
    if seconds_to_wait("recover", place, at) or seconds_to_wait("mail", address.lower(), at):
        return False
    found = patients_reached_at(address)
    if not found:
        send_not_known(request, to=address)
    for patient in found:
        subject = ("patient", patient.pk, patient.number)
        made = create_consent_link(patient.program, subject, by=PLATFORM, at=at)
        send(request, made, to=patient.email, language=patient.language)
    return True
