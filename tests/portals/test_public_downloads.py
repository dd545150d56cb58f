"""Materials and blank forms: every wording to read and to print, and nothing fetched twice."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from etasu.portals.public import printing
from etasu.programs import library
from etasu.programs.document_files import Document
from etasu.programs.documents import wordings_of
from etasu.safe_use.program import ProgramVersion
from tests.portals.html_checks import html_problems

PROGRAM = "lemtrada"
HERE = f"/programs/{PROGRAM}/"
pytestmark = [pytest.mark.usefixtures("moment"), pytest.mark.django_db]


@pytest.fixture
def visitor() -> Client:
    """A stranger with a browser in English."""
    return Client(headers={"accept-language": "en"})


def present() -> ProgramVersion:
    """The version in force."""
    return library.current().programs[PROGRAM].versions[-1]


def made_here() -> dict[str, list[str]]:
    """The languages of each material the platform makes."""
    found = {each: list(wordings_of(present(), each)) for each in present().materials}
    return {code: languages for code, languages in found.items() if languages}


def text_of(content: bytes) -> str:
    """What a PDF says."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_every_wording_is_listed_with_its_day_and_language(visitor: Client) -> None:
    text = visitor.get(f"{HERE}downloads/").content.decode()
    trained_with = {"program-overview", "education-program", "facility-education-program"}
    assert made_here().keys() == {"patient-guide", "safety-card", "infusion-reactions-guide"} | (
        trained_with
    )
    for material, languages in made_here().items():
        assert languages[0] == "en" and f'id="{material}"' in text
        for language in languages:
            address = f"{HERE}downloads/{material}/{language}"
            assert f'href="{address}/"' in text
            assert f'href="{address}.pdf">PDF<' in text
    assert "Español" in text and html_problems(text) == []


def test_the_list_is_there_at_once_for_nothing_is_printed_before_it_is_asked_for(
    visitor: Client,
) -> None:
    printing._Shelf.library = None
    text = visitor.get(f"{HERE}downloads/").content.decode()
    assert printing._Shelf.files == {} or printing._Shelf.library is None
    assert "Every PDF file made here is smaller than 100 KB." in text
    files = set(re.findall(r'href="([^"]+\.pdf)"', text))
    assert len(files) >= 30
    for file in files:
        assert len(visitor.get(file).content) < 100 * 1024, file


