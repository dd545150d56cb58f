"""The fixed cast: the same few people in every seeded site, whatever its program and its size.

Dr. Amara and Riverside are certified, Hillview has lapsed, and each patient stands for one answer
of the gates on the day of the seeding. Others are in the middle of getting in: see `newcomers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from etasu.registry.accounts import access
from etasu.safe_use.dates import Span, Unit, add_months
from etasu.safe_use.program import Party, ProgramVersion, StepKind
from etasu.site.seed import demo_secrets
from etasu.site.seed.chance import Chance
from etasu.site.seed.courses import DAY
from etasu.site.seed.desk import BY, Desk, Voice
from etasu.site.seed.participants import ParticipantStory, registered
from etasu.site.seed.people import enlist, user
from etasu.site.seed.words import Place


class Player(NamedTuple):
    """Somebody of the cast who signs in: `where` names the participant they act for, if any."""

    key: str
    name: str
    role: str | None
    where: str | None
    to_try: str


class Scene(NamedTuple):
    """A participant of the cast."""

    key: str
    kind: str
    name: str


PLAYERS: Sequence[Player] = (
    Player(
        "amara",
        "Dr. Amara Stonelantern",
        access.PRESCRIBER,
        "amara",
        "May Mara's course begin at Riverside? Yes. Noor's next one? No, and why.",
    ),
    Player(
        "ines",
        "Ines Lakecompass",
        access.INFUSION_NURSE,
        "riverside",
        "May Tess be infused today? Yes. Luis? Yes, day 2. Petra? Not here.",
    ),
    Player(
        "ben",
        "Ben Paperorchard",
        access.FACILITY_REPRESENTATIVE,
        "riverside",
        "Riverside's certification, and who acts for it.",
    ),
    Player(
        "hugo",
        "Hugo Sandkettle",
        access.FACILITY_REPRESENTATIVE,
        "hillview",
        "Hillview's certification has lapsed: what it takes to renew.",
    ),
    Player(
        "paul",
        "Paul Fogbottle",
        access.PHARMACIST,
        "cedar",
        "May Tess's course be dispensed? Yes. Mara's? Not yet.",
    ),
    Player(
        "cora",
        "Cora Glasspebble",
        access.PHARMACY_REPRESENTATIVE,
        "cedar",
        "Cedar Pharmacy's certification ends soon: renew it.",
    ),
    Player(
        "nadia",
        "Dr. Nadia Kiteshelf",
        access.PRESCRIBER,
        "nadia",
        "Getting in: the enrollment form is filled in by half, and waits.",
    ),
    Player(
        "bruno",
        "Dr. Bruno Harborpillow",
        access.PRESCRIBER,
        "bruno",
        "Has a delegate, Dale, who works for Dr. Amara too.",
    ),
    Player(
        "rosa", "Rosa Clouddrawer", access.ADMINISTRATOR, None, "Everything, and every decision."
    ),
    Player(
        "theo",
        "Theo Lanternfield",
        access.ADMINISTRATOR,
        None,
        "The second person: checks the paper that Rosa keyed in.",
    ),
    Player(
        "sam", "Sam Slatesaucer", access.AUDITOR, None, "Everything, without changing any of it."
    ),
    Player(
        "vera",
        "Vera Mapleinkwell",
        access.LAB_ANALYST,
        None,
        "Results that wait: a code nobody has explained, a patient nobody knows, a new sender.",
    ),
    Player(
        "greta",
        "Greta Tinsignal",
        access.SAFETY_REVIEWER,
        None,
        "Three reports of side effects: one late, one told twice, one waiting to be acknowledged.",
    ),
    Player(
        "juno",
        "Juno Fernlantern",
        access.MODERATOR,
        None,
        "A first post and one that a member reported; knows members by the names they chose.",
    ),
    Player(
        "opal",
        "Opal Ribbonlatch",
        access.SUPPORT_NURSE,
        None,
        "Noor alone allows nurses: she wrote, wants a call, and may tell of a side effect.",
    ),
    Player(
        "mila",
        "Mila Candlewharf",
        access.SUPPORT_NURSE,
        None,
        "Has the nights of the rota: takes over what Opal left.",
    ),
    Player("quinn", "Quinn Fernpocket", None, None, "Nothing: Quinn has no role here."),
)
# They join by the registry's own verbs: see `newcomers`.
NEWCOMERS: Sequence[Player] = (
    Player(
        "dale",
        "Dale Inkfeather",
        access.DELEGATE,
        None,
        "Prepares forms for Dr. Amara and Dr. Bruno. Signs none of them.",
    ),
    Player(
        "wren",
        "Wren Cloverdesk",
        access.FACILITY_REPRESENTATIVE,
        "millbrook",
        "Takes over Millbrook, whose representative has left.",
    ),
)
# Who represented Millbrook, and does not sign in any more.
LEFT = ("owen", "Owen Thimblegate")
SCENES: Sequence[Scene] = (
    Scene("amara", "prescriber", "Dr. Amara Stonelantern"),
    Scene("riverside", "facility", "Riverside Infusion Center"),
    Scene("lakeside", "facility", "Lakeside Clinic"),
    Scene("hillview", "facility", "Hillview Hospital"),
    Scene("cedar", "pharmacy", "Cedar Pharmacy"),
    Scene("bruno", "prescriber", "Dr. Bruno Harborpillow"),
    Scene("nadia", "prescriber", "Dr. Nadia Kiteshelf"),
    Scene("millbrook", "facility", "Millbrook Clinic"),
)
# Systems that ask by API key, each for one participant.
SYSTEMS: Mapping[str, str] = {
    "riverside": access.INFUSION_NURSE,
    "cedar": access.PHARMACIST,
    "amara": access.PRESCRIBER,
}
CERTIFIED_FOR = Span(20, Unit.MONTHS)
LAPSED_FOR = timedelta(days=40)
# How long before its end the cast's pharmacy is asked to renew.
ENDS_IN = timedelta(days=50)


def email(key: str) -> str:
    """The address somebody of the cast signs in with."""
    return f"{key}@example.org"


def system_email(key: str) -> str:
    """The address a system of the cast is kept under."""
    return email(f"{key}-system")


def settle_cast(desk: Desk) -> dict[str, ParticipantStory]:
    """The cast's participants and everybody who signs in, by key; only kinds the program has."""
    kinds = desk.version_on(desk.today).parties
    people = _people(desk)
    settled = {s.key: _settle(desk, s, people) for s in SCENES if s.kind in kinds}
    for key, role in SYSTEMS.items():
        if key in settled:
            _plug_in(desk, key, role, settled[key])
    return settled


