"""Forms on pages: whatever happens, nothing typed is lost, and one submission comes of it.

Each test goes through every form of the main program.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import connection
from django.test import Client

from etasu.portals.components.form_pages.pages import CHECK, keys_on, page_after, pages_of
from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.actions import Beginning, begin_draft, save_answers
from etasu.registry.submissions.facts import answers_of, definition_of
from etasu.registry.submissions.models import Draft, DraftAnswer, Signature, SignedForm
from etasu.safe_use.forms import kept_answers
from etasu.safe_use.program import FormDefinition
from tests.factories.answers import right_answers
from tests.portals.conftest import Moment
from tests.portals.paper_reading import words_of
from tests.portals.world import NOW, PASSWORD, PROGRAM, Cast, add_person
from tests.registry.drafting import tampering

SignIn = Callable[[str], Client]
# Who fills in the forms of each role, and for whom.
WHO = {
    access.PRESCRIBER: ("amara", "amara"),
    access.INFUSION_NURSE: ("ben", "riverside"),
    access.FACILITY_REPRESENTATIVE: ("rita", "riverside"),
    access.PHARMACY_REPRESENTATIVE: ("pia", "cedar"),
}


def forms() -> list[FormDefinition]:
    """Every form of the program that somebody at work fills in."""
    version = library.current().effective(PROGRAM, NOW.date())
    assert version is not None
    return [each for each in version.forms.values() if each.filled_by in WHO]


FORMS = [each.code for each in forms()]
DOUBT = "This record is not as it was signed."


class Desk(NamedTuple):
    """A form under way, and the browser of whoever fills it in."""

    draft: Draft
    definition: FormDefinition
    client: Client
    answers: dict[str, str]

    def place(self, code: str) -> str:
        """The address of a page."""
        tail = code if code in ("check", "sign", "signed") else f"page/{code}"
        return f"/forms/{self.draft.number}/{tail}/"

    def seen(self, code: str, client: Client | None = None) -> str:
        """The revision a page was made from."""
        shown = (client or self.client).get(self.place(code)).content.decode()
        found = re.search(r'name="seen_revision" value="(\d+)"', shown)
        assert found is not None, code
        return found[1]

    def keys(self, code: str) -> set[str]:
        """The keys of the answers a page asks for now."""
        return keys_on(self.definition, self.answers | answers_of(self.draft), code) | {
            key
            for key in keys_on(self.definition, answers_of(self.draft), code)
            if key in self.answers
        }

    def sent(self, code: str, seen: str) -> dict[str, str]:
        """What somebody sends who answers everything on a page."""
        keys = self.keys(code)
        said = {key: self.answers[key] for key in keys if self.answers.get(key)}
        return {**said, "seen_revision": seen}

    def fill_in(self, code: str, client: Client | None = None) -> None:
        """Answer a page."""
        browser = client or self.client
        answer = browser.post(self.place(code), self.sent(code, self.seen(code, browser)))
        assert answer.status_code == 302, (code, answer.context["form"].errors)

    def walk(self) -> None:
        """Answer every page, one after the other."""
        code = pages_of(self.definition, {})[0]
        while code != CHECK:
            self.fill_in(code)
            code = page_after(self.definition, answers_of(self.draft), code)

    def kept(self) -> dict[str, str]:
        """The answers on record that count."""
        return kept_answers(self.definition, answers_of(self.draft))

    def wanted(self) -> dict[str, str]:
        """The answers that should be."""
        return kept_answers(self.definition, self.answers)

    def signature(self) -> dict[str, str]:
        """What somebody sends who signs."""
        shown = self.client.get(self.place("sign")).content.decode()
        assert "Your password" in shown and "(optional)" not in shown
        named = r'name="(shown|form_token)" value="([^"]+)"'
        found = {key: value for key, value in re.findall(named, shown)}
        return {**found, "full_name": "Somebody", "password": PASSWORD}


@pytest.fixture
def desk(cast: Cast, signed_in: SignIn, request: pytest.FixtureRequest) -> Desk:
    return a_desk(request.param, cast, signed_in)


def a_desk(form: str, cast: Cast, signed_in: SignIn) -> Desk:
    """The form begun by whoever fills it in."""
    add_person(PROGRAM, "rita", access.FACILITY_REPRESENTATIVE, cast.riverside, cast.at)
    add_person(PROGRAM, "pia", access.PHARMACY_REPRESENTATIVE, cast.cedar, cast.at)
    definition = next(each for each in forms() if each.code == form)
    who, whose = WHO[definition.filled_by]
    owner = getattr(cast, whose)
    is_own = form.endswith("-enrollment") and form != "patient-enrollment"
    about = owner if is_own else cast.mara
    beginning = Beginning(
        PROGRAM,
        form,
        "participant" if is_own else "patient",
        about.pk,
        about.number,
        owner_id=owner.pk,
    )
    by = Actor(who, definition.filled_by)
    draft = begin_draft(beginning, by=by, at=cast.at, on=cast.today)
    answers = right_answers(definition, cast.today)
    return Desk(draft, definition_of(draft)[1], signed_in(who), answers)


every_form = pytest.mark.parametrize("desk", FORMS, indirect=True)


def signs_itself(desk: Desk) -> bool:
    """Whether whoever fills it in signs first."""
    return desk.definition.signers[0].role == desk.definition.filled_by


@every_form
def test_a_form_answered_page_by_page_is_whole_and_is_signed_once(desk: Desk) -> None:
    desk.walk()
    assert desk.kept() == desk.wanted()
    checked = desk.client.get(desk.place("check"))
    assert checked.status_code == 200 and checked.context["lacking"] == []
    if not signs_itself(desk):
        assert desk.client.get(desk.place("sign")).status_code == 404
        return
    sent = desk.signature()
    for _click in range(2):
        answer = desk.client.post(desk.place("sign"), sent)
        assert answer.status_code == 302 and answer["Location"] == desk.place("signed")
    assert Signature.objects.filter(draft=desk.draft).count() == 1
    if len(desk.definition.signers) == 1:
        assert SignedForm.objects.get(draft=desk.draft).answers == desk.wanted()
    shown = desk.client.get(desk.place("signed")).content.decode()
    # Whatever name is sent along, it is the account's own that is printed.
    assert "Somebody" not in shown and 'signature__name">' in shown
    under = Signature.objects.get(draft=desk.draft)
    own = User.objects.get(number=under.signed_by).full_name
    assert under.printed_name == own and own in shown
    printed = words_of(desk.client.get(f"/forms/{desk.draft.number}/form.pdf").content)
    signed = SignedForm.objects.filter(draft=desk.draft).first()
    assert (signed.number if signed else desk.draft.number) in shown + printed
    if signed is not None:
        assert "Valid. The text on record" in printed and DOUBT not in printed + shown
        with tampering("submissions_signature") as cursor:
            cursor.execute("DELETE FROM submissions_signature")
        assert DOUBT in desk.client.get(desk.place("signed")).content.decode()
        again = desk.client.get(f"/forms/{desk.draft.number}/form.pdf").content
        assert DOUBT in words_of(again)


@every_form
def test_a_session_that_ends_in_the_middle_loses_no_field(
    desk: Desk, moment: Moment, signed_in: SignIn
) -> None:
    codes = pages_of(desk.definition, desk.answers)
    desk.fill_in(codes[0])
    moment.now += timedelta(hours=13)
    sent = desk.sent(codes[0], "1")
    turned_away = desk.client.post(desk.place(codes[0]), sent)
    assert turned_away["Location"].startswith("/sign-in/")
    again = desk._replace(client=signed_in(WHO[desk.definition.filled_by][0]))
    keys = {key for key in sent if key != "seen_revision"}
    assert {key: answers_of(desk.draft).get(key) for key in keys} == {
        key: desk.answers.get(key) for key in keys
    }
    again.walk()
    assert again.kept() == again.wanted()


@every_form
def test_going_back_and_sending_an_old_page_again_loses_no_field(desk: Desk) -> None:
    codes = pages_of(desk.definition, desk.answers)
    old = {code: desk.seen(code) for code in codes if code in pages_of(desk.definition, {})}
    desk.walk()
    for code, seen in old.items():
        # The page as it was before anything was answered: the back button, then Continue.
        desk.client.post(desk.place(code), {"seen_revision": seen})
        desk.client.post(desk.place(code), desk.sent(code, seen))
    assert desk.kept() == desk.wanted()


@every_form
def test_two_tabs_lose_no_field_and_make_one_submission(desk: Desk) -> None:
    codes = pages_of(desk.definition, {})
    seen = desk.seen(codes[0])
    first = desk.sent(codes[0], seen)
    half = dict(list(first.items())[: len(first) // 2])
    desk.client.post(desk.place(codes[0]), {**half, "seen_revision": seen})
    desk.client.post(desk.place(codes[0]), first)
    desk.walk()
    assert desk.kept() == desk.wanted()
    assert Draft.objects.filter(form=desk.draft.form).count() == 1


@every_form
def test_a_page_sent_twice_is_saved_once(desk: Desk) -> None:
    code = pages_of(desk.definition, {})[0]
    sent = desk.sent(code, desk.seen(code))
    for _click in range(2):
        assert desk.client.post(desk.place(code), sent).status_code == 302
    rows = DraftAnswer.objects.filter(draft=desk.draft, is_known=False)
    fields = list(rows.values_list("field", flat=True))
    assert len(fields) == len(set(fields))


def test_two_people_who_answer_differently_are_both_shown(cast: Cast, signed_in: SignIn) -> None:
    desk = a_desk("prescriber-enrollment", cast, signed_in)
    code = pages_of(desk.definition, {})[0]
    seen = desk.seen(code)
    sent = desk.sent(code, seen)
    key = next(key for key in sent if key.endswith("last-name"))
    other = {**sent, key: "Other"}
    by = Actor("somebody-else", access.DELEGATE)
    kept = {k: v for k, v in other.items() if k != "seen_revision"}
    save_answers(desk.draft, kept, seen_revision=int(seen), by=by, at=cast.at)
    answer = desk.client.post(desk.place(code), sent)
    shown = answer.content.decode()
    assert answer.status_code == 200 and "Other" in shown and desk.answers[key] in shown
    now = re.search(r'name="seen_revision" value="(\d+)"', shown)
    assert now is not None
    desk.client.post(desk.place(code), {**sent, "seen_revision": now[1]})
    assert answers_of(desk.draft)[key] == desk.answers[key]


def test_what_is_wrong_is_said_at_its_field_and_kept_all_the_same(
    cast: Cast, signed_in: SignIn
) -> None:
    desk = a_desk("prescriber-enrollment", cast, signed_in)
    code = pages_of(desk.definition, {})[0]
    sent = {**desk.sent(code, desk.seen(code)), "npi": "1234567890"}
    answer = desk.client.post(desk.place(code), sent)
    assert answer.status_code == 200
    assert "This is not an NPI" in answer.content.decode()
    assert answers_of(desk.draft)["npi"] == "1234567890"
    desk.client.post(desk.place(code), {**sent, "later": "yes"})
    assert desk.client.get(desk.place("check")).context["lacking"]
    assert desk.client.get(desk.place("sign")).status_code == 302


def test_what_is_only_missing_can_wait(cast: Cast, signed_in: SignIn) -> None:
    desk = a_desk("prescriber-enrollment", cast, signed_in)
    code = pages_of(desk.definition, {})[0]
    empty = {"seen_revision": desk.seen(code)}
    assert desk.client.post(desk.place(code), empty).status_code == 200
    later = desk.client.post(desk.place(code), {**empty, "later": "yes"})
    assert later.status_code == 302


def test_answers_changed_after_the_text_was_shown_are_not_signed(
    cast: Cast, signed_in: SignIn
) -> None:
    desk = a_desk("prescriber-enrollment", cast, signed_in)
    desk.walk()
    sent = desk.signature()
    by = Actor("somebody-else", access.DELEGATE)
    desk.draft.refresh_from_db()
    changed = {"last-name": "Changed"}
    save_answers(desk.draft, changed, seen_revision=desk.draft.revision, by=by, at=cast.at)
    answer = desk.client.post(desk.place("sign"), sent)
    assert answer.status_code == 200 and "Read the text again" in answer.content.decode()
    assert not Signature.objects.exists()


def test_a_delegate_fills_in_and_never_signs(cast: Cast, signed_in: SignIn) -> None:
    desk = a_desk("prescriber-enrollment", cast, signed_in)
    add_person(PROGRAM, "dana", access.DELEGATE, cast.amara, cast.at)
    dana = desk._replace(client=signed_in("dana"))
    dana.walk()
    assert "signature" in dana.client.get(dana.place("check")).content.decode()
    assert dana.client.get(dana.place("sign")).status_code == 404
    assert dana.client.post(dana.place("sign"), {"full_name": "D"}).status_code == 404
    assert [each.number for each in waiting(desk.client)] == [desk.draft.number]


def waiting(client: Client) -> list[object]:
    """The forms on the list of somebody's to sign."""
    found: list[object] = client.get("/forms/").context["ready"]
    return found


