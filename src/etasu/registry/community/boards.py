"""Boards, topic by topic: as a member sees them, and as moderators do, with what is hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, overload

from django.db.models import Count, Max, Q, QuerySet

from etasu.registry.community.facts import seen_by
from etasu.registry.community.models import Member, Post, Topic


class Listed(NamedTuple):
    """A topic in a list: its title and who opened it, how many answers there are, and the newest.

    Without a title its first post is not there for whoever reads, but an answer is.
    """

    topic: Topic
    title: str
    opened_by: Member | None
    answers: int
    newest_at: datetime


class Topics(Sequence[Listed]):
    """The topics of a board, the one with the newest post first; read from as far as is asked."""

    def __init__(self, seen: QuerySet[Post]) -> None:
        self._seen = seen
        counted = seen.order_by().values("topic").annotate(newest_at=Max("written_at"))
        answers = Count("pk", filter=Q(is_opening=False))
        self._rows = counted.annotate(answers=answers).order_by("-newest_at", "-topic")

    def __len__(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[Listed]:
        return iter(self[:])

    @overload
    def __getitem__(self, part: int) -> Listed: ...

    @overload
    def __getitem__(self, part: slice) -> list[Listed]: ...

    def __getitem__(self, part: int | slice) -> Listed | list[Listed]:
        if isinstance(part, int):
            return self[part : part + 1][0]
        rows = list(self._rows[part])
        topics = Topic.objects.in_bulk([each["topic"] for each in rows])
        opening = self._seen.filter(topic__in=topics, is_opening=True).select_related("member")
        opened = {each.topic_id: each.member for each in opening}
        return [
            Listed(
                topics[each["topic"]],
                topics[each["topic"]].title if each["topic"] in opened else "",
                opened.get(each["topic"]),
                each["answers"],
                each["newest_at"],
            )
            for each in rows
        ]


def topics_for(member: Member, board: str) -> Topics:
    """The topics of a board as the member sees them; own ones that wait as well."""
    return Topics(seen_by(member).filter(topic__board=board, topic__program=member.program))


def every_topic(program: str, board: str) -> Topics:
    """The topics of a board as moderators see them: with what waits and what is hidden."""
    return Topics(_kept(program).filter(topic__board=board))


def topic_of(program: str, number: str) -> Topic | None:
    """The topic of that number, as long as anything of it was not deleted."""
    found = Topic.objects.filter(number=number, program=program).first()
    return found if found is not None and _kept(program).filter(topic=found).exists() else None


def title_of(topic: Topic) -> str:
    """The title, as long as the post it belongs to was not deleted."""
    opening = _kept(topic.program).filter(topic=topic, is_opening=True)
    return topic.title if opening.exists() else ""


def post_of(program: str, number: str) -> Post | None:
    """The post of that number, also one that its author deleted."""
    found = Post.objects.filter(topic__program=program, number=number)
    return found.select_related("topic", "member").first()


def every_post(topic: Topic) -> QuerySet[Post]:
    """What moderators see of a topic, in order: all of it, also what its authors deleted."""
    found = Post.objects.filter(topic=topic).select_related("member", "topic")
    return found.prefetch_related("texts").order_by("pk")


def _kept(program: str) -> QuerySet[Post]:
    return Post.objects.filter(topic__program=program, deleted_at__isnull=True)
