"""The documents of the programs this process runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from etasu.programs import library
from etasu.programs.document_files import FIRST_LANGUAGE, Document
from etasu.programs.document_text import Block, Heading, Run, read_text
from etasu.safe_use.program import Program, ProgramVersion
from etasu.safe_use.training import TrainingModule

__all__ = ["Document", "document_for", "load_documents", "module_document", "wordings_of"]

# The kind of a material people train with.
TRAINING = "training"


def load_documents(version: ProgramVersion) -> Mapping[str, Mapping[str, Document]]:
    """The documents of a version, by code and then by language.

    Empty for a version without documents, and for one that is not in this process's library.
    """
    loaded = library.current().programs.get(version.program.code)
    found: dict[str, dict[str, Document]] = {}
    for document in loaded.documents.get(version.label, ()) if loaded else ():
        found.setdefault(document.code, {})[document.language] = document
    return found


def wordings_of(version: ProgramVersion, material: str) -> Mapping[str, Document]:
    """Everything the platform itself can print of a material, by language, English first.

    A material that people train with is its training module, so that paper and screen never differ.
    Empty for one the platform has no text of, such as a label: what is read of it in training is
    not the label.
    """
    known = version.materials.get(material)
    if known is not None and known.document is not None:
        return load_documents(version).get(known.document, {})
    if known is None or known.kind != TRAINING:
        return {}
    modules = [each for each in version.modules.values() if each.material == material]
    return {
        said.language: _in_version(said, version)
        for each in modules[:1]
        for said in (each, *each.translations)
    }


def document_for(version: ProgramVersion, material: str, language: str) -> Document | None:
    """The text of a material in the language, in English where there is no translation.

    A material that people train with is its training module, so that paper and screen never differ.
    None for a material the platform has no text of, such as one on somebody else's website.
    """
    known = version.materials.get(material)
    if known is not None and known.document is not None:
        languages = load_documents(version).get(known.document, {})
        return languages.get(language[:2]) or languages.get(FIRST_LANGUAGE)
    modules = [each for each in version.modules.values() if each.material == material]
    modules.sort(key=lambda each: each.language != language[:2])
    return _in_version(modules[0].in_language(language), version) if modules else None


def _in_version(module: TrainingModule, version: ProgramVersion) -> Document:
    """The module with the program's notice in its language, which other documents have."""
    known = (languages.get(module.language) for languages in load_documents(version).values())
    notice = next((each.notice for each in known if each is not None), version.program.notice)
    return dataclasses.replace(module_document(module, version.program), notice=notice)


def module_document(module: TrainingModule, program: Program) -> Document:
    """A training module as a document: its pages one after the other, each under its heading."""
    blocks: list[Block] = []
    for page in module.pages:
        blocks.append(Heading(2, (Run(page.title),), page.code))
        blocks.extend(read_text(page.text, module.code)[0])
    return Document(
        code=module.code,
        source=module.source,
        verified=module.verified,
        language=module.language,
        title=module.name,
        edition=module.edition,
        audience=module.audience,
        notice=program.notice,
        is_card=False,
        blocks=tuple(blocks),
    )
