"""Can this be a telephone number, an e-mail address, a ZIP code, a state of the United States?

These checks refuse only what cannot be. Whether a number is in service, or a street exists, no
form can know. Sources: North American Numbering Plan (an area code and an exchange begin with 2
through 9); ZIP prefixes as the Postal Service assigns them to states.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_STATES = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,"
    "DE Delaware,DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,"
    "IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,"
    "MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,"
    "NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,"
    "NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,"
    "RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,"
    "VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,"
    "AS American Samoa,FM Federated States of Micronesia,GU Guam,MH Marshall Islands,"
    "MP Northern Mariana Islands,PR Puerto Rico,PW Palau,VI U.S. Virgin Islands,"
    "AA Armed Forces Americas,AE Armed Forces Europe,AP Armed Forces Pacific"
)
STATES: Mapping[str, str] = MappingProxyType({entry[:2]: entry[3:] for entry in _STATES.split(",")})
# First and last prefix of each state. Some prefixes cross a border, and those have two owners.
_PREFIXES = (
    "MA 010 027,RI 028 029,NH 030 038,ME 039 049,VT 050 054,MA 055 055,VT 056 059,CT 060 069,"
    "NJ 070 089,AE 090 098,NY 100 149,PA 150 196,DE 197 199,DC 200 205,VA 201 201,MD 206 219,"
    "VA 220 246,WV 247 268,NC 270 289,SC 290 299,GA 300 319,FL 320 339,AA 340 340,FL 341 349,"
    "AL 350 369,TN 370 385,MS 386 397,GA 398 399,KY 400 427,OH 430 459,IN 460 479,MI 480 499,"
    "IA 500 528,WI 530 549,MN 550 567,SD 570 577,ND 580 588,MT 590 599,IL 600 629,MO 630 658,"
    "KS 660 679,NE 680 693,LA 700 714,AR 716 729,OK 730 732,TX 733 733,OK 734 749,TX 750 799,"
    "CO 800 816,WY 820 831,ID 832 838,UT 840 847,AZ 850 865,NM 870 884,TX 885 885,NV 889 898,"
    "CA 900 961,AP 962 966,HI 967 968,AS 967 967,GU 969 969,MP 969 969,OR 970 979,WA 980 994,"
    "AK 995 999,PR 006 007,VI 008 008,PR 009 009,NY 005 005,NY 063 063,MD 205 205,VA 205 205,"
    "MO 726 726,TX 739 739,WY 834 834,FM 969 969,MH 969 969,PW 969 969"
)
_ZIP = re.compile(r"\d{5}(?:-\d{4})?", re.ASCII)
_PHONE = re.compile(
    r"(?:\+?1[ .-]?)?\(?([2-9]\d{2})\)?[ .-]?([2-9]\d{2})[ .-]?(\d{4})"
    r"(?: ?,? ?(?:x|ext\.?) ?(\d{1,6}))?",
    re.ASCII | re.IGNORECASE,
)
_MAILBOX = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII | re.I
)
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII | re.I
)
_LONGEST_MAILBOX, _LONGEST_EMAIL = 64, 254


def phone_digits(value: str) -> str | None:
    """The ten digits of a US telephone number, however it is written; None when it cannot be one.

    An extension (`x12`, `ext. 12`) may follow and is not part of them.
    """
    match = _PHONE.fullmatch(value.strip())
    return f"{match[1]}{match[2]}{match[3]}" if match else None


def phone_ok(value: str) -> bool:
    """Whether `value` can be a US telephone number, with or without an extension."""
    return phone_digits(value) is not None


def email_ok(value: str) -> bool:
    """Whether `value` can be an e-mail address."""
    mailbox, at, domain = value.rpartition("@")
    if not at or len(value) > _LONGEST_EMAIL or len(mailbox) > _LONGEST_MAILBOX:
        return False
    return _MAILBOX.fullmatch(mailbox) is not None and _DOMAIN.fullmatch(domain) is not None


def zip_ok(value: str) -> bool:
    """Whether `value` has the shape of a ZIP code, with or without the four digits after it."""
    return _ZIP.fullmatch(value) is not None


def zip_in_state(zip_code: str, state: str) -> bool:
    """Whether the ZIP code can be in the state; false only when its prefix belongs to another."""
    owners = _OWNERS.get(zip_code[:3])
    return owners is None or state in owners


def _owners() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _PREFIXES.split(","):
        state, first, last = line.split()
        for prefix in range(int(first), int(last) + 1):
            key = f"{prefix:03}"
            found[key] = found.get(key, frozenset()) | {state}
    return found


_OWNERS = _owners()
