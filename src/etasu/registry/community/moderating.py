"""What moderators read and decide: leave it, hide it with a reason, suspend; and one appeal.

An appeal is answered by another moderator than the one who hid the post.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from etasu.registry.accounts.access import MODERATOR
from etasu.registry.accounts.models import User
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import (
    HIDDEN,
    WAITS,
    community_of,
    member_now,
    newest_text,
    rulings_of,
    who_is,
)
from etasu.registry.community.members import lock_member
from etasu.registry.community.models import Member, Post, PostReport, Ruling
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.participants.telling import program_people
from etasu.safe_use.community import Community, HeldFor

SHOWN = Ruling.How.SHOWN
# Why something that may tell of an emergency is hidden: for its author's sake.
NO_RULE = "no-rule"


class Decided(ValueError):
    """Somebody decided it already, or there is nothing to decide."""


class ReadAgain(Decided):
    """Its author changed the words after they were read."""


class CannotDecide(ValueError):
    """It names no rule, gives no reason, suspends for too long, or is about what is one's own."""


class Verdict(NamedTuple):
    """What to do with a post: leave it to be read, or hide it by a rule and say why.

    What may tell of an emergency can be hidden by no rule (`NO_RULE`); nobody is suspended for it.
    Hidden, its author may be kept from writing for some days. `read` is the number of the text
    that was read: nothing is decided about words that came after it.
    """

    hides: bool
    rule: str = ""
    reason: str = ""
    suspended_days: int = 0
    read: str = ""


class Waiting(NamedTuple):
    """A post that waits for a moderator, since when, what for, and the appeal if it is one."""

    post: Post
    since: datetime
    reports: Sequence[PostReport]
    appeal: Ruling | None = None

    @property
    def is_held(self) -> bool:
        """Whether nobody else reads it before somebody decided."""
        post = self.post
        return self.appeal is None and post.shown_at is None and post.hidden_at is None

    @property
    def is_emergency(self) -> bool:
        """Whether it may tell of what cannot wait, and nobody decided about it."""
        return self.appeal is None and _may_be_emergency(self.post)

    def due_at(self, community: Community) -> datetime:
        """When it has waited as long as the program lets it."""
        urgent, usual = community.emergency_within_hours, community.decide_within_hours
        return self.since + timedelta(hours=urgent if self.is_emergency else usual)


def waiting_posts(program: str) -> list[Waiting]:
    """Everything that waits for a moderator: held, reported, appealed.

    What may tell of an emergency comes first, then what has waited the longest.
    """
    reported = PostReport.objects.filter(settled_at__isnull=True, post__topic__program=program)
    by_post: dict[int, list[PostReport]] = {}
    for each in reported.order_by("pk"):
        by_post.setdefault(each.post_id, []).append(each)
    held = _posts(program).filter(WAITS)
    seen = _posts(program).filter(pk__in=by_post, shown_at__isnull=False, deleted_at__isnull=True)
    found = [Waiting(each, _held_since(each), by_post.get(each.pk, ())) for each in held]
    found += [Waiting(each, by_post[each.pk][0].reported_at, by_post[each.pk]) for each in seen]
    found += _appealed(program)
    return sorted(found, key=lambda each: (not each.is_emergency, each.since, each.post.pk))


def post_to_read(program: str, number: str) -> Waiting | None:
    """The post of that number with the reports of it; None for one that its author deleted."""
    post = _posts(program).filter(number=number, deleted_at__isnull=True).first()
    if post is None:
        return None
    reports = list(PostReport.objects.filter(post=post, settled_at__isnull=True).order_by("pk"))
    return Waiting(post, reports[0].reported_at if reports else _held_since(post), reports)


def appeal_to_read(program: str, number: str) -> Waiting | None:
    """The appeal against the ruling of that number; None when nobody waits for an answer."""
    return next((e for e in _appealed(program) if e.appeal and e.appeal.number == number), None)


