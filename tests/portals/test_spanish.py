"""Spanish: whatever the source says to people is in the catalog, whole, and compiled."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest

from tests.portals.spoken_words import asked_for, in_python, in_template
from tests.repository.places import SOURCE

FOLDER = SOURCE / "portals" / "locale" / "es" / "LC_MESSAGES"
HOLE = re.compile(r"%\(\w+\)[sd]")


def catalog() -> dict[object, str]:
    """The compiled words."""
    with (FOLDER / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined, no-any-return]


def test_whatever_is_said_to_people_has_its_spanish() -> None:
    known = catalog()
    asked = asked_for()
    lacking = [
        f"{texts[0]!r} in {files[0].relative_to(SOURCE)}"
        for texts, files in asked.items()
        if not all(known.get((texts[0], form) if len(texts) == 2 else texts[0]) for form in (0, 1))
    ]
    assert lacking == []
    assert len(asked) > 1500


def test_the_catalog_holds_no_words_that_nobody_says() -> None:
    asked = {texts[0] for texts in asked_for()}
    known = {word[0] if isinstance(word, tuple) else word for word in catalog()}
    assert known - asked - {""} == set()


def test_no_word_of_the_catalog_is_a_guess() -> None:
    source = (FOLDER / "django.po").read_text(encoding="utf-8")
    assert not re.search(r"^#.*fuzzy|^#~", source, re.MULTILINE)
    msgids = re.findall(r"^msgid (.+(?:\n\".*)*)", source, re.MULTILINE)
    assert sorted({each for each in msgids if msgids.count(each) > 1}) == []


def test_the_compiled_words_are_those_of_the_source() -> None:
    source = (FOLDER / "django.po").read_text(encoding="utf-8")
    said = re.findall(r'^msgstr(?:\[\d\])? "(.+)"$', source, re.MULTILINE)
    compiled = set(catalog().values())
    assert len(said) >= 1500
    assert [text for text in said if text.replace('\\"', '"') not in compiled] == []


def test_what_is_filled_in_stays_filled_in() -> None:
    for word, said in catalog().items():
        singular = word[0] if isinstance(word, tuple) else word
        assert sorted(HOLE.findall(str(singular))) == sorted(HOLE.findall(said)), word


def test_one_idea_has_one_word() -> None:
    """A course of treatment is `ciclo`, for `curso` is what one takes in a training center."""
    wrong = [said for said in catalog().values() if re.search(r"\bcursos?\b", said, re.I)]
    assert [said for said in wrong if "en curso" not in said.lower()] == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ('{% translate "It’s" %}', {("It’s",)}),
        ("{% translate 'A \"b\"' as c %}", {('A "b"',)}),
        ("{% blocktranslate with n=a trimmed %}\n One {{ n }}\n  two\n{% endblocktranslate %}",
         {("One %(n)s two",)}),
        ("{% blocktranslate count n=a %}{{ n }} a{% plural %}{{ n }} b{% endblocktranslate %}",
         {("%(n)s a", "%(n)s b")}),
        ('{{ _("In (brackets)") }} and _( alone', {("In (brackets)",)}),
    ],
)  # fmt: skip
def test_the_words_of_a_template_are_found(text: str, asked: set[tuple[str, ...]]) -> None:
    assert set(in_template(text)) == asked


def test_the_words_of_python_are_found() -> None:
    text = '_("a" "b"); gettext_lazy("c"); ngettext("d", "e", n); other("f"); _(name); m._("g")'
    assert set(in_python(ast.parse(text))) == {("ab",), ("c",), ("d", "e"), ("g",)}


def test_a_text_without_its_spanish_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "page.py").write_text('_("Nobody has translated this")', encoding="utf-8")
    monkeypatch.setattr("tests.portals.spoken_words.SOURCE", tmp_path)
    assert list(asked_for()) == [("Nobody has translated this",)]
    assert catalog().get("Nobody has translated this") is None
