"""Whom to call first, with the reason of each: what results ask for, and what waits on the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.calling import said_window
from etasu.portals.components.dates import clock
from etasu.portals.components.records import Cell, Choice, Filter, WorklistTable
from etasu.portals.support.here import Here
from etasu.registry.monitoring.worklist import Line, Wanted, worklist
from etasu.registry.patient_support.nurse_facts import (
    Waiting,
    late_by,
    nurses_of_patients,
    waiting_on_line,
)
from etasu.registry.patient_support.self_check_facts import open_symptoms_seen
from etasu.registry.patients.records import answered_for
from etasu.safe_use.monitoring_plan import Urgency
from etasu.safe_use.nurse_line import CallRank

Words = str | Promise
REASONS: Mapping[CallRank, Words] = {
    CallRank.EMERGENCY_SYMPTOM: gettext_lazy("A self-check tells of an emergency"),
    CallRank.EMERGENCY_SIGNAL: gettext_lazy("A result asks for help at once"),
    CallRank.CALLBACK_LATE: gettext_lazy("A call that was promised is late"),
    CallRank.POSSIBLE_EVENT: gettext_lazy("May tell of a side effect"),
    CallRank.UNANSWERED_SIGNAL: gettext_lazy("Nobody has answered a result in time"),
    CallRank.URGENT_SIGNAL: gettext_lazy("A result is urgent"),
    CallRank.SYMPTOM: gettext_lazy("A self-check tells of a symptom"),
    CallRank.CALLBACK_NOW: gettext_lazy("A call is promised for now"),
    CallRank.MESSAGE_LATE: gettext_lazy("A message has waited too long"),
    CallRank.ANSWER_UNTOLD: gettext_lazy("No e-mail told of an answer, and nobody has read it"),
    CallRank.ESCALATED: gettext_lazy("Something is long overdue"),
    CallRank.MESSAGE: gettext_lazy("A message waits"),
    CallRank.ROUTINE_SIGNAL: gettext_lazy("A result is to be looked at"),
    CallRank.OVERDUE: gettext_lazy("Something is overdue"),
    CallRank.CALLBACK_AHEAD: gettext_lazy("A call is promised for later"),
    CallRank.DUE: gettext_lazy("Something is due"),
}
LANGUAGES: Mapping[str, Words] = {"en": gettext_lazy("English"), "es": gettext_lazy("Spanish")}
SHOWN: Mapping[str, Words] = {"": gettext_lazy("Everybody"), "mine": gettext_lazy("My patients")}
# Who waits on the line is always there; of those whom only a result or a day asks for, this many.
MOST = 200
# Hours in which nobody is called who did not ask for it.
_AWAKE = range(8, 21)


class CallLine(NamedTuple):
    """Somebody to call, every reason for it, the most pressing first; since when they wait.

    `callback` is the call that was promised them, None without one.
    """

    patient: Any
    reasons: tuple[CallRank, ...]
    since: datetime | None
    callback: Any = None


def call_list(where: Here, at: datetime) -> list[CallLine]:
    """Everybody to call, the most pressing first, and among equals whoever has waited longest."""
    asker = where.asker
    people: dict[int, Any] = {}
    reasons: dict[int, list[tuple[CallRank, datetime | None]]] = {}
    waiting = waiting_on_line(asker.program)
    watched = worklist(asker, Wanted(), on=where.today, at=at, most=MOST)
    told = open_symptoms_seen(asker).select_related("patient__merged_into")
    waits = (*_on_line(waiting, where, at), *_watched(watched), *_told(told))
    for record, rank, since in waits:
        patient = answered_for(record)
        people[patient.pk] = patient
        reasons.setdefault(patient.pk, []).append((rank, since))
    # Of two on merged records the one that ends first.
    promised = {answered_for(each.patient).pk: each for each in reversed(waiting.callbacks)}
    found = []
    for key, known in reasons.items():
        ranks = tuple(sorted({rank for rank, _since in known}))
        first = [since for rank, since in known if rank == ranks[0] and since is not None]
        since = min(first, default=None)
        found.append(CallLine(people[key], ranks, since, promised.get(key)))
    found.sort(key=lambda each: _order(each, at))
    return found


def call_table(lines: Sequence[CallLine], where: Here, at: datetime, show: str) -> WorklistTable:
    """The list with the reason of each place; `mine` leaves only the asker's own patients."""
    nurses = nurses_of_patients([each.patient.pk for each in lines])
    own = {pk for pk, nurse in nurses.items() if nurse.number == where.asker.user}
    shown = [each for each in lines if show != "mine" or each.patient.pk in own]
    counts = {"": len(lines), "mine": sum(each.patient.pk in own for each in lines)}
    choices = [
        Choice(value, f"{said} ({counts[value]})", value == show) for value, said in SHOWN.items()
    ]
    rows = [
        [
            Cell(each.patient.full_name, reverse("support:patient", args=[each.patient.number])),
            Cell(REASONS[each.reasons[0]]),
            Cell(_besides(each.reasons[1:])),
            Cell(_waits(each, at)),
            Cell(_telephone(each), is_number=True),
            Cell(_there(each.patient, at)),
            Cell(nurses[each.patient.pk].full_name if each.patient.pk in nurses else "–"),
        ]
        for each in shown
    ]
    return WorklistTable(
        caption=_("Whom to call first"),
        columns=(
            *(_("Patient"), _("Why first"), _("Also"), _("Waits")),
            *(_("Telephone"), _("Time there"), _("Nurse")),
        ),
        rows=rows,
        empty=_("Nobody waits, and nothing is due."),
        filters=(Filter("show", _("Show"), choices),),
        shown=len(shown),
        total=len(shown),
    )


