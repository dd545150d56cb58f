"""A patient reports on a small phone, in Spanish, by keyboard; safety staff judge and hand over."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from etasu.registry.accounts.access import SAFETY_REVIEWER
from etasu.registry.patients.models import Patient
from etasu.registry.safety.models import HandOver, SafetyCase
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.portals.paper_reading import words_of
from tests.portals.patient_world import BORN
from tests.portals.world import PROGRAM, Cast, add_person

MARA = "mara@example.org"


class Mara(Person):
    """A patient with a rash."""

    def given_i_opened_my_page(self, mail: MailServer) -> None:
        """By the link that was sent to her, and her birth date."""
        self.page.goto("/p/choices/")
        self.page.get_by_role("button", name="Español").click()
        self.page.get_by_label("Su dirección de correo electrónico").fill(MARA)
        self.when_i_press("Envíenme el enlace")
        self.page.goto(link_in(mail.newest_to(MARA)))
        self.page.get_by_label("Mes").select_option(str(BORN.month))
        self.page.get_by_label("Día").fill(str(BORN.day))
        self.page.get_by_label("Año").fill(str(BORN.year))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/p/home/")

    def when_i_go_on(self, step: str) -> None:
        """Press Enter on the button that sends the page."""
        self.when_i_tab_to("Guardar y continuar")
        self.when_i_press_enter(f"**/p/side-effect/{step}/")

    def when_i_report(self) -> None:
        """One question a page, with nothing but the keyboard."""
        self.page.goto("/p/side-effect/")
        self.then_it_is_sound("side effect 1 about")
        self.then_i_read("Llame al 911 ahora", "1-800-FDA-1088", "1-800-745-4447")
        self.when_i_tab_to("Un efecto secundario")
        self.page.keyboard.press("Space")
        self.when_i_tab_to("Continuar")
        self.when_i_press_enter("**/p/side-effect/what/")
        self.when_i_tab_to("¿Qué pasó")
        self.page.keyboard.type("Ronchas en los brazos")
        self.then_it_is_sound("side effect 2 words")
        self.when_i_go_on("when")
        self.then_it_is_sound("side effect 3 when")
        self.when_i_go_on("led-to")
        self.then_it_is_sound("side effect 4 led to")
        self.when_i_tab_to("Ingreso en el hospital")
        self.page.keyboard.press("Space")
        self.when_i_go_on("contact")
        self.when_i_go_on("done")
        self.then_it_is_sound("side effect 5 kept")


class Selma(Person):
    """Safety staff."""

    def when_i_judge(self) -> None:
        """Nothing but the stay in the hospital, and it was a rash."""
        self.when_i_follow("Judge it")
        self.then_it_is_sound("judge a case")
        self.page.get_by_text("Rash", exact=True).click()
        for group in self.page.get_by_role("group").all():
            name = "Yes" if group.get_by_text("Hospital stay").count() else "No"
            if group.get_by_text(name, exact=True).count():
                group.get_by_text(name, exact=True).click()
        self.page.get_by_label("Reason").fill("A rash with a stay in the hospital.")
        self.when_i_press("Keep on record")
        self.then_i_read("serious and unexpected", "15 days left")

    def when_i_hand_over(self, to: Path) -> None:
        """To the sponsor, with the files."""
        self.when_i_follow("Safety cases")
        self.then_it_is_sound("safety cases")
        self.when_i_follow("Hand over to the sponsor")
        self.then_it_is_sound("hand over")
        self.page.get_by_role("button", name="Hand over", exact=True).click()
        self.then_it_is_sound("handed over")
        with self.page.expect_download() as download:
            self.when_i_follow("Download the cases as CSV")
        download.value.save_as(to)
        self.page.get_by_label("What the sponsor’s database answered").fill("ACK-2044")
        self.when_i_press("Keep on record")
        self.when_i_follow("Safety cases")
        self.then_i_read("Nothing is left to do.")


def test_a_report_in_spanish_reaches_the_sponsor(
    page: Page, look: Inspection, phone: Page, cast: Cast, mail: MailServer, tmp_path: Path
) -> None:
    Patient.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN, language="es")
    mara = Mara(phone, Inspection(phone))
    mara.given_i_opened_my_page(mail)
    mara.when_i_report()
    case = SafetyCase.objects.get()
    mara.then_i_read(case.number)
    add_person(PROGRAM, "selma", SAFETY_REVIEWER, None, cast.at)
    selma = Selma(page, look)
    selma.given_i_am_signed_in_as("selma")
    selma.when_i_follow(case.number)
    selma.then_i_read("Ronchas en los brazos", "Mara Lindqvist")
    selma.then_it_is_sound("safety case")
    paper = page.request.get(f"/safety/cases/{case.number}/report.pdf").body()
    assert "Ronchas en los brazos" in words_of(paper)
    selma.when_i_judge()
    selma.when_i_hand_over(tmp_path / "cases.csv")
    said = (tmp_path / "cases.csv").read_text(encoding="utf-8-sig")
    assert case.number in said and "Ronchas en los brazos" in said and "unexpected" in said
    assert HandOver.objects.get().acknowledgment == "ACK-2044"
    page.goto("/safety/report/")
    selma.then_it_is_sound("report a side effect at work")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what happened")
