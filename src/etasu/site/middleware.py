"""What happens around every page: its moment, its number, its line in the log, its idle limit."""

import re
import time
import traceback
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError

from etasu.portals.access import HANDED_OVER
from etasu.portals.account.kept_form import TIMED_OUT
from etasu.portals.components.people import role_in_session
from etasu.registry.accounts import sessions
from etasu.registry.audit.actors import Actor

Answer = Callable[[HttpRequest], HttpResponse]

_log = structlog.get_logger("etasu.request")
_A_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


class RequestTime:
    """Gives each request its one moment, `request.at` (aware, UTC), and its number `request.id`.

    Everything done for a request happens at that moment. A caller's well-formed X-Request-ID is
    kept, so that one number can be followed through several systems.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = datetime.now(UTC)  # type: ignore[attr-defined]
        given = request.headers.get("X-Request-ID", "")
        request.id = given if _A_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class BehindProxies:
    """Puts the visitor's network address where the nearest proxy's stands.

    Tries are counted by place: behind a proxy, everybody would be one place. Each proxy adds the
    address it was called from at the end of X-Forwarded-For; what a visitor wrote there is before
    that, and is not believed.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        proxies: int = settings.ETASU_PROXIES
        if 0 < proxies <= len(hops):
            with suppress(ValueError):
                request.META["REMOTE_ADDR"] = str(ip_address(hops[-proxies].strip()))
        return self.get_response(request)


class RequestLog:
    """Writes one line for each request: method, route, status, milliseconds, number.

    Never the address itself, its arguments, a name or an account: routes are patterns. A failure
    gets a line with the kind of exception and the way to it, but not its words, which may quote
    what somebody typed or what the database holds.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        _log.info(
            "request",
            method=request.method if request.method in _METHODS else "other",
            route=(match.view_name or match.route) if match else "none",
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
            request_id=request.id,  # type: ignore[attr-defined]
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Write where it happened; Django goes on to answer with status 500.

        What is not found, not allowed or not readable is an answer and not a failure.
        """
        if isinstance(exception, _ANSWERS):
            return
        _log.error(
            "failure",
            kind=type(exception).__qualname__,
            way=_way_to(exception),
            request_id=request.id,  # type: ignore[attr-defined]
        )


_ANSWERS = (Http404, PermissionDenied, SuspiciousOperation, UnreadablePostError)


def _way_to(exception: Exception) -> list[str]:
    frames = traceback.extract_tb(exception.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class SessionAge:
    """Signs a person out after the idle limit of their role, and after the session's full age.

    A page that only asks how much time is left says so in a header, and does not count as use.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._keep_or_end(request)
        return self.get_response(request)

    def _keep_or_end(self, request: HttpRequest) -> None:
        at: datetime = request.at  # type: ignore[attr-defined]
        now = int(at.timestamp())
        if "started_at" not in request.session:
            # Signed in without our pages, as commands and tests do.
            request.session["started_at"] = now
        left = sessions.seconds_left(request.session, role_in_session(request), at)
        if left < 0:
            self._end(request, at)
            return
        seen = request.session.get("seen_at")
        is_watching = "X-Session-Watch" in request.headers
        if seen is None or (now - seen >= 60 and not is_watching):
            # Once a minute at most: a write for every page would cost more than it tells.
            request.session["seen_at"] = now
            sessions.see_session(request.session.session_key or "", at)

    def _end(self, request: HttpRequest, at: datetime) -> None:
        user = request.user
        by = Actor(user.number, "person")  # type: ignore[union-attr]
        sessions.note_timed_out(request.session.session_key or "", by=by, at=at)
        is_lent = HANDED_OVER in request.session
        logout(request)
        # The next page says why; what this person had typed waits for nobody else. Nothing waits
        # that a patient typed on a device lent to them: they alone send that.
        request.session[TIMED_OUT] = True if is_lent else by.number
        request.acting = request.asker = None  # type: ignore[attr-defined]
