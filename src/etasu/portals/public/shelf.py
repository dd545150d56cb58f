"""What there is to read: materials in their wordings, and blank forms, of every program version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from django.http import Http404
from django.urls import reverse

from etasu.portals.components.words import role_label
from etasu.portals.public.here import Here
from etasu.portals.public.speaking import Words
from etasu.programs.documents import Document, wordings_of
from etasu.safe_use.program import ENGLISH, FormDefinition, Material, ProgramVersion

PATIENT = "patient"
_SET_ID = "urn:uuid:"
_LABELS_AT = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="


class Wording(NamedTuple):
    """One wording of a material in one language: where to read it, and where to print it."""

    language: str
    version: str
    worded_on: date
    read: str
    pdf: str


class Item(NamedTuple):
    """One material, with its wording in each language; `elsewhere` leads away from this site."""

    code: str
    name: Words
    audience: str
    wordings: list[Wording]
    elsewhere: str
    is_verified: bool


class BlankForm(NamedTuple):
    """One form to fill in by hand, in one language."""

    code: str
    name: Words
    language: str
    version: str
    worded_on: date
    pdf: str


def version_of(here: Here, label: str) -> ProgramVersion:
    """The version of that label that has begun; without a label the present one. Or Http404."""
    begun = [each for each in here.loaded.versions if each.effective_on <= here.today]
    found = [each for each in begun if each.label == label] if label else [here.version]
    if not found:
        raise Http404
    return found[0]


def document_of(of: ProgramVersion, material: str, language: str) -> Document:
    """The wording of a material in exactly that language, or Http404."""
    found = wordings_of(of, material)
    if language not in found:
        raise Http404
    return found[language]


def materials(here: Here, *, is_for_patients: bool) -> list[Item]:
    """The materials of the present version, those for patients alone or all of them."""
    found = [
        each
        for each in here.version.materials.values()
        if each.audience == PATIENT or not is_for_patients
    ]
    return [_item(here, each) for each in found]


def wordings(here: Here, of: ProgramVersion, material: str) -> Iterator[Wording]:
    """The wordings of a material in one version of the program, English first."""
    for language, document in wordings_of(of, material).items():
        read, pdf = addresses(here, of, material, language)
        yield Wording(language, of.label, document.edition, read, pdf)


def earlier_wordings(here: Here, material: str) -> list[Wording]:
    """The wordings of a material in the versions before the present one, newest first."""
    return [each for of in _before(here) for each in wordings(here, of, material)]


def blank_forms(here: Here) -> list[BlankForm]:
    """The forms of the present version."""
    return list(_forms(here, here.version))


def earlier_forms(here: Here) -> list[BlankForm]:
    """The forms of the versions before the present one, newest first."""
    return [each for of in _before(here) for each in _forms(here, of)]


def addresses(here: Here, of: ProgramVersion, material: str, language: str) -> tuple[str, str]:
    """Where a wording is read, and where it is printed."""
    names = {"program": here.code, "material": material, "language": language}
    past = "" if of is here.version else "past-"
    names |= {"version": of.label} if past else {}
    return (
        reverse(f"public:{past}material", kwargs=names),
        reverse(f"public:{past}material-file", kwargs=names),
    )


def _before(here: Here) -> list[ProgramVersion]:
    present = here.version.effective_on
    return [each for each in reversed(here.loaded.versions) if each.effective_on < present]


def _item(here: Here, material: Material) -> Item:
    found = list(wordings(here, here.version, material.code))
    return Item(
        code=material.code,
        name=here.speaker.name(material.name),
        audience=role_label(material.audience) if material.audience != "public" else "",
        wordings=found,
        elsewhere="" if found else _elsewhere(here, material),
        is_verified=material.verified,
    )


def _elsewhere(here: Here, material: Material) -> str:
    """Where the platform knows a material to be that it does not make itself."""
    if material.kind == "website":
        return next((c.value for c in here.program.contacts if c.kind == "website"), "")
    ids = [c.value for c in here.program.product_codes if c.value.startswith(_SET_ID)]
    if material.kind != "label" or not ids:
        return ""
    return _LABELS_AT + ids[0].removeprefix(_SET_ID)


def _forms(here: Here, of: ProgramVersion) -> Iterator[BlankForm]:
    for form in of.forms.values():
        for said in (form, *form.translations):
            yield _blank(here, of, said)


def _blank(here: Here, of: ProgramVersion, form: FormDefinition) -> BlankForm:
    is_present = of is here.version
    names = {"program": here.code, "form": form.code} | (
        {} if is_present else {"version": of.label}
    )
    route = "form-file" if is_present else "past-form-file"
    if form.said_in != ENGLISH:
        names["language"] = form.said_in
        route = f"{route}-in"
    name = (
        here.speaker.name(form.name) if form.said_in == ENGLISH else Words(form.name, form.said_in)
    )
    return BlankForm(
        code=form.code,
        name=name,
        language=form.said_in,
        version=of.label,
        worded_on=of.effective_on,
        pdf=reverse(f"public:{route}", kwargs=names),
    )
