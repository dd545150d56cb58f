"""Check digits: what is accepted, and that slips of the pen are seen."""

import pytest

from etasu.safe_use.identifiers import (
    ALPHABET,
    dea_ok,
    luhn_ok,
    ncpdp_ok,
    npi_ok,
    number_ok,
    with_check_character,
)

NPI = "1234567893"  # the worked example of the check digit rule


@pytest.mark.parametrize("digits", ["79927398713", "18", "0", "26", "59"])
def test_the_luhn_digit_is_recognized(digits):
    assert luhn_ok(digits)


@pytest.mark.parametrize("digits", ["79927398710", "19", "1", "90"])
def test_a_wrong_luhn_digit_is_seen(digits):
    assert not luhn_ok(digits)


@pytest.mark.parametrize("value", [NPI, "1245319599", "2234567891"])
def test_a_national_provider_identifier_is_recognized(value):
    assert npi_ok(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1234567890",
        "123456789",
        "12345678930",
        "3234567899",
        "0234567892",
        "123456789x",
        "\u0661234567893",
        "123456789\u00b2",
    ],
)
def test_what_cannot_be_a_national_provider_identifier_is_refused(value):
    assert not npi_ok(value)


def test_every_single_wrong_digit_of_an_npi_is_seen():
    slips = [
        NPI[:place] + digit + NPI[place + 1 :]
        for place in range(10)
        for digit in "0123456789"
        if digit != NPI[place]
    ]
    assert [slip for slip in slips if npi_ok(slip)] == []


@pytest.mark.parametrize("value", ["AB1234563", "B91234563", "mj0000000", "FS1234563", "ZZ9999991"])
def test_a_dea_number_is_recognized(value):
    assert dea_ok(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "AB1234560",
        "AB123456",
        "AB12345633",
        "1B1234563",
        "A11234563",
        "9B1234563",
        "AB12345x3",
        "\u00c4B1234563",
        "A\u00c41234563",
        "AB\u0661234563",
        "ABC234563",
    ],
)
def test_what_cannot_be_a_dea_number_is_refused(value):
    assert not dea_ok(value)


def test_every_single_wrong_digit_of_a_dea_number_is_seen():
    known = "AB1234563"
    slips = [
        known[:place] + digit + known[place + 1 :]
        for place in range(2, 9)
        for digit in "0123456789"
        if digit != known[place]
    ]
    caught = [slip for slip in slips if not dea_ok(slip)]
    assert len(slips) - len(caught) == 3  # doubled digits five apart weigh the same


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("1234567", True),
        ("0000000", True),
        ("123456", False),
        ("12345678", False),
        ("12345a7", False),
    ],
)
def test_a_pharmacy_number_has_seven_digits(value, fits):
    assert ncpdp_ok(value) is fits


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ("0000000000", "00000-00000-0"),
        ("0123456789", "01234-56789-T"),
        ("ABCDEFGHJK", "ABCDE-FGHJK-2"),
        ("ZZZZZZZZZZ", "ZZZZZ-ZZZZZ-A"),
        ("0000000001", "00000-00001-Y"),
        ("000000000G", "00000-0000G-Z"),
    ],
)
def test_a_number_is_printed_in_two_groups_with_its_check_character(body, printed):
    assert with_check_character(body) == printed
    assert number_ok(printed)


@pytest.mark.parametrize("body", ["", "123456789", "12345678901"])
def test_a_number_of_another_length_cannot_be_printed(body):
    with pytest.raises(
        ValueError, match=r"^a number has ten characters before its check character$"
    ):
        with_check_character(body)


def test_a_number_with_a_letter_that_is_never_used_cannot_be_printed():
    with pytest.raises(ValueError, match="substring not found"):
        with_check_character("012345678I")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "01234-56789",
        "01234-56789-8",
        "0123456789-T",
        "012345-6789-T",
        "01234-5678--T",
        "0123-456789-T",
        "01234-56789-T-",
        "01234_56789_T",
        "01234-56789-l",
        "0123456789TAB",
        "0123I-56789-T",
        "OI234-56789-T",
        "-0123456789T-",
    ],
)
def test_what_is_not_a_number_as_printed_is_refused(value):
    assert not number_ok(value)


def test_every_slip_of_one_character_is_seen():
    printed = with_check_character("A1B2C3D4E5")
    slips = [
        printed[:place] + char + printed[place + 1 :]
        for place in range(len(printed))
        for char in ALPHABET
        if char != printed[place]
    ]
    assert [slip for slip in slips if number_ok(slip)] == []


def test_every_number_of_neighbors_swapped_is_seen_save_the_first_and_last_of_the_alphabet():
    seen, missed = 0, set()
    for first in ALPHABET:
        for second in ALPHABET:
            if first != second:
                body = f"0{first}{second}0000000"
                swapped = f"0{second}{first}0000000"
                check = with_check_character(body)[-1]
                if with_check_character(swapped)[-1] == check:
                    missed.add(frozenset((first, second)))
                else:
                    seen += 1
    assert missed == {frozenset("0Z")}
    assert seen == 32 * 31 - 2


def test_the_alphabet_leaves_out_what_is_misheard():
    assert ALPHABET == "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
