"""A patient's story as the registry would have kept it: what was recorded, asked and answered.

Every decision in it is made by the gate itself, on the facts record the registry would have read
that day, so it can be made again from the row alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from etasu.registry.authorizations.slots import keeps_slot
from etasu.site.seed.desk import BY, Desk, Subject, Voice, sign
from etasu.site.seed.laboratory import Assay, Body
from etasu.site.seed.participants import ParticipantStory
from etasu.site.seed.rows import Json, iso, moment
from etasu.site.seed.words import Place


class Person(NamedTuple):
    """Who a patient is."""

    full_name: str
    birth_date: date
    attributes: Mapping[str, str]
    place: Place
    language: str


class KeptResult(NamedTuple):
    """A result the gates may read."""

    collected_on: date
    value: str | None
    unit: str | None


class KeptHold(NamedTuple):
    """A hold, with when it was closed."""

    code: str
    opened_on: date
    opened_at: datetime
    closed_at: datetime | None


@dataclass(slots=True)
class KeptAuthorization:
    """An authorization as its row stands, `closed` with when, by whom and why."""

    decision_id: int
    number: str
    gate: str
    slot: str
    unit: str
    course: int | None
    day: int | None
    course_days: int | None
    names: dict[str, str]
    valid_from: date
    valid_until: date
    state: str = "live"
    holds_slot: bool = True
    closed: tuple[datetime, str, str] | None = None


class PatientStory:
    """One patient, enrolled by a prescriber. Told in the order things happened."""

    def __init__(
        self,
        desk: Desk,
        person: Person,
        prescriber: ParticipantStory,
        enrolled_on: date,
        body: Body,
    ) -> None:
        self.desk = desk
        self.person = person
        self.prescriber = prescriber
        self.enrolled_on = enrolled_on
        self.id = desk.ids.next("patients_patient")
        self.number = desk.numbers.next()
        self.ended: tuple[date, str] | None = None
        self.forms: dict[tuple[str, int | None], list[tuple[date, dict[str, str]]]] = {}
        self.results: dict[str, list[KeptResult]] = {}
        self.infusions: list[tuple[int, date]] = []
        self.holds: list[KeptHold] = []
        self.authorizations: list[KeptAuthorization] = []
        self.named: dict[str, ParticipantStory] = {}
        self._body = body
        self._collected = (0, enrolled_on, enrolled_on)
        detail = {"prescriber": prescriber.number, "on": enrolled_on.isoformat()}
        self.note(moment(enrolled_on, 13), "patient.enrolled", **detail)

    @property
    def subject(self) -> Subject:
        """The patient as what a form is about."""
        return Subject("patient", self.id, self.number)

    def note(self, at: datetime, verb: str, /, **detail: Any) -> None:
        """An audit entry about the patient."""
        self.desk.sheets.note(at, verb, "patient", self.number, **detail)

    def sign(
        self, form: str, at: datetime, by: Voice, course: int | None, known: Mapping[str, Any]
    ) -> None:
        """A form about the patient is signed; `known` gives answers by question."""
        said = {**self._known_as(), **known}
        read = sign(self.desk, form, self.subject, by=by, at=at, known=said, course=course)
        if read is not None:
            self.forms.setdefault((form, course), []).append((at.date(), read))

    def collect(self, assay: Assay, on: date, passing: str | None = None) -> None:
        """A test is collected, its parts with it; `passing` overrules the value measured."""
        value, unit = self._body.value(assay)
        if passing is not None:
            value, unit = passing, assay.unit
        day = iso(on)
        end = f"{day}T22:00:00+00:00\t{BY}"
        lines, said = self.desk.sheets.results, (value or "\\N", unit or "\\N")
        lines.append(f"{self.id}\t{assay.code}\t{day}\t{said[0]}\t{said[1]}\tseed\t{end}")
        if self.desk.detail:
            for part in assay.parts:
                self.collect(part, on)
        if assay.code in self.desk.shape_on(on).tests_read:
            kept = self.results.setdefault(assay.code, [])
            kept.append(KeptResult(on, value, unit))
            if len(kept) > 1 and kept[-2].collected_on > on:
                kept.sort(key=_day_collected)
        many, first, last = self._collected
        self._collected = (many + 1, min(first, on), max(last, on))

    def hold(self, code: str, reason: str, on: date, closed_on: date | None) -> None:
        """A hold is opened, and closed on that day if it was."""
        opened_at = moment(on, 13)
        closed_at = moment(closed_on, 13) if closed_on else None
        closing = (closed_at, BY, "resolved") if closed_at else (None, None, None)
        self.holds.append(KeptHold(code, on, opened_at, closed_at))
        self.desk.sheets.add("patients_hold", self.id, code, reason, on, opened_at, BY, *closing)
        self.note(opened_at, "hold.opened", hold=code, on=on.isoformat())
        if closed_at is not None:
            self.note(closed_at, "hold.closed", hold=code, reason="resolved")

    def infuse(self, course: int, on: date, facility: ParticipantStory) -> None:
        """An infusion is given and uses the day's authorization; without one, an event opens."""
        at, desk = moment(on, 20), self.desk
        known = self._authorized_day(course, on, facility)
        number = desk.numbers.next()
        if all(each != course for each, _ in self.infusions):
            desk.sheets.add("treatment_course", self.id, course, on, at, BY)
        self.infusions.append((course, on))
        used = known.number if known else None
        desk.sheets.add(
            *("treatment_infusion", number, self.id, course, on, facility.id, used),
            *(Json("{}"), at, BY),
        )
        detail = {"number": number, "course": course, "on": on.isoformat()}
        detail |= {"authorization": used, "facility": facility.number}
        self.note(at, "infusion.recorded", **detail)
        if known is not None:
            self.use(known, at)
        else:
            self._open_event(number, course, on, facility)

    def dispense(self, known: KeptAuthorization, on: date, pharmacy: ParticipantStory) -> None:
        """The product of a course is handed over and uses its authorization."""
        number, at, units = self.desk.numbers.next(), moment(on, 18), known.course_days or 1
        self.desk.sheets.add(
            *("treatment_dispense", number, self.id, known.course, on, units, pharmacy.id),
            *(known.number, at, BY),
        )
        self.note(at, "dispense.recorded", units=units, on=on.isoformat(), number=number)
        self.use(known, at)

    def use(self, known: KeptAuthorization, at: datetime) -> None:
        """An authorization is used."""
        self._close(known, "used", "used", at)

    def expire_past(self, day: date) -> None:
        """Live authorizations whose last day is before that day have expired the night after."""
        for known in self.authorizations:
            if known.state == "live" and known.valid_until < day:
                at = moment(known.valid_until + timedelta(days=1), 9)
                self._close(known, "expired", "past its last day", at)

    def expire_slot(self, gate: str, slot: str, at: datetime) -> None:
        """A live authorization that a new one replaces has expired."""
        for known in self.authorizations:
            if known.state == "live" and (known.gate, known.slot) == (gate, slot):
                self._close(known, "expired", "past its last day", at)

    def end(self, on: date, reason: str) -> None:
        """The enrollment ends on that day, and what was still open for use is taken back."""
        self.expire_past(on)
        self.ended = (on, reason)
        at = moment(on, 13)
        self.note(at, "patient.enrollment_ended", on=on.isoformat(), reason=reason)
        for known in self.authorizations:
            if known.state == "live":
                self._close(known, "reversed", f"enrollment ended: {reason}", at)

    def newest_result(self, test: str, by: date) -> KeptResult | None:
        """The newest result of a test that the gates read, collected through that day."""
        kept = self.results.get(test, [])
        found = bisect_right(kept, by, key=_day_collected)
        return kept[found - 1] if found else None

    def write(self) -> None:
        """Write down the patient and the authorizations as they stand at the end."""
        self.expire_past(self.desk.today)
        person, place, sheets = self.person, self.person.place, self.desk.sheets
        ended_on, reason = self.ended or (None, None)
        at = moment(self.enrolled_on, 13)
        sheets.add(
            *("patients_patient", self.id, self.number, self.desk.code, person.full_name),
            *(person.birth_date, Json.of(person.attributes), place.city, place.state),
            *(place.zip_code, place.telephone, f"{self.number.lower()}@example.org"),
            *(person.language, place.time_zone, self.prescriber.id, self.enrolled_on, ended_on),
            *(reason, at, BY, 0),
        )
        for each in self.authorizations:
            sheets.add(
                *("authorizations_authorization", each.decision_id, each.number, self.id),
                *(each.gate, each.slot, each.unit, each.course, each.day, each.course_days),
                *(Json.of(each.names), each.valid_from, each.valid_until, each.state),
                *(each.holds_slot, *(each.closed or (None, None, None))),
            )
        many, first, last = self._collected
        if many:
            said = {"results": many, "from": iso(first), "until": iso(last)}
            self.note(moment(last, 22), "results.imported", **said)

    def named_by_authorization(self, kind: str) -> ParticipantStory | None:
        """The participant of that kind on the newest live authorization that names one."""
        for each in reversed(self.authorizations):
            if each.state == "live" and kind in each.names:
                return self.named[each.names[kind]]
        return None

    def _close(self, known: KeptAuthorization, state: str, reason: str, at: datetime) -> None:
        known.state, known.closed = state, (at, BY, reason)
        known.holds_slot = keeps_slot(known.unit, state)
        self.note(at, f"authorization.{state}", authorization=known.number, reason=reason)

    def _known_as(self) -> dict[str, Any]:
        first, _, last = self.person.full_name.partition(" ")
        return {
            **{"patient_number": self.number, "patient-number": self.number},
            **{"first-name": first, "last-name": last, "birth-date": self.person.birth_date},
            **{"patient_name": self.person.full_name, "prescriber_name": self.prescriber.row.name},
            **{"patient_birth_date": self.person.birth_date},
            **{"phone": self.person.place.telephone, "prescriber_npi": self.prescriber.row.npi},
            **{"prescriber-npi": self.prescriber.row.npi},
            **{"prescriber-name": self.prescriber.row.name, **self.person.attributes},
        }

    def _authorized_day(
        self, course: int, on: date, facility: ParticipantStory
    ) -> KeptAuthorization | None:
        for each in reversed(self.authorizations):
            fits = each.unit == "infusion_day" and each.course == course and each.state == "live"
            here = each.names.get("facility", facility.number) == facility.number
            if fits and here and each.valid_from <= on <= each.valid_until:
                return each
        return None

    def _open_event(self, about: str, course: int, on: date, where: ParticipantStory) -> None:
        number, at = self.desk.numbers.next(), moment(on, 20, 5)
        kind = "infusion-without-authorization"
        self.desk.sheets.add(
            *("compliance_event", number, self.desk.code, kind, self.id, where.id, about),
            *(Json.of({"course": course}), on, at, BY, None, None, None),
        )
        detail = {"kind": kind, "event": number, "about": about}
        self.note(at, "compliance_event.opened", **detail)


def _day_collected(kept: KeptResult) -> date:
    return kept.collected_on
