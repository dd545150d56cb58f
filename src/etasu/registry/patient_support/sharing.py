"""A patient lets somebody help them: invited, accepted, more or less shared, ended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import transaction

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.accounts.registration import LinkUsedUp, register_invited
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.notices.calendar_feeds import Whose, end_calendar
from etasu.registry.participants.actions import add_member
from etasu.registry.participants.models import Membership
from etasu.registry.patient_support.models import CarePartner, SharedSlice
from etasu.registry.patient_support.sharing_facts import LOOKED, Helping, helping_of
from etasu.registry.patients.models import Patient
from etasu.registry.patients.proving import Proof, prove_birth_date
from etasu.registry.patients.records import answered_for, ids_behind
from etasu.registry.patients.today import day_of
from etasu.safe_use.dates import Span, Unit
from etasu.safe_use.sharing import SharingState, Slice

VALID_FOR = timedelta(days=14)
# For so long it holds, unless the patient goes on with it: their own page asks them near its end.
HOLDS_FOR = Span(1, Unit.YEARS)


class Asked(NamedTuple):
    """Who is asked to help, as the patient calls them, and what is shared with them.

    They are asked by e-mail, or without an address by text message.
    """

    full_name: str
    email: str
    slices: Collection[Slice]
    telephone: str = ""


class Sent(NamedTuple):
    """An invitation with the secret of its link, which is not kept."""

    partner: CarePartner
    token: str


class Refusal(StrEnum):
    """Why somebody cannot be asked to help, or cannot accept."""

    HELPS_ALREADY = "helps_already"
    NOT_OPEN = "not_open"
    SOMEBODY_ELSE = "somebody_else"


class NotSharing(ValueError):
    """Nothing comes of the invitation; `why` says the reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


def invite_partner(patient: Patient, asked: Asked, *, by: Actor, at: datetime) -> Sent:
    """Ask somebody to help; an invitation of the same address that nobody accepted is ended.

    Raises NotSharing for somebody who helps the patient already.
    """
    email, token = asked.email.strip().lower(), secrets.token_urlsafe(32)
    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
        same = CarePartner.objects.filter(
            patient__in=ids_behind(patient),
            email=email,
            telephone=asked.telephone,
            ended_at__isnull=True,
        )
        for each in same:
            if helping_of(each, at).state is SharingState.OPEN:
                raise NotSharing(Refusal.HELPS_ALREADY)
            end_sharing(each, by=by, at=at)
        made = CarePartner.objects.create(
            patient=patient,
            full_name=" ".join(asked.full_name.split()),
            email=email,
            telephone=asked.telephone,
            token_hash=hash_of(token),
            link_until=at + VALID_FOR,
            ends_on=HOLDS_FOR.after(day_of(patient, at)),
            invited_at=at,
            invited_by=by.number,
        )
        _note("care_partner.invited", made, by, at)
        share(made, asked.slices, by=by, at=at)
    return Sent(made, token)


def share(partner: CarePartner, wanted: Collection[Slice], *, by: Actor, at: datetime) -> None:
    """Share exactly these slices from now on; of one that is ended nothing changes."""
    with transaction.atomic():
        locked = _locked(partner)
        if locked.ended_at is not None:
            return
        before = {Slice(each.slice): each for each in locked.slices.filter(ended_at__isnull=True)}
        for each in Slice:
            if each in wanted and each not in before:
                SharedSlice.objects.create(
                    partner=locked, slice=each, shared_at=at, shared_by=by.number
                )
                _note("care_partner.shared", locked, by, at, {"slice": each.value})
            elif each not in wanted and each in before:
                _stop(before[each], locked, by, at)


def go_on_sharing(partner: CarePartner, *, by: Actor, at: datetime) -> None:
    """Let it hold for another year from today."""
    with transaction.atomic():
        locked = _locked(partner)
        until = HOLDS_FOR.after(day_of(answered_for(locked.patient), at))
        if locked.ended_at is None and locked.ends_on != until:
            locked.ends_on = until
            locked.save(update_fields=["ends_on"])
            _note("care_partner.gone_on", locked, by, at, {"until": until.isoformat()})


def end_sharing(partner: CarePartner, *, by: Actor, at: datetime) -> None:
    """Share nothing any more, at once and for good; the calendar ends on every device."""
    with transaction.atomic():
        locked = _locked(partner)
        if locked.ended_at is not None:
            return
        for each in locked.slices.filter(ended_at__isnull=True):
            _stop(each, locked, by, at)
        locked.ended_at, locked.ended_by = at, by.number
        locked.save(update_fields=["ended_at", "ended_by"])
        _note("care_partner.ended", locked, by, at)


def open_invitation(token: str, at: datetime) -> Helping | None:
    """The invitation whose link this is, while somebody can accept it; otherwise None."""
    known = CarePartner.objects.filter(token_hash=hash_of(token))
    found = known.select_related("patient__merged_into").first()
    helping = helping_of(found, at) if found is not None else None
    is_open = helping is not None and helping.state is SharingState.INVITED
    return helping if is_open else None


