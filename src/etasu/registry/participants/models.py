"""Participants, what they did to be certified, and the people who act for them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from etasu.registry.audit.numbers import new_number
from etasu.registry.participants.standing_models import NewcomerReview as NewcomerReview
from etasu.registry.participants.standing_models import Suspension as Suspension


class Organization(models.Model):
    """Facilities or pharmacies of one program that belong together; each keeps its own standing."""

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    name = models.TextField()
    npi = models.TextField(blank=True)
    registered_at = models.DateTimeField()
    registered_by = models.TextField()

    class Meta:
        db_table = "participants_organization"

    def __str__(self) -> str:
        return f"organization {self.number}"


class Participant(models.Model):
    """A prescriber, facility, pharmacy or distributor in one program.

    `certified_from` and `certified_until` are the newest certification as computed from the steps
    on record, kept here so that the gate reads one row; `standing_as_of` says when.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    kind = models.TextField()
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, related_name="sites"
    )
    # Since when it has been one of the organization's sites.
    joined_at = models.DateTimeField(null=True)
    joined_by = models.TextField(null=True)
    name = models.TextField()
    npi = models.TextField(blank=True)
    dea = models.TextField(blank=True)
    ncpdp = models.TextField(blank=True)
    setting = models.TextField(null=True)
    specialty = models.TextField(blank=True)
    city = models.TextField(blank=True)
    state = models.TextField(blank=True)
    zip_code = models.TextField(blank=True)
    telephone = models.TextField(blank=True)
    # A prescriber who agreed to be found by the public; a certified facility is found anyway.
    listed = models.BooleanField(default=False, db_default=False)
    time_zone = models.TextField(default="America/New_York")
    certified_from = models.DateField(null=True)
    certified_until = models.DateField(null=True)
    # What covers every suspension that runs or comes; see `suspending`.
    suspended_from = models.DateField(null=True)
    suspended_until = models.DateField(null=True)
    decertified_on = models.DateField(null=True)
    representative_left_on = models.DateField(null=True)
    # While somebody finds out whether this is one that is on record already; and when that was.
    in_review = models.BooleanField(default=False, db_default=False)
    reviewed_on = models.DateField(null=True)
    standing_as_of = models.DateTimeField(null=True)
    # The next day on which the clock has something to say about the certification's end.
    next_reminder_on = models.DateField(null=True)
    registered_at = models.DateTimeField()
    registered_by = models.TextField()
    # Counted up by every change a gate could see, so that a decision can tell that it is stale.
    revision = models.BigIntegerField(default=0)

    class Meta:
        db_table = "participants_participant"
        indexes: ClassVar = [
            models.Index(name="participants_by_name", fields=["program", "kind", "name"]),
            models.Index(name="participants_by_npi", fields=["npi"]),
            models.Index(
                name="participants_to_remind",
                fields=["next_reminder_on"],
                condition=Q(next_reminder_on__isnull=False),
            ),
            models.Index("program", Left("zip_code", 5), name="participants_by_zip"),
            models.Index(name="participants_by_state", fields=["program", "state"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_certification_begins_before_it_ends",
                condition=Q(certified_until__isnull=True)
                | Q(certified_from__isnull=False, certified_until__gte=F("certified_from")),
            ),
            models.UniqueConstraint(
                name="a_prescriber_is_in_a_program_once",
                fields=["program", "kind", "npi"],
                condition=Q(kind="prescriber", in_review=False) & ~Q(npi=""),
            ),
            models.CheckConstraint(
                name="nobody_is_certified_while_in_review",
                condition=Q(in_review=False) | Q(certified_from__isnull=True),
            ),
            models.CheckConstraint(
                name="a_site_of_an_organization_is_a_facility_or_pharmacy",
                condition=Q(organization__isnull=True) | Q(kind__in=("facility", "pharmacy")),
            ),
            models.CheckConstraint(
                name="a_site_says_since_when_it_belongs_to_an_organization",
                condition=Q(
                    organization__isnull=True, joined_at__isnull=True, joined_by__isnull=True
                )
                | Q(organization__isnull=False, joined_at__isnull=False, joined_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class StepDone(models.Model):
    """A certification step a participant did. Append-only.

    One that was done with another administrator is `carried_over_from` that one.
    """

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="steps")
    step = models.TextField()
    done_on = models.DateField()
    program_version = models.TextField()
    carried_over_from = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "participants_step_done"

    def __str__(self) -> str:
        return self.step


class Certification(models.Model):
    """A certification reached when the last step was done. Append-only.

    Its days are those of the version it was given under. One that renewed another in time is
    `unbroken_since` the first day of that one. One that was reached with another administrator is
    `carried_over_from` that one, by whose `channel`; its steps are on record there.
    """

    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="certifications"
    )
    certified_from = models.DateField()
    certified_until = models.DateField(null=True)
    unbroken_since = models.DateField(null=True)
    program_version = models.TextField()
    channel = models.TextField(default="web", db_default="web")
    carried_over_from = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        db_table = "participants_certification"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_certification_a_day", fields=["participant", "certified_from"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.certified_from}"


class Certificate(models.Model):
    """The paper of a certification, by a number anybody can verify. Append-only.

    Whether it is valid is computed from the participant's standing whenever somebody asks.
    """

    number = models.TextField(unique=True, default=new_number)
    certification = models.OneToOneField(
        Certification, on_delete=models.PROTECT, related_name="certificate"
    )
    issued_at = models.DateTimeField()
    issued_by = models.TextField()

    class Meta:
        db_table = "participants_certificate"

    def __str__(self) -> str:
        return f"certificate {self.number}"


class Membership(models.Model):
    """A person acting for a participant, or for the program itself when there is none.

    A representative may act `for_all_sites` of the participant's organization.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, related_name="memberships"
    )
    program = models.TextField()
    role = models.TextField()
    for_all_sites = models.BooleanField(default=False, db_default=False)
    began_at = models.DateTimeField()
    began_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "participants_membership"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_membership_is_held_once",
                fields=["user", "participant", "program", "role"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="an_ended_membership_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="only_whoever_acts_for_a_site_acts_for_all_sites",
                condition=Q(for_all_sites=False) | Q(participant__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}"


class Invitation(models.Model):
    """Somebody asked by e-mail to act for a participant. Only the hash of the link is kept.

    `valid_until` is the last moment the link opens. `replaces` is the membership that ends when
    this one is accepted.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="invitations"
    )
    role = models.TextField()
    for_all_sites = models.BooleanField(default=False)
    full_name = models.TextField()
    email = models.TextField()
    token_hash = models.BinaryField(unique=True)
    valid_until = models.DateTimeField()
    replaces = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="replaced_by"
    )
    invited_at = models.DateTimeField()
    invited_by = models.TextField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.TextField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.TextField(null=True)

    class Meta:
        db_table = "participants_invitation"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="somebody_is_invited_to_a_role_once",
                fields=["participant", "role", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_accepted_invitation_says_by_whom",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_revoked_invitation_says_by_whom",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="an_invitation_is_not_both_accepted_and_revoked",
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.number}"


