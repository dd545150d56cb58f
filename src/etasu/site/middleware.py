"""What happens around every page: its moment, its number, its line in the log, its idle limit."""

import re
import time
import traceback
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse

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


_ANSWERS = (Http404, PermissionDenied, SuspiciousOperation)


def _way_to(exception: Exception) -> list[str]:
    frames = traceback.extract_tb(exception.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class SessionAge:
    """Signs a person out after the idle limit, and after the session's full age."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._keep_or_end(request)
        return self.get_response(request)

    def _keep_or_end(self, request: HttpRequest) -> None:
        now = int(request.at.timestamp())  # type: ignore[attr-defined]
        started = request.session.setdefault("started_at", now)
        seen = request.session.get("seen_at", now)
        is_idle = now - seen > settings.ETASU_IDLE_SECONDS
        is_old = now - started > settings.SESSION_COOKIE_AGE
        if is_idle or is_old:
            logout(request)
        elif now - seen >= 60 or "seen_at" not in request.session:
            # Once a minute at most: a write for every page would cost more than it tells.
            request.session["seen_at"] = now
