"""What the public site says about one version of a program: its texts, in English and translated.

The texts live in the version's folder `public`, one file for each subject; all of it is optional,
for a public page can be printed from the rest of the program alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from etasu.programs.reading import Reader
from etasu.programs.yaml_files import BadProgram, Problem, read_yaml
from etasu.safe_use.entries import Entry
from etasu.safe_use.program import ProgramVersion

FOLDER = "public"
ENGLISH = "en"
# What parts two sources of one entry.
BETWEEN_SOURCES = "; "
_Entry = TypeVar("_Entry", bound=Entry)


class Haste(StrEnum):
    """How soon a patient who notices a sign gets help."""

    EMERGENCY = "emergency"
    SAME_DAY = "same_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage(Entry):
    """A heading and what stands under it, paragraph by paragraph."""

    title: str
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignToWatch(Passage):
    """Something a patient may notice; `text` lists what it looks or feels like."""

    haste: Haste


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGuide(Entry):
    """What one kind of participant has at hand to enroll, and how many minutes that takes.

    The code is the party's, or `patient`.
    """

    title: str
    text: tuple[str, ...]
    at_hand: tuple[str, ...]
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(Entry):
    """How many of a hundred patients had a reaction, and how many given the comparator."""

    title: str
    percent: int
    compared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionTable(Entry):
    """The adverse reactions of a study, beside those of the drug it was compared with."""

    title: str
    text: tuple[str, ...]
    drug: str
    comparator: str
    reactions: tuple[Reaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialArm(Entry):
    """What some of the patients of a trial were given, and how many they were."""

    title: str
    patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFact(Entry):
    """One thing to know about a trial, such as who took part or what was measured."""

    title: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Entry):
    """A trial the drug was approved on: how many took part, in which arms, and its facts."""

    title: str
    text: tuple[str, ...]
    patients: int
    arms: tuple[TrialArm, ...]
    facts: tuple[TrialFact, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSite:
    """Everything the public pages of one program version say beside the program itself."""

    summary: Passage | None = None
    why: tuple[Passage, ...] = ()
    what_it_does: tuple[Passage, ...] = ()
    roles: tuple[RoleGuide, ...] = ()
    boxed_warning: Passage | None = None
    contraindications: tuple[Passage, ...] = ()
    warnings: tuple[Passage, ...] = ()
    specific_populations: tuple[Passage, ...] = ()
    reactions: ReactionTable | None = None
    trials: tuple[Trial, ...] = ()
    welcome: Passage | None = None
    steps: tuple[Passage, ...] = ()
    self_check: Passage | None = None
    signs: tuple[SignToWatch, ...] = ()
    questions: tuple[Passage, ...] = ()
    overview: tuple[Passage, ...] = ()
    translations: Mapping[str, Translation] = dataclasses.field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        """Every entry that has a source, in the order of the pages."""
        for each in dataclasses.fields(self):
            found = getattr(self, each.name)
            for entry in found if isinstance(found, tuple) else (found,):
                if isinstance(entry, Entry):
                    yield entry
                if isinstance(entry, ReactionTable):
                    yield from entry.reactions
                if isinstance(entry, Trial):
                    yield from (*entry.arms, *entry.facts)

    def said(self, entry: _Entry, language: str) -> tuple[_Entry, str]:
        """The entry with its words in the language, and the language they are really in."""
        translation = self.translations.get(language)
        wording = translation.texts.get(entry.code) if translation else None
        if wording is None:
            return entry, ENGLISH
        return dataclasses.replace(entry, **wording.given()), language

    def name(self, english: str, language: str) -> tuple[str, str]:
        """A name from another file of the program in the language, and the language it is in."""
        translation = self.translations.get(language)
        said = translation.names.get(english) if translation else None
        return (said, language) if said else (english, ENGLISH)

    def sources(self, source: str, language: str) -> list[tuple[str, str]]:
        """What a source names, one after the other, each with the language it is in."""
        return [self.name(each, language) for each in source.split(BETWEEN_SOURCES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one entry in another language; facts stay those of the entry."""

    code: str
    title: str | None = None
    text: tuple[str, ...] | None = None
    at_hand: tuple[str, ...] | None = None
    drug: str | None = None
    comparator: str | None = None
    value: str | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were translated."""
        names = (each.name for each in dataclasses.fields(self) if each.name != "code")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedName:
    """A name, or another short text, that stands in another file of the program."""

    english: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """One language beside English."""

    texts: Mapping[str, Wording]
    names: Mapping[str, str]


_FILES: Mapping[str, Mapping[str, Any]] = {
    "front.yaml": {
        "summary": Passage | None,
        "why": tuple[Passage, ...],
        "what_it_does": tuple[Passage, ...],
    },
    "roles.yaml": {"roles": tuple[RoleGuide, ...]},
    "safety.yaml": {
        "boxed_warning": Passage | None,
        "contraindications": tuple[Passage, ...],
        "warnings": tuple[Passage, ...],
        "specific_populations": tuple[Passage, ...],
        "reactions": ReactionTable | None,
    },
    "trials.yaml": {"trials": tuple[Trial, ...]},
    "patients.yaml": {
        "welcome": Passage | None,
        "steps": tuple[Passage, ...],
        "self_check": Passage | None,
        "signs": tuple[SignToWatch, ...],
        "questions": tuple[Passage, ...],
        "overview": tuple[Passage, ...],
    },
}
_TRANSLATED: Mapping[str, Any] = {
    "texts": tuple[Wording, ...],
    "names": tuple[TranslatedName, ...],
}
LANGUAGES = ("es",)


@lru_cache(maxsize=256)
def read_public_site(version_folder: Path) -> PublicSite:
    """The public texts in a version's folder, none if it has none; raises BadProgram."""
    folder = version_folder / FOLDER
    if not folder.is_dir():
        return PublicSite()
    files = _Files(version_folder)
    found = {
        key: value
        for name, shapes in _FILES.items()
        for key, value in files.values(name, shapes).items()
    }
    translations = {language: files.translation(language) for language in LANGUAGES}
    if files.problems:
        raise BadProgram(files.problems)
    spoken = {language: each for language, each in translations.items() if each is not None}
    return PublicSite(**found, translations=spoken)


