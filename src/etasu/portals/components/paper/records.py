"""A form of the record, on the page and on paper: an accurate copy, checked as it is made.

This is the one place where a signature of the record is put into words, whoever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from etasu.portals.components.paper.forms import form_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.paper.signatures import PrintedSignature
from etasu.portals.components.words import role_label
from etasu.programs import library
from etasu.registry.submissions.facts import (
    Verdict,
    answers_of,
    definition_of,
    signed_form_of,
    verify_signatures,
    verify_so_far,
)
from etasu.safe_use.program import FormDefinition

METHODS: dict[str, str | Promise] = {
    "password": gettext_lazy("With name and password"),
    "passkey": gettext_lazy("With a passkey"),
    "in_person": gettext_lazy("In person, before the prescriber"),
    "link": gettext_lazy("Over a link sent to the signer"),
    "paper": gettext_lazy("On paper"),
}
About = Sequence[tuple[str, str]]


class Signed(NamedTuple):
    """The signatures under a form, and why the record is not as it was signed, if it is not.

    `number` is that of the signed form; of the draft while signatures are missing.
    """

    number: str
    signatures: list[PrintedSignature]
    doubts: list[str]


def signed_so_far(draft: Any) -> Signed:
    """The signatures under a draft that count, each of them checked."""
    definition = definition_of(draft)[1].in_language(get_language())
    form = signed_form_of(draft)
    if form is None:
        shown = [
            _printed(each.signature, definition, each.is_valid) for each in verify_so_far(draft)
        ]
        return Signed(draft.number, shown, [])
    return _checked(form, definition, verify_signatures(form, draft.subject_number), "UTC")


def draft_pdf(draft: Any, printing: Printing, *, about: About = ()) -> bytes:
    """The form a draft became; or, while signatures are missing, the draft as it is.

    `about` are lines for the top of the sheet.
    """
    form = signed_form_of(draft)
    if form is not None:
        return signed_form_pdf(form, draft.subject_number, printing, about=about)
    version, definition = definition_of(draft)
    with translation.override(printing.language):
        signed = signed_so_far(draft)
        lines = [*_about(draft, draft.subject_number), *about]
    return form_pdf(
        definition.in_language(printing.language),
        version,
        answers=answers_of(draft),
        signatures=signed.signatures,
        about=lines,
        number=draft.number,
        printing=printing,
    )


def signed_form_pdf(
    form: Any, subject_number: str, printing: Printing, *, about: About = ()
) -> bytes:
    """The signed form as a file, with every signature and whether each still holds.

    `form` is a row of the record, and `subject_number` that of the patient or participant it is
    about. Raises LookupError when this site no longer has the program version it was signed under.
    """
    version = library.current().version(form.program, form.program_version)
    if version is None or form.form not in version.forms:
        raise LookupError(f"{form.program} {form.program_version} {form.form}")
    definition = version.forms[form.form].in_language(printing.language)
    verdicts = verify_signatures(form, subject_number)
    with translation.override(printing.language):
        signed = _checked(form, definition, verdicts, printing.zone)
        lines = [*_about(form, subject_number), *about]
    return form_pdf(
        definition,
        version,
        answers=form.answers,
        signatures=signed.signatures,
        about=lines,
        doubts=signed.doubts,
        number=form.number,
        printing=printing,
    )


def _checked(
    form: Any, definition: FormDefinition, verdicts: Sequence[Verdict], zone: str
) -> Signed:
    signatures = [
        _printed(each.signature, definition, each.is_valid)
        for each in verdicts
        if each.signature is not None
    ]
    if form.draft is None:
        signatures.insert(0, _in_one_step(form, definition, verdicts[0].is_valid, zone))
    doubts = [each.why for each in verdicts if each.signature is None and not each.is_valid]
    return Signed(form.number, signatures, doubts)


def _in_one_step(
    form: Any, definition: FormDefinition, is_valid: bool, zone: str
) -> PrintedSignature:
    """A form that was filled in and signed on one page has one signature, its own."""
    return PrintedSignature(
        name=form.signer_name,
        role=role_label(definition.signers[0].role) if definition.signers else "",
        meaning=form.meaning,
        signed_at=form.signed_at,
        zone=zone,
        method=str(METHODS["password"]),
        digest=form.content_hash,
        is_valid=is_valid,
    )


def _printed(signature: Any, definition: FormDefinition, is_valid: bool | None) -> PrintedSignature:
    return PrintedSignature(
        name=signature.printed_name,
        role=role_label(signature.role),
        meaning=signature.meaning,
        signed_at=signature.signed_at,
        zone=signature.time_zone,
        method=str(METHODS.get(signature.method, signature.method)),
        digest=signature.text_hash,
        is_valid=is_valid,
        stands_for=_in_whose_place(signature, definition),
        paper_on=signature.signed_on if signature.method == "paper" else None,
    )


def _in_whose_place(signature: Any, definition: FormDefinition) -> str:
    if not signature.relationship:
        return ""
    places = [each.in_place for each in definition.signers if each.role == signature.role]
    said = dict(places[0].choices()) if places and places[0] is not None else {}
    relationship = said.get(signature.relationship, signature.relationship)
    return _("In the signer's place: %(relationship)s") % {"relationship": relationship}


def _about(record: Any, subject_number: str) -> Iterator[tuple[str, str]]:
    if subject_number:
        is_patient = record.subject_kind == "patient"
        yield _("Patient number") if is_patient else _("Number of the participant"), subject_number
    if record.course is not None:
        yield _("Course number"), str(record.course)
