"""The link to somebody who is asked to help: it does not say who asks, nor what it is about."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day, local_day
from etasu.portals.components.mailing import send_at_once
from etasu.registry.patient_support.sharing import Sent


def send_invitation_to_help(request: HttpRequest, made: Sent, *, zone: str) -> bool:
    """Send the link by e-mail, in the language of the page; whether it was taken.

    Whoever reads it in passing learns nothing of anybody.
    """
    until = day(local_day(made.partner.link_until, zone))
    lines = [
        _("Somebody you know asks you to help them keep track of their appointments."),
        _("Open the link to see who it is. You will need their date of birth."),
        _("The link is for you alone. It can be used through %(until)s.") % {"until": until},
        _("If you did not expect this, do nothing: nobody is told of it."),
    ]
    there = request.build_absolute_uri(reverse("partner:invitation"))
    link = f"{there}?{urlencode({'token': made.token})}"
    subject = _("Somebody asks for your help")
    return send_at_once("help-asked", subject, lines, to=made.partner.email, link=link)
