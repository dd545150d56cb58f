"""Forms and consents in Spanish: complete and of the English shape, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from etasu.portals.components.program_words import asked, called, said_in
from etasu.programs.check import check_folder
from etasu.programs.library import load_library
from etasu.programs.loader import load_program
from tests.programs.folders import teaching_copy

CONSENTS = """
consents:
  - code: news
    name: News
    text: I get news.
    text_version: "1"
    ends: never
    revocation: None.
    source: invented
"""
FORM = """
code: patient-enrollment
name: Patient Enrollment Form
filled_by: prescriber
source: invented for teaching
sections:
  - code: who
    title: Who
    fields:
      - {code: name, label: Full name, type: text, help: As in your papers}
      - {code: color, label: Color, type: choice, values: [red, blue]}
consents: [news]
signers:
  - role: patient
    meaning: I agree.
    in_place: {who: parent, meaning: I may., relationships: [mother, father]}
  - {role: prescriber, meaning: I told them.}
"""
CONSENTS_ES = """
consents:
  - code: news
    name: Noticias
    text: Recibo noticias.
    text_version: "1"
    ends: nunca
    revocation: Nada.
"""
FORM_ES = """
code: patient-enrollment
name: Formulario
sections:
  - code: who
    title: Quién
    fields:
      - {code: name, label: Nombre completo, help: Como en sus papeles}
      - {code: color, label: Color, values: [rojo, azul]}
signers:
  - role: patient
    said: paciente
    meaning: Acepto.
    in_place: {who: madre o padre, meaning: Puedo., relationships: [madre, padre]}
  - {role: prescriber, said: médico, meaning: Lo expliqué.}
