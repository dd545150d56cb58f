"""A version's forms and consents in other languages: read, compared with the English, put in.

A translation is complete or it is refused, so nobody is ever asked half a form in their language.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etasu.programs.reading import Reader
from etasu.programs.spoken_words import WORDS
from etasu.programs.yaml_files import BadProgram, Problem, read_yaml
from etasu.safe_use.form_words import LAYOUTS
from etasu.safe_use.program import (
    ENGLISH,
    ConsentText,
    FormDefinition,
    FormField,
    FormSection,
    InPlace,
    Signer,
)

FOLDER = "translations"
CONSENTS = "consents.yaml"
# A folder beside the forms; see `training_translations`.
TRAINING = "training"
LANGUAGES = tuple(sorted(LAYOUTS[0].keys() - {ENGLISH}))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWords:
    """A question in another language; `values` in the order of the English ones."""

    code: str
    label: str
    help: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWords:
    """A section in another language."""

    code: str
    title: str
    fields: tuple[FieldWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlaceWords:
    """Who may sign instead, in another language; `relationships` in the English order."""

    who: str
    meaning: str
    relationships: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerWords:
    """A signer in another language: the role in words, and what the signature means."""

    role: str
    said: str
    meaning: str
    in_place: InPlaceWords | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWording:
    """A form in another language."""

    code: str
    name: str
    sections: tuple[SectionWords, ...]
    signers: tuple[SignerWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWording:
    """A consent in another language; `text_version` is the one that was translated."""

    code: str
    name: str
    text: str
    text_version: str
    ends: str
    revocation: str


class Translations:
    """The translations of a version folder. Ask for everything, then look at `problems`."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[Problem] = []
        self._consents: dict[str, dict[str, ConsentWording]] = {}
        self._forms: dict[str, dict[str, FormWording]] = {}
        top = folder / FOLDER
        for place in sorted(top.iterdir()) if top.is_dir() else ():
            if place.name.startswith("."):
                continue
            self._label = f"{folder.name}/{FOLDER}/{place.name}"
            if not place.is_dir() or place.name not in LANGUAGES:
                said = f"a folder called {' or '.join(LANGUAGES)}"
                self.problems.append(Problem(self._label, "", "", said))
            else:
                self._read_language(place)
        self._top = f"{folder.name}/{FOLDER}"

    def consents(self, english: Mapping[str, ConsentText]) -> dict[str, ConsentText]:
        """The consents, each with its translations."""
        found = dict(english)
        for language, said in self._consents.items():
            file = f"{self._top}/{language}/{CONSENTS}"
            self._refuse_gaps(file, "consents", english, said)
            for code in english.keys() & said.keys():
                wording, text = said[code], english[code]
                if wording.text_version != text.text_version:
                    wanted = f"{text.text_version}, as the English text has"
                    place = (file, f"consents: {code}")
                    self.problems.append(Problem(*place, "text_version", wanted))
                spoken = dataclasses.replace(
                    text,
                    said_in=language,
                    name=wording.name,
                    text=wording.text,
                    ends=wording.ends,
                    revocation=wording.revocation,
                )
                kept = (*found[code].translations, spoken)
                found[code] = dataclasses.replace(found[code], translations=kept)
        return found

    def forms(self, english: Mapping[str, FormDefinition]) -> dict[str, FormDefinition]:
        """The forms, each with its translations. Their consents must have theirs already."""
        found = dict(english)
        for language, said in self._forms.items():
            for code, wording in said.items():
                file = f"{self._top}/{language}/{code}.yaml"
                if code not in english:
                    choices = ", ".join(sorted(english))
                    self.problems.append(Problem(file, "form", "", f"one of: {choices}"))
                    continue
                wrong = list(_differences(english[code], wording, language))
                self.problems += [Problem(file, *each) for each in wrong]
                if not wrong:
                    spoken = _said(english[code], wording, language)
                    kept = (*found[code].translations, spoken)
                    found[code] = dataclasses.replace(found[code], translations=kept)
        return found

    def _read_language(self, place: Path) -> None:
        for path in sorted(place.iterdir()):
            if path.name.startswith(".") or path.name in (TRAINING, WORDS):
                continue
            reader = Reader(f"{self._label}/{path.name}")
            try:
                raw = read_yaml(path, reader.file)
            except BadProgram as bad:
                self.problems.extend(bad.problems)
                continue
            if path.name == CONSENTS:
                listed = raw.get("consents") if isinstance(raw, dict) and len(raw) == 1 else raw
                entries = reader.many(ConsentWording, listed, "consents")
                self._consents[place.name] = {each.code: each for each in entries if each}
            else:
                form = reader.value(FormWording, raw, "form")
                if form is not None and form.code != path.stem:
                    reader.refuse("form", "code", f"the file's name, {path.stem}")
                if form is not None:
                    self._forms.setdefault(place.name, {})[form.code] = form
            self.problems.extend(reader.problems)

    def _refuse_gaps(
        self, file: str, entry: str, english: Iterable[str], said: Iterable[str]
    ) -> None:
        for code in sorted(set(english) - set(said)):
            self.problems.append(Problem(file, entry, code, "its words, but it is missing"))
        for code in sorted(set(said) - set(english)):
            self.problems.append(Problem(file, entry, code, "nothing, for there is no such code"))


