"""Answers for machines that watch: is it alive, is it ready, which version is it."""

import platform
from importlib.metadata import version as installed_version

import django
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from etasu.site.readiness import findings, in_a_word


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """Whether this process answers at all; touches nothing else."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can do its work: 200 when it can, 503 with the failing part named.

    `degraded` is still 200: pages work, but the worker is late or the audit trail waits for seals.
    """
    found = findings(request.at)  # type: ignore[attr-defined]
    status = in_a_word(found)
    checks = {finding.code: finding.observed for finding in found}
    body = {"status": status, "checks": checks}
    return JsonResponse(body, status=503 if status == "not ready" else 200)


@never_cache
@require_safe
def version(request: HttpRequest) -> JsonResponse:
    """Which software answers."""
    return JsonResponse(
        {
            "etasu": installed_version("etasu"),
            "django": django.get_version(),
            "python": platform.python_version(),
        }
    )
