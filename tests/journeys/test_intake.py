"""A fax becomes an enrolled patient by two clerks; one person on record twice is made one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from etasu.registry.authorizations import records
from etasu.registry.authorizations.models import Authorization
from etasu.registry.patients.models import DuplicateReview, Patient
from etasu.registry.submissions.facts import answers_of
from etasu.registry.submissions.intake import deciding
from etasu.registry.submissions.models import IncomingDocument, SignedForm
from tests.factories.pictures import picture
from tests.journeys.browser import Inspection
from tests.journeys.newcomers import Newcomer
from tests.portals.world import PASSWORD, PROGRAM, Cast, actor, add_person, enrolled


@pytest.fixture
def clerks(cast: Cast) -> Iterator[Cast]:
    """Ada and Bo are operations clerks."""
    add_person(PROGRAM, "bo", "administrator", None, cast.at)
    yield cast


def fax(folder: Path) -> Path:
    """A fax of two pages, as the machine sends it."""
    where = folder / "fax.tif"
    where.write_bytes(picture("TIFF", "Patient Enrollment Form", pages=2))
    return where


def begun_by_ada(page: Page, look: Inspection, cast: Cast, folder: Path) -> Newcomer:
    """Ada takes the fax in and begins the form it is."""
    ada = Newcomer(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.when_i_follow("Open the queue")
    ada.then_it_is_sound("intake queue empty")
    ada.when_i_follow("Take in a document")
    ada.then_it_is_sound("intake receive")
    ada.when_i_press("Take it in")
    ada.then_the_summary_has_the_focus()
    page.get_by_text("Fax", exact=True).click()
    page.set_input_files("#id_file", fax(folder))
    ada.when_i_press("Take it in")
    ada.then_i_read("Waiting")
    ada.then_it_is_sound("intake document waiting")
    ada.when_i_press("Take it onto my desk")
    ada.when_i_follow("Go on")
    ada.then_the_answer_is("Which form is it?")
    ada.then_it_is_sound("intake which form")
    page.get_by_label("Which form is it?").select_option("patient-enrollment")
    page.get_by_label("Day of the last signature on it").fill(str(cast.today - timedelta(days=1)))
    page.get_by_label("Prescriber or site: NPI or number").fill("1234567893")
    ada.when_i_press("Begin keying in")
    return ada


def keyed_by_ada(page: Page, look: Inspection, cast: Cast, ada: Newcomer) -> None:
    """Ada keys every page in, and the signatures; then she hands it on."""
    ada.then_it_is_sound("intake key in")
    pages = 0
    while "/key/" in page.url:
        ada.when_i_answer_the_page()
        pages += 1
        assert pages < 9, page.locator("main").inner_text()
    ada.then_the_answer_is("Signatures on the document")
    ada.then_it_is_sound("intake signatures")
    for role, name in (("patient", "Lena Fischer"), ("prescriber", "Dr. Amara")):
        page.locator(f'[name="{role}.printed_name"]').fill(name)
        page.locator(f'[name="{role}.signed_on"]').fill(str(cast.today - timedelta(days=1)))
    ada.when_i_press("Save and continue")
    ada.then_the_answer_is("Compare before you hand it on")
    ada.then_it_is_sound("intake hand on")
    ada.when_i_press("Hand it on to be checked")
    ada.then_i_read("It waits for somebody else to check it.")
    page.get_by_role("link", name=IncomingDocument.objects.get().number).click()
    ada.then_i_read("You typed some of it, so somebody else checks it.")
    page.get_by_role("button", name="Sign out").click()


def test_a_fax_becomes_an_enrolled_patient(
    page: Page, look: Inspection, clerks: Cast, tmp_path: Path
) -> None:
    cast = clerks
    before = Patient.objects.count()
    ada = begun_by_ada(page, look, cast, tmp_path)
    keyed_by_ada(page, look, cast, ada)
    bo = read_by_bo(page, look, cast)
    document = IncomingDocument.objects.get()
    draft = document.draft
    assert draft is not None
    name = page.locator('[name="first-name"]')
    right = name.input_value()
    name.fill("Helena")
    page.get_by_label("Your password").fill(PASSWORD)
    bo.when_i_press("Both readings agree: file it")
    bo.then_the_summary_has_the_focus()
    bo.then_it_is_sound("intake readings differ")
    assert Patient.objects.count() == before
    name.fill(right)
    page.get_by_label("Your password").fill(PASSWORD)
    bo.when_i_press("Both readings agree: file it")
    bo.then_i_read("The document is checked, and what follows from it is done.", "Filed")
    bo.then_it_is_sound("intake filed")
    assert Patient.objects.count() == before + 1
    assert {each.method for each in draft.signatures.all()} == {"paper"}
    assert SignedForm.objects.get(draft=draft).channel == "fax"


def read_by_bo(page: Page, look: Inspection, cast: Cast) -> Newcomer:
    """Bo reads the fax a second time, and types what decides anything."""
    document = IncomingDocument.objects.get()
    bo = Newcomer(page, look)
    bo.given_i_am_signed_in_as("bo")
    bo.when_i_follow("Open the queue")
    bo.then_it_is_sound("intake queue to check")
    bo.when_i_follow(document.number)
    bo.when_i_press("Take it onto my desk")
    bo.when_i_follow("Go on")
    bo.then_the_answer_is("Check the document")
    bo.then_it_is_sound("intake check")
    draft = document.draft
    assert draft is not None
    answers = answers_of(draft)
    for question in deciding(draft):
        page.locator(f'[name="{question.key}"]').fill(answers[question.key])
    for role in ("patient", "prescriber"):
        page.locator(f'[name="signed.{role}"]').fill(str(cast.today - timedelta(days=1)))
    for tick in page.locator("label", has_text="I compared this part").all():
        tick.click()
    return bo


def test_one_person_on_record_twice(page: Page, look: Inspection, clerks: Cast) -> None:
    cast = clerks
    twin = enrolled(PROGRAM, cast.mara.full_name.upper(), cast.beck, cast.at)
    (review,) = records.look_for_duplicates([twin], by=actor("ada"), at=cast.at)
    ada = Newcomer(page, look)
    ada.given_i_am_signed_in_as("ada")
    ada.when_i_follow("Compare records")
    ada.then_it_is_sound("duplicates list")
    ada.when_i_follow(review.number)
    ada.then_it_is_sound("duplicates compare")
    ada.when_i_press("Keep what I found")
    ada.then_the_summary_has_the_focus()
    page.get_by_text(f"Yes, one person. {cast.mara.number}").click()
    page.get_by_label("Reason").fill("Same address and telephone; both clinics confirmed it.")
    ada.when_i_press("Keep what I found")
    ada.then_i_read("One person")
    ada.then_it_is_sound("duplicates merged")
    page.goto(f"/administrator/patients/{twin.number}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(cast.mara.full_name)
    ada.then_it_is_sound("duplicates one patient")
    page.goto(f"/intake/duplicates/{review.number}/")
    ada.when_i_follow("They are two people after all")
    ada.then_it_is_sound("duplicates undo")
    page.get_by_label("Reason").fill("Twins.")
    ada.when_i_press("Make two records of it")
    ada.then_i_read("They are two records again.", "Made two again")
    twin.refresh_from_db()
    assert twin.merged_into is None
    assert DuplicateReview.objects.filter(decided_at__isnull=True).count() == 0
    assert not Authorization.objects.filter(patient=twin).exists()
