"""Spanish: the compiled words are those of the source, and the shared pages are translated."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from tests.repository.places import SOURCE

FOLDER = SOURCE / "portals" / "locale" / "es" / "LC_MESSAGES"
TEMPLATES = SOURCE / "portals" / "templates"
# The pages for prescribers and for the program's own people are in English so far.
SPOKEN = ("account", "components", "errors", "facility", "pharmacy", "standing", "training")


def catalog() -> dict[object, str]:
    """The compiled words."""
    with (FOLDER / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined, no-any-return]


def spoken_templates() -> list[Path]:
    """The templates that must be translated in full."""
    return [page for folder in SPOKEN for page in sorted((TEMPLATES / folder).glob("*.html"))]


@pytest.mark.parametrize("page", spoken_templates(), ids=lambda page: page.stem)
def test_every_word_of_a_shared_page_has_its_spanish(page: Path) -> None:
    words = re.findall(r'{% translate "([^"]+)"', page.read_text())
    known = catalog()
    assert [word for word in words if not known.get(word)] == []


def test_the_compiled_words_are_those_of_the_source() -> None:
    source = (FOLDER / "django.po").read_text()
    said = re.findall(r'^msgstr(?:\[\d\])? "(.+)"$', source, re.MULTILINE)
    compiled = set(catalog().values())
    assert len(said) >= 250
    assert [text for text in said if text.replace('\\"', '"') not in compiled] == []


def test_what_is_filled_in_stays_filled_in() -> None:
    for word, said in catalog().items():
        singular = word[0] if isinstance(word, tuple) else word
        holes = re.findall(r"%\(\w+\)[sd]", str(singular))
        assert sorted(holes) == sorted(re.findall(r"%\(\w+\)[sd]", said)), word