class DelegateRequest(models.Model):
    """Somebody asking a prescriber to let them prepare the prescriber's work.

    `asked_for` is the number or NPI they gave. Without `prescriber` nobody has it; whoever asked
    sees no difference.
    """

    number = models.TextField(unique=True, default=new_number)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegate_requests"
    )
    asked_for = models.TextField()
    prescriber = models.ForeignKey(
        Participant, on_delete=models.PROTECT, null=True, related_name="delegate_requests"
    )
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(null=True)
    is_accepted = models.BooleanField(null=True)

    class Meta:
        db_table = "participants_delegate_request"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="somebody_is_asked_for_once_at_a_time",
                fields=["user", "asked_for"],
                condition=Q(answered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="an_answered_request_says_by_whom_and_what",
                condition=Q(
                    answered_at__isnull=True, answered_by__isnull=True, is_accepted__isnull=True
                )
                | Q(
                    answered_at__isnull=False, answered_by__isnull=False, is_accepted__isnull=False
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.number}"


class RosterFile(models.Model):
    """A staff roster as it was sent: how many rows it had, and the rows not taken. Append-only.

    `refused` has for each such row its number, its cells, and what is wrong with which of them.
    """

    number = models.TextField(unique=True, default=new_number)
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="roster_files"
    )
    digest = models.TextField()
    rows = models.IntegerField()
    added = models.IntegerField()
    changed = models.IntegerField()
    unchanged = models.IntegerField()
    refused = models.JSONField(default=list)
    received_at = models.DateTimeField()
    received_by = models.TextField()

    class Meta:
        db_table = "participants_roster_file"

    def __str__(self) -> str:
        return f"roster {self.number}"


class RosterEntry(models.Model):
    """Somebody on a site's staff roster, as listed; another wording is another entry."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="roster")
    file = models.ForeignKey(
        RosterFile, on_delete=models.PROTECT, null=True, related_name="entries"
    )
    email = models.TextField()
    full_name = models.TextField()
    role = models.TextField()
    trained_on = models.DateField(null=True)
    listed_at = models.DateTimeField()
    listed_by = models.TextField()
    removed_at = models.DateTimeField(null=True)
    removed_by = models.TextField(null=True)

    class Meta:
        db_table = "participants_roster_entry"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="somebody_is_on_a_roster_once",
                fields=["participant", "email"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_removed_entry_says_by_whom",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}"
