"""Forms on paper: every question, answer and signature of every form, inside its page."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etasu.portals.components.paper import fonts
from etasu.portals.components.paper.answers import in_words, options
from etasu.portals.components.paper.forms import form_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.paper.signatures import PrintedSignature
from etasu.safe_use.forms import questions
from etasu.safe_use.program import FieldType, FormDefinition, FormField, ProgramVersion
from tests.cases.programs import loaded_programs
from tests.portals.paper_reading import outside, reader, squeezed, words_of

AT = datetime(2025, 5, 1, 15, 0, tzinfo=UTC)
FORMS = [
    pytest.param(form, version, id=f"{loaded.program.code}/{version.label}/{form.code}")
    for loaded in loaded_programs()
    for version in loaded.versions
    for form in version.forms.values()
]
VERSION = next(each.versions[0] for each in loaded_programs() if each.program.invented)
HOSTILE = [
    "<b>bold</b> & <i>leaning</i>",
    '<img src="file:///etc/passwd" width="9"/>',
    "<font color=\"[[[getattr(pow,'x') for x in [1]]]]\">red</font>",
    "</para><para>another",
    "&lt;script&gt; &nbsp; &#x41;",
    "(unbalanced \\ ) parens ( \\051",
    "<a href='javascript:alert(1)'>here</a>",
    "{{ 7*7 }} {% now %} %s %(name)s",
]


def long_form() -> FormDefinition:
    """A form with one question of each kind."""
    form = next(iter(VERSION.forms.values()))
    fields = tuple(
        FormField(code=kind.value, label=f"Question {kind.value}", type=kind, values=("a", "b"))
        for kind in FieldType
    )
    return replace(form, sections=(replace(form.sections[0], fields=fields),))


def answer_for(field: FormField, key: str) -> str:
    """An answer of the question's kind that no other question has."""
    known = {
        FieldType.DATE: "2025-05-01",
        FieldType.TIME: "14:30",
        FieldType.YES_NO: "no",
        FieldType.CHECKBOX: "yes",
    }
    if field.type is FieldType.CHOICE:
        return field.values[-1]
    return known.get(field.type, f"answer to {key}")


def answers_for(form: FormDefinition) -> dict[str, str]:
    """An answer to every question, in every row."""
    return {key: answer_for(field, key) for key, field, _row in questions(form)}


def signature(**other: Any) -> PrintedSignature:
    """A signature on record."""
    said: dict[str, Any] = {
        "name": "Dr. Amara Núñez",
        "role": "Prescriber",
        "meaning": "I have read it.",
        "signed_at": AT,
        "zone": "America/Los_Angeles",
        "method": "With name and password",
        "digest": "0123456789abcdef" * 4,
        "is_valid": True,
    }
    return PrintedSignature(**(said | other))


@pytest.mark.parametrize(("form", "version"), FORMS)
def test_a_blank_form_asks_every_question(form: FormDefinition, version: ProgramVersion) -> None:
    file = form_pdf(form, version)
    words = squeezed(words_of(file))
    for _key, field, _row in questions(form):
        assert all(squeezed(each) in words for each in (field.label, *options(field)))
    for signer in form.signers:
        assert squeezed(signer.meaning) in words
    assert squeezed(version.program.notice) in words
    assert outside(file) == []
    assert 1 <= len(reader(file).pages) <= 5


@pytest.mark.parametrize(("form", "version"), FORMS)
def test_a_filled_form_shows_every_answer(form: FormDefinition, version: ProgramVersion) -> None:
    answers = answers_for(form)
    signed = [signature(meaning=each.meaning, name=f"S. {each.role}") for each in form.signers]
    file = form_pdf(form, version, answers=answers, signatures=signed, number="7QK2M-X0B4T-N")
    words = squeezed(words_of(file))
    for key, field, _row in questions(form):
        assert squeezed(field.label) in words
        assert squeezed(in_words(field, answers[key])) in words
    for each in signed:
        assert {squeezed(each.name), squeezed(each.meaning), each.digest} <= _found(words, each)
    assert outside(file) == []
    assert 1 <= len(reader(file).pages) <= 8


def _found(words: str, each: PrintedSignature) -> set[str]:
    said = {squeezed(each.name), squeezed(each.meaning), each.digest}
    return {one for one in said if one in words}


