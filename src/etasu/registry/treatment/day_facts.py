"""What was noted on infusion days, and the vials and the end of a course, as others read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from etasu.registry.participants.facts import Asker
from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, owners_of, records_behind
from etasu.registry.treatment.facts import infusions_of, is_noted_as_it_went
from etasu.registry.treatment.models import CourseEnd, DayEntry, Infusion, VialEntry
from etasu.safe_use.course_end import VialCounts
from etasu.safe_use.infusion_day import DayEvent, Noted, end_of_run

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
    return list(found.select_related("patient__merged_into").order_by("moment", "id"))


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

    That is what was noted, and what an infusion written down as a whole adds to it.
    """
    found = [_noted(each) for each in entries if each.struck_at is None]
    if infusion is not None:
        found += noted_afterwards(found, infusion, zone)
    return tuple(sorted(found, key=lambda each: each.at))


def noted_afterwards(noted: Sequence[Noted], infusion: Infusion, zone: str) -> list[Noted]:
    """What an infusion written down as a whole adds to what was noted of its day, oldest first.

    Its start gives way to one that was noted, its end to one that nothing took up again; its
    reaction to none. Its times are those of the facility's clock.
    """
    started, stopped = times_of(infusion, zone)
    found = []
    if not any(each.event is DayEvent.STARTED for each in noted):
        found.append(Noted(DayEvent.STARTED, started or infusion.recorded_at))
    if stopped is not None and end_of_run(sorted(noted, key=lambda each: each.at)) is None:
        found.append(Noted(DayEvent.FINISHED, stopped))
    reaction = infusion.detail.get("reaction")
    if reaction in ("mild", SERIOUS):
        at = stopped or started or infusion.recorded_at
        found.append(Noted(DayEvent.REACTION, at, is_serious=reaction == SERIOUS))
    return found


def times_of(infusion: Infusion, zone: str) -> tuple[datetime | None, datetime | None]:
    """When an infusion written down as a whole began and ended, as far as that was said.

    An end by the clock before the start is that of the next day.
    """
    started, stopped = _clock(infusion, "started_at", zone), _clock(infusion, "stopped_at", zone)
    if started is not None and stopped is not None and stopped <= started:
        stopped += timedelta(days=1)
    return started, stopped


def infusions_begun(patient: Patient, on: date) -> list[Infusion]:
    """The infusions that stand because a start was noted on the day, also one that was struck.

    One that was written down as a whole, or carried over, stands by itself: a start that was noted
    besides did not record it.
    """
    owner = answered_for(patient)
    starts = entries_of_day(owner, on).filter(event=DayEvent.STARTED.value)
    recorded = set(starts.values_list("recorded_at", flat=True))
    found = infusions_of(owner).filter(given_on=on, recorded_at__in=recorded)
    return [each for each in found if is_noted_as_it_went(each)]


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
    """The vials of every course at one site, by patient id and course.

    Those of merged records count as the vials of the one that is answered for.
    """
    found = VialEntry.objects.filter(facility=facility_id, struck_at__isnull=True)
    found = found.annotate(owner=Coalesce(F("patient__merged_into"), F("patient")))
    sums: dict[tuple[int, int], dict[str, int]] = {}
    for patient, course, kind, n in found.values_list("owner", "course", "kind").annotate(
        n=Sum("vials")
    ):
        sums.setdefault((patient, course), {})[kind] = n
    return {place: VialCounts(**kinds) for place, kinds in sums.items()}


def course_end_of(patient: Patient, course: int) -> CourseEnd | None:
    """Where somebody said that the course goes no further, and it stands."""
    return course_ends(patient, course).first()


def course_ends(patient: Patient, course: int, *, stand: bool = True) -> QuerySet[CourseEnd]:
    """All that was said of it and stands, or was struck, oldest first.

    Each record of one person may have its own.
    """
    found = CourseEnd.objects.filter(
        patient__in=records_behind(patient), course=course, struck_at__isnull=stand
    )
    return found.order_by("id")


def course_ends_of(patients: Collection[Patient]) -> Mapping[tuple[int, int], CourseEnd]:
    """The ends that stand of those patients' courses, by patient id and course.

    Where two records of one person have one each, the first one counts, as in `course_end_of`.
    """
    owners = owners_of(patients)
    found = CourseEnd.objects.filter(patient__in=owners, struck_at__isnull=True)
    return {(owners[each.patient_id], each.course): each for each in found.order_by("-id")}


def course_ends_at(facility_id: int) -> Sequence[CourseEnd]:
    """The courses given up at a facility, oldest first."""
    found = CourseEnd.objects.filter(facility=facility_id, struck_at__isnull=True)
    return list(found.select_related("patient__merged_into").order_by("ended_on", "id"))


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


def _clock(infusion: Infusion, key: str, zone: str) -> datetime | None:
    said = infusion.detail.get(key)
    if not said:
        return None
    return datetime.combine(infusion.given_on, time.fromisoformat(said), ZoneInfo(zone))
