"""The messages that bring a link: no name, no drug and no program in them, and no mail kept."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day, local_day
from etasu.portals.components.mailing import send_at_once
from etasu.portals.patient.here import TO_REMINDERS
from etasu.registry.submissions.actions import NewConsentLink, NewLink


def send_to_sign(request: HttpRequest, made: NewLink, *, to: str, language: str, zone: str) -> bool:
    """Send a link to sign; whether the mail server took it."""
    with translation.override(language):
        until = day(local_day(made.link.valid_until, zone))
        lines = [
            _("Your prescriber's office has a form for you to read and sign."),
            _("Open the link. You will be asked for your date of birth, and for no password."),
            _("The link is for you alone. It can be used through %(until)s.") % {"until": until},
            _("If you did not expect this, do nothing: nothing is signed without you."),
        ]
        address = _address(request, made.token)
        subject = _("A form for you to read and sign")
        return send_at_once("to-sign", subject, lines, to=to, link=address)


def send_choices(request: HttpRequest, made: NewConsentLink, *, to: str, language: str) -> bool:
    """Send a link to somebody's own page; whether the mail server took it."""
    with translation.override(language):
        lines = [
            _("You asked for the link to your page."),
            _("Open the link. You will be asked for your date of birth, and for no password."),
            _("The link is for you alone. It can be used for 24 hours."),
            _("If you did not ask for this, do nothing: nothing changes."),
        ]
        address = _address(request, made.token)
        return send_at_once("choices", _("Your page"), lines, to=to, link=address)


def send_reminders_link(
    request: HttpRequest, made: NewConsentLink, *, to: str, language: str
) -> bool:
    """Send a link to somebody's reminders; whether the mail server took it."""
    with translation.override(language):
        lines = [
            _("You asked to see your reminders, and to choose how you get them."),
            _("Open the link. You will be asked for your date of birth, and for no password."),
            _("The link is for you alone. It can be used for 24 hours."),
            _("If you did not ask for this, do nothing: nothing changes."),
        ]
        address = f"{_address(request, made.token)}?{TO_REMINDERS}"
        subject = _("Your reminders and your calendar")
        return send_at_once("choices", subject, lines, to=to, link=address)


def send_not_known(request: HttpRequest, *, to: str) -> bool:
    """Tell whoever asked that nobody is on record with this address: a mail comes either way."""
    lines = [
        _("Somebody asked for the link to a page, but no patient is on record with this address."),
        _("Perhaps we have another one. Your prescriber's office can look, and change it."),
        _("If you did not ask for this, do nothing: nothing changes."),
    ]
    address = request.build_absolute_uri(reverse("patient:choices-ask"))
    return send_at_once("choices", _("Your page"), lines, to=to, link=address)


def send_contact_changed(*, to: str, language: str) -> bool:
    """Tell at the former address that another one is on record now; whether a server took it."""
    with translation.override(language):
        lines = [
            _("The telephone number or e-mail address we have for you was changed."),
            _("If you know of this, there is nothing to do."),
            _("If not, call your prescriber's office."),
        ]
        subject = _("How we reach you was changed")
        return send_at_once("contact-changed", subject, lines, to=to)


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("patient:arrive", args=[token]))
