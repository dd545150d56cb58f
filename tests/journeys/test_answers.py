"""A patient with a question: in Spanish, on a small phone, by keyboard alone, to its answer."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import Inspection, printed_pages
from tests.journeys.people import Person

HERE = "/programs/lemtrada/"
ADDRESS = "rosa@example.org"


class Rosa(Person):
    """The patient, whose hands find the Tab key better than a small target."""

    def when_i_go_to(self, role: str, name: str) -> None:
        """Press Tab until the control has the focus, and press Enter."""
        wanted: Any = self.page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("each => each === document.activeElement"):
                return
        raise AssertionError(f"no way to {name} by keyboard")

    def when_i_choose(self, role: str, name: str) -> None:
        """Go there by keyboard, and follow or press it."""
        self.when_i_go_to(role, name)
        self.page.keyboard.press("Enter")


def test_a_patient_finds_keeps_prints_and_sends_an_answer(
    phone: Page, mail: MailServer, db: None
) -> None:
    rosa = Rosa(phone, Inspection(phone))
    phone.goto(f"{HERE}patients/")
    rosa.when_i_choose("button", "Español")
    rosa.when_i_choose("link", "Respuestas")
    rosa.then_the_answer_is("Respuestas")
    rosa.then_it_is_sound("answers")
    look_for(rosa)
    keep_and_print(rosa)
    send_it(rosa, mail)
    phone.goto(f"{HERE}trials/")
    rosa.then_it_is_sound("answers trials")


def look_for(rosa: Rosa) -> None:
    """In her own words, with a slip; the words stand in no address."""
    rosa.when_i_go_to("textbox", "¿Qué le gustaría saber?")
    rosa.page.keyboard.type("zzzz")
    rosa.page.keyboard.press("Enter")
    rosa.then_i_read("No encontramos nada", "1-855-676-6326")
    rosa.then_it_is_sound("answers nothing found")
    rosa.when_i_go_to("textbox", "¿Qué le gustaría saber?")
    rosa.page.keyboard.press("Control+A")
    rosa.page.keyboard.type("puedo quedar embarasada")
    rosa.page.keyboard.press("Enter")
    rosa.then_i_read("embarasada → embarazada")
    assert "embara" not in rosa.page.url
    rosa.then_it_is_sound("answers found")
    rosa.when_i_choose("link", "¿Y si estoy embarazada, o quiero tener un bebé?")
    rosa.then_the_answer_is("¿Y si estoy embarazada, o quiero tener un bebé?")
    rosa.then_it_is_sound("answers one")


def keep_and_print(rosa: Rosa) -> None:
    """On her list, and on one sheet of paper without the buttons."""
    rosa.when_i_choose("button", "Guardar en mi lista")
    rosa.then_i_read("Está en su lista.")
    rosa.page.emulate_media(media="print")
    expect(rosa.page.get_by_role("button", name="Quitarla de mi lista")).to_be_hidden()
    expect(rosa.page.get_by_text("4 meses")).to_be_visible()
    assert printed_pages(rosa.page) == 1
    rosa.page.emulate_media(media="screen")
    rosa.when_i_choose("link", "Mi lista")
    rosa.then_i_read("¿Y si estoy embarazada")
    rosa.then_it_is_sound("answers my list")
    rosa.when_i_choose("link", "¿Y si estoy embarazada, o quiero tener un bebé?")


def send_it(rosa: Rosa, mail: MailServer) -> None:
    """To herself, after a slip; the message leads back without a word of what it is about."""
    rosa.when_i_choose("link", "Enviarla por correo")
    rosa.when_i_go_to("textbox", "Correo electrónico")
    rosa.page.keyboard.type("rosa")
    rosa.page.keyboard.press("Enter")
    rosa.then_i_read("Escriba una dirección")
    rosa.then_it_is_sound("answers send mistake")
    rosa.when_i_go_to("textbox", "Correo electrónico")
    rosa.page.keyboard.press("Control+A")
    rosa.page.keyboard.type(ADDRESS)
    rosa.page.keyboard.press("Enter")
    rosa.then_i_read("Se envió.")
    rosa.then_it_is_sound("answers sent")
    message = mail.newest_to(ADDRESS)
    assert str(message["Subject"]) == "Etasu: Algo para leer"
    rosa.page.goto(link_in(message))
    rosa.then_the_answer_is("¿Y si estoy embarazada, o quiero tener un bebé?")
