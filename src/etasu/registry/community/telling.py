"""Telling members that there is news, and moderators what waits: numbers, and no words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from etasu.registry.accounts.access import ADMINISTRATOR, CARE_PARTNER, MODERATOR
from etasu.registry.audit.actors import Actor
from etasu.registry.community.facts import is_allowed, who_is
from etasu.registry.community.members import note
from etasu.registry.community.models import Member
from etasu.registry.community.moderating import Waiting, appeals_for_nobody
from etasu.registry.community.news import has_news, members_with_news
from etasu.registry.notices import actions as notices
from etasu.registry.notices.models import Notice
from etasu.registry.participants.telling import program_people
from etasu.safe_use.program import ProgramVersion

_log = structlog.get_logger("etasu.community")
NEWS, URGENT, LATE = "community_news", "community_urgent", "community_late"
ALONE = "community_alone"
_WHO_LOOK_AFTER_IT = (MODERATOR, ADMINISTRATOR)
# Where days are counted for care partners, whose own zone nobody knows.
_ZONE = "America/New_York"


def tell_moderators(
    event: str,
    waiting: Iterable[Waiting],
    version: ProgramVersion,
    roles: Sequence[str] = _WHO_LOOK_AFTER_IT,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Tell whoever looks after the community of what waits, once each; how many are new."""
    program = version.program.code
    people = [(role, person) for role in roles for person in program_people(program, role)]
    told = [
        (
            notices.Message(
                program,
                version.label,
                event.replace("_", "-"),
                event,
                role,
                ("post", each.post.number),
                each.since.isoformat(),
                (notices.PORTAL, notices.EMAIL),
            ),
            person,
        )
        for each in waiting
        for role, person in people
    ]
    return notices.queue_all(told, by=by, at=at)


def tell_of_appeals_for_nobody(version: ProgramVersion, *, by: Actor, at: datetime) -> int:
    """Tell administrators of appeals that wait for one more moderator; how many are new."""
    waiting = appeals_for_nobody(version.program.code)
    return tell_moderators(ALONE, waiting, version, (ADMINISTRATOR,), by=by, at=at)


def next_with_news(
    deal: Callable[[Member], bool], after: int, *, by: Actor, at: datetime
) -> int | None:
    """Look at the next member and tell them if there is news; their id, None after the last.

    At most once a day, by the calendar where they are. `deal` tells a patient and says whether
    that went well or is not to be tried again today; care partners have a message of the site.
    """
    with transaction.atomic():
        waiting = members_with_news().filter(pk__gt=after)
        held = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",))
        found = held.select_related("patient__merged_into", "user").first()
        if found is None:
            return None
        try:
            with transaction.atomic():
                _tell_news(found, deal, by, at)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, others want to hear
            _log.error("not told", number=found.number, kind=type(error).__qualname__)
    return found.pk


def is_in_vain(notice: Notice, *, at: datetime) -> bool:
    """Whether it tells of news to somebody who by now is no member any more."""
    if notice.event != NEWS:
        return False
    found = Member.objects.filter(number=notice.subject, left_at__isnull=True)
    member = found.select_related("user").first()
    return member is None or not is_allowed(who_is(member), at)


def _tell_news(found: Member, deal: Callable[[Member], bool], by: Actor, at: datetime) -> None:
    if _may_be_told(found, at) and has_news(found) and _tell(found, deal, by, at):
        found.told_at, found.told_by = at, by.number
        found.save(update_fields=["told_at", "told_by"])
        note("member.told", found, by=by, at=at)


def _may_be_told(member: Member, at: datetime) -> bool:
    zone = ZoneInfo(member.patient.time_zone if member.patient is not None else _ZONE)
    told = member.told_at
    if told is not None and told.astimezone(zone).date() >= at.astimezone(zone).date():
        return False
    return is_allowed(who_is(member), at)


def _tell(member: Member, deal: Callable[[Member], bool], by: Actor, at: datetime) -> bool:
    if member.user is None:
        return deal(member)
    message = notices.Message(
        member.program,
        "",
        "community-news",
        NEWS,
        CARE_PARTNER,
        ("member", member.number),
        at.astimezone(ZoneInfo(_ZONE)).date().isoformat(),
        (notices.PORTAL, notices.EMAIL),
    )
    notices.queue(message, member.user, by=by, at=at)
    return True
