"""A patient joins the community in Spanish on a small phone; a side effect in it is not missed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from etasu.registry.accounts.access import MODERATOR
from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import Who
from etasu.registry.community.members import join
from etasu.registry.community.models import Member, Post, Ruling
from etasu.registry.community.moderating import NO_RULE, Verdict, appeal_ruling, decide_post
from etasu.registry.community.writing import New
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import post_written
from etasu.registry.safety.models import SafetyCase
from etasu.registry.submissions.actions import Given, give_consent
from tests.factories.mail_server import MailServer, link_in
from tests.journeys.browser import NARROW, Inspection, context_of, printed_pages
from tests.journeys.people import Person
from tests.portals.patient_world import BORN
from tests.portals.world import PROGRAM, Cast, add_person

MARA = "mara@example.org"
NOOR = Actor("noor", "patient")
TITLE = "My second year"


class Mara(Person):
    """A patient who tells of something without calling it a side effect."""

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

    def when_i_join(self) -> None:
        """The rules, and the consent; by keyboard alone."""
        self.when_i_tab_to("Comunidad")
        self.when_i_press_enter("**/community/")
        self.then_i_read("Conecte con otros que entienden")
        self.then_it_is_sound("community before joining")
        self.when_i_tab_to("Lea primero lo que todos respetamos")
        self.when_i_press_enter("**/community/rules/")
        self.then_i_read("Sea amable", "En una emergencia, llame al 911")
        self.page.go_back()
        self.when_i_tab_to("Leer y permitirlo")
        self.when_i_press_enter("**/allow/")
        self.when_i_tab_to("Su nombre completo")
        self.page.keyboard.type("Mara Lindqvist")
        self.when_i_press_enter("**/community/")
        self.when_i_tab_to("Elegir un nombre y unirse")
        self.when_i_press_enter("**/community/join/")

    def when_i_choose_a_name(self) -> None:
        """Not her own, and nobody else's; and a look at the medicine before she goes on."""
        for name, said in (
            ("Mara L", "Esto muestra quién es usted"),
            ("Garza Azu1", "Alguien ya tiene este nombre"),
        ):
            self.when_i_tab_to("El nombre que ven los demás")
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(name)
            self.page.keyboard.press("Enter")
            expect(self.page.get_by_role("alert")).to_contain_text(said)
        self.then_it_is_sound("community join")
        self.when_i_tab_to("El nombre que ven los demás")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type("Luna Clara")
        self.when_i_press_enter("**/community/")
        self.then_i_read("Le damos la bienvenida", "Luna Clara")
        self.then_it_is_sound("community boards")
        self.when_i_tab_to("La medicina en una página")
        self.when_i_press_enter("**/medicine/")
        self.then_i_read("Qué dice la advertencia del recuadro", "Quién no debe recibirla")
        self.then_it_is_sound("the medicine on one page")
        assert printed_pages(self.page) <= 2
        self.page.go_back()

    def when_i_write(self, words: str, instead: str) -> None:
        """A number is asked about before it goes out, and nothing typed is lost."""
        self.when_i_tab_to("Vivir con EM cada día")
        self.when_i_press_enter("**/boards/every-day/")
        self.then_i_read(TITLE, "Garza Azul")
        self.when_i_tab_to(TITLE)
        self.when_i_press_enter("**/topics/**")
        self.then_i_read("Walks help")
        self.then_it_is_sound("community topic")
        self.when_i_tab_to("Escribir una respuesta")
        self.when_i_press_enter("**/answer/")
        self.when_i_tab_to("¿Qué quiere decir?")
        self.page.keyboard.type(words)
        self.when_i_tab_to("Enviar")
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("alert")).to_contain_text("un número de teléfono")
        expect(self.page.get_by_label("¿Qué quiere decir?")).to_have_value(words)
        self.then_it_is_sound("community answer")
        self.when_i_tab_to("¿Qué quiere decir?")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(instead)
        self.when_i_tab_to("Enviar")
        self.when_i_press_enter("**/topics/**")
        self.then_i_read("Alguien que modera lo lee primero", "puede ser un efecto secundario")
        self.then_i_read("1-800-FDA-1088")
        self.then_it_is_sound("community post held")

    def when_i_report(self, words: str) -> None:
        """The post of another member, by its rule."""
        self.page.reload()
        self.then_i_read(words)
        self.page.get_by_role("link", name="Denunciar este mensaje").last.focus()
        self.when_i_press_enter("**/report/")
        self.page.keyboard.press("Tab")
        self.when_i_tab_to("Sea amable")
        self.page.keyboard.press("Space")
        self.then_it_is_sound("community report")
        self.when_i_tab_to("Denunciarlo")
        self.when_i_press_enter("**/topics/**")
        self.then_i_read("Nadie sabe quién lo denunció")

    def then_it_is_gone(self, words: str) -> None:
        """Nothing of it is left on the page."""
        self.page.reload()
        expect(self.page.get_by_text(words)).to_have_count(0)

    def when_i_leave(self) -> None:
        """What it means first; then she is out at once."""
        self.page.goto("/community/")
        self.when_i_tab_to("Dejar la comunidad")
        self.when_i_press_enter("**/take-back/")
        self.then_i_read("mi nombre se va")
        self.page.get_by_role("main").get_by_role("button").first.focus()
        self.when_i_press_enter("**/p/choices/all/")
        self.page.goto("/community/boards/every-day/")
        self.then_i_read("Antes de unirse, debe permitirlo")


