"""Every member of the cast gets the answer they were made for, by both paths, in any program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.db import connection, transaction

from etasu.programs import library
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations import prepared
from etasu.registry.authorizations.actions import answer_request
from etasu.registry.authorizations.connections import PreparedConnection
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.community.moderating import waiting_posts
from etasu.registry.monitoring.lab_facts import unregistered_senders, why_items_wait
from etasu.registry.monitoring.quarantine import candidates, codes_waiting, open_tasks
from etasu.registry.monitoring.watches import look_again
from etasu.registry.monitoring.worklist import Rank, Wanted, worklist
from etasu.registry.participants.actions import suspend_participant
from etasu.registry.participants.facts import askers, certified_on
from etasu.registry.participants.invitations import open_invitations
from etasu.registry.participants.models import Participant
from etasu.registry.participants.renewal import renewal_of
from etasu.registry.participants.visibility import patients_seen_by
from etasu.registry.patients.models import Patient
from etasu.registry.safety.facts import Why as Undone
from etasu.registry.safety.facts import worklist as safety_cases
from etasu.registry.submissions.facts import (
    answers_of,
    draft_problems,
    links_of,
    open_drafts_of,
    waiting_for,
)
from etasu.safe_use.program import Gate, GateUnit
from etasu.safe_use.renewal import Why
from etasu.safe_use.requirements import NoOpenHold
from etasu.site.seed import keys, mend_sign_ins, refresh_cast, sign_ins
from etasu.site.seed.cast_days import cast_on
from etasu.site.seed.laboratory_desk import UNKNOWN
from etasu.site.seed.shape import VOICES, asks_for, statements_of
from etasu.site.seed.sign_ins import EVERYBODY
from tests.factories.cast import AT, Cast, build_cast, cast_here
from tests.repository.places import ROOT

pytestmark = pytest.mark.django_db

PROGRAMS = [None, "teaching"]
YES, NO = "authorized", "not_authorized"
# Whoever asks, about whom, and what today's answer is.
ABOUT_COURSES = {"mara": YES, "iris": YES, "noor": NO, "otto": NO, "tess": NO, "luis": NO}
ABOUT_DAYS = {"tess": YES, "luis": YES, "petra": NO, "mara": NO, "otto": NO, "noor": NO}
ABOUT_SUPPLY = {"tess": YES, "petra": YES, "luis": NO, "mara": NO}


@pytest.fixture(params=PROGRAMS, ids=["main", "teaching"])
def cast(request: pytest.FixtureRequest) -> Iterator[Cast]:
    yield build_cast(request.param)


def gate_for(cast: Cast, unit: GateUnit, kind: str) -> Gate | None:
    """The gate that kind of participant asks for that unit, if the program has one."""
    version = library.current().effective(cast.program, cast.on)
    assert version is not None
    found = [g for g in version.gates.values() if g.authorizes is unit and asks_for(g) == kind]
    return found[0] if found else None


def answers(cast: Cast, gate: Gate, who: str, patient: str, where: str | None) -> list[dict]:
    """The answer by the ORM and by prepared statements, each in a transaction taken back."""
    request = AuthorizationRequest(
        cast.program,
        gate.code,
        cast.patients[patient].number,
        cast.on,
        facility=cast.participants[where].number if where else None,
        statements=statements_of(gate),
    )
    key = cast.keys[VOICES[asks_for(gate) or ""]]
    return [by_orm(cast, request, who), by_statement(cast, request, key)]


def by_orm(cast: Cast, request: AuthorizationRequest, who: str) -> dict[str, Any]:
    with transaction.atomic():
        said = answer_request(request, by=cast.asker(who), at=cast.at).said
        transaction.set_rollback(True)
    return said


def by_statement(cast: Cast, request: AuthorizationRequest, key: str) -> dict[str, Any]:
    question = prepared.Question(request, key, None, b"hash")
    with transaction.atomic():
        pgconn = connection.connection.pgconn
        door = PreparedConnection(pgconn)
        reply = prepared.answer_prepared(question, cast.at, lambda: door)
        for name in door._prepared:
            pgconn.exec_(b"DEALLOCATE " + name)
        transaction.set_rollback(True)
    said: dict[str, Any] = json.loads(reply.answer)
    return said


def assert_promise(cast: Cast, gate: Gate, who: str, patient: str, where: str | None, said: str):
    both = answers(cast, gate, who, patient, where)
    reasons = [[f["code"] for f in one["findings"] if f["blocks"]] for one in both]
    assert [one["outcome"] for one in both] == [said, said], (patient, reasons)
    assert reasons[0] == reasons[1]
    assert both[0]["day"] == both[1]["day"]


def keep_all_promises(cast: Cast) -> None:
    begin = gate_for(cast, GateUnit.COURSE, "prescriber")
    assert begin is not None
    for patient, said in ABOUT_COURSES.items():
        assert_promise(cast, begin, "amara", patient, "riverside", said)
    asks_about_holds = any(isinstance(r, NoOpenHold) for r in begin.requirements)
    assert_promise(cast, begin, "amara", "ada", "riverside", NO if asks_about_holds else YES)
    assert_promise(cast, begin, "amara", "mara", "hillview", NO)
    give = gate_for(cast, GateUnit.INFUSION_DAY, "facility")
    assert give is not None
    for patient, said in ABOUT_DAYS.items():
        assert_promise(cast, give, "ines", patient, None, said)
    supply = gate_for(cast, GateUnit.COURSE, "pharmacy")
    for patient, said in ABOUT_SUPPLY.items() if supply else ():
        assert_promise(cast, supply, "paul", patient, None, said)


def test_every_promise_of_the_cast_is_kept_by_both_paths(cast: Cast) -> None:
    keep_all_promises(cast)


def test_the_next_day_of_luis_is_the_second(cast: Cast) -> None:
    give = gate_for(cast, GateUnit.INFUSION_DAY, "facility")
    assert [one["day"] for one in answers(cast, give, "ines", "luis", None)] == [2, 2]


def test_noor_is_told_that_her_tests_are_too_old() -> None:
    cast = build_cast()
    begin = gate_for(cast, GateUnit.COURSE, "prescriber")
    said = answers(cast, begin, "amara", "noor", "riverside")[0]
    wanted = {r.code for r in begin.requirements if r.kind in ("result_within", "form_kept_up")}
    blocking = {f["code"] for f in said["findings"] if f["blocks"]}
    assert len(blocking & wanted) >= 2
    kept_up = {r.code for r in begin.requirements if r.kind == "form_kept_up"}
    assert kept_up <= blocking


@pytest.mark.parametrize("later", [timedelta(days=1), timedelta(days=40), timedelta(days=900)])
def test_on_a_later_day_the_cast_is_enrolled_anew_beside_the_earlier_one(later: timedelta) -> None:
    first = build_cast()
    assert refresh_cast(AT + timedelta(hours=1)) is False
    assert refresh_cast(AT + later) is True
    assert refresh_cast(AT + later) is False
    now = cast_here(AT + later)
    assert cast_on() == now.on == first.on + later
    assert now.participants == first.participants
    keep_all_promises(now)
    for key, patient in first.patients.items():
        known = Patient.objects.get(pk=patient.pk)
        assert known.full_name == f"{patient.full_name} (May 6, 2026)", key
        assert now.patients[key].full_name == patient.full_name


def test_a_participant_somebody_suspended_stays_suspended_on_a_later_day() -> None:
    cast = build_cast()
    riverside = cast.participants["riverside"]
    suspend_participant(riverside, since=cast.on, until=None, reason="x", by=PLATFORM, at=AT)
    refresh_cast(AT + timedelta(days=1))
    again = Participant.objects.filter(certified_on(cast.on + timedelta(days=1)))
    assert not again.filter(pk=riverside.pk).exists()


def test_at_any_hour_today_is_the_day_where_the_cast_lives() -> None:
    late_evening = datetime(2026, 5, 7, 2, 30, tzinfo=UTC)
    cast = build_cast(at=late_evening)
    assert cast.on.isoformat() == "2026-05-06"
    keep_all_promises(cast)


def test_everybody_listed_can_sign_in_and_quinn_may_do_nothing() -> None:
    build_cast()
    listed = {one.email.partition("@")[0]: one for one in sign_ins()}
    roles = {"amara", "ben", "ines", "hugo", "paul", "cora", "theo", "quinn", "rosa", "sam"}
    roles |= {"bruno", "nadia", "dale", "wren", "vera", "greta", "juno", "opal", "mila"}
    assert listed.keys() == roles
    for one in listed.values():
        user = authenticate(username=one.email, password=one.password)
        assert isinstance(user, User) and user.full_name == one.name
        assert len(one.password) >= 15 and one.to_try
        assert {each.role for each in askers(user)} == (
            set() if "quinn" in one.email else {one.role}
        )


def test_a_moderator_has_a_first_post_and_a_reported_one_to_decide() -> None:
    cast = build_cast()
    held, reported = sorted(waiting_posts(cast.program), key=lambda each: len(each.reports))
    assert held.is_held and held.post.held_for == ["first_post"] and held.post.shown_at is None
    assert [each.rule for each in reported.reports] == ["be-kind"] and not reported.is_held


def test_some_are_in_the_middle_of_getting_in() -> None:
    cast = build_cast()
    amara, nadia = cast.participants["amara"], cast.participants["nadia"]
    version = library.current().effective(cast.program, cast.on)
    (half,) = open_drafts_of(nadia.pk)
    assert nadia.certified_from is None and draft_problems(half, cast.on)
    assert set(answers_of(half)) > {"first-name", "npi"}
    waiting = {each.form: each for each in open_drafts_of(amara.pk)}
    status, hana = waiting["patient-status"], waiting["patient-enrollment"]
    assert draft_problems(status, cast.on) == draft_problems(hana, cast.on) == []
    assert (waiting_for(status).role, waiting_for(hana).role) == ("prescriber", "patient")
    # No link is said to be sent, for no message was written.
    assert list(links_of(hana, "patient", cast.at)) == []
    assert answers_of(hana)["email"] == "hana@example.org"
    served = {each.participant for each in askers(cast.user("dale"))}
    assert served == {amara.number, cast.participants["bruno"].number}
    assert open_invitations(cast.participants["riverside"]).get().email == "tove@example.org"
    cedar, millbrook = cast.participants["cedar"], cast.participants["millbrook"]
    assert renewal_of(cedar, version, cast.on).why is Why.ENDS_SOON
    assert renewal_of(millbrook, version, cast.on).why is Why.NEW_REPRESENTATIVE


def test_a_laboratory_has_sent_what_somebody_has_to_look_at() -> None:
    cast = build_cast()
    (code,) = codes_waiting(cast.program)
    assert code.items == 2 and code.connection is not None
    (task,) = open_tasks(cast.program)
    assert cast.patients["iris"] in {each.patient for each in candidates(task)}
    waits = {each.reason for each in why_items_wait(cast.program)}
    assert waits == {"code-unknown", "patient-unknown", "value-unreadable", "sender-unknown"}
    assert [name for name, _count, _since in unregistered_senders(cast.program)] == [UNKNOWN]


def test_reports_of_side_effects_wait_in_different_states() -> None:
    cast = build_cast()
    found = safety_cases(cast.program, AT)
    late, first, again, handed = found
    assert late.left.is_late and late.open_questions
    assert first.patient == again.patient == cast.patients["mara"]
    assert handed.is_assessed and Undone.NOT_ACKNOWLEDGED in handed.why
    (reviewer,) = askers(cast.user("greta"))
    assert (reviewer.role, reviewer.participant_id) == ("safety_reviewer", None)


def test_a_support_nurse_follows_the_one_who_allows_it() -> None:
    cast = build_cast()
    while any(look_again(cast.on)):
        pass
    (nurse,) = askers(cast.user("opal"))
    assert list(Patient.objects.filter(patients_seen_by(nurse))) == [cast.patients["noor"]]
    (line,) = worklist(nurse, Wanted(), on=cast.on, at=AT)
    assert line.patient == cast.patients["noor"] and line.rank is Rank.ESCALATED and line.rules


def test_the_page_about_the_demo_lists_everybody() -> None:
    page = (ROOT / "docs" / "how-to" / "try-everything.md").read_text()
    listed = re.findall(r"^\| (\w+) \| ([\w ]+) \|", page, re.MULTILINE)
    roles = {each.key: (each.role or "no role").replace("_", " ") for each in EVERYBODY}
    assert dict(listed) == roles


def test_a_program_without_facilities_has_no_cast_for_them() -> None:
    programs = library.current().programs.values()
    without = [p for p in programs if "facility" not in p.versions[-1].parties]
    cast = build_cast(without[0].program.code)
    assert "riverside" not in cast.participants and "mara" in cast.patients
    assert "ines" not in {one.name.split()[0].lower() for one in sign_ins()}


def test_systems_do_not_sign_in_and_their_keys_are_kept_as_hashes() -> None:
    build_cast()
    systems = User.objects.filter(is_system=True)
    assert len(systems) == len(keys()) == 3
    assert not any(system.has_usable_password() for system in systems)
    kept = {bytes(key.key_hash) for key in ApiKey.objects.all()}
    assert not any(one.key.encode() in kept for one in keys())


def test_a_changed_password_or_secret_is_mended() -> None:
    cast = build_cast()
    amara = cast.user("amara")
    amara.set_password("something else entirely")
    amara.save()
    ApiKey.objects.all().delete()
    assert keys() == ()
    mend_sign_ins(AT)
    assert len(keys()) == 3
    assert authenticate(username="amara@example.org", password=cast.password) == amara
