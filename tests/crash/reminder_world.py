"""A site's reminders from processes of their own, killed at will.

`python -m tests.crash.reminder_world people 40` makes patients; `night 2024-05-01` says what falls
due; `send URL` hands over until killed, as if the minutes of a claim went by with each process.
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime, timedelta

import django

RHYTHM = timedelta(minutes=6)


def people(count: int) -> None:
    """Patients with something monthly, reached by text message alone."""
    from tests.factories.reminding import treated

    treated(count, email="", telephone="(212) 555-0123")


def night(day: date, at: datetime) -> None:
    """What falls due on the day is said; prints how many reminders are new."""
    from tests.factories.reminding import say

    print(say(day, at).patients, flush=True)


def send(url: str, at: datetime) -> None:
    """Hand over whatever waits, then wait to be killed."""
    import time

    from etasu.clock.reminders import Sending, send_reminders
    from etasu.clock.sender import Letterhead
    from etasu.clock.texting import Texting
    from etasu.site.sms import ProviderSettings, SmsSettings, providers_of

    place = ProviderSettings("first", "json", url, "", "key")
    letterhead = Letterhead("Harbor REMS", "https://rems.example.org", "a@example.org")
    sending = Sending(letterhead, Texting(providers_of(SmsSettings((place,), "+1", "s"))))
    while True:
        print(send_reminders(at, sending), flush=True)
        time.sleep(0.02)


def main() -> None:
    """Do what the arguments say."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "etasu.site.settings"
    django.setup()
    from etasu.programs import library
    from tests.factories.reminding import only_this_program

    library.use(only_this_program())
    what, *others = sys.argv[1:]
    if what == "people":
        people(int(others[0]))
    elif what == "night":
        night(date.fromisoformat(others[0]), datetime.fromisoformat(others[1]))
    else:
        send(others[0], datetime.fromisoformat(others[1]))


if __name__ == "__main__":
    main()
