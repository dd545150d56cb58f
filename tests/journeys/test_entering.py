"""Results by hand: a delegate types a report, a patient sends one, and the prescriber answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from etasu.registry.accounts.access import DELEGATE, LAB_ANALYST
from etasu.registry.monitoring.models import PaperReport, Result, SavedView, SignalRow, Waiver
from etasu.registry.patients.models import Patient
from tests.factories.mail_server import MailServer, link_in
from tests.factories.pictures import picture
from tests.journeys.browser import Inspection, context_of
from tests.journeys.people import Person
from tests.portals.patient_world import BORN
from tests.portals.test_watching import treat
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person
from tests.registry.test_result_workbooks import xlsx

MARA = "mara@example.org"


class Typist(Person):
    """Somebody with a report before them."""

    def given_a_report_is_chosen(self, panel: str) -> None:
        """Say what is on it."""
        self.page.get_by_text(panel, exact=True).click()
        self.when_i_press("Go on")

    def when_i_type(self, on: str, **values: str) -> None:
        """The day, and each value in the unit that is offered first; then on."""
        self.page.get_by_label("Day the specimen was collected").fill(on)
        for code, value in values.items():
            self.page.locator(f"#id_value_{code}").fill(value)
        self.when_i_press("Go on")

    def when_my_session_is_lost_as_i_press(self, button: str, who: str) -> None:
        """Sign in again, and send what was kept."""
        self.page.context.clear_cookies(name="sessionid")
        self.when_i_press(button)
        self.page.get_by_label("E-mail address").fill(f"{who}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.when_i_press("Send the form")


class Sender(Person):
    """Mara with her phone, in Spanish."""

    def given_i_am_at_my_page(self, mail: MailServer) -> None:
        """By a link that is asked for, and the birth date."""
        self.page.goto("/p/choices/")
        self.page.get_by_label("e-mail").fill(MARA)
        self.page.locator("main form button").first.click()
        self.page.goto(link_in(mail.newest_to(MARA)))
        self.page.get_by_label("Mes").select_option("3")
        self.page.get_by_label("Día").fill("7")
        self.page.get_by_label("Año").fill("1984")
        self.when_i_press("Continuar")

    def when_i_send(self, photo: Path, on: str, where: str) -> None:
        """A photo, the day and the laboratory."""
        self.page.locator("input[type=file]").set_input_files(photo)
        self.page.get_by_label("Día de la prueba").fill(on)
        self.page.get_by_label("Dónde se hizo la prueba").fill(where)
        self.when_i_press("Enviar")


def test_a_delegate_types_a_report_and_the_prescriber_answers_its_signal(
    page: Page, look: Inspection, cast: Cast
) -> None:
    add_person(PROGRAM, "dana", DELEGATE, cast.amara, cast.at)
    treat(cast, cast.mara, 40)
    dana, today = Typist(page, look), cast.today.isoformat()
    dana.given_i_am_signed_in_as("dana")
    page.goto(f"/watching/patients/{cast.mara.number}/")
    dana.when_i_follow("Type what a report says")
    dana.when_i_press("Go on")
    dana.then_the_summary_has_the_focus()
    dana.then_it_is_sound("choose what is on a report")
    dana.given_a_report_is_chosen("Complete blood count with differential")
    dana.when_i_type(today, platelets="8O", leukocytes="6.1")
    dana.then_i_read("Enter the laboratory", "neither a number nor a word")
    dana.then_it_is_sound("type a report with mistakes")
    page.get_by_label("Laboratory named on the report").fill("Riverbend Laboratory")
    page.locator("#id_unit_hemoglobin").select_option("g/L")
    dana.when_i_type(today, platelets="80", hemoglobin="139", neutrophils="4", lymphocytes="2")
    dana.then_i_read("Is this what the report says?", "13.9 g/dL", "Riverbend Laboratory")
    dana.then_it_is_sound("check a typed report")
    dana.when_my_session_is_lost_as_i_press("Yes, keep it on record", "dana")
    dana.then_i_read("Nothing is kept yet.", "13.9 g/dL")
    assert not SignalRow.objects.exists()
    page.get_by_role("button", name="Yes, keep it on record").dblclick()
    dana.then_i_read("5 results are on record.", "Urgent: Platelets")
    assert PaperReport.objects.count() == SignalRow.objects.count() == 1
    the_prescriber_answers(page, look)


def the_prescriber_answers(page: Page, look: Inspection) -> None:
    """From the list to what was done about it."""
    page.context.clear_cookies()
    amara = Person(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_follow("Follow up")
    amara.then_i_read("A result is urgent")
    amara.when_i_follow("Mara Lindqvist")
    amara.when_i_follow("Say what you did")
    page.get_by_label("What did you do?").fill("Count repeated today: 142.")
    amara.when_i_press("Keep on record")
    amara.then_i_read("What you did is on record.")
    assert SignalRow.objects.get().done == "Count repeated today: 142."


@pytest.fixture
def photo(cast: Cast, tmp_path: Path) -> Path:
    """A photo of Mara's report; she can be reached by e-mail."""
    Patient.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN, language="es")
    treat(cast, cast.mara, 40)
    made = tmp_path / "informe.jpg"
    made.write_bytes(picture("JPEG", "Laboratorio Sol: plaquetas 231"))
    return made


