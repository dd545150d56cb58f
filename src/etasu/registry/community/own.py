"""What somebody wrote and did in the community, under every name, as theirs to take along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Q

from etasu.registry.community.facts import READABLE, Who, members_behind, rulings_of
from etasu.registry.community.models import Block, Follow, Member, Nod, Post, PostReport, PostText
from etasu.safe_use.community import Community


class Standing(StrEnum):
    """Who reads words of a post by now."""

    SHOWN = "shown"
    WAITS = "waits"
    HIDDEN = "hidden"
    DELETED = "deleted"
    FORMER = "former"


class Deed(StrEnum):
    """What somebody did in the community without writing a post, or what was decided about one."""

    NOD = "nod"
    FOLLOW = "follow"
    BLOCK = "block"
    REPORT = "report"
    HIDDEN = "hidden"
    APPEAL = "appeal"


class OwnWords(NamedTuple):
    """Words of a post as they were written at one time, under which name, and who reads them."""

    number: str
    name: str
    topic: str
    words: str
    written_at: datetime
    standing: Standing


class OwnDeed(NamedTuple):
    """One deed: its kind, what or whom it is about, the words that go with it, and until when."""

    key: str
    deed: Deed
    about: str
    words: str
    at: datetime
    ended_at: datetime | None = None


def own_words(who: Who) -> list[OwnWords]:
    """All they ever wrote, the oldest first; also what they changed or deleted since."""
    found = PostText.objects.filter(post__member__in=members_behind(who))
    texts = list(found.select_related("post__topic", "post__member").order_by("pk"))
    newest = {each.post_id: each.pk for each in texts}
    titles = _titles(who, (each.post.topic_id for each in texts))
    return [
        OwnWords(
            each.number,
            each.post.member.pseudonym,
            titles.get(each.post.topic_id, ""),
            each.words,
            each.written_at,
            _standing(each.post) if newest[each.post_id] == each.pk else Standing.FORMER,
        )
        for each in texts
    ]


def own_deeds(who: Who, community: Community | None, language: str) -> list[OwnDeed]:
    """What else they did, and what moderators decided about them, the oldest first."""
    mine = list(members_behind(who))
    found = [
        *_nods(mine, community, language),
        *_follows(mine),
        *_reports(mine, community, language),
        *(deed for each in mine[:1] for deed in _rulings(each)),
    ]
    titles = _titles(who, (topic for topic, _ in found))
    deeds = [each._replace(about=titles.get(topic, "")) for topic, each in found]
    return sorted([*deeds, *_blocks(mine)], key=lambda each: (each.at, each.key))


# What was done in a topic, by its id; its title is filled in for all of them together.
_InTopic = tuple[int, OwnDeed]


def _nods(mine: list[Member], community: Community | None, language: str) -> Iterator[_InTopic]:
    for each in Nod.objects.filter(member__in=mine).select_related("post"):
        known = community.nod(each.kind) if community is not None else None
        said = known.said(language).text if known is not None else each.kind
        deed = OwnDeed(f"nod {each.pk}", Deed.NOD, "", said, each.given_at, each.ended_at)
        yield each.post.topic_id, deed


def _follows(mine: list[Member]) -> Iterator[_InTopic]:
    for each in Follow.objects.filter(member__in=mine):
        days = each.followed_at, each.ended_at
        yield each.topic_id, OwnDeed(f"follow {each.pk}", Deed.FOLLOW, "", "", *days)


def _blocks(mine: list[Member]) -> Iterator[OwnDeed]:
    for each in Block.objects.filter(member__in=mine).select_related("blocked"):
        other = each.blocked.pseudonym if each.blocked.left_at is None else ""
        days = each.blocked_at, each.ended_at
        yield OwnDeed(f"block {each.pk}", Deed.BLOCK, other, "", *days)


def _reports(mine: list[Member], community: Community | None, language: str) -> Iterator[_InTopic]:
    for each in PostReport.objects.filter(member__in=mine).select_related("post"):
        rule = community.rule(each.rule) if community is not None else None
        said = filter(None, [rule.said(language).text if rule is not None else "", each.words])
        deed = OwnDeed(f"report {each.pk}", Deed.REPORT, "", "\n".join(said), each.reported_at)
        yield each.post.topic_id, deed


def _rulings(member: Member) -> Iterator[_InTopic]:
    for each in rulings_of(member):
        topic, days = each.post.topic_id, (each.decided_at, each.suspended_until)
        yield topic, OwnDeed(f"ruling {each.number}", Deed.HIDDEN, "", each.reason, *days)
        if each.appealed_at is not None:
            words = "\n".join(filter(None, [each.appeal, each.answer]))
            key = f"appeal {each.number}"
            yield topic, OwnDeed(key, Deed.APPEAL, "", words, each.appealed_at)


def _titles(who: Who, topics: Iterable[int]) -> dict[int, str]:
    """The titles that members read, and those of their own; others are nobody's to take along."""
    mine = Q(member__in=members_behind(who))
    found = Post.objects.filter(READABLE | mine, topic__in=set(topics), is_opening=True)
    return dict(found.values_list("topic", "topic__title"))


def _standing(post: Post) -> Standing:
    if post.deleted_at is not None:
        return Standing.DELETED
    if post.hidden_at is not None:
        return Standing.HIDDEN
    return Standing.SHOWN if post.shown_at is not None else Standing.WAITS
