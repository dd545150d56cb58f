"""Reports of side effects over HTTP: kept once, read by whoever may, and every look noted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.safety.actions import acknowledge_hand_over, hand_over, link_duplicate
from etasu.registry.safety.models import CaseInformation, SafetyCase
from etasu.safe_use.identifiers import with_check_character
from tests.factories.teaching import AT
from tests.interfaces.test_openapi import validator
from tests.portals.world import PROGRAM, Cast, actor, add_person, build_cast
from tests.registry import labs

pytestmark = pytest.mark.django_db
REPORTS = "/api/v1/safety/reports"
RASH = {"program": PROGRAM, "kind": "adverse_event", "words": "A rash: both arms"}
NOBODY = with_check_character("0000000000")


@pytest.fixture(autouse=True)
def this_program(teaching_program: None) -> None:
    """The program the people act in."""
    labs.use_lemtrada()


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """The people, made once and taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        labs.use_lemtrada()
        yield build_people()
        transaction.set_rollback(True)


@pytest.fixture
def cast(made: Cast, db: None) -> Cast:
    """Those people; what a test reports is taken back after it."""
    return made


def build_people() -> Cast:
    """The portals' people, each with a system of their own."""
    made = build_cast(AT)
    add_person(PROGRAM, "sana", "safety_reviewer", None, AT)
    for name in ("amara", "cora", "sana"):
        key = hashlib.sha256(name.encode()).digest()
        user = User.objects.get(email=f"{name}@example.org")
        given = {"created_at": AT, "created_by": PLATFORM.number}
        ApiKey.objects.create(user=user, name="test", key_hash=key, **given)
    return made


def send(who: str, said: Any, key: str = "", **headers: str) -> Any:
    """Send a report."""
    given = {"Authorization": f"Bearer {who}", **headers}
    if key:
        given["Idempotency-Key"] = key
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return Client(headers=given).post(REPORTS, body, content_type="application/json")


def read(who: str, path: str = REPORTS) -> Any:
    """Read a list, or one report."""
    return Client(headers={"Authorization": f"Bearer {who}"}).get(path)


def test_a_report_is_kept_with_all_it_says_and_read_again(cast: Cast) -> None:
    said = RASH | {
        "patient": cast.mara.number, "told_by": "patient", "received_on": "2025-04-29",
        "criteria": ["hospitalization", "hospitalization"], "began_on": "2025-04-28", "lot": "A7",
    }  # fmt: skip
    got = send("cora", said)
    kept = got.json()
    assert got.status_code == 201, got.content
    assert validator("ReportInFull").is_valid(kept)
    assert got["Location"] == f"{REPORTS}/{kept['number']}"
    told = {"began_on": "2025-04-28", "lot": "A7"}
    assert kept["told"][0] | {"received_at": ""} == {
        "told_by": "patient", "words": "A rash: both arms", "criteria": ["hospitalization"],
        "details": told, "received_on": "2025-04-29", "received_at": "",
    }  # fmt: skip
    assert (kept["patient"], kept["received_on"]) == (cast.mara.number, "2025-04-29")
    case = SafetyCase.objects.get()
    assert (case.source, case.product) == ("system", "LEMTRADA (alemtuzumab)")
    assert read("cora", got["Location"]).json() == kept
    looked = AuditEntry.objects.filter(subject=case.number, verb="safety_case.looked_at")
    assert [each.role for each in looked] == ["pharmacist"]


def test_the_least_there_can_be_is_kept(cast: Cast) -> None:
    got = send("amara", RASH | {"kind": "pregnancy", "product": "", "patient": None})
    kept = got.json()
    assert (got.status_code, kept["patient"], kept["product"]) == (201, None, "")
    assert (kept["told"][0]["told_by"], kept["state"]) == ("prescriber", "open")
    assert CaseInformation.objects.get().details == {}


def test_a_report_sent_again_is_one_case_and_another_under_its_key_is_refused(cast: Cast) -> None:
    first, again = send("cora", RASH, "k1"), send("cora", RASH, "k1")
    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert "Idempotent-Replayed" not in first and again.json() == first.json()
    reused = send("cora", RASH | {"words": "A fever"}, "k1")
    assert reused.status_code == 422 and reused.json()["type"].endswith("key-reused")
    assert CaseInformation.objects.count() == SafetyCase.objects.count() == 1
    # The same key of another system is another key, and without one each is a case.
    numbers = {send(who, RASH, key).json()["number"] for who, key in
               (("amara", "k1"), ("cora", "k2"), ("cora", ""), ("cora", ""))}  # fmt: skip
    assert len(numbers | {first.json()["number"]}) == 5


