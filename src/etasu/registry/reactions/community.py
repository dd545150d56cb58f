"""What follows when a member writes: whatever may be a side effect is a case, held or not."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat

from etasu.registry.audit.actors import Actor
from etasu.registry.community import writing
from etasu.registry.community.facts import Who, community_of, who_is
from etasu.registry.community.members import leave_where_not_allowed
from etasu.registry.community.models import Member, Post, PostText
from etasu.registry.community.moderating import Waiting
from etasu.registry.community.telling import URGENT, tell_moderators
from etasu.registry.community.writing import New, Written
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patient_support.nurse_facts import words_that_tell
from etasu.registry.patient_support.sharing_facts import helped_by
from etasu.registry.patients.models import Patient
from etasu.registry.safety.actions import Report, Source, Statement, receive_report
from etasu.registry.safety.models import CaseInformation, SafetyCase
from etasu.registry.safety.receiving import sponsor_day, version_at
from etasu.registry.submissions import actions as submissions
from etasu.registry.submissions.models import Consent
from etasu.safe_use.community import HeldFor
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.safety_plan import CaseKind, Detail

_log = structlog.get_logger("etasu.community")
_PATIENT, _CARE_PARTNER = "patient", "care_partner"


class Sent(NamedTuple):
    """A post as it was kept, why it is held, and whether it tells of what cannot wait or a case."""

    post: Post
    held_for: tuple[HeldFor, ...]
    is_event: bool
    is_emergency: bool


def post_written(member: Member, new: New, *, by: Actor, at: datetime) -> Sent:
    """Keep a post; one that may tell of a side effect is a case at once. Raises as `write_post`."""
    with transaction.atomic():
        return _followed(writing.write_post(member, new, by=by, at=at), by, at)


def post_edited(post: Post, words: str, *, by: Actor, at: datetime) -> Sent:
    """Keep better words; what they tell anew is told of the same case. Raises as `edit_post`."""
    with transaction.atomic():
        written = writing.edit_post(post, words, by=by, at=at)
        return Sent(post, (), False, False) if written is None else _followed(written, by, at)


def post_is_event(post: Post, *, by: Actor, at: datetime) -> None:
    """Report a post as a side effect, whatever words are in it; the same post is one case."""
    with transaction.atomic():
        newest = post.texts.order_by("-pk")[0]
        _report(newest, by=by, at=at)


def community_left(who: Who, *, how: str, by: Actor, at: datetime) -> None:
    """Take back what an account allowed, and be a member no more.

    What a patient allowed is taken back like any other consent: see `consent_withdrawn`.
    """
    kind, pk, _number = who.subject
    with transaction.atomic():
        given = Consent.objects.filter(
            subject_kind=kind, subject_id=pk, program=who.program, revoked_at__isnull=True
        )
        code = community_of(who.program, day_of_the_clock(at))[1].consent
        for each in given.filter(code=code):
            submissions.revoke_consent(each, how=how, by=by, at=at)
        leave_where_not_allowed(who, by=by, at=at)


def report_posts_missed(since: datetime, *, by: Actor, at: datetime) -> int:
    """Report what was written since then, tells of a side effect, and is no case; how many.

    There is none, unless the words that tell were made more meanwhile.
    """
    known = CaseInformation.objects.filter(occasion=Concat(Value("post "), OuterRef("number")))
    found = PostText.objects.filter(~Exists(known), written_at__gte=since)
    written = found.select_related(*_BEHIND).order_by("pk")
    return sum(_report_missed(each, by, at) for each in written)


def _report_missed(text: PostText, by: Actor, at: datetime) -> bool:
    try:
        version = version_at(text.post.topic.program, at)
        if not _tells(text, version):
            return False
        _report(text, by=by, at=at)
    except Exception as error:  # noqa: BLE001 - told, and tried again; the next one matters too
        reason = type(error).__name__
        _log.error("could not be done", what="post", number=text.post.number, reason=reason)
        return False
    return True


_BEHIND = ("post__topic", "post__member__patient__merged_into", "post__member__user")


def _followed(written: Written, by: Actor, at: datetime) -> Sent:
    post = written.post
    version, community = community_of(post.topic.program, day_of_the_clock(at))
    is_event = _tells(written.text, version)
    is_emergency = community.tells_of_emergency(written.all_words)
    if is_event or is_emergency:
        _report(written.text, by=by, at=at)
    if is_emergency:
        tell_moderators(URGENT, [Waiting(post, at, ())], version, by=by, at=at)
    return Sent(post, written.held_for, is_event, is_emergency)


def _tells(text: PostText, version: ProgramVersion) -> bool:
    """Whether it tells of a side effect by its words, or agrees with somebody who told of one."""
    if words_that_tell(_all_words(text), version):
        return True
    community, post = version.community, text.post
    if community is None or post.is_opening or not community.agrees(text.words):
        return False
    others = Post.objects.filter(topic=post.topic).values_list("number", flat=True)
    told = [_occasion(number) for number in others]
    return SafetyCase.objects.filter(program=post.topic.program, occasion__in=told).exists()


def _report(text: PostText, *, by: Actor, at: datetime) -> None:
    """One case for each post, counted from the day its words were written."""
    post = text.post
    who, program = who_is(post.member), post.topic.program
    version = version_at(program, text.written_at)
    said = Statement(
        f"{_all_words(text)}\n\nWritten in the community, in the topic: {post.topic.title}",
        _PATIENT if who.patient is not None else _CARE_PARTNER,
        _reporter(who),
        piece=f"post {text.number}",
        received_on=sponsor_day(version, text.written_at),
    )
    report = Report(
        program=program,
        source=Source.COMMUNITY,
        kind=CaseKind.ADVERSE_EVENT,
        said=said,
        patient=_patient_of(who, text.written_at),
        occasion=_occasion(post.number),
    )
    receive_report(report, by=by, at=at)


def _occasion(post: str) -> str:
    return f"community {post}"


def _reporter(who: Who) -> dict[str, str]:
    """Whom safety staff can ask; of a patient the case knows that itself."""
    if who.user is None:
        return {}
    name, contact = Detail.REPORTER_NAME.value, Detail.REPORTER_CONTACT.value
    return {name: who.user.full_name, contact: who.user.email}


def _patient_of(who: Who, at: datetime) -> Patient | None:
    """The patient it is about: the member, or the only one a care partner helps."""
    if who.patient is not None or who.user is None:
        return who.patient
    helped = {each.patient.pk: each.patient for each in helped_by(who.user, who.program, at)}
    return next(iter(helped.values())) if len(helped) == 1 else None


def _all_words(text: PostText) -> str:
    title = text.post.topic.title if text.post.is_opening else ""
    return "\n".join(filter(None, [title, text.words]))
