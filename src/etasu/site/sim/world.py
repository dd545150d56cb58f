"""Everything a simulation knows: who there is, what is to come, and what happened."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection

from etasu.clock.texting import Texting
from etasu.programs.loader import LoadedProgram
from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.actions import Busy
from etasu.registry.authorizations.requests import BadRequest
from etasu.registry.monitoring.deciding import NothingToDecide
from etasu.registry.monitoring.resolving import NotWaiting
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.models import Participant
from etasu.registry.participants.suspending import DayNotPossible
from etasu.registry.patients.models import Patient
from etasu.registry.patients.transfers import NotCertified, TransferClosed
from etasu.registry.treatment.actions import AlreadyRecorded
from etasu.site.seed.chance import Chance
from etasu.site.seed.shapes import Shapes
from etasu.site.sim.bodies import Body
from etasu.site.sim.ledger import Ledger
from etasu.site.sim.plan import Plan
from etasu.site.sim.trace import Event, Trace

# What a verb may answer to somebody who asks for the impossible. Anything else is a defect.
REFUSALS = (
    *(AlreadyRecorded, BadRequest, Busy, DayNotPossible, NotCertified, NothingToDecide),
    *(NotWaiting, TransferClosed),
)
# It is this calendar day in every time zone of the states, and nobody's night.
NOON = time(19, 0, tzinfo=UTC)
MOST_STATEMENTS = 30
DAY = timedelta(days=1)

# What a verb did in a few words, and what it made.
Did = tuple[str, Any]
Verb = Callable[[datetime], Did]


class Crashed(BaseException):
    """The process died here. Nothing of ours may catch it, as nothing catches a power cut."""


@dataclass(eq=False)
class Office:
    """A participant with the person who acts for it."""

    subject: str
    row: Participant
    actor: Actor
    asker: Asker
    name: str
    api_key: str

    @property
    def kind(self) -> str:
        """What kind of participant it is."""
        return self.row.kind


@dataclass(eq=False)
class Person:
    """A patient as the simulation knows them; `row` is read anew whenever a verb needs it."""

    index: int
    pk: int
    number: str
    name: str
    born: date
    sex: str
    mrn: str
    prescriber: Office
    enrolled_on: date
    body: Body
    telephone: str = ""
    email: str = ""
    # Where they live, whatever their record says.
    time_zone: str = "America/New_York"
    given: dict[int, list[date]] = field(default_factory=dict)
    gone_on: date | None = None
    is_dead: bool = False

    @property
    def subject(self) -> str:
        """What the trace calls them."""
        return f"p{self.index:03}"

    @property
    def row(self) -> Patient:
        """The record as it stands."""
        return Patient.objects.select_related("prescriber").get(pk=self.pk)

    @property
    def first_infusion(self) -> date | None:
        """The first day the drug was given."""
        return min((day for days in self.given.values() for day in days), default=None)

    @property
    def last_infusion(self) -> date | None:
        """The last day the drug was given."""
        return max((day for days in self.given.values() for day in days), default=None)


class Sending(NamedTuple):
    """A message the recording transport was handed, by which channel, for whom.

    `crashes` counts how often a process of ours had died by then.
    """

    at: datetime
    channel: str
    address: str
    number: str
    crashes: int


Watcher = Callable[["World", Collection[Person]], None]


class World:
    """One simulated program on one scratch database."""

    def __init__(self, plan: Plan, program: LoadedProgram, begins: date, trace: Trace) -> None:
        self.plan = plan
        self.code = program.program.code
        self.shapes = Shapes(program)
        self.folder = program.folder
        self.chance = Chance("sim", plan.seed)
        self.trace = trace
        self.begins = begins
        self.day = begins
        self.offices: dict[str, list[Office]] = {}
        self.administrator = Actor("", "")
        self.people: list[Person] = []
        self.ledger = Ledger()
        self.sendings: list[Sending] = []
        self.crashes = 0
        self.texting = Texting([])
        # Where nobody is reached any more, for somebody moved away.
        self.former: set[tuple[str, str]] = set()
        # Who said STOP, by channel and address, as far as the site was told.
        self.stopped: set[tuple[str, str]] = set()
        # Of these, those at which somebody said so; the others lead nowhere.
        self.said_stop: set[tuple[str, str]] = set()
        # How far the site's clock is from the calendar: only a clock that steps back has any.
        self.clock_off = timedelta(0)
        self.clock_away_until = begins
        self.clock_went_round_on = begins
        # The day of the last night, by the end of which everything due was said.
        self.night_was_on = date.min
        self.watch: Watcher = lambda world, people: None
        self._agenda: list[tuple[date, int, Callable[[], None]]] = []
        self._planned = 0
        self._ticks = 0

    def moment(self) -> datetime:
        """The present moment as the site's clock has it; each is later than the one before."""
        self._ticks += 1
        return datetime.combine(self.day, NOON) + timedelta(seconds=self._ticks) + self.clock_off

    def seconds(self) -> float:
        """The same as a number of seconds."""
        return self.moment().timestamp()

    def on(self, day: date, do: Callable[[], None]) -> None:
        """Have something done on a day; on the same day, in the order it was asked for."""
        self._planned += 1
        heapq.heappush(self._agenda, (day, self._planned, do))

    def through(self, day: date) -> Iterator[None]:
        """Everything that is to be done through that day, each on its own day, in order."""
        while self._agenda and self._agenda[0][0] <= day:
            when, _, do = heapq.heappop(self._agenda)
            self._turn_to(max(when, self.day))
            do()
            yield
        self._turn_to(day)

    def act(self, kind: str, subject: str, verb: Verb, people: Collection[Person] = ()) -> Any:
        """Have a verb done, now and then by a process that dies on the way and begins again."""
        dies = self.chance.happens(self.plan.rates.crash)
        try:
            with _dying_after(self.chance.between(1, MOST_STATEMENTS)) if dies else nullcontext():
                said, made = self._do(verb)
        except Crashed:
            connection.close()
            self.crashes += 1
            self.note("crash", subject, f"in {kind}", people)
            said, made = self._do(verb)
        self.note(kind, subject, said, people)
        return made

    def _do(self, verb: Verb) -> Did:
        try:
            return verb(self.moment())
        except REFUSALS as refusal:
            return f"refused {type(refusal).__name__}", None

    def note(self, kind: str, subject: str, said: str, people: Collection[Person] = ()) -> None:
        """Write an event down, and look whether every promise is still kept."""
        self.trace.note(Event(self.day, kind, subject, said))
        self.watch(self, people)

    def _turn_to(self, day: date) -> None:
        if day != self.day:
            self.day, self._ticks = day, 0


@contextmanager
def _dying_after(statements: int) -> Iterator[None]:
    """The process dies in the middle of its transaction, after so many statements."""
    left = statements

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Crashed
        return execute(*arguments)

    with connection.execute_wrapper(count):
        yield
