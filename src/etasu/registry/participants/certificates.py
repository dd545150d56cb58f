"""Certificates: the paper of a certification, and what anybody may learn from its number."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.facts import certification_facts
from etasu.registry.participants.models import Certificate, Certification, Participant
from etasu.safe_use.certification import TAKES_PART, standing
from etasu.safe_use.identifiers import number_ok


class Verified(NamedTuple):
    """What a certificate says today. `until` is the last day it is good for; None has no end.

    It is not valid when the participant is not certified today, whatever the reason.
    """

    certificate: Certificate
    participant: Participant
    program: str
    kind: str
    since: date
    until: date | None
    is_valid: bool


def issue(certification: Certification, *, by: Actor, at: datetime) -> Certificate:
    """The certificate of a certification, made when there is none yet."""
    with transaction.atomic():
        certificate, is_new = Certificate.objects.get_or_create(
            certification=certification, defaults={"issued_at": at, "issued_by": by.number}
        )
        if is_new:
            audit.record(
                "certificate.issued",
                subject=("participant", certification.participant.number),
                by=by,
                at=at,
                detail={"certificate": certificate.number},
            )
    return certificate


def without_certificate(
    program: str, on: date, after_id: int = 0, limit: int = 1000
) -> QuerySet[Certification]:
    """Certifications not yet over that no certificate was made for, as after an import, by id."""
    running = Certification.objects.filter(
        participant__program=program, participant__certified_until__gte=on
    ) | Certification.objects.filter(
        participant__program=program,
        participant__certified_from__isnull=False,
        participant__certified_until__isnull=True,
    )
    found = running.filter(certificate__isnull=True, pk__gt=after_id)
    found = found.select_related("participant")
    return found.order_by("pk")[:limit]


def certificate_of(participant: Participant) -> Certificate | None:
    """The certificate of the newest certification; None without one."""
    found = Certificate.objects.filter(certification__participant=participant)
    return found.select_related("certification").order_by("-certification__certified_from").first()


def certificates_of(participant: Participant) -> QuerySet[Certificate]:
    """Every certificate the participant ever had, newest first."""
    found = Certificate.objects.filter(certification__participant=participant)
    return found.select_related("certification").order_by("-certification__certified_from")


def verify_certificate(number: str, at: datetime) -> Verified | None:
    """What the certificate of that number says now; None when there is none, or a slip in it."""
    if not number_ok(number):
        return None
    found = (
        Certificate.objects.filter(number=number)
        .select_related("certification__participant")
        .first()
    )
    return verified(found, at) if found else None


def verified(certificate: Certificate, at: datetime) -> Verified:
    """What a certificate says now, in the participant's own time zone.

    An earlier paper is good as long as the participant is certified without a gap since.
    """
    certification = certificate.certification
    participant = certification.participant
    on = at.astimezone(ZoneInfo(participant.time_zone)).date()
    since, until, is_valid = certification.certified_from, certification.certified_until, False
    version = library.current().effective(participant.program, on)
    party = version.parties.get(participant.kind) if version else None
    if party is not None:
        now = standing(party, certification_facts(participant), on)
        counts = now.certified_from is not None and now.certified_from <= since
        if now.state in TAKES_PART and counts:
            is_valid, until = True, now.certified_until
    name = version.program.name if version else participant.program
    kind = party.name if party else participant.kind
    return Verified(certificate, participant, name, kind, since, until, is_valid)
