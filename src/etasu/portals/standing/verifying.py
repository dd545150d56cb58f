"""Verify a certificate: what its number says today, for anybody who has it."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import PortalForm, as_printed, sent_form
from etasu.portals.standing.presenters import kind_of
from etasu.registry.accounts.delays import seconds_to_wait
from etasu.registry.participants.certificates import verify_certificate

LONGEST = 40


class VerifyForm(PortalForm):
    """The number on the paper. One with a slip in it is answered like any that is none."""

    number = forms.CharField(
        label=_("Verification code"),
        help_text=_("It is printed on the certificate."),
        max_length=LONGEST,
        widget=forms.TextInput(
            attrs={"class": "input--number input--short", "autocomplete": "off"}
        ),
        error_messages={"required": _("Enter the code on the certificate")},
    )

    def clean_number(self) -> str:
        """The number in the way we print it."""
        typed: str = self.cleaned_data["number"]
        if not any(char.isalnum() for char in typed):
            raise ValidationError(gettext("Enter the code on the certificate"))
        return as_printed(typed)


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The page where the number is typed."""
    form = VerifyForm(sent_form(request))
    if request.method == "POST" and form.is_valid():
        return redirect("standing:verified", form.cleaned_data["number"])
    return render(request, "standing/verify.html", {"form": form})


@never_cache
@require_safe
def verified(request: HttpRequest, number: str) -> HttpResponse:
    """What the certificate says today. A number that is none looks like any that is not valid.

    Whoever tries many numbers waits, so that nobody finds one by trying.
    """
    place, at = request.META.get("REMOTE_ADDR", ""), request.at  # type: ignore[attr-defined]
    printed = as_printed(number[:LONGEST])
    wait = seconds_to_wait("verify", place, at)
    if wait:
        response = render(
            request,
            "standing/verify.html",
            {"form": VerifyForm(initial={"number": printed}), "refusal": _wait(wait)},
            status=429,
        )
        response["Retry-After"] = str(wait)
        return response
    found = verify_certificate(printed, at)
    context = {
        "number": printed,
        "found": found,
        "kind": kind_of(found.participant) if found else "",
        "form": VerifyForm(initial={"number": "" if found else printed}),
    }
    return render(request, "standing/verified.html", context)


def _wait(seconds: int) -> str:
    said = ngettext(
        "Many codes were tried from here. Wait %(n)d second, then try again.",
        "Many codes were tried from here. Wait %(n)d seconds, then try again.",
        seconds,
    )
    return said % {"n": seconds}
