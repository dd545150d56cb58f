"""FHIR over HTTP, from bytes to rows and back: what is answered is what was kept."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError
from django.test import Client

from etasu.interfaces.fhir import web
from etasu.interfaces.fhir.reading import LARGEST_BODY
from etasu.programs import library
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.lab_models import LabSender
from etasu.registry.monitoring.lab_rows import LabItemRow, LabMessageRow
from etasu.registry.monitoring.quarantine import conservation
from etasu.registry.monitoring.resolving import reject_item
from etasu.registry.participants import actions as participants
from etasu.registry.patients.models import Patient
from tests.interfaces.fhir_resources import (
    RIGHT,
    Json,
    about,
    bundle,
    contained_report,
    entry,
    observation,
    patient,
    report,
    results_in,
    to,
    whole_transaction,
)
from tests.registry import labs

pytestmark = pytest.mark.django_db
KEY, OTHER = "a-laboratory's-key", "another's-key"
KIND = "application/fhir+json"
BASE = "/fhir/R4"


class Got(NamedTuple):
    """An answer."""

    status: int
    body: Any
    headers: Any

    @property
    def id(self) -> str:
        """The id in its Location."""
        return self.headers["Location"].rsplit("/", 1)[1]

    @property
    def places(self) -> list[str]:
        """The elements that something is in the way of."""
        return [
            place
            for each in self.body["issue"]
            if each["severity"] != "information"
            for place in each.get("expression", [""])
        ]


def key_for(name: str, key: str, prescriber: Any) -> User:
    """A system's account with a key."""
    user = User.objects.create_user(f"{name}@example.org", full_name=name, is_system=True)
    participants.add_member(
        user, prescriber, "integrator", program=labs.PROGRAM, by=labs.LISTENER, at=labs.AT
    )
    digest = hashlib.sha256(key.encode()).digest()
    ApiKey.objects.create(user=user, name="k", key_hash=digest, created_at=labs.AT, created_by="a")
    return user


@pytest.fixture
def mara(db: None) -> Iterator[Patient]:
    """A patient, a laboratory that is registered by its API key, and a system that is not."""
    before = library.current()
    labs.use_lemtrada()
    mara = labs.patient()
    user = key_for("riverside", KEY, mara.prescriber)
    key_for("elsewhere", OTHER, mara.prescriber)
    connected = labs.connect("Riverside", wire="fhir")
    LabSender.objects.create(
        connection=connected, name=f"key:{user.number}", added_at=labs.AT, added_by="a"
    )
    yield mara
    library.use(before)


