"""Twenty seeds of a simulated program, each promise kept; and each promise seen to be looked at."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from pytest_django import DjangoDbBlocker

from etasu.clock import nightly
from etasu.programs import library
from etasu.programs.loader import load_program
from etasu.registry.accounts import access
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations import actions as gate_actions
from etasu.registry.authorizations import answers
from etasu.registry.authorizations.models import Authorization
from etasu.registry.monitoring import keeping, matching, standing, watches
from etasu.registry.participants import visibility
from etasu.registry.patients.models import Patient, PatientIdentifier
from etasu.registry.reactions import stopping, treating
from etasu.safe_use.evidence import ResultWithin
from etasu.safe_use.findings import Check
from etasu.safe_use.requirement_base import MET
from etasu.site.cli import run as run_command
from etasu.site.sim import NotScratch, Plan, Unforeseen, lives, scratch_database, simulate
from etasu.site.sim.invariants import INVARIANTS
from etasu.site.sim.plan import Channel, Rates

# As many as fit into the suite; `make test-long` runs one seed at full size.
PATIENTS, MONTHS, STEP = 3, 18, 21
SEEDS = range(1, 21)
CALM = Channel(**dict.fromkeys(Channel.__dataclass_fields__, 0.0))

Planting = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def template(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A migrated scratch database to copy, and the program that is simulated."""
    only = library.ProgramLibrary({"lemtrada": load_program(library.own_folder() / "lemtrada")})
    with django_db_blocker.unblock(), scratch_database() as name:
        library.use(only)
        yield name
        library.use(None)


@pytest.fixture
def scratch(template: str) -> Iterator[None]:
    """A scratch database of one's own."""
    with scratch_database(like=template):
        yield


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_holds(seed: int, scratch: None) -> None:
    made = simulate(Plan(seed, PATIENTS, MONTHS, STEP))
    assert made.violation is None, "\n".join(made.violation.lines())
    assert made.patients == PATIENTS
    assert made.looked.keys() == {each.code for each in INVARIANTS}
    assert min(made.looked.values()) >= MONTHS
    assert sum(made.events.values()) > 150


@pytest.mark.long
def test_a_program_at_full_size_keeps_every_promise(scratch: None) -> None:
    made = simulate(Plan(1, 200, 60))
    assert made.violation is None, "\n".join(made.violation.lines())
    assert made.scored.sensitivity is not None
    assert made.scored.sensitivity > 0.8


def test_a_seed_is_one_history(template: str) -> None:
    told = []
    for seed in (7, 7, 8):
        kept = io.StringIO()
        with scratch_database(like=template):
            digest = simulate(Plan(seed, 2, 4, STEP), trace_file=kept).digest
        told.append((digest, kept.getvalue()))
    assert told[0] == told[1]
    assert told[0][0] != told[2][0]
    assert told[0][1].count("\n") > 40


def test_it_ends_with_a_day(scratch: None) -> None:
    kept = io.StringIO()
    simulate(Plan(7, 2, 4, STEP, stop_at=date(2024, 2, 1)), trace_file=kept)
    assert kept.getvalue().splitlines()[-1].startswith("2024-02-01 month everything")


@pytest.mark.django_db
def test_a_database_that_is_not_its_own_is_left_alone() -> None:
    with pytest.raises(NotScratch):
        simulate(Plan(1, 1, 1))
    assert not Patient.objects.exists()


@pytest.mark.usefixtures("template")
def test_the_command_tells_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace"
    arguments = "sim --seed 5 --patients 2 --months 2 --step 14 --json --trace".split()
    assert run_command([*arguments, str(trace)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["patients"], said["violation"]) == (2, None)
    assert said["not_checked"].keys() == {"I11"}
    assert len(trace.read_text().splitlines()) == sum(said["events"].values())


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
    """The last item of each message is never written down."""
    known = keeping.ask_to_keep_items

    def without_the_last(trip: Any, planned: Any) -> None:
        for message in planned:
            message.reports[-1].items.pop()
        known(trip, planned)

    plant.setattr(keeping, "ask_to_keep_items", without_the_last)


def corrections_change_nothing(plant: pytest.MonkeyPatch) -> None:
    """What a laboratory takes back or corrects stays as it was."""
    plant.setattr(standing, "settle_with_before", lambda planned, before: [])


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
    plant.setattr(watches, "derived", lambda patients, on: known(patients, on)[1:])


def stop_is_not_heard(plant: pytest.MonkeyPatch) -> None:
    """Whoever says STOP is thanked, and nothing is kept of it."""
    plant.setattr(lives, "stop", lambda *_, **__: True)


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


EARLY = Rates(channel=CALM, asked_too_early=100, crash=0)
THINKS_AGAIN = Rates(channel=replace(CALM, corrected=60, withdrawn=40), crash=0)
PLANTED: dict[str, tuple[Planting, Rates]] = {
    "I1": (gate_forgets_a_test, EARLY),
    "I2": (slot_is_given_twice, Rates()),
    "I3": (nothing_is_taken_back, Rates(channel=CALM, leaves=100, dies=100, course_stopped=100)),
    "I4": (anybodys_day_will_do, Rates(channel=CALM, wrong_patient=100, written_down_late=0)),
    "I5": (refusals_without_a_way_on, EARLY),
    "I6": (an_item_is_dropped, Rates()),
    "I7": (corrections_change_nothing, THINKS_AGAIN),
    "I8": (a_name_is_enough, Rates(channel=replace(CALM, without_identifier=60))),
    "I9": (a_rule_is_forgotten, Rates(channel=CALM)),
    "I10": (
        stop_is_not_heard,
        Rates(channel=CALM, says_stop=100, test_missed=100, leaves=0, dies=0),
    ),
    "I12": (a_verb_is_not_told, Rates()),
    "I13": (the_night_revives, Rates(channel=CALM, clock_back=100, leaves=0, dies=0, hold=0)),
    "I14": (everybody_sees_everybody, Rates()),
    "I15": (identifiers_are_deleted, Rates()),
}


def test_a_fault_is_planted_for_every_promise() -> None:
    assert PLANTED.keys() == {each.code for each in INVARIANTS}


@pytest.mark.parametrize("code", PLANTED)
def test_a_broken_promise_is_found(
    code: str, scratch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    planting, rates = PLANTED[code]
    planting(monkeypatch)
    broken = simulate(Plan(2, 6, 4, 14, rates=rates)).violation
    assert broken is not None
    assert broken.code == code, broken.said
    assert 1 <= len(broken.last) <= 20
    assert broken.command.startswith("etasu sim --seed 2 --patients 6 --months 4 --step 14")
    assert broken.command.endswith(f"--stop-at {broken.day}")


def test_a_verb_that_breaks_is_told_with_the_way_to_it(
    scratch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(gate_actions, "_authorize", broken)
    with pytest.raises(Unforeseen) as told:
        simulate(Plan(2, 2, 6, STEP, rates=Rates(asked_by_machine=0)))
    assert told.value.violation.said.startswith("ZeroDivisionError")
