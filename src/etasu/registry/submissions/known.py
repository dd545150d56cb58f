"""What earlier forms told about somebody, so that no form asks for it again."""

from __future__ import annotations

from etasu.programs import library
from etasu.registry.submissions.models import SignedForm
from etasu.safe_use.forms import PREFILLED_AS

MOST_FORMS = 20


def known_from_forms(kind: str, subject_id: int) -> dict[str, str]:
    """Answers of the signed forms about a patient or participant, by `known_as`; newest wins."""
    found = SignedForm.objects.filter(subject_kind=kind, subject_id=subject_id)
    known: dict[str, str] = {}
    for form in found.order_by("-signed_on", "-id")[:MOST_FORMS]:
        version = library.current().version(form.program, form.program_version)
        definition = version.forms.get(form.form) if version else None
        for section in definition.sections if definition else ():
            for field in section.fields:
                answer = form.answers.get(field.code)
                if field.known_as in PREFILLED_AS and isinstance(answer, str) and answer:
                    known.setdefault(field.known_as, answer)
    return known
