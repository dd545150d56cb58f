"""Forms on their way, their signatures, and forms as signed.

A signed form is never changed; a correction is a new form. What a form is about is a kind and an
id, no foreign key, because this room lies below the rooms of patients and participants.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.registry.submissions.intake_models import IncomingDocument as IncomingDocument


class SubjectKind(models.TextChoices):
    """What a form or a consent is about."""

    PATIENT = "patient"
    PARTICIPANT = "participant"
    PERSON = "person"


class Channel(models.TextChoices):
    """How a form reached us."""

    WEB = "web"
    PAPER = "paper"
    FAX = "fax"
    PHONE = "phone"
    LINK = "link"


class Method(models.TextChoices):
    """How somebody signed."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    IN_PERSON = "in_person"
    LINK = "link"
    PAPER = "paper"


class Draft(models.Model):
    """A form somebody is filling in. It opens nothing; it is finished or abandoned, never deleted.

    `owner_id` is the participant in whose name it is filled in. `revision` counts the savings,
    `signing_round` how often it was opened again after somebody had signed.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    program_version = models.TextField()
    form = models.TextField()
    subject_kind = models.TextField(choices=SubjectKind)
    subject_id = models.BigIntegerField(null=True)
    subject_number = models.TextField(blank=True)
    owner_id = models.BigIntegerField(null=True)
    course = models.IntegerField(null=True)
    channel = models.TextField(choices=Channel, default=Channel.WEB)
    revision = models.IntegerField(default=0)
    signing_round = models.IntegerField(default=1)
    begun_at = models.DateTimeField()
    begun_by = models.TextField()
    updated_at = models.DateTimeField()
    updated_by = models.TextField()
    finished_at = models.DateTimeField(null=True)
    finished_by = models.TextField(null=True)
    abandoned_at = models.DateTimeField(null=True)
    abandoned_by = models.TextField(null=True)
    abandoned_reason = models.TextField(null=True)

    class Meta:
        db_table = "submissions_draft"
        indexes: ClassVar = [
            models.Index(
                name="drafts_of_an_owner",
                fields=["owner_id"],
                condition=Q(finished_at__isnull=True, abandoned_at__isnull=True),
            ),
            models.Index(name="drafts_begun_by", fields=["begun_by"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_form_has_one_open_draft",
                fields=["program", "form", "subject_kind", "subject_id", "course"],
                condition=Q(
                    subject_id__isnull=False, finished_at__isnull=True, abandoned_at__isnull=True
                ),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="a_finished_draft_says_by_whom_and_about_whom",
                condition=Q(finished_at__isnull=True, finished_by__isnull=True)
                | Q(
                    finished_at__isnull=False,
                    finished_by__isnull=False,
                    subject_id__isnull=False,
                    abandoned_at__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="an_abandoned_draft_says_by_whom_and_why",
                condition=Q(
                    abandoned_at__isnull=True,
                    abandoned_by__isnull=True,
                    abandoned_reason__isnull=True,
                )
                | Q(
                    abandoned_at__isnull=False,
                    abandoned_by__isnull=False,
                    abandoned_reason__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed or signed."""
        return self.finished_at is None and self.abandoned_at is None


class DraftAnswer(models.Model):
    """A value an answer of a draft had from one revision on. Append-only: the history is kept.

    With `is_kept` false it is a value that was sent while another stood, and that did not replace
    it. `is_known` marks what the platform filled in.
    """

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="saved_answers")
    field = models.TextField()
    value = models.TextField(blank=True)
    revision = models.IntegerField()
    is_kept = models.BooleanField(default=True)
    is_known = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    saved_by = models.TextField()

    class Meta:
        db_table = "submissions_draft_answer"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_answer_has_one_value_a_revision",
                fields=["draft", "field", "revision"],
                condition=Q(is_kept=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.revision}"


class SignedForm(models.Model):
    """One form as signed. `gate_answers` are the answers the gates read."""

    SubjectKind = SubjectKind

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
    draft = models.OneToOneField(
        Draft, on_delete=models.PROTECT, null=True, related_name="signed_form"
    )

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


