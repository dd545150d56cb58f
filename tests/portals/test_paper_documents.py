"""Documents and certificates: on paper and on the page, in English and in Spanish."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation
from django.utils.html import escape, strip_tags

from etasu.portals.components.paper.cards import panels
from etasu.portals.components.paper.certificates import Certified, certificate_pdf
from etasu.portals.components.paper.materials import material_pdf
from etasu.portals.components.paper.screen import document_html
from etasu.portals.components.paper.sheet import Printing
from etasu.programs.document_files import Document
from etasu.programs.document_text import (
    Callout,
    CalloutKind,
    Divider,
    Grid,
    Heading,
    Listing,
    Paragraph,
    Run,
    all_runs,
    plain_text,
)
from etasu.programs.documents import document_for, load_documents, module_document
from etasu.safe_use.program import ProgramVersion
from tests.cases.programs import loaded_programs
from tests.portals.paper_reading import outside, reader, squeezed, words_of

ADDRESS = "https://rems.example.org/materials/7QK2M"
VERSIONS = [version for loaded in loaded_programs() for version in loaded.versions]
DOCUMENTS = [
    pytest.param(
        document, version, id=f"{version.program.code}/{document.code}.{document.language}"
    )
    for loaded in loaded_programs()
    for version in loaded.versions
    for document in (
        *loaded.documents.get(version.label, ()),
        *(
            module_document(said, version.program)
            for each in version.modules.values()
            for said in (each, *each.translations)
        ),
    )
]
TEACHING = next(each for each in VERSIONS if each.program.code == "teaching")
CERTIFIED = Certified(
    name="Riverside Infusion Center",
    kind="Healthcare facility",
    number="7QK2M-X0B4T-N",
    certified_from=date(2025, 4, 1),
    certified_until=date(2027, 3, 31),
    issued_on=date(2025, 4, 2),
    code="K7QP-22XM",
    representative="Ben Peña",
)
HOSTILE = '<script>alert("x")</script> & <img src="file:///etc/passwd">'


def hostile_document() -> Document:
    """A document whose every word is an attack."""
    runs = (Run(HOSTILE, bold=True), Run(HOSTILE, italic=True))
    linked = (Run("here", link='https://example.org/"><script>'),)
    return Document(
        code="hostile",
        source=HOSTILE,
        language="en",
        title=HOSTILE,
        edition=date(2025, 1, 1),
        audience=("public",),
        notice=HOSTILE,
        is_card=False,
        blocks=(
            Heading(2, runs, '"><script>'),
            Paragraph((*runs, *linked)),
            Listing(False, ((Paragraph(runs), Listing(True, ((Paragraph(runs),),))),)),
            Grid((runs, runs), ((runs, runs),)),
            Callout(CalloutKind.WARNING, (Paragraph(runs),)),
            Divider(),
        ),
    )


@pytest.mark.parametrize(("document", "version"), DOCUMENTS)
def test_every_word_of_a_document_is_printed(document: Document, version: ProgramVersion) -> None:
    file = material_pdf(document, version.program, Printing(address=ADDRESS))
    words = squeezed(words_of(file))
    frame = squeezed(f"{version.program.name}{document.title}P")
    head = rf"{re.escape(frame)}\S{{0,60}}?{document.edition}"
    flowing = re.sub(head, "", words)  # for a sentence may go on over the page
    for runs in all_runs(document.blocks):
        assert all(squeezed(run.text) in flowing for run in runs)
    assert squeezed(document.title) in words
    assert squeezed(document.notice) in words
    assert outside(file) == []
    assert 1 <= len(reader(file).pages) <= (1 if document.is_card else 6)
    assert reader(file).root_object["/Lang"] == f"{document.language}-US"


@pytest.mark.parametrize(("document", "version"), DOCUMENTS)
def test_every_word_of_a_document_is_on_its_page(
    document: Document, version: ProgramVersion
) -> None:
    html = document_html(document)
    words = squeezed(strip_tags(html))
    for runs in all_runs(document.blocks):
        assert squeezed(escape(plain_text(runs)).replace("\n", "")) in words
    levels = [int(each) for each in re.findall(r"<h(\d)", html)]
    assert not levels or levels[0] == 2
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))
    assert f'lang="{document.language}"' in html


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: f"{each.program.code}/{each.label}")
def test_every_material_the_platform_makes_says_what_it_is_not(version: ProgramVersion) -> None:
    made = [document_for(version, code, "es") for code in version.materials]
    for document in filter(None, made):
        words = words_of(material_pdf(document, version.program))
        assert document.notice in words
        unconfirmed = "has not been compared with the approved" in words
        no_confirmado = "aún no se ha comparado con el documento aprobado" in words
        assert (unconfirmed or no_confirmado) is not document.verified


def test_the_same_document_gives_the_same_bytes() -> None:
    document, version = DOCUMENTS[0].values
    first = material_pdf(document, version.program, Printing(address=ADDRESS))
    material_pdf(hostile_document(), version.program)
    assert material_pdf(document, version.program, Printing(address=ADDRESS)) == first


def test_a_document_speaks_its_own_language_whoever_prints_it() -> None:
    document = document_for(TEACHING, "leaflet", "es")
    assert document is not None
    with translation.override("en"):
        words = words_of(material_pdf(document, TEACHING.program, Printing(language="en")))
        html = document_html(document)
    assert "Para: Paciente" in words and "Advertencia" in words and "Advertencia" in html


def test_a_material_without_a_translation_comes_in_english() -> None:
    found = document_for(TEACHING, "card", "es")
    assert found is not None and found.language == "en"
    assert document_for(TEACHING, "leaflet", "es-mx").language == "es"  # type: ignore[union-attr]
    assert document_for(TEACHING, "there-is-none", "en") is None


def test_what_people_train_with_is_printed_from_the_same_text() -> None:
    found = document_for(TEACHING, "overview", "es")
    assert found is not None
    (module,) = [each for each in TEACHING.modules.values() if each.material == "overview"]
    html = document_html(found)
    printed = [each for each in module.pages if f">{escape(each.title)}</h2>" in html]
    assert printed == list(module.pages)


def test_documents_of_a_version_nobody_runs_are_not_there() -> None:
    program = replace(TEACHING.program, code="gone")
    assert load_documents(replace(TEACHING, program=program)) == {}
    assert set(load_documents(TEACHING)["leaflet"]) == {"en", "es"}


def test_a_document_can_do_no_harm_on_a_page() -> None:
    html = document_html(hostile_document())
    assert "<script" not in html and "<img" not in html
    assert html.count(escape(HOSTILE)) == 24, (
        "each word, and the columns in the labels of table and cells"
    )


def test_a_document_can_do_no_harm_on_paper() -> None:
    file = material_pdf(hostile_document(), TEACHING.program)
    assert squeezed(words_of(file)).count(squeezed(HOSTILE)) >= 14
    assert all(not page.images for page in reader(file).pages)
    assert outside(file) == []


def test_a_link_is_pressed_on_screen_and_read_on_paper() -> None:
    link = (Run("the site", link="https://example.org/a"), Run(" or "), Run("911", link="tel:911"))
    document = replace(hostile_document(), blocks=(Paragraph(link),), title="Links")
    assert '<a class="usa-link" href="https://example.org/a">the site</a>' in document_html(
        document
    )
    file = material_pdf(document, TEACHING.program)
    assert "the site (https://example.org/a) or 911" in words_of(file)
    pressed = [each.get_object() for each in reader(file).pages[0]["/Annots"]]
    assert {each["/A"]["/URI"] for each in pressed} == {"https://example.org/a", "tel:911"}


@pytest.mark.parametrize(
    ("document", "version"), [each for each in DOCUMENTS if each.values[0].is_card]
)
def test_a_card_fits_a_wallet(document: Document, version: ProgramVersion) -> None:
    file = material_pdf(document, version.program, Printing(address=ADDRESS))
    (page,) = reader(file).pages
    drawn = page["/Contents"].get_data().decode("latin-1")
    assert len(re.findall(r"\[4 3\] 0 d", drawn)) == 1
    folds = drawn.split("[4 3] 0 d")[1].split("\nQ")[0].count(" l S")
    assert folds == len(panels(document.blocks)) - 1
    sizes = {float(each) for each in re.findall(r"/F\d\+\d ([\d.]+) Tf", drawn)}
    assert min(sizes) >= 6, "letters that can be read without a magnifying glass"


def test_a_certificate_says_who_until_when_and_where_to_ask() -> None:
    file = certificate_pdf(CERTIFIED, TEACHING.program, Printing(address=ADDRESS))
    words = words_of(file)
    for part in (
        "Riverside Infusion Center",
        "Healthcare facility",
        "7QK2M-X0B4T-N",
        "Ben Peña",
        "Certified from Tuesday, April 1, 2025",
        "Certified through Wednesday, March 31, 2027",
        "Issued Wednesday, April 2, 2025",
        "Verification code: K7QP-22XM",
        ADDRESS,
        TEACHING.program.name,
        TEACHING.program.notice,
        "says how the certification stood on the day it was issued",
    ):
        assert part in words
    (page,) = reader(file).pages
    assert [each.get_object()["/A"]["/URI"] for each in page["/Annots"]] == [ADDRESS]
    assert outside(file) == []
    assert certificate_pdf(CERTIFIED, TEACHING.program, Printing(address=ADDRESS)) == file


def test_a_certificate_in_spanish_has_no_english_of_ours() -> None:
    printing = Printing(language="es", address=ADDRESS)
    words = words_of(certificate_pdf(CERTIFIED, TEACHING.program, printing))
    assert "Certificado hasta miércoles 31 de marzo de 2027" in words
    assert "Página 1 de 1" in words
    assert not re.search(r"Certified|Issued|Check|Verification|Page", words)


def test_a_certificate_without_an_end_says_so_and_a_hostile_name_stays_a_name() -> None:
    certified = replace(CERTIFIED, certified_until=None, name=HOSTILE * 5, representative="Ngô")
    file = certificate_pdf(certified, TEACHING.program, Printing())
    words = words_of(file)
    assert "Certified through No end is set" in words
    assert squeezed(HOSTILE * 5) in squeezed(words)
    assert "/Annots" not in reader(file).pages[0]
    assert len(reader(file).pages) == 1 and outside(file) == []


def test_every_string_here_has_its_spanish() -> None:
    """The words of paper are looked for in the catalog one by one."""
    from tests.portals.test_spanish import SOURCE, catalog

    known = catalog()
    folder = SOURCE / "portals" / "components" / "paper"
    text = "\n".join(path.read_text() for path in sorted(folder.glob("*.py")))
    said = re.findall(r"(?:\b_|gettext_lazy)\(\s*\"((?:[^\"\\]|\\.)+)\"\s*\)", text)
    assert len(said) >= 60
    assert [each for each in said if not known.get(each)] == []
