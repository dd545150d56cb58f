"""Observations and reports as a `LabMessage`: nothing that was found is left out.

An observation goes by its own identifier, so that a correction finds it however it came before;
one without any goes by its report's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from etasu.interfaces.fhir import values
from etasu.interfaces.fhir.around import Around, contained_in, place_of
from etasu.interfaces.fhir.elements import About, Reference, plain
from etasu.interfaces.fhir.items import Found, ItemReader
from etasu.interfaces.fhir.moments import moment
from etasu.interfaces.fhir.problems import WARNING, Issue, unprocessable
from etasu.interfaces.fhir.reading import read
from etasu.interfaces.fhir.resources import DiagnosticReport, Observation, Result, Specimen
from etasu.interfaces.fhir.statuses import TAKEN_BACK
from etasu.interfaces.fhir.subjects import Subject, ordered_by, subject_of
from etasu.registry.monitoring.received import ReadAs
from etasu.safe_use.identifiers import number_ok
from etasu.safe_use.lab_reports import Coding, LabItem, LabMessage, LabReport, PatientAsSent

MOST_ITEMS = 5_000
LONGEST_NUMBER = 255
# Of the code system v3-ActReason: made up to try something out.
TEST_DATA = "HTEST"


class Sent(NamedTuple):
    """A result where it stands in the body."""

    path: str
    resource: Result


class Translated(NamedTuple):
    """What was sent, and what its sender should mend."""

    message: LabMessage
    warnings: tuple[Issue, ...]


class _Within(NamedTuple):
    """The report an observation is in, with what it says of all of them."""

    sent: DiagnosticReport
    subject: Subject
    specimen: Specimen | None


@dataclass
class _Report:
    """A report that is being put together."""

    place: str
    number: str
    patient: PatientAsSent
    reported_at: datetime | None
    ordered_by: str
    panel: Coding | None
    attachments: int = 0
    items: list[LabItem] = field(default_factory=list)


def translate(
    sent: Sequence[Sent], around: Around, read_as: ReadAs, *, is_test: bool = False
) -> Translated:
    """What these results say; raises Refused for what cannot be said in results."""
    return _Translation(around, read_as).of(sent, is_test)


def is_test_data(meta: About | None) -> bool:
    """Whether a resource is marked as made up."""
    if meta is None:
        return False
    return any(each.code == TEST_DATA for each in (*(meta.tag or ()), *(meta.security or ())))


class _Translation:
    """Goes through what was sent once; observations under one number come together."""

    def __init__(self, around: Around, read_as: ReadAs) -> None:
        self._around = around
        self._warnings: list[Issue] = []
        self._items = ItemReader(self._warnings.append, read_as)
        self._reports: dict[tuple[str, PatientAsSent], _Report] = {}
        self._count = 0

    def of(self, sent: Sequence[Sent], is_test: bool) -> Translated:
        """The message, its reports in the order they came."""
        in_reports = self._in_reports(sent)
        for each in sent:
            if isinstance(each.resource, DiagnosticReport):
                self._report(each.path, each.resource, in_reports.get(each.path, []))
        claimed = {path for found in in_reports.values() for path, _ in found}
        for each in sent:
            if isinstance(each.resource, Observation) and each.path not in claimed:
                self._observation(each.path, each.resource, self._around)
        marked = [is_test_data(each.resource.meta) for each in sent]
        if any(marked) and not all(marked) and not is_test:
            said = "Some of it is marked HTEST and some is not: send what is made up by itself."
            raise unprocessable("business-rule", sent[marked.index(True)].path, said)
        reports = tuple(map(_finished, self._reports.values()))
        reports = tuple(each for each in reports if each.items or each.number)
        message = LabMessage(
            control_id="",
            sent_as="",
            reports=reports,
            sent_at=_said_at(reports),
            is_test=is_test or (bool(marked) and all(marked)),
        )
        return Translated(message, tuple(self._warnings))

    def _in_reports(self, sent: Sequence[Sent]) -> dict[str, list[tuple[str, Observation]]]:
        """The observations that reports name, each with the first one that does, by its path."""
        by_path = {each.path: each.resource for each in sent}
        taken: set[str] = set()
        found: dict[str, list[tuple[str, Observation]]] = {}
        for each in sent:
            if isinstance(each.resource, DiagnosticReport):
                for reference in each.resource.result or ():
                    neighbor = self._around.find(reference)
                    named = by_path.get(neighbor.path) if neighbor else None
                    if neighbor and isinstance(named, Observation) and neighbor.path not in taken:
                        taken.add(neighbor.path)
                        found.setdefault(each.path, []).append((neighbor.path, named))
        return found

    def _report(
        self, path: str, report: DiagnosticReport, named: list[tuple[str, Observation]]
    ) -> None:
        around = self._around.inside(report, path)
        inside = list(_observations_in(report, path))
        if report.status in TAKEN_BACK and not named and not inside:
            said = "A report is taken back by its results: send each Observation with its status."
            raise unprocessable("business-rule", f"{path}.status", said)
        within = _Within(report, subject_of(report.subject, around), _specimen_of(report, around))
        own = self._place_for(path, report, within, within.subject.patient, around)
        own.attachments = len(report.presented_form or ())
        before = self._count
        for place, observation in named:
            self._observation(place, observation, self._around, within)
        for place, observation in inside:
            self._observation(place, observation, around, within)
        for number, reference in enumerate(report.result or ()):
            if around.find(reference) is None and not _is_ours(reference):
                self._add(own, [self._missing(f"{path}.result[{number}]", report, reference)])
        if self._count == before:
            document = "A document is attached; it is kept with the message."
            note = document if own.attachments else ""
            self._add(own, [self._items.of_report(path, report, note, "")])

    def _missing(self, path: str, report: DiagnosticReport, reference: Reference) -> LabItem:
        trouble = "result is not in what was sent: contain it, or send it in one Bundle."
        return self._items.of_report(path, report, plain(reference.reference), trouble)

    def _observation(
        self, path: str, sent: Observation, around: Around, within: _Within | None = None
    ) -> None:
        around = around.inside(sent, path)
        subject = subject_of(sent.subject, around)
        trouble = subject.trouble
        if within is not None and sent.subject is None:
            subject, trouble = within.subject, within.subject.trouble
        elif within is not None and _are_two(within.subject.patient, subject.patient):
            trouble = "subject differs from the report's: say whom the result is about."
        self._count_in(len(sent.component or ()))
        group = self._place_for(path, sent, within, subject.patient, around)
        report, specimen = (within.sent, within.specimen) if within else (None, None)
        found = Found(path, sent, around, report, specimen, trouble)
        self._add(group, self._items.read(found))
        for place, inner in _observations_in(sent, path):
            self._observation(place, inner, around, within)

    def _add(self, group: _Report, items: list[LabItem]) -> None:
        self._count_in(len(items))
        group.items += items
        self._count += len(items)

    def _count_in(self, more: int) -> None:
        """Raise Refused before so many more items would be too many."""
        if self._count + more > MOST_ITEMS:
            said = f"Send at most {MOST_ITEMS} results at once: split the Bundle."
            raise unprocessable("too-costly", "", said)

    def _place_for(
        self,
        path: str,
        sent: Result,
        within: _Within | None,
        patient: PatientAsSent,
        around: Around,
    ) -> _Report:
        """The report that what was found goes into, by the number it has and whom it is about."""
        head = within.sent if within is not None else sent
        number = _fitting(sent.token) or _fitting(head.token)
        if sent.token and not _fitting(sent.token):
            said = f"identifier is longer than {LONGEST_NUMBER} characters: it finds nothing again."
            self._warnings.append(Issue(WARNING, "too-long", f"{path}.identifier", said))
        panel = values.codings(head.code)[:1] if within is not None else ()
        made = _Report(
            path,
            number,
            patient,
            moment(sent.issued or head.issued).at,
            ordered_by(sent.based_on or head.based_on, around),
            panel[0] if panel else None,
        )
        return self._reports.setdefault((number, patient), made)


def _said_at(reports: Iterable[LabReport]) -> datetime | None:
    """When all of it was said; None where some of it was said at another time.

    Of two statements about one result the later counts. The time of a bundle is not the time of
    each result in it.
    """
    moments = {each.reported_at for each in reports if each.items}
    return moments.pop() if len(moments) == 1 else None


def _specimen_of(report: DiagnosticReport, around: Around) -> Specimen | None:
    # Of several specimens of a report, nobody can say which one a result was found in.
    sent = report.specimen or ()
    return around.read(sent[0], "Specimen", Specimen) if len(sent) == 1 else None


def _observations_in(owner: Result, path: str) -> Iterator[tuple[str, Observation]]:
    for place, kind, raw in contained_in(owner, path):
        if kind.resource_type == "Observation":
            inner = read(raw, Observation, place)
            if inner.contained:
                said = "Something contained contains nothing itself: contain it beside."
                raise unprocessable("structure", f"{place}.contained", said)
            yield place, inner


def _fitting(number: str) -> str:
    """A number unless it is longer than any that is looked up."""
    return number if len(number) <= LONGEST_NUMBER else ""


def _is_ours(reference: Reference) -> bool:
    """Whether it points at an observation that was taken in here before."""
    place = place_of(plain(reference.reference))
    return place is not None and place.kind == "Observation" and number_ok(place.id.split(".")[0])


def _are_two(one: PatientAsSent, other: PatientAsSent) -> bool:
    """Whether two are told apart for certain: both are named, and by no name they share."""
    names = [{(each.authority, each.value) for each in who.identifiers} for who in (one, other)]
    return all(names) and names[0].isdisjoint(names[1])


def _finished(report: _Report) -> LabReport:
    return LabReport(
        place=report.place,
        number=report.number,
        patient=report.patient,
        items=tuple(report.items),
        reported_at=report.reported_at,
        ordered_by=report.ordered_by,
        panel=report.panel,
        attachments=report.attachments,
    )
