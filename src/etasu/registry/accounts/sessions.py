"""The browsers a person is signed in with: seen, listed, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction

from etasu.registry.accounts.models import OpenSession, User
from etasu.registry.accounts.session_limits import LONGEST_IDLE, limit_for
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor

KEPT_FOR = timedelta(days=90)
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """A browser in two words, as its User-Agent says it: `Firefox, Windows`."""
    browsers = (*_BROWSERS, ("Safari/", "Safari"))
    found = [
        next((name for mark, name in table if mark in agent), "") for table in (browsers, _SYSTEMS)
    ]
    return ", ".join(part for part in found if part)


def begin_session(
    user: User, session_key: str, browser: str, ways: str, *, by: Actor, at: datetime
) -> OpenSession:
    """Note that somebody signed in with a browser, and how."""
    user.open_sessions.filter(last_seen__lt=at - KEPT_FOR).delete()
    return OpenSession.objects.create(
        user=user,
        session_key=session_key,
        browser=browser,
        ways=ways,
        last_seen=at,
        began_at=at,
        began_by=by.number,
    )


def see_session(session_key: str, at: datetime) -> None:
    """Note that the session is in use."""
    OpenSession.objects.filter(session_key=session_key).update(last_seen=at)


def open_sessions(user: User, at: datetime) -> list[OpenSession]:
    """The browsers the person is signed in with now, the one seen last first."""
    # Use is noted once a minute at most.
    since = at - LONGEST_IDLE - timedelta(minutes=1)
    known = user.open_sessions.filter(ended_at__isnull=True, last_seen__gte=since)
    known = known.order_by("-last_seen", "-id")
    alive = set(
        Session.objects.filter(
            session_key__in=[each.session_key for each in known], expire_date__gt=at
        ).values_list("session_key", flat=True)
    )
    return [each for each in known if each.session_key in alive]


def end_session(user: User, number: str, *, by: Actor, at: datetime) -> bool:
    """Sign one of the person's browsers out; whether it was theirs. Doing it twice does it once."""
    with transaction.atomic():
        session = user.open_sessions.select_for_update().filter(number=number).first()
        if session is not None and session.ended_at is None:
            _end(session, by, at)
            _note("person.session_ended", user, by, at, {"session": session.number})
    return session is not None


def end_sessions(user: User, *, keep: str, by: Actor, at: datetime) -> User:
    """Sign every browser out, known or not, but the one with the session key `keep`."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        locked.sign_outs += 1
        locked.save(update_fields=["sign_outs"])
        mark_ended(locked, keep=keep, by=by, at=at)
        _note("person.sessions_ended", locked, by, at, {})
    return locked


def mark_ended(user: User, *, keep: str, by: Actor, at: datetime) -> None:
    """Close the list of open sessions after all but one have become worthless."""
    for session in user.open_sessions.filter(ended_at__isnull=True).exclude(session_key=keep):
        _end(session, by, at)


def seconds_left(session: Mapping[str, Any], role: str, at: datetime) -> int:
    """How long the session lasts if nothing more is done in it; below 0 when it is over.

    `session` holds the moments it began and was last seen, in seconds.
    """
    limit, now = limit_for(role), int(at.timestamp())
    started = session.get("started_at", now)
    idle = session.get("seen_at", now) + int(limit.idle.total_seconds())
    return int(min(idle, started + int(limit.overall.total_seconds())) - now)


def move_session(old_key: str, new_key: str) -> None:
    """The session goes on under another key, as after a new password."""
    OpenSession.objects.filter(session_key=old_key).update(session_key=new_key)


def note_timed_out(session_key: str, *, by: Actor, at: datetime) -> None:
    """Note that a session's time was over."""
    note_signed_out(session_key, by=by, at=at)
    audit.record("person.timed_out", subject=("user", by.number), by=by, at=at)


def note_signed_out(session_key: str, *, by: Actor, at: datetime) -> None:
    """Note that a session ended by itself: signed out, or its time was over."""
    still = OpenSession.objects.filter(session_key=session_key, ended_at__isnull=True)
    still.update(ended_at=at, ended_by=by.number)


def _end(session: OpenSession, by: Actor, at: datetime) -> None:
    Session.objects.filter(session_key=session.session_key).delete()
    session.ended_at, session.ended_by = at, by.number
    session.save(update_fields=["ended_at", "ended_by"])


def _note(verb: str, user: User, by: Actor, at: datetime, detail: dict[str, object]) -> None:
    audit.record(verb, subject=("user", user.number), by=by, at=at, detail=detail)
