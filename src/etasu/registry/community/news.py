"""What is new to members, and of which they were not told."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from etasu.registry.community.facts import HIDDEN, READABLE, kept_apart
from etasu.registry.community.models import Follow, Member, Post, Ruling


def members_with_news() -> QuerySet[Member]:
    """Members for whom something is new of which they were not told; whom it is from is not asked.

    New is what others wrote in a topic they follow after they last looked, and what was decided
    about their own posts and they have not seen.
    """
    follows = _with_newer(Follow.objects.filter(member=OuterRef("pk"), ended_at__isnull=True))
    rulings = Ruling.objects.filter(_UNTOLD, post__member=OuterRef("pk"))
    found = Member.objects.filter(left_at__isnull=True)
    return found.filter(Exists(follows) | Exists(rulings)).order_by("pk")


def has_news(member: Member) -> bool:
    """Whether something is new to the member, and not by anybody they are kept apart from."""
    follows = Follow.objects.filter(member=member, ended_at__isnull=True)
    if _with_newer(follows, kept_apart(member)).exists():
        return True
    return Ruling.objects.filter(_UNTOLD, post__member=member).exists()


# Hidden, or answered after an appeal, since they were last told; and not seen by them.
_UNTOLD = Q(how=HIDDEN, seen_at__isnull=True) & (
    Q(post__member__told_at__isnull=True)
    | Q(decided_at__gt=F("post__member__told_at"))
    | Q(answered_at__gt=F("post__member__told_at"))
)


def _with_newer(
    follows: QuerySet[Follow], apart: QuerySet[Member] | None = None
) -> QuerySet[Follow]:
    """Those in whose topic others wrote something after it was seen and told of last."""
    # The greatest of two moments, of which the second may be unknown, is the one that is known.
    since = Greatest("seen_at", "member__told_at")
    newer = Post.objects.filter(READABLE, topic=OuterRef("topic"), shown_at__gt=OuterRef("since"))
    newer = newer.exclude(member=OuterRef("member"))
    if apart is not None:
        newer = newer.exclude(member__in=apart.values("pk"))
    return follows.annotate(since=since).filter(Exists(newer))
