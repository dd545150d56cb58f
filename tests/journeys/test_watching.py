"""A prescriber follows up: an urgent result first, then what is longest overdue."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.by_hand import ByHand, enter_results
from etasu.registry.monitoring.models import Extension, Result, SignalRow, Waiver
from etasu.registry.notices.models import Reminder
from tests.journeys.browser import Inspection
from tests.journeys.people import Person
from tests.portals.test_watching import flag, treat
from tests.portals.world import Cast


def test_a_prescriber_answers_a_result_and_decides(
    page: Page, look: Inspection, cast: Cast
) -> None:
    treat(cast, cast.noor, 75)
    for days_ago, value in ((400, "231"), (380, "214"), (80, "240"), (50, "138"), (30, "171")):
        record_result(
            cast.mara,
            "platelets",
            collected_on=cast.today - timedelta(days=days_ago),
            value=value,
            unit="10*3/uL",
            by=PLATFORM,
            at=cast.at,
        )
    flag(cast, cast.mara)
    amara = Person(page, look)
    amara.given_i_am_signed_in_as("amara")
    amara.when_i_follow("Follow up")
    amara.then_i_read("A result is urgent", "Something is long overdue")
    amara.then_it_is_sound("follow up")
    amara.when_i_follow("Mara Lindqvist")
    amara.then_it_is_sound("tests and results flagged")
    amara.when_i_follow("Say what you did")
    amara.then_it_is_sound("answer a result")
    page.get_by_label("What did you do?").fill("Count repeated today: 142.")
    amara.when_i_press("Keep on record")
    amara.then_i_read("What you did is on record.")
    assert SignalRow.objects.get().done == "Count repeated today: 142."
    page.goto(f"/watching/patients/{cast.noor.number}/")
    amara.then_it_is_sound("tests and results overdue")
    reminded(cast, amara)
    amara.when_i_follow("It need not be done")
    amara.then_it_is_sound("waive")
    page.get_by_label("Reason").fill("Done at another hospital.")
    amara.when_i_press("Keep on record")
    amara.when_i_follow("Have it go on longer")
    amara.then_it_is_sound("extend")
    page.get_by_label("Through which day?").fill("2040-01-01")
    page.get_by_label("Reason").fill("Platelets are not steady.")
    amara.when_i_press("Keep on record")
    amara.then_i_read("2040")
    assert Waiver.objects.count() == Extension.objects.count() == 1


def test_a_prescriber_takes_back_what_was_typed_wrongly(
    page: Page, look: Inspection, cast: Cast
) -> None:
    treat(cast, cast.mara, 200)
    amara = Person(page, look)
    amara.given_i_am_signed_in_as("amara")
    typed_by = Actor(User.objects.get(email="amara@example.org").number, "prescriber")
    for days, count in ((190, "2"), (160, "1"), (130, "20-30"), (100, "<5"), (70, "3"), (40, "2")):
        on = cast.today - timedelta(days=days)
        typed = [ByHand("urine-erythrocytes", count, "/HPF", on, low="0", high="3")]
        enter_results(cast.mara, typed, by=typed_by, at=cast.at)
    page.goto(f"/watching/patients/{cast.mara.number}/")
    amara.then_i_read("crosses a limit")
    amara.then_it_is_sound("tests and results with a range")
    page.get_by_role("row", name="20-30").get_by_role("link").click()
    amara.then_it_is_sound("take a result back")
    page.get_by_label("Reason").fill("It was read off another report.")
    amara.when_i_press("Keep on record")
    amara.then_i_read("It counts no more. What it met is open again.")
    gone = Result.objects.get(value="20-30")
    assert gone.replaced_by == typed_by.number


def reminded(cast: Cast, amara: Person) -> None:
    """A text message that did not arrive, one that did, and the page that says so."""
    said = {"program": "lemtrada", "program_version": "2024-03-04", "code": "test-due-patient"}
    said |= {"person": cast.noor.number, "due_on": cast.today, "channel": "sms"}
    said |= {"next_try": cast.at, "queued_at": cast.at, "queued_by": "platform"}
    ended = {"state": "failed", "reason": "wrong", "closed_at": cast.at, "closed_by": "platform"}
    arrived = {"state": "delivered", "address": "+12125550100"}
    for name in ("handed_over", "delivered"):
        arrived |= {f"{name}_at": cast.at, f"{name}_by": "platform"}
    for offset, became in ((0, ended), (7, arrived)):
        covers = [["monthly-cbc", cast.today.isoformat()]]
        Reminder.objects.create(**said, **became, offset_days=offset, covers=covers)
    amara.when_i_follow("What the patient was reminded of")
    amara.then_i_read("The number or address is wrong", "Delivered")
    amara.then_it_is_sound("what the patient was reminded of")
    amara.when_i_follow("Back to tests and results")