def opening_to(version: ProgramVersion, role: str) -> list[str]:
    """The consents that let people in the role see the record of whoever gives them."""
    return [code for code, text in version.consents.items() if role in text.opens_to]


def before(day: date, span: Span) -> date:
    """The day that span before, counting business days as calendar days."""
    if span.unit in (Unit.MONTHS, Unit.YEARS):
        return add_months(day, -span.count * (12 if span.unit is Unit.YEARS else 1))
    return day - timedelta(days=span.count)


def _people(desk: Desk) -> dict[str, list[Voice]]:
    """Users by the participant they act for; the program's own people are enlisted here."""
    hashed = demo_secrets.password_hash()
    version = desk.version_on(desk.today)
    kinds = {s.key: s.kind for s in SCENES if s.kind in version.parties}
    found: dict[str, list[Voice]] = {key: [] for key in kinds}
    for player in PLAYERS:
        if not _has_a_part(player, version):
            continue
        role = player.role or "none"
        voice = user(desk, player.name, role, email=email(player.key), password=hashed)
        if player.where is not None:
            found[player.where].append(voice)
        elif player.role is not None:
            enlist(desk, voice, None, desk.at)
    for player in NEWCOMERS:
        if _has_a_part(player, version):
            user(desk, player.name, "none", email=email(player.key), password=hashed)
    if "millbrook" in kinds:
        user(desk, LEFT[1], "none", email=email(LEFT[0]))
    return found


def _has_a_part(player: Player, version: ProgramVersion) -> bool:
    """Whether the program has the kind they act for, and whom they may follow."""
    if player.role == access.SUPPORT_NURSE and not opening_to(version, player.role):
        return False
    kinds = {each.key: each.kind for each in SCENES}
    return player.where is None or kinds[player.where] in version.parties


def _settle(desk: Desk, scene: Scene, people: Mapping[str, list[Voice]]) -> ParticipantStory:
    place = Place(Chance("cast", scene.key))
    place.state, place.time_zone = "NY", "America/New_York"
    own = people[scene.key] or [
        user(desk, f"Nico {scene.name.split()[0]}button", access.INFUSION_NURSE)
    ]
    party = desk.version_on(desk.today).parties[scene.kind]
    certified = _certified_from(desk, scene.key, party)
    story = registered(desk, scene.kind, scene.name, certified - 10 * DAY, place, own)
    if scene.key == "nadia":
        story.do_steps(desk.today - 5 * DAY, _before_signing(party))
    else:
        story.do_steps(certified)
    if scene.key == "hillview" and party.renew_every is None:
        story.suspend(desk.today - LAPSED_FOR, None)
    story.write()
    return story


def _certified_from(desk: Desk, key: str, party: Party) -> date:
    """The day the certification began; Hillview's has ended and Cedar's is about to."""
    if party.renew_every is not None and key == "hillview":
        return before(desk.today - LAPSED_FOR, party.renew_every)
    if party.renew_every is not None and key == "cedar":
        return before(desk.today + ENDS_IN, party.renew_every)
    return before(desk.today, CERTIFIED_FOR)


def _before_signing(party: Party) -> int:
    """How many steps come before the first form to sign."""
    kinds = [step.kind for step in party.steps]
    return kinds.index(StepKind.SIGN) if StepKind.SIGN in kinds else 0


def _plug_in(desk: Desk, key: str, role: str, whom: ParticipantStory) -> None:
    """The participant's own system, with an API key."""
    name = f"System of {whom.row.name}"
    voice = user(desk, name, role, email=system_email(key), is_system=True)
    enlist(desk, voice, whom.row, desk.at)
    hashed = demo_secrets.key_hash(demo_secrets.api_key(key))
    desk.sheets.add("accounts_api_key", voice.id, "demo", hashed, desk.at, BY)
