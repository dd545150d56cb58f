"""The site's clock: its own jobs, called in the order of the worker, on simulated days.

The mail server is a recording one. Days on which the worker is away are made up for afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.test.utils import override_settings

from etasu.clock import monitoring, nightly, reminders, safety, sealer, sender
from etasu.clock.sender import Letterhead
from etasu.clock.texting import NotTaken, Texting, TextMessage
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations.announcing import announce
from etasu.registry.monitoring.models import Touch
from etasu.registry.monitoring.signals import escalate_due
from etasu.site.sim.world import Did, Sending, World

LETTERHEAD = Letterhead("Simulated", "http://localhost", "sim@example.org")
LONGEST_OUTAGE = 12
FARTHEST_BACK = 3


class RecordingTransport(BaseEmailBackend):
    """A mail server that writes down what it is handed, and now and then has to be asked again."""

    world: World
    now: datetime

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Take them all."""
        for each in email_messages:
            number = str(each.extra_headers["Message-ID"])
            crashes = self.world.crashes
            self.world.sendings.append(Sending(self.now, "email", each.to[0], number, crashes))
        return len(email_messages)


class RecordingProvider:
    """A provider of text messages that writes down what it is handed, each number once.

    It knows which telephone numbers lead nowhere, and now and then takes a message without a word.
    """

    name = "simulated"

    def __init__(self, world: World) -> None:
        self.world = world
        self._has: set[str] = set()
        self._leads_nowhere: dict[str, bool] = {}

    def hand_over(self, message: TextMessage) -> str:
        """Take it."""
        world, rates = self.world, self.world.plan.rates
        if message.to not in self._leads_nowhere:
            self._leads_nowhere[message.to] = world.chance.happens(rates.wrong_number)
        if self._leads_nowhere[message.to]:
            world.stopped.add(("sms", message.to))
            raise NotTaken("http 404", final=True)
        if message.number not in self._has:
            self._has.add(message.number)
            now = RecordingTransport.now
            crashes = world.crashes
            world.sendings.append(Sending(now, "sms", message.to, message.number, crashes))
        if world.chance.happens(rates.unsure):
            raise NotTaken("timeout", unsure=True)
        return message.number


@contextmanager
def transport(world: World) -> Iterator[None]:
    """While the block runs, everything the site sends is handed to the recording transport."""
    backend = f"{RecordingTransport.__module__}.{RecordingTransport.__qualname__}"
    RecordingTransport.world = world
    world.texting = Texting([RecordingProvider(world)], now=world.seconds)
    with override_settings(EMAIL_BACKEND=backend):
        yield


def go_round(world: World) -> None:
    """One round of the worker, unless it is away."""
    rates, chance = world.plan.rates, world.chance
    if world.day < world.clock_away_until:
        return
    if chance.happens(rates.outage):
        world.clock_away_until = world.day + timedelta(days=chance.between(2, LONGEST_OUTAGE))
        world.note("worker", "clock", f"away until {world.clock_away_until}")
        return
    if chance.happens(rates.clock_back):
        _step_back(world)
    _jobs(world)


def catch_up(world: World) -> None:
    """The worker is there again, whatever was."""
    world.clock_away_until = world.day
    _jobs(world)


def _step_back(world: World) -> None:
    """The server's clock is set back, the worker runs, and then the clock is right again."""
    back = world.chance.between(1, FARTHEST_BACK)
    world.clock_off = timedelta(days=-back)
    world.note("clock", "clock", f"back {back} days")
    _jobs(world)
    world.clock_off = timedelta(0)


def _jobs(world: World) -> None:
    sending = reminders.Sending(LETTERHEAD, world.texting)
    touched = set(Touch.objects.values_list("patient_id", flat=True).distinct())
    people = [each for each in world.people if each.pk in touched]

    def follow(at: datetime) -> Did:
        done = monitoring.follow(at)
        return f"{done['added']} added {done['derived']} derived", done

    def night(at: datetime) -> Did:
        done = nightly.what_the_day_brings(at)
        said = (done["authorizations"], done["reminders"], done["monitoring"], done["standings"])
        failed = sum(each.get("failed", 0) for each in said)
        drifted = done["monitoring"]["drifted"]
        if not world.clock_off:
            world.night_was_on = world.day
        return f"{failed} failed {drifted} drifted {done['monitoring']['due']} due", done

    def rest(at: datetime) -> Did:
        late = escalate_due(by=PLATFORM, at=at)
        safety.remind_of_cases(at)
        sealer.seal(at)
        announce(at=at)
        RecordingTransport.now = at
        sender.send_waiting(at, LETTERHEAD)
        sent = reminders.send_reminders(at, sending)
        # How much of the trail can be sealed yet, and so told, hangs on who else is on the server;
        # what is told of it is therefore not in the trace.
        return f"{late} escalated {sent.get('handed_over', 0)} reminded", sent

    world.act("follow", "clock", follow, people)
    world.act("night", "clock", night)
    if not world.clock_off:
        world.clock_went_round_on = world.day
    world.act("worker", "clock", rest)
