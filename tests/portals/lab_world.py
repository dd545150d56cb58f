"""Mara at her own page with monthly tests due, and a draw site near her."""

from __future__ import annotations

from datetime import timedelta

from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.watches import keep
from etasu.registry.patient_support.draw_sites import receive_draw_sites
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.consents import Given, give_consent
from etasu.registry.treatment.models import Infusion
from tests.portals.patient_world import BORN
from tests.portals.world import PROGRAM, Cast

MARA = "mara@example.org"
WAY = "labcorp-center"
SITES = (
    "site,name,street,city,state,zip code,telephone,hours\n"
    "D-1,Dayton Main,42 Main Street,Dayton,OH,45402,555-555-0142,7 AM to 3 PM\n"
    "D-2,Xenia East,7 East Street,Xenia,OH,45385,,\n"
)


def owes_tests(cast: Cast, language: str = "en") -> Patient:
    """Mara, infused so long ago that her monthly tests are due, who allowed the lab program."""
    mine = {"email": MARA, "birth_date": BORN, "language": language, "zip_code": "45402"}
    mine |= {"telephone": "937-555-0142"}
    Patient.objects.filter(pk=cast.mara.pk).update(**mine)
    Infusion.objects.create(
        patient=cast.mara, course=1, given_on=cast.today - timedelta(days=25),
        recorded_at=cast.at, recorded_by=PLATFORM.number,
    )  # fmt: skip
    # What was done before the first infusion is of no use now.
    Result.objects.filter(patient=cast.mara).update(
        replaced_at=cast.at, replaced_by=PLATFORM.number
    )
    keep([cast.mara.pk], cast.today)
    cast.mara.refresh_from_db()
    return cast.mara


def allows(cast: Cast) -> None:
    """She allowed the lab program."""
    given = Given(PROGRAM, "lab-program", "patient", cast.mara.pk, cast.mara.number, "Mara", "link")
    give_consent(given, on=cast.today, by=PLATFORM, at=cast.at)


def lists_sites(cast: Cast) -> None:
    """The laboratory's list came in."""
    receive_draw_sites(PROGRAM, WAY, SITES.encode(), is_whole=True, by=PLATFORM, at=cast.at)
