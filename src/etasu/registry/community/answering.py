"""What members do about each other's posts without writing: nod, follow, block, report."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import (
    READABLE,
    community_of,
    members_behind,
    post_for,
    posts_for,
    same_person,
    who_is,
)
from etasu.registry.community.members import lock_member, note
from etasu.registry.community.models import Block, Follow, Member, Nod, Post, PostReport, Topic
from etasu.registry.participants.reminders import day_of_the_clock


class NotSeen(LookupError):
    """The member does not see the post or topic, or it is their own, by whatever name."""


class Complaint(NamedTuple):
    """Which rule of the program a post breaks, and more in words; either may be empty."""

    rule: str = ""
    words: str = ""


def nod_to(post: Post, member: Member, kind: str, *, by: Actor, at: datetime) -> None:
    """Answer a post without words; another nod takes the place of the first, the same ends it.

    Raises NotAMember, and NotSeen for one's own post or one they do not see.
    """
    with transaction.atomic():
        member = lock_member(member, at)
        _check_seen(post, member)
        if community_of(member.program, day_of_the_clock(at))[1].nod(kind) is None:
            raise NotSeen(kind)
        before = Nod.objects.filter(post=post, member=member, ended_at__isnull=True).first()
        if before is not None:
            before.ended_at, before.ended_by = at, by.number
            before.save(update_fields=["ended_at", "ended_by"])
        if before is None or before.kind != kind:
            Nod.objects.create(post=post, member=member, kind=kind, given_at=at, given_by=by.number)
        note("post.nodded", member, {"post": post.number, "nod": kind}, by=by, at=at)


def follow_topic(topic: Topic, member: Member, wanted: bool, *, by: Actor, at: datetime) -> None:
    """Hear of what is new in the topic from now on, or no more. Raises NotAMember and NotSeen."""
    with transaction.atomic():
        member = lock_member(member, at)
        held = Follow.objects.filter(topic=topic, member=member, ended_at__isnull=True).first()
        if (held is not None) == wanted:
            return
        if held is not None:
            held.ended_at, held.ended_by = at, by.number
            held.save(update_fields=["ended_at", "ended_by"])
        elif not posts_for(member, topic).exists():
            raise NotSeen(topic.number)
        else:
            Follow.objects.create(
                topic=topic,
                member=member,
                followed_at=at,
                followed_by=by.number,
                seen_at=at,
                seen_by=by.number,
            )
        detail: dict[str, object] = {"topic": topic.number, "wanted": wanted}
        note("topic.followed", member, detail, by=by, at=at)


def read_topic(topic: Topic, member: Member, *, by: Actor, at: datetime) -> None:
    """Note that a member read a topic they follow: until now nothing of it is news to them."""
    Follow.objects.filter(topic=topic, member=member, ended_at__isnull=True, seen_at__lt=at).update(
        seen_at=at, seen_by=by.number
    )


def block_author(post: Post, member: Member, *, by: Actor, at: datetime) -> Block:
    """Neither sees the posts of the other from now on. Raises NotAMember and NotSeen."""
    with transaction.atomic():
        member = lock_member(member, at)
        _check_seen(post, member)
        made, is_new = Block.objects.get_or_create(
            member=member,
            blocked=post.member,
            ended_at=None,
            defaults={"blocked_at": at, "blocked_by": by.number},
        )
        if is_new:
            note("member.blocked", member, {"other": post.member.number}, by=by, at=at)
    return made


def unblock(other: str, member: Member, *, by: Actor, at: datetime) -> None:
    """See the posts of the member of that number again, and be seen by them."""
    with transaction.atomic():
        member = lock_member(member, at)
        mine = members_behind(who_is(member)).values("pk")
        held = Block.objects.filter(member__in=mine, blocked__number=other, ended_at__isnull=True)
        if held.update(ended_at=at, ended_by=by.number):
            note("member.unblocked", member, {"other": other}, by=by, at=at)


def report_post(
    post: Post, member: Member, complaint: Complaint, *, by: Actor, at: datetime
) -> PostReport:
    """Tell moderators of a post; again before they decided, it is the same report.

    Raises NotAMember and NotSeen.
    """
    with transaction.atomic():
        member = lock_member(member, at)
        _check_seen(post, member)
        made, is_new = PostReport.objects.get_or_create(
            post=post,
            member=member,
            settled_at=None,
            defaults={**complaint._asdict(), "reported_at": at, "reported_by": by.number},
        )
        if is_new:
            note("post.reported", member, {"post": post.number}, by=by, at=at)
    return made


def _check_seen(post: Post, member: Member) -> None:
    seen = post_for(member, post.number)
    readable = Post.objects.filter(READABLE, pk=post.pk).exists()
    if seen is None or not readable or seen.member_id in same_person(member):
        raise NotSeen(post.number)
