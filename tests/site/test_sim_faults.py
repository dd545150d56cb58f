"""Each promise is looked at: a fault that breaks it ends the simulation, and names it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q

from etasu.clock import nightly
from etasu.registry.accounts import access
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations import answers
from etasu.registry.authorizations.models import Authorization
from etasu.registry.monitoring import (
    assessing,
    deriving,
    keeping,
    matching,
    signals,
    taking_in,
    watches,
)
from etasu.registry.participants import visibility
from etasu.registry.patients.models import Patient, PatientIdentifier
from etasu.registry.reactions import infusion_days, signing, stopping, treating
from etasu.safe_use.evidence import ResultWithin
from etasu.safe_use.findings import Check
from etasu.safe_use.requirement_base import MET
from etasu.site.sim import Plan, lives, simulate
from etasu.site.sim.bodies import EFFECTS, Body, Illness
from etasu.site.sim.invariants import INVARIANTS
from etasu.site.sim.plan import Channel, Rates
from tests.site.conftest import MONTHS

# Patients come in so often that each fault shows within the first months.
UNTIL = date(2023, 12, 10)
CALM = Channel(**dict.fromkeys(Channel.__dataclass_fields__, 0.0))

Planting = Callable[[pytest.MonkeyPatch], None]


def gate_forgets_a_test(plant: pytest.MonkeyPatch) -> None:
    """No requirement of a test result is asked for."""
    plant.setattr(ResultWithin, "check", lambda self, facts: Check(MET, "Believed."))


def slot_is_given_twice(plant: pytest.MonkeyPatch) -> None:
    """Every authorization is written down twice, and no constraint minds."""
    with connection.cursor() as db:
        db.execute("DROP INDEX a_slot_is_authorized_once")
        db.execute(
            "ALTER TABLE authorizations_authorization"
            " DROP CONSTRAINT authorizations_authorization_decision_id_key"
        )
        db.execute(
            "CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.number NOT LIKE '%again' THEN NEW.number := NEW.number || ' again';"
            " NEW.id := nextval(pg_get_serial_sequence('authorizations_authorization', 'id'));"
            " INSERT INTO authorizations_authorization VALUES (NEW.*); END IF;"
            " RETURN NULL; END $$;"
            " CREATE TRIGGER twice AFTER INSERT ON authorizations_authorization"
            " FOR EACH ROW EXECUTE FUNCTION twice()"
        )


def nothing_is_taken_back(plant: pytest.MonkeyPatch) -> None:
    """Whoever leaves keeps what was authorized."""
    plant.setattr(stopping, "take_back", lambda *_, **__: None)


def anybodys_day_will_do(plant: pytest.MonkeyPatch) -> None:
    """An infusion uses whatever infusion day was authorized last, for whomever."""

    def newest(*_: object) -> Authorization | None:
        return Authorization.objects.filter(unit="infusion_day", state="live").last()

    plant.setattr(treating, "_authorized_day", newest)


def refusals_without_a_way_on(plant: pytest.MonkeyPatch) -> None:
    """A refusal says what is missing, and not who can mend it."""
    known = answers._static
    plant.setattr(answers, "_STATIC", {})
    plant.setattr(answers, "_static", lambda each: known(each) | {"who_can_fix": ""})


def an_item_is_dropped(plant: pytest.MonkeyPatch) -> None:
    """The last item of what comes together is never written down."""
    known = keeping.Came.ask_to_keep

    def without_the_last(came: keeping.Came, trip: Any, **named: Any) -> None:
        if came._items:
            came._items = json.dumps(json.loads(came._items)[:-1])
        known(came, trip, **named)

    plant.setattr(keeping.Came, "ask_to_keep", without_the_last)


def corrections_change_nothing(plant: pytest.MonkeyPatch) -> None:
    """What a laboratory takes back or corrects stays as it was."""
    plant.setattr(taking_in, "settle", lambda planned, before: [])


def a_name_is_enough(plant: pytest.MonkeyPatch) -> None:
    """A report is somebody's by the name on it."""

    def by_name(asked: matching.Asked, *_: object) -> matching.Match:
        name = f"{asked.patient.first_name} {asked.patient.last_name}"
        found = Patient.objects.filter(full_name=name).first()
        return matching.Match(matching.people_by_id([found.pk])[found.pk] if found else None)

    plant.setattr(matching, "_match", by_name)


def a_rule_is_forgotten(plant: pytest.MonkeyPatch) -> None:
    """Of what a patient owes, one rule is not kept up."""
    known = watches.derived
    plant.setattr(watches, "derived", lambda *given: known(*given)[1:])


def a_look_passes_over_what_is_due(plant: pytest.MonkeyPatch) -> None:
    """Whatever is looked at counts as said by that day."""
    plant.setattr(deriving, "_said_through", lambda now, before, rule, on: on)


def stop_is_not_heard(plant: pytest.MonkeyPatch) -> None:
    """Whoever says STOP is thanked, and nothing is kept of it."""
    plant.setattr(lives, "stop", lambda *_, **__: True)


def forms_are_not_read(plant: pytest.MonkeyPatch) -> None:
    """What a form states as an event is kept in the form alone."""
    plant.setattr(signing, "report_events_of", lambda *_, **__: [])


def reactions_are_not_reported(plant: pytest.MonkeyPatch) -> None:
    """A reaction is noted on the infusion day, and nobody in safety gets it."""
    plant.setattr(infusion_days, "report_reaction", lambda *_, **__: None)


def a_verb_is_not_told(plant: pytest.MonkeyPatch) -> None:
    """Identifiers are added, and the trail does not say so."""
    known = audit.record

    def record(verb: str, **named: Any) -> None:
        if verb != "patient.identifier_added":
            known(verb, **named)

    plant.setattr(audit, "record", record)


