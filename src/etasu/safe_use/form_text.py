"""The text of a form as its signers see it, and what a signature under it says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from etasu.safe_use.form_checks import NO, YES, read_day
from etasu.safe_use.form_words import FormWords, day_in
from etasu.safe_use.program import (
    ConsentText,
    FieldType,
    FormDefinition,
    ProgramVersion,
    Signer,
)

_ANSWER = "    "
# Set in less deep than any answer, so that no answer can be mistaken for it.
_NO_ANSWER = "  "

# Label, type and answer of one question, and the questions of one section under its title.
Line = tuple[str, FieldType, str | None]
Section = tuple[str, Sequence[Line]]


class SignatureFact(NamedTuple):
    """One signature as far as completeness goes. `on_behalf` when a representative signed."""

    role: str
    text_hash: str
    printed_name: str
    meaning: str
    on_behalf: bool = False


def hash_of(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal: what a signature is bound to."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def meaning_for(signer: Signer, is_representative: bool = False) -> str | None:
    """What the signature means; None when nobody may sign in this signer's place."""
    if not is_representative:
        return signer.meaning
    return signer.in_place.meaning if signer.in_place is not None else None


def lays_out(
    definition: FormDefinition,
    version: ProgramVersion,
    sections: Iterable[Section],
    consents: Iterable[tuple[ConsentText, str | None]],
    words: FormWords,
) -> str:
    """The text, from what was asked and answered, section by section, in the form's language."""
    language = definition.said_in
    edition = words.edition.format(
        form=definition.code, version=_edition(version.label, language, words)
    )
    lines = [version.program.name, definition.name, edition]
    for title, asked in sections:
        lines += ["", title]
        for label, kind, said in asked:
            lines += [label, *_answer(kind, said, language, words)]
    for consent, said in consents:
        lines += ["", *_consent(consent, said, language, words)]
    lines += ["", words.signatures, *_signatures(definition, words)]
    return "\n".join(lines) + "\n"


def _edition(label: str, language: str, words: FormWords) -> str:
    """The name of an edition; most are the day they begin."""
    day = read_day(label) if words.spells_out else None
    return day_in(language, day) if day is not None else label


def _answer(kind: FieldType, said: str | None, language: str, words: FormWords) -> Iterator[str]:
    if said is None:
        yield f"{_NO_ANSWER}{words.no_answer}"
        return
    day = read_day(said) if kind is FieldType.DATE else None
    shown = day_in(language, day) if day is not None else _in_words(kind, said, words)
    yield from _indented(shown)


def _in_words(kind: FieldType, said: str, words: FormWords) -> str:
    if kind is FieldType.YES_NO:
        return {YES: words.yes, NO: words.no}.get(said, said)
    if kind is FieldType.CHOICE and words.spells_out:
        return _capital(said)
    return words.ticked if (kind, said) == (FieldType.CHECKBOX, YES) else said


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _indented(text: str) -> Iterator[str]:
    yield from (f"{_ANSWER}{line}" for line in text.split("\n"))


def _consent(
    consent: ConsentText, said: str | None, language: str, words: FormWords
) -> Iterator[str]:
    edition = _edition(consent.text_version, language, words)
    yield words.consent_version.format(name=consent.name, version=edition)
    yield from _indented(consent.text)
    yield from _indented(words.ends.format(when=consent.ends))
    yield from _indented(words.revocation.format(effect=consent.revocation))
    yield words.given if said == YES else words.not_given


def _signatures(definition: FormDefinition, words: FormWords) -> Iterator[str]:
    for number, signer in enumerate(definition.signers, 1):
        role = signer.role_said or signer.role.replace("_", " ")
        yield f"{number}. {_capital(role) if words.spells_out else role}: {signer.meaning}"
        if signer.in_place is not None:
            place = signer.in_place
            yield f"   {words.instead.format(who=place.who, meaning=place.meaning)}"
