"""The time zone of a ZIP code, as the package `zipcodes` lists it.

The list is loaded at the first question, for it takes a third of a second and some 55 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

# That of most of the country.
USUAL_ZONE = "America/New_York"


def zone_of_zip(zip_code: str, otherwise: str = USUAL_ZONE) -> str:
    """The IANA time zone of a ZIP code, with or without its four more digits.

    Another one where the list has none, as for the Armed Forces, or none that exists.
    """
    five = zip_code.strip()[:5]
    zone = listed_zones().get(five, "") if five else ""
    return zone if is_zone(zone) else otherwise


def is_zone(zone: str) -> bool:
    """Whether there is such an IANA time zone."""
    return zone in _known_zones()


@cache
def listed_zones() -> Mapping[str, str]:
    """The time zone of every ZIP code; empty where the list has none."""
    import zipcodes

    return {each["zip_code"]: each["timezone"] for each in zipcodes.list_all()}


@cache
def _known_zones() -> frozenset[str]:
    # Looking for them goes through the files of every zone.
    return frozenset(available_timezones())
