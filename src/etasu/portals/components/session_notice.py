"""How long the present session lasts, for the lines below a page and the warning before its end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from etasu.portals.components.people import role_in_session
from etasu.registry.accounts import access
from etasu.registry.accounts.session_limits import WARN_BEFORE, limit_for
from etasu.registry.accounts.sessions import seconds_left


class SessionNotice(NamedTuple):
    """When the session ends, and where the page asks, stays, or goes at its end."""

    seconds_left: int
    warn_seconds: int
    idle_minutes: int
    ends_at: datetime
    sign_in: str


def session_notice(request: HttpRequest | None) -> SessionNotice | None:
    """The notice for somebody signed in; None for anybody else."""
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return None
    role, at = role_in_session(request), request.at  # type: ignore[attr-defined]
    limit = limit_for(role)
    started = request.session.get("started_at", int(at.timestamp()))
    began = at - timedelta(seconds=int(at.timestamp()) - started)
    there = request.get_full_path() if request.method in access.READING else request.path
    return SessionNotice(
        seconds_left=seconds_left(request.session, role, at),
        warn_seconds=int(WARN_BEFORE.total_seconds()),
        idle_minutes=int(limit.idle.total_seconds()) // 60,
        ends_at=began + limit.overall,
        sign_in=f"{reverse('sign-in')}?{urlencode({'next': there})}",
    )
