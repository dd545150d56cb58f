"""Who helps the patient: asked in three taps, each slice on or off at any time, ended at once."""

from __future__ import annotations

from typing import NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.components.asking_to_help import send_invitation_to_help
from etasu.portals.components.dates import brief_moment
from etasu.portals.components.forms import NameField, PortalForm, sent_form
from etasu.portals.components.sending import digest_of_form
from etasu.portals.components.sharing_words import PAGES, SLICES, STATES, Words, slices_in_order
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.portals.patient.texting import text_invitation_to_help
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.accounts.receipts import once
from etasu.registry.patient_support.sharing import (
    Asked,
    NotSharing,
    Sent,
    end_sharing,
    go_on_sharing,
    invite_partner,
    share,
)
from etasu.registry.patient_support.sharing_facts import Helping, looks_at, partner_of, partners_of
from etasu.safe_use.contacts import email_ok
from etasu.safe_use.reminding import SMS, address_by
from etasu.safe_use.sharing import SharingState, Slice

SAID = "said_of_partners"
# Whom a new link is of use to.
_NOT_YET = (SharingState.INVITED, SharingState.NOT_ANSWERED)


class SharedForm(PortalForm):
    """What is shared with somebody."""

    slices = forms.MultipleChoiceField(
        label=gettext_lazy("What may they see?"),
        help_text=gettext_lazy("You can change this at any time, and they see it at once."),
        choices=list(SLICES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def wanted(self) -> frozenset[Slice]:
        """The slices that were chosen."""
        return frozenset(map(Slice, self.cleaned_data["slices"]))


class AskForm(SharedForm):
    """Who is asked to help."""

    full_name = NameField(
        label=gettext_lazy("Their name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter their name")},
    )
    address = forms.CharField(
        label=gettext_lazy("The e-mail address or mobile number of your helper"),
        help_text=gettext_lazy("The message does not say what it is about."),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter their e-mail address or mobile number")},
    )
    field_order = ("full_name", "address", "slices")

    def clean_address(self) -> str:
        """An address, or a number that text messages reach."""
        said: str = self.cleaned_data["address"].strip()
        found = said if email_ok(said) else address_by(SMS, telephone=said, email="")
        if not found:
            wrong = _("Enter an email address, such as name@example.org, or a mobile number")
            raise forms.ValidationError(wrong, code="invalid")
        return found

    def asked(self) -> Asked:
        """Who is asked, by the way that was given."""
        name, address = self.cleaned_data["full_name"], self.cleaned_data["address"]
        is_email = email_ok(address)
        email, telephone = (address, "") if is_email else ("", address)
        return Asked(name, email, self.wanted(), telephone)


class Shown(NamedTuple):
    """Somebody who helps, or did, as the list shows them."""

    number: str
    name: str
    address: str
    state: Words
    shared: list[Words]
    is_ended: bool


class Looked(NamedTuple):
    """That somebody looked, at what, and when."""

    moment: str
    who: str
    page: Words


@by_link(CHOOSE)
@require_safe
def partners(request: HttpRequest, held: Holder) -> HttpResponse:
    """Everybody who helps or helped, and what they looked at."""
    context = {
        "people": [_shown(each) for each in partners_of(held.patient, held.at)],
        "looks": _looks(held),
        "said": here.told_once(request, SAID),
    }
    return here.shown(request, "patient/partners.html", context, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, held: Holder) -> HttpResponse:
    """Ask somebody to help, and send them the link."""
    form = AskForm(sent_form(request), initial={"slices": [Slice.REMINDERS]})
    if form.is_valid():
        if _invited(request, held, form.asked(), form):
            return here.see_other("patient:partners")
    return here.shown(request, "patient/partner_ask.html", {"form": form}, held)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def partner(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """What one of them may see, and until when."""
    helping = _helping(held, number)
    form = SharedForm(sent_form(request), initial={"slices": sorted(helping.sharing.slices)})
    if form.is_valid():
        share(helping.partner, form.wanted(), by=held.actor, at=held.at)
        here.remember(request, SAID, "shared")
        return here.see_other("patient:partner", number)
    context = {
        "form": form,
        "person": _shown(helping),
        "ends_on": helping.sharing.ends_on,
        "is_invited": helping.state in _NOT_YET,
        "said": here.told_once(request, SAID),
    }
    return here.shown(request, "patient/partner.html", context, held)


@by_link(CHOOSE)
@require_POST
def ask_again(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """Send a new link to somebody who has not said yes; the old one no longer opens."""
    helping = _helping(held, number)
    if helping.state not in _NOT_YET:
        return here.see_other("patient:partner", number)
    person = helping.partner
    asked = Asked(person.full_name, person.email, helping.sharing.slices, person.telephone)
    if not _invited(request, held, asked, None):
        here.remember(request, SAID, "wait")
    return here.see_other("patient:partners")


@by_link(CHOOSE)
@require_POST
def go_on(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """Let it hold for another year."""
    go_on_sharing(_helping(held, number).partner, by=held.actor, at=held.at)
    here.remember(request, SAID, "gone-on")
    return here.see_other("patient:partner", number)


@by_link(CHOOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, held: Holder, number: str) -> HttpResponse:
    """Share nothing any more: what that means first, then the button."""
    helping = _helping(held, number)
    if request.method == "POST":
        end_sharing(helping.partner, by=held.actor, at=held.at)
        here.remember(request, SAID, "ended")
        return here.see_other("patient:partners")
    return here.shown(request, "patient/partner_end.html", {"person": _shown(helping)}, held)


def _looks(held: Holder) -> list[Looked]:
    """The newest looks; the same page again within a minute is one."""
    found = (
        Looked(brief_moment(each.at, held.zone), each.who, PAGES[each.page])
        for each in looks_at(held.patient)
    )
    return list(dict.fromkeys(found))


def _helping(held: Holder, number: str) -> Helping:
    found = partner_of(held.patient, number, held.at)
    if found is None:
        raise Http404
    return found


def _invited(request: HttpRequest, held: Holder, asked: Asked, form: AskForm | None) -> bool:
    """Invite and send the link, once however often the form is sent; what is wrong is said.

    The message goes out after the invitation is kept, so that a link that was sent always opens.
    """
    made: list[Sent] = []

    def do() -> str:
        made.append(invite_partner(held.patient, asked, by=held.actor, at=held.at))
        return reverse("patient:partners")

    trouble = ""
    if seconds_to_wait("mail", asked.telephone or asked.email.lower(), held.at):
        trouble = _("A message went to this address just now. Look for it, or try again later.")
    else:
        try:
            once(digest_of_form(request), do, by=held.actor, at=held.at)
        except NotSharing:
            trouble = _("Somebody with this address helps you already.")
    if trouble and form is not None:
        form.add_error("address", trouble)
    for each in made:
        if each.partner.telephone:
            is_sent = text_invitation_to_help(request, each)
        else:
            is_sent = send_invitation_to_help(request, each, zone=held.zone)
        here.remember(request, SAID, "invited" if is_sent else "not-sent")
    return not trouble


def _shown(helping: Helping) -> Shown:
    return Shown(
        helping.number,
        helping.partner.full_name,
        helping.partner.email or helping.partner.telephone,
        STATES[helping.state],
        slices_in_order(helping.sharing.slices),
        helping.sharing.is_ended,
    )
