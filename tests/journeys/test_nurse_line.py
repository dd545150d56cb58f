"""A patient writes in Spanish on a small phone; a nurse takes four calls, one a hidden event."""

from __future__ import annotations

from calendar import day_name
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from etasu.clock.nurse_line import look_after_line, tell_patients
from etasu.clock.sender import Letterhead
from etasu.registry.accounts.access import PRESCRIBER, SUPPORT_NURSE
from etasu.registry.notices.models import Notice
from etasu.registry.patient_support.models import Callback, CallNote, LineMessage
from etasu.registry.patients.models import Patient
from etasu.registry.safety.models import SafetyCase
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import NARROW, Inspection, context_of
from tests.journeys.people import Person
from tests.journeys.sitting import Sitting
from tests.portals.patient_world import BORN
from tests.portals.world import PROGRAM, Cast, add_person
from tests.registry import labs

MARA = "mara@example.org"
LETTERHEAD = Letterhead("Etasu", "http://localhost", "etasu@example.org")
# What four calls take on the pages, without the talking.
LONGEST = 15 * 60


class Mara(Person):
    """A patient who hides what matters in a friendly message."""

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

    def when_i_allow_nurses(self) -> None:
        """Read what it means, and sign it."""
        self.when_i_follow("Hablar con una enfermera")
        self.then_it_is_sound("nurses not allowed yet")
        self.when_i_follow("Leer y permitirlo")
        self.page.get_by_label("Su nombre completo").fill("Mara Lindqvist")
        self.page.get_by_role("main").get_by_role("button").first.click()
        self.page.goto("/p/nurses/")

    def when_i_write(self, words: str) -> None:
        """By keyboard alone; nothing at all is asked again first."""
        self.when_i_follow("Escribir a una enfermera")
        self.when_i_tab_to("Enviar")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("alert")).to_contain_text("Escriba su mensaje")
        self.then_it_is_sound("nurses write")
        self.page.get_by_label("Su mensaje").fill(words)
        self.when_i_tab_to("Enviar")
        self.when_i_press_enter("**/p/nurses/")
        self.then_i_read("Las enfermeras tienen su mensaje", "No espere si se siente peor")

    def when_i_ask_for_a_call(self) -> None:
        """Tomorrow evening, and not at work."""
        self.when_i_follow("Pedir que le llame una enfermera")
        self.then_it_is_sound("nurses call")
        choice = self.page.get_by_label("¿Cuándo puede llamarle una enfermera?")
        choice.select_option(index=4)
        self.page.get_by_label("¿A qué número?").fill("12")
        self.page.get_by_role("button", name="Pedir la llamada").click()
        self.then_i_read("Escriba un número de teléfono")
        self.page.get_by_label("¿A qué número?").fill("555-555-0142")
        self.page.get_by_label("¿De qué se trata").fill("No llamar al trabajo")
        self.when_i_press("Pedir la llamada")
        self.then_i_read("Una enfermera le llamará")
        self.then_it_is_sound("nurses patient")


class Opal(Sitting):
    """The first nurse of the program, who is new and reads every page."""

    studied, looked_over = ("/",), ""

    def when_i_keep_the_rota(self, first: str, last: str) -> None:
        """Both halves of every day, for two weeks."""
        self.page.goto("/support/rota/")
        self.then_i_read("Nobody is on duty now.", "Hours ahead in which nobody is on duty")
        for name, begins, ends in (("Opal", "00:00", "12:00"), ("Mila", "12:00", "00:00")):
            self.page.get_by_text("Put shifts into the rota").click()
            self.page.get_by_label("Nurse", exact=True).select_option(label=f"{name} Example")
            for weekday in day_name:
                self.when_i_tick(weekday)
            self.page.get_by_label("From", exact=True).fill(begins)
            self.page.get_by_label("Until", exact=True).fill(ends)
            self.page.get_by_label("First day").fill(first)
            self.page.get_by_label("Last day").fill(last)
            self.when_i_press("Put them in")
        self.then_i_read("On duty now:")
        self.then_it_is_sound("nurses rota")

    def when_i_follow(self, name: str) -> None:
        """Read, then follow a link, of the menu too."""
        self.read()
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def when_i_tick(self, name: str) -> None:
        """Tick a box or choose one of several, or take it back."""
        self.page.locator(f'label:text-is("{name}")').click()
        self.ticks += 1

    def when_i_note(self, caller: str, words: str, *ticked: str) -> None:
        """A call in clicks and a few words."""
        self.when_i_follow("Note a call")
        for each in (caller, *ticked):
            self.when_i_tick(each)
        self.type("What was said", words)

    def when_i_keep_it(self) -> None:
        """Send the note."""
        self.when_i_press("Keep the note")


