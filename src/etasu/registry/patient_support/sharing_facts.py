"""What patients share with those who help them, and who looked, as the doors read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from etasu.registry.accounts.models import User
from etasu.registry.audit.models import AuditEntry
from etasu.registry.patient_support.models import CarePartner
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, ids_behind, numbers_behind
from etasu.registry.patients.today import day_of
from etasu.safe_use.sharing import Sharing, SharingState, Slice, is_shared, sharing_state

LOOKED = "patient.looked_at"
# For so long before it ends the patient's own page asks whether to go on with it.
ASKED_BEFORE = timedelta(days=30)


class Helping(NamedTuple):
    """A care partner, the patient who is answered for, and how it stands between them now."""

    partner: CarePartner
    patient: Patient
    sharing: Sharing
    state: SharingState
    at: datetime

    @property
    def number(self) -> str:
        """The care partner's number."""
        return self.partner.number

    @property
    def on(self) -> date:
        """The day it is where the patient is."""
        return day_of(self.patient, self.at)

    def may_see(self, wanted: Slice) -> bool:
        """Whether this slice is shared at this moment."""
        return is_shared(self.sharing, wanted, at=self.at, on=self.on)


class Look(NamedTuple):
    """A care partner looked at something: when, who, and at which page."""

    at: datetime
    who: str
    page: str


def partners_of(patient: Patient, at: datetime) -> list[Helping]:
    """Everybody whom the patient asked to help, those who still do first, then the newest."""
    found = _partners().filter(patient__in=ids_behind(patient))
    helping = [helping_of(each, at) for each in found.order_by("-invited_at", "-pk")]
    return sorted(helping, key=lambda each: each.sharing.is_ended)


def partner_of(patient: Patient, number: str, at: datetime) -> Helping | None:
    """The one of that number whom the patient asked, and who was not ended; otherwise None."""
    known = (each for each in partners_of(patient, at) if not each.sharing.is_ended)
    return next((each for each in known if each.number == number), None)


def helped_by(user: User, program: str, at: datetime) -> list[Helping]:
    """The patients of a program who share something with this person now, by name."""
    found = _partners().filter(user=user, patient__program=program, ended_at__isnull=True)
    helping = _open(helping_of(each, at) for each in found)
    return sorted(helping, key=lambda each: (each.patient.full_name, each.number))


def helping_with(user: User, number: str, program: str, at: datetime) -> Helping | None:
    """The partnership of that number, if it is this person's and holds now; otherwise None."""
    mine = helped_by(user, program, at)
    return next((each for each in mine if each.number == number), None)


def helpers_with(patient: Patient, wanted: Slice, at: datetime) -> list[Helping]:
    """The care partners with whom the patient shares this slice now."""
    return [each for each in partners_of(patient, at) if each.may_see(wanted)]


def ending_soon(patient: Patient, at: datetime) -> list[Helping]:
    """The care partners with whom what is shared now ends within 30 days, unless it goes on."""
    return [
        each
        for each in _open(partners_of(patient, at))
        if each.sharing.ends_on <= each.on + ASKED_BEFORE
    ]


def sharing_until(program: str, first: date, last: date, at: datetime) -> list[Helping]:
    """The care partners of a program's patients with whom what is shared ends on those days."""
    found = _partners().filter(patient__program=program, ended_at__isnull=True)
    near = found.filter(accepted_at__isnull=False, ends_on__gte=first, ends_on__lte=last)
    return _open(helping_of(each, at) for each in near.order_by("ends_on", "pk"))


def ends_to_come(persons: Collection[str], *, at: datetime) -> set[tuple[str, str]]:
    """The care partners with whom these patients share now, by number, each with its last day."""
    mine = Q(patient__number__in=persons) | Q(patient__merged_into__number__in=persons)
    found = _partners().filter(mine, ended_at__isnull=True, accepted_at__isnull=False)
    helping = _open(helping_of(each, at) for each in found)
    return {(each.number, each.sharing.ends_on.isoformat()) for each in helping}


def may_read_calendar(number: str, *, at: datetime) -> bool:
    """Whether the days are shared with the care partner of that number now."""
    found = helping_by_number(number, at)
    return found is not None and found.may_see(Slice.REMINDERS)


def helping_by_number(number: str, at: datetime) -> Helping | None:
    """How it stands with the care partner of that number; None when there is none."""
    found = _partners().filter(number=number).first()
    return None if found is None else helping_of(found, at)


def helping_of(partner: CarePartner, at: datetime) -> Helping:
    """How it stands with a care partner at that moment."""
    patient = answered_for(partner.patient)
    sharing = Sharing(
        frozenset(Slice(each.slice) for each in partner.slices.all() if each.ended_at is None),
        partner.link_until,
        partner.accepted_at is not None,
        partner.ends_on,
        patient.ended_on,
        partner.ended_at is not None,
    )
    state = sharing_state(sharing, at=at, on=day_of(patient, at))
    return Helping(partner, patient, sharing, state, at)


def looks_at(patient: Patient, limit: int = 30) -> list[Look]:
    """When care partners looked at the patient's record, and at what, the newest first."""
    mine = _partners().filter(patient__in=ids_behind(patient))
    names = dict(mine.values_list("number", "full_name"))
    found = AuditEntry.objects.filter(
        subject__in=numbers_behind(patient), verb=LOOKED, detail__care_partner__in=list(names)
    )
    return [
        Look(each.at, names[each.detail["care_partner"]], each.detail["page"])
        for each in found.order_by("-at", "-id")[:limit]
    ]


def _open(helping: Iterable[Helping]) -> list[Helping]:
    return [each for each in helping if each.state is SharingState.OPEN]


def _partners() -> QuerySet[CarePartner]:
    found = CarePartner.objects.select_related("patient__merged_into", "user")
    return found.prefetch_related("slices")
