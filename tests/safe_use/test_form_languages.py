"""One form in two languages: each signer signs the text they were shown, and nothing else."""

from dataclasses import replace
from datetime import date

import pytest

from etasu.safe_use.entries import Spoken
from etasu.safe_use.form_text import SignatureFact, hash_of
from etasu.safe_use.form_words import LAYOUTS, day_in
from etasu.safe_use.forms import as_shown, is_complete, stated_by, text_of
from etasu.safe_use.program import FieldType, InPlace, Step, StepKind, called_in, spoken_in
from tests.safe_use.forms_built import (
    FULL,
    NEWS,
    ON,
    PATIENT,
    PRESCRIBER,
    RIGHT,
    SHARING,
    VERSION,
    asking,
    field,
)

PACIENTE = replace(PATIENT, role_said="paciente", meaning="Lo quiero.")
MEDICO = replace(PRESCRIBER, role_said="médico", meaning="De acuerdo.")
SPANISH = replace(
    FULL,
    name="Un formulario",
    said_in="es",
    signers=(PACIENTE, MEDICO),
    sections=tuple(
        replace(
            section,
            title=f"Parte {section.code}",
            fields=tuple(
                replace(each, values_said=("rojo", "azul") if each.values else ())
                for each in section.fields
            ),
        )
        for section in FULL.sections
    ),
    offered=(replace(SHARING, said_in="es", text="Sí."), replace(NEWS, said_in="es", text="No.")),
)
BOTH = replace(FULL, translations=(SPANISH,))


def signature(definition, index, layout=0):
    """The signature of one signer who was shown the form as given."""
    signer = definition.signers[index]
    text = hash_of(text_of(definition, VERSION, RIGHT, layout))
    return SignatureFact(signer.role, text, "Mara", signer.meaning)


def test_the_text_is_in_the_language_of_the_form():
    text = text_of(SPANISH, VERSION, RIGHT)
    assert "Versión del programa: 1 de enero de 2020\n" in text
    assert "Born\n    28 de febrero de 1990\n" in text
    assert "Color\n    Rojo\n" in text
    assert "Smokes\n    No\n" in text and "Agrees\n    Marcado\n" in text
    assert "Email\n  (sin respuesta)\n" in text
    assert "    Sí.\n    Termina: when the program ends\n" in text
    assert "\nDoy este permiso." in text and "\nNo doy este permiso." in text
    assert "1. Paciente: Lo quiero.\n   o legal representative: I want this for them.\n" in text


def test_a_language_changes_the_text_and_not_the_answers():
    assert text_of(SPANISH, VERSION, RIGHT) != text_of(FULL, VERSION, RIGHT)
    blue = text_of(SPANISH, VERSION, RIGHT | {"color": "blue"})
    assert "Azul" in blue and "blue" not in blue


def test_every_language_has_every_word_and_day():
    assert day_in("en", date(2025, 5, 6)) == "May 6, 2025"
    assert day_in("es", date(2025, 5, 6)) == "6 de mayo de 2025"
    assert len({day_in("es", date(2025, month, 1)) for month in range(1, 13)}) == 12
    for words in LAYOUTS:
        english, spanish = words["en"], words["es"]
        names = english.__slots__
        same = {name for name in names if getattr(english, name) == getattr(spanish, name)}
        assert same == {"no", "spells_out"}


def test_what_was_shown_is_found_by_its_hash():
    for each in (BOTH, SPANISH):
        for layout in range(len(LAYOUTS)):
            text = text_of(each, VERSION, RIGHT, layout)
            assert as_shown(BOTH, VERSION, RIGHT, hash_of(text)) == (each, text)
    changed = hash_of(text_of(SPANISH, VERSION, RIGHT | {"name": "Noor"}))
    assert as_shown(BOTH, VERSION, RIGHT, changed) is None
    assert as_shown(FULL, VERSION, RIGHT, hash_of(text_of(SPANISH, VERSION, RIGHT))) is None


@pytest.mark.parametrize("first", [BOTH, SPANISH], ids=["english", "spanish"])
@pytest.mark.parametrize("second", [BOTH, SPANISH], ids=["english", "spanish"])
@pytest.mark.parametrize("layout", range(len(LAYOUTS)))
def test_each_signer_may_sign_in_their_own_language_and_layout(first, second, layout):
    given = [signature(first, 0, layout), signature(second, 1)]
    assert is_complete(BOTH, VERSION, RIGHT, given, ON)
    assert not is_complete(BOTH, VERSION, RIGHT | {"color": "blue"}, given, ON)


def test_a_meaning_in_another_language_than_the_text_was_not_shown():
    mixed = signature(SPANISH, 0)._replace(meaning=PATIENT.meaning)
    assert not is_complete(BOTH, VERSION, RIGHT, [mixed, signature(BOTH, 1)], ON)


def test_a_text_in_a_language_the_form_is_not_in_counts_for_nothing():
    given = [signature(SPANISH, 0), signature(FULL, 1)]
    assert not is_complete(FULL, VERSION, RIGHT, given, ON)


def test_a_form_is_in_the_language_asked_for_where_it_has_been_translated():
    assert BOTH.in_language("es") is BOTH.in_language("es-MX") is SPANISH
    for other in ("en", "en-us", "fr", "e", "", None):
        assert BOTH.in_language(other) is BOTH
    assert FULL.in_language("es") is FULL


def test_a_relationship_is_kept_in_one_way_and_read_in_the_language_of_the_form():
    place = replace(PATIENT.in_place, relationships=("parent", "guardian"))
    assert place.choices() == [("parent", "parent"), ("guardian", "guardian")]
    said = replace(place, relationships_said=("madre o padre", "tutor"))
    assert said.choices() == [("parent", "madre o padre"), ("guardian", "tutor")]


def test_a_consent_is_read_in_its_language_and_in_english_otherwise():
    spanish = replace(NEWS, said_in="es", text="Me pueden escribir.")
    consent = replace(NEWS, translations=(spanish,))
    assert consent.in_language("es") is spanish
    assert consent.in_language("es-mx") is spanish
    assert consent.in_language("fr") is consent
    assert consent.in_language(None) is consent


def test_each_relationship_has_its_own_words_or_none_has():
    plain = InPlace(who="w", meaning="m", relationships=("parent", "guardian"))
    assert plain.choices() == [("parent", "parent"), ("guardian", "guardian")]
    said = replace(plain, relationships_said=("madre o padre", "tutor"))
    assert said.choices() == [("parent", "madre o padre"), ("guardian", "tutor")]
    with pytest.raises(ValueError):
        replace(plain, relationships_said=("tutor",)).choices()


def test_a_statement_is_the_signers_own_in_the_order_of_the_form():
    first, second = (
        field("read", FieldType.CHECKBOX, stated_by="patient"),
        field("agrees", FieldType.CHECKBOX, stated_by="patient"),
    )
    form = asking(field("born"), first, field("seen", stated_by="prescriber"), second)
    assert stated_by(form, "patient") == [first, second]
    assert stated_by(form, "nurse") == []


def test_an_entry_is_called_by_its_word_in_the_language_where_it_has_one():
    said = Spoken(language="es", name="Aprender")
    step = Step(code="learn", source="invented", name="Learn", kind=StepKind.REVIEW, spoken=(said,))
    assert spoken_in(step, "es") == spoken_in(step, "es-mx") == said
    assert spoken_in(step, "fr") is spoken_in(step, None) is None
    assert (called_in(step, "es"), called_in(step, "fr")) == (said.name, step.name)
