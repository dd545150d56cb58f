"""People on their way in, who answer every page of a form as it comes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator

from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.accounts.registration import intend_role
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.participants.actions import record_step
from etasu.registry.participants.models import Participant
from etasu.safe_use.program import StepKind
from tests.journeys.people import Person
from tests.portals.world import PASSWORD, PROGRAM

NEWCOMERS = {
    access.PRESCRIBER: ("prescriber", "Dr. Nia Okafor", "1245319599"),
    access.FACILITY_REPRESENTATIVE: ("facility", "Lakeside Infusion", "1003000126"),
    access.PHARMACY_REPRESENTATIVE: ("pharmacy", "Birch Pharmacy", "1992999999"),
}


class Newcomer(Person):
    """Somebody who has an account, and wants to take part."""

    typed = letters = chosen = 0

    def type(self, label: str, text: str) -> None:
        """Fill a field in, and count it."""
        self.page.get_by_label(label, exact=False).first.fill(text)
        self.typed += 1

    def when_i_say_who_takes_part(self, role: str) -> None:
        """The page asked once."""
        kind, name, npi = NEWCOMERS[role]
        if kind != "prescriber":
            self.type("Its name", name)
        self.type("NPI", npi)
        if kind == "pharmacy":
            self.type("NCPDP", "1234567")
        if kind == "facility":
            self.page.locator("label", has_text="Hospital").first.click()
        self.type("City", "Boston")
        self.page.get_by_label("State").select_option("MA")
        self.type("ZIP Code", "02139")
        self.type("Telephone", "617-555-0142")
        self.when_i_press("Continue")

    def when_i_answer_the_page(self) -> None:
        """Whatever is not filled in already."""
        for part in self.page.locator("form.form .field").all():
            if part.is_visible():
                self._answer(part)
        self.when_i_press("Save and continue")

    def when_i_fill_the_form_in(self) -> None:
        """Every page of the form, each looked over."""
        self.when_i_press("Begin")
        while self.page.locator("form.form").count():
            before = self.page.url
            self.then_it_is_sound(before)
            self.when_i_answer_the_page()
            assert self.page.url != before, self.page.locator("main").inner_text()

    def when_i_sign(self) -> None:
        """Confirm who I am, and sign."""
        self.page.get_by_label("Your password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign", exact=True).click()

    def _answer(self, part: Locator) -> None:
        radios = part.locator("input[type=radio]")
        if radios.count():
            if not part.locator("input[type=radio]:checked").count():
                part.locator("label.usa-radio__label").first.click()
                self.chosen += 1
            return
        if part.locator("input[type=checkbox]").count():
            part.locator("label.usa-checkbox__label").click()
            self.chosen += 1
            return
        choice = part.locator("select")
        if choice.count():
            if not choice.input_value():
                self.chosen += 1
                if choice.locator("option[value=MA]").count():
                    choice.select_option("MA")
                else:
                    choice.select_option(index=1)
            return
        control = part.locator("input, textarea").first
        if control.input_value() or "(optional)" in part.inner_text():
            return
        self.typed += 1
        is_day = control.get_attribute("type") == "date"
        label = part.inner_text()
        day = "1985-06-02" if "birth" in label else "2025-06-02"
        text = day if is_day else _text_for(label)
        self.letters += len(text)
        control.fill(text)


def _text_for(label: str) -> str:
    for word, text in (
        ("First name", "Lena"),
        ("Last name", "Fischer"),
        ("Email", "office@example.org"),
        ("Telephone", "617-555-0142"),
        ("Fax", "617-555-0143"),
        ("City", "Boston"),
        ("ZIP", "02139"),
        ("DEA", "AB1234563"),
    ):
        if word in label:
            return text
    return "1 Harbor Street"


def a_newcomer(role: str) -> str:
    """An account whose owner said what they want to be."""
    at = datetime.now(UTC)  # noqa: TID251 - the browser lives in real time
    name = NEWCOMERS[role][1] if role == access.PRESCRIBER else "Nia Okafor"
    user = User.objects.create_user(email="nia@example.org", password=PASSWORD, full_name=name)
    User.objects.filter(pk=user.pk).update(email_confirmed_by=user.number, email_confirmed_at=at)
    intend_role(user, PROGRAM, role, by=PLATFORM, at=at)
    return "nia"


EAST = ZoneInfo("America/New_York")


def trained() -> None:
    """The training done, as the training center notes it."""
    at = datetime.now(UTC)  # noqa: TID251 - the browser lives in real time
    found = Participant.objects.order_by("-pk").first()
    version = library.current().effective(PROGRAM, at.date())
    assert found is not None and version is not None
    for step in version.parties[found.kind].steps:
        if step.kind in (StepKind.REVIEW, StepKind.ASSESS):
            record_step(
                found, version, step.code, on=at.astimezone(EAST).date(), by=PLATFORM, at=at
            )