def test_a_patient_sends_a_photo_and_the_office_types_it(
    page: Page, look: Inspection, browser: Browser, live_server: object,
    cast: Cast, mail: MailServer, photo: Path,
) -> None:  # fmt: skip
    today = cast.today.isoformat()
    with context_of(browser, base_url=str(live_server), has_touch=True) as context:
        phone = context.new_page()
        mara = Sender(phone, Inspection(phone))
        mara.given_i_am_at_my_page(mail)
        mara.when_i_follow("Enviar el informe de una prueba")
        mara.when_i_press("Enviar")
        mara.then_the_summary_has_the_focus()
        mara.then_it_is_sound("patient sends a report")
        mara.when_i_send(photo, today, "Laboratorio Sol")
        mara.then_i_read("El consultorio de su médico ya lo tiene.", "Espera al consultorio")
    amara = Typist(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_follow("Follow up")
    amara.when_i_follow("1 report that a patient sent")
    amara.then_it_is_sound("reports that patients sent")
    amara.when_i_follow("Mara Lindqvist")
    amara.given_a_report_is_chosen("Complete blood count with differential")
    amara.then_it_is_sound("type what a patient sent")
    expect(page.get_by_label("Laboratory named on the report")).to_have_value("Laboratorio Sol")
    amara.when_i_type(today, platelets="231")
    amara.when_i_press("Yes, keep it on record")
    amara.then_i_read("1 result is on record.")
    assert Result.objects.get(channel="patient").value == "231"


def test_a_view_is_kept_and_what_was_waived_counts_again(
    page: Page, look: Inspection, cast: Cast
) -> None:
    treat(cast, cast.noor, 75)
    amara = Person(page, look)
    amara.given_i_am_signed_in_as("amara")
    page.goto("/watching/?sort=due&show=overdue")
    amara.when_i_follow("Keep this view under a name")
    amara.then_it_is_sound("keep a view")
    page.get_by_label("Name of the view").fill("Longest due")
    amara.when_i_press("Keep the view")
    amara.then_i_read("Longest due")
    amara.then_it_is_sound("follow up with a view")
    assert SavedView.objects.get().wanted == {"show": "overdue", "sort": "due"}
    page.goto(f"/watching/patients/{cast.noor.number}/")
    amara.when_i_follow("It need not be done")
    page.get_by_label("Reason").fill("Done at another hospital.")
    amara.when_i_press("Keep on record")
    amara.when_i_follow("Have it count again")
    amara.then_it_is_sound("count again")
    page.get_by_label("Reason").fill("It was another patient.")
    amara.when_i_press("Keep on record")
    amara.then_i_read("It counts again.")
    assert Waiver.objects.get().ended_at is not None


def test_a_file_of_results_is_sent_and_its_rows_put_right(
    page: Page, look: Inspection, cast: Cast, tmp_path: Path
) -> None:
    add_person(PROGRAM, "liam", LAB_ANALYST, None, cast.at)
    liam, file, day = Person(page, look), tmp_path / "results.xlsx", cast.today.isoformat()
    file.write_bytes(
        xlsx(
            ["patient", "test", "value", "unit", "collected_on"],
            [cast.noor.number, "platelets", 231, "K/uL", day],
            [cast.noor.number, "creatinine", "=1+1", "mg/dL", day],
        )
    )
    liam.given_i_am_signed_in_as("liam")
    page.goto("/uploads/")
    page.get_by_text("Every column there can be").click()
    liam.then_it_is_sound("files of results")
    page.get_by_label("The results").set_input_files(file)
    liam.when_i_press("Send the file")
    liam.then_i_read("1 row is not kept.", "holds a formula")
    liam.then_it_is_sound("rows of a file to put right")
    liam.when_i_press("I send them again")
    liam.then_i_read("1 row is set aside.")
