"""One patient on one page, for whoever is about to call: what waits, what was said, what to ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.calling import said_window
from etasu.portals.components.cost_words import COSTS, dollars
from etasu.portals.components.dates import day, local_day, short_day
from etasu.portals.components.records import SummaryRow
from etasu.portals.components.sharing_words import slices_in_order
from etasu.portals.support.forms import CALLERS
from etasu.portals.support.here import Here
from etasu.programs import library
from etasu.registry.accounts.facts import names_of
from etasu.registry.monitoring.worklist import open_rules, open_signals
from etasu.registry.patient_support.facts import (
    NotOffered,
    benefits_of,
    coverage_of,
    enrollment_of,
    is_allowed,
    offered,
)
from etasu.registry.patient_support.nurse_facts import (
    assignments_of,
    callback_promised,
    events_of,
    messages_of,
    notes_of,
    nurse_of,
)
from etasu.registry.patient_support.possible_events import thing_of
from etasu.registry.patient_support.sharing_facts import partners_of
from etasu.safe_use.copay import CENTS, reasons_against
from etasu.safe_use.nurse_line import Moment
from etasu.safe_use.sharing import SharingState

Words = str | Promise
MOST_SHOWN = 20
SOURCES = {
    "message": gettext_lazy("A message"),
    "callback": gettext_lazy("A call that was asked for"),
    "note": gettext_lazy("A note of a call"),
}


class Asked(NamedTuple):
    """One thing a caller is asked for: the words, their language, and what is on record."""

    name: str
    words: str
    language: str
    on_record: str


class Helpful(NamedTuple):
    """An answer of the program that helps with a topic: its question, the language, its address."""

    topic: str
    question: str
    language: str
    address: str


class Doubt(NamedTuple):
    """Something that may tell of a side effect: what was said, and the words that made it so."""

    event: Any
    source: Words
    words: str
    found: str


class Exchange(NamedTuple):
    """A message, whose it is, and what may be done with it."""

    message: Any
    who: Words
    may_report: bool


class Noted(NamedTuple):
    """A note of a call: who was on the telephone, who noted it, and what may be done with it."""

    note: Any
    caller: Words
    who: str
    may_correct: bool
    may_report: bool


class Promised(NamedTuple):
    """A call that is promised: when by the clock here and there, and whether it is late."""

    callback: Any
    here: str
    there: str
    is_late: bool


def brief_of(patient: Any, where: Here, at: datetime) -> dict[str, Any]:
    """Everything the page of one patient shows."""
    events = list(events_of(patient))
    reported = {each.source_number for each in events if each.is_event is not False}
    callback = callback_promised(patient)
    messages = list(messages_of(patient))[-MOST_SHOWN:]
    notes = list(notes_of(patient)[:MOST_SHOWN])
    people = names_of({each.sent_by for each in messages} | {each.noted_by for each in notes})
    return {
        "doubts": [_doubt(each) for each in events if each.answered_at is None],
        "reported": [each for each in events if each.is_event],
        "promised": promised_call(callback, patient, where, at),
        "may_report_callback": callback is not None and callback.number not in reported,
        "exchange": exchange(messages, people, reported),
        "waits": numbers_waiting(messages),
        "notes": [_noted(each, people, reported) for each in notes],
        "nurse": nurse_of(patient),
        "nurses": nurse_rows(patient),
        "open": _open(patient, where),
        "costs": cost_rows(patient, where, at),
    }


def exchange(
    messages: Iterable[Any], people: Mapping[str, str], reported: Collection[str]
) -> list[Exchange]:
    """The messages with whoever wrote each; what is reported already is not reported again."""
    return [
        Exchange(
            each,
            _("The patient") if each.is_from_patient else people.get(each.sent_by, _("A nurse")),
            each.is_from_patient and each.number not in reported,
        )
        for each in messages
    ]


def numbers_shown(things: Iterable[Any]) -> str:
    """The numbers of what a page shows, to come back with its form."""
    return " ".join(each.number for each in things)


def numbers_waiting(messages: Iterable[Any]) -> str:
    """The numbers of those the patient wrote and nobody has settled."""
    open_now = (each for each in messages if each.is_from_patient and each.settled_at is None)
    return numbers_shown(open_now)


def helpers_of(patient: Any, at: datetime) -> list[tuple[str, list[Words]]]:
    """Who helps the patient now, each with what may be said to them."""
    return [
        (each.partner.full_name, slices_in_order(each.sharing.slices))
        for each in partners_of(patient, at)
        if each.state is SharingState.OPEN
    ]


def identifying(patient: Any, where: Here) -> list[Asked]:
    """What to ask a caller, in the patient's language, beside what is on record."""
    prescriber = patient.prescriber.name if patient.prescriber is not None else ""
    known = {
        "full-name": patient.full_name,
        "birth-date": day(patient.birth_date),
        "telephone": patient.telephone,
        "prescriber": prescriber,
    }
    found = []
    for each in where.line.identifiers:
        said = each.said(patient.language)
        on_record = known.get(each.code) or _("Not on record")
        found.append(Asked(each.name, said.text, said.language, on_record))
    return found


