"""A world with a pharmacy and two of everything, in a program that has a gate for each role.

Everything the first gate asks for is put in place as that gate's own requirements say, so the world
holds whatever program it is built in.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.audit.heartbeats import beat
from etasu.registry.authorizations.actions import Given, answer_request
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.monitoring.actions import record_result
from etasu.registry.participants import actions as participants
from etasu.registry.participants.facts import Asker, askers
from etasu.registry.participants.models import Participant
from etasu.registry.patients.actions import enroll_patient
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import FormToSign, keep_signed_form
from etasu.safe_use.authorization import needs
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.requirements import FormSigned
from tests.factories.again import Again

PROGRAM = "lemtrada"
PASSWORD = "correct horse battery"
NPIS = {"Dr. Amara": "1234567893", "Dr. Beck": "1987654328"}


_WORLDS = Again()


class Cast(NamedTuple):
    """Who is there. The second of each kind is another organization's."""

    at: datetime
    amara: Participant
    beck: Participant
    riverside: Participant
    hillview: Participant
    cedar: Participant
    oak: Participant
    mara: Patient
    noor: Patient
    otto: Patient

    @property
    def today(self) -> date:
        """The day in the cast's time zone."""
        return self.at.date()


def build_cast(at: datetime, program: str = PROGRAM) -> Cast:
    """Mara may begin her first course; Noor lacks her tests; Otto is another doctor's."""
    # The worker is at work, and stays so.
    beat("sealer", by="the cast", at=at, within=timedelta(days=3650))
    today = at.date()
    since = today - timedelta(days=200)
    amara = certified(program, "prescriber", "Dr. Amara", since, at)
    beck = certified(program, "prescriber", "Dr. Beck", since, at)
    riverside = certified(program, "facility", "Riverside", since, at, setting="infusion-center")
    hillview = certified(program, "facility", "Hillview", since, at, setting="hospital")
    cedar = certified(program, "pharmacy", "Cedar Pharmacy", since, at)
    oak = certified(program, "pharmacy", "Oak Pharmacy", since, at)
    mara = ready_patient(program, "Mara Lindqvist", amara, at)
    noor = enrolled(program, "Noor Haddad", amara, at)
    otto = ready_patient(program, "Otto Brandt", beck, at)
    cast = Cast(at, amara, beck, riverside, hillview, cedar, oak, mara, noor, otto)
    for person, role, for_whom in (
        ("amara", "prescriber", amara),
        ("beck", "prescriber", beck),
        ("ben", "infusion_nurse", riverside),
        ("hana", "infusion_nurse", hillview),
        ("cora", "pharmacist", cedar),
        ("olga", "pharmacist", oak),
        ("ada", "administrator", None),
        ("quinn", "auditor", None),
    ):
        add_person(program, person, role, for_whom, at)
    return cast


def cast_again(at: datetime, program: str = PROGRAM) -> Cast:
    """The same cast; whoever is not the first to ask waits less."""
    key = ("cast", program, at, id(version(program, at.date())))
    return _WORLDS.of(key, lambda: build_cast(at, program))


def version(program: str, on: date) -> ProgramVersion:
    """The program in force on the day."""
    found = library.current().effective(program, on)
    assert found is not None
    return found


def certified(
    program: str, kind: str, name: str, on: date, at: datetime, **details: str
) -> Participant:
    """A participant who did every certification step on one day."""
    details |= {"npi": NPIS[name]} if name in NPIS else {}
    details |= {"telephone": "1-555-555-0142", "time_zone": "UTC"}
    participant = participants.register_participant(
        program, kind, name, by=PLATFORM, at=at, **details
    )
    definition = version(program, at.date())
    for step in definition.parties[kind].steps:
        participant = participants.record_step(
            participant, definition, step.code, on=on, by=PLATFORM, at=at
        )
    return participant


def enrolled(program: str, name: str, prescriber: Participant, at: datetime) -> Patient:
    """A patient enrolled a month ago, without any test."""
    return enroll_patient(
        program,
        name,
        prescriber=prescriber,
        enrolled_on=at.date() - timedelta(days=30),
        birth_date=date(1990, 6, 1),
        attributes={"sex": "female"},
        time_zone="UTC",
        by=PLATFORM,
        at=at,
    )


def ready_patient(program: str, name: str, prescriber: Participant, at: datetime) -> Patient:
    """An enrolled patient with everything the gates of the program read."""
    patient = enrolled(program, name, prescriber, at)
    make_ready(patient, at)
    return patient


def make_ready(patient: Patient, at: datetime, course: int = 1) -> None:
    """Record every test and sign every form the program's gates read."""
    definition = version(patient.program, at.date())
    day = at.date() - timedelta(days=5)
    tests = {test for gate in definition.gates.values() for test in needs(gate).tests}
    for test in sorted(tests):
        record_result(patient, test, collected_on=day, value="done", unit=None, by=PLATFORM, at=at)
    signed = {
        each.form: each
        for gate in definition.gates.values()
        for each in gate.requirements
        if isinstance(each, FormSigned)
    }
    for each in signed.values():
        answers = {each.question: each.answer} if each.question else {}
        form = FormToSign(
            patient.program,
            definition.label,
            each.form,
            "patient",
            patient.pk,
            patient.number,
            answers,
            answers,
            "Dr. Amara",
            "I say so.",
            day,
            course,
        )
        keep_signed_form(form, by=PLATFORM, at=at)


def add_person(
    program: str, name: str, role: str, for_whom: Participant | None, at: datetime
) -> User:
    """Somebody who signs in as name@example.org and acts in the role."""
    known = User.objects.filter(email=f"{name}@example.org").first()
    user = known or User.objects.create_user(
        f"{name}@example.org", PASSWORD, full_name=f"{name.title()} Example"
    )
    participants.add_member(user, for_whom, role, program=program, by=PLATFORM, at=at)
    return user


def asker(name: str) -> Asker:
    """The first role of somebody in the cast."""
    return askers(User.objects.get(email=f"{name}@example.org"))[0]


def actor(name: str) -> Actor:
    """Somebody in the cast as an actor."""
    found = asker(name)
    return Actor(found.user, found.role)


def authorize_course(cast: Cast, patient: Patient | None = None, by: str = "amara") -> Given:
    """Dr. Amara authorizes Mara's course at Riverside, or somebody else somebody else's."""
    patient = patient or cast.mara
    where = cast.riverside if by == "amara" else cast.hillview
    request = AuthorizationRequest(
        patient.program, "authorize", patient.number, cast.today, facility=where.number
    )
    given = answer_request(request, by=asker(by), at=cast.at)
    assert given.said["outcome"] == "authorized", given.said
    return given


def ask_gate(cast: Cast, by: str, gate: str, patient: Patient) -> Given:
    """Somebody asks a gate about a patient, for today."""
    request = AuthorizationRequest(patient.program, gate, patient.number, cast.today)
    return answer_request(request, by=asker(by), at=cast.at)


def contradict(cast: Cast) -> None:
    """Put dates on record that cannot both be true, so that no gate can decide."""
    Participant.objects.filter(pk=cast.amara.pk).update(
        suspended_from=cast.today + timedelta(days=9),
        suspended_until=cast.today + timedelta(days=2),
    )


NOW = datetime(2026, 5, 1, 15, 0, tzinfo=UTC)
