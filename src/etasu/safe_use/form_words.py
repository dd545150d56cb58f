"""The words a form is laid out with, language by language.

They are part of what people sign, so they stand here and not in a catalog anybody may reword: a
text must come out the same for good, byte by byte. Better words are a new layout; the former ones
stay, for forms that somebody signed in them already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from etasu.safe_use.dates import say_date
from etasu.safe_use.program import ENGLISH

SPANISH = "es"
_MESES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormWords:
    """What stands around the questions and answers of a form.

    `spells_out` says whether days of editions, choices and roles are written as people write them;
    the first layout gave them as they are kept.
    """

    edition: str
    no_answer: str
    yes: str
    no: str
    ticked: str
    consent_version: str
    ends: str
    revocation: str
    given: str
    not_given: str
    signatures: str
    instead: str
    spells_out: bool = False


_FIRST: Mapping[str, FormWords] = {
    ENGLISH: FormWords(
        edition="Form {form}, program version {version}",
        no_answer="(no answer)",
        yes="Yes",
        no="No",
        ticked="Ticked",
        consent_version="{name}, text of {version}",
        ends="It ends: {when}",
        revocation="Taking it back: {effect}",
        given="This is given.",
        not_given="This is not given.",
        signatures="Signatures, in this order",
        instead="or {who}: {meaning}",
    ),
    SPANISH: FormWords(
        edition="Formulario {form}, versión del programa {version}",
        no_answer="(sin respuesta)",
        yes="Sí",
        no="No",
        ticked="Marcado",
        consent_version="{name}, texto del {version}",
        ends="Termina: {when}",
        revocation="Si se retira: {effect}",
        given="Se da este permiso.",
        not_given="No se da este permiso.",
        signatures="Firmas, en este orden",
        instead="o {who}: {meaning}",
    ),
}
_SECOND: Mapping[str, FormWords] = {
    ENGLISH: replace(
        _FIRST[ENGLISH],
        edition="Program version: {version}",
        consent_version="{name} ({version})",
        given="I allow this.",
        not_given="I do not allow this.",
        spells_out=True,
    ),
    SPANISH: replace(
        _FIRST[SPANISH],
        edition="Versión del programa: {version}",
        consent_version="{name} (del {version})",
        given="Doy este permiso.",
        not_given="No doy este permiso.",
        spells_out=True,
    ),
}
# The newest first: what is shown and signed now.
LAYOUTS: Sequence[Mapping[str, FormWords]] = (_SECOND, _FIRST)


def day_in(language: str, day: date) -> str:
    """The day in words of the language: `May 6, 2025`, `6 de mayo de 2025`."""
    if language == SPANISH:
        return f"{day.day} de {_MESES[day.month - 1]} de {day.year}"
    return say_date(day)
