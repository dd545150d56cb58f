"""Signed forms. They are never changed; a correction is a new form."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from etasu.registry.audit.numbers import new_number


class SignedForm(models.Model):
    """One form as signed.

    `subject_id` is the id of the patient or participant the form is about. It is no foreign key,
    because this room lies below those rooms. `gate_answers` are the answers the gates read.
    """

    class SubjectKind(models.TextChoices):
        """What a form is about."""

        PATIENT = "patient"
        PARTICIPANT = "participant"

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    program_version = models.TextField()
    form = models.TextField()
    subject_kind = models.TextField(choices=SubjectKind)
    subject_id = models.BigIntegerField()
    course = models.IntegerField(null=True)
    answers = models.JSONField(default=dict)
    gate_answers = models.JSONField(default=dict)
    channel = models.TextField(default="web")
    signed_on = models.DateField()
    signed_at = models.DateTimeField()
    signed_by = models.TextField()
    signer_name = models.TextField()
    meaning = models.TextField()
    content_hash = models.TextField()

    class Meta:
        db_table = "submissions_signed_form"
        indexes: ClassVar = [
            models.Index(
                name="forms_of_a_subject",
                fields=["subject_id", "subject_kind", "form", "signed_on"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.number}"
