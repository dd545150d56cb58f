"""What the pages of watching show: the worklist, one patient's obligations, and signals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.records import Cell, Choice, Filter, WorklistTable
from etasu.portals.components.words import STATUSES
from etasu.registry.monitoring.worklist import Line, OpenRule, Rank
from etasu.safe_use.obligations import OPEN, Obligation, Status
from etasu.safe_use.program import ProgramVersion

Words = str | Promise
RANKS: Mapping[Rank, Words] = {
    Rank.EMERGENCY_SIGNAL: gettext_lazy("A result asks for help at once"),
    Rank.UNANSWERED_SIGNAL: gettext_lazy("Nobody has answered a result in time"),
    Rank.URGENT_SIGNAL: gettext_lazy("A result is urgent"),
    Rank.ESCALATED: gettext_lazy("Something is long overdue"),
    Rank.ROUTINE_SIGNAL: gettext_lazy("A result is to be looked at"),
    Rank.OVERDUE: gettext_lazy("Something is overdue"),
    Rank.DUE: gettext_lazy("Something is due"),
    Rank.SOON: gettext_lazy("Something falls due within a week"),
}
EVERY_RANK = frozenset(Rank)
SIGNALS = frozenset({Rank.EMERGENCY_SIGNAL, Rank.UNANSWERED_SIGNAL, Rank.URGENT_SIGNAL})
SHOWN: Mapping[str, tuple[Words, frozenset[Rank]]] = {
    "": (gettext_lazy("All"), frozenset(set(Rank) - {Rank.SOON})),
    "flagged": (gettext_lazy("Results"), SIGNALS | {Rank.ROUTINE_SIGNAL}),
    "overdue": (gettext_lazy("Overdue"), frozenset({Rank.ESCALATED, Rank.OVERDUE})),
    "due": (gettext_lazy("Due"), frozenset({Rank.DUE})),
    "soon": (gettext_lazy("Soon"), frozenset({Rank.SOON})),
}
URGENCIES: Mapping[str, Words] = {
    "emergency": gettext_lazy("Act at once"),
    "urgent": gettext_lazy("Urgent"),
    "routine": gettext_lazy("Routine"),
    "information": gettext_lazy("To know"),
}
_MOST_SAID = 3


def worklist_table(
    lines: Sequence[Line], counts: Mapping[Rank, int], show: str, version: ProgramVersion, on: date
) -> WorklistTable:
    """The patients of a worklist with the reason that puts each where they are."""
    choices = [
        Choice(value, f"{said} ({sum(counts.get(rank, 0) for rank in ranks)})", value == show)
        for value, (said, ranks) in SHOWN.items()
    ]
    return WorklistTable(
        caption=_("Tests, forms and results to follow up"),
        columns=(_("Patient"), _("Why first"), _("What is to be done"), _("Due since")),
        rows=[
            (
                Cell(
                    line.patient.full_name, reverse("watching:patient", args=[line.patient.number])
                ),
                Cell(RANKS[line.rank]),
                Cell(_what(line, version)),
                Cell(_since(line.rules, on)),
            )
            for line in lines
        ],
        empty=_("Nobody is in this list."),
        filters=(Filter("show", _("Show"), choices),),
        shown=len(lines),
        total=sum(counts.get(rank, 0) for rank in SHOWN[show][1]),
    )


def worklist_rows(lines: Iterable[Line], version: ProgramVersion, on: date) -> list[list[str]]:
    """The same as rows of a file, with a heading."""
    head = [_("Patient"), _("Number"), _("Why first"), _("What is to be done"), _("Due since")]
    rows = [
        [
            line.patient.full_name,
            line.patient.number,
            str(RANKS[line.rank]),
            _what(line, version, in_full=True),
            line.rules[0].due_on.isoformat() if line.rules else "",
        ]
        for line in lines
    ]
    return [head, *rows]


def _what(line: Line, version: ProgramVersion, *, in_full: bool = False) -> str:
    said = [version.tests[each.result.test].name for each in line.signals]
    said += [name_of(each.code, version) for each in line.rules]
    said = list(dict.fromkeys(said))
    more = 0 if in_full else len(said) - _MOST_SAID
    if more > 0:
        rest = ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
        return f"{', '.join(said[:_MOST_SAID])} {rest}"
    return ", ".join(said)


def _since(rules: Sequence[OpenRule], on: date) -> str:
    if not rules:
        return "–"
    days = (on - rules[0].due_on).days
    if days <= 0:
        return short_day(rules[0].due_on)
    late = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return f"{short_day(rules[0].due_on)} ({late})"


def name_of(rule: str, version: ProgramVersion) -> str:
    """What a schedule or a duty asks for, as the program calls it."""
    if rule in version.schedules:
        return version.tests[version.schedules[rule].test].name
    duty = version.duties.get(rule)
    return version.forms[duty.form].name if duty else rule


class Month(NamedTuple):
    """One month of the calendar with what falls due in it."""

    first: date
    rows: tuple[tuple[str, date, Words, str], ...]


def due_table(
    number: str, found: Sequence[Obligation], version: ProgramVersion, *, may_waive: bool
) -> WorklistTable:
    """What is to be done now, and the next of each rule."""
    seen: set[str] = set()
    shown = []
    for each in found:
        if each.status in OPEN:
            shown.append(each)
        elif each.status is Status.UPCOMING and each.code not in seen:
            seen.add(each.code)
            shown.append(each)
    shown.sort(key=lambda each: (each.due_on, each.code))
    rows = [
        (
            Cell(name_of(each.code, version)),
            Cell(short_day(each.due_on)),
            Cell(status=("obligation", each.status.value)),
            Cell(
                _("It need not be done") if may_waive and each.status in OPEN else "–",
                reverse("watching:waive", args=[number, each.code, each.due_on.isoformat()])
                if may_waive and each.status in OPEN
                else "",
            ),
        )
        for each in shown
    ]
    return WorklistTable(
        caption=_("Due now and next"),
        columns=(_("What"), _("Due on"), _("Status"), _("Decide")),
        rows=rows,
        empty=_("Nothing falls due: no infusion is on record, or everything is done."),
    )


def calendar(found: Iterable[Obligation], version: ProgramVersion) -> list[Month]:
    """Every obligation by the month it falls due in, oldest first."""
    months: dict[date, list[tuple[str, date, Words, str]]] = {}
    for each in sorted(found, key=lambda one: (one.due_on, one.code)):
        label = STATUSES["obligation"][each.status.value].label
        met = short_day(each.met_on) if each.met_on else ""
        row = (name_of(each.code, version), each.due_on, label, met)
        months.setdefault(each.due_on.replace(day=1), []).append(row)
    return [Month(first, tuple(rows)) for first, rows in months.items()]


class SignalLine(NamedTuple):
    """A signal as a page shows it. `url` leads to answering it, for whoever may."""

    urgency: Words
    is_pressing: bool
    test: str
    seen: str
    collected_on: date
    action: str
    note: str
    reason: str
    reflex: str
    until: str
    answered: str
    url: str


def signal_lines(
    signals: Iterable[Any], version: ProgramVersion, zone: str, *, may_answer: bool
) -> list[SignalLine]:
    """Each signal with what the program says to do, in the order given."""
    return [_signal(each, version, zone, may_answer) for each in signals]


def _signal(each: Any, version: ProgramVersion, zone: str, may_answer: bool) -> SignalLine:
    limit = version.limits.get(each.limit_code)
    test = version.tests.get(each.result.test)
    is_open = each.acknowledged_at is None
    until = moment(each.answer_until, zone) if each.answer_until and is_open else ""
    answered = "" if is_open else f"{moment(each.acknowledged_at, zone)}: {each.done}"
    return SignalLine(
        urgency=URGENCIES[each.urgency],
        is_pressing=is_open and each.urgency in ("emergency", "urgent"),
        test=test.name if test else each.result.test,
        seen=each.seen,
        collected_on=each.result.collected_on,
        action=limit.action if limit else "",
        note=each.note,
        reason=each.reason,
        reflex=", ".join(version.tests[code].name for code in each.reflex if code in version.tests),
        until=until,
        answered=answered,
        url=reverse("watching:acknowledge", args=[each.number]) if is_open and may_answer else "",
    )
