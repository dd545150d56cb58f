"""A patient's own page: what waits first, then everything by its name, and never a dead end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from etasu.portals.components.dates import day as us_day
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.notices.wishes import Wish, wish
from etasu.registry.patient_support.models import ToldSymptom
from etasu.registry.patient_support.sharing import Asked, invite_partner
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.reactions import enrollment_ended
from etasu.safe_use.sharing import Slice
from tests.factories.mail_server import MailServer
from tests.portals.conftest import Moment
from tests.portals.lab_world import MARA, allows, owes_tests
from tests.portals.patient_world import BORN, Patient, where, words
from tests.portals.test_lab_tests import at_home, step
from tests.portals.world import PROGRAM, Cast

# What holds no other page's way back: a question on its way, and what is downloaded.
PAGES = (
    *("home/", "reminders/", "self-check/", "self-check/region/face/", "tests/", "results/"),
    *("guides/", "medicines/", "partners/", "nurses/", "costs/", "data/", "choices/all/"),
)


@pytest.fixture
def phone(cast: Cast, mail: MailServer) -> Patient:
    """Mara at her own page, with tests that fall due."""
    owes_tests(cast)
    return at_her_page(mail)


def at_her_page(mail: MailServer) -> Patient:
    found = Patient()
    found.browser.post("/p/choices/", {"email": MARA})
    assert where(found.arrive(mail, MARA)) == "/p/home/"
    return found


def link_again(phone: Patient, moment: Moment) -> Patient:
    """Her page is opened a day later: she proves who she is anew."""
    session = phone.browser.session
    session["patient_link"] |= {"proved": int(moment.now.timestamp())}
    session.save()
    return phone


def steps(phone: Patient) -> list[str]:
    """The big buttons of the page, in their order."""
    page = phone.open("/p/home/").content.decode()
    return re.findall(r'<a class="usa-button usa-button--big[^>]*>([^<]+)<', page)


def test_what_waits_comes_first_and_is_gone_once_it_is_done(phone: Patient, cast: Cast) -> None:
    check, tests, reminders = (
        "Check how you are",
        "Ask for an appointment",
        "Choose how we remind you",
    )
    assert steps(phone) == [check, tests, reminders]
    wish(cast.mara.number, Wish(("email",)), by=PLATFORM, at=cast.at)
    assert steps(phone) == [check, tests]
    phone.browser.post("/p/self-check/")
    assert steps(phone) == ["Go on with your check", tests]
    allows(cast)
    at_home(phone, cast)
    step(phone, "check")
    assert steps(phone) == ["Go on with your check"]


def test_before_the_first_infusion_nobody_is_hurried(cast: Cast, mail: MailServer) -> None:
    Enrolled.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN, language="en")
    phone = at_her_page(mail)
    assert steps(phone) == ["Choose how we remind you"]
    page = words(phone.open("/p/home/"))
    assert "Your treatment has not begun." in page and "Nothing is due." not in page
    assert "On any day" in page and "It is time for it" not in page


def test_an_emergency_stays_past_midnight_and_a_new_check_until_it_is_taken_back(
    phone: Patient, mail: MailServer, moment: Moment
) -> None:
    phone.browser.post("/p/self-check/")
    phone.browser.post("/p/self-check/region/skin/", {"noticed": ["mole-changes"]})
    assert "Call 911 now" not in words(phone.open("/p/home/"))
    phone.browser.post("/p/self-check/region/face/", {"noticed": ["face-droops"]})
    page = phone.open("/p/home/")
    assert "Call 911 now" in words(page) and 'href="tel:911"' in page.content.decode()
    assert "That does not replace your call." in words(page)
    phone.browser.post("/p/self-check/region/face/", {"noticed": ["-none"]})
    assert "Call 911 now" not in words(phone.open("/p/home/"))
    phone.browser.post("/p/self-check/region/face/", {"noticed": ["face-droops"]})
    told = moment.now
    moment.now = told + timedelta(hours=23)
    phone = link_again(phone, moment)
    phone.browser.post("/p/self-check/")
    assert "Call 911 now" in words(phone.open("/p/home/"))
    moment.now = told + timedelta(hours=24)
    assert "Call 911 now" not in words(at_her_page(mail).open("/p/home/"))


def test_an_emergency_told_twice_is_said_once_until_somebody_looked_after_both(
    phone: Patient, cast: Cast, moment: Moment
) -> None:
    told = moment.now
    for hours in (0, 23):
        moment.now = told + timedelta(hours=hours)
        phone = link_again(phone, moment)
        phone.browser.post("/p/self-check/")
        phone.browser.post("/p/self-check/region/face/", {"noticed": ["face-droops"]})
    assert ToldSymptom.objects.count() == 2
    box = phone.open("/p/home/").content.decode()
    box = box[box.index("Call 911 now") : box.index("That does not replace your call.")]
    assert box.count("<li") == 1
    seen = {"acknowledged_at": moment.now, "acknowledged_by": "amara", "done": "called"}
    for each, is_shown in zip(ToldSymptom.objects.all(), (True, False), strict=True):
        ToldSymptom.objects.filter(pk=each.pk).update(**seen)
        assert ("Call 911 now" in words(phone.open("/p/home/"))) is is_shown


def test_whoever_left_is_told_so_and_how_long_tests_still_matter(
    phone: Patient, cast: Cast
) -> None:
    since = cast.today - timedelta(days=1)
    assert "It is time for it" in words(phone.open("/p/home/"))
    enrollment_ended(cast.mara, on=since, reason="moved away", by=PLATFORM, at=cast.at)
    page = words(phone.open("/p/home/"))
    assert f"Since {us_day(since)} you take part no more" in page
    assert "Your tests still matter through" in page and "Your tests go on" not in page
    begun, due, next_up = "Your treatment has not begun", "Nothing is due", "What comes next"
    for wrong in (begun, due, next_up, "It is time for it"):
        assert wrong not in page
    assert steps(phone) == []


def test_tests_of_one_day_stand_in_one_line(phone: Patient) -> None:
    page = phone.open("/p/home/").content.decode()
    listed = page[page.index("What comes next") :]
    lines = re.findall(r"<li>(.*?)</li>", listed[: listed.index("</ul>")], re.DOTALL)
    days = [re.findall(r"<strong>([^<]+)</strong>", line) for line in lines]
    assert all(len(each) == 1 for each in days)
    assert len({each[0] for each in days}) == len(days) < listed.count("<span lang=")


def test_whoever_has_a_helper_comes_to_them_and_not_to_the_question(
    phone: Patient, cast: Cast
) -> None:
    assert "Ask somebody to help" in words(phone.open("/p/home/"))
    asked = Asked("Eva", "eva@example.org", frozenset({Slice.REMINDERS}), "")
    invite_partner(cast.mara, asked, by=PLATFORM, at=cast.at)
    page = words(phone.open("/p/home/"))
    assert "People who help you" in page and "Ask somebody to help" not in page


def test_every_page_leads_back_and_says_whom_to_call(phone: Patient) -> None:
    phone.browser.post("/p/self-check/")
    for page in PAGES:
        shown = phone.open(f"/p/{page}").content.decode()
        assert 'class="bar__name" href="/p/home/"' in shown, page
        assert 'href="tel:1-855-676-6326"' in shown, page
        body = shown[shown.index("<main") : shown.index("</main>")]
        assert page == "home/" or 'href="/p/home/"' in body, page


@pytest.mark.parametrize(
    ("page", "code"),
    [("tests", "lab-program"), ("nurses", "nurse-support"), ("costs", "copay-support")],
)
def test_whoever_allows_something_goes_on_where_they_came_from(
    phone: Patient, page: str, code: str
) -> None:
    there = f"/p/choices/{code}/allow/?use"
    assert f'href="{there}"' in phone.open(f"/p/{page}/").content.decode()
    back = phone.browser.post(there, {"full_name": "Mara Lindqvist"}, follow=True)
    assert where(back) == f"/p/{page}/"
    assert "It is allowed, until you take it back." in words(back)
    assert "It is allowed" not in words(phone.open(f"/p/{page}/"))


def test_a_patient_without_an_account_finds_the_way_in(db: None) -> None:
    for page in ("/sign-in/", f"/programs/{PROGRAM}/patients/"):
        assert 'href="/p/choices/"' in Client().get(page).content.decode()
    # Whose link is not known yet is led to the front page, as everybody.
    assert 'class="bar__name" href="/"' in Client().get("/p/choices/").content.decode()
