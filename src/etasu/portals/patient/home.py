"""The patient's own page: what comes next, how far they have come, and where everything is."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from etasu.portals.components.self_checks import spoken
from etasu.portals.patient import here
from etasu.portals.patient.here import CHOOSE, Holder, by_link
from etasu.programs import library
from etasu.registry.community.facts import has_community
from etasu.registry.monitoring.calendars import next_tests
from etasu.registry.monitoring.histories import watched
from etasu.registry.patient_support.facts import is_offered
from etasu.registry.patient_support.lab_facts import has_lab_program
from etasu.registry.patient_support.nurse_facts import has_nurse_line
from etasu.registry.patient_support.self_check_facts import next_check_on, open_check_of
from etasu.registry.patient_support.sharing_facts import ending_soon
from etasu.registry.treatment.facts import infusions_of
from etasu.safe_use.dates import months_between
from etasu.safe_use.medicines import PregnancyAdvice, avoid_pregnancy_until
from etasu.safe_use.monitoring import horizon_of
from etasu.safe_use.program import ProgramVersion


class Progress(NamedTuple):
    """How many months of tests are behind, of how many, and the day they end."""

    done: int
    months: int
    ends_on: date
    is_over: bool


class CheckNow(NamedTuple):
    """The day of the next self-check, whether it is due, and whether one was begun."""

    next_on: date
    is_due: bool
    is_open: bool


@by_link(CHOOSE)
@require_safe
def home(request: HttpRequest, held: Holder) -> HttpResponse:
    """What to do next first, then everything else, each by its own name."""
    version = library.current().effective(held.patient.program, held.on)
    advice = version.pregnancy if version else None
    context = {
        "check": _check(held, version) if version else None,
        "pregnancy": spoken(advice) if advice else None,
        "avoid_until": _avoid_until(held, advice) if advice else None,
        "next_tests": next_tests(held.patient, held.on),
        "progress": _progress(held, version) if version else None,
        "sharing_ends": ending_soon(held.patient, held.at),
        "has_help_with_costs": is_offered(held.patient, held.on),
        "has_lab_program": has_lab_program(held.patient, held.on),
        "has_nurses": has_nurse_line(held.program, held.on),
        "has_community": has_community(held.program, held.on),
    }
    return here.shown(request, "patient/home.html", context, held)


def _check(held: Holder, version: ProgramVersion) -> CheckNow | None:
    """None where the program has no self-check."""
    if version.self_check is None:
        return None
    next_on = next_check_on(held.patient, version.self_check, held.on)
    is_treated = infusions_of(held.patient).exists()
    is_open = open_check_of(held.patient, held.on) is not None
    return CheckNow(next_on, is_treated and next_on <= held.on, is_open)


def _avoid_until(held: Holder, advice: PregnancyAdvice) -> date | None:
    given = [each.given_on for each in infusions_of(held.patient)]
    return avoid_pregnancy_until(advice, held.patient.attributes, given, held.on)


def _progress(held: Holder, version: ProgramVersion) -> Progress | None:
    """None before the first infusion, and where the program asks for no tests."""
    if version.horizon is None:
        return None
    known = watched(held.patient, version, held.on).known
    ends_on = horizon_of(version.horizon, known.infusions, known.extensions)
    if ends_on is None:
        return None
    last = max(known.infusions)
    months = months_between(last, ends_on)
    done = min(months_between(last, held.on), months)
    return Progress(done, months, ends_on, held.on > ends_on)
