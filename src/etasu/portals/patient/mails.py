"""The messages that bring a link: no name, no drug and no program in them, and no mail kept."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day, local_day
from etasu.registry.submissions.actions import NewConsentLink, NewLink

_log = structlog.get_logger("etasu.mail")


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
        return _send(_("A form for you to read and sign"), lines, address, to)


def send_choices(request: HttpRequest, made: NewConsentLink, *, to: str, language: str) -> bool:
    """Send a link to somebody's choices; whether the mail server took it."""
    with translation.override(language):
        lines = [
            _("You asked to see what you allow, and to change it."),
            _("Open the link. You will be asked for your date of birth, and for no password."),
            _("The link is for you alone. It can be used for 24 hours."),
            _("If you did not ask for this, do nothing: nothing changes."),
        ]
        return _send(_("Your choices"), lines, _address(request, made.token), to)


def send_not_known(request: HttpRequest, *, to: str) -> bool:
    """Tell whoever asked that nobody is on record with this address: a mail comes either way."""
    lines = [
        _("Somebody asked to see what you allow, but no patient is on record with this address."),
        _("Perhaps your form has another one. Your prescriber's office can look, and change it."),
        _("If you did not ask for this, do nothing: nothing changes."),
    ]
    address = request.build_absolute_uri(reverse("patient:choices-ask"))
    return _send(_("Your choices"), lines, address, to)


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("patient:arrive", args=[token]))


def _send(subject: str, lines: list[str], address: str, to: str) -> bool:
    site = str(settings.ETASU_SITE_NAME)
    context: dict[str, Any] = {
        "lines": lines,
        "link": address,
        "site": site,
        "language": translation.get_language(),
    }
    message = EmailMultiAlternatives(
        subject=f"{site}: {subject}",
        body=render_to_string("patient/mail/message.txt", context),
        to=[to],
    )
    message.attach_alternative(render_to_string("patient/mail/message.html", context), "text/html")
    try:
        return bool(message.send())
    except (OSError, SMTPException) as trouble:
        _log.error("mail_not_sent", mail="link", kind=type(trouble).__name__)
        return False