def test_what_a_database_cannot_keep_is_a_space_and_every_other_word_stays(cast: Cast) -> None:
    said = RASH | {"words": "a\0b\0\0 \\u0000", "lot": "A\0"}
    got = send("cora", said)
    assert got.status_code == 201, got.content
    assert got.json()["told"][0]["words"] == "a b   \\u0000"
    assert got.json()["told"][0]["details"] == {"lot": "A"}
    assert send("cora", RASH | {"words": "\0"}).status_code == 422


def test_of_a_duplicate_nobody_reads_what_another_told_and_everybody_how_theirs_stands(
    cast: Cast,
) -> None:
    by = {"by": actor("sana"), "at": AT}
    first = send("cora", RASH).json()["number"]
    other = send("amara", RASH | {"patient": cast.mara.number}).json()["number"]
    head, duplicate = (SafetyCase.objects.get(number=each) for each in (first, other))
    link_duplicate(duplicate, head, reason="the same rash", **by)
    assert read("cora", f"{REPORTS}/{first}").json()["patient"] is None
    assert read("amara", f"{REPORTS}/{other}").json()["patient"] == cast.mara.number
    assert read("sana", f"{REPORTS}/{first}").json()["patient"] == cast.mara.number
    handed = hand_over([head], program=PROGRAM, recipient="the sponsor", **by)

    def states() -> set[str]:
        asked = (("cora", first), ("amara", other), ("sana", other))
        return {read(who, f"{REPORTS}/{number}").json()["state"] for who, number in asked}

    assert states() == {"handed_over"}
    acknowledge_hand_over(handed, acknowledgment="received", **by)
    assert states() == {"acknowledged"}


def test_what_cannot_be_used_is_named_with_what_to_do(cast: Cast) -> None:
    wrong: list[tuple[str, Any, str]] = [
        ("words", " ", "What happened"),
        ("kind", "headache", "adverse_event, pregnancy"),
        ("program", "teaching", "acts in no program"),
        ("patient", NOBODY, "Leave it out if you are not sure"),
        ("patient", "7QK2M-X0B4T-P", "typing slip"),
        ("began_on", "yesterday", "such as 2025-05-01"),
        ("criteria", ["bad"], "death"),
        ("told_by", "neighbor", "pharmacist"),
        ("color", "red", "no such field"),
    ]
    for field, value, words in wrong:
        got = send("cora", RASH | {field: value})
        (error,) = got.json()["errors"]
        assert (got.status_code, error["field"]) == (422, field)
        assert words in error["detail"], error
    assert not SafetyCase.objects.exists()


def test_what_is_no_report_at_all(cast: Cast) -> None:
    assert send("cora", b"{").json()["type"].endswith("malformed")
    assert send("nobody", RASH).status_code == 401
    assert send("cora", RASH | {"words": "x" * 20_000}).status_code == 413
    got = Client(headers={"Authorization": "Bearer cora"}).delete(REPORTS)
    assert (got.status_code, got["Allow"]) == (405, "GET, HEAD, POST")
    missing = send("cora", {})
    assert [each["field"] for each in missing.json()["errors"]] == ["program", "kind", "words"]


def test_safety_staff_read_every_case_and_anybody_else_their_own(cast: Cast) -> None:
    mine = [send("cora", RASH | {"words": f"Rash {n}"}).json()["number"] for n in range(3)]
    other = send("amara", RASH).json()["number"]
    assert [each["number"] for each in read("cora").json()["reports"]] == mine[::-1]
    assert len(read("sana").json()["reports"]) == 4
    page = read("sana", f"{REPORTS}?limit=3")
    following = page.json()["next"]
    assert page["Link"] == f'<{following}>; rel="next"'
    assert [each["number"] for each in read("sana", following).json()["reports"]] == mine[:1]
    assert validator("SafetyReports").is_valid(page.json())
    assert read("cora", f"{REPORTS}/{other}").status_code == 404
    assert read("cora", f"{REPORTS}?after={other}").status_code == 422
    assert read("cora", f"{REPORTS}?after=x").status_code == 422
    assert read("sana", f"{REPORTS}/{other}").json()["told"][0]["told_by"] == "prescriber"
    assert read("sana", f"{REPORTS}/{NOBODY}").status_code == 404
