"""What members write: topics, answers, better words, and words nobody is to see any more.

Doors write through `reactions`, which report what tells of a side effect in the same transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import (
    READABLE,
    community_of,
    owner_of,
    posts_for,
    suspended_until,
    was_approved,
    who_is,
    words_of,
)
from etasu.registry.community.members import lock_member, note
from etasu.registry.community.models import Follow, Member, Post, PostText, Topic
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.safe_use.community import Community, HeldFor, held_for


class CannotWrite(ValueError):
    """Nothing may be written there, or not now."""


class Suspended(CannotWrite):
    """They may not write before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class New(NamedTuple):
    """Words for a topic: an answer in one that is there, or a title on a board for a new one."""

    words: str
    topic: Topic | None = None
    board: str = ""
    title: str = ""


class Written(NamedTuple):
    """A post with the words just kept, all there is to look through, and why it is held."""

    post: Post
    text: PostText
    all_words: str
    held_for: tuple[HeldFor, ...]


def write_post(member: Member, new: New, *, by: Actor, at: datetime) -> Written:
    """Keep what a member writes. Held, it is theirs and the moderators' to see and nobody else's.

    Whoever writes in a topic follows it. Raises NotAMember, Suspended, and CannotWrite for a topic
    they do not see, a board that is none, or more words than the program lets.
    """
    with transaction.atomic():
        member, community = _may_write(member, at)
        _check_length(new, community)
        topic = new.topic or _open_topic(member, new, community, by, at)
        if new.topic is not None and not posts_for(member, topic).filter(READABLE).exists():
            raise CannotWrite(topic.number)
        all_words = "\n".join(filter(None, [new.title, new.words]))
        held = _held_for(all_words, member, community, at)
        post = Post.objects.create(
            topic=topic,
            member=member,
            is_opening=new.topic is None,
            written_at=at,
            written_by=by.number,
            held_for=[each.value for each in held],
            **({} if held else {"shown_at": at, "shown_by": by.number}),
        )
        text = _keep(post, new.words, by, at)
        note("post.written", member, _said(post, held), by=by, at=at)
        _follow(member, topic, by, at)
    return Written(post, text, all_words, held)


def edit_post(post: Post, words: str, *, by: Actor, at: datetime) -> Written | None:
    """Put better words in the place of one's own; the former ones are kept. None for the same.

    What was not read by a moderator before is held anew where the words ask for it. Raises as
    `write_post` does; what was hidden or deleted stays as it is.
    """
    with transaction.atomic():
        member, community = _may_write(post.member, at)
        locked = _locked(post)
        if locked.hidden_at is not None or locked.deleted_at is not None:
            raise CannotWrite(post.number)
        _check_length(New(words), community)
        if words == words_of(locked):
            return None
        text = _keep(locked, words, by, at)
        title = locked.topic.title if locked.is_opening else ""
        held = _held_for(words, member, community, at)
        if held:
            locked.held_for = [each.value for each in held]
            locked.shown_at = locked.shown_by = None
            locked.save(update_fields=["held_for", "shown_at", "shown_by"])
        note("post.edited", member, _said(locked, held), by=by, at=at)
    return Written(locked, text, "\n".join(filter(None, [title, words])), held)


def delete_post(post: Post, *, by: Actor, at: datetime) -> None:
    """Let nobody in the community see one's own post any more; its words stay on record."""
    with transaction.atomic():
        member = lock_member(post.member, at)
        locked = _locked(post)
        if locked.deleted_at is None:
            locked.deleted_at, locked.deleted_by = at, by.number
            locked.save(update_fields=["deleted_at", "deleted_by"])
            note("post.deleted", member, {"post": locked.number}, by=by, at=at)


def _may_write(member: Member, at: datetime) -> tuple[Member, Community]:
    locked = lock_member(member, at)
    until = suspended_until(locked, at)
    if until is not None:
        raise Suspended(until)
    return locked, community_of(locked.program, day_of_the_clock(at))[1]


def _held_for(
    words: str, member: Member, community: Community, at: datetime
) -> tuple[HeldFor, ...]:
    owner = owner_of(who_is(member), at)
    return held_for(words, community, owner, was_approved=was_approved(member))


def _check_length(new: New, community: Community) -> None:
    if not 0 < len(new.words) <= community.longest_post:
        raise CannotWrite("words")


def _open_topic(member: Member, new: New, community: Community, by: Actor, at: datetime) -> Topic:
    if community.board(new.board) is None:
        raise CannotWrite("board")
    if not 0 < len(new.title) <= community.longest_title:
        raise CannotWrite("title")
    return Topic.objects.create(
        program=member.program,
        board=new.board,
        title=new.title,
        opened_at=at,
        opened_by=by.number,
    )


def _keep(post: Post, words: str, by: Actor, at: datetime) -> PostText:
    return PostText.objects.create(post=post, words=words, written_at=at, written_by=by.number)


def _follow(member: Member, topic: Topic, by: Actor, at: datetime) -> None:
    Follow.objects.get_or_create(
        topic=topic,
        member=member,
        ended_at=None,
        defaults={
            "followed_at": at,
            "followed_by": by.number,
            "seen_at": at,
            "seen_by": by.number,
        },
    )


def _locked(post: Post) -> Post:
    held = Post.objects.select_for_update(no_key=True, of=("self",))
    return held.select_related("topic", "member").get(pk=post.pk)


def _said(post: Post, held: tuple[HeldFor, ...]) -> dict[str, object]:
    return {"post": post.number, "held": [each.value for each in held]}
