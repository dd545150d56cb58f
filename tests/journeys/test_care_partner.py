"""A patient asks her daughter for help, in Spanish on a small phone; the daughter sees as much."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.actions import record_result
from etasu.registry.patients.models import Patient
from etasu.registry.safety.models import SafetyCase, Source
from etasu.registry.treatment.models import Infusion
from etasu.site.sms import ProviderSettings, SmsSettings
from tests.factories.mail_server import MailServer, link_in
from tests.factories.reminding import look as follow_up
from tests.factories.sms_provider import Desk, sms_provider
from tests.journeys.browser import NARROW, Inspection, context_of
from tests.journeys.people import Person
from tests.journeys.sitting import Sitting
from tests.portals.patient_world import BORN
from tests.portals.world import Cast

MARA, EVA, MOBILE = "mara@example.org", "eva@example.org", "937-555-0188"
PASSWORD = "a quiet river runs north"
# From the text message to the end of helping, for the daughter.
LONGEST = 10 * 60


@pytest.fixture
def phone(browser: Browser, live_server: object) -> Iterator[Page]:
    """Mara's own small phone."""
    with context_of(browser, base_url=str(live_server), has_touch=True) as context:
        found = context.new_page()
        found.set_viewport_size(NARROW)
        yield found


@pytest.fixture
def texts(settings: Any) -> Iterator[Desk]:
    """A provider of text messages."""
    with sms_provider() as desk:
        place = ProviderSettings("first", "json", f"{desk.url}/messages", "", "key-1")
        settings.ETASU_SMS = SmsSettings((place,), "+15005550100", "s")
        yield desk


@pytest.fixture
def treated(cast: Cast) -> Cast:
    """Mara had an infusion five weeks ago, and one result since."""
    mine = {"email": MARA, "birth_date": BORN, "language": "es", "full_name": "Mara Lindqvist"}
    Patient.objects.filter(pk=cast.mara.pk).update(**mine)
    on = cast.today - timedelta(days=35)
    by = {"recorded_at": cast.at, "recorded_by": PLATFORM.number}
    Infusion.objects.create(patient=cast.mara, course=1, given_on=on, **by)
    record_result(
        cast.mara, "platelets", collected_on=cast.today - timedelta(days=4), value="251",
        unit="10*3/uL", by=PLATFORM, at=cast.at,
    )  # fmt: skip
    follow_up(cast.today)
    return cast


class Mara(Person):
    """The patient, who decides."""

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

    def when_i_ask_eva_to_help(self) -> None:
        """Three taps: her own page, the form with the reminders chosen, and sending it."""
        self.when_i_follow("Pedir ayuda a alguien")
        self.then_it_is_sound("partner 1 ask")
        self.when_i_press("Enviar la invitación")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("partner 1 ask mistakes")
        expect(self.page.get_by_label("Recordatorios y citas")).to_be_checked()
        self.page.get_by_label("Nombre de quien le va a ayudar").fill("Eva Lindqvist")
        self.page.get_by_label("Correo electrónico o móvil de quien le va a ayudar").fill(MOBILE)
        self.when_i_press("Enviar la invitación")
        self.then_i_read("Con invitación, y todavía no")
        self.then_it_is_sound("partner 2 asked")

    def when_results_and_messages(self, are: bool) -> None:
        """Shared, or not."""
        self.page.goto("/p/partners/")
        self.when_i_follow("Cambiar lo que puede ver Eva Lindqvist")
        for name in ("Resultados de pruebas", "Mensajes con las enfermeras"):
            self.page.locator("label", has_text=name).click()
            box = self.page.get_by_label(name)
            expect(box).to_be_checked() if are else expect(box).not_to_be_checked()
        self.when_i_press("Guardar")
        self.then_i_read("Está cambiado, desde este momento.")
        self.then_it_is_sound(f"partner 6 results {'shared' if are else 'not shared'}")

    def then_i_see_my_results_too(self) -> None:
        """The same words she reads."""
        self.page.goto("/p/results/")
        self.then_i_read("251 10³/µL", "El programa no encontró nada que atender.")
        self.then_it_is_sound("patient results in words")

    def then_i_see_who_looked(self) -> None:
        """At what, by name."""
        self.page.goto("/p/partners/")
        self.then_i_read("Eva Lindqvist. Resultados de pruebas.", "Eva Lindqvist. Lo que sigue.")
        self.then_it_is_sound("partner 8 who looked")

    def when_i_share_nothing_more(self) -> None:
        """What it means first, then the button."""
        self.when_i_follow("No compartir nada más con Eva Lindqvist")
        self.then_it_is_sound("partner 9 share nothing more")
        self.when_i_press("Sí, no compartir nada más")
        self.then_i_read("Está terminado.")