def may_answer(ruling: Ruling) -> list[User]:
    """The moderators of the program who may answer the appeal: neither judge nor author."""
    not_by = {ruling.decided_by, _account_of(ruling.post)}
    people = program_people(ruling.post.topic.program, MODERATOR)
    return [each for each in people if each.number not in not_by]


def appeals_for_nobody(program: str) -> list[Waiting]:
    """The appeals that no moderator there is may answer: one more has to be appointed."""
    return [each for each in _appealed(program) if each.appeal and not may_answer(each.appeal)]


def late_posts(program: str, community: Community, at: datetime) -> list[Waiting]:
    """What waits longer than the program lets it."""
    return [each for each in waiting_posts(program) if each.due_at(community) < at]


def former_rulings(post: Post) -> QuerySet[Ruling]:
    """What was decided before about posts of the same member, the newest first."""
    found = Ruling.objects.filter(post__member=post.member_id)
    return found.select_related("post").order_by("-pk")


def decide_post(post: Post, verdict: Verdict, *, by: Actor, at: datetime) -> Ruling:
    """Decide about a post; every report of it is settled by that.

    One that everybody reads and nobody reported can be hidden, and there is nothing else to
    decide about it. Raises Decided, ReadAgain, and CannotDecide for a verdict that does not say
    enough.
    """
    community = community_of(post.topic.program, day_of_the_clock(at))[1]
    with transaction.atomic():
        locked = _locked(post)
        _check(verdict, locked, community)
        _check_not_own(locked, by)
        reports = PostReport.objects.filter(post=locked, settled_at__isnull=True)
        if not _is_open(locked, verdict, reports):
            raise Decided(post.number)
        if verdict.read and newest_text(locked).number != verdict.read:
            raise ReadAgain(post.number)
        until = at + timedelta(days=verdict.suspended_days) if verdict.suspended_days else None
        made = Ruling.objects.create(
            post=locked,
            how=HIDDEN if verdict.hides else SHOWN,
            rule=verdict.rule if verdict.hides else "",
            reason=verdict.reason if verdict.hides else "",
            suspended_until=until if verdict.hides else None,
            decided_at=at,
            decided_by=by.number,
        )
        _show(locked, not verdict.hides, by, at)
        reports.update(settled_at=at, settled_by=by.number)
        detail: dict[str, object] = {"how": made.how, "rule": made.rule, "ruling": made.number}
        detail["days"] = verdict.suspended_days if verdict.hides else 0
        _note("post.decided", locked, detail, by, at)
    return made


def appeal_ruling(ruling: Ruling, words: str, *, by: Actor, at: datetime) -> Ruling:
    """Ask once to have it looked at again, as the author. Raises NotAMember and Decided."""
    with transaction.atomic():
        # Whoever left and came back still disagrees with what was decided about them before.
        now = member_now(who_is(ruling.post.member), at)
        lock_member(now or ruling.post.member, at)
        locked = Ruling.objects.select_for_update(no_key=True).get(pk=ruling.pk)
        if locked.how != HIDDEN or locked.appealed_at is not None or not words:
            raise Decided(ruling.number)
        locked.appeal, locked.appealed_at, locked.appealed_by = words, at, by.number
        locked.save(update_fields=["appeal", "appealed_at", "appealed_by"])
        _note("post.appealed", ruling.post, {"ruling": ruling.number}, by, at)
    return locked