"""


def folder_of(place: Path, form: str = FORM_ES, consents: str = CONSENTS_ES) -> Path:
    """The teaching program with a form and a consent, and their translations."""
    folder = teaching_copy(place)
    version = folder / "2024-01-01"
    spanish = version / "translations" / "es"
    spanish.mkdir(parents=True)
    for path, text in (
        (version / "consents.yaml", CONSENTS),
        (version / "forms" / "patient-enrollment.yaml", FORM),
        (spanish / "consents.yaml", consents),
        (spanish / "patient-enrollment.yaml", form),
    ):
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_form_is_said_in_spanish_and_stays_the_same_form(tmp_path: Path) -> None:
    form = load_program(folder_of(tmp_path)).versions[0].forms["patient-enrollment"]
    spanish = form.in_language("es-us")
    assert (form.said_in, spanish.said_in, spanish.name) == ("en", "es", "Formulario")
    name, color = spanish.sections[0].fields
    assert (name.label, name.help) == ("Nombre completo", "Como en sus papeles")
    assert (color.values, color.said("blue")) == (("red", "blue"), "azul")
    assert form.sections[0].fields[1].said("blue") == "blue"
    place = spanish.signers[0].in_place
    assert place is not None
    assert place.choices() == [("mother", "madre"), ("father", "padre")]
    assert [each.text for each in spanish.offered] == ["Recibo noticias."]
    assert form.in_language("fr") is form and form.in_language(None) is form


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("code: name, ", "code: called, ", "who: fields: expected in this order: name, color"),
        (", values: [rojo, azul]", "", "color: values: expected 2 as in English, not 0"),
        (", help: Como en sus papeles", "", "name: help: expected a hint"),
        ("code: who", "code: whom", "patient-enrollment: sections: expected in this order: who"),
        ("role: prescriber", "role: nurse", "signers: expected in this order: patient, prescriber"),
        ("[madre, padre]", "[madre]", "patient: in_place: expected 2 relationships as in English"),
        (
            "    meaning: Acepto.\n",
            "",
            "signers: meaning: expected a value, but it is missing",
        ),
        ("code: patient-enrollment", "code: other", "form: code: expected the file's name"),
        ("name: Formulario", "nombre: X", "nombre: expected one of: code, name, sections, signers"),
        ("name: Formulario", "name: {", "line 5, column 3: expected valid YAML"),
    ],
)
def test_a_form_half_translated_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in FORM_ES
    problems = check_folder(folder_of(tmp_path, form=FORM_ES.replace(old, new, 1))).problems
    assert problems[0].file == "2024-01-01/translations/es/patient-enrollment.yaml"
    assert any(said in str(problem) for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('version: "1"', 'version: "0"', "news: text_version: expected 1, as the English text has"),
        ("code: news", "code: olds", "consents: news: expected its words, but it is missing"),
        ("consents:", "consent:", "consents: expected a list, not nothing"),
        ("    ends: nunca\n", "", "consents: news: ends: expected a value, but it is missing"),
    ],
)
def test_a_consent_not_or_otherwise_translated_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    problems = check_folder(folder_of(tmp_path, consents=CONSENTS_ES.replace(old, new))).problems
    assert any(said in str(problem) for problem in problems), problems


def test_a_form_whose_consents_are_not_translated_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "2024-01-01" / "translations" / "es" / "consents.yaml").unlink()
    (problem,) = check_folder(folder).problems
    assert problem.expected == "the consent news in this language too"


def test_a_language_the_platform_cannot_lay_a_form_out_in_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "2024-01-01" / "translations" / "es").rename(
        folder / "2024-01-01" / "translations" / "tlh"
    )
    (problem,) = check_folder(folder).problems
    assert str(problem) == "2024-01-01/translations/tlh: expected a folder called es"


def test_a_translation_of_no_form_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    stray = folder / "2024-01-01" / "translations" / "es" / "stray.yaml"
    stray.write_text(FORM_ES.replace("code: patient-enrollment", "code: stray"), encoding="utf-8")
    (problem,) = check_folder(folder).problems
    assert str(problem).startswith("2024-01-01/translations/es/stray.yaml: form: expected one of")


def test_whatever_a_patient_signs_or_allows_can_be_read_in_spanish() -> None:
    for loaded in load_library().programs.values():
        if loaded.program.invented:
            continue
        for version in loaded.versions:
            of_patients = [
                form
                for form in version.forms.values()
                if any(signer.role == "patient" for signer in form.signers)
            ]
            english = [each.code for each in of_patients if not each.translations]
            english += [each.code for each in version.consents.values() if not each.translations]
            assert english == [], f"{loaded.program.code} {version.label}"


WORDS_ES = """
notice: Un aviso.
parties:
  - {code: prescriber, name: Médico, steps: []}
gates: []
tests: []
"""


def test_a_file_of_words_names_everything_or_is_refused(tmp_path: Path) -> None:
    folder = teaching_copy(tmp_path)
    version = load_program(folder).versions[0]
    place = folder / version.label / "translations" / "es"
    place.mkdir(parents=True, exist_ok=True)
    (place / "words.yaml").write_text(WORDS_ES)
    problems = [str(each) for each in check_folder(folder).problems]
    named = (*version.parties, *version.gates, *version.tests)
    lacking = {code for code in named if code != "prescriber"}
    lacking |= {step.code for step in version.parties["prescriber"].steps}
    assert all(any(code in said for said in problems) for code in lacking)
    (place / "words.yaml").unlink()
    assert not check_folder(folder).problems


def test_steps_and_gates_are_called_by_the_words_of_the_page() -> None:
    version = load_library().programs["lemtrada"].versions[-1]
    step, gate = version.parties["prescriber"].steps[0], version.gates["infuse"]
    with translation.override("es"):
        assert called(step).startswith("Registrarse") and said_in(step) == "es"
        assert asked(gate).startswith("¿Se le puede administrar")
        assert called(version.tests["platelets"]) == "Plaquetas"
    with translation.override("en"):
        assert (called(step), asked(gate), said_in(gate)) == (step.name, gate.question, "en")
