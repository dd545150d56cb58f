"""Names that members choose: which show nobody, are nobody else's, and can be read.

A help beside the program: no decision about the drug looks at it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import NamedTuple

SHORTEST_NAME, LONGEST_NAME = 3, 30


class Owner(NamedTuple):
    """What is known of whoever writes under a name, and must not show in it.

    Of those they help it is the same: whoever knows one of the two knows the other.
    """

    full_name: str
    email: str
    telephone: str
    birth_dates: tuple[date, ...] = ()
    cities: tuple[str, ...] = ()


class NameTrouble(StrEnum):
    """Why a name cannot be used in the community."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    STRANGE = "strange"
    STAFF = "staff"
    OWN = "own"


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
    if any(str(born.year) in figures for born in owner.birth_dates):
        return True
    address = owner.email.partition("@")[0]
    names = (*_WORD.findall(owner.full_name), *_WORD.findall(address))
    own = (*names, address, *owner.cities)
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
