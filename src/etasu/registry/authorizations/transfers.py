"""A patient taken over by another prescriber, seen from the gates."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from etasu.registry.audit.actors import Actor
from etasu.registry.authorizations.facts import authorizations_of
from etasu.registry.authorizations.taking_back import take_back
from etasu.registry.patients.models import Patient, Transfer
from etasu.registry.patients.transfers import accept_transfer


def transfer_accepted(transfer: Transfer, *, on: date, by: Actor, at: datetime) -> Patient:
    """The next prescriber takes the patient over; what was open for use is asked for again.

    A course that is authorized stays so: its gates ask about the prescriber the patient now has.
    Raises NotCertified or TransferClosed.
    """
    with transaction.atomic():
        patient = accept_transfer(transfer, on=on, by=by, at=at)
        found = authorizations_of(patient).order_by()
        take_back(found, "another prescriber", keep_steps=True, by=by, at=at)
    return patient
