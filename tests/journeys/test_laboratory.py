"""A laboratory analyst: a message tried, kept, explained, corrected; nothing lost on the way."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.histories import watched
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.monitoring.models import Result
from etasu.registry.patients.identifiers import add_identifier
from etasu.registry.treatment.actions import record_infusion
from etasu.safe_use.obligations import Status
from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.portals.laboratory_world import CULTURE, TSH, Laboratory, build_laboratory
from tests.portals.world import PROGRAM, Cast, version

NOOR = "MRN-2002^^^RIVER^MR"


def thyroid_of(cast: Cast) -> list[Status]:
    """How what was due of Noor's thyroid test by now stands."""
    program = version(PROGRAM, cast.today)
    _known, owed = watched(cast.noor, program, cast.today)
    rules = {each.code for each in program.schedules.values() if each.test == "tsh"}
    return [each.status for each in owed if each.code in rules and each.due_on <= cast.today]


def noors(lab: Laboratory, *results: str, **more: str) -> str:
    """A message about Noor."""
    return lab.message(*results, pid=NOOR, name="Haddad^Noor", **more)


def treated(cast: Cast) -> Laboratory:
    """The laboratory knows Noor, who was treated a year ago and owes every test since."""
    lab = build_laboratory(cast)
    add_identifier(cast.noor, "riverside", "MRN-2002", by=PLATFORM, at=cast.at)
    record_infusion(
        cast.noor, course=1, given_on=cast.today - timedelta(days=365), facility=cast.riverside,
        authorization_number=None, by=PLATFORM, at=cast.at,
    )  # fmt: skip
    return lab


def test_an_analyst_sees_a_message_through(page: Page, look: Inspection, cast: Cast) -> None:
    lab = treated(cast)
    quest = noors(
        lab, f"{TSH}|2.1|u[IU]/mL", f"{CULTURE}|no growth", "PLT^Platelet ct^L|250|K/uL",
        "11502-2^Report^LN^REP^Report^L|^application^pdf^Base64^JVBERi0xLjQK",
    )  # fmt: skip
    lena = Person(page, look)
    lena.given_i_am_signed_in_as("lena")
    lena.then_i_read("Nothing waits.")
    lena.when_i_follow("Try a message")
    page.get_by_label("Message").fill(quest.replace("\r", "\n"))
    lena.when_i_press("Try it")
    lena.then_i_read("MSA|AA|M1", "The program watches no such test. It is kept.")
    lena.then_it_is_sound("laboratory try")
    assert not LabMessageRow.objects.exists()
    lab.send(quest)
    page.goto("/laboratory/")
    lena.then_it_is_sound("laboratory home")
    lena.when_i_follow("Say what the code means")
    lena.then_it_is_sound("laboratory waiting")
    lena.when_i_follow("Platelet ct")
    lena.then_i_read("777-3")
    lena.then_it_is_sound("laboratory code")
    page.get_by_label("It means").select_option("platelets")
    lena.when_i_press("See what follows")
    lena.then_i_read("1 item will be taken in.")
    lena.then_it_is_sound("laboratory effect")
    lena.when_i_press("Keep on record")
    lena.then_i_read("what waited for it went on")
    lena.then_it_is_sound("laboratory codes")
    assert Result.objects.filter(test="platelets", value="250").exists()


def test_what_a_laboratory_takes_back_is_open_again(
    page: Page, look: Inspection, cast: Cast
) -> None:
    lab = treated(cast)
    before = thyroid_of(cast)
    lab.send(noors(lab, f"{TSH}|2.1|u[IU]/mL"))
    assert thyroid_of(cast) != before
    lab.send(noors(lab, f"{TSH}|2.1|u[IU]/mL|D", control="M2", later="5"))
    assert thyroid_of(cast) == before
    lena = Person(page, look)
    lena.given_i_am_signed_in_as("lena")
    lena.when_i_follow("Message log")
    lena.then_it_is_sound("laboratory messages")
    page.get_by_label("Control ID, or our number of the message").fill("M1")
    lena.when_i_press("Search")
    page.get_by_role("table").get_by_role("link").first.click()
    lena.then_i_read("Kept, and replaced since.", "Other messages about the same reports")
    expect(page.get_by_text("PID-3 Patient identifiers")).to_have_count(1)
    lena.then_it_is_sound("laboratory message")


