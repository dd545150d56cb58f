"""The community, looked after: who may not be in it any more, what waits too long, and letters."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import structlog

from etasu.clock.patient_letters import PUT_OFF, patient_letters
from etasu.clock.sender import Letterhead
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.numbers import new_number
from etasu.registry.community.facts import AMember, NoCommunity, community_of, who_is
from etasu.registry.community.keeping_up import end_what_is_over
from etasu.registry.community.moderating import late_posts
from etasu.registry.community.telling import (
    LATE,
    next_with_news,
    tell_moderators,
    tell_of_appeals_for_nobody,
)
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.reactions import report_posts_missed

# As far back as posts are looked through again for what should have been a case.
LOOK_BACK = timedelta(days=45)
_log = structlog.get_logger("etasu.community")
# Words that go to patients without a page around them; they say nothing of the community.
_WORDS = {
    "en": (
        "There is something new",
        "Something new waits for you. Read it on your own page: {there}",
    ),
    "es": (
        "Hay algo nuevo",
        "Le espera algo nuevo. Léalo en su propia página: {there}",
    ),
}


def look_after_community(at: datetime) -> dict[str, int]:
    """End memberships nobody allows any more, tell of what waits too long; how many of each."""
    done: Counter[str] = Counter(ended=0, told=0)
    for program in sorted(library.current().programs):
        try:
            version, community = community_of(program, day_of_the_clock(at))
        except NoCommunity:
            continue
        done["ended"] += end_what_is_over(program, by=PLATFORM, at=at)
        late = late_posts(program, community, at)
        done["told"] += tell_moderators(LATE, late, version, by=PLATFORM, at=at)
        done["told"] += tell_of_appeals_for_nobody(version, by=PLATFORM, at=at)
    return dict(done)


def find_missed_posts(at: datetime) -> int:
    """Report posts that tell of a side effect and are no case; how many. There are none."""
    missed = report_posts_missed(at - LOOK_BACK, by=PLATFORM, at=at)
    if missed:
        _log.error("posts had been missed", count=missed)
    return missed


def tell_members(at: datetime, letterhead: Letterhead) -> dict[str, int]:
    """Tell members that there is news, once a day at most; how many e-mails of each outcome."""
    done: Counter[str] = Counter()
    after: int | None = 0
    with patient_letters(_WORDS, letterhead, _log) as letters:

        def deal(member: AMember) -> bool:
            patient = who_is(member).patient
            how = "no-address"
            if patient is not None:
                how = letters.tell(patient, new_number(), member.number, at)
            done[how] += 1
            return how != PUT_OFF

        while after is not None:
            after = next_with_news(deal, after, by=PLATFORM, at=at)
    return dict(done)
