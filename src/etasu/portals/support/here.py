"""Who looks after whom: the asker, their day, the nurses' line in force, and a page's patient."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.http import Http404

from etasu.portals.components.records import patient_banner
from etasu.portals.requests import PortalRequest
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import Asker
from etasu.registry.patient_support.nurse_facts import NoNurseLine, line_of
from etasu.registry.patients.facts import patient_seen
from etasu.safe_use.nurse_line import NurseLine
from etasu.safe_use.program import ProgramVersion


class Here(NamedTuple):
    """Who looks, the day where they are, and the line as the program has it that day."""

    asker: Asker
    today: date
    version: ProgramVersion
    line: NurseLine


def here(request: PortalRequest) -> Here:
    """Who looks now; not found where the program has no nurses' line."""
    asker = request.asker
    today = asked_on(asker, request.at)
    try:
        version, line = line_of(asker.program, today)
    except NoNurseLine as none:
        raise Http404 from none
    return Here(asker, today, version, line)


def patient_here(asker: Asker, number: str) -> Any:
    """The patient of that number; one who does not allow it is not found either."""
    found = patient_seen(asker, number)
    if found is None:
        raise Http404
    return found


def about(patient: Any, where: Here) -> dict[str, Any]:
    """What every page about a patient shows."""
    return {
        "patient": patient,
        "banner": patient_banner(patient, in_full=True, on=where.today),
        "zone": patient.time_zone,
    }
