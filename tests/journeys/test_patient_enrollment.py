"""A patient enrolled in one visit: the form filled in, signed on the prescriber's own device."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from etasu.registry.patients.models import Patient
from etasu.registry.submissions.models import Consent, SignedForm
from tests.journeys.browser import Inspection
from tests.journeys.newcomers import Newcomer
from tests.portals.world import PASSWORD, Cast


def begun(page: Page, look: Inspection) -> Newcomer:
    """A form filled in, ready for the patient."""
    amara = Newcomer(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_follow("Enroll a patient")
    amara.then_it_is_sound("patient enrollment start")
    amara.when_i_fill_the_form_in()
    amara.then_the_answer_is("Check your answers")
    amara.then_it_is_sound("patient enrollment check")
    return amara


def test_the_patient_signs_on_the_prescribers_device(
    page: Page, look: Inspection, cast: Cast
) -> None:
    before = Patient.objects.count()
    amara = begun(page, look)
    amara.when_i_press("Hand over to the patient")
    amara.then_the_answer_is("Read and sign")
    amara.then_it_is_sound("patient reads and signs")
    then_nothing_else_opens(amara, cast)
    amara.when_i_press("Sign")
    amara.then_the_summary_has_the_focus()
    page.get_by_label("Your full name").fill("Lena Fischer")
    page.get_by_text("I am the patient").click()
    amara.when_i_press("Sign")
    amara.then_i_read("Thank you, Lena Fischer.")
    amara.then_it_is_sound("patient gives the device back")
    assert Patient.objects.count() == before
    page.get_by_label("Your password").fill("not it")
    amara.when_i_press("Keep both signatures")
    amara.then_the_summary_has_the_focus()
    page.get_by_label("Your password").fill(PASSWORD)
    amara.when_i_press("Keep both signatures")
    expect(page.get_by_role("heading", level=1)).to_have_text("The form is signed")
    amara.then_it_is_sound("patient enrollment signed")
    assert Patient.objects.count() == before + 1
    then_both_signatures_are_kept()
    amara.when_i_follow("Open the patient's page")
    amara.then_it_is_sound("patient enrolled")


def then_nothing_else_opens(amara: Newcomer, cast: Cast) -> None:
    """In the patient's hands the device shows the form and no more."""
    for elsewhere in ("/prescriber/", f"/prescriber/patients/{cast.mara.number}/", "/forms/"):
        amara.page.goto(elsewhere)
        amara.then_the_answer_is("Give the device back")
    amara.when_i_follow("Back to the text")


def then_both_signatures_are_kept() -> None:
    """The patient's, witnessed, and the prescriber's, under one text; and the consent."""
    form = SignedForm.objects.get(form="patient-enrollment", draft__isnull=False)
    first, second = form.draft.signatures.order_by("position")  # type: ignore[union-attr]
    assert (first.role, first.method, first.printed_name) == (
        "patient",
        "in_person",
        "Lena Fischer",
    )
    assert (second.role, second.method) == ("prescriber", "password")
    assert first.text_hash == second.text_hash
    assert Consent.objects.filter(subject_id=form.subject_id, code="hipaa-authorization").exists()


def test_a_patient_who_does_not_sign_gives_the_device_back(
    page: Page, look: Inspection, cast: Cast
) -> None:
    amara = begun(page, look)
    amara.when_i_press("Hand over to the patient")
    amara.when_i_follow("I do not want to sign now")
    amara.then_i_read("Nothing is signed.")
    page.get_by_label("Your password").fill(PASSWORD)
    amara.when_i_press("Take the device back")
    amara.then_the_answer_is("Check your answers")
    page.goto("/prescriber/")
    amara.then_the_answer_is("Your patients")