def test_every_form_is_there_to_print(visitor: Client) -> None:
    text = visitor.get(f"{HERE}downloads/").content.decode()
    for form in present().forms.values():
        assert f'href="{HERE}forms/{form.code}.pdf"' in text and form.name in text
        for said in form.translations:
            assert f'href="{HERE}forms/{form.code}/{said.said_in}.pdf"' in text
    answer = visitor.get(f"{HERE}forms/patient-enrollment.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert 'filename="lemtrada-patient-enrollment-2024-03-04.pdf"' in answer["Content-Disposition"]
    assert present().forms["patient-enrollment"].name in text_of(answer.content)
    spanish = visitor.get(f"{HERE}forms/patient-enrollment/es.pdf")
    assert "lemtrada-patient-enrollment-es-2024" in spanish["Content-Disposition"]
    for said in ("Formulario de inscripción del paciente", "Fecha de nacimiento", "Femenino"):
        assert said in text_of(spanish.content)
    for strange in ("patient-enrollment/fr", "patient-enrollment/en", "patient-status/es"):
        expected = 200 if strange.endswith("/en") else 404
        assert visitor.get(f"{HERE}forms/{strange}.pdf").status_code == expected


def test_patients_see_what_is_for_them(visitor: Client) -> None:
    text = visitor.get(f"{HERE}downloads/?for=patients").content.decode()
    for material in present().materials.values():
        assert (f'id="{material.code}"' in text) == (material.audience == "patient")
    assert "Blank forms" not in text


def test_what_is_made_elsewhere_says_where_it_is(visitor: Client) -> None:
    text = visitor.get(f"{HERE}downloads/").content.decode()
    assert "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid=6236b0bc" in text
    assert "ask the program for it" in text


def test_a_wording_is_read_on_the_screen_in_its_own_language(visitor: Client) -> None:
    for material, languages in made_here().items():
        for language in languages:
            answer = visitor.get(f"{HERE}downloads/{material}/{language}/")
            text = answer.content.decode()
            document = wordings_of(present(), material)[language]
            assert f'lang="{language}"' in text
            assert document.title in text.replace("&#x27;", "'")
            assert html_problems(text) == [], (material, language)
    assert visitor.get(f"{HERE}downloads/patient-guide/fr/").status_code == 404


def test_nothing_is_fetched_twice(visitor: Client) -> None:
    for address in (f"{HERE}downloads/patient-guide/en.pdf", f"{HERE}forms/patient-status.pdf"):
        first = visitor.get(address)
        assert first["Cache-Control"] == "public, max-age=3600" and first["Last-Modified"]
        again = visitor.get(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        since = {"if-modified-since": first["Last-Modified"]}
        assert visitor.get(address, headers=since).status_code == 304
        other = visitor.get(address, headers={"if-none-match": '"something-else"'})
        assert (other.status_code, other.content) == (200, first.content)
        assert not first.cookies


def test_the_same_wording_gives_the_same_bytes(visitor: Client) -> None:
    address = f"{HERE}downloads/safety-card/es.pdf"
    first = visitor.get(address)
    printing._Shelf.library = None
    again = visitor.get(address, headers={"accept-language": "es"})
    assert (again.content, again["ETag"]) == (first.content, first["ETag"])


def test_earlier_forms_are_kept_and_say_that_they_were_replaced(visitor: Client) -> None:
    (earlier, _) = library.current().programs[PROGRAM].versions
    text = visitor.get(f"{HERE}downloads/").content.decode()
    for form in earlier.forms:
        assert f'href="{HERE}versions/{earlier.label}/forms/{form}.pdf"' in text
    old = visitor.get(f"{HERE}versions/{earlier.label}/forms/patient-status.pdf").content
    new = visitor.get(f"{HERE}forms/patient-status.pdf").content
    assert "Replaced" in text_of(old) and "Replaced" not in text_of(new)


def test_an_earlier_wording_is_listed_with_the_present_one(visitor: Client) -> None:
    whole = library.current()
    try:
        library.use(with_an_earlier_guide(whole))
        text = visitor.get(f"{HERE}downloads/patient-guide/en/").content.decode()
        assert "Earlier wordings" in text
        past = f"{HERE}versions/2016-04-05/patient-guide/en"
        assert f'href="{past}/"' in text and f'href="{past}.pdf"' in text
        old = visitor.get(f"{past}/").content.decode()
        assert "This wording has been replaced." in old and "The first guide" in old
        assert f'href="{HERE}downloads/patient-guide/en/"' in old
        assert "Replaced" in text_of(visitor.get(f"{past}.pdf").content)
    finally:
        library.use(whole)


def with_an_earlier_guide(whole: library.ProgramLibrary) -> library.ProgramLibrary:
    """The library, with a guide for patients in the version before the present one too."""
    loaded = whole.programs[PROGRAM]
    first, second = loaded.versions
    guide = wordings_of(second, "patient-guide")["en"]
    before: Document = replace(guide, title="The first guide", edition=date(2016, 4, 5))
    material = second.materials["patient-guide"]
    older = replace(first, materials={**first.materials, "patient-guide": material})
    documents = {**loaded.documents, older.label: (before,)}
    changed = loaded._replace(versions=(older, second), documents=documents)
    return library.ProgramLibrary({**whole.programs, PROGRAM: changed})


def test_a_version_that_has_not_begun_is_not_there(visitor: Client) -> None:
    whole = library.current()
    loaded = whole.programs[PROGRAM]
    ahead = replace(loaded.versions[-1], effective_on=date(2026, 5, 1) + timedelta(days=1))
    try:
        versions = (loaded.versions[0], ahead)
        changed = loaded._replace(versions=versions)
        library.use(library.ProgramLibrary({PROGRAM: changed}))
        there = f"{HERE}versions/{ahead.label}/forms/patient-status.pdf"
        assert visitor.get(there).status_code == 404
        assert ahead.label not in visitor.get(f"{HERE}downloads/").content.decode()
    finally:
        library.use(whole)


def test_a_program_that_ended_keeps_its_forms(visitor: Client) -> None:
    text = visitor.get("/programs/clozapine/downloads/").content.decode()
    assert "/programs/clozapine/forms/patient-status.pdf" in text