def scripts_for(patient: Any, where: Here, moments: Sequence[Moment]) -> list[Any]:
    """What to say at these moments, in the patient's language."""
    return [each.said(patient.language) for each in where.line.scripts if each.moment in moments]


def nurse_rows(patient: Any) -> list[SummaryRow]:
    """Who looked after the patient, and until when."""
    zone = patient.time_zone
    return [
        SummaryRow(each.nurse.full_name, _since(each.assigned_at, each.ended_at, zone))
        for each in assignments_of(patient)
    ]


def cost_rows(patient: Any, where: Here, at: datetime) -> list[SummaryRow] | None:
    """What help with costs comes to; None where it is not offered or not allowed."""
    try:
        _version, plan = offered(patient, where.today)
    except NotOffered:
        return None
    if not is_allowed(patient, plan, at):
        return None
    enrollment = enrollment_of(patient)
    if enrollment is None:
        return [SummaryRow(_("Help with costs"), _("Allowed, but not asked for yet"))]
    coverage = coverage_of(enrollment)
    granted = {each.cost: each for each in benefits_of(patient)}
    rows = []
    for each in plan.helps:
        against = reasons_against(plan, each.cost, coverage, where.today)
        so_far = _("%(granted)s granted so far") % {"granted": dollars(granted[each.cost].cents)}
        most = each.most_dollars
        up_to = _("all of it") if most is None else _most(most)
        said = _("Not for this patient") if against else up_to
        rows.append(SummaryRow(COSTS[each.cost], f"{said}; {so_far}"))
    return rows


def _most(most: int) -> str:
    return _("up to %(most)s an infusion day") % {"most": dollars(most * CENTS)}


def _since(begins: datetime, ends: datetime | None, zone: str) -> str:
    since = short_day(local_day(begins, zone))
    if ends is None:
        return _("Since %(day)s") % {"day": since}
    until = short_day(local_day(ends, zone))
    return _("%(since)s to %(until)s") % {"since": since, "until": until}


def _doubt(event: Any) -> Doubt:
    found = ", ".join(event.words_found)
    return Doubt(event, SOURCES[event.source], thing_of(event).words, found)


def _noted(note: Any, people: Mapping[str, str], reported: Collection[str]) -> Noted:
    who = people.get(note.noted_by, _("A nurse"))
    is_newest = getattr(note, "corrected_by", None) is None
    return Noted(note, CALLERS[note.caller], who, is_newest, note.number not in reported)


def promised_call(callback: Any, patient: Any, where: Here, at: datetime) -> Promised | None:
    """The call that is promised, as it is shown; None without one."""
    if callback is None:
        return None
    span = (callback.begins, callback.ends)
    there = said_window(*span, patient.time_zone)
    return Promised(
        callback, said_window(*span, where.line.time_zone), there, is_late=callback.ends < at
    )


def _open(patient: Any, where: Here) -> list[str]:
    """What falls due and what results ask for, by name."""
    version = where.version
    late = version.lateness
    signals: Iterable[Any] = open_signals([patient.pk]).get(patient.pk, ())
    rules: Iterable[Any] = open_rules([patient.pk], where.today, late).get(patient.pk, ())
    said = [version.tests[each.result.test].name for each in signals]
    for each in rules:
        if each.code in version.schedules:
            said.append(version.tests[version.schedules[each.code].test].name)
        elif each.code in version.duties:
            said.append(version.forms[version.duties[each.code].form].name)
    return list(dict.fromkeys(said))


def answers_for(patient: Any, where: Here) -> list[Helpful]:
    """The answers that help in a call, each under its topic, as the patient reads them."""
    program = where.asker.program
    known = library.current().programs[program].answers.get(where.version.label, ())
    by_code = {each.code: each for each in known}
    found = []
    for topic in where.line.topics:
        for code in topic.answers:
            said = by_code[code].said(patient.language)
            address = reverse("public:answer", args=[program, code])
            found.append(Helpful(topic.name, said.question, said.language, address))
    return found
