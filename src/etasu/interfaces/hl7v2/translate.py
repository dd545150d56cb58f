"""An ORU^R01 as a `LabMessage`: every OBX becomes exactly one item, whatever is in it.

So does an order that is taken back without any.

What a field says is told as it was sent; what cannot be read goes into the item's `trouble`, in
sentences that begin with the field and say what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from etasu.interfaces.hl7v2 import values
from etasu.interfaces.hl7v2.header import PRODUCTION, Header, check, header_of
from etasu.interfaces.hl7v2.items import ItemReader, Observation, OfOrder
from etasu.interfaces.hl7v2.parser import NULL, Message, Unreadable
from etasu.interfaces.hl7v2.statuses import TAKEN_BACK
from etasu.interfaces.hl7v2.values import LONGEST_CODE, Moment
from etasu.safe_use.identifiers import npi_ok
from etasu.safe_use.lab_reports import (
    LabMessage,
    LabReport,
    PatientAsSent,
    PatientIdentifier,
)

MOST_IDENTIFIERS = 20
_NOBODY = PatientAsSent()
_npi_ok = lru_cache(maxsize=4096)(npi_ok)


def translate(message: Message, header: Header | None = None) -> LabMessage:
    """What the message says; raises Unreadable for one that is not ours to read.

    Whoever has read its header already may hand it on.
    """
    header = header or header_of(message)
    check(header)
    return LabMessage(
        control_id=header.control_id,
        sent_as=header.sent_as,
        reports=_Reading(message).reports(),
        sent_at=values.moment(header.sent, message.zone).at,
        is_test=header.processing_id != PRODUCTION,
    )


class _Order:
    """An OBR with everything that belongs to it."""

    def __init__(self, place: str, patient: PatientAsSent) -> None:
        self.place = place
        self.patient = patient
        self.request: list[str] = []
        self.common: list[str] = []
        self.observations: list[Observation] = []
        self.specimens: list[list[str]] = []
        self.notes: list[str] = []


class _Reading:
    """Goes through the segments once; what belongs together is put together."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._orders: list[_Order] = []
        self._patient = _NOBODY
        self._order: _Order | None = None
        self._common: list[str] = []
        self._notes: list[str] | None = None
        self._seen = 0
        self._items = ItemReader(message)

    def reports(self) -> tuple[LabReport, ...]:
        """The orders, in the order they came."""
        steps: dict[str, Callable[[list[str]], None]] = {
            "OBX": self._observation,
            "NTE": self._note,
            "OBR": self._request,
            "ORC": self._common_order,
            "SPM": self._specimen,
            "PID": self._identity,
            "MSH": self._another,
        }
        for segment in self._message.segments[1:]:
            step = steps.get(segment[0])
            if step is not None:
                step(segment)
        return tuple(self._report(order) for order in self._orders)

    def _another(self, segment: list[str]) -> None:
        # Its results would be acknowledged under the number of the first.
        raise Unreadable("MSH", "Begin a new line before each MSH segment, with nothing before it.")

    def _identity(self, segment: list[str]) -> None:
        self._patient = patient_of(segment, self._message)
        self._order, self._common, self._notes = None, [], None

    def _common_order(self, segment: list[str]) -> None:
        self._order, self._common, self._notes = None, segment, None

    def _request(self, segment: list[str]) -> None:
        order = self._begin(f"OBR^{len(self._orders) + 1}")
        order.request, self._notes = segment, order.notes

    def _begin(self, place: str) -> _Order:
        self._order = order = _Order(place, self._patient)
        order.common, self._common = self._common, []
        self._orders.append(order)
        return order

    def _observation(self, segment: list[str]) -> None:
        self._seen += 1
        order = self._order or self._begin(f"OBX^{self._seen}")
        notes: list[str] = []
        order.observations.append(Observation(self._seen, segment, notes))
        self._notes = notes

    def _specimen(self, segment: list[str]) -> None:
        if self._order is not None:
            self._order.specimens.append(segment)
        self._notes = None

    def _note(self, segment: list[str]) -> None:
        if self._notes is not None and len(segment) > 3:
            said = "\n".join(self._message.repetitions(segment[3]))
            self._notes.append(values.words(said, self._message))

    def _report(self, order: _Order) -> LabReport:
        message, request = self._message, order.request
        about = self._about(order)
        panel = values.codings(_field(request, 4), message.separators)
        before = self._items.attachments
        items = self._items.read(order.observations, about)
        if not items and about.status in TAKEN_BACK:
            items = (self._items.of_order(order.place, about),)
        return LabReport(
            place=order.place,
            number=about.number,
            patient=order.patient,
            items=items,
            reported_at=values.moment(message.text(request, 22), message.zone).at,
            ordered_by=self._ordered_by(order),
            panel=panel[0] if panel else None,
            attachments=self._items.attachments - before,
        )

    def _about(self, order: _Order) -> OfOrder:
        message, request, common = self._message, order.request, order.common
        number = ""
        # The laboratory's own number before the one of whoever ordered.
        for segment, field in ((request, 3), (common, 3), (request, 2), (common, 2)):
            number = number or _entity(_field(segment, field), message)
        troubles = [] if request else ["OBR is missing: send each OBX after the OBR of its order."]
        if len(number) > LONGEST_CODE:
            number = ""
            troubles.append(f"OBR-3 has more than {LONGEST_CODE} characters: send the number.")
        collected = self._collected(order, troubles)
        specimen, notes = self._of_specimen(order, troubles)
        return OfOrder(
            number=number,
            status=message.text(request, 25).upper(),
            said_collected=_field(request, 7),
            collected=collected,
            specimen=specimen,
            note="\n".join([*order.notes, *notes]),
            trouble=" ".join(troubles),
        )

    def _collected(self, order: _Order, troubles: list[str]) -> Moment:
        """When the specimen was taken, as the order or the specimen says."""
        message = self._message
        said = message.text(order.request, 7)
        collected = values.moment(said, message.zone)
        for specimen in order.specimens if collected.day is None else ():
            collected = values.moment(message.text(specimen, 17), message.zone)
            if collected.day is not None:
                return collected
        if said and collected.day is None:
            troubles.append("OBR-7 is not a day: write when it was collected as YYYYMMDDHHMM.")
        return collected

    def _of_specimen(self, order: _Order, troubles: list[str]) -> tuple[str, list[str]]:
        message = self._message
        kind, notes = message.part(_field(order.request, 15), 1), []
        for segment in order.specimens:
            parts = [*message.parts(_field(segment, 4)), "", ""]
            kind = parts[1] or parts[0] or kind
            if refused := _words_of(segment, 21, message):
                troubles.append(f"SPM-21 says the specimen was rejected: {refused}.")
            if condition := _words_of(segment, 24, message):
                notes.append(f"Specimen: {condition}.")
        return kind, notes

    def _ordered_by(self, order: _Order) -> str:
        for field in (_field(order.request, 16), _field(order.common, 12)):
            for each in self._message.repetitions(field)[:MOST_IDENTIFIERS]:
                if _npi_ok(number := self._message.part(each, 1)):
                    return number
        return ""