class Moe(Person):
    """A moderator, who knows nobody by name."""

    def when_i_decide(self, title: str, hides: bool) -> None:
        """Open what waits, the rules beside it, and decide."""
        self.when_i_follow("What waits")
        self.when_i_follow(title)
        if not hides:
            self.page.locator('label:text-is("Everybody may read it")').click()
            self.when_i_press("Keep the decision")
            return
        self.then_i_read("A member says:", "The rules")
        self.page.locator('label:text-is("Hide it")').click()
        self.when_i_press("Keep the decision")
        expect(self.page.get_by_role("alert")).to_contain_text("Say why; the author reads it")
        self.then_it_is_sound("community decision")
        self.page.get_by_label("Which rule does it break?").select_option(index=1)
        self.page.get_by_label("What should the author know?").fill("Say it kindly, please.")
        self.page.get_by_label("For how many days").fill("3")
        self.when_i_press("Keep the decision")
        self.then_i_read("Your decision is kept.")

    def when_i_hide_an_emergency(self, title: str) -> None:
        """First on the list; its page says whom to call, and no rule is named that holds."""
        self.when_i_follow("What waits")
        expect(self.page.get_by_role("table").get_by_role("link").first).to_have_text(title)
        self.when_i_follow(title)
        self.then_i_read("This may be an emergency", "call the program at 1-855-676-6326")
        self.then_it_is_sound("moderators emergency")
        self.page.locator('label:text-is("Hide it")').click()
        none = "None, but others should not read it now"
        self.page.get_by_label("Which rule does it break?").select_option(label=none)
        self.page.get_by_label("What should the author know?").fill("Please call 911.")
        self.when_i_press("Keep the decision")
        self.then_i_read("Your decision is kept.")

    def when_i_read_the_boards(self, title: str, board: str) -> None:
        """As members read them; what is hidden is marked, and what is shown can be opened."""
        self.when_i_follow("Boards")
        self.then_it_is_sound("moderators boards")
        self.when_i_follow(board)
        self.when_i_follow(title)
        self.then_i_read("Walks help", "You fool", "Hidden: only its author sees it")
        self.then_it_is_sound("moderators topic")
        self.page.get_by_role("link", name="Open this post").first.click()
        self.then_i_read("Hide this post")
        self.then_it_is_sound("moderators shown post")
        self.when_i_press("Report it as a side effect")
        self.then_i_read("It is with the safety staff.")

    def then_another_one_answers(self, ruling: Ruling) -> None:
        """Whoever hid the post is told that somebody else answers the appeal, and why none can."""
        self.page.goto(f"/moderation/appeals/{ruling.number}/")
        self.then_i_read("so another moderator answers", "must have a second moderator appointed")
        self.then_it_is_sound("moderators own appeal")


