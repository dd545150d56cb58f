"""Two answers to the same question, compared part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components.words import status


class Difference(NamedTuple):
    """One part that is not the same."""

    what: str
    then: str
    now: str


def differences(given: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """What the two answers do not share, the outcome first, then finding by finding."""
    found = []
    if given["outcome"] != now["outcome"]:
        found.append(Difference(_("Answer"), _outcome(given), _outcome(now)))
    for key in ("valid_from", "valid_until", "course", "day"):
        if given[key] != now[key]:
            found.append(Difference(key, str(given[key]), str(now[key])))
    before, after = _findings(given), _findings(now)
    for code in dict.fromkeys([*before, *after]):
        if before.get(code) != after.get(code):
            found.append(Difference(code, before.get(code, "–"), after.get(code, "–")))
    return found


def _outcome(answer: Mapping[str, Any]) -> str:
    return str(status("decision", answer["outcome"]).label)


def _findings(answer: Mapping[str, Any]) -> dict[str, str]:
    return {
        each["code"]: f"{status('finding', each['outcome']).label}: {each['observed']}"
        for each in answer["findings"]
    }
