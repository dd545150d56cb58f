"""Names that show nobody and are nobody else's, what gives somebody away, and what is held."""

from __future__ import annotations

from datetime import date

import pytest

from etasu.safe_use.community import Community, Guideline, HeldFor, held_for
from etasu.safe_use.giveaways import Giveaway, giveaways_in
from etasu.safe_use.nurse_line import Line, Wording
from etasu.safe_use.pseudonyms import NameTrouble, Owner, looks_like, name_trouble

SAID = (Line("en", "Words"),)
BOARD = Wording(code="days", source="invented", says=SAID)
KIND = Guideline(code="kind", source="invented", says=SAID)
TOLD = Guideline(code="told", source="invented", says=SAID, is_rule=False)
COMMUNITY = Community(
    code="community",
    source="invented",
    consent="community",
    boards=(BOARD,),
    guidelines=(KIND, TOLD),
    nods=(BOARD,),
    longest_title=10,
    longest_post=100,
    decide_within_hours=24,
    emergency_within_hours=2,
    longest_suspension=30,
    agreeing_words=("me too", "yo tambien"),
    emergency_words=("chest pain*", "no puedo respirar"),
)
BORN = (date(1968, 6, 12),)
MARA = Owner("Mara de la Vega-Ruiz", "mvega84@example.org", "(212) 555-0142", BORN, ("New Haven",))
WILL = Owner("Will Strawmirror", "", "", BORN, ("Dayton", "Reading"))


def test_what_the_program_says_is_found_by_its_code() -> None:
    assert COMMUNITY.rules == (KIND,)
    assert (COMMUNITY.board("days"), COMMUNITY.board("nights")) == (BOARD, None)
    assert (COMMUNITY.rule("kind"), COMMUNITY.rule("told")) == (KIND, None)
    assert (COMMUNITY.nod("days"), COMMUNITY.nod("nights")) == (BOARD, None)
    assert COMMUNITY.agrees("Yo también, hoy") and not COMMUNITY.agrees("I like it")


@pytest.mark.parametrize(
    "other",
    [
        *("blue heron", "BLUE-HERON", "B1ue Her0n", "BIue Heron"),
        *("Blúe Hérön", "Вluе Неrоn", "Ｂｌｕｅ　Ｈｅｒｏｎ", "Blue Ηeron", "ʙlue Ηᴇron"),
    ],
)
def test_names_that_look_alike_are_the_same(other: str) -> None:
    assert looks_like(other) == looks_like("Blue Heron")


def test_letters_that_together_look_like_another_are_the_same() -> None:
    assert looks_like("Modern Sun") == looks_like("Modem Sun")
    assert looks_like("Clever Vvind") == looks_like("Dever Wind")
    assert looks_like("Blue Heron") != looks_like("Blue Herons")


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("Blue Heron", None),
        ("Señora Luna 7", None),
        ("O’Brien's Cat", None),
        ("x" * 30, None),
        ("x" * 31, NameTrouble.TOO_LONG),
        ("a-b", NameTrouble.TOO_SHORT),
        ("...", NameTrouble.TOO_SHORT),
        ("Blue  Heron", NameTrouble.STRANGE),
        ("<b>Heron</b>", NameTrouble.STRANGE),
        ("me@heron", NameTrouble.STRANGE),
        ("The N u r s e", NameTrouble.STAFF),
        ("Staff", NameTrouble.STAFF),
        ("5taff Member", NameTrouble.STAFF),
        ("Etasu Team", NameTrouble.STAFF),
        ("Moderator", NameTrouble.STAFF),
        ("Mods", NameTrouble.STAFF),
        ("Help Desk", NameTrouble.STAFF),
        ("Dr Sun", NameTrouble.STAFF),
        ("El Equipo", NameTrouble.STAFF),
        ("Médica Luna", NameTrouble.STAFF),
        ("Personal 3", NameTrouble.STAFF),
        ("Soporte", NameTrouble.STAFF),
        ("Steam Train", None),
        ("Modern Sun", None),
        ("Medium Cloud", None),
        ("M0derator", NameTrouble.STAFF),
        ("Your Nurse", NameTrouble.STAFF),
        ("Summer Ruiz", NameTrouble.OWN),
        ("Blue Herօn", NameTrouble.STRANGE),
        ("أم علي", None),
        ("Happy Mara", NameTrouble.OWN),
        ("Маrа K", NameTrouble.OWN),
        ("mvega84", NameTrouble.OWN),
        ("Heron 0142", NameTrouble.OWN),
        ("Heron 142", None),
        ("Heron 2026", None),
        ("Heron 1968", NameTrouble.OWN),
        ("Newhaven Cat", NameTrouble.OWN),
        ("New Heron", None),
    ],
)
def test_a_name_shows_nobody_and_can_be_read(name: str, trouble: NameTrouble | None) -> None:
    assert name_trouble(name, MARA) == trouble


