"""Asking somebody by e-mail to act for a participant: the form and the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.account import program_name
from etasu.portals.components.dates import day, local_day, short_day
from etasu.portals.components.forms import NameField, PortalForm
from etasu.portals.components.mailing import send_at_once
from etasu.portals.components.records import Cell
from etasu.portals.components.sending import sent_once
from etasu.portals.components.words import role_label
from etasu.portals.requests import PortalRequest
from etasu.registry.participants.invitations import NotInvited, Refusal, Sent, is_open

REFUSALS = {
    Refusal.NO_SUCH_ROLE: gettext_lazy("Nobody can be invited to this role here."),
    Refusal.ACTS_ALREADY: gettext_lazy("Somebody with this e-mail address has this role already."),
    Refusal.NOT_OPEN: gettext_lazy("This invitation is no longer open."),
    Refusal.SOMEBODY_ELSE: gettext_lazy("This invitation was sent to another e-mail address."),
}


class InviteForm(PortalForm):
    """Whom to invite."""

    full_name = NameField(
        label=gettext_lazy("Their full name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter their full name")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Their e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Enter their e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address like name@example.com"),
        },
    )


def invite_once(
    request: PortalRequest, form: PortalForm, make: Callable[[], Sent], there: str
) -> bool:
    """Make the invitation and send its link, once; False with the reason shown in the form.

    The message goes out after the invitation is kept, so that a link that was sent always opens.
    """
    made: list[Sent] = []

    def do() -> str:
        made.append(make())
        return there

    try:
        sent_once(request, do)
    except NotInvited as refused:
        form.add_error("email", REFUSALS[refused.why])
        return False
    send_and_say(request, made)
    return True


def send_and_say(request: PortalRequest, made: list[Sent]) -> None:
    """Send the links, and tell how that went."""
    failed = [sent for sent in made if not send_link(request, sent)]
    if failed:
        said = _("The message could not be sent. Use “Send again” in a while.")
        messages.warning(request, said)
    elif made:
        messages.success(request, _("The invitation is sent. Its link opens for 14 days."))


def send_link(request: HttpRequest, sent: Sent) -> bool:
    """Send the link by e-mail; whether the message was taken.

    Neither the subject nor what a preview shows of the text names anybody, or the program. The
    link's secret is in the message alone.
    """
    invitation = sent.invitation
    address = request.build_absolute_uri(reverse("invitation"))
    until = day(local_day(invitation.valid_until, invitation.participant.time_zone))
    asked = {
        "participant": invitation.participant.name,
        "program": program_name(invitation.program),
        "role": role_label(invitation.role),
    }
    lines = [
        _(
            "Somebody asks you to take part in a program, with an account of your own on this "
            "site. The link below opens once, and is for you alone. Who asks you, and for what:"
        ),
        _("%(participant)s asks you to take part in the %(program)s as: %(role)s.") % asked,
        _(
            "The link opens through %(until)s. If you did not expect it, do nothing: nobody is "
            "given access without it."
        )
        % {"until": until},
        _("Open this link to accept. It opens once:"),
    ]
    link = f"{address}?{urlencode({'token': sent.token})}"
    subject = _("You are invited to take part")
    return send_at_once("invitation", subject, lines, to=invitation.email, link=link)


def invitation_cells(invitation: Any, zone: str, at: datetime) -> tuple[Cell, ...]:
    """An invitation nobody answered: who, as what, and until when its link opens."""
    until = short_day(local_day(invitation.valid_until, zone))
    state = _("Opens through %(day)s") if is_open(invitation, at) else _("Expired on %(day)s")
    return (
        Cell(invitation.full_name),
        Cell(invitation.email),
        Cell(role_label(invitation.role)),
        Cell(state % {"day": until}),
    )
