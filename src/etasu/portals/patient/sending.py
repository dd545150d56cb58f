"""Sending a patient the link to sign: when it went where, again, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from etasu.portals.components.dates import local_day
from etasu.portals.components.forms import PortalForm
from etasu.portals.components.sending import actor, sent_once
from etasu.portals.components.sent_links import lacks_answers, masked, sent_links
from etasu.portals.patient.here import see_other
from etasu.portals.patient.mails import send_to_sign
from etasu.portals.patient.texting import text_to_sign
from etasu.portals.requests import PortalRequest
from etasu.registry.accounts.access import PATIENT
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.participants.facts import works_at, zone_of
from etasu.registry.participants.visibility import may_act_for
from etasu.registry.patients.enrollment import LANGUAGES, known_answers
from etasu.registry.patients.facts import patient_of_subject
from etasu.registry.submissions.actions import (
    DraftClosed,
    NewLink,
    create_signing_link,
    note_link_sent,
    revoke_signing_link,
    save_answers,
)
from etasu.registry.submissions.facts import (
    answers_of,
    definition_of,
    draft_by_number,
    is_of_version_in_force,
    waiting_for,
)
from etasu.safe_use.contacts import email_ok
from etasu.safe_use.forms import questions
from etasu.safe_use.program import FormDefinition
from etasu.safe_use.reminding import SMS, address_by

_NOT_THEIRS = gettext_lazy(
    "This reaches somebody at your practice. Enter the patient's own address or number on the form."
)


class AddressForm(PortalForm):
    """Where the link goes, when the form does not say."""

    email = forms.EmailField(
        label=gettext_lazy("The patient's e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Enter the patient's e-mail address"),
            "invalid": gettext_lazy("Enter an email address, such as name@example.org"),
        },
    )


@dataclass(frozen=True, slots=True)
class ToSend:
    """A form the patient is to sign, as somebody who acts for its owner sees it."""

    draft: Any
    definition: FormDefinition
    told: dict[str, str]
    patient: Any
    may_send: bool

    @property
    def number(self) -> str:
        """The draft's number."""
        return str(self.draft.number)

    @property
    def address(self) -> str:
        """The e-mail address on the form, or else on record."""
        on_record = self.patient.email if self.patient is not None else ""
        found = self.told.get("patient_email") or on_record
        return found if email_ok(found) else ""

    @property
    def telephone(self) -> str:
        """Where a text message goes, when there is no e-mail address; otherwise empty."""
        on_record = self.patient.telephone if self.patient is not None else ""
        known = self.told.get("patient_phone") or on_record
        return "" if self.address else address_by(SMS, telephone=known, email="")

    @property
    def language(self) -> str:
        """The language the patient prefers."""
        on_record = self.patient.language if self.patient is not None else "en"
        return LANGUAGES.get(self.told.get("patient_language", ""), on_record)

    @property
    def zone(self) -> str:
        """The time zone of the practice, in which the link's last day is told."""
        return zone_of(self.draft.owner_id)


@require_safe
def link(request: PortalRequest, number: str) -> HttpResponse:
    """The links that were sent for a form, and what can be done now."""
    found = _to_send(request, number)
    return _shown(request, found, AddressForm())


@require_POST
def send_link(request: PortalRequest, number: str) -> HttpResponse:
    """Send a new link; the one before ends with it. A double click sends one."""
    found = _to_send(request, number)
    form = AddressForm(request.POST if "email" in request.POST else None)
    address = found.address
    if request.POST.get("by") == SMS and found.telephone:
        address = found.telephone
    elif not address and found.may_send and form.is_bound:
        if not form.is_valid():
            return _shown(request, found, form)
        address = form.cleaned_data["email"]
        _keep_address(request, found, address)
    if address and found.may_send:
        if works_at(found.draft.owner_id, address):
            # Whoever prepares the form could sign it in the patient's name.
            messages.warning(request, _NOT_THEIRS)
        else:
            _make_and_send(request, found, address)
    return see_other("patient:link", number)


@require_POST
def withdraw_link(request: PortalRequest, number: str) -> HttpResponse:
    """End the link that is open, so that nobody can sign by it."""
    found = _to_send(request, number)
    for each in sent_links(found.draft, request.at):
        if each.is_open:
            revoke_signing_link(each.link, by=actor(request), at=request.at)
            messages.success(request, _("The link is ended. Nobody can sign by it any more."))
    return see_other("patient:link", number)


def _make_and_send(request: PortalRequest, found: ToSend, address: str) -> None:
    made: list[NewLink] = []

    def make() -> str:
        wait = seconds_to_wait("mail", address.lower(), request.at)
        if wait:
            said = _("Several messages went to this address just now. Wait a few minutes.")
            messages.warning(request, said)
        else:
            by, at = actor(request), request.at
            made.append(create_signing_link(found.draft, PATIENT, sent_to=address, by=by, at=at))
        return reverse("patient:link", args=[found.number])

    try:
        sent_once(request, make)
    except DraftClosed:
        return
    # After the link is kept, so that a link that was sent always opens.
    for new in made:
        _send(request, found, new, address)


def _send(request: PortalRequest, found: ToSend, new: NewLink, address: str) -> None:
    language = found.language
    if address == found.telephone:
        is_sent = text_to_sign(request, new, to=address, language=language)
    else:
        is_sent = send_to_sign(request, new, to=address, language=language, zone=found.zone)
    if is_sent:
        note_link_sent(new.link, by=actor(request), at=request.at)
        messages.success(request, _("The link is sent. You are told when the patient has signed."))
    else:
        said = _("The message could not be sent. Use “Send again” in a while.")
        messages.warning(request, said)


def _keep_address(request: PortalRequest, found: ToSend, address: str) -> None:
    """The address belongs on the form, where the form asks for one."""
    keys = [key for key, field, _row in questions(found.definition) if _is_email(field)]
    if keys:
        save_answers(
            found.draft,
            {keys[0]: address},
            seen_revision=found.draft.revision,
            by=actor(request),
            at=request.at,
        )


def _is_email(field: Any) -> bool:
    return bool(field.known_as == "patient_email")


def _shown(request: PortalRequest, found: ToSend, form: AddressForm) -> HttpResponse:
    links = sent_links(found.draft, request.at)
    context = {
        "draft": found.draft,
        "definition": found.definition,
        "form": form if found.may_send and not found.address else None,
        "telephone": masked(found.telephone) if found.may_send else "",
        "links": links,
        "may_send": found.may_send,
        "was_sent": bool(links),
        "is_open": any(each.is_open for each in links),
        "is_wanted": any(each.asked for each in links),
        "zone": request.asker.time_zone,
    }
    return render(request, "patient/link.html", context)


def _to_send(request: PortalRequest, number: str) -> ToSend:
    draft = draft_by_number(number, request.asker.program)
    if draft is None or not may_act_for(request.asker, draft.owner_id):
        raise Http404
    definition = definition_of(draft)[1]
    if PATIENT not in {each.role for each in definition.signers}:
        raise Http404
    on = local_day(request.at, request.asker.time_zone)
    wanted = waiting_for(draft)
    may_send = (
        draft.is_open
        and wanted is not None
        and wanted.role == PATIENT
        and is_of_version_in_force(draft, on)
        and not lacks_answers(draft, on)
    )
    told = known_answers(definition, answers_of(draft))
    patient = patient_of_subject(draft.subject_kind, draft.subject_id)
    return ToSend(draft, definition, told, patient, may_send)
