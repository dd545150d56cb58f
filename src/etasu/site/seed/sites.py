"""Everybody who takes part in a program beside the patients, with what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from etasu.registry.accounts import access
from etasu.site.seed import words
from etasu.site.seed.chance import Chance
from etasu.site.seed.courses import DAY, Sites
from etasu.site.seed.desk import Desk, Voice
from etasu.site.seed.participants import ParticipantStory, registered
from etasu.site.seed.people import user
from etasu.site.seed.shape import VOICES

# What becomes of one in twenty; whoever is not named here is certified and stays so.
FATES: Mapping[int, str] = {
    0: "lapsed",
    1: "in progress",
    2: "suspended",
    5: "renewed late",
    8: "decertified",
    11: "not started",
    13: "suspended once",
    16: "representative left",
    18: "lapsed",
}
# The first of each kind are always certified, so that even a small program can be used.
ALWAYS_THERE = 3


class Country:
    """The participants of a program by kind, the first of each kind certified throughout."""

    def __init__(self, desk: Desk, chance: Chance, begins: date) -> None:
        self._desk = desk
        self._chance = chance
        self._begins = begins
        self.by_kind: dict[str, list[ParticipantStory]] = {}

    def settle(self, kind: str, how_many: int) -> None:
        """Tell the stories of that many participants of one kind."""
        told = self.by_kind.setdefault(kind, [])
        while len(told) < how_many:
            told.append(self._tell(kind, len(told)))

    def prescriber_on(self, chance: Chance, day: date) -> ParticipantStory:
        """A prescriber who can enroll on that day."""
        return _certified(self.by_kind["prescriber"], chance, day)

    def near(self, prescriber: ParticipantStory, chance: Chance, day: date) -> Sites:
        """Where a prescriber's patient goes: one of three places nearby, mostly a certified one."""
        facilities = self.by_kind.get("facility", [])
        near = [facilities[(prescriber.id * 7 + k) % len(facilities)] for k in range(3)]
        if chance.happens(98):
            near = [each for each in near if each.is_certified_on(day)] or facilities[:1]
        pharmacies = self.by_kind.get("pharmacy", [])
        pharmacy = _certified(pharmacies, chance, day) if pharmacies else None
        return Sites(chance.pick(near), pharmacy)

    def _tell(self, kind: str, index: int) -> ParticipantStory:
        desk, chance = self._desk, self._chance
        span = (desk.today - self._begins).days
        # Most came early: the share of the years gone by is squared.
        came = 0 if index < ALWAYS_THERE else int(chance.fraction() ** 2 * span * 0.9)
        on = self._begins + timedelta(days=came)
        name = words.NAMES.get(kind, words.other)(chance)
        people = self._people(kind, name)
        story = registered(desk, kind, name, on, words.Place(chance), people)
        fate = FATES.get((index - ALWAYS_THERE) % 20, "") if index >= ALWAYS_THERE else ""
        _live(story, chance, on + timedelta(days=chance.between(3, 20)), fate)
        story.write()
        return story

    def _people(self, kind: str, name: str) -> Sequence[Voice]:
        if kind not in VOICES:
            return ()
        if kind == "prescriber":
            return (user(self._desk, name, VOICES[kind]),)
        head = f"{kind}_representative"
        names = words.person(self._chance), words.person(self._chance)
        people = [user(self._desk, names[0], VOICES[kind])]
        if head in access.ROLES:
            people.append(user(self._desk, names[1], head))
        return people


def _live(story: ParticipantStory, chance: Chance, first: date, fate: str) -> None:
    """The certifications of one participant from its first one on, and what ended them."""
    today = story.desk.today
    if fate == "not started" or first >= today:
        return
    if fate == "in progress":
        story.do_steps(first, max(1, len(story.party.steps) - 1))
        return
    day: date | None = first
    while day is not None and day < today:
        story.do_steps(day)
        day = _renews_on(story, chance, fate)
    some_day = first + timedelta(days=chance.between(30, max(31, (today - first).days - 1)))
    if some_day < today:
        _meet(story, chance, fate, max(some_day, story.row.certified_from or some_day) + DAY)


def _renews_on(story: ParticipantStory, chance: Chance, fate: str) -> date | None:
    """The day of the next renewal; None when it never comes."""
    ends = story.row.certified_until
    if ends is None or fate == "lapsed":
        return None
    if fate == "renewed late":
        return ends + timedelta(days=chance.between(20, 120))
    return ends - timedelta(days=chance.between(5, 80))


def _meet(story: ParticipantStory, chance: Chance, fate: str, on: date) -> None:
    """What happens to a certified participant one day."""
    if on >= story.desk.today:
        return
    if fate == "suspended":
        story.suspend(on, None)
    elif fate == "suspended once":
        story.suspend(on, on + timedelta(days=60))
        story.lift(min(on + timedelta(days=chance.between(10, 50)), story.desk.today - DAY))
    elif fate == "decertified":
        story.decertify(on)
    elif fate == "representative left" and story.party.has_representative:
        story.lose_representative(on)


def _certified(choices: Sequence[ParticipantStory], chance: Chance, day: date) -> ParticipantStory:
    for _ in range(8):
        found = chance.pick(choices)
        if found.is_certified_on(day):
            return found
    return choices[0]