def give_address(helping: Helping, email: str, *, by: Actor, at: datetime) -> Sent:
    """Take the address of somebody asked by text message: it gets an invitation of its own.

    So nobody has an account under an address they only typed. Raises NotSharing when the patient
    took it back meanwhile, or is helped by whoever has that address already.
    """
    with transaction.atomic():
        locked = _locked(helping.partner)
        if helping_of(locked, at).state is not SharingState.INVITED:
            raise NotSharing(Refusal.NOT_OPEN)
        asked = Asked(locked.full_name, email, helping.sharing.slices)
        made = invite_partner(helping.patient, asked, by=by, at=at)
        end_sharing(locked, by=by, at=at)
    return made


def prove_patient_known(
    helping: Helping, birth_date: date | None, *, by: Actor, at: datetime
) -> Proof:
    """Whether whoever holds the link knows the patient's birth date; some wrong ones make a wait.

    So an invitation that went to a wrong address opens nothing to whoever has that.
    """
    link = ("care_partner", helping.number)
    return prove_birth_date(link, helping.patient.birth_date, birth_date, by=by, at=at)


def accept_sharing(token: str, user: User, *, by: Actor, at: datetime) -> CarePartner:
    """Begin to help, once. Raises NotSharing when the link does not open now, or to another."""
    with transaction.atomic():
        found = open_invitation(token, at)
        if found is None:
            raise NotSharing(Refusal.NOT_OPEN)
        locked = _locked(found.partner)
        if helping_of(locked, at).state is not SharingState.INVITED:
            raise NotSharing(Refusal.NOT_OPEN)
        if user.email.strip().lower() != locked.email or user.is_system or not user.is_active:
            raise NotSharing(Refusal.SOMEBODY_ELSE)
        locked.user, locked.accepted_at, locked.accepted_by = user, at, user.number
        locked.save(update_fields=["user", "accepted_at", "accepted_by"])
        _note("care_partner.accepted", locked, by, at)
        _let_in(user, found.patient.program, by, at)
    return locked


def register_and_accept(
    token: str, full_name: str, password: str, *, by: Actor, at: datetime
) -> CarePartner:
    """Accept with a new account for the address invited. Raises NotSharing."""
    with transaction.atomic():
        found = open_invitation(token, at)
        if found is None or not found.partner.email:
            raise NotSharing(Refusal.NOT_OPEN)
        try:
            user = register_invited(found.partner.email, full_name, password, by=by, at=at)
        except LinkUsedUp as known:
            raise NotSharing(Refusal.SOMEBODY_ELSE) from known
        return accept_sharing(token, user, by=Actor(user.number, access.CARE_PARTNER), at=at)


def want_copies(helping: Helping, wanted: bool, *, by: Actor, at: datetime) -> None:
    """Send a copy of each reminder from now on, or none."""
    with transaction.atomic():
        locked = _locked(helping.partner)
        if (locked.copies_at is not None) == wanted:
            return
        locked.copies_at, locked.copies_by = (at, by.number) if wanted else (None, None)
        locked.save(update_fields=["copies_at", "copies_by"])
        _note("care_partner.copies", locked, by, at, {"wanted": wanted})


def note_look(helping: Helping, page: str, *, by: Actor, at: datetime) -> None:
    """Note that a care partner looked at the record: the patient is told who looked at what."""
    subject, detail = ("patient", helping.patient.number), {"page": page}
    detail["care_partner"] = helping.number
    audit.record(LOOKED, subject=subject, by=by, at=at, detail=detail)


def hash_of(token: str) -> bytes:
    """What the database keeps of a link."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _let_in(user: User, program: str, by: Actor, at: datetime) -> None:
    """One membership for everybody they help in the program. It opens no record by itself."""
    role = access.CARE_PARTNER
    held = Membership.objects.filter(
        user=user, participant=None, program=program, role=role, ended_at__isnull=True
    )
    if not held.exists():
        add_member(user, None, role, program=program, by=by, at=at)


def _stop(row: SharedSlice, partner: CarePartner, by: Actor, at: datetime) -> None:
    row.ended_at, row.ended_by = at, by.number
    row.save(update_fields=["ended_at", "ended_by"])
    _note("care_partner.not_shared", partner, by, at, {"slice": row.slice})
    if row.slice == Slice.REMINDERS:
        end_calendar(Whose(partner.patient.number, partner.number), by=by, at=at)


def _locked(partner: CarePartner) -> CarePartner:
    held = CarePartner.objects.select_for_update(no_key=True, of=("self",))
    return held.select_related("patient__merged_into").get(pk=partner.pk)


def _note(
    verb: str, partner: CarePartner, by: Actor, at: datetime, detail: dict[str, Any] | None = None
) -> None:
    subject = ("patient", partner.patient.number)
    said = {"care_partner": partner.number, **(detail or {})}
    audit.record(verb, subject=subject, by=by, at=at, detail=said)
