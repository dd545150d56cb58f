"""Is everything alive, what came today, and what is to be done first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etasu.portals.components.dates import moment
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.laboratory import words
from etasu.portals.laboratory.here import Here, here
from etasu.portals.requests import PortalRequest
from etasu.registry.monitoring.connection_health import Counts, Health, health_of_connections
from etasu.registry.monitoring.held import Why, held
from etasu.registry.monitoring.lab_facts import reviews_waiting, why_items_wait
from etasu.registry.monitoring.whose import unmatched


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """How every connection is, and what to do first."""
    where = here(request)
    health = health_of_connections(where.program, zone=where.zone, on=where.today, at=where.at)
    context = {
        "silent": [each for each in health if each.is_silent],
        "todo": _todo(where),
        "table": health_table(health, where),
    }
    return render(request, "laboratory/home.html", context)


def health_table(health: Sequence[Health], where: Here) -> WorklistTable:
    """Each connection with its last message and its day."""
    return WorklistTable(
        caption=_("Connections"),
        columns=(
            *(_("Connection"), _("State"), _("Last message"), _("Messages today")),
            *(_("Kept"), _("Held"), _("Refused")),
        ),
        rows=[
            (
                Cell(
                    each.connection.name,
                    reverse("laboratory:connection", args=[each.connection.number]),
                ),
                Cell(status=("connection", _state(each))),
                Cell(moment(each.last_at, where.zone) if each.last_at else words.DASH),
                *_counts(each.today),
            )
            for each in health
        ],
        empty=_("No laboratory is connected yet."),
    )


def _state(health: Health) -> str:
    if health.connection.closed_at is not None:
        return "ended"
    if health.last_at is None:
        return "new"
    return "silent" if health.is_silent else "alive"


def _counts(counts: Counts) -> tuple[Cell, ...]:
    return tuple(Cell(f"{each:,}", is_number=True) for each in counts)


def _todo(where: Here) -> WorklistTable:
    """What waits, by what somebody has to do about it: what cannot wait first, then the oldest."""
    found: dict[str, tuple[int, datetime, str]] = {}
    whys: dict[str, set[Why]] = {}

    def add(what: str, count: int, since: datetime, url: str) -> None:
        before, oldest, _url = found.get(what, (0, since, url))
        found[what] = (before + count, min(oldest, since), url)

    place = reverse("laboratory:quarantine")
    for each in why_items_wait(where.program):
        if each.reason not in words.PATIENT_REASONS:
            add(words.fix_of(each.reason), each.items, each.since, place)
    people = unmatched(where.program)
    if people:
        since = people[0].task.opened_at
        add(words.fix_of("patient-unknown"), len(people), since, f"{place}#who")
    for group in reviews_waiting(where.program):
        add(_("Look at results that are kept"), group.results, group.since, f"{place}#review")
    for one in held(where.program, where.at):
        whys.setdefault(words.fix_of(one.waits_for), set()).update(one.why)
    ordered = sorted(found.items(), key=lambda each: (not whys.get(each[0]), each[1][1]))
    return WorklistTable(
        caption=_("What to do first"),
        columns=(_("What"), _("How many"), _("The oldest has waited"), _("Cannot wait")),
        rows=[
            (
                Cell(what, url),
                Cell(f"{count:,}", is_number=True),
                Cell(words.age(since, where.at)),
                Cell(words.why_first(whys.get(what, ()))),
            )
            for what, (count, since, url) in ordered
        ],
        empty=_("Nothing waits."),
    )
