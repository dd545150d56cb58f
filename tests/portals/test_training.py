"""The training center: for anybody signed in, one's own record alone, nothing done twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.education import facts
from etasu.registry.education.models import Attempt, Grade, Reading, Review
from etasu.registry.participants import actions as participants
from etasu.registry.participants.facts import steps_done
from etasu.safe_use.program import ProgramStatus
from tests.portals.conftest import Moment
from tests.portals.world import NOW, Cast

SignIn = Callable[[str], Client]
PROGRAM, AUDIENCE = "teaching", "prescriber"
ROOM = f"/training/{PROGRAM}/{AUDIENCE}/"
MODULE, ASSESSMENT = f"{ROOM}modules/overview/", f"{ROOM}assessments/assessment/"
PAGES = ("what-this-program-is-for", "before-each-course", "during-and-after-a-course")


def browser_of(name: str = "nia") -> Client:
    """A browser of somebody who has an account and no role."""
    user, _ = User.objects.get_or_create(
        email=f"{name}@example.org", full_name=f"{name.title()} Example", time_zone="UTC"
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def nia(db: None, moment: Moment) -> Client:
    """Nia, who has no role yet."""
    return browser_of()


def text(response: HttpResponse) -> str:
    """The page."""
    return response.content.decode()


def asked(number: int = 1, name: str = "nia") -> Attempt:
    """An attempt of somebody."""
    return Attempt.objects.get(user__email=f"{name}@example.org", number=number)


def answer(client: Client, wrong: int = 0, number: int = 1) -> HttpResponse:
    """Begin, answer everything and hand it in; the result page."""
    client.post(ASSESSMENT)
    for place, each in enumerate(facts.asked_in(asked(number)), 1):
        choice = (each.right + 1) % 4 if place <= wrong else each.right
        client.post(f"{ASSESSMENT}{number}/questions/{place}/", {"choice": str(choice)})
    return client.post(f"{ASSESSMENT}{number}/check/", follow=True)


def read_all(client: Client) -> HttpResponse:
    """Go on from every page of the module and confirm it."""
    for code in PAGES:
        response = client.post(f"{MODULE}{code}/", follow=True)
    return response


# The way in


def test_a_stranger_signs_in_first(db: None, moment: Moment) -> None:
    for address in ("/training/", ROOM, MODULE, ASSESSMENT):
        response = Client().get(address)
        assert response.status_code == 303
        assert response["Location"].startswith("/sign-in/?next=%2Ftraining%2F")


def test_somebody_without_a_role_may_train_for_anything(nia: Client) -> None:
    page = text(nia.get("/training/"))
    for program in library.current().programs.values():
        (version,) = program.versions[-1:]
        is_there = bool(version.modules) and program.program.status is ProgramStatus.ACTIVE
        assert (f"/training/{program.program.code}/" in page) is is_there
    assert ROOM in page


def test_somebody_with_a_part_in_the_training_goes_to_their_own(
    cast: Cast, signed_in: SignIn
) -> None:
    assert signed_in("amara").get("/training/")["Location"] == "/training/lemtrada/prescriber/"
    assert signed_in("ben").get("/training/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/training/nothing/prescriber/",
        "/training/teaching/facility_representative/",
        "/training/teaching/nobody/",
        f"{ROOM}modules/assessment/",
        f"{ROOM}modules/nothing/",
        f"{MODULE}no-such-page/",
        f"{ROOM}assessments/overview/",
        f"{ASSESSMENT}1/questions/1/",
        f"{ASSESSMENT}1/check/",
        f"{ASSESSMENT}1/result/",
        f"{ASSESSMENT}{10**30}/result/",
    ],
)
def test_what_is_not_there_is_not_found(nia: Client, address: str) -> None:
    assert nia.get(address).status_code == 404


def test_a_retired_program_trains_nobody(nia: Client) -> None:
    loaded = library.current().programs[PROGRAM]
    ended = dataclasses.replace(
        loaded.program, status=ProgramStatus.RETIRED, retired_on=NOW.date(), retired_because="Over."
    )
    kept = dict(library.current().programs)
    library.use(library.ProgramLibrary({PROGRAM: loaded._replace(program=ended)}))
    try:
        assert nia.get(ROOM).status_code == 404
        assert "No program has training here." in text(nia.get("/training/"))
    finally:
        library.use(library.ProgramLibrary(kept))


# Reading


def test_a_module_opens_where_it_was_left(nia: Client) -> None:
    assert nia.get(MODULE)["Location"] == f"{MODULE}{PAGES[0]}/"
    assert nia.post(f"{MODULE}{PAGES[0]}/")["Location"] == f"{MODULE}{PAGES[1]}/"
    assert nia.get(MODULE)["Location"] == f"{MODULE}{PAGES[1]}/"
    page = text(nia.get(ROOM))
    assert "In progress" in page and "0 of 2 complete" in page


def test_looking_at_a_page_is_not_reading_it(nia: Client) -> None:
    for code in PAGES:
        assert nia.get(f"{MODULE}{code}/").status_code == 200
    assert not Reading.objects.exists()


def test_nobody_confirms_what_they_have_not_read(nia: Client) -> None:
    last = f"{MODULE}{PAGES[2]}/"
    page = text(nia.get(last))
    assert "Before you confirm, read these pages, too:" in page
    assert "I confirm" not in page
    response = nia.post(last, follow=True)
    assert response.redirect_chain[-1][0] == f"{MODULE}{PAGES[0]}/"
    assert "Read this page, too" in text(response)
    assert not Review.objects.exists()


def test_a_confirmation_is_kept_and_shown(nia: Client) -> None:
    page = text(read_all(nia))
    assert "Your confirmation is on record." in page
    assert "1 of 2 complete" in page and "Done on Fri, May 1, 2026" in page
    read_all(nia)
    assert Review.objects.count() == 1
    assert "You confirmed this on Friday, May 1, 2026." in text(nia.get(f"{MODULE}{PAGES[2]}/"))
    assert nia.get(MODULE)["Location"] == f"{MODULE}{PAGES[0]}/"


def test_what_the_program_wrote_is_marked_as_its_language_and_escaped(nia: Client) -> None:
    nia.cookies["django_language"] = "es"
    page = text(nia.get(f"{MODULE}{PAGES[0]}/"))
    assert '<html lang="es">' in page
    assert '<div class="usa-prose" lang="en">' in page
    assert "<strong>nobody is infused" in page


# Trying


def test_each_press_keeps_an_answer_and_goes_on(nia: Client) -> None:
    assert nia.post(ASSESSMENT)["Location"] == f"{ASSESSMENT}1/questions/1/"
    first = f"{ASSESSMENT}1/questions/1/"
    assert nia.post(first, {"choice": "2"})["Location"] == f"{ASSESSMENT}1/questions/2/"
    assert asked().answers == {facts.asked_in(asked())[0].item: 2}
    assert "Your answer" in text(nia.get(first))
    assert "1 of 2 questions answered" in text(nia.get(ROOM))
    assert nia.post(ASSESSMENT)["Location"] == f"{ASSESSMENT}1/questions/2/"
    assert "Go on where you were" in text(nia.get(ASSESSMENT))


@pytest.mark.parametrize("choice", ["", "4", "-1", "x", "٣", "10", "0 "])
def test_what_is_no_choice_is_asked_again(nia: Client, choice: str) -> None:
    nia.post(ASSESSMENT)
    response = nia.post(f"{ASSESSMENT}1/questions/1/", {"choice": choice}, follow=True)
    if choice == "٣":
        # A digit is a digit in any script.
        assert asked().answers == {facts.asked_in(asked())[0].item: 3}
    else:
        assert "Choose one of the answers." in text(response)
        assert asked().answers == {}


def test_nothing_is_handed_in_before_every_question_is_answered(nia: Client) -> None:
    nia.post(ASSESSMENT)
    nia.post(f"{ASSESSMENT}1/questions/2/", {"choice": "0"})
    for response in (nia.get(f"{ASSESSMENT}1/check/"), nia.post(f"{ASSESSMENT}1/check/")):
        assert response["Location"] == f"{ASSESSMENT}1/questions/1/"
    assert nia.get(f"{ASSESSMENT}1/result/")["Location"] == f"{ASSESSMENT}1/questions/1/"
    assert not Grade.objects.exists()
    assert nia.get(f"{ASSESSMENT}1/questions/3/").status_code == 404
    assert nia.get(f"{ASSESSMENT}1/questions/0/").status_code == 404


def test_a_changed_answer_leads_back_to_the_check(nia: Client) -> None:
    nia.post(ASSESSMENT)
    for number in (1, 2):
        nia.post(f"{ASSESSMENT}1/questions/{number}/", {"choice": "0"})
    page = text(nia.get(f"{ASSESSMENT}1/check/"))
    assert page.count("Change") == 2
    assert "Keep it and go to your answers" in text(nia.get(f"{ASSESSMENT}1/questions/1/"))
    changed = nia.post(f"{ASSESSMENT}1/questions/1/", {"choice": "1"})
    assert changed["Location"] == f"{ASSESSMENT}1/check/"


def test_a_failed_try_explains_every_answer_and_offers_another(nia: Client) -> None:
    page = text(answer(nia, wrong=1))
    assert "Not passed yet" in page and "1 of 2 answers are right. 2 pass." in page
    assert page.count("You chose:") == 1
    for each in facts.asked_in(asked()):
        assert each.question in page and each.choices[each.right] in page
        assert each.explanation in page
        assert reverse("training:page", args=[PROGRAM, AUDIENCE, each.module, each.page]) in page
    assert "Try again" in page
    assert "Last try: 1 of 2 right" in text(nia.get(ROOM))
    assert "Passed" in text(answer(nia, number=2))
    assert "Try again" not in text(nia.get(f"{ASSESSMENT}1/result/"))
    page = text(nia.get(ASSESSMENT))
    assert "1 of 2" in page and "2 of 2" in page and "Not passed yet" in page


def test_sent_twice_it_is_graded_once(nia: Client) -> None:
    answer(nia, wrong=1)
    assert nia.post(f"{ASSESSMENT}1/check/")["Location"] == f"{ASSESSMENT}1/result/"
    for response in (
        nia.post(f"{ASSESSMENT}1/questions/1/", {"choice": "0"}),
        nia.get(f"{ASSESSMENT}1/questions/1/"),
        nia.get(f"{ASSESSMENT}1/check/"),
    ):
        assert response["Location"] == f"{ASSESSMENT}1/result/"
    assert Grade.objects.count() == 1


def test_nobody_sees_or_touches_another_s_try(nia: Client) -> None:
    answer(nia, wrong=1)
    ola = browser_of("ola")
    assert ola.get(f"{ASSESSMENT}1/result/").status_code == 404
    assert ola.post(f"{ASSESSMENT}1/questions/1/", {"choice": "0"}).status_code == 404
    answer_page = text(ola.get(ASSESSMENT))
    assert "Your tries" not in answer_page
    assert "0 of 2 complete" in text(ola.get(ROOM))


def test_a_page_that_answered_a_question_may_be_gone(
    nia: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(nia, wrong=2)
    gone = [each | {"page": "gone"} for each in asked().asked]
    monkeypatch.setattr(
        facts, "asked_in", lambda attempt: tuple(facts.AskedItem(**each) for each in gone)
    )
    page = text(nia.get(f"{ASSESSMENT}1/result/"))
    assert "Look at these again" in page and "Read:" not in page


# What it leads to


def test_all_done_leads_to_the_form_to_sign(nia: Client) -> None:
    read_all(nia)
    page = text(answer(nia))
    assert "Your training is complete." in page and "Sign the enrollment form" in page
    page = text(nia.get(ROOM))
    assert "2 of 2 complete" in page and "Sign the enrollment form" in page


def test_passing_before_reading_leads_back_to_the_training(nia: Client) -> None:
    assert "You have not confirmed these yet" in text(nia.get(ASSESSMENT))
    page = text(answer(nia))
    assert "Go on with your training" in page
    assert "Your training is complete." not in page


def test_training_counts_for_the_participant_one_acts_for(nia: Client) -> None:
    user = User.objects.get(email="nia@example.org")
    found = participants.register_participant(
        PROGRAM, "prescriber", "Nia Example", by=PLATFORM, at=NOW, npi="1234567893"
    )
    participants.add_member(user, found, "prescriber", program=PROGRAM, by=PLATFORM, at=NOW)
    read_all(nia)
    answer(nia)
    today = NOW.date()
    assert dict(steps_done(found)) == {"reviewed-overview": today, "passed-assessment": today}
    done = AuditEntry.objects.filter(verb="participant.step_done")
    assert {(each.actor, each.role) for each in done} == {(user.number, "prescriber")}


def test_the_day_is_the_one_where_the_person_is(nia: Client, moment: Moment) -> None:
    User.objects.filter(email="nia@example.org").update(time_zone="Pacific/Guam")
    moment.now = NOW
    read_all(nia)
    assert Review.objects.get().reviewed_on == NOW.date() + timedelta(days=1)


# A representative whose certification is to be renewed


@pytest.fixture
def renewing() -> Iterator[None]:
    """The program, in which the facility's representative reads the overview, too."""
    kept = library.current()
    loaded = kept.programs[PROGRAM]
    taught = loaded.versions[-1]
    reads, signs = taught.parties["prescriber"].steps[0], taught.parties["facility"].steps[-1]
    facility = dataclasses.replace(taught.parties["facility"], steps=(reads, signs))
    both = ("prescriber", "facility_representative")
    overview = dataclasses.replace(taught.modules["overview"], audience=both)
    changed = dataclasses.replace(
        taught,
        parties={**taught.parties, "facility": facility},
        modules={"overview": overview},
    )
    library.use(library.ProgramLibrary({PROGRAM: loaded._replace(versions=(changed,))}))
    yield
    library.use(kept)


def test_what_is_due_again_is_not_complete(nia: Client, moment: Moment, renewing: None) -> None:
    user = User.objects.get(email="nia@example.org")
    version = library.current().programs[PROGRAM].versions[-1]
    site = participants.register_participant(PROGRAM, "facility", "Site", by=PLATFORM, at=NOW)
    role = "facility_representative"
    participants.add_member(user, site, role, program=PROGRAM, by=PLATFORM, at=NOW)
    room = f"/training/{PROGRAM}/{role}/"
    for code in PAGES:
        nia.post(f"{room}modules/overview/{code}/")
    today = NOW.date()
    participants.record_step(site, version, "signed-enrollment", on=today, by=PLATFORM, at=NOW)
    assert "1 of 1 complete" in text(nia.get(room))
    moment.now = NOW + timedelta(days=700)
    nia = browser_of()
    page = text(nia.get(room))
    assert "to be done again for the renewal" in page and "0 of 1 complete" in page
    nia.post(f"{room}modules/overview/{PAGES[2]}/")
    assert "1 of 1 complete" in text(nia.get(room))
    site.refresh_from_db()
    assert dict(steps_done(site))["reviewed-overview"] == today + timedelta(days=700)
