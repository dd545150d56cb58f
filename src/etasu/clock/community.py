"""The community, looked after: who may not be in it any more, what waits too long, and letters."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import structlog
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from etasu.clock.sender import Letter, Letterhead, close, code_of, is_final
from etasu.programs import library
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.numbers import new_number
from etasu.registry.community.facts import AMember, NoCommunity, community_of, who_is
from etasu.registry.community.keeping_up import end_what_is_over
from etasu.registry.community.moderating import late_posts
from etasu.registry.community.telling import LATE, next_with_news, tell_moderators
from etasu.registry.notices.wishes import Wish, wishes_of
from etasu.registry.participants.reminders import day_of_the_clock
from etasu.registry.patient_support.line_messages import email_of
from etasu.registry.reactions import report_posts_missed
from etasu.safe_use.reminding import Quiet, not_before

# Where patients ask for the link to their own pages.
ENTRANCE = "/p/"
# As far back as posts are looked through again for what should have been a case.
LOOK_BACK = timedelta(days=45)
_log = structlog.get_logger("etasu.community")
# Words that go to patients without a page around them; they say nothing of the community.
_WORDS = {
    "en": (
        "There is something new",
        "Something new waits for you. Read it on your own page: {there}",
        "This address takes no answers. If it is an emergency, call 911.",
    ),
    "es": (
        "Hay algo nuevo",
        "Le espera algo nuevo. Léalo en su propia página: {there}",
        "Esta dirección no recibe respuestas. Si es una emergencia, llame al 911.",
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
    connection = get_connection()
    after: int | None = 0
    try:

        def deal(member: AMember) -> bool:
            how = _tell(member, letterhead, connection, at)
            done[how] += 1
            return how != "put_off"

        while after is not None:
            after = next_with_news(deal, after, by=PLATFORM, at=at)
    finally:
        close(connection)
    return dict(done)


def _tell(
    member: AMember, letterhead: Letterhead, connection: BaseEmailBackend, at: datetime
) -> str:
    """How it went, as a code; one that is put off is tried again the same day."""
    patient = who_is(member).patient
    to, why = email_of(patient) if patient is not None else ("", "no-address")
    if patient is None or why:
        return why
    wanted = wishes_of({patient.number}).get(patient.number, Wish())
    if not_before(at, Quiet(patient.time_zone, wanted.quiet_from, wanted.quiet_until)) > at:
        return "put_off"
    try:
        connection.open()
        _email(to, wanted.language or patient.language, letterhead, connection).send()
    except Exception as error:  # noqa: BLE001 - whatever a server does, the next one matters
        close(connection)
        # The number of the member and the kind of failure, never an address.
        _log.warning("not told", number=member.number, reason=code_of(error))
        return "refused" if is_final(error) else "put_off"
    return "sent"


def _email(
    to: str, language: str, letterhead: Letterhead, connection: BaseEmailBackend
) -> EmailMessage:
    subject, text, end = _WORDS.get(language, _WORDS["en"])
    there = f"{letterhead.address}{ENTRANCE}"
    body = f"{text.format(there=there)}\n\n{end}\n\n-- \n{letterhead.site}\n"
    letter = Letter(new_number(), to, f"{letterhead.site}: {subject}", body, language)
    return letterhead.email(letter, connection)
