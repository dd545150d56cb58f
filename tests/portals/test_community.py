"""The community's pages: a care partner from the consent to leaving, and doors that stay shut."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from etasu.registry.accounts.access import ADMINISTRATOR, MODERATOR
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.community.facts import Who
from etasu.registry.community.members import join
from etasu.registry.community.models import Block, Follow, Member, Nod, Post, PostReport, Ruling
from etasu.registry.community.writing import New, delete_post
from etasu.registry.notices.actions import EMAIL, PORTAL, Message, queue
from etasu.registry.patient_support import sharing
from etasu.registry.patients.models import Patient as Enrolled
from etasu.registry.reactions import enrollment_ended, post_written
from etasu.registry.safety.models import SafetyCase
from etasu.registry.submissions.actions import Given, give_consent
from tests.factories.mail_server import MailServer
from tests.portals.patient_world import ADDRESS, BORN, Patient
from tests.portals.world import PASSWORD, PROGRAM, Cast, add_person

NOOR = Actor("consent link 1", "patient")


@pytest.fixture
def eva(cast: Cast, signed_in: Callable[[str], Client]) -> Client:
    """Eva, who helps Noor and is shared nothing."""
    asked = sharing.Asked("Eva", "eva@example.org", ())
    sent = sharing.invite_partner(cast.noor, asked, by=NOOR, at=cast.at)
    user = User.objects.create_user("eva@example.org", PASSWORD, full_name="Eva Example")
    sharing.accept_sharing(sent.token, user, by=NOOR, at=cast.at)
    return signed_in("eva")


@pytest.fixture
def moe(cast: Cast, signed_in: Callable[[str], Client]) -> Client:
    """A moderator."""
    add_person(PROGRAM, "moe", MODERATOR, None, cast.at)
    return signed_in("moe")


@pytest.fixture
def mia(moe: Client, cast: Cast, signed_in: Callable[[str], Client]) -> Client:
    """A second moderator."""
    add_person(PROGRAM, "mia", MODERATOR, None, cast.at)
    return signed_in("mia")


@pytest.fixture
def heron(cast: Cast) -> Member:
    """Noor, as the others know her."""
    noor = cast.noor
    given = Given(PROGRAM, "patient-community", "patient", noor.pk, noor.number, "Noor", "link")
    give_consent(given, on=cast.today, by=NOOR, at=cast.at)
    return join(Who(PROGRAM, patient=noor), "Blue Heron", by=NOOR, at=cast.at)


def joined(client: Client, name: str = "Gray Owl") -> None:
    client.post("/community/allow/", {"agree": "on"})
    assert client.post("/community/join/", {"pseudonym": name}).url == "/community/"  # type: ignore[attr-defined]


def text(client: Client, address: str, sent: dict[str, Any] | None = None) -> str:
    """The page that comes of it, and it is there."""
    response = client.get(address) if sent is None else client.post(address, sent, follow=True)
    assert response.status_code == 200, address
    return response.content.decode()


def test_a_care_partner_from_the_consent_to_leaving(eva: Client, moe: Client) -> None:
    assert eva.get("/community/boards/helpers/").url == "/community/"  # type: ignore[attr-defined]
    assert "Tick the box if you allow this" in text(eva, "/community/allow/", {})
    assert "The name others see" in text(eva, "/community/allow/", {"agree": "on"})
    assert "This shows who you are" in text(eva, "/community/join/", {"pseudonym": "eva 1"})
    joined(eva)
    begin = "/community/boards/helpers/begin/"
    words = {"title": "His chest pain", "words": "It came at noon. <script>1</script>"}
    page = text(eva, begin, words | {"form_token": "once"})
    for said in ("Call 911 now", "988", "1-800-FDA-1088", "&lt;script&gt;", "only you see it"):
        assert said in page
    text(eva, begin, words | {"form_token": "once"})
    assert Post.objects.count() == 1 and SafetyCase.objects.count() == 1, "sent twice, kept once"
    assert "What is it about" in text(eva, begin, {"words": "x" * 3001}), "nothing typed is lost"


def test_a_moderator_decides_about_the_words_that_were_read(eva: Client, moe: Client) -> None:
    joined(eva)
    begin = "/community/boards/helpers/begin/"
    unseen = {"title": "\u200b", "words": "\u202e \u200d"}
    assert "Say in a few words" in text(eva, begin, unseen) and not Post.objects.exists()
    text(eva, begin, {"title": "\u202eHelp\a", "words": "You are all fools"})
    (post,) = Post.objects.all()
    assert post.topic.title == "Help"
    seen = text(moe, f"/moderation/posts/{post.number}/")
    (read,) = re.findall(r'name="read" value="([^"]+)"', seen)
    text(eva, f"/community/posts/{post.number}/edit/", {"words": "Fools, all of you"})
    late = {"verdict": "leave", "read": read}
    seen = text(moe, f"/moderation/posts/{post.number}/", late)
    assert "changed the words" in seen
    assert "Before it was changed:" in seen and "You are all fools" in seen
    assert not Ruling.objects.exists()


def second_look(eva: Client, moe: Client, mia: Client, ruling: Ruling) -> None:
    """Eva disagrees with what Moe decided; he may not answer that, and Mia does."""
    assert "Say why" in text(eva, f"/community/rulings/{ruling.number}/appeal/", {})
    text(eva, f"/community/rulings/{ruling.number}/appeal/", {"words": "He is so ill"})
    again = eva.get(f"/community/rulings/{ruling.number}/appeal/")
    assert again["Location"] == "/community/mine/", "it is asked once"
    page, answer = (
        f"/moderation/appeals/{ruling.number}/",
        {"verdict": "show", "answer": "Right you are"},
    )
    shown = text(moe, page)
    assert "He is so ill" in shown and "so another moderator answers" in shown
    assert "There is no other one" not in shown and "Keep the decision" not in shown
    assert "Another moderator has to decide" in text(moe, page, answer)
    User.objects.filter(email="mia@example.org").update(is_active=False)
    assert "must have a second moderator appointed" in text(moe, page)
    User.objects.filter(email="mia@example.org").update(is_active=True)
    text(mia, page, answer)


def test_what_a_moderator_hides_and_a_second_look(eva: Client, moe: Client, mia: Client) -> None:
    joined(eva)
    begin = "/community/boards/helpers/begin/"
    words = {"title": "Help", "words": "You are all fools"}
    text(eva, begin, words)
    (post,) = Post.objects.all()
    assert "Gray Owl" in text(moe, "/moderation/")
    for wrong in ({"verdict": "hide", "days": "31"}, {"verdict": "hide"}, {}):
        assert "There is a problem" in text(moe, f"/moderation/posts/{post.number}/", wrong)
    assert "with the safety staff" in text(moe, f"/moderation/posts/{post.number}/side-effect/", {})
    hide = {"verdict": "hide", "rule": "be-kind", "reason": "Mind your words", "days": "2"}
    text(moe, f"/moderation/posts/{post.number}/", hide)
    ruling = Ruling.objects.get()
    mine = text(eva, "/community/mine/")
    assert "Mind your words" in mine and "you can write again from" in mine
    assert eva.get(f"/community/posts/{post.number}/edit/").status_code == 404
    kept = text(eva, begin, {"title": "Sorry", "words": "I meant no harm"})
    assert "Copy your words" in kept and "I meant no harm" in kept and 'value="Sorry"' in kept
    kept = text(eva, f"/community/posts/{post.number}/edit/", {"words": "You are all dear"})
    assert "Copy your words" in kept and "You are all dear" in kept
    assert Post.objects.count() == 1
    second_look(eva, moe, mia, ruling)
    assert "Right you are" in text(eva, "/community/mine/")
    better = {"words": "It came at noon, and went"}
    assert "went" in text(eva, f"/community/posts/{post.number}/edit/", better)
    for _ in range(2):
        text(eva, f"/community/posts/{post.number}/delete/", {"form_token": "once"})
    gone = f"/community/topics/{post.topic.number}"
    assert eva.get(f"{gone}/").status_code == eva.get(f"{gone}/answer/").status_code == 404
    kept = text(eva, f"{gone}/answer/", {"words": "Is anybody there"})
    assert "Copy your words" in kept and "Is anybody there" in kept
    assert "not a member any more" in text(eva, "/community/leave/", {})
    assert eva.get("/community/mine/").url == "/community/"  # type: ignore[attr-defined]


def test_a_moderator_reads_a_talk_as_members_do_and_hides_what_nobody_reported(
    eva: Client, moe: Client, heron: Member, cast: Cast
) -> None:
    joined(eva)
    new = New("Walks help", board="every-day", title="Good days")
    first = post_written(heron, new, by=NOOR, at=cast.at).post
    page = f"/moderation/posts/{first.number}/"
    text(moe, page, {"verdict": "leave"})
    rude, sad = (
        post_written(heron, New(words, first.topic), by=NOOR, at=cast.at).post
        for words in ("Fools, all of you", "It is hard to sleep")
    )
    assert "Living with MS" in text(moe, "/moderation/boards/")
    assert "Good days" in text(moe, "/moderation/boards/every-day/")
    talk = text(moe, f"/moderation/topics/{first.topic.number}/")
    assert "Fools" in talk and "Blue Heron" in talk and cast.noor.full_name not in talk
    shown = text(moe, f"/moderation/posts/{rude.number}/")
    assert "Everybody may read it" not in shown and "Hide this post" in shown
    why = {"verdict": "hide", "rule": "be-kind", "reason": "Unkind", "form_token": "once"}
    for _ in range(2):
        assert "What waits" in text(moe, f"/moderation/posts/{rude.number}/", why)
    assert Ruling.objects.filter(how="hidden").count() == 1
    talk = text(moe, f"/moderation/topics/{first.topic.number}/")
    assert "Fools" in talk and "Hidden: only its author sees it" in talk
    assert "It is hidden." in text(moe, f"/moderation/posts/{rude.number}/")
    assert "Fools" not in text(eva, f"/community/topics/{first.topic.number}/")
    reported = text(moe, f"/moderation/posts/{sad.number}/side-effect/", {})
    assert "with the safety staff" in reported and SafetyCase.objects.count() == 1
    delete_post(sad, by=NOOR, at=cast.at)
    talk = text(moe, f"/moderation/topics/{first.topic.number}/")
    assert "It is hard" not in talk and "Its author deleted it" in talk
    assert moe.get(f"/moderation/posts/{sad.number}/").status_code == 404
    assert "with the safety staff" in text(moe, f"/moderation/posts/{sad.number}/side-effect/", {})
    assert SafetyCase.objects.count() == 1, "the same post is one case, whoever reads it by now"
    for nothing in ("boards/x/", "topics/X/", "posts/X/"):
        assert moe.get(f"/moderation/{nothing}").status_code == 404
    assert eva.get("/moderation/boards/").status_code == 404


def test_all_that_is_wrong_is_told_at_once_and_whoever_may_not_write_is_given_no_form(
    eva: Client, moe: Client
) -> None:
    joined(eva)
    begin = "/community/boards/helpers/begin/"
    text(eva, begin, {"title": "Help", "words": "You are all fools"})
    page = f"/moderation/posts/{Post.objects.get().number}/"
    told = text(moe, page, {"verdict": "hide", "days": "abc"})
    for said in ("Choose the rule it breaks", "Say why; the author reads it", "such as 7"):
        assert said in told
    assert "textarea" in text(eva, begin)
    hide = {"verdict": "hide", "rule": "be-kind", "reason": "Mind your words", "days": "2"}
    text(moe, page, hide)
    shut = text(eva, begin)
    assert "you can write again from" in shut and "textarea" not in shut


def test_an_emergency_is_first_says_whom_to_call_and_is_hidden_by_no_rule(
    eva: Client, moe: Client, heron: Member, cast: Cast
) -> None:
    joined(eva)
    early = New("Hello to all of you", board="every-day", title="Early days")
    post_written(heron, early, by=NOOR, at=cast.at)
    words = {"title": "Bad days", "words": "I have chest pain"}
    text(eva, "/community/boards/helpers/begin/", words)
    listed = text(moe, "/moderation/")
    assert listed.index("Bad days") < listed.index("Early days")
    urgent, usual = Post.objects.get(topic__title="Bad days"), Post.objects.get(member=heron)
    shown = text(moe, f"/moderation/posts/{urgent.number}/")
    for said in ("This may be an emergency", "1-855-676-6326", "988", "within 2 hours"):
        assert said in shown
    calm = text(moe, f"/moderation/posts/{usual.number}/")
    assert "This may be" not in calm and "None, but others" not in calm
    hide = {"verdict": "hide", "rule": "no-rule", "reason": "Please call 911", "days": "3"}
    page = f"/moderation/posts/{urgent.number}/"
    assert "Leave it empty: the post breaks no rule" in text(moe, page, hide)
    text(moe, f"/moderation/posts/{usual.number}/", hide | {"days": ""})
    assert not Ruling.objects.exists(), "only what may be an emergency"
    text(moe, page, hide | {"days": ""})
    mine = text(eva, "/community/mine/")
    assert "breaks no rule, and is hidden for your safety" in mine and "Please call 911" in mine


def test_what_tells_who_somebody_is_is_asked_about_before_it_is_sent(
    eva: Client, heron: Member, cast: Cast
) -> None:
    Enrolled.objects.filter(pk=cast.noor.pk).update(birth_date=date(1968, 6, 12), city="Dayton")
    joined(eva)
    told = "Noor, 12 de junio de 1968, SSN 123-45-6789, OH 45402, facebook.com/noor.b"
    asked = text(eva, "/community/boards/helpers/begin/", {"title": "Hi", "words": told})
    for what in ("a name", "a birth date", "a Social Security", "a web page", "somebody lives"):
        assert what in asked
    assert not Post.objects.exists()
    eva.post("/community/leave/")
    assert "This shows who you are" in text(eva, "/community/allow/", {"agree": "on"}) + text(
        eva, "/community/join/", {"pseudonym": "Dayton Owl"}
    )
    assert "This shows who you are" in text(eva, "/community/join/", {"pseudonym": "Owl 1968"})


def test_what_is_hidden_meanwhile_or_was_written_under_a_former_name_is_not_found(
    eva: Client, moe: Client, heron: Member, cast: Cast
) -> None:
    joined(eva)
    new = New("Walks help", board="every-day", title="Good days")
    post = post_written(heron, new, by=NOOR, at=cast.at).post
    text(moe, f"/moderation/posts/{post.number}/", {"verdict": "leave"})
    text(eva, f"/community/topics/{post.topic.number}/answer/", {"words": "So they do"})
    own = Post.objects.latest("pk")
    text(eva, "/community/leave/", {})
    joined(eva, "Green Owl")
    ways = (("block", {}), ("report", {"rule": "other"}), ("nod", {"kind": "thank-you"}))
    for verdict in ("", "leave"):
        text(moe, f"/moderation/posts/{own.number}/", {"verdict": verdict})
        for way, sent in ways:
            response = eva.post(f"/community/posts/{own.number}/{way}/", sent)
            assert response.status_code == 404, (way, verdict)
    page = text(eva, f"/community/topics/{post.topic.number}/")
    assert f"/posts/{own.number}/" not in page and "So they do" in page
    assert not Block.objects.exists() and not PostReport.objects.exists()


def test_words_sent_after_the_way_in_was_lost_are_shown_back(eva: Client, moe: Client) -> None:
    joined(eva)
    begin, words = "/community/boards/helpers/begin/", {"title": "Hi", "words": "A long <b> story"}
    text(eva, "/community/leave/", {})
    for client, on in ((eva, "/community/"), (Client(), "/sign-in/?next=%2Fcommunity%2F")):
        response = client.post(begin, words)
        page = response.content.decode()
        assert response.status_code == 403 and "A long &lt;b&gt; story" in page
        assert f'href="{on}"' in page and "/p/choices/" in page
    assert not Post.objects.exists()


def test_a_long_topic_is_read_page_by_page_and_leads_back_to_where_one_was(
    eva: Client, moe: Client, heron: Member, cast: Cast
) -> None:
    joined(eva)
    new = New("Day 0 by the sea", board="every-day", title="Good days")
    first = post_written(heron, new, by=NOOR, at=cast.at).post
    text(moe, f"/moderation/posts/{first.number}/", {"verdict": "leave"})
    for n in range(1, 45):
        last = post_written(
            heron, New(f"Day {n} by the sea", first.topic), by=NOOR, at=cast.at
        ).post
    page = f"/community/topics/{first.topic.number}/"
    assert "Day 19 by" in text(eva, page) and "Page 1 of 3" in text(eva, page)
    assert "Day 20 by" not in text(eva, page) and "Day 44 by" in text(eva, f"{page}?page=3")
    led = eva.post(f"/community/posts/{last.number}/nod/", {"kind": "thank-you"})
    assert led["Location"] == f"{page}?page=3#{last.number}"
    led = eva.post(f"{page}answer/", {"words": "And so it goes on"})
    assert f"{page}?page=3#" in led["Location"]
    waits = f"/moderation/posts/{Post.objects.latest('pk').number}/"
    assert f"?page=3#{Post.objects.latest('pk').number}" in text(moe, waits)


def test_a_member_answers_without_words_and_looks_away(
    eva: Client, moe: Client, heron: Member, cast: Cast
) -> None:
    joined(eva)
    new = New("Walks help", board="every-day", title="Good days")
    post = post_written(heron, new, by=NOOR, at=cast.at).post
    page = f"/community/posts/{post.number}"
    assert eva.get(f"/community/topics/{post.topic.number}/").status_code == 404, "it is held"
    text(moe, f"/moderation/posts/{post.number}/", {"verdict": "leave"})
    decided = text(moe, f"/moderation/posts/{post.number}/", {"verdict": "leave"})
    assert "Somebody decided this meanwhile" in decided
    assert eva.get("/community/topics/a%00b/").status_code == 404, "looked for nowhere"
    shown = text(eva, f"/community/topics/{post.topic.number}/")
    assert "Blue Heron" in shown and cast.noor.full_name not in shown
    text(eva, f"{page}/nod/", {"kind": "thank-you"})
    assert Nod.objects.get().member.pseudonym == "Gray Owl"
    assert eva.post(f"{page}/nod/", {"kind": "applause"}).status_code == 404
    text(eva, f"/community/topics/{post.topic.number}/follow/", {"wanted": "yes"})
    text(eva, f"/community/topics/{post.topic.number}/follow/", {"wanted": "no"})
    assert Follow.objects.get(member__pseudonym="Gray Owl").ended_at is not None
    assert "Choose what is wrong" in text(eva, f"{page}/report/", {})
    text(eva, f"{page}/report/", {"rule": "other", "words": "Not sure"})
    assert PostReport.objects.get().rule == ""
    for way in ("edit", "delete"):
        assert eva.get(f"{page}/{way}/").status_code == 404, "it is not hers"
    for _ in range(2):
        twice = {"form_token": "once"}
        assert "Nobody has written here yet" in text(eva, f"{page}/block/", twice)
    assert eva.post(f"{page}/block/", {"form_token": "other"}).status_code == 404
    number = Block.objects.get().blocked.number
    assert "Blue Heron" in text(eva, "/community/mine/")
    text(eva, f"/community/members/{number}/see-again/", {})
    assert "Good days" in text(eva, "/community/boards/every-day/")
    for nothing in ("topics/X/", "posts/X/report/", "rulings/X/appeal/", "boards/x/"):
        assert eva.get(f"/community/{nothing}").status_code == 404


def test_whoever_left_the_program_is_not_asked_to_allow_what_would_let_them_in_no_more(
    cast: Cast, mail: MailServer
) -> None:
    here = {"email": ADDRESS, "birth_date": BORN}
    Enrolled.objects.filter(pk=cast.noor.pk).update(**here)
    enrollment_ended(cast.noor, on=cast.today, reason="moved away", by=PLATFORM, at=cast.at)
    noor = Patient()
    noor.browser.post("/p/choices/", {"email": ADDRESS})
    noor.arrive(mail)
    page = text(noor.browser, "/community/")
    assert "takes part in the program now" in page and "/allow/" not in page


def test_the_community_is_nobody_elses(
    cast: Cast, eva: Client, heron: Member, signed_in: Callable[[str], Client]
) -> None:
    add_person(PROGRAM, "rosa", ADMINISTRATOR, None, cast.at)
    rosa = signed_in("rosa")
    for address in ("/community/", "/community/mine/", "/moderation/"):
        assert rosa.get(address).status_code == 404, "whoever administers knows names"
    assert Client().get("/community/mine/")["Location"] == "/sign-in/?next=%2Fcommunity%2Fmine%2F"
    assert eva.get("/moderation/").status_code == 404
    assert "/community/" in eva.get("/partner/").content.decode()
    user = User.objects.get(email="eva@example.org")
    about = ("member", heron.number)
    told = Message(PROGRAM, "", "c", "community_news", "care_partner", about, "x", (PORTAL, EMAIL))
    notice = queue(told, user, by=PLATFORM, at=cast.at)
    assert notice is not None
    page = eva.get(f"/messages/{notice.number}/").content.decode()
    assert "something new in the community" in page and 'href="/community/"' in page
