"""What waits as lists, by what somebody has to do about it; what cannot wait first, with why."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.laboratory import words
from etasu.portals.laboratory.here import Here
from etasu.registry.monitoring import lab_facts
from etasu.registry.monitoring.held import Held, Why
from etasu.registry.monitoring.quarantine import CODE_REASONS, codes_waiting
from etasu.registry.monitoring.whose import as_sent, open_of, unmatched

MOST = 100


def code_address(sender: str | None, system: str, code: str) -> str:
    """Where somebody says what a code means."""
    asked = urlencode({"sender": sender or "", "system": system, "code": code})
    return f"{reverse('laboratory:code')}?{asked}"


def codes_table(where: Here, urgent: Sequence[Held]) -> WorklistTable:
    """The codes nobody has explained."""
    names = {each.number: each.name for each in lab_facts.connections_of(where.program)}
    unknown = [each for each in urgent if each.waits_for in CODE_REASONS]
    why = _gathered(((each.sender, *each.code), each.why) for each in unknown)
    found = [
        (why.get((each.connection, each.system, each.code), set()), each)
        for each in codes_waiting(where.program)
    ]
    rows = [
        (
            Cell(each.text or each.code, code_address(each.connection, each.system, each.code)),
            Cell(f"{each.system} {each.code}"),
            Cell(names.get(each.connection or "", words.DASH)),
            Cell(f"{each.items:,}", is_number=True),
            Cell(short_day(each.since), is_number=True),
            Cell(words.why_first(whys)),
        )
        for whys, each in sorted(found, key=lambda one: not one[0])
    ]
    return WorklistTable(
        caption=_("Codes nobody has explained"),
        columns=(
            *(_("What was sent"), _("Code"), _("Sender"), _("Items"), _("Since")),
            _("Cannot wait"),
        ),
        rows=rows,
        empty=_("None."),
    )


def tasks_table(where: Here, urgent: Sequence[Held]) -> WorklistTable:
    """The patients as sent whom nobody knows."""
    of_report = {each.report: each.why for each in urgent}
    why = _gathered((as_sent(each), of_report[each.report_id]) for each in open_of(of_report))
    found = [(why.get(as_sent(each.task), set()), *each) for each in unmatched(where.program)]
    found.sort(key=lambda one: not one[0])
    rows = [
        (
            Cell(task.number, reverse("laboratory:reconcile", args=[task.number]), is_number=True),
            Cell(words.said_of(task.trouble)),
            Cell(words.sender_of(task.report.message)),
            Cell(f"{reports:,}", is_number=True),
            Cell(words.age(task.opened_at, where.at)),
            Cell(words.why_first(whys)),
        )
        for whys, task, reports in found[:MOST]
    ]
    return WorklistTable(
        caption=_("Reports whose patient is not known"),
        columns=(
            *(_("Report"), _("Why"), _("Sender"), _("Reports"), _("Waits for")),
            _("Cannot wait"),
        ),
        rows=rows,
        empty=_("None."),
        shown=len(rows),
        total=len(found) if len(found) > MOST else None,
    )


def _gathered(found: Iterable[tuple[Hashable, Iterable[Why]]]) -> dict[Hashable, set[Why]]:
    """Why any of what belongs together cannot wait."""
    gathered: dict[Hashable, set[Why]] = {}
    for key, why in found:
        gathered.setdefault(key, set()).update(why)
    return gathered


def reviews_table(where: Here) -> WorklistTable:
    """Results that are kept and that somebody should look at."""
    names = {each.number: each.name for each in lab_facts.connections_of(where.program)}
    rows = [
        (
            Cell(words.test_name(each.test, where.version), review_address(each)),
            Cell(words.said_of(each.review)),
            Cell(each.unit or _("none")),
            Cell(names.get(each.connection, words.DASH)),
            Cell(f"{each.results:,}", is_number=True),
        )
        for each in lab_facts.reviews_waiting(where.program)
    ]
    return WorklistTable(
        caption=_("Results that are kept and should be looked at"),
        columns=(_("Test"), _("Why"), _("Unit sent"), _("Sender"), _("Results")),
        rows=rows,
        empty=_("None."),
    )


def review_address(group: lab_facts.InReview) -> str:
    """Where somebody looks at results that are alike."""
    asked = {"sender": group.connection, "test": group.test, "unit": group.unit}
    return f"{reverse('laboratory:review')}?{urlencode({**asked, 'why': group.review})}"


def _why(each: Any) -> str:
    why = words.said_of(each.why)
    if not each.corrects:
        return why
    return _("%(why)s A result counts no longer until somebody has looked.") % {"why": why}


def items_table(where: Here, urgent: Sequence[Held]) -> WorklistTable:
    """Items about which something is to be done that helps no other."""
    shared = CODE_REASONS | words.PATIENT_REASONS | words.SENDER_REASONS
    reasons = {each.reason for each in lab_facts.why_items_wait(where.program)} - shared
    why = {each.item: each.why for each in urgent}
    found: Any = lab_facts.items_waiting_for(where.program, reasons, first=why)
    rows = [
        (
            Cell(
                each.code_text or each.code or each.place,
                reverse("laboratory:item", args=[each.report.message.number, each.pk]),
            ),
            Cell(_why(each)),
            Cell(words.sender_of(each.report.message)),
            Cell(words.age(each.report.message.received_at, where.at)),
            Cell(words.why_first(why.get(each.pk, ()))),
        )
        for each in found[:MOST]
    ]
    return WorklistTable(
        caption=_("Items in which something is missing or cannot be read"),
        columns=(*(_("What was sent"), _("Why"), _("Sender"), _("Waits for"), _("Cannot wait")),),
        rows=rows,
        empty=_("None."),
        shown=len(rows),
        total=found.count() if len(rows) == MOST else None,
    )