def patient_of(segment: list[str], message: Message) -> PatientAsSent:
    """Whom a PID says the results are about."""
    identifiers = []
    for number in (3, 2, 4):
        for each in message.repetitions(_field(segment, number))[:MOST_IDENTIFIERS]:
            value = message.part(each, 1)
            if value:
                authority, kind = _assigned_by(each, message), message.part(each, 5)
                identifiers.append(PatientIdentifier(value, authority, kind))
    name = message.repetitions(_field(segment, 5))
    return PatientAsSent(
        identifiers=tuple(dict.fromkeys(identifiers)),
        last_name=message.part(name[0], 1) if name else "",
        first_name=message.part(name[0], 2) if name else "",
        birth_date=values.moment(message.text(segment, 7)).day,
        sex=message.text(segment, 8),
    )


def _assigned_by(identifier: str, message: Message) -> str:
    """The assigning authority's name, or its universal ID where it has no name."""
    marks = message.separators
    parts = identifier.split(marks.component, 4)
    if len(parts) < 4:
        return ""
    names = parts[3].split(marks.subcomponent) if marks.subcomponent else [parts[3]]
    said = [message.part(name, 1) for name in names[:2]]
    return next(filter(None, said), "")


def _entity(field: str, message: Message) -> str:
    """An order's number with whoever gave it: two laboratories of one exchange both have a 1."""
    number = message.part(field, 1)
    if not number or message.separators.component not in field:
        return number
    first = message.repetitions(field)[0]
    return "^".join([number, *message.parts(first)[1:4]]).rstrip("^")


def _field(segment: list[str], number: int) -> str:
    return segment[number] if number < len(segment) else ""


def _words_of(segment: list[str], number: int, message: Message) -> str:
    """The words of a coded field, or its code; for a repeated one, of each."""
    field = _field(segment, number)
    said = [[*message.parts(each), ""] for each in message.repetitions(field) if each != NULL]
    return ", ".join(filter(None, (parts[1] or parts[0] for parts in said)))
