"""Whom each role sees: those they treat now, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.registry.authorizations.facts import may_ask_about, visible_decisions
from etasu.registry.monitoring.signal_facts import open_signals_seen
from etasu.registry.monitoring.worklist import Wanted, worklist
from etasu.registry.patients.facts import patients_seen
from etasu.site.sim.invariants.look import Look

MOST = 100_000


def seen_only_by_those_who_treat(look: Look) -> Iterator[str]:
    """I14: a prescriber finds the patients they treat now, sites and pharmacies find nobody."""
    world = look.world
    at = world.moment()
    for kind, offices in world.offices.items():
        for office in offices:
            own = {each.pk for each in world.people if each.prescriber is office}
            seen = set(patients_seen(office.asker, limit=MOST).values_list("pk", flat=True))
            if seen != (own if kind == "prescriber" else set()):
                yield f"{office.subject} finds {len(seen)} patients listed and treats {len(own)}"
            if kind != "prescriber":
                continue
            wanted = Wanted()
            lines = worklist(office.asker, wanted, on=world.day, at=at, most=MOST)
            signals = open_signals_seen(office.asker).values_list("patient_id", flat=True)
            decided = visible_decisions(office.asker).exclude(asked_for=office.row.pk)
            others = {line.patient.pk for line in lines} | set(signals)
            if others - own or decided.exclude(prescriber=office.row.pk).exists():
                yield f"{office.subject} is shown what concerns patients of others"
            stranger = next((each for each in world.people if each.pk not in own), None)
            if stranger is not None and may_ask_about(office.asker, stranger.row):
                yield f"{office.subject} may ask about a patient of others"
