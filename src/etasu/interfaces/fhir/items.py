"""An Observation as items: one for its own value, and one for each component.

An observation that only groups others is an item without a value. What can be read differently
than it was meant goes into an item's trouble, in sentences that begin with the element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from etasu.interfaces.fhir import values
from etasu.interfaces.fhir.around import Around
from etasu.interfaces.fhir.elements import is_there, plain
from etasu.interfaces.fhir.moments import NEVER, Moment, began, moment
from etasu.interfaces.fhir.problems import WARNING, Issue
from etasu.interfaces.fhir.resources import (
    Component,
    DiagnosticReport,
    Measured,
    Observation,
    Specimen,
)
from etasu.interfaces.fhir.statuses import status_of, status_of_report
from etasu.interfaces.fhir.values import Value
from etasu.registry.monitoring.received import ReadAs
from etasu.safe_use.lab_reports import COUNTING, ItemStatus, LabItem

LONGEST_NOTE = 4_000


class Found(NamedTuple):
    """An observation where it stands, with what stands around it and the report it is in.

    `specimen` is the report's, for an observation that names none.
    """

    path: str
    sent: Observation
    around: Around
    report: DiagnosticReport | None = None
    specimen: Specimen | None = None
    subject_trouble: str = ""


class _Common(NamedTuple):
    """What an observation says of all its items."""

    status: ItemStatus
    collected: Moment
    specimen: str
    note: str
    troubles: tuple[str, ...]


Tell = Callable[[Issue], None]


class ItemReader:
    """Reads observations one after the other; what is in the way is told as it is met."""

    def __init__(self, tell: Tell, read_as: ReadAs) -> None:
        self._tell = tell
        self._zone = read_as.zone

    def read(self, found: Found) -> list[LabItem]:
        """Everything the observation says, in order."""
        common = self._common(found)
        for sentence in common.troubles:
            self._tell(Issue(WARNING, "business-rule", found.path, sentence))
        return [self._item(found, common, *part) for part in _parts(found.sent, found.path)]

    def of_report(self, path: str, report: DiagnosticReport, note: str, trouble: str) -> LabItem:
        """What stands for a result that a report names and that is not there."""
        status = status_of_report(report.status)
        if trouble:
            self._tell(Issue(WARNING, "not-found", path, trouble))
        return LabItem(
            place=path,
            key=path.rsplit(".", 1)[-1],
            codes=values.codings(report.code),
            value=None,
            status=status,
            collected_on=self._of_report(report).day,
            note="\n".join(filter(None, (note, plain(report.conclusion))))[:LONGEST_NOTE],
            trouble=trouble,
        )

    def _common(self, found: Found) -> _Common:
        sent = found.sent
        specimen = found.around.read(sent.specimen, "Specimen", Specimen) or found.specimen
        status, doubt = status_of(sent.status, found.report.status if found.report else "")
        collected = self._collected(found, specimen)
        troubles = [found.subject_trouble, doubt, self._of_time(sent, collected)]
        troubles += _of_specimen(specimen)
        troubles += _of_whole(sent)
        kind = specimen.type.words if specimen is not None and specimen.type else ""
        note = _note_of(sent, specimen)
        return _Common(status, collected, kind, note, tuple(filter(None, troubles)))

    def _item(
        self, found: Found, common: _Common, path: str, key: str, measured: Measured
    ) -> LabItem:
        value = values.value_of(measured)
        is_group = measured is found.sent and bool(found.sent.has_member)
        own = [*_of_part(measured, value), value.trouble]
        if not is_group and common.status in COUNTING:
            own.append(_no_value(measured, value))
        for sentence in filter(None, own):
            self._tell(Issue(WARNING, "value", path, sentence))
        return _made(path, key, measured, common, value, " ".join(filter(None, own)))

    def _collected(self, found: Found, specimen: Specimen | None) -> Moment:
        """When it was collected, as the observation, the specimen or the report says."""
        sent, zone = found.sent, self._zone
        told = [
            moment(sent.effective_date_time or sent.effective_instant, zone),
            began(sent.effective_period, zone),
        ]
        if specimen is not None and specimen.collection is not None:
            taken = specimen.collection
            told += [
                moment(taken.collected_date_time, zone),
                began(taken.collected_period, zone),
            ]
        if found.report is not None:
            told.append(self._of_report(found.report))
        return next((each for each in told if each.day is not None), NEVER)

    def _of_report(self, report: DiagnosticReport) -> Moment:
        said = moment(report.effective_date_time, self._zone)
        return said if said.day is not None else began(report.effective_period, self._zone)

    def _of_time(self, sent: Observation, collected: Moment) -> str:
        said = sent.effective_date_time or sent.effective_instant
        if said and moment(said, self._zone).day is None:
            return "effective is no day of the calendar: send the day it was collected."
        if collected.day is None and sent.effective_timing is not None:
            return "effectiveTiming is not read: send effectiveDateTime."
        return ""


def _parts(sent: Observation, path: str) -> Iterator[tuple[str, str, Measured]]:
    """What becomes an item: where it stands, what tells it in its report, and what it says."""
    own = values.first_code(sent.code)
    components = sent.component or ()
    if not components or _says_something(sent):
        yield path, own or path, sent
    for number, each in enumerate(components):
        yield f"{path}.component[{number}]", _component_key(own, each, number), each


def _component_key(own: str, component: Component, number: int) -> str:
    return f"{own}/{values.first_code(component.code) or number}"


def _says_something(measured: Measured) -> bool:
    value = values.value_of(measured)
    return bool(value.value or value.trouble or measured.data_absent_reason)


def _of_specimen(specimen: Specimen | None) -> Iterator[str]:
    if specimen is None or specimen.status not in ("unsatisfactory", "entered-in-error"):
        return
    yield f"specimen is {specimen.status}: say whether there is a result."


def _of_whole(sent: Observation) -> Iterator[str]:
    if sent.is_modified:
        yield "modifierExtension changes what it means and is not read: send it without."
    if is_there(sent.focus):
        yield "focus says it is about something else than the subject: send results of the patient."
    if sent.implicit_rules:
        yield "implicitRules changes what it means and is not read: send it without."


def _of_part(measured: Measured, value: Value) -> Iterator[str]:
    if not values.codings(measured.code):
        yield "code is empty: say what was measured."
    if values.is_overlong(measured.code):
        yield (
            f"code has more than {values.MOST_CODES} codes or {values.LONGEST_CODE} characters: "
            "send the code itself."
        )
    if isinstance(measured, Component) and measured.is_modified:
        yield "modifierExtension changes what it means and is not read: send it without."
    if measured.data_absent_reason is not None and value.value:
        yield "dataAbsentReason and a value are both there: send one of them."


def _no_value(measured: Measured, value: Value) -> str:
    if value.value or value.trouble or measured.data_absent_reason:
        return ""
    return "value is missing: send it, or dataAbsentReason for a test not done."


def _note_of(sent: Observation, specimen: Specimen | None) -> str:
    said = [plain(each.text) for each in sent.note or ()]
    if specimen is not None and specimen.condition:
        said.append(f"Specimen: {_joined(each.words for each in specimen.condition)}.")
    who = _joined(plain(each.display) for each in sent.performer or ())
    if who:
        said.append(f"Performed by {who}.")
    return "\n".join(filter(None, said))


def _joined(words: Iterable[str]) -> str:
    return ", ".join(filter(None, words))


def _made(
    path: str,
    key: str,
    measured: Measured,
    common: _Common,
    value: Value,
    trouble: str,
) -> LabItem:
    limits = values.limits(measured.reference_range or (), value.unit)
    absent = measured.data_absent_reason
    note = f"No value: {absent.words}." if absent is not None and absent.words else ""
    return LabItem(
        place=path,
        key=key,
        codes=values.codings(measured.code),
        value=value.value,
        status=common.status,
        collected_on=common.collected.day,
        collected_at=common.collected.at,
        comparator=value.comparator,
        unit=value.unit,
        low=limits.low,
        high=limits.high,
        range_text=limits.text,
        abnormal=values.flags(measured.interpretation or ()),
        specimen=common.specimen,
        note="\n".join(filter(None, (common.note, note)))[:LONGEST_NOTE],
        trouble=" ".join(filter(None, (*common.troubles, trouble))),
    )