@pytest.fixture
def patients(cast: Cast) -> Cast:
    """Noor and Otto allow nurses; Mara will."""
    mine = {"email": MARA, "birth_date": BORN, "language": "es", "telephone": "555-555-0142"}
    Patient.objects.filter(pk=cast.mara.pk).update(time_zone="Pacific/Honolulu", **mine)
    for each in (cast.noor, cast.otto):
        labs.open_to_nurses(each, cast.at)
    for name in ("opal", "mila"):
        add_person(PROGRAM, name, SUPPORT_NURSE, None, cast.at)
    return cast


def test_a_nurse_takes_four_calls(
    page: Page,
    look: Inspection,
    browser: Browser,
    live_server: object,
    patients: Cast,
    mail: MailServer,
) -> None:
    with context_of(browser, base_url=str(live_server)) as context:
        phone = context.new_page()
        phone.set_viewport_size(NARROW)
        mara = Mara(phone, Inspection(phone))
        mara.given_i_opened_my_page(mail)
        mara.when_i_allow_nurses()
        mara.when_i_write("Gracias por todo. Tengo moretones en los brazos.")
        mara.when_i_ask_for_a_call()
        heard = LineMessage.objects.get().sent_at
        opal = Opal(page, look)
        opal.given_i_am_signed_in_as("opal")
        opal.when_i_keep_the_rota(*_two_weeks(patients))
        look_after_line(patients.at)
        before = opal.seconds
        _first_call(opal, patients)
        _mara_is_told(mara, mail)
    _second_and_third_call(opal)
    _fourth_call(opal)
    print(f"Four calls are taken in {opal.seconds - before:.0f} s of {opal}")
    assert opal.seconds - before < LONGEST
    _hand_over(opal)
    cases = SafetyCase.objects.order_by("pk")
    assert [each.patient.full_name for each in cases if each.patient] == [
        *("Mara Lindqvist", "Otto Brandt")
    ]
    assert str(heard.year) in cases[0].information.get().words
    told = Notice.objects.filter(event="event_told_to_nurse", audience=PRESCRIBER)
    assert {each.recipient.full_name for each in told.select_related("recipient")} == {
        *("Amara Example", "Beck Example")
    }
    assert CallNote.objects.count() == 5


def _two_weeks(cast: Cast) -> tuple[str, str]:
    first = cast.at.astimezone(ZoneInfo("America/New_York")).date()
    return first.isoformat(), (first + timedelta(days=20)).isoformat()