def the_night_revives(plant: pytest.MonkeyPatch) -> None:
    """On an earlier day, what was valid on it is live again."""
    known = nightly.expire_lapsed_authorizations

    def expire(at: Any, go_on: Any) -> dict[str, int]:
        past = Authorization.objects.filter(valid_until__gte=at.date()).exclude(state="live")
        live = {"state": "live", "closed_at": None, "closed_by": None, "closed_reason": None}
        with transaction.atomic():
            if past.update(**live, holds_slot=True):
                audit.record("authorization.revived", subject=("site", "x"), by=PLATFORM, at=at)
        return known(at, go_on)

    plant.setattr(nightly, "expire_lapsed_authorizations", expire)


def everybody_sees_everybody(plant: pytest.MonkeyPatch) -> None:
    """A prescriber finds every patient of the program."""
    rule = {**visibility.PATIENTS, access.PRESCRIBER: lambda asker: Q(program=asker.program)}
    plant.setattr(visibility, "PATIENTS", rule)


def identifiers_are_deleted(plant: pytest.MonkeyPatch) -> None:
    """An identifier of a record is deleted when the next one is added."""
    known = PatientIdentifier.save
    with connection.cursor() as db:
        db.execute("DROP TRIGGER never_deleted ON patients_identifier")

    def save(self: PatientIdentifier, **named: Any) -> None:
        PatientIdentifier.objects.filter(program=self.program).delete()
        known(self, **named)

    plant.setattr(PatientIdentifier, "save", save)


def _everybody_is_ill(plant: pytest.MonkeyPatch) -> None:
    def fall_ill(self: Body, percent_a_year: Any, first: date, last: date) -> None:
        self.illnesses.append(Illness("platelets", first, last, *EFFECTS["platelets"]))

    plant.setattr(Body, "fall_ill", fall_ill)


def limits_are_not_looked_at(plant: pytest.MonkeyPatch) -> None:
    """No result is compared with a limit."""
    _everybody_is_ill(plant)
    plant.setattr(assessing, "assess_against", lambda *_: ())


def signals_are_kept_to_themselves(plant: pytest.MonkeyPatch) -> None:
    """A signal is raised, and nobody is told."""
    _everybody_is_ill(plant)
    plant.setattr(taking_in, "tell_raised", lambda *_, **__: None)


def silence_is_accepted(plant: pytest.MonkeyPatch) -> None:
    """When nobody answers a signal, nobody else is told."""
    _everybody_is_ill(plant)
    plant.setattr(signals, "tell_escalated", lambda *_, **__: [])


def _soon(**rates: Any) -> Plan:
    """Many patients at once, and the first months."""
    return Plan(2, 24, MONTHS, 14, stop_at=UNTIL, rates=Rates(**rates))


EARLY = _soon(channel=CALM, asked_too_early=100, crash=0)
THINKS_AGAIN = _soon(channel=replace(CALM, corrected=60, withdrawn=40), crash=0)
# The version in which forms state events comes into force in the middle.
STATED = Plan(2, 3, MONTHS, 28, rates=Rates(channel=CALM, event_stated=100, form_missed=0))
PLANTED: Sequence[tuple[str, Planting, Plan]] = (
    ("I1", gate_forgets_a_test, EARLY),
    ("I2", slot_is_given_twice, _soon()),
    ("I3", nothing_is_taken_back, _soon(channel=CALM, leaves=100, dies=100, course_stopped=100)),
    ("I4", anybodys_day_will_do, _soon(channel=CALM, wrong_patient=100, written_down_late=0)),
    ("I5", refusals_without_a_way_on, EARLY),
    ("I6", an_item_is_dropped, _soon()),
    ("I7", corrections_change_nothing, THINKS_AGAIN),
    ("I8", a_name_is_enough, _soon(channel=replace(CALM, without_identifier=60))),
    ("I9", a_rule_is_forgotten, _soon(channel=CALM)),
    (
        *("I10", stop_is_not_heard),
        _soon(channel=CALM, says_stop=100, test_missed=100, leaves=0, dies=0),
    ),
    ("I11", forms_are_not_read, STATED),
    ("I11", reactions_are_not_reported, _soon(channel=CALM, reaction=100)),
    ("I12", a_verb_is_not_told, _soon()),
    ("I13", the_night_revives, _soon(channel=CALM, clock_back=100, leaves=0, dies=0, hold=0)),
    ("I14", everybody_sees_everybody, _soon()),
    ("I15", identifiers_are_deleted, _soon()),
    ("I16", limits_are_not_looked_at, _soon(channel=CALM)),
    ("I16", signals_are_kept_to_themselves, _soon(channel=CALM)),
    ("I16", silence_is_accepted, _soon(channel=CALM, signal_ignored=100)),
    ("I17", a_look_passes_over_what_is_due, _soon(channel=CALM, test_missed=50, waiver=100)),
)


def test_a_fault_is_planted_for_every_promise() -> None:
    assert {code for code, _, _ in PLANTED} == {each.code for each in INVARIANTS}


@pytest.mark.parametrize(
    ("code", "planting", "plan"), PLANTED, ids=[each[1].__name__ for each in PLANTED]
)
@pytest.mark.usefixtures("scratch")
def test_a_broken_promise_is_found(
    code: str, planting: Planting, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    planting(monkeypatch)
    broken = simulate(plan).violation
    assert broken is not None
    assert broken.code == code, broken.said
    assert 1 <= len(broken.last) <= 20
    assert broken.command.startswith(f"etasu sim --seed 2 --patients {plan.patients} --months 18")
    assert broken.command.endswith(f"--stop-at {broken.day}")
