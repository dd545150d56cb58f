"""A program's community: its boards and rules, which names may be used, what gives somebody away.

A help beside the program: no decision about the drug looks at any of it. Source: a program's
`community.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from etasu.safe_use.entries import Entry
from etasu.safe_use.nurse_line import Wording, event_words_in

SHORTEST_NAME, LONGEST_NAME = 3, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline(Wording):
    """What members are told before they join; a rule is also why something is hidden."""

    is_rule: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Community(Entry):
    """Where patients and those who help them write to each other, for whoever allows it.

    People choose among `boards` and answer with `nods`. What waits for a moderator is late after
    `decide_within_hours`; a suspension lasts `longest_suspension` days at most. Whoever answers
    with `agreeing_words` says that it is the same for them. A word that ends in `*` is the
    beginning of one.
    """

    consent: str
    boards: tuple[Wording, ...]
    guidelines: tuple[Guideline, ...]
    nods: tuple[Wording, ...]
    longest_title: int
    longest_post: int
    decide_within_hours: int
    longest_suspension: int
    agreeing_words: tuple[str, ...]
    emergency_words: tuple[str, ...]

    @property
    def rules(self) -> tuple[Guideline, ...]:
        """The guidelines that can be broken."""
        return tuple(each for each in self.guidelines if each.is_rule)

    def board(self, code: str) -> Wording | None:
        """The board of that code."""
        return next((each for each in self.boards if each.code == code), None)

    def rule(self, code: str) -> Guideline | None:
        """The rule of that code."""
        return next((each for each in self.rules if each.code == code), None)

    def nod(self, code: str) -> Wording | None:
        """The nod of that code."""
        return next((each for each in self.nods if each.code == code), None)

    def agrees(self, words: str) -> bool:
        """Whether somebody may say with the words that it is the same for them."""
        return bool(event_words_in(words, self.agreeing_words))

    def tells_of_emergency(self, words: str) -> bool:
        """Whether the words may tell of something that cannot wait."""
        return bool(event_words_in(words, self.emergency_words))


class Owner(NamedTuple):
    """What is known of whoever chooses a name, and must not show in it."""

    full_name: str
    email: str
    telephone: str


class NameTrouble(StrEnum):
    """Why a name cannot be used in the community."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    STRANGE = "strange"
    STAFF = "staff"
    OWN = "own"


class Giveaway(StrEnum):
    """What in a text may tell strangers who or where somebody is."""

    EMAIL = "email"
    TELEPHONE = "telephone"
    ADDRESS = "address"


class HeldFor(StrEnum):
    """Why a moderator reads something before anybody else does."""

    FIRST_POST = "first_post"
    GIVEAWAY = "giveaway"
    EMERGENCY = "emergency"


# Letters and figures that are taken for Latin letters, from other alphabets and from this one.
_LOOKALIKE = str.maketrans(
    {
        **dict(zip("абвгԁеёзіїјкӏмнорѕтухһьԛԝү", "a6brdeesiijklmhopstyxhbqwy", strict=True)),
        **dict(zip("αβγδεζηικλμνορτυχωϲϳ", "abydeznikauvoptuxwcj", strict=True)),
        **dict(zip("ıłøđðħŧɩɑɡ", "ilodohtiag", strict=True)),
        **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
        **{"æ": "ae", "œ": "oe", "þ": "p"},
    }
)
# Greek capitals look like other letters than their small ones do.
_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")
_MAPPED = {"LATIN", "GREEK", "CYRILLIC"}
_SAME = str.maketrans("013458i", "oleasbl")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_NAME = re.compile(r"[^\W_]+(?:[ '’\-.][^\W_]+)*\.?")
_WORD = re.compile(r"[^\W_]+")
# What whoever works here is called, in both languages: these wherever they stand in a name,
_STAFF = (
    *("admin", "moderator", "moderador", "official", "oficial", "etasu", "staff", "soporte"),
    *("helpdesk", "hotline", "helpline", "nurse", "enfermer", "doctor", "physician", "pharmacist"),
    *("farmaceutic", "employee", "emplead", "representative", "representante", "customerservice"),
)
# and these as words by themselves, for other words hold them.
_STAFF_WORDS = frozenset(
    {
        *("team", "teams", "equipo", "support", "mod", "mods", "personal", "rems", "fda", "system"),
        *("sistema", "manager", "gerente", "operator", "operador", "operadora", "dr", "dra", "md"),
        *("medico", "medica", "pharmacy", "farmacia", "program", "programa", "safety"),
        *("seguridad", "worker", "webmaster", "owner", "service", "servicio"),
    }
)
# No repetition without a limit: what strangers write is searched, however long and odd it is.
_EMAIL = re.compile(
    r"[^\s@]\s?(?:@|\(at\)|\[at\]|\barroba\b)\s?[^\s@]{1,80}\.\s?\w{2}", re.IGNORECASE
)
_TELEPHONE = re.compile(
    r"(?<!\d)\+?(?:\d[\s().\-/]{0,3}){9,14}\d(?!\d)|(?<!\d)\d{3}[\s.\-]\d{4}(?!\d)"
)
_STREET = (
    r"street|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|court|ct|highway|hwy|"
    r"apartment|apt|suite|calle|avenida|carretera|camino|apartamento"
)
_ADDRESS = re.compile(
    rf"\b\d{{1,6}}\s+(?:[^\W\d_]+\.?\s+){{0,3}}(?:{_STREET}|st)\b"
    rf"|\b(?:calle|avenida|carretera|camino)\s+(?:[^\W\d_]+\s+){{1,4}}\d{{1,6}}\b"
    r"|\bp\.?\s?o\.?\s+box\s+\d+",
    re.IGNORECASE,
)