def send(client: Client, body: Json | bytes, kind: str = "", key: str = KEY, **headers: str) -> Got:
    """Post it, to the address of its kind unless another is given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    resource = body["resourceType"] if isinstance(body, dict) else "Observation"
    address = f"{BASE}/{kind or resource}" if (kind or resource) != "Bundle" else BASE
    given = {"authorization": f"Bearer {key}", "content-type": KIND} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    got = client.post(address, raw, content_type=given.pop("content-type"), headers=given)
    assert got.headers["Cache-Control"] == "no-store"
    assert got.headers["Content-Type"].startswith(KIND)
    return Got(got.status_code, json.loads(got.content or b"null"), got.headers)


def read(client: Client, address: str, key: str = KEY, **headers: str) -> Got:
    """Get it."""
    given = {"authorization": f"Bearer {key}"} | headers
    got = client.get(f"{BASE}/{address}", headers=given)
    return Got(got.status_code, json.loads(got.content or b"null"), got.headers)


def counted() -> tuple[int, int]:
    """How many messages and items there are; every item of every message is accounted for."""
    messages = list(LabMessageRow.objects.all())
    assert all(conservation(each).holds for each in messages)
    items = LabItemRow.objects.count()
    assert items == sum(each.items for each in messages)
    return len(messages), items


def test_an_observation_becomes_a_result_and_can_be_read_back(
    mara: Patient, client: Client
) -> None:
    sent = observation(value=212, id="own", extension=[{"url": "urn:x", "valueDecimal": 1.50}])
    got = send(client, sent)
    assert (got.status, got.places) == (201, [])
    assert labs.current(mara) == {"platelets": "212"}
    (row,) = LabMessageRow.objects.all()
    assert (row.wire, row.items, row.stored, bytes(row.raw)) == (
        "fhir", 1, 1, json.dumps(sent).encode(),
    )  # fmt: skip
    entry_of = AuditEntry.objects.get(verb="results.received")
    assert (entry_of.role, entry_of.subject) == ("integrator", mara.number)
    assert got.headers["Location"] == f"http://testserver{BASE}/Observation/{row.number}"
    back = read(client, f"Observation/{got.id}")
    assert back.status == 200 and back.headers["ETag"] == 'W/"1"'
    meta = {"versionId": "1", "lastUpdated": row.received_at.isoformat().replace("+00:00", "Z")}
    assert back.body == sent | {"id": got.id, "meta": meta}
    # The same again adds nothing, neither byte for byte nor written otherwise.
    again = send(client, sent)
    assert (again.status, again.id) == (200, got.id)
    assert send(client, json.dumps(sent, indent=1).encode(), "Observation").status == 201
    assert labs.current(mara) == {"platelets": "212"} and counted() == (2, 2)


def test_nobody_else_reads_it_and_nothing_tells_that_it_is_there(
    mara: Patient, client: Client
) -> None:
    got = send(client, observation())
    for key, address in (
        (OTHER, f"Observation/{got.id}"),
        (KEY, f"Observation/{got.id}.1"),
        (KEY, f"DiagnosticReport/{got.id}"),
        (KEY, "Observation/7QK2M-X0B4T-N"),
        (KEY, "Observation/%00"),
        (KEY, "Patient/1"),
        (KEY, "Observation/1/2/3"),
    ):
        said = read(client, address, key)
        assert (said.status, said.body["resourceType"]) == (404, "OperationOutcome"), address
    assert read(client, f"Observation/{got.id}", "wrong").status == 401
    # Whether somebody is on record is nobody's to ask by sending a result.
    known = send(client, observation("alt", subject=about()))
    unknown = send(client, observation("alt", subject=about("NOBODY")))
    assert (known.status, known.body) == (unknown.status, unknown.body)


def test_what_is_wrong_is_told_element_by_element(mara: Patient, client: Client) -> None:
    wrong = observation(
        status="done", value="212", code=[], component=[{"valueQuantity": {"value": "7"}}]
    )
    got = send(client, wrong)
    assert got.status == 422
    assert sorted(got.places) == [
        "Observation.code", "Observation.component[0].code",
        "Observation.component[0].valueQuantity", "Observation.status",
        "Observation.valueQuantity",
    ]  # fmt: skip
    assert all(each["diagnostics"].endswith(".") for each in got.body["issue"])
    row = LabMessageRow.objects.get()
    assert (row.answer, row.items, bytes(row.raw)) == ("AE", 0, json.dumps(wrong).encode())
    assert read(client, f"Observation/{row.number}").status == 404
    # One that can be misread is taken in, waits, and is told about.
    got = send(client, observation(effectiveDateTime="2025-02-30"))
    assert (got.status, got.places) == (201, ["Observation"])
    assert LabMessageRow.objects.get(quarantined=1).items == 1


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b" ", 400, "not JSON"),
        (b"null", 400, "resourceType"),
        (b"[1]", 400, "resourceType"),
        (b'{"resourceType": 5}', 400, "resourceType"),
        (b'{"resourceType": "Patient"}', 400, "send Observation here"),
        (b'{"resourceType": "Observation"', 400, "not JSON"),
        (b'{"resourceType": "Observation", "note": "\xff"}', 400, "not UTF-8"),
        ('{"resourceType": "Observation"}'.encode("utf-16"), 400, "not UTF-8"),
        (b'{"resourceType":"Observation","x":' + b"[" * 200_000, 400, "nested"),
        (b'{"resourceType":"Observation","x":' + b'{"a":' * 9_000, 400, "nested"),
        (b'{"resourceType":"Observation","note":"\\ud800"}', 400, "not JSON"),
        (b'{"resourceType":"Observation","valueInteger":' + b"9" * 9_000 + b"}", 422, "bits"),
    ],
)
def test_bodies_that_are_no_resource(
    mara: Patient, client: Client, body: bytes, status: int, said: str
) -> None:
    got = send(client, body)
    assert got.status == status
    assert any(said in each["diagnostics"] for each in got.body["issue"]), got.body
    assert counted() == (1, 0)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {"authorization": ""}),
        (401, {"authorization": "Bearer wrong"}),
        (401, {"authorization": "Basic abc"}),
        (406, {"accept": "application/fhir+xml"}),
        (415, {"content_type": "application/fhir+xml"}),
        (415, {"content_type": "text/plain"}),
        (415, {"content_encoding": "gzip"}),
        (411, {"content_length": ""}),
        (413, {"content_length": str(LARGEST_BODY + 1)}),
        (413, {"content_length": "9" * 5000}),
    ],
)
def test_calls_whose_body_is_not_read(
    mara: Patient, client: Client, status: int, headers: dict[str, str]
) -> None:
    got = send(client, observation(), **headers)
    assert (got.status, got.body["resourceType"]) == (status, "OperationOutcome")
    assert counted() == (0, 0)


def test_a_transaction_is_taken_in_whole_or_not_at_all(mara: Patient, client: Client) -> None:
    sent = whole_transaction()
    got = send(client, sent)
    answers = [each["response"] for each in got.body["entry"]]
    assert (got.status, got.body["type"]) == (200, "transaction-response")
    assert [each["status"][:3] for each in answers] == ["200"] * 4 + ["201"] * 3
    assert labs.current(mara) == {"platelets": "212", "leukocytes": "6.1"}
    assert counted() == (1, 2)
    for each, known in zip(answers[4:], sent["entry"][4:], strict=True):
        back = read(client, each["location"])
        assert back.body["id"] == each["location"].split("/")[1]
        kept = {name: part for name, part in back.body.items() if name not in ("id", "meta")}
        assert kept == known["resource"]
    # One of several that cannot be taken in keeps out all of them, and each is named.
    wrong = whole_transaction(number="F-2")
    wrong["entry"][4]["resource"]["status"] = "done"
    wrong["entry"][5]["request"]["method"] = "PUT"
    wrong["entry"].append(entry({"resourceType": "Claim"}))
    got = send(client, wrong)
    assert (got.status, got.places) == (
        422, ["Bundle.entry[4].resource.status", "Bundle.entry[5].request.method",
              "Bundle.entry[7].resource"],
    )  # fmt: skip
    assert counted() == (2, 2)
    assert send(client, sent).body["entry"][4]["response"]["status"] == "200 OK"
    assert counted() == (2, 2)


def test_a_batch_is_taken_in_entry_by_entry(mara: Patient, client: Client) -> None:
    right = [
        entry(patient(), "urn:uuid:p"),
        entry(observation(subject=to("urn:uuid:p"))),
        entry(observation("tsh", 2, subject=about("NOBODY"))),
    ]
    wrong = [
        entry(observation(status="done")),
        entry({"resourceType": "Claim"}),
        {"resource": observation("alt")},
        entry(observation("alt"), url="Patient"),
        {"request": {"method": "POST", "url": "Observation"}},
        {"resource": {"resourceType": 7}, "request": {"method": "POST", "url": "x"}},
        entry(observation("alt"), ifNoneExist="code=1"),
    ]
    got = send(client, bundle(*right, *wrong, type="batch"))
    answers = [each["response"] for each in got.body["entry"]]
    assert (got.status, got.body["type"]) == (200, "batch-response")
    assert [each["status"][:3] for each in answers] == [
        "200", "201", "201", "422", "422", "422", "422", "422", "400", "422",
    ]  # fmt: skip
    for place, each in enumerate(answers[3:], 3):
        (issue,) = each["outcome"]["issue"]
        assert issue["expression"][0].startswith(f"Bundle.entry[{place}]")
    assert labs.current(mara) == {"platelets": "212"}
    assert counted() == (9, 2)
    back = read(client, answers[1]["location"])
    assert back.body["subject"] == to("urn:uuid:p")


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (bundle(type="collection"), "Bundle.type"),
        (bundle(type="odd"), "Bundle.type"),
        (bundle(*[entry({"resourceType": "Patient"})] * 1001), "Bundle.entry"),
        (bundle(entry(observation(component=[{"code": {}}] * 5001))), ""),
        (bundle(entry(observation(contained=[{}]))), "Bundle.entry[0].resource.contained[0]"),
        (
            bundle(entry(observation(contained=[observation(contained=[observation()])]))),
            "Bundle.entry[0].resource.contained[0].contained",
        ),
    ],
)
def test_bundles_that_are_not_taken(mara: Patient, client: Client, sent: Json, place: str) -> None:
    got = send(client, sent)
    assert got.status in (400, 422) and got.places[0].startswith(place)
    assert counted() == (1, 0)


def test_an_empty_bundle_is_answered(mara: Patient, client: Client) -> None:
    for kind in ("transaction", "batch"):
        got = send(client, bundle(type=kind))
        assert (got.status, got.body) == (
            200, {"resourceType": "Bundle", "type": f"{kind}-response"},
        )  # fmt: skip
    assert counted() == (0, 0)


def test_a_correction_finds_what_it_corrects_however_it_came(mara: Patient, client: Client) -> None:
    """In a report first, alone afterwards, taken back at last."""
    name = {"identifier": [{"system": "urn:lab", "value": "O-9"}]}
    assert send(client, report(to("#o"), contained=[observation(id="o", **name)])).status == 201
    assert labs.current(mara) == {"platelets": "212"}
    assert send(client, observation(value=21, status="corrected", **name)).status == 201
    assert labs.current(mara) == {"platelets": "21"}
    # What comes late says nothing new.
    send(client, bundle(entry(observation(value=212, note=[{"text": "late"}], **name))))
    assert labs.current(mara) == {"platelets": "21"}
    # One without a name may be about it: until somebody has looked, it counts for nothing.
    send(client, observation(value=9, status="corrected"))
    nameless = LabItemRow.objects.get(outcome="quarantined")
    assert nameless.reason == "report-number-missing" and labs.current(mara) == {}
    reject_item(nameless, "Another's.", earlier_stands=True, by=labs.LISTENER, at=labs.AT)
    assert labs.current(mara) == {"platelets": "21"}
    assert send(client, observation(value=None, status="entered-in-error", **name)).status == 201
    assert labs.current(mara) == {}
    counted()


def test_a_result_taken_back_under_another_of_its_names_counts_no_longer(
    mara: Patient, client: Client
) -> None:
    old, new = {"system": "urn:lab", "value": "O-9"}, {"system": "urn:other", "value": "77"}
    assert send(client, observation(identifier=[old])).status == 201
    taken_back = observation(value=None, status="entered-in-error", identifier=[new, old])
    assert send(client, taken_back).status == 201
    assert labs.current(mara) == {}
    assert LabItemRow.objects.get(outcome="quarantined").reason == "which-is-meant"
    counted()


@pytest.mark.parametrize("issued", [{}, {"issued": "2025-06-02T09:00:00Z"}])
def test_a_value_after_one_that_was_taken_back_is_not_dropped(
    mara: Patient, client: Client, issued: Json
) -> None:
    name = {"identifier": [{"system": "urn:lab", "value": "O-9"}], **issued}
    for said in ({}, {"status": "entered-in-error"}, {"value": 40, "status": "corrected"}):
        assert send(client, observation(**said, **name)).status == 201
    assert labs.current(mara) == {}
    assert LabItemRow.objects.get(outcome="quarantined").reason == "order-unknown"


def test_a_result_that_is_said_to_be_absent_counts_no_longer(mara: Patient, client: Client) -> None:
    name = {"identifier": [{"system": "urn:lab", "value": "O-9"}]}
    assert send(client, observation(**name)).status == 201
    absent = {"dataAbsentReason": {"text": "Specimen clotted"}}
    assert send(client, observation(value=None, **absent, **name)).status == 201
    assert labs.current(mara) == {}
    assert LabItemRow.objects.get(outcome="quarantined").reason == "no-value"


def test_what_is_there_already_is_not_created_again(mara: Patient, client: Client) -> None:
    name = {"identifier": [{"system": "urn:lab", "value": "O-1"}]}
    condition = {"if_none_exist": "identifier=urn:lab|O-1"}
    first = send(client, observation(**name), **condition)
    assert first.status == 201
    again = send(client, observation(value=5, **name), **condition)
    assert (again.status, again.id, labs.current(mara)) == (200, first.id, {"platelets": "212"})
    # In a bundle as well; what is asked of another kind, or by another sender, is not there.
    asked = {"ifNoneExist": "identifier=urn:lab|O-1"}
    both = bundle(
        entry(observation(value=5, **name), **asked),
        entry(report(**name), **asked),
        entry(observation("tsh", 2)),
    )
    got = send(client, both)
    answers = [each["response"] for each in got.body["entry"]]
    assert [each["status"][:3] for each in answers] == ["200", "201", "201"]
    assert answers[0]["location"] == f"Observation/{first.id}"
    assert send(client, observation(**name), key=OTHER, **condition).status == 201
    found = send(client, report(**name), **condition)
    assert (found.status, f"DiagnosticReport/{found.id}") == (200, answers[1]["location"])
    for odd in ("code=1", "identifier=1", "identifier=a|b&identifier=c|d", "?"):
        refused = send(client, observation(), if_none_exist=odd)
        assert (refused.status, refused.body["issue"][0]["code"]) == (422, "not-supported")
    assert labs.current(mara) == {"platelets": "212", "tsh": "2"}


def test_made_up_results_are_read_and_change_nothing(mara: Patient, client: Client) -> None:
    got = send(client, observation(meta={"tag": [{"code": "HTEST"}]}))
    assert (got.status, got.places) == (201, ["Observation"])
    assert "without HTEST" in got.body["issue"][0]["diagnostics"]
    assert labs.current(mara) == {}
    assert LabMessageRow.objects.get().rejected == 1


def test_as_much_comes_back_as_is_wanted(mara: Patient, client: Client) -> None:
    assert send(client, observation("tsh", 1), prefer="return=minimal").body is None
    got = send(client, observation("tsh", 2), prefer="handling=strict; return=representation")
    assert (got.body["resourceType"], got.body["id"]) == ("Observation", got.id)
    got = send(client, observation("tsh", 3), prefer="return=OperationOutcome")
    assert got.body["issue"][0]["severity"] == "information"


def test_the_statement_says_what_is_there_and_nothing_else(mara: Patient, client: Client) -> None:
    got = client.get(f"{BASE}/metadata")
    said = json.loads(got.content)
    (rest,) = said["rest"]
    assert (said["fhirVersion"], said["implementation"]["url"]) == (
        "4.0.1", "http://testserver/fhir/R4",
    )  # fmt: skip
    bodies = {"Observation": observation(), "DiagnosticReport": contained_report()}
    assert {each["type"] for each in rest["resource"]} == bodies.keys()
    for each in rest["resource"]:
        assert [one["code"] for one in each["interaction"]] == ["create", "read"]
        made = send(client, bodies[each["type"]])
        assert made.status == 201
        assert read(client, f"{each['type']}/{made.id}").status == 200
    for each in rest["interaction"]:
        assert send(client, bundle(entry(observation()), type=each["code"])).status == 200
    for method, address in (("put", "Observation"), ("get", "Observation"), ("get", "")):
        answered = getattr(client, method)(f"{BASE}/{address}".rstrip("/"))
        assert answered.status_code == 405 and answered.headers["Allow"] == "POST"
        assert json.loads(answered.content)["resourceType"] == "OperationOutcome"


def test_what_was_not_kept_is_to_be_sent_again(
    mara: Patient, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret")

    monkeypatch.setattr(web, "receive_all", away)
    got = send(client, observation())
    assert (got.status, got.headers["Retry-After"]) == (503, "60")
    monkeypatch.setattr(web.sent, "messages_under", away)
    asked = send(client, observation(), if_none_exist="identifier=urn:lab|1")
    assert asked.status == 503
    monkeypatch.setattr(web, "receive_all", broken)
    got = send(client, observation())
    assert (got.status, "secret" in str(got.body)) == (500, False)


def test_what_cannot_be_read_for_a_reason_nobody_foresaw_is_kept(
    mara: Patient, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("etasu.interfaces.fhir.delivery.translate", broken)
    for sent in (observation(), bundle(entry(observation()), type="batch")):
        got = send(client, sent)
        outcome = got.body.get("entry", [{"response": {"outcome": got.body}}])[0]
        said = outcome["response"]["outcome"]["issue"][0]["diagnostics"]
        assert said == "It could not be read: call support; it was kept as it came."
    assert counted() == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_over_a_real_line(mara: Patient, live_server: Any) -> None:
    """Everything right goes in over a socket; a line that breaks leaves nothing behind."""
    place = urlsplit(live_server.url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": KIND}
    for posted in RIGHT:
        line.request("POST", f"{BASE}/{posted.kind}".rstrip("/"), posted.raw, headers)
        got = line.getresponse()
        said = json.loads(got.read())
        assert got.status in (200, 201), said
    sent = {posted.raw: results_in(posted.body) for posted in RIGHT}
    assert counted()[1] == sum(sent.values())
    before = counted()
    line.putrequest("POST", f"{BASE}/Observation")
    for name, value in {**headers, "Content-Length": "900"}.items():
        line.putheader(name, value)
    line.endheaders(RIGHT[0].raw[:100])
    line.close()
    line.request("GET", f"{BASE}/metadata")
    assert line.getresponse().status == 200
    line.close()
    assert counted() == before
