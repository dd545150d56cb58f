"""Where a patient stands in treatment, in one line, and what comes next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components.dates import short_day
from etasu.registry.authorizations.facts import authorizations_of_patients
from etasu.registry.patients.facts import patients_on_hold
from etasu.registry.treatment.facts import infusions_of_patients
from etasu.safe_use.courses import RUNNING_DAYS, doses_in
from etasu.safe_use.program import ProgramVersion

ENDED, HELD, RUNNING, AUTHORIZED, WAITING = "ended", "held", "running", "authorized", "waiting"


class TreatmentStanding(NamedTuple):
    """Where the patient stands. `course` is the one begun, authorized, or to be authorized."""

    state: str
    said: str
    next: str
    course: int | None


class Record(NamedTuple):
    """What is on record about one patient: infusions oldest first, authorizations newest first."""

    infusions: Sequence[Any]
    authorizations: Sequence[Any]
    is_on_hold: bool


def records_of(patients: Collection[Any]) -> dict[int, Record]:
    """The records of these patients by patient id, in three queries for any number of them."""
    infusions = infusions_of_patients(patients)
    authorizations = authorizations_of_patients(patients)
    held = patients_on_hold(patients)
    return {
        each.pk: Record(
            infusions.get(each.pk, []), authorizations.get(each.pk, []), each.pk in held
        )
        for each in patients
    }


def treatment_standing(
    version: ProgramVersion, patient: Any, record: Record, on: date
) -> TreatmentStanding:
    """The standing on the day. An ended enrollment comes first, then a hold, then the course."""
    found = _course_standing(version, record, on)
    if patient.ended_on is not None and patient.ended_on <= on:
        after = _("Enrollment ended on %(day)s") % {"day": short_day(patient.ended_on)}
        return found._replace(state=ENDED, next=after)
    if record.is_on_hold:
        return found._replace(state=HELD, next=_("Resolve the hold"))
    return found


def _course_standing(version: ProgramVersion, record: Record, on: date) -> TreatmentStanding:
    newest = max((each.course for each in record.infusions), default=0)
    given = [each.given_on for each in record.infusions if each.course == newest]
    doses = doses_in(version.courses, newest)
    if given and doses and len(given) < doses and on <= given[0] + timedelta(days=RUNNING_DAYS):
        facts = {"course": newest, "day": len(given), "days": doses, "next": len(given) + 1}
        said = _("Course %(course)s: day %(day)s of %(days)s given") % facts
        return TreatmentStanding(RUNNING, said, _("Infusion day %(next)s") % facts, newest)
    live = _live(record.authorizations, on)
    if live is not None:
        return _authorized(live)
    if not version.courses:
        return TreatmentStanding(WAITING, _("Nothing authorized"), _("Ask for authorization"), None)
    said = _("No course yet")
    if given:
        facts = {"course": newest, "day": short_day(given[-1])}
        said = _("Course %(course)s, last infusion %(day)s") % facts
    then = _("Authorize course %(course)s") % {"course": newest + 1}
    return TreatmentStanding(WAITING, said, then, newest + 1)


def _live(authorizations: Sequence[Any], on: date) -> Any:
    """The newest authorization still valid that is not for a single infusion day."""
    found = [a for a in authorizations if a.state == "live" and a.valid_until >= on]
    return next((each for each in found if each.day is None), None)


def _authorized(live: Any) -> TreatmentStanding:
    facts = {"course": live.course, "day": short_day(live.valid_until)}
    if live.course is None:
        said = _("Authorized through %(day)s") % facts
        return TreatmentStanding(AUTHORIZED, said, _("Nothing to do"), None)
    said = _("Course %(course)s authorized") % facts
    return TreatmentStanding(AUTHORIZED, said, _("First infusion by %(day)s") % facts, live.course)
