"""A patient on a small phone, in Spanish: from the message to the signed copy, and her choices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_given
from etasu.registry.submissions.facts import draft_text
from etasu.registry.submissions.models import Consent, Draft, Signature
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection, context_of
from tests.journeys.people import Person
from tests.journeys.sitting import Sitting
from tests.portals.paper_reading import words_of
from tests.portals.patient_world import ADDRESS, BORN, a_form
from tests.portals.world import PASSWORD, Cast

# Help with costs, from the patient's own page to the second claim.
LONGEST = 5 * 60


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    """A mail server that really takes what the site sends."""
    server = MailServer()
    for name, value in server.settings().items():
        setattr(settings, name, value)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def phone(browser: Browser, live_server: object) -> Iterator[Page]:
    """A small phone of the patient's own."""
    with context_of(browser, base_url=str(live_server), has_touch=True) as context:
        found = context.new_page()
        yield found


class Lucia(Person):
    """The patient, who is asked one thing a page."""

    def when_i_give_my_birth_date(self, year: str = "1984") -> None:
        """In three parts."""
        self.page.get_by_label("Mes").select_option("3")
        self.page.get_by_label("Día").fill("7")
        self.page.get_by_label("Año").fill(year)
        self.when_i_press("Continuar")

    def when_i_answer(self, words: str) -> None:
        """Yes or no, where nothing is chosen beforehand; then on."""
        assert self.page.locator("input:checked").count() == 0
        self.page.get_by_text(words, exact=True).click()
        self.when_i_press("Guardar y continuar")

    def when_i_open_the_link(self, mail: MailServer) -> None:
        """Out of the message, past a slip with the birth date."""
        self.page.goto(link_in(mail.newest_to(ADDRESS)))
        self.then_the_answer_is("Su fecha de nacimiento")
        assert self.page.url.endswith("/p/start/")
        self.then_it_is_sound("patient 1 birth date")
        self.when_i_give_my_birth_date("1948")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("patient 1 birth date wrong")
        self.when_i_give_my_birth_date()
        self.then_the_answer_is("Un formulario para que lo lea y lo firme")
        self.then_it_is_sound("patient 2 welcome")

    def when_i_say_what_i_allow(self) -> None:
        """What is needed, the nurses, and nothing else."""
        self.when_i_follow("Empezar")
        self.then_it_is_sound("patient 3 needed consent")
        self.when_i_press("Guardar y continuar")
        self.then_the_summary_has_the_focus()
        self.when_i_answer("Sí, lo permito")
        self.then_it_is_sound("patient 4 optional consent")
        self.when_i_answer("Sí, lo permito")
        for _ in range(3):
            self.when_i_answer("No")
        self.when_i_state_what_is_so()

    def when_i_state_what_is_so(self) -> None:
        """My own statements, of which the practice ticked none for me."""
        self.then_the_answer_is("Lo que el paciente acepta")
        self.then_it_is_sound("patient 4 statements")
        self.when_i_press("Guardar y continuar")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("patient 4 statements mistakes")
        for label in self.page.locator("label.usa-checkbox__label").all():
            label.click()
        self.when_i_press("Guardar y continuar")
        self.then_the_answer_is("Lea el formulario")

    def when_i_sign(self) -> None:
        """After a slip."""
        self.when_i_follow("Lo he leído")
        self.then_it_is_sound("patient 6 sign")
        self.page.get_by_role("button", name="Firmar", exact=True).click()
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("patient 6 sign mistakes")
        self.page.get_by_text("Soy el paciente", exact=True).click()
        self.page.get_by_label("Su nombre completo").fill("Lucía Ortega")
        self.page.get_by_role("button", name="Firmar", exact=True).click()
        self.then_the_answer_is("Gracias. Usted ha firmado.")
        self.then_it_is_sound("patient 7 done")

    def when_i_ask_for_my_choices(self, mail: MailServer) -> None:
        """At the address to keep; the language of the link went with it."""
        self.page.goto("/p/")
        self.when_i_press("Español")
        self.then_it_is_sound("patient 12 entrance of reminders")
        self.page.goto("/p/choices/")
        self.then_it_is_sound("patient 9 choices asked for")
        self.page.get_by_label("Su dirección de correo electrónico").fill(ADDRESS)
        self.when_i_press("Envíenme el enlace")
        self.then_it_is_sound("patient 9 choices on their way")
        self.page.goto(link_in(mail.newest_to(ADDRESS, "página")))
        self.when_i_give_my_birth_date()
        self.then_the_answer_is("Su página")
        self.then_it_is_sound("patient 10 home")
        self.when_i_want_other_reminders()
        self.when_i_move()
        self.when_i_follow("Lo que usted permite")
        self.then_it_is_sound("patient 10 choices")

    def when_i_want_other_reminders(self) -> None:
        """Later in the morning, and the days on my phone."""
        self.when_i_follow("Verlos y cambiar cómo se los enviamos")
        self.then_it_is_sound("patient 12 reminders")
        self.page.get_by_label("hasta las").fill("")
        self.when_i_press("Recordármelo así")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("patient 12 reminders mistakes")
        self.page.get_by_label("hasta las").fill("10:30")
        self.when_i_press("Recordármelo así")
        self.then_i_read("Desde ahora se lo recordamos así.")
        self.when_i_press("Crear mi calendario")
        self.then_i_read("Su calendario está listo.")
        self.then_it_is_sound("patient 12 calendar")
        self.when_i_follow("Volver a su página")

    def when_i_move(self) -> None:
        """To another state, with a slip in the ZIP Code."""
        self.when_i_follow("Cómo le contactamos")
        self.then_it_is_sound("patient 20 contact")
        self.page.get_by_label("Estado", exact=True).select_option("CA")
        self.page.get_by_label("Código postal").fill("02139")
        self.when_i_press("Contácteme así")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("patient 20 contact mistakes")
        self.page.get_by_label("Código postal").fill("90001")
        self.when_i_press("Contácteme así")
        self.then_i_read("Desde ahora le contactamos así.")
        expect(self.page.get_by_label("Zona horaria")).to_have_value("America/Los_Angeles")
        self.then_it_is_sound("patient 20 contact changed")
        self.when_i_follow("Volver a su página")


