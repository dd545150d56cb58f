"""Every text that patients, and those who help them, read: with its name, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from etasu.portals.public.texts import TEXTS, site_text
from etasu.portals.standing.event_words import WORDINGS
from etasu.programs.answers import Audience
from etasu.programs.document_text import Block, all_runs, plain_text
from etasu.programs.loader import LoadedProgram
from etasu.programs.public_site import read_public_site
from etasu.safe_use.forms import FormDefinition
from etasu.safe_use.nurse_line import Wording
from etasu.safe_use.program import ProgramVersion
from tests.cases.programs import loaded_programs
from tests.portals.spoken_words import Asked, in_python, in_template
from tests.portals.test_spanish import catalog
from tests.programs.test_public_site import for_patients, words_of
from tests.repository.places import SOURCE

PORTALS = SOURCE / "portals"
# Whose pages these are; everybody who has an account reads those of `account`.
AUDIENCES = ("patient", "partner", "community", "public", "account")
LANGUAGES = ("en", "es")
# What a care partner is told by the site itself.
_PARTNER_TOLD = ("care_partner_reminded", "sharing_ends", "community_news")
_COMPONENT = re.compile(r"components[/.](\w+)")
_PARAGRAPH = re.compile(r"<(?:p|li)>(.*?)</", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class Text(NamedTuple):
    """A page, a message, an answer or the like: what it says, paragraph by paragraph."""

    name: str
    english: list[str]
    spanish: list[str]

    @property
    def kind(self) -> str:
        """Whose page it is, or which program says it."""
        return self.name.removeprefix("templates/").partition("/")[0]


@cache
def texts() -> tuple[Text, ...]:
    """Each text by itself."""
    return tuple(_texts())


def _texts() -> Iterator[Text]:
    yield from pages()
    for name in TEXTS:
        bodies = (site_text(name, language).body for language in LANGUAGES)
        said = ([_TAG.sub("", each) for each in _PARAGRAPH.findall(body)] for body in bodies)
        yield Text(f"about/{name}", *said)
    for loaded in loaded_programs():
        yield from _of_program(loaded)
    told = {event: WORDINGS[event] for event in _PARTNER_TOLD}
    for event, wording in told.items():
        yield _in_catalog(f"told/{event}", {(str(each),) for each in wording})
    yield from letters()


def pages() -> Iterator[Text]:
    """What the site itself says: on each page, in each module of views, in parts they share."""
    files = [
        *(page for each in AUDIENCES for page in (PORTALS / "templates" / each).glob("*.html")),
        *(module for each in AUDIENCES for module in (PORTALS / each).glob("*.py")),
    ]
    read = {path: path.read_text(encoding="utf-8") for path in files}
    for name in {found for text in read.values() for found in _COMPONENT.findall(text)}:
        for path in (
            PORTALS / "templates" / "components" / f"{name}.html",
            PORTALS / "components" / f"{name}.py",
        ):
            if path.is_file():
                read[path] = path.read_text(encoding="utf-8")
    for path, text in sorted(read.items()):
        asked = in_template(text) if path.suffix == ".html" else in_python(ast.parse(text))
        yield _in_catalog(str(path.relative_to(PORTALS)), set(asked))


def letters() -> Iterator[Text]:
    """What goes out without a page around it, module by module of the clock."""
    for path in sorted((SOURCE / "clock").glob("*.py")):
        said = letters_in(ast.parse(path.read_text(encoding="utf-8")))
        if any(said):
            yield Text(f"clock/{path.stem}", *said)


def letters_in(tree: ast.AST) -> tuple[list[str], ...]:
    """What a piece of Python has under the names of the languages, one list for each of them."""
    return tuple(
        [
            word.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Dict)
            for key, said in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and key.value == language
            for word in ast.walk(said)
            if isinstance(word, ast.Constant) and isinstance(word.value, str)
        ]
        for language in LANGUAGES
    )


def _in_catalog(name: str, asked: set[Asked]) -> Text:
    """Both languages of the sentences, Spanish empty where there is none.

    Fewer than four words are a name of something.
    """
    known = catalog()
    sentences = sorted(each for each in asked if len(each[0].split()) > 3)
    spanish = [known.get((each[0], 0) if len(each) == 2 else each[0], "") for each in sentences]
    return Text(name, [each[0] for each in sentences], spanish)


def _of_program(loaded: LoadedProgram) -> Iterator[Text]:
    """What the newest version of a program says to patients."""
    version = loaded.versions[-1]
    found = [*_told(version), *_asked(version), *_helps(version), *_public(loaded, version)]
    yield from (each._replace(name=f"{loaded.program.code}/{each.name}") for each in found)


def _told(version: ProgramVersion) -> Iterator[Text]:
    for message in version.messages.values():
        for stage in {each.stage for each in message.texts}:
            said = (message.said(language, stage) for language in LANGUAGES)
            yield Text(
                f"message/{message.code}/{stage}",
                *([each.subject, *each.text.split("\n\n"), each.sms] for each in said),
            )


def _asked(version: ProgramVersion) -> Iterator[Text]:
    """What patients allow and sign: consents, and what of a form is said in their name."""
    for consent in version.consents.values():
        said = (consent.in_language(language) for language in LANGUAGES)
        yield Text(f"consent/{consent.code}", *([e.text, e.ends, e.revocation] for e in said))
    for form in version.forms.values():
        if any(signer.role == "patient" for signer in form.signers):
            spoken = (form.in_language(language) for language in LANGUAGES)
            yield Text(f"form/{form.code}", *map(_signed_by_patients, LANGUAGES, spoken))


def _signed_by_patients(language: str, form: FormDefinition) -> list[str]:
    """What patients state and sign in a form; nothing in a language it is not in."""
    if form.said_in != language:
        return []
    signer = next(each for each in form.signers if each.role == "patient")
    fields = [*(field for section in form.sections for field in section.fields)]
    said = [each.label for each in fields if each.stated_by == signer.role]
    in_place = [signer.in_place.meaning] if signer.in_place is not None else []
    return [*said, signer.meaning, *in_place]


def _helps(version: ProgramVersion) -> Iterator[Text]:
    """What the helps beside the program say: self-checks, medicines, tests, the community."""
    wordings: dict[str, Iterable[Wording]] = {}
    if version.self_check is not None:
        for region in version.self_check.regions:
            wordings[f"self-check/{region.code}"] = (region, *region.symptoms)
    if version.medicines is not None:
        wordings["medicines"] = version.medicines.watched
    if version.pregnancy is not None:
        wordings["pregnancy"] = (version.pregnancy,)
    if version.community is not None:
        its = version.community
        wordings["community"] = (*its.boards, *its.guidelines, *its.nods)
    for name, said in wordings.items():
        spoken = ([each.said(language).text for each in said] for language in LANGUAGES)
        yield Text(name, *spoken)
    if version.lab_program is not None:
        ways = version.lab_program.ways
        paid = ([each.said(language).pays for each in ways] for language in LANGUAGES)
        yield Text("lab-program", *paid)


def _public(loaded: LoadedProgram, version: ProgramVersion) -> Iterator[Text]:
    """What anybody can read that is written for patients."""
    site = read_public_site(loaded.folder / version.label)
    for entry in for_patients(site):
        said = (words_of([site.said(entry, language)[0]]) for language in LANGUAGES)
        yield Text(f"public/{entry.code}", *said)
    for answer in loaded.answers.get(version.label, ()):
        if answer.audience is Audience.PATIENTS:
            told = (answer.said(language) for language in LANGUAGES)
            yield Text(f"answer/{answer.code}", *([e.question, *_plain(e.blocks)] for e in told))
    documents = loaded.documents.get(version.label, ())
    by_code = {(each.code, each.language): _plain(each.blocks) for each in documents}
    for document in documents:
        if "patient" in document.audience and document.language == "en":
            found = (by_code.get((document.code, language), []) for language in LANGUAGES)
            yield Text(f"document/{document.code}", *found)


def _plain(blocks: Iterable[Block]) -> list[str]:
    return [plain_text(runs).replace("\n", ". ") for runs in all_runs(blocks)]
