"""My standing: since when, until when, what is left to do, and the certificate."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etasu.portals.components.paper.certificates import Certified, certificate_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.language import page_language
from etasu.portals.requests import PortalRequest
from etasu.portals.standing import presenters
from etasu.portals.standing.framing import framed
from etasu.portals.standing.here import Mine, mine, numbers_of
from etasu.portals.standing.tasks import step_tasks
from etasu.registry.participants.certificates import Verified, certificates_of, verified
from etasu.registry.participants.newcomers import review_of
from etasu.registry.participants.sites import representatives_of, represented_sites


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """One's own standing; somebody who represents several chooses one."""
    numbers = numbers_of(request.asker)
    if len(numbers) == 1:
        return redirect("standing:mine", numbers[0])
    if not numbers:
        raise Http404
    first = mine(request, numbers[0])
    sites = list(represented_sites(request.asker))
    context = {"table": presenters.sites_table(sites, first.party, first.today)}
    return framed(request, "standing/home.html", context)


@require_safe
def standing(request: PortalRequest, number: str) -> HttpResponse:
    """Everything about one participant's standing."""
    own = mine(request, number)
    papers = [verified(each, request.at) for each in certificates_of(own.participant)]
    due = own.due
    context: dict[str, Any] = {
        "own": own,
        "review": review_of(own.participant),
        "kind": presenters.kind_of(own.participant),
        "advice": presenters.advice(own),
        "rows": presenters.standing_rows(own),
        "can_renew": own.may_renew and due is not None and due.is_open,
        "tasks": step_tasks(own),
        "paper": next((each for each in papers if each.is_valid), None),
        "history": presenters.history_table(own, papers),
    }
    return framed(request, "standing/mine.html", context)


@require_safe
def certificate(request: PortalRequest, number: str, paper: str) -> HttpResponse:
    """The certificate as a file; one that is good no longer is not printed any more."""
    own = mine(request, number)
    found = certificates_of(own.participant).filter(number=paper).first()
    if found is None:
        raise Http404
    now = verified(found, request.at)
    if not now.is_valid:
        messages.warning(request, _("This certificate is no longer valid."))
        return redirect("standing:mine", number)
    made = certificate_pdf(
        _certified(own, now),
        own.version.program,
        Printing(
            language=page_language(),
            printed_at=request.at,
            zone=own.participant.time_zone,
            address=f"{settings.ETASU_SITE_URL}{reverse('standing:verified', args=[paper])}",
        ),
    )
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="certificate-{paper}.pdf"'
    return answer


def _certified(own: Mine, paper: Verified) -> Certified:
    participant = own.participant
    representative = representatives_of(participant).first()
    issued_at = paper.certificate.issued_at.astimezone(ZoneInfo(participant.time_zone))
    return Certified(
        name=participant.name,
        kind=presenters.kind_of(participant),
        number=participant.number,
        certified_from=paper.since,
        certified_until=paper.until,
        issued_on=issued_at.date(),
        code=paper.certificate.number,
        representative=representative.user.full_name if representative else "",
    )
