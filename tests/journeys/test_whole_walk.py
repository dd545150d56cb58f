"""One patient's whole way, in Spanish on a small phone, with nothing but keys, and timed.

From the message that invites her to the card in her hands: what she allows, how she is reminded, a
calendar, where to have her tests, a sign that cannot wait, and her daughter's help.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.test import Client
from playwright.sync_api import Page, expect

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.watches import keep
from etasu.registry.notices.models import Reminder
from etasu.registry.notices.wishes import wishes_of
from etasu.registry.patient_support.models import LabAppointment, ToldSymptom
from etasu.registry.patient_support.partner_models import SharedSlice
from etasu.registry.patients.models import Patient
from etasu.registry.treatment.models import Infusion
from tests.factories.mail_server import MailServer, link_in, text_of
from tests.journeys.browser import Inspection
from tests.journeys.by_keyboard import ByKeyboard
from tests.portals.lab_world import lists_sites
from tests.portals.paper_reading import words_of
from tests.portals.patient_world import ADDRESS, a_form, send
from tests.portals.test_patient_signing import prescriber_signs
from tests.portals.world import PASSWORD, Cast
from tests.programs.readability import spanish_ease

# All of it, the whole form read word by word included.
LONGEST = 20 * 60
# More presses of Tab than this to one place are a burden.
MOST_TABS = 25
# What the card says first to whoever finds her.
EMERGENCY = "Llame al 911 de inmediato"
AT_HOME = {"city": "Dayton", "state": "OH", "zip": "45402"}
NAME, EVA = "Lucía Ortega", "eva@example.org"


class Lucia(ByKeyboard):
    """The patient, who reads every word of her pages."""

    studied = ("/p/",)
    unread = "select, [hidden], .usa-sr-only"

    def when_i_show_who_i_am(self) -> None:
        """By the birth date, in three parts."""
        self.choose("Mes", "mar")
        self.type("Día", "7")
        self.type("Año", "1984")
        self.when_i_press("Continuar")

    def when_i_say_what_i_allow(self) -> None:
        """What is needed and the nurses, nothing else; then every statement, read one by one."""
        self.when_i_follow("Empezar")
        for said in ("Sí, lo permito", "Sí, lo permito", "No", "No", "No"):
            self.then_it_is_sound("walk 03 consent")
            self.tick(said)
            self.when_i_press("Guardar y continuar")
        self.then_it_is_sound("walk 04 statements")
        for label in self.page.locator("label.usa-checkbox__label").all_inner_texts():
            self.tick(label)
        self.when_i_press("Guardar y continuar")

    def when_i_read_and_sign(self) -> None:
        """The whole form, and my name under it."""
        self.then_the_answer_is("Lea el formulario")
        self.then_it_is_sound("walk 05 read")
        self.when_i_follow("Lo he leído")
        self.then_it_is_sound("walk 06 sign")
        self.tick("Soy el paciente")
        self.type("Su nombre completo", NAME)
        self.when_i_press("Firmar")
        self.then_the_answer_is("Gracias. Usted ha firmado.")
        self.then_it_is_sound("walk 07 signed")
        self.when_i_press("He terminado; cerrar esto en el dispositivo")
        self.then_it_is_sound("walk 08 left")

    def when_i_come_to_my_page(self) -> None:
        """By the link I have, now that I am enrolled."""
        self.then_it_is_sound("walk 09 enrolled")
        self.when_i_follow("Ir a su página")
        self.then_i_read("Su tratamiento no ha empezado.")
        self.then_it_is_sound("walk 10 home of a newcomer")

    def when_i_choose_reminders(self) -> None:
        """The first thing on my page."""
        self.when_i_follow("Elegir cómo se lo recordamos")
        self.then_it_is_sound("walk 11 reminders")
        self.tick("Solo por correo electrónico")
        self.when_i_press("Recordármelo así")
        self.then_i_read("Desde ahora se lo recordamos así.")
        self.then_it_is_sound("walk 12 reminded like this")

    def when_i_subscribe_to_my_calendar(self) -> None:
        """One press makes it, another puts it on the phone."""
        self.when_i_press("Crear mi calendario")
        self.then_it_is_sound("walk 13 calendar")
        link = self.page.get_by_role("link", name="Ponerlo en este dispositivo")
        self.when_i_go_to(link)
        address = self.page.locator(".note .number").inner_text()
        expect(link).to_have_attribute("href", f"webcal:{address.partition(':')[2]}")
        read = self.page.request.get(urlsplit(address).path)
        assert read.status == 200 and read.text().startswith("BEGIN:VCALENDAR")
        self.when_i_follow("Volver a su página")
        expect(self.page.get_by_text("Elegir cómo se lo recordamos")).to_have_count(0)

    def when_i_ask_for_the_nearest_draw(self, cast: Cast) -> None:
        """The first thing on my page once tests are due; one question a page."""
        self.then_it_is_sound("walk 14 home with tests due")
        self.when_i_follow("Pedir una cita")
        self.then_it_is_sound("walk 15 not allowed yet")
        self.when_i_follow("Leer y permitirlo")
        self.then_it_is_sound("walk 16 allow")
        self.type("Su nombre completo", NAME)
        self.when_i_press("Sí, lo permito")
        self.then_i_read("Está permitido")
        self.then_it_is_sound("walk 17 allowed")
        self.when_i_follow("Pedir una cita")
        self.then_it_is_sound("walk 18 way")
        self.tick("Un centro de servicio de LabCorp")
        self.when_i_press("Continuar")
        self.then_it_is_sound("walk 19 near")
        self.when_i_press("Continuar")
        self.then_it_is_sound("walk 20 site")
        self.tick("Dayton Main")
        self.when_i_press("Continuar")
        self.put_day("¿Qué día le conviene?", f"{cast.today + timedelta(days=2):%m%d%Y}")
        self.tick("Por la mañana, antes de las 11 a. m.")
        self.then_it_is_sound("walk 21 when")
        self.when_i_press("Continuar")
        self.then_it_is_sound("walk 22 telephone")
        self.when_i_press("Continuar")
        self.then_it_is_sound("walk 23 check")
        self.when_i_press("Pedir esta cita")
        self.then_i_read("Gracias.", "Solicitada")
        self.then_it_is_sound("walk 24 asked for")
        self.when_i_follow("Volver a su página")

    def when_i_tell_of_what_cannot_wait(self) -> None:
        """I am told to call at once, and not at the end."""
        self.when_i_follow("Revise cómo está")
        self.then_it_is_sound("walk 25 self-check")
        self.when_i_press("Empezar")
        self.then_it_is_sound("walk 26 first region")
        self.tick("Un lado de la cara")
        self.when_i_press("Guardar y continuar")
        self.then_i_read("Llame al 911 ahora", "No espere al final")
        self.then_it_is_sound("walk 27 call now")
        call = self.page.get_by_role("link", name="Llamar al 911")
        self.when_i_go_to(call)
        expect(call).to_have_attribute("href", "tel:911")
        self.when_i_follow("Volver a su página")

    def when_i_ask_my_daughter(self) -> None:
        """For reminders only, which is chosen already."""
        self.then_i_read("Llame al 911 ahora")
        self.then_it_is_sound("walk 28 home after the alarm")
        self.when_i_follow("Pedir ayuda a alguien")
        self.then_it_is_sound("walk 29 ask for help")
        expect(self.page.get_by_label("Recordatorios y citas")).to_be_checked()
        self.type("Nombre de quien le va a ayudar", "Eva Ríos")
        self.type("Correo electrónico o móvil de quien le va a ayudar", EVA)
        self.when_i_press("Enviar la invitación")
        self.then_i_read("Con invitación, y todavía no", "Puede ver: Recordatorios y citas.")
        self.then_it_is_sound("walk 30 asked for help")
        self.when_i_follow("Volver a mi página")

    def when_i_download_my_card(self, folder: Path) -> str:
        """What it says."""
        self.when_i_follow("Su tarjeta y sus guías")
        self.then_it_is_sound("walk 31 card")
        return words_of(self.when_i_fetch("Descargarla para llevarla (PDF)", folder / "card.pdf"))


def office_of(live_server: object) -> Client:
    """Dr. Amara, signed in at her own desk."""
    there = urlsplit(str(live_server))
    amara = Client(SERVER_NAME=there.hostname, SERVER_PORT=there.port)
    amara.post("/sign-in/", {"email": "amara@example.org", "password": PASSWORD})
    return amara


def weeks_go_by(cast: Cast) -> Patient:
    """She had her infusion, and the tests of the month fall due."""
    lucia = Patient.objects.get(full_name=NAME)
    Infusion.objects.create(
        patient=lucia, course=1, given_on=cast.today - timedelta(days=25),
        recorded_at=cast.at, recorded_by=PLATFORM.number,
    )  # fmt: skip
    keep([lucia.pk], cast.today)
    lists_sites(cast)
    return lucia


def then_it_is_all_on_record(patient: Patient, mail: MailServer) -> None:
    """As she wished it, and nothing beyond."""
    assert wishes_of([patient.number])[patient.number].channels == ("email",)
    assert LabAppointment.objects.get().site.name == "Dayton Main"
    assert ToldSymptom.objects.get().code == "face-droops"
    shared = SharedSlice.objects.filter(partner__email=EVA, ended_at=None)
    assert {each.slice for each in shared} == {"reminders"}
    told = text_of(mail.newest_to(EVA))
    assert "Lucía" not in told and "Ortega" not in told


def test_from_the_invitation_to_the_card_within_twenty_minutes(
    phone: Page, cast: Cast, mail: MailServer, live_server: object, tmp_path: Path
) -> None:
    draft, amara = a_form(cast, **AT_HOME), office_of(live_server)
    send(amara, draft)
    lucia = Lucia(phone, Inspection(phone))
    link = link_in(mail.newest_to(ADDRESS))
    lucia.when_i_open(link)
    lucia.then_it_is_sound("walk 01 birth date")
    lucia.when_i_show_who_i_am()
    lucia.then_it_is_sound("walk 02 welcome")
    lucia.when_i_say_what_i_allow()
    lucia.when_i_read_and_sign()
    prescriber_signs(amara, draft.number)
    assert Reminder.objects.get(code="patient-enrolled").state == "waiting"
    lucia.when_i_open(link)
    lucia.when_i_show_who_i_am()
    lucia.when_i_come_to_my_page()
    lucia.when_i_choose_reminders()
    patient = weeks_go_by(cast)
    lucia.when_i_subscribe_to_my_calendar()
    lucia.when_i_ask_for_the_nearest_draw(cast)
    lucia.when_i_tell_of_what_cannot_wait()
    lucia.when_i_ask_my_daughter()
    assert EMERGENCY in lucia.when_i_download_my_card(tmp_path)

    then_it_is_all_on_record(patient, mail)
    tabs, to = lucia.farthest
    print(f"A patient is all set in {lucia}; the longest way was {tabs} Tabs, to {to}")
    assert lucia.seconds < LONGEST
    assert tabs <= MOST_TABS, to
    # As easy as what is read in the sixth grade; labels of a word or two are no sentences.
    assert spanish_ease(each for each in lucia.seen if len(each.split()) > 3) >= 70
