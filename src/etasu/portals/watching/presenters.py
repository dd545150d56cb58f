"""What the pages about one patient show: obligations, reports, and what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from etasu.portals.components.dates import moment, short_day
from etasu.portals.components.lab_words import in_words
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.components.words import STATUSES
from etasu.registry.monitoring.by_hand import Preview
from etasu.safe_use.obligations import OPEN, Obligation, Status
from etasu.safe_use.program import ProgramVersion

Words = str | Promise


def name_of(rule: str, version: ProgramVersion) -> str:
    """What a schedule or a duty asks for, as the program calls it."""
    if rule in version.schedules:
        return version.tests[version.schedules[rule].test].name
    duty = version.duties.get(rule)
    return version.forms[duty.form].name if duty else rule


class Planned(NamedTuple):
    """One obligation of the calendar; where `url` leads, it is said that it need not be done."""

    what: str
    due_on: date
    status: Words
    met: str
    url: str


class Month(NamedTuple):
    """One month of the calendar with what falls due in it."""

    first: date
    rows: tuple[Planned, ...]


def due_table(
    number: str, found: Sequence[Obligation], version: ProgramVersion, *, may_waive: bool
) -> WorklistTable:
    """What is to be done now, each rule once, and the next of each rule.

    Whoever was not seen for a year owes one test and not twelve: doing it answers for them all.
    That the oldest need not be done is said here, and of each in the calendar.
    """
    still_open: dict[str, list[Obligation]] = {}
    upcoming: dict[str, Obligation] = {}
    for each in sorted(found, key=lambda one: one.due_on):
        if each.status in OPEN:
            still_open.setdefault(each.code, []).append(each)
        elif each.status is Status.UPCOMING:
            upcoming.setdefault(each.code, each)
    shown = [*still_open.values(), *([each] for each in upcoming.values())]
    shown.sort(key=lambda each: (each[0].due_on, each[0].code))
    rows = [
        (
            Cell(name_of(oldest.code, version)),
            Cell(_since(oldest.due_on, len(more))),
            Cell(status=("obligation", oldest.status.value)),
            _decide(_waive_url(number, oldest, may_waive)),
        )
        for oldest, *more in shown
    ]
    return WorklistTable(
        caption=_("Due now and next"),
        columns=(_("What"), _("Due on"), _("Status"), _("Decide")),
        rows=rows,
        empty=_("Nothing falls due: no infusion is on record, or everything is done."),
    )


def _since(day: date, more: int) -> str:
    if not more:
        return short_day(day)
    said = ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
    return f"{short_day(day)} {said}"


def _decide(url: str) -> Cell:
    return Cell(_("It need not be done"), url) if url else Cell("–")


def _waive_url(number: str, each: Obligation, may_waive: bool) -> str:
    if not may_waive or each.status not in OPEN:
        return ""
    return reverse("watching:waive", args=[number, each.code, each.due_on.isoformat()])


def calendar(
    number: str, found: Iterable[Obligation], version: ProgramVersion, *, may_waive: bool
) -> list[Month]:
    """Every obligation by the month it falls due in, oldest first."""
    months: dict[date, list[Planned]] = {}
    for each in sorted(found, key=lambda one: (one.due_on, one.code)):
        label = STATUSES["obligation"][each.status.value].label
        met = short_day(each.met_on) if each.met_on else ""
        url = _waive_url(number, each, may_waive)
        row = Planned(name_of(each.code, version), each.due_on, label, met, url)
        months.setdefault(each.due_on.replace(day=1), []).append(row)
    return [Month(first, tuple(rows)) for first, rows in months.items()]


def waived_table(number: str, waivers: Iterable[Any], version: ProgramVersion) -> WorklistTable:
    """What need not be done, each leading to where it is made to count again."""
    rows = [
        (
            Cell(name_of(each.code, version)),
            Cell(short_day(each.due_on)),
            Cell(each.reason),
            Cell(_("Have it count again"), reverse("watching:unwaive", args=[number, each.number])),
        )
        for each in waivers
    ]
    return WorklistTable(
        caption=_("What need not be done"),
        columns=(_("What"), _("Due on"), _("Reason"), _("Decide")),
        rows=rows,
        empty="",
    )


def awaited_table(results: Iterable[Any], version: ProgramVersion) -> WorklistTable:
    """Results that count for nothing until somebody has read what their laboratory said since."""
    rows = [
        (
            Cell(version.tests[each.test].name if each.test in version.tests else each.test),
            Cell(short_day(each.collected_on)),
            Cell(f"{each.comparator}{each.value or ''} {each.unit or ''}".strip(), is_number=True),
        )
        for each in results
    ]
    return WorklistTable(
        caption=_("Being corrected"),
        columns=(_("Test"), _("Collected on"), _("Said before")),
        rows=rows,
        empty="",
    )


def preview_table(previews: Sequence[Preview], version: ProgramVersion) -> WorklistTable:
    """What was typed, as it will be kept, and what is odd about it."""
    rows = [
        (
            Cell(version.tests[each.entered.test].name),
            Cell(f"{each.entered.value} {each.entered.unit}".strip(), is_number=True),
            Cell(_kept_as(each), is_number=True),
            Cell(_odd(each)),
        )
        for each in previews
    ]
    return WorklistTable(
        caption=_("Is this what the report says?"),
        columns=(_("Test"), _("Typed"), _("Kept as"), _("Look at")),
        rows=rows,
        empty="",
    )


def _kept_as(each: Preview) -> str:
    kept = each.converted
    return f"{kept.comparator}{kept.value} {kept.unit or ''}".strip() if kept else ""


def _odd(each: Preview) -> str:
    if each.is_on_file:
        return _("On record already; it is not kept twice")
    return in_words(each.odd) if each.odd else "–"


def reports_table(reports: Iterable[Any], zone: str) -> WorklistTable:
    """What patients sent and nobody looked at."""
    rows = [
        (
            Cell(each.patient.full_name, reverse("watching:report", args=[each.number])),
            Cell(short_day(each.collected_on)),
            Cell(each.laboratory),
            Cell(moment(each.received_at, zone)),
        )
        for each in reports
    ]
    return WorklistTable(
        caption=_("Reports that patients sent"),
        columns=(_("Patient"), _("Collected on"), _("Laboratory"), _("Sent")),
        rows=rows,
        empty=_("Nothing that a patient sent waits."),
    )