def answer_appeal(
    ruling: Ruling, *, is_upheld: bool, answer: str, by: Actor, at: datetime
) -> Ruling:
    """Let the decision stand, or take it back: the post is read again and nobody is suspended.

    Raises Decided when there is no appeal to answer, and CannotDecide without an answer, or to
    whoever hid or wrote the post.
    """
    if not answer:
        raise CannotDecide("answer")
    if ruling.decided_by == by.number:
        raise CannotDecide("own")
    with transaction.atomic():
        post = _locked(ruling.post)
        _check_not_own(post, by)
        locked = Ruling.objects.select_for_update(no_key=True).get(pk=ruling.pk)
        if locked.appealed_at is None or locked.answered_at is not None:
            raise Decided(ruling.number)
        locked.is_upheld, locked.answer = is_upheld, answer
        locked.answered_at, locked.answered_by = at, by.number
        locked.seen_at = locked.seen_by = None
        locked.save(
            update_fields=[
                *("is_upheld", "answer", "answered_at", "answered_by", "seen_at", "seen_by")
            ]
        )
        if not is_upheld:
            _show(post, True, by, at)
        detail: dict[str, object] = {"ruling": ruling.number, "upheld": is_upheld}
        _note("post.appeal_answered", post, detail, by, at)
    return locked


def read_rulings(member: Member, *, by: Actor, at: datetime) -> None:
    """Note that the author read what was decided about their posts."""
    rulings_of(member).filter(seen_at__isnull=True).update(seen_at=at, seen_by=by.number)


def _check(verdict: Verdict, post: Post, community: Community) -> None:
    if not verdict.hides:
        return
    breaks_none = verdict.rule == NO_RULE and _may_be_emergency(post)
    if not (breaks_none or community.rule(verdict.rule)) or not verdict.reason:
        raise CannotDecide("rule")
    if not 0 <= verdict.suspended_days <= (0 if breaks_none else community.longest_suspension):
        raise CannotDecide("days")


def _may_be_emergency(post: Post) -> bool:
    is_open = post.shown_at is None and post.hidden_at is None
    return is_open and HeldFor.EMERGENCY in post.held_for


def _is_open(post: Post, verdict: Verdict, reports: QuerySet[PostReport]) -> bool:
    """Whether there is anything to decide about the post by such a verdict."""
    if post.deleted_at is not None or post.hidden_at is not None:
        return False
    return verdict.hides or post.shown_at is None or reports.exists()


def _check_not_own(post: Post, by: Actor) -> None:
    """Somebody may moderate and help a patient as well; of their own words another one decides."""
    if _account_of(post) == by.number:
        raise CannotDecide("own")


def _account_of(post: Post) -> str:
    """The account behind the post; none for a patient's."""
    return post.member.user.number if post.member.user is not None else ""


def _show(post: Post, wanted: bool, by: Actor, at: datetime) -> None:
    if wanted and post.shown_at is not None:
        return
    post.shown_at, post.shown_by = (at, by.number) if wanted else (None, None)
    post.hidden_at, post.hidden_by = (None, None) if wanted else (at, by.number)
    post.save(update_fields=["shown_at", "shown_by", "hidden_at", "hidden_by"])


def _held_since(post: Post) -> datetime:
    """Since its newest words: better ones may be held that the first ones were not."""
    return max(each.written_at for each in post.texts.all())


def _appealed(program: str) -> list[Waiting]:
    """The appeals nobody has answered, the longest first."""
    found = Ruling.objects.filter(
        post__topic__program=program, appealed_at__isnull=False, answered_at__isnull=True
    )
    found = found.select_related("post__topic", "post__member__user").order_by("appealed_at", "pk")
    return [
        Waiting(each.post, each.appealed_at, (), each)
        for each in found
        if each.appealed_at is not None
    ]


def _posts(program: str) -> QuerySet[Post]:
    found = Post.objects.filter(topic__program=program)
    return found.select_related("topic", "member").prefetch_related("texts").order_by("pk")


def _locked(post: Post) -> Post:
    held = Post.objects.select_for_update(no_key=True, of=("self",))
    return held.select_related("topic", "member__user").get(pk=post.pk)


def _note(verb: str, post: Post, detail: dict[str, object], by: Actor, at: datetime) -> None:
    audit.record(verb, subject=("post", post.number), by=by, at=at, detail=detail)
