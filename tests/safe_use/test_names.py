"""What can be a name, and which part of it is the last name."""

import pytest

from etasu.safe_use.names import LONGEST_NAME, name_ok, name_parts, place_name_ok, told_or_parted


@pytest.mark.parametrize(
    "name",
    [
        "Mara Fern",
        "José Ñandú",
        "Anne-Marie O’Neil, Jr.",
        "D'Arc",
        "محمد علي",
        "रवि",
        "e\u0301va",
        "王",
    ],
)
def test_people_are_called_so(name):
    assert name_ok(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "Mara 😀",
        "<b>Mara</b>",
        "Mara2",
        "Mara\nFern",
        "Mara\u202eFern",
        "Mara\x00",
        "@M",
    ],
)
def test_nobody_is_called_so(name):
    assert not name_ok(name)


def test_a_name_has_an_end():
    assert name_ok("a" * LONGEST_NAME) and not name_ok("a" * (LONGEST_NAME + 1))
    assert place_name_ok("a" * LONGEST_NAME) and not place_name_ok("a" * (LONGEST_NAME + 1))


def test_a_place_may_have_numbers_in_its_name():
    assert place_name_ok("3rd Street Clinic & Labs #2 (East)")
    assert not name_ok("3rd Street Clinic")
    for each in ("", "&", "<i>Clinic</i>", "Clinic 🏥", "Clinic\n2"):
        assert not place_name_ok(each)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Mara Fern", "Mara", "Fern"),
        ("Dr. Amara Stonelantern", "Amara", "Stonelantern"),
        ("Prof. Dr. Amara Stonelantern, MD, PhD", "Amara", "Stonelantern"),
        ("Amara Do", "Amara", "Do"),
        ("Amara Fern DO", "Amara", "Fern"),
        ("Lee K. Fern Jr.", "Lee K.", "Fern Jr."),
        ("Ana de la Cruz", "Ana", "de la Cruz"),
        ("Ana García-López", "Ana", "García-López"),
        # Which word the middle one belongs to, only its owner knows.
        ("Ana García López", "", ""),
        ("Mary Ann de la Cruz", "", ""),
        ("Sukarno", "", ""),
        ("Dr.", "", ""),
        ("", "", ""),
    ],
)
def test_a_name_is_parted_only_where_one_can_tell(name, first, last):
    assert name_parts(name) == (first, last)


def test_what_somebody_said_of_their_own_name_goes_first():
    assert told_or_parted("Dr. Ana García López", "Ana", "García López") == ("Ana", "García López")
    assert told_or_parted("Ana García López", "Eva", "García López") == ("", "")
    assert told_or_parted("Mara Fern", "", "") == ("Mara", "Fern")
