"""Where the public finds a certified site: by ZIP code and distance, or by state.

Places of ZIP codes come with the package `zipcodes`; it is loaded at the first question, for it
takes a third of a second and some 55 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from etasu.registry.participants.facts import certified_on
from etasu.registry.participants.models import Participant
from etasu.safe_use.contacts import zip_ok

FACILITY, PRESCRIBER = "facility", "prescriber"
# A search goes outward in these rings, in miles, until it has enough: where sites are many, the
# first is all it takes. Where nobody is within the distance asked for, it goes on to the last.
RINGS = (10, 25, 50, 100, 250)
_SHOWN = ("name", "kind", "setting", "city", "state", "zip_code", "telephone")


class Place(NamedTuple):
    """Where a ZIP code is."""

    zip_code: str
    city: str
    state: str
    latitude: float
    longitude: float


class Site(NamedTuple):
    """A certified site as the public may know it; `miles` is None when no distance was asked."""

    name: str
    kind: str
    setting: str | None
    city: str
    state: str
    zip_code: str
    telephone: str
    miles: float | None = None


class Sites(NamedTuple):
    """Some of the sites found. `total` is how many there are, None for more than were looked at;
    `within` is the distance in miles at which the search ended.
    """

    shown: Sequence[Site]
    total: int | None
    within: int | None = None


def place_of(zip_code: str) -> Place | None:
    """Where a ZIP code is; None for one that does not exist or lies on no map, such as overseas."""
    if not zip_ok(zip_code):
        return None
    import zipcodes

    for each in zipcodes.matching(zip_code):
        latitude, longitude = float(each["lat"]), float(each["long"])
        if latitude or longitude:
            place = (each["zip_code"], each["city"], each["state"])
            return Place(*place, latitude, longitude)
    return None


def sites_near(program: str, place: Place, miles: int, on: date, limit: int = 50) -> Sites:
    """Sites certified on the day within the distance, nearest first.

    With none so near, those within the next wider distance that has any. Miles are straight lines
    between the middles of ZIP codes.
    """
    found: list[Site] = []
    within = miles
    for within in sorted({miles, *RINGS}):
        found = _within(program, place, within, on)
        if len(found) >= limit or (found and within >= miles):
            break
    return Sites(found[:limit], len(found) if within >= miles else None, within)


def sites_in(program: str, state: str, on: date, start: int = 0, limit: int = 50) -> Sites:
    """Sites certified on the day in one state, by city and name, from the `start`th on."""
    found = _listed(program, on).filter(state=state)
    rows = found.order_by("city", "name", "id").values_list(*_SHOWN)[start : start + limit]
    return Sites([Site(*row) for row in rows], found.count())


def as_found(participant: Participant) -> Site:
    """All that the public reads of a participant once a search finds it."""
    return Site(*(getattr(participant, name) for name in _SHOWN))


def is_found(participant: Participant, on: date) -> bool:
    """Whether a search on the day finds the participant, if it looks in the right place."""
    return _listed(participant.program, on).filter(pk=participant.pk).exists()


def zip_codes_around(place: Place, miles: int) -> dict[str, float]:
    """Every ZIP code within that distance of a place, each with how far it is."""
    import zipcodes

    here = (place.longitude, place.latitude)
    return {
        each["zip_code"]: zipcodes.haversine(*here, float(each["long"]), float(each["lat"]))
        for each in zipcodes.filter_by_coordinates(place.latitude, place.longitude, miles)
    }


def _within(program: str, place: Place, miles: int, on: date) -> list[Site]:
    around = zip_codes_around(place, miles)
    found = _listed(program, on).annotate(zip5=Left("zip_code", 5)).filter(zip5__in=list(around))
    rows = found.values_list(*_SHOWN)
    sites = [Site(*row)._replace(miles=around[row[5][:5]]) for row in rows]
    return sorted(sites, key=lambda site: (site.miles, site.name))


def _listed(program: str, on: date) -> QuerySet[Participant]:
    """Certified facilities, and the certified prescribers who agreed to be listed."""
    public = Q(kind=FACILITY) | Q(kind=PRESCRIBER, listed=True)
    return Participant.objects.filter(
        public, certified_on(on), program=program, certified_from__lte=on
    )