def mistakes(version_folder: Path, version: ProgramVersion) -> Iterator[Problem]:
    """What does not fit: with itself, with its translations, and with the rest of the version."""
    label = f"{version_folder.name}/{FOLDER}"
    try:
        site = read_public_site(version_folder)
    except BadProgram as bad:
        yield from bad.problems
        return
    codes = [entry.code for entry in site.entries()]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield Problem(label, code, "code", "each code once in all files, but it is there twice")
    parties = {*version.parties, version.patient.code}
    for role in site.roles:
        if role.code not in parties:
            said = f"one of: {', '.join(sorted(parties))}"
            yield Problem(f"{label}/roles.yaml", f"roles: {role.code}", "code", said)
    yield from _miscounted(site, f"{label}/trials.yaml")
    known = {entry.code: entry for entry in site.entries()}
    sources = {each for entry in site.entries() for each in entry.source.split(BETWEEN_SOURCES)}
    written = set(_texts(version)) | sources
    for language, translation in site.translations.items():
        for problem in _stale(translation, known, written):
            yield problem._replace(file=f"{label}/{language}.yaml")


def _miscounted(site: PublicSite, file: str) -> Iterator[Problem]:
    """Trials whose arms have not as many patients as took part."""
    for trial in site.trials:
        together = sum(arm.patients for arm in trial.arms)
        if together != trial.patients:
            said = f"as many as its arms have together, {together}, not {trial.patients}"
            yield Problem(file, f"trials: {trial.code}", "patients", said)


def _stale(
    translation: Translation, known: Mapping[str, Entry], written: set[str]
) -> Iterator[Problem]:
    """Words for what is no longer said, or said in another number of paragraphs."""
    for code, wording in translation.texts.items():
        place = f"texts: {code}"
        if code not in known:
            yield Problem("", place, "code", "the code of an entry in the other files")
            continue
        for name, words in wording.given().items():
            english = getattr(known[code], name, None)
            if english is None:
                yield Problem("", place, name, "nothing, for the entry has no such field")
            elif isinstance(words, tuple) and len(words) != len(english):
                said = f"{len(english)} paragraphs as in English, not {len(words)}"
                yield Problem("", place, name, said)
    for english in sorted(translation.names.keys() - written):
        yield Problem("", f"names: {english}", "english", "words that stand in the program")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value and in what it holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))


class _Files:
    """The files of the folder, read once each; look at `problems` afterwards."""

    def __init__(self, version_folder: Path) -> None:
        self.folder = version_folder / FOLDER
        self.label = f"{version_folder.name}/{FOLDER}"
        self.problems: list[Problem] = []
        allowed = {*_FILES, *(f"{language}.yaml" for language in LANGUAGES)}
        for path in sorted(self.folder.iterdir()):
            if path.name not in allowed and not path.name.startswith("."):
                said = f"a file called one of: {', '.join(sorted(allowed))}"
                self.problems.append(Problem(f"{self.label}/{path.name}", "", "", said))

    def values(self, name: str, shapes: Mapping[str, Any]) -> dict[str, Any]:
        """What one file holds, key by key; nothing when the file is not there."""
        path = self.folder / name
        if not path.exists():
            return {}
        reader = Reader(f"{self.label}/{name}")
        try:
            raw = read_yaml(path, reader.file)
        except BadProgram as bad:
            self.problems.extend(bad.problems)
            return {}
        if not isinstance(raw, dict):
            reader.refuse("", "", f"the keys {', '.join(sorted(shapes))}")
            raw = {}
        for key in sorted(raw.keys() - shapes.keys()):
            reader.refuse(str(key), "", f"one of: {', '.join(sorted(shapes))}")
        found = {
            key: reader.value(shape, raw[key], key) for key, shape in shapes.items() if key in raw
        }
        self.problems.extend(reader.problems)
        return found

    def translation(self, language: str) -> Translation | None:
        """The words in one language; None without its file."""
        found = self.values(f"{language}.yaml", _TRANSLATED)
        if not found:
            return None
        return Translation(
            texts={each.code: each for each in found.get("texts", ()) if each is not None},
            names={each.english: each.said for each in found.get("names", ()) if each is not None},
        )