def test_ten_forms_are_signed_in_one_sitting_each_shown(cast: Cast, signed_in: SignIn) -> None:
    numbers = []
    client = signed_in("amara")
    for course in range(1, 11):
        about = Beginning(
            PROGRAM,
            "patient-status",
            "patient",
            cast.mara.pk,
            cast.mara.number,
            cast.amara.pk,
            course,
        )
        by = Actor("amara", access.PRESCRIBER)
        draft = begin_draft(about, by=by, at=cast.at, on=cast.today)
        answers = right_answers(definition_of(draft)[1], cast.today)
        save_answers(draft, answers, seen_revision=draft.revision, by=by, at=cast.at)
        numbers.append(draft.number)
    page = client.get("/forms/sign-together/").content.decode()
    assert page.count('class="signed-text"') == 10
    shown = dict(re.findall(r'name="(shown\.[^"]+)"\s+value="([^"]+)"', page))
    sent = {**shown, "drafts": numbers[:9], "full_name": "Dr. Amara", "password": PASSWORD}
    assert client.post("/forms/sign-together/", sent).status_code == 302
    signed = set(SignedForm.objects.exclude(draft=None).values_list("draft__number", flat=True))
    assert signed == set(numbers[:9])
    assert Signature.objects.values("text_hash").count() == 9


def test_somebody_elses_form_is_not_there(cast: Cast, signed_in: SignIn) -> None:
    desk = a_desk("prescriber-enrollment", cast, signed_in)
    for name in ("beck", "ben", "cora", "rita"):
        stranger = signed_in(name)
        for tail in ("", "check/", "sign/", "signed/", "form.pdf", "page/prescriber/"):
            answer = stranger.get(f"/forms/{desk.draft.number}/{tail}")
            assert answer.status_code == 404, (name, tail)


@pytest.mark.django_db(transaction=True)
def test_four_windows_signing_at_once_make_one_form(cast: Cast, signed_in: SignIn) -> None:
    desk = a_desk("prescriber-enrollment", cast, signed_in)
    desk.walk()
    sent = desk.signature()
    session = desk.client.cookies["sessionid"].value
    led_to: list[int] = []

    def send() -> None:
        window = Client()
        window.cookies["sessionid"] = session
        led_to.append(window.post(desk.place("sign"), sent).status_code)
        connection.close()

    windows = [threading.Thread(target=send) for _ in range(4)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert set(led_to) == {302}
    assert SignedForm.objects.filter(draft=desk.draft).count() == 1
