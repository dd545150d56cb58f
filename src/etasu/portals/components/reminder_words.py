"""Reminders in words: by which way they went, what became of them, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

Text = str | Promise
CHANNELS: dict[str, Text] = {
    "sms": gettext_lazy("Text message"),
    "email": gettext_lazy("E-mail"),
}
STATES: dict[str, Text] = {
    "waiting": gettext_lazy("Waits"),
    "sending": gettext_lazy("Is being sent"),
    "handed_over": gettext_lazy("Sent; no receipt yet"),
    "delivered": gettext_lazy("Delivered"),
    "failed": gettext_lazy("Failed"),
    "canceled": gettext_lazy("Not sent"),
}
_BY_MAIL = gettext_lazy("Sent")
_REASONS: dict[str, Text] = {
    "a-later-one": gettext_lazy("A later reminder took its place"),
    "another-record-is-answered-for": gettext_lazy("Reminders go to the record this is part of"),
    "being-looked-at": gettext_lazy("A result or form just came in"),
    "done": gettext_lazy("It was done before"),
    "enrollment-ended": gettext_lazy("The enrollment has ended"),
    "no-address": gettext_lazy("No telephone number or address on record that can be used"),
    "no-provider-answers": gettext_lazy("No provider of text messages answers"),
    "not-wanted": gettext_lazy("The patient does not want it"),
    "opted_out": gettext_lazy("The patient asked to get no more of them"),
    "quiet-hours": gettext_lazy("It is night where the patient is"),
    "too-long": gettext_lazy("It is longer than one text message"),
    "too-many-text-messages": gettext_lazy("Enough text messages for this day or week"),
    "wrong": gettext_lazy("The number or address is wrong"),
    "SMTPRecipientsRefused": gettext_lazy("The address takes no mail"),
    "undelivered": gettext_lazy("The provider could not deliver it"),
}


class Outcome(NamedTuple):
    """What became of a reminder: its state, why, and the newest moment known of it."""

    state: Text
    reason: Text
    at: datetime


def outcome_of(reminder: Any) -> Outcome:
    """What became of it."""
    moment = reminder.closed_at or reminder.delivered_at or reminder.handed_over_at
    is_mail = reminder.channel == "email" and reminder.state == "handed_over"
    said = _BY_MAIL if is_mail else STATES[reminder.state]
    return Outcome(said, reason_of(reminder.reason), moment or reminder.queued_at)


def reason_of(code: str) -> Text:
    """Why, in words; empty when there is nothing to explain."""
    if not code:
        return ""
    return _REASONS.get(code.partition(" ")[0], gettext_lazy("It could not be handed over"))


def about(reminder: Any) -> str:
    """What it was about, as a count: which tests those are is for whoever may see them."""
    count = len(reminder.covers)
    return ngettext("%(count)s thing due", "%(count)s things due", count) % {"count": count}


def by_channel(reminder: Any) -> Text:
    """The way it went."""
    return CHANNELS.get(reminder.channel, _("Another way"))
