"""Nobody becomes certified as somebody who is on record already."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.notices.models import Notice
from etasu.registry.participants import actions, newcomers
from etasu.registry.participants.delegation import ask_prescriber
from etasu.registry.participants.enrolling import enroll_on_paper, enroll_oneself
from etasu.registry.participants.facts import Asker, certification_facts, participant_by_npi
from etasu.registry.participants.models import NewcomerReview, Participant
from etasu.registry.participants.newcomers import Newcomer, NotTakingAnybody, NumberTaken
from etasu.registry.participants.organizations import found_organization, register_site
from etasu.safe_use.certification import CertificationFacts, certified_period
from etasu.safe_use.program import ProgramStatus
from etasu.safe_use.renewal import complete_on
from tests.factories.organizations import person, representative
from tests.factories.teaching import AT, ON, PROGRAM, World, build_world, certified, version

pytestmark = pytest.mark.django_db
NPI, FREE, SINCE = "1245319599", "1003000126", date(2024, 6, 1)
LAKESIDE = Newcomer("Lakeside Infusions", NPI, state="MA", zip_code="02139", city="Cambridge",
                    setting="hospital")  # fmt: skip
CLERK = Actor("clerk", "administrator")


@pytest.fixture
def lakeside() -> Participant:
    """A facility that is certified, and Rosa who represents it."""
    known = {k: v for k, v in LAKESIDE._asdict().items() if k not in ("name", "time_zone")}
    site = certified("facility", LAKESIDE.name, SINCE, **known)
    representative("rosa", site, AT)
    return site


def brought(newcomer: Newcomer, role: str = "facility_representative", who: str = "mallory") -> Any:
    """A stranger brings somebody in, and does every step there is."""
    user = person(who)
    by = Actor(user.number, role)
    made = enroll_oneself(user, role, version(), newcomer, by=by, at=AT).participant
    assert made is not None
    return all_steps(made, by)


def all_steps(made: Participant, by: Actor = PLATFORM) -> Participant:
    """Every certification step done, as by somebody who has nothing left to do."""
    for step in version().parties[made.kind].steps:
        made = actions.record_step(made, version(), step.code, on=ON, by=by, at=AT)
    return made


def decide(made: Participant, is_accepted: bool, at: Any = AT, reason: str = "asked them") -> Any:
    """The program has looked."""
    review = newcomers.review_of(made)
    assert review is not None
    return newcomers.decide_on_newcomer(
        review, is_accepted=is_accepted, reason=reason, by=CLERK, at=at
    )


def again(made: Participant) -> Participant:
    """As it is on record now."""
    return Participant.objects.get(pk=made.pk)


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ({}, ["name", "npi"]),
        ({"name": "Another Name", "zip_code": "90210", "state": "CA"}, ["npi"]),
        ({"npi": FREE, "name": "LAKESÍDE, Infusions"}, ["name"]),
    ],
    ids=["the same", "the same NPI in another place", "the same name in one state"],
)
def test_somebody_on_record_is_not_certified_a_second_time(
    lakeside: Participant, other: dict[str, str], shared: list[str]
) -> None:
    made = brought(LAKESIDE._replace(**other))
    assert made.in_review and made.certified_from is None
    assert (
        not made.certifications.exists()
        and not Notice.objects.filter(
            event="certification_granted", recipient=person("mallory")
        ).exists()
    )
    [waiting] = newcomers.newcomers_to_look_at(PROGRAM)
    assert (waiting.must_wait, waiting.shared) == (True, shared)
    [alike] = newcomers.alike_to(made)
    assert alike.participant == lakeside and sorted(alike.shared) == shared
    # The one on record hears of it, the stranger learns nothing.
    told = Notice.objects.get(event="newcomer_alike")
    assert told.recipient == person("rosa") and made.number not in str(told.facts)
    # What anybody does to it later keeps it out as well: a recheck, a step done again.
    actions.refresh_standing(made, version(), by=PLATFORM, at=AT)
    assert all_steps(again(made)).certified_from is None


def test_what_is_done_at_night_is_done_on_the_day_it_is_there(lakeside: Participant) -> None:
    night = datetime(2025, 5, 2, 2, 0, tzinfo=UTC)
    user = person("mallory")
    by = Actor(user.number, "facility_representative")
    west = LAKESIDE._replace(npi=FREE, state="CA", zip_code="90210")
    made = enroll_oneself(user, by.role, version(), west, by=by, at=night).participant
    assert made is not None
    days = set(made.steps.values_list("done_on", flat=True))
    assert days == {date(2025, 5, 1)}


def test_a_name_in_another_state_is_another_place(lakeside: Participant) -> None:
    made = brought(LAKESIDE._replace(npi=FREE, state="CA", zip_code="90210"))
    assert made.certified_from == ON and not made.in_review
    [seen] = newcomers.newcomers_to_look_at(PROGRAM)
    assert not seen.must_wait
    decided = decide(made, True, reason="")
    assert decided.is_accepted and list(newcomers.newcomers_seen(PROGRAM)) == [decided]
    assert AuditEntry.objects.filter(verb="participant.newcomer_seen").count() == 1


def test_a_state_nobody_knows_may_be_this_one(lakeside: Participant) -> None:
    Participant.objects.filter(pk=lakeside.pk).update(state="", zip_code="")
    assert brought(LAKESIDE._replace(npi=FREE, state="CA", zip_code="90210")).in_review


def test_who_is_let_in_is_certified_from_that_day(lakeside: Participant) -> None:
    made = brought(LAKESIDE._replace(zip_code="90210", state="CA"))
    later = AT + timedelta(days=5)
    decide(made, True, later)
    found = again(made)
    assert (found.in_review, found.certified_from) == (False, ON + timedelta(days=5))
    assert found.certifications.get().certified_from == ON + timedelta(days=5)
    events = set(Notice.objects.filter(recipient=person("mallory")).values_list("event", flat=True))
    assert events == {"newcomer_accepted", "certification_granted"}
    # Decided once: another decision changes nothing.
    assert decide(made, False).is_accepted is True


def test_who_is_not_let_in_stays_out_and_hears_why(lakeside: Participant) -> None:
    made = brought(LAKESIDE)
    decide(made, False, reason="Lakeside did not ask for this.")
    assert again(made).in_review and all_steps(again(made)).certified_from is None
    told = Notice.objects.get(event="newcomer_refused")
    assert told.facts["reason"] == "Lakeside did not ask for this."
    entry = AuditEntry.objects.get(verb="participant.newcomer_refused")
    assert entry.actor == "clerk"
    # It keeps nobody else out.
    assert [each.participant for each in newcomers.alike(PROGRAM, "facility", LAKESIDE)] == [
        lakeside
    ]


def test_no_gate_says_yes_through_a_newcomer_who_waits() -> None:
    world: World = build_world()
    known = Participant.objects.get(pk=world.riverside.pk)
    made = brought(Newcomer(known.name, FREE, setting="infusion-center"))
    assert made.in_review
    asker = Asker("operator", "administrator", PROGRAM, None, None, None, "America/New_York")

    def outcome(facility: Participant) -> str:
        asked = AuthorizationRequest(
            PROGRAM, "authorize", world.mara.number, ON, facility=facility.number
        )
        return str(answer_request(asked, by=asker, at=AT).said["outcome"])

    assert outcome(made) == "not_authorized"
    assert outcome(world.riverside) == "authorized"


def test_a_prescriber_cannot_be_doubled_by_the_npi() -> None:
    doctor = certified("prescriber", "Dr. Amara", SINCE, npi=NPI)
    made = brought(Newcomer("Dr. Mallory", NPI, state="OH"), "prescriber")
    assert made.in_review
    # Whoever looks for the NPI finds the one on record, and asks that one.
    assert participant_by_npi(NPI, PROGRAM) == doctor
    asked = ask_prescriber(person("dana"), NPI, by=Actor("dana", "delegate"), at=AT)
    assert asked.prescriber == doctor
    with pytest.raises(NumberTaken):
        decide(made, True)
    assert again(made).in_review
    decide(made, False)


def test_sent_twice_it_is_one(lakeside: Participant) -> None:
    first, second = brought(LAKESIDE), brought(LAKESIDE)
    assert first == second and NewcomerReview.objects.count() == 1


def test_of_two_newcomers_the_second_waits() -> None:
    first = brought(LAKESIDE)
    second = brought(LAKESIDE._replace(zip_code="90210", state="CA"), who="other")
    assert (first.in_review, second.in_review) == (False, True)


def test_sites_of_one_organization_share_an_npi_and_nobody_elses(lakeside: Participant) -> None:
    rosa = person("rosa")
    by = Actor(rosa.number, "facility_representative")
    mine = found_organization(lakeside, "Lakeside Health", by=by, at=AT)
    second = LAKESIDE._replace(name="Lakeside North", zip_code="01960")
    assert not register_site(mine, "facility", second, rosa, by=by, at=AT).in_review
    own = brought(LAKESIDE._replace(name="Fresh", npi=FREE, state="CA", zip_code="90210"))
    mallory = person("mallory")
    theirs = found_organization(own, "Mallory Health", by=by, at=AT)
    taken = LAKESIDE._replace(name="Lakeside West", zip_code="90210", state="CA")
    assert register_site(theirs, "facility", taken, mallory, by=by, at=AT).in_review


def test_paper_is_looked_at_like_anything_else(lakeside: Participant) -> None:
    made = enroll_on_paper(
        version(), "facility", LAKESIDE._replace(zip_code="90210", state=""), by=CLERK, at=AT
    )
    assert made.in_review
    named = Newcomer(LAKESIDE.name, FREE, zip_code="02139")
    assert enroll_on_paper(version(), "facility", named, by=CLERK, at=AT).in_review


@pytest.mark.parametrize("status", [ProgramStatus.RETIRED, ProgramStatus.WINDING_DOWN])
def test_nobody_begins_in_a_program_that_is_over(status: ProgramStatus) -> None:
    loaded = library.current().programs[PROGRAM]
    over = loaded._replace(program=replace(loaded.program, status=status))
    library.use(library.ProgramLibrary({PROGRAM: over}))
    assert not newcomers.takes_newcomers(PROGRAM) and not newcomers.takes_newcomers("none")
    with pytest.raises(NotTakingAnybody):
        brought(LAKESIDE)
    assert not Participant.objects.exists() and User.objects.count() == 1


def test_a_standing_in_review_is_none_whatever_is_on_record() -> None:
    """The faults planted: steps all done, and even a certification on record."""
    party = version().parties["facility"]
    steps = {step.code: ON for step in party.steps}
    free = CertificationFacts(steps)
    assert complete_on(party, free) == ON
    assert complete_on(party, free._replace(in_review=True)) is None
    assert complete_on(party, free._replace(reviewed_on=ON + timedelta(days=2))) == ON + timedelta(
        days=2
    )
    site = certified("facility", "Elsewhere", SINCE)
    known = certification_facts(site)
    assert certified_period(party, known)[0] == SINCE
    assert certified_period(party, known._replace(in_review=True)) == (None, None)
