"""What was noted on infusion days, and the vials and the end of a course, as others read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import records_behind
from etasu.registry.treatment.models import CourseEnd, DayEntry, Infusion, VialEntry
from etasu.safe_use.course_end import VialCounts
from etasu.safe_use.infusion_day import DayEvent, Noted

SERIOUS = "serious"


def entries_of_day(patient: Patient, on: date) -> QuerySet[DayEntry]:
    """Everything noted of the patient's infusion day, oldest first, what was struck as well."""
    found = DayEntry.objects.filter(patient__in=records_behind(patient), given_on=on)
    return found.order_by("moment", "id")


def entries_of_course(patient: Patient, course: int) -> QuerySet[DayEntry]:
    """What stands of a course, day by day."""
    found = DayEntry.objects.filter(
        patient__in=records_behind(patient), course=course, struck_at__isnull=True
    )
    return found.order_by("given_on", "moment", "id")


def entries_at(facility_id: int, on: date) -> list[DayEntry]:
    """What stands of a facility's day, oldest first, with the patients."""
    found = DayEntry.objects.filter(facility=facility_id, given_on=on, struck_at__isnull=True)
    return list(found.select_related("patient").order_by("moment", "id"))


def entry_by_number(number: str, asker: Asker) -> DayEntry | None:
    """An entry of the asker's own facility, or None."""
    found: DayEntry | None = _own(DayEntry.objects.filter(number=number), asker).first()
    return found


def vial_entry_by_number(number: str, asker: Asker) -> VialEntry | None:
    """A count of the asker's own facility, or None."""
    found: VialEntry | None = _own(VialEntry.objects.filter(number=number), asker).first()
    return found


def noted_of_day(
    entries: Iterable[DayEntry], infusion: Infusion | None, zone: str
) -> tuple[Noted, ...]:
    """What stands of a day as `safe_use` reads it, oldest first.

    An infusion that was written down afterwards, as a whole, has no start of its own: its times
    are those of the facility's clock.
    """
    found = [_noted(each) for each in entries if each.struck_at is None]
    has_start = any(each.event is DayEvent.STARTED for each in found)
    if infusion is not None and not has_start:
        found += _noted_afterwards(infusion, ZoneInfo(zone))
    return tuple(sorted(found, key=lambda each: each.at))


def vial_entries(patient: Patient, course: int, facility_id: int) -> QuerySet[VialEntry]:
    """Every count of one course at one site, oldest first, what was struck as well."""
    found = VialEntry.objects.filter(
        patient__in=records_behind(patient), course=course, facility=facility_id
    )
    return found.order_by("counted_on", "id")


def vial_counts(patient: Patient, course: int, facility_id: int) -> VialCounts:
    """The vials of one course at one site, as far as they were counted."""
    standing = vial_entries(patient, course, facility_id).filter(struck_at__isnull=True)
    sums = standing.order_by().values_list("kind").annotate(n=Sum("vials"))
    return VialCounts(**dict(sums))


def vial_counts_at(facility_id: int) -> dict[tuple[int, int], VialCounts]:
    """The vials of every course at one site, by patient id and course."""
    found = VialEntry.objects.filter(facility=facility_id, struck_at__isnull=True)
    sums: dict[tuple[int, int], dict[str, int]] = {}
    for patient, course, kind, n in found.values_list("patient", "course", "kind").annotate(
        n=Sum("vials")
    ):
        sums.setdefault((patient, course), {})[kind] = n
    return {place: VialCounts(**kinds) for place, kinds in sums.items()}


def course_end_of(patient: Patient, course: int) -> CourseEnd | None:
    """Where somebody said that the course goes no further, and it stands."""
    found = CourseEnd.objects.filter(
        patient__in=records_behind(patient), course=course, struck_at__isnull=True
    )
    return found.order_by("id").first()


def course_ends_of(patients: Collection[int]) -> Mapping[tuple[int, int], CourseEnd]:
    """The ends that stand of those patients' courses, by patient id and course."""
    found = CourseEnd.objects.filter(patient__in=patients, struck_at__isnull=True)
    return {(each.patient_id, each.course): each for each in found}


def course_ends_at(facility_id: int) -> Sequence[CourseEnd]:
    """The courses given up at a facility, oldest first."""
    found = CourseEnd.objects.filter(facility=facility_id, struck_at__isnull=True)
    return list(found.select_related("patient").order_by("ended_on", "id"))


def _own(found: Any, asker: Asker) -> Any:
    if asker.participant_id is None:
        return found.none()
    own = found.filter(facility=asker.participant_id, patient__program=asker.program)
    return own.select_related("patient", "facility")


def _noted(entry: DayEntry) -> Noted:
    detail = entry.detail
    until = detail.get("until")
    return Noted(
        event=DayEvent(entry.event),
        at=entry.moment,
        what=str(detail.get("premedication", "")),
        grade=detail.get("grade"),
        until=datetime.fromisoformat(until) if until else None,
    )


def _noted_afterwards(infusion: Infusion, zone: ZoneInfo) -> list[Noted]:
    detail = infusion.detail
    started = _clock(infusion, "started_at", zone)
    stopped = _clock(infusion, "stopped_at", zone)
    found = [Noted(DayEvent.STARTED, started or infusion.recorded_at)]
    if stopped is not None:
        found.append(Noted(DayEvent.FINISHED, stopped))
    if detail.get("reaction") in ("mild", SERIOUS):
        is_serious = detail["reaction"] == SERIOUS
        at = stopped or started or infusion.recorded_at
        found.append(Noted(DayEvent.REACTION, at, is_serious=is_serious))
    return found


def _clock(infusion: Infusion, key: str, zone: ZoneInfo) -> datetime | None:
    said = infusion.detail.get(key)
    if not said:
        return None
    return datetime.combine(infusion.given_on, time.fromisoformat(said), zone)
