"""The community as the doors read it. Whoever allows it no more is a member no more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.community.models import (
    Block,
    Follow,
    Member,
    Nod,
    Post,
    PostText,
    Ruling,
    Topic,
)
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patient_support.sharing_facts import helped_by
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, ids_behind
from etasu.registry.patients.today import day_of, has_left
from etasu.registry.submissions.facts import has_consent
from etasu.safe_use.community import Community
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.pseudonyms import Owner

PATIENT, PERSON = "patient", "person"
HIDDEN = Ruling.How.HIDDEN
# For doors, which do not import models.
AMember = Member
APost = Post
ATopic = Topic
ANod = Nod
# What a member sees of others: shown, and neither hidden nor deleted.
READABLE = Q(shown_at__isnull=False, hidden_at__isnull=True, deleted_at__isnull=True)
WAITS = Q(shown_at__isnull=True, hidden_at__isnull=True, deleted_at__isnull=True)
_SUSPENDS = Q(suspended_until__isnull=False) & (Q(is_upheld__isnull=True) | Q(is_upheld=True))


class NoCommunity(LookupError):
    """The program in force has no community."""


class Who(NamedTuple):
    """Somebody who may belong to a program's community: a patient, or somebody who helps one."""

    program: str
    patient: Patient | None = None
    user: User | None = None

    @property
    def subject(self) -> tuple[str, int, str]:
        """Kind, id and number of whoever allows it."""
        if self.patient is not None:
            return PATIENT, self.patient.pk, self.patient.number
        if self.user is None:
            raise ValueError("nobody")
        return PERSON, self.user.pk, self.user.number


def community_of(program: str, on: date) -> tuple[ProgramVersion, Community]:
    """The community of the program in force on the day; raises NoCommunity."""
    version = library.current().effective(program, on)
    if version is None or version.community is None:
        raise NoCommunity(program)
    return version, version.community


def has_community(program: str, on: date) -> bool:
    """Whether the program in force on the day has a community."""
    version = library.current().effective(program, on)
    return version is not None and version.community is not None


def who_is(member: Member) -> Who:
    """The person behind a member: the patient who is answered for, or the account."""
    if member.patient is not None:
        return Who(member.program, patient=answered_for(member.patient))
    return Who(member.program, user=member.user)


def owner_of(who: Who, at: datetime) -> Owner:
    """What must not show in a name they choose, or unasked in what they write.

    It is what is known of them, and of whom they help.
    """
    if who.patient is not None:
        name, email, telephone = who.patient.full_name, who.patient.email, who.patient.telephone
        patients = [who.patient]
    elif who.user is not None:
        patients = [each.patient for each in helped_by(who.user, who.program, at)]
        name = " ".join([who.user.full_name, *(each.full_name for each in patients)])
        email, telephone = who.user.email, ""
    else:
        raise ValueError("nobody")
    born = tuple(each.birth_date for each in patients if each.birth_date is not None)
    cities = tuple(each.city for each in patients if each.city)
    return Owner(name, email, telephone, born, cities)


def takes_part(who: Who, at: datetime) -> bool:
    """Whether they take part in the program, or help somebody who does."""
    if who.patient is not None:
        return not has_left(who.patient, day_of(who.patient, at))
    if who.user is None or not who.user.is_active:
        return False
    return bool(helped_by(who.user, who.program, at))


def is_allowed(who: Who, at: datetime) -> bool:
    """Whether the consent stands, and they take part in the program or help somebody who does."""
    _version, community = community_of(who.program, day_of_the_clock(at))
    if not takes_part(who, at):
        return False
    kind, pk, _number = who.subject
    mine = ids_behind(who.patient) if who.patient is not None else [pk]
    return any(has_consent(kind, each, community.consent, at) for each in mine)


def members_behind(who: Who) -> QuerySet[Member]:
    """Every member this person is and was, on whichever of their records."""
    found = Member.objects.filter(program=who.program).order_by("pk")
    if who.patient is not None:
        return found.filter(patient__in=ids_behind(who.patient))
    return found.filter(user=who.user, user__isnull=False)


def same_person(member: Member) -> frozenset[int]:
    """The ids of every member that this person is and was."""
    return frozenset(members_behind(who_is(member)).values_list("pk", flat=True))


def member_now(who: Who, at: datetime) -> Member | None:
    """The member they are at this moment; None for whoever has not joined or may not any more.

    Of two records that turned out to be one person, the membership that began first counts.
    """
    held = members_behind(who).filter(left_at__isnull=True).first()
    return held if held is not None and is_allowed(who, at) else None


def suspended_until(member: Member, at: datetime) -> datetime | None:
    """Until when they may not write, whichever of their names it was for; None when they may."""
    found = Ruling.objects.filter(
        _SUSPENDS, post__member__in=members_behind(who_is(member)), suspended_until__gt=at
    )
    last: datetime | None = found.aggregate(last=Max("suspended_until"))["last"]
    return last