def sent_by(amara: Person, draft: Draft) -> None:
    """The prescriber sends the link from the last page of the form."""
    amara.given_i_am_signed_in_as("amara")
    amara.page.goto(f"/forms/{draft.number}/check/")
    amara.then_i_read("The patient is elsewhere")
    amara.then_it_is_sound("patient link check page")
    amara.when_i_press("Send a link")
    amara.then_i_read("The link is sent.", "l•••@example.org")
    amara.then_it_is_sound("patient link sent")


def signed_by(amara: Person) -> None:
    """The prescriber hears of it, and signs."""
    amara.page.goto("/messages/")
    amara.when_i_follow("A patient has signed")
    amara.when_i_follow("Look at it")
    amara.when_i_follow("Continue to sign")
    amara.page.get_by_label("Your password").fill(PASSWORD)
    amara.page.get_by_role("button", name="Sign", exact=True).click()
    expect(amara.page.get_by_role("heading", level=1)).to_have_text("The form is signed")


def looked_over_by(amara: Person, number: str) -> None:
    """What the patient allows, and how the patient is reached."""
    for each in ("choices", "contact"):
        amara.page.goto(f"/patient/{number}/{each}/")
        amara.then_it_is_sound(f"patient {each} for the prescriber")


def test_a_patient_signs_by_the_link_that_was_sent(
    page: Page, look: Inspection, phone: Page, cast: Cast, mail: MailServer, tmp_path: Path
) -> None:
    draft = a_form(cast)
    amara, lucia = Person(page, look), Lucia(phone, Inspection(phone))
    sent_by(amara, draft)
    lucia.when_i_open_the_link(mail)
    lucia.when_i_say_what_i_allow()
    text = draft_text(draft, "es")
    assert phone.locator("pre").inner_text().strip() == text.strip()
    lucia.then_it_is_sound("patient 5 read")
    lucia.when_i_sign()
    with phone.expect_download() as fetched:
        lucia.when_i_follow("Descargar su copia")
    fetched.value.save_as(tmp_path / "copy.pdf")
    assert "Lucía Ortega" in words_of((tmp_path / "copy.pdf").read_bytes())
    assert Signature.objects.get().text == text
    signed_by(amara)
    looked_over_by(amara, Patient.objects.get(full_name="Lucía Ortega").number)

    lucia.when_i_press("He terminado")
    lucia.then_it_is_sound("patient 8 left")
    lucia.when_i_ask_for_my_choices(mail)
    phone.get_by_role("link", name="Retirarla").nth(1).click()
    lucia.then_it_is_sound("patient 11 take back")
    lucia.when_i_press("Sí, retirar")
    lucia.then_i_read("Está retirado, desde ahora.")
    assert Consent.objects.get(code="nurse-support").revoked_how == "link"
    phone.get_by_role("link", name="Retirarla").first.click()
    lucia.then_it_is_sound("patient 11 take back what is needed")
    lucia.when_i_follow("No, dejarlo")
    phone.goto("/p/no-such-link/")
    lucia.then_it_is_sound("patient 13 link over")


