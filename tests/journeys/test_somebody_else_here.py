"""Two patients share a tablet: what the first typed stays hers, and is never sent as the second."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patient_support.medicine_models import ListedMedicine
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import enrollment_ended
from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.portals.lab_world import owes_tests
from tests.portals.patient_world import BORN
from tests.portals.test_somebody_else_here import link_of
from tests.portals.world import Cast

TYPED = "Biotin, from the drugstore"


class Somebody(Person):
    """Whoever sits down at the tablet."""

    def given_i_opened(self, link: str) -> None:
        """A link of theirs, and the birth date."""
        self.page.goto(f"/p/{link}/")
        self.page.get_by_label("Month").select_option(str(BORN.month))
        self.page.get_by_label("Day").fill(str(BORN.day))
        self.page.get_by_label("Year").fill(str(BORN.year))
        self.when_i_press("Continue")
        self.page.wait_for_url("**/p/home/")

    def given_i_wrote_down_a_medicine(self) -> None:
        """And sent nothing yet."""
        self.page.goto("/p/medicines/add/")
        self.page.get_by_label("What is it called?").fill(TYPED)


def test_what_the_first_typed_is_shown_back_and_never_sent_as_the_second(
    page: Page, look: Inspection, cast: Cast
) -> None:
    owes_tests(cast)
    Patient.objects.filter(pk__in=[cast.mara.pk, cast.noor.pk]).update(birth_date=BORN)
    mara = Somebody(page, look)
    mara.given_i_opened(link_of(cast.mara, cast))
    mara.given_i_wrote_down_a_medicine()
    with page.context.expect_page() as opened:
        page.evaluate("window.open('/p/choices/')")
    noor = Somebody(opened.value, look)
    noor.given_i_opened(link_of(cast.noor, cast))
    page.locator("main form button[type=submit]").first.click()
    mara.then_i_read("This form is no longer open", "another person's page was opened", TYPED)
    mara.then_it_is_sound("shared tablet 1 refused")
    assert not ListedMedicine.objects.exists()
    mara.given_i_opened(link_of(cast.mara, cast))
    mara.given_i_wrote_down_a_medicine()
    session = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.context.clear_cookies(name="__Host-session")
    assert len(page.context.cookies()) < len(session)
    page.locator("main form button[type=submit]").first.click()
    mara.then_i_read("It was not sent", TYPED, "Send me a new link")
    mara.then_it_is_sound("shared tablet 2 not sent")
    since = cast.today - timedelta(days=1)
    enrollment_ended(cast.mara, on=since, reason="moved away", by=PLATFORM, at=cast.at)
    mara.given_i_opened(link_of(cast.mara, cast))
    mara.then_i_read("You left the program", "Your tests still matter through")
    mara.then_it_is_sound("shared tablet 3 home of who left")
