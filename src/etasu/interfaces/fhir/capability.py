"""What this wire can do, as a CapabilityStatement: read off the very tables that do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

# When what is offered here last changed.
CHANGED_ON = "2026-11-21"


def statement(
    base: str, of_kind: Iterable[str], of_one: Iterable[str], kinds: Iterable[str], of_all: Any
) -> Mapping[str, Any]:
    """The statement for the service at `base`.

    `of_kind` and `of_one` are the interactions with a kind of resource and with one resource of
    it, `of_all` those with the whole service.
    """
    interactions = [{"code": code} for code in (*of_kind, *of_one)]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED_ON,
        "kind": "instance",
        "software": {"name": "Etasu", "version": version("etasu")},
        "implementation": {"description": "Results from laboratories", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Authorization: Bearer, with an API key"},
                "resource": [
                    {
                        "type": kind,
                        "interaction": interactions,
                        "versioning": "no-version",
                        "conditionalCreate": True,
                        "referencePolicy": ["literal", "logical", "local"],
                    }
                    for kind in kinds
                ],
                "interaction": [{"code": code} for code in of_all],
            }
        ],
    }