class Eva(Sitting):
    """The daughter, with an account of her own, who reads every page."""

    studied, looked_over = ("/",), ""

    def when_i_give_my_address(self, texts: Desk) -> None:
        """Out of a text message, which names nobody; an account needs an address."""
        (text,) = (each["text"] for each in texts.taken())
        assert "Mara" not in text and "Lindqvist" not in text
        self.when_i_open(text.split(": ")[2].split()[0])
        self.then_i_know_when_she_was_born(BORN.year)
        self.then_it_is_sound("partner 2 address")
        self.type("Your e-mail address", EVA)
        self.when_i_press("Send me the link")
        self.then_the_answer_is("Look in your e-mail")
        self.then_it_is_sound("partner 2 look in the mail")

    def then_i_know_when_she_was_born(self, *years: int) -> None:
        """The year may take more than one try."""
        for year in years:
            self.page.get_by_label("Month").select_option(str(BORN.month))
            self.ticks += 1
            self.type("Day", str(BORN.day))
            self.type("Year", str(year))
            self.when_i_press("Continue")

    def when_i_accept(self, mail: MailServer) -> None:
        """Out of the message, which names nobody; past a slip with the birth date."""
        message = mail.newest_to(EVA)
        assert "Mara" not in message.as_string() and "Lindqvist" not in message.as_string()
        self.when_i_open(link_in(message))
        self.then_the_answer_is("Mara asks for your help")
        assert "token" not in self.page.url
        self.then_it_is_sound("partner 3 birth date")
        self.then_i_know_when_she_was_born(1948, BORN.year)
        self.then_the_answer_is("Mara Lindqvist asks for your help")
        self.type("Choose a password", PASSWORD)
        self.type("The password again", PASSWORD)
        self.then_it_is_sound("partner 4 account")
        self.when_i_press("Make my account and accept")
        self.type("E-mail address", EVA)
        self.type("Password", PASSWORD)
        self.when_i_press("Sign in")
        self.then_the_answer_is("People you help")
        self.then_it_is_sound("partner 5 people you help")

    def when_i_open_her_record(self) -> str:
        """Its days, a calendar of my own, and no results; its address."""
        self.when_i_follow("Mara Lindqvist")
        self.then_i_read("You are looking at the record of", "Complete blood count")
        self.when_i_press("Make my calendar")
        self.then_i_read("shown only this once")
        self.calendar = self.page.locator(".note .number").inner_text()
        assert self.page.request.get(urlsplit(self.calendar).path).status == 200
        self.when_i_press("Send me an e-mail too")
        self.then_i_read("You get an e-mail with each reminder.")
        self.then_it_is_sound("partner 5 record")
        expect(self.page.get_by_role("link", name="Test results")).to_have_count(0)
        return self.page.url

    def then_results_open(self, record: str, status: int) -> None:
        """Or are not found, as what does not exist."""
        response = self.page.goto(f"{record}results/")
        assert response is not None and response.status == status
        if status == 200:
            self.then_i_read("251 10³/µL", "The program found nothing to act on.")
        self.then_it_is_sound(f"partner 7 results {status}")

    def when_i_read_along(self) -> None:
        """What she and the nurses wrote; and how I would stop helping."""
        self.when_i_follow("Messages with the nurses")
        self.then_i_read("There are no messages yet.")
        self.then_it_is_sound("partner 7 messages")
        self.when_i_follow("Help no longer")
        self.then_it_is_sound("partner 7 help no longer")
        self.when_i_follow("No, go on")

    def when_i_report_a_side_effect(self) -> None:
        """For her, from her record: her number is filled in."""
        self.when_i_follow("Report a side effect for them")
        self.tick("A side effect, or anything that went wrong")
        self.type("What happened?", "A rash on both arms since yesterday")
        self.when_i_press("Send the report")
        self.then_the_answer_is("The report is kept")

    def then_nothing_of_hers_is_left(self, record: str) -> None:
        """At the next click, and on the phone's calendar."""
        response = self.page.goto(record)
        assert response is not None and response.status == 404
        assert self.page.request.get(urlsplit(self.calendar).path).status == 410
        self.page.goto("/")
        self.then_i_read("Nobody shares anything with you now.")
        self.then_it_is_sound("partner 10 nobody")


def test_as_much_as_she_says_and_no_longer(
    phone: Page, page: Page, look: Inspection, mail: MailServer, texts: Desk, treated: Cast
) -> None:
    mara, eva = Mara(phone, Inspection(phone)), Eva(page, look)
    mara.given_i_opened_my_page(mail)
    mara.when_i_ask_eva_to_help()
    eva.when_i_give_my_address(texts)
    eva.when_i_accept(mail)
    record = eva.when_i_open_her_record()
    eva.then_results_open(record, 404)
    mara.when_results_and_messages(are=True)
    eva.then_results_open(record, 200)
    eva.when_i_read_along()
    eva.when_i_report_a_side_effect()
    mara.then_i_see_my_results_too()
    mara.when_results_and_messages(are=False)
    eva.then_results_open(record, 404)
    mara.then_i_see_who_looked()
    mara.when_i_share_nothing_more()
    eva.then_nothing_of_hers_is_left(record)
    case = SafetyCase.objects.get()
    assert (case.source, case.patient) == (Source.CARE_PARTNER, treated.mara)
    print(f"A care partner is all set, and reports for her mother, in {eva}")
    assert eva.seconds < LONGEST
