"""Parts of the public pages; load with `{% load public_pages %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

register = template.Library()


@register.inclusion_tag("components/section.html", takes_context=True)
def public_section(
    context: dict[str, Any],
    route: str,
    label: str,
    for_patients: bool = False,
    role: str = "",
) -> dict[str, Any]:
    """One entry of a program's navigation; the present one is marked."""
    names = {"program": context["here"].code} | ({"role": role} if role else {})
    address = reverse(route, kwargs=names)
    match = getattr(context.get("request"), "resolver_match", None)
    is_current = match is not None and match.view_name == route
    # The pages of all roles stand under one entry.
    is_current |= not role and match is not None and match.view_name == f"{route}-role"
    if for_patients:
        address += "?for=patients"
    return {"address": address, "label": label, "is_current": is_current}