def _on_line(
    waiting: Waiting, where: Here, at: datetime
) -> Iterator[tuple[Any, CallRank, datetime | None]]:
    for call in waiting.callbacks:
        rank = CallRank.CALLBACK_AHEAD if at < call.begins else CallRank.CALLBACK_NOW
        yield call.patient, CallRank.CALLBACK_LATE if call.ends < at else rank, call.ends
    for message in waiting.messages:
        is_late = message.sent_at + late_by(where.line) < at
        rank = CallRank.MESSAGE_LATE if is_late else CallRank.MESSAGE
        yield message.patient, rank, message.sent_at
    for answer in waiting.untold:
        yield answer.patient, CallRank.ANSWER_UNTOLD, answer.told_at
    for event in waiting.events:
        yield event.patient, CallRank.POSSIBLE_EVENT, event.heard_at


def _watched(lines: Sequence[Line]) -> Iterator[tuple[Any, CallRank, datetime | None]]:
    for each in lines:
        yield each.patient, CallRank[each.rank.name], None


def _told(symptoms: Iterable[Any]) -> Iterator[tuple[Any, CallRank, datetime | None]]:
    for each in symptoms:
        is_emergency = each.urgency == Urgency.EMERGENCY
        rank = CallRank.EMERGENCY_SYMPTOM if is_emergency else CallRank.SYMPTOM
        yield each.patient, rank, each.told_at


def _order(line: CallLine, at: datetime) -> tuple[Any, ...]:
    waited = line.since or at + timedelta(days=1)
    return (line.reasons[0], waited, line.patient.full_name, line.patient.pk)


def _besides(reasons: Sequence[CallRank]) -> str:
    return "; ".join(str(REASONS[each]) for each in reasons) or "–"


def _waits(line: CallLine, at: datetime) -> str:
    if line.since is None:
        return "–"
    hours = (at - line.since).total_seconds() / 3600
    zone = line.patient.time_zone
    if line.callback is not None and line.reasons[0] == CallRank.CALLBACK_AHEAD:
        return said_window(line.callback.begins, line.callback.ends, zone)
    if hours < 0:
        return _("Until %(time)s there") % {"time": clock(line.since, zone)}
    if hours < 1:
        return _("Less than an hour")
    days = int(hours // 24)
    if days:
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return ngettext("%(n)s hour", "%(n)s hours", int(hours)) % {"n": int(hours)}


def _telephone(line: CallLine) -> str:
    """The number given for the call that was promised, else the one on record."""
    given = "" if line.callback is None else line.callback.telephone
    number = given or line.patient.telephone or _("No telephone number")
    return f"{number}, {LANGUAGES.get(line.patient.language, line.patient.language)}"


def _there(patient: Any, at: datetime) -> str:
    """The time where the patient is, and a warning while people sleep there."""
    local = at.astimezone(ZoneInfo(patient.time_zone))
    said = clock(at, patient.time_zone)
    return said if local.hour in _AWAKE else _("%(time)s: not an hour to call") % {"time": said}
