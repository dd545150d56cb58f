"""What in a text may tell strangers who or where somebody is: a hint, for a person to judge.

A help beside the program: no decision about the drug looks at it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from etasu.safe_use.contacts import STATES
from etasu.safe_use.pseudonyms import SHORTEST_NAME, Owner, looks_like


class Giveaway(StrEnum):
    """What in a text may tell strangers who or where somebody is."""

    NAME = "name"
    BIRTH = "birth"
    SOCIAL_SECURITY = "social_security"
    EMAIL = "email"
    ONLINE = "online"
    TELEPHONE = "telephone"
    ADDRESS = "address"


_WORD = re.compile(r"[^\W_]+")
# No repetition without a limit: what strangers write is searched, however long and odd it is.
_ENDINGS = r"com|org|net|edu|gov|info|app|mx|es"
_EMAIL = re.compile(
    r"[^\s@]\s?(?:@|\(at\)|\[at\]|\barroba\b)\s?[^\s@]{1,80}\.\s?\w{2}"
    rf"|\b(?:arroba|at)\b.{{1,60}}?\b(?:punto|dot)\b\W{{0,3}}(?:{_ENDINGS})\b",
    re.IGNORECASE,
)
_ONLINE = re.compile(
    r"\bhttps?:|\bwww\.|(?<![\w@.])@\w{2}"
    r"|\b[\w-]{2,60}\.(?:com|org|net|edu|gov|info|app)\b|\b[\w-]{1,60}\.[a-z]{2,3}/\w",
    re.IGNORECASE,
)
_SOCIAL_SECURITY = re.compile(
    r"(?<!\d)\d{3}[\s.\-]\d{2}[\s.\-]\d{4}(?!\d)|(?<!\d)\d{9}(?!\d)"
    r"|\b(?:ssn|social security|seguro social)\b\D{0,20}\d{4}",
    re.IGNORECASE,
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
    r"|\bcamino\s+(?:[^\W\d_]+\s+){1,4}\d{1,6}\b"
    r"|\b(?:calle|avenida|carretera)\s+(?:[^\W_]+[.,]?\s+){1,5}#?\s?\d{1,6}\b"
    r"|\bp\.?\s?o\.?\s+box\s+\d+"
    r"|\b(?:zip(?: code)?|c[oó]digo postal)\W{0,3}\d{5}\b",
    re.IGNORECASE,
)
# The short names of states are words in small letters: "in 12000 people".
_STATE_AND_ZIP = re.compile(
    rf"\b(?:{'|'.join(STATES)}|(?i:{'|'.join(map(re.escape, STATES.values()))}))\W{{1,3}}\d{{5}}\b"
)
_SAYS_NAME = re.compile(r"\b(?:my name is|me llamo|mi nombre es)\s+[^\W\d_]", re.IGNORECASE)
_SAYS_BIRTH = re.compile(
    r"\b(?:born (?:on|in)|nac[ií] (?:el|en)|date of birth|birth ?date|fecha de nacimiento|dob)\b"
    r"\D{0,20}\d",
    re.IGNORECASE,
)
_PATTERNS = (
    (Giveaway.NAME, _SAYS_NAME),
    (Giveaway.BIRTH, _SAYS_BIRTH),
    (Giveaway.SOCIAL_SECURITY, _SOCIAL_SECURITY),
    (Giveaway.EMAIL, _EMAIL),
    (Giveaway.TELEPHONE, _TELEPHONE),
    (Giveaway.ADDRESS, _ADDRESS),
    (Giveaway.ADDRESS, _STATE_AND_ZIP),
)
_MONTHS = (
    *("jan enero ene", "feb febrero", "mar marzo", "apr abril abr", "may mayo", "jun junio"),
    *("jul julio", "aug agosto ago", "sep septiembre", "oct octubre", "nov noviembre"),
    "dec diciembre dic",
)
_MONTHS_WHOLE = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
# Parts of names that are nobody's own.
_PARTICLES = frozenset({"del", "las", "los", "van", "von", "der", "den", "jr", "iii"})
# Names and cities that are words besides: they count with a capital letter.
_ALSO_WORDS = frozenset(
    {
        *("angel", "april", "art", "bill", "bob", "brown", "christian", "clay", "cruz", "dolores"),
        *("don", "drew", "faith", "frank", "gene", "grace", "grant", "gray", "green", "guy"),
        *("hope", "jack", "jean", "joy", "june", "king", "lane", "long", "lucky", "luz", "mar"),
        *("mark", "may", "mercedes", "mike", "mobile", "normal", "orange", "pat", "paz", "pilar"),
        *("price", "ray", "reading", "reyes", "rich", "rob", "rosa", "rose", "sol", "sue"),
        *("summer", "sunny", "sun", "will", "wood", "young", "buffalo", "flores", "leon"),
    }
)


def giveaways_in(words: str, owner: Owner) -> tuple[Giveaway, ...]:
    """What in the words looks like a name, a number, an address or a day that tells who wrote them.

    It is a hint, and asks a person; what it does not find may be one all the same.
    """
    text = unicodedata.normalize("NFKC", words)
    found = {kind for kind, pattern in _PATTERNS if pattern.search(text)}
    # What follows the sign of an e-mail address is a part of it, and no page by itself.
    if _ONLINE.search(_EMAIL.sub(" ", text)):
        found.add(Giveaway.ONLINE)
    if _names(text, _WORD.findall(owner.full_name)):
        found.add(Giveaway.NAME)
    if any(_tells_birth(text, born) for born in owner.birth_dates):
        found.add(Giveaway.BIRTH)
    if any(_names_city(text, city) for city in owner.cities):
        found.add(Giveaway.ADDRESS)
    return tuple(each for each in Giveaway if each in found)


def _names(text: str, own: Iterable[str]) -> bool:
    """Whether one of their own words is among those of the text."""
    known = {looks_like(each) for each in own if each.casefold() not in _PARTICLES}
    sought = {each for each in known if len(each) >= SHORTEST_NAME}
    return any(looks_like(each) in sought and _is_meant(each) for each in _WORD.findall(text))


def _names_city(text: str, city: str) -> bool:
    """Whether the words of the city stand in the text, one after the other."""
    own, said = _WORD.findall(city), _WORD.findall(text)
    if len(own) == 1:
        return _names(text, own)
    sought, alike = [looks_like(each) for each in own], [looks_like(each) for each in said]
    last = len(alike) - len(sought) + 1
    return bool(sought) and any(alike[at : at + len(sought)] == sought for at in range(last))


def _is_meant(word: str) -> bool:
    return word[0].isupper() or word.casefold() not in _ALSO_WORDS


def _tells_birth(text: str, born: date) -> bool:
    """Whether the year of birth stands there, or the day and month, in whichever order."""
    month = rf"(?:{'|'.join((_MONTHS_WHOLE[born.month - 1], *_MONTHS[born.month - 1].split()))})"
    day, year = rf"0?{born.day}", rf"(?:{born.year}|{born.year % 100:02})"
    ways = (
        rf"(?<!\d){born.year}(?!\d)",
        rf"\b{month}\.?\s+(?:the\s+)?{day}(?!\d)",
        rf"(?<!\d){day}(?:st|nd|rd|th)?\s+(?:of\s+|de\s+)?{month}\b",
        rf"(?<!\d)0?{born.month}[/.\-]{day}[/.\-]{year}(?!\d)",
        rf"(?<!\d){day}[/.\-]0?{born.month}[/.\-]{year}(?!\d)",
    )
    return any(re.search(each, text, re.IGNORECASE) for each in ways)
