"""Getting in: a prescriber, a facility and a pharmacy, from the first page to certified."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from etasu.registry.accounts import access
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants.models import Participant
from etasu.registry.reactions import infusion_given
from etasu.registry.submissions.models import Draft
from tests.journeys.browser import Inspection
from tests.journeys.newcomers import NEWCOMERS, Newcomer, a_newcomer, trained
from tests.portals.world import PROGRAM, Cast, add_person


@pytest.mark.parametrize("role", list(NEWCOMERS))
def test_from_an_account_to_certified(page: Page, look: Inspection, cast: Cast, role: str) -> None:
    newcomer = Newcomer(page, look)
    newcomer.given_i_am_signed_in_as(a_newcomer(role))
    page.goto("/enrollment/begin/")
    newcomer.then_it_is_sound(f"enrollment begin {role}")
    newcomer.when_i_press("Continue")
    newcomer.then_the_summary_has_the_focus()
    newcomer.when_i_say_who_takes_part(role)
    newcomer.then_the_answer_is("Your certification")
    newcomer.then_it_is_sound(f"enrollment steps {role}")
    trained()
    page.reload()
    newcomer.when_i_follow("Sign the")
    newcomer.then_it_is_sound(f"enrollment form start {role}")
    newcomer.when_i_fill_the_form_in()
    newcomer.then_the_answer_is("Check your answers")
    newcomer.then_it_is_sound(f"enrollment check {role}")
    newcomer.when_i_follow("Continue to sign")
    newcomer.then_it_is_sound(f"enrollment sign {role}")
    newcomer.when_i_sign()
    newcomer.then_the_answer_is("The form is signed")
    newcomer.then_it_is_sound(f"enrollment signed {role}")
    page.goto("/enrollment/")
    newcomer.then_i_read("You are certified.")
    newcomer.then_it_is_sound(f"enrollment certified {role}")
    if role == access.PRESCRIBER:
        when_i_agree_to_be_found(newcomer)
    # Nothing is typed twice: what was said on the first page is on no later one.
    assert newcomer.typed <= 16, newcomer.typed


def when_i_agree_to_be_found(newcomer: Newcomer) -> None:
    """Offered once certified: what everybody would see, yes, found by a stranger, and back."""
    newcomer.when_i_follow("Be found by the public")
    newcomer.then_i_read("Boston, MA 02139", "617-555-0142", "You are not in the list.")
    newcomer.then_it_is_sound("standing list no")
    newcomer.when_i_press("Yes, show this to everybody")
    newcomer.then_i_read("The public finds what stands below.")
    newcomer.then_it_is_sound("standing list yes")
    newcomer.page.goto(f"/programs/{PROGRAM}/sites/?state=MA")
    newcomer.then_i_read("Dr. Nia Okafor")
    newcomer.page.goto("/standing/")
    newcomer.then_it_is_sound("standing in the list")
    newcomer.when_i_follow("Public list of sites")
    newcomer.when_i_press("Take me out of the list")
    newcomer.then_i_read("You are no longer in the list.")


def test_somebody_who_is_in_already_is_told_whom_to_ask(
    page: Page, look: Inspection, cast: Cast
) -> None:
    newcomer = Newcomer(page, look)
    newcomer.given_i_am_signed_in_as(a_newcomer(access.PRESCRIBER))
    page.goto("/enrollment/begin/")
    Participant.objects.filter(pk=cast.beck.pk).update(npi="1245319599")
    newcomer.when_i_say_who_takes_part(access.PRESCRIBER)
    newcomer.then_it_is_sound("enrollment of one who may be on record")
    (waiting,) = Participant.objects.filter(npi="1245319599", in_review=True)
    assert waiting.certified_from is None


def test_a_form_about_a_course_asks_which(page: Page, look: Inspection, cast: Cast) -> None:
    amara = Newcomer(page, look)
    amara.given_i_am_signed_in_as("amara")
    page.goto(f"/prescriber/patients/{cast.mara.number}/")
    amara.when_i_follow("Prescription Ordering Form")
    amara.then_i_read("What to do first")
    amara.then_it_is_sound("form without a course")
    for course, ago in ((1, 400), (2, 10)):
        infusion_given(
            cast.mara, course=course, given_on=cast.today - timedelta(days=ago),
            facility=cast.riverside, by=PLATFORM, at=cast.at,
        )  # fmt: skip
    page.reload()
    amara.when_i_press("Begin")
    amara.then_the_summary_has_the_focus()
    amara.then_it_is_sound("form asks which course")
    page.locator("label", has_text="Course 2").click()
    amara.when_i_press("Begin")
    page.wait_for_url("**/page/**")
    assert Draft.objects.get(form="prescription-order").course == 2
    page.goto(f"/forms/begin/patient-authorization/{cast.noor.number}/")
    amara.then_i_read("It is about course 1.")
    amara.then_it_is_sound("form of the only course")


def test_a_delegate_prepares_and_the_prescriber_signs(
    page: Page, look: Inspection, cast: Cast
) -> None:
    add_person(PROGRAM, "dana", access.DELEGATE, cast.amara, cast.at)
    dana = Newcomer(page, look)
    dana.given_i_am_signed_in_as("dana")
    page.goto(f"/forms/begin/patient-status/{cast.mara.number}/")
    dana.when_i_fill_the_form_in()
    dana.then_i_read("This form is ready.")
    dana.then_it_is_sound("delegate form ready")
    assert page.get_by_role("link", name="Continue to sign").count() == 0
    page.goto("/sign-in/")
    page.context.clear_cookies()
    dana.given_i_am_signed_in_as("amara")
    page.goto("/forms/")
    dana.then_it_is_sound("prescriber forms waiting")
    dana.when_i_follow("Patient Status")
    dana.when_i_sign()
    expect(page.get_by_role("heading", level=1)).to_have_text("The form is signed")
