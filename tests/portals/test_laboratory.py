"""The laboratory console: what waits, how it goes on, and what nobody may do with it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from etasu.clock.laboratories import tell_of_held
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.connection_health import health_of_connections
from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection, LabSender
from etasu.registry.monitoring.lab_rows import ItemResolution, LabItemRow, LabMessageRow
from etasu.registry.monitoring.models import Reconciliation, Result, Retaking
from etasu.registry.monitoring.quarantine import results_to_review, waiting
from etasu.registry.notices.models import Notice
from etasu.registry.patients.identifiers import add_identifier
from tests.portals.laboratory_world import (
    CULTURE,
    PLATELETS,
    SENDER,
    TSH,
    Laboratory,
    build_laboratory,
)
from tests.portals.world import PROGRAM, Cast

SignIn = Callable[[str], Client]
LOCAL = "PLT^Platelet ct^L"


@pytest.fixture
def lab(cast: Cast) -> Laboratory:
    """Riverside's laboratory."""
    return build_laboratory(cast)


@pytest.fixture
def lena(lab: Laboratory, signed_in: SignIn) -> Client:
    """The laboratory analyst's browser."""
    return signed_in("lena")


def text(client: Client, address: str) -> str:
    """What a page says, on one line."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(html.unescape(answer.content.decode()).split())


def confirm(client: Client, address: str, sent: dict[str, Any]) -> tuple[str, str]:
    """Send a form, read what would follow, and confirm it; what was shown, and what came of it."""
    shown = client.post(address, sent)
    said = " ".join(html.unescape(shown.content.decode()).split())
    assert "What follows" in said, said[:3000]
    done = client.post(address, {**sent, "step": "do"}, follow=True)
    assert done.status_code == 200
    return said, " ".join(html.unescape(done.content.decode()).split())


def links(page: str, beginning: str) -> list[str]:
    """Where a page leads, for addresses that begin so."""
    return [html.unescape(each) for each in re.findall(rf'href="({beginning}[^"]*)"', page)]


def as_shown(client: Client, address: str) -> dict[str, str]:
    """Which results a page shows, as its forms say it."""
    return {"shown": re.findall(r'name="shown" value="([^"]*)"', text(client, address))[0]}


def values() -> list[str]:
    """The values that stand, without panels and what was there before."""
    rows = Result.objects.filter(replaced_at__isnull=True, report__isnull=False)
    return sorted(row.value or "" for row in rows.exclude(channel="derived"))


def test_a_code_is_explained_once_and_everything_of_it_goes_on(
    lab: Laboratory, lena: Client
) -> None:
    lab.send(
        lab.message(f"{LOCAL}|250|K/uL"),
        lab.message(f"{LOCAL}|251|", control="M2", order="F2"),
        lab.message(f"{LOCAL}|252|K/uL", control="M3", order="F3", pid="MRN-9^^^RIVER^MR"),
    )
    home = text(lena, "/laboratory/")
    assert "Say what the code means" in home and ">3<" in home.replace(" ", "")
    (address,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/codes/one/")
    page = text(lena, address)
    assert "777-3" in page and "3 items wait in all" in page
    sent = {"test": "platelets", "unit": "10*3/uL", "scope": "this", "said": "The lab says so"}
    assert "can be read in that unit" in lena.post(address, {**sent, "unit": "mm"}).content.decode()
    shown, done = confirm(lena, address, sent)
    assert "2 items will be taken in." in shown
    assert "1 item will go on waiting: No patient on record" in shown
    assert "what waited for it went on" in done
    # Nothing was kept by looking at the effect, and a second click changes nothing.
    assert CodeMapping.objects.count() == 1 and values() == ["250", "251"]
    lena.post(address, {**sent, "step": "do"})
    assert CodeMapping.objects.count() == 1
    # What waited for its code now waits for its patient, and somebody is asked who that is.
    assert Reconciliation.objects.get().trouble == "patient-unknown"
    assert "Codes nobody has explained" in text(lena, "/laboratory/waiting/")
    assert not links(text(lena, "/laboratory/waiting/"), "/laboratory/codes/one/")
    lab.send(lab.message(f"{LOCAL}|253|", control="M4", order="F4"))
    assert Result.objects.get(value="253").unit == "10*3/uL"


def test_whom_a_report_is_about_is_chosen_side_by_side_and_never_by_a_name(
    lab: Laboratory, lena: Client, cast: Cast
) -> None:
    cast.noor.full_name = "Mara Lindqvist"
    cast.noor.birth_date = cast.today
    cast.noor.save()
    lab.send(lab.message(f"{TSH}|2.1|m[IU]/L", pid="MRN-7^^^RIVER^MR"))
    (address,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/waiting/reports/")
    page = text(lena, address)
    assert "the birth date, the name" in page and "the name: not enough to choose" in page
    assert f'value="{cast.mara.number}"' in page and f'value="{cast.noor.number}"' not in page
    nobody = lena.post(address, {"patient": "", "number": "", "reason": "It is her."})
    assert "Choose a patient, or enter a number" in nobody.content.decode()
    other = lena.post(address, {"patient": "", "number": "7QK2M-X0B4T-N", "reason": "r"})
    assert "No patient of this program has this number" in other.content.decode()
    sent = {"patient": cast.mara.number, "reason": "The clinic says so.", "remember": "on"}
    shown, done = confirm(lena, address, sent)
    assert "1 item will be taken in." in shown and cast.mara.number in shown
    assert "The clinic says so." in done and values() == ["2.1"]
    lab.send(lab.message(f"{TSH}|2.2|m[IU]/L", control="M2", order="F2", pid="MRN-7^^^RIVER^MR"))
    assert values() == ["2.1", "2.2"]


def test_every_report_of_a_patient_as_sent_is_answered_at_once(
    lab: Laboratory, lena: Client, cast: Cast
) -> None:
    pid = "MRN-7^^^RIVER^MR"
    for number in range(3):
        control, order = f"M{number}", f"F{number}"
        lab.send(lab.message(f"{TSH}|2.{number}|m[IU]/L", pid=pid, control=control, order=order))
    waits = text(lena, "/laboratory/waiting/")
    (address,) = links(waits, "/laboratory/waiting/reports/")
    assert ">3<" in waits.replace(" ", "")
    page = text(lena, address)
    assert "3 reports" in page and all(f"2.{number} m[IU]/L" in page for number in range(3))
    sent = {"patient": cast.mara.number, "reason": "The clinic says so."}
    shown, done = confirm(lena, address, sent)
    assert "3 items will be taken in." in shown and "3 reports" in done
    assert values() == ["2.0", "2.1", "2.2"] and "Nothing waits." in text(lena, "/laboratory/")


@pytest.mark.parametrize("is_right", [True, False])
def test_what_a_correction_nobody_can_read_takes_away_is_shown_and_settled(
    lab: Laboratory, lena: Client, is_right: bool
) -> None:
    lab.send(lab.message(f"{PLATELETS}|250|K/uL"))
    lab.send(lab.message(f"{PLATELETS}|see note|K/uL|C", control="M2"))
    assert values() == []
    waits = text(lena, "/laboratory/waiting/")
    assert "A result counts no longer until somebody has looked." in waits
    (address,) = links(waits, "/laboratory/messages/[^/]+/items/")
    page = text(lena, address)
    assert "Said before, and counts no longer" in page and "250 10*3/uL" in page
    sent = {"what": "refuse", "refuse-reason": "It says nothing new."}
    if is_right:
        sent["refuse-before_was_right"] = "on"
    shown, _done = confirm(lena, address, sent)
    assert ("What was said before counts again." in shown) is is_right
    assert values() == (["250"] if is_right else [])


def test_what_a_wrong_meaning_brought_in_is_judged_again(lab: Laboratory, lena: Client) -> None:
    address = f"/laboratory/codes/one/?sender={lab.connection.number}&system=L&code=PLT"
    confirm(lena, address, {"test": "leukocytes", "unit": "", "scope": "this"})
    for number, value in enumerate((250, 251)):
        control, order = f"M{number}", f"F{number}"
        lab.send(lab.message(f"{LOCAL}|{value}|K/uL", control=control, order=order))
    shown, _done = confirm(lena, address, {"test": "platelets", "unit": "", "scope": "this"})
    assert "2 items on record will be taken in anew." in shown
    assert "Nothing waits for it" not in shown
    standing = Result.objects.filter(replaced_at__isnull=True, report__isnull=False)
    assert set(standing.values_list("test", flat=True)) == {"platelets"}
    assert values() == ["250", "251"]
    Retaking.objects.update(done_at=None, done_by=None)
    assert "what is on record is still judged again" in text(lena, "/laboratory/codes/")


def test_whoever_looks_at_what_was_sent_is_in_the_trail(
    lab: Laboratory, lena: Client, cast: Cast
) -> None:
    lab.send(
        lab.message(f"{TSH}|2.1|m[IU]/L"),
        lab.message(f"{TSH}|2.2|m[IU]/L", control="M2", order="F2", pid="MRN-7^^^RIVER^MR"),
    )
    known, unknown = LabMessageRow.objects.order_by("pk")
    item = LabItemRow.objects.get(value="2.1")
    looked = AuditEntry.objects.filter(verb="lab_message.looked_at").order_by("pk")
    text(lena, "/laboratory/messages/")
    text(lena, "/laboratory/waiting/")
    assert not looked.exists()
    text(lena, f"/laboratory/messages/{known.number}/")
    text(lena, f"/laboratory/messages/{known.number}/items/{item.pk}/")
    text(lena, f"/laboratory/waiting/reports/{Reconciliation.objects.get().number}/")
    lena.get("/laboratory/messages/7QK2M-X0B4T-N/")
    first, second, third = looked
    assert {each.role for each in looked} == {"lab_analyst"}
    assert (first.subject, first.detail) == (cast.mara.number, {"message": known.number})
    assert second.subject == cast.mara.number and second.detail["item"] == "OBX^1"
    assert (third.subject_kind, third.subject) == ("lab_message", unknown.number)


def test_a_report_about_nobody_here_is_refused_with_a_reason(lab: Laboratory, lena: Client) -> None:
    lab.send(lab.message(f"{TSH}|2.1|m[IU]/L", pid="MRN-7^^^RIVER^MR"))
    task = Reconciliation.objects.get()
    address = f"/laboratory/waiting/reports/{task.number}/"
    assert "Say why" in lena.post(address, {"what": "refuse"}).content.decode()
    sent = {"what": "refuse", "refuse-reason": "Not a patient of ours."}
    shown, done = confirm(lena, address, sent)
    assert "1 item will be refused." in shown and "nobody here" in done
    assert ItemResolution.objects.get().said == "Not a patient of ours."
    assert lena.get("/laboratory/waiting/reports/7QK2M-X0B4T-N/").status_code == 404


def test_an_item_gets_what_it_lacks_or_is_refused(lab: Laboratory, lena: Client) -> None:
    lab.send(lab.message(f"{PLATELETS}|clumped|K/uL", f"{TSH}|see note|m[IU]/L"))
    first, second = waiting().order_by("pk")
    page = text(lena, "/laboratory/waiting/")
    address, other = links(page, "/laboratory/messages/[^/]+/items/")
    assert address.endswith(f"/items/{first.pk}/") and other.endswith(f"/items/{second.pk}/")
    assert "neither a number nor a word" in text(lena, address)
    assert "Enter what is missing" in lena.post(address, {}).content.decode()
    shown, done = confirm(lena, address, {"value": "90", "unit": "K/uL"})
    assert "1 item will be taken in." in shown and values() == ["90"]
    shown, done = confirm(lena, other, {"what": "refuse", "refuse-reason": "No value."})
    assert "will be refused." in shown and "Somebody looked at it and rejected it" in done
    assert not waiting().exists() and "Nothing waits." in text(lena, "/laboratory/")
    # Settled is settled: the form leads back to what came of it.
    assert lena.post(other, {"value": "1"}).status_code == 302
    assert (
        lena.get(f"/laboratory/messages/{LabMessageRow.objects.get().number}/items/1/").status_code
        == 404
    )


def test_results_in_an_unknown_unit_are_read_together_in_the_unit_somebody_says(
    lab: Laboratory, lena: Client
) -> None:
    lab.send(
        lab.message(f"{PLATELETS}|250|barrels"),
        lab.message(f"{PLATELETS}|90|barrels", control="M2", order="F2"),
        lab.message(f"{PLATELETS}|3500|K/uL", control="M3", order="F3"),
    )
    page = text(lena, "/laboratory/waiting/")
    unit, size = sorted(
        links(page, "/laboratory/waiting/results/"), key=lambda at: "barrels" not in at
    )
    assert "250 barrels" in text(lena, unit) and "Say the unit" not in text(lena, size)
    assert "can be read in that unit" in lena.post(unit, {"unit": "m"}).content.decode()
    shown, _done = confirm(lena, unit, {**as_shown(lena, unit), "unit": "10*3/uL"})
    assert "2 results are read as 10*3/uL" in shown
    found = Result.objects.filter(test="platelets", unit="10*3/uL", replaced_at__isnull=True)
    assert sorted(each.value or "" for each in found if each.report_id) == ["250", "3500", "90"]
    shown, _done = confirm(lena, size, {**as_shown(lena, size), "what": "as sent"})
    assert "1 result stays as it was sent" in shown
    lab.send(lab.message(f"{TSH}|2.1|barrels", control="M4", order="F4"))
    (odd,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/waiting/results/")
    assert "Say why" in lena.post(odd, {"what": "refuse"}).content.decode()
    before = AuditEntry.objects.count()
    refusal = {"what": "refuse", "refuse-reason": "It is no unit at all."}
    shown, _done = confirm(lena, odd, {**as_shown(lena, odd), **refusal})
    assert "1 result counts no more. What it met is open again." in shown
    assert AuditEntry.objects.count() == before + 1
    assert not Result.objects.filter(test="tsh", replaced_at__isnull=True, value="2.1").exists()
    assert ItemResolution.objects.latest("pk").said == "It is no unit at all."
    page = text(lena, f"/laboratory/messages/{LabMessageRow.objects.latest('pk').number}/")
    assert "Refused. Somebody looked at it and rejected it." in page
    assert lena.get(size).status_code == 404 and lena.post(size).status_code == 302


@pytest.mark.parametrize(
    "said",
    [
        {"unit": "10*3/uL"},
        {"what": "refuse", "refuse-reason": "It is no unit at all."},
        {"what": "as sent"},
    ],
)
def test_what_is_said_about_results_is_said_of_those_that_were_shown(
    lab: Laboratory, lena: Client, said: dict[str, str]
) -> None:
    """What comes while somebody reads the page, or what would follow, waits on."""
    lab.send(lab.message(f"{PLATELETS}|250|barrels"))
    (address,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/waiting/results/")
    sent = {**as_shown(lena, address), **said}
    lab.send(lab.message(f"{PLATELETS}|90|barrels", control="M2", order="F2"))
    assert "1 result" in " ".join(lena.post(address, sent).content.decode().split())
    lab.send(lab.message(f"{PLATELETS}|80|barrels", control="M3", order="F3"))
    assert lena.post(address, {**sent, "step": "do"}).status_code == 302
    in_review = results_to_review(PROGRAM).filter(reported_unit="barrels")
    assert sorted(each.value or "" for each in in_review) == ["80", "90"]
    page = text(lena, address)
    assert "90 barrels" in page and "250 barrels" not in page
    # Nobody decides about nothing: the page leads back to what waits.
    assert "Somebody did this already" in str(lena.post(address, sent, follow=True).content)


def test_a_message_says_what_became_of_everything_in_it(lab: Laboratory, lena: Client) -> None:
    lab.send(
        lab.message(f"{PLATELETS}|250|K/uL", f"{CULTURE}|no growth|", f"{TSH}|**.*|m[IU]/L"),
        lab.message(f"{PLATELETS}|80|K/uL|C", control="M2", later="1"),
        b"MSH|^~\\&|LAB|RIVERSIDE|||20260501||ADT^A01|M3|P|2.5.1\r",
    )
    numbers = dict(LabMessageRow.objects.values_list("control_id", "number"))
    first, second = numbers["M1"], numbers["M2"]
    third = LabMessageRow.objects.exclude(answer="AA").get().number
    page = text(lena, f"/laboratory/messages/{first}/")
    assert "Kept, and replaced since." in page and second in page
    assert "neither a number nor a word" in page or "Waits" in page
    assert "PID-3 Patient identifiers" in page and "MSA|AA|M1" in page
    assert "OBX-3 What was measured" in page
    refused = text(lena, f"/laboratory/messages/{third}/")
    assert "Not accepted" in refused and "MSA|AR|M3" in refused
    again = lena.post(f"/laboratory/messages/{third}/again/", {"form_token": "t"}, follow=True)
    assert "taken through again" in again.content.decode()
    assert LabMessageRow.objects.count() == 4
    lena.post(f"/laboratory/messages/{third}/again/", {"form_token": "t"})
    assert LabMessageRow.objects.count() == 4
    assert lena.post(f"/laboratory/messages/{second}/again/").status_code == 404


def test_a_message_is_found_by_what_stands_in_no_address(lab: Laboratory, lena: Client) -> None:
    lab.send(lab.message(f"{PLATELETS}|250|K/uL"), lab.message(f"{LOCAL}|1|", control="M2"))
    lab.send(lab.message(f"{TSH}|2|", control="M3", sender="NEW|EAST"))
    first, second, third = (each.number for each in LabMessageRow.objects.order_by("pk"))

    def found(**asked: str) -> set[str]:
        page = lena.post("/laboratory/messages/", asked).content.decode()
        return {each for each in (first, second, third) if f"/messages/{each}/" in page}

    assert found() == {first, second, third}
    assert found(words="M2") == found(words=second.lower()) == {second}
    assert found(fate="held") == {second, third} and found(fate="kept") == {first}
    assert found(fate="refused") == found(day="2020-01-01") == set()
    assert found(connection="unregistered") == {third}
    assert found(connection=lab.connection.number) == {first, second}
    assert found(before=second) == {first}
    assert (
        "Enter a day that exists"
        in lena.post("/laboratory/messages/", {"day": "x"}).content.decode()
    )


AGREED = {
    "authorities": "EAST = east",
    "time_zone": "America/Chicago",
    "character_set": "utf-8",
}


def connect(lena: Client) -> LabConnection:
    """A second laboratory, registered on the page; a double click registers it once."""
    sent = {**AGREED, "name": "East Laboratory", "wire": "hl7v2", "form_token": "t"}
    for _ in range(2):
        assert lena.post("/laboratory/connections/new/", sent).status_code == 302
    return LabConnection.objects.get(name="East Laboratory")


def test_a_laboratory_is_connected_changed_and_ended(lab: Laboratory, lena: Client) -> None:
    made = connect(lena)
    assert made.authorities == {"etasu": "program", "EAST": "east"}
    new = "/laboratory/connections/new/"
    wrong = {**AGREED, "name": "East Laboratory", "wire": "hl7v2", "form_token": "u"}
    assert "Another connection has this name" in lena.post(new, wrong).content.decode()
    wrong["authorities"] = "EAST"
    assert "Line 1: write it as" in lena.post(new, wrong).content.decode()
    address = f"/laboratory/connections/{made.number}/"
    assert "Until there is one" in text(lena, address)
    taken = lena.post(address, {"kind": "", "name": SENDER})
    assert "This name is registered already" in taken.content.decode()
    confirm(lena, address, {"kind": "tls:", "name": "CN=east"})
    lena.post(address, {**AGREED, "character_set": "windows-1252"})
    made.refresh_from_db()
    assert made.character_set == "windows-1252"
    name = LabSender.objects.get(connection=made, name="tls:CN=east")
    lena.post(f"{address}names/{name.pk}/")
    lena.post(f"{address}end/")
    name.refresh_from_db()
    made.refresh_from_db()
    assert name.ended_by and made.closed_by
    assert "Ended" in text(lena, address) and lena.post(address, AGREED).status_code == 404
    for gone in (f"{address}names/{name.pk}/", f"{address}end/"):
        assert lena.get(gone).status_code == 404
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"lab_connection.changed", "lab_connection.closed", "lab_sender.ended"} <= verbs


def test_what_came_before_its_sender_was_registered_can_be_taken_in_to_the_end(
    lab: Laboratory, lena: Client, cast: Cast
) -> None:
    lab.send(
        lab.message(f"{TSH}|2|m[IU]/L", sender="NEW|EAST", pid="E-1^^^EAST^MR"),
        lab.message(
            f"{LOCAL}|250|K/uL", control="M2", order="F2", sender="NEW|EAST", pid="P-1^^^EAST^MR"
        ),
    )
    assert "NEW|EAST" in text(lena, "/laboratory/connections/")
    add_identifier(cast.mara, "east", "P-1", by=PLATFORM, at=cast.at)
    made = connect(lena)
    address = f"/laboratory/connections/{made.number}/"
    shown, _done = confirm(lena, address, {"kind": "", "name": "NEW|EAST"})
    assert "1 item will go on waiting: No patient on record" in shown
    assert "1 item will go on waiting: Nobody has said yet what the code means." in shown
    assert "Senders nobody has registered" not in text(lena, "/laboratory/connections/")
    (code,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/codes/one/")
    shown, _done = confirm(lena, code, {"test": "platelets", "scope": "every"})
    assert "1 item will be taken in." in shown and values() == ["250"]
    (task,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/waiting/reports/")
    assert "NEW|EAST" in text(lena, task)


def test_the_table_of_codes_keeps_what_they_meant(lab: Laboratory, lena: Client) -> None:
    where = {"sender": lab.connection.number, "system": "L", "code": "TSH3"}
    address = lena.post("/laboratory/codes/", where).headers["Location"]
    assert "Its words fit no test" not in text(lena, address)
    confirm(lena, address, {"test": "platelets", "scope": "this"})
    confirm(lena, address, {"test": "tsh", "scope": "this"})
    every = lena.post("/laboratory/codes/", {"sender": "", "system": "LN", "code": "1-8"})
    confirm(lena, every.headers["Location"], {"test": "nothing that counts", "scope": "every"})
    assert (
        text(lena, "/laboratory/codes/").count("TSH3")
        == text(lena, "/laboratory/codes/?show=all").count("TSH3") - 2
    )
    rows = lena.get("/laboratory/codes/?file=csv").getvalue().decode().splitlines()
    assert len(rows) == 4 and rows[3].startswith("LN,1-8,") and "Lena Example" in rows[1]
    assert lena.get("/laboratory/codes/?show=x").status_code == 404
    assert lena.get("/laboratory/codes/one/?system=L").status_code == 404


def test_trying_a_message_keeps_nothing(lab: Laboratory, lena: Client) -> None:
    pasted = lab.message(f"{PLATELETS}|80|K/uL", f"{LOCAL}|**|", control="T1").replace("\r", "\n")
    before = AuditEntry.objects.count()
    page = lena.post("/laboratory/try/", {"message": pasted}).content.decode()
    assert "MSA|AA|T1" in page and "Nobody has said yet what the code means" in page
    assert "Platelets" in page
    as_named = lena.post(
        "/laboratory/try/",
        {"message": pasted.replace("LAB|RIV", "X|Y"), "connection": lab.connection.number},
    )
    assert "Nobody has registered this sender" not in as_named.content.decode()
    broken = lena.post("/laboratory/try/", {"message": "hello"}).content.decode()
    assert "Begin the message with an MSH segment" in broken
    assert "Paste a message" in lena.post("/laboratory/try/", {}).content.decode()
    assert not LabMessageRow.objects.exists() and not LabItemRow.objects.exists()
    assert AuditEntry.objects.count() == before
    done = lena.post("/laboratory/checklist/").content.decode()
    assert "25 of 25 come out as they have to" in " ".join(done.split())
    assert not LabMessageRow.objects.exists() and LabConnection.objects.count() == 1


def test_a_connection_is_silent_against_its_own_rhythm(lab: Laboratory, cast: Cast) -> None:
    at = cast.at
    for number, week in enumerate((7, 14, 21)):
        row = {
            "connection": lab.connection, "sender": lab.connection.number, "wire": "hl7v2",
            "control_id": f"W{number}", "raw": b"x", "digest": b"x", "answer": "AA", "items": 0,
            "stored": 0, "quarantined": 0, "rejected": 0, "received_by": PLATFORM.number,
        }  # fmt: skip
        LabMessageRow.objects.create(received_at=at - timedelta(days=week, minutes=30), **row)

    def is_silent(later: timedelta) -> bool:
        (found,) = health_of_connections(PROGRAM, zone="UTC", on=cast.today, at=at + later)
        return found.is_silent

    LabMessageRow.objects.create(
        received_at=at - timedelta(hours=5), **{**row, "control_id": "now"}
    )
    # In each of three weeks something had come by now, and five hours have passed without it.
    assert is_silent(timedelta())
    # Six hours earlier nothing usually comes; a message that just came ends the silence.
    assert not is_silent(-timedelta(hours=4))
    LabMessageRow.objects.create(received_at=at, **{**row, "control_id": "later"})
    assert not is_silent(timedelta(minutes=20))


def test_the_day_of_a_connection_counts_all_its_messages(lab: Laboratory, cast: Cast) -> None:
    row = {
        "connection": lab.connection, "sender": lab.connection.number, "wire": "hl7v2",
        "raw": b"x", "digest": b"x", "answer": "AA", "received_by": PLATFORM.number,
        "received_at": cast.at,
    }  # fmt: skip
    for number, (stored, held, refused) in enumerate(((5, 0, 0), (3, 1, 1), (0, 0, 2))):
        counts = {"stored": stored, "quarantined": held, "rejected": refused}
        LabMessageRow.objects.create(
            control_id=f"D{number}", items=stored + held + refused, **counts, **row
        )
    (found,) = health_of_connections(PROGRAM, zone="UTC", on=cast.today, at=cast.at)
    assert found.today == (3, 8, 1, 3)


def test_only_whoever_looks_after_laboratories_gets_in(lab: Laboratory, signed_in: SignIn) -> None:
    lab.send(lab.message(f"{TSH}|2.1|m[IU]/L", pid="MRN-7^^^RIVER^MR"))
    number = LabMessageRow.objects.get().number
    for name, status in (("ada", 200), ("amara", 404), ("quinn", 404), ("ben", 404)):
        client = signed_in(name)
        for address in ("/laboratory/", f"/laboratory/messages/{number}/"):
            assert client.get(address).status_code == status, (name, address)
    assert "Waiting" in text(signed_in("ada"), "/laboratory/")


def test_a_result_that_stands_can_be_taken_back_with_a_reason(
    lab: Laboratory, lena: Client, cast: Cast
) -> None:
    lab.send(lab.message(f"{PLATELETS}|250|K/uL"))
    message = LabMessageRow.objects.get()
    (address,) = links(
        text(lena, f"/laboratory/messages/{message.number}/"), "/laboratory/messages/[^/]+/items/"
    )
    assert "Take this result back" in text(lena, address)
    without = lena.post(address, {"what": "take-back"})
    assert "Say why" in without.content.decode() and values() == ["250"]
    sent = {"what": "take-back", "take-back-reason": "It is her sister's."}
    shown, done = confirm(lena, address, sent)
    assert "1 result counts no more. What it met is open again." in shown
    assert values() == [] and "It is her sister's." in done
    assert "Take this result back" not in done
    told = AuditEntry.objects.get(verb="results.resolved", subject=cast.mara.number)
    assert told.detail["how"] == "refused"
    # Sent twice, it is done once.
    assert lena.post(address, {**sent, "step": "do"}).status_code == 302
    assert ItemResolution.objects.count() == 1
    # It was hers after all.
    assert "Take the refusal back" in text(lena, address)
    assert "Say why" in lena.post(address, {"what": "refusal"}).content.decode()
    again = {"what": "refusal", "refusal-reason": "She has no sister."}
    shown, done = confirm(lena, address, again)
    assert "1 item will be taken in." in shown and "Take this result back" in done
    assert values() == ["250"]
    told = AuditEntry.objects.get(verb="lab_item.refusal_taken_back")
    assert told.detail["reason"] == "She has no sister."
    lena.post(address, {**again, "step": "do"})
    assert values() == ["250"] and ItemResolution.objects.count() == 2


def test_a_refusal_taken_back_twice_where_it_waits_again_is_taken_back_once(
    lab: Laboratory, lena: Client, signed_in: SignIn
) -> None:
    lab.send(lab.message(f"{PLATELETS}|clumped|K/uL"))
    (address,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/messages/[^/]+/items/")
    confirm(lena, address, {"what": "refuse", "refuse-reason": "No value."})
    again = {"what": "refusal", "refusal-reason": "Legible."}
    for name in ("amara", "quinn", "ben"):
        assert signed_in(name).post(address, {**again, "step": "do"}).status_code in (403, 404)
    shown, done = confirm(lena, address, again)
    assert "1 item will go on waiting" in shown and "Enter what is missing" in done
    twice = lena.post(address, {**again, "step": "do"}, follow=True).content.decode()
    assert "Somebody did this already." in twice and ItemResolution.objects.count() == 2


def test_whom_a_report_is_about_can_be_decided_anew(
    lab: Laboratory, lena: Client, cast: Cast
) -> None:
    lab.send(lab.message(f"{TSH}|2.1|m[IU]/L", pid="MRN-7^^^RIVER^MR"))
    (address,) = links(text(lena, "/laboratory/waiting/"), "/laboratory/waiting/reports/")
    confirm(lena, address, {"patient": "", "number": cast.noor.number, "reason": "It is Noor."})
    assert Result.objects.get(value="2.1").patient == cast.noor
    message = LabMessageRow.objects.get()
    (item,) = links(
        text(lena, f"/laboratory/messages/{message.number}/"), "/laboratory/messages/[^/]+/items/"
    )
    assert links(text(lena, item), "/laboratory/waiting/reports/") == [address]
    assert "Say why" in lena.post(address, {"what": "take-back"}).content.decode()
    sent = {"what": "take-back", "take-back-reason": "It is Mara."}
    shown, done = confirm(lena, address, sent)
    assert "1 result counts no more." in shown and "1 item will go on waiting" in shown
    assert values() == [] and "Say who it is" in done
    # Sent again, it is done already.
    assert lena.post(address, {**sent, "step": "do"}).status_code == 200
    confirm(lena, address, {"patient": cast.mara.number, "reason": "It is Mara."})
    assert Result.objects.get(value="2.1", replaced_at__isnull=True).patient == cast.mara


def test_what_cannot_wait_comes_first_and_says_why(lab: Laboratory, lena: Client) -> None:
    lab.send(
        lab.message(f"{TSH}|2.1|m[IU]/L", pid="MRN-7^^^RIVER^MR", name="Quill^Ilse"),
        lab.message("XYZ^Some test^L|1|", control="M2", order="F2"),
        lab.message(f"{TSH}|see note|m[IU]/L", control="M3", order="F3"),
        lab.message(f"{PLATELETS}|3|K/uL", control="M4", order="F4", pid="MRN-8^^^RIVER^MR"),
        lab.message(f"{PLATELETS}|low|K/uL", control="M5", order="F5").replace(
            "|K/uL||", "|K/uL||LL"
        ),
    )
    home = text(lena, "/laboratory/")
    assert "Cannot wait" in home and "What it says crosses a limit" in home
    assert home.index("What it says crosses a limit") < home.index("Say what the code means")
    page = text(lena, "/laboratory/waiting/")
    who = page[page.index('id="who"') :]
    assert who.index("What it says crosses a limit, or may") < who.index("–")
    items = page[page.index("Items in which something") :]
    assert items.index("marked it as critical") < items.index("TSH")


def test_whoever_is_told_that_something_waits_is_led_to_it(lab: Laboratory, lena: Client) -> None:
    lab.send(lab.message(f"{PLATELETS}|3|K/uL", pid="MRN-8^^^RIVER^MR"))
    tell_of_held(lab.cast.at)
    notice = Notice.objects.get(event="results_held")
    page = text(lena, f"/messages/{notice.number}/")
    assert "What laboratories sent waits for you (1)" in page and "cannot wait: 1" in page
    assert 'href="/laboratory/"' in page and "platelets" not in page.lower()
