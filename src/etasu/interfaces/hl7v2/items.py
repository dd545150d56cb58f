"""One OBX as a `LabItem`. A message has many of them, so this is where its time goes.

What the fields around a value say is nearly always the same for one test of one laboratory; it is
read once and remembered by the text it was read from.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from etasu.interfaces.hl7v2 import values
from etasu.interfaces.hl7v2.escapes import Separators
from etasu.interfaces.hl7v2.parser import Message
from etasu.interfaces.hl7v2.statuses import status_of
from etasu.interfaces.hl7v2.values import Moment, Range
from etasu.safe_use.lab_reports import COUNTING, Coding, ItemStatus, LabItem

LONGEST_NOTE = 4_000
_ROOM = [""] * 20
_MOST_REMEMBERED = 8_192
_LONGEST_REMEMBERED = 1_000
# What speaks of a result that was said: anew, or as of none.
_SAYS_ANEW = {
    ItemStatus.CORRECTED: "corrected",
    ItemStatus.WITHDRAWN: "taken back",
    ItemStatus.CANCELED: "taken back",
}
_is_plain_number = values.PLAIN_NUMBER.fullmatch


class Observation(NamedTuple):
    """One OBX as it stood: its number in the message, and the notes that followed it."""

    number: int
    segment: list[str]
    notes: list[str]


class OfOrder(NamedTuple):
    """What an order says of all its items; `said_collected` is OBR-7 as sent."""

    number: str
    status: str
    said_collected: str
    collected: Moment
    specimen: str
    note: str
    trouble: str


class _Around(NamedTuple):
    """What stands around a value."""

    codes: tuple[Coding, ...]
    key: str
    kind: str
    unit: str
    limits: Range
    abnormal: tuple[str, ...]
    status: ItemStatus
    trouble: str


_Texts = tuple[str, str, str, str, str, str, str]
# By the separators, then by the texts; a code list of a thousand laboratories fits.
_remembered: dict[Separators, dict[_Texts, _Around]] = {}


class ItemReader:
    """Reads the items of one message."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._known = _memory_for(message.separators)
        self._keys: dict[tuple[str, str, str], int] = {}
        self.attachments = 0

    def read(self, observed: Iterable[Observation], about: OfOrder) -> tuple[LabItem, ...]:
        """One item for each, in order."""
        return tuple([self._item(each, about) for each in observed])

    def of_order(self, place: str, about: OfOrder) -> LabItem:
        """What stands for an order that was taken back with no word of its results.

        It names no test, so it is about whatever the order said before; and it is told by its
        message, for it says this anew whenever it comes.
        """
        said = f"OBR-25 is {about.status}, and no OBX says what is taken back"
        sent = [self._message.text(self._message.header, field) for field in (10, 7)]
        return LabItem(
            place=place,
            key="|".join((place, *sent))[: values.LONGEST_CODE],
            codes=(),
            value=None,
            # Without a number nobody can tell whether there is anything to take back.
            status=ItemStatus.CANCELED if about.number else ItemStatus.WITHDRAWN,
            collected_on=about.collected.day,
            collected_at=about.collected.at,
            specimen=about.specimen,
            note=about.note[:LONGEST_NOTE],
            trouble=f"{about.trouble} {said}: send each OBX with its own status.".strip(),
        )

    def _item(self, observed: Observation, about: OfOrder) -> LabItem:
        number, segment, notes = observed
        # One list with room for every field is quicker than asking for each.
        fields = segment if len(segment) > 14 else segment + _ROOM[len(segment) :]
        texts = (fields[2], fields[3], fields[6], fields[7], fields[8], fields[11], about.status)
        around = self._known.get(texts) or self._read_around(texts)
        codes, key, kind, unit, limits, abnormal, status, trouble = around
        said = fields[5]
        value: str | None
        if kind == "NM" and _is_plain_number(said):
            value, comparator, unread = said, "", ""
        else:
            value, comparator, unread = values.value_of(kind, said, self._message)
        observed_at = fields[14]
        if observed_at and observed_at != about.said_collected:
            own = values.moment(self._message.part(observed_at, 1), self._message.zone)
            on, at = _earlier(about.collected, own)
        else:
            on, at = about.collected
        if notes and not limits.text:
            limits = values.range_in_note("\n".join(notes))
        if value is None:
            self.attachments += kind in values.ATTACHED
            unread = unread or _no_value(kind, status)
        if unread or trouble or about.trouble:
            trouble = " ".join(filter(None, (about.trouble, trouble, unread)))
        return LabItem(
            place=f"OBX^{number}",
            key=self._key(observed, key, status, about),
            codes=codes,
            value=value,
            status=status,
            collected_on=on,
            collected_at=at,
            comparator=comparator,
            unit=unit,
            low=limits.low,
            high=limits.high,
            range_text=limits.text,
            abnormal=abnormal,
            specimen=about.specimen,
            note=_note_of(notes, about.note, kind) if notes or about.note or not value else "",
            trouble=trouble,
        )

    def _read_around(self, texts: _Texts) -> _Around:
        message, marks = self._message, self._message.separators
        kind, code, unit, limits, abnormal, status, of_order = texts
        codes = values.codings(code, marks)
        found, doubt = status_of(message.part(status, 1).upper(), of_order)
        missing = "" if codes else "OBX-3 is empty: say what was measured."
        if any(max(len(each.system), len(each.code)) >= values.LONGEST_CODE for each in codes):
            missing = f"OBX-3 has {values.LONGEST_CODE} characters or more: send the code itself."
        around = _Around(
            codes=codes,
            key=values.first_code(code, marks),
            kind=kind.strip().upper(),
            unit=values.unit(unit, marks),
            limits=values.range_sent(limits, message),
            abnormal=values.flags(abnormal, marks) if abnormal else (),
            status=found,
            trouble=" ".join(filter(None, (missing, doubt))),
        )
        if sum(map(len, texts)) <= _LONGEST_REMEMBERED:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[texts] = around
        return around

    def _key(self, observed: Observation, code: str, status: ItemStatus, about: OfOrder) -> str:
        """What tells the item in its report: the first code as sent, its list, and OBX-4.

        A result and what corrects it or takes it back share it; of several corrections under one
        key, each is about the next of the results that were told apart by a number.
        """
        if not code:
            return f"OBX^{observed.number}"
        segment = observed.segment
        sub_id = segment[4] if len(segment) > 4 else ""
        key = f"{code}|{self._message.part(sub_id, 1)}" if sub_id else code
        anew = _SAYS_ANEW.get(status)
        if anew is None:
            return key
        seen = (about.number, key, anew)
        self._keys[seen] = count = self._keys.get(seen, 0) + 1
        return key if count == 1 else f"{key}#{count}"


def _memory_for(marks: Separators) -> dict[_Texts, _Around]:
    known = _remembered.get(marks)
    if known is None:
        if len(_remembered) >= 16:
            _remembered.clear()
        known = _remembered[marks] = {}
    return known


def _earlier(collected: Moment, own: Moment) -> tuple[date | None, datetime | None]:
    """When an item was collected: with its order, or before it where OBX-14 says so.

    Laboratories send old results along with new ones; those must not count as of today. A later
    time in OBX-14 is when somebody measured.
    """
    if own.day is None or (collected.day is not None and own.day >= collected.day):
        return collected
    return own


def _no_value(kind: str, status: ItemStatus) -> str:
    # A test that is under way or was given up has no value, and a document needs none.
    if status not in COUNTING or kind in values.ATTACHED:
        return ""
    return "OBX-5 is empty: send the value, or the status X for a test not done."


def _note_of(notes: list[str], of_order: str, kind: str) -> str:
    said = [*notes, of_order]
    if kind in values.ATTACHED:
        said.append("A document is attached; it is kept with the message.")
    return "\n".join(filter(None, said))[:LONGEST_NOTE]
