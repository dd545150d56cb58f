"""Nobody real is meant: names, addresses, telephones and identifiers of a seeded site."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from etasu.registry.accounts.models import User
from etasu.registry.authorizations.models import Decision
from etasu.registry.participants.models import Participant
from etasu.registry.patients.models import Patient
from etasu.safe_use.identifiers import dea_ok, ncpdp_ok, npi_ok, number_ok
from etasu.site.seed import load
from etasu.site.seed.chance import Chance
from etasu.site.seed.identifiers import Numbers, dea, ncpdp, npi
from etasu.site.seed.words import FIRST, Place, passphrase, person
from tests.factories.cast import AT

pytestmark = pytest.mark.django_db
FICTION = re.compile(r"555-555-01\d\d")
MADE_OF_NOUNS = re.compile(r"(Dr\. )?[A-Z][a-z]+ [A-Z][a-z]+")


@pytest.fixture(scope="module", autouse=True)
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        load("s", 1, AT, lambda *_: None)
        yield
        transaction.set_rollback(True)


def test_patients_and_people_have_names_made_of_nouns() -> None:
    names = [*Patient.objects.values_list("full_name", flat=True)]
    names += User.objects.filter(is_system=False).values_list("full_name", flat=True)
    assert len(names) > 250
    assert [name for name in names if not MADE_OF_NOUNS.fullmatch(name)] == []


def test_every_address_ends_in_example_org() -> None:
    addresses = [*Patient.objects.values_list("email", flat=True)]
    addresses += User.objects.values_list("email", flat=True)
    assert [each for each in addresses if not each.endswith("@example.org")] == []
    assert len(set(addresses)) == len(addresses)


def test_every_telephone_is_from_the_range_for_fiction() -> None:
    telephones = [*Patient.objects.values_list("telephone", flat=True)]
    telephones += Participant.objects.values_list("telephone", flat=True)
    assert [each for each in telephones if not FICTION.fullmatch(each)] == []


def test_no_zip_code_is_one_in_use() -> None:
    codes = [*Patient.objects.values_list("zip_code", flat=True)]
    codes += Participant.objects.values_list("zip_code", flat=True)
    assert [each for each in codes if not re.fullmatch(r"00[1-4]\d\d", each)] == []


def test_identifiers_have_right_check_digits_and_belong_to_nobody() -> None:
    known = Participant.objects.all()
    npis = [each.npi for each in known if each.npi]
    assert npis and all(npi_ok(each) and each.startswith("2") for each in npis)
    assert len(set(npis)) == len(npis)
    deas = [each.dea for each in known if each.dea]
    assert deas and all(dea_ok(each) and each.startswith("ZZ") for each in deas)
    pharmacies = [each.ncpdp for each in known if each.ncpdp]
    assert pharmacies and all(ncpdp_ok(each) and each.startswith("99") for each in pharmacies)


def test_numbers_people_see_have_their_check_character() -> None:
    numbers = [*Patient.objects.values_list("number", flat=True)]
    numbers += Participant.objects.values_list("number", flat=True)
    numbers += Decision.objects.values_list("number", flat=True)
    assert all(number_ok(each) for each in numbers)
    assert len(set(numbers)) == len(numbers)


def test_invented_identifiers_do_not_repeat() -> None:
    for make, how_many in ((npi, 20_000), (dea, 20_000), (ncpdp, 20_000)):
        assert len({make(index) for index in range(how_many)}) == how_many
    numbers = Numbers("any", 1)
    assert len({numbers.next() for _ in range(20_000)}) == 20_000


def test_every_identifier_made_is_well_formed() -> None:
    assert all(npi_ok(npi(index)) and dea_ok(dea(index)) for index in range(2_000))


def test_the_same_seed_draws_the_same_people() -> None:
    drawn = [(person(one), Place(one).city) for one in (Chance(7, "a"), Chance(7, "a"))]
    assert drawn[0] == drawn[1]
    assert person(Chance(8, "a")) != person(Chance(9, "a"))


def test_a_passphrase_is_long_enough_to_sign_in_with() -> None:
    assert all(len(passphrase(bytes([n] * 6))) >= 15 for n in range(256))
    assert len(set(FIRST)) == len(FIRST)
