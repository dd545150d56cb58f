"""A lab appointment on a small phone, in Spanish, by keyboard: from the finder to the result."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page

from etasu.registry.accounts.access import LAB_ANALYST
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.actions import record_result
from etasu.registry.patient_support.models import EventRegistration, LabAppointment, LiveEvent
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection
from tests.journeys.by_keyboard import ByKeyboard
from tests.journeys.people import Person
from tests.portals.lab_world import MARA, lists_sites, owes_tests
from tests.portals.patient_world import BORN
from tests.portals.world import PROGRAM, Cast, add_person

# From the patient's own page to the request.
LONGEST = 10 * 60


class Mara(ByKeyboard):
    """A patient whose monthly tests are due, and who reads every page."""

    studied = ("/p/",)

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

    def when_i_allow_it(self) -> None:
        """The lab program has a consent of its own."""
        self.when_i_follow("Pedir una cita")
        self.then_i_read("Sus pruebas de sangre y orina", "Creatinina en sangre", "copago")
        self.then_it_is_sound("lab tests 1 not allowed")
        self.when_i_follow("Leer y permitirlo")
        self.type("Su nombre completo", "Mara Lindqvist")
        self.when_i_press("Sí, lo permito")
        self.page.wait_for_url("**/p/tests/")

    def when_i_choose(self, name: str, leads_to: str) -> None:
        """Choose, and go on."""
        self.tick(name)
        self.when_i_go_on(leads_to)

    def when_i_go_on(self, leads_to: str) -> None:
        """On to the next question."""
        self.when_i_press("Continuar")
        self.page.wait_for_url(f"**/p/tests/ask/{leads_to}/")

    def when_i_ask(self, cast: Cast) -> None:
        """One question a page, with nothing but the keyboard."""
        self.when_i_follow("Pedir una cita")
        self.then_it_is_sound("lab tests 2 way")
        self.when_i_choose("Un centro de servicio de LabCorp", "near")
        self.then_it_is_sound("lab tests 3 near")
        self.when_i_go_on("site")
        self.then_it_is_sound("lab tests 4 site")
        self.when_i_choose("Dayton Main", "when")
        self.put_day("¿Qué día le conviene?", f"{cast.today + timedelta(days=2):%m%d%Y}")
        self.then_it_is_sound("lab tests 5 when")
        self.when_i_choose("Por la mañana", "telephone")
        self.then_it_is_sound("lab tests 6 telephone")
        self.when_i_go_on("check")
        self.then_i_read("42 Main Street", "No le cuesta nada.")
        self.then_it_is_sound("lab tests 7 check")
        self.when_i_press("Pedir esta cita")
        self.then_i_read("Gracias.", "Solicitada")


class Lou(Person):
    """Who works for the lab program."""

    def when_i_set_the_time(self, cast: Cast) -> None:
        """The request is first on the list."""
        self.page.goto("/appointments/")
        self.then_it_is_sound("appointments")
        self.when_i_follow(LabAppointment.objects.get().number)
        self.then_it_is_sound("appointment requested")
        self.when_i_follow("Set the time")
        self.page.get_by_label("Day").fill(cast.today.isoformat())
        self.page.get_by_label("From").fill("09:00")
        self.page.get_by_label("Until").fill("11:00")
        self.then_it_is_sound("appointment set")
        self.when_i_press("Keep on record")
        self.then_i_read("the patient gets a message")


def test_from_the_finder_to_the_result(
    page: Page, look: Inspection, phone: Page, cast: Cast, mail: MailServer
) -> None:
    owes_tests(cast, "es")
    lists_sites(cast)
    mara = Mara(phone, Inspection(phone))
    mara.given_i_opened_my_page(mail)
    mara.when_i_allow_it()
    mara.when_i_ask(cast)
    add_person(PROGRAM, "lou", LAB_ANALYST, None, cast.at)
    lou = Lou(page, look)
    lou.given_i_am_signed_in_as("lou")
    lou.when_i_set_the_time(cast)
    page.goto("/appointments/sites/")
    lou.then_it_is_sound("draw sites")
    phone.goto("/p/tests/")
    mara.then_i_read("Confirmada", "entre las 9:00 a. m.")
    mara.then_it_is_sound("lab tests 8 confirmed")
    for test in LabAppointment.objects.get().tests:
        record_result(
            cast.mara, test, collected_on=cast.today, value=None, unit=None, by=PLATFORM, at=cast.at
        )
    phone.goto("/p/tests/")
    mara.then_i_read("Llegaron los resultados")
    mara.then_it_is_sound("lab tests 9 results")
    print(f"An appointment for tests is asked for in {mara}")
    assert mara.seconds < LONGEST


def test_an_event_is_offered_registered_for_and_left(
    page: Page, look: Inspection, phone: Page, cast: Cast
) -> None:
    ada = Person(page, look)
    ada.given_i_am_signed_in_as("ada")
    page.goto("/events/new/")
    for label, said in (
        ("Title in English", "An evening with experts"),
        ("What it is about, in English", "Hear them, and ask."),
        ("Where, in English", "Hall 1, 5 Oak Street, Dayton, OH"),
        ("Title in Spanish", "Una tarde con expertos"),
        ("What it is about, in Spanish", "Escúchelos y pregunte."),
        ("Where, in Spanish", "Sala 1, 5 Oak Street, Dayton, OH"),
        ("Day", (cast.today + timedelta(days=9)).isoformat()),
        ("From", "18:00"),
        ("Until", "20:00"),
        ("Seats", "1"),
    ):
        page.get_by_label(label).fill(said)
    ada.then_it_is_sound("event new")
    ada.when_i_press("Offer it")
    ada.then_it_is_sound("event offered")
    guest = Person(phone, Inspection(phone))
    phone.goto(f"/programs/{PROGRAM}/events/")
    guest.then_it_is_sound("events public")
    guest.when_i_follow("An evening with experts")
    guest.when_i_press("Register")
    guest.then_the_summary_has_the_focus()
    phone.get_by_label("Your name").fill("Gina Example")
    phone.get_by_label("E-mail address").fill("gina@example.org")
    guest.then_it_is_sound("event public")
    guest.when_i_press("Register")
    guest.then_it_is_sound("event registered")
    assert EventRegistration.objects.get().seated_at is not None
    phone.goto(f"/programs/{PROGRAM}/events/{LiveEvent.objects.get().number}/")
    guest.then_i_read("Every seat is taken.")
    page.goto("/events/")
    ada.then_i_read("1 / 1")
    ada.then_it_is_sound("events at work")
