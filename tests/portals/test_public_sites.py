"""Finding a certified site: near a ZIP code or in a state, and never one that is not certified."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client

from etasu.portals.public import locating
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.audit.models import AuditEntry
from etasu.registry.participants import actions as participants
from etasu.registry.participants import locator
from etasu.registry.participants.listing import list_publicly
from etasu.registry.participants.models import Participant
from tests.portals.conftest import Moment
from tests.portals.html_checks import html_problems
from tests.portals.world import NOW, certified, version

PROGRAM = "lemtrada"
HERE = f"/programs/{PROGRAM}/sites/"
TODAY = NOW.date()
DAYTON, CINCINNATI, CHICAGO, SAN_JUAN = "45402", "45202", "60601", "00901"
pytestmark = [pytest.mark.usefixtures("moment"), pytest.mark.django_db]


def place(zip_code: str) -> locator.Place:
    """Where the ZIP code is, which must be known."""
    found = locator.place_of(zip_code)
    assert found is not None
    return found


def site(name: str, zip_code: str, kind: str = "facility", since: int = 100) -> Participant:
    """A site certified some days ago."""
    city, state = place(zip_code).city, place(zip_code).state
    on = TODAY - timedelta(days=since)
    found = certified(PROGRAM, kind, name, on, NOW)
    Participant.objects.filter(pk=found.pk).update(city=city, state=state, zip_code=zip_code)
    found.refresh_from_db()
    return found


def near(zip_code: str, miles: int = 50) -> list[str]:
    """The names of the sites near a ZIP code, nearest first."""
    found = locator.sites_near(PROGRAM, place(zip_code), miles, TODAY)
    return [each.name for each in found.shown]


def names_in(state: str) -> list[str]:
    """The names of the sites in a state."""
    return [each.name for each in locator.sites_in(PROGRAM, state, TODAY).shown]


def ask(zip_code: str, miles: str = "50", language: str = "en") -> str:
    """The page after a ZIP code was sent."""
    client = Client(headers={"accept-language": language})
    return client.post(HERE, {"zip_code": zip_code, "miles": miles}).content.decode()


def test_the_nearest_site_comes_first_with_its_distance() -> None:
    site("Lakeside Clinic", CHICAGO)
    site("Queen City Infusion", CINCINNATI)
    site("Gem City Hospital", DAYTON)
    assert near(DAYTON) == ["Gem City Hospital", "Queen City Infusion"]
    assert near(CINCINNATI) == ["Queen City Infusion", "Gem City Hospital"]
    (_, cincinnati) = locator.sites_near(PROGRAM, place(DAYTON), 50, TODAY).shown
    assert cincinnati.miles == pytest.approx(47, abs=4)
    assert near(CINCINNATI, miles=10) == ["Queen City Infusion"]


def test_with_nothing_near_the_next_wider_distance_is_told() -> None:
    site("Queen City Infusion", CINCINNATI)
    found = locator.sites_near(PROGRAM, place(DAYTON), 10, TODAY)
    assert ([each.name for each in found.shown], found.within) == (["Queen City Infusion"], 50)
    assert "No certified site is within 10 miles. These are within 50 miles." in ask(DAYTON, "10")
    nothing = locator.sites_near(PROGRAM, place(SAN_JUAN), 10, TODAY)
    assert (nothing.shown, nothing.total) == ([], 0)
    assert "No certified site was found there." in ask(SAN_JUAN)


def test_where_sites_are_many_the_nearest_are_enough() -> None:
    for number in range(3):
        site(f"Near {number}", DAYTON)
    site("Far", CINCINNATI)
    whole = locator.sites_near(PROGRAM, place(DAYTON), 250, TODAY)
    assert (len(whole.shown), whole.total, whole.within) == (4, 4, 250)
    few = locator.sites_near(PROGRAM, place(DAYTON), 250, TODAY, limit=3)
    assert ([each.name for each in few.shown], few.total, few.within) == (
        ["Near 0", "Near 1", "Near 2"],
        None,
        10,
    )


def test_whoever_is_not_certified_today_is_never_shown() -> None:
    definition = version(PROGRAM, TODAY)
    day = timedelta(days=1)
    names = ("Fine", "Lapsed", "Suspended", "Back again", "Decertified", "Left", "Future")
    found = {name: site(name, DAYTON) for name in names if name != "Lapsed"}
    site("Lapsed", DAYTON, since=3 * 366)
    by_at = {"by": PLATFORM, "at": NOW}
    participants.suspend_participant(
        found["Suspended"], since=TODAY, until=None, reason="check", **by_at
    )  # type: ignore[arg-type]
    participants.suspend_participant(
        found["Back again"], since=TODAY - 9 * day, until=TODAY - day, reason="check", **by_at
    )  # type: ignore[arg-type]
    participants.decertify_participant(found["Decertified"], on=TODAY, reason="check", **by_at)  # type: ignore[arg-type]
    participants.record_representative_left(found["Left"], definition, on=TODAY - day, **by_at)  # type: ignore[arg-type]
    ahead = {"certified_from": TODAY + day, "certified_until": None}
    Participant.objects.filter(name="Future").update(**ahead)
    participants.register_participant(
        PROGRAM, "facility", "New", zip_code=DAYTON, state="OH", by=PLATFORM, at=NOW
    )
    certified("teaching", "facility", "Elsewhere", TODAY, NOW, zip_code=DAYTON, state="OH")
    site("Pharmacy", DAYTON, kind="pharmacy")
    assert sorted(near(DAYTON)) == ["Back again", "Fine"]
    assert sorted(names_in("OH")) == ["Back again", "Fine"]


def test_the_last_day_of_a_certification_still_counts() -> None:
    found = site("Fine", DAYTON)
    Participant.objects.filter(pk=found.pk).update(certified_until=TODAY)
    assert near(DAYTON) == ["Fine"]
    Participant.objects.filter(pk=found.pk).update(certified_until=TODAY - timedelta(days=1))
    assert near(DAYTON) == []


def test_a_prescriber_is_found_only_after_agreeing_and_no_longer_after_asking_so() -> None:
    doctor = site("Dr. Amara", DAYTON, kind="prescriber")
    assert near(DAYTON) == [] and names_in("OH") == []
    list_publicly(doctor, True, by=PLATFORM, at=NOW)
    assert near(DAYTON) == ["Dr. Amara"] == names_in("OH")
    list_publicly(doctor, True, by=PLATFORM, at=NOW)
    list_publicly(doctor, False, by=PLATFORM, at=NOW)
    assert near(DAYTON) == []
    verbs = AuditEntry.objects.filter(subject=doctor.number).order_by("id")
    told = [each for each in verbs.values_list("verb", flat=True) if each.endswith("listed")]
    assert told == ["participant.listed", "participant.unlisted"]


def test_agreeing_to_be_listed_makes_no_decision_stale() -> None:
    doctor = site("Dr. Amara", DAYTON, kind="prescriber")
    assert list_publicly(doctor, True, by=PLATFORM, at=NOW).revision == doctor.revision


@pytest.mark.parametrize("wrong", ["", "4540", "454022", "ABCDE", "45402-12", "４５４０２"])
def test_what_is_no_zip_code_is_told_at_the_field(wrong: str) -> None:
    text = ask(wrong)
    assert text.count("Enter a ZIP code of five digits, such as 45402") == 2
    assert html_problems(text) == []


@pytest.mark.parametrize("nowhere", ["00000", "99999", "09001"])
def test_an_unknown_zip_code_leads_to_the_states(nowhere: str) -> None:
    said = f"We do not know where {nowhere} is. Check the five digits, or choose a state."
    text = ask(nowhere)
    assert text.count(said) == 2 and f'value="{nowhere}"' in text
    assert "No sabemos dónde está" in ask(nowhere, language="es")


def test_the_four_further_digits_do_no_harm() -> None:
    found = site("Gem City Hospital", DAYTON)
    Participant.objects.filter(pk=found.pk).update(zip_code=f"{DAYTON}-2700")
    assert "Gem City Hospital" in ask(f"{DAYTON}-0001")


def test_the_page_shows_what_a_traveler_needs_and_nothing_more() -> None:
    found = site("Gem City Hospital", DAYTON)
    text = ask(DAYTON)
    for said in (
        "Gem City Hospital",
        "Dayton, OH 45402",
        "less than 1 mile",
        "Healthcare facility",
    ):
        assert said in text
    assert f'href="tel:{found.telephone}"' in text
    assert found.number not in text and html_problems(text) == []
    assert f'href="?state={found.state}"' in text


def test_a_zip_code_never_stands_in_an_address() -> None:
    answer = Client().get(f"{HERE}?zip_code={DAYTON}&miles=50")
    assert "Certified sites near" not in answer.content.decode()
    assert f"zip_code={DAYTON}" not in ask(DAYTON)


def test_a_state_is_a_page_of_its_own_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "AT_ONCE", 3)
    for number in range(5):
        site(f"Site {number}", DAYTON)
    client = Client(headers={"accept-language": "en"})
    first = client.get(f"{HERE}?state=OH").content.decode()
    assert "3 of 5 shown" in first and "Site 2" in first and "Site 3" not in first
    assert "?state=OH&amp;page=2" in first and "Earlier in the list" not in first
    second = client.get(f"{HERE}?state=OH&page=2").content.decode()
    assert "Site 4" in second and "Site 2" not in second and "Further in" not in second
    for odd in ("0", "-1", "x", "99999999", "3", "²"):
        assert client.get(f"{HERE}?state=OH&page={odd}").status_code == 200
    for state in ("", "XX", "oh"):
        text = client.get(f"{HERE}?state={state}").content.decode()
        assert "There is a problem" in text and "Site 1" not in text
    assert html_problems(first) == []


def test_zip_codes_are_not_loaded_before_somebody_asks() -> None:
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings';"
        "import django; django.setup(); import etasu.portals.urls;"
        "assert 'etasu.registry.participants.locator' in sys.modules;"
        "assert 'zipcodes' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.long
def test_a_hundred_thousand_participants_are_searched_at_once(moment: Moment) -> None:
    spread_over_the_country(100_000)
    for miles in (10, 50, 250):
        found = locator.sites_near(PROGRAM, place("10001"), miles, TODAY)
        assert len(found.shown) == 50 and found.within == 10
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM participants_participant")
        assert cursor.fetchone()[0] == 100_000
    text, seconds = _timed(lambda: ask("10001", "250"))
    assert "Certified sites near 10001" in text
    assert seconds < 0.8


def spread_over_the_country(how_many: int) -> None:
    """Certified participants, one in five a facility, over every standard ZIP code."""
    import zipcodes

    codes = [each for each in zipcodes.list_all() if each["zip_code_type"] == "STANDARD"]
    rows = [(each["zip_code"], each["state"], each["city"]) for each in codes]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE somewhere (n serial, zip text, state text, city text)")
        with cursor.copy("COPY somewhere (zip, state, city) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            FILL, {"many": how_many, "zips": len(rows), "program": PROGRAM, "on": date(2026, 1, 1)}
        )
        cursor.execute("ANALYZE participants_participant")


FILL = """
INSERT INTO participants_participant (number, program, kind, name, npi, dea, ncpdp, specialty, city,
    state, zip_code, telephone, time_zone, certified_from, registered_at, registered_by, revision,
    listed)
SELECT 'N' || i, %(program)s, CASE WHEN i %% 5 = 0 THEN 'facility' ELSE 'prescriber' END,
    'Site ' || i, '', '', '', '', city, state, zip, '1-555-555-0100', 'UTC', %(on)s, %(on)s, 'seed',
    0, i %% 3 = 0
FROM generate_series(1, %(many)s) i JOIN somewhere ON n = 1 + i %% %(zips)s
"""


def _timed(what: object) -> tuple[str, float]:
    import time

    what()  # type: ignore[operator]
    started = time.perf_counter()
    said = what()  # type: ignore[operator]
    return said, time.perf_counter() - started


def test_the_search_goes_by_the_index() -> None:
    spread_over_the_country(3000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM participants_participant"
            " WHERE program = 'lemtrada' AND left(zip_code, 5) IN ('45402', '45202')"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "participants_by_zip" in plan, re.sub(r"\s+", " ", plan)
