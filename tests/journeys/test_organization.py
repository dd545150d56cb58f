"""Representatives: a second site, a roster with mistakes in it, staff who come in, and the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.participants import sites
from etasu.registry.participants.models import Participant
from tests.factories.mail_server import MailServer, link_in
from tests.factories.organizations import roster
from tests.journeys.browser import Inspection, context_of
from tests.journeys.newcomers import Newcomer
from tests.portals.test_organization import train
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person

STAFF = [f"Staff{chr(97 + n)} Lake,s{n}@example.org,other staff,2026-04-20" for n in range(21)]
BAD = [
    "Bad Address,nobody,other staff,2026-04-20",
    "=1+1,formula@example.org,other staff,2026-04-20",
    "Tomo Row,tomo@example.org,surgeon,2026-04-20",
]


class Representative(Newcomer):
    """Somebody who represents a site."""

    def when_i_name_the_organization(self) -> None:
        """The site becomes the first of an organization."""
        self.when_i_follow("Make it the first site")
        self.then_it_is_sound("organization new")
        self.when_i_press("Make the organization")
        self.then_the_summary_has_the_focus()
        self.type("Name of the organization", "Riverside Health")
        self.when_i_press("Make the organization")

    def when_i_add_a_site(self) -> None:
        """A second site, with a mistake in its ZIP Code first."""
        self.when_i_follow("Add a site")
        self.then_it_is_sound("organization add")
        self.type("Its name", "Lakeside Infusion")
        self.type("NPI", "1245319599")
        self.page.locator("label", has_text="Hospital").first.click()
        self.type("City", "Boston")
        self.page.get_by_label("State").select_option("MA")
        self.type("ZIP Code", "94105")
        self.type("Telephone", "617-555-0142")
        self.when_i_press("Add the site")
        self.then_the_summary_has_the_focus()
        self.then_it_is_sound("organization add mistake")
        self.type("ZIP Code", "02139")
        self.when_i_press("Add the site")
        self.then_i_read("The site is registered. It can now be certified.")

    def when_i_sign_for_the_site(self, name: str) -> None:
        """The enrollment form, from the site's list of steps to the signature."""
        self.when_i_follow("Sign the")
        if name == "lakeside":
            self.then_it_is_sound("organization enroll")
        self.when_i_press("Begin")
        # Every page of the form is looked over where somebody enrolls.
        while self.page.locator("form.form").count():
            self.when_i_answer_the_page()
        self.when_i_follow("Continue to sign")
        self.when_i_sign()
        self.then_the_answer_is("The form is signed")

    def when_i_send_the_roster(self, content: bytes) -> None:
        """Choose a file and send it."""
        file = {"name": "staff.csv", "mimeType": "text/csv", "buffer": content}
        self.page.get_by_label("The roster, as a CSV file").set_input_files([file])
        self.when_i_press("Send the roster")

    def when_i_accept(self, link: str, name: str) -> None:
        """Open the mailed link, make an account, and sign in."""
        self.page.goto(link)
        self.then_it_is_sound(f"invitation {name}")
        assert "token" not in self.page.url
        self.page.get_by_label("Choose a password").fill(PASSWORD)
        self.page.get_by_label("The password again").fill(PASSWORD)
        self.when_i_press("Make my account and accept")
        self.then_i_read("Your account is ready.")
        self.page.get_by_label("E-mail address").fill(f"{name}@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()


@contextmanager
def somebody_else(browser: Browser, page: Page) -> Iterator[Representative]:
    """Another person at another browser."""
    address = page.url.split("/", 3)
    with context_of(browser, base_url="/".join(address[:3])) as context:
        other = context.new_page()
        yield Representative(other, Inspection(other))


def test_a_facility_grows_and_is_handed_on(
    browser: Browser, page: Page, look: Inspection, cast: Cast, mail: MailServer
) -> None:
    at = cast.at - timedelta(days=9)
    role = access.FACILITY_REPRESENTATIVE
    Participant.objects.filter(pk=cast.riverside.pk).update(npi="1003000126")
    train(add_person(PROGRAM, "rita", role, cast.riverside, at), role, cast)
    rita = Representative(page, look)
    rita.given_i_am_signed_in_as("rita")
    rita.then_the_answer_is("Riverside")
    rita.then_it_is_sound("organization site")
    rita.when_i_name_the_organization()
    rita.when_i_add_a_site()
    rita.then_it_is_sound("organization second site")
    rita.when_i_sign_for_the_site("lakeside")
    page.goto("/organization/")
    rita.then_the_answer_is("Riverside Health")
    rita.then_it_is_sound("organization home")
    assert page.locator("tbody .tag", has_text="Certified").count() == 2
    _roster(rita, mail, browser, cast)
    _handover(rita, mail, browser, cast)


def _roster(rita: Representative, mail: MailServer, browser: Browser, cast: Cast) -> None:
    """Twenty-five rows, three of them bad; then a nurse comes in from the list."""
    nurse = "Ines Lake,ines@example.org,infusion nurse,4/20/2026"
    rita.when_i_follow("Riverside")
    rita.when_i_follow("Staff roster")
    rita.then_it_is_sound("roster empty")
    rita.when_i_follow("Send a CSV file")
    rita.then_it_is_sound("roster send")
    rita.when_i_press("Send the roster")
    rita.then_the_summary_has_the_focus()
    rita.when_i_send_the_roster(roster(nurse, *STAFF, *BAD))
    rita.then_i_read("22 people are new.", "3 rows were not taken.")
    expect(rita.page.locator("th[data-label=Row]").first).to_have_text("24")
    rita.then_it_is_sound("roster report")
    with rita.page.expect_download() as download:
        rita.when_i_follow("Download these rows to put them right")
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert "'=1+1" in text and len(text.splitlines()) == 4
    rita.when_i_press("Invite 1 person")
    rita.then_i_read("The invitation is sent.")
    rita.then_it_is_sound("roster invited")
    with somebody_else(browser, rita.page) as ines:
        ines.when_i_accept(link_in(mail.newest_to("ines@example.org")), "ines")
        ines.then_i_read("Infusion nurse", "Riverside")
        ines.then_it_is_sound("nurse comes in")
    rita.page.reload()
    rita.then_i_read("Signs in")


def _handover(rita: Representative, mail: MailServer, browser: Browser, cast: Cast) -> None:
    """Cleo takes over, and Rita stops at the moment Cleo has signed for both sites."""
    rita.when_i_follow("Back to the site")
    rita.when_i_follow("Name a representative")
    rita.then_it_is_sound("representative next")
    rita.type("Their full name", "Cleo Next")
    rita.type("Their e-mail address", "cleo@example.org")
    rita.page.get_by_text("Mine: I stop once they have signed").click()
    rita.when_i_press("Send the invitation")
    with somebody_else(browser, rita.page) as cleo:
        cleo.when_i_accept(link_in(mail.newest_to("cleo@example.org")), "cleo")
        _signs_and_trains(cleo, cast)
    for site in Participant.objects.filter(organization__name="Riverside Health"):
        assert site.representative_left_on is None
        names = [each.user.full_name for each in sites.representatives_of(site)]
        assert names == ["Cleo Next"]
    rita.page.goto("/organization/")
    expect(rita.page.get_by_role("heading", name="Riverside Health")).to_have_count(0)
    rita.then_it_is_sound("nothing to represent")


def _signs_and_trains(cleo: Representative, cast: Cast) -> None:
    for place in ("Riverside", "Lakeside Infusion"):
        cleo.page.goto("/organization/")
        cleo.when_i_follow(place)
        cleo.then_i_read("You are taking over", "Rita Example represents this site")
        if place == "Riverside":
            cleo.then_it_is_sound("taking over")
        cleo.when_i_sign_for_the_site(place)
    # Signed, and not yet trained: Rita goes on.
    cleo.page.goto("/organization/")
    cleo.when_i_follow("Riverside")
    cleo.then_i_read("Until Cleo Next has trained and signed")
    train(User.objects.get(email="cleo@example.org"), access.FACILITY_REPRESENTATIVE, cast)
    cleo.page.reload()
    cleo.then_i_read("Certified")
    cleo.then_it_is_sound("taken over")
    expect(cleo.page.get_by_text("You are taking over")).to_have_count(0)


def test_a_pharmacy_in_short(
    browser: Browser, page: Page, look: Inspection, cast: Cast, mail: MailServer
) -> None:
    at = cast.at - timedelta(days=9)
    add_person(PROGRAM, "pia", access.PHARMACY_REPRESENTATIVE, cast.cedar, at)
    pia = Representative(page, look)
    pia.given_i_am_signed_in_as("pia")
    pia.then_the_answer_is("Cedar Pharmacy")
    pia.when_i_follow("Staff roster")
    pia.when_i_follow("Enter one person")
    pia.then_it_is_sound("roster person")
    pia.type("Their full name", "Paul Lake")
    pia.type("Their e-mail address", "paul@example.org")
    page.get_by_text("Pharmacist", exact=True).last.click()
    pia.when_i_press("Put on the roster")
    pia.when_i_press("Invite 1 person")
    with somebody_else(browser, page) as paul:
        paul.when_i_accept(link_in(mail.newest_to("paul@example.org")), "paul")
        paul.then_i_read("Pharmacist", "Cedar Pharmacy")
    pia.when_i_follow("Remove")
    pia.then_it_is_sound("roster remove")
    pia.when_i_press("Take off the roster")
    pia.then_i_read("Nobody is on the roster yet.")
    pia.when_i_follow("Back to the site")
    pia.when_i_follow("End")
    pia.then_i_read("Nobody else represents", "This program has no grace")
    pia.then_it_is_sound("representative leaves")
    pia.when_i_press("End it now")
    pia.then_the_summary_has_the_focus()
    pia.when_i_follow("Leave everything as it is")
    pia.then_the_answer_is("Cedar Pharmacy")
