"""The connections by which people who are signed in send results: made when first used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.connecting import register_connection
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.received import BY_HAND, FILE, FORM, PATIENT

_NAMES: Mapping[str, str] = {
    BY_HAND: "Entered by hand",
    PATIENT: "Sent by patients",
    FORM: "Said on forms",
    FILE: "Files of results",
}


def own_connection(program: str, wire: str, *, by: Actor, at: datetime) -> LabConnection:
    """The program's own connection for what comes this way."""
    known = LabConnection.objects.filter(
        program=program, name=_NAMES[wire], wire=wire, closed_at__isnull=True
    )
    found = known.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return register_connection(program, _NAMES[wire], wire=wire, by=by, at=at)
    except IntegrityError:
        # Somebody else was the very first at the same moment.
        return known.get()


def file_connections(program: str) -> QuerySet[LabConnection]:
    """The connections whose results come in files, by name."""
    found = LabConnection.objects.filter(program=program, wire=FILE, closed_at__isnull=True)
    return found.order_by("name", "pk")
