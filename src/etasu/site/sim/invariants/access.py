"""Whom each role sees: those they treat now, and nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from etasu.registry.authorizations.facts import may_ask_about, visible_decisions
from etasu.registry.monitoring.signal_facts import open_signals_seen
from etasu.registry.monitoring.worklist import Wanted, worklist
from etasu.registry.patients.facts import patients_seen
from etasu.site.sim.invariants.look import Look
from etasu.site.sim.world import Office, World

MOST = 100_000


def seen_only_by_those_who_treat(look: Look) -> Iterator[str]:
    """I14: a prescriber finds the patients they treat now, sites and pharmacies find nobody.

    After an event, those it concerned are looked for; everybody's lists are gone through now and
    then.
    """
    people = look.people
    is_about_few = len(people) < len(look.world.people)
    for kind, offices in look.world.offices.items():
        for office in offices:
            own = {each.pk for each in people if each.prescriber is office}
            seen = {
                patient
                for words in ([each.number for each in people] if is_about_few else [""])
                for patient in _found(office, words)
            }
            if seen != (own if kind == "prescriber" else set()):
                yield f"{office.subject} finds {len(seen)} patients listed and treats {len(own)}"
            if look.is_everybody and kind == "prescriber":
                yield from _shown(look.world, office, own)


def _found(office: Office, words: str) -> Iterable[int]:
    return patients_seen(office.asker, words, limit=MOST).values_list("pk", flat=True)


def _shown(world: World, office: Office, own: set[int]) -> Iterator[str]:
    """What is put before a prescriber of patients who are others'."""
    lines = worklist(office.asker, Wanted(), on=world.day, at=world.moment(), most=MOST)
    signals = open_signals_seen(office.asker).values_list("patient_id", flat=True)
    decided = visible_decisions(office.asker).exclude(asked_for=office.row.pk)
    others = {line.patient.pk for line in lines} | set(signals)
    if others - own or decided.exclude(prescriber=office.row.pk).exists():
        yield f"{office.subject} is shown what concerns patients of others"
    stranger = next((each for each in world.people if each.pk not in own), None)
    if stranger is not None and may_ask_about(office.asker, stranger.row):
        yield f"{office.subject} may ask about a patient of others"
