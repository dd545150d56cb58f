"""Pages about this wire: the OpenAPI document, a reference to read, and each problem explained."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from etasu.interfaces.api.openapi import document
from etasu.interfaces.api.problems import TYPES


class Described(NamedTuple):
    """One field of a body as the page shows it."""

    name: str
    kind: str
    required: bool
    about: str


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI 3.1 document."""
    return JsonResponse(document())


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The reference: calls with examples to paste, fields, and every problem."""
    schemas = document()["components"]["schemas"]
    context = {
        "site": request.build_absolute_uri("/").rstrip("/"),
        "question": described(schemas["AuthorizationQuestion"]),
        "answer": described(schemas["Answer"]),
        "finding": described(schemas["Finding"]),
        "became": described(schemas["Became"]),
        **_of_forms(schemas),
        "report": described(schemas["SafetyReport"]),
        "kept_report": described(schemas["ReportInFull"]),
        "told": described(schemas["Told"]),
        "reports": described(schemas["SafetyReports"]),
        "problems": list(TYPES.values()),
    }
    return render(request, "api/reference.html", context)


def _of_forms(schemas: dict[str, Any]) -> dict[str, list[Described]]:
    """The fields of signed forms; what one has beside those of a list, for itself."""
    in_list = described(schemas["FormInList"])
    return {
        "forms": described(schemas["SignedForms"]),
        "form_in_list": in_list,
        "signed_form": [each for each in described(schemas["FormInFull"]) if each not in in_list],
        "form_answer": described(schemas["FormAnswer"]),
        "form_consent": described(schemas["FormConsent"]),
        "form_signature": described(schemas["FormSignature"]),
    }


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """To the place on the page where the problem is explained."""
    if code not in TYPES:
        raise Http404
    return HttpResponseRedirect(f"{reverse('api:reference')}#{code}")


def described(schema: dict[str, Any]) -> list[Described]:
    """The fields of an object's schema, in its order."""
    required = set(schema.get("required", ()))
    return [
        Described(name, _kind(each), name in required, each.get("description", ""))
        for name, each in schema["properties"].items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(each) for each in schema["enum"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    limits = [str(schema[limit]) for limit in ("minimum", "maximum") if limit in schema]
    said = schema.get("format") or schema.get("type", "any")
    return f"{said} {' to '.join(limits)}".strip()
