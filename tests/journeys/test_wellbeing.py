"""A patient in Spanish on a small phone, by keyboard: how she is, what she takes, what is hers."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.patient_support.models import ListedMedicine, ToldSymptom
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import infusion_given
from etasu.registry.safety.models import SafetyCase
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection, context_of
from tests.journeys.people import Person
from tests.portals.paper_reading import words_of
from tests.portals.patient_world import ADDRESS, BORN
from tests.portals.world import Cast

REGIONS = 8


class Mara(Person):
    """The patient."""

    def given_i_am_at_my_page(self, mail: MailServer) -> None:
        """By the link that was asked for."""
        self.page.goto("/p/choices/")
        self.page.get_by_label("e-mail").fill(ADDRESS)
        self.page.locator("main form button").first.click()
        self.page.goto(link_in(mail.newest_to(ADDRESS)))
        self.page.get_by_label("Mes").select_option(str(BORN.month))
        self.page.get_by_label("Día").fill(str(BORN.day))
        self.page.get_by_label("Año").fill(str(BORN.year))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/p/home/")

    def when_i_mark(self, *symptoms: str) -> None:
        """With the space bar, and on with Enter."""
        for each in symptoms:
            self.when_i_tab_to(each)
            self.page.keyboard.press("Space")
        self.when_i_tab_to("Guardar y continuar")
        self.page.keyboard.press("Enter")

    def when_i_look_at_myself(self) -> None:
        """Spots on the skin, and a face that droops; nothing else."""
        self.when_i_follow("Revise cómo está")
        self.then_it_is_sound("self-check 1 begin")
        self.when_i_press("Empezar")
        self.then_i_read("Paso 1 de 8")
        self.when_i_press("Guardar y continuar")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("self-check 2 nothing chosen")
        self.when_i_mark("Un lado de la cara")
        self.then_i_read("Llame al 911 ahora", "No espere al final")
        self.then_it_is_sound("self-check 3 emergency at once")
        for number in range(2, REGIONS + 1):
            self.then_i_read(f"Paso {number} de 8")
            self.when_i_mark("Manchas pequeñas" if number == 3 else "Nada de esto")
        self.then_the_answer_is("Revise sus respuestas")
        self.then_it_is_sound("self-check 4 answers")
        self.when_i_press("Es todo")
        self.then_i_read("Llame al 911 ahora", "Manchas pequeñas", "Dr. Amara", "1-800-FDA-1088")
        self.then_it_is_sound("self-check 5 result")
        self.when_i_follow("Volver a su página")

    def when_i_list_a_medicine(self) -> None:
        """One that weakens the defenses."""
        self.when_i_follow("Lo que usted toma")
        self.when_i_follow("Añadir a su lista")
        self.when_i_press("Añadirla")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("medicines 1 add with mistakes")
        self.page.get_by_label("¿Cómo se llama?").fill("Prednisona 10 mg")
        self.page.get_by_text("Una medicina que le recetó su médico").click()
        self.when_i_press("Añadirla")
        self.then_i_read("Está en su lista.", "La toma ahora.", "Puede debilitar sus defensas")
        self.then_it_is_sound("medicines 2 list with a mark")
        self.when_i_follow("La dejé, o es un error")
        self.then_it_is_sound("medicines 3 stop")
        self.when_i_follow("Atrás")


def fetched(page: Page, link: str, to: Path) -> bytes:
    """What a link downloads."""
    with page.expect_download() as found:
        page.get_by_role("link", name=link).click()
    found.value.save_as(to)
    return to.read_bytes()


def test_how_a_patient_is_reaches_her_doctor_and_her_record_is_hers(
    page: Page, look: Inspection, browser: Browser, live_server: object, cast: Cast,
    mail: MailServer, tmp_path: Path,
) -> None:  # fmt: skip
    treated(cast)
    with context_of(browser, base_url=str(live_server), has_touch=True) as context:
        phone = context.new_page()
        mara = Mara(phone, Inspection(phone))
        mara.given_i_am_at_my_page(mail)
        mara.then_i_read("1 de 48 meses", "Anticonceptivos y embarazo", "Es hora de revisarse")
        mara.then_it_is_sound("patient home")
        mara.when_i_look_at_myself()
        assert phone.get_by_text("Es hora de revisarse").count() == 0
        mara.when_i_list_a_medicine()
        listed = words_of(fetched(phone, "Imprimir su lista", tmp_path / "list.pdf"))
        assert "Prednisona 10 mg" in listed and "Mara Lindqvist" in listed
        then_the_record_is_mine(mara, tmp_path)
        mara.when_i_follow("Su tarjeta y sus guías")
        mara.then_i_read("unas 4 horas", "al menos 2 horas", "24 horas")
        expect(phone.locator(".qr svg")).to_be_visible()
        mara.then_it_is_sound("card and guides")
    assert set(ToldSymptom.objects.values_list("code", flat=True)) == {"face-droops", "spots"}
    assert SafetyCase.objects.get().source == "self_check"
    assert ListedMedicine.objects.get().stopped_on is None
    answered_by(Person(page, look), cast)


def treated(cast: Cast) -> None:
    """Mara had an infusion forty days ago, and prefers Spanish."""
    mine = {"email": ADDRESS, "birth_date": BORN, "language": "es"}
    Patient.objects.filter(pk=cast.mara.pk).update(**mine)
    given_on = cast.today - timedelta(days=40)
    infusion_given(
        cast.mara, course=1, given_on=given_on, facility=cast.riverside, by=PLATFORM, at=cast.at
    )


def then_the_record_is_mine(mara: Mara, folder: Path) -> None:
    """Both files hold what is on record."""
    mara.when_i_follow("Volver a su página")
    mara.when_i_follow("Descargar sus datos")
    mara.then_it_is_sound("own data")
    record = words_of(fetched(mara.page, "Para leer", folder / "own.pdf"))
    assert "Prednisona 10 mg" in record and "Riverside" in record
    bundle = json.loads(fetched(mara.page, "Para otro programa", folder / "own.json"))
    assert bundle["entry"][0]["resource"]["name"][0]["text"] == "Mara Lindqvist"
    mara.when_i_follow("Volver a su página")


def answered_by(amara: Person, cast: Cast) -> None:
    """Dr. Amara finds it first on her list, and says what she did."""
    amara.given_i_am_signed_in_as("amara")
    amara.page.goto("/watching/")
    amara.then_i_read("the patient was told to call 911", "One side of your face droops")
    row = amara.page.get_by_role("row", name="Mara Lindqvist")
    assert "A self-check tells of an emergency" in row.inner_text()
    assert "One side of your face droops" in row.inner_text()
    amara.then_it_is_sound("follow up with symptoms")
    amara.when_i_follow("Mara Lindqvist")
    amara.then_i_read("Prednisona 10 mg", "May weaken the immune system; taken now")
    amara.then_it_is_sound("tests and results with self-checks")
    amara.when_i_follow("Say what you did")
    amara.then_it_is_sound("answer a self-check")
    amara.page.get_by_label("What did you do?").fill("Called her: she is in the hospital.")
    amara.when_i_press("Keep on record")
    amara.then_i_read("What you did is on record.", "Called her: she is in the hospital.")
    assert not ToldSymptom.objects.filter(acknowledged_at=None).exists()
