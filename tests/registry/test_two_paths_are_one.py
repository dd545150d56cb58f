"""The prepared path and the ORM path read the same facts, decide alike, and keep the same rows.

Worlds and questions are made by chance, each world from its number, so that one where the paths
part can be made again alone.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.forms.models import model_to_dict

from etasu.programs import library
from etasu.registry.accounts.models import User
from etasu.registry.audit.models import AuditEntry
from etasu.registry.authorizations import facts, prepared
from etasu.registry.authorizations.actions import Busy, answer_request
from etasu.registry.authorizations.connections import close_of_this_thread
from etasu.registry.authorizations.models import Authorization, Decision
from etasu.registry.authorizations.requests import AuthorizationRequest, BadRequest
from etasu.registry.authorizations.statements import READ
from etasu.registry.participants.facts import Asker, askers
from etasu.registry.patients.models import Patient
from etasu.safe_use.facts import UnreadableFacts
from tests.registry.everything import PROGRAM, library_of_everything
from tests.registry.worlds import AT, ON, World, build, question

pytestmark = pytest.mark.django_db(transaction=True)
WORLDS, QUESTIONS_EACH = 60, 6


@pytest.fixture(autouse=True)
def program_of_everything(teaching_program: None) -> Iterator[None]:
    """The library holds the program that asks for everything."""
    library.use(library_of_everything())
    yield
    close_of_this_thread()


class Told(NamedTuple):
    """What one path said and kept; numbers and ids are made comparable."""

    said: dict[str, Any] | list[str]
    decision: dict[str, Any] | None
    authorizations: list[dict[str, Any]]
    audited: list[dict[str, Any]]
    revision: int


def asker_of(key: str) -> Asker:
    """The system of an API key, as the ORM path is told who asks."""
    return askers(User.objects.get(email=f"{key}@example.org"))[0]


def by_orm(request: AuthorizationRequest, key: str, world: World) -> Told:
    """The ORM path, with everything it kept taken back afterwards."""
    with transaction.atomic():
        told = told_by(lambda: answer_request(request, by=asker_of(key), at=AT).said, world)
        transaction.set_rollback(True)
    return told


def by_statements(request: AuthorizationRequest, key: str, world: World) -> Told:
    """The prepared path; what it keeps stays."""

    def ask() -> dict[str, Any]:
        asked = prepared.Question(request, key, None, b"")
        return dict(json.loads(prepared.answer_prepared(asked, AT).answer))

    return told_by(ask, world)


def told_by(ask: Any, world: World) -> Told:
    """Ask, and collect what was said and kept."""
    last_entry = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    try:
        said = json.loads(json.dumps(ask(), default=plain))
    except BadRequest as error:
        said = [*(f"{each.field}: {each.detail}" for each in error.problems)]
    except UnreadableFacts as error:
        said = [str(error)]
    except Busy:  # `supply` does not ask whether its slot is free, so only the database says no
        said = ["busy"]
    number = said.pop("number") if isinstance(said, dict) else ""
    entries = AuditEntry.objects.filter(id__gt=last_entry).order_by("id")
    found = Decision.objects.filter(number=number).first()
    return Told(
        said,
        comparable(found, number) if found else None,
        [
            comparable(row, number)
            for row in Authorization.objects.filter(
                patient__number__in=[world.patient.number, world.also]
            ).order_by("id")
        ],
        [comparable(row, number) for row in entries],
        Patient.objects.get(pk=world.patient.pk).revision,
    )


def plain(value: Any) -> str:
    """A moment or a day as the answer writes it."""
    return str(value.isoformat()).replace("+00:00", "Z")


def comparable(row: Any, number: str) -> dict[str, Any]:
    """A row without its ids, and without the number that is new each time."""
    fields = model_to_dict(row)
    kept = {name: value for name, value in fields.items() if name not in ("id", "decision")}
    return json.loads(json.dumps(kept, default=plain).replace(number or "no number", "NUMBER"))


@pytest.mark.parametrize("first", range(0, WORLDS, 10))
def test_both_paths_say_and_keep_the_same(first: int) -> None:
    outcomes = Counter(outcome for seed in range(first, first + 10) for outcome in compare(seed))
    assert outcomes["authorized"] >= 2, outcomes
    assert outcomes["not_authorized"] >= 10, outcomes
    assert outcomes["refused"] >= 2, outcomes


def compare(seed: int) -> Iterator[str]:
    """Ask some questions in one world along both paths; what each was answered."""
    chance = random.Random(seed)
    world = build(chance)
    for _ in range(QUESTIONS_EACH):
        request, asks = question(chance, world)
        first = by_orm(request, world.keys[asks], world)
        second = by_statements(request, world.keys[asks], world)
        assert first == second, (seed, request, asks)
        yield first.said["outcome"] if isinstance(first.said, dict) else "refused"


@pytest.mark.parametrize("course", [None, 1])
def test_a_lapsed_authorization_is_closed_alike(course: int | None) -> None:
    chance = random.Random(3)
    for seed in range(200, 300):
        world = build(random.Random(seed))
        lapsed = Authorization.objects.filter(
            patient=world.patient, gate="ship", state="live", valid_until__lt=ON
        )
        if not lapsed:
            continue
        request = question(chance, world)[0]._replace(
            program=PROGRAM,
            gate="ship",
            patient=world.patient.number,
            planned_on=ON,
            facility=world.parties["facility"].number,
            pharmacy=world.parties["pharmacy"].number,
            course=course,
        )
        first = by_orm(request, world.keys["pharmacy"], world)
        assert by_statements(request, world.keys["pharmacy"], world) == first
        if isinstance(first.said, dict) and first.said["outcome"] == "authorized":
            verbs = [entry["verb"] for entry in first.audited]
            assert verbs == ["authorization.expired", "gate.answered"]
            return
    raise AssertionError("no world had a lapsed authorization and a yes")


@pytest.mark.parametrize("attributes", [{"sex": 1}, {"sex": ["female"]}])
def test_a_record_that_cannot_be_read_is_refused_alike(attributes: dict[str, Any]) -> None:
    world = build(random.Random(4))
    Patient.objects.filter(pk=world.patient.pk).update(attributes=attributes)
    request = AuthorizationRequest(PROGRAM, "prescribe", world.patient.number, ON)
    first = by_orm(request, world.keys["prescriber"], world)
    assert by_statements(request, world.keys["prescriber"], world) == first
    assert isinstance(first.said, list) and "must be text" in first.said[0]
    assert not Decision.objects.filter(patient=world.patient, outcome="authorized").exclude(
        answer="{}"
    )


def test_both_ways_of_reading_a_decision_show_it_to_the_same_askers() -> None:
    seen = Counter[bool]()
    for seed in range(300, 312):
        chance = random.Random(seed)
        world = build(chance)
        for _ in range(4):
            request, asks = question(chance, world)
            by_statements(request, world.keys[asks], world)
        for decision in Decision.objects.filter(patient=world.patient):
            for key in world.keys.values():
                shown = facts.decision_by_number(decision.number, asker_of(key))
                found = prepared.find_prepared(decision.number, key, AT)
                assert (found is None) == (shown is None), (seed, decision.number)
                assert found is None or found.answer == decision.answer
                seen[found is not None] += 1
    assert min(seen[True], seen[False]) > 20


PLANTED = {
    "replaced results are read": (b"AND replaced_at IS NULL", b""),
    "struck infusions are read": (b"AND i.struck_at IS NULL), '[]'", b"), '[]'"),
    "closed holds are read": (b"AND h.closed_at IS NULL", b""),
    "of one day only one result is read": (b"WITH TIES", b"ONLY"),
    "released slots are read": (b"AND z.holds_slot", b""),
    "forms about others are read": (b"AND subject_kind = 'patient'", b""),
    "what was merged is not read": (b"m.merged_into_id = p.id", b"false"),
    "open reviews are not read": (b"r.decided_at IS NULL AND", b"false AND"),
}


@pytest.mark.parametrize("planted", list(PLANTED))
def test_the_comparison_notices_a_fault(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = PLANTED[planted]
    assert right in READ.sql
    faulty = READ._replace(name=b"faulty", sql=READ.sql.replace(right, wrong))
    monkeypatch.setattr(prepared, "READ", faulty)
    close_of_this_thread()
    with pytest.raises(AssertionError):
        for seed in range(WORLDS):
            list(compare(seed))
