"""Names, places and passwords put together from plain words, so that nobody real is meant.

No list of people, places or companies was used: every name is two or three nouns in a row.
"""

from __future__ import annotations

from collections.abc import Callable

from etasu.site.seed.chance import Chance

FIRST = tuple(
    """Almanac Anchor Anvil Apricot Arrow Bamboo Banner Barley Basalt Beacon Bracken Button
    Cactus Canyon Carbon Chestnut Cinder Clover Cobalt Comet Copper Cotton Cricket Crimson
    Cypress Dapple Delta Drizzle Dune Ember Fathom Feather Fennel Flint Gable Garnet Ginkgo
    Gossamer Granite Hazelnut Indigo Kelp Kettle Lantern Larch Lichen Linen Magnet Marble
    Meadow Nutmeg Oatmeal Pebble Pewter Plaster Quartz Quill Ribbon Saffron Satchel Shingle
    Sorrel Tangent Thicket Thimble Timber Topaz Velvet Walnut Willow Zephyr""".split()
)
_FRONT = tuple(
    """Amber Bark Brook Cloud Copper Dew Fern Fog Frost Glass Hay Heath Ivy Lake Leaf Moon
    Moss Paper Pine Pond Rain Reed River Sand Silver Slate Snow Stone Straw Wind""".split()
)
_BACK = tuple(
    """basket blanket bottle bucket button candle carpet compass cushion drawer garden hammer
    harbor kettle ladder lantern marble mirror napkin orchard parcel pebble pocket saucer
    shovel table teacup thimble wagon window""".split()
)
_SITES = ("Infusion Center", "Clinic", "Hospital", "Treatment Rooms")
_PHARMACIES = ("Pharmacy", "Specialty Pharmacy", "Drug Store")
_OTHERS = ("Supply", "Depot", "Wholesale")

# An invented town, its state and the time zone there.
STATES = (
    ("NY", "America/New_York"),
    ("FL", "America/New_York"),
    ("PA", "America/New_York"),
    ("GA", "America/New_York"),
    ("IL", "America/Chicago"),
    ("TX", "America/Chicago"),
    ("MN", "America/Chicago"),
    ("CO", "America/Denver"),
    ("AZ", "America/Phoenix"),
    ("CA", "America/Los_Angeles"),
    ("WA", "America/Los_Angeles"),
    ("HI", "Pacific/Honolulu"),
    ("PR", "America/Puerto_Rico"),
)


class Place:
    """Where somebody is: an invented town in a real state, with a ZIP code never given out."""

    __slots__ = ("city", "state", "telephone", "time_zone", "zip_code")

    def __init__(self, chance: Chance) -> None:
        self.city = f"{chance.pick(_FRONT)}{chance.pick(_BACK)}"
        self.state, self.time_zone = chance.pick(STATES)
        self.zip_code = f"00{chance.between(100, 499)}"
        self.telephone = telephone(chance)


def last_name(chance: Chance) -> str:
    """A family name such as `Cloudladder`."""
    return chance.pick(_FRONT) + chance.pick(_BACK)


def person(chance: Chance) -> str:
    """A person's name such as `Flint Cloudladder`."""
    return f"{chance.pick(FIRST)} {last_name(chance)}"


def prescriber(chance: Chance) -> str:
    """A prescriber's name such as `Dr. Flint Cloudladder`."""
    return f"Dr. {person(chance)}"


def facility(chance: Chance) -> str:
    """A facility's name such as `Mosswindow Clinic`."""
    return f"{last_name(chance)} {chance.pick(_SITES)}"


def pharmacy(chance: Chance) -> str:
    """A pharmacy's name such as `Mosswindow Drug Store`."""
    return f"{last_name(chance)} {chance.pick(_PHARMACIES)}"


def other(chance: Chance) -> str:
    """The name of any other kind of participant."""
    return f"{last_name(chance)} {chance.pick(_OTHERS)}"


NAMES: dict[str, Callable[[Chance], str]] = {
    "prescriber": prescriber,
    "facility": facility,
    "pharmacy": pharmacy,
}


def telephone(chance: Chance) -> str:
    """A number from the range kept free for fiction."""
    return f"555-555-01{chance.between(0, 99):02d}"


def passphrase(draw: bytes) -> str:
    """Four words and two digits from at least six bytes: long enough to sign in with."""
    words = [FIRST[draw[0] % len(FIRST)].lower(), _FRONT[draw[1] % len(_FRONT)].lower()]
    words += [_BACK[draw[2] % len(_BACK)], FIRST[draw[3] % len(FIRST)].lower()]
    return f"{'-'.join(words)}-{10 + (draw[4] * 256 + draw[5]) % 90}"
