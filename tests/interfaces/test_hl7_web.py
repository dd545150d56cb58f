"""Messages over HTTP, from bytes to rows: what is answered is what was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client

from etasu.interfaces.hl7v2 import web
from etasu.interfaces.hl7v2.parser import LARGEST_MESSAGE
from etasu.programs import library
from etasu.registry.accounts.models import ApiKey, User
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.lab_models import LabSender
from etasu.registry.monitoring.lab_rows import LabMessageRow
from etasu.registry.participants import actions as participants
from etasu.registry.patients.models import Patient
from tests.factories.own_programs import library_of
from tests.registry import labs

pytestmark = pytest.mark.django_db
KEY = "a-laboratory's-key"
KIND = "application/hl7-v2"
COUNT = (
    r"MSH|^~\&|LAB|RIVERSIDE|REMS|P|20250602150000-0500||ORU^R01|{number}|P|2.5.1" "\r"
    "PID|1||{mrn}^^^RIVER^MR||Vale^Mara||19900601|F\r"
    "OBR|1||F-{number}|58410-2^CBC^LN|||202506010800-0500||||||||||||||||||F\r"
    "OBX|1|NM|777-3^Platelets^LN||212|K/uL|150-400||||F\r"
    "OBX|2|NM|6690-2^WBC^LN||6.1|K/uL|4.0-11.0||||F\r"
)  # fmt: skip


def count(number: str = "1", mrn: str = labs.MRN) -> str:
    return COUNT.format(number=number, mrn=mrn)


@pytest.fixture(scope="module")
def loaded() -> library.ProgramLibrary:
    """The program whose tests are sent, read once."""
    return library_of(labs.PROGRAM)


@pytest.fixture
def program(loaded: library.ProgramLibrary) -> Iterator[None]:
    """The library holds that program alone."""
    before = library.current()
    library.use(loaded)
    yield
    library.use(before)


@pytest.fixture
def mara(program: None) -> Patient:
    """A patient and a laboratory that is registered by its API key."""
    mara = labs.patient()
    user = User.objects.create_user("lab@example.org", full_name="Riverside", is_system=True)
    participants.add_member(
        user, mara.prescriber, "integrator", program=labs.PROGRAM, by=labs.LISTENER, at=labs.AT
    )
    digest = hashlib.sha256(KEY.encode()).digest()
    ApiKey.objects.create(user=user, name="k", key_hash=digest, created_at=labs.AT, created_by="a")
    connected = labs.connect("Riverside over HTTP")
    LabSender.objects.create(
        connection=connected, name=f"key:{user.number}", added_at=labs.AT, added_by="a"
    )
    return mara


def send(client: Client, body: str | bytes, **headers: str) -> tuple[int, str]:
    """Post it; the status, and the answer's body."""
    given = {"authorization": f"Bearer {KEY}", **headers}
    kind = given.pop("kind", KIND)
    got = client.post("/api/v1/hl7", data=body, content_type=kind, headers=given)
    assert got.headers["Cache-Control"] == "no-store"
    return got.status_code, got.content.decode()


def test_a_blood_count_becomes_results(mara: Patient, client: Client) -> None:
    status, said = send(client, count())
    assert status == 200
    assert "MSA|AA|1\r" in said and "ERR" not in said
    assert labs.current(mara)["platelets"] == "212"
    (row,) = LabMessageRow.objects.all()
    assert bytes(row.raw) == count().encode()
    assert (row.items, row.stored, row.answer) == (2, 2, "AA")
    # Who sent it is in the trail.
    entry = AuditEntry.objects.get(verb="results.received")
    assert (entry.actor, entry.role) == (User.objects.get().number, "integrator")
    # The same again changes nothing and is answered with yes; another under its number is not.
    assert send(client, count())[0] == 200
    assert LabMessageRow.objects.count() == 1
    status, said = send(client, count().replace("|212|", "|21|"))
    assert (status, "MSA|AE|1\r" in said, "205^Duplicate" in said) == (422, True, True)
    assert labs.current(mara)["platelets"] == "212"


def test_an_unknown_patient_looks_like_a_known_one(mara: Patient, client: Client) -> None:
    known, unknown = send(client, count("1")), send(client, count("2", mrn="NOBODY"))
    assert [known[0], unknown[0]] == [200, 200]
    without = [said.split("\r")[1:] for _, said in (known, unknown)]
    assert [without[0][0][:-1], *without[0][1:]] == [without[1][0][:-1], *without[1][1:]]
    assert LabMessageRow.objects.get(control_id="2").quarantined == 2


def test_a_batch_and_what_cannot_be_read(mara: Patient, client: Client) -> None:
    adt = count("3").replace("ORU^R01", "ADT^A01")
    status, said = send(client, "BHS|^~\\&|\r" + count("1") + adt + "BTS|2\r")
    assert status == 422
    assert [line for line in said.split("\r") if line[:3] == "MSA"] == ["MSA|AA|1", "MSA|AR|3"]
    assert said.startswith("BHS|") and said.endswith("BTS|2\r")
    assert send(client, b"\xff\x00nonsense")[0] == 422
    assert LabMessageRow.objects.count() == 3
    latin = count("4").replace("Vale^Mara", "Vale^Márá").replace("2.5.1", "2.5.1||||||8859/1")
    got = client.post(
        "/api/v1/hl7", latin.encode("latin-1"), KIND, headers={"authorization": f"Bearer {KEY}"}
    )
    assert "MSA|AA|4" in got.content.decode("latin-1")


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {"authorization": ""}),
        (401, {"authorization": "Bearer wrong"}),
        (401, {"authorization": "Basic abc"}),
        (415, {"kind": "application/json"}),
        (415, {"content-encoding": "gzip"}),
        (411, {"content-length": ""}),
        (413, {"content-length": str(LARGEST_MESSAGE + 1)}),
        (413, {"content-length": "9" * 5000}),
    ],
)
def test_calls_whose_body_is_not_read(
    mara: Patient, client: Client, status: int, headers: dict[str, str]
) -> None:
    got, said = send(client, count(), **headers)
    assert got == status
    assert f'"status": {status}' in said and '"request_id"' in said
    assert LabMessageRow.objects.count() == 0


def test_only_post_and_only_who_acts_for_somebody(mara: Patient, client: Client) -> None:
    got = client.get("/api/v1/hl7")
    assert (got.status_code, got.headers["Allow"]) == (405, "POST")
    ApiKey.objects.update(revoked_at=labs.AT, revoked_by="a")
    assert send(client, count())[0] == 401


def test_what_was_not_kept_is_to_be_sent_again(
    mara: Patient, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("etasu.interfaces.hl7v2.handing_in.connection.close", lambda: None)
    monkeypatch.setattr(web, "receive_all", away)
    status, said = send(client, count())
    assert (status, "MSA|AR|1" in said, "Send it again" in said) == (503, True, True)