def was_approved(member: Member) -> bool:
    """Whether a moderator has let a post of theirs be read, as the member they are now."""
    return Ruling.objects.filter(post__member=member, how=Ruling.How.SHOWN).exists()


def kept_apart(member: Member) -> QuerySet[Member]:
    """The members whose posts they do not see and who do not see theirs, by whatever name."""
    mine = members_behind(who_is(member)).values("pk")
    blocks = Block.objects.filter(ended_at__isnull=True)
    theirs = blocks.filter(member__in=mine).values("blocked")
    others = blocks.filter(blocked__in=mine).values("member")
    named = Member.objects.filter(Q(pk__in=theirs) | Q(pk__in=others))
    rows = named.values_list("patient", "patient__merged_into", "user")
    patients = {each for row in rows for each in row[:2] if each is not None}
    users = {row[2] for row in rows if row[2] is not None}
    same = Q(patient__in=patients) | Q(patient__merged_into__in=patients) | Q(user__in=users)
    return Member.objects.filter(same, program=member.program).exclude(pk__in=mine)


def posts_for(member: Member, topic: Topic) -> QuerySet[Post]:
    """What the member sees of a topic, in order: what is readable, and all of their own."""
    found = seen_by(member).filter(topic=topic).select_related("member", "topic")
    return found.prefetch_related("texts").order_by("pk")


def seen_by(member: Member) -> QuerySet[Post]:
    """Whatever the member sees of any topic."""
    mine = Q(member__in=members_behind(who_is(member)).values("pk"), deleted_at__isnull=True)
    return Post.objects.filter(READABLE | mine).exclude(member__in=kept_apart(member).values("pk"))


def post_for(member: Member, number: str) -> Post | None:
    """The post of that number, if the member sees it and it is nobody's own alone."""
    found = Post.objects.filter(number=number, topic__program=member.program)
    post = found.select_related("topic").first()
    return None if post is None else posts_for(member, post.topic).filter(pk=post.pk).first()


def own_post(member: Member, number: str) -> Post | None:
    """The member's own post of that number, as long as they have not deleted it."""
    found = own_posts(member).filter(number=number)
    return found.first()


def own_posts(member: Member) -> QuerySet[Post]:
    """What they wrote as the member they are now, the newest first."""
    found = Post.objects.filter(member=member, deleted_at__isnull=True)
    return found.select_related("member", "topic").prefetch_related("texts").order_by("-pk")


def newest_text(post: Post) -> PostText:
    """What was written last in the place of all that was written before."""
    return max(post.texts.all(), key=lambda each: each.pk)


def former_texts(post: Post) -> list[PostText]:
    """What was written before it was changed, the newest first."""
    return sorted(post.texts.all(), key=lambda each: each.pk, reverse=True)[1:]


def words_of(post: Post) -> str:
    """The words of a post, as they were written last."""
    return newest_text(post).words


def title_for(member: Member, topic: Topic) -> str:
    """The title, as long as the member sees the post that it belongs to."""
    return titles_for(member, [topic]).get(topic.pk, "")


def titles_for(member: Member, topics: Iterable[Topic]) -> dict[int, str]:
    """The titles of those of the topics whose first post the member sees, by the topic's id."""
    titles = {each.pk: each.title for each in topics}
    seen = seen_by(member).filter(topic__in=titles, is_opening=True)
    return {topic: titles[topic] for topic in seen.values_list("topic", flat=True)}


def topic_for(member: Member, number: str) -> Topic | None:
    """The topic of that number, if the member sees what opened it or anything of it."""
    found = Topic.objects.filter(number=number, program=member.program).first()
    return found if found is not None and posts_for(member, found).exists() else None


def nods_of(posts: list[Post]) -> dict[int, list[Nod]]:
    """The nods to each of these posts, by the post's id."""
    found: dict[int, list[Nod]] = {}
    for each in Nod.objects.filter(post__in=posts, ended_at__isnull=True).order_by("pk"):
        found.setdefault(each.post_id, []).append(each)
    return found


def follows(member: Member, topic: Topic) -> bool:
    """Whether they want to hear of what is new in the topic."""
    return Follow.objects.filter(member=member, topic=topic, ended_at__isnull=True).exists()


def blocked_by(member: Member) -> list[Member]:
    """Whom the member does not want to see, whatever their own name was when they said so."""
    mine = members_behind(who_is(member))
    open_now = Block.objects.filter(member__in=mine, ended_at__isnull=True)
    return [each.blocked for each in open_now.select_related("blocked").order_by("pk")]


def rulings_of(member: Member) -> QuerySet[Ruling]:
    """What was decided against posts of theirs, under every name, the newest first."""
    mine = members_behind(who_is(member))
    found = Ruling.objects.filter(post__member__in=mine, how=HIDDEN)
    return found.select_related("post__topic").order_by("-pk")


def ruling_of(member: Member, number: str) -> Ruling | None:
    """The ruling of that number about a post of theirs."""
    return rulings_of(member).filter(number=number).first()