def test_the_same_form_gives_the_same_bytes_in_any_process() -> None:
    form = long_form()
    printing = Printing(printed_at=AT, watermark="TEST", address="https://example.org/forms")
    first = form_pdf(form, VERSION, answers=answers_for(form), printing=printing)
    form_pdf(form, VERSION, answers={"text": "ÄÖÜ and other letters"})
    assert form_pdf(form, VERSION, answers=answers_for(form), printing=printing) == first
    command = (
        "import django; django.setup(); import hashlib\n"
        "from tests.portals.test_paper_forms import *\n"
        "print(hashlib.sha256(form_pdf(long_form(), VERSION)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": os.getcwd()},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland"))
    }
    assert len(digests) == 1


@pytest.mark.parametrize("said", HOSTILE)
def test_what_somebody_typed_is_printed_and_never_obeyed(said: str) -> None:
    form = long_form()
    answers = dict.fromkeys(answers_for(form), said) | {"not-asked": said}
    written = signature(name=said, meaning=said, method=said, role=said, stands_for=said)
    file = form_pdf(
        form, VERSION, answers=answers, signatures=[written], about=[(said, said)], number=said
    )
    words = squeezed(words_of(file))
    assert words.count(squeezed(said)) >= len(answers) + 6
    assert all("/Annots" not in page and not page.images for page in reader(file).pages)
    assert outside(file) == []


def test_a_very_long_answer_goes_on_over_pages() -> None:
    form = long_form()
    marks = [f"word{number:03}" for number in range(500)]
    answers = answers_for(form) | {"long_text": " ".join(marks), "text": "x" * 4000}
    file = form_pdf(form, VERSION, answers=answers)
    words = words_of(file)
    assert [mark for mark in marks if mark not in words] == []
    assert squeezed(words).count("x") >= 4000
    assert outside(file) == []
    assert 3 <= len(reader(file).pages) <= 6


def test_forty_signatures_are_all_there() -> None:
    form = long_form()
    signed = [signature(name=f"Signer Number {number:02}") for number in range(40)]
    file = form_pdf(form, VERSION, answers={}, signatures=signed)
    words = words_of(file)
    assert [each.name for each in signed if each.name not in words] == []
    assert outside(file) == []


def test_a_signature_shows_all_that_the_law_asks_for() -> None:
    form = long_form()
    said = signature(stands_for="In the signer's place: mother", paper_on=date(2025, 4, 30))
    words = words_of(form_pdf(form, VERSION, answers={}, signatures=[said]))
    for part in (
        "Dr. Amara Núñez, Prescriber",
        "In the signer's place: mother",
        "Signed on paper: Wednesday, April 30, 2025",
        "Thu, May 1, 2025, 8:00 AM PDT (2025-05-01 15:00:00 UTC)",
        "Meaning: I have read it.",
        "How: With name and password",
        "0123456789abcdef" * 4,
        "Valid. The text on record is the text that was signed.",
    ):
        assert part in words


def test_a_signature_that_does_not_hold_is_never_shown_as_valid() -> None:
    form = long_form()
    for is_valid, verdict in ((False, "NOT VALID."), (None, "Not checked when")):
        file = form_pdf(form, VERSION, answers={}, signatures=[signature(is_valid=is_valid)])
        words = words_of(file)
        assert verdict in words and "Valid. The text" not in words


def test_doubts_stand_before_everything_else() -> None:
    words = words_of(form_pdf(long_form(), VERSION, answers={}, doubts=["the answers differ"]))
    assert words.index("the answers differ") < words.index("Question")
    assert "Do not rely on it" in words


def test_missing_signatures_are_counted() -> None:
    form = long_form()
    assert "Signatures still missing: 1." in words_of(form_pdf(form, VERSION, answers={}))
    complete = form_pdf(form, VERSION, answers={}, signatures=[signature()])
    assert "still missing" not in words_of(complete)


def test_a_question_not_asked_differs_from_one_not_answered() -> None:
    form = long_form()
    section = form.sections[0]
    first = FormField(code="a", label="Smoker?", type=FieldType.YES_NO)
    second = FormField(code="b", label="How long?", type=FieldType.TEXT, shown_when="a=yes")
    form = replace(form, sections=(replace(section, fields=(first, second)),))
    assert "How long? Not asked" in words_of(form_pdf(form, VERSION, answers={"a": "no"}))
    assert "How long? Not answered" in words_of(form_pdf(form, VERSION, answers={"a": "yes"}))
    assert "Only when “Smoker?” is answered: Yes" in words_of(form_pdf(form, VERSION))


