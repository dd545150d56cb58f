"""The community: by consent alone, under a name, looked after, and no side effect goes unheard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from etasu.clock.community import look_after_community, tell_members
from etasu.clock.nightly import what_the_day_brings
from etasu.clock.sender import Letterhead
from etasu.programs import library
from etasu.registry.accounts.access import ADMINISTRATOR, CARE_PARTNER, MODERATOR
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.models import AuditEntry
from etasu.registry.community import answering, boards, facts, moderating, telling
from etasu.registry.community.answering import Complaint, NotSeen
from etasu.registry.community.facts import Who
from etasu.registry.community.members import NameRefused, NotAMember, join
from etasu.registry.community.models import Follow, Member, Nod, Post, PostText
from etasu.registry.community.moderating import CannotDecide, Decided, ReadAgain, Verdict
from etasu.registry.community.telling import is_in_vain
from etasu.registry.community.writing import CannotWrite, New, Suspended, delete_post
from etasu.registry.notices.models import Notice
from etasu.registry.participants.actions import add_member
from etasu.registry.patient_support import sharing
from etasu.registry.patient_support.sharing import Asked
from etasu.registry.patients import merging
from etasu.registry.patients.duplicates import open_review
from etasu.registry.patients.models import Patient
from etasu.registry.reactions import community as reactions
from etasu.registry.reactions import (
    community_left,
    consent_withdrawn,
    enrollment_ended,
    post_edited,
    post_is_event,
    post_written,
)
from etasu.registry.safety.models import SafetyCase
from etasu.registry.submissions.actions import Given, give_consent
from etasu.registry.submissions.models import Consent
from etasu.safe_use.community import HeldFor
from etasu.safe_use.safety_plan import Detail
from tests.factories.mail_server import MailServer
from tests.registry import labs
from tests.registry.labs import AT, PROGRAM

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOD, MAX = Actor("mo", MODERATOR), Actor("max", MODERATOR)
BOARD = "every-day"
LETTERHEAD = Letterhead("Etasu", "http://localhost", "etasu@example.org")
HIDE = Verdict(True, "be-kind", "Please say it kindly.", suspended_days=7)


def by(who: Who) -> Actor:
    return Actor(who.subject[2], "patient" if who.patient is not None else CARE_PARTNER)


def allow(who: Who) -> Consent:
    kind, pk, number = who.subject
    given = Given(who.program, "patient-community", kind, pk, number, "Somebody", "password")
    return give_consent(given, on=AT.date(), by=by(who), at=AT)


def joined(who: Who, name: str) -> Member:
    allow(who)
    return join(who, name, by=by(who), at=AT)


def write(member: Member, words: str, *, at: datetime = AT, **more: Any) -> Post:
    """A post; without a topic, a new one on a board."""
    new = New(words, **(more or {"board": BOARD, "title": "Good days"}))
    return post_written(member, new, by=by(facts.who_is(member)), at=at).post


def let_through(post: Post) -> Post:
    """A moderator leaves it to be read."""
    moderating.decide_post(post, Verdict(hides=False), by=MOD, at=AT)
    return Post.objects.get(pk=post.pk)


def staff(name: str, role: str) -> User:
    user = User.objects.create_user(f"{name}@example.org", None, full_name=name.title())
    add_member(user, None, role, program=PROGRAM, by=PLATFORM, at=AT - DAY)
    return user


@pytest.fixture(autouse=True)
def program(teaching_program: None) -> Iterator[None]:
    """The program with a community, a moderator and an administrator."""
    before = library.current()
    labs.use_lemtrada()
    staff("mo", MODERATOR)
    staff("ada", ADMINISTRATOR)
    yield
    library.use(before)


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    """A mail server on a socket."""
    server = MailServer()
    for name, value in server.settings().items():
        setattr(settings, name, value)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def mara() -> Who:
    return Who(PROGRAM, patient=labs.patient(email="mara.vale@example.org"))


@pytest.fixture
def noor() -> Who:
    return Who(PROGRAM, patient=labs.patient("Noor Hale", mrn="R-2"))


@pytest.fixture
def eva(noor: Who) -> Who:
    """Eva, who helps Noor."""
    ana = Actor("consent link 1", "patient")
    asked = Asked("Eva Prueba", "eva@example.org", ())
    sent = sharing.invite_partner(_patient(noor), asked, by=ana, at=AT)
    password = "correct horse battery"
    made = sharing.register_and_accept(sent.token, "Eva Prueba", password, by=PLATFORM, at=AT)
    return Who(PROGRAM, user=made.user)


def _patient(who: Who) -> Patient:
    assert who.patient is not None
    return who.patient


def test_nobody_is_a_member_without_the_consent_and_at_once_not_after_it(
    mara: Who, noor: Who, eva: Who
) -> None:
    """Taken back, left, or died: no reading, no writing, and no name at what was written."""

    def taken_back() -> None:
        given = Consent.objects.get(subject_kind="patient", subject_id=_patient(mara).pk)
        consent_withdrawn(given, how="link", by=by(mara), at=AT)

    def died() -> None:
        enrollment_ended(_patient(noor), on=AT.date(), reason="death", by=PLATFORM, at=AT)

    def left() -> None:
        community_left(eva, how="account", by=by(eva), at=AT)

    ends = {taken_back: mara, died: noor, left: eva}
    names = iter(("Blue Heron", "Red Kite", "Gray Owl"))
    members = {who: joined(who, next(names)) for who in ends.values()}
    first = let_through(write(members[mara], "Hello all"))
    for each in (noor, eva):
        let_through(write(members[each], "Hello", topic=first.topic))
    answering.nod_to(first, members[eva], "thank-you", by=by(eva), at=AT)
    for end, who in reversed(ends.items()):
        member = members[who]
        assert facts.member_now(who, AT) == member
        end()
        assert facts.member_now(who, AT) is None
        with pytest.raises(NotAMember):
            write(member, "Still here", topic=first.topic)
        with pytest.raises(NotAMember):
            answering.follow_topic(first.topic, member, True, by=by(who), at=AT)
        assert Member.objects.get(pk=member.pk).left_by is not None
        assert not Follow.objects.filter(member=member, ended_at=None).exists()
    assert not Nod.objects.filter(ended_at=None).exists()
    again = joined(mara, "Green Finch")
    seen = [
        (each.member.left_at, facts.words_of(each)) for each in facts.posts_for(again, first.topic)
    ]
    assert seen == [(AT, "Hello all"), (AT, "Hello"), (AT, "Hello")], "what was said stays"
    assert facts.own_post(again, first.number) is None, "a former name is nobody's to change"


def test_a_care_partner_who_helps_nobody_any_more_is_no_member(eva: Who) -> None:
    with pytest.raises(NotAMember):
        join(eva, "Gray Owl", by=by(eva), at=AT)
    for name in ("Eva of the hills", "Hale and well"):
        with pytest.raises(NameRefused):
            joined(eva, name)
    owl = joined(eva, "Gray Owl")
    (help_of_eva,) = sharing.CarePartner.objects.filter(user=eva.user)
    sharing.end_sharing(help_of_eva, by=PLATFORM, at=AT)
    assert facts.member_now(eva, AT) is None
    assert look_after_community(AT + HOUR)["ended"] == 1 and owl.pk in _left()
    with pytest.raises(NotAMember):
        join(eva, "Gray Goose", by=by(eva), at=AT + HOUR)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("BLUE HER0N", "taken"),
        ("Вlue Hérοn", "taken"),
        ("bluehe rn", None),
        ("Mara of the Sea", "own"),
        ("Vale 77", "own"),
        ("Nurse Blue", "staff"),
        ("Heron <b>", "strange"),
        ("H.", "too_short"),
    ],
)
def test_a_name_is_nobody_elses_and_shows_nobody(
    mara: Who, noor: Who, name: str, why: str | None
) -> None:
    joined(noor, "Blue Heron")
    allow(mara)
    if why is None:
        assert join(mara, f" {name} ", by=by(mara), at=AT).pseudonym == name
        return
    with pytest.raises(NameRefused) as refused:
        join(mara, name, by=by(mara), at=AT)
    assert refused.value.why == why


def test_what_may_be_a_side_effect_is_a_case_whatever_becomes_of_the_post(
    mara: Who,
) -> None:
    heron = joined(mara, "Blue Heron")
    new = New(
        "Lovely days. Bruises on my arms, and my CHEST PAIN is back.", board=BOARD, title="Hi"
    )
    sent = post_written(heron, new, by=by(mara), at=AT)
    assert sent.is_event and sent.is_emergency
    assert sent.held_for == (HeldFor.FIRST_POST, HeldFor.EMERGENCY)
    case = SafetyCase.objects.get()
    assert (case.source, case.patient, case.received_at) == ("community", mara.patient, AT)
    told = Notice.objects.filter(event="community_urgent").values_list("recipient__full_name")
    assert sorted(name for (name,) in told) == ["Ada", "Mo"]
    said = case.information.get()
    assert "Bruises" in said.words and "Hi" in said.words
    assert "Heron" not in repr(said.words) + repr(said.details), "a case does not tell the name"

    post_edited(sent.post, "Bruises, and now a fever.", by=by(mara), at=AT + HOUR)
    same = "Bruises, and now a fever."
    assert not post_edited(sent.post, same, by=by(mara), at=AT + HOUR).is_event
    delete_post(sent.post, by=by(mara), at=AT + HOUR)
    assert [each.words for each in sent.post.texts.order_by("pk")] == [new.words, same]
    assert case.information.count() == 2 and SafetyCase.objects.count() == 1


def test_what_a_care_partner_tells_is_of_whom_they_help_and_nothing_is_missed(
    noor: Who, eva: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    owl = joined(eva, "Gray Owl")
    partners = let_through(write(owl, "She is so tired these days"))
    theirs = SafetyCase.objects.get()
    assert theirs.patient == noor.patient
    assert theirs.information.get().details[Detail.REPORTER_CONTACT] == "eva@example.org"
    quiet = write(owl, "It is not as it was before", topic=partners.topic)
    assert SafetyCase.objects.count() == 1
    post_is_event(quiet, by=MOD, at=AT)
    post_is_event(quiet, by=MOD, at=AT + HOUR)
    assert SafetyCase.objects.count() == 2

    # Planted: for an hour no word is known. The night finds what was missed, and only that.
    with monkeypatch.context() as broken:
        broken.setattr("etasu.registry.reactions.community.words_that_tell", lambda *_: ())
        write(owl, "A rash on her back", topic=partners.topic)
    assert SafetyCase.objects.count() == 2
    done = what_the_day_brings(AT + DAY)
    assert done["posts"] == 1 and SafetyCase.objects.count() == 3
    assert SafetyCase.objects.order_by("-pk")[0].received_on == AT.date(), "counted from the post"
    assert what_the_day_brings(AT + DAY)["posts"] == 0


def test_whoever_says_that_it_is_the_same_for_them_tells_of_it_too(
    mara: Who, noor: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    heron, kite = joined(mara, "Blue Heron"), joined(noor, "Red Kite")
    walks = let_through(write(heron, "Walks help"))
    write(kite, "A mí también", topic=walks.topic)
    assert not SafetyCase.objects.exists()
    write(heron, "Fiebre toda la noche", topic=walks.topic)
    write(kite, "I like it", topic=walks.topic)
    # Planted: one post cannot be reported in the night. It stops no other.
    told = {each.patient for each in SafetyCase.objects.all()}
    assert told == {mara.patient}
    with monkeypatch.context() as broken:
        broken.setattr("etasu.registry.reactions.community._tells", lambda *_: False)
        for words in ("Me too!", "A rash"):
            write(kite, words, topic=walks.topic)

    def not_the_first(text: PostText, **who: Any) -> None:
        assert text.words != "Me too!"
        report(text, **who)

    with monkeypatch.context() as broken:
        report = reactions._report
        broken.setattr(reactions, "_report", not_the_first)
        assert what_the_day_brings(AT + DAY)["posts"] == 2, "what is old, and the rash"
    assert what_the_day_brings(AT + DAY)["posts"] == 1
    last = SafetyCase.objects.order_by("-pk")[0]
    words = last.information.get().words
    assert last.patient == noor.patient and words.startswith("Me too!") and "Good days" in words


def test_nothing_is_decided_about_words_that_nobody_read(mara: Who) -> None:
    post = write(joined(mara, "Blue Heron"), "Hello")
    read = facts.newest_text(post).number
    post_edited(post, "I am Mara, 555-555-0142", by=by(mara), at=AT)
    for verdict in (Verdict(hides=False), HIDE):
        with pytest.raises(ReadAgain):
            moderating.decide_post(post, verdict._replace(read=read), by=MOD, at=AT)
    newest = facts.newest_text(Post.objects.get()).number
    moderating.decide_post(post, HIDE._replace(read=newest), by=MOD, at=AT)


def test_a_case_and_its_post_are_kept_together_or_not_at_all(
    mara: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    heron = joined(mara, "Blue Heron")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the list of cases is full")

    monkeypatch.setattr("etasu.registry.reactions.community.receive_report", broken)
    with pytest.raises(RuntimeError):
        write(heron, "I bruise so easily")
    assert not Post.objects.exists() and not PostText.objects.exists()


@pytest.fixture
def hello(mara: Who) -> Post:
    """What Mara, the Blue Heron, wrote first, there for all to read."""
    return let_through(write(joined(mara, "Blue Heron"), "Hello to all of you"))


@pytest.fixture
def unkind(hello: Post, mara: Who, noor: Who) -> Post:
    """An unkind answer by Noor, the Red Kite, which Mara reported three hours after."""
    answer = let_through(write(joined(noor, "Red Kite"), "You are all fools", topic=hello.topic))
    complaint = Complaint("be-kind", "This hurts")
    for _ in range(2):
        answering.report_post(answer, hello.member, complaint, by=by(mara), at=AT + 3 * HOUR)
    return answer


def test_a_first_post_is_read_by_a_moderator_before_anybody_else(mara: Who, noor: Who) -> None:
    heron, kite = joined(mara, "Blue Heron"), joined(noor, "Red Kite")
    hello = write(heron, "Hello to all of you")
    assert not boards.topics_for(kite, BOARD) and len(boards.topics_for(heron, BOARD)) == 1
    with pytest.raises(CannotWrite):
        write(kite, "Hello back", topic=hello.topic)
    let_through(hello)
    with pytest.raises(Decided):
        let_through(hello)
    second = write(heron, "The sun is out", topic=hello.topic)
    assert second.shown_at == AT, "whoever was approved is read at once"
    numbers = post_edited(second, "Call 555-555-0142", by=by(mara), at=AT + HOUR)
    assert numbers.held_for == (HeldFor.GIVEAWAY,) and facts.post_for(kite, second.number) is None
    for wrong in ({"board": "nowhere", "title": "x"}, {"board": BOARD, "title": "x" * 101}):
        with pytest.raises(CannotWrite):
            write(heron, "Hello", **wrong)
    with pytest.raises(CannotWrite):
        write(heron, "x" * 3001, topic=hello.topic)


def test_what_waits_comes_the_oldest_first_and_is_told_of_when_it_waits_too_long(
    hello: Post, unkind: Post, mara: Who, noor: Who
) -> None:
    numbers = write(hello.member, "My number: 555-555-0142", topic=hello.topic, at=AT + HOUR)
    with pytest.raises(NotSeen):
        answering.report_post(unkind, unkind.member, Complaint(), by=by(noor), at=AT)
    waiting = moderating.waiting_posts(PROGRAM)
    assert [(each.post, len(each.reports)) for each in waiting] == [(numbers, 0), (unkind, 1)]
    assert [look_after_community(AT + n * HOUR)["told"] for n in (24, 26, 26)] == [0, 2, 0]
    assert {each.recipient.full_name for each in Notice.objects.all()} == {"Ada", "Mo"}


def test_what_may_be_an_emergency_comes_first_is_late_sooner_and_can_be_hidden_by_no_rule(
    hello: Post, unkind: Post
) -> None:
    urgent = write(hello.member, "I have chest pain", topic=hello.topic, at=AT + 5 * HOUR)
    assert [each.post for each in moderating.waiting_posts(PROGRAM)] == [urgent, unkind]
    assert [look_after_community(AT + n * HOUR)["told"] for n in (7, 8)] == [0, 2]
    for_safety = Verdict(True, moderating.NO_RULE, "Please call 911")
    for post, wrong in ((unkind, for_safety), (urgent, for_safety._replace(suspended_days=1))):
        with pytest.raises(CannotDecide):
            moderating.decide_post(post, wrong, by=MOD, at=AT + 8 * HOUR)
    moderating.decide_post(urgent, for_safety, by=MOD, at=AT + 8 * HOUR)
    assert [each.post for each in moderating.waiting_posts(PROGRAM)] == [unkind]


def test_a_post_is_hidden_for_a_reason_and_its_author_may_not_write_for_some_days(
    hello: Post, unkind: Post, noor: Who
) -> None:
    too_long = HIDE._replace(suspended_days=31)
    for wrong in (Verdict(True, "be-kind"), Verdict(True, "nothing", "x"), too_long):
        with pytest.raises(CannotDecide):
            moderating.decide_post(unkind, wrong, by=MOD, at=AT + DAY)
    moderating.decide_post(unkind, HIDE, by=MOD, at=AT + DAY)
    assert facts.post_for(hello.member, unkind.number) is None
    assert facts.post_for(unkind.member, unkind.number) == unkind, "its author still sees it"
    with pytest.raises(Suspended) as stopped:
        write(unkind.member, "I am sorry", topic=hello.topic, at=AT + 2 * DAY)
    assert stopped.value.until == AT + 8 * DAY
    with pytest.raises(Suspended):
        post_edited(unkind, "You are all dear", by=by(noor), at=AT + 2 * DAY)
    community_left(noor, how="link", by=by(noor), at=AT + DAY)
    again = joined(noor, "Red Fox")
    until = facts.suspended_until(again, AT + 2 * DAY)
    assert until == AT + 8 * DAY, "nobody gets around it by coming back under another name"
    assert facts.suspended_until(again, AT + 8 * DAY) is None


def test_an_author_appeals_once_and_is_answered(hello: Post, unkind: Post, noor: Who) -> None:
    ruling = moderating.decide_post(unkind, HIDE, by=MOD, at=AT + DAY)
    later = AT + 2 * DAY
    moderating.appeal_ruling(ruling, "I was joking", by=by(noor), at=later)
    with pytest.raises(Decided):
        moderating.appeal_ruling(ruling, "Again", by=by(noor), at=later)
    assert [each.appeal for each in moderating.waiting_posts(PROGRAM)] == [ruling]
    with pytest.raises(CannotDecide):
        moderating.answer_appeal(ruling, is_upheld=False, answer="", by=MAX, at=later)
    with pytest.raises(CannotDecide):
        moderating.answer_appeal(ruling, is_upheld=True, answer="As I said", by=MOD, at=later)
    moderating.answer_appeal(ruling, is_upheld=False, answer="We see", by=MAX, at=later)
    with pytest.raises(Decided):
        moderating.answer_appeal(ruling, is_upheld=True, answer="No", by=MAX, at=later)
    assert facts.suspended_until(unkind.member, later) is None
    assert facts.post_for(hello.member, unkind.number) == unkind
    verbs = AuditEntry.objects.filter(subject=unkind.number).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "post.decided", "post.decided", "post.appealed", "post.appeal_answered",
    ]  # fmt: skip


def test_an_appeal_that_only_its_judge_could_answer_waits_for_a_second_moderator(
    unkind: Post, noor: Who
) -> None:
    mo = Actor(User.objects.get(full_name="Mo").number, MODERATOR)
    ruling = moderating.decide_post(unkind, HIDE, by=mo, at=AT + DAY)
    later = AT + DAY + HOUR
    moderating.appeal_ruling(ruling, "I was joking", by=by(noor), at=later)
    assert [look_after_community(later + n * HOUR)["told"] for n in (1, 2)] == [1, 0]
    told = Notice.objects.get(event="community_alone")
    assert (told.recipient.full_name, told.audience) == ("Ada", ADMINISTRATOR)
    max_ = staff("max", MODERATOR)
    assert moderating.may_answer(ruling) == [max_] and not moderating.appeals_for_nobody(PROGRAM)
    User.objects.filter(pk=max_.pk).update(is_active=False)
    assert len(moderating.appeals_for_nobody(PROGRAM)) == 1


def test_moderators_read_what_members_read_and_what_is_hidden_from_them(
    hello: Post, unkind: Post, mara: Who, noor: Who
) -> None:
    moderating.decide_post(unkind, HIDE, by=MOD, at=AT + DAY)
    (listed,) = boards.every_topic(PROGRAM, BOARD)
    assert (listed.title, listed.answers) == ("Good days", 1)
    assert list(boards.every_post(hello.topic)) == [hello, unkind]
    calm = write(hello.member, "All is calm", topic=hello.topic, at=AT + DAY)
    assert moderating.post_to_read(PROGRAM, calm.number) is not None
    with pytest.raises(Decided):
        moderating.decide_post(calm, Verdict(hides=False), by=MOD, at=AT + DAY)
    moderating.decide_post(calm, HIDE, by=MOD, at=AT + DAY)
    with pytest.raises(Decided):
        moderating.decide_post(calm, HIDE, by=MAX, at=AT + DAY)
    assert facts.post_for(unkind.member, calm.number) is None, "nobody had to report it"
    for post in (hello, calm):
        delete_post(post, by=by(mara), at=AT + DAY)
    assert moderating.post_to_read(PROGRAM, hello.number) is None
    assert boards.post_of(PROGRAM, hello.number) == hello and boards.title_of(hello.topic) == ""
    assert boards.topic_of(PROGRAM, hello.topic.number) == hello.topic
    delete_post(unkind, by=by(noor), at=AT + DAY)
    assert not boards.every_topic(PROGRAM, BOARD)
    assert boards.topic_of(PROGRAM, hello.topic.number) is None


def test_a_long_board_is_read_page_by_page(mara: Who) -> None:
    heron = joined(mara, "Blue Heron")
    let_through(write(heron, "Hello"))
    for n in range(5):
        title = f"Day {n}"
        write(heron, "The sun is out", at=AT + n * HOUR, board=BOARD, title=title)
    found = boards.topics_for(heron, BOARD)
    assert len(found) == 6
    assert [each.title for each in found[:2]] == ["Day 4", "Day 3"] and found[5].answers == 0
    assert [each.title for each in found[4:]] == ["Day 0", "Good days"]


def test_a_title_goes_with_the_post_it_belongs_to_and_answers_stay(
    hello: Post, unkind: Post, mara: Who
) -> None:
    listed = boards.topics_for(unkind.member, BOARD)
    assert [(each.title, each.opened_by, each.answers) for each in listed] == [
        ("Good days", hello.member, 1)
    ]
    delete_post(hello, by=by(mara), at=AT)
    (left,) = boards.topics_for(unkind.member, BOARD)
    assert (left.title, left.opened_by, left.answers) == ("", None, 1)
    assert facts.title_for(unkind.member, hello.topic) == ""


def test_nobody_decides_about_what_they_wrote_themselves(eva: Who) -> None:
    owl = joined(eva, "Gray Owl")
    post = write(owl, "Hello from somebody who moderates as well")
    own = Actor(by(eva).number, MODERATOR)
    with pytest.raises(CannotDecide):
        moderating.decide_post(post, Verdict(hides=False), by=own, at=AT)
    ruling = moderating.decide_post(post, HIDE, by=MOD, at=AT)
    moderating.appeal_ruling(ruling, "Look again", by=by(eva), at=AT)
    with pytest.raises(CannotDecide):
        moderating.answer_appeal(ruling, is_upheld=False, answer="Fine", by=own, at=AT)


def test_whoever_comes_back_can_still_disagree_with_what_was_decided_before(eva: Who) -> None:
    owl = joined(eva, "Gray Owl")
    ruling = moderating.decide_post(write(owl, "Fools"), HIDE, by=MOD, at=AT)
    community_left(eva, how="account", by=by(eva), at=AT)
    with pytest.raises(NotAMember):
        moderating.appeal_ruling(ruling, "Look again", by=by(eva), at=AT)
    goose = joined(eva, "Gray Goose")
    assert facts.suspended_until(goose, AT + DAY) is not None
    assert facts.ruling_of(goose, ruling.number) == ruling
    moderating.read_rulings(goose, by=by(eva), at=AT)
    assert facts.rulings_of(goose).get().seen_at == AT
    moderating.appeal_ruling(ruling, "Look again", by=by(eva), at=AT + HOUR)
    moderating.answer_appeal(ruling, is_upheld=False, answer="Fine", by=MAX, at=AT + HOUR)
    assert facts.suspended_until(goose, AT + DAY) is None


def test_a_block_holds_both_ways_and_under_every_name(mara: Who, noor: Who) -> None:
    heron, kite = joined(mara, "Blue Heron"), joined(noor, "Red Kite")
    hello = let_through(write(heron, "Hello"))
    answering.block_author(hello, kite, by=by(noor), at=AT)
    assert not boards.topics_for(kite, BOARD)
    assert facts.topic_for(kite, hello.topic.number) is None
    theirs = let_through(write(kite, "A walk by the sea"))
    assert [each.topic for each in boards.topics_for(heron, BOARD)] == [hello.topic]
    with pytest.raises(NotSeen):
        answering.nod_to(theirs, heron, "thank-you", by=by(mara), at=AT)
    community_left(mara, how="link", by=by(mara), at=AT)
    finch = joined(mara, "Green Finch")
    assert facts.post_for(finch, theirs.number) is None, "a new name does not get around it"
    community_left(noor, how="link", by=by(noor), at=AT)
    kite = joined(noor, "Sand Piper")
    assert facts.blocked_by(kite) == [heron], "nor does the one who wanted it lose it by leaving"
    assert facts.post_for(finch, theirs.number) is None
    answering.unblock(heron.number, kite, by=by(noor), at=AT)
    assert facts.post_for(finch, theirs.number) == theirs


def not_of(member: Member) -> Callable[[Member, datetime], bool]:
    """Whether a member may be told, broken for this one."""

    def asked(found: Member, at: datetime) -> bool:
        if found == member:
            raise LookupError
        return may_be_told(found, at)

    may_be_told = telling._may_be_told
    return asked


def test_news_is_told_once_a_day_without_a_word_of_it(
    mara: Who, noor: Who, eva: Who, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Patient.objects.filter(pk=_patient(noor).pk).update(email="noor@example.org")
    heron, kite, owl = joined(mara, "Blue Heron"), joined(noor, "Red Kite"), joined(eva, "Gray Owl")
    hello = let_through(write(heron, "Hello to all"))
    for who, member in ((noor, kite), (eva, owl)):
        answering.follow_topic(hello.topic, member, True, by=by(who), at=AT)
    assert tell_members(AT + HOUR, LETTERHEAD) == {}
    with monkeypatch.context() as broken:
        write(heron, "The sun rises", topic=hello.topic, at=AT + HOUR)
        broken.setattr(telling, "_may_be_told", not_of(kite))
        tell_members(AT + 2 * HOUR, LETTERHEAD)
        assert [each.recipient for each in Notice.objects.filter(event="community_news")] == [
            eva.user
        ], "what breaks on one member keeps nothing from the next"
    for hours in (2, 3):
        write(heron, "The sun is out", topic=hello.topic, at=AT + hours * HOUR)
        tell_members(AT + hours * HOUR, LETTERHEAD)
    (letter,) = (each for each in mail.messages if each["To"] == "noor@example.org")
    assert "sun" not in str(letter) and "ommunity" not in str(letter)
    (notice,) = Notice.objects.filter(event="community_news")
    assert notice.recipient == eva.user and notice.facts == {}
    assert not is_in_vain(notice, at=AT + HOUR)
    sharing.CarePartner.objects.filter(user=eva.user).update(ends_on=AT.date() - DAY)
    assert is_in_vain(notice, at=AT + HOUR), "nobody is told of what they may not read any more"
    sharing.CarePartner.objects.filter(user=eva.user).update(ends_on=AT.date() + 9 * DAY)
    assert tell_members(AT + DAY + HOUR, LETTERHEAD) == {"sent": 1}, "of what came after the first"
    write(heron, "And warm", topic=hello.topic, at=AT + DAY + 2 * HOUR)
    answering.read_topic(hello.topic, kite, by=by(noor), at=AT + DAY + 3 * HOUR)
    assert tell_members(AT + 2 * DAY + HOUR, LETTERHEAD) == {}, "they read it themselves"
    assert Notice.objects.filter(event="community_news").count() == 3, "she did not"
    answering.block_author(hello, kite, by=by(noor), at=AT + 2 * DAY)
    write(heron, "Rain", topic=hello.topic, at=AT + 2 * DAY + HOUR)
    assert tell_members(AT + 3 * DAY + HOUR, LETTERHEAD) == {}, (
        "nor of whom they do not want to see"
    )


def test_two_records_that_are_one_person_are_one_member(mara: Who, noor: Who) -> None:
    heron, kite = joined(mara, "Blue Heron"), joined(noor, "Red Kite")
    let_through(write(kite, "Hello"))
    (review,) = open_review(_patient(noor), _patient(mara), ["name"], by=PLATFORM, at=AT)
    merging.merge(review, _patient(mara), reason="same", by=PLATFORM, at=AT)
    assert facts.member_now(mara, AT) == heron
    assert look_after_community(AT + HOUR)["ended"] == 1
    assert Member.objects.get(pk=kite.pk).left_by == PLATFORM.number
    assert facts.member_now(mara, AT + HOUR) == heron
    Consent.objects.filter(subject_id=_patient(mara).pk).update(
        revoked_at=AT, revoked_by="a", revoked_how="by hand"
    )
    assert facts.member_now(mara, AT + HOUR) == heron, "the consent of either record is theirs"
    consent_withdrawn(Consent.objects.get(revoked_at=None), how="link", by=by(mara), at=AT)
    assert facts.member_now(mara, AT) is None and heron.pk in _left()


def _left() -> set[int]:
    return set(Member.objects.filter(left_at__isnull=False).values_list("pk", flat=True))
