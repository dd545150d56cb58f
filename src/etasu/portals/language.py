"""Choosing the language of the pages."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, get_language
from django.views.decorators.http import require_POST

from etasu.safe_use.program import ENGLISH


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie and go back to the page.

    `unsent` says that the page has a form and no script to keep what was typed in it.
    """
    there = safe_address(request, request.POST.get("next", ""))
    chosen = request.POST.get("language", "")
    if request.POST.get("unsent"):
        # Without script nothing carries over what is typed, so that is said before it is lost.
        context = {"next": there, "language": chosen}
        return render(request, "components/language_asked.html", context)
    response = HttpResponseRedirect(there)
    if chosen in dict(settings.LANGUAGES) and check_for_language(chosen):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 24 * 60 * 60,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response


def page_language() -> str:
    """The language of the page, as programs name theirs: two letters."""
    return (get_language() or ENGLISH)[:2]


def safe_address(request: HttpRequest, address: str) -> str:
    """The address when it is one of this site, otherwise the front page."""
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else "/"