@pytest.fixture
def heron(cast: Cast) -> Member:
    """Noor, whom others know as Garza Azul, wrote before."""
    mine = {"email": MARA, "birth_date": BORN, "language": "es"}
    Patient.objects.filter(pk=cast.mara.pk).update(**mine)
    add_person(PROGRAM, "moe", MODERATOR, None, cast.at)
    noor = cast.noor
    given = Given(PROGRAM, "patient-community", "patient", noor.pk, noor.number, "Noor", "link")
    give_consent(given, on=cast.today, by=NOOR, at=cast.at)
    member = join(Who(PROGRAM, patient=noor), "Garza Azul", by=NOOR, at=cast.at)
    new = New("Walks help", board="every-day", title=TITLE)
    first = post_written(member, new, by=NOOR, at=cast.at).post
    decide_post(first, Verdict(hides=False), by=Actor("moe", MODERATOR), at=cast.at)
    return member


def test_a_side_effect_among_friends_is_heard_and_a_rude_word_is_not(
    page: Page,
    look: Inspection,
    browser: Browser,
    live_server: object,
    cast: Cast,
    heron: Member,
    mail: MailServer,
) -> None:
    moe = Moe(page, look)
    moe.given_i_am_signed_in_as("moe")
    with context_of(browser, base_url=str(live_server)) as context:
        phone = context.new_page()
        phone.set_viewport_size(NARROW)
        mara = Mara(phone, Inspection(phone))
        mara.given_i_opened_my_page(mail)
        mara.when_i_join()
        mara.when_i_choose_a_name()
        mara.when_i_write(
            "Llámame al 555-555-0142. Ando con moretones.", "Camino mucho, aunque con moretones."
        )
        case = SafetyCase.objects.get()
        assert (case.patient, case.source) == (cast.mara, "community")
        moe.page.reload()
        moe.then_i_read("Luna Clara", "a first post")
        assert "Lindqvist" not in moe.page.content() and "Mara" not in moe.page.content()
        moe.then_it_is_sound("community what waits")
        moe.when_i_decide(TITLE, hides=False)
        rude = New("You fool", Post.objects.get(member=heron).topic)
        post_written(heron, rude, by=NOOR, at=cast.at)
        mara.when_i_report("You fool")
        moe.when_i_decide(TITLE, hides=True)
        ruling = Ruling.objects.get(rule="be-kind")
        assert ruling.suspended_until is not None and ruling.post.member == heron
        moe.when_i_read_the_boards(TITLE, "Living with MS every day")
        moe.then_another_one_answers(appeal_ruling(ruling, "A joke", by=NOOR, at=cast.at))
        mara.then_it_is_gone("You fool")
        mara.when_i_leave()
    left = Member.objects.get(pseudonym="Luna Clara")
    assert left.left_at is not None and Post.objects.filter(member=left).exists()
    assert SafetyCase.objects.filter(patient=cast.noor).exists()


def test_what_may_be_an_emergency_is_seen_first(
    page: Page, look: Inspection, cast: Cast, heron: Member
) -> None:
    for title, words in (("Calm", "Call 555-555-0142"), ("A bad night", "My chest pain is back")):
        new = New(words, board="every-day", title=title)
        post_written(heron, new, by=NOOR, at=cast.at)
    moe = Moe(page, look)
    moe.given_i_am_signed_in_as("moe")
    moe.when_i_hide_an_emergency("A bad night")
    ruling = Ruling.objects.get(how="hidden")
    assert ruling.rule == NO_RULE and ruling.suspended_until is None