def _first_call(opal: Opal, cast: Cast) -> None:
    """Mara: what she wrote is asked about before it can be answered."""
    opal.when_i_follow("Call list")
    opal.then_i_read("May tell of a side effect", "Mara Lindqvist", "Spanish")
    opal.then_it_is_sound("call list")
    opal.when_i_follow("Mara Lindqvist")
    opal.then_i_read("Tengo moretones en los brazos", "No llamar al trabajo", "There:")
    opal.then_it_is_sound("patient support")
    opal.when_i_follow("Write to the patient")
    opal.type("Your message", "Vea hoy a su médico.")
    opal.when_i_press("Send the message")
    expect(opal.page.get_by_role("alert")).to_contain_text("say first if it does")
    opal.page.go_back()
    opal.page.go_back()
    opal.when_i_follow("Say whether it is")
    opal.then_it_is_sound("is this a side effect")
    opal.when_i_tick("Yes: report it")
    opal.when_i_press("Keep my answer")
    opal.when_i_follow("Write to the patient")
    opal.type("Your message", "Vea hoy a su médico.")
    opal.when_i_press("Send the message")
    opal.when_i_note("The patient", "Verá hoy a su médico.", "Full name", "Date of birth")
    opal.then_i_read("Gracias por contármelo", "¿Me dice su nombre completo")
    opal.then_it_is_sound("note a call")
    opal.when_i_keep_it()
    opal.then_i_read("Your note is on record.")
    assert Callback.objects.get().outcome == "reached"


def _mara_is_told(mara: Mara, mail: MailServer) -> None:
    """The e-mail says that there is a message; what it says is on her page alone."""
    at = LineMessage.objects.get(is_from_patient=False).sent_at
    noon = at.replace(hour=22, minute=0)  # noon in Honolulu, whatever the hour of the test
    tell_patients(noon if noon > at else noon + timedelta(days=1), LETTERHEAD)
    text = mail.newest_to(MARA).get_content()
    assert "Le espera un mensaje" in text and "médico" not in text
    mara.page.goto("/p/nurses/")
    mara.then_i_read("Vea hoy a su médico.")


def _second_and_third_call(opal: Opal) -> None:
    """Noor is not reached, and promised another call; then her sister calls."""
    noor = Patient.objects.get(full_name="Noor Haddad")
    opal.page.goto(f"/support/patients/{noor.number}/callback/")
    opal.then_it_is_sound("promise a call")
    opal.page.get_by_label("When may a nurse call?").select_option(index=2)
    opal.when_i_press("Promise the call")
    opal.when_i_note("Nobody: I reached no one", "")
    opal.when_i_keep_it()
    expect(opal.page.get_by_role("alert")).to_contain_text("Choose when")
    opal.page.get_by_label("If you did not reach the patient: when again?").select_option(index=3)
    opal.when_i_keep_it()
    opal.then_i_read("Nobody was reached.", "A call is promised.")
    opal.when_i_note("Somebody else, or not proved who", "", "Where to have tests done")
    opal.when_i_tick("This is the call that was promised")
    opal.when_i_keep_it()
    opal.then_i_read("Talked about: Where to have tests done.")
    assert [each.outcome for each in Callback.objects.filter(patient=noor).order_by("pk")] == [
        *("not-reached", None)
    ]


def _fourth_call(opal: Opal) -> None:
    """Otto is only a little tired, and proves who he is at the second try."""
    otto = Patient.objects.get(full_name="Otto Brandt")
    opal.page.goto(f"/support/patients/{otto.number}/")
    opal.when_i_note("The patient", "Fine, bruises everywhere, tired", "Full name")
    opal.when_i_keep_it()
    expect(opal.page.get_by_role("alert")).to_contain_text("2 things have to agree")
    opal.when_i_tick("Date of birth")
    opal.when_i_keep_it()
    expect(opal.page.get_by_role("alert")).to_contain_text("bruises, tired")
    opal.then_it_is_sound("note a call asked")
    opal.when_i_tick("Yes: report it")
    opal.when_i_keep_it()
    opal.then_i_read("Reported side effects", SafetyCase.objects.latest("pk").number)
    opal.when_i_follow("Correct it with another note")
    opal.type("What was said", "On both arms since Monday.")
    opal.when_i_keep_it()
    opal.then_i_read("corrects an earlier note")


def _hand_over(opal: Opal) -> None:
    """What the night should know."""
    opal.when_i_follow("Hand over")
    opal.type("What should whoever is on duty next know?", "Call Noor tomorrow.")
    opal.when_i_press("Leave the note")
    opal.then_it_is_sound("hand over")
