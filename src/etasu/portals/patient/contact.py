"""How a patient is reached: seen and changed by themselves, and by whoever looks after them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import sent_form
from etasu.portals.components.sending import actor, digest_of_form, sent_once
from etasu.portals.patient import here
from etasu.portals.patient.contact_forms import ContactForm, ToldContactForm
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.portals.patient.mails import send_contact_changed
from etasu.portals.patient.on_behalf import around, patient_here
from etasu.portals.patient.texting import text_contact_changed
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.receipts import once
from etasu.registry.notices.wishes import WRONG, stopped_among
from etasu.registry.participants.facts import works_at
from etasu.registry.patients.contacts import (
    Changed,
    ContactChanged,
    ContactDetails,
    NotAContact,
    addresses,
    change_contact,
    contact_of,
)
from etasu.registry.patients.facts import patient_by_number
from etasu.registry.patients.wishing import wish_of
from etasu.safe_use.reminding import EMAIL, SMS, Quiet, not_before

PAGE = "page"
_CONFLICT = 409


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, held: Holder) -> HttpResponse:
    """How the patient is reached, to be put right by themselves."""
    patient = held.patient
    form = ContactForm(sent_form(request), contact_of(patient))
    context: dict[str, Any] = {"form": form, "said": here.told_once(request, "said")}
    status = 200
    if form.is_valid():
        done: list[Changed] = []
        wanted, seen = form.contact(), form.cleaned_data["mark"]

        def change() -> str:
            by, at = held.actor, held.at
            done.append(change_contact(patient, wanted, seen=seen, how=PAGE, by=by, at=at))
            return "changed" if done[0].kinds else "unchanged"

        try:
            became = once(digest_of_form(request), change, by=held.actor, at=held.at)
        except NotAContact as refused:
            form.show_wrong(refused)
        except ContactChanged:
            context, status = context | _meanwhile(form, patient), _CONFLICT
        else:
            for each in done:
                _tell_former(request, patient, each)
            here.remember(request, "said", became)
            return here.see_other("patient:contact")
    return here.shown(request, "patient/contact.html", context, held, status)


@require_http_methods(["GET", "HEAD", "POST"])
def contact_of_patient(request: PortalRequest, number: str) -> HttpResponse:
    """How a patient is reached, put right by somebody whom the patient told."""
    patient = patient_here(request, number)
    form = ToldContactForm(sent_form(request), contact_of(patient))
    context = around(request, patient) | {"form": form}
    status = 200
    if form.is_valid() and _is_the_patients(request, patient, form):
        done: list[Changed] = []

        def change() -> str:
            said = form.cleaned_data
            how, by = said["how"].replace(" ", "_"), actor(request)
            done.append(
                change_contact(
                    *(patient, form.contact()), seen=said["mark"], how=how, by=by, at=request.at
                )
            )
            return str(context["back"])

        try:
            sent_once(request, change)
        except NotAContact as refused:
            form.show_wrong(refused)
        except ContactChanged:
            context, status = context | _meanwhile(form, patient), _CONFLICT
        else:
            messages.success(request, _("The contact details are on record."))
            if not all([_tell_former(request, patient, each) for each in done]):
                messages.warning(request, _("Nobody could be told at the former one."))
            return here.see_other(str(context["back"]))
    return render(request, "patient/contact_of.html", context, status=status)


def _is_the_patients(request: PortalRequest, patient: Any, form: ContactForm) -> bool:
    """Whether what is new there is the patient's: by their link, whoever has it does as they do."""
    before, new = contact_of(patient), form.contact()
    own, reached = str(getattr(request.user, "email", "")), addresses(new)
    is_right = True
    for name, channel in (("email", EMAIL), ("telephone", SMS)):
        if getattr(new, name) == getattr(before, name):
            continue
        address = reached[channel]
        if address and (address == own or works_at(patient.prescriber_id, address)):
            form.add_error(name, _("This is somebody else's. Enter the patient's own."))
            is_right = False
    return is_right


def _meanwhile(form: ContactForm, patient: Any) -> dict[str, Any]:
    """What is on record by now, and what was typed, which is to be entered again."""
    found = patient_by_number(patient.number, patient.program)
    now = contact_of(found if found is not None else patient)
    return {"form": type(form)(None, now), "typed": form.typed_otherwise(now)}


def _tell_former(request: HttpRequest, patient: Any, changed: Changed) -> bool:
    """Tell at the former address that it was changed: who did not ask for it can say so.

    By text message where no e-mail went; never in quiet hours. Whoever wants no reminders by mail
    hears of this all the same. False where there was a former address and nothing was told there.
    """
    at: Any = request.at  # type: ignore[attr-defined]
    before: ContactDetails = changed.before
    if not {"telephone", "email"} & set(changed.kinds):
        return True
    former = addresses(before)
    email, telephone = former[EMAIL], former[SMS]
    stopped = stopped_among({(EMAIL, email)}) if email else {}
    if email and stopped.get((EMAIL, email)) != WRONG:
        if send_contact_changed(to=email, language=before.language):
            return True
    wanted = wish_of(patient)
    quiet = Quiet(before.time_zone, wanted.quiet_from, wanted.quiet_until)
    if telephone and not_before(at, quiet) <= at:
        return text_contact_changed(to=telephone, language=before.language)
    return not (email or telephone)
