"""Random worlds in the program that asks for everything: days near every boundary, ties, gaps."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.numbers import new_number
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.requests import AuthorizationRequest
from etasu.registry.monitoring.models import Result
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.patients.models import DuplicateReview, Hold, Patient
from etasu.registry.submissions.models import SignedForm
from etasu.registry.treatment.models import Infusion
from tests.registry.everything import PROGRAM

AT = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
ON = date(2025, 5, 1)
BY = {"recorded_at": AT, "recorded_by": "test"}
ROLES = {"prescriber": "prescriber", "facility": "infusion_nurse", "pharmacy": "pharmacist"}
KINDS = tuple(ROLES)
GATES = ("prescribe", "authorize", "infuse", "ship", "supply", "empty", "no-such-gate")
# Mostly what lets pass, so that a yes is as common as a no; and days at both sides of each edge.
LONG_AGO = (-400, -366, -181, -180, -31, -30)
RECENTLY = (-14, -8, -7, -6, -1, 0)
GUAM = "Pacific/Guam"
NEAR = (*LONG_AGO, *RECENTLY, 1, 7, 30)


class World(NamedTuple):
    """A patient with those around, and a system that asks for each of them.

    `also` is another number the patient goes by, if a record was merged into theirs.
    """

    patient: Patient
    parties: dict[str, Participant]
    other: Participant
    keys: dict[str, str]
    also: str


def build(chance: random.Random) -> World:
    """One random world, in the database."""
    made = Maker(chance)
    parties = {kind: made.participant(kind) for kind in KINDS}
    other = made.participant(chance.choice(KINDS))
    patient = made.patient(parties["prescriber"] if chance.random() < 0.95 else None)
    made.infusions(patient, parties["facility"])
    made.papers(patient)
    made.results(patient)
    made.authorizations(patient, parties)
    keys = {kind: made.key(party, ROLES[kind]) for kind, party in parties.items()}
    keys["other"] = made.key(other, ROLES[other.kind])
    keys["administrator"] = made.key(None, "administrator")
    keys["elsewhere"] = made.key(None, "administrator", program="elsewhere")
    return World(patient, parties, other, keys, made.other_records(patient, parties))


def question(chance: random.Random, world: World) -> tuple[AuthorizationRequest, str]:
    """A question about the world, and which of its systems asks."""
    gate = chance.choice(GATES[:5]) if chance.random() < 0.93 else chance.choice(GATES)
    asks = {"ship": "pharmacy", "supply": "pharmacy", "infuse": "facility"}.get(gate, "prescriber")
    if chance.random() < 0.12:
        asks = chance.choice(list(world.keys))
    numbers = [world.parties["facility"].number, world.parties["pharmacy"].number]
    wrong = [world.other.number, world.parties["prescriber"].number, new_number()]
    request = AuthorizationRequest(
        program=PROGRAM if chance.random() < 0.97 else chance.choice(["elsewhere", "no-such"]),
        gate=gate,
        patient=chance.choice([world.patient.number] * 20 + [world.also] * 8 + [new_number()]),
        planned_on=ON + timedelta(days=chance.choice([0] * 20 + [1, 1, 7, 7, 30, -1, 366, 367])),
        course=chance.choice([None, None, 1, 1, 2, 3]),
        facility=chance.choice([numbers[0]] * 30 + [None] * 10 + wrong),
        pharmacy=chance.choice([numbers[1]] * 30 + [None] * 20 + wrong),
        days_supply=chance.choice([None, 1, 30, 31]),
        statements=tuple(chance.sample(["guide-given", "other"], chance.randint(0, 2))),
    )
    return request, asks


class Maker:
    """Makes rows, each with its own bit of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        # In half of the worlds little is amiss, or nobody would ever get a yes.
        self.tidy = chance.random() < 0.5

    def day(self, *among: int) -> date:
        """A day near the day asked about."""
        return ON + timedelta(days=self.chance.choice(among or NEAR))

    def maybe(self, share: float, value: Any) -> Any:
        """The value, in that share of worlds."""
        return value if self.chance.random() < share else None

    def many(self, *among: int) -> range:
        """So many times, and fewer where little is amiss."""
        return range(self.chance.choice(among) if not self.tidy else self.chance.choice([0, 0, 1]))

    def participant(self, kind: str) -> Participant:
        """Mostly certified; sometimes lapsed, suspended, decertified or not there yet."""
        certified_from = self.maybe(0.97, self.day(*LONG_AGO, *((0, 1) if not self.tidy else ())))
        ends = max(certified_from or ON, self.day(-1, 0, 1, 30, 300))
        suspended_from = self.maybe(0.02 if self.tidy else 0.1, self.day())
        return Participant.objects.create(
            program=PROGRAM,
            kind=kind,
            name="Invented",
            setting=self.chance.choice(["hospital", "hospital", "infusion-center", None]),
            # In Guam it is already the next day.
            time_zone=self.chance.choice(["America/New_York", "Pacific/Honolulu"] * 9 + [GUAM]),
            certified_from=certified_from,
            certified_until=self.maybe(0.5, ends) if certified_from else None,
            suspended_from=suspended_from,
            suspended_until=max(suspended_from, self.day()) if suspended_from else None,
            decertified_on=self.maybe(0.03, self.day()),
            revision=self.chance.randint(0, 9),
            registered_at=AT,
            registered_by="test",
        )

    def patient(self, prescriber: Participant | None) -> Patient:
        """Mostly enrolled; holds open and closed."""
        enrolled_on = self.maybe(0.95, self.day(*LONG_AGO, 0, 1))
        ended = enrolled_on is not None and self.chance.random() < 0.1
        patient = Patient.objects.create(
            program=PROGRAM,
            full_name="Somebody",
            birth_date=self.maybe(0.9, date(self.chance.choice([1985, 2007]), 5, 1)),
            attributes=self.chance.choice([{}, {"sex": "male"}, {"sex": "female", "note": None}]),
            prescriber=prescriber,
            enrolled_on=enrolled_on,
            ended_on=max(enrolled_on, self.day()) if ended else None,
            end_reason="withdrawn" if ended else None,
            revision=self.chance.randint(0, 9),
            registered_at=AT,
            registered_by="test",
        )
        for _ in self.many(0, 0, 1, 2):
            closed = self.chance.random() < 0.6
            Hold.objects.create(
                patient=patient,
                code=self.chance.choice(["infection", "surgery"]),
                reason="test",
                opened_on=self.day(),
                opened_at=AT,
                opened_by="test",
                closed_at=AT if closed else None,
                closed_by="test" if closed else None,
                closed_reason="over" if closed else None,
            )
        return patient

    def other_records(self, patient: Patient, parties: dict[str, Participant]) -> str:
        """Sometimes the person is on record twice: merged, or still to be compared.

        The number of the merged record, or the patient's own.
        """
        if self.chance.random() < 0.7:
            return str(patient.number)
        other = self.patient(parties["prescriber"])
        self.infusions(other, parties["facility"])
        self.papers(other)
        self.results(other)
        self.authorizations(other, parties)
        if self.chance.random() < 0.6:
            other.merged_into, other.merged_at, other.merged_by = patient, AT, "test"
            other.save()
            return str(other.number)
        decided = self.maybe(0.3, {"decided_at": AT, "decided_by": "test", "reason": "test"})
        DuplicateReview.objects.create(
            program=PROGRAM,
            older=patient,
            newer=other,
            blocks_both=self.chance.random() < 0.3,
            opened_at=AT,
            opened_by="test",
            **({**decided, "verdict": "different"} if decided else {}),
        )
        return str(self.chance.choice([patient, other]).number)

    def infusions(self, patient: Patient, facility: Participant) -> None:
        """None, a running course, or several courses; some entries struck."""
        days = {self.day() for _ in self.many(0, 0, 1, 2, 4)}
        for given_on in sorted(days):
            struck = self.chance.random() < 0.2
            Infusion.objects.create(
                patient=patient,
                course=self.chance.choice([1, 1, 2, 3]),
                given_on=given_on,
                facility=self.maybe(0.8, facility),
                struck_at=AT if struck else None,
                struck_by="test" if struck else None,
                struck_reason="slip" if struck else None,
                **BY,
            )

    def papers(self, patient: Patient) -> None:
        """Forms for several courses, some on one day and contradicting, some about others."""
        for course in (1, 2) if self.tidy else ():
            self.form(patient, "consent", course, {"agrees": "yes"}, self.day(-8, -7))
        kinds = ["consent", "consent", "checklist", "status", "waiver"]
        answers = [{"agrees": "yes"}, {"agrees": "yes"}, {"agrees": "no"}, {"waived": "yes"}, {}]
        for _ in self.many(0, 1, 2, 3, 4, 5, 6):
            form, given = self.chance.choice(kinds), self.chance.choice(answers)
            course = self.chance.choice([None, 1, 1, 2])
            self.form(patient, form, course, given, self.day(*RECENTLY, 1))

    def form(
        self, patient: Patient, form: str, course: int | None, given: dict[str, str], on: date
    ) -> None:
        """A signed form; a few are about a participant of the same id, and so about another."""
        SignedForm.objects.create(
            program=PROGRAM,
            program_version="2020-01-01",
            form=form,
            subject_kind=self.chance.choice(["patient"] * 19 + ["participant"]),
            subject_id=patient.pk,
            course=course,
            gate_answers=given,
            signed_on=on,
            signed_at=AT,
            signed_by="test",
            signer_name="Somebody",
            meaning="test",
            content_hash="none",
        )

    def results(self, patient: Patient) -> None:
        """Counts, words and numbers near the edges; some replaced, some two on one day."""
        values = {
            "count": [("done", None)],
            "pregnancy": [("negative", None), ("negative", None), ("positive", None)],
            "platelets": [("100", "10*3/uL"), ("99.9", "10*3/uL"), ("<1", "10*3/uL"), ("9", "x")],
        }
        for test, among in values.items():
            if self.tidy:
                self.result(patient, test, *among[0], self.day(-6, -1))
            for _ in self.many(0, 1, 1, 2, 4):
                self.result(patient, test, *self.chance.choice(among), self.day(*NEAR, *RECENTLY))

    def result(self, patient: Patient, test: str, value: str, unit: str | None, on: date) -> None:
        """A result; some were replaced."""
        replaced = self.chance.random() < 0.1
        Result.objects.create(
            patient=patient,
            test=test,
            collected_on=on,
            value=value,
            unit=unit,
            replaced_at=AT if replaced else None,
            replaced_by="test" if replaced else None,
            **BY,
        )

    def authorizations(self, patient: Patient, parties: dict[str, Participant]) -> None:
        """Live, lapsed, used, expired and reversed ones, at most one holding each slot."""
        held: set[tuple[str, str]] = set()
        for _ in range(self.chance.choice([0, 1, 2, 4])):
            gate, unit, course, day = self.chance.choice(
                [
                    ("authorize", "course", 1, None),
                    ("authorize", "course", 2, None),
                    ("infuse", "infusion_day", 1, 1),
                    ("infuse", "infusion_day", 1, 2),
                    ("ship", "fill", None, None),
                    ("supply", "period", None, None),
                ]
            )
            slot = "-".join(str(part) for part in (unit, course, day) if part is not None)
            state = self.chance.choice(["live", "live", "used", "expired", "reversed"])
            holds = state == "live" or (state == "used" and unit in ("course", "infusion_day"))
            holds = holds or (state == "expired" and unit == "infusion_day")
            if holds and (gate, slot) in held:
                continue
            held |= {(gate, slot)} if holds else set()
            self._authorization(patient, parties, gate, unit, slot, course, day, state, holds)

    def _authorization(
        self,
        patient: Patient,
        parties: dict[str, Participant],
        gate: str,
        unit: str,
        slot: str,
        course: int | None,
        day: int | None,
        state: str,
        holds: bool,
    ) -> None:
        number = new_number()
        decision = Decision.objects.create(
            number=number,
            program=PROGRAM,
            program_version="2020-01-01",
            gate=gate,
            outcome="authorized",
            patient=patient,
            planned_on=ON,
            facts="{}",
            answer="{}",
            asked_at=AT,
            asked_by="test",
            asked_role="test",
        )
        valid_from = self.day(*LONG_AGO, *RECENTLY)
        names = {kind: parties[kind].number for kind in ("facility", "pharmacy")}
        if self.chance.random() < 0.2:
            names["facility"] = new_number()
        closed = state != "live"
        Authorization.objects.create(
            decision=decision,
            number=number,
            patient=patient,
            gate=gate,
            slot=slot,
            unit=unit,
            course=course,
            day=day,
            course_days=5 if day is not None else None,
            names=names if gate == "ship" else {"facility": names["facility"]},
            valid_from=valid_from,
            valid_until=valid_from + timedelta(days=self.chance.choice([0, 6, 30, 200])),
            state=state,
            holds_slot=holds,
            closed_at=AT if closed else None,
            closed_by="test" if closed else None,
            closed_reason="test" if closed else None,
        )

    def key(self, party: Participant | None, role: str, program: str = PROGRAM) -> str:
        """An API key of a system in that role."""
        secret = f"key-{new_number()}"
        user = User.objects.create(
            email=f"{secret}@example.org", full_name="A system", is_system=True, password="!"
        )
        Membership.objects.create(
            user=user, participant=party, program=program, role=role, began_at=AT, began_by="test"
        )
        digest = hashlib.sha256(secret.encode()).digest()
        ApiKey.objects.create(
            user=user, name="test", key_hash=digest, created_at=AT, created_by="test"
        )
        return secret