def test_help_with_costs_in_minnesota(phone: Page, cast: Cast, mail: MailServer) -> None:
    """In Spanish, on a phone: the drug is granted, the infusion is not, and both say why."""
    mine = {"email": ADDRESS, "birth_date": BORN, "language": "es", "state": "MN"}
    Patient.objects.filter(pk=cast.mara.pk).update(**mine)
    infusion_given(
        cast.mara, course=1, given_on=cast.today, facility=cast.riverside, by=PLATFORM, at=cast.at
    )
    mara = Costs(phone, Inspection(phone))
    mara.given_i_am_at_my_choices(mail)
    mara.when_i_allow_it()
    mara.when_i_answer_three_questions()
    mara.then_i_read("no le cuesta nada", "La ley de su estado no permite esta parte.")
    mara.when_i_claim("Lo que paga por el medicamento", "1250.50")
    mara.then_i_read("Está concedido.")
    mara.when_i_claim("Lo que paga por la infusión en sí", "90")
    mara.then_i_read("No podemos pagar esto.", "$1,250.50 de $1,250.50", "$0 de $90")
    mara.then_it_is_sound("patient 17 costs claimed")
    print(f"Help with costs is asked for, and claimed twice, in {mara}")
    assert mara.seconds < LONGEST


class Costs(Lucia, Sitting):
    """A patient who asks for help with costs, and reads every page."""

    studied, looked_over = ("/p/costs/", "/p/choices/"), ""

    def given_i_am_at_my_choices(self, mail: MailServer) -> None:
        """By the message that was asked for, in Spanish."""
        self.page.goto("/p/choices/")
        self.when_i_press("Español")
        self.page.get_by_label("Su dirección de correo electrónico").fill(ADDRESS)
        self.when_i_press("Envíenme el enlace")
        self.page.goto(link_in(mail.newest_to(ADDRESS, "página")))
        self.when_i_give_my_birth_date()

    def when_i_allow_it(self) -> None:
        """The consent comes first."""
        self.when_i_follow("Ver lo que puede recibir")
        self.then_it_is_sound("patient 14 costs not allowed")
        self.when_i_follow("Leer y permitirlo")
        self.type("Su nombre completo", "Mara Lindqvist")
        self.when_i_press("Sí, lo permito")
        self.when_i_follow("Volver a su página")
        self.when_i_follow("Ver lo que puede recibir")
        self.then_it_is_sound("patient 14 costs begin")

    def when_i_answer_three_questions(self) -> None:
        """After a slip; the state on record is there already."""
        self.when_i_follow("Empezar")
        self.when_i_press("Continuar")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("patient 15 costs question")
        for words in ("Sí", "No"):
            self.tick(words)
            self.when_i_press("Continuar")
        expect(self.page.get_by_label("¿En qué estado vive?")).to_have_value("MN")
        self.when_i_press("Continuar")

    def when_i_claim(self, cost: str, amount: str) -> None:
        """For the only infusion day."""
        self.when_i_follow("Reclamar lo que pagó")
        self.page.locator("label.usa-radio__label").first.click()
        self.page.get_by_text(cost).click()
        self.ticks += 2
        self.type("¿Cuánto, en dólares?", amount)
        self.then_it_is_sound(f"patient 16 costs claim {amount}")
        self.when_i_press("Enviar")
