"""A signed form of the record on paper: an accurate copy, checked while it is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.paper.forms import form_pdf
from etasu.portals.components.paper.sheet import Printing
from etasu.portals.components.paper.signatures import PrintedSignature
from etasu.portals.components.words import role_label
from etasu.programs import library
from etasu.registry.submissions.facts import Verdict, verify_signatures
from etasu.safe_use.program import FormDefinition

METHODS: dict[str, str | Promise] = {
    "password": gettext_lazy("With name and password"),
    "passkey": gettext_lazy("With a passkey"),
    "in_person": gettext_lazy("In person, before the prescriber"),
    "link": gettext_lazy("Over a link sent to the signer"),
    "paper": gettext_lazy("On paper"),
}


def signed_form_pdf(form: Any, subject_number: str, printing: Printing) -> bytes:
    """The signed form as a file, with every signature and whether each still holds.

    `form` is a row of the record, and `subject_number` that of the patient or participant it is
    about. Raises LookupError when this site no longer has the program version it was signed under.
    """
    version = library.current().version(form.program, form.program_version)
    if version is None or form.form not in version.forms:
        raise LookupError(f"{form.program} {form.program_version} {form.form}")
    definition = version.forms[form.form]
    verdicts = verify_signatures(form, subject_number)
    with translation.override(printing.language):
        signed = list(_signatures(form, definition, verdicts, printing))
        about = list(_about(form, subject_number))
    return form_pdf(
        definition,
        version,
        answers=form.answers,
        signatures=signed,
        about=about,
        doubts=[each.why for each in verdicts if each.signature is None and not each.is_valid],
        number=form.number,
        printing=printing,
    )


def _signatures(
    form: Any, definition: FormDefinition, verdicts: Sequence[Verdict], printing: Printing
) -> Iterator[PrintedSignature]:
    if form.draft is None:
        yield _in_one_step(form, definition, verdicts[0].is_valid, printing)
    for verdict in verdicts:
        if verdict.signature is not None:
            yield _printed(verdict.signature, verdict.is_valid)


def _in_one_step(
    form: Any, definition: FormDefinition, is_valid: bool, printing: Printing
) -> PrintedSignature:
    """A form that was filled in and signed on one page has one signature, its own."""
    return PrintedSignature(
        name=form.signer_name,
        role=role_label(definition.signers[0].role) if definition.signers else "",
        meaning=form.meaning,
        signed_at=form.signed_at,
        zone=printing.zone,
        method=str(METHODS["password"]),
        digest=form.content_hash,
        is_valid=is_valid,
    )


def _printed(signature: Any, is_valid: bool) -> PrintedSignature:
    said = _("In the signer's place: %(relationship)s") % {"relationship": signature.relationship}
    return PrintedSignature(
        name=signature.printed_name,
        role=role_label(signature.role),
        meaning=signature.meaning,
        signed_at=signature.signed_at,
        zone=signature.time_zone,
        method=str(METHODS.get(signature.method, signature.method)),
        digest=signature.text_hash,
        is_valid=is_valid,
        stands_for=said if signature.relationship else "",
        paper_on=signature.signed_on if signature.method == "paper" else None,
    )


def _about(form: Any, subject_number: str) -> Iterator[tuple[str, str]]:
    if subject_number:
        is_patient = form.subject_kind == "patient"
        yield _("Patient number") if is_patient else _("Number of the participant"), subject_number
    if form.course is not None:
        yield _("Course number"), str(form.course)