def looks_like(name: str) -> str:
    """What is left of a name once everything that looks alike is the same.

    Compatible characters, case, accents, letters of other alphabets, spaces and signs: two names
    with the same rest cannot be told apart at a glance.
    """
    same = _letters_of(name)
    for pair, one in _PAIRS:
        same = same.replace(pair, one)
    return same


def name_trouble(name: str, owner: Owner) -> NameTrouble | None:
    """Why the name cannot be used by this person; None when it can."""
    if len(name) > LONGEST_NAME:
        return NameTrouble.TOO_LONG
    if len(looks_like(name)) < SHORTEST_NAME:
        return NameTrouble.TOO_SHORT
    if not _NAME.fullmatch(unicodedata.normalize("NFKC", name)) or _mixes_alphabets(name):
        return NameTrouble.STRANGE
    if _names_staff(name):
        return NameTrouble.STAFF
    return NameTrouble.OWN if _shows(name, owner) else None


def giveaways_in(words: str) -> tuple[Giveaway, ...]:
    """What in the words looks like an e-mail address, a telephone number, or a place to live.

    It is a hint, and asks a person; what it does not find may be one all the same.
    """
    text = unicodedata.normalize("NFKC", words)
    sought = (
        (Giveaway.EMAIL, _EMAIL),
        (Giveaway.TELEPHONE, _TELEPHONE),
        (Giveaway.ADDRESS, _ADDRESS),
    )
    return tuple(kind for kind, pattern in sought if pattern.search(text))


def held_for(words: str, community: Community, *, was_approved: bool) -> tuple[HeldFor, ...]:
    """Why the words wait for a moderator; empty when everybody may read them at once."""
    found = {
        HeldFor.FIRST_POST: not was_approved,
        HeldFor.GIVEAWAY: bool(giveaways_in(words)),
        HeldFor.EMERGENCY: community.tells_of_emergency(words),
    }
    return tuple(why for why, holds in found.items() if holds)


def _letters_of(name: str) -> str:
    whole = unicodedata.normalize("NFKC", name).translate(_CAPITALS)
    apart = unicodedata.normalize("NFKD", whole.casefold())
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    letters = "".join(each for each in bare.translate(_LOOKALIKE) if each.isalnum())
    return letters.translate(_SAME)


def _mixes_alphabets(name: str) -> bool:
    """Whether Latin letters stand beside those of an alphabet whose look nobody here knows."""
    whole = unicodedata.normalize("NFKC", name)
    found = {unicodedata.name(each, "").partition(" ")[0] for each in whole if each.isalpha()}
    return "LATIN" in found and not found <= _MAPPED


def _names_staff(name: str) -> bool:
    words = {looks_like(each) for each in _WORD.findall(unicodedata.normalize("NFKC", name))}
    known = {looks_like(each) for each in _STAFF_WORDS}
    return bool(words & known) or any(_is_within(each, name) for each in _STAFF)


def _shows(name: str, owner: Owner) -> bool:
    figures = _figures(name)
    if len(figures) >= 4 and figures in _figures(owner.telephone):
        return True
    address = owner.email.partition("@")[0]
    own = (*_WORD.findall(owner.full_name), *_WORD.findall(address), address)
    return any(_is_within(each, name) for each in own)


def _is_within(word: str, name: str) -> bool:
    """Whether the word can be read in the name, also where a pair would swallow its first letter.

    In "Your Nurse" an r and an n meet, which alone look like an m.
    """
    if len(looks_like(word)) < SHORTEST_NAME:
        return False
    return looks_like(word) in looks_like(name) or _letters_of(word) in _letters_of(name)


def _figures(text: str) -> str:
    return "".join(each for each in text if each.isdecimal())
