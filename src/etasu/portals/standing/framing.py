"""The frame of the pages: each person keeps the navigation of their own portal around them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from etasu.portals.requests import PortalRequest
from etasu.registry.accounts import access

# Whoever is not named here has no portal with a navigation, and the way home above the page.
FRAMES = {
    access.PRESCRIBER: "prescriber/base.html",
    access.DELEGATE: "delegate/base.html",
    access.FACILITY_REPRESENTATIVE: "organization/base.html",
    access.PHARMACY_REPRESENTATIVE: "organization/base.html",
    access.INFUSION_NURSE: "facility/base.html",
    access.PHARMACIST: "pharmacy/base.html",
    access.ADMINISTRATOR: "administrator/base.html",
    access.AUDITOR: "administrator/base.html",
}


def framed(request: PortalRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page inside the portal of the role the person acts in."""
    role = request.asker.role if request.asker else ""
    return render(request, template, {**context, "own_base": FRAMES.get(role, "base.html")})
