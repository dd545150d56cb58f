"""Results by hand: a delegate types a report, a patient sends one, and the prescriber answers."""

from __future__ import annotations

from datetime import timedelta
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
from tests.portals.world import PROGRAM, Cast, add_person
from tests.registry.test_result_workbooks import xlsx

MARA = "mara@example.org"


class Typist(Person):
    """Somebody with a report before them."""

    def given_a_report_is_chosen(self, panel: str) -> None:
        """Say what is on it."""
        self.page.get_by_text(panel, exact=True).click()
        self.when_i_press("Go on")

    def when_i_type(self, on: str, **values: str) -> None:
        """The day, and each value in the unit that is offered first."""
        self.page.get_by_label("Day the specimen was collected").fill(on)
        for code, value in values.items():
            self.page.locator(f"#id_value_{code}").fill(value)


def test_a_delegate_types_a_report_and_the_prescriber_answers_its_signal(
    page: Page, look: Inspection, cast: Cast
) -> None:
    add_person(PROGRAM, "dana", DELEGATE, cast.amara, cast.at)
    treat(cast, cast.mara, 40)
    dana = Typist(page, look)
    dana.given_i_am_signed_in_as("dana")
    page.goto(f"/watching/patients/{cast.mara.number}/")
    dana.when_i_follow("Type what a report says")
    dana.when_i_press("Go on")
    dana.then_the_summary_has_the_focus()
    dana.then_it_is_sound("choose what is on a report")
    dana.given_a_report_is_chosen("Complete blood count with differential")
    dana.when_i_type(cast.today.isoformat(), platelets="8O", leukocytes="6.1")
    dana.when_i_press("Go on")
    dana.then_i_read("Enter the laboratory", "neither a number nor a word")
    dana.then_it_is_sound("type a report with mistakes")
    page.get_by_label("Laboratory named on the report").fill("Riverbend Laboratory")
    dana.when_i_type(
        cast.today.isoformat(), platelets="80", leukocytes="6.1", hemoglobin="139",
        neutrophils="3.8", lymphocytes="1.6",
    )  # fmt: skip
    page.locator("#id_unit_hemoglobin").select_option("g/L")
    dana.when_i_press("Go on")
    dana.then_i_read("Is this what the report says?", "13.9 g/dL", "Riverbend Laboratory")
    dana.then_it_is_sound("check a typed report")
    # The session is lost on the way; nothing that was typed is.
    page.context.clear_cookies(name="sessionid")
    dana.when_i_press("Yes, keep it on record")
    page.get_by_label("E-mail address").fill("dana@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    dana.when_i_press("Send the form")
    dana.then_i_read("Nothing is kept yet.", "13.9 g/dL")
    assert not SignalRow.objects.exists()
    page.get_by_role("button", name="Yes, keep it on record").dblclick()
    dana.then_i_read("5 results are on record.", "Urgent: Platelets")
    assert PaperReport.objects.count() == SignalRow.objects.count() == 1
    page.context.clear_cookies()
    amara = Person(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_follow("Follow up")
    amara.then_i_read("A result is urgent")
    amara.when_i_follow("Mara Lindqvist")
    amara.when_i_follow("Say what you did")
    page.get_by_label("What did you do?").fill("Count repeated today: 142.")
    amara.when_i_press("Keep on record")
    assert SignalRow.objects.get().done == "Count repeated today: 142."


@pytest.fixture
def sent(cast: Cast, tmp_path: Path) -> Path:
    """Mara can be reached, and has a photo of her report."""
    Patient.objects.filter(pk=cast.mara.pk).update(email=MARA, birth_date=BORN, language="es")
    treat(cast, cast.mara, 40)
    photo = tmp_path / "informe.jpg"
    photo.write_bytes(picture("JPEG", "Laboratorio Sol: plaquetas 231"))
    return photo


def test_a_patient_sends_a_photo_and_the_office_types_it(
    page: Page, look: Inspection, browser: Browser, live_server: object,
    cast: Cast, mail: MailServer, sent: Path,
) -> None:  # fmt: skip
    with context_of(browser, base_url=str(live_server), has_touch=True) as context:
        phone = context.new_page()
        mara = Person(phone, Inspection(phone))
        phone.goto("/p/choices/")
        phone.get_by_label("e-mail").fill(MARA)
        phone.locator("main form button").first.click()
        phone.goto(link_in(mail.newest_to(MARA)))
        phone.get_by_label("Mes").select_option("3")
        phone.get_by_label("Día").fill("7")
        phone.get_by_label("Año").fill("1984")
        mara.when_i_press("Continuar")
        mara.when_i_follow("Enviar el informe de una prueba")
        mara.when_i_press("Enviar")
        mara.then_the_summary_has_the_focus()
        mara.then_it_is_sound("patient sends a report")
        phone.get_by_label("Foto o archivo del informe").set_input_files(sent)
        phone.get_by_label("Día de la prueba").fill(cast.today.isoformat())
        phone.get_by_label("Dónde se hizo la prueba").fill("Laboratorio Sol")
        mara.when_i_press("Enviar")
        mara.then_i_read("El consultorio de su médico ya lo tiene.", "Espera al consultorio")
        mara.then_it_is_sound("patient sent a report")
    amara = Typist(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_follow("Follow up")
    amara.when_i_follow("1 report that a patient sent")
    amara.then_it_is_sound("reports that patients sent")
    amara.when_i_follow("Mara Lindqvist")
    amara.given_a_report_is_chosen("Complete blood count with differential")
    amara.then_it_is_sound("type what a patient sent")
    expect(page.get_by_label("Laboratory named on the report")).to_have_value("Laboratorio Sol")
    amara.when_i_type(cast.today.isoformat(), platelets="231")
    amara.when_i_press("Go on")
    amara.when_i_press("Yes, keep it on record")
    amara.then_i_read("1 result is on record.")
    assert Result.objects.get(channel="patient").value == "231"
    page.goto(f"/watching/reports/{PaperReport.objects.get().number}/")
    amara.then_it_is_sound("a report on record")


def test_a_view_is_kept_and_a_file_of_results_put_right(
    page: Page, look: Inspection, cast: Cast, tmp_path: Path
) -> None:
    add_person(PROGRAM, "liam", LAB_ANALYST, None, cast.at)
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
    page.context.clear_cookies()
    liam, file = Person(page, look), tmp_path / "results.xlsx"
    day = cast.today - timedelta(days=1)
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
