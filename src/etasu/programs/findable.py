"""What can be searched in a program: its answers, materials, safety information and lessons.

Each text says where it stands, in the words an answer leads on with (`etasu.programs.answers`) and
a part of the page after `#`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from etasu.programs.answers import Audience
from etasu.programs.document_text import Block, Heading, all_runs, plain_text
from etasu.programs.documents import Document, wordings_of
from etasu.programs.loader import LoadedProgram
from etasu.programs.public_site import Passage, PublicSite, read_public_site
from etasu.safe_use.program import ENGLISH, ProgramVersion

_PATIENT = "patient"


class Findable(NamedTuple):
    """One text that can be found; `also` are words for it that it does not say itself.

    `language` is the one it is really in.
    """

    place: str
    audience: str
    language: str
    title: str
    also: str
    text: str


def findable(loaded: LoadedProgram, version: ProgramVersion, language: str) -> list[Findable]:
    """Every text of the version as readers of the language see it."""
    site = read_public_site(loaded.folder / version.label)
    return [
        *_answers(loaded, version, language),
        *_materials(version, language),
        *_of_site(site, language),
    ]


def digest_of(texts: Sequence[Findable]) -> str:
    """A number that changes with any word of the texts."""
    return hashlib.sha256(repr([tuple(each) for each in texts]).encode()).hexdigest()


def words_in(blocks: Iterable[Block]) -> str:
    """The words of blocks, without their looks."""
    return "\n".join(plain_text(runs) for runs in all_runs(blocks))


def _answers(loaded: LoadedProgram, version: ProgramVersion, language: str) -> Iterator[Findable]:
    for answer in loaded.answers.get(version.label, ()):
        said = answer.said(language)
        yield Findable(
            f"answer/{answer.code}",
            answer.audience,
            said.language,
            said.question,
            ". ".join(said.also),
            words_in(said.blocks),
        )


def _materials(version: ProgramVersion, language: str) -> Iterator[Findable]:
    for material in version.materials.values():
        wordings = wordings_of(version, material.code)
        document = wordings.get(language) or wordings.get(ENGLISH)
        if document is not None:
            is_for_patients = material.audience == _PATIENT
            audience = Audience.PATIENTS if is_for_patients else Audience.PROFESSIONALS
            yield from _parts(f"material/{material.code}", audience, document)


def _parts(place: str, audience: Audience, document: Document) -> Iterator[Findable]:
    """A document heading by heading, so that what is found leads to the very passage."""
    anchor, title, blocks = "", "", list[Block]()
    for block in (*document.blocks, None):
        if block is not None and not (isinstance(block, Heading) and block.level == 2):
            blocks.append(block)
            continue
        if blocks:
            where = f"{place}#{anchor}" if anchor else place
            said = f"{document.title}: {title}" if title else document.title
            yield Findable(where, audience, document.language, said, "", words_in(blocks))
        if isinstance(block, Heading):
            anchor, title, blocks = block.anchor, plain_text(block.runs), []


def _of_site(site: PublicSite, language: str) -> Iterator[Findable]:
    safety = (*site.contraindications, *site.warnings, *site.specific_populations)
    if site.boxed_warning is not None:
        safety = (site.boxed_warning, *safety)
    yield from _passages(site, safety, "page/safety", Audience.PROFESSIONALS, language)
    yield from _passages(site, site.steps, "page/patients", Audience.PATIENTS, language)
    yield from _passages(site, site.questions, "page/patients", Audience.PATIENTS, language)
    yield from _passages(site, site.signs, "page/signs", Audience.PATIENTS, language)
    yield from _passages(site, site.overview, "page/medicine", Audience.PATIENTS, language)
    for trial in site.trials:
        told, spoken = site.said(trial, language)
        facts = [site.said(each, language)[0] for each in trial.facts]
        lines = [*told.text, *(f"{each.title}: {each.value}" for each in facts)]
        where = f"page/trials#{trial.code}"
        text = "\n".join(lines)
        yield Findable(where, Audience.PROFESSIONALS, spoken, told.title, "", text)
    if site.reactions is not None:
        table, spoken = site.said(site.reactions, language)
        names = [site.said(each, language)[0].title for each in table.reactions]
        text = "\n".join([*table.text, ", ".join(names)])
        where = "page/reactions"
        yield Findable(where, Audience.PROFESSIONALS, spoken, table.title, "", text)


def _passages(
    site: PublicSite, passages: Iterable[Passage], place: str, audience: Audience, language: str
) -> Iterator[Findable]:
    for each in passages:
        said, spoken = site.said(each, language)
        where = f"{place}#{each.code}"
        yield Findable(where, audience, spoken, said.title, "", "\n".join(said.text))