def _differences(
    form: FormDefinition, wording: FormWording, language: str
) -> Iterator[tuple[str, str, str]]:
    """Where a translation is not of this form: entry, field, and what was expected."""
    entry = f"form: {form.code}"
    yield from _other_codes(entry, "sections", _codes(form.sections), _codes(wording.sections))
    said = {each.code: each for each in wording.sections}
    for section in form.sections:
        if section.code in said:
            words = {each.code: each for each in said[section.code].fields}
            place = f"{entry}: {section.code}"
            yield from _other_codes(place, "fields", _codes(section.fields), list(words))
            for field in section.fields:
                if field.code in words:
                    yield from _other_field(f"{entry}: {field.code}", field, words[field.code])
    roles = [each.role for each in form.signers]
    yield from _other_codes(entry, "signers", roles, [each.role for each in wording.signers])
    for signer, words_of in zip(form.signers, wording.signers, strict=False):
        yield from _other_place(f"{entry}: {signer.role}", signer.in_place, words_of.in_place)
    for consent in form.offered:
        if consent.in_language(language) is consent:
            yield entry, "consents", f"the consent {consent.code} in this language too"


def _other_codes(
    entry: str, field: str, english: list[str], said: list[str]
) -> Iterator[tuple[str, str, str]]:
    if english != said:
        yield entry, field, f"in this order: {', '.join(english)}"


def _other_field(entry: str, field: FormField, words: FieldWords) -> Iterator[tuple[str, str, str]]:
    if len(words.values) != len(field.values):
        yield entry, "values", f"{len(field.values)} as in English, not {len(words.values)}"
    if (words.help is None) != (field.help is None):
        yield entry, "help", "a hint" if field.help else "nothing, for the question has no hint"


def _other_place(
    entry: str, place: InPlace | None, words: InPlaceWords | None
) -> Iterator[tuple[str, str, str]]:
    count = len(place.relationships) if place is not None else None
    said = len(words.relationships) if words is not None else None
    if count != said:
        wanted = "nothing" if count is None else f"{count} relationships as in English"
        yield entry, "in_place", wanted


def _said(form: FormDefinition, wording: FormWording, language: str) -> FormDefinition:
    pairs = zip(form.sections, wording.sections, strict=True)
    signers = zip(form.signers, wording.signers, strict=True)
    return dataclasses.replace(
        form,
        name=wording.name,
        said_in=language,
        sections=tuple(_section(each, words) for each, words in pairs),
        signers=tuple(_signer(each, words) for each, words in signers),
        offered=tuple(each.in_language(language) for each in form.offered),
    )


def _section(section: FormSection, words: SectionWords) -> FormSection:
    fields = tuple(
        dataclasses.replace(field, label=said.label, help=said.help, values_said=said.values)
        for field, said in zip(section.fields, words.fields, strict=True)
    )
    return dataclasses.replace(section, title=words.title, fields=fields)


def _signer(signer: Signer, words: SignerWords) -> Signer:
    place = signer.in_place
    if place is not None and words.in_place is not None:
        said = words.in_place
        place = dataclasses.replace(
            place, who=said.who, meaning=said.meaning, relationships_said=said.relationships
        )
    return dataclasses.replace(signer, role_said=words.said, meaning=words.meaning, in_place=place)


def _codes(entries: Iterable[Any]) -> list[str]:
    return [str(each.code) for each in entries]
