"""Signed forms as the gate and the portals read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from etasu.registry.submissions.models import SignedForm


def forms_about(kind: str, subject_id: int) -> QuerySet[SignedForm]:
    """Every signed form about a patient or participant, newest first."""
    found = SignedForm.objects.filter(subject_kind=kind, subject_id=subject_id)
    return found.order_by("-signed_on", "-id")


def form_records(patient_id: int, forms: Sequence[str], on: date) -> list[dict[str, Any]]:
    """Each form of the newest day for each course, signed through the day, by form and course.

    Two forms of one day are both there, so that a contradiction is not hidden.
    """
    found = list(forms_about("patient", patient_id).filter(form__in=forms, signed_on__lte=on))
    newest: dict[tuple[str, int | None], date] = {}
    for row in found:
        newest.setdefault((row.form, row.course), row.signed_on)
    rows = [row for row in found if row.signed_on == newest[row.form, row.course]]
    rows.sort(key=lambda row: (row.form, row.course is None, row.course or 0, row.pk))
    return [
        {
            "form": row.form,
            "signed_on": row.signed_on.isoformat(),
            "course": row.course,
            "answers": row.gate_answers,
        }
        for row in rows
    ]
