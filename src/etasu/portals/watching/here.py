"""Who looks at whom: the asker, their day, the program in force, and the patient of a page."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.http import Http404

from etasu.portals.components.records import patient_banner
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.accounts.access import POLICIES
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.facts import patient_seen
from etasu.safe_use.program import ProgramVersion


class Here(NamedTuple):
    """Who looks, the day where they are, and the program as it stands that day."""

    asker: Asker
    today: date
    version: ProgramVersion

    def may(self, route: str, method: str = "POST") -> bool:
        """Whether their role may send something to that route, or read it."""
        return POLICIES[f"watching:{route}"].allows(self.asker.role, method)


def here(request: PortalRequest) -> Here:
    """Who looks now; not found where no program is in force."""
    asker = request.asker
    today = asked_on(asker, request.at)
    version = library.current().effective(asker.program, today)
    if version is None:
        raise Http404
    return Here(asker, today, version)


def patient_here(asker: Asker, number: str) -> Any:
    """The patient of that number; one whom the asker may not see is not found either."""
    found = patient_seen(asker, number)
    if found is None:
        raise Http404
    return found


def about(patient: Any, today: date, form: Any) -> dict[str, Any]:
    """What every page with one form about a patient shows."""
    return {
        "banner": patient_banner(patient, in_full=True, on=today),
        "patient": patient,
        "form": form,
    }
