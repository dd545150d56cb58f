"""A site's ways out for reminders: two providers and a mail server, over real sockets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from etasu.clock.reminders import Sending, send_reminders
from etasu.clock.sender import Letterhead
from etasu.clock.texting import Texting
from etasu.registry.notices.models import Reminder
from etasu.registry.patients.models import Patient
from etasu.site.sms import ProviderSettings, SmsSettings, providers_of
from tests.factories.reminding import AT
from tests.factories.sms_provider import Desk

SITE = Letterhead("Harbor REMS", "https://rems.example.org", "no-reply@example.org")


class Post:
    """The site's ways out, and what was taken since it was made."""

    def __init__(self, first: Desk, second: Desk) -> None:
        self.seconds = 0.0
        self._desks = first, second
        for desk in self._desks:
            desk.misbehave()
        self._before = [len(desk.taken()) for desk in self._desks]
        self._asked = [desk.said()["asked"] for desk in self._desks]
        places = (
            ProviderSettings("first", "json", f"{first.url}/messages", "", "key-1"),
            ProviderSettings("second", "form", f"{second.url}/messages", "us", "key-2"),
        )
        texting = Texting(
            providers_of(SmsSettings(places, "+15005550100", "s")), now=lambda: self.seconds
        )
        self.sending = Sending(SITE, texting)

    def send(self, at: datetime = AT) -> dict[str, int]:
        return send_reminders(at, self.sending)

    def taken(self) -> list[list[dict[str, Any]]]:
        """What each provider took since."""
        pairs = zip(self._desks, self._before, strict=True)
        return [desk.taken()[before:] for desk, before in pairs]

    def asked(self) -> list[int]:
        """How often each provider was asked since."""
        pairs = zip(self._desks, self._asked, strict=True)
        return [desk.said()["asked"] - before for desk, before in pairs]


def only_reminder(**which: Any) -> Reminder:
    return Reminder.objects.get(**which)


def outcomes(who: Patient) -> list[tuple[str, str, str]]:
    rows = Reminder.objects.filter(person=who.number).order_by("id")
    return [(row.channel, row.state, row.reason) for row in rows]