def test_what_a_laboratory_corrects_unreadably_is_open_until_somebody_has_looked(
    page: Page, look: Inspection, cast: Cast
) -> None:
    lab = treated(cast)
    before = thyroid_of(cast)
    lab.send(noors(lab, f"{TSH}|2.1|u[IU]/mL"), noors(lab, f"{TSH}|2.2|u[IU]/mL", control="M2"))
    met = thyroid_of(cast)
    lab.send(noors(lab, f"{TSH}|see note|u[IU]/mL|C", control="M3", later="5"))
    assert met != before and thyroid_of(cast) == before
    amara = Person(page, look)
    amara.given_i_am_signed_in_as("amara")
    page.goto(f"/watching/patients/{cast.noor.number}/")
    amara.then_i_read("Being corrected", "what they met is open again")
    page.locator("details.trend summary").first.click()
    amara.then_it_is_sound("results being corrected")
    page.context.clear_cookies()
    lena = Person(page, look)
    lena.given_i_am_signed_in_as("lena")
    lena.when_i_follow("Waiting")
    lena.then_i_read("A result counts no longer until somebody has looked.")
    lena.when_i_follow("TSH")
    lena.then_i_read("Said before, and counts no longer")
    lena.then_it_is_sound("laboratory correction")
    page.locator("label", has_text="What was said before was right").click()
    page.get_by_label("Reason").fill("The laboratory was called.")
    page.get_by_role("button", name="See what follows").last.click()
    lena.then_i_read("What was said before counts again.")
    lena.when_i_press("Keep on record")
    lena.then_i_read("It is on record, with your name.")
    assert thyroid_of(cast) == met
    take_the_refusal_back(page, lena)
    assert thyroid_of(cast) == before


def take_the_refusal_back(page: Page, lena: Person) -> None:
    """On the page of what was refused; it waits again."""
    lena.then_i_read("Take the refusal back")
    lena.then_it_is_sound("laboratory refused")
    page.get_by_label("Reason").fill("It can be read after all.")
    lena.when_i_press("See what follows")
    lena.then_i_read("1 item will go on waiting")
    lena.then_it_is_sound("laboratory refusal taken back")
    lena.when_i_press("Keep on record")
    lena.then_i_read("Enter what is missing")


def test_an_analyst_finds_out_whom_a_report_is_about(
    page: Page, look: Inspection, cast: Cast
) -> None:
    lab = build_laboratory(cast)
    lab.send(
        lab.message(f"{TSH}|2.1|m[IU]/L", pid="MRN-7^^^RIVER^MR"),
        lab.message(f"{TSH}|see note|m[IU]/L", control="M2", order="F2"),
        lab.message(f"{TSH}|2.1|barrels", control="M3", order="F3"),
    )
    lena = Person(page, look)
    lena.given_i_am_signed_in_as("lena")
    page.goto("/laboratory/waiting/")
    page.locator("#who").get_by_role("link").click()
    lena.then_i_read("the birth date, the name")
    lena.then_it_is_sound("laboratory reconcile")
    choose_mara(page, lena, "The clinic says so.")
    lena.then_i_read("It is on record, with your name.", "The clinic says so.")
    assert Result.objects.get(value="2.1", unit="m[IU]/L").patient == cast.mara
    lena.then_it_is_sound("laboratory reconcile decided")
    take_back_and_choose_again(page, lena, cast)
    page.goto("/laboratory/waiting/")
    page.get_by_role("link", name="TSH").first.click()
    lena.then_it_is_sound("laboratory item")
    page.goto("/laboratory/waiting/")
    page.locator("#review").get_by_role("link").click()
    lena.then_it_is_sound("laboratory results to look at")
    lena.when_i_follow("Connections")
    lena.then_it_is_sound("laboratory connections")
    lena.when_i_follow("Riverside Laboratory")
    lena.then_it_is_sound("laboratory connection")
    page.goto("/laboratory/connections/new/")
    lena.then_it_is_sound("laboratory connect")
    page.goto("/laboratory/checklist/")
    lena.when_i_press("Run the checklist")
    lena.then_i_read("25 of 25 come out as they have to")
    lena.then_it_is_sound("laboratory checklist")


def choose_mara(page: Page, lena: Person, reason: str) -> None:
    """Say that the report is about her."""
    page.locator("label", has_text="Mara Lindqvist").click()
    page.get_by_label("Reason").first.fill(reason)
    page.get_by_role("button", name="See what follows").first.click()
    lena.when_i_press("Keep on record")


def take_back_and_choose_again(page: Page, lena: Person, cast: Cast) -> None:
    """It was somebody else, and then it was Mara after all; her other result was not hers."""
    page.get_by_label("Reason").fill("The clinic had the wrong Mara.")
    lena.when_i_press("See what follows")
    lena.then_i_read("1 result counts no more. What it met is open again.")
    lena.when_i_press("Keep on record")
    lena.then_i_read("Say who it is")
    choose_mara(page, lena, "It was she.")
    assert Result.objects.get(value="2.1", replaced_at=None, unit="m[IU]/L").patient == cast.mara
    page.get_by_role("table").get_by_role("link").first.click()
    lena.then_i_read("Take this result back")
    lena.then_it_is_sound("laboratory item settled")
    page.get_by_label("Reason").fill("The tube was somebody else’s.")
    lena.when_i_press("See what follows")
    lena.when_i_press("Keep on record")
    lena.then_i_read("Refused. Somebody looked at it and rejected it.")
    assert not Result.objects.filter(value="2.1", replaced_at=None, unit="m[IU]/L").exists()
