"""The worklist as a table and as a file: the same columns, the same rows, the same order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.dates import short_day
from etasu.portals.components.records import Cell, Choice, Filter, WorklistTable
from etasu.portals.components.spreadsheet import Row
from etasu.portals.watching.here import Here
from etasu.portals.watching.presenters import name_of
from etasu.registry.accounts.access import PRESCRIBER, SUPPORT_NURSE
from etasu.registry.monitoring.worklist import Line, OpenRule, Rank
from etasu.safe_use.program import ProgramVersion

Words = str | Promise
RANKS: Mapping[Rank, Words] = {
    Rank.EMERGENCY_SYMPTOM: gettext_lazy("A self-check tells of an emergency"),
    Rank.EMERGENCY_SIGNAL: gettext_lazy("A result asks for help at once"),
    Rank.UNANSWERED_SIGNAL: gettext_lazy("Nobody has answered a result in time"),
    Rank.URGENT_SIGNAL: gettext_lazy("A result is urgent"),
    Rank.SYMPTOM: gettext_lazy("A self-check tells of a symptom"),
    Rank.ESCALATED: gettext_lazy("Something is long overdue"),
    Rank.ROUTINE_SIGNAL: gettext_lazy("A result is to be looked at"),
    Rank.OVERDUE: gettext_lazy("Something is overdue"),
    Rank.DUE: gettext_lazy("Something is due"),
    Rank.SOON: gettext_lazy("Something falls due within a week"),
}
EVERY_RANK = frozenset(Rank)
SYMPTOMS = frozenset({Rank.EMERGENCY_SYMPTOM, Rank.SYMPTOM})
SIGNALS = frozenset({Rank.EMERGENCY_SIGNAL, Rank.UNANSWERED_SIGNAL, Rank.URGENT_SIGNAL})
SHOWN: Mapping[str, tuple[Words, frozenset[Rank]]] = {
    "": (gettext_lazy("All"), frozenset(set(Rank) - {Rank.SOON})),
    "told": (gettext_lazy("Symptoms"), SYMPTOMS),
    "flagged": (gettext_lazy("Results"), SIGNALS | {Rank.ROUTINE_SIGNAL}),
    "overdue": (gettext_lazy("Overdue"), frozenset({Rank.ESCALATED, Rank.OVERDUE})),
    "due": (gettext_lazy("Due"), frozenset({Rank.DUE})),
    "soon": (gettext_lazy("Soon"), frozenset({Rank.SOON})),
}
LANGUAGES: Mapping[str, Words] = {"en": gettext_lazy("English"), "es": gettext_lazy("Spanish")}
_MOST_SAID = 3


# What patients told of in self-checks, in words, by patient id.
Told = Mapping[int, Sequence[str]]


class Part(NamedTuple):
    """Which part of the list is shown, and the rest of the address, kept when another one is."""

    show: str
    beside: str


class Column(NamedTuple):
    """One thing said of each patient: in a cell of the page, and as a value of a file."""

    heading: Words
    cell: Callable[[Line], Cell]
    value: Callable[[Line], str | int | date | None]


def worklist_table(
    lines: Sequence[Line],
    counts: Mapping[Rank, int],
    part: Part,
    where: Here,
    told: Told,
) -> WorklistTable:
    """The patients of a worklist with the reason that puts each where they are."""
    columns, (show, beside) = _columns(where, told), part
    choices = [
        Choice(value, f"{said} ({sum(counts.get(rank, 0) for rank in ranks)})", value == show)
        for value, (said, ranks) in SHOWN.items()
    ]
    return WorklistTable(
        caption=_("Tests, forms and results to follow up"),
        columns=[each.heading for each in columns],
        rows=[[each.cell(line) for each in columns] for line in lines],
        empty=_("Nobody is in this list."),
        filters=(Filter("show", _("Show"), choices, beside),),
        shown=len(lines),
        total=sum(counts.get(rank, 0) for rank in SHOWN[show][1]),
    )


def worklist_rows(lines: Sequence[Line], where: Here, told: Told, *, total: int) -> list[Row]:
    """The same as rows of a file, with a heading; the patient's number beside the name.

    Where there are more patients than these, the last row says so.
    """
    columns = _columns(where, told)
    rows: list[Row] = [[str(each.heading) for each in columns] + [_("Number")]]
    rows += [[each.value(line) for each in columns] + [line.patient.number] for line in lines]
    if total > len(lines):
        counted = {"n": len(lines), "total": total}
        said = _("Only the first %(n)s of %(total)s patients are in this file.") % counted
        rows.append([said, *[None] * len(columns)])
    return rows


def _columns(where: Here, told: Told) -> list[Column]:
    version, on, role = where.version, where.today, where.asker.role
    found = [
        Column(
            _("Patient"),
            lambda line: Cell(
                line.patient.full_name, reverse("watching:patient", args=[line.patient.number])
            ),
            lambda line: line.patient.full_name,
        ),
        Column(
            _("Why first"),
            lambda line: Cell(RANKS[line.rank]),
            lambda line: str(RANKS[line.rank]),
        ),
        Column(
            _("What is to be done"),
            lambda line: Cell(_what(line, version, told)),
            lambda line: _what(line, version, told, in_full=True),
        ),
        Column(
            _("Due since"),
            lambda line: Cell(_since(line.rules, on)),
            lambda line: line.rules[0].due_on if line.rules else None,
        ),
    ]
    if role == SUPPORT_NURSE:
        found.append(Column(_("Call"), lambda line: Cell(_call(line), is_number=True), _call))
    if role != PRESCRIBER:
        found.append(Column(_("Prescriber"), lambda line: Cell(_whose(line)), _whose))
    return found


def _call(line: Line) -> str:
    """The telephone and the language to speak in, for whoever calls."""
    patient = line.patient
    spoken = str(LANGUAGES.get(patient.language, patient.language))
    return f"{patient.telephone or _('No telephone number')}, {spoken}"


def _whose(line: Line) -> str:
    return line.patient.prescriber.name if line.patient.prescriber is not None else "–"


def _what(line: Line, version: ProgramVersion, told: Told, *, in_full: bool = False) -> str:
    said = list(told.get(line.patient.pk, ()))
    said += [version.tests[each.result.test].name for each in line.signals]
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
