"""The patient's own page: what comes next, how far they have come, and where everything is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from etasu.portals.components.self_checks import spoken
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.portals.patient.next_steps import check_now, emergency_told, next_steps
from etasu.portals.patient.places import places_of
from etasu.programs import library
from etasu.registry.monitoring.calendars import next_tests
from etasu.registry.monitoring.histories import watched
from etasu.registry.patient_support.sharing_facts import ending_soon
from etasu.registry.patients.today import has_left
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.dates import months_between
from etasu.safe_use.medicines import PregnancyAdvice, avoid_pregnancy_until
from etasu.safe_use.monitoring import horizon_of
from etasu.safe_use.obligations import rules_of
from etasu.safe_use.program import ProgramVersion


class Progress(NamedTuple):
    """How many months of tests are behind, of how many, and the day they end."""

    done: int
    months: int
    ends_on: date
    is_over: bool


@by_link(CHOOSE)
@require_safe
def home(request: HttpRequest, held: Holder) -> HttpResponse:
    """What to do next first, then everything else, each by its own name."""
    version = library.current().effective(held.patient.program, held.on)
    is_treated = infusions_of(held.patient).exists()
    left_on = _left_on(held)
    # Nobody waits for the self-check of somebody who left; they may do one on any day.
    is_asked = is_treated and left_on is None
    check = check_now(held, version, is_treated=is_asked) if version else None
    advice = version.pregnancy if version else None
    context = {
        "emergency": emergency_told(held),
        "left_on": left_on,
        "steps": next_steps(held, check) if left_on is None else [],
        "pregnancy": spoken(advice) if advice else None,
        "avoid_until": _avoid_until(held, advice) if advice else None,
        "next_tests": next_tests(held.patient, held.on),
        "is_before_treatment": bool(version and version.horizon) and not is_treated,
        "progress": _progress(held, version) if version else None,
        "sharing_ends": ending_soon(held.patient, held.at),
        "parts": places_of(held, check),
    }
    return here.shown(request, "patient/home.html", context, held)


def _left_on(held: Holder) -> date | None:
    """The day from which they take part no more; None while they do."""
    ended_on: date | None = held.patient.ended_on
    return ended_on if has_left(held.patient, held.on) else None


def _avoid_until(held: Holder, advice: PregnancyAdvice) -> date | None:
    given = [each.given_on for each in infusions_of(held.patient)]
    return avoid_pregnancy_until(advice, held.patient.attributes, given, held.on)


def _progress(held: Holder, version: ProgramVersion) -> Progress | None:
    """None before the first infusion, and where the program asks for no tests."""
    if version.horizon is None:
        return None
    known = watched(held.patient, version, held.on).known
    rhythms = [rule.every for rule in rules_of(version, held.patient.attributes)]
    ends_on = horizon_of(version.horizon, rhythms, known.infusions, known.extensions)
    if ends_on is None:
        return None
    last = max(known.infusions)
    months = months_between(last, ends_on)
    done = min(months_between(last, held.on), months)
    return Progress(done, months, ends_on, held.on > ends_on)
