"""Alarms: what a message about a result says and leads to, and how the result is answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

from django.test import Client

from etasu.portals.standing.event_words import WORDINGS
from etasu.portals.standing.inbox import _where
from etasu.programs import library
from etasu.registry.accounts.access import ADMINISTRATOR, SUPPORT_NURSE
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.monitoring.actions import record_result
from etasu.registry.monitoring.raising import note_replaced
from etasu.registry.monitoring.signal_telling import tell_raised
from etasu.registry.monitoring.signals import escalate_due
from etasu.registry.notices.models import Notice
from etasu.registry.patients.models import Patient
from tests.portals.conftest import Moment
from tests.portals.test_watching import flag, text
from tests.portals.world import Cast, add_person, asker, version

SignIn = Callable[[str], Client]
# What is told of no patient or participant, and of which there is no page.
NOWHERE = {"material_changed"}
ABOUT_THE_PRESCRIBER = ("certification", "decertified")


def told(audiences: set[str]) -> set[str]:
    """Every event that some program has a message of for one of these roles."""
    versions = (each for one in library.current().programs.values() for each in one.versions)
    defined = (notice for each in versions for notice in each.notices.values())
    return {notice.event for notice in defined if notice.audience in audiences}


def test_an_alarm_says_whose_how_soon_and_where_to_look(
    cast: Cast, signed_in: SignIn, moment: Moment
) -> None:
    signal = flag(cast, cast.mara)
    tell_raised([signal], version("lemtrada", cast.today), by=PLATFORM, at=cast.at)
    alarm = Notice.objects.get(recipient__email="amara@example.org")
    client, there = signed_in("amara"), f"/watching/patients/{cast.mara.number}/"
    title = f"Urgent: a result of patient {cast.mara.number} needs an answer"
    assert title in text(client, "/messages/")
    page = text(client, f"/messages/{alarm.number}/")
    assert title in page and f'href="{there}"' in page and "Mara" not in page
    assert "is to say what was done by Sat, May 2, 2026" in page
    assert "platelets-below-100" not in page and signal.seen not in page
    moment.now = cast.at + timedelta(hours=25)
    assert escalate_due(by=PLATFORM, at=moment.now) == 1
    late = Notice.objects.get(recipient__email="ada@example.org")
    page = text(signed_in("ada"), f"/messages/{late.number}/")
    assert "was not answered in time" in page and f'href="{there}"' in page
    assert "who alone can close it" in " ".join(page.split())


def test_a_nurse_who_may_no_longer_look_is_led_nowhere(cast: Cast) -> None:
    add_person("lemtrada", "sol", SUPPORT_NURSE, None, cast.at)
    alarm = SimpleNamespace(
        event="limit_crossed", program="lemtrada", facts={},
        subject_kind="patient", subject=cast.mara.number,
    )  # fmt: skip
    assert _where(asker("sol"), alarm) == ""
    assert _where(asker("beck"), alarm) == "" and _where(None, alarm) == ""
    assert _where(asker("ada"), alarm) == f"/watching/patients/{cast.mara.number}/"


def test_every_event_that_is_told_has_words(cast: Cast) -> None:
    events = told({"prescriber", "delegate", "support_nurse", ADMINISTRATOR, "infusion_nurse"})
    events |= told({"facility_representative", "pharmacy_representative", "pharmacist"})
    assert events - set(WORDINGS) == set() and "limit_crossed" in events


def test_whatever_a_prescriber_is_told_leads_somewhere(cast: Cast) -> None:
    amara = asker("amara")
    for event in told({"prescriber"}) - NOWHERE:
        is_own = event.startswith(ABOUT_THE_PRESCRIBER)
        about = ("participant", cast.amara.number) if is_own else ("patient", cast.mara.number)
        facts = {"participant": cast.amara.number, "course": "1"}
        notice = SimpleNamespace(
            event=event, program="lemtrada", facts=facts, subject_kind=about[0], subject=about[1]
        )
        assert _where(amara, notice), event


def test_a_result_says_what_it_rests_on(cast: Cast, signed_in: SignIn) -> None:
    fall = flag(
        cast, cast.mara,
        limit_code="platelets-steep-fall", against=[["before", "300 10*3/uL", "2026-04-01"]],
    )  # fmt: skip
    there = f"/watching/patients/{cast.mara.number}/"
    page = " ".join(text(signed_in("amara"), there).split())
    assert "The limit: a change by 50 %. Before: 300 10*3/uL (Wed, Apr 1, 2026)." in page
    assert "Belgian consensus on immune thrombocytopenia in this treatment" in page
    assert "Corrected since" not in page
    record_result(
        cast.mara, "platelets", collected_on=cast.today, value="280", unit="10*3/uL",
        by=PLATFORM, at=cast.at, replaces=fall.result,
    )  # fmt: skip
    note_replaced([fall.result.pk], by=PLATFORM, at=cast.at)
    page = " ".join(text(signed_in("amara"), there).split())
    assert "Corrected since" in page and "On record now for this day: 280 10*3/uL." in page
    assert "It still has to be answered." in page and "Say what you did" in page


def test_what_each_comparison_is_said_as(cast: Cast, signed_in: SignIn) -> None:
    against = [
        ["range", "to 4.0", None], ["flags", "H", None], ["limit", "platelets-below-100", None],
        ["original baseline", "0.9 mg/dL", "2025-01-02"],
    ]  # fmt: skip
    flag(cast, cast.mara, limit_code="tsh-high", against=against)
    page = text(signed_in("amara"), f"/watching/patients/{cast.mara.number}/")
    assert "The laboratory&#x27;s own range ends at 4.0" in page
    assert "The laboratory marked it: H" in page and "The limit: 100 10*3/uL" in page
    assert "Before the first course: 0.9 mg/dL (Thu, Jan 2, 2025)" in page


def test_one_answer_closes_every_flag_of_a_result_that_was_shown(
    cast: Cast, signed_in: SignIn
) -> None:
    low = flag(cast, cast.mara)
    fall = flag(cast, cast.mara, result=low.result, limit_code="platelets-steep-fall")
    client = signed_in("amara")
    page = text(client, f"/watching/patients/{cast.mara.number}/")
    assert page.count("Say what you did") == 1 and page.count("To be answered by") == 2
    address = f"/watching/signals/{low.number}/"
    shown = re.search(r'name="shown" value="([^"]+)"', text(client, address))
    assert shown is not None and set(shown[1].split()) == {low.number, fall.number}
    later = flag(cast, cast.mara, result=low.result, limit_code="neutrophils-below-half")
    elsewhere = flag(cast, cast.mara)
    tampered = f"{shown[1]} {elsewhere.number}"
    client.post(address, {"done": "Count repeated, 84.", "shown": tampered})
    for each in (low, fall, later, elsewhere):
        each.refresh_from_db()
    assert low.done == fall.done == "Count repeated, 84."
    assert later.done is elsewhere.done is None
    assert AuditEntry.objects.filter(verb="signal.acknowledged").count() == 2


def test_whoever_cannot_answer_reads_who_can(cast: Cast, signed_in: SignIn) -> None:
    there, only = f"/watching/patients/{cast.mara.number}/", "Only the patient's prescriber"
    assert "can close what waits here" not in text(signed_in("ada"), there)
    flag(cast, cast.mara)
    page = " ".join(text(signed_in("ada"), there).split())
    assert f"{only} can close what waits here: Dr. Amara" in page
    assert "Say what you did" not in page
    assert "can close what waits here" not in text(signed_in("amara"), there)
    Patient.objects.filter(pk=cast.mara.pk).update(prescriber=None)
    assert "Nobody prescribes for this patient now" in text(signed_in("ada"), there)
