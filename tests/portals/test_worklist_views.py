"""The worklist narrowed, ordered, kept as a file and under a name; and the support nurse's own."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from etasu.portals.watching import views
from etasu.registry import reactions
from etasu.registry.accounts.access import DELEGATE, SUPPORT_NURSE
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.models import SavedView, Waiver
from etasu.registry.patients.facts import patients_seen
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import Given, give_consent
from etasu.registry.submissions.facts import consents_of
from tests.portals.test_access import body
from tests.portals.test_watching import flag, text, treat
from tests.portals.world import PROGRAM, Cast, actor, add_person, asker

SignIn = Callable[[str], Client]


def names(page: str) -> list[str]:
    """The patients of a list in its order."""
    found = re.findall(r'href="/watching/patients/[^"]+">([^<]+)</a>', page)
    return [each.strip() for each in found]


def sheet(client: Client, address: str) -> list[list[Any]]:
    """The rows of a workbook."""
    answer = client.get(address)
    assert answer["Content-Disposition"].endswith('.xlsx"')
    found: Any = load_workbook(io.BytesIO(answer.content)).active
    return [[cell.value for cell in row] for row in found.iter_rows()]


def busy(cast: Cast) -> None:
    """Noor is overdue, Otto longer, and Mara has a result."""
    for who in (cast.otto, cast.mara):
        who.results.update(replaced_at=cast.at, replaced_by=PLATFORM.number)
    treat(cast, cast.noor, 40)
    treat(cast, cast.otto, 75)
    flag(cast, cast.mara)


def test_a_support_nurse_begins_with_who_waits(cast: Cast, signed_in: SignIn) -> None:
    add_person(PROGRAM, "nell", "support_nurse", None, cast.at)
    assert signed_in("nell").get("/")["Location"] == "/support/"


def test_the_list_is_narrowed_and_ordered_by_its_address_alone(
    cast: Cast, signed_in: SignIn
) -> None:
    busy(cast)
    ada = signed_in("ada")
    assert names(text(ada, "/watching/")) == ["Mara Lindqvist", "Otto Brandt", "Noor Haddad"]
    by_name = text(ada, "/watching/?sort=name")
    assert names(by_name) == ["Mara Lindqvist", "Noor Haddad", "Otto Brandt"]
    assert "?show=overdue&amp;sort=name" in by_name
    oldest = names(text(ada, "/watching/?sort=due"))
    assert oldest == ["Otto Brandt", "Noor Haddad", "Mara Lindqvist"]
    assert names(text(ada, f"/watching/?prescriber={cast.beck.number}")) == ["Otto Brandt"]
    counted = text(ada, "/watching/?rule=monthly-cbc")
    # Mara's platelets are a part of the count that is asked for.
    assert names(counted) == ["Mara Lindqvist", "Otto Brandt", "Noor Haddad"]
    assert "All (3)" in counted
    narrowed = {
        rule: names(text(ada, f"/watching/?show=flagged&rule={rule}"))
        for rule in ("monthly-cbc", "quarterly-tsh")
    }
    assert narrowed == {"monthly-cbc": ["Mara Lindqvist"], "quarterly-tsh": []}
    assert ada.get("/watching/?sort=size").status_code == 404
    # A prescriber has nobody else's patients to choose from.
    amara = text(signed_in("amara"), "/watching/")
    assert 'name="prescriber"' not in amara and "Otto" not in amara


def test_a_view_goes_on_leading_to_the_list_when_what_it_chose_is_gone(
    cast: Cast, signed_in: SignIn
) -> None:
    busy(cast)
    ada, said = signed_in("ada"), "was set to something that is not there any more"
    for gone, label in (
        ("rule=none", "Only what is asked by"),
        ("prescriber=nobody", "patients of"),
    ):
        page = text(ada, f"/watching/?sort=due&{gone}")
        assert page.count(said) == 1 and label in page.split(said)[0].splitlines()[-1]
        assert names(page) == ["Otto Brandt", "Noor Haddad", "Mara Lindqvist"]
        # What is kept of it is what is shown, and no file holds more than was asked for.
        assert "?sort=due&amp;file=csv" in page
        assert said in text(ada, f"/watching/?sort=due&{gone}&file=csv")
    assert said not in text(ada, "/watching/?sort=due")


def test_a_file_of_a_part_of_the_list_says_so(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(cast)
    ada = signed_in("ada")
    assert "A file holds" not in text(ada, "/watching/?sort=due")
    monkeypatch.setattr(views, "MOST_ROWS", 2)
    assert "A file holds the first 2 patients" in text(ada, "/watching/?sort=due")
    rows = sheet(ada, "/watching/?sort=due&file=xlsx")
    said = "Only the first 2 of 3 patients are in this file."
    assert [row[0] for row in rows[1:]] == ["Otto Brandt", "Noor Haddad", said]
    assert said in body(ada.get("/watching/?sort=due&file=csv"))  # type: ignore[arg-type]


def test_the_files_hold_what_the_list_shows(cast: Cast, signed_in: SignIn) -> None:
    busy(cast)
    Patient.objects.filter(pk=cast.noor.pk).update(full_name="=SUM(A1)\x07")
    ada, address = signed_in("ada"), "/watching/?sort=name&show=overdue"
    shown = names(text(ada, address))
    rows = sheet(ada, f"{address}&file=xlsx")
    assert [row[0] for row in rows[1:]] == ["=SUM(A1)", "Otto Brandt"]
    assert [row[0] for row in rows[1:]] == [each.replace("\x07", "") for each in shown]
    head = ["Patient", "Why first", "What is to be done", "Due since", "Prescriber", "Number"]
    assert rows[0] == head
    assert rows[2][3].date() < cast.today and rows[2][4] == "Dr. Beck"
    lines = body(ada.get(f"{address}&file=csv")).splitlines()  # type: ignore[arg-type]
    assert len(lines) == 3 and lines[1].startswith("'=SUM(A1)")
    assert rows[2][3].date().isoformat() in lines[2] and cast.otto.number in lines[2]
    assert ada.get(f"{address}&file=pdf").status_code == 404


def test_a_view_is_kept_shared_replaced_and_removed(cast: Cast, signed_in: SignIn) -> None:
    add_person(PROGRAM, "dana", DELEGATE, cast.amara, cast.at)
    amara, keep = signed_in("amara"), "/watching/views/keep/?sort=name&show=overdue"
    assert "Give the view a name" in amara.post(keep, {"name": " "}).content.decode()
    for _ in range(2):
        kept = amara.post(keep, {"name": "Overdue"})
        assert kept.url == "/watching/?show=overdue&sort=name"
    assert SavedView.objects.count() == 1
    assert 'href="/watching/?show=overdue&amp;sort=name">Overdue</a>' in text(amara, "/watching/")
    dana = signed_in("dana")
    assert "Overdue</a>" not in text(dana, "/watching/")
    amara.post(keep, {"name": "Overdue", "is_shared": "on"})
    assert SavedView.objects.filter(removed_at__isnull=True).count() == 1
    shared = text(dana, "/watching/")
    assert "Overdue</a>" in shared and "shared with you" in shared
    assert "Overdue</a>" not in text(signed_in("beck"), "/watching/")
    number = SavedView.objects.get(removed_at__isnull=True).number
    dana.post(f"/watching/views/{number}/remove/")
    assert "Overdue</a>" in text(amara, "/watching/")
    for _ in range(2):
        assert amara.post(f"/watching/views/{number}/remove/").url == "/watching/"
    assert "Overdue</a>" not in text(amara, "/watching/")
    for n in range(30):
        amara.post(keep, {"name": f"View {n}"})
    assert "Remove one first" in amara.post(keep, {"name": "More"}).content.decode()
    assert amara.get("/watching/views/keep/?sort=size").status_code == 404


def test_a_support_nurse_sees_whom_consent_opens_and_decides_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    busy(cast)
    add_person(PROGRAM, "sol", SUPPORT_NURSE, None, cast.at)
    sol = signed_in("sol")
    assert names(text(sol, "/watching/")) == []
    for who in (cast.noor, cast.mara):
        given = Given(PROGRAM, "nurse-support", "patient", who.pk, who.number, "N", "paper")
        give_consent(given, on=cast.today, by=PLATFORM, at=cast.at)
    other = Given(PROGRAM, "events", "patient", cast.otto.pk, cast.otto.number, "O", "paper")
    give_consent(other, on=cast.today, by=PLATFORM, at=cast.at)
    Patient.objects.filter(pk=cast.noor.pk).update(telephone="617-555-0142", language="es")
    page = text(sol, "/watching/")
    assert names(page) == ["Mara Lindqvist", "Noor Haddad"]
    assert "617-555-0142, Spanish" in page and "A result is urgent" in page
    one = text(sol, f"/watching/patients/{cast.mara.number}/")
    for word in ("Say what you did", "It need not be done", "Type what a report says"):
        assert word not in one
    base = f"/watching/patients/{cast.mara.number}"
    for path in ("/results/", "/extend/", "/waive/monthly-cbc/2026-01-01/"):
        assert sol.get(f"{base}{path}").status_code == 404
    assert sol.get(f"/watching/patients/{cast.otto.number}/").status_code == 404
    consent = consents_of("patient", cast.noor.pk).get()
    reactions.consent_withdrawn(consent, how="link", by=actor("ada"), at=cast.at)
    assert names(text(sol, "/watching/")) == ["Mara Lindqvist"]
    assert sol.get(f"/watching/patients/{cast.noor.number}/").status_code == 404
    # Of one person on record twice, a consent on either record opens both.
    Patient.objects.filter(pk=cast.mara.pk).update(
        merged_into=cast.noor, merged_at=cast.at, merged_by="a"
    )
    assert [each.pk for each in patients_seen(asker("sol"))] == [cast.noor.pk]
    Patient.objects.filter(pk=cast.noor.pk).update(ended_on=cast.today, end_reason="left")
    assert list(patients_seen(asker("sol"))) == []


def test_what_was_waived_can_count_again(cast: Cast, signed_in: SignIn) -> None:
    treat(cast, cast.noor, 40)
    amara, base = signed_in("amara"), f"/watching/patients/{cast.noor.number}"
    due = cast.noor.watches.get(code="monthly-cbc").open_due_on
    assert due is not None
    amara.post(f"{base}/waive/monthly-cbc/{due.isoformat()}/", {"reason": "done elsewhere"})
    waiver = Waiver.objects.get()
    address = f"{base}/waivers/{waiver.number}/"
    page = text(amara, f"{base}/")
    assert "What need not be done" in page and address in page and "done elsewhere" in page
    assert "done elsewhere" in text(amara, address)
    assert "Say why" in amara.post(address, {"reason": ""}).content.decode()
    for _ in range(2):
        assert amara.post(address, {"reason": "it was another patient"}).url == f"{base}/"
    waiver.refresh_from_db()
    assert waiver.ended_reason == "it was another patient"
    assert "What need not be done" not in text(amara, f"{base}/")
    assert signed_in("beck").get(address).status_code == 404
    another = f"/watching/patients/{cast.mara.number}/waivers/{waiver.number}/"
    assert amara.get(another).status_code == 404