def test_whoever_has_no_telephone_or_a_short_name_may_use_anything() -> None:
    assert name_trouble("Heron 0142", Owner("Jo Wu", "", "")) is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("My platelets were 95 000 on 3/14, and 120000 on 4/12/2026", ()),
        ("5 days in a row, 4 hours each, then 2 hours", ()),
        ("Write to me.please@example.org", (Giveaway.EMAIL,)),
        ("heron (at) example.org", (Giveaway.EMAIL,)),
        ("call 555-0142 any time", (Giveaway.TELEPHONE,)),
        ("(212) 555 0142", (Giveaway.TELEPHONE,)),
        ("+1 212.555.0142", (Giveaway.TELEPHONE,)),
        ("I live at 12 Old Mill Road", (Giveaway.ADDRESS,)),
        ("Vivo en la calle Luna 12", (Giveaway.ADDRESS,)),
        ("P.O. Box 77", (Giveaway.ADDRESS,)),
        ("\u3316" * 6000 + " heron@example.org", (Giveaway.EMAIL,)),
        ("77 Elm St, 212-555-0142", (Giveaway.TELEPHONE, Giveaway.ADDRESS)),
        ("", ()),
    ],
)
def test_what_may_show_who_somebody_is_is_hinted_at(
    words: str, found: tuple[Giveaway, ...]
) -> None:
    assert giveaways_in(words, MARA) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("On 9/11/2001, i will be reading for 68 days", ()),
        ("It hurts at noon. Camino unos pasos. It is in 12000 people", ()),
        ("Will is my name", (Giveaway.NAME,)),
        ("strawmirror was here", (Giveaway.NAME,)),
        ("Me llamo Luna", (Giveaway.NAME,)),
        ("Nací el 3", (Giveaway.BIRTH,)),
        ("since 1968", (Giveaway.BIRTH,)),
        ("el 12 de junio", (Giveaway.BIRTH,)),
        ("June 12th", (Giveaway.BIRTH,)),
        ("06/12/68", (Giveaway.BIRTH,)),
        ("12.6.1968", (Giveaway.BIRTH,)),
        ("May 12, on 12 July, 6/13/68", ()),
        ("123-45-6789", (Giveaway.SOCIAL_SECURITY,)),
        ("seguro social: 6789", (Giveaway.SOCIAL_SECURITY,)),
        ("facebook.com/heron", (Giveaway.ONLINE,)),
        ("t.me/heron", (Giveaway.ONLINE,)),
        ("www.heron", (Giveaway.ONLINE,)),
        ("I am @heron there", (Giveaway.ONLINE,)),
        ("heron arroba example punto com", (Giveaway.EMAIL,)),
        ("Calle 5 número 23", (Giveaway.ADDRESS,)),
        ("5 Oak, OH 45402", (Giveaway.ADDRESS,)),
        ("5 Oak, Ohio 45402", (Giveaway.ADDRESS,)),
        ("código postal 45402", (Giveaway.ADDRESS,)),
        ("here in dayton", (Giveaway.ADDRESS,)),
        ("near Reading", (Giveaway.ADDRESS,)),
    ],
)
def test_what_is_known_of_the_writer_and_what_strangers_could_look_up_is_hinted_at(
    words: str, found: tuple[Giveaway, ...]
) -> None:
    assert giveaways_in(words, WILL) == found


def test_a_city_of_two_words_is_found_only_where_both_stand() -> None:
    assert giveaways_in("In new haven", MARA) == (Giveaway.ADDRESS,)
    assert giveaways_in("A new day", MARA) == giveaways_in("New", MARA) == ()
    assert giveaways_in("de la", MARA) == giveaways_in("x", MARA._replace(cities=("",))) == ()


@pytest.mark.parametrize(
    ("words", "was_approved", "why"),
    [
        ("Good days", True, ()),
        ("Good days", False, (HeldFor.FIRST_POST,)),
        ("Greetings from Mara", True, (HeldFor.GIVEAWAY,)),
        ("Chest pains since noon", True, (HeldFor.EMERGENCY,)),
        ("No puedo respirar", True, (HeldFor.EMERGENCY,)),
        ("Call 555-0142", False, (HeldFor.FIRST_POST, HeldFor.GIVEAWAY)),
    ],
)
def test_a_moderator_reads_first_what_is_new_shows_somebody_or_cannot_wait(
    words: str, was_approved: bool, why: tuple[HeldFor, ...]
) -> None:
    assert held_for(words, COMMUNITY, MARA, was_approved=was_approved) == why