def test_an_answer_the_form_has_no_question_for_is_printed_too() -> None:
    answers = {"gone": "kept for good", "odd": {"deep": [1, None]}, "flag": True}
    words = words_of(form_pdf(long_form(), VERSION, answers=answers))
    assert "Other answers on record" in words
    assert "kept for good" in words and '{"deep": [1, null]}' in words


def test_a_fax_number_nobody_confirmed_is_not_given_as_if_it_were() -> None:
    with_fax = [
        (form, version)
        for form, version in (param.values for param in FORMS)
        if any(each.kind == "fax" for each in version.program.contacts)
    ]
    assert with_fax
    form, version = with_fax[0]
    (fax,) = [each for each in version.program.contacts if each.kind == "fax"]
    for verified in (True, False):
        contacts = (replace(fax, verified=verified),)
        program = replace(version.program, contacts=contacts)
        words = words_of(form_pdf(form, replace(version, program=program)))
        assert fax.value in words
        assert ("call before you fax" in words) is not verified


def test_letters_of_spanish_and_beyond_are_printed() -> None:
    form = long_form()
    said = "¿Señora Núñez? ¡El pingüino comió! Çelik, Łukasz, Strauß, “quoted” – 5 µg ≥ 4"
    words = words_of(form_pdf(form, VERSION, answers={"text": said}))
    assert said in words
    assert "could not be printed as they are" not in words


def test_letters_that_cannot_be_printed_are_owned_up_to() -> None:
    form = long_form()
    file = form_pdf(form, VERSION, answers={"text": "Nguyễn Wałęsa 中\u202e hidden\x00"})
    words = words_of(file)
    assert "Nguyen Wałesa ? hidden" in words
    assert "Some letters could not be printed as they are." in words


@pytest.mark.parametrize(
    ("said", "printed", "is_exact"),
    [
        ("e\u0301", "é", True),
        ("a\tb\u00a0c\u2003d", "a b\u00a0c d", True),
        ("a\u2028b", "a\nb", True),
        ("soft\u00adhyphen\ufeff", "softhyphen", True),
        ("ő", "o", False),
        ("😀", "?", False),
        ("\ue000\uffff", "??", False),
    ],
)
def test_every_letter_has_something_to_print(said: str, printed: str, is_exact: bool) -> None:
    assert fonts.legible(said) == printed
    assert fonts.is_exact(said) is is_exact


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from([each.value for each in FieldType]), st.text(max_size=300)))
def test_no_answer_stops_the_printer(answers: dict[str, str]) -> None:
    assert outside(form_pdf(long_form(), VERSION, answers=answers)) == []


def test_the_file_says_what_it_is() -> None:
    form = long_form()
    printing = Printing(printed_at=AT, language="es", watermark="TEST")
    file = reader(form_pdf(form, VERSION, answers={}, number="7QK2M-X0B4T-N", printing=printing))
    said = file.metadata
    assert said is not None
    assert (said.title, said.author) == (form.name, VERSION.program.name)
    assert said.creation_date == AT
    assert file.root_object["/Lang"] == "es-US"
    assert file.root_object["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    titles = [each.title for each in file.outline if not isinstance(each, list)]
    assert titles[0] == form.name and "Firmas" in titles
    last = len(file.pages)
    for number, page in enumerate(file.pages, 1):
        words = page.extract_text()
        assert f"Página {number} de" in words and f"{last}" in words
        assert "TEST" in words and "7QK2M-X0B4T-N" in words


def test_bookmarks_lead_to_the_page_of_their_heading() -> None:
    form = next(p.values[0] for p in FORMS if p.values[0].code == "infusion-checklist")
    file = reader(form_pdf(form, VERSION))
    assert len(file.pages) > 1
    for entry in file.outline:
        page = file.get_destination_page_number(entry)
        assert squeezed(entry.title) in squeezed(file.pages[page].extract_text())


def test_every_letter_travels_with_the_file() -> None:
    file = reader(form_pdf(long_form(), VERSION, answers=answers_for(long_form())))
    fonts_used = [face for page in file.pages for face in _faces(page)]
    assert fonts_used
    assert [face for face in fonts_used if "/FontFile2" not in face["/FontDescriptor"]] == []


def _faces(page: Any) -> list[Any]:
    return [face.get_object() for face in page["/Resources"]["/Font"].values()]


def test_the_overflow_check_sees_an_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etasu.portals.components.paper.looks.WIDTH", 9.0 * 72)
    answers = answers_for(long_form()) | {"text": "x" * 900}
    assert outside(form_pdf(long_form(), VERSION, answers=answers))
