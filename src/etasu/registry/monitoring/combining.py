"""Panels of which the parts are in two records of one person: done once the records are one's.

A panel is derived when its last part comes. Parts that came to two records, which turn out to be
one person's, have all come before that is known; and what was put together so falls apart with it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from etasu.registry.audit.actors import Actor
from etasu.registry.audit.round_trips import round_trip
from etasu.registry.monitoring import keeping, panels, standing
from etasu.registry.monitoring.matching import people_by_id
from etasu.registry.monitoring.planning import PlannedResult
from etasu.registry.monitoring.raising import note_replaced
from etasu.registry.monitoring.replacing import replace_results
from etasu.registry.monitoring.standing import PatientDay
from etasu.registry.monitoring.taking_in import COUNT_CHANGES, DERIVED
from etasu.safe_use.signals import Limits


def combine_panels(patients: Collection[int], limits: Limits, *, by: Actor, at: datetime) -> None:
    """Derive what is complete now that these are answered for by themselves, by all they hold.

    What rests on somebody else's results no longer stands. Call it in a transaction in which their
    records are locked.
    """
    of = panels.panels_of(limits)
    if not of.each:
        return
    apart = standing.panels_of_others(patients)
    gone = {each.id for each in apart}
    if gone:
        replace_results(gone, by=by, at=at)
        note_replaced(gone, by=by, at=at)
    # What was put together of both may have stood for what one of them has alone.
    days = {(who, each.collected_on) for each in apart for who in patients}
    made = _derive(days | standing.shared_days(patients, of.tests), of)
    changed = {each.person.id for each in made} | {each.patient_id for each in apart}
    if changed:
        with round_trip() as trip:
            rows = keeping.result_rows((DERIVED, each) for each in made)
            keeping.ask_to_keep_results(trip, rows, by=by, at=at)
            trip.ask(COUNT_CHANGES, sorted(changed))


def _derive(days: Collection[PatientDay], of: panels.Panels) -> list[PlannedResult]:
    if not days:
        return []
    people = {each.id: each for each in people_by_id({who for who, _ in days}).values()}
    found = standing.PanelParts(of.tests, ()).of(days)
    parts = [panels.part_of_standing(each) for each in found if not each.derived_from]
    known = [each for each in found if each.derived_from]
    return panels.derive(parts, known, of, people, keeping.Numbers(0, 0, 0).result)