class SigningLink(models.Model):
    """Leave to sign one draft once, for whoever holds the token. Only its SHA-256 is kept.

    `sent_to` is the address it is meant for; `sent_at` is empty until a mail server took it.
    """

    number = models.TextField(unique=True, default=new_number)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="signing_links")
    role = models.TextField()
    token_hash = models.BinaryField(unique=True)
    valid_until = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.TextField()
    sent_to = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.TextField(null=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.TextField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.TextField(null=True)

    class Meta:
        db_table = "submissions_signing_link"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_signer_has_one_open_link",
                fields=["draft", "role"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_used_signing_link_says_by_whom",
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False, revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_revoked_signing_link_says_by_whom",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_signing_link_ends_after_it_was_made",
                condition=Q(valid_until__gt=F("made_at")),
            ),
            models.CheckConstraint(
                name="a_sent_signing_link_says_by_whom_and_where",
                condition=Q(sent_at__isnull=True, sent_by__isnull=True)
                | (Q(sent_at__isnull=False, sent_by__isnull=False) & ~Q(sent_to="")),
            ),
        ]

    def __str__(self) -> str:
        return f"signing link {self.number}"


class LinkRequest(models.Model):
    """Somebody whose signing link no longer opens asks for a new one. Append-only.

    It is answered by the next link for the same draft, or by the end of the draft.
    """

    link = models.OneToOneField(SigningLink, on_delete=models.PROTECT, related_name="request")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()

    class Meta:
        db_table = "submissions_link_request"

    def __str__(self) -> str:
        return f"request for {self.link}"


class ConsentLink(models.Model):
    """Leave to see and change what somebody allows, sent to them. Only the token's hash is kept."""

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    subject_kind = models.TextField(choices=SubjectKind)
    subject_id = models.BigIntegerField()
    subject_number = models.TextField()
    token_hash = models.BinaryField(unique=True)
    valid_until = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.TextField()

    class Meta:
        db_table = "submissions_consent_link"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_consent_link_ends_after_it_was_made",
                condition=Q(valid_until__gt=F("made_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"consent link {self.number}"


class Signature(models.Model):
    """One signature under a draft: who, as what, when, under exactly which text. Append-only.

    `signed_by` is the account, the witness of a signature in person, whoever wrote down one on
    paper, or the link. `relationship` is filled in when a representative signed for the signer.
    `seal` is the SHA-256 of everything a signature says; the audit trail has it too.
    """

    number = models.TextField(unique=True, default=new_number)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="signatures")
    link = models.ForeignKey(SigningLink, on_delete=models.PROTECT, null=True)
    signing_round = models.IntegerField()
    position = models.IntegerField()
    role = models.TextField()
    printed_name = models.TextField()
    relationship = models.TextField(blank=True)
    meaning = models.TextField()
    method = models.TextField(choices=Method)
    signed_on = models.DateField()
    signed_at = models.DateTimeField()
    signed_by = models.TextField()
    signed_local = models.TextField()
    time_zone = models.TextField()
    text = models.TextField()
    text_hash = models.TextField()
    answers_hash = models.TextField()
    seal = models.TextField()

    class Meta:
        db_table = "submissions_signature"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="each_signer_signs_once_a_round",
                fields=["draft", "signing_round", "position"],
            ),
            models.UniqueConstraint(
                name="one_person_signs_in_one_role",
                fields=["draft", "signing_round", "signed_by"],
                condition=Q(method__in=["password", "passkey"]),
            ),
            models.UniqueConstraint(name="a_signing_link_signs_once", fields=["link"]),
            models.CheckConstraint(
                name="a_signature_has_a_name_and_a_meaning",
                condition=~Q(printed_name="") & ~Q(meaning="") & ~Q(text=""),
            ),
            models.CheckConstraint(
                name="a_signature_by_link_names_the_link",
                condition=Q(method="link", link__isnull=False)
                | (~Q(method="link") & Q(link__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.number}"


class Consent(models.Model):
    """Something a person allows, with the text they were shown, until they take it back."""

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    program_version = models.TextField()
    subject_kind = models.TextField(choices=SubjectKind)
    subject_id = models.BigIntegerField()
    code = models.TextField()
    text = models.TextField()
    text_version = models.TextField()
    method = models.TextField(choices=Method)
    printed_name = models.TextField()
    relationship = models.TextField(blank=True)
    form = models.ForeignKey(SignedForm, on_delete=models.PROTECT, null=True)
    given_on = models.DateField()
    given_at = models.DateTimeField()
    given_by = models.TextField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.TextField(null=True)
    revoked_how = models.TextField(null=True)

    class Meta:
        db_table = "submissions_consent"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_consent_is_given_once",
                fields=["subject_kind", "subject_id", "program", "code"],
                condition=Q(revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_revoked_consent_says_by_whom_and_how",
                condition=Q(
                    revoked_at__isnull=True, revoked_by__isnull=True, revoked_how__isnull=True
                )
                | Q(revoked_at__isnull=False, revoked_by__isnull=False, revoked_how__isnull=False),
            ),
            models.CheckConstraint(
                name="a_consent_says_what_was_allowed",
                condition=~Q(text="") & ~Q(printed_name=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"
